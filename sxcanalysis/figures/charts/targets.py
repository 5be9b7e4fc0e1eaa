"""The quantities that the list sets, as a table set in type: the number large, what it is of, joint or for each city, by when, who."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sxcanalysis.analysis.elements import is_per_city
from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.figures.charts.common import amount, body_name, task_number
from sxcanalysis.figures.lettering import line_width, shorten, wrap_text
from sxcanalysis.figures.page import draw_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected, selected_tasks
from sxcanalysis.figures.style import GRID, MM, MUTED, SMALL_PT
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    import pandas as pd

    from sxcanalysis.figures.page import Page

_NUMBER_PT = 13.0
_RED = "#b3271a"
_COLUMNS = [
    "target_id", "task_id", "metric", "metric_en", "comparator", "value", "value_high", "unit", "value_si", "unit_si", "scope",
    "each_city", "deadline", "kind", "amount_shown", "unit_shown", "quote", "start", "end", "lead", "responsible", "cities",
]  # fmt: skip


def target_table(request: Request) -> Drawing:
    """Set every quantitative target as a row: number and unit, what is counted, for whom, by when, who leads."""
    targets = selected(request, "targets")
    if targets.empty:
        raise MissingDataError(say("error.figure_no_targets", spoken(), edition=request.edition))
    data = _rows(request, targets)
    words = _words(request, data, len(selected_tasks(request)))
    inputs = ("reference/units.csv", "reference/bodies.csv")
    return draw_page(request, words, partial(_table, data=data), data, inputs=inputs)


def _rows(request: Request, targets: pd.DataFrame) -> pd.DataFrame:
    acting = selected(request, "assignments")
    rows = targets.assign(each_city=[is_per_city(scope) for scope in targets["scope"]])
    shown = [amount(row, request.lang) for row in rows.to_dict("records")]
    rows[["amount_shown", "unit_shown"]] = shown
    for column, role in (("lead", "lead"), ("responsible", "responsible"), ("cities", "implementing")):
        bodies = (
            acting[acting["role"] == role]
            .groupby("task_id")["body"]
            .agg(lambda names: ";".join(names.unique()))
        )
        rows[column] = [bodies.get(task, "") for task in rows["task_id"]]
    return rows[_COLUMNS]


def _table(page: Page, data: pd.DataFrame) -> float:
    request, y, wide = page.request, page.top, page.width >= 115
    units = [wrap_text(one, 17 * MM, SMALL_PT) for one in data["unit_shown"]]
    left = 8.2 + max(line_width(one, _NUMBER_PT) for one in data["amount_shown"]) / MM
    what = left + max(line_width(line, SMALL_PT) for one in units for line in one.split("\n")) / MM + 2.5
    # Where the page is narrow, who and when stand below what is counted.
    who = page.width * 0.62 if wide else what
    room = (who if wide else page.width) - what - 2.0
    if wide:
        page.write(what, y + 1.4, request.label("target_table.what"), SMALL_PT, MUTED)
        page.write(who, y + 1.4, request.label("target_table.who"), SMALL_PT, MUTED)
        y += 3.2
    again = data["task_id"].duplicated()
    for row, unit, follows in zip(data.to_dict("records"), units, again, strict=True):
        page.rule(y, GRID if follows else MUTED, start=what if follows else 0)
        if not follows:
            page.write(5.5, y + 3.5, task_number(row["task_id"]), SMALL_PT, MUTED, ha="right")
        page.write(left - 1.2, y + 3.4, row["amount_shown"], _NUMBER_PT, _RED, ha="right", bold=True)
        page.paragraph(left, y + 2.1, unit, 40, SMALL_PT)
        metric = row["metric"] if request.lang == "zh" else row["metric_en"] or row["metric"]
        low = page.paragraph(what, y + 1.6, str(metric), room)
        if request.lang == "zh" or wide:
            quote = shorten(row["quote"], 2 * room * MM, SMALL_PT)
            low = page.paragraph(what, low, quote, room, SMALL_PT, MUTED)
        at = page.paragraph(
            who, y + 1.6 if wide else low, _terms(request, row), page.width - who - 0.5, SMALL_PT
        )
        for told in () if follows else _who(request, row):
            at = page.paragraph(who, at, told, page.width - who - 0.5, SMALL_PT, MUTED)
        y = max(low, at, y + 5.6) + 1.2
    page.rule(y)
    return y + 0.4


def _terms(request: Request, row: dict[Any, Any]) -> str:
    """Say for whom the number holds, and by when."""
    scope, deadline = str(row["scope"]), str(row["deadline"])
    known = request.label(f"scope.{scope}", scope) if scope else request.label("target_table.no_scope")
    told = request.label("scope.per_city") if row["each_city"] else known
    when = (
        request.label(f"deadline.{deadline}", deadline) if deadline else request.label("target_table.no_date")
    )
    return told + ("；" if request.lang == "zh" else "; ") + when


def _who(request: Request, row: dict[Any, Any]) -> list[str]:
    """Say who leads or shares, and which cities implement."""
    role = "lead" if row["lead"] else "responsible"
    bodies = [body_name(one, request.lang) for one in row[role].split(";") if one]
    told = (
        request.say(f"target_table.{role}", bodies=request.listed(bodies))
        if bodies
        else request.label("attribution.none")
    )
    names = [one for one in str(row["cities"]).split(";") if one]
    where = request.say("target_table.cities", n=len(names))
    if len(names) <= 3:
        known = [(one, request.circle.city(one)) for one in names]
        chinese = "".join(city.short("zh") if city else one.removesuffix("市") for one, city in known)
        english = request.listed(city.named("en") if city else one for one, city in known)
        where = chinese if request.lang == "zh" else english
    return [one for one in (told, where) if one]


def _words(request: Request, data: pd.DataFrame, n: int) -> Words:
    first, gap = data.iloc[0], " " if request.lang == "en" else ""
    values = {
        "n": n, "targets": len(data), "tasks": int(data["task_id"].nunique()), "dated": int((~data["deadline"].isin(["", "按期"])).sum()),
        "each": int(data["each_city"].sum()), "rates": int(data["unit"].eq("%").sum()), "year": request.edition,
        "first": f"{first['amount_shown']}{gap}{first['unit_shown']}",
    }  # fmt: skip
    return request.words("target_table", values)
