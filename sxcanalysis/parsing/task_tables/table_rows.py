"""Tables to rows: which row is a head, a section title, a task, or the rest of the row above."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from sxcanalysis.parsing.attributions.attribution import is_bare_list
from sxcanalysis.parsing.task_tables.columns import Column, classify_columns
from sxcanalysis.reference.column_heads import column_group, is_head
from sxcanalysis.reference.lexicon import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sxcanalysis.documents.tables import Table
    from sxcanalysis.parsing.attributions.closings import Closing
    from sxcanalysis.text.normal_form import Shadow

Span = tuple[int, int]

_PRINTED = re.compile(
    r"第[一二三四五六七八九十\d]{1,3}[章节条部分]+|（?[一二三四五六七八九十]{1,3}[）、.]+|\d{1,4}[.、](?!\d)"
)
_NUMBER = re.compile(r"[（]?(\d{1,6})[）.、*]{0,2}|（?([一二三四五六七八九十百]{1,4})[）、.]{0,2}")
_ITEM = re.compile(r"(\d{1,4})[.、](?!\d)")
_SUM = re.compile("合计|总计|小计|共计")
_NOTE = re.compile(r"(?:备?注|说明)[：:]")
_NUMERAL = re.compile("（?[一二三四五六七八九十]{1,3}[）、]?")
NOTHING = re.compile(r"[/／—\-–－_无空]*")  # a cell that says that there is nothing
_MOST_PLACES = 400_000  # a table may not grow much larger by its merged cells
_SHORT = 12
_HARDLY = 0.2


class Place(NamedTuple):
    """One place of the grid: the cell that covers it; *own* where the cell begins here."""

    start: int
    end: int
    own: bool
    merged: bool


@dataclass
class Row:
    """One task of a table, or what goes on with it: the spans of each column; positions in the shadow."""

    start: int
    end: int
    cells: dict[int, list[Span]] = field(default_factory=dict)
    number: str = ""
    sections: tuple[Span, ...] = ()  # titles across the table above it, and cells that group the rows
    words: dict[int, list[Span]] = field(default_factory=dict)  # of the task
    numbers: list[Span] = field(default_factory=list)


@dataclass
class TableReading:
    """A table that was understood."""

    table: Table
    start: int  # in the shadow
    end: int
    columns: list[Column]
    rows: list[Row] = field(default_factory=list)
    heads: list[Span] = field(default_factory=list)
    notes: list[Span] = field(default_factory=list)
    closed: bool = False  # attributions stand in the cells of the tasks

    @property
    def has_bodies(self) -> bool:
        """Whether a column says who answers for the rows, or their words do."""
        return self.closed or any(column.kind in {"bodies", "whole"} for column in self.columns)

    def find_closed(self, closings: Sequence[Closing]) -> None:
        """See whether attributions stand inside the cells of the tasks."""
        starts = [closing.start for closing in closings]
        inside = sum(
            bisect_left(starts, spans[0][0]) < bisect_left(starts, spans[-1][1])
            for row in self.rows
            for spans in row.words.values()
        )
        self.closed = inside > _HARDLY * len(self.rows)


def read_tables(shadow: Shadow, table: Table) -> Iterator[TableReading]:
    """Read a table, in which another head may open another one."""
    grid = _grid(shadow, table)
    rows = [_words(shadow, row) for row in grid]
    head = next((words for words in rows if len(words) > 1), [])
    begins = [0, *(r for r, words in enumerate(rows) if r > 1 and _is_other_head(head, words))]
    ends = [
        *(min(p.start for p in grid[r] if p.end > p.start) for r in begins[1:]),
        _position(shadow, table.end),
    ]
    start = _position(shadow, table.start)
    for first, stop, end in zip(begins, [*begins[1:], len(grid)], ends, strict=True):
        reading = _read(shadow, table, grid[first:stop], start, end) if end > start else None
        start = end
        if reading:
            yield reading


def _is_other_head(head: list[str], words: list[str]) -> bool:
    """Whether a row is the head of another table: it begins as the first one does, and names other columns."""
    return words[:1] == head[:1] and len(set(words) - set(head)) > 1 and is_head(words)


def _read(shadow: Shadow, table: Table, grid: list[list[Place]], start: int, end: int) -> TableReading | None:
    """Read the rows of a table; None where neither its head nor its cells say that its rows are tasks."""
    first = next((r for r, row in enumerate(grid) if len(_words(shadow, row)) > 1), None)
    if first is None:
        return None
    stop = _head_end(shadow, grid, first)
    heads = _head_words(shadow, grid[first:stop], table.width)
    body = [row for row in grid[stop:] if not _is_title_row(shadow, row)]
    # A row without a number may be the rest of one that a page cut: it proves nothing.
    counted = next((c for c, head in enumerate(heads) if column_group(head) == "number"), None)
    if counted is not None:
        body = [row for row in body if row[counted].end > row[counted].start] or body
    columns = classify_columns(
        heads, [[shadow.chars[slice(*row[c][:2])] for row in body] for c in range(table.width)]
    )
    reading = TableReading(table, start, end, columns)
    reading.heads = [(p.start, p.end) for row in grid[first:stop] for p in row if p.own and p.end > p.start]
    kinds = {column.kind for column in columns}
    numbered = "number" in kinds and "text" in kinds
    known = is_head(heads)
    if not body or not (reading.has_bodies or known or (numbered and table.width > 2)):
        return None
    _RowReader(shadow, reading).read([*grid[:first], *grid[stop:]])
    return reading if reading.rows else None


def _position(shadow: Shadow, offset: int) -> int:
    """Return the position in the shadow of an offset in the text."""
    return int(bisect_left(shadow.at, offset))


def _grid(shadow: Shadow, table: Table) -> list[list[Place]]:
    """Lay the cells out on a grid, merged ones in every place that they cover."""
    height, width = max(cell.row for cell in table.cells) + 1, table.width
    if height * width > _MOST_PLACES:
        return []
    grid = [[Place(-1, -1, own=False, merged=False)] * width for _ in range(height)]
    for cell in table.cells:
        start = _position(shadow, cell.start)
        end = max(start, _position(shadow, cell.end))
        while start < end and shadow.chars[start] in "*#":
            start += 1
        while (
            end > start
            and shadow.chars[end - 1] == "*"
            and not shadow.chars[start:end].strip("*").isdecimal()
        ):
            end -= 1
        merged = cell.rows > 1 or cell.columns > 1
        for r in range(cell.row, min(height, cell.row + cell.rows)):
            for c in range(cell.column, min(width, cell.column + cell.columns)):
                own = (r, c) == (cell.row, cell.column)
                grid[r][c] = Place(start, end, own, merged)
    return grid


def _words(shadow: Shadow, row: Sequence[Place]) -> list[str]:
    """Return the words of the cells of a row that are not empty, a merged one once."""
    spans = dict.fromkeys((p.start, p.end) for p in row if p.end > p.start)
    return [shadow.chars[slice(*span)] for span in spans]


def _is_title_row(shadow: Shadow, row: Sequence[Place]) -> bool:
    return len(set(_words(shadow, row))) <= 1


def _head_end(shadow: Shadow, grid: list[list[Place]], first: int) -> int:
    """Return the row after the head; *first* itself where there is no head."""
    words = _words(shadow, grid[first])
    short = all(len(word) <= _SHORT and not re.search(r"[。；]|^\d+$", word) for word in words)
    below = [shadow.chars[slice(*row[0][:2])] for row in grid[first + 1 : first + 4]]
    counted = bool(below) and all(map(str.isdecimal, below)) and not words[0].isdecimal()
    if not is_head(words) and not (short and len(words) > 2 and counted):
        return first
    stop = first + 1
    while stop < len(grid) and _goes_with_head(shadow, grid[stop - 1], grid[stop]):
        stop += 1
    return stop


def _goes_with_head(shadow: Shadow, head: list[Place], row: list[Place]) -> bool:
    """Whether a row is a second line of the head: short words under merged cells, or numbers of columns."""
    own = [shadow.chars[p.start : p.end] for p in row if p.own and p.end > p.start]
    if not own or (len(own) == 2 and _NUMERAL.fullmatch(own[0])):
        return False  # 一 | 道路项目 is a title
    if _is_full_head(shadow, row) and own != _words(shadow, head):
        return True  # 责任分工 | 责任分工 over 牵头单位 | 配合单位
    numbers = [word.strip("（）()") for word in own]
    if len(own) > 2 and all(map(str.isdecimal, numbers)):
        return [int(b) - int(a) for a, b in pairwise(numbers)] == [1] * (len(own) - 1)
    plain = all(len(word) <= _SHORT and not re.search(r"\d(?!\d{0,3}年)|[。；，]", word) for word in own)
    above = {(p.start, p.end) for p in head if p.merged}
    below = sum(p.end > p.start and not p.own and (p.start, p.end) in above for p in row)
    spread = any(p.merged and not p.own for p in head)
    # Cells that only the number column lacks: 一季度 | 二季度 under 进度安排.
    short = plain and len(own) > 1 and max(map(len, own)) <= 6 and not any(map(is_bare_list, own))
    counting = re.search("序|号", shadow.chars[head[0].start : head[0].end]) is not None or len(own) < len(
        row
    )
    return (plain and below > 0 and (spread or below + len(own) == len(row))) or (
        short and counting and (row[0].end <= row[0].start or len(own) < len(row))
    )


def _is_full_head(shadow: Shadow, row: list[Place]) -> bool:
    """Whether a row names every column, each by a name of its own."""
    words = [shadow.chars[p.start : p.end] for p in row if p.own]
    return len(set(words)) == len(row) > 2 and all(words) and is_head(words)


def _head_words(shadow: Shadow, rows: list[list[Place]], width: int) -> list[str]:
    """Return the head of each column; words under a merged cell follow its own."""
    heads = []
    second = len(rows) > 1 and _is_full_head(shadow, rows[1])
    for c in range(width):
        filled = [row[c] for row in rows if row[c].end > row[c].start]
        # A second line of the head names parts of merged cells; elsewhere it only says what its words say.
        kept = filled[:1] + [
            p for p in filled[1:]
            if filled[0].merged or second or column_group(shadow.chars[p.start : p.end])
        ]  # fmt: skip
        words = [shadow.chars[slice(*span)] for span in dict.fromkeys((p.start, p.end) for p in kept)]
        words = [word for word in dict.fromkeys(words) if not re.fullmatch(r"（?\d{1,2}）?", word)]
        # 责任分工 over 牵头单位: the role is below; 年度目标 over 2026年: both say what the column holds.
        below = column_group(words[-1]) if len(words) > 1 else ""
        heads.append(words[-1] if below and (second or below != "goal") else "".join(words))
    return heads


class _RowReader:
    """Reads the rows below the head, one after the other."""

    def __init__(self, shadow: Shadow, reading: TableReading) -> None:
        self.shadow = shadow
        self.reading = reading
        self.number = next((c for c, column in enumerate(reading.columns) if column.kind == "number"), None)
        self.head = [shadow.chars[slice(*span)] for span in reading.heads]
        self.section: tuple[Span, ...] = ()
        self.after_joint = False  # a head stands above the row
        self.above: Row | None = None  # the row that this one may go on with

    def read(self, grid: list[list[Place]]) -> None:
        """Read the rows of a grid, without the head."""
        for row in grid:
            words = _words(self.shadow, row)
            if not any(p.own and p.end > p.start for p in row):
                continue
            if words == self.head[: len(words)] and len(words) > 1:
                self.reading.heads += [(p.start, p.end) for p in row if p.own and p.end > p.start]
                self.after_joint = True
                continue
            if not self._is_aside(row, words):
                self._read(row)
            self.after_joint = False

    def _is_aside(self, row: list[Place], words: list[str]) -> bool:
        """Whether a row is a section title, a sum or a note, and no task."""
        filled = [p for p in row if p.own and p.end > p.start]
        reading = self.reading
        if _SUM.fullmatch(words[0]):
            reading.notes += [(p.start, p.end) for p in filled]
            return True
        alone = len(set(words)) == 1
        if alone and _NOTE.match(words[0]):
            reading.notes.append((filled[0].start, filled[0].end))
            return True
        across = alone and (filled[0] is row[0] or filled[0].merged or _PRINTED.match(words[0]))
        counted = len(words) == 2 and _NUMERAL.fullmatch(words[0]) and sum(p.end > p.start for p in row) == 2
        if not (across or counted) or (alone and self._continues(row) and not _PRINTED.match(words[0])):
            return False
        reading.heads += [(p.start, p.end) for p in filled]
        self.section = (self._title(filled[-1].start, filled[-1].end),)
        self.above = None  # a cell does not go on below a title
        return True

    def _title(self, start: int, end: int) -> Span:
        """Return a section title without its number."""
        number = _PRINTED.match(self.shadow.chars, start, end)
        return (number.end() if number and number.end() < end else start), end

    def _filled(self, row: list[Place], *kinds: str) -> list[tuple[int, Place]]:
        columns = self.reading.columns
        return [
            (c, p) for c, p in enumerate(row)
            if p.own and p.end > p.start and columns[c].kind in kinds
        ]  # fmt: skip

    def _continues(self, row: list[Place]) -> bool:
        """Whether a row goes on with the one above: it has no number of its own, and names no bodies for words of its own."""
        if self.number is None or not self.above:
            return False
        number = row[self.number]
        if number.own and number.end > number.start:
            return False
        named = [
            p for _, p in self._filled(row, "bodies", "whole")
            if is_bare_list(self.shadow.chars[p.start : p.end], stated=True)
        ]  # fmt: skip
        texts = self._filled(row, "text")
        if self.reading.table.made_from == "blanks" and not (
            self._filled(row, "deadline") and len(named) == len(self._filled(row, "bodies", "whole"))
        ):
            return True  # there a line is no row, unless it says all that a row does
        return not (named and texts) or (self.after_joint and self._is_cut())

    def _is_cut(self) -> bool:
        """Whether the words of the row above break off."""
        words = max(self.above.words.values(), default=None) if self.above else None
        return words is not None and self.shadow.chars[words[-1][1] - 1] not in "。；！"

    def _read(self, row: list[Place]) -> None:
        filled = [(c, (p.start, p.end)) for c, p in enumerate(row) if p.own and p.end > p.start]
        end = max(last for _, (_, last) in filled)
        above = self.above
        if above and self._continues(row):
            above.end = max(above.end, end)
            for c, span in filled:
                above.cells.setdefault(c, []).append(span)
                if self.reading.columns[c].kind == "text":
                    above.words.setdefault(c, []).append(span)
            return
        made = Row(min(first for _, (first, _) in filled), end)
        for c, place in enumerate(row):
            kind = self.reading.columns[c].kind
            groups = kind == "bodies" and self.number is not None and c < self.number
            inherits = kind in {"category", "number"} or groups or (place.merged and self.after_joint)
            ditto = kind != "text" and compiled("«names:as above»$").match(
                self.shadow.chars, place.start, place.end
            )
            if (inherits or ditto) and above and c in above.cells and (ditto or place.end <= place.start):
                made.cells[c] = above.cells[c][:]
            elif place.end > place.start:
                made.cells[c] = [(place.start, place.end)]
        self._name(made, row)
        self.reading.rows.append(made)
        self.above = made

    def _name(self, made: Row, row: list[Place]) -> None:
        """Find the number, the words and the headings of a row."""
        chars, columns = self.shadow.chars, self.reading.columns
        of = {
            kind: [c for c in made.cells if columns[c].kind == kind]
            for kind in ("number", "text", "category")
        }
        own = [c for c in of["text"] if row[c].own]
        made.words = {c: made.cells[c][:] for c in own or of["text"]}
        if not made.words and of["category"]:
            last = of["category"].pop()
            made.words = {last: made.cells[last][:]}
        made.sections = (*self.section, *(self._title(*made.cells[c][0]) for c in of["category"]))
        for c in of["number"]:
            number = _NUMBER.fullmatch(chars, *made.cells[c][0])
            made.number = (number[1] or number[2]) if number else chars[slice(*made.cells[c][0])]
        if not made.number and made.words:
            spans = made.words[min(made.words)]
            printed = _ITEM.match(chars, *spans[0])
            if printed and printed.end() < spans[0][1]:
                made.number, made.numbers = printed[1], [(spans[0][0], printed.end())]
                spans[0] = (printed.end(), spans[0][1])
