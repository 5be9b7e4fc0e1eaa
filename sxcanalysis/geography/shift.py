"""The shifts of Chinese map services (GCJ-02, BD-09), and how far, and which way, a boundary file lies off the shipped one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from sxcanalysis.geography.measures import metric_crs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import ArrayLike, NDArray

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


# The ellipsoid of the GCJ-02 formula (Krasovsky 1940), which is not that of WGS-84.
_GCJ_AXIS_M = 6378245.0
_GCJ_ECCENTRICITY_SQUARED = 0.00669342162296594323
# Outside this rectangle the formula leaves coordinates as they are.
_GCJ_LON = (72.004, 137.8347)
_GCJ_LAT = (0.8293, 55.8271)
_BD_TURN = np.pi * 3000 / 180


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Apply the public GCJ-02 formula, as Chinese map services do to every coordinate.

    Parameters
    ----------
    lon, lat
        WGS-84 degrees.

    Returns
    -------
    lon, lat
        GCJ-02 degrees; about 470 m to the east-south-east of the truth around Lake Tai.
        Coordinates outside the formula's rectangle around China come back unchanged.
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    x, y = lon - 105.0, lat - 35.0
    wave = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    east = (
        300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
        + 2 / 3 * (wave + _waves(x, ((20, 1), (40, 3), (150, 12), (300, 30))))
    )  # fmt: skip
    north = (
        -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
        + 2 / 3 * (wave + _waves(y, ((20, 1), (40, 3), (160, 12), (320, 30))))
    )  # fmt: skip
    phi = np.radians(lat)
    flat = 1 - _GCJ_ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    prime_vertical = _GCJ_AXIS_M / np.sqrt(flat)
    meridian = prime_vertical * (1 - _GCJ_ECCENTRICITY_SQUARED) / flat
    # The formula is not defined outside; there the cosine may vanish, so divide inside only.
    inside = (lon >= _GCJ_LON[0]) & (lon <= _GCJ_LON[1]) & (lat >= _GCJ_LAT[0]) & (lat <= _GCJ_LAT[1])
    width = np.where(inside, prime_vertical * np.cos(phi), 1.0)
    shifted_lon = np.where(inside, lon + np.degrees(east / width), lon)
    shifted_lat = np.where(inside, lat + np.degrees(north / meridian), lat)
    return shifted_lon, shifted_lat


def _waves(v: NDArray[np.float64], terms: Iterable[tuple[float, float]]) -> NDArray[np.float64]:
    return np.asarray(sum(height * np.sin(v * np.pi / span) for height, span in terms))


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Undo GCJ-02 by iteration: the formula has no closed inverse, and its shift varies from place to place.

    Parameters
    ----------
    lon, lat
        GCJ-02 degrees.

    Returns
    -------
    lon, lat
        WGS-84 degrees, to better than a millimetre.
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    guess_lon, guess_lat = lon, lat
    # Each round leaves some 1e-4 of the error before it; ten are far more than needed.
    for _ in range(10):
        there_lon, there_lat = wgs84_to_gcj02(guess_lon, guess_lat)
        guess_lon, guess_lat = guess_lon + lon - there_lon, guess_lat + lat - there_lat
    return guess_lon, guess_lat


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Undo BD-09, Baidu's second shift on top of GCJ-02, by its published approximate inverse.

    Parameters
    ----------
    lon, lat
        BD-09 degrees.

    Returns
    -------
    lon, lat
        GCJ-02 degrees, to about a metre.
    """
    x = np.asarray(lon, dtype=float) - 0.0065
    y = np.asarray(lat, dtype=float) - 0.006
    radius = np.hypot(x, y) - 0.00002 * np.sin(y * _BD_TURN)
    angle = np.arctan2(y, x) - 0.000003 * np.cos(x * _BD_TURN)
    return radius * np.cos(angle), radius * np.sin(angle)


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
    crs = metric_crs(float(reference.to_crs(4326).total_bounds[[0, 2]].mean()))
    points = _points(units, crs)
    segments = _segments(reference, crs)
    tree = shapely.STRtree(shapely.linestrings(segments))
    candidates: dict[str, Callable[..., tuple[NDArray[np.float64], ...]] | None] = {
        "none": None,
        "GCJ-02": gcj02_to_wgs84,
        "BD-09": lambda lon, lat: gcj02_to_wgs84(*bd09_to_gcj02(lon, lat)),
    }
    plane = _project(points, crs)
    moves = {
        kind: np.zeros(2) if undo is None else (_project(undo(*points), crs) - plane).mean(axis=0)
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


def _points(units: gpd.GeoDataFrame, crs: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lines = units.geometry.to_crs(crs).boundary.segmentize(_STEP_M)
    spread = lines.to_crs(4326).get_coordinates().drop_duplicates().to_numpy()
    spread = spread[:: -(-len(spread) // _MOST_POINTS)]
    return spread[:, 0], spread[:, 1]


def _segments(reference: gpd.GeoDataFrame, crs: str) -> NDArray[np.float64]:
    lines = shapely.get_parts(reference.geometry.to_crs(crs).boundary.to_numpy())
    return np.concatenate([np.stack([xy[:-1], xy[1:]], axis=1) for xy in map(shapely.get_coordinates, lines)])


def _project(lonlat: tuple[NDArray[np.float64], ...], crs: str) -> NDArray[np.float64]:
    xy = gpd.GeoSeries(gpd.points_from_xy(*lonlat), crs=4326).to_crs(crs)
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
