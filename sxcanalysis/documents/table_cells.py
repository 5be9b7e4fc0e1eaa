"""What a table is: cells with their places in the text; and the lines of a text that tables are made from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

Made = Literal["word", "webpage", "pdf", "sheet", "tabs", "bars", "blanks", "lines"]
Span = tuple[int, int]

BARS = re.compile(r"[|│｜┃║]")
BLANKS = " \t\u3000\ufeff\u200b"
TITLE_LENGTH = 40


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


class Line(NamedTuple):
    """A line that is not blank, without the blanks around it; its cells where tabs or bars part it."""

    start: int
    end: int
    sort: Literal["tabs", "bars", "rule", "words"]
    cells: tuple[Span, ...]


def trimmed(text: str, start: int, end: int) -> Span:
    """Return a span without the blanks around its words; an empty one stands at its start."""
    words = text[start:end]
    bare = words.strip(BLANKS)
    first = start + len(words) - len(words.lstrip(BLANKS)) if bare else start
    return first, first + len(bare)
