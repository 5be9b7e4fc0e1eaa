"""Charts of what falls on each city: counting rules, what survives the choice of rule and denominator."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.analysis.city_burden import PERS, RULES, burden_sensitivity
from sxcanalysis.analysis.counting_rules import PROJECT_RULES, attribute, city_shares
from sxcanalysis.analysis.statements import burden_statements
from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.figures.charts.common import (
    apart,
    bare,
    cities_note,
    city,
    closed,
    legend,
    listed,
    needed,
    number,
    opened,
    segment,
    tile,
    whole_ticks,
)
from sxcanalysis.figures.style import CITY_MARKS, FONT_SIZES, GRID, INK, MUTED, Mark, wrap_text
from sxcanalysis.geography.boundaries import load_boundaries
from sxcanalysis.geography.projects import load_projects
from sxcanalysis.reference.words import label
from sxcanalysis.tables.loading import (
    load_assignments,
    load_cities,
    load_mentions,
    load_targets,
)

if TYPE_CHECKING:
    from collections.abc import Hashable

    from matplotlib.axes import Axes

    from sxcanalysis.figures.catalogue import FigureBundle

_INPUTS = ("context/cities.csv", "projects/projects.csv")
_PROJECTS_NOTE = {
    "zh": "项目位置：data/projects/，逐项注明出处",
    "en": "places of projects: data/projects/, each with its sources",
}
_NO_PROJECTS_NOTE = {
    "zh": "本年度项目尚未定位，按项目计数的规则从略",
    "en": "no project of this edition has been located yet; the rules that count projects are left out",
}
_CITY = Mark("#dcdcdc", "//")  # a city of which this module has never heard


def _has_projects(edition: str) -> bool:
    """Whether projects of an edition are located; those of a new list are not at first."""
    try:
        return len(load_projects(edition)) > 0
    except MissingDataError:
        return False


def _projects_note(edition: str) -> dict[str, str]:
    return _PROJECTS_NOTE if _has_projects(edition) else _NO_PROJECTS_NOTE


def _sensitivity(edition: str, figure: str, pers: tuple[str, ...]) -> pd.DataFrame:
    """Count under every rule, and add the tasks and items that fall on each city."""
    assignments = needed(load_assignments(edition), figure, "implementing cities", edition)
    tables: dict[str, Any] = {"mentions": load_mentions(edition), "targets": load_targets(edition)}
    rules: tuple[str, ...] = RULES
    if _has_projects(edition):
        tables["projects"] = projects = load_projects(edition)
        tables["shares"] = city_shares(projects, load_boundaries("city"))
    else:
        rules = tuple(rule for rule in RULES if rule not in PROJECT_RULES)
    found = burden_sensitivity(assignments, cities=load_cities(), rules=rules, pers=pers, **tables)
    rows = [attribute(rule, assignments, **tables).assign(rule=rule) for rule in dict.fromkeys(found["rule"])]
    borne = pd.concat(rows).query("weight > 0").groupby(["rule", "city"], sort=False)
    for column, name in (("item", "items"), ("task_id", "task_ids")):
        listed_ = borne[column].agg(lambda ids: ";".join(dict.fromkeys(map(str, ids))))
        found = found.merge(listed_.rename(name).reset_index(), on=["rule", "city"], how="left")
    return found


def burden_rules(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw each city's count under each rule, one panel a rule: no two units on one axis."""
    data = _sensitivity(edition, "burden-rules", ("none",))
    rules = list(dict.fromkeys(data["rule"]))
    fig, note = opened(edition, lang, 2 * (27 + 4.6 * data["city"].nunique()), also=[_projects_note(edition)])
    grid = fig.subplots(2, -(-len(rules) // 2), sharey=True)
    for spare in grid.flat[len(rules) :]:
        spare.remove()
    for i, (ax, rule) in enumerate(zip(grid.flat, rules, strict=False)):
        _rule_panel(ax, data[data["rule"] == rule].reset_index(drop=True), rule, lang)
        if i == 0:
            full = int((data.loc[data["rule"] == rule, "member"] == "full").sum())
            said = label("chart.partial_rows", lang)
            ax.text(
                0.99,
                full - 0.42,
                said,
                transform=ax.get_yaxis_transform(),
                ha="right",
                va="top",
                size=6,
                color=MUTED,
            )
    words = {one: _rules_words(data, one) for one in ("zh", "en")}
    return closed("burden-rules", fig, data, words, note, edition=edition, lang=lang, inputs=_INPUTS)


def _rule_panel(ax: Axes, part: pd.DataFrame, rule: str, lang: str) -> None:
    top = max(float(part["high"].max()), 1.0)
    for y, row in enumerate(part.to_dict("records")):
        low, value, high = float(row["low"]), float(row["value"]), float(row["high"])
        ax.barh(y, value, height=0.6, **CITY_MARKS.get(str(row["adcode"]), _CITY).patch())
        if high > low:
            # White below, so that the bounds are seen on the bar as well as beside it.
            ax.plot([low, high], [y, y], color="white", linewidth=2.4, solid_capstyle="butt")
            ax.plot(
                [low, high], [y, y], color=INK, linewidth=0.9, marker="|", markersize=5, markeredgewidth=0.9
            )
        # The number belongs to the bar: beside short bounds, above the line of long ones.
        long = high - value > 0.1 * top
        place = (value, y - 0.34) if long else (high, y)
        ax.annotate(number(value), place, (4, 0), textcoords="offset points", va="center_baseline",
                    size=FONT_SIZES["tick"])  # fmt: skip
    apart(ax, part["member"])
    note = wrap_text(label(f"rule_note.{rule}", lang), 112, FONT_SIZES["note"])
    ax.set_title(label(f"rule.{rule}", lang), size=FONT_SIZES["label"], pad=13 if "\n" not in note else 20)
    ax.annotate(note, (0, 1), (0, 3), xycoords="axes fraction", textcoords="offset points", va="bottom",
                size=FONT_SIZES["note"], color=MUTED, linespacing=1.1)  # fmt: skip
    ax.set_yticks(range(len(part)), [city(row, lang) for row in part.to_dict("records")])
    ax.set_ylim(len(part) - 0.4, -0.6)
    ax.set_xlim(0, top * 1.24)
    kind = "projects" if rule in PROJECT_RULES else "targets" if rule == "targets" else "tasks"
    ax.set_xlabel(label(f"axis.items_{kind}", lang), size=FONT_SIZES["tick"], labelpad=1)
    whole_ticks(ax, most=4)
    ax.grid(axis="x", color=GRID, linewidth=0.4)
    bare(ax, keep=("left",))


def _rules_words(data: pd.DataFrame, lang: str) -> tuple[str, str]:
    full = data[data["member"] == "full"]
    rules = list(dict.fromkeys(full["rule"]))
    parts = []
    for rule in rules:
        rows = full[full["rule"] == rule].to_dict("records")
        name, space = label(f"rule.{rule}", lang), "" if lang == "zh" else " "
        values = [f"{city(row, lang)}{space}{number(row['value'])}" for row in rows]
        parts.append(f"{name}：{'、'.join(values)}" if lang == "zh" else f"{name}: {', '.join(values)}")
    first, firsts, tied = _firsts(full)
    top = city(first, lang)
    if lang == "zh":
        caption = (
            f"各市承担多少：{len(rules)}种计数规则，每格自有坐标轴和单位。不作归一化时，{top}在{firsts}种规则下最多"
            + (f"，另有{tied}种并列" if tied else "")
            + f"。{label('chart.bounds', lang)}。{label('chart.partial_apart', lang)}。"
        )
        return caption, f"各规则下三市的数值。{'；'.join(parts)}。"
    caption = (
        f"What falls on each city under {len(rules)} counting rules; each panel has an axis and a unit of its own. Without a "
        f"denominator, {top} bears most under {firsts} of them"
        + (f"; under {tied} they are tied" if tied else "")
        + f". {label('chart.bounds', lang)}. {label('chart.partial_apart', lang)}."
    )
    return caption, f"Values of the three full members. {'; '.join(parts)}."


def _firsts(full: pd.DataFrame) -> tuple[dict[Hashable, Any], int, int]:
    """Find the city that alone bears most under most combinations, under how many it does, and how many are tied."""
    heads = full[full["rank"] == 1]
    alone = heads.groupby(["rule", "per"])["city"].transform("size") == 1
    tied = heads.loc[~alone, ["rule", "per"]].drop_duplicates()
    counts = heads.loc[alone, "city"].value_counts()
    first = full[full["city"] == counts.index[0]] if len(counts) else full
    return first.iloc[0].to_dict(), int(counts.iloc[0]) if len(counts) else 0, len(tied)


def burden_specification(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw the order of the full members under every rule and denominator, and how often each of them comes first."""
    table = _sensitivity(edition, "burden-specification", tuple(PERS))
    full = table[table["member"] == "full"].reset_index(drop=True)
    rules, pers = list(dict.fromkeys(full["rule"])), list(dict.fromkeys(full["per"]))
    data = full[full["defensible"]].copy()
    means = data.groupby(["rule", "per"])["value"].transform("mean")
    data["relative"] = data["value"] / means * 100
    fig, note = opened(edition, lang, 43 + 8.2 * len(rules), also=[cities_note(), _projects_note(edition)])
    above, ax = fig.subplots(2, 1, gridspec_kw={"height_ratios": (1.0, 1.2 * len(rules) + 1.2)})
    _first_places(above, data, lang)
    for y, rule in enumerate(rules):
        for x, per in enumerate(pers):
            part = data[(data["rule"] == rule) & (data["per"] == per)]
            _order_cell(ax, x, y, part, lang)
    ax.set_xticks(range(len(pers)), [label(f"per.{per}", lang) for per in pers], size=FONT_SIZES["tick"])
    ax.xaxis.tick_top()
    ax.set_yticks(range(len(rules)), [label(f"rule.{rule}", lang) for rule in rules])
    ax.set_xlim(-0.5, len(pers) - 0.5)
    ax.set_ylim(len(rules) - 0.45, -0.55)
    bare(ax)
    signs = [label(f"chart.sign_{one}", lang) for one in ("above", "near", "tied", "number")]
    ax.set_xlabel("    ".join(signs), size=FONT_SIZES["tick"], color=MUTED)
    words = {one: _specification_words(table, data, one) for one in ("zh", "en")}
    return closed("burden-specification", fig, data, words, note, edition=edition, lang=lang, inputs=_INPUTS)


def _plain(adcode: object) -> Mark:
    return Mark(CITY_MARKS.get(str(adcode), _CITY).color)


def _first_places(ax: Axes, data: pd.DataFrame, lang: str) -> None:
    """Count in one bar how many ways of counting put each city first, alone; ties apart."""
    heads = data[data["rank"] == 1]
    alone = heads[heads.groupby(["rule", "per"])["city"].transform("size") == 1]
    tied = Mark("#ffffff")
    start, shown = 0, []
    for row in data.drop_duplicates("city").to_dict("records"):
        n, mark = int((alone["city"] == row["city"]).sum()), _plain(row["adcode"])
        segment(ax, 0, start, n, mark)
        shown.append((f"{label('city_short.' + str(row['adcode']), lang)} {city(row, lang)}", mark))
        start += n
    ways = len(heads[["rule", "per"]].drop_duplicates())
    segment(ax, 0, start, ways - start, tied)
    legend(ax.figure, [*shown, (label("chart.tied", lang), tied)])  # type: ignore[arg-type]
    ax.set_yticks([0], [wrap_text(label("chart.first_place", lang), 95, FONT_SIZES["tick"])])
    ax.set_xlim(0, max(ways, 1))
    ax.set_ylim(-0.5, 0.5)
    whole_ticks(ax, most=8)
    ax.set_xlabel(label("chart.ways", lang), size=FONT_SIZES["tick"], labelpad=1)
    bare(ax, keep=("bottom",))


_TILE = (0.2, 0.78)  # of a cell


def _order_cell(ax: Axes, x: float, y: float, part: pd.DataFrame, lang: str) -> None:
    """Draw the cities from the one that bears most to the one that bears least, with the sign that stands between them."""
    if part.empty:
        said = label("chart.not_compared", lang)
        ax.text(x, y, said, ha="center", va="center_baseline", size=FONT_SIZES["note"], color="#8a8a8a")
        return
    rows = part.sort_values("rank", kind="stable").to_dict("records")
    at = [x + 0.29 * (i - (len(rows) - 1) / 2) for i in range(len(rows))]
    for place, row in zip(at, rows, strict=True):
        text = f"{label('city_short.' + str(row['adcode']), lang)}\n{row['relative']:.0f}"
        tile(ax, (place, y), _plain(row["adcode"]), text, size=_TILE, font=FONT_SIZES["note"])
    for (left, one), (right, other) in pairwise(zip(at, rows, strict=True)):
        sign = _sign(one, other)
        ax.text((left + right) / 2, y, sign, ha="center", va="center_baseline", size=FONT_SIZES["tick"])


def _sign(one: dict[Hashable, Any], other: dict[Hashable, Any]) -> str:
    if one["rank"] == other["rank"]:
        return "="
    return ">" if float(one["low"]) > float(other["high"]) else "≈"


def _specification_words(table: pd.DataFrame, data: pd.DataFrame, lang: str) -> tuple[str, str]:
    said = burden_statements(table, lang)
    ways = data[["rule", "per"]].drop_duplicates()
    plain = _firsts(data[data["per"] == "none"])
    divided = _firsts(data[data["per"] != "none"])
    n = [int((ways["per"] == "none").sum()), int((ways["per"] != "none").sum())]
    partial = table[table["member"] == "partial"].drop_duplicates("city").to_dict("records")
    others = listed([city(row, lang) for row in partial], lang)
    if lang == "zh":
        caption = (
            f"换一种算法，位次还成立吗：{len(ways)}种站得住的算法（计数规则×归一化口径）下三市由多到少的次序。不作归一化的{n[0]}种中，"
            f"{city(plain[0], lang)}{plain[1]}种居首；归一化的{n[1]}种中，{city(divided[0], lang)}{divided[1]}种居首。"
            f"“不作比较”：任务数不随面积增长，或三市数量相同、归一化后只剩分母的排序。{others}只参加部分任务，不排位。"
        )
        return caption, "".join(said)
    caption = (
        f"Does the ranking survive another way of counting? Order of the three full members under {len(ways)} defensible combinations of "
        f"counting rule and denominator, from the city that bears most. Without a denominator {city(plain[0], lang)} comes first in "
        f"{plain[1]} of {n[0]}; with one, {city(divided[0], lang)} in {divided[1]} of {n[1]}. “Not compared”: duties do not grow with "
        f"area, or all bear the same, so that dividing would only rank the denominators. {others} take part in some tasks only and "
        "are not ranked."
    )
    return caption, " ".join(said)
