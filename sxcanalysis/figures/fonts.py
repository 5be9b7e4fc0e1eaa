"""The text font of the figures: one file, the same on every machine, and what to do without it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import metadata, util
from pathlib import Path

from matplotlib.font_manager import FontProperties, fontManager, get_font

from sxcanalysis.core.errors import FigureError

_SYSTEM_FAMILIES = (
    "Noto Sans SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "SimHei",
    "Noto Sans CJK JP",
)
# Quotation marks that belong to Latin words.
_LATIN_QUOTES = (
    (re.compile(r"(?<=[A-Za-z0-9])’(?=[A-Za-z ])"), "'"),
    (re.compile(r"“(?=[A-Za-z0-9])"), '"'),
    (re.compile(r"(?<=[A-Za-z0-9.,%])”"), '"'),
)


@dataclass(frozen=True)
class FontChoice:
    """The text font in use: its family, its file, where it comes from, and what a person should know of it."""

    family: str
    path: Path
    origin: str
    finding: str | None = None


def _zhplot_font() -> Path | None:
    # find_spec on a top-level name locates the package without running it.
    spec = util.find_spec("zhplot")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        found = Path(folder) / "fonts" / "NotoSansSC-Regular.ttf"
        if found.is_file():
            return found.resolve()  # as matplotlib names it
    return None


@cache
def text_font() -> FontChoice:
    """
    Choose the text font, and make it known to matplotlib.

    The file in the package ``zhplot`` always wins, so that figures are the same everywhere, even where a system font has
    the same name. Without it, the first Chinese system font is taken, and `FontChoice.finding` says so.

    Returns
    -------
    font
        Family, file, origin, and a finding for the person, or None where all is as it should be.

    Raises
    ------
    FigureError
        If there is neither.
    """
    path = _zhplot_font()
    if path is not None:
        fontManager.addfont(path)
        # The first entry of a family wins: put this file before a system font of the same name.
        entry = fontManager.ttflist.pop()
        fontManager.ttflist.insert(0, entry)
        return FontChoice(entry.name, path, f"zhplot {metadata.version('zhplot')}")
    installed = {entry.name: entry.fname for entry in reversed(fontManager.ttflist)}
    for family in _SYSTEM_FAMILIES:
        if family in installed:
            finding = (
                f"The package zhplot is not installed, so figures use the system font {family}: they will differ from "
                "the committed ones. Install zhplot to get Noto Sans SC."
            )
            return FontChoice(family, Path(installed[family]), "system font", finding)
    msg = (
        "No font with Chinese characters was found. Expected the package zhplot (it carries Noto Sans SC) or one of the "
        f"system fonts {', '.join(_SYSTEM_FAMILIES)}. Install zhplot in this environment and run again."
    )
    raise FigureError(msg)


@cache
def fallback_families() -> tuple[str, ...]:
    """List the faces that are asked, in order, for a character that the text font lacks; matplotlib's own face is the last."""
    installed = {entry.name for entry in fontManager.ttflist}
    own = text_font().family
    return (*(family for family in _SYSTEM_FAMILIES if family in installed and family != own), "DejaVu Sans")


@lru_cache(maxsize=8192)
def text_width(text: str, size: float) -> float:
    """Measure one line of `text` in the text font at `size` points; the result is in points."""
    font = get_font([str(text_font().path), *(_file_of(family) for family in fallback_families())])
    # Measured large and scaled down: at a few points per em, hinting would round every advance.
    font.set_size(100.0, 72)
    font.set_text(text, 0.0)
    return float(font.get_width_height()[0]) / 64.0 * size / 100.0


def printable(text: str) -> str:
    r"""
    Give the text as it can be printed: a character without a glyph in any face is named by its code point.

    Examples
    --------
    >>> printable("滆湖\u200f\U0010fffd")
    '滆湖⟨U+10FFFD⟩'
    """
    # The quotation marks of a Chinese font are as wide as its characters: between Latin letters they tear a word apart.
    for pattern, sign in _LATIN_QUOTES:
        text = pattern.sub(sign, text)
    return "".join(_printed(char) for char in text)


@lru_cache(maxsize=65536)
def _printed(char: str) -> str:
    if char == "\n":
        return char
    category = unicodedata.category(char)
    if category in {
        "Cc",
        "Cf",
        "Cs",
    }:  # controls, marks of direction, halves of characters: nothing that ink shows
        return " " if char in "\t\r" else ""
    return (
        char
        if char == " " or any(ord(char) in charmap(path) for path in _faces())
        else f"⟨U+{ord(char):04X}⟩"
    )


@cache
def _file_of(family: str) -> str:
    return str(fontManager.findfont(FontProperties(family=[family])))


@cache
def _faces() -> tuple[str, ...]:
    return (str(text_font().path), *(_file_of(family) for family in fallback_families()))


@cache
def charmap(path: str) -> frozenset[int]:
    """List the code points that a font file has glyphs for."""
    return frozenset(get_font(path).get_charmap())


def charted(char: str) -> bool:
    """Tell whether the text font itself has a glyph for a character."""
    return ord(char) in charmap(str(text_font().path))


def font_files(properties: FontProperties) -> list[str]:
    """List the font files that matplotlib tries for a text, in order."""
    return [_file_of(family) for family in properties.get_family() or []]
