"""Keys and legends of the maps: what each number, colour, line style and outline means."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle

from sxcanalysis._basemap import MM
from sxcanalysis._fonts import text_width
from sxcanalysis.style import FONT_SIZES, INK, MUTED, STAGE_MARKS, label, wrap_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from sxcanalysis._marking import Marked

Sample = Callable[[Axes, float, float], None]
Dash = str | tuple[int, tuple[float, ...]]

_LEADING = 1.28
_SAMPLE_MM = 9.0
_BADGE_MM = 4.6


@dataclass(frozen=True)
class KeyLine:
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
    full: bool = True,
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
    full
        Whether each kind has a heading and each project its stage.

    Returns
    -------
    height
        In millimetres, of the tallest column.
    """
    blocks: list[KeyLine] = []
    kind = ""
    for number, row in zip(numbers, projects.itertuples(), strict=True):
        mark = marks.kinds[row.kind]
        if full and row.kind != kind:
            kind = row.kind
            blocks.append(KeyLine(label(f"kind.{kind}", lang, default=kind), mark.color, marker=mark.marker))
        stage = label(f"stage.{row.stage}", lang, default=row.stage)
        name = row.name if lang == "zh" else row.name_en
        limit = {"county": "map.hatch_county", "city": "map.hatch_city", "none": "map.nowhere"}.get(
            row.precision
        )
        told = [*([stage] if full else []), *([label(limit, lang)] if limit else [])]
        words = name
        if told:
            words += f"（{'；'.join(told)}）" if lang == "zh" else f" ({'; '.join(told).lower()})"
        blocks.append(KeyLine(words, mark.color, number=number))
    return draw_key_lines(ax, blocks, columns=columns, size=size)


def draw_key_lines(ax: Axes, blocks: Sequence[KeyLine], *, columns: int = 3, size: float = 6.0) -> float:
    """
    Write headings and numbered entries in columns.

    Parameters
    ----------
    ax
        From `paper`.
    blocks
        In order; an entry without number is a heading.
    columns
        How many.
    size
        Of the text, in points.

    Returns
    -------
    height
        In millimetres, of the tallest column.
    """
    width = ax.get_xlim()[1] / columns
    room = (width - _BADGE_MM - 2.5) * MM
    sized = [(line, wrapped(line.words, room, size)) for line in blocks]
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
def wrapped(words: str, room: float, size: float) -> str:
    """Wrap text by the rules of its language; kept, because a key is measured before it is drawn, and measuring is slow."""
    if not words.isascii() and any(char >= "\u4e00" for char in words):
        return wrap_text(words, room, size)
    # Names of railways are long chains of cities: they may break after a dash.
    lines = [""]
    for piece in re.findall(r"[^ –]*[ –]|[^ –]+", words):
        if lines[-1] and text_width((lines[-1] + piece).rstrip(), size) > room:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)


def _height(line: KeyLine, words: str, size: float) -> float:
    lines = words.count("\n") + 1
    return (lines * size * _LEADING / MM + 0.5) if line.number else size * _LEADING / MM + 0.7


def _break(sized: list[tuple[KeyLine, str]], heights: list[float], columns: int) -> list[tuple[int, int]]:
    """Fill columns evenly; a heading never stands alone at the foot of one."""
    goal = sum(heights) / columns
    spans: list[tuple[int, int]] = []
    first, used = 0, 0.0
    for at, high in enumerate(heights):
        full = used + high / 2 > goal and len(spans) < columns - 1
        if full and at > first:
            cut = at - 1 if sized[at - 1][0].number == 0 else at
            spans.append((first, cut))
            first, used = cut, sum(heights[cut:at])
        used += high
    return [*spans, (first, len(heights))]


def _entry(ax: Axes, x: float, y: float, line: KeyLine, words: str, size: float) -> None:
    first, base = y + size * _LEADING / MM / 2, y + size * 0.98 / MM
    if line.number:
        ax.text(
            x + _BADGE_MM / 2,
            base,
            str(line.number),
            size=max(size - 0.3, FONT_SIZES["min"]),
            ha="center",
            va="baseline",
            color=INK,
            bbox={
                "boxstyle": "round,pad=0.14",
                "facecolor": "white",
                "edgecolor": line.color,
                "linewidth": 0.7,
            },
        )
        write_lines(ax, x + _BADGE_MM + 0.8, y, words, size)
        return
    ax.plot(
        [x + 0.3, x + _BADGE_MM - 0.3], [first, first], color=line.color, linewidth=1.6, solid_capstyle="butt"
    )
    ax.plot(
        [x + _BADGE_MM / 2],
        [first],
        marker=line.marker,
        markersize=4.2,
        markerfacecolor="white",
        markeredgecolor=line.color,
        markeredgewidth=0.9,
        linestyle="none",
    )
    ax.text(x + _BADGE_MM + 0.8, first, words, size=size + 0.4, ha="left", va="center_baseline", color=MUTED)


def write_lines(ax: Axes, x: float, y: float, words: str, size: float, color: str = INK) -> None:
    """Write lines downward from `y` (mm) on a sheet; their baselines do not depend on which letters they hold."""
    for at, line in enumerate(words.split("\n")):
        base = y + (0.98 + at * _LEADING) * size / MM
        ax.text(x, base, line, size=size, ha="left", va="baseline", color=color)


def paper(ax: Axes, width: float, height: float) -> Axes:
    """Turn axes into a sheet measured in millimetres from its upper left corner."""
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.axis("off")
    return ax


def _stage_sample(dash: Dash) -> Sample:
    def draw(ax: Axes, x: float, y: float) -> None:
        ax.plot(
            [x, x + _SAMPLE_MM],
            [y, y],
            color=INK,
            linewidth=1.3,
            linestyle=dash,
            dash_capstyle="butt",
            solid_capstyle="butt",
        )

    return draw


def _band(ax: Axes, x: float, y: float) -> None:
    ax.add_patch(Rectangle((x, y - 1.2), _SAMPLE_MM, 2.4, facecolor=MUTED, alpha=0.2, edgecolor="none"))
    ax.plot([x, x + _SAMPLE_MM], [y, y], color=MUTED, linewidth=1.3)


def _exact(ax: Axes, x: float, y: float) -> None:
    ax.plot([x + _SAMPLE_MM / 2], [y], marker="o", markersize=4.2, color=MUTED)


def _circle(ax: Axes, x: float, y: float) -> None:
    middle = (x + _SAMPLE_MM / 2, y)
    ax.add_patch(Circle(middle, 1.4, facecolor=MUTED, alpha=0.2, edgecolor="none"))
    ax.add_patch(
        Circle(
            middle,
            1.4,
            facecolor="none",
            edgecolor=MUTED,
            linewidth=0.6,
            linestyle=(0, (1.0, 1.2)),
        )
    )
    ax.plot(*middle, marker="o", markersize=3.0, markerfacecolor="white", markeredgecolor=MUTED)


def _unit_sample(hatch: str) -> Sample:
    def draw(ax: Axes, x: float, y: float) -> None:
        place: dict[str, Any] = {"xy": (x, y - 1.1), "width": _SAMPLE_MM, "height": 2.2, "facecolor": "none"}
        ax.add_patch(Rectangle(**place, edgecolor=MUTED, hatch=hatch, linewidth=0.0))
        ax.add_patch(Rectangle(**place, edgecolor=MUTED, linewidth=0.9, linestyle=(0, (1.0, 1.6))))

    return draw


def _borders(ax: Axes, x: float, y: float) -> None:
    middle = x + _SAMPLE_MM / 2
    ax.plot([x, middle - 0.4], [y, y], color=MUTED, linewidth=0.8)
    ax.plot([middle + 0.4, x + _SAMPLE_MM], [y, y], color="#a9a59a", linewidth=0.3)


def _stages(marks: Marked, lang: str) -> list[tuple[Sample, str]]:
    known = [stage for stage in STAGE_MARKS if stage in marks.stages]
    new = [stage for stage in marks.stages if stage not in STAGE_MARKS]
    return [
        (_stage_sample(marks.stages[stage].linestyle), label(f"stage.{stage}", lang, default=stage))
        for stage in known + new
    ]


def _precisions(present: Sequence[str], lang: str) -> list[tuple[Sample, str]]:
    shown: dict[str, tuple[Sample, str]] = {
        "route_schematic": (_band, "map.band"),
        "exact": (_exact, "precision.exact"),
        "approximate": (_circle, "map.circle"),
        "county": (_unit_sample("////"), "map.hatch_county"),
        "city": (_unit_sample("\\\\"), "map.hatch_city"),
    }
    items = [(draw, label(key, lang)) for name, (draw, key) in shown.items() if name in present]
    return [*items, (_borders, label("map.borders", lang))]


def draw_legend(
    ax: Axes, marks: Marked, lang: str, *, year: str, present: Sequence[str], size: float = 6.0
) -> float:
    """
    Write the legend of stages and of precision, one below the other.

    Parameters
    ----------
    ax
        From `paper`.
    marks
        From `marked`.
    lang
        ``zh`` or ``en``.
    year
        Of the stages.
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
    left, y = 2.0, 2.6
    width = ax.get_xlim()[1]
    groups = (
        (label("map.stage_heading", lang).format(year=year), _stages(marks, lang)),
        (label("map.precision_heading", lang), _precisions(present, lang)),
    )
    for heading, items in groups:
        ax.text(left, y, heading, size=size, va="center_baseline", color=MUTED)
        y += step
        for draw, words in items:
            draw(ax, left, y)
            at = left + _SAMPLE_MM + 1.5
            for line in wrapped(words, (width - at - 1) * MM, size).split("\n"):
                ax.text(at, y, line, size=size, va="center_baseline", color=INK)
                y += size * 1.25 / MM
            y += step - size * 1.25 / MM
        y += 0.8
    return y - step / 2


def draw_legend_rows(
    ax: Axes, marks: Marked, lang: str, *, year: str = "", present: Sequence[str], size: float = 6.0
) -> float:
    """Write the same legend in rows across the page, without stages if there is no year; else as `draw_legend`."""
    step = size * 1.6 / MM
    width, y = ax.get_xlim()[1], 2.0
    groups = [(label("map.precision_heading", lang), _precisions(present, lang))]
    if year:
        groups.insert(0, (label("map.stage_heading", lang).format(year=year), _stages(marks, lang)))
    for heading, items in groups:
        ax.text(0.5, y, heading, size=size, va="center_baseline", color=MUTED)
        start = x = 0.5 + text_width(heading, size) / MM + 3
        for draw, words in items:
            needed = _SAMPLE_MM + 1.2 + text_width(words, size) / MM
            if x + needed > width and x > start:
                x, y = start, y + step
            draw(ax, x, y)
            ax.text(x + _SAMPLE_MM + 1.2, y, words, size=size, va="center_baseline", color=INK)
            x += needed + 3.5
        y += step
    return y - step / 2
