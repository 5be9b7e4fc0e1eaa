"""What a task says of itself: its short title, until when, and whether anybody could check it at the end of the year.

The one clock of tasks and targets: a deadline is kept as the text writes it (到2026年底, 6月底前, 按期). What only compares
(比2020年), starts (自2020年以来) or stands in the title of a document is none.

A task is verifiable where it gives a number to reach, or a *milestone*: an act whose outcome anybody can see in
December (建成, 开工, 设立, 印发 …). Advancing, supporting and improving are none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sxcanalysis.reference.lexicon import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sxcanalysis.parsing.draft import Span
    from sxcanalysis.text.normal_form import Shadow

_DATE = "«deadlines:date»"
_LABELLED = "«deadlines:label»[:：]\\s*(?P<when>[^。；;，,、）)\\n]{1,24})"
_TITLES = re.compile(r"《[^》]{1,80}》|[〔【][^〕】]{1,12}[〕】]|（\d{4}[^（）]{0,12}）")
#: Words that say that there is a time, and not which: a date beside them holds.
_LOOSE = re.compile(r"按|如期|每年|逐年")


def deadlines(text: str) -> Iterator[re.Match[str]]:
    """
    Yield the words of a text that say until when something is to be done, in order.

    Examples
    --------
    >>> [found[0] for found in deadlines("到2026年底建成水厂，产量比2020年增长，6月底前开工。")]
    ['到2026年底', '6月底前']
    """
    titles = [match.span() for match in _TITLES.finditer(text)]
    at = 0
    for found in compiled(_DATE).finditer(text):
        while at < len(titles) and titles[at][1] <= found.start():
            at += 1
        if at < len(titles) and titles[at][0] < found.start():
            continue
        if compiled("«deadlines:no deadline before»").search(text[max(0, found.start() - 1) : found.start()]):
            continue
        if re.match("[比较与同自从]", found[0]) or compiled("«deadlines:no deadline after»").match(
            text, found.end()
        ):
            continue
        yield found


def is_loose(words: str) -> bool:
    """Whether a deadline names no time: 按期, 每年."""
    return _LOOSE.match(words) is not None


def labelled_deadline(words: str) -> tuple[int, int] | None:
    """
    Return the span of the words behind a label of time (完成时限：6月底前), None where there is no time.

    Examples
    --------
    >>> labelled_deadline("责任单位：市科技局；完成时限：6月底")
    (15, 18)
    """
    for found in compiled(_LABELLED).finditer(words):
        when = found["when"]
        if any(True for _ in deadlines(when)) or compiled(
            r"«deadlines:standing»$|.*[年月日季度底末前](?:完成|建成)?$"
        ).match(when):
            return found.span("when")
    return None


def standing_deadline(words: str) -> tuple[int, int] | None:
    """
    Return the span of a clause of an attribution that says how long (省工信厅牵头，持续推进), None where there is none.

    Examples
    --------
    >>> standing_deadline("省工信厅牵头，持续推进")
    (7, 11)
    """
    found = compiled("(?:(?<=[，；。])|^)«deadlines:standing»(?=[，；。）]|$)").search(words)
    return found.span() if found else None


def deadline_of_text(text: str) -> tuple[int, int] | None:
    """
    Return the span of the first deadline of a text, of one that names a time before one that does not (按期).

    Examples
    --------
    >>> deadline_of_text("按期完成清淤，年底前投用。")
    (7, 10)
    """
    found = list(deadlines(text))
    firm = next((match for match in found if not is_loose(match[0])), None) or next(iter(found), None)
    return firm.span() if firm else None


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


def facts_of(
    shadow: Shadow, text: str, words: Span, attribution: Span | None, column: Sequence[Span]
) -> dict[str, object]:
    """
    Return what a task says of itself: ``title deadline deadline_start deadline_end milestone``.

    Its *text* is as the document writes it; *words* and *attribution* are places in the shadow. The deadline is that of
    its *column*, else behind a label (完成时限：), else the first in the text; deadline and milestone are quoted.
    """
    dated = (column[0][0], column[-1][1]) if column else None
    for find, place in (
        (labelled_deadline, attribution), (labelled_deadline, words), (deadline_of_text, attribution),
        (deadline_of_text, words), (standing_deadline, attribution),
    ):  # fmt: skip
        if dated is None and place and (found := find(shadow.chars[slice(*place)])):
            dated = place[0] + found[0], place[0] + found[1]
    reached = milestone(shadow.chars[slice(*words)])
    until = shadow.span(*dated) if dated else (-1, -1)
    return {
        "title": short_title(text),
        "deadline": "".join(_quote(shadow, shadow.span(*span)) for span in (column or filter(None, [dated]))),
        "deadline_start": until[0],
        "deadline_end": until[1],
        "milestone": _quote(shadow, shadow.span(words[0] + reached[0], words[0] + reached[1]))
        if reached
        else "",
    }


def _quote(shadow: Shadow, span: Span) -> str:
    return "".join(shadow.text[slice(*span)].split())
