"""Text → task list: headings, numbers, task bodies, closing brackets, each with its span.

The steps, each a module: the shadow of the text and its lines (`draft`), what pages and web sites put around it
(`furniture`), rows of tables (`columns`, `table_rows`), notice, body and annexes (`sections`), rules given once (`rules`),
attributions (`closings`, whose grammar is :mod:`sxcanalysis.parsing.attributions.attribution`), printed numbers (`numbers`), what is a task
and what is not (`outline`, `items`, `table_tasks`), and the data frames (`frames`).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Protocol, TypeVar

from sxcanalysis.documents.tables import join_pages
from sxcanalysis.documents.text_tables import find_tables
from sxcanalysis.parsing.attributions.closings import find_closings, fit_to_items
from sxcanalysis.parsing.attributions.rules import find_rules
from sxcanalysis.parsing.draft import Draft, begin_draft
from sxcanalysis.parsing.findings import note_document, note_items, note_table, summarise
from sxcanalysis.parsing.frames import (
    Coverage,
    Rows,
    cover,
    frame_of,
    frame_of_tasks,
    goals_of_tasks,
    issue_rows,
    lines_of,
    tabulate,
    words_of_tasks,
)
from sxcanalysis.parsing.numbers import find_marks
from sxcanalysis.parsing.outline import outline_section
from sxcanalysis.parsing.sections import find_sections, label_prose, set_aside
from sxcanalysis.parsing.task_tables.table_rows import TableReading, read_tables
from sxcanalysis.parsing.task_tables.table_tasks import (
    fields_of_table,
    first_cell,
    items_of_table,
    label_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from sxcanalysis.documents.tables import Table
    from sxcanalysis.parsing.attributions.closings import Closing
    from sxcanalysis.parsing.draft import Span
    from sxcanalysis.parsing.items import Item, Outline
    from sxcanalysis.parsing.sections import Section


_T = TypeVar("_T")
_PATH = re.compile(r"[^\n]{1,250}\.(?:docx?|pdf|html?|xlsx?|csv|md|txt)")
_LOST = re.compile(r"[\ud800-\udfff]")  # halves of characters, which no table can hold


class Source(Protocol):
    """A document as :func:`sxcanalysis.read_source` returns it."""

    @property
    def text(self) -> str:
        """The text."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """Its tables, with offsets into the text."""


@dataclass(frozen=True)
class TaskList:
    """A document taken apart into tables.

    All offsets are 0-based character offsets into `text`, the end exclusive: ``text[start:end]``
    is the evidence of a row.

    Attributes
    ----------
    text
        The document.
    edition
        The name of the edition.
    tasks
        One row a task: ``task_id edition number seq category category_en title title_en text attribution deadline
        verifiable start end attribution_start attribution_end headings milestone deadline_start deadline_end``. *number*
        is as printed, *seq* the place in the document, *headings* every heading above, the outermost first; *deadline* and
        *milestone* quote the words that say until when, and what anybody can check then.
    assignments
        One row a body and role in a task: ``task_id body body_as_written body_kind role others_implied
        start end role_basis known``. *role* is lead, responsible, implementing, coordinating or
        supporting; *role_basis* is stated, rule (a rule given once) or assumed (no role word);
        *others_implied* says that 等 follows.
    fields
        One row a cell that has no place of its own: ``task_id column value start end``; *task_id* is empty for the cells of
        a table that stands beside the tasks and holds none.
    targets, mentions, projects, issues
        As the properties below say.
    coverage
        Where each character went (`Coverage`).
    """

    text: str
    edition: str
    circle: str | None
    _rows: Rows = field(repr=False)
    _draft: Draft = field(repr=False)
    _items: list[Item] = field(repr=False)
    _marks: list[int] = field(repr=False)  # starts of the printed numbers
    _readings: list[TableReading] = field(repr=False)

    def __repr__(self) -> str:
        unread = self.coverage.counts["unparsed"]
        return (
            f"TaskList({self.edition}: {len(self._rows.tasks)} tasks, {len(self._rows.assignments)} assignments, "
            f"{len(self._readings)} tables, {unread} of {sum(self.coverage.counts.values())} characters not understood)"
        )

    @cached_property
    def tasks(self) -> pd.DataFrame:
        """The tasks, one row each; *verifiable* ones have a target or a milestone (:mod:`sxcanalysis.parsing.task_facts`)."""
        numbered = self._tasks["task_id"].isin(self.targets["task_id"])
        return self._tasks.assign(verifiable=numbered | (self._tasks["milestone"] != ""))

    @cached_property
    def _tasks(self) -> pd.DataFrame:
        return frame_of_tasks(self._draft, self._items, self._rows.tasks)

    @cached_property
    def assignments(self) -> pd.DataFrame:
        """The bodies and roles of the tasks, one row each."""
        return frame_of("assignments", self._rows.assignments)

    @cached_property
    def fields(self) -> pd.DataFrame:
        """The cells of tables that have no place of their own, one row each."""
        return frame_of("fields", self._rows.fields)

    @cached_property
    def coverage(self) -> Coverage:
        """Where each character went."""
        return cover(self._draft, self._items, self._marks, self._readings)

    @cached_property
    def _words(self) -> str:
        return words_of_tasks(self._draft, self._items)

    @cached_property
    def _targets(self) -> tuple[pd.DataFrame, list[dict[str, object]]]:
        from sxcanalysis.parsing.targets.table import read_targets  # noqa: PLC0415

        goals = goals_of_tasks(self._draft, self._items, self._rows.tasks)
        return read_targets(self._tasks, self._words, goals=goals, source=self.text)

    @property
    def targets(self) -> pd.DataFrame:
        """The quantitative targets, one row each (:mod:`sxcanalysis.parsing.targets.reading`)."""
        return self._targets[0]

    @cached_property
    def _mentions(self) -> tuple[pd.DataFrame, list[dict[str, object]]]:
        from sxcanalysis.parsing.places.mentions import read_mentions  # noqa: PLC0415

        return read_mentions(self._tasks, self._words, projects=self.projects)

    @property
    def mentions(self) -> pd.DataFrame:
        """The administrative units and named places in the tasks (:mod:`sxcanalysis.parsing.places.mentions`)."""
        return self._mentions[0]

    @cached_property
    def projects(self) -> pd.DataFrame:
        """The projects that the tasks name, and their stages (:mod:`sxcanalysis.parsing.named_projects`)."""
        from sxcanalysis.parsing.named_projects import read_projects  # noqa: PLC0415

        return read_projects(self._tasks, self._words)

    @cached_property
    def issues(self) -> pd.DataFrame:
        """What a person should look at, in the order of the text.

        Columns: ``severity`` (warning, info), ``code``, ``task_id`` (empty where none), ``line``
        (1-based), ``start``, ``end``, ``words``, ``hint``.
        """
        ids = [str(row["task_id"]) for row in self._rows.tasks]
        notes = [
            *self._draft.notes,
            *note_items(self._draft, self._items, ids),
            *note_document(self._draft, self._items, ids),
        ]
        rows = issue_rows(self.text, notes, self.coverage.unparsed) + self._targets[1] + self._mentions[1]
        lines = lines_of(self.text, (int(str(row["start"])) for row in rows))
        found = frame_of("issues", [{**row, "line": line} for row, line in zip(rows, lines, strict=True)])
        return found.sort_values(["start", "end", "code"], kind="stable", ignore_index=True)

    @property
    def summary(self) -> pd.DataFrame:
        """The issues, one line a kind with a count and the first example (:func:`sxcanalysis.parsing.findings.summarise`)."""
        return summarise(self.issues)

    def _repr_html_(self) -> str:
        shown = self.tasks[["task_id", "category", "title", "deadline"]]
        return f"<p>{escape(repr(self))}</p>{shown.to_html(max_rows=20, index=False)}"

    def to_text(self) -> str:
        """Give the document back from its spans: the same characters, blanks aside."""
        spans = self.coverage.spans
        pieces = [
            ("" if kind in {"task", "attribution"} else "\n") + self.text[start:end]
            for kind, start, end in zip(spans["kind"], spans["start"], spans["end"], strict=True)
        ]
        return "".join(pieces).strip("\n")


def parse_document(
    document: str | Source, *, edition: str = "unknown", circle: str | None = None
) -> TaskList:
    r"""Take a task list apart.

    Parameters
    ----------
    document
        The text of a document, best from :func:`sxcanalysis.read_document`, or what :func:`sxcanalysis.read_source` returns:
        text and tables. In a plain text the tables are found.
    edition
        The name of the edition, usually a year; the prefix of every ``task_id``.
    circle
        The circle that the list belongs to, if known; kept with the result.

    Returns
    -------
        Tables in which every row quotes its source. What is not understood is in
        ``coverage.unparsed`` and ``issues``; no text whatever raises an error. Halves of characters, which no table can
        hold, become U+FFFD, so that every offset still holds.

    Examples
    --------
    >>> found = parse_document("一、创新\n1. 建设实验室。（省科技厅牵头，苏州市具体落实）", edition="2024")
    >>> found.tasks[["task_id", "category", "text", "attribution"]].iloc[0].tolist()
    ['2024-01', '创新', '建设实验室。', '省科技厅牵头，苏州市具体落实']
    >>> found.assignments[["body", "role"]].values.tolist()
    [['省科技厅', 'lead'], ['苏州市', 'implementing']]
    >>> parse_document("序号\t事项\t涉及部门\t备注\n1\t修渠\t市水利局\t续建\n").fields[["column", "value"]].values.tolist()
    [['备注', '续建']]
    """
    text = _LOST.sub("\ufffd", document if isinstance(document, str) else document.text)
    tables = _tables(document, text)
    draft = begin_draft(text, [(table.start, table.end) for table in tables])
    readings = [reading for table in tables for reading in read_tables(draft.shadow, table)]
    plain = set_aside(draft, _outside(readings, draft.lines()))
    rules = find_rules(draft)
    cells = [
        span
        for r in readings
        if not r.has_bodies
        for row in r.rows
        for spans in row.words.values()
        for span in spans
    ]
    closings = find_closings(draft, sorted([*plain, *cells]))
    for reading in readings:
        reading.find_closed(closings)
    outlines = _outlines(draft, plain, closings, readings)
    items, loose = _items(draft, outlines, readings, closings)
    label_prose(draft, plain)
    if not items and draft.chars:
        path = _PATH.fullmatch(text.strip())
        draft.note("no_tasks.path" if path else "no_tasks", 0, min(len(draft.chars), 40))
    rows = tabulate(draft, items, rules, edition)
    rows.fields.extend(loose)
    marks = [mark.line_start for o in outlines for mark in o.marks]
    return TaskList(text, edition, circle, rows, draft, items, marks, readings)


def _tables(document: str | Source, text: str) -> list[Table]:
    """Return the tables of a document; in its text those that its reader did not see are found."""
    given = () if isinstance(document, str) else document.tables
    taken = [(table.start, table.end) for table in given]
    found = [t for t in find_tables(text) if not any(start < t.end and t.start < end for start, end in taken)]
    return join_pages(text, sorted([*given, *found], key=lambda table: table.start))


def _outside(readings: Sequence[TableReading], lines: Sequence[Span]) -> list[Span]:
    """Return the lines that belong to no table."""
    starts = [reading.start for reading in readings]
    plain = []
    for line in lines:
        at = bisect_right(starts, line[0]) - 1
        if at < 0 or line[0] >= readings[at].end:
            plain.append(line)
    return plain


def _outlines(
    draft: Draft, plain: Sequence[Span], closings: Sequence[Closing], readings: Sequence[TableReading]
) -> list[Outline]:
    """Read the numbered items of each section."""
    outlines = []
    any_closing = bool(closings) or any(reading.has_bodies for reading in readings)
    inside = [reading for reading in readings if reading.end > reading.start]
    bounds = [reading.start for reading in inside]

    def in_table(position: int) -> bool:
        at = bisect_right(bounds, position) - 1
        return at >= 0 and position < inside[at].end

    free = [closing for closing in closings if not in_table(closing.start)]
    for section in find_sections(draft, plain):
        lines = _within(plain, section, lambda line: line[0])
        tables = _within(inside, section, lambda reading: reading.start)
        own = _within(free, section, lambda closing: closing.start)
        marks = find_marks(draft.shadow, lines, (closing.end for closing in own))
        own, marks = fit_to_items(draft, own, marks)
        outlines.append(outline_section(draft, section, marks, own, tables, any_closing=any_closing))
    return outlines


def _within(ordered: Sequence[_T], section: Section, start: Callable[[_T], int]) -> list[_T]:
    """Return what of some ordered things begins in a section."""
    return list(
        ordered[bisect_left(ordered, section.start, key=start) : bisect_left(ordered, section.end, key=start)]
    )


def _items(
    draft: Draft, outlines: Sequence[Outline], readings: Sequence[TableReading], closings: Sequence[Closing]
) -> tuple[list[Item], list[dict[str, object]]]:
    """Return the tasks, and the cells of tables that hold none: beside tasks, a table that names no bodies is no list of them."""
    items = [item for o in outlines for item in o.items]
    listed = bool(items) or any(reading.has_bodies for reading in readings)
    starts = [o.section.start for o in outlines]
    loose: list[dict[str, object]] = []
    for reading in readings:
        o = outlines[max(0, bisect_right(starts, reading.start) - 1)]
        label_table(draft, reading)
        note_table(draft, reading)
        if not reading.has_bodies and not listed:
            draft.note("table_without_bodies", *first_cell(reading), rows=len(reading.rows))
        if reading.has_bodies or not listed:
            items += items_of_table(draft, reading, o, closings)
        else:
            loose += fields_of_table(draft, reading)
    return sorted(items, key=lambda item: item.start), loose
