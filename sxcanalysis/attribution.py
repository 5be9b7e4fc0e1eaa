"""The closing bracket: which body has which role.

The grammar, in the words of the documents (``docs/grammar.md`` explains it with examples)::

    attribution = clause { separator clause }
    clause      = label bodies                    牵头单位：省科技厅
                | bodies role                     省科技厅、省财政厅按职责分工负责
                | bodies "会同" bodies [ role ]   省科技厅会同省财政厅负责
                | bodies                          省科技厅、省财政厅
    label       = role-stem { role-stem } [ noun ] "："
    role        = { manner } role-word { role-word | helper }
    bodies      = body { ( "、" | "，" | "和" | space ) body } [ "等" ]

A role phrase gives its role to the bodies before it, back to the role phrase before; a label to
the bodies after it. Under two role words the first of lead, supporting, coordinating,
implementing, responsible holds (牵头负责 is a lead, 负责落实 is implementing).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from sxcanalysis import bodies as authority

# Role words by role, in the order in which they hold when several meet.
ROLE_WORDS: dict[str, tuple[str, ...]] = {
    "lead": ("牵头", "主办", "主责", "主抓", "主管", "领办"),
    "supporting": ("配合", "协办", "会同", "参与", "参加", "协同", "协助", "协作", "支持", "会办"),
    "coordinating": ("指导", "协调", "统筹", "督促", "督导", "督办"),
    "implementing": ("落实", "实施", "执行"),
    "responsible": ("负总责", "负责", "责任", "承办", "承担", "主要", "第一"),
}
_HELPERS = (
    "推进",
    "推动",
    "组织",
    "抓总",
    "抓好",
    "做好",
    "开展",
    "完成",
    "办理",
    "工作",
    "到位",
    "督查",
)
_LABEL_NOUNS = (
    "单位",
    "部门",
    "主体",
    "机构",
    "地区",
    "城市",
    "市县",
    "处室",
    "科室",
    "股室",
    "方",
    "者",
)

_ANY_ROLE = "|".join(word for words in ROLE_WORDS.values() for word in words)
# 主要, 第一, 责任 are roles only in a label (责任单位); after a name they are ordinary words.
_VERB_ROLE = "|".join(
    word for words in ROLE_WORDS.values() for word in words if word not in {"主要", "第一", "责任", "主管"}
)
_MANNER = (
    r"(?:按照?|根据|依据|依|结合|立足|对照)(?:[\u4e00-\u9fff、]{0,10}?)(?:职责|职能|职权|分工|实际|权限|任务|规定|要求|情况)"
    r"(?:分工|任务|范围)?|分别|共同|各自|联合|具体|统一|认真|分头|全面|分级|属地|直接|主要|一起|贯彻|抓好|做好|"
    r"切实|组织|推进|推动|积极|主动|全力"
)
_HELPER = "|".join(_HELPERS)
_PHRASE = rf"(?:{_MANNER})*(?P<words>(?:(?:{_HELPER})*(?:{_VERB_ROLE}))(?:{_VERB_ROLE}|{_HELPER})*)"
# Unless something ends the clause after it, 协调 or 指导 is a part of a name (协调办, 指导中心).
_STRONG = r"(?:牵头|负责|配合|落实)"
_BODY_START = r"(?:国家|中央|省|市|区|县|各|有关|相关|其他|[\u4e00-\u9fff]{2,3}市)"
_MARKER = re.compile(
    rf"(?P<label>(?:(?:{_ANY_ROLE}|实施|具体|总|及|和|与|、|及其)\0*)+(?:责任)?(?:{'|'.join(_LABEL_NOUNS)})?\0*"
    rf"(?:及(?:责任人|分工))?(?:[:：]|(?<=单位)(?=\s|{_BODY_START})|(?<=部门)(?=\s)))"
    rf"|(?P<note>(?:完成|时间|办结|推进|整改|工作)?(?:时限|时间|进度|节点|期限|期|安排|目标)[:：]|"
    rf"(?:责任|分管|市|省|包保)?(?:领导|责任人|联系人|人|电话)[:：]|备注[:：])"
    rf"|(?P<phrase>{_PHRASE})(?=[，；。、:：\s）)\0]|$|(?<={_STRONG})(?:会同|{_BODY_START}))"
    rf"|(?P<join>(?:会同|联合|商(?=省|市|国)|协同(?=省|市|国|各|有关)))"
    rf"|(?P<stop>[；。])"
)
_SEPARATOR = re.compile(r"[、，；。,;:：/／|\t]|(?<=\S)\s+(?=\S)")
_AND = re.compile(r"以及|和|及|与|暨")
_OPEN = re.compile(
    r"等(?:\d{0,3}个?)?(?:[\u4e00-\u9fff]{0,6}(?:部门|单位|地区|地|市|厅局|城市|机构|县区|区县|委办局))?$"
)
_LEADING = re.compile(
    r"^(?:由|请|拟由|其中|同时|并|及|和|与|以及|，|、|另外|[①-⑳]|\d{1,2}[.、])+(?=[\u4e00-\u9fff]{2})"
)
_UNIT_WORD = re.compile(
    r"^(?:县级|地级)?(?:省|市|州|盟|地区|区|县|旗|自治区|直辖市|兵团|镇|乡|街道|村|县市区|市区|县区)\0*(?:级市)?(?:党委|委)?(?:、|和)?(?:人民政府|政府|党委政府|人民政府办公室)?$"
)
_EVERY = re.compile(
    r"^(?:各有关|各相关|各|相关|有关)(?:设区)?(?:省|市|州|盟|地区|区|县|旗|自治区|地市|自治州|镇|乡|街道|市州|县区|区县|市县|县级市|片区|园区|开发区)\0*(?:人民政府|政府)?$"
)
# 各地区、各部门: one collective, not two bodies.
_EVERYONE = re.compile(r"各(?:有关|相关)?(?:地区|地方|地|部门|单位|级政府|级各部门|有关部门|级)")
_SHARED_SUFFIX = re.compile(r"(?:市|县|区|州|盟|省|旗)(人民政府|政府|委市政府|党委政府|委、市政府)$")
_LEVEL_PREFIX = re.compile(
    r"^((?:[\u4e00-\u9fff]{2,3})?(?:省|自治区|市|州|区|县))(?!级|直|场监|政(?!府|务|协|法|数))(委)?"
)
_LABELLED = re.compile(rf"(?:{_ANY_ROLE})+(?:{'|'.join(_LABEL_NOUNS)})[:：]")
# A bracket in a name belongs to it (省知识产权局) unless it holds a remark.
_ASIDE = re.compile(r"（[^（）]*(?:[，；。：]|.{14})[^（）]*）")
# Below the province every bureau is the city's or the county's own; above it some are not.
_LOCAL_OFFICE = re.compile(
    r"(?![市县区省国各州驻相有其])(?:(?![市县区省州])[\u4e00-\u9fff]){2,6}"
    r"(?<!分)(?<!证监)(?<!保监)(?<!银监)(?<!金融监管)(?<!铁路)(?<!海事)(?<!民航)(?<!通信管理)(?:局|委|办)$"
)
_TOO_LONG = 32


@dataclass(frozen=True)
class Pair:
    """One body under one role, with the offsets of its words in the attribution."""

    body: str
    as_written: str
    role: str
    start: int
    end: int
    others_implied: bool = False
    basis: str = "stated"  # stated, rule (a rule given once), assumed (no role word at all)
    known: bool = True


@dataclass(frozen=True)
class Attribution:
    """What an attribution says, and what in it was not understood."""

    pairs: tuple[Pair, ...]
    leftovers: tuple[tuple[int, int], ...] = ()
    stated: bool = True  # at least one role word or label was there


@dataclass
class _Piece:
    start: int
    end: int
    open_ended: bool = False
    joined: bool = False


@dataclass
class _Reading:
    pairs: list[Pair] = field(default_factory=list)
    leftovers: list[tuple[int, int]] = field(default_factory=list)


@lru_cache(maxsize=16384)  # a list names the same bodies again and again
def read_attribution(words: str, breaks: tuple[int, ...] = ()) -> Attribution | None:
    """Read the words of a closing bracket.

    Parameters
    ----------
    words
        The words without the outer brackets, in simplified characters with full-width
        punctuation.
    breaks
        Offsets before which the document has a blank or a line end, which may part two names.

    Returns
    -------
        The pairs in the order of the words, or None where the words name no body.

    Examples
    --------
    >>> [(p.body, p.role) for p in read_attribution("省工信厅牵头，无锡市、苏州市具体落实").pairs]
    [('省工业和信息化厅', 'lead'), ('无锡市', 'implementing'), ('苏州市', 'implementing')]
    >>> read_attribution("超过100人的企业达到15%") is None
    True
    """
    flat = _hide_nested(words)
    reading = _Reading()
    label: str | None = None
    stated = False
    pieces: list[_Piece] = []
    joined = False
    at = 0
    skipping = False  # inside a note such as 完成时限：

    def take(end: int) -> None:
        nonlocal at
        if skipping:
            if end > at:
                reading.leftovers.append((at, end))
        else:
            pieces.extend(_split(words, flat, at, end, joined=joined, breaks=breaks))

    def settle(role: str | None) -> None:
        nonlocal joined
        _settle(reading, words, pieces, role)
        pieces.clear()
        joined = False

    for marker in _MARKER.finditer(flat):
        if marker.start() < at:
            continue
        kind = marker.lastgroup if marker.lastgroup != "words" else "phrase"
        if kind == "stop":
            if skipping:
                take(marker.start())
                at, skipping = marker.end(), False
            continue
        if kind == "phrase":
            if skipping:
                continue
            before = flat[at : marker.start()].strip("，；、。 \t")
            if not before and not pieces:
                # A phrase with no body before it (…牵头，按职责分工负责): it adds nothing.
                reading.leftovers.append(marker.span())
                at = marker.end()
                continue
            take(marker.start())
            settle(_role_of(marker["words"]))
            stated = True
        elif kind == "join":
            if skipping or not _joins(flat, at, marker):
                continue
            take(marker.start())
            joined = True
            stated = True
        else:
            take(marker.start())
            settle(label)
            skipping = kind == "note"
            label = None if skipping else _role_of(marker["label"])
            stated = stated or not skipping
        at = marker.end()
    take(len(flat))
    settle(label)
    if not reading.pairs:
        return None
    return Attribution(tuple(_restore(reading.pairs)), tuple(reading.leftovers), stated)


def lead_by_rule(attribution: Attribution) -> Attribution:
    """Apply the rule "the first unit named leads" where no lead is named."""
    pairs = attribution.pairs
    if any(pair.role == "lead" for pair in pairs) or pairs[0].role != "responsible":
        return attribution
    return replace(attribution, pairs=(replace(pairs[0], role="lead", basis="rule"), *pairs[1:]))


def is_credible(words: str, found: Attribution, *, closing: bool) -> bool:
    """Whether a bracket that can be read as an attribution is one.

    A role word or label makes it one, unless its bodies are no bodies (企业负责 in mid-sentence).
    Without a role word, only a *closing* list of organisations is.
    """
    names = [re.sub(r"（.*?）", "", pair.body) for pair in found.pairs]
    organisations = sum(authority.is_organisation(name) for name in names)
    likely = sum(authority.is_organisation(n) or authority.is_place(n) for n in names)
    if found.stated:
        named = any(pair.known or _LEVEL_PREFIX.match(pair.body) for pair in found.pairs)
        return 2 * likely >= len(names) and (closing or named or bool(_LABELLED.match(words)))
    if found.leftovers or not closing or likely < len(names):
        return False
    levels = any(
        _LEVEL_PREFIX.match(name) or pair.known for name, pair in zip(names, found.pairs, strict=True)
    )
    return (organisations > 0 or len(names) > 1) and levels


def _hide_nested(words: str) -> str:
    """Replace nested brackets and their content by NUL, so that nothing inside is grammar."""
    if "（" not in words and "〔" not in words and "【" not in words:
        return words
    out, depth = [], 0
    for char in words:
        if char in "（〔【":
            depth += 1
        out.append("\0" if depth else char)
        if char in "）〕】" and depth:
            depth -= 1
    return "".join(out)


def _role_of(phrase: str) -> str:
    for role, words in ROLE_WORDS.items():
        if any(word in phrase for word in words):
            return role
    return "responsible"


def _joins(flat: str, at: int, marker: re.Match[str]) -> bool:
    """会同 joins two lists; 联合 and 协同 do so only between two names, else they are in a name."""
    before = flat[at : marker.start()].rstrip("，、 ")
    if marker["join"] == "会同":
        return True
    last = _SEPARATOR.split(before)[-1] if before else ""
    return bool(last) and authority.is_organisation(last.rstrip("\0"))


def _split(
    words: str, flat: str, start: int, end: int, *, joined: bool, breaks: tuple[int, ...]
) -> list[_Piece]:
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
    pieces: list[_Piece] = []
    for span in spans:
        for part_start, part_end in _split_at_and(words, flat, *span):
            name = flat[part_start:part_end]
            opened = _OPEN.search(name)
            trimmed = _trim(flat, part_start, part_start + opened.start() if opened else part_end)
            if trimmed:
                pieces.append(_Piece(*trimmed, open_ended=bool(opened), joined=joined))
            elif opened and pieces:
                pieces[-1].open_ended = True
    return pieces


def _parts_names(flat: str, start: int, at: int, end: int) -> bool:
    """Whether a blank parts two names (省科技厅 省财政厅), and not the halves of one."""
    before = _SEPARATOR.split(flat[start:at])[-1]
    after = _SEPARATOR.split(flat[at:end])[0]
    return bool(_LEVEL_PREFIX.match(after)) and is_name(before.rstrip("\0")) and is_name(after.rstrip("\0"))


def _trim(flat: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and flat[start] in " \t\n，、；。:：*":
        start += 1
    while end > start and flat[end - 1] in " \t\n，、；。:：*":
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
        name = flat[start:end]
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
        left, right = flat[start : link.start()], flat[link.end() : end]
        if not right or not is_name(left.rstrip("\0")):
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


def _settle(reading: _Reading, words: str, pieces: list[_Piece], role: str | None) -> None:
    """Turn the names collected so far into pairs under one role."""
    last_open = max((i for i, piece in enumerate(pieces) if piece.open_ended), default=-1)
    for i, piece in enumerate(pieces):
        name = _ASIDE.sub("", words[piece.start : piece.end])
        if not _plausible(name):
            reading.leftovers.append((piece.start, piece.end))
            continue
        given = "supporting" if piece.joined else role
        reading.pairs.append(
            Pair(
                body=name,
                as_written=words[piece.start : piece.end],
                role=given or "responsible",
                start=piece.start,
                end=piece.end,
                others_implied=i <= last_open and piece.joined == pieces[last_open].joined,
                basis="stated" if given else "assumed",
            )
        )


def _plausible(name: str) -> bool:
    """Whether words can be a name at all: not a date, a number, a sentence."""
    if not 2 <= len(name) <= _TOO_LONG or not re.search(r"[\u3400-\u9fff]", name):
        return False
    if re.search(r"\d{4}年|\d+月|月底|年底|年内|长期|持续|\d+%", name):
        return False
    bare = re.sub(r"（.*?）", "", name)
    # Six characters may be an office we do not know; a longer run without the end of a name is prose.
    return len(bare) <= 6 or is_name(bare) or authority.canonical_body(bare)[1]


def _restore(pairs: list[Pair]) -> list[Pair]:
    """Write each name out: shared suffixes, omitted levels, one name for one body."""
    names = [re.sub(r"\s", "", pair.body) for pair in pairs]
    _share_suffixes(names)
    level = ""
    for i, name in enumerate(names):
        if level and (
            authority.is_bare_department(name) or (level[-1] in "市县区州" and _LOCAL_OFFICE.match(name))
        ):
            names[i] = level + name
            continue
        prefix = _LEVEL_PREFIX.match(name)
        if prefix and authority.is_organisation(name):
            level = prefix[1]
    restored = []
    for pair, name in zip(pairs, names, strict=True):
        canonical, known = authority.canonical_body(name)
        restored.append(replace(pair, body=canonical, known=known))
    return restored


def _share_suffixes(names: list[str]) -> None:
    """杭州市、宁波市、湖州市人民政府: the government of each; 无锡、常州市: both are cities."""
    for i in range(len(names) - 1, 0, -1):
        shared = _SHARED_SUFFIX.search(names[i])
        here, before = names[i], names[i - 1]
        if here.startswith("各") or before.startswith("各"):
            continue
        if shared and not authority.is_organisation(before):
            if authority.is_place(before):
                names[i - 1] = before + shared[1]
            elif 2 <= len(before) <= 3:
                names[i - 1] = before + shared[0]
        elif re.fullmatch(r"[\u4e00-\u9fff]{2,3}(市|县|区|州)", here) and re.fullmatch(
            r"[\u4e00-\u9fff]{2,3}", before
        ):
            # 常州 ends like a 州, but two characters are a name without its rank.
            ranked = authority.is_place(before) and (len(before) > 2 or before[-1] != "州")
            if not (authority.is_organisation(before) or ranked):
                names[i - 1] = before + here[-1]
        else:
            suffix = re.search(r"(厅|局|委|办)$", here)
            level = _LEVEL_PREFIX.match(before)
            stem = before[level.end() :] if level else before
            if suffix and 2 <= len(before) <= 9 and authority.is_known_stem(stem, suffix[1]):
                names[i - 1] = before + suffix[1]


def is_body(pair: Pair) -> bool:
    """Whether a name is surely a body's: known, or it ends like an organisation or a short place."""
    name = re.sub(r"（.*?）", "", pair.body)
    return pair.known or authority.is_organisation(name) or (authority.is_place(name) and len(name) <= 6)
