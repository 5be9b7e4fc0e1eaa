"""Charts of the provincial bodies: who leads what, who shares with whom, and whose tasks fall on which city."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.patches import Rectangle

from sxcanalysis.analysis.counting_rules import implementing, roster
from sxcanalysis.analysis.duties import co_responsibility, provincial
from sxcanalysis.figures.charts.common import (
    bare,
    body,
    body_in_text,
    category,
    closed,
    counted,
    legend,
    listed,
    needed,
    opened,
    segment,
    shade,
    tile,
    whole_ticks,
)
from sxcanalysis.figures.style import FONT_SIZES, INK, MUTED, Mark, wrap_text
from sxcanalysis.reference.words import label
from sxcanalysis.tables.loading import load_assignments, load_tasks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sxcanalysis.figures.catalogue import FigureBundle

_LEADS, _SHARES, _NOBODY = Mark("#174679"), Mark("#b9cde0"), Mark("#ffffff")


def lead_matrix(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw each provincial body's tasks by category: those that it leads and those that it shares."""
    tasks = load_tasks(edition)
    rows = _provincial(edition, "lead-matrix").merge(
        tasks[["task_id", "category", "category_en"]], on="task_id"
    )
    data = rows.rename(columns={"category": "heading", "category_en": "heading_en"})
    headings = list(dict.fromkeys(tasks["category"]))
    without = tasks[~tasks["task_id"].isin(rows.loc[rows["role"] == "lead", "task_id"])]
    idle = without["category"].value_counts().reindex(headings, fill_value=0)
    order = _order(rows)
    fig, note = opened(edition, lang, 4.6 * (len(order) + 1) + 32)
    ax = fig.subplots()
    places = _columns(ax, data, order, {one: category(one, lang) for one in headings}, lang, summed=True)
    last = len(order) + 0.4
    for heading, x in places.items():
        segment(ax, last, x, int(idle.get(heading, idle.sum())), _NOBODY)
    ax.set_yticks(
        [*ax.get_yticks(), last], [*(body(one, lang) for one in order), label("chart.no_lead_row", lang)]
    )
    ax.set_ylim(last + 0.6, -0.6)
    words = {one: _lead_words(rows, idle, one) for one in ("zh", "en")}
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
    english = dict(zip(known["city"], known["city_en"], strict=True))
    data["heading_en"] = data["heading"].map(english)
    known = known[known["city"].isin(set(cities["heading"]))]
    names = {one: one.removesuffix("市") if lang == "zh" else english[one] or one for one in known["city"]}
    order = _order(rows)
    fig, note = opened(edition, lang, 4.6 * len(order) + 30)
    ax = fig.subplots()
    places = _columns(ax, data, order, names, lang)
    full = known.loc[known["member"] != "full", "city"]
    if 0 < len(full) < len(known):
        ax.axvline(places[full.iloc[0]] - _GAP / 2, color=MUTED, linewidth=0.6, linestyle=(0, (3, 2)))
    ax.set_yticks(ax.get_yticks(), [body(one, lang) for one in order])
    words = {one: _city_words(data, list(known["city"]), english, one) for one in ("zh", "en")}
    return closed(
        "lead-city", fig, data, words, note, edition=edition, lang=lang, inputs=("reference/bodies.csv",)
    )


def _provincial(edition: str, figure: str) -> pd.DataFrame:
    """Return one row a body and task, with the strongest role and the words of the bracket."""
    chosen = provincial(load_assignments(edition))
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


_GAP = 2.0  # between columns, in tasks
_NARROWEST = {"zh": 7.0, "en": 10.0}  # the least width of a column: its heading must fit


def _columns(
    ax: Axes, data: pd.DataFrame, order: list[str], names: dict[str, str], lang: str, *, summed: bool = False
) -> dict[str, float]:
    """Draw one column of stacked bars a heading, and one of their sums, all to one scale; return where each begins."""
    lead = data["role"] == "lead"
    led, shared = (
        pd.crosstab(part["body"], part["heading"]).reindex(index=order, columns=list(names), fill_value=0)
        for part in (data[lead], data[~lead])
    )
    if summed:
        names = {**names, "": label("chart.all_tasks", lang)}
        led[""], shared[""] = led.sum(axis=1), shared.sum(axis=1)
    sums = led + shared
    places, at = {}, 0.0
    for heading in names:
        places[heading] = at
        at += max(float(sums[heading].max()), _NARROWEST[lang]) + _GAP
    ax.set_xlim(-0.2, at - _GAP)
    ax.set_ylim(len(order) - 0.4, -0.6)
    for y, one in enumerate(order):
        ax.axhline(y, color="#ececec", linewidth=0.5, zorder=0)
        for heading, x in places.items():
            n, m = int(led[heading][one]), int(shared[heading][one])
            segment(ax, y, x, n, _LEADS, size=6.0)
            segment(ax, y, x + n, m, _SHARES, size=6.0)
    points = 330 / at if lang == "en" else 400 / at
    heads = [
        wrap_text(name, points * (max(float(sums[heading].max()), _NARROWEST[lang]) + 1), 6.2)
        for heading, name in names.items()
    ]
    for x in places.values():
        ax.axvline(x, color=MUTED, linewidth=0.5, zorder=1)
    ax.set_xticks(list(places.values()), heads, size=6.2, ha="left", linespacing=1.05)
    ax.xaxis.tick_top()
    ax.set_yticks(range(len(order)))
    ax.tick_params(axis="x", pad=2)
    bare(ax)
    marks = [(label("chart.row_leads", lang), _LEADS), (label("chart.row_shares", lang), _SHARES)]
    legend(ax.figure, marks, title=label("chart.lead_and_share", lang), alignment="left")  # type: ignore[arg-type]
    return places


def _lead_words(rows: pd.DataFrame, idle: pd.Series[int], lang: str) -> tuple[str, str]:
    order = _order(rows)
    total = rows["body"].value_counts()
    lead = rows.loc[rows["role"] == "lead", "body"].value_counts()
    top, n = order[0], int(rows["task_id"].nunique())
    most, led, none = int(total[top]), int(lead.get(top, 0)), int(idle.sum())
    share = float(total.nlargest(3).sum() / total.sum())
    single = int((total == 1).sum())
    leaders = lead.sort_values(ascending=False, kind="stable").index[:3]
    if lang == "zh":
        heads = listed([f"{one}{int(lead[one])}项" for one in leaders], lang)
        caption = (
            f"{len(order)}家省级单位在各类任务中牵头与共同负责（含指导协调）的任务数（项）。{top}参与{n}项中的{most}项，但牵头的只有{led}项；"
            f"{none}项任务没有牵头单位（末行空心条）。一项任务可有多家单位，各记一次，因此各行相加大于任务总数。"
        )
        alt = (
            f"{top}参与最多：{n}项任务中的{most}项，其中牵头{led}项。牵头最多的三家为{heads}。{single}家单位只参与1项。"
            f"{none}项任务没有牵头单位。参与最多的三家占全部{int(total.sum())}次参与的{share:.0%}。"
        )
        return caption, alt
    heads = listed([f"{body_in_text(one, lang)} ({int(lead[one])})" for one in leaders], lang)
    caption = (
        f"Tasks that each of {len(order)} provincial bodies leads, and those that it shares or coordinates, by category. "
        f"{_sentence(body_in_text(top, lang))} takes part in {most} of {n} tasks but leads {led}; {none} tasks have no lead body "
        "(hollow bars, last row). A task with several bodies counts for each of them, so rows add up to more than the number of tasks."
    )
    alt = (
        f"{_sentence(body_in_text(top, lang))} takes part most: in {most} of {n} tasks, leading {led}. Most tasks are led by {heads}. "
        f"{counted(single, 'body takes', 'bodies take')} part in 1 task only. {counted(none, 'task has', 'tasks have')} no lead body. The three busiest bodies make up {share:.0%} of all "
        f"{int(total.sum())} involvements."
    )
    return caption, alt


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _city_words(
    data: pd.DataFrame, headings: list[str], english: dict[str, str], lang: str
) -> tuple[str, str]:
    leads = data[data["role"] == "lead"]
    top = str(data["body"].value_counts().index[0])
    said = [
        (
            one.removesuffix("市") if lang == "zh" else english[one] or one,
            int(data.loc[data["heading"] == one, "body"].nunique()),
            int(leads.loc[leads["heading"] == one, "task_id"].nunique()),
            int(((data["heading"] == one) & (data["body"] == top)).sum()),
        )
        for one in headings
    ]
    most = max(said, key=lambda row: row[3])
    busiest = data.groupby("heading")["body"].agg(lambda bodies: bodies.value_counts().index[0])
    everywhere = bool((busiest == top).all())
    if lang == "zh":
        caption = (
            f"省级单位牵头与共同负责（含指导协调）的任务落到各市的数量（项）。{'各市' if everywhere else '多数城市'}打交道最多的{'都' if everywhere else ''}是{top}（{most[0]}{most[3]}项）。"
            "一项任务有几市落实，就在几市各记一次，因此各列不可相加。虚线右侧的城市只参加部分任务。"
        )
        alt = "；".join(
            f"{c}面对{b}家省级单位，有牵头单位的任务{n}项，与{top}有关的{m}项" for c, b, n, m in said
        )
        return caption, alt + "。"
    name = body_in_text(top, lang)
    caption = (
        f"Tasks that provincial bodies lead, share or coordinate, by implementing city. {'Each city' if everywhere else 'Most cities'} deal{'s' if everywhere else ''} most with "
        f"{name} ({most[0]}: {most[3]} tasks). A task that several cities implement counts in each of them, so columns must not be "
        "added up. Cities right of the dashed line take part in some tasks only."
    )
    alt = "; ".join(
        f"{c} deals with {counted(b, 'provincial body', 'provincial bodies')}, has {counted(n, 'task')} with a lead body and {m} with {name}"
        for c, b, n, m in said
    )
    return caption, alt + "."


def body_sharing(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw how many tasks each two provincial bodies share, and how many bodies a task has."""
    rows = _provincial(edition, "body-sharing")
    edges = co_responsibility(load_assignments(edition))
    needed(edges, "body-sharing", "tasks that two provincial bodies share", edition)
    order = [one for one in _order(rows) if one in set(edges["body"]) | set(edges["other"])]
    at = {one: i for i, one in enumerate(order)}
    total = rows["body"].value_counts()
    n = len(order)
    fig, note = opened(edition, lang, 5.2 * n + 16)
    ax = fig.subplots()
    top = float(edges["tasks"].max())
    for edge in edges.to_dict("records"):
        y, x = sorted((at[str(edge["body"])], at[str(edge["other"])]), reverse=True)
        tile(ax, (x, y), Mark(shade(float(edge["tasks"]), top)), str(edge["tasks"]), font=FONT_SIZES["tick"])
    for one, i in at.items():
        ax.plot([0, i], [i, i], color="#ececec", linewidth=0.5, zorder=0)
        ax.plot([i, i], [i, n - 1], color="#ececec", linewidth=0.5, zorder=0)
        ax.add_patch(
            Rectangle((i - 0.47, i - 0.44), 0.94, 0.88, facecolor="white", edgecolor=INK, linewidth=0.6)
        )
        ax.text(i, i, str(total[one]), ha="center", va="center_baseline", size=FONT_SIZES["tick"])
        ax.text(i + 0.7, i, body(one, lang), va="center_baseline", size=FONT_SIZES["tick"])
    ax.set_xlim(-0.6, max(n * 1.75, 12.0))
    ax.set_ylim(n - 0.4, -0.6)
    ax.set_xticks([])
    ax.set_yticks([])
    bare(ax)
    _bodies_of_task(ax.inset_axes((0.63, 0.56, 0.36, 0.3)), rows, lang)
    read = wrap_text(label("chart.body_sharing_read", lang), 190, FONT_SIZES["tick"])
    ax.text(
        0.99, 0.99, read, transform=ax.transAxes, ha="right", va="top", size=FONT_SIZES["tick"], color=MUTED
    )
    data = pd.concat([_quoted(edges, rows), _counted(rows, load_tasks(edition))], ignore_index=True)
    words = {key: _sharing_words(edges, rows, key) for key in ("zh", "en")}
    return closed(
        "body-sharing", fig, data, words, note, edition=edition, lang=lang, inputs=("reference/bodies.csv",)
    )


def _bodies_of_task(ax: Axes, rows: pd.DataFrame, lang: str) -> None:
    counts = rows.groupby("task_id")["body"].nunique().value_counts().sort_index()
    for y, (_, n) in enumerate(counts.items()):
        ax.barh(y, n, height=0.68, color=shade(0.6, 1.0))
        ax.annotate(
            str(n), (n, y), (3, 0), textcoords="offset points", va="center_baseline", size=FONT_SIZES["tick"]
        )
    ax.set_yticks(range(len(counts)), [str(bodies) for bodies in counts.index])
    ax.set_ylim(len(counts) - 0.4, -0.6)
    ax.set_xlim(0, float(counts.max()) * 1.12)
    ax.set_ylabel(label("chart.bodies_of_task", lang), size=FONT_SIZES["tick"])
    ax.set_xlabel(label("axis.tasks", lang), size=FONT_SIZES["tick"], labelpad=1)
    whole_ticks(ax, most=4)
    ax.tick_params(labelsize=FONT_SIZES["tick"])
    bare(ax, keep=("left", "bottom"))


def _counted(rows: pd.DataFrame, tasks: pd.DataFrame) -> pd.DataFrame:
    """Give each task one row with the number of its provincial bodies and its bracket."""
    own = tasks.set_index("task_id")
    counts = rows.groupby("task_id", sort=False)["body"].nunique().rename("bodies").reset_index()
    of_task = counts["task_id"]
    return counts.assign(
        panel="bodies_of_task",
        quote=of_task.map(own["attribution"]),
        start=of_task.map(own["attribution_start"]),
        end=of_task.map(own["attribution_end"]),
    )


def _quoted(edges: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Give each pair one row a shared task, with the words and places of both bodies."""
    tasks = edges.assign(task_id=edges["task_ids"].str.split(";")).explode("task_id", ignore_index=True)
    tasks = tasks.drop(columns="task_ids")
    mine = rows[["task_id", "body", "role", "quote", "start", "end"]]
    tasks = tasks.merge(mine, on=["task_id", "body"])
    theirs = mine.rename(columns={"body": "other"})
    return tasks.merge(theirs, on=["task_id", "other"], suffixes=("", "_other")).assign(panel="pair")


def _sharing_words(edges: pd.DataFrame, rows: pd.DataFrame, lang: str) -> tuple[str, str]:
    first = edges.iloc[0]
    pair = [body_in_text(str(first[key]), lang) for key in ("body", "other")]
    partners = pd.concat([edges["body"], edges["other"]]).value_counts()
    hub, links = body_in_text(str(partners.index[0]), lang), int(partners.iloc[0])
    own = rows["task_id"].value_counts()
    alone, n = int((own == 1).sum()), len(own)
    closest = edges[edges["tasks"] > 1].sort_values("jaccard", ascending=False, kind="stable")
    near = closest.iloc[0] if len(closest) else first
    mates = [body_in_text(str(near[key]), lang) for key in ("body", "other")]
    bodies = partners.size
    if lang == "zh":
        caption = (
            f"两家省级单位共同承担的任务数（项），不论牵头还是共同负责。{hub}与{bodies - 1}家中的{links}家有共同任务，是联系的中枢；"
            f"{n}项任务中{alone}项只有一家省级单位（右上图）。方框内为该单位的任务总数；未与他家共同承担任务的单位不列。"
        )
        alt = (
            f"共同任务最多的是{pair[0]}与{pair[1]}，{first['tasks']}项。{hub}与{links}家单位有共同任务，联系最广。"
            f"按交集与并集之比，{mates[0]}与{mates[1]}重合最多（{near['jaccard']:.0%}）。{n}项任务中{alone}项只有一家省级单位，最多的有{own.max()}家。"
        )
        return caption, alt
    caption = (
        f"Tasks that two provincial bodies share, whether they lead or not. {_sentence(hub)} shares tasks with {links} of {bodies - 1} "
        f"others and is the hub; {alone} of {n} tasks have one provincial body only (small chart). In the boxes: all tasks of the "
        "body. Bodies that share no task are not listed."
    )
    alt = (
        f"Most shared tasks: {pair[0]} and {pair[1]}, {first['tasks']}. {_sentence(hub)} shares tasks with {links} bodies, more than any "
        f"other. By intersection over union, {mates[0]} and {mates[1]} overlap most ({near['jaccard']:.0%}). {alone} of {n} tasks have "
        f"one provincial body only; the most on one task is {own.max()}."
    )
    return caption, alt
