"""The parts of a document: notice, body and annexes, each with its title; and what of them is no item."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sxcanalysis.parsing.draft import (
    FURNITURE,
    HEADING,
    NUMBER,
    PREAMBLE,
    TASK,
    TITLE,
    UNPARSED,
    Draft,
    has_web_words,
    is_web_line,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sxcanalysis.parsing.draft import Span

_TITLE_WORDS = re.compile(
    r"清单|方案|通知|意见|分工|要点|计划|措施|办法|规划|安排|任务|决定|报告|工作|表$|目录$"
)
# What gives notice of a list, or explains it, is none.
_NOTICE = re.compile(r"(?:通知|通告|公告|函|解读|说明|问答|答记者问|解析|起草情况)$|解读[：:]|^一图读懂")
_SAYS_SO = re.compile("(?:通知|解读|说明)如下")
_ANNEX = re.compile(
    r"[（【]?附(?:件|表|录)[一二三四五六七八九十\d]{0,3}(?:[—-]\d{1,2})?[】）]?(?P<colon>[：:.、]?)"
)
_DATE_LINE = re.compile(r"20\d\d年\d{1,2}月\d{1,2}日|二〇[〇一二三四五六七八九]{2}年.{2,4}月.{1,3}日")
_FIRST_ANNEX = re.compile(r"附件：1[.、]")
_NEXT_ANNEX = re.compile(r"(\d{1,2})[.、]")
_LONGEST_TITLE = 60
_LONGEST_ENTRY = 80
_TITLE_LINES = 2
_OPENING = 1500  # characters in which a notice says that it is one


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document; positions in the shadow."""

    start: int
    end: int
    title: str = ""
    annex: bool = False
    no_list: bool = False  # a notice or an explanation: without an attribution nothing in it is a task


def is_title(draft: Draft, start: int, end: int) -> bool:
    """Whether a line can be the title of a document."""
    line = draft.chars[start:end]
    if len(line) > _LONGEST_TITLE or line[-1] in "。；：，":
        return False
    return line.startswith("#") or bool(_TITLE_WORDS.search(line))


def set_aside(draft: Draft, lines: Sequence[Span]) -> list[Span]:
    """Label what surrounds the list: parts of web pages, and the list of annexes (附件：1. … 2. …); return the other lines."""
    kept: list[Span] = []
    expected = 0
    for start, end in lines:
        line = draft.chars[start:end]
        number = _NEXT_ANNEX.match(line)
        if is_web_line(line):
            draft.label(start, end, FURNITURE)
            continue
        if _FIRST_ANNEX.match(line) and _is_entry(line):
            expected = 2
        elif expected and number and int(number[1]) == expected and _is_entry(line[number.end() :]):
            expected += 1
        else:
            expected = 0
            kept.append((start, end))
            continue
        draft.label(start, end, PREAMBLE)
    return kept


def _is_entry(line: str) -> bool:
    return len(line) <= _LONGEST_ENTRY and not re.search("[。；）]|(?:单位|部门)：", line)


def find_sections(draft: Draft, lines: Sequence[Span]) -> list[Section]:
    """Part a document at its annexes (附件1 ⏎ 任务表), and where a title follows the date of a notice; label their titles."""
    starts: list[tuple[int, str, bool]] = [(0, _first_title(draft, lines), False)]
    for i, (start, end) in enumerate(lines):
        marker = _ANNEX.match(draft.chars, start, end)
        rest = draft.chars[marker.end() : end] if marker else ""
        if marker and _opens(marker, rest):
            title = [draft.quote(marker.end(), end)] if rest else []
            draft.label(start, end, TITLE)
            for line in lines[i + 1 : i + 1 + _TITLE_LINES * (not rest)]:
                near = not title or line[0] == end
                if not near or not draft.is_heading_line(*line) or _opens_list(draft, line):
                    break
                draft.label(*line, TITLE)
                title.append(draft.quote(*line))
                end = line[1]  # noqa: PLW2901  # the title goes on
            starts.append((start, "".join(title).strip("# *"), True))
        elif i and _DATE_LINE.fullmatch(draft.chars, *lines[i - 1]) and is_title(draft, start, end):
            draft.label(start, end, TITLE)
            starts.append((start, draft.quote(start, end).strip("# *"), False))
    ends = [start for start, _, _ in starts[1:]] + [len(draft.chars)]
    return [
        Section(start, end, title if annex else "", annex, _is_notice(draft, start, end, title))
        for (start, title, annex), end in zip(starts, ends, strict=True)
    ]


def _is_notice(draft: Draft, start: int, end: int, title: str) -> bool:
    """Whether a section gives notice of a list, or explains one."""
    named = _NOTICE.search(re.sub(r"[（(].*[）)]$|\s", "", title)) is not None
    return named or _SAYS_SO.search(draft.chars, start, min(end, start + _OPENING)) is not None


def _opens(marker: re.Match[str], rest: str) -> bool:
    """Whether a line that begins with 附件 stands over an annex, and does not speak of one."""
    if not rest:
        return True
    numbered = marker[0][-1].isdecimal() or bool(marker["colon"])
    return numbered and len(rest) <= _LONGEST_TITLE and not re.search("[。；，]|^\\d|[）：]$", rest)


def _opens_list(draft: Draft, line: Span) -> bool:
    return re.match(r"[（(]?[一二三四五六七八九十\d]{1,3}[）)、.]", draft.chars[slice(*line)]) is not None


def _first_title(draft: Draft, lines: Sequence[Span]) -> str:
    titles = [draft.quote(*line) for line in lines[:6] if is_title(draft, *line)]
    return titles[0] if titles else ""


def label_prose(draft: Draft, lines: Sequence[Span]) -> None:
    """Label the title and the preamble, and say of the rest why it is not understood."""
    labelled = np.isin(draft.kind, (HEADING, NUMBER, TASK))
    first = int(np.argmax(labelled)) if labelled.any() else len(draft.chars)
    after_title = False
    for start, end in lines:
        if draft.kind[start] != UNPARSED or start in draft.hints:
            continue
        rest = draft.kind[start:end] != UNPARSED
        end = start + int(np.argmax(rest)) if rest.any() else end  # noqa: PLW2901  # an item begins inside
        if start >= first:
            draft.label_loose(start, end, "unparsed.no_item")
        elif has_web_words(draft.chars[start:end]) and end - start < _LONGEST_TITLE:
            draft.label(start, end, FURNITURE)
        elif not after_title and is_title(draft, start, end):
            draft.label(start, end, TITLE)
            after_title = end >= len(draft.chars) or not is_title(draft, end, draft.line_end(end))
        else:
            draft.label(start, end, PREAMBLE)
