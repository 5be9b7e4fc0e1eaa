"""Numbers as lists write them, under the names that Word gives to its numbering formats."""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"
_FORMAL = "零壹贰叁肆伍陆柒捌玖"
_FORMAL_TRADITIONAL = "零壹貳參肆伍陸柒捌玖"
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
    (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")

_COUNTING = frozenset(
    [
        "chineseCounting",
        "chineseCountingThousand",
        "japaneseCounting",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
        "japaneseDigitalTenThousand",
        "koreanCounting",
        "koreanDigital2",
    ]
)


def ordinal(n: int, style: str) -> str:  # noqa: C901, PLR0911, PLR0912
    """Write a list number in one of Word's formats; an unknown format is written in digits.

    Examples
    --------
    >>> [ordinal(12, s) for s in ("chineseCounting", "ideographDigital", "decimalFullWidth", "decimalEnclosedCircle")]
    ['十二', '一二', '１２', '⑫']
    """
    if style == "none":
        return ""
    if n < 1 or n > 99_999:
        return str(n)
    if style in _COUNTING:
        return _counting(n, _DIGITS, ("", "十", "百", "千", "万"))
    if style in {"chineseLegalSimplified", "japaneseLegal"}:
        return _counting(n, _FORMAL, ("", "拾", "佰", "仟", "万"), tens=True)
    if style == "ideographLegalTraditional":
        return _counting(n, _FORMAL_TRADITIONAL, ("", "拾", "佰", "仟", "萬"), tens=True)
    if style in {"ideographDigital", "taiwaneseDigital", "koreanDigital"}:
        return "".join("〇一二三四五六七八九"[int(d)] for d in str(n))
    if style in {"decimalFullWidth", "decimalFullWidth2"}:
        return str(n).translate(_FULL_WIDTH)
    if style in {"decimalEnclosedCircle", "decimalEnclosedCircleChinese"}:
        return _enclosed(n, (0x2460, 20), (0x3251, 15), (0x32B1, 15))
    if style == "decimalEnclosedFullstop":
        return _enclosed(n, (0x2488, 20))
    if style == "decimalEnclosedParen":
        return _enclosed(n, (0x2474, 20))
    if style == "ideographEnclosedCircle":
        return _enclosed(n, (0x3280, 10))
    if style == "ideographTraditional":
        return _STEMS[(n - 1) % 10]
    if style == "ideographZodiac":
        return _BRANCHES[(n - 1) % 12]
    if style in {"upperRoman", "lowerRoman"}:
        roman = _roman(n) if n < 4000 else str(n)
        return roman if style == "upperRoman" else roman.lower()
    if style in {"upperLetter", "lowerLetter"}:
        letter = chr(ord("A") + (n - 1) % 26) * min((n - 1) // 26 + 1, 9)
        return letter if style == "upperLetter" else letter.lower()
    if style == "decimalZero":
        return f"{n:02d}"
    if style == "numberInDash":
        return f"- {n} -"
    return str(n)


def _counting(n: int, digits: str, powers: tuple[str, ...], *, tens: bool = False) -> str:
    """Write a number below 100 000 in words; 十二, not 一十二, unless ``tens`` is set."""
    if n >= 10_000:
        rest = n % 10_000
        gap = digits[0] if 0 < rest < 1000 else ""
        head = _counting(n // 10_000, digits, powers, tens=tens) + powers[4]
        return head + (gap + _counting(rest, digits, powers, tens=True) if rest else "")
    out = ""
    zero = False
    for power in (3, 2, 1, 0):
        digit = n // 10**power % 10
        if digit:
            out += (digits[0] if zero and out else "") + digits[digit] + powers[power]
            zero = False
        else:
            zero = bool(out)
    if not tens and 10 <= n < 20:
        out = out[1:]
    return out


def _enclosed(n: int, *blocks: tuple[int, int]) -> str:
    """Write a number as one enclosed character, as far as there are any."""
    first = 1
    for start, size in blocks:
        if first <= n < first + size:
            return chr(start + n - first)
        first += size
    return str(n)


def _roman(n: int) -> str:
    out = ""
    for value, letters in _ROMAN:
        while n >= value:
            out += letters
            n -= value
    return out
