"""What pages and web sites put around a list: page numbers, running heads, buttons, feet (``data/lexicon/furniture.csv``)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from sxcanalysis.reference import lexicon
from sxcanalysis.text.lines import DASHED_PAGE, NAMED_PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_Span = tuple[int, int]

_END_OF_LINE = r"(?=[ \t\u3000\r]*(?:\n|$))"
_PAGE_LINE = re.compile(
    rf"(?<![^\n])[ \t\u3000\f\r]*(?P<number>{DASHED_PAGE}(?=[ \t\u3000\r]*(?:\n|$)|[\u4e00-\u9fff，、。；）])"
    rf"|{NAMED_PAGE}{_END_OF_LINE}|\d{{1,4}}{_END_OF_LINE})"
)
_HEAD_BEFORE = re.compile(r"\n[ \t\u3000\r]*(?P<words>[^\n]{2,40}?)[ \t\u3000\r]*\n\s*$")
_HEAD_AFTER = re.compile(r"[ \t\u3000\r]*(?:$|\n\s*(?P<words>[^\n]{2,40}?)[ \t\u3000\r]*(?:\n|$))")
_NUMBERED = re.compile(r"[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]")
_ENDS = "。；！？：）】”.;!?:)]"
_TIMES = 3  # a line of the list itself may stand beside a page number once or twice by chance
_LONGEST_LINE = 120


def page_furniture(text: str, tables: Sequence[_Span] = ()) -> list[_Span]:
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
            broken = len(before) == 24 and before[-1] not in _ENDS and "\n" not in before
            if not broken or any(first <= start < last for first, last in tables):
                continue
        found.append((start, end))
    return _apart([*found, *_running_heads(text, found)])


def _running_heads(text: str, pages: list[_Span]) -> Iterator[_Span]:
    """Yield the spans of lines that stand beside page number after page number."""
    beside: dict[str, set[_Span]] = {}
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
        named = len(spans) == _TIMES - 1 and _pattern("running head").search(words)
        often = len(spans) >= _TIMES or named
        if often and words and words[-1] not in "。；：，、）" and not _NUMBERED.match(words):
            yield from spans


def _apart(spans: list[_Span]) -> list[_Span]:
    """Order spans, and leave out those that reach into one before."""
    kept: list[_Span] = []
    for span in sorted(spans):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def is_web_line(line: str) -> bool:
    """Whether a line is a part of a web page, whatever stands around it."""
    return len(line) <= _LONGEST_LINE and _pattern("line").search(line) is not None


def has_web_words(line: str) -> bool:
    """Whether a line that belongs to no item reads as a part of a web page."""
    return _pattern("word").search(line) is not None or is_web_line(line)


def is_closing_note(words: str) -> bool:
    """Whether words are a note on the document itself (此件公开发布)."""
    return _pattern("note").search(words) is not None


@cache
def _pattern(group: str) -> re.Pattern[str]:
    return re.compile(lexicon.alternatives("furniture", group))
