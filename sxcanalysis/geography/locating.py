"""From waypoints and claims to geometries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import shapely

from sxcanalysis.core.errors import DataError
from sxcanalysis.geography.boundaries import load_boundaries
from sxcanalysis.geography.measures import plane
from sxcanalysis.reference.words import label, say, spoken

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from sxcanalysis.reference.circle import Circle

#: Precisions at which no more than a unit is known.
UNIT_LEVELS: tuple[Literal["county", "city"], ...] = ("county", "city")


def codes(cell: object) -> list[str]:
    """Split a cell of codes or source ids."""
    return [code for code in str(cell or "").split(";") if code]


def located(
    row: dict[Hashable, object], points: pd.DataFrame, circle: Circle | None = None
) -> BaseGeometry | None:
    """
    Build the geometry (WGS-84) of one project: a row of ``projects.csv``, and its rows of ``waypoints.csv`` in order.

    A project known to a county or a city only gets the outline of that unit of the circle (of a unit in several pieces the largest
    one), because a point in it would look like a site. None where nothing is known; a `DataError` where the points do not make the
    geometry that the row declares.
    """
    name, kind, precision = (str(row[k]) for k in ("project_id", "geometry_type", "precision"))
    if precision in UNIT_LEVELS:
        return _unit_outline(name, precision, codes(row["claimed_counties"]), circle)
    if kind == "none":
        return None
    if points.empty:
        raise DataError(say("error.waypoint_none", spoken(), project=name, kind=kind))
    places = points[["lon", "lat"]].to_numpy(dtype=float)
    if kind == "point":
        return shapely.MultiPoint(places) if len(places) > 1 else shapely.Point(places[0])
    if kind == "line":
        parts = [part[["lon", "lat"]].to_numpy(dtype=float) for _, part in points.groupby("part", sort=True)]
        if short := [str(at) for at, part in enumerate(parts, 1) if len(part) < 2]:
            raise DataError(say("error.waypoint_short", spoken(), project=name, parts=", ".join(short)))
        return shapely.MultiLineString(parts) if len(parts) > 1 else shapely.LineString(parts[0])
    raise DataError(say("error.geometry_type", spoken(), project=name, kind=kind, precision=precision))


def _unit_outline(name: str, level: str, claimed: list[str], circle: Circle | None) -> BaseGeometry:
    units = load_boundaries("county" if level == "county" else "city", circle=circle).set_index("adcode")
    if not claimed or any(code not in units.index for code in claimed):
        found = ";".join(claimed) or label("data.none", spoken())
        raise DataError(say("error.geometry_claimed", spoken(), project=name, level=level, found=found))
    pieces = [shapely.get_parts(units.geometry[code]) for code in claimed]
    return shapely.union_all([max(parts, key=shapely.area) for parts in pieces])


def enclosing_radius_m(geometry: BaseGeometry) -> float:
    """Radius (m) of the smallest circle round a geometry: how far off a guess inside it may be."""
    return float(shapely.minimum_bounding_radius(plane(geometry)))
