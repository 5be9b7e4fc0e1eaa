"""Which city bears most: an index (mean of the full members = 100) by counting rule and denominator, with what is uncertain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sxcanalysis.analysis.city_burden import RULES, burden_sensitivity
from sxcanalysis.analysis.counting_rules import PROJECT_RULES, attribute
from sxcanalysis.core.errors import MissingDataError, SxcError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.figures.charts.common import short_city
from sxcanalysis.figures.lettering import line_width, shorten
from sxcanalysis.figures.page import close_page, open_page
from sxcanalysis.figures.request import (
    Drawing,
    Request,
    Words,
    selected_assignments,
    selected_mentions,
    selected_projects,
    selected_targets,
)
from sxcanalysis.figures.sources import cite
from sxcanalysis.figures.style import FONT_SIZES, GRID, INK, MM, MUTED, Mark, marks_for
from sxcanalysis.tables.loading import load_assignments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sxcanalysis.figures.page import Page

_PALE = "#b4b4b4"
_TEXT_RULES = {"named": "mentions", "targets": "targets"}


@dataclass(frozen=True)
class _Scale:
    """From the index to millimetres of the page."""

    left: float
    right: float
    low: float
    high: float

    def at(self, value: float) -> float:
        """Give the place of a value, at the edge where it lies beyond."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.left + share * (self.right - self.left)


def burden_index(request: Request) -> Drawing:
    """Draw what falls on each full member under each rule and denominator, as an index, with intervals from the simulation."""
    table = request.using if request.using is not None else _table(request)
    data = _indexed(table)
    evidence = _evidence(request, data)
    words = _words(request, data, table)
    page = open_page(request, words)
    cities = data.drop_duplicates("city")
    marks = _marks(request, cities)
    y = _key(page, request, cities, marks, page.top)
    y = _rows(page, request, data, marks, y + 0.5)
    source = cite(request, "statistics", *(["locations"] if set(data["rule"]) & set(PROJECT_RULES) else []))
    inputs = ("context/cities.csv", "projects/projects.csv", "projects/waypoints.csv")
    return Drawing(
        close_page(page, y, request, words, source), words, data, source, inputs, evidence=evidence
    )


def _table(request: Request) -> pd.DataFrame:
    """Count under every rule for which the selection has a table; what was counted for one width serves the others."""
    if not request.where:
        root = data_dir()
        files = [
            *root.glob(f"tables/{request.edition}/*.csv"),
            *root.glob("projects/*.csv"),
            *root.glob("context/*.csv"),
        ]
        return _counted(request.edition, tuple((file, file.stat().st_mtime_ns) for file in sorted(files)))
    given: dict[str, Any] = {"mentions": selected_mentions(request), "targets": selected_targets(request)}
    rules = list(RULES)
    try:
        given["projects"] = selected_projects(request).drop(columns="number")
    except SxcError:  # tasks without projects: what counts projects has nothing to count
        rules = [rule for rule in rules if rule not in PROJECT_RULES]
    return burden_sensitivity(selected_assignments(request), rules=rules, **given)


@lru_cache(maxsize=4)
def _counted(edition: str, _stamps: tuple[tuple[Path, int], ...]) -> pd.DataFrame:
    return burden_sensitivity(load_assignments(edition))


def _indexed(table: pd.DataFrame) -> pd.DataFrame:
    """Keep what may be compared, and set the mean of the full members to 100."""
    data = table[table["defensible"] & (table["member"] == "full") & table["value"].notna()].copy()
    if data.empty:
        msg = "burden-index: no combination of counting rule and denominator can be compared between full members; the column reason says why."
        raise MissingDataError(msg)
    mean = data.groupby(["rule", "per"])["value"].transform("mean")
    for column, source in (
        ("index", "value"),
        ("index_low", "interval_low"),
        ("index_high", "interval_high"),
    ):
        data[column] = 100 * data[source] / mean
    data["overlaps"] = False
    for _, part in data.groupby(["rule", "per"], sort=False):
        for row in part.index:
            others = part.drop(row)
            low, high = part.loc[row, ["interval_low", "interval_high"]]
            near = (others["interval_low"] <= high) & (others["interval_high"] >= low)
            data.loc[row, "overlaps"] = bool(near.any())
    return data.reset_index(drop=True)


def _evidence(request: Request, data: pd.DataFrame) -> pd.DataFrame:
    """Give the tasks, projects or targets that a city's value is the sum of."""
    parts = []
    assignments = selected_assignments(request)
    words = (
        assignments[assignments["role"] == "implementing"]
        .drop_duplicates(["task_id", "body"])
        .set_index(["task_id", "body"])
    )
    tables = {"mentions": selected_mentions, "targets": selected_targets}
    for rule in [
        one for one in dict.fromkeys(data["rule"]) if one in {"whole", "even_split", "sole", *_TEXT_RULES}
    ]:
        needs: dict[str, Any] = (
            {_TEXT_RULES[rule]: tables[_TEXT_RULES[rule]](request)} if rule in _TEXT_RULES else {}
        )
        found = attribute(rule, assignments, **needs)
        parts.append(found.assign(rule=rule)[["rule", "city", "task_id", "weight"]])
    if not parts:
        return data
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[rows["weight"] > 0]
    names = data.drop_duplicates("city").set_index("city")
    rows = rows[rows["city"].isin(names.index)]
    spans = words.reindex(pd.MultiIndex.from_frame(rows[["task_id", "city"]]))
    return rows.assign(
        city_en=rows["city"].map(names["city_en"]), adcode=rows["city"].map(names["adcode"]), quote=spans["body_as_written"].to_numpy(),
        start=spans["start"].to_numpy(), end=spans["end"].to_numpy(),
    ).reset_index(drop=True)  # fmt: skip


def _marks(request: Request, cities: pd.DataFrame) -> dict[str, Mark]:
    own = {city.zh: Mark(city.color, city.hatch, city.marker) for city in request.circle.cities}
    return marks_for(cities["city"], own)


def _key(page: Page, request: Request, cities: pd.DataFrame, marks: dict[str, Mark], top: float) -> float:
    def dot(mark: Mark, x: float, y: float, *, filled: bool = True) -> None:
        page.dot(x + 1.5, y, mark, filled=filled)

    def whisker(x: float, y: float) -> None:
        page.lines([(x, y, x + 4, y)], INK, 0.7)

    entries: list[tuple[Callable[[float, float], None], str]] = [
        (partial(dot, marks[row["city"]]), _name(row, request.lang)) for row in cities.to_dict("records")
    ]
    entries += [
        (partial(dot, Mark(MUTED), filled=False), request.label("burden_index.hollow")),
        (whisker, request.label("burden_index.interval")),
    ]
    entries.append((partial(dot, Mark(_PALE)), request.label("burden_index.pale")))
    return page.key(top, entries, sample=3.4)


def _rows(page: Page, request: Request, data: pd.DataFrame, marks: dict[str, Mark], top: float) -> float:
    size, small = FONT_SIZES["small"], FONT_SIZES["min"]
    rules, pers = list(dict.fromkeys(data["rule"])), list(dict.fromkeys(data["per"]))
    names = {rule: request.label(f"rule.{rule}", rule) for rule in rules}
    left = min(max(line_width(name, size) for name in names.values()) / MM + 2.0, page.width * 0.34)
    right = page.width - (27.0 if page.width > 110 else 19.0)
    lines = data.groupby(["rule", "per"]).ngroups
    step = float(np.clip(150.0 / lines, 2.55, 3.6))
    top_value = float(np.nanmax(data[["index", "index_high"]].to_numpy()))
    scale = _Scale(left, right, 0.0, min(max(110.0, top_value * 1.03), 320.0))
    ticks = list(range(0, int(scale.high) + 1, 50 if scale.high < 260 else 100))
    y = top
    for value in ticks:
        page.write(scale.at(value), y + 1.2, str(value), size=small, color=MUTED, ha="center")
    page.write(page.width, y + 1.2, request.label("burden_index.first"), size=small, color=MUTED, ha="right")
    y += 2.8
    for per in pers:
        start = y
        page.write(0, y + 1.7, request.label(f"per.{per}", per), size=size, bold=True)
        y += 3.2
        for rule in rules:
            part = data[(data["rule"] == rule) & (data["per"] == per)]
            if part.empty:
                continue
            middle = y + step / 2
            page.write(
                left - 1.5, middle, shorten(names[rule], (left - 1.5) * MM, size), size=size, ha="right"
            )
            _dots(page, part, marks, scale, middle, step)
            page.write(
                right + 1.5,
                middle,
                shorten(_told(request, part), (page.width - right - 1.5) * MM, small),
                size=small,
                color=MUTED if part["ranks_sizes"].any() else INK,
            )
            y += step
        page.lines(
            [(scale.at(value), start + 3.0, scale.at(value), y) for value in ticks if value != 100],
            GRID,
            0.3,
            zorder=1,
        )
        page.lines([(scale.at(100), start + 3.0, scale.at(100), y)], MUTED, 0.5, zorder=1)
        y += 0.6
    return y


def _dots(
    page: Page, part: pd.DataFrame, marks: dict[str, Mark], scale: _Scale, y: float, step: float
) -> None:
    pale = bool(part["ranks_sizes"].any())
    order = part.sort_values("index").to_dict("records")
    # Cities lie a little above each other, so that intervals do not hide each other.
    shift = np.linspace(-0.18, 0.18, len(order)) * step if len(order) > 1 else [0.0]
    for row, off in zip(order, shift, strict=True):
        mark = marks[row["city"]]
        color = _PALE if pale else mark.color
        if row["index_high"] > row["index_low"]:
            page.lines(
                [(scale.at(row["index_low"]), y + off, scale.at(row["index_high"]), y + off)],
                color,
                0.7,
                zorder=2,
            )
        page.dot(
            scale.at(row["index"]),
            y + off,
            Mark(color, "", mark.marker),
            size=3.9,
            filled=not row["overlaps"],
        )


def _told(request: Request, part: pd.DataFrame) -> str:
    """Say what a row amounts to: that it ranks sizes, or which city is first and in what share of the draws."""
    memory = (
        " †"
        if (part["note"].fillna("") == "from_memory").any()
        or part["note"].fillna("").str.contains("memory").any()
        else ""
    )
    if part["ranks_sizes"].any():
        key = "burden_index.sizes" if request.width > 110 else "burden_index.sizes_short"
        return request.say(key, share=float(part["size_share"].iloc[0])) + memory
    if (part["rank"] == 1).sum() > 1:
        return request.label("burden_index.tied") + memory
    first = part.sort_values("p_first", ascending=False, na_position="last").iloc[0]
    if np.isnan(first["p_first"]):
        return memory.strip()
    return f"{_name(first, request.lang)} {first['p_first']:.0%}{memory}"


def _name(row: Any, lang: str) -> str:  # noqa: ANN401  # a row of the table
    return short_city(str(row["city"])) if lang == "zh" else str(row["city_en"] or row["city"])


def _words(request: Request, data: pd.DataFrame, table: pd.DataFrame) -> Words:
    combos = data.drop_duplicates(["rule", "per"])
    found = data[data["finding"]].sort_values("index", ascending=False)
    judged = combos[~combos["ranks_sizes"]]
    values: dict[str, Any] = {
        "year": request.edition, "n": len(combos), "ranked": int(combos["ranks_sizes"].sum()), "rest": len(judged), "cities": data["city"].nunique(),
        "findings": len(found), "left_out": int(table.drop_duplicates(["rule", "per"])["defensible"].eq(False).sum()),  # noqa: FBT003
    }  # fmt: skip
    kind = "none_"
    if len(found):
        best = found.iloc[0]
        per = request.label(f"per.{best['per']}", str(best["per"]))
        values |= {
            "city": _name(best, request.lang),
            "rule": request.label(f"rule.{best['rule']}", str(best["rule"])).lower(),
            "per": per.lower(),
            "index": float(best["index"]),
            "p": float(best["p_first"]),
        }
        kind = ""
    else:
        fair = data[~data["ranks_sizes"]] if len(judged) else data
        best = fair.sort_values(["chance", "p_first"], ascending=[True, False], na_position="last").iloc[0]
        values |= {
            "city": _name(best, request.lang),
            "p": float(np.nan_to_num(best["p_first"])),
            "rule": request.label(f"rule.{best['rule']}", str(best["rule"])).lower(),
        }
    return request.words("burden_index", values, _notes(request, data), kind)


def _notes(request: Request, data: pd.DataFrame) -> tuple[str, ...]:
    told = []
    weak = data[data["note"].fillna("").str.contains("memory")]
    if len(weak):
        pers = request.listed(request.label(f"per.{per}", str(per)) for per in dict.fromkeys(weak["per"]))
        cities = request.listed(
            _name(row, request.lang) for row in weak.drop_duplicates("city").to_dict("records")
        )
        told.append(request.say("burden_index.memory", pers=pers, cities=cities))
    if (data["index_high"] > 320).any():
        told.append(request.label("burden_index.cut"))
    return tuple(told)
