"""How far, and which way, a boundary file lies off the shipped one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from sxcanalysis.geography.gcj02 import bd09_to_gcj02, gcj02_to_wgs84

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_PLANE = "EPSG:4549"
_STEP_M = 400.0  # between the points that are compared
_MOST_POINTS = 1500
_ROUNDS = 30
_LEAST_M = 60.0  # below this, two generalisations of one border differ as much
_SAME_M = 90.0  # a shift this near to what a formula would do is taken for the formula's
_WINDS = (
    "north", "north-north-east", "north-east", "east-north-east",
    "east", "east-south-east", "south-east", "south-south-east",
    "south", "south-south-west", "south-west", "west-south-west",
    "west", "west-north-west", "north-west", "north-north-west",
)  # fmt: skip


@dataclass(frozen=True)
class Shift:
    """
    Where a file's borders lie, seen from the shipped ones.

    Attributes
    ----------
    east_m, north_m
        Mean displacement in metres; what is positive lies too far east, too far north.
    distance_m
        Its length.
    direction
        The way the file is displaced, by the compass: "east-south-east".
    kind
        ``none`` (no shift beyond what generalisation explains), ``GCJ-02``, ``BD-09``,
        ``reversed GCJ-02`` (the correction was applied to coordinates that were right),
        ``unknown`` (shifted, but by no formula known here), or ``not comparable`` (the borders
        do not match the shipped ones under any shift).
    misfit_m
        Median distance between the two sets' borders once the shift is taken out.
    """

    east_m: float
    north_m: float
    distance_m: float
    direction: str
    kind: str
    misfit_m: float


def estimate_shift(units: gpd.GeoDataFrame, reference: gpd.GeoDataFrame) -> Shift:
    """
    Estimate how far one set of borders lies off another.

    Borders are compared, not names: points along the first are moved until they lie on the second.

    Parameters
    ----------
    units
        Polygons with a CRS, of the same level as the reference.
    reference
        Polygons that are known to be in place, with a CRS.

    Returns
    -------
    shift
        See `Shift`. Uncertain by some tens of metres where the two sets are generalised
        differently.
    """
    points = _points(units)
    segments = _segments(reference)
    tree = shapely.STRtree(shapely.linestrings(segments))
    candidates: dict[str, Callable[..., tuple[NDArray[np.float64], ...]] | None] = {
        "none": None,
        "GCJ-02": gcj02_to_wgs84,
        "BD-09": lambda lon, lat: gcj02_to_wgs84(*bd09_to_gcj02(lon, lat)),
    }
    plane = _project(points)
    moves = {
        kind: np.zeros(2) if undo is None else (_project(undo(*points)) - plane).mean(axis=0)
        for kind, undo in candidates.items()
    }
    moves["reversed GCJ-02"] = -moves["GCJ-02"]
    # From each start the search goes downhill; the best end is the estimate, so that a start far
    # from the truth does not get caught by a bend of a neighbouring border.
    ends = [_settle(plane, start, segments, tree) for start in moves.values()]
    move, misfit = min(ends, key=lambda end: end[1])
    before = _misfit(plane, segments, tree)
    east, north = -move
    distance = float(np.hypot(east, north))
    if misfit > 4 * _LEAST_M:
        kind = "not comparable"
    elif distance < _LEAST_M or before < misfit + _LEAST_M / 4:
        kind = "none"
    else:
        kind = min(moves, key=lambda name: float(np.hypot(*(moves[name] - move))))
        if kind == "none" or np.hypot(*(moves[kind] - move)) > _SAME_M:
            kind = "unknown"
    wind = _WINDS[round(np.degrees(np.arctan2(east, north)) / 22.5) % 16]
    return Shift(float(east), float(north), distance, wind, kind, misfit)


def _points(units: gpd.GeoDataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lines = units.geometry.to_crs(_PLANE).boundary.segmentize(_STEP_M)
    spread = lines.to_crs(4326).get_coordinates().drop_duplicates().to_numpy()
    spread = spread[:: -(-len(spread) // _MOST_POINTS)]
    return spread[:, 0], spread[:, 1]


def _segments(reference: gpd.GeoDataFrame) -> NDArray[np.float64]:
    lines = shapely.get_parts(reference.geometry.to_crs(_PLANE).boundary.to_numpy())
    return np.concatenate([np.stack([xy[:-1], xy[1:]], axis=1) for xy in map(shapely.get_coordinates, lines)])


def _project(lonlat: tuple[NDArray[np.float64], ...]) -> NDArray[np.float64]:
    xy = gpd.GeoSeries(gpd.points_from_xy(*lonlat), crs=4326).to_crs(_PLANE)
    return np.asarray(xy.get_coordinates().to_numpy(), dtype=float)


def _residuals(
    points: NDArray[np.float64], segments: NDArray[np.float64], tree: shapely.STRtree
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Vectors from points to the nearest place on the reference, and the normals there."""
    start, end = segments[tree.nearest(shapely.points(points))].transpose(1, 0, 2)
    along = end - start
    length = np.maximum((along**2).sum(axis=1), 1e-9)
    fraction = np.clip(((points - start) * along).sum(axis=1) / length, 0, 1)
    normals = np.column_stack([-along[:, 1], along[:, 0]]) / np.sqrt(length)[:, None]
    return start + fraction[:, None] * along - points, normals


def _misfit(points: NDArray[np.float64], segments: NDArray[np.float64], tree: shapely.STRtree) -> float:
    apart, _ = _residuals(points, segments, tree)
    return float(np.median(np.hypot(apart[:, 0], apart[:, 1])))


def _settle(
    points: NDArray[np.float64],
    move: NDArray[np.float64],
    segments: NDArray[np.float64],
    tree: shapely.STRtree,
) -> tuple[NDArray[np.float64], float]:
    """Move points onto the reference: a border tells only how far it is off across itself."""
    for _ in range(_ROUNDS):
        apart, normals = _residuals(points + move, segments, tree)
        across = (apart * normals).sum(axis=1)
        distance = np.hypot(apart[:, 0], apart[:, 1])
        # Borders that the reference lacks (or has elsewhere) must not pull.
        near = distance <= max(2.5 * float(np.median(distance)), 20.0)
        step, *_ = np.linalg.lstsq(normals[near], across[near], rcond=None)
        move = move + step
        if np.hypot(*step) < 0.5:
            break
    return move, _misfit(points + move, segments, tree)
