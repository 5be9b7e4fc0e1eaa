"""Where a text closes a task: brackets, labelled lines and last sentences that name bodies."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sxcanalysis.parsing.attributions import attribution as grammar
from sxcanalysis.parsing.attributions.names import is_name
from sxcanalysis.reference.lexicon import compiled
from sxcanalysis.text.normal_form import LINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sxcanalysis.parsing.draft import Draft
    from sxcanalysis.parsing.numbers import Mark

_BRACKET = re.compile(r"[（）【】〔〕]")
_PARTNER = {"）": "（", "】": "【", "〕": "〔"}
_NESTED = 6  # brackets deeper than this are damage
_LONGEST = 1500  # characters of an attribution
_LONG_LINE = 300
_LONG_NOISE = 16
# A cheap look before the grammar is asked: some role word, or the end of some name.
_MAYBE = "«roles:role»|«names:organisation»|«names:place»"
_ROLE_LINE = rf"[（【〔]?{grammar.LABEL}(?:[及和与]\w{{2,6}})?："
# 办好项目的责任：… is no label: there the word ends a phrase.
_INNER_LABEL = rf"(?<![的各由开布息印])(?:{grammar.LABEL}|«roles:person»)："
# A labelled attribution inside a line ends with its sentence, or where the next item begins.
_INNER_END = re.compile(
    r"。|(?=(?<=[\u4e00-\u9fff）])(?:\d{1,4}[.、](?!\d)|[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）))"
)
_ITEM_START = re.compile(
    r"第[一二三四五六七八九十\d]{1,3}[章节条部]|\d{1,4}[.、](?!\d)|[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）|#"
)
_SEAM = re.compile(rf"(?<=。)(?={_ITEM_START.pattern})")
_PRINTED = re.compile(
    r"[#*]*(?:\d{1,4}[.、]|[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十\d]{1,3}）|第[一二三四五六七八九十\d]{1,3}[章节条])"
)
_NEW_ITEM = (
    rf"\d{{1,4}}[.、]|[一二三四五六七八九十]{{1,3}}、|（[一二三四五六七八九十\d]{{1,3}}）|[\#第]|{_ROLE_LINE}"
)
# The foot of a web page names a 主办单位 too.
_FOOTER = re.compile(
    r"主办(?:单位)?：[^，、；]{2,24}(?:承办|技术支持|维护|网站|电话|地址|备案|版权)|主办(?:单位)?：[^，、；]{2,24}(?:办公室|政府)$"
)
_NUMBER_LINE = re.compile(r"\d{1,4}[*.、]?")
_BESIDE_LINE = "(?:«roles:person»|«deadlines:label»)："
_BESIDE_LENGTH = 40
_BODY_LINES = 3  # more lines of bodies under one item are what the item lists
_BY = re.compile("(?<=[。；、）])由")
_SIGN = re.compile("[，。；]")
_TAIL = "«roles:role»(?:[，、；]|$)"


@dataclass
class Closing:
    """An attribution in the text; positions in the shadow."""

    start: int  # with its brackets
    end: int
    inner: int  # start of its words, to which the offsets of the reading are relative
    reading: grammar.Attribution
    bracketed: bool = True
    prose: bool = False  # the last sentence of a paragraph, without bracket or label
    by: bool = False  # the end of such a sentence (…，由省财政厅负责)
    damaged: str = ""  # open, unopened: a bracket without its partner

    @property
    def words_end(self) -> int:
        """End of its words, without the closing bracket."""
        return self.end - 1 if self.bracketed and not self.damaged else self.end


def find_closings(draft: Draft, lines: Sequence[tuple[int, int]]) -> list[Closing]:
    """Find every attribution in some lines of a draft, in order."""
    starts = [start for start, _ in lines]
    found: list[Closing] = []
    taken = np.zeros(len(draft.chars) + 1, dtype=bool)
    for closing in _bracketed(draft):
        at = bisect_right(starts, closing.start) - 1
        if at >= 0 and closing.start < lines[at][1]:  # else it is a part of a table's cell
            found.append(closing)
            taken[closing.start : closing.end] = True
    whole = list(_unbracketed(draft, lines, taken))
    spans = [(closing.start, closing.end) for closing in whole]
    # 协办：省市场监管局（省知识产权局）: that bracket is a part of a name.
    found = [closing for closing in found if not _lies_in(closing.start, spans)]
    return sorted([*found, *whole], key=lambda closing: closing.start)


def fit_to_items(
    draft: Draft, closings: list[Closing], marks: list[Mark]
) -> tuple[list[Closing], list[Mark]]:
    """Cut an unclosed attribution where the next item begins; drop numbers inside brackets."""
    starts = [mark.line_start for mark in marks]
    kept: list[Closing] = []
    for closing in closings:
        at = bisect_right(starts, closing.start)
        if at < len(starts) and starts[at] < closing.end and closing.damaged:
            reading = draft.read(closing.inner, starts[at])
            if reading is None:
                continue
            closing.end, closing.reading = starts[at], reading
        kept.append(closing)
    spans = [(closing.start, closing.end) for closing in kept]
    dropped = {id(mark) for mark in marks if _lies_in(mark.start, spans)}
    if not dropped:
        return kept, marks
    for mark in marks:
        mark.children = [child for child in mark.children if id(child) not in dropped]
        while mark.parent and id(mark.parent) in dropped:
            mark.parent = mark.parent.parent
    return kept, [mark for mark in marks if id(mark) not in dropped]


def _bracketed(draft: Draft) -> list[Closing]:
    """Read every bracket, the outermost first; an unclosed one can reach to its line's end."""
    groups: list[tuple[int, int, bool]] = []
    stack: list[tuple[str, int]] = []
    for match in _BRACKET.finditer(draft.chars):
        sign, at = match[0], match.start()
        if sign not in _PARTNER:
            stack.append((sign, at))
            continue
        near = range(len(stack) - 1, max(-1, len(stack) - _NESTED), -1)
        depth = next((i for i in near if stack[i][0] == _PARTNER[sign]), None)
        if depth is None and stack and draft.line_end(stack[-1][1]) >= at:
            depth = len(stack) - 1  # （…〕: closed by another sign
        if depth is not None:
            start = stack[depth][1]
            item = _item_inside(draft, start, at)
            groups.append((start, item or at + 1, not item))
            groups += [(start, draft.line_end(start), False) for _, start in stack[depth + 1 :]]
            del stack[depth:]
    groups += [(start, draft.line_end(start), False) for _, start in stack]
    found: list[Closing] = []
    covered = -1
    for start, end, closed in sorted(groups, key=lambda group: (group[0], -group[1])):
        if start >= covered and 4 <= end - start <= _LONGEST:
            closing = _read_bracket(draft, start, end, closed=closed)
            if closing:
                found.append(closing)
                covered = end
    return found


def _item_inside(draft: Draft, start: int, end: int) -> int:
    """Return where a new item begins inside a bracket: it was never closed, and the next one closed it."""
    lines = draft.line_starts[bisect_right(draft.line_starts, start) : bisect_right(draft.line_starts, end)]
    return next((line for line in lines if _ITEM_START.match(draft.chars, line, end)), 0)


def _read_bracket(draft: Draft, start: int, end: int, *, closed: bool) -> Closing | None:
    inner_end = end - 1 if closed else end
    words = draft.legible[start + 1 : inner_end]
    maybe = compiled(_MAYBE).search(words)
    reading = draft.read(start + 1, inner_end, bracketed=closed) if maybe else None
    if reading is None or not (closed or reading.stated):
        return None
    if not grammar.is_credible(words, reading, closing=_closes(draft, end)):
        return None
    # A list of places inside a sentence says where, not who (打造示范县（溧阳市、宜兴市）。).
    if (
        not reading.stated
        and draft.chars[start - 1] not in "。；！"
        and not grammar.names_organisation(reading)
    ):
        return None
    return Closing(start, end, start + 1, reading, damaged="" if closed else "open")


def _closes(draft: Draft, end: int) -> bool:
    """Whether what ends here ends a paragraph, or a sentence at the end of one."""
    chars = draft.chars
    while end < len(chars) and chars[end] in "。；，":
        end += 1
    return (
        end >= len(chars)
        or bool(draft.shadow.gap[end] >= LINE)
        or chars[end] in "（【〔"
        or chars[end].isdecimal()
        or _ITEM_START.match(chars, end) is not None
        or _is_noise(chars[end : min(draft.line_end(end), end + _LONG_NOISE)])
    )


def _is_noise(rest: str) -> bool:
    """Whether the rest of a line says nothing: signs that a scanner put there."""
    return len(rest) < _LONG_NOISE and not re.search("[\u4e00-\u9fff]", rest)


def _unbracketed(
    draft: Draft, lines: Sequence[tuple[int, int]], taken: npt.NDArray[np.bool_]
) -> Iterator[Closing]:
    """Read the lines, and the ends of lines, that are an attribution without brackets."""
    done = 0
    bare = _bare_lines(draft, lines)
    heads = _name_heads(draft, lines)
    for i, (start, end) in enumerate(lines):
        if start < done or taken[start] or _FOOTER.match(draft.chars, start, end):
            continue
        if start in bare and (reading := draft.read(start, end)):
            yield Closing(start, end, start, reading, bracketed=False)
            continue
        if compiled(_ROLE_LINE).match(draft.chars, start, end) and end - start <= _LONG_LINE:
            stop = _list_end(draft, lines, i, heads)
            closing = _labelled(draft, *_with_beside(draft, lines, i, stop))
            if closing:
                done = closing.end
                yield closing
                continue
        if whole := _whole_line(draft, lines, i, taken):
            done = whole.end
            yield whole
            continue
        stop = _paragraph_end(draft, lines, i, taken)
        inside = list(_labelled_inside(draft, start, stop, taken))
        if inside:
            done = stop
            yield from inside
            continue
        done = stop
        for piece in _pieces(draft, start, stop):
            tail = _last_sentence(draft, *piece, taken) or _first_clauses(draft, *piece, taken)
            if tail:
                yield tail


def _with_beside(draft: Draft, lines: Sequence[tuple[int, int]], i: int, stop: int) -> tuple[int, int]:
    """Take the short lines that name persons or dates (分管领导：… 完成时限：…) to the labelled line beside them."""

    def beside(start: int, end: int) -> bool:
        return (
            end - start <= _BESIDE_LENGTH
            and compiled(_BESIDE_LINE).match(draft.chars, start, end) is not None
        )

    begin = lines[i][0]
    for start, end in reversed(lines[:i]):
        if end != begin or not beside(start, end):
            break
        begin = start
    for start, end in lines[i + 1 :]:
        if start < stop:
            continue
        if start != stop or not beside(start, end):
            break
        stop = end
    return begin, stop


def _bare_lines(draft: Draft, lines: Sequence[tuple[int, int]]) -> set[int]:
    """Return the lines of bodies alone, where they close the items; where they head them, none."""
    found: list[int] = []
    numbered: list[int] = []
    for start, end in lines:
        line = draft.chars[start:end]
        if _PRINTED.match(line) or _NUMBER_LINE.fullmatch(line):
            numbered.append(start)
        elif numbered and (line[-1] != "。" or "、" in line) and grammar.is_bare_list(line):
            found.append(start)
    if len(found) < 2 or not numbered[0] < numbered[-1] < found[-1]:
        return set()
    first = sum(1 for start in numbered if start < found[0])
    groups = [
        sum(before < at < after for at in found) for before, after in pairwise([*numbered, len(draft.chars)])
    ]
    closes = first <= 2 and 2 * sum(map(bool, groups)) >= len(numbered) and max(groups) <= _BODY_LINES
    return set(found) if closes else set()


def _name_heads(draft: Draft, lines: Sequence[tuple[int, int]]) -> set[int]:
    """Return the lines of one name over an item, where the first item stands under one too (苏州市 ⏎ 1.…)."""
    items = [i for i, line in enumerate(lines) if _PRINTED.match(draft.chars, *line)]
    over = [i - 1 for i in items if i and is_name(draft.chars[slice(*lines[i - 1])])]
    return {lines[i][0] for i in over} if over and over[0] == items[0] - 1 else set()


def _list_end(draft: Draft, lines: Sequence[tuple[int, int]], i: int, heads: set[int]) -> int:
    """Follow a labelled line over hard line ends, as long as its list goes on."""
    begin, end = lines[i]
    for start, stop in lines[i + 1 :]:
        following = draft.chars[start:stop]
        last_name = re.split("[、，；：]", draft.chars[begin:end])[-1]
        # A page break leaves a blank line inside a name; between names it ends the list.
        apart = draft.shadow.gap[start] != LINE and is_name(last_name)
        if start != end or apart or compiled(_NEW_ITEM).match(following):
            break
        if start in heads and is_name(last_name):
            break
        full = 0 < draft.wrap <= end - begin + 3 or grammar.is_bare_list(following, stated=True)
        cut = draft.chars[end - 1] in "、，" or following[0] in "、，" or not is_name(last_name)
        if draft.chars[end - 1] in "。；）" or not (full or cut):
            break
        begin, end = start, stop
    return end


def _paragraph_end(
    draft: Draft, lines: Sequence[tuple[int, int]], i: int, taken: npt.NDArray[np.bool_]
) -> int:
    """Follow a paragraph over hard line ends."""
    end = lines[i][1]
    for j in range(i + 1, len(lines)):
        start, stop = lines[j]
        if start != end or draft.shadow.gap[start] != LINE or draft.chars[end - 1] in "。；！？：）】":
            break
        if compiled(_NEW_ITEM).match(draft.chars, start, stop) or _whole_line(draft, lines, j, taken):
            break
        end = stop
    return end


def _whole_line(
    draft: Draft, lines: Sequence[tuple[int, int]], i: int, taken: npt.NDArray[np.bool_]
) -> Closing | None:
    """Read a line of its own that closes what stands above it (水利部、财政部按职责分工负责)."""
    if _is_cut(draft, lines, i):
        return None
    closing = _last_sentence(draft, *lines[i], taken)
    return closing if closing and closing.start == lines[i][0] else None


def _is_cut(draft: Draft, lines: Sequence[tuple[int, int]], i: int) -> bool:
    """Whether a line goes on with the one before."""
    start, end = lines[i - 1] if i else (0, 0)
    near = end > start and end == lines[i][0]
    return near and (draft.chars[end - 1] in "、，" or 0 < draft.wrap <= end - start + 3)


def _labelled_inside(draft: Draft, start: int, end: int, taken: npt.NDArray[np.bool_]) -> Iterator[Closing]:
    """Read the labelled attributions inside a line (…支持。责任单位：市科技局。2.…)."""
    at = start
    while label := compiled(_INNER_LABEL).search(draft.chars, at, end):
        first = at = label.start()
        while part := compiled(_INNER_LABEL).match(draft.chars, at, end):  # 牵头单位：X。配合单位：Y。
            stop = _INNER_END.search(draft.chars, part.end(), end)
            at = stop.end() if stop else end
        closing = None if taken[first] else _labelled(draft, first, at)
        if closing:
            yield closing


def _labelled(draft: Draft, start: int, end: int) -> Closing | None:
    words = draft.legible[start:end]
    reading = draft.read(start, end) if len(words) <= _LONGEST else None
    if reading is None or not reading.stated:
        return None
    if not grammar.is_credible(words, reading, closing=True):
        return None
    return Closing(start, end, start, reading, bracketed=False)


def _pieces(draft: Draft, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a long line, which may hold a whole list, where an item seems to begin."""
    if end - start > _LONG_LINE:
        for seam in _SEAM.finditer(draft.chars, start, end):
            yield start, seam.start()
            start = seam.start()
    yield start, end


def _last_sentence(draft: Draft, start: int, end: int, taken: npt.NDArray[np.bool_]) -> Closing | None:
    """Read a line, or its last sentence, that is an attribution without bracket or label."""
    last, chars = end, draft.chars
    # How many brackets are closed and not opened, counted once: a line may be nothing else.
    surplus = chars.count("）", start, last) - chars.count("（", start, last)
    while last > start and chars[last - 1] in "。；，）】":
        if chars[last - 1] in "）】" and surplus == 0:
            break
        surplus -= chars[last - 1] == "）"
        last -= 1
    number = _PRINTED.match(draft.chars, start, last)
    start = number.end() if number else start
    at = max(draft.chars.rfind(sign, start, last) for sign in "。；！") + 1
    at = max(at, start)
    by = draft.chars.rfind("，由", at, last) if draft.chars[at - 1] != "；" else -1
    at = by + 1 if by >= 0 else at  # 关于…的问题，由省财政厅负责
    if last - at > _LONG_LINE or not compiled(_TAIL).search(draft.chars, at, last) or taken[at:last].any():
        return None
    reading = draft.read(at, last)
    # A sentence of prose can end in 落实 too: here every name must be a body.
    opening = compiled("«names:all above»|.").match(chars, at, last)
    if reading is None or not reading.stated or reading.leftovers:
        return None
    if opening is None or reading.pairs[0].start > opening.end() - at:
        return None
    sure = [grammar.is_body(pair) for pair in reading.pairs]
    if not sure[0] or 2 * sum(sure) < len(sure) + 1 or (at == start and number):
        return None
    unopened = end > last and draft.chars[last] in "）】"
    damaged = "unopened" if unopened else ""
    return Closing(at, end, at, reading, bracketed=False, prose=True, damaged=damaged, by=by >= 0)


def _first_clauses(draft: Draft, start: int, end: int, taken: npt.NDArray[np.bool_]) -> Closing | None:
    """Read the clauses that open a sentence and name bodies, before what they do (由市住建局牵头，市财政局配合，完成方案)."""
    number = _PRINTED.match(draft.chars, start, end)
    for opening in _BY.finditer(draft.chars, number.end() if number else start, end):
        at = stop = opening.start()
        for sign in _SIGN.finditer(draft.chars, at, min(end, at + _LONG_LINE)):
            if not compiled("«roles:role»$").search(draft.chars, stop, sign.start()):
                break
            stop = sign.start()
        reading = draft.read(at, stop) if at < stop and not taken[at:stop].any() else None
        if reading and reading.stated and not reading.leftovers and all(pair.known for pair in reading.pairs):
            return Closing(at, stop, at, reading, bracketed=False, prose=True, by=True)
    return None


def _lies_in(position: int, spans: list[tuple[int, int]]) -> bool:
    at = bisect_right(spans, (position, 1 << 60)) - 1
    return at >= 0 and spans[at][0] <= position < spans[at][1]
