"""Charts: every mark counted again from the tables by other means, traceable to its words, and moved by what it shows."""

import csv
import re
import shutil
from collections import Counter, defaultdict
from itertools import combinations, pairwise

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from sxcanalysis import read_document
from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.figures import catalogue as figures
from sxcanalysis.figures import style
from sxcanalysis.figures.charts import bodies as _chart_bodies
from sxcanalysis.figures.charts import duties as _chart_duties
from sxcanalysis.figures.charts import targets as _chart_targets
from sxcanalysis.figures.charts import tasks as _chart_tasks

NAMES = tuple(name for name, place in figures.FIGURES.items() if place.startswith("charts."))
FULL = ("苏州市", "无锡市", "常州市")
FROM_DOCUMENT = tuple(name for name in NAMES if name not in {"burden-rules", "burden-specification"})
_built = {}


def chart(name, lang="zh"):
    """Draw each figure once for all tests."""
    if (name, lang) not in _built:
        _built[name, lang] = figures.build(name, edition=2024, lang=lang)
    return _built[name, lang]


def table(name, folder=None):
    path = (folder or data_dir()) / "tables" / "2024" / f"{name}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def cities_of():
    """Read the implementing cities of each task straight from the file."""
    found = defaultdict(set)
    for row in table("assignments"):
        if row["role"] == "implementing" and row["body_kind"] == "city":
            found[row["task_id"]].add(row["body"])
    return found


def provincial():
    """Read the pairs of task and provincial body, and which of them lead."""
    rows = [r for r in table("assignments") if r["role"] != "implementing" and r["body_kind"] != "city"]
    return {(r["task_id"], r["body"]) for r in rows}, {
        (r["task_id"], r["body"]) for r in rows if r["role"] == "lead"
    }


def bars(ax, mark=None, row=None):
    """List the rectangles of axes that have a colour and lie on a row."""
    found = [one for one in ax.patches if isinstance(one, Rectangle)]
    if mark is not None:
        found = [one for one in found if to_hex(one.get_facecolor()) == to_hex(mark.color)]
    if row is not None:
        found = [one for one in found if one.get_y() < row < one.get_y() + one.get_height()]
    return found


def length(ax, mark=None, row=None):
    return sum(one.get_width() for one in bars(ax, mark, row))


def rows_of(ax):
    return {
        tick.get_text().split("\n")[0]: y
        for tick, y in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_a_chart_may_be_published(name, lang):
    bundle = chart(name, lang)
    with style.use_style(lang):
        figures.check_figure(bundle.figure, name)  # glyphs, collisions, edges, sizes
    assert bundle.figure.get_suptitle() == ""
    assert bundle.figure.get_size_inches()[0] * style.MM_PER_INCH == pytest.approx(183)
    assert not re.search(
        r"nan|None|\b1 (tasks|bodies|cities|targets)\b", bundle.caption["en"] + bundle.alt["en"]
    )


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_say_the_same_numbers(name):
    bundle = chart(name)
    for words in (bundle.caption, bundle.alt):
        zh, en = (Counter(re.findall(r"\d+(?:\.\d+)?", words[lang])) for lang in ("zh", "en"))
        # English writes 6.35 million for 635万, 38,000 for 3.8万.
        if name != "targets-by-unit":
            assert set(zh) == set(en)


@pytest.mark.parametrize("name", FROM_DOCUMENT)
def test_every_mark_leads_to_its_words(name):
    text = read_document(data_dir() / "sources" / "2024" / "sxc-task-list-2024.txt")
    data = chart(name).data
    known = {row["task_id"] for row in table("tasks")}
    assert set(data["task_id"]) <= known
    for quote, start, end in zip(data["quote"], data["start"], data["end"], strict=True):
        assert quote
        assert re.sub(r"\s", "", text[int(start) : int(end)]) == re.sub(r"\s", "", quote)


@pytest.mark.parametrize("name", ["burden-rules", "burden-specification"])
def test_every_sum_names_the_tasks_that_it_adds_up(name):
    data = chart(name).data
    whole = data[(data["rule"] == "whole") & (data["per"] == "none")].set_index("city")
    for city in FULL:
        assert set(whole["task_ids"][city].split(";")) == {t for t, own in cities_of().items() if city in own}
    assert (
        data["items"].fillna("").str.split(";").map(lambda ids: len(set(ids) - {""})) == data["tasks"]
    ).all()


def test_overview_counts_each_task_once():
    left, right = chart("task-overview").figure.axes
    _, leads = provincial()
    own, categories = cities_of(), Counter(row["category"] for row in table("tasks"))
    heads = Counter(task for task, _ in leads)
    marks, reach = _chart_tasks._ATTRIBUTION_MARKS, _chart_tasks._REACH_MARKS
    for y, name in enumerate(dict.fromkeys(row["category"] for row in table("tasks"))):
        ids = [row["task_id"] for row in table("tasks") if row["category"] == name]
        assert length(left, row=y) == length(right, row=y) == categories[name]
        assert length(left, marks["single_lead"], y) == sum(heads[one] == 1 for one in ids)
        assert length(left, marks["joint_lead"], y) == sum(heads[one] > 1 for one in ids)
        assert length(right, reach["two"], y) == sum(len(own[one]) == 2 for one in ids)
        assert length(right, reach["three"], y) == sum(len(own[one]) == 3 for one in ids)


def test_completeness_shows_a_cell_for_each_task_and_element():
    bundle = chart("task-completeness")
    summary, *columns = bundle.figure.axes
    marks, tasks = _chart_tasks._STATUS_MARKS, table("tasks")
    measurable = {row["task_id"] for row in table("targets")}
    number = bundle.data[bundle.data["element"] == "number"].set_index("task_id")["status"]
    assert set(number[number == "stated"].index) == measurable
    assert length(summary, marks["stated"], 1) == len(measurable)
    _, leads = provincial()
    assert length(summary, marks["stated"], 3) == sum(n == 1 for n in Counter(t for t, _ in leads).values())
    assert length(summary) == 4 * len(tasks)
    cells = Counter(to_hex(one.get_facecolor()) for ax in columns for one in bars(ax))
    status = Counter(bundle.data["status"])
    assert all(cells[to_hex(mark.color)] == status[name] for name, mark in marks.items())
    shown = {text.get_text() for ax in columns for text in ax.texts}
    assert {row["task_id"].split("-")[1] for row in tasks} <= shown
    assert f"{len(tasks) - len(measurable)}项没有可衡量的目标" in bundle.caption["zh"]


def test_bodies_by_category():
    bundle = chart("lead-matrix")
    (ax,) = bundle.figure.axes
    pairs, leads = provincial()
    for name, y in rows_of(ax).items():
        mine = [pair for pair in pairs if pair[1] == name]
        if mine:  # once by category, once in the sum
            assert length(ax, _chart_bodies._LEADS, y) == 2 * len([pair for pair in mine if pair in leads])
            assert length(ax, row=y) == 2 * len(mine)
    idle = {row["task_id"] for row in table("tasks")} - {task for task, _ in leads}
    assert length(ax, _chart_bodies._NOBODY) == 2 * len(idle)
    assert f"{len(idle)}项任务没有牵头单位" in bundle.caption["zh"]


def test_bodies_by_city():
    (ax,) = chart("lead-city").figure.axes
    pairs, leads = provincial()
    own = cities_of()
    for name, y in rows_of(ax).items():
        assert length(ax, row=y) == sum(len(own[task]) for task, body in pairs if body == name)
        assert length(ax, _chart_bodies._LEADS, y) == sum(
            len(own[task]) for task, body in leads if body == name
        )


def test_shared_tasks_of_two_bodies():
    bundle = chart("body-sharing")
    of_task = defaultdict(set)
    for task, body in provincial()[0]:
        of_task[task].add(body)
    expected = Counter(frozenset(two) for own in of_task.values() for two in combinations(own, 2))
    data = bundle.data[bundle.data["panel"] == "pair"]
    found = Counter(frozenset(two) for two in zip(data["body"], data["other"], strict=True))
    assert found == expected
    ax = bundle.figure.axes[0]
    written = [text.get_text() for text in ax.texts if text.get_text().isdigit()]
    bodies = {body for two in expected for body in two}
    totals = Counter(body for _, body in provincial()[0])
    assert Counter(written) == Counter(map(str, [*expected.values(), *(totals[one] for one in bodies)]))
    inset = bundle.figure.findobj(lambda one: hasattr(one, "get_ylabel") and "几家" in one.get_ylabel())[0]
    assert [bar.get_width() for bar in inset.patches] == [
        n for _, n in sorted(Counter(map(len, of_task.values())).items())
    ]


def test_counting_rules():
    bundle = chart("burden-rules")
    own = cities_of()
    open_ = {
        r["task_id"]
        for r in table("assignments")
        if r["role"] == "implementing" and r["others_implied"] == "true"
    }
    expected = {
        "整件计数": {city: sum(city in c for c in own.values()) for city in FULL},
        "平均分摊": {city: sum(1 / len(c) for c in own.values() if city in c) for city in FULL},
        "独自落实": {city: sum(c == {city} and t not in open_ for t, c in own.items()) for city in FULL},
    }
    assert len({ax.get_title(loc="left") for ax in bundle.figure.axes}) == len(bundle.figure.axes)
    for ax in bundle.figure.axes:
        unit = ax.get_xlabel()
        assert unit == ("项目（个）" if ax.get_title(loc="left") in {"项目实际经过", "按项目数分摊", "按市内里程分摊"}
                        else "目标（个）" if "目标" in ax.get_title(loc="left") else "任务（项）")  # fmt: skip
        if ax.get_title(loc="left") in expected:
            found = [bar.get_width() for bar in ax.patches[: len(FULL)]]
            assert found == pytest.approx(list(expected[ax.get_title(loc="left")].values()))
    whole = bundle.data[(bundle.data["rule"] == "whole")].set_index("city")
    for city in (*FULL, "南通市", "泰州市"):  # 等 may mean any city that is not named
        more = sum(city not in own[task] for task in open_)
        assert whole["high"][city] == whole["value"][city] + more


def test_the_order_matrix_shows_every_defensible_way_of_counting():
    bundle = chart("burden-specification")
    above, ax = bundle.figure.axes
    data = bundle.data
    ways = data.groupby(["rule", "per"])
    assert set(data["member"]) == {"full"}
    assert len(bars(ax)) == len(data) == 3 * ways.ngroups
    firsts = Counter()
    for _, part in ways:
        best = part[part["value"].round(9) == part["value"].max().round(9)]
        firsts[best["adcode"].iloc[0] if len(best) == 1 else "tied"] += 1
    for code in style.FULL_MEMBERS:
        assert length(above, style.CITY_MARKS[code]) == firsts[code]
    assert length(above) == ways.ngroups
    signs = Counter(text.get_text() for text in ax.texts if text.get_text() in {">", "≈", "="})
    expected = Counter()
    for _, part in ways:
        rows = part.sort_values("value", ascending=False, kind="stable").to_dict("records")
        for one, other in pairwise(rows):
            tied = abs(one["value"] - other["value"]) < 1e-9
            expected["=" if tied else ">" if one["low"] > other["high"] else "≈"] += 1
    assert signs == expected
    by_column = defaultdict(list)
    for bar in bars(ax):  # in each cell, from left to right, from the city that bears most
        by_column[round(bar.get_y(), 3)].append(bar.get_x())
    assert all(row == sorted(row) for row in by_column.values())


def test_cells_of_tasks_and_cities():
    bundle = chart("burden-by-category")
    (ax,) = bundle.figure.axes
    own, marks = cities_of(), _chart_duties._SHARING_MARKS
    for y, city in enumerate((*FULL, "南通市", "泰州市")):
        mine = [task for task, names in own.items() if city in names]
        assert len(bars(ax, marks["none"], y - 0.12)) == len(table("tasks")) - len(mine)
        assert len(bars(ax, marks["shared"], y - 0.12)) == sum(len(own[task]) > 1 for task in mine)
    assert sorted(tick.get_text() for tick in ax.get_xticklabels()) == sorted(
        r["number_"] for r in _numbers()
    )
    counts = [text.get_text() for text in ax.texts if "/" in text.get_text()]
    assert counts[0] == "12/12"
    assert len(counts) == 5 * 6
    assert len(bundle.data) == sum(map(len, own.values()))


def _numbers():
    return [row | {"number_": row["task_id"].split("-")[1]} for row in table("tasks")]


def test_kinds_of_duty():
    bundle = chart("duties")
    own = cities_of()
    measurable = {row["task_id"] for row in table("targets")}
    for y, city in enumerate((*FULL, "南通市", "泰州市")):
        mine = {task for task, names in own.items() if city in names}
        assert [length(ax, row=y) for ax in bundle.figure.axes] == [len(mine)] * 3
        assert length(bundle.figure.axes[1], _chart_duties._DUTY_MARKS["measuring"]["measurable"], y) == len(
            mine & measurable
        )
        rows = bundle.data[bundle.data["city"] == city]
        assert set(rows["task_id"]) == mine
        assert (
            length(bundle.figure.axes[2], _chart_duties._DUTY_MARKS["dating"]["dated"], y)
            == rows["dated"].sum()
        )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_unit_an_axis(lang):
    bundle = chart("targets-by-unit", lang)
    data = bundle.data
    assert (data.groupby("panel")["panel_unit"].nunique() == 1).all()
    assert (data.groupby("panel")["dimension"].nunique() == 1).all()
    axes = [ax for ax in bundle.figure.axes if ax.axison]
    assert len(axes) == data["panel"].nunique()
    drawn = sorted(bar.get_width() for ax in axes for bar in ax.patches if isinstance(bar, Rectangle))
    assert drawn == pytest.approx(sorted(data["amount"]))
    for ax in axes:
        assert ax.get_xlabel()
        assert ax.get_xlim()[0] == 0
    # A measure is drawn to its SI value: two targets of one panel compare as their SI values do.
    for _, part in data[data["dimension"] != "count"].groupby("panel"):
        assert (part["amount"] / part["value_si"]).round(12).nunique() == 1
    amounts = [row for row in table("targets") if row["kind"] not in {"rate", "coverage"}]
    assert set(data["target_id"]) == {row["target_id"] for row in amounts}
    each = sum(len(bars(ax, _chart_targets._SCOPES["per_city"])) for ax in axes)
    assert each == sum("每个设区市" in row["scope"] for row in amounts) > 0


def test_rates_end_at_100_percent():
    bundle = chart("targets-rates")
    (ax,) = bundle.figure.axes
    assert ax.get_xlim() == (0, 100)
    assert ax.get_xlabel() == "%"
    expected = sorted(float(row["value"]) for row in table("targets") if row["kind"] in {"rate", "coverage"})
    kinds = _chart_targets._KINDS.values()
    assert sorted(bar.get_width() for mark in kinds for bar in bars(ax, mark)) == pytest.approx(expected)
    for y in range(len(expected)):
        assert length(ax, row=y) == pytest.approx(100)  # what is short of it is outlined


def test_parts_of_a_joint_total_add_up_and_are_marked_as_derived():
    bundle = chart("targets-per-city")
    data, (ax,) = bundle.data, bundle.figure.axes
    for _, part in data[data["derived"]].groupby(["target_id", "split"]):
        assert part["amount"].sum() == pytest.approx(part["total"].iloc[0])
    stated = [row for row in table("targets") if "每个设区市" in row["scope"]]
    tiles = bars(ax, _chart_targets._STATED)
    assert len(tiles) == len(FULL) * len(stated)
    derived = bars(ax, _chart_targets._DERIVED)
    assert len(derived) == data["derived"].sum()
    assert all(bar.get_linestyle() != "-" for bar in derived)
    assert sorted(bar.get_width() for bar in derived) == pytest.approx(
        sorted(0.9 * data.loc[data["derived"], "share"])
    )
    legend = [text.get_text() for text in bundle.figure.legends[0].get_texts()]
    assert any("推算" in text and "非文件原文" in text for text in legend)


@pytest.fixture
def mutated(tmp_path, monkeypatch):
    """Give a function that changes one table of a copy of the data, and draws from the copy."""
    folder = tmp_path / "data"
    shutil.copytree(data_dir(), folder)
    monkeypatch.setenv("SXC_DATA", str(folder))

    def change(name, edit):
        path = folder / "tables" / "2024" / f"{name}.csv"
        rows = table(name, folder)
        kept = [new for row in rows if (new := edit(dict(row))) is not None]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(kept)

    return change


def test_a_city_that_is_removed_leaves_the_marks(mutated):
    before = chart("burden-by-category").data
    mutated("assignments", lambda row: None if row["body"] == "常州市" else row)
    after = figures.build("burden-by-category")
    marks = _chart_duties._SHARING_MARKS
    assert len(bars(after.figure.axes[0], marks["none"], 2 - 0.12)) == len(table("tasks"))
    assert len(after.data) == len(before) - (before["city"] == "常州市").sum()
    splits = figures.build("targets-per-city")
    assert "常州市" not in set(splits.data["city"])
    even = splits.data[splits.data["split"] == "even"]
    assert even["share"].tolist() == [0.5] * len(even)
    with style.use_style("zh"):
        for bundle in (after, splits):
            figures.check_figure(bundle.figure)


def test_a_target_that_is_doubled_doubles_its_marks(mutated):
    def double(row):
        if row["target_id"] == "2024-32-t1":
            row |= {"value": "7.6", "value_si": str(2 * float(row["value_si"]))}
        return row

    before = [chart(name).data for name in ("targets-by-unit", "targets-per-city")]
    mutated("targets", double)
    for old, name in zip(before, ("targets-by-unit", "targets-per-city"), strict=True):
        bundle = figures.build(name)
        new = bundle.data
        changed = new["target_id"] == "2024-32-t1"
        assert new.loc[changed, "amount"].tolist() == pytest.approx((2 * old.loc[changed, "amount"]).tolist())
        assert new.loc[~changed, "amount"].tolist() == old.loc[~changed, "amount"].tolist()
        if name == "targets-by-unit":
            widths = [
                bar.get_width()
                for ax in bundle.figure.axes
                for bar in ax.patches
                if isinstance(bar, Rectangle)
            ]
            assert 7.6 in [round(width, 6) for width in widths]


def test_a_lead_that_is_removed_is_missed_everywhere(mutated):
    mutated("assignments", lambda row: row | {"role": "responsible"} if row["role"] == "lead" else row)
    bundle = figures.build("lead-matrix")
    (ax,) = bundle.figure.axes
    assert length(ax, _chart_bodies._LEADS) == 0
    assert length(ax, _chart_bodies._NOBODY) == 2 * len(table("tasks"))


def test_an_edition_without_targets_is_said_not_drawn(mutated):
    mutated("targets", lambda _: None)
    for name in ("targets-by-unit", "targets-rates", "targets-per-city"):
        with pytest.raises(MissingDataError, match="has no"):
            figures.build(name)
    assert "53项没有可衡量的目标" in figures.build("task-completeness").caption["zh"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_edition_without_located_projects_leaves_out_their_rules(monkeypatch, lang):
    def missing(edition):
        msg = f"no project of the edition {edition}"
        raise MissingDataError(msg)

    monkeypatch.setattr("sxcanalysis.figures.charts.burden.load_projects", missing)
    rules = figures.build("burden-rules", edition="2024", lang=lang)
    order = figures.build("burden-specification", edition="2024", lang=lang)
    left = {"whole", "even_split", "sole", "named", "targets"}
    assert set(rules.data["rule"]) == left == set(order.data["rule"])
    assert len(rules.figure.axes) == len(left)
    for bundle in (rules, order):
        assert {"zh": "尚未定位", "en": "located yet"}[lang] in bundle.source_note[lang]
        figures.check_figure(bundle.figure)
