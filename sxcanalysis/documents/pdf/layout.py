"""Pages of print to lines and paragraphs: what stands on every page left out, tables, margins and indents."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median
from typing import TYPE_CHECKING

from sxcanalysis.documents.lines import write_table
from sxcanalysis.documents.pdf.printing import Line, in_reading_order, print_lines
from sxcanalysis.documents.pdf.tables import Table, extend, goes_on, take_tables
from sxcanalysis.reference.column_heads import is_head
from sxcanalysis.text.lines import (
    BARE_PAGE,
    PAGE,
    begins,
    ends_complete,
    ends_in_passing,
    is_bracket,
    is_heading,
    is_title,
    running_heads,
)

if TYPE_CHECKING:
    from sxcanalysis.documents.lines import Box, Lines
    from sxcanalysis.documents.pdf.printing import Page

# No column of text is narrower than so many characters: where all lines are shorter, none is cut.
_NARROWEST = 12
_ROW = re.compile(r"\d+\s")  # the row of a table begins so


def compose(pages: list[Page], out: Lines) -> None:
    """Turn pages into lines, in reading order, and mark which lines go on from the one before."""
    furniture = _take_furniture(pages)
    flow: list[list[Line | Table]] = []
    gutter: float | None = None
    for page in pages:
        last = flow[-1][-1] if flow and flow[-1] else None
        tables, rest = take_tables(page, last if isinstance(last, Table) else None)
        lines, gutter = in_reading_order(page, rest, gutter)
        items: list[Line | Table] = list(lines)
        for table in tables:
            items.insert(next((k for k, item in enumerate(items) if item.y0 > table.y0), len(items)), table)
        flow.append(items)
    measure = _margins([item for items in flow for item in items if isinstance(item, Line)])
    before: Line | None = None
    open_table: Table | None = None
    rows: list[tuple[list[Box], str]] = []
    for page, items in zip(pages, flow, strict=True):
        aside = furniture.get(page.number, [])
        for item in items:
            while aside and aside[0][0] < item.y0:
                out.remove(*aside.pop(0)[1:])
            if open_table and not (isinstance(item, Table) and goes_on(open_table, item)):
                _write(rows, out)
            if isinstance(item, Table):
                extend(rows, item, out)
                open_table, before = item, None
                continue
            if before is not None and _goes_on(before, item, measure):
                out.glued[len(out.lines)] = "" if before.page == item.page else "page-break"
            out.add(item.text, item.page)
            open_table, before = None, item
        for _, kind, text in aside:
            out.remove(kind, text)
    _write(rows, out)
    for page in pages:
        if page.slanted:
            out.note("aslant", page=page.number, words=page.slanted[:100])
        if page.white:
            out.find("white_page", f"{page.number}: {page.white[:200]}")


def _write(rows: list[tuple[list[Box], str]], out: Lines) -> None:
    """Write a whole table as lines."""
    if rows:
        count = len(out.tables) + 1
        places = [f"{place}, table {count}, row {n}" for n, (_, place) in enumerate(rows, start=1)]
        write_table([row for row, _ in rows], places, out, "pdf")
        rows.clear()


def _take_furniture(pages: list[Page]) -> dict[int, list[tuple[float, str, str]]]:
    """Take page numbers and running heads from the edges of the pages; return their places, kinds and words."""
    found: list[tuple[str, Page, Line]] = []
    bare: list[tuple[int, Page, Line]] = []
    heads: list[tuple[tuple[str, int], Page, Line]] = []
    apart: dict[tuple[str, int], list[bool]] = {}
    for page in pages:
        lines = print_lines(page.characters, page.number)
        steps = [abs(a.middle - b.middle) for a, b in pairwise(sorted(lines, key=lambda i: i.middle))]
        usual = median([step for step in steps if step > 1] or [0.0])
        for line in lines:
            text = line.text.strip()
            if not page.at_edge(line) or _is_ruled(line, page):
                continue
            if PAGE.match(text):
                found.append(("page-number", page, line))
            elif BARE_PAGE.match(text):
                bare.append((int(text) - page.number, page, line))
            elif not is_head(text.split()) and not _ROW.match(text):
                key = (re.sub(r"\d+", "#", text), round(line.y0 / 6))
                heads.append((key, page, line))
                # A running head keeps more distance from the text than the lines of the text do from each other.
                gaps = (abs(line.middle - other.middle) for other in lines)
                nearest = min((gap for gap in gaps if gap > 0.5 * line.size), default=page.height)
                apart.setdefault(key, []).append(nearest > 1.1 * usual)
    # A bare number is a page number where it counts with the pages.
    counts = Counter(step for step, *_ in bare)
    single = {0} if len(pages) == 1 else set()
    found += [("page-number", page, line) for step, page, line in bare if counts[step] > 1 or step in single]
    least = max(2, round(0.4 * len(pages)))
    again = running_heads(((key, line.text, k) for k, (key, _, line) in enumerate(heads)), least)
    found += [("running-head", heads[k][1], heads[k][2]) for k in again if mean(apart[heads[k][0]]) > 0.5]
    gone = {id(c) for _, _, line in found for c in line.characters}
    places: dict[int, list[tuple[float, str, str]]] = {}
    for kind, page, line in sorted(found, key=lambda what: what[2].y0):
        places.setdefault(page.number, []).append((line.y0, kind, line.text))
        page.characters = [c for c in page.characters if id(c) not in gone]
    return places


def _is_ruled(line: Line, page: Page) -> bool:
    """Tell whether a line stands in a drawn cell."""
    x = (line.x0 + line.x1) / 2
    return any(x0 <= x <= x1 and y0 <= line.middle <= y1 for cells in page.cells for x0, y0, x1, y1 in cells)


@dataclass(frozen=True, slots=True)
class _Measure:
    """How the text is set: its margins, the height of a line, and what tells where a paragraph begins."""

    left: float
    right: float
    leading: float
    indented: bool
    brackets: bool  # brackets on lines of their own only ever follow full lines


def _margins(lines: list[Line]) -> _Measure:
    """Find the margins of the text, and whether paragraphs begin with an indent."""
    if not lines:
        return _Measure(0.0, 0.0, 0.0, indented=False, brackets=False)
    size = median(line.size for line in lines)
    few = max(2, 0.03 * len(lines))

    def edge(ends: list[float], reach: float) -> float:
        """Return the outermost place near which more than a few lines begin (or end)."""
        near = (x for k, x in enumerate(ends) if bisect_right(ends, x + reach) - k >= few)
        return next(near, ends[0])

    left = edge(sorted(line.x0 for line in lines), 0.5 * size)
    right = -edge(sorted(-line.x1 for line in lines), size)
    indents = sum(left + 1.2 * size < line.x0 < left + 3 * size for line in lines)
    gaps = [b.y0 - a.y0 for a, b in pairwise(lines) if a.page == b.page and 0 < b.y0 - a.y0 < 4 * size]
    behind = [a.x1 >= right - 2 * size for a, b in pairwise(lines) if is_bracket(b.text)]
    return _Measure(
        left,
        right,
        median(gaps) if gaps else 0.0,
        indented=indents >= max(2, 0.1 * len(lines)),
        brackets=bool(behind) and sum(behind) >= 0.9 * len(behind),
    )


def _goes_on(a: Line, b: Line, m: _Measure) -> bool:
    """Decide from the print whether a line goes on in the next one."""
    short = a.x1 < m.right - 2 * a.size or a.x1 - m.left < _NARROWEST * a.size
    if short or abs(a.size - b.size) > 0.15 * max(a.size, b.size):
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
