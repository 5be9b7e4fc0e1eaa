"""Projects on a map: drawn so that a guess looks like a guess, and numbered without collisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from sxcanalysis.style import FONT_SIZES, INK, KIND_MARKS, MUTED, STAGE_MARKS, Mark, marks_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

Box = tuple[float, float, float, float]
_SAMPLES = 60  # places along a line where its number may stand


@dataclass(frozen=True)
class Marked:
    """The marks of a map: from each kind and stage to how it is drawn."""

    kinds: Mapping[str, Mark]
    stages: Mapping[str, Mark]


def marked(projects: gpd.GeoDataFrame) -> Marked:
    """Give each kind and stage its mark; one that is new gets a spare mark, never none."""
    return Marked(marks_for(projects["kind"], KIND_MARKS), marks_for(projects["stage"], STAGE_MARKS))


def _patch(geometry: BaseGeometry, **style: object) -> PathPatch:
    vertices: list[NDArray[np.float64]] = []
    kinds: list[Any] = []
    for part in shapely.get_parts(geometry):
        for ring in (part.exterior, *part.interiors):
            xy = shapely.get_coordinates(ring)
            vertices.append(xy)
            kinds += [Path.MOVETO, *[Path.LINETO] * (len(xy) - 2), Path.CLOSEPOLY]
    return PathPatch(Path(np.concatenate(vertices), kinds), **style)


def draw_projects(
    ax: Axes,
    projects: gpd.GeoDataFrame,
    marks: Marked,
    *,
    width: float = 1.3,
    faded: bool = False,
) -> None:
    """
    Draw projects in EPSG:4549.

    Colour is the kind, line style the stage. A line runs in a pale band as wide as its uncertainty; a point that is not exact
    is hollow, in a dotted circle of its uncertainty; a project known to a unit only is that unit, hatched, with a dotted border.
    """
    alpha = 0.35 if faded else 1.0
    order = {"area": 0, "line": 1, "point": 2}
    rows = sorted(
        projects[projects.geometry.notna()].itertuples(),
        key=lambda row: (order[row.geometry_type], -row.uncertainty_m),
    )
    for row in rows:
        color = marks.kinds[row.kind].color
        if row.geometry_type == "area":
            wide = row.precision == "city"
            ax.add_patch(
                _patch(
                    row.geometry,
                    facecolor="none",
                    edgecolor=color,
                    linewidth=0.0,
                    zorder=3,
                    hatch="\\" if wide else "//",
                    alpha=(0.35 if wide else 0.6) * alpha,
                )
            )
            ax.add_patch(
                _patch(
                    row.geometry,
                    facecolor="none",
                    edgecolor=color,
                    zorder=3.1,
                    alpha=alpha,
                    linewidth=0.9,
                    linestyle=(0, (1.0, 1.6)),
                )
            )
    for row in rows:
        color = marks.kinds[row.kind].color
        if row.geometry_type == "line":
            band = row.geometry.buffer(row.uncertainty_m, quad_segs=6)
            ax.add_patch(_patch(band, facecolor=color, edgecolor="none", alpha=0.14 * alpha, zorder=3.2))
    for row in rows:
        color = marks.kinds[row.kind].color
        style = marks.stages[row.stage].linestyle
        if row.geometry_type == "line":
            for part in shapely.get_parts(row.geometry):
                xy = shapely.get_coordinates(part)
                common: dict[str, Any] = {
                    "scalex": False,
                    "scaley": False,
                    "solid_capstyle": "butt",
                    "dash_capstyle": "butt",
                }
                ax.plot(*xy.T, color="white", linewidth=width + 0.9, zorder=4, alpha=0.8 * alpha, **common)
                ax.plot(
                    *xy.T, color=color, linewidth=width, linestyle=style, zorder=4.1, alpha=alpha, **common
                )
        elif row.geometry_type == "point":
            exact = row.precision == "exact"
            if not exact:
                circle = row.geometry.buffer(row.uncertainty_m, quad_segs=12)
                ax.add_patch(
                    _patch(circle, facecolor=color, edgecolor="none", alpha=0.18 * alpha, zorder=3.2)
                )
                ax.add_patch(
                    _patch(
                        circle,
                        facecolor="none",
                        edgecolor=color,
                        linewidth=0.6,
                        zorder=4.2,
                        linestyle=(0, (1.0, 1.2)),
                        alpha=alpha,
                    )
                )
            for place in shapely.get_parts(row.geometry):
                ax.plot(
                    place.x,
                    place.y,
                    marker=marks.kinds[row.kind].marker,
                    markersize=4.6,
                    zorder=5,
                    markerfacecolor=color if exact else "white",
                    markeredgecolor=color,
                    markeredgewidth=0.9,
                    alpha=alpha,
                    scalex=False,
                    scaley=False,
                )


def draw_unit(ax: Axes, geometry: BaseGeometry, color: str = MUTED) -> None:
    """Draw a unit in which things lie somewhere: hatched, with a dotted border, never filled."""
    ax.add_patch(
        _patch(geometry, facecolor="none", edgecolor=color, linewidth=0.0, hatch="//", alpha=0.35, zorder=3)
    )
    ax.add_patch(
        _patch(
            geometry, facecolor="none", edgecolor=color, linewidth=0.7, linestyle=(0, (1.0, 1.6)), zorder=3.1
        )
    )


def draw_numbers(
    ax: Axes,
    projects: gpd.GeoDataFrame,
    numbers: Sequence[int],
    marks: Marked,
    *,
    avoid: Sequence[Box] = (),
    size: float = FONT_SIZES["note"],
) -> list[Box]:
    """
    Write the number of each located project near to it and far from everything else.

    Parameters
    ----------
    ax
        A map at its final size and limits.
    projects
        In EPSG:4549.
    numbers
        One a row.
    marks
        From `marked`.
    avoid
        Boxes (west, south, east, north in metres) that stay free: legends, names.
    size
        Of the number, in points.

    Returns
    -------
    boxes
        Where the numbers stand, for whoever writes names around them.
    """
    per_point = _metres_a_point(ax)
    half = np.array([size * 0.78, size * 0.68]) * per_point
    shown = [
        (number, row)
        for number, row in zip(numbers, projects.itertuples(), strict=True)
        if row.geometry is not None
    ]
    window = shapely.box(*(v for pair in zip(ax.get_xlim(), ax.get_ylim(), strict=True) for v in pair))
    west, east = sorted(ax.get_xlim())
    south, north = sorted(ax.get_ylim())
    inner = shapely.box(west + half[0], south + half[1], east - half[0], north - half[1])
    taken: list[Box] = list(avoid)
    shapes = {number: row.geometry.intersection(window) for number, row in shown}
    # The shortest have the least room, so they choose first.
    for number, row in sorted(shown, key=lambda pair: _reach(pair[1])):
        own = shapes[number]
        if own.is_empty:
            continue
        others = [shape for other, shape in shapes.items() if other != number]
        lines = shapely.union_all([s for s in others if shapely.get_dimensions(s) < 2])
        shapely.prepare(lines)
        spots, anchors, cost = _candidates(own, half, per_point)
        boxes = shapely.box(
            spots[:, 0] - half[0], spots[:, 1] - half[1], spots[:, 0] + half[0], spots[:, 1] + half[1]
        )
        hit = np.zeros(len(spots))
        for box in taken:
            hit += shapely.intersects(boxes, shapely.box(*box))
        away = shapely.distance(shapely.points(spots), lines) - half[1]
        away = np.nan_to_num(away, nan=np.inf)  # where there is nothing else to keep away from
        inside = shapely.within(shapely.points(spots), inner)
        score = 100 * hit + 50 * ~inside + cost - np.minimum(away / (14 * per_point), 1.0)
        best = int(np.argmin(score))
        spot, anchor = spots[best], anchors[best]
        low, high = spot - half * 1.08, spot + half * 1.08
        taken.append((float(low[0]), float(low[1]), float(high[0]), float(high[1])))
        color = marks.kinds[row.kind].color
        if np.hypot(*(spot - anchor)) > 1.2 * half[1]:
            ax.plot(
                *np.array([anchor, spot]).T,
                color=color,
                linewidth=0.5,
                zorder=6,
                scalex=False,
                scaley=False,
            )
        ax.text(
            float(spot[0]),
            float(spot[1]),
            str(number),
            size=size,
            ha="center",
            va="center_baseline",
            color=INK,
            zorder=7,
            bbox={"boxstyle": "round,pad=0.18", "facecolor": "white", "edgecolor": color, "linewidth": 0.7},
        )
    return taken[len(avoid) :]


def _reach(row: object) -> float:
    geometry = row.geometry  # type: ignore[attr-defined]
    return float("inf") if row.geometry_type == "area" else float(geometry.length)  # type: ignore[attr-defined]


def _metres_a_point(ax: Axes) -> float:
    figure = ax.get_figure(root=True)
    assert figure is not None  # noqa: S101  # axes of a map are in a figure
    box = ax.get_position()
    return float(abs(np.diff(ax.get_xlim())[0]) / (box.width * figure.get_size_inches()[0] * 72))


def _candidates(
    geometry: BaseGeometry, half: NDArray[np.float64], per_point: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Propose places for a number: on the line or in the area first, then beside it with a leader."""
    dimension = int(shapely.get_dimensions(geometry))
    if dimension == 2:
        seeds = _grid(geometry, half)
        middle = shapely.get_coordinates(geometry.representative_point())[0]
        reach = np.hypot(*(seeds - middle).T)
        return seeds, seeds, 0.5 * reach / max(float(reach.max()), 1.0)
    if dimension == 1:
        longest = max(shapely.get_parts(geometry), key=lambda part: float(part.length))
        share = np.linspace(0.04, 0.96, _SAMPLES)
        seeds = shapely.get_coordinates(longest.interpolate(share, normalized=True))
        # Near the middle a number is easier to match with its line.
        base = 0.5 * np.abs(share - 0.5)
        # A number would hide a line that is hardly longer than itself.
        cover = 3.0 if geometry.length < 8 * half[0] else 0.0
        rings: tuple[tuple[float, float], ...] = (
            (0.0, cover),
            (9.0, 0.9),
            (14.0, 1.2),
            (20.0, 1.6),
            (28.0, 2.2),
        )
    else:
        seeds = shapely.get_coordinates(geometry)
        base = np.zeros(len(seeds))
        rings = ((9.0, 0.2), (13.0, 0.5), (18.0, 0.9), (26.0, 1.5))
    spots, anchors, cost = [], [], []
    for radius, price in rings:
        turns = [0.0] if radius == 0 else np.linspace(0, 2 * np.pi, 16, endpoint=False)
        for turn in turns:
            step = radius * per_point * np.array([np.cos(turn), np.sin(turn)])
            spots.append(seeds + step)
            anchors.append(seeds)
            cost.append(base + price)
    return np.concatenate(spots), np.concatenate(anchors), np.concatenate(cost)


def _grid(area: BaseGeometry, half: NDArray[np.float64]) -> NDArray[np.float64]:
    west, south, east, north = area.bounds
    xs, ys = np.meshgrid(np.arange(west, east, half[0]), np.arange(south, north, half[1]))
    points = np.column_stack([xs.ravel(), ys.ravel()])
    inside: NDArray[np.float64] = points[
        shapely.contains_xy(area.buffer(-1.3 * half[0]), points[:, 0], points[:, 1])
    ]
    if len(inside):
        return inside
    middle: NDArray[np.float64] = shapely.get_coordinates(area.representative_point())
    return middle
