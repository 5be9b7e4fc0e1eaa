"""Numbers and attributions together: which items are tasks, which are headings, which are prose."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from sxcanalysis.parsing.draft import HEADING, PREAMBLE, Draft
from sxcanalysis.parsing.items import (
    BULLETS,
    Outline,
    end_of,
    is_title_only,
    is_titled,
    line_of,
    make_task,
    make_unnumbered,
    mark_before,
    title_end,
    title_of,
)
from sxcanalysis.parsing.numbers import RANK, Mark
from sxcanalysis.parsing.sections import is_title
from sxcanalysis.reference.lexicon import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sxcanalysis.parsing.attributions.closings import Closing
    from sxcanalysis.parsing.sections import Section
    from sxcanalysis.parsing.task_tables.table_rows import TableReading

# Sections whose items are numbered like tasks and are none (``data/lexicon/sections.csv``).
_NO_TASKS = "«sections:no tasks»"
_IN_FORCE = re.compile(r"本[\u4e00-\u9fff]{2,6}自.{2,16}起(?:施行|实施|执行|生效)")
_NO_HEADING = re.compile(r"\d年|政府$|办公[厅室]$|^各")
_UNREAD = re.compile(r"（[^（）]*(?:厅|局|委|办|部|政府)[^（）]*）。?$")
_TITLE_LENGTH = 30


def outline_section(
    draft: Draft,
    section: Section,
    marks: list[Mark],
    closings: list[Closing],
    tables: Sequence[TableReading],
    *,
    any_closing: bool,
) -> Outline:
    """
    Take the numbered items of a section for tasks, headings or prose, and label their spans.

    An item ends where a table begins; *any_closing* says whether an attribution stands anywhere in the document.
    """
    edges = [*(mark.line_start for mark in marks[1:]), section.end]
    begun = [table.start for table in tables]
    ends = {}
    for mark, edge in zip(marks, edges, strict=False):
        at = bisect_left(begun, mark.start)
        ends[id(mark)] = min(edge, begun[at]) if at < len(begun) else edge
    o = Outline(draft, section, marks, any_closing, [mark.start for mark in marks], ends)
    o.table_lines = {line for table in tables for line, _ in draft.lines_between(table.start, table.end)}
    unnumbered: list[Closing] = []
    for closing in _without_chance(o, closings):
        holder = mark_before(o, closing.start)
        if holder and closing.prose and _bars_tasks(o, holder):
            continue
        (o.own.setdefault(id(holder), []) if holder else unnumbered).append(closing)
    styles = {mark.style for mark in marks if _is_section(o, mark)}
    titles = [mark for mark in marks if mark.style in styles and _is_section(o, mark, least=1)]
    o.tabled = {
        id(holder) for table in tables if table.has_bodies and (holder := mark_before(o, table.start))
    }
    o.tabled |= {id(mark) for mark in titles}
    for mark in titles:
        make_unnumbered(o, mark.end, o.ends[id(mark)], o.own.pop(id(mark)), line_of(mark))
    first = marks[0].line_start if marks else section.end
    make_unnumbered(o, section.start, first, unnumbered, ())
    _first_heading(o)
    _numbered(o)
    _close_above(o)
    return o


def _close_above(o: Outline) -> None:
    """Close the items above a line that closes them all, back to one that is closed (以上任务由…负责)."""
    for i, item in enumerate(o.items):
        last = item.closings[-1] if item.closings else None
        if last is None or o.draft.line_start(last.start) != last.start:
            continue
        if not compiled("«names:all above»").match(o.draft.chars, last.inner, last.end):
            continue
        pairs = tuple(pair._replace(basis="rule") for pair in last.reading.pairs)
        for other in reversed(o.items[:i]):
            if other.closings or other.path != item.path:
                break
            other.closings = [replace(last, reading=last.reading._replace(pairs=pairs))]


def _without_chance(o: Outline, closings: list[Closing]) -> list[Closing]:
    """Leave out the sentences that end with 由…负责, where too few of the items do: they are sentences like others."""
    style = {id(closing): mark.style for closing in closings if (mark := mark_before(o, closing.start))}
    items = Counter(mark.style for mark in o.marks)
    by = Counter(style.get(id(closing)) for closing in closings if closing.by)
    return [c for c in closings if not c.by or 2 * by[style.get(id(c))] >= items[style.get(id(c), "")] > 0]


def _bars_tasks(o: Outline, mark: Mark) -> bool:
    """Whether an item stands in a section that holds no tasks (基本原则)."""
    titles = (title_of(o, parent) for parent in line_of(mark))
    return any(len(title) <= 20 and compiled(_NO_TASKS).search(title) for title in titles)


def _first_heading(o: Outline) -> None:
    """Label the line over the first item a heading, where headings without a number stand over others too."""
    begun = [mark for mark in o.marks if o.draft.line_start(mark.line_start) == mark.line_start]
    over = [_line_over(o, mark) for mark in begun]
    if not over or over[0] is None or over[0][0] in o.draft.hints or not any(over[1:]):
        return
    line = o.draft.chars[slice(*over[0])]
    taken = o.draft.kind[slice(*over[0])].any() or "：" in line
    if not taken and not is_title(o.draft, *over[0]) and not _NO_HEADING.search(line):
        o.draft.label(*over[0], HEADING)


def _line_over(o: Outline, mark: Mark) -> tuple[int, int] | None:
    """Return the line before an item if it reads as a heading and holds no number itself."""
    if not mark.line_start:
        return None
    start = o.draft.line_start(mark.line_start - 1)
    numbered = mark_before(o, mark.line_start - 1)
    heads = o.draft.is_heading_line(start, mark.line_start)
    return None if not heads or (numbered and numbered.end > start) else (start, mark.line_start)


def _numbered(o: Outline) -> None:
    o.styles = Counter(mark.style for mark in o.marks)
    o.closed = Counter(mark.style for mark in o.marks if id(mark) in o.own)
    o.closed_lists = {(id(mark.parent), mark.style) for mark in o.marks if id(mark) in o.own}
    o.attributed = set()
    for mark in reversed(o.marks):  # children come after their parents
        if id(mark) in o.own or id(mark) in o.tabled or any(id(c) in o.attributed for c in mark.children):
            o.attributed.add(id(mark))
    titled = [mark for mark in o.marks if id(mark) in o.own and is_titled(o, mark, o.own[id(mark)][0])]
    more = sum(o.draft.line_end(o.own[id(mark)][-1].end - 1) < o.ends[id(mark)] for mark in titled)
    o.titles_closed = 2 * more >= max(3, len(titled))  # 1.标题。（X牵头）⏎…, again and again
    o.above_tasks = {id(mark.parent) for mark in o.marks if id(mark) in o.attributed}
    o.task_style = o.closed.most_common(1)[0][0] if o.closed else None
    stack: list[tuple[Mark, tuple[Mark, ...]]] = [
        (mark, ()) for mark in reversed(o.marks) if mark.parent is None
    ]
    while stack:
        mark, path = stack.pop()
        below = _place(o, mark, path)
        stack.extend((child, (*path, mark)) for child in reversed(below))


def _place(o: Outline, mark: Mark, path: tuple[Mark, ...]) -> list[Mark]:
    """Label one item; return the items in it that are still to be labelled."""
    if id(mark) in o.own:
        below = any(id(child) in o.attributed for child in mark.children)
        make_task(o, mark, path, whole=not below)
        return mark.children if below else []
    if id(mark) in o.attributed:
        if _closed_by_last_child(o, mark):
            make_task(o, mark, path, whole=True)
            return []
        return _heading(o, mark)
    return _place_unclosed(o, mark, path)


def _place_unclosed(o: Outline, mark: Mark, path: tuple[Mark, ...]) -> list[Mark]:
    """Label an item that no attribution closes, nor any item in it."""
    title = title_of(o, mark)
    above = " ".join(title_of(o, parent) for parent in path)
    if (
        (compiled(_NO_TASKS).search(title) and len(title) <= 20)
        or compiled(_NO_TASKS).search(above)
        or _IN_FORCE.match(o.draft.chars, mark.end)
    ):
        return _prose(o, mark)
    bare_title = is_title_only(o, mark)
    if not o.any_closing and o.section.no_list:
        return _prose(o, mark)
    if not o.any_closing:  # a list that names no bodies at all
        if mark.children or (bare_title and RANK[mark.style] <= RANK["(cn)"]):
            return _heading(o, mark)
        return make_task(o, mark, path, whole=True)
    among_tasks = (id(mark.parent), mark.style) in o.closed_lists
    if among_tasks or mark.style == o.task_style:
        if mark.children and mark.style != o.task_style:
            return _heading(o, mark)
        if not path or among_tasks or id(mark.parent) in o.above_tasks or _runs_on(mark):
            return make_task(o, mark, path, whole=True)
    if any(child.style == o.task_style and _runs_on(child) for child in mark.children):
        return _heading(o, mark)
    if bare_title and not mark.children:
        return _heading(o, mark)
    return _prose(o, mark)


def _is_section(o: Outline, mark: Mark, *, least: int = 2) -> bool:
    """Whether a top-level item is a title over several closed paragraphs without numbers."""
    own = o.own.get(id(mark), [])
    bulleted = all(o.draft.chars[o.draft.line_start(closing.start)] in BULLETS for closing in own)
    if (
        (RANK[mark.style] > RANK["cn"] and not bulleted)
        or mark.children
        or len(own) < (least if not bulleted else 1)
    ):
        return False
    first_line = title_end(o, mark)
    if own[0].start < first_line or any(c in "。；！？" for c in o.draft.chars[mark.end : first_line]):
        return False
    starts = [first_line, *(closing.end for closing in own)]
    apart = all(start < closing.start for start, closing in zip(starts, own, strict=False))
    paragraphs = {o.draft.line_start(closing.start) for closing in own}
    return apart and len(paragraphs) == len(own) and first_line - mark.end <= _TITLE_LENGTH


def _runs_on(mark: Mark) -> bool:
    """Whether a number runs on from the list before (continuous numbering)."""
    return mark.value > 1 and (not mark.parent or mark.parent.children[0] is mark)


def _closed_by_last_child(o: Outline, mark: Mark) -> bool:
    """Whether one attribution after the last sub-item closes the whole item.

    So it is where sub-items of this style go without attribution elsewhere too.
    """
    if len(mark.children) < 2:
        return False
    *others, last = mark.children
    if id(last) not in o.own or any(id(c) in o.attributed for c in others):
        return False
    if any(_UNREAD.search(o.draft.chars[child.end : o.ends[id(child)]]) for child in others):
        return False  # they have attributions of their own, which are not understood
    return 2 * o.closed[last.style] <= o.styles[last.style] and RANK[mark.style] >= RANK["条"]


def _heading(o: Outline, mark: Mark) -> list[Mark]:
    """Label an item a heading, and its further words what leads to the tasks; return the items in it."""
    line = o.draft.chars[mark.end : title_end(o, mark)]
    stop = re.search("[。；]", line)
    end = mark.end + (stop.end() if stop else len(line))
    o.draft.label(mark.line_start, end, HEADING)
    if id(mark) not in o.tabled:
        o.draft.label(end, o.ends[id(mark)], PREAMBLE)
    return mark.children


def _prose(o: Outline, mark: Mark) -> list[Mark]:
    o.draft.label(mark.line_start, end_of(o, mark), PREAMBLE)
    return []
