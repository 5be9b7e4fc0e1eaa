"""The tables of the report: each row from the edition's tables, each number counted here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.geography.projects import load_projects
from sxcanalysis.outputs.page import safe
from sxcanalysis.reference.words import label
from sxcanalysis.tables import loading as datasets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WORDS: dict[str, dict[str, Any]] = {
    "zh": {
        "category": ("类别", "任务", "有牵头单位", "括号以“等”结尾", "有量化目标", "量化目标数"),
        "total": "合计",
        "rules": "计数规则",
        "targets": ("任务", "指标", "目标值", "范围", "时限", "原文"),
        "assumed": "按推定",
        "projects": ("序号", "任务", "项目", "阶段（原文动词）", "定位精度", "所在地", "后续情况（不出自清单）"),
        "off": "±{km}千米",
        "at": "截至{date}",
        "issues": ("程度", "任务", "行", "原文", "说明"),
        "info": "提示",
        "warning": "警告",
        "error": "错误",
        "tasks": ("编号", "任务原文", "责任分工"),
        "join": "、",
    },
    "en": {
        "category": (
            "Category", "Tasks", "With a lead body", "Bracket ends in 等", "With a quantitative target", "Quantitative targets",
        ),
        "total": "Total",
        "rules": "Counting rule",
        "targets": ("Task", "Metric", "Value", "Scope", "Deadline", "Document"),
        "assumed": "by inference",
        "projects": ("No.", "Task", "Project", "Stage (verb of the text)", "Precision", "Where", "Later status (not from the list)"),
        "off": "±{km} km",
        "at": "as of {date}",
        "issues": ("Severity", "Task", "Line", "Words", "What it is"),
        "info": "note",
        "warning": "warning",
        "error": "error",
        "tasks": ("No.", "Words of the task", "Who does it"),
        "join": ", ",
    },
}  # fmt: skip


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, kind: str = "") -> str:
    """Write a table; cells are HTML."""
    head = "".join(f'<th scope="col">{safe(name)}</th>' for name in heads)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def categories(edition: str, lang: str) -> str:
    """Count tasks, lead bodies and targets by category."""
    tasks, assignments = datasets.load_tasks(edition), datasets.load_assignments(edition)
    targets = datasets.load_targets(edition)
    led = tasks["task_id"].isin(assignments.loc[assignments["role"].eq("lead"), "task_id"])
    more = tasks["task_id"].isin(assignments.loc[assignments["others_implied"], "task_id"])
    own = targets.groupby("task_id").size().reindex(tasks["task_id"], fill_value=0).to_numpy()
    counts = pd.DataFrame({"tasks": 1, "led": led, "more": more, "measured": own > 0, "targets": own})
    grouped = counts.groupby(tasks["category"], sort=False).sum()
    rows = [
        (safe(label(f"category.{name}", lang, default=str(name) or "—")), *map(str, values))
        for name, values in zip(grouped.index, grouped.to_numpy().tolist(), strict=True)
    ]
    rows.append((WORDS[lang]["total"], *map(str, counts.sum().tolist())))
    return table(WORDS[lang]["category"], rows, kind="numbers")


def burdens(sensitivity: pd.DataFrame, lang: str) -> str:
    """Show what each counting rule gives each city, with rank and bounds."""
    plain = sensitivity[sensitivity["per"].eq("none")]
    column = "city_en" if lang == "en" else "city"
    cities = list(dict.fromkeys(plain[column]))
    rows = []
    for rule, group in plain.groupby("rule", sort=False):
        cells = {row[column]: _burden(row) for row in group.to_dict("records")}
        rows.append((safe(label(f"rule.{rule}", lang)), *(cells.get(city, "—") for city in cities)))
    return table((WORDS[lang]["rules"], *cities), rows, kind="numbers")


def _burden(row: dict[Any, Any]) -> str:
    value, low, high = (_short(row[key]) for key in ("value", "low", "high"))
    rank = "" if pd.isna(row["rank"]) else f" <small>({row['rank']})</small>"
    bounds = "" if low == high else f"<br><small>{low}–{high}</small>"
    return value + rank + bounds


def _short(value: float) -> str:
    return "—" if pd.isna(value) else f"{float(value):.1f}".removesuffix(".0")


def targets(edition: str, lang: str) -> str:
    """List the quantitative targets with their words."""
    words = WORDS[lang]
    rows = []
    for row in datasets.load_targets(edition).to_dict("records"):
        metric = row["metric_en"] if lang == "en" and row["metric_en"] else row["metric"]
        unit = label(f"unit.{row['unit']}", lang, default=str(row["unit"]))
        value = f"{row['value']:,.6g}" + (f"–{row['value_high']:,.6g}" if pd.notna(row["value_high"]) else "")
        comparator = label(f"comparator.{row['comparator']}", lang)
        sure = f" <small>[{words['assumed']}]</small>" if row["assumed"] else ""
        cells = (
            row["task_id"],
            metric,
            f"{comparator} {value} {unit}",
            row["scope"],
            row["deadline"],
            row["quote"],
        )
        safe_cells = [safe(cell) for cell in cells]
        safe_cells[2] += sure
        rows.append(safe_cells)
    return table(words["targets"], rows)


def projects(edition: str, lang: str) -> str:
    """List the located projects; empty for an edition that has none yet."""
    try:
        listed = load_projects(edition)
    except MissingDataError:
        return ""
    words = WORDS[lang]
    names = _units(lang)
    rows = []
    for number, row in enumerate(listed.to_dict("records"), 1):
        precision = label(f"precision.{row['precision']}", lang)
        if not pd.isna(row["uncertainty_m"]):
            precision += " " + words["off"].format(km=f"{row['uncertainty_m'] / 1000:g}")
        codes = [code for code in str(row["counties"] or "").split(";") if code]
        where = words["join"].join(names.get(code, code) for code in codes)
        later = label(f"later.{row['later_status']}", lang) if row["later_status"] else ""
        if later and row["later_status_date"]:
            later = _bracketed(later, words["at"].format(date=row["later_status_date"]), lang)
        reason = (row["reason_none_zh"] if lang == "zh" else "") or row["reason_none"] or ""
        cells = (
            str(number), row["task_id"], row["name_en"] if lang == "en" else row["name"],
            _bracketed(label(f"stage.{row['stage']}", lang), row["stage_verb"], lang), precision, where or reason, later,
        )  # fmt: skip
        rows.append([safe(cell) for cell in cells])
    return table(words["projects"], rows, kind="projects")


def _bracketed(text: str, more: str, lang: str) -> str:
    return f"{text}（{more}）" if lang == "zh" else f"{text} ({more})"


def _units(lang: str) -> dict[str, str]:
    from sxcanalysis.geography.boundaries import load_boundaries  # noqa: PLC0415

    column = "name_en" if lang == "en" else "name"
    frames = [load_boundaries("county"), load_boundaries("city")]
    return {code: name for frame in frames for code, name in zip(frame["adcode"], frame[column], strict=True)}


def issues(edition: str, lang: str) -> str:
    """List what a person should look at; empty where nothing is."""
    found = datasets.load_issues(edition)
    rows = [
        (
            safe(WORDS[lang].get(row["severity"], row["severity"])), *("" if pd.isna(row[key]) else safe(row[key]) for key in ("task_id", "line", "words")),
            f'<span lang="en">{safe(row["hint"])}</span>',
        )
        for row in found.to_dict("records")
    ]  # fmt: skip
    return table(WORDS[lang]["issues"], rows) if rows else ""


def tasks(edition: str, lang: str) -> str:
    """List every task in the document's words."""
    rows = [
        [safe(row[key]) for key in ("task_id", "text", "attribution")]
        for row in datasets.load_tasks(edition).to_dict("records")
    ]
    return table(WORDS[lang]["tasks"], rows)
