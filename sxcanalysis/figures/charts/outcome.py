"""Promise and outcome: what the list's verb asked of each project, against the latest status that was found."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from sxcanalysis.analysis.outcomes import latest_as_of, promise_and_outcome
from sxcanalysis.figures.lettering import line_width, wrap_text
from sxcanalysis.figures.page import draw_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected_projects
from sxcanalysis.figures.style import GRID, INK, LEAST_PT, MM, MUTED, SMALL_PT, Mark
from sxcanalysis.geography.projects import load_status

if TYPE_CHECKING:
    import pandas as pd

    from sxcanalysis.figures.page import Page

# The columns, from the farthest to nothing: which statuses they hold, and their colour.
_COLUMNS: dict[str, tuple[tuple[str, ...], str]] = {
    "open": (("opened", "part_opened"), "#174679"),
    "building": (("under_construction",), "#4f82b4"),
    "begun": (("started",), "#a9c6e2"),
    "paper": (("in_preparation", "approved", "planned"), "#e3c07f"),
    "cancelled": (("cancelled",), "#8f3b2c"),
    "unknown": ((), "#e4e2dd"),
}
_STAGES = ("completed", "started", "continued", "under_construction", "preparatory", "programme")
_GRID_FROM_MM = 115.0
_STALE = "#f3f2ef"


def promise_outcome(request: Request) -> Drawing:
    """Set each project where its verb and its latest status cross; what is not known since the list has a column of its own."""
    projects = selected_projects(request)
    data = promise_and_outcome(projects, load_status())
    known = {status: column for column, (statuses, _) in _COLUMNS.items() for status in statuses}
    # A report from before the list's year says nothing of what became of it.
    since = data["latest_date"].astype(str).str[:4] >= request.edition[:4]
    column = data["latest_status"].map(lambda status: known.get(str(status), "unknown"))
    data["column"] = column.where(since, "unknown")
    data["stale"] &= data["column"] != "unknown"
    spans = projects.set_index("project_id").loc[data["project_id"], ["start", "end"]]
    data = data.assign(quote=data["stage_verb"], start=spans["start"].to_numpy(), end=spans["end"].to_numpy())
    own = data["name" if request.lang == "zh" else "name_en"]
    short = [
        request.label(f"project.{one}", str(name)) for one, name in zip(data["project_id"], own, strict=True)
    ]
    draw = partial(_draw, data=data.assign(short=short))
    inputs = ("projects/projects.csv", "projects/status.csv")
    evidence = data.assign(quote=data["name"])
    return draw_page(
        request, _words(request, data), draw, data, cites=["status"], inputs=inputs, evidence=evidence
    )


def _draw(page: Page, data: pd.DataFrame) -> float:
    y = (_grid if page.width >= _GRID_FROM_MM else _list)(page, data)
    page.rule(y, GRID, 0.5)
    if not data["stale"].any():
        return y
    color = _COLUMNS["building"][1]
    key = [
        (Mark(color, rim=color), "promise_outcome.fresh"),
        (Mark(_STALE, rim=color), "promise_outcome.stale"),
    ]
    return page.key(y + 0.6, [(mark, page.request.label(words)) for mark, words in key], 5.0)


def _look(row: dict[Any, Any]) -> tuple[Mark, str, str]:
    """Give how a project's box looks (paler, with a rim, where its report is older than a year), its ink, and its date."""
    color = _COLUMNS[row["column"]][1]
    mark = Mark(_STALE if row["stale"] else color, rim=color)
    date = "" if row["column"] == "unknown" else str(row["latest_date"])[:7]
    return mark, "white" if mark.dark else INK, date


def _stages(page: Page, data: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """List what the list asks, in which words, and of which projects."""
    there = list(dict.fromkeys(map(str, data["stage"])))
    order = [*(one for one in _STAGES if one in there), *(one for one in there if one not in _STAGES)]
    found = []
    for stage in order:
        mine = data[data["stage"] == stage]
        verbs = "、".join(dict.fromkeys(map(str, mine["stage_verb"])))
        found.append((page.request.label(f"stage.{stage}", stage), verbs, mine))
    return found


def _grid(page: Page, data: pd.DataFrame) -> float:
    columns = [one for one in _COLUMNS if one in set(data["column"])]
    left = 21.0 if page.width < 140 else 25.0
    across = (page.width - left) / len(columns)
    heads = [page.request.label(f"outcome_column.{one}") for one in columns]
    deepest = max(wrap_text(head, (across - 2) * MM, SMALL_PT).count("\n") for head in heads)
    y = page.top
    for at, head in enumerate(heads):
        missing = deepest - wrap_text(head, (across - 2) * MM, SMALL_PT).count("\n")
        page.paragraph(left + at * across + 0.5, y + 2.8 * missing, head, across - 2, SMALL_PT, bold=True)
    y += (deepest + 1) * 2.8 + 0.6
    for asked, verbs, mine in _stages(page, data):
        page.rule(y, GRID, 0.5)
        low = page.paragraph(0, y + 0.8, asked, left - 2, SMALL_PT)
        deep = page.paragraph(0, low, verbs, left - 2, LEAST_PT, MUTED)
        for at, column in enumerate(columns):
            bottom = y + 0.8
            for row in mine[mine["column"] == column].to_dict("records"):
                bottom = _box(page, row, left + at * across, bottom, across - 1.0)
            deep = max(deep, bottom)
        y = deep + 0.7
    return y


def _box(page: Page, row: dict[Any, Any], x: float, y: float, width: float) -> float:
    """Draw a project: its name, and the date of the report."""
    mark, ink, date = _look(row)
    lines = wrap_text(str(row["short"]), (width - 1.6) * MM, LEAST_PT).split("\n")
    if line_width(lines[-1], LEAST_PT) + line_width(date, LEAST_PT) + 3 > (width - 1.8) * MM and date:
        lines.append("")
    high = 2.5 * len(lines) + 1.0
    page.cell(x, y, width, high, mark)
    for number, part in enumerate(lines):
        page.write(x + 0.8, y + 0.5 + (number + 0.5) * 2.5, part, LEAST_PT, ink)
    page.write(x + width - 0.8, y + high - 1.75, date, LEAST_PT, ink, ha="right")
    return y + high + 0.5


def _list(page: Page, data: pd.DataFrame) -> float:
    """Write one line a project: what a narrow page has room for."""
    step, y, order = 2.95, page.top, list(_COLUMNS)
    words = {one: page.request.label(f"outcome_short.{one}") for one in data["column"].unique()}
    chip = max(line_width(one, LEAST_PT) for one in words.values()) / MM + 2.0
    x = page.width - chip - line_width("2025-12", LEAST_PT) / MM - 1.5
    for asked, verbs, mine in _stages(page, data):
        page.rule(y + 0.3)
        page.write(0, y + 2.0, asked, SMALL_PT, bold=True)
        begin = line_width(asked, SMALL_PT) / MM + 3.0
        page.write(begin, y + 2.0, verbs, LEAST_PT, MUTED, fit=page.width - begin)
        y += 3.6
        for row in sorted(mine.to_dict("records"), key=lambda row: order.index(row["column"])):
            mark, ink, date = _look(row)
            page.write(1.5, y + step / 2, str(row["short"]), SMALL_PT, fit=x - 2.0)
            page.cell(x, y + 0.25, chip - 0.6, step - 0.5, mark)
            page.write(x + 0.8, y + step / 2, words[row["column"]], LEAST_PT, ink)
            page.write(page.width - 0.3, y + step / 2, date, LEAST_PT, MUTED, ha="right")
            y += step
        y += 0.5
    return y


def _words(request: Request, data: pd.DataFrame) -> Words:
    reached = data["outcome"].isin(("kept", "later", "reached"))
    values: dict[str, Any] = {"year": request.edition, "n": len(data), "as_of": latest_as_of(data)[:7]}
    for stage in ("completed", "started", "preparatory"):
        mine = data["stage"] == stage
        values |= {f"{stage}_n": int(mine.sum()), f"{stage}_of": int((mine & reached).sum())}
    going = data["stage"].isin(("continued", "under_construction"))
    counted = {
        "unknown": data["column"] == "unknown",
        "going": going,
        "opened": going & (data["column"] == "open"),
        "stale": data["stale"],
        "built": data["column"] == "building",
    }
    values |= {name: int(rows.sum()) for name, rows in counted.items()}
    plain = "" if values["completed_n"] and values["started_n"] else "short_"
    return request.words("promise_outcome", values, [request.say("promise_outcome.as_of", **values)], plain)
