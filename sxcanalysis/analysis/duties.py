"""Who leads what, and what kind of duty it is: shared, measurable, verifiable, dated; what falls on each county."""

from __future__ import annotations

import pandas as pd

from sxcanalysis.analysis.counting_rules import codes, implementing, open_tasks, require
from sxcanalysis.reference.circle import Circle, circle_of, load_circle


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
        One row a task: ``task_id category cities sharing leadership measurable verifiable targets dated``. ``sharing`` is ``sole`` (one
        city), ``shared`` (several), ``open`` (one, and others implied by 等) or ``none``; ``leadership`` is ``single``, ``joint``
        or ``none``; ``measurable`` tells whether the task has a quantitative target, otherwise it is open-ended; ``verifiable``
        whether its words say what anybody can check at the end of the year, a number or not (``tasks.verifiable``); ``dated`` whether
        its words say by when (``tasks.deadline``). That the list is for one year is not counted as a deadline.
    """
    table = require(tasks, "tasks", ("task_id", "category", "deadline", "verifiable"))
    found = require(targets, "targets", ("task_id",))
    cities = implementing(assignments).groupby("task_id")["body"].nunique()
    bodies = provincial(assignments)
    leads = bodies[bodies["role"] == "lead"].groupby("task_id")["body"].nunique()
    vague = open_tasks(assignments)
    count = found.groupby("task_id").size()
    rows = []
    for row in table.to_dict("records"):
        task = row["task_id"]
        n, heads, numbers = (int(s.get(task, 0)) for s in (cities, leads, count))
        sharing = "shared" if n > 1 else "none" if n == 0 else "open" if task in vague else "sole"
        leadership = "joint" if heads > 1 else "single" if heads else "none"
        checkable, dated = bool(row["verifiable"]), bool(row["deadline"])
        rows.append((task, row["category"], n, sharing, leadership, numbers > 0, checkable, numbers, dated))
    columns = [
        "task_id",
        "category",
        "cities",
        "sharing",
        "leadership",
        "measurable",
        "verifiable",
        "targets",
        "dated",
    ]
    return pd.DataFrame(rows, columns=columns)


def by_county(
    mentions: pd.DataFrame,
    projects: pd.DataFrame,
    *,
    counties: pd.DataFrame | None = None,
    circle: str | Circle | None = None,
) -> pd.DataFrame:
    """
    Count what falls on each county-level unit: tasks that name it or a site in it, projects that touch it.

    Parameters
    ----------
    mentions, projects
        As `load_mentions` and `load_projects` return them.
    counties
        As ``load_boundaries("county")`` returns them; names the units and lists those with nothing.
    circle
        Whose counties; by default those of the edition with which the task ids begin.

    Returns
    -------
    counties
        ``adcode name name_en city named_tasks projects tasks``; ``tasks`` counts the distinct tasks of both. Mentions of a whole
        city are not spread over its counties.
    """
    named = require(mentions, "mentions", ("task_id", "adcode"))
    built = require(projects, "projects", ("project_id", "task_id", "counties"))
    first = next(iter([*named["task_id"], *built["task_id"]]), "")
    found = (
        circle
        if isinstance(circle, Circle)
        else load_circle(circle)
        if circle
        else circle_of(str(first).split("-")[0])
    )
    cities = {city.adcode[:4]: city.zh for city in found.cities}
    by_name: dict[str, set[str]] = {}
    for task, code in zip(named["task_id"], named["adcode"], strict=True):
        if _is_county(code, cities):
            by_name.setdefault(str(code), set()).add(str(task))
    by_site: dict[str, set[tuple[str, str]]] = {}
    for project, task, cell in zip(built["project_id"], built["task_id"], built["counties"], strict=True):
        for code in codes(cell):
            if _is_county(code, cities):
                by_site.setdefault(code, set()).add((str(project), str(task)))
    names: dict[str, tuple[str, str]] = {}
    if counties is not None:
        units = require(counties, "counties", ("adcode", "name", "name_en"))
        for code, name, english in zip(units["adcode"], units["name"], units["name_en"], strict=True):
            if str(code)[:4] in cities:
                names[str(code)] = (str(name), str(english))
    rows = []
    for code in sorted({*by_name, *by_site, *names}):
        sites = by_site.get(code, set())
        tasks = by_name.get(code, set()) | {task for _, task in sites}
        rows.append(
            (
                code,
                *names.get(code, ("", "")),
                cities.get(code[:4], ""),
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


def _is_county(code: object, cities: dict[str, str]) -> bool:
    return isinstance(code, str) and code[:4] in cities and not code.endswith("00")
