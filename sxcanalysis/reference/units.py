"""Units of Chinese official prose: what they are called, what they measure, what they are in SI."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import data_file
from sxcanalysis.reference.words import say, spoken

#: The powers of ten that stay with the unit as it is written (3.8万亩 is 3.8 万亩).
SCALES = {"": 1.0, "万": 1e4, "亿": 1e8, "万亿": 1e12}
# Units that are shorter under a stroke than alone: 吨/日, 元/月.
_SHORT = {"日": "天", "月": "个月", "时": "小时"}


@dataclass(frozen=True)
class Unit:
    """One unit, without the 万 or 亿 that may stand before it."""

    name: str
    name_en: str
    dimension: str
    factor: float  # what one of it is in its SI unit; 1 where it is not converted
    unit_si: str
    note: str = ""
    not_before: str = ""  # characters before which the word is no unit


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
        raise MissingDataError(say("error.units_missing", spoken(), file=path))
    found: dict[str, Unit] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            where = {"file": path.name, "row": line}
            try:
                factor = float(Fraction(row["factor"] or 1))
            except ValueError:
                raise DataError(say("error.units_factor", spoken(), **where, found=row["factor"])) from None
            named = (row["unit"], row["unit_en"], row["dimension"])
            unit = Unit(*named, factor, row["unit_si"], row["note"], row["not_before"])
            for name in [row["unit"], *filter(None, row["aliases"].split(";"))]:
                if name in found:
                    twice = {"name": name, "other": found[name].name}
                    raise DataError(say("error.units_name_twice", spoken(), **where, **twice))
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
        if after and after in units()[name].not_before:
            continue
        if name[-1].isascii() and name[-1].isalpha() and after.isascii() and after.isalnum():
            continue
        return units()[name], end
    return None


def match_unit(text: str, at: int) -> tuple[Unit, int] | None:
    """Return the unit that begins at a position of a text without blanks, and its end; the longest, 微克/立方米 too."""
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
        top.factor / (SCALES[scale] * below.factor),
        f"{top.unit_si}/{below.unit_si}",
        "; ".join(filter(None, [top.note, below.note])),
    )
