"""The ground that every map is drawn on: land, water, borders, names, graticule, scale bar and north arrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from pyproj import Transformer

from sxcanalysis._fonts import text_width
from sxcanalysis.boundaries import DISPLAY_CRS, load_boundaries, to_display_crs
from sxcanalysis.style import (
    FONT_SIZES,
    INK,
    LAND,
    MUTED,
    NEIGHBOUR,
    WATER,
    add_halo,
    label,
)

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from shapely.geometry.base import BaseGeometry

MM = 72 / 25.4  # points in a millimetre
NAMES_SIZE = 6.5
_LEAST_SEEN = 0.3  # of a county, for its name to be written

# Where a name stands, in longitude and latitude: off the projects, inside the unit.
CITY_SPOTS = {
    "320200": (119.66, 31.27),
    "320400": (119.34, 31.36),
    "320500": (120.36, 31.11),
    "320600": (120.98, 32.33),
    "321200": (120.14, 32.80),
}
NEIGHBOUR_SPOTS = {
    "310000": (121.42, 31.28),
    "320900": (120.32, 33.16),
    "321000": (119.42, 32.72),
    "321100": (119.30, 32.00),
    "330400": (120.76, 30.80),
    "330500": (119.80, 30.88),
    "341800": (119.24, 30.95),
    "320100": (118.95, 31.75),
}
WATER_SPOTS = {"taihu": ((120.13, 31.20), 0.0), "yangtze": ((121.27, 31.74), -40.0)}


@dataclass(frozen=True)
class Ground:
    """What lies under a map, projected to EPSG:4549 and cut to its frame."""

    cities: gpd.GeoDataFrame
    counties: gpd.GeoDataFrame
    neighbours: gpd.GeoDataFrame
    water: gpd.GeoDataFrame

    def frame(self, margin_m: float = 4000.0) -> tuple[float, float, float, float]:
        """Give west, south, east and north (m) of the five cities with a margin."""
        west, south, east, north = self.cities.total_bounds
        return west - margin_m, south - margin_m, east + margin_m, north + margin_m


def load_ground(detail_m: float = 150.0) -> Ground:
    """Load and project boundaries and water; outlines are thinned to `detail_m`, which no print at these scales shows."""
    layers = []
    for level in ("city", "county", "neighbour", "water"):
        frame = to_display_crs(load_boundaries(level))
        if level == "water":
            frame = frame.set_geometry(frame.geometry.simplify(detail_m))
        else:
            # Shared borders must stay shared when they are thinned.
            frame = frame.set_geometry(shapely.coverage_simplify(frame.geometry.to_numpy(), detail_m))
        layers.append(frame)
    return Ground(*layers)


def draw_ground(
    ax: Axes,
    ground: Ground,
    frame: tuple[float, float, float, float],
    lang: str,
    *,
    names: bool = True,
) -> list[Text]:
    """
    Draw the base map.

    Parameters
    ----------
    ax
        Empty axes whose shape fits the frame.
    ground
        From `load_ground`.
    frame
        West, south, east, north in metres of EPSG:4549.
    lang
        ``zh`` or ``en``.
    names
        Whether cities, neighbours and water are named.

    Returns
    -------
    names
        The names written, for whoever places labels around them.
    """
    box = shapely.box(*frame)
    ax.set_facecolor(NEIGHBOUR)  # land beyond the neighbours, too
    _fill(ax, ground.neighbours, box, facecolor=NEIGHBOUR, edgecolor="white", linewidth=0.6)
    _fill(ax, ground.cities, box, facecolor=LAND, edgecolor="none")
    _fill(ax, ground.water, box, facecolor=WATER, edgecolor="none")
    _fill(ax, ground.counties, box, facecolor="none", edgecolor="#a9a59a", linewidth=0.3)
    _fill(ax, ground.cities, box, facecolor="none", edgecolor=MUTED, linewidth=0.8)
    west, south, east, north = frame
    ax.set_xlim(west, east)
    ax.set_ylim(south, north)
    ax.set_aspect("equal", adjustable="box")
    for side in ("top", "right", "left", "bottom"):
        ax.spines[side].set_visible(True)
        ax.spines[side].set_linewidth(0.6)
    ax.set_xticks([])
    ax.set_yticks([])
    # geopandas writes the axes' names by itself; the graticule says it better.
    ax.set_xlabel("")
    ax.set_ylabel("")
    return _names(ax, ground, frame, lang) if names else []


def _fill(ax: Axes, frame: gpd.GeoDataFrame, box: shapely.Polygon, **style: object) -> None:
    cut = frame.geometry.intersection(box.buffer(2000))
    cut = cut[~cut.is_empty]
    if len(cut):
        cut.plot(ax=ax, zorder=1, aspect=None, **style)


def _names(ax: Axes, ground: Ground, frame: tuple[float, float, float, float], lang: str) -> list[Text]:
    project = Transformer.from_crs(4326, DISPLAY_CRS, always_xy=True).transform
    written = []
    rows = [
        (spots[code], name if lang == "zh" else name_en, size, color)
        for units, spots, size, color in (
            (ground.cities, CITY_SPOTS, NAMES_SIZE + 1, "#6f6a5c"),
            (ground.neighbours, NEIGHBOUR_SPOTS, FONT_SIZES["note"], "#8a8a8a"),
        )
        for code, name, name_en in zip(units["adcode"], units["name"], units["name_en"], strict=True)
        if code in spots
    ]
    west, south, east, north = frame
    for spot, name, size, color in rows:
        x, y = project(*spot)
        if west < x < east and south < y < north:
            text = ax.text(x, y, name, size=size, color=color, ha="center", va="center", zorder=2)
            written.append(add_halo(text, width=1.2, color="#fbfaf7"))
    for key, (spot, turn) in WATER_SPOTS.items():
        x, y = project(*spot)
        if west < x < east and south < y < north:
            text = ax.text(
                x,
                y,
                label(f"water.{key}", lang),
                size=FONT_SIZES["note"],
                color="#3f7396",
                ha="center",
                va="center",
                rotation=turn,
                zorder=2,
            )
            written.append(text)
    return written


def draw_county_names(
    ax: Axes,
    ground: Ground,
    frame: tuple[float, float, float, float],
    lang: str,
    *,
    keep_off: BaseGeometry,
) -> list[Text]:
    """Name the counties in the frame, the largest first; where a name would stand on another or on a project it is left out."""
    margin = 0.012 * (frame[2] - frame[0])
    window = shapely.box(*frame).buffer(-margin)
    shapely.prepare(keep_off)
    figure = ax.get_figure(root=True)
    per_point = (frame[2] - frame[0]) / (
        ax.get_position().width * float(figure.get_size_inches()[0]) * 72  # type: ignore[union-attr]
    )
    size = FONT_SIZES["min"]
    taken: list[shapely.Polygon] = []
    written = []
    rows = ground.counties.assign(seen=ground.counties.geometry.intersection(window))
    rows = rows.assign(extent=rows["seen"].area).sort_values("extent", ascending=False)
    for name, name_en, seen, whole in zip(
        rows["name"], rows["name_en"], rows["seen"], rows.geometry, strict=True
    ):
        if seen.area < _LEAST_SEEN * whole.area:
            continue
        word = name if lang == "zh" else name_en.rsplit(" ", 1)[0]
        across, high = text_width(word, size) * per_point / 2, size * per_point * 0.7
        # The middle of the unit first, then wherever a name fits beside the projects.
        middle = shapely.maximum_inscribed_circle(seen).coords[0]
        west, south, east, north = seen.bounds
        xs, ys = np.meshgrid(np.linspace(west, east, 12), np.linspace(south, north, 12))
        spots = np.vstack([[middle], np.column_stack([xs.ravel(), ys.ravel()])])
        boxes = shapely.box(
            spots[:, 0] - across, spots[:, 1] - high, spots[:, 0] + across, spots[:, 1] + high
        )
        free = shapely.contains(window, boxes) & ~shapely.intersects(keep_off, boxes)
        free &= shapely.contains_xy(seen, spots[:, 0], spots[:, 1])
        for other in taken:
            free &= ~shapely.intersects(other, boxes)
        if not free.any():
            continue
        order = np.where(free, np.hypot(*(spots - middle).T), np.inf)
        place, box = spots[int(np.argmin(order))], boxes[int(np.argmin(order))]
        taken.append(box)
        written.append(
            ax.text(
                float(place[0]),
                float(place[1]),
                word,
                size=size,
                color="#8b8778",
                ha="center",
                va="center",
                zorder=2,
            )
        )
    return written


def draw_graticule(ax: Axes, frame: tuple[float, float, float, float], step: float | None = None) -> None:
    """Draw meridians and parallels every `step` degrees, or two to six of each; write them outside the left and lower edge."""
    there = Transformer.from_crs(4326, DISPLAY_CRS, always_xy=True).transform
    back = Transformer.from_crs(DISPLAY_CRS, 4326, always_xy=True).transform
    west, south, east, north = frame
    lon, lat = back([west, east, west, east], [south, south, north, north])
    span = max(lat) - min(lat)
    step = step or max(degrees for degrees in (0.1, 0.2, 0.5, 1.0) if 2 * degrees <= span or degrees == 0.1)
    line: dict[str, Any] = {"color": "#9aa5ab", "linewidth": 0.25, "zorder": 1.5}
    words: dict[str, Any] = {"textcoords": "offset points", "size": FONT_SIZES["min"], "color": MUTED}
    for meridian in _multiples(min(lon), max(lon), step):
        x, y = there(np.full(50, meridian), np.linspace(min(lat), max(lat), 50))
        ax.add_line(Line2D(x, y, **line))
        at = float(np.interp(south, y, x))
        if west < at < east:
            ax.annotate(f"{meridian:.1f}°E", (at, south), (0, -2), ha="center", va="top", **words)
    for parallel in _multiples(min(lat), max(lat), step):
        x, y = there(np.linspace(min(lon), max(lon), 50), np.full(50, parallel))
        ax.add_line(Line2D(x, y, **line))
        at = float(np.interp(west, x, y))
        if south < at < north:
            ax.annotate(
                f"{parallel:.1f}°N",
                (west, at),
                (-2, 0),
                ha="right",
                va="center",
                rotation=90,
                **words,
            )


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [round(k * step, 6) for k in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]


def draw_scale_bar(ax: Axes, lang: str, *, corner: tuple[float, float] = (0.03, 0.03)) -> None:
    """Draw a scale bar of about a quarter of the map; lengths are true in the map's projection within 0.05 %."""
    west, east = ax.get_xlim()
    south, north = ax.get_ylim()
    km = max(k for k in (1, 2, 5, 10, 20, 50, 100, 200) if k * 1000 <= 0.3 * (east - west))
    x0 = west + corner[0] * (east - west)
    y0 = south + corner[1] * (north - south)
    high = 0.006 * (north - south)
    for at, color in ((0.0, INK), (0.5, "white")):
        ax.add_patch(
            Rectangle(
                (x0 + at * km * 1000, y0),
                km * 500,
                high,
                facecolor=color,
                edgecolor=INK,
                linewidth=0.5,
                zorder=9,
            )
        )
    ends = {0.0: "0", 1.0: f"{km} {label('map.km', lang)}"}
    figure = ax.get_figure(root=True)
    points = km * 1000 / (east - west) * ax.get_position().width * figure.get_figwidth() * 72  # type: ignore[union-attr]
    if points > 60:  # the middle has room for its number
        ends[0.5] = f"{km / 2:g}"
    for at, text in ends.items():
        ax.annotate(
            text,
            (x0 + at * km * 1000, y0 + high),
            (0, 1.5),
            textcoords="offset points",
            ha="center",
            va="bottom",
            size=FONT_SIZES["min"],
            zorder=9,
        )


def draw_north(ax: Axes, lang: str, *, corner: tuple[float, float] = (0.04, 0.95)) -> None:
    """Draw a north arrow. Grid north differs from true north by at most 1.0° at the edges of the five cities."""
    west, east = ax.get_xlim()
    south, north = ax.get_ylim()
    x = west + corner[0] * (east - west)
    y = south + corner[1] * (north - south)
    figure = ax.get_figure(root=True)
    # Six millimetres on a page-wide map, less on a small one.
    share = 0.035 + 0.8 / (ax.get_position().width * figure.get_figwidth() * 25.4)  # type: ignore[union-attr]
    high = share * (north - south)
    ax.add_patch(
        Polygon(
            [(x, y), (x - high / 3, y - high), (x, y - high * 0.75), (x + high / 3, y - high)],
            closed=True,
            facecolor=INK,
            edgecolor="none",
            zorder=9,
        )
    )
    ax.annotate(
        label("map.north", lang),
        (x, y),
        (0, 1.5),
        textcoords="offset points",
        ha="center",
        va="bottom",
        size=FONT_SIZES["note"],
        zorder=9,
    )


def axes_mm(fig: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes at a place in millimetres from the upper left corner of the figure."""
    across, down = (float(side) * 25.4 for side in fig.get_size_inches())
    return fig.add_axes((left / across, 1 - (top + height) / down, width / across, height / down))
