"""Text → task list: headings, numbers, task bodies, closing brackets, each with its span."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sxcanalysis import attribution as grammar
from sxcanalysis._items import RANK, Mark, find_marks
from sxcanalysis._shadow import LINE, PARAGRAPH, Shadow, cast_shadow
from sxcanalysis._rows import Row, find_rows
from sxcanalysis.bodies import body_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

KINDS = ("unparsed", "title", "preamble", "heading", "number", "task", "attribution")
_UNPARSED, _TITLE, _PREAMBLE, _HEADING, _NUMBER, _TASK, _ATTRIBUTION = range(len(KINDS))

_BRACKET = re.compile(r"[（）【】〔〕]")
_PARTNER = {"）": "（", "】": "【", "〕": "〔"}
_MAYBE = re.compile(r"[牵负落配协责主办承指统参会支][头责实合办同导筹与加持调]|厅|局|委|部|办|政府|单位|部门|办公室|会|市|区|县")
_ROLE_LINE = re.compile(
    r"[（【〔]?(?:责任|牵头|配合|主办|协办|协同|参与|参加|落实|实施|负责|承办|主责|主要|第一|指导|支持|协作|组织|具体)"
    r"(?:[及和与、（）]|责任|牵头|配合|实施|落实|协调|\0)*(?:单位|部门|主体|机构|地区|者|方)?(?:[及和与]\w{2,6})?[：:]"
)
_NEW_ITEM = re.compile(
    rf"\d{{1,3}}[.、]|[一二三四五六七八九十]{{1,3}}、|（[一二三四五六七八九十\d]{{1,3}}）|[#第]|{_ROLE_LINE.pattern}"
)
_INNER_LABEL = re.compile(
    r"(?<![的各由])(?:责任|牵头|配合|主办|协办|负责|落实|参与)(?:牵头|责任|负责)?(?:单位|部门)："
)
# A labelled attribution inside a line ends with its sentence, or where the next item begins.
_INNER_END = re.compile(
    r"。|(?=(?<=[\u4e00-\u9fff）])(?:\d{1,3}[.、](?!\d)|[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）))"
)
_PRINCIPLES = re.compile(
    r"基本原则|指导思想|总体要求|总体思路|总体目标|主要目标|工作目标|工作原则|发展目标|目标要求|基本情况|有关要求|"
    r"工作要求|组织实施|保障措施|组织领导|组织保障|实施保障|基本思路|总体考虑|总则|附则"
)
# Rules given once. Each is read together with the rest of its clause (…，下同), up to the next stop.
# Rules given once. Each is looked for in the clauses around its rarest words (下同, 第一位).
_RULE_WORDS = re.compile(r"下同|不再|不重复|第一位|首位|第一个|第一家|首个|第一的|第一单位|第一部门|第一名")
_FIRST_LEADS = re.compile(
    r"[^。；，（）：]{0,12}(?:第一|首)(?:位|个|名|家|列)?(?:的)?(?:责任)?(?:单位|部门|者)?(?:的)?(?:即?为|是|系)?"
    r"[^。；，（）]{0,6}牵头[^。；，（）]{0,10}(?:，(?:下同|以下同|不再[^。；，）]{0,8}))*"
)
_ALL_IMPLEMENT = re.compile(
    r"[^。；（）：，]{0,24}?(?:均?(?:需|须|由|要|应|涉及)由?|均由|均)(?P<body>(?:各|相关|有关|市|县)[^。；，]{1,30}?)"
    r"(?:(?:按职责(?:分工)?|结合实际|认真|贯彻|负责|具体|组织|抓好)*(?:落实|负责|实施))?"
    r"(?:，?(?:以下|下同|不再[^。；）]{1,10}|不重复[^。；）]{0,6}|以上))+"
)
_FURNITURE = re.compile(
    r"打印|关闭窗口|关闭本页|分享到|字号|浏览次数|点击数|点击量|责任编辑|上一[篇条]|下一[篇条]|版权所有|备案|网站地图|扫一扫|当前位置|"
    r"首页|返回顶部|主办单位[:：].*(?:办公室|政府)$|无障碍|信息来源|发布时间|发布日期|索引号|来源[:：]|附件下载|相关(?:链接|阅读|文章)|微信"
)
_FOOTER = re.compile(r"主办(?:单位)?：[^，、；]{2,24}(?:承办|协办|技术支持|维护|网站|电话|地址|备案|版权|$)")
_PAGE_LINE = re.compile(r"[—\-–―－_~·•]*(?:第)?\d{1,4}(?:页)?(?:[,，/]?共?\d+页?)?[—\-–―－_~·•]*$")
_PUBLIC = re.compile(r"（此件.{0,12}(?:公开|发布|主动).{0,6}）|（信息公开.{0,10}）|抄送|印发$")
_TITLE_WORDS = re.compile(r"清单|方案|通知|意见|分工|要点|计划|措施|办法|规划|安排|任务|决定|报告|工作")
_END = "。；！？"
_LONGEST = 1500  # characters of an attribution


@dataclass(frozen=True)
class Coverage:
    """Where each non-blank character of a document went.

    Attributes
    ----------
    spans
        One row a span, in order, without overlap: ``kind start end chars`` (*chars* counts
        non-blank characters).
    counts
        Non-blank characters by kind; every kind of ``KINDS`` is there.
    unparsed
        One row a span that was not understood: ``line start end words hint``.
    """

    spans: pd.DataFrame
    counts: dict[str, int]
    unparsed: pd.DataFrame


@dataclass
class _Found:
    """An attribution found in the text; positions in the shadow."""

    start: int  # with the brackets
    end: int
    inner: int  # start of its words
    reading: grammar.Attribution
    bracketed: bool = True
    damaged: str = ""


@dataclass
class _Task:
    number: str
    path: tuple[Mark, ...]
    headings: tuple[str, ...]
    start: int
    end: int
    attributions: list[_Found]
    mark: Mark | None = None
    note: str = ""
    collapsed: int = 0
    cells: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class TaskList:
    """A document taken apart into tables.

    All offsets are 0-based character offsets into :attr:`text`, the end exclusive:
    ``text[start:end]`` is the evidence of a row.
    """

    text: str
    edition: str
    tasks: pd.DataFrame
    assignments: pd.DataFrame
    coverage: Coverage
    _issues: list[dict[str, object]] = field(repr=False)

    @cached_property
    def _targets(self) -> tuple[pd.DataFrame, list[dict[str, object]]]:
        from sxcanalysis.quantities import read_targets  # noqa: PLC0415  # pint is not cheap

        return read_targets(self.tasks, self.text)

    @property
    def targets(self) -> pd.DataFrame:
        """The quantitative targets, one row each."""
        return self._targets[0]

    @cached_property
    def mentions(self) -> pd.DataFrame:
        """The administrative units and named places in the tasks, one row each."""
        from sxcanalysis.places import read_mentions  # noqa: PLC0415

        return read_mentions(self.tasks, self.text)

    @cached_property
    def issues(self) -> pd.DataFrame:
        """What a person should look at: ``severity code task_id line start end words hint``."""
        columns = ["severity", "code", "task_id", "line", "start", "end", "words", "hint"]
        found = pd.DataFrame([*self._issues, *self._targets[1]], columns=columns)
        starts = _line_starts(self.text)
        found["line"] = [bisect_right(starts, start) for start in found["start"]]
        return found.sort_values(["start", "end", "code"], kind="stable", ignore_index=True)

    def to_text(self) -> str:
        """Give the document back from its spans: the same characters, blanks aside."""
        spans = self.coverage.spans
        pieces: list[str] = []
        for kind, start, end in zip(spans["kind"], spans["start"], spans["end"], strict=True):
            glue = "" if kind in {"task", "attribution"} and pieces else "\n"
            pieces.append(glue + self.text[start:end])
        return "".join(pieces).strip("\n")


def parse_document(text: str, *, edition: str = "unknown") -> TaskList:
    """Take a task list apart.

    Parameters
    ----------
    text
        The text of a document, best from :func:`sxcanalysis.read_document`.
    edition
        The name of the edition, usually a year; the prefix of every ``task_id``.

    Returns
    -------
        Tables in which every row quotes its source. What is not understood is in
        ``coverage.unparsed`` and ``issues``; no text whatever raises an error.

    Examples
    --------
    >>> found = parse_document("一、创新\\n1. 建设实验室。（省科技厅牵头，苏州市具体落实）", edition="2024")
    >>> found.tasks[["task_id", "category", "text", "attribution"]].iloc[0].tolist()
    ['2024-01', '创新', '建设实验室。', '省科技厅牵头，苏州市具体落实']
    >>> found.assignments[["body", "role"]].values.tolist()
    [['省科技厅', 'lead'], ['苏州市', 'implementing']]
    """
    return _Parser(text, edition).run()


class _Parser:
    """One pass over one document; the state shared by the steps below."""

    def __init__(self, text: str, edition: str) -> None:
        self.edition = edition
        self.shadow: Shadow = cast_shadow(text)
        self.chars = self.shadow.chars
        self.kind: npt.NDArray[np.uint8] = np.zeros(len(self.chars), dtype=np.uint8)
        self.line_starts: list[int] = np.flatnonzero(self.shadow.gap >= LINE).tolist()
        self.wrap = self._wrap_width()
        self.hints: dict[int, str] = {}
        self.issues: list[dict[str, object]] = []
        self.tasks: list[_Task] = []
        self.first_leads_from: int | None = None
        self.all_implement: list[tuple[int, grammar.Pair, int]] = []
        self.legible = self.chars

    # -- the steps ------------------------------------------------------------------------------

    def run(self) -> TaskList:
        lines = self._lines()
        rows = find_rows(self.shadow, lines)
        in_table = {row.line for row in rows}
        plain = [line for line in lines if line[0] not in in_table]
        furniture = [line for line in plain if self._is_page_line(*line)]
        skip = {line[0] for line in furniture}
        plain = [line for line in plain if line[0] not in skip]
        self._find_rules()
        found = self._find_attributions(plain)
        self.marks = find_marks(self.shadow, plain, (f.end for f in found))
        found = self._within_items(found)
        self._assemble(found, rows)
        self._prose(plain)
        for start, end in furniture:
            self._unparsed(start, end, "a page number or a running line; it belongs to no task")
        return self._tables()

    def _wrap_width(self) -> int:
        """Return the width at which the lines were broken by hand or machine, 0 if they were not."""
        lengths = np.diff([*self.line_starts, len(self.chars)])
        if len(lengths) < 6:
            return 0
        width = int(np.percentile(lengths, 90))
        near = float((np.abs(lengths - width) <= 3).mean())
        return width if 15 <= width <= 80 and near >= 0.3 else 0

    def _lines(self) -> list[tuple[int, int]]:
        starts = self.line_starts
        return list(zip(starts, [*starts[1:], len(self.chars)], strict=True)) if starts else []

    def _is_page_line(self, start: int, end: int) -> bool:
        """— 6 —: a line of nothing but a page number. A bare number may number an item instead."""
        line = self.chars[start:end]
        if len(line) > 14 or not _PAGE_LINE.match(line):
            return False
        if not line.isdecimal():
            return any(char in "—-–―－页" for char in line)
        return self._cuts_sentence(start, end)

    def _cuts_sentence(self, start: int, end: int) -> bool:
        """Whether a bare number stands inside a sentence, as a page number does."""
        before = self.chars[start - 1] if start else "。"
        return before not in "。；！？：）】”" and not self._short_line_before(start)

    def _short_line_before(self, start: int) -> bool:
        at = bisect_right(self.line_starts, start - 1) - 1
        return at < 0 or start - self.line_starts[at] <= 20

    # -- attributions ---------------------------------------------------------------------------

    def _find_attributions(self, lines: list[tuple[int, int]]) -> list[_Found]:
        starts = [start for start, _ in lines]
        found = []
        for item in self._bracketed():  # a bracket in a table is a part of its cell
            at = bisect_right(starts, item.start) - 1
            if at >= 0 and item.start < lines[at][1]:
                found.append(item)
        taken = np.zeros(len(self.chars) + 1, dtype=bool)
        for item in found:
            taken[item.start : item.end] = True
        found += self._labelled_lines(lines, taken)
        return sorted(found, key=lambda item: item.start)

    def _bracketed(self) -> list[_Found]:
        """Read every bracket, the outermost first; an unclosed one ends with its paragraph."""
        chars = self.chars
        groups: list[tuple[int, int, bool]] = []
        stack: list[tuple[str, int]] = []
        for match in _BRACKET.finditer(chars):
            sign, at = match[0], match.start()
            if sign not in _PARTNER:
                stack.append((sign, at))
                continue
            depth = next((i for i in range(len(stack) - 1, max(-1, len(stack) - 6), -1) if stack[i][0] == _PARTNER[sign]), None)
            if depth is None:
                continue
            groups.append((stack[depth][1], at + 1, True))
            groups.extend((start, self._paragraph_end(start), False) for _, start in stack[depth + 1 :])
            del stack[depth:]
        groups.extend((start, self._paragraph_end(start), False) for _, start in stack)
        found: list[_Found] = []
        covered = -1
        for start, end, closed in sorted(groups, key=lambda group: (group[0], -group[1])):
            if start < covered or end - start > _LONGEST or end - start < 4:
                continue
            item = self._read_bracket(start, end, closed=closed)
            if item:
                found.append(item)
                covered = end
        return found

    def _paragraph_end(self, start: int) -> int:
        """Return the end of the line that *start* is in: as far as an unclosed bracket can reach."""
        at = bisect_right(self.line_starts, start)
        return self.line_starts[at] if at < len(self.line_starts) else len(self.chars)

    def _read_bracket(self, start: int, end: int, *, closed: bool) -> _Found | None:
        inner_end = end - 1 if closed else end
        words = self._words(start + 1, inner_end)
        if not _MAYBE.search(words):
            return None
        reading = grammar.read_attribution(words)
        if reading is None:
            return None
        if not grammar.is_credible(words, reading, closing=self._closes(end)):
            return None
        if not closed and not reading.stated:
            return None
        return _Found(start, end, start + 1, reading, damaged="" if closed else "its bracket is not closed")

    def _words(self, start: int, end: int) -> str:
        return self.legible[start:end]

    def _closes(self, end: int) -> bool:
        """Whether what ends here ends a paragraph, or a sentence at the end of one."""
        while end < len(self.chars) and self.chars[end] in "。；，":
            end += 1
        return end >= len(self.chars) or bool(self.shadow.gap[end] >= LINE) or self.chars[end] in "（【" or self.chars[end].isdecimal()

    def _labelled_lines(self, lines: list[tuple[int, int]], taken: npt.NDArray[np.bool_]) -> list[_Found]:
        """Read the lines that are an attribution without brackets (责任单位：…)."""
        found: list[_Found] = []
        skip_to = 0
        for i, (start, end) in enumerate(lines):
            if start < skip_to or taken[start]:
                continue
            label = _ROLE_LINE.match(self.chars, start, end)
            if label and _FOOTER.match(self.chars, start, end):
                continue
            if label is None:
                inner = list(self._labelled_inside(start, end, taken))
                found += inner or filter(None, [self._unbracketed_tail(start, end, taken)])
                continue
            stop = self._label_end(lines, i)
            inner = self._labelled(start, stop) if end - start <= 300 else None
            if inner:
                found.append(inner)
                skip_to = stop
            else:
                found += self._labelled_inside(start, end, taken)
        return found

    def _labelled_inside(self, start: int, end: int, taken: npt.NDArray[np.bool_]) -> Iterator[_Found]:
        """Read the labelled attributions inside a line (…支持。责任单位：市科技局。2.…)."""
        at = start
        while label := _INNER_LABEL.search(self.chars, at, end):
            first = at = label.start()
            while part := _INNER_LABEL.match(self.chars, at, end):  # 牵头单位：X。配合单位：Y。
                stop = _INNER_END.search(self.chars, part.end(), end)
                at = stop.end() if stop else end
            found = None if taken[first] else self._labelled(first, at)
            if found:
                yield found

    def _labelled(self, start: int, end: int) -> _Found | None:
        words = self._words(start, end)
        reading = grammar.read_attribution(words)
        if not reading or not reading.stated or len(words) > _LONGEST:
            return None
        if not grammar.is_credible(words, reading, closing=True):
            return None
        return _Found(start, end, start, reading, bracketed=False)

    def _label_end(self, lines: list[tuple[int, int]], i: int) -> int:
        """Follow a labelled line over hard line ends, as long as its list goes on."""
        begin, end = lines[i]
        for start, stop in lines[i + 1 :]:
            following = self.chars[start:stop]
            if start != end or self.shadow.gap[start] != LINE or _NEW_ITEM.match(following):
                break
            last = re.split("[、，；：]", self.chars[begin:end])[-1]
            full = 0 < self.wrap <= end - begin + 3
            cut = self.chars[end - 1] in "、，" or following[0] in "、，" or not grammar.is_name(last)
            if self.chars[end - 1] in "。；）" or not (full or cut):
                break
            begin, end = start, stop
        return end

    def _unbracketed_tail(self, start: int, end: int, taken: npt.NDArray[np.bool_]) -> _Found | None:
        """Read a line, or the last sentence of one, that is an attribution without any bracket."""
        last = end
        while last > start and self.chars[last - 1] in "。；，）】":
            last -= 1
        line = self.chars[start:last]
        at = start + max(line.rfind("。"), line.rfind("；"), line.rfind("！")) + 1
        tail = self.chars[at:last]
        if not re.search(r"(?:牵头|负责|落实|配合|协办|实施)(?:[，、；]|$)", tail) or len(tail) > 300:
            return None
        if bool(taken[at:last].any()):
            return None
        words = self._words(at, last)
        reading = grammar.read_attribution(words)
        if reading is None or not reading.stated or not grammar.is_credible(words, reading, closing=True):
            return None
        # A sentence of prose can end in 落实 too: here every name must be a body.
        if reading.leftovers or not all(_is_body(pair) for pair in reading.pairs):
            return None
        closer = end > last and self.chars[last] in "）】"
        return _Found(at, end, at, reading, bracketed=False, damaged="its bracket is not opened" if closer else "")

    def _within_items(self, found: list[_Found]) -> list[_Found]:
        """Cut an unclosed attribution where the next item begins, and read it again."""
        starts = [mark.line_start for mark in self.marks]
        kept: list[_Found] = []
        for item in found:
            at = bisect_right(starts, item.start)
            if at < len(starts) and starts[at] < item.end:
                if not item.damaged:
                    # The number lies inside the brackets: (1) and the like are no items there.
                    kept.append(item)
                    continue
                reading = grammar.read_attribution(self._words(item.inner, starts[at]))
                if reading is None:
                    continue
                item.end, item.reading = starts[at], reading
            kept.append(item)
        inside = [(item.start, item.end) for item in kept]
        dropped = {id(mark) for mark in self.marks if _lies_in(mark.start, inside)}
        self.marks = [mark for mark in self.marks if id(mark) not in dropped]
        if dropped:
            for mark in self.marks:
                mark.children = [child for child in mark.children if id(child) not in dropped]
                while mark.parent and id(mark.parent) in dropped:
                    mark.parent = mark.parent.parent
        return kept

    def _find_rules(self) -> None:
        """Find rules given once: the first unit leads; the cities implement everything below.

        Their words are blotted out of what the grammar of attributions reads.
        """
        clauses = self._rule_clauses()
        masked = list(self.chars) if clauses else []
        for match in (m for clause in clauses for m in _FIRST_LEADS.finditer(self.chars, *clause)):
            if self.first_leads_from is None:
                self.first_leads_from = self._valid_from(match.start())
            self._note("info", "rule", *match.span(), "a rule given once: the first unit named leads; applied to each attribution from here on that names no lead")
            self._blot(masked, *match.span())
        for match in (m for clause in clauses for m in _ALL_IMPLEMENT.finditer(self.chars, *clause)):
            start, end = match.span("body")
            reading = grammar.read_attribution(self.chars[start:end])
            for pair in reading.pairs if reading else ():
                self.all_implement.append((start, pair, self._valid_from(match.start())))
            self._note("info", "rule", *match.span(), "a rule given once: these bodies implement the tasks that follow; added to each")
            self._blot(masked, *match.span())
        self.legible = "".join(masked) if masked else self.chars

    def _rule_clauses(self) -> list[tuple[int, int]]:
        """Return the sentences that may state a rule."""
        clauses: list[tuple[int, int]] = []
        for word in _RULE_WORDS.finditer(self.chars):
            start = max(self.chars.rfind("。", 0, word.start()) + 1, word.start() - 120)
            end = self.chars.find("。", word.end(), word.end() + 80)
            end = word.end() + 80 if end < 0 else end
            if clauses and start < clauses[-1][1]:
                clauses[-1] = (clauses[-1][0], end)
            else:
                clauses.append((start, min(end, len(self.chars))))
        return clauses

    def _valid_from(self, position: int) -> int:
        """A rule holds from its own paragraph on; in a note at the end, for the whole document."""
        at = bisect_right(self.line_starts, position) - 1
        return self.line_starts[at] if "下同" in self.chars[position : position + 60] or "以下" in self.chars[max(0, position - 20) : position + 40] else 0

    def _blot(self, masked: list[str], start: int, end: int) -> None:
        if start and end < len(masked) and masked[start - 1] == "（" and masked[end] == "）":
            start, end = start - 1, end + 1
        masked[start:end] = "；" * (end - start)

    # -- items ----------------------------------------------------------------------------------

    def _assemble(self, found: list[_Found], rows: list[Row]) -> None:
        own: dict[int, list[_Found]] = {}
        starts = [mark.start for mark in self.marks]
        alone: list[_Found] = []
        for item in found:
            at = bisect_right(starts, item.start) - 1
            if at >= 0:
                own.setdefault(id(self.marks[at]), []).append(item)
            else:
                alone.append(item)
        self.ends = {
            id(mark): (self.marks[i + 1].line_start if i + 1 < len(self.marks) else len(self.chars))
            for i, mark in enumerate(self.marks)
        }
        self.own = own
        self._paragraph_tasks(alone)
        roots = [mark for mark in self.marks if mark.parent is None]
        self.tabled = set()
        for row in rows:
            at = bisect_right(starts, row.line) - 1
            if row.text and at >= 0:
                self.tabled.add(id(self.marks[at]))
        self._judge(roots, bool(found) or bool(self.tabled))
        self._row_tasks(rows)
        self.tasks.sort(key=lambda task: task.start)

    def _attributed(self, mark: Mark) -> bool:
        return id(mark) in self.own or id(mark) in self.tabled or any(self._attributed(child) for child in mark.children)

    def _judge(self, roots: list[Mark], any_found: bool) -> None:  # noqa: FBT001
        """Decide which numbered items are tasks, which are headings, and which are neither."""
        levels = Counter(mark.style for mark in self.marks if id(mark) in self.own)
        self.styles = Counter(mark.style for mark in self.marks)
        self.closed = {(id(mark.parent), mark.style) for mark in self.marks if id(mark) in self.own}
        task_style = levels.most_common(1)[0][0] if levels else None
        attributed = {id(mark) for mark in self.marks if self._attributed(mark)}
        self.above_tasks = {id(mark.parent) for mark in self.marks if id(mark) in attributed}

        stack: list[tuple[Mark, tuple[Mark, ...]]] = [(mark, ()) for mark in reversed(roots)]
        while stack:
            mark, path = stack.pop()
            children = mark.children
            if id(mark) in self.own:
                below = [child for child in children if id(child) in attributed]
                self._add_task(mark, path, collapse=not below)
                if below:
                    stack.extend((child, (*path, mark)) for child in reversed(children) if id(child) in attributed)
                    for child in children:
                        if id(child) not in attributed:
                            self._absorb(child)
                continue
            if id(mark) in attributed:
                if self._only_last(mark, levels):
                    self._add_task(mark, path, collapse=True)
                    continue
                self._label_heading(mark)
                stack.extend((child, (*path, mark)) for child in reversed(children))
                continue
            self._plain(mark, path, any_found=any_found, task_style=task_style, stack=stack)

    def _plain(
        self,
        mark: Mark,
        path: tuple[Mark, ...],
        *,
        any_found: bool,
        task_style: str | None,
        stack: list[tuple[Mark, tuple[Mark, ...]]],
    ) -> None:
        """Place an item that no attribution closes, nor any item in it."""
        title = self._title_of(mark)
        above = " ".join(self._title_of(parent) for parent in path)
        if _PRINCIPLES.search(title) and len(title) <= 20 or _PRINCIPLES.search(above):
            self._prose_item(mark)
            return
        among_tasks = (id(mark.parent), mark.style) in self.closed
        if not any_found:
            if mark.children:
                self._label_heading(mark)
                stack.extend((child, (*path, mark)) for child in reversed(mark.children))
            elif self._is_title_only(mark) and RANK[mark.style] <= 3:
                self._label_heading(mark)
            else:
                self._add_task(mark, path, collapse=True)
            return
        if among_tasks or mark.style == task_style:
            if mark.children and mark.style != task_style:
                self._label_heading(mark)
                stack.extend((child, (*path, mark)) for child in reversed(mark.children))
                return
            if not path or among_tasks or id(mark.parent) in self.above_tasks or self._continues(mark):
                self._add_task(mark, path, collapse=True)
                return
        if any(child.style == task_style and self._continues(child) for child in mark.children):
            self._label_heading(mark)
            stack.extend((child, (*path, mark)) for child in reversed(mark.children))
            return
        if self._is_title_only(mark) and not mark.children:
            self._label_heading(mark)
            return
        self._prose_item(mark)

    def _continues(self, mark: Mark) -> bool:
        """Whether a number runs on from a list before (continuous numbering)."""
        return mark.value > 1 and (not mark.parent or mark.parent.children[0] is mark)

    def _only_last(self, mark: Mark, levels: Counter[str]) -> bool:
        """Whether one attribution after the last sub-item closes the whole item.

        So it is where sub-items of this style go without attribution elsewhere too.
        """
        children = mark.children
        if len(children) < 2 or any(id(c) in self.own for c in children[:-1]):
            return False
        if any(self._attributed(c) for c in children[:-1]) or id(children[-1]) not in self.own:
            return False
        style = children[0].style
        return levels[style] <= self.styles[style] / 2 and RANK[mark.style] >= 3

    def _end_of(self, mark: Mark) -> int:
        """Return where an item with everything in it ends."""
        while mark.children:
            mark = mark.children[-1]
        return self.ends[id(mark)]

    def _title_end(self, mark: Mark) -> int:
        """Return the end of an item's first line, or of its first sentence."""
        end = self.ends[id(mark)]
        at = bisect_right(self.line_starts, mark.end)
        line_end = min(end, self.line_starts[at] if at < len(self.line_starts) else end)
        if line_end == mark.end and mark.end < end:  # the number stands alone on its line
            at += 1
            line_end = min(end, self.line_starts[at] if at < len(self.line_starts) else end)
        return line_end

    def _title_of(self, mark: Mark) -> str:
        end = self._title_end(mark)
        line = self.chars[mark.end : end].lstrip("*#")
        sentence = re.split("[。：；]", line, maxsplit=1)[0]
        return (sentence if len(sentence) < len(line) else line).rstrip("*#")

    def _is_title_only(self, mark: Mark) -> bool:
        body = self.chars[mark.end : self.ends[id(mark)]]
        return len(body) <= 30 and not any(char in _END for char in body)

    def _label_heading(self, mark: Mark) -> None:
        end = self._title_end(mark)
        line = self.chars[mark.end : end]
        cut = next((i for i, char in enumerate(line) if char in "。；"), None)
        title_end = end if cut is None else mark.end + cut + 1
        self.kind[mark.line_start : title_end] = _HEADING
        self._intro(title_end, self.ends[id(mark)])

    def _intro(self, start: int, end: int) -> None:
        """Label the words between a heading and its first item."""
        self.kind[start:end] = _PREAMBLE

    def _prose_item(self, mark: Mark) -> None:
        """Label an item that is no task (a principle, a requirement on the authorities)."""
        self.kind[mark.line_start : self._end_of(mark)] = _PREAMBLE

    def _absorb(self, mark: Mark) -> None:
        self.kind[mark.line_start : self._end_of(mark)] = _TASK

    def _headings(self, path: tuple[Mark, ...], start: int) -> tuple[str, ...]:
        names = tuple(self._heading_text(mark) for mark in path)
        return tuple(name for name in names if name) or self._unnumbered_heading(start)

    def _heading_text(self, mark: Mark) -> str:
        length = len(self._title_of(mark))
        if not length:
            return ""
        start, end = self.shadow.span(mark.end, min(mark.end + length + 2, self._title_end(mark)))
        return re.split("[。：；:;]", _unbroken(self.shadow.text[start:end]))[0].strip(" *#　")

    def _unnumbered_heading(self, start: int) -> tuple[str, ...]:
        """Find the nearest line before an item that reads as a heading without a number."""
        at = bisect_right(self.line_starts, start) - 1
        for i in range(at - 1, max(-1, at - 400), -1):
            line_start, line_end = self.line_starts[i], self.line_starts[i + 1]
            if self.kind[line_start] == _HEADING:
                return (_unbroken(self.shadow.text[slice(*self.shadow.span(line_start, line_end))]).strip(" *#　"),)
        return ()

    def _add_task(self, mark: Mark, path: tuple[Mark, ...], *, collapse: bool) -> None:
        end = self._end_of(mark) if collapse else self.ends[id(mark)]
        members = [mark]
        if collapse:
            pending = list(mark.children)
            while pending:
                child = pending.pop()
                members.append(child)
                pending.extend(child.children)
        attributions = sorted((a for m in members for a in self.own.get(id(m), ())), key=lambda a: a.start)
        self.kind[mark.line_start : mark.end] = _NUMBER
        start, stop = mark.end, end
        if attributions:
            tail = attributions[-1].end
            stop = self._after_last(tail, end)
        start, text_end = self._task_span(start, stop, attributions)
        self.tasks.append(
            _Task(mark.printed, path, self._headings(path, mark.start), start, text_end, attributions, mark,
                  collapsed=len(members) - 1 if collapse else 0)
        )  # fmt: skip
        if text_end > start:
            self.kind[start:text_end] = _TASK
        for item in attributions:
            self.kind[item.start : item.end] = _ATTRIBUTION
        if attributions and stop < end:
            self._after_task(stop, end, mark)
        elif not attributions:
            self._trailing_without(start, end)

    def _after_last(self, tail: int, end: int) -> int:
        """Return where an item ends: words on the same line as its attribution are still its own."""
        at = bisect_right(self.line_starts, tail - 1)
        line_end = min(end, self.line_starts[at] if at < len(self.line_starts) else end)
        rest = self.chars[tail:line_end]
        if not rest.strip("。；，"):
            return line_end
        if _PUBLIC.match(rest):
            return tail
        return line_end

    def _task_span(self, start: int, stop: int, attributions: list[_Found]) -> tuple[int, int]:
        """Return the span of the words of a task, without the attributions at its end."""
        end = stop
        trailing = list(attributions)
        while True:
            while end > start and trailing and self.chars[end - 1] in "。；，":
                if trailing[-1].end == end or trailing[-1].end > end:
                    break
                if self.chars[trailing[-1].end : end].strip("。；，"):
                    break
                end = trailing[-1].end
            if trailing and trailing[-1].end >= end > trailing[-1].start:
                last = trailing.pop()
                self.kind[last.end : max(last.end, end)] = _ATTRIBUTION
                end = last.start
                continue
            break
        if attributions:
            tail = attributions[-1].end
            if not self.chars[tail:stop].strip("。；，"):
                self.kind[tail:stop] = _ATTRIBUTION
        while start < end and self.chars[start] in "*#":
            self.kind[start] = _NUMBER
            start += 1
        return start, max(start, end)

    def _after_task(self, start: int, end: int, mark: Mark) -> None:
        """Label what follows a closed item: an unnumbered heading, a note, or not understood."""
        for line_start, line_end in self._lines_between(start, end):
            self._loose_line(line_start, line_end, f"words after the closing bracket of item {mark.printed}")

    def _trailing_without(self, start: int, end: int) -> None:
        """An item without attribution: its last lines may be a heading of the next section."""
        lines = self._lines_between(start, end)
        task = self.tasks[-1]
        while len(lines) > 1 and end < len(self.chars) and self._is_heading_line(*lines[-1]):
            line_start, line_end = lines.pop()
            self.kind[line_start:line_end] = _HEADING
            task.end = line_start
        while len(lines) > 1 and (
            _FURNITURE.search(self.chars[slice(*lines[-1])]) or _PUBLIC.search(self.chars[slice(*lines[-1])])
        ):
            line_start, line_end = lines.pop()
            self._loose_line(line_start, line_end, "web page furniture")
            task.end = line_start

    def _lines_between(self, start: int, end: int) -> list[tuple[int, int]]:
        first = bisect_right(self.line_starts, start)
        inner = self.line_starts[first : bisect_right(self.line_starts, end - 1)] if end > start else []
        edges = [start, *inner, end]
        return [(a, b) for a, b in zip(edges, edges[1:], strict=False) if b > a]

    def _is_heading_line(self, start: int, end: int) -> bool:
        line = self.chars[start:end]
        if line.startswith("#"):
            return True
        return 2 <= len(line) <= 30 and not re.search(r"[。；！？，）]$|[。；]", line) and not _FURNITURE.search(line) and not line.isdecimal() and not _PAGE_LINE.match(line)

    def _loose_line(self, start: int, end: int, hint: str) -> None:
        line = self.chars[start:end]
        if _PUBLIC.search(line):
            self.kind[start:end] = _PREAMBLE
        elif _FURNITURE.search(line):
            self._unparsed(start, end, "reads as web page furniture")
        elif self._is_heading_line(start, end) and end < len(self.chars):
            self.kind[start:end] = _HEADING
        else:
            self._unparsed(start, end, hint)

    # -- items without a number -----------------------------------------------------------------

    def _paragraph_tasks(self, alone: list[_Found]) -> None:
        """Tasks without a number: the paragraphs before the first number that an attribution closes."""
        limit = self.marks[0].line_start if self.marks else len(self.chars)
        lines = self._lines_between(0, limit)
        begin = 0
        for item in alone:
            start = self._paragraph_start(lines, item, begin)
            if start < item.start:
                self._flush_loose(begin, start)
            start, text_end = self._task_span(start, item.end, [item])
            for line_start, line_end in self._lines_between(start, text_end)[:-1]:
                if self._is_heading_line(line_start, line_end) and line_start == start:
                    self.kind[line_start:line_end] = _HEADING
                    start = line_end
            if text_end <= start:
                if self.tasks and not self.tasks[-1].mark and self.tasks[-1].attributions[-1].end == item.start:
                    self.tasks[-1].attributions.append(item)
                    self.kind[item.start : item.end] = _ATTRIBUTION
                    begin = item.end
                continue
            self.kind[start:text_end] = _TASK
            self.kind[item.start : item.end] = _ATTRIBUTION
            self.tasks.append(_Task("", (), self._unnumbered_heading(start), start, text_end, [item]))
            begin = item.end

    def _flush_loose(self, start: int, end: int) -> None:
        for line_start, line_end in self._lines_between(start, end):
            if self._is_heading_line(line_start, line_end) and (line_start > 0 or self.tasks):
                self.kind[line_start:line_end] = _HEADING

    def _paragraph_start(self, lines: list[tuple[int, int]], item: _Found, begin: int) -> int:
        """Return where the paragraph closed by an attribution begins."""
        starts = [line[0] for line in lines]
        at = bisect_right(starts, item.start) - 1
        if starts[at] == item.start and at > 0:  # the attribution stands on its own line
            at -= 1
        while at > 0 and starts[at] > begin and self.shadow.gap[starts[at]] < PARAGRAPH and self.chars[starts[at] - 1] not in "。；！？：）":
            previous = self.chars[starts[at - 1] : starts[at]]
            if len(previous) <= 24:
                break
            at -= 1
        return max(starts[at], begin)

    @staticmethod
    def _ancestors(mark: Mark) -> tuple[Mark, ...]:
        path = [mark]
        while path[0].parent:
            path.insert(0, path[0].parent)
        return tuple(path)

    def _row_tasks(self, rows: list[Row]) -> None:
        marks = [mark.start for mark in self.marks]
        for row in rows:
            for start, end in row.other:
                self.kind[start:end] = _HEADING
            if row.text is None:
                continue
            for start, end in row.number_cells:
                self.kind[start:end] = _NUMBER
            for start, end in row.cells:
                self.kind[start:end] = _TASK
            found = []
            for start, end, role in row.bodies:
                self.kind[start:end] = _ATTRIBUTION
                reading = grammar.read_attribution(f"{role}：{self._cell_words(start, end)}")
                if reading is None:
                    continue
                shift = start - len(role) - 1
                found.append(_Found(start, end, shift, reading, bracketed=False))
            at = bisect_right(marks, row.line) - 1
            path = self._ancestors(self.marks[at]) if at >= 0 else ()
            cells = tuple(_unbroken(self.shadow.text[slice(*self.shadow.span(*cell))]) for cell in row.headings)
            headings = (*self._headings(path, row.line), *cells) if path or not cells else cells
            self.tasks.append(_Task(row.number, path, headings, *row.text, found, cells=tuple(row.cells)))

    def _cell_words(self, start: int, end: int) -> str:
        return self.legible[start:end]

    # -- the rest -------------------------------------------------------------------------------

    def _prose(self, lines: list[tuple[int, int]]) -> None:
        """Label the title and the preamble, and what is left as not understood."""
        first = int(np.argmax(np.isin(self.kind, (_HEADING, _NUMBER, _TASK)))) if self.kind.any() else len(self.chars)
        titled = False
        for start, end in lines:
            if self.kind[start] != _UNPARSED or end <= start:
                continue
            if start >= first:
                stop = start + int(np.argmax(self.kind[start:end] != 0)) if self.kind[start:end].any() else end
                self._loose_line(start, stop, "words that belong to no item")
                continue
            line = self.chars[start:end]
            if _FURNITURE.search(line) and len(line) < 60:
                self._unparsed(start, end, "reads as web page furniture")
            elif not titled and self._is_title(line):
                self.kind[start:end] = _TITLE
                following = bisect_right(self.line_starts, start)
                titled = not (following < len(self.line_starts) and self._is_title(self.chars[self.line_starts[following] : self._paragraph_end(self.line_starts[following])]))
            else:
                self.kind[start:end] = _PREAMBLE

    def _is_title(self, line: str) -> bool:
        return len(line) <= 60 and not re.search(r"[。；：，]$", line) and (line.startswith("#") or bool(_TITLE_WORDS.search(line)))

    def _unparsed(self, start: int, end: int, hint: str) -> None:
        self.kind[start:end] = _UNPARSED
        self.hints[start] = hint

    def _note(self, severity: str, code: str, start: int, end: int, hint: str, task_id: str = "") -> None:
        if end <= start:
            return
        first, last = self.shadow.span(start, end)
        self.issues.append({"severity": severity, "code": code, "task_id": task_id, "start": first, "end": last,
                            "words": self.shadow.text[first:last], "hint": hint})  # fmt: skip

    # -- tables ---------------------------------------------------------------------------------

    def _tables(self) -> TaskList:
        ids = self._task_ids()
        tasks, assignments = [], []
        for seq, (task, task_id) in enumerate(zip(self.tasks, ids, strict=True), start=1):
            start, end = self.shadow.span(task.start, task.end) if task.end > task.start else (self.shadow.offset(task.start),) * 2
            words = [self._quote(a.inner, a.end - (1 if a.bracketed and not a.damaged else 0)) for a in task.attributions]
            first = task.attributions[0] if task.attributions else None
            last = task.attributions[-1] if task.attributions else None
            category = task.headings[-1] if task.headings else ""
            tasks.append({
                "task_id": task_id, "edition": self.edition, "number": task.number, "seq": seq, "category": category,
                "category_en": "", "text": self._task_text(task, start, end),
                "attribution": "；".join(words), "start": start, "end": end,
                "attribution_start": self.shadow.offset(max(first.inner, first.start)) if first else -1,
                "attribution_end": self.shadow.span(last.start, last.end - (1 if last.bracketed and not last.damaged else 0))[1] if last else -1,
                "headings": " / ".join(task.headings),
            })  # fmt: skip
            assignments += self._assignments(task, task_id)
            self._task_issues(task, task_id)
        frame = pd.DataFrame(assignments, columns=_ASSIGNMENT_COLUMNS)
        return TaskList(
            self.shadow.text, self.edition, pd.DataFrame(tasks, columns=_TASK_COLUMNS), frame, self._coverage(), self.issues
        )  # fmt: skip

    def _quote(self, start: int, end: int) -> str:
        first, last = self.shadow.span(max(start, 0), end) if end > start else (0, 0)
        return _unbroken(self.shadow.text[first:last])

    def _task_text(self, task: _Task, start: int, end: int) -> str:
        if (self.kind[task.start : task.end] == _UNPARSED).any():
            keep = np.flatnonzero(self.kind[task.start : task.end] != _UNPARSED) + task.start
            runs = np.split(keep, np.flatnonzero(np.diff(keep) > 1) + 1)
            return "".join(self._quote(int(run[0]), int(run[-1]) + 1) for run in runs if len(run))
        return _unbroken(self.shadow.text[start:end])

    def _assignments(self, task: _Task, task_id: str) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        seen: set[tuple[str, str]] = set()
        for item in task.attributions:
            reading = item.reading
            if self.first_leads_from is not None and item.start >= self.first_leads_from:
                reading = grammar.lead_by_rule(reading)
            for pair in reading.pairs:
                first, last = self.shadow.span(item.inner + pair.start, item.inner + pair.end)
                row = {
                    "task_id": task_id, "body": pair.body, "body_as_written": _unbroken(self.shadow.text[first:last]),
                    "body_kind": body_kind(pair.body), "role": pair.role, "others_implied": pair.others_implied,
                    "start": first, "end": last, "role_basis": pair.basis, "known": pair.known,
                }  # fmt: skip
                if (pair.body, pair.role) in seen:
                    self._note("warning", "body_twice", item.inner + pair.start, item.inner + pair.end,
                               "named twice in one task under one role; the second naming adds no row", task_id)  # fmt: skip
                    continue
                seen.add((pair.body, pair.role))
                rows.append(row)
        for at, pair, valid_from in self.all_implement:
            named = any(row["body"] == pair.body for row in rows)
            if task.attributions and task.attributions[-1].end > valid_from and not named:
                first, last = self.shadow.span(at + pair.start, at + pair.end)
                rows.append({"task_id": task_id, "body": pair.body, "body_as_written": self.shadow.text[first:last],
                             "body_kind": body_kind(pair.body), "role": "implementing", "others_implied": False,
                             "start": first, "end": last, "role_basis": "rule", "known": pair.known})  # fmt: skip
        return rows

    def _task_issues(self, task: _Task, task_id: str) -> None:
        at = task.mark.start if task.mark else task.start
        number_end = task.mark.end if task.mark else min(task.start + 12, task.end)
        if task.mark and task.mark.note == "duplicate":
            self._note("warning", "number_duplicate", at, number_end, "this number is printed twice; the two tasks are told apart by letters", task_id)
        elif task.mark and task.mark.note:
            self._note("warning", f"number_{task.mark.note}", at, number_end, "this number does not follow the one before; is an item missing from the document?", task_id)
        if not task.attributions:
            self._note("warning", "attribution_missing", at, max(number_end, min(at + 24, task.end)), "no closing bracket or line names a responsible body", task_id)
        for item in task.attributions:
            if item.damaged:
                self._note("warning", "bracket_damaged", item.start, item.end, f"{item.damaged}; read as far as the item goes", task_id)
            for start, end in item.reading.leftovers:
                if self.chars[item.inner + start : item.inner + end].strip("，；、。"):
                    self._note("info", "attribution_words", item.inner + start, item.inner + end, "words in the attribution that name no body", task_id)
            for pair in item.reading.pairs:
                span = (item.inner + pair.start, item.inner + pair.end)
                if not pair.known:
                    self._note("info", "body_unknown", *span, "not in the authority file (data/reference/bodies.csv); kept as written", task_id)
                elif pair.body != re.sub(r"\s", "", pair.as_written):
                    self._note("info", "body_alias", *span, f"read as {pair.body}", task_id)
                if pair.basis == "assumed":
                    self._note("info", "role_assumed", *span, "no role word: taken as responsible", task_id)

    def _task_ids(self) -> list[str]:
        """Number the tasks: by printed number, where needed by place, and by letter where printed twice."""
        def flat(task: _Task) -> str:
            value = task.mark.value if task.mark else 0
            if task.mark:
                return f"{value:02d}"
            return f"{int(task.number):02d}" if task.number.isdecimal() else ""

        bare = [flat(task) for task in self.tasks]
        numbered = [name for name in bare if name]
        repeated = Counter(numbered)
        twice = sum(count - 1 for count in repeated.values())
        styles = {task.mark.style for task in self.tasks if task.mark}
        restarts = twice > max(2, len(numbered) // 10) or len(styles) > 1
        names = []
        for i, task in enumerate(self.tasks):
            if not bare[i]:
                names.append(f"s{i + 1:02d}")
            elif restarts and task.path:
                names.append(".".join([*(str(mark.value) for mark in task.path), bare[i]]))
            elif restarts and task.mark and len(styles) > 1:
                names.append(f"{bare[i]}")
            else:
                names.append(bare[i])
        count = Counter(names)
        used: Counter[str] = Counter()
        ids = []
        for name in names:
            letter = ""
            if count[name] > 1:
                letter = _letters(used[name])
                used[name] += 1
            ids.append(f"{self.edition}-{name}{letter}")
        return ids

    def _coverage(self) -> Coverage:
        kind = self.kind
        cuts = np.flatnonzero(np.diff(kind)) + 1 if len(kind) else np.zeros(0, int)
        breaks = sorted({0, *cuts.tolist(), *self.hints, *(t.start for t in self.tasks), *(m.line_start for m in self.marks)} & set(range(len(kind))) if len(kind) else set())
        text = self.shadow.text
        rows = []
        for i, first in enumerate(breaks):
            after = breaks[i + 1] if i + 1 < len(breaks) else len(kind)
            # Invisible characters between two spans go to the first of them.
            start = self.shadow.offset(first) if i else 0
            end = self.shadow.offset(after)
            quote = text[start:end]
            start += len(quote) - len(quote.lstrip())
            end -= len(quote) - len(quote.rstrip())
            rows.append((KINDS[kind[first]], start, end, sum(map(len, text[start:end].split())), self.hints.get(first, "not understood")))
        if not rows and text.strip():
            rows.append(("unparsed", 0, len(text), len(text.strip()), "no readable characters"))
        spans = pd.DataFrame(rows, columns=["kind", "start", "end", "chars", "hint"])
        totals = spans.groupby("kind")["chars"].sum()
        counts = {kind: int(totals.get(kind, 0)) for kind in KINDS}
        unparsed = spans[spans["kind"] == "unparsed"]
        lines = _line_starts(text)
        listed = pd.DataFrame({
            "line": [bisect_right(lines, start) for start in unparsed["start"]],
            "start": unparsed["start"].to_numpy(), "end": unparsed["end"].to_numpy(),
            "words": [text[s:e] for s, e in zip(unparsed["start"], unparsed["end"], strict=True)],
            "hint": unparsed["hint"].to_numpy(),
        })  # fmt: skip
        for row in listed.itertuples():
            self.issues.append({"severity": "warning", "code": "unparsed", "task_id": "", "start": row.start,
                                "end": row.end, "words": row.words, "hint": row.hint})  # fmt: skip
        return Coverage(spans.drop(columns="hint"), counts, listed)


_TASK_COLUMNS = [
    "task_id", "edition", "number", "seq", "category", "category_en", "text", "attribution", "start", "end",
    "attribution_start", "attribution_end", "headings",
]  # fmt: skip
_ASSIGNMENT_COLUMNS = [
    "task_id", "body", "body_as_written", "body_kind", "role", "others_implied", "start", "end", "role_basis", "known",
]  # fmt: skip


def _unbroken(text: str) -> str:
    """Take the line ends out of a quote: nothing between Chinese characters, else a space."""
    if not re.search(r"[\n\r\t\x0b\x0c\x85\u2028\u2029]", text):
        return text.strip()
    joined = re.sub(r"(?<=[A-Za-z,;])\s*[\n\r]\s*(?=[A-Za-z])", " ", text.strip())
    return re.sub(r"[ \u3000]*[\n\r\t\x0b\x0c\x85\u2028\u2029]\s*", "", joined)


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", text))]


def _letters(i: int) -> str:
    return chr(97 + i) if i < 26 else _letters(i // 26 - 1) + chr(97 + i % 26)


def _lies_in(position: int, spans: list[tuple[int, int]]) -> bool:
    at = bisect_right(spans, (position, 1 << 60)) - 1
    return at >= 0 and spans[at][0] <= position < spans[at][1]


def _is_body(pair: grammar.Pair) -> bool:
    from sxcanalysis.bodies import is_organisation, is_place  # noqa: PLC0415

    name = re.sub(r"（.*?）", "", pair.body)
    return pair.known or is_organisation(name) or (is_place(name) and len(name) <= 6)
