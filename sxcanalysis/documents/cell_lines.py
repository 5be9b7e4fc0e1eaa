"""Tables in plain text whose cells stand one on each line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sxcanalysis.documents.tables import Cell, Table
from sxcanalysis.reference.bodies import names_bodies
from sxcanalysis.reference.column_heads import column_group

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TITLE_LENGTH = 40
BODY_GROUPS = {"bodies", "whole", "lead", "responsible", "implementing", "coordinating", "supporting"}
TEXT_GROUPS = {"task", "content", "goal", "category"}
_MORE = 4  # lines that a row may have beyond its columns, and numbers that may be missing
_HEAD_LINES = 12
_TAIL = re.compile(r"(?:\s*[|│｜┃║])*")  # bars behind the last cell
_TIME = re.compile(r"\d月|年底|年内|长期|持续|前$")


def tables_of_lines(text: str, cells: Sequence[tuple[int, int]]) -> Iterator[Table]:
    """Make a table where the heads of columns stand line by line, the number first.

    *cells* are the lines by their places in the text. The number must be the next one; what stands between it and the next
    number is the row.
    """
    words = [text[start:end] for start, end in cells]
    at = 0
    while at < len(cells):
        first, head = at, _line_head(words, at)
        at += 1
        groups = [column_group("".join(words[i] for i in of)) for of in head]
        if len(head) < 3 or groups.count("number") > 1 or not TEXT_GROUPS & set(groups):
            continue
        rows = list(_line_rows(words, head[-1][-1] + 1, groups))
        if rows:
            at = rows[-1].stop
            parts = [(0, c, 1, of) for c, of in enumerate(head)]
            for n, row in enumerate(rows, start=1):
                parts += [(n, *part) for part in _line_cells(words, row, groups)]
            found = (
                Cell(cells[of[0]][0], cells[of[-1]][1], n, column, 1, columns)
                for n, column, columns, of in parts
            )
            end = _TAIL.match(text, cells[at - 1][1])
            yield Table(tuple(found), cells[first][0], end.end() if end else cells[at - 1][1], None, "lines")


def _line_head(words: Sequence[str], at: int) -> list[list[int]]:
    """Return the lines of each head from *at* on; a head may stand on two lines (区政府 ⏎ 分管领导)."""
    if column_group(words[at]) != "number":
        return []
    head: list[list[int]] = []
    part: list[int] = []
    for i in range(at, min(len(words), at + _HEAD_LINES)):
        if number_of(words[i]) or len(words[i]) > TITLE_LENGTH or words[i][:1] in "（(":
            break
        part.append(i)
        if column_group(re.sub("（.*?）$", "", "".join(words[j] for j in part))):
            head.append(part)
            part = []
        elif len(part) > 1 or not 2 <= len(words[i]) <= 5:
            break
    return head


def number_of(word: str) -> int:
    """Return the number that a line is, 0 where it is none (1* is 1 with a mark)."""
    number = re.fullmatch(r"(\d{1,4})[*.、．]?", word)
    return int(number[1]) if number else 0


def _line_rows(words: Sequence[str], at: int, groups: Sequence[str]) -> Iterator[range]:
    """Yield the lines of each row; a title over rows is a row of one line."""
    while at < len(words):
        value = number_of(words[at])
        stop = at + len(groups) - 1
        if value:
            stop = _next_number(words, at, value + 1, len(groups))
        elif not _fits(words[at:stop], groups[1:]):  # else the numbers were lost
            if at + 1 >= len(words) or not number_of(words[at + 1]) or len(words[at]) > TITLE_LENGTH:
                return
            stop = at + 1
        yield range(at, stop)
        at = stop


def _next_number(words: Sequence[str], at: int, value: int, columns: int) -> int:
    """Return the line of the next row's number, or where the last row ends."""
    last = min(len(words), at + columns + _MORE)
    for i in range(at + 2, last):
        if 0 <= number_of(words[i]) - value <= _MORE:
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
        names_bodies(word) == (group in BODY_GROUPS) for word, group in zip(words, groups, strict=True)
    )


def _line_cells(
    words: Sequence[str], row: range, groups: Sequence[str]
) -> Iterator[tuple[int, int, list[int]]]:
    """Give the lines of a row to the columns: by their places, or, where a cell has several lines, by their words."""
    rest = list(row)
    if len(rest) == 1:
        yield 0, len(groups), rest
        return
    if number_of(words[rest[0]]):
        yield 0, 1, [rest.pop(0)]
    columns = list(range(1, len(groups)))
    if len(rest) != len(columns):
        columns = _columns_of([words[i] for i in rest], groups)
    for column in sorted(set(columns)):
        yield column, 1, [i for i, c in zip(rest, columns, strict=True) if c == column]


def _columns_of(words: Sequence[str], groups: Sequence[str]) -> list[int]:
    """Return a column for each line: bodies after the first line, then times; what is before the bodies is the task."""
    bodies = [c for c, group in enumerate(groups) if group in BODY_GROUPS]
    times = [c for c, group in enumerate(groups) if group in {"deadline", "goal"}]
    text = next((c for c, group in enumerate(groups) if group in TEXT_GROUPS), 1)
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
