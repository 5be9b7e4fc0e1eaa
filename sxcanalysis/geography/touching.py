"""What the drawn projects touch, held against sources, assignments and published lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from sxcanalysis.geography.boundaries import load_boundaries
from sxcanalysis.geography.boundaries import touched_units as units_touched
from sxcanalysis.geography.locating import codes, weighed_counties
from sxcanalysis.tables.loading import load_assignments

if TYPE_CHECKING:
    import geopandas as gpd


def touched_units(
    projects: gpd.GeoDataFrame,
    level: Literal["county", "city"] = "county",
    *,
    counties: gpd.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """
    List the units that each project touches, with its length and share in each.

    Parameters
    ----------
    projects
        From `load_projects`.
    level
        ``county`` or ``city``.
    counties
        ``load_boundaries("county")`` of their circle, if it is not that of the latest edition.

    Returns
    -------
    touched
        One row a project and unit: ``project_id task_id adcode name name_en city_adcode length_km share distance_m evidence
        counted``. Lengths are geodesic; ``share`` is of the whole drawn geometry, so that shares add up to less than 1 where
        a line leaves the five cities. ``evidence`` compares the drawing with what sources name: ``both``, ``source``,
        ``drawing`` (these are counted), ``grazed`` (the drawing's uncertainty explains the touch), ``near`` (not
        touched, but within the uncertainty), ``contradiction``, ``possible`` (somewhere in the city). At the level of cities the best evidence of their counties holds.
        Projects without a place have no row.
    """
    frame = load_boundaries("county") if counties is None else counties
    tables = [
        weighed_counties(
            geometry,
            precision=precision,
            uncertainty_m=uncertainty,
            claimed=codes(claimed),
            counties=frame,
        ).assign(project_id=project, task_id=task)
        for project, task, geometry, precision, uncertainty, claimed in zip(
            projects["project_id"],
            projects["task_id"],
            projects.geometry,
            projects["precision"],
            projects["uncertainty_m"],
            projects["claimed_counties"],
            strict=True,
        )
        if geometry is not None
    ]
    columns = [
        "project_id", "task_id", "adcode", "name", "name_en", "city_adcode", "length_km", "share", "distance_m",
        "evidence", "counted",
    ]  # fmt: skip
    table = pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
    return table if level == "county" else _by_city(table, projects)


def _by_city(table: pd.DataFrame, projects: gpd.GeoDataFrame) -> pd.DataFrame:
    cities = load_boundaries("city").set_index("adcode")
    order = {name: at for at, name in enumerate(_EVIDENCE)}
    rows = []
    for (project, city), part in table.groupby(["project_id", "city_adcode"], sort=False):
        best = min(part["evidence"], key=order.__getitem__)
        row = projects.loc[projects["project_id"] == project].iloc[0]
        inside = units_touched(row.geometry, "city")
        own = inside[inside["adcode"] == city]
        sizes = own.iloc[0] if len(own) else {"length_km": 0.0, "share": 0.0}
        known = row["precision"] == "city"
        rows.append({
            "project_id": project,
            "task_id": row["task_id"],
            "adcode": city,
            "name": cities.loc[city, "name"],
            "name_en": cities.loc[city, "name_en"],
            "city_adcode": city,
            "length_km": float(sizes["length_km"]),
            "share": float(sizes["share"]),
            "distance_m": float(part["distance_m"].min()),
            "evidence": "both" if known else best,
            "counted": bool(part["counted"].any()) or known,
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(table.columns))


_EVIDENCE = ("both", "source", "drawing", "possible", "grazed", "near", "contradiction")


def assigned_vs_touched(projects: gpd.GeoDataFrame, assignments: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Compare the cities that a task is assigned to with the cities that its projects lie in.

    The attribution covers the whole task: that a city is assigned and not touched is no error of the list.

    Parameters
    ----------
    projects
        From `load_projects`.
    assignments
        From `load_assignments`; loaded for the projects' edition if None.

    Returns
    -------
    table
        One row a project and each of the five cities: ``project_id task_id adcode city city_en assigned others_implied
        touched evidence length_km share relation``. ``relation`` is ``both``, ``assigned_only``, ``touched_only``,
        ``neither``, or ``unknown`` for a project without a place. ``others_implied``: the task names its cities with 等, so
        that a city that is not named may be meant.
    """
    if assignments is None:
        editions = {task.split("-")[0] for task in projects["task_id"]}
        assignments = pd.concat([load_assignments(edition) for edition in sorted(editions)])
    acting = assignments[assignments["role"] == "implementing"]
    named = set(zip(acting["task_id"], acting["body"], strict=True))
    vague = set(acting.loc[acting["others_implied"], "task_id"])
    found = touched_units(projects, "city").set_index(["project_id", "adcode"])
    cities = load_boundaries("city")
    rows = []
    for project, task, geometry in zip(
        projects["project_id"], projects["task_id"], projects.geometry, strict=True
    ):
        for code, city, city_en in zip(cities["adcode"], cities["name"], cities["name_en"], strict=True):
            hit = found.loc[(project, code)] if (project, code) in found.index else None
            assigned = (task, city) in named
            touched = hit is not None and bool(hit["counted"])
            rows.append({
                "project_id": project,
                "task_id": task,
                "adcode": code,
                "city": city,
                "city_en": city_en,
                "assigned": assigned,
                "others_implied": task in vague,
                "touched": touched,
                "evidence": "" if hit is None else hit["evidence"],
                "length_km": 0.0 if hit is None else hit["length_km"],
                "share": 0.0 if hit is None else hit["share"],
                "relation": _relation(assigned, touched, geometry is not None),
            })  # fmt: skip
    return pd.DataFrame(rows)


def _relation(assigned: bool, touched: bool, placed: bool) -> str:  # noqa: FBT001
    if not placed:
        return "unknown"
    if assigned:
        return "both" if touched else "assigned_only"
    return "touched_only" if touched else "neither"


def check_projects(projects: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Hold each geometry against the counties that sources claim for it, and each line against its published length.

    Parameters
    ----------
    projects
        From `load_projects`.

    Returns
    -------
    checks
        One row a project: ``project_id name precision uncertainty_m``; ``missing`` (claimed counties farther away than the
        uncertainty: must be empty), ``beyond`` (counties that only the drawing touches, farther in than the uncertainty),
        ``grazed`` (touched, explained by the uncertainty); ``length_km_published length_km_drawn difference_km
        difference_percent length_scope``.
    """
    weighed = touched_units(projects)
    columns = [
        "project_id", "name", "precision", "uncertainty_m", "length_km_published", "length_km_drawn", "length_scope",
    ]  # fmt: skip
    checks = pd.DataFrame(projects[columns])
    for column, evidence in (
        ("missing", "contradiction"), ("beyond", "drawing"), ("grazed", "grazed"),
    ):  # fmt: skip
        told = weighed[weighed["evidence"] == evidence].groupby("project_id")["adcode"]
        found = {project: ";".join(part) for project, part in told}
        checks[column] = [found.get(project, "") for project in checks["project_id"]]
    gap = checks["length_km_drawn"] - checks["length_km_published"]
    checks["difference_km"] = gap.round(2)
    checks["difference_percent"] = (100 * gap / checks["length_km_published"]).round(1)
    order = [
        "project_id", "name", "precision", "uncertainty_m", "missing", "beyond", "grazed", "length_km_published",
        "length_km_drawn", "difference_km", "difference_percent", "length_scope",
    ]  # fmt: skip
    return checks[order]
