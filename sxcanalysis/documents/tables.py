"""Tables as objects: cells with their places in the text, and how a table goes on on the next page.

The readers of Word, web pages, PDF and workbooks hand over the tables that their files hold; `text_tables` makes the same
objects from plain text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sxcanalysis.reference.column_heads import is_head

if TYPE_CHECKING:
    from collections.abc import Sequence

Made = Literal["word", "webpage", "pdf", "sheet", "tabs", "bars", "blanks", "lines"]

# What may stand between the two parts of a table: blanks, page numbers, 续表.
_BETWEEN = re.compile(
    r"(?:\s|\ufeff|[—－–-]+ ?\d{1,4} ?[—－–-]+|第? ?\d{1,4} ?页?|[（(]?续表?[\d一二三四五六七八九十]{0,2}[）)]?)*"
)


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


def join_pages(text: str, tables: Sequence[Table]) -> list[Table]:
    """
    Join a table with the one that goes on with it on the next page.

    It does where nothing but blanks and page numbers stands between, both have as many columns, and the second opens
    with the same head again or with none.
    """
    joined: list[Table] = []
    for table in tables:
        before = joined[-1] if joined else None
        if before is None or not _continues(text, before, table):
            joined.append(table)
            continue
        height = max((cell.row + cell.rows for cell in before.cells), default=0)
        more = (replace(cell, row=cell.row + height) for cell in table.cells)
        joined[-1] = replace(before, cells=(*before.cells, *more), end=table.end)
    return joined


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
