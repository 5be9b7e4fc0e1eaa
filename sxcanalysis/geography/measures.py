"""Geodesic areas and lengths of geometries in longitude and latitude."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely
from pyproj import Geod
from shapely.geometry.polygon import orient

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_GEOD = Geod(ellps="WGS84")


def area_km2(geometry: BaseGeometry) -> float:
    """Return the geodesic area (km², WGS-84 ellipsoid) of a geometry in longitude, latitude."""
    polygons = shapely.get_parts(of_dimension(geometry, 2))
    # The geodesic area is signed by the direction of a ring: holes must run the other way.
    return sum(float(_GEOD.geometry_area_perimeter(orient(part))[0]) for part in polygons) / 1e6


def length_km(geometry: BaseGeometry) -> float:
    """Return the geodesic length (km, WGS-84 ellipsoid) of a geometry in longitude, latitude."""
    return 0.0 if geometry.is_empty else float(_GEOD.geometry_length(geometry)) / 1000


def of_dimension(geometry: BaseGeometry, dimension: int) -> BaseGeometry:
    """Keep the lines (1) or the polygons (2) of what may be a collection."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == dimension])
