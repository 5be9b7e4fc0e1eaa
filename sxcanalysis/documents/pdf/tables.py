"""Tables of a page: those whose cells are drawn, and those that only the places of their words make.

A table without drawn cells is known by its head (words that name columns), by the rules above and below the head, or
by three rows of three cells or more. Each line below belongs to it as long as its stretches keep to the columns.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise, product
from typing import TYPE_CHECKING, NamedTuple

from sxcanalysis.documents.lines import Box, glue
from sxcanalysis.documents.pdf.printing import Line, Page, bands, print_lines, stretches
from sxcanalysis.reference.bodies import two_bodies
from sxcanalysis.reference.column_heads import column_group, is_head
from sxcanalysis.text.lines import begins, is_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sxcanalysis.documents.lines import Lines
    from sxcanalysis.documents.pdf.printing import Character, Rule

_NUMBER = re.compile(r"[（(]?[\d一二三四五六七八九十]{1,4}[）)、．.]?$")
_UNIT = re.compile(r"[“‘（《(]*.[，。、；：！？”’）》)A-Za-z0-9“‘]*")
_MAX_CELLS = 20_000
_LONGEST_TITLE = 40
_NAME_LINES = 5  # a narrow cell breaks a name over so many lines
# Columns of two pages without rules are the same where their words stand about there.
_RULED, _OPEN = 6.0, 40.0


@dataclass(slots=True)
class Table:
    """A table of a page: its rows, the places of its columns, its top."""

    page: int
    y0: float
    edges: list[float]
    rows: list[list[Box]] = field(default_factory=list)
    ruled: bool = True


def take_tables(page: Page, before: Table | None) -> tuple[list[Table], list[Character]]:
    """
    Take the tables from a page; return them from top to bottom, and the characters that stand in none.

    *before* is the last table of the page before, if nothing follows it there: it may go on.
    """
    rest: Sequence[Character] = page.characters
    tables = []
    for boxes in page.cells:
        table, rest = _fill(boxes, rest, page.number)
        tables += [table] if table else []
    found, rest = _open_tables(page, rest, before if before is not None and not before.ruled else None)
    return sorted([*tables, *found], key=lambda table: table.y0), list(rest)


def _fill(
    boxes: list[tuple[float, float, float, float]], characters: Sequence[Character], page: int
) -> tuple[Table | None, Sequence[Character]]:
    """Put characters into the cells of a ruled table; return those that belong to none."""
    xs = _edges([v for c in boxes for v in (c[0], c[2])])
    ys = _edges([v for c in boxes for v in (c[1], c[3])])
    columns, rows = len(xs) - 1, len(ys) - 1
    if columns < 2 or rows < 1 or len(boxes) < 2 or columns * rows > _MAX_CELLS:
        return None, characters
    owner: dict[tuple[int, int], tuple[int, int]] = {}  # the place where the cell begins that covers a place
    for x0, y0, x1, y1 in boxes:
        r, c = _at(ys, y0), _at(xs, x0)
        for place in product(range(r, max(_at(ys, y1), r + 1)), range(c, max(_at(xs, x1), c + 1))):
            owner.setdefault(place, (r, c))
    inside: dict[tuple[int, int], list[Character]] = {place: [] for place in owner.values()}
    rest: list[Character] = []
    for ch in characters:
        place = (bisect_right(ys, (ch.y0 + ch.y1) / 2) - 1, bisect_right(xs, (ch.x0 + ch.x1) / 2) - 1)
        (inside[owner[place]] if place in owner else rest).append(ch)
    sizes = Counter(owner.values())
    table = Table(page, ys[0], xs)
    for r in range(rows):
        table.rows.append([])
        for c in range(columns):
            start = owner.get((r, c), (r, c))
            if start == (r, c):
                across = sum(owner.get((r, k)) == start for k in range(c, columns)) or 1
                text = _cell(print_lines(inside.get(start, []), page), xs[c], xs[c + across])
                table.rows[-1].append(Box(text, max(sizes[start] // across, 1), across))
    return (table if any(box.text for row in table.rows for box in row) else None), rest


def _edges(values: list[float]) -> list[float]:
    out: list[float] = []
    for v in sorted(values):
        if not out or v - out[-1] > 3:
            out.append(v)
    return out


def _at(edges: list[float], value: float) -> int:
    return max(bisect_right(edges, value + 3.01) - 1, 0)


def _cell(lines: Sequence[Line], left: float, right: float) -> str:
    """Read a cell: lines that reach its right side go on, shorter ones end a paragraph."""
    lines = sorted(lines, key=lambda i: (i.middle, i.x0))
    if not lines:
        return ""
    # The padding is the same on both sides of most cells; it is seen best on the left.
    right = max(*(line.x1 for line in lines), right - max(min(line.x0 for line in lines) - left, 0.0))
    text = lines[0].text
    for i, (a, b) in enumerate(pairwise(lines), start=1):
        # What may not stand apart from the first character of the next line goes there with it.
        unit = _UNIT.match(b.text)
        room = sum(1.0 if ord(char) > 0x2E80 else 0.6 for char in unit[0]) if unit else 1.0
        names = accumulate(line.text for line in lines[i : i + _NAME_LINES])
        other = begins(b.text) or any(two_bodies(text, name) for name in names)
        text = (
            glue(text, b.text) if a.x1 > right - (room + 0.6) * a.size and not other else f"{text} {b.text}"
        )
    return text.strip()


def goes_on(a: Table, b: Table) -> bool:
    """Tell whether a table goes on on the next page: the same columns at the same places."""
    near = _RULED if a.ruled and b.ruled else _OPEN
    return (
        b.page == a.page + 1
        and len(a.edges) == len(b.edges)
        and all(abs(x - y) < near for x, y in zip(a.edges[1:-1], b.edges[1:-1], strict=True))
        and (
            not (a.ruled and b.ruled)
            or abs(a.edges[0] - b.edges[0]) + abs(a.edges[-1] - b.edges[-1]) < 2 * near
        )
    )


def extend(table: list[tuple[list[Box], str]], more: Table, out: Lines) -> None:
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


class _Column(NamedTuple):
    """Where the words of a column stand."""

    x0: float
    x1: float


class _Head(NamedTuple):
    """The head of a table: its bands, the columns under it, and its rows (two where a cell goes over several columns)."""

    first: int
    stop: int
    columns: list[_Column]
    rows: list[list[Box]]


def _open_tables(
    page: Page, characters: Sequence[Character], before: Table | None
) -> tuple[list[Table], Sequence[Character]]:
    """Find the tables that no drawn cells make; return the characters outside them."""
    groups: list[list[Line]] = []
    for band in bands(stretches(characters, page.number)):
        # Lines that overlap in height are those of cells of which one has an even number, another an odd one.
        if groups and band[0].y0 < max(part.y1 for part in groups[-1]) - 0.1 * band[0].size:
            groups[-1] = sorted(groups[-1] + band, key=lambda part: part.x0)
        else:
            groups.append(band)
    tables: list[Table] = []
    used: set[int] = set()
    k = 0
    while k < len(groups):
        head = _head(groups, k, page.rules)
        columns = (
            head.columns if head else _columns_before(groups[k], before, first=not k) if not tables else None
        )
        start = head.first if head else k
        # What is left of the cells of the page before, or lines of a long cell beside which the others are centred.
        while columns and not head and start and _joins_below(groups[start - 1], groups[start], columns):
            start -= 1
        body = head.stop if head else start
        last, columns = _reach(groups, start, body, columns, page.rules) if columns else (k, [])
        if last - start >= (2 if head else 1):
            table = Table(page.number, groups[start][0].y0, _edges_of(columns), ruled=False)
            table.rows = [*(head.rows if head else []), *_body(groups[body:last], columns, page.rules)]
            tables.append(table)
            used |= {id(c) for band in groups[start:last] for part in band for c in part.characters}
        k = max(k + 1, last)
    return tables, [c for c in characters if id(c) not in used] if tables else characters


def _edges_of(columns: Sequence[_Column]) -> list[float]:
    return [columns[0].x0, *((a.x1 + b.x0) / 2 for a, b in pairwise(columns)), columns[-1].x1]


def _head(groups: list[list[Line]], k: int, rules: Sequence[Rule]) -> _Head | None:
    """Find the head of the table that begins with a band, if one does."""
    band = groups[k]
    if len(band) < 2:
        return None
    size = band[0].size
    above = [r.y for r in rules if _spans(r, band) and -0.2 * size <= band[0].y0 - r.y < 4 * size]
    below = [r.y for r in rules if _spans(r, band) and 0 <= r.y - band[0].y1 < 2 * size]
    columns, _ = _levels(band)
    named = is_head(_texts_of(band, columns))
    if not named and not (above and below) and not _repeats(groups[k : k + 3], columns):
        return None
    first, stop = k, k + 1
    top = max(above, default=band[0].y0 + 0.2 * size)
    # Lines of the head's cells stand above it, below a rule or beside it, and below it, above a rule.
    while (
        first
        and (groups[first - 1][0].y0 if above else groups[first - 1][0].y1) >= top
        and (above or len(groups[first - 1]) < len(band))
        and _fit(groups[first - 1], columns)
    ):
        first -= 1
    while above and below and stop < len(groups) and groups[stop][-1].y1 <= below[0] + 0.2 * size:
        stop += 1
    # Without rules: a row of wide cells above, or one of narrow cells below, which leaves the first column free.
    tries = [(first - 1, stop), (first, stop + 1), (first - 1, stop + 1)] if named else []
    for i, j in tries if not _levels(chain(*groups[first:stop]))[1] else ():
        if i < 0 or j > len(groups) or (j > stop and groups[stop][0].x0 <= columns[0].x1):
            continue
        _, wide = _levels(chain(*groups[i:j]))
        close = all(b[0].y0 - a[0].y1 < size for a, b in pairwise(groups[i:j]))
        # A title above the table stands over columns as well; a head names what they hold.
        if close and wide and all(n and column_group(part.text) for part, n, _ in wide):
            first, stop = i, j
            break
    return _Head(first, stop, *_head_rows(list(chain(*groups[first:stop]))))


def _repeats(groups: list[list[Line]], columns: list[_Column]) -> bool:
    """Tell whether three lines of three cells or more stand in the same columns."""
    fitted: list[_Column] | None = columns
    for group in groups:
        fitted = _fit(group, fitted) if fitted and len(group) > 2 else None
    return len(groups) == 3 and fitted is not None


def _spans(rule: Rule, band: list[Line]) -> bool:
    return rule.x0 <= band[0].x0 + band[0].size and rule.x1 >= band[-1].x1 - band[0].size


def _levels(parts: Iterable[Line]) -> tuple[list[_Column], list[tuple[Line, int, int]]]:
    """Give the columns that the stretches of a head stand in, and the cells that go over several of them.

    From the lowest up: one that stands above two columns or more, or centred above two that it lies between, goes over
    them; one that stands above a single column is another line of its words.
    """
    columns: list[_Column] = []
    wide: list[tuple[Line, _Column, _Column]] = []
    lowest: dict[_Column, float] = {}
    for part in sorted(parts, key=lambda part: -part.middle):
        under = [c for c in columns if part.x0 < c.x1 and part.x1 > c.x0]
        if not under:
            between = [(a, b) for a, b in pairwise(columns) if a.x1 <= part.x0 and part.x1 <= b.x0]
            off = [abs(a.x0 + b.x1 - part.x0 - part.x1) / 2 for a, b in between]
            under = list(between[0]) if off and off[0] < part.size else []
        lower = all(lowest[c] - part.middle > 0.5 * part.size for c in under)
        if len(under) > 1 and lower and len(under) < len(columns) + len(wide):
            wide.append((part, under[0], under[-1]))
            continue
        x0, x1 = (min([part.x0, *(c.x0 for c in under)]), max([part.x1, *(c.x1 for c in under)]))
        lowest[_Column(x0, x1)] = max([part.middle, *(lowest[c] for c in under)])
        columns = sorted([*(c for c in columns if c not in under), _Column(x0, x1)])

    def at(column: _Column) -> int:
        return next(n for n, c in enumerate(columns) if c.x0 <= column.x0 < c.x1)

    return columns, [(part, at(a), at(b)) for part, a, b in wide]


def _head_rows(parts: list[Line]) -> tuple[list[_Column], list[list[Box]]]:
    """Write the head: in two rows where cells go over several columns."""
    columns, wide = _levels(parts)
    over = {id(part) for part, _, _ in wide}
    own = _cells([part for part in parts if id(part) not in over], columns)
    if not wide:
        return columns, [own]
    covered = {n for _, first, last in wide for n in range(first, last + 1)}
    upper = {first: Box(part.text, 1, last - first + 1) for part, first, last in wide}
    top = [upper.get(n, box._replace(rows=2)) for n, box in enumerate(own) if n in upper or n not in covered]
    return columns, [top, [own[n] for n in sorted(covered)]]


def _cells(parts: list[Line], columns: Sequence[_Column]) -> list[Box]:
    """Give stretches to the columns."""
    middles = _edges_of(columns)[1:-1]
    cells: list[list[Line]] = [[] for _ in columns]
    for part in parts:
        cells[bisect_right(middles, (part.x0 + part.x1) / 2)].append(part)
    return [Box(_cell(cell, column.x0, column.x1)) for cell, column in zip(cells, columns, strict=True)]


def _columns_before(band: list[Line], before: Table | None, *, first: bool) -> list[_Column] | None:
    """Give the columns of the table of the page before if a band keeps to them; one stretch does so at the page's top only."""
    if before is None or (len(band) < 2 and (not first or begins(band[0].text) or is_title(band[0].text))):
        return None
    middles = before.edges[1:-1]
    if any(bisect_right(middles, part.x0 + 3) != bisect_right(middles, part.x1 - 3) for part in band):
        return None
    return [_Column(a, b) for a, b in pairwise(before.edges)]


def _joins_below(above: list[Line], band: list[Line], columns: list[_Column]) -> bool:
    """Tell whether a lone stretch is a part of the row below it: in one column, and no line of its own."""
    near = band[0].y0 - above[0].y1 < 4 * band[0].size
    alone = len(above) == 1 and not _is_prose(above[0], columns, other=False)
    return near and alone and _fit(above, columns) is not None


def _fit(band: list[Line], columns: list[_Column]) -> list[_Column] | None:
    """Widen the columns to hold a band's stretches, or return None where one of them stands across two columns."""
    wider = list(columns)
    taken: dict[int, Line] = {}
    for part in sorted(band, key=lambda part: part.middle):
        under = [n for n, c in enumerate(columns) if part.x0 < c.x1 and part.x1 > c.x0]
        if not under:
            middle = (part.x0 + part.x1) / 2
            under = [
                min(range(len(columns)), key=lambda n: abs((columns[n].x0 + columns[n].x1) / 2 - middle))
            ]
        last = taken.get(under[0])
        if len(under) > 1 or (last is not None and part.middle - last.middle < 0.5 * part.size):
            return None
        taken[under[0]] = part
        wider[under[0]] = _Column(min(wider[under[0]].x0, part.x0), max(wider[under[0]].x1, part.x1))
    return wider if all(a.x1 <= b.x0 for a, b in pairwise(wider)) else None


def _texts_of(band: list[Line], columns: Sequence[_Column]) -> list[str]:
    """Give the words of a band column by column."""
    texts = [""] * len(columns)
    for part in sorted(band, key=lambda part: part.middle):
        texts[bisect_right(columns, part.x0, key=lambda c: c.x0) - 1] += part.text
    return texts


def _reach(
    groups: list[list[Line]], start: int, body: int, columns: list[_Column], rules: Sequence[Rule]
) -> tuple[int, list[_Column]]:
    """Find where a table ends whose body is given; return the band behind it and its columns."""
    top = groups[start]
    ends = [rule.y for rule in rules if _spans(rule, top) and rule.y > top[0].y1]
    bottom = max(ends) if len(ends) > 1 else None
    other = False
    last = body
    while last < len(groups):
        band = groups[last]
        gap = band[0].y0 - groups[last - 1][0].y1 if last > start else 0.0
        if gap > 4 * band[0].size or (bottom is not None and band[0].y0 > bottom and len(band) < 2):
            break
        # Words of a cell may look like a head's (9处编号): a head names the first column as well, and most of the others.
        own, _ = _levels(band)
        other = band[0].x0 < columns[0].x1 and 2 * len(own) > len(columns) and is_head(_texts_of(band, own))
        if other:
            break
        fitted = _fit(band, columns)
        below = groups[last + 1] if last + 1 < len(groups) else []
        # A short stretch across the columns, with rows right below, is a title inside the table.
        title = len(band) == 1 and len(band[0].text) <= _LONGEST_TITLE and len(below) > 1
        if fitted is None and not (title and _fit(below, columns)):
            break
        columns = fitted or columns
        last += 1
    # A lone stretch at the end is what follows the table, unless its own line is missing only there.
    while last > body and len(groups[last - 1]) == 1 and _is_prose(groups[last - 1][0], columns, other=other):
        last -= 1
    return last, columns


def _is_prose(part: Line, columns: list[_Column], *, other: bool) -> bool:
    """Tell whether a lone stretch below the rows is a line of its own: at the left, or above another head."""
    own = begins(part.text) or is_title(part.text)
    return (other or part.x0 < columns[0].x1) and own and not _NUMBER.match(part.text)


def _body(groups: list[list[Line]], columns: list[_Column], rules: Sequence[Rule]) -> Iterator[list[Box]]:
    """Put the bands of a table together that make one row.

    A rule parts rows. Between rules, rows stand further apart than the lines of a cell do; where all lines are as far
    apart, a row begins with each number, or where the first column is filled. A stretch across the columns is a row.
    """
    wide = 0.5 * (columns[-1].x1 - columns[0].x0)
    heights = sorted(rule.y for rule in rules if rule.x1 - rule.x0 > wide)
    blocks: list[tuple[int, bool, list[list[Line]]]] = []  # between which rules, whether a title, the bands
    for band in groups:
        between = bisect_right(heights, band[0].middle)
        across = len(band) == 1 and _fit(band, columns) is None
        if not blocks or across or blocks[-1][1] or blocks[-1][0] != between:
            blocks.append((between, across, []))
        blocks[-1][2].append(band)
    for between, across, block in blocks:
        if across:
            yield [Box(block[0][0].text, 1, len(columns))]
            continue
        ruled = len({n for n, *_ in blocks}) > 1 and sum(n == between for n, *_ in blocks) == 1
        rows = [block] if ruled and len(_numbers(block, columns)) < 2 else _parted(block, columns)
        for row in rows:
            yield _cells([part for band in row for part in band], columns)


def _numbers(block: list[list[Line]], columns: list[_Column]) -> list[int]:
    """List the bands of a block that hold a number in the first column."""
    first = columns[0].x1
    return [
        n
        for n, band in enumerate(block)
        if any(part.x0 < first and _NUMBER.match(part.text.strip()) for part in band)
    ]


def _parted(block: list[list[Line]], columns: list[_Column]) -> list[list[list[Line]]]:
    """Part the bands between two rules into rows."""
    numbers = _numbers(block, columns)
    gaps = [b[0].middle - a[0].middle for a, b in pairwise(block)]
    starts: list[int] = []
    # The distance that sets each number apart parts the rows; the first may be the rest of one that a page cut.
    for unnumbered, step in product((0, 1), sorted(set(gaps)) if numbers else ()):
        wider = [n + 1 for n, gap in enumerate(gaps) if gap >= step and gap > 1.15 * min(gaps)]
        held = [bisect_right([0, *wider], n) - unnumbered for n in numbers]
        if held == list(range(1, len(wider) + 2 - unnumbered)):
            starts = wider
            break
    else:
        if numbers:
            starts = numbers[1:] if numbers[0] == 0 else numbers
        elif max(gaps, default=0.0) > 1.3 * min(gaps, default=1.0):
            middle = (max(gaps) + min(gaps)) / 2
            starts = [n + 1 for n, gap in enumerate(gaps) if gap > middle]
        else:
            starts = [n for n, band in enumerate(block) if any(part.x0 < columns[0].x1 for part in band)]
    return [block[a:b] for a, b in pairwise([*sorted({0, *starts}), len(block)])]
