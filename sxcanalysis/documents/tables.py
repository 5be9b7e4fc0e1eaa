"""Tables as objects: cells with their places in the text.

The readers of Word, web pages and PDF hand over the tables that their files hold; :func:`find_tables` makes the same
objects from plain text: cells parted by tabs or bars, by aligned blanks, or standing one on each line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple
from unicodedata import east_asian_width

from sxcanalysis.reference.bodies import is_organisation, is_place
from sxcanalysis.reference.column_heads import column_group, is_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Made = Literal["word", "webpage", "pdf", "sheet", "tabs", "bars", "blanks", "lines"]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: ``text[start:end]`` are its words; an empty cell has ``start == end``.

    ``row`` and ``column`` count from 0; ``rows`` and ``columns`` say over how many of them a merged cell goes. A merged
    cell stands once, at its first row and column; where a reader spells it out in the rows below, each copy is a cell
    of one row, so that every row has words of its own.
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
    found = list(_ruled_tables(text, lines))
    starts = [table.start for table in found]

    def is_free(line: _Line) -> bool:
        at = bisect_right(starts, line.start) - 1
        return at < 0 or line.start >= found[at].end

    free = [line for line in lines if is_free(line)]
    found += _blank_tables(text, free)
    taken = (
        {line for table in found for line in range(table.start, table.end)}
        if len(found) > len(starts)
        else set()
    )
    found += _line_tables(text, [line for line in free if line.start not in taken])
    return tuple(sorted(found, key=lambda table: table.start))


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
    if len(bars) > 1 or (bars and first < bars[0] < last - 1):
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
    return len(rows) > 1 and is_head(words) and is_head(head) and words != head


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


def _with_cut_cells(text: str, rows: list[_Line], width: int) -> list[_Line]:
    """Join two lines that a line end inside a cell made of one row: together they have one cell too many."""
    joined: list[_Line] = []
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
            joined[-1] = _Line(before.start, line.end, line.sort, (*before.cells[:-1], cell, *line.cells[1:]))
        else:
            joined.append(line)
    return joined


def _shift(text: str, line: _Line, head: list[str], width: int) -> int:
    """Return how many columns a row lacks at its left: a cell merged over several rows stands in the first only."""
    first = text[slice(*line.cells[0])]
    if _NUMBER.fullmatch(first) and column_group(head[0]) == "number":
        return 0  # a row cut short keeps its first cells
    if column_group(head[0]) == "category" and _ITEM.match(first):
        return 1
    return max(0, width - len(line.cells))


# -- cells that stand one on each line ---------------------------------------------------------------------------------

_MORE = 4  # lines that a row may have beyond its columns, and numbers that may be missing
_HEAD_LINES = 12
_TAIL = re.compile(r"(?:\s*[|│｜┃║])*")  # bars behind the last cell
_TIME = re.compile(r"\d月|年底|年内|长期|持续|前$")
_BODY_GROUPS = frozenset(
    {"bodies", "whole", "lead", "responsible", "implementing", "coordinating", "supporting"}
)
_TEXT_GROUPS = frozenset({"task", "content", "goal", "category"})


def _line_tables(text: str, lines: Sequence[_Line]) -> Iterator[Table]:
    """Make a table where the heads of columns stand line by line, the number first.

    The number must be the next one; what stands between it and the next number is the row.
    """
    cells = [cell for line in lines if (cell := _bare(text, line))[0] < cell[1]]
    words = [text[start:end] for start, end in cells]
    at = 0
    while at < len(cells):
        head = _line_head(words, at)
        groups = [column_group("".join(words[i] for i in of)) for of in head]
        if (
            groups[:1] != ["number"]
            or groups.count("number") > 1
            or not _TEXT_GROUPS & set(groups)
            or len(head) < 3
        ):
            at += 1
            continue
        found = [_over(cells, of, 0, c) for c, of in enumerate(head)]
        first, at = at, head[-1][-1] + 1
        for row, (start, stop) in enumerate(_line_rows(words, at, groups), start=1):
            found += _line_cells(cells, words, range(start, stop), groups, row)
            at = stop
        if found[-1].row:
            end = _TAIL.match(text, cells[at - 1][1])
            yield Table(tuple(found), cells[first][0], end.end() if end else cells[at - 1][1], None, "lines")


def _bare(text: str, line: _Line) -> Span:
    """Return a line without the bars of a table."""
    start, end = trimmed(text, line.start, line.end)
    while start < end and _BARS.match(text, start):
        start, end = trimmed(text, start + 1, end)
    while end > start and _BARS.match(text, end - 1):
        start, end = trimmed(text, start, end - 1)
    return start, end


def _over(cells: Sequence[Span], lines: Sequence[int], row: int, column: int, columns: int = 1) -> Cell:
    return Cell(cells[lines[0]][0], cells[lines[-1]][1], row, column, 1, columns)


def _line_head(words: Sequence[str], at: int) -> list[list[int]]:
    """Return the lines of each head from *at* on; a head may stand on two lines (区政府 ⏎ 分管领导)."""
    if column_group(words[at]) != "number":
        return []
    head: list[list[int]] = []
    part: list[int] = []
    for i in range(at, min(len(words), at + _HEAD_LINES)):
        if _value(words[i]) or len(words[i]) > _TITLE_LENGTH or words[i][:1] in "（(":
            break
        group = column_group(re.sub("（.*?）$", "", "".join(words[j] for j in [*part, i])))
        if group:
            head.append([*part, i])
            part = []
        elif part or not 2 <= len(words[i]) <= 5:
            break
        else:
            part = [i]
    return head


def _value(word: str) -> int:
    """Return the number that a line is, 0 where it is none (1* is 1 with a mark)."""
    number = re.fullmatch(r"(\d{1,4})[*.、．]?", word)
    return int(number[1]) if number else 0


def _line_rows(words: Sequence[str], at: int, groups: Sequence[str]) -> Iterator[Span]:
    """Yield the first line of each row, and the line after it; a title over rows is a row of one line."""
    while at < len(words):
        value = _value(words[at])
        stop = at + len(groups) - 1
        if value:
            stop = _next_number(words, at, value + 1, len(groups))
        elif not _fits(words[at:stop], groups[1:]):  # else the numbers were lost
            if at + 1 >= len(words) or not _value(words[at + 1]) or len(words[at]) > _TITLE_LENGTH:
                return
            stop = at + 1
        yield at, stop
        at = stop


def _next_number(words: Sequence[str], at: int, value: int, columns: int) -> int:
    """Return the line of the next row's number, or where the last row ends."""
    last = min(len(words), at + columns + _MORE)
    for i in range(at + 2, last):
        if 0 <= _value(words[i]) - value <= _MORE:
            return i - (i > at + 2 and words[i - 1][:1] in "（(" and not names_bodies(words[i - 1]))
    stop = min(len(words), at + columns)
    while stop < last and (
        names_bodies(words[stop]) or (len(words[stop]) <= 12 and _TIME.search(words[stop]))
    ):
        stop += 1
    return stop


def _fits(words: Sequence[str], groups: Sequence[str]) -> bool:
    """Whether some lines are a row without its number: bodies stand where the head says so, and nowhere else."""
    return len(words) == len(groups) > 1 and all(
        names_bodies(word) == (group in _BODY_GROUPS) for word, group in zip(words, groups, strict=True)
    )


def names_bodies(words: str) -> bool:
    """Whether words read as a list of bodies and nothing else."""
    plain = re.sub(r"[（(].*?[）)]|(?:等|及).{0,6}$|(?:牵头|负责|配合|落实)(?:[，；]|$)", "", words)
    names = [name for name in re.split(r"[、，,；;\s]+", plain) if name]
    return bool(names) and all(
        len(name) <= _TITLE_LENGTH // 2
        and not re.search(r"[。\d]", name)
        and (is_organisation(name) or is_place(name))
        for name in names
    )


def _line_cells(
    cells: Sequence[Span], words: Sequence[str], lines: range, groups: Sequence[str], row: int
) -> Iterator[Cell]:
    """Give the lines of a row to the columns: by their places, or, where a cell has several lines, by their words."""
    rest = list(lines)
    if len(rest) == 1:
        yield _over(cells, rest, row, 0, len(groups))
        return
    if _value(words[rest[0]]):
        yield _over(cells, rest[:1], row, 0)
        rest = rest[1:]
    columns = list(range(1, len(groups)))
    if len(rest) != len(columns):
        columns = _columns_of([words[i] for i in rest], groups)
    for column in sorted(set(columns)):
        yield _over(cells, [i for i, c in zip(rest, columns, strict=True) if c == column], row, column)


def _columns_of(words: Sequence[str], groups: Sequence[str]) -> list[int]:
    """Return a column for each line: bodies after the first line, then times; what is before the bodies is the task."""
    bodies = [c for c, group in enumerate(groups) if group in _BODY_GROUPS]
    times = [c for c, group in enumerate(groups) if group in {"deadline", "goal"}]
    text = next((c for c, group in enumerate(groups) if group in _TEXT_GROUPS), 1)
    columns: list[int] = []
    named = 0
    for i, word in enumerate(words):
        if i and bodies and names_bodies(word):
            columns.append(bodies[min(named, len(bodies) - 1)])
            named += 1
        elif named and times and _TIME.search(word):
            columns.append(times[0])
        elif named:
            columns.append(columns[-1] if word[:1] in "（(" else len(groups) - 1)
        else:
            columns.append(text)
    return columns


# -- cells that only blanks part ---------------------------------------------------------------------------------------


def _blank_tables(text: str, lines: Sequence[_Line]) -> Iterator[Table]:
    """Make a table where a line of heads opens with the number, and blanks alone part the cells."""
    at = 0
    while at < len(lines):
        head = _parted(text, lines[at], wide=False) if lines[at].sort == "words" else []
        groups = [column_group(re.sub(r"\s", "", text[a:b])) for a, b in head]
        if (
            groups[:1] != ["number"]
            or not all(groups)
            or len(groups) < 3
            or not is_head([text[a:b] for a, b in head])
        ):
            at += 1
            continue
        rows, stop = _aligned_rows(text, lines, at, head)
        if not rows:
            rows, stop = _plain_rows(text, lines, at, groups)
        if rows:
            found = [Cell(a, b, 0, c) for c, (a, b) in enumerate(head)]
            found += [
                Cell(a, b, r, c) for r, row in enumerate(rows, start=1) for c, (a, b) in sorted(row.items())
            ]
            yield Table(tuple(found), lines[at].start, lines[stop - 1].end, None, "blanks")
        at = max(at + 1, stop)


def _parted(text: str, line: _Line, *, wide: bool) -> list[Span]:
    """Part a line at its blanks; single characters with blanks between them are one word (工 作 任 务)."""
    parts = [
        m.span()
        for m in re.compile(r"\S+(?:[ \u3000]\S+)*" if wide else r"\S+").finditer(text, line.start, line.end)
    ]
    if wide:
        return parts
    joined: list[Span] = []
    for start, end in parts:
        single = end - start == 1 and joined and not text[start].isdecimal()
        spaced = joined and re.fullmatch(r"\S(?:\s\S){0,4}", text[slice(*joined[-1])])
        if single and spaced:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _aligned_rows(
    text: str, lines: Sequence[_Line], at: int, head: list[Span]
) -> tuple[list[dict[int, Span]], int]:
    """Read the rows of a table set with blanks as on the page (``pdftotext -layout``): a column is where no line has a blank river.

    A row may go over several lines; its number may stand beside any of them.
    """
    begin = text.rfind("\n", 0, lines[at].start) + 1
    columns = [_shown(text, begin, span) for span in head]
    if any(b[0] - a[1] < 2 for a, b in pairwise(columns)):
        return [], at
    placed: list[dict[int, Span]] = []
    stop = at + 1
    while stop < len(lines) and lines[stop].sort == "words":
        begin = text.rfind("\n", 0, lines[stop].start) + 1
        row: dict[int, Span] = {}
        grown = columns[:]
        for span in _parted(text, lines[stop], wide=True):
            left, right = _shown(text, begin, span)
            c = min(range(len(grown)), key=lambda c: max(grown[c][0] - right, left - grown[c][1]))
            if c in row:
                break
            row[c] = span
            grown[c] = (min(left, grown[c][0]), max(right, grown[c][1]))
        else:
            if all(b[0] > a[1] for a, b in pairwise(grown)) and row:
                columns = grown
                placed.append(row)
                stop += 1
                continue
        break
    numbers = [i for i, row in enumerate(placed) if 0 in row and _value(text[slice(*row[0])])]
    if not numbers or (len(placed) < 2 and len(head) > len(placed[0])):
        return [], at
    return _numbered_first(text, placed, numbers), stop


def _shown(text: str, begin: int, span: Span) -> Span:
    """Return where on its line a word is shown: a Chinese character is two columns wide."""
    left = sum(1 + (east_asian_width(char) in "WF") for char in text[begin : span[0]])
    return left, left + sum(1 + (east_asian_width(char) in "WF") for char in text[slice(*span)])


def _numbered_first(text: str, placed: list[dict[int, Span]], numbers: list[int]) -> list[dict[int, Span]]:
    """Give the number of a row to its first line."""
    firsts = [0]
    for before, after in pairwise(numbers):
        between = range(before + 1, after + 1)
        ended = [i for i in between if max(placed[i - 1].items())[1] and _ends(text, placed[i - 1])]
        middle = (before + after + 1) / 2
        centred = numbers[0] > 0
        firsts.append(min(ended or between, key=lambda i: abs(i - middle)) if centred else after)
    for first, number in zip(firsts, numbers, strict=True):
        placed[first][0] = placed[number].pop(0)
    return placed


def _ends(text: str, row: dict[int, Span]) -> bool:
    """Whether the words of a line end a sentence."""
    return any(text[end - 1] in "。；" for c, (_, end) in row.items() if c)


def _plain_rows(
    text: str, lines: Sequence[_Line], at: int, groups: Sequence[str]
) -> tuple[list[dict[int, Span]], int]:
    """Read rows whose cells one blank parts: the number first, lists of bodies last, the task between."""
    roles = [c for c, group in enumerate(groups) if group in _BODY_GROUPS]
    if not roles or roles != list(range(len(groups) - len(roles), len(groups))):
        return [], at
    task = next(
        c for c, group in enumerate(groups) if group in _TEXT_GROUPS or (c == 1 and group != "number")
    )
    rows: list[dict[int, Span]] = []
    stop = at + 1
    for line in lines[at + 1 :]:
        cells = _parted(text, line, wide=False) if line.sort == "words" else []
        bodies = cells[-len(roles) :]
        if len(cells) < 2 + len(roles) or not _value(text[slice(*cells[0])]):
            break
        if not all(names_bodies(text[a:b]) for a, b in bodies):
            break
        rows.append(
            {
                0: cells[0],
                task: (cells[1][0], cells[-len(roles) - 1][1]),
                **dict(zip(roles, bodies, strict=True)),
            }
        )
        stop += 1
    return rows, stop


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
