"""Which city bears most: an index (mean of the full members = 100) by counting rule and denominator, with what is uncertain."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sxcanalysis.analysis.city_burden import RULES, burden_sensitivity
from sxcanalysis.analysis.counting_rules import PROJECT_RULES, attribute
from sxcanalysis.core.errors import MissingDataError, SxcError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.figures.charts.common import city_name
from sxcanalysis.figures.lettering import line_width
from sxcanalysis.figures.page import draw_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected, selected_projects
from sxcanalysis.figures.style import GRID, INK, LEAST_PT, MM, MUTED, SMALL_PT, Mark, marks_for
from sxcanalysis.reference.words import say, spoken
from sxcanalysis.tables.loading import load_assignments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sxcanalysis.figures.page import Page

_PALE = "#b4b4b4"
_HIGHEST = 320.0  # of the scale; what lies beyond is drawn at its edge
_TEXT_RULES = {"whole": "", "even_split": "", "sole": "", "named": "mentions", "targets": "targets"}


def burden_index(request: Request) -> Drawing:
    """Draw what falls on each full member under each rule and denominator, as an index, with intervals from the simulation."""
    table = request.using if request.using is not None else _table(request)
    data = _indexed(table)
    cites = ["statistics", *(["locations"] if set(data["rule"]) & set(PROJECT_RULES) else [])]
    inputs = ("context/cities.csv", "projects/projects.csv", "projects/waypoints.csv")
    return draw_page(
        request, _words(request, data, table), partial(_draw, data=data), data, cites=cites, inputs=inputs, evidence=_evidence(request, data)
    )  # fmt: skip


def _table(request: Request) -> pd.DataFrame:
    """Count under every rule for which the selection has a table; what was counted for one width serves the others."""
    if not request.where:
        parts = (f"tables/{request.edition}/*.csv", "projects/*.csv", "context/*.csv")
        files = sorted(file for part in parts for file in data_dir().glob(part))
        return _counted(request.edition, tuple((file, file.stat().st_mtime_ns) for file in files))
    given: dict[str, Any] = {name: selected(request, name) for name in ("mentions", "targets")}
    rules = list(RULES)
    try:
        given["projects"] = selected_projects(request).drop(columns="number")
    except SxcError:  # tasks without projects: what counts projects has nothing to count
        rules = [rule for rule in rules if rule not in PROJECT_RULES]
    return burden_sensitivity(selected(request, "assignments"), rules=rules, **given)


@lru_cache(maxsize=4)
def _counted(edition: str, _stamps: tuple[tuple[Path, int], ...]) -> pd.DataFrame:
    return burden_sensitivity(load_assignments(edition))


def _indexed(table: pd.DataFrame) -> pd.DataFrame:
    """Keep what may be compared, set the mean of the full members to 100, and tell whose interval meets that of another city."""
    data = table[table["defensible"] & (table["member"] == "full") & table["value"].notna()].reset_index(
        drop=True
    )
    if data.empty:
        raise MissingDataError(say("error.figure_no_burden", spoken()))
    combination = data.groupby(["rule", "per"], sort=False)
    share = 100 / combination["value"].transform("mean")
    named = {"index": "value", "index_low": "interval_low", "index_high": "interval_high"}
    data = data.assign(**{column: data[source] * share for column, source in named.items()}, overlaps=False)
    for rows in combination.groups.values():
        low, high = data.loc[rows, ["interval_low", "interval_high"]].to_numpy().T
        meets = (low[:, None] <= high) & (low <= high[:, None])
        data.loc[rows, "overlaps"] = meets.sum(axis=1) > 1
    return data


def _evidence(request: Request, data: pd.DataFrame) -> pd.DataFrame:
    """Give the tasks, places or targets that a city's value is the sum of."""
    assignments = selected(request, "assignments")
    parts = []
    for rule in [one for one in data["rule"].unique() if one in _TEXT_RULES]:
        needed = _TEXT_RULES[rule]
        given: dict[str, Any] = {needed: selected(request, needed)} if needed else {}
        parts.append(attribute(rule, assignments, **given).assign(rule=rule))
    if not parts:
        return data
    names = data[["city", "city_en", "adcode"]].drop_duplicates("city")
    rows = pd.concat(parts).query("weight > 0")[["rule", "city", "task_id", "weight"]].merge(names, on="city")
    acting = assignments[assignments["role"] == "implementing"].drop_duplicates(["task_id", "body"])
    words = acting.rename(columns={"body": "city", "body_as_written": "quote"})
    return rows.merge(words[["task_id", "city", "quote", "start", "end"]], on=["task_id", "city"], how="left")


def _draw(page: Page, data: pd.DataFrame) -> float:
    request = page.request
    own = {city.zh: Mark(city.color, city.hatch, city.marker) for city in request.circle.cities}
    marks = marks_for(data["city"], own)

    def dot(x: float, y: float, mark: Mark) -> None:
        page.dot(x + 1.5, y, mark)

    def whisker(x: float, y: float) -> None:
        page.lines([x, y, x + 4, y], INK, 0.7)

    key: list[tuple[Callable[[float, float], None], str]] = [
        (partial(dot, mark=marks[row["city"]]), city_name(row, request.lang))
        for row in data.drop_duplicates("city").to_dict("records")
    ]
    key += [
        (partial(dot, mark=Mark(MUTED, filled=False)), request.label("burden_index.hollow")),
        (whisker, request.label("burden_index.interval")),
        (partial(dot, mark=Mark(_PALE)), request.label("burden_index.pale")),
    ]
    return _rows(page, data, marks, page.key(page.top, key, 3.4) + 0.5)


def _rows(page: Page, data: pd.DataFrame, marks: dict[str, Mark], y: float) -> float:
    request, groups = page.request, data.groupby(["per", "rule"], sort=False)
    names = {rule: request.label(f"rule.{rule}", rule) for rule in data["rule"].unique()}
    left = min(max(line_width(name, SMALL_PT) for name in names.values()) / MM + 2.0, page.width * 0.34)
    right = page.width - (27.0 if page.width > 110 else 19.0)
    step = float(np.clip(150.0 / groups.ngroups, 2.55, 3.6))
    high = min(max(110.0, float(np.nanmax(data[["index", "index_high"]])) * 1.03), _HIGHEST)

    def at(value: float) -> float:
        return left + min(max(value, 0.0), high) / high * (right - left)

    ticks = np.arange(0, high, 50 if high < 260 else 100)
    for value in ticks:
        page.write(at(value), y + 1.2, f"{value:.0f}", LEAST_PT, MUTED, ha="center")
    head, room = request.label("burden_index.first"), page.width - right - 1.5
    page.write(right + 1.5, y + 1.2, head, LEAST_PT, MUTED, fit=room)
    y += 2.8
    for per, part in data.groupby("per", sort=False):
        page.write(0, y + 1.7, request.label(f"per.{per}", str(per)), SMALL_PT, bold=True)
        y, start = y + 3.2, y + 3.0
        for rule, rows in part.groupby("rule", sort=False):
            page.write(left - 1.5, y + step / 2, names[rule], SMALL_PT, ha="right", fit=left - 1.5)
            _dots(page, rows, marks, at, y + step / 2, step)
            color = MUTED if rows["ranks_sizes"].any() else INK
            page.write(right + 1.5, y + step / 2, _told(request, rows), LEAST_PT, color, fit=room)
            y += step
        page.lines([(at(value), start, at(value), y) for value in ticks], GRID, 0.3, zorder=1)
        page.lines([at(100), start, at(100), y], MUTED, 0.5, zorder=1)
        y += 0.6
    return y


def _dots(
    page: Page,
    rows: pd.DataFrame,
    marks: dict[str, Mark],
    at: Callable[[float], float],
    y: float,
    step: float,
) -> None:
    order = rows.sort_values("index").to_dict("records")
    # Cities lie a little above each other, so that intervals do not hide each other.
    shift = np.linspace(-0.18, 0.18, len(order)) * step if len(order) > 1 else [0.0]
    for row, off in zip(order, shift, strict=True):
        mark = replace(marks[row["city"]], filled=not row["overlaps"])
        mark = replace(mark, color=_PALE) if row["ranks_sizes"] else mark
        if row["index_high"] > row["index_low"]:
            page.lines([at(row["index_low"]), y + off, at(row["index_high"]), y + off], mark.color, 0.7)
        page.dot(at(row["index"]), y + off, mark, 3.9)


def _told(request: Request, rows: pd.DataFrame) -> str:
    """Say what a row amounts to: that it ranks sizes, or which city is first and in what share of the draws."""
    memory = " †" if _from_memory(rows).any() else ""
    if rows["ranks_sizes"].any():
        key = "burden_index.sizes" if request.width > 110 else "burden_index.sizes_short"
        return request.say(key, share=float(rows["size_share"].iloc[0])) + memory
    if (rows["rank"] == 1).sum() > 1:
        return request.label("burden_index.tied") + memory
    first = rows.sort_values("p_first", ascending=False, na_position="last").iloc[0].to_dict()
    told = "" if np.isnan(first["p_first"]) else f"{city_name(first, request.lang)} {first['p_first']:.0%}"
    return (told + memory).strip()


def _from_memory(rows: pd.DataFrame) -> pd.Series[bool]:
    return rows["note"].fillna("").str.contains("memory")


def _words(request: Request, data: pd.DataFrame, table: pd.DataFrame) -> Words:
    combos = data.drop_duplicates(["rule", "per"])
    found = data[data["finding"]].sort_values("index", ascending=False)
    fair = data if data["ranks_sizes"].all() else data[~data["ranks_sizes"]]
    likely = fair.sort_values(["chance", "p_first"], ascending=[True, False], na_position="last")
    best = (found if len(found) else likely).iloc[0].to_dict()
    ranked = int(combos["ranks_sizes"].sum())
    values = {
        "year": request.edition, "n": len(combos), "ranked": ranked, "rest": len(combos) - ranked, "cities": data["city"].nunique(),
        "findings": len(found), "left_out": int((~table.drop_duplicates(["rule", "per"])["defensible"].astype(bool)).sum()),
        "city": city_name(best, request.lang), "index": float(best["index"]), "p": float(np.nan_to_num(best["p_first"])),
        "rule": request.label(f"rule.{best['rule']}", str(best["rule"])).lower(),
        "per": request.label(f"per.{best['per']}", str(best["per"])).lower(),
    }  # fmt: skip
    return request.words("burden_index", values, _notes(request, data), "" if len(found) else "none_")


def _notes(request: Request, data: pd.DataFrame) -> list[str]:
    told, weak = [], data[_from_memory(data)]
    if len(weak):
        pers = request.listed(request.label(f"per.{per}", str(per)) for per in weak["per"].unique())
        cities = weak.drop_duplicates("city").to_dict("records")
        named = request.listed(city_name(row, request.lang) for row in cities)
        told.append(request.say("burden_index.memory", pers=pers, cities=named))
    if (data["index_high"] > _HIGHEST).any():
        told.append(request.label("burden_index.cut"))
    return told
