"""What is printed on a page: characters, and the lines and columns that they stand in."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
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
    """A page as it is read: ``tables`` are the boxes of the cells of each ruled table."""

    number: int
    width: float
    height: float
    characters: list[Character] = field(default_factory=list)
    tables: list[list[tuple[float, float, float, float]]] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    slanted: str = ""
    white: str = ""


def print_lines(characters: Sequence[Character], page: int) -> list[Line]:
    """Group characters, which come in the order of the file, into lines."""
    return merged([_line(row, page) for row in _rows(characters)])


def stretches(characters: Sequence[Character], page: int) -> list[Line]:
    """Group characters into stretches of lines that no wide gap parts: what may be a cell's line, or a column's."""
    found: list[Line] = []
    for row in _rows(characters):
        part: list[Character] = []
        for c in row:
            if not c.text.isspace():
                if part and c.x0 - part[-1].x1 > _APART * max(c.y1 - c.y0, 1.0):
                    found.append(_line(part, page))
                    part = []
                part.append(c)
            # A blank that is printed parts words; the gap that it leaves parts stretches.
            elif part and c.x1 - c.x0 <= _APART * max(part[-1].y1 - part[-1].y0, 1.0):
                part.append(c._replace(x1=part[-1].x1, x0=part[-1].x1))
        if part:
            found.append(_line(part, page))
    return found


def _rows(characters: Sequence[Character]) -> Iterator[list[Character]]:
    row: list[Character] = []
    for c in characters:
        if row:
            last = row[-1]
            high = max(c.y1 - c.y0, last.y1 - last.y0, 1.0)
            apart = abs((c.y0 + c.y1) - (last.y0 + last.y1)) / 2 > 0.6 * high
            back = c.x0 < last.x0 - 2 * high
            if apart or back:
                yield row
                row = []
        row.append(c)
    yield row


def _line(row: list[Character], page: int) -> Line:
    """Write a row of characters, with the blanks that can be seen."""
    parts: list[str] = []
    inked = [c for c in row if not c.text.isspace()]
    if not inked:
        return Line("", page, 0, 0, 0, 0, 1.0)
    last: Character | None = None
    blank = False
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
                parts.append("\u3000" if wide and gap > 1.5 * size else " ")
        parts.append(c.text)
        last, blank = c, False
    text = "".join(parts)
    return Line(
        text,
        page,
        min(c.x0 for c in inked),
        max(c.x1 for c in inked),
        min(c.y0 for c in inked),
        max(c.y1 for c in inked),
        median(c.y1 - c.y0 for c in inked),
        row,
    )


def merged(lines: Sequence[Line]) -> list[Line]:
    """Put pieces side by side on one line together (numbers set apart, tabs)."""
    out: list[Line] = []
    for line in lines:
        if not line.text:
            continue
        last = out[-1] if out else None
        if (
            last is not None
            and abs((line.y0 + line.y1) - (last.y0 + last.y1)) / 2 < 0.4 * max(line.size, last.size)
            and -0.5 * line.size < line.x0 - last.x1 < 3 * line.size
        ):
            space = "" if line.x0 - last.x1 < 0.3 * line.size else " "
            out[-1] = Line(
                last.text + space + line.text,
                line.page,
                last.x0,
                line.x1,
                min(last.y0, line.y0),
                max(last.y1, line.y1),
                max(last.size, line.size),
                last.characters + line.characters,
            )
        else:
            out.append(line)
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
    lines = print_lines(characters, page.number)
    if gutter is None:
        return (lines if _side_by_side(lines) else sorted(lines, key=lambda i: i.y0)), None
    out: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    start = min((p.x0 for p in parts if p.x1 <= gutter), default=0.0)
    shift = min((p.x0 for p in parts if p.x0 >= gutter), default=0.0) - start
    for group in groups:
        if any(p.x0 < gutter < p.x1 for p in group):
            out += [*merged(left), *merged(right), *merged(group)]
            left, right = [], []
            continue
        left += [p for p in group if p.x1 <= gutter]
        right += [
            Line(p.text, p.page, p.x0 - shift, p.x1 - shift, p.y0, p.y1, p.size)
            for p in group
            if p.x0 >= gutter
        ]
    return [*out, *merged(left), *merged(right)], gutter


def _gutter(groups: list[list[Line]], width: float) -> float | None:
    """Find the white strip between two columns of running text, if there is one."""
    gaps = [(a.x1, b.x0) for group in groups for a, b in itertools.pairwise(group)]
    if len(gaps) < 5:
        return None
    ends = sorted([(x0, 1) for x0, _ in gaps] + [(x1, -1) for _, x1 in gaps])
    count = best = 0
    at = 0.0
    for k, (x, step) in enumerate(ends):
        count += step
        if count > best:
            best, at = count, (x + ends[k + 1][0]) / 2
    both = [(a, b) for group in groups for a, b in itertools.pairwise(group) if a.x1 <= at <= b.x0]
    crossing = sum(any(p.x0 < at < p.x1 for p in group) for group in groups)
    # Lines of text fill their column; words of a form or a table seldom do.
    wide = [min(a.x1 - a.x0, b.x1 - b.x0) > 0.25 * width for a, b in both]
    if len(both) < max(5, 0.3 * len(groups)) or crossing > 0.4 * len(groups) or sum(wide) < 0.5 * len(wide):
        return None
    return at


def _side_by_side(lines: list[Line]) -> bool:
    """Tell whether much of a page stands side by side; its order is then the file's, not top to bottom."""
    rows = sorted(lines, key=lambda i: i.y0)
    beside = sum(
        min(a.y1, b.y1) - max(a.y0, b.y0) > 0.5 * min(a.size, b.size) and (b.x0 > a.x1 or a.x0 > b.x1)
        for a, b in itertools.pairwise(rows)
    )
    return beside >= max(3, 0.2 * len(lines))
