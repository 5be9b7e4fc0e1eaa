"""Characters on pages to lines and paragraphs: margins, indents, page furniture, tables."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from sxcanalysis.documents.lines import Box, write_table
from sxcanalysis.documents.pdf_print import Line, in_reading_order
from sxcanalysis.documents.pdf_tables import Table, extend, goes_on, take_tables
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
    from sxcanalysis.documents.pdf_print import Page

# Running heads and page numbers stand within this share of the page's height from its edge.
_EDGE = 0.12
# No column of text is narrower than so many characters: where all lines are shorter, none is cut.
_NARROWEST = 12


def compose(pages: list[Page], out: Lines) -> None:
    """Turn pages into lines, in reading order, and mark which lines go on from the one before."""
    flow: list[list[Line | Table]] = []
    gutter: float | None = None
    for page in pages:
        last = next((i for i in reversed(flow[-1] if flow else []) if not _may_be_furniture(i, page)), None)
        found, gutter = _items(page, last if isinstance(last, Table) else None, gutter)
        flow.append(found)
    dropped = _furniture(flow, pages)
    items = [item for page_items in flow for item in page_items]
    measure = _margins([i for i in items if isinstance(i, Line) and id(i) not in dropped])
    before: Line | None = None
    tables: list[list[tuple[list[Box], str]]] = []
    open_table: Table | None = None
    for item in items:
        if isinstance(item, Table):
            if open_table is None or not goes_on(open_table, item):
                if open_table is not None:
                    _write(tables[-1], out, len(tables))
                tables.append([])
            extend(tables[-1], item, out)
            open_table, before = item, None
        elif id(item) in dropped:
            out.removed.append((len(out.lines), dropped[id(item)], item.text))
        else:
            if open_table is not None:
                _write(tables[-1], out, len(tables))
            if before is not None and _goes_on(before, item, measure):
                out.glued[len(out.lines)] = "" if before.page == item.page else "page-break"
            out.lines.append(item.text)
            out.places.append(item.page)
            open_table, before = None, item
    if open_table is not None:
        _write(tables[-1], out, len(tables))
    for page in pages:
        if page.slanted:
            out.note("aslant", page=page.number, words=page.slanted[:100])
        if page.white:
            out.find("white_page", f"{page.number}: {page.white[:200]}")


def _items(page: Page, before: Table | None, gutter: float | None) -> tuple[list[Line | Table], float | None]:
    """List what a page holds in reading order; say where its columns part."""
    tables, rest = take_tables(page, before)
    lines, gutter = in_reading_order(page, rest, gutter)
    items: list[Line | Table] = list(lines)
    for table in tables:
        at = next((k for k, item in enumerate(items) if item.y0 > table.y0), len(items))
        items.insert(at, table)
    return items, gutter


def _may_be_furniture(item: Line | Table, page: Page) -> bool:
    """Tell whether a line stands at the edge of its page."""
    return isinstance(item, Line) and (item.y1 < _EDGE * page.height or item.y0 > (1 - _EDGE) * page.height)


def _furniture(flow: list[list[Line | Table]], pages: list[Page]) -> dict[int, str]:
    """Find page numbers and running heads at the edges of the pages."""
    dropped: dict[int, str] = {}
    heads: dict[tuple[str, int], list[Line]] = {}
    bare: list[tuple[int, Line]] = []
    for item in (i for items in flow for i in items):
        if not isinstance(item, Line) or not _may_be_furniture(item, pages[item.page - 1]):
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
        apart = all(_stands_apart(line, flow[line.page - 1]) for line in lines)
        if apart and len({line.page for line in lines}) >= max(2, 0.4 * len(pages)):
            dropped |= dict.fromkeys((id(line) for line in lines), "running-head")
    return dropped


def _stands_apart(line: Line, items: list[Line | Table]) -> bool:
    """Tell whether a line keeps more distance from the text than the lines of the text do from each other."""
    middles = [item.middle for item in items if isinstance(item, Line) and item is not line]
    steps = [b - a for a, b in pairwise(middles) if b > a]
    nearest = min((abs(middle - line.middle) for middle in middles), default=float("inf"))
    return not steps or nearest > 1.1 * median(steps)


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
    if (
        a.x1 < m.right - 2 * a.size
        or a.x1 - m.left < _NARROWEST * a.size
        or abs(a.size - b.size) > 0.15 * max(a.size, b.size)
    ):
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


def _write(table: list[tuple[list[Box], str]], out: Lines, count: int) -> None:
    """Write a whole table as lines."""
    if not table:
        return
    places = [f"{place}, table {count}, row {n}" for n, (_, place) in enumerate(table, start=1)]
    write_table([row for row, _ in table], places, out, "pdf")
