"""Tables as objects: cells with their places in the text.

The readers of Word, web pages and PDF hand over the tables that their files hold; :func:`find_tables` makes the same
objects from plain text: cells parted by tabs or bars, by aligned blanks, or standing one on each line.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from sxcanalysis.reference.column_heads import column_group, is_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Made = Literal["word", "webpage", "pdf", "sheet", "tabs", "bars", "blanks", "lines"]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: ``text[start:end]`` are its words; an empty cell has ``start == end``.

    ``row`` and ``column`` count from 0; ``rows`` and ``columns`` say over how many of them a merged cell goes. A merged
    cell stands once, at its first row and column.
    """

    start: int
    end: int
    row: int
    column: int
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a document: its cells in the order of the rows, its place in the text, its page (from 1, if known)."""

    cells: tuple[Cell, ...]
    start: int
    end: int
    page: int | None
    made_from: Made

    @property
    def width(self) -> int:
        """Number of columns."""
        return max((cell.column + cell.columns for cell in self.cells), default=0)


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
    return tuple(sorted(_ruled_tables(text, lines), key=lambda table: table.start))


class _Line(NamedTuple):
    """A line that is not blank, without the blanks around it; its cells where tabs or bars part it."""

    start: int
    end: int
    sort: Literal["tabs", "bars", "rule", "words"]
    cells: tuple[Span, ...]


_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")
_BARS = re.compile(r"[|│｜┃║]")
_RULE = re.compile(r"[\s|│┃║\u2500-\u257f+=:：—－-]*[\u2500-\u257f+=—－-]{2,}[\s|│┃║\u2500-\u257f+=:：—－-]*")
_BLANKS = " \t\u3000\ufeff\u200b"
_NUMBER = re.compile(r"[（(]?\d{1,4}[）)*.、．]?")
_ITEM = re.compile(r"\d{1,4}[.、．](?!\d)")
_ANNEX = re.compile(r"附\s*[件表录]\s*[\d一二三四五六七八九十]{0,3}\s*[:：]?$")
_TITLE_LENGTH = 40
_LONGEST_ROW = 1500
_CUT_LINES = 8


def _lines(text: str) -> list[_Line]:
    found = [_line(text, *match.span()) for match in _LINE.finditer(text) if match[0].strip()]
    return _with_cut_rows(text, found)


def _line(text: str, start: int, end: int) -> _Line:
    first, last = trimmed(text, start, end)
    if _RULE.fullmatch(text, first, last):
        return _Line(first, last, "rule", ())
    bars = [match.start() for match in _BARS.finditer(text, first, last)]
    if len(bars) >= 2:
        bounds = [
            *([] if bars[0] == first else [first - 1]),
            *bars,
            *([] if bars[-1] == last - 1 else [last]),
        ]
        return _Line(first, last, "bars", _between(text, bounds))
    if "\t" in text[start:end]:
        tabs = [i for i in range(start, end) if text[i] == "\t"]
        cells = _between(text, [start - 1, *tabs, end])
        if sum(a < b for a, b in cells) > 1 or len(cells) > 2:
            return _Line(first, last, "tabs", cells)
    return _Line(first, last, "words", ((first, last),))


def _between(text: str, bounds: Sequence[int]) -> tuple[Span, ...]:
    return tuple(trimmed(text, a + 1, b) for a, b in pairwise(bounds))


def trimmed(text: str, start: int, end: int) -> Span:
    """Return a span without the blanks around its words; an empty one stands at its start."""
    words = text[start:end]
    bare = words.strip(_BLANKS)
    first = start + len(words) - len(words.lstrip(_BLANKS)) if bare else start
    return first, first + len(bare)


def _with_cut_rows(text: str, lines: list[_Line]) -> list[_Line]:
    """Join the lines of a row that the margin cut, in a text whose rows end with a bar."""
    if sum(line.sort == "bars" and _BARS.match(text, line.end - 1) is not None for line in lines) < 2:
        return lines
    joined: list[_Line] = []
    i = 0
    while i < len(lines):
        line = lines[i]
        i += 1
        if line.sort in {"bars", "words"} and _BARS.search(text, line.start, line.end):
            whole = _BARS.match(text, line.end - 1)
            ends = (
                j for j in range(i, min(len(lines), i + _CUT_LINES)) if _BARS.match(text, lines[j].end - 1)
            )
            last = None if whole else next(ends, None)
            if last is not None and lines[last].end - line.start <= _LONGEST_ROW:
                line = _line(text, line.start, lines[last].end)
                i = last + 1
        joined.append(line)
    return joined


def _ruled_tables(text: str, lines: list[_Line]) -> Iterator[Table]:
    """Make a table of every run of lines with tabs, or with bars; a line of one cell inside it is a title across it."""
    run: list[_Line] = []
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


def _titles_before(run: list[_Line]) -> int:
    """Count the lines of one cell at the end of a run."""
    return next((n for n, line in enumerate(reversed(run)) if line.sort != "words"), len(run))


def _opens_another(text: str, rows: list[_Line], words: list[str]) -> bool:
    """Whether a row is the head of another table: it names columns, and others than the head of this one."""
    head = [text[a:b] for a, b in rows[0].cells]
    return is_head(words) and is_head(head) and words != head


def _is_title(text: str, line: _Line) -> bool:
    words = text[line.start : line.end]
    return len(words) <= _TITLE_LENGTH and not re.search("[。；，：]", words) and not _ANNEX.match(words)


def _goes_on(lines: list[_Line], i: int, row: _Line) -> bool:
    """Whether the table goes on below a line of one cell, with the same number of cells."""
    return any(len(line.cells) == len(row.cells) and line.sort == row.sort for line in lines[i + 1 : i + 2])


def _table(text: str, run: list[_Line]) -> Iterator[Table]:
    rows = [line for line in run if line.cells]
    full = [line for line in rows if len(line.cells) > 1]
    if len(full) < 2:
        return
    common, _ = Counter(len(line.cells) for line in full).most_common(1)[0]
    head = [text[a:b] for a, b in full[0].cells]
    width = len(head) if is_head(head) else common
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


def _shift(text: str, line: _Line, head: list[str], width: int) -> int:
    """Return how many columns a row lacks at its left: a cell merged over several rows stands in the first only."""
    first = text[slice(*line.cells[0])]
    if _NUMBER.fullmatch(first) and column_group(head[0]) == "number":
        return 0  # a row cut short keeps its first cells
    if column_group(head[0]) == "category" and _ITEM.match(first):
        return 1
    return max(0, width - len(line.cells))
