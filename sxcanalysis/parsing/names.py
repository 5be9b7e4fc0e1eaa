"""The names in an attribution: where one ends and the next begins, and what is left out of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from sxcanalysis.reference import bodies as authority

_SEPARATOR = re.compile(r"[、，；。,;:：/／|\t]|(?<=\S)\s+(?=\S)")
_AND = re.compile(r"以及|和|及|与|暨")
_OPEN = re.compile(
    r"等(?:\d{0,3}个?)?(?:[\u4e00-\u9fff]{0,6}(?:部门|单位|地区|地|市|厅局|城市|机构|县区|区县|委办局|政府))?$"
)
# 等国务院相关部门, 等市级有关部门: a body of its own, a collective, unlike 等部门.
_COLLECTIVE = re.compile(
    r"等(?P<name>(?:国务院|中央|国家|[\u4e00-\u9fff]{0,4}[省市县区州](?:级|直)?)[各有相关职能直属]{0,4}(?:部门|单位|厅局|机构|委办局))$"
)
_LEADING = re.compile(
    r"(?:由|请|拟由|其中|同时|并|及|和|与|以及|，|、|另外|[①-⑳]|\d{1,2}[.、])+(?=[\u4e00-\u9fff][\u4e00-\u9fff\0])"
)
_UNIT_WORD = re.compile(
    r"^(?:县级|地级)?(?:省|市|州|盟|地区|区|县|旗|自治区|直辖市|兵团|镇|乡|街道|村|县市区|市区|县区)\0*(?:级市)?(?:党委|委)?(?:、|和)?(?:人民政府|政府|党委政府|人民政府办公室)?\0*$"
)
_EVERY = re.compile(
    r"^(?:沿[\u4e00-\u9fff]|全省|全市|所辖|所属|省内)?(?:各有关|各相关|各|相关|有关)(?:沿[\u4e00-\u9fff])?(?:设区)?(?:省|市|州|盟|地区|区|县|旗|自治区|地市|自治州|镇|乡|街道|市州|县区|区县|市县|县级市|片区|园区|开发区)\0*(?:人民政府|政府)?$"
)
# 各地区、各部门: one collective, not two bodies.
_EVERYONE = re.compile(r"各(?:有关|相关)?(?:地区|地方|地|部门|单位|级政府|级各部门|有关部门|级)")
_SHARED_SUFFIX = re.compile(r"(?:市|县|区|州|盟|省|旗)(人民政府|政府|委市政府|党委政府|委、市政府)$")
_LEVEL_PREFIX = re.compile(
    r"^((?:[\u4e00-\u9fff]{2,3})?(?:省|自治区|市|州|区|县))(?!级|直|场监|政(?!府|务|协|法|数))(委)?"
)
# A bracket in a name belongs to it (省知识产权局) unless it holds a remark.
_ASIDE = re.compile(r"（[^（）]*(?:[，；。：]|.{14})[^（）]*）")
# Below the province every bureau is the city's or the county's own; above it some are not.
_LOCAL_OFFICE = re.compile(
    r"(?![市县区省国各州驻相有其])(?:(?![市县区省州])[\u4e00-\u9fff]){2,6}"
    r"(?<!分)(?<!证监)(?<!保监)(?<!银监)(?<!金融监管)(?<!铁路)(?<!海事)(?<!民航)(?<!通信管理)(?:局|委|办)$"
)
_PARTY_OFFICE = re.compile(
    r"宣传部|组织部|统战部|政法委|社会工作部|网信办|编办|党校|老干部局|巡视办|直属机关工委"
)
# 建立由省财政厅… is the beginning of a sentence, not of a name.
_VERB = re.compile(
    r"(?:建立|建成|新建|改建|扩建|续建|迁建|开工|启动(?!区)|打造|创建|编制|举办|修订|出台|印发|争取|实现|完成|提高|提升|优化|扩大|培育|形成|持续|主动|自行|重点(?!办|工程|项目)|抓(?!总)|完善|健全|构建|推进|推动|加强|加快|加大|强化|深化|成立|发挥|支持|鼓励|引导|通过|依托|坚持|充分|实行|开展|"
    r"明确|制定|研究|确保|将|把|的|要(?!素)|应(?!急|城|天)|须)(?![市省区县州盟旗])"
)
_SENTENCE = re.compile(
    r"[的了在对将把被让向从至谁于\d“”，]|完成|达到|不少于|以上|以内|工作$|任务$|建设$|情况$|项目$"
)
_NOBODY = re.compile(
    r"待定|以下|上述|均需|凡|暂无|无$|见附|见上|详见|同上|同前|另行|不限|略$|.*(?:起草|供稿|供图|印发|发布|编制|提供|推进|推动)$"
)
_PERSON = re.compile(r"副?(?:省|市|州|县|区|镇|乡|秘书|部|厅|局|处)长$|副?书记$|副?主席$|常委$|同志$|谁")
_OFFICE_OF = re.compile(r"(?:办公室|委员会|领导小组|管委会|党工委|国资委|研究室)")  # 市政府 ⏎ 办公室
_CITY = r"[\u4e00-\u9fff]{2,6}(?:市|县|区|盟|旗)|[\u4e00-\u9fff]{3,6}州"
_TOO_LONG = 32


@dataclass
class Piece:
    """One name; offsets in the words of the attribution."""

    start: int
    end: int
    open_ended: bool = False
    joined: bool = False


def split_names(
    words: str, flat: str, start: int, end: int, *, joined: bool, breaks: tuple[int, ...]
) -> list[Piece]:
    """Split a run of words into names: at 、 and ，, and at 和 where both sides are names."""
    spans: list[tuple[int, int]] = []
    at = start
    cuts = [match.span() for match in _SEPARATOR.finditer(flat, start, end)]
    cuts += [(i, i) for i in breaks if start < i < end and _parts_names(flat, start, i, end)]
    for cut_start, cut_end in sorted(cuts):
        spans.append((at, cut_start))
        at = cut_end
    spans.append((at, end))
    spans = _keep_collectives(flat, [s for s in (_trim(flat, *span) for span in spans) if s])
    pieces: list[Piece] = []
    for span in spans:
        for part_start, part_end in _split_at_and(words, flat, *span):
            name = flat[part_start:part_end]
            together = _COLLECTIVE.search(name)
            if together:
                part_end = part_start + together.start() + 1  # noqa: PLW2901  # the others, behind 等, come after it
                name = flat[part_start:part_end]
            opened = _OPEN.search(name)
            trimmed = _trim(flat, part_start, part_start + opened.start() if opened else part_end)
            if trimmed:
                pieces.append(Piece(*trimmed, open_ended=bool(opened), joined=joined))
            elif opened and pieces:
                pieces[-1].open_ended = True
            if together:
                pieces.append(Piece(part_end, part_end + len(together["name"]), joined=joined))
    return pieces


def _parts_names(flat: str, start: int, at: int, end: int) -> bool:
    """Whether a blank parts two names (省科技厅 省财政厅), and not the halves of one."""
    before = _SEPARATOR.split(flat[start:at])[-1]
    after = _SEPARATOR.split(flat[at:end])[0]
    if _EVERY.match(before) and _UNIT_WORD.match(_OPEN.sub("", after)):
        return False  # 各区 | 县政府
    if not is_name(before.rstrip("\0")) or not is_name(after.rstrip("\0")):
        return False
    whole = (
        min(len(before), len(after)) > 2 and authority.is_organisation(before) and not _OFFICE_OF.match(after)
    )
    return whole or _LEVEL_PREFIX.match(after) is not None


def _trim(flat: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and flat[start] in " \t\n，、；。:：*":
        start += 1
    while end > start and flat[end - 1] in " \t\n，、；。:：*":
        end -= 1
    while end > start and flat[end - 1] in "）】〕":  # its partner is outside
        end -= 1
    lead = _LEADING.match(flat, start, end)
    if lead:
        start = lead.end()
    return (start, end) if end > start else None


def _keep_collectives(flat: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Put 各市、县（市、区）政府 together again: one body, although it holds a 、."""
    kept: list[tuple[int, int]] = []
    for start, end in spans:
        together = kept and flat[kept[-1][1] : start].strip() == "、"
        name = _OPEN.sub("", flat[start:end])
        if together and (
            (_UNIT_WORD.match(name) and _EVERY.match(_head(flat, kept[-1])))
            or (_EVERYONE.fullmatch(name) and _EVERYONE.fullmatch(flat[slice(*kept[-1])]))
        ):
            kept[-1] = (kept[-1][0], end)
        else:
            kept.append((start, end))
    return kept


def _head(flat: str, span: tuple[int, int]) -> str:
    return re.split("[、和]", flat[span[0] : span[1]])[0]


def _split_at_and(words: str, flat: str, start: int, end: int) -> list[tuple[int, int]]:
    """Split at 和 between two names, never inside one (工业和信息化厅)."""
    name = words[start:end]
    if authority.is_listed(_OPEN.sub("", name)):
        return [(start, end)]
    for link in _AND.finditer(flat, start, end):
        if flat[link.start() - 1 : link.start()] == "参":  # 参与
            continue
        left, right = flat[start : link.start()], flat[link.end() : end]
        if not right or not is_name(_OPEN.sub("", left).rstrip("\0")):
            continue
        rest = _OPEN.sub("", right).rstrip("\0")
        if _EVERY.match(left) and _UNIT_WORD.match(right):
            continue
        if rest in {"单位", "部门", "地区", "企业", "机构"} or not rest:
            continue
        first = _AND.split(rest)[0]
        if is_name(rest) or is_name(first):
            return [(start, link.start()), *_split_at_and(words, flat, link.end(), end)]
    return [(start, end)]


def is_name(name: str) -> bool:
    """Whether words read as the name of a body or a place."""
    return len(name) > 1 and (authority.is_organisation(name) or authority.is_place(name))


@lru_cache(maxsize=65536)
def is_plausible(name: str, *, listed: bool = False) -> bool:
    """Whether words can be a name at all: not a date, a number, a sentence, a person.

    Of a name that is *listed* among names, or under a label, more is believed.
    """
    if not 2 <= len(name) <= _TOO_LONG or not re.search(r"[\u3400-\u9fff]", name):
        return False
    if re.search(r"\d{4}年|\d+月|月底|年底|年内|长期|持续|\d+[%项个家所条件人]", name):
        return False
    bare = re.sub(r"[（〔【].*?[）〕】]", "", name)
    if authority.is_listed(bare):
        return True
    if _NOBODY.match(bare) or _VERB.match(bare) or bare[-1:] in "要应须均都也" or _PERSON.search(bare):
        return False
    if listed and len(bare) <= 16 and not _SENTENCE.search(bare):
        return True
    # Six characters may be an office we do not know; a longer run without the end of a name is prose.
    return len(bare) <= 6 or is_name(bare) or authority.canonical_body(bare)[1]


def without_remark(name: str) -> str:
    """Return a name without a bracket that holds a remark; one that belongs to the name stays."""
    return _ASIDE.sub("", name)


def has_level(name: str) -> bool:
    """Whether a name begins with its level of government (省…, 苏州市…)."""
    return _LEVEL_PREFIX.match(name) is not None


def write_out(written: list[str]) -> list[str]:
    """Write names out: shared suffixes, omitted levels (省发展改革委、财政厅 → 省财政厅)."""
    names = [re.sub(r"\s", "", name) for name in written]
    names = [
        re.sub(r"^([\u4e00-\u9fff]{2,3})[两二三四五六七八九](市|县|区|省)$", r"\1\2", name) for name in names
    ]
    _share_suffixes(names)
    level = ""
    for i, name in enumerate(names):
        if level and _PARTY_OFFICE.fullmatch(name):
            names[i] = f"{level}委{name}"
        elif level and (
            authority.is_bare_department(name) or (level[-1] in "市县区州" and _LOCAL_OFFICE.match(name))
        ):
            names[i] = level + name
        else:
            prefix = _LEVEL_PREFIX.match(name)
            if prefix and authority.is_organisation(name):
                level = prefix[1]
    return names


def _share_suffixes(names: list[str]) -> None:
    """杭州市、宁波市、湖州市人民政府: the government of each; 无锡、常州市: both are cities."""
    for i in range(len(names) - 1, 0, -1):
        here, before = names[i], names[i - 1]
        if here.startswith("各") or before.startswith("各"):
            continue
        shared = _SHARED_SUFFIX.search(here)
        # 常州 ends like a 州, but two characters are a name without its rank.
        unranked = re.fullmatch(r"[\u4e00-\u9fff]{2,3}", before) and not (
            len(before) > 2 and (authority.is_place(before) or authority.is_organisation(before))
        )
        if shared and re.fullmatch(_CITY, before):
            names[i - 1] = before + shared[1]
        elif shared and unranked and not _is_office(before):
            names[i - 1] = before + shared[0]
        elif unranked and not _is_office(before) and re.fullmatch(r"[\u4e00-\u9fff]{2,3}(市|县|区|州)", here):
            names[i - 1] = before + here[-1]
        else:
            suffix = re.search(r"(厅|局|委|办)$", here)
            level = _LEVEL_PREFIX.match(before)
            stem = before[level.end() :] if level else before
            if suffix and 2 <= len(before) <= 9 and authority.is_known_stem(stem, suffix[1]):
                names[i - 1] = before + suffix[1]


def _is_office(name: str) -> bool:
    return bool(re.search(r"[厅局委办部会院署]$", name))
