"""Which tasks fall on which city, and which on one city alone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from sxcanalysis.analysis.counting_rules import implementing, open_tasks
from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.figures.charts.common import category_head, category_marks, city_name, task_name, task_number
from sxcanalysis.figures.lettering import line_width
from sxcanalysis.figures.page import draw_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected, selected_tasks
from sxcanalysis.figures.style import LEAST_PT, MM, MUTED, SMALL_PT, Mark
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from sxcanalysis.figures.page import Page

_LOOKS = {"shared": Mark("#a9bfd6"), "sole": Mark("#174679"), "open": Mark("white", "/", rim="#174679")}
_ROW_MM = 4.6


def city_duties(request: Request) -> Drawing:
    """Draw the tasks as columns and the cities as rows: shared, one city's alone, or alone with others implied; name the last two."""
    tasks = selected_tasks(request)
    data = _cells(request, tasks)
    draw = partial(_draw, tasks=tasks, data=data)
    return draw_page(request, _words(request, tasks, data), draw, data)


def _cells(request: Request, tasks: pd.DataFrame) -> pd.DataFrame:
    """Give one row a city and task that it implements, full members first."""
    acting = selected(request, "assignments")
    pairs = implementing(acting)
    if pairs.empty:
        raise MissingDataError(say("error.figure_no_duties", spoken(), edition=request.edition))
    lone = ~pairs["task_id"].duplicated(keep=False)
    vague = pairs["task_id"].isin(open_tasks(acting))
    pairs["sharing"] = lone.map({True: "sole", False: "shared"}).mask(lone & vague, "open")
    told = acting[acting["role"] == "implementing"].drop_duplicates(["task_id", "body"])
    pairs = pairs.merge(told[["task_id", "body", "body_as_written", "start", "end"]], on=["task_id", "body"])
    pairs = pairs.rename(columns={"body": "city", "body_as_written": "quote"})
    known = pd.DataFrame(
        [(city.zh, city.en, city.adcode, city.membership) for city in request.circle.cities],
        columns=["city", "city_en", "adcode", "member"],
    )
    others = pd.DataFrame(
        {"city": pairs.loc[~pairs["city"].isin(known["city"]), "city"].unique(), "member": "partial"}
    )
    cities = pd.concat([known, others]).fillna("").reset_index(drop=True).reset_index(names="order")
    titles = tasks.assign(title=[task_name(request, task) for task in tasks.to_dict("records")])
    data = pairs.merge(cities, on="city").merge(
        titles[["task_id", "title"]].reset_index(names="seq"), on="task_id"
    )
    columns = ["city", "city_en", "adcode", "member", "task_id", "title", "sharing", "quote", "start", "end"]
    return data.sort_values(["order", "seq"])[columns].reset_index(drop=True)


def _draw(page: Page, tasks: pd.DataFrame, data: pd.DataFrame) -> float:
    request, there = page.request, set(data["sharing"])
    key = [(look, request.label(f"duty.{sharing}")) for sharing, look in _LOOKS.items() if sharing in there]
    y = page.key(page.top, key, 2.4) + 0.5
    names = {
        str(row["city"]): city_name(row, request.lang)
        for row in data.drop_duplicates("city").to_dict("records")
    }
    y = _grid(page, tasks, data, names, y)
    return _named(page, data[data["sharing"] != "shared"], names, y + 1.0)


def _grid(page: Page, tasks: pd.DataFrame, data: pd.DataFrame, names: dict[str, str], top: float) -> float:
    left = max(line_width(name, 7.0) for name in names.values()) / MM + 1.5
    right = line_width("00 + 0", LEAST_PT) / MM + 2.0
    groups, gap = list(category_marks(tasks)), 1.2 if page.width > 100 else 0.8
    pitch = min(5.0, (page.width - left - right - gap * len(groups)) / len(tasks))
    wide, x = pitch * 0.86, left
    places: dict[str, float] = {}
    for group in groups:
        mine = tasks.loc[tasks["category"] == group, "task_id"]
        head = category_head(page.request, group)
        page.write(x, top + 1.4, head, LEAST_PT, MUTED, fit=pitch * len(mine) + gap - 0.5)
        places |= {task: x + at * pitch for at, task in enumerate(mine)}
        x += pitch * len(mine) + gap
    partial_members = data.loc[data["member"] == "partial", "city"].tolist()
    y = top + 3.2
    for city, name in names.items():
        if partial_members[:1] == [city]:
            page.rule(y + 0.3, end=x - gap + right)
            y += 0.8
        own = data[data["city"] == city].set_index("task_id")["sharing"]
        page.write(left - 1.2, y + _ROW_MM / 2, name, ha="right")
        page.boxes(
            [(at, y + _ROW_MM / 2 - 0.1, wide, 0.2) for task, at in places.items() if task not in own],
            "#cfcfcf",
        )
        for task, sharing in own.items():
            page.cell(places[str(task)], y + 0.5, wide, _ROW_MM - 1.0, _LOOKS[sharing])
        page.write(x - gap + 1.0, y + _ROW_MM / 2, str(len(own)), LEAST_PT, MUTED)
        y += _ROW_MM
    upright = pitch >= line_width("23a", LEAST_PT) / MM
    if not upright and pitch < LEAST_PT * 1.05 / MM:
        return y
    turned = {"ha": "center"} if upright else {"ha": "right", "rotation": 90}
    for task, at in places.items():
        page.write(
            at + pitch * 0.43, y + (1.2 if upright else 0.5), task_number(task), LEAST_PT, MUTED, **turned
        )
    return y + (2.6 if upright else 4.4)


def _named(page: Page, alone: pd.DataFrame, names: dict[str, str], top: float) -> float:
    """Name the tasks that one city implements alone."""
    if alone.empty:
        return top
    page.write(0, top + 1.6, page.request.label("city_duties.alone"), bold=True)
    columns = min(alone["city"].nunique(), 3 if page.width > 130 else 2 if page.width > 100 else 1)
    across = (page.width - 4.0 * (columns - 1)) / columns
    lows = [top + 3.6] * columns
    for city, mine in alone.groupby("city", sort=False):
        at = lows.index(min(lows))
        x, y = at * (across + 4.0), lows[at]
        page.write(x, y + 1.6, f"{names[str(city)]}  {len(mine)}", SMALL_PT, _LOOKS["sole"].color, bold=True)
        y += 3.2
        for row in mine.to_dict("records"):
            vague = page.request.label("city_duties.vague") if row["sharing"] == "open" else ""
            page.write(x + 4.6, y + 1.4, task_number(row["task_id"]), LEAST_PT, MUTED, ha="right")
            y = page.paragraph(x + 5.6, y, row["title"] + vague, across - 6, SMALL_PT)
        lows[at] = y + 0.8
    return max(lows)


def _words(request: Request, tasks: pd.DataFrame, data: pd.DataFrame) -> Words:
    full = data[data["member"] == "full"] if (data["member"] == "full").any() else data
    names = {
        str(row["city"]): city_name(row, request.lang)
        for row in data.drop_duplicates("city").to_dict("records")
    }
    counts, whole = full["city"].value_counts(), full["city"].nunique()
    sole = data.loc[data["sharing"] == "sole", "city"].value_counts()
    most = str(sole.index[0] if len(sole) else counts.index[0])
    gap = "" if request.lang == "zh" else " "
    values = {
        "n": len(tasks), "year": request.edition, "every": int((full.groupby("task_id")["city"].nunique() == whole).sum()), "cities": whole,
        "sole": int(sole.sum()), "most": names[most], "own": int(sole.get(most, 0)), "open": int((data["sharing"] == "open").sum()),
        "counts": request.listed(f"{names[str(city)]}{gap}{n}" for city, n in counts.items()),
    }  # fmt: skip
    return request.words("city_duties", values)
