"""Read the quantitative targets in Chinese policy prose: what is measured, comparator, value, unit, for whom, until when."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from functools import cache

from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.core.paths import data_file
from sxcanalysis.parsing.targets import patterns
from sxcanalysis.parsing.targets.clauses import (
    REACH,
    Reading,
    Sentence,
    Words,
    comparator_of,
    comparators_of,
    deadline_of,
    group_of,
    is_part,
    metrics_of,
    noun_after,
    pair,
    remember_baseline,
    scope_of,
    words_around,
)
from sxcanalysis.parsing.targets.judging import baseline_start, is_target
from sxcanalysis.parsing.targets.quantities import Layout, Quantity, quantities, with_unit_of
from sxcanalysis.parsing.task_facts import deadlines
from sxcanalysis.reference.lexicon import compiled
from sxcanalysis.reference.units import SCALES
from sxcanalysis.reference.words import say, spoken
from sxcanalysis.text.normal_form import Shadow, cast_shadow

_MORE_OR_LESS = re.compile(r"[一-龥]{0,4}(?:新增|净增)|增加|减少|压减")

_STATE = re.compile(r"(?:率|年限|水平|占比|比[重例]|强度)$")
_NUMBER_OF = re.compile(r"(?<![指系倍分])数量?$")


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
    direction: str = ""  # up: fulfilled at the value or more; down: at the value or less; empty: neither
    baseline: str = ""
    subset_of: int | None = None  # index of the target that this is a part of (其中)
    assumed: str = ""  # what the reading adds to the words


@dataclass(frozen=True)
class QuantityFinding:
    """Something about a quantity that a person should look at."""

    code: str
    severity: str  # "warning" or "info"
    hint: str
    start: int
    end: int


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
    targets, findings = targets_in(cast_shadow(text, amounts=True))
    if offset:
        targets = [replace(t, start=t.start + offset, end=t.end + offset) for t in targets]
        findings = [replace(f, start=f.start + offset, end=f.end + offset) for f in findings]
    return targets, findings


def targets_in(doc: Shadow) -> tuple[list[Target], list[QuantityFinding]]:
    """Read the targets of a shadow that keeps amounts; spans are those of its text."""
    found, vague = quantities(doc.chars)
    if not found and not vague:
        return [], []
    reading = Reading(doc, Layout(doc), found)
    targets: list[Target] = []
    findings: list[QuantityFinding] = []
    i = 0
    while i < len(reading.found):
        group, words = _read(reading, i)
        i = group[-1] + 1
        if words is not None:
            targets.extend(_add(reading, group, words))
            findings.extend(_unit_findings(reading, group))
    for start, end in vague:
        if compiled(patterns.WORK).search(doc.chars, max(0, start - 20), start):
            findings.append(_finding("vague_quantity", doc, *doc.span(start, end)))
    untold = (reading.found[i] for i in reading.untold)
    findings += [_finding("quantity_unread", doc, *doc.span(q.start, q.end)) for q in untold]
    return targets, sorted(findings, key=lambda finding: finding.start)


def _read(r: Reading, i: int) -> tuple[list[int], Words | None]:
    """Read the quantity at ``i`` with those that share its words; None for the words if it is no target."""
    q = r.found[i]
    start = r.layout.sentence(q.start)
    if start != r.sentence.start:
        sentence = r.doc.chars[start : r.layout.end(q.start)]
        r.dates = [(start + found.start(), start + found.end()) for found in deadlines(sentence)]
        head = compiled(patterns.SCOPE_HEAD).match(r.doc.chars, start)
        r.sentence = Sentence(start=start, scope=(head["whole"] or head["place"]) if head else "")
    w = words_around(r, i)
    group = group_of(r, i, w)
    from_here = baseline_start(r, w, w.tail if len(group) == 1 else r.found[group[-1]].end)
    if from_here is not None:
        remember_baseline(r, w, group, from_here)
        return group, None
    if len(group) > 1:
        last = r.found[group[-1]]
        for k in group:
            if r.found[k].unit is None:
                r.found[k] = with_unit_of(r.found[k], last)
        tail, comparator = comparator_of(r.doc.chars, last, w.prefix, w.clause_end)
        noun, noun_end = noun_after(r, group[-1], tail, w.clause_end)
        w = replace(w, tail=tail, comparator=comparator, noun=noun, noun_end=noun_end)
    verdict = is_target(r, i, group[-1], w)
    if verdict is None:
        r.untold.append(i)
    return (group, w) if verdict else ([i], None)


def _add(r: Reading, group: list[int], w: Words) -> list[Target]:
    """Make the targets of one group of quantities, and remember what the rest of the sentence needs."""
    s = r.sentence
    q = r.found[group[0]]
    metric, subject, counted = metrics_of(w, q, s)
    pairs = pair(metric, subject, w, group, q, s)
    deadline = deadline_of(r, group[0])
    scope = scope_of(r, w, q)
    s.in_parts = is_part(r, w)
    s.whole = (s.last_index if s.parent is None else s.parent) if s.in_parts else None
    begin = w.subject_at if w.subject else w.segment + len(w.left) - len(w.prefix) - len(w.change)
    begin = max(min(begin, q.start), w.segment)
    end = max(w.noun_end if counted else w.tail, w.tail)
    comparators = dict(zip(group, comparators_of(r, group, w), strict=True)) if len(group) > 1 else {}
    made = [
        _target(
            r, r.found[k], replace(w, comparator=comparators.get(k, w.comparator)), (name, scope, deadline), (begin, end)
        )
        for name, k in pairs
    ]  # fmt: skip
    r.made += len(made)
    s.last_index = r.made - 1
    if s.whole is None:
        s.parent = s.last_index
    if subject:
        s.subjects = tuple(dict.fromkeys([*s.subjects, subject]))[-4:]
    s.last_clause, s.last_tail, s.last_unit, s.baseline = w.clause, end, r.found[group[-1]].unit, ""
    s.baseline_end = -1
    r.bound = end
    return made


def _target(r: Reading, q: Quantity, w: Words, read: tuple[str, str, str], span: tuple[int, int]) -> Target:
    low, high = max(r.sentence.start, span[0] - REACH), span[1]
    metric, scope, deadline = (r.doc.as_written(words, low, high) for words in read)
    factor = SCALES[q.scale] * (q.unit.factor if q.unit else 1.0)
    start, end = r.doc.span(*span)
    return Target(
        metric=metric,
        metric_en=glossary().get(metric, ""),
        comparator=w.comparator,
        value=q.value,
        unit=q.written_unit,
        value_si=_tidy(q.value * factor),
        unit_si=q.unit.unit_si if q.unit else q.written_unit.removeprefix(q.scale),
        scope=scope,
        deadline=deadline,
        kind=_kind(q, w, metric),
        quote=r.doc.text[start:end],
        start=start,
        end=end,
        value_high=q.high,
        value_high_si=None if q.high is None else _tidy(q.high * factor),
        dimension=q.unit.dimension if q.unit else "",
        direction=_direction(q, w),
        baseline=r.sentence.baseline,
        subset_of=r.sentence.whole,
        assumed=_assumed(q, w.comparator),
    )


def _direction(q: Quantity, w: Words) -> str:
    """Say where a target is fulfilled: at its value or above (up), at its value or below (down)."""
    if q.special in {"double", "coverage"}:
        return "up"
    if w.direction:
        return w.direction
    if w.comparator in {"le", "lt"} or (
        w.comparator == "eq" and compiled(patterns.DOWNWARD).search(w.prefix)
    ):
        return "down"
    return "" if w.comparator in {"between", "about"} or q.special else "up"


def _assumed(q: Quantity, comparator: str) -> str:
    """Say what the reading adds to the words."""
    notes = []
    if q.special == "coverage":
        notes.append("全覆盖 is read as a coverage of 100 %")
    elif q.special == "double":
        notes.append(f"翻番 is read as {q.value:g} times the starting value")
    elif q.special == "zero":
        notes.append("零增长 is read as a growth of 0 %")
    if q.more and comparator == "gt":
        notes.append("余 or 多 is read as more than the number")
    if q.unit is None and not q.written_unit.removeprefix(q.scale):
        notes.append("no unit is written")
    return "; ".join(notes)


def _tidy(value: float) -> float:
    """Return a product without the dust of binary fractions."""
    return float(f"{value:.10g}")


def _kind(q: Quantity, w: Words, metric: str) -> str:
    dimension = q.unit.dimension if q.unit else ""
    if (
        q.special in {"double", "zero"}
        or w.change
        or dimension == "ratio difference"
        or (_MORE_OR_LESS.match(metric) and not _STATE.search(metric))
    ):
        return "increment"
    if q.special == "coverage" or ("覆盖" in metric and dimension == "ratio"):
        return "coverage"
    if dimension == "ratio":
        return "rate"
    counted = dimension in {"count", "containers"} or (not dimension and _NUMBER_OF.search(metric))
    return "count" if counted else "level"


def _unit_findings(r: Reading, group: list[int]) -> list[QuantityFinding]:
    """Report numbers whose unit the table of units does not know, or that have none."""
    found = []
    for q in (r.found[k] for k in group):
        if q.unit is not None or q.special or q.written == "fraction":
            continue
        start, end = r.doc.span(q.start, q.end)
        name = q.written_unit.removeprefix(q.scale)
        found.append(_finding("unknown_unit" if name else "no_unit", r.doc, start, end, unit=name))
    return found


def _finding(code: str, doc: Shadow, start: int, end: int, *, unit: str | None = None) -> QuantityFinding:
    """Say what is to be looked at in a quantity; one whose `unit` is doubtful stays a target, hence a warning."""
    hint = say(f"finding.{code}", "en", words=doc.text[start:end], unit=unit)
    return QuantityFinding(code, "info" if unit is None else "warning", hint, start, end)


@cache
def glossary() -> dict[str, str]:
    """Return the English names of metrics (``data/reference/metrics.csv``); what is not in it has none."""
    path = data_file("reference/metrics.csv")
    if not path.is_file():
        raise MissingDataError(say("error.targets_no_metrics", spoken(), file=path))
    with path.open(encoding="utf-8", newline="") as file:
        return {row["metric"]: row["metric_en"] for row in csv.DictReader(file)}
