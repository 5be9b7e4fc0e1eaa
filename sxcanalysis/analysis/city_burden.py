"""What falls on each city, under every counting rule and denominator that can be defended, and what survives the choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pandas as pd

from sxcanalysis.analysis.counting_rules import (
    PROJECT_RULES,
    RULES,
    attribute,
    city_shares,
    digits,
    implementing,
    open_tasks,
    require,
    roster,
)
from sxcanalysis.analysis.stability import RankStability, kendall_tau_b, kendall_w, rank_stability
from sxcanalysis.analysis.statements import sentences
from sxcanalysis.core.errors import DataError, MissingDataError

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
#: Tables that a rule needs beside the assignments.
_NEEDS = {
    "named": ("mentions",),
    "targets": ("mentions", "targets"),
    **dict.fromkeys(PROJECT_RULES, ("projects",)),
}
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
    members: Sequence[str] | None = None,
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
            the number of tasks whose text (not whose bracket) names the city, one of its counties, or a site in it. A project
            that the text names counts where it lies, under the next rules.
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
    members
        The full members, by their full names, where the list is of another circle. By default Suzhou, Wuxi and Changzhou; if
        none of them implements anything in the list, the cities with at least half as many tasks as the busiest.

    Returns
    -------
    burden
        One row a city (and group): ``[by] city city_en adcode member tasks weight value rank share complete low high rule per
        unit note``. ``tasks`` counts tasks, projects or targets; ``weight`` is the sum before division; ``rank`` 1 is the greatest
        value among full members, ties share the better rank (1, 1, 3); partial members have none. ``share`` is the weight's
        share among the cities listed. ``low`` and ``high`` bound the value for all that 等, missing locations and joint
        targets leave open: others implied are taken to be cities of the province, none at least and twelve at most.
        ``complete`` is false where the value is a lower bound. A city without a denominator has no value, never 0, and ``note``
        says so; it also says where a denominator is from memory. ``attrs["unattributed"]`` is the weight that falls on none of
        the cities, ``attrs["items"]`` the number of items.

    Raises
    ------
    DataError
        If the rule or the denominator is unknown, a table lacks a column, or a denominator is no number above 0.
    MissingDataError
        If a table that the rule needs was not given and the edition has none.

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
    require(assignments, "assignments", ("task_id",))
    tables = {"mentions": mentions, "projects": projects, "targets": targets}
    for name in _NEEDS.get(rule, ()):
        if tables[name] is None:
            tables[name] = _load(name, assignments)
    if rule == "length_share" and shares is None:
        shares = _measure(tables["projects"])
    if by is not None and by not in {"role", "body"} and tasks is None:
        tasks = _load("tasks", assignments)
    weights = attribute(rule, assignments, **tables, shares=shares, members=members)
    known = _divided(roster(assignments, members), per, cities)
    whole = _summary(weights, known, rule, per)
    if by is None:
        return whole
    groups = _groups(assignments, tasks, by)
    joined = weights.merge(groups, on="task_id", how="inner")
    parts = [whole.iloc[:0].assign(**{by: pd.Series(dtype=object)})[[by, *whole.columns]]]
    for name in dict.fromkeys(groups["group"]):
        part = _summary(joined[joined["group"] == name], known, rule, per)
        part.insert(0, by, name)
        parts.append(part)
    return pd.concat(parts[1:] or parts, ignore_index=True)


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
    members: Sequence[str] | None = None,
) -> pd.DataFrame:
    """
    Count under every combination of rule and denominator.

    Parameters
    ----------
    assignments, tasks, mentions, projects, targets, cities, shares
        As for `burden`; what is not given is loaded once.
    rules, pers
        The rules and denominators to combine; all by default.
    members
        As for `burden`.

    Returns
    -------
    sensitivity
        One row a combination and city: the columns of `burden` and ``defensible reason``. A combination that cannot be
        defended is there with its values, says why, and is left out of `rank_stability` and `statements`; so is one that
        lacks a denominator for a full member, in which nothing falls on any of them, or in which all bear the same and are
        then divided, so that only the denominators are ranked. A rule that needs a table which is not given and which the
        edition does not have (the projects of a list that was just read) has no values, and its reason names the table.

    Raises
    ------
    DataError
        As for `burden`, or if there is no rule or no denominator to combine.
    """
    rules = [rules] if isinstance(rules, str) else list(rules)
    pers = [pers] if isinstance(pers, str) else list(pers)
    if not rules or not pers:
        msg = f"rules and pers name nothing to combine. Rules: {', '.join(RULES)}; denominators: {', '.join(PERS)}."
        raise DataError(msg)
    require(assignments, "assignments", ("task_id",))
    tables = {"mentions": mentions, "projects": projects, "targets": targets}
    lacking: dict[str, str] = {}
    for name in dict.fromkeys(name for rule in rules for name in _NEEDS.get(rule, ())):
        if tables[name] is None:
            try:
                tables[name] = _load(name, assignments)
            except MissingDataError:
                lacking[name] = (
                    f"needs the table {name}, which was not given and which edition {_edition(assignments)} does not have"
                )
    if "length_share" in rules and shares is None and tables["projects"] is not None:
        shares = _measure(tables["projects"])
    parts = []
    for rule in rules:
        reasons = [lacking[name] for name in _NEEDS.get(rule, ()) if name in lacking]
        for per in pers:
            if reasons:
                known = _divided(roster(assignments, members), per, cities)
                part = _summary(None, known, rule, per)
            else:
                part = burden(
                    assignments,
                    rule,
                    per,
                    tasks=tasks,
                    mentions=tables["mentions"],
                    projects=tables["projects"],
                    targets=tables["targets"],
                    cities=cities,
                    shares=shares,
                    members=members,
                )
            part.attrs = {}
            reason = "; ".join(reasons) or defensible(rule, per) or _unusable(part)
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


def _summary(weights: pd.DataFrame | None, known: pd.DataFrame, rule: str, per: str) -> pd.DataFrame:
    """Sum up weights by city; without weights, say of each city that nothing is known."""
    table = known[["city", "city_en", "adcode", "member"]].copy()
    of_city, by = table["city"], known["divisor"]
    unknown = weights is None
    if weights is None:
        weights = pd.DataFrame(columns=["item", "city", "weight", "low", "high"])
    own = weights[weights["city"] != ""]
    sums = own.groupby("city")[["weight", "low", "high"]].sum()
    items = own[own["weight"] > 0].groupby("city")["item"].nunique()
    table["tasks"] = of_city.map(items).fillna(0).astype(int)
    for column in ("weight", "low", "high"):
        table[column] = of_city.map(sums[column]).fillna(0.0).astype(float)
    if unknown:
        table["tasks"] = pd.array([None] * len(table), dtype="Int64")
        table[["weight", "low", "high"]] = float("nan")
    total = float(table["weight"].sum())
    table["complete"] = table["high"] <= table["weight"] + 10**-_DIGITS
    table["value"], table["low"], table["high"] = (table[c] / by for c in ("weight", "low", "high"))
    full = table["value"].where(table["member"] == "full").round(_DIGITS)
    table["rank"] = full.rank(ascending=False, method="min").astype("Int64")
    table["share"] = table["weight"] / total if total else float("nan")
    table["rule"], table["per"], table["unit"] = rule, per, PERS[per][2]
    table["note"] = known["note"]
    table = table[
        [
            "city",
            "city_en",
            "adcode",
            "member",
            "tasks",
            "weight",
            "value",
            "rank",
            "share",
            "complete",
            "low",
            "high",
            "rule",
            "per",
            "unit",
            "note",
        ]
    ]
    table.attrs = {
        "items": int(weights["item"].nunique()),
        "unattributed": float(weights.loc[weights["city"] == "", "weight"].sum()),
    }
    return table


def _divided(known: pd.DataFrame, per: str, cities: pd.DataFrame | None) -> pd.DataFrame:
    """Add to the cities what to divide by, and a note where that is missing or from memory."""
    column, amount, _ = PERS[per]
    if not column:
        return known.assign(divisor=1.0, note="")
    if cities is None:
        from sxcanalysis.tables.loading import load_cities  # noqa: PLC0415  # only where nothing was given

        cities = load_cities()
    table = require(cities, "cities", ("adcode", column))
    table = table.assign(code=table["adcode"].map(digits), size=pd.to_numeric(table[column], errors="coerce"))
    wrong = table["code"].duplicated() | (table[column].notna() & ~(table["size"] > 0))
    if wrong.any():
        first = table[wrong].iloc[0]
        msg = (
            f"cities: expected one row a city, with a number above 0 in {column} or nothing; found {str(first[column])!r} for "
            f"{first['code']}{' a second time' if table['code'].duplicated()[wrong].any() else ''}. Pass one year's rows, as "
            "load_cities returns them."
        )
        raise DataError(msg)
    table = table.set_index("code")
    size = known["adcode"].map(table["size"]).astype(float)
    status = table.get(f"{column}_status", pd.Series("", index=table.index))
    said = known["adcode"].map(status).fillna("")
    note = said.map(lambda word: f"{column} is from memory" if word == "from memory" else "")
    return known.assign(divisor=size / amount, note=note.where(size.notna(), f"no {column} is known"))


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


def _edition(assignments: pd.DataFrame) -> str:
    return str(assignments["task_id"].iloc[0]).split("-", 1)[0] if len(assignments) else "2024"


def _load(name: str, assignments: pd.DataFrame) -> pd.DataFrame:
    edition = _edition(assignments)
    from sxcanalysis.geography.projects import load_projects  # noqa: PLC0415  # geopandas is not cheap
    from sxcanalysis.tables import loading as datasets  # noqa: PLC0415  # only where nothing was given

    try:
        if name == "projects":
            table = cast("pd.DataFrame", load_projects(edition))
        else:
            table = getattr(datasets, f"load_{name}")(edition)
    except MissingDataError as error:
        msg = f"{error} Or pass the table: {name}=…"
        raise MissingDataError(msg) from error
    return table[table["task_id"].isin(set(assignments["task_id"]))].reset_index(drop=True)


def _measure(projects: pd.DataFrame | None) -> pd.DataFrame:
    from sxcanalysis.geography.boundaries import load_boundaries  # noqa: PLC0415  # geopandas is not cheap

    table = require(projects, "projects", ("project_id", "geometry"))
    return city_shares(table, load_boundaries("city"))
