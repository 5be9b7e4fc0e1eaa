"""Text placed in figures: wrapped by the rules of its language, with halos that stay text, and the source note."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from matplotlib.artist import Artist
from matplotlib.patheffects import AbstractPathEffect, Stroke

from sxcanalysis.core.errors import FigureError
from sxcanalysis.figures.fonts import text_width

if TYPE_CHECKING:
    from matplotlib.backend_bases import RendererBase
    from matplotlib.figure import Figure
    from matplotlib.text import Text

_NOTE_SIZE = 6.0
_NOTE_COLOR = "#5f5f5f"
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
        if line and used + _advance(piece.rstrip()) * size > width:
            lines.append(line.rstrip())
            line, used = "", 0.0
            piece = piece.lstrip()  # noqa: PLW2901
        line += piece
        used += _advance(piece) * size
    return [*lines, line.rstrip()]


@lru_cache(maxsize=8192)
def _advance(piece: str) -> float:
    """Measure how far a piece moves the pen, in ems: kept, because measuring is slow and a page repeats its characters."""
    return text_width(f"国{piece}国", 1.0) - text_width("国国", 1.0)


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


def add_source_note(fig: Figure, note: str, *, size: float = _NOTE_SIZE) -> Text:
    """
    Write the source note at the foot of a figure, and keep the rest of the figure above it.

    The note is wrapped to the width of the figure. A figure with a layout engine is told to leave the strip free; for one
    without, place the axes inside `content_rect`, which is known after this call.

    Parameters
    ----------
    fig
        From `new_figure`. Call this before `content_rect` is used.
    note
        What `sxcanalysis.figures.catalogue.source_note` returns.
    size
        In points.

    Returns
    -------
    artist
        The note, with the gid ``source-note``.
    """
    width, height = (float(side) * 72 for side in fig.get_size_inches())
    margin = 4.0
    wrapped = wrap_text(note, width - 2 * margin, size)
    lines = wrapped.count("\n") + 1
    strip = lines * size * 1.5 + 2 * margin
    artist = fig.text(
        margin / width,
        margin / height,
        wrapped,
        size=size,
        color=_NOTE_COLOR,
        va="bottom",
        ha="left",
        linespacing=1.25,
        gid="source-note",
    )
    artist.set_in_layout(False)
    engine = fig.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0.0, strip / height, 1.0, 1.0 - strip / height))  # type: ignore[call-arg]
    fig.subplotpars.bottom = max(fig.subplotpars.bottom, strip / height)
    return artist


def content_rect(fig: Figure) -> tuple[float, float, float, float]:
    """Give left, bottom, width and height (figure fractions) of the part of `fig` above its source note."""
    for artist in fig.texts:
        if artist.get_gid() == "source-note":
            height = float(fig.get_size_inches()[1]) * 72
            lines = artist.get_text().count("\n") + 1
            bottom = (lines * float(artist.get_fontsize()) * 1.5 + 8.0) / height
            return 0.0, bottom, 1.0, 1.0 - bottom
    return 0.0, 0.0, 1.0, 1.0


class _Halo(Artist):
    """The outline of a text, drawn beneath every text, so that the text itself stays text in SVG and PDF."""

    def __init__(self, text: Text, width: float, color: str) -> None:
        super().__init__()
        self._text = text
        self._effects: list[AbstractPathEffect] = [
            Stroke(linewidth=width, foreground=color, joinstyle="round")
        ]
        self.set_zorder(text.get_zorder() - 0.01)
        self.set_in_layout(False)

    def draw(self, renderer: RendererBase) -> None:
        if not self._text.get_visible():
            return
        self._text.set_path_effects(self._effects)
        try:
            self._text.draw(renderer)
        finally:
            self._text.set_path_effects([])
            self.stale = False


def add_halo(text: Text, *, width: float = 1.6, color: str = "white") -> Text:
    """
    Put a light outline around a label on a map.

    matplotlib's own way (a path effect on the text) turns the text into outlines in SVG and PDF; this one does not.

    Parameters
    ----------
    text
        A text or annotation that is already in a figure.
    width
        Of the outline, in points.
    color
        Of the outline.

    Returns
    -------
    text
        The same artist.
    """
    parent = text.axes if text.axes is not None else text.get_figure()
    if parent is None:
        msg = f"The text {text.get_text()!r} is in no figure: add it to axes before giving it a halo."
        raise FigureError(msg)
    parent.add_artist(_Halo(text, width, color))
    return text
