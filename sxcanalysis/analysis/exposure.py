"""
What a list assigns to a city, and where the projects that its tasks name lie.

A list assigns *tasks*. A task may bundle several projects and name several cities; that puts no project in any one of them. What is
counted first is therefore the pair of task and city: does a project of the task lie in the city? Where the projects of a bundle lie
is *exposure*, and says nothing of who should have built what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sxcanalysis.analysis.counting_rules import (
    cities_in,
    implementing,
    open_tasks,
    prefecture_cells,
    require,
    roster,
)

if TYPE_CHECKING:
    from sxcanalysis.analysis.counting_rules import AnyCircle

#: Where a project lies, seen from a city.
PLACES = ("inside", "doubtful", "outside", "unknown")


def project_places(projects: pd.DataFrame, cities: pd.DataFrame) -> pd.DataFrame:
    """
    Tell of each project and city (of a `roster`) whether the one lies in the other: ``project_id task_id city place``.

    ``inside``: a county of the city, or the city, is in the project's ``counties``. ``doubtful``: it is in ``touched_doubtful``,
    because the project passes it within its own uncertainty, or because its outline may lie there. ``unknown``: nothing is known of
    where the project lies. Otherwise ``outside``.
    """
    table = require(projects, "projects", ("project_id", "task_id", "counties", "touched_doubtful"))
    units = prefecture_cells(table, "counties")
    inside, near = cities_in(units, cities), cities_in(prefecture_cells(table, "touched_doubtful"), cities)
    known = np.array([bool(cell) for cell in units], dtype=bool)[:, None]
    place = np.select([inside, near, known & np.ones_like(inside)], PLACES[:3], PLACES[3])
    rows = table[["project_id", "task_id"]].merge(cities[["city"]], how="cross")
    return pd.DataFrame(rows).assign(place=place.ravel())


def assigned_and_located(
    assignments: pd.DataFrame, projects: pd.DataFrame, *, circle: AnyCircle = None
) -> pd.DataFrame:
    """
    Hold the cities that implement a task against where the projects of that task lie.

    One row a city and a task that names projects: ``task_id city city_en adcode member assigned others_implied projects inside
    doubtful outside unknown located inside_ids doubtful_ids outside_ids unknown_ids``. ``projects`` counts the task's projects, the
    next four columns where they lie (see `project_places`), the ``…_ids`` name them, joined by ``;``. ``located`` is the first of
    ``inside``, ``doubtful`` and ``unknown`` that holds for any of them, else ``outside``. ``others_implied``: the task ends the
    enumeration of its cities with 等, so that a city that is not named may be meant.

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
        ids = {place: list(part.loc[part["place"] == place, "project_id"].astype(str)) for place in PLACES}
        rows.append({
            "task_id": task, "city": city, "assigned": (task, city) in named, "others_implied": task in vague,
            "projects": len(part), **{place: len(found) for place, found in ids.items()},
            "located": next((place for place in ("inside", "doubtful", "unknown") if ids[place]), "outside"),
            **{f"{place}_ids": ";".join(found) for place, found in ids.items()},
        })  # fmt: skip
    columns = ["task_id", "city", "assigned", "others_implied", "projects", *PLACES, "located"]
    table = pd.DataFrame(rows, columns=[*columns, *(f"{place}_ids" for place in PLACES)])
    table = table.merge(cities, on="city", how="left")
    return table[["task_id", "city", "city_en", "adcode", "member", *table.columns[2:-3]]]


def exposure(pairs: pd.DataFrame) -> pd.DataFrame:
    """
    Sum up for each city where the projects of its tasks lie, from `assigned_and_located`.

    One row a city: ``city city_en adcode member tasks tasks_inside projects inside doubtful outside unknown other_inside``. ``tasks`` are
    those that it implements and that name projects, ``tasks_inside`` those of them with a project in the city; the next columns count the
    projects of these tasks. ``other_inside`` counts projects in the city that belong to tasks of others.
    """
    own = pairs.where(pairs["assigned"])
    sums = pairs[["city"]].assign(
        tasks=pairs["assigned"],
        tasks_inside=pairs["assigned"] & (pairs["located"] == "inside"),
        **{name: own[name].fillna(0) for name in ("projects", *PLACES)},
        other_inside=pairs["inside"].where(~pairs["assigned"], 0),
    )
    table = sums.groupby("city", sort=False).sum().astype(int).reset_index()
    cities = pairs[["city", "city_en", "adcode", "member"]].drop_duplicates("city")
    return cities.merge(table, on="city")
