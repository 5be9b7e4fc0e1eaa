"""The shadow of a text: the same characters in one spelling, without blanks.

The grammar reads the shadow, where a full-width digit, a Traditional character, a half-width
bracket or a line end inside a word make no difference. Every position leads back to the text.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sxcanalysis.core.paths import data_file

if TYPE_CHECKING:
    from collections.abc import Iterable

# A full stop, and not the sign after a number (一. 1. A.).
_STOP = re.compile(
    r"(?<=[\u4e00-\u9fff）％%”])(?<![一二三四五六七八九十])\.(?=[\u4e00-\u9fff（〔【“—–-]|\d{1,3}[.、]|$)"
)

_BREAK = re.compile(r"<[Bb][Rr]\s*/?>")  # a line end in a cell of Markdown
_ANGLES = re.compile(r"[<〈]([\u4e00-\u9fff、]{1,8})[>〉]")  # 各县<市、区>

SPACE, LINE, PARAGRAPH = 1, 2, 3

_SAME = {
    "(": "（", ")": "）", ",": "，", ";": "；", ":": "：", "!": "！", "?": "？", "[": "【", "]": "】",
    "［": "【", "〖": "【", "〗": "】", "﹝": "〔", "﹞": "〕", "⟨": "〈", "⟩": "〉", "{": "（", "}": "）", "｛": "（", "｝": "）", "］": "】", "｡": "。", "､": "、", "﹑": "、", "﹒": ".", "．": ".", "∶": "：", "﹕": "：",
    "︰": "：", "﹔": "；", "﹐": "，", "﹙": "（", "﹚": "）", "❨": "（", "❩": "）", "│": "|", "┃": "|", "｜": "|",
    "\0": "\ufffd", "○": "〇", "﹪": "%", "〜": "~", "∼": "~",
}  # fmt: skip
# Signs that only decorate, bullets and the like; ○ is left out, it stands for 〇 in dates.
_ORNAMENTS = "".join(chr(code) for code in range(0x25A0, 0x2600) if code != 0x25CB) + "★☆•▪♦♢❖"
# 经(jīng)济: a scar of some web pages. Only vowels with a tone mark tell it from a true bracket.
_PINYIN = re.compile(r"(?<=[\u4e00-\u9fff])[（(][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ]{1,6}[）)]")
_TONES = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ"
# Blanks that str.isspace does not call blank.
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u180e"
_LINE_ENDS = "\n\r\x0b\x0c\x85\u2028\u2029"
# A Simplified text holds a Traditional character now and then, in a name; every fifth of a Traditional text is one.
_TRADITIONAL_SHARE = 1 / 50
# 伍仟万元: the numerals that nobody can alter, where two stand together or one before a scale; 伍家岗 is a place.
_FORMAL = re.compile("[零壹贰叁肆伍陆柒捌玖拾佰仟]{2,}|[壹贰叁肆伍陆柒捌玖](?=[万亿元])")
_PLAIN = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")


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

    def part(self, start: int, end: int) -> Shadow:
        """Return the shadow of a span of the text; its positions lead back into the whole text."""
        first, last = self.at.searchsorted([start, end])
        cut = slice(int(first), int(last))
        return Shadow(self.text, self.chars[cut], self.at[cut], self.gap[cut], self.tab[cut])

    def as_written(self, words: str, start: int, end: int) -> str:
        """Return words from a span of the shadow with the characters that the text has there."""
        shadow = self.chars[start:end]
        written = [self.text[at] for at in self.at[start:end]]
        changed = {ord(ours): theirs for ours, theirs in zip(shadow, written, strict=True) if ours != theirs}
        return words.translate(changed) if changed else words


def cast_shadow(text: str, *, skip: Iterable[tuple[int, int]] = (), amounts: bool = False) -> Shadow:
    """Make the shadow of a text without some spans of it, in time linear in its length.

    ``amounts`` keeps what numbers need: one blank between two digits that a blank on their line parts, the comma between two digits,
    a bar for a tab or an ornament; and writes 伍仟 as 五千.
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    kinds = _kinds()
    kind = kinds[codes]
    is_blank = (kind & (_BAR if amounts else 0) == 0) & (kind & (_BLANK | _BAR) != 0)
    if any(tone in text for tone in _TONES):
        for scar in _PINYIN.finditer(text):
            if any(tone in scar[0] for tone in _TONES) or scar[0][1:-1] == "ng":
                is_blank[scar.start() : scar.end()] = True
    for start, end in [*skip, *(mark.span() for mark in _BREAK.finditer(text))]:
        is_blank[start:end] = True
    kept = np.flatnonzero(~is_blank)
    if amounts and len(kept) > 1:
        digit = kind[kept] & _DIGIT != 0
        # A line end between digits is where a line was full: no unit, no stop stands before it.
        lines = np.cumsum(kind & _LINE_END != 0)[kept]
        parted = digit[:-1] & digit[1:] & (np.diff(kept) > 1) & (np.diff(lines) == 0)
        if parted.any():
            codes = codes.copy()
            codes[kept[:-1][parted] + 1] = ord(" ")
            is_blank[kept[:-1][parted] + 1] = False
            kept = np.flatnonzero(~is_blank)
    traditional = np.count_nonzero(kind & _TRADITIONAL) > _TRADITIONAL_SHARE * len(kept)
    spelled = _spelling(traditional)[codes[kept]]
    if amounts:
        spelled[kind[kept] & _BAR != 0] = ord("|")
        comma = np.flatnonzero(codes[kept] == ord(","))
        comma = comma[(comma > 0) & (comma < len(kept) - 1)]
        digit = kind[kept] & _DIGIT != 0
        spelled[comma[digit[comma - 1] & digit[comma + 1]]] = ord(",")
    chars = spelled.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    chars = _full_stops(chars)
    if amounts:
        chars = _FORMAL.sub(lambda run: run[0].translate(_PLAIN), chars)
    if "<" in chars or "〈" in chars:
        chars = _ANGLES.sub(r"（\1）", chars)
    # \r\n is one line end; a blank line is two line ends in one gap.
    counted = kind & _LINE_END != 0
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


# What a character is to the shadow, by code point.
_BLANK, _BAR, _LINE_END, _DIGIT, _TRADITIONAL = 1, 2, 4, 8, 16


@lru_cache(maxsize=1)
def _kinds() -> npt.NDArray[np.uint8]:
    kinds = np.zeros(0x110000, dtype=np.uint8)
    for code in range(0x3001):
        kinds[code] = _BLANK * chr(code).isspace()
    for chars, kind in (
        (_INVISIBLE, _BLANK),
        (_ORNAMENTS + "\t", _BAR),
        (_LINE_ENDS, _LINE_END),
        ("0123456789０１２３４５６７８９", _DIGIT),
    ):
        for char in chars:
            kinds[ord(char)] |= kind
    for char, _ in _traditional():
        # 乾, 後 and a few more are characters of Simplified texts too.
        if not char.encode("gb2312", "ignore"):
            kinds[ord(char)] |= _TRADITIONAL
    return kinds


@lru_cache(maxsize=1)
def _traditional() -> list[tuple[str, str]]:
    with data_file("reference/traditional.csv").open(encoding="utf-8-sig", newline="") as stream:
        return [(row["traditional"], row["simplified"]) for row in csv.DictReader(stream)]


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
        for char, plain in _traditional():
            table[ord(char)] = ord(plain)
    for char, same in _SAME.items():
        table[ord(char)] = ord(same)
    for full in "，；：（）！？":
        table[ord(full)] = ord(full)
    return table
