"""Charts of the provincial bodies: who leads what, who shares with whom, and whose tasks fall on which city."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sxcanalysis._charting import bare, body, category, cell, closed, listed, needed, opened, remark
from sxcanalysis._weights import implementing, roster
from sxcanalysis.datasets import load_assignments, load_tasks
from sxcanalysis.duties import co_responsibility, concentration
from sxcanalysis.style import FONT_SIZES, MUTED, Mark, label, wrap_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sxcanalysis.figures import FigureBundle

_LEADS, _SHARES = Mark("#174679"), Mark("#b9cde0", "//")


def lead_matrix(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw each provincial body's tasks by category: those that it leads and those that it shares."""
    tasks = load_tasks(edition)
    rows = _provincial(edition, "lead-matrix").merge(
        tasks[["task_id", "category", "category_en"]], on="task_id"
    )
    data = rows.rename(columns={"category": "heading", "category_en": "heading_en"})
    headings = list(dict.fromkeys(tasks["category"]))
    names = [category(one, lang) for one in headings]
    without = tasks[~tasks["task_id"].isin(rows.loc[rows["role"] == "lead", "task_id"])]
    idle = without["category"].value_counts().reindex(headings, fill_value=0)
    order, words = _order(rows), {one: _lead_words(rows, idle, one) for one in ("zh", "en")}
    fig, note = opened(edition, lang, "lead_matrix", ("double", 5.0 * len(order) + 48))
    left, right = fig.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": (2.2, 1.0)})
    _matrix(left, data, order, headings, names, lang)
    last = len(order) + 0.6
    for x, n in enumerate(idle):
        left.text(x, last, str(n), ha="center", va="center_baseline", size=6.5, color=MUTED)
    right.text(0.3, last, str(int(idle.sum())), va="center_baseline", size=6.5, color=MUTED)
    _body_bars(right, rows, order, lang)
    left.axhline(last - 0.8, color=MUTED, linewidth=0.5)
    left.set_yticks(
        [*range(len(order)), last], [*(body(one, lang) for one in order), label("chart.no_lead_row", lang)]
    )
    left.set_ylim(last + 0.6, -0.7)
    return closed(
        "lead-matrix", fig, data, words, note, edition=edition, lang=lang, inputs=("reference/bodies.csv",)
    )


def lead_city(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw each provincial body's tasks by implementing city: those that it leads and those that it shares."""
    assignments = load_assignments(edition)
    rows = _provincial(edition, "lead-city")
    known = roster(assignments)
    cities = implementing(assignments).rename(columns={"body": "heading"})
    data = rows.merge(cities, on="task_id", how="inner")
    data["heading_en"] = data["heading"].map(dict(zip(known["city"], known["city_en"], strict=True)))
    headings = [one for one in known["city"] if one in set(cities["heading"])]
    english = dict(zip(known["city"], known["city_en"], strict=True))
    names = [one.removesuffix("市") if lang == "zh" else english[one] or one for one in headings]
    order = _order(rows)
    words = {one: _city_words(data, headings, english, one) for one in ("zh", "en")}
    fig, note = opened(edition, lang, "lead_city", ("double", 5.0 * len(order) + 44))
    left, right = fig.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": (1.8, 1.0)})
    _matrix(left, data, order, headings, names, lang)
    full = int((known.set_index("city").loc[headings, "member"] == "full").sum())
    if 0 < full < len(headings):
        left.axvline(full - 0.5, color=MUTED, linewidth=0.6, linestyle=(0, (3, 2)))
    _body_bars(right, rows, order, lang)
    left.set_yticks(range(len(order)), [body(one, lang) for one in order])
    left.set_ylim(len(order) - 0.4, -0.7)
    return closed(
        "lead-city", fig, data, words, note, edition=edition, lang=lang, inputs=("reference/bodies.csv",)
    )


def _provincial(edition: str, figure: str) -> pd.DataFrame:
    """Return one row a body and task, with the strongest role and the words of the bracket."""
    table = load_assignments(edition)
    chosen = table[(table["role"] != "implementing") & (table["body_kind"] != "city")]
    needed(chosen, figure, "bodies besides the implementing cities", edition)
    rows = chosen.assign(weight=(chosen["role"] != "lead").astype(int)).sort_values(["weight"], kind="stable")
    rows = rows.drop_duplicates(["task_id", "body"]).sort_index()
    rows = rows.assign(quote=rows["body_as_written"], body_en=[body(one, "en") for one in rows["body"]])
    return rows[["task_id", "body", "body_en", "role", "quote", "start", "end"]].reset_index(drop=True)


def _order(rows: pd.DataFrame) -> list[str]:
    """Put the bodies with the most tasks first; among equals those that lead more, then the document's order."""
    total, lead = rows["body"].value_counts(), rows.loc[rows["role"] == "lead", "body"].value_counts()
    first = {name: i for i, name in enumerate(dict.fromkeys(rows["body"]))}
    return sorted(first, key=lambda one: (-int(total[one]), -int(lead.get(one, 0)), first[one]))


def _matrix(
    ax: Axes, data: pd.DataFrame, order: list[str], headings: list[str], names: list[str], lang: str
) -> None:
    lead = data["role"] == "lead"
    both = [
        pd.crosstab(part["body"], part["heading"]).reindex(index=order, columns=headings, fill_value=0)
        for part in (data[lead], data[~lead])
    ]
    top = float((both[0] + both[1]).to_numpy().max())
    for y, one in enumerate(order):
        for x, heading in enumerate(headings):
            n, m = (int(table[heading][one]) for table in both)
            cell(ax, x, y, n + m, top, f"{n} + {m}")
    ax.set_xlim(-0.6, len(headings) - 0.4)
    ax.set_xticks(range(len(headings)), [wrap_text(name, 39, 6.0) for name in names], size=6.0)
    ax.xaxis.tick_top()
    bare(ax)
    remark(ax, label("chart.lead_and_share", lang), y=-0.035)


def _body_bars(ax: Axes, rows: pd.DataFrame, order: list[str], lang: str) -> None:
    lead = rows.loc[rows["role"] == "lead", "body"].value_counts().reindex(order, fill_value=0)
    total = rows["body"].value_counts().reindex(order)
    y = range(len(order))
    ax.barh(y, lead, height=0.66, **_LEADS.patch())
    ax.barh(y, total - lead, left=lead, height=0.66, **_SHARES.patch())
    for row, n in enumerate(total):
        ax.text(n + 0.35, row, str(n), va="center_baseline", size=6.5)
    handles = [
        Patch(label=label("chart.row_leads", lang), **_LEADS.patch()),
        Patch(label=label("chart.row_shares", lang), **_SHARES.patch()),
    ]
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.0, 1.0), borderpad=0)
    ax.set_xlim(0, float(total.max()) * 1.12)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(label("axis.tasks", lang))
    ax.tick_params(axis="y", length=0, labelleft=False)
    bare(ax, keep=("bottom",))


def _lead_words(rows: pd.DataFrame, idle: pd.Series[int], lang: str) -> tuple[str, str]:
    order = _order(rows)
    total = rows["body"].value_counts()
    lead = rows.loc[rows["role"] == "lead", "body"].value_counts()
    top = order[0]
    measures = concentration(total)
    single = int((total == 1).sum())
    heads = listed([f"{body(one, lang)}{int(lead[one])}项" if lang == "zh" else f"{body(one, lang)} {int(lead[one])}"
                    for one in lead.sort_values(ascending=False, kind="stable").index[:3]], lang)  # fmt: skip
    n = int(rows["task_id"].nunique())
    if lang == "zh":
        caption = f"{len(order)}家省级单位在各类任务中牵头和共同负责（含指导协调）的任务数（项）。一项任务可有多家单位，各记一次，因此各行相加大于任务总数。最下一行为没有牵头单位的任务。"
        alt = (
            f"{body(top, lang)}参与最多：{n}项任务中的{int(total[top])}项，其中牵头{int(lead.get(top, 0))}项。牵头最多的三家为{heads}。"
            f"{single}家单位只参与1项。{int(idle.sum())}项任务没有牵头单位。参与最多的三家占全部{int(total.sum())}次参与的{measures['top_share']:.0%}。"
        )
        return caption, alt
    caption = (
        f"Tasks that each of {len(order)} provincial bodies leads, and those for which it shares responsibility or coordinates, by "
        "category. A task with several bodies counts for each of them, so rows add up to more than the number of tasks. The last row "
        "counts tasks without a lead body."
    )
    alt = (
        f"{body(top, lang)} takes part most: in {int(total[top])} of {n} tasks, leading {int(lead.get(top, 0))}. Most tasks led: {heads}. "
        f"{single} bodies take part in 1 task only. {int(idle.sum())} tasks have no lead body. The three busiest bodies make up "
        f"{measures['top_share']:.0%} of all {int(total.sum())} involvements."
    )
    return caption, alt


def _city_words(
    data: pd.DataFrame, headings: list[str], english: dict[str, str], lang: str
) -> tuple[str, str]:
    bodies = data.groupby("heading")["body"].nunique().reindex(headings)
    lead = (
        data[data["role"] == "lead"].groupby("heading")["task_id"].nunique().reindex(headings, fill_value=0)
    )
    top = str(data["body"].value_counts().index[0])
    most = data[data["body"] == top]["heading"].value_counts().reindex(headings, fill_value=0)
    said = [
        (
            one.removesuffix("市") if lang == "zh" else english[one] or one,
            int(bodies[one]),
            int(lead[one]),
            int(most[one]),
        )
        for one in headings
    ]
    if lang == "zh":
        caption = "省级单位牵头和共同负责的任务落到各市的数量（项）。一项任务有几市落实，就在几市各记一次。虚线右侧的城市只参加部分任务。"
        alt = (
            "；".join(
                f"{c}面对{b}家省级单位，有牵头单位的任务{n}项，与{body(top, lang)}有关的{m}项"
                for c, b, n, m in said
            )
            + "。"
        )
        return caption, alt
    caption = (
        "Tasks that provincial bodies lead or share, by implementing city. A task that several cities implement counts in each of "
        "them. Cities right of the dashed line take part in some tasks only."
    )
    alt = "; ".join(
        f"{c} deals with {b} provincial bodies, has {n} tasks with a lead body and {m} with the {body(top, lang)}"
        for c, b, n, m in said
    )
    return caption, alt + "."


def body_sharing(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw how many tasks each two provincial bodies share."""
    rows = _provincial(edition, "body-sharing")
    edges = co_responsibility(load_assignments(edition))
    needed(edges, "body-sharing", "tasks that two provincial bodies share", edition)
    order = [one for one in _order(rows) if one in set(edges["body"]) | set(edges["other"])]
    at = {one: i for i, one in enumerate(order)}
    total = rows["body"].value_counts()
    fig, note = opened(edition, lang, "body_sharing", ("double", 5.4 * len(order) + 26))
    ax = fig.subplots()
    top = float(edges["tasks"].max())
    for edge in edges.to_dict("records"):
        y, x = sorted((at[str(edge["body"])], at[str(edge["other"])]), reverse=True)
        cell(ax, x, y, float(edge["tasks"]), top, str(edge["tasks"]), size=FONT_SIZES["tick"])
    for one, i in at.items():
        ax.text(i, i, f"({total[one]})", ha="center", va="center_baseline", size=6.5, color=MUTED)
    n = len(order)
    ax.set_yticks(range(n), [f"{body(one, lang)}  {i + 1}" for one, i in at.items()])
    ax.set_xticks(range(n), [str(i + 1) for i in range(n)])
    ax.set_xlim(-0.6, n - 0.4)
    ax.set_ylim(n - 0.4, -0.6)
    bare(ax)
    ax.grid(visible=True, linewidth=0.3)
    text = wrap_text(label("chart.body_sharing_read", lang), 210, FONT_SIZES["tick"])
    ax.text(
        0.99, 0.97, text, transform=ax.transAxes, ha="right", va="top", size=FONT_SIZES["tick"], color=MUTED
    )
    data = _quoted(edges, rows)
    words = {key: _sharing_words(edges, rows, key) for key in ("zh", "en")}
    return closed(
        "body-sharing", fig, data, words, note, edition=edition, lang=lang, inputs=("reference/bodies.csv",)
    )


def _quoted(edges: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Give each pair one row a shared task, with the words and places of both bodies."""
    tasks = edges.assign(task_id=edges["task_ids"].str.split(";")).explode("task_id", ignore_index=True)
    tasks = tasks.drop(columns="task_ids")
    mine = rows[["task_id", "body", "role", "quote", "start", "end"]]
    tasks = tasks.merge(mine, on=["task_id", "body"])
    theirs = mine.rename(columns={"body": "other"})
    return tasks.merge(theirs, on=["task_id", "other"], suffixes=("", "_other"))


def _sharing_words(edges: pd.DataFrame, rows: pd.DataFrame, lang: str) -> tuple[str, str]:
    first = edges.iloc[0]
    pair = [body(str(first[key]), lang) for key in ("body", "other")]
    partners = pd.concat([edges["body"], edges["other"]]).value_counts()
    hub = str(partners.index[0])
    alone = int((rows["task_id"].value_counts() == 1).sum())
    n = int(rows["task_id"].nunique())
    closest = edges[edges["tasks"] > 1].sort_values("jaccard", ascending=False, kind="stable")
    near = closest.iloc[0] if len(closest) else first
    mates = [body(str(near[key]), lang) for key in ("body", "other")]
    if lang == "zh":
        caption = "两家省级单位出现在同一项任务中的任务数（项），不论牵头还是共同负责。括号内为该单位参与的任务总数。未与他家共同承担任务的单位不列。"
        alt = (
            f"共同任务最多的是{pair[0]}与{pair[1]}，{first['tasks']}项。{body(hub, lang)}与{partners.iloc[0]}家单位有共同任务，联系最广。"
            f"按交集与并集之比，{mates[0]}与{mates[1]}重合最多（{near['jaccard']:.0%}）。{n}项任务中{alone}项只有一家省级单位。"
        )
        return caption, alt
    caption = (
        "Number of tasks in whose bracket two provincial bodies stand together, whether they lead or share. In brackets: all tasks of the "
        "body. Bodies that share no task are not listed."
    )
    alt = (
        f"Most shared tasks: {pair[0]} and {pair[1]}, {first['tasks']}. The {body(hub, lang)} shares tasks with "
        f"{partners.iloc[0]} bodies, more than any other. By intersection over union, {mates[0]} and {mates[1]} overlap most "
        f"({near['jaccard']:.0%}). {alone} of {n} tasks have one provincial body only."
    )
    return caption, alt
