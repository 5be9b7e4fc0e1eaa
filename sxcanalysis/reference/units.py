"""Units of Chinese official prose: what they are called, what they measure, what they are in SI."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import data_file

# What pint does not know. Counts are not here: a count of villages and one of companies must never
# meet in one sum, so a count keeps its own word as its unit.
#: The powers of ten that stay with the unit as it is written (3.8万亩 is 3.8 万亩).
SCALES = {"": 1.0, "万": 1e4, "亿": 1e8, "万亿": 1e12}

_DEFINITIONS = (
    "mu = hectare / 15",
    "jin = 0.5 * kilogram",
    "tce = [coal_equivalent]",
    "CNY = [currency_cny]",
    "USD = [currency_usd]",
    "EUR = [currency_eur]",
    "HKD = [currency_hkd]",
    "TEU = [container]",
    "EFLOPS = [computing]",
    "percentage_point = [percentage_point]",
    "multiple = [multiple]",
    "working_day = [working_day]",
    "class_hour = [class_hour]",
    "month_label = [calendar_month]",
    "year_label = [calendar_year]",
)
_SI_NAMES = {
    "m²": "meter**2",
    "m³": "meter**3",
    "m": "meter",
    "kg": "kilogram",
    "W": "watt",
    "J": "joule",
    "V": "volt",
    "s": "second",
    "bit": "bit",
    "bit/s": "bit/second",
    "pp": "percentage_point",
    "倍": "multiple",
    "工作日": "working_day",
    "学时": "class_hour",
    "个月": "month_label",
    "年": "year_label",
    "1": "dimensionless",
}
# Units that are shorter under a stroke than alone: 吨/日, 元/月.
_SHORT = {"日": "天", "月": "个月", "时": "小时"}
# 个 is a unit, but not in 个体; 家 not in 家庭; 人 not in 人才.
_NOT_BEFORE = {
    "个": "体人性别",
    "人": "才民大工员均社类群文居事",
    "家": "庭政园电禽装长具",
    "户": "籍外",
    "所": "有属在辖需谓",
    "条": "例件款",
    "分": "别之布类级为解享区配担工行支内期层",
    "方": "面式案便向位法针",
    "座": "谈",
    "台": "账湾阶胞",
    "天": "然津",
    "头": "部雁",
    "名": "录单牌镇城校胜",
    "场": "馆景所地站",
    "处": "置理级于",
    "门": "户店类",
    "口": "岸径袋",
    "班": "子级",
    "米": "兰粉",
    "克": "拉",
    "升": "级学规",
    "件": "均",
    "度": "假",
    "元": "宇",
    "吨": "级",
    "亿元": "级",
    "年": "",
    "对": "口于接标",
    "只": "有能要",
    "种": "植业子质养",
    "本": "科市省地土级年",
    "部": "门分属省署",
    "起": "步",
    "份": "额",
    "片": "区",
    "块": "链",
    "支": "持撑付",
    "组": "织",
    "位": "置于居列",
    "周": "边年期岁",
    "列": "入",
    "床": "位",
    "次": "日年月",
    "点": "位",
    "例": "如会",
    "秒": "批",
    "箱": "体",
    ":1": "0123456789.:",
    "：1": "0123456789.:",
    "∶1": "0123456789.:",
    "间": "接隔",
    "张": "家江",
}


@dataclass(frozen=True)
class Unit:
    """One unit, without the 万 or 亿 that may stand before it; ``top`` and ``below`` where it is a quotient."""

    name: str
    name_en: str
    dimension: str
    expression: str
    unit_si: str
    note: str = ""
    top: Unit | None = None
    below: Unit | None = None
    below_scale: str = ""


@cache
def units() -> dict[str, Unit]:
    """Return the units of ``data/reference/units.csv`` by name and by alias.

    Raises
    ------
    MissingDataError
        If the file is not there.
    DataError
        If a name or alias stands for two units.
    """
    path = data_file("reference/units.csv")
    if not path.is_file():
        msg = f"no table of units at {path}. It is part of the project: restore it from the repository."
        raise MissingDataError(msg)
    found: dict[str, Unit] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            unit = Unit(
                row["unit"],
                row["unit_en"],
                row["dimension"],
                row["expression"],
                row["unit_si"],
                row["note"],
            )
            for name in [row["unit"], *filter(None, row["aliases"].split(";"))]:
                if name in found:
                    msg = f"{path.name}, row {line}: {name!r} is already a name of {found[name].name!r}; give each name to one unit."
                    raise DataError(msg)
                found[name] = unit
    return found


@cache
def _by_first() -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for name in units():
        index.setdefault(name[0], []).append(name)
    for names in index.values():
        names.sort(key=len, reverse=True)
    return index


def _simple(text: str, at: int) -> tuple[Unit, int] | None:
    for name in _by_first().get(text[at : at + 1], ()):
        if not text.startswith(name, at):
            continue
        end = at + len(name)
        after = text[end : end + 1]
        if after and after in _NOT_BEFORE.get(name, ""):
            continue
        if name[-1].isascii() and name[-1].isalpha() and after.isascii() and after.isalnum():
            continue
        return units()[name], end
    return None


def match_unit(text: str, at: int) -> tuple[Unit, int] | None:
    """Return the unit that begins at a position of compact text and where it ends, the longest first.

    Parameters
    ----------
    text
        Compact text (see ``_numbers.compact``).
    at
        Where the unit would begin.

    Returns
    -------
    tuple or None
        A unit, made up where the text has one over another (微克/立方米, 元/吨), and its end.
    """
    first = _simple(text, at)
    if first is None:
        return None
    unit, end = first
    if text[end : end + 1] == "（":  # 台（套）, 条（个）
        other = _simple(text, end + 1)
        if (
            other is not None
            and text[other[1] : other[1] + 1] == "）"
            and unit.dimension == other[0].dimension == "count"
        ):
            return unit, other[1] + 1
    if text[end : end + 1] == "/" and unit.dimension != "ratio":
        below = end + 1
        scale = next((s for s in ("万", "亿") if text.startswith(s, below)), "")
        below += len(scale)
        short = _SHORT.get(text[below : below + 1])
        second = (units()[short], below + 1) if short else _simple(text, below)
        if second is not None:
            return _per(unit, second[0], scale), second[1]
    return unit, end


@lru_cache(maxsize=512)
def _per(top: Unit, below: Unit, scale: str) -> Unit:
    return Unit(
        f"{top.name}/{scale}{below.name}",
        f"{top.name_en} per {SCALES[scale]:,.0f} {below.name_en}"
        if scale
        else f"{top.name_en} per {below.name_en}",
        f"{top.dimension} per {below.dimension}",
        "",
        f"{top.unit_si}/{below.unit_si}",
        "; ".join(filter(None, [top.note, below.note])),
        top,
        below,
        scale,
    )


@cache
def _registry() -> Any:  # noqa: ANN401 - pint has no types, and is imported late
    import pint  # noqa: PLC0415 - half a second that only a caller who wants SI values pays

    registry: Any = pint.UnitRegistry()
    for definition in _DEFINITIONS:
        registry.define(definition)
    return registry


@lru_cache(maxsize=1024)
def si_factor(unit: Unit) -> float:
    """Return what one unit is in its SI unit; 1 for counts and for what is not converted."""
    if unit.top is not None and unit.below is not None:
        return si_factor(unit.top) / (SCALES[unit.below_scale] * si_factor(unit.below))
    if not unit.expression:
        return 1.0
    registry = _registry()
    quantity = registry.Quantity(registry.parse_expression(unit.expression))
    return float(quantity.to(_SI_NAMES.get(unit.unit_si, unit.unit_si)).magnitude)
