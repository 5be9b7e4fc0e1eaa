"""
Schematic lines as smooth curves through their fixed points.

A line joins stations, interchanges and locks by straight legs. It is drawn as a centripetal Catmull–Rom curve through them: where
the curve would bend more sharply than its mode allows, a point gives way within its own uncertainty; where it would leave the
band of the line's uncertainty, the curve is flattened towards the legs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from sxcanalysis.geography.projects import load_waypoints

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

# Least radius of a curve in metres: of high-speed lines and motorways as the design codes have it, of canals as tows need it.
MIN_RADIUS_M = {
    "railway": 2800.0,
    "expressway": 1000.0,
    "river_crossing": 2000.0,
    "waterway": 480.0,
    "water_works": 480.0,
}
_SAMPLES = 14  # points of a curve between two fixed points
_STEPS = 24  # times that a point may give way
_CLOSE_MM = 1.15  # lines that run closer than this on the page are drawn beside each other
_APART_MM = 0.95  # between lines drawn beside each other
_ALIKE = 0.88  # cosine of the angle below which two lines only cross
_STEP_MM = 0.7  # between samples of a line on the page


@dataclass(frozen=True)
class Course:
    """One part of a line: the curve in metres, for each of its points the leg that it lies on, and what the legs rest on."""

    project_id: str
    curve: NDArray[np.float64]
    leg: NDArray[np.int64]
    from_memory: tuple[bool, ...]
    stops: NDArray[np.float64]


@cache
def _transformer(crs: str) -> Transformer:
    return Transformer.from_crs(4326, crs, always_xy=True)


def rests_on_memory(source_ids: object, *, wholly: bool = True) -> bool:
    """Tell whether all (or, with ``wholly=False``, any) of what a point rests on is memory."""
    ids = [one.startswith("mem-") for one in str(source_ids).split(";") if one]
    return bool(ids) and (all(ids) if wholly else any(ids))


def courses(projects: gpd.GeoDataFrame, crs: str) -> list[Course]:
    """Smooth the lines of projects, one course a part of a line; a published alignment, which rests on no waypoints, stays as it is."""
    points = load_waypoints()
    found: list[Course] = []
    change = _transformer(crs).transform
    for project, kind, geometry, precision, uncertainty in zip(
        projects["project_id"], projects["kind"], projects.to_crs(crs).geometry, projects["precision"], projects["uncertainty_m"], strict=True
    ):  # fmt: skip
        if geometry is None or shapely.get_dimensions(geometry) != 1:
            continue
        mine = points[points["project_id"] == project]
        if precision == "alignment" or mine.empty:
            for part in shapely.get_parts(geometry):
                xy = shapely.get_coordinates(part)
                found.append(
                    Course(project, xy, np.zeros(len(xy), dtype=np.int64), (False,), np.empty((0, 2)))
                )
            continue
        for _, part in mine.groupby("part", sort=True):
            rows = part.sort_values("seq")
            xy = np.column_stack(change(rows["lon"].to_numpy(float), rows["lat"].to_numpy(float)))
            memory = [rests_on_memory(one) for one in rows["source_id"]]
            free = pd.to_numeric(rows["uncertainty_m"], errors="coerce").fillna(0.0).to_numpy(float)
            fixed = relax(xy, free, MIN_RADIUS_M.get(kind, 0.0))
            curve, leg = smooth(fixed, float(uncertainty), xy)
            named = rows["role"].isin(("station", "interchange", "lock")).to_numpy(copy=True)
            named[[0, -1]] = False
            legs = tuple(a and b for a, b in pairwise(memory)) or (memory[0],)
            found.append(Course(project, curve, leg, legs, fixed[named]))
    return found


def joined(projects: gpd.GeoDataFrame, crs: str) -> gpd.GeoSeries:
    """Give the geometry of each project as it is drawn, lines smoothed and whole, by ``project_id``."""
    drawn = projects.to_crs(crs).drop_duplicates("project_id").set_index("project_id").geometry.copy()
    parts: dict[str, list[object]] = {}
    for course in courses(projects, crs):
        parts.setdefault(course.project_id, []).append(shapely.linestrings(course.curve))
    for project, curves in parts.items():
        drawn[project] = shapely.multilinestrings(curves)
    return drawn


def relax(points: NDArray[np.float64], free: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """
    Let points give way, each by at most `free`, until the curve through them bends no more sharply than `radius` (all in metres).

    A radius of 0 moves nothing; the ends stay where they were.
    """
    moved = points.copy()
    if radius <= 0 or len(points) < 3:
        return moved
    for _ in range(_STEPS):
        before, here, after = moved[:-2], moved[1:-1], moved[2:]
        sharp = _turning_radius(before, here, after) < radius
        if not sharp.any():
            break
        target = here + 0.15 * ((before + after) / 2 - here)
        step = target - points[1:-1]
        length = np.hypot(*step.T)
        allowed = np.minimum(1.0, free[1:-1] / np.maximum(length, 1e-9))
        moved[1:-1] = np.where(sharp[:, None], points[1:-1] + step * allowed[:, None], here)
    return moved


def _turning_radius(
    a: NDArray[np.float64], b: NDArray[np.float64], c: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Estimate how sharply a curve through three points turns at the middle one: the half of the shorter leg over tan of half the turn."""
    one, two = b - a, c - b
    turn = np.abs(np.arctan2(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0], (one * two).sum(1)))
    half = np.minimum(np.hypot(*one.T), np.hypot(*two.T)) / 2
    found: NDArray[np.float64] = half / np.maximum(np.tan(np.minimum(turn, 3.1) / 2), 1e-9)
    return found


def smooth(
    points: NDArray[np.float64], band: float, legs: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """
    Draw a centripetal Catmull–Rom curve through `points`, nowhere farther than `band` from the stored line `legs`.

    Returned are the points of the curve in metres, and for each of them the leg on which it lies.
    """
    if len(points) < 3:
        return points, np.zeros(len(points), dtype=np.int64)
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    share = np.linspace(0.0, 1.0, _SAMPLES, endpoint=False)
    parts, straight, leg = [], [], []
    for at in range(len(points) - 1):
        p = padded[at : at + 4]
        knots = np.concatenate([[0.0], np.cumsum(np.sqrt(np.maximum(np.hypot(*np.diff(p, axis=0).T), 1e-6)))])
        t = knots[1] + share * (knots[2] - knots[1])
        parts.append(_barry_goldman(p, knots, t))
        straight.append(p[1] + share[:, None] * (p[2] - p[1]))
        leg.append(np.full(len(share), at))
    curve = np.vstack([*parts, points[-1:]])
    chord = np.vstack([*straight, points[-1:]])
    stored = shapely.linestrings(legs)
    for tension in (1.0, 0.8, 0.6, 0.4, 0.2, 0.0):
        drawn = tension * curve + (1 - tension) * chord
        if band <= 0 or tension == 0 or shapely.distance(shapely.points(drawn), stored).max() <= band:
            break
    return drawn, np.concatenate([*leg, [len(points) - 2]])


def _barry_goldman(
    p: NDArray[np.float64], knots: NDArray[np.float64], t: NDArray[np.float64]
) -> NDArray[np.float64]:
    def mix(a: NDArray[np.float64], b: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
        share = ((t - low) / (high - low))[:, None]
        mixed: NDArray[np.float64] = (1 - share) * a + share * b
        return mixed

    k0, k1, k2, k3 = knots
    a1, a2, a3 = mix(p[0], p[1], k0, k1), mix(p[1], p[2], k1, k2), mix(p[2], p[3], k2, k3)
    return mix(mix(a1, a2, k0, k2), mix(a2, a3, k1, k3), k1, k2)


def set_apart(lines: list[NDArray[np.float64]], groups: list[str]) -> list[NDArray[np.float64]]:
    """
    Move lines that run together on the page beside each other, as rail atlases do.

    The lines are sampled evenly in millimetres (see `sampled`) and keep order and points; parts of one group never part from each other.
    """
    if len(lines) < 2:
        return lines
    points = np.concatenate(lines)
    owner = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    tangents = np.concatenate([_tangents(line) for line in lines])
    group = np.array([sorted(set(groups)).index(one) for one in groups])[owner]
    tree = shapely.STRtree(shapely.points(points))
    one, other = tree.query(shapely.points(points), predicate="dwithin", distance=_CLOSE_MM)
    together = (group[one] != group[other]) & (np.abs((tangents[one] * tangents[other]).sum(1)) > _ALIKE)
    pairs = np.unique(np.column_stack([one[together], group[other[together]]]), axis=0)
    count = np.bincount(pairs[:, 0], minlength=len(points))
    before = pairs[:, 1] < group[pairs[:, 0]]
    below = np.bincount(pairs[:, 0], weights=before, minlength=len(points))
    shift = (below - count / 2) * _APART_MM
    # One direction for all lines of a bundle, whichever way each was drawn: the normal that points right, or down.
    normal = np.column_stack([-tangents[:, 1], tangents[:, 0]])
    flip = (normal[:, 0] < -1e-9) | ((np.abs(normal[:, 0]) <= 1e-9) & (normal[:, 1] < 0))
    normal[flip] *= -1
    moved = []
    for at, line in enumerate(lines):
        own = owner == at
        wide = min(9, 2 * (len(line) // 2) - 1)
        eased = shift[own]
        if wide >= 3:
            eased = np.convolve(np.pad(eased, wide // 2, mode="edge"), np.ones(wide) / wide, mode="valid")
        moved.append(line + eased[:, None] * normal[own])
    return moved


def _tangents(line: NDArray[np.float64]) -> NDArray[np.float64]:
    step = np.gradient(line, axis=0) if len(line) > 1 else np.array([[1.0, 0.0]])
    found: NDArray[np.float64] = step / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    return found


def sampled(
    line: NDArray[np.float64], leg: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Sample a line on the page every 0.7 mm, and tell on which leg each point lies."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    count = max(2, round(float(along[-1]) / _STEP_MM) + 1)
    at = np.linspace(0.0, along[-1], count)
    xy = np.column_stack([np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])])
    return xy, leg[np.minimum(np.searchsorted(along, at, side="right") - 1, len(leg) - 1)]
