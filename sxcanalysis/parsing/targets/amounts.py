"""Numbers as Chinese official prose writes them: digits, characters, mixtures, ranges."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# One character for one character, so that positions survive. The Traditional forms are those that
# numerals, units and comparators use.
_TRADITIONAL = (
    "並乾佈佔併來侷個備傢傳價億償優儲兌內兩冊凈別則剋創劃動務勵勻區厠厤參員啓啟單噸噹嚮嚴囌國圍園圓埰堅報場塊墾壓壯奬學寀實寧"
    "審寬將對導屆層崗嵗帶幣幫幷幹幾庫廁廣張強彆後徑從復徵徹慶憑應戰戲戶採揚換揮搖搶撥擁擇據擬擴攝攬數斷於昇時晉暫曆曉曏東査條"
    "棟業極榦構標樣樹機橫檔檢檯權歐歲歷決沖淨減測準滲滿漲潤濃灣為無熱營爐爭爲牀牽狀獎獲現環產産畝當發盞監盤眞確礎礦稅種積穩穫"
    "筆箇節範築篩簡簽籌籤約納級組結給統經綜綠綫維網緊緑線練縣縮縱總織繞繳繼續纍罰羣義習聯肅脩臺與興舉舖舘莊萬蓆蓋蔘蘇處號衕衝"
    "裏補裝裡製複覈規訂計訓託記訪設註評試該認說説課調請謀識護變讓貝負貫貴買貸費貼資質購踐踰車軍較輛輪輻轄轉辦農迴逕連週進運過"
    "達遞遶遷選遼還邊鄉醫釐針釦鈡銷鋪錢錫鍋鍵鍼鍾鎖鎭鎮鏈鐘鑑鑒長門閉開間閤關陝陞階際隨隻雙離雲電鞏韆響頂頃項順須預領頭額類颱"
    "養餘館饋馬騰驗驟體髮鬚麪麫麵點齊齣龍"
)
_SIMPLIFIED = (
    "并干布占并来局个备家传价亿偿优储兑内两册净别则克创划动务励匀区厕历参员启启单吨当向严苏国围园圆采坚报场块垦压壮奖学采实宁"
    "审宽将对导届层岗岁带币帮并干几库厕广张强别后径从复征彻庆凭应战戏户采扬换挥摇抢拨拥择据拟扩摄揽数断于升时晋暂历晓向东查条"
    "栋业极干构标样树机横档检台权欧岁历决冲净减测准渗满涨润浓湾为无热营炉争为床牵状奖获现环产产亩当发盏监盘真确础矿税种积稳获"
    "笔个节范筑筛简签筹签约纳级组结给统经综绿线维网紧绿线练县缩纵总织绕缴继续累罚群义习联肃修台与兴举铺馆庄万席盖参苏处号同冲"
    "里补装里制复核规订计训托记访设注评试该认说说课调请谋识护变让贝负贯贵买贷费贴资质购践逾车军较辆轮辐辖转办农回径连周进运过"
    "达递绕迁选辽还边乡医厘针扣钟销铺钱锡锅键针钟锁镇镇链钟鉴鉴长门闭开间合关陕升阶际随只双离云电巩千响顶顷项顺须预领头额类台"
    "养余馆馈马腾验骤体发须面面面点齐出龙"
)
_FOLD = str.maketrans(
    "０１２３４５６７８９．％﹪＋－～〜∼＜＞＝／()〇\t" + _TRADITIONAL,
    "0123456789.%%+-~~~<>=/（）零|" + _SIMPLIFIED,
)
# 伍仟万元: the numerals that nobody can alter, where two stand together or one before a scale; 伍家岗 is a place.
_FORMAL = re.compile("[零壹贰叁肆伍陆柒捌玖拾佰仟]{2,}|[壹贰叁肆伍陆柒捌玖](?=[万亿元])")
_PLAIN = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")
_FOLDED = re.compile(f"[{re.escape(''.join(map(chr, _FOLD)))}]")
_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_PLACE = {"十": 10, "百": 100, "千": 1000}
_MYRIAD = {"万": 10**4, "亿": 10**8}

_LONGEST = 24  # characters of a number in words: 九千九百九十九万… has 15; a longer run is no number
_ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?"
_HAN = r"[零一二两三四五六七八九十百千万亿]{1,25}"
_NUMBER = re.compile(
    rf"(?P<vague>(?:几|数|若干|好几)(?:[十百千万亿]+)余?(?=[^分]))"
    r"|(?P<floor>上(?P<floorplace>[百千])?(?P<floorscale>万亿|万|亿)?(?<!上)(?=[个家项条人名户所座处场次件种台套辆亩公吨元艘架]))"
    r"|(?P<halfway>(?<=[减降增少过到低近占约达])一半|一半(?=以上))"
    rf"|(?P<den>{_HAN})分之(?P<num>{_HAN}(?:点[零一二三四五六七八九]+)?|\d+(?:\.\d+)?)"
    r"|(?P<tenths>[一二两三四五六七八九1-9])成(?P<half>[一二三四五六七八九半])?(?=以|左右|[，。；、,;）]|的|$)"
    rf"|(?P<arabic>{_ARABIC})(?P<few>[余多几来](?=[十百千万亿]))?(?P<places>[十百千]?)(?P<scale>万亿|万|亿)?(?P<tail>(?<=[万亿])\d{{1,4}}(?P<tailplace>[百千万]))?(?P<more>[余多](?![种样数元层边方功维]))?"
    rf"|(?P<han>(?![万亿]|一(?![倍成零一二三四五六七八九十百千万亿点])){_HAN})(?P<hanpoint>点[零一二三四五六七八九]+)?(?P<hanmore>[余多](?![种样数元层边方功维])(?P<hanscale>万亿|万|亿)?)?"
)


@dataclass(frozen=True)
class Number:
    """A number in compact text: its value in the scale that is written (3.8 of 3.8万)."""

    start: int
    end: int
    value: float
    high: float | None = None
    scale: str = ""
    more: bool = False  # 余, 多: somewhat more than the value
    percent: bool = False  # 百分之…
    written: str = "arabic"  # or "han", "vague", "fraction"


@dataclass(frozen=True)
class Compact:
    """Text without white space and with folded characters, and the way back to the original."""

    text: str
    _positions: list[int] | None
    source: str
    breaks: frozenset[int] = frozenset()  # last characters of lines that end a paragraph
    folded: tuple[int, ...] = ()  # where the source has another character than the text

    def original(self, index: int) -> int:
        """Return the position in the original text of a character of the compact one."""
        if self._positions is None:
            return index
        return self._positions[index]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original span of a compact one; its ends are never white space."""
        return self.original(start), self.original(end - 1) + 1

    def as_written(self, words: str, start: int, end: int) -> str:
        """Return folded words from a stretch of the text with the characters that the source has there."""
        if not self.folded or start >= end:
            return words
        low, high = self.span(start, end)
        found = self.folded[bisect_left(self.folded, low) : bisect_left(self.folded, high)]
        written = {_FOLD[ord(self.source[i])]: self.source[i] for i in found}
        return words.translate(written) if written else words


def compact(text: str) -> Compact:
    """Fold full-width and Traditional forms and leave out white space.

    Lines of official documents break anywhere, inside words and numbers' units. Only white space between
    two digits is kept (as one space), because there it tells two numbers apart.
    """
    changed = tuple(m.start() for m in _FOLDED.finditer(text))
    folded = text.translate(_FOLD) if changed else text
    folded = _FORMAL.sub(lambda run: run[0].translate(_PLAIN), folded)
    if not re.search(r"\s", folded):
        return Compact(folded, None, text, folded=changed)
    parts: list[str] = []
    positions: list[int] = []
    breaks: set[int] = set()
    at = 0
    for gap in re.finditer(r"\s+", folded):
        parts.append(folded[at : gap.start()])
        positions.extend(range(at, gap.start()))
        if "\n" in gap[0] and folded[max(0, gap.start() - 1) : gap.start()] in {
            "。",
            "；",
            "）",
            ")",
            "：",
            "！",
            "？",
            ";",
        }:
            breaks.add(len(positions) - 1)
        if (
            folded[max(0, gap.start() - 1) : gap.start()].isdigit()
            and folded[gap.end() : gap.end() + 1].isdigit()
        ):
            parts.append(" ")
            positions.append(gap.start())
        at = gap.end()
    parts.append(folded[at:])
    positions.extend(range(at, len(folded)))
    return Compact("".join(parts), positions, text, frozenset(breaks), changed)


def han_value(text: str) -> float | None:
    """Read a number written in characters; None where the characters are no number (万亿, 千百)."""
    total = section = digit = 0
    last_place = 10**12
    if len(text) > _LONGEST:
        return None
    for i, char in enumerate(text):
        if char in _DIGIT:
            if digit and char != "零":
                return None
            digit = _DIGIT[char]
        elif char in _PLACE:
            if _PLACE[char] >= last_place:
                return None
            if not digit and char != "十":
                return None
            if char == "十" and not digit and i and text[i - 1] != "零" and section:
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
    """Yield every number of compact text, in order, whatever it means.

    Years, ordinals and names are numbers too at this level: what a number is for is not decided here.
    """
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if match["vague"]:
            yield Number(start, end, 0.0, written="vague")
        elif match["floor"]:  # 上百家: a hundred and more
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
