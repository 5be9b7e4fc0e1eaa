"""Numbers and attributions together: which items are tasks, which are headings, which are prose."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sxcanalysis.parsing.attribution import is_body, role_of_label
from sxcanalysis.parsing.closings import Closing
from sxcanalysis.parsing.draft import ATTRIBUTION, HEADING, NUMBER, PREAMBLE, TASK, Draft
from sxcanalysis.parsing.numbers import RANK, Mark
from sxcanalysis.parsing.prose import is_title
from sxcanalysis.text.normal_form import PARAGRAPH

if TYPE_CHECKING:
    from sxcanalysis.parsing.table_rows import Row

# Sections whose items are numbered like tasks and are none.
_NO_TASKS = re.compile(
    r"基本原则|指导思想|总体要求|总体思路|总体目标|主要目标|工作目标|工作原则|发展目标|目标要求|基本情况|有关要求|"
    r"工作要求|组织实施|保障措施|组织领导|组织保障|实施保障|基本思路|总体考虑|总则|附则"
)
_IN_FORCE = re.compile(r"本[\u4e00-\u9fff]{2,6}自.{2,16}起(?:施行|实施|执行|生效)")
_AFTERWORD = re.compile(
    r"各(?:地|级|市|区|县|有关|相关|部门|单位|责任|牵头)|本[\u4e00-\u9fff]{2,4}自|以上|请|附件|联系|为此|（此件"
)
_SCHEDULE = re.compile(
    r"(?:[\u4e00-\u9fff]{2,4})?(?:进度|进展|时限|安排|节点|时间|期限|目标|计划|措施|情况|备注|说明|投资|投资额|资金|来源|依据|内容)+："
)
_PART = re.compile(r"[一二三四五六七八九]是|首先|其次|最后|（\d|[①-⑳]|[—－·•-]")
_LAST_WORDS = re.compile(r"抄送|负责解释")
_NO_HEADING = re.compile(r"\d年|政府$|办公[厅室]$|^各")
_UNREAD = re.compile(r"（[^（）]*(?:厅|局|委|办|部|政府)[^（）]*）。?$")
_STOPS = "。；，"
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


class Outline:
    """Take the numbered items of a draft for tasks, headings or prose, and label their spans."""

    def __init__(self, draft: Draft, marks: list[Mark], closings: list[Closing], rows: list[Row]) -> None:
        self.draft = draft
        self.marks = marks
        self.items: list[Item] = []
        self.table_lines = {line for row in rows for line, _ in draft.lines_between(row.line, row.end)}
        self.starts = [mark.start for mark in marks]
        edges = [*(mark.line_start for mark in marks[1:]), len(draft.chars)]
        self.ends = {id(mark): end for mark, end in zip(marks, edges, strict=False)}
        closings = self._without_chance(closings)
        self.own: dict[int, list[Closing]] = {}
        unnumbered: list[Closing] = []
        for closing in closings:
            mark = self._mark_before(closing.start)
            if mark and closing.prose and self._bars_tasks(mark):
                continue
            (self.own.setdefault(id(mark), []) if mark else unnumbered).append(closing)
        styles = {mark.style for mark in marks if self._is_section(mark)}
        sections = [mark for mark in marks if mark.style in styles and self._is_section(mark, least=1)]
        self.tabled = {id(mark) for row in rows if row.text and (mark := self._mark_before(row.line))}
        self.tabled |= {id(mark) for mark in sections}
        for mark in sections:
            self._unnumbered(mark.end, self.ends[id(mark)], self.own.pop(id(mark)), self._line_of(mark))
        first = marks[0].line_start if marks else len(draft.chars)
        self._unnumbered(0, first, unnumbered, ())
        self._first_heading()
        self._numbered(any_closing=bool(closings or self.tabled))
        self._rows(rows)
        self.items.sort(key=lambda item: item.start)

    def _mark_before(self, position: int) -> Mark | None:
        at = bisect_right(self.starts, position) - 1
        return self.marks[at] if at >= 0 else None

    def _without_chance(self, closings: list[Closing]) -> list[Closing]:
        """Leave out the sentences that end with 由…负责, where too few of the items do: they are sentences like others."""
        style = {
            id(closing): mark.style for closing in closings if (mark := self._mark_before(closing.start))
        }
        items = Counter(mark.style for mark in self.marks)
        by = Counter(style.get(id(closing)) for closing in closings if closing.by)
        return [
            c for c in closings if not c.by or 2 * by[style.get(id(c))] >= items[style.get(id(c), "")] > 0
        ]

    def _bars_tasks(self, mark: Mark) -> bool:
        """Whether an item stands in a section that holds no tasks (基本原则)."""
        titles = map(self._title, self._line_of(mark))
        return any(len(title) <= 20 and _NO_TASKS.search(title) for title in titles)

    @staticmethod
    def _line_of(mark: Mark) -> tuple[Mark, ...]:
        path = [mark]
        while path[0].parent:
            path.insert(0, path[0].parent)
        return tuple(path)

    def _first_heading(self) -> None:
        """Label the line over the first item a heading, where headings without a number stand over others too."""
        begun = set(self.draft.line_starts)
        over = [self._line_over(mark) for mark in self.marks if mark.line_start in begun]
        if not over or over[0] is None or over[0][0] in self.draft.hints or not any(over[1:]):
            return
        line = self.draft.chars[slice(*over[0])]
        taken = self.draft.kind[slice(*over[0])].any() or "：" in line
        if not taken and not is_title(self.draft, *over[0]) and not _NO_HEADING.search(line):
            self.draft.label(*over[0], HEADING)

    def _line_over(self, mark: Mark) -> tuple[int, int] | None:
        """Return the line before an item if it reads as a heading and holds no number itself."""
        if not mark.line_start:
            return None
        start = self.draft.line_start(mark.line_start - 1)
        numbered = self._mark_before(mark.line_start - 1)
        heads = self.draft.is_heading_line(start, mark.line_start)
        return None if not heads or (numbered and numbered.end > start) else (start, mark.line_start)

    # -- numbered items -------------------------------------------------------------------------

    def _numbered(self, *, any_closing: bool) -> None:
        self.styles = Counter(mark.style for mark in self.marks)
        self.closed = Counter(mark.style for mark in self.marks if id(mark) in self.own)
        self.closed_lists = {(id(mark.parent), mark.style) for mark in self.marks if id(mark) in self.own}
        self.attributed: set[int] = set()
        for mark in reversed(self.marks):  # children come after their parents
            if (
                id(mark) in self.own
                or id(mark) in self.tabled
                or any(id(c) in self.attributed for c in mark.children)
            ):
                self.attributed.add(id(mark))
        titled = [
            mark
            for mark in self.marks
            if id(mark) in self.own and self._is_titled(mark, self.own[id(mark)][0])
        ]
        more = sum(
            self.draft.line_end(self.own[id(mark)][-1].end - 1) < self.ends[id(mark)] for mark in titled
        )
        self.titles_closed = 2 * more >= max(3, len(titled))  # 1.标题。（X牵头）⏎…, again and again
        self.above_tasks = {id(mark.parent) for mark in self.marks if id(mark) in self.attributed}
        self.any_closing = any_closing
        self.task_style = self.closed.most_common(1)[0][0] if self.closed else None
        stack: list[tuple[Mark, tuple[Mark, ...]]] = [
            (mark, ()) for mark in reversed(self.marks) if mark.parent is None
        ]
        while stack:
            mark, path = stack.pop()
            below = self._place(mark, path)
            stack.extend((child, (*path, mark)) for child in reversed(below))

    def _place(self, mark: Mark, path: tuple[Mark, ...]) -> list[Mark]:
        """Label one item; return the items in it that are still to be labelled."""
        if id(mark) in self.own:
            below = [child for child in mark.children if id(child) in self.attributed]
            self._task(mark, path, whole=not below)
            if below:
                for child in mark.children:
                    if id(child) not in self.attributed:
                        self.draft.label(child.line_start, self._end_of(child), TASK)
            return below
        if id(mark) in self.attributed:
            if self._closed_by_last_child(mark):
                self._task(mark, path, whole=True)
                return []
            return self._heading(mark)
        return self._place_unclosed(mark, path)

    def _place_unclosed(self, mark: Mark, path: tuple[Mark, ...]) -> list[Mark]:
        """Label an item that no attribution closes, nor any item in it."""
        title = self._title(mark)
        above = " ".join(self._title(parent) for parent in path)
        if (
            (_NO_TASKS.search(title) and len(title) <= 20)
            or _NO_TASKS.search(above)
            or _IN_FORCE.match(self.draft.chars, mark.end)
        ):
            return self._prose(mark)
        bare_title = self._is_title_only(mark)
        if not self.any_closing:  # a list that names no bodies at all
            if mark.children or (bare_title and RANK[mark.style] <= RANK["(cn)"]):
                return self._heading(mark)
            return self._task(mark, path, whole=True)
        among_tasks = (id(mark.parent), mark.style) in self.closed_lists
        if among_tasks or mark.style == self.task_style:
            if mark.children and mark.style != self.task_style:
                return self._heading(mark)
            if not path or among_tasks or id(mark.parent) in self.above_tasks or self._runs_on(mark):
                return self._task(mark, path, whole=True)
        if any(child.style == self.task_style and self._runs_on(child) for child in mark.children):
            return self._heading(mark)
        if bare_title and not mark.children:
            return self._heading(mark)
        return self._prose(mark)

    def _is_section(self, mark: Mark, *, least: int = 2) -> bool:
        """Whether a top-level item is a title over several closed paragraphs without numbers."""
        own = self.own.get(id(mark), [])
        if RANK[mark.style] > RANK["cn"] or mark.children or len(own) < least:
            return False
        title_end = self._title_end(mark)
        if own[0].start < title_end or any(c in "。；！？" for c in self.draft.chars[mark.end : title_end]):
            return False
        starts = [title_end, *(closing.end for closing in own)]
        apart = all(start < closing.start for start, closing in zip(starts, own, strict=False))
        paragraphs = {self.draft.line_start(closing.start) for closing in own}
        return apart and len(paragraphs) == len(own) and title_end - mark.end <= _TITLE_LENGTH

    @staticmethod
    def _runs_on(mark: Mark) -> bool:
        """Whether a number runs on from the list before (continuous numbering)."""
        return mark.value > 1 and (not mark.parent or mark.parent.children[0] is mark)

    def _closed_by_last_child(self, mark: Mark) -> bool:
        """Whether one attribution after the last sub-item closes the whole item.

        So it is where sub-items of this style go without attribution elsewhere too.
        """
        if len(mark.children) < 2:
            return False
        *others, last = mark.children
        if id(last) not in self.own or any(id(c) in self.attributed for c in others):
            return False
        if any(_UNREAD.search(self.draft.chars[child.end : self.ends[id(child)]]) for child in others):
            return False  # they have attributions of their own, which are not understood
        return 2 * self.closed[last.style] <= self.styles[last.style] and RANK[mark.style] >= RANK["条"]

    def _end_of(self, mark: Mark) -> int:
        """Return where an item with everything in it ends."""
        while mark.children:
            mark = mark.children[-1]
        return self.ends[id(mark)]

    def _title_end(self, mark: Mark) -> int:
        """Return the end of an item's first line with words."""
        end = self.ends[id(mark)]
        line_end = self.draft.line_end(mark.end - 1)
        if line_end == mark.end:  # the number stands alone on its line
            line_end = self.draft.line_end(mark.end)
        if line_end < end and self._is_title_only(mark) and self.draft.runs_on(line_end):
            return end  # a heading that a page break or the margin cuts
        return min(end, line_end)

    def _title(self, mark: Mark) -> str:
        """Return the first sentence of an item's first line, as the shadow spells it."""
        line = self.draft.chars[mark.end : self._title_end(mark)].strip("*#")
        return re.split("[。：；]", line, maxsplit=1)[0]

    def _is_title_only(self, mark: Mark) -> bool:
        body = self.draft.chars[mark.end : self.ends[id(mark)]]
        return len(body) <= _TITLE_LENGTH and not any(char in "。；！？" for char in body)

    def _heading(self, mark: Mark) -> list[Mark]:
        line = self.draft.chars[mark.end : self._title_end(mark)]
        stop = re.search("[。；]", line)
        title_end = mark.end + (stop.end() if stop else len(line))
        self.draft.label(mark.line_start, title_end, HEADING)
        if id(mark) not in self.tabled:
            self.draft.label(title_end, self.ends[id(mark)], PREAMBLE)
        return mark.children

    def _prose(self, mark: Mark) -> list[Mark]:
        self.draft.label(mark.line_start, self._end_of(mark), PREAMBLE)
        return []

    def _heading_text(self, mark: Mark) -> str:
        """Return a heading as the document spells it, without its number."""
        own = self.own.get(id(mark))
        end = min(self._title_end(mark), own[0].start) if own else self._title_end(mark)
        stop = re.search("[。：；]", self.draft.chars[mark.end : end])
        words = self.draft.quote(mark.end, mark.end + stop.start() if stop else end).strip(" *#\u3000")
        return re.sub(r"(?<=[\u4e00-\u9fff])[ \u3000]+", "", words) if self.draft.spaced else words

    def _headings(self, path: tuple[Mark, ...], start: int) -> tuple[str, ...]:
        names = tuple(filter(None, map(self._heading_text, path)))
        return names or self._heading_before(start)

    def _heading_before(self, position: int) -> tuple[str, ...]:
        """Return the nearest line before a position that was labelled a heading."""
        draft = self.draft
        at = bisect_right(draft.line_starts, position) - 1
        first = max(0, at - _FAR)
        for i in np.flatnonzero(draft.kind[draft.line_starts[first:at]] == HEADING)[::-1].tolist():
            start, end = draft.line_starts[first + i], draft.line_starts[first + i + 1]
            if start not in self.table_lines:
                return (draft.quote(start, end).strip(" *#\u3000"),)
        return ()

    # -- tasks ----------------------------------------------------------------------------------

    def _task(self, mark: Mark, path: tuple[Mark, ...], *, whole: bool) -> list[Mark]:
        """Make a task of an item, *whole* with its sub-items or of its own words alone."""
        draft = self.draft
        end = self._end_of(mark) if whole else self.ends[id(mark)]
        closings: list[Closing] = []
        members = [mark]
        while members:
            member = members.pop()
            closings += self.own.get(id(member), ())
            members += member.children if whole else ()
        closings.sort(key=lambda closing: closing.start)
        stop = self._closed_at(closings[-1].end, end) if closings else self._unclosed_end(mark.end, end)
        if whole and mark.children and closings and stop <= mark.children[0].line_start:
            stop = end  # closed at its head: the sub-items are still its words
        if closings and stop < end:
            stop = self._words_below(mark, closings[0], stop, end)
        item = self._item(mark.end, stop, closings)
        item.number, item.path, item.mark = mark.printed, path, mark
        item.headings = self._headings(path, mark.start)
        draft.label(mark.line_start, mark.end, NUMBER)
        for line in draft.lines_between(stop, end):
            draft.label_loose(*line, f"words after item {mark.printed}")
        return []

    def _item(self, start: int, stop: int, closings: list[Closing]) -> Item:
        """Label the words of a task and its attributions; those at its end are not its words."""
        draft = self.draft
        end = stop
        for closing in reversed(closings):
            if draft.chars[closing.end : end].strip(_STOPS):
                break
            draft.label(closing.end, end, ATTRIBUTION)
            end = closing.start
        while start < end and draft.chars[start] in "*#":
            draft.label(start, start + 1, NUMBER)
            start += 1
        end = max(start, end)
        draft.label(start, end, TASK)
        for closing in closings:
            draft.label(closing.start, closing.end, ATTRIBUTION)
        item = Item("", (), (), start, end, closings)
        self.items.append(item)
        return item

    def _closed_at(self, tail: int, end: int) -> int:
        """Return where a closed item ends: the rest of the line of its attribution is still its own."""
        line_end = min(end, self.draft.line_end(tail - 1))
        rest = self.draft.chars[tail:line_end]
        return tail if rest.strip(_STOPS) and self.draft.is_closing_note(tail, line_end) else line_end

    def _words_below(self, mark: Mark, closing: Closing, stop: int, end: int) -> int:
        """Return where the words of a task end that follow its attribution.

        They do behind a title (1.标题。（X牵头）⏎一是…), and as a schedule (进度安排：…).
        """
        draft = self.draft
        titled = self._is_titled(mark, closing) and (self.titles_closed and mark is not self.marks[-1])
        for line in draft.lines_between(stop, end):
            words = draft.chars[slice(*line)]
            if _AFTERWORD.match(words) or _LAST_WORDS.search(words):
                break
            if draft.is_furniture(*line) or draft.is_closing_note(*line):
                break
            sentence = words[-1] in "。；：" and (titled or _PART.match(words))
            if not sentence and not _SCHEDULE.match(words):
                break
            stop = line[1]
        return stop

    def _is_titled(self, mark: Mark, closing: Closing) -> bool:
        """Whether an attribution closes the first line of an item, which is as short as a title."""
        near = closing.start - mark.end <= 2 * _TITLE_LENGTH
        return near and self.draft.line_start(closing.start) <= mark.end

    def _unclosed_end(self, start: int, end: int) -> int:
        """Return where an item without attribution ends: before a heading or page furniture."""
        draft = self.draft
        lines = draft.lines_between(start, end)
        while len(lines) > 1:
            line = lines[-1]
            heading = end < len(draft.chars) and draft.is_heading_line(*line)
            if not (heading or draft.is_furniture(*line) or draft.is_closing_note(*line)):
                break
            end = lines.pop()[0]
        return end

    # -- tasks without a number -----------------------------------------------------------------

    def _unnumbered(self, start: int, end: int, closings: list[Closing], path: tuple[Mark, ...]) -> None:
        """Make a task of each paragraph that an attribution closes."""
        draft = self.draft
        lines = [line_start for line_start, _ in draft.lines_between(start, end)]
        begin = self._title_end(path[-1]) if path else start
        previous: Item | None = None
        for closing in closings:
            first = max(self._paragraph(lines, closing, begin), begin)
            for line in draft.lines_between(begin, first):
                if draft.is_heading_line(*line) and (line[0] > 0 or self.items):
                    draft.label(*line, HEADING)
            for line_start, line_end in draft.lines_between(first, closing.start)[:-1]:
                if line_start == first and draft.is_heading_line(line_start, line_end):
                    draft.label(line_start, line_end, HEADING)
                    first = line_end
            if first < closing.start:
                previous = self._item(first, closing.end, [closing])
                previous.path = path
                previous.headings = self._headings(path, first)
            elif previous:  # a second line of the same attribution
                previous.closings.append(closing)
                draft.label(closing.start, closing.end, ATTRIBUTION)
            else:
                draft.give_up(closing.start, closing.end, "an attribution with no task before it")
            begin = closing.end

    def _paragraph(self, lines: list[int], closing: Closing, begin: int) -> int:
        """Return where the paragraph that an attribution closes begins."""
        draft = self.draft
        at = bisect_right(lines, closing.start) - 1
        if lines[at] == closing.start and at > 0:  # the attribution stands on a line of its own
            at -= 1
        while (
            at > 0
            and lines[at] > begin
            and draft.shadow.gap[lines[at]] < PARAGRAPH
            and draft.chars[lines[at] - 1] not in "。；！？：）"
            and lines[at] - lines[at - 1] > 24
        ):
            at -= 1
        return lines[at]

    def _rows(self, rows: list[Row]) -> None:
        """Make a task of each row of a table."""
        draft = self.draft
        for row in rows:
            for start, end in row.other:
                draft.label(start, end, HEADING)
            if row.unread:
                draft.give_up(
                    row.line, draft.line_end(row.line), "goes on with the row above; read it there by hand"
                )
            if row.text is None:
                continue
            for kind, cells in ((TASK, row.cells), (NUMBER, row.number_cells)):
                for start, end in cells:
                    draft.label(start, end, kind)
            closings = []
            for start, end, label in row.bodies:
                draft.label(start, end, ATTRIBUTION)
                reading = draft.read(start, end, role_of_label(label))
                if reading and not any(map(is_body, reading.pairs)):
                    hint = f"stands in the column {label} and names no body: do the cells fit the header?"
                    draft.note("attribution_words", start, end, hint, severity="warning")
                elif reading:
                    closings.append(Closing(start, end, start, reading, bracketed=False))
            mark = self._mark_before(row.line)
            path = self._line_of(mark) if mark else ()
            cells_above = tuple(draft.quote(*cell) for cell in row.headings)
            above = self._headings(path, row.line) if path or not cells_above else ()
            self.items.append(Item(row.number, path, (*above, *cells_above), *row.text, closings))
