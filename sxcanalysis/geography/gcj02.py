"""The shifts that Chinese map services apply to coordinates: GCJ-02, and BD-09 on top of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

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
