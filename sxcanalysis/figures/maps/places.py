"""Places for words on a map: each where it stands on nothing else, or led to from where there is room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from sxcanalysis.figures.lettering import line_width
from sxcanalysis.figures.style import FONT_SIZES, LAND, MM, MUTED, NEIGHBOUR, WATER

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from sxcanalysis.figures.maps.ground import Box, Frame, Ground
    from sxcanalysis.figures.page import Page
    from sxcanalysis.figures.request import Request

_PAD_MM = 0.25  # around every word
_CELL_MM = 0.25  # of the raster on which lines are counted
_TAKEN = 1e6  # the price of a place that something stands on


@dataclass(frozen=True)
class Room:
    """What is taken on a map: boxes (left, top, right, bottom in mm), and points of lines, counted once on a raster."""

    sheet: Box
    sums: NDArray[np.int64]
    boxes: list[Box] = field(default_factory=list)

    def price(
        self, centres: NDArray[np.float64], half: tuple[float, float], *, line: float = 1.0
    ) -> NDArray[np.float64]:
        """Price boxes of half width and half height around centres: what they cover, and whether they leave the map."""
        w, h = half[0] + _PAD_MM, half[1] + _PAD_MM
        x, y = centres[:, 0], centres[:, 1]
        left, top, right, bottom = self.sheet
        cost = _TAKEN * ((x - w < left) | (x + w > right) | (y - h < top) | (y + h > bottom)).astype(float)
        if self.boxes:
            boxes = np.array(self.boxes)
            hit = (
                (x[:, None] + w > boxes[:, 0])
                & (x[:, None] - w < boxes[:, 2])
                & (y[:, None] + h > boxes[:, 1])
                & (y[:, None] - h < boxes[:, 3])
            )
            cost += _TAKEN * hit.any(1)
        return cost + line * self.crossed(x - w, y - h, x + w, y + h)

    def crossed(
        self,
        x0: NDArray[np.float64],
        y0: NDArray[np.float64],
        x1: NDArray[np.float64],
        y1: NDArray[np.float64],
    ) -> NDArray[np.int64]:
        """Count the points of lines in boxes, from sums over the raster."""
        high, wide = self.sums.shape
        (a, c), (b, d) = (np.clip(((v - self.sheet[0]) / _CELL_MM).astype(int), 0, wide - 1) for v in (x0, x1)), (np.clip(((v - self.sheet[1]) / _CELL_MM).astype(int), 0, high - 1) for v in (y0, y1))  # fmt: skip
        found: NDArray[np.int64] = self.sums[d, c] - self.sums[b, c] - self.sums[d, a] + self.sums[b, a]
        return found

    def take(self, centre: Sequence[float] | NDArray[np.float64], half: tuple[float, float]) -> None:
        """Keep a box for what stands there now."""
        self.boxes.append(
            (centre[0] - half[0], centre[1] - half[1], centre[0] + half[0], centre[1] + half[1])
        )


def room_on(sheet: Box, lines: Sequence[NDArray[np.float64]]) -> Room:
    """Make the room of a map whose lines (points in mm) words should keep off."""
    left, top, right, bottom = sheet
    shape = int((bottom - top) / _CELL_MM) + 2, int((right - left) / _CELL_MM) + 2
    counts = np.zeros(shape, dtype=np.int64)
    points = np.concatenate(lines) if lines else np.empty((0, 2))
    rows, columns = (
        ((points[:, 1] - top) / _CELL_MM).astype(int) + 1,
        ((points[:, 0] - left) / _CELL_MM).astype(int) + 1,
    )
    inside = (rows > 0) & (rows < shape[0]) & (columns > 0) & (columns < shape[1])
    np.add.at(counts, (rows[inside], columns[inside]), 1)
    return Room(sheet, counts.cumsum(0).cumsum(1))


def _xy(spot: NDArray[np.float64]) -> tuple[float, float]:
    return float(spot[0]), float(spot[1])


def half_box(words: str, size: float) -> tuple[float, float]:
    """Measure half the width and height of one line of text in millimetres."""
    return line_width(words, size) / 2 / MM, 0.56 * size / MM


def grid_in(shape: BaseGeometry, step: float) -> NDArray[np.float64]:
    """Give places inside a shape on the page, on a grid, the middle first."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    if not parts:
        return np.empty((0, 2))
    part = max(parts, key=lambda one: float(one.area))
    middle = shapely.get_coordinates(shapely.maximum_inscribed_circle(part, max(part.length / 400, 0.05)))[:1]
    west, south, east, north = part.bounds
    xs, ys = np.meshgrid(np.arange(west, east, step), np.arange(south, north, step))
    spots = np.column_stack([xs.ravel(), ys.ravel()])
    return np.vstack([middle, spots[shapely.contains_xy(part, *spots.T)]])


def write_units(
    page: Page, frame: Frame, room: Room, units: gpd.GeoDataFrame, request: Request, *, lead: bool
) -> list[str]:
    """
    Name the county-level units on a map.

    Parameters
    ----------
    page, frame, room
        Where, and what is taken.
    units
        In the map's CRS.
    request
        Its language decides the names.
    lead
        Whether a unit without room for its name is led to from outside.

    Returns
    -------
    unnamed
        Units that found no place.
    """
    size, color = FONT_SIZES["min"], "#6d685e"
    rest, unnamed = [], []
    shapes = [
        (row, frame.place(shape))
        for row, shape in zip(units.drop(columns="geometry").to_dict("records"), units.geometry, strict=True)
    ]
    for row, shape in sorted(shapes, key=lambda one: float(one[1].area)):
        # A corner of a unit at the edge of the map needs no name.
        if shape.is_empty or shape.area < 14.0:
            continue
        words = _unit_name(row, request.lang)
        half = half_box(words, size)
        spots = grid_in(shape, 1.1)
        inside = shapely.contains(shape.buffer(0.4), shapely.box(*(spots - half).T, *(spots + half).T))
        cost = room.price(spots, half, line=0.9) + 3.0 * ~inside + 0.12 * np.hypot(*(spots - spots[0]).T)
        best = int(np.argmin(cost))
        if cost[best] >= 9.0:
            rest.append((words, half, spots))
            continue
        room.take(spots[best], half)
        page.write(*_xy(spots[best]), words, size=size, color=color, ha="center", halo=LAND, zorder=5.0)
    for words, half, spots in rest:
        if not lead:
            # Better over a line than not at all.
            cost = room.price(spots, half, line=0.9)
            best = int(np.argmin(cost))
            if cost[best] < _TAKEN:
                room.take(spots[best], half)
                page.write(
                    *_xy(spots[best]), words, size=size, color=color, ha="center", halo=LAND, zorder=5.0
                )
            else:
                unnamed.append(words)
            continue
        turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        ring = np.concatenate(
            [
                spots[0] + r * np.column_stack([np.cos(turns), np.sin(turns)]) * (1.6, 1.0)
                for r in (4, 6, 8, 11, 14, 18)
            ]
        )
        price = room.price(ring, half, line=0.9) + 0.3 * np.hypot(*(ring - spots[0]).T)
        best = int(np.argmin(price))
        if price[best] >= _TAKEN:
            unnamed.append(words)
            continue
        room.take(ring[best], half)
        page.lines([(*spots[0], *_edge_point(ring[best], half, spots[0]))], MUTED, 0.35, zorder=4.9)
        page.ax.plot(
            *spots[0], marker="o", markersize=1.4, color=MUTED, zorder=4.9, scalex=False, scaley=False
        )
        page.write(*_xy(ring[best]), words, size=size, color=color, ha="center", halo=LAND, zorder=5.0)
    return unnamed


def _edge_point(
    centre: NDArray[np.float64], half: tuple[float, float], towards: NDArray[np.float64]
) -> tuple[float, float]:
    step = towards - centre
    share = min(half[0] / max(abs(step[0]), 1e-9), half[1] / max(abs(step[1]), 1e-9), 1.0)
    return float(centre[0] + share * step[0]), float(centre[1] + share * step[1])


def _unit_name(row: dict[Any, Any], lang: str) -> str:
    if lang == "zh":
        return str(row["name"])
    return (
        str(row["name_en"] or row["name"])
        .removesuffix(" District")
        .removesuffix(" City")
        .removesuffix(" County")
    )


def seats(ground: Ground) -> dict[str, NDArray[np.float64]]:
    """Give for each city a point in its smallest district: the old town, where a map has its dot."""
    found = {}
    for code in ground.cities["adcode"]:
        mine = ground.counties[ground.counties["adcode"].str.startswith(str(code)[:4])]
        districts = mine[mine["adcode"].str[4:] < "20"]
        units = (
            districts
            if len(districts)
            else mine
            if len(mine)
            else ground.cities[ground.cities["adcode"] == code]
        )
        core = units.geometry.loc[units.area.idxmin()]
        found[str(code)] = shapely.get_coordinates(core.representative_point())[0]
    return found


def write_cities(page: Page, frame: Frame, room: Room, ground: Ground, request: Request) -> None:
    """Write the cities' names beside their dots."""
    size = FONT_SIZES["text"] + (1.0 if page.width > 100 else 0.0)
    places = seats(ground)
    for row in ground.cities.drop(columns="geometry").to_dict("records"):
        metres = places[str(row["adcode"])]
        if not (frame.west < metres[0] < frame.east and frame.south < metres[1] < frame.north):
            continue
        dot = frame.on_page(metres[None, :])[0]
        words = (
            str(row["name"]).removesuffix("市")
            if request.lang == "zh"
            else str(row["name_en"] or row["name"])
        )
        half = half_box(words, size)
        gap = 1.2
        around = [(half[0] + gap, 0), (-half[0] - gap, 0), (0, -half[1] - gap), (0, half[1] + gap)]
        around += [
            (sx * (half[0] + gap * 0.7), sy * (half[1] + gap * 0.5)) for sx in (1, -1) for sy in (1, -1)
        ]
        spots = dot + np.array(around)
        best = int(np.argmin(room.price(spots, half, line=0.6) + 0.2 * np.arange(len(spots))))
        room.take(spots[best], half)
        room.take(dot, (0.8, 0.8))
        page.ax.plot(
            *dot,
            marker="o",
            markersize=3.2,
            markerfacecolor="white",
            markeredgecolor="#222222",
            markeredgewidth=0.9,
            zorder=5.5,
            scalex=False,
            scaley=False,
        )
        page.write(*_xy(spots[best]), words, size=size, color="#2f2c26", ha="center", halo=LAND, zorder=5.4)


def write_around(page: Page, frame: Frame, room: Room, ground: Ground, request: Request) -> None:
    """Name waters and the units around, where there is room."""
    size = FONT_SIZES["min"]
    column = "name" if request.lang == "zh" else "name_en"
    layers = [(ground.water, "#3f7396", WATER), (ground.neighbours, "#8a8a8a", NEIGHBOUR)]
    for units, color, halo in layers:
        for words, shape in zip(units[column], units.geometry, strict=True):
            seen = frame.place(shape)
            if not words or seen.area < 14.0:
                continue
            half = half_box(str(words), size)
            spots = grid_in(seen, 1.6)
            inside = shapely.contains(seen, shapely.box(*(spots - half).T, *(spots + half).T))
            cost = room.price(spots, half, line=1.5) + 60.0 * ~inside + 0.1 * np.hypot(*(spots - spots[0]).T)
            best = int(np.argmin(cost))
            if cost[best] < 12.0:
                room.take(spots[best], half)
                page.write(
                    *_xy(spots[best]), str(words), size=size, color=color, ha="center", halo=halo, zorder=4.8
                )


def write_along(
    page: Page, room: Room, line: NDArray[np.float64], words: str, color: str, size: float
) -> bool:
    """
    Write a name along a line, where it runs straight enough and nothing stands.

    Returns
    -------
    written
        False where there is no such place.
    """
    wide, high = line_width(words, size) / MM, size * 1.0 / MM
    step = float(np.hypot(*(line[1] - line[0]))) if len(line) > 1 else 0.0
    count = int(wide / step) + 1 if step else 0
    if count < 2 or count + 4 >= len(line):
        return False
    best, chosen = 26.0, None
    for first in range(2, len(line) - count - 2, 2):
        window = line[first : first + count + 1]
        chord = window[-1] - window[0]
        length = float(np.hypot(*chord))
        if length < wide * 0.96:
            continue
        along = chord / length
        if along[0] < 0:
            along = -along
        angle = np.arctan2(along[1], along[0])
        if abs(angle) > np.deg2rad(78):
            continue
        up = np.array([along[1], -along[0]])
        bend = float(np.abs((window - window[0]) @ up).max())
        if bend > 1.6:
            continue
        for side in (1.0, -1.0):
            middle = (window[0] + window[-1]) / 2 + up * side * (high * 0.62 + 0.55 + bend)
            beads = (
                middle
                + np.linspace(-wide / 2 + high / 2, wide / 2 - high / 2, max(2, int(wide / high) + 1))[
                    :, None
                ]
                * along
            )
            cost = (
                float(room.price(beads, (high * 0.55, high * 0.5), line=0.7).sum())
                + 2 * bend
                + 0.3 * abs(angle)
            )
            if cost < best:
                best, chosen = cost, (middle, angle, beads)
    if chosen is None:
        return False
    middle, angle, beads = chosen
    for bead in beads:
        room.take(bead, (high * 0.55, high * 0.5))
    page.write(
        float(middle[0]), float(middle[1]), words, size=size, color=color, ha="center", va="center", rotation=-float(np.rad2deg(angle)),
        rotation_mode="anchor", halo=LAND, zorder=5.2,
    )  # fmt: skip
    return True
