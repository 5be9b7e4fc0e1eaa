"""The text font of the figures: one file, the same on every machine, and what to do without it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.font_manager import fontManager, get_font

from sxcanalysis.core.errors import FigureError

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

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
            return found
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


def text_width(text: str, size: float) -> float:
    """Measure one line of `text` in the text font at `size` points; the result is in points."""
    font = get_font(str(text_font().path))
    # Measured large and scaled down: at a few points per em, hinting would round every advance.
    font.set_size(100.0, 72)
    font.set_text(text, 0.0)
    return float(font.get_width_height()[0]) / 64.0 * size / 100.0


def font_files(properties: FontProperties) -> list[str]:
    """List the font files that matplotlib tries for a text, in order."""
    names = properties.get_family() or []
    single = [properties.copy() for _ in names]
    for one, name in zip(single, names, strict=True):
        one.set_family([name])
    return [str(fontManager.findfont(one)) for one in single]
