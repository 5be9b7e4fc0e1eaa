"""Items to rows, and rows to data frames: tasks, assignments, fields, findings, and where each character went."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from sxcanalysis.parsing.attributions import attribution as grammar
from sxcanalysis.parsing.draft import KINDS, UNPARSED, Draft
from sxcanalysis.parsing.task_facts import facts_of, short_title
from sxcanalysis.reference.bodies import body_kind, one_name
from sxcanalysis.reference.dictionary import tables
from sxcanalysis.reference.words import english_names, label_of_words, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sxcanalysis.parsing.attributions.rules import Rules
    from sxcanalysis.parsing.draft import Note, Span
    from sxcanalysis.parsing.items import Item
    from sxcanalysis.parsing.task_tables.table_rows import TableReading

Row = dict[str, object]
_CORRECTED = {"corrected", "accepted"}  # columns in which a person's corrections are marked
_GOAL_COLUMNS = ("task_id", "start", "end", "deadline", "metric")
_WHEN = re.compile(
    r"20\d\d年(?:度|底)?(?:第?[一二三四1-4]季度|[上下]半年)?|第?[一二三四1-4]季度|[上下]半年|年底|年内"
)


@dataclass(frozen=True)
class Coverage:
    """Where each non-blank character of a document went.

    Attributes
    ----------
    spans
        One row a span, in order, without overlap: ``kind start end chars`` (*chars* counts
        non-blank characters).
    counts
        Non-blank characters by kind; every kind is there: ``unparsed title preamble heading
        number task attribution field furniture``.
    unparsed
        One row a span that was not understood: ``line start end words hint``.
    tables
        One row a table: ``line page made_from rows tasks columns cells cells_unused``; *columns* says how each was read.
    """

    spans: pd.DataFrame
    counts: dict[str, int]
    unparsed: pd.DataFrame
    tables: pd.DataFrame


class Rows(NamedTuple):
    """What was read of the tasks, before any frame is made: a dictionary a row."""

    tasks: list[Row]
    assignments: list[Row]
    fields: list[Row]


def tabulate(draft: Draft, items: Sequence[Item], rules: Rules, edition: str) -> Rows:
    """Return the rows of the tasks, of their assignments and of what else a table says of them."""
    rows = Rows([], [], [])
    seen: set[tuple[object, ...]] = set()
    named: set[tuple[object, ...]] = set()
    for seq, (item, task_id) in enumerate(zip(items, _task_ids(items, edition), strict=True), start=1):
        row: Row = {"task_id": task_id, "edition": edition, "seq": seq, **_task_row(draft, item)}
        again = (row["number"], row["headings"], row["text"])
        if again in seen and item.number:
            draft.note("task_repeated", item.start, item.end, task_id)
        seen.add(again)
        rows.tasks.append(row)
        rows.assignments.extend(_assignment_rows(draft, item, rules, task_id))
        rows.fields.extend(field_row(draft, task_id, column, span) for column, span in item.fields)
    kept = []
    for row, name in zip(rows.assignments, one_name([str(r["body"]) for r in rows.assignments]), strict=True):
        row.update(body=name, body_kind=body_kind(name))
        if (row["task_id"], name, row["role"]) not in named:
            named.add((row["task_id"], name, row["role"]))
            kept.append(row)
    return rows._replace(assignments=kept)


def frame_of_tasks(draft: Draft, items: Sequence[Item], rows: Sequence[Row]) -> pd.DataFrame:
    """Make the frame of the tasks, with what their words say of themselves and their English where there is any."""
    english = english_names("category")
    whole = []
    for item, row in zip(items, rows, strict=True):
        facts = facts_of(draft.shadow, str(row["text"]), (item.start, item.end), _closes(item), item.deadline)
        title_en = label_of_words("task", str(facts["title"]), "en")
        category_en = english.get(str(row["category"]), "")
        whole.append({**row, **facts, "title_en": title_en, "category_en": category_en, "verifiable": False})
    return frame_of("tasks", whole)


def frame_of(table: str, rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Make the frame of a table that the dictionary declares."""
    columns = _columns(table)
    return pd.DataFrame({name: [row[name] for row in rows] for name in columns}, columns=columns)


@cache
def _columns(table: str) -> list[str]:
    return [field.name for field in tables()[table].fields if field.name not in _CORRECTED]


def field_row(draft: Draft, task_id: str, column: str, span: Span) -> Row:
    """Return the row of the table of fields for a cell."""
    start, end = draft.shadow.span(*span)
    return {"task_id": task_id, "column": column, "value": draft.quote(*span), "start": start, "end": end}


def goals_of_tasks(draft: Draft, items: Sequence[Item], rows: Sequence[Row]) -> pd.DataFrame:
    """Return the cells that state what is to be reached, with the year or quarter of their column and what they count."""
    found = []
    for item, row in zip(items, rows, strict=True):
        for head, span in item.goals:
            when = _WHEN.search(head)
            found.append(
                (
                    row["task_id"],
                    *draft.shadow.span(*span),
                    when[0] if when else "",
                    short_title(str(row["text"])),
                )
            )
    return pd.DataFrame(found, columns=list(_GOAL_COLUMNS))


def words_of_tasks(draft: Draft, items: Sequence[Item]) -> str:
    """Return the text with what lies inside a task and is none of its words blotted out: an attribution names places too.

    Between two cells, and for an attribution, the blot ends a sentence; where a page cut a cell it is a blank.
    """
    text, shadow = draft.shadow.text, draft.shadow
    chars = list(text)
    for item in items:
        flat = [(n, span) for n, spans in enumerate(item.words) for span in spans]
        for (n, (_, before)), (m, (after, _)) in pairwise(flat):
            start, end = shadow.span(before - 1, before)[1], shadow.offset(after)
            chars[start:end] = (" " if n == m else "。") * (end - start)
        for closing in item.closings:
            if item.start <= closing.start < closing.end <= item.end:
                start, end = shadow.span(closing.start, closing.end)
                chars[start:end] = "。" * (end - start)
    first = [shadow.offset(item.start) for item in items]
    for start, end in draft.furniture:
        at = bisect_right(first, start) - 1
        if at >= 0 and start < shadow.offset(items[at].end):
            chars[start:end] = " " * (end - start)
    return "".join(chars)


def _task_row(draft: Draft, item: Item) -> Row:
    shadow = draft.shadow
    start, end = (shadow.offset(item.start),) * 2
    if item.end > item.start:
        start, end = shadow.span(item.start, item.end)
    cells = item.words or (((item.start, item.end),),)
    closes = _closes(item)
    closes_from, closes_to = shadow.span(*closes) if closes else (-1, -1)
    return {
        "number": item.number,
        "category": item.headings[-1] if item.headings else "",
        "text": " ".join(_words(draft, spans) for spans in cells),
        "attribution": "；".join(_words(draft, spans) for spans in _said(item)),
        "start": start,
        "end": end,
        "attribution_start": closes_from,
        "attribution_end": closes_to,
        "headings": " / ".join(item.headings),
    }


def _said(item: Item) -> list[tuple[Span, ...]]:
    """Return where the words of the attributions of a task stand."""
    inner = (((max(c.inner, c.start), c.words_end),) for c in item.closings)
    return [spans for spans in item.attributions or inner if spans[-1][1] > spans[0][0]]


def _closes(item: Item) -> Span | None:
    said = _said(item)
    return (said[0][0][0], said[-1][-1][1]) if said else None


def _words(draft: Draft, spans: Sequence[Span]) -> str:
    """Return the words of a cell that a page may have cut into several."""
    return "".join(draft.quote(*span) for span in spans)


def _assignment_rows(draft: Draft, item: Item, rules: Rules, task_id: str) -> list[Row]:
    rows: list[Row] = []
    seen: set[tuple[str, str]] = set()
    for closing in item.closings:
        reading = closing.reading
        if rules.first_leads_from is not None and closing.start >= rules.first_leads_from:
            reading = grammar.lead_by_rule(reading, others_support=rules.others_support)
        for pair in reading.pairs:
            if (pair.body, pair.role) in seen:
                draft.note("body_twice", closing.inner + pair.start, closing.inner + pair.end, task_id)
            else:
                seen.add((pair.body, pair.role))
                rows.append(_assignment_row(draft, task_id, pair, closing.inner))
    bodies = {row["body"] for row in rows}
    for offset, pair, valid_from in rules.implementers:
        if item.closings and item.closings[-1].end > valid_from and pair.body not in bodies:
            ruled = pair._replace(role="implementing", others_implied=False, basis="rule")
            rows.append(_assignment_row(draft, task_id, ruled, offset))
    return rows


def _assignment_row(draft: Draft, task_id: str, pair: grammar.Pair, offset: int) -> Row:
    start, end = offset + pair.start, offset + pair.end
    first, last = draft.shadow.span(start, end)
    whole = pair.end - pair.start == len(pair.as_written)  # else a page cut its cell
    return {
        "task_id": task_id, "body": pair.body, "body_as_written": draft.quote(start, end) if whole else pair.as_written,
        "body_kind": body_kind(pair.body), "role": pair.role, "others_implied": pair.others_implied,
        "start": first, "end": last, "role_basis": pair.basis, "known": pair.known,
    }  # fmt: skip


def _task_ids(items: Sequence[Item], edition: str) -> list[str]:
    """Name the tasks: by printed number, by place where lists restart, by letter where printed twice."""
    numbers = [_number(item) for item in items]
    printed = Counter(filter(None, numbers))
    repeated = sum(count - 1 for count in printed.values())
    mixed = len({item.mark.style for item in items if item.mark}) > 1
    restarts = mixed or repeated > max(2, len(items) // 10)
    names = []
    for i, (item, number) in enumerate(zip(items, numbers, strict=True), start=1):
        path = [str(mark.value) for mark in item.path] if restarts else []
        names.append(".".join([*path, number]) if number else f"s{i:02d}")
    total = Counter(names)
    used: Counter[str] = Counter()
    ids = []
    for name in names:
        letter = _letters(used[name]) if total[name] > 1 else ""
        used[name] += 1
        ids.append(f"{edition}-{name}{letter}")
    return ids


def _number(item: Item) -> str:
    if item.mark:
        return f"{item.mark.value:02d}"
    return f"{int(item.number):02d}" if re.fullmatch(r"[0-9]{1,6}", item.number) else ""


def _letters(i: int) -> str:
    return chr(97 + i) if i < 26 else _letters(i // 26 - 1) + chr(97 + i % 26)


def cover(
    draft: Draft, items: Sequence[Item], mark_starts: Iterable[int], readings: Sequence[TableReading]
) -> Coverage:
    """Return the spans of a labelled draft, cut where the kind changes or an item begins."""
    text = draft.shadow.text
    rows = [_trimmed(text, row) for row in _spans(draft, items, mark_starts) if text[row[1] : row[2]].strip()]
    counts = dict.fromkeys(KINDS, 0)
    spans = []
    for kind, start, end, _ in rows:
        chars = sum(map(len, text[start:end].split()))
        counts[kind] += chars
        spans.append((kind, start, end, chars))
    unread = [
        (start, end, text[start:end], say(f"finding.{why[0]}", "en", **why[1]))
        for kind, start, end, why in rows
        if kind == KINDS[UNPARSED]
    ]
    unparsed = pd.DataFrame(unread, columns=["start", "end", "words", "hint"])
    unparsed.insert(0, "line", lines_of(text, unparsed["start"]))
    return Coverage(
        pd.DataFrame(spans, columns=["kind", "start", "end", "chars"]),
        counts,
        unparsed,
        _scoreboard(draft, items, readings),
    )


_Span = tuple[str, int, int, tuple[str, dict[str, object]]]


def _spans(draft: Draft, items: Sequence[Item], mark_starts: Iterable[int]) -> Iterator[_Span]:
    """Yield kind, start and end of each span, and why it is not understood."""
    kind = draft.kind
    if not len(kind):
        yield KINDS[UNPARSED], 0, len(draft.shadow.text), ("unparsed.unreadable", {})
        return
    cuts = {0, *(np.flatnonzero(np.diff(kind)) + 1).tolist(), *draft.hints, *mark_starts}
    starts = sorted(cut for cut in cuts | {item.start for item in items} if cut < len(kind))
    pages = draft.furniture
    for first, after in pairwise([*starts, len(kind)]):
        # Invisible characters between two spans go to the first of them.
        start, end = draft.shadow.offset(first) if first else 0, draft.shadow.offset(after)
        why = draft.hints.get(first, ("unparsed", {}))
        for page in pages[bisect_left(pages, (start, 0)) : bisect_left(pages, (end, 0))]:
            yield KINDS[kind[first]], start, page[0], why
            yield "furniture", *page, why
            start = page[1]
        yield KINDS[kind[first]], start, end, why


def _trimmed(text: str, row: _Span) -> _Span:
    kind, start, end, why = row
    quote = text[start:end]
    return kind, start + len(quote) - len(quote.lstrip()), start + len(quote.rstrip()), why


def _scoreboard(draft: Draft, items: Sequence[Item], readings: Sequence[TableReading]) -> pd.DataFrame:
    """Return what became of each table."""
    columns = ["line", "page", "made_from", "rows", "tasks", "columns", "cells", "cells_unused"]
    rows = []
    for reading in readings:
        starts = [
            bisect_left(draft.shadow.at, cell.start) for cell in reading.table.cells if cell.end > cell.start
        ]
        starts = [start for start in starts if reading.start <= start < reading.end]
        rows.append((
            bisect_right(draft.line_starts, reading.start), reading.table.page, reading.table.made_from, len(reading.rows),
            sum(reading.start <= item.start < reading.end for item in items),
            " ".join(f"{column.head or '?'}={column.role or column.kind}" for column in reading.columns),
            len(starts), sum(draft.kind[start] == UNPARSED for start in starts),
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def issue_rows(text: str, notes: Iterable[Note], unparsed: pd.DataFrame) -> list[Row]:
    """Return the findings of the reading as rows, without their lines; what was not understood is one too."""
    rows: list[Row] = [
        {
            "severity": "warning" if note.warning else "info", "code": note.key.partition(".")[0], "task_id": note.task_id,
            "start": note.start, "end": note.end, "words": text[note.start : note.end],
            "hint": say(f"finding.{note.key}", "en", **note.values),
        }
        for note in notes
    ]  # fmt: skip
    for start, end, words, hint in unparsed[["start", "end", "words", "hint"]].itertuples(index=False):
        rows.append({
            "severity": "warning", "code": "unparsed", "task_id": "", "start": start, "end": end, "words": words, "hint": hint,
        })  # fmt: skip
    return rows


def lines_of(text: str, offsets: Iterable[int]) -> list[int]:
    """Return the 1-based line of each offset."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return [bisect_right(starts, offset) for offset in offsets]
