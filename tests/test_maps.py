"""Maps and matrices: every project shown or told, a guess never drawn like a survey, labels apart, the same each time."""

import re

import pandas as pd
import pytest
import shapely
from matplotlib.patches import PathPatch
from matplotlib.text import Text

from sxcanalysis import _basemap, _keys, _marking, _pages, figures, maps, matrices, style
from sxcanalysis.boundaries import to_display_crs
from sxcanalysis.projects import assigned_vs_touched, load_projects

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


def badges_of(bundle):
    """List the framed numbers: those of the key and those on the maps, but not the scale bar's."""
    return [one.get_text() for one in bundle.figure.findobj(Text) if one.get_bbox_patch()]


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


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_overview_numbers_and_names_every_project(lang, projects):
    bundle = figures.build("project-overview", edition=2024, lang=lang)
    words, badges = words_of(bundle), badges_of(bundle)
    placed = projects.geometry.notna()
    for number, there in zip(range(1, len(projects) + 1), placed, strict=True):
        # Once in the key, and once on the map where it can be drawn.
        assert badges.count(str(number)) == 1 + there, number
    told = "".join("".join(words).split())
    for name in projects["name" if lang == "zh" else "name_en"]:
        assert "".join(name.split()) in told
    with style.use_style(lang):
        figures.check_figure(bundle.figure, lang)
    assert len(bundle.data) == len(projects)
    assert (bundle.data["start"] == projects["start"].to_numpy()).all()


def test_kinds_show_every_project_in_its_own_map(bundles, projects):
    bundle = bundles["project-kinds"]
    badges = badges_of(bundle)
    for number, there in enumerate(projects.geometry.notna(), start=1):
        assert badges.count(str(number)) == 1 + there, number
    assert len(bundle.figure.axes) == 2 * projects["kind"].nunique() + 1


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
    badges = badges_of(bundle)
    table = bundle.data
    for number, shape in zip(table["number"], table["geometry_type"], strict=True):
        assert badges.count(str(number)) == 1 + (shape != "none"), number
    assert table["number"].tolist() == list(range(1, len(table) + 1))
    assert set(table["geometry_type"]) == {"point", "area", "none"}


def draw(row, **changes):
    """Draw one project and return the axes."""
    frame = row.copy()
    for column, value in changes.items():
        frame[column] = value
    with style.use_style("en"):
        ax = style.new_figure(100, 100, layout=None).add_axes((0, 0, 1, 1))
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


def test_a_new_kind_or_stage_is_drawn_too(projects):
    ax = draw(projects.head(1), kind="spaceport", stage="dreamt")
    assert ax.lines


def test_numbers_stand_apart_and_inside(projects):
    ground = _basemap.load_ground(500.0)
    frame = ground.frame()
    with style.use_style("en"):
        ax = _basemap.axes_mm(style.new_figure(180, 180, layout=None), 2, 2, 176, 176)
        _basemap.draw_ground(ax, ground, frame, "en", names=False)
        boxes = _marking.draw_numbers(
            ax, projects, list(range(1, len(projects) + 1)), _marking.marked(projects)
        )
    assert len(boxes) == int(projects.geometry.notna().sum())
    shapes = [shapely.box(*box) for box in boxes]
    window = shapely.box(*frame)
    for at, one in enumerate(shapes):
        assert window.contains(one.centroid)
        assert not any(one.intersects(other) for other in shapes[at + 1 :])


def test_county_names_keep_off_numbers_and_each_other():
    ground = _basemap.load_ground(500.0)
    frame = ground.frame()
    middle = shapely.box(*frame).centroid.buffer(40_000)
    with style.use_style("zh"):
        ax = _basemap.axes_mm(style.new_figure(180, 180, layout=None), 2, 2, 176, 176)
        _basemap.draw_ground(ax, ground, frame, "zh", names=False)
        names = _basemap.draw_county_names(ax, ground, frame, "zh", keep_off=middle)
    assert len(names) > 20
    for text in names:
        assert not middle.contains(shapely.Point(text.get_position()))


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
    words = _keys.wrapped("Yancheng–Taizhou–Wuxi–Changzhou–Yixing railway", 90.0, 6.0)
    assert words.replace("\n", "") == "Yancheng–Taizhou–Wuxi–Changzhou–Yixing railway"
    assert all(style.text_width(line, 6.0) <= 90.0 for line in words.split("\n"))


def test_key_never_leaves_a_heading_alone_at_the_foot():
    lines = [_keys.KeyLine("Heading A", "k"), *(_keys.KeyLine(f"a {n}", "k", n) for n in range(1, 4))]
    lines += [_keys.KeyLine("Heading B", "k"), *(_keys.KeyLine(f"b {n}", "k", n) for n in range(4, 9))]
    heights = [4.0] * len(lines)
    for columns in (1, 2, 3):
        spans = _keys._break([(line, line.words) for line in lines], heights, columns)
        assert [at for first, last in spans for at in range(first, last)] == list(range(len(lines)))
        assert all(lines[last - 1].number for _, last in spans)


def test_every_builder_is_registered():
    assert set(NAMES) <= set(figures.FIGURES)
    assert callable(maps.project_overview)
    assert callable(matrices.assigned_versus_touched)
    assert set(_pages.INPUTS) >= {"projects/projects.csv", "boundaries/water.geojson"}
    assert isinstance(_marking._patch(shapely.box(0, 0, 1, 1)), PathPatch)
