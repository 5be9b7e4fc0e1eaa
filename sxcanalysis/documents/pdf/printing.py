"""What is printed on a page: characters, and the lines and columns that they stand in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—]")
# Two stretches of a line this far apart, in heights of a character, may stand in two columns.
_APART = 0.9


class Character(NamedTuple):
    """One character and its box, from the page's top left corner, in points."""

    text: str
    x0: float
    x1: float
    y0: float
    y1: float


class Rule(NamedTuple):
    """A horizontal line drawn on the page."""

    x0: float
    x1: float
    y: float


@dataclass(slots=True)
class Line:
    """A line of print, or a stretch of one."""

    text: str
    page: int
    x0: float
    x1: float
    y0: float
    y1: float
    size: float
    characters: list[Character] = field(default_factory=list, repr=False)

    @property
    def middle(self) -> float:
        """Half its height."""
        return (self.y0 + self.y1) / 2


@dataclass(slots=True)
class Page:
    """A page as it is read: ``cells`` are the boxes of the cells of each ruled table."""

    number: int
    width: float
    height: float
    characters: list[Character] = field(default_factory=list)
    cells: list[list[tuple[float, float, float, float]]] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    slanted: str = ""
    white: str = ""

    def at_edge(self, line: Line) -> bool:
        """Tell whether a line stands where running heads and page numbers do: within an eighth of the page's height."""
        return line.y1 < 0.12 * self.height or line.y0 > 0.88 * self.height


def print_lines(characters: Sequence[Character], page: int) -> list[Line]:
    """Group characters, which come in the order of the file, into lines."""
    return merged([line for row in _rows(characters) if (line := _line(row, page))])


def stretches(characters: Sequence[Character], page: int) -> list[Line]:
    """Group characters into stretches of lines that no wide gap parts: what may be a cell's line, or a column's."""
    parts: list[list[Character]] = []
    for row in _rows(characters):
        parts.append([])
        for c in row:
            last = parts[-1][-1] if parts[-1] else c
            if not c.text.isspace():
                if c.x0 - last.x1 > _APART * max(c.y1 - c.y0, 1.0):
                    parts.append([])
                parts[-1].append(c)
            # A blank that is printed parts words; the gap that it leaves parts stretches.
            elif parts[-1] and c.x1 - c.x0 <= _APART * max(last.y1 - last.y0, 1.0):
                parts[-1].append(c._replace(x1=last.x1, x0=last.x1))
    return [line for part in parts if (line := _line(part, page))]


def _rows(characters: Sequence[Character]) -> Iterator[list[Character]]:
    """Put characters on the same height together, each row from left to right.

    A file may paint a row in pieces: all that is in another font (quotation marks, Latin words) before the rest.
    """
    rows: list[list[Character]] = []
    near: dict[int, list[list[Character]]] = {}
    for c in characters:
        last = rows[-1][-1] if rows else c
        high = max(c.y1 - c.y0, last.y1 - last.y0, 1.0)
        if rows and abs((c.y0 + c.y1) - (last.y0 + last.y1)) / 2 <= 0.6 * high and c.x0 >= last.x0 - 2 * high:
            rows[-1].append(c)
        else:
            rows.append([c])
    for row in rows:
        if sum(a.x0 > b.x0 for a, b in pairwise(row)) < 0.5 * len(row):  # else it stands on its head
            row.sort(key=lambda c: c.x0)
        middle = round((row[0].y0 + row[0].y1) / 4)
        others = [other for d in (-1, 0, 1) for other in near.get(middle + d, ())]
        into = next((other for other in others if _interleave(other, row)), None)
        if into is None:
            near.setdefault(middle, []).append(row)
        else:
            into += row
            into.sort(key=lambda c: c.x0)
            row.clear()
    yield from filter(None, rows)


def _interleave(a: list[Character], b: list[Character]) -> bool:
    """Tell whether the characters of one row stand in gaps of another."""
    if a[-1].x1 <= b[0].x0 or b[-1].x1 <= a[0].x0:
        return False
    both = sorted((c for c in (*a, *b) if not c.text.isspace()), key=lambda c: c.x0)
    return all(x.x1 - y.x0 < 0.5 * min(x.x1 - x.x0, y.x1 - y.x0) for x, y in pairwise(both))


def _line(row: list[Character], page: int) -> Line | None:
    """Write a row of characters, with the blanks that can be seen."""
    text = ""
    last: Character | None = None
    blank = False
    inked: list[Character] = []
    for c in row:
        if c.text.isspace():
            blank = blank or c.x1 - c.x0 > 0.1
            continue
        if last is not None:
            size = max(c.y1 - c.y0, 1.0)
            wide = _CJK.match(c.text) and _CJK.match(last.text)
            gap = c.x0 - last.x1
            # Justified lines set Chinese characters apart; only a blank in the file counts there.
            if blank or gap > (1.0 if wide else 0.3) * size:
                text += "\u3000" if wide and gap > 1.5 * size else " "
        text += c.text
        last, blank = c, False
        inked.append(c)
    if not inked:
        return None
    left, right, top, bottom = zip(*((c.x0, c.x1, c.y0, c.y1) for c in inked), strict=True)
    size = median(c.y1 - c.y0 for c in inked)
    return Line(text, page, min(left), max(right), min(top), max(bottom), size, row)


def merged(lines: Sequence[Line]) -> list[Line]:
    """Put pieces side by side on one line together (numbers set apart, tabs)."""
    out: list[Line] = []
    for line in lines:
        last = out[-1] if out else None
        if (
            last is not None
            and abs(line.middle - last.middle) < 0.4 * max(line.size, last.size)
            and -0.5 * line.size < line.x0 - last.x1 < 3 * line.size
        ):
            space = "" if line.x0 - last.x1 < 0.3 * line.size else " "
            last.text += space + line.text
            last.x1, last.size = line.x1, max(last.size, line.size)
            last.y0, last.y1 = min(last.y0, line.y0), max(last.y1, line.y1)
            last.characters = last.characters + line.characters
        else:
            out.append(replace(line))
    return out


def bands(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines that stand side by side, from top to bottom, each group from left to right."""
    found: list[list[Line]] = []
    for line in sorted(lines, key=lambda i: i.middle):
        if found and line.middle - found[-1][0].middle < 0.5 * max(line.size, found[-1][0].size):
            found[-1].append(line)
        else:
            found.append([line])
    return [sorted(band, key=lambda i: i.x0) for band in found]


def in_reading_order(
    page: Page, characters: Sequence[Character], before: float | None
) -> tuple[list[Line], float | None]:
    """Give the lines of a page: down the columns if it is set in two, else from top to bottom.

    The right column is moved to where the left one stands, so that margins and indents are the same for both. Also
    returned is where the columns part; ``before`` says where they did on the page before, for a page that is not full.
    """
    parts = stretches(characters, page.number)
    groups = bands(parts)
    gutter = _gutter(groups, page.width)
    if gutter is None and before is not None and not any(p.x0 < before < p.x1 for p in parts):
        gutter = before
    if gutter is None:
        lines = print_lines(characters, page.number)
        return (lines if _side_by_side(lines) else sorted(lines, key=lambda i: i.y0)), None
    starts = ([p.x0 for p in parts if p.x1 <= gutter], [p.x0 for p in parts if p.x0 >= gutter])
    shift = min(starts[1], default=0.0) - min(starts[0], default=0.0)
    out: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for group in [*groups, []]:
        if not group or any(p.x0 < gutter < p.x1 for p in group):
            out += [*merged(left), *merged(right), *merged(group)]
            left, right = [], []
            continue
        left += [p for p in group if p.x1 <= gutter]
        right += [replace(p, x0=p.x0 - shift, x1=p.x1 - shift) for p in group if p.x0 >= gutter]
    return out, gutter


def _gutter(groups: list[list[Line]], width: float) -> float | None:
    """Find the white strip between two columns of running text, if there is one."""
    gaps = [(a, b) for group in groups for a, b in pairwise(group)]
    if len(gaps) < 5:
        return None
    # The strip that most gaps share begins where the count of open gaps is highest.
    ends = sorted([(a.x1, 1) for a, _ in gaps] + [(b.x0, -1) for _, b in gaps])
    count = best = 0
    at = 0.0
    for (x, step), (after, _) in pairwise(ends):
        count += step
        if count > best:
            best, at = count, (x + after) / 2
    both = [min(a.x1 - a.x0, b.x1 - b.x0) for a, b in gaps if a.x1 <= at <= b.x0]
    crossing = sum(any(p.x0 < at < p.x1 for p in group) for group in groups)
    # Lines of text fill their column; words of a form or a table seldom do.
    wide = sum(narrower > 0.25 * width for narrower in both)
    few = len(both) < max(5, 0.3 * len(groups)) or crossing > 0.4 * len(groups)
    return None if few or wide < 0.5 * len(both) else at


def _side_by_side(lines: list[Line]) -> bool:
    """Tell whether much of a page stands side by side; its order is then the file's, not top to bottom."""
    beside = sum(
        min(a.y1, b.y1) - max(a.y0, b.y0) > 0.5 * min(a.size, b.size) and (b.x0 > a.x1 or a.x0 > b.x1)
        for a, b in pairwise(sorted(lines, key=lambda i: i.y0))
    )
    return beside >= max(3, 0.2 * len(lines))
