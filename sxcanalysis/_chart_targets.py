"""Charts of the quantitative targets: amounts by unit, rates against 100 %, and what amounts come to per city."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sxcanalysis._charting import bare, city, closed, needed, number, opened, unit
from sxcanalysis.datasets import load_assignments, load_cities, load_targets
from sxcanalysis.elements import SPLITS, is_per_city, target_splits
from sxcanalysis.style import FONT_SIZES, INK, MUTED, Mark, label, wrap_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sxcanalysis.figures import FigureBundle

_JOINT, _EACH = Mark("#3f78ad"), Mark("#e2b77f", "//")
_RATES = ("rate", "coverage")
_SPLIT_MARKS = {
    "even": Mark(INK, marker="o", filled=False),
    "population": Mark("#a74d19", marker="s", filled=False),
    "area": Mark("#174679", marker="^", filled=False),
    "stated": Mark(INK, marker="D"),
}


def targets_by_unit(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw the targets that are amounts: one panel and one axis a unit, counts apart by what is counted."""
    targets = load_targets(edition)
    data = _families(targets[~targets["kind"].isin(_RATES)])
    needed(data, "targets-by-unit", "quantitative targets other than rates", edition)
    groups = list(dict.fromkeys(data["panel"]))
    sizes = [int((data["panel"] == one).sum()) for one in groups]
    fig, note = opened(
        edition, lang, "targets_by_unit", ("double", min(277.0, 24 + sum(9 + 7 * n for n in sizes)))
    )
    axes = fig.subplots(
        len(groups), 1, squeeze=False, gridspec_kw={"height_ratios": [0.6 + n for n in sizes]}
    )[:, 0]
    for ax, one in zip(axes, groups, strict=True):
        _family(ax, data[data["panel"] == one], lang)
    fig.align_ylabels(list(axes))
    handles = [
        Patch(label=label(f"scope.{name}", lang), **mark.patch())
        for name, mark in (("joint", _JOINT), ("per_city", _EACH))
        if (data["scope_kind"] == name).any()
    ]
    _legend(fig, handles)
    words = {key: _unit_words(data, key) for key in ("zh", "en")}
    return closed("targets-by-unit", fig, data, words, note, edition=edition, lang=lang)


def _families(targets: pd.DataFrame) -> pd.DataFrame:
    """Group amounts: those with a measure by dimension, in the largest unit printed; counts by unit and thing counted."""
    if targets.empty:
        return targets.assign(panel="", panel_unit="", amount=0.0, amount_high=0.0, scope_kind="")
    table = targets.copy()
    table["scope_kind"] = ["per_city" if is_per_city(one) else "joint" for one in table["scope"]]
    measured = ~table["dimension"].isin(("count", "")) & table["dimension"].notna() & table["value_si"].gt(0)
    things = _things(table[~measured])
    panels, units, factors = [], [], []
    for row, has_measure in zip(table.to_dict("records"), measured, strict=True):
        if has_measure:
            same = table[measured & (table["dimension"] == row["dimension"])]
            per_unit = same["value_si"] / same["value"]
            best = per_unit.idxmax()
            panels.append(f"{row['dimension']}")
            units.append(str(same.loc[best, "unit"]))
            factors.append(float(row["value_si"]) / float(row["value"]) / float(per_unit[best]))
        else:
            panels.append(f"{row['unit']}:{things[row['target_id']]}")
            units.append(str(row["unit"]))
            factors.append(1.0)
    table["panel"], table["panel_unit"] = panels, units
    table["amount"] = table["value"] * factors
    table["amount_high"] = pd.to_numeric(table["value_high"]) * factors
    rank = {one: i for i, one in enumerate(dict.fromkeys(panels))}
    table = table.assign(_rank=table["panel"].map(rank)).sort_values(["_rank"], kind="stable")
    return table.drop(columns="_rank").reset_index(drop=True)


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


def _family(ax: Axes, part: pd.DataFrame, lang: str) -> None:
    top = float(part[["amount", "amount_high"]].max().max())
    for y, row in enumerate(part.to_dict("records")):
        mark = _EACH if row["scope_kind"] == "per_city" else _JOINT
        ax.barh(y, row["amount"], height=0.6, **mark.patch())
        end = float(row["amount"])
        if not math.isnan(float(row["amount_high"])):
            end = float(row["amount_high"])
            ax.barh(
                y,
                end - row["amount"],
                left=row["amount"],
                height=0.6,
                facecolor="none",
                edgecolor=INK,
                linewidth=0.6,
            )
        ax.annotate(
            _printed(row, lang), (end, y), (4, 0), textcoords="offset points", va="center_baseline", size=7
        )
    ax.set_yticks(range(len(part)), [_metric(row, lang, 150) for row in part.to_dict("records")])
    ax.set_ylim(len(part) - 0.45, -0.55)
    ax.set_xlim(0, top * 1.32)
    ax.set_xlabel(unit(str(part["panel_unit"].iloc[0]), lang), labelpad=1)
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=bool((part["panel"].str.contains(":")).all())))
    ax.tick_params(axis="y", length=0)
    bare(ax, keep=("left", "bottom"))


def _metric(row: dict[object, object], lang: str, width: float) -> str:
    """Name the metric with the number of its task."""
    name = str(row["metric"]) if lang == "zh" else str(row["metric_en"] or row["metric"])
    own = str(row["task_id"]).split("-", 1)[-1]
    text = f"{name}（{own}）" if lang == "zh" else f"{name} ({own})"
    return wrap_text(text, width, FONT_SIZES["tick"])


def _printed(row: dict[object, object], lang: str) -> str:
    """Write a target as the document has it: comparator, value, unit, for whom and until when."""
    sign = {"ge": "≥ ", "gt": "> ", "le": "≤ ", "lt": "< ", "about": "≈ "}.get(str(row["comparator"]), "")
    value = number(float(str(row["value"])), digits=2)
    high = float(str(row["value_high"]))
    if not math.isnan(high):
        value += f"–{number(high, digits=2)}"
    name = unit(str(row["unit"]), lang)
    text = f"{sign}{value}{'' if name == '%' else ' '}{name}"
    notes = []
    if row.get("scope_kind") == "per_city":
        notes.append(label("scope.per_city", lang).lower())
    if row.get("deadline"):
        notes.append(label(f"deadline.{row['deadline']}", lang, default=str(row["deadline"])))
    if not notes:
        return text
    return f"{text}（{'，'.join(notes)}）" if lang == "zh" else f"{text} ({', '.join(notes)})"


def _legend(fig: Figure, handles: list[Patch] | list[Line2D]) -> None:
    if len(handles) > 1:
        fig.legend(handles=handles, loc="outside upper right", ncols=len(handles), columnspacing=1.4)


def _unit_words(data: pd.DataFrame, lang: str) -> tuple[str, str]:
    panels, each = data["panel"].nunique(), int((data["scope_kind"] == "per_city").sum())
    said = [f"{_metric(row, lang, 9999)} {_printed(row, lang)}" for row in data.to_dict("records")]
    tasks = data["task_id"].nunique()
    dated = int((data["deadline"].fillna("") != "").sum())
    if lang == "zh":
        caption = (
            f"{len(data)}个数量目标（比率和覆盖目标除外），每种单位一根轴；同为计数的，按所数的东西分开，不同面板之间不可比较。斜线为每个设区市各自的目标，其余为各市合计。"
            "括号内为任务编号；条后为原文数值、范围和时限。"
        )
        alt = f"{tasks}项任务共有{len(data)}个数量目标，分属{panels}种单位或计数对象：{'；'.join(said)}。其中{each}个逐市下达，{dated}个写有时限。"
        return caption, alt
    caption = (
        f"The {len(data)} targets that are amounts (rates and coverage apart), one axis for each unit; counts are apart by what is "
        "counted. Panels cannot be compared with each other. Hatched: a target for each city; others are joint totals. In brackets: "
        "task number; beside the bar: value as printed, scope and deadline."
    )
    alt = (
        f"{tasks} tasks hold {len(data)} targets with amounts, in {panels} units or kinds of things: {'; '.join(said)}. "
        f"{each} hold for each city; {dated} state a deadline."
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
    fig, note = opened(edition, lang, "targets_rates", ("double", 30 + 8.5 * len(data)))
    ax = fig.subplots()
    known = {"coverage": Mark("#174679"), "rate": Mark("#5da180", "//")}
    for y, row in enumerate(data.to_dict("records")):
        ax.barh(y, row["percent"], height=0.56, **known[str(row["kind"])].patch())
        gap = 100 - float(row["percent"])
        if gap > 0:
            ax.barh(
                y, gap, left=row["percent"], height=0.56, facecolor="none", edgecolor=MUTED, linewidth=0.5
            )
        at = max(100.0, float(row["percent"]))
        ax.annotate(
            _printed(row, lang), (at, y), (5, 0), textcoords="offset points", va="center_baseline", size=7
        )
    ax.axvline(100, color=INK, linewidth=0.8)
    ax.set_yticks(range(len(data)), [_metric(row, lang, 190) for row in data.to_dict("records")])
    ax.set_ylim(len(data) - 0.45, -0.6)
    ax.set_xlim(0, max(100.0, float(data["percent"].max())) * 1.12)
    ax.set_xticks([0, 25, 50, 75, 100])
    ax.set_xlabel("%")
    ax.tick_params(axis="y", length=0)
    bare(ax, keep=("left", "bottom"))
    handles = [
        Patch(label=label(f"target_kind.{k}", lang), **m.patch())
        for k, m in known.items()
        if (data["kind"] == k).any()
    ]
    if (data["percent"] < 100).any():
        handles.append(
            Patch(label=label("chart.gap_to_100", lang), facecolor="none", edgecolor=MUTED, linewidth=0.5)
        )
    _legend(fig, handles)
    words = {key: _rate_words(data, key) for key in ("zh", "en")}
    return closed("targets-rates", fig, data, words, note, edition=edition, lang=lang)


def _rate_words(data: pd.DataFrame, lang: str) -> tuple[str, str]:
    full = int((data["percent"] >= 100).sum())
    said = [f"{_metric(row, lang, 9999)} {_printed(row, lang)}" for row in data.to_dict("records")]
    read = int(data["assumed"].fillna("").str.contains("100").sum())
    if lang == "zh":
        caption = f"{len(data)}个比率和覆盖目标与100%相比。“全覆盖”按100%计（{read}个）；同一句话对几样东西的要求按几个目标计。括号内为任务编号。"
        return (
            caption,
            f"{len(data)}个目标中{full}个为100%，{len(data) - full}个不到100%：{'；'.join(said)}。",
        )
    caption = (
        f"The {len(data)} targets that are rates or coverages, against 100 %. “Full coverage” (全覆盖) is read as 100 % ({read} of "
        "them); one sentence about several things makes several targets. In brackets: task number."
    )
    return (
        caption,
        f"Of {len(data)} targets, {full} stand at 100 % and {len(data) - full} below: {'; '.join(said)}.",
    )


def targets_per_city(*, edition: str = "2024", lang: str = "zh") -> FigureBundle:
    """Draw what each target with an amount comes to per city: as the document states it, or derived under three splits."""
    cities = load_cities()
    data = target_splits(load_targets(edition), load_assignments(edition), cities)
    needed(data, "targets-per-city", "amounts among its targets that full members share", edition)
    ids = list(dict.fromkeys(data["target_id"]))
    columns = min(3, len(ids))
    rows = math.ceil(len(ids) / columns)
    fig, note = opened(
        edition, lang, "targets_per_city", ("double", min(277.0, 30 + 36 * rows)), also=[_sizes_note()]
    )
    grid = fig.subplots(rows, columns, squeeze=False)
    for i, ax in enumerate(grid.flat):
        if i < len(ids):
            _split_panel(ax, data[data["target_id"] == ids[i]], lang, labelled=i % columns == 0)
        else:
            ax.set_axis_off()
    used = [name for name in (*SPLITS, "stated") if (data["split"] == name).any()]
    handles = [Line2D([], [], label=_split_name(name, lang), **_SPLIT_MARKS[name].point()) for name in used]
    _legend(fig, handles)
    words = {key: _split_words(data, cities, key) for key in ("zh", "en")}
    return closed(
        "targets-per-city", fig, data, words, note, edition=edition, lang=lang, inputs=("context/cities.csv",)
    )  # fmt: skip


def _sizes_note() -> dict[str, str]:
    return {
        "zh": "人口、面积：data/context/cities.csv，逐项注明出处，2023年",
        "en": "population and area: data/context/cities.csv, each value with its source, 2023",
    }


def _split_name(name: str, lang: str) -> str:
    return label(f"split.{name}", lang)


def _split_panel(ax: Axes, part: pd.DataFrame, lang: str, *, labelled: bool) -> None:
    first = part.iloc[0].to_dict()
    places = part.drop_duplicates("city").to_dict("records")
    for y, place in enumerate(places):
        mine = part[part["city"] == place["city"]]
        ax.axhline(y, color="#e4e4e4", linewidth=0.5, zorder=0)
        for row in mine.to_dict("records"):
            shift = {"even": -0.22, "area": 0.22}.get(str(row["split"]), 0.0)
            ax.plot(row["amount"], y + shift, zorder=3, **_SPLIT_MARKS[str(row["split"])].point())
        # Written once: the range that the splits leave open, or the document's own number.
        low, high = float(mine["amount"].min()), float(mine["amount"].max())
        text = number(low) if math.isclose(low, high) else f"{number(low)}–{number(high)}"
        ax.annotate(
            text,
            (1.0, y),
            (2, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center_baseline",
            size=6.5,
        )
    ax.set_yticks(
        range(len(places)), [city(place, lang) for place in places] if labelled else [""] * len(places)
    )
    ax.set_ylim(len(places) - 0.4, -0.6)
    top = float(part["amount"].max())
    ax.set_xlim(0, top * 1.12 if top > 0 else 1)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.set_xlabel(unit(str(first["unit"]), lang), labelpad=1)
    name = str(first["metric"]) if lang == "zh" else str(first["metric_en"] or first["metric"])
    own = str(first["task_id"]).split("-", 1)[-1]
    kind = "stated_by_document" if first["scope_kind"] == "per_city" else "derived"
    key = "chart.stated_by_document" if kind == "stated_by_document" else "text.derived"
    total = _total(first, lang)
    ax.set_title(
        wrap_text(f"{name}（{own}）{total}" if lang == "zh" else f"{name} ({own}), {total}", 140, 7)
        + f"\n{label(key, lang)}",
        size=7,
        linespacing=1.2,
    )
    ax.tick_params(axis="y", length=0)
    bare(ax, keep=("left", "bottom"))


def _total(first: dict[object, object], lang: str) -> str:
    sign = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "about": "≈"}.get(str(first["comparator"]), "")
    name = unit(str(first["unit"]), lang)
    if first["scope_kind"] == "per_city":
        each = float(str(first["amount"]))
        return (
            f"：{label('chart.each_city_at_least', lang)}{sign}{number(each)}{name}"
            if lang == "zh"
            else f"{sign} {number(each)} {name} each"
        )
    amount = number(float(str(first["total"])))
    return f"：合计{sign}{amount}{name}" if lang == "zh" else f"joint {sign}{amount} {name}"


def _split_words(data: pd.DataFrame, cities: pd.DataFrame, lang: str) -> tuple[str, str]:
    joint = data[data["scope_kind"] == "joint"]
    n_joint, n_each = joint["target_id"].nunique(), data.loc[~data["derived"], "target_id"].nunique()
    memory = sorted({c for c in ("population", "area") if (cities[f"{c}_status"] == "from memory").any()})
    shares = joint.drop_duplicates(["city", "split"])
    said = []
    for place in shares.drop_duplicates("city").to_dict("records"):
        of = shares[shares["city"] == place["city"]].set_index("split")["share"]
        said.append((city(place, lang), [f"{of[name]:.0%}" for name in SPLITS if name in of]))
    if lang == "zh":
        caption = (
            f"每个数量目标分到各市是多少。{n_joint}个目标只有各市合计数，按平均、常住人口、面积三种办法分摊，均为推算，不是文件下达的任务，空心标记；{n_each}个目标由文件逐市写明，实心标记。"
            "分摊结果不取整。比率和覆盖目标对各市相同，不在此列。"
        )
        if memory:
            caption += "部分人口或面积数据凭记忆录入，见数据文件。"
        parts = "；".join(f"{name}占{'、'.join(values)}" for name, values in said)
        alt = f"{n_joint}个合计目标按平均、人口、面积分摊时，{parts}。" if n_joint else ""
        alt += f"{n_each}个目标各市相同，由文件写明。"
        return caption, alt
    caption = (
        f"What each target with an amount comes to per city. {n_joint} targets give a joint total only: they are split evenly, by "
        f"residents and by area. These parts are derived and no duty that the document sets (hollow marks). {n_each} are stated for each "
        "city by the document (filled marks). Parts are not rounded. Rates and coverage hold for each city as they stand and are left out."
    )
    if memory:
        caption += " Some values of population or area are from memory; see the data file."
    parts = "; ".join(f"{name} {', '.join(values)}" for name, values in said)
    alt = (
        f"Of the {n_joint} joint targets the cities would bear, evenly, by residents and by area: {parts}. "
        if n_joint
        else ""
    )
    alt += f"Targets stated for each city: {n_each}."
    return caption, alt
