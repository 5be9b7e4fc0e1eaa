"""The overview map: every project by kind and stage, as sure as its sources allow."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sxcanalysis.figures.lettering import wrap_text
from sxcanalysis.figures.maps.ground import (
    Frame,
    draw_ground,
    draw_rim,
    draw_scale,
    draw_shapes,
    frame_for,
    load_ground,
)
from sxcanalysis.figures.maps.lines import joined, rests_on_memory
from sxcanalysis.figures.maps.marks import (
    badge,
    draw_lines,
    draw_numbers,
    draw_sites,
    draw_stops,
    kind_marks,
    lay_lines,
)
from sxcanalysis.figures.maps.places import room_on, write_along, write_around, write_cities, write_units
from sxcanalysis.figures.page import draw_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected_cities, selected_projects
from sxcanalysis.figures.style import INK, LEAST_PT, MM, MUTED, SMALL_PT, STAGE_DASHES, STAGE_GROUPS
from sxcanalysis.geography.projects import load_waypoints

if TYPE_CHECKING:
    from collections.abc import Callable

    from sxcanalysis.figures.maps.ground import Box, Ground
    from sxcanalysis.figures.maps.marks import Drawn
    from sxcanalysis.figures.maps.places import Room
    from sxcanalysis.figures.page import Page

INPUTS = ("projects/projects.csv", "projects/waypoints.csv")
_NAMED = 12  # names along lines: what a reader knows; the rest have their number only
_LOCAL_M = 60_000.0  # a project no longer than this belongs on the map whole
_SAMPLE = "#37185a"
_DATA = [
    "number", "project_id", "task_id", "name", "name_en", "kind", "stage", "stage_verb", "counties", "precision", "uncertainty_m",
    "length_km_published", "length_km_drawn", "geometry_source", "reason_none", "start", "end",
]  # fmt: skip
_SHAPES = [
    "number",
    "project_id",
    "task_id",
    "name",
    "name_en",
    "kind",
    "stage",
    "precision",
    "uncertainty_m",
]


def project_overview(request: Request) -> Drawing:
    """Map every project by kind and stage, name the lines that a reader knows, and key the rest by number."""
    ground = load_ground(request)
    projects = selected_projects(request).to_crs(ground.crs)
    data = pd.DataFrame(projects[_DATA]).assign(quote=projects["name"])
    return draw_page(
        request,
        _words(request, projects, ground),
        partial(_draw, ground=ground, projects=projects),
        data,
        cites=("locations", "boundaries", "water"),
        inputs=INPUTS,
        geometry=partial(_shapes, projects, ground.crs),
    )


def _draw(page: Page, ground: Ground, projects: gpd.GeoDataFrame) -> float:
    frame = frame_for(_bounds(page.request, projects, ground), 0.25, page.top, page.width - 0.5)
    lines = lay_lines(frame, projects, ground.crs)
    draw_ground(page, frame, ground)
    draw_lines(page, frame, lines, projects)
    draw_stops(page, frame, lines, projects)
    anchors = draw_sites(page, frame, projects)
    room = room_on(frame.sheet, [line.points for line in lines])
    _furniture(page, frame, room, ground, projects)
    for spot in anchors.values():
        room.take(spot, (1.0, 1.0))
    write_cities(page, frame, room, ground)
    away = draw_numbers(page, frame, room, projects, lines, anchors)
    members = ground.counties[ground.counties["adcode"].str[:4].isin(ground.cities["adcode"].str[:4])]
    unnamed = write_units(page, frame, room, members, lead=page.width >= 110)
    _names(page, room, lines, projects)
    write_around(page, frame, room, ground)
    draw_rim(page, frame)
    if unnamed:
        page.notes.append(page.request.say("map.unnamed", names=page.request.listed(unnamed)))
    return _key(page, projects, _legend(page, projects, frame.sheet[3] + 1.2), away)


def _bounds(request: Request, projects: gpd.GeoDataFrame, ground: Ground) -> Box:
    """Frame the full members (or the cities asked for) and every project that is short enough to be shown whole."""
    members = selected_cities(request) or request.circle.full or request.circle.cities
    core = ground.cities[ground.cities["adcode"].isin([city.adcode for city in members])]
    box = shapely.box(*(core if len(core) else ground.cities).total_bounds)
    shapes = projects.geometry[projects.geometry.notna()]
    extent = shapes.bounds
    short = np.maximum(extent["maxx"] - extent["minx"], extent["maxy"] - extent["miny"]) <= _LOCAL_M
    near = shapes[short & (shapely.get_dimensions(shapes) < 2) & shapes.intersects(box.buffer(15_000))]
    west, south, east, north = shapely.union_all([box, *near]).bounds
    return west, south, east, north


def _furniture(page: Page, frame: Frame, room: Room, ground: Ground, projects: gpd.GeoDataFrame) -> None:
    """Put locator and scale bar into the two corners where least lies."""
    left, top, right, bottom = frame.sheet
    land = shapely.union_all(ground.cities.geometry.to_numpy())
    west, south, east, north = shapely.union([land], frame.window)[0].buffer(6000).bounds
    wide = min(30.0, frame.width * 0.21)
    deep = wide * (north - south) / (east - west) + 0.5
    corners = np.array(
        [(left, top), (right - wide, top), (left, bottom - deep), (right - wide, bottom - deep)]
    )
    ends = corners + np.array([wide, deep])
    boxes = shapely.box(*corners.T, *ends.T)
    price = shapely.area(shapely.intersection(boxes, frame.place(land))) / (wide * deep) * 40
    best, second = np.argsort(price + room.crossed(corners, ends), kind="stable")[:2]
    x, y = corners[best].tolist()
    _locator(
        page, frame, ground, projects, Frame(west, south, east, north, x, y + 0.25, (east - west) / wide)
    )
    room.boxes.append((x, y, x + wide, y + deep))
    x = left + 1.5 if second % 2 == 0 else right - frame.width * 0.2 - 3.0
    room.boxes.append(draw_scale(page, frame, x, top + 7.0 if second < 2 else bottom - 1.5))


def _locator(page: Page, frame: Frame, ground: Ground, projects: gpd.GeoDataFrame, small: Frame) -> None:
    """Draw a small map of the whole circle with the frame of the large one, and where the lines go beyond it."""
    page.box(
        small.x,
        small.y - 0.25,
        small.width,
        small.height + 0.5,
        "white",
        edgecolor=MUTED,
        linewidth=0.5,
        zorder=7,
    )
    cities = {"facecolor": "#e3dfd4", "edgecolor": "white", "linewidth": 0.3}
    draw_shapes(page, small, ground.cities.geometry, zorder=7.1, **cities)
    draw_shapes(page, small, ground.water.geometry, facecolor="#d3e5f0", zorder=7.2)
    long = projects.geometry[shapely.get_dimensions(projects.geometry) == 1]
    draw_shapes(page, small, long, edgecolor="#5d5d5d", linewidth=0.4, zorder=7.3)
    draw_shapes(page, small, [frame.window.boundary], edgecolor="#b3271a", linewidth=0.8, zorder=7.4)


def _names(page: Page, room: Room, lines: list[Drawn], projects: gpd.GeoDataFrame) -> None:
    """Write the names of the longest lines along them."""
    marks, known = kind_marks(projects), projects.set_index("project_id")
    size = LEAST_PT if page.width < 130 else SMALL_PT
    longest: dict[str, Drawn] = {}
    for line in sorted(lines, key=lambda one: -len(one.points)):
        longest.setdefault(line.project_id, line)
    written = 0
    for project, line in longest.items():
        row = known.loc[project]
        words = short_name(page.request, row, project)
        written += written < _NAMED and write_along(
            page, room, line.points, words, marks[row["kind"]].edge, size
        )


def short_name(request: Request, row: Any, project_id: str) -> str:  # noqa: ANN401  # a row of projects
    """Give the short name of a project: the register's where it has one, else its name in this edition."""
    own = row["name"] if request.lang == "zh" else row["name_en"] or row["name"]
    return request.label(f"project.{project_id}", str(own))


def _legend(page: Page, projects: gpd.GeoDataFrame, top: float) -> float:
    request, there = page.request, {STAGE_GROUPS.get(stage, "planned") for stage in projects["stage"]}

    def line(x: float, y: float, pattern: Any = "-", color: str = INK) -> None:  # noqa: ANN401
        page.curve([(x, y), (x + 7.5, y)], color, 1.5, linestyle=pattern, zorder=3)

    def soft(x: float, y: float) -> None:
        for share in (1.0, 0.7, 0.4):
            page.box(x, y - 1.2 * share, 7.5, 2.4 * share, _SAMPLE, alpha=0.09)
        line(x, y, color=_SAMPLE)

    def vague(x: float, y: float) -> None:
        badge(page, x + 4, y, "0", MUTED, dotted=True)

    key: list[tuple[Callable[[float, float], None], str]] = [
        (partial(line, pattern=STAGE_DASHES[group]), f"stage_group.{group}")
        for group in STAGE_DASHES
        if group in there
    ]
    key += [(soft, "map.soft"), (partial(line, color="#b9aec6"), "map.pale")]
    key += [(vague, "map.dotted")] if projects["precision"].isin(("county", "city")).any() else []
    return page.key(top, [(draw, request.label(words)) for draw, words in key], 7.5)


def _key(page: Page, projects: gpd.GeoDataFrame, top: float, away: list[int]) -> float:
    """Write the key: every project by number under its kind, in columns."""
    request, marks, gap = page.request, kind_marks(projects), 2.5
    columns = 2 if page.width < 115 else 3 if page.width < 150 else 4
    size = SMALL_PT if page.width > 100 else LEAST_PT
    step, room = size * 1.24 / MM, (page.width - gap * (columns - 1)) / columns - 5.2

    def write_kind(x: float, y: float, _: float, kind: str) -> None:
        middle, color = y + step / 2 + 0.45, marks[kind].edge
        page.lines([x, middle, x + 3.6, middle], color, 1.6)
        page.write(x + 4.8, middle, request.label(f"kind.{kind}", kind), size, color, bold=True)

    def write_project(x: float, y: float, _: float, row: dict[Any, Any], lines: list[str]) -> None:
        vague = row["precision"] in {"county", "city"}
        badge(page, x + 1.8, y + step / 2 + 0.15, str(row["number"]), marks[row["kind"]].edge, dotted=vague)
        for at, line in enumerate(lines):
            page.write(x + 4.8, y + (at + 0.5) * step + 0.15, line, size)

    blocks: list[Any] = []
    for kind in marks:
        blocks.append((step + 0.9, partial(write_kind, kind=kind), True))
        for row in projects[projects["kind"] == kind].to_dict("records"):
            hidden = row["precision"] == "none" or row["number"] in away
            words = short_name(request, row, row["project_id"]) + (
                request.label("map.not_drawn") if hidden else ""
            )
            lines = wrap_text(words, room * MM, size).split("\n")
            blocks.append((len(lines) * step + 0.75, partial(write_project, row=row, lines=lines), False))
    return page.flow(top, blocks, columns, gap)


def _shapes(projects: gpd.GeoDataFrame, crs: str) -> gpd.GeoDataFrame:
    """Give the projects as they are drawn: lines smoothed, whole, in EPSG:4326."""
    found = gpd.GeoDataFrame(pd.DataFrame(projects[_SHAPES]), geometry=joined(projects, crs), crs=crs)
    return found.set_geometry(found.geometry.simplify(20.0)).to_crs(4326)


def notes(request: Request, projects: gpd.GeoDataFrame, ground: Ground) -> list[str]:
    """Compute what a reader of a map must know: points from memory, lengths, the base network, review."""
    told, points = [], load_waypoints()
    lined = projects[projects["precision"] == "route_schematic"]
    mine = points.loc[points["project_id"].isin(lined["project_id"]), "source_id"]
    if len(mine):
        partly = sum(rests_on_memory(one, wholly=False) for one in mine)
        told.append(request.say("map.memory", n=partly, alone=sum(map(rests_on_memory, mine)), m=len(mine)))
    short = (100 * (1 - lined["length_km_drawn"] / lined["length_km_published"])).dropna()
    if len(short):
        low, high = max(0, round(-short.min())), max(0, round(short.max()))
        told.append(request.say("map.lengths", low=low, high=high, n=len(short)))
    if aligned := int((projects["precision"] == "alignment").sum()):
        told.append(request.say("map.aligned", n=aligned))
    told += [request.label("map.no_base")] if ground.base.empty else []
    return [*told, request.label("map.review")]


def _words(request: Request, projects: gpd.GeoDataFrame, ground: Ground) -> Words:
    groups = projects["stage"].map(lambda stage: STAGE_GROUPS.get(stage, "planned")).value_counts()
    vague, lost = (
        int(projects["precision"].isin(("county", "city")).sum()),
        int(projects.geometry.isna().sum()),
    )
    gap = "" if request.lang == "zh" else " "
    kinds = [
        f"{request.label(f'kind.{kind}', str(kind))}{gap}{n}"
        for kind, n in projects["kind"].value_counts().items()
    ]
    values = {group: int(groups.get(group, 0)) for group in STAGE_DASHES} | {
        "n": len(projects),
        "vague": vague,
        "lost": lost,
    }
    told = {"year": request.edition, "kinds": request.listed(kinds), "placed": len(projects) - vague - lost}
    return request.words("project_overview", {**values, **told}, notes(request, projects, ground))
