"""
What a list assigns to a city, and where the projects that its tasks name lie.

A list assigns *tasks*. A task may bundle several projects and name several cities; that puts no project in any one of them. What is
counted first is therefore the pair of task and city: does a project of the task lie in the city? Where the projects of a bundle lie
is *exposure*, and says nothing of who should have built what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sxcanalysis.analysis.counting_rules import codes, implementing, open_tasks, require, roster

if TYPE_CHECKING:
    from sxcanalysis.analysis.counting_rules import AnyCircle

#: Where a project lies, seen from a city.
PLACES = ("inside", "doubtful", "outside", "unknown")


def project_places(projects: pd.DataFrame, cities: pd.DataFrame) -> pd.DataFrame:
    """
    Tell of each project and city whether the one lies in the other.

    Parameters
    ----------
    projects
        As `load_projects` returns them.
    cities
        ``city adcode``, as `roster` returns them.

    Returns
    -------
    places
        One row a project and city: ``project_id task_id city adcode place``. ``inside``: a county of the city, or the city, is in the
        project's ``counties``. ``doubtful``: it is in ``touched_doubtful``, because the project passes it within its own uncertainty, or
        because its outline may lie there. ``unknown``: nothing is known of where the project lies. Otherwise ``outside``.

    Raises
    ------
    DataError
        If a column is missing.
    """
    columns = ("project_id", "task_id", "counties", "touched_doubtful")
    table = require(projects, "projects", columns)
    rows = []
    for project, task, *cells in zip(*(table[column] for column in columns), strict=True):
        units, near = ({code[:4] for code in codes(cell)} for cell in cells)
        for city, code in zip(cities["city"], cities["adcode"], strict=True):
            unit = code[:4]
            if unit and unit in units | near:
                place = "inside" if unit in units else "doubtful"
            else:
                place = "outside" if units else "unknown"
            rows.append((project, task, city, code, place))
    return pd.DataFrame(rows, columns=["project_id", "task_id", "city", "adcode", "place"])


def assigned_and_located(
    assignments: pd.DataFrame, projects: pd.DataFrame, *, circle: AnyCircle = None
) -> pd.DataFrame:
    """
    Hold the cities that implement a task against where the projects of that task lie.

    Parameters
    ----------
    assignments, projects
        As the ``load_…`` functions return them.
    circle
        As for `circle_for`.

    Returns
    -------
    pairs
        One row a city and a task that names projects: ``task_id city city_en adcode member assigned others_implied projects inside
        doubtful outside unknown located inside_ids doubtful_ids outside_ids unknown_ids``. ``projects`` counts the task's projects, the
        next four columns where they lie (see `project_places`), the ``…_ids`` name them, joined by ``;``. ``located`` is the first of
        ``inside``, ``doubtful`` and ``unknown`` that holds for any of them, else ``outside``. ``others_implied``: the task ends the
        enumeration of its cities with 等, so that a city that is not named may be meant.

    Raises
    ------
    DataError
        If a column is missing.

    Examples
    --------
    >>> from sxcanalysis import load_assignments, load_projects
    >>> pairs = assigned_and_located(load_assignments(2024), load_projects(2024)).query("assigned")
    >>> int((pairs["located"] == "inside").sum()), len(pairs)
    (23, 24)
    """
    cities = roster(assignments, circle)
    places = project_places(projects, cities)
    named = set(implementing(assignments).itertuples(index=False, name=None))
    vague = open_tasks(assignments)
    rows = []
    for (task, city), part in places.groupby(["task_id", "city"], sort=False):
        ids = {place: list(part.loc[part["place"] == place, "project_id"]) for place in PLACES}
        counts = {place: len(found) for place, found in ids.items()}
        located = next((place for place in ("inside", "doubtful", "unknown") if ids[place]), "outside")
        joined = {f"{place}_ids": ";".join(map(str, found)) for place, found in ids.items()}
        rows.append({
            "task_id": task, "city": city, "assigned": (task, city) in named, "others_implied": task in vague,
            "projects": len(part), **counts, "located": located, **joined,
        })  # fmt: skip
    columns = ["task_id", "city", "assigned", "others_implied", "projects", *PLACES, "located"]
    table = pd.DataFrame(rows, columns=[*columns, *(f"{place}_ids" for place in PLACES)])
    known = table[["city"]].merge(cities, on="city", how="left")
    for at, column in enumerate(("city_en", "adcode", "member"), start=2):
        table.insert(at, column, known[column])
    return table


def exposure(pairs: pd.DataFrame) -> pd.DataFrame:
    """
    Sum up for each city where the projects of its tasks lie.

    Parameters
    ----------
    pairs
        From `assigned_and_located`.

    Returns
    -------
    exposure
        One row a city: ``city city_en adcode member tasks tasks_inside projects inside doubtful outside unknown other_inside``.
        ``tasks`` are those that it implements and that name projects, ``tasks_inside`` those of them with a project in the city;
        the next columns count the projects of these tasks. ``other_inside`` counts projects in the city that belong to tasks of others.
    """
    rows = []
    for city, part in pairs.groupby("city", sort=False):
        own, others = part[part["assigned"]], part[~part["assigned"]]
        counts = {place: int(own[place].sum()) for place in PLACES}
        rows.append({
            "city": city, **{name: part[name].iloc[0] for name in ("city_en", "adcode", "member")}, "tasks": len(own),
            "tasks_inside": int((own["located"] == "inside").sum()), "projects": int(own["projects"].sum()), **counts,
            "other_inside": int(others["inside"].sum()),
        })  # fmt: skip
    columns = [
        "city",
        "city_en",
        "adcode",
        "member",
        "tasks",
        "tasks_inside",
        "projects",
        *PLACES,
        "other_inside",
    ]
    return pd.DataFrame(rows, columns=columns)
