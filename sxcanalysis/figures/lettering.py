"""Text in figures: wrapped by the rules of its language, with halos and bold strokes that leave it text."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any

from matplotlib import rcParams
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from sxcanalysis.figures.fonts import text_width

if TYPE_CHECKING:
    from matplotlib.backend_bases import RendererBase
    from matplotlib.path import Path

_MIDDLE_EM = (
    0.385  # from the baseline to the middle of a line: of capitals, figures and Chinese characters alike
)
_ALIGNED = {"left": 0.0, "center": 0.5, "right": 1.0}
_NUMBERS = count()  # an id must be unique while a figure is drawn; it does not come into a file
# Kinsoku: what may not begin a line, and what may not end one.
_NOT_FIRST = "，。；：、！？）】》〉”’…—·,.;:!?)]}%％°"
_NOT_LAST = "（【《〈“‘([{"


def wrap_text(text: str, width: float, size: float) -> str:
    """Break a text into lines of at most `width` points by the rules of Chinese and Latin typesetting; its own line breaks are kept."""
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


@lru_cache(maxsize=8192)
def _pieces(text: str) -> tuple[str, ...]:
    """Split where a line may break: around wide characters, after blanks, after a dash between words (chains of cities)."""
    pieces: list[str] = []
    for char in text:
        if pieces and not _breaks(pieces[-1][-1], char):
            pieces[-1] += char
        else:
            pieces.append(char)
    return tuple(pieces)


def _breaks(last: str, char: str) -> bool:
    if char == " " or char in _NOT_FIRST or last in _NOT_LAST:
        return False
    wide = any(unicodedata.east_asian_width(one) in "WF" for one in (last, char))
    return wide or last == " " or (last == "–" and char.isalpha())


@lru_cache(maxsize=8192)
def _shapes(text: str, size: float, families: tuple[str, ...]) -> Path:
    return TextPath((0, 0), text, size=size, prop=FontProperties(family=list(families)))


class Lettering(Text):
    """
    One line of text that is as wide as it was measured to be, with an outline beneath it if wanted: a halo, or a stroke that makes it bold.

    The middle of its letters stands at the place that is given, whatever the letters; it is turned about that place. matplotlib sets
    the letters of a text on whole pixels, so that its width depends on the resolution: drawn as outlines it does not. In SVG and PDF it
    stays text, and the outline lies beneath (a path effect would turn it into outlines there, too).
    """

    def __init__(self, *where: Any, outline: tuple[float, str] | None = None, **settings: Any) -> None:  # noqa: ANN401
        super().__init__(*where, rotation_mode="anchor", **settings)
        self.outline = outline
        self.bold = outline is not None and outline[1] == settings.get("color")
        if self.bold and outline is not None:
            self.set_gid(f"bold-{outline[0]:.3f}-{outline[1].removeprefix('#')}-{next(_NUMBERS)}")

    def draw(self, renderer: RendererBase) -> None:
        """Draw the outline, and the letters: as shapes among pixels, as text in a file and for the checks."""
        words, size, turn = self.get_text(), float(self.get_fontsize()), float(self.get_rotation())
        if not self.get_visible() or not words:
            return
        # The renderer of a file is wrapped; that of the checks has a list of its own (see `checks`).
        kind = "" if hasattr(renderer, "drawn") else type(getattr(renderer, "_renderer", renderer)).__name__
        pixel = float(renderer.points_to_pixels(1.0))  # type: ignore[arg-type]
        back = _ALIGNED[self.get_horizontalalignment()] * text_width(words, size)
        place = Affine2D().translate(-back, -_MIDDLE_EM * size).scale(pixel).rotate_deg(turn)
        place.translate(*self.get_transform().transform(self.get_unitless_position()))
        gc = renderer.new_gc()
        gc.set_joinstyle("round")
        renderer.open_group("text", self.get_gid())
        # In an SVG with words, bold words get their stroke themselves (see `files.svg_text`): another font must not show beside ours.
        in_words = self.bold and kind == "RendererSVG" and rcParams["svg.fonttype"] == "none"
        written = (words, size, tuple(self.get_fontfamily()))
        if self.outline is not None and kind and not in_words:
            gc.set_linewidth(self.outline[0])
            gc.set_foreground(self.outline[1])
            renderer.draw_path(gc, _shapes(*written), place)
        gc.set_foreground(self.get_color())
        if kind == "RendererAgg":
            gc.set_linewidth(0.0)
            renderer.draw_path(gc, _shapes(*written), place, to_rgba(self.get_color()))
        else:
            x, y = place.transform((0.0, 0.0))
            y = renderer.get_canvas_width_height()[1] - y if renderer.flipy() else y
            renderer.draw_text(gc, x, y, words, self.get_fontproperties(), turn, mtext=self)
        renderer.close_group("text")
        gc.restore()
