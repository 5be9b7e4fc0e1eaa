"""Who leads what, and what kind of duty it is: shared, measurable, verifiable, dated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sxcanalysis.analysis.counting_rules import implementing, open_tasks, require


def duty_kinds(assignments: pd.DataFrame, tasks: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """
    Tell what kind of duty each task is, from the tables as the ``load_…`` functions return them.

    One row a task: ``task_id category cities sharing leadership measurable verifiable targets dated``. ``sharing`` is ``sole`` (one
    city), ``shared`` (several), ``open`` (one, and others implied by 等) or ``none``; ``leadership`` is ``single``, ``joint``
    or ``none``; ``measurable`` tells whether the task has a quantitative target, otherwise it is open-ended; ``verifiable``
    whether its words say what anybody can check at the end of the year, a number or not (``tasks.verifiable``); ``dated`` whether
    its words say by when (``tasks.deadline``). That the list is for one year is not counted as a deadline.
    """
    table = require(tasks, "tasks", ("task_id", "category", "deadline", "verifiable"))
    task = table["task_id"]
    bodies = provincial(assignments)
    heads = bodies[bodies["role"] == "lead"].drop_duplicates(["task_id", "body"])
    cities, leads, numbers = (
        task.map(rows["task_id"].value_counts()).fillna(0).astype(int)
        for rows in (implementing(assignments), heads, require(targets, "targets", ("task_id",)))
    )
    vague = task.isin(open_tasks(assignments))
    return pd.DataFrame({
        "task_id": task,
        "category": table["category"],
        "cities": cities,
        "sharing": np.select([cities > 1, cities == 0, vague], ["shared", "none", "open"], "sole"),
        "leadership": np.select([leads > 1, leads == 1], ["joint", "single"], "none"),
        "measurable": numbers > 0,
        "verifiable": table["verifiable"].astype(bool),
        "targets": numbers,
        "dated": table["deadline"].astype(bool),
    })  # fmt: skip


def provincial(assignments: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of bodies that are not there to implement: the province's, as a rule."""
    table = require(assignments, "assignments", ("task_id", "body", "body_kind", "role"))
    return table[(table["role"] != "implementing") & (table["body_kind"] != "city")]
