"""The tables of an edition, declared: what `sxc ingest` writes into ``data/tables/<edition>``."""

from __future__ import annotations

from sxcanalysis.tables.fields import Field, Table

ROLES = ("lead", "responsible", "implementing", "coordinating", "supporting")
COMPARATORS = ("eq", "ge", "gt", "le", "lt", "about", "between")
TARGET_KINDS = ("level", "increment", "rate", "count", "coverage")
BODY_KINDS = (
    "national", "province", "party", "city", "city_department", "county", "county_department", "collective",
    "enterprise", "institution", "organisation", "other",
)  # fmt: skip
PLACE_KINDS = (
    "province", "city", "county", "development_zone", "region", "water", "country", "site", "project",
)  # fmt: skip

_ID = r"[^\s-]+-\S+"
_TASK_ID = Field("task_id", "string", "Task that the row belongs to, as in the table of tasks.", pattern=_ID)
_START = Field(
    "start",
    "integer",
    "Position of the first character of the evidence in the text that read_document returns, counted from 0.",
    unit="character",
    minimum=0,
)
_END = Field(
    "end",
    "integer",
    "Position after the last character of the evidence.",
    unit="character",
    minimum=0,
)
_CORRECTED = Field(
    "corrected",
    "string",
    "Reviewed correction that changed or added this row: its id in data/corrections.",
    empty="the row is as it was parsed",
)

TASKS = Table(
    "tasks",
    "tables/{edition}/tasks.csv",
    "One row a task of the list, in the order of the document.",
    (
        Field(
            "task_id",
            "string",
            "Edition and printed number, with a letter where a number is printed twice; never changes once published.",
            pattern=_ID,
            unique=True,
        ),
        Field("edition", "string", "Edition of the list, usually its year."),
        Field(
            "number",
            "string",
            "Number as printed, as text.",
            empty="the document prints no number",
        ),
        Field("seq", "integer", "Place in the document, counted from 1.", minimum=1, unique=True),
        Field(
            "category",
            "string",
            "Heading that the task stands under, without its number.",
            empty="the document has no heading before the task",
        ),
        Field(
            "category_en",
            "string",
            "English name of the category, from data/reference/labels.csv.",
            empty="no English name is known",
        ),
        Field(
            "text",
            "string",
            "Words of the task, line ends taken out.",
            empty="the item has no words",
        ),
        Field(
            "attribution",
            "string",
            "Words of the closing bracket, without the brackets; several are joined by ；.",
            empty="no attribution was found",
        ),
        _START,
        _END,
        Field(
            "attribution_start",
            "integer",
            "Position of the first character of the attribution's words; -1 without attribution.",
            unit="character",
            minimum=-1,
        ),
        Field(
            "attribution_end",
            "integer",
            "Position after the last character of the attribution's words; -1 without attribution.",
            unit="character",
            minimum=-1,
        ),
        Field(
            "headings",
            "string",
            "All headings above the task, the outermost first, separated by ' / '.",
            empty="the document has no heading before the task",
        ),
        _CORRECTED,
    ),
    key=("task_id",),
    generated=True,
)

ASSIGNMENTS = Table(
    "assignments",
    "tables/{edition}/assignments.csv",
    "One row a body and role in a task's attribution.",
    (
        _TASK_ID,
        Field("body", "string", "Canonical name of the body, from data/reference/bodies.csv."),
        Field("body_as_written", "string", "The words that name it in the document."),
        Field("body_kind", "string", "Kind of body.", allowed=BODY_KINDS),
        Field(
            "role",
            "string",
            "Role in the task; a body under two role words is a lead.",
            allowed=ROLES,
        ),
        Field(
            "others_implied",
            "boolean",
            "Whether the group that the body is named in ends with 等, that is, with others not named.",
        ),
        _START,
        _END,
        Field(
            "role_basis",
            "string",
            "Where the role comes from: words beside the body, a rule stated once, or assumed for want of a role word.",
        ),
        Field("known", "boolean", "Whether the body is in the authority file."),
        _CORRECTED,
    ),
    key=("task_id", "body", "role"),
    references=(("task_id", "tasks", "task_id"),),
    generated=True,
)

TARGETS = Table(
    "targets",
    "tables/{edition}/targets.csv",
    "One row a quantitative target.",
    (
        Field("target_id", "string", "Task and a running number within it.", pattern=_ID, unique=True),
        _TASK_ID,
        Field(
            "metric",
            "string",
            "What is measured, in the document's words.",
            empty="the words name nothing",
        ),
        Field(
            "metric_en",
            "string",
            "English name of the metric, from data/reference/metrics.csv.",
            empty="no English name is known",
        ),
        Field("comparator", "string", "How the number binds.", allowed=COMPARATORS),
        Field("value", "number", "Number in the unit as written; of a range, its lower end."),
        Field(
            "unit",
            "string",
            "Unit as written, with 万 or 亿.",
            empty="no unit is written",
        ),
        Field("value_si", "number", "Number in unit_si."),
        Field(
            "unit_si",
            "string",
            "SI unit, or the counted thing's own measure word.",
            empty="no unit is written",
        ),
        Field("scope", "string", "For whom the number is meant.", empty="the words do not say"),
        Field("deadline", "string", "Until when, as written.", empty="no deadline is stated"),
        Field("kind", "string", "Kind of target.", allowed=TARGET_KINDS),
        Field("quote", "string", "The words that the target was read from."),
        _START,
        _END,
        Field("value_high", "number", "Upper end of a range.", empty="no range"),
        Field("value_high_si", "number", "Upper end of a range in unit_si.", empty="no range"),
        Field(
            "dimension",
            "string",
            "What kind of unit it is.",
            empty="the unit is unknown or missing",
        ),
        Field(
            "direction",
            "string",
            "Whether the number states a rise or a fall.",
            empty="neither is stated",
            allowed=("up", "down"),
        ),
        Field(
            "baseline",
            "string",
            "What the change is measured from, as written.",
            empty="none is stated",
        ),
        Field(
            "subset_of",
            "string",
            "Target that this one is a part of (其中).",
            empty="it is no part of another",
        ),
        Field(
            "assumed",
            "string",
            "What the reading adds to the words.",
            empty="nothing is added",
        ),
        _CORRECTED,
    ),
    key=("target_id",),
    references=(("task_id", "tasks", "task_id"),),
    generated=True,
)

MENTIONS = Table(
    "mentions",
    "tables/{edition}/mentions.csv",
    "One row an administrative unit, site or other place named in the words of a task.",
    (
        _TASK_ID,
        Field("name", "string", "Name as written."),
        Field(
            "adcode",
            "string",
            "Code of the administrative unit that it is or lies in (GB/T 2260, 2024).",
            empty="it is none, lies in several, or cannot be told",
            pattern=r"\d{6}",
        ),
        Field("kind", "string", "Kind of place.", allowed=PLACE_KINDS),
        _START,
        _END,
        Field("unit", "string", "The unit's own name.", empty="it is or lies in no single unit"),
        Field(
            "city_adcode",
            "string",
            "Code of the prefecture-level city that the unit is or belongs to.",
            empty="it belongs to none, or to several",
            pattern=r"\d{6}",
        ),
        Field(
            "in_name",
            "boolean",
            "Whether the name is part of a longer proper name, which may lie elsewhere.",
        ),
        Field("outside", "boolean", "Whether it lies outside the cities that attributions name."),
        Field("site_id", "string", "Site of data/projects/sites.csv.", empty="it is no site there"),
        Field(
            "project_id",
            "string",
            "Project of data/projects/projects.csv.",
            empty="it is no project there",
        ),
        _CORRECTED,
    ),
    references=(("task_id", "tasks", "task_id"),),
    generated=True,
)

ISSUES = Table(
    "issues",
    "tables/{edition}/issues.csv",
    "One row a finding that a person should look at.",
    (
        Field("severity", "string", "How much it matters.", allowed=("error", "warning", "info")),
        Field("code", "string", "What kind of finding."),
        Field("task_id", "string", "Task concerned.", empty="the finding belongs to no task"),
        Field("line", "integer", "Line of the text, counted from 1.", minimum=1),
        _START,
        _END,
        Field("words", "string", "The words concerned.", empty="nothing is written there"),
        Field("hint", "string", "What it means, and what to do."),
    ),
    generated=True,
)

EDITION_TABLES = (TASKS, ASSIGNMENTS, TARGETS, MENTIONS, ISSUES)
