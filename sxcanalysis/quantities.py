"""Read the quantitative targets in Chinese policy prose: what is measured, comparator, value, unit, for whom, until when."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from functools import cache

from sxcanalysis import _quantity_words as words
from sxcanalysis._errors import MissingDataError
from sxcanalysis._numbers import SCALES, Compact, compact
from sxcanalysis._paths import data_dir
from sxcanalysis._quantity_scan import Layout, Quantity, quantities, with_unit_of
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
class _Sentence:
    """What one sentence hands on from one quantity to the next."""

    start: int = -1
    deadline: str = ""
    deadline_upto: int = 0
    scope: str = ""
    subjects: tuple[str, ...] = ()
    verb: str = ""
    last_clause: int = -1
    last_tail: int = -1
    last_index: int | None = None
    parent: int | None = None
    baseline: str = ""


@dataclass
class _Reading:
    """One text on its way through the reader."""

    source: str
    offset: int
    doc: Compact
    layout: Layout
    found: list[Quantity]
    targets: list[Target]
    findings: list[QuantityFinding]
    sentence: _Sentence
    bound: int = 0  # no metric reaches back beyond this


@dataclass(frozen=True)
class _Words:
    """The words of one clause around a quantity."""

    clause: int
    clause_end: int
    segment: int
    left: str  # from the segment to the number
    prefix: str  # the comparator at its end
    subject: str  # what is left of it: cleaned
    subject_at: int
    change: str  # 增长, 下降 … at its end
    direction: str
    spread: str  # "each" 分别, "all" 均
    comparator: str
    tail: int  # where number, unit and 以上 end
    noun: str  # the counted thing after it
    noun_end: int


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
    reading = _Reading(
        text, offset, doc, Layout(doc.text, doc.breaks), quantities(doc.text), [], [], _Sentence()
    )
    i = 0
    while i < len(reading.found):
        i = _read(reading, i)
    return reading.targets, reading.findings


def _read(r: _Reading, i: int) -> int:
    """Read the quantity at ``i`` with those that share its words; return the index after them."""
    q = r.found[i]
    start = r.layout.sentence(q.start)
    if start != r.sentence.start:
        r.sentence = _Sentence(start=start, deadline_upto=start)
    w = _words(r, i)
    if _is_baseline(r, i, w):
        r.sentence.baseline = r.doc.text[q.start : q.end]
        r.bound = q.start if w.left.endswith(("由", "从")) else r.bound
        return i + 1
    group = _group(r, i, w)
    if len(group) > 1:
        last = r.found[group[-1]]
        for k in group:
            if r.found[k].unit is None:
                r.found[k] = with_unit_of(r.found[k], last)
        tail, comparator = _comparator(r.doc.text, last, w.prefix, w.clause_end)
        noun, noun_end = _noun(r, group[-1], tail, w.clause_end)
        w = replace(w, tail=tail, comparator=comparator, noun=noun, noun_end=noun_end)
    if not _is_target(r, i, group[-1], w):
        return i + 1
    _add(r, group, w)
    return group[-1] + 1


def _words(r: _Reading, i: int) -> _Words:
    q, text = r.found[i], r.doc.text
    clause, clause_end = r.layout.clause(q.start)
    segment = max(clause, r.bound if r.bound <= q.start else 0, q.start - _REACH)
    left = text[segment : q.start]
    before = words.BEFORE_RE.search(left[-_WINDOW:])
    prefix = before[0] if before and not q.special else ""
    rest = left[: len(left) - len(prefix)]
    tail, comparator = _comparator(text, q, prefix, clause_end)
    change = (
        words.CHANGE_RE.search(rest[-_WINDOW:])
        if not q.special or q.special != "coverage"
        else None
    )
    direction = verb = ""
    if change:
        direction = "up" if change["up"] else "down"
        verb = change[0]
        rest = rest[: len(rest) - len(verb)]
    spread = words.SPREAD.search(left[-_WINDOW:])
    subject, at = _clean(rest, segment)
    noun, noun_end = _noun(r, i, tail, clause_end)
    return _Words(
        clause, clause_end, segment, left, prefix, subject, at, verb, direction,
        (spread.lastgroup or "") if spread else "", comparator, tail, noun, noun_end,
    )  # fmt: skip


def _comparator(text: str, q: Quantity, prefix: str, clause_end: int) -> tuple[int, str]:
    """Return where the quantity ends with its 以上, 左右 …, and its comparator."""
    if q.special:
        return q.end, "eq"
    after = words.AFTER_RE.match(text, q.end)
    tail = q.end
    behind = ""
    if after:
        behind = after.lastgroup or ""
        tail = q.end + 1 if behind == "in" else after.end()
    found = [words.BEFORE[m] for m in words.BEFORE_TOKEN.findall(prefix)]
    strict = [c for c in found if c in {"ge", "le", "gt", "lt"}]
    if q.high is not None:
        return min(tail, max(clause_end, q.end)), "between"
    if strict:
        comparator = strict[-1]
    elif behind:
        comparator = "le" if behind == "in" else behind
    elif q.more:
        comparator = "gt"
    elif "about" in found:
        comparator = "about"
    else:
        comparator = "eq"
    return tail, comparator


def _clean(rest: str, at: int) -> tuple[str, int]:
    """Strip a metric of dates, comparisons and auxiliaries at both ends; return it with its position."""
    for _ in range(4):
        size = len(rest)
        rest = words.TRAIL.sub("", rest)
        compared = None
        for compared in words.COMPARED.finditer(rest):
            pass
        if compared and compared.end() >= len(rest):
            rest = rest[: compared.start()]
        lead = words.LEAD.match(rest)
        if lead:
            rest, at = rest[lead.end() :], at + lead.end()
        compared = words.COMPARED.match(rest)
        if compared:
            rest, at = rest[compared.end() :], at + compared.end()
        if len(rest) == size:
            break
    return rest, at


def _noun(r: _Reading, i: int, tail: int, clause_end: int) -> tuple[str, int]:
    """Return the counted thing that follows a quantity (32个绿美村庄) and where it ends."""
    text = r.doc.text
    end = min(clause_end, tail + 40)
    following = r.found[i + 1].start if i + 1 < len(r.found) else len(text)
    raw = text[tail : min(end, following)]
    if following < end:  # up to the list mark or the verb before the next number
        cut = max(raw.rfind("、"), raw.rfind("和"), raw.rfind("及"), raw.rfind("与"))
        if cut >= 0:
            raw = raw[:cut]
        else:
            verb = next(
                (m.start() for m in words.ACTION_RE.finditer(raw) if m.start() > 1), len(raw)
            )
            raw = raw[:verb]
    elif "、" in raw:
        cut = raw.index("、")
        if words.ACTION_RE.match(raw, cut + 1):
            raw = raw[:cut]
    lead = 1 if raw.startswith("的") else 0
    noun = re.sub(r"(?:任务|工作|目标|等)$", "", raw[lead:])
    return noun, tail + lead + len(noun)


def _is_baseline(r: _Reading, i: int, w: _Words) -> bool:
    """Tell a starting value (由8天压缩至5天, 较目前的76岁) from the value to be reached."""
    if (
        re.search(
            r"(?:由|从|较|(?<![占之对同])比|(?<![来])自)(?:20\d\d年|上年|去年|目前|现在|原来|现行|原先|法定)?(?:年?底|末)?的?(?:约|平均)?$",
            w.left,
        )
        is None
    ):
        return False
    following = r.doc.text[w.tail : w.clause_end]
    return (
        bool(re.search(r"到|至|为|增|提|升|降|压|缩|减|继续", following))
        or "基础" in following
        or not following
    )


def _group(r: _Reading, i: int, w: _Words) -> list[int]:
    """Return the quantities that 分别 hands to several metrics: 分别达到90%和60%."""
    group = [i]
    if w.spread != "each":
        return group
    at = w.tail
    for k in range(i + 1, len(r.found)):
        q = r.found[k]
        if (
            q.special
            or r.doc.text[at : q.start] not in {"、", "和", "与", "及", "以及", "，"}
            or q.start >= w.clause_end
        ):
            break
        group.append(k)
        after = words.AFTER_RE.match(r.doc.text, q.end)
        at = after.end() if after else q.end
    return group


def _is_target(r: _Reading, i: int, last: int, w: _Words) -> bool:
    """Decide whether a quantity is something to be reached."""
    q, s, text = r.found[i], r.sentence, r.doc.text
    explicit = bool(w.prefix) or w.comparator not in {"eq", "gt"} or q.more
    behind = text[w.tail : w.clause_end]
    if _speaks_of_past(r, q, w) or (
        words.DESCRIPTIVE.match(w.left.lstrip("、，"))
        and not w.prefix
        and not w.change
        and w.segment == w.clause
        and r.doc.text[w.clause - 1 : w.clause] != "（"
    ):
        return False
    if _is_attribute(r, last, w):
        return False
    if q.special:
        return q.special != "coverage" or len(w.subject) >= 2
    if words.STATED.search(w.subject) and not (w.prefix and w.prefix not in {"约", "为", "达"}):
        return bool(re.match(r"完成", w.subject))
    verb = words.ACTION_RE.search(w.left)
    inherits = s.last_index is not None and _continues(r, w)
    if (
        q.unit is None
        and not (explicit or w.change)
        and not (q.scale and (verb or inherits))
        and not (q.written_unit and verb)
    ):
        return False
    if q.unit is not None and q.unit.name in {
        "年",
        "个月",
        "周",
        "天",
        "小时",
        "分钟",
        "秒",
        "岁",
        "工作日",
    }:
        limited = bool(w.prefix and w.prefix not in {"约", "近", "为", "是"}) or bool(w.change)
        return (
            limited or (w.comparator == "le" and q.unit.name not in {"年", "个月"})
        ) and not re.match(r"的?[一-龥]{0,3}(?:圈|生活|行动|计划|期|制)", behind)
    if (
        q.written in {"han", "bare"}
        and q.unit is not None
        and q.unit.dimension == "count"
        and not q.scale
        and q.value < 10
    ):
        return bool(verb and len(w.left) - verb.start() <= 20 and (w.noun or w.subject)) or (
            explicit and bool(w.prefix)
        )
    if explicit or verb or w.change or inherits:
        return True
    if words.POST_ACTION.search(behind[:40]) and (w.noun or w.subject) and q.unit is not None:
        return True
    ratio = q.unit is not None and q.unit.dimension.startswith("ratio")
    ends = not behind or behind[0] in "、和与及）（" or ratio
    return ends and len(w.subject) >= 2


def _continues(r: _Reading, w: _Words) -> bool:
    """Tell whether a quantity stands in one list with the target before it: 新建A5个、B3个，C2个."""
    gap = r.doc.text[r.sentence.last_tail : w.segment]
    if len(gap) > 40 or words.PAST.search(gap):
        return False
    behind = r.doc.text[w.tail : w.clause_end]
    if (
        not w.subject
        and w.noun
        and words.OWN_CLAUSE.search(behind)
        and w.clause != r.sentence.last_clause
    ):
        return False
    return not words.DESCRIPTIVE.match(w.left.lstrip("、，；"))


def _speaks_of_past(r: _Reading, q: Quantity, w: _Words) -> bool:
    """Tell what is already there: a word of the past stands before the number, and none of aim after it."""
    low = max(r.sentence.start, q.start - 200)
    text = r.doc.text[low : q.start]
    at = 0
    own_verb = words.ACTION_RE.search(w.left) is not None
    for m in words.PAST.finditer(text):
        if text[max(0, m.start() - 1) : m.start()] in {"比", "较", "从", "由"}:
            continue
        if m["weak"] and ("基础上" in text[m.end() :] or (own_verb and low + m.start() < w.clause)):
            continue
        at = m.end()
    behind = r.doc.text[w.tail : min(w.clause_end, w.tail + 20)]
    if not at:
        return "的基础上" in behind or (
            not w.prefix and re.search(r"已(?:经|建成|完成|全部)", behind) is not None
        )
    return words.GOAL.search(text, at) is None


def _is_attribute(r: _Reading, last: int, w: _Words) -> bool:
    """Tell a number that only describes the thing counted: 投资10亿元以上项目10个, 10个15分钟生活圈."""
    q, text = r.found[last], r.doc.text
    behind = text[w.tail : w.clause_end]
    if q.special:
        return False
    if words.SIZE_CLASS.match(text, q.end):
        return True
    if q.unit is None:
        return False
    later = [
        n
        for n in r.found[last + 1 : last + 5]
        if n.start < w.clause_end and not words.SIZE_CLASS.match(text, n.end)
    ]
    if not w.prefix and any(
        n.special == "coverage" and not re.search("实现|达到|确保|做到", text[w.tail : n.start])
        for n in later
    ):
        return True
    if later:
        nearest = later[0]
        between = text[w.tail : nearest.start]
        counts = (
            nearest.unit is not None and nearest.unit.dimension == "count" and not nearest.special
        )
        if not between or re.search(r"[、，；。]", between) or len(between) > 24:
            pass
        elif between.startswith("的") and nearest.unit is not None:
            return True
        elif q.unit.dimension != "count" and counts:
            return not re.search(r"[和与及]|新|建成|培育|完成", between) and not w.change
    money = q.unit.dimension.startswith("currency") or q.unit.name in {"人口", "人", "人次"}
    if (
        money
        and w.tail > q.end
        and words.THINGS.match(behind)
        and not re.match(r"的?(?:投资|贷款|收入|就业)", behind)
    ):
        return not words.LEVEL_RE.search(w.prefix)
    return False


def _metric(w: _Words, q: Quantity, s: _Sentence) -> tuple[list[str], str]:
    """Return the metrics that the words name (several for 均 and 分别) and the subject to hand on."""
    subject = words.PLACE_RE.sub("", w.subject) if len(w.subject) > 6 else w.subject
    scope = words.SCOPE_RE.match(subject)
    if scope and len(subject) > len(scope[0]) + 1:
        subject = subject[scope.end() :]
        subject = words.LEAD.sub("", subject)
    generic = words.GENERIC.match(subject)
    if generic:
        subject = subject[generic.end() :]
    bare = bool(words.BARE_VERB.match(subject))
    if q.special == "coverage":
        return [subject + "覆盖率" if not subject.endswith(("覆盖", "率")) else subject], subject
    if w.change and not bare:
        return [subject + w.change], subject
    if bare and w.noun:
        verb = "" if words.GENERIC.match(subject + "某某") else subject
        return [
            (verb or (w.change if w.change.startswith(("新增", "净增")) else "")) + w.noun
        ], w.noun
    if bare and s.subjects:
        return [s.subjects[-1] + w.change], s.subjects[-1]
    return [subject + w.change or w.noun], subject


def _split(subject: str, count: int | None) -> list[str]:
    """Divide a list of metrics; what its last member alone spells out (利用率) goes to all."""
    parts = [p for p in subject.split("、") if p]
    if count is not None and len(parts) != count:
        parts = [p for p in words.LIST_SPLIT.split(subject) if p]
    elif count is None:
        parts = [p for p in words.LIST_SPLIT.split(subject) if p]
    if len(parts) < 2:
        return parts or [subject]
    ending = words.ET_CETERA.match(parts[-1])
    if ending and count is not None and len(parts) == count:
        parts[-1] = ending["item"] + ending["head"]
        head = ending["head"]
    else:
        found = words.HEAD.search(parts[-1])
        head = found[0] if found and found.start() else ""
    return [p if not head or words.OWN_HEAD.search(p) else p + head for p in parts]


def _add(r: _Reading, group: list[int], w: _Words) -> None:
    """Make the targets of one group of quantities."""
    s, text = r.sentence, r.doc.text
    q = r.found[group[0]]
    names, subject = _metric(w, q, s)
    pairs = _pairs(names, subject, w, group, s)
    deadline = _deadline(r, w, q.start)
    scope = _scope(r, w, q)
    subset = s.parent if s.parent is not None and _is_part(r, w) else None
    if _is_part(r, w) and subset is None:
        subset = s.last_index
    begin = min(
        w.subject_at if w.subject else w.segment + len(w.left) - len(w.prefix) - len(w.change),
        q.start,
    )
    begin = max(begin, w.segment)
    end = w.noun_end if (not w.subject or words.BARE_VERB.match(w.subject)) and w.noun else w.tail
    last_tail = w.tail
    for metric, k in pairs:
        item = r.found[k]
        r.targets.append(
            _target(
                r, item, w, metric, scope, deadline, subset, (begin, max(end, last_tail, item.end))
            )
        )
        if item.unit is None and not item.special:
            _report_unit(r, item)
    if subset is None:
        s.parent = len(r.targets) - 1
    s.last_index = len(r.targets) - 1
    if subject:
        s.subjects = tuple(dict.fromkeys([*s.subjects, subject]))[-4:]
    s.last_clause, s.last_tail, s.baseline = w.clause, max(end, last_tail), ""
    r.bound = max(end, last_tail)


def _pairs(
    names: list[str], subject: str, w: _Words, group: list[int], s: _Sentence
) -> list[tuple[str, int]]:
    """Give each quantity its metric, and each of the things in 均 its own target."""
    bare = not subject or subject in s.subjects
    if len(group) > 1:
        if bare and len(s.subjects) >= len(group):
            return [
                (base + w.change, k)
                for base, k in zip(s.subjects[-len(group) :], group, strict=True)
            ]
        parts = _split(subject, len(group))
        if len(parts) == len(group):
            return [(part + w.change, k) for part, k in zip(parts, group, strict=True)]
        return [(names[0], k) for k in group]
    k = group[0]
    if w.spread and w.subject and not words.BARE_VERB.match(w.subject) and len(subject) > 2:
        return [(part + w.change, k) for part in _split(subject, None)]
    if bare and w.spread and len(s.subjects) > 1:
        return [(base + w.change, k) for base in s.subjects]
    if bare and s.subjects and names[0] in {base + w.change for base in s.subjects}:
        return [(s.subjects[-1] + w.change, k)]
    return [(names[0], k)]


def _deadline(r: _Reading, w: _Words, at: int) -> str:
    """Return the words that say until when, looking back through the sentence; empty where none do."""
    s, text = r.sentence, r.doc.text
    for m in words.DATE_RE.finditer(text, max(s.deadline_upto, s.start), at):
        if words.NOT_A_DEADLINE.search(text[max(s.start, m.start() - 1) : m.start()]) or (
            re.match(r"[比较与同自从]", m[0])
            or re.match(r"的?(?:基础|水平|相比)", text[m.end() : m.end() + 3])
        ):
            continue
        if m[0] in {"按期", "如期", "按时序", "按时", "每年", "逐年"} and s.deadline:
            continue
        s.deadline = m[0]
    s.deadline_upto = max(s.deadline_upto, at)
    return s.deadline


def _scope(r: _Reading, w: _Words, q: Quantity) -> str:
    """Return for whom a target is: 每个设区市, 三市, 全省, a place named as the subject."""
    s = r.sentence
    text = r.doc.text[w.clause if w.clause >= q.start - _REACH else w.segment : q.start]
    each = whole = ""
    for m in words.SCOPE_RE.finditer(text):
        if m["each"]:
            each = m["each"]
        else:
            whole = m["whole"]
    place = words.PLACE_RE.match(words.LEAD.sub("", text))
    named = place[0] if place and len(text) > len(place[0]) else ""
    if each:
        return each
    if named or whole:
        s.scope = named or whole
    return s.scope


def _is_part(r: _Reading, w: _Words) -> bool:
    return (
        r.sentence.last_index is not None
        and re.search(
            r"其中|（(?:含|包括|包含)", r.doc.text[r.sentence.last_tail : w.segment + len(w.left)]
        )
        is not None
    )


def _target(
    r: _Reading, q: Quantity, w: _Words, metric: str, scope: str, deadline: str, subset: int | None, span: tuple[int, int]
) -> Target:  # fmt: skip
    unit = q.unit
    times = SCALES[q.scale]
    factor = times * (si_factor(unit) if unit else 1.0)
    start, end = r.doc.span(*span)
    comparator = w.comparator
    assumed = []
    if q.special == "coverage":
        assumed.append("全覆盖 is read as a coverage of 100 %")
    elif q.special == "double":
        assumed.append(f"翻番 is read as {q.value:g} times the starting value")
    elif q.special == "zero":
        assumed.append("零增长 is read as a growth of 0 %")
    if q.more and comparator == "gt":
        assumed.append("余 or 多 is read as more than the number")
    if unit is None and not q.written_unit.removeprefix(q.scale):
        assumed.append("no unit is written")
    written = q.written_unit
    return Target(
        metric=metric,
        metric_en=glossary().get(metric, ""),
        comparator=comparator,
        value=q.value,
        unit=written,
        value_si=_tidy(q.value * factor),
        unit_si=unit.unit_si if unit else written.removeprefix(q.scale),
        scope=scope,
        deadline=deadline,
        kind=_kind(q, w, metric),
        quote=r.source[start:end],
        start=start + r.offset,
        end=end + r.offset,
        value_high=q.high,
        value_high_si=None if q.high is None else _tidy(q.high * factor),
        dimension=unit.dimension if unit else "",
        direction="up" if q.special == "double" else w.direction,
        baseline=r.sentence.baseline,
        subset_of=subset,
        assumed="; ".join(assumed),
    )


def _tidy(value: float) -> float:
    """Return a product without the dust of binary fractions."""
    return float(f"{value:.10g}")


def _kind(q: Quantity, w: _Words, metric: str) -> str:
    dimension = q.unit.dimension if q.unit else ""
    if (
        q.special in {"double", "zero"}
        or w.change
        or dimension == "ratio difference"
        or metric.startswith(("新增", "净增"))
    ):
        return "increment"
    if q.special == "coverage" or ("覆盖" in metric and dimension == "ratio"):
        return "coverage"
    if dimension == "ratio":
        return "rate"
    return "count" if dimension in {"count", "containers"} else "level"


def _report_unit(r: _Reading, q: Quantity) -> None:
    """Report a number whose unit the table of units does not know, or that has none."""
    start, end = r.doc.span(q.start, q.end)
    name = q.written_unit.removeprefix(q.scale)
    if name:
        message = f"the unit {name!r} is not in the table of units; it is kept as written and not converted"
        hint = "if it is a unit, add a row to data/reference/units.csv"
        code = "unknown_unit"
    else:
        message = f"the number {r.source[start:end]!r} has no unit"
        hint = "read the quote: an index has none; otherwise add the unit as a correction"
        code = "no_unit"
    r.findings.append(
        QuantityFinding(code, "warning", message, hint, start + r.offset, end + r.offset)
    )


@cache
def glossary() -> dict[str, str]:
    """Return the English names of metrics (``data/reference/metrics.csv``); what is not in it has none."""
    path = data_dir() / "reference" / "metrics.csv"
    if not path.is_file():
        msg = f"no glossary of metrics at {path}. It is part of the project: restore it from the repository."
        raise MissingDataError(msg)
    with path.open(encoding="utf-8", newline="") as file:
        return {row["metric"]: row["metric_en"] for row in csv.DictReader(file)}
