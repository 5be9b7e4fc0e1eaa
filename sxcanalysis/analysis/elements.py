"""What each task states, and what it leaves open: deliverable, number, deadline, owner."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.analysis.counting_rules import is_per_city, require
from sxcanalysis.parsing.deadlines import is_loose

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["ELEMENTS", "is_per_city", "task_elements"]

#: The elements of a task that can be checked at the end of the year.
ELEMENTS = ("deliverable", "number", "deadline", "owner")

# Aimed at, or more of something: whether it was reached is open, or not in the hands of those who are named.
_AIMED = re.compile(r"争创|积极争取|争取|力争|申报|申遗|支持[^，；。]{1,12}创建|形成更多|更多")
# A number that is not given: some, or one that is set elsewhere. 新一批 and 首一批 name a round, not an amount.
_SOME = re.compile(
    r"(?<![新首])一批|若干|一系列|国家下达[^，；。]{0,4}目标|省(?:里)?下达[^，；。]{0,4}目标|下达(?:的)?任务"
)
_CLAUSE = re.compile(r"[^，；。]+")
_Found = tuple[str, str, int, int, str]


def task_elements(tasks: pd.DataFrame, assignments: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """
    Tell for each task which of the four elements of a checkable duty it states.

    Parameters
    ----------
    tasks, assignments, targets
        As `load_tasks`, `load_assignments` and `load_targets` return them.

    Returns
    -------
    elements
        One row a task and element: ``task_id category element status basis quote start end``. ``element`` is one of

        ``deliverable``
            ``stated`` where a milestone (建成, 开工建设, 印发, 举办 …; ``tasks.milestone``) or a target says what will be there, which
            is what ``tasks.verifiable`` says; ``partly`` where it is only aimed at (争创, 争取, 申报) or more of something (更多); ``missing`` where the text names an activity only
            (推进, 加快, 深化, 支持).
        ``number``
            ``stated`` where the task has a quantitative target; ``partly`` where an amount is left open (一批) or set elsewhere
            (国家下达目标).
        ``deadline``
            ``stated`` where ``tasks.deadline`` names a time (年内); ``partly`` where that is set elsewhere (按期). That the list is for
            one year is not counted.
        ``owner``
            ``stated`` where one body alone leads, or alone is responsible; ``partly`` where several lead, several are responsible
            and none leads, or a body only coordinates; ``missing`` where no body stands in the bracket.

        ``basis`` is a key for the reason (``target completion aimed some elsewhere date single_lead single_responsible
        joint_lead no_lead coordination``, empty where the element is missing); ``quote`` is the clause or bracket that shows
        it, ``start`` and ``end`` its place in the document. Where an element is missing, they give the whole task.

    Raises
    ------
    DataError
        If a table lacks a column.

    Examples
    --------
    >>> from sxcanalysis import load_assignments, load_targets, load_tasks
    >>> found = task_elements(load_tasks(), load_assignments(), load_targets())
    >>> found[found["task_id"] == "2024-32"]["status"].tolist()
    ['stated', 'stated', 'stated', 'stated']
    """
    table = require(
        tasks,
        "tasks",
        (
            "task_id",
            "category",
            "text",
            "attribution",
            "milestone",
            "deadline",
            "deadline_start",
            "deadline_end",
            "start",
            "attribution_start",
        ),
    )
    own = require(targets, "targets", ("task_id", "quote", "start", "end"))
    who = require(assignments, "assignments", ("task_id", "body", "role"))
    rows = []
    for task in table.to_dict("records"):
        mine = own[own["task_id"] == task["task_id"]]
        bodies = who[who["task_id"] == task["task_id"]]
        text, start = str(task["text"]), int(task["start"])
        found = (
            _deliverable(task, mine),
            _number(text, start, mine),
            _deadline(task),
            _owner(task, bodies),
        )
        for element, one in zip(ELEMENTS, found, strict=True):
            rows.append(
                (
                    task["task_id"],
                    task["category"],
                    element,
                    *(one or ("missing", "", start, start + len(text), text)),
                )
            )
    columns = ["task_id", "category", "element", "status", "basis", "start", "end", "quote"]
    return pd.DataFrame(rows, columns=columns)[[*columns[:5], "quote", "start", "end"]]


def _clause(text: str, start: int, match: re.Match[str]) -> tuple[int, int, str]:
    for part in _CLAUSE.finditer(text):
        if part.start() <= match.start() < part.end():
            return start + part.start(), start + part.end(), part[0]
    return start + match.start(), start + match.end(), match[0]


def _of_target(targets: pd.DataFrame) -> tuple[int, int, str]:
    first = targets.sort_values("start").iloc[0]
    return int(first["start"]), int(first["end"]), str(first["quote"])


def _deliverable(task: dict[Hashable, Any], targets: pd.DataFrame) -> _Found | None:
    text, start = str(task["text"]), int(task["start"])
    milestone = r"\s*".join(map(re.escape, str(task["milestone"] or "")))
    if milestone and (match := re.search(milestone, text)):
        return ("stated", "completion", *_clause(text, start, match))
    if len(targets):
        return ("stated", "target", *_of_target(targets))
    if match := _AIMED.search(text):
        return ("partly", "aimed", *_clause(text, start, match))
    return None


def _number(text: str, start: int, targets: pd.DataFrame) -> _Found | None:
    if len(targets):
        return ("stated", "target", *_of_target(targets))
    if match := _SOME.search(text):
        return ("partly", "elsewhere" if "下达" in match[0] else "some", *_clause(text, start, match))
    return None


def _deadline(task: dict[Hashable, Any]) -> _Found | None:
    words, at, end = str(task["deadline"] or ""), int(task["deadline_start"]), int(task["deadline_end"])
    if not words:
        return None
    kind = ("partly", "elsewhere") if is_loose(words) else ("stated", "date")
    text, start = str(task["text"]), int(task["start"])
    for part in _CLAUSE.finditer(text):
        if start + part.start() <= at < start + part.end():
            return (*kind, start + part.start(), start + part.end(), part[0])
    return (*kind, at, end, words)  # it stands beside the text: in a column, behind a label


def _owner(task: dict[Hashable, Any], bodies: pd.DataFrame) -> _Found | None:
    heads, share, guide = (
        bodies.loc[bodies["role"] == role, "body"].nunique()
        for role in ("lead", "responsible", "coordinating")
    )
    if heads:
        status = ("stated", "single_lead") if heads == 1 else ("partly", "joint_lead")
    elif share:
        status = ("stated", "single_responsible") if share == 1 else ("partly", "no_lead")
    elif guide:
        status = ("partly", "coordination")
    else:
        return None
    quote = str(task["attribution"])
    if not quote:  # the bodies stand in columns of a table, or a rule names them
        return (*status, int(bodies["start"].min()), int(bodies["end"].max()), "")
    at = int(task["attribution_start"])
    return (*status, at, at + len(quote), quote)
