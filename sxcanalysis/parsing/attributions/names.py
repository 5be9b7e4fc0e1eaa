"""The names in an attribution: where one ends and the next begins, and what is left out of them.

Which words open, end or forbid a name stands in ``data/lexicon/names.csv``. What depends on one name alone is remembered:
a list names the same bodies again and again.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from sxcanalysis.reference import bodies as authority
from sxcanalysis.reference.lexicon import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATOR = re.compile(r"[、，；。,;:：/／|\t]|(?<=\S)\s+(?=\S)")
_AND = re.compile(r"(?<!参)(?:以及|和|及|与|暨)")
_OPEN = r"等(?:\d{0,3}个?)?(?:[\u4e00-\u9fff]{0,6}«names:others»)?$"
# 等国务院相关部门, 等市级有关部门: a body of its own, a collective, unlike 等部门.
_COLLECTIVE = re.compile(
    r"等(?=(?:国务院|中央|国家|[\u4e00-\u9fff]{0,4}[省市县区州](?:级|直)?)[各有相关职能直属]{0,4}(?:部门|单位|厅局|机构|委办局)$)"
)
_LEADING = (
    r"(?:«names:opening»|«names:all above»|[，、①-⑳]|\d{1,2}[.、])+(?=[\u4e00-\u9fff][\u4e00-\u9fff\0])"
)
_EVERY = re.compile("[各相有]")  # a cheap look before the words for "each" are asked
_SHARED_SUFFIX = re.compile(r"(?:市|县|区|州|盟|省|旗)(人民政府|政府|委市政府|党委政府|委、市政府)$")
_LEVEL_PREFIX = re.compile(
    r"((?:[\u4e00-\u9fff]{2,3})?(?:省|自治区|市|州|区|县))(?!级|直|场监|政(?!府|务|协|法|数))(委)?"
)
# A bracket in a name belongs to it (省知识产权局) unless it holds a remark.
_ASIDE = re.compile(r"（(?:[^（）]*[，；。：]|[^（）]{14})[^（）]*）")
# Below the province every bureau is the city's or the county's own; above it some are not.
_LOCAL_OFFICE = r"""(?![市县区省国各州驻相有其])(?!.*«names:central office»)
  (?:(?![市县区省州])[\u4e00-\u9fff]){2,6}(?<!分)(?:局|委|办)$"""
_VERB = "«names:verb»(?![市省区县州盟旗])"
_NO_NAME = re.compile(r"\d{4}年|\d+月|月底|年底|年内|长期|持续|\d+[%项个家所条件人]")
_HALF_VERB = "要应须均都也"  # 各市要: a sentence begins
_CITY = re.compile(r"[\u4e00-\u9fff]{2,6}(?:市|县|区|盟|旗)|[\u4e00-\u9fff]{3,6}州")
_DUAL = re.compile(r"([\u4e00-\u9fff]{2,3})[两二三四五六七八九](市|县|区|省)")
_UNRANKED = re.compile(r"[\u4e00-\u9fff]{2,3}")
_TRIMMED = " \t\n，、；。:：*"
_TOO_LONG = 32
_BELIEVED = 16  # characters that a name may have where names are listed
_UNKNOWN = 6  # an office that we do not know; a longer run without the end of a name is prose


class Piece(NamedTuple):
    """One name; offsets in the words of the attribution."""

    start: int
    end: int
    open_ended: bool = False


def split_names(words: str, flat: str, start: int, end: int, breaks: tuple[int, ...]) -> list[Piece]:
    """Split a run of words into names: at 、 and ，, at blanks that part names, and at 和 where both sides are names."""
    cuts = [match.span() for match in _SEPARATOR.finditer(flat, start, end)]
    if breaks:
        cuts += [
            (i, i)
            for before, i, after in zip((start, *breaks), breaks, (*breaks[1:], end), strict=False)
            if start < i < end
            and not _parts_halves(flat[max(start, before) : i], flat[i : min(after, end)])
            and _parts_names(flat, start, i, end)
        ]
        cuts += _persons(flat, start, end, [i for i in breaks if start < i < end])
        cuts.sort()
    spans = list(pairwise([start, *(at for cut in cuts for at in cut), end]))[::2]
    if _EVERY.search(flat, start, end):
        spans = _keep_collectives(flat, [span for a, b in spans for span in _trimmed(flat, a, b)])
    pieces: list[Piece] = []
    for a, b in spans:
        for first, last, opened in _cut(words[a:b], flat[a:b]):
            if first < last:
                pieces.append(Piece(a + first, a + last, opened))
            elif opened and pieces:
                pieces[-1] = pieces[-1]._replace(open_ended=True)
    return pieces


@lru_cache(maxsize=65536)
def _cut(words: str, flat: str) -> tuple[Piece, ...]:
    """Take apart what stands between two separators; an empty piece says that others follow the name before."""
    found = []
    for a, b in (part for span in _trimmed(flat, 0, len(flat)) for part in _split_at_and(words, flat, *span)):
        together = _COLLECTIVE.search(flat, a, b)
        end = together.end() if together else b  # the others, behind 等, come after it
        opened = compiled(_OPEN).search(flat, a, end)
        names = list(_trimmed(flat, a, opened.start() if opened else end)) or [(a, a)] * bool(opened)
        found += [Piece(*name, open_ended=bool(opened)) for name in names]
        if together:
            found.append(Piece(end, b))
    return tuple(found)


def _parts_halves(left: str, right: str) -> bool:
    """Whether a line ends inside a known name: 市住房城乡 ⏎ 建设局."""
    half = _SEPARATOR.split(left)[-1]
    return authority.is_listed(half + _SEPARATOR.split(right)[0]) and not authority.is_listed(half)


def _parts_names(flat: str, start: int, at: int, end: int) -> bool:
    """Whether a blank parts two names (省科技厅 省财政厅), and not the halves of one."""
    before = _SEPARATOR.split(flat[start:at])[-1]
    after = _SEPARATOR.split(flat[at:end])[0]
    if _is_every(before) and _is_unit_word(after):
        return False  # 各区 | 县政府
    if not is_name(before.rstrip("\0")) or not is_name(after.rstrip("\0")):
        return False
    whole = min(len(before), len(after)) > 2 and authority.is_organisation(before)
    half = compiled("«names:half»").match(after)  # 市政府 ⏎ 办公室
    return (whole and not half) or has_level(after)


def _persons(flat: str, start: int, end: int, breaks: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the spans of persons whom blanks part from the bodies before them (市水利局 李强 市财政局 王伟)."""
    for a, b in pairwise([*breaks, end]):
        name = _SEPARATOR.split(flat[a:b])[0]
        person = compiled("«names:surname»[\u4e00-\u9fff]{1,2}").fullmatch(name) and not is_name(name)
        if person and authority.is_organisation(_SEPARATOR.split(flat[start:a])[-1]):
            yield a, a + len(name)


def _trimmed(flat: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a span without the signs and words around a name; nothing where nothing is left."""
    while start < end and flat[start] in _TRIMMED:
        start += 1
    while end > start and flat[end - 1] in _TRIMMED:
        end -= 1
    while end > start and flat[end - 1] in "）】〕":  # its partner is outside
        end -= 1
    lead = compiled(_LEADING).match(flat, start, end)
    start = lead.end() if lead else start
    if start < end:
        yield start, end


def _is_every(name: str) -> bool:
    return compiled("«names:every»").match(name) is not None


def _is_unit_word(name: str) -> bool:
    return compiled("«names:unit»").match(_without_others(name)) is not None


def _without_others(name: str) -> str:
    return compiled(_OPEN).sub("", name) if "等" in name else name


def _keep_collectives(flat: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Put 各市、县（市、区）政府 and 各地区、各部门 together again: one body, although it holds a 、."""
    kept: list[tuple[int, int]] = []
    everyone = compiled("«names:everyone»").fullmatch
    for start, end in spans:
        before = kept[-1] if kept else (start, start)
        name = flat[start:end]
        if flat[before[1] : start].strip() == "、" and (
            (_is_unit_word(name) and any(map(_is_every, re.split("[、和]", flat[slice(*before)]))))
            or (everyone(_without_others(name)) and everyone(flat[slice(*before)]))
        ):
            kept[-1] = (before[0], end)
        else:
            kept.append((start, end))
    return kept


def _split_at_and(words: str, flat: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Split at 和 between two names, never inside one (工业和信息化厅)."""
    if not authority.is_listed(_without_others(words[start:end])):
        for link in _AND.finditer(flat, start, end):
            left, right = flat[start : link.start()], flat[link.end() : end]
            rest = _without_others(right).rstrip("\0")
            no_name = not rest or compiled("«names:others»").fullmatch(rest)
            if no_name or not is_name(_without_others(left).rstrip("\0")):
                continue
            if _is_every(left) and _is_unit_word(right):
                continue
            if is_name(rest) or is_name(_AND.split(rest)[0]):
                yield start, link.start()
                yield from _split_at_and(words, flat, link.end(), end)
                return
    yield start, end


@lru_cache(maxsize=65536)
def is_name(name: str) -> bool:
    """Whether words read as the name of a body or a place."""
    return len(name) > 1 and (authority.is_organisation(name) or authority.is_place(name))


@lru_cache(maxsize=65536)
def is_plausible(name: str, *, listed: bool = False) -> bool:
    """Whether words can be a name at all: not a date, a number, a sentence, a person.

    Of a name that is *listed* among names, or under a label, more is believed.
    """
    if not 2 <= len(name) <= _TOO_LONG or not re.search(r"[\u3400-\u9fff]", name) or _NO_NAME.search(name):
        return False
    bare = without_bracket(name)
    if authority.is_listed(bare):
        return True
    if bare[-1:] in _HALF_VERB or compiled("«names:person»").search(bare):
        return False
    if compiled(f"«names:nobody»|{_VERB}").match(bare):
        return False
    if listed and len(bare) <= _BELIEVED and not compiled("«names:sentence»").search(bare):
        return True
    return len(bare) <= _UNKNOWN or is_name(bare) or authority.canonical_body(bare)[1]


def without_bracket(name: str) -> str:
    """Return a name without what stands in brackets."""
    return re.sub(r"[（〔【].*?[）〕】]", "", name) if name[-1:] in "）〕】" or "（" in name else name


def without_remark(name: str) -> str:
    """Return a name without a bracket that holds a remark; one that belongs to the name stays."""
    return _ASIDE.sub("", name) if "（" in name else name


def without_person(name: str) -> str:
    """Return a name without the person behind it: 市教育局（李强）."""
    said = compiled("（?«names:surname»[\u4e00-\u9fff]{1,2}）?$").search(name, 3)
    if said is None or is_name(said[0].strip("（）")) or is_name(name):
        return name
    return name[: said.start()] if is_name(name[: said.start()]) else name


@lru_cache(maxsize=65536)
def has_level(name: str) -> bool:
    """Whether a name begins with its level of government (省…, 苏州市…)."""
    return _LEVEL_PREFIX.match(name) is not None


def write_out(written: list[str]) -> list[str]:
    """Write names out: shared suffixes, omitted levels (省发展改革委、财政厅 → 省财政厅)."""
    names = ["".join(name.split()) for name in written]
    for i, name in enumerate(names):
        if dual := _DUAL.fullmatch(name):
            names[i] = dual[1] + dual[2]
    for i in range(len(names) - 1, 0, -1):
        names[i - 1] = _with_suffix(names[i - 1], names[i])
    level = ""
    for i, name in enumerate(names):
        omitted, own = _level(name)
        if level and (omitted == "level" or (omitted == "local" and level[-1] in "市县区州")):
            names[i] = level + name
        elif level and omitted == "party":
            names[i] = f"{level}委{name}"
        else:
            level = own or level
    return names


@lru_cache(maxsize=65536)
def _level(name: str) -> tuple[str, str]:
    """Return what a name leaves out of its beginning, and the level that it states for those after it."""
    if compiled("«names:party office»").fullmatch(name):
        omitted = "party"
    elif authority.is_bare_department(name):
        omitted = "level"
    else:
        omitted = "local" if compiled(_LOCAL_OFFICE).match(name) else ""
    prefix = _LEVEL_PREFIX.match(name)
    return omitted, prefix[1] if prefix and authority.is_organisation(name) else ""


@lru_cache(maxsize=65536)
def _with_suffix(name: str, after: str) -> str:
    """Return a name with what it shares with the one after it.

    杭州市、宁波市人民政府: the government of each; 无锡、常州市: both are cities; 财政、水利局: both are bureaus.
    """
    if name.startswith("各") or after.startswith("各"):
        return name
    shared = _SHARED_SUFFIX.search(after)
    if shared and _CITY.fullmatch(name):
        return name + shared[1]
    # 常州 ends like a 州, but two characters are a name without its rank.
    if (
        _UNRANKED.fullmatch(name)
        and name[-1] not in "厅局委办部会院署"
        and not (len(name) > 2 and is_name(name))
    ):
        if shared:
            return name + shared[0]
        if after[-1:] in "市县区州" and _UNRANKED.fullmatch(after[:-1]):
            return name + after[-1]
    if after[-1:] in "厅局委办" and 2 <= len(name) <= 9:
        level = _LEVEL_PREFIX.match(name)
        if authority.is_known_stem(name[level.end() :] if level else name, after[-1]):
            return name + after[-1]
    return name
