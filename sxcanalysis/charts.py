"""Charts of the tasks, bodies, targets and burdens, as figure bundles; `sxcanalysis.figures.build` calls them by name."""

from __future__ import annotations

from sxcanalysis._chart_tasks import task_completeness, task_overview

__all__ = ["task_completeness", "task_overview"]
