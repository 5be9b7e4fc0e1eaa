"""Read the quantitative targets in Chinese policy prose: what is measured, comparator, value, unit, for whom, until when."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from functools import cache

from sxcanalysis import _quantity_words as words
from sxcanalysis._numbers import SCALES, Compact, compact
from sxcanalysis._paths import data_dir
from sxcanalysis._quantity_scan import Layout, Quantity, quantities
from sxcanalysis._units import si_factor

_WINDOW = 24  # characters before a number in which its comparator stands
_REACH = 160  # characters before a number in which its metric, scope and deadline stand


@dataclass(frozen=True)
class Target:
    """One quantitative target, and the words it was read from.

    ``value`` and ``unit`` are as written (3.8, 万亩); ``value_si`` and ``unit_si`` are normalised (25333.3, m²).
    Counts keep their own word as ``unit_si``, so that companies and villages never share an axis.
    ``start`` and ``end`` quote the source: ``text[start - offset : end - offset] == quote``.
    """

    metric: str
    metric_en: str
    comparator: str  # eq ge gt le lt about between
    value: float
    unit: str
    value_si: float
    unit_si: str
    scope: str
    deadline: str
    kind: str  # level increment rate count coverage
    quote: str
    start: int
    end: int
    value_high: float | None = None
    value_high_si: float | None = None
    dimension: str = ""
    direction: str = ""  # up, down, or empty
    baseline: str = ""
    subset_of: int | None = None  # index of the target that this is a part of (其中)
    assumed: str = ""  # what the reading adds to the words


@dataclass(frozen=True)
class QuantityFinding:
    """Something about a quantity that a person should look at."""

    code: str
    severity: str  # "warning" or "info"
    message: str
    hint: str
    start: int
    end: int


@dataclass
class _State:
    """What one sentence hands on from one quantity to the next."""

    sentence: int = -1
    deadline: str = ""
    scope: str = ""
    subject: str = ""
    verb: str = ""
    last_end: int = 0
    last_clause: int = -1
    last_index: int | None = None
    parent: int | None = None
    baseline: Quantity | None = None
    blocked_end: int = 0
    run: int = 0  # targets of this sentence so far


def extract_targets(text: str, *, offset: int = 0) -> tuple[list[Target], list[QuantityFinding]]:
    """Read the quantitative targets of a text.

    Ordinals, dates, grades, names, document numbers and counts of what exists already are no targets.
    达到 alone is read as ``eq``: the words do not say "or more". 以上, 以下 and 以内 include the number
    (``ge``, ``le``), 超过 and 低于 do not (``gt``, ``lt``); 余 and 多 after a number are ``gt``; 约, 近 and 左右
    are ``about``.

    Parameters
    ----------
    text
        The words of one task, or any prose. White space and line ends within it do not matter.
    offset
        Added to every ``start`` and ``end``: the position of ``text`` in its document.

    Returns
    -------
    tuple of list
        The targets in the order of the text, and the findings (unknown units, numbers without one).

    Examples
    --------
    >>> targets, findings = extract_targets("年内三市计划完成造林3.8万亩，秸秆综合利用率不低于95%。")
    >>> [(t.metric, t.comparator, t.value, t.unit, t.deadline) for t in targets]
    [('造林', 'eq', 3.8, '万亩', '年内'), ('秸秆综合利用率', 'ge', 95.0, '%', '年内')]
    """
    doc = compact(text)
    layout = Layout(doc.text)
    found = quantities(doc.text)
    reader = _Reader(text, offset, doc, layout, found)
    i = 0
    while i < len(found):
        i = reader.read(i)
    return reader.targets, reader.findings


class _Reader:
    """Goes through the quantities of one text in order; what it has read bears on what follows."""

    def __init__(self, text: str, offset: int, doc: Compact, layout: Layout, found: list[Quantity]) -> None:
        self.source = text
        self.offset = offset
        self.doc = doc
        self.text = doc.text
        self.layout = layout
        self.found = found
        self.state = _State()
        self.targets: list[Target] = []
        self.findings: list[QuantityFinding] = []

    def read(self, i: int) -> int:
        """Read the quantity at ``i`` with those that share its words; return the index after them."""
        q = self.found[i]
        state = self.state
        sentence = self.layout.sentence(q.start)
        if sentence != state.sentence:
            self.state = state = _State(sentence=sentence, last_end=state.last_end, blocked_end=state.blocked_end)
        clause, clause_end = self.layout.clause(q.start)
        segment = max(clause, state.last_end if state.last_end <= q.start else clause, q.start - _REACH)
        left = self.text[segment : q.start]
        left, state.baseline = self._drop_baseline(left, segment, state.baseline)
        before = words.BEFORE_RE.search(left[-_WINDOW:])
        prefix = before[0] if before and not q.special else ""
        body = left[: len(left) - len(prefix)]
        after = words.AFTER_RE.match(self.text, q.end, clause_end)
        suffix_end = after.end() if after and not q.special else q.end
        if after and after["in"] and not q.special:
            suffix_end = q.end + 1
        comparator = self._comparator(q, prefix, after)
        if self._is_baseline(left, q, clause_end):
            state.baseline = q
            return i + 1
        group = self._group(i, body, clause_end)
        last = self.found[group[-1]]
        if len(group) > 1:
            after = words.AFTER_RE.match(self.text, last.end, clause_end)
            suffix_end = after.end() if after else last.end
        right = self._right(suffix_end, clause_end, group[-1])
        if not self._accept(q, body, prefix, after, right, clause, suffix_end, group[-1]):
            if self.text.startswith("的", suffix_end) or q.unit is None:
                return i + 1
            state.blocked_end = suffix_end
            return i + 1
        for k in group:
            if k != i and self.found[k].unit is None:
                self.found[k] = replace(self.found[k], unit=last.unit, written_unit=last.written_unit)
        if len(group) > 1 and self.found[i].unit is None:
            self.found[i] = replace(q, unit=last.unit, written_unit=last.written_unit)
        self._add(group, body, prefix, comparator, after, right, segment, suffix_end, clause)
        return group[-1] + 1
