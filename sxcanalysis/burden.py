"""What falls on each city, under every counting rule and denominator that can be defended, and what survives the choice."""

from __future__ import annotations

import sys
from inspect import signature
from types import ModuleType
from typing import TYPE_CHECKING, cast

import pandas as pd

from sxcanalysis._errors import DataError
from sxcanalysis._stability import RankStability, kendall_tau_b, kendall_w, rank_stability
from sxcanalysis._weights import (
    PROJECT_RULES,
    RULES,
    attribute,
    city_shares,
    implementing,
    open_tasks,
    require,
    roster,
)
from sxcanalysis._wording import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "PERS",
    "RULES",
    "RankStability",
    "attribute",
    "burden",
    "burden_sensitivity",
    "city_shares",
    "defensible",
    "implementing",
    "kendall_tau_b",
    "kendall_w",
    "open_tasks",
    "rank_stability",
    "roster",
    "statements",
]

#: Denominator: column of the cities' table, its amount that counts as one unit, and the unit's name.
PERS: dict[str, tuple[str, float, str]] = {
    "none": ("", 1.0, ""),
    "population": ("population", 1e6, "million residents"),
    "gdp": ("gdp", 1e11, "100 billion CNY of GDP"),
    "budget_revenue": ("budget_revenue", 1e10, "10 billion CNY of budget revenue"),
    "area": ("area", 1e3, "1000 km²"),
}
_DIGITS = 9  # values that agree to so many digits are tied: sums of thirds are not exact
_AREA_REASON = "a duty on paper does not grow with land; area is a denominator for works on the ground only"


def burden(  # noqa: PLR0913  # each rule needs its own table
    assignments: pd.DataFrame,
    rule: str = "whole",
    per: str = "none",
    *,
    tasks: pd.DataFrame | None = None,
    mentions: pd.DataFrame | None = None,
    projects: pd.DataFrame | None = None,
    targets: pd.DataFrame | None = None,
    cities: pd.DataFrame | None = None,
    shares: pd.DataFrame | None = None,
    by: str | None = None,
) -> pd.DataFrame:
    r"""
    Count what falls on each city.

    Parameters
    ----------
    assignments
        As `load_assignments` returns them. A city implements a task if it stands there with the role ``implementing``.
    rule
        With :math:`C_t` the implementing cities that task *t* names and :math:`n_t=|C_t|`, city *c* bears

        ``whole``
            :math:`\sum_t [c\in C_t]`: each named city bears the whole task. Sums to more than the number of tasks.
        ``even_split``
            :math:`\sum_t [c\in C_t]/n_t`: the weights of a task sum to 1.
        ``sole``
            :math:`\sum_t [C_t=\{c\}]`, without tasks whose enumeration ends in 等.
        ``named``
            the number of tasks whose text (not whose bracket) names the city, one of its counties, or a site in it.
        ``touched``
            the number of projects that lie in or cross the city.
        ``count_share``
            :math:`\sum_p [c\in T_p]/|T_p|`, with :math:`T_p` the cities of the project's ``counties``. A part outside the five
            cities is left to ``length_share``.
        ``length_share``
            :math:`\sum_p \ell_{pc}/\ell_p`: the share of the project's length (area; number of points) in the city.
        ``targets``
            the number of quantitative targets that are the city's own: one for each city (每个设区市), one that names the city or
            a place in it, or one in a task that it implements alone. Joint targets are nobody's own and stay apart.
    per
        ``none``; ``population`` (per million residents); ``gdp`` (per 100 billion CNY); ``budget_revenue`` (general public
        budget revenue, per 10 billion CNY); ``area`` (per 1000 km²).
    tasks, mentions, projects, targets, cities
        As the ``load_…`` functions return them. What the rule needs and is not given is loaded for the edition that the task
        ids begin with, and held to the tasks in ``assignments``.
    shares
        From `city_shares`; measured from the projects' geometry if not given.
    by
        A column of ``tasks`` (``category``), or ``role`` or ``body``: the roles, or the names, of the other bodies in the task's
        bracket, where a task counts under each.

    Returns
    -------
    burden
        One row a city (and group): ``[by] city city_en adcode member tasks weight value rank share complete low high rule per
        unit``. ``tasks`` counts tasks, projects or targets; ``weight`` is the sum before division; ``rank`` 1 is the greatest
        value among full members, ties share the better rank (1, 1, 3); partial members have none. ``share`` is the weight's
        share among the cities listed. ``low`` and ``high`` bound the value for all that 等, missing locations and joint
        targets leave open: others implied are taken to be cities of the province, none at least and twelve at most.
        ``complete`` is false where the value is a lower bound. ``attrs["unattributed"]`` is the weight that falls on none of
        the cities, ``attrs["items"]`` the number of items.

    Raises
    ------
    DataError
        If the rule or the denominator is unknown, or a table lacks a column.

    Examples
    --------
    >>> from sxcanalysis import load_assignments
    >>> counts = burden(load_assignments(2024))
    >>> dict(zip(counts["city"], counts["tasks"]))
    {'苏州市': 46, '无锡市': 45, '常州市': 42, '南通市': 4, '泰州市': 4}
    """
    if per not in PERS:
        msg = f"there is no denominator {per!r}. Choose one of {', '.join(PERS)}."
        raise DataError(msg)
    if rule not in RULES:
        msg = f"there is no counting rule {rule!r}. Choose one of {', '.join(RULES)}."
        raise DataError(msg)
    own = set(require(assignments, "assignments", ("task_id",))["task_id"])
    if rule in {"named", "targets"} and mentions is None:
        mentions = _load("mentions", assignments, own)
    if rule == "targets" and targets is None:
        targets = _load("targets", assignments, own)
    if rule in PROJECT_RULES and projects is None:
        projects = _load("projects", assignments, own)
    if rule == "length_share" and shares is None:
        shares = _measure(projects)
    if per != "none" and cities is None:
        from sxcanalysis.datasets import load_cities  # noqa: PLC0415  # only where nothing was given

        cities = load_cities()
    if by is not None and by not in {"role", "body"} and tasks is None:
        tasks = _load("tasks", assignments, own)
    weights = attribute(
        rule, assignments, mentions=mentions, projects=projects, targets=targets, shares=shares
    )
    known = roster(assignments)
    divisor = _divisors(known, per, cities)
    if by is None:
        return _summary(weights, known, divisor, rule, per)
    groups = _groups(assignments, tasks, by)
    joined = weights.merge(groups, on="task_id", how="inner")
    parts = []
    for name in dict.fromkeys(groups["group"]):
        part = _summary(joined[joined["group"] == name], known, divisor, rule, per)
        part.insert(0, by, name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def defensible(rule: str, per: str) -> str:
    """Return why a combination of rule and denominator cannot be defended, ``""`` if it can."""
    return _AREA_REASON if per == "area" and rule not in PROJECT_RULES else ""


def burden_sensitivity(  # noqa: PLR0913  # each rule needs its own table
    assignments: pd.DataFrame,
    *,
    tasks: pd.DataFrame | None = None,
    mentions: pd.DataFrame | None = None,
    projects: pd.DataFrame | None = None,
    targets: pd.DataFrame | None = None,
    cities: pd.DataFrame | None = None,
    shares: pd.DataFrame | None = None,
    rules: Sequence[str] = RULES,
    pers: Sequence[str] = tuple(PERS),
) -> pd.DataFrame:
    """
    Count under every combination of rule and denominator.

    Parameters
    ----------
    assignments, tasks, mentions, projects, targets, cities, shares
        As for `burden`; what is not given is loaded once.
    rules, pers
        The rules and denominators to combine; all by default.

    Returns
    -------
    sensitivity
        One row a combination and city: the columns of `burden` and ``defensible reason``. A combination that cannot be
        defended is there with its values, says why, and is left out of `rank_stability` and `statements`; so is one that
        lacks a denominator for a full member, in which nothing falls on any of them, or in which all bear the same and are
        then divided, so that only the denominators are ranked.
    """
    own = set(require(assignments, "assignments", ("task_id",))["task_id"])
    if mentions is None and {"named", "targets"} & set(rules):
        mentions = _load("mentions", assignments, own)
    if targets is None and "targets" in rules:
        targets = _load("targets", assignments, own)
    if projects is None and set(PROJECT_RULES) & set(rules):
        projects = _load("projects", assignments, own)
    if shares is None and "length_share" in rules:
        shares = _measure(projects)
    if cities is None and set(pers) - {"none"}:
        from sxcanalysis.datasets import load_cities  # noqa: PLC0415  # only where nothing was given

        cities = load_cities()
    parts = []
    for rule in rules:
        for per in pers:
            part = burden(
                assignments,
                rule,
                per,
                tasks=tasks,
                mentions=mentions,
                projects=projects,
                targets=targets,
                cities=cities,
                shares=shares,
            )
            part.attrs = {}
            reason = defensible(rule, per) or _unusable(part)
            parts.append(part.assign(defensible=not reason, reason=reason))
    return pd.concat(parts, ignore_index=True)


def statements(sensitivity: pd.DataFrame, lang: str = "zh") -> list[str]:
    """
    Say in plain sentences what holds under all, most, some or none of the combinations.

    Parameters
    ----------
    sensitivity
        From `burden_sensitivity`.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    sentences
        Computed from the table alone. "Most" is three quarters or more of the combinations.

    Raises
    ------
    DataError
        If the language is unknown or no combination is defensible.
    """
    return sentences(sensitivity, rank_stability(sensitivity), lang)


def _summary(
    weights: pd.DataFrame, known: pd.DataFrame, divisor: pd.Series[float], rule: str, per: str
) -> pd.DataFrame:
    own = weights[weights["city"] != ""]
    sums = own.groupby("city")[["weight", "low", "high"]].sum()
    items = own[own["weight"] > 0].groupby("city")["item"].nunique()
    table = known.copy()
    of_city = table["city"]
    table["tasks"] = of_city.map(items).fillna(0).astype(int)
    table["weight"] = of_city.map(sums["weight"]).fillna(0.0).astype(float)
    by = of_city.map(divisor)
    table["value"] = table["weight"] / by
    full = table["value"].where(table["member"] == "full").round(_DIGITS)
    table["rank"] = full.rank(ascending=False, method="min").astype("Int64")
    total = float(table["weight"].sum())
    table["share"] = table["weight"] / total if total else float("nan")
    low = of_city.map(sums["low"]).fillna(0.0).astype(float)
    high = of_city.map(sums["high"]).fillna(0.0).astype(float)
    table["complete"] = high <= table["weight"] + 10**-_DIGITS
    table["low"], table["high"] = low / by, high / by
    table["rule"], table["per"], table["unit"] = rule, per, PERS[per][2]
    table.attrs = {
        "items": int(weights["item"].nunique()),
        "unattributed": float(weights.loc[weights["city"] == "", "weight"].sum()),
    }
    return table


def _divisors(known: pd.DataFrame, per: str, cities: pd.DataFrame | None) -> pd.Series[float]:
    column, amount, _ = PERS[per]
    if not column:
        return pd.Series(1.0, index=known["city"])
    table = require(cities, "cities", ("adcode", column))
    values = dict(zip(table["adcode"].astype(str), pd.to_numeric(table[column]).astype(float), strict=True))
    found = [values.get(str(code), float("nan")) / amount for code in known["adcode"]]
    return pd.Series(found, index=known["city"], dtype=float)


def _groups(assignments: pd.DataFrame, tasks: pd.DataFrame | None, by: str) -> pd.DataFrame:
    if by in {"role", "body"}:
        others = assignments[assignments["role"] != "implementing"]
        table = others[["task_id", by]].drop_duplicates()
    else:
        table = require(tasks, "tasks", ("task_id", by))[["task_id", by]]
    return table.rename(columns={by: "group"}).reset_index(drop=True)


def _unusable(part: pd.DataFrame) -> str:
    full = part[part["member"] == "full"]
    missing = list(full.loc[full["value"].isna(), "city"])
    if missing:
        return f"no {full['per'].iloc[0]} for {', '.join(missing)}"
    if not full["weight"].any():
        return "nothing falls on any full member under this rule"
    if full["per"].iloc[0] != "none" and float(full["weight"].max() - full["weight"].min()) < 10**-_DIGITS:
        return "the full members bear the same under this rule, so that dividing would only rank the denominators"
    return ""


def _load(name: str, assignments: pd.DataFrame, own: set[str]) -> pd.DataFrame:
    edition = str(assignments["task_id"].iloc[0]).split("-", 1)[0] if len(assignments) else "2024"
    if name == "projects":
        from sxcanalysis.projects import load_projects  # noqa: PLC0415  # geopandas is not cheap

        table = cast("pd.DataFrame", load_projects(int(edition) if edition.isdigit() else edition))
    else:
        from sxcanalysis import datasets  # noqa: PLC0415  # only where nothing was given

        loaders = {
            "mentions": datasets.load_mentions,
            "targets": datasets.load_targets,
            "tasks": datasets.load_tasks,
        }
        table = loaders[name](edition)
    return table[table["task_id"].isin(own)].reset_index(drop=True)


def _measure(projects: pd.DataFrame | None) -> pd.DataFrame:
    from sxcanalysis.boundaries import load_boundaries  # noqa: PLC0415  # geopandas is not cheap

    table = require(projects, "projects", ("project_id", "geometry"))
    return city_shares(table, load_boundaries("city"))


class _CallableModule(ModuleType):
    """The package's function and this module share a name; importing the module hides the function behind it."""

    def __call__(self, *args: object, **kwargs: object) -> pd.DataFrame:
        return burden(*args, **kwargs)  # type: ignore[arg-type]


# So that `from sxcanalysis import burden` can be called, whatever was imported before.
sys.modules[__name__].__class__ = _CallableModule
__signature__ = signature(burden)
