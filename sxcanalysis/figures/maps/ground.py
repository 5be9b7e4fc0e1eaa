"""The ground that maps are drawn on: land, water, borders; and the frame that takes metres to millimetres of the page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely
from matplotlib.path import Path

from sxcanalysis.core.errors import DataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.figures.style import INK, LAND, LEAST_PT, MUTED, NEIGHBOUR, WATER
from sxcanalysis.geography.boundaries import load_boundaries

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path as FilePath

    import numpy as np
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from sxcanalysis.figures.page import Page
    from sxcanalysis.figures.request import Request

Box = tuple[float, float, float, float]
_CITY_EDGE, _COUNTY_EDGE = "#6f6b62", "#b3afa4"
# What is drawn of the ground, from below: layer and look. The cities once more over the water: a border in a lake is no shore.
_LAYERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("neighbours", {"facecolor": NEIGHBOUR, "edgecolor": "white", "linewidth": 0.5}),
    ("cities", {"facecolor": LAND}),
    ("counties", {"edgecolor": _COUNTY_EDGE, "linewidth": 0.3}),
    ("cities", {"edgecolor": _CITY_EDGE, "linewidth": 0.6}),
    ("water", {"facecolor": WATER}),
    ("cities", {"edgecolor": _CITY_EDGE, "linewidth": 0.2, "alpha": 0.55}),
    ("base", {"edgecolor": "#c2bdb2", "linewidth": 0.5}),
)


@dataclass(frozen=True)
class Ground:
    """What lies under a map, in metres of the circle's CRS."""

    cities: gpd.GeoDataFrame
    counties: gpd.GeoDataFrame
    neighbours: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    base: gpd.GeoDataFrame
    crs: str


@dataclass(frozen=True)
class Frame:
    """A window on the ground and its place on the page: `x`, `y` of its upper left corner and `scale` in metres a millimetre."""

    west: float
    south: float
    east: float
    north: float
    x: float
    y: float
    scale: float

    @property
    def width(self) -> float:
        """In millimetres."""
        return (self.east - self.west) / self.scale

    @property
    def height(self) -> float:
        """In millimetres."""
        return (self.north - self.south) / self.scale

    @property
    def sheet(self) -> Box:
        """Left, top, right and bottom on the page."""
        return self.x, self.y, self.x + self.width, self.y + self.height

    @property
    def window(self) -> BaseGeometry:
        """What is seen, in metres."""
        return shapely.box(self.west, self.south, self.east, self.north)

    def on_page(self, metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take coordinates in metres to millimetres of the page."""
        return (metres - (self.west, self.north)) / (self.scale, -self.scale) + (self.x, self.y)

    def place(self, geometry: BaseGeometry) -> BaseGeometry:
        """Take a geometry to the page, cut to the frame."""
        return shapely.transform(shapely.clip_by_rect(geometry, *self.window.bounds), self.on_page)


def frame_for(bounds: Box, x: float, y: float, width: float, margin: float = 0.03) -> Frame:
    """Frame bounds (metres) with a margin, `width` millimetres wide."""
    west, south, east, north = bounds
    room = margin * max(east - west, north - south)
    west, south, east, north = west - room, south - room, east + room, north + room
    return Frame(west, south, east, north, x, y, (east - west) / width)


def load_ground(request: Request, detail_m: float = 150.0) -> Ground:
    """
    Load and project boundaries, water and base lines; outlines are thinned to `detail_m`, which no print at these scales shows.

    A boundary file that the request names goes before the shipped units. The result is shared between figures; do not change it.
    """
    own = request.boundaries
    stamp = own.stat().st_mtime_ns if own is not None and own.is_file() else 0
    base = tuple((path, path.stat().st_mtime_ns) for path in sorted((data_dir() / "base").glob("*.geojson")))
    return _loaded(request.circle.crs, own, stamp, base, detail_m)


@cache
def _loaded(
    crs: str, own: FilePath | None, _stamp: int, base: tuple[tuple[FilePath, int], ...], detail_m: float
) -> Ground:
    cities, counties = load_boundaries("city"), load_boundaries("county")
    if own is not None:
        units = own_units(own)
        if units["adcode"].str.endswith("00").all():
            cities = units
        else:
            counties = units
            merged = units.dissolve("city_adcode", as_index=False)[["city_adcode", "geometry"]]
            names = pd.DataFrame(cities)[["adcode", "name", "name_en"]]
            cities = merged.rename(columns={"city_adcode": "adcode"}).merge(names, on="adcode", how="left")
    layers = [frame.to_crs(crs) for frame in (cities, counties, load_boundaries("neighbour"))]
    # Shared borders must stay shared when they are thinned.
    land, units, around = (
        plane.set_geometry(shapely.coverage_simplify(plane.geometry.to_numpy(), detail_m)) for plane in layers
    )
    water = load_boundaries("water").to_crs(crs)
    empty = gpd.GeoDataFrame(geometry=gpd.GeoSeries([], crs=crs))
    lines = [gpd.read_file(path).to_crs(crs)[["geometry"]] for path, _ in base]
    network = gpd.GeoDataFrame(pd.concat([empty, *lines], ignore_index=True), crs=crs)
    return Ground(land, units, around, water.set_geometry(water.geometry.simplify(detail_m)), network, crs)


def own_units(path: FilePath) -> gpd.GeoDataFrame:
    """Read a boundary file of a person's own, of counties or of cities (see `load_boundaries`)."""
    try:
        return load_boundaries("county", path=path)
    except DataError:
        return load_boundaries("city", path=path)


def draw_shapes(page: Page, frame: Frame, shapes: Iterable[BaseGeometry | None], **look: Any) -> None:  # noqa: ANN401
    """Draw polygons or lines of the ground, cut to the frame, as one path."""
    seen = shapely.get_parts([frame.place(one) for one in shapes if one is not None])
    areas = shapely.get_rings(seen[shapely.get_dimensions(seen) == 2])
    lines = seen[shapely.get_dimensions(seen) == 1]
    paths = [Path(shapely.get_coordinates(ring), closed=True) for ring in areas]
    paths += [Path(shapely.get_coordinates(line)) for line in lines]
    if paths:
        page.put(Path.make_compound_path(*paths), **({"joinstyle": "round"} | look))


def draw_ground(page: Page, frame: Frame, ground: Ground) -> None:
    """Draw land, water, borders and base lines inside the frame; borders are thin where they run in water."""
    page.box(frame.x, frame.y, frame.width, frame.height, NEIGHBOUR, zorder=1.0)
    for at, (layer, look) in enumerate(_LAYERS, start=1):
        draw_shapes(page, frame, getattr(ground, layer).geometry, zorder=1 + at / 100, **look)


def draw_rim(page: Page, frame: Frame) -> None:
    """Draw the edge of the map."""
    page.box(frame.x, frame.y, frame.width, frame.height, "none", edgecolor=MUTED, linewidth=0.5, zorder=8)


def draw_scale(page: Page, frame: Frame, x: float, y: float) -> Box:
    """Draw a scale bar with its north arrow from (x, y), its lower left corner; return the room that it takes."""
    km = max(k for k in (1, 2, 5, 10, 20, 25, 50, 100) if k * 1000 / frame.scale <= 0.2 * frame.width)
    wide, top = km * 1000 / frame.scale, y - 5.2
    page.box(x, y - 0.7, wide / 2, 0.7, INK, zorder=7)
    page.box(x, y - 0.7, wide, 0.7, "none", edgecolor=INK, linewidth=0.4, zorder=7)
    words = f"{km} {page.request.label('map.km')}"
    page.write(x + wide, y - 2.1, words, LEAST_PT, ha="right", halo=LAND, zorder=7)
    arrow = [(0.6, y - 1.4, 0.6, top), (0.6, top, 0.0, top + 1.1), (0.6, top, 1.2, top + 1.1)]
    page.lines([(x + a, b, x + c, d) for a, b, c, d in arrow], INK, 0.6, zorder=7)
    page.write(x + 1.8, top + 1.2, page.request.label("map.north"), LEAST_PT, halo=LAND, zorder=7)
    return x - 0.5, top - 0.5, x + wide + 0.8, y + 0.5
