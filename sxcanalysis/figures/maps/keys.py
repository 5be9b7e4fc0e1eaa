"""Keys and legends of the maps: what each number, colour, line style and outline means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle

from sxcanalysis.figures.fonts import text_width
from sxcanalysis.figures.maps.ground import MM
from sxcanalysis.figures.maps.marks import UNIT_DASH, badge, draw_marker, edge_of
from sxcanalysis.figures.style import FONT_SIZES, INK, MUTED, STAGE_MARKS, Mark, wrap_text
from sxcanalysis.reference.words import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    from sxcanalysis.figures.maps.marks import Marked

Sample = Callable[[Axes, float, float], None]
Dash = str | tuple[int, tuple[float, ...]]

_LEADING = 1.28
_LEGEND_PT = 6.0
_SAMPLE_MM = 8.0
_BADGE_MM = 4.6
NOT_DRAWN = Mark(MUTED)


@dataclass(frozen=True)
class KeyLine:
    """One entry of the key: a heading with a sample, or a number with its words and the frame that it has on the map."""

    words: str
    mark: Mark
    number: int = 0
    unit_only: bool = False


def key_lines(
    projects: gpd.GeoDataFrame, marks: Marked, lang: str, *, headings: bool = True
) -> list[KeyLine]:
    """
    Give the entries of a key: every project by number, with its stage and what limits its location.

    Parameters
    ----------
    projects
        In the order of their numbers.
    marks
        From `marked`.
    lang
        ``zh`` or ``en``.
    headings
        Whether each kind has a heading.

    Returns
    -------
    lines
        For `draw_key_lines`.
    """
    lines: list[KeyLine] = []
    kind = ""
    limits = {"county": "map.hatch_county", "city": "map.hatch_city", "none": "map.nowhere"}
    for row in projects.itertuples():
        mark = marks.kinds[row.kind]
        if headings and row.kind != kind:
            kind = row.kind
            lines.append(KeyLine(label(f"kind.{kind}", lang, default=kind), mark))
        # A line shows its stage; where the key has room, it says it too.
        told = []
        if headings or row.geometry_type != "line":
            told.append(label(f"stage.{row.stage}", lang, default=row.stage))
        if row.precision in limits:
            told.append(label(limits[row.precision], lang))
        words = row.name if lang == "zh" else row.name_en
        if told:
            words += f"（{'；'.join(told)}）" if lang == "zh" else f" ({'; '.join(told).lower()})"
        if row.precision == "none":
            mark = NOT_DRAWN
        lines.append(KeyLine(words, mark, row.number, unit_only=row.precision in {"county", "city"}))
    return lines


def key_height(lines: Sequence[KeyLine], width: float, *, columns: int = 3, size: float = 6.0) -> float:
    """Measure a key: the height (mm) of the tallest column."""
    return max((y + high for *_, y, high in _arranged(lines, width, columns, size)), default=0.0)


def draw_key_lines(ax: Axes, lines: Sequence[KeyLine], *, columns: int = 3, size: float = 6.0) -> None:
    """
    Write headings and numbered entries in columns.

    Parameters
    ----------
    ax
        From `paper`.
    lines
        In order; an entry without number is a heading.
    columns
        How many.
    size
        Of the text, in points.
    """
    for line, words, x, y, _ in _arranged(lines, ax.get_xlim()[1], columns, size):
        _entry(ax, x, y, line, words, size)


def _arranged(
    lines: Sequence[KeyLine], width: float, columns: int, size: float
) -> list[tuple[KeyLine, str, float, float, float]]:
    """Give each entry with its wrapped words, its place and its height (mm)."""
    across = width / columns
    sized = [(line, wrap_text(line.words, (across - _BADGE_MM - 2.5) * MM, size)) for line in lines]
    heights = [_height(line, words, size) for line, words in sized]
    placed = []
    for column, (first, last) in enumerate(_break(sized, heights, columns)):
        y = 0.0
        for at in range(first, last):
            line, words = sized[at]
            if line.number == 0 and at > first:
                y += 0.9
            placed.append((line, words, column * across, y, heights[at]))
            y += heights[at]
    return placed


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
            bbox=badge(line.mark.color, unit_only=line.unit_only, pad=0.14),
        )
        write_lines(ax, x + _BADGE_MM + 0.8, y, words, size)
        return
    draw_kind(ax, x, first, line.mark)
    ax.text(x + _BADGE_MM + 0.8, first, words, size=size + 0.4, ha="left", va="center_baseline", color=MUTED)


def draw_kind(ax: Axes, x: float, y: float, mark: Mark) -> None:
    """Show the colour and the marker of a kind on a sheet, before its name."""
    color = edge_of(mark.color)
    ax.plot([x + 0.3, x + _BADGE_MM - 0.3], [y, y], color=color, linewidth=1.3, zorder=1)
    draw_marker(ax, (x + _BADGE_MM / 2, y), mark, filled=False)


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
        ax.add_patch(Rectangle(**place, edgecolor=MUTED, linewidth=0.8, linestyle=UNIT_DASH))

    return draw


def _borders(ax: Axes, x: float, y: float) -> None:
    middle = x + _SAMPLE_MM / 2
    ax.plot([x, middle - 0.4], [y, y], color=MUTED, linewidth=0.8)
    ax.plot([middle + 0.4, x + _SAMPLE_MM], [y, y], color="#b3afa4", linewidth=0.3)


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


def draw_legend(ax: Axes, marks: Marked, lang: str, *, year: str, present: Sequence[str]) -> float:
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

    Returns
    -------
    height
        In millimetres.
    """
    size = _LEGEND_PT
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
            for line in wrap_text(words, (width - at - 1) * MM, size).split("\n"):
                ax.text(at, y, line, size=size, va="center_baseline", color=INK)
                y += size * 1.25 / MM
            y += step - size * 1.25 / MM
        y += 0.8
    return y - step / 2


def draw_legend_rows(ax: Axes, marks: Marked, lang: str, *, year: str = "", present: Sequence[str]) -> float:
    """Write the same legend in rows across the page, without stages if there is no year; else as `draw_legend`."""
    size = _LEGEND_PT
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
            x += needed + 2.8
        y += step
    return y - step / 2
