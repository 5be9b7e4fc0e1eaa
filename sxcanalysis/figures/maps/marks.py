"""Projects on a map: drawn so that a guess looks like a guess, and numbered without collisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from sxcanalysis.figures.maps.ground import metres_a_point
from sxcanalysis.figures.style import FONT_SIZES, INK, KIND_MARKS, MUTED, STAGE_MARKS, Mark, marks_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

Box = tuple[float, float, float, float]
UNIT_DASH = (0, (1.0, 1.6))  # of the border of a unit in which something lies
_SAMPLES = 32  # places along a line where its number may stand
_APART_PT = 25.0  # parts of a line that are further apart than this each get the number
_LINE_PT = 1.3
_MARKER_PT = {"*": 7.0, "P": 5.2, "X": 5.2}  # the open shapes need more room than the closed ones


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


def edge_of(color: str) -> str:
    """Darken a pale colour, so that a thin line of it is seen on land."""
    red, green, blue = to_rgb(color)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    share = min(1.0, 0.55 / light)
    return "#" + "".join(f"{round(255 * part * share):02x}" for part in (red, green, blue))


def draw_marker(ax: Axes, xy: tuple[float, float], mark: Mark, *, filled: bool, share: float = 1.0) -> None:
    """Draw the marker of a kind: filled for a surveyed site, hollow for all else; an end of a line is a smaller one."""
    ax.plot(
        *xy,
        marker=mark.marker,
        markersize=share * _MARKER_PT.get(mark.marker, 4.6),
        zorder=5,
        linestyle="none",
        markerfacecolor=edge_of(mark.color) if filled else "white",
        markeredgecolor=edge_of(mark.color),
        markeredgewidth=0.8,
        scalex=False,
        scaley=False,
    )


def draw_projects(ax: Axes, projects: gpd.GeoDataFrame, marks: Marked) -> None:
    """
    Draw projects in EPSG:4549.

    Colour and marker are the kind, line style the stage. A line runs in a pale band as wide as its uncertainty, with the marker
    of its kind at its ends; a point that is not exact is hollow, in a dotted circle of its uncertainty; a project known to a
    unit only is that unit, hatched, with a dotted border.
    """
    order = {"area": 0, "line": 1, "point": 2}
    rows = sorted(
        projects[projects.geometry.notna()].itertuples(),
        key=lambda row: (order[row.geometry_type], -row.uncertainty_m),
    )
    for row in rows:
        mark = marks.kinds[row.kind]
        if row.geometry_type == "area":
            wide = row.precision == "city"
            draw_unit(ax, row.geometry, mark.color, hatch="\\" if wide else "//", alpha=0.35 if wide else 0.6)
        elif row.geometry_type == "line":
            band = row.geometry.buffer(row.uncertainty_m, quad_segs=6)
            ax.add_patch(_patch(band, facecolor=mark.color, edgecolor="none", alpha=0.13, zorder=3.2))
            _draw_line(ax, row.geometry, mark, marks.stages[row.stage])
        else:
            exact = row.precision == "exact"
            if not exact:
                circle, edge = row.geometry.buffer(row.uncertainty_m, quad_segs=12), edge_of(mark.color)
                ax.add_patch(_patch(circle, facecolor=edge, edgecolor="none", alpha=0.18, zorder=3.2))
                ring: dict[str, Any] = {"linewidth": 0.6, "linestyle": (0, (1.0, 1.2))}
                ax.add_patch(_patch(circle, facecolor="none", edgecolor=edge, zorder=4.2, **ring))
            for place in shapely.get_parts(row.geometry):
                draw_marker(ax, (place.x, place.y), mark, filled=exact)


def _draw_line(ax: Axes, line: BaseGeometry, mark: Mark, stage: Mark) -> None:
    common: dict[str, Any] = {
        "scalex": False,
        "scaley": False,
        "solid_capstyle": "butt",
        "dash_capstyle": "butt",
    }
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    for part in shapely.get_parts(line):
        xy = shapely.get_coordinates(part)
        ax.plot(*xy.T, color="white", linewidth=_LINE_PT + 0.9, zorder=4, alpha=0.8, **common)
        ax.plot(*xy.T, color=mark.color, linewidth=_LINE_PT, linestyle=stage.linestyle, zorder=4.1, **common)
        for x, y in (xy[0], xy[-1]):
            # The edge of the map is not the end of a line.
            if west < x < east and south < y < north:
                draw_marker(ax, (x, y), mark, filled=False, share=0.65)


def draw_unit(
    ax: Axes, geometry: BaseGeometry, color: str = MUTED, *, hatch: str = "//", alpha: float = 0.35
) -> None:
    """Draw a unit in which things lie somewhere: hatched, with a dotted border, never filled."""
    ax.add_patch(
        _patch(geometry, facecolor="none", edgecolor=color, linewidth=0.0, hatch=hatch, alpha=alpha, zorder=3)
    )
    ax.add_patch(
        _patch(geometry, facecolor="none", edgecolor=color, linewidth=0.8, linestyle=UNIT_DASH, zorder=3.1)
    )


def badge(color: str, *, unit_only: bool, pad: float = 0.18) -> dict[str, Any]:
    """Give the frame of a number: dotted where the number stands for a whole unit."""
    return {
        "boxstyle": f"round,pad={pad}",
        "facecolor": "white",
        "edgecolor": edge_of(color),
        "linewidth": 0.9 if unit_only else 0.7,
        "linestyle": (0, (1.5, 1.0)) if unit_only else "-",
    }


def draw_numbers(
    ax: Axes,
    projects: gpd.GeoDataFrame,
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
        In EPSG:4549, with their numbers.
    marks
        From `marked`.
    avoid
        Boxes (west, south, east, north in metres) that stay free: legends, furniture.
    size
        Of the number, in points.

    Returns
    -------
    boxes
        Where the numbers stand, for whoever writes names around them. A line whose parts lie far apart has its number at each.
    """
    per_point = metres_a_point(ax)
    half = np.array([size * 0.84, size * 0.73]) * per_point
    window = shapely.box(*(v for pair in zip(ax.get_xlim(), ax.get_ylim(), strict=True) for v in pair))
    inner = shapely.box(*np.array(window.bounds) + np.concatenate([half, -half]))
    taken: list[Any] = [shapely.box(*box) for box in avoid]
    shown: list[tuple[int, Any, BaseGeometry]] = []
    for row in projects[projects.geometry.notna()].itertuples():
        pieces = _clusters(row.geometry.intersection(window), _APART_PT * per_point)
        shown += [(row.number, row, piece) for piece in pieces]
    # The shortest have the least room, so they choose first.
    shown.sort(key=lambda one: _reach(one[2]))
    for number, row, own in shown:
        lines = shapely.union_all(
            [piece for other, _, piece in shown if other != number and shapely.get_dimensions(piece) < 2]
        )
        spots, anchors, cost = _candidates(own, half, per_point)
        boxes = shapely.box(*(spots - half).T, *(spots + half).T)
        hit = shapely.intersects(boxes[:, None], np.array(taken, dtype=object)[None, :]).sum(1)
        away = np.nan_to_num(shapely.distance(boxes, lines), nan=np.inf)  # nan where there is nothing else
        inside = shapely.within(shapely.points(spots), inner)
        away_pt = np.minimum(away / per_point, 12.0)
        score = 100 * hit + 50 * ~inside + cost + 2.0 * (away == 0) - away_pt / 12
        best = int(np.argmin(score))
        spot, anchor = spots[best], anchors[best]
        taken.append(boxes[best])
        color = marks.kinds[row.kind].color
        if np.hypot(*(spot - anchor)) > 1.2 * half[1]:
            leader = np.array([anchor, spot]).T
            ax.plot(*leader, color=edge_of(color), linewidth=0.5, zorder=4.9, scalex=False, scaley=False)
        ax.text(
            float(spot[0]),
            float(spot[1]),
            str(number),
            size=size,
            ha="center",
            va="center_baseline",
            color=INK,
            zorder=7,
            bbox=badge(color, unit_only=row.geometry_type == "area"),
        )
    return [box.bounds for box in taken[len(avoid) :]]


def _clusters(geometry: BaseGeometry, apart: float) -> list[BaseGeometry]:
    """Split a line where its parts lie far from each other; anything else stays whole."""
    if geometry.is_empty:
        return []
    if shapely.get_dimensions(geometry) != 1:
        return [geometry]
    near = shapely.get_parts(geometry.buffer(apart / 2))
    return [geometry.intersection(blob) for blob in near]


def _reach(geometry: BaseGeometry) -> float:
    return float("inf") if shapely.get_dimensions(geometry) == 2 else float(geometry.length)


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
        turns = [0.0] if radius == 0 else np.linspace(0, 2 * np.pi, 12, endpoint=False)
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
