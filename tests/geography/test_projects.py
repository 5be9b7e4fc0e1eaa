"""Projects: each where its sources say, each sourced, nothing computed by hand."""

import json
import re
from urllib.parse import urlparse

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.documents.reading import read_document
from sxcanalysis.geography import locating as _locating
from sxcanalysis.geography import projects, touching
from sxcanalysis.geography.boundaries import load_boundaries
from sxcanalysis.tables.loading import load_tasks

# Lines whose published length is more than 8 % from the drawn one, with the reason in their note.
LENGTH_KNOWN_TO_DIFFER = {"2024-22-5", "2024-22-6", "2024-23a-5"}
CONTRACT = [
    "project_id", "task_id", "name", "name_en", "kind", "stage", "stage_verb", "start", "end", "counties", "precision",
    "uncertainty_m", "geometry_source", "geometry",
]  # fmt: skip


@pytest.fixture(scope="module")
def table():
    return projects.load_projects(2024)


@pytest.fixture(scope="module")
def text():
    return read_document(data_dir() / "sources" / "2024" / "sxc-task-list-2024.txt")


def test_contract_columns_crs_and_every_item(table):
    assert list(table.columns[: len(CONTRACT)]) == CONTRACT
    assert table.crs.to_epsg() == 4326
    assert len(table) == 36
    per_item = table["task_id"].value_counts().to_dict()
    assert per_item == {
        "2024-21": 3,
        "2024-22": 7,
        "2024-23a": 5,
        "2024-23b": 2,
        "2024-24": 8,
        "2024-25": 5,
        "2024-26": 4,
        "2024-27": 2,
    }


def test_span_quotes_the_name(table, text):
    for row in table.itertuples():
        assert "".join(text[row.start : row.end].split()) == "".join(row.name.split())


def test_spans_lie_in_their_task_and_do_not_overlap(table):
    tasks = load_tasks(2024).set_index("task_id")
    ordered = table.sort_values("start")
    assert (ordered["end"].to_numpy()[:-1] <= ordered["start"].to_numpy()[1:]).all()
    for row in table.itertuples():
        assert tasks.loc[row.task_id, "start"] <= row.start < row.end <= tasks.loc[row.task_id, "end"]


def test_stage_verb_is_in_the_words_of_the_task(table):
    words = load_tasks(2024).set_index("task_id")["text"]
    for row in table.itertuples():
        at = 0
        for part in row.stage_verb.split("…"):
            at = words[row.task_id].find(part, at)
            assert at >= 0, (row.project_id, row.stage_verb)
            at += len(part)


@pytest.mark.parametrize(
    ("verb", "stages"),
    [
        ("建成", {"completed"}),
        ("完成", {"completed"}),
        ("前期工作", {"preparatory"}),
        ("开工建设", {"started"}),
        ("续建", {"continued"}),
        ("加快建设", {"under_construction"}),
        ("加快实施", {"under_construction"}),
    ],
)
def test_stage_follows_the_verb(table, verb, stages):
    mine = table[table["stage_verb"].str.contains(verb)]
    assert len(mine)
    assert set(mine["stage"]) == stages


def test_precision_uncertainty_and_geometry_agree(table):
    for row in table.itertuples():
        if row.precision == "none":
            assert row.geometry is None
            assert pd.isna(row.uncertainty_m)
            assert row.reason_none
            assert row.reason_none_zh
            assert row.counties == ""
            continue
        assert row.geometry.is_valid
        assert not row.geometry.is_empty
        assert row.uncertainty_m > 0
        limit = {"exact": 250, "approximate": 5000, "route_schematic": 10_000}
        assert row.uncertainty_m <= limit.get(row.precision, 100_000)
        shape = row.geometry.geom_type
        if row.precision in {"county", "city"}:
            assert row.geometry_type == "area"
            assert "Polygon" in shape
            assert row.reason_none
        if row.precision == "route_schematic":
            assert "LineString" in shape


def test_every_source_is_listed_and_can_be_cited():
    sources = projects.load_project_sources().set_index("source_id")
    cited = {
        one
        for frame, columns in (
            (projects.load_register(), ["geometry_source", "length_source", "investment_source"]),
            (projects.load_waypoints(), ["source_id"]),
            (projects.load_status(), ["source_id"]),
            (pd.read_csv(data_dir() / "projects" / "sites.csv", keep_default_na=False), ["source_id"]),
        )
        for column in columns
        for cell in frame[column]
        for one in cell.split(";")
        if one
    }
    assert cited <= set(sources.index)
    memory = sources["kind"] == "from memory"
    assert memory.any()
    assert (sources.loc[memory, "read_in"] == "").all()
    told = sources[~memory]
    assert ((told["publisher"] != "") | (told["title"] != "")).all()
    # What is cited is never an address.
    assert (
        not told[["publisher", "title"]]
        .apply(lambda cells: cells.str.contains(r"https?://|www\."))
        .any(axis=None)
    )


def test_no_page_of_a_refused_site_is_named_as_where_something_was_read():
    refused = pd.read_csv(data_dir() / "projects" / "refused_hosts.csv").set_index("host")["reason"]
    assert refused.str.len().gt(5).all()
    places = [
        *projects.load_project_sources()["read_in"],
        *pd.read_csv(data_dir() / "context" / "cities.csv", keep_default_na=False)["read_in"],
        *pd.read_csv(data_dir() / "context" / "counties.csv", keep_default_na=False)["read_in"],
    ]
    hosts = {urlparse(place).hostname or "" for place in places if place.startswith("http")}
    assert len(hosts) > 30
    assert not {host for host in hosts if re.fullmatch(r"[\d.]+|\[.*\]", host)}, "bare addresses"
    assert not {host for host in hosts if {host, host.removeprefix("www.")} & set(refused.index)}


def test_located_projects_have_sources_and_published_lengths_too(table):
    placed = table[table["precision"] != "none"]
    assert (placed["geometry_source"] != "").all()
    assert (table["length_km_published"].notna() == (table["length_source"] != "")).all()


def test_every_geometry_agrees_with_the_counties_it_claims(table):
    checks = touching.check_projects(table)
    assert dict(zip(checks["project_id"], checks["missing"], strict=True)) == dict.fromkeys(
        table["project_id"], ""
    )
    assert (checks["beyond"] == "").all()


def test_every_line_agrees_with_its_published_length(table):
    checks = touching.check_projects(table)
    lines = checks[checks["length_km_published"].notna()]
    assert len(lines) == 23
    off = lines[lines["difference_percent"].abs() > 8]
    shown = off[["project_id", "length_km_published", "length_km_drawn", "difference_percent"]]
    assert set(off["project_id"]) == LENGTH_KNOWN_TO_DIFFER, f"\n{shown.to_string()}"
    assert lines["difference_percent"].abs().max() < 20, f"\n{shown.to_string()}"


def test_waypoints_of_a_line_come_in_order():
    """A step back of more than a right angle over more than both uncertainties would mean that points are swapped."""
    points = projects.load_waypoints()
    for key, part in points.groupby(["project_id", "part"]):
        plane = gpd.GeoSeries.from_xy(part["lon"], part["lat"], crs=4326).to_crs(4549)
        x, y = plane.x.to_numpy(), plane.y.to_numpy()
        sure = part["uncertainty_m"].to_numpy()
        for i in range(1, len(part) - 1):
            before, after = (x[i] - x[i - 1], y[i] - y[i - 1]), (x[i + 1] - x[i], y[i + 1] - y[i])
            back = before[0] * after[0] + before[1] * after[1]
            size = (before[0] ** 2 + before[1] ** 2) ** 0.5 * (after[0] ** 2 + after[1] ** 2) ** 0.5
            reach = min((before[0] ** 2 + before[1] ** 2), (after[0] ** 2 + after[1] ** 2)) ** 0.5
            assert back > -0.5 * size or reach < 2 * sure[i], (key, part["name"].iloc[i])


def test_sections_end_where_the_text_says(table):
    by_id = table.set_index("project_id")
    counties = load_boundaries("county").set_index("adcode").to_crs(4549).geometry
    shapes = by_id.geometry.to_crs(4549)

    def end_is_near(project, at, code, within):
        line = shapes[project] if shapes[project].geom_type == "LineString" else shapes[project].geoms[at]
        return counties[code].distance(line.boundary.geoms[at]) <= within

    assert end_is_near("2024-21-1", 0, "320585", 2500)  # Taicang
    assert end_is_near("2024-21-1", -1, "320412", 2500)  # 常州南互通 lies in Wujin
    assert "320585" not in by_id.loc["2024-21-2", "counties"]  # the section does not reach Taicang
    assert end_is_near("2024-21-2", -1, "320507", 2000)
    assert end_is_near("2024-21-3", 0, "320413", 4000)
    assert end_is_near("2024-24-5", 0, "320583", 1000)


def test_lines_called_jiangsu_section_stay_in_jiangsu(table):
    by_id = table.set_index("project_id")
    others = {"310000", "330400", "330500", "341100", "340500"}
    cities = load_boundaries("neighbour").set_index("adcode").to_crs(4549).geometry
    for project in ("2024-22-2", "2024-22-3", "2024-24-3", "2024-25-1"):
        line = gpd.GeoSeries([by_id.loc[project, "geometry"]], crs=4326).to_crs(4549).iloc[0]
        for code in others & set(cities.index):
            assert line.intersection(cities[code]).length < 2 * by_id.loc[project, "uncertainty_m"]


def test_counties_are_codes_of_units(table):
    known = set(load_boundaries("county")["adcode"]) | set(load_boundaries("city")["adcode"])
    for cell in table["counties"]:
        assert set(filter(None, cell.split(";"))) <= known


def test_weighing_tells_claim_from_drawing():
    counties = load_boundaries("county").to_crs(4549).set_index("adcode").geometry
    inside = counties["320583"].representative_point()
    far = counties["320481"].representative_point()
    line = gpd.GeoSeries([LineString([inside, (inside.x + 50, inside.y)])], crs=4549).to_crs(4326).iloc[0]

    def weigh(claimed, uncertainty=500.0):
        rows = touching.weighed_counties(
            line, precision="route_schematic", uncertainty_m=uncertainty, claimed=claimed
        )
        return dict(zip(rows["adcode"], rows["evidence"], strict=True))

    assert weigh(["320583"]) == {"320583": "both"}
    assert weigh([]) == {"320583": "drawing"}
    assert weigh(["320481"]) == {"320583": "drawing", "320481": "contradiction"}
    apart = inside.distance(far) + 1e5
    wide = weigh(["320481"], apart)
    assert wide.pop("320583") == "grazed"
    assert wide.pop("320481") == "source"
    assert set(wide.values()) == {"near"}  # what lies within so wide an uncertainty stays open


def test_touched_lengths_add_up(table):
    touched = touching.touched_counties(table)
    inside = table[(table["geometry_type"] == "line") & (table["neighbours"] == "")]
    sums = touched.groupby("project_id")["share"].sum()
    assert len(inside) > 15
    for project in inside["project_id"]:
        assert sums[project] == pytest.approx(1, abs=0.03)


def test_geojson_holds_every_project(table):
    features = json.loads(projects.projects_geojson(table))["features"]
    assert [one["id"] for one in features] == list(table["project_id"])
    assert features[0]["properties"]["later_status"] == "part_opened"
    assert features[0]["properties"]["registered"] is True
    assert json.loads(projects.projects_geojson())["features"] == features


def test_later_status_has_date_or_source(table):
    told = table[~table["later_status"].isin(("", "unknown"))]
    assert len(told) > 15
    assert (told["later_status_source"] != "").all()
    assert (table.loc[table["later_status_date"] != "", "later_status_source"] != "").all()


def test_an_edition_without_projects_is_told():
    with pytest.raises(MissingDataError, match="no edition '1999'"):
        projects.load_projects(1999)


def test_a_loaded_table_may_be_changed_without_harm(table):
    mine = projects.load_projects(2024)
    mine["name"] = ""
    assert (projects.load_projects(2024)["name"] == table["name"]).all()


def test_line_with_one_point_is_refused():
    row = {"project_id": "x", "geometry_type": "line", "precision": "route_schematic", "claimed_counties": ""}
    points = pd.DataFrame({"part": [1], "lon": [120.0], "lat": [31.0]})
    with pytest.raises(DataError, match="two points"):
        _locating.located(row, points)
    with pytest.raises(DataError, match="no waypoint"):
        _locating.located(row, points.iloc[:0])
    with pytest.raises(DataError, match="must name that county"):
        _locating.located(row | {"precision": "county"}, points)
