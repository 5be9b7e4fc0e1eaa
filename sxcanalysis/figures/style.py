"""Fonts, sizes, colours and words of the figures: the same look in Chinese and in English, on every machine.

The text font is Noto Sans SC, taken as a file from the package ``zhplot`` (which is never imported, because importing
it changes matplotlib's settings). It has one weight: emphasise by size or colour, not by bold.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler as _cycler

from sxcanalysis.core.errors import FigureError
from sxcanalysis.figures.fonts import FontChoice, text_font, text_width
from sxcanalysis.figures.lettering import add_halo, add_source_note, content_rect, wrap_text
from sxcanalysis.reference.words import check_lang

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "CATEGORY_MARKS",
    "CITY_MARKS",
    "FONT_SIZES",
    "FULL_MEMBERS",
    "GRID",
    "INK",
    "KIND_MARKS",
    "LAND",
    "LINE_WIDTHS",
    "MAX_HEIGHT_MM",
    "MUTED",
    "NEIGHBOUR",
    "STAGE_MARKS",
    "WATER",
    "WIDTHS_MM",
    "FontChoice",
    "Mark",
    "add_halo",
    "add_source_note",
    "content_rect",
    "lightness",
    "marks_for",
    "new_figure",
    "rc_params",
    "text_font",
    "text_width",
    "use_style",
    "wrap_text",
]

MM_PER_INCH = 25.4
# Widths that journals and report templates ask for: one column, one and a half, two columns, A4 text width, A4 landscape.
WIDTHS_MM: dict[str, float] = {
    "single": 89.0,
    "onehalf": 120.0,
    "double": 183.0,
    "a4": 190.0,
    "a4_landscape": 277.0,
}
MAX_HEIGHT_MM = 277.0  # an A4 page less 1 cm at either end

FONT_SIZES: dict[str, float] = {
    "title": 9.0,
    "label": 8.0,
    "tick": 7.0,
    "legend": 7.0,
    "note": 6.0,
    "min": 5.5,
}
LINE_WIDTHS: dict[str, float] = {
    "axis": 0.6,
    "grid": 0.4,
    "data": 1.2,
}

INK = "#222222"
MUTED = "#5f5f5f"
GRID = "#d9d9d9"
LAND = "#f6f4ee"
NEIGHBOUR = "#ebebeb"
WATER = "#d3e5f0"


@dataclass(frozen=True)
class Mark:
    """How one class of things is drawn: a colour, and a second channel that survives a grey print."""

    color: str
    hatch: str = ""
    marker: str = "o"
    linestyle: str | tuple[int, tuple[float, ...]] = "-"
    filled: bool = True

    def patch(self) -> dict[str, Any]:
        """Give the settings for bars and areas: the hatch is white on dark colours, dark on light ones."""
        dark = lightness(self.color) < 62
        return {
            "facecolor": self.color,
            "hatch": self.hatch or None,
            "edgecolor": "white" if dark else INK,
            "linewidth": 0.0,
        }

    def line(self) -> dict[str, Any]:
        """Give the settings for `Axes.plot`: colour, line style, and a marker that is hollow for the less certain."""
        return {
            "color": self.color,
            "linestyle": self.linestyle,
            "marker": self.marker,
            "markersize": 4.5,
            "markerfacecolor": self.color if self.filled else "white",
            "markeredgecolor": self.color,
        }

    def point(self) -> dict[str, Any]:
        """Give the settings for a marker alone, edged so that a pale one shows on paper."""
        return self.line() | {
            "linestyle": "none",
            "markeredgecolor": INK,
            "markeredgewidth": 0.5,
        }


def lightness(color: str) -> float:
    """Compute CIELAB L* (0 black, 100 white): what remains of a colour in a grey print."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    luminance = float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


# Colours were chosen so that any two differ by at least 15 units of CIELAB for people with full, protan, deutan and
# tritan vision, and by several units of lightness in a grey print; tests/figures/test_style.py measures both. Hatches are lines
# only: a dotted one costs an SVG a quarter of a megabyte.
CATEGORY_MARKS: dict[str, Mark] = {
    "产业创新类": Mark("#105294", "", "o"),
    "开放合作类": Mark("#e5d584", "//", "s"),
    "基础设施类": Mark("#a25938", "\\\\", "^"),
    "生态环保类": Mark("#5da180", "--", "D"),
    "城乡宜居类": Mark("#ee9bc8", "xx", "v"),
    "体制机制类": Mark("#4c2756", "||", "P"),
}
FULL_MEMBERS = ("320500", "320200", "320400")
# Keyed by adcode. The two cities that take part in a few tasks only are pale and hatched: never mistaken for a full member.
CITY_MARKS: dict[str, Mark] = {
    "320500": Mark("#174679", "", "o", "-"),
    "320200": Mark("#a74d19", "\\\\", "s", (0, (5.0, 1.5))),
    "320400": Mark("#479d83", "--", "^", (0, (1.5, 1.0))),
    "320600": Mark("#dd8ede", "//", "D", (0, (3.0, 1.0, 1.0, 1.0)), filled=False),
    "321200": Mark("#cad06f", "xx", "v", (0, (1.0, 2.0)), filled=False),
}
KIND_MARKS: dict[str, Mark] = {
    "expressway": Mark("#bb6041", "", "s", "-"),
    "railway": Mark("#37185a", "||", "o", (0, (4.0, 1.5))),
    "river_crossing": Mark("#98446b", "xx", "D", "-"),
    "airport": Mark("#ecba79", "//", "*"),
    "waterway": Mark("#1b5482", "--", "v", (0, (6.0, 1.0, 1.0, 1.0))),
    "water_works": Mark("#4bbcb8", "\\\\", "^", (0, (2.0, 1.0))),
    "energy": Mark("#c78f3e", "++", "P"),
    "safety": Mark("#569572", "xxx", "X"),
}
# An ordered scale: the further from being finished, the lighter and the more broken.
STAGE_MARKS: dict[str, Mark] = {
    "completed": Mark("#1d3b7e", "", "o", "-"),
    "continued": Mark("#12674e", "--", "s", (0, (8.0, 1.0))),
    "under_construction": Mark("#678344", "//", "^", (0, (4.0, 1.2))),
    "started": Mark("#a7a046", "\\\\", "D", (0, (2.0, 1.2))),
    "preparatory": Mark("#f0ac84", "xx", "v", (0, (1.0, 1.8)), filled=False),
}
_SPARE_MARKS = (
    Mark("#174679", "+", "h"),
    Mark("#a74d19", "/", "<"),
    Mark("#479d83", "x", ">"),
    Mark("#bdbdbd", "-", "p"),
)


def marks_for(values: Iterable[str], known: Mapping[str, Mark]) -> dict[str, Mark]:
    """
    Give every value a mark: its own where it has one, a spare one where it is new.

    Next year's list may have a category that this module has never seen; it must be drawn, not dropped.

    Parameters
    ----------
    values
        Data values in the order in which they will be drawn.
    known
        For example `CATEGORY_MARKS`.

    Returns
    -------
    marks
        One entry a distinct value, in the order given.
    """
    marks: dict[str, Mark] = {}
    spare = 0
    for value in values:
        if value in marks:
            continue
        if value in known:
            marks[value] = known[value]
        else:
            marks[value] = _SPARE_MARKS[spare % len(_SPARE_MARKS)]
            spare += 1
    return marks


def rc_params(lang: str) -> dict[str, Any]:
    """
    Give matplotlib's settings for publication figures.

    Parameters
    ----------
    lang
        ``zh`` or ``en``. Both use the same font, so that digits and place names look alike.

    Returns
    -------
    settings
        For `matplotlib.rc_context`; lengths are in points.
    """
    check_lang(lang)
    family = text_font().family
    return {
        "font.family": [family],
        "font.size": FONT_SIZES["label"],
        "font.weight": "normal",
        "text.color": INK,
        "text.hinting": "none",
        "mathtext.fontset": "custom",
        **{f"mathtext.{face}": family for face in ("rm", "it", "bf", "sf", "tt", "cal", "bfit")},
        "mathtext.default": "regular",
        "axes.unicode_minus": True,
        "axes.titlesize": FONT_SIZES["title"],
        "axes.titleweight": "normal",
        "axes.titlelocation": "left",
        "axes.labelsize": FONT_SIZES["label"],
        "axes.labelweight": "normal",
        "axes.labelcolor": INK,
        "axes.edgecolor": MUTED,
        "axes.linewidth": LINE_WIDTHS["axis"],
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.formatter.use_mathtext": False,
        "axes.prop_cycle": _cycler(color=[mark.color for mark in CATEGORY_MARKS.values()]),
        "grid.color": GRID,
        "grid.linewidth": LINE_WIDTHS["grid"],
        "xtick.labelsize": FONT_SIZES["tick"],
        "ytick.labelsize": FONT_SIZES["tick"],
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.major.width": LINE_WIDTHS["axis"],
        "ytick.major.width": LINE_WIDTHS["axis"],
        "xtick.major.size": 2.5,
        "ytick.major.size": 2.5,
        "legend.fontsize": FONT_SIZES["legend"],
        "legend.title_fontsize": FONT_SIZES["legend"],
        "legend.frameon": False,
        "legend.handlelength": 1.8,
        "figure.titlesize": FONT_SIZES["title"],
        "figure.titleweight": "normal",
        "figure.facecolor": "white",
        "figure.dpi": 300,
        "savefig.facecolor": "white",
        "savefig.bbox": None,
        "savefig.dpi": 300,
        "lines.linewidth": LINE_WIDTHS["data"],
        "patch.linewidth": LINE_WIDTHS["axis"],
        "hatch.linewidth": 0.5,
        "svg.fonttype": "none",
        "svg.hashsalt": "sxcanalysis",
        "pdf.fonttype": 42,
        "pdf.compression": 9,
        "path.sketch": None,
    }


@contextmanager
def use_style(lang: str) -> Iterator[FontChoice]:
    """
    Draw in the project's style inside a ``with`` block; matplotlib's own settings return afterwards.

    Parameters
    ----------
    lang
        ``zh`` or ``en``.

    Yields
    ------
    font
        The text font in use.
    """
    # Start from the defaults: a person's matplotlibrc must not change the figures.
    own = {"backend", "backend_fallback", "toolbar", "interactive"}
    settings: dict[Any, Any] = {k: v for k, v in mpl.rcParamsDefault.items() if k not in own}
    settings |= rc_params(lang)
    with mpl.rc_context(settings):
        yield text_font()


def new_figure(
    width: str | float = "double",
    height_mm: float = 100.0,
    *,
    layout: Literal["constrained"] | None = "constrained",
) -> Figure:
    """
    Open an empty figure of a given print size, outside pyplot's register of open figures.

    Parameters
    ----------
    width
        A key of `WIDTHS_MM` or a width in millimetres.
    height_mm
        Height in millimetres, at most `MAX_HEIGHT_MM`.
    layout
        matplotlib's layout engine; ``None`` for maps that place their axes by hand (see `content_rect`).

    Returns
    -------
    figure
        Use inside `use_style`.
    """
    width_mm = WIDTHS_MM.get(width) if isinstance(width, str) else width
    if width_mm is None:
        msg = f"Unknown figure width {width!r}: expected one of {', '.join(WIDTHS_MM)} or a number of millimetres."
        raise FigureError(msg)
    if not (0 < width_mm <= WIDTHS_MM["a4_landscape"] and 0 < height_mm <= MAX_HEIGHT_MM + 1e-6):
        msg = f"A figure of {width_mm} by {height_mm} mm does not fit an A4 page (at most {MAX_HEIGHT_MM} mm each way)."
        raise FigureError(msg)
    return Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH), layout=layout)
