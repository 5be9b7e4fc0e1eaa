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
from functools import lru_cache
from typing import NamedTuple

from sxcanalysis.parsing.attributions.names import (
    Piece,
    has_level,
    is_name,
    is_plausible,
    split_names,
    without_bracket,
    without_person,
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
_OPENING_BRACKET = re.compile("[（〔【]")
_LONGEST_LIST = 60  # characters of a line or cell that is a list of bodies and nothing else


class Pair(NamedTuple):
    """One body under one role, with the offsets of its words in the attribution."""

    body: str
    as_written: str
    role: str
    start: int
    end: int
    others_implied: bool = False
    basis: str = "stated"  # stated, rule (a rule given once), assumed (no role word at all)
    known: bool = True


class Attribution(NamedTuple):
    """What an attribution says, and what in it was not understood."""

    pairs: tuple[Pair, ...]
    leftovers: tuple[tuple[int, int], ...] = ()
    stated: bool = True  # at least one role word or label was there


@lru_cache(maxsize=16384)
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
    found: list[tuple[str, str | None, int, int, bool]] = []
    leftovers: list[tuple[int, int]] = []
    pieces: list[
        tuple[Piece, bool]
    ] = []  # names since the last role word or label; whether 会同 stands before them
    label, stated, joined, noted, at = role, role is not None, False, False, 0

    def take(end: int) -> None:
        if not noted:
            pieces.extend((piece, joined) for piece in split_names(words, flat, at, end, breaks))
        elif end > at:
            leftovers.append((at, end))

    def settle(given: str | None, *, labelled: bool) -> None:
        """Turn the names collected so far into pairs under one role."""
        looks = [_look(words[a:b]) for (a, b, _), _ in pieces]
        listed = labelled or 2 * sum(sure for *_, sure, _ in looks) >= max(2, len(looks))
        last = max((i for i, (piece, _) in enumerate(pieces) if piece.open_ended), default=-1)
        for i, (((a, b, _), joins), (name, own, _, plausible)) in enumerate(zip(pieces, looks, strict=True)):
            if plausible[listed]:
                others = i <= last and joins == pieces[last][1]
                found.append((name, own or ("supporting" if joins else given), a, b, others))
            else:
                leftovers.append((a, b))
        pieces.clear()

    for marker in compiled(_MARKER).finditer(flat):
        kind = marker.lastgroup
        start, end = marker.span()
        if start < at or (noted and kind in {"phrase", "join"}) or (kind == "stop" and not noted):
            continue
        if kind == "phrase" and not pieces and not flat[at:start].strip("，；、。 \t"):
            leftovers.append((start, end))  # no body before it (…牵头，按职责分工负责): it adds nothing
            at = end
            continue
        if kind == "join" and not _joins(flat, at, marker):
            continue
        take(start)
        at = end
        if kind == "join":
            joined = stated = True
            continue
        if kind == "stop":
            noted = False
            continue
        settle(
            role_of(marker[0]) if kind == "phrase" else label,
            labelled=kind != "phrase" and label is not None,
        )
        joined = False
        stated = stated or kind != "note"
        if kind != "phrase":
            noted = kind == "note"  # 完成时限：…
            label = None if noted else role_of(marker[0])
    take(len(flat))
    settle(label, labelled=label is not None)
    if not found:
        return None
    canonical = map(authority.canonical_body, write_out([name for name, *_ in found]))
    pairs = tuple(
        Pair(body, words[a:b], given or "responsible", a, b, others, "stated" if given else "assumed", known)
        for (_, given, a, b, others), (body, known) in zip(found, canonical, strict=True)
    )
    return Attribution(pairs, tuple(leftovers), stated)


@lru_cache(maxsize=65536)
def _look(words: str) -> tuple[str, str, bool, tuple[bool, bool]]:
    """Return the name in some words, the role in its bracket, whether it is surely one, whether it may be: alone, listed."""
    name, own = without_role(without_person(without_remark(words)))
    return name, own, is_name(words), (is_plausible(name), is_plausible(name, listed=True))


def without_role(name: str) -> tuple[str, str]:
    """Return a name without the role in its bracket, and that role: 省科技厅（牵头）."""
    said = compiled(rf"（(?:{_PHRASE}|{LABEL})）$").search(name, 2) if name.endswith("）") else None
    return (name[: said.start()], role_of(said[0])) if said else (name, "")


def lead_by_rule(attribution: Attribution, *, others_support: bool = False) -> Attribution:
    """Apply the rule "the first unit named leads", and "the others support", where no lead is named."""
    first, *others = attribution.pairs
    if any(pair.role == "lead" for pair in attribution.pairs) or first.role != "responsible":
        return attribution
    if others_support:
        ruled = (p._replace(role="supporting", basis="rule") if p.role == first.role else p for p in others)
        others = list(ruled)
    return attribution._replace(pairs=(first._replace(role="lead", basis="rule"), *others))


def names_organisation(found: Attribution) -> bool:
    """Whether at least one of the bodies is more than a place."""
    return any(not authority.is_place(pair.body) for pair in found.pairs)


def is_credible(words: str, found: Attribution, *, closing: bool, strict: bool = False) -> bool:
    """Whether a bracket that can be read as an attribution is one.

    A role word or label makes it one, unless its bodies are no bodies (企业负责 in mid-sentence).
    Without a role word, only a *closing* list of organisations is; if it is *strict*, of nothing else.
    """
    names = [without_bracket(pair.body) for pair in found.pairs]
    # Words for whoever it may be attribute nothing alone (政府引导、市场主导).
    if all(map(compiled("(?:«names:whoever»)(?:«names:whoever does»){0,2}$").match, names)):
        return False
    unlike = [name for name in names if not is_name(name)]
    levels = any(pair.known or has_level(pair.body) for pair in found.pairs)
    if found.stated:
        # 昆山负责; 住建、交通、水利等部门负责: names without what a name ends in.
        short = all(len(name) <= (8 if len(names) == 1 else 3) for name in unlike) and not found.leftovers
        likely = 2 * len(unlike) <= len(names) and (closing or levels)
        labelled = compiled(rf"{LABEL}(?<!分工)[:：]").match(words) is not None
        return labelled or likely or (closing and short and not strict)
    if not closing or (strict and (found.leftovers or unlike)):
        return False
    several = len(names) > 1 or any(map(authority.is_organisation, names))
    return several and levels and 2 * (len(unlike) + len(found.leftovers)) <= len(names)


@lru_cache(maxsize=65536)
def is_bare_list(line: str, *, stated: bool = False) -> bool:
    """Whether a line is a list of bodies and nothing else (*stated*: their roles may stand there too)."""
    reading = read_attribution(line) if 2 < len(line) <= _LONGEST_LIST else None
    return (
        reading is not None
        and stated >= reading.stated
        and is_credible(line, reading, closing=True, strict=True)
    )


def _hide_nested(words: str) -> str:
    """Replace nested brackets and their content by NUL, so that nothing inside is grammar."""
    first = _OPENING_BRACKET.search(words)
    if first is None:
        return words
    out, depth = [words[: first.start()]], 0
    for char in words[first.start() :]:
        depth += char in "（〔【"
        out.append("\0" if depth else char)
        depth -= char in "）〕】" and depth > 0
    return "".join(out)


@lru_cache(maxsize=4096)
def role_of(phrase: str) -> str:
    """Return the role of a phrase or label."""
    found = (r for r in ROLES if compiled(f"«roles:role={r}»|«roles:label role={r}»").search(phrase))
    return next(found, "responsible")


def role_of_label(words: str) -> str | None:
    """
    Return the role that a label or the head of a column gives to the bodies under it.

    Remarks in brackets do not matter; None where the words are no such label (责任人 and 分管领导 are persons).

    Examples
    --------
    >>> [role_of_label(words) for words in ("会办单位", "省级责任单位", "按职责分工负责", "牵头（责任）部门", "备注")]
    ['supporting', 'responsible', 'responsible', 'lead', None]
    """
    plain = re.sub(r"[（(〔【].*?[）)〕】]|[\s:：*]", "", words)
    label = compiled(rf"(?!(?:部门|任务|职责|责任)分工)(?:{LABEL}|{_PHRASE})").fullmatch(plain)
    return role_of(plain) if label else None


def _joins(flat: str, at: int, marker: re.Match[str]) -> bool:
    """会同 joins two lists; 联合 and 协同 do so only between two names, else they are in a name."""
    if marker[0] == "会同":
        return True
    last = re.split("[、，；]", flat[at : marker.start()].rstrip("，、 "))[-1]
    return bool(last) and authority.is_organisation(last.rstrip("\0"))


def is_body(pair: Pair) -> bool:
    """Whether a name is surely a body's: known, or it ends like an organisation or a short place."""
    name = without_bracket(pair.body)
    return pair.known or authority.is_organisation(name) or (authority.is_place(name) and len(name) <= 6)
