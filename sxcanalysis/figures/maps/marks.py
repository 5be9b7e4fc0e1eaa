"""Projects on a map: a guess looks like a guess, and each is found by its number or its name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import FancyBboxPatch
from matplotlib.path import Path

from sxcanalysis.figures.maps.ground import draw_shapes
from sxcanalysis.figures.maps.lines import courses, sampled, set_apart
from sxcanalysis.figures.maps.places import grid_in
from sxcanalysis.figures.style import KIND_MARKS, LEAST_PT, MM, STAGE_DASHES, STAGE_GROUPS, Mark, marks_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    from sxcanalysis.figures.maps.ground import Frame
    from sxcanalysis.figures.maps.lines import Course
    from sxcanalysis.figures.maps.places import Room
    from sxcanalysis.figures.page import Page

_LINE_PT = 1.5
_SOFT = ((1.0, 0.045), (0.72, 0.05), (0.45, 0.06))  # a band that fades: share of the uncertainty, opacity
_RINGS = (
    (0.0, 0.0),
    (3.0, 1.2),
    (4.5, 2.2),
    (6.5, 3.4),
)  # how far a number may stand from its line (mm), at what price


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


def _runs(flags: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    """Split the places of a row of flags where they change."""
    yield from np.split(np.arange(len(flags)), np.flatnonzero(np.diff(flags.astype(int))) + 1)


def lay_lines(frame: Frame, projects: gpd.GeoDataFrame, crs: str) -> list[Drawn]:
    """Smooth the lines, cut them to the frame, and set apart those that run together."""
    found: list[Drawn] = []
    sheet = shapely.box(*frame.sheet)
    for course in courses(projects, crs):
        xy, leg = sampled(frame.on_page(course.curve), course.leg)
        inside = shapely.intersects_xy(sheet, xy)
        memory = np.array(course.from_memory)[np.minimum(leg, len(course.from_memory) - 1)]
        seen = [run for run in _runs(inside) if len(run) > 1 and inside[run[0]]]
        found += [Drawn(course.project_id, xy[run], memory[run], course) for run in seen]
    moved = set_apart([one.points for one in found], [one.project_id for one in found])
    return [replace(one, points=points) for one, points in zip(found, moved, strict=True)]


def draw_lines(page: Page, frame: Frame, lines: Iterable[Drawn], projects: gpd.GeoDataFrame) -> None:
    """Draw lines: colour the kind, pattern the stage, softness the uncertainty; legs from memory alone are paler."""
    marks, known = kind_marks(projects), projects.set_index("project_id")
    sheet = page.put(Path(shapely.get_coordinates(shapely.box(*frame.sheet))), zorder=0)
    for line in lines:
        row = known.loc[line.project_id]
        color, pattern = marks[row["kind"]].color, dashes(str(row["stage"]))
        reach = 2 * float(row["uncertainty_m"]) / frame.scale * MM
        for share, alpha in _SOFT if row["precision"] != "alignment" else ():
            band = page.curve(
                line.points, color, reach * share, alpha=alpha, zorder=2.0, solid_capstyle="butt"
            )
            band.set_clip_path(sheet)
        page.curve(line.points, "white", _LINE_PT + 0.9, alpha=0.85, zorder=3.0, solid_capstyle="round")
        # Where what a leg rests on changes, the colour does; the pattern runs on.
        for run in _runs(line.memory):
            shade = paler(color) if line.memory[run[0]] else color
            part = line.points[run[0] : run[-1] + 2]
            page.curve(part, shade, _LINE_PT, linestyle=pattern, zorder=3.1, solid_capstyle="round")


def draw_stops(page: Page, frame: Frame, lines: Iterable[Drawn], projects: gpd.GeoDataFrame) -> None:
    """Draw stations, interchanges and locks as ticks across their line."""
    marks, known = kind_marks(projects), projects.set_index("project_id")["kind"]
    for line in lines:
        ticks = []
        for stop in frame.on_page(line.course.stops):
            far = np.hypot(*(line.points - stop).T)
            at = int(np.argmin(far))
            if far[at] > 1.8 or not 0 < at < len(line.points) - 1:
                continue
            step = line.points[at + 1] - line.points[at - 1]
            across = np.array([-step[1], step[0]]) / max(float(np.hypot(*step)), 1e-9) * 0.75
            ticks.append([line.points[at] - across, line.points[at] + across])
        page.lines(ticks, marks[known[line.project_id]].color, 0.9, zorder=3.2)


def draw_sites(page: Page, frame: Frame, projects: gpd.GeoDataFrame) -> dict[str, NDArray[np.float64]]:
    """
    Draw points and areas; return from each project with a point to where its number may point, in mm.

    A point that is not exact stands hollow in a soft circle of its uncertainty; a lake or zone is tinted; a unit in which a project
    lies somewhere has a dotted border.
    """
    marks, sheet = kind_marks(projects), shapely.box(*frame.sheet)
    anchors: dict[str, NDArray[np.float64]] = {}
    for row in projects[projects.geometry.notna()].to_dict("records"):
        shape, mark, precision = row["geometry"], marks[row["kind"]], row["precision"]
        if shapely.get_dimensions(shape) == 2:
            whole = precision == "area"
            border: dict[str, Any] = {} if whole else {"linestyle": (0, (1.0, 1.6))}
            draw_shapes(page, frame, [shape], zorder=1.5, facecolor=mark.color, alpha=0.25 if whole else 0.07)
            draw_shapes(page, frame, [shape], zorder=1.6, edgecolor=mark.edge, linewidth=0.7, **border)
            continue
        spots = (
            frame.on_page(shapely.get_coordinates(shape))
            if shapely.get_dimensions(shape) == 0
            else np.empty((0, 2))
        )
        for x, y in spots[shapely.contains_xy(sheet, spots)]:
            anchors.setdefault(str(row["project_id"]), np.array([x, y]))
            reach = 2 * float(row["uncertainty_m"]) / frame.scale * MM
            for share, alpha in () if precision == "exact" else _SOFT:
                soft = Mark(mark.color)
                page.dot(x, y, soft, reach * share, alpha=alpha * 1.6, zorder=2.0, markeredgewidth=0)
            page.dot(x, y, mark, 5.0, filled=precision == "exact")
    return anchors


def draw_numbers(
    page: Page,
    frame: Frame,
    room: Room,
    projects: gpd.GeoDataFrame,
    lines: list[Drawn],
    anchors: dict[str, NDArray[np.float64]],
) -> list[int]:
    """Write the number of each project on its line or beside its site; return those of located projects outside the frame."""
    marks, missing = kind_marks(projects), []
    own: dict[str, list[Drawn]] = {str(one): [] for one in projects["project_id"]}
    for line in lines:
        own[line.project_id].append(line)
    located = projects[projects.geometry.notna()].to_dict("records")
    turns = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    circle = np.column_stack([np.cos(turns), np.sin(turns)])
    for row in sorted(located, key=lambda row: sum(len(one.points) for one in own[row["project_id"]])):
        seeds, base, beside = _seeds(frame, row, own[row["project_id"]], anchors)
        if not len(seeds):
            missing.append(int(row["number"]))
            continue
        half = (1.9 if row["number"] > 9 else 1.45, 1.35)
        shifts = np.concatenate([radius * circle if radius else np.zeros((1, 2)) for radius, _ in _RINGS])
        prices = np.concatenate([np.full(12 if radius else 1, price or beside) for radius, price in _RINGS])
        spots = (seeds[None] + shifts[:, None]).reshape(-1, 2)
        cost = (base[None] + prices[:, None]).ravel() + room.price(spots, half, line=0.5)
        best = int(np.argmin(cost))
        spot, source = spots[best], seeds[best % len(seeds)]
        room.take(spot, half)
        color = marks[row["kind"]].edge
        if np.hypot(*(spot - source)) > 1.0:
            page.lines([*source, *spot], color, 0.5, zorder=5.8)
        badge(
            page, spot[0], spot[1], str(row["number"]), color, dotted=row["precision"] in {"county", "city"}
        )
    return missing


def _seeds(
    frame: Frame, row: dict[Any, Any], mine: list[Drawn], anchors: dict[str, NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Give the places that a number may stand for, what each costs, and what it costs to stand on it."""
    if mine:
        longest = max(mine, key=lambda line: len(line.points)).points
        seeds = longest[:: 1 + len(longest) // 60]
        # A number would hide a line that is hardly longer than itself.
        return seeds, 1.5 * np.abs(np.linspace(0, 1, len(seeds)) - 0.5), 4.0 if len(longest) < 14 else 0.0
    if row["project_id"] in anchors:
        return anchors[row["project_id"]][None, :], np.zeros(1), 50.0
    spots = grid_in(frame.place(row["geometry"]), 1.5)
    return spots, 0.15 * np.hypot(*(spots - spots[:1]).T), 0.0


def badge(page: Page, x: float, y: float, words: str, color: str, *, dotted: bool = False) -> None:
    """Write a number in a frame of its kind's colour: dotted where it stands for a whole unit."""
    wide, high = 0.95 + 1.25 * len(words), 2.5
    look: dict[str, Any] = {"linestyle": (0, (1.4, 1.0)) if dotted else "-", "zorder": 6.4, "linewidth": 0.7}
    corner = (x - wide / 2, y - high / 2)
    style = "round,pad=0,rounding_size=0.4"
    page.ax.add_artist(FancyBboxPatch(corner, wide, high, style, facecolor="white", edgecolor=color, **look))
    page.write(x, y, words, LEAST_PT, ha="center", zorder=6.5)
