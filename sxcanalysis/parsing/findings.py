"""What a person should look at: in a task, in a table, in the whole document."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from sxcanalysis.parsing.attributions.attribution import is_bare_list
from sxcanalysis.parsing.task_facts import deadline_of_text, standing_deadline
from sxcanalysis.reference.bodies import is_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from sxcanalysis.parsing.attributions.closings import Closing
    from sxcanalysis.parsing.draft import Draft, Note
    from sxcanalysis.parsing.items import Item
    from sxcanalysis.parsing.task_tables.table_rows import TableReading

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


def note_items(draft: Draft, items: Sequence[Item], ids: Sequence[str]) -> list[Note]:
    """Return what a person should look at in each task."""
    found = draft.aside()
    for item, task_id in zip(items, ids, strict=True):
        start = item.mark.start if item.mark else item.start
        number_end = item.mark.end if item.mark else min(item.start + 12, item.end)
        if item.mark and item.mark.note:
            found.note(f"number_{item.mark.note}", start, number_end, task_id)
        if not item.closings and not item.quiet:
            found.note("attribution_missing", start, max(number_end, min(start + 24, item.end)), task_id)
        for closing in item.closings:
            _note_closing(found, closing, task_id)
    return found.notes


def _note_closing(draft: Draft, closing: Closing, task_id: str) -> None:
    if closing.damaged:
        draft.note(f"bracket_damaged.{closing.damaged}", closing.start, closing.end, task_id)
    for start, end in closing.reading.leftovers:
        span = (closing.inner + start, closing.inner + end)
        words = draft.legible[slice(*span)].strip("，；、。")
        if words and not (deadline_of_text(words) or standing_deadline(words)):
            draft.note("attribution_words", *span, task_id)
    for pair in closing.reading.pairs:
        span = (closing.inner + pair.start, closing.inner + pair.end)
        if not pair.known:
            draft.note("body_unknown" + ".damaged" * ("\ufffd" in pair.body), *span, task_id)
        elif pair.body != pair.as_written:
            draft.note("body_alias", *span, task_id, body=pair.body)
        if pair.basis == "assumed":
            draft.note("role_assumed", *span, task_id)


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
            draft.note("column_unused", *span, head=column.head)
        elif column.guessed and column.kind not in {"field", "number"}:
            draft.note("column_guessed", *span, head=column.head, kind=column.role or column.kind)
        if column.kind == "deadline":
            for row in reading.rows:
                words = "".join(draft.chars[slice(*span)] for span in row.cells.get(c, ()))
                if len(words) > _LONG_DATE or "。" in words[:-1]:
                    draft.note("cell_mixed", *row.cells[c][0])
    numbered = [row for row in reading.rows if row.number.isdecimal() and row.number.isascii()]
    for before, row in pairwise(numbered):
        step = int(row.number) - int(before.number)
        if step not in {0, 1} and row.number != "1" and row.words:
            key = "number_missing.row" if step > 1 else "number_disorder.row"
            draft.note(key, *(row.numbers or row.words[min(row.words)])[0])


def note_document(draft: Draft, items: Sequence[Item], ids: Sequence[str]) -> list[Note]:
    """Return what is doubtful in a document: attributions that are missing often, bodies in headings, items in an item."""
    found = draft.aside()
    missing = [item for item in items if not item.closings]
    if len(items) >= _LEAST and _FEW * len(items) < len(missing):
        first = missing[0]
        end = max(first.start + 1, first.end)
        found.note("attributions_missing", first.start, end, missing=len(missing), tasks=len(items))
    seen: set[str] = set()
    for item, task_id in zip(items, ids, strict=True):
        heading = item.headings[-1] if item.headings else ""
        if heading not in seen and is_bare_list(heading) and not all(map(is_place, heading.split("、"))):
            warning = not item.closings
            found.note(
                "heading_bodies", item.start, item.start + 1, task_id, warning=warning, heading=heading
            )
        seen.add(heading)
        if swallowed := _next_item_inside(draft, item):
            found.note("item_swallowed", *swallowed, task_id)
    return found.notes


def _next_item_inside(draft: Draft, item: Item) -> tuple[int, int] | None:
    """Return a line of a task that begins as the next item would."""
    if item.mark is None or item.words or not item.mark.printed.isdecimal():
        return None
    own, following = (re.compile(rf"[（(]?{item.mark.value + step}[.、）)](?!\d)") for step in (0, 1))
    lines = draft.lines_between(item.start, item.end)[1:]
    if any(own.match(draft.chars, *line) for line in lines):
        return None  # (1) and (2) inside item 1
    return next((line for line in lines if following.match(draft.chars, *line)), None)
