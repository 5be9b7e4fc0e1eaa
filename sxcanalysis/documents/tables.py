"""Tables as objects: cells with their places in the text.

The readers of Word, web pages and PDF hand over the tables that their files hold; :func:`find_tables` makes the same
objects from plain text: cells parted by tabs or bars, by aligned blanks, or standing one on each line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from sxcanalysis.documents.table_cells import (
    BARS,
    TITLE_LENGTH,
    Cell,
    Line,
    Made,
    Span,
    Table,
    trimmed,
)
from sxcanalysis.documents.table_forms import blank_tables, line_tables
from sxcanalysis.reference.column_heads import column_group, is_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Cell", "Made", "Table", "find_tables", "join_pages"]


def find_tables(text: str) -> tuple[Table, ...]:
    r"""
    Find the tables in a plain text.

    Examples
    --------
    >>> [table] = find_tables("序号\t任务\t责任单位\n1\t建设甲\t省科技厅\n")
    >>> [("序号\t任务\t责任单位\n1\t建设甲\t省科技厅\n"[c.start : c.end], c.row, c.column) for c in table.cells][-1]
    ('省科技厅', 1, 2)
    """
    lines = _lines(text)
    found = list(_ruled_tables(text, lines))
    starts = [table.start for table in found]

    def is_free(line: Line) -> bool:
        at = bisect_right(starts, line.start) - 1
        return at < 0 or line.start >= found[at].end

    free = [line for line in lines if is_free(line)]
    found += blank_tables(text, free)
    taken = (
        {line for table in found for line in range(table.start, table.end)}
        if len(found) > len(starts)
        else set()
    )
    found += line_tables(text, [line for line in free if line.start not in taken])
    return tuple(sorted(found, key=lambda table: table.start))


_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")
_RULE = re.compile(r"[\s|│┃║\u2500-\u257f+=:：—－-]+")
_DRAWN = re.compile(r"[\u2500-\u257f+=—－-]{2}")
_NUMBER = re.compile(r"[（(]?\d{1,4}[）)*.、．]?")
_ITEM = re.compile(r"\d{1,4}[.、．](?!\d)")
_ANNEX = re.compile(r"附\s*[件表录]\s*[\d一二三四五六七八九十]{0,3}\s*[:：]?$")
_LONGEST_ROW = 1500
_CUT_LINES = 8


def _lines(text: str) -> list[Line]:
    found = [_line(text, *match.span()) for match in _LINE.finditer(text) if match[0].strip()]
    return _with_cut_rows(text, found)


def _line(text: str, start: int, end: int) -> Line:
    first, last = trimmed(text, start, end)
    if _RULE.fullmatch(text, first, last) and _DRAWN.search(text, first, last):
        return Line(first, last, "rule", ())
    bars = [match.start() for match in BARS.finditer(text, first, last)]
    if len(bars) > 1 or (bars and first < bars[0] < last - 1):
        bounds = [
            *([] if bars[0] == first else [first - 1]),
            *bars,
            *([] if bars[-1] == last - 1 else [last]),
        ]
        return Line(first, last, "bars", _between(text, bounds))
    if "\t" in text[start:end]:
        tabs = [i for i in range(start, end) if text[i] == "\t"]
        cells = _between(text, [start - 1, *tabs, end])
        if sum(a < b for a, b in cells) > 1 or len(cells) > 2:
            return Line(first, last, "tabs", cells)
    return Line(first, last, "words", ((first, last),))


def _between(text: str, bounds: Sequence[int]) -> tuple[Span, ...]:
    return tuple(trimmed(text, a + 1, b) for a, b in pairwise(bounds))


def _with_cut_rows(text: str, lines: list[Line]) -> list[Line]:
    """Join the lines of a row that the margin cut, in a text whose rows end with a bar."""
    if sum(line.sort == "bars" and BARS.match(text, line.end - 1) is not None for line in lines) < 2:
        return lines
    joined: list[Line] = []
    i = 0
    while i < len(lines):
        line = lines[i]
        i += 1
        if line.sort in {"bars", "words"} and BARS.search(text, line.start, line.end):
            whole = BARS.match(text, line.end - 1)
            ends = (
                j for j in range(i, min(len(lines), i + _CUT_LINES)) if BARS.match(text, lines[j].end - 1)
            )
            last = None if whole else next(ends, None)
            if last is not None and lines[last].end - line.start <= _LONGEST_ROW:
                line = _line(text, line.start, lines[last].end)
                i = last + 1
        joined.append(line)
    return joined


def _ruled_tables(text: str, lines: list[Line]) -> Iterator[Table]:
    """Make a table of every run of lines with tabs, or with bars; a line of one cell inside it is a title across it."""
    run: list[Line] = []
    for i, line in enumerate(lines):
        rows = [row for row in run if len(row.cells) > 1]
        if line.sort in {"tabs", "bars"}:
            words = [text[a:b] for a, b in line.cells]
            other = rows and (line.sort != rows[-1].sort or _opens_another(text, rows, words))
            if other:
                titles = _titles_before(run)
                yield from _table(text, run[: len(run) - titles])
                run = []
            run.append(line)
        elif run and (
            line.sort == "rule" or (rows and _is_title(text, line) and _goes_on(lines, i, rows[-1]))
        ):
            run.append(line)
        elif run:
            yield from _table(text, run)
            run = []
    yield from _table(text, run)


def _titles_before(run: list[Line]) -> int:
    """Count the lines of one cell at the end of a run."""
    return next((n for n, line in enumerate(reversed(run)) if line.sort != "words"), len(run))


def _opens_another(text: str, rows: list[Line], words: list[str]) -> bool:
    """Whether a row is the head of another table: it names columns, and others than the head of this one."""
    head = [text[a:b] for a, b in rows[0].cells]
    return len(rows) > 1 and is_head(words) and is_head(head) and words != head


def _is_title(text: str, line: Line) -> bool:
    words = text[line.start : line.end]
    return len(words) <= TITLE_LENGTH and not re.search("[。；，：]", words) and not _ANNEX.match(words)


def _goes_on(lines: list[Line], i: int, row: Line) -> bool:
    """Whether the table goes on below a line of one cell, with the same number of cells."""
    return any(len(line.cells) == len(row.cells) and line.sort == row.sort for line in lines[i + 1 : i + 2])


def _table(text: str, run: list[Line]) -> Iterator[Table]:
    rows = [line for line in run if line.cells]
    full = [line for line in rows if len(line.cells) > 1]
    if len(full) < 2:
        return
    common, _ = Counter(len(line.cells) for line in full).most_common(1)[0]
    head = [text[a:b] for a, b in full[0].cells]
    width = len(head) if is_head(head) else common
    rows = _with_cut_cells(text, rows, width)
    cells: list[Cell] = []
    for n, line in enumerate(rows):
        if line.sort == "words":
            cells.append(Cell(line.start, line.end, n, 0, 1, width))
            continue
        shift = _shift(text, line, head, width)
        cells += [
            Cell(a, b, n, i + shift) for i, (a, b) in enumerate(line.cells) if i + shift < width or a < b
        ]
    sort: Made = "bars" if full[0].sort == "bars" else "tabs"
    yield Table(tuple(cells), run[0].start, run[-1].end, None, sort)


def _with_cut_cells(text: str, rows: list[Line], width: int) -> list[Line]:
    """Join two lines that a line end inside a cell made of one row: together they have one cell too many."""
    joined: list[Line] = []
    for line in rows:
        before = joined[-1] if joined else None
        numbered = _NUMBER.fullmatch(text, *line.cells[0])
        if (
            before
            and not numbered
            and 1 < len(before.cells) < width
            and len(before.cells) + len(line.cells) == width + 1
        ):
            cell = (before.cells[-1][0], line.cells[0][1])
            joined[-1] = Line(before.start, line.end, line.sort, (*before.cells[:-1], cell, *line.cells[1:]))
        else:
            joined.append(line)
    return joined


def _shift(text: str, line: Line, head: list[str], width: int) -> int:
    """Return how many columns a row lacks at its left: a cell merged over several rows stands in the first only."""
    first = text[slice(*line.cells[0])]
    if _NUMBER.fullmatch(first) and column_group(head[0]) == "number":
        return 0  # a row cut short keeps its first cells
    if column_group(head[0]) == "category" and _ITEM.match(first):
        return 1
    return max(0, width - len(line.cells))


def join_pages(text: str, tables: Sequence[Table]) -> list[Table]:
    """
    Join a table with the one that goes on with it on the next page.

    It does where nothing but blanks and page numbers stands between, both have as many columns, and the second opens
    with the same head again or with none.
    """
    joined: list[Table] = []
    for table in tables:
        if joined and _continues(text, joined[-1], table):
            before = joined.pop()
            height = max((cell.row + cell.rows for cell in before.cells), default=0)
            more = (replace(cell, row=cell.row + height) for cell in table.cells)
            table = replace(before, cells=(*before.cells, *more), end=table.end)  # noqa: PLW2901
        joined.append(table)
    return joined


_BETWEEN = re.compile(
    r"(?:\s|\ufeff|[—－–-]+ ?\d{1,4} ?[—－–-]+|第? ?\d{1,4} ?页?|[（(]?续表?[\d一二三四五六七八九十]{0,2}[）)]?)*"
)


def _continues(text: str, before: Table, table: Table) -> bool:
    if before.width != table.width or not _BETWEEN.fullmatch(text, before.end, table.start):
        return False
    head, first = (_first_words(text, t) for t in (before, table))
    return first == head or not is_head(first)


def _first_words(text: str, table: Table) -> list[str]:
    """Return the words of the first row with more than one cell."""
    rows: dict[int, list[str]] = {}
    for cell in table.cells:
        rows.setdefault(cell.row, []).append(text[cell.start : cell.end])
    return next((words for words in rows.values() if sum(map(bool, words)) > 1), [])
