"""The tables of a report: each row from the edition's tables, each number counted here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.geography.projects import load_projects
from sxcanalysis.outputs import naming
from sxcanalysis.outputs.blocks import Table
from sxcanalysis.reference.words import label, say, worded
from sxcanalysis.tables import loading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The column of a table that holds words of the document.
_QUOTED = {"targets": 5, "issues": 3}
_LONG = 60  # characters of the document's words that a row shows


def annex_tables(edition: str, lang: str) -> Iterator[Table]:
    """Make the tables that stand at the end of a report; one without rows is left out."""
    made = (_categories, _targets, _projects, _tasks, _issues)
    number = 0
    for make in made:
        name, shares, numeric, rows = make(edition, lang)
        if rows:
            number += 1
            heads = tuple(label(f"annex.{name}_heads", lang).split("|"))
            yield Table(
                number=number, title=label(f"annex.{name}", lang), heads=heads, rows=tuple(map(tuple, rows)), shares=shares,
                numeric=numeric, quoted=_QUOTED.get(name, -1), note=label(f"annex.{name}_note", lang, default=""),
            )  # fmt: skip


_Made = tuple[str, tuple[float, ...], bool, list[list[str]]]


def _categories(edition: str, lang: str) -> _Made:
    """Count tasks, lead bodies and targets by category."""
    tasks, assignments = loading.load_tasks(edition), loading.load_assignments(edition)
    targets = loading.load_targets(edition)
    led = tasks["task_id"].isin(assignments.loc[assignments["role"].eq("lead"), "task_id"])
    more = tasks["task_id"].isin(assignments.loc[assignments["others_implied"], "task_id"])
    own = targets.groupby("task_id").size().reindex(tasks["task_id"], fill_value=0).to_numpy()
    counts = pd.DataFrame({"tasks": 1, "led": led, "more": more, "measured": own > 0, "targets": own})
    grouped = counts.groupby(tasks["category"], sort=False).sum()
    rows = [
        [naming.name_category(name, lang), *map(str, values)]
        for name, values in zip(grouped.index, grouped.to_numpy().tolist(), strict=True)
    ]
    rows.append([label("page.total", lang), *map(str, counts.sum().tolist())])
    return "categories", (3, 1, 1, 1, 1, 1), True, rows


def _targets(edition: str, lang: str) -> _Made:
    rows = []
    for row in _records(loading.load_targets(edition)):
        value = naming.tell_value(row, lang)
        if row["assumed"] and not naming.is_missing(row["assumed"]):
            value = say("annex.assumed", lang, value=value)
        told = [naming.tell_term(column, row, lang) for column in ("metric", "scope", "deadline")]
        rows.append([row["task_id"], told[0], value, told[1] or "—", told[2] or "—", row["quote"]])
    return "targets", (1.4, 2.6, 1.7, 1.8, 1.3, 3.4), False, rows


def _projects(edition: str, lang: str) -> _Made:
    """List the projects; an edition that has none yet has no such table."""
    try:
        listed = load_projects(edition)
    except MissingDataError:
        return "projects", (), False, []
    units = naming.name_units(lang)
    rows = []
    for number, row in enumerate(_records(listed), 1):
        where = label("page.comma", lang).join(
            units.get(code, code) for code in naming.split_codes(row["counties"])
        )
        rows.append([
            str(number), naming.name_project(row, lang), label(f"stage.{row['stage']}", lang, default=str(row["stage"])), where or "—",
            _radius(row, lang), naming.tell_later(row, lang) or "—",
        ])  # fmt: skip
    return "projects", (0.7, 3.6, 1.3, 3.6, 1.3, 2.6), False, rows


def _radius(row: dict[str, Any], lang: str) -> str:
    """Say how far the true place may be from the drawn one, or that none is drawn."""
    if row["precision"] in {"county", "city", "none"}:
        return label(f"annex.precision_{row['precision']}", lang)
    return (
        "—"
        if naming.is_missing(row["uncertainty_m"])
        else say("annex.radius", lang, km=f"{float(row['uncertainty_m']) / 1000:g}")
    )


def _tasks(edition: str, lang: str) -> _Made:
    assignments = loading.load_assignments(edition)
    rows = []
    for row in _records(loading.load_tasks(edition)):
        mine = assignments[assignments["task_id"] == row["task_id"]]
        by_role = {role: list(part["body"]) for role, part in mine.groupby("role", sort=False)}
        heads = by_role.get("lead") or by_role.get("responsible") or by_role.get("coordinating") or []
        named = [label("page.comma", lang).join(naming.name_body(body, lang) for body in bodies)
                 for bodies in (heads, by_role.get("implementing", []))]  # fmt: skip
        rows.append(
            [row["task_id"].split("-", 1)[-1], naming.name_task(row, lang), named[0] or "—", named[1] or "—"]
        )
    return "tasks", (0.7, 4.8, 3.6, 2.4), False, rows


def _issues(edition: str, lang: str) -> _Made:
    rows = [
        [worded("severity", str(row["severity"]), lang), *("" if naming.is_missing(row[key]) else str(row[key]) for key in ("task_id", "line")),
         _short(row["words"]), _told(row, lang)]
        for row in _records(loading.load_issues(edition))
    ]  # fmt: skip
    return "issues", (1, 1.4, 0.8, 3.4, 4), False, rows


def _records(frame: pd.DataFrame) -> Iterable[dict[str, Any]]:
    return ({str(key): value for key, value in row.items()} for row in frame.to_dict("records"))


def _short(words: object) -> str:
    text = "" if naming.is_missing(words) else " ".join(str(words).split())
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def _told(row: dict[str, Any], lang: str) -> str:
    """Say what is to be looked at; the reader's own hint is English."""
    return label(
        f"issue.{row['code']}", lang, default=label("issue.other", lang) if lang == "zh" else str(row["hint"])
    )
