"""What changed between two editions: kept, reworded, new and dropped tasks by category."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.analysis.edition_diff import compare_editions
from sxcanalysis.figures.charts.common import category_marks, category_name, task_number
from sxcanalysis.figures.lettering import line_width, shorten
from sxcanalysis.figures.page import close_page, open_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected_tasks
from sxcanalysis.figures.sources import cite
from sxcanalysis.figures.style import FONT_SIZES, GRID, INK, MM, MUTED, Mark
from sxcanalysis.tables.loading import available_editions, load_tasks

if TYPE_CHECKING:
    from sxcanalysis.figures.page import Page

_MARKS = {
    "dropped": Mark("#ffffff", ""),
    "kept": Mark("#b9c6d6", ""),
    "reworded": Mark("#5d86b3", "/"),
    "split": Mark("#8fb3a5", "\\"),
    "merged": Mark("#8fb3a5", "x"),
    "new": Mark("#174679", ""),
    "only": Mark("#b9c6d6", ""),
}
_SIDE = 3.4


def edition_changes(request: Request) -> Drawing:
    """Draw each task of this edition and the one before as a square: kept, reworded, new or dropped."""
    tasks = selected_tasks(request)
    before = max((one for one in available_editions() if one < request.edition), default="")
    data = _rows(request, tasks, before)
    words = _words(request, data, before)
    page = open_page(request, words)
    present = [one for one in _MARKS if one in set(data["status"])]
    y = page.key(
        page.top,
        [(partial(_square, page, one), request.label(f"change.{one}")) for one in present],
        sample=_SIDE,
    )
    y = _table(page, request, data, present, y + 0.6)
    source = cite(request, *([request.say("edition_changes.before", year=before)] if before else []))
    return Drawing(close_page(page, y, request, words, source), words, data, source)


def _rows(request: Request, tasks: pd.DataFrame, before: str) -> pd.DataFrame:
    columns = [
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
    own = tasks.set_index("task_id")
    if not before:
        rows = tasks.assign(
            status="only", old_id="", similarity=float("nan"), quote=tasks["text"], old_quote=""
        )
        return rows[columns].reset_index(drop=True)
    old = load_tasks(before).set_index("task_id")
    changed = compare_editions(before, request.edition).tasks
    found: list[tuple[Any, ...]] = []
    for row in changed.to_dict("records"):
        new, gone = row["new_id"], row["old_id"]
        if (new and new not in own.index) or (new or gone) in {one[0] for one in found}:
            continue  # not asked for, or one of several pairs of a task that was split or merged
        here = own.loc[new] if new else old.loc[gone]
        found.append((
            new or gone, here["category"], here["category_en"], row["status"], gone, row["similarity"], row["new_text"], row["old_text"],
            here["start"], here["end"],
        ))  # fmt: skip
    return pd.DataFrame(found, columns=columns)


def _square(page: Page, status: str, x: float, y: float) -> None:
    mark = _MARKS[status]
    page.marked_box(x, y - _SIDE / 2 + 0.3, _SIDE - 0.6, _SIDE - 0.6, mark)


def _table(page: Page, request: Request, data: pd.DataFrame, present: list[str], top: float) -> float:
    size, small = FONT_SIZES["text"], FONT_SIZES["min"]
    names = {one: category_name(request, one) for one in category_marks(data)}
    left = min(max(line_width(one, size) for one in names.values()) / MM + 2.0, page.width * 0.42)
    numbers = 6.5 * len(present)
    per_line = max(4, int((page.width - left - numbers) / _SIDE))
    y = top
    for at, one in enumerate(present):
        page.write(
            page.width - numbers + (at + 0.9) * 6.5,
            y + 1.4,
            request.label(f"change_short.{one}"),
            size=small,
            ha="right",
            color=MUTED,
        )
    y += 3.0
    for category, name in names.items():
        mine = data[data["category"] == category]
        lines = -(-len(mine) // per_line)
        page.lines([(0, y, page.width, y)], GRID, 0.4)
        page.write(
            left - 1.5, y + 0.8 + _SIDE / 2, shorten(name, (left - 1.5) * MM, size), size=size, ha="right"
        )
        ordered = mine.sort_values("status", key=lambda column: column.map(list(_MARKS).index), kind="stable")
        for at, status in enumerate(ordered["status"]):
            line, place = divmod(at, per_line)
            _square(page, status, left + place * _SIDE, y + 0.8 + (line + 0.5) * _SIDE)
        for at, one in enumerate(present):
            count = int((mine["status"] == one).sum())
            page.write(
                page.width - numbers + (at + 0.9) * 6.5,
                y + 0.8 + _SIDE / 2,
                str(count),
                size=size,
                ha="right",
                color=INK if count else "#b5b5b5",
            )
        y += lines * _SIDE + 1.6
    named = data[data["status"].isin(["new", "dropped"])]
    for status in ("new", "dropped"):
        numbers_of = [task_number(one) for one in named.loc[named["status"] == status, "task_id"]]
        if numbers_of:
            words = request.say(f"edition_changes.list_{status}", tasks=request.listed(numbers_of))
            y = page.paragraph(0, y + 0.6, words, page.width, size=FONT_SIZES["small"], color=MUTED)
    return y


def _words(request: Request, data: pd.DataFrame, before: str) -> Words:
    counts = {
        one: int((data["status"] == one).sum())
        for one in ("kept", "reworded", "split", "merged", "new", "dropped")
    }
    values = {
        "year": request.edition,
        "before": before,
        "n": int((data["status"] != "dropped").sum()),
        **counts,
    }
    kind = "" if before else "first_"
    return request.words("edition_changes", values, variant=kind)
