"""Printed numbers: which of them number an item, and how the items nest.

A number is taken as one where it can stand (at the start of a line, or after the end of a
sentence) and where the sequence it belongs to lets it: 11.121人才 is item 11 after item 10, and
a line that begins with 3.8万亩 is none after item 31.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sxcanalysis.text.normal_form import LINE, PARAGRAPH, SPACE, Shadow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CN = "〇零一二三四五六七八九十百"
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0}
_ENCLOSED = {
    char: (style, value)
    for style, chars in (
        ("①", "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"), ("(ar)", "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇"),
        ("ar", "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛"), ("(cn)", "㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩"),
    )
    for value, char in enumerate(chars, start=1)
}  # fmt: skip
_UNITS = {"部分": "章", "篇": "章", "项": "条"}
_STYLES = {"bcn": "(cn)", "half": "(cn)", "bar": "(ar)", "cn": "cn", "xyz": "x.y.z", "ar": "ar", "task": "条"}

# How deep a style of number usually lies; it decides only between styles not yet nested.
RANK = {
    "章": 0, "节": 1, "cn": 2, "条": 3, "(cn)": 4, "ar": 5, "(ar)": 7, "ar)": 7, "x.y.z": 7, "①": 8,
}  # fmt: skip

_MARK = re.compile(
    rf"第(?P<ord>[{_CN}\d]{{1,4}})(?P<unit>章|节|部分|篇|条|项)[、：:.，]?"
    rf"|(?:任务|事项|实事|项目)(?P<task>[{_CN}\d]{{1,3}})[：:、]"
    rf"|（(?P<bcn>[{_CN}]{{1,4}})）[、.]?"
    rf"|(?P<half>（[{_CN}]{{1,3}}(?=[\u4e00-\u9fff“])|[{_CN}]{{1,3}}）)"  # half a bracket
    rf"|（(?P<bar>\d{{1,4}})）[、.]?"
    rf"|(?P<cn>[{_CN}]{{1,4}})[、.]"
    rf"|(?P<xyz>\d{{1,2}}\.\d{{1,2}}\.\d{{1,2}})(?![\d%％万亿个])[、.]?"
    rf"|(?P<ar>\d{{1,4}})(?P<sign>[.、）])|(?P<enclosed>[{''.join(_ENCLOSED)}])"
)
_BARE = re.compile(
    r"(?P<ar>\d{1,4})\*?(?=[^\d%.、年月日时分万亿个*])|(?P<cn>[一二三四五六七八九十]{1,3})(?=[\u4e00-\u9fff“])"
)
_DECORATION = re.compile(r"[#*>\-•·●■◆▶▪◇○☆★]+")
_TERMINAL = "。；！？：）】”》.;:…"
# Inside a line a number is looked for after these only; it is cheaper to look for them first.
_INLINE = re.compile(rf"(?<=[。；：！？）】])(?={_MARK.pattern.replace('?P<', '?P<i_')})")
# A short title, and the first number below it.
_TITLED = r"[^。；！？（）]{2,40}?(?=\d{1,3}[.、](?!\d)|（(?:[一二三四五六七八九十]{1,3}|\d{1,2})）|第[一二三四五六七八九十\d]{1,3}[条节])"
_HEADING_TITLE = re.compile(_TITLED)
# The first heading of a document whose line ends are lost, with the first item after it.
_OPENING = re.compile(rf"(?:[一二三四五六七八九十]{{1,3}}、|第[一1](?:章|部分|篇))(?={_TITLED})")
_LONG_LINE = 300
_GAP = 20  # so many numbers may be missing in a list


@dataclass(eq=False)
class Mark:
    """A number that numbers an item. Positions are in the shadow."""

    line_start: int  # where the decoration before the number starts
    start: int
    end: int
    style: str
    value: int
    printed: str
    parent: Mark | None = None
    children: list[Mark] = field(default_factory=list, repr=False)
    note: str = ""  # duplicate, missing, disorder


def chinese_number(written: str) -> int:
    """Return the value of a Chinese number below 1000 or an Arabic one; 0 where it is none.

    Examples
    --------
    >>> chinese_number("二十三"), chinese_number("一百零五"), chinese_number("十"), chinese_number("二三")
    (23, 105, 10, 23)
    """
    if written.isdecimal():
        return int(written)
    if not any(unit in written for unit in "十百"):
        digits = "".join(str(_DIGITS[char]) for char in written if char in _DIGITS)
        return int(digits) if digits else 0
    total, digit = 0, 0
    for char in written:
        if char == "十":
            total, digit = total + (digit or 1) * 10, 0
        elif char == "百":
            total, digit = total + (digit or 1) * 100, 0
        else:
            digit = _DIGITS.get(char, 0)
    return total + digit


def find_marks(shadow: Shadow, lines: Sequence[tuple[int, int]], ends: Iterable[int]) -> list[Mark]:
    """Find the numbers of items in some lines, in order, with their nesting; inside a line one may begin at *ends* of attributions."""
    sure = sorted(set(ends))
    first, last = (lines[0][0], lines[-1][1]) if lines else (0, 0)
    spaces: list[int] = (np.flatnonzero(shadow.gap[first:last] == SPACE) + first).tolist()
    run = _Run(shadow, sure, spaces, closed=frozenset(sure))
    for start, end in lines:
        _read_line(run, start, end)
    return run.marks


@dataclass
class _Run:
    """The numbers read so far: which lists are open, and where each stands."""

    shadow: Shadow
    ends: list[int]  # where attributions end
    spaces: list[int]
    marks: list[Mark] = field(default_factory=list)
    open: list[Mark] = field(default_factory=list)
    last: dict[str, int] = field(default_factory=dict)
    closed: frozenset[int] = frozenset()


def _read_line(run: _Run, start: int, end: int) -> None:
    chars = run.shadow.chars
    decoration = _DECORATION.match(chars, start, end)
    at = decoration.end() if decoration else start
    found = _MARK.match(chars, at, end)
    mark = _read_mark(run, found, start)
    if mark is None or not _may_start_line(run, mark, start, end):
        bare = _bare(run, at, start, end)
        mark = bare if bare and _expected(run, bare) else None
    if mark:
        _accept(run, mark)
        at = mark.end
    if end - at > 8:
        _read_inside(run, at, start, end)


def _read_inside(run: _Run, at: int, start: int, end: int) -> None:
    """Find items inside a line: after a sentence, after an attribution, after a short heading."""
    long_line = end - start > _LONG_LINE or _holds_items(run, at, start, end)
    while True:
        first = _first_after_heading(run, at, end) if long_line else None
        if first:
            _accept(run, first)
            at = first.end
            continue
        mark = _next_seam(run, at, end, long_line=long_line)
        if mark is None:
            return
        _accept(run, mark)
        at = mark.end


def _holds_items(run: _Run, at: int, start: int, end: int) -> bool:
    """Whether a line that does not begin with an item itself holds a second one after an attribution."""
    first = run.marks[-1] if run.marks and run.marks[-1].line_start == start else None
    if first and RANK[first.style] >= RANK["ar"]:
        return False
    inside = run.ends[bisect_left(run.ends, at) : bisect_left(run.ends, end)]
    marks = (_mark_of(found, i) for i in inside if (found := _MARK.match(run.shadow.chars, i, end)))
    return any(mark is not None and mark.value == 2 for mark in marks)


def _first_after_heading(run: _Run, at: int, end: int) -> Mark | None:
    """一、产业创新类1.高质量…: no sentence ends before the first item of a section."""
    last = run.marks[-1] if run.marks else None
    if last is None or last.end != at:
        return None
    title = _HEADING_TITLE.match(run.shadow.chars, at, end)
    found = _MARK.match(run.shadow.chars, title.end(), end) if title else None
    mark = _read_mark(run, found, title.end()) if title else None
    if mark is None or RANK[mark.style] <= RANK[last.style]:
        return None
    before = run.last.get(mark.style, 0)
    return mark if mark.value == 1 or not before or 0 < mark.value - before <= _GAP else None


def _next_seam(run: _Run, at: int, end: int, *, long_line: bool) -> Mark | None:
    """Find the next number that may begin an item inside a line."""
    chars = run.shadow.chars
    after_sentence = before_items = -1
    while True:
        if after_sentence < at:
            seam = _INLINE.search(chars, at, end)
            after_sentence = seam.start() if seam else end
        if before_items < at:
            opening = _OPENING.search(chars, at, end) if long_line and not run.marks else None
            before_items = opening.start() if opening else end
        after_attribution = _next(run.ends, at, end)
        after_space = _next(run.spaces, at, end) if long_line else end
        position = min(after_sentence, after_attribution, after_space, before_items)
        if position >= end:
            return None
        at = position + 1
        decoration = _DECORATION.match(chars, position, end)  # 。# 二、…
        found = _MARK.match(chars, decoration.end() if decoration else position, end)
        mark = _read_mark(run, found, position)
        at_seam = position in {after_attribution, after_space, before_items}
        if mark and _expected_inside(run, mark, long_line=long_line, at_seam=at_seam):
            return mark


def _bare(run: _Run, at: int, start: int, end: int) -> Mark | None:
    """Read a number without a sign after it: alone on its line, or before a blank."""
    found = _BARE.match(run.shadow.chars, at)
    if found is None or found.end() > end:
        return None
    gap = run.shadow.gap[found.end()] if found.end() < len(run.shadow.gap) else PARAGRAPH
    if not gap:
        return None
    style = "ar" if found["ar"] else "cn"
    if style == "cn" and gap >= LINE:
        return None
    printed = found["ar"] or found["cn"]
    return Mark(start, found.start(), found.end(), style, chinese_number(printed), printed)


def _on_open(run: _Run, style: str) -> Mark | None:
    return next((mark for mark in reversed(run.open) if mark.style == style), None)


def _expected(run: _Run, mark: Mark) -> bool:
    """Whether a number is the next of its list, or the first of a new one."""
    current = _on_open(run, mark.style)
    if current is not None:
        return mark.value == current.value + 1
    return mark.value in {1, run.last.get(mark.style, 0) + 1}


def _expected_inside(run: _Run, mark: Mark, *, long_line: bool, at_seam: bool) -> bool:
    current = _on_open(run, mark.style)
    sentence_end = run.shadow.chars[mark.line_start - 1] in "。！？" or at_seam
    if (long_line or mark.style in {"cn", "章"}) and run.shadow.chars[mark.line_start - 1] == "：":
        sentence_end = True  # …提出如下意见：一、
    if long_line and RANK[mark.style] >= RANK["(cn)"] and run.shadow.chars[mark.line_start - 1] == "；":
        sentence_end = True  # ①…；②…
    if current is not None and mark.line_start in run.closed:
        return 0 <= mark.value - current.value <= _GAP
    if current is not None:
        return mark.value == current.value + 1 and sentence_end
    if not (long_line or at_seam):
        return False
    begun = mark.value in {1, run.last.get(mark.style, 0) + 1}
    return sentence_end and (begun or (at_seam and mark.style not in run.last))


def _may_start_line(run: _Run, mark: Mark, start: int, end: int) -> bool:
    chars = run.shadow.chars
    following = chars[mark.end] if mark.end < end else ""
    expected = _expected(run, mark)
    if mark.style == "(cn)" and (chars[mark.start] != "（") != (chars[mark.end - 1] != "）"):
        return expected  # half a bracket
    current = _on_open(run, mark.style)
    if following.isdecimal() and mark.style == "ar" and not expected:
        # 8.12月底前…: item 8 where the item before is closed and the number goes on.
        return current is not None and start in run.closed and 0 < mark.value - current.value <= _GAP
    if current is None and run.open and not expected and RANK[mark.style] >= RANK["(ar)"]:
        return False  # a list in a task begins with its first number
    if mark.style == "ar" and mark.value == 0:
        return False
    if mark.style == "x.y.z":
        return True
    skipped = current is not None and 0 < mark.value - current.value <= _GAP
    if mark.style == "(cn)" and skipped and chars[start - 1] not in "第、至和及与“":
        return True
    broken = start > 0 and run.shadow.gap[start] < PARAGRAPH and not _line_ended(run, start)
    duplicate = current is not None and mark.value == current.value
    return expected or not broken or (duplicate and not following.isdecimal() and mark.style != "cn")


def _line_ended(run: _Run, start: int) -> bool:
    """Whether the line before ends a sentence, or is short enough for a heading."""
    last = run.shadow.chars[start - 1]
    previous = run.marks[-1] if run.marks else None
    titled = previous is not None and start - previous.end <= 30 and previous.end < start
    return last in _TERMINAL or titled or not previous


def _accept(run: _Run, mark: Mark) -> None:
    current = _on_open(run, mark.style)
    if current is not None:
        while run.open[-1] is not current:
            run.open.pop()
        run.open.pop()
        if mark.value == current.value:
            mark.note = "duplicate"
        elif mark.value != current.value + 1 and mark.value != 1:
            mark.note = "missing" if mark.value > current.value else "disorder"
    else:
        while run.open and RANK[run.open[-1].style] > RANK[mark.style]:
            run.open.pop()
        if mark.value != 1 and mark.value != run.last.get(mark.style, 0) + 1:
            # The number before may stand among the words of the item above (1.改革。(1)…(2)…).
            words = run.shadow.chars[run.marks[-1].end if run.marks else 0 : mark.start]
            mark.note = "" if f"（{mark.value - 1}）" in words else "missing"
    mark.parent = run.open[-1] if run.open else None
    if mark.parent:
        mark.parent.children.append(mark)
    run.open.append(mark)
    run.last[mark.style] = mark.value
    run.marks.append(mark)


def _read_mark(run: _Run, found: re.Match[str] | None, line_start: int) -> Mark | None:
    """Read a number; one of four digits is a year or an amount, unless the list has come so far."""
    mark = _mark_of(found, line_start) if found else None
    far = mark is not None and len(mark.printed) > 3 and mark.printed.isdecimal()
    if mark is None or (far and not 0 < mark.value - run.last.get(mark.style, 0) <= _GAP):
        return None
    return mark


def _next(positions: list[int], at: int, end: int) -> int:
    i = bisect_left(positions, at)
    return min(positions[i], end) if i < len(positions) else end


def _mark_of(found: re.Match[str], line_start: int) -> Mark | None:
    name, printed = next((name, words) for name, words in found.groupdict().items() if words)
    printed = printed.strip("（）")
    if name == "enclosed":
        style, value = _ENCLOSED[printed]
        printed = str(value)
    else:
        style = _UNITS.get(found["unit"], found["unit"]) if name == "ord" else _STYLES[name]
        style = "ar)" if found["sign"] == "）" else style
        value = chinese_number(printed.rsplit(".", 1)[-1])
    return Mark(line_start, found.start(), found.end(), style, value, printed) if value else None
