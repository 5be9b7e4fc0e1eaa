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

from sxcanalysis.parsing.names import (
    Piece,
    has_level,
    is_name,
    is_plausible,
    split_names,
    without_remark,
    write_out,
)
from sxcanalysis.reference import bodies as authority
from sxcanalysis.reference.lexicon import compiled

# The roles in the order in which they hold when the words of several meet.
ROLES = ("lead", "supporting", "coordinating", "implementing", "responsible")

#: The words of a label, without its colon: 牵头单位, 省级责任单位, 牵头（责任）部门, 责任单位及配合单位, 部门分工.
_ROLE = r"(?:«roles:role»|«roles:label role»)"
_NOUNS = r"(?:[及和与、/或]?\0*«roles:label noun»\0*){0,3}+"
LABEL = rf"""(?:(?:部门|责任|职责|任务)分工
  |(?:(?:[省市区县州](?:级|直)?|国家|中央)(?=[^，。；：:]{{2,8}}(?:单位|部门)(?:[:：]|$)))?
   (?:总|«roles:manner»|\0){{0,4}}+{_ROLE}\0*(?:(?:及其?|和|与|、|/|具体)?{_ROLE}\0*){{0,6}}+{_NOUNS}
   (?:[及和与、/]\0*(?:责任人|分工|{_ROLE}{{1,3}}+{_NOUNS})){{0,2}}+)"""
_PHRASE = r"""(?:«roles:manner»|«roles:helper»){0,6}+(?!«roles:no role»)«roles:role»(?:«roles:role»|«roles:helper»){0,6}+"""
_BODY_START = r"(?:国家|中央|省|市|区|县|各|有关|相关|其他|[\u4e00-\u9fff]{2,3}市)"
_MARKER = rf"""
  (?P<label>{LABEL}(?:[:：]|(?<=单位)[为是]|(?<=部门)[为是]|(?<=单位)(?=\s|{_BODY_START})|(?<=部门)(?=\s)))
 |(?P<note>(?:«deadlines:label»|«roles:person»)[:：])
 |(?P<phrase>(?:{_PHRASE}|«roles:whole phrase»|作?为(?:«roles:role»|«roles:label role»){{1,3}}(?:单位|部门|主体))
    # Unless something ends the clause after it, 协调 or 指导 is a part of a name (协调办, 指导中心).
    (?=[，；。、:：\s）)\0]|$|(?<=牵头|负责|配合|落实)(?:会同|{_BODY_START})))
 |(?P<join>«roles:join»)
 |(?P<stop>[；。])"""


# Words for whoever it may be: alone they attribute nothing (政府引导、市场主导).
_GENERIC = re.compile(
    r"(?:政府|市场|社会|企业|居民|个人|家庭|高校|财政|群众|学校|医院|市区|县城|城区|农村|省级|市级|县级|区级)"
    r"(?:主体|引导|主导|参与|支持|力量|自主|出资|资金|多元){0,2}$"
)


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
class _Reading:
    pairs: list[Pair] = field(default_factory=list)
    leftovers: list[tuple[int, int]] = field(default_factory=list)


@lru_cache(maxsize=16384)  # a list names the same bodies again and again
def read_attribution(
    words: str, breaks: tuple[int, ...] = (), *, role: str | None = None
) -> Attribution | None:
    """Read the words of a closing bracket.

    Parameters
    ----------
    words
        The words without the outer brackets, in simplified characters with full-width
        punctuation.
    breaks
        Offsets before which the document has a blank or a line end, which may part two names.
    role
        The role that a label outside the words gives them: the head of their column (`role_of_label`).

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
    label = role
    stated = role is not None
    pieces: list[Piece] = []
    joined = False
    at = 0
    skipping = False  # inside a note such as 完成时限：

    def take(end: int) -> None:
        nonlocal at
        if skipping:
            if end > at:
                reading.leftovers.append((at, end))
        else:
            pieces.extend(split_names(words, flat, at, end, joined=joined, breaks=breaks))

    def settle(role: str | None, *, labelled: bool = False) -> None:
        nonlocal joined
        _settle(reading, words, pieces, role, labelled=labelled)
        pieces.clear()
        joined = False

    for marker in compiled(_MARKER).finditer(flat):
        if marker.start() < at:
            continue
        kind = marker.lastgroup or "phrase"
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
            settle(_role_of(marker["phrase"]))
            stated = True
        elif kind == "join":
            if skipping or not _joins(flat, at, marker):
                continue
            take(marker.start())
            joined = True
            stated = True
        else:
            take(marker.start())
            settle(label, labelled=label is not None)
            skipping = kind == "note"
            label = None if skipping else _role_of(marker["label"])
            stated = stated or not skipping
        at = marker.end()
    take(len(flat))
    settle(label, labelled=label is not None)
    if not reading.pairs:
        return None
    return Attribution(tuple(_canonical(reading.pairs)), tuple(reading.leftovers), stated)


def lead_by_rule(attribution: Attribution) -> Attribution:
    """Apply the rule "the first unit named leads" where no lead is named."""
    pairs = attribution.pairs
    if any(pair.role == "lead" for pair in pairs) or pairs[0].role != "responsible":
        return attribution
    return replace(attribution, pairs=(replace(pairs[0], role="lead", basis="rule"), *pairs[1:]))


def names_organisation(found: Attribution) -> bool:
    """Whether at least one of the bodies is more than a place."""
    return any(not authority.is_place(pair.body) for pair in found.pairs)


def is_credible(words: str, found: Attribution, *, closing: bool, strict: bool = False) -> bool:
    """Whether a bracket that can be read as an attribution is one.

    A role word or label makes it one, unless its bodies are no bodies (企业负责 in mid-sentence).
    Without a role word, only a *closing* list of organisations is; if it is *strict*, of nothing else.
    """
    names = [re.sub(r"[（〔【].*?[）〕】]", "", pair.body) for pair in found.pairs]
    if all(map(_GENERIC.match, names)):
        return False
    organisations = sum(authority.is_organisation(name) for name in names)
    likely = sum(authority.is_organisation(n) or authority.is_place(n) for n in names)
    if found.stated:
        if compiled(rf"{LABEL}(?<!分工)[:：]").match(words):
            return True
        named = any(pair.known or has_level(pair.body) for pair in found.pairs)
        # 昆山负责; 住建、交通、水利等部门负责: names without what a name ends in.
        unlike = [n for n in names if not (authority.is_organisation(n) or authority.is_place(n))]
        short = all(len(n) <= (8 if len(names) == 1 else 3) for n in unlike) and not found.leftovers
        return (2 * likely >= len(names) and (closing or named)) or (closing and short and not strict)
    if not closing or (strict and (found.leftovers or likely < len(names))):
        return False
    if 2 * likely < len(names) + 2 * len(found.leftovers):
        return False
    levels = any(has_level(name) or pair.known for name, pair in zip(names, found.pairs, strict=True))
    return (organisations > 0 or len(names) > 1) and levels


def is_bare_list(line: str, *, stated: bool = False) -> bool:
    """Whether a line is a list of bodies and nothing else (*stated*: their roles may stand there too)."""
    reading = read_attribution(line) if 2 < len(line) <= 60 else None
    return (
        reading is not None
        and stated >= reading.stated
        and is_credible(line, reading, closing=True, strict=True)
    )


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
    for role in ROLES:
        if compiled(f"«roles:role={role}»|«roles:label role={role}»").search(phrase):
            return role
    return "responsible"


def role_of_label(words: str) -> str | None:
    """
    Return the role that a label or the head of a column gives to the bodies under it.

    Parameters
    ----------
    words
        The words, without a colon; remarks in brackets do not matter.

    Returns
    -------
        ``lead``, ``supporting``, ``coordinating``, ``implementing``, ``responsible``, or None where the words are
        no such label (责任人 and 分管领导 are persons).

    Examples
    --------
    >>> [role_of_label(words) for words in ("会办单位", "省级责任单位", "按职责分工负责", "牵头（责任）部门", "备注")]
    ['supporting', 'responsible', 'responsible', 'lead', None]
    """
    plain = re.sub(r"[（(〔【].*?[）)〕】]|[\s:：*]", "", words)
    return (
        _role_of(plain)
        if compiled(rf"(?!部门分工|任务分工|职责分工|责任分工)(?:{LABEL}|{_PHRASE})").fullmatch(plain)
        else None
    )


def _joins(flat: str, at: int, marker: re.Match[str]) -> bool:
    """会同 joins two lists; 联合 and 协同 do so only between two names, else they are in a name."""
    before = flat[at : marker.start()].rstrip("，、 ")
    if marker["join"] == "会同":
        return True
    last = re.split("[、，；]", before)[-1] if before else ""
    return bool(last) and authority.is_organisation(last.rstrip("\0"))


def _settle(reading: _Reading, words: str, pieces: list[Piece], role: str | None, *, labelled: bool) -> None:
    """Turn the names collected so far into pairs under one role."""
    sure = sum(is_name(words[piece.start : piece.end]) for piece in pieces)
    listed = labelled or 2 * sure >= max(2, len(pieces))
    last_open = max((i for i, piece in enumerate(pieces) if piece.open_ended), default=-1)
    for i, piece in enumerate(pieces):
        name = without_remark(words[piece.start : piece.end])
        if not is_plausible(name, listed=listed):
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


def _canonical(pairs: list[Pair]) -> list[Pair]:
    """Give each body its one name."""
    found = []
    for pair, name in zip(pairs, write_out([pair.body for pair in pairs]), strict=True):
        canonical, known = authority.canonical_body(name)
        found.append(replace(pair, body=canonical, known=known))
    return found


def is_body(pair: Pair) -> bool:
    """Whether a name is surely a body's: known, or it ends like an organisation or a short place."""
    name = re.sub(r"[（〔【].*?[）〕】]", "", pair.body)
    return pair.known or authority.is_organisation(name) or (authority.is_place(name) and len(name) <= 6)
