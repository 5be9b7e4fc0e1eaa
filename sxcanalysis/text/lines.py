"""What a line of a document looks like by itself: a heading, an item, a role line, running text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

_Line = TypeVar("_Line", bound="Hashable")
_ZH = "一二三四五六七八九十百零〇两"
OPEN = "（(【〔[［「『《〈“‘"
CLOSE = "）)】〕]］」』》〉”’"
PAIR = dict(zip(CLOSE, OPEN, strict=True))
# Full and half width brackets close each other in these documents.
SAME = str.maketrans("(［[〔)］]", "（【【【）】】")
_FINAL = "。！？；：…!?;:" + CLOSE
# Quotation marks are too often typed the wrong way round to tell anything.
BRACKETS = re.compile(r"[（()）【〔\[［］\]〕】「」『』《》〈〉]")

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
_DASH = "-—–―─－‐·•~～_"
_BLANKS = r"[ \t\u3000]*"
# How documents print page numbers, on lines of their own: — 6 —, 第6页 共10页. The finders of all rooms take these.
DASHED_PAGE = rf"[{_DASH}]{{1,6}}{_BLANKS}(\d{{1,4}}){_BLANKS}[{_DASH}]{{1,6}}"
NAMED_PAGE = rf"第{_BLANKS}(\d{{1,4}}){_BLANKS}[页頁](?:{_BLANKS}[,，/／]?{_BLANKS}共{_BLANKS}\d{{1,4}}{_BLANKS}[页頁])?"
PAGE = re.compile(
    rf"(?:{DASHED_PAGE}|{NAMED_PAGE}|[Pp]age{_BLANKS}(\d{{1,4}})(?:{_BLANKS}of{_BLANKS}\d{{1,4}})?|(\d{{1,4}}){_BLANKS}/{_BLANKS}\d{{1,4}})$"
)
BARE_PAGE = re.compile(r"\d{1,4}$")
MARK_ONLY = re.compile(rf"[（(]?\s*[{_ZH}\d]{{1,4}}\s*[）)、．.﹒]?$")
# A tab behind a printed number (1.⇥…) sets the number off; any other tab parts two cells.
_TAB_AFTER_MARK = re.compile(r"[^\t]{1,6}[.．、）)﹒]\t+[^\t]*$")
CLAUSE = re.compile(r"[，。；,;]")
_LATIN_END = re.compile(r"[A-Za-z]$")
_LATIN_START = re.compile(r"[A-Za-z]")
INDENT = re.compile(r"(?:\u3000| {2,}|\t)")

# A running head is no longer than this.
_LONGEST_HEAD = 60
# A paragraph this long, with a clause mark inside, is running text and not a heading.
LONG = 30


@dataclass(slots=True)
class Para:
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
        """Whether the paragraph is running text."""
        return self.style not in NOT_BODY

    @property
    def head(self) -> str:
        """The first line as printed."""
        return self.pieces[0][1]

    @property
    def tail(self) -> str:
        """The last line as printed."""
        return self.pieces[-1][1]

    @property
    def text(self) -> str:
        """The lines joined as they were meant."""
        if len(self.pieces) == 1:
            return self.pieces[0][1]
        parts = [self.pieces[0][1]]
        for _, piece in self.pieces[1:]:
            if _LATIN_END.search(parts[-1][-1:]) and _LATIN_START.match(piece):
                parts.append(" ")
            parts.append(piece)
        return "".join(parts)

    def left_open(self) -> list[str]:
        """Return the brackets that the paragraph opens and does not close."""
        if self.stack is None:
            self.stack = []
            for _, piece in self.pieces:
                _left_open(piece, self.stack)
        return self.stack

    def add(self, other: Para) -> None:
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


NOT_BODY = frozenset({"blank", "page", "bare", "table", "#"})
GAP = frozenset({"blank", "page", "bare"})


def style_of(line: str) -> tuple[str, int | None]:
    """Say what a line looks like by itself, and which Arabic number it opens with."""
    s = line.strip()
    if not s:
        return "blank", None
    if ("\t" in s and not _TAB_AFTER_MARK.match(s)) or (len(s) > 1 and s[0] == s[-1] == "|"):
        return "table", None
    if len(s) <= 24 and PAGE.match(s):
        return "page", None
    if BARE_PAGE.match(s):
        return "bare", int(s)
    marked = _marked(s) if _FIRST_OF_MARK.match(s) else None
    if marked:
        return marked
    label = "label" if _LABEL.match(s) else ""
    return label or ("bracket" if is_bracket(s) else "plain"), None


def _marked(s: str) -> tuple[str, int | None] | None:
    """Find which mark a line opens with, and its number if that is Arabic."""
    for name, pattern in _STYLES:
        if pattern.match(s):
            digits = re.match(r"\d+", s) if name == "1." else None
            return name, int(digits.group()) if digits else None
    return None


def page_number(line: str) -> int:
    """Return the number on a page-number line."""
    m = PAGE.match(line.strip())
    return int(next(g for g in m.groups() if g)) if m else 0


def is_bracket(line: str) -> bool:
    """Tell whether one pair of brackets spans the whole line."""
    s = line.strip()
    if not s or s[0] not in "（(【〔[［":
        return False
    depth = 0
    for m in BRACKETS.finditer(s):
        if m.group() in OPEN:
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return not s[m.end() :].strip("。；;.，, ")
    return False


def _left_open(s: str, stack: list[str]) -> None:
    """Go on from the brackets that are open before a text to those open after it."""
    for m in BRACKETS.finditer(s):
        mark = m.group().translate(SAME)
        if mark in OPEN:
            stack.append(mark)
        elif stack and stack[-1] == PAIR.get(mark):
            stack.pop()


def width_of(s: str) -> int:
    """Measure in columns: two for a Chinese character, one for a letter."""
    s = s.rstrip()
    return (len(s.encode("utf-8", "surrogatepass")) + len(s)) // 2


def complete(p: Para) -> bool:
    """Tell whether a line ends as a sentence, an attribution or a closed bracket ends."""
    end = p.tail.rstrip()[-8:]
    if end[-1] in CLOSE + "。！？!?":
        return True
    return (end[-1] in _FINAL or bool(_ROLE_END.search(end))) and not p.left_open()


def starts(p: Para, number: int | None) -> bool:
    """Tell whether a line begins something: a heading, an item, a role line, a date."""
    if p.style == "plain":
        s = p.head.strip()
        return bool(_DATE.match(s) or _SHORT_LABEL.match(s)) and s[0] not in CLOSE
    if p.style == "1.":
        m = _DECIMAL.match(p.head.strip())
        # 3.8万亩 goes on; 11.121人才 after item 10 is item 11.
        return not (m and m.group(3) and number is not None and int(m.group(1)) != number + 1)
    return True


def like_heading(p: Para) -> bool:
    """Whether a paragraph can be a heading."""
    return p.length < LONG and not p.clause and p.tail.rstrip()[-1] not in _FINAL


def like_roles(p: Para) -> bool:
    """Tell whether a line is an attribution without brackets (甲牵头，乙负责)."""
    return (
        p.length < 120
        and bool(_ROLE_END.search(p.tail.rstrip()[-8:]))
        and not any(c in p.text for c in OPEN[:5])
    )


def like_title(p: Para) -> bool:
    """Whether a paragraph can end a title."""
    return not p.stop and bool(_TITLE_END.search(p.tail.rstrip()[-40:])) and not p.left_open()


def begins(line: str) -> bool:
    """Tell whether a line by itself looks like the start of something."""
    style, number = style_of(line)
    return style != "plain" or starts(Para([(0, line)], style, number), None)


def ends_complete(line: str) -> bool:
    """Tell whether a line ends as a sentence or an attribution ends."""
    return complete(Para([(0, line)], "plain", length=len(line)))


def is_title(line: str) -> bool:
    """Tell whether a line ends as the titles of these documents do."""
    return like_title(Para([(0, line)], "plain", length=len(line), stop="。" in line))


def is_heading(line: str) -> bool:
    """Tell whether a line is short and has no punctuation."""
    clause = CLAUSE.search(line) is not None
    return like_heading(Para([(0, line)], "plain", length=len(line), clause=clause))


def ends_in_passing(line: str) -> bool:
    """Tell whether a full line may go on although a sentence or a bracket ends with it."""
    s = line.rstrip()
    if s[-1] in CLOSE:
        # A bracket that names roles closes a task; any other one is a part of its sentence.
        opened = max((s.rfind(o) for o in OPEN), default=-1)
        return not _ROLE_WORD.search(s, max(opened, 0))
    return s[-1] not in "：:！？!?…"


def running_heads(beside: Iterable[tuple[Hashable, str, _Line]], least: int) -> set[_Line]:
    """Find running heads among lines that stand beside page breaks: the same words (a key) beside *least* of them.

    Attributions are repeated too; a running head is no sentence and no item.
    """
    found: dict[Hashable, set[_Line]] = {}
    for key, words, line in beside:
        if len(words) <= _LONGEST_HEAD and not begins(words) and not ends_complete(words):
            found.setdefault(key, set()).add(line)
    return {line for lines in found.values() if len(lines) >= least for line in lines}
