"""How much of each task, project or target falls on each city, under one counting rule.

Every rule fills three matrices of item × city: the weight, and the bounds that 等 ("and others"), missing locations and joint
targets leave open. They end in one table of rows; what falls on none of the cities is a row without a city, so that nothing is lost.
"""

from __future__ import annotations

import inspect
import numbers
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sxcanalysis.core.errors import DataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.geography.touching import touched_units
from sxcanalysis.reference.bodies import body_english
from sxcanalysis.reference.circle import Circle, circle_of, load_circle, new_circle, propose_circle
from sxcanalysis.reference.gazetteer import gazetteer
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt
    from geopandas import GeoDataFrame

    Matrix = npt.NDArray[Any]

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
_COLUMNS = ["item", "task_id", "city", "weight", "low", "high"]


def circle_of_list(assignments: pd.DataFrame, circle: AnyCircle = None) -> Circle | None:
    """
    Tell whose list this is.

    A circle, its name, or the full names of its full members are taken as given. Otherwise it is that of the edition with which the
    task ids begin, if one of its full members implements anything; else the one that `propose_circle` makes of the cities that
    implement most; None where no city implements anything.
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

    One row a city: ``city city_en adcode member``; ``member`` is ``full``, ``partial`` or ``other``, and only ``full`` is ranked.
    """
    found = circle_of_list(assignments, circle)
    rows = [(city.zh, city.en, city.adcode, city.membership) for city in (found.cities if found else ())]
    # Of a circle that was named by its full members, whoever else implements takes part in some tasks.
    rest = "other" if found and found.name else "partial"
    codes_of = {name: code for code, name in gazetteer().names.items()}
    others = sorted(set(implementing(assignments)["body"]) - {row[0] for row in rows})
    rows += [(name, body_english(name), codes_of.get(name, ""), rest) for name in others]
    return pd.DataFrame(rows, columns=["city", "city_en", "adcode", "member"])


def require(table: pd.DataFrame | None, name: str, columns: Iterable[str]) -> pd.DataFrame:
    """Return the table, or say which table or which of its columns is missing."""
    if table is None:
        raise DataError(say("error.count_no_table", spoken(), name=name))
    if not isinstance(table, pd.DataFrame):
        key = "count_no_frame_attribute" if hasattr(table, name) else "count_no_frame"
        raise DataError(say(f"error.{key}", spoken(), name=name, found=type(table).__name__))
    if missing := [column for column in columns if column not in table.columns]:
        raise DataError(
            say(
                "error.count_no_column",
                spoken(),
                name=name,
                missing=", ".join(missing),
                there=", ".join(map(str, table.columns)),
            )
        )
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


def digits(code: object) -> str:
    """Return a code as text, also one that a CSV reader took for a number; ``""`` if missing."""
    if isinstance(code, str):
        return code
    return f"{code:.0f}" if isinstance(code, numbers.Real) and code == code else ""  # noqa: PLR0124  # NaN is not itself


def prefectures(cells: Iterable[object]) -> list[set[str]]:
    """Return of each cell of codes joined by ``;`` the prefectures in it: the first four digits."""
    return [{code.strip()[:4] for code in digits(cell).split(";") if code.strip()} for cell in cells]


def prefecture_cells(projects: pd.DataFrame, column: str) -> list[set[str]]:
    """Return the prefectures in a column of the projects; none where the table lacks it."""
    return prefectures(projects[column]) if column in projects else [set()] * len(projects)


def cities_in(cells: list[set[str]], cities: pd.DataFrame) -> Matrix:
    """Tell of each cell of prefectures and each city whether the one names the other."""
    own = [code[:4] or "-" for code in cities["adcode"]]
    return np.array([[code in cell for code in own] for cell in cells], dtype=bool).reshape(-1, len(own))


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
    Attribute every item to the cities under one rule of `RULES`, or a function; see `burden` for what each means.

    Tables are as the ``load_…`` functions return them, ``shares`` as `city_shares` does; only what the rule needs. One row an item and a
    city: ``item task_id city weight low high``. A row whose ``city`` is empty holds what falls on none of the cities: outside the circle,
    not located, joint, or not assigned. An unknown rule, a missing table, or an answer that is no weights is a `DataError`.
    """
    known = roster(assignments, circle)
    if not isinstance(rule, str):
        tables = {"mentions": mentions, "projects": projects, "targets": targets, "shares": shares}
        return _own_weights(rule, assignments, tables, known)
    if rule in TASK_RULES:
        found = circle_of_list(assignments, circle)
        return _of_tasks(rule, assignments, known, found.cities_in_province if found else 0)
    if rule == "named":
        return _of_mentions(require(mentions, "mentions", ("task_id", "adcode")), known)
    if rule == "targets":
        table = require(targets, "targets", ("target_id", "task_id", "scope"))
        return _of_targets(table, assignments, mentions, known)
    if rule in PROJECT_RULES:
        table = require(projects, "projects", ("project_id", "task_id", "counties"))
        return _of_projects(rule, table, shares, known)
    raise DataError(say("error.count_no_rule", spoken(), rule=rule, rules=", ".join(RULES)))


def _rows(items: pd.DataFrame, known: pd.DataFrame, bounds: Iterable[Matrix], rest: Matrix) -> pd.DataFrame:
    """Write weight, low and high (item × city) as rows; what is left of an item stands in a row without a city."""
    weight, low, high = (np.column_stack([matrix, rest]).astype(float) for matrix in bounds)
    item, city = np.nonzero((weight > 0) | (high > 0))
    table = items.iloc[item].set_axis(["item", "task_id"], axis=1).reset_index(drop=True)
    table["city"] = np.array([*known["city"], ""], dtype=object)[city]
    for name, matrix in (("weight", weight), ("low", low), ("high", high)):
        table[name] = matrix[item, city]
    return table


def _acting(assignments: pd.DataFrame, known: pd.DataFrame, tasks: Iterable[str]) -> Matrix:
    """Return task × city: which cities implement each."""
    pairs = implementing(assignments)
    named = pd.crosstab(pairs["task_id"], pairs["body"]).reindex(columns=known["city"], fill_value=0)
    return np.asarray(named.reindex(list(tasks), fill_value=0).to_numpy() > 0, dtype=bool)


def _of_tasks(rule: str, assignments: pd.DataFrame, known: pd.DataFrame, in_province: int) -> pd.DataFrame:
    tasks = assignments[["task_id"]].drop_duplicates()
    named = _acting(assignments, known, tasks["task_id"])
    vague = tasks["task_id"].isin(open_tasks(assignments)).to_numpy()[:, None]
    n = named.sum(axis=1, keepdims=True)
    if rule == "whole":
        bounds = (named, named, named | vague)
    elif rule == "even_split":
        split = named / np.maximum(n, 1)
        low = named / np.maximum(np.where(vague, np.maximum(n, in_province), n), 1)
        bounds = (split, low, np.where(vague & ~named, 1 / (n + 1), split))
    else:
        # With 等 a city that stands alone is probably not alone, but 等 may also only close the enumeration.
        alone = named & (n == 1)
        bounds = (alone & ~vague, alone & ~vague, alone)
    return _rows(tasks.assign(task=tasks["task_id"]), known, bounds, n[:, 0] == 0)


def _of_mentions(mentions: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    pairs = pd.DataFrame({"item": mentions["task_id"].astype(str), "city": _named_cities(mentions, known)})
    pairs = pairs[pairs["city"] != ""].drop_duplicates(ignore_index=True)
    return pairs.assign(task_id=pairs["item"], weight=1.0, low=1.0, high=1.0)[_COLUMNS]


def _named_cities(mentions: pd.DataFrame, known: pd.DataFrame) -> list[str]:
    city_of = {code[:4]: city for city, code in zip(known["city"], known["adcode"], strict=True) if code}
    return [city_of.get(digits(code)[:4], "") for code in mentions["adcode"]]


def _of_projects(
    rule: str, projects: pd.DataFrame, shares: pd.DataFrame | None, known: pd.DataFrame
) -> pd.DataFrame:
    cells, near = (prefecture_cells(projects, column) for column in ("counties", "touched_doubtful"))
    inside = cities_in(cells, known)
    doubtful = cities_in(near, known) & ~inside
    units, either = (
        np.array([len(cell) for cell in kind], dtype=int)[:, None]
        for kind in (cells, [a | b for a, b in zip(cells, near, strict=True)])
    )
    if rule == "touched":
        weight, low, high = inside * 1.0, inside * 1.0, (inside | doubtful) * 1.0
    elif rule == "count_share":
        weight, low = inside / np.maximum(units, 1), inside / np.maximum(either, 1)
        high = np.where(doubtful & (units > 0), 1 / (units + 1), weight)
    else:
        table = require(shares, "shares", ("project_id", "city", "share"))
        measured = table.pivot_table(index="project_id", columns="city", values="share", aggfunc="sum")
        measured = measured.reindex(index=projects["project_id"], columns=known["city"]).fillna(0.0)
        weight = measured.to_numpy(dtype=float)
        # Without a drawing, a project that is known to one county or city lies there.
        weight = np.where(~weight.any(axis=1, keepdims=True) & (units == 1), inside, weight)
        low = high = weight
    lost = weight.sum(axis=1) == 0
    # Not located: it may lie in any of the cities, or, if its counties are known, in any of those.
    may = np.where(units > 0, inside, (known["adcode"] != "").to_numpy())
    high = np.where(lost[:, None] & may, 1.0, high)
    rest = lost * 1.0 if rule == "touched" else 1 - weight.sum(axis=1)
    items = projects[["project_id", "task_id"]]
    return _rows(pd.DataFrame(items), known, (weight, low, high), np.where(rest > 1e-9, rest, 0.0))


def _of_targets(
    targets: pd.DataFrame, assignments: pd.DataFrame, mentions: pd.DataFrame | None, known: pd.DataFrame
) -> pd.DataFrame:
    acting = _acting(assignments, known, targets["task_id"])
    vague = targets["task_id"].isin(open_tasks(assignments)).to_numpy()[:, None]
    each = targets["scope"].map(is_per_city).to_numpy(dtype=bool)[:, None]
    cities = list(known["city"])
    places: dict[str, list[tuple[str, str]]] = {}  # one name may stand for several cities: 苏锡常
    if mentions is not None:
        found = zip(mentions["task_id"], mentions["name"], _named_cities(mentions, known), strict=True)
        for task, name, city in found:
            places.setdefault(str(task), []).append((str(name), city))
    named = np.zeros(acting.shape, dtype=bool)
    for k, (task, scope) in enumerate(zip(targets["task_id"], targets["scope"], strict=True)):
        names = [*zip(cities, cities, strict=True), *places.get(str(task), [])]
        own = {city for name, city in names if isinstance(scope, str) and name in scope}
        named[k] = [city in own for city in cities]
    alone = (acting.sum(axis=1, keepdims=True) == 1) & ~vague
    told = named.any(axis=1, keepdims=True)
    mine: Matrix = np.where(each, acting, np.where(told, named, acting & alone))
    # A joint target: each city bears some of it, how much is not said.
    joint = np.asarray(~mine.any(axis=1))
    high = mine | (joint[:, None] & acting) | (each & vague)
    return _rows(pd.DataFrame(targets[["target_id", "task_id"]]), known, (mine, mine, high), joint)


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
        raise DataError(say("error.count_rule_answer", spoken(), name=name, found=type(answer).__name__))
    table = answer.assign(weight=pd.to_numeric(answer["weight"]).astype(float))
    if strange := sorted(set(table["city"]) - set(known["city"]) - {""}):
        raise DataError(
            say(
                "error.count_rule_city",
                spoken(),
                name=name,
                strange=", ".join(map(repr, strange)),
                known=", ".join(known["city"]),
            )
        )
    if "task_id" not in table:
        table["task_id"] = ""
    for column, other in (("item", "task_id"), ("low", "weight"), ("high", "weight")):
        if column not in table:
            table[column] = table[other]
    return table[_COLUMNS].reset_index(drop=True)


def city_shares(projects: GeoDataFrame, cities: GeoDataFrame) -> pd.DataFrame:
    """
    Measure how much of the geometry of each project (of `load_projects`) lies in each city (of ``load_boundaries("city")``).

    ``project_id city share length_km``: the share of a line's geodesic length, of an area's area, or of the points. Shares of a project
    add up to at most 1; the rest lies outside these cities. ``length_km`` is missing unless it is a line.
    """
    units = cities.assign(**{name: "" for name in ("name_en", "city_adcode") if name not in cities})
    placed = projects[projects.geometry.notna()]
    parts = [touched_units(shape, units=units) for shape in placed.geometry]
    keys = [*placed["project_id"]]
    columns = ["project_id", "city", "share", "length_km"]
    if not keys:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, keys=keys, names=["project_id"]).reset_index("project_id")
    table = table.rename(columns={"name": "city"})[columns]
    line = placed.set_index("project_id").geom_type.str.contains("Line")
    table["length_km"] = table["length_km"].where(table["project_id"].map(line).to_numpy())
    return table[table["share"] > 0].reset_index(drop=True)
