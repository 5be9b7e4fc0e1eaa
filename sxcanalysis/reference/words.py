"""The words that people read, in Chinese and English, from ``data/reference/labels.csv``."""

from __future__ import annotations

import csv
import difflib
import re
from functools import cache
from typing import TYPE_CHECKING, Literal

from sxcanalysis.core.errors import DataError, FigureError, MissingDataError
from sxcanalysis.core.paths import data_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
_PLURAL = re.compile(r"\{(\w+)\|([^|{}]*)\|([^|{}]*)\}")

_REASONS_ZH = {
    "a duty on paper": "任务数不随面积增长，面积只适合作实体工程的分母",
    "no ": "缺少归一化所需的数据",
    "needs the table": "缺少该规则所需的数据表",
    "nothing falls": "该规则下没有任何一项落到成员城市",
    "the full members bear": "该规则下各成员城市数量相同，归一化后只剩分母的排序",
}
HEADERS: dict[str, tuple[str, str]] = {
    "task_id": ("任务编号", "Task"),
    "project_id": ("项目编号", "Project"),
    "target_id": ("目标编号", "Target"),
    "edition": ("年度", "Edition"),
    "number": ("序号", "Number"),
    "category": ("类别", "Category"),
    "category_en": ("类别（英文）", "Category (English)"),
    "text": ("任务内容", "Text of the task"),
    "attribution": ("责任分工（原文）", "Attribution as printed"),
    "city": ("城市", "City"),
    "city_en": ("城市（英文）", "City (English)"),
    "other": ("对比对象", "Compared with"),
    "adcode": ("行政区划代码", "Administrative code"),
    "member": ("参与方式", "Membership"),
    "tasks": ("件数", "Items"),
    "weight": ("合计权重", "Sum of weights"),
    "value": ("取值", "Value"),
    "rank": ("位次", "Rank"),
    "share": ("占比", "Share"),
    "complete": ("是否完整", "Complete"),
    "low": ("下限", "Lower bound"),
    "high": ("上限", "Upper bound"),
    "rule": ("计数规则", "Counting rule"),
    "per": ("归一化口径", "Denominator"),
    "unit": ("单位", "Unit"),
    "defensible": ("是否采用", "Defensible"),
    "reason": ("不采用的原因", "Why not"),
    "above": ("较高的组合数", "Combinations above"),
    "tied": ("相等的组合数", "Combinations tied"),
    "below": ("较低的组合数", "Combinations below"),
    "n": ("组合总数", "Combinations"),
    "share_above": ("较高的占比", "Share above"),
    "share_below": ("较低的占比", "Share below"),
    "certain_above": ("确定较高的组合数", "Certainly above"),
    "certain_below": ("确定较低的组合数", "Certainly below"),
    "first": ("居首的组合数", "Times first"),
    "body": ("单位", "Body"),
    "body_as_written": ("单位（原文）", "Body as written"),
    "body_kind": ("单位性质", "Kind of body"),
    "role": ("责任角色", "Role"),
    "others_implied": ("是否带“等”字", "Others implied (等)"),
    "lead_and_other": ("一方牵头的任务数", "One of them leads"),
    "both_lead": ("共同牵头的任务数", "Both lead"),
    "jaccard": ("杰卡德系数", "Jaccard index"),
    "task_ids": ("任务编号", "Tasks"),
    "total": ("合计", "Total"),
    "cities": ("落实城市数", "Implementing cities"),
    "sharing": ("独自或共同", "Sole or shared"),
    "leadership": ("牵头方式", "Leadership"),
    "measurable": ("有量化目标", "Measurable"),
    "open_ended": ("无量化目标", "Open-ended"),
    "targets": ("量化目标数", "Targets"),
    "dated": ("有时限", "With deadline"),
    "undated": ("无时限", "Without deadline"),
    "measurable_share": ("有量化目标的占比", "Share measurable"),
    "dated_share": ("有时限的占比", "Share with deadline"),
    "sole": ("独自落实", "Sole"),
    "shared": ("共同落实", "Shared"),
    "open": ("独列而带“等”字", "Alone, others implied"),
    "name": ("名称", "Name"),
    "name_en": ("名称（英文）", "Name (English)"),
    "named_tasks": ("文中点名的任务数", "Tasks that name it"),
    "projects": ("涉及项目数", "Projects"),
    "assigned": ("文件指定", "Assigned"),
    "touched": ("实际经过", "Touched"),
    "located": ("已定位", "Located"),
    "relation": ("比较结果", "Relation"),
    "metric": ("指标", "Metric"),
    "metric_en": ("指标（英文）", "Metric (English)"),
    "comparator": ("比较关系", "Comparator"),
    "value_si": ("取值（国际单位）", "Value (SI)"),
    "unit_si": ("国际单位", "Unit (SI)"),
    "scope": ("范围", "Scope"),
    "deadline": ("时限", "Deadline"),
    "kind": ("类型", "Kind"),
    "quote": ("原文", "Quote"),
    "start": ("起始位置", "Start"),
    "end": ("结束位置", "End"),
    "stage": ("阶段", "Stage"),
    "precision": ("定位精度", "Precision"),
    "counties": ("涉及县（市、区）", "Counties"),
    "length_km": ("长度（公里）", "Length (km)"),
    "source": ("来源", "Source"),
    "population": ("常住人口（人）", "Resident population"),
    "gdp": ("地区生产总值（元）", "GDP (CNY)"),
    "budget_revenue": ("一般公共预算收入（元）", "General public budget revenue (CNY)"),
    "area": ("面积（平方公里）", "Area (km²)"),
    "seq": ("顺序", "Position"),
    "headings": ("上级标题", "Headings"),
    "attribution_start": ("责任分工起", "Attribution from"),
    "attribution_end": ("责任分工止", "Attribution to"),
    "corrected": ("更正", "Corrected"),
    "role_basis": ("角色依据", "Basis of the role"),
    "known": ("名录所载", "In the authority file"),
    "value_high": ("取值上限", "Upper value"),
    "value_high_si": ("取值上限（国际单位）", "Upper value (SI)"),
    "dimension": ("量纲", "Dimension"),
    "direction": ("方向", "Direction"),
    "baseline": ("基数", "Baseline"),
    "subset_of": ("其中项所属目标", "Part of target"),
    "assumed": ("读法说明", "Assumption"),
    "city_adcode": ("所属设区市代码", "Code of the city"),
    "in_name": ("在专名之内", "Inside a name"),
    "outside": ("省外", "Outside the province"),
    "site_id": ("地点编号", "Site"),
    "stage_verb": ("阶段用语", "Word for the stage"),
    "uncertainty_m": ("可能偏差（米）", "Uncertainty (m)"),
    "geometry_source": ("位置来源", "Source of the location"),
    "length_km_published": ("公开里程（公里）", "Published length (km)"),
    "length_km_drawn": ("图上里程（公里）", "Drawn length (km)"),
    "length_scope": ("公开里程的范围", "What the published length covers"),
    "difference_km": ("相差（公里）", "Difference (km)"),
    "difference_percent": ("相差（%）", "Difference (%)"),
    "missing": ("资料所载而图上未到", "Named, not drawn"),
    "beyond": ("图上所到而资料未载", "Drawn, not named"),
    "grazed": ("图上擦边", "Grazed"),
    "reason_none": ("未能定位的原因", "Why it is not located"),
    "note": ("备注", "Note"),
    "severity": ("级别", "Severity"),
    "code": ("类别代码", "Kind of finding"),
    "line": ("行", "Line"),
    "words": ("原文用语", "Words"),
    "hint": ("提示", "Hint"),
    "year": ("年份", "Year"),
    "population_status": ("人口：依据", "Population: basis"),
    "gdp_status": ("生产总值：依据", "GDP: basis"),
    "budget_revenue_status": ("预算收入：依据", "Budget revenue: basis"),
    "area_status": ("面积：依据", "Area: basis"),
    "population_source": ("人口：来源", "Population: source"),
    "gdp_source": ("生产总值：来源", "GDP: source"),
    "budget_revenue_source": ("预算收入：来源", "Budget revenue: source"),
    "area_source": ("面积：来源", "Area: source"),
    "neighbours": ("经过的外围城市", "Units outside it crosses"),
    "combination": ("组合", "Combination"),
    "index": ("项目", "Item"),
    "hhi": ("赫芬达尔指数", "Herfindahl–Hirschman index"),
    "hhi_normalised": ("标准化赫芬达尔指数", "HHI, normalised"),
    "effective_number": ("有效单位数", "Effective number"),
    "gini": ("基尼系数", "Gini coefficient"),
    "top_share": ("前几位占比", "Top share"),
    "k": ("前几位", "Top"),
}
#: Groups of ``data/reference/labels.csv`` that hold the words for a column's values.
_GROUPS = {
    "kind": ("kind", "target_kind"),
    "stage": ("stage",),
    "precision": ("precision",),
    "role": ("role",),
    "rule": ("rule",),
    "per": ("per",),
    "body_kind": ("body_kind",),
    "comparator": ("comparator",),
    "sharing": ("duty",),
    "member": ("membership",),
    "deadline": ("deadline",),
}
_STATUS = {
    "official": ("官方", "official"),
    "secondary": ("转引", "secondary"),
    "from memory": ("仅凭记忆", "from memory"),
    "not found": ("未查到", "not found"),
}
_VALUES: dict[str, dict[str, tuple[str, str]]] = {
    **{f"{size}_status": _STATUS for size in ("population", "gdp", "budget_revenue", "area")},
    "leadership": {"single": ("一家牵头", "one lead"), "joint": ("多家牵头", "several leads"), "none": ("无牵头", "no lead")},
    "severity": {"info": ("提示", "info"), "warning": ("提醒", "warning"), "error": ("错误", "error")},
    "unit": {
        "million residents": ("每百万常住人口", "per million residents"),
        "100 billion CNY of GDP": ("每千亿元生产总值", "per 100 billion CNY of GDP"),
        "10 billion CNY of budget revenue": ("每百亿元预算收入", "per 10 billion CNY of budget revenue"),
        "1000 km²": ("每千平方公里", "per 1000 km²"),
    },
    "relation": {
        "both": ("指定且经过", "both"),
        "assigned_only": ("指定而未经过", "assigned only"),
        "touched_only": ("经过而未指定", "touched only"),
        "neither": ("未指定也未经过", "neither"),
        "unknown": ("未能定位", "not located"),
    },
}  # fmt: skip


def header(column: str, lang: str, own: Mapping[str, str] | None = None) -> str:
    """Return a readable header for a column; ``own`` goes before the built-in ones."""
    if own and column in own:
        return own[column]
    if "/" in column:  # a combination of rule and denominator
        return worded("combination", column, lang)
    return HEADERS[column][lang == "en"] if column in HEADERS else column.replace("_", " ")


def worded(column: str, value: str, lang: str) -> str:
    """Return the word for a coded value of a column; other text comes back as it is."""
    if value in _VALUES.get(column, {}):
        return _VALUES[column][value][lang == "en"]
    if column == "combination" and "/" in value:
        rule, per = value.split("/", 1)
        return f"{worded('rule', rule, lang)} / {worded('per', per, lang)}"
    if column == "index" and value in HEADERS:
        return ("单位数", "Units")[lang == "en"] if value == "n" else HEADERS[value][lang == "en"]
    for group in _GROUPS.get(column, ()):
        found = label(f"{group}.{value}", lang, default="")
        if found:
            return found
    if lang == "zh" and column == "reason":
        return reason_in_chinese(value)
    if lang == "zh" and column == "note" and value.endswith(" is from memory"):
        return "分母仅凭记忆，待核"
    if lang == "zh" and column == "note" and value.startswith("no ") and value.endswith(" is known"):
        return "缺少分母数据"
    return value


@cache
def _labels(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        msg = f"{path}: missing. Every word of a figure stands there (key,zh,en); take the file from a copy of the project."
        raise MissingDataError(msg)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        table = {row["key"]: row for row in csv.DictReader(stream)}
    for line, row in enumerate(table.values(), start=2):
        if empty := [lang for lang in LANGS if not row[lang]]:
            msg = f"{path}, row {line}, column {empty[0]}: expected text, found an empty cell. Fill it in."
            raise DataError(msg)
    return table


def _labels_path() -> Path:
    return data_file("reference/labels.csv")


def label(key: str, lang: str, *, default: str | None = None) -> str:
    """
    Look up the word that a figure shows for a data value.

    Parameters
    ----------
    key
        ``group.value``, for example ``stage.completed`` or ``category.基础设施类``.
    lang
        ``zh`` or ``en``.
    default
        Returned for an unknown key: for open vocabularies only, such as the categories of next year's list.

    Returns
    -------
    text
        The word from ``data/reference/labels.csv``.

    Raises
    ------
    DataError
        If the key is unknown and no default is given; the message names similar keys.
    """
    lang = check_lang(lang)
    table = _labels(_labels_path())
    if key in table:
        return table[key][lang]
    if default is not None:
        return default
    near = (
        difflib.get_close_matches(key, table, n=3)
        or [k for k in table if k.split(".", 1)[0] == key.split(".", 1)[0]][:8]
    )
    hint = f"Similar keys: {', '.join(near)}. " if near else ""
    msg = f"No label for the key {key!r}. {hint}Add a row to data/reference/labels.csv (key,zh,en)."
    raise DataError(msg)


def say(key: str, lang: str, **values: object) -> str:
    """
    Return the sentence of a key with its values filled in.

    Parameters
    ----------
    key
        Of ``data/reference/labels.csv``, as for `label`.
    lang
        ``zh`` or ``en``.
    values
        What stands in the braces: ``{n}``, ``{share:.0%}``; ``{n|task|tasks}`` is the first word where ``n`` is 1, else the second.

    Returns
    -------
    sentence
        The words, ready to be shown.

    Examples
    --------
    >>> say("count.tasks", "en", n=1), say("count.tasks", "en", n=53), say("count.tasks", "zh", n=53)
    ('1 task', '53 tasks', '53项任务')
    """
    pattern = label(key, lang)
    try:
        chosen = _PLURAL.sub(lambda found: found[2] if values[found[1]] == 1 else found[3], pattern)
        return chosen.format_map(values)
    except (KeyError, ValueError, IndexError) as error:
        msg = f"data/reference/labels.csv, key {key!r}, column {lang}: {pattern!r} cannot be filled with {', '.join(values)} ({error})."
        raise DataError(msg) from error


def check_lang(lang: str) -> Lang:
    """Return `lang` if it is a language of the figures; raise `FigureError` otherwise."""
    if lang == "zh":
        return "zh"
    if lang == "en":
        return "en"
    msg = f"Unknown language {lang!r}: figures are made in 'zh' or 'en'."
    raise FigureError(msg)


def reason_in_chinese(reason: str) -> str:
    """Return in Chinese why a combination is not used."""
    return next((words for start, words in _REASONS_ZH.items() if reason.startswith(start)), reason)


def english_categories() -> dict[str, str]:
    """Return the English name of every category that has one."""
    table = _labels(_labels_path())
    return {
        key.removeprefix("category."): row["en"] for key, row in table.items() if key.startswith("category.")
    }
