"""The gazetteer: the names that places go by, and where they stand in a text.

``data/reference/places.csv`` holds the provinces, cities and counties of the country, the composites
(苏锡常), waters, regions and development zones that lists of this kind name, and a few words that hold
the name of a place by chance (西南通道 is not 南通).
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import data_file
from sxcanalysis.reference.lexicon import compiled
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from pathlib import Path

UNITS = ("province", "city", "county")
KINDS = (*UNITS, "composite", "development_zone", "region", "water", "country", "none")

# What may stand between the names of an enumeration.
BETWEEN = frozenset("、，和与及至到跟—-–－~～·/")
# What may stand beside a name that could as well be parts of two words.
_BEFORE = frozenset(
    "在到至向与和及跟为于由从将把让使给含即以对—-–－~～·/“”‘’《》〈〉「」（）【】，。、；：！？|#"
)
_AFTER = frozenset("与和及跟至到等的在将为以—-–－~～·/“”‘’《》〈〉「」（）【】，。、；：！？|#段")
_VERBS = "«places:verb before»"
_FOLLOWS = "«places:follows»"
# 无锡市中山路, 惠山泉: the name of a street, a spring. 常州路网 and 苏州街区 are of the place.
_STREET = "[东西南北中]?«places:street»"
# 新建区域, 苏州市场, 宪法国家: the last character belongs to the next word.
_NO_RANK = {"区": frozenset("域间位块划分段"), "市": frozenset("场民容"), "国": frozenset("家")}


@dataclass(frozen=True)
class Place:
    """A row of the gazetteer."""

    name: str
    codes: tuple[str, ...]
    kind: str
    bare: str  # its short name is read: yes, near (only where the words beside it allow), no
    common: bool = False  # the name is a common noun too: 新城区

    @property
    def code(self) -> str:
        """Its code, ``""`` if it has none or several."""
        return self.codes[0] if len(self.codes) == 1 else ""


class Hit(NamedTuple):
    """A name found in a shadow; positions in it."""

    start: int
    end: int
    ranked: bool  # with its rank (昆山市), or whole for what has none
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Gazetteer:
    """The forms that places are written in."""

    forms: dict[str, tuple[bool, tuple[Place, ...]]]
    lengths: dict[str, tuple[int, ...]]  # first two characters of a form → its lengths, longest first
    names: dict[str, str]  # code → name of the unit
    first: npt.NDArray[np.bool_]  # by code point: whether a form begins with it
    second: npt.NDArray[np.bool_]


def gazetteer() -> Gazetteer:
    """Read the gazetteer.

    Raises
    ------
    MissingDataError
        If the file is not there.
    DataError
        If it breaks its form.
    """
    return _read(data_file("reference/places.csv"))


@lru_cache(maxsize=4)
def _read(path: Path) -> Gazetteer:
    if not path.is_file():
        raise MissingDataError(say("error.gazetteer_missing", spoken(), file=path))
    ranked: dict[str, list[Place]] = {}
    short: dict[str, list[Place]] = {}
    names: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), start=2):
            place = _place(row, path, number)
            ranked.setdefault(place.name, []).append(place)
            if place.kind in UNITS and not row["note"].startswith("former"):
                names[place.code] = place.name
            if row["short"] and row["short"] != place.name:
                short.setdefault(row["short"], []).append(place)
                for rank in ("自治州", "自治县"):
                    if place.name.endswith(rank):
                        ranked.setdefault(row["short"] + rank[-1], []).append(place)
    forms = {form: (True, tuple(places)) for form, places in ranked.items()}
    for form, places in short.items():
        if form not in forms:
            forms[form] = (False, tuple(sorted(places, key=lambda place: UNITS.index(place.kind))))
    lengths: dict[str, set[int]] = {}
    for form in forms:
        lengths.setdefault(form[:2], set()).add(len(form))
    first, second = np.zeros(0x110000, dtype=bool), np.zeros(0x110000, dtype=bool)
    for pair in lengths:
        first[ord(pair[0])] = second[ord(pair[1])] = True
    longest_first = {pair: tuple(sorted(sizes, reverse=True)) for pair, sizes in lengths.items()}
    return Gazetteer(forms, longest_first, names, first, second)


def _place(row: dict[str, str], path: Path, number: int) -> Place:
    codes = tuple(filter(None, row["adcode"].split(";")))
    wrong = [code for code in codes if not re.fullmatch(r"\d{6}", code)]
    if row["kind"] not in KINDS or wrong or len(row["name"]) < 2 or len(row["short"]) == 1:
        kinds, found = (
            ", ".join(KINDS),
            ", ".join(repr(row[key]) for key in ("name", "short", "adcode", "kind")),
        )
        raise DataError(say("error.gazetteer_row", spoken(), file=path, row=number, kinds=kinds, found=found))
    return Place(row["name"], codes, row["kind"], row["bare"], row["note"].startswith("common noun"))


def scan(chars: str, book: Gazetteer) -> list[Hit]:
    """Find every name in a shadow, the leftmost first, of those the longest, none over another.

    Parameters
    ----------
    chars
        A text without blanks.
    book
        The gazetteer.

    Returns
    -------
        In their order. Time is linear in the length of the text.
    """
    hits: list[Hit] = []
    last = nowhere = 0
    for at in _openings(chars, book):
        if at < nowhere:
            continue
        for size in book.lengths.get(chars[at : at + 2], ()):
            end = at + size
            known = book.forms.get(chars[at:end])
            if known is None or end > len(chars):
                continue
            ranked, places = known
            if places[0].kind == "none":
                nowhere = end - 1  # its last character may begin a name: 西南通州
                break
            if _stands(chars, at, end, ranked=ranked, places=places, touching=last == at > 0):
                hits.append(Hit(at, end, ranked, places))
                last = nowhere = end
                break
    return hits


def _openings(chars: str, book: Gazetteer) -> list[int]:
    """Return the positions where the first two characters of a form may stand."""
    codes = np.frombuffer(chars.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    found: list[int] = np.flatnonzero(book.first[codes[:-1]] & book.second[codes[1:]]).tolist()
    return found


def _stands(
    chars: str, start: int, end: int, *, ranked: bool, places: tuple[Place, ...], touching: bool
) -> bool:
    """Tell whether a form is a name here, and not parts of other words."""
    following = chars[end : end + 1]
    kind = places[0].kind
    if ranked and kind in (*UNITS, "country"):
        short = end - start == 2 and kind == "county"  # 示范县 is not 范县
        opens = touching or not short or _opens(chars, start)
        return opens and (not following or following not in _NO_RANK.get(chars[end - 1], ()))
    bare = {place.bare for place in places}
    if kind == "composite":
        return "yes" in bare or compiled(_FOLLOWS).match(chars, end) is not None
    if not ranked and kind in UNITS and compiled(_STREET).match(chars, end):
        return False
    if not ranked and bare == {"no"}:  # 公安, 合作: words before they are counties
        return False
    if "yes" in bare or touching:
        return True
    return bool(
        _opens(chars, start)
        or not following
        or following in _AFTER
        or following.isascii()
        or compiled(_FOLLOWS).match(chars, end)
    )


def _opens(chars: str, start: int) -> bool:
    """Tell whether a word may well begin here."""
    before = chars[max(0, start - 2) : start]
    return bool(
        not before or before[-1] in _BEFORE or compiled(_VERBS).fullmatch(before) or before[-1].isascii()
    )
