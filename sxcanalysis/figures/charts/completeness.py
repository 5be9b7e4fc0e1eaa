"""What each task states: deliverable, number, deadline and owner."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sxcanalysis.analysis.elements import ELEMENTS, task_elements
from sxcanalysis.figures.charts.common import category_marks, category_name, task_name, task_number
from sxcanalysis.figures.lettering import line_width, shorten
from sxcanalysis.figures.page import close_page, hatch_lines, open_page
from sxcanalysis.figures.request import (
    Drawing,
    Request,
    Words,
    selected_assignments,
    selected_targets,
    selected_tasks,
)
from sxcanalysis.figures.sources import cite
from sxcanalysis.figures.style import FONT_SIZES, INK, MM, MUTED

if TYPE_CHECKING:
    import pandas as pd

    from sxcanalysis.figures.page import Page

_STATED, _PARTLY = "#174679", "#dfe8f1"
_CELL_MM = 6.4


def task_completeness(request: Request) -> Drawing:
    """Draw for each task which of the four elements of a checkable duty it states, states in part, or leaves out."""
    tasks = selected_tasks(request)
    data = task_elements(tasks, selected_assignments(request), selected_targets(request))
    english = dict(zip(tasks["category"], tasks["category_en"], strict=True))
    data.insert(2, "category_en", data["category"].map(english))
    data["element_name"] = [request.label(f"element.{one}") for one in data["element"]]
    data["status_name"] = [request.label(f"status.{one}") for one in data["status"]]
    words = _words(request, tasks, data)
    page = open_page(request, words)
    entries = [
        (partial(_sample, page, status), request.label(f"status.{status}"))
        for status in ("stated", "partly", "missing")
    ]
    y = page.key(page.top, entries, sample=_CELL_MM - 1)
    y = _matrix(page, request, tasks, data, y + 0.4)
    source = cite(request)
    return Drawing(close_page(page, y, request, words, source), words, data, source)


def _sample(page: Page, status: str, x: float, y: float) -> None:
    _cell(page, x, y - 1.15, _CELL_MM - 1, 2.3, status)


def _cell(page: Page, x: float, y: float, width: float, height: float, status: str) -> None:
    if status == "stated":
        page.box(x, y, width, height, _STATED)
    elif status == "partly":
        page.box(x, y, width, height, _PARTLY, edgecolor=_STATED, linewidth=0.4)
        page.lines(hatch_lines(x, y, width, height, "/", 1.1), _STATED, 0.35, zorder=2.1)
    else:
        page.box(x, y, width, height, "white", edgecolor="#b5b5b5", linewidth=0.4)


def _matrix(page: Page, request: Request, tasks: pd.DataFrame, data: pd.DataFrame, top: float) -> float:
    columns = 1 if page.width < 115 else 2 if page.width < 175 else 3
    if len(tasks) < 12:
        columns = 1
    size = FONT_SIZES["small"]
    gap = 4.0
    across = (page.width - gap * (columns - 1)) / columns
    cell = min(_CELL_MM, across * 0.105)
    grid = cell * len(ELEMENTS)
    row_mm = 3.15 if columns > 1 else 2.85
    status = data.set_index(["task_id", "element"])["status"]
    marks = category_marks(tasks)
    total = len(tasks) + 1.35 * len(marks)
    column, y, used, lowest, category = 0, top, 0.0, top, ""
    heads = [request.label(f"element.{one}") for one in ELEMENTS]
    for task in tasks.to_dict("records"):
        new = task["category"] != category
        # A heading never stands alone at the foot of a column.
        if column < columns - 1 and used + 1 > total / columns * (column + 1):
            column, y, new = column + 1, top, True
        x = column * (across + gap)
        if y == top:
            y = _heads(page, heads, x + across - grid, cell, y)
        if new:
            page.lines([(x, y + 0.6, x + across, y + 0.6)], MUTED, 0.35)
            name = category_name(request, task["category"])
            page.write(
                x, y + 2.5, shorten(name, (across - grid - 1) * MM, size), size=size, bold=True, color=MUTED
            )
            used, y, category = (
                used + 1.35 * (task["category"] != category),
                y + 1.35 * row_mm,
                task["category"],
            )
        middle = y + row_mm / 2
        page.write(
            x + 5.2, middle, task_number(task["task_id"]), size=FONT_SIZES["min"], ha="right", color=MUTED
        )
        room = across - grid - 7.2
        page.write(x + 6.0, middle, shorten(task_name(request, task), room * MM, size), size=size, color=INK)
        for at, element in enumerate(ELEMENTS):
            _cell(
                page,
                x + across - grid + at * cell + 0.5,
                y + 0.4,
                cell - 1,
                row_mm - 0.8,
                str(status[(task["task_id"], element)]),
            )
        y += row_mm
        used += 1
        lowest = max(lowest, y)
    return lowest


def _heads(page: Page, heads: list[str], x: float, cell: float, y: float) -> float:
    """Write the names of the elements above their columns: upright where they fit, else turned."""
    size = FONT_SIZES["min"]
    widest = max(line_width(one, size) for one in heads) / MM
    if widest <= cell - 0.3:
        for at, words in enumerate(heads):
            page.write(x + (at + 0.5) * cell, y + 1.4, words, size=size, ha="center", color=MUTED)
        return y + 2.8
    for at, words in enumerate(heads):
        page.write(
            x + (at + 0.5) * cell,
            y + widest + 0.2,
            words,
            size=size,
            ha="center",
            va="bottom",
            rotation=90,
            color=MUTED,
        )
    return y + widest + 0.6


def _words(request: Request, tasks: pd.DataFrame, data: pd.DataFrame) -> Words:
    stated = data[data["status"] == "stated"].groupby("element").size().reindex(ELEMENTS, fill_value=0)
    whole = int((data[data["status"] == "stated"].groupby("task_id").size() == len(ELEMENTS)).sum())
    values = {
        "n": len(tasks),
        "year": request.edition,
        "whole": whole,
        **{one: int(stated[one]) for one in ELEMENTS},
    }
    return request.words("task_completeness", values)
