"""Tables of a page: those whose cells are drawn, and those that only the places of their words make.

A table without drawn cells is known by its head (words that name columns), by the rules above and below the head, or
by three rows of three cells or more. Each line below belongs to it as long as its stretches keep to the columns.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import TYPE_CHECKING, NamedTuple

from sxcanalysis.documents.lines import Box, glue
from sxcanalysis.documents.pdf.printing import Line, Page, bands, print_lines, stretches
from sxcanalysis.reference.bodies import is_listed, is_place
from sxcanalysis.reference.column_heads import is_head
from sxcanalysis.text.lines import begins, is_title

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sxcanalysis.documents.lines import Lines
    from sxcanalysis.documents.pdf.printing import Character, Rule

_NUMBER = re.compile(r"[（(]?[\d一二三四五六七八九十]{1,4}[）)、．.]?$")
_UNIT = re.compile(r"[“‘（《(]*.[，。、；：！？”’）》)A-Za-z0-9“‘]*")
_BETWEEN = re.compile(r"[、，,；;\s]+")
_MAX_CELLS = 20_000
_LONGEST_TITLE = 40
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
    for a, b, c in zip(lines, lines[1:], [*lines[2:], None], strict=False):
        # What may not stand apart from the first character of the next line goes there with it.
        unit = _UNIT.match(b.text)
        room = sum(1.0 if ord(char) > 0x2E80 else 0.6 for char in unit[0]) if unit else 1.0
        names = (b.text, b.text + c.text if c else "")
        other = begins(b.text) or any(_two_bodies(text, name) for name in names)
        text = (
            glue(text, b.text) if a.x1 > right - (room + 0.6) * a.size and not other else f"{text} {b.text}"
        )
    return text.strip()


def _two_bodies(left: str, right: str) -> bool:
    """Tell whether a line ends between two names, and not because the line was full."""
    last, first = _BETWEEN.split(left)[-1], _BETWEEN.split(right)[0]
    return (is_listed(last) and is_listed(first)) or (
        min(len(last), len(first)) > 2 and is_place(last) and is_place(first)
    )


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


def _open_tables(
    page: Page, characters: Sequence[Character], before: Table | None
) -> tuple[list[Table], Sequence[Character]]:
    """Find the tables that no drawn cells make; return the characters outside them."""
    parts = stretches(characters, page.number)
    groups = _beside(bands(parts))
    tables: list[Table] = []
    used: set[int] = set()
    k = 0
    while k < len(groups):
        start = k
        columns = _begins_table(groups, k, page.rules)
        begun = columns is not None
        if columns is None and before is not None and not tables:
            columns = _continues(groups[k], before)
            # What is left of the cells of the page before, or lines of a long cell beside which the others are centred.
            while columns and k and _joins_below(groups[k - 1], groups[k], columns):
                k -= 1
        head = k
        if columns and begun:
            k = _top_of_head(groups, k, columns, page.rules)
        last, columns = _reach(groups, k, columns, page.rules, head) if columns else (k, [])
        if last - k < (2 if before is None or tables else 1):
            k = start + 1
            continue
        tables.append(_open_table(groups[k:last], columns, page, head - k if begun else None))
        used |= {id(part) for band in groups[k:last] for part in band}
        k = last
    if not tables:
        return [], characters
    inside = {id(c) for part in parts if id(part) in used for c in part.characters}
    return tables, [c for c in characters if id(c) not in inside]


def _begins_table(groups: list[list[Line]], k: int, rules: Sequence[Rule]) -> list[_Column] | None:
    """Give the columns of the table that begins with a line, if one does."""
    band = groups[k]
    if len(band) < 2:
        return None
    columns = _columns(band)
    if is_head(_texts_of(band)):
        return columns
    above = any(_spans(rule, band) and 0 <= band[0].y0 - rule.y < 2 * band[0].size for rule in rules)
    below = any(_spans(rule, band) and 0 <= rule.y - band[0].y1 < 2 * band[0].size for rule in rules)
    if above and below:
        return columns
    if len(columns) > 2:
        for other in groups[k + 1 : k + 3]:
            if len(other) < 3 or (fitted := _fit(other, columns)) is None:
                return None
            columns = fitted
        return _columns(band) if len(groups) > k + 2 else None
    return None


def _spans(rule: Rule, band: list[Line]) -> bool:
    return rule.x0 <= band[0].x0 + band[0].size and rule.x1 >= band[-1].x1 - band[0].size


def _continues(band: list[Line], before: Table) -> list[_Column] | None:
    """Give the columns of the table of the page before if a line keeps to them."""
    middles = before.edges[1:-1]
    if len(band) < 2 or any(bisect_right(middles, p.x0 + 3) != bisect_right(middles, p.x1 - 3) for p in band):
        return None
    return [_Column(a, b) for a, b in pairwise(before.edges)]


def _joins_below(above: list[Line], band: list[Line], columns: list[_Column]) -> bool:
    """Tell whether a lone stretch is a part of the row below it: in one column, and no line of its own."""
    near = band[0].y0 - above[0].y1 < 4 * band[0].size
    alone = len(above) == 1 and not _is_prose(above[0], columns, other=False)
    return near and alone and _fit(above, columns) is not None


def _fit(band: list[Line], columns: list[_Column]) -> list[_Column] | None:
    """Widen the columns to hold a line's stretches, or return None where one of them stands across two columns."""
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


def _top_of_head(groups: list[list[Line]], k: int, columns: list[_Column], rules: Sequence[Rule]) -> int:
    """Find the first line of a head some of whose cells have several: below a rule, or beside the line that was found."""
    band = groups[k]
    above = [rule.y for rule in rules if _spans(rule, band) and 0 < band[0].y0 - rule.y < 4 * band[0].size]
    top = max(above, default=band[0].y0 + 0.2 * band[0].size)
    while k and len(groups[k - 1]) < len(band) and _fit(groups[k - 1], columns) is not None:
        if (groups[k - 1][0].y0 if above else groups[k - 1][0].y1) < top:
            break
        k -= 1
    return k


def _columns(band: list[Line]) -> list[_Column]:
    """Give the columns that the stretches of a line stand in: those one below the other are in the same."""
    found: list[_Column] = []
    for part in band:
        if found and part.x0 < found[-1].x1:
            found[-1] = _Column(found[-1].x0, max(found[-1].x1, part.x1))
        else:
            found.append(_Column(part.x0, part.x1))
    return found


def _texts_of(band: list[Line]) -> list[str]:
    """Give the words of a line column by column."""
    columns = [column.x0 for column in _columns(band)]
    texts = [""] * len(columns)
    for part in sorted(band, key=lambda part: part.middle):
        texts[bisect_right(columns, part.x0) - 1] += part.text
    return texts


def _reach(
    groups: list[list[Line]], k: int, columns: list[_Column], rules: Sequence[Rule], head: int
) -> tuple[int, list[_Column]]:
    """Find where a table ends whose first line is given, and that of its head; return the line behind it and its columns."""
    ends = [rule.y for rule in rules if _spans(rule, groups[head]) and rule.y > groups[head][0].y1]
    bottom = max(ends) if len(ends) > 1 else None
    other = False
    last = k
    while last < len(groups):
        band = groups[last]
        gap = band[0].y0 - groups[last - 1][0].y1 if last > k else 0.0
        if gap > 4 * band[0].size or (bottom is not None and band[0].y0 > bottom and len(band) < 2):
            break
        words = _texts_of(band)
        # Words of a cell may look like a head's (9处编号): a head names the first column as well, and most of the others.
        heads = band[0].x0 < columns[0].x1 and 2 * len(words) > len(columns) and is_head(words)
        other = last > head and heads and words != _texts_of(groups[head])
        if other:
            break
        fitted = _fit(band, columns)
        if fitted is None and not (len(band) == 1 and _goes_on_below(groups, last, columns)):
            break
        columns = fitted or columns
        last += 1
    # A lone stretch at the end is what follows the table, unless its own line is missing only there.
    while (
        last > head + 1
        and len(groups[last - 1]) == 1
        and _is_prose(groups[last - 1][0], columns, other=other)
    ):
        last -= 1
    return last, columns


def _goes_on_below(groups: list[list[Line]], k: int, columns: list[_Column]) -> bool:
    """Tell whether a stretch across the columns is a title inside the table: short, with rows right below."""
    following = groups[k + 1] if k + 1 < len(groups) else []
    return (
        len(groups[k][0].text) <= _LONGEST_TITLE
        and len(following) > 1
        and _fit(following, columns) is not None
    )


def _is_prose(part: Line, columns: list[_Column], *, other: bool) -> bool:
    """Tell whether a lone stretch below the rows is a line of its own: at the left, or above another head."""
    return (
        (other or part.x0 < columns[0].x1)
        and (begins(part.text) or is_title(part.text))
        and not _NUMBER.match(part.text)
    )


def _open_table(groups: list[list[Line]], columns: list[_Column], page: Page, head: int | None) -> Table:
    """Put the lines of a table into rows and columns."""
    middles = [(a.x1 + b.x0) / 2 for a, b in pairwise(columns)]
    edges = [columns[0].x0, *middles, columns[-1].x1]
    table = Table(page.number, groups[0][0].y0, edges, ruled=False)
    for row in _rows(groups, columns, page.rules, head):
        across = [part for part in row if len(row) == 1 and _fit([part], columns) is None]
        if across:
            table.rows.append([Box(across[0].text, 1, len(columns))])
            continue
        cells: list[list[Line]] = [[] for _ in columns]
        for part in row:
            cells[bisect_right(middles, (part.x0 + part.x1) / 2)].append(part)
        table.rows.append(
            [Box(_cell(cell, column.x0, column.x1)) for cell, column in zip(cells, columns, strict=True)]
        )
    return table


def _rows(
    groups: list[list[Line]], columns: list[_Column], rules: Sequence[Rule], head: int | None
) -> Iterator[list[Line]]:
    """Put the lines of a table together that make one row.

    A rule parts rows. Between rules, rows stand further apart than the lines of a cell do; where all lines are as far
    apart, a row begins with each number, or where the first column is filled.
    """
    heights = sorted(rule.y for rule in rules if rule.x1 - rule.x0 > 0.5 * (columns[-1].x1 - columns[0].x0))
    words = None if head is None else _texts_of(groups[head])
    if head:
        groups = [[part for band in groups[: head + 1] for part in band], *groups[head + 1 :]]
    blocks: list[tuple[bool, list[list[Line]]]] = []
    for n, band in enumerate(groups):
        alone = n and len(band) == 1 and _fit(band, columns) is None
        below = n and bisect_right(heights, groups[n - 1][0].middle) != bisect_right(heights, band[0].middle)
        after = n and len(groups[n - 1]) == 1 and _fit(groups[n - 1], columns) is None
        again = words is not None and (
            _texts_of(band) == words or (n > 1 and _texts_of(groups[n - 1]) == words)
        )
        if not n or again or (n == 1 and head is not None and not heights) or alone or below or after:
            blocks.append((bool(below), []))
        blocks[-1][1].append(band)
    parted = sum(below for below, _ in blocks)
    for k, (_, block) in enumerate(blocks):
        # The head between two rules is one row, and so is every row where rules part more than head and body.
        whole = (parted > 1 or (words is not None and not k)) and (k == len(blocks) - 1 or blocks[k + 1][0])
        for row in [block] if whole and len(_numbers(block, columns)) < 2 else _block_rows(block, columns):
            yield [part for band in row for part in band]


def _beside(groups: list[list[Line]]) -> list[list[Line]]:
    """Put lines together that overlap in height: lines of cells of which one has an even number, another an odd one."""
    found: list[list[Line]] = []
    for band in groups:
        if found and band[0].y0 < max(part.y1 for part in found[-1]) - 0.1 * band[0].size:
            found[-1] = sorted(found[-1] + band, key=lambda part: part.x0)
        else:
            found.append(band)
    return found


def _numbers(block: list[list[Line]], columns: list[_Column]) -> list[int]:
    """List the lines of a block that hold a number in the first column."""
    return [
        n
        for n, band in enumerate(block)
        if any(part.x0 < columns[0].x1 and _NUMBER.match(part.text.strip()) for part in band)
    ]


def _block_rows(block: list[list[Line]], columns: list[_Column]) -> list[list[list[Line]]]:
    numbers = _numbers(block, columns)
    gaps = [b[0].middle - a[0].middle for a, b in pairwise(block)]
    for step in sorted(set(gaps)):
        starts = [0, *(n + 1 for n, gap in enumerate(gaps) if gap >= step and gap > 1.15 * min(gaps))]
        if numbers and [bisect_right(starts, n) for n in numbers] == list(range(1, len(starts) + 1)):
            return [block[a:b] for a, b in pairwise([*starts, len(block)])]
    wide = max(gaps, default=0.0) > 1.3 * min(gaps, default=1.0)
    if numbers:
        starts = [0, *numbers[1:]] if numbers[0] == 0 else numbers
    elif wide:
        middle = (max(gaps) + min(gaps)) / 2
        starts = [0, *(n + 1 for n, gap in enumerate(gaps) if gap > middle)]
    else:
        starts = [n for n, band in enumerate(block) if any(part.x0 < columns[0].x1 for part in band)]
    starts = sorted({0, *starts})
    return [block[a:b] for a, b in pairwise([*starts, len(block)])]
