"""What falls on each city: under one counting rule and denominator, or under all, with what is open and what only ranks sizes."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sxcanalysis.analysis import simulation
from sxcanalysis.analysis.counting_rules import (
    NEEDS,
    PROJECT_RULES,
    RULES,
    attribute,
    circle_of_list,
    city_shares,
    edition_of,
    require,
    roster,
    rule_name,
)
from sxcanalysis.analysis.denominators import (
    PERS,
    RANKS_SIZES,
    city_statistics,
    divisors,
    per_name,
    size_share,
    unit_of,
)
from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.geography.boundaries import load_boundaries
from sxcanalysis.geography.projects import load_projects
from sxcanalysis.reference.words import say, spoken
from sxcanalysis.tables import loading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sxcanalysis.analysis.counting_rules import AnyCircle, Rule
    from sxcanalysis.analysis.denominators import Per
    from sxcanalysis.analysis.simulation import Floats

__all__ = ["PERS", "RULES", "burden", "burden_sensitivity", "defensible"]

_DIGITS = 9  # values that agree to so many digits are tied: sums of thirds are not exact
#: A lead is told as a finding if it holds in so many draws, and if a list without a plan shows one as large less often than the
#: conventional level, after correction for all the combinations in which it was looked for.
SURE, LEVEL = 0.95, 0.05
_COLUMNS = (
    "city", "city_en", "adcode", "member", "tasks", "weight", "value", "rank", "share", "complete", "low", "high", "rule", "per",
    "unit", "note",
)  # fmt: skip


def burden(  # noqa: PLR0913  # each rule needs its own table
    assignments: pd.DataFrame,
    rule: Rule = "whole",
    per: Per = "none",
    *,
    unit: str | None = None,
    tasks: pd.DataFrame | None = None,
    mentions: pd.DataFrame | None = None,
    projects: pd.DataFrame | None = None,
    targets: pd.DataFrame | None = None,
    cities: pd.DataFrame | None = None,
    shares: pd.DataFrame | None = None,
    by: str | None = None,
    circle: AnyCircle = None,
) -> pd.DataFrame:
    r"""
    Count what falls on each city.

    Parameters
    ----------
    assignments
        As `load_assignments` returns them. A city implements a task if it stands there with the role ``implementing``.
    rule
        A name, or a function of one's own. With :math:`C_t` the implementing cities that task *t* names and :math:`n_t=|C_t|`, city *c* bears

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
            :math:`\sum_p [c\in T_p]/|T_p|`, with :math:`T_p` the cities of the project's ``counties``. A part outside the
            circle is left to ``length_share``.
        ``length_share``
            :math:`\sum_p \ell_{pc}/\ell_p`: the share of the project's length (area; number of points) in the city.
        ``targets``
            the number of quantitative targets that are the city's own: one for each city (每个设区市), one that names the city or
            a place in it, or one in a task that it implements alone. Joint targets are nobody's own and stay apart.

        A function is given the assignments, and those of ``mentions``, ``projects``, ``targets``, ``shares`` that it names as
        parameters; it returns a DataFrame with ``city weight`` (and ``task_id item low high`` if it knows them), or a Series by city
        or by task and city.
    per
        ``none``; ``population`` (per million residents); ``gdp`` (per 100 billion CNY); ``budget_revenue`` (general public
        budget revenue, per 10 billion CNY); ``area`` (per 1000 km²); another column of ``cities``; or a Series by city (full name,
        English name or code).
    unit
        The unit of a denominator of one's own; by default ``per.attrs["unit"]``, or its name.
    tasks, mentions, projects, targets, cities
        As the ``load_…`` functions return them. What the rule needs and is not given is loaded for the edition that the task
        ids begin with, and held to the tasks in ``assignments``.
    shares
        From `city_shares`; measured from the projects' geometry if not given.
    by
        A column of ``tasks`` (``category``), or ``role`` or ``body``: the roles, or the names, of the other bodies in the task's
        bracket, where a task counts under each.
    circle
        Whose list it is: a name (``chengdu``), a circle, or the full names of its full members. By default the circle of the edition.

    Returns
    -------
    burden
        One row a city (and group): ``[by] city city_en adcode member tasks weight value rank share complete low high rule per
        unit note``. ``tasks`` counts tasks, projects or targets; ``weight`` is the sum before division; ``rank`` 1 is the greatest
        value among full members, ties share the better rank (1, 1, 3); partial members have none. ``share`` is the weight's
        share among the cities listed. ``low`` and ``high`` bound the value for all that 等, missing locations and joint
        targets leave open: others implied are taken to be cities of the province, none at least and all of them at most.
        ``complete`` is false where the value is a lower bound. A city without a denominator has no value, never 0; ``note`` is
        then ``no_denominator``, or ``from_memory`` or ``preliminary`` where the denominator is only that. ``attrs["unattributed"]`` is the weight that falls on none of
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

    A rule and a denominator of one's own: tasks that the city implements alone, per thousand firms.

    >>> import pandas as pd
    >>> def alone(assignments):
    ...     acting = assignments[(assignments["role"] == "implementing") & (assignments["body_kind"] == "city")]
    ...     single = acting[~acting["task_id"].duplicated(keep=False)]
    ...     return single.groupby(["task_id", "body"]).size()
    >>> firms = pd.Series({"Suzhou": 14.6, "Wuxi": 8.7, "Changzhou": 6.1}, name="firms")
    >>> own = burden(load_assignments(2024), rule=alone, per=firms, unit="1000 firms")
    >>> own.loc[own["member"] == "full", ["city_en", "tasks", "unit"]].values.tolist()
    [['Suzhou', 5, '1000 firms'], ['Wuxi', 3, '1000 firms'], ['Changzhou', 2, '1000 firms']]
    """
    given = {"mentions": mentions, "projects": projects, "targets": targets, "shares": shares}
    tables, lacking = _gathered(assignments, [rule], given, circle)
    if lacking:
        raise MissingDataError(next(iter(lacking.values())))
    if by is not None and by not in {"role", "body"} and tasks is None:
        tasks = _load("tasks", assignments)
    weights = attribute(rule, assignments, **tables, circle=circle)
    if cities is None and isinstance(per, str) and per != "none":
        cities = city_statistics(assignments, circle)[0]
    known = divisors(roster(assignments, circle), per, cities)
    names = (rule_name(rule), per_name(per), unit_of(per, unit))
    if by is None:
        return _summary(weights, known, *names)
    if by in {"role", "body"}:
        others = assignments[assignments["role"] != "implementing"]
        groups = others[["task_id", by]].drop_duplicates()
    else:
        groups = require(tasks, "tasks", ("task_id", by))[["task_id", by]]
    joined = weights.merge(groups, on="task_id")
    parts = [
        _summary(joined[joined[by] == name], known, *names).assign(**{by: name})
        for name in groups[by].drop_duplicates()
    ]
    parts = parts or [_summary(weights, known, *names).iloc[:0].assign(**{by: pd.Series(dtype=object)})]
    return pd.concat(parts, ignore_index=True)[[by, *_COLUMNS]]


def defensible(rule: Rule, per: Per) -> str:
    """Return the key of the reason why a combination of rule and denominator cannot be defended, ``""`` if it can."""
    # A duty on paper does not grow with land: area is a denominator for works on the ground only.
    return (
        "area_of_duties"
        if per_name(per) == "area" and isinstance(rule, str) and rule not in PROJECT_RULES
        else ""
    )


def burden_sensitivity(  # noqa: PLR0913  # each rule needs its own table
    assignments: pd.DataFrame,
    *,
    mentions: pd.DataFrame | None = None,
    projects: pd.DataFrame | None = None,
    targets: pd.DataFrame | None = None,
    cities: pd.DataFrame | None = None,
    shares: pd.DataFrame | None = None,
    rules: Sequence[Rule] | Rule = RULES,
    pers: Sequence[Per] | Per = tuple(PERS),
    circle: AnyCircle = None,
    draws: int = 1000,
    seed: int = 1,
) -> pd.DataFrame:
    """
    Count under every combination of rule and denominator, and tell how sure each result is and what it comes from.

    Parameters
    ----------
    assignments, mentions, projects, targets, cities, shares, circle
        As for `burden`; what is not given is loaded once.
    rules, pers
        The rules and denominators to combine, names or one's own as for `burden`; all names by default.
    draws, seed
        Of the simulation; the same seed gives the same table.

    Returns
    -------
    sensitivity
        One row a combination and city: the columns of `burden` and

        ``defensible reason``
            Whether the combination can be used. ``reason`` is ``area_of_duties`` (land is no measure of duties on paper),
            ``no_denominator`` (one is missing for a full member), ``nothing_falls`` (on any full member), ``all_equal`` (all bear the
            same, so that dividing would only rank the denominators) or ``lacks_table`` (the edition does not have what the rule needs).
        ``size_share ranks_sizes``
            The share of the variance among full members that the denominator alone explains (`size_share`), and whether that is more
            than one half: such a combination ranks the cities' sizes and supports no finding about the list.
        ``interval_low interval_high``
            Between them lie nine draws in ten.
        ``p_first``
            In what share of the draws this full member has the greatest value; ties share a draw.
        ``chance``
            How often a list without any plan behind it shows, somewhere in the table, a lead as large as this full member's
            (`chance_of_leads`, which looks at all rules and cities at once, times the number of denominators, those of `PERS` at
            least: to choose one is to have looked at the others).
        ``finding``
            The city bears most, and it may be said: the combination is defensible and does not rank sizes, ``p_first`` is at least 0.95
            and ``chance`` below 0.05, the conventional level.

        Combinations share their data and are no votes: do not count them.

    Raises
    ------
    DataError
        As for `burden`, or if there is no rule or no denominator to combine.

    Examples
    --------
    >>> from sxcanalysis import load_assignments
    >>> table = burden_sensitivity(load_assignments(2024), rules="whole", pers=["none", "population"])
    >>> table.groupby("per", sort=False)["ranks_sizes"].first().to_dict()
    {'none': False, 'population': True}
    """
    all_rules: list[Rule] = [rules] if isinstance(rules, str) or callable(rules) else list(rules)
    all_pers: list[Per] = [pers] if isinstance(pers, (str, pd.Series)) else list(pers)
    if not all_rules or not all_pers:
        raise DataError(say("error.burden_nothing", spoken(), rules=", ".join(RULES), pers=", ".join(PERS)))
    given = {"mentions": mentions, "projects": projects, "targets": targets, "shares": shares}
    tables, lacking = _gathered(assignments, all_rules, given, circle)
    weights = {
        rule_name(rule): attribute(rule, assignments, **tables, circle=circle)
        for rule in all_rules
        if not any(name in lacking for name in NEEDS.get(rule_name(rule), ()))
    }
    known = roster(assignments, circle)
    totals = _drawn_totals(assignments, weights, known, tables, circle, draws=draws, seed=seed)
    members = list(known.loc[known["member"] == "full", "city"])
    chances = simulation.chance_of_leads(weights, members, np.random.default_rng([seed, 3]))
    chances = (chances * max(len(all_pers), len(PERS))).clip(upper=1.0)
    years = [cities] if cities is not None else city_statistics(assignments, circle)
    parts: dict[tuple[int, int], pd.DataFrame] = {}
    for at, per in enumerate(all_pers):
        sizes = [divisors(known, per, year) for year in years]
        divided = simulation.draw_sizes(
            [(size["divisor"].to_numpy(float), list(size["status"])) for size in sizes],
            draws,
            np.random.default_rng([seed, 2]),
        )
        for place, rule in enumerate(all_rules):
            name = rule_name(rule)
            part = _summary(weights.get(name), sizes[0], name, per_name(per), unit_of(per))
            part.attrs = {}
            reason = "lacks_table" if name not in weights else defensible(rule, per) or _unusable(part)
            drawn = totals[name] / divided if name in totals else None
            chance = part["city"].map(chances.T.get(name, pd.Series(dtype=float))).astype(float)
            parts[place, at] = _judged(part, sizes[0]["divisor"], reason, drawn, chance)
    return pd.concat([parts[key] for key in sorted(parts)], ignore_index=True)


def _judged(
    part: pd.DataFrame, sizes: pd.Series[float], reason: str, drawn: Floats | None, chance: pd.Series[float]
) -> pd.DataFrame:
    """Add what is known of one combination's certainty."""
    full = (part["member"] == "full").to_numpy()
    undivided = bool((part["per"] == "none").all())
    share = float("nan") if undivided else size_share(part.loc[full, "weight"], sizes[full])
    low, high = np.full((2, len(part)), np.nan) if drawn is None else np.quantile(drawn, (0.05, 0.95), axis=0)
    first = np.full(len(part), np.nan)
    if drawn is not None and not reason and full.any():
        first[full] = simulation.first_places(drawn[:, full])
    ranks_sizes = bool(share > RANKS_SIZES)
    return part.assign(
        defensible=not reason, reason=reason, size_share=share, ranks_sizes=ranks_sizes, interval_low=low, interval_high=high,
        p_first=first, chance=chance, finding=(first >= SURE) & (chance < LEVEL) & (not reason and not ranks_sizes),
    )  # fmt: skip


def _drawn_totals(
    assignments: pd.DataFrame,
    weights: dict[str, pd.DataFrame],
    known: pd.DataFrame,
    tables: dict[str, Any],
    circle: AnyCircle,
    *,
    draws: int,
    seed: int,
) -> dict[str, Floats]:
    """Draw what falls on each city under each rule; the same draw settles the same question for all of them."""
    rng = np.random.default_rng([seed, 1])
    found = circle_of_list(assignments, circle)
    others = simulation.draw_others(assignments, known, found, draws, rng)
    places = None
    if any(rule in PROJECT_RULES for rule in weights):
        outlines = load_boundaries("city", circle=found)
        shares = tables["shares"]
        shares = city_shares(tables["projects"], outlines) if shares is None else shares
        places = simulation.draw_places(
            tables["projects"], shares, assignments, known, outlines, draws=draws, rng=rng
        )
    readings = simulation.alternative_readings(edition_of(assignments))
    totals = {}
    for rule, table in weights.items():
        items, drawn = simulation.draw_items(rule, table, known, others, places, draws=draws, rng=rng)
        chosen = np.random.default_rng([seed, 4])
        totals[rule] = simulation.apply_readings(rule, items, drawn, known, readings, chosen).sum(axis=1)
    return totals


def _summary(
    weights: pd.DataFrame | None, known: pd.DataFrame, rule: str, per: str, unit: str
) -> pd.DataFrame:
    """Sum up weights by city; without weights, say of each city that nothing is known."""
    table = known[["city", "city_en", "adcode", "member"]].assign(
        rule=rule, per=per, unit=unit, note=known["note"]
    )
    of_city, unattributed, many = table["city"], 0.0, 0
    if weights is None:
        table["tasks"] = pd.array([None] * len(table), dtype="Int64")
        table[["weight", "low", "high"]] = float("nan")
    else:
        own = weights[weights["city"] != ""]
        items = own[own["weight"] > 0].groupby("city")["item"].nunique()
        table["tasks"] = of_city.map(items).fillna(0).astype(int)
        sums = own.groupby("city")[["weight", "low", "high"]].sum()
        table[["weight", "low", "high"]] = sums.reindex(of_city).fillna(0.0).to_numpy(dtype=float)
        unattributed, many = (
            float(weights.loc[weights["city"] == "", "weight"].sum()),
            weights["item"].nunique(),
        )
    total = float(table["weight"].sum())
    table["complete"] = table["high"] <= table["weight"] + 10**-_DIGITS
    table["value"], table["low"], table["high"] = (
        table[column] / known["divisor"] for column in ("weight", "low", "high")
    )
    full = table["value"].where(table["member"] == "full").round(_DIGITS)
    table["rank"] = full.rank(ascending=False, method="min").astype("Int64")
    table["share"] = table["weight"] / total if total else float("nan")
    table = table[list(_COLUMNS)]
    table.attrs = {"items": int(many), "unattributed": unattributed}
    return table


def _unusable(part: pd.DataFrame) -> str:
    full = part[part["member"] == "full"]
    if full["value"].isna().any():
        return "no_denominator"
    if not full["weight"].any():
        return "nothing_falls"
    equal = float(full["weight"].max() - full["weight"].min()) < 10**-_DIGITS
    return "all_equal" if equal and full["per"].iloc[0] != "none" else ""


def _gathered(
    assignments: pd.DataFrame, rules: list[Rule], given: dict[str, pd.DataFrame | None], circle: AnyCircle
) -> tuple[dict[str, Any], dict[str, str]]:
    """Load the tables that rules need and that were not given; also tell which of them the edition does not have, and why."""
    require(assignments, "assignments", ("task_id",))
    tables: dict[str, Any] = dict(given)
    lacking: dict[str, str] = {}
    needed = set().union(*map(_needs, rules))
    for name in [
        name for name in ("mentions", "projects", "targets") if name in needed and tables[name] is None
    ]:
        try:
            tables[name] = _load(name, assignments)
        except MissingDataError as error:
            lacking[name] = str(error)
    if "shares" in needed and tables["shares"] is None and tables["projects"] is not None:
        projects = require(tables["projects"], "projects", ("project_id", "geometry"))
        outlines = load_boundaries("city", circle=circle_of_list(assignments, circle))
        tables["shares"] = city_shares(projects, outlines)
    return tables, lacking


def _needs(rule: Rule) -> set[str]:
    if isinstance(rule, str):
        return {*NEEDS.get(rule, ()), *(("shares",) if rule == "length_share" else ())}
    wanted = {"mentions", "projects", "targets", "shares"} & set(inspect.signature(rule).parameters)
    return wanted | ({"projects"} if "shares" in wanted else set())


def _load(name: str, assignments: pd.DataFrame) -> pd.DataFrame:
    edition = edition_of(assignments)
    if not edition:
        raise MissingDataError(say("error.burden_empty", spoken(), name=name))
    try:
        table = load_projects(edition) if name == "projects" else getattr(loading, f"load_{name}")(edition)
    except MissingDataError as error:
        raise MissingDataError(say("error.burden_or_pass", spoken(), error=error, name=name)) from error
    chosen: pd.DataFrame = table[table["task_id"].isin(set(assignments["task_id"]))].reset_index(drop=True)
    return chosen
