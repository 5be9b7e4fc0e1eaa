"""The quantities that the list sets, as a table set in type: the number large, what it is of, joint or for each city, by when, who."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sxcanalysis.analysis.elements import is_per_city
from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.figures.charts.common import amount, body_name, short_city, task_number
from sxcanalysis.figures.lettering import line_width, shorten, wrap_text
from sxcanalysis.figures.page import close_page, open_page
from sxcanalysis.figures.request import (
    Drawing,
    Request,
    Words,
    selected_assignments,
    selected_targets,
    selected_tasks,
)
from sxcanalysis.figures.sources import cite
from sxcanalysis.figures.style import FONT_SIZES, GRID, INK, MM, MUTED

if TYPE_CHECKING:
    import pandas as pd

    from sxcanalysis.figures.page import Page

_NUMBER_PT = 13.0
_RED = "#b3271a"


def target_table(request: Request) -> Drawing:
    """Set every quantitative target as a row: number and unit, what is counted, for whom, by when, who leads."""
    targets = selected_targets(request)
    if targets.empty:
        msg = f"No task of {request.edition} that was asked for sets a quantity, so target-table has nothing to show."
        raise MissingDataError(msg)
    data = _rows(request, targets)
    words = _words(request, data, len(selected_tasks(request)))
    page = open_page(request, words)
    y = _table(page, request, data)
    source = cite(request)
    return Drawing(
        close_page(page, y, request, words, source),
        words,
        data,
        source,
        ("reference/units.csv", "reference/bodies.csv"),
    )


def _rows(request: Request, targets: pd.DataFrame) -> pd.DataFrame:
    acting = selected_assignments(request)
    lang = request.lang
    rows = targets.copy()
    shown = [amount(row, lang) for row in rows.to_dict("records")]
    rows["amount_shown"], rows["unit_shown"] = [one for one, _ in shown], [unit for _, unit in shown]
    rows["each_city"] = [is_per_city(scope) for scope in rows["scope"]]
    leads, shares, cities = [], [], []
    for task in rows["task_id"]:
        mine = acting[acting["task_id"] == task]
        leads.append(";".join(dict.fromkeys(mine.loc[mine["role"] == "lead", "body"])))
        shares.append(";".join(dict.fromkeys(mine.loc[mine["role"] == "responsible", "body"])))
        cities.append(";".join(dict.fromkeys(mine.loc[mine["role"] == "implementing", "body"])))
    columns = [
        "target_id", "task_id", "metric", "metric_en", "comparator", "value", "value_high", "unit", "value_si", "unit_si", "scope",
        "each_city", "deadline", "kind", "amount_shown", "unit_shown", "quote", "start", "end",
    ]  # fmt: skip
    return rows[columns].assign(lead=leads, responsible=shares, cities=cities).reset_index(drop=True)


def _table(page: Page, request: Request, data: pd.DataFrame) -> float:
    size, small = FONT_SIZES["text"], FONT_SIZES["small"]
    wide = page.width >= 115
    amounts = [line_width(one, _NUMBER_PT) / MM for one in data["amount_shown"]]
    units = [wrap_text(one, 17 * MM, small) for one in data["unit_shown"]]
    left = 7.0 + max(amounts) + 1.2
    what = left + max(line_width(line, small) for one in units for line in one.split("\n")) / MM + 2.5
    # Where the page is narrow, who and when stand below what is counted.
    who = page.width * 0.62 if wide else what
    room = (who if wide else page.width) - what - 2.0
    y, task = page.top, ""
    if wide:
        for x, key in ((what, "target_table.what"), (who, "target_table.who")):
            page.write(x, y + 1.4, request.label(key), size=small, color=MUTED)
        y += 3.2
    for row, unit in zip(data.to_dict("records"), units, strict=True):
        first = row["task_id"] != task
        page.lines([(0 if first else what, y, page.width, y)], MUTED if first else GRID, 0.4)
        if first:
            page.write(5.5, y + 3.6, task_number(row["task_id"]), size=small, ha="right", color=MUTED)
        task = row["task_id"]
        page.write(
            left - 1.2, y + 3.4, row["amount_shown"], size=_NUMBER_PT, ha="right", bold=True, color=_RED
        )
        for line, part in enumerate(unit.split("\n")):
            page.write(left, y + 3.6 + line * small * 1.2 / MM, part, size=small)
        low = page.paragraph(what, y + 1.6, _metric(request, row), room, size=size)
        if request.lang == "zh" or wide:
            low = page.paragraph(
                what, low, shorten(f"“{row['quote']}”", 2 * room * MM, small), room, size=small, color=MUTED
            )
        told = _who(request, row) if first else [_terms(request, row)]
        at = y + 1.6 if wide else low
        for number, words in enumerate(told):
            at = page.paragraph(
                who, at, words, page.width - who - 0.5, size=small, color=INK if number == 0 else MUTED
            )
        y = max(low, at, y + 5.6) + 1.2
    page.lines([(0, y, page.width, y)], MUTED, 0.4)
    return y + 0.4


def _metric(request: Request, row: dict[Any, Any]) -> str:
    return str(row["metric"] if request.lang == "zh" else row["metric_en"] or row["metric"])


def _terms(request: Request, row: dict[Any, Any]) -> str:
    """Say for whom the number holds, and by when."""
    scope = str(row["scope"])
    told = (
        request.label("scope.per_city")
        if row["each_city"]
        else request.label(f"scope.{scope}", scope)
        if scope
        else request.label("target_table.no_scope")
    )
    deadline = str(row["deadline"])
    when = (
        request.label(f"deadline.{deadline}", deadline) if deadline else request.label("target_table.no_date")
    )
    return told + ("；" if request.lang == "zh" else "; ") + when


def _who(request: Request, row: dict[Any, Any]) -> list[str]:
    bodies = [one for one in str(row["lead"] or row["responsible"]).split(";") if one]
    key = "target_table.lead" if row["lead"] else "target_table.responsible"
    named = (
        request.say(key, bodies=request.listed(body_name(one, request.lang) for one in bodies))
        if bodies
        else request.label("attribution.none")
    )
    cities = [one for one in str(row["cities"]).split(";") if one]
    if len(cities) <= 3:
        shown = [
            city.short(request.lang)
            if (city := request.circle.city(one)) and request.lang == "zh"
            else _city(request, one)
            for one in cities
        ]
        where = "".join(shown) if request.lang == "zh" else request.listed(shown)
    else:
        where = request.say("target_table.cities", n=len(cities))
    return [_terms(request, row), *([named] if named else []), *([where] if where else [])]


def _city(request: Request, name: str) -> str:
    known = request.circle.city(name)
    return known.named(request.lang) if known and request.lang == "en" else short_city(name)


def _words(request: Request, data: pd.DataFrame, n: int) -> Words:
    dated = data[data["deadline"].isin(["", "按期"]).eq(False)]  # noqa: FBT003
    values = {
        "n": n, "targets": len(data), "tasks": int(data["task_id"].nunique()), "dated": len(dated),
        "each": int(data["each_city"].sum()), "rates": int(data["unit"].eq("%").sum()), "year": request.edition,
        "first": "".join((data.iloc[0]["amount_shown"], " " if request.lang == "en" else "", data.iloc[0]["unit_shown"])),
    }  # fmt: skip
    return request.words("target_table", values)
