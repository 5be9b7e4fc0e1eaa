"""Charts of the quantitative targets: amounts by unit, rates against 100 %, and what amounts come to per city."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.ticker import MaxNLocator

from sxcanalysis.analysis.counting_rules import is_per_city
from sxcanalysis.analysis.elements import SPLITS, target_splits
from sxcanalysis.figures.charts.common import (
    amount,
    bare,
    cities_note,
    city,
    closed,
    counted,
    legend,
    measured,
    needed,
    number,
    opened,
    tile,
)
from sxcanalysis.figures.style import FONT_SIZES, INK, MUTED, Mark, wrap_text
from sxcanalysis.reference.words import label
from sxcanalysis.tables.loading import load_assignments, load_cities, load_targets

if TYPE_CHECKING:
    from collections.abc import Hashable

    from matplotlib.axes import Axes

    from sxcanalysis.figures.catalogue import FigureBundle

_SCOPES = {"joint": Mark("#3f78ad"), "per_city": Mark("#e2b77f", "//")}
_KINDS = {"coverage": Mark("#174679"), "rate": Mark("#7fb79b")}
_SHORT = Mark("#ffffff")
_RATES = ("rate", "coverage")
_SIGNS = {
    "zh": {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "about": "约"},
    "en": {"ge": "≥ ", "gt": "> ", "le": "≤ ", "lt": "< ", "about": "about "},
}
_Target = dict["Hashable", Any]


def targets_by_unit(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw the targets that are amounts: one panel and one axis a unit, counts apart by what is counted."""
    targets = load_targets(edition)
    data = _families(targets[~targets["kind"].isin(_RATES)], lang)
    needed(data, "targets-by-unit", "quantitative targets other than rates", edition)
    sizes = data["panel"].value_counts()
    # Panels with as many targets stand side by side.
    groups = sorted(dict.fromkeys(data["panel"]), key=lambda one: -int(sizes[one]))
    slots = [int(sizes[one]) for one in groups[::2]]
    fig, note = opened(edition, lang, 14 + sum(8.5 * n + 10 for n in slots))
    grid = fig.subplots(
        len(slots), 2, squeeze=False, gridspec_kw={"height_ratios": [n + 0.12 for n in slots]}
    )
    for i, one in enumerate(groups):
        _family(grid[i // 2, i % 2], data[data["panel"] == one], slots[i // 2], lang)
    for ax in grid.flat[len(groups) :]:
        ax.set_axis_off()
    shown = [
        (label(f"scope.{name}", lang), mark)
        for name, mark in _SCOPES.items()
        if (data["scope_kind"] == name).any()
    ]
    legend(fig, shown)
    words = {key: _unit_words(data, key) for key in ("zh", "en")}
    return closed(
        "targets-by-unit", fig, data, words, note, edition=edition, lang=lang, inputs=("reference/units.csv",)
    )


def _families(targets: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Group amounts: those with a measure by dimension, in the largest unit printed; counts by unit and thing counted."""
    table = targets.copy()
    table["scope_kind"] = ["per_city" if is_per_city(one) else "joint" for one in table["scope"]]
    has_measure = (
        ~table["dimension"].isin(("count", "")) & table["dimension"].notna() & table["value_si"].gt(0)
    )
    things = _things(table[~has_measure])
    table["panel"] = [
        str(row["dimension"]) if own else f"{row['unit']}:{things[row['target_id']]}"
        for row, own in zip(table.to_dict("records"), has_measure, strict=True)
    ]
    table["panel_unit"], table["amount"], table["amount_high"] = "", float("nan"), float("nan")
    for panel in table["panel"].unique():
        mine = table["panel"] == panel
        part = table[mine]
        per_unit = part["value_si"] / part["value"] if ":" not in panel else pd.Series(1.0, part.index)
        factors = per_unit / per_unit.max()
        unit = str(part["unit"].iloc[int(per_unit.to_numpy().argmax())])
        highs = pd.to_numeric(part["value_high"])
        top = float(pd.concat([part["value"] * factors, highs * factors]).max())
        factor, name = measured(unit, lang, top)
        table.loc[mine, "panel_unit"] = name
        table.loc[mine, "amount"] = part["value"] * factors * factor
        table.loc[mine, "amount_high"] = highs * factors * factor
    rank = {one: i for i, one in enumerate(dict.fromkeys(table["panel"]))}
    order = table["panel"].map(rank).sort_values(kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _things(counts: pd.DataFrame) -> dict[object, str]:
    """Name what each count counts: metrics of one unit that end alike (新建绿美村庄, 改造提升绿美村庄) count the same thing."""
    things: dict[object, str] = {}
    known: dict[str, list[str]] = {}
    for row in counts.to_dict("records"):
        metric, own = str(row["metric"]), known.setdefault(str(row["unit"]), [])
        for i, thing in enumerate(own):
            common = _common_end(metric, thing)
            if len(common) >= 3:
                things.update({key: common for key, value in things.items() if value == thing})
                own[i] = things[row["target_id"]] = common
                break
        else:
            own.append(metric)
            things[row["target_id"]] = metric
    return things


def _common_end(one: str, other: str) -> str:
    n = 0
    while n < min(len(one), len(other)) and one[-1 - n] == other[-1 - n]:
        n += 1
    return one[len(one) - n :]


def _family(ax: Axes, part: pd.DataFrame, slots: int, lang: str) -> None:
    """Draw one panel: each target a line of text with its bar below; `slots` is how many its row of panels has room for."""
    for y, row in enumerate(part.to_dict("records")):
        low, high = float(row["amount"]), float(row["amount_high"])
        ax.barh(y + 0.24, low, height=0.36, **_SCOPES[str(row["scope_kind"])].patch())
        if not math.isnan(high):
            ax.barh(
                y + 0.24, high - low, left=low, height=0.36, facecolor="none", edgecolor=INK, linewidth=0.6
            )
        if row["comparator"] in {"ge", "gt"}:
            ax.annotate("", (low, y + 0.24), (9, 0), textcoords="offset points",
                        arrowprops={"arrowstyle": "<|-", "linewidth": 0.7, "color": INK, "shrinkA": 0, "shrinkB": 0})  # fmt: skip
        text = wrap_text(_told(row, lang), 244, FONT_SIZES["tick"])
        ax.annotate(text, (0, y), (2, 0), textcoords="offset points", va="bottom", size=FONT_SIZES["tick"],
                    linespacing=1.05)  # fmt: skip
    ax.set_yticks([])
    ax.set_ylim(slots - 0.5, -0.62)
    ax.set_xlim(0, float(part[["amount", "amount_high"]].max().max()) * 1.04)
    things = ":" in str(part["panel"].iloc[0])
    dimension = "count" if things else str(part["panel"].iloc[0])
    name, own = label(f"dimension.{dimension}", lang, default=dimension), str(part["panel_unit"].iloc[0])
    inside = f"（{own}）" if lang == "zh" else f" ({own})"
    ax.set_xlabel(name + (inside if own else ""), size=FONT_SIZES["tick"], labelpad=1)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], integer=things))
    ax.xaxis.set_major_formatter(lambda value, _: number(value))
    bare(ax, keep=("left", "bottom"))


def _metric(row: _Target, lang: str) -> str:
    """Name the metric with the number of its task."""
    name = str(row["metric"]) if lang == "zh" else str(row["metric_en"] or row["metric"])
    own = str(row["task_id"]).split("-", 1)[-1]
    return f"{name}（{own}）" if lang == "zh" else f"{name} ({own})"


def _printed(row: _Target, lang: str) -> str:
    """Write a target as the document has it: comparator, value, unit, for whom and until when."""
    sign = _SIGNS[lang].get(str(row["comparator"]), "")
    text = sign + amount(float(row["value"]), str(row["unit"]), lang, high=float(row["value_high"]))
    notes = []
    if "全覆盖" in str(row["assumed"] or ""):
        notes.append(label("chart.full_coverage", lang))
    if is_per_city(row["scope"]):
        notes.append(label("chart.each_city", lang))
    if row["deadline"] and isinstance(row["deadline"], str):
        notes.append(label(f"deadline.{row['deadline']}", lang, default=str(row["deadline"])))
    return ("，" if lang == "zh" else ", ").join([text, *notes])


def _told(row: _Target, lang: str) -> str:
    return f"{_metric(row, lang)}{'：' if lang == 'zh' else ': '}{_printed(row, lang)}"


def _unit_words(data: pd.DataFrame, lang: str) -> tuple[str, str]:
    panels, each = data["panel"].nunique(), int((data["scope_kind"] == "per_city").sum())
    told = "；".join(_told(row, lang) for row in data.to_dict("records"))
    n, tasks = len(data), data["task_id"].nunique()
    dated = int(data["deadline"].fillna("").str.contains(r"年|\d").sum())
    if lang == "zh":
        caption = (
            f"数量目标（比率和覆盖目标除外）：{tasks}项任务共{n}个，其中{each}个逐市下达（斜线），其余只有合计数，没有写明各市各多少。"
            "每种单位一根轴；同为计数的，按所数的东西分开，各格之间不可比较。括号内为任务编号；箭头表示“以上”。"
        )
        alt = f"{tasks}项任务共有{n}个数量目标，分属{panels}种单位或计数对象：{told}。其中{each}个逐市下达，{dated}个写有“年内”或日期。"
        return caption, alt
    caption = (
        f"Targets that are amounts (rates and coverage apart): {n} in {counted(tasks, 'task')}. {counted(each, 'holds', 'hold')} for each city (hatched); the others are "
        "totals that leave open what falls on which city. One axis for each unit; counts are apart by what is counted, and panels cannot "
        "be compared with each other. In brackets: task number; an arrow means “at least”."
    )
    alt = (
        f"{counted(tasks, 'task holds', 'tasks hold')} {counted(n, 'target')} with amounts, in {panels} units or kinds of things: {told.replace('；', '; ')}. "
        f"{counted(each, 'holds', 'hold')} for each city; {counted(dated, 'states', 'state')} “within the year” or a date."
    )
    return caption, alt


def targets_rates(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw the targets that are rates or coverages, against 100 %."""
    targets = load_targets(edition)
    data = targets[targets["kind"].isin(_RATES) & (targets["dimension"].fillna("ratio") == "ratio")].copy()
    needed(data, "targets-rates", "rates or coverages among its targets", edition)
    data["percent"] = data["value_si"] * 100
    data["scope_kind"] = ["per_city" if is_per_city(one) else "joint" for one in data["scope"]]
    data = data.sort_values("percent", ascending=False, kind="stable", ignore_index=True)
    fig, note = opened(edition, lang, 25 + 7.0 * len(data))
    ax = fig.subplots()
    end = max(100.0, float(data["percent"].max()))
    for y, row in enumerate(data.to_dict("records")):
        percent = float(row["percent"])
        ax.barh(y, percent, height=0.6, **_KINDS[str(row["kind"])].patch())
        if percent < 100:
            ax.barh(
                y, 100 - percent, left=percent, height=0.6, facecolor="white", edgecolor=MUTED, linewidth=0.5
            )
        text = wrap_text(_printed(row, lang), 110, FONT_SIZES["tick"])
        ax.annotate(text, (end, y), (5, 0), textcoords="offset points", va="center", size=FONT_SIZES["tick"])
    ax.axvline(100, color=INK, linewidth=0.8, clip_on=False)
    ax.set_yticks(
        range(len(data)), [_rate_label(row, lang) for row in data.to_dict("records")], linespacing=1.1
    )
    ax.set_ylim(len(data) - 0.5, -0.5)
    ax.set_xlim(0, end)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.set_xlabel(label("axis.percent", lang))
    bare(ax, keep=("left", "bottom"))
    shown = [(label(f"target_kind.{k}", lang), m) for k, m in _KINDS.items() if (data["kind"] == k).any()]
    short = [(label("chart.gap_to_100", lang), _SHORT)] if (data["percent"] < 100).any() else []
    legend(fig, [*shown, *short])
    words = {key: _rate_words(data, key) for key in ("zh", "en")}
    return closed("targets-rates", fig, data, words, note, edition=edition, lang=lang)


def _rate_label(row: _Target, lang: str) -> str:
    scope = row["scope"]
    where = label(f"scope.{scope}", lang, default=scope) if isinstance(scope, str) and scope else ""
    return f"{_metric(row, lang)}\n{where}" if where else _metric(row, lang)


def _rate_words(data: pd.DataFrame, lang: str) -> tuple[str, str]:
    full, n = int((data["percent"] >= 100).sum()), len(data)
    told = "；".join(_told(row, lang) for row in data.to_dict("records"))
    read = int(data["assumed"].fillna("").str.contains("100").sum())
    if lang == "zh":
        caption = (
            f"比率和覆盖目标，以100%为参照：{n}个中{full}个要求全部达到。“全覆盖”按100%计（{read}个）；"
            "一句话对几样东西提出的要求按几个目标计。括号内为任务编号。"
        )
        return caption, f"{n}个目标中{full}个为100%，{n - full}个不到100%：{told}。"
    caption = (
        f"Targets that are rates or coverages, against 100 %: {full} of {n} ask for all. “Full coverage” (全覆盖) is read as 100 % "
        f"({read} of them); one sentence about several things makes several targets. In brackets: task number."
    )
    told = told.replace("；", "; ")
    return caption, f"Of {n} targets, {full} stand at 100 % and {n - full} below: {told}."


def targets_per_city(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw what each target with an amount comes to per city: as the document states it, or derived under three splits."""
    cities = load_cities()
    data = target_splits(load_targets(edition), load_assignments(edition), cities)
    needed(data, "targets-per-city", "amounts among its targets that full members share", edition)
    ids = list(dict.fromkeys(data["target_id"]))
    fig, note = opened(edition, lang, 27 + 9.0 * len(ids), also=[cities_note()])
    ax = fig.subplots()
    places = list(dict.fromkeys(data["city"]))
    names = {row["city"]: city(row, lang) for row in data.drop_duplicates("city").to_dict("records")}
    for y, one in enumerate(ids):
        _split_row(ax, y, data[data["target_id"] == one], places, lang)
    for i, place in enumerate(places):
        ax.text(_left(i), -0.98, names[place], size=FONT_SIZES["label"], va="center_baseline")
        for k, split in enumerate(SPLITS):
            ax.text(
                _left(i) + k,
                -0.62,
                label(f"split.{split}", lang),
                size=FONT_SIZES["note"],
                va="center_baseline",
            )
    first = [data[data["target_id"] == one].iloc[0].to_dict() for one in ids]
    ax.set_yticks(range(len(ids)), [_split_label(row, lang) for row in first], linespacing=1.1)
    ax.set_xticks([])
    ax.set_xlim(-0.1, _left(len(places)) - 0.25)
    ax.set_ylim(len(ids) - 0.5, -1.2)
    bare(ax)
    shown = [("derived_bar", _DERIVED, data["derived"]), ("stated_tile", _STATED, ~data["derived"])]
    legend(fig, [(label(f"chart.{key}", lang), mark) for key, mark, which in shown if which.any()])
    words = {key: _split_words(data, cities, key) for key in ("zh", "en")}
    return closed(
        "targets-per-city", fig, data, words, note, edition=edition, lang=lang, inputs=("context/cities.csv",)
    )  # fmt: skip


_DERIVED, _STATED = Mark("#d3e1ef"), Mark("#174679")


def _left(i: int) -> float:
    """Give where the columns of a city begin: one for each split, and a gap between cities."""
    return i * (len(SPLITS) + 0.35)


def _split_row(ax: Axes, y: int, part: pd.DataFrame, places: list[str], lang: str) -> None:
    """Draw one target: for each city its part under each split, behind it a bar as long as its share of the total."""
    ax.axhline(y + 0.5, color="#e6e6e6", linewidth=0.5, zorder=0)
    for row in part.to_dict("records"):
        at, value = _left(places.index(str(row["city"]))), float(row["amount"])
        if not row["derived"]:
            width = len(SPLITS) - 0.1
            text = _SIGNS[lang].get(str(row["comparator"]), "") + amount(
                value, str(row["unit"]), lang, high=float(row["amount_high"])
            )
            tile(ax, (at + width / 2, y), _STATED, text, size=(width, 0.62), font=FONT_SIZES["tick"])
            continue
        at += list(SPLITS).index(str(row["split"]))
        if math.isnan(value):
            ax.text(at, y, label("text.unknown", lang), size=FONT_SIZES["note"], va="center_baseline")
            continue
        ax.barh(y + 0.24, float(row["share"]) * 0.9, left=at, height=0.2, facecolor=_DERIVED.color,
                edgecolor=MUTED, linewidth=0.5, linestyle=(0, (2, 1.5)))  # fmt: skip
        factor, _ = measured(str(row["unit"]), lang, float(row["total"]))
        high = float(row["amount_high"])
        said = _rounded(value * factor) + ("" if math.isnan(high) else f"–{_rounded(high * factor)}")
        ax.text(at, y - 0.12, said, size=FONT_SIZES["tick"], va="center_baseline")


def _rounded(value: float) -> str:
    """Round to three figures, as far as a part of a round total can bear."""
    digits = 2 - math.floor(math.log10(abs(value))) if value else 0
    return f"{round(value, digits):,.{max(digits, 0)}f}"


def _split_label(first: _Target, lang: str) -> str:
    name = wrap_text(_metric(first, lang), 160, FONT_SIZES["tick"])
    sign = _SIGNS[lang].get(str(first["comparator"]), "")
    if first["scope_kind"] == "per_city":
        return f"{name}\n{label('chart.each_city', lang)}"
    total = sign + amount(float(first["total"]), str(first["unit"]), lang, high=float(first["total_high"]))
    return f"{name}\n{label('chart.joint_total', lang)}{'' if lang == 'zh' else ' '}{total}"


def _split_words(data: pd.DataFrame, cities: pd.DataFrame, lang: str) -> tuple[str, str]:
    joint = data[data["scope_kind"] == "joint"]
    n_joint, n_each = joint["target_id"].nunique(), data.loc[~data["derived"], "target_id"].nunique()
    memory = any((cities[f"{column}_status"] == "from memory").any() for column in ("population", "area"))
    said = []
    for (place, english), part in joint.groupby(["city", "city_en"], sort=False):
        shares = part.drop_duplicates("split")["share"]
        name = city({"city": place, "city_en": english}, lang)
        said.append((name, [f"{share:.0%}" for share in shares], f"{shares.min():.0%}–{shares.max():.0%}"))
    if lang == "zh":
        spread = "、".join(f"{name}{span}" for name, _, span in said)
        caption = (
            f"数量目标分到每个城市是多少。{n_each}个目标由文件逐市写明（深色）；{n_joint}个只有合计数，分摊为推算，不是文件下达的任务（虚框）"
            + (f"：按平均、常住人口、面积三种办法，各市占合计的比重为{spread}。" if said else "。")
            + "分摊结果取三位有效数字，不取整。比率和覆盖目标对各市相同，不在此列。"
            + ("部分人口或面积数据凭记忆录入，见数据文件。" if memory else "")
        )
        parts = "；".join(f"{name}占{'、'.join(values)}" for name, values, _ in said)
        alt = f"{n_joint}个合计目标按平均、人口、面积分摊时，{parts}。" if said else ""
        return caption, f"{alt}{n_each}个目标由文件逐市写明：{_each_city(data, lang)}。" if n_each else alt
    spread = ", ".join(f"{name} {span}" for name, _, span in said)
    caption = (
        f"What each target with an amount comes to per city. The document states {n_each} for each city (dark); {n_joint} are joint "
        "totals, and their parts are derived, no duty that the document sets (dashed)"
        + (
            f": split evenly, by residents or by area, the shares of the total are {spread}. "
            if said
            else ". "
        )
        + "Parts are given to three figures and not rounded to whole things. Rates and coverage hold for each city as they stand and are "
        "left out."
        + (" Some values of population or area are from memory; see the data file." if memory else "")
    )
    parts = "; ".join(f"{name} {', '.join(values)}" for name, values, _ in said)
    alt = (
        f"Of the {n_joint} joint totals the cities would bear, evenly, by residents and by area: {parts}. "
        if said
        else ""
    )
    return (
        caption,
        f"{alt}Targets stated for each city: {n_each} ({_each_city(data, lang)})." if n_each else alt,
    )


def _each_city(data: pd.DataFrame, lang: str) -> str:
    rows = data[~data["derived"]].drop_duplicates("target_id").to_dict("records")
    join = "；" if lang == "zh" else "; "
    return join.join(
        f"{_metric(row, lang)}{'' if lang == 'zh' else ' '}{_SIGNS[lang].get(str(row['comparator']), '')}"
        f"{amount(float(row['amount']), str(row['unit']), lang)}"
        for row in rows
    )
