"""The look of the figures: one font, marks that survive colour blindness and a grey print, labels in both languages."""

import re
import subprocess
import sys
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontEntry, fontManager
from matplotlib.patheffects import withStroke

from sxcanalysis.core.errors import DataError, FigureError, MissingDataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.figures import fonts as _fonts
from sxcanalysis.figures import style
from sxcanalysis.figures.checks import check_figure, drawn_texts, figure_findings
from sxcanalysis.figures.lettering import line_width, shorten, wrap_text
from sxcanalysis.figures.page import close_page, hatch_lines, open_page
from sxcanalysis.figures.request import Request, Words
from sxcanalysis.reference import words

CJK = re.compile(r"[\u4e00-\u9fff]")
MARKS = {
    "category": style.CATEGORY_MARKS,
    "kind": style.KIND_MARKS,
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
        yield Figure(figsize=(3.4, 2.4))


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


def test_hatches_are_lines_only():
    marks = [mark for group in MARKS.values() for mark in group.values()]
    assert all(set(mark.hatch) <= set("/\\|-+x") for mark in marks)


def test_what_is_written_on_a_mark_contrasts_with_it():
    for group in MARKS.values():
        for mark in group.values():
            written = "#ffffff" if mark.dark else style.INK
            assert abs(lab(written)[0] - lab(mark.color)[0]) > 30, mark
            assert lab(mark.edge)[0] < 70, mark


def test_unknown_values_are_drawn_not_dropped():
    values = ["产业创新类", "数字经济类", "基础设施类", "数字经济类", "安全发展类"]
    marks = style.marks_for(values, style.CATEGORY_MARKS)
    assert list(marks) == ["产业创新类", "数字经济类", "基础设施类", "安全发展类"]
    assert marks["产业创新类"] is style.CATEGORY_MARKS["产业创新类"]
    assert marks["数字经济类"] != marks["安全发展类"]


# --- labels ------------------------------------------------------------------------------------------------------------


def test_every_mark_has_a_label_in_both_languages():
    for group, marks in MARKS.items():
        for value in marks:
            assert CJK.search(words.label(f"{group}.{value}", "zh"))
            assert not CJK.search(words.label(f"{group}.{value}", "en"))


def test_english_labels_of_maps_and_marks_hold_no_chinese():
    groups = {
        "category",
        "category_short",
        "figure",
        "kind",
        "map",
        "outcome_column",
        "project",
        "stage",
        "stage_group",
        "wall",
    }
    keys = [key for key in words._labels(words._labels_path()) if key.split(".")[0] in groups]
    assert len(keys) > 90
    assert [key for key in keys if CJK.search(words.label(key, "en").replace("审图号", ""))] == []


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
        "with s.use_style('zh') as font: assert mpl.rcParams['font.family'][0] == font.family\n"
        "assert dict(mpl.rcParams) == before; assert 'zhplot' not in sys.modules; print(font.origin)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("zhplot ")


def test_a_persons_settings_do_not_change_figures_and_come_back():
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30}):
        with style.use_style("en"):
            assert mpl.rcParams["axes.facecolor"] == "white"
            assert mpl.rcParams["font.size"] == 7
        assert mpl.rcParams["axes.facecolor"] == "red"


@pytest.mark.parametrize("lang", words.LANGS)
def test_every_text_comes_from_the_one_font_file(lang):
    with style.use_style(lang) as font:
        fig = Figure(figsize=(3.4, 2.4))
        ax = fig.subplots()
        ax.plot([0, 1], [-5, 5], label="滆湖")
        ax.legend()
        ax.set_title("3.8 万亩")
        files = {_fonts.font_files(drawn.font)[0] for drawn in drawn_texts(fig)}
        texts = {drawn.text for drawn in drawn_texts(fig)}
    assert files == {str(font.drawn)}
    assert {"滆湖", "3.8 万亩", "−4"} <= texts


def test_a_system_font_of_the_same_name_does_not_win(monkeypatch):
    other = FontEntry(fname="/fonts/other.ttf", name="Noto Sans SC", weight=400)
    monkeypatch.setattr(fontManager, "ttflist", [other, *fontManager.ttflist])
    fontManager._findfont_cached.cache_clear()
    _fonts.text_font.cache_clear()
    try:
        font = _fonts.text_font()
        assert fontManager.findfont("Noto Sans SC") == str(font.drawn)
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
    ax.plot([0, 1], [0, 1], label="图例𰣼")
    ax.legend()
    ax.set_xticks([0, 1], ["刻度𰣼", "b"])
    ax.table([["单元格𰣼"]], loc="top")
    ax.annotate("注记𰣼", (0.5, 0.5))
    (finding,) = [one for one in figure_findings(fig) if "no glyph" in one]
    assert all(where in finding for where in ("U+308FC", "图例𰣼", "刻度𰣼", "单元格𰣼", "注记𰣼"))


def test_a_text_in_another_font_is_checked_against_that_font(fig):
    fig.text(0.1, 0.5, "滆", family="DejaVu Sans")
    assert "no glyph for: '滆' (U+6EC6) in '滆'" in figure_findings(fig)[0]


def test_the_whole_document_and_every_label_have_glyphs(fig):
    text = (data_dir() / "sources/2024/sxc-task-list-2024.txt").read_text(encoding="utf-8")
    labels = "".join(
        words.label(key, lang) for key in words._labels(words._labels_path()) for lang in words.LANGS
    )
    characters = "".join(sorted(set(text + labels) - {"\n"})) + "²³×–—≥≤≈±°′″·→−½"
    fig.text(0.5, 0.5, characters)
    assert not any("no glyph" in one for one in figure_findings(fig))


def collisions(fig):
    return [one for one in figure_findings(fig) if "collide" in one]


def test_overlaps_are_found_and_near_misses_are_not(fig):
    fig.text(0.1, 0.50, "京杭运河")
    fig.text(0.15, 0.51, "望虞河")
    fig.text(0.1, 0.80, "滆湖")
    fig.text(0.1, 0.86, "长荡湖")
    assert collisions(fig)[0].startswith("1 pair of labels collides: '京杭运河' and '望虞河'.")


def test_rotated_texts_are_compared_by_their_true_rectangles(fig):
    one = fig.text(0.2, 0.2, "一二三四五六七八", rotation=45, rotation_mode="anchor")
    other = fig.text(0.32, 0.2, "一二三四五六七八", rotation=45, rotation_mode="anchor")
    boxes = [text.get_window_extent() for text in (one, other)]
    assert boxes[0].overlaps(boxes[1])
    assert collisions(fig) == []
    other.set_x(0.205)
    assert len(collisions(fig)) == 1


def test_the_recorded_ink_is_where_the_pixels_are(fig):
    fig.text(0.6, 0.4, "滆湖gy", rotation=30, va="center")
    drawn = drawn_texts(fig)[0]
    fig.set_dpi(300)
    canvas = FigureCanvasAgg(fig)
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
    assert int(collisions(fig)[0].split()[0]) >= 7
    ax.set_xticks([])
    ax.set_xlim(0, 1)
    ax.text(5, 0.5, "界外", clip_on=True)
    ax.text(5, 0.5, "界外", clip_on=True)
    assert collisions(fig) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"family": "DejaVu Sans", "text": "Tai"}, "not in the text font: 'Tai'"),
        ({"size": 4}, "not legible"),
        ({"path_effects": [withStroke(linewidth=2)]}, "Use lettering.Lettering"),
        ({"x": 0.99}, "over the edge of the figure: '太湖'"),
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
    assert not fig.stale
    fig.texts[0].set_text("滆湖")
    assert fig.stale


# --- lettering ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 95, 140, 300])
def test_wrapping_fits_loses_nothing_and_obeys_the_rules(width):
    text = "资料来源：《2024年度苏锡常都市圈重大推进事项清单》（江苏省，2024）；水系：OpenStreetMap contributors（ODbL）。"
    lines = wrap_text(text, width, 6).split("\n")
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(_fonts.text_width(line, 6) <= width for line in lines)
    assert not any(line[0] in "，。；：）》" for line in lines[1:])
    assert not any(line[-1] in "（《" for line in lines)
    assert sum("OpenStreetMap" in line for line in lines) == 1


def test_wrapping_keeps_line_breaks_and_whole_words():
    wrapped = wrap_text("one two three\nfour", 30, 8)
    assert wrapped.replace("\n", " ") == "one two three four"
    assert wrapped.split("\n")[-1] == "four"
    assert "\n" in wrapped.removesuffix("\nfour")


def test_text_width_is_what_is_drawn(fig):
    fig.text(0.1, 0.5, "滆湖 Gehu 2024", size=6)
    corners = drawn_texts(fig)[0].corners
    assert _fonts.text_width("滆湖 Gehu 2024", 6) == pytest.approx(np.ptp(corners[:, 0]), abs=0.8)


def page():
    words = Words("标题 1", "副题", "图题", "替代文字 1")
    asked = Request("2024", "zh", 85.0)
    return open_page(asked, words), asked, words


@pytest.mark.parametrize("settings", [{"halo": "white"}, {"bold": True}])
def test_a_halo_and_bold_keep_text_and_paint_under_it(settings, tmp_path):
    with style.use_style("zh"):
        plain, _, _ = page()
        plain.write(10, 50, "太湖", color="white" if "bold" in settings else "black")
        heavy, asked, words_ = page()
        heavy.write(10, 50, "太湖", color="white" if "bold" in settings else "black", **settings)
        ink = []
        for one in (plain, heavy):
            one.box(0, 40, 85, 20, "black", zorder=0)
            close_page(one, 60, asked, words_, "资料来源：测试。")
            canvas = FigureCanvasAgg(one.figure)
            canvas.draw()
            ink.append(int((np.asarray(canvas.buffer_rgba())[..., 0] > 128).sum()))
        assert ink[1] > ink[0] + 20
        check_figure(heavy.figure)
        heavy.figure.savefig(tmp_path / "x.svg")
    assert re.search(r"<text[^>]*>太湖</text>", (tmp_path / "x.svg").read_text(encoding="utf-8"))


def test_a_dollar_is_a_dollar_and_a_rare_character_is_named():
    with style.use_style("zh"):
        sheet, asked, words_ = page()
        sheet.write(5, 30, "投资US$5亿至US$8亿")
        sheet.write(5, 36, "地名\u200f\U000308fc与✗")
        close_page(sheet, 45, asked, words_, "资料来源：测试。")
        check_figure(sheet.figure)
        texts = [drawn.text for drawn in drawn_texts(sheet.figure)]
    assert "投资US$5亿至US$8亿" in texts
    assert "地名⟨U+308FC⟩与✗" in texts


def test_quotation_marks_of_latin_words_are_latin():
    assert _fonts.printable("the city’s “and others” (等)") == 'the city\'s "and others" (等)'
    assert _fonts.printable("“等”字与“智改数转网联”") == "“等”字与“智改数转网联”"


def test_a_plot_of_ones_own_has_its_glyphs_without_a_with():
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "import matplotlib; matplotlib.use('agg'); import matplotlib.pyplot as plt, io\n"
        "import sxcanalysis as sxc; sxc.use_style('zh')\n"
        "fig, ax = plt.subplots(); ax.set_title('滆湖 US$5 − 3'); ax.plot([-1, 1]); fig.savefig(io.BytesIO())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_a_page_that_is_too_high_is_refused_with_what_to_do():
    with style.use_style("zh"):
        sheet, asked, words_ = page()
        with pytest.raises(FigureError, match=r"30\d mm high"):
            close_page(sheet, 295, asked, words_, "资料来源：测试。")


def test_a_long_title_takes_two_lines_and_no_more():
    with style.use_style("en"):
        words_ = Words("A finding of 12 words that is long enough to need more room " * 2, "x", "x", "1")
        sheet = open_page(Request("2024", "en", 85.0), words_)
        close_page(sheet, 60, Request("2024", "en", 85.0), words_, "Source: a test.")
        lines = [
            drawn for drawn in drawn_texts(sheet.figure) if "finding" in drawn.text or "room" in drawn.text
        ]
    assert len(lines) == 2


@pytest.mark.parametrize("hatch", ["/", "\\", "-", "|", "x", "+"])
def test_hatches_are_lines_inside_their_box(hatch):
    found = np.array(hatch_lines(10, 20, 8, 3, hatch))
    assert len(found) > 1
    assert (found[:, [0, 2]] >= 10 - 1e-9).all()
    assert (found[:, [0, 2]] <= 18 + 1e-9).all()
    assert (found[:, [1, 3]] >= 20 - 1e-9).all()
    assert (found[:, [1, 3]] <= 23 + 1e-9).all()


def test_shortening_ends_in_an_ellipsis_and_fits():
    assert shorten("常泰长江大桥", 200, 7) == "常泰长江大桥"
    cut = shorten("Changzhou–Taizhou Yangtze River Bridge", 60, 7)
    assert cut.endswith("…")
    assert line_width(cut, 7) <= 60
