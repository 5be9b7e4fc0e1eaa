"""Fonts, sizes, colours and words of the figures: the same look in Chinese and in English, on every machine.

The text font is Noto Sans SC, taken as a file from the package ``zhplot`` (which is never imported, because importing
it changes matplotlib's settings). It has one weight: bold is a stroke beneath the text (`lettering.Lettering`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.colors import to_rgb

from sxcanalysis.figures.fonts import FontChoice, fallback_families, text_font
from sxcanalysis.reference.words import check_lang

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MM_PER_INCH = 25.4
MM = 72 / MM_PER_INCH  # points in a millimetre
# The widths that every figure is laid out for: one column, one and a half, A4 text, two columns.
WIDTHS_MM = (85.0, 120.0, 160.0, 183.0)
DEFAULT_WIDTH_MM = 160.0
MAX_HEIGHT_MM = 225.0  # what an A4 page with margins and a heading has left

# Sizes of text in points; nothing smaller than the last is legible in print.
TITLE_PT, TEXT_PT, SMALL_PT, LEAST_PT = 10.5, 7.0, 6.2, 6.0

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
    rim: str = ""

    @property
    def dark(self) -> bool:
        """Whether what is written on it must be white."""
        return lightness(self.color) < 62

    @property
    def edge(self) -> str:
        """The colour, darkened where a thin line of it would not be seen."""
        light = lightness(self.color)
        share = 1.0 if light <= 62 else (62 / light) ** 1.6
        return "#" + "".join(f"{round(255 * part * share):02x}" for part in to_rgb(self.color))


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
# Three patterns, the same in print, notebook and atlas: done is solid, being built is dashed, planned is dotted.
STAGE_DASHES: dict[str, str | tuple[int, tuple[float, ...]]] = {
    "done": "-",
    "building": (0, (3.6, 1.3)),
    "planned": (0, (0.9, 1.3)),
}
STAGE_GROUPS: dict[str, str] = {
    "completed": "done",
    "continued": "building",
    "under_construction": "building",
    "started": "building",
    "preparatory": "planned",
    "programme": "planned",
}
# From each stage to how it is drawn: what prints, notebooks and the atlas share.
STAGE_MARKS: dict[str, Mark] = {
    stage: Mark(INK, "", "o", STAGE_DASHES[group], filled=group != "planned")
    for stage, group in STAGE_GROUPS.items()
}
_SPARE_MARKS = (
    Mark("#174679", "+", "h"),
    Mark("#a74d19", "/", "<"),
    Mark("#479d83", "x", ">"),
    Mark("#bdbdbd", "-", "p"),
)


def marks_for(values: Iterable[str], known: Mapping[str, Mark]) -> dict[str, Mark]:
    """
    Give every value a mark: its own where it is `known`, a spare one where it is new, in the order given.

    Next year's list may have a category that this module has never seen; it must be drawn, not dropped.
    """
    spare = cycle(_SPARE_MARKS)
    return {value: known[value] if value in known else next(spare) for value in dict.fromkeys(values)}


def rc_params(lang: str) -> dict[str, Any]:
    """Give matplotlib's settings for publication figures; both languages use the same font, so that digits and names look alike."""
    check_lang(lang)
    family = text_font().family
    faces = {f"mathtext.{face}": family for face in ("rm", "it", "bf", "sf", "tt", "cal", "bfit")}
    sheet = mpl.rc_params_from_file(Path(__file__).with_name("sxc.mplstyle"), use_default_template=False)
    return dict(sheet) | faces | {"font.family": [family, *fallback_families()]}


class use_style:  # noqa: N801  # called as the function that it was
    """
    Draw in the project's style: from now on, or only inside a ``with`` block.

    Called alone it holds until the end, after any import: a plot of one's own has no missing glyph. In a ``with`` block
    matplotlib's own settings return afterwards, and the block is given the text font (`FontChoice`).

    Parameters
    ----------
    lang
        ``zh`` or ``en``.

    Examples
    --------
    >>> with use_style("en") as font:
    ...     font.family
    'Noto Sans SC'
    """

    def __init__(self, lang: str = "zh") -> None:
        self._before = mpl.rcParams.copy()
        # Start from the defaults: a person's matplotlibrc must not change the figures.
        own = {"backend", "backend_fallback", "toolbar", "interactive"}
        settings: dict[Any, Any] = {k: v for k, v in mpl.rcParamsDefault.items() if k not in own}
        settings |= rc_params(lang)
        mpl.rcParams.update(settings)

    def __enter__(self) -> FontChoice:
        return text_font()

    def __exit__(self, *_: object) -> None:
        dict.update(mpl.rcParams, self._before)
