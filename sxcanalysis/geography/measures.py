"""Geodesic areas and lengths of geometries in longitude and latitude, and the plane in which distances are measured."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import shapely
from pyproj import Geod, Transformer
from shapely.geometry.polygon import orient

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_GEOD = Geod(ellps="WGS84")
_Shapes = TypeVar("_Shapes")


def metric_crs(lon: float) -> str:
    """Return the CGCS2000 3-degree Gauss-Krüger zone of a longitude in China, for distances in metres: ``EPSG:4549`` at 120° E."""
    return f"EPSG:{4509 + min(max(round(lon / 3), 25), 45)}"


def plane(shapes: _Shapes, beside: object = None) -> _Shapes:
    """Project a geometry, or an array of them, from WGS-84 to metres, in the zone that it (or ``beside``) lies in."""
    west, _, east, _ = shapely.total_bounds(shapes if beside is None else beside)
    to = _to_metres(metric_crs((west + east) / 2))
    moved: _Shapes = shapely.transform(shapes, lambda xy: np.column_stack(to.transform(xy[:, 0], xy[:, 1])))
    return moved


@lru_cache(maxsize=8)
def _to_metres(crs: str) -> Transformer:
    return Transformer.from_crs(4326, crs, always_xy=True)


def area_km2(geometry: BaseGeometry) -> float:
    """Return the geodesic area (km², WGS-84 ellipsoid) of the polygons of a geometry in longitude, latitude."""
    # The geodesic area is signed by the direction of a ring: holes must run the other way.
    polygons = [part for part in _parts(geometry) if part.geom_type == "Polygon"]
    return sum(float(_GEOD.geometry_area_perimeter(orient(part))[0]) for part in polygons) / 1e6


def length_km(geometry: BaseGeometry) -> float:
    """Return the geodesic length (km, WGS-84 ellipsoid) of the lines of a geometry in longitude, latitude."""
    return (
        sum(float(_GEOD.geometry_length(part)) for part in _parts(geometry) if "Line" in part.geom_type)
        / 1000
    )


def _parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    return list(shapely.get_parts(shapely.get_parts(geometry)))
