"""Cells of any reader to lines: one line a row, cells parted by tabs, merged cells spelt out, places kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sxcanalysis.reference.column_heads import is_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sxcanalysis.documents.lines import Lines, Place
    from sxcanalysis.documents.tables import Made

# Copies of merged cells may not make a table much larger than it is.
_COPIES = 200_000
MAX_COLUMNS = 200
_LATIN_END = re.compile(r"[A-Za-z]$")
_LATIN_START = re.compile(r"[A-Za-z]")
_BLANK = re.compile(r"\s+")
_NUMBERED = re.compile(r"[（(]?[\d一二三四五六七八九十]+[）)、．.]?$")


class Box(NamedTuple):
    """One cell as a reader finds it: its text, and how many rows and columns it covers."""

    text: str
    rows: int = 1
    columns: int = 1


class Spot(NamedTuple):
    """Where a cell stands: a stretch of a line, and its place in the table, all from 0.

    A cell merged over several rows is spelt out in each; the first spot says how many there are.
    """

    line: int
    start: int
    end: int
    row: int
    column: int
    rows: int
    columns: int


class Grid(NamedTuple):
    """A table in the lines of a document: what it was made from, and its cells."""

    made_from: Made
    head: str
    spots: list[Spot]


def cell_text(parts: Sequence[str]) -> str:
    """Put the paragraphs of a cell on one line, parted by a space."""
    return " ".join(t for t in (_BLANK.sub(" ", p).strip() for p in parts) if t)


def write_table(rows: list[list[Box]], places: Sequence[Place], out: Lines, made_from: Made) -> None:
    """Add a table to the lines of a document.

    A cell merged over several rows stands in each of them, so that each row can be read by itself.
    A cell merged over several columns stands in the first, the others are empty; where it fills
    the whole row, it is the line. A head that comes again (tables printed over several pages) is
    left out, and recorded; a table that follows at once under the same head goes on.
    """
    start = 0
    for titles, head in _other_heads(rows):
        _write_part(rows[start:titles], places[start:titles], out, made_from)
        for n in range(titles, head):
            out.lines.append(cell_text([box.text for box in rows[n]]))
            out.places.append(places[n])
        start = head
    _write_part(rows[start:], places[start:], out, made_from)


def _write_part(rows: list[list[Box]], places: Sequence[Place], out: Lines, made_from: Made) -> None:
    """Add a table of one head."""
    grid = _spelt_out(rows)
    width = max((len(row) for row in grid), default=0)
    heads: set[str] = set()
    deeper = True  # whether the next row can still belong to the head
    into: Grid | None = None
    first = 0
    for n, cells in enumerate(grid):
        if not any(box.text and fresh for box, fresh in cells):
            # Every cell is a copy from above or empty: the row says nothing of its own.
            continue
        texts = [box.text for box, _ in cells]
        filled = [text for text in texts if text]
        whole = len(filled) == 1 and (len(rows[n]) == 1 or width == 1)
        line = filled[0] if whole else "\t".join([*texts, *[""] * (width - len(cells))])
        again = line in heads
        if into is None:
            into, again = _begun(out, line, made_from)
            first = into.spots[-1].row + 1 - n if into.spots else -n
        if deeper and not whole:
            if _like_head(texts):
                heads.add(line)
            # A head has a second row where its first one has a cell over several columns.
            deeper = len(heads) == 1 and any(box.columns > 1 for box in rows[n])
        if again:
            out.removed.append((len(out.lines), "table-head", line))
            first -= 1
            continue
        into.spots.extend(_spots(cells, len(out.lines), n + first, 0 if whole else None, width))
        out.lines.append(line)
        out.places.append(places[n])


def _other_heads(rows: list[list[Box]]) -> Iterator[tuple[int, int]]:
    """Find titles inside a table that another head follows: the first title's row, and the head's."""
    first: list[str] | None = None
    titles = 0
    for n, row in enumerate(rows):
        words = [box.text for box in row if box.text]
        if len(words) == 1 and all(box.rows == 1 for box in row):
            titles += 1
            continue
        if is_head(words):
            if first is not None and titles and words != first:
                yield n - titles, n
                first = words
            first = first or words
        titles = titles if not words else 0


def _begun(out: Lines, line: str, made_from: Made) -> tuple[Grid, bool]:
    """Return the table that rows belong to (that before, where nothing parts the two), and whether its head comes again."""
    last = out.tables[-1] if out.tables else None
    if last is not None and "\t" in line and line == last.head and last.spots:
        end = last.spots[-1].line + 1
        if len(out.lines) - end < 50 and not any(text.strip() for text in out.lines[end:]):
            return last, True
    out.tables.append(Grid(made_from, line, []))
    return out.tables[-1], False


def _spots(cells: list[tuple[Box, bool]], line: int, row: int, start: int | None, width: int) -> list[Spot]:
    """List where the cells of a row stand in its line."""
    if start is not None:
        text = next(box.text for box, _ in cells if box.text)
        return [Spot(line, 0, len(text), row, 0, 1, width)]
    spots = []
    start = column = 0
    while column < len(cells):
        box, fresh = cells[column]
        spots.append(
            Spot(line, start, start + len(box.text), row, column, box.rows if fresh else 1, box.columns)
        )
        # The other columns of a merged cell are empty: a tab each.
        start += len(box.text) + box.columns
        column += box.columns
    return spots


def _spelt_out(rows: list[list[Box]]) -> list[list[tuple[Box, bool]]]:
    """Spell out merged cells; say for each place whether its text is its own."""
    grid: list[list[tuple[Box, bool]]] = []
    pending: dict[int, tuple[int, Box]] = {}
    spare = _COPIES
    for k, row in enumerate(rows):
        cells: list[tuple[Box, bool]] = []
        left: dict[int, tuple[int, Box]] = {}
        queue = iter(row)
        furthest = max(pending, default=-1)
        while True:
            column = len(cells)
            if column in pending:
                more, box = pending.pop(column)
                spare -= len(box.text)
                cells.append((box if spare > 0 else box._replace(text=""), False))
                if more > 1:
                    left[column] = (more - 1, box)
                continue
            found = next(queue, None)
            if found is None:
                if furthest < column or column >= MAX_COLUMNS:
                    break
                cells.append((Box(""), True))
                continue
            down = max(1, min(found.rows, len(rows) - k))
            across = 1
            while across < min(found.columns, MAX_COLUMNS - column) and column + across not in pending:
                across += 1
            for i in range(across):
                own = Box(found.text, down, across) if not i else Box("", down)
                if down > 1 and column + i < MAX_COLUMNS:
                    left[column + i] = (down - 1, own._replace(rows=1))
                cells.append((own, True))
        pending = left
        grid.append(cells)
    return grid


def _like_head(texts: list[str]) -> bool:
    """Tell whether a row can be a table's head: several short cells, none of them a number."""
    filled = [c for c in texts if c]
    return len(filled) > 1 and all(
        len(c) <= 30 and not _NUMBERED.match(c) and not c.endswith(("。", "；")) for c in filled
    )


def glue(left: str, right: str) -> str:
    """Join two halves of a wrapped text: a space between Latin letters, none between others."""
    left, right = left.rstrip(), right.lstrip()
    space = " " if _LATIN_END.search(left[-1:]) and _LATIN_START.match(right) else ""
    return left + space + right
