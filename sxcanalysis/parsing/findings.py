"""What a person should look at: in a task, in a table, in the whole document."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from sxcanalysis.parsing.attribution import is_bare_list
from sxcanalysis.reference.bodies import is_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from sxcanalysis.parsing.closings import Closing
    from sxcanalysis.parsing.draft import Draft
    from sxcanalysis.parsing.items import Item
    from sxcanalysis.parsing.table_rows import Row, TableReading

# What makes a whole reading doubtful, not one task of it.
DOUBTFUL = frozenset(
    {
        "attributions_missing",
        "column_unused",
        "item_swallowed",
        "cell_mixed",
        "table_without_bodies",
        "no_tasks",
    }
)
_SILENT = frozenset({"body_alias"})  # read as it should be
_FEW = 0.2  # more tasks without an attribution than this are no slips of the writers
_LEAST = 5
_LONG_DATE = 24


def note_item(draft: Draft, item: Item, task_id: str) -> None:
    """Record what a person should look at in one task."""
    start = item.mark.start if item.mark else item.start
    number_end = item.mark.end if item.mark else min(item.start + 12, item.end)
    note = item.mark.note if item.mark else ""
    if note == "duplicate":
        hint = "this number is printed twice; the tasks are told apart by letters"
        draft.note("number_duplicate", start, number_end, hint, severity="warning", task_id=task_id)
    elif note:
        hint = "this number does not follow the one before; is an item missing from the document?"
        draft.note(f"number_{note}", start, number_end, hint, severity="warning", task_id=task_id)
    if not item.closings and not item.quiet:
        end = max(number_end, min(start + 24, item.end))
        hint = "no closing bracket or line names a responsible body"
        draft.note("attribution_missing", start, end, hint, severity="warning", task_id=task_id)
    for closing in item.closings:
        _note_closing(draft, closing, task_id)


def _note_closing(draft: Draft, closing: Closing, task_id: str) -> None:
    if closing.damaged:
        hint = f"{closing.damaged}; read as far as the item goes"
        draft.note("bracket_damaged", closing.start, closing.end, hint, severity="warning", task_id=task_id)
    for start, end in closing.reading.leftovers:
        span = (closing.inner + start, closing.inner + end)
        if draft.legible[slice(*span)].strip("，；、。"):
            draft.note(
                "attribution_words",
                *span,
                "words in the attribution that name no body",
                task_id=task_id,
            )
    for pair in closing.reading.pairs:
        span = (closing.inner + pair.start, closing.inner + pair.end)
        if not pair.known:
            damaged = "\ufffd" in pair.body
            hint = "not in the authority file (data/reference/bodies.csv); kept as written"
            if damaged:
                hint = (
                    "a character is lost; restore it in the document, or correct the row in data/corrections"
                )
            severity = "warning" if damaged else "info"
            draft.note("body_unknown", *span, hint, severity=severity, task_id=task_id)
        elif pair.body != pair.as_written:
            draft.note("body_alias", *span, f"read as {pair.body}", task_id=task_id)
        if pair.basis == "assumed":
            draft.note("role_assumed", *span, "no role word: taken as responsible", task_id=task_id)


def summarise(issues: pd.DataFrame) -> pd.DataFrame:
    """
    Return one row a kind of finding, warnings first: ``severity code count line words hint``, the last three of its first one.

    Names that were read as they should be are left out.
    """
    kept = issues[~issues["code"].isin(_SILENT)]
    order = kept.assign(rank=kept["severity"].map({"error": 0, "warning": 1, "info": 2}))
    kinds = order.groupby(["rank", "severity", "code"], sort=True)
    found = kinds[["line", "words", "hint"]].first().assign(count=kinds.size()).reset_index()
    return found[["severity", "code", "count", "line", "words", "hint"]]


def note_table(draft: Draft, reading: TableReading) -> None:
    """Record what is doubtful in a table: columns that no one uses, rows that are missing, cells that hold two things."""
    for c, column in enumerate(reading.columns):
        span = next((row.cells[c][0] for row in reading.rows if c in row.cells), None)
        if span is None:
            continue
        if column.kind == "field" and column.holds_bodies and column.guessed:
            hint = (
                f"the column {column.head!r} holds bodies and is not read as an attribution: name its role in "
                "data/lexicon/columns.csv, if it has one"
            )
            draft.note("column_unused", *span, hint, severity="warning")
        elif column.guessed and column.kind not in {"field", "number"}:
            hint = f"the head {column.head!r} is unknown: the cells say that the column holds {column.role or column.kind}"
            draft.note("column_guessed", *span, hint)
        if column.kind == "deadline":
            for row in reading.rows:
                _note_deadline(draft, row, c)
    _note_numbers(draft, reading.rows)


def _note_deadline(draft: Draft, row: Row, c: int) -> None:
    words = "".join(draft.chars[slice(*span)] for span in row.cells.get(c, ()))
    if len(words) > _LONG_DATE or "。" in words[:-1]:
        hint = "stands in a column of deadlines and says more than a time: does another row begin in it?"
        draft.note("cell_mixed", *row.cells[c][0], hint, severity="warning")


def _note_numbers(draft: Draft, rows: Sequence[Row]) -> None:
    """Record where the numbers of the rows do not count on."""
    numbered = [row for row in rows if row.number.isdecimal() and row.number.isascii()]
    for before, row in pairwise(numbered):
        step = int(row.number) - int(before.number)
        if step not in {0, 1} and row.number != "1" and row.words:
            hint = "this number does not follow the one before; is a row missing from the document?"
            code = "number_missing" if step > 1 else "number_disorder"
            draft.note(code, *(row.numbers or row.words[min(row.words)])[0], hint, severity="warning")


def note_document(draft: Draft, items: Sequence[Item], tasks: pd.DataFrame) -> None:
    """Record what is doubtful in a document: attributions that are missing often, bodies in headings, items in an item."""
    if not items:
        return
    missing = [item for item in items if not item.closings]
    if len(items) >= _LEAST and _FEW * len(items) < len(missing):
        first = missing[0]
        hint = f"{len(missing)} of {len(items)} tasks name no responsible body: are their attributions read?"
        draft.note(
            "attributions_missing", first.start, max(first.start + 1, first.end), hint, severity="warning"
        )
    seen: set[str] = set()
    for item, task_id in zip(items, tasks["task_id"], strict=True):
        heading = item.headings[-1] if item.headings else ""
        if heading not in seen and is_bare_list(heading) and not all(map(is_place, heading.split("、"))):
            hint = f"stands under the heading {heading!r}, which names bodies: are they responsible for what is below?"
            draft.note(
                "heading_bodies",
                item.start,
                item.start + 1,
                hint,
                severity="info" if item.closings else "warning",
                task_id=task_id,
            )
        seen.add(heading)
        swallowed = _next_item_inside(draft, item)
        if swallowed:
            hint = (
                "a line inside the task begins with the number that follows its own: is it a task of its own?"
            )
            draft.note("item_swallowed", *swallowed, hint, severity="warning", task_id=task_id)


def _next_item_inside(draft: Draft, item: Item) -> tuple[int, int] | None:
    """Return a line of a task that begins as the next item would."""
    if item.mark is None or item.words:
        return None
    following = re.compile(rf"[（(]?{item.mark.value + 1}[.、）)](?!\d)")
    lines = draft.lines_between(item.start, item.end)[1:]
    return (
        next((line for line in lines if following.match(draft.chars, *line)), None)
        if item.mark.printed.isdecimal()
        else None
    )
