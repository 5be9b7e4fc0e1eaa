"""What every reader hands over: the lines of a document before they are mended, its tables in them, what to tell of them."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sxcanalysis.core.errors import DocumentError
from sxcanalysis.reference.column_heads import is_head
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sxcanalysis.documents.tables import Made

Place = int | str
# Copies of merged cells may not make a table much larger than it is.
_COPIES = 200_000
MAX_COLUMNS = 200
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
    """A table in the lines of a document: what it was made from, its first line, and its cells."""

    made_from: Made
    head: str
    spots: list[Spot]


@dataclass(slots=True)
class Lines:
    """Lines and their places in the source.

    ``glued`` names lines that go on from the line before (and how: a kind of mend, or an empty
    string where a line end is only how the format prints). ``removed`` holds what the reader left
    out, ``findings`` what a person must look at: before which line, kind, text. ``tables`` says
    where the cells of each table stand in the lines.
    """

    lines: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    glued: dict[int, str] = field(default_factory=dict)
    removed: list[tuple[int, str, str]] = field(default_factory=list)
    findings: list[tuple[int, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tables: list[Grid] = field(default_factory=list)

    def add(self, line: str, place: Place) -> None:
        """Add a line."""
        self.lines.append(line)
        self.places.append(place)

    def remove(self, kind: str, text: str) -> None:
        """Record what is left out where the reader has come to."""
        self.removed.append((len(self.lines), kind, text))

    def note(self, key: str, **values: object) -> None:
        """Tell a person something that changes nothing."""
        self.notes.append(say(f"read.{key}", spoken(), **values))

    def find(self, code: str, words: str = "") -> None:
        """Record what a person must look at, where the reader has come to."""
        self.findings.append((len(self.lines), code, words))


def refusal(name: str, key: str, **values: object) -> DocumentError:
    """Word why a document is not read, and what to do: a key ``refused.…`` of the labels."""
    return DocumentError(say(f"refused.{key}", spoken(), name=name, **values))


def told(error: BaseException) -> str:
    """Name an error of a library in a message: its kind and the beginning of its words."""
    return f"{type(error).__name__}: {error}"[:200]


def glue(left: str, right: str) -> str:
    """Join two halves of a wrapped text: a space between Latin letters, none between others."""
    left, right = left.rstrip(), right.lstrip()
    latin = re.match("[A-Za-z]{2}", left[-1:] + right[:1])
    return f"{left} {right}" if latin else left + right


def cell_text(parts: Sequence[str]) -> str:
    """Put the paragraphs of a cell on one line, parted by a space."""
    return " ".join(" ".join(parts).split())


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
            out.add(cell_text([box.text for box in rows[n]]), places[n])
        start = head
    _write_part(rows[start:], places[start:], out, made_from)


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


def _write_part(rows: list[list[Box]], places: Sequence[Place], out: Lines, made_from: Made) -> None:
    """Add a table of one head."""
    grid = _spelt_out(rows)
    width = max(map(len, grid), default=0)
    heads: set[str] = set()
    deeper = True  # whether the next row can still belong to the head
    into: Grid | None = None
    shift = 0  # from a row here to the row of the table that it goes on with
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
            shift = into.spots[-1].row + 1 - n if into.spots else -n
        if deeper and not whole:
            if _like_head(filled):
                heads.add(line)
            # A head has a second row where its first one has a cell over several columns.
            deeper = len(heads) == 1 and any(box.columns > 1 for box in rows[n])
        if again:
            out.remove("table-head", line)
            shift -= 1
            continue
        at, row = len(out.lines), n + shift
        into.spots.extend([Spot(at, 0, len(line), row, 0, 1, width)] if whole else _spots(cells, at, row))
        out.add(line, places[n])


def _begun(out: Lines, line: str, made_from: Made) -> tuple[Grid, bool]:
    """Return the table that rows belong to (that before, where nothing parts the two), and whether its head comes again."""
    last = out.tables[-1] if out.tables else None
    if last is not None and "\t" in line and line == last.head and last.spots:
        between = out.lines[last.spots[-1].line + 1 :]
        if len(between) < 50 and not any(map(str.strip, between)):
            return last, True
    out.tables.append(Grid(made_from, line, []))
    return out.tables[-1], False


def _spots(cells: list[tuple[Box, bool]], line: int, row: int) -> Iterator[Spot]:
    """List where the cells of a row stand in its line."""
    start = column = 0
    while column < len(cells):
        box, fresh = cells[column]
        yield Spot(line, start, start + len(box.text), row, column, box.rows if fresh else 1, box.columns)
        # The other columns of a merged cell are empty: a tab each.
        start += len(box.text) + box.columns
        column += box.columns


def _spelt_out(rows: list[list[Box]]) -> list[list[tuple[Box, bool]]]:
    """Spell out merged cells; say for each place whether its text is its own."""
    grid: list[list[tuple[Box, bool]]] = []
    above: dict[int, tuple[int, Box]] = {}  # what reaches into the next row: how many rows more, and the cell
    spare = _COPIES
    for k, row in enumerate(rows):
        cells: list[tuple[Box, bool]] = []
        below: dict[int, tuple[int, Box]] = {}
        boxes = deque(row)
        last = min(max(above, default=-1), MAX_COLUMNS - 1)
        while boxes or len(cells) <= last:
            column = len(cells)
            if column in above:
                down, box = above[column]
                spare -= len(box.text)
                made = [(box if spare > 0 else box._replace(text=""), False)]
            else:
                box = boxes.popleft() if boxes else Box("")
                down = max(1, min(box.rows, len(rows) - k))
                across = 1
                while across < min(box.columns, MAX_COLUMNS - column) and column + across not in above:
                    across += 1
                made = [(Box(box.text, down, across), True), *[(Box("", down), True)] * (across - 1)]
            if down > 1:
                copies = ((column + i, own) for i, (own, _) in enumerate(made))
                below |= {c: (down - 1, own._replace(rows=1)) for c, own in copies if c < MAX_COLUMNS}
            cells += made
        above = below
        grid.append(cells)
    return grid


def _like_head(filled: list[str]) -> bool:
    """Tell whether the words of a row can be a table's head: several short cells, none of them a number."""
    return len(filled) > 1 and all(
        len(c) <= 30 and not _NUMBERED.match(c) and not c.endswith(("。", "；")) for c in filled
    )
