"""Decide whether a quantity is something to be reached, or only describes what there is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sxcanalysis.parsing.targets import patterns
from sxcanalysis.parsing.targets.clauses import is_sized
from sxcanalysis.reference.lexicon import compiled, meanings, words

if TYPE_CHECKING:
    from sxcanalysis.parsing.targets.clauses import Reading, Words
    from sxcanalysis.parsing.targets.quantities import Quantity

_START = re.compile(
    r"(?:由|从|较|(?<![占之对同])比|(?<!来)自)(?:20\d\d年|上年|去年|目前|现在|原来|现行|原先|法定)?(?:年?底|末)?的?(?:约|平均)?$"
)
_GRANTED = re.compile(r"[，,].{0,10}(?:给予|予以.{0,4}奖|奖补|一次性奖励)")
_TIMES = {"年", "个月", "周", "天", "小时", "分钟", "秒", "岁", "工作日"}


def baseline_start(r: Reading, w: Words, tail: int) -> int | None:
    """Return where a starting value that ends at ``tail`` is introduced (由8天压缩至5天); None if it is none."""
    found = _START.search(w.left)
    if found is None:
        return None
    following = r.doc.chars[tail : w.clause_end]
    if following and not re.search(r"到|至|为|增|提|升|降|压|缩|减|继续|基础", following):
        return None
    return w.segment + found.start()


def is_target(r: Reading, i: int, last: int, w: Words) -> bool | None:
    """Decide whether a quantity is something to be reached; None where no rule tells."""
    q = r.found[i]
    if (
        _speaks_of_past(r, q, w)
        or _is_descriptive(r, w)
        or _is_attribute(r, last, w)
        or _is_instrument(r, q, w)
        or (not q.special and _is_stated(w))
        or _sums_up(r, w)
        or _tells(r, w)
        or _is_remark(r, q, w)
    ):
        return False
    if q.special:
        return q.special != "coverage" or len(w.subject) >= 2
    verb = compiled(patterns.WORK).search(w.left)
    inherits = r.sentence.last_index is not None and _continues(r, q, w)
    explicit = (
        (bool(w.prefix) and w.prefix not in words("targets", "sum"))
        or w.comparator not in {"eq", "gt"}
        or q.more
    )
    acts = verb is not None or inherits
    if q.unit is None:
        return _is_bare_aim(r, q, w, explicit=explicit, acts=acts)
    if q.unit.name in _TIMES:
        return _is_limit(r, q, w)
    if q.written == "han" and not q.scale and q.value < 10 and q.unit.dimension == "length":
        return explicit or _acts_on(w) or not w.noun  # 三公里充分就业社区
    small = q.written in {"han", "bare"} and not q.scale and q.value < 10
    if small and q.unit.dimension == "count":
        near = verb is not None and len(w.left) - verb.start() <= 20
        return (near and bool(w.noun or w.subject)) or bool(w.prefix)
    behind = r.doc.chars[w.tail : w.clause_end]
    done = compiled(patterns.OUTCOME).search(behind[:40]) and (w.noun or w.subject)
    if explicit or acts or w.change or done:
        return True
    ends = not behind or behind[0] in "、和与及）（" or q.unit.dimension.startswith("ratio")
    return (ends and len(w.subject) >= 2) or None


def _is_bare_aim(r: Reading, q: Quantity, w: Words, *, explicit: bool, acts: bool) -> bool:
    """Tell an amount without a known unit (系数提高到0.62, 700顶) from a name (提升12345热线)."""
    word = q.written_unit.removeprefix(q.scale)
    named = not q.scale and not word and bool(w.noun) and w.tail == q.end
    if (explicit or w.change) and not named:
        return True
    if (q.scale or len(word) == 1) and acts:
        return True
    return bool(q.scale and w.noun and compiled(patterns.OUTCOME).match(r.doc.chars, w.noun_end))


def _is_limit(r: Reading, q: Quantity, w: Words) -> bool:
    """Tell a time to be kept (压缩至5个工作日) from a period or an age that only describes."""
    behind = r.doc.chars[w.tail : w.clause_end]
    if re.match(r"的?[一-龥]{0,3}(?:圈|生活|行动|计划|期|制)", behind):
        return False
    if w.change or (w.prefix and w.prefix not in {"约", "近", "为", "是", "至", "到"}):
        return True
    if w.prefix in {"为", "至", "到"} and q.unit is not None and q.unit.name not in {"年", "岁"}:
        return not behind or w.tail > q.end
    within = w.comparator == "le" and q.unit is not None and q.unit.name not in {"年", "个月", "岁"}
    return within and (not behind or not r.doc.chars[q.end : w.tail].endswith("以下"))


def _is_descriptive(r: Reading, w: Words) -> bool:
    """Tell a clause that opens with 发挥, 依托 …, unless a verb of action stands right before the number."""
    if not compiled(patterns.DESCRIPTIVE).match(w.left.lstrip("、，")) or w.prefix or w.change:
        return False
    return w.segment == w.clause and not _acts_on(w) and r.doc.chars[w.clause - 1 : w.clause] != "（"


def _is_remark(r: Reading, q: Quantity, w: Words) -> bool:
    """Tell a number alone in a bracket that bounds or compares: 典型案例（5个以内）, 从35%（全省32%）提高到40%."""
    text = r.doc.chars
    opened = text.rfind("（", max(0, q.start - 12), q.start)
    if opened < 0 or opened != w.clause - 1:
        return False
    if opened == r.sentence.baseline_end:
        return True
    host = text[r.layout.clause(opened)[0] : opened]
    return w.comparator == "le" and not (w.subject or w.noun or compiled(patterns.ACTION).search(host))


def _tells(r: Reading, w: Words) -> bool:
    """Tell how many there are (示范区有学校347所), also in what follows in the sentence."""
    s = r.sentence
    if compiled(patterns.EXISTS).search(w.left):
        return True
    acts = compiled(patterns.WORK).search(w.left) or compiled(patterns.OUTCOME).search(
        r.doc.chars, w.tail, min(w.tail + 60, w.clause_end)
    )
    if acts or compiled(patterns.GOAL).search(w.left):
        s.told = False
    elif compiled(patterns.HAVING).search(w.left):
        s.told = True
    return s.told


def _sums_up(r: Reading, w: Words) -> bool:
    """Tell the number of the things listed before it, where no verb says how many: 做大做强A、B和C等7个产业."""
    body = w.left.lstrip("、，")
    named = re.search("包括|包含|涵盖", body) or not compiled(patterns.ACTION).search(body)
    if body.endswith("等") and named:
        return not compiled(patterns.OUTCOME).search(r.doc.chars, w.tail, min(w.tail + 60, w.clause_end))
    verb = compiled(patterns.SUPPORT).match(body)
    if verb is None or "、" not in body[verb.end() :]:
        return False
    return not (w.prefix or w.change or _acts_on(w))


def _acts_on(w: Words) -> bool:
    """Tell whether a verb of action stands right before the number."""
    body = w.left[: len(w.left) - len(w.prefix)]
    return compiled(patterns.ACTION_END).search(body[-12:]) is not None


def _aims(w: Words) -> bool:
    """Tell whether the words before the number set a level (达到, 控制在) or a bound (不低于)."""
    bounds = {meanings("targets", "before")[m] for m in compiled(patterns.TOKEN).findall(w.prefix)}
    return compiled(patterns.LEVEL).search(w.prefix) is not None or bool(bounds - {"eq", "about"})


def _is_stated(w: Words) -> bool:
    """Tell a property of a project (总投资17亿元) from an aim; 完成总投资 is an aim."""
    if not compiled(patterns.STATED).search(w.subject) or (w.prefix and w.prefix not in {"约", "为", "达"}):
        return False
    return not w.subject.startswith(("完成", "实现", "新增"))


def _is_instrument(r: Reading, q: Quantity, w: Words) -> bool:
    """Tell the amount of a subsidy or fine, and the condition for one (对投资2亿元以上的项目)."""
    text = r.doc.chars[w.clause : w.clause_end]
    behind = r.doc.chars[w.tail : w.clause_end]
    if text.startswith(("对", "凡", "经")) and "的" in behind and "进行" not in behind:
        return True
    after = r.doc.chars[w.clause_end : w.clause_end + 20]
    follows = _GRANTED.match(after) is not None
    if "给予" in text or (follows and not compiled(patterns.ACTION).match(w.subject) and not _acts_on(w)):
        return True
    if (
        q.unit is not None
        and q.unit.dimension == "ratio"
        and not w.prefix
        and compiled(patterns.BY_SHARE).search(w.left)
    ):
        return True
    money = q.unit is not None and q.unit.dimension.startswith("currency")
    capped = money and compiled(patterns.CAPPED).match(text)
    if capped and compiled(patterns.INSTRUMENT).search(r.doc.chars, r.sentence.start, w.clause):
        return True
    if compiled(patterns.RAISED).match(w.prefix):  # 补助提高至600元
        return False
    return (
        money
        and bool(compiled(patterns.INSTRUMENT).search(text))
        and compiled(patterns.FUNDED).search(text) is None
    )


def _continues(r: Reading, q: Quantity, w: Words) -> bool:
    """Tell whether a quantity stands in one list with the target before it: 新建A5个、B3个，C2个."""
    gap = r.doc.chars[r.sentence.last_tail : w.segment]
    if len(gap) > 40 or compiled(patterns.PAST).search(gap):
        return False
    if not w.subject and w.noun and q.unit != r.sentence.last_unit and w.clause != r.sentence.last_clause:
        return compiled(patterns.OWN_CLAUSE).search(r.doc.chars[w.tail : w.clause_end]) is None
    return not compiled(patterns.DESCRIPTIVE).match(w.left.lstrip("、，；"))


def _speaks_of_past(r: Reading, q: Quantity, w: Words) -> bool:
    """Tell what is already there: a word of the past stands before the number, and none of aim after it."""
    low = max(r.sentence.start, q.start - 200)
    text = r.doc.chars[low : q.start]
    own_verb = compiled(patterns.ACTION).match(w.subject) is not None
    at = 0
    for m in compiled(patterns.PAST).finditer(text):
        if text[max(0, m.start() - 1) : m.start()] in {"比", "较", "从", "由"}:
            continue
        if (
            m["weak"]
            and not compiled(patterns.REPORT).match(text, m.start())
            and ("基础上" in text[m.end() :] or (own_verb and low + m.start() < w.clause))
        ):
            continue
        at = m.end()
    if at:
        return compiled(patterns.GOAL).search(text, at) is None
    near = max(w.clause, q.start - 80)
    told = compiled(patterns.FIRST_TIME).search(r.doc.chars, near, q.start) or compiled(patterns.TOLD).search(
        r.doc.chars, near, min(w.tail + 80, r.layout.end(w.tail))
    )
    if told:
        return compiled(patterns.GOAL).search(r.doc.chars, low, min(w.tail, told.start())) is None
    behind = r.doc.chars[w.tail : min(w.clause_end, w.tail + 20)]
    return "的基础上" in behind or (
        not w.prefix and re.search(r"已(?:经|建成|完成|全部|实现|达|开|投|纳入|办)", behind) is not None
    )


def _is_attribute(r: Reading, last: int, w: Words) -> bool:
    """Tell a number that only describes the thing counted: 投资10亿元以上项目10个, 10个15分钟生活圈."""
    q, text = r.found[last], r.doc.chars
    if q.special:
        return False
    if compiled(patterns.SIZE_CLASS).match(text, q.end):
        return True
    if q.unit is None:
        return False
    behind = text[w.tail : w.clause_end]
    if q.unit.dimension == "count" and compiled(patterns.OF_A_TEXT).match(behind):
        return True
    if (q.unit.dimension in patterns.SIZE or q.unit.name in words("targets", "herd")) and w.tail == q.end:
        if last and is_sized(text, r.found[last - 1], q):
            return True
        if compiled(patterns.OF_A_WORK).match(behind):
            if w.prefix or w.change:
                return False
            if q.unit.dimension in {"mass", "power"}:
                return "新增" not in w.left and "完成" not in w.left
            return not _acts_on(w)  # 新建20公里供水工程
    return _is_of_the_next(r, last, w) or _is_threshold(r, q, w, behind)


def _is_of_the_next(r: Reading, last: int, w: Words) -> bool:
    """Tell a number that describes what one of the next numbers of its clause is about."""
    q, text = r.found[last], r.doc.chars
    later = [
        n
        for n in r.found[last + 1 : last + 5]
        if n.start < w.clause_end and not compiled(patterns.SIZE_CLASS).match(text, n.end)
    ]
    covers = (n for n in later if n.special == "coverage" and not w.prefix)
    if any(not re.search("实现|达到|确保|做到", text[w.tail : n.start]) for n in covers):
        return True
    return bool(later) and _describes_next(q, later[0], text[w.tail : later[0].start], w)


def _is_threshold(r: Reading, q: Quantity, w: Words, behind: str) -> bool:
    """Tell the bound of a class (亿元以上企业, 10万千瓦及以下燃煤机组) from one to be kept."""
    if (
        w.tail == q.end
        or w.comparator not in {"ge", "le"}
        or (q.unit and q.unit.dimension.startswith("ratio"))
    ):
        return False
    if q.unit and q.unit.name in _TIMES and compiled("«targets:handled»").match(behind):
        return False  # 5个工作日内办结
    if r.doc.chars.startswith(("及以", "及其以"), q.end) and re.match("的?[一-龥]", behind):
        return True
    listed = not w.subject and (
        r.sentence.last_clause == w.clause  # 10家左右A、100家以上B
        or (q.unit == r.sentence.last_unit and _continues(r, q, w))
    )
    behind = re.sub(r"^（[^（）]*）", "", behind)  # 20家以上（累计达80家）
    return not (_aims(w) or listed or _acts_on(w)) and re.match(r"的?[一-龥“（]", behind) is not None


def _describes_next(q: Quantity, following: Quantity, between: str, w: Words) -> bool:
    """Tell whether a number describes what the next number counts."""
    counts = following.unit is not None and following.unit.dimension == "count" and not following.special
    if not between:  # 2500公里3460个排污口
        return counts and q.unit is not None and q.unit.dimension == "length"
    if len(between) > 24 or re.search(r"[、，；。（]", between):
        return False
    if between.startswith("的") and following.unit is not None:
        return True
    if q.unit is None or q.unit.dimension == "count":
        rate = re.search(r"(?:率|比重|占比|比例|浓度|产值|收入)[^率]{0,4}$", between)
        if (
            counts
            and not re.search(r"[和与及]|[新重改]", between)
            and not compiled(patterns.ACTION).search(between)
        ):
            return True  # 100所学校食堂空调500台
        return bool(rate) and not w.prefix and not _acts_on(w)
    return counts and not w.change and not re.search(r"[和与及]|新|建成|培育|完成", between)
