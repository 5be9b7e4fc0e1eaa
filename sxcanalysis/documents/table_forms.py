"""Tables in a text without tabs or bars: cells that stand one on each line, and cells that only blanks part."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from sxcanalysis.documents.table_cells import BARS, TITLE_LENGTH, Cell, Line, Span, Table, trimmed
from sxcanalysis.reference.bodies import is_organisation, is_place
from sxcanalysis.reference.column_heads import column_group, is_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# -- cells that stand one on each line ---------------------------------------------------------------------------------

_MORE = 4  # lines that a row may have beyond its columns, and numbers that may be missing
_HEAD_LINES = 12
_TAIL = re.compile(r"(?:\s*[|│｜┃║])*")  # bars behind the last cell
_TIME = re.compile(r"\d月|年底|年内|长期|持续|前$")
_BODY_GROUPS = frozenset(
    {"bodies", "whole", "lead", "responsible", "implementing", "coordinating", "supporting"}
)
_TEXT_GROUPS = frozenset({"task", "content", "goal", "category"})


def line_tables(text: str, lines: Sequence[Line]) -> Iterator[Table]:
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


def _bare(text: str, line: Line) -> Span:
    """Return a line without the bars of a table."""
    start, end = trimmed(text, line.start, line.end)
    while start < end and BARS.match(text, start):
        start, end = trimmed(text, start + 1, end)
    while end > start and BARS.match(text, end - 1):
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
        if _value(words[i]) or len(words[i]) > TITLE_LENGTH or words[i][:1] in "（(":
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
            if at + 1 >= len(words) or not _value(words[at + 1]) or len(words[at]) > TITLE_LENGTH:
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
        len(name) <= TITLE_LENGTH // 2
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


def blank_tables(text: str, lines: Sequence[Line]) -> Iterator[Table]:
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


def _parted(text: str, line: Line, *, wide: bool) -> list[Span]:
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
    text: str, lines: Sequence[Line], at: int, head: list[Span]
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
    text: str, lines: Sequence[Line], at: int, groups: Sequence[str]
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
