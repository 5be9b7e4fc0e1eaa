"""Sentences about a sensitivity table, in Chinese and English, computed from the table alone."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import DataError
from sxcanalysis.reference.words import reason_in_chinese

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

    from sxcanalysis.analysis.stability import RankStability

#: Share of the combinations from which a finding holds under "most".
MOST = 0.75

PER_NAMES = {
    "none": ("不作归一化", "without a denominator"),
    "population": ("按常住人口", "per resident"),
    "gdp": ("按地区生产总值", "per unit of GDP"),
    "budget_revenue": ("按一般公共预算收入", "per unit of budget revenue"),
    "area": ("按行政区域面积", "per unit of area"),
}


def sentences(sensitivity: pd.DataFrame, stability: RankStability, lang: str) -> list[str]:
    """Return what holds under all, most, some or none of the combinations, and how sure that is."""
    if lang not in {"zh", "en"}:
        msg = f"there are no words in the language {lang!r}. Choose zh or en."
        raise DataError(msg)
    zh = lang == "zh"
    used = sensitivity[sensitivity["defensible"].astype(bool)]
    full = used[used["member"] == "full"]
    label = dict(zip(sensitivity["city"], sensitivity["city_en"], strict=True))
    name = {city: city.removesuffix("市") if zh else en or city for city, en in label.items()}
    parts = [_scope(used, sensitivity, zh=zh)]
    parts += _raw(full, name, zh=zh)
    parts += [_pair(row, name, zh=zh) for row in stability.pairs.to_dict("records")]
    parts += [_first(row, name, zh=zh) for row in stability.firsts.to_dict("records")]
    parts += [_order(part, per, name, zh=zh) for per, part in full.groupby("per", sort=False)]
    parts += _mirror(full, zh=zh)
    if stability.combinations > 1:
        parts.append(_concord(stability, zh=zh))
    parts.append(_overlap(full, stability.combinations, zh=zh))
    parts += _partial(sensitivity, name, zh=zh)
    return parts


def _scope(used: pd.DataFrame, everything: pd.DataFrame, *, zh: bool) -> str:
    pairs = used[["rule", "per"]].drop_duplicates()
    n, rules, pers = len(pairs), pairs["rule"].nunique(), pairs["per"].nunique()
    out = everything[~everything["defensible"].astype(bool)]
    left = out[["rule", "per", "reason"]].drop_duplicates()
    counts: dict[str, int] = {}  # reasons that differ in a detail may be one in words
    for reason in map(str, left["reason"]):
        said = reason_in_chinese(reason) if zh else reason
        counts[said] = counts.get(said, 0) + 1
    why = [f"{said}（{times}种）" if zh else f"{said} ({times})" for said, times in counts.items()]
    if zh:
        tail = f"；另有{len(left)}种不采用：{'；'.join(why)}" if why else ""
        return f"共比较{n}种组合，由{rules}种计数规则与{pers}种归一化口径搭配而成{tail}。"
    tail = f"; {len(left)} others are left out: {'; '.join(why)}" if why else ""
    return f"{n} combinations of {rules} counting rules and {pers} denominators are compared{tail}."


def _raw(full: pd.DataFrame, name: dict[str, str], *, zh: bool) -> list[str]:
    raw = full[(full["rule"] == "whole") & (full["per"] == "none")]
    if raw.empty:
        return []
    counts = {name[city]: int(n) for city, n in zip(raw["city"], raw["tasks"], strict=True)}
    top, bottom = max(counts.values()), min(counts.values())
    gap = (top - bottom) / top if top else 0.0
    if zh:
        said = "、".join(f"{city}{n}项" for city, n in counts.items())
        return [f"按整件计数，{said}，最多与最少相差{top - bottom}项（{gap:.0%}）。"]
    said = ", ".join(f"{city} {n}" for city, n in counts.items())
    return [
        f"Counted whole, the tasks are: {said}; the most and the fewest differ by {top - bottom} ({gap:.0%})."
    ]


def _pair(row: Mapping[Hashable, object], name: dict[str, str], *, zh: bool) -> str:
    one, other = name[str(row["city"])], name[str(row["other"])]
    above, below, tied = int(str(row["above"])), int(str(row["below"])), int(str(row["tied"]))
    sure = int(str(row["certain_above"]))
    if below > above:
        one, other, above, below = other, one, below, above
        sure = int(str(row["certain_below"]))
    n = above + below + tied
    if above == n:
        if zh:
            return f"在全部{n}种组合下，{one}都高于{other}；其中{sure}种即使计入“等”字、未定位项目和共同目标的不确定性也不变。"
        return (
            f"Under all {n} combinations, {one} is above {other}; in {sure} of them the uncertainty from 等, unlocated "
            "projects and joint targets cannot change that."
        )
    if tied == n:
        return (
            f"在全部{n}种组合下，{one}与{other}相等。"
            if zh
            else f"Under all {n} combinations, {one} and {other} are equal."
        )
    if above >= MOST * n:
        if zh:
            return f"在多数组合（{n}种中的{above}种）下，{one}高于{other}；{below}种相反，{tied}种相等。"
        return f"Under most combinations ({above} of {n}), {one} is above {other}; {below} say the opposite; ties: {tied}."
    if zh:
        return f"{one}与{other}孰高孰低取决于算法：{n}种组合中{above}种{one}较高，{below}种{other}较高，{tied}种相等。"
    return (
        f"Whether {one} is above {other} depends on how one counts: of {n} combinations, {above} put {one} above, "
        f"{below} put {other} above; ties: {tied}."
    )


def _first(row: Mapping[Hashable, object], name: dict[str, str], *, zh: bool) -> str:
    city, first, n = name[str(row["city"])], int(str(row["first"])), int(str(row["n"]))
    if first == n:
        return (
            f"{city}在全部{n}种组合下均居首位。" if zh else f"{city} ranks first under all {n} combinations."
        )
    if first == 0:
        return (
            f"{city}在任何一种组合下都不居首位。"
            if zh
            else f"{city} ranks first under none of the {n} combinations."
        )
    if zh:
        return f"{city}在{n}种组合中的{first}种下居首位（含并列）。"
    return f"{city} ranks first, ties included, under {first} of the {n} combinations."


def _order(part: pd.DataFrame, per: object, name: dict[str, str], *, zh: bool) -> str:
    """Say whether all rules agree on the order under one denominator."""
    orders = set()
    for _, one in part.groupby("rule", sort=False):
        ranked = one.sort_values("rank", kind="stable")
        orders.add(tuple(zip(ranked["city"], ranked["rank"], strict=True)))
    label, n = PER_NAMES[str(per)][0 if zh else 1], part["rule"].nunique()
    if len(orders) == 1:
        (order,) = orders
        said = "、" if zh else ", "
        line = said.join(f"{name[city]} {rank}" for city, rank in order)
        if zh:
            return f"{label}时，{n}种规则给出同一位次：{line}。"
        return f"{label[0].upper()}{label[1:]}, all {n} rules give the same ranks: {line}."
    if zh:
        return f"{label}时，{n}种规则给出{len(orders)}种不同位次。"
    return f"{label[0].upper()}{label[1:]}, the {n} rules give {len(orders)} different rankings."


def _mirror(full: pd.DataFrame, *, zh: bool) -> list[str]:
    """Say how often a ranking only repeats the order of the denominators, the smallest city first."""
    divided = full[full["per"] != "none"]
    n = mirrored = 0
    for _, part in divided.groupby(["rule", "per"], sort=False):
        n += 1
        size = (part["weight"] / part["value"]).where(part["weight"] > 0)
        mirrored += bool((size.rank() == part["rank"].astype(float)).all())
    if not n:
        return []
    if not mirrored:
        return [
            f"{n}种归一化组合的位次都不只是重复分母由小到大的次序。"
            if zh
            else f"In none of the {n} combinations with a denominator does the ranking only repeat that of the denominators."
        ]
    if zh:
        return [
            f"{n}种归一化组合中有{mirrored}种的位次与分母由小到大的次序完全相同，即排序主要反映城市规模。"
        ]
    said = (
        f"In {mirrored} of the {n} combinations with a denominator the ranking is exactly that of the denominators, the smallest "
        "first: there it tells of the cities' size more than of the list."
    )
    return [said]


def _concord(stability: RankStability, *, zh: bool) -> str:
    n = stability.combinations
    if zh:
        return f"{n}种组合之间的肯德尔和谐系数 W = {stability.w:.2f}（1 为完全一致，0 为毫无一致）；各组合共用同一份数据，并非独立样本。"
    return (
        f"Kendall's W over the {n} combinations is {stability.w:.2f} (1 is full agreement, 0 is none); the combinations share "
        "their data and are no independent sample."
    )


def _overlap(full: pd.DataFrame, n: int, *, zh: bool) -> str:
    overlapping = 0
    for _, part in full.groupby(["rule", "per"], sort=False):
        bounds = list(zip(part["low"].round(9), part["high"].round(9), strict=True))
        overlapping += any(a[0] <= b[1] and b[0] <= a[1] for a, b in combinations(bounds, 2) if a != b)
    if not overlapping:
        return (
            "任何一种组合下各市的取值区间都不重叠：“等”字、未定位项目和共同目标不影响位次。"
            if zh
            else "In no combination do the bounds of two cities overlap: 等, unlocated projects and joint targets change no rank."
        )
    if zh:
        return f"有{overlapping}种组合（共{n}种）中，至少两市的取值区间重叠：“等”字、未定位项目或共同目标可能改变位次。"
    return (
        f"In {overlapping} of the {n} combinations the bounds of at least two cities overlap: 等, unlocated projects or joint "
        "targets may change the order."
    )


def _partial(sensitivity: pd.DataFrame, name: dict[str, str], *, zh: bool) -> list[str]:
    raw = sensitivity[(sensitivity["rule"] == "whole") & (sensitivity["per"] == "none")]
    rest = raw[(raw["member"] != "full") & (raw["tasks"] > 0)]
    if rest.empty:
        return []
    counts = [(name[city], int(n)) for city, n in zip(rest["city"], rest["tasks"], strict=True)]
    vague = bool((rest["high"] > rest["value"]).any())
    if zh:
        said = "、".join(f"{city}（{n}项）" for city, n in counts)
        why = "，且原文有以“等”字省略其他城市之处" if vague else ""
        return [f"{said}只参加部分任务{why}，不参与排位。"]
    said = ", ".join(f"{city} ({n} {'task' if n == 1 else 'tasks'})" for city, n in counts)
    why = ", and the document leaves others unnamed (等)" if vague else ""
    verb = "takes" if len(counts) == 1 else "take"
    return [
        f"Not ranked, as {'it' if len(counts) == 1 else 'they'} {verb} part in some tasks only{why}: {said}."
    ]
