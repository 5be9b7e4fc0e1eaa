"""The places that the words of a task name: cities, counties, waters, regions, sites.

A name is read where the words beside it let it be one, and given to the unit that the document speaks of: 鼓楼区 is
in several cities, and belongs to the one that is named too. Where nothing decides, the row has no code.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from sxcanalysis.parsing.named_projects import read_projects
from sxcanalysis.parsing.places.known_names import Listed, is_longer, listed_names
from sxcanalysis.reference.gazetteer import BETWEEN, UNITS, Gazetteer, Hit, Place, gazetteer, scan
from sxcanalysis.reference.lexicon import compiled
from sxcanalysis.text.normal_form import Shadow, cast_shadow

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["read_mentions"]

COLUMNS = (
    "task_id", "name", "adcode", "kind", "start", "end", "unit", "city_adcode", "in_name", "outside", "site_id", "project_id",
)  # fmt: skip

_ZONE = "(?:«places:zone rank»)?«places:zone»"
# The rest of a longer proper name: 无锡[硕放机场], 中德（太仓）[产业合作示范区].
_REST = "(?:(?!«places:no name with»)[\u4e00-\u9fffA-Za-z0-9“”（）—–-]){0,24}?«places:name end»"
_ENDS_HERE = "«places:name end»$"
# A county of which the gazetteer knows nothing, right behind a city or in a list of counties: 苏州市云岭区.
_COUNTY = (
    "[、和]?([\u4e00-\u9fff]{2,3}[区县旗](?![域间位块划段级]))(?=[、，。；（）和与等]|$|«places:follows»)"
)
_MUNICIPALITIES = ("11", "12", "31", "50", "71", "81", "82")
_NO_CITY = ("4190", "4290", "4690", "6590")  # counties directly under a province


@dataclass(frozen=True)
class _Region:
    """What part of the country a document speaks of."""

    cities: Counter[str]  # code → how often the city is named for certain
    provinces: Counter[str]  # first two digits
    home: frozenset[str]  # codes of the cities, or the province, that it is about; empty where nothing tells
    written: frozenset[str]  # codes of the units that it writes with their rank


class _Found(NamedTuple):
    """A place found; positions in the shadow."""

    start: int
    end: int
    kind: str
    codes: tuple[str, ...] = ()
    ids: tuple[str, str] = ("", "")  # of the site, of the project
    longer: bool = False  # a proper name that is more than a place


def read_mentions(
    tasks: pd.DataFrame, text: str, *, projects: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """
    Find the places that tasks name.

    Parameters
    ----------
    tasks
        ``task_id start end``, the span of each task in ``text``; ``attribution_start`` and ``attribution_end`` if known,
        from which the cities are taken that the document is about.
    text
        The text of the document.
    projects
        What `read_projects` finds in it; found here if None.

    Returns
    -------
    mentions
        One row a place and span: ``task_id name adcode kind start end unit city_adcode in_name outside site_id
        project_id``. ``name`` is what the text writes, blanks aside; ``unit`` is the unit's own name. ``adcode`` is the
        code of the unit that it is or lies in, ``""`` if it is none, lies in several, or cannot be told; ``city_adcode``
        that of its prefecture-level city. A composite (苏锡常) is a row for each of its members, over the same span.
        ``kind`` is ``province``, ``city``, ``county``, ``development_zone``, ``region``, ``water``, ``country``, ``site``
        or ``project``. ``in_name``: the name is part of a longer proper name (无锡至太仓高速公路), which may lie elsewhere.
        ``outside``: abroad, or not in what the document is about: the cities that attributions name, if half of the
        tasks name any; else the province of most of its places. ``site_id`` and ``project_id`` are those of
        ``data/projects``, found by their names; a project's row has no code, its place comes from its geometry.
    issues
        Names that read as counties and are none of the gazetteer's.

    Raises
    ------
    MissingDataError, DataError
        If the gazetteer is not there, or damaged.

    Examples
    --------
    >>> text = "支持苏州、昆山建设。"
    >>> tasks = pd.DataFrame({"task_id": ["2030-01"], "start": [0], "end": [len(text)]})
    >>> read_mentions(tasks, text)[0]["adcode"].tolist()
    ['320500', '320583']
    """
    book = gazetteer()
    shadow = cast_shadow(text)
    hits = scan(shadow.chars, book)
    region = _region(hits, tasks, shadow)
    found = _places(hits, shadow.chars, region, book)
    named = read_projects(tasks, text) if projects is None else projects
    listed = _with_projects(listed_names(shadow.chars), named, shadow)
    unknown = _unknown_counties(hits, shadow.chars)
    rows: list[tuple[object, ...]] = []
    issues: list[dict[str, object]] = []
    for task_id, start, end in zip(tasks["task_id"], tasks["start"], tasks["end"], strict=True):
        first, last = (int(n) for n in shadow.at.searchsorted([start, end]))
        mine = _within(found, first, last) + _own(listed, first, last, str(task_id))
        mine.sort(key=lambda item: (item.start, -item.end, item.kind not in {"project", "site"}))
        rows += _rows(str(task_id), mine, shadow, book, region)
        issues += [
            {
                "severity": "info", "code": "place_unknown", "task_id": task_id, "start": span[0], "end": span[1],
                "words": text[slice(*span)],
                "hint": "it reads as a county, and the gazetteer has none of this name; add a row to data/reference/places.csv",
            }
            for span in (shadow.span(*at) for at in unknown if first <= at[0] and at[1] <= last)
        ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"start": "int64", "end": "int64", "in_name": bool, "outside": bool}), issues


def _rows(
    task_id: str, mine: list[_Found], shadow: Shadow, book: Gazetteer, region: _Region
) -> Iterator[tuple[object, ...]]:
    reach = 0  # where the longer names end that began before
    for item in mine:
        listed = item.kind in {"site", "project"}
        inside = not listed and (item.end <= reach or _goes_on(shadow.chars, item.start, item.end))
        if item.longer:
            reach = max(reach, item.end)
        start, end = shadow.span(item.start, item.end)
        name = "".join(shadow.text[start:end].split())
        for code in item.codes or ("",):
            city = city_of(code)
            kind = _rank(code) if item.kind == "composite" else item.kind
            abroad = kind == "country" or bool(code and region.home and not _touches(code, region.home))
            yield (
                task_id, name, code, kind, start, end, book.names.get(code, ""), city, inside, abroad, *item.ids,
            )  # fmt: skip


def _goes_on(chars: str, start: int, end: int) -> bool:
    """Tell whether a longer proper name goes on after a place, or encloses it in brackets."""
    if chars[start - 1 : start] == "（" and chars[end : end + 1] == "）":
        if compiled(_ENDS_HERE).search(chars, max(0, start - 9), start - 1):
            return True
        end += 1
    return compiled(_REST).match(chars, end) is not None


@lru_cache(maxsize=8192)
def city_of(code: str) -> str:
    """
    Return the code of the prefecture-level city, or municipality, of a unit.

    Returns
    -------
        ``""`` for a province; a county directly under its province is its own city.

    Examples
    --------
    >>> city_of("320583"), city_of("310115"), city_of("320000"), city_of("429004")
    ('320500', '310000', '', '429004')
    """
    if code.startswith(_MUNICIPALITIES):
        return code[:2] + "0000"
    if not code or code.endswith("0000"):
        return ""
    return code if code.startswith(_NO_CITY) else code[:4] + "00"


def _rank(code: str) -> str:
    return UNITS[0] if code.endswith("0000") else UNITS[1] if code.endswith("00") else UNITS[2]


def _touches(code: str, home: frozenset[str]) -> bool:
    """Tell whether a unit lies in one of the units, or holds one."""
    return city_of(code) in home or any(
        code[:2] == unit[:2] and (code.endswith("0000") or unit.endswith("0000")) for unit in home
    )


def _region(hits: list[Hit], tasks: pd.DataFrame, shadow: Shadow) -> _Region:
    """Tell what a document speaks of, from the names in it that leave no doubt."""
    cities: Counter[str] = Counter()
    provinces: Counter[str] = Counter()
    written: set[str] = set()
    attributed: dict[int, set[str]] = {}
    spans: list[tuple[int, int]] = []
    if {"attribution_start", "attribution_end"} <= set(tasks.columns):
        pairs = tasks[["attribution_start", "attribution_end"]].dropna().astype("int64")
        low, high = (shadow.at.searchsorted(pairs[name]) for name in pairs)
        spans = sorted(zip(low.tolist(), high.tolist(), strict=True))
    begins = [start for start, _ in spans]
    for hit in hits:
        k = bisect_left(begins, hit.start + 1) - 1
        inside = k >= 0 and hit.end <= spans[k][1]
        for code in _certain(hit):
            provinces[code[:2]] += 1
            if city_of(code):
                cities[city_of(code)] += 1
                if inside:
                    attributed.setdefault(k, set()).add(city_of(code))
            if hit.ranked:
                written.add(code)
    # A list of a circle gives most of its tasks to cities; one of a province or a city to its own bodies.
    home = frozenset[str]().union(*attributed.values()) if 2 * len(attributed) >= len(spans) else frozenset()
    if not home and provinces:
        home = frozenset({provinces.most_common(1)[0][0] + "0000"})
    return _Region(cities, provinces, home, frozenset(written))


def _unknown_counties(hits: list[Hit], chars: str) -> Iterator[tuple[int, int]]:
    """Yield what reads as the name of a county where one is to be expected: right behind a city, in a list of counties."""
    starts = {hit.start for hit in hits}
    for hit in hits:
        if not hit.ranked or hit.places[0].kind not in {"city", "county"}:
            continue
        at = hit.end
        while found := compiled(_COUNTY).match(chars, at):
            if found.start(1) in starts or (found[0] == found[1]) != (
                at == hit.end and hit.places[0].kind == "city"
            ):
                break
            if not compiled("«places:no county»").search(found[1]):
                yield found.span(1)
            at = found.end(1)


def _certain(hit: Hit) -> tuple[str, ...]:
    place = hit.places[0]
    if place.kind in {"composite", "development_zone"}:
        return place.codes
    if place.kind not in UNITS:
        return ()
    if place.kind == "county":
        alone = len(hit.places) == 1
        sure = alone and (_distinct(hit) if hit.ranked else place.bare == "yes")
    else:
        sure = hit.ranked or place.bare == "yes"
    return place.codes if sure else ()


def _distinct(hit: Hit) -> bool:
    """Tell whether the name of a county is no common noun and too long to arise by chance."""
    return not hit.places[0].common and hit.end - hit.start > 2


def _places(hits: list[Hit], chars: str, region: _Region, book: Gazetteer) -> list[_Found]:
    """Decide which unit each name is of, and add the development zones."""
    units: list[Place | None] = []
    for k, hit in enumerate(hits):
        above = units[k - 1] if k and hits[k - 1].end == hit.start else None
        units.append(_unit(hit, region, above))
    for order in (range(1, len(hits)), range(len(hits) - 2, -1, -1)):  # 青岛、日照: by its neighbour
        step = -1 if order.step == 1 else 1
        for k in order:
            near = units[k + step]
            if units[k] is None and near is not None and _listed_together(hits, k, k + step, chars):
                units[k] = _beside(hits[k], near)
    found: list[_Found] = []
    for hit, unit in zip(hits, units, strict=True):
        kind = hit.places[0].kind
        if unit is None:
            # A county, but which one? An honest gap.
            if hit.ranked and _distinct(hit):
                found.append(_Found(hit.start, hit.end, kind))
            continue
        longer = unit.kind == "development_zone"
        found.append(_Found(hit.start, hit.end, unit.kind, unit.codes, longer=longer))
        if kind == "development_zone":
            found += _first(chars, hit, book)
        zone = compiled(_ZONE).match(chars, hit.end) if kind in {"city", "county"} else None
        if zone:
            found.append(_Found(hit.start, zone.end(), "development_zone", unit.codes, longer=True))
    found.sort(key=lambda item: (item.start, -item.end))
    return found


def _first(chars: str, zone: Hit, book: Gazetteer) -> list[_Found]:
    """Return the unit that the name of a zone begins with: 苏州 in 苏州工业园区."""
    for size in book.lengths.get(chars[zone.start : zone.start + 2], ()):
        _, places = book.forms.get(chars[zone.start : zone.start + size], (False, ()))
        if size == zone.end - zone.start or not places or places[0].kind not in UNITS:
            continue
        if places[0].code[:4] == zone.places[0].code[:4]:  # 江北 in 江北新区 is not the district of Ningbo
            return [_Found(zone.start, zone.start + size, places[0].kind, places[0].codes)]
    return []


def _unit(hit: Hit, region: _Region, above: Place | None) -> Place | None:
    """Return the one place that a name is of, None if that is not known."""
    first = hit.places[0]
    if first.kind not in UNITS:
        return first
    if above is not None and above.kind in UNITS:
        below = [place for place in hit.places if _under(place.code, above.code)]
        if len(below) == 1:
            return below[0]
    able = [place for place in hit.places if hit.ranked or place.bare != "no"]
    counties = [place for place in able if place.kind == "county"]
    local = [place for place in counties if region.cities[city_of(place.code)]]
    if first.kind != "county":
        sure = hit.ranked or first.bare == "yes" or first.code in region.written
        if sure or region.provinces[first.code[:2]]:
            return first
    if local:
        return _foremost(local, [region.cities[city_of(place.code)] for place in local])
    if first.kind != "county" or first.common:
        return None
    around = [place for place in counties if region.provinces[place.code[:2]]]
    if not hit.ranked:
        if len(hit.places) == 1 and first.bare == "yes":
            return first
        around = [place for place in around if place.name.endswith("市")]
        return around[0] if len(around) == 1 else None
    if around:
        return _foremost(around, [region.provinces[place.code[:2]] for place in around])
    return first if len(hit.places) == 1 and _distinct(hit) else None


def _under(code: str, above: str) -> bool:
    """Tell whether a unit is a part of another one."""
    return code != above and (code[:2] == above[:2] if above.endswith("0000") else city_of(code) == above)


def _foremost(places: list[Place], counts: list[int]) -> Place | None:
    """Return the place of which the document speaks most, None if that does not decide."""
    ranking = sorted(zip(counts, range(len(places)), strict=True), reverse=True)
    if len(ranking) > 1 and ranking[0][0] < 3 * ranking[1][0]:
        return None
    return places[ranking[0][1]]


def _listed_together(hits: list[Hit], one: int, other: int, chars: str) -> bool:
    left, right = sorted((one, other))
    between = chars[hits[left].end : hits[right].start]
    return len(between) == 1 and between in BETWEEN


def _beside(hit: Hit, near: Place) -> Place | None:
    """Return the place of a name that lies with its neighbour in one city, or for a city one province."""
    if near.kind not in {"city", "county"}:
        return None
    if hit.places[0].kind == "county":
        alike = [place for place in hit.places if city_of(place.code) == city_of(near.code)]
    else:
        alike = [place for place in hit.places if place.code[:2] == near.code[:2]]
    return alike[0] if len(alike) == 1 else None


def _within(found: list[_Found], first: int, last: int) -> list[_Found]:
    begin = bisect_left(found, first, key=lambda item: item.start)
    end = bisect_left(found, last, key=lambda item: item.start)
    return [item for item in found[begin:end] if item.end <= last]


def _with_projects(
    listed: list[tuple[int, int, Listed]], named: pd.DataFrame, shadow: Shadow
) -> list[tuple[int, int, Listed]]:
    """Add the projects that are known by a name which only its clause tells from common words."""
    there = {(start, end) for start, end, row in listed if row.kind == "project" and row.lasting}
    known = named[named["project_id"] != ""]
    starts, ends = (shadow.at.searchsorted(known[name]).tolist() for name in ("start", "end"))
    for task, project, start, end in zip(known["task_id"], known["project_id"], starts, ends, strict=True):
        if not any(a < end and start < b for a, b in there):
            name = shadow.chars[start:end]
            row = Listed(name, task, "project", "", ("", project), lasting=True, longer=is_longer(name))
            listed.append((start, end, row))
    return sorted(listed, key=lambda item: (item[0], item[1], item[2].ids))


def _own(listed: list[tuple[int, int, Listed]], first: int, last: int, task_id: str) -> list[_Found]:
    """Return the sites and projects named in a task: its own, else one that keeps its name from list to list."""
    begin = bisect_left(listed, first, key=lambda item: item[0])
    end = bisect_left(listed, last, key=lambda item: item[0])
    spans: dict[tuple[int, int], list[Listed]] = {}
    for a, b, row in listed[begin:end]:
        if b <= last:
            spans.setdefault((a, b), []).append(row)
    found = []
    for (a, b), rows in spans.items():
        mine = [row for row in rows if row.task_id == task_id]
        mine = mine or [row for row in rows if row.lasting][:1]
        found += [_Found(a, b, row.kind, (row.code,), row.ids, row.longer) for row in mine]
    return found
