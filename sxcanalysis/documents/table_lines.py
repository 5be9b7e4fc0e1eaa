"""Tables of any format to lines: one line a row, cells parted by tabs, merged cells spelt out."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Copies of merged cells may not make a table much larger than it is.
_COPIES = 200_000
_MAX_COLUMNS = 200
_LATIN_END = re.compile(r"[A-Za-z]$")
_LATIN_START = re.compile(r"[A-Za-z]")
_BLANK = re.compile(r"\s+")
_NUMBERED = re.compile(r"[（(]?[\d一二三四五六七八九十]+[）)、．.]?$")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, and how many rows and columns it covers."""

    text: str
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. ``number`` counts the rows from 1; ``repeated`` marks a repeated head."""

    text: str
    number: int
    repeated: bool = False


def cell_text(parts: list[str]) -> str:
    """Put the paragraphs of a cell on one line, parted by a space."""
    return " ".join(t for t in (_BLANK.sub(" ", p).strip() for p in parts) if t)


def table_rows(rows: list[list[Cell]]) -> list[Row]:
    """Lay out a table as lines.

    A cell merged over several rows stands in each of them, so that each row can be read by itself.
    A cell merged over several columns stands in the first, the others are empty; where it fills
    the whole row, it is the line. A head that comes again (tables printed over several pages) is
    marked as repeated.
    """
    grid, own = _grid(rows)
    width = max((len(r) for r in grid), default=0)
    lines: list[Row] = []
    heads: set[str] = set()
    deeper = True  # whether the next row can still belong to the head
    for n, (cells, fresh) in enumerate(zip(grid, own, strict=True), start=1):
        if not any(fresh):
            # Every cell is a copy from above or empty: the row says nothing of its own.
            continue
        filled = [c for c in cells if c]
        whole = len(filled) == 1 and (len(rows[n - 1]) == 1 or width == 1)
        text = filled[0] if whole else "\t".join([*cells, *[""] * (width - len(cells))])
        lines.append(Row(text, n, repeated=text in heads))
        if deeper and not whole:
            if _like_head(cells):
                heads.add(text)
            # A head has a second row where its first one has a cell over several columns.
            deeper = len(heads) == 1 and any(c.columns > 1 for c in rows[n - 1])
    return lines


@dataclass(slots=True)
class LastTable:
    """Where the table before ended and what its head was, to know a table that goes on."""

    end: int = -1
    head: str = ""

    def repeats(self, lines: list[str], rows: list[Row]) -> bool:
        """Tell whether a table follows at once and opens with the same head; remember it."""
        follows = self.end >= 0 and not any(line.strip() for line in lines[self.end :])
        again = bool(rows) and follows and "\t" in rows[0].text and rows[0].text == self.head
        self.end = len(lines) + len(rows)
        self.head = rows[0].text if rows else ""
        return again


def _grid(rows: list[list[Cell]]) -> tuple[list[list[str]], list[list[bool]]]:
    """Spell out merged cells; say for each place whether its text is its own."""
    grid: list[list[str]] = []
    own: list[list[bool]] = []
    pending: dict[int, tuple[int, str]] = {}
    spare = _COPIES
    for k, row in enumerate(rows):
        cells: list[str] = []
        fresh: list[bool] = []
        left: dict[int, tuple[int, str]] = {}
        queue = iter(row)
        while True:
            column = len(cells)
            if column in pending:
                more, text = pending.pop(column)
                spare -= len(text)
                cells.append(text if spare > 0 else "")
                fresh.append(False)
                if more > 1:
                    left[column] = (more - 1, text)
                continue
            cell = next(queue, None)
            if cell is None:
                if not pending or len(cells) >= _MAX_COLUMNS or max(pending) < column:
                    break
                cells.append("")
                fresh.append(False)
                continue
            spread = max(1, min(cell.columns, _MAX_COLUMNS - column))
            for i in range(spread):
                if i and len(cells) in pending:
                    break
                if cell.rows > 1 and k + 1 < len(rows) and len(cells) < _MAX_COLUMNS:
                    left[len(cells)] = (min(cell.rows, len(rows)) - 1, "" if i else cell.text)
                cells.append("" if i else cell.text)
                fresh.append(not i and bool(cell.text))
        pending = left
        grid.append(cells)
        own.append(fresh)
    return grid, own


def _like_head(cells: list[str]) -> bool:
    """Tell whether a row can be a table's head: several short cells, none of them a number."""
    filled = [c for c in cells if c]
    return len(filled) > 1 and all(
        len(c) <= 30 and not _NUMBERED.match(c) and not c.endswith(("。", "；")) for c in filled
    )


def glue(left: str, right: str) -> str:
    """Join two halves of a wrapped text: a space between Latin letters, none between others."""
    left, right = left.rstrip(), right.lstrip()
    space = " " if _LATIN_END.search(left[-1:]) and _LATIN_START.match(right) else ""
    return left + space + right
