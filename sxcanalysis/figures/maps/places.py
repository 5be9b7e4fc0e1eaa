"""Places for words on a map: each where it stands on nothing else, or led to from where there is room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from sxcanalysis.figures.lettering import line_width
from sxcanalysis.figures.style import LAND, LEAST_PT, MM, MUTED, NEIGHBOUR, TEXT_PT, WATER, Mark

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from sxcanalysis.figures.maps.ground import Box, Frame, Ground
    from sxcanalysis.figures.page import Page

_PAD_MM = 0.25  # around every word
_CELL_MM = 0.25  # of the raster on which lines are counted
_LEAST_MM2 = 14.0  # a corner of a unit at the edge of the map needs no name
TAKEN = 1e6  # the price of a place that something stands on


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
        reach = np.array(half) + _PAD_MM
        low, high = centres - reach, centres + reach
        left, top, right, bottom = self.sheet
        off = (low < np.array([left, top])) | (high > np.array([right, bottom]))
        taken = np.atleast_1d(off.any(axis=1))
        if self.boxes:
            boxes = np.array(self.boxes)
            hit = np.all((high[:, None] > boxes[:, :2]) & (low[:, None] < boxes[:, 2:]), axis=2)
            taken |= hit.any(axis=1)
        return TAKEN * taken + line * self.crossed(low, high)

    def crossed(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.int64]:
        """Count the points of lines in boxes (upper left and lower right corners), from sums over the raster."""
        deep, wide = self.sums.shape
        corners = [((one - self.sheet[:2]) / _CELL_MM).astype(int) for one in (low, high)]
        (a, b), (c, d) = (np.clip(one, 0, (wide - 1, deep - 1)).T for one in corners)
        found: NDArray[np.int64] = self.sums[d, c] - self.sums[b, c] - self.sums[d, a] + self.sums[b, a]
        return found

    def take(self, centre: Sequence[float] | NDArray[np.float64], half: tuple[float, float]) -> None:
        """Keep a box for what stands there now."""
        (x, y), (w, h) = centre, half
        self.boxes.append((x - w, y - h, x + w, y + h))


def room_on(sheet: Box, lines: Sequence[NDArray[np.float64]]) -> Room:
    """Make the room of a map whose lines (points in mm) words should keep off."""
    left, top, right, bottom = sheet
    wide, deep = int((right - left) / _CELL_MM) + 2, int((bottom - top) / _CELL_MM) + 2
    points = np.concatenate(lines) if lines else np.empty((0, 2))
    places = ((points - (left, top)) / _CELL_MM + 1).T
    counts, _, _ = np.histogram2d(places[1], places[0], bins=(deep, wide), range=((0, deep), (0, wide)))
    return Room(sheet, counts.astype(np.int64).cumsum(0).cumsum(1))


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


def _put(
    page: Page,
    room: Room,
    words: str,
    spots: NDArray[np.float64],
    cost: NDArray[np.float64],
    limit: float,
    **style: Any,  # noqa: ANN401
) -> NDArray[np.float64] | None:
    """Write words at the cheapest of some places and keep it for them; where all cost too much, write nothing."""
    best = int(np.argmin(cost))
    if cost[best] >= limit:
        return None
    look: dict[str, Any] = {"size": LEAST_PT, "ha": "center", "halo": LAND, "zorder": 5.0} | style
    spot: NDArray[np.float64] = spots[best]
    room.take(spot, half_box(words, look["size"]))
    page.write(spot[0], spot[1], words, **look)
    return spot


def _inside(shape: BaseGeometry, spots: NDArray[np.float64], half: tuple[float, float]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = shapely.contains(shape, shapely.box(*(spots - half).T, *(spots + half).T))
    return found


def write_units(page: Page, frame: Frame, room: Room, units: gpd.GeoDataFrame, *, lead: bool) -> list[str]:
    """Name the county-level units, or lead to them from where there is room (`lead`); return those that found no place."""
    color, rest, unnamed = "#6d685e", [], []
    shapes = [
        (row, frame.place(shape)) for row, shape in zip(units.to_dict("records"), units.geometry, strict=True)
    ]
    for row, shape in sorted(shapes, key=lambda one: float(one[1].area)):
        if shape.is_empty or shape.area < _LEAST_MM2:
            continue
        words = _unit_name(row, page.request.lang)
        half, spots = half_box(words, LEAST_PT), grid_in(shape, 1.1)
        cost = room.price(spots, half, line=0.9) + 3.0 * ~_inside(shape.buffer(0.4), spots, half)
        if (
            _put(page, room, words, spots, cost + 0.12 * np.hypot(*(spots - spots[0]).T), 9.0, color=color)
            is None
        ):
            rest.append((words, half, spots))
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = np.column_stack([1.6 * np.cos(turns), np.sin(turns)])
    for words, half, spots in rest:
        # Better over a line than not at all.
        ring = np.concatenate([spots[0] + r * circle for r in (4, 6, 8, 11, 14, 18)]) if lead else spots
        cost = room.price(ring, half, line=0.9) + lead * 0.3 * np.hypot(*(ring - spots[0]).T)
        spot = _put(page, room, words, ring, cost, TAKEN, color=color)
        if spot is None:
            unnamed.append(words)
        elif lead:
            step = spots[0] - spot
            share = min(1.0, *(np.array(half) / np.maximum(np.abs(step), 1e-9)))
            page.lines([*spots[0], *(spot + share * step)], MUTED, 0.35, zorder=4.9)
            page.dot(spots[0, 0], spots[0, 1], Mark(MUTED), 1.4, zorder=4.9)
    return unnamed


def _unit_name(row: Mapping[Hashable, Any], lang: str) -> str:
    if lang == "zh":
        return str(row["name"])
    return (
        str(row["name_en"] or row["name"])
        .removesuffix(" District")
        .removesuffix(" City")
        .removesuffix(" County")
    )


def _seat(ground: Ground, code: str) -> NDArray[np.float64]:
    """Give a point in the smallest district of a city: the old town, where a map has its dot."""
    mine = ground.counties[ground.counties["adcode"].str.startswith(code[:4])]
    districts = mine[mine["adcode"].str[4:] < "20"]
    layers = (districts, mine, ground.cities[ground.cities["adcode"] == code])
    units = next(layer for layer in layers if len(layer))
    core = units.geometry.loc[units.area.idxmin()]
    seat: NDArray[np.float64] = shapely.get_coordinates(core.representative_point())
    return seat


def write_cities(page: Page, frame: Frame, room: Room, ground: Ground) -> None:
    """Write the cities' names beside their dots."""
    size, gap = TEXT_PT + (1.0 if page.width > 100 else 0.0), 1.2
    for row in ground.cities.to_dict("records"):
        metres = _seat(ground, str(row["adcode"]))
        if not shapely.contains_xy(frame.window, metres).all():
            continue
        dot = frame.on_page(metres)[0]
        name = row["name"] if page.request.lang == "zh" else row["name_en"] or row["name"]
        words = str(name).removesuffix("市")
        half = half_box(words, size)
        beside = [(1.0, 0.0, gap), (-1.0, 0.0, gap), (0.0, -1.0, gap), (0.0, 1.0, gap)]
        beside += [(x, y, 0.6 * gap) for x in (1.0, -1.0) for y in (1.0, -1.0)]
        spots = dot + np.array([(x * (half[0] + away), y * (half[1] + away)) for x, y, away in beside])
        cost = room.price(spots, half, line=0.6) + 0.2 * np.arange(len(spots))
        _put(page, room, words, spots, cost, np.inf, size=size, color="#2f2c26", zorder=5.4)
        room.take(dot, (0.8, 0.8))
        page.dot(dot[0], dot[1], Mark("#222222", filled=False), 3.2, zorder=5.5)


def write_around(page: Page, frame: Frame, room: Room, ground: Ground) -> None:
    """Name waters and the units around, where there is room."""
    column = "name" if page.request.lang == "zh" else "name_en"
    for units, color, halo in ((ground.water, "#3f7396", WATER), (ground.neighbours, "#8a8a8a", NEIGHBOUR)):
        for words, shape in zip(units[column], units.geometry, strict=True):
            seen = frame.place(shape)
            if not words or seen.area < _LEAST_MM2:
                continue
            half, spots = half_box(str(words), LEAST_PT), grid_in(seen, 1.6)
            cost = room.price(spots, half, line=1.5) + 60.0 * ~_inside(seen, spots, half)
            cost += 0.1 * np.hypot(*(spots - spots[0]).T)
            _put(page, room, str(words), spots, cost, 12.0, color=color, halo=halo, zorder=4.8)


def write_along(
    page: Page, room: Room, line: NDArray[np.float64], words: str, color: str, size: float
) -> bool:
    """Write a name along a line, where it runs straight enough and nothing stands; tell whether there was such a place."""
    wide, high = line_width(words, size) / MM, size / MM
    step = float(np.hypot(*(line[1] - line[0]))) if len(line) > 1 else 0.0
    count = int(wide / step) + 1 if step else 0
    if count < 2:
        return False
    half = (high * 0.55, high * 0.5)
    reach = np.linspace(-wide / 2 + high / 2, wide / 2 - high / 2, max(2, int(wide / high) + 1))[:, None]
    best, chosen = 26.0, None
    for first in range(2, len(line) - count - 2, 2):
        window = line[first : first + count + 1]
        chord = window[-1] - window[0]
        along = chord / max(float(np.hypot(*chord)), 1e-9) * (-1.0 if chord[0] < 0 else 1.0)
        up = np.array([along[1], -along[0]])
        angle = float(np.arctan2(along[1], along[0]))
        bend = float(np.abs((window - window[0]) @ up).max())
        if np.hypot(*chord) < wide * 0.96 or abs(angle) > np.deg2rad(78) or bend > 1.6:
            continue
        for side in (1.0, -1.0):
            middle = (window[0] + window[-1]) / 2 + up * side * (high * 0.62 + 0.55 + bend)
            beads = middle + reach * along
            cost = float(room.price(beads, half, line=0.7).sum()) + 2 * bend + 0.3 * abs(angle)
            if cost < best:
                best, chosen = cost, (middle, angle, beads)
    if chosen is None:
        return False
    middle, angle, beads = chosen
    for bead in beads:
        room.take(bead, half)
    turn = -float(np.rad2deg(angle))
    page.write(middle[0], middle[1], words, size, color, ha="center", rotation=turn, halo=LAND, zorder=5.2)
    return True
