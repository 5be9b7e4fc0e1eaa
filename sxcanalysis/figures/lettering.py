"""Text in figures: wrapped by the rules of its language, with halos and bold strokes that leave it text."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any

from matplotlib import rcParams
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.patheffects import AbstractPathEffect, Normal, Stroke
from matplotlib.text import Text

from sxcanalysis.figures.fonts import text_width

if TYPE_CHECKING:
    from matplotlib.backend_bases import RendererBase

_NUMBERS = count()  # an id must be unique while a figure is drawn; it does not come into a file
# Kinsoku: what may not begin a line, and what may not end one.
_NOT_FIRST = "，。；：、！？）】》〉”’…—·,.;:!?)]}%％°"
_NOT_LAST = "（【《〈“‘([{"


def wrap_text(text: str, width: float, size: float) -> str:
    """
    Break `text` into lines that fit, by the rules of Chinese and of Latin typesetting.

    Parameters
    ----------
    text
        May hold line breaks; they are kept.
    width
        Line length in points.
    size
        Font size in points.

    Returns
    -------
    wrapped
        The same characters with line breaks; blanks at a break are dropped.
    """
    return "\n".join(line for part in text.split("\n") for line in _wrap_line(part, width, size))


def _wrap_line(text: str, width: float, size: float) -> list[str]:
    lines: list[str] = []
    line, used = "", 0.0
    for piece in _pieces(text):
        if line and used + advance(piece.rstrip()) * size > width:
            lines.append(line.rstrip())
            line, used = "", 0.0
            piece = piece.lstrip()  # noqa: PLW2901
        line += piece
        used += advance(piece) * size
    return [*lines, line.rstrip()]


@lru_cache(maxsize=16384)
def advance(piece: str) -> float:
    """Measure how far a piece moves the pen, in ems: kept, because measuring is slow and a page repeats its characters."""
    wide = text_width(f"国{piece}国", 1.0) - text_width("国国", 1.0)
    # Programs differ in how they kern Latin letters: leave them room.
    return wide * (1.015 if piece.isascii() else 1.0)


def line_width(text: str, size: float) -> float:
    """Measure one line in points, piece by piece, as `wrap_text` does."""
    return sum(advance(piece) for piece in _pieces(text)) * size


def shorten(text: str, width: float, size: float) -> str:
    """Cut a line that is wider than `width` points, and end it with an ellipsis."""
    if line_width(text, size) <= width:
        return text
    kept = text
    while kept and line_width(kept.rstrip(" ,、，–-(（") + "…", size) > width:
        kept = kept[:-1]
    return kept.rstrip(" ,、，–-(（") + "…"


def _pieces(text: str) -> list[str]:
    """Split where a line may break: around wide characters, after blanks, after a dash between words (chains of cities)."""
    pieces: list[str] = []
    for char in text:
        wide = unicodedata.east_asian_width(char) in "WF"
        previous = pieces[-1] if pieces else ""
        last = previous[-1:]
        joins = bool(previous) and (
            char in _NOT_FIRST
            or last in _NOT_LAST
            or char == " "
            or (
                (not wide and last != " " and unicodedata.east_asian_width(last) not in "WF")
                and not (last == "–" and char.isalpha())
            )
        )
        if joins:
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


class Lettering(Text):
    """
    A text that is as wide as it was measured to be, with an outline beneath it if wanted: a halo, or a stroke that makes it bold.

    matplotlib sets the letters of a text on whole pixels, so that its width depends on the resolution; drawn as outlines it does
    not. In SVG and PDF it stays text, and the outline lies beneath (a path effect alone would turn it into outlines there, too).
    """

    def __init__(self, *where: Any, outline: tuple[float, str] | None = None, **settings: Any) -> None:  # noqa: ANN401
        super().__init__(*where, **settings)
        self.outline = outline
        self.bold = outline is not None and outline[1] == settings.get("color")
        if self.bold and outline is not None:
            self.set_gid(f"bold-{outline[0]:.3f}-{outline[1].removeprefix('#')}-{next(_NUMBERS)}")

    def draw(self, renderer: RendererBase) -> None:
        """Draw outline and text."""
        if not self.get_visible() or getattr(renderer, "records_text", False):
            super().draw(renderer)
            return
        stroke: list[AbstractPathEffect] = []
        if self.outline is not None:
            stroke.append(Stroke(linewidth=self.outline[0], foreground=self.outline[1], joinstyle="round"))
        if (
            self.bold
            and getattr(renderer, "_renderer", renderer).__class__.__name__ == "RendererSVG"
            and rcParams["svg.fonttype"] == "none"
        ):
            stroke = []  # the text itself gets the stroke (see `files.svg_text`): another font must not show beside ours
        pixels = isinstance(renderer, RendererAgg)
        effects = [*stroke, Normal()] if pixels else stroke
        try:
            if effects:
                self.set_path_effects(effects)
                super().draw(renderer)
        finally:
            self.set_path_effects([])
        if not pixels:
            super().draw(renderer)
