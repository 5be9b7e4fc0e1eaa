"""Charts of the tasks themselves: how many of what kind, and what each of them states and leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sxcanalysis._charting import bare, category, closed, listed, needed, opened, task_name
from sxcanalysis._weights import implementing, open_tasks
from sxcanalysis.datasets import load_assignments, load_targets, load_tasks
from sxcanalysis.elements import ELEMENTS, task_elements
from sxcanalysis.style import FONT_SIZES, INK, LINE_WIDTHS, MUTED, Mark, label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from sxcanalysis.figures import FigureBundle

_ATTRIBUTION_MARKS = {
    "single_lead": Mark("#174679"),
    "joint_lead": Mark("#5b94c4", "//"),
    "single_responsible": Mark("#b9875c", "xx"),
    "no_lead": Mark("#e2b77f", "\\\\"),
    "coordination": Mark("#efe3c8", "||"),
    "none": Mark("#bdbdbd", "--"),
}
_REACH_MARKS = {
    "one": Mark("#4c2756"),
    "open": Mark("#8c5a97", "xx"),
    "two": Mark("#5da180", "\\\\"),
    "three": Mark("#c3e0cf"),
    "more": Mark("#eeeaa8", "//"),
    "none": Mark("#bdbdbd", "--"),
}
_STATUS_MARKS = {"stated": ("#174679", "o"), "partly": ("#e2b77f", "o"), "missing": ("white", "o")}


def task_overview(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw the number of tasks of each category by kind of attribution and by number of implementing cities."""
    tasks, data = _overview(edition)
    categories = list(dict.fromkeys(tasks["category"]))
    fig, note = opened(edition, lang, "task_overview", ("double", 82))
    left, right = fig.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": (1.0, 1.0)})
    _stacked(left, data, categories, "attribution_kind", ("attribution", _ATTRIBUTION_MARKS), lang)
    _stacked(right, data, categories, "reach", ("reach", _REACH_MARKS), lang)
    left.set_yticks(range(len(categories)), [category(one, lang) for one in categories])
    left.invert_yaxis()
    left.set_title(label("chart.by_attribution", lang), size=FONT_SIZES["label"])
    right.set_title(label("chart.by_reach", lang), size=FONT_SIZES["label"])
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
    names = {0: "none", 1: "one", 2: "two", 3: "three"}
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
    totals = counts.sum(axis=1)
    used = [name for name in known if name in counts.columns]
    left = pd.Series(0, index=rows)
    for name in used:
        mark = known[name]
        ax.barh(range(len(rows)), counts[name], left=left, height=0.72, **mark.patch())
        for row, (n, start) in enumerate(zip(counts[name], left, strict=True)):
            if n:
                box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 1.0}
                ax.text(start + n / 2, row, str(n), ha="center", va="center_baseline", size=6.5, bbox=box)
        left = left + counts[name]
    for row, total in enumerate(totals):
        ax.text(total + 0.25, row, str(total), va="center_baseline", size=FONT_SIZES["label"])
    handles = [Patch(label=label(f"{group}.{name}", lang), **known[name].patch()) for name in used]
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, columnspacing=1.2)
    ax.set_xlim(0, float(totals.max()) * 1.12)
    ax.set_xlabel(label("axis.tasks", lang))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    bare(ax, keep=("left", "bottom"))


def _overview_words(data: pd.DataFrame, categories: list[str], lang: str) -> tuple[str, str]:
    n = len(data)
    sizes = [int((data["category"] == one).sum()) for one in categories]
    by = data["attribution_kind"].value_counts()
    reach = data["reach"].value_counts()
    kinds = [name for name in _ATTRIBUTION_MARKS if name in by]
    lead = int(by.get("single_lead", 0) + by.get("joint_lead", 0))
    if lang == "zh":
        parts = listed([f"{category(c, lang)}{s}项" for c, s in zip(categories, sizes, strict=True)], lang)
        said = listed([f"{label(f'attribution.{k}', lang)}{by[k]}项" for k in kinds], lang)
        caption = f"{n}项任务按类别、省级单位分工方式和落实城市数量划分（项）。每项任务只计一次；编号重复的任务按两项计。"
        alt = (
            f"{n}项任务中，{parts}。{lead}项有牵头单位，{n - lead}项没有（{said}）。"
            f"{int(reach.get('three', 0))}项由三市共同落实，只写一市的有{int(reach.get('one', 0) + reach.get('open', 0))}项。"
        )
        return caption, alt
    parts = listed([f"{category(c, lang)} {s}" for c, s in zip(categories, sizes, strict=True)], lang)
    said = listed([f"{label(f'attribution.{k}', lang).lower()} {by[k]}" for k in kinds], lang)
    caption = (
        f"The {n} tasks by category, by how provincial bodies are named and by the number of implementing cities. "
        "Each task counts once; tasks that bear the same number count as two."
    )
    alt = (
        f"Of {n} tasks: {parts}. {lead} have a lead body and {n - lead} have none ({said}). {int(reach.get('three', 0))} fall to "
        f"three cities together; {int(reach.get('one', 0) + reach.get('open', 0))} name one city only."
    )
    return caption, alt


def task_completeness(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw which elements of a checkable duty each task states: deliverable, number, deadline, owner."""
    tasks = needed(load_tasks(edition), "task-completeness", "tasks", edition)
    data = task_elements(tasks, load_assignments(edition), load_targets(edition))
    groups = list(dict.fromkeys(tasks["category"]))
    rows = len(tasks) + len(groups)
    fig, note = opened(edition, lang, "task_completeness", ("double", min(277.0, 3.9 * rows + 32)))
    ax = fig.subplots()
    _completeness_rows(ax, tasks, data, groups, lang)
    words = {one: _completeness_words(data, one) for one in ("zh", "en")}
    return closed("task-completeness", fig, data, words, note, edition=edition, lang=lang)


_NAME_AT, _FIRST, _STEP = 0.75, 8.0, 1.85


def _completeness_rows(
    ax: Axes, tasks: pd.DataFrame, data: pd.DataFrame, groups: list[str], lang: str
) -> None:
    status = data.pivot_table(index="task_id", columns="element", values="status", aggfunc="first")
    basis = data.pivot_table(index="task_id", columns="element", values="basis", aggfunc="first")
    columns = [_FIRST + _STEP * i for i in range(len(ELEMENTS))]
    y = 0
    for group in groups:
        y += 1
        ax.axhspan(y - 0.5, y + 0.5, color="#eeeeee", linewidth=0)
        part = tasks[tasks["category"] == group]
        ax.text(0, y, category(group, lang), size=7, va="center_baseline")
        for x, element in zip(columns, ELEMENTS, strict=True):
            n = int((status.loc[part["task_id"], element] == "stated").sum())
            ax.text(x - 0.66, y, f"{n}/{len(part)}", size=6.5, va="center_baseline", color=INK)
        for task in part.to_dict("records"):
            y += 1
            own = str(task["task_id"])
            ax.axhline(y + 0.5, color="#ececec", linewidth=LINE_WIDTHS["thin"], zorder=0)
            ax.text(0.55, y, own.split("-", 1)[1], size=6, ha="right", va="center_baseline", color=MUTED)
            ax.text(_NAME_AT, y, task_name(task, lang, 205, 6.5), size=6.5, va="center_baseline")
            for x, element in zip(columns, ELEMENTS, strict=True):
                fill, marker = _STATUS_MARKS[str(status.loc[own, element])]
                ax.plot(
                    x - 0.55,
                    y,
                    marker=marker,
                    markersize=5.2,
                    markerfacecolor=fill,
                    markeredgecolor=INK,
                    markeredgewidth=0.5,
                )
                if status.loc[own, element] == "partly":
                    ax.plot(x - 0.55, y, marker="o", markersize=1.6, color=INK)
                reason = label(f"basis.{basis.loc[own, element]!s}", lang, default="")
                ax.text(x - 0.3, y, reason, size=5.6, va="center_baseline", color=MUTED)
    for x, element in zip(columns, ELEMENTS, strict=True):
        total = int((status[element] == "stated").sum())
        head = f"{label(f'element.{element}', lang)}\n{total}/{len(tasks)}"
        ax.text(x - 0.66, -0.35, head, size=FONT_SIZES["label"], va="center", linespacing=1.15)
    ax.set_xlim(0, columns[-1] + _STEP * 0.62)
    ax.set_ylim(y + 0.6, -1.5)
    ax.set_xticks([])
    ax.set_yticks([])
    bare(ax)
    handles = [
        Line2D([], [], linestyle="none", marker=m, markersize=5.2, markerfacecolor=f, markeredgecolor=INK, markeredgewidth=0.5,
               label=label(f"status.{name}", lang))
        for name, (f, m) in _STATUS_MARKS.items()
    ]  # fmt: skip
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 0.972), ncols=3, columnspacing=1.2, borderpad=0
    )


def _completeness_words(data: pd.DataFrame, lang: str) -> tuple[str, str]:
    status = data.pivot_table(index="task_id", columns="element", values="status", aggfunc="first")
    n = len(status)
    stated = {element: int((status[element] == "stated").sum()) for element in ELEMENTS}
    partly = {element: int((status[element] == "partly").sum()) for element in ELEMENTS}
    full = [str(one).split("-", 1)[1] for one in status.index[(status == "stated").all(axis=1)]]
    bare_ = int((status.drop(columns="owner") == "missing").all(axis=1).sum())
    if lang == "zh":
        parts = listed(
            [
                f"{label(f'element.{e}', lang)}{stated[e]}项（另有{partly[e]}项部分写明）"
                if partly[e]
                else f"{label(f'element.{e}', lang)}{stated[e]}项"
                for e in ELEMENTS
            ],
            lang,
        )
        caption = (
            f"{n}项任务是否写明成果、数量、时限和唯一责任单位。成果：有量化目标，或有建成、完成、开工建设、印发等完成性词语；只写争创、争取、申报或“更多”的为部分写明。"
            "数量：有量化目标；写“一批”或另行下达的为部分写明。时限：写明日期或“年内”；“按期”为部分写明，清单本身的年度不算。责任单位：只有一家牵头；多家牵头、无牵头或只有指导协调的为部分写明。"
        )
        tail = f"四项俱全的只有任务{listed(full, lang)}" if full else "没有一项任务四项俱全"
        alt = f"{n}项任务中，写明的有：{parts}。{tail}；成果、数量、时限都没有写的有{bare_}项。"
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
        f"Whether each of the {n} tasks states a deliverable, a number, a deadline and a single owner. Deliverable: a target, or a word "
        "of completion (built, completed, begun, issued); in part where it is only aimed at (strive for, apply for, more of). Number: a "
        "quantitative target; in part where it says “a number of” or is set elsewhere. Deadline: a date or “within the year”; “on "
        "schedule” is in part, and the year of the list is not counted. Owner: one lead body; in part where several lead, none leads, or "
        "a body only coordinates."
    )
    tail = (
        f"Only {'task' if len(full) == 1 else 'tasks'} {listed(full, lang)} state all four"
        if full
        else "No task states all four"
    )
    alt = f"Of {n} tasks, those that state it: {parts}. {tail}; {bare_} state neither deliverable nor number nor deadline."
    return caption, alt
