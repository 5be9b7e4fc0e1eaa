"""The shapes of the atlas: ground, borders and places as GeoJSON, light enough for a page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sxcanalysis.geography.boundaries import load_boundaries, to_display_crs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapely.geometry.base import BaseGeometry

COARSE_M = 150.0  # a pixel at the zoom in which the whole circle is seen
_NAMED_LAKE_KM2 = 150  # smaller ones have no room for a name there
_LABEL_GRID = 9  # places tried along each side of a city for its name


def draw_ground(lang: str) -> dict[str, Any]:
    """Return borders, water and names: ``counties cities neighbours water`` (GeoJSON), ``names``, ``bounds`` and ``window``."""
    counties, neighbours = load_boundaries("county"), load_boundaries("neighbour")
    water, cities = load_boundaries("water"), load_boundaries("city")
    # What is seen ends where the water does; a circle that comes without water is seen with its neighbours.
    window = (water if len(water) else pd.concat([counties, neighbours])).total_bounds
    seen = shapely.box(*window)
    # All units at once, so that those that share a border still share it.
    units = to_display_crs(gpd.GeoDataFrame(pd.concat([counties, neighbours], ignore_index=True), crs=4326))
    units["geometry"] = shapely.coverage_simplify(units.geometry.to_numpy(), COARSE_M)
    units = units.to_crs(4326)
    inner, outer = units.iloc[: len(counties)], units.iloc[len(counties) :].clip(seen).sort_index()
    whole = inner.dissolve("city_adcode")
    merged = cities.assign(geometry=[whole.geometry[code] for code in cities["adcode"]])
    seas = to_display_crs(water)
    seas["geometry"] = seas.simplify(COARSE_M)
    seas = seas.to_crs(4326).clip(seen).sort_index()
    name = "name_en" if lang == "en" else "name"
    lakes = seas[seas["kind"].eq("lake") & seas["area_km2"].gt(_NAMED_LAKE_KM2)]
    shown = _features(inner, "adcode", name)
    for feature, city in zip(shown["features"], inner["city_adcode"], strict=True):
        feature["properties"]["city"] = city
    return {
        "neighbours": _features(outer, "adcode", name),
        "counties": shown,
        "cities": _features(merged, "adcode", name),
        "water": _features(seas, "water_id", name),
        "names": [
            [text, kind, _label_places(shape) if kind == "city" else [_anchor(shape)]]
            for frame, kind in ((merged, "city"), (inner, "county"), (outer, "around"), (lakes, "lake"))
            for shape, text in zip(frame.geometry, frame[name], strict=True)
        ],
        "bounds": _corners(cities.total_bounds),
        "window": _corners(window),
    }


def window_of(level: str) -> list[tuple[str, str]]:
    """List the units of a level as pairs of code and city's code, city by city."""
    frame = load_boundaries("county" if level == "county" else "city")
    order = {code: at for at, code in enumerate(load_boundaries("city")["adcode"])}
    pairs = list(zip(frame["adcode"], frame["city_adcode"], strict=True))
    return sorted(pairs, key=lambda pair: (order.get(pair[1], len(order)), pair[0]))


def draw_item(row: dict[str, Any], codes: list[str]) -> dict[str, Any]:
    """Return how a project or site is drawn: ``at``, ``bounds``, and ``line`` and ``band``, ``area`` or ``radius``; only ``bounds`` if it cannot be."""
    shape: BaseGeometry | None = row["geometry"]
    if shape is None or shape.is_empty:
        return {"drawn": False} | ({"bounds": _corners(_outline(codes).bounds)} if codes else {})
    made: dict[str, Any] = {"drawn": True, "at": _anchor(shape), "bounds": _corners(shape.bounds)}
    if row["precision"] in {"county", "city"}:
        return made
    if "Polygon" in shape.geom_type:  # the lake or zone itself
        return made | {"area": _geojson(shape.simplify(COARSE_M / 111_000), 3)}
    metres = 0.0 if pd.isna(row["uncertainty_m"]) else float(row["uncertainty_m"])
    if shape.geom_type == "Point":
        return made | {"radius": 0.0 if row["precision"] == "exact" else metres}
    band = (
        to_display_crs(gpd.GeoDataFrame(geometry=[shape], crs=4326))
        .buffer(metres)
        .simplify(COARSE_M / 2)
        .to_crs(4326)
        .iloc[0]
    )
    return made | {"line": _geojson(shape, 4), "band": _geojson(band, 3) if metres else None}


def _outline(codes: list[str]) -> BaseGeometry:
    units = pd.concat([load_boundaries("county"), load_boundaries("city")])
    return shapely.union_all(units[units["adcode"].isin(codes)].geometry)


def _anchor(shape: BaseGeometry) -> list[float]:
    """Choose the point (latitude, longitude) at which a shape is marked."""
    if shape.geom_type == "MultiLineString":
        shape = max(shapely.get_parts(shape), key=lambda part: part.length)
    if shape.geom_type == "LineString":
        shape = shapely.line_interpolate_point(shape, 0.5, normalized=True)
    point = shape if shape.geom_type == "Point" else shape.representative_point()
    return [round(point.y, 4), round(point.x, 4)]


def _label_places(shape: BaseGeometry) -> list[list[float]]:
    """List points well inside a city at which its name could stand, the most central first: the page takes one that hides no mark."""
    west, south, east, north = shape.bounds
    x, y = np.meshgrid(
        np.linspace(west, east, _LABEL_GRID + 2)[1:-1], np.linspace(south, north, _LABEL_GRID + 2)[1:-1]
    )
    points = shapely.points(x.ravel(), y.ravel())
    depth = np.where(shapely.contains(shape, points), shapely.distance(points, shape.boundary), 0.0)
    best = np.argsort(-depth)[: int((depth > 0).sum())][:24]
    return [_anchor(shape), *([round(points[at].y, 3), round(points[at].x, 3)] for at in best)]


def _corners(bounds: Iterable[float]) -> list[list[float]]:
    west, south, east, north = (round(float(value), 3) for value in bounds)
    return [[south, west], [north, east]]


def _geojson(shape: BaseGeometry, decimals: int) -> dict[str, Any]:
    rounded = shapely.transform(shape, lambda xy: np.round(xy, decimals))
    made: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return made


def _features(frame: gpd.GeoDataFrame, key: str, name: str) -> dict[str, Any]:
    features = [
        {"type": "Feature", "id": code, "properties": {"name": text}, "geometry": _geojson(shape, 3)}
        for code, text, shape in zip(frame[key], frame[name], frame.geometry, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}
