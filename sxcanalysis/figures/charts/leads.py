"""Who leads: one row a body, the tasks that it leads dark, those that it shares pale."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sxcanalysis.analysis.duties import provincial
from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.figures.charts.common import body_in_text, body_name, category_marks, category_name
from sxcanalysis.figures.lettering import line_width, shorten
from sxcanalysis.figures.page import close_page, open_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected_assignments, selected_tasks
from sxcanalysis.figures.sources import cite
from sxcanalysis.figures.style import FONT_SIZES, GRID, INK, MM, MUTED

if TYPE_CHECKING:
    import pandas as pd

    from sxcanalysis.figures.page import Page

_LEADS, _SHARES = "#174679", "#c3d3e4"
_ROW_MM = 3.7
_WIDE_MM = 115.0  # from here on there is room for the categories


def who_leads(request: Request) -> Drawing:
    """Draw for each provincial body the tasks that it leads and those that it shares, and the tasks that nobody leads."""
    tasks = selected_tasks(request)
    rows = _rows(request, tasks)
    total, lead = rows["body"].value_counts(), rows.loc[rows["role"] == "lead", "body"].value_counts()
    first = {name: at for at, name in enumerate(dict.fromkeys(rows["body"]))}
    order = sorted(first, key=lambda one: (-int(lead.get(one, 0)), -int(total[one]), first[one]))
    idle = tasks[~tasks["task_id"].isin(rows.loc[rows["role"] == "lead", "task_id"])]
    words = _words(request, rows, order, len(tasks), len(idle))
    page = open_page(request, words)
    samples: tuple[tuple[str, str, dict[str, object]], ...] = (
        (_LEADS, "leads.lead", {}),
        (_SHARES, "leads.share", {}),
        ("white", "leads.nobody", {"edgecolor": INK, "linewidth": 0.5}),
    )
    y = page.key(
        page.top,
        [(partial(_sample, page, color, more), request.label(key)) for color, key, more in samples],
        sample=2.2,
    )
    y = _table(page, request, tasks, rows, order, idle, y)
    source = cite(request)
    return Drawing(
        close_page(page, y, request, words, source), words, rows, source, ("reference/bodies.csv",)
    )


def _rows(request: Request, tasks: pd.DataFrame) -> pd.DataFrame:
    """Give one row a body and task, with the strongest role and the words of the bracket."""
    chosen = provincial(selected_assignments(request))
    if chosen.empty:
        msg = f"No task of {request.edition} that was asked for names a body besides its cities, so there is nobody to draw in who-leads."
        raise MissingDataError(msg)
    chosen = chosen.assign(weight=(chosen["role"] != "lead").astype(int)).sort_values("weight", kind="stable")
    chosen = chosen.drop_duplicates(["task_id", "body"]).sort_index()
    chosen = chosen.assign(
        body_en=[body_name(one, "en") for one in chosen["body"]], quote=chosen["body_as_written"]
    )
    named = chosen.merge(tasks[["task_id", "category", "category_en"]], on="task_id")
    return named[
        ["body", "body_en", "role", "task_id", "category", "category_en", "quote", "start", "end"]
    ].reset_index(drop=True)


def _sample(page: Page, color: str, more: dict[str, object], x: float, y: float) -> None:
    page.box(x, y - 1.0, 2.0, 2.0, color, **more)


def _table(  # noqa: PLR0917
    page: Page,
    request: Request,
    tasks: pd.DataFrame,
    rows: pd.DataFrame,
    order: list[str],
    idle: pd.DataFrame,
    top: float,
) -> float:
    size = FONT_SIZES["text"] if page.width >= _WIDE_MM else FONT_SIZES["small"]
    marks = category_marks(tasks)
    wide = page.width >= _WIDE_MM
    columns = list(marks) if wide else []
    cell = min(13.0, (page.width * 0.36) / len(columns)) if columns else 0.0
    nobody = request.label("leads.no_lead")
    longest = max(line_width(body_name(one, request.lang), size) for one in order) / MM
    left = min(max(longest, line_width(nobody, size) / MM), page.width * (0.36 if wide else 0.42)) + 2.6
    most = max(int(rows["body"].value_counts().max()), len(idle))
    room = page.width - left - cell * len(columns) - 9.0
    side = min(2.7, room / most)
    y = top + 0.5
    if columns:
        y = _heads(page, request, columns, page.width - cell * len(columns), cell, y)
    for name in [*order, ""]:
        mine = rows[rows["body"] == name] if name else idle.assign(role="")
        middle = y + _ROW_MM / 2
        if not name:
            page.lines([(0, y, page.width, y)], MUTED, 0.4)
        words = body_name(name, request.lang) if name else nobody
        page.write(
            left - 1.5,
            middle,
            shorten(words, (left - 1.5) * MM, size),
            size=size,
            ha="right",
            color=INK if name else MUTED,
        )
        led = int((mine["role"] == "lead").sum())
        for color, first, count in ((_LEADS, 0, led), (_SHARES if name else "white", led, len(mine) - led)):
            rim = {} if name else {"edgecolor": INK, "linewidth": 0.4}
            page.boxes(
                [
                    (left + side * k, y + 0.55, side * 0.88, _ROW_MM - 1.1)
                    for k in range(first, first + count)
                ],
                color,
                **rim,
            )
        told = f"{led} + {len(mine) - led}" if led and led < len(mine) else str(len(mine))
        page.write(left + side * len(mine) + 1.0, middle, told, size=FONT_SIZES["small"], color=MUTED)
        for at, category in enumerate(columns):
            here = mine[mine["category"] == category]
            _cluster(page, marks[category].color, here, page.width - cell * (len(columns) - at), middle, cell)
        y += _ROW_MM
        if name and name != order[-1]:
            page.lines([(0, y, page.width, y)], GRID, 0.3, zorder=1)
    return y


def _heads(page: Page, request: Request, columns: list[str], x: float, cell: float, y: float) -> float:
    size = FONT_SIZES["min"]
    for at, one in enumerate(columns):
        words = request.label(f"category_short.{one}", category_name(request, one))
        page.write(x + at * cell, y + 1.4, shorten(words, (cell - 0.6) * MM, size), size=size, color=MUTED)
    return y + 3.0


def _cluster(page: Page, color: str, tasks: pd.DataFrame, x: float, y: float, cell: float) -> None:
    """Draw the tasks of a category as dots: full where the body leads, rings where it shares."""
    led = int((tasks["role"] == "lead").sum())
    step = min(1.9, (cell - 1.2) / max(len(tasks), 1))
    for at in range(len(tasks)):
        full = at < led
        page.ax.plot(
            [x + 0.9 + at * step], [y], marker="o", markersize=3.1, linestyle="none", markerfacecolor=color if full else "white",
            markeredgecolor=color, markeredgewidth=0.8, zorder=4, scalex=False, scaley=False,
        )  # fmt: skip


def _words(request: Request, rows: pd.DataFrame, order: list[str], n: int, idle: int) -> Words:
    total = rows["body"].value_counts()
    lead = rows.loc[rows["role"] == "lead", "body"].value_counts()
    top = max(order, key=lambda one: int(total[one]))
    chief = order[0]
    values = {
        "year": request.edition, "n": n, "idle": idle, "bodies": len(order), "top": _sentence(body_in_text(top, request.lang)), "part": int(total[top]),
        "led": int(lead.get(top, 0)), "chief": body_in_text(chief, request.lang), "most": int(lead.get(chief, 0)),
        "single": int((total == 1).sum()), "never": len(order) - len(lead),
    }  # fmt: skip
    return request.words("who_leads", values)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
