"""The page that every figure is drawn on: one sheet in millimetres, title above, notes and source below.

A figure draws downwards from `Page.top`, and the page is closed at the height that it came to. The sheet's coordinates are
millimetres from the upper left corner, so that nothing is laid out twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from sxcanalysis.core.errors import FigureError
from sxcanalysis.figures.fonts import printable
from sxcanalysis.figures.lettering import Lettering, line_width, shorten, wrap_text
from sxcanalysis.figures.request import Drawing
from sxcanalysis.figures.sources import cite
from sxcanalysis.figures.style import (
    INK,
    MAX_HEIGHT_MM,
    MM,
    MM_PER_INCH,
    MUTED,
    SMALL_PT,
    TEXT_PT,
    TITLE_PT,
    Mark,
)
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from sxcanalysis.figures.request import Request, Words

    Sample = Mark | Callable[[float, float], Any]  # a box of a mark, or what draws at (left edge, middle)
    Block = tuple[
        float, Callable[[float, float, float], Any], bool
    ]  # height, what draws at (x, y, width), heading or not

LEADING = 1.3  # from line to line, in sizes of the text
_TITLE_LINES = 2
_STILL: dict[str, Any] = {"scalex": False, "scaley": False}


@dataclass(frozen=True)
class Page:
    """A sheet in millimetres with y downwards; `top` is where the drawing begins, below title and subtitle."""

    request: Request
    figure: Figure
    ax: Axes
    width: float
    top: float
    notes: list[str] = field(default_factory=list)
    inset: list[tuple[Axes, tuple[float, float, float, float]]] = field(default_factory=list)

    def write(
        self,
        x: float,
        y: float,
        words: str,
        size: float = TEXT_PT,
        color: str = INK,
        *,
        fit: float = 0.0,
        bold: bool = False,
        halo: str = "",
        **more: Any,  # noqa: ANN401  # settings of matplotlib's text
    ) -> None:
        """Write a line; y is the middle of its letters. With `fit` it is cut to so many millimetres."""
        words = printable(words)
        outline = (1.6, halo) if halo else (0.052 * size, color) if bold else None
        place = {"transform": self.ax.transData, "clip_on": False, "zorder": 6}
        shown = shorten(words, fit * MM, size) if fit else words
        self.ax.add_artist(Lettering(x, y, shown, outline=outline, size=size, color=color, **(place | more)))

    def paragraph(
        self,
        x: float,
        y: float,
        words: str,
        width: float,
        size: float = TEXT_PT,
        color: str = INK,
        **more: Any,  # noqa: ANN401
    ) -> float:
        """Write a text wrapped to `width` millimetres from `y` downwards; return where it ends."""
        step = size * LEADING / MM
        for part in wrap_text(printable(words), width * MM, size).split("\n"):
            self.write(x, y + step / 2, part, size, color, **more)
            y += step
        return y

    def put(self, path: Path, **look: Any) -> PathPatch:  # noqa: ANN401
        """Draw a path, filled or not."""
        bare = {"facecolor": "none", "edgecolor": "none", "linewidth": 0.0, "zorder": 2}
        patch = PathPatch(path, **(bare | look))
        self.ax.add_artist(patch)
        return patch

    def boxes(self, corners: ArrayLike, color: str, **look: Any) -> None:  # noqa: ANN401
        """Fill rectangles (x, y of the upper edge, width, height) as one path."""
        x, y, width, height = np.reshape(corners, (-1, 4)).T
        if len(x):
            ends = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
            self.put(
                Path.make_compound_path_from_polys(np.moveaxis(np.array(ends), 2, 0)), facecolor=color, **look
            )

    def box(self, x: float, y: float, width: float, height: float, color: str, **look: Any) -> None:  # noqa: ANN401
        """Fill a rectangle; y is its upper edge."""
        self.boxes([x, y, width, height], color, **look)

    def lines(self, segments: ArrayLike, color: str, width: float, **look: Any) -> None:  # noqa: ANN401
        """Draw straight lines, each from x0, y0 to x1, y1, as one path."""
        ends = np.reshape(segments, (-1, 2))
        if len(ends):
            codes = np.tile([Path.MOVETO, Path.LINETO], len(ends) // 2)
            self.put(Path(ends, codes), edgecolor=color, linewidth=width, **look)

    def rule(
        self,
        y: float,
        color: str = MUTED,
        width: float = 0.4,
        *,
        start: float = 0.0,
        end: float | None = None,
    ) -> None:
        """Draw a line across the page."""
        self.lines([start, y, self.width if end is None else end, y], color, width, zorder=1)

    def cell(self, x: float, y: float, width: float, height: float, mark: Mark, **look: Any) -> None:  # noqa: ANN401
        """Fill a rectangle with the colour and rim of a mark, and with its hatch as lines that no program can misread."""
        rim = {"edgecolor": mark.rim, "linewidth": 0.5} if mark.rim else {}
        self.box(x, y, width, height, mark.color, **rim, **look)
        if mark.hatch:
            ink = mark.rim or ("white" if mark.dark else INK)
            self.lines(hatch_lines(x, y, width, height, mark.hatch), ink, 0.4, zorder=2.1)

    def curve(self, points: ArrayLike, color: str, width: float, **look: Any) -> Any:  # noqa: ANN401
        """Draw a line through points, with matplotlib's dashes."""
        x, y = np.transpose(points)
        return self.ax.plot(x, y, color=color, linewidth=width, dash_capstyle="butt", **(_STILL | look))[0]

    def dot(
        self,
        x: float,
        y: float,
        mark: Mark,
        size: float = 4.5,
        *,
        filled: bool | None = None,
        **look: Any,  # noqa: ANN401
    ) -> None:
        """Draw the marker of a mark: hollow for what is less certain."""
        full = mark.filled if filled is None else filled
        bare: dict[str, Any] = {
            "markerfacecolor": mark.color if full else "white",
            "markeredgecolor": mark.edge,
            "zorder": 5,
        }
        bare |= {"markeredgewidth": 0.5 if full else 0.9, "linestyle": "none", "marker": mark.marker}
        self.ax.plot([x], [y], markersize=size, **(bare | _STILL | look))

    def axes(self, height: float, y: float, *, left: float = 12.0, right: float = 2.0) -> Axes:
        """Give ordinary axes on the page, for a chart of one's own; they are put in place when the page is closed."""
        ax = self.figure.add_axes((0.1, 0.1, 0.8, 0.8), label=f"inset{len(self.inset)}")
        self.inset.append((ax, (left, y, self.width - left - right, height)))
        return ax

    def key(
        self, y: float, entries: Iterable[tuple[Sample, str]], sample: float = 4.0, size: float = SMALL_PT
    ) -> float:
        """
        Write a key from `y` downwards, in as many rows as it needs; return its lower edge.

        An entry is a mark, drawn as a box as wide as `sample`, or what draws the sample at (left edge, middle); and its words.
        """
        step, at = size * 1.55 / MM, 0.0
        middle = y + step / 2
        for draw, words in entries:
            wide = sample + 1.0 + line_width(words, size) / MM
            if at and at + wide > self.width:
                at, middle = 0.0, middle + step
            if isinstance(draw, Mark):
                self.cell(at, middle - 1.15, sample, 2.3, draw)
            else:
                draw(at, middle)
            for number, line in enumerate(wrap_text(words, (self.width - sample - 1) * MM, size).split("\n")):
                middle += step * 0.8 if number else 0.0
                self.write(at + sample + 1.0, middle, line, size)
            at += wide + 3.0
        return middle + step / 2 + 0.6

    def flow(
        self, y: float, blocks: Sequence[Block], columns: int, gap: float = 4.0, head: Block | None = None
    ) -> float:
        """
        Set blocks in columns of like height, below `head` if there is one; return the lower edge of the longest.

        A heading never stands alone at the foot of a column; a column that begins below its heading repeats it.
        """
        across = (self.width - gap * (columns - 1)) / columns
        goal, used, at, lowest = sum(high for high, _, _ in blocks) / columns, 0.0, y, y
        column, heading = -1, None
        for number, (high, draw, leads) in enumerate(blocks):
            need = high + blocks[number + 1][0] if leads and number + 1 < len(blocks) else high / 2
            if column < 0 or (column < columns - 1 and used + need > goal * (column + 1)):
                column, at = column + 1, y
                for extra in [one for one in (head, None if leads else heading) if one]:
                    extra[1](column * (across + gap), at, across)
                    at += extra[0]
            heading = (high, draw, leads) if leads else heading
            draw(column * (across + gap), at, across)
            at, used = at + high, used + high
            lowest = max(lowest, at)
        return lowest


def draw_page(
    request: Request,
    words: Words,
    draw: Callable[[Page], float],
    data: pd.DataFrame,
    *,
    cites: Iterable[str] = (),
    inputs: tuple[str, ...] = (),
    evidence: pd.DataFrame | None = None,
    geometry: Callable[[], gpd.GeoDataFrame] | gpd.GeoDataFrame | None = None,
) -> Drawing:
    """
    Draw a figure on a page, with its words above and below.

    Parameters
    ----------
    request, words
        What is drawn, and what is said of it.
    draw
        Called with the page; draws downwards from `Page.top` and returns where it ends. What it adds to ``page.notes`` is printed.
    data, evidence, geometry, inputs
        See `Drawing`; a function for the geometry is called when all is drawn.
    cites
        What the source note names besides the document: keys ``source.<name>`` of labels.csv, or texts.

    Returns
    -------
    drawing
        What a builder gives back.
    """
    page = open_page(request, words)
    y = draw(page)
    words = replace(words, notes=tuple(page.notes))
    source = cite(request, *cites)
    figure = close_page(page, y, request, words, source)
    shapes = geometry() if callable(geometry) else geometry
    return Drawing(figure, words, data, source, inputs, evidence, shapes)


def open_page(request: Request, words: Words) -> Page:
    """
    Open a page, with title and subtitle unless the request says no; draw from `Page.top` downwards, then call `close_page`.

    The title takes two lines at most: where it would take more, it is set smaller.
    """
    width = request.width
    figure = Figure(figsize=(width / MM_PER_INCH, 4.0))
    ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    ax.set_axis_off()
    ax.set(xlim=(0, width), ylim=(100, 0))
    page = Page(request, figure, ax, width, 1.0, list(words.notes))
    if not request.title:
        return page
    size = TITLE_PT if width > 100 else TITLE_PT - 1.5
    while wrap_text(words.title, (width - 1) * MM, size).count("\n") >= _TITLE_LINES and size > TEXT_PT:
        size -= 0.25
    y = page.paragraph(0.0, 0.6, words.title, _balanced(words.title, width - 1, size), size, bold=True)
    y = page.paragraph(0.0, y + 0.5, words.subtitle, width - 1, color=MUTED)
    return replace(page, top=y + 1.8)


def _balanced(words: str, width: float, size: float) -> float:
    """Find the least width (mm) that takes no more lines, so that the last of them is not a single word."""
    lines = wrap_text(words, width * MM, size).count("\n")
    while lines and width > 40 and wrap_text(words, (width - 2) * MM, size).count("\n") == lines:
        width -= 2
    return width


def close_page(page: Page, y: float, request: Request, words: Words, source: str) -> Figure:
    """
    Write the notes of `words` and the source below the drawing, which ends at `y`, and give the figure its height.

    A figure that is higher than a page is refused with a `FigureError`.
    """
    y += 1.6
    for text in ((" " if request.lang == "en" else "").join(words.notes), source):
        y = page.paragraph(0.0, y, text, page.width - 0.5, SMALL_PT, MUTED) + 0.5 if text else y
    height = y + 0.5
    if height > MAX_HEIGHT_MM + 0.05:
        raise FigureError(
            say("error.figure_high", spoken(), height=height, width=page.width, most=MAX_HEIGHT_MM)
        )
    page.figure.set_size_inches(page.width / MM_PER_INCH, height / MM_PER_INCH)
    page.ax.set(xlim=(0, page.width), ylim=(height, 0))
    for ax, (left, top, wide, high) in page.inset:
        ax.set_position((left / page.width, 1 - (top + high) / height, wide / page.width, high / height))
    return page.figure


def hatch_lines(
    x: float, y: float, width: float, height: float, hatch: str, gap: float = 1.2
) -> NDArray[np.float64]:
    r"""
    Give the lines of a hatch of ``/ \\ - | x +``, each x0, y0, x1, y1, cut to a rectangle of millimetres.

    matplotlib's own hatches turn black in office programs; lines do not.
    """
    signs = hatch.replace("x", "/\\").replace("+", "-|")
    found = []
    for sign, (u, v) in {"-": (0.0, 1.0), "|": (1.0, 0.0), "/": (1.0, 1.0), "\\": (1.0, -1.0)}.items():
        if sign not in signs:
            continue
        # Lines u·x + v·y = c across the rectangle, evenly between its corners.
        corners = [u * (x + a) + v * (y + b) for a in (0, width) for b in (0, height)]
        low, high, apart = min(corners), max(corners), gap * np.hypot(u, v)
        count = max(1, round((high - low) / apart))
        middle = low + (np.arange(count) + 0.5) * (high - low) / count
        start = np.outer(middle, (u, v)) / (u * u + v * v)
        reach = np.array([-v, u]) * 4 * (width + height + abs(x) + abs(y))
        lines = shapely.linestrings(np.stack([start - reach, start + reach], axis=1))
        found.append(shapely.clip_by_rect(lines, x, y, x + width, y + height))
    ends: NDArray[np.float64] = shapely.get_coordinates(np.concatenate(found)).reshape(-1, 4)
    return ends
