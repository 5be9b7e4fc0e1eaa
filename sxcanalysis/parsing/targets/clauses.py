"""The words of the clause around a quantity: its metric, comparator, counted thing, scope and deadline."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING

from sxcanalysis.parsing.targets import patterns
from sxcanalysis.parsing.task_facts import is_loose
from sxcanalysis.reference.lexicon import compiled, meanings

if TYPE_CHECKING:
    from sxcanalysis.parsing.targets.quantities import Layout, Quantity
    from sxcanalysis.reference.units import Unit
    from sxcanalysis.text.normal_form import Shadow

WINDOW = 24  # characters before a number in which its comparator stands
REACH = 160  # characters before a number in which its metric and scope stand
_LIST_MARK = re.compile(r"[、（]|[和及与](?![美谐平睦时])")
_LINK = re.compile(r"、|以及|[和与及，]")
_LOOSE_END = re.compile(r"(?:任务|工作|目标|等)$")
_SIZED = re.compile(r"\d(?:米|公里|年|岁|万|亿|吨|%|周岁)")
_PART = re.compile(r"其中|（(?:含|包括|包含)")


@dataclass
class Sentence:
    """What one sentence hands on from one quantity to the next."""

    start: int = -1
    scope: str = ""
    subjects: tuple[str, ...] = ()
    verb: str = ""
    last_clause: int = -1
    last_tail: int = -1
    last_index: int | None = None
    told: bool = False  # of what there is
    last_unit: Unit | None = None
    parent: int | None = None
    in_parts: bool = False
    whole: int | None = None  # of which the target at hand is a part
    baseline: str = ""
    baseline_at: int = -1
    baseline_from: int = -1  # where the words about it begin
    baseline_end: int = -1
    baselines: int = 0


@dataclass
class Reading:
    """One text on its way through the reader."""

    doc: Shadow
    layout: Layout
    found: list[Quantity]
    dates: list[tuple[int, int]] = field(default_factory=list)  # in the sentence at hand
    sentence: Sentence = field(default_factory=Sentence)
    made: int = 0  # targets so far
    bound: int = 0  # no metric reaches back beyond this
    untold: list[int] = field(
        default_factory=list
    )  # quantities of which no rule tells whether they are targets


@dataclass(frozen=True)
class Words:
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


def words_around(r: Reading, i: int) -> Words:
    """Take the clause around a quantity apart."""
    q, text = r.found[i], r.doc.chars
    clause, clause_end = r.layout.clause(q.start)
    segment = max(clause, r.bound if r.bound <= q.start else 0, q.start - REACH)
    if r.sentence.last_clause == clause and "、" in text[segment + 1 : q.start]:
        segment = text.index("、", segment, q.start)  # the end of the phrase about the target before
    left = text[segment : q.start]
    before = compiled(patterns.BEFORE).search(left[-WINDOW:])
    prefix = before[0] if before and not q.special else ""
    rest = left[: len(left) - len(prefix)]
    s = r.sentence
    relative = relative_bound(text, q) if not prefix else None
    if relative:  # its metric is before 不低于
        rest = rest[: len(rest) - len(relative[0])]
        s.baseline = relative["of"]
    moved = compiled(patterns.CHANGE).search(rest[-WINDOW:])
    if (
        s.baselines
        and s.baseline_end == clause - 1
        and not _clean(rest[: moved.start() if moved else None], segment)[0]
    ):
        segment = max(s.baseline_from, q.start - REACH)  # 由8天，压缩至
        left = text[segment : q.start]
    if s.baseline_at >= segment:  # 由8天压缩至: the metric is before 由
        rest = text[max(segment, s.baseline_at - REACH) : s.baseline_at] + (moved[0] if moved else "")
    tail, comparator = comparator_of(text, q, prefix, clause_end)
    change = compiled(patterns.CHANGE).search(rest[-WINDOW:]) if q.special != "coverage" else None
    if change and change[0] == "提升" and q.unit and q.unit.dimension == "count":
        change = None  # 提升100所学校: they are made better, not more
    direction = verb = ""
    if change:
        direction = "up" if change["up"] else "down"
        verb = re.sub(r"同比|环比|(?<!年)(?<!平)均|再|力争|预计|预期|每年", "", change[0])
        rest = rest[: len(rest) - len(change[0])]
    spread = compiled(patterns.SPREAD).search(left[-WINDOW:])
    each = "each" if segment <= s.baseline_at and s.baselines > 1 else ""
    subject, at = _clean(rest, segment)
    sized = list(_SIZED.finditer(subject))
    verb_behind = compiled(patterns.ACTION).search(subject, sized[-1].end()) if sized else None
    if verb_behind:  # 海拔1500米以上地区种植冷杉
        subject, at = subject[verb_behind.start() :], at + verb_behind.start()
    led = compiled(patterns.MOVING).match(subject) if prefix in {"至", "到"} and not change else None
    if led:  # 提高甲占比至75%
        subject, prefix = subject[led.end() :], led[0] + prefix
    noun, noun_end = noun_after(r, i, tail, clause_end)
    if not subject and not noun and not s.subjects and text[clause - 1 : clause] == "（":
        host = r.layout.clause(clause - 1)[0]
        named, named_at = _clean(text[max(host, clause - REACH) : clause - 1], max(host, clause - REACH))
        if compiled(patterns.ACTION).search(named) and not re.search(r"\d", named):  # 推荐优秀案例（3—5个）
            subject, at = named, named_at
    return Words(
        clause, clause_end, segment, left, prefix, subject, at, verb, direction,
        each or ((spread.lastgroup or "") if spread else ""), comparator, tail, noun, noun_end,
    )  # fmt: skip


def comparator_of(text: str, q: Quantity, prefix: str, clause_end: int) -> tuple[int, str]:
    """Return where the quantity ends with its 以上, 左右 …, and its comparator."""
    if q.special:
        return q.end, "eq"
    after = compiled(patterns.AFTER).match(text, q.end)
    tail = q.end
    behind = ""
    if after:
        behind = after.lastgroup or ""
        tail = q.end + 1 if behind == "in" else after.end()
    found = [meanings("targets", "before")[m] for m in compiled(patterns.TOKEN).findall(prefix)]
    strict = [c for c in found if c in {"ge", "le", "gt", "lt"}]
    bound = compiled(patterns.BOUND_VERB).search(text[max(0, q.start - 8) : q.start]) or relative_bound(
        text, q
    )
    if bound:
        strict.append(next(name for name in ("ge", "le", "gt", "lt", "eq") if bound.groupdict().get(name)))
    if q.high is not None:
        return min(tail, max(clause_end, q.end)), "between"
    if strict:
        comparator = strict[-1]
    elif behind:
        comparator = "le" if behind == "in" else behind
    elif q.written == "floor":
        comparator = "ge"
    elif q.more:
        comparator = "gt"
    elif "about" in found:
        comparator = "about"
    else:
        comparator = "eq"
    return tail, comparator


def relative_bound(text: str, q: Quantity) -> re.Match[str] | None:
    """Return the words of a bound that is so many times, or a share of, something else."""
    if q.unit is None or q.unit.dimension not in {"multiple", "ratio"}:
        return None
    return compiled(patterns.RELATIVE).search(text[max(0, q.start - WINDOW) : q.start])


def _clean(rest: str, at: int) -> tuple[str, int]:
    """Strip a metric of dates, comparisons and auxiliaries at both ends; return it with its position."""
    for _ in range(5):
        size = len(rest)
        found = list(compiled(patterns.COMPARED).finditer(rest))
        if found and found[-1].end() >= len(rest):
            rest = rest[: found[-1].start()]
        rest = rest[:-WINDOW] + compiled(patterns.TRAIL).sub("", rest[-WINDOW:])
        for pattern in (patterns.LEAD, patterns.COMPARED):
            lead = compiled(pattern).match(rest)
            if lead:
                rest, at = rest[lead.end() :], at + lead.end()
        moved = compiled(patterns.MOVED).search(rest)
        if moved and not compiled(patterns.BARE_VERB).match(moved["thing"]):
            rest, at = moved["thing"], at + moved.start("thing")
        if len(rest) == size:
            break
    return rest, at


def remember_baseline(r: Reading, w: Words, group: list[int], start: int) -> None:
    """Keep a starting value for the target that follows, and the metric that stands before it."""
    s, first, last = r.sentence, r.found[group[0]], r.found[group[-1]]
    s.baseline, s.baseline_at = r.doc.chars[first.start : last.end], start
    s.baseline_from, s.baseline_end, s.baselines = max(w.segment, start - REACH), last.end, len(group)
    subject, _ = _clean(r.doc.chars[max(w.segment, start - REACH) : start], w.segment)
    if len(subject) >= 2:
        r.sentence.subjects = (*r.sentence.subjects, subject)[-4:]


def is_sized(text: str, q: Quantity, following: Quantity) -> bool:
    """Tell whether the next quantity is the size of the things counted: 3座35万千瓦光热电站."""
    if q.unit is None or following.unit is None or q.end != following.start:
        return False
    sized = q.unit.dimension == "count" and following.unit.dimension in patterns.SIZE
    return sized and re.match("[一-龥](?<!以)", text[following.end :][:1]) is not None


def noun_after(r: Reading, i: int, tail: int, clause_end: int) -> tuple[str, int]:
    """Return the counted thing that follows a quantity (32个绿美村庄) and where it ends."""
    text = r.doc.chars
    if i + 1 < len(r.found) and is_sized(text, r.found[i], r.found[i + 1]):
        return noun_after(r, i + 1, r.found[i + 1].end, clause_end)
    end = min(clause_end, tail + 40)
    following = r.found[i + 1].start if i + 1 < len(r.found) else len(text)
    raw = text[tail : min(end, following)]
    lead = 1 if raw.startswith("的") else 0
    raw = raw[lead:]
    if _LIST_MARK.match(raw):  # 550万户、…
        return "", tail
    opened = raw.find("（")
    if opened >= 0 and "）" not in raw[opened:]:
        raw = raw[:opened]
    if following < end:  # up to the list mark or the verb before the next number
        cuts = [raw.rfind(mark) for mark in "、和及与"]
        verb = next((m.start() for m in compiled(patterns.ACTION).finditer(raw) if m.start() > 1), len(raw))
        raw = raw[: max(cuts)] if max(cuts) >= 0 else raw[:verb]
    elif "、" in raw and compiled(patterns.ACTION).match(raw, raw.index("、") + 1):
        raw = raw[: raw.index("、")]
    stop = compiled(patterns.NOUN_END).search(raw, 1)
    raw = raw[: stop.start()] if stop else raw
    noun = _LOOSE_END.sub("", raw)
    if compiled(patterns.OUTCOME).match(noun) and compiled(patterns.BARE_VERB).fullmatch(
        noun
    ):  # 120套开工建设
        return "", tail
    return noun, tail + lead + len(noun)


def group_of(r: Reading, i: int, w: Words) -> list[int]:
    """Return the quantities that 分别 hands to several metrics: 分别达到90%和60%."""
    group = [i]
    if w.spread != "each":
        return group
    at = w.tail
    for k in range(i + 1, len(r.found)):
        q = r.found[k]
        between = _LINK.match(r.doc.chars, at, q.start)
        if q.special or q.start >= w.clause_end or between is None:
            break
        rest = r.doc.chars[between.end() : q.start]
        if rest and compiled(patterns.BEFORE).fullmatch(rest) is None:
            break
        group.append(k)
        after = compiled(patterns.AFTER).match(r.doc.chars, q.end)
        at = after.end() if after else q.end
    return group


def comparators_of(r: Reading, group: list[int], w: Words) -> list[str]:
    """Return the comparator of each quantity of a group: its own, else that of the last for all (90%和60%以上)."""
    own = []
    for k in group:
        q = r.found[k]
        before = compiled(patterns.BEFORE).search(r.doc.chars[max(w.segment, q.start - WINDOW) : q.start])
        own.append(comparator_of(r.doc.chars, q, before[0] if before else "", w.clause_end)[1])
    bounds = {comparator for comparator in own[:-1] if comparator != "eq"}
    return own if bounds - {own[-1]} or (bounds and own[-1] == "eq") else [own[-1]] * len(own)


def metrics_of(w: Words, q: Quantity, s: Sentence) -> tuple[str, str, bool]:
    """Return the metric, the subject to hand on, and whether the metric is the thing after the number."""
    subject = compiled(patterns.PLACES).sub("", w.subject) if len(w.subject) > 6 else w.subject
    scope = compiled(patterns.SCOPE).match(subject)
    if scope and len(subject) > len(scope[0]) + 1:
        subject = compiled(patterns.LEAD).sub("", subject[scope.end() :])
    if q.special == "coverage":
        generic = compiled(patterns.GENERIC).match(subject)
        subject = subject[generic.end() :] if generic else subject
        return subject if subject.endswith(("覆盖", "率")) else subject + "覆盖率", subject, False
    tail_verb = compiled(patterns.TAIL_VERB).search(subject[-WINDOW:])
    counted = q.unit is None or q.unit.dimension == "count"
    listed = (
        w.left.rstrip().endswith("等") or not subject or bool(compiled(patterns.BARE_VERB).match(subject))
    )
    aimed = compiled(patterns.LEVEL).search(w.prefix) is not None
    purpose = bool(subject) and not counted and compiled(patterns.ACTION).match(w.noun)  # 安排3亿元打造…
    if w.noun and not w.change and not purpose and (tail_verb or listed or (counted and not aimed)):
        verb = tail_verb[0].strip("和、及并") if tail_verb else ""
        if not verb and subject:
            opening = compiled(patterns.HEAD_VERB).match(subject)
            verb = opening[0] if opening else ""
        return ("" if compiled(patterns.GENERIC).match(verb + "某某") else verb) + w.noun, w.noun, True
    if w.noun and w.change and (not subject or w.change in {"新增", "净增", "净增加"}):
        return w.change + w.noun, w.noun, True
    generic = compiled(patterns.GENERIC).match(subject)
    subject = subject[generic.end() :] if generic else subject
    if subject.startswith("占") and s.subjects and s.subjects[-1] != subject:
        return s.subjects[-1] + subject + w.change, s.subjects[-1], False
    if not subject and not w.noun and s.subjects:  # 20家以上（累计达80家）
        return s.subjects[-1] + w.change, s.subjects[-1], False
    money = q.unit is not None and q.unit.dimension.startswith("currency")
    # 用电13万千瓦时，投入5000万元
    of_another = money and s.last_unit is not None and not s.last_unit.dimension.startswith("currency")
    if compiled(patterns.BARE_VERB).match(subject) and s.subjects and not of_another:
        last = s.subjects[-1]
        if subject and not w.change:  # 开工建设165个, after 190个园林绿化项目
            return subject + compiled(patterns.HEAD_VERB).sub("", last), last, False
        return last + subject + w.change, last, False
    return subject + w.change or w.noun, subject, False


def _split(subject: str, count: int | None) -> list[str]:
    """Divide a list of metrics; what its last member alone spells out (利用率) goes to all."""
    parts = [p for p in subject.split("、") if p]
    if len(parts) != count:
        parts = [p for p in compiled(patterns.LIST_SPLIT).split(subject) if p]
    if len(parts) < 2:
        return parts or [subject]
    ending = compiled(patterns.ET_CETERA).match(parts[-1])
    if ending and count is not None and len(parts) == count:
        parts[-1] = ending["item"] + ending["head"]
        head = ending["head"]
    else:
        found = compiled(patterns.HEAD).search(parts[-1])
        head = found[0] if found and found.start() else ""
    own = [bool(compiled(patterns.OWN_HEAD).search(p)) for p in parts[:-1]]
    if sum(own) <= len(own) / 2 and len(own) > 1:  # 化学需氧量 is a name that only looks like a head
        own = [False] * len(own)
    return [
        *(p if o or not head else p + head for p, o in zip(parts, own, strict=False)),
        parts[-1],
    ]


def pair(
    metric: str, subject: str, w: Words, group: list[int], q: Quantity, s: Sentence
) -> list[tuple[str, int]]:
    """Give each quantity its metric, and each of the things in 均 its own target."""
    bare = not w.subject or compiled(patterns.BARE_VERB).match(w.subject) is not None
    metrics = [metric]
    if len(group) > 1:
        if bare and len(s.subjects) >= len(group):
            metrics = [base + w.change for base in s.subjects[-len(group) :]]
        else:
            metrics = [part + w.change for part in _split(subject, len(group))]
        if len(group) == 2 and subject.startswith("城乡"):
            metrics = [area + subject.removeprefix("城乡") + w.change for area in ("城镇", "农村")]
        if len(metrics) != len(group):
            metrics = [metric] * len(group)
        return list(zip(metrics, group, strict=True))
    listed = "、" in subject and (w.change or (q.unit is not None and q.unit.dimension == "ratio"))
    if (
        listed
        and not w.spread
        and all(compiled(patterns.OWN_HEAD).search(p) for p in compiled(patterns.LIST_SPLIT).split(subject))
    ):
        return [(part + w.change, group[0]) for part in compiled(patterns.LIST_SPLIT).split(subject)]
    if w.spread and not bare and len(subject) > 2:
        metrics = [part + w.change for part in _split(subject, None)]
    elif bare and w.spread and len(s.subjects) > 1:
        metrics = [base + w.change for base in s.subjects]
    return [(metric, group[0]) for metric in metrics]


def deadline_of(r: Reading, i: int) -> str:
    """Return the words that say until when: the last before a quantity in its sentence, else the first in a clause behind it."""
    q = r.found[i]
    low, high = (
        bisect_left(r.dates, r.sentence.start, key=itemgetter(0)),
        bisect_left(r.dates, q.start, key=itemgetter(0)),
    )
    before = [r.doc.chars[start:end] for start, end in r.dates[low:high]]
    if before:
        return next((words for words in reversed(before) if not is_loose(words)), before[0])
    stop = min(r.layout.end(q.end), r.found[i + 1].start if i + 1 < len(r.found) else len(r.doc.chars))
    for start, end in r.dates[bisect_left(r.dates, q.end, key=itemgetter(0)) :][:1]:
        if end <= stop and (stop == r.layout.end(q.end) or r.layout.clause(start)[1] < stop):
            return r.doc.chars[start:end]
    return ""


def scope_of(r: Reading, w: Words, q: Quantity) -> str:
    """Return for whom a target is: 每个设区市, 三市, 全省, a place named as the subject."""
    s = r.sentence
    text = r.doc.chars[w.clause if w.clause >= q.start - REACH else w.segment : q.start]
    each = whole = ""
    for m in compiled(patterns.SCOPE).finditer(text):
        if m["local"]:
            own = w.segment <= q.start - len(text) + m.start()
            each = m["local"] if own and not w.subject.endswith(m["local"]) else each
        elif m["each"]:
            each = m["each"]
        else:
            whole = m["whole"]
    place = compiled(patterns.PLACES).match(compiled(patterns.LEAD).sub("", text))
    named = place[0] if place and len(text) > len(place[0]) else ""
    if each:
        return each
    if named or whole:
        s.scope = named or whole
    return s.scope


def is_part(r: Reading, w: Words) -> bool:
    """Tell whether a target is a part of the one before it (其中), or goes on with its parts."""
    s = r.sentence
    if s.last_index is None:
        return False
    gap = r.doc.chars[s.last_tail : w.segment + len(w.left)]
    return _PART.search(gap) is not None or (s.in_parts and w.clause == s.last_clause)
