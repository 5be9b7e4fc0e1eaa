"""Tables whose cells are parted by blanks alone (序号 工作任务 责任单位 ⏎ 1 新建学校2所 市教育局)."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sxcanalysis.parsing.attribution import is_bare_list
from sxcanalysis.parsing.table_rows import Row, column_of
from sxcanalysis.text.normal_form import SPACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sxcanalysis.text.normal_form import Shadow

_Span = tuple[int, int]
_NUMBER = re.compile(r"\d{1,3}")


def find_blank_rows(shadow: Shadow, lines: Sequence[_Span]) -> list[Row]:
    """Read the rows of every table whose header opens with the number and ends with columns of bodies.

    A row opens with its number, and lists of bodies and nothing else stand where the header says so; what is between is
    the task. A line that does not fit is left to the rest of the grammar.
    """
    rows: list[Row] = []
    roles: list[str] = []
    for start, end in lines:
        cells = _cells(shadow, start, end)
        header = _header([shadow.chars[slice(*cell)] for cell in cells])
        if header:
            roles = header
            rows.append(Row(start, end, other=[(start, end)]))
            continue
        bodies = cells[-len(roles) :] if roles else []
        if len(cells) < 2 + len(roles) or not bodies or not _NUMBER.fullmatch(shadow.chars, *cells[0]):
            continue
        if all(is_bare_list(shadow.chars[slice(*cell)]) for cell in bodies):
            number, *text = cells[: -len(roles)]
            row = Row(start, end, number=shadow.chars[slice(*number)], number_cells=[number])
            row.text, row.cells = (text[0][0], text[-1][1]), [(start, end)]
            row.bodies = [(*cell, role) for cell, role in zip(bodies, roles, strict=True)]
            rows.append(row)
    return rows if any(row.text for row in rows) else []


def _cells(shadow: Shadow, start: int, end: int) -> list[_Span]:
    """Part a line at its blanks; single characters with blanks between them are one word (工 作 任 务)."""
    cuts = (np.flatnonzero(shadow.gap[start + 1 : end] == SPACE) + start + 1).tolist()
    cells: list[_Span] = []
    for first, last in pairwise([start, *cuts, end]):
        single = last - first == 1 and cells and not shadow.chars[first].isdecimal()
        if single and cells[-1][1] - cells[-1][0] < 5 and _spaced(shadow, *cells[-1]):
            cells[-1] = (cells[-1][0], last)
        else:
            cells.append((first, last))
    return cells


def _spaced(shadow: Shadow, start: int, end: int) -> bool:
    return all(gap == SPACE for gap in shadow.gap[start + 1 : end].tolist())


def _header(words: list[str]) -> list[str]:
    """Return the names of the columns of bodies, none where the words are no header."""
    columns = [column_of(word) for word in words if len(word) <= 14]
    kinds = [column[0] for column in columns if column]
    if len(kinds) != len(words) or kinds[:1] != ["number"] or kinds.count("number") > 1:
        return []
    names = [column[1] for column in columns if column and column[0] == "role"]
    tail = kinds[-len(names) :] if names else []
    return names if names and set(tail) == {"role"} and {"text", "heading"} & set(kinds) else []
