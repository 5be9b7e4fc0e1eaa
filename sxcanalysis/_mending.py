"""Put paragraphs together again that page breaks and hard line ends have cut.

A line is joined to the one before it only on evidence: a bracket left open that the next lines
close, a comma at the end, a closing mark at the start, a line that fills the measure of a
hard-wrapped document, or a list whose items all end in a full stop or bracket except this one.
Without evidence nothing is joined. Every join and every line left out is recorded.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ZH = "一二三四五六七八九十百零〇两"
_OPEN = "（(【〔[［「『《〈“‘"
_CLOSE = "）)】〕]］」』》〉”’"
_PAIR = {c: _OPEN["（(【〔[［「『《〈“‘".index(o)] for o, c in zip(_OPEN, _CLOSE, strict=True)}
# Full and half width brackets close each other in these documents.
_SAME = str.maketrans("(［[〔)］]", "（【【【）】】")
_FINAL = "。！？；：…!?;:" + _CLOSE
_BRACKETS = re.compile(r"[（()）【〔\[［］\]〕】「」『』《》〈〉“”]")

_STYLES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("#", r"#{1,6}(?!\S)|#{1,6}\s"),
        ("第", rf"第\s*[{_ZH}\d]+\s*[章节節条條编編部篇款]"),
        ("一、", rf"[{_ZH}]{{1,4}}\s*[、．.﹒]"),
        ("（一）", rf"[（(]\s*[{_ZH}]{{1,4}}\s*[）)]"),
        ("（1）", r"[（(]\s*\d{1,3}\s*[）)]"),
        ("1)", r"\d{1,3}\s*[）)]"),
        ("1.1", r"\d{1,2}(?:[.．]\d{1,2}){2,3}"),
        ("1.", r"\d{1,3}\s*[.．﹒、]"),
        ("①", r"[①-⒛㈠-㈩❶-❿➀-➓]"),
        ("•", r"[-*+]\s|[•●○◆◇■□▪▲△★☆▶►※]"),
        (
            "项",
            rf"(?:任务|事项|项目|专项|行动|专栏|附件|附表|附录)\s*[{_ZH}\d]+\s*(?:[：:．.、]|\s|$)",
        ),
    )
)
_FIRST_OF_MARK = re.compile(rf"[#第{_ZH}（(\d①-⒛㈠-㈩❶-❿➀-➓\-*+•●○◆◇■□▪▲△★☆▶►※任事项专行附]")
_DECIMAL = re.compile(r"(\d{1,3})[.．](\d+)\s*([万亿千百个倍%％亩吨米平立公人家条项千])?")
_LABEL = re.compile(
    r"[（(【〔\[]?(?:[\u3400-\u9fff、和与及 ]{1,12}(?:单位|單位|部门|部門|主体|主體|责任人|時限|时限|期限|时间|進度|进度|安排|领导|来源|來源|日期|作者|编辑|機構|机构)"
    r"|牵头|牽頭|配合|责任|責任|主办|主辦|协办|協辦|负责|负責|落实|参与|抄送|主送|附件|附|注|备注|備註|说明|來源|来源|时间|電話|电话)"
    r"\s*[:：]"
)
_SHORT_LABEL = re.compile(r"[^，。；、,;\s]{1,12}[:：]")
_ROLE_END = re.compile(
    r"(?:牵头|牽頭|负责|負責|落实|落實|配合|协调|協調|参与|參與|参加|參加|协办|協辦|实施|實施)[。；;]?$"
)
_ROLE_WORD = re.compile(r"牵头|牽頭|负责|負責|落实|落實|配合|单位|單位|协办|協辦|职责|職責")
_DATE = re.compile(
    rf"(?:\d{{4}}|[{_ZH}○]{{4}})\s*[年/.-]\s*[{_ZH}\d]{{1,3}}\s*[月/.-]\s*(?:[{_ZH}\d]{{1,3}}\s*日?)?$"
)
_TITLE_END = re.compile(
    r"(?:通知|意见|意見|方案|清单|清單|计划|計劃|规划|規劃|办法|辦法|函|决定|決定|纲要|綱要|措施|要点|要點|分工|分工表|目录|目錄|细则|細則|公告|批复|报告|報告)"
    r"(?:[（(〔【][^）)]*[）)〕】])?$"
)
_PAGE = re.compile(
    r"(?:[-—–―─－‐·•~～]{1,3}\s*(\d{1,4})\s*[-—–―─－‐·•~～]{1,3}"
    r"|第\s*(\d{1,4})\s*[页頁](?:\s*[,，/／]?\s*共\s*\d{1,4}\s*[页頁])?|[Pp]age\s*(\d{1,4})(?:\s*of\s*\d{1,4})?"
    r"|(\d{1,4})\s*/\s*\d{1,4})$"
)
_BARE_PAGE = re.compile(r"\d{1,4}$")
_MARK_ONLY = re.compile(rf"[（(]?\s*[{_ZH}\d]{{1,4}}\s*[）)、．.﹒]?$")
_CLAUSE = re.compile(r"[，。；,;]")
_LATIN_END = re.compile(r"[A-Za-z]$")
_LATIN_START = re.compile(r"[A-Za-z]")
_INDENT = re.compile(r"(?:\u3000| {2,}|\t)")

# A paragraph this long, with a clause mark inside, is running text and not a heading.
_LONG = 30
# Numbered lines shorter than this may be headings whatever their neighbours are.
_ITEM = 15
_LOOK_AHEAD = 8
_PASSES = 12


@dataclass(frozen=True, slots=True)
class Mend:
    """One change that reading made to the characters or lines of a document.

    ``kind`` is ``page-break`` or ``line-break`` (two lines joined), ``page-number`` or
    ``running-head`` (a line left out), ``control`` (invisible characters left out), ``encoding``,
    ``revision`` (deleted text left out). ``line`` counts source lines (paragraphs, rows) from 1;
    ``offset`` is where it happened in the text that was returned; ``removed`` is what is gone.
    """

    kind: str
    line: int
    offset: int
    removed: str = ""


@dataclass(slots=True)
class _Para:
    """A line of the result: the pieces of the source that it is made of, and what it looks like."""

    text: str
    pieces: list[tuple[int, str]]
    style: str  # a name of _STYLES, or: blank, page, bare, table, label, bracket, plain
    number: int | None = None
    full: bool = False  # its last piece fills the measure of a hard-wrapped document

    @property
    def body(self) -> bool:
        return self.style not in _NOT_BODY


_NOT_BODY = frozenset({"blank", "page", "bare", "table", "#"})
_GAP = frozenset({"blank", "page", "bare"})


def mend_text(text: str) -> tuple[str, list[Mend]]:
    r"""Join the lines of paragraphs that page breaks or hard line ends have cut.

    Headings, numbered items, role lines (牵头单位：…), bracket-only lines, table rows and titles
    keep their own lines. Lines are joined without a space between Chinese characters. Page-number
    lines are left out where a paragraph runs across them or where at least two of them count
    upwards. Applying the function twice changes nothing more.

    Parameters
    ----------
    text
        Lines separated by ``\n``; ``\f`` may mark page breaks.

    Returns
    -------
    text, mends
        The mended text, and one record for each join and each line left out. Blanks aside, the
        text holds the same characters as before, less those lines.

    Examples
    --------
    >>> mend_text("1. 建设国家集成\n\n电路中心。（甲牵头）\n2. 做好乙。（甲牵头）\n3. 丙。（乙牵头）")[0]
    '1. 建设国家集成电路中心。（甲牵头）\n2. 做好乙。（甲牵头）\n3. 丙。（乙牵头）'
    """
    lines = text.replace("\f", "\n\f\n").split("\n") if "\f" in text else text.split("\n")
    paras, mends = mend_lines(lines)
    return "\n".join(p for p, _ in paras), mends


def mend_lines(
    lines: Sequence[str],
) -> tuple[list[tuple[str, list[tuple[int, str]]]], list[Mend]]:
    """Mend a list of lines; return each paragraph with its pieces (source index, text)."""
    paras: list[_Para] = []
    for i, line in enumerate(lines):
        clean = "" if line == "\f" else line
        style, number = _style(clean)
        paras.append(_Para(clean, [(i, clean)], style, number))
    events: dict[int, tuple[str, str]] = {}
    paras = _drop_furniture(paras, lines, events)
    for _ in range(_PASSES):
        before = len(events)
        paras = _pass(paras, events)
        if len(events) == before:
            break
    return [(p.text, p.pieces) for p in paras], _records(paras, events)


def _records(paras: list[_Para], events: dict[int, tuple[str, str]]) -> list[Mend]:
    """Give each event its offset in the mended text."""
    if not events:
        return []
    indices: list[int] = []
    offsets: list[int] = []
    offset = 0
    for para in paras:
        inner = offset
        for k, (i, piece) in enumerate(para.pieces):
            if k:
                inner = offset + para.text.index(piece, inner - offset) if piece else inner
            indices.append(i)
            offsets.append(inner)
            inner += len(piece)
        offset += len(para.text) + 1
    total = max(offset - 1, 0)
    mends = []
    for i in sorted(events):
        kind, removed = events[i]
        k = bisect_left(indices, i)
        mends.append(Mend(kind, i + 1, offsets[k] if k < len(offsets) else total, removed))
    return mends


def _style(line: str) -> tuple[str, int | None]:
    """Say what a line looks like by itself, and which Arabic number it opens with."""
    s = line.strip()
    if not s:
        return "blank", None
    if "\t" in s or (s[0] == "|" and s[-1] == "|" and len(s) > 1):
        return "table", None
    if len(s) <= 24:
        if _PAGE.match(s):
            return "page", None
        if _BARE_PAGE.match(s):
            return "bare", int(s)
    if _FIRST_OF_MARK.match(s):
        for name, pattern in _STYLES:
            m = pattern.match(s)
            if m:
                digits = re.match(r"\d+", s) if name == "1." else None
                return name, int(digits.group()) if digits else None
    if _LABEL.match(s):
        return "label", None
    if s[0] in "（(【〔[［" and _is_bracket(s):
        return "bracket", None
    return "plain", None


def _is_bracket(s: str) -> bool:
    """Tell whether one pair of brackets spans the whole line."""
    depth = 0
    for m in _BRACKETS.finditer(s):
        if m.group() in _OPEN:
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return not s[m.end() :].strip("。；;.，, ")
    return False


def _left_open(s: str) -> list[str]:
    """List the brackets that a text opens and does not close."""
    stack: list[str] = []
    for m in _BRACKETS.finditer(s):
        mark = m.group().translate(_SAME)
        if mark in _OPEN:
            stack.append(mark)
        elif stack and stack[-1] == _PAIR.get(mark):
            stack.pop()
    return stack


def _width(s: str) -> int:
    """Measure in columns: two for a Chinese character, one for a letter."""
    s = s.rstrip()
    return (len(s.encode("utf-8", "surrogatepass")) + len(s)) // 2


def _complete(p: _Para) -> bool:
    """Tell whether a line ends as a sentence, an attribution or a closed bracket ends."""
    s = p.text.rstrip()
    if s[-1] not in _FINAL:
        return bool(_ROLE_END.search(s)) and not _left_open(s)
    return s[-1] in _CLOSE + "。！？!?" or not _left_open(s)


def _drop_furniture(
    paras: list[_Para], lines: Sequence[str], events: dict[int, tuple[str, str]]
) -> list[_Para]:
    """Leave out page-number lines that count upwards, and heads repeated beside page breaks."""
    pages = [k for k, p in enumerate(paras) if p.style == "page"]
    numbers = [
        int(next(g for g in m.groups() if g))
        for k in pages
        if (m := _PAGE.match(paras[k].text.strip()))
    ]
    drop: dict[int, str] = {}
    if len(numbers) >= 2 and all(a < b for a, b in zip(numbers, numbers[1:], strict=False)):
        drop = dict.fromkeys(pages, "page-number")
    edges = {k for k, line in enumerate(lines) if line == "\f"} | set(pages)
    if len(edges) >= 3:
        beside: dict[str, set[int]] = {}
        for k in edges:
            for step in (-1, 1):
                j = k + step
                while 0 <= j < len(paras) and abs(j - k) <= 3 and paras[j].style in _GAP:
                    j += step
                if 0 <= j < len(paras) and 0 < len(paras[j].text.strip()) <= 40 and j not in edges:
                    beside.setdefault(paras[j].text.strip(), set()).add(j)
        for found in beside.values():
            if len(found) >= 3:
                drop |= dict.fromkeys(found, "running-head")
    if not drop:
        return paras
    kept: list[_Para] = []
    for k, p in enumerate(paras):
        if k in drop:
            events[k] = (drop[k], p.text.strip())
            # A blank line stays in its place: it still parts two paragraphs.
            p = _Para("", [(k, "")], "blank")  # noqa: PLW2901
        kept.append(p)
    return kept


def _pass(paras: list[_Para], events: dict[int, tuple[str, str]]) -> list[_Para]:
    """Go over the document once, first for hard line ends, then for page breaks."""
    measure = _measure(paras)
    if measure:
        width, indented = measure
        for p in paras:
            p.full = p.body and _width(p.pieces[-1][1]) >= width - 6
        paras = _join(
            paras, events, lambda a, b, gap, _rest: _wraps(a, b, gap=gap, indented=indented)
        )
    shares = _shares(paras)
    return _join(
        paras,
        events,
        lambda a, b, _gap, rest: _broken(a, b, rest, shares, wrapped=measure is not None),
    )


def _join(
    paras: list[_Para],
    events: dict[int, tuple[str, str]],
    decide: Callable[[_Para, _Para, bool, Sequence[_Para]], bool],
) -> list[_Para]:
    """Join neighbours, across blank and page-number lines, where ``decide`` says so."""
    out: list[_Para] = []
    k, last = 0, None
    n = len(paras)
    while k < n:
        current = paras[k]
        k += 1
        number = last
        if current.number is not None:
            last = current.number
        if current.style in _GAP or not current.body:
            out.append(current)
            continue
        while k < n:
            j = k
            while j < n and j - k <= 6 and paras[j].style in _GAP:
                j += 1
            if j >= n or paras[j].style in _GAP:
                break
            nxt = paras[j]
            gap = paras[k:j]
            if _starts(nxt, current.number if current.number is not None else number):
                break
            if not decide(current, nxt, bool(gap), paras[j : j + _LOOK_AHEAD]):
                break
            # One bare number between two halves is a page number; several are something else.
            if sum(p.style != "blank" for p in gap) > 1:
                break
            for p in gap:
                if p.style != "blank":
                    events[p.pieces[0][0]] = ("page-number", p.text.strip())
            events[nxt.pieces[0][0]] = ("page-break" if gap else "line-break", "")
            current = _joined(current, nxt)
            k = j + 1
        out.append(current)
    return out


def _joined(a: _Para, b: _Para) -> _Para:
    left, right = a.text.rstrip(), b.text.lstrip()
    glue = " " if _LATIN_END.search(left) and _LATIN_START.match(right) else ""
    first = (a.pieces[-1][0], a.pieces[-1][1].rstrip())
    second = (b.pieces[0][0], b.pieces[0][1].lstrip())
    return _Para(
        left + glue + right,
        [*a.pieces[:-1], first, second, *b.pieces[1:]],
        a.style,
        a.number,
        b.full,
    )


def _starts(p: _Para, number: int | None) -> bool:
    """Tell whether a line begins something: a heading, an item, a role line, a date."""
    s = p.text.strip()
    if p.style == "1.":
        m = _DECIMAL.match(s)
        # 3.8万亩 goes on; 11.121人才 after item 10 is item 11.
        return not (m and m.group(3) and number is not None and int(m.group(1)) != number + 1)
    if p.style != "plain":
        return True
    return bool(_DATE.match(s) or _SHORT_LABEL.match(s)) and s[0] not in _CLOSE


def _like_heading(p: _Para) -> bool:
    s = p.text.strip()
    return len(s) < _LONG and not _CLAUSE.search(s) and s[-1] not in _FINAL


def _like_roles(p: _Para) -> bool:
    """Tell whether a line is an attribution without brackets (甲牵头，乙负责)."""
    s = p.text.strip()
    return len(s) < 120 and bool(_ROLE_END.search(s)) and not any(c in s for c in _OPEN[:5])


def _closes(stack: list[str], rest: Sequence[_Para], number: int | None) -> bool:
    """Tell whether the lines that follow close a bracket before anything new begins."""
    want = stack[-1]
    size = 0
    for k, p in enumerate(rest):
        if p.style in _GAP:
            continue
        if (k and _starts(p, number)) or not p.body or size > 600:
            return False
        size += len(p.text)
        inner: list[str] = []
        for m in _BRACKETS.finditer(p.text):
            mark = m.group().translate(_SAME)
            if mark in _OPEN:
                inner.append(mark)
            elif inner:
                inner.pop()
            else:
                return _PAIR.get(mark) == want
    return False


def _sure(a: _Para, b: _Para, rest: Sequence[_Para]) -> bool:
    """Weigh evidence that holds whatever the document looks like."""
    left, right = a.text.rstrip(), b.text.lstrip()
    if right[0] in "，。、；：！？,;" + _CLOSE[:5]:
        return True
    stack = _left_open(left)
    if stack and _closes(stack, rest, a.number):
        return True
    return left[-1] in "，、," and a.style != "bracket" and not _like_roles(b)


def _broken(
    a: _Para, b: _Para, rest: Sequence[_Para], shares: dict[str, float], *, wrapped: bool
) -> bool:
    """Decide whether a page break (or a stray line end) stands between two halves."""
    s = a.text.strip()
    if _MARK_ONLY.match(s) or (a.style in {"plain", "label"} and _like_title(a)):
        return False
    if _sure(a, b, rest):
        return True
    if wrapped or _complete(a) or a.style in {"label", "bracket"}:
        return False
    if _like_heading(b) or _like_roles(b) or len(s) < _ITEM:
        return False
    if a.style == "plain" and not (len(s) >= _LONG and _CLAUSE.search(s)):
        return False
    return shares.get(a.style, 0.0) >= 0.6


def _like_title(p: _Para) -> bool:
    s = p.text.strip()
    return bool(_TITLE_END.search(s)) and "。" not in s and not _left_open(s)


def _shares(paras: list[_Para]) -> dict[str, float]:
    """For each style of line, the share that ends as a sentence ends."""
    seen: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for p in paras:
        if not p.body or (p.style == "plain" and len(p.text) < _LONG):
            continue
        seen[p.style] += 1
        done[p.style] += _complete(p)
    return {style: done[style] / count for style, count in seen.items()}


def _measure(paras: list[_Para]) -> tuple[int, bool] | None:
    """Find the width to which a document is wrapped, and whether its paragraphs are indented."""
    widths: list[int] = []
    flowing = indented = longer = lines = 0
    for a, b in zip(paras, paras[1:], strict=False):
        if not a.body:
            continue
        lines += 1
        if b.style != "plain" or _complete(a) or len(a.pieces) > 1:
            continue
        widths.append(_width(a.text))
        flowing += bool(_CLAUSE.search(a.text) or "、" in a.text)
        indented += bool(_INDENT.match(b.text))
    if len(widths) < 4 or flowing < 0.3 * len(widths):
        return None
    counts = Counter(widths)
    # The measure is where most unfinished lines end, give or take one character.
    width = max(counts, key=lambda w: (counts[w] + counts[w - 1] + counts[w - 2], w))
    if width < 24:
        return None
    long_enough = [w for w in widths if w >= 0.6 * width]
    near = sum(width - 2 <= w <= width + 2 for w in long_enough)
    longer = sum(_width(p.text) > width + 4 for p in paras if p.body)
    if near < 4 or near < 0.6 * len(long_enough) or longer > max(1, 0.05 * lines):
        return None
    return width, indented > 0.2 * len(widths)


def _wraps(a: _Para, b: _Para, *, gap: bool, indented: bool) -> bool:
    """Decide whether, in a hard-wrapped document, a line goes on in the next one."""
    if not a.full or (a.style == "plain" and _like_title(a)):
        return False
    if not indented and _INDENT.match(b.text):
        return False
    if not _complete(a):
        return True
    if gap or _like_heading(b) or a.style == "bracket":
        return False
    s = a.text.rstrip()
    if s[-1] in _CLOSE:
        opened = max((s.rfind(o) for o in _OPEN), default=-1)
        return not _ROLE_WORD.search(s, max(opened, 0))
    return s[-1] == "。" and not _left_open(s)
