"""Dropped-in lines: taken where length and counties agree, refused with the check that failed and by how much."""

import json
import shutil

import geopandas as gpd
import numpy as np
import pytest
import shapely

from sxcanalysis import DataError, MissingDataError, load_projects
from sxcanalysis.core.paths import data_dir
from sxcanalysis.geography.geometry_import import import_geometry, load_osm_queries
from sxcanalysis.geography.measures import length_km
from sxcanalysis.geography.projects import load_register
from sxcanalysis.geography.shift import wgs84_to_gcj02

CANAL = "2024-24-2"  # 德胜河航道: 17.667 km, in one county
RAIL = "2024-22-1"  # 沪苏湖铁路: 163.8 km, with a published line


@pytest.fixture(scope="module")
def lines():
    return load_projects(2024).set_index("project_id").geometry


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of one's own, so that what is taken changes nothing here."""
    shutil.copytree(
        data_dir(), tmp_path / "data", ignore=shutil.ignore_patterns("boundaries", "lexicon", ".*")
    )
    (tmp_path / "data/projects/alignments/2024-22-1.geojson").unlink()
    monkeypatch.setenv("SXC_DATA", str(tmp_path / "data"))
    return tmp_path


def extract(path, *shapes, **columns):
    gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4326).to_file(path)
    return path


def moved(line, by):
    return shapely.transform(line, lambda xy: np.column_stack(by(xy[:, 0], xy[:, 1])))


def test_the_right_line_is_taken_and_maps_follow(lines, folder):
    path = extract(folder / "canal.geojson", lines[CANAL], name=["德胜河"], waterway=["canal"])
    checked = import_geometry(path, project=CANAL, date="2026-11-01").iloc[0]
    assert checked["accepted"], checked["message"]
    assert abs(checked["difference_percent"]) < 3
    project = load_projects(2024).set_index("project_id").loc[CANAL]
    assert (project["precision"], project["geometry_source"], project["uncertainty_m"]) == (
        "alignment",
        "osm",
        150,
    )
    assert project["length_km_drawn"] == pytest.approx(checked["length_km"], abs=0.02)
    kept = json.loads((folder / f"data/projects/alignments/{CANAL}.geojson").read_text("utf-8"))["features"][
        0
    ]["properties"]
    assert (kept["licence"], kept["date"], kept["file"]) == ("ODbL-1.0", "2026-11-01", "canal.geojson")


def test_two_tracks_are_one_line(lines, folder):
    beside = moved(lines[CANAL], lambda x, y: (x + 0.0002, y))
    halves = [
        shapely.ops.substring(line, a, a + 0.5, normalized=True)
        for line in (lines[CANAL], beside)
        for a in (0, 0.5)
    ]
    checked = import_geometry(extract(folder / "a.gpkg", *halves), project=CANAL, write=False).iloc[0]
    assert checked["accepted"], checked["message"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_half_a_line_is_refused_by_its_length(lines, folder, lang):
    half = shapely.ops.substring(lines[CANAL], 0, 0.5, normalized=True)
    checked = import_geometry(extract(folder / "a.geojson", half), project=CANAL, lang=lang).iloc[0]
    assert not checked["accepted"]
    assert checked["difference_percent"] == pytest.approx(-50, abs=2)
    assert "17.7" in checked["message"]
    assert not (folder / f"data/projects/alignments/{CANAL}.geojson").exists()


def test_the_wrong_line_is_refused_by_its_counties(lines, folder):
    """As long as it should be, but somewhere else."""
    checked = import_geometry(
        extract(folder / "a.geojson", moved(lines[CANAL], lambda x, y: (x + 0.6, y - 0.3))), project=CANAL
    ).iloc[0]
    assert not checked["accepted"]
    assert abs(checked["difference_percent"]) < 3
    assert "does not reach Xinbei District" in checked["message"]
    assert "no source names" in checked["message"]


def test_a_shifted_line_is_refused_in_metres(lines, folder):
    path = extract(folder / "a.geojson", moved(lines[RAIL], wgs84_to_gcj02))
    checked = import_geometry(path, project=RAIL).iloc[0]
    assert not checked["accepted"]
    assert 400 < checked["shift_m"] < 600
    assert "GCJ-02" in checked["message"]
    right = import_geometry(extract(folder / "b.geojson", lines[RAIL]), project=RAIL).iloc[0]
    assert right["accepted"], right["message"]
    assert right["shift_m"] == 0


def test_an_extract_of_openstreetmap_is_searched_by_the_query_table(lines, folder):
    """OSM's own format: nodes, ways with tags, one of them another canal."""
    xy = shapely.get_coordinates(lines[CANAL])
    nodes = [
        f'<node id="{n}" version="1" lat="{y:.7f}" lon="{x:.7f}"/>' for n, (x, y) in enumerate(xy, start=1)
    ]
    refs = "".join(f'<nd ref="{n}"/>' for n in range(1, len(xy) + 1))
    ways = [
        f'<way id="1" version="1">{refs}<tag k="waterway" v="canal"/><tag k="name" v="德胜河"/></way>',
        f'<way id="2" version="1">{refs}<tag k="waterway" v="canal"/><tag k="name" v="别的河"/></way>',
        f'<way id="3" version="1">{refs}<tag k="highway" v="residential"/><tag k="name" v="德胜河路"/></way>',
    ]
    path = folder / "extract.osm"
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{"".join(nodes + ways)}</osm>', "utf-8")
    checked = import_geometry(path)
    assert checked["project_id"].tolist() == [CANAL]
    assert checked["accepted"].all(), checked["message"].tolist()


def test_what_cannot_be_taken_is_told(lines, folder):
    with pytest.raises(MissingDataError, match="there is no such file"):
        import_geometry(folder / "none.geojson")
    points = extract(folder / "p.geojson", shapely.Point(120, 31))
    with pytest.raises(DataError, match="holds no lines"):
        import_geometry(points, project=CANAL)
    path = extract(folder / "a.geojson", lines[CANAL], name=["x"])
    with pytest.raises(DataError, match="2030-1 is no project"):
        import_geometry(path, project="2030-1")
    with pytest.raises(DataError, match=r"not in projects/sources\.csv"):
        import_geometry(path, project=CANAL, source="blog")
    with pytest.raises(DataError, match="fits a query"):
        import_geometry(path)
    unpublished = "2024-24-4"
    checked = import_geometry(extract(folder / "b.geojson", lines[unpublished]), project=unpublished).iloc[0]
    assert "no published length" in checked["message"]


def test_a_longer_line_is_cut_to_the_province(lines, folder):
    """The canal goes on beyond the border; what is published ends there."""
    project = "2024-25-3"
    line = lines[project]
    (x, y), (x2, y2) = line.coords[-1], line.coords[-2]
    longer = shapely.LineString([*line.coords, (x + 8 * (x - x2) / abs(x - x2) * 0.01, y + 0.0 * (y - y2))])
    assert length_km(longer) > 1.15 * length_km(line)
    checked = import_geometry(extract(folder / "a.geojson", longer), project=project).iloc[0]
    assert checked["difference_percent"] < 5


def test_every_line_of_the_register_has_a_query():
    register = load_register().set_index("project_id")
    lines = register.index[register["geometry_type"] == "line"]
    queries = load_osm_queries().set_index("project_id")
    assert set(queries.index) == set(lines)
    assert queries["tags"].str.fullmatch(r"[a-z]+=[a-z]+(;[a-z]+=[a-z]+)*").all()
