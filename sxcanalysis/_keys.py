"""Keys and legends of the maps: what each number, colour, line style and outline means."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from matplotlib.patches import Circle, Rectangle

from sxcanalysis._basemap import MM
from sxcanalysis.style import FONT_SIZES, INK, MUTED, STAGE_MARKS, label, wrap_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from matplotlib.axes import Axes

    from sxcanalysis._marking import Marked

_LEADING = 1.28
_BADGE_MM = 4.6


@dataclass(frozen=True)
class _Line:
    """One entry of the key: a heading with a sample, or a number with its words."""

    words: str
    color: str
    number: int = 0
    marker: str = ""
    dash: object = "-"


def draw_key(
    ax: Axes,
    projects: gpd.GeoDataFrame,
    numbers: Sequence[int],
    marks: Marked,
    lang: str,
    *,
    columns: int = 3,
    size: float = 6.0,
    headings: bool = True,
) -> float:
    """
    Write the name of every numbered project under the heading of its kind, with its stage and what limits its location.

    Parameters
    ----------
    ax
        Axes without frame whose limits are millimetres, y downward (see `paper`).
    projects, numbers
        In the order of the numbers.
    marks
        From `marked`.
    lang
        ``zh`` or ``en``.
    columns
        How many.
    size
        Of the text, in points.
    headings
        Whether each kind has a heading.

    Returns
    -------
    height
        In millimetres, of the tallest column.
    """
    width = ax.get_xlim()[1] / columns
    blocks: list[_Line] = []
    kind = ""
    for number, row in zip(numbers, projects.itertuples(), strict=True):
        mark = marks.kinds[row.kind]
        if headings and row.kind != kind:
            kind = row.kind
            blocks.append(_Line(label(f"kind.{kind}", lang, default=kind), mark.color, marker=mark.marker))
        stage = label(f"stage.{row.stage}", lang, default=row.stage)
        name = row.name if lang == "zh" else row.name_en
        limit = {"county": "map.hatch_county", "city": "map.hatch_city", "none": "map.nowhere"}.get(row.precision)
        told = f"{stage}{'；' if lang == 'zh' else '; '}{label(limit, lang)}" if limit else stage
        words = f"{name}（{told}）" if lang == "zh" else f"{name} ({told.lower()})"
        blocks.append(_Line(words, mark.color, number=number))
    room = (width - _BADGE_MM - 2.5) * MM
    sized = [(line, _wrapped(line.words, room, size)) for line in blocks]
    heights = [_height(line, words, size) for line, words in sized]
    starts = _break(sized, heights, columns)
    tallest = 0.0
    for column, (first, last) in enumerate(starts):
        y = 0.0
        for at in range(first, last):
            line, words = sized[at]
            if line.number == 0 and at > first:
                y += 0.9
            _entry(ax, column * width, y, line, words, size)
            y += heights[at]
        tallest = max(tallest, y)
    return tallest


@lru_cache(maxsize=512)
def _wrapped(words: str, room: float, size: float) -> str:
    # A key is measured before it is drawn, and measuring text is slow.
    return wrap_text(words, room, size)


def _height(line: _Line, words: str, size: float) -> float:
    lines = words.count("\n") + 1
    return (lines * size * _LEADING / MM + 0.5) if line.number else size * _LEADING / MM + 0.7


def _break(
    sized: list[tuple[_Line, str]], heights: list[float], columns: int
) -> list[tuple[int, int]]:
    """Fill columns evenly; a heading never stands alone at the foot of one."""
    goal = sum(heights) / columns
    spans, first, used = [], 0, 0.0
    for at, high in enumerate(heights):
        full = used + high / 2 > goal and len(spans) < columns - 1
        if full and at > first:
            cut = at - 1 if sized[at - 1][0].number == 0 else at
            spans.append((first, cut))
            first, used = cut, sum(heights[cut:at])
        used += high
    return [*spans, (first, len(heights))]


def _entry(ax: Axes, x: float, y: float, line: _Line, words: str, size: float) -> None:
    first = y + size * _LEADING / MM / 2
    if line.number:
        ax.text(
            x + _BADGE_MM / 2, first, str(line.number), size=size - 0.3, ha="center", va="center_baseline", color=INK,
            bbox={"boxstyle": "round,pad=0.14", "facecolor": "white", "edgecolor": line.color, "linewidth": 0.7},
        )  # fmt: skip
        ax.text(x + _BADGE_MM + 0.8, y, words, size=size, ha="left", va="top", linespacing=_LEADING, color=INK)
        return
    ax.plot([x + 0.3, x + _BADGE_MM - 0.3], [first, first], color=line.color, linewidth=1.6, solid_capstyle="butt")
    ax.plot(
        [x + _BADGE_MM / 2], [first], marker=line.marker, markersize=4.2, markerfacecolor="white",
        markeredgecolor=line.color, markeredgewidth=0.9, linestyle="none",
    )  # fmt: skip
    ax.text(x + _BADGE_MM + 0.8, first, words, size=size + 0.4, ha="left", va="center_baseline", color=MUTED)


def paper(ax: Axes, width: float, height: float) -> Axes:
    """Turn axes into a sheet measured in millimetres from its upper left corner."""
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.axis("off")
    return ax


def draw_legend(ax: Axes, marks: Marked, lang: str, *, year: str, present: Sequence[str], size: float = 6.0) -> float:
    """
    Write the legend of stages and of precision.

    Parameters
    ----------
    ax
        From `paper`.
    marks
        From `marked`.
    lang
        ``zh`` or ``en``.
    present
        Precision classes that occur.
    size
        Of the text, in points.

    Returns
    -------
    height
        In millimetres.
    """
    step = size * 1.5 / MM
    left, sample = 2.0, 9.0
    y = 2.6
    width = ax.get_xlim()[1]

    def words(text: str, color: str = INK, at: float = left + sample + 1.5) -> float:
        wrapped = wrap_text(text, (width - at - 1) * MM, size)
        ax.text(at, y, wrapped.split("\n")[0], size=size, va="center_baseline", color=color)
        for extra, piece in enumerate(wrapped.split("\n")[1:], 1):
            ax.text(at, y + extra * size * 1.25 / MM, piece, size=size, va="center_baseline", color=color)
        return wrapped.count("\n") * size * 1.25 / MM

    y += words(label("map.stage_heading", lang).format(year=year), MUTED, left) + step
    for stage in [s for s in STAGE_MARKS if s in marks.stages] + [s for s in marks.stages if s not in STAGE_MARKS]:
        ax.plot(
            [left, left + sample], [y, y], color=INK, linewidth=1.3, linestyle=marks.stages[stage].linestyle,
            dash_capstyle="butt", solid_capstyle="butt",
        )  # fmt: skip
        y += words(label(f"stage.{stage}", lang, default=stage)) + step
    y += 0.8
    y += words(label("map.precision_heading", lang), MUTED, left) + step
    middle = left + sample / 2
    if "route_schematic" in present:
        ax.add_patch(Rectangle((left, y - 1.3), sample, 2.6, facecolor=MUTED, alpha=0.2, edgecolor="none"))
        ax.plot([left, left + sample], [y, y], color=MUTED, linewidth=1.3)
        y += words(label("map.band", lang)) + step
    if "exact" in present:
        ax.plot([middle], [y], marker="o", markersize=4.2, color=MUTED)
        y += words(label("precision.exact", lang)) + step
    if "approximate" in present:
        ax.add_patch(Circle((middle, y), 1.5, facecolor=MUTED, alpha=0.2, edgecolor="none"))
        ax.add_patch(Circle((middle, y), 1.5, facecolor="none", edgecolor=MUTED, linewidth=0.6, linestyle=(0, (1.0, 1.2))))
        ax.plot([middle], [y], marker="o", markersize=3.2, markerfacecolor="white", markeredgecolor=MUTED)
        y += words(label("map.circle", lang)) + step
    for precision, hatch in (("county", "////"), ("city", "\\\\")):
        if precision in present:
            ax.add_patch(
                Rectangle((left, y - 1.2), sample, 2.4, facecolor="none", edgecolor=MUTED, hatch=hatch, linewidth=0.0)
            )
            ax.add_patch(
                Rectangle(
                    (left, y - 1.2), sample, 2.4, facecolor="none", edgecolor=MUTED, linewidth=0.9,
                    linestyle=(0, (1.0, 1.6)),
                )  # fmt: skip
            )
            y += words(label(f"map.hatch_{precision}", lang)) + step
    y += 0.4
    ax.plot([left, left + sample / 2 - 0.4], [y, y], color=MUTED, linewidth=0.8)
    ax.plot([left + sample / 2 + 0.4, left + sample], [y, y], color="#a9a59a", linewidth=0.3)
    y += words(label("map.borders", lang)) + step
    return y - step / 2 + 0.8
