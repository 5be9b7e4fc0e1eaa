"""Charts of the tasks, bodies, targets and burdens, as figure bundles; `sxcanalysis.figures.build` calls them by name."""

from __future__ import annotations

from sxcanalysis._chart_bodies import body_sharing, lead_city, lead_matrix
from sxcanalysis._chart_burden import burden_rules, burden_specification
from sxcanalysis._chart_duties import burden_by_category, duties
from sxcanalysis._chart_targets import targets_by_unit, targets_per_city, targets_rates
from sxcanalysis._chart_tasks import task_completeness, task_overview

__all__ = [
    "body_sharing",
    "burden_by_category",
    "burden_rules",
    "burden_specification",
    "duties",
    "lead_city",
    "lead_matrix",
    "targets_by_unit",
    "targets_per_city",
    "targets_rates",
    "task_completeness",
    "task_overview",
]
