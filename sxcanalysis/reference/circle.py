"""Circles: which cities a list is about, full members and partial ones, and how they are named, drawn and counted.

A circle is a file, ``data/circles/<name>.toml``; an edition names its own in ``source.toml`` (``circle = "sxc"``).
"""

from __future__ import annotations

import csv
import difflib
import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from pypinyin import lazy_pinyin

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.files import write_file
from sxcanalysis.core.paths import (
    data_file,
    data_files,
    edition_folder,
    read_toml,
    source_record,
    writable_dir,
)
from sxcanalysis.reference.bodies import body_english
from sxcanalysis.reference.gazetteer import gazetteer
from sxcanalysis.reference.words import label, say, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import pandas as pd

_ROLES = {"implementing", "responsible"}  # the roles in which a list gives a task to a city

# A type or a pattern, and which label error.form_<name> tells a person what to write.
_Form = tuple[type | str, str]
_TEXT: _Form = (r"(?s).*\S.*", "text")
_CODE: _Form = (r"\d{6}", "code")
_WHOLE: _Form = (int, "whole")
_LIST: _Form = (list, "list")
_SECTION: _Form = (dict, "section")
# What a circle's file holds, by section; a key with ? may be left out.
_SCHEMA: dict[str, dict[str, _Form]] = {
    "": {
        "zh": _TEXT, "en": _TEXT, "title_patterns?": _LIST, "crs": (r"EPSG:\d{4,6}", "crs"),
        "boundaries": _TEXT, "statistics_lag?": _WHOLE, "province": _SECTION, "members": _LIST,
    },
    "province": {"adcode": _CODE, "zh": _TEXT, "en": _TEXT, "cities": _WHOLE},
    "member": {
        "adcode": _CODE, "zh": _TEXT, "en": _TEXT, "short_zh": _TEXT, "short_en": _TEXT,
        "membership": ("full|partial", "membership"), "mark?": _SECTION,
    },
    "mark": {
        "color?": ("#[0-9a-fA-F]{6}", "color"), "hatch?": (".*", "hatch"), "marker?": _TEXT,
        "line?": (".+", "line"),
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class City:
    """A city of a circle: code (GB/T 2260), names, short names, ``full`` or ``partial``, and how it is drawn."""

    adcode: str
    zh: str
    en: str
    short_zh: str
    short_en: str
    membership: str
    color: str
    hatch: str
    marker: str
    line: str | tuple[int, tuple[float, ...]]

    @property
    def full(self) -> bool:
        """Whether it is a full member, which is ranked and drawn solid."""
        return self.membership == "full"

    def named(self, lang: str) -> str:
        """Return its name in a language."""
        return self.zh if lang == "zh" else self.en

    def short(self, lang: str) -> str:
        """Return its short name in a language."""
        return self.short_zh if lang == "zh" else self.short_en


@dataclass(frozen=True, slots=True)
class Circle:
    """
    A circle of cities.

    Attributes
    ----------
    name
        Of its file; ``""`` for one that was only proposed from a list.
    zh, en
        Its names.
    province, province_zh, province_en
        Code and names of the province that issues its list.
    cities_in_province
        How many cities there are that 等 ("and others") may stand for.
    cities
        Its members, the full ones first.
    crs
        In which its maps are drawn, for example ``EPSG:4549``.
    boundaries
        Folder of its boundaries under ``data/``.
    statistics_lag
        Years between a list and the statistics that its authors knew.
    title_patterns
        Regular expressions; a title in which one is found is of this circle.
    proposed
        Whether nobody has confirmed that the list is of this circle.
    """

    name: str
    zh: str
    en: str
    province: str
    province_zh: str
    province_en: str
    cities_in_province: int
    cities: tuple[City, ...]
    crs: str
    boundaries: str
    statistics_lag: int = 1
    title_patterns: tuple[str, ...] = ()
    proposed: bool = False

    @property
    def full(self) -> tuple[City, ...]:
        """The full members."""
        return tuple(city for city in self.cities if city.full)

    @property
    def partial(self) -> tuple[City, ...]:
        """The members that take part in some tasks only."""
        return tuple(city for city in self.cities if not city.full)

    def city(self, name_or_code: str) -> City | None:
        """Return the member of this Chinese name or code, None if it is no member."""
        return next((city for city in self.cities if name_or_code in {city.zh, city.adcode}), None)

    def named(self, lang: str) -> str:
        """Return its name in a language."""
        return self.zh if lang == "zh" else self.en


def circle_names() -> list[str]:
    """Name the circles that have a file."""
    return [name.removesuffix(".toml") for name in data_files("circles", "*.toml")]


def load_circle(name: str) -> Circle:
    """
    Load a circle.

    Parameters
    ----------
    name
        Of a file in ``data/circles``, without its ending.

    Returns
    -------
    circle
        Frozen.

    Raises
    ------
    MissingDataError
        If there is no such circle; the message names those there are.
    DataError
        If its file is not understood; the message names the key.

    Examples
    --------
    >>> circle = load_circle("chengdu")
    >>> [city.en for city in circle.full], circle.crs
    (['Chengdu', 'Deyang', 'Meishan', 'Ziyang'], 'EPSG:4544')
    """
    path = data_files("circles", "*.toml").get(f"{name}.toml")
    if path is None:
        known, hint = ", ".join(circle_names()), _near(str(name), circle_names())
        raise MissingDataError(say("error.no_circle", spoken(), name=name, known=known, hint=hint).rstrip())
    return _read(path, _marks_path())


def circle_of(edition: str | int) -> Circle:
    """
    Return the circle that an edition's list is about.

    It is the one that ``sources/<edition>/source.toml`` names; if it names none, the one that `propose_circle` finds in
    title and attributions. `MissingDataError` if there is no such circle, `DataError` if nothing names a city.
    """
    record = source_record(edition_folder("sources", edition))
    if record.get("circle"):
        return load_circle(str(record["circle"]))
    table = edition_folder("tables", edition) / "assignments.csv"
    rows: list[dict[str, str]] = []
    if table.is_file():
        with table.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    return _proposed(str(record.get("title", "")), rows)


def propose_circle(title: str, assignments: pd.DataFrame) -> Circle:
    """
    Propose whose list this is, from its title and its attributions (``body body_kind role``).

    A circle with a file, if the title names it or its full members are the cities that implement most. Otherwise one made
    of the cities of this list: full are those with at least half as many tasks as the busiest. ``proposed`` is true: show it
    to a person before anything is ranked. `DataError` if no city implements anything and the title names no circle.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("合肥市", "city", "implementing")] * 3 + [("六安市", "city", "implementing")] * 2
    >>> found = propose_circle("重点任务清单", pd.DataFrame(rows, columns=["body", "body_kind", "role"]))
    >>> found.name, [city.zh for city in found.full], found.proposed
    ('', ['合肥市', '六安市'], True)
    """
    return _proposed(title, assignments[["body", "body_kind", "role"]].to_dict("records"))  # type: ignore[arg-type]


def new_circle(
    name: str, full: Iterable[str], *, partial: Iterable[str] = (), zh: str = "", en: str = ""
) -> Circle:
    """
    Make a circle of cities that the gazetteer knows, with short names, marks, province and CRS by rule.

    *full* and *partial* are full Chinese names of prefecture-level cities, such as ``合肥市``; without names of its own the
    circle is called after the first. `DataError` if a name is no such city.
    """
    known = {name: code for code, name in gazetteer().names.items() if code.endswith("00")}
    full, partial = list(full), list(partial)
    members = [*full, *partial]
    for city in members:
        if city not in known:
            raise DataError(say("error.no_city", spoken(), name=city, hint=_near(city, known)).rstrip())
    if not full or len(set(members)) < len(members):
        raise DataError(_members_wrong(members))
    province = Counter(known[city][:2] for city in full).most_common(1)[0][0] + "0000"
    marks = _marks(_marks_path())
    shorts = _short_names([known_en(city) for city in members])
    cities = tuple(
        City(
            known[zh],
            zh,
            known_en(zh),
            zh[0],
            short,
            "full" if zh in full else "partial",
            **marks[at % len(marks)],
        )
        for at, (zh, short) in enumerate(zip(members, shorts, strict=True))
    )
    first = cities[0]
    province_zh = gazetteer().names.get(province, "")
    return Circle(
        name=name, zh=zh or f"{first.zh.removesuffix('市')}都市圈", en=en or f"{first.en} metropolitan area",
        province=province, province_zh=province_zh, province_en=known_en(province_zh),
        cities_in_province=sum(code.startswith(province[:2]) and code.endswith("00") and code != province for code in known.values()),
        cities=cities, crs=_crs_of(province), boundaries=f"boundaries/{name}" if name else "",
    )  # fmt: skip


def add_circle(
    name: str, full: Iterable[str], *, partial: Iterable[str] = (), zh: str = "", en: str = ""
) -> Path:
    """Write ``data/circles/<name>.toml`` (see `new_circle`); nothing where the name is taken or a city unknown."""
    path = writable_dir() / "circles" / f"{name}.toml"
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name) or name in circle_names():
        raise DataError(say("error.circle_name", spoken(), name=name, known=", ".join(circle_names())))
    write_file(path, circle_toml(new_circle(name, full, partial=partial, zh=zh, en=en)).encode())
    return path


def circle_toml(circle: Circle) -> str:
    """Return the text of a circle's file."""

    def section(head: str, values: Mapping[str, object]) -> list[str]:
        # What JSON writes for texts, numbers and lists of them is TOML too.
        return [
            "",
            head,
            *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()),
        ]

    keys = ("zh", "en", "title_patterns", "crs", "boundaries", "statistics_lag")
    head = f"# {circle.en}. Written by `sxc circle add`; mend names and marks as you like."
    lines = section(head, {key: getattr(circle, key) for key in keys})[1:]
    lines += section("[province]", {
        "adcode": circle.province, "zh": circle.province_zh, "en": circle.province_en, "cities": circle.cities_in_province,
    })  # fmt: skip
    for city in circle.cities:
        lines += section(
            "[[members]]",
            {key: getattr(city, key) for key in ("adcode", "zh", "en", "short_zh", "short_en", "membership")},
        )
        line = city.line if isinstance(city.line, str) else city.line[1]
        mark = {"color": city.color, "hatch": city.hatch, "marker": city.marker, "line": line}
        lines.append(f"mark = {{ {', '.join(section('', mark)[2:])} }}")
    return "\n".join(lines) + "\n"


def known_en(name: str) -> str:
    """Return the English name of a unit: the one recorded, else its name in pinyin."""
    rank = next(
        (end for end in ("市", "省", "自治区") if name.endswith(end) and len(name) > len(end) + 1), ""
    )
    return body_english(name) or "".join(lazy_pinyin(name.removesuffix(rank))).capitalize()


def _proposed(title: str, rows: Iterable[Mapping[str, str]]) -> Circle:
    counts = Counter(row["body"] for row in rows if row["body_kind"] == "city" and row["role"] in _ROLES)
    circles = [load_circle(name) for name in circle_names()]
    by_title = [one for one in circles if any(re.search(pattern, title) for pattern in one.title_patterns)]
    known = set(gazetteer().names.values())
    counts = Counter({name: count for name, count in counts.items() if name in known})
    busiest = max(counts.values(), default=0)
    busy = {name for name, count in counts.items() if 2 * count >= busiest}
    by_cities = [one for one in circles if busy and busy == {city.zh for city in one.full}]
    for found in (by_title, by_cities):
        if len(found) == 1:
            return replace(found[0], proposed=True)
    if not busy:
        raise DataError(say("error.circle_unstated", spoken()))
    order = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    made = new_circle(
        "", [name for name in order if name in busy], partial=[name for name in order if name not in busy]
    )
    return replace(made, proposed=True)


def _crs_of(province: str) -> str:
    """Return the CGCS2000 3-degree zone of a province's seat of government."""
    zones = read_toml(data_file("reference/zones.toml"))
    meridian = int(zones.get("central_meridian", {}).get(province, 105))
    return f"EPSG:{4534 + (meridian - 75) // 3}"


def _marks_path() -> Path:
    return data_file("reference/marks.csv")


@cache
def _marks(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [{"line": _dashes(row.pop("dashes").split()), **row} for row in csv.DictReader(stream)]


def _dashes(line: Any) -> str | tuple[int, tuple[float, ...]]:  # noqa: ANN401  # of a file: "-", or lengths
    return "-" if line in ("-", ["-"]) else (0, tuple(float(one) for one in line))


@cache
def _read(path: Path, marks_path: Path) -> Circle:
    data = read_toml(path)
    wrong = list(_faults(data, ""))
    if not wrong:
        wrong = list(_faults(data["province"], "province", "province."))
        for number, member in enumerate(data["members"], start=1):
            of_member = [*_faults(member, "member"), *_faults(member.get("mark", {}), "mark")]
            wrong += [say("error.circle_member", spoken(), n=number, fault=fault) for fault in of_member]
    if not wrong:
        circle = _built(path.stem, data, _marks(marks_path))
        wrong = list(_contradictions(circle))
    if wrong:
        faults = ("；" if spoken() == "zh" else "; ").join(wrong)
        raise DataError(say("error.circle_file", spoken(), file=path, faults=faults))
    return circle


def _built(name: str, data: dict[str, Any], marks: list[dict[str, Any]]) -> Circle:
    province, cities = data["province"], []
    for at, member in enumerate(data["members"]):
        own = member.pop("mark", {})
        if "line" in own:
            own["line"] = _dashes(own["line"])
        cities.append(City(**member, **(marks[at % len(marks)] | own)))
    return Circle(
        name=name, zh=data["zh"], en=data["en"], province=province["adcode"], province_zh=province["zh"],
        province_en=province["en"], cities_in_province=province["cities"],
        cities=tuple(sorted(cities, key=lambda city: not city.full)), crs=data["crs"], boundaries=data["boundaries"],
        statistics_lag=data.get("statistics_lag", 1), title_patterns=tuple(data.get("title_patterns", ())),
    )  # fmt: skip


def _faults(values: dict[str, Any], section: str, where: str = "") -> Iterator[str]:
    """Say what in a section of a circle's file is missing, unknown or in another form."""
    schema = _SCHEMA[section]
    for name, (form, told) in schema.items():
        key = name.removesuffix("?")
        value = values.get(key)
        if key not in values:
            if key == name:
                yield say("error.circle_key_missing", spoken(), key_=where + key)
        elif not (re.fullmatch(form, str(value)) if isinstance(form, str) else type(value) is form):
            expected = label(f"error.form_{told}", spoken())
            yield say("error.circle_value", spoken(), key_=where + key, expected=expected, found=repr(value))
    for key in sorted(values.keys() - {name.removesuffix("?") for name in schema}):
        yield say("error.circle_key_unknown", spoken(), key_=where + key)


def _contradictions(circle: Circle) -> Iterator[str]:
    """Say what in a circle contradicts the gazetteer, or would be misread further on."""
    names = gazetteer().names
    if circle.province not in names:
        yield say("error.circle_province", spoken(), code=circle.province)
    for city in circle.cities:
        if names.get(city.adcode) != city.zh:
            yield say("error.circle_code", spoken(), city=city.zh, code=city.adcode)
    codes = [city.adcode for city in circle.cities]
    if not circle.full or len(set(codes)) < len(codes):
        yield _members_wrong([city.zh for city in circle.cities])
    for pattern in circle.title_patterns:
        try:
            re.compile(pattern)
        except (re.error, TypeError):
            yield say("error.circle_pattern", spoken(), pattern=pattern)


def _members_wrong(members: list[str]) -> str:
    return say("error.circle_members", spoken(), found=", ".join(members) or label("data.none", spoken()))


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return say("data.near", spoken(), name=near[0]) if near else ""


def _short_names(names: list[str]) -> list[str]:
    """Abbreviate English names to their first letters, as many as keep them apart."""
    return [
        next((name[:n] for n in range(1, len(name)) if [one[:n] for one in names].count(name[:n]) == 1), name)
        for name in names
    ]
