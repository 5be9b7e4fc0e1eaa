"""How much of each task, project or target falls on each city, under one counting rule.

All rules end in one table: one row an item and a city, with a weight and the bounds that 等 ("and others"), missing
locations and joint targets leave open. What falls on none of the cities is a row without a city, so that nothing is lost.
"""

from __future__ import annotations

import inspect
import numbers
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from sxcanalysis.core.errors import DataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.geography.boundaries import touched_units
from sxcanalysis.reference.bodies import body_english
from sxcanalysis.reference.circle import Circle, circle_of, load_circle, new_circle, propose_circle
from sxcanalysis.reference.gazetteer import gazetteer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from geopandas import GeoDataFrame

TASK_RULES = ("whole", "even_split", "sole")
PROJECT_RULES = ("touched", "count_share", "length_share")
RULES = (*TASK_RULES, "named", *PROJECT_RULES, "targets")
#: Tables that a rule needs beside the assignments.
NEEDS = {
    "named": ("mentions",),
    "targets": ("mentions", "targets"),
    **dict.fromkeys(PROJECT_RULES, ("projects",)),
}
#: A rule by name, or one's own: it is given the assignments, and those of ``mentions projects targets shares`` that it names.
Rule = str | Callable[..., pd.DataFrame | pd.Series]
#: A circle by name, as an object, or as the full names of its full members.
AnyCircle = str | Circle | list[str] | tuple[str, ...] | None

_EACH_CITY = re.compile(r"(?:每[个座]?|各)(?:设区市|省辖市|地级市|地市|市)(?![（(县])")
_COLUMNS = ("item", "task_id", "city", "weight", "low", "high")
_Row = tuple[str, str, str, float, float, float]


def circle_for(assignments: pd.DataFrame, circle: AnyCircle = None) -> Circle | None:
    """
    Tell whose list this is.

    Parameters
    ----------
    assignments
        As `load_assignments` returns them.
    circle
        A circle, its name, or the full names of its full members. If not given: that of the edition with which the task ids begin,
        if one of its full members implements anything; else the one that `propose_circle` makes of the cities that implement most.

    Returns
    -------
    circle
        None where no city implements anything.

    Raises
    ------
    DataError, MissingDataError
        If there is no such circle or city.
    """
    if isinstance(circle, Circle):
        return circle
    if isinstance(circle, str):
        return load_circle(circle)
    if circle is not None:
        return new_circle("", circle)
    acting = set(implementing(assignments)["body"])
    edition = edition_of(assignments)
    if edition and (data_dir() / "sources" / edition).is_dir():
        own = circle_of(edition)
        if acting & {city.zh for city in own.full}:
            return own
    return propose_circle("", assignments) if acting & set(gazetteer().names.values()) else None


def edition_of(assignments: pd.DataFrame) -> str:
    """Return the edition with which the task ids begin, ``""`` if there is none."""
    return str(assignments["task_id"].iloc[0]).split("-", 1)[0] if len(assignments) else ""


def roster(assignments: pd.DataFrame, circle: AnyCircle = None) -> pd.DataFrame:
    """
    List the cities: those of the circle, then any other city that the list makes implement something.

    Parameters
    ----------
    assignments
        As `load_assignments` returns them.
    circle
        As for `circle_for`.

    Returns
    -------
    cities
        ``city city_en adcode member``; ``member`` is ``full``, ``partial`` or ``other``, and only ``full`` is ranked.

    Raises
    ------
    DataError, MissingDataError
        As for `circle_for`.
    """
    found = circle_for(assignments, circle)
    known = found.cities if found else ()
    rows = [(city.zh, city.en, city.adcode, city.membership) for city in known]
    # Of a circle that was named by its full members, whoever else implements takes part in some tasks.
    rest = "other" if found and found.name else "partial"
    codes_of = {name: code for code, name in gazetteer().names.items()}
    others = sorted(set(implementing(assignments)["body"]) - {row[0] for row in rows})
    rows += [(name, body_english(name), codes_of.get(name, ""), rest) for name in others]
    return pd.DataFrame(rows, columns=["city", "city_en", "adcode", "member"])


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


def is_per_city(scope: object) -> bool:
    """Tell whether a target holds for each city (每个设区市) rather than for all of them together."""
    return isinstance(scope, str) and bool(_EACH_CITY.search(scope))


def rule_name(rule: Rule) -> str:
    """Return the name of a rule; of one's own that of the function."""
    return rule if isinstance(rule, str) else getattr(rule, "__name__", "own").strip("<>")


def attribute(
    rule: Rule,
    assignments: pd.DataFrame,
    *,
    mentions: pd.DataFrame | None = None,
    projects: pd.DataFrame | None = None,
    targets: pd.DataFrame | None = None,
    shares: pd.DataFrame | None = None,
    circle: AnyCircle = None,
) -> pd.DataFrame:
    """
    Attribute every item to the cities under one rule.

    Parameters
    ----------
    rule
        One of `RULES`, or a function; see `burden` for what each means.
    assignments, mentions, projects, targets
        As the ``load_…`` functions return them; only what the rule needs.
    shares
        From `city_shares`, for ``length_share``.
    circle
        As for `circle_for`.

    Returns
    -------
    weights
        ``item task_id city weight low high``, one row an item and a city. A row whose ``city`` is empty holds what falls on
        none of the cities: outside the circle, not located, joint, or not assigned.

    Raises
    ------
    DataError
        If the rule is unknown, a table it needs is missing, or a rule of one's own returns something else than weights.
    """
    known = roster(assignments, circle)
    if not isinstance(rule, str):
        tables = {"mentions": mentions, "projects": projects, "targets": targets, "shares": shares}
        return _own_weights(rule, assignments, tables, known)
    if rule not in RULES:
        msg = f"there is no counting rule {rule!r}. Choose one of {', '.join(RULES)}, or pass a function."
        raise DataError(msg)
    rows: Iterable[_Row]
    cities = prefixes(known)
    if rule in TASK_RULES:
        found = circle_for(assignments, circle)
        rows = _from_tasks(rule, assignments, list(known["city"]), found.cities_in_province if found else 0)
    elif rule == "named":
        rows = _from_mentions(require(mentions, "mentions", ("task_id", "adcode")), cities)
    elif rule == "targets":
        table = require(targets, "targets", ("target_id", "task_id", "scope"))
        rows = _from_targets(table, assignments, mentions, cities)
    else:
        table = require(projects, "projects", ("project_id", "task_id", "counties"))
        rows = _from_projects(rule, table, shares, cities)
    return pd.DataFrame(list(rows), columns=list(_COLUMNS))


def _own_weights(
    rule: Callable[..., pd.DataFrame | pd.Series],
    assignments: pd.DataFrame,
    tables: dict[str, pd.DataFrame | None],
    known: pd.DataFrame,
) -> pd.DataFrame:
    """Call a rule of one's own with the tables that it names, and bring its answer into the form of the others."""
    wanted = inspect.signature(rule).parameters
    answer = rule(assignments, **{name: table for name, table in tables.items() if name in wanted})
    name = rule_name(rule)
    if isinstance(answer, pd.Series):
        levels = [*(["task_id"] if answer.index.nlevels > 1 else []), "city"]
        answer = answer.rename("weight").rename_axis(levels).reset_index()
    if not isinstance(answer, pd.DataFrame) or not {"city", "weight"} <= set(answer.columns):
        msg = (
            f"the rule {name}: expected a DataFrame with the columns city and weight (and task_id, item, low, high if you like), "
            f"or a Series by city, or by task and city; found {type(answer).__name__}."
        )
        raise DataError(msg)
    table = answer.assign(weight=pd.to_numeric(answer["weight"]).astype(float))
    if strange := sorted(set(table["city"]) - set(known["city"]) - {""}):
        msg = f"the rule {name}: {', '.join(map(repr, strange))} is no city of this list. It has {', '.join(known['city'])}."
        raise DataError(msg)
    if "task_id" not in table:
        table["task_id"] = ""
    for column, other in (("item", "task_id"), ("low", "weight"), ("high", "weight")):
        if column not in table:
            table[column] = table[other]
    return table[list(_COLUMNS)].reset_index(drop=True)


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
        ``project_id city share length_km``: the share of a line's geodesic length, of an area's area, or of the points. Shares of a
        project add up to at most 1; the rest lies outside these cities. ``length_km`` is missing unless it is a line.
    """
    units = cities.assign(**{name: "" for name in ("name_en", "city_adcode") if name not in cities})
    rows = []
    for project, shape in zip(projects["project_id"], projects.geometry, strict=True):
        if shape is None or shape.is_empty:
            continue
        parts = touched_units(shape, "city", units=units)
        for city, share, length in zip(parts["name"], parts["share"], parts["length_km"], strict=True):
            if share > 0:
                rows.append((project, city, share, length if "Line" in shape.geom_type else float("nan")))
    return pd.DataFrame(rows, columns=["project_id", "city", "share", "length_km"])


def _from_tasks(rule: str, assignments: pd.DataFrame, known: list[str], cities: int) -> Iterator[_Row]:
    vague = open_tasks(assignments)
    of_task = implementing(assignments).groupby("task_id", sort=False)["body"].agg(list)
    weigh = _TASK_WEIGHTS[rule]
    for task in dict.fromkeys(assignments["task_id"]):
        named = of_task.get(task, [])
        rows = [
            (task, task, city, *bounds)
            for city in known
            if any(bounds := weigh(len(named), city in named, task in vague, cities))
        ]
        yield from rows
        if not named:
            yield (task, task, "", 1.0, 1.0, 1.0)


def _whole(_n: int, named: bool, vague: bool, _cities: int) -> tuple[float, float, float]:  # noqa: FBT001
    return (1.0, 1.0, 1.0) if named else (0.0, 0.0, float(vague))


def _even_split(n: int, named: bool, vague: bool, cities: int) -> tuple[float, float, float]:  # noqa: FBT001
    if not named:
        return (0.0, 0.0, 1 / (n + 1) if vague else 0.0)
    return (1 / n, 1 / max(n, cities) if vague else 1 / n, 1 / n)


def _sole(n: int, named: bool, vague: bool, _cities: int) -> tuple[float, float, float]:  # noqa: FBT001
    if not (named and n == 1):
        return (0.0, 0.0, 0.0)
    # With 等 a city that stands alone is probably not alone, but 等 may also only close the enumeration.
    return (0.0, 0.0, 1.0) if vague else (1.0, 1.0, 1.0)


_TASK_WEIGHTS: dict[str, Callable[[int, bool, bool, int], tuple[float, float, float]]] = {
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
    nearby = projects.get("touched_doubtful", pd.Series("", index=projects.index))
    ids, counties = (
        projects[["project_id", "task_id"]].itertuples(index=False, name=None),
        projects["counties"],
    )
    for (project, task), *cells in zip(ids, counties, nearby, strict=True):
        units, near = ({code[:4] for code in codes(cell)} for cell in cells)
        touched, doubtful = (
            [cities[unit] for unit in sorted(own) if unit in cities] for own in (units, near - units)
        )
        found: dict[str, tuple[float, float, float]] = {}
        if rule == "touched":
            found = dict.fromkeys(touched, (1.0, 1.0, 1.0)) | dict.fromkeys(doubtful, (0.0, 0.0, 1.0))
        elif rule == "count_share" and units:
            n = len(units)
            found = dict.fromkeys(touched, (1 / n, 1 / len(units | near), 1 / n))
            found |= dict.fromkeys(doubtful, (0.0, 0.0, 1 / (n + 1)))
        elif rule == "length_share":
            own = {
                city: share
                for city, share in measured.get(str(project), {}).items()
                if city in cities.values()
            }
            if not own and len(units) == 1:  # known to a county or a city only
                own = dict.fromkeys(touched, 1.0)
            found = {city: (float(share),) * 3 for city, share in own.items()}
        weight = sum(one for one, _, _ in found.values())
        if not weight:
            # Not located: it may lie in any of the cities, or, if its counties are known, in any of those.
            found |= dict.fromkeys(touched if units else cities.values(), (0.0, 0.0, 1.0))
        for city, bounds in found.items():
            yield (project, task, city, *bounds)
        rest = (0.0 if weight else 1.0) if rule == "touched" else 1 - weight
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
        if is_per_city(scope):
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
