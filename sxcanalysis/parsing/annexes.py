"""The list of annexes at the foot of a notice: numbered like tasks, and none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sxcanalysis.parsing.draft import PREAMBLE, Draft

if TYPE_CHECKING:
    from collections.abc import Sequence

_Span = tuple[int, int]
_FIRST = re.compile(r"附件：1[.、]")
_NEXT = re.compile(r"(\d{1,2})[.、]")
_LONGEST = 80


def without_annexes(draft: Draft, lines: Sequence[_Span]) -> list[_Span]:
    """Label every list of annexes (附件：1. … 2. …) as preamble; return the other lines."""
    kept: list[_Span] = []
    expected = 0
    for start, end in lines:
        number = _NEXT.match(draft.chars, start, end)
        if _FIRST.match(draft.chars, start, end) and _is_title(draft, start, end):
            expected = 2
        elif expected and number and int(number[1]) == expected and _is_title(draft, number.end(), end):
            expected += 1
        else:
            expected = 0
            kept.append((start, end))
            continue
        draft.label(start, end, PREAMBLE)
    return kept


def _is_title(draft: Draft, start: int, end: int) -> bool:
    return end - start <= _LONGEST and not re.search("[。；）]|(?:单位|部门)：", draft.chars[start:end])
