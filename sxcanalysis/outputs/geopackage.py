"""Projects as a GeoPackage that QGIS opens styled, and as GeoJSON."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import pandas as pd
from matplotlib.colors import to_rgb

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.figures.style import KIND_MARKS, LAND, MUTED, WATER, marks_for
from sxcanalysis.geography.boundaries import load_boundaries
from sxcanalysis.geography.projects import load_projects, load_sites, projects_geojson
from sxcanalysis.reference.words import label
from sxcanalysis.tables.loading import chosen_edition

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

FORMATS = ("gpkg", "geojson")
_SHAPES = {"point": "project_points", "line": "project_lines", "area": "project_areas"}
_CONTEXT = ("county", "city", "water")
_DATE = "2024-01-01T00:00:00.000Z"  # a GeoPackage records when it was written; the same data must give the same file
_MARKERS = {"expressway": "square", "railway": "circle", "river_crossing": "diamond", "airport": "star",
            "waterway": "triangle", "water_works": "pentagon", "energy": "cross_fill", "safety": "hexagon"}  # fmt: skip
_SURE = "exact"


def export_layers(
    folder: str | Path,
    projects: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame | None,
    *,
    edition: str,
    formats: Iterable[str],
    text: str,
) -> list[Path]:
    """Write the formats asked for; see `sxcanalysis.geography.projects.export_projects`."""
    wanted = list(dict.fromkeys(formats))
    if unknown := [name for name in wanted if name not in FORMATS]:
        msg = f"unknown export format {', '.join(unknown)}; expected {' or '.join(FORMATS)}."
        raise DataError(msg)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in wanted:
        target = folder / f"sxc-projects-{edition}.{name}"
        # Complete or not at all: written beside its place, then renamed.
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as scratch:
            draft = Path(scratch) / target.name
            if name == "geojson":
                draft.write_text(text, encoding="utf-8", newline="\n")
            else:
                _write_geopackage(draft, projects, sites)
            draft.replace(target)
        written.append(target)
    return written


def _write_geopackage(path: Path, projects: gpd.GeoDataFrame, sites: gpd.GeoDataFrame | None) -> None:
    import pyogrio  # noqa: PLC0415

    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _DATE})
    try:
        styles = {}
        for shape, layer in _SHAPES.items():
            mine = projects[(projects["geometry_type"] == shape) & projects.geometry.notna()]
            if not mine.empty:
                mine.to_file(path, layer=layer, driver="GPKG", engine="pyogrio", promote_to_multi=True)
                styles[layer] = _project_style(mine, shape)
        missing = pd.DataFrame(projects[projects.geometry.isna()].drop(columns="geometry"))
        pyogrio.write_dataframe(missing, path, layer="projects_unlocated", driver="GPKG")
        if sites is not None:
            sites[sites.geometry.notna()].to_file(path, layer="sites", driver="GPKG", engine="pyogrio")
            styles["sites"] = _qml("point", [("", label("text.located", "en"), MUTED, False, "circle")])
        for level in _CONTEXT:
            layer = {"county": "counties", "city": "cities", "water": "water"}[level]
            context = load_boundaries(level)  # type: ignore[arg-type]
            context.to_file(path, layer=layer, driver="GPKG", engine="pyogrio", promote_to_multi=True)
            styles[layer] = _context_style(level)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    _write_styles(path, styles)


def _write_styles(path: Path, styles: dict[str, str]) -> None:
    """Add the table in which QGIS looks for the style of a layer."""
    base = sqlite3.connect(path)
    try:
        base.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), "
            "f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), "
            "styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
            "update_time DATETIME)"
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)",
            (_DATE,),
        )
        base.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, "
            "styleQML, styleSLD, useAsDefault, description, owner, update_time) "
            "VALUES ('', '', ?, 'geom', ?, ?, '', 1, 'kind and precision', '', ?)",
            [(layer, layer, qml, _DATE) for layer, qml in styles.items()],
        )
        base.commit()
    finally:
        base.close()


def _project_style(rows: gpd.GeoDataFrame, shape: str) -> str:
    marks = marks_for(rows["kind"], KIND_MARKS)
    pairs = sorted(set(zip(rows["kind"], rows["precision"], strict=True)))
    rules = [
        (
            f"\"kind\" = '{kind}' AND \"precision\" = '{precision}'",
            f"{label(f'kind.{kind}', 'en', default=kind)}, {label(f'precision.{precision}', 'en')}",
            marks[kind].color,
            precision == _SURE,
            _MARKERS.get(kind, "circle"),
        )
        for kind, precision in pairs
    ]
    return _qml(shape, rules, named=True)


def _context_style(level: str) -> str:
    if level == "water":
        return _qml("fill", [("", "water", WATER, True, "")])
    return _qml("outline", [("", level, MUTED if level == "city" else LAND, True, level)])


def _qml(shape: str, rules: list[tuple[str, str, str, bool, str]], *, named: bool = False) -> str:
    """Write a QGIS style: one rule a kind and precision. What is not surveyed is dashed, hollow or hatched."""
    kind = {"point": "marker", "line": "line"}.get(shape, "fill")
    entries, symbols = [], []
    for at, (condition, title, color, sure, sign) in enumerate(rules):
        entries.append(
            f'<rule key="r{at}" symbol="{at}" label={quoteattr(title)} filter={quoteattr(condition)}/>'
        )
        layers = "".join(
            f'<layer class="{cls}" enabled="1" locked="0" pass="0"><Option type="Map">'
            + "".join(
                f'<Option name="{key}" type="QString" value={quoteattr(value)}/>'
                for key, value in options.items()
            )
            + "</Option></layer>"
            for cls, options in _symbol(shape, color, sign, sure=sure)
        )
        symbols.append(f'<symbol name="{at}" type="{kind}" alpha="1" clip_to_extent="1">{layers}</symbol>')
    labels = (
        '<labeling type="simple"><settings><text-style fieldName="name" isExpression="0" fontSize="8" '
        'textColor="34,34,34,255"><text-buffer bufferDraw="1" bufferSize="0.8" bufferColor="255,255,255,255"/>'
        "</text-style></settings></labeling>"
    )
    return (
        '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">'
        f'<qgis version="3.22.0" styleCategories="Symbology|Labeling" labelsEnabled="{int(named)}">'
        f'<renderer-v2 type="RuleRenderer" symbollevels="0" forceraster="0" enableorderby="0">'
        f'<rules key="root">{"".join(entries)}</rules><symbols>{"".join(symbols)}</symbols></renderer-v2>'
        f"{labels if named else ''}</qgis>"
    )


def _symbol(shape: str, color: str, sign: str, *, sure: bool) -> list[tuple[str, dict[str, str]]]:
    ink = _rgba(color)
    if shape == "point":
        fill = ink if sure else "255,255,255,255"
        options = {"name": sign, "color": fill, "outline_color": ink, "outline_width": "0.6", "size": "3.4"}
        return [("SimpleMarker", options)]
    if shape == "line":
        dash = {"use_custom_dash": "0" if sure else "1", "customdash": "4;2", "customdash_unit": "MM"}
        return [("SimpleLine", {"line_color": ink, "line_width": "0.9", **dash})]
    if shape == "fill":
        return [("SimpleFill", {"color": ink, "outline_style": "no", "style": "solid"})]
    edge = {"color": "0,0,0,0", "style": "no", "outline_color": ink, "outline_style": "solid"}
    if shape == "outline":
        width = "0.5" if sign == "city" else "0.2"
        return [("SimpleFill", {**edge, "outline_color": _rgba(MUTED), "outline_width": width})]
    hatch = {"angle": "45", "distance": "2.5", "color": ink}
    return [
        ("LinePatternFill", hatch),
        ("SimpleFill", {**edge, "outline_style": "dot", "outline_width": "0.6"}),
    ]


def _rgba(color: str) -> str:
    return ",".join(str(round(255 * part)) for part in to_rgb(color)) + ",255"


def export_projects(
    folder: str | Path,
    *,
    edition: str | int | None = None,
    formats: Iterable[str] = ("gpkg", "geojson"),
) -> list[Path]:
    """
    Export projects, sites and boundaries for QGIS and other tools.

    Parameters
    ----------
    folder
        Made if need be.
    edition
        For example 2024.
    formats
        ``gpkg``: one GeoPackage with the layers ``project_points``, ``project_lines``, ``project_areas`` (units of projects
        known to a county or city only), ``projects_unlocated`` (a table), ``sites``, ``counties``, ``cities`` and ``water``,
        with styles that QGIS applies by itself. ``geojson``: all projects in one file.

    Returns
    -------
    paths
        The files written.

    Raises
    ------
    DataError
        If a format is unknown.
    MissingDataError
        If the edition has no projects.
    """
    sites: gpd.GeoDataFrame | None
    try:
        sites = load_sites(edition)
    except MissingDataError:
        sites = None
    projects = load_projects(edition)
    return export_layers(
        folder,
        projects,
        sites,
        edition=chosen_edition(edition),
        formats=formats,
        text=projects_geojson(projects),
    )
