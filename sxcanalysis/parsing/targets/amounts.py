"""Numbers as Chinese official prose writes them: digits, characters, mixtures, ranges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sxcanalysis.reference.lexicon import compiled
from sxcanalysis.reference.units import match_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_PLACE = {"十": 10, "百": 100, "千": 1000}
_MYRIAD = {"万": 10**4, "亿": 10**8}

_LONGEST = 24  # characters of a number in words: 九千九百九十九万… has 15; a longer run is no number
_ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
_DECIMALS = "[〇零一二三四五六七八九]+"
_HAN = r"[〇零一二两三四五六七八九十百千万亿]{1,25}"
_MORE = "[余多](?![种样数元层边方功维])"
# What a number can begin with comes first: the rest is tried at few places.
_NUMBER = rf"""(?=[0-9〇零一二两三四五六七八九十百千万亿上]|«targets:vague»)(?:
    (?P<vague>«targets:vague»[十百千万亿]+余?(?=[^分]))  # 数百家
  | (?P<floor>(?<!以)上(?P<floorplace>[百千])?(?P<floorscale>万亿|万|亿)?(?<!上))  # 上百家
  | (?P<halfway>(?<=[减降增少过到低近占约达])一半|一半(?=以上))
  | (?P<den>{_HAN})分之(?P<num>{_HAN}(?:点{_DECIMALS})?|\d+(?:\.\d+)?)
  | (?P<tenths>[一二两三四五六七八九1-9])成(?P<half>[一二三四五六七八九半])?(?=以|左右|[，。；、）]|的|$)
  | (?P<arabic>{_ARABIC})(?P<few>[余多几来](?=[十百千万亿]))?(?P<places>[十百千]?)(?P<scale>万亿|万|亿)?
    (?P<tail>(?<=[万亿])\d{{1,4}}(?P<tailplace>[百千万]))?  # 13万2千
    (?P<more>{_MORE})?
  | (?P<han>(?![万亿]|一(?![倍成零一二三四五六七八九十百千万亿点])){_HAN})(?P<hanpoint>点{_DECIMALS})?
    (?P<hanmore>{_MORE}(?P<hanscale>万亿|万|亿)?)?
)"""


@dataclass(frozen=True)
class Number:
    """A number in a text without blanks: its value in the scale that is written (3.8 of 3.8万)."""

    start: int
    end: int
    value: float
    high: float | None = None
    scale: str = ""
    more: bool = False  # 余, 多: somewhat more than the value
    percent: bool = False  # 百分之…
    written: str = "arabic"  # or "han", "vague", "fraction"


def han_value(text: str) -> float | None:
    """Read a number written in characters; None where the characters are no number (万亿, 千百)."""
    total = section = digit = 0
    last_place = 10**12
    if len(text) > _LONGEST:
        return None
    for i, char in enumerate(text):
        if char in _DIGIT:
            if digit and char not in "零〇":
                return None
            digit = _DIGIT[char]
        elif char in _PLACE:
            if _PLACE[char] >= last_place:
                return None
            if not digit and char != "十":
                return None
            if char == "十" and not digit and i and text[i - 1] not in "零〇" and section:
                return None
            section += (digit or 1) * _PLACE[char]
            last_place, digit = _PLACE[char], 0
        else:
            section += digit
            if not section and not total:
                return None
            if char == "亿":
                total = (total + section) * _MYRIAD[char]
            else:
                total += section * _MYRIAD[char]
            section = digit = 0
            last_place = 10**12
    return float(total + section + digit)


def _han(match: re.Match[str]) -> Number | None:
    text = match["han"]
    start, end = match.span()
    more = bool(match["hanmore"])
    body = re.match(r"(.*?)(万亿|万|亿)?$", text)
    if body is None:  # pragma: no cover - the pattern matches every string
        return None
    scale, digits = body[2] or "", body[1]
    if more and match["hanscale"] and not scale:
        scale = match["hanscale"]
    if digits in {"百", "千"} and (more or match.start()):  # 百余家, 近百家: the caller looks for 余 or 近
        return Number(start, end, _PLACE[digits] * 1.0, scale=scale, more=more, written="bare")
    pair = re.fullmatch(r"([二两三四五六七八])([三四五六七八九])([十百千]?)", digits)
    if pair and _DIGIT[pair[2]] == _DIGIT[pair[1]] + 1:  # 三四个, 七八十家
        place = _PLACE.get(pair[3], 1)
        low, high = _DIGIT[pair[1]] * place, _DIGIT[pair[2]] * place
        return Number(start, end, float(low), float(high), scale, more, written="han")
    value = han_value(digits)
    if value is None or not digits:
        return None
    if match["hanpoint"]:
        value = float(f"{int(value)}.{''.join(str(_DIGIT[c]) for c in match['hanpoint'][1:])}")
    return Number(start, end, value, scale=scale, more=more, written="han")


def _fraction(match: re.Match[str]) -> Number | None:
    start, end = match.span()
    part = match["num"]
    if part[0].isdigit():
        top: float | None = float(part)
    else:
        whole, _, decimals = part.partition("点")
        top = han_value(whole)
        if top is not None and decimals:
            top = float(f"{int(top)}.{''.join(str(_DIGIT[c]) for c in decimals)}")
    below = {"百": 100.0, "千": 1000.0, "万": 10000.0}.get(match["den"]) or han_value(match["den"])
    if top is None or not below:
        return None
    if below == 100:
        return Number(start, end, top, percent=True, written="fraction")
    return Number(start, end, top / below, written="fraction")


def numbers(text: str) -> Iterator[Number]:
    """Yield every number of a text without blanks, in order, whatever it means.

    Years, ordinals and names are numbers too at this level: what a number is for is not decided here.
    """
    for match in compiled(_NUMBER).finditer(text):
        start, end = match.span()
        if match["vague"]:
            yield Number(start, end, 0.0, written="vague")
        elif match["floor"]:
            unit = match_unit(text, end)
            if unit is None or unit[0].dimension == "ratio":  # 线上千场: no amount
                continue
            value = float(_PLACE.get(match["floorplace"] or "", 1))
            yield Number(start, end, value, scale=match["floorscale"] or "", written="floor")
        elif match["halfway"]:
            yield Number(start, end, 50.0, percent=True, written="fraction")
        elif match["den"]:
            found = _fraction(match)
            if found:
                yield found
        elif match["tenths"]:
            tens = int(match["tenths"]) if match["tenths"].isdigit() else _DIGIT[match["tenths"]]
            ones = 5 if match["half"] == "半" else _DIGIT.get(match["half"] or "零", 0)
            yield Number(start, end, float(10 * tens + ones), percent=True, written="fraction")
        elif len(match["arabic"] or "") > 30:
            continue  # no amount has so many digits: an account number, or a damaged file
        elif match["arabic"]:
            if end - start > _LONGEST:
                continue
            value = float(match["arabic"].replace(",", ""))
            places, scale = match["places"], match["scale"] or ""
            if places and not scale and text[end : end + 1] in "瓦米克伏卡帕赫安" and text[end - 1] == "千":
                end -= 1  # 5千瓦: the 千 belongs to the unit
                places = ""
            value *= _PLACE.get(places, 1)
            if match["tail"] and scale in _MYRIAD:  # 13万2千
                rest = float(match["tail"][:-1]) * {**_PLACE, **_MYRIAD}[match["tailplace"]]
                value = round(value + rest / _MYRIAD[scale], 10)
            more = bool(match["few"] or match["more"])
            yield Number(start, end, value, scale=scale, more=more)
        else:
            found = _han(match)
            if found:
                yield found
