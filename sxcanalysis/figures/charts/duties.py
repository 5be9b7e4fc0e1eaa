"""Charts of the duties of each city: which tasks of which category, and of what kind they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sxcanalysis.analysis.duties import duty_kinds, duty_profile
from sxcanalysis.figures.charts.common import (
    apart,
    bare,
    category,
    city,
    closed,
    legend,
    needed,
    number,
    opened,
    segment,
    tile,
    whole_ticks,
)
from sxcanalysis.figures.style import FONT_SIZES, Mark, wrap_text
from sxcanalysis.reference.words import label
from sxcanalysis.tables.loading import load_assignments, load_targets, load_tasks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sxcanalysis.figures.catalogue import FigureBundle

_SHARING_MARKS = {
    "sole": Mark("#174679"),
    "open": Mark("#7fa9d0", "//"),
    "shared": Mark("#b9cde0"),
    "none": Mark("#ffffff"),
}


def burden_by_category(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw which tasks fall on which city, category by category, one cell a task."""
    tasks, table = load_tasks(edition), load_assignments(edition)
    kinds = duty_kinds(table, tasks, load_targets(edition)).set_index("task_id")
    profile = duty_profile(kinds.reset_index(), table)
    rows = table[(table["role"] == "implementing") & (table["body_kind"] == "city")]
    rows = rows.drop_duplicates(["task_id", "body"]).merge(
        tasks[["task_id", "category", "category_en"]], on="task_id"
    )
    data = rows.merge(profile[["city", "city_en", "adcode", "member"]], left_on="body", right_on="city")
    data = needed(data, "burden-by-category", "implementing cities", edition).assign(
        quote=lambda d: d["body_as_written"], sharing=lambda d: d["task_id"].map(kinds["sharing"])
    )
    fig, note = opened(edition, lang, 34 + 8.5 * len(profile))
    ax = fig.subplots()
    _task_cells(ax, tasks, data, list(profile["city"]), lang)
    ax.set_yticks(
        [y - 0.12 for y in range(len(profile))], [city(row, lang) for row in profile.to_dict("records")]
    )
    apart(ax, profile["member"])
    used = [*(one for one in ("sole", "open", "shared") if (data["sharing"] == one).any()), "none"]
    names = {one: label(f"duty.{one}" if one != "none" else "chart.not_assigned", lang) for one in used}
    legend(fig, [(names[one], _SHARING_MARKS[one]) for one in used])
    words = {one: _category_words(data, profile, tasks, one) for one in ("zh", "en")}
    shown = [
        "task_id",
        "category",
        "category_en",
        "city",
        "city_en",
        "adcode",
        "member",
        "sharing",
        "start",
        "end",
        "quote",
    ]
    return closed("burden-by-category", fig, data[shown], words, note, edition=edition, lang=lang)


def _task_cells(ax: Axes, tasks: pd.DataFrame, data: pd.DataFrame, cities: list[str], lang: str) -> None:
    own = {(row["task_id"], row["city"]): row["sharing"] for row in data.to_dict("records")}
    at = 0.0
    ticks: dict[float, str] = {}
    for name in dict.fromkeys(tasks["category"]):
        ids = list(tasks.loc[tasks["category"] == name, "task_id"])
        for y, place in enumerate(cities):
            for i, task in enumerate(ids):
                mark = _SHARING_MARKS[own.get((task, place), "none")]
                tile(ax, (at + i, y - 0.12), mark, size=(0.84, 0.52))
            n = sum((task, place) in own for task in ids)
            middle = at + (len(ids) - 1) / 2
            ax.text(middle, y + 0.31, f"{n}/{len(ids)}", ha="center", va="center_baseline", size=6.5)
        head = wrap_text(category(name, lang), max(len(ids) * 7.6, 44), 6.5)
        ax.annotate(head, (at - 0.45, 1), (0, 15), xycoords=("data", "axes fraction"), textcoords="offset points",
                    size=6.5, va="bottom", linespacing=1.05)  # fmt: skip
        ticks |= {at + i: str(task).split("-", 1)[-1] for i, task in enumerate(ids)}
        at += max(len(ids), 6) + 0.9  # a short category still has room for its name
    ax.set_xlim(-0.6, at - 1.2)
    ax.set_ylim(len(cities) - 0.5, -0.5)
    ax.set_xticks(list(ticks), list(ticks.values()), size=FONT_SIZES["min"], rotation=90)
    ax.xaxis.tick_top()
    ax.tick_params(axis="x", pad=0)
    bare(ax)


def _category_words(
    data: pd.DataFrame, profile: pd.DataFrame, tasks: pd.DataFrame, lang: str
) -> tuple[str, str]:
    counts = pd.crosstab(data["category"], data["city"])
    totals = tasks["category"].value_counts()
    cities = profile.to_dict("records")
    said = []
    for name in dict.fromkeys(tasks["category"]):
        row = [(city(one, lang), int(counts.get(one["city"], {}).get(name, 0))) for one in cities]
        if lang == "zh":
            said.append(
                f"{category(name, lang)}（{totals[name]}项）：" + "、".join(f"{c}{n}" for c, n in row)
            )
        else:
            said.append(
                f"{category(name, lang)} ({totals[name]} tasks): " + ", ".join(f"{c} {n}" for c, n in row)
            )
    full = profile[profile["member"] == "full"]
    gaps = pd.Series({
        name: max(given) - min(given)
        for name in totals.index
        if (given := [int(counts.get(one, {}).get(name, 0)) for one in full["city"]])
    })  # fmt: skip
    widest = str(gaps.reindex(list(dict.fromkeys(tasks["category"]))).idxmax()) if len(gaps) else ""
    gap = int(gaps.max()) if len(gaps) else 0
    members = data[data["city"].isin(full["city"])].groupby("task_id")["city"].nunique()
    all_of_them, n = int((members == len(full)).sum()), len(tasks)
    if lang == "zh":
        caption = (
            f"各类任务由哪些城市落实：每格一项任务，格下为该市落实数／该类任务数。三市差别最大的是{category(widest, lang)}类（相差{gap}项）；"
            f"{n}项任务中{all_of_them}项三市都要落实。一项任务可由几市落实。虚线以下的城市只参加部分任务。"
        )
        return caption, "；".join(said) + "。"
    caption = (
        "Which cities implement the tasks of each category: one cell a task; below the cells, tasks of the city / tasks of the "
        f"category. The three full members differ most in “{category(widest, lang)}” (by {gap}); {all_of_them} of {n} tasks bind all three. One "
        "task may fall on several cities. Cities below the dashed line take part in some tasks only."
    )
    return caption, "; ".join(said) + "."


_DUTY_MARKS = {
    "sharing": {key: _SHARING_MARKS[key] for key in ("sole", "shared", "open")},
    "measuring": {"measurable": Mark("#35785f"), "open_ended": Mark("#d5e8dd")},
    "dating": {"dated": Mark("#8a4a1c"), "undated": Mark("#f1dcc4")},
}


def duties(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw for each city how many of its tasks are its own, measurable and dated."""
    table = load_assignments(edition)
    kinds = duty_kinds(table, load_tasks(edition), load_targets(edition))
    profile = needed(duty_profile(kinds, table), "duties", "implementing cities", edition)
    fig, note = opened(edition, lang, 36 + 5.4 * len(profile))
    for ax, (title, marks) in zip(fig.subplots(1, 3, sharey=True), _DUTY_MARKS.items(), strict=True):
        for y, row in enumerate(profile.to_dict("records")):
            start = 0
            for column, mark in marks.items():
                segment(ax, y, start, int(row[column]), mark, height=0.66)
                start += int(row[column])
        ax.set_yticks(range(len(profile)), [city(row, lang) for row in profile.to_dict("records")])
        ax.set_ylim(len(profile) - 0.4, -0.6)
        ax.set_xlim(0, float(profile["tasks"].max()) * 1.02)
        apart(ax, profile["member"])
        ax.set_xlabel(label("axis.tasks", lang))
        whole_ticks(ax)
        bare(ax, keep=("left", "bottom"))
        named = [(label(f"duty.{one}", lang), mark) for one, mark in marks.items() if profile[one].any()]
        legend(ax, named, ncols=1, title=label(f"chart.{title}", lang), loc="lower left",
               bbox_to_anchor=(0, 1.02), alignment="left")  # fmt: skip
    words = {one: _duty_words(profile, one) for one in ("zh", "en")}
    return closed("duties", fig, _duty_rows(table, kinds, profile), words, note, edition=edition, lang=lang)


def _duty_rows(table: pd.DataFrame, kinds: pd.DataFrame, profile: pd.DataFrame) -> pd.DataFrame:
    """Give one row a city and task, with the words that give it the task."""
    rows = table[(table["role"] == "implementing") & (table["body_kind"] == "city")]
    rows = rows.drop_duplicates(["task_id", "body"]).rename(columns={"body": "city"})
    rows = rows.merge(profile[["city", "city_en", "adcode", "member"]], on="city").merge(kinds, on="task_id")
    shown = [
        "task_id",
        "category",
        "city",
        "city_en",
        "adcode",
        "member",
        "sharing",
        "measurable",
        "dated",
        "start",
        "end",
    ]
    return rows[shown].assign(quote=rows["body_as_written"])


def _duty_words(profile: pd.DataFrame, lang: str) -> tuple[str, str]:
    rows = profile[profile["tasks"] > 0].to_dict("records")
    low, high = (number(100 * f(row["measurable_share"] for row in rows if row["member"] == "full"), digits=0)
                 for f in (min, max))  # fmt: skip
    span = low if low == high else f"{low}–{high}"
    sole = int(profile["sole"].sum())
    if lang == "zh":
        said = [
            f"{city(row, lang)}{row['tasks']}项中独自落实{row['sole']}项、有量化目标{row['measurable']}项、有时限{row['dated']}项"
            for row in rows
        ]
        caption = (
            f"各市所落实的任务：独自还是共同，可否衡量，有无时限（项）。三市各只有{span}%的任务有量化目标；各市独自落实的合计{sole}项。"
            "时限：正文写明日期、“年内”或“按期”，清单本身的年度不算。虚线以下的城市只参加部分任务。"
        )
        return caption, "；".join(said) + "。"
    said = [
        f"{city(row, lang)}: of {row['tasks']} tasks, {row['sole']} alone, {row['measurable']} with a number, {row['dated']} with a deadline"
        for row in rows
    ]
    caption = (
        "Tasks that each city implements: alone or together with others, measurable or not, with or without a deadline. In each of the "
        f"three full members only {span} % of the tasks have a number; {sole} tasks fall on one city alone. Deadline: a date, “within the "
        "year” or “on schedule” in the text; the year of the list is not counted. Cities below the dashed line take part in some "
        "tasks only."
    )
    return caption, "; ".join(said) + "."
