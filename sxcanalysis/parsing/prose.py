"""What of a document is no item: its title, its preamble, and what is not understood."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from sxcanalysis.parsing.draft import HEADING, NUMBER, PREAMBLE, TASK, TITLE, UNPARSED, Draft

if TYPE_CHECKING:
    from collections.abc import Sequence

_TITLE_WORDS = re.compile(r"清单|方案|通知|意见|分工|要点|计划|措施|办法|规划|安排|任务|决定|报告|工作")


def label_prose(draft: Draft, lines: Sequence[tuple[int, int]]) -> None:
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
            draft.label_loose(start, end, "words that belong to no item")
        elif draft.is_furniture(start, end) and end - start < 60:
            draft.give_up(start, end, "reads as web page furniture")
        elif not after_title and is_title(draft, start, end):
            draft.label(start, end, TITLE)
            after_title = end >= len(draft.chars) or not is_title(draft, end, draft.line_end(end))
        else:
            draft.label(start, end, PREAMBLE)


def is_title(draft: Draft, start: int, end: int) -> bool:
    """Whether a line can be the title of a document."""
    line = draft.chars[start:end]
    if len(line) > 60 or line[-1] in "。；：，":
        return False
    return line.startswith("#") or bool(_TITLE_WORDS.search(line))
