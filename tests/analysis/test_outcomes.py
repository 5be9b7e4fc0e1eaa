"""Plan and report: what was promised for the year, and what a dated source later says."""

from __future__ import annotations

import pandas as pd
import pytest

from sxcanalysis import DataError
from sxcanalysis.analysis.outcomes import OUTCOMES, latest_as_of, promise_and_outcome


def followed(stage: str, *reports: tuple[str, str], as_of: str = "2026-03-01") -> pd.Series:
    projects = pd.DataFrame({"project_id": ["p"], "task_id": ["2024-22"], "stage": [stage]})
    rows = [("p", date, status, "s", "") for date, status in reports]
    status = pd.DataFrame(rows, columns=["project_id", "date", "status", "source_id", "note"])
    return promise_and_outcome(projects, status, as_of).iloc[0]


@pytest.mark.parametrize(
    ("stage", "reports", "outcome"),
    [
        ("completed", [("2024-12-31", "opened")], "kept"),
        ("completed", [("2024", "opened")], "kept"),
        ("completed", [("2025-01", "opened")], "later"),
        ("completed", [("2025-06", "under_construction")], "not_yet"),
        ("completed", [("2024-06", "under_construction")], "unknown"),
        ("completed", [("2024-12-31", "part_opened")], "unknown"),
        ("completed", [], "unknown"),
        ("completed", [("2025-06", "cancelled")], "cancelled"),
        ("started", [("2024-11-05", "started")], "kept"),
        ("started", [("2025-02-10", "in_preparation"), ("2025-10-16", "under_construction")], "later"),
        ("started", [("2025-10-16", "under_construction")], "reached"),
        ("started", [("2025-10-16", "started")], "later"),
        ("started", [("2025-02-10", "in_preparation")], "not_yet"),
        ("under_construction", [("2022-09-28", "started"), ("2025-02", "under_construction")], "kept"),
        ("under_construction", [("2022-09-28", "started")], "unknown"),
        ("under_construction", [("2025-02", "under_construction")], "reached"),
        ("continued", [("2018-12-18", "under_construction")], "unknown"),
        ("preparatory", [("2023-06", "in_preparation"), ("2025-03", "in_preparation")], "kept"),
        ("preparatory", [("2025-03", "planned")], "not_yet"),
    ],
)
def test_what_decides(stage, reports, outcome):
    assert outcome in OUTCOMES
    found = followed(stage, *reports)
    assert found["outcome"] == outcome
    assert bool(found["decided_on"]) == (outcome != "unknown")


def test_a_report_ages():
    fresh, stale = (
        followed("completed", ("2025-03-02", "opened"), as_of=day) for day in ("2026-03-01", "2026-03-02")
    )
    assert (fresh["months_old"], fresh["stale"], stale["months_old"], stale["stale"]) == (11, False, 12, True)
    assert followed("completed")["latest_date"] == ""
    assert not followed("completed")["stale"]


def test_the_future_is_not_known():
    assert (
        followed("completed", ("2024-06", "under_construction"), ("2026-06", "opened"))["outcome"]
        == "unknown"
    )


def test_the_day_of_a_build_can_be_set(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")
    assert followed("completed", ("2024", "opened"), as_of=None)["as_of"] == "2026-05-28"  # type: ignore[arg-type]


def test_every_project_of_the_list_has_its_row(projects):
    none = pd.DataFrame(columns=["project_id", "date", "status", "source_id", "note"])
    table = promise_and_outcome(projects, none, "2026-01-01")
    assert list(table["project_id"]) == list(projects["project_id"])
    assert set(table["outcome"]) == {"unknown"}
    assert latest_as_of(table) == ""


@pytest.mark.parametrize(
    ("date", "status", "words"),
    [("2024-13", "opened", "no date"), ("soon", "opened", "no date"), ("2024", "done", "'done'")],
)
def test_what_cannot_be_read_is_said(date, status, words):
    with pytest.raises(DataError, match=words):
        followed("completed", (date, status))
