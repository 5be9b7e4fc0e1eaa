"""The whole list at a glance: every character of the tasks a block, coloured by what it is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from sxcanalysis.analysis.elements import task_elements
from sxcanalysis.figures.page import close_page, open_page
from sxcanalysis.figures.request import (
    Drawing,
    Request,
    Words,
    selected_assignments,
    selected_mentions,
    selected_targets,
    selected_tasks,
)
from sxcanalysis.figures.sources import cite
from sxcanalysis.figures.style import FONT_SIZES, MM, MUTED

if TYPE_CHECKING:
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
_REST = "#e3e1dc"
_PLACES = ("site", "project", "water", "county", "city", "region", "development_zone")


def whole_list(request: Request) -> Drawing:
    """Draw every character of the tasks as a block, coloured by what it is part of."""
    tasks = selected_tasks(request)
    data = _stretches(request, tasks)
    words = _words(request, tasks, data)
    page = open_page(request, words)
    shown = [
        kind for kind in ("number", "deadline", "lead", "body", "city", "place") if kind in set(data["kind"])
    ]
    entries = [(partial(_sample, page, _COLORS[kind]), request.label(f"wall.{kind}")) for kind in shown]
    y = page.key(
        page.top, [*entries, (partial(_sample, page, _REST), request.label("wall.rest"))], sample=2.4
    )
    y = _blocks(page, tasks, data, y + 1.0)
    source = cite(request)
    return Drawing(close_page(page, y, request, words, source), words, data, source)


def _stretches(request: Request, tasks: pd.DataFrame) -> pd.DataFrame:
    """List the stretches of text that have a meaning, one row each, in the order of the document."""
    targets, mentions, assignments = (
        selected_targets(request),
        selected_mentions(request),
        selected_assignments(request),
    )
    dates = task_elements(tasks, assignments, targets)
    dates = dates[(dates["element"] == "deadline") & (dates["basis"] == "date")]
    bodies = assignments.assign(
        kind=["lead" if role == "lead" else "city" if kind == "city" else "body" for role, kind in zip(assignments["role"], assignments["body_kind"], strict=True)],
        quote=assignments["body_as_written"], name=assignments["body"],
    )  # fmt: skip
    places = mentions[mentions["kind"].isin(_PLACES)].assign(kind="place", quote=lambda rows: rows["name"])
    numbers = targets.assign(
        kind="number", name=targets["metric"] if request.lang == "zh" else targets["metric_en"]
    )
    parts = [
        frame.assign(name=frame.get("name", ""))[["task_id", "kind", "name", "start", "end", "quote"]]
        for frame in (places, bodies, numbers, _dates(dates, tasks))
    ]
    order = {kind: at for at, kind in enumerate(_COLORS)}
    data = pd.concat(parts, ignore_index=True)
    return data.sort_values(
        ["start", "kind"],
        key=lambda column: column.map(order) if column.name == "kind" else column,
        ignore_index=True,
    )


def _dates(clauses: pd.DataFrame, tasks: pd.DataFrame) -> pd.DataFrame:
    """Narrow the clauses with a date to the words of the date."""
    rows = tasks[tasks["task_id"].isin(clauses["task_id"]) & (tasks["deadline_start"] >= 0)]
    return rows.assign(
        kind="deadline", start=rows["deadline_start"], end=rows["deadline_end"], quote=rows["deadline"]
    )


def _sample(page: Page, color: str, x: float, y: float) -> None:
    page.boxes([(x + 0.8 * k, y - 0.75, 0.62, 1.5) for k in range(3)], color)


def _blocks(page: Page, tasks: pd.DataFrame, data: pd.DataFrame, top: float) -> float:
    columns = 1 if page.width < 115 else 2
    size, gap = FONT_SIZES["min"], 4.0
    margin = 7.0
    across = (page.width - gap * (columns - 1)) / columns
    pitch, high = (0.90, 1.45) if columns == 2 else (0.86, 1.28)
    per_line = int((across - margin) / pitch)
    spans = tasks[["start", "end", "attribution_start", "attribution_end"]].to_numpy()
    lines = [-(-int(max(last, end) - start) // per_line) for start, end, _, last in spans]
    half = sum(lines) / columns
    column, y, used, lowest = 0, top, 0, top
    step = high + 0.45
    for task, (start, end, _, last), count in zip(tasks.to_dict("records"), spans, lines, strict=True):
        if column < columns - 1 and used >= half * (column + 1):
            column, y = column + 1, top
        x0 = column * (across + gap)
        mine = data[data["task_id"] == task["task_id"]]
        meaning: dict[int, tuple[str, int]] = {}
        for row, kind, first, stop in zip(mine.index, mine["kind"], mine["start"], mine["end"], strict=True):
            for at in range(int(first), int(stop)):
                known = meaning.get(at)
                if known is None or list(_COLORS).index(kind) >= list(_COLORS).index(known[0]):
                    meaning[at] = (kind, row)
        groups: dict[tuple[str, int], list[tuple[float, float, float, float]]] = {}
        for at in range(int(start), int(max(end, last))):
            line, place = divmod(at - int(start), per_line)
            box = (x0 + margin + place * pitch, y + line * step, pitch * 0.84, high)
            groups.setdefault(meaning.get(at, ("", -1)), []).append(box)
        for (kind, row), boxes in groups.items():
            # The row of the CSV beside the picture that the block stands for (RFC 7111 counts the header as the first).
            url = f"whole-list.csv#row={row + 2}" if row >= 0 else None
            page.boxes(boxes, _COLORS.get(kind, _REST), url=url)
        page.write(
            x0 + margin - 1.0,
            y + high / 2,
            task["task_id"].split("-", 1)[1],
            size=size,
            color=MUTED,
            ha="right",
        )
        y += count * step + max(0.75, size * 1.1 / MM - step * count)
        used += count
        lowest = max(lowest, y)
    return lowest


def _words(request: Request, tasks: pd.DataFrame, data: pd.DataFrame) -> Words:
    counted = data.groupby("kind")["task_id"].nunique()
    numbers, dated = int(counted.get("number", 0)), int(counted.get("deadline", 0))
    letters = int(
        (tasks["end"] - tasks["start"] + tasks["attribution_end"] - tasks["attribution_start"]).sum()
    )
    covered = data[data["kind"] == "number"].drop_duplicates(["start", "end"])
    share = float((covered["end"] - covered["start"]).sum() / letters)
    values = {
        "n": len(tasks), "numbers": numbers, "dated": dated, "letters": letters, "share": share, "year": request.edition,
        "leads": int(counted.get("lead", 0)), "places": int(counted.get("place", 0)),
    }  # fmt: skip
    return request.words("whole_list", values)
