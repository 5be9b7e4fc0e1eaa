"""Projects, sites and boundaries as a GeoPackage that QGIS opens styled."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.colors import to_rgb

from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.figures.style import KIND_MARKS, LAND, MUTED, WATER, marks_for
from sxcanalysis.geography.boundaries import load_boundaries
from sxcanalysis.geography.projects import load_projects, load_sites
from sxcanalysis.outputs.page import fill_template
from sxcanalysis.reference.words import label

if TYPE_CHECKING:
    import geopandas as gpd

#: Layer by kind of geometry; ``area`` is the county or city of what is known to it only.
LAYERS = {"point": "project_points", "line": "project_lines", "area": "project_areas"}
_CONTEXT = {"county": "counties", "city": "cities", "water": "water"}
_DATE = "2024-01-01T00:00:00.000Z"  # a GeoPackage records when it was written; the same data must give the same file
_SIGNS = {"expressway": "square", "railway": "circle", "river_crossing": "diamond", "airport": "star", "waterway": "triangle",
          "water_works": "pentagon", "energy": "cross_fill", "safety": "hexagon"}  # fmt: skip
_STYLES = (
    (
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), "
        "f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, "
        "styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)"
    ),
    (
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)"
    ),
    (
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, "
        "styleSLD, useAsDefault, description, owner, update_time) VALUES ('', '', ?1, 'geom', ?1, ?2, '', 1, '', '', ?3)"
    ),
)


def write_geopackage(path: str | Path, *, edition: str | int | None = None, lang: str = "zh") -> Path:
    """
    Write an edition's projects and sites, with counties, cities and water, for QGIS and other tools.

    Parameters
    ----------
    path
        The ``.gpkg``; its folder is made if need be.
    edition
        For example 2024; the latest if None.
    lang
        Of the legends.

    Returns
    -------
    path
        The file, whole or not written at all, with the layers ``project_points``, ``project_lines``, ``project_areas`` (units
        of projects known to a county or city only), ``projects_unlocated`` (a table), ``sites``, ``counties``, ``cities`` and
        ``water`` (WGS-84), and styles that QGIS applies by itself. The same data give the same bytes.

    Raises
    ------
    MissingDataError
        If the edition has no projects.
    """
    path, projects = Path(path), load_projects(edition)
    layers: dict[str, gpd.GeoDataFrame] = {}
    styles: dict[str, str] = {}
    for shape, layer in LAYERS.items():
        mine = projects[(projects["geometry_type"] == shape) & projects.geometry.notna()]
        if len(mine):
            layers[layer], styles[layer] = mine, _style(shape, _rules(mine, lang), named=True)
    try:
        sites = load_sites(edition)
        layers["sites"] = sites[sites.geometry.notna()]
        styles["sites"] = _style(
            "point", [_rule("", label("text.located", lang), MUTED, sign="circle", sure=False)]
        )
    except MissingDataError:  # an edition may name none
        pass
    for level, layer in _CONTEXT.items():
        layers[layer] = load_boundaries(level)  # type: ignore[arg-type]
        wide = "0.5" if level == "city" else "0.2"
        color = WATER if level == "water" else MUTED if level == "city" else LAND
        styles[layer] = _style(
            "fill" if level == "water" else "outline", [_rule("", layer, color, sign=wide)]
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    # Complete or not at all: written beside its place, then renamed.
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as scratch:
        draft = Path(scratch) / path.name
        _write_layers(
            draft, layers, pd.DataFrame(projects[projects.geometry.isna()].drop(columns="geometry"))
        )
        _write_styles(draft, styles)
        draft.replace(path)
    return path


def _write_layers(path: Path, layers: dict[str, gpd.GeoDataFrame], unlocated: pd.DataFrame) -> None:
    import pyogrio  # noqa: PLC0415

    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _DATE})
    try:
        for layer, frame in layers.items():
            frame.to_file(
                path, layer=layer, driver="GPKG", engine="pyogrio", promote_to_multi=layer != "sites"
            )
        pyogrio.write_dataframe(unlocated, path, layer="projects_unlocated", driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write_styles(path: Path, styles: dict[str, str]) -> None:
    """Add the table in which QGIS looks for the style of a layer."""
    base = sqlite3.connect(path)
    try:
        base.execute(_STYLES[0])
        base.execute(_STYLES[1], (_DATE,))
        base.executemany(_STYLES[2], [(layer, qml, _DATE) for layer, qml in styles.items()])
        base.commit()
    finally:
        base.close()


def _rules(rows: gpd.GeoDataFrame, lang: str) -> list[dict[str, object]]:
    marks = marks_for(rows["kind"], KIND_MARKS)
    return [
        _rule(
            f"\"kind\" = '{kind}' AND \"precision\" = '{precision}'",
            f"{label(f'kind.{kind}', lang, default=kind)}, {label(f'precision.{precision}', lang)}",
            marks[kind].color,
            sign=_SIGNS.get(kind, "circle"),
            sure=precision == "exact",
        )
        for kind, precision in sorted(set(zip(rows["kind"], rows["precision"], strict=True)))
    ]


def _rule(condition: str, title: str, color: str, *, sign: str = "", sure: bool = True) -> dict[str, object]:
    ink = ",".join(str(round(255 * part)) for part in to_rgb(color)) + ",255"
    return {"condition": condition, "title": title, "color": ink, "sign": sign, "sure": sure}


def _style(shape: str, rules: list[dict[str, object]], *, named: bool = False) -> str:
    return fill_template("qgis_style.qml.j2", shape=shape, rules=rules, named=named)
