"""The table of quantitative targets of a list of tasks."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pandas as pd

from sxcanalysis.parsing.targets.reading import extract_targets, targets_in
from sxcanalysis.text.normal_form import cast_shadow

TARGET_COLUMNS = [
    "target_id", "task_id", "metric", "metric_en", "comparator", "value", "unit", "value_si", "unit_si", "scope",
    "deadline", "kind", "quote", "start", "end", "value_high", "value_high_si", "dimension", "direction", "baseline",
    "subset_of", "assumed",
]  # fmt: skip


def read_targets(
    tasks: pd.DataFrame, text: str, *, goals: pd.DataFrame | None = None, source: str | None = None
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """Read the targets of every task.

    Parameters
    ----------
    tasks
        Table of tasks with ``task_id start end`` (offsets into *text*) and ``deadline deadline_start``; a deadline that
        stands outside the words of its task holds for every target of the task that states none of its own.
    text
        The document, without what stands inside a task and is none of its words.
    goals
        Cells of tables that state what is to be reached in a year: ``task_id start end deadline metric``.
    source
        The document as it is, from which the targets are quoted; *text* if None.

    Returns
    -------
        The table of targets (one row each; ``target_id`` is the task's with ``-t1``, ``-t2`` …;
        ``subset_of`` names the target that a row is a part of), and the findings as issues.
    """
    source = text if source is None else source
    rows: list[dict[str, object]] = []
    issues: list[dict[str, object]] = []
    often: Counter[str] = Counter()
    columns = (tasks[name] for name in ("task_id", "start", "end", "deadline", "deadline_start"))
    doc = cast_shadow(text, amounts=True)
    places = [
        (task_id, start, end, "" if start <= dated < end else deadline, "")
        for task_id, start, end, deadline, dated in zip(*columns, strict=True)
    ]
    if goals is not None:
        places += goals[["task_id", "start", "end", "deadline", "metric"]].itertuples(index=False)
    for task_id, start, end, deadline, metric in places:
        if metric:  # in the cell of a year the words of its task say what the number counts
            targets, findings = extract_targets(metric + source[start:end], offset=start - len(metric))
        else:
            targets, findings = targets_in(doc.part(start, end))
        before = sum(target.end <= start for target in targets)
        targets = [replace(target, start=max(target.start, start)) for target in targets[before:]]
        findings = [finding for finding in findings if finding.start >= start]
        first = often[task_id] + 1
        often[task_id] += len(targets)
        for i, target in enumerate(targets, start=first):
            whole = -1 if target.subset_of is None else target.subset_of - before
            rows.append({
                **vars(target), "target_id": f"{task_id}-t{i}", "task_id": task_id, "subset_of": f"{task_id}-t{whole + first}" if whole >= 0 else "",
                "deadline": target.deadline or deadline,
                "quote": source[target.start : target.end],
            })  # fmt: skip
        issues += [
            {
                "severity": finding.severity, "code": finding.code, "task_id": task_id, "start": finding.start,
                "end": finding.end, "words": source[finding.start : finding.end],
                "hint": finding.hint,
            }
            for finding in findings
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=TARGET_COLUMNS), issues
