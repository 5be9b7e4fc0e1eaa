"""The look of the figures: one font, marks that survive colour blindness and a grey print, labels in both languages."""

import re
import subprocess
import sys
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontEntry, fontManager

from sxcanalysis.core.errors import DataError, FigureError, MissingDataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.figures import fonts as _fonts
from sxcanalysis.figures import style
from sxcanalysis.figures.checks import (
    check_figure,
    check_glyphs,
    cut_texts,
    drawn_texts,
    missing_glyphs,
    overlapping_texts,
)
from sxcanalysis.reference import words

CJK = re.compile(r"[\u4e00-\u9fff]")
MARKS = {
    "category": style.CATEGORY_MARKS,
    "city": style.CITY_MARKS,
    "kind": style.KIND_MARKS,
    "stage": style.STAGE_MARKS,
}
# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
VISION = {
    "full": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def lab(color, vision="full"):
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(VISION[vision] @ linear, 0, 1)
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    ratio = to_xyz @ linear / to_xyz.sum(1)
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(a, b, vision="full"):
    return float(np.linalg.norm(lab(a, vision) - lab(b, vision)))


@pytest.fixture
def fig():
    with style.use_style("zh"):
        yield style.new_figure("single", 60)


# --- colours and marks -------------------------------------------------------------------------------------------------


def test_simulation_confuses_red_and_green_but_not_blue_and_yellow():
    assert difference("#b2452b", "#6b7d1f", "deutan") < 0.4 * difference("#b2452b", "#6b7d1f")
    assert difference("#204e83", "#e5d584", "deutan") > 40
    assert lab("#ffffff") == pytest.approx([100, 0, 0], abs=0.01)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", MARKS)
def test_colours_stay_apart_for_every_vision(name, vision):
    for (a, one), (b, other) in combinations(MARKS[name].items(), 2):
        assert difference(one.color, other.color, vision) >= 14, (a, b)


@pytest.mark.parametrize("name", MARKS)
def test_colours_stay_apart_in_a_grey_print(name):
    levels = sorted(style.lightness(mark.color) for mark in MARKS[name].values())
    least = 4 if name == "kind" else 8  # eight kinds share the scale; their markers differ too
    assert min(np.diff(levels)) >= least
    assert levels == pytest.approx(sorted(lab(m.color)[0] for m in MARKS[name].values()), abs=0.05)


@pytest.mark.parametrize("name", MARKS)
def test_every_mark_has_a_second_channel(name):
    marks = MARKS[name].values()
    assert len({mark.hatch for mark in marks}) == len(marks)
    assert len({mark.marker for mark in marks}) == len(marks)


def test_lines_show_on_paper_and_partial_members_are_hollow():
    for mark in [*style.CITY_MARKS.values(), *style.STAGE_MARKS.values()]:
        assert lab(mark.color)[0] < 82
    assert {adcode for adcode, mark in style.CITY_MARKS.items() if mark.filled} == set(style.FULL_MEMBERS)


def test_hatches_are_lines_only():
    marks = [mark for group in MARKS.values() for mark in group.values()]
    assert all(set(mark.hatch) <= set("/\\|-+x") for mark in marks)


def test_a_hatch_contrasts_with_its_colour():
    for group in MARKS.values():
        for mark in group.values():
            patch = mark.patch()
            contrast = abs(lab(patch["edgecolor"])[0] - lab(patch["facecolor"])[0])
            assert contrast > 30, mark


def test_unknown_values_are_drawn_not_dropped():
    values = ["产业创新类", "数字经济类", "基础设施类", "数字经济类", "安全发展类"]
    marks = style.marks_for(values, style.CATEGORY_MARKS)
    assert list(marks) == ["产业创新类", "数字经济类", "基础设施类", "安全发展类"]
    assert marks["产业创新类"] is style.CATEGORY_MARKS["产业创新类"]
    assert marks["数字经济类"] != marks["安全发展类"]


# --- labels ------------------------------------------------------------------------------------------------------------


def test_every_mark_has_a_label_in_both_languages():
    named = {group: marks for group, marks in MARKS.items() if group != "city"}  # tables name the cities
    for group, marks in named.items():
        for value in marks:
            assert CJK.search(words.label(f"{group}.{value}", "zh"))
            assert not CJK.search(words.label(f"{group}.{value}", "en"))


def test_english_labels_hold_no_chinese():
    keys = words._labels(words._labels_path())
    assert len(keys) > 90
    # A term that has no English name may be quoted: 审图号, 等.
    quoted = re.compile("审图号|等")
    bad = [key for key in keys if CJK.search(quoted.sub("", words.label(key, "en")))]
    assert bad == []


def test_unknown_label_names_similar_keys():
    with pytest.raises(DataError, match=r"stage\.completd.*stage\.completed.*labels\.csv"):
        words.label("stage.completd", "zh")
    assert words.label("category.数字经济类", "en", default="数字经济类") == "数字经济类"


def test_unknown_language_is_refused():
    with pytest.raises(FigureError, match="'fr'"):
        words.label("stage.completed", "fr")
    with pytest.raises(FigureError, match="'fr'"):
        style.rc_params("fr")


def test_a_bad_glossary_is_refused_with_its_row(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("key,zh,en\nstage.new,,New\n", encoding="utf-8")
    with pytest.raises(DataError, match="row 2, column zh: expected text, found an empty cell"):
        words._labels(path)


def test_a_missing_glossary_is_named(tmp_path):
    with pytest.raises(MissingDataError, match=r"labels\.csv"):
        words._labels(tmp_path / "labels.csv")


# --- font --------------------------------------------------------------------------------------------------------------


def test_import_leaves_matplotlib_alone_and_zhplot_unimported():
    code = (
        "import matplotlib as mpl, sys; before = dict(mpl.rcParams);"
        "import sxcanalysis.figures.style as s\n"
        "with s.use_style('zh') as font: assert mpl.rcParams['font.family'] == [font.family]\n"
        "assert dict(mpl.rcParams) == before; assert 'zhplot' not in sys.modules; print(font.origin)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("zhplot ")


def test_a_persons_settings_do_not_change_figures_and_come_back():
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30}):
        with style.use_style("en"):
            assert mpl.rcParams["axes.facecolor"] == "white"
            assert mpl.rcParams["font.size"] == 8
        assert mpl.rcParams["axes.facecolor"] == "red"


@pytest.mark.parametrize("lang", words.LANGS)
def test_every_text_comes_from_the_one_font_file(lang):
    with style.use_style(lang) as font:
        fig = style.new_figure("single", 60)
        ax = fig.subplots()
        ax.plot([0, 1], [-5, 5], label="滆湖")
        ax.legend()
        ax.set_title("3.8 万亩")
        files = {file for drawn in drawn_texts(fig) for file in _fonts.font_files(drawn.font)}
        texts = {drawn.text for drawn in drawn_texts(fig)}
    assert files == {str(font.path)}
    assert {"滆湖", "3.8 万亩", "−4"} <= texts


def test_a_system_font_of_the_same_name_does_not_win(monkeypatch):
    other = FontEntry(fname="/fonts/other.ttf", name="Noto Sans SC", weight=400)
    monkeypatch.setattr(fontManager, "ttflist", [other, *fontManager.ttflist])
    fontManager._findfont_cached.cache_clear()
    _fonts.text_font.cache_clear()
    try:
        font = _fonts.text_font()
        assert fontManager.findfont("Noto Sans SC") == str(font.path)
        assert font.finding is None
    finally:
        _fonts.text_font.cache_clear()
        fontManager._findfont_cached.cache_clear()


def test_without_zhplot_a_system_font_is_taken_and_named(monkeypatch):
    system = FontEntry(fname="/fonts/msyh.ttc", name="Microsoft YaHei", weight=400)
    plain = [entry for entry in fontManager.ttflist if entry.name == "DejaVu Sans"]
    monkeypatch.setattr(_fonts, "_zhplot_font", lambda: None)
    monkeypatch.setattr(fontManager, "ttflist", [*plain, system])
    _fonts.text_font.cache_clear()
    try:
        font = _fonts.text_font()
        assert (font.family, font.origin) == ("Microsoft YaHei", "system font")
        assert "zhplot is not installed" in font.finding
        _fonts.text_font.cache_clear()
        monkeypatch.setattr(fontManager, "ttflist", plain)
        with pytest.raises(FigureError, match="Install zhplot"):
            _fonts.text_font()
    finally:
        _fonts.text_font.cache_clear()


# --- what is drawn -----------------------------------------------------------------------------------------------------


def test_missing_glyphs_are_found_wherever_text_is(fig):
    ax = fig.subplots()
    ax.plot([0, 1], [0, 1], label="图例✗")
    ax.legend()
    ax.set_xticks([0, 1], ["刻度✗", "b"])
    ax.table([["单元格✗"]], loc="top")
    ax.annotate("注记✗", (0.5, 0.5))
    missing = missing_glyphs(fig)
    assert set(missing) == {"✗"}
    assert set(missing["✗"]) == {"图例✗", "刻度✗", "单元格✗", "注记✗"}
    with pytest.raises(FigureError, match=r"U\+2717.*图例✗"):
        check_glyphs(fig)


def test_a_text_in_another_font_is_checked_against_that_font(fig):
    fig.text(0.1, 0.5, "滆", family="DejaVu Sans")
    assert missing_glyphs(fig) == {"滆": ["滆"]}


def test_the_whole_document_and_every_label_have_glyphs(fig):
    text = (data_dir() / "sources/2024/sxc-task-list-2024.txt").read_text(encoding="utf-8")
    labels = "".join(
        words.label(key, lang) for key in words._labels(words._labels_path()) for lang in words.LANGS
    )
    characters = "".join(sorted(set(text + labels) - {"\n"})) + "²³×–—≥≤≈±°′″·→−½"
    fig.text(0.5, 0.5, characters.replace("$", r"\$"))
    assert missing_glyphs(fig) == {}


def test_math_commands_are_not_characters(fig):
    fig.text(0.5, 0.5, r"$\mathdefault{10^{3}}$")
    assert missing_glyphs(fig) == {}


def test_overlaps_are_found_and_near_misses_are_not(fig):
    fig.text(0.1, 0.50, "京杭运河")
    fig.text(0.15, 0.51, "望虞河")
    fig.text(0.1, 0.80, "滆湖")
    fig.text(0.1, 0.86, "长荡湖")
    assert overlapping_texts(fig) == [("京杭运河", "望虞河")]


def test_rotated_texts_are_compared_by_their_true_rectangles(fig):
    one = fig.text(0.2, 0.2, "一二三四五六七八", rotation=45, rotation_mode="anchor")
    other = fig.text(0.32, 0.2, "一二三四五六七八", rotation=45, rotation_mode="anchor")
    boxes = [text.get_window_extent() for text in (one, other)]
    assert boxes[0].overlaps(boxes[1])
    assert overlapping_texts(fig) == []
    other.set_x(0.205)
    assert len(overlapping_texts(fig)) == 1


def test_the_recorded_ink_is_where_the_pixels_are(fig):
    fig.text(0.6, 0.4, "滆湖gy", rotation=30, va="center")
    drawn = drawn_texts(fig)[0]
    fig.set_dpi(300)
    canvas = mpl.backends.backend_agg.FigureCanvasAgg(fig)
    canvas.draw()
    rows, columns = np.nonzero(np.asarray(canvas.buffer_rgba())[..., 0] < 128)
    height = canvas.get_width_height()[1]
    ink = np.array([columns.min(), height - rows.max(), columns.max(), height - rows.min()]) * 72 / 300
    box = np.concatenate([drawn.corners.min(0), drawn.corners.max(0)])
    # A slanted rectangle is wider than the ink in it, and never narrower.
    assert (ink[:2] >= box[:2] - 0.5).all()
    assert (ink[2:] <= box[2:] + 0.5).all()
    assert np.abs(ink - box).max() < 4


def test_crowded_tick_labels_collide_and_hidden_ones_do_not(fig):
    ax = fig.subplots()
    ax.set_xticks(range(8), ["很长的刻度标签"] * 8)
    assert len(overlapping_texts(fig)) >= 7
    ax.set_xticks([])
    ax.set_xlim(0, 1)
    ax.text(5, 0.5, "界外", clip_on=True)
    ax.text(5, 0.5, "界外", clip_on=True)
    assert overlapping_texts(fig) == []


def test_texts_over_the_edge_are_found(fig):
    fig.text(0.9, 0.5, "越过右边缘的文字")
    fig.text(0.1, 0.5, "里面")
    assert cut_texts(fig) == ["越过右边缘的文字"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weight": "bold"}, "one weight only"),
        ({"family": "DejaVu Sans", "text": "Tai"}, "not in the text font: 'Tai'"),
        ({"size": 4}, "not legible"),
        ({"path_effects": [mpl.patheffects.withStroke(linewidth=2)]}, "add_halo"),
        ({"x": 0.99}, "over the edge"),
    ],
)
def test_what_may_not_be_published_is_refused(fig, settings, message):
    text = fig.text(0.1, 0.5, "太湖")
    check_figure(fig)
    text.set(**settings)
    with pytest.raises(FigureError, match=message):
        check_figure(fig, "sample")


def test_checking_leaves_the_figure_as_it_was(fig):
    fig.text(0.1, 0.5, "太湖")
    fig.set_dpi(72)
    check_figure(fig)
    assert fig.dpi == 72


# --- lettering ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 95, 140, 300])
def test_wrapping_fits_loses_nothing_and_obeys_the_rules(width):
    text = "资料来源：《2024年度苏锡常都市圈重大推进事项清单》（江苏省，2024）；水系：OpenStreetMap contributors（ODbL）。"
    lines = style.wrap_text(text, width, 6).split("\n")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(style.text_width(line, 6) <= width for line in lines)
    assert not any(line[0] in "，。；：）》" for line in lines[1:])
    assert not any(line[-1] in "（《" for line in lines)
    assert sum("OpenStreetMap" in line for line in lines) == 1


def test_wrapping_keeps_line_breaks_and_whole_words():
    wrapped = style.wrap_text("one two three\nfour", 30, 8)
    assert wrapped.replace("\n", " ") == "one two three four"
    assert wrapped.split("\n")[-1] == "four"
    assert "\n" in wrapped.removesuffix("\nfour")


def test_text_width_is_what_is_drawn(fig):
    fig.text(0.1, 0.5, "滆湖 Gehu 2024", size=6)
    corners = drawn_texts(fig)[0].corners
    assert style.text_width("滆湖 Gehu 2024", 6) == pytest.approx(np.ptp(corners[:, 0]), abs=0.8)


@pytest.mark.parametrize("layout", ["constrained", None])
@pytest.mark.parametrize("width", ["single", "double", "a4"])
def test_the_source_note_never_collides(width, layout):
    with style.use_style("zh"):
        fig = style.new_figure(width, 70, layout=layout)
        note = "资料来源：" + "《2024年度苏锡常都市圈重大推进事项清单》；" * 4
        style.add_source_note(fig, note)
        left, bottom, wide, high = style.content_rect(fig)
        assert (left, wide) == (0, 1)
        assert bottom + high == pytest.approx(1)
        if layout is None:
            ax = fig.add_axes((left + 0.12, bottom + 0.12, wide - 0.2, high - 0.2))
        else:
            ax = fig.subplots()
        ax.set_xlabel("任务数（项）")
        check_figure(fig)
        top = max(d.corners[:, 1].max() for d in drawn_texts(fig) if d.text[0] in "资《")
        assert top <= bottom * fig.get_size_inches()[1] * 72


def test_a_halo_keeps_text_and_paints_under_it(fig):
    ax = fig.subplots()
    ax.set_axis_off()
    ax.set_facecolor("black")
    ax.axhspan(0, 1, color="black")
    text = ax.text(0.5, 0.5, "太湖", color="black")
    assert style.add_halo(text, color="white") is text
    check_figure(fig)
    canvas = mpl.backends.backend_agg.FigureCanvasAgg(fig)
    canvas.draw()
    x, y = ax.transData.transform((0.5, 0.5))
    height = canvas.get_width_height()[1]
    around = np.asarray(canvas.buffer_rgba())[
        int(height - y) - 40 : int(height - y) + 10, int(x) - 10 : int(x) + 70, 0
    ]
    assert around.max() == 255
    text.set_visible(False)
    canvas.draw()
    around = np.asarray(canvas.buffer_rgba())[
        int(height - y) - 40 : int(height - y) + 10, int(x) - 10 : int(x) + 70, 0
    ]
    assert around.max() == 0


def test_a_halo_needs_a_place():
    with pytest.raises(FigureError, match="in no figure"):
        style.add_halo(mpl.text.Text(0, 0, "太湖"))


@pytest.mark.parametrize(
    ("width", "height", "message"),
    [("wide", 50, "one of single"), (400.0, 50, "A4"), ("single", 400, "A4"), ("single", 0, "A4")],
)
def test_sizes_that_do_not_print_are_refused(width, height, message):
    with pytest.raises(FigureError, match=message):
        style.new_figure(width, height)
