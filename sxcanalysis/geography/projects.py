"""The projects that a list names: where they lie, how sure that is, and which units each touches.

What an edition says of them stands in its own table of projects; what holds whatever the edition, in ``data/projects``: the
register (``projects.csv``), the points that geometries are built of (``waypoints.csv``), published lines (``alignments``), what
became of each (``status.csv``) and the sources.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import data_file, data_files, edition_folder
from sxcanalysis.geography.boundaries import circle_for, load_boundaries
from sxcanalysis.geography.locating import UNIT_LEVELS, codes, enclosing_radius_m, located
from sxcanalysis.geography.measures import length_km
from sxcanalysis.geography.touching import touched_counties
from sxcanalysis.reference.words import label, say, spoken
from sxcanalysis.tables.loading import chosen_edition, load_mentions, load_named_projects
from sxcanalysis.tables.schema import TABLES, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from sxcanalysis.reference.circle import Circle

PROJECT_COLUMNS = (
    "project_id", "task_id", "name", "name_en", "kind", "stage", "stage_verb", "start", "end", "counties", "precision",
    "uncertainty_m", "geometry_source", "geometry", "geometry_type", "touched", "touched_doubtful", "claimed_counties",
    "neighbours", "length_km_published", "length_scope", "length_source", "length_km_drawn", "investment", "investment_scope",
    "investment_year", "investment_source", "investment_covers", "later_status", "later_status_date", "later_status_source",
    "section", "generic", "part_of", "registered", "reason_none", "reason_none_zh", "note", "note_zh",
)  # fmt: skip


def load_projects(edition: str | int | None = None) -> gpd.GeoDataFrame:
    """
    Load the projects that an edition names, located as well as public sources allow.

    Parameters
    ----------
    edition
        For example 2024; the latest if None.

    Returns
    -------
    projects
        One row a project, EPSG:4326, in the order of the list. ``name``, ``stage``, ``stage_verb``, ``start``, ``end``,
        ``section`` and ``generic`` are the edition's; the rest is the register's, found by the project's names.

        ``precision`` and ``uncertainty_m`` (the radius that holds the true site, or place on the line, in nine cases of ten).
        Where only the county or city is known, the geometry is the outline of that unit and ``uncertainty_m`` the radius
        of the smallest circle round it: never a point, which would look like a site. Where nothing is known, the geometry
        is null, and ``reason_none`` says why. A project that the register does not have (``registered`` is false) lies
        where the counties or cities in its words do; its ``project_id`` is provisional.

        ``counties``: codes that count as touched, separated by semicolons: those that sources name and the drawing
        confirms within its uncertainty, and those that the drawing reaches farther than its uncertainty explains. For
        precision ``city`` it is the code of the city. ``touched``: what the drawing alone touches; ``touched_doubtful``:
        what may be touched besides ``counties``, because it lies within the uncertainty; ``claimed_counties``: what
        sources name; ``neighbours``: cities around the circle that the drawing touches. ``length_km_drawn`` is geodesic.
        ``investment`` is in yuan; where several projects share one amount, ``investment_covers`` names them.
        ``later_status`` is the last of ``status.csv`` since the edition's year, ``unknown`` if there is none.

    Raises
    ------
    MissingDataError
        If the edition has no tables, or names no project.
    DataError
        If a data file breaks its schema, or cites a source that is not listed.

    Examples
    --------
    >>> projects = load_projects(2024)
    >>> int((projects["kind"] == "river_crossing").sum())
    5
    """
    name = chosen_edition(edition)
    rows = load_named_projects(name)
    if rows.empty:
        raise MissingDataError(say("error.edition_no_project", spoken(), edition=name))
    return _built(name, _stamps(name)).copy()


def load_register() -> pd.DataFrame:
    """Load the register (see ``data/datapackage.json``): every project that some list names, whatever the edition."""
    return _rows("projects")


def load_status() -> pd.DataFrame:
    """
    Load what was true of the projects, and when.

    Returns
    -------
    status
        ``project_id date status source_id note``, a row a date, oldest first. ``status`` is ``opened``, ``part_opened``,
        ``under_construction``, ``started``, ``approved``, ``planned``, ``in_preparation``, ``cancelled`` or ``unknown``.

    Examples
    --------
    >>> load_status().query("project_id == '2024-22-1'")["status"].iloc[-1]
    'opened'
    """
    return _rows("status").sort_values(["project_id", "date"], kind="stable", ignore_index=True)


def load_waypoints() -> pd.DataFrame:
    """Load the points (WGS-84) that geometries are built of, with their uncertainty, class and source."""
    return _rows("waypoints")


def load_project_sources() -> pd.DataFrame:
    """
    Load the sources of locations, lengths, amounts and statuses.

    What is cited is publisher, title and date; ``read_in`` is where it was read. What rests on nobody's page has the kind ``from memory``.
    """
    return _rows("sources")


def projects_geojson(projects: gpd.GeoDataFrame | None = None) -> str:
    """
    Write projects (those of the latest edition if None) as GeoJSON (RFC 7946), a feature a line, the same text for the same data.

    Coordinates have five decimals (about 1 m); a project without a place is a feature with null geometry.
    """
    frame = load_projects() if projects is None else projects
    features = []
    for row in frame.to_dict("records"):
        geometry = row.pop("geometry")
        shape = None
        if geometry is not None and not geometry.is_empty:
            shape = json.loads(shapely.to_geojson(shapely.transform(geometry, lambda xy: np.round(xy, 5))))
        values = {key: _plain(value) for key, value in row.items()}
        feature = {"type": "Feature", "id": row["project_id"], "properties": values, "geometry": shape}
        features.append(json.dumps(feature, ensure_ascii=False))
    return '{"type": "FeatureCollection", "features": [\n' + ",\n".join(features) + "\n]}\n"


def _plain(value: Any) -> object:  # noqa: ANN401  # any cell
    """Turn a cell into what JSON knows: an empty text or a missing number is null."""
    if value == "" or pd.isna(value):
        return None
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 3)
    return value


def _rows(name: str) -> pd.DataFrame:
    table = TABLES[name]
    return read_table(data_file(table.file()), table)


def _alignments() -> dict[str, Path]:
    """Name the files of published lines by project."""
    return {
        name.removesuffix(".geojson"): path
        for name, path in data_files("projects/alignments", "*.geojson").items()
    }


def _stamps(edition: str) -> tuple[tuple[str, int], ...]:
    """Name every file that projects are computed from with its time of change, so that an edited file is read anew."""
    files = [data_file(TABLES[name].file()) for name in ("projects", "waypoints", "sources", "status")]
    files += [
        edition_folder("tables", edition) / f"{TABLES[name].frame}.csv"
        for name in ("named_projects", "mentions")
    ]
    files += [*_alignments().values(), *data_files(circle_for(edition).boundaries, "*.geojson").values()]
    return tuple((str(file), file.stat().st_mtime_ns if file.is_file() else 0) for file in files)


@lru_cache(maxsize=8)
def _built(edition: str, stamps: tuple[tuple[str, int], ...]) -> gpd.GeoDataFrame:  # noqa: ARG001
    circle = circle_for(edition)
    points = load_waypoints().sort_values(["project_id", "part", "seq"], kind="stable")
    rows = _joined_rows(edition, circle)
    _check_sources(rows, points)
    of_project = dict(list(points.groupby("project_id")))
    published = _alignments()
    shapes: list[BaseGeometry | None] = []
    for at, row in enumerate(rows.to_dict("records")):
        project = row["project_id"]
        if project in published:
            line = gpd.read_file(published[project]).to_crs(4326).iloc[0]
            shapes.append(line.geometry)
            drawn = {
                "precision": "alignment", "geometry_type": "line", "uncertainty_m": float(line["uncertainty_m"]),
                "geometry_source": line["source_id"], "reason_none": "", "reason_none_zh": "",
            }  # fmt: skip
            rows.loc[at, list(drawn)] = list(drawn.values())
            continue
        shapes.append(located(row, of_project.get(project, points.iloc[:0]), circle))
        if row["precision"] in UNIT_LEVELS and shapes[-1] is not None:
            rows.loc[at, "uncertainty_m"] = float(round(enclosing_radius_m(shapes[-1]), -2))
    frame = gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries(shapes, crs=4326))
    units = touched_counties(frame, counties=load_boundaries("county", circle=circle))
    around = load_boundaries("neighbour", circle=circle)
    for column, chosen in (
        ("counties", units["counted"]),
        ("touched", units["distance_m"] == 0),
        ("touched_doubtful", units["evidence"].isin(("grazed", "near"))),
    ):
        told = {project: _listed(part) for project, part in units[chosen].groupby("project_id")["adcode"]}
        frame[column] = [told.get(project, "") for project in frame["project_id"]]
    wide = frame["precision"].isin(("city", "none"))
    frame.loc[wide, "counties"] = frame.loc[wide, "claimed_counties"]
    kinds = list(zip(shapes, frame["geometry_type"], strict=True))
    outlines = around.geometry.to_numpy()
    # An outline touches its neighbours, which says nothing of the project.
    frame["neighbours"] = [
        _listed(around["adcode"][shapely.intersects(outlines, shape)])
        if shape is not None and kind != "area"
        else ""
        for shape, kind in kinds
    ]
    frame["length_km_drawn"] = [
        round(length_km(shape), 2) if shape is not None and kind == "line" else float("nan")
        for shape, kind in kinds
    ]
    return frame[list(PROJECT_COLUMNS)]


def _joined_rows(edition: str, circle: Circle) -> pd.DataFrame:
    """Join what the edition says to the register, and place what the register does not have by the names in its words."""
    said = load_named_projects(edition)
    said = said[(said["project_id"] == "") | ~said["project_id"].duplicated()]
    register = load_register().drop(columns=["name", "aliases"])
    rows = said.merge(register, on="project_id", how="left", suffixes=("", "_register"))
    rows["registered"] = rows["precision"].notna()
    for column in ("name_en", "kind"):
        rows[column] = rows[f"{column}_register"].fillna(rows[column])
    mentions = load_mentions(edition)
    there = {level: set(load_boundaries(level, circle=circle)["adcode"]) for level in UNIT_LEVELS}
    for at, row in enumerate(rows.to_dict("records")):
        if row["registered"]:
            continue
        inside = mentions[(mentions["start"] >= row["start"]) & (mentions["end"] <= row["end"])]
        found = {
            level: set(inside.loc[inside["kind"] == level, "adcode"]) & codes
            for level, codes in there.items()
        }
        level, named = next(((level, found[level]) for level in UNIT_LEVELS if found[level]), ("none", set()))
        values: dict[str, Any] = {
            "project_id": f"{row['task_id']}-new{at + 1}",
            "precision": level,
            "geometry_type": "none" if level == "none" else "area",
            "claimed_counties": _listed(named),
            "geometry_source": "",
            "reason_none": label("project.unregistered", "en"),
            "reason_none_zh": label("project.unregistered", "zh"),
        }
        rows.loc[at, list(values)] = list(values.values())
    texts = rows.select_dtypes(include=["object", "string"]).columns
    rows[texts] = rows[texts].fillna("")
    status = load_status()
    last = (
        status[status["date"] >= edition[:4]]
        .drop_duplicates("project_id", keep="last")
        .set_index("project_id")
    )
    for column, told, none in (
        ("status", "later_status", "unknown"),
        ("date", "later_status_date", ""),
        ("source_id", "later_status_source", ""),
    ):
        rows[told] = rows["project_id"].map(last[column]).fillna(none).astype("str")
    return rows


def _listed(adcodes: Iterable[str]) -> str:
    return ";".join(sorted(adcodes))


def _check_sources(rows: pd.DataFrame, points: pd.DataFrame) -> None:
    known = set(load_project_sources()["source_id"])
    for file, frame, columns in (
        ("projects.csv", rows, ("geometry_source", "length_source", "investment_source")),
        ("waypoints.csv", points, ("source_id",)),
        ("status.csv", load_status(), ("source_id",)),
    ):
        for column in columns:
            for project, cell in zip(frame["project_id"], frame[column], strict=True):
                if lacking := [code for code in codes(cell) if code not in known]:
                    where = {"file": file, "project": project, "column": column}
                    raise DataError(
                        say("error.source_not_listed", spoken(), **where, sources=", ".join(lacking))
                    )


def load_sites(edition: str | int | None = None) -> gpd.GeoDataFrame:
    """
    Load the named sites outside the infrastructure items: laboratories, parks, heritage sites, lakes, pilot areas.

    Parameters
    ----------
    edition
        For example 2024; the latest if None.

    Returns
    -------
    sites
        EPSG:4326, one row a site: ``site_id task_id name name_en kind start end county city lon lat water_id precision
        uncertainty_m source_id note reason_none geometry``. ``task_id``, ``start`` and ``end`` are those of its first mention. A
        site with a public location is a point, a lake its outline (``area``); one that is known to its county or city only
        has no geometry, because a point would look like a site: join it by the codes in ``county`` and ``city``.
        ``precision`` ``none`` is not located, ``reason_none`` says why.

    Raises
    ------
    MissingDataError
        If there is no such edition, or it names no known site.
    DataError
        If ``data/projects/sites.csv`` breaks its schema, or names a water that the boundaries lack.
    """
    name = chosen_edition(edition)
    named = load_mentions(name).query("site_id != ''").drop_duplicates("site_id").set_index("site_id")
    rows = _rows("sites")
    mine = rows[rows["site_id"].isin(named.index)].reset_index(drop=True)
    if mine.empty:
        file = data_file(TABLES["sites"].file())
        raise MissingDataError(say("error.edition_no_site", spoken(), edition=name, file=file))
    mine["task_id"] = mine["site_id"].map(named["task_id"])
    for place, column in ((5, "start"), (6, "end")):
        mine.insert(place, column, mine["site_id"].map(named[column]).astype("Int64"))
    shapes = gpd.GeoSeries(gpd.points_from_xy(mine["lon"], mine["lat"]), crs=4326)
    shapes[mine["lon"].isna() | mine["lat"].isna()] = None
    waters = mine["water_id"] != ""
    if waters.any():
        outlines = load_boundaries("water", circle=circle_for(name)).set_index("water_id").geometry
        if lacking := sorted(set(mine.loc[waters, "water_id"]) - set(outlines.index)):
            raise DataError(say("error.site_water", spoken(), waters=", ".join(lacking)))
        shapes[waters] = outlines[mine.loc[waters, "water_id"]].to_numpy()
    return gpd.GeoDataFrame(mine, geometry=shapes)
