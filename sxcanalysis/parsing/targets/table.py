"""The table of quantitative targets of a list of tasks."""

from __future__ import annotations

import re

import pandas as pd

from sxcanalysis.parsing.targets.reading import extract_targets

TARGET_COLUMNS = [
    "target_id", "task_id", "metric", "metric_en", "comparator", "value", "unit", "value_si", "unit_si", "scope",
    "deadline", "kind", "quote", "start", "end", "value_high", "value_high_si", "dimension", "direction", "baseline",
    "subset_of", "assumed",
]  # fmt: skip


_SCHEDULED = re.compile(
    r"(?:完成|办结|时间)?(?:时限|时间|期限|节点)[:：]\s*([^。；;，,\n）)]*?(?:年|月|季度|[底末前内]))(?=$|[。；;，,\n）)])"
)


def read_targets(tasks: pd.DataFrame, text: str) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """Read the targets of every task.

    Parameters
    ----------
    tasks
        Table of tasks with ``task_id start end`` (offsets into *text*) and ``attribution``, whose 完成时限：
        holds for every target of the task that states no deadline of its own.
    text
        The document.

    Returns
    -------
        The table of targets (one row each; ``target_id`` is the task's with ``-t1``, ``-t2`` …;
        ``subset_of`` names the target that a row is a part of), and the findings as issues.
    """
    rows: list[dict[str, object]] = []
    issues: list[dict[str, object]] = []
    columns = (tasks[name] for name in ("task_id", "start", "end", "attribution"))
    for task_id, start, end, attribution in zip(*columns, strict=True):
        scheduled = _SCHEDULED.search(attribution)
        targets, findings = extract_targets(text[start:end], offset=start)
        for i, target in enumerate(targets, start=1):
            whole = "" if target.subset_of is None else f"{task_id}-t{target.subset_of + 1}"
            rows.append({
                **vars(target), "target_id": f"{task_id}-t{i}", "task_id": task_id, "subset_of": whole,
                "deadline": target.deadline or (scheduled[1] if scheduled else ""),
                "quote": text[target.start : target.end],
            })  # fmt: skip
        issues += [
            {
                "severity": finding.severity, "code": finding.code, "task_id": task_id, "start": finding.start,
                "end": finding.end, "words": text[finding.start : finding.end],
                "hint": f"{finding.message}; {finding.hint}",
            }
            for finding in findings
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=TARGET_COLUMNS), issues
