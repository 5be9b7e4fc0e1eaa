"""What a list plans for each project, held against the latest dated status that was found."""

from __future__ import annotations

import datetime as dt
import os
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sxcanalysis.analysis.counting_rules import require
from sxcanalysis.core.errors import DataError
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from collections.abc import Hashable

#: How far a status is; of rows of one day the farthest counts.
STATUS_ORDER = {
    "planned": 0, "approved": 1, "in_preparation": 1, "started": 2, "under_construction": 3, "part_opened": 4, "opened": 5,
    "cancelled": -1,
}  # fmt: skip
#: How far a stage of the list asks a project to be, and whether work is meant to have begun before.
STAGE_ASKS = {
    "completed": 5,
    "started": 2,
    "under_construction": 2,
    "continued": 2,
    "preparatory": 1,
    "programme": 1,
}
OUTCOMES = ("kept", "later", "reached", "not_yet", "cancelled", "unknown")
_STALE_MONTHS = 12
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def promise_and_outcome(
    projects: pd.DataFrame, status: pd.DataFrame, as_of: str | dt.date | None = None
) -> pd.DataFrame:
    """
    Hold the stage that the list plans for each project (of `load_projects`) against what was later reported of it (`load_status`).

    ``as_of`` is the day of reading: by default today, or the day of ``SOURCE_DATE_EPOCH`` where a build sets that. Rows dated after it
    are not used; a date is a day, a month or a year. One row a project: ``project_id task_id name name_en kind stage stage_verb outcome
    decided_on latest_status latest_date latest_source latest_note months_old stale as_of``. ``outcome`` is

    ``kept``
        what the list asks for (`STAGE_ASKS`) was reported with a date up to the end of the list's year. Work that is to go on
        counts as kept if it had begun by then and a report of that year or later finds it going on or done.
    ``later``
        it was reported, and happened after that year: a start or an opening that is dated, or one that an earlier report of
        the time after that year does not yet know.
    ``reached``
        a later report finds the project so far, but not since when.
    ``not_yet``
        the latest report, from after that year, finds it less far.
    ``cancelled``, ``unknown``
        the latest report says that it was given up; no report decides.

    ``decided_on`` is the date of the row that decides. ``stale``: the latest report is more than twelve months older than ``as_of``.

    Examples
    --------
    >>> import pandas as pd
    >>> projects = pd.DataFrame({"project_id": ["a"], "task_id": ["2024-01"], "stage": ["completed"]})
    >>> status = pd.DataFrame({"project_id": ["a"], "date": ["2024-12-26"], "status": ["opened"]})
    >>> promise_and_outcome(projects, status, as_of="2026-03-01")[["outcome", "stale"]].values.tolist()
    [['kept', True]]
    """
    table = require(projects, "projects", ("project_id", "task_id", "stage"))
    rows = require(status, "status", ("project_id", "date", "status"))
    day = _day_of_reading(as_of)
    rows = rows[rows["status"] != "unknown"]
    _check(rows["status"], "status", STATUS_ORDER)
    _check(table["stage"], "stage", STAGE_ASKS)
    spans = [_span(str(date)) for date in rows["date"]]
    dated = rows.assign(day=[last for _, last in spans], far=rows["status"].map(STATUS_ORDER))
    # A report of a year or a month that is still running is of that year or month, not of the future.
    dated = dated[np.array([first <= day for first, _ in spans], dtype=bool)]
    dated = dated.sort_values(["day", "far"], kind="stable")
    reports = {str(project): part for project, part in dated.groupby("project_id")}
    found = [
        _followed(project, reports.get(str(project["project_id"]), dated.iloc[:0]), day)
        for project in table.to_dict("records")
    ]
    return pd.DataFrame(found, columns=[*_COLUMNS])


_COLUMNS = (
    "project_id", "task_id", "name", "name_en", "kind", "stage", "stage_verb", "outcome", "decided_on", "latest_status",
    "latest_date", "latest_source", "latest_note", "months_old", "stale", "as_of",
)  # fmt: skip


def _followed(project: dict[Hashable, object], reports: pd.DataFrame, day: dt.date) -> dict[str, object]:
    year = int(str(project["task_id"])[:4]) if str(project["task_id"])[:4].isdigit() else day.year
    outcome, decided = _outcome(str(project["stage"]), reports, year)
    told = {name: project.get(name, "") for name in _COLUMNS}
    told |= {
        "outcome": outcome,
        "decided_on": decided,
        "months_old": pd.NA,
        "stale": False,
        "as_of": f"{day}",
    }
    if reports.empty:
        return told
    last = reports.iloc[-1]
    since = min(last["day"], day)
    months = (day.year - since.year) * 12 + day.month - since.month - (day.day < since.day)
    return told | {
        "latest_status": last["status"], "latest_date": str(last["date"]), "latest_source": last.get("source_id", ""),
        "latest_note": last.get("note", ""), "months_old": months, "stale": months >= _STALE_MONTHS,
    }  # fmt: skip


def _outcome(stage: str, reports: pd.DataFrame, year: int) -> tuple[str, str]:
    """Return the class, and the date of the report that decides."""
    if reports.empty:
        return "unknown", ""
    last, end = reports.iloc[-1], dt.date(year, 12, 31)
    if last["far"] < 0:
        return "cancelled", str(last["date"])
    asked = STAGE_ASKS[stage]
    there = reports[reports["far"] >= asked]
    if there.empty:
        after = last["day"] > end
        return ("not_yet", str(last["date"])) if after else ("unknown", "")
    first, newest = there.iloc[0], there.iloc[-1]
    in_time = bool(first["day"] <= end)
    if stage in {"completed", "started"}:
        if in_time:
            return "kept", str(first["date"])
        # An opening or a start is an event with a date of its own; a site at work tells only that it has begun, and is
        # later for sure where a report of the time between found it less far.
        waited = bool(
            ((reports["day"] > end) & (reports["day"] < first["day"]) & (reports["far"] < asked)).any()
        )
        return ("later" if waited or first["far"] == asked else "reached"), str(first["date"])
    if in_time and newest["day"] >= dt.date(year, 1, 1):
        return "kept", str(newest["date"])
    return ("unknown", "") if in_time else ("reached", str(first["date"]))


def _check(values: pd.Series[str], name: str, known: dict[str, int]) -> None:
    if strange := sorted(set(values.astype(str)) - set(known)):
        raise DataError(
            say(
                "error.outcome_words",
                spoken(),
                name=name,
                strange=", ".join(map(repr, strange)),
                known=", ".join(known),
            )
        )


def _day_of_reading(as_of: str | dt.date | None) -> dt.date:
    if isinstance(as_of, dt.date):
        return as_of
    if as_of is not None:
        return _span(as_of)[1]
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = float(epoch) if epoch.isdigit() else dt.datetime.now(tz=dt.UTC).timestamp()
    return dt.datetime.fromtimestamp(moment, tz=dt.UTC).date()


def _span(date: str) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a day, a month or a year."""
    frequency = {4: "Y", 7: "M"}.get(len(date.strip()), "D")
    try:
        period = pd.Period(date.strip() if _DATE.fullmatch(date.strip()) else "no date", frequency)
    except ValueError as error:
        raise DataError(say("error.outcome_date", spoken(), found=date)) from error
    return period.start_time.date(), period.end_time.date()


def latest_as_of(outcomes: pd.DataFrame) -> str:
    """Return the date of the newest report that was used, ``""`` if there is none."""
    return max((str(date) for date in outcomes["latest_date"] if date), default="")
