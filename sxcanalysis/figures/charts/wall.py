"""The whole list at a glance: every character of the tasks a block, coloured by what it is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sxcanalysis.analysis.elements import task_elements
from sxcanalysis.figures.charts.common import task_number
from sxcanalysis.figures.page import draw_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected, selected_tasks
from sxcanalysis.figures.style import LEAST_PT, MM, MUTED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sxcanalysis.figures.page import Page

# In the order in which one covers another: what is rare stands on top of what is common.
_COLORS = {
    "place": "#9cc3e0",
    "city": "#c9a063",
    "body": "#7f8fb8",
    "lead": "#174679",
    "number": "#c8301c",
    "deadline": "#000000",
}
_IN_KEY = ("number", "deadline", "lead", "body", "city", "place", "rest")
_REST = "#e3e1dc"
_PLACES = ("site", "project", "water", "county", "city", "region", "development_zone")
_MARGIN_MM = 7.0


def whole_list(request: Request) -> Drawing:
    """Draw every character of the tasks as a block, coloured by what it is part of."""
    tasks = selected_tasks(request)
    data = _stretches(request, tasks)
    return draw_page(request, _words(request, tasks, data), partial(_wall, tasks=tasks, data=data), data)


def _stretches(request: Request, tasks: pd.DataFrame) -> pd.DataFrame:
    """List the stretches of text that have a meaning, one row each, in the order of the document."""
    targets, bodies = selected(request, "targets"), selected(request, "assignments")
    mentions = selected(request, "mentions")
    dates = task_elements(tasks, bodies, targets).query("element == 'deadline' and basis == 'date'")
    dated = tasks[tasks["task_id"].isin(dates["task_id"]) & (tasks["deadline_start"] >= 0)]
    kinds = (
        bodies["body_kind"]
        .where(bodies["body_kind"] == "city", "body")
        .mask(bodies["role"] == "lead", "lead")
    )
    metric = targets["metric" if request.lang == "zh" else "metric_en"]
    places = mentions[mentions["kind"].isin(_PLACES)]
    parts = [
        places.assign(kind="place", quote=places["name"]),
        bodies.assign(kind=kinds, name=bodies["body"], quote=bodies["body_as_written"]),
        targets.assign(kind="number", name=metric),
        # Of a clause with a date, only the words of the date.
        dated.assign(kind="deadline", name="", quote=dated["deadline"], start=dated["deadline_start"], end=dated["deadline_end"]),
    ]  # fmt: skip
    columns = ["task_id", "kind", "name", "start", "end", "quote"]
    data = pd.concat([part[columns] for part in parts], ignore_index=True)
    order = data["kind"].map(list(_COLORS).index)
    return data.assign(order=order).sort_values(["start", "order"])[columns].reset_index(drop=True)


def _wall(page: Page, tasks: pd.DataFrame, data: pd.DataFrame) -> float:
    columns = 1 if page.width < 115 else 2
    pitch, high = (0.90, 1.45) if columns == 2 else (0.86, 1.28)
    step = high + 0.45
    per_line = int(((page.width - 4.0 * (columns - 1)) / columns - _MARGIN_MM) / pitch)

    def sample(x: float, y: float, color: str) -> None:
        page.boxes([(x + 0.8 * k, y - 0.75, 0.62, 1.5) for k in range(3)], color)

    def write_task(x: float, y: float, _: float, task_id: str, owners: NDArray[np.int64]) -> None:
        line, place = np.divmod(np.arange(len(owners)), per_line)
        corners = np.column_stack(
            [x + _MARGIN_MM + place * pitch, y + line * step, np.full((len(owners), 2), (pitch * 0.84, high))]
        )
        for row in np.unique(owners):
            # The row of the CSV beside the picture that the block stands for (RFC 7111 counts the header as the first).
            link = {"url": f"whole-list.csv#row={row + 2}"} if row >= 0 else {}
            page.boxes(corners[owners == row], _COLORS[data.loc[row, "kind"]] if row >= 0 else _REST, **link)
        page.write(x + _MARGIN_MM - 1.0, y + high / 2, task_number(task_id), LEAST_PT, MUTED, ha="right")

    blocks = []
    rank = data["kind"].map(list(_COLORS).index).sort_values(kind="stable").index
    for task, start, end, last in tasks[["task_id", "start", "end", "attribution_end"]].itertuples(
        index=False
    ):
        owners = np.full(int(max(end, last) - start), -1)
        mine = data.loc[rank[data.loc[rank, "task_id"] == task]]
        for row, first, stop in zip(mine.index, mine["start"], mine["end"], strict=True):
            owners[int(first - start) : int(stop - start)] = row
        deep = -(-len(owners) // per_line) * step
        draw = partial(write_task, task_id=task, owners=owners)
        blocks.append((max(deep + 0.75, LEAST_PT * 1.1 / MM), draw, False))
    there = [one for one in _IN_KEY if one == "rest" or one in set(data["kind"])]
    key = [
        (partial(sample, color=_COLORS.get(one, _REST)), page.request.label(f"wall.{one}")) for one in there
    ]
    return page.flow(page.key(page.top, key, 2.4) + 1.0, blocks, columns)


def _words(request: Request, tasks: pd.DataFrame, data: pd.DataFrame) -> Words:
    counted = data.groupby("kind")["task_id"].nunique()
    spans = tasks[["start", "end", "attribution_start", "attribution_end"]].sum()
    letters = int(spans["end"] - spans["start"] + spans["attribution_end"] - spans["attribution_start"])
    covered = data[data["kind"] == "number"].drop_duplicates(["start", "end"])
    told = {"numbers": "number", "dated": "deadline", "leads": "lead", "places": "place"}
    values = {name: int(counted.get(kind, 0)) for name, kind in told.items()}
    share = float((covered["end"] - covered["start"]).sum() / letters)
    return request.words(
        "whole_list", {**values, "n": len(tasks), "letters": letters, "share": share, "year": request.edition}
    )
