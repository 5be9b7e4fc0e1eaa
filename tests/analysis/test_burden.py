"""What falls on each city: counts recomputed from the document with plain regular expressions, and lists changed on purpose."""

from __future__ import annotations

import itertools
import re
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from sxcanalysis import DataError, MissingDataError
from sxcanalysis.analysis.city_burden import PERS, RULES, burden, burden_sensitivity
from sxcanalysis.analysis.counting_rules import attribute, city_shares, roster
from sxcanalysis.reference.circle import load_circle

SOURCE = Path(__file__).parents[2] / "data/sources/2024/sxc-task-list-2024.txt"
CIRCLE = load_circle("sxc")
CITIES = [city.zh for city in CIRCLE.cities]
FULL = ["苏州市", "无锡市", "常州市"]


def recount() -> list[tuple[set[str], bool]]:
    """Read the implementing cities of each task, and whether 等 follows, without the package."""
    text = re.sub(r"\s+", "", SOURCE.read_text(encoding="utf-8"))
    found = []
    for bracket in re.findall(r"（([^（）]*具体落实)）", text):
        clause = bracket.rsplit("，", 1)[1]
        found.append((set(re.findall("苏州市|无锡市|常州市|南通市|泰州市", clause)), "等具体落实" in clause))
    return found


@pytest.fixture(scope="module")
def mentions() -> pd.DataFrame:
    rows = [
        ("2024-05", "无锡", "320200"),
        ("2024-05", "无锡", "320200"),
        ("2024-05", "泰州", "321200"),
        ("2024-36", "昆山", "320583"),
        ("2024-49", "溧阳市", "320481"),
        ("2024-49", "武进区", "320412"),
        ("2024-52", "上海", "310000"),
        ("2024-03", "环太湖", None),
    ]
    return pd.DataFrame(rows, columns=["task_id", "name", "adcode"])


@pytest.fixture(scope="module")
def targets() -> pd.DataFrame:
    rows = [
        ("2024-31-t1", "2024-31", "每个设区市"),
        ("2024-32-t1", "2024-32", "三市"),
        ("2024-43-t1", "2024-43", None),
        ("2024-36-t1", "2024-36", "昆山"),
        ("2024-49-t1", "2024-49", None),
    ]
    return pd.DataFrame(rows, columns=["target_id", "task_id", "scope"])


def of(table: pd.DataFrame, column: str = "value") -> dict[str, float]:
    return dict(zip(table["city"], table[column], strict=True))


def given(rows: list[tuple[str, str, str]], *, others: frozenset[str] = frozenset()) -> pd.DataFrame:
    """Build assignments from (task, body, role); tasks in ``others`` end in 等."""
    return pd.DataFrame(
        [
            (
                task,
                body,
                "city" if body.endswith("市") else "province",
                role,
                task in others and role == "implementing",
            )
            for task, body, role in rows
        ],
        columns=["task_id", "body", "body_kind", "role", "others_implied"],
    )


# --- counts against the raw document -------------------------------------------------------------------------


def test_whole_counts_are_those_of_the_document(assignments):
    read = recount()
    assert len(read) == 53
    expected = {city: sum(city in named for named, _ in read) for city in CITIES}
    assert of(burden(assignments)) == expected
    assert expected == {"苏州市": 46, "无锡市": 45, "常州市": 42, "南通市": 4, "泰州市": 4}


def test_whole_bounds_add_the_tasks_whose_enumeration_is_open(assignments):
    read = recount()
    table = burden(assignments)
    high = {c: sum(c in named or vague for named, vague in read) for c in CITIES}
    assert of(table, "high") == high
    assert of(table, "low") == of(table)
    assert of(table, "complete") == {c: high[c] == of(table)[c] for c in CITIES}


def test_even_split_is_that_of_the_document(assignments):
    expected = dict.fromkeys(CITIES, Fraction(0))
    for named, _ in recount():
        for city in named:
            expected[city] += Fraction(1, len(named))
    assert sum(expected.values()) == 53
    found = of(burden(assignments, "even_split"))
    assert {city: round(value, 9) for city, value in found.items()} == {
        city: round(float(value), 9) for city, value in expected.items()
    }


def test_sole_counts_are_those_of_the_document(assignments):
    read = recount()
    expected = {c: sum(named == {c} and not vague for named, vague in read) for c in CITIES}
    table = burden(assignments, "sole")
    assert of(table) == expected == {"苏州市": 5, "无锡市": 3, "常州市": 1, "南通市": 0, "泰州市": 0}
    high = {c: sum(named == {c} for named, _ in read) for c in CITIES}
    assert of(table, "high") == high
    assert not of(table, "complete")["常州市"]  # 常州市等具体落实


def test_categories_add_up_to_the_whole(assignments, tasks):
    table = burden(assignments, by="category", tasks=tasks)
    assert len(table) == 6 * len(CITIES)
    assert table.groupby("city")["value"].sum().to_dict() == of(burden(assignments))
    industry = table[table["category"] == "产业创新类"]
    assert of(industry) == {"苏州市": 12, "无锡市": 12, "常州市": 11, "南通市": 1, "泰州市": 1}
    assert list(industry["rank"].fillna(0)) == [1, 1, 3, 0, 0]  # ties share the better rank


def test_roles_of_the_other_bodies(assignments):
    table = burden(assignments, by="role")
    text = re.sub(r"\s+", "", SOURCE.read_text(encoding="utf-8"))
    guided = [b for b in re.findall(r"（([^（）]*具体落实)）", text) if "指导协调" in b]
    found = of(table[table["role"] == "coordinating"])
    assert found == {city: sum(city in bracket for bracket in guided) for city in CITIES}
    assert found["苏州市"] == 2


# --- weights ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["even_split", "count_share", "length_share"])
def test_weights_of_a_split_sum_to_one(rule, assignments, projects, shares):
    weights = attribute(rule, assignments, projects=projects, shares=shares)
    sums = weights.groupby("item")["weight"].sum()
    assert len(sums) == (53 if rule == "even_split" else len(projects))
    assert ((sums - 1).abs() < 1e-9).all()
    assert (weights["low"] <= weights["weight"] + 1e-12).all()
    assert (weights["weight"] <= weights["high"] + 1e-12).all()


@pytest.mark.parametrize("rule", RULES)
def test_nothing_is_lost(rule, assignments, projects, shares, mentions, targets):
    tables = {"projects": projects, "shares": shares, "mentions": mentions, "targets": targets}
    weights = attribute(rule, assignments, **tables)
    table = burden(assignments, rule, **tables)
    assert table["weight"].sum() + table.attrs["unattributed"] == pytest.approx(weights["weight"].sum())
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()


def test_even_split_leaves_room_for_the_cities_that_others_implies():
    table = burden(
        given([("t", "苏州市", "implementing")], others=frozenset({"t"})), "even_split", circle="sxc"
    )
    assert of(table) == {"苏州市": 1, "无锡市": 0, "常州市": 0, "南通市": 0, "泰州市": 0}
    assert of(table, "low")["苏州市"] == pytest.approx(1 / 13)
    assert of(table, "high")["无锡市"] == 0.5
    assert of(table, "complete") == {c: c == "苏州市" for c in CITIES}


def test_named_counts_a_task_once_for_its_city_its_counties_and_its_sites(assignments, mentions):
    table = burden(assignments, "named", mentions=mentions)
    assert of(table) == {"苏州市": 1, "无锡市": 1, "常州市": 1, "南通市": 0, "泰州市": 1}


def test_touched_is_what_the_counties_say(assignments, projects):
    expected = dict.fromkeys(CITIES, 0)
    for cell in projects["counties"].fillna(""):
        for prefix in {code[:4] for code in re.findall(r"\d{6}", cell)}:
            for city in CIRCLE.cities:
                expected[city.zh] += city.adcode.startswith(prefix)
    table = burden(assignments, "touched", projects=projects)
    assert of(table) == expected
    assert sum(expected.values()) > 0
    unknown = int((projects["counties"].fillna("") == "").sum())
    assert table.attrs["unattributed"] == unknown
    cells = [
        (set(re.findall(r"\d{6}", a)), set(re.findall(r"\d{6}", b)))
        for a, b in zip(projects["counties"], projects["touched_doubtful"], strict=True)
    ]
    doubtful = {
        city.zh: sum(any(c[:4] == city.adcode[:4] for c in near) and all(c[:4] != city.adcode[:4] for c in there) for there, near in cells)
        for city in CIRCLE.cities
    }  # fmt: skip
    assert sum(doubtful.values()) > 0
    assert of(table, "high") == {c: expected[c] + unknown + doubtful[c] for c in CITIES}


def test_a_place_in_doubt_enters_the_bounds_only():
    works = pd.DataFrame(
        {"project_id": ["p"], "task_id": ["t"], "counties": ["320581;320282"], "touched_doubtful": ["320412"]}
    )
    duties = given([("t", "苏州市", "implementing")])
    shared = burden(duties, "count_share", projects=works, circle="sxc").set_index("city")
    assert shared.loc["苏州市", ["value", "low", "high"]].tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 2])
    assert shared.loc["常州市", ["value", "low", "high"]].tolist() == pytest.approx([0, 0, 1 / 3])
    assert (
        burden(duties, "touched", projects=works, circle="sxc").set_index("city").loc["常州市", "high"] == 1
    )


def test_shares_of_length_stay_below_one(shares, projects):
    sums = shares.groupby("project_id")["share"].sum()
    assert (sums <= 1 + 1e-6).all()
    drawn = shares.groupby("project_id")["length_km"].sum()
    lines = projects.set_index("project_id")
    inside = lines.loc["2024-22-4"]  # wholly in Suzhou
    assert drawn["2024-22-4"] <= inside["length_km_drawn"] * 1.001
    assert sums["2024-22-1"] < 0.5  # most of it lies in Shanghai and Huzhou


def test_length_share_of_a_line_across_two_cities():
    import geopandas as gpd  # noqa: PLC0415
    from shapely.geometry import LineString, MultiPoint, Point, box  # noqa: PLC0415

    units = gpd.GeoDataFrame(
        {"adcode": ["320500", "320200", "310000"], "name": ["苏州市", "无锡市", "上海市"]},
        geometry=[box(120.0, 31, 120.3, 32), box(119.9, 31, 120.0, 32), box(120.3, 31, 121, 32)],
        crs=4326,
    )
    shapes = [
        LineString([(119.9, 31.5), (120.4, 31.5)]),
        Point(119.95, 31.5),
        None,
        box(119.95, 31.2, 120.05, 31.4),
    ]
    shapes.append(MultiPoint([(119.95, 31.5), (120.1, 31.5), (120.2, 31.5), (120.9, 31.5)]))
    works = gpd.GeoDataFrame(
        {
            "project_id": list("abcde"),
            "task_id": ["t"] * 5,
            "counties": ["320581;320281", "320281", "", "320581;320281", ""],
        },
        geometry=shapes,
        crs=4326,
    )
    measured = city_shares(works, units)
    found = {
        (p, c): s for p, c, s in zip(measured["project_id"], measured["city"], measured["share"], strict=True)
    }
    assert found["a", "苏州市"] == pytest.approx(0.6, abs=0.001)
    assert found["a", "无锡市"] == pytest.approx(0.2, abs=0.001)
    assert found["b", "无锡市"] == 1
    assert found["d", "苏州市"] == pytest.approx(0.5, abs=0.001)
    assert found["e", "苏州市"] == 0.5
    assert "c" not in set(measured["project_id"])
    duties = given([("t", "苏州市", "implementing")])
    table = burden(duties, "length_share", projects=works, shares=measured, circle="sxc")
    assert of(table)["苏州市"] == pytest.approx(0.6 + 0.5 + 0.5, abs=0.003)
    assert table.attrs["unattributed"] == pytest.approx(0.2 + 1 + 0.25, abs=0.003)
    assert of(table, "high")["常州市"] == 1  # the project that is not located


def test_targets_are_told_apart_from_joint_ones(assignments, mentions, targets):
    table = burden(assignments, "targets", mentions=mentions, targets=targets)
    # 31: each city; 43: Suzhou alone; 36: Kunshan; 49 (等) and 32 (joint) are nobody's own.
    assert of(table) == {"苏州市": 3, "无锡市": 1, "常州市": 1, "南通市": 0, "泰州市": 0}
    assert of(table, "high") == {"苏州市": 4, "无锡市": 2, "常州市": 3, "南通市": 0, "泰州市": 0}
    assert table.attrs["unattributed"] == 2


def test_one_name_may_stand_for_several_cities(assignments):
    codes = ("320500", "320200", "320400")
    mentions = pd.DataFrame(
        [("2024-35", "苏锡常", code) for code in codes], columns=["task_id", "name", "adcode"]
    )
    scope = [("2024-35-t1", "2024-35", "苏锡常地区")]
    targets = pd.DataFrame(scope, columns=["target_id", "task_id", "scope"])
    table = burden(assignments, "targets", mentions=mentions, targets=targets)
    assert [of(table)[city] for city in FULL] == [1, 1, 1]


# --- denominators ------------------------------------------------------------------------------------------------


def test_denominators(assignments, cities):
    rows = cities.set_index("city")
    for per, (column, amount, unit) in PERS.items():
        table = burden(assignments, per=per, cities=cities)
        assert set(table["unit"]) == {unit}
        for city in FULL:
            by = rows.loc[city, column] / amount if column else 1
            assert of(table)[city] == pytest.approx(of(table, "weight")[city] / by)
    gap = cities.assign(budget_revenue=cities["budget_revenue"].where(cities["city"] != "泰州市"))
    table = burden(assignments, per="budget_revenue", cities=gap).set_index("city")
    assert table.loc["泰州市", ["value", "low", "high"]].isna().all()  # never 0
    assert table.loc["泰州市", "note"] == "no_denominator"
    remembered = set(cities.loc[cities["budget_revenue_status"] == "from memory", "city"])
    assert set(table.index[table["note"] == "from_memory"]) == remembered
    assert (burden(assignments)["note"] == "").all()


@pytest.mark.parametrize("wrong", [0, -1, "many"])
def test_a_denominator_is_a_number_above_zero(wrong, assignments, cities):
    bad = cities.assign(gdp=cities["gdp"].astype(object).where(cities["city"] != "无锡市", wrong))
    with pytest.raises(DataError, match=f"above 0 or nothing, found '{wrong}.*' for 无锡市"):
        burden(assignments, per="gdp", cities=bad)


def test_a_city_has_one_denominator(assignments, cities):
    with pytest.raises(DataError, match="320200 a second time"):
        burden(assignments, per="gdp", cities=pd.concat([cities, cities]))


def test_tables_read_back_from_csv_as_text_or_numbers(assignments, mentions):
    text = assignments.assign(
        others_implied=assignments["others_implied"].map({True: "true", False: "false"})
    )
    pd.testing.assert_frame_equal(burden(text), burden(assignments))
    codes = mentions.assign(adcode=pd.to_numeric(mentions["adcode"]))  # 320200.0
    known = burden(assignments, "named", mentions=mentions)
    pd.testing.assert_frame_equal(burden(assignments, "named", mentions=codes), known)


def test_partial_members_never_rank(assignments, cities):
    for rule, per in itertools.product(("whole", "sole"), ("none", "gdp")):
        table = burden(assignments, rule, per, cities=cities).set_index("city")
        assert table.loc[["南通市", "泰州市"], "rank"].isna().all()
        assert set(table.loc[FULL, "rank"]) <= {1, 2, 3}


# --- lists changed on purpose ----------------------------------------------------------------------------------------


def test_a_city_removed_from_a_task(assignments):
    less = assignments[~((assignments["task_id"] == "2024-01") & (assignments["body"] == "常州市"))]
    before, after = (of(burden(a)) for a in (assignments, less))
    assert after == {**before, "常州市": before["常州市"] - 1}
    split = [of(burden(a, "even_split")) for a in (assignments, less)]
    assert split[1]["苏州市"] - split[0]["苏州市"] == pytest.approx(1 / 2 - 1 / 3)
    assert sum(split[1].values()) == pytest.approx(53)


def test_a_city_removed_from_the_list(assignments):
    less = assignments[assignments["body"] != "苏州市"]
    after = of(burden(less))
    assert after == {**of(burden(assignments)), "苏州市": 0}
    table = burden(less, "even_split")
    alone = sum(named == {"苏州市"} for named, _ in recount())
    assert table["weight"].sum() == pytest.approx(53 - alone)
    assert table.attrs["unattributed"] == alone  # tasks with nobody left are told, not dropped


def test_an_attribution_doubled(assignments):
    """A second task with the same bracket adds one; a body written twice in one bracket adds nothing."""
    bracket = assignments[assignments["task_id"] == "2024-13"]
    before = of(burden(assignments))
    again = pd.concat([assignments, bracket.assign(task_id="2024-13b")], ignore_index=True)
    assert of(burden(again)) == {**before, "苏州市": before["苏州市"] + 1}
    assert of(burden(again, "sole"))["苏州市"] == 6
    twice = pd.concat([assignments, bracket], ignore_index=True)
    assert of(burden(twice)) == before


def test_only_implementing_cities_count():
    rows = [("t", "苏州市", "lead"), ("t", "无锡市", "implementing"), ("t", "省水利厅", "implementing")]
    assert of(burden(given(rows), circle="sxc")) == {**dict.fromkeys(CITIES, 0), "无锡市": 1}


def test_a_city_outside_the_circle_is_shown_and_not_ranked():
    rows = [("t", "扬州市", "implementing"), ("t", "苏州市", "implementing")]
    table = burden(given(rows), circle="sxc").set_index("city")
    assert table.loc["扬州市", ["member", "value"]].tolist() == ["other", 1]
    assert table.loc["扬州市", "rank"] is pd.NA


def test_a_list_of_another_circle_ranks_its_own_cities(assignments):
    """Under other names the same counts: membership comes from the list, not from this circle."""
    other = {"苏州市": "南京市", "无锡市": "镇江市", "常州市": "扬州市"}
    renamed = assignments.assign(body=assignments["body"].replace(other))
    for rule in ("whole", "even_split", "sole"):
        before, after = (burden(a, rule).set_index("city") for a in (assignments, renamed))
        for old, new in other.items():
            columns = ["member", "value", "rank", "low", "high"]
            assert after.loc[new, columns].tolist() == before.loc[old, columns].tolist()
        assert not set(other) & set(after.index)
        assert after.loc[["南通市", "泰州市"], "rank"].isna().all()
    table = burden(renamed, per="population").set_index("city")
    assert table.loc["南京市", ["adcode", "city_en"]].tolist() == ["320100", "Nanjing"]
    named = pd.DataFrame({"task_id": ["2024-01", "2024-02"], "adcode": ["320115", "320583"]})
    assert of(burden(renamed, "named", mentions=named))["南京市"] == 1


def test_members_can_be_named(assignments):
    rows = assignments[(assignments["role"] == "implementing") & (assignments["body"] == "苏州市")]
    more = pd.concat([assignments, rows.assign(body="南通市")], ignore_index=True)
    table = burden(more, circle=CITIES).set_index("city")
    assert (table["member"] == "full").all()
    assert table["rank"].tolist() == [1, 3, 4, 1, 5]  # Nantong now has all 46 of Suzhou's
    two = burden(more, circle=["苏州市", "南通市"]).set_index("city")
    assert two["member"].to_dict()["无锡市"] == "partial"
    assert two.loc["南通市", "rank"] == 1
    for wrong, words in ((["Suzhou"], "Suzhou"), ("suzhou", "no circle"), ([], "one full member")):
        with pytest.raises((DataError, MissingDataError), match=words):
            burden(assignments, circle=wrong)


def test_a_circle_with_a_file_has_its_own_cities():
    rows = [(f"x-{n}", city, "implementing") for n, city in enumerate(["成都市", "德阳市", "成都市"])]
    table = burden(given(rows), circle="chengdu")
    assert list(table["city"]) == ["成都市", "德阳市", "眉山市", "资阳市"]
    assert list(table["value"]) == [2, 1, 0, 0]
    assert set(burden(given(rows))["city"]) == {
        "成都市",
        "德阳市",
    }  # nothing names the circle: those that implement


def test_order_of_rows_does_not_matter(assignments, cities):
    shuffled = assignments.sample(frac=1, random_state=3)
    for rule in ("whole", "even_split", "sole"):
        one, other = (burden(a, rule, "gdp", cities=cities) for a in (assignments, shuffled))
        pd.testing.assert_frame_equal(one, other)


# --- rules and denominators of one's own ---------------------------------------------------------------------------


def test_a_rule_of_ones_own_gets_the_tables_that_it_names(assignments, mentions):
    def named_twice(assignments: pd.DataFrame, mentions: pd.DataFrame) -> pd.DataFrame:
        assert "role" in assignments
        found = mentions[mentions["adcode"].isin(["320200", "321200"])]
        return found.assign(city=found["adcode"].map({"320200": "无锡市", "321200": "泰州市"}), weight=0.5)

    table = burden(assignments, named_twice, mentions=mentions)
    assert of(table) == {**dict.fromkeys(CITIES, 0), "无锡市": 1.0, "泰州市": 0.5}
    assert set(table["rule"]) == {"named_twice"}
    by_city = burden(assignments, lambda assignments: pd.Series({"常州市": 3.0 + 0 * len(assignments)}))
    assert of(by_city)["常州市"] == 3


def test_a_rule_of_ones_own_answers_with_weights(assignments):
    with pytest.raises(DataError, match="city and weight"):
        burden(assignments, lambda assignments: assignments)
    with pytest.raises(DataError, match="'Suzhou' is no city"):
        burden(assignments, lambda _: pd.Series({"Suzhou": 1.0}))


def test_a_denominator_of_ones_own(assignments, cities):
    firms = pd.Series({"Suzhou": 14.6, "320200": 8.7, "常州市": 6.1}, name="firms")
    table = burden(assignments, per=firms, unit="1000 firms").set_index("city")
    assert table["unit"].unique().tolist() == ["1000 firms"]
    assert table["per"].unique().tolist() == ["firms"]
    assert table.loc["无锡市", "value"] == pytest.approx(45 / 8.7)
    assert table.loc["南通市", ["value", "note"]].isna().tolist() == [True, False]
    column = burden(assignments, per="students", cities=cities.assign(students=2.0))
    assert of(column)["苏州市"] == 23
    with pytest.raises(DataError, match="Paris is no city"):
        burden(assignments, per=pd.Series({"Paris": 1.0}))
    with pytest.raises(DataError, match="twice"):
        burden(assignments, per=pd.Series([1.0, 2.0], index=["Suzhou", "苏州市"]))
    every = burden_sensitivity(assignments, rules="whole", pers=[firms], draws=50)
    assert every["per"].unique().tolist() == ["firms"]


# --- errors --------------------------------------------------------------------------------------------------------


def test_errors_tell_what_to_choose(assignments, projects):
    with pytest.raises(DataError, match="even_split"):
        burden(assignments, "halves")
    with pytest.raises(DataError, match="budget_revenue"):
        burden(assignments, per="income")
    with pytest.raises(DataError, match="column role is missing"):
        burden(assignments.drop(columns="role"))
    with pytest.raises(DataError, match="counties"):
        burden(assignments, "touched", projects=projects.drop(columns="counties"))
    with pytest.raises(DataError, match="found list"):
        burden([assignments])
    with pytest.raises(DataError, match="nothing to combine"):
        burden_sensitivity(assignments, rules=[])
    one = burden_sensitivity(assignments, rules="whole", pers="none", draws=50)
    assert of(one) == of(burden(assignments))


def test_an_empty_list(assignments, tasks):
    none = assignments.iloc[:0]
    assert roster(none).empty
    assert of(burden(none, circle="sxc")) == dict.fromkeys(CITIES, 0)
    assert burden(none, by="category", tasks=tasks.iloc[:0]).empty


def test_a_list_that_was_just_read(assignments):
    """There is no table of the edition on disk: what needs one says so, the rest is counted."""
    fresh = assignments.assign(task_id=assignments["task_id"].str.replace("2024", "1999"))
    assert of(burden(fresh, circle="sxc")) == of(burden(assignments))
    for rule, name in (("named", "mentions"), ("touched", "projects"), ("targets", "mentions")):
        with pytest.raises(MissingDataError, match=f"1999.* Or pass the table: {name}="):
            burden(fresh, rule)
    with pytest.raises(MissingDataError, match="tasks="):
        burden(fresh, by="category")


def test_what_is_not_given_is_loaded(assignments, projects, shares, cities):
    loaded = burden(assignments, "length_share", "gdp")
    given_all = burden(assignments, "length_share", "gdp", projects=projects, shares=shares, cities=cities)
    pd.testing.assert_frame_equal(loaded, given_all)
    infrastructure = assignments[assignments["task_id"] == "2024-21"]
    assert burden(infrastructure, "touched").attrs["items"] == 3  # held to the tasks that were given
    assert len(burden(assignments, by="category")) == 30
