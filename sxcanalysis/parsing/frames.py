"""A labelled draft to tables: tasks, assignments, coverage, findings."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sxcanalysis.parsing import attribution as grammar
from sxcanalysis.parsing.draft import KINDS, Draft
from sxcanalysis.parsing.findings import note_item
from sxcanalysis.reference.bodies import body_kind, one_name
from sxcanalysis.reference.words import english_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sxcanalysis.parsing.closings import Closing
    from sxcanalysis.parsing.draft import Span
    from sxcanalysis.parsing.items import Item
    from sxcanalysis.parsing.rules import Rules
    from sxcanalysis.parsing.table_rows import TableReading

TASK_COLUMNS = [
    "task_id", "edition", "number", "seq", "category", "category_en", "title", "title_en", "text", "attribution", "deadline",
    "verifiable", "start", "end", "attribution_start", "attribution_end", "headings", "milestone", "deadline_start",
    "deadline_end",
]  # fmt: skip
_READ_COLUMNS = (
    "task_id", "edition", "number", "seq", "category", "category_en", "text", "attribution", "start", "end",
    "attribution_start", "attribution_end", "headings", "deadline_start", "deadline_end",
)  # fmt: skip
ASSIGNMENT_COLUMNS = [
    "task_id", "body", "body_as_written", "body_kind", "role", "others_implied", "start", "end", "role_basis", "known",
]  # fmt: skip
FIELD_COLUMNS = ["task_id", "column", "value", "start", "end"]
_WHEN = re.compile(
    r"20\d\d年(?:度|底)?(?:第?[一二三四1-4]季度|[上下]半年)?|第?[一二三四1-4]季度|[上下]半年|年底|年内"
)
ISSUE_COLUMNS = ["severity", "code", "task_id", "line", "start", "end", "words", "hint"]


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


def tabulate(
    draft: Draft, items: Sequence[Item], rules: Rules, edition: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the tables of tasks, of assignments and of fields; record what a person should look at."""
    tasks: list[dict[str, object]] = []
    assignments: list[dict[str, object]] = []
    fields: list[dict[str, object]] = []
    seen: set[tuple[object, ...]] = set()
    for seq, (item, task_id) in enumerate(zip(items, _task_ids(items, edition), strict=True), start=1):
        row = _task_row(draft, item)
        again = (row["number"], row["headings"], row["text"])
        if again in seen and item.number:
            hint = "the same number, heading and words as a task before: is a page in the document twice?"
            draft.note("task_repeated", item.start, item.end, hint, severity="warning", task_id=task_id)
        seen.add(again)
        tasks.append({"task_id": task_id, "edition": edition, "seq": seq, **row})
        assignments += _assignment_rows(draft, item, rules, task_id)
        fields += [field_row(draft, task_id, column, span) for column, span in item.fields]
        note_item(draft, item, task_id)
    for row, name in zip(assignments, one_name([str(row["body"]) for row in assignments]), strict=True):
        row["body"] = name
    english = english_names("category")
    for row in tasks:
        row["category_en"] = english.get(str(row["category"]), "")
    return (
        pd.DataFrame(tasks, columns=[*_READ_COLUMNS]),
        pd.DataFrame(assignments, columns=ASSIGNMENT_COLUMNS).drop_duplicates(
            ["task_id", "body", "role"], ignore_index=True
        ),
        pd.DataFrame(fields, columns=FIELD_COLUMNS),
    )


def field_row(draft: Draft, task_id: str, column: str, span: Span) -> dict[str, object]:
    """Return the row of the table of fields for a cell."""
    start, end = draft.shadow.span(*span)
    return {"task_id": task_id, "column": column, "value": draft.quote(*span), "start": start, "end": end}


def goals_of_tasks(draft: Draft, items: Sequence[Item], tasks: pd.DataFrame) -> pd.DataFrame:
    """Return the cells that state what is to be reached, with the year or quarter of their column and what they count."""
    rows = []
    for item, task_id, title in zip(items, tasks["task_id"], tasks["title"], strict=True):
        for head, span in item.goals:
            when = _WHEN.search(head)
            start, end = draft.shadow.span(*span)
            rows.append((task_id, start, end, when[0] if when else "", title))
    return pd.DataFrame(rows, columns=["task_id", "start", "end", "deadline", "metric"])


def gaps_in_tasks(draft: Draft, items: Sequence[Item]) -> list[tuple[int, int, str]]:
    """Return what lies inside a task and is none of its words, with a sign that can stand for it.

    Between two cells, and for an attribution, the sign ends a sentence; where a page cut a cell it is a blank.
    """
    gaps = []
    for item in items:
        if item.words:
            flat = [(n, span) for n, spans in enumerate(item.words) for span in spans]
            for (n, (_, before)), (m, (after, _)) in pairwise(flat):
                start, end = draft.shadow.span(before - 1, before)[1], draft.shadow.offset(after)
                gaps.append((start, end, " " if n == m else "。"))
        inside = [c for c in item.closings if item.start <= c.start < c.end <= item.end]
        gaps += [(*draft.shadow.span(closing.start, closing.end), "。") for closing in inside]
    first = [draft.shadow.offset(item.start) for item in items]
    for start, end in draft.furniture:
        at = bisect_right(first, start) - 1
        if at >= 0 and start < draft.shadow.offset(items[at].end):
            gaps.append((start, end, " "))
    return gaps


def _task_row(draft: Draft, item: Item) -> dict[str, object]:
    span = (draft.shadow.offset(item.start),) * 2
    if item.end > item.start:
        span = draft.shadow.span(item.start, item.end)
    cells = item.words or (((item.start, item.end),),)
    said = item.attributions or tuple((_inner(closing),) for closing in item.closings)
    said = tuple(spans for spans in said if spans[-1][1] > spans[0][0])
    attribution = (-1, -1)
    if said:
        attribution = (draft.shadow.span(*said[0][0])[0], draft.shadow.span(*said[-1][-1])[1])
    dated = draft.shadow.span(item.deadline[0][0], item.deadline[-1][1]) if item.deadline else (-1, -1)
    category = item.headings[-1] if item.headings else ""
    return {
        "number": item.number,
        "category": category,
        "category_en": "",
        "text": " ".join(_words(draft, spans) for spans in cells),
        "attribution": "；".join(_words(draft, spans) for spans in said),
        "start": span[0],
        "end": span[1],
        "attribution_start": attribution[0],
        "attribution_end": attribution[1],
        "headings": " / ".join(item.headings),
        "deadline_start": dated[0],
        "deadline_end": dated[1],
    }


def _words(draft: Draft, spans: Sequence[Span]) -> str:
    """Return the words of a cell that a page may have cut into several."""
    return "".join(draft.quote(*span) for span in spans)


def _inner(closing: Closing) -> tuple[int, int]:
    return max(closing.inner, closing.start), closing.words_end


def _assignment_rows(draft: Draft, item: Item, rules: Rules, task_id: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    seen: set[tuple[str, str]] = set()

    def add(pair: grammar.Pair, offset: int, **given: object) -> None:
        first, last = draft.shadow.span(offset + pair.start, offset + pair.end)
        whole = pair.end - pair.start == len(pair.as_written)  # else a page cut its cell
        written = draft.quote(offset + pair.start, offset + pair.end) if whole else pair.as_written
        rows.append({
            "task_id": task_id, "body": pair.body, "body_as_written": written,
            "body_kind": body_kind(pair.body), "role": pair.role, "others_implied": pair.others_implied,
            "start": first, "end": last, "role_basis": pair.basis, "known": pair.known, **given,
        })  # fmt: skip

    for closing in item.closings:
        reading = closing.reading
        if rules.first_leads_from is not None and closing.start >= rules.first_leads_from:
            reading = grammar.lead_by_rule(reading)
        for pair in reading.pairs:
            if (pair.body, pair.role) in seen:
                draft.note(
                    "body_twice", closing.inner + pair.start, closing.inner + pair.end,
                    "named twice in one task under one role; the second naming adds no row",
                    severity="warning", task_id=task_id,
                )  # fmt: skip
            else:
                seen.add((pair.body, pair.role))
                add(pair, closing.inner)
    for offset, pair, valid_from in rules.implementers:
        named = any(row["body"] == pair.body for row in rows)
        if item.closings and item.closings[-1].end > valid_from and not named:
            add(pair, offset, role="implementing", others_implied=False, role_basis="rule")
    return rows


def _task_ids(items: Sequence[Item], edition: str) -> list[str]:
    """Name the tasks: by printed number, by place where lists restart, by letter where printed twice."""
    numbers = [_number(item) for item in items]
    printed = Counter(filter(None, numbers))
    repeated = sum(count - 1 for count in printed.values())
    mixed = len({item.mark.style for item in items if item.mark}) > 1
    restarts = mixed or repeated > max(2, len(items) // 10)
    names = []
    for i, (item, number) in enumerate(zip(items, numbers, strict=True), start=1):
        if not number:
            names.append(f"s{i:02d}")
        elif restarts:
            names.append(".".join([*(str(mark.value) for mark in item.path), number]))
        else:
            names.append(number)
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
    draft: Draft, items: Sequence[Item], mark_starts: Sequence[int], tables: Sequence[TableReading]
) -> Coverage:
    """Return the spans of a labelled draft, cut where the kind changes or an item begins."""
    text, kind = draft.shadow.text, draft.kind
    cuts = set((np.flatnonzero(np.diff(kind)) + 1).tolist()) if len(kind) else set()
    cuts |= {0, *draft.hints, *(item.start for item in items), *mark_starts}
    starts = sorted(cut for cut in cuts if cut < len(kind))
    pages = draft.furniture
    rows: list[tuple[str, int, int, str]] = []
    for first, after in pairwise([*starts, len(kind)]):
        # Invisible characters between two spans go to the first of them.
        start = draft.shadow.offset(first) if first else 0
        end = draft.shadow.offset(after)
        hint = draft.hints.get(first, "not understood")
        for page in pages[bisect_left(pages, (start, 0)) : bisect_left(pages, (end, 0))]:
            rows.append((KINDS[kind[first]], start, page[0], hint))
            rows.append(("furniture", *page, ""))
            start = page[1]
        rows.append((KINDS[kind[first]], start, end, hint))
    if not starts:
        rows.append(("unparsed", 0, len(text), "no readable characters"))
    spans = pd.DataFrame(
        [_trimmed(text, row) for row in rows if text[row[1] : row[2]].strip()],
        columns=["kind", "start", "end", "hint"],
    )
    counted = [sum(map(len, text[s:e].split())) for s, e in zip(spans["start"], spans["end"], strict=True)]
    spans.insert(3, "chars", counted)
    totals = spans.groupby("kind")["chars"].sum()
    unparsed = spans[spans["kind"] == "unparsed"].reset_index(drop=True)
    unparsed.insert(0, "line", lines_of(text, unparsed["start"]))
    unparsed.insert(3, "words", [text[s:e] for s, e in zip(unparsed["start"], unparsed["end"], strict=True)])
    for row in unparsed.to_dict("records"):
        draft.issues.append({
            "severity": "warning", "code": "unparsed", "task_id": "", "start": row["start"], "end": row["end"],
            "words": row["words"], "hint": row["hint"],
        })  # fmt: skip
    return Coverage(
        spans.drop(columns="hint"),
        {name: int(totals.get(name, 0)) for name in KINDS},
        unparsed[["line", "start", "end", "words", "hint"]],
        _scoreboard(draft, items, tables),
    )


def _scoreboard(draft: Draft, items: Sequence[Item], tables: Sequence[TableReading]) -> pd.DataFrame:
    """Return what became of each table."""
    columns = ["line", "page", "made_from", "rows", "tasks", "columns", "cells", "cells_unused"]
    rows = []
    for table in tables:
        filled = [c for c in table.table.cells if c.end > c.start]
        starts = [bisect_left(draft.shadow.at, c.start) for c in filled]
        rows.append({
            "line": bisect_right(draft.line_starts, table.start), "page": table.table.page, "made_from": table.table.made_from,
            "rows": len(table.rows), "tasks": sum(table.start <= item.start < table.end for item in items),
            "columns": " ".join(f"{c.head or '?'}={c.role or c.kind}" for c in table.columns),
            "cells": len(filled), "cells_unused": sum(draft.kind[s] == 0 for s in starts if s < len(draft.kind)),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _trimmed(text: str, row: tuple[str, int, int, str]) -> tuple[str, int, int, str]:
    kind, start, end, hint = row
    quote = text[start:end]
    return kind, start + len(quote) - len(quote.lstrip()), start + len(quote.rstrip()), hint


def lines_of(text: str, offsets: pd.Series) -> list[int]:
    """Return the 1-based line of each offset."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return [bisect_right(starts, offset) for offset in offsets]
