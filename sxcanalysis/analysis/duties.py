"""Who leads what, who shares with whom, and what kind of duty it is: shared, measurable, dated, located."""

from __future__ import annotations

import re
from itertools import combinations

import pandas as pd

from sxcanalysis.analysis.counting_rules import (
    city_of,
    codes,
    implementing,
    open_tasks,
    require,
    roster,
)
from sxcanalysis.core.errors import DataError

_DEADLINE = re.compile(
    r"年内|年底前?|[一二三四]季度|上半年|下半年|按期|如期|(?:到|至|截至)?20\d\d年(?:底|末|前|年底前|之前)|(?:到|至)20\d\d年|力争20\d\d年"
)


def lead_matrix(
    assignments: pd.DataFrame,
    tasks: pd.DataFrame,
    *,
    against: str = "category",
    roles: tuple[str, ...] = ("lead",),
) -> pd.DataFrame:
    """
    Count the tasks of each provincial body by category or by implementing city.

    Parameters
    ----------
    assignments, tasks
        As `load_assignments` and `load_tasks` return them.
    against
        ``category``, another column of ``tasks``, or ``city``.
    roles
        The roles that count; by default only ``lead``.

    Returns
    -------
    matrix
        One row a body (not the cities), one column a category or city, in the order of the document, and ``total``: its distinct
        tasks. Against cities a task counts for each city, so that rows add up to more than the total.

    Raises
    ------
    DataError
        If a table lacks a column.
    """
    bodies = provincial(assignments)
    bodies = bodies[bodies["role"].isin(roles)][["task_id", "body"]].drop_duplicates()
    if against == "city":
        other = implementing(assignments).rename(columns={"body": "heading"})
        cities = list(roster(assignments)["city"])
        headings = [city for city in cities if city in set(other["heading"])]
    else:
        other = require(tasks, "tasks", ("task_id", against))[["task_id", against]]
        other = other.rename(columns={against: "heading"})
        headings = list(dict.fromkeys(other["heading"]))
    both = bodies.merge(other, on="task_id", how="left")
    counted = pd.crosstab(both["body"], both["heading"]) if len(both) else pd.DataFrame()
    matrix = counted.reindex(columns=headings, fill_value=0).astype(int)
    total = bodies.groupby("body")["task_id"].nunique()
    matrix = matrix.reindex(total.index, fill_value=0)
    matrix["total"] = total
    matrix = matrix.sort_values("total", ascending=False, kind="stable")
    matrix.columns.name = None
    return matrix.rename_axis("body")


def co_responsibility(assignments: pd.DataFrame) -> pd.DataFrame:
    r"""
    List the pairs of provincial bodies that share tasks, as the edges of a network.

    Parameters
    ----------
    assignments
        As `load_assignments` returns them.

    Returns
    -------
    edges
        ``body other tasks lead_and_other both_lead jaccard task_ids``, most tasks first. ``lead_and_other`` counts the tasks in
        which exactly one of them leads. ``jaccard`` is :math:`|T_a \cap T_b| / |T_a \cup T_b|` over their sets of tasks
        (P. Jaccard, Bulletin de la Société Vaudoise des Sciences Naturelles 37 (1901) 547–579). ``task_ids`` are joined by ``;``.
    """
    bodies = provincial(assignments)
    leads = set(
        zip(
            bodies.loc[bodies["role"] == "lead", "task_id"],
            bodies.loc[bodies["role"] == "lead", "body"],
            strict=True,
        )
    )
    of_body = {str(body): list(dict.fromkeys(part)) for body, part in bodies.groupby("body")["task_id"]}
    rows = []
    for one, other in combinations(sorted(of_body), 2):
        shared = [task for task in of_body[one] if task in set(of_body[other])]
        if not shared:
            continue
        heads = [((task, one) in leads) + ((task, other) in leads) for task in shared]
        union = set(of_body[one]) | set(of_body[other])
        rows.append(
            (
                one,
                other,
                len(shared),
                heads.count(1),
                heads.count(2),
                len(shared) / len(union),
                ";".join(shared),
            )
        )
    columns = ["body", "other", "tasks", "lead_and_other", "both_lead", "jaccard", "task_ids"]
    edges = pd.DataFrame(rows, columns=columns)
    return edges.sort_values(
        ["tasks", "body", "other"], ascending=[False, True, True], kind="stable", ignore_index=True
    )


def concentration(counts: pd.Series[int] | pd.Series[float], *, k: int = 3) -> pd.Series[float]:
    r"""
    Measure how concentrated a count is: on bodies, cities, categories.

    Parameters
    ----------
    counts
        One count a unit, none negative. Units with 0 count as units.
    k
        How many of the largest make the top share.

    Returns
    -------
    measures
        ``n total hhi hhi_normalised effective_number gini top_share k``.

    Raises
    ------
    DataError
        If there are no counts, one is negative or missing, or all are 0.

    Notes
    -----
    With shares :math:`s_i = x_i / \sum x`:
    Herfindahl–Hirschman index :math:`H=\sum s_i^2`, from 1/n to 1 (A. O. Hirschman, National Power and the Structure of Foreign
    Trade, 1945; O. C. Herfindahl, Concentration in the Steel Industry, 1950); normalised :math:`(H-1/n)/(1-1/n)`; effective
    number :math:`1/H` (M. Laakso and R. Taagepera, Comparative Political Studies 12 (1979) 3–27).
    Gini coefficient :math:`G=\frac{\sum_i (2i-n-1)x_{(i)}}{n\sum x}` over the sorted counts, from 0 to :math:`(n-1)/n`
    (C. Gini, Variabilità e mutabilità, 1912; this form: F. A. Cowell, Measuring Inequality, 3rd ed. 2011).
    Top-k share :math:`C_k=\sum_{i\le k} s_{(i)}` over the largest.
    Shared tasks count once for each body that shares them, so these measure involvement, not an exclusive division of work.
    """
    values = pd.to_numeric(counts).astype(float).sort_values(ignore_index=True)
    if values.empty or bool(values.isna().any()) or float(values.min()) < 0 or values.sum() <= 0:
        msg = "concentration needs at least one count above 0, none missing and none negative."
        raise DataError(msg)
    n, total = len(values), float(values.sum())
    shares = values / total
    hhi = float((shares**2).sum())
    weights = pd.Series(range(1, n + 1), dtype=float) * 2 - n - 1
    return pd.Series(
        {
            "n": float(n),
            "total": total,
            "hhi": hhi,
            "hhi_normalised": (hhi - 1 / n) / (1 - 1 / n) if n > 1 else float("nan"),
            "effective_number": 1 / hhi,
            "gini": float((weights * values).sum()) / (n * total),
            "top_share": float(shares.tail(k).sum()),
            "k": float(min(k, n)),
        }
    )


def duty_kinds(assignments: pd.DataFrame, tasks: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """
    Tell what kind of duty each task is.

    Parameters
    ----------
    assignments, tasks, targets
        As the ``load_…`` functions return them.

    Returns
    -------
    duties
        One row a task: ``task_id category cities sharing leadership measurable targets dated``. ``sharing`` is ``sole`` (one
        city), ``shared`` (several), ``open`` (one, and others implied by 等) or ``none``; ``leadership`` is ``single``, ``joint``
        or ``none``; ``measurable`` tells whether the task has a quantitative target, otherwise it is open-ended; ``dated``
        whether a target or the text states a deadline; 按期 (on schedule) points to one that is set elsewhere, and counts.
        That the list is for one year is not counted as a deadline.
    """
    table = require(tasks, "tasks", ("task_id", "category", "text"))
    found = require(targets, "targets", ("task_id", "deadline"))
    cities = implementing(assignments).groupby("task_id")["body"].nunique()
    bodies = provincial(assignments)
    leads = bodies[bodies["role"] == "lead"].groupby("task_id")["body"].nunique()
    vague = open_tasks(assignments)
    count = found.groupby("task_id").size()
    stated = found["deadline"].fillna("").astype(str) != ""
    dated = set(found.loc[stated, "task_id"])
    rows = []
    for task, category, text in zip(table["task_id"], table["category"], table["text"], strict=True):
        n, heads, numbers = (int(s.get(task, 0)) for s in (cities, leads, count))
        sharing = "shared" if n > 1 else "none" if n == 0 else "open" if task in vague else "sole"
        leadership = "joint" if heads > 1 else "single" if heads else "none"
        has_date = task in dated or bool(_DEADLINE.search(str(text)))
        rows.append((task, category, n, sharing, leadership, numbers > 0, numbers, has_date))
    columns = ["task_id", "category", "cities", "sharing", "leadership", "measurable", "targets", "dated"]
    return pd.DataFrame(rows, columns=columns)


def duty_profile(duties: pd.DataFrame, assignments: pd.DataFrame) -> pd.DataFrame:
    """
    Sum up the kinds of duty for each city.

    Parameters
    ----------
    duties
        From `duty_kinds`.
    assignments
        As `load_assignments` returns them.

    Returns
    -------
    profile
        One row a city: ``city city_en adcode member tasks sole shared open measurable open_ended dated undated
        measurable_share dated_share``.
    """
    own = implementing(assignments).merge(duties, on="task_id", how="inner")
    rows = []
    for city in roster(assignments)["city"]:
        part = own[own["body"] == city]
        n = len(part)
        sharing = [int((part["sharing"] == kind).sum()) for kind in ("sole", "shared", "open")]
        measured, dated = int(part["measurable"].sum()), int(part["dated"].sum())
        ratio = [value / n if n else float("nan") for value in (measured, dated)]
        rows.append((city, n, *sharing, measured, n - measured, dated, n - dated, *ratio))
    columns = "city tasks sole shared open measurable open_ended dated undated measurable_share dated_share"
    return roster(assignments).merge(pd.DataFrame(rows, columns=columns.split()), on="city")


def by_county(
    mentions: pd.DataFrame, projects: pd.DataFrame, *, counties: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Count what falls on each county-level unit: tasks that name it or a site in it, projects that touch it.

    Parameters
    ----------
    mentions, projects
        As `load_mentions` and `load_projects` return them.
    counties
        As ``load_boundaries("county")`` returns them; names the units and lists those with nothing.

    Returns
    -------
    counties
        ``adcode name name_en city named_tasks projects tasks``; ``tasks`` counts the distinct tasks of both. Mentions of a whole
        city are not spread over its counties.
    """
    named = require(mentions, "mentions", ("task_id", "adcode"))
    built = require(projects, "projects", ("project_id", "task_id", "counties"))
    by_name: dict[str, set[str]] = {}
    for task, code in zip(named["task_id"], named["adcode"], strict=True):
        if _is_county(code):
            by_name.setdefault(str(code), set()).add(str(task))
    by_site: dict[str, set[tuple[str, str]]] = {}
    for project, task, cell in zip(built["project_id"], built["task_id"], built["counties"], strict=True):
        for code in codes(cell):
            if _is_county(code):
                by_site.setdefault(code, set()).add((str(project), str(task)))
    names: dict[str, tuple[str, str]] = {}
    if counties is not None:
        units = require(counties, "counties", ("adcode", "name", "name_en"))
        for code, name, english in zip(units["adcode"], units["name"], units["name_en"], strict=True):
            if city_of(code):
                names[str(code)] = (str(name), str(english))
    rows = []
    for code in sorted({*by_name, *by_site, *names}):
        sites = by_site.get(code, set())
        tasks = by_name.get(code, set()) | {task for _, task in sites}
        rows.append(
            (
                code,
                *names.get(code, ("", "")),
                city_of(code),
                len(by_name.get(code, ())),
                len(sites),
                len(tasks),
            )
        )
    columns = ["adcode", "name", "name_en", "city", "named_tasks", "projects", "tasks"]
    return pd.DataFrame(rows, columns=columns)


def provincial(assignments: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of bodies that are not there to implement: the province's, as a rule."""
    table = require(assignments, "assignments", ("task_id", "body", "body_kind", "role"))
    return table[(table["role"] != "implementing") & (table["body_kind"] != "city")]


def _is_county(code: object) -> bool:
    return isinstance(code, str) and bool(city_of(code)) and not code.endswith("00")
