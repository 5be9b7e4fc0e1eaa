"""The projects that a list names: where they lie, how sure that is, and which units each touches.

Curated by hand: ``data/projects/projects.csv`` (one row a project), ``waypoints.csv`` (the points that geometries are built
of) and ``sources.csv``. Everything else, ``projects.geojson`` included, is computed from them.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import data_dir, data_file, document_path
from sxcanalysis.documents.reading import read_document
from sxcanalysis.geography.boundaries import touched_units as units_touched
from sxcanalysis.geography.locating import UNIT_LEVELS, codes, enclosing_radius_m, located
from sxcanalysis.geography.measures import length_km
from sxcanalysis.geography.touching import assigned_vs_touched, check_projects, touched_units
from sxcanalysis.tables.loading import available_editions, load_mentions, load_tasks
from sxcanalysis.tables.schema import TABLES, read_table

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "PROJECT_COLUMNS",
    "assigned_vs_touched",
    "build_projects",
    "check_projects",
    "load_project_sources",
    "load_projects",
    "load_sites",
    "load_waypoints",
    "projects_geojson",
    "touched_units",
]

PROJECT_COLUMNS = (
    "project_id", "task_id", "name", "name_en", "kind", "stage", "stage_verb", "start", "end", "counties", "precision",
    "uncertainty_m", "geometry_source", "geometry", "geometry_type", "touched", "claimed_counties", "neighbours",
    "length_km_published", "length_scope", "length_source", "length_km_drawn", "later_status", "later_status_date",
    "later_status_source", "reason_none", "reason_none_zh", "note", "note_zh",
)  # fmt: skip


def load_projects(edition: str | int = 2024) -> gpd.GeoDataFrame:
    """
    Load the infrastructure projects that an edition names, located as well as public sources allow.

    Parameters
    ----------
    edition
        For example 2024.

    Returns
    -------
    projects
        One row a project, EPSG:4326, in the order of the list.

        ``start``, ``end``: the words that name it, in the text of the edition's document. ``stage``: what the verb
        (``stage_verb``) says of the edition's year; what became of it later stands in ``later_status`` with its own date
        and source. ``precision`` and ``uncertainty_m`` (how far the true site or line may lie from the drawn one). Where
        only the county or city is known, the geometry is the outline of that unit and ``uncertainty_m`` the radius of the
        smallest circle round it: never a point, which would look like a site. Where nothing is known, the geometry is
        null. ``reason_none`` says why a project has no place of its own.

        ``counties``: codes that count as touched, separated by semicolons; those that sources name and the drawing
        confirms within its uncertainty, and those that the drawing reaches farther than its uncertainty explains. For
        precision ``city`` it is the code of the city; empty where nothing is known. ``touched``: what the drawing alone
        touches; ``claimed_counties``: what sources name; ``neighbours``: prefecture-level cities around the five that the
        drawing touches. ``length_km_published`` (with ``length_scope``, ``length_source``) and ``length_km_drawn``
        (geodesic; straight legs between waypoints are shorter than the real line).

    Raises
    ------
    MissingDataError
        If the edition has no located projects, or no tables.
    DataError
        If a data file breaks its schema, or a name is not found in its task.

    Examples
    --------
    >>> projects = load_projects(2024)
    >>> int((projects["kind"] == "river_crossing").sum())
    5
    """
    rows = _rows("projects")
    mine = rows[rows["task_id"].str.startswith(f"{edition}-")]
    if mine.empty:
        there = ", ".join(sorted({task.split("-")[0] for task in rows["task_id"]})) or "none"
        msg = (
            f"{data_dir() / TABLES['projects'].file()}: no project of the edition {edition}. Editions with projects: {there}. "
            "Add the projects that the list names; data/projects/README.md says how."
        )
        raise MissingDataError(msg)
    return _built(str(edition), _stamps(edition)).copy()


def build_projects() -> gpd.GeoDataFrame:
    """
    Build the projects of every edition that has both tables and located projects.

    Returns
    -------
    projects
        As `load_projects` gives them, one edition after the other.
    """
    there = set(_rows("projects")["task_id"].str.split("-").str[0])
    frames = [load_projects(edition) for edition in available_editions() if edition in there]
    return cast("gpd.GeoDataFrame", pd.concat(frames, ignore_index=True))


def projects_geojson(projects: gpd.GeoDataFrame | None = None) -> str:
    """
    Write projects as GeoJSON (RFC 7946), one feature a line, the same text for the same data.

    Parameters
    ----------
    projects
        From `load_projects`; all editions if None.

    Returns
    -------
    text
        The contents of ``data/projects/projects.geojson``. Coordinates have five decimals (about 1 m); a project
        without a place is a feature with null geometry.
    """
    frame = build_projects() if projects is None else projects
    features = []
    for row in frame.to_dict("records"):
        geometry = row.pop("geometry")
        shape = None
        if geometry is not None and not geometry.is_empty:
            rounded = shapely.transform(geometry, lambda xy: np.round(xy, 5))
            shape = json.loads(shapely.to_geojson(rounded))
        values = {key: _plain(value) for key, value in row.items()}
        feature = {"type": "Feature", "id": row["project_id"], "properties": values, "geometry": shape}
        features.append(json.dumps(feature, ensure_ascii=False))
    return '{"type": "FeatureCollection", "features": [\n' + ",\n".join(features) + "\n]}\n"


def load_waypoints() -> pd.DataFrame:
    """
    Load the points that geometries are built of.

    Returns
    -------
    waypoints
        ``project_id part seq name name_en lon lat role uncertainty_m source_id note``, WGS-84.
    """
    return _rows("waypoints")


def load_project_sources() -> pd.DataFrame:
    """
    Load the sources of locations, lengths and later stages.

    Returns
    -------
    sources
        ``source_id title publisher url published accessed kind supports``; what rests on nobody's page has the kind
        ``from memory``.
    """
    return _rows("sources")


def _rows(name: str) -> pd.DataFrame:
    table = TABLES[name]
    return read_table(data_file(table.file()), table)


def _stamps(edition: str | int) -> tuple[tuple[str, int], ...]:
    """Name every file that projects are computed from with its time of change, so that an edited file is read anew."""
    folder = data_dir()
    files = [folder / TABLES[name].file() for name in ("projects", "waypoints", "sources")]
    files += [folder / TABLES["tasks"].file(edition), document_path(edition)]
    files += [folder / "boundaries" / f"{name}.geojson" for name in ("counties", "cities", "neighbours")]
    return tuple((str(file), file.stat().st_mtime_ns if file.is_file() else 0) for file in files)


@lru_cache(maxsize=8)
def _built(edition: str, stamps: tuple[tuple[str, int], ...]) -> gpd.GeoDataFrame:  # noqa: ARG001
    rows, points = _rows("projects"), _rows("waypoints")
    rows = rows[rows["task_id"].str.startswith(f"{edition}-")].reset_index(drop=True)
    points = points.sort_values(["project_id", "part", "seq"], kind="stable")
    _check_sources(rows, points)
    shapes = [
        located(row, points[points["project_id"] == row["project_id"]]) for row in rows.to_dict("records")
    ]
    rows = rows.assign(**_spans(rows, edition))
    for at, shape in enumerate(shapes):
        if shape is not None and rows.at[at, "precision"] in UNIT_LEVELS:  # noqa: PD008
            rows.loc[at, "uncertainty_m"] = float(round(enclosing_radius_m(shape), -2))
    frame = gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries(shapes, crs=4326))
    units = touched_units(frame)
    counted = units[units["counted"]].groupby("project_id")["adcode"].agg(_joined)
    touched = units[(units["distance_m"] == 0)].groupby("project_id")["adcode"].agg(_joined)
    frame["touched"] = [touched.get(project, "") for project in frame["project_id"]]
    wide = frame["precision"].isin(("city", "none"))
    frame["counties"] = [counted.get(project, "") for project in frame["project_id"]]
    frame.loc[wide, "counties"] = frame.loc[wide, "claimed_counties"]
    frame["neighbours"] = [
        _neighbours(shape, line) for shape, line in zip(shapes, frame["geometry_type"] != "area", strict=True)
    ]
    frame["length_km_drawn"] = [
        round(length_km(shape), 2) if kind == "line" and shape is not None else float("nan")
        for shape, kind in zip(shapes, frame["geometry_type"], strict=True)
    ]
    return frame[list(PROJECT_COLUMNS)]


def _joined(adcodes: pd.Series[str]) -> str:
    return ";".join(sorted(adcodes))


def _neighbours(geometry: BaseGeometry | None, drawn: bool) -> str:  # noqa: FBT001
    # The outline of a unit touches its neighbours along the border, which says nothing of the project.
    if geometry is None or not drawn:
        return ""
    return _joined(units_touched(geometry, "neighbour")["adcode"])


def _spans(rows: pd.DataFrame, edition: str) -> dict[str, list[int]]:
    """Find the words that name each project in the text of its task."""
    text = read_document(document_path(edition))
    tasks = load_tasks(edition).set_index("task_id")
    starts, ends = [], []
    for project, task, name in zip(rows["project_id"], rows["task_id"], rows["name"], strict=True):
        if task not in tasks.index:
            msg = f"projects/projects.csv: project {project} names the task {task}, which the edition {edition} does not have."
            raise DataError(msg)
        low, high = (int(str(tasks.at[task, side])) for side in ("start", "end"))  # noqa: PD008
        found = _places_of(name, text[low:high])
        if len(found) != 1:
            msg = (
                f"projects/projects.csv: project {project}: the name {name!r} occurs {len(found)} times in the words of "
                f"task {task}; expected once. Give the exact words of the document."
            )
            raise DataError(msg)
        starts.append(low + found[0][0])
        ends.append(low + found[0][1])
    return {"start": starts, "end": ends}


def _places_of(name: str, words: str) -> list[tuple[int, int]]:
    """Find a name even where a page break or a blank stands between two of its characters."""
    pattern = r"\s*".join(re.escape(char) for char in re.sub(r"\s", "", name))
    return [one.span() for one in re.finditer(pattern, words)]


def _check_sources(rows: pd.DataFrame, points: pd.DataFrame) -> None:
    known = set(_rows("sources")["source_id"])
    for file, frame, columns in (
        ("projects.csv", rows, ("geometry_source", "length_source", "later_status_source")),
        ("waypoints.csv", points, ("source_id",)),
    ):
        for column in columns:
            for project, cell in zip(frame["project_id"], frame[column], strict=True):
                if lacking := [code for code in codes(cell) if code not in known]:
                    msg = (
                        f"projects/{file}: project {project}, column {column}: {', '.join(lacking)} is not in "
                        "projects/sources.csv. Add the source there."
                    )
                    raise DataError(msg)


def _plain(value: object) -> object:
    """Turn a cell into what JSON knows: an empty text or a missing number is null."""
    if value is None or value == "" or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 3)
    return value


def load_sites(edition: str | int = 2024) -> gpd.GeoDataFrame:
    """
    Load the named sites outside the infrastructure items: laboratories, parks, heritage sites, lakes, pilot areas.

    Parameters
    ----------
    edition
        For example 2024.

    Returns
    -------
    sites
        EPSG:4326, one row a site: ``site_id task_id name name_en kind start end county city lon lat precision uncertainty_m
        source_id note reason_none geometry``. ``start`` and ``end`` are those of its mention. A site with a public location is
        a point; one that is known to its county or city only has no geometry, because a point would look like a site: join it
        by the codes in ``county`` and ``city``. ``precision`` ``none`` is not located, ``reason_none`` says why. Sources are
        in ``data/projects/site_sources.csv``.

    Raises
    ------
    MissingDataError
        If there is no such file, or it has no site of that edition.
    DataError
        If it breaks its schema.
    """
    path = data_file(TABLES["sites"].file())
    rows = read_table(path, TABLES["sites"])
    mine = rows[rows["task_id"].str.startswith(f"{edition}-")].reset_index(drop=True)
    if mine.empty:
        msg = f"{path}: no site of the edition {edition}. Add its sites with their sources, or ask for another edition."
        raise MissingDataError(msg)
    named = load_mentions(edition).drop_duplicates("site_id").set_index("site_id")
    for place, column in ((5, "start"), (6, "end")):
        mine.insert(place, column, mine["site_id"].map(named[column]).astype("Int64"))
    points = gpd.points_from_xy(mine["lon"], mine["lat"])
    located = mine["lon"].notna() & mine["lat"].notna()
    shapes = [point if known else None for point, known in zip(points, located, strict=True)]
    return gpd.GeoDataFrame(mine, geometry=gpd.GeoSeries(shapes, crs=4326))


if __name__ == "__main__":
    (data_dir() / "projects" / "projects.geojson").write_text(
        projects_geojson(), encoding="utf-8", newline="\n"
    )
