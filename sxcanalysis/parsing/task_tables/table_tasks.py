"""Rows of tables to tasks: their words, bodies, deadlines, and what has no place of its own."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from sxcanalysis.parsing.attributions.attribution import is_body, read_attribution
from sxcanalysis.parsing.attributions.closings import Closing
from sxcanalysis.parsing.draft import ATTRIBUTION, FIELD, FURNITURE, HEADING, NUMBER, PREAMBLE, TASK, Draft
from sxcanalysis.parsing.frames import field_row
from sxcanalysis.parsing.items import Item, Outline, headings_of, line_of, mark_before
from sxcanalysis.parsing.task_tables.table_rows import NOTHING
from sxcanalysis.reference.bodies import two_bodies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sxcanalysis.parsing.draft import Span
    from sxcanalysis.parsing.numbers import Mark
    from sxcanalysis.parsing.task_tables.columns import Column
    from sxcanalysis.parsing.task_tables.table_rows import Row, TableReading

_KINDS = {
    "category": HEADING, "bodies": ATTRIBUTION, "whole": ATTRIBUTION, "deadline": FIELD, "goal": FIELD, "field": FIELD,
    "text": TASK, "number": NUMBER,
}  # fmt: skip
_STOPS = "。；，"


def label_table(draft: Draft, reading: TableReading) -> None:
    """Say of each character of a table what it is; what stands between the cells only draws it."""
    draft.label(reading.start, reading.end, FURNITURE)
    for spans, kind in ((reading.heads, HEADING), (reading.notes, PREAMBLE)):
        for span in spans:
            draft.label(*span, kind)
    for row in reading.rows:
        for c, spans in row.cells.items():
            for span in spans:
                draft.label(*span, _KINDS[reading.columns[c].kind])
        for span in row.numbers:
            draft.label(*span, NUMBER)
        for span in (span for spans in row.words.values() for span in spans):
            draft.label(*span, TASK)


def items_of_table(
    draft: Draft, reading: TableReading, o: Outline, closings: Sequence[Closing]
) -> list[Item]:
    """Make a task of each row; *closings* are the attributions that stand inside its cells."""
    items = []
    for row in reading.rows:
        if not row.words:
            unread = [c for c in row.cells if reading.columns[c].kind not in {"category", "number"}]
            for span in (span for c in unread for span in row.cells[c]):
                draft.give_up(*span, "unparsed.row")
            continue
        inside = [
            c for c in closings if any(a <= c.start < b for spans in row.words.values() for a, b in spans)
        ]
        mark = mark_before(o, row.start)
        path = line_of(mark) if mark else ()
        for c in inside:
            draft.label(c.start, c.end, ATTRIBUTION)
        words = _without_tails(draft, [row.words[c] for c in sorted(row.words)], inside)
        flat = [span for spans in words for span in spans]
        found = [
            closing
            for c in sorted(row.cells)
            if (closing := _closing(draft, reading.columns[c], row.cells[c]))
        ]
        items.append(
            Item(
                row.number,
                path,
                _headings(draft, row, o, path),
                flat[0][0],
                max(end for _, end in flat),
                [*inside, *(closing for closing, _ in found)],
                words=words,
                attributions=(*(((c.inner, c.words_end),) for c in inside), *(spans for _, spans in found)),
                deadline=_spans(reading, row, "deadline"),
                fields=_fields(reading, row, "field", "goal"),
                goals=_fields(reading, row, "goal"),
                quiet=not reading.has_bodies,
            )
        )
    return items


def first_cell(reading: TableReading) -> Span:
    """Return the place of the first cell below the head."""
    return min(span for row in reading.rows[:1] for spans in row.cells.values() for span in spans)


def _without_tails(
    draft: Draft, words: list[list[Span]], closings: Sequence[Closing]
) -> tuple[tuple[Span, ...], ...]:
    """Leave out the attributions at the end of a cell: they are not words of the task."""
    kept = []
    for spans in words:
        *first, (start, end) = spans
        for closing in reversed(closings):
            rest = draft.chars[closing.end : end]
            if start < closing.start < end and not rest.strip(_STOPS):
                draft.label(closing.end, end, ATTRIBUTION)
                end = closing.start
        kept.append((*first, (start, end)))
    return tuple(kept)


def _headings(draft: Draft, row: Row, o: Outline, path: tuple[Mark, ...]) -> tuple[str, ...]:
    """Return the headings of a row: of the items around the table, across it, and in its columns; else the annex's title."""
    cells = tuple(draft.quote(*span) for span in row.sections)
    above = headings_of(o, path, row.start) if path or not cells else ()
    return (*above, *cells) or ((o.section.title,) if o.section.title else ())


def _spans(reading: TableReading, row: Row, *kinds: str) -> tuple[Span, ...]:
    return tuple(span for c in sorted(row.cells) if reading.columns[c].kind in kinds for span in row.cells[c])


def _fields(reading: TableReading, row: Row, *kinds: str) -> tuple[tuple[str, Span], ...]:
    return tuple(
        (reading.columns[c].head or f"第{c + 1}列", span)
        for c in sorted(row.cells)
        if reading.columns[c].kind in kinds
        for span in row.cells[c]
    )


def _closing(draft: Draft, column: Column, spans: list[Span]) -> tuple[Closing, tuple[Span, ...]] | None:
    """Read the cell of a column of bodies; a cell that names none is a finding."""
    if column.kind not in {"bodies", "whole"}:
        return None
    parts = [draft.legible[start:end] for start, end in spans]
    words = "".join(parts)
    if NOTHING.fullmatch(words):
        return None
    places = np.concatenate([np.arange(start, end) for start, end in spans])
    gaps = np.flatnonzero(draft.shadow.gap[places[1:]] >= draft.parting) + 1
    ends = np.cumsum([len(part) for part in parts])
    joints, first = [int(ends[-1])], 0
    for i in range(1, len(parts)):
        # A page or the margin cut the cell there, and parts names only where both are whole.
        if any(two_bodies("".join(parts[first:i]), name) for name in accumulate(parts[i : i + 5])):
            first = i
        else:
            joints.append(int(ends[i - 1]))
    breaks = tuple(np.setdiff1d(gaps, joints).tolist())
    reading = read_attribution(words, breaks, role=column.role or None)
    if reading is None or not any(map(is_body, reading.pairs)):
        draft.note("attribution_words.cell", *spans[0], column=column.head or "?")
        return None
    first = int(places[0])
    if len(spans) > 1:
        pairs = tuple(
            pair._replace(start=int(places[pair.start]) - first, end=int(places[pair.end - 1]) + 1 - first)
            for pair in reading.pairs
        )
        leftovers = tuple(
            (int(places[a]) - first, int(places[b - 1]) + 1 - first) for a, b in reading.leftovers
        )
        reading = reading._replace(pairs=pairs, leftovers=leftovers)
    return Closing(first, spans[-1][1], first, reading, bracketed=False), tuple(spans)


def fields_of_table(draft: Draft, reading: TableReading) -> list[dict[str, object]]:
    """Keep the cells of a table that holds no tasks, column by column."""
    rows = []
    for row in reading.rows:
        for c, spans in sorted(row.cells.items()):
            for span in spans:
                draft.label(*span, FIELD)
                rows.append(field_row(draft, "", reading.columns[c].head or f"第{c + 1}列", span))
    if reading.rows:
        draft.note("table_without_bodies.beside", *first_cell(reading), rows=len(reading.rows))
    return rows
