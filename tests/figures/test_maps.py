"""The map engine: curves inside their band, lines beside each other, words where nothing stands."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from sxcanalysis import load_boundaries
from sxcanalysis.core.errors import DataError
from sxcanalysis.figures.maps import ground, lines, places
from sxcanalysis.figures.maps.ground import Frame, load_ground, own_units
from sxcanalysis.figures.maps.marks import dashes, paler
from sxcanalysis.figures.request import Request
from sxcanalysis.figures.style import STAGE_DASHES, lightness
from sxcanalysis.geography.projects import load_projects

ZIGZAG = np.array([[0.0, 0.0], [10_000.0, 4_000.0], [20_000.0, -2_000.0], [33_000.0, 1_000.0]])


def test_a_curve_passes_its_points_and_stays_in_its_band():
    curve, leg = lines.smooth(ZIGZAG, 400.0, ZIGZAG)
    line = shapely.linestrings(curve)
    assert shapely.distance(line, shapely.points(ZIGZAG)).max() < 1e-6
    assert shapely.distance(shapely.points(curve), shapely.linestrings(ZIGZAG)).max() <= 400.0
    assert leg.min() == 0
    assert leg.max() == len(ZIGZAG) - 2


def test_a_wide_band_lets_the_curve_swing_and_a_narrow_one_flattens_it():
    def swing(band):
        curve, _ = lines.smooth(ZIGZAG, band, ZIGZAG)
        return shapely.distance(shapely.points(curve), shapely.linestrings(ZIGZAG)).max()

    assert swing(50.0) < swing(2_000.0)
    assert swing(50.0) <= 50.0


def test_sharp_corners_give_way_within_their_uncertainty_and_ends_do_not():
    free = np.full(len(ZIGZAG), 800.0)
    moved = lines.relax(ZIGZAG, free, 50_000.0)
    shift = np.hypot(*(moved - ZIGZAG).T)
    assert shift[0] == shift[-1] == 0
    assert 0 < shift[1:-1].max() <= 800.0 + 1e-6
    assert (lines.relax(ZIGZAG, free, 10.0) == ZIGZAG).all()
    assert (lines.relax(ZIGZAG, np.zeros(4), 50_000.0) == ZIGZAG).all()


def test_every_line_of_the_edition_is_drawn_inside_its_own_uncertainty():
    projects = load_projects(2024)
    plane = projects.to_crs("EPSG:4549").set_index("project_id")
    for course in lines.courses(projects, "EPSG:4549"):
        row = plane.loc[course.project_id]
        far = shapely.distance(shapely.points(course.curve), row.geometry).max()
        assert far <= max(row["uncertainty_m"], 1.0) + 1.0, course.project_id
        assert len(course.from_memory) == course.leg.max() + 1


def test_lines_that_run_together_are_drawn_beside_each_other():
    x = np.arange(0, 40, 0.7)
    one, other = np.column_stack([x, np.zeros_like(x)]), np.column_stack([x, np.full_like(x, 0.2)])
    far = np.column_stack([x, np.full_like(x, 8.0)])
    moved = lines.set_apart([one, other[::-1], far], ["a", "b", "c"])
    gap = np.abs(moved[0][:, 1] - moved[1][::-1, 1])
    assert np.median(gap) > 0.9
    assert (moved[2] == far).all()
    parts = lines.set_apart([one, other], ["a", "a"])
    assert (parts[0] == one).all()
    crossing = np.column_stack([np.full_like(x, 20.0), x - 20])
    assert np.abs(lines.set_apart([one, crossing], ["a", "b"])[0] - one).max() < 0.2


def test_what_rests_on_memory():
    assert lines.rests_on_memory("mem-rail")
    assert not lines.rests_on_memory("mem-rail;geonames")
    assert lines.rests_on_memory("mem-rail;geonames", wholly=False)
    assert not lines.rests_on_memory("")


def test_patterns_tell_three_stages_and_an_unknown_one_is_no_promise():
    assert dashes("completed") == STAGE_DASHES["done"] == "-"
    assert dashes("under_construction") == dashes("continued") == dashes("started")
    assert dashes("preparatory") == dashes("some new stage") == STAGE_DASHES["planned"]
    assert len({str(one) for one in STAGE_DASHES.values()}) == 3
    assert lightness(paler("#37185a")) > lightness("#37185a") + 20


def test_words_find_room_and_take_it():
    room = places.room_on((0, 0, 100, 50), [np.column_stack([np.arange(0, 100, 0.5), np.full(200, 25.0)])])
    half = (5.0, 1.0)
    spots = np.array([[50.0, 25.0], [50.0, 10.0], [99.0, 10.0]])
    price = room.price(spots, half)
    assert price[1] == 0 < price[0] < 1e5 < price[2]
    room.take(spots[1], half)
    assert room.price(spots, half)[1] >= 1e6


def test_a_frame_takes_north_up_and_metres_to_millimetres():
    frame = Frame(0.0, 0.0, 100_000.0, 50_000.0, 5.0, 10.0, 1000.0)
    assert frame.on_page(np.array([[0.0, 50_000.0], [100_000.0, 0.0]])).tolist() == [
        [5.0, 10.0],
        [105.0, 60.0],
    ]
    assert frame.place(shapely.box(-1e6, -1e6, 1e6, 1e6)).bounds == (5.0, 10.0, 105.0, 60.0)


def test_own_boundaries_are_taken_at_either_level(tmp_path):
    for level, count in (("county", 35), ("city", 5)):
        units = load_boundaries(level)[["adcode", "geometry"]].rename(columns={"adcode": "CODE"})
        units.to_crs(4549).to_file(tmp_path / f"{level}.gpkg")
        assert len(own_units(tmp_path / f"{level}.gpkg")) == count
        loaded = load_ground(Request("2024", "en", boundaries=tmp_path / f"{level}.gpkg"))
        assert set(loaded.cities["name_en"]) >= {"Suzhou", "Taizhou"}
    gpd.GeoDataFrame({"x": ["1"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326).to_file(tmp_path / "x.gpkg")
    with pytest.raises(DataError, match="six-digit codes"):
        own_units(tmp_path / "x.gpkg")


def test_lines_of_ones_own_are_drawn_under_the_map(tmp_path, monkeypatch):
    (tmp_path / "base").mkdir()
    road = gpd.GeoDataFrame(geometry=[shapely.LineString([(120, 31), (121, 32)])], crs=4326)
    road.to_file(tmp_path / "base" / "roads.geojson")
    monkeypatch.setattr(ground, "data_dir", lambda: tmp_path)
    assert len(load_ground(Request("2024", "en")).base) == 1


def test_the_counties_in_the_frame_are_named_or_led_to(bundle):
    """At 160 mm no unit of the frame is without its name, in either language."""
    for lang in ("zh", "en"):
        made = bundle("project-overview", lang, 160.0)
        assert not any("without room" in note or "未能注名" in note for note in made.notes)
