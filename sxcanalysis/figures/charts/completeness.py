"""What each task states: deliverable, number, deadline and owner."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from sxcanalysis.analysis.elements import ELEMENTS, task_elements
from sxcanalysis.figures.charts.common import category_name, task_name, task_number
from sxcanalysis.figures.lettering import line_width
from sxcanalysis.figures.page import draw_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected, selected_tasks
from sxcanalysis.figures.style import LEAST_PT, MM, MUTED, SMALL_PT, Mark

if TYPE_CHECKING:
    import pandas as pd

    from sxcanalysis.figures.page import Page

_LOOKS = {
    "stated": Mark("#174679"),
    "partly": Mark("#dfe8f1", "/", rim="#174679"),
    "missing": Mark("white", rim="#b5b5b5"),
}


def task_completeness(request: Request) -> Drawing:
    """Draw for each task which of the four elements of a checkable duty it states, states in part, or leaves out."""
    tasks = selected_tasks(request)
    data = task_elements(tasks, selected(request, "assignments"), selected(request, "targets"))
    data.insert(
        2,
        "category_en",
        data["category"].map(dict(zip(tasks["category"], tasks["category_en"], strict=True))),
    )
    data["element_name"] = [request.label(f"element.{one}") for one in data["element"]]
    data["status_name"] = [request.label(f"status.{one}") for one in data["status"]]
    return draw_page(request, _words(request, tasks, data), partial(_matrix, tasks=tasks, data=data), data)


def _matrix(page: Page, tasks: pd.DataFrame, data: pd.DataFrame) -> float:
    request = page.request
    columns, cell = _columns(page, tasks)
    grid, row_mm = cell * len(ELEMENTS), 3.15 if columns > 1 else 2.85
    status = data.set_index(["task_id", "element"])["status"]

    def write_category(x: float, y: float, across: float, category: str) -> None:
        page.rule(y + 0.6, start=x, end=x + across)
        page.write(
            x, y + 2.5, category_name(request, category), SMALL_PT, MUTED, bold=True, fit=across - grid - 1
        )

    def write_task(x: float, y: float, across: float, task: dict[Any, Any]) -> None:
        middle = y + row_mm / 2
        page.write(x + 5.2, middle, task_number(task["task_id"]), LEAST_PT, MUTED, ha="right")
        page.write(x + 6.0, middle, task_name(request, task), SMALL_PT, fit=across - grid - 7.2)
        for at, element in enumerate(ELEMENTS):
            look = _LOOKS[str(status[task["task_id"], element])]
            page.cell(x + across - grid + at * cell + 0.5, y + 0.4, cell - 1, row_mm - 0.8, look)

    blocks: list[Any] = []
    for category, mine in groupby(tasks.to_dict("records"), key=lambda task: str(task["category"])):
        blocks.append((1.35 * row_mm, partial(write_category, category=category), True))
        blocks += [(row_mm, partial(write_task, task=task), False) for task in mine]
    y = (
        page.key(page.top, [(mark, request.label(f"status.{one}")) for one, mark in _LOOKS.items()], 5.4)
        + 0.4
    )
    return page.flow(y, blocks, columns, head=_heads(page, cell))


def _columns(page: Page, tasks: pd.DataFrame) -> tuple[int, float]:
    """Choose as many columns as leave nine names in ten whole, and the width of a cell."""
    names = [task_name(page.request, task) for task in tasks.to_dict("records")]
    long = np.percentile([line_width(name, SMALL_PT) / MM for name in names], 90)
    for columns in (3, 2, 1):
        across = (page.width - 4.0 * (columns - 1)) / columns
        cell = min(6.4, across * 0.1)
        if columns == 1 or (len(tasks) >= 12 and across - cell * len(ELEMENTS) - 7.2 >= long):
            break
    return columns, cell


def _heads(page: Page, cell: float) -> Any:  # noqa: ANN401  # a block of `Page.flow`
    """Write the names of the elements above their columns: upright where they fit, else turned."""
    heads = [page.request.label(f"element.{one}") for one in ELEMENTS]
    widest = max(line_width(one, LEAST_PT) for one in heads) / MM
    turned = widest > cell - 0.3

    def draw(x: float, y: float, across: float) -> None:
        for at, words in enumerate(heads):
            middle = x + across + (at + 0.5 - len(heads)) * cell
            if turned:
                page.write(middle, y + widest + 0.2, words, LEAST_PT, MUTED, rotation=90)
            else:
                page.write(middle, y + 1.4, words, LEAST_PT, MUTED, ha="center")

    return widest + 0.6 if turned else 2.8, draw, False


def _words(request: Request, tasks: pd.DataFrame, data: pd.DataFrame) -> Words:
    stated = data[data["status"] == "stated"]
    counts = stated["element"].value_counts()
    whole = int((stated["task_id"].value_counts() == len(ELEMENTS)).sum())
    values = {"n": len(tasks), "year": request.edition, "whole": whole}
    return request.words("task_completeness", values | {one: int(counts.get(one, 0)) for one in ELEMENTS})
