"""What is assigned, what lies there: a small map a city, its tasks' projects grey, the part inside it blue."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from sxcanalysis.analysis.exposure import PLACES, assigned_and_located, exposure
from sxcanalysis.figures.charts.common import city_name
from sxcanalysis.figures.maps.ground import draw_rim, draw_shapes, frame_for, load_ground
from sxcanalysis.figures.maps.lines import joined
from sxcanalysis.figures.maps.overview import INPUTS
from sxcanalysis.figures.page import draw_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected, selected_projects
from sxcanalysis.figures.style import LEAST_PT, MUTED, WATER, Mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from sxcanalysis.figures.maps.ground import Frame, Ground
    from sxcanalysis.figures.page import Page

_INSIDE, _OWN = Mark("#174679"), Mark("#8d8d8d")
_CITY = Mark("#f2dfbf", rim="#8a6d3b")
_LEAST_MM = 27.0  # a small map is no narrower


def city_exposure(request: Request) -> Drawing:
    """Draw for each city where the projects of its tasks lie: inside blue, elsewhere grey."""
    ground = load_ground(request, 500.0)  # small maps show no finer outlines
    projects = selected_projects(request)
    pairs = assigned_and_located(selected(request, "assignments"), projects)
    sums = exposure(pairs).query("tasks > 0")
    pairs = pairs[pairs["assigned"]].drop(columns="assigned").reset_index(drop=True)
    evidence = _evidence(pairs, projects)
    columns = ["project_id", "task_id", "name", "name_en", "kind"]
    return draw_page(
        request,
        _words(request, pairs, sums),
        partial(_draw, ground=ground, drawn=joined(projects, ground.crs), sums=sums, evidence=evidence),
        pairs,
        cites=("locations", "boundaries", "water"),
        inputs=INPUTS,
        evidence=evidence,
        geometry=gpd.GeoDataFrame(projects[columns], geometry=projects.geometry, crs=4326),
    )


def _evidence(pairs: pd.DataFrame, projects: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give one row a city, task and project: where the project lies, and the words of the list."""
    parts = []
    for place in PLACES:
        ids = pairs[f"{place}_ids"].str.split(";")
        found = pairs[["city", "city_en", "adcode", "task_id"]].assign(project_id=ids, place=place)
        parts.append(found.explode("project_id").query("project_id != ''"))
    known = pd.DataFrame(projects).drop_duplicates("project_id")[
        ["project_id", "name", "name_en", "start", "end"]
    ]
    rows = (
        pd.concat(parts).dropna(subset="project_id").sort_index(kind="stable").merge(known, on="project_id")
    )
    return rows.assign(quote=rows["name"])


def _draw(
    page: Page, ground: Ground, drawn: gpd.GeoSeries, sums: pd.DataFrame, evidence: pd.DataFrame
) -> float:
    request, gap = page.request, 2.0

    def line(x: float, y: float, mark: Mark, width: float) -> None:
        page.lines([x, y, x + 5.0, y], mark.color, width)

    key: list[tuple[Mark | Callable[[float, float], None], str]] = [
        (_CITY, request.label("city_exposure.city")),
        (partial(line, mark=_INSIDE, width=1.6), request.label("city_exposure.inside")),
        (partial(line, mark=_OWN, width=1.0), request.label("city_exposure.own")),
    ]
    y = lowest = page.key(page.top, key, 5.0) + 0.8
    columns = max(1, min(len(sums), int((page.width + gap) / (_LEAST_MM + gap))))
    columns = -(-len(sums) // -(-len(sums) // columns))  # rows as even as they can be
    across = (page.width - gap * (columns - 1)) / columns
    west, south, east, north = ground.cities.total_bounds
    for at, row in enumerate(sums.to_dict("records")):
        x = at % columns * (across + gap)
        y = lowest + 2.5 if at and at % columns == 0 else y
        told = request.say("city_exposure.told", tasks=row["tasks"], inside_tasks=row["tasks_inside"])
        more = request.say("city_exposure.more", n=row["projects"], inside=row["inside"])
        page.write(x, y + 1.6, city_name(row, request.lang), bold=True)
        page.write(x, y + 4.6, told, LEAST_PT, MUTED, fit=across)
        page.write(x, y + 7.3, more, LEAST_PT, _INSIDE.color, fit=across)
        frame = frame_for((west, south, east, north), x + 0.2, y + 9.2, across - 0.4, margin=0.01)
        mine = evidence[evidence["city"] == row["city"]].sort_values("project_id")
        city = ground.cities[ground.cities["adcode"] == row["adcode"]].geometry
        _map(page, frame, ground, city, drawn, mine)
        lowest = max(lowest, frame.sheet[3])
    return lowest


def _map(
    page: Page, frame: Frame, ground: Ground, city: gpd.GeoSeries, drawn: gpd.GeoSeries, mine: pd.DataFrame
) -> None:
    page.box(frame.x, frame.y, frame.width, frame.height, "#f5f5f3", zorder=1)
    land = {"facecolor": "#e9e7e1", "edgecolor": "white", "linewidth": 0.5}
    draw_shapes(page, frame, ground.cities.geometry, zorder=1.1, **land)
    draw_shapes(page, frame, city, facecolor=_CITY.color, zorder=1.2)
    draw_shapes(page, frame, ground.water.geometry, facecolor=WATER, zorder=1.3)
    draw_shapes(page, frame, city, edgecolor=_CITY.rim, linewidth=0.6, zorder=1.4)
    area = shapely.union_all(city.to_numpy())
    inside = set(mine.loc[mine["place"].isin(("inside", "doubtful")), "project_id"])
    shapes = {
        project: drawn[project] for project in mine["project_id"].unique() if drawn[project] is not None
    }
    lines = {project: shape for project, shape in shapes.items() if shapely.get_dimensions(shape) == 1}
    draw_shapes(page, frame, lines.values(), edgecolor=_OWN.color, linewidth=0.6, zorder=2)
    parts = [shapely.intersection(shape, area) for project, shape in lines.items() if project in inside]
    draw_shapes(page, frame, parts, edgecolor=_INSIDE.color, linewidth=1.2, zorder=3)
    for project in [
        one for one in shapes if one not in lines
    ]:  # in their order: the file is the same each time
        # A unit in which a project lies somewhere is shown by a dot: its outline would drown the map.
        x, y = frame.on_page(shapely.get_coordinates(shapes[project].representative_point()))[0]
        exact = shapely.get_dimensions(shapes[project]) == 0
        page.dot(
            x, y, _INSIDE if project in inside else _OWN, 2.6, filled=exact, markeredgewidth=0.8, zorder=4
        )
    draw_rim(page, frame)


def _words(request: Request, pairs: pd.DataFrame, sums: pd.DataFrame) -> Words:
    full = sums[sums["member"] == "full"] if (sums["member"] == "full").any() else sums
    share = full["inside"] / (full["projects"] - full["unknown"]).clip(lower=1)
    ordered = full.assign(share=share).sort_values("share", kind="stable").to_dict("records")
    values: dict[str, Any] = {
        "year": request.edition, "pairs": len(pairs), "found": int((pairs["located"] == "inside").sum()), "n": int(pairs["task_id"].nunique()),
        "doubtful": int(pairs["doubtful"].sum()), "unknown": len({one for cell in pairs["unknown_ids"] for one in cell.split(";") if one}),
    }  # fmt: skip
    for name, row in (("low", ordered[0]), ("high", ordered[-1])):
        values |= {
            name: city_name(row, request.lang),
            f"{name}_in": int(row["inside"]),
            f"{name}_of": int(row["projects"]),
        }
    notes = [
        request.say(f"city_exposure.{kind}", n=values[kind])
        for kind in ("doubtful", "unknown")
        if values[kind]
    ]
    bundle, review = request.label("city_exposure.bundle"), request.label("map.review")
    return request.words("city_exposure", values, [bundle, *notes, review])
