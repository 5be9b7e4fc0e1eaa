"""Charts of the tasks themselves: how many of what kind, and what each of them states and leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sxcanalysis.analysis.counting_rules import implementing, open_tasks
from sxcanalysis.analysis.elements import ELEMENTS, task_elements
from sxcanalysis.figures.charts.common import (
    bare,
    category,
    closed,
    legend,
    listed,
    needed,
    opened,
    segment,
    task_name,
    tile,
    whole_ticks,
)
from sxcanalysis.figures.style import FONT_SIZES, MUTED, Mark
from sxcanalysis.reference.words import label
from sxcanalysis.tables.loading import load_assignments, load_targets, load_tasks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from sxcanalysis.figures.catalogue import FigureBundle

# Dark where one body or one city answers for the task, the lighter the more they are, also in a grey print.
_ATTRIBUTION_MARKS = {
    "single_lead": Mark("#174679"),
    "joint_lead": Mark("#5b94c4"),
    "single_responsible": Mark("#b9875c", "xx"),
    "no_lead": Mark("#e2b77f"),
    "coordination": Mark("#f6ead0", "//"),
    "none": Mark("#bdbdbd", "--"),
}
_REACH_MARKS = {
    "one": Mark("#4c2756"),
    "open": Mark("#a87fb2", "//"),
    "two": Mark("#479d83"),
    "three": Mark("#c3e0cf"),
    "more": Mark("#f0ecb8", "//"),
    "none": Mark("#bdbdbd", "--"),
}
_STATUS_MARKS = {"stated": Mark("#174679"), "partly": Mark("#e9c28e"), "missing": Mark("#ffffff")}
_FULL_CIRCLE = 3


def task_overview(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw the number of tasks of each category by kind of attribution and by number of implementing cities."""
    tasks, data = _overview(edition)
    categories = list(dict.fromkeys(tasks["category"]))
    fig, note = opened(edition, lang, 24 + 7 * len(categories))
    left, right = fig.subplots(1, 2, sharey=True)
    _stacked(left, data, categories, "attribution_kind", ("attribution", _ATTRIBUTION_MARKS), lang)
    _stacked(right, data, categories, "reach", ("reach", _REACH_MARKS), lang)
    left.set_yticks(range(len(categories)), [category(one, lang) for one in categories])
    left.set_ylim(len(categories) - 0.5, -0.6)
    words = {one: _overview_words(data, categories, one) for one in ("zh", "en")}
    return closed("task-overview", fig, data, words, note, edition=edition, lang=lang)


def _overview(edition: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    tasks, assignments = load_tasks(edition), load_assignments(edition)
    needed(tasks, "task-overview", "tasks", edition)
    owner = task_elements(tasks, assignments, load_targets(edition)).query("element == 'owner'")
    kind = owner.set_index("task_id")["basis"].replace("", "none")
    cities = implementing(assignments).groupby("task_id")["body"].nunique()
    vague = open_tasks(assignments)
    data = tasks[["task_id", "category", "category_en"]].copy()
    data["attribution_kind"] = data["task_id"].map(kind)
    data["cities"] = data["task_id"].map(cities).fillna(0).astype(int)
    data["others_implied"] = data["task_id"].isin(vague)
    names = {0: "none", 1: "one", 2: "two", _FULL_CIRCLE: "three"}
    data["reach"] = [
        "open" if n == 1 and open_ else names.get(n, "more")
        for n, open_ in zip(data["cities"], data["others_implied"], strict=True)
    ]
    data["quote"], data["start"], data["end"] = (
        tasks["attribution"],
        tasks["attribution_start"],
        tasks["attribution_end"],
    )
    return tasks, data


def _stacked(
    ax: Axes,
    data: pd.DataFrame,
    rows: list[str],
    column: str,
    marks: tuple[str, Mapping[str, Mark]],
    lang: str,
) -> None:
    group, known = marks
    counts = pd.crosstab(data["category"], data[column]).reindex(rows)
    used = [name for name in known if name in counts.columns]
    for y, row in enumerate(rows):
        start = 0
        for name in used:
            segment(ax, y, start, int(counts[name][row]), known[name])
            start += int(counts[name][row])
        ax.text(start + 0.2, y, str(start), va="center_baseline", size=FONT_SIZES["tick"], color=MUTED)
    named = [(label(f"{group}.{name}", lang), known[name]) for name in used]
    title = label(f"chart.by_{column}", lang)
    settings = {"title": title, "alignment": "left", "loc": "lower left", "bbox_to_anchor": (0.0, 1.02)}
    legend(ax, named, ncols=-(-len(named) // 2), columnspacing=0.9, handlelength=1.3, **settings)
    ax.set_xlim(0, float(counts.sum(axis=1).max()) * 1.06)
    ax.set_xlabel(label("axis.tasks", lang))
    whole_ticks(ax)
    bare(ax, keep=("left", "bottom"))


def _overview_words(data: pd.DataFrame, categories: list[str], lang: str) -> tuple[str, str]:
    n = len(data)
    sizes = [int((data["category"] == one).sum()) for one in categories]
    by = data["attribution_kind"].value_counts()
    reach = data["reach"].value_counts()
    kinds = [name for name in _ATTRIBUTION_MARKS if name in by]
    reaches = [name for name in _REACH_MARKS if name in reach]
    single, lead = int(by.get("single_lead", 0)), int(by.get("single_lead", 0) + by.get("joint_lead", 0))
    three = int(reach.get("three", 0))
    if lang == "zh":
        parts = listed([f"{category(c, lang)}{s}项" for c, s in zip(categories, sizes, strict=True)], lang)
        said = "；".join(f"{label(f'attribution.{k}', lang)}{by[k]}项" for k in kinds)
        cities = "；".join(f"{label(f'reach.{k}', lang)}{reach[k]}项" for k in reaches)
        caption = (
            f"各类任务由谁负责、由几市落实。{n}项任务中{lead}项写明牵头单位（{single}项只有一家），{three}项由三市共同落实。"
            "左：省级单位的分工方式；右：括号中点名落实的城市数。每项任务只计一次，编号重复的两项分别计数。"
        )
        return (
            caption,
            f"{n}项任务按类别：{parts}。按省级单位分工：{said}。按落实的城市：{cities}。",
        )
    parts = listed([f"{category(c, lang)} {s}" for c, s in zip(categories, sizes, strict=True)], lang)
    said = listed([f"{label(f'attribution.{k}', lang).lower()} {by[k]}" for k in kinds], lang)
    cities = "; ".join(f"{label(f'reach.{k}', lang).lower()} {reach[k]}" for k in reaches)
    caption = (
        f"Who answers for the tasks of each category, and how many cities implement them. Of {n} tasks, {lead} name a lead body "
        f"({single} of them one alone), and {three} fall to three cities together. Left: how the provincial bodies are named; right: "
        "number of cities named to implement. Each task counts once; two tasks that bear the same number count as two."
    )
    alt = f"The {n} tasks by category: {parts}. By provincial bodies: {said}. By number of implementing cities: {cities}."
    return caption, alt


def task_completeness(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw which elements of a checkable duty each task states: deliverable, number, deadline, owner."""
    tasks = needed(load_tasks(edition), "task-completeness", "tasks", edition)
    data = task_elements(tasks, load_assignments(edition), load_targets(edition))
    columns = _columns(tasks)
    rows = max(len(column) for column in columns)
    top = 19.0
    fig, note = opened(edition, lang, top + 16 + 4.15 * rows)
    grid = fig.add_gridspec(2, len(columns), height_ratios=(top, 4.15 * (rows + 1.5)))
    summary = fig.add_subplot(grid[0, :])
    _completeness_bars(summary, data, lang)
    for i, column in enumerate(columns):
        _completeness_rows(fig.add_subplot(grid[1, i]), column, rows, data, lang)
    legend(fig, [(label(f"status.{name}", lang), mark) for name, mark in _STATUS_MARKS.items()])
    words = {one: _completeness_words(data, one) for one in ("zh", "en")}
    return closed("task-completeness", fig, data, words, note, edition=edition, lang=lang)


_Row = tuple[str, "pd.DataFrame"]


def _columns(tasks: pd.DataFrame) -> list[list[_Row]]:
    """Lay the rows out in two columns: a heading with the tasks of its category, then each task; broken between categories."""
    groups: list[list[_Row]] = []
    for name in dict.fromkeys(tasks["category"]):
        part = tasks[tasks["category"] == name]
        groups.append([(str(name), part), *(("", part.iloc[[i]]) for i in range(len(part)))])
    sizes = [len(group) for group in groups]
    cut = min(range(1, len(groups) + 1), key=lambda at: max(sum(sizes[:at]), sum(sizes[at:])))
    halves = [[row for group in part for row in group] for part in (groups[:cut], groups[cut:])]
    return [half for half in halves if half]


def _completeness_bars(ax: Axes, data: pd.DataFrame, lang: str) -> None:
    for y, element in enumerate(ELEMENTS):
        start = 0
        for status, mark in _STATUS_MARKS.items():
            n = int((data.loc[data["element"] == element, "status"] == status).sum())
            segment(ax, y, start, n, mark)
            start += n
    n = data["task_id"].nunique()
    # The names stand inside the axes: as tick labels they would push the columns below to the right.
    for y, element in enumerate(ELEMENTS):
        ax.text(-0.008 * n, y, label(f"element.{element}", lang), ha="right", va="center_baseline")
    ax.set_yticks([])
    ax.set_ylim(len(ELEMENTS) - 0.5, -0.5)
    ax.set_xlim(-0.1 * n, n)
    ax.spines["bottom"].set_bounds(0, n)
    ax.set_xlabel(label("axis.tasks", lang), labelpad=1)
    whole_ticks(ax)
    ax.set_xticks([tick for tick in ax.get_xticks() if 0 <= tick <= n])
    bare(ax, keep=("bottom",))


_WIDTH, _PITCH, _NAME_AT = 246.0, 30.0, 17.0  # of a column, of a cell and up to the name, in points


def _completeness_rows(ax: Axes, rows: Sequence[_Row], height: int, data: pd.DataFrame, lang: str) -> None:
    status = data.pivot_table(index="task_id", columns="element", values="status", aggfunc="first")
    basis = data.pivot_table(index="task_id", columns="element", values="basis", aggfunc="first")
    first = _WIDTH - _PITCH * (len(ELEMENTS) - 0.5)
    places = dict(zip(ELEMENTS, (first + _PITCH * i for i in range(len(ELEMENTS))), strict=True))
    for element, x in places.items():
        ax.text(x, -1, label(f"element.{element}", lang), size=6, ha="center", va="center_baseline")
    for y, (heading, part) in enumerate(rows):
        own = status.loc[part["task_id"]]
        if heading:
            ax.axhspan(y - 0.46, y + 0.46, color="#ebebeb", linewidth=0)
            ax.text(2, y, category(heading, lang), size=7, va="center_baseline")
            for element, x in places.items():
                n = int((own[element] == "stated").sum())
                ax.text(x, y, f"{n}/{len(part)}", size=6.5, ha="center", va="center_baseline")
            continue
        task = part.iloc[0].to_dict()
        name = str(task["task_id"])
        room = first - _PITCH / 2 - _NAME_AT - 2
        written = (
            ax.text(14, y, name.split("-", 1)[1], size=6, ha="right", va="center_baseline", color=MUTED),
            ax.text(_NAME_AT, y, task_name(task, lang, room, 6.2), size=6.2, va="center_baseline"),
        )
        for one in written:
            one.set_in_layout(False)
        for element, x in places.items():
            mark = _STATUS_MARKS[str(own[element].iloc[0])]
            reason = label(f"basis.{basis.loc[name, element]!s}", lang, default="")
            tile(ax, (x, y), mark, reason, size=(_PITCH - 1.5, 0.84), font=FONT_SIZES["min"])
    ax.set_xlim(0, _WIDTH)
    ax.set_ylim(height - 0.4, -1.6)
    ax.set_xticks([])
    ax.set_yticks([])
    bare(ax)


def _completeness_words(data: pd.DataFrame, lang: str) -> tuple[str, str]:
    status = data.pivot_table(index="task_id", columns="element", values="status", aggfunc="first")
    n = len(status)
    stated = {element: int((status[element] == "stated").sum()) for element in ELEMENTS}
    partly = {element: int((status[element] == "partly").sum()) for element in ELEMENTS}
    full = [str(one).split("-", 1)[1] for one in status.index[(status == "stated").all(axis=1)]]
    empty = int((status.drop(columns="owner") == "missing").all(axis=1).sum())
    if lang == "zh":
        parts = listed(
            [
                f"{label(f'element.{e}', lang)}{stated[e]}项"
                + (f"（另有{partly[e]}项部分写明）" if partly[e] else "")
                for e in ELEMENTS
            ],
            lang,
        )
        caption = (
            f"每项任务写明了什么、没有写什么。{n}项任务中，{n - stated['number']}项没有可衡量的目标，{n - stated['deadline']}项没有写明时限，"
            f"{empty}项成果、数量、时限三样都没有写。成果：有量化目标，或有建成、完成、开工建设、印发等完成性词语；只写争创、争取、申报或“更多”的为部分写明。"
            "数量：有量化目标；写“一批”或另行下达的为部分写明。时限：写明日期或“年内”；“按期”为部分写明，清单本身的年度不算。责任单位：只有一家牵头；多家牵头、无牵头或只有指导协调的为部分写明。"
            "灰底行：该类任务中写明的项数。"
        )
        tail = f"四样俱全的只有任务{listed(full, lang)}" if full else "没有一项任务四样俱全"
        alt = f"{n}项任务中，写明的有：{parts}。{tail}；成果、数量、时限都没有写的有{empty}项。"
        return caption, alt
    parts = listed(
        [
            f"{label(f'element.{e}', lang).lower()} {stated[e]}"
            + (f" (in part: {partly[e]} more)" if partly[e] else "")
            for e in ELEMENTS
        ],
        lang,
    )
    caption = (
        f"What each task states and what it leaves open. Of {n} tasks, {n - stated['number']} have no measurable target, "
        f"{n - stated['deadline']} state no deadline, and {empty} state neither deliverable nor number nor deadline. Deliverable: a "
        "target, or a word of completion (built, completed, begun, issued); in part where it is only aimed at (strive for, apply for, "
        "more of). Number: a quantitative target; in part where it says “a number of” or is set elsewhere. Deadline: a date or “within "
        "the year”; “on schedule” is in part, and the year of the list is not counted. Owner: one lead body; in part where several "
        "lead, none leads, or a body only coordinates. Grey rows: tasks of the category that state it."
    )
    tail = (
        f"Only {'task' if len(full) == 1 else 'tasks'} {listed(full, lang)} state{'s' if len(full) == 1 else ''} all four"
        if full
        else "No task states all four"
    )
    alt = f"Of {n} tasks, those that state it: {parts}. {tail}; {empty} state neither deliverable nor number nor deadline."
    return caption, alt
