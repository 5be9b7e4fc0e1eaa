"""How much of each task, project or target falls on each city, under one counting rule.

All rules end in one table: one row an item and a city, with a weight and the bounds that 等 ("and others"), missing
locations and joint targets leave open. What falls on none of the cities is a row without a city, so that nothing is lost.
"""

from __future__ import annotations

import numbers
import re
from typing import TYPE_CHECKING

import pandas as pd

from sxcanalysis.core.errors import DataError
from sxcanalysis.reference.bodies import body_english
from sxcanalysis.reference.gazetteer import gazetteer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from geopandas import GeoDataFrame

#: City, code, English name and whether it is a full member of the circle or takes part in a few tasks only.
MEMBERS: dict[str, tuple[str, str, str]] = {
    "苏州市": ("320500", "Suzhou", "full"),
    "无锡市": ("320200", "Wuxi", "full"),
    "常州市": ("320400", "Changzhou", "full"),
    "南通市": ("320600", "Nantong", "partial"),
    "泰州市": ("321200", "Taizhou", "partial"),
}
_OWN = {code[:4]: name for name, (code, _, _) in MEMBERS.items()}
#: The others that 等 implies are cities of the province, which has thirteen.
CITIES_IN_PROVINCE = 13
TASK_RULES = ("whole", "even_split", "sole")
PROJECT_RULES = ("touched", "count_share", "length_share")
RULES = (*TASK_RULES, "named", *PROJECT_RULES, "targets")
#: Rules whose weights add up to 1 for each item.
SPLITS = ("even_split", "count_share", "length_share")

_EACH_CITY = re.compile(r"(?:每[个座]?|各)(?:设区市|省辖市|地级市|地市|市)(?![（(县])")
_COLUMNS = ("item", "task_id", "city", "weight", "low", "high")
_Row = tuple[str, str, str, float, float, float]


def roster(assignments: pd.DataFrame, members: Sequence[str] | None = None) -> pd.DataFrame:
    """
    List the cities: the five of the circle, then any other city that the list makes implement something.

    Parameters
    ----------
    assignments
        As `load_assignments` returns them.
    members
        The full members, for a list of another circle or with other members. By default Suzhou, Wuxi and Changzhou; in a
        list in which other cities implement and none of these three does, the cities with at least half as many tasks as
        the busiest.

    Returns
    -------
    cities
        ``city city_en adcode member``; ``member`` is ``full``, ``partial`` or ``other``, and only ``full`` is ranked.

    Raises
    ------
    DataError
        If ``members`` is empty or names something that is no city of the gazetteer.
    """
    counts = (
        implementing(assignments)["body"]
        .value_counts()
        .sort_index()
        .sort_values(ascending=False, kind="stable")
    )
    listed = [str(name) for name in counts.index]
    state = {name: member for name, (_, _, member) in MEMBERS.items()}
    if members is not None:
        known = {name for code, name in gazetteer().names.items() if code.endswith("00")}
        if (
            isinstance(members, str)
            or not members
            or (wrong := [name for name in members if name not in known])
        ):
            named = repr(members) if isinstance(members, str) or not members else ", ".join(map(repr, wrong))
            msg = f"members: expected a list of cities by their full names, for example ['南京市', '镇江市']; found {named}."
            raise DataError(msg)
        state = dict.fromkeys(members, "full") | {name: "partial" for name in listed if name not in members}
    elif listed and not any(state.get(name) == "full" for name in listed):
        state = {name: "full" if 2 * counts[name] >= counts.max() else "partial" for name in listed}
    state |= dict.fromkeys(sorted(set(listed) - set(state)), "other")
    rows = [(name, *_unit(name), member) for name, member in state.items()]
    return pd.DataFrame(rows, columns=["city", "city_en", "adcode", "member"])


def _unit(city: str) -> tuple[str, str]:
    """Return the English name and the code of a city, empty where none is recorded."""
    if city in MEMBERS:
        return MEMBERS[city][1], MEMBERS[city][0]
    code = next((code for code, name in gazetteer().names.items() if name == city), "")
    return body_english(city), code


def prefixes(known: pd.DataFrame) -> dict[str, str]:
    """Return the first four digits of each city's code, and the city."""
    return {code[:4]: city for city, code in zip(known["city"], known["adcode"], strict=True) if code}


def require(table: pd.DataFrame | None, name: str, columns: Iterable[str]) -> pd.DataFrame:
    """Return the table, or say which table or which of its columns is missing."""
    if table is None:
        msg = f"the table {name} is needed here and was not given. Pass {name}=load_{name}(edition)."
        raise DataError(msg)
    if not isinstance(table, pd.DataFrame):
        hint = f"its attribute {name}" if hasattr(table, name) else f"what load_{name} returns"
        msg = f"{name}: expected a DataFrame, found {type(table).__name__}. Pass {hint}."
        raise DataError(msg)
    missing = [column for column in columns if column not in table.columns]
    if missing:
        msg = (
            f"{name}: column {', '.join(missing)} is missing; it has {', '.join(map(str, table.columns))}. "
            f"Pass the table as load_{name} returns it."
        )
        raise DataError(msg)
    return table


def implementing(assignments: pd.DataFrame) -> pd.DataFrame:
    """Return ``task_id body``: the implementing cities of each task, each once however often it is written."""
    table = require(assignments, "assignments", ("task_id", "body", "body_kind", "role"))
    chosen = table[(table["role"] == "implementing") & (table["body_kind"] == "city")]
    return chosen[["task_id", "body"]].drop_duplicates().reset_index(drop=True)


def open_tasks(assignments: pd.DataFrame) -> set[str]:
    """Return the tasks whose implementing bodies are not all named: 等, or a collective such as 各设区市."""
    table = require(assignments, "assignments", ("task_id", "body_kind", "role", "others_implied"))
    chosen = table[table["role"] == "implementing"]
    # A table read back from CSV as text says "false", and bool("false") is true.
    vague = chosen["others_implied"].map(lambda flag: str(flag).strip().lower() in {"true", "1", "1.0"})
    return set(chosen.loc[vague | (chosen["body_kind"] == "collective"), "task_id"])


def codes(value: object) -> list[str]:
    """Return the administrative codes in a cell: text joined by ``;``, a list, one code as a number, or nothing."""
    if isinstance(value, (list, tuple, set)):
        return [digits(code) for code in value]
    text = value if isinstance(value, str) else digits(value)
    return [code.strip() for code in text.split(";") if code.strip()]


def digits(code: object) -> str:
    """Return a code as text, also one that a CSV reader took for a number; ``""`` if missing."""
    if isinstance(code, str):
        return code
    return f"{code:.0f}" if isinstance(code, numbers.Real) and code == code else ""  # noqa: PLR0124  # NaN is not itself


def city_of(code: object) -> str:
    """Return the city of the circle in which a code lies, ``""`` outside or without one."""
    return _OWN.get(digits(code)[:4], "")


def attribute(
    rule: str,
    assignments: pd.DataFrame,
    *,
    mentions: pd.DataFrame | None = None,
    projects: pd.DataFrame | None = None,
    targets: pd.DataFrame | None = None,
    shares: pd.DataFrame | None = None,
    members: Sequence[str] | None = None,
) -> pd.DataFrame:
    """
    Attribute every item to the cities under one rule.

    Parameters
    ----------
    rule
        One of `RULES`; see `burden` for what each means.
    assignments, mentions, projects, targets
        As the ``load_…`` functions return them; only what the rule needs.
    shares
        From `city_shares`, for ``length_share``.
    members
        As for `roster`.

    Returns
    -------
    weights
        ``item task_id city weight low high``, one row an item and a city. A row whose ``city`` is empty holds what falls on
        none of the cities: outside the circle, not located, joint, or not assigned.

    Raises
    ------
    DataError
        If the rule is unknown or a table it needs is missing.
    """
    if rule not in RULES:
        msg = f"there is no counting rule {rule!r}. Choose one of {', '.join(RULES)}."
        raise DataError(msg)
    rows: Iterable[_Row]
    cities = prefixes(known := roster(assignments, members))
    if rule in TASK_RULES:
        rows = _from_tasks(rule, assignments, list(known["city"]))
    elif rule == "named":
        rows = _from_mentions(require(mentions, "mentions", ("task_id", "adcode")), cities)
    elif rule == "targets":
        table = require(targets, "targets", ("target_id", "task_id", "scope"))
        rows = _from_targets(table, assignments, mentions, cities)
    else:
        table = require(projects, "projects", ("project_id", "task_id", "counties"))
        rows = _from_projects(rule, table, shares, cities)
    return pd.DataFrame(list(rows), columns=list(_COLUMNS))


def city_shares(projects: GeoDataFrame, cities: GeoDataFrame) -> pd.DataFrame:
    """
    Measure how much of each project's geometry lies in each city.

    Parameters
    ----------
    projects
        As `load_projects` returns them.
    cities
        As ``load_boundaries("city")`` returns them. A city outside the circle counts under its ``name``, if it has one.

    Returns
    -------
    shares
        ``project_id city share length_km``: the share of a line's length, of an area's area, or of the points. Shares of a
        project add up to at most 1; the rest lies outside the five cities. ``length_km`` is missing unless it is a line.

    Notes
    -----
    Lengths in CGCS2000, 3-degree Gauss–Krüger, central meridian 120° E (EPSG:4549), whose scale is off by less than 3 in 10 000
    here; areas in the EASE-Grid 2.0 equal-area projection (EPSG:6933).
    """
    located = projects[projects.geometry.notna() & ~projects.geometry.is_empty]
    given = cities["name"] if "name" in cities else [""] * len(cities)
    names = [city_of(code) or str(name) for code, name in zip(cities["adcode"], given, strict=True)]
    rows = []
    plane = {"line": (located.to_crs(4549), cities.to_crs(4549))}
    plane["area"] = (located.to_crs(6933), cities.to_crs(6933))
    for at, project in enumerate(located["project_id"]):
        kind = located.geometry.iloc[at].geom_type
        own, units = plane["area" if "Polygon" in kind else "line"]
        shape = own.geometry.iloc[at]
        whole = _size(shape, kind)
        for city, unit in zip(names, units.geometry, strict=True):
            part = _size(shape.intersection(unit), kind) if city else 0.0
            if part > 0:
                length = part / 1000 if "Line" in kind else float("nan")
                rows.append((project, city, part / whole, length))
    return pd.DataFrame(rows, columns=["project_id", "city", "share", "length_km"])


def _size(shape: object, kind: str) -> float:
    if "Polygon" in kind:
        return float(shape.area)  # type: ignore[attr-defined]
    if "Line" in kind:
        return float(shape.length)  # type: ignore[attr-defined]
    if shape.is_empty:  # type: ignore[attr-defined]
        return 0.0
    return float(len(shape.geoms)) if hasattr(shape, "geoms") else 1.0


def _from_tasks(rule: str, assignments: pd.DataFrame, known: list[str]) -> Iterator[_Row]:
    vague = open_tasks(assignments)
    of_task = implementing(assignments).groupby("task_id", sort=False)["body"].agg(list)
    weigh = _TASK_WEIGHTS[rule]
    for task in dict.fromkeys(assignments["task_id"]):
        named = of_task.get(task, [])
        rows = [
            (task, task, city, *bounds)
            for city in known
            if any(bounds := weigh(len(named), city in named, task in vague))
        ]
        yield from rows
        if not named:
            yield (task, task, "", 1.0, 1.0, 1.0)


def _whole(_n: int, named: bool, vague: bool) -> tuple[float, float, float]:  # noqa: FBT001
    return (1.0, 1.0, 1.0) if named else (0.0, 0.0, float(vague))


def _even_split(n: int, named: bool, vague: bool) -> tuple[float, float, float]:  # noqa: FBT001
    if not named:
        return (0.0, 0.0, 1 / (n + 1) if vague else 0.0)
    return (1 / n, 1 / max(n, CITIES_IN_PROVINCE) if vague else 1 / n, 1 / n)


def _sole(n: int, named: bool, vague: bool) -> tuple[float, float, float]:  # noqa: FBT001
    if not (named and n == 1):
        return (0.0, 0.0, 0.0)
    # With 等 a city that stands alone is probably not alone, but 等 may also only close the enumeration.
    return (0.0, 0.0, 1.0) if vague else (1.0, 1.0, 1.0)


_TASK_WEIGHTS: dict[str, Callable[[int, bool, bool], tuple[float, float, float]]] = {
    "whole": _whole,
    "even_split": _even_split,
    "sole": _sole,
}


def _from_mentions(mentions: pd.DataFrame, cities: dict[str, str]) -> Iterator[_Row]:
    pairs = zip(mentions["task_id"], mentions["adcode"], strict=True)
    found = dict.fromkeys((str(task), cities.get(digits(code)[:4], "")) for task, code in pairs)
    for task, city in found:
        if city:
            yield (task, task, city, 1.0, 1.0, 1.0)


def _from_projects(
    rule: str, projects: pd.DataFrame, shares: pd.DataFrame | None, cities: dict[str, str]
) -> Iterator[_Row]:
    if rule == "length_share":
        table = require(shares, "shares", ("project_id", "city", "share"))
        measured = {
            str(project): dict(zip(part["city"], part["share"], strict=True))
            for project, part in table.groupby("project_id")
        }
    for project, task, cell in zip(
        projects["project_id"], projects["task_id"], projects["counties"], strict=True
    ):
        units = {code[:4] for code in codes(cell)}
        touched = [cities[unit] for unit in sorted(units) if unit in cities]
        if rule == "touched":
            weights = dict.fromkeys(touched, 1.0)
        elif rule == "count_share":
            weights = {city: 1 / len(units) for city in touched}
        else:
            known = set(cities.values())
            weights = {k: float(v) for k, v in measured.get(str(project), {}).items() if k in known}
            if not weights and len(units) == 1:  # known to a county or a city only
                weights = dict.fromkeys(touched, 1.0)
        for city, weight in weights.items():
            yield (project, task, city, weight, weight, weight)
        if not weights:
            # Not located: it may lie in any of the cities, or, if its counties are known, in any of those.
            for city in touched if units else cities.values():
                yield (project, task, city, 0.0, 0.0, 1.0)
        rest = (0.0 if weights else 1.0) if rule == "touched" else 1 - sum(weights.values())
        if rest > 1e-9:
            yield (project, task, "", rest, rest, rest)


def _from_targets(
    targets: pd.DataFrame, assignments: pd.DataFrame, mentions: pd.DataFrame | None, known: dict[str, str]
) -> Iterator[_Row]:
    of_task = implementing(assignments).groupby("task_id", sort=False)["body"].agg(list)
    vague = open_tasks(assignments)
    places: dict[str, dict[str, list[str]]] = {}
    if mentions is not None:
        for task, name, code in zip(mentions["task_id"], mentions["name"], mentions["adcode"], strict=True):
            if city := known.get(digits(code)[:4], ""):
                # One name may stand for several cities: 苏锡常.
                places.setdefault(str(task), {}).setdefault(str(name), []).append(city)
    for target, task, cell in zip(targets["target_id"], targets["task_id"], targets["scope"], strict=True):
        scope = cell if isinstance(cell, str) else ""
        cities = of_task.get(task, [])
        names = {**{name: [name] for name in known.values()}, **places.get(str(task), {})}
        named = list(dict.fromkeys(city for name, own in names.items() if name in scope for city in own))
        if _EACH_CITY.search(scope):
            mine = cities
        elif named or (len(cities) == 1 and task not in vague):
            mine = named or cities
        else:
            mine = []
        for city in mine:
            yield (target, task, city, 1.0, 1.0, 1.0)
        if mine is cities and task in vague:  # one for each city, and not all of them are named
            for city in known.values():
                if city not in cities:
                    yield (target, task, city, 0.0, 0.0, 1.0)
        if not mine:
            for city in cities:  # a joint target: each city bears some of it, how much is not said
                yield (target, task, city, 0.0, 0.0, 1.0)
            yield (target, task, "", 1.0, 1.0, 1.0)
