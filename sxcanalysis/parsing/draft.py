"""A document while it is being taken apart: its shadow, and what each character turned out to be."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sxcanalysis.parsing.attributions.attribution import read_attribution
from sxcanalysis.reference.lexicon import compiled
from sxcanalysis.text.lines import DASHED_PAGE, NAMED_PAGE
from sxcanalysis.text.normal_form import LINE, PARAGRAPH, SPACE, Shadow, cast_shadow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from sxcanalysis.parsing.attributions.attribution import Attribution

Span = tuple[int, int]

KINDS = (
    "unparsed", "title", "preamble", "heading", "number", "task", "attribution", "field", "furniture",
)  # fmt: skip
UNPARSED, TITLE, PREAMBLE, HEADING, NUMBER, TASK, ATTRIBUTION, FIELD, FURNITURE = range(len(KINDS))

# 完成时限：2026年底 says something of the item above it; 专栏一：… is a heading.
_FIELD = re.compile(r"[\u4e00-\u9fff]{1,7}(?![一二三四五六七八九十\d])[\u4e00-\u9fff]：.")
# What is told and asks for nothing; all other findings are warnings.
INFORMS = frozenset({
    "body_unknown", "body_alias", "role_assumed", "attribution_words", "rule.first", "rule.all", "column_guessed",
    "table_without_bodies.beside",
})  # fmt: skip
_SIGNS = re.compile("[、，；]")
_FEW_LINES = 8
_PAGE_NUMBER = re.compile(r"[—\-–―_~·]*(?:第)?\d{1,4}(?:页)?(?:[，/]?共?\d+页?)?[—\-–―_~·]*")
# A line that opens with one of these may be an item of its own, whatever its length.
_COUNTED = re.compile(
    r"[#*（]*(?:第?([一二三四五六七八九十百]{1,4})[、）.章节条]|第?(\d{1,4})(?=[.、）*章节条]|\D))"
)


# Page numbers, running heads and what web sites put around a list (``data/lexicon/furniture.csv``).
_END_OF_LINE = r"(?=[ \t\u3000\r]*(?:\n|$))"
_PAGE_LINE = re.compile(
    rf"(?<![^\n])[ \t\u3000\f\r]*(?P<number>{DASHED_PAGE}(?=[ \t\u3000\r]*(?:\n|$)|[\u4e00-\u9fff，、。；）])"
    rf"|{NAMED_PAGE}{_END_OF_LINE}|\d{{1,4}}{_END_OF_LINE})"
)
_HEAD_BEFORE = re.compile(r"\n[ \t\u3000\r]*(?P<words>[^\n]{2,40}?)[ \t\u3000\r]*\n\s*$")
_HEAD_AFTER = re.compile(r"[ \t\u3000\r]*(?:$|\n\s*(?P<words>[^\n]{2,40}?)[ \t\u3000\r]*(?:\n|$))")
_NUMBERED_LINE = re.compile(r"[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]")
_SENTENCE_ENDS = "。；！？：）】”.;!?:)]"
_TIMES = 3  # a line of the list itself may stand beside a page number once or twice by chance
_LONGEST_WEB_LINE = 120


class Note(NamedTuple):
    """What a person should look at: the key of its words in ``labels.csv`` (``finding.…``), and what fills them."""

    key: str
    start: int  # in the text
    end: int
    task_id: str
    warning: bool
    values: dict[str, object]


@dataclass
class Draft:
    """The state that the steps of the parser share. All positions are in the shadow."""

    shadow: Shadow
    furniture: list[Span]  # page numbers and running heads, in the text
    line_starts: list[int]
    wrap: int  # the width at which the lines were broken, 0 if they were not
    spaced: bool  # blanks stand between the characters, and say nothing
    parting: int  # the gap that parts two names
    legible: str  # the characters, with the words of general rules blotted out
    kind: npt.NDArray[np.uint8]
    hints: dict[int, tuple[str, dict[str, object]]] = field(default_factory=dict)  # why a span is unparsed
    notes: list[Note] = field(default_factory=list)

    @property
    def chars(self) -> str:
        """The characters of the shadow."""
        return self.shadow.chars

    # -- lines ----------------------------------------------------------------------------------

    def lines(self) -> list[Span]:
        """Return start and end of every line."""
        return list(pairwise([*self.line_starts, len(self.chars)]))

    def line_end(self, position: int) -> int:
        """Return the end of the line that a position is in."""
        at = bisect_right(self.line_starts, position)
        return self.line_starts[at] if at < len(self.line_starts) else len(self.chars)

    def line_start(self, position: int) -> int:
        """Return the start of the line that a position is in."""
        return self.line_starts[bisect_right(self.line_starts, position) - 1]

    def lines_between(self, start: int, end: int) -> list[Span]:
        """Return the lines, and parts of lines, between two positions."""
        if end <= start:
            return []
        first, last = bisect_right(self.line_starts, start), bisect_right(self.line_starts, end - 1)
        return list(pairwise([start, *self.line_starts[first:last], end]))

    def indent(self, line_start: int) -> int:
        """Return how many blanks stand before a line."""
        offset = self.shadow.offset(line_start)
        before = self.shadow.text[max(0, offset - 80) : offset]
        return len(before) - len(before.rstrip(" \t\u3000"))

    def runs_on(self, line_end: int) -> bool:
        """Whether a line that ends here ends at the margin, or at the foot of a page."""
        width = line_end - self.line_start(line_end - 1)
        if 0 < self.wrap <= width + 3:
            return True
        first, after = self.shadow.offset(line_end - 1), self.shadow.offset(line_end)
        at = bisect_left(self.furniture, (first, 0))
        return at < len(self.furniture) and self.furniture[at][0] < after

    def is_heading_line(self, start: int, end: int) -> bool:
        """Whether a line without a number reads as a heading: short, and no sentence."""
        line = self.chars[start:end]
        if line.startswith("#"):
            return True
        return (
            2 <= len(line) <= 30
            and re.search("[\u4e00-\u9fff]", line) is not None
            and not re.search(r"[。；！？，）]$|[。；]", line)
            and not line.isdecimal()
            and not _FIELD.match(line)
            and not has_web_words(line)
            and not _PAGE_NUMBER.fullmatch(line)
        )

    # -- labels ---------------------------------------------------------------------------------

    def label(self, start: int, end: int, kind: int) -> None:
        """Say what a span is."""
        self.kind[start:end] = kind

    def give_up(self, start: int, end: int, why: str, **values: object) -> None:
        """Say that a span is not understood, and why."""
        self.kind[start:end] = UNPARSED
        self.hints[start] = (why, values)

    def label_loose(self, start: int, end: int, why: str, **values: object) -> None:
        """Label a line that belongs to no item."""
        line = self.chars[start:end]
        if is_closing_note(line) or compiled("«rules:first leads»|«rules:all implement»").search(line):
            self.label(start, end, PREAMBLE)
        elif has_web_words(line):
            self.label(start, end, FURNITURE)
        elif self.is_heading_line(start, end) and end < len(self.chars):
            self.label(start, end, HEADING)
        else:
            self.give_up(start, end, why, **values)

    def read(self, start: int, end: int, *, bracketed: bool = False) -> Attribution | None:
        """Read words as an attribution; in a bracket that parts its names with signs a line end parts none."""
        gap = self.shadow.gap[start + 1 : end]
        wrapped = bracketed and bool(_SIGNS.search(self.legible, start, end))
        gaps = ((gap == self.parting) if wrapped else (gap >= self.parting)).nonzero()[0] + 1
        return read_attribution(self.legible[start:end], tuple(gaps.tolist()))

    # -- quotes ---------------------------------------------------------------------------------

    def quote(self, start: int, end: int) -> str:
        """Return the words of a span of the shadow as the document has them, line ends mended."""
        if end <= start:
            return ""
        first, last = self.shadow.span(start, end)
        pieces = []
        for skip_start, skip_end in self.furniture[bisect_left(self.furniture, (first, 0)) :]:
            if skip_start >= last:
                break
            pieces.append(self.shadow.text[first:skip_start])
            first = skip_end
        return unbroken("\n".join([*pieces, self.shadow.text[first:last]]))

    def note(
        self,
        key: str,
        start: int,
        end: int,
        task_id: str = "",
        *,
        warning: bool | None = None,
        **values: object,
    ) -> None:
        """Record a finding about a span of the shadow; a warning unless its kind only informs."""
        if end > start:
            severe = key not in INFORMS if warning is None else warning
            self.notes.append(Note(key, *self.shadow.span(start, end), task_id, severe, values))

    def aside(self) -> Draft:
        """Return the same draft with no notes yet: what is noted there is not recorded here."""
        return replace(self, notes=[])


def begin_draft(text: str, tables: Sequence[Span] = ()) -> Draft:
    """Cast the shadow of a text and find its lines; those of its *tables* are never joined."""
    furniture = page_furniture(text, tables)
    shadow = cast_shadow(text, skip=furniture)
    gap, chars = shadow.gap, shadow.chars
    line_starts = np.flatnonzero(gap >= LINE)
    bars = np.frombuffer(chars.encode("utf-32-le", "surrogatepass"), dtype="<u4") == ord("|")
    wrap = _wrap_width(line_starts, len(chars))
    spaced, parting = _forget_blanks(shadow, bars)
    joined = _joined_lines(shadow, line_starts, wrap, tables, shadow.tab | bars)
    gap[joined] = 0
    kept = np.setdiff1d(line_starts, joined).tolist()
    return Draft(shadow, furniture, kept, wrap, spaced, parting, chars, np.zeros(len(chars), dtype=np.uint8))


def _wrap_width(line_starts: npt.NDArray[np.intp], end: int) -> int:
    """Return the width at which the lines were broken, 0 if they were not."""
    lengths = np.diff(line_starts, append=end)
    if len(lengths) < _FEW_LINES - 2:
        return 0
    width = int(np.percentile(lengths, 90))
    near = float((np.abs(lengths - width) <= 3).mean())
    return width if 15 <= width <= 80 and near >= 0.3 else 0


def _forget_blanks(shadow: Shadow, bars: npt.NDArray[np.bool_]) -> tuple[bool, int]:
    """Forget blanks that stand everywhere; return whether they did, and the gap that parts two names."""
    gap = shadow.gap
    apart = (gap == SPACE) & ~shadow.tab
    share = np.count_nonzero(apart & ~bars & ~np.roll(bars, 1)) / max(1, len(gap))
    spaced = bool(share > 0.5)
    if spaced:
        gap[apart] = 0
    # In a text set to a margin blanks stand inside names too, and part none.
    return spaced, LINE if share > 0.1 else SPACE


def _joined_lines(
    shadow: Shadow,
    starts: npt.NDArray[np.intp],
    wrap: int,
    tables: Sequence[Span],
    ruled: npt.NDArray[np.bool_],
) -> npt.NDArray[np.intp]:
    """Return the starts of lines that only the margin made, in a text without lines of its own."""
    none = starts[:0]
    gap = shadow.gap
    if not wrap or len(starts) < _FEW_LINES:
        return none
    at_margin = np.abs(np.diff(starts) - wrap) <= 2
    own = _own_lines(shadow, starts, tables, ruled)[1:]
    if np.count_nonzero(gap[starts] == PARAGRAPH) > 0.9 * len(starts):
        gap[starts[1:][~own]] = LINE
    if np.count_nonzero(~at_margin) > max(3, 0.06 * len(at_margin)):
        return none
    joined: npt.NDArray[np.intp] = starts[1:][at_margin & ~own & (gap[starts[1:]] == LINE)]
    return joined


def _own_lines(
    shadow: Shadow, starts: npt.NDArray[np.intp], tables: Sequence[Span], ruled: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Say which lines are lines of their own: rows of tables, lines with bars or tabs, and those that count on."""
    inside = ruled.copy()
    inside[starts] = [shadow.chars[start] == "|" for start in starts]  # a tab before a line is none inside it
    own = np.add.reduceat(inside, starts).astype(bool)
    offsets = shadow.at[starts]
    for start, end in tables:
        own[np.searchsorted(offsets, start) : np.searchsorted(offsets, end)] = True
    counted: list[tuple[int, str]] = []
    for i, (start, end) in enumerate(pairwise([*starts.tolist(), len(shadow.chars)])):
        if number := _COUNTED.match(shadow.chars, start, end):
            counted.append((i, number[0].strip("#*（第")))
    for (i, before), (j, after) in pairwise(counted):
        if before.isdecimal() and after.isdecimal() and int(after) - int(before) == 1:
            own[[i, j]] = True
    return own


def unbroken(text: str) -> str:
    """Take the line ends out of a quote: nothing between Chinese characters, else a space."""
    if text.isprintable():
        return text.strip()
    joined = re.sub(r"(?<=[A-Za-z,;])\s*[\n\r]\s*(?=[A-Za-z])", " ", text.strip())
    return re.sub(r"[ \u3000]*[\n\r\t\x0b\x0c\x85\u2028\u2029]\s*", "", joined)


def page_furniture(text: str, tables: Sequence[Span] = ()) -> list[Span]:
    r"""
    Return the spans of page numbers (— 6 —) and running heads, with which a page break cuts a task.

    A number alone on its line may number an item instead; it is a page number where the line before breaks off inside a
    sentence, and never inside a table.

    Examples
    --------
    >>> page_furniture("建设铁\n— 6 —\n路网")
    [(4, 9)]
    """
    found = []
    for match in _PAGE_LINE.finditer(text):
        start, end = match.span("number")
        if match["number"].strip().isdecimal():
            before = text[max(0, start - 60) : start].rstrip()[-24:]
            broken = len(before) == 24 and before[-1] not in _SENTENCE_ENDS and "\n" not in before
            if not broken or any(first <= start < last for first, last in tables):
                continue
        found.append((start, end))
    return _apart([*found, *_running_heads(text, found)])


def _running_heads(text: str, pages: list[Span]) -> Iterator[Span]:
    """Yield the spans of lines that stand beside page number after page number."""
    beside: dict[str, set[Span]] = {}
    for start, end in pages:
        if _HEAD_AFTER.match(text, end) is None:
            continue  # the number stands inside a line
        # The text before a page number is looked at with its own end, so that $ means that place.
        near = text[max(0, start - 60) : start]
        before, after = _HEAD_BEFORE.search(near), _HEAD_AFTER.match(text, end)
        if before:
            first = start - len(near)
            a, b = before.span("words")
            beside.setdefault(re.sub(r"\s", "", before["words"]), set()).add((first + a, first + b))
        if after and after["words"]:
            beside.setdefault(re.sub(r"\s", "", after["words"]), set()).add(after.span("words"))
    for words, spans in beside.items():
        named = len(spans) == _TIMES - 1 and compiled("«furniture:running head»").search(words)
        often = len(spans) >= _TIMES or named
        if often and words and words[-1] not in "。；：，、）" and not _NUMBERED_LINE.match(words):
            yield from spans


def _apart(spans: list[Span]) -> list[Span]:
    """Order spans, and leave out those that reach into one before."""
    kept: list[Span] = []
    for span in sorted(spans):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def is_web_line(line: str) -> bool:
    """Whether a line is a part of a web page, whatever stands around it."""
    return len(line) <= _LONGEST_WEB_LINE and compiled("«furniture:line»").search(line) is not None


def has_web_words(line: str) -> bool:
    """Whether a line that belongs to no item reads as a part of a web page."""
    return compiled("«furniture:word»").search(line) is not None or is_web_line(line)


def is_closing_note(words: str) -> bool:
    """Whether words are a note on the document itself (此件公开发布)."""
    return compiled("«furniture:note»").search(words) is not None
