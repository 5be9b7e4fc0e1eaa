"""Which tasks fall on which city, and which on one city alone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sxcanalysis.analysis.counting_rules import implementing, open_tasks
from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.figures.charts.common import (
    category_marks,
    category_name,
    short_city,
    task_name,
    task_number,
)
from sxcanalysis.figures.lettering import line_width, shorten, wrap_text
from sxcanalysis.figures.page import close_page, hatch_lines, open_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected_assignments, selected_tasks
from sxcanalysis.figures.sources import cite
from sxcanalysis.figures.style import FONT_SIZES, INK, MM, MUTED

if TYPE_CHECKING:
    import pandas as pd

    from sxcanalysis.figures.page import Page

_SHARED, _SOLE = "#a9bfd6", "#174679"
_ROW_MM = 4.6


def city_duties(request: Request) -> Drawing:
    """Draw the tasks as columns and the cities as rows: shared, one city's alone, or alone with others implied; name the last two."""
    tasks = selected_tasks(request)
    data = _cells(request, tasks)
    cities = list(dict.fromkeys(data["city"]))
    words = _words(request, tasks, data)
    page = open_page(request, words)
    entries = [
        (partial(_cell, page, sharing, 2.4, 2.4), request.label(f"duty.{sharing}"))
        for sharing in ("shared", "sole", "open")
        if sharing in set(data["sharing"])
    ]
    y = page.key(page.top, [(partial(_centred, draw), words) for draw, words in entries], sample=2.4)
    y = _grid(page, request, tasks, data, cities, y + 0.5)
    y = _named(page, request, data, cities, y + 1.0)
    source = cite(request)
    return Drawing(close_page(page, y, request, words, source), words, data, source)


def _cells(request: Request, tasks: pd.DataFrame) -> pd.DataFrame:
    """Give one row a city and task that it implements, full members first."""
    acting = selected_assignments(request)
    pairs = implementing(acting).rename(columns={"body": "city"})
    if pairs.empty:
        msg = f"No task of {request.edition} that was asked for names a city to implement it, so city-duties has nothing to show."
        raise MissingDataError(msg)
    vague = open_tasks(acting)
    alone = pairs.groupby("task_id")["city"].transform("size") == 1
    pairs["sharing"] = [
        "shared" if not one else "open" if task in vague else "sole"
        for one, task in zip(alone, pairs["task_id"], strict=True)
    ]
    known = {
        city.zh: (at, city.en, city.adcode, city.membership) for at, city in enumerate(request.circle.cities)
    }
    first = {name: len(known) + at for at, name in enumerate(dict.fromkeys(pairs["city"]))}
    told = [known.get(name, (first[name], "", "", "partial")) for name in pairs["city"]]
    pairs = pairs.assign(
        order=[one[0] for one in told],
        city_en=[one[1] for one in told],
        adcode=[one[2] for one in told],
        member=[one[3] for one in told],
    )
    told_as = acting[acting["role"] == "implementing"].drop_duplicates(["task_id", "body"])[
        ["task_id", "body", "body_as_written", "start", "end"]
    ]
    pairs = pairs.merge(
        told_as.rename(columns={"body": "city", "body_as_written": "quote"}), on=["task_id", "city"]
    )
    titles = {str(task["task_id"]): task_name(request, task) for task in tasks.to_dict("records")}
    pairs["title"] = pairs["task_id"].map(titles)
    seq = {task: at for at, task in enumerate(tasks["task_id"])}
    pairs = pairs.assign(seq=pairs["task_id"].map(seq)).sort_values(["order", "seq"])
    return pairs[
        ["city", "city_en", "adcode", "member", "task_id", "title", "sharing", "quote", "start", "end"]
    ].reset_index(drop=True)


def _centred(draw: partial[None], x: float, y: float) -> None:
    draw(x, y - 1.2)


def _cell(page: Page, sharing: str, width: float, height: float, x: float, y: float) -> None:
    if sharing == "open":
        page.box(x, y, width, height, "white", edgecolor=_SOLE, linewidth=0.5)
        page.lines(hatch_lines(x, y, width, height, "/", 0.9), _SOLE, 0.4, zorder=2.1)
    else:
        page.box(x, y, width, height, _SOLE if sharing == "sole" else _SHARED)


def _grid(
    page: Page, request: Request, tasks: pd.DataFrame, data: pd.DataFrame, cities: list[str], top: float
) -> float:
    size, small = FONT_SIZES["text"], FONT_SIZES["min"]
    names = [_name(data, city, request.lang) for city in cities]
    left = max(line_width(name, size) for name in names) / MM + 1.5
    right = line_width("00 + 0", small) / MM + 2.0
    groups = list(category_marks(tasks))
    gap = 1.2 if page.width > 100 else 0.8
    pitch = (page.width - left - right - gap * len(groups)) / len(tasks)
    pitch = min(pitch, 5.0)
    places, x = {}, left
    for group in groups:
        mine = tasks.loc[tasks["category"] == group, "task_id"]
        head = request.label(f"category_short.{group}", category_name(request, group))
        page.write(
            x, top + 1.4, shorten(head, (pitch * len(mine) + gap - 0.5) * MM, small), size=small, color=MUTED
        )
        for one in mine:
            places[one] = x
            x += pitch
        x += gap
    y, others = (
        top + 3.2,
        next((city for city in cities if (data.loc[data["city"] == city, "member"] == "partial").any()), ""),
    )
    for city, name in zip(cities, names, strict=True):
        own = data[data["city"] == city]
        if city == others:
            page.lines([(0, y + 0.3, x - gap + right, y + 0.3)], MUTED, 0.4)
            y += 0.8
        page.write(left - 1.2, y + _ROW_MM / 2, name, size=size, ha="right")
        page.boxes(
            [
                (at, y + _ROW_MM / 2 - 0.1, pitch * 0.86, 0.2)
                for task, at in places.items()
                if task not in set(own["task_id"])
            ],
            "#cfcfcf",
        )
        page.boxes(
            [
                (places[task], y + 0.5, pitch * 0.86, _ROW_MM - 1.0)
                for task in own.loc[own["sharing"] == "shared", "task_id"]
            ],
            _SHARED,
        )
        for task, sharing in own.loc[own["sharing"] != "shared", ["task_id", "sharing"]].to_numpy():
            _cell(page, sharing, pitch * 0.86, _ROW_MM - 1.0, places[task], y + 0.5)
        page.write(x - gap + 1.0, y + _ROW_MM / 2, str(len(own)), size=small, color=MUTED)
        y += _ROW_MM
    if pitch >= line_width("23a", small) / MM:
        for task, at in places.items():
            page.write(at + pitch * 0.43, y + 1.2, task_number(task), size=small, ha="center", color=MUTED)
        y += 2.6
    elif pitch >= small * 1.05 / MM:
        for task, at in places.items():
            page.write(
                at + pitch * 0.43,
                y + 0.5,
                task_number(task),
                size=small,
                ha="center",
                va="top",
                rotation=90,
                color=MUTED,
            )
        y += 4.4
    return y


def _named(page: Page, request: Request, data: pd.DataFrame, cities: list[str], top: float) -> float:
    """Name the tasks that one city implements alone."""
    alone = data[data["sharing"] != "shared"]
    size, small = FONT_SIZES["text"], FONT_SIZES["small"]
    there = [city for city in cities if (alone["city"] == city).any()]
    columns = min(len(there), 3 if page.width > 130 else 2 if page.width > 100 else 1)
    if not columns:
        return top
    page.write(0, top + 1.6, request.label("city_duties.alone"), size=size, bold=True)
    across = (page.width - 4.0 * (columns - 1)) / columns
    lows = [top + 3.6] * columns
    short = dict(zip(alone["task_id"], alone["title"], strict=True))
    for city in there:
        at = lows.index(min(lows))
        x, y = at * (across + 4.0), min(lows)
        mine = alone[alone["city"] == city]
        page.write(
            x, y + 1.6, f"{_name(data, city, request.lang)}  {len(mine)}", size=small, color=_SOLE, bold=True
        )
        y += 3.2
        for task, sharing in mine[["task_id", "sharing"]].to_numpy():
            vague = request.label("city_duties.vague") if sharing == "open" else ""
            page.write(x + 4.6, y + 1.35, task_number(task), size=FONT_SIZES["min"], ha="right", color=MUTED)
            for line in wrap_text(short[task] + vague, (across - 6) * MM, small).split("\n"):
                page.write(x + 5.6, y + 1.35, line, size=small, color=INK)
                y += 2.75
        lows[at] = y + 0.8
    return max(lows)


def _name(data: pd.DataFrame, city: str, lang: str) -> str:
    english = data.loc[data["city"] == city, "city_en"].iloc[0]
    return short_city(city) if lang == "zh" or not english else str(english)


def _words(request: Request, tasks: pd.DataFrame, data: pd.DataFrame) -> Words:
    full = data[data["member"] == "full"] if (data["member"] == "full").any() else data
    counts = full["city"].value_counts()
    whole = len(set(full["city"]))
    every = int((full.groupby("task_id")["city"].nunique() == whole).sum())
    sole = data[data["sharing"] == "sole"]["city"].value_counts()
    most = str(sole.index[0]) if len(sole) else str(counts.index[0])
    values = {
        "n": len(tasks), "year": request.edition, "every": every, "cities": whole, "sole": int(sole.sum()), "most": _name(data, most, request.lang),
        "own": int(sole.get(most, 0)), "open": int((data["sharing"] == "open").sum()),
        "counts": request.listed(f"{_name(data, str(city), request.lang)}{'' if request.lang == 'zh' else ' '}{n}" for city, n in counts.items()),
    }  # fmt: skip
    return request.words("city_duties", values)
