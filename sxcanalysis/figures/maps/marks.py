"""Projects on a map: a guess looks like a guess, and each is found by its number or its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.colors import to_hex, to_rgb

from sxcanalysis.figures.maps.ground import draw_shapes
from sxcanalysis.figures.maps.lines import courses, sampled, set_apart
from sxcanalysis.figures.style import (
    FONT_SIZES,
    INK,
    KIND_MARKS,
    MM,
    STAGE_DASHES,
    STAGE_GROUPS,
    Mark,
    marks_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    from sxcanalysis.figures.maps.ground import Frame
    from sxcanalysis.figures.maps.lines import Course
    from sxcanalysis.figures.maps.places import Room
    from sxcanalysis.figures.page import Page

_LINE_PT = 1.5
_SOFT = ((1.0, 0.045), (0.72, 0.05), (0.45, 0.06))  # a band that fades: share of the uncertainty, opacity


@dataclass(frozen=True)
class Drawn:
    """A line as it stands on the page: its points in mm, whether each leg rests on memory alone, its stops."""

    project_id: str
    points: NDArray[np.float64]
    memory: NDArray[np.bool_]
    course: Course


def kind_marks(projects: gpd.GeoDataFrame) -> dict[str, Mark]:
    """Give each kind its mark; one that is new gets a spare mark, never none."""
    return marks_for(projects["kind"], KIND_MARKS)


def dashes(stage: str) -> str | tuple[int, tuple[float, ...]]:
    """Give the pattern of a stage: done, being built or planned; an unknown one counts as planned."""
    return STAGE_DASHES[STAGE_GROUPS.get(stage, "planned")]


def paler(color: str, share: float = 0.45) -> str:
    """Mix a colour with paper."""
    red, green, blue = (part + (1 - part) * share for part in to_rgb(color))
    return to_hex((red, green, blue))


def lay_lines(frame: Frame, projects: gpd.GeoDataFrame, crs: str) -> list[Drawn]:
    """Smooth the lines, cut them to the frame, and set apart those that run together."""
    found: list[Drawn] = []
    left, top, right, bottom = frame.sheet
    for course in courses(projects, crs):
        xy, leg = sampled(frame.on_page(course.curve), course.leg)
        inside = (xy[:, 0] >= left) & (xy[:, 0] <= right) & (xy[:, 1] >= top) & (xy[:, 1] <= bottom)
        memory = np.array(course.from_memory)[np.minimum(leg, len(course.from_memory) - 1)]
        for run in np.split(np.arange(len(xy)), np.flatnonzero(np.diff(inside.astype(int))) + 1):
            found += (
                [Drawn(course.project_id, xy[run], memory[run], course)]
                if len(run) > 1 and inside[run[0]]
                else []
            )
    moved = set_apart([one.points for one in found], [one.project_id for one in found])
    return [
        Drawn(one.project_id, points, one.memory, one.course)
        for one, points in zip(found, moved, strict=True)
    ]


def draw_lines(
    page: Page,
    frame: Frame,
    lines: Iterable[Drawn],
    projects: gpd.GeoDataFrame,
    *,
    soft: bool = True,
    width: float = _LINE_PT,
) -> None:
    """Draw lines: colour the kind, pattern the stage, softness the uncertainty; legs from memory alone are paler."""
    marks = kind_marks(projects)
    known = projects.set_index("project_id")
    clip: dict[str, Any] = {
        "scalex": False,
        "scaley": False,
        "dash_capstyle": "butt",
        "solid_capstyle": "round",
    }
    for line in lines:
        row = known.loc[line.project_id]
        color, pattern = marks[row["kind"]].color, dashes(str(row["stage"]))
        reach = 2 * float(row["uncertainty_m"]) / frame.scale * MM
        for share, alpha in _SOFT if soft and row["precision"] != "alignment" else ():
            (band,) = page.ax.plot(
                *line.points.T,
                color=color,
                linewidth=reach * share,
                alpha=alpha,
                zorder=2.0,
                **clip | {"solid_capstyle": "butt"},
            )
            band.set_clip_path(page.box(frame.x, frame.y, frame.width, frame.height, "none", zorder=0))
        page.ax.plot(*line.points.T, color="white", linewidth=width + 0.9, alpha=0.85, zorder=3.0, **clip)
        # Where what a leg rests on changes, the colour does; the pattern runs on.
        for run in np.split(
            np.arange(len(line.points)), np.flatnonzero(np.diff(line.memory.astype(int))) + 1
        ):
            part = np.append(run, run[-1] + 1) if run[-1] + 1 < len(line.points) else run
            shade = paler(color) if line.memory[run[0]] else color
            page.ax.plot(
                *line.points[part].T, color=shade, linewidth=width, linestyle=pattern, zorder=3.1, **clip
            )


def draw_stops(page: Page, frame: Frame, lines: Iterable[Drawn], projects: gpd.GeoDataFrame) -> None:
    """Draw stations, interchanges and locks as ticks across their line."""
    marks, known = kind_marks(projects), projects.set_index("project_id")["kind"]
    for line in lines:
        if not len(line.course.stops) or len(line.points) < 3:
            continue
        for stop in frame.on_page(line.course.stops):
            far = np.hypot(*(line.points - stop).T)
            at = int(np.argmin(far))
            if far[at] > 1.8 or not 0 < at < len(line.points) - 1:
                continue
            step = line.points[at + 1] - line.points[at - 1]
            across = np.array([-step[1], step[0]]) / max(float(np.hypot(*step)), 1e-9) * 0.75
            here = line.points[at]
            page.lines(
                [(*(here - across), *(here + across))], marks[known[line.project_id]].color, 0.9, zorder=3.2
            )


def draw_sites(page: Page, frame: Frame, projects: gpd.GeoDataFrame) -> dict[str, NDArray[np.float64]]:
    """
    Draw points and areas.

    A point that is not exact stands hollow in a soft circle of its uncertainty; a lake or zone is tinted; a unit in which a project
    lies somewhere has a dotted border.

    Returns
    -------
    anchors
        From each project to where its number may point, in mm.
    """
    marks = kind_marks(projects)
    anchors: dict[str, NDArray[np.float64]] = {}
    for row in projects.to_dict("records"):
        shape = row["geometry"]
        if shape is None or shapely.get_dimensions(shape) == 1:
            continue
        mark = marks[row["kind"]]
        if shapely.get_dimensions(shape) == 2:
            fill = (
                {"facecolor": mark.color, "alpha": 0.25}
                if row["precision"] == "area"
                else {"facecolor": mark.color, "alpha": 0.07}
            )
            draw_shapes(page, frame, [shape], zorder=1.5, **fill)
            dotted: dict[str, Any] = {"linestyle": (0, (1.0, 1.6))} if row["precision"] != "area" else {}
            draw_shapes(page, frame, [shape], edgecolor=mark.edge, linewidth=0.7, zorder=1.6, **dotted)
            continue
        spots = frame.on_page(shapely.get_coordinates(shape))
        left, top, right, bottom = frame.sheet
        for x, y in spots:
            if not (left < x < right and top < y < bottom):
                continue
            anchors.setdefault(str(row["project_id"]), np.array([x, y]))
            exact = row["precision"] == "exact"
            for share, alpha in () if exact else _SOFT:
                reach = 2 * float(row["uncertainty_m"]) / frame.scale * share * MM
                page.ax.plot(
                    [x],
                    [y],
                    marker="o",
                    markersize=reach,
                    color=mark.color,
                    alpha=alpha * 1.6,
                    zorder=2.0,
                    markeredgewidth=0,
                    scalex=False,
                    scaley=False,
                )
            page.dot(x, y, mark, size=5.0, filled=exact)
    return anchors


def draw_numbers(
    page: Page,
    frame: Frame,
    room: Room,
    projects: gpd.GeoDataFrame,
    lines: list[Drawn],
    anchors: dict[str, NDArray[np.float64]],
) -> list[int]:
    """
    Write the number of each project on its line or beside its site.

    Returns
    -------
    missing
        Numbers of located projects that lie outside the frame.
    """
    marks = kind_marks(projects)
    size = FONT_SIZES["min"]
    missing: list[int] = []
    order = []
    for row in projects.to_dict("records"):
        mine = [line for line in lines if line.project_id == row["project_id"]]
        order.append((sum(len(line.points) for line in mine) if mine else 0, row, mine))
    for _, row, mine in sorted(order, key=lambda one: one[0]):
        shape = row["geometry"]
        if shape is None:
            continue
        half = (1.9 if row["number"] > 9 else 1.45, 1.35)
        seeds, base, beside = _seeds(frame, row, mine, anchors)
        if not len(seeds):
            missing.append(int(row["number"]))
            continue
        spots, from_, cost = [seeds], [seeds], [base + beside]
        turns = np.linspace(0, 2 * np.pi, 12, endpoint=False)
        for radius, price in ((3.0, 1.2), (4.5, 2.2), (6.5, 3.4)):
            for turn in turns:
                spots.append(seeds + radius * np.array([np.cos(turn), np.sin(turn)]))
                from_.append(seeds)
                cost.append(base + price)
        places, sources, prices = np.concatenate(spots), np.concatenate(from_), np.concatenate(cost)
        total = prices + room.price(places, half, line=0.5)
        best = int(np.argmin(total))
        spot, source = places[best], sources[best]
        room.take(spot, half)
        color = marks[row["kind"]].edge
        if np.hypot(*(spot - source)) > 1.0:
            page.lines([(*source, *spot)], color, 0.5, zorder=5.8)
        badge(
            page,
            float(spot[0]),
            float(spot[1]),
            int(row["number"]),
            color,
            dotted=row["precision"] in {"county", "city"},
            size=size,
        )
    return missing


def _seeds(
    frame: Frame, row: dict[Any, Any], mine: list[Drawn], anchors: dict[str, NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Give the places that a number may stand for, what each costs, and what it costs to stand on it."""
    if mine:
        longest = max(mine, key=lambda line: len(line.points))
        seeds = longest.points[:: 1 + len(longest.points) // 60]
        share = np.linspace(0, 1, len(seeds))
        # A number would hide a line that is hardly longer than itself.
        return seeds, 1.5 * np.abs(share - 0.5), 4.0 if len(longest.points) < 14 else 0.0
    if row["project_id"] in anchors:
        return anchors[row["project_id"]][None, :], np.zeros(1), 50.0
    from sxcanalysis.figures.maps.places import grid_in  # noqa: PLC0415 — places writes what marks draws around

    seen = frame.place(row["geometry"]) if shapely.get_dimensions(row["geometry"]) == 2 else None
    if seen is None or seen.is_empty:
        return np.empty((0, 2)), np.empty(0), 0.0
    spots = grid_in(seen, 1.5)
    return spots, 0.15 * np.hypot(*(spots - spots[0]).T), 0.0


def badge(
    page: Page,
    x: float,
    y: float,
    number: int,
    color: str,
    *,
    dotted: bool = False,
    size: float = FONT_SIZES["min"],
) -> None:
    """Write a number in a frame of its kind's colour: dotted where it stands for a whole unit."""
    frame = {
        "boxstyle": "round,pad=0.16",
        "facecolor": "white",
        "edgecolor": color,
        "linewidth": 0.7,
        "linestyle": (0, (1.4, 1.0)) if dotted else "-",
    }
    page.write(x, y, str(number), size=size, color=INK, ha="center", zorder=6.5, bbox=frame)
