"""The ground that every map is drawn on: land, water, borders, names, graticule, scale bar and north arrow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from pyproj import Transformer

from sxcanalysis.figures.style import FONT_SIZES, INK, LAND, MUTED, NEIGHBOUR, WATER, add_halo
from sxcanalysis.geography.boundaries import DISPLAY_CRS, load_boundaries, to_display_crs
from sxcanalysis.reference.words import label

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MM = 72 / 25.4  # points in a millimetre


@dataclass(frozen=True)
class Ground:
    """What lies under a map, projected to EPSG:4549 and cut to its frame."""

    cities: gpd.GeoDataFrame
    counties: gpd.GeoDataFrame
    neighbours: gpd.GeoDataFrame
    water: gpd.GeoDataFrame

    def frame(self) -> tuple[float, float, float, float]:
        """Give west, south, east and north (m) of the five cities with a margin."""
        west, south, east, north = self.cities.total_bounds
        margin_m = 4000.0
        return west - margin_m, south - margin_m, east + margin_m, north + margin_m


@cache
def projection() -> Transformer:
    """Give the way from longitude and latitude to the maps; kept, because setting it up is slow."""
    return Transformer.from_crs(4326, DISPLAY_CRS, always_xy=True)


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


def draw_ground(ax: Axes, ground: Ground, frame: tuple[float, float, float, float]) -> None:
    """
    Draw land, water and borders; names come last, when it is known what they must not stand on (see `draw_names`).

    Parameters
    ----------
    ax
        Empty axes whose shape fits the frame.
    ground
        From `load_ground`.
    frame
        West, south, east, north in metres of EPSG:4549.
    """
    box = shapely.box(*frame)
    ax.set_facecolor(NEIGHBOUR)  # land beyond the neighbours, too
    _fill(ax, ground.neighbours, box, facecolor=NEIGHBOUR, edgecolor="white", linewidth=0.6)
    _fill(ax, ground.cities, box, facecolor=LAND, edgecolor="none")
    _fill(ax, ground.water, box, facecolor=WATER, edgecolor="none")
    _fill(ax, ground.counties, box, facecolor="none", edgecolor="#b3afa4", linewidth=0.3)
    _fill(ax, ground.cities, box, facecolor="none", edgecolor="#77736a", linewidth=0.7)
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


def _fill(ax: Axes, frame: gpd.GeoDataFrame, box: shapely.Polygon, **style: object) -> None:
    cut = frame.geometry.intersection(box.buffer(2000))
    cut = cut[~cut.is_empty]
    if len(cut):
        cut.plot(ax=ax, zorder=1, aspect=None, **style)


def draw_graticule(ax: Axes, frame: tuple[float, float, float, float], step: float | None = None) -> None:
    """Draw meridians and parallels every `step` degrees, or two to six of each; write them outside the left and lower edge."""
    there, back = projection().transform, partial(projection().transform, direction="INVERSE")
    clear = 8 * metres_a_point(ax)  # degrees closer to a corner than this would run over it
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
        if west + clear < at < east - clear:
            ax.annotate(f"{meridian:.1f}°E", (at, south), (0, -2), ha="center", va="top", **words)
    for parallel in _multiples(min(lat), max(lat), step):
        x, y = there(np.linspace(min(lon), max(lon), 50), np.full(50, parallel))
        ax.add_line(Line2D(x, y, **line))
        at = float(np.interp(west, x, y))
        if south + clear < at < north - clear:
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


def draw_scale_bar(ax: Axes, lang: str) -> None:
    """Draw a scale bar of about a quarter of the map; lengths are true in the map's projection within 0.05 %."""
    west, east = ax.get_xlim()
    south, north = ax.get_ylim()
    km = max(k for k in (1, 2, 5, 10, 20, 50, 100, 200) if k * 1000 <= 0.3 * (east - west))
    x0 = west + 0.03 * (east - west)
    y0 = south + 0.03 * (north - south)
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
        words = ax.annotate(
            text,
            (x0 + at * km * 1000, y0 + high),
            (0, 1.5),
            textcoords="offset points",
            ha="center",
            va="bottom",
            size=FONT_SIZES["min"],
            zorder=9,
        )
        add_halo(words, width=1.4, color=LAND)


def draw_north(ax: Axes, lang: str) -> None:
    """Draw a north arrow. Grid north differs from true north by at most 1.0° at the edges of the five cities."""
    west, east = ax.get_xlim()
    south, north = ax.get_ylim()
    point = metres_a_point(ax)
    # Eight millimetres from the corner and six high on a page-wide map, less on a small one.
    x = west + 0.03 * (east - west) + 4 * point
    y = north - 0.02 * (north - south) - 9 * point
    high = 0.035 * (north - south) + 2.3 * point
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


def metres_a_point(ax: Axes) -> float:
    """Give what one point of the page is on the ground."""
    (west, east), figure = ax.get_xlim(), ax.get_figure(root=True)
    return float((east - west) / (ax.get_position().width * figure.get_size_inches()[0] * 72))  # type: ignore[union-attr]


def axes_mm(fig: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes at a place in millimetres from the upper left corner of the figure."""
    across, down = (float(side) * 25.4 for side in fig.get_size_inches())
    return fig.add_axes((left / across, 1 - (top + height) / down, width / across, height / down))
