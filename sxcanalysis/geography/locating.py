"""From waypoints and claims to geometries, and from geometries to the counties that count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import shapely
from shapely.geometry import LineString, MultiLineString, MultiPoint, Point

from sxcanalysis.core.errors import DataError
from sxcanalysis.geography.boundaries import load_boundaries, touched_units
from sxcanalysis.geography.measures import plane

if TYPE_CHECKING:
    from collections.abc import Hashable

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from sxcanalysis.reference.circle import Circle

_LEAST_POINTS = 2  # of a line
UNIT_LEVELS = {"county": "county", "city": "city"}


def codes(cell: object) -> list[str]:
    """Split a cell of codes or source ids."""
    return [code for code in str(cell or "").split(";") if code]


def located(
    row: dict[Hashable, object], points: pd.DataFrame, circle: Circle | None = None
) -> BaseGeometry | None:
    """
    Build the geometry of one project.

    Parameters
    ----------
    row
        A row of ``projects.csv``.
    points
        Its rows of ``waypoints.csv``, in order.
    circle
        Whose units outlines are taken from; that of the latest edition if None.

    Returns
    -------
    geometry
        WGS-84. A project known to a county or a city only gets the outline of that unit (of a unit in several pieces the
        largest one), because a point in it would look like a site. None where nothing is known.

    Raises
    ------
    DataError
        If the points do not make the geometry that the row declares.
    """
    name, kind, precision = (str(row[k]) for k in ("project_id", "geometry_type", "precision"))
    if precision in UNIT_LEVELS:
        return _unit_outline(name, precision, codes(row["claimed_counties"]), circle)
    if kind == "none":
        return None
    if points.empty:
        msg = f"projects/waypoints.csv: project {name} is a {kind} but has no waypoint. Add its points, or set precision none."
        raise DataError(msg)
    parts = [
        list(zip(part["lon"], part["lat"], strict=True)) for _, part in points.groupby("part", sort=True)
    ]
    if kind == "point":
        places = [Point(xy) for part in parts for xy in part]
        return places[0] if len(places) == 1 else MultiPoint(places)
    if kind == "line":
        if short := [str(at) for at, part in enumerate(parts, 1) if len(part) < _LEAST_POINTS]:
            msg = f"projects/waypoints.csv: project {name}, part {', '.join(short)}: a line needs two points or more."
            raise DataError(msg)
        lines = [LineString(part) for part in parts]
        return lines[0] if len(lines) == 1 else MultiLineString(lines)
    msg = f"projects/projects.csv: project {name}: geometry type {kind!r} with precision {precision!r} cannot be built."
    raise DataError(msg)


def _unit_outline(name: str, precision: str, claimed: list[str], circle: Circle | None) -> BaseGeometry:
    units = load_boundaries("county" if precision == "county" else "city", circle=circle).set_index("adcode")
    if not claimed or any(code not in units.index for code in claimed):
        msg = (
            f"projects/projects.csv: project {name} has precision {precision}, so claimed_counties must name that "
            f"{precision}; found {';'.join(claimed) or 'nothing'}."
        )
        raise DataError(msg)
    return shapely.union_all([_largest(units.geometry[code]) for code in claimed])


def _largest(geometry: BaseGeometry) -> BaseGeometry:
    return max(shapely.get_parts(geometry), key=lambda part: float(part.area))


def enclosing_radius_m(geometry: BaseGeometry) -> float:
    """Radius (m) of the smallest circle round a geometry: how far off a guess inside it may be."""
    return float(shapely.minimum_bounding_radius(plane(geometry)))


def weighed_counties(
    geometry: BaseGeometry,
    *,
    precision: str,
    uncertainty_m: float,
    claimed: list[str],
    counties: gpd.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """
    Hold the counties that a drawn geometry touches against those that public sources name.

    Parameters
    ----------
    geometry
        WGS-84.
    precision
        Its precision class.
    uncertainty_m
        Its own uncertainty: what differs by no more is no contradiction.
    claimed
        Codes that sources name.
    counties
        ``load_boundaries("county")`` if it is at hand.

    Returns
    -------
    weighed
        One row a county that is touched, claimed, or within the uncertainty: ``adcode``, ``length_km`` and ``share`` of the drawn geometry in it,
        ``distance_m`` (0 where touched), ``depth_m`` (how far the drawing reaches beyond the claimed counties there),
        ``evidence`` and ``counted``:

        - ``both``: named by a source and touched by the drawing; counted.
        - ``source``: named by a source, and the drawing passes within its own uncertainty; counted.
        - ``drawing``: no source names it, but the drawing reaches into it farther than its uncertainty explains; counted.
        - ``grazed``: no source names it, and the uncertainty explains the touch; not counted.
        - ``near``: no source names it and the drawing does not touch it, but it lies within the uncertainty; not counted.
        - ``contradiction``: named by a source, but farther away than the uncertainty allows; not counted.

        Where sources name no county, each touched county is ``drawing``.
    """
    frame = load_boundaries("county") if counties is None else counties
    if precision in UNIT_LEVELS:
        rows = touched_units(geometry, units=frame)
        # An outline shares its border with its neighbours: what counts is the unit itself.
        rows = rows[rows["share"] > 1e-6]
        keep = "both" if precision == "county" else "possible"
        return rows.assign(depth_m=0.0, evidence=keep, counted=precision == "county")
    near = touched_units(geometry, tolerance_m=max(uncertainty_m, 1.0), units=frame)
    rows = near
    lost = [code for code in claimed if code not in set(rows["adcode"])]
    far = frame[frame["adcode"].isin(lost)]
    if not far.empty:
        apart = shapely.distance(plane(far.geometry.to_numpy(), geometry), plane(geometry))
        columns = ["adcode", "name", "name_en", "city_adcode"]
        gone = far[columns].assign(length_km=0.0, area_km2=0.0, share=0.0, distance_m=apart)
        rows = pd.concat([rows, gone], ignore_index=True)
    named = frame[frame["adcode"].isin(claimed)]
    rows = rows.assign(depth_m=_depths(geometry, rows, frame, named))
    evidence = [
        _evidence(code in claimed, distance, depth, uncertainty_m, bool(claimed))
        for code, distance, depth in zip(rows["adcode"], rows["distance_m"], rows["depth_m"], strict=True)
    ]
    rows["evidence"] = evidence
    rows["counted"] = rows["evidence"].isin(("both", "source", "drawing"))
    return rows.reset_index(drop=True)


def _depths(
    geometry: BaseGeometry, rows: pd.DataFrame, frame: gpd.GeoDataFrame, named: gpd.GeoDataFrame
) -> list[float]:
    """Measure how far from the claimed counties the drawing gets inside each other county."""
    if named.empty:
        return [0.0] * len(rows)
    drawn = plane(geometry)
    shapes = dict(zip(frame["adcode"], plane(frame.geometry.to_numpy(), geometry), strict=True))
    safe = shapely.union_all([shapes[code] for code in named["adcode"]])
    depths = []
    for code, distance in zip(rows["adcode"], rows["distance_m"], strict=True):
        inside = drawn.intersection(shapes[code]) if distance == 0 else None
        if inside is None or inside.is_empty or code in set(named["adcode"]):
            depths.append(0.0)
        else:
            # Points along the drawing every 100 m find the farthest place well enough for uncertainties of 250 m and more.
            corners = shapely.get_coordinates(shapely.segmentize(inside, 100.0))
            depths.append(float(shapely.distance(shapely.points(corners), safe).max()))
    return depths


def _evidence(
    claimed: bool,  # noqa: FBT001
    distance: float,
    depth: float,
    uncertainty: float,
    any_claim: bool,  # noqa: FBT001
) -> str:
    if claimed:
        if distance == 0:
            return "both"
        return "source" if distance <= uncertainty else "contradiction"
    if distance > 0:
        return "near"
    return "drawing" if depth > uncertainty or not any_claim else "grazed"
