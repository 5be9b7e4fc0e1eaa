"""Charts of what falls on each city: under each counting rule, by category and by county."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sxcanalysis._charting import bare, category, city, closed, listed, needed, number, opened
from sxcanalysis._errors import MissingDataError
from sxcanalysis._weights import MEMBERS, PROJECT_RULES, RULES, attribute, city_shares
from sxcanalysis.burden import burden
from sxcanalysis.datasets import load_assignments, load_mentions, load_targets, load_tasks
from sxcanalysis.duties import by_county
from sxcanalysis.style import CITY_MARKS, FONT_SIZES, INK, MISSING, MUTED, Mark, label, marks_for

if TYPE_CHECKING:
    from collections.abc import Hashable

    from matplotlib.axes import Axes

    from sxcanalysis.figures import FigureBundle

PROJECT_INPUTS = ("projects/projects.csv", "projects/projects.geojson", "boundaries/cities.geojson")
_BOUNDARIES = {
    "zh": "项目位置、行政区划边界见NOTICE",
    "en": "locations of projects and boundaries: see NOTICE",
}


def tables(edition: str) -> tuple[dict[str, Any], list[str]]:
    """Load what the counting rules need, and name the rules that an edition without located projects cannot have."""
    from sxcanalysis.boundaries import load_boundaries  # noqa: PLC0415  # geopandas is not cheap
    from sxcanalysis.projects import load_projects  # noqa: PLC0415  # geopandas is not cheap

    found: dict[str, Any] = {
        "tasks": load_tasks(edition),
        "mentions": load_mentions(edition),
        "targets": load_targets(edition),
    }
    try:
        projects = load_projects(edition)
    except MissingDataError:
        return found, list(PROJECT_RULES)
    if projects.empty:
        return found, list(PROJECT_RULES)
    found["projects"] = projects
    found["shares"] = city_shares(projects, load_boundaries("city"))
    return found, []


def burden_rules(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw what falls on each city under each counting rule, with the bounds that 等 and unlocated projects leave open."""
    assignments = needed(load_assignments(edition), "burden-rules", "assignments", edition)
    given, missing = tables(edition)
    rules = [rule for rule in RULES if rule not in missing]
    data = pd.concat([_counted(assignments, rule, given) for rule in rules], ignore_index=True)
    also = [] if missing else [_BOUNDARIES]
    fig, note = opened(edition, lang, "burden_rules", ("double", 112), also=also)
    grid = fig.subplots(2, 4, squeeze=False)
    for i, (ax, rule) in enumerate(zip(grid.flat, RULES, strict=True)):
        _rule_panel(ax, data[data["rule"] == rule], rule, lang, labelled=i % 4 == 0)
    handles = [Line2D([], [], color=MUTED, linewidth=2.2, label=label("chart.bounds", lang)),
               Line2D([], [], color=MUTED, linewidth=0.6, linestyle=(0, (3, 2)), label=label("chart.partial_apart", lang))]  # fmt: skip
    fig.legend(handles=handles, loc="outside lower left", ncols=1, borderpad=0.2)
    words = {key: _rule_words(data, missing, key) for key in ("zh", "en")}
    inputs = () if missing else PROJECT_INPUTS
    return closed("burden-rules", fig, data, words, note, edition=edition, lang=lang, inputs=inputs)


def _counted(assignments: pd.DataFrame, rule: str, given: dict[str, Any]) -> pd.DataFrame:
    """Count under one rule, and name the tasks behind each value."""
    table = burden(assignments, rule, **given)
    table.attrs = {}
    needs = {key: given[key] for key in ("mentions", "projects", "targets", "shares") if key in given}
    items = attribute(rule, assignments, **needs)
    items = items[(items["weight"] > 0) & (items["city"] != "")]
    ids = items.groupby("city")["task_id"].agg(lambda own: ";".join(dict.fromkeys(own)))
    return table.assign(task_ids=table["city"].map(ids).fillna(""))


def _unit_key(rule: str) -> str:
    return "axis.projects" if rule in PROJECT_RULES else "axis.targets" if rule == "targets" else "axis.tasks"


def _rows(part: pd.DataFrame) -> list[tuple[float, dict[Hashable, Any]]]:
    """Place the full members first, the others below a gap."""
    order = {"full": 0, "partial": 1, "other": 2}
    part = part.assign(_o=part["member"].map(order)).sort_values("_o", kind="stable")
    records: list[dict[Hashable, Any]] = part.to_dict("records")
    return [(i + (0.0 if row["member"] == "full" else 0.7), row) for i, row in enumerate(records)]


def _rule_panel(ax: Axes, part: pd.DataFrame, rule: str, lang: str, *, labelled: bool) -> None:
    ax.set_title(label(f"rule.{rule}", lang), size=FONT_SIZES["label"])
    if part.empty:
        ax.text(
            0.5, 0.5, label("chart.no_rows", lang), transform=ax.transAxes, ha="center", color=MUTED, size=6.5
        )
        ax.set_axis_off()
        return
    rows = _rows(part)
    marks = marks_for([str(row["adcode"]) for _, row in rows], CITY_MARKS)
    top = float(part["high"].max())
    full = sum(row["member"] == "full" for _, row in rows)
    for y, row in rows:
        mark = marks[str(row["adcode"])]
        if row["high"] > row["low"]:
            ax.plot(
                [row["low"], row["high"]],
                [y, y],
                color=MUTED,
                linewidth=2.2,
                solid_capstyle="butt",
                alpha=0.55,
                zorder=1,
            )
        ax.plot(row["value"], y, zorder=3, **mark.point())
        ax.annotate(number(float(row["value"])), (1.0, y), (2, 0), xycoords=("axes fraction", "data"),
                    textcoords="offset points", va="center_baseline", size=6.5)  # fmt: skip
    if 0 < full < len(rows):
        ax.axhline((rows[full - 1][0] + rows[full][0]) / 2, color=MUTED, linewidth=0.6, linestyle=(0, (3, 2)))
    ax.set_yticks([y for y, _ in rows], [city(row, lang) if labelled else "" for _, row in rows])
    ax.set_ylim(rows[-1][0] + 0.6, -0.6)
    ax.set_xlim(-0.03 * top, top * 1.06 if top else 1)
    ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.set_xlabel(label(_unit_key(rule), lang), size=FONT_SIZES["tick"], labelpad=1)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", linewidth=0.3)
    bare(ax, keep=("bottom",))


def _rule_words(data: pd.DataFrame, missing: list[str], lang: str) -> tuple[str, str]:
    full = data[data["member"] == "full"]
    said, orders = [], set()
    for rule in dict.fromkeys(data["rule"]):
        part = full[full["rule"] == rule]
        orders.add(tuple(part["rank"]))
        values = [
            f"{city(row, lang)}{'' if lang == 'zh' else ' '}{number(float(row['value']))}"
            for row in part.to_dict("records")
        ]
        said.append(f"{label(f'rule.{rule}', lang)}{'：' if lang == 'zh' else ': '}{(listed(values, lang))}")
    whole = data[(data["rule"] == "whole") & (data["member"] != "full")]
    apart = listed(
        [
            f"{city(row, lang)}{'' if lang == 'zh' else ' '}{number(float(row['value']))}"
            for row in whole.to_dict("records")
        ],
        lang,
    )
    n, left = data["rule"].nunique(), listed([label(f"rule.{rule}", lang) for rule in missing], lang)
    if lang == "zh":
        caption = (
            f"各市在{n}种计数规则下的数值，每种规则一根轴，不同规则之间不可比较。横线为“等”字、未定位项目和共同目标留下的上下限；只参加部分任务的城市单列，不排位。"
            + (f"本年度没有项目位置，无法计算：{left}。" if missing else "")
        )
        alt = f"{'；'.join(said)}。{n}种规则给出{len(orders)}种不同位次。整件计数时{apart}，只参加部分任务。"
        return caption, alt
    caption = (
        f"What falls on each city under {n} counting rules, one axis a rule; rules cannot be compared with each other. Lines: bounds left "
        "open by 等 (“and others”), unlocated projects and joint targets. Cities that take part in some tasks only stand apart, unranked."
        + (f" No project is located in this edition, so these rules are missing: {left}." if missing else "")
    )
    alt = f"{'; '.join(said)}. The {n} rules give {len(orders)} different rankings. Counted whole, {apart}, which take part in some tasks only."
    return caption, alt


def burden_by_category(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw how many tasks of each category fall on each city, counted whole and split evenly."""
    assignments = needed(load_assignments(edition), "burden-by-category", "assignments", edition)
    tasks = load_tasks(edition)
    groups = list(dict.fromkeys(tasks["category"]))
    sizes = tasks["category"].value_counts().reindex(groups)
    data = pd.concat(
        [burden(assignments, rule, tasks=tasks, by="category") for rule in ("whole", "even_split")],
        ignore_index=True,
    )
    data.attrs = {}
    data["category_tasks"] = data["category"].map(sizes)
    data = data.merge(_task_ids(assignments, tasks), on=["category", "city"], how="left")
    data["task_ids"] = data["task_ids"].fillna("")
    cities = [row for _, row in _rows(data.drop_duplicates("city"))]
    fig, note = opened(edition, lang, "burden_by_category", ("double", 84))
    axes = fig.subplots(1, len(cities), sharey=True, squeeze=False)[0]
    for ax, row in zip(axes, cities, strict=True):
        _category_panel(ax, data[data["city"] == row["city"]], groups, sizes, row, lang)
    axes[0].set_yticks(range(len(groups)), [category(one, lang) for one in groups])
    axes[0].set_ylim(len(groups) - 0.4, -0.6)
    handles = [Patch(facecolor=MUTED, label=label("chart.whole_bar", lang)),
               Patch(facecolor="none", edgecolor=MISSING, label=label("chart.category_total", lang)),
               Line2D([], [], label=label("chart.even_split_dot", lang), **_EVEN.point())]  # fmt: skip
    fig.legend(handles=handles, loc="outside lower left", ncols=3)
    words = {key: _category_words(data, groups, key) for key in ("zh", "en")}
    return closed("burden-by-category", fig, data, words, note, edition=edition, lang=lang)


_EVEN = Mark("white", marker="D")


def _task_ids(assignments: pd.DataFrame, tasks: pd.DataFrame) -> pd.DataFrame:
    own = attribute("whole", assignments)
    own = own[(own["weight"] > 0) & (own["city"] != "")].merge(tasks[["task_id", "category"]], on="task_id")
    return own.groupby(["category", "city"])["task_id"].agg(";".join).rename("task_ids").reset_index()


def _category_panel(
    ax: Axes,
    part: pd.DataFrame,
    groups: list[str],
    sizes: pd.Series[int],
    row: dict[Hashable, Any],
    lang: str,
) -> None:
    mark = marks_for([str(row["adcode"])], CITY_MARKS)[str(row["adcode"])]
    whole, even = (
        part[part["rule"] == rule].set_index("category")["value"].reindex(groups)
        for rule in ("whole", "even_split")
    )
    y = range(len(groups))
    ax.barh(y, sizes, height=0.74, facecolor="none", edgecolor=MISSING, linewidth=0.7)
    ax.barh(y, whole, height=0.6, **mark.patch())
    ax.plot(even, y, **_EVEN.point())
    for i, (n, size) in enumerate(zip(whole, sizes, strict=True)):
        ax.annotate(
            number(float(n)),
            (float(size), i),
            (2.5, 0),
            textcoords="offset points",
            va="center_baseline",
            size=6.5,
        )
    ax.set_title(city(row, lang), size=FONT_SIZES["label"])
    ax.set_xlim(0, float(sizes.max()) * 1.25)
    ax.set_xticks([0, 5, 10])
    ax.set_xlabel(label("axis.tasks", lang), size=FONT_SIZES["tick"])
    if row["member"] != "full":
        ax.set_facecolor("#f7f7f7")
    ax.tick_params(axis="y", length=0)
    bare(ax, keep=("left", "bottom"))


def _category_words(data: pd.DataFrame, groups: list[str], lang: str) -> tuple[str, str]:
    whole = data[data["rule"] == "whole"]
    full = whole[whole["member"] == "full"]
    spread = []
    for group in groups:
        part = full[full["category"] == group]
        values = listed(
            [
                f"{city(row, lang)}{'' if lang == 'zh' else ' '}{int(row['value'])}"
                for row in part.to_dict("records")
            ],
            lang,
        )
        size = int(part["category_tasks"].iloc[0])
        name = category(group, lang)
        spread.append(
            (
                float(part["value"].max() - part["value"].min()),
                name,
                f"{name}（共{size}项）{values}" if lang == "zh" else f"{name} (of {size}): {values}",
            )
        )
    widest = max(spread, key=lambda one: one[0])
    lines = [line for _, _, line in spread]
    if lang == "zh":
        caption = "各类任务落到各市的数量（项）。实心条为整件计数，空心框为该类任务总数，菱形为平均分摊。灰底为只参加部分任务的城市。"
        return caption, f"{'；'.join(lines)}。差距最大的是{widest[1]}，相差{number(widest[0])}项。"
    caption = (
        "Tasks of each category that fall on each city. Bars: counted whole; frames: all tasks of the category; diamonds: after an even "
        "split. Grey ground: cities that take part in some tasks only."
    )
    return caption, f"{'; '.join(lines)}. The cities differ most in {widest[1]}, by {number(widest[0])}."


def burden_by_county(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw for each county how many tasks name it or a site in it, and how many projects touch it."""
    from sxcanalysis.boundaries import load_boundaries  # noqa: PLC0415  # geopandas is not cheap

    given, missing = tables(edition)
    if missing:
        msg = (
            f"The figure burden-by-county cannot be drawn for {edition}: no projects are located in this edition. Expected rows "
            f"of {edition} in data/projects/projects.csv; leave the figure out for this edition."
        )
        raise MissingDataError(msg)
    units = load_boundaries("county")
    data = by_county(given["mentions"], given["projects"], counties=units)
    cities = [name for name in MEMBERS if (data["city"] == name).any()]
    data["_o"] = data["city"].map({name: i for i, name in enumerate(cities)})
    data = data.sort_values(
        ["_o", "tasks", "projects"], ascending=[True, False, False], kind="stable", ignore_index=True
    )
    fig, note = opened(
        edition, lang, "burden_by_county", ("double", 4.3 * len(data) + 50), also=[_BOUNDARIES]
    )
    heights = [int((data["city"] == name).sum()) for name in cities]
    grid = fig.subplots(len(cities), 2, sharex="col", squeeze=False, gridspec_kw={"height_ratios": heights})
    for pair, name in zip(grid, cities, strict=True):
        _county_rows(pair[0], data[data["city"] == name], "named_tasks", lang)
        _county_rows(pair[1], data[data["city"] == name], "projects", lang)
        code, english, member = MEMBERS[name]
        pair[0].set_title(
            name if lang == "zh" else english,
            size=FONT_SIZES["tick"],
            color=MUTED if member != "full" else INK,
        )
        pair[1].tick_params(labelleft=False)
    grid[-1, 0].set_xlabel(label("chart.county_named", lang))
    grid[-1, 1].set_xlabel(label("chart.county_projects", lang))
    words = {key: _county_words(data, key) for key in ("zh", "en")}
    data = data.drop(columns="_o")
    inputs = (*PROJECT_INPUTS, "boundaries/counties.geojson")
    return closed("burden-by-county", fig, data, words, note, edition=edition, lang=lang, inputs=inputs)


def _county_rows(ax: Axes, part: pd.DataFrame, column: str, lang: str) -> None:
    code = MEMBERS[str(part["city"].iloc[0])][0]
    mark = CITY_MARKS.get(code, Mark(MUTED))
    y = range(len(part))
    ax.barh(y, part[column], height=0.66, **mark.patch())
    for i, n in enumerate(part[column]):
        ax.annotate(str(n), (n, i), (2.5, 0), textcoords="offset points", va="center_baseline", size=6)
    ax.set_yticks(y, list(part["name" if lang == "zh" else "name_en"]), size=6)
    ax.set_ylim(len(part) - 0.4, -0.6)
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.margins(x=0.1)
    ax.set_xlim(left=0)
    ax.tick_params(axis="y", length=0)
    bare(ax, keep=("left", "bottom"))


def _county_words(data: pd.DataFrame, lang: str) -> tuple[str, str]:
    key = "name" if lang == "zh" else "name_en"
    named, built = data.loc[data["named_tasks"].idxmax()], data.loc[data["projects"].idxmax()]
    none = data[data["tasks"] == 0]
    gap = listed([str(one) for one in none[key]], lang)
    if lang == "zh":
        caption = "左：正文点名该县（市、区）或其中地点的任务数；右：位于或经过该县（市、区）的项目数。点名整个设区市的不摊到县。行政区划为2024年代码。"
        alt = f"点名最多的是{named[key]}（{named['named_tasks']}项任务），项目最多的是{built[key]}（{built['projects']}个）。{len(data)}个县（市、区）中{len(none)}个既未点名也无项目{f'：{gap}' if len(none) else ''}。"
        return caption, alt
    caption = (
        "Left: tasks whose text names the county or a site in it. Right: projects that lie in it or cross it. Mentions of a whole city are "
        "not spread over its counties. Administrative codes of 2024."
    )
    alt = (
        f"Named most: {named[key]} ({named['named_tasks']} tasks); most projects: {built[key]} ({built['projects']}). Of {len(data)} counties, "
        f"{len(none)} have neither{f': {gap}' if len(none) else ''}."
    )
    return caption, alt
