"""Find the quantities in a text without blanks: numbers with their units, ranges joined, names and dates left out."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from sxcanalysis.parsing.targets import patterns
from sxcanalysis.parsing.targets.amounts import Number, numbers
from sxcanalysis.reference.lexicon import compiled, words
from sxcanalysis.reference.units import SCALES, Unit, match_unit, units
from sxcanalysis.text.normal_form import LINE, Shadow

if TYPE_CHECKING:
    from collections.abc import Iterator

_RANGE_SEPARATOR = re.compile(r"[-–—－~]{1,2}|至|到")
# A point after a number at the head of an item (2.规上工业…) ends what was before; so do table rules.
_DELIMITER = re.compile(
    r"[，；。！？;!?|│┃★■●◆]|(?<!\d)[：:]|[：:](?!1(?!\d))|(?<!\d),|,(?!\d)|(?<=[^\d.]\d)\.(?=[一-龥])|(?<=[^\d.]\d\d)\.(?=[一-龥])"
)
_STOP = re.compile(r"[。！？]")
_PARAGRAPH_END = "。；）：！？"
_UNKNOWN_UNIT = re.compile(r"(?P<unit>[一-龥]{1,2}?)(?=以上|以下|以内|左右|上下|[，。；、,;）)]|$)")


_NO_UNIT = re.compile(r"[及或]?以[上下内]|左右|上下|[之]内|[余多内的和与及等、有为是了在者]")


@dataclass(frozen=True)
class Quantity:
    """A number with its unit, before it is decided whether it is a target."""

    start: int
    end: int
    value: float
    high: float | None
    scale: str
    unit: Unit | None
    written_unit: str
    more: bool
    written: str
    special: str = ""  # "coverage", "double", "zero"


@dataclass
class Layout:
    """Where clauses and sentences begin and end; brackets hold clauses of their own."""

    doc: Shadow
    text: str = ""
    stops: list[int] = field(default_factory=list)
    _delimiters: dict[int, list[int]] = field(default_factory=dict)
    _brackets: list[tuple[int, int]] = field(default_factory=list)
    _opens: list[int] = field(default_factory=list)
    _ends: list[int] = field(default_factory=list)  # the farthest end so far

    def __post_init__(self) -> None:
        """Find brackets, delimiters and full stops, each in one pass."""
        self.text = self.doc.chars
        ends = np.flatnonzero(self.doc.gap[1:] >= LINE)  # what ends a paragraph ends a sentence
        breaks = {int(at) for at in ends if self.text[at] in _PARAGRAPH_END}
        stack: list[int] = []
        for mark in re.finditer("[（）]", self.text):
            at = mark.start()
            if self.text[at] == "（":
                stack.append(at)
            elif stack:
                opened = stack.pop()
                if at - opened <= 300:
                    self._brackets.append((opened, at))
        self._brackets.sort()
        self._opens = [b[0] for b in self._brackets]
        self._ends = list(accumulate((b[1] for b in self._brackets), max))
        for at in sorted({m.start() for m in _DELIMITER.finditer(self.text)} | breaks):
            box = -1 if at in breaks else self.container(at)
            self._delimiters.setdefault(box, []).append(at)
        self.stops = sorted({m.start() for m in _STOP.finditer(self.text)} | breaks)

    def container(self, at: int) -> int:
        """Return the index of the innermost bracket around a position, -1 for none."""
        i = bisect_right(self._opens, at) - 1
        if i < 0 or at > self._ends[i]:
            return -1
        for j in range(i, max(-1, i - 6), -1):
            if self._brackets[j][0] < at < self._brackets[j][1]:
                return j
        return -1

    def clause(self, at: int) -> tuple[int, int]:
        """Return the bounds of the clause around a position."""
        box = self.container(at)
        low, high = (0, len(self.text)) if box < 0 else (self._brackets[box][0] + 1, self._brackets[box][1])
        marks = self._delimiters.get(box, [])
        i = bisect_left(marks, at)
        start = max(low, marks[i - 1] + 1) if i else low
        end = min(high, marks[i]) if i < len(marks) else high
        return start, end

    def sentence(self, at: int) -> int:
        """Return where the sentence around a position begins."""
        i = bisect_left(self.stops, at)
        return self.stops[i - 1] + 1 if i else 0

    def end(self, at: int) -> int:
        """Return where the sentence around a position ends."""
        i = bisect_left(self.stops, at)
        return self.stops[i] if i < len(self.stops) else len(self.text)


def quantities(text: str) -> tuple[list[Quantity], list[tuple[int, int]]]:
    """Return the quantities of a text without blanks in order, and the spans of amounts that name no number (数百家).

    Ordinals, dates, grades and names are not among them.
    """
    found = list(numbers(text))
    vague = [
        (number.start, matched[1])
        for number in found
        if number.written == "vague" and (matched := match_unit(text, number.end))
    ]
    quoted = [m.span() for m in compiled(patterns.QUOTED).finditer(text)]
    starts = [q[0] for q in quoted]
    out: list[Quantity] = []
    taken = 0
    i = 0
    while i < len(found):
        number = found[i]
        i += 1
        if number.start < taken:
            continue
        unit, end = _unit(text, number)
        q = _quantity(text, number, unit, end)
        joined = _range(text, (number, unit, end), found, i)
        if joined is not None:
            q, i = joined
        k = bisect_right(starts, q.start) - 1
        inside = k >= 0 and quoted[k][0] < q.start < quoted[k][1]
        if number.written == "vague" or inside or _is_name(text, q, number):
            taken = (
                number.end
                if number.written in {"vague", "han", "bare"}
                else max(number.end, q.end if q.unit else 0)
            )
            if inside or _is_date(text, q):
                taken = q.end
            continue
        out.append(q)
        taken = q.end
    out.extend(_specials(text, {q.start for q in out}))
    out.sort(key=lambda q: (q.start, -q.end))
    kept: list[Quantity] = []
    for q in out:
        if kept and q.start < kept[-1].end:
            if q.special:
                kept[-1] = q
            continue
        kept.append(q)
    return kept, vague


def _unit(text: str, number: Number) -> tuple[Unit | None, int]:
    if number.percent:
        return units()["%"], number.end
    if number.written == "fraction":
        return None, number.end
    matched = match_unit(text, number.end)
    if matched is None and text[number.end : number.end + 1] == "余":
        matched = match_unit(text, number.end + 1)
    return matched if matched is not None else (None, number.end)


def _quantity(text: str, number: Number, unit: Unit | None, end: int) -> Quantity:
    name = "%" if number.percent else text[number.end : end].removeprefix("余").split("（")[0] if unit else ""
    if unit is None and number.written == "arabic":
        unknown = _UNKNOWN_UNIT.match(text, number.end)
        if (
            unknown
            and text[number.end] not in words("targets", "name after")
            and not _NO_UNIT.match(text, number.end)
        ):
            name, end = unknown["unit"], unknown.end()
    return Quantity(
        number.start, end, number.value, number.high, number.scale, unit, number.scale + name,
        number.more, number.written,
    )  # fmt: skip


def _range(
    text: str, first: tuple[Number, Unit | None, int], found: list[Number], i: int
) -> tuple[Quantity, int] | None:
    """Join 3–5个, 10%~15%, 3万至5万亩 into one quantity; what counts down or has two units is none."""
    number, unit, end = first
    separator = _RANGE_SEPARATOR.match(text, end)
    if separator is None or (number.written in {"vague", "bare", "fraction"} and not number.percent):
        return None
    j = next((j for j in range(i, len(found)) if found[j].start >= separator.end()), len(found))
    if j >= len(found) or found[j].start != separator.end():
        return None
    second = found[j]
    unit2, end2 = _unit(text, second)
    whole = unit2 or unit
    if whole is None or (unit is not None and unit2 is not None and unit != unit2):
        return None
    low, scale = number.value, second.scale
    if number.scale != scale and (number.scale or unit is not None):
        low *= SCALES[number.scale] / SCALES[scale]
    if _looks_like_year(number) or low >= second.value:
        return None
    name = text[second.end : end2] if unit2 is not None else text[number.end : end]
    written = scale + ("%" if second.percent else name)
    whole_range = (number.start, end2, low, second.value, scale, whole, written)
    return Quantity(*whole_range, second.more, number.written), j + 1


def _looks_like_year(number: Number) -> bool:
    return (
        number.written == "arabic"
        and not number.scale
        and number.value.is_integer()
        and 1900 <= number.value <= 2100
        and number.end - number.start == 4
    )


def _is_date(text: str, q: Quantity) -> bool:
    after = text[q.end : q.end + 1]
    if q.unit is not None and q.unit.name == "年":
        return True
    return q.unit is None and (
        after in set("年月日号时") or q.written_unit in {"年", "月", "日", "号", "月份"}
    )


def _is_name(text: str, q: Quantity, number: Number) -> bool:  # noqa: PLR0911, PLR0912, C901 - a list of plain cases
    before, after = text[max(0, q.start - 1) : q.start], text[q.end : q.end + 1]
    if before and before in "第每×/*#№":
        return True
    if before == "前" and text[max(0, q.start - 2) : q.start] != "目前":
        return True
    if after in {"+", "×"} or before == "+":
        return True
    ratio = q.unit is not None and q.unit.dimension.startswith(("ratio", "multiple"))
    if before.isascii() and before.isalpha() and not ratio:
        return True
    if (
        before in {"-", "–", ".", "："}
        and text[max(0, q.start - 2) : q.start - 1].isascii()
        and text[max(0, q.start - 2) : q.start - 1].isalnum()
    ):
        return True
    if after == "：" and text[q.end + 1 : q.end + 2].isdigit() and not q.written_unit:
        return True
    if _looks_like_year(number) and (q.unit is None or q.unit.name == "年"):
        return True
    if q.unit is not None:
        if q.unit.dimension in {"voltage", "apparent power"}:
            return True
        if after == "级" or text.startswith("星级", q.end):
            return True
        if q.written == "han" and q.unit.dimension == "count":
            if q.value == 1 and not q.scale:
                return True
            return not q.scale and bool(compiled(patterns.SLOGAN_AFTER).match(text, q.end))
        if q.written == "bare" and not q.more:
            return before not in set("近超逾过约达破到至") and not compiled(patterns.AFTER).match(text, q.end)
        return False
    if q.written in {"han", "bare"}:  # 突破五千亿 is an amount
        return not q.scale or before not in set("达超破过逾约近到")
    if q.written == "fraction":
        return False
    if compiled(patterns.CLASS_AFTER).match(text, number.end):
        return True
    following = text[number.end : number.end + 1]
    if following and (
        (
            following in words("targets", "name after") and not (number.scale and following == "中")
        )  # 200万中小学生
        or (following.isascii() and (following.isalpha() or following in "-/–+"))
    ):
        return True
    if following in {".", "）"} and not text[number.end + 1 : number.end + 2].isdigit():
        return True  # the number of an item
    return following in {"-", "—", "~", "–"} or text[number.end : number.end + 2] in {
        "公里",
        "千伏",
    }


def _specials(text: str, starts: set[int]) -> Iterator[Quantity]:
    """Read 全覆盖, 翻一番 and 零增长, which are quantities without a number."""
    powers = {"两": 2, "二": 2, "2": 2, "三": 3, "3": 3}
    found = [(m, 100.0, "%", "coverage") for m in compiled(patterns.COVERAGE).finditer(text)]
    found += [
        (m, 2.0 ** powers.get(m["times"] or "", 1), "倍", "double")
        for m in compiled(patterns.DOUBLE).finditer(text)
    ]
    found += [
        (m, 0.0, "%", "zero")
        for m in compiled(patterns.ZERO).finditer(text)
        if m["zero"] == "零" or m.start() not in starts
    ]
    for m, value, unit, special in found:
        yield Quantity(
            m.start(),
            m.end(),
            value,
            None,
            "",
            units()[unit],
            unit,
            more=False,
            written="word",
            special=special,
        )


def with_unit_of(q: Quantity, other: Quantity) -> Quantity:
    """Return a quantity with the unit of the one that follows it (90和60%)."""
    scale = q.scale or other.scale
    written = scale + other.written_unit.removeprefix(other.scale)
    return replace(q, unit=other.unit, written_unit=written, scale=scale)
