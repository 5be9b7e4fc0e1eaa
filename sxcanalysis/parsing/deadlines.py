"""Until when: the one clock for tasks and targets.

A deadline is kept as the text writes it (到2026年底, 6月底前, 按期). What only compares (比2020年), starts
(自2020年以来) or stands in the title of a document is none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sxcanalysis.reference.lexicon import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATE = "«deadlines:date»"
_LABELLED = "«deadlines:label»[:：]\\s*(?P<when>[^。；;，,、）)\\n]{1,24})"
_TITLES = re.compile(r"《[^》]{1,80}》|[〔【][^〕】]{1,12}[〕】]|（\d{4}[^（）]{0,12}）")
#: Words that say that there is a time, and not which: a date beside them holds.
_LOOSE = re.compile(r"按|如期|每年|逐年")


def deadlines(text: str) -> Iterator[re.Match[str]]:
    """
    Yield the words of a text that say until when something is to be done, in order.

    Parameters
    ----------
    text
        Text without line ends, with half-width digits.

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
