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
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

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
PAGE = re.compile(
    r"(?:[-—–―─－‐·•~～]{1,3}\s*(\d{1,4})\s*[-—–―─－‐·•~～]{1,3}"
    r"|第\s*(\d{1,4})\s*[页頁](?:\s*[,，/／]?\s*共\s*\d{1,4}\s*[页頁])?|[Pp]age\s*(\d{1,4})(?:\s*of\s*\d{1,4})?"
    r"|(\d{1,4})\s*/\s*\d{1,4})$"
)
BARE_PAGE = re.compile(r"\d{1,4}$")
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
_REACH = 600
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
    """A line of the result: the pieces of the source that it is made of, and what it looks like.

    What the rules ask of a paragraph is kept up to date as it grows, so that joining stays linear.
    """

    pieces: list[tuple[int, str]]
    style: str  # a name of _STYLES, or: blank, page, bare, table, label, bracket, plain
    number: int | None = None
    full: bool = False  # its last piece fills the measure of a hard-wrapped document
    length: int = 0
    clause: bool = False  # holds a comma, a stop or a semicolon
    stop: bool = False
    stack: list[str] | None = None  # the brackets left open, once somebody has asked

    @property
    def body(self) -> bool:
        return self.style not in _NOT_BODY

    @property
    def head(self) -> str:
        return self.pieces[0][1]

    @property
    def tail(self) -> str:
        return self.pieces[-1][1]

    @property
    def text(self) -> str:
        if len(self.pieces) == 1:
            return self.pieces[0][1]
        parts = [self.pieces[0][1]]
        for _, piece in self.pieces[1:]:
            if _LATIN_END.search(parts[-1][-1:]) and _LATIN_START.match(piece):
                parts.append(" ")
            parts.append(piece)
        return "".join(parts)

    def left_open(self) -> list[str]:
        if self.stack is None:
            self.stack = []
            for _, piece in self.pieces:
                _left_open(piece, self.stack)
        return self.stack

    def add(self, other: _Para) -> None:
        """Put another paragraph behind this one."""
        if self.stack is not None:
            for _, piece in other.pieces:
                _left_open(piece, self.stack)
        i, piece = self.pieces[-1]
        self.pieces[-1] = (i, piece.rstrip())
        i, piece = other.pieces[0]
        self.pieces.append((i, piece.lstrip()))
        self.pieces += other.pieces[1:]
        self.length += other.length
        self.clause |= other.clause
        self.stop |= other.stop
        self.full = other.full


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
    lines: Sequence[str], glued: Mapping[int, str] | None = None
) -> tuple[list[tuple[str, list[tuple[int, str]]]], list[Mend]]:
    """Mend a list of lines; return each paragraph with its pieces (source index, text).

    ``glued`` names the lines that a reader knows to go on from the line before, and what kind of
    mend that is (an empty string: none, as the format prints no paragraphs but lines).
    """
    paras: list[_Para] = []
    glued = glued or {}
    events: dict[int, tuple[str, str]] = {}
    for i, line in enumerate(lines):
        clean = "" if line == "\f" else line
        style, number = _style(clean)
        clause = _CLAUSE.search(clean) is not None
        stop = clause and "。" in clean
        para = _Para([(i, clean)], style, number, False, len(clean), clause, stop)  # noqa: FBT003
        if i in glued and paras and paras[-1].style != "blank":
            paras[-1].add(para)
            if glued[i]:
                events[i] = (glued[i], "")
        else:
            paras.append(para)
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
        for i, begin, _ in placed(para.text, para.pieces):
            indices.append(i)
            offsets.append(offset + begin)
        offset += len(para.text) + 1
    total = max(offset - 1, 0)
    mends = []
    for i in sorted(events):
        kind, removed = events[i]
        k = bisect_left(indices, i)
        mends.append(Mend(kind, i + 1, offsets[k] if k < len(offsets) else total, removed))
    return mends


def placed(text: str, pieces: Sequence[tuple[int, str]]) -> Iterator[tuple[int, int, int]]:
    """Yield the source index of each piece of a paragraph, and where in it the piece lies."""
    begin = 0
    for i, piece in pieces:
        # At most the space that parts two Latin words stands between two pieces.
        if not text.startswith(piece, begin):
            begin += 1
        yield i, begin, begin + len(piece)
        begin += len(piece)


def _style(line: str) -> tuple[str, int | None]:
    """Say what a line looks like by itself, and which Arabic number it opens with."""
    s = line.strip()
    if not s:
        return "blank", None
    if "\t" in s or (s[0] == "|" and s[-1] == "|" and len(s) > 1):
        return "table", None
    if len(s) <= 24:
        if PAGE.match(s):
            return "page", None
        if BARE_PAGE.match(s):
            return "bare", int(s)
    if _FIRST_OF_MARK.match(s):
        for name, pattern in _STYLES:
            m = pattern.match(s)
            if m:
                digits = re.match(r"\d+", s) if name == "1." else None
                return name, int(digits.group()) if digits else None
    if _LABEL.match(s):
        return "label", None
    if is_bracket(s):
        return "bracket", None
    return "plain", None


def is_bracket(line: str) -> bool:
    """Tell whether one pair of brackets spans the whole line."""
    s = line.strip()
    if not s or s[0] not in "（(【〔[［":
        return False
    depth = 0
    for m in _BRACKETS.finditer(s):
        if m.group() in _OPEN:
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return not s[m.end() :].strip("。；;.，, ")
    return False


def _left_open(s: str, stack: list[str]) -> None:
    """Go on from the brackets that are open before a text to those open after it."""
    for m in _BRACKETS.finditer(s):
        mark = m.group().translate(_SAME)
        if mark in _OPEN:
            stack.append(mark)
        elif stack and stack[-1] == _PAIR.get(mark):
            stack.pop()


def _width(s: str) -> int:
    """Measure in columns: two for a Chinese character, one for a letter."""
    s = s.rstrip()
    return (len(s.encode("utf-8", "surrogatepass")) + len(s)) // 2


def _complete(p: _Para) -> bool:
    """Tell whether a line ends as a sentence, an attribution or a closed bracket ends."""
    end = p.tail.rstrip()[-8:]
    if end[-1] in _CLOSE + "。！？!?":
        return True
    return (end[-1] in _FINAL or bool(_ROLE_END.search(end))) and not p.left_open()


def _drop_furniture(
    paras: list[_Para], lines: Sequence[str], events: dict[int, tuple[str, str]]
) -> list[_Para]:
    """Leave out page-number lines that count upwards, and heads repeated beside page breaks."""
    pages = [k for k, p in enumerate(paras) if p.style == "page"]
    numbers = [
        int(next(g for g in m.groups() if g))
        for k in pages
        if (m := PAGE.match(paras[k].text.strip()))
    ]
    drop: dict[int, str] = {}
    if len(numbers) >= 2 and all(a < b for a, b in pairwise(numbers)):
        drop = dict.fromkeys(pages, "page-number")
    edges = {k for k, p in enumerate(paras) if lines[p.pieces[0][0]] == "\f"} | set(pages)
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
            i = p.pieces[0][0]
            events[i] = (drop[k], p.text.strip())
            # A blank line stays in its place: it still parts two paragraphs.
            p = _Para([(i, "")], "blank")  # noqa: PLW2901
        kept.append(p)
    return kept


def _pass(paras: list[_Para], events: dict[int, tuple[str, str]]) -> list[_Para]:
    """Go over the document once, first for hard line ends, then for page breaks."""
    measure = _measure(paras)
    if measure:
        width, indented = measure
        for p in paras:
            p.full = p.body and _width(p.tail) >= width - 6
        behind = [a.full for a, b in pairwise(paras) if a.body and b.style == "bracket"]
        if behind and sum(behind) >= 0.9 * len(behind):
            # Brackets that only ever follow a full line stand there by chance: they go on from it.
            for p in paras:
                p.style = "plain" if p.style == "bracket" else p.style
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
            current.add(nxt)
            k = j + 1
        out.append(current)
    return out


def _starts(p: _Para, number: int | None) -> bool:
    """Tell whether a line begins something: a heading, an item, a role line, a date."""
    if p.style == "plain":
        s = p.head.strip()
        return bool(_DATE.match(s) or _SHORT_LABEL.match(s)) and s[0] not in _CLOSE
    if p.style == "1.":
        m = _DECIMAL.match(p.head.strip())
        # 3.8万亩 goes on; 11.121人才 after item 10 is item 11.
        return not (m and m.group(3) and number is not None and int(m.group(1)) != number + 1)
    return True


def _like_heading(p: _Para) -> bool:
    return p.length < _LONG and not p.clause and p.tail.rstrip()[-1] not in _FINAL


def _like_roles(p: _Para) -> bool:
    """Tell whether a line is an attribution without brackets (甲牵头，乙负责)."""
    return (
        p.length < 120
        and bool(_ROLE_END.search(p.tail.rstrip()[-8:]))
        and not any(c in p.text for c in _OPEN[:5])
    )


def _like_title(p: _Para) -> bool:
    return not p.stop and bool(_TITLE_END.search(p.tail.rstrip()[-40:])) and not p.left_open()


def _closes(want: str, rest: Sequence[_Para], number: int | None) -> bool:
    """Tell whether the lines that follow close a bracket before anything new begins."""
    size = 0
    for k, p in enumerate(rest):
        if p.style in _GAP:
            continue
        if (k and _starts(p, number)) or not p.body or size > _REACH:
            return False
        size += p.length
        inner = 0
        for m in _BRACKETS.finditer(p.head, 0, _REACH):
            mark = m.group().translate(_SAME)
            if mark in _OPEN:
                inner += 1
            elif inner:
                inner -= 1
            else:
                return _PAIR.get(mark) == want
    return False


def _sure(a: _Para, b: _Para, rest: Sequence[_Para]) -> bool:
    """Weigh evidence that holds whatever the document looks like."""
    if b.head.lstrip()[0] in "，。、；：！？,;" + _CLOSE[:5]:
        return True
    stack = a.left_open()
    if stack and _closes(stack[-1], rest, a.number):
        return True
    return a.tail.rstrip()[-1] in "，、," and a.style != "bracket" and not _like_roles(b)


def _broken(
    a: _Para, b: _Para, rest: Sequence[_Para], shares: dict[str, float], *, wrapped: bool
) -> bool:
    """Decide whether a page break (or a stray line end) stands between two halves."""
    if len(a.pieces) == 1 and a.length < 12 and _MARK_ONLY.match(a.head.strip()):
        return False
    if a.style in {"plain", "label"} and _like_title(a):
        return False
    if _sure(a, b, rest):
        return True
    if wrapped or _complete(a) or a.style in {"label", "bracket"}:
        return False
    if _like_heading(b) or _like_roles(b) or a.length < _ITEM:
        return False
    if a.style == "plain" and not (a.length >= _LONG and a.clause):
        return False
    return shares.get(a.style, 0.0) >= 0.6


def begins(line: str) -> bool:
    """Tell whether a line by itself looks like the start of something."""
    style, number = _style(line)
    return style != "plain" or _starts(_Para([(0, line)], style, number), None)


def ends_complete(line: str) -> bool:
    """Tell whether a line ends as a sentence or an attribution ends."""
    return _complete(_Para([(0, line)], "plain", length=len(line)))


def is_title(line: str) -> bool:
    """Tell whether a line ends as the titles of these documents do."""
    return _like_title(_Para([(0, line)], "plain", length=len(line), stop="。" in line))


def is_heading(line: str) -> bool:
    """Tell whether a line is short and has no punctuation."""
    clause = _CLAUSE.search(line) is not None
    return _like_heading(_Para([(0, line)], "plain", length=len(line), clause=clause))


def _shares(paras: list[_Para]) -> dict[str, float]:
    """For each style of line, the share that ends as a sentence ends."""
    seen: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for p in paras:
        if not p.body or (p.style == "plain" and p.length < _LONG):
            continue
        seen[p.style] += 1
        done[p.style] += _complete(p)
    return {style: done[style] / count for style, count in seen.items()}


def _measure(paras: list[_Para]) -> tuple[int, bool] | None:
    """Find the width to which a document is wrapped, and whether its paragraphs are indented."""
    widths: list[int] = []
    flowing = indented = longer = lines = 0
    for a, b in pairwise(paras):
        if not a.body:
            continue
        lines += 1
        if b.style != "plain" or _complete(a) or len(a.pieces) > 1:
            continue
        widths.append(_width(a.head))
        flowing += a.clause or "、" in a.head
        indented += bool(_INDENT.match(b.head))
    if len(widths) < 4 or flowing < 0.3 * len(widths):
        return None
    counts = Counter(widths)
    # The measure is where most unfinished lines end, give or take one character.
    width = max(counts, key=lambda w: (counts[w] + counts[w - 1] + counts[w - 2], w))
    if width < 24:
        return None
    long_enough = [w for w in widths if w >= 0.6 * width]
    near = sum(width - 2 <= w <= width + 2 for w in long_enough)
    longer = sum(p.length > width / 2 and _width(p.text) > width + 4 for p in paras if p.body)
    if near < 4 or near < 0.6 * len(long_enough) or longer > max(1, 0.05 * lines):
        return None
    return width, indented > 0.2 * len(widths)


def _wraps(a: _Para, b: _Para, *, gap: bool, indented: bool) -> bool:
    """Decide whether, in a hard-wrapped document, a line goes on in the next one."""
    if not a.full or (a.style == "plain" and _like_title(a)):
        return False
    if not indented and _INDENT.match(b.head):
        return False
    if not _complete(a):
        return True
    if gap or _like_heading(b) or a.style == "bracket":
        return False
    return ends_in_passing(a.tail) and not a.left_open()


def ends_in_passing(line: str) -> bool:
    """Tell whether a full line may go on although a sentence or a bracket ends with it."""
    s = line.rstrip()
    if s[-1] in _CLOSE:
        # A bracket that names roles closes a task; any other one is a part of its sentence.
        opened = max((s.rfind(o) for o in _OPEN), default=-1)
        return not _ROLE_WORD.search(s, max(opened, 0))
    return s[-1] == "。"
