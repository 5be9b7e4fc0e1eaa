"""Who leads: one row a body, the tasks that it leads dark, those that it shares pale."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sxcanalysis.analysis.duties import provincial
from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.figures.charts.common import body_in_text, body_name, category_head, category_marks
from sxcanalysis.figures.lettering import line_width
from sxcanalysis.figures.page import draw_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected, selected_tasks
from sxcanalysis.figures.style import GRID, INK, LEAST_PT, MM, MUTED, SMALL_PT, TEXT_PT, Mark
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    import pandas as pd

    from sxcanalysis.figures.page import Page

_LOOKS = {"lead": Mark("#174679"), "share": Mark("#c3d3e4"), "nobody": Mark("white", rim=INK)}
_ROW_MM = 3.7
_WIDE_MM = 140.0  # from here on there is room for the categories


def who_leads(request: Request) -> Drawing:
    """Draw for each provincial body the tasks that it leads and those that it shares, and the tasks that nobody leads."""
    tasks = selected_tasks(request)
    rows = _rows(request, tasks)
    led = rows[rows["role"] == "lead"]
    idle = tasks[~tasks["task_id"].isin(led["task_id"])].assign(role="", body="")
    ranked = rows.assign(led=rows["role"] == "lead").groupby("body", sort=False)["led"].agg(["sum", "size"])
    order = ranked.sort_values(["sum", "size"], ascending=False, kind="stable").index.tolist()
    words = _words(request, rows, order, len(tasks), len(idle))
    draw = partial(_table, tasks=tasks, rows=rows, order=order, idle=idle)
    return draw_page(request, words, draw, rows, inputs=("reference/bodies.csv",))


def _rows(request: Request, tasks: pd.DataFrame) -> pd.DataFrame:
    """Give one row a body and task, with the strongest role and the words of the bracket."""
    chosen = provincial(selected(request, "assignments"))
    if chosen.empty:
        raise MissingDataError(say("error.figure_no_leads", spoken(), edition=request.edition))
    chosen = chosen.sort_values("role", key=lambda role: role != "lead", kind="stable")
    chosen = chosen.drop_duplicates(["task_id", "body"]).sort_index()
    english = [body_name(one, "en") for one in chosen["body"]]
    named = chosen.assign(body_en=english, quote=chosen["body_as_written"]).merge(
        tasks, on="task_id", suffixes=("", "_of_task")
    )
    return named[["body", "body_en", "role", "task_id", "category", "category_en", "quote", "start", "end"]]


def _table(
    page: Page, tasks: pd.DataFrame, rows: pd.DataFrame, order: list[str], idle: pd.DataFrame
) -> float:
    request, marks = page.request, category_marks(tasks)
    y = (
        page.key(page.top, [(mark, request.label(f"leads.{name}")) for name, mark in _LOOKS.items()], 2.2)
        + 0.5
    )
    wide = page.width >= _WIDE_MM
    size, columns = (TEXT_PT, list(marks)) if wide else (SMALL_PT, [])
    cell = min(13.0, page.width * 0.36 / max(len(columns), 1))
    edge = page.width - cell * len(columns)
    names = {one: body_name(one, request.lang) for one in order} | {"": request.label("leads.no_lead")}
    longest = max(line_width(one, size) for one in names.values()) / MM
    left = min(longest, page.width * (0.36 if wide else 0.42)) + 2.6
    side = min(2.7, (edge - left - 9.0) / max(int(rows["body"].value_counts().max()), len(idle)))
    for at, one in enumerate(columns):
        page.write(edge + at * cell, y + 1.4, category_head(request, one), LEAST_PT, MUTED, fit=cell - 0.6)
    y += 3.0 if columns else 0.0
    for name, shown in names.items():
        mine = rows[rows["body"] == name] if name else idle
        middle, led = y + _ROW_MM / 2, int((mine["role"] == "lead").sum())
        page.rule(y, MUTED if not name else GRID, 0.4 if not name else 0.3)
        page.write(left - 1.5, middle, shown, size, INK if name else MUTED, ha="right", fit=left - 1.5)
        for at in range(len(mine)):
            look = _LOOKS["lead" if at < led else "share" if name else "nobody"]
            page.cell(left + side * at, y + 0.55, side * 0.88, _ROW_MM - 1.1, look)
        told = f"{led} + {len(mine) - led}" if 0 < led < len(mine) else str(len(mine))
        page.write(left + side * len(mine) + 1.0, middle, told, SMALL_PT, MUTED)
        for at, category in enumerate(columns):
            _cluster(
                page, marks[category], mine[mine["category"] == category], edge + at * cell, middle, cell
            )
        y += _ROW_MM
    return y


def _cluster(page: Page, mark: Mark, tasks: pd.DataFrame, x: float, y: float, cell: float) -> None:
    """Draw the tasks of a category as dots: full where the body leads, rings where it shares."""
    led = int((tasks["role"] == "lead").sum())
    step = min(1.9, (cell - 1.6) / max(len(tasks), 1))
    for at in range(len(tasks)):
        page.dot(
            x + 0.9 + at * step,
            y,
            Mark(mark.edge),
            min(3.1, 1.75 * step),
            filled=at < led,
            markeredgewidth=0.8,
        )


def _words(request: Request, rows: pd.DataFrame, order: list[str], n: int, idle: int) -> Words:
    total = rows["body"].value_counts()
    lead = rows.loc[rows["role"] == "lead", "body"].value_counts()
    top, chief = max(order, key=lambda one: int(total[one])), order[0]
    named = body_in_text(top, request.lang)
    values = {
        "year": request.edition, "n": n, "idle": idle, "bodies": len(order), "top": named[:1].upper() + named[1:], "part": int(total[top]),
        "led": int(lead.get(top, 0)), "chief": body_in_text(chief, request.lang), "most": int(lead.get(chief, 0)),
        "single": int((total == 1).sum()), "never": len(order) - len(lead),
    }  # fmt: skip
    return request.words("who_leads", values)
