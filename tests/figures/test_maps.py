"""Maps and matrices: every project shown or told, a guess never drawn like a survey, labels apart, the same each time."""

import re

import pandas as pd
import pytest
import shapely
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Text

from sxcanalysis.figures import catalogue as figures
from sxcanalysis.figures import style
from sxcanalysis.figures.maps import ground as _basemap
from sxcanalysis.figures.maps import keys as _keys
from sxcanalysis.figures.maps import marks as _marking
from sxcanalysis.figures.maps import matrices
from sxcanalysis.figures.maps import names as _toponyms
from sxcanalysis.geography.boundaries import load_boundaries, to_display_crs
from sxcanalysis.geography.projects import assigned_vs_touched, load_projects, load_sites
from sxcanalysis.reference.words import label

NAMES = (
    "project-overview",
    "project-kinds",
    "project-unlocated",
    "named-sites",
    "assigned-versus-touched",
)


@pytest.fixture(scope="module")
def bundles():
    """Chinese and English by turns, so that both are drawn without drawing everything twice."""
    langs = {name: ("zh", "en")[at % 2] for at, name in enumerate(NAMES)}
    langs["project-kinds"] = "zh"
    return {name: figures.build(name, edition=2024, lang=lang) for name, lang in langs.items()}


@pytest.fixture(scope="module")
def projects():
    return to_display_crs(load_projects(2024))


def words_of(bundle):
    with style.use_style(bundle.lang):
        return [one.text for one in figures.drawn_texts(bundle.figure)]


def maps_of(bundle):
    """List the axes that are maps: their unit is the metre, that of the keys the millimetre."""
    return [ax for ax in bundle.figure.axes if ax.get_xlim()[1] > 10_000]


def badges_of(bundle, *, on_map):
    """List the framed numbers of the maps, or those of the keys."""
    maps = maps_of(bundle)
    texts = [one for one in bundle.figure.findobj(Text) if one.get_bbox_patch()]
    return [one.get_text() for one in texts if (one.axes in maps) == on_map]


def box_of(text):
    extent = text.get_window_extent()
    low, high = text.axes.transData.inverted().transform(extent.get_points())
    return shapely.box(*low, *high)


@pytest.mark.parametrize("name", NAMES)
def test_figures_may_be_published(bundles, name):
    """No missing glyph, no colliding or cut label, no text too small (see check_figure)."""
    bundle = bundles[name]
    with style.use_style(bundle.lang):
        figures.check_figure(bundle.figure, name)


@pytest.mark.parametrize("name", NAMES)
def test_maps_tell_crs_schematic_lines_and_map_approval(bundles, name):
    bundle = bundles[name]
    told = "".join("".join(words_of(bundle)).split())
    if name != "assigned-versus-touched":  # a table, no map
        assert "EPSG:4549" in told
        assert "审图号" in told
        assert ("千米" in told) or ("km" in told)
        assert "°N" in told
        assert "°E" in told
    assert "OpenStreetMap" in told or name == "assigned-versus-touched"
    assert "cnmaps" in told


@pytest.mark.parametrize("name", NAMES[:4])
def test_every_map_has_scale_north_and_water(bundles, name):
    bundle = bundles[name]
    maps = maps_of(bundle)
    assert maps
    for ax in maps:
        words = [text.get_text() for text in ax.texts]
        assert label("map.north", bundle.lang) in words
        assert any(re.fullmatch(rf"\d+ {label('map.km', bundle.lang)}", word) for word in words)
        colors = {to_hex(color) for one in ax.collections for color in one.get_facecolor()}
        assert style.WATER in colors


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_overview_numbers_and_names_every_project(lang, projects):
    bundle = figures.build("project-overview", edition=2024, lang=lang)
    mapped, keyed = badges_of(bundle, on_map=True), badges_of(bundle, on_map=False)
    assert keyed == [str(number) for number in range(1, len(projects) + 1)]
    assert set(mapped) == {str(n) for n, there in enumerate(projects.geometry.notna(), start=1) if there}
    told = "".join("".join(words_of(bundle)).split())
    for name in projects["name" if lang == "zh" else "name_en"]:
        assert "".join(name.split()) in told
    with style.use_style(lang):
        figures.check_figure(bundle.figure, lang)
    assert len(bundle.data) == len(projects)
    assert (bundle.data["start"] == projects["start"].to_numpy()).all()
    assert bundle.data["number"].tolist() == list(range(1, len(projects) + 1))


def test_overview_names_cities_and_neighbours_off_every_project(bundles, projects):
    bundle = bundles["project-overview"]
    (ax,) = maps_of(bundle)
    names = {
        level: set(load_boundaries(level)["name" if bundle.lang == "zh" else "name_en"])
        for level in ("city", "neighbour")
    }
    written = [text for text in ax.texts if text.get_zorder() == 2.5]
    words = {text.get_text() for text in written}
    assert names["city"] <= words
    assert {label(f"water.{key}", bundle.lang) for key in _toponyms._WATERS} <= words
    assert len(names["neighbour"] & words) >= 7
    drawn = shapely.union_all(projects[projects["geometry_type"].isin(("line", "point"))].geometry.to_numpy())
    numbers = [box_of(text) for text in ax.texts if text.get_bbox_patch()]
    assert len(written) > 30
    for text in written:
        box = box_of(text)
        assert not box.intersects(drawn), text.get_text()
        assert not any(box.intersects(number) for number in numbers), text.get_text()


def test_title_of_the_overview_counts_by_what_is_known(bundles, projects):
    title = bundles["project-overview"].figure.texts[1].get_text()
    vague = projects["precision"].isin(("county", "city")).sum()
    lost = projects["precision"].eq("none").sum()
    found = [int(n) for n in re.findall(r"\d+", title.replace("2024", ""))]
    assert found == [len(projects), len(projects) - vague - lost, vague, lost]


def test_a_number_for_a_whole_unit_has_a_dotted_frame(bundles, projects):
    units = {str(n) for n, kind in enumerate(projects["geometry_type"], start=1) if kind == "area"}
    badges = [one for one in bundles["project-overview"].figure.findobj(Text) if one.get_bbox_patch()]
    dotted = {one.get_text() for one in badges if one.get_bbox_patch().get_linestyle() not in {"-", "solid"}}
    assert dotted == units
    assert units


def test_parts_of_a_line_far_apart_each_have_the_number(bundles):
    mapped = badges_of(bundles["project-overview"], on_map=True)
    assert mapped.count("5") == 2  # on either side of the estuary of the Yangtze
    assert mapped.count("1") == 1


def test_kinds_show_every_project_in_its_own_map(bundles, projects):
    bundle = bundles["project-kinds"]
    mapped, keyed = badges_of(bundle, on_map=True), badges_of(bundle, on_map=False)
    for number, there in enumerate(projects.geometry.notna(), start=1):
        assert keyed.count(str(number)) == 1
        assert (str(number) in mapped) == there
    assert len(maps_of(bundle)) == projects["kind"].nunique()


def test_a_key_tells_the_stage_where_no_line_shows_it(projects):
    rows = projects[projects["kind"] == "waterway"].assign(number=range(18, 26))
    words = {
        one.number: one.words for one in _keys.key_lines(rows, _marking.marked(rows), "en", headings=False)
    }
    assert words[24].endswith("(completed)")
    assert "(" not in words[19]


def test_what_could_not_be_mapped_is_told_with_its_reason(bundles, projects):
    bundle = bundles["project-unlocated"]
    lost = projects[projects["precision"].isin(("county", "city", "none"))]
    assert list(bundle.data["project_id"]) == list(lost["project_id"])
    told = "".join("".join(words_of(bundle)).split())
    for name, reason in zip(lost["name"], lost["reason_none_zh"], strict=True):
        assert "".join(name.split()) in told
        assert "".join(reason.split()) in told


def test_named_sites_are_all_in_the_key(bundles):
    bundle = bundles["named-sites"]
    mapped, keyed = badges_of(bundle, on_map=True), badges_of(bundle, on_map=False)
    table = bundle.data
    assert keyed == [str(number) for number in table["number"]]
    assert sorted(map(int, mapped)) == table.loc[table["geometry_type"] != "none", "number"].tolist()
    assert table["number"].tolist() == list(range(1, len(load_sites(2024)) + 1))
    assert set(table["geometry_type"]) == {"point", "area", "none"}
    told = "".join("".join(words_of(bundle)).split())
    marks = told.count("†") + told.count("‡") + told.count("§")
    assert marks == 3 + (table["geometry_type"] == "none").sum()  # and once each where they are explained


def draw(row, **changes):
    """Draw one project and return the axes."""
    frame = row.copy()
    for column, value in changes.items():
        frame[column] = value
    with style.use_style("en"):
        ax = style.new_figure(100, 100, layout=None).add_axes((0, 0, 1, 1))
        west, south, east, north = frame.total_bounds
        ax.set(xlim=(west - 9000, east + 9000), ylim=(south - 9000, north + 9000))
        _marking.draw_projects(ax, frame, _marking.marked(frame))
    return ax


def test_a_point_that_is_not_exact_is_hollow_in_a_circle_of_its_uncertainty(projects):
    row = projects[projects["geometry_type"] == "point"].head(1)
    guess, sure = draw(row), draw(row, precision="exact", uncertainty_m=100.0)
    assert guess.lines[0].get_markerfacecolor() == "white"
    assert sure.lines[0].get_markerfacecolor() != "white"
    circle = guess.patches[0].get_path().get_extents()
    assert circle.width / 2 == pytest.approx(row["uncertainty_m"].iloc[0], rel=0.01)
    assert not sure.patches


def test_a_line_runs_in_a_band_as_wide_as_its_uncertainty(projects):
    row = projects[projects["project_id"] == "2024-24-5"]
    ax = draw(row)
    (band,) = ax.patches
    line = row.geometry.iloc[0]
    drawn = shapely.Polygon(band.get_path().vertices)
    assert drawn.contains(line)
    assert drawn.boundary.distance(line) == pytest.approx(row["uncertainty_m"].iloc[0], rel=0.05)
    assert band.get_alpha() < 0.3


@pytest.mark.parametrize("precision", ["county", "city"])
def test_a_project_known_to_a_unit_only_is_that_unit_hatched_without_fill(projects, precision):
    ax = draw(projects[projects["precision"] == precision].head(1))
    hatched, outline = ax.patches
    assert hatched.get_hatch()
    assert hatched.get_facecolor()[3] == 0
    assert outline.get_linestyle() != "-"
    assert not ax.lines


def test_stages_differ_in_line_style(projects):
    row = projects[projects["project_id"] == "2024-22-1"]
    styles = {stage: str(draw(row, stage=stage).lines[1]._dash_pattern) for stage in style.STAGE_MARKS}
    assert len(set(styles.values())) == len(styles)


def test_kinds_differ_in_marker_at_the_ends_of_their_lines(projects):
    row = projects[projects["project_id"] == "2024-22-1"]
    seen = set()
    for kind, mark in style.KIND_MARKS.items():
        ends = [line for line in draw(row, kind=kind).lines if line.get_marker() != "None"]
        assert len(ends) == 2
        assert {line.get_marker() for line in ends} == {mark.marker}
        assert {line.get_markerfacecolor() for line in ends} == {"white"}
        seen.add(mark.marker)
    assert len(seen) == len(style.KIND_MARKS)


def test_an_end_is_not_marked_where_the_map_cuts_the_line(projects):
    row = projects[projects["project_id"] == "2024-22-1"]
    west, south, east, north = row.total_bounds
    with style.use_style("en"):
        ax = style.new_figure(100, 100, layout=None).add_axes((0, 0, 1, 1))
        ax.set(xlim=((west + east) / 2, east + 1000), ylim=(south - 1000, north + 1000))
        _marking.draw_projects(ax, row, _marking.marked(row))
    assert sum(line.get_marker() != "None" for line in ax.lines) == 1


def test_a_new_kind_or_stage_is_drawn_too(projects):
    ax = draw(projects.head(1), kind="spaceport", stage="dreamt")
    assert ax.lines


@pytest.mark.parametrize("color", [mark.color for mark in style.CATEGORY_MARKS.values()])
def test_thin_lines_are_dark_enough_to_be_seen_on_land(color):
    def luminance(one):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(one)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    contrast = (luminance(style.LAND) + 0.05) / (luminance(_marking.edge_of(color)) + 0.05)
    assert contrast >= 2.9


@pytest.fixture
def map_of_all(projects):
    ground = _basemap.load_ground(500.0)
    with style.use_style("zh"):
        ax = _basemap.axes_mm(style.new_figure(180, 180, layout=None), 2, 2, 176, 176)
        _basemap.draw_ground(ax, ground, ground.frame())
        yield ax, ground, projects.assign(number=range(1, len(projects) + 1))


def test_numbers_stand_apart_inside_and_off_other_lines(map_of_all):
    ax, ground, projects = map_of_all
    boxes = _marking.draw_numbers(ax, projects, _marking.marked(projects))
    texts = [text for text in ax.texts if text.get_bbox_patch()]
    shapes, window = [shapely.box(*box) for box in boxes], shapely.box(*ground.frame())
    assert len(shapes) == len(texts) >= int(projects.geometry.notna().sum())
    lines = projects[projects["geometry_type"] == "line"].set_index("number").geometry
    covered = []
    for at, (one, text) in enumerate(zip(shapes, texts, strict=True)):
        assert window.contains(one)
        assert not any(one.intersects(other) for other in shapes[at + 1 :])
        covered += [
            (text.get_text(), number) for number, line in lines.items()
            if str(number) != text.get_text() and one.buffer(-300).intersects(line)
        ]  # fmt: skip
    assert not covered


def test_names_keep_off_what_is_taken_and_in_their_unit(map_of_all):
    ax, ground, _ = map_of_all
    middle = shapely.box(*ground.frame()).centroid.buffer(40_000)
    names = _toponyms.draw_names(ax, ground, "zh", keep_off=[middle])
    assert len(names) > 20
    counties = ground.counties.set_index("name").geometry
    boxes = [box_of(text) for text in names]
    for at, (box, text) in enumerate(zip(boxes, names, strict=True)):
        assert not middle.intersects(box)
        assert not any(box.intersects(other) for other in boxes[at + 1 :])
        if text.get_text() in counties.index:
            assert counties[text.get_text()].contains(box.centroid)


def test_the_name_of_a_city_stands_among_its_districts(map_of_all):
    ax, ground, _ = map_of_all
    names = {
        text.get_text(): box_of(text).centroid for text in _toponyms.draw_names(ax, ground, "zh", keep_off=[])
    }
    counties = ground.counties.set_index("adcode").geometry
    for code, city in zip(ground.cities["adcode"], ground.cities["name"], strict=True):
        districts = [unit for one, unit in counties.items() if one.startswith(code[:4]) and one[4:] < "20"]
        assert min(unit.distance(names[city]) for unit in districts) == 0, city


def test_scale_bar_is_as_long_as_it_says():
    with style.use_style("en"):
        ax = style.new_figure(100, 100, layout=None).add_axes((0, 0, 1, 1))
        ax.set_xlim(0, 270_000)
        ax.set_ylim(0, 270_000)
        _basemap.draw_scale_bar(ax, "en")
        length = sum(patch.get_width() for patch in ax.patches)
        words = [text.get_text() for text in ax.texts]
    (told,) = re.findall(r"(\d+) km", " ".join(words))
    assert length == pytest.approx(float(told) * 1000)
    assert 0.15 < length / 270_000 <= 0.3


def test_matrix_agrees_with_the_tables(bundles):
    bundle = bundles["assigned-versus-touched"]
    table = assigned_vs_touched(load_projects(2024))
    pd.testing.assert_frame_equal(bundle.data.drop(columns="number"), table, check_dtype=False)
    pairs = table[table["relation"].isin(("both", "assigned_only"))]
    both = int((pairs["relation"] == "both").sum())
    for lang in ("zh", "en"):
        numbers = re.findall(r"\d+", bundle.alt[lang])
        assert str(len(pairs)) in numbers
        assert str(both) in numbers
    suzhou = table[table["city_en"] == "Suzhou"]
    assert (
        f"Suzhou assigned {suzhou['assigned'].sum()}, touched {suzhou['touched'].sum()}" in bundle.alt["en"]
    )


def test_an_edition_drawn_again_is_the_same(bundles, tmp_path):
    name = "project-unlocated"
    again = figures.build(name, edition=2024, lang=bundles[name].lang)
    first = figures.write_bundle(bundles[name], tmp_path / "a")
    second = figures.write_bundle(again, tmp_path / "b")
    assert [one.read_bytes() for one in first] == [one.read_bytes() for one in second]


def test_long_names_wrap_after_a_dash():
    name = "Yancheng–Taizhou–Wuxi–Changzhou–Yixing railway"
    words = style.wrap_text(name, 90.0, 6.0)
    assert words.count("\n") == 1
    assert words.replace("\n", "") == name
    assert all(style.text_width(line, 6.0) <= 90.0 for line in words.split("\n"))
    assert "\n" not in style.wrap_text("2020–2025", 5.0, 6.0)


def test_key_never_leaves_a_heading_alone_at_the_foot():
    mark = style.Mark("k")
    lines = [_keys.KeyLine("Heading A", mark), *(_keys.KeyLine(f"a {n}", mark, n) for n in range(1, 4))]
    lines += [_keys.KeyLine("Heading B", mark), *(_keys.KeyLine(f"b {n}", mark, n) for n in range(4, 9))]
    for columns in (1, 2, 3):
        placed = _keys._arranged(lines, 180.0, columns, 6.0)
        assert [line for line, *_ in placed] == lines
        last = {x: line for line, _, x, _, _ in placed}
        assert len(last) == columns
        assert all(line.number for line in last.values())


def test_a_line_that_ends_at_a_border_is_not_in_the_city_beyond(projects):
    neighbours = to_display_crs(load_boundaries("neighbour"))
    told = {row.project_id: matrices._beyond(row.geometry, neighbours, "en") for row in projects.itertuples()}
    assert re.fullmatch(r"Shanghai \d+, Huzhou \d+", told["2024-22-1"])
    assert told["2024-22-4"] == ""  # to the border with Shanghai
    assert told["2024-23b-1"] == ""  # a site
