"""The ground that maps are drawn on: land, water, borders; and the frame that takes metres to millimetres of the page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from sxcanalysis.core.errors import DataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.figures.style import FONT_SIZES, INK, LAND, MUTED, NEIGHBOUR, WATER
from sxcanalysis.geography.boundaries import load_boundaries

if TYPE_CHECKING:
    from pathlib import Path as FilePath

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from sxcanalysis.figures.page import Page
    from sxcanalysis.figures.request import Request

Box = tuple[float, float, float, float]
_CITY_EDGE, _COUNTY_EDGE = "#6f6b62", "#b3afa4"


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

    def on_page(self, metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take coordinates in metres to millimetres of the page."""
        return np.column_stack(
            [
                self.x + (metres[:, 0] - self.west) / self.scale,
                self.y + (self.north - metres[:, 1]) / self.scale,
            ]
        )

    def place(self, geometry: BaseGeometry) -> BaseGeometry:
        """Take a geometry to the page, cut to the frame."""
        cut = shapely.clip_by_rect(geometry, self.west, self.south, self.east, self.north)
        return shapely.transform(cut, self.on_page)


def frame_for(bounds: Box, x: float, y: float, width: float, margin: float = 0.03) -> Frame:
    """Frame bounds (metres) with a margin, `width` millimetres wide."""
    west, south, east, north = bounds
    room = margin * max(east - west, north - south)
    west, south, east, north = west - room, south - room, east + room, north + room
    return Frame(west, south, east, north, x, y, (east - west) / width)


def load_ground(request: Request, detail_m: float = 150.0) -> Ground:
    """
    Load and project boundaries, water and base lines; outlines are thinned to `detail_m`, which no print at these scales shows.

    Parameters
    ----------
    request
        Its boundary file, where it names one, goes before the shipped units.
    detail_m
        In metres.

    Returns
    -------
    ground
        Shared between figures; do not change it.
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
            cities = units.assign(adcode=units["city_adcode"])[["adcode", "geometry"]].dissolve(
                "adcode", as_index=False
            )
            cities = cities.merge(
                pd.DataFrame(load_boundaries("city"))[["adcode", "name", "name_en"]], on="adcode", how="left"
            )
    layers = []
    for frame in (cities, counties, load_boundaries("neighbour")):
        plane = frame.to_crs(crs)
        # Shared borders must stay shared when they are thinned.
        layers.append(plane.set_geometry(shapely.coverage_simplify(plane.geometry.to_numpy(), detail_m)))
    water = load_boundaries("water").to_crs(crs)
    lines = [gpd.read_file(path).to_crs(crs)[["geometry"]] for path, _ in base]
    empty = gpd.GeoDataFrame(geometry=gpd.GeoSeries([], crs=crs))
    network = gpd.GeoDataFrame(pd.concat(lines, ignore_index=True), crs=crs) if lines else empty
    land, units, around = layers
    return Ground(land, units, around, water.set_geometry(water.geometry.simplify(detail_m)), network, crs)


def own_units(path: FilePath) -> gpd.GeoDataFrame:
    """Read a boundary file of a person's own, of counties or of cities (see `load_boundaries`)."""
    try:
        return load_boundaries("county", path=path)
    except DataError:
        return load_boundaries("city", path=path)


def draw_shapes(page: Page, frame: Frame, shapes: gpd.GeoSeries | list[BaseGeometry], **style: Any) -> None:  # noqa: ANN401
    """Draw polygons or lines of the ground, cut to the frame, as one path."""
    points: list[NDArray[np.float64]] = []
    codes: list[NDArray[np.uint8]] = []
    for shape in shapely.get_parts(
        np.array([frame.place(one) for one in shapes if one is not None], dtype=object)
    ):
        rings = (
            [shape.exterior, *shape.interiors]
            if shape.geom_type == "Polygon"
            else [shape]
            if shape.geom_type == "LineString"
            else []
        )
        for ring in rings:
            xy = shapely.get_coordinates(ring)
            if len(xy) < 2:
                continue
            kind = np.full(len(xy), Path.LINETO, dtype=np.uint8)
            kind[0] = Path.MOVETO
            if shape.geom_type == "Polygon":
                kind[-1] = Path.CLOSEPOLY
            points.append(xy)
            codes.append(kind)
    if points:
        settings = {"facecolor": "none", "edgecolor": "none", "linewidth": 0.0, "joinstyle": "round"} | style
        page.ax.add_artist(PathPatch(Path(np.concatenate(points), np.concatenate(codes)), **settings))


def draw_ground(page: Page, frame: Frame, ground: Ground, *, counties: bool = True) -> None:
    """Draw land, water, borders and base lines inside the frame; borders are thin where they run in water."""
    page.box(frame.x, frame.y, frame.width, frame.height, NEIGHBOUR, zorder=1.0)
    draw_shapes(
        page,
        frame,
        ground.neighbours.geometry,
        facecolor=NEIGHBOUR,
        edgecolor="white",
        linewidth=0.5,
        zorder=1.01,
    )
    draw_shapes(page, frame, ground.cities.geometry, facecolor=LAND, zorder=1.02)
    if counties:
        draw_shapes(page, frame, ground.counties.geometry, edgecolor=_COUNTY_EDGE, linewidth=0.3, zorder=1.03)
    draw_shapes(page, frame, ground.cities.geometry, edgecolor=_CITY_EDGE, linewidth=0.6, zorder=1.04)
    draw_shapes(page, frame, ground.water.geometry, facecolor=WATER, zorder=1.05)
    # Once more over the water, hardly seen: a border in a lake is no shore.
    draw_shapes(
        page, frame, ground.cities.geometry, edgecolor=_CITY_EDGE, linewidth=0.2, alpha=0.55, zorder=1.06
    )
    draw_shapes(page, frame, ground.base.geometry, edgecolor="#c2bdb2", linewidth=0.5, zorder=1.07)


def draw_rim(page: Page, frame: Frame) -> None:
    """Draw the edge of the map."""
    page.box(frame.x, frame.y, frame.width, frame.height, "none", edgecolor=MUTED, linewidth=0.5, zorder=8)


def draw_scale(page: Page, frame: Frame, x: float, y: float, request: Request) -> Box:
    """Draw a scale bar with its north arrow from (x, y), its lower left corner; return the room that it takes."""
    km = max(k for k in (1, 2, 5, 10, 20, 25, 50, 100) if k * 1000 / frame.scale <= 0.2 * frame.width)
    wide = km * 1000 / frame.scale
    page.box(x, y - 0.7, wide / 2, 0.7, INK, zorder=7)
    page.box(x, y - 0.7, wide, 0.7, "none", edgecolor=INK, linewidth=0.4, zorder=7)
    size = FONT_SIZES["min"]
    page.write(
        x + wide, y - 2.1, f"{km} {request.label('map.km')}", size=size, ha="right", halo=LAND, zorder=7
    )
    top = y - 5.2
    page.lines(
        [(x + 0.6, y - 1.4, x + 0.6, top), (x + 0.6, top, x, top + 1.1), (x + 0.6, top, x + 1.2, top + 1.1)],
        INK,
        0.6,
        zorder=7,
    )
    page.write(x + 1.8, top + 1.2, request.label("map.north"), size=size, halo=LAND, zorder=7)
    return x - 0.5, top - 0.5, x + wide + 0.8, y + 0.5
