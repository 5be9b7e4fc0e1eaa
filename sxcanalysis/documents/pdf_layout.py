"""Characters on pages to lines and paragraphs: margins, indents, page furniture, tables."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise, product
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from sxcanalysis.documents.rows import Box, glue, write_table
from sxcanalysis.text.lines import (
    BARE_PAGE,
    PAGE,
    begins,
    ends_complete,
    ends_in_passing,
    is_bracket,
    is_heading,
    is_title,
)

if TYPE_CHECKING:
    from sxcanalysis.documents.lines import Lines

_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—]")
_NUMBER = re.compile(r"[（(]?[\d一二三四五六七八九十]{1,4}[）)、．.]?$")
_MAX_CELLS = 20_000
# Running heads and page numbers stand within this share of the page's height from its edge.
_EDGE = 0.12


class Character(NamedTuple):
    """One character and its box, from the page's top left corner, in points."""

    text: str
    x0: float
    x1: float
    y0: float
    y1: float


@dataclass(slots=True)
class Line:
    """A line of print."""

    text: str
    page: int
    x0: float
    x1: float
    y0: float
    y1: float
    size: float


@dataclass(slots=True)
class Table:
    """A ruled table: the boxes of its cells, then their text."""

    page: int
    cells: list[tuple[float, float, float, float]]
    rows: list[list[Box]] = field(default_factory=list)
    edges: list[float] = field(default_factory=list)
    y0: float = 0.0


@dataclass(slots=True)
class Page:
    """A page as it is read."""

    number: int
    width: float
    height: float
    characters: list[Character] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    slanted: str = ""


def compose(pages: list[Page], out: Lines) -> None:
    """Turn pages into lines, in reading order, and mark which lines go on from the one before."""
    flow = [_items(page) for page in pages]
    dropped = _furniture(flow, pages)
    items = [item for page in flow for item in page]
    measure = _margins([i for i in items if isinstance(i, Line) and id(i) not in dropped])
    before: Line | None = None
    tables: list[list[tuple[list[Box], str]]] = []
    last: Table | None = None
    for item in items:
        if isinstance(item, Table):
            if last is None or not _same_table(last, item):
                if last is not None:
                    _write(tables[-1], out, len(tables))
                tables.append([])
            _extend(tables[-1], item, out)
            last, before = item, None
        elif id(item) in dropped:
            out.removed.append((len(out.lines), dropped[id(item)], item.text))
        else:
            if last is not None:
                _write(tables[-1], out, len(tables))
            if before is not None and _goes_on(before, item, measure):
                out.glued[len(out.lines)] = "" if before.page == item.page else "page-break"
            out.lines.append(item.text)
            out.places.append(item.page)
            last, before = None, item
    if last is not None:
        _write(tables[-1], out, len(tables))
    for page in pages:
        if page.slanted:
            out.note("aslant", page=page.number, words=page.slanted[:100])


def _items(page: Page) -> list[Line | Table]:
    """List what a page holds in reading order: top to bottom, unless it is set in columns."""
    items: list[Line | Table] = []
    rest = page.characters
    for table in page.tables:
        rest, good = _fill(table, rest)
        if good:
            items.append(table)
    lines = _lines(rest, page.number)
    items += lines
    if not _columns(lines):
        items.sort(key=lambda i: i.y0)
    return items


def _lines(characters: list[Character], page: int) -> list[Line]:
    """Group characters, which come in the order of the file, into lines."""
    lines: list[Line] = []
    row: list[Character] = []
    for c in characters:
        if row:
            last = row[-1]
            high = max(c.y1 - c.y0, last.y1 - last.y0, 1.0)
            apart = abs((c.y0 + c.y1) - (last.y0 + last.y1)) / 2 > 0.6 * high
            back = c.x0 < last.x0 - 2 * high
            if apart or back:
                lines += _line(row, page)
                row = []
        row.append(c)
    lines += _line(row, page)
    return _merged(lines)


def _line(row: list[Character], page: int) -> list[Line]:
    parts: list[str] = []
    inked = [c for c in row if not c.text.isspace()]
    if not inked:
        return []
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
    return [
        Line(
            text,
            page,
            min(c.x0 for c in inked),
            max(c.x1 for c in inked),
            min(c.y0 for c in inked),
            max(c.y1 for c in inked),
            median(c.y1 - c.y0 for c in inked),
        )
    ]


def _merged(lines: list[Line]) -> list[Line]:
    """Put pieces side by side on one line together (numbers set apart, tabs)."""
    out: list[Line] = []
    for line in lines:
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
            )
        else:
            out.append(line)
    return out


def _columns(lines: list[Line]) -> bool:
    """Tell whether a page is set in columns; its order is then the file's, not top to bottom."""
    beside = 0
    rows = sorted(lines, key=lambda i: i.y0)
    for a, b in pairwise(rows):
        overlap = min(a.y1, b.y1) - max(a.y0, b.y0)
        if overlap > 0.5 * min(a.size, b.size) and (b.x0 > a.x1 or a.x0 > b.x1):
            beside += 1
    return beside >= max(3, 0.2 * len(lines))


def _furniture(flow: list[list[Line | Table]], pages: list[Page]) -> dict[int, str]:
    """Find page numbers and running heads at the edges of the pages."""
    dropped: dict[int, str] = {}
    heads: dict[tuple[str, int], list[Line]] = {}
    bare: list[tuple[int, Line]] = []
    for item in (i for items in flow for i in items):
        height = pages[item.page - 1].height
        if not isinstance(item, Line) or (_EDGE * height <= item.y1 and item.y0 <= (1 - _EDGE) * height):
            continue
        text = item.text.strip()
        if PAGE.match(text):
            dropped[id(item)] = "page-number"
        elif BARE_PAGE.match(text):
            bare.append((int(text) - item.page, item))
        elif len(text) <= 60 and not begins(text) and not ends_complete(text):
            key = (re.sub(r"\d+", "#", text), round(item.y0 / 6))
            heads.setdefault(key, []).append(item)
    # A bare number is a page number where it counts with the pages.
    steps = Counter(step for step, _ in bare)
    for step, item in bare:
        if steps[step] >= 2 or (step == 0 and len(pages) == 1):
            dropped[id(item)] = "page-number"
    for lines in heads.values():
        if len({line.page for line in lines}) >= max(2, 0.4 * len(pages)):
            dropped |= dict.fromkeys((id(line) for line in lines), "running-head")
    return dropped


@dataclass(frozen=True, slots=True)
class _Measure:
    left: float
    right: float
    indented: bool
    leading: float
    brackets: bool  # brackets on lines of their own only ever follow full lines


def _margins(lines: list[Line]) -> _Measure:
    """Find the margins of the text, and whether paragraphs begin with an indent."""
    if not lines:
        return _Measure(0.0, 0.0, indented=False, leading=0.0, brackets=False)
    size = median(line.size for line in lines)
    few = max(2, 0.03 * len(lines))
    starts = sorted(line.x0 for line in lines)
    ends = sorted((line.x1 for line in lines), reverse=True)
    left = next((x for x in starts if _within(starts, x, x + 0.5 * size) >= few), starts[0])
    ends_up = ends[::-1]
    right = next((x for x in ends if _within(ends_up, x - size, x) >= few), ends[0])
    indents = sum(left + 1.2 * size < line.x0 < left + 3 * size for line in lines)
    gaps = [b.y0 - a.y0 for a, b in pairwise(lines) if a.page == b.page and 0 < b.y0 - a.y0 < 4 * size]
    behind = [a.x1 >= right - 2 * size for a, b in pairwise(lines) if is_bracket(b.text)]
    return _Measure(
        left,
        right,
        indented=indents >= max(2, 0.1 * len(lines)),
        leading=median(gaps) if gaps else 0.0,
        brackets=bool(behind) and sum(behind) >= 0.9 * len(behind),
    )


def _within(values: list[float], low: float, high: float) -> int:
    return bisect_right(values, high) - bisect_right(values, low - 1e-6)


def _goes_on(a: Line, b: Line, m: _Measure) -> bool:
    """Decide from the print whether a line goes on in the next one."""
    if a.x1 < m.right - 2 * a.size or abs(a.size - b.size) > 0.15 * max(a.size, b.size):
        return False
    if a.page == b.page and m.leading and not 0 < b.y0 - a.y0 < 1.45 * m.leading + 0.1 * a.size:
        return False
    complete = ends_complete(a.text)
    at_margin = abs(b.x0 - m.left) < 0.8 * b.size
    bracket = is_bracket(b.text)
    new = begins(b.text)
    if at_margin and ((m.indented and not (new and complete)) or (bracket and (m.indented or m.brackets))):
        return True
    if (m.indented and at_margin) or new or is_title(a.text):
        return False
    # After a full stop at the very end of a line only the margin can tell.
    aligned = at_margin or abs(b.x0 - a.x0) < 0.3 * b.size
    return not complete or (aligned and ends_in_passing(a.text) and not is_heading(b.text))


def _fill(table: Table, characters: list[Character]) -> tuple[list[Character], bool]:
    """Put characters into the cells of a table; return those that belong to none."""
    xs = _edges([v for c in table.cells for v in (c[0], c[2])])
    ys = _edges([v for c in table.cells for v in (c[1], c[3])])
    columns, rows = len(xs) - 1, len(ys) - 1
    if columns < 2 or rows < 1 or len(table.cells) < 2 or columns * rows > _MAX_CELLS:
        return characters, False
    owner: dict[tuple[int, int], int] = {}
    spans: list[tuple[int, int, int, int]] = []
    for k, (x0, y0, x1, y1) in enumerate(table.cells):
        c0, c1, r0, r1 = _at(xs, x0), _at(xs, x1), _at(ys, y0), _at(ys, y1)
        spans.append((r0, c0, max(r1 - r0, 1), max(c1 - c0, 1)))
        places = product(range(r0, max(r1, r0 + 1)), range(c0, max(c1, c0 + 1)))
        for at in places:
            owner.setdefault(at, k)
    inside: list[list[Character]] = [[] for _ in table.cells]
    rest: list[Character] = []
    for ch in characters:
        x, y = (ch.x0 + ch.x1) / 2, (ch.y0 + ch.y1) / 2
        k_at = owner.get((bisect_right(ys, y) - 1, bisect_right(xs, x) - 1))
        if k_at is None:
            rest.append(ch)
        else:
            inside[k_at].append(ch)
    for r in range(rows):
        row: list[Box] = []
        for c in range(columns):
            k_at = owner.get((r, c))
            if k_at is None:
                row.append(Box(""))
            elif spans[k_at][:2] == (r, c):
                row.append(Box(_cell(inside[k_at], table.cells[k_at]), spans[k_at][2], spans[k_at][3]))
        table.rows.append(row)
    table.edges, table.y0 = xs, ys[0]
    return rest, any(c.text for row in table.rows for c in row)


def _edges(values: list[float]) -> list[float]:
    out: list[float] = []
    for v in sorted(values):
        if not out or v - out[-1] > 3:
            out.append(v)
    return out


def _at(edges: list[float], value: float) -> int:
    return max(bisect_right(edges, value + 3.01) - 1, 0)


def _cell(characters: list[Character], box: tuple[float, float, float, float]) -> str:
    """Read a cell: lines that reach its right side go on, shorter ones end a paragraph."""
    lines = sorted(_lines(characters, 0), key=lambda i: i.y0)
    if not lines:
        return ""
    # The padding is the same on both sides of most cells; it is seen best on the left.
    right = max(*(line.x1 for line in lines), box[2] - max(min(line.x0 for line in lines) - box[0], 0.0))
    text = lines[0].text
    for a, b in pairwise(lines):
        text = (
            glue(text, b.text) if a.x1 > right - 1.6 * a.size and not begins(b.text) else f"{text} {b.text}"
        )
    return text.strip()


def _same_table(a: Table, b: Table) -> bool:
    """Tell whether a table goes on on the next page: the same columns at the same places."""
    return (
        b.page == a.page + 1
        and len(a.edges) == len(b.edges)
        and all(abs(x - y) < 6 for x, y in zip(a.edges, b.edges, strict=True))
    )


def _extend(table: list[tuple[list[Box], str]], more: Table, out: Lines) -> None:
    """Add a page's rows to a table; put a row that the page break has cut together again."""
    rows = more.rows
    place = f"page {more.page}"
    heads = 0
    while table and heads < min(len(rows), len(table)) and _texts(rows[heads]) == _texts(table[heads][0]):
        heads += 1
    for row in rows[:heads]:
        out.removed.append((len(out.lines), "table-head", "\t".join(_texts(row))))
    rows = rows[heads:]
    if table and rows and _cut(table, rows[0]):
        above, where = table[-1]
        joined = [
            Box(glue(a.text, b.text) if a.text and b.text else a.text or b.text, a.rows, a.columns)
            for a, b in zip(above, rows[0], strict=True)
        ]
        table[-1] = (joined, f"{where}–{more.page}" if where.startswith("page") else where)
        out.note("row_joined", page=more.page)
        rows = rows[1:]
    table += [(row, place) for row in rows]


def _texts(row: list[Box]) -> list[str]:
    return ["".join(c.text.split()) for c in row]


def _cut(table: list[tuple[list[Box], str]], row: list[Box]) -> bool:
    """Tell whether a row is the rest of the one before: its number is missing."""
    above = table[-1][0]
    if len(above) != len(row) or not any(c.text for c in row):
        return False
    for column in range(len(row)):
        own = [r[column].text for r, _ in table if len(r) == len(row)]
        numbered = sum(bool(_NUMBER.match(t)) for t in own)
        if numbered and numbered >= 0.6 * (len(own) - 1):
            return not row[column].text
    return False


def _write(table: list[tuple[list[Box], str]], out: Lines, count: int) -> None:
    """Write a whole table as lines."""
    if not table:
        return
    places = [f"{place}, table {count}, row {n}" for n, (_, place) in enumerate(table, start=1)]
    write_table([row for row, _ in table], places, out, "pdf")
