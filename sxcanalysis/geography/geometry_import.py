"""Published lines for the projects, dropped in as a file: taken only where length and counties agree with what is published."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import data_file, writable_dir
from sxcanalysis.geography.boundaries import load_boundaries
from sxcanalysis.geography.locating import codes
from sxcanalysis.geography.measures import length_km, plane
from sxcanalysis.geography.projects import load_project_sources, load_register, load_waypoints
from sxcanalysis.geography.shift import gcj02_to_wgs84, wgs84_to_gcj02
from sxcanalysis.geography.touching import weighed_counties
from sxcanalysis.reference.words import label, say, spoken
from sxcanalysis.tables.schema import TABLES, read_table

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from shapely.geometry.base import BaseGeometry

_LENGTH_TOLERANCE = 0.03
_UNCERTAINTY_M = (
    150.0  # of a line that passed: OpenStreetMap against aerial pictures, and the two tracks or carriageways
)
_BORDER_M = 300.0  # two sets of borders differ by so much where a line runs along one
_TWIN_M = 60.0  # a second track or carriageway lies no farther from the first
_SURE_M = 1000.0  # waypoints that are good enough to show a shift
_LEAST_SURE = 4


_COLUMNS = [
    "project_id", "name", "accepted", "length_km", "length_km_published", "difference_percent", "shift_m", "message", "path",
]  # fmt: skip


def load_osm_queries() -> pd.DataFrame:
    """
    Load how each project is found in OpenStreetMap.

    ``project_id tags names relations clip extract``: tags of its ways (``key=value``, ``;`` for or), words of which a name holds one,
    names of its relations, the first digits of the codes that a longer line is clipped to, and where an extract is had.
    """
    table = TABLES["osm_queries"]
    return read_table(data_file(table.file()), table)


def import_geometry(
    file: str | Path,
    *,
    project: str | None = None,
    source: str = "osm",
    licence: str = "ODbL-1.0",
    date: str = "",
    lang: str = "en",
    write: bool = True,
) -> pd.DataFrame:
    """
    Take the lines of projects from a file, each only if its length and its counties agree with what is published.

    Parameters
    ----------
    file
        GeoJSON, GeoPackage, a shapefile, or an extract of OpenStreetMap (``.osm``, ``.osm.pbf``).
    project
        The project that all lines of the file belong to. If None, a column ``project_id`` tells, else the table
        ``osm_queries.csv`` finds them by tags and names.
    source, licence, date
        Its row in ``sources.csv``, and licence and day of the data, which are kept with the line.
    lang
        Language of the messages.
    write
        Whether lines that pass are written to ``projects/alignments``.

    Returns
    -------
    checked
        One row a project whose line is in the file: ``project_id name accepted length_km length_km_published difference_percent
        shift_m message path``. ``message`` says which check failed and by how much, empty where the line was taken; ``path`` is the
        file that was written.
    """
    path = Path(file)
    if not path.is_file():
        raise MissingDataError(say("error.line_file_missing", spoken(), file=path))
    if source not in set(load_project_sources()["source_id"]):
        raise DataError(say("error.line_source", spoken(), source=source))
    register = load_register().set_index("project_id")
    found = dict(_by_project(_read_lines(path), project, path))
    if unknown := sorted(set(found) - set(register.index)):
        raise DataError(say("error.line_project", spoken(), file=path, projects=", ".join(unknown)))
    rows = []
    for name, lines in found.items():
        row = register.loc[name].to_dict()
        line, checked = _check(name, lines, row, lang)
        if checked["accepted"] and write:
            told = {
                "project_id": name, "name": row["name"], "source_id": source, "licence": licence, "date": date,
                "uncertainty_m": _UNCERTAINTY_M, "file": path.name,
            }  # fmt: skip
            checked["path"] = str(_write(name, told, line))
        rows.append(checked)
    return pd.DataFrame(rows, columns=_COLUMNS)


def _read_lines(path: Path) -> gpd.GeoDataFrame:
    try:
        kinds = [(layer, str(kind)) for layer, kind in pyogrio.list_layers(path)]
        frames = [
            gpd.read_file(path, layer=layer)
            for layer, kind in kinds
            if "Line" in kind or kind in {"None", "Unknown", "GeometryCollection"}
        ]
    except (RuntimeError, ValueError) as error:
        raise DataError(say("error.line_file_unreadable", spoken(), file=path, error=error)) from error
    frames = [frame for frame in frames if isinstance(frame, gpd.GeoDataFrame) and len(frame)]
    if any(frame.crs is None for frame in frames):
        raise DataError(say("error.no_crs", spoken(), file=path))
    frames = [frame.to_crs(4326) for frame in frames] or [gpd.GeoDataFrame(geometry=[], crs=4326)]
    lines = pd.concat(frames, ignore_index=True)
    lines = lines[lines.geom_type.isin(("LineString", "MultiLineString"))]
    if lines.empty:
        raise DataError(say("error.line_none", spoken(), file=path))
    return lines


def _by_project(
    lines: gpd.GeoDataFrame, project: str | None, path: Path
) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    if project is not None:
        yield project, lines
        return
    if "project_id" in lines:
        yield from (
            (str(name), part) for name, part in lines.dropna(subset="project_id").groupby("project_id")
        )
        return
    # One text a line: name=…, and what the driver keeps together as "key"=>"value".
    cells = lines.drop(columns="geometry").fillna("").astype(str)
    words = pd.Series([
        ";".join(f"{key}={value}" for key, value in row.items() if value).replace('"=>"', "=").replace('"', ";")
        for row in cells.to_dict("records")
    ], index=lines.index)  # fmt: skip
    hits = 0
    for query in load_osm_queries().to_dict("records"):
        tags, names = _any_of(query["tags"]), _any_of(f"{query['names']};{query['relations']}")
        mine = lines[words.str.contains(tags) & words.str.contains(names)] if names else lines.iloc[:0]
        if len(mine):
            hits += 1
            yield str(query["project_id"]), mine
    if not hits:
        raise DataError(say("error.line_no_query", spoken(), file=path))


def _any_of(cell: str) -> str:
    return "|".join(re.escape(part.strip()) for part in cell.split(";") if part.strip())


def _check(
    name: str, lines: gpd.GeoDataFrame, row: dict[Hashable, Any], lang: str
) -> tuple[BaseGeometry, dict[str, Any]]:
    """Hold a line against the published length, the counties that sources name, and the shift of map services."""
    line = _clipped(_single(lines), name)
    drawn, published = length_km(line), float(row["length_km_published"])
    off = 100 * (drawn / published - 1)
    messages = []
    if np.isnan(published):
        messages.append(label("import.no_length", lang))
    elif abs(off) > 100 * _LENGTH_TOLERANCE:
        told = {"drawn": f"{drawn:.1f}", "published": f"{published:.1f}", "percent": f"{off:+.1f}"}
        messages.append(say("import.length", lang, **told))
    claimed = codes(row["claimed_counties"])
    weighed = weighed_counties(line, precision="alignment", uncertainty_m=_BORDER_M, claimed=claimed)
    for key, evidence, far in (
        ("import.missing", "contradiction", "distance_m"),
        ("import.beyond", "drawing", "depth_m"),
    ):
        wrong = weighed[weighed["evidence"] == evidence]
        if len(wrong) and claimed:
            units = label("page.comma", lang, default=", ").join(wrong["name" if lang == "zh" else "name_en"])
            messages.append(say(key, lang, units=units, km=f"{wrong[far].max() / 1000:.1f}"))
    shift = _shift_m(line, name)
    if shift:
        messages.append(say("import.shift", lang, metres=f"{shift:.0f}"))
    return line, {
        "project_id": name, "name": row["name"], "accepted": not messages, "length_km": round(drawn, 2),
        "length_km_published": published, "difference_percent": round(off, 1), "shift_m": round(shift),
        "message": " ".join(messages), "path": "",
    }  # fmt: skip


def _single(lines: gpd.GeoDataFrame) -> BaseGeometry:
    """Join pieces to a line, and leave out the second track or carriageway, which would count twice."""
    merged = shapely.line_merge(shapely.union_all(lines.geometry.to_numpy()))
    parts = sorted(shapely.get_parts(merged), key=length_km, reverse=True)
    kept: list[BaseGeometry] = []
    degrees = _TWIN_M / 111_000
    for part in parts:
        rest = part.difference(shapely.union_all(kept).buffer(degrees)) if kept else part
        kept += [
            piece for piece in shapely.get_parts(rest) if length_km(piece) > 2 * _TWIN_M / 1000 or not kept
        ]
    return shapely.line_merge(shapely.union_all(kept))


def _clipped(line: BaseGeometry, name: str) -> BaseGeometry:
    """Cut a line to the units that its query names: 沪渝蓉高铁 to the province."""
    queries = load_osm_queries().set_index("project_id")
    prefix = str(queries.loc[name, "clip"]) if name in queries.index else ""
    if not prefix:
        return line
    units = pd.concat([load_boundaries("county"), load_boundaries("neighbour")])
    inside = shapely.union_all(units.geometry[units["adcode"].str.startswith(prefix)].to_numpy())
    return shapely.line_merge(line.intersection(inside)) if line.intersects(inside) else line


def _shift_m(line: BaseGeometry, name: str) -> float:
    """Return how far a line lies off as GCJ-02 does, 0 if the sure waypoints do not say so."""
    points = load_waypoints()
    points = points[(points["project_id"] == name) & (points["uncertainty_m"] <= _SURE_M)]
    if len(points) < _LEAST_SURE:
        return 0.0
    places = gpd.points_from_xy(points["lon"], points["lat"])
    undone = shapely.transform(line, lambda xy: np.column_stack(gcj02_to_wgs84(xy[:, 0], xy[:, 1])))
    before, after = (
        float(np.median(shapely.distance(plane(np.asarray(places), line), plane(shape, line))))
        for shape in (line, undone)
    )
    middle = line.interpolate(0.5, normalized=True)
    moved = shapely.Point(*map(float, wgs84_to_gcj02(middle.x, middle.y)))
    size = float(shapely.distance(plane(middle, line), plane(moved, line)))
    return size if after < 0.6 * before and before > size / 4 else 0.0


def _write(name: str, told: dict[str, object], line: BaseGeometry) -> Path:
    folder = writable_dir() / "projects" / "alignments"
    folder.mkdir(parents=True, exist_ok=True)
    rounded = shapely.transform(line, lambda xy: np.round(xy, 5))
    feature = {"type": "Feature", "properties": told, "geometry": json.loads(shapely.to_geojson(rounded))}
    text = f'{{"type": "FeatureCollection", "features": [\n{json.dumps(feature, ensure_ascii=False)}\n]}}\n'
    path = folder / f"{name}.geojson"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
