"""What changed between two editions: kept, reworded, new and dropped tasks by category."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.analysis.edition_diff import compare_editions
from sxcanalysis.figures.charts.common import category_marks, category_name, task_number
from sxcanalysis.figures.lettering import line_width
from sxcanalysis.figures.page import draw_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected_tasks
from sxcanalysis.figures.style import GRID, INK, LEAST_PT, MM, MUTED, SMALL_PT, TEXT_PT, Mark
from sxcanalysis.tables.loading import available_editions, load_tasks

if TYPE_CHECKING:
    from sxcanalysis.figures.page import Page

_LOOKS = {
    "dropped": Mark("#ffffff", rim="#8a8a8a"),
    "kept": Mark("#b9c6d6"),
    "reworded": Mark("#5d86b3", "/"),
    "split": Mark("#8fb3a5", "\\"),
    "merged": Mark("#8fb3a5", "x"),
    "new": Mark("#174679"),
    "only": Mark("#b9c6d6"),
}
_COLUMNS = [
    "task_id",
    "category",
    "category_en",
    "status",
    "old_id",
    "similarity",
    "quote",
    "old_quote",
    "start",
    "end",
]
_SIDE, _COUNT_MM = 3.4, 6.5


def edition_changes(request: Request) -> Drawing:
    """Draw each task of this edition and the one before as a square: kept, reworded, new or dropped."""
    tasks = selected_tasks(request)
    before = max((one for one in available_editions() if one < request.edition), default="")
    data = _rows(request, tasks, before)
    cites = [request.say("edition_changes.before", year=before)] if before else []
    return draw_page(request, _words(request, data, before), partial(_table, data=data), data, cites=cites)


def _rows(request: Request, tasks: pd.DataFrame, before: str) -> pd.DataFrame:
    if not before:
        alone: dict[str, Any] = {
            "status": "only",
            "old_id": "",
            "similarity": float("nan"),
            "quote": tasks["text"],
            "old_quote": "",
        }
        return tasks.assign(**alone)[_COLUMNS]
    changed = compare_editions(before, request.edition).tasks
    # A task that was split or merged has several pairs: its first stands for it. What was not asked for is left out.
    changed["task_id"] = changed["new_id"].where(changed["new_id"] != "", changed["old_id"])
    changed = changed[(changed["new_id"] == "") | changed["new_id"].isin(tasks["task_id"])].drop_duplicates(
        "task_id"
    )
    own = ["task_id", "category", "category_en", "start", "end"]
    both = pd.concat([tasks[own], load_tasks(before)[own]])
    named = changed.rename(columns={"new_text": "quote", "old_text": "old_quote"})
    kept = [column for column in named if column == "task_id" or column not in own]
    return named[kept].merge(both, on="task_id")[_COLUMNS]


def _table(page: Page, data: pd.DataFrame) -> float:
    request, present = page.request, [one for one in _LOOKS if one in set(data["status"])]
    y = page.key(page.top, [(_LOOKS[one], request.label(f"change.{one}")) for one in present], _SIDE) + 0.6
    names = {one: category_name(request, one) for one in category_marks(data)}
    left = min(max(line_width(one, TEXT_PT) for one in names.values()) / MM + 2.0, page.width * 0.42)
    ends = {one: page.width - (len(present) - at - 0.9) * _COUNT_MM for at, one in enumerate(present)}
    per_line = max(4, int((page.width - left - _COUNT_MM * len(present)) / _SIDE))
    for one, x in ends.items():
        page.write(x, y + 1.4, request.label(f"change_short.{one}"), LEAST_PT, MUTED, ha="right")
    y += 3.0
    for category, name in names.items():
        mine = data.loc[data["category"] == category, "status"]
        middle = y + 0.8 + _SIDE / 2
        page.rule(y, GRID)
        page.write(left - 1.5, middle, name, ha="right", fit=left - 1.5)
        for at, status in enumerate(sorted(mine, key=list(_LOOKS).index)):
            line, place = divmod(at, per_line)
            side = _SIDE - 0.6
            page.cell(left + place * _SIDE, y + 1.1 + line * _SIDE, side, side, _LOOKS[status])
        for one, x in ends.items():
            count = int((mine == one).sum())
            page.write(x, middle, str(count), color=INK if count else "#b5b5b5", ha="right")
        y += -(-len(mine) // per_line) * _SIDE + 1.6
    for status in ("new", "dropped"):
        if numbers := [task_number(one) for one in data.loc[data["status"] == status, "task_id"]]:
            words = request.say(f"edition_changes.list_{status}", tasks=request.listed(numbers))
            y = page.paragraph(0, y + 0.6, words, page.width, SMALL_PT, MUTED)
    return y


def _words(request: Request, data: pd.DataFrame, before: str) -> Words:
    values: dict[str, Any] = {one: int((data["status"] == one).sum()) for one in _LOOKS}
    values |= {"year": request.edition, "before": before, "n": len(data) - values["dropped"]}
    return request.words("edition_changes", values, variant="" if before else "first_")
