"""What is assigned, what lies there: a small map a city, its tasks' projects grey, the part inside it blue."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sxcanalysis.analysis.exposure import assigned_and_located, exposure
from sxcanalysis.figures.charts.common import short_city
from sxcanalysis.figures.lettering import shorten
from sxcanalysis.figures.maps.ground import draw_rim, draw_shapes, frame_for, load_ground
from sxcanalysis.figures.maps.lines import courses
from sxcanalysis.figures.maps.overview import INPUTS
from sxcanalysis.figures.page import close_page, open_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected_assignments, selected_projects
from sxcanalysis.figures.sources import cite
from sxcanalysis.figures.style import FONT_SIZES, MM, MUTED, WATER

if TYPE_CHECKING:
    from collections.abc import Callable

    from sxcanalysis.figures.maps.ground import Frame, Ground
    from sxcanalysis.figures.page import Page

_INSIDE, _OWN, _TINT = "#174679", "#8d8d8d", "#f2dfbf"
_LEAST_MM = 27.0  # a small map is no narrower


def city_exposure(request: Request) -> Drawing:
    """Draw for each city where the projects of its tasks lie: inside blue, elsewhere grey."""
    ground = load_ground(request, 500.0)  # small maps show no finer outlines
    projects = selected_projects(request)
    pairs = assigned_and_located(selected_assignments(request), projects)
    sums = exposure(pairs)
    sums = sums[sums["tasks"] > 0].reset_index(drop=True)
    words = _words(request, pairs, sums)
    page = open_page(request, words)
    y = _key(page, request, page.top)
    y = _maps(page, request, ground, projects, pairs, sums, y + 0.8)
    data, evidence = _rows(pairs, projects)
    source = cite(request, "locations", "boundaries", "water")
    shown = gpd.GeoDataFrame(
        projects[["project_id", "task_id", "name", "name_en", "kind"]], geometry=projects.geometry, crs=4326
    )
    return Drawing(
        close_page(page, y, request, words, source),
        words,
        data,
        source,
        INPUTS,
        evidence=evidence,
        geometry=shown,
    )


def _key(page: Page, request: Request, top: float) -> float:
    def line(color: str, width: float, x: float, y: float) -> None:
        page.lines([(x, y, x + 5.0, y)], color, width)

    def tint(x: float, y: float) -> None:
        page.box(x, y - 1.1, 5.0, 2.2, _TINT, edgecolor="#8a6d3b", linewidth=0.5)

    entries: list[tuple[Callable[[float, float], None], str]] = [
        (tint, request.label("city_exposure.city")),
        (partial(line, _INSIDE, 1.6), request.label("city_exposure.inside")),
        (partial(line, _OWN, 1.0), request.label("city_exposure.own")),
    ]
    return page.key(top, entries, sample=5.0)


def _maps(  # noqa: PLR0917
    page: Page,
    request: Request,
    ground: Ground,
    projects: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
    sums: pd.DataFrame,
    top: float,
) -> float:
    gap = 2.0
    columns = max(1, min(len(sums), int((page.width + gap) / (_LEAST_MM + gap))))
    if len(sums) > columns:  # rows as even as they can be
        columns = -(-len(sums) // -(-len(sums) // columns))
    across = (page.width - gap * (columns - 1)) / columns
    plane = projects.to_crs(ground.crs).set_index("project_id")
    curves: dict[str, Any] = {}
    for course in courses(projects, ground.crs):
        curves.setdefault(course.project_id, []).append(shapely.linestrings(course.curve))
    drawn = {
        project: shapely.multilinestrings(curves[project]) if project in curves else shape
        for project, shape in plane.geometry.items()
    }
    bounds = tuple(ground.cities.total_bounds)
    y, lowest = top, top
    for at, row in enumerate(sums.to_dict("records")):
        if at and at % columns == 0:
            y = lowest + 2.5
        x = (at % columns) * (across + gap)
        name = short_city(str(row["city"])) if request.lang == "zh" else str(row["city_en"] or row["city"])
        page.write(x, y + 1.6, name, size=FONT_SIZES["text"], bold=True)
        told = request.say("city_exposure.told", tasks=row["tasks"], inside_tasks=row["tasks_inside"])
        more = request.say("city_exposure.more", n=row["projects"], inside=row["inside"])
        page.write(
            x, y + 4.6, shorten(told, across * MM, FONT_SIZES["min"]), size=FONT_SIZES["min"], color=MUTED
        )
        page.write(
            x, y + 7.3, shorten(more, across * MM, FONT_SIZES["min"]), size=FONT_SIZES["min"], color=_INSIDE
        )
        frame = frame_for(bounds, x + 0.2, y + 9.2, across - 0.4, margin=0.01)
        _map(
            page,
            frame,
            ground,
            drawn,
            pairs[(pairs["city"] == row["city"]) & pairs["assigned"]],
            str(row["adcode"]),
        )
        lowest = max(lowest, y + 9.2 + frame.height)
    return lowest


def _map(
    page: Page, frame: Frame, ground: Ground, drawn: dict[Any, Any], mine: pd.DataFrame, code: str
) -> None:
    page.box(frame.x, frame.y, frame.width, frame.height, "#f5f5f3", zorder=1)
    draw_shapes(
        page, frame, ground.cities.geometry, facecolor="#e9e7e1", edgecolor="white", linewidth=0.5, zorder=1.1
    )
    city = ground.cities[ground.cities["adcode"] == code]
    draw_shapes(page, frame, city.geometry, facecolor=_TINT, zorder=1.2)
    draw_shapes(page, frame, ground.water.geometry, facecolor=WATER, zorder=1.3)
    draw_shapes(page, frame, city.geometry, edgecolor="#8a6d3b", linewidth=0.6, zorder=1.4)
    ids = {
        one
        for column in ("inside_ids", "doubtful_ids", "outside_ids")
        for cell in mine[column]
        for one in str(cell).split(";")
        if one
    }
    inside = {
        one
        for column in ("inside_ids", "doubtful_ids")
        for cell in mine[column]
        for one in str(cell).split(";")
        if one
    }
    area = shapely.union_all(city.geometry.to_numpy())
    for project in sorted(ids):
        shape = drawn.get(project)
        if shape is None:
            continue
        dimension = shapely.get_dimensions(shape)
        if dimension == 1:
            draw_shapes(page, frame, [shape], edgecolor=_OWN, linewidth=0.6, zorder=2)
            if project in inside:
                draw_shapes(
                    page,
                    frame,
                    [shapely.intersection(shape, area)],
                    edgecolor=_INSIDE,
                    linewidth=1.2,
                    zorder=3,
                )
            continue
        # A unit in which a project lies somewhere is shown by a dot: its outline would drown the map.
        spot = frame.on_page(shapely.get_coordinates(shape.representative_point()))[0]
        hollow = dimension == 2
        color = _INSIDE if project in inside else _OWN
        page.ax.plot(
            *spot, marker="o", markersize=2.6, markerfacecolor="white" if hollow else color, markeredgecolor=color, markeredgewidth=0.8,
            zorder=4, linestyle="none", scalex=False, scaley=False,
        )  # fmt: skip
    draw_rim(page, frame)


def _rows(pairs: pd.DataFrame, projects: gpd.GeoDataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the pairs of city and task that the list makes, and one row a city, task and project behind them."""
    data = pairs[pairs["assigned"]].drop(columns="assigned").reset_index(drop=True)
    known = projects.drop_duplicates("project_id").set_index("project_id")
    rows = []
    for pair in data.to_dict("records"):
        for place in ("inside", "doubtful", "outside", "unknown"):
            for project in (one for one in str(pair[f"{place}_ids"]).split(";") if one):
                row = known.loc[project]
                rows.append({
                    "city": pair["city"], "city_en": pair["city_en"], "adcode": pair["adcode"], "task_id": pair["task_id"], "project_id": project,
                    "name": row["name"], "name_en": row["name_en"], "place": place, "quote": row["name"], "start": row["start"], "end": row["end"],
                })  # fmt: skip
    return data, pd.DataFrame(rows)


def _words(request: Request, pairs: pd.DataFrame, sums: pd.DataFrame) -> Words:
    named = pairs[pairs["assigned"]]
    found = int((named["located"] == "inside").sum())
    share: pd.Series[float] = sums["inside"] / np.maximum(sums["projects"] - sums["unknown"], 1)
    rows = sums.assign(share=share)
    full = rows[rows["member"] == "full"] if (rows["member"] == "full").any() else rows
    name = "city" if request.lang == "zh" else "city_en"
    ordered = full.sort_values("share", kind="stable").to_dict("records")
    low, high = ordered[0], ordered[-1]
    values = {
        "year": request.edition, "pairs": len(named), "found": found, "n": int(named["task_id"].nunique()),
        "low": short_city(str(low[name])), "low_in": int(low["inside"]), "low_of": int(low["projects"]),
        "high": short_city(str(high[name])), "high_in": int(high["inside"]), "high_of": int(high["projects"]),
        "doubtful": int(named["doubtful"].sum()), "unknown": len({one for cell in named["unknown_ids"] for one in cell.split(";") if one}),
    }  # fmt: skip
    notes = [request.label("city_exposure.bundle")]
    if values["doubtful"]:
        notes.append(request.say("city_exposure.doubtful", n=values["doubtful"]))
    if values["unknown"]:
        notes.append(request.say("city_exposure.unknown", n=values["unknown"]))
    return request.words("city_exposure", values, (*notes, request.label("map.review")))
