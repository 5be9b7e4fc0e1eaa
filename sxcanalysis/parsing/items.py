"""Tasks out of items: where the words of a task begin and end, and which headings stand over it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sxcanalysis.parsing.draft import (
    ATTRIBUTION,
    HEADING,
    NUMBER,
    TASK,
    Draft,
    has_web_words,
    is_closing_note,
)
from sxcanalysis.text.normal_form import PARAGRAPH

if TYPE_CHECKING:
    from sxcanalysis.parsing.attributions.closings import Closing
    from sxcanalysis.parsing.draft import Span
    from sxcanalysis.parsing.numbers import Mark
    from sxcanalysis.parsing.sections import Section

_AFTERWORD = re.compile(
    r"各(?:地|级|市|区|县|有关|相关|部门|单位|责任|牵头)|本[\u4e00-\u9fff]{2,4}自|以上|请|附件|联系|为此|（此件"
)
_SCHEDULE = re.compile(
    r"(?:[\u4e00-\u9fff]{2,4})?(?:进度|进展|时限|安排|节点|时间|期限|目标|计划|措施|情况|备注|说明|投资|投资额|资金|来源|依据|内容)+："
)
_PART = re.compile(r"[一二三四五六七八九]是|首先|其次|最后|（\d|[①-⑳]|[—－·•-]")
_LAST_WORDS = re.compile(r"抄送|负责解释")
_STOPS = "。；，"
BULLETS = "-–—·"
_TITLE_LENGTH = 30
_FAR = 400  # lines between a heading without a number and its last item


@dataclass
class Item:
    """A task; positions in the shadow."""

    number: str
    path: tuple[Mark, ...]  # the items it stands in, the outermost first
    headings: tuple[str, ...]
    start: int
    end: int
    closings: list[Closing]
    mark: Mark | None = None  # none in a table, or where no number is printed
    quiet: bool = False  # in a table that names no bodies: said once for all its rows
    words: tuple[tuple[Span, ...], ...] = ()  # in a table: of each cell, the spans of its words
    attributions: tuple[tuple[Span, ...], ...] = ()  # in a table: the same of its bodies
    deadline: tuple[Span, ...] = ()
    fields: tuple[tuple[str, Span], ...] = ()  # column and place of what else a table says of it
    goals: tuple[
        tuple[str, Span], ...
    ] = ()  # the same, of the columns that state what is to be reached in a year


@dataclass
class Outline:
    """The numbered items of one section while tasks, headings and prose are told apart. Positions are in the shadow."""

    draft: Draft
    section: Section
    marks: list[Mark]
    any_closing: bool  # anywhere in the document
    starts: list[int]
    ends: dict[int, int]  # where the own words of each item end, by its identity
    own: dict[int, list[Closing]] = field(default_factory=dict)
    tabled: set[int] = field(
        default_factory=set
    )  # items that hold rows of tables, or paragraphs without numbers
    table_lines: set[int] = field(default_factory=set)
    items: list[Item] = field(default_factory=list)
    styles: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    closed_lists: set[tuple[int, str]] = field(default_factory=set)
    attributed: set[int] = field(default_factory=set)
    above_tasks: set[int] = field(default_factory=set)
    titles_closed: bool = False  # 1.标题。（X牵头）⏎…, again and again
    task_style: str | None = None


def make_task(o: Outline, mark: Mark, path: tuple[Mark, ...], *, whole: bool) -> list[Mark]:
    """Make a task of an item, *whole* with its sub-items or of its own words alone."""
    draft = o.draft
    end = end_of(o, mark) if whole else o.ends[id(mark)]
    closings: list[Closing] = []
    members = [mark]
    while members:
        member = members.pop()
        closings += o.own.get(id(member), ())
        members += member.children if whole else ()
    closings.sort(key=lambda closing: closing.start)
    stop = _closed_at(o, closings[-1].end, end) if closings else _unclosed_end(o, mark.end, end)
    if whole and mark.children and closings and stop <= mark.children[0].line_start:
        stop = end  # closed at its head: the sub-items are still its words
    if closings and stop < end:
        stop = _words_below(o, mark, closings[0], stop, end)
    item = _item(o, mark.end, stop, closings)
    item.number, item.path, item.mark = mark.printed, path, mark
    item.headings = headings_of(o, path, mark.start)
    draft.label(mark.line_start, mark.end, NUMBER)
    for line in draft.lines_between(stop, end):
        draft.label_loose(*line, "unparsed.after_item", number=mark.printed)
    return []


def _item(o: Outline, start: int, stop: int, closings: list[Closing]) -> Item:
    """Label the words of a task and its attributions; those at its end are not its words."""
    draft = o.draft
    end = stop
    for closing in reversed(closings):
        if draft.chars[closing.end : end].strip(_STOPS):
            break
        draft.label(closing.end, end, ATTRIBUTION)
        end = closing.start
    while start < end and draft.chars[start] in "*#" + BULLETS:
        draft.label(start, start + 1, NUMBER)
        start += 1
    end = max(start, end)
    draft.label(start, end, TASK)
    for closing in closings:
        draft.label(closing.start, closing.end, ATTRIBUTION)
    item = Item("", (), (), start, end, closings)
    o.items.append(item)
    return item


def _closed_at(o: Outline, tail: int, end: int) -> int:
    """Return where a closed item ends: the rest of the line of its attribution is still its own."""
    line_end = min(end, o.draft.line_end(tail - 1))
    rest = o.draft.chars[tail:line_end]
    aside = is_closing_note(rest) or not re.search("[\u4e00-\u9fff]", rest)
    return tail if rest.strip(_STOPS) and aside else line_end


def _words_below(o: Outline, mark: Mark, closing: Closing, stop: int, end: int) -> int:
    """Return where the words of a task end that follow its attribution.

    They do behind a title (1.标题。（X牵头）⏎一是…), and as a schedule (进度安排：…).
    """
    draft = o.draft
    titled = is_titled(o, mark, closing) and (o.titles_closed and mark is not o.marks[-1])
    for line in draft.lines_between(stop, end):
        words = draft.chars[slice(*line)]
        if _AFTERWORD.match(words) or _LAST_WORDS.search(words):
            break
        if has_web_words(draft.chars[slice(*line)]) or is_closing_note(draft.chars[slice(*line)]):
            break
        sentence = words[-1] in "。；：" and (titled or _PART.match(words))
        if not sentence and not _SCHEDULE.match(words):
            break
        stop = line[1]
    return stop


def is_titled(o: Outline, mark: Mark, closing: Closing) -> bool:
    """Whether an attribution closes the first line of an item, which is as short as a title."""
    near = closing.start - mark.end <= 2 * _TITLE_LENGTH
    return near and o.draft.line_start(closing.start) <= mark.end


def _unclosed_end(o: Outline, start: int, end: int) -> int:
    """Return where an item without attribution ends: before a heading or page furniture."""
    draft = o.draft
    lines = draft.lines_between(start, end)
    while len(lines) > 1:
        line = lines[-1]
        heading = end < o.section.end and draft.is_heading_line(*line)
        if not (
            heading or has_web_words(draft.chars[slice(*line)]) or is_closing_note(draft.chars[slice(*line)])
        ):
            break
        end = lines.pop()[0]
    return end


def make_unnumbered(
    o: Outline, start: int, end: int, closings: list[Closing], path: tuple[Mark, ...]
) -> None:
    """Make a task of each paragraph that an attribution closes."""
    draft = o.draft
    lines = [line_start for line_start, _ in draft.lines_between(start, end)]
    begin = title_end(o, path[-1]) if path else start
    previous: Item | None = None
    for closing in closings:
        first = max(_paragraph(o, lines, closing, begin), begin)
        for line in draft.lines_between(begin, first):
            if draft.is_heading_line(*line) and (line[0] > o.section.start or o.items):
                draft.label(*line, HEADING)
        for line_start, line_end in draft.lines_between(first, closing.start)[:-1]:
            headed = first > begin and draft.indent(draft.line_start(first - 1)) < draft.indent(first)
            if line_start == first and not headed and draft.is_heading_line(line_start, line_end):
                draft.label(line_start, line_end, HEADING)
                first = line_end
        if first < closing.start:
            previous = _item(o, first, closing.end, [closing])
            previous.path = path
            previous.headings = headings_of(o, path, first)
        elif previous:  # a second line of the same attribution
            previous.closings.append(closing)
            draft.label(closing.start, closing.end, ATTRIBUTION)
        else:
            draft.give_up(closing.start, closing.end, "unparsed.attribution")
        begin = closing.end


def _paragraph(o: Outline, lines: list[int], closing: Closing, begin: int) -> int:
    """Return where the paragraph that an attribution closes begins."""
    draft = o.draft
    at = bisect_right(lines, closing.start) - 1
    if lines[at] == closing.start and at > 0:  # the attribution stands on a line of its own
        at -= 1
        if not closing.bracketed and draft.indent(lines[at]):
            return _group(draft, lines, at, begin)
    while (
        at > 0
        and lines[at] > begin
        and draft.shadow.gap[lines[at]] < PARAGRAPH
        and draft.chars[lines[at] - 1] not in "。；！？：）"
        and lines[at] - lines[at - 1] > 24
    ):
        at -= 1
    return lines[at]


def _group(draft: Draft, lines: list[int], at: int, begin: int) -> int:
    """Return where a group of lines begins that one line of bodies closes: those that are indented alike."""
    while at > 0 and lines[at - 1] >= begin and draft.indent(lines[at - 1]) == draft.indent(lines[at]):
        at -= 1
    return lines[at]


def _heading_text(o: Outline, mark: Mark) -> str:
    """Return a heading as the document spells it, without its number."""
    own = o.own.get(id(mark))
    end = min(title_end(o, mark), own[0].start) if own else title_end(o, mark)
    stop = re.search("[。：；]", o.draft.chars[mark.end : end])
    words = o.draft.quote(mark.end, mark.end + stop.start() if stop else end).strip(" *#\u3000")
    return re.sub(r"(?<=[\u4e00-\u9fff])[ \u3000]+", "", words) if o.draft.spaced else words


def headings_of(o: Outline, path: tuple[Mark, ...], start: int) -> tuple[str, ...]:
    """Return the headings over a position: of the items that it stands in, or the nearest line that is one."""
    names = tuple(filter(None, (_heading_text(o, parent) for parent in path)))
    return names or _heading_before(o, start)


def _heading_before(o: Outline, position: int) -> tuple[str, ...]:
    """Return the nearest line before a position that was labelled a heading."""
    draft = o.draft
    at = bisect_right(draft.line_starts, position) - 1
    first = max(bisect_left(draft.line_starts, o.section.start), at - _FAR)
    for i in np.flatnonzero(draft.kind[draft.line_starts[first:at]] == HEADING)[::-1].tolist():
        start, end = draft.line_starts[first + i], draft.line_starts[first + i + 1]
        if start not in o.table_lines:
            return (draft.quote(start, end).strip(" *#\u3000"),)
    return ()


def title_end(o: Outline, mark: Mark) -> int:
    """Return the end of an item's first line with words."""
    end = o.ends[id(mark)]
    line_end = o.draft.line_end(mark.end - 1)
    if line_end == mark.end:  # the number stands alone on its line
        line_end = o.draft.line_end(mark.end)
    if line_end < end and is_title_only(o, mark) and o.draft.runs_on(line_end):
        return end  # a heading that a page break or the margin cuts
    return min(end, line_end)


def title_of(o: Outline, mark: Mark) -> str:
    """Return the first sentence of an item's first line, as the shadow spells it."""
    line = o.draft.chars[mark.end : title_end(o, mark)].strip("*#")
    return re.split("[。：；]", line, maxsplit=1)[0]


def is_title_only(o: Outline, mark: Mark) -> bool:
    """Whether an item has no more words than a title."""
    body = o.draft.chars[mark.end : o.ends[id(mark)]]
    return len(body) <= _TITLE_LENGTH and not any(char in "。；！？" for char in body)


def end_of(o: Outline, mark: Mark) -> int:
    """Return where an item with everything in it ends."""
    while mark.children:
        mark = mark.children[-1]
    return o.ends[id(mark)]


def mark_before(o: Outline, position: int) -> Mark | None:
    """Return the item that a position stands in."""
    at = bisect_right(o.starts, position) - 1
    return o.marks[at] if at >= 0 else None


def line_of(mark: Mark) -> tuple[Mark, ...]:
    """Return an item with those that it stands in, the outermost first."""
    path = [mark]
    while path[0].parent:
        path.insert(0, path[0].parent)
    return tuple(path)
