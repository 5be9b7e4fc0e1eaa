"""The lessons: right answers pass, common wrong ones are told why, and the unsolved notebooks run."""

from __future__ import annotations

import ast
import csv
import re
import string
from functools import cache
from typing import TYPE_CHECKING

import nbformat
import pytest

from sxcanalysis import burden, load_assignments, load_mentions, load_projects, load_targets, load_tasks
from sxcanalysis.core.errors import DataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.outputs.teaching import judging, lessons

if TYPE_CHECKING:
    import pandas as pd

EDITION = "2024"
ROWS = list(
    csv.DictReader((data_dir() / "lessons" / "exercises.csv").read_text(encoding="utf-8").splitlines())
)


@cache
def leaders() -> dict[str, str]:
    """Code the six tasks from their brackets by other means than the parser: the bodies before 牵头."""
    found = {}
    for row in judging.sample_tasks(EDITION).itertuples():
        lead = re.search(r"[（，；]?([^（，；]*?)(?:共同|联合)?牵头", row.attribution)
        found[row.task_id] = lead[1].lstrip("（") if lead else "无"
    return found


@cache
def verifiable() -> dict[str, str]:
    tasks = load_tasks(EDITION).set_index("task_id")["verifiable"]
    return {task: "是" if tasks[task] else "否" for task in judging.sample_tasks(EDITION)["task_id"]}


def places(radius: float = 5.0, *, moved: float = 0.0) -> dict[str, tuple[float, float, float]]:
    rows = judging.sample_projects(EDITION).itertuples()
    return {row.project_id: (row.lon + moved, row.lat, radius) for row in rows}


def implementing() -> pd.DataFrame:
    table = load_assignments(EDITION)
    return table[(table["role"] == "implementing") & (table["body_kind"] == "city")].drop_duplicates(
        ["task_id", "body"]
    )


def own_rule(assignments: pd.DataFrame) -> pd.Series:
    shares = 1 / assignments.groupby("task_id")["body"].transform("size")
    return shares.groupby(assignments["body"]).sum()


@cache
def combinations() -> dict[str, tuple[str, str]]:
    assignments = load_assignments(EDITION)
    found: dict[str, tuple[str, str]] = {}
    for rule in ("whole", "even_split", "sole", "named"):
        for per in ("none", "population", "gdp", "budget_revenue", "area"):
            table = burden(assignments, rule=rule, per=per)
            first = list(table.loc[table["rank"] == 1, "city"])
            if len(first) == 1:
                found.setdefault(first[0], (rule, per))
    return found


CITY = judging.busiest(EDITION)
WHOLE = int((implementing()["body"] == CITY).sum())
PROJECT = load_projects(EDITION)["project_id"].iloc[0]
RECORD = {
    "project_id": PROJECT,
    "date": "2025-06-30",
    "status": "在建",
    "source": "江苏省交通运输厅，《重大工程进展》，2025-06-30",
}
CHECKS = {
    f"{EDITION}-0{n}": "到2024年12月底，在省厅官网的通知中查看实验室是否已经批复设立" for n in (1, 2, 3)
}  # fmt: skip
GOOD = (
    "2024年清单的53项任务中，只有7项写明了要达到的数（见图1）。这些数大多没有写明完成的时间，年底能够逐项核对的更少。"
    "不过，写明数字不等于任务更重要，没有数字的任务也可能有看得见的终点；这张图只说明清单怎样写，不能说明各市做了多少。"
)


def task_of(**wanted: object) -> str:
    """Return one of the six tasks for which a column of the table of tasks has a value."""
    tasks = load_tasks(EDITION)
    chosen = tasks[tasks["task_id"].isin(list(leaders()))]
    for name, value in wanted.items():
        chosen = chosen[chosen[name] == value]
    return str(chosen["task_id"].iloc[0])


def of_role(role: str) -> dict[str, str]:
    """Answer with a body of another role for a task that has a lead and such a body."""
    table = load_assignments(EDITION)
    for task, lead in leaders().items():
        mine = table[(table["task_id"] == task) & (table["role"] == role)]
        if lead != "无" and len(mine):
            return leaders() | {task: mine["body_as_written"].iloc[0]}
    pytest.skip("no such task among the six")


def unlike(task: str, answer: str) -> dict[str, str]:
    return verifiable() | {task: answer}


def wrong() -> list[tuple[str, object, str]]:
    """Return exercise, wrong answer, and the feedback that is meant for it."""
    leads = leaders()
    led = next(task for task, lead in leads.items() if lead != "无")
    first = next(iter(places()))
    lon, lat, radius = places()[first]
    numbered = set(load_targets(EDITION)["task_id"])
    yes = [task for task, said in verifiable().items() if said == "是"]
    metres = 500
    named = int(load_mentions(EDITION).query("name == @CITY")["task_id"].nunique())
    split = burden(load_assignments(EDITION), rule="even_split").set_index("city")["value"]
    pairs = combinations()
    cities = list(burden(load_assignments(EDITION)).query("member == 'full'")["city"])
    return [
        ("1a", {}, "missing"), ("1a", "省科技厅", "not_by_task"), ("1a", {led: leads[led]}, "task_missing"),
        ("1a", leads | {led: "无"}, "there_is_a_lead"), ("1a", leads | {led: "教育部"}, "not_in_the_bracket"),
        ("1b", ["是"], "not_by_task"), ("1b", dict.fromkeys(leads, "是"), "all_yes"), ("1b", dict.fromkeys(leads, "no"), "all_no"),
        ("1b", unlike(led, "也许"), "not_yes_or_no"), ("1b", unlike(task_of(verifiable=False), "是"), "a_wish"),
        *[("1b", unlike(task, "否"), "a_number_is_there" if task in numbered else "a_milestone_is_there") for task in yes[:1]],
        ("1c", "一半吧", "no_number"), ("1c", 0.25, "only_both_yes"), ("1c", "１００％", "always"), ("1c", 0, "never"),
        ("1c", "75%", "at_least_one"), ("1c", 0.4, "count_the_cases"),
        ("2a", [1, 2], "not_by_project"), ("2a", {first: (lon, lat, 5)}, "project_missing"),
        ("2a", places() | {first: (lat, lon, radius)}, "swapped"), ("2a", places() | {first: (12013, lat, 5)}, "not_in_china"),
        ("2a", places() | {first: (lon, lat)}, "three_numbers"), ("2a", places() | {first: (lon, lat, 0)}, "no_radius"),
        ("2a", places(1, moved=0.5), "too_sure"), ("2a", places(300), "too_vague"),
        ("2b", "不知道", "no_number"), ("2b", 0, "no_shift"), ("2b", metres / 1000, "in_kilometres"), ("2b", metres / 1e5, "in_degrees"),
        ("2b", 5000, "too_far"), ("2b", 30, "too_near"),
        ("3a", "很多", "no_number"), ("3a", len(load_tasks(EDITION)), "all_tasks"), ("3a", len(load_assignments(EDITION)), "all_rows"),
        ("3a", named, "named_in_text"), ("3a", WHOLE / len(load_tasks(EDITION)), "a_share"), ("3a", WHOLE + 2, "too_many"),
        ("3b", WHOLE, "not_divided"), ("3b", WHOLE / len(split), "by_all_cities"), ("3b", split.sum() / len(split), "an_average"),
        ("3b", 1000, "too_many"), ("3b", 0.5, "too_few"),
        ("3c", 5, "not_a_function"), ("3c", lambda _: None, "returns_nothing"), ("3c", lambda _: 1 / 0, "it_fails"),
        ("3c", lambda t: t["body"].value_counts(), "that_is_whole"), ("3c", lambda t: t.groupby("task_id").size(), "by_task_not_by_city"),
        ("3c", lambda t: t["body"].value_counts().iloc[:2], "a_city_is_missing"), ("3c", lambda _: "many", "not_a_series"),
        ("3c", lambda t: t["body"].value_counts() * 0 + 1, "all_alike"), ("3c", lambda t: -t["body"].value_counts(), "negative"),
        ("3c", lambda t: t["body"].value_counts() / 0, "not_finite"), ("3c", lambda t: t["body"].value_counts() * float("nan"), "not_finite"),
        ("3d", [("whole", "none")], "not_by_member"), ("3d", {cities[0]: pairs.get(cities[0], ("whole", "none"))}, "city_missing"),
        ("3d", dict.fromkeys(cities, "whole"), "rule_and_denominator"), ("3d", dict.fromkeys(cities, ("fair", "none")), "unknown_rule"),
        ("3d", dict.fromkeys(cities, ("whole", "none")), "not_first"),
        ("4a", CHECKS[f"{EDITION}-01"], "not_by_task"), ("4a", dict(list(CHECKS.items())[:2]), "three_tasks"),
        ("4a", CHECKS | {"99": "x" * 20}, "no_such_task"), ("4a", CHECKS | {"1": "上网查"}, "too_short"),
        ("4a", CHECKS | {"1": load_tasks(EDITION)["text"].iloc[0]}, "copied"),
        ("4a", CHECKS | {"1": "到2024年底看看实验室是不是已经建好并投入使用"}, "where_to_look"),
        ("4a", CHECKS | {"1": "在省厅官网的通知中查看实验室是否已经批复设立"}, "by_when"),
        ("4b", "在建", "not_a_record"), ("4b", RECORD | {"date": ""}, "not_filled"), ("4b", RECORD | {"project_id": "X"}, "no_such_project"),
        ("4b", RECORD | {"date": "去年"}, "no_date"), ("4b", RECORD | {"date": "2025-13-45"}, "no_date"), ("4b", RECORD | {"date": "2199-01"}, "in_the_future"),
        ("4b", RECORD | {"source": "http://example.org/a"}, "bare_address"), ("4b", RECORD | {"source": "听说的"}, "no_publisher"),
        ("4c", "只有7项写了数。", "too_short"), ("4c", GOOD * 5, "too_long"), ("4c", GOOD.replace("（见图1）", ""), "no_figure"),
        ("4c", re.sub(r"\d+项", "若干项", GOOD), "no_number_in_it"), ("4c", GOOD + "这说明有的城市不作为。", "blame"),
        ("4c", re.sub("不过|只|不能|不等于", "", GOOD), "no_limit"),
    ]  # fmt: skip


def solutions() -> list[tuple[str, object]]:
    return [
        ("1a", leaders()), ("1b", verifiable()), ("1c", "５０ ％"), ("1c", 0.5), ("2a", places()), ("3a", f"{WHOLE} 项"),
        ("3b", round(float(burden(load_assignments(EDITION), rule="even_split").set_index("city")["value"][CITY]), 1)),
        ("3c", own_rule), ("4a", CHECKS), ("4b", RECORD), ("4c", GOOD),
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_right_answers_pass(lang: str) -> None:
    for exercise, answer in solutions():
        feedback = lessons.start_lesson(int(exercise[0]), lang=lang, edition=EDITION).check(exercise, answer)
        assert feedback.right, (exercise, feedback)


def test_the_common_wrong_answers_are_told_why() -> None:
    seen: dict[str, set[str]] = {}
    for exercise, answer, key in wrong():
        feedback = lessons.start_lesson(int(exercise[0]), edition=EDITION).check(exercise, answer)
        assert (feedback.key, feedback.right) == (key, False), (exercise, answer, feedback)
        seen.setdefault(exercise, set()).add(key)
    assert {name: len(keys) for name, keys in seen.items() if len(keys) < 5} == {}
    assert set(seen) == set(judging.JUDGES)


@pytest.mark.parametrize("role", ["responsible", "implementing"])
def test_a_body_of_another_role_is_no_lead(role: str) -> None:
    key = {"responsible": "responsible_is_not_lead", "implementing": "a_city_carries_out"}[role]
    assert lessons.start_lesson(1, edition=EDITION).check("1a", of_role(role)).key == key


@pytest.mark.parametrize(
    "answer",
    [
        None,
        ...,
        "",
        {},
        [],
        float("nan"),
        float("inf"),
        10**400,
        b"x",
        object(),
        "　",
        "１２．５％，大概",
        {None: None},
        {"2024-01": []},
    ],
)
@pytest.mark.parametrize("exercise", sorted(judging.JUDGES))
def test_whatever_is_typed_gets_an_answer(exercise: str, answer: object) -> None:
    feedback = lessons.start_lesson(int(exercise[0]), edition=EDITION).check(exercise, answer)
    assert not feedback.right
    assert feedback.words
    assert "{" not in feedback.words.replace('{"', "").replace("{2", "")


def test_no_feedback_reveals_an_answer() -> None:
    for row in ROWS:
        if row["key"] != "right":
            assert str(WHOLE) not in re.findall(r"\d+", row["zh"] + row["en"]), row


def test_every_word_is_there_in_both_languages_and_is_used() -> None:
    source = (data_dir().parent / "sxcanalysis" / "outputs" / "teaching" / "judging.py").read_text(
        encoding="utf-8"
    )
    for row in ROWS:
        assert row["zh"], row
        assert row["en"], row
        fields = [
            {name for _, name, _, _ in string.Formatter().parse(row[lang]) if name} for lang in ("zh", "en")
        ]
        assert fields[0] == fields[1], row
        assert row["key"] in {"prompt", "hint", "right", "missing"} or f'"{row["key"]}"' in source, row
    assert {row["exercise"] for row in ROWS} == {*judging.JUDGES, "any"}


@pytest.mark.parametrize(
    "path", sorted((data_dir().parent / "notebooks" / "teaching").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_an_unsolved_notebook_runs(path, monkeypatch) -> None:
    """Every cell of a lesson as it is handed out, without a kernel of its own."""
    shown: list[object] = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
    monkeypatch.setenv("SXC_LANG", "zh")
    names: dict[str, object] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        body = ast.parse(cell.source).body if cell.cell_type == "code" else []
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), path.name, "exec"), names)  # noqa: S102  # our own notebook
        if last:  # what a cell ends with is shown
            shown.append(eval(compile(ast.Expression(last.value), path.name, "eval"), names))  # noqa: S307
    told = [one for one in shown if isinstance(one, lessons.Feedback)]
    assert {one.key for one in told} >= {"prompt", "missing"} or "that_is_whole" in {one.key for one in told}
    assert not any(one.right for one in told)


def test_an_exercise_of_another_lesson_is_said() -> None:
    with pytest.raises(DataError, match="1a, 1b, 1c"):
        lessons.start_lesson(1).check("3a", 1)
    with pytest.raises(DataError, match="1 to 4"):
        lessons.start_lesson(9)
