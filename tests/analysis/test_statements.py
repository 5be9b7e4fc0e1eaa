"""Sentences follow the data: each is changed by changing what it is about."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from sxcanalysis.analysis.statements import TOPICS, burden_statements, findings
from sxcanalysis.core.errors import DataError


@pytest.fixture(scope="module")
def tables(tasks, assignments, targets_2024) -> dict[str, pd.DataFrame]:
    return {"tasks": tasks, "assignments": assignments, "targets": targets_2024}


@pytest.fixture(scope="module")
def status(projects) -> pd.DataFrame:
    rows = [(name, "2025-03-01", "under_construction", "", "") for name in projects["project_id"][:10]]
    return pd.DataFrame(rows, columns=["project_id", "date", "status", "source_id", "note"])


def said(tables: dict[str, pd.DataFrame], lang: str = "en", **more: object) -> dict[str, str]:
    found = findings(tables["tasks"], tables["assignments"], tables["targets"], lang=lang, **more)
    return dict(zip(found["key"], found["sentence"], strict=True))


def numbers(sentence: str) -> list[int]:
    return [int(n) for n in re.findall(r"(?<![\d.-])\d+(?![\d.%-])", sentence)]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_all_topics_are_told_in_order(lang, tables, projects, status, sensitivity):
    found = findings(
        **tables, projects=projects, status=status, sensitivity=sensitivity, as_of="2025-12-01", lang=lang
    )
    assert list(dict.fromkeys(found["topic"])) == list(TOPICS)
    assert not found["key"].duplicated().any()
    assert not found["sentence"].str.contains(r"[{}]").any()
    chinese = found["sentence"].str.contains("[一-鿿]")
    assert chinese.all() if lang == "zh" else not chinese[~found["sentence"].str.contains("等")].any()


def test_what_is_promised(tables):
    before = said(tables)
    assert numbers(before["finding.tasks"]) == [2024, 53, 6]
    fewer = {**tables, "targets": tables["targets"][tables["targets"]["task_id"] != "2024-32"]}
    assert numbers(said(fewer)["finding.checkable"])[0] == numbers(before["finding.checkable"])[0] - 1
    tasks = tables["tasks"].assign(deadline="", verifiable=False)
    assert said({**tables, "tasks": tasks})["finding.undated"] == "None of the 53 tasks states by when."
    tasks.loc[[0, 4], "deadline"] = "年内"
    tasks.loc[[0, 7, 8], "verifiable"] = True
    changed = said({**tables, "tasks": tasks})
    assert changed["finding.dated"] == "2 of 53 state by when."
    assert numbers(before["finding.dated_loosely"]) == [2, 53, 1]
    assert numbers(changed["finding.checkable"])[1] == 3


def test_who_answers(tables):
    before = said(tables)
    assert sum(numbers(before["finding.leads"])) == 53
    rows = tables["assignments"]
    other = rows.assign(role=rows["role"].where(rows["task_id"] != "2024-14", "supporting"))
    after = said({**tables, "assignments": other})
    assert numbers(after["finding.leads"])[0] == numbers(before["finding.leads"])[0] - 1
    assert numbers(after["finding.leads"])[2] == numbers(before["finding.leads"])[2] + 1
    heads = rows[(rows["role"] == "lead") & (rows["body"] == "省发展改革委")]
    assert f"({heads['task_id'].nunique()} tasks)" in before["finding.top_lead"]
    assert (
        "Development and Reform"
        not in said({**tables, "assignments": rows.drop(index=heads.index)})["finding.top_lead"]
    )
    less = rows[~((rows["task_id"] == "2024-01") & (rows["body"] == "常州市"))]
    assert (
        numbers(said({**tables, "assignments": less})["finding.cities"])[0]
        == numbers(before["finding.cities"])[0] - 1
    )


def test_where_projects_lie(tables, projects):
    before = said(tables, projects=projects)
    assert numbers(before["finding.pairs"]) == [8, 24, 23]
    moved = projects.copy()
    moved.loc[moved["task_id"] == "2024-27", "counties"] = "320507"
    after = said(tables, projects=moved)
    assert numbers(after["finding.pairs"]) == [8, 24, 22]
    assert "task 27 in Wuxi (not in the city)" in after["finding.other_pairs"]
    assert before["finding.lie"] != after["finding.lie"]
    lost = projects.assign(counties=projects["counties"].where(projects["kind"] != "airport", ""))
    assert numbers(said(tables, projects=lost)["finding.lost"])[0] == numbers(before["finding.lost"])[0] + 2


def test_what_came_of_it(tables, projects, status):
    told = said(tables, projects=projects, status=status, as_of="2025-12-01")
    assert "of 26 nothing decisive is known" in told["finding.outcome"]
    assert numbers(told["finding.stale"]) == [0, 10]
    later = said(tables, projects=projects, status=status, as_of="2026-03-01")
    assert numbers(later["finding.stale"]) == [10, 10]
    done = projects.loc[projects["stage"] == "completed", "project_id"]
    opened = pd.DataFrame(
        {"project_id": done, "date": "2024-12-01", "status": "opened", "source_id": "", "note": ""}
    )
    better = said(tables, projects=projects, status=pd.concat([status, opened]), as_of="2025-12-01")
    assert numbers(better["finding.completed"]) == [len(done), len(done)]
    assert numbers(told["finding.completed"])[1] == 0


def test_burden_without_a_finding_says_so(sensitivity):
    assert not sensitivity["finding"].any()
    lines = burden_statements(sensitivity, "en")
    assert any(line.startswith("No city's lead") for line in lines)
    assert "Suzhou 46, Wuxi 45 and Changzhou 42" in lines[0]
    assert not any(re.search(r"first in \d", line) for line in lines)
    assert (
        sum("南通" in line for line in burden_statements(sensitivity, "zh")) <= 2
    )  # named apart, and as known from memory


def test_burden_with_a_finding_names_it(sensitivity):
    chosen = (
        (sensitivity["rule"] == "sole") & (sensitivity["per"] == "none") & (sensitivity["city"] == "无锡市")
    )
    lines = burden_statements(sensitivity.assign(finding=chosen), "en")
    assert any("Wuxi bears most (3.00)" in line for line in lines)
    assert not any(line.startswith("No city's lead") for line in lines)
    zh = burden_statements(sensitivity.assign(finding=chosen), "zh")
    assert any(line.startswith("按“独自落实”（不作归一化），无锡承担最多") for line in zh)


def test_burden_counts_what_ranks_sizes(sensitivity):
    sized = sensitivity[sensitivity["defensible"] & (sensitivity["per"] != "none")].drop_duplicates(
        ["rule", "per"]
    )
    line = next(
        line for line in burden_statements(sensitivity, "en") if "denominator" in line and "variance" in line
    )
    assert numbers(line) == [len(sized), int(sized["ranks_sizes"].sum()), int((~sized["ranks_sizes"]).sum())]
    other = burden_statements(sensitivity.assign(ranks_sizes=False), "en")
    assert line not in other


def test_burden_names_what_is_from_memory_and_what_is_left_out(sensitivity):
    memory = sensitivity.assign(
        note=sensitivity["note"].where(sensitivity["city"] != "常州市", "from_memory")
    )
    assert any("Changzhou" in line and "memory" in line for line in burden_statements(memory, "en"))
    assert not any("memory" in line for line in burden_statements(sensitivity.assign(note=""), "en"))
    out = sensitivity[~sensitivity["defensible"]].drop_duplicates(["rule", "per"])
    assert any(
        line.startswith(f"另有{len(out)}种组合不采用") for line in burden_statements(sensitivity, "zh")
    )


def test_what_cannot_be_said(tables, sensitivity):
    with pytest.raises(DataError, match="zh or en"):
        burden_statements(sensitivity, "de")
    with pytest.raises(DataError, match="zh or en"):
        said(tables, lang="de")
    with pytest.raises(DataError, match="no combination"):
        burden_statements(sensitivity.assign(defensible=False))
