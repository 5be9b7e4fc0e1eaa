"""Tables in plain text: cells that tabs or bars part, and cells that blanks part; `cell_lines` has those that stand one on each line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from itertools import accumulate, pairwise, takewhile
from typing import TYPE_CHECKING, Literal, NamedTuple
from unicodedata import east_asian_width

from sxcanalysis.documents.cell_lines import (
    BODY_GROUPS,
    TEXT_GROUPS,
    TITLE_LENGTH,
    number_of,
    tables_of_lines,
)
from sxcanalysis.documents.tables import Cell, Table
from sxcanalysis.reference.bodies import names_bodies
from sxcanalysis.reference.column_heads import column_group, is_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Span = tuple[int, int]

_BARS = re.compile(r"[|│｜┃║]")
_BLANKS = " \t\u3000\ufeff\u200b"


class _Line(NamedTuple):
    """A line that is not blank, without the blanks around it; its cells where tabs or bars part it."""

    start: int
    end: int
    sort: Literal["tabs", "bars", "rule", "words"]
    cells: tuple[Span, ...]


def find_tables(text: str) -> tuple[Table, ...]:
    r"""
    Find the tables in a plain text.

    Examples
    --------
    >>> [table] = find_tables("序号\t任务\t责任单位\n1\t建设甲\t省科技厅\n")
    >>> [("序号\t任务\t责任单位\n1\t建设甲\t省科技厅\n"[c.start : c.end], c.row, c.column) for c in table.cells][-1]
    ('省科技厅', 1, 2)
    """
    lines = [_line(text, *match.span()) for match in _LINE.finditer(text) if match[0].strip()]
    lines = _with_commas(text, _with_cut_rows(text, lines))
    found: list[Table] = []
    for make in (_ruled_tables, _blank_tables, _line_tables):
        made = list(make(text, lines))
        found += made
        lines = _outside(lines, made)
    return tuple(sorted(found, key=lambda table: table.start))


def _outside(lines: list[_Line], tables: list[Table]) -> list[_Line]:
    """Return the lines that belong to none of some tables, which come in the order of the text."""
    starts = [table.start for table in tables]
    return [
        line
        for line in lines
        if not (at := bisect_right(starts, line.start)) or line.start >= tables[at - 1].end
    ]


# -- cells that tabs or bars part --------------------------------------------------------------------------------------

_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")
_RULE = re.compile(r"(?=.*(?:[\u2500-\u257f+=—－-]{2}|:-|-:))[\s|│┃║\u2500-\u257f+=:：—－-]+")
_NUMBER = re.compile(r"[（(]?\d{1,4}[）)*.、．]?")
_ITEM = re.compile(r"\d{1,4}[.、．](?!\d)")
_ANNEX = re.compile(r"附\s*[件表录]\s*[\d一二三四五六七八九十]{0,3}\s*[:：]?$")
_COMMAS = re.compile(r'(?:^|(?<=,)|(?<=\n))("[^"\n]*"|[^,"\n]*)(?=,|$|\n)', re.MULTILINE)
_LONGEST_ROW = 1500
_CUT_LINES = 8


def _trimmed(text: str, start: int, end: int, signs: str = _BLANKS) -> Span:
    """Return a span without the blanks (or bars) around its words; an empty one stands at its start."""
    words = text[start:end]
    bare = words.strip(signs)
    first = start + words.index(bare) if bare else start
    return first, first + len(bare)


def _line(text: str, start: int, end: int) -> _Line:
    first, last = _trimmed(text, start, end)
    if _RULE.fullmatch(text, first, last):
        return _Line(first, last, "rule", ())
    bars = [match.start() for match in _BARS.finditer(text, first, last)]
    if len(bars) > 1 or (bars and first < bars[0] < last - 1):
        before = [] if bars[0] == first else [first - 1]
        after = [] if bars[-1] == last - 1 else [last]
        return _Line(first, last, "bars", _between(text, [*before, *bars, *after]))
    if "\t" in text[start:end]:
        tabs = [i for i in range(start, end) if text[i] == "\t"]
        cells = _between(text, [start - 1, *tabs, end])
        if sum(a < b for a, b in cells) > 1 or len(cells) > 2:
            return _Line(first, last, "tabs", cells)
    return _Line(first, last, "words", ((first, last),))


def _between(text: str, bounds: Sequence[int]) -> tuple[Span, ...]:
    return tuple(_trimmed(text, a + 1, b) for a, b in pairwise(bounds))


def _with_cut_rows(text: str, lines: list[_Line]) -> list[_Line]:
    """Join the lines of a row that the margin cut, in a text whose rows end with a bar."""
    closed = [_BARS.match(text, line.end - 1) is not None for line in lines]
    # An empty last cell (第一章 |||) does not say that every row is closed.
    rows = (line for line, end in zip(lines, closed, strict=True) if line.sort == "bars" and end)
    if sum(line.cells[-1][0] < line.cells[-1][1] for line in rows) < 2:
        return lines
    joined: list[_Line] = []
    i = 0
    while i < len(lines):
        line, whole = lines[i], closed[i]
        i += 1
        if not whole and line.sort in {"bars", "words"} and _BARS.search(text, line.start, line.end):
            last = next((j for j in range(i, min(len(lines), i + _CUT_LINES)) if closed[j]), None)
            if last is not None and lines[last].end - line.start <= _LONGEST_ROW:
                line = _line(text, line.start, lines[last].end)
                i = last + 1
        joined.append(line)
    return joined


_SAID = re.compile(r"[.。:：;；!！?？]")  # a sentence with commas is no head


def _with_commas(text: str, lines: list[_Line]) -> list[_Line]:
    """Part lines at commas below a head that is parted so, as long as they have as many cells."""
    parted = lines[:]
    cells = [_at_commas(text, line) for line in lines]
    width = 0
    for i, (line, found) in enumerate(zip(lines, cells, strict=True)):
        if not width and i + 1 < len(lines) and 2 < len(found) == len(cells[i + 1]):
            named = not _SAID.search(text, line.start, line.end) and is_head([text[a:b] for a, b in found])
            width = len(found) if named else 0
        if not found or len(found) != width:
            width = 0
            continue
        quoted = [(a + 1, b - 1) if text[a:b].startswith('"') and b - a > 1 else (a, b) for a, b in found]
        parted[i] = _Line(line.start, line.end, "tabs", tuple(_trimmed(text, a, b) for a, b in quoted))
    return parted


def _at_commas(text: str, line: _Line) -> list[Span]:
    """Part a whole line at its commas, a quoted cell kept; none where something else parts it."""
    if line.sort != "words":
        return []
    found = [m.span(1) for m in _COMMAS.finditer(text, line.start, line.end)]
    whole = found and found[-1][1] == line.end
    return found if whole and sum(b - a for a, b in found) + len(found) - 1 == line.end - line.start else []


def _ruled_tables(text: str, lines: list[_Line]) -> Iterator[Table]:
    """Make a table of every run of lines with tabs, or with bars; a line of one cell inside it is a title across it."""
    run: list[_Line] = []
    rows: list[_Line] = []  # those of the run that have several cells
    for line, after in pairwise([*lines, _Line(0, 0, "words", ())]):
        ruled = line.sort in {"tabs", "bars"} and not _names_facts(text, line)
        other = ruled and rows and (line.sort != rows[-1].sort or _opens_another(text, rows, line))
        while other and run[-1].sort == "words":  # titles of the table that begins
            run.pop()
        inside = ruled or line.sort == "rule" or (rows and _is_title(text, line, rows[-1], after))
        if other or not inside:
            yield from _table(text, run)
            run, rows = [], []
        if ruled or run:
            run.append(line)
            rows += [line] if len(line.cells) > 1 else []
    yield from _table(text, run)


def _names_facts(text: str, line: _Line) -> bool:
    """Whether a row says something of the document, label by label (索引号：| 1137 | 成文日期：| 2022-10-08)."""
    return len(line.cells) > 3 and all(re.search("[:：]$", text[a:b]) for a, b in line.cells[:4:2])


def _opens_another(text: str, rows: list[_Line], line: _Line) -> bool:
    """Whether a row is the head of another table: it names columns, and others than the head of this one."""
    head, words = ([text[a:b] for a, b in row.cells] for row in (rows[0], line))
    return len(rows) > 1 and is_head(words) and is_head(head) and words != head


def _is_title(text: str, line: _Line, row: _Line, after: _Line) -> bool:
    """Whether a line of one cell stands inside a table, which goes on below it with as many cells."""
    words = text[line.start : line.end]
    title = len(words) <= TITLE_LENGTH and not re.search("[。；，：]", words) and not _ANNEX.match(words)
    return title and len(after.cells) == len(row.cells) and after.sort == row.sort


def _table(text: str, run: list[_Line]) -> Iterator[Table]:
    full = [line for line in run if len(line.cells) > 1]
    if len(full) < 2:
        return
    head = [text[a:b] for a, b in full[0].cells]
    common = Counter(len(line.cells) for line in full).most_common(1)[0][0]
    width = len(head) if is_head(head) else common
    cells: list[Cell] = []
    for n, line in enumerate(_with_cut_cells(text, run, width)):
        if line.sort == "words":
            cells.append(Cell(line.start, line.end, n, 0, 1, width))
            continue
        shift = _shift(text, line, head, width)
        places = ((a, b, i + shift) for i, (a, b) in enumerate(line.cells))
        cells += [Cell(a, b, n, column) for a, b, column in places if column < width or a < b]
    yield Table(tuple(cells), run[0].start, run[-1].end, None, "bars" if full[0].sort == "bars" else "tabs")


def _with_cut_cells(text: str, run: list[_Line], width: int) -> list[_Line]:
    """Join two lines that a line end inside a cell made of one row: together they have one cell too many."""
    joined: list[_Line] = []
    for line in run:
        before = joined[-1].cells if joined else ()
        whole = 1 < len(before) < width and len(before) + len(line.cells) == width + 1
        if whole and not _NUMBER.fullmatch(text, *line.cells[0]):
            cells = (*before[:-1], (before[-1][0], line.cells[0][1]), *line.cells[1:])
            joined[-1] = _Line(joined[-1].start, line.end, line.sort, cells)
        elif line.cells:
            joined.append(line)
    return joined


def _shift(text: str, line: _Line, head: list[str], width: int) -> int:
    """Return how many columns a row lacks at its left: a cell merged over several rows stands in the first only."""
    first = text[slice(*line.cells[0])]
    alone = sum(a < b for a, b in line.cells) == 1
    if alone or (_NUMBER.fullmatch(first) and column_group(head[0]) == "number"):
        return 0  # a title, or a row cut short, keeps its first cells
    if column_group(head[0]) == "category" and _ITEM.match(first):
        return 1
    return max(0, width - len(line.cells))


# -- cells that only blanks part ---------------------------------------------------------------------------------------

_Row = dict[int, Span]  # where the cells of a row stand: by column
_APART = re.compile(r"\S+(?:[ \u3000]\S+)*")  # no two blanks inside
_DRIFT = 3  # places by which a cell may stand beside the one above it


def _blank_tables(text: str, lines: list[_Line]) -> Iterator[Table]:
    """Make a table where blanks alone part the cells: of lines that stand below each other, or below heads that open with the number."""
    stop = 0
    for at, line in enumerate(lines):
        if at < stop or line.sort != "words":
            continue
        head = [m.span() for m in _APART.finditer(text, line.start, line.end)]
        words = [re.sub(r"\s", "", text[a:b]) for a, b in head]
        # Some programs count a Chinese character as two places, others as one.
        tries = (
            _aligned_rows(text, line, _below(lines, at), head, wide, named=is_head(words)) for wide in (2, 1)
        )
        rows = max(tries, key=len) if len(head) > 2 or is_head(words) else []
        first = text[line.start : line.end].split(maxsplit=1)[:1]
        if not rows and first and column_group(first[0]) == "number":
            head = _parted(text, line)
            groups = [column_group(text[a:b]) for a, b in head]
            rows = _plain_rows(text, _below(lines, at), groups) if len(groups) > 2 and all(groups) else []
        if rows:
            stop = at + len(rows) + 1
            cells = (
                Cell(a, b, r, c)
                for r, row in enumerate([dict(enumerate(head)), *rows])
                for c, (a, b) in sorted(row.items())
            )
            yield Table(tuple(cells), line.start, lines[stop - 1].end, None, "blanks")


def _below(lines: list[_Line], at: int) -> Iterator[_Line]:
    for k in range(at + 1, len(lines)):
        if lines[k].sort != "words":
            return
        yield lines[k]


def _parted(text: str, line: _Line) -> list[Span]:
    """Part a line at its blanks; single characters with blanks between them are one word (工 作 任 务)."""
    joined: list[Span] = []
    for match in re.finditer(r"\S+", text[line.start : line.end]):
        start, end = match.start() + line.start, match.end() + line.start
        single = end - start == 1 and not text[start].isdecimal()
        if single and joined and re.fullmatch(r"\S(?:\s\S){0,4}", text[slice(*joined[-1])]):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _aligned_rows(
    text: str, line: _Line, below: Iterator[_Line], head: list[Span], wide: int, *, named: bool
) -> list[_Row]:
    """Read the rows of a table set with blanks as on the page (``pdftotext -layout``).

    A cell stands at the left, the right or the middle of the one above it, or of its head; the columns may move from page
    to page. A row may go over several lines; its number may stand beside any of them. Below a head that names no columns
    three lines must be as full.
    """
    columns = _shown(text, line, head, wide)
    heads = columns[:]
    placed: list[_Row] = []
    for other in below:
        words = [m.span() for m in _APART.finditer(text, other.start, other.end)]
        row: _Row = {}
        for span, (left, right) in zip(words, _shown(text, other, words, wide), strict=True):
            off = [
                min(
                    abs(left - x),
                    abs(right - y),
                    abs(left + right - x - y) / 2,
                    max(a - right, left - b, 0) + 2,
                )
                for (x, y), (a, b) in zip(columns, heads, strict=True)
            ]
            c = min(range(len(off)), key=off.__getitem__)
            following = columns[c + 1][0] if c + 1 < len(columns) else right + 1
            if off[c] > _DRIFT or c <= max(row, default=-1) or right > following + _DRIFT:
                break
            row[c] = span
            columns[c] = (left, right)
        if len(row) < len(words) or (not named and len(placed) < 2 and len(row) < len(head)):
            break
        placed.append(row)
    numbers = [i for i, row in enumerate(placed) if 0 in row and number_of(text[slice(*row[0])])]
    if numbers and (named or column_group(text[slice(*head[0])]) == "number"):
        _number_first_lines(text, placed, numbers)
        return placed
    full = sum(len(row) == len(head) for row in placed)
    return placed if full > 1 and (named or full > 2) else []


def _shown(text: str, line: _Line, spans: list[Span], wide: int) -> list[Span]:
    """Return where on its line each word is shown: a Chinese character is so many columns wide."""
    begin = max(text.rfind(sign, 0, line.start) for sign in "\n\f") + 1
    widths = (wide if east_asian_width(char) in "WF" else 1 for char in text[begin : line.end])
    at = [0, *accumulate(widths)]
    return [(at[start - begin], at[end - begin]) for start, end in spans]


def _number_first_lines(text: str, placed: list[_Row], numbers: list[int]) -> None:
    """Give the number of a row to its first line."""
    heads = (is_head([text[a:b] for a, b in row.values()]) for row in placed[: numbers[0]])
    firsts = [len(list(takewhile(bool, heads)))]  # below the second line of the head
    for before, after in pairwise(numbers):
        between = range(before + 1, after + 1)
        if numbers[0] == firsts[0]:
            firsts.append(after)
            continue
        # Numbers centred beside their rows: a row begins behind a sentence's end, else half-way.
        ended = [
            i for i in between if any(text[end - 1] in "。；" for c, (_, end) in placed[i - 1].items() if c)
        ]
        firsts.append(min(ended or between, key=lambda i: abs(2 * i - before - after - 1)))
    for first, number in zip(firsts, numbers, strict=True):
        placed[first][0] = placed[number].pop(0)


def _plain_rows(text: str, below: Iterator[_Line], groups: Sequence[str]) -> list[_Row]:
    """Read rows whose cells one blank parts: the number first, bodies and times last, the task between."""
    task = next((c for c, group in enumerate(groups) if group in TEXT_GROUPS), 1)
    tail = range(task + 1, len(groups))
    roles = [c for c in tail if groups[c] in BODY_GROUPS]
    rows: list[_Row] = []
    for line in below if roles and task == 1 else ():
        cells = _parted(text, line)
        last = dict(zip(tail, cells[-len(tail) :], strict=False))
        full = len(cells) >= 2 + len(tail) and number_of(text[slice(*cells[0])])
        if not full or not all(names_bodies(text[slice(*last[c])]) for c in roles):
            break
        rows.append({0: cells[0], task: (cells[1][0], cells[-len(tail) - 1][1]), **last})
    return rows


def _line_tables(text: str, lines: list[_Line]) -> Iterator[Table]:
    bare = (_trimmed(text, line.start, line.end, _BLANKS + "|│｜┃║") for line in lines)
    yield from tables_of_lines(text, [(start, end) for start, end in bare if start < end])
