"""Charts of what falls on each city: counting rules, the specification curve, categories, kinds of duty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sxcanalysis._charting import bare, cell, closed, listed, needed, opened
from sxcanalysis.burden import burden_sensitivity, statements
from sxcanalysis.datasets import load_assignments, load_targets, load_tasks
from sxcanalysis.duties import duty_kinds, duty_profile
from sxcanalysis.style import CITY_MARKS, FONT_SIZES, FULL_MEMBERS, GRID, INK, MUTED, label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sxcanalysis.figures import FigureBundle

_INPUTS = ("context/cities.csv", "projects/projects.geojson")


def _name(row: pd.Series, lang: str) -> str:
    return str(row["city"]).removesuffix("市") if lang == "zh" else str(row["city_en"])


def _sensitivity(edition: str, figure: str) -> pd.DataFrame:
    return needed(burden_sensitivity(load_assignments(edition)), figure, "implementing cities", edition)


def burden_rules(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw each city's count under each rule, one panel a rule: no two units on one axis."""
    table = _sensitivity(edition, "burden-rules")
    data = table[table["per"] == "none"].reset_index(drop=True)
    rules = list(dict.fromkeys(data["rule"]))
    fig, note = opened(edition, lang, "burden_rules", ("double", 118))
    axes = fig.subplots(2, 4, sharey=True).flat
    for ax, rule in zip(axes, rules, strict=True):
        part = data[data["rule"] == rule].reset_index(drop=True)
        for y, row in part.iterrows():
            mark = CITY_MARKS[row["adcode"]]
            ax.barh(y, row["value"], height=0.62, **mark.patch())
            ax.plot([row["low"], row["high"]], [y + 0.4] * 2, color=INK, linewidth=0.9, solid_capstyle="butt")
        full = int((part["member"] == "full").sum())
        ax.axhline(full - 0.5, color=MUTED, linewidth=0.6, linestyle=(0, (3, 2)))
        ax.set_title(label(f"rule.{rule}", lang), size=FONT_SIZES["label"], loc="left")
        ax.set_yticks(range(len(part)), [_name(row, lang) for _, row in part.iterrows()])
        ax.set_ylim(len(part) - 0.4, -0.6)
        ax.set_xlim(0, max(float(part["high"].max()), 1.0) * 1.08)
        ax.xaxis.get_major_locator().set_params(nbins=4, integer=True)
        ax.grid(axis="x", color=GRID, linewidth=0.4)
        ax.set_axisbelow(True)
    words = {one: _rules_words(data, one) for one in ("zh", "en")}
    return closed("burden-rules", fig, data, words, note, edition=edition, lang=lang, inputs=_INPUTS)


def _rules_words(data: pd.DataFrame, lang: str) -> tuple[str, str]:
    full = data[data["member"] == "full"]
    parts = []
    for rule, part in full.groupby("rule", sort=False):
        values = [f"{_name(row, lang)} {row['value']:.3g}" for _, row in part.iterrows()]
        name = label(f"rule.{rule}", lang)
        parts.append(f"{name}：{'、'.join(values)}" if lang == "zh" else f"{name}: {', '.join(values)}")
    if lang == "zh":
        return (
            (
                "各市在各计数规则下承担的数量（任务、项目或目标，每格自有坐标轴）。"
                f"{label('chart.bounds', lang)}。{label('chart.partial_apart', lang)}。"
            ),
            f"各规则下三市的数值。{'；'.join(parts)}。",
        )
    return (
        (
            "What falls on each city under each counting rule (tasks, projects or targets; each panel has an axis of its own). "
            f"{label('chart.bounds', lang)}. {label('chart.partial_apart', lang)}."
        ),
        f"Values of the three full members. {'; '.join(parts)}.",
    )


def burden_specification(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw the rank of each full member under every defensible combination, and below it the combination."""
    table = _sensitivity(edition, "burden-specification")
    data = table[table["defensible"] & (table["member"] == "full")].reset_index(drop=True)
    orders = data.pivot_table(index=["rule", "per"], columns="adcode", values="rank", sort=False).astype(
        float
    )
    orders = orders.sort_values(list(FULL_MEMBERS), kind="stable")
    fig, note = opened(edition, lang, "burden_specification", ("double", 132))
    top, below = fig.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (1.0, 2.3)})
    columns = np.arange(len(orders))
    names = {str(row["adcode"]): _name(row, lang) for _, row in data.drop_duplicates("adcode").iterrows()}
    for i, adcode in enumerate(FULL_MEMBERS):
        mark = CITY_MARKS[adcode]
        shift = (i - 1) * 0.09  # shared ranks stay visible
        top.plot(columns, orders[adcode] + shift, **mark.line(), label=names[adcode])
        top.plot(columns, orders[adcode] + shift, **mark.point())
    top.set_ylim(3.5, 0.5)
    top.set_yticks([1, 2, 3])
    top.set_ylabel(label("chart.rank_rows", lang))
    top.grid(axis="y", color=GRID, linewidth=0.4)
    top.legend(ncols=3, loc="lower right", bbox_to_anchor=(1.0, 1.0), frameon=False)
    _dots(below, orders, columns, lang)
    top.set_xlim(-0.7, len(orders) - 0.3)
    words = {one: _specification_words(table, orders, one) for one in ("zh", "en")}
    return closed("burden-specification", fig, data, words, note, edition=edition, lang=lang, inputs=_INPUTS)


def _dots(ax: Axes, orders: pd.DataFrame, columns: np.ndarray, lang: str) -> None:
    """Mark rule and denominator of each column."""
    rules = list(dict.fromkeys(orders.index.get_level_values("rule")))
    pers = list(dict.fromkeys(orders.index.get_level_values("per")))
    rows = [*(f"rule.{rule}" for rule in rules), *(f"per.{per}" for per in pers)]
    gap = [0.0] * len(rules) + [0.7] * len(pers)
    heights = [i + extra for i, extra in enumerate(gap)]
    for height in heights:
        ax.axhline(height, color=GRID, linewidth=0.4, zorder=0)
    for column, (rule, per) in zip(columns, orders.index, strict=True):
        for key in (f"rule.{rule}", f"per.{per}"):
            ax.plot(column, heights[rows.index(key)], "o", markersize=3.6, color=INK)
    ax.set_yticks(heights, [label(row, lang) for row in rows])
    ax.set_ylim(heights[-1] + 0.6, -0.6)
    ax.set_xticks([])
    bare(ax)


def _specification_words(table: pd.DataFrame, orders: pd.DataFrame, lang: str) -> tuple[str, str]:
    said = statements(table, lang)
    if lang == "zh":
        caption = f"{len(orders)} 种站得住的算法（计数规则×分母）下三市的位次，每列一种。1 为承担最多。"
    else:
        caption = (
            f"Ranks of the three full members under {len(orders)} defensible combinations of counting rule and "
            "denominator, one a column; 1 bears most."
        )
    return caption, ("" if lang == "zh" else " ").join(said)


def burden_by_category(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw how many tasks of each category fall on each city."""
    tasks = load_tasks(edition)
    table = load_assignments(edition)
    profile = duty_profile(duty_kinds(table, tasks, load_targets(edition)), table)
    rows = table[table["role"] == "implementing"].merge(
        tasks[["task_id", "category", "category_en"]], on="task_id"
    )
    data = rows.merge(profile[["city", "city_en", "adcode", "member"]], left_on="body", right_on="city")
    data = needed(data, "burden-by-category", "implementing cities", edition).assign(
        quote=lambda d: d["body_as_written"]
    )
    categories = list(dict.fromkeys(tasks["category"]))
    english = dict(zip(tasks["category"], tasks["category_en"], strict=True))
    totals = tasks["category"].value_counts()
    counts = data.pivot_table(
        index="category", columns="city", values="task_id", aggfunc="nunique", fill_value=0
    )
    fig, note = opened(edition, lang, "burden_by_category", ("onehalf", 74))
    ax = fig.subplots()
    for y, category in enumerate(categories):
        for x, city in enumerate(profile["city"]):
            count = int(counts.get(city, {}).get(category, 0))
            cell(ax, x, y, count, float(totals.max()), str(count))
        ax.text(
            len(profile), y, str(totals[category]), ha="center", va="center_baseline", size=6.5, color=MUTED
        )
    names = [_name(row, lang) for _, row in profile.iterrows()]
    ax.set_xticks(range(len(profile) + 1), [*names, label("chart.all_tasks", lang)])
    ax.xaxis.tick_top()
    ax.set_yticks(
        range(len(categories)), [one if lang == "zh" else english[one] or one for one in categories]
    )
    ax.set_xlim(-0.6, len(profile) + 0.6)
    ax.set_ylim(len(categories) - 0.4, -0.6)
    bare(ax)
    words = {one: _category_words(counts, profile, categories, english, one) for one in ("zh", "en")}
    shown = data[["task_id", "category", "category_en", "city", "adcode", "member", "start", "end", "quote"]]
    return closed("burden-by-category", fig, shown, words, note, edition=edition, lang=lang)


def _category_words(
    counts: pd.DataFrame, profile: pd.DataFrame, categories: list[str], english: dict[str, str], lang: str
) -> tuple[str, str]:
    said = []
    for category in categories:
        row = [
            f"{_name(city, lang)} {int(counts.get(city['city'], {}).get(category, 0))}"
            for _, city in profile.iterrows()
        ]
        name = category if lang == "zh" else english[category] or category
        said.append(f"{name}：{'、'.join(row)}" if lang == "zh" else f"{name}: {', '.join(row)}")
    if lang == "zh":
        return "各类任务中由各市落实的件数（一件任务可由几市落实），右列为该类任务总数。", "；".join(
            said
        ) + "。"
    return (
        "Tasks of each category that each city implements (one task may fall on several cities); right: all tasks.",
        "; ".join(said) + ".",
    )


def duties(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw for each city how many duties are shared, measurable and dated."""
    table = load_assignments(edition)
    kinds = duty_kinds(table, load_tasks(edition), load_targets(edition))
    data = needed(duty_profile(kinds, table), "duties", "implementing cities", edition)
    pairs = (
        ("sharing", ("sole", "shared", "open")),
        ("measuring", ("measurable", "open_ended")),
        ("dating", ("dated", "undated")),
    )
    fig, note = opened(edition, lang, "duties", ("double", 78))
    fills = ("#174679", "#9dbfdd", "#e4e4e4")
    for ax, (title, columns) in zip(fig.subplots(1, 3, sharey=True), pairs, strict=True):
        left = np.zeros(len(data))
        for fill, column in zip(fills, columns, strict=False):
            ax.barh(range(len(data)), data[column], left=left, height=0.62, color=fill, edgecolor=INK, linewidth=0.4,
                    label=label(f"duty.{column}", lang))  # fmt: skip
            left += data[column].to_numpy(float)
        ax.set_yticks(range(len(data)), [_name(row, lang) for _, row in data.iterrows()])
        ax.set_ylim(len(data) - 0.4, -0.6)
        ax.axhline(
            int((data["member"] == "full").sum()) - 0.5, color=MUTED, linewidth=0.6, linestyle=(0, (3, 2))
        )
        ax.set_xlabel(label("axis.tasks", lang))
        ax.legend(title=label(f"chart.{title}", lang), loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False,
                  borderaxespad=0.2, handlelength=1.2, alignment="left")  # fmt: skip
    words = {one: _duty_words(data, one) for one in ("zh", "en")}
    return closed("duties", fig, data, words, note, edition=edition, lang=lang)


def _duty_words(data: pd.DataFrame, lang: str) -> tuple[str, str]:
    said = [
        f"{_name(row, lang)}{row['tasks']}件中独自落实{row['sole']}件、可衡量{row['measurable']}件、有时限{row['dated']}件"
        if lang == "zh"
        else f"{_name(row, lang)}: {row['sole']} sole, {row['measurable']} measurable and {row['dated']} dated of {row['tasks']}"
        for _, row in data.iterrows()
    ]
    if lang == "zh":
        return "各市所落实任务的性质：独自、共同或开放（“等”），可否衡量，有无时限。", "；".join(said) + "。"
    return (
        "Kinds of duty by implementing city: sole, shared or open (“and others”); measurable or open-ended; with or without a deadline.",
        f"{listed(said, lang)}.",
    )
