"""What a task says of itself: its short title, until when, and whether anybody could check it at the end of the year.

A task is verifiable where it gives a number to reach, or a *milestone*: an act whose outcome anybody can see in
December (建成, 开工, 设立, 印发 …). Advancing, supporting and improving are none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sxcanalysis.parsing.deadlines import deadline_of_text, labelled_deadline
from sxcanalysis.reference.lexicon import compiled
from sxcanalysis.reference.words import english_names
from sxcanalysis.text.normal_form import Shadow, cast_shadow

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Find = Callable[[str], tuple[int, int] | None]

NOWHERE = (-1, -1)

_ACT = """(?:^|[，。；：！])(?P<words>
  (?:(?!«milestones:process»)[一-龥]{2,12}?(?:«milestones:manner»){1,4}+  # 县级市逐步全面取消…
    |(?:«deadlines:date»|«milestones:manner»){0,4}+)
  «milestones:act»(?:并|和|实施|«milestones:act»){0,2}+(?!«milestones:vague»)[^，。；：！]{2,})"""
_RESULT = """(?<=[，。；：！])?(?P<words>[^，。；：！]{2,40}«milestones:result»)(?=[，。；！、]|$)"""
_TITLE_STOP = re.compile(r"[，。；：！？,;:!?\n]")


def milestone(text: str) -> tuple[int, int] | None:
    """
    Return the span of the first words that say what will be there, None where the text only speaks of going on.

    Examples
    --------
    >>> milestone("加快推进前期工作，开工建设甲公路。")
    (9, 16)
    >>> milestone("持续推进甲公路建设，完善机制。") is None
    True
    """
    found = [
        match.span("words") for template in (_ACT, _RESULT) if (match := compiled(template).search(text))
    ]
    return min(found, default=None)


def short_title(text: str) -> str:
    """
    Return the short name that the text of a task opens with, or its first clause.

    Examples
    --------
    >>> short_title("【科创圈】推进建设，完善机制。"), short_title("推进建设，完善机制。")
    ('科创圈', '推进建设')
    """
    named = re.match(r"[【〔\[]([^】〕\]]{2,40})[】〕\]]", text)
    words = named[1] if named else _TITLE_STOP.split(text.lstrip(" 　*#"), maxsplit=1)[0]
    return "".join(words.split()) if re.search("[\u4e00-\u9fff]", words) else words.strip()


def add_facts(tasks: pd.DataFrame, text: str) -> pd.DataFrame:
    """
    Add to a table of tasks what their words say of themselves.

    Parameters
    ----------
    tasks
        ``task_id text attribution start end attribution_start attribution_end``; ``deadline_start deadline_end``
        where a column of a table holds the deadline (-1 where none does).
    text
        The document.

    Returns
    -------
        The table with ``title title_en deadline deadline_start deadline_end milestone``. *deadline* is as written: that
        of its column, else behind a label (完成时限：), else the first in the text. *milestone* quotes the words.
    """
    given = ("deadline_start", "deadline_end")
    if not set(given) <= set(tasks.columns):
        tasks = tasks.assign(deadline_start=-1, deadline_end=-1)
    columns = ("task_id", "text", "start", "end", "attribution_start", "attribution_end", *given)
    rows = []
    doc = cast_shadow(text, amounts=True)
    english = english_names("task")
    for task_id, words, start, end, closes_from, closes_to, *column in zip(
        *(tasks[c] for c in columns), strict=True
    ):
        dated = tuple(column) if column[0] >= 0 else NOWHERE
        for find, low, high in (
            (labelled_deadline, closes_from, closes_to), (labelled_deadline, start, end),
            (deadline_of_text, closes_from, closes_to), (deadline_of_text, start, end),
        ):  # fmt: skip
            if dated == NOWHERE and low >= 0:
                dated = _find(find, doc, low, high)
        reached = _find(milestone, doc, start, end)
        rows.append(
            (short_title(words), english.get(task_id, ""), _quote(text, dated), *dated, _quote(text, reached))
        )
    names = ["title", "title_en", "deadline", "deadline_start", "deadline_end", "milestone"]
    return tasks.assign(**{name: [row[i] for row in rows] for i, name in enumerate(names)})


def _find(find: Find, doc: Shadow, start: int, end: int) -> tuple[int, int]:
    """Find words in a stretch of the document, whatever line ends and widths of signs it has."""
    part = doc.part(start, end)
    found = find(part.chars)
    return NOWHERE if found is None else part.span(*found)


def _quote(text: str, span: tuple[int, int]) -> str:
    return "" if span == NOWHERE else "".join(text[slice(*span)].split())
