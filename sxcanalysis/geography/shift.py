"""The shifts of Chinese map services (GCJ-02, BD-09), and how far, and which way, a boundary file lies off the shipped one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from sxcanalysis.geography.measures import metric_crs

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Degrees = tuple[NDArray[np.float64], NDArray[np.float64]]
    Floats = NDArray[np.float64]

_STEP_M = 400.0  # between the points that are compared
_MOST_POINTS = 1500
_ROUNDS = 30
_LEAST_M = 60.0  # below this, two generalisations of one border differ as much
_SAME_M = 90.0  # a shift this near to what a formula would do is taken for the formula's
_WINDS = (
    "north", "north-north-east", "north-east", "east-north-east", "east", "east-south-east", "south-east", "south-south-east",
    "south", "south-south-west", "south-west", "west-south-west", "west", "west-north-west", "north-west", "north-north-west",
)  # fmt: skip


# The ellipsoid of the GCJ-02 formula (Krasovsky 1940), which is not that of WGS-84.
_GCJ_AXIS_M = 6378245.0
_GCJ_ECCENTRICITY_SQUARED = 0.00669342162296594323
# Outside this rectangle the formula leaves coordinates as they are.
_GCJ_LON = (72.004, 137.8347)
_GCJ_LAT = (0.8293, 55.8271)
_BD_TURN = np.pi * 3000 / 180


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Degrees:
    """
    Apply the public GCJ-02 formula to degrees of WGS-84, as Chinese map services do to every coordinate.

    Around Lake Tai it leads about 470 m to the east-south-east of the truth. Coordinates outside the formula's rectangle around China
    come back unchanged.
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    x, y = lon - 105.0, lat - 35.0
    wave = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)

    def waves(v: Floats, long: float, longest: float) -> Floats:
        terms = ((20, 1), (40, 3), (long, 12), (longest, 30))
        return np.asarray(sum(height * np.sin(v * np.pi / span) for height, span in terms))

    east = (
        300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
        + 2 / 3 * (wave + waves(x, 150, 300))
    )  # fmt: skip
    north = (
        -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
        + 2 / 3 * (wave + waves(y, 160, 320))
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


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Degrees:
    """Undo GCJ-02 to better than a millimetre, by iteration: the formula has no closed inverse, and its shift varies from place to place."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    guess_lon, guess_lat = lon, lat
    # Each round leaves some 1e-4 of the error before it; ten are far more than needed.
    for _ in range(10):
        there_lon, there_lat = wgs84_to_gcj02(guess_lon, guess_lat)
        guess_lon, guess_lat = guess_lon + lon - there_lon, guess_lat + lat - there_lat
    return guess_lon, guess_lat


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Degrees:
    """Undo BD-09, Baidu's second shift on top of GCJ-02, to about a metre, by its published approximate inverse."""
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
    distance_m, direction
        Its length, and the way the file is displaced, by the compass: "east-south-east".
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
    Estimate how far the borders of one set of polygons lie off those of another of the same level, which are known to be in place.

    Borders are compared, not names: points along the first are moved until they lie on the second. Uncertain by some tens of metres
    where the two sets are generalised differently.
    """
    crs = metric_crs(float(reference.to_crs(4326).total_bounds[[0, 2]].mean()))
    lines = units.geometry.to_crs(crs).boundary.segmentize(_STEP_M).to_crs(4326)
    lonlat = lines.get_coordinates().drop_duplicates().to_numpy()
    lon, lat = lonlat[:: -(-len(lonlat) // _MOST_POINTS)].T
    border = _Border(reference, crs)

    def project(lon: Floats, lat: Floats) -> Floats:
        places = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4326).to_crs(crs)
        return np.asarray(places.get_coordinates().to_numpy(), dtype=float)

    plane, gcj = project(lon, lat), gcj02_to_wgs84(lon, lat)
    moves = {
        "none": np.zeros(2),
        "GCJ-02": (project(*gcj) - plane).mean(axis=0),
        "BD-09": (project(*gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))) - plane).mean(axis=0),
    }
    moves["reversed GCJ-02"] = -moves["GCJ-02"]
    # From each start the search goes downhill; the best end is the estimate, so that a start far
    # from the truth does not get caught by a bend of a neighbouring border.
    move, misfit = min((border.settle(plane, start) for start in moves.values()), key=lambda end: end[1])
    east, north = -move
    distance = float(np.hypot(east, north))
    if misfit > 4 * _LEAST_M:
        kind = "not comparable"
    elif distance < _LEAST_M or border.misfit(plane) < misfit + _LEAST_M / 4:
        kind = "none"
    else:
        kind = min(moves, key=lambda name: float(np.hypot(*(moves[name] - move))))
        if kind == "none" or np.hypot(*(moves[kind] - move)) > _SAME_M:
            kind = "unknown"
    wind = _WINDS[round(np.degrees(np.arctan2(east, north)) / 22.5) % 16]
    return Shift(float(east), float(north), distance, wind, kind, misfit)


class _Border:
    """Borders that are known to be in place, as segments among which the nearest is found."""

    def __init__(self, reference: gpd.GeoDataFrame, crs: str) -> None:
        lines = shapely.get_parts(reference.geometry.to_crs(crs).boundary.to_numpy())
        parts = [np.stack([xy[:-1], xy[1:]], axis=1) for xy in map(shapely.get_coordinates, lines)]
        self.segments: Floats = np.concatenate(parts)
        self.tree = shapely.STRtree(shapely.linestrings(self.segments))

    def residuals(self, points: Floats) -> tuple[Floats, Floats]:
        """Return the vectors from points to the nearest place on the border, and the normals there."""
        start, end = self.segments[self.tree.nearest(shapely.points(points))].transpose(1, 0, 2)
        along = end - start
        length = np.maximum((along**2).sum(axis=1), 1e-9)
        fraction = np.clip(((points - start) * along).sum(axis=1) / length, 0, 1)
        normals = np.column_stack([-along[:, 1], along[:, 0]]) / np.sqrt(length)[:, None]
        return start + fraction[:, None] * along - points, normals

    def misfit(self, points: Floats) -> float:
        return float(np.median(np.hypot(*self.residuals(points)[0].T)))

    def settle(self, points: Floats, move: Floats) -> tuple[Floats, float]:
        """Move points onto the border, which tells only how far they are off across itself."""
        for _ in range(_ROUNDS):
            apart, normals = self.residuals(points + move)
            distance = np.hypot(*apart.T)
            # Borders that the reference lacks (or has elsewhere) must not pull.
            near = distance <= max(2.5 * float(np.median(distance)), 20.0)
            step, *_ = np.linalg.lstsq(normals[near], (apart * normals).sum(axis=1)[near], rcond=None)
            move = move + step
            if np.hypot(*step) < 0.5:
                break
        return move, self.misfit(points + move)
