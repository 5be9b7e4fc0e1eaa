"""How sure a count is: intervals against cases worked out by hand, and lists without a plan, which must give no finding."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import Point

from sxcanalysis import (
    load_boundaries,
)
from sxcanalysis.analysis import simulation
from sxcanalysis.analysis.city_burden import PERS, RULES, burden_sensitivity
from sxcanalysis.analysis.counting_rules import attribute, city_shares, roster
from sxcanalysis.analysis.denominators import size_share
from sxcanalysis.core.errors import DataError
from sxcanalysis.reference.circle import load_circle

FULL = ["苏州市", "无锡市", "常州市"]


def given(*tasks: tuple[tuple[str, ...], bool]) -> pd.DataFrame:
    """Make a list of tasks from their cities, and whether 等 follows."""
    rows = [
        (f"t-{n}", city, "city", "implementing", vague)
        for n, (cities, vague) in enumerate(tasks)
        for city in cities
    ]
    return pd.DataFrame(rows, columns=["task_id", "body", "body_kind", "role", "others_implied"])


def shuffled(assignments: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Give every task of the list to as many full members as before, drawn at random."""
    rng = np.random.default_rng(seed)
    table = assignments.copy()
    chosen = (table["role"] == "implementing") & table["body"].isin(FULL)
    for task in table.loc[chosen, "task_id"].unique():
        rows = chosen & (table["task_id"] == task)
        table.loc[rows, "body"] = list(rng.permutation(FULL)[: rows.sum()])
    return table


# --- the table of all combinations -------------------------------------------------------------------------------------


def test_every_combination_is_there_once(sensitivity):
    assert len(sensitivity) == len(RULES) * len(PERS) * 5
    assert not sensitivity.duplicated(["rule", "per", "city"]).any()
    assert ((sensitivity["reason"] != "") == ~sensitivity["defensible"]).all()
    area = sensitivity[(sensitivity["per"] == "area") & sensitivity["defensible"]]
    assert set(area["rule"]) == {"touched", "count_share", "length_share"}
    assert list(dict.fromkeys(sensitivity["rule"])) == list(RULES)


def test_bounds_and_intervals_hold_the_value(sensitivity):
    full = sensitivity[sensitivity["member"] == "full"]
    assert (full["low"] <= full["value"] + 1e-9).all()
    assert (full["value"] <= full["high"] + 1e-9).all()
    undivided = full[full["per"] == "none"]
    assert (undivided["interval_low"] <= undivided["value"] + 1e-9).all()
    assert (undivided["value"] <= undivided["interval_high"] + 1e-9).all()
    assert (full["interval_low"] <= full["interval_high"]).all()


def test_first_places_add_up(sensitivity):
    used = sensitivity[sensitivity["defensible"] & (sensitivity["member"] == "full")]
    assert used.groupby(["rule", "per"])["p_first"].sum().round(9).eq(1).all()
    assert sensitivity.loc[sensitivity["member"] != "full", "p_first"].isna().all()


def test_denominators_explain_most_of_many_results(sensitivity):
    divided = sensitivity[sensitivity["defensible"] & (sensitivity["per"] != "none")].drop_duplicates(
        ["rule", "per"]
    )
    assert divided["size_share"].between(0, 1).all()
    assert (divided["ranks_sizes"] == (divided["size_share"] > 0.5)).all()
    assert divided.set_index(["rule", "per"])["ranks_sizes"]["whole"].all()
    assert sensitivity.loc[sensitivity["per"] == "none", "size_share"].isna().all()
    assert not sensitivity.loc[sensitivity["ranks_sizes"], "finding"].any()


def test_the_same_seed_gives_the_same_table(assignments):
    one, other, third = (
        burden_sensitivity(assignments, rules="even_split", pers="gdp", draws=60, seed=s) for s in (5, 5, 6)
    )
    pd.testing.assert_frame_equal(one, other)
    assert (one["interval_low"] != third["interval_low"]).any()


def test_what_only_ranks_denominators_or_lacks_one_is_left_out(assignments, cities):
    even = assignments[assignments["task_id"] == "2024-01"]
    table = burden_sensitivity(even, rules=["whole"], pers=["none", "gdp"], draws=20)
    assert table.groupby("per")["reason"].first().to_dict() == {"none": "", "gdp": "all_equal"}
    gap = cities.assign(gdp=cities["gdp"].where(cities["city"] != "无锡市"))
    table = burden_sensitivity(assignments, rules=["whole"], pers=["gdp"], cities=gap, draws=20)
    assert set(table["reason"]) == {"no_denominator"}
    fresh = assignments.assign(task_id=assignments["task_id"].str.replace("2024", "1999"))
    table = burden_sensitivity(fresh, circle="sxc", draws=20)
    absent = table[~table["rule"].isin(["whole", "even_split", "sole"])]
    assert absent[["tasks", "weight", "value", "low", "high", "rank"]].isna().all(axis=None)
    assert set(absent["reason"]) == {"lacks_table"}


# --- a list without a plan ---------------------------------------------------------------------------------------------


def test_a_randomised_list_gives_no_finding(assignments, cities):
    """Without any plan behind it, one list in twenty may show a lead at most; here none of twelve does."""
    for seed in range(12):
        found = burden_sensitivity(
            shuffled(assignments, seed), rules=["whole", "even_split", "sole"], draws=20, cities=cities
        )
        assert not found["finding"].any(), seed


def test_chance_is_corrected_for_every_denominator_whichever_is_asked_for():
    """Three tasks in a row for one city happen by chance in one list of nine: no finding, however few combinations are shown."""
    table = given(*[(("苏州市",), False)] * 3)
    found = burden_sensitivity(table, rules="whole", pers="none", circle="sxc", draws=20).set_index("city")
    assert found.loc["苏州市", "p_first"] == 1
    assert found.loc["苏州市", "chance"] == pytest.approx(len(PERS) / 9, abs=0.15)
    assert not found["finding"].any()
    more = burden_sensitivity(
        given(*[(("苏州市",), False)] * 9), rules="whole", pers="none", circle="sxc", draws=20
    )
    assert more.loc[more["finding"], "city"].tolist() == ["苏州市"]


def test_a_plan_is_found(cities):
    plan = given(*[(("常州市",), False)] * 30, *[(("苏州市", "无锡市", "常州市"), False)] * 10)
    table = burden_sensitivity(
        plan, rules=["whole", "even_split"], pers=["none", "gdp"], cities=cities, circle="sxc", draws=100
    )
    assert set(table.loc[table["finding"], "city"]) == {"常州市"}
    assert table[table["finding"]].groupby("per").size()["none"] == 2


def test_chance_of_a_known_lead():
    # Three tasks, two cities, each for one city: all three for the first happens to either city in 2 of 8 lists.
    weights = attribute("whole", given(*[(("苏州市",), False)] * 3), circle=["苏州市", "无锡市"])
    chance = simulation.chance_of_leads(
        {"whole": weights}, ["苏州市", "无锡市"], np.random.default_rng(1), draws=4000
    )
    assert chance.loc["whole", "苏州市"] == pytest.approx(0.25, abs=0.03)
    assert chance.loc["whole", "无锡市"] == 1.0


# --- what is drawn -------------------------------------------------------------------------------------------------------


def test_others_are_any_number_of_any_cities_or_none():
    table = given((("苏州市",), True), (("无锡市",), False), (("苏州市",), True))
    cities = roster(table, "sxc")
    drawn = simulation.draw_others(table, cities, load_circle("sxc"), 4000, np.random.default_rng(2))
    assert set(drawn) == {"t-0", "t-2"}
    closed = (drawn["t-0"][1] == 0) & (drawn["t-2"][1] == 0)
    assert closed.mean() == pytest.approx(0.5, abs=0.03)  # the list's 等 only closes its enumerations
    implied, count = drawn["t-0"]
    assert (count.min(), count.max()) == (0, 12)  # of the thirteen cities of the province
    assert count[~closed].mean() == pytest.approx(6, abs=0.3)
    assert not implied[:, 0].any()
    assert implied[~closed, 1:].mean(axis=0) == pytest.approx([0.5] * 4, abs=0.05)


def test_rules_follow_the_implied_cities():
    table = given((("苏州市",), True))
    cities = roster(table, "sxc")
    found = {}
    for rule in ("whole", "even_split", "sole"):
        others = simulation.draw_others(table, cities, load_circle("sxc"), 500, np.random.default_rng(2))
        weights = attribute(rule, table, circle="sxc")
        _, found[rule] = simulation.draw_items(
            rule, weights, cities, others, None, draws=500, rng=np.random.default_rng(3)
        )
    implied, count = others["t-0"]
    assert (found["whole"][:, 0, 0] == 1).all()
    assert (found["whole"][:, 0, 1:] == implied[:, 1:]).all()
    assert found["even_split"][:, 0, 0] == pytest.approx(1 / (1 + count))
    assert (found["sole"][:, 0, 0] == (count == 0)).all()


def placed(point: Point, **more: object) -> np.ndarray:
    """Draw where a project lies that is drawn at a point, 4 km uncertain, in a list for Suzhou."""
    works = gpd.GeoDataFrame(
        {"project_id": ["p"], "task_id": ["t-0"], "counties": [""], "claimed_counties": [""], "precision": ["approximate"], "uncertainty_m": [4000.0]},
        geometry=[point], crs=4326,
    ).assign(**more)  # fmt: skip
    table = given((("苏州市", "无锡市"), False))
    shares = city_shares(works, load_boundaries("city"))
    drawn = simulation.draw_places(
        works,
        shares,
        table,
        roster(table, "sxc"),
        load_boundaries("city"),
        draws=2000,
        rng=np.random.default_rng(4),
    )
    return drawn.inside[:, 0].mean(axis=0)


def test_a_place_near_a_border_lies_on_either_side():
    units = load_boundaries("city").set_index("adcode").geometry
    shared = units["320500"].boundary.intersection(units["320200"].boundary)
    border = max(shapely.get_parts(shapely.line_merge(shared)), key=lambda part: part.length).interpolate(
        0.5, normalized=True
    )
    near = placed(border, counties=["320505"])
    assert 0.25 < near[1] < 0.75
    assert near[0] + near[1] == pytest.approx(1, abs=0.02)
    named = placed(border, counties=["320505"], claimed_counties=["320505"])
    assert named[0] == 1  # a source names it
    assert named[1] < near[1]
    disputed = placed(
        Point(120.75, 31.3), counties=["320505"], claimed_counties=["320505"], touched_doubtful=["320411"]
    )
    assert disputed[:3] == pytest.approx([1, 0, 0.25], abs=0.04)
    assert placed(Point(120.75, 31.3))[:3] == pytest.approx(
        [0.5, 0.5, 0], abs=0.04
    )  # not located: in a city of its task


def test_sizes_differ_by_year_and_by_what_is_known():
    years = [(np.array([10.0, 20.0]), ["final", "memory"]), (np.array([12.0, 20.0]), ["final", "memory"])]
    drawn = simulation.draw_sizes(years, 4000, np.random.default_rng(5))
    assert ((drawn[:, 0] < 11).mean()) == pytest.approx(0.5, abs=0.04)
    assert drawn[:, 1].std() == pytest.approx(0.6, abs=0.05)  # three per cent
    holes = [years[0], (np.array([12.0, np.nan]), ["final", ""])]
    assert (simulation.draw_sizes(holes, 50, np.random.default_rng(5))[:, 0] < 11).all()


def test_alternative_readings(assignments, projects, targets_2024):
    drawn = np.zeros((1000, 1, 2))
    cities = pd.DataFrame({"city": ["苏州市", "无锡市"]})
    reading = [{"item": "a", "rules": ["named"], "adds": ["无锡市"], "why": ""}]
    found = simulation.apply_readings("named", ["a"], drawn, cities, reading, np.random.default_rng(6))
    assert found.sum(axis=1).mean(axis=0) == pytest.approx([0, 0.5], abs=0.05)
    gone = simulation.apply_readings(
        "touched",
        ["a"],
        drawn + 1,
        cities,
        [{"item": "a", "rules": ["touched"], "drops": True, "why": ""}],
        np.random.default_rng(6),
    )
    assert gone.mean() == pytest.approx(0.5, abs=0.05)
    assert (
        simulation.apply_readings("whole", ["a"], drawn + 1, cities, reading, np.random.default_rng(6)) == 1
    ).all()
    items = {*assignments["task_id"], *projects["project_id"], *targets_2024["target_id"]}
    kept = simulation.alternative_readings("2024")
    assert {reading["item"] for reading in kept} <= items
    assert simulation.alternative_readings("1999") == []


def test_a_reading_that_lacks_its_reason_is_told(monkeypatch, tmp_path):
    (tmp_path / "readings.yml").write_text("- item: 2024-48\n  rules: [named]\n", encoding="utf-8")
    monkeypatch.setattr(simulation, "data_file", lambda _: tmp_path / "readings.yml")
    with pytest.raises(DataError, match="entry 1: expected item, rules, why"):
        simulation.alternative_readings("2024")


# --- what the denominator explains ---------------------------------------------------------------------------------------


def test_share_of_the_variance_that_denominators_explain():
    assert size_share([5, 5, 5], [1, 2, 4]) == pytest.approx(1)
    assert size_share([1, 2, 4], [3, 3, 3]) == pytest.approx(0)
    weights, sizes = np.array([2.0, 3.0, 7.0]), np.array([1.0, 4.0, 2.0])
    both = np.cov(np.log(weights / sizes), -np.log(sizes), bias=True)
    assert size_share(weights, sizes) == pytest.approx(both[0, 1] / both[0, 0])
    assert np.isnan(size_share([1, 2, 4], [1, 2, 4]))  # all bear the same
    assert 0 <= size_share([0, 2, 4], [1, 2, 3]) <= 1  # a city that bears nothing
    assert size_share([3.0] * 10, np.arange(1, 11)) == pytest.approx(1)
