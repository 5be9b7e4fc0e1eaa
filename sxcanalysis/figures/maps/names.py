"""Names on the maps: waters, cities, neighbours and counties, each where it stands on nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.affinity import rotate

from sxcanalysis.figures.fonts import text_width
from sxcanalysis.figures.maps.ground import metres_a_point, projection
from sxcanalysis.figures.style import FONT_SIZES, LAND, NEIGHBOUR, WATER, add_halo
from sxcanalysis.reference.words import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from shapely.geometry.base import BaseGeometry

    from sxcanalysis.figures.maps.ground import Ground

# Longitude, latitude and slope of places where the name of a water fits; the first that is free is taken.
_WATERS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "taihu": ((120.13, 31.20, 0), (120.02, 31.24, 0), (120.03, 31.12, 0), (120.22, 31.04, 0), (120.20, 31.26, 0)),
    "yangtze": ((121.26, 31.67, -25), (121.14, 31.75, -25), (120.82, 31.97, -40), (121.46, 31.55, -5), (120.46, 32.05, 15)),
    "yellow_sea": ((121.60, 32.42, 0), (121.30, 32.75, 0), (121.85, 32.15, 0)),
}  # fmt: skip
_STEPS = 36  # places tried across a unit, each way
_SMALL_PT = 250.0  # a map less wide than this is a small one
_WET = 0.6  # of the name of a water, on water


@dataclass(frozen=True)
class _Level:
    """How the names of one kind of unit are written."""

    size: float
    color: str
    halo: str
    least_seen: float  # share of the unit that must be on the map, lest its name stand for a corner of it


_CITY = _Level(7.5, "#4f4b42", LAND, 0.1)
_CITY_SMALL = replace(_CITY, size=6.5)
_NEIGHBOUR = _Level(FONT_SIZES["note"], "#757575", NEIGHBOUR, 0.0)
_COUNTY = _Level(FONT_SIZES["min"], "#79746a", "", 0.3)


def draw_names(
    ax: Axes, ground: Ground, lang: str, *, keep_off: Sequence[BaseGeometry], counties: bool = True
) -> list[Text]:
    """
    Name waters, cities, neighbours and counties.

    A name is written where it stands inside its unit and on nothing else; one that fits nowhere is left out.

    Parameters
    ----------
    ax
        A map at its final size and limits, with everything else on it.
    ground
        From `load_ground`.
    lang
        ``zh`` or ``en``.
    keep_off
        Lines, sites, numbers and furniture, in the map's coordinates.
    counties
        Whether counties are named; a map of a wide area has no room for them.

    Returns
    -------
    names
        As written.
    """
    per_point = metres_a_point(ax)
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    window = shapely.box(west, south, east, north).buffer(-2 * per_point, join_style="mitre")
    water = shapely.union_all(ground.water.geometry.intersection(window).to_numpy())
    borders = shapely.union_all(ground.counties.geometry.boundary.to_numpy())
    taken = list(keep_off)
    written = _name_waters(ax, lang, window, water, taken, borders)
    city = _CITY if (east - west) / per_point > _SMALL_PT else _CITY_SMALL
    levels = [(ground.cities, city), (ground.neighbours, _NEIGHBOUR)]
    if counties:
        levels.append((ground.counties, _COUNTY))
    shapely.prepare(water)
    for units, level in levels:
        seen = units.geometry.intersection(window)
        for at in seen.area.sort_values(ascending=False).index:
            if seen[at].area <= level.least_seen * units.geometry[at].area:
                continue
            word = str(units.at[at, "name" if lang == "zh" else "name_en"])
            if level is _COUNTY and lang == "en":
                word = word.rsplit(" ", 1)[0]
            seat = _seat(ground, str(units.at[at, "adcode"])) if level is city else None
            half = (text_width(word, level.size) / 2 + 1.5) * per_point, 0.62 * level.size * per_point
            spot = _spot(seen[at], half, seat, taken=taken, borders=borders, water=water)
            if spot is None:
                continue
            taken.append(spot)
            text = _write(ax, (spot.centroid.x, spot.centroid.y), word, level.size, level.color)
            written.append(add_halo(text, width=1.4, color=level.halo) if level.halo else text)
    return written


def _seat(ground: Ground, city: str) -> tuple[float, float]:
    """Give the middle of the districts of a city: its name belongs there, not on a county-level city that it administers."""
    codes = ground.counties["adcode"]
    districts = ground.counties[codes.str.startswith(city[:4]) & (codes.str[4:] < "20")]
    middle = shapely.union_all(districts.geometry.to_numpy()).centroid
    return middle.x, middle.y


def _name_waters(
    ax: Axes,
    lang: str,
    window: BaseGeometry,
    water: BaseGeometry,
    taken: list[BaseGeometry],
    borders: BaseGeometry,
) -> list[Text]:
    """Name each water at the first of its places that is free and mostly water; the places taken are added to `taken`."""
    size, per_point = FONT_SIZES["note"], metres_a_point(ax)
    written = []
    for key, spots in _WATERS.items():
        word = label(f"water.{key}", lang)
        half = text_width(word, size) * per_point / 2, size * 0.6 * per_point
        for lon, lat, slope in spots:
            x, y = projection().transform(lon, lat)
            box = rotate(shapely.box(x - half[0], y - half[1], x + half[0], y + half[1]), slope)
            if not window.contains(box) or box.intersection(water).area < _WET * box.area:
                continue
            # Borders run in rivers; a lake has room beside them.
            if not any(box.intersects(other) for other in (*taken, *([] if slope else [borders]))):
                taken.append(box)
                text = _write(ax, (x, y), word, size, "#3f7396", slope)
                written.append(add_halo(text, width=1.4, color=WATER))
                break
    return written


def _spot(
    seen: BaseGeometry,
    half: tuple[float, float],
    seat: tuple[float, float] | None,
    *,
    taken: Sequence[BaseGeometry],
    borders: BaseGeometry,
    water: BaseGeometry,
) -> shapely.Polygon | None:
    """Find a free box for a name, near the seat of a city or the middle of the unit; on land and off borders if it can be."""
    part = max(shapely.get_parts(seen), key=lambda one: float(one.area))
    west, south, east, north = part.bounds
    middle = np.array(seat or shapely.maximum_inscribed_circle(part, (east - west) / 100).coords[0])
    xs, ys = np.meshgrid(np.linspace(west, east, _STEPS), np.linspace(south, north, _STEPS))
    spots = np.vstack([middle, np.column_stack([xs.ravel(), ys.ravel()])])
    boxes = shapely.box(*(spots - half).T, *(spots + half).T)
    tree = shapely.STRtree(boxes)
    free = np.zeros(len(boxes), dtype=bool)
    free[tree.query(part, predicate="contains")] = True
    free[tree.query(np.array(taken, dtype=object), predicate="intersects")[1]] = False
    if not free.any():
        return None
    crossing = np.zeros(len(boxes))
    crossing[tree.query(borders, predicate="intersects")] = 0.25
    wet = shapely.contains_xy(water, *spots.T)
    far = np.hypot(*(spots - middle).T) / max(east - west, north - south)
    # A city's name is read against its districts: it may rather cross their borders than leave them.
    cost = (3.0 if seat else 1.0) * far + crossing + 0.4 * wet + np.where(free, 0.0, np.inf)
    best: shapely.Polygon = boxes[int(np.argmin(cost))]
    return best


def _write(ax: Axes, xy: tuple[float, float], word: str, size: float, color: str, slope: float = 0.0) -> Text:
    return ax.text(*xy, word, size=size, color=color, rotation=slope, ha="center", va="center", zorder=2.5)
