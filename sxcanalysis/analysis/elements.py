"""What each task states, and what it leaves open: deliverable, number, deadline, owner."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.analysis.counting_rules import is_per_city, require
from sxcanalysis.parsing.task_facts import is_loose

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
    Tell for each task which of the four elements of a checkable duty it states, from the tables as the ``load_…`` functions return them.

    One row a task and element: ``task_id category element status basis quote start end``. ``element`` is one of

    ``deliverable``
        ``stated`` where a milestone (建成, 开工建设, 印发, 举办 …; ``tasks.milestone``) or a target says what will be there, which
        is what ``tasks.verifiable`` says; ``partly`` where it is only aimed at (争创, 争取, 申报) or more of something (更多);
        ``missing`` where the text names an activity only (推进, 加快, 深化, 支持).
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

    Examples
    --------
    >>> from sxcanalysis import load_assignments, load_targets, load_tasks
    >>> found = task_elements(load_tasks(), load_assignments(), load_targets())
    >>> found[found["task_id"] == "2024-32"]["status"].tolist()
    ['stated', 'stated', 'stated', 'stated']
    """
    needed = "task_id category text attribution milestone deadline deadline_start deadline_end start attribution_start"
    table = require(tasks, "tasks", needed.split())
    own = require(targets, "targets", ("task_id", "quote", "start", "end")).sort_values("start")
    who = require(assignments, "assignments", ("task_id", "body", "role"))
    rows = []
    for task in table.to_dict("records"):
        name, text, start = task["task_id"], str(task["text"]), int(task["start"])
        quoted = own[own["task_id"] == name]
        target = ("stated", "target", *quoted.iloc[0][["start", "end", "quote"]]) if len(quoted) else None
        found = (
            _deliverable(task, target),
            target or _clause(text, start, _SOME, "partly", "some"),
            _deadline(task),
            _owner(task, who[who["task_id"] == name]),
        )
        missing = ("missing", "", start, start + len(text), text)
        for element, one in zip(ELEMENTS, found, strict=True):
            rows.append((name, task["category"], element, *(one or missing)))
    columns = ["task_id", "category", "element", "status", "basis", "start", "end", "quote"]
    return pd.DataFrame(rows, columns=columns)[[*columns[:5], "quote", "start", "end"]]


def _clause(text: str, start: int, pattern: re.Pattern[str], status: str, basis: str) -> _Found | None:
    """Return the clause in which a pattern is first found."""
    match = pattern.search(text)
    if match is None:
        return None
    if basis == "some" and "下达" in match[0]:
        basis = "elsewhere"
    at = match.start()
    clause = next((part for part in _CLAUSE.finditer(text) if part.start() <= at < part.end()), match)
    return (status, basis, start + clause.start(), start + clause.end(), clause[0])


def _deliverable(task: dict[Hashable, Any], target: _Found | None) -> _Found | None:
    text, start = str(task["text"]), int(task["start"])
    milestone = re.compile(r"\s*".join(map(re.escape, str(task["milestone"] or ""))) or "(?!)")
    return (
        _clause(text, start, milestone, "stated", "completion")
        or target
        or _clause(text, start, _AIMED, "partly", "aimed")
    )


def _deadline(task: dict[Hashable, Any]) -> _Found | None:
    words, at, end = str(task["deadline"] or ""), int(task["deadline_start"]), int(task["deadline_end"])
    if not words:
        return None
    kind = ("partly", "elsewhere") if is_loose(words) else ("stated", "date")
    start = int(task["start"])
    for part in _CLAUSE.finditer(str(task["text"])):
        if start + part.start() <= at < start + part.end():
            return (*kind, start + part.start(), start + part.end(), part[0])
    return (*kind, at, end, words)  # it stands beside the text: in a column, behind a label


def _owner(task: dict[Hashable, Any], bodies: pd.DataFrame) -> _Found | None:
    heads, share, guide = (
        bodies.loc[bodies["role"] == role, "body"].nunique()
        for role in ("lead", "responsible", "coordinating")
    )
    if not heads and not share and not guide:
        return None
    if heads:
        status = ("stated", "single_lead") if heads == 1 else ("partly", "joint_lead")
    elif share:
        status = ("stated", "single_responsible") if share == 1 else ("partly", "no_lead")
    else:
        status = ("partly", "coordination")
    quote = str(task["attribution"])
    if not quote:  # the bodies stand in columns of a table, or a rule names them
        return (*status, int(bodies["start"].min()), int(bodies["end"].max()), "")
    at = int(task["attribution_start"])
    return (*status, at, at + len(quote), quote)
