"""A document while it is being taken apart: its shadow, and what each character turned out to be."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sxcanalysis.parsing.attribution import read_attribution
from sxcanalysis.text.normal_form import LINE, PARAGRAPH, SPACE, cast_shadow

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from sxcanalysis.parsing.attribution import Attribution

KINDS = ("unparsed", "title", "preamble", "heading", "number", "task", "attribution")
UNPARSED, TITLE, PREAMBLE, HEADING, NUMBER, TASK, ATTRIBUTION = range(len(KINDS))

_FURNITURE = re.compile(
    r"打印|关闭窗口|关闭本页|分享到|字号|浏览次数|点击数|点击量|责任编辑|上一[篇条]|下一[篇条]|版权所有|备案|网站地图|"
    r"扫一扫|当前位置|首页|返回顶部|主办单位：.*(?:办公室|政府)$|无障碍|信息来源|发布时间|发布日期|索引号|来源：|"
    r"附件下载|相关(?:链接|阅读|文章)|微信"
)
_CLOSING_NOTE = re.compile(r"（此件.{0,12}(?:公开|发布|主动).{0,6}）|（信息公开.{0,10}）|抄送|印发$")
_PAGE_LINE = re.compile(
    r"(?<![^\n])[ \t\u3000\f]*(?P<number>[—－–―_~·-]+ ?\d{1,4} ?[—－–―_~·-]+(?=[ \t\u3000]*(?:\n|$)|[\u4e00-\u9fff，、。；）])"
    r"|第 ?\d{1,4} ?页(?:[,， /]*共 ?\d+ ?页)?(?=[ \t\u3000]*(?:\n|$))|\d{1,4}(?=[ \t\u3000]*(?:\n|$)))"
)
_HEAD_BEFORE = re.compile(r"\n[ \t\u3000]*(?P<words>[^\n]{2,40}?)[ \t\u3000]*\n\s*$")
_HEAD_AFTER = re.compile(r"[ \t\u3000]*(?:$|\n\s*(?P<words>[^\n]{2,40}?)[ \t\u3000]*(?:\n|$))")
_NUMBERED = re.compile(r"[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]")
# 完成时限：2026年底 says something of the item above it; 专栏一：… is a heading.
_FIELD = re.compile(r"[\u4e00-\u9fff]{1,7}(?![一二三四五六七八九十\d])[\u4e00-\u9fff]：.")
_FEW_LINES = 8
_ENDS = "。；！？：）】”.;!?:)]"
_PAGE_NUMBER = re.compile(r"[—\-–―_~·]*(?:第)?\d{1,4}(?:页)?(?:[，/]?共?\d+页?)?[—\-–―_~·]*")


class Draft:
    """The state that the steps of the parser share. All positions are in the shadow."""

    def __init__(self, text: str) -> None:
        self.page_numbers = _page_numbers(text)
        self.shadow = cast_shadow(text, skip=self.page_numbers)
        self.chars = self.shadow.chars
        self.legible = self.chars  # the same, with the words of general rules blotted out
        self.kind: npt.NDArray[np.uint8] = np.zeros(len(self.chars), dtype=np.uint8)
        self.line_starts: list[int] = np.flatnonzero(self.shadow.gap >= LINE).tolist()
        self.wrap = self._wrap_width()
        self._reflow()
        self.hints: dict[int, str] = {}  # why a span is unparsed, by its start
        self.issues: list[dict[str, object]] = []

    def _wrap_width(self) -> int:
        """Return the width at which the lines were broken, 0 if they were not."""
        lengths = np.diff([*self.line_starts, len(self.chars)])
        if len(lengths) < 6:
            return 0
        width = int(np.percentile(lengths, 90))
        near = float((np.abs(lengths - width) <= 3).mean())
        return width if 15 <= width <= 80 and near >= 0.3 else 0

    def _reflow(self) -> None:
        """Forget blanks and line ends that say nothing, because they stand everywhere."""
        gap = self.shadow.gap
        apart = (gap == SPACE) & ~self.shadow.tab
        bars = np.array([char == "|" for char in self.chars], dtype=bool)
        inside = apart & ~bars & ~np.roll(bars, 1)
        share = np.count_nonzero(inside) / max(1, len(gap))
        self.spaced = bool(share > 0.5)
        # In a text set to a margin blanks stand inside names too, and part none.
        self.parting = LINE if share > 0.1 else SPACE
        if self.spaced:
            gap[apart] = 0
        starts = np.array(self.line_starts)
        if not self.wrap or len(starts) < _FEW_LINES:
            return
        if np.count_nonzero(gap[starts] == PARAGRAPH) > 0.9 * len(starts):
            gap[starts[1:]] = LINE
        at_margin = np.abs(np.diff(starts) - self.wrap) <= 2
        if np.count_nonzero(~at_margin) <= max(3, 0.06 * len(at_margin)):  # a text without lines of its own
            joined = starts[1:][at_margin & (gap[starts[1:]] == LINE)]
            gap[joined] = 0
            self.line_starts = np.setdiff1d(starts, joined).tolist()

    # -- lines ----------------------------------------------------------------------------------

    def lines(self) -> list[tuple[int, int]]:
        """Return start and end of every line."""
        return list(pairwise([*self.line_starts, len(self.chars)]))

    def line_end(self, position: int) -> int:
        """Return the end of the line that a position is in."""
        at = bisect_right(self.line_starts, position)
        return self.line_starts[at] if at < len(self.line_starts) else len(self.chars)

    def line_start(self, position: int) -> int:
        """Return the start of the line that a position is in."""
        return self.line_starts[bisect_right(self.line_starts, position) - 1]

    def lines_between(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the lines, and parts of lines, between two positions."""
        if end <= start:
            return []
        first, last = bisect_right(self.line_starts, start), bisect_right(self.line_starts, end - 1)
        return list(pairwise([start, *self.line_starts[first:last], end]))

    def runs_on(self, line_end: int) -> bool:
        """Whether a line that ends here ends at the margin, or at the foot of a page."""
        width = line_end - self.line_start(line_end - 1)
        if 0 < self.wrap <= width + 3:
            return True
        first, after = self.shadow.offset(line_end - 1), self.shadow.offset(line_end)
        at = bisect_left(self.page_numbers, (first, 0))
        return at < len(self.page_numbers) and self.page_numbers[at][0] < after

    def is_heading_line(self, start: int, end: int) -> bool:
        """Whether a line without a number reads as a heading: short, and no sentence."""
        line = self.chars[start:end]
        if line.startswith("#"):
            return True
        return (
            2 <= len(line) <= 30
            and not re.search(r"[。；！？，）]$|[。；]", line)
            and not line.isdecimal()
            and not _FIELD.match(line)
            and not _FURNITURE.search(line)
            and not _PAGE_NUMBER.fullmatch(line)
        )

    def is_furniture(self, start: int, end: int) -> bool:
        """Whether a line belongs to a web page rather than to the document."""
        return bool(_FURNITURE.search(self.chars, start, end))

    def is_closing_note(self, start: int, end: int) -> bool:
        """Whether words are a note on the document itself (此件公开发布)."""
        return bool(_CLOSING_NOTE.search(self.chars, start, end))

    # -- labels ---------------------------------------------------------------------------------

    def label(self, start: int, end: int, kind: int) -> None:
        """Say what a span is."""
        self.kind[start:end] = kind

    def give_up(self, start: int, end: int, hint: str) -> None:
        """Say that a span is not understood, and why."""
        self.kind[start:end] = UNPARSED
        self.hints[start] = hint

    def label_loose(self, start: int, end: int, hint: str) -> None:
        """Label a line that belongs to no item."""
        if self.is_closing_note(start, end):
            self.label(start, end, PREAMBLE)
        elif self.is_furniture(start, end):
            self.give_up(start, end, "reads as web page furniture")
        elif self.is_heading_line(start, end) and end < len(self.chars):
            self.label(start, end, HEADING)
        else:
            self.give_up(start, end, hint)

    def read(self, start: int, end: int, role: str | None = None) -> Attribution | None:
        """Read words as an attribution, under a role if the head of their column gives one."""
        gaps = np.flatnonzero(self.shadow.gap[start + 1 : end] >= self.parting) + 1
        return read_attribution(self.legible[start:end], tuple(gaps.tolist()), role=role)

    # -- quotes ---------------------------------------------------------------------------------

    def quote(self, start: int, end: int) -> str:
        """Return the words of a span of the shadow as the document has them, line ends mended."""
        if end <= start:
            return ""
        first, last = self.shadow.span(start, end)
        pieces = []
        for skip_start, skip_end in self.page_numbers[bisect_left(self.page_numbers, (first, 0)) :]:
            if skip_start >= last:
                break
            pieces.append(self.shadow.text[first:skip_start])
            first = skip_end
        return unbroken("\n".join([*pieces, self.shadow.text[first:last]]))

    def note(
        self,
        code: str,
        start: int,
        end: int,
        hint: str,
        *,
        severity: str = "info",
        task_id: str = "",
    ) -> None:
        """Record a finding for a person."""
        if end <= start:
            return
        first, last = self.shadow.span(start, end)
        self.issues.append({
            "severity": severity, "code": code, "task_id": task_id, "start": first, "end": last,
            "words": self.shadow.text[first:last], "hint": hint,
        })  # fmt: skip


def _page_numbers(text: str) -> list[tuple[int, int]]:
    """Return the spans of page numbers (— 6 —) and running heads, with which a page break cuts a task.

    A number alone on its line may number an item instead; it is a page number where the line
    before breaks off inside a sentence.
    """
    found = []
    for match in _PAGE_LINE.finditer(text):
        start, end = match.span("number")
        if match["number"].strip().isdecimal():
            before = text[:start].rstrip()[-24:]
            if len(before) < 24 or before[-1] in _ENDS or "\n" in before:
                continue
        found.append((start, end))
    return sorted([*found, *_running_heads(text, found)])


def _running_heads(text: str, pages: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the spans of lines that stand beside page number after page number."""
    beside: dict[str, list[tuple[int, int]]] = {}
    for page_start, page_end in pages:
        if _HEAD_AFTER.match(text, page_end) is None:
            continue  # the number stands inside a line
        for match in (
            _HEAD_BEFORE.search(text, max(0, page_start - 60), page_start),
            _HEAD_AFTER.match(text, page_end),
        ):
            if match and match["words"]:
                beside.setdefault(re.sub(r"\s", "", match["words"]), []).append(match.span("words"))
    for words, spans in beside.items():
        # A line of the list itself may stand there once or twice by chance.
        if len(set(spans)) >= 3 and words[-1] not in "。；：，、）" and not _NUMBERED.match(words):
            yield from set(spans)


def unbroken(text: str) -> str:
    """Take the line ends out of a quote: nothing between Chinese characters, else a space."""
    if not re.search(r"[\n\r\t\x0b\x0c\x85\u2028\u2029]", text):
        return text.strip()
    joined = re.sub(r"(?<=[A-Za-z,;])\s*[\n\r]\s*(?=[A-Za-z])", " ", text.strip())
    return re.sub(r"[ \u3000]*[\n\r\t\x0b\x0c\x85\u2028\u2029]\s*", "", joined)
