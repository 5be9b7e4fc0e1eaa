"""Text → task list: headings, numbers, task bodies, closing brackets, each with its span.

The steps, each a module: the shadow of the text (`_shadow`), rows of tables (`_rows`), rules given
once (`_rules`), attributions (`_closings`, whose grammar is :mod:`sxcanalysis.parsing.attribution`), printed
numbers (`_items`), what is a task and what is not (`_outline`), and the tables (`_frames`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from sxcanalysis.parsing.annexes import without_annexes
from sxcanalysis.parsing.blank_rows import find_blank_rows
from sxcanalysis.parsing.closings import find_closings, fit_to_items
from sxcanalysis.parsing.draft import Draft
from sxcanalysis.parsing.flat_rows import find_flat_rows
from sxcanalysis.parsing.frames import ISSUE_COLUMNS, TASK_COLUMNS, Coverage, cover, lines_of, tabulate
from sxcanalysis.parsing.numbers import find_marks
from sxcanalysis.parsing.outline import Outline
from sxcanalysis.parsing.prose import label_prose
from sxcanalysis.parsing.rules import find_rules
from sxcanalysis.parsing.table_rows import find_rows, outside
from sxcanalysis.parsing.task_facts import add_facts


@dataclass(frozen=True)
class TaskList:
    """A document taken apart into tables.

    All offsets are 0-based character offsets into `text`, the end exclusive: ``text[start:end]``
    is the evidence of a row.

    Attributes
    ----------
    text
        The document.
    edition
        The name of the edition.
    tasks
        One row a task: ``task_id edition number seq category category_en title title_en text attribution deadline
        verifiable start end attribution_start attribution_end headings milestone deadline_start deadline_end``. *number*
        is as printed, *seq* the place in the document, *headings* every heading above, the outermost first; *deadline* and
        *milestone* quote the words that say until when, and what anybody can check then.
    assignments
        One row a body and role in a task: ``task_id body body_as_written body_kind role others_implied
        start end role_basis known``. *role* is lead, responsible, implementing, coordinating or
        supporting; *role_basis* is stated, rule (a rule given once) or assumed (no role word);
        *others_implied* says that 等 follows.
    targets, mentions, projects, issues
        As the properties below say.
    coverage
        Where each character went (`Coverage`).
    """

    text: str
    edition: str
    _tasks: pd.DataFrame = field(repr=False)
    assignments: pd.DataFrame
    coverage: Coverage
    _issues: list[dict[str, object]] = field(repr=False)

    @cached_property
    def tasks(self) -> pd.DataFrame:
        """The tasks, one row each; *verifiable* ones have a target or a milestone (:mod:`sxcanalysis.parsing.task_facts`)."""
        numbered = self._tasks["task_id"].isin(self.targets["task_id"])
        verifiable = numbered | (self._tasks["milestone"] != "")
        return self._tasks.assign(verifiable=verifiable)[TASK_COLUMNS]

    @cached_property
    def _targets(self) -> tuple[pd.DataFrame, list[dict[str, object]]]:
        from sxcanalysis.parsing.targets.table import read_targets  # noqa: PLC0415  # pint is not cheap

        return read_targets(self._tasks, self._words)

    @cached_property
    def _words(self) -> str:
        """The text, with the attributions inside a task blotted out: they name places, but not where it lies."""
        spans = self.coverage.spans
        closings = spans[spans["kind"] == "attribution"]
        before = np.searchsorted(self._tasks["start"], closings["start"], side="right") - 1
        chars = list(self.text)
        for task, start, end in zip(before, closings["start"], closings["end"], strict=True):
            if task >= 0 and end <= self._tasks["end"].iloc[task]:
                chars[start:end] = "。" * (end - start)
        return "".join(chars)

    @property
    def targets(self) -> pd.DataFrame:
        """The quantitative targets, one row each (:mod:`sxcanalysis.parsing.targets.reading`)."""
        return self._targets[0]

    @cached_property
    def mentions(self) -> pd.DataFrame:
        """The administrative units and named places in the tasks (:mod:`sxcanalysis.parsing.places.mentions`)."""
        from sxcanalysis.parsing.places.mentions import read_mentions  # noqa: PLC0415

        return read_mentions(self._tasks, self._words)

    @cached_property
    def projects(self) -> pd.DataFrame:
        """The projects that the tasks name, and their stages (:mod:`sxcanalysis.parsing.named_projects`)."""
        from sxcanalysis.parsing.named_projects import read_projects  # noqa: PLC0415

        return read_projects(self._tasks, self._words)

    @cached_property
    def issues(self) -> pd.DataFrame:
        """What a person should look at, in the order of the text.

        Columns: ``severity`` (warning, info), ``code``, ``task_id`` (empty where none), ``line``
        (1-based), ``start``, ``end``, ``words``, ``hint``.
        """
        found = pd.DataFrame([*self._issues, *self._targets[1]], columns=ISSUE_COLUMNS)
        found["line"] = lines_of(self.text, found["start"])
        return found.sort_values(["start", "end", "code"], kind="stable", ignore_index=True)

    def to_text(self) -> str:
        """Give the document back from its spans: the same characters, blanks aside."""
        spans = self.coverage.spans
        pieces = [
            ("" if kind in {"task", "attribution"} else "\n") + self.text[start:end]
            for kind, start, end in zip(spans["kind"], spans["start"], spans["end"], strict=True)
        ]
        return "".join(pieces).strip("\n")


def parse_document(text: str, *, edition: str = "unknown") -> TaskList:
    r"""Take a task list apart.

    Parameters
    ----------
    text
        The text of a document, best from :func:`sxcanalysis.read_document`.
    edition
        The name of the edition, usually a year; the prefix of every ``task_id``.

    Returns
    -------
        Tables in which every row quotes its source. What is not understood is in
        ``coverage.unparsed`` and ``issues``; no text whatever raises an error.

    Examples
    --------
    >>> found = parse_document("一、创新\n1. 建设实验室。（省科技厅牵头，苏州市具体落实）", edition="2024")
    >>> found.tasks[["task_id", "category", "text", "attribution"]].iloc[0].tolist()
    ['2024-01', '创新', '建设实验室。', '省科技厅牵头，苏州市具体落实']
    >>> found.assignments[["body", "role"]].values.tolist()
    [['省科技厅', 'lead'], ['苏州市', 'implementing']]
    """
    draft = Draft(text)
    lines = draft.lines()
    rows = find_rows(draft.shadow, lines)
    plain = outside(rows, lines)
    flat = [*find_flat_rows(draft.shadow, plain), *find_blank_rows(draft.shadow, plain)]
    if flat:
        rows = sorted([*rows, *flat], key=lambda row: row.line)
        plain = outside(rows, lines)
    plain = without_annexes(draft, plain)
    rules = find_rules(draft)
    closings = find_closings(draft, plain)
    marks = find_marks(draft.shadow, plain, (closing.end for closing in closings))
    closings, marks = fit_to_items(draft, closings, marks)
    items = Outline(draft, marks, closings, rows).items
    label_prose(draft, plain)
    if not items and draft.chars:
        draft.note(
            "no_tasks",
            0,
            min(len(draft.chars), 40),
            "no task was found: is this a task list?",
            severity="warning",
        )
    tasks, assignments = tabulate(draft, items, rules, edition)
    tasks = add_facts(tasks, text)
    coverage = cover(draft, items, [mark.line_start for mark in marks])
    return TaskList(text, edition, tasks, assignments, coverage, draft.issues)
