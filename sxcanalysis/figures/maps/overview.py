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
from sxcanalysis.figures.maps.lines import rests_on_memory
from sxcanalysis.figures.maps.marks import (
    badge,
    draw_lines,
    draw_numbers,
    draw_sites,
    draw_stops,
    kind_marks,
    lay_lines,
)
from sxcanalysis.figures.maps.places import (
    Room,
    room_on,
    write_along,
    write_around,
    write_cities,
    write_units,
)
from sxcanalysis.figures.page import close_page, open_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected_projects
from sxcanalysis.figures.sources import cite
from sxcanalysis.figures.style import FONT_SIZES, INK, MM, MUTED, STAGE_DASHES, STAGE_GROUPS
from sxcanalysis.geography.projects import load_waypoints

if TYPE_CHECKING:
    from collections.abc import Callable

    from sxcanalysis.figures.maps.ground import Box, Ground
    from sxcanalysis.figures.maps.marks import Drawn
    from sxcanalysis.figures.page import Page

INPUTS = ("projects/projects.csv", "projects/waypoints.csv")
_NAMED = 12  # names along lines: what a reader knows; the rest have their number only
_LOCAL_M = 60_000.0  # a project no longer than this belongs on the map whole


def project_overview(request: Request) -> Drawing:
    """Map every project by kind and stage, name the lines that a reader knows, and key the rest by number."""
    ground = load_ground(request)
    projects = selected_projects(request).to_crs(ground.crs)
    words = _words(request, projects, ground)
    page = open_page(request, words)
    frame = frame_for(_bounds(request, projects, ground), 0.25, page.top, page.width - 0.5)
    lines = lay_lines(frame, projects, ground.crs)
    draw_ground(page, frame, ground)
    draw_lines(page, frame, lines, projects)
    draw_stops(page, frame, lines, projects)
    anchors = draw_sites(page, frame, projects)
    room = room_on(frame.sheet, [line.points for line in lines])
    _furniture(page, frame, room, ground, projects, request)
    for spot in anchors.values():
        room.take(spot, (1.0, 1.0))
    write_cities(page, frame, room, ground, request)
    away = draw_numbers(page, frame, room, projects, lines, anchors)
    members = ground.counties[ground.counties["adcode"].str[:4].isin(ground.cities["adcode"].str[:4])]
    unnamed = write_units(page, frame, room, members, request, lead=page.width >= 110)
    _names(page, room, lines, projects, request)
    write_around(page, frame, room, ground, request)
    draw_rim(page, frame)
    y = _legend(page, projects, frame.y + frame.height + 1.2, request)
    y = draw_key(page, projects, y, request, away=away)
    if unnamed:
        note = request.say("map.unnamed", names=request.listed(unnamed))
        words = Words(words.title, words.subtitle, words.caption, words.alt, (*words.notes, note))
    source = cite(request, "locations", "boundaries", "water")
    data = plotted(projects)
    return Drawing(
        close_page(page, y, request, words, source),
        words,
        data,
        source,
        INPUTS,
        geometry=shapes(projects, lines, frame),
    )


def _bounds(request: Request, projects: gpd.GeoDataFrame, ground: Ground) -> Box:
    """Frame the full members (or the cities asked for) and every project that is short enough to be shown whole."""
    wanted = request.where.get("city", ())
    members = request.circle.full or request.circle.cities
    codes = [
        city.adcode
        for city in request.circle.cities
        if {city.zh, city.zh.removesuffix("市"), city.en, city.adcode} & set(wanted)
    ]
    codes = codes or [city.adcode for city in members]
    core = ground.cities[ground.cities["adcode"].isin(codes)]
    core = core if len(core) else ground.cities
    west, south, east, north = core.total_bounds
    near = shapely.box(west, south, east, north)
    for shape in projects.geometry:
        if shape is None or shapely.get_dimensions(shape) == 2 or not shape.intersects(near.buffer(15_000)):
            continue
        box = shape.bounds
        if max(box[2] - box[0], box[3] - box[1]) <= _LOCAL_M:
            west, south, east, north = (
                min(west, box[0]),
                min(south, box[1]),
                max(east, box[2]),
                max(north, box[3]),
            )
    return west, south, east, north


def _furniture(
    page: Page, frame: Frame, room: Room, ground: Ground, projects: gpd.GeoDataFrame, request: Request
) -> None:
    """Put locator and scale bar into the two corners where least lies."""
    left, top, right, bottom = frame.sheet
    seen = shapely.box(frame.west, frame.south, frame.east, frame.north)
    world = shapely.union_all([*ground.cities.geometry, seen]).buffer(6000).bounds
    wide = min(30.0, frame.width * 0.21)
    deep = wide * (world[3] - world[1]) / (world[2] - world[0]) + 0.5
    corners = [(left, top), (right - wide, top), (left, bottom - deep), (right - wide, bottom - deep)]
    land = frame.place(shapely.union_all(ground.cities.geometry.to_numpy()))
    price = []
    for x, y in corners:
        box = shapely.box(x, y, x + wide, y + deep)
        inside = room.crossed(*(np.array([v]) for v in (x, y, x + wide, y + deep)))[0]
        price.append(land.intersection(box).area / box.area * 40 + inside)
    best = int(np.argmin(price))
    _locator(page, frame, ground, projects, corners[best], wide, world)
    room.boxes.append((*corners[best], corners[best][0] + wide, corners[best][1] + deep))
    for at in np.argsort(price):
        if at == best:
            continue
        x = left + 1.5 if at % 2 == 0 else right - frame.width * 0.2 - 3.0
        y = top + 7.0 if at < 2 else bottom - 1.5
        room.boxes.append(draw_scale(page, frame, x, y, request))
        break


def _locator(  # noqa: PLR0917
    page: Page,
    frame: Frame,
    ground: Ground,
    projects: gpd.GeoDataFrame,
    corner: tuple[float, float],
    wide: float,
    world: Box,
) -> None:
    """Draw a small map of the whole circle with the frame of the large one, and where the lines go beyond it."""
    small = Frame(*world, corner[0], corner[1] + 0.25, (world[2] - world[0]) / wide)
    page.box(*corner, wide, small.height + 0.5, "white", edgecolor=MUTED, linewidth=0.5, zorder=7)
    draw_shapes(
        page, small, ground.cities.geometry, facecolor="#e3dfd4", edgecolor="white", linewidth=0.3, zorder=7.1
    )
    draw_shapes(page, small, ground.water.geometry, facecolor="#d3e5f0", zorder=7.2)
    long = [shape for shape in projects.geometry if shape is not None and shapely.get_dimensions(shape) == 1]
    draw_shapes(page, small, long, edgecolor="#5d5d5d", linewidth=0.4, zorder=7.3)
    seen = shapely.box(frame.west, frame.south, frame.east, frame.north)
    draw_shapes(page, small, [seen.boundary], edgecolor="#b3271a", linewidth=0.8, zorder=7.4)


def _names(page: Page, room: Room, lines: list[Drawn], projects: gpd.GeoDataFrame, request: Request) -> None:
    """Write the names of the longest lines along them."""
    marks, known = kind_marks(projects), projects.set_index("project_id")
    size = FONT_SIZES["min"] if page.width < 130 else FONT_SIZES["small"]
    longest: dict[str, Drawn] = {}
    for line in sorted(lines, key=lambda one: -len(one.points)):
        longest.setdefault(line.project_id, line)
    written = 0
    for project, line in longest.items():
        row = known.loc[project]
        if written < _NAMED and write_along(
            page, room, line.points, short_name(request, row, project), marks[row["kind"]].edge, size
        ):
            written += 1


def short_name(request: Request, row: Any, project_id: str) -> str:  # noqa: ANN401  # a row of projects
    """Give the short name of a project: the register's where it has one, else its name in this edition."""
    own = row["name"] if request.lang == "zh" else row["name_en"] or row["name"]
    return request.label(f"project.{project_id}", str(own))


def _legend(page: Page, projects: gpd.GeoDataFrame, top: float, request: Request) -> float:
    present = [
        group
        for group in STAGE_DASHES
        if group in {STAGE_GROUPS.get(stage, "planned") for stage in projects["stage"]}
    ]

    def line(pattern: Any, color: str, x: float, y: float) -> None:  # noqa: ANN401
        page.ax.plot(
            [x, x + 7.5],
            [y, y],
            color=color,
            linewidth=1.5,
            linestyle=pattern,
            zorder=3,
            scalex=False,
            scaley=False,
            dash_capstyle="butt",
        )

    def soft(x: float, y: float) -> None:
        for share in (1.0, 0.7, 0.4):
            page.box(x, y - 1.2 * share, 7.5, 2.4 * share, "#37185a", alpha=0.09)
        line("-", "#37185a", x, y)

    entries: list[tuple[Callable[[float, float], None], str]] = [
        (partial(line, STAGE_DASHES[group], INK), request.label(f"stage_group.{group}")) for group in present
    ]
    entries += [(soft, request.label("map.soft")), (partial(line, "-", "#b9aec6"), request.label("map.pale"))]
    if projects["precision"].isin(("county", "city")).any():
        entries.append(
            (lambda x, y: badge(page, x + 4, y, 0, MUTED, dotted=True), request.label("map.dotted"))
        )
    return page.key(top, entries, sample=7.5)


def draw_key(
    page: Page, projects: gpd.GeoDataFrame, top: float, request: Request, *, away: list[int]
) -> float:
    """Write the key: every project by number under its kind, in columns."""
    columns = 2 if page.width < 115 else 3 if page.width < 150 else 4
    size, gap = FONT_SIZES["small"] if page.width > 100 else FONT_SIZES["min"], 2.5
    step = size * 1.24 / MM
    across = (page.width - gap * (columns - 1)) / columns
    marks = kind_marks(projects)
    entries: list[tuple[int, list[str], str, bool]] = []
    for kind, mark in marks.items():
        entries.append((0, [request.label(f"kind.{kind}", kind)], mark.edge, False))
        for row in projects[projects["kind"] == kind].to_dict("records"):
            words = short_name(request, row, row["project_id"])
            if row["precision"] == "none" or row["number"] in away:
                words += request.label("map.not_drawn")
            lines = wrap_text(words, (across - 5.2) * MM, size).split("\n")
            entries.append((row["number"], lines, mark.edge, row["precision"] in {"county", "city"}))
    heights = [len(lines) * step + (0.75 if number else 0.9) for number, lines, _, _ in entries]
    goal = sum(heights) / columns
    column, y, used, lowest = 0, top, 0.0, top
    for at, ((number, lines, color, dotted), high) in enumerate(zip(entries, heights, strict=True)):
        # A heading never stands alone at the foot of a column.
        need = high + (heights[at + 1] if number == 0 and at + 1 < len(heights) else 0.0)
        if column < columns - 1 and used + (need if number == 0 else need / 2) > goal * (column + 1):
            column, y = column + 1, top
        x = column * (across + gap)
        if number == 0:
            page.lines([(x, y + high / 2, x + 3.6, y + high / 2)], color, 1.6)
            page.write(x + 4.8, y + high / 2, lines[0], size=size, color=color, bold=True)
        else:
            badge(page, x + 1.8, y + step / 2 + 0.15, number, color, dotted=dotted)
            for line, part in enumerate(lines):
                page.write(x + 4.8, y + (line + 0.5) * step + 0.15, part, size=size)
        y += high
        used += high
        lowest = max(lowest, y)
    return lowest


def plotted(projects: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give the columns of the projects that a map shows, names beside codes."""
    columns = [
        "number", "project_id", "task_id", "name", "name_en", "kind", "stage", "stage_verb", "counties", "precision", "uncertainty_m",
        "length_km_published", "length_km_drawn", "geometry_source", "reason_none", "start", "end",
    ]  # fmt: skip
    return pd.DataFrame(projects[columns]).assign(quote=projects["name"])


def shapes(projects: gpd.GeoDataFrame, lines: list[Drawn], frame: Frame) -> gpd.GeoDataFrame:
    """Give the projects as they are drawn: lines smoothed, whole, in EPSG:4326."""
    curves: dict[str, list[Any]] = {}
    for line in {id(line.course): line for line in lines}.values():
        curves.setdefault(line.project_id, []).append(shapely.linestrings(line.course.curve))
    drawn = [
        shapely.multilinestrings(curves[project]) if project in curves else shape
        for project, shape in zip(projects["project_id"], projects.geometry, strict=True)
    ]
    kept = projects[
        ["number", "project_id", "task_id", "name", "name_en", "kind", "stage", "precision", "uncertainty_m"]
    ]
    found = gpd.GeoDataFrame(
        pd.DataFrame(kept), geometry=gpd.GeoSeries(drawn, index=projects.index, crs=projects.crs)
    )
    return found.set_geometry(found.geometry.simplify(frame.scale * 0.05)).to_crs(4326)


def notes(request: Request, projects: gpd.GeoDataFrame, ground: Ground) -> tuple[str, ...]:
    """Compute what a reader of a map must know: points from memory, lengths, the base network, review."""
    told = []
    points = load_waypoints()
    lined = projects[projects["precision"] == "route_schematic"]
    mine = points[points["project_id"].isin(lined["project_id"])]
    if len(mine):
        alone = sum(map(rests_on_memory, mine["source_id"]))
        partly = sum(rests_on_memory(one, wholly=False) for one in mine["source_id"])
        told.append(request.say("map.memory", n=partly, alone=alone, m=len(mine)))
    known = lined[lined["length_km_published"].notna()]
    if len(known):
        short = 100 * (1 - known["length_km_drawn"] / known["length_km_published"])
        told.append(
            request.say(
                "map.lengths", low=max(0, round(-short.min())), high=max(0, round(short.max())), n=len(known)
            )
        )
    aligned = int((projects["precision"] == "alignment").sum())
    if aligned:
        told.append(request.say("map.aligned", n=aligned))
    if ground.base.empty:
        told.append(request.label("map.no_base"))
    told.append(request.label("map.review"))
    return tuple(told)


def _words(request: Request, projects: gpd.GeoDataFrame, ground: Ground) -> Words:
    groups = projects["stage"].map(lambda stage: STAGE_GROUPS.get(stage, "planned")).value_counts()
    vague = projects["precision"].isin(("county", "city"))
    kinds = projects["kind"].value_counts()
    values = {
        "year": request.edition, "n": len(projects), "done": int(groups.get("done", 0)), "building": int(groups.get("building", 0)),
        "planned": int(groups.get("planned", 0)), "vague": int(vague.sum()), "lost": int(projects.geometry.isna().sum()),
        "kinds": request.listed(f"{request.label(f'kind.{kind}', str(kind))}{'' if request.lang == 'zh' else ' '}{n}" for kind, n in kinds.items()),
        "placed": len(projects) - int(vague.sum()) - int(projects.geometry.isna().sum()),
    }  # fmt: skip
    return request.words("project_overview", values, notes(request, projects, ground))
