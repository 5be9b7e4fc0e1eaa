"""The text font of the figures: one file, the same on every machine, cut to what is written, and what to do without it."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import metadata, util
from pathlib import Path
from tempfile import NamedTemporaryFile, gettempdir

import matplotlib as mpl
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import LoadFlags

from sxcanalysis.core.errors import FigureError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.reference.words import say, spoken

_SYSTEM_FAMILIES = (
    "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "PingFang SC",
    "Hiragino Sans GB", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "SimHei", "Noto Sans CJK JP",
)  # fmt: skip
# Quotation marks that belong to Latin words.
_LATIN_QUOTES = (
    (re.compile(r"(?<=[A-Za-z0-9])’(?=[A-Za-z ])"), "'"),
    (re.compile(r"“(?=[A-Za-z0-9])"), '"'),
    (re.compile(r"(?<=[A-Za-z0-9.,%])”"), '"'),
)
# An SVG viewer shapes plain text; the tables for alternates and vertical setting only cost time.
_DROPPED_TABLES = ["GSUB", "GDEF", "BASE", "STAT", "vhea", "vmtx"]


@dataclass(frozen=True)
class FontChoice:
    """The text font: its family, its file, where it comes from, what a person should know of it, and the file that is drawn with."""

    family: str
    path: Path
    origin: str
    finding: str | None = None
    drawn: Path | None = None


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

    The file in the package ``zhplot`` always wins, so that figures are the same everywhere, even where a system font has the same
    name. Without it, the first Chinese system font is taken, and `FontChoice.finding` says so; without that, a `FigureError`.
    """
    path = _zhplot_font()
    if path is not None:
        fontManager.addfont(path)
        entry = fontManager.ttflist.pop()
        drawn = _common_font(path)
        # The first entry of a family wins: put the cut file before a system font of the same name, and the whole one behind it.
        fontManager.ttflist[:0] = [
            replace(entry, fname=str(drawn)),
            replace(entry, name=f"{entry.name} whole", fname=str(path)),
        ]
        return FontChoice(entry.name, path, f"zhplot {metadata.version('zhplot')}", drawn=drawn)
    installed = {entry.name: entry.fname for entry in reversed(fontManager.ttflist)}
    for family in _SYSTEM_FAMILIES:
        if family in installed:
            finding = say("error.figure_other_font", spoken(), family=family)
            return FontChoice(family, Path(installed[family]), "system font", finding)
    raise FigureError(say("error.figure_no_font", spoken(), families=", ".join(_SYSTEM_FAMILIES)))


@cache
def fallback_families() -> tuple[str, ...]:
    """List the faces that are asked, in order, for a character that the text font lacks; matplotlib's own face is the last."""
    own = text_font().family
    installed = {entry.name for entry in fontManager.ttflist}
    others = (f"{own} whole", *(family for family in _SYSTEM_FAMILIES if family != own))
    return (*(family for family in others if family in installed), "DejaVu Sans")


@lru_cache(maxsize=16384)
def text_width(text: str, size: float) -> float:
    """Measure one line of `text` in the text font at `size` points; the result is in points."""
    font = get_font([path for path in _faces() if path])
    # Measured large and scaled down: at a few points per em, hinting would round every advance.
    font.set_size(100.0, 72)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
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
    # Controls, marks of direction, halves of characters: nothing that ink shows.
    if unicodedata.category(char) in {"Cc", "Cf", "Cs"}:
        return " " if char in "\t\r" else ""
    charted_somewhere = any(ord(char) in charmap(path) for path in _faces())
    return char if char == " " or charted_somewhere else f"⟨U+{ord(char):04X}⟩"


@cache
def _file_of(family: str) -> str:
    return str(fontManager.findfont(FontProperties(family=[family])))


@cache
def _faces() -> tuple[str, ...]:
    font = text_font()
    return (str(font.drawn or font.path), *(_file_of(family) for family in fallback_families()))


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


def font_subset(path: Path, chars: set[str]) -> bytes:
    """Cut the font down to some characters: what an SVG needs to look right where no Chinese font is installed."""
    font = text_font()
    small = font.drawn if path == font.path else None
    if small is not None and {ord(char) for char in chars} <= charmap(str(small)):
        path = small  # a cut of a font of a few hundred glyphs costs little
    return _cut(path, chars, flavor="woff")


def _common_font(path: Path) -> Path:
    """
    Keep the font cut to what the project's words need beside matplotlib's own cache.

    Whatever is drawn, measured or embedded reads this file: the whole one has 65,000 glyphs, and every PDF and SVG would read it again.
    """
    root = data_dir()
    texts = ("reference/*.csv", "projects/*.csv", "tables/*/*.csv", "boundaries/*/*.geojson")
    files = [file for pattern in texts for file in root.glob(pattern)]
    words = "".join(file.read_text(encoding="utf-8-sig", errors="ignore") for file in files)
    known = charmap(str(path))
    chars = {
        char for char in {*words, *map(chr, range(0x20, 0x7F))} if char.isprintable() and ord(char) in known
    }
    key = f"{path.stat().st_size}{metadata.version('fonttools')}{''.join(sorted(chars))}"
    kept = (
        Path(mpl.get_cachedir() or gettempdir())
        / f"sxcanalysis-{hashlib.sha256(key.encode()).hexdigest()[:16]}.ttf"
    )
    if not kept.is_file():
        with NamedTemporaryFile(dir=kept.parent, delete=False) as file:
            file.write(_cut(path, chars, features=["kern"]))
        Path(file.name).replace(kept)  # whole or not at all: several processes may begin together
    return kept.resolve()


def _cut(
    path: Path, chars: set[str], *, flavor: str | None = None, features: list[str] | None = None
) -> bytes:
    from fontTools import subset  # noqa: PLC0415 — only writing needs it, and it is slow to import

    options = subset.Options(
        flavor=flavor,
        layout_features=features or [],
        hinting=False,
        notdef_outline=True,
        recalc_timestamp=False,
    )
    options.glyph_names, options.name_IDs = True, [1, 2, 6]  # names need not be made up at each further cut
    options.drop_tables += _DROPPED_TABLES if features else [*_DROPPED_TABLES, "GPOS"]
    font = subset.load_font(str(path), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=sorted(map(ord, chars)))
    cutter.subset(font)
    buffer = io.BytesIO()
    subset.save_font(font, buffer, options)
    font.close()
    return buffer.getvalue()
