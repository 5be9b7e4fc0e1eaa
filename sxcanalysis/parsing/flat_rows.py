"""Tables that lost their columns: each cell on a line of its own (序号 ⏎ 任务 ⏎ 责任单位 ⏎ 1 ⏎ …)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sxcanalysis.parsing.attribution import is_bare_list
from sxcanalysis.parsing.table_rows import Row, column_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sxcanalysis.text.normal_form import Shadow

_Span = tuple[int, int]
_MORE = 4  # lines that a row may have beyond its columns, and numbers that may be missing
_TITLE = 40
_DEADLINE = re.compile(r"\d月|年底|年内|长期|持续|前$")


def find_flat_rows(shadow: Shadow, lines: Sequence[_Span]) -> list[Row]:
    """Read the rows of every table whose header stands line by line, the number first.

    The number must be the next one; what stands between it and the next number is the row.
    """
    lines = _with_bars(shadow, lines)
    cells = [_bare(shadow, line) for line in lines]
    words = [shadow.chars[start:end] for start, end in cells]
    rows: list[Row] = []
    at = 0
    while at < len(lines):
        columns, length = _header(words, at)
        if not columns:
            at += 1
            continue
        rows += [Row(lines[i][0], lines[i][1], other=[lines[i]]) for i in range(at, at + length)]
        at += length
        section: list[_Span] = []
        while at < len(lines):
            value = _value(words[at])
            stop = at + len(columns) - 1
            if not value and _fits(words[at:stop], columns[1:]):  # the numbers were lost
                rows.append(_row(shadow, lines[at:stop], cells[at:stop], columns, section))
                at = stop
                continue
            if not value:
                if at + 1 >= len(lines) or not _value(words[at + 1]) or len(words[at]) > _TITLE:
                    break
                section = [cells[at]]
                rows.append(Row(lines[at][0], lines[at][1], other=[lines[at]]))
                at += 1
                continue
            stop = _next_number(words, at, value + 1, len(columns))
            rows.append(_row(shadow, lines[at:stop], cells[at:stop], columns, section))
            at = stop
    return rows


def _with_bars(shadow: Shadow, lines: Sequence[_Span]) -> list[_Span]:
    """Join each line that is only a bar to the cell before it."""
    joined: list[_Span] = []
    for start, end in lines:
        if joined and joined[-1][1] == start and not shadow.chars[start:end].strip("|"):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _bare(shadow: Shadow, line: _Span) -> _Span:
    """Return a line without the bars of a table."""
    start, end = line
    while start < end and shadow.chars[start] == "|":
        start += 1
    while end > start and shadow.chars[end - 1] == "|":
        end -= 1
    return start, end


def _value(word: str) -> int:
    """Return the number that a line is, 0 where it is none (1* is 1 with a mark)."""
    number = re.fullmatch(r"(\d{1,3})[*.、]?", word)
    return int(number[1]) if number else 0


def _header(words: list[str], at: int) -> tuple[list[tuple[str, str]], int]:
    """Return the columns that the lines from *at* on name, or none where they name no table."""
    columns: list[tuple[str, str]] = []
    length = 0
    part = ""  # of a cell that stands on two lines
    for name in words[at : at + 12]:
        column = column_of(re.sub("（.*?）$", "", part + name)) if name and len(name) <= _TITLE else None
        if name[:1] == "（" or (column is None and (part or not 2 <= len(name) <= 5 or not columns)):
            break
        part = name if column is None else ""
        length += 1
        if column:
            columns.append(column)
    length -= bool(part)
    kinds = [kind for kind, _ in columns]
    complete = kinds[:1] == ["number"] and "role" in kinds and ("text" in kinds or "heading" in kinds)
    return (columns, length) if complete and kinds.count("number") == 1 else ([], 0)


def _next_number(words: list[str], at: int, value: int, columns: int) -> int:
    """Return the line of the next row's number, or where the last row ends."""
    last = min(len(words), at + columns + _MORE)
    for i in range(at + 2, last):
        if 0 <= _value(words[i]) - value <= _MORE:
            return i - (i > at + 2 and words[i - 1][:1] == "（" and not is_bare_list(words[i - 1]))
    stop = min(len(words), at + columns)
    while stop < last and (is_bare_list(words[stop], stated=True) or _DEADLINE.search(words[stop])):
        stop += 1
    return stop


def _fits(words: list[str], columns: list[tuple[str, str]]) -> bool:
    """Whether some lines are a row without its number: bodies stand where the header says so, and nowhere else."""
    if len(words) < len(columns):
        return False
    return all(
        is_bare_list(word, stated=True) == (kind == "role")
        for word, (kind, _) in zip(words, columns, strict=True)
    )


def _may_name_bodies(word: str) -> bool:
    listed = len(word) <= _TITLE or word.count("、") > 1
    return listed and "。" not in word and not _DEADLINE.search(word)


def _row(
    shadow: Shadow,
    lines: Sequence[_Span],
    cells: list[_Span],
    columns: list[tuple[str, str]],
    section: list[_Span],
) -> Row:
    row = Row(lines[0][0], lines[-1][1])
    rest = cells
    value = _value(shadow.chars[slice(*cells[0])])
    if value:
        number, *rest = cells
        row.number, row.number_cells = str(value), [number]
    row.cells = [(lines[0][0], lines[-1][1])]
    row.headings = list(section)
    roles = [name for kind, name in columns if kind == "role"]
    if len(rest) == len(columns) - 1:
        named = zip(rest, columns[1:], strict=True)
        row.bodies = [(*cell, name) for cell, (kind, name) in named if kind == "role" and cell[0] < cell[1]]
        texts = [
            cell for cell, (kind, _) in zip(rest, columns[1:], strict=True) if kind in {"text", "heading"}
        ]
    else:  # a cell of several lines: the bodies are told from the rest by their names
        words = [shadow.chars[slice(*cell)] for cell in rest]
        first = next((i for i, word in enumerate(words) if i and is_bare_list(word, stated=True)), len(rest))
        bodies = [i for i in range(first, len(rest)) if _may_name_bodies(words[i])]
        row.bodies = [(*rest[i], roles[min(n, len(roles) - 1)]) for n, i in enumerate(bodies)]
        texts = rest[: bodies[0]] if bodies else rest
    row.text = (texts[0][0], texts[-1][1]) if texts else None
    return row
