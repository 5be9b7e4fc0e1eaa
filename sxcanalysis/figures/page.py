"""The page that every figure is drawn on: one sheet in millimetres, title above, notes and source below.

A builder opens a page, draws downwards from `Page.top`, and closes it at the height that it came to. The sheet's
coordinates are millimetres from the upper left corner, so that nothing is laid out twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from sxcanalysis.core.errors import FigureError
from sxcanalysis.figures.fonts import printable
from sxcanalysis.figures.lettering import Lettering, line_width, wrap_text
from sxcanalysis.figures.style import FONT_SIZES, INK, MAX_HEIGHT_MM, MM, MM_PER_INCH, MUTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matplotlib.axes import Axes
    from matplotlib.text import Text

    from sxcanalysis.figures.request import Request, Words
    from sxcanalysis.figures.style import Mark

LEADING = 1.3  # from line to line, in sizes of the text
_TITLE_LINES = 2


@dataclass(frozen=True)
class Page:
    """A sheet in millimetres with y downwards; `top` is where the drawing begins, below title and subtitle."""

    figure: Figure
    ax: Axes
    width: float
    top: float
    inset: list[tuple[Axes, tuple[float, float, float, float]]] = field(default_factory=list)

    def write(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = FONT_SIZES["text"],
        color: str = INK,
        bold: bool = False,
        halo: str = "",
        **more: Any,  # noqa: ANN401  # settings of matplotlib's text
    ) -> Text:
        """Write one or several lines; y is the middle of the line, or the top where ``va="top"`` is given."""
        settings = {"va": "center_baseline", "ha": "left", "linespacing": LEADING / 1.2, "zorder": 6} | more
        outline = (1.6, halo) if halo else (0.052 * size, color) if bold else None
        more = {"transform": self.ax.transData, "clip_on": False}
        text = Lettering(x, y, printable(words), outline=outline, size=size, color=color, **more, **settings)
        self.ax.add_artist(text)
        return text

    def paragraph(
        self,
        x: float,
        y: float,
        words: str,
        width: float,
        *,
        size: float = FONT_SIZES["text"],
        color: str = INK,
        bold: bool = False,
    ) -> float:
        """Write a text wrapped to `width` millimetres from `y` downwards; return where it ends."""
        wrapped = wrap_text(printable(words), width * MM, size).split("\n")
        step = size * LEADING / MM
        for line, part in enumerate(wrapped):
            self.write(x, y + (line + 0.5) * step, part, size=size, color=color, bold=bold)
        return y + len(wrapped) * step

    def box(self, x: float, y: float, width: float, height: float, color: str, **more: Any) -> Rectangle:  # noqa: ANN401
        """Fill a rectangle; y is its upper edge."""
        settings: dict[str, Any] = {
            "facecolor": color,
            "edgecolor": "none",
            "linewidth": 0.0,
            "zorder": 2,
        } | more
        patch = Rectangle((x, y), width, height, **settings)
        self.ax.add_artist(patch)
        return patch

    def marked_box(self, x: float, y: float, width: float, height: float, mark: Mark) -> None:
        """Fill a rectangle with the colour of a mark, and with its hatch as lines that no program can misread."""
        self.box(
            x,
            y,
            width,
            height,
            mark.color,
            edgecolor="#8a8a8a" if mark.pale else "none",
            linewidth=0.4 if mark.pale else 0.0,
        )
        if mark.hatch:
            self.lines(
                hatch_lines(x, y, width, height, mark.hatch), "white" if mark.dark else INK, 0.45, zorder=2.1
            )

    def lines(
        self,
        segments: Iterable[tuple[float, float, float, float]],
        color: str,
        width: float,
        *,
        zorder: float = 2,
    ) -> None:
        """Draw straight lines, each from x0, y0 to x1, y1, as one path."""
        points, codes = [], []
        for x0, y0, x1, y1 in segments:
            points += [(x0, y0), (x1, y1)]
            codes += [Path.MOVETO, Path.LINETO]
        if points:
            self.ax.add_artist(
                PathPatch(
                    Path(points, codes), facecolor="none", edgecolor=color, linewidth=width, zorder=zorder
                )
            )

    def boxes(self, corners: Iterable[tuple[float, float, float, float]], color: str, **more: Any) -> None:  # noqa: ANN401
        """Fill many rectangles (x, y, width, height) as one path."""
        points: list[tuple[float, float]] = []
        codes: list[Any] = []
        for x, y, w, h in corners:
            points += [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]
            codes += [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
        if points:
            settings: dict[str, Any] = {
                "facecolor": color,
                "edgecolor": "none",
                "linewidth": 0.0,
                "zorder": 2,
            } | more
            self.ax.add_artist(PathPatch(Path(points, codes), **settings))

    def dot(self, x: float, y: float, mark: Mark, *, size: float = 4.5, filled: bool | None = None) -> None:
        """Draw the marker of a mark: hollow for what is less certain."""
        full = mark.filled if filled is None else filled
        self.ax.plot(
            [x], [y], marker=mark.marker, markersize=size, linestyle="none", zorder=5, scalex=False, scaley=False,
            markerfacecolor=mark.color if full else "white", markeredgecolor=mark.edge, markeredgewidth=0.9 if not full else 0.5,
        )  # fmt: skip

    def axes(self, height: float, y: float, *, left: float = 12.0, right: float = 2.0) -> Axes:
        """Give ordinary axes on the page, for a chart of one's own; they are put in place when the page is closed."""
        ax = self.figure.add_axes((0.1, 0.1, 0.8, 0.8), label=f"inset{len(self.inset)}")
        self.inset.append((ax, (left, y, self.width - left - right, height)))
        return ax

    def key(
        self,
        y: float,
        entries: Iterable[tuple[Callable[[float, float], None], str]],
        *,
        x: float = 0.0,
        width: float | None = None,
        sample: float = 4.0,
        size: float = FONT_SIZES["small"],
    ) -> float:
        """
        Write a key: samples with their words, in as many rows as they need.

        Parameters
        ----------
        y
            Upper edge.
        entries
            Pairs of a function that draws the sample at (left edge, middle), and its words.
        x, width
            Where the rows begin and how wide they are; the page by default.
        sample
            Width of a sample.
        size
            Of the words.

        Returns
        -------
        y
            The lower edge.
        """
        room = (self.width - x) if width is None else width
        at, step = x, size * 1.55 / MM
        middle = y + step / 2
        for draw, words in entries:
            wide = sample + 1.0 + line_width(words, size) / MM
            if at > x and at + wide > x + room:
                at, middle = x, middle + step
            draw(at, middle)
            lines = wrap_text(words, (room - sample - 1) * MM, size).split("\n")
            for number, line in enumerate(lines):
                middle += step * 0.8 if number else 0.0
                self.write(at + sample + 1.0, middle, line, size=size)
            at += wide + 3.0
        return middle + step / 2 + 0.6


def open_page(request: Request, words: Words) -> Page:
    """
    Open a page, with title and subtitle unless the request says no.

    Parameters
    ----------
    request
        What is drawn, how wide.
    words
        The title takes two lines at most: where it would take more, it is set smaller.

    Returns
    -------
    page
        Draw from `Page.top` downwards, then call `close_page`.
    """
    width = request.width
    figure = Figure(figsize=(width / MM_PER_INCH, 4.0))
    ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    ax.set_axis_off()
    ax.set(xlim=(0, width), ylim=(100, 0))
    page = Page(figure, ax, width, 1.0)
    if not request.title:
        return page
    size = FONT_SIZES["title"] if width > 100 else FONT_SIZES["title"] - 1.5
    while (
        len(wrap_text(words.title, (width - 1) * MM, size).split("\n")) > _TITLE_LINES
        and size > FONT_SIZES["text"]
    ):
        size -= 0.25
    y = page.paragraph(0.0, 0.6, words.title, _balanced(words.title, width - 1, size), size=size, bold=True)
    y = page.paragraph(0.0, y + 0.5, words.subtitle, width - 1, size=FONT_SIZES["text"], color=MUTED)
    return Page(figure, ax, width, y + 1.8)


def _balanced(words: str, width: float, size: float) -> float:
    """Find the least width (mm) that takes no more lines, so that the last of them is not a single word."""
    lines = wrap_text(words, width * MM, size).count("\n")
    while lines and width > 40 and wrap_text(words, (width - 2) * MM, size).count("\n") == lines:
        width -= 2
    return width


def close_page(page: Page, y: float, request: Request, words: Words, source: str) -> Figure:
    """
    Write notes and source below the drawing, and give the figure its height.

    Parameters
    ----------
    page
        With everything drawn.
    y
        Where the drawing ends.
    request, words
        As for `open_page`; the notes are those of `words`.
    source
        The source note.

    Returns
    -------
    figure
        At its final size.

    Raises
    ------
    FigureError
        If it is higher than a page.
    """
    notes = " ".join(words.notes) if request.lang == "en" else "".join(words.notes)
    size, step = FONT_SIZES["small"], FONT_SIZES["small"] * LEADING / MM
    y += 1.6
    for gid, text in (("notes", notes), ("source-note", source)):
        if not text:
            continue
        for line in wrap_text(printable(text), (page.width - 0.5) * MM, size).split("\n"):
            page.write(0.0, y + step / 2, line, size=size, color=MUTED, gid=gid)
            y += step
        y += 0.5
    height = y + 0.5
    if height > MAX_HEIGHT_MM + 0.05:
        msg = (
            f"The figure would be {height:.0f} mm high at a width of {page.width:g} mm; a page holds {MAX_HEIGHT_MM:g}. "
            "Ask for a greater width, or for less (where=)."
        )
        raise FigureError(msg)
    page.figure.set_size_inches(page.width / MM_PER_INCH, height / MM_PER_INCH)
    page.ax.set(xlim=(0, page.width), ylim=(height, 0))
    for ax, (left, top, wide, high) in page.inset:
        ax.set_position((left / page.width, 1 - (top + high) / height, wide / page.width, high / height))
    return page.figure


def hatch_lines(
    x: float, y: float, width: float, height: float, hatch: str, gap: float = 1.3
) -> list[tuple[float, float, float, float]]:
    r"""
    Give the lines of a hatch, cut to a rectangle.

    matplotlib's own hatches turn black in office programs; lines do not.

    Parameters
    ----------
    x, y, width, height
        The rectangle in millimetres.
    hatch
        Of ``/ \\ - | x +``.
    gap
        Between lines.

    Returns
    -------
    segments
        Each x0, y0, x1, y1.
    """
    signs = set(hatch.replace("x", "/\\").replace("+", "-|"))
    found: list[tuple[float, float, float, float]] = []
    if "-" in signs:
        found += [(x, y + at, x + width, y + at) for at in _steps(height, gap)]
    if "|" in signs:
        found += [(x + at, y, x + at, y + height) for at in _steps(width, gap)]
    for sign in ("/", "\\"):
        if sign not in signs:
            continue
        for at in _steps(width + height, gap * 1.414):
            # The line u + v = at in the rectangle's own coordinates; mirrored for the other direction.
            u0, u1 = max(0.0, at - height), min(width, at)
            ends = (u0, at - u0, u1, at - u1)
            if sign == "\\":
                ends = (width - ends[0], ends[1], width - ends[2], ends[3])
            found.append((x + ends[0], y + ends[1], x + ends[2], y + ends[3]))
    return found


def _steps(length: float, gap: float) -> list[float]:
    count = max(1, round(length / gap))
    return [(k + 0.5) * length / count for k in range(count)]
