"""The shadow of a text: the same characters in one spelling, without blanks.

The grammar reads the shadow, where a full-width digit, a Traditional character, a half-width
bracket or a line end inside a word make no difference. Every position leads back to the text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable

# A full stop, and not the sign after a number (一. 1. A.).
_STOP = re.compile(
    r"(?<=[\u4e00-\u9fff）％%”])(?<![一二三四五六七八九十])\.(?=[\u4e00-\u9fff（〔【“]|\d{1,3}[.、]|$)"
)

_ANGLES = re.compile(r"[<〈]([\u4e00-\u9fff、]{1,8})[>〉]")  # 各县<市、区>

SPACE, LINE, PARAGRAPH = 1, 2, 3

_SAME = {
    "(": "（", ")": "）", ",": "，", ";": "；", ":": "：", "!": "！", "?": "？", "[": "【", "]": "】",
    "［": "【", "］": "】", "｡": "。", "､": "、", "﹑": "、", "﹒": ".", "．": ".", "∶": "：", "﹕": "：",
    "︰": "：", "﹔": "；", "﹐": "，", "﹙": "（", "﹚": "）", "❨": "（", "❩": "）", "│": "|", "｜": "|",
    "\0": "\ufffd", "○": "〇",
}  # fmt: skip
# Signs that only decorate, bullets and the like; ○ is left out, it stands for 〇 in dates.
_ORNAMENTS = "".join(chr(code) for code in range(0x25A0, 0x2600) if code != 0x25CB) + "★☆•▪♦♢❖"
# 经(jīng)济: a scar of some web pages. Only vowels with a tone mark tell it from a true bracket.
_PINYIN = re.compile(r"(?<=[\u4e00-\u9fff])[（(][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ]{1,6}[）)]")
_TONES = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ"
# Blanks that str.isspace does not call blank.
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u180e"
_LINE_ENDS = "\n\r\x0b\x0c\x85\u2028\u2029"
# Characters that a Simplified text does not hold, and the genre cannot do without.
_TRADITIONAL = "責牽頭單負實門發導協進產業"


@dataclass(frozen=True)
class Shadow:
    """A text without blanks, in one spelling."""

    text: str  # the text itself
    chars: str  # its shadow
    at: npt.NDArray[np.intp]  # offset in the text of each character of the shadow
    gap: npt.NDArray[np.uint8]  # what stood before it: nothing, SPACE, LINE or PARAGRAPH
    tab: npt.NDArray[np.bool_]  # whether a tab stood before it

    def offset(self, position: int) -> int:
        """Return the offset in the text of a position in the shadow (its end included)."""
        return int(self.at[position]) if position < len(self.at) else len(self.text)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in the text of a non-empty span of the shadow."""
        return int(self.at[start]), int(self.at[end - 1]) + 1


def cast_shadow(text: str, *, skip: Iterable[tuple[int, int]] = ()) -> Shadow:
    """Make the shadow of a text without some spans of it, in time linear in its length."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    blank, ends = _blanks()
    is_end = ends[codes]
    is_blank = blank[codes]
    if any(tone in text for tone in _TONES):
        for scar in _PINYIN.finditer(text):
            if any(tone in scar[0] for tone in _TONES) or scar[0][1:-1] == "ng":
                is_blank[scar.start() : scar.end()] = True
    for start, end in skip:
        is_blank[start:end] = True
    kept = np.flatnonzero(~is_blank)
    table = _spelling(any(char in text for char in _TRADITIONAL))
    spelled = table[codes[kept]]
    chars = spelled.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    chars = _full_stops(chars)
    if "<" in chars or "〈" in chars:
        chars = _ANGLES.sub(r"（\1）", chars)
    # \r\n is one line end; a blank line is two line ends in one gap.
    counted = is_end.copy()
    if len(codes) > 1:
        counted[1:] &= ~((codes[1:] == 10) & (codes[:-1] == 13))
    before = np.concatenate(([0], np.cumsum(counted)))[kept] if len(kept) else np.zeros(0, int)
    new_lines = np.diff(before, prepend=0)
    skipped = np.diff(kept, prepend=-1) > 1
    gap = np.where(new_lines >= 2, PARAGRAPH, np.where(new_lines == 1, LINE, np.where(skipped, SPACE, 0)))
    if len(gap):
        gap[0] = PARAGRAPH
    tabs = np.concatenate(([0], np.cumsum(codes == 9)))[kept] if len(kept) else np.zeros(0, int)
    return Shadow(text, chars, kept, gap.astype(np.uint8), np.diff(tabs, prepend=0) > 0)


def _full_stops(chars: str) -> str:
    """Write . as 。 in a text that ends its sentences with it."""
    if chars.count(".") <= 2 * chars.count("。"):
        return chars
    return _STOP.sub("。", chars)


@lru_cache(maxsize=1)
def _blanks() -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    blank = np.zeros(0x110000, dtype=bool)
    ends = np.zeros(0x110000, dtype=bool)
    for code in range(0x3001):
        blank[code] = chr(code).isspace()
    for char in _INVISIBLE + _ORNAMENTS:
        blank[ord(char)] = True
    for char in _LINE_ENDS:
        ends[ord(char)] = True
    return blank, ends


@lru_cache(maxsize=2)
def _spelling(traditional: bool) -> npt.NDArray[np.uint32]:  # noqa: FBT001
    table = np.arange(0x110000, dtype=np.uint32)
    for code in range(0xFF01, 0xFF5F):  # full-width forms of ASCII
        table[code] = code - 0xFEE0
    for code in (
        *range(0x2E80, 0x2FE0),
        *range(0xF900, 0xFB00),
    ):  # radicals that PDFs hold for characters
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1:
            table[code] = ord(plain)
    if traditional:
        from opencc import OpenCC  # noqa: PLC0415  # costs 5 MB; few documents need it

        # One call, and a line end after each character: so no phrase is converted as a whole.
        lines = OpenCC("t2s").convert("\n".join(map(chr, range(0x4E00, 0xA000)))).split("\n")
        for code, plain in enumerate(lines, start=0x4E00):
            if len(plain) == 1:
                table[code] = ord(plain)
    for char, same in _SAME.items():
        table[ord(char)] = ord(same)
    for full in "，；：（）！？":
        table[ord(full)] = ord(full)
    return table
