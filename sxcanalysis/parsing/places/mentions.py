"""The places that the words of a task name: cities, counties, waters, regions, sites.

A name is read where the words beside it let it be one, and given to the unit that the document speaks of: 鼓楼区 is
in several cities, and belongs to the one that is named too. Where nothing decides, the row has no code.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from sxcanalysis.parsing.named_projects import read_projects
from sxcanalysis.parsing.places.known_names import Listed, is_longer, listed_names
from sxcanalysis.reference.gazetteer import BETWEEN, UNITS, Gazetteer, Hit, Place, gazetteer, scan
from sxcanalysis.text.normal_form import Shadow, cast_shadow

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["read_mentions"]

COLUMNS = (
    "task_id", "name", "adcode", "kind", "start", "end", "unit", "city_adcode", "in_name", "outside", "site_id", "project_id",
)  # fmt: skip

_ZONE = re.compile(
    r"(?:国家级?|省级|市)?(?:高新技术产业开发区|高新技术开发区|高新区|经济技术开发区|经济开发区|经开区|综合保税区|综保区|"
    r"保税港区|保税区|工业园区|旅游度假区|度假区|开发区|新区)"
)
_ENDS = (
    r"(?:高速|铁路|高铁|城际|机场|枢纽|大桥|隧道|过江通道|航道|省界|运河|河|港区?|码头|大学|学院|学校|医院|实验室|实验站|中心|研究院|"
    r"园区|产业园|创新园|科学城|科学岛|示范区|试验区|先导区|先行区|合作区|片区|基地|公园|博物馆|段|都市圈|科创圈|"
    r"城市群|盛典|艺术节|论坛|博览会|项目|工程)"
)
# The rest of a longer proper name: 无锡[硕放机场], 中德（太仓）[产业合作示范区].
_REST = re.compile(
    r"(?:(?!开展|申报|加快|争创|创建|探索|推进|推动|打造|深化|建设(?!工程)|支持|开工|完善|进一步|持续|等|地区|[一二两三四五六七八九十几多\d]+[大个家座])[\u4e00-\u9fffA-Za-z0-9“”（）—–-]){0,24}?"
    + _ENDS
)
_ENDS_HERE = re.compile(_ENDS + r"$")
_MUNICIPALITIES = ("11", "12", "31", "50", "71", "81", "82")
_NO_CITY = ("4190", "4290", "4690", "6590")  # counties directly under a province


@dataclass(frozen=True)
class _Region:
    """What part of the country a document speaks of."""

    cities: Counter[str]  # code → how often the city is named for certain
    provinces: Counter[str]  # first two digits
    members: frozenset[str]  # codes of the cities that its attributions name
    written: frozenset[str]  # codes of the units that it writes with their rank


class _Found(NamedTuple):
    """A place found; positions in the shadow."""

    start: int
    end: int
    kind: str
    codes: tuple[str, ...] = ()
    ids: tuple[str, str] = ("", "")  # of the site, of the project
    longer: bool = False  # a proper name that is more than a place


def read_mentions(tasks: pd.DataFrame, text: str) -> pd.DataFrame:
    """
    Find the places that tasks name.

    Parameters
    ----------
    tasks
        ``task_id start end``, the span of each task in ``text``; ``attribution_start`` and ``attribution_end`` if known,
        from which the cities are taken that the document is about.
    text
        The text of the document.

    Returns
    -------
    mentions
        One row a place and span: ``task_id name adcode kind start end unit city_adcode in_name outside site_id
        project_id``. ``name`` is what the text writes, blanks aside; ``unit`` is the unit's own name. ``adcode`` is the
        code of the unit that it is or lies in, ``""`` if it is none, lies in several, or cannot be told; ``city_adcode``
        that of its prefecture-level city. A composite (苏锡常) is a row for each of its members, over the same span.
        ``kind`` is ``province``, ``city``, ``county``, ``development_zone``, ``region``, ``water``, ``country``, ``site``
        or ``project``. ``in_name``: the name is part of a longer proper name (无锡至太仓高速公路), which may lie elsewhere.
        ``outside``: abroad, or not in a city that an attribution names. ``site_id`` and ``project_id`` are those of
        ``data/projects``, found by their names; a project's row has no code, its place comes from its geometry.

    Raises
    ------
    MissingDataError, DataError
        If the gazetteer is not there, or damaged.

    Examples
    --------
    >>> text = "支持苏州、昆山建设。"
    >>> tasks = pd.DataFrame({"task_id": ["2030-01"], "start": [0], "end": [len(text)]})
    >>> read_mentions(tasks, text)["adcode"].tolist()
    ['320500', '320583']
    """
    book = gazetteer()
    shadow = cast_shadow(text)
    hits = scan(shadow.chars, book)
    region = _region(hits, tasks, shadow)
    found = _places(hits, shadow.chars, region, book)
    listed = _with_projects(listed_names(shadow.chars), tasks, shadow)
    rows: list[tuple[object, ...]] = []
    for task_id, start, end in zip(tasks["task_id"], tasks["start"], tasks["end"], strict=True):
        first, last = (int(n) for n in shadow.at.searchsorted([start, end]))
        mine = _within(found, first, last) + _own(listed, first, last, str(task_id))
        mine.sort(key=lambda item: (item.start, -item.end, item.kind not in {"project", "site"}))
        rows += _rows(str(task_id), mine, shadow, book, region)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"start": "int64", "end": "int64", "in_name": bool, "outside": bool})


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
            abroad = kind == "country" or bool(code and region.members and not _touches(code, region.members))
            yield (
                task_id, name, code, kind, start, end, book.names.get(code, ""), city, inside, abroad, *item.ids,
            )  # fmt: skip


def _goes_on(chars: str, start: int, end: int) -> bool:
    """Tell whether a longer proper name goes on after a place, or encloses it in brackets."""
    if chars[start - 1 : start] == "（" and chars[end : end + 1] == "）":
        if _ENDS_HERE.search(chars, max(0, start - 9), start - 1):
            return True
        end += 1
    return _REST.match(chars, end) is not None


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


def _touches(code: str, members: frozenset[str]) -> bool:
    """Tell whether a unit lies in one of the cities, or holds one."""
    return city_of(code) in members or any(
        code.endswith("0000") and member.startswith(code[:2]) for member in members
    )


def _region(hits: list[Hit], tasks: pd.DataFrame, shadow: Shadow) -> _Region:
    """Tell what a document speaks of, from the names in it that leave no doubt."""
    cities: Counter[str] = Counter()
    provinces: Counter[str] = Counter()
    written: set[str] = set()
    attributed: set[str] = set()
    spans: list[tuple[int, int]] = []
    if {"attribution_start", "attribution_end"} <= set(tasks.columns):
        pairs = tasks[["attribution_start", "attribution_end"]].dropna().astype("int64")
        spans = sorted(
            (int(a), int(b))
            for a, b in zip(
                shadow.at.searchsorted(pairs["attribution_start"]),
                shadow.at.searchsorted(pairs["attribution_end"]),
                strict=True,
            )
        )
    begins = [start for start, _ in spans]
    for hit in hits:
        for code in _certain(hit):
            provinces[code[:2]] += 1
            if city_of(code):
                cities[city_of(code)] += 1
                k = bisect_left(begins, hit.start + 1) - 1
                if k >= 0 and hit.end <= spans[k][1]:
                    attributed.add(city_of(code))
            if hit.ranked:
                written.add(code)
    return _Region(cities, provinces, frozenset(attributed), frozenset(written))


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
        zone = _ZONE.match(chars, hit.end) if kind in {"city", "county"} else None
        if zone:
            found.append(_Found(hit.start, zone.end(), "development_zone", unit.codes, longer=True))
    found.sort(key=lambda item: (item.start, -item.end))
    return found


def _first(chars: str, zone: Hit, book: Gazetteer) -> list[_Found]:
    """Return the unit that the name of a zone begins with: 苏州 in 苏州工业园区."""
    for size in book.lengths.get(chars[zone.start : zone.start + 2], ()):
        _, places = book.forms.get(chars[zone.start : zone.start + size], (False, ()))
        if size < zone.end - zone.start and places and places[0].kind in UNITS:
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
    listed: list[tuple[int, int, Listed]], tasks: pd.DataFrame, shadow: Shadow
) -> list[tuple[int, int, Listed]]:
    """Add the projects that are known by a name which only its clause tells from common words."""
    there = {(start, end) for start, end, row in listed if row.kind == "project" and row.lasting}
    named = read_projects(tasks, shadow.text)
    for task, project, *span in named[["task_id", "project_id", "start", "end"]].to_numpy():
        start, end = (int(n) for n in shadow.at.searchsorted(np.array(span, dtype="int64")))
        if project and not any(a < end and start < b for a, b in there):
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
