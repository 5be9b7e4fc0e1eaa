"""Which units a geometry touches, and which of them count: the drawing held against what sources name, and against its own uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import shapely

from sxcanalysis.core.errors import DataError
from sxcanalysis.geography.boundaries import load_boundaries
from sxcanalysis.geography.locating import UNIT_LEVELS, codes
from sxcanalysis.geography.measures import area_km2, length_km, plane
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

_UNIT = ["adcode", "name", "name_en", "city_adcode"]


def touched_units(
    geometry: BaseGeometry,
    level: Literal["city", "county", "neighbour"] = "county",
    *,
    tolerance_m: float = 0.0,
    units: gpd.GeoDataFrame | None = None,
    metric: Any = None,  # noqa: ANN401  # an array of geometries
) -> pd.DataFrame:
    """
    List the units that a geometry touches (WGS-84: point, line, area or a collection of them), with its length or area in each.

    Units no farther away than ``tolerance_m`` are listed too, with share 0; give the geometry's own uncertainty to learn which units it
    might touch. ``units`` replaces the shipped ones; ``metric`` are their outlines by `plane`, where they are at hand. Returns `adcode`,
    `name`, `name_en`, `city_adcode`, `length_km`, `area_km2`, `share` (of the geometry's area if it has one, else of its length, else of
    its points), `distance_m` (0 where touched), largest share first. Shares add up to less than 1 where the geometry leaves these units,
    and to more where it runs along a border that two of them share. An empty geometry touches nothing; one in another CRS is a `DataError`.
    """
    columns = [*_UNIT, "length_km", "area_km2", "share", "distance_m"]
    if geometry.is_empty:
        return pd.DataFrame(columns=columns)
    west, south, east, north = geometry.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise DataError(say("error.not_degrees", spoken(), west=west, south=south, east=east, north=north))
    frame = load_boundaries(level) if units is None else units
    shapes = frame.geometry.to_numpy()
    shapely.prepare(shapes)
    distances = np.where(shapely.intersects(shapes, geometry), 0.0, np.inf)
    if tolerance_m > 0:
        metric = plane(shapes) if metric is None else metric
        distances = np.where(distances > 0, shapely.distance(metric, plane(geometry, shapes)), distances)
    chosen = distances <= tolerance_m
    inside = shapely.intersection(shapes[chosen], geometry)
    lengths, areas = [length_km(part) for part in inside], [area_km2(part) for part in inside]
    size, parts = next(
        (whole, sizes)
        for whole, sizes in (
            (area_km2(geometry), areas),
            (length_km(geometry), lengths),
            (
                len(shapely.get_parts(geometry)),
                shapely.get_num_geometries(inside) * ~shapely.is_empty(inside),
            ),
        )
        if whole
    )
    touched = pd.DataFrame(frame.loc[chosen, _UNIT]).assign(
        length_km=lengths, area_km2=areas, share=np.array(parts) / size, distance_m=distances[chosen]
    )
    ordered: pd.DataFrame = touched.sort_values(
        ["share", "distance_m", "adcode"], ascending=[False, True, True], ignore_index=True
    )
    return ordered


def weighed_counties(
    geometry: BaseGeometry,
    *,
    precision: str,
    uncertainty_m: float,
    claimed: list[str],
    counties: gpd.GeoDataFrame | None = None,
    metric: Any = None,  # noqa: ANN401  # an array of geometries
) -> pd.DataFrame:
    """
    Hold the counties that a drawn geometry touches against those that public sources name (``claimed``, codes).

    What differs by no more than ``uncertainty_m`` is no contradiction. ``counties`` and ``metric`` are as for `touched_units`. One row a
    county that is touched, claimed, or within the uncertainty: the columns of `touched_units`, ``depth_m`` (how far the drawing reaches
    beyond the claimed counties there), ``evidence`` and ``counted``:

    - ``both``: named by a source and touched by the drawing; counted.
    - ``source``: named by a source, and the drawing passes within its own uncertainty; counted.
    - ``drawing``: no source names it, but the drawing reaches into it farther than its uncertainty explains; counted.
    - ``grazed``: no source names it, and the uncertainty explains the touch; not counted.
    - ``near``: no source names it and the drawing does not touch it, but it lies within the uncertainty; not counted.
    - ``contradiction``: named by a source, but farther away than the uncertainty allows; not counted.
    - ``possible``: somewhere in the city that is all that is known; not counted.

    Where sources name no county, each touched county is ``drawing``.
    """
    frame = load_boundaries("county") if counties is None else counties
    if precision in UNIT_LEVELS:
        rows = touched_units(geometry, units=frame)
        # An outline shares its border with its neighbours: what counts is the unit itself.
        rows = rows[rows["share"] > 1e-6]
        keep = "both" if precision == "county" else "possible"
        return rows.assign(depth_m=0.0, evidence=keep, counted=precision == "county")
    shapes = plane(frame.geometry.to_numpy()) if metric is None else metric
    drawn = plane(geometry, frame.geometry.to_numpy())
    rows = touched_units(geometry, tolerance_m=max(uncertainty_m, 1.0), units=frame, metric=shapes)
    far = (frame["adcode"].isin(claimed) & ~frame["adcode"].isin(rows["adcode"])).to_numpy()
    if far.any():
        apart = shapely.distance(shapes[far], drawn)
        gone = frame.loc[far, _UNIT].assign(length_km=0.0, area_km2=0.0, share=0.0, distance_m=apart)
        rows = pd.concat([rows, pd.DataFrame(gone)], ignore_index=True)
    named, there = rows["adcode"].isin(claimed), rows["distance_m"] == 0
    close = rows["distance_m"] <= uncertainty_m
    depths = np.zeros(len(rows))
    if (safe := shapes[frame["adcode"].isin(claimed).to_numpy()]).size:
        safe_area, places = shapely.union_all(safe), frame["adcode"].to_list()
        for at in np.flatnonzero(there & ~named):
            inside = shapely.intersection(drawn, shapes[places.index(rows["adcode"].iloc[at])])
            # Points along the drawing every 100 m find the farthest place well enough for uncertainties of 250 m and more.
            corners = shapely.get_coordinates(shapely.segmentize(inside, 100.0))
            depths[at] = shapely.distance(shapely.points(corners), safe_area).max(initial=0.0)
    deep = (depths > uncertainty_m) | (not claimed)
    evidence = np.select(
        [named & there, named & close, named, ~there, deep],
        ["both", "source", "contradiction", "near", "drawing"],
        "grazed",
    )
    counted = np.isin(evidence, ("both", "source", "drawing"))
    return rows.assign(depth_m=depths, evidence=evidence, counted=counted)


def touched_counties(projects: gpd.GeoDataFrame, *, counties: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """
    List the counties that each project (of `load_projects`) touches or that sources name for it.

    ``counties`` are those of their circle, if it is not that of the latest edition. One row a project and county: ``project_id
    task_id`` and the columns of `weighed_counties`; lengths are geodesic, and shares of the whole drawn geometry, so that they add up to
    less than 1 where a line leaves the circle. Projects without a place have no row.
    """
    frame = load_boundaries("county") if counties is None else counties
    metric = plane(frame.geometry.to_numpy())
    tables = [
        weighed_counties(
            row["geometry"], precision=row["precision"], uncertainty_m=row["uncertainty_m"],
            claimed=codes(row["claimed_counties"]), counties=frame, metric=metric,
        ).assign(project_id=row["project_id"], task_id=row["task_id"])
        for row in projects[projects.geometry.notna()].to_dict("records")
    ]  # fmt: skip
    columns = ["project_id", "task_id", *_UNIT, "length_km", "share", "distance_m", "evidence", "counted"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def check_projects(projects: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Hold each geometry of `load_projects` against the counties that sources claim for it, and each line against its published length.

    One row a project: ``project_id name precision uncertainty_m``; ``missing`` (claimed counties farther away than the uncertainty: must
    be empty), ``beyond`` (counties that only the drawing touches, farther in than the uncertainty), ``grazed`` (touched, explained by the
    uncertainty); ``length_km_published length_km_drawn difference_km difference_percent length_scope``.
    """
    weighed = touched_counties(projects)
    checks = pd.DataFrame(projects[["project_id", "name", "precision", "uncertainty_m"]])
    for column, evidence in (("missing", "contradiction"), ("beyond", "drawing"), ("grazed", "grazed")):
        told = weighed[weighed["evidence"] == evidence].groupby("project_id")["adcode"]
        joined = {project: ";".join(part) for project, part in told}
        checks[column] = [joined.get(project, "") for project in checks["project_id"]]
    lengths = projects[["length_km_published", "length_km_drawn"]]
    gap = lengths["length_km_drawn"] - lengths["length_km_published"]
    return checks.assign(
        length_km_published=lengths["length_km_published"],
        length_km_drawn=lengths["length_km_drawn"],
        difference_km=gap.round(2),
        difference_percent=(100 * gap / lengths["length_km_published"]).round(1),
        length_scope=projects["length_scope"],
    )
