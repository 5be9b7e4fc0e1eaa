"""Tasks are assigned, projects lie somewhere: the two are counted at the level at which the list speaks."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from sxcanalysis import DataError
from sxcanalysis.analysis.exposure import assigned_and_located, exposure

SOURCE = Path(__file__).parents[2] / "data/sources/2024/sxc-task-list-2024.txt"


@pytest.fixture(scope="module")
def pairs(assignments, projects) -> pd.DataFrame:
    return assigned_and_located(assignments, projects)


def made(places: list[tuple[str, str, str]]) -> pd.DataFrame:
    """Make projects of one task from (id, counties, touched_doubtful)."""
    return pd.DataFrame(places, columns=["project_id", "counties", "touched_doubtful"]).assign(task_id="t")


def duties(*cities: str, vague: bool = False) -> pd.DataFrame:
    rows = [("t", city, "city", "implementing", vague) for city in cities]
    return pd.DataFrame(rows, columns=["task_id", "body", "body_kind", "role", "others_implied"])


def test_pairs_of_infrastructure_tasks_and_cities_are_those_of_the_document(pairs):
    text = re.sub(r"\s+", "", SOURCE.read_text(encoding="utf-8"))
    chapter = text[text.index("三、基础设施类") : text.index("四、生态环保类")]
    named = [
        re.findall("[苏无常南泰]..?市", b.rsplit("，", 1)[1])
        for b in re.findall(r"（([^（）]*具体落实)）", chapter)
    ]
    assigned = pairs[pairs["assigned"]]
    assert len(assigned) == sum(map(len, named)) == 24
    assert int((assigned["located"] == "inside").sum()) == 23


def test_every_project_of_a_task_is_told_once_for_each_city(pairs, projects):
    places = ["inside", "doubtful", "outside", "unknown"]
    assert (pairs[places].sum(axis=1) == pairs["projects"]).all()
    for place in places:
        counted = [len([name for name in cell.split(";") if name]) for cell in pairs[f"{place}_ids"]]
        assert counted == list(pairs[place])
    assert pairs[pairs["city"] == "苏州市"]["projects"].sum() == len(projects)


def test_what_may_lie_in_a_city_is_doubtful_there():
    works = made([("a", "320281", "320412"), ("b", "320281", ""), ("c", "", "")])
    table = assigned_and_located(
        duties("苏州市", "无锡市", "常州市", vague=True), works, circle="sxc"
    ).set_index("city")
    columns = ["inside", "doubtful", "outside", "unknown", "located"]
    assert table.loc["无锡市", columns].tolist() == [2, 0, 0, 1, "inside"]
    assert table.loc["常州市", columns].tolist() == [0, 1, 1, 1, "doubtful"]
    assert table.loc["苏州市", columns].tolist() == [0, 0, 2, 1, "unknown"]
    assert table.loc["南通市", ["assigned", "others_implied"]].tolist() == [False, True]
    assert table.loc["常州市", ["doubtful_ids", "outside_ids"]].tolist() == ["a", "b"]
    known = assigned_and_located(duties("苏州市"), works.iloc[[1]], circle="sxc").set_index("city")
    assert known.loc["苏州市", "located"] == "outside"


def test_a_project_that_moves_out_of_a_city_changes_the_count(pairs, assignments, projects):
    works = projects.copy()
    works.loc[works["task_id"] == "2024-27", "counties"] = "320507"
    moved = assigned_and_located(assignments, works)
    assert int((moved[moved["assigned"]]["located"] == "inside").sum()) == 22
    assert int((pairs[pairs["assigned"]]["located"] == "inside").sum()) == 23


def test_exposure_adds_up(pairs):
    table = exposure(pairs).set_index("city")
    own = pairs[pairs["assigned"]]
    assert table["tasks"].sum() == len(own)
    assert table["tasks_inside"].sum() == 23
    assert (table[["inside", "doubtful", "outside", "unknown"]].sum(axis=1) == table["projects"]).all()
    everything = pairs.groupby("city")["inside"].sum()
    assert (table["inside"] + table["other_inside"] == everything.reindex(table.index)).all()


def test_a_list_without_projects_has_no_pairs():
    assert assigned_and_located(duties("苏州市"), made([])).empty
    assert exposure(assigned_and_located(duties("苏州市"), made([]))).empty
    with pytest.raises(DataError, match="counties"):
        assigned_and_located(duties("苏州市"), made([]).drop(columns="counties"))
