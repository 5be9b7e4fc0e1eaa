"""How much of each task, project or target falls on each city, under one counting rule.

All rules end in one table: one row an item and a city, with a weight and the bounds that 等 ("and others"), missing
locations and joint targets leave open. What falls on none of the cities is a row without a city, so that nothing is lost.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from sxcanalysis._errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from geopandas import GeoDataFrame

#: City, code, English name and whether it is a full member of the circle or takes part in a few tasks only.
MEMBERS: dict[str, tuple[str, str, str]] = {
    "苏州市": ("320500", "Suzhou", "full"),
    "无锡市": ("320200", "Wuxi", "full"),
    "常州市": ("320400", "Changzhou", "full"),
    "南通市": ("320600", "Nantong", "partial"),
    "泰州市": ("321200", "Taizhou", "partial"),
}
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


def roster(assignments: pd.DataFrame) -> pd.DataFrame:
    """
    List the cities: the five of the circle, then any other city that the list makes implement something.

    Parameters
    ----------
    assignments
        As `load_assignments` returns them.

    Returns
    -------
    cities
        ``city city_en adcode member``; ``member`` is ``full``, ``partial`` or ``other``, and only ``full`` is ranked.
    """
    rows = [(name, en, code, member) for name, (code, en, member) in MEMBERS.items()]
    named = implementing(assignments)["body"]
    rows += [(name, "", "", "other") for name in sorted(set(named) - set(MEMBERS))]
    return pd.DataFrame(rows, columns=["city", "city_en", "adcode", "member"])


def require(table: pd.DataFrame | None, name: str, columns: Iterable[str]) -> pd.DataFrame:
    """Return the table, or say which table or which of its columns is missing."""
    if table is None:
        msg = f"the table {name} is needed here and was not given. Pass {name}=load_{name}(edition)."
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
    vague = chosen["others_implied"].fillna(value=False).astype(bool)
    return set(chosen.loc[vague | (chosen["body_kind"] == "collective"), "task_id"])


def codes(value: object) -> list[str]:
    """Return the administrative codes in a cell: text joined by ``;``, a list, or nothing."""
    if isinstance(value, str):
        return [code.strip() for code in value.split(";") if code.strip()]
    if isinstance(value, (list, tuple, set)):
        return [str(code) for code in value]
    return []


def city_of(code: object) -> str:
    """Return the city of the circle in which a code lies, ``""`` outside or without one."""
    text = code if isinstance(code, str) else ""
    return next((name for name, (own, _, _) in MEMBERS.items() if text[:4] == own[:4]), "")


def attribute(
    rule: str,
    assignments: pd.DataFrame,
    *,
    mentions: pd.DataFrame | None = None,
    projects: pd.DataFrame | None = None,
    targets: pd.DataFrame | None = None,
    shares: pd.DataFrame | None = None,
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
    if rule in TASK_RULES:
        rows = _from_tasks(rule, assignments)
    elif rule == "named":
        rows = _from_mentions(require(mentions, "mentions", ("task_id", "adcode")))
    elif rule == "targets":
        table = require(targets, "targets", ("target_id", "task_id", "scope"))
        rows = _from_targets(table, assignments, mentions)
    else:
        table = require(projects, "projects", ("project_id", "task_id", "counties"))
        rows = _from_projects(rule, table, shares)
    return pd.DataFrame(list(rows), columns=list(_COLUMNS))


def city_shares(projects: GeoDataFrame, cities: GeoDataFrame) -> pd.DataFrame:
    """
    Measure how much of each project's geometry lies in each city.

    Parameters
    ----------
    projects
        As `load_projects` returns them.
    cities
        As ``load_boundaries("city")`` returns them.

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
    rows = []
    plane = {"line": (located.to_crs(4549), cities.to_crs(4549))}
    plane["area"] = (located.to_crs(6933), cities.to_crs(6933))
    for at, project in enumerate(located["project_id"]):
        kind = located.geometry.iloc[at].geom_type
        own, units = plane["area" if "Polygon" in kind else "line"]
        shape = own.geometry.iloc[at]
        whole = _size(shape, kind)
        for code, unit in zip(units["adcode"], units.geometry, strict=True):
            part = _size(shape.intersection(unit), kind)
            if part > 0 and city_of(code):
                length = part / 1000 if "Line" in kind else float("nan")
                rows.append((project, city_of(code), part / whole, length))
    return pd.DataFrame(rows, columns=["project_id", "city", "share", "length_km"])


def _size(shape: object, kind: str) -> float:
    if "Polygon" in kind:
        return float(shape.area)  # type: ignore[attr-defined]
    if "Line" in kind:
        return float(shape.length)  # type: ignore[attr-defined]
    if shape.is_empty:  # type: ignore[attr-defined]
        return 0.0
    return float(len(shape.geoms)) if hasattr(shape, "geoms") else 1.0


def _from_tasks(rule: str, assignments: pd.DataFrame) -> Iterator[_Row]:
    known = list(roster(assignments)["city"])
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


def _from_mentions(mentions: pd.DataFrame) -> Iterator[_Row]:
    pairs = zip(mentions["task_id"], mentions["adcode"], strict=True)
    found = dict.fromkeys((str(task), city_of(code)) for task, code in pairs)
    for task, city in found:
        if city:
            yield (task, task, city, 1.0, 1.0, 1.0)


def _from_projects(rule: str, projects: pd.DataFrame, shares: pd.DataFrame | None) -> Iterator[_Row]:
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
        touched = list(dict.fromkeys(city_of(unit) for unit in sorted(units) if city_of(unit)))
        if rule == "touched":
            weights = dict.fromkeys(touched, 1.0)
        elif rule == "count_share":
            weights = {city: 1 / len(units) for city in touched}
        else:
            weights = {k: float(v) for k, v in measured.get(str(project), {}).items()}
            if not weights and len(units) == 1:  # known to a county or a city only
                weights = dict.fromkeys(touched, 1.0)
        for city, weight in weights.items():
            yield (project, task, city, weight, weight, weight)
        if not weights:
            # Not located: it may lie in any of the cities, or, if its counties are known, in any of those.
            for city in touched if units else MEMBERS:
                yield (project, task, city, 0.0, 0.0, 1.0)
        rest = (0.0 if weights else 1.0) if rule == "touched" else 1 - sum(weights.values())
        if rest > 1e-9:
            yield (project, task, "", rest, rest, rest)


def _from_targets(
    targets: pd.DataFrame, assignments: pd.DataFrame, mentions: pd.DataFrame | None
) -> Iterator[_Row]:
    of_task = implementing(assignments).groupby("task_id", sort=False)["body"].agg(list)
    vague = open_tasks(assignments)
    places: dict[str, dict[str, list[str]]] = {}
    if mentions is not None:
        for task, name, code in zip(mentions["task_id"], mentions["name"], mentions["adcode"], strict=True):
            if city_of(code):
                # One name may stand for several cities: 苏锡常.
                places.setdefault(str(task), {}).setdefault(str(name), []).append(city_of(code))
    for target, task, cell in zip(targets["target_id"], targets["task_id"], targets["scope"], strict=True):
        scope = cell if isinstance(cell, str) else ""
        cities = of_task.get(task, [])
        names = {**{name: [name] for name in MEMBERS}, **places.get(str(task), {})}
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
            for city in MEMBERS:
                if city not in cities:
                    yield (target, task, city, 0.0, 0.0, 1.0)
        if not mine:
            for city in cities:  # a joint target: each city bears some of it, how much is not said
                yield (target, task, city, 0.0, 0.0, 1.0)
            yield (target, task, "", 1.0, 1.0, 1.0)
