"""What changed between two editions of a list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.core.errors import DataError
from sxcanalysis.tables.loading import load_assignments, load_targets, load_tasks

if TYPE_CHECKING:
    from sxcanalysis.parsing.tasklist import TaskList

__all__ = ["EditionDiff", "compare_editions"]

STATUSES = ("kept", "reworded", "new", "dropped")
SAME_TASK = 0.5
"""Similarity (0 nothing shared, 1 the same) from which two texts count as one task, reworded.

Different tasks of the 2024 list reach at most 0.41.
"""
NEAR = 0.4
"""Similarity below which the nearest task of the other edition is not worth naming."""

_DROP = re.compile(r"[\s，。、；：:;,.“”‘’\"'（）()《》—\-]+")
_TARGET_COLUMNS = ("comparator", "value", "unit", "value_high", "scope", "deadline", "kind")


@dataclass(frozen=True)
class EditionDiff:
    """
    What changed from one edition to another.

    Attributes
    ----------
    old, new
        The editions' names.
    tasks
        One row a task of either edition, in the order of the new one, the dropped at the end:
        ``status old_id new_id old_number new_number renumbered old_category new_category moved similarity
        bodies_changed targets_changed old_text new_text nearest_id nearest_similarity``. ``status`` is one of ``kept``
        (the same words, punctuation aside), ``reworded``, ``new`` and ``dropped``. ``similarity`` (0 to 1) is that of
        the two texts. Of a new or a dropped task, ``nearest_id`` names the most similar task of the other edition, if one
        is similar at all: a person decides whether the one continues the other, or is a part of it.
    bodies
        One row a change in who does what, of tasks in both editions: ``old_id new_id body change old_role new_role``;
        ``change`` is ``added``, ``removed`` or ``role``.
    targets
        One row a change of a quantitative target: ``old_id new_id metric change old_target new_target old_quote
        new_quote``; ``change`` is ``added``, ``removed`` or ``changed``. Targets of new and dropped tasks are included.
    """

    old: str
    new: str
    tasks: pd.DataFrame
    bodies: pd.DataFrame
    targets: pd.DataFrame

    def counts(self) -> dict[str, int]:
        """Count the tasks by status, and those renumbered, moved, with other bodies and with other targets."""
        tasks = self.tasks
        by_status = {status: int((tasks["status"] == status).sum()) for status in STATUSES}
        flags = ("renumbered", "moved", "bodies_changed", "targets_changed")
        return by_status | {flag: int(tasks[flag].sum()) for flag in flags}


def compare_editions(
    old: str | int | TaskList | Mapping[str, pd.DataFrame],
    new: str | int | TaskList | Mapping[str, pd.DataFrame],
) -> EditionDiff:
    """
    Compare two editions of a list.

    Tasks are paired by their words, never by their numbers: first those with the same words, then, the most similar
    first, those whose similarity is at least `SAME_TASK`.

    Parameters
    ----------
    old, new
        Each the name of an edition on disk, a task list from :func:`sxcanalysis.parse_document`, or the tables
        ``tasks``, ``assignments`` and ``targets`` by name.

    Returns
    -------
    diff
        What changed.

    Raises
    ------
    MissingDataError
        If an edition is not there.
    DataError
        If tables are missing.

    Examples
    --------
    >>> diff = compare_editions(2024, 2024)
    >>> diff.counts()["kept"], diff.counts()["reworded"], len(diff.bodies)
    (53, 0, 0)
    """
    old_name, old_tables = _tables(old)
    new_name, new_tables = _tables(new)
    pairs, nearest_old, nearest_new = _pair(old_tables["tasks"], new_tables["tasks"])
    old_rows = old_tables["tasks"].to_dict("records")
    new_rows = new_tables["tasks"].to_dict("records")
    ids = {(str(old_rows[i]["task_id"]), str(new_rows[j]["task_id"])) for i, j in pairs}
    bodies = _bodies(old_tables["assignments"], new_tables["assignments"], sorted(ids))
    by_new = {j: i for i, j in pairs}
    gone = [i for i in range(len(old_rows)) if i not in set(by_new.values())]
    alone = [("", str(new_rows[j]["task_id"])) for j in range(len(new_rows)) if j not in by_new]
    alone += [(str(old_rows[i]["task_id"]), "") for i in gone]
    targets = _targets(old_tables["targets"], new_tables["targets"], [*sorted(ids), *alone])
    rows = []
    for j, row in enumerate(new_rows):
        rows.append(
            _row(
                old_rows[by_new[j]] if j in by_new else None,
                row,
                nearest_new.get(j, (-1, 0.0)),
                old_rows,
            )
        )
    rows += [_row(old_rows[i], None, nearest_old.get(i, (-1, 0.0)), new_rows) for i in gone]
    tasks = pd.DataFrame(rows, columns=list(_row_columns()))
    for flag, changes in (("bodies_changed", bodies), ("targets_changed", targets)):
        touched = set(zip(changes["old_id"], changes["new_id"], strict=True)) & ids
        tasks[flag] = [pair in touched for pair in zip(tasks["old_id"], tasks["new_id"], strict=True)]
    return EditionDiff(old_name, new_name, tasks, bodies, targets)


def _row_columns() -> tuple[str, ...]:
    return (
        "status", "old_id", "new_id", "old_number", "new_number", "renumbered", "old_category", "new_category", "moved",
        "similarity", "bodies_changed", "targets_changed", "old_text", "new_text", "nearest_id", "nearest_similarity",
    )  # fmt: skip


def _row(
    old: Mapping[Any, Any] | None,
    new: Mapping[Any, Any] | None,
    nearest: tuple[int, float],
    others: list[dict[Any, Any]],
) -> dict[str, object]:
    was, now = old or {}, new or {}
    both = old is not None and new is not None
    same = both and _plain(str(was["text"])) == _plain(str(now["text"]))
    status = "kept" if same else "reworded" if both else "new" if new is not None else "dropped"
    similarity = 1.0 if same else _ratio(str(was["text"]), str(now["text"])) if both else float("nan")
    near = str(others[nearest[0]]["task_id"]) if not both and nearest[1] >= NEAR else ""
    return {
        "status": status, "old_id": str(was.get("task_id", "")), "new_id": str(now.get("task_id", "")),
        "old_number": str(was.get("number", "")), "new_number": str(now.get("number", "")),
        "renumbered": both and str(was["number"]) != str(now["number"]),
        "old_category": str(was.get("category", "")), "new_category": str(now.get("category", "")),
        "moved": both and was["category"] != now["category"], "similarity": round(similarity, 3),
        "bodies_changed": False, "targets_changed": False,
        "old_text": str(was.get("text", "")), "new_text": str(now.get("text", "")),
        "nearest_id": near, "nearest_similarity": round(nearest[1], 3) if near else float("nan"),
    }  # fmt: skip


def _tables(
    edition: str | int | TaskList | Mapping[str, pd.DataFrame],
) -> tuple[str, dict[str, pd.DataFrame]]:
    if isinstance(edition, (str, int)):
        loaders = {"tasks": load_tasks, "assignments": load_assignments, "targets": load_targets}
        return str(edition), {name: load(edition) for name, load in loaders.items()}
    if not isinstance(edition, Mapping):
        found = {"tasks": edition.tasks, "assignments": edition.assignments, "targets": edition.targets}
        return edition.edition, found
    missing = [name for name in ("tasks", "assignments", "targets") if name not in edition]
    if missing:
        msg = f"the tables {', '.join(missing)} are missing. Expected an edition's name, a task list, or its tables by name."
        raise DataError(msg)
    names = edition["tasks"]["edition"] if "edition" in edition["tasks"].columns else pd.Series(dtype="str")
    return (str(names.iloc[0]) if len(names) else "unknown"), dict(edition)


def _pair(
    old: pd.DataFrame, new: pd.DataFrame
) -> tuple[list[tuple[int, int]], dict[int, tuple[int, float]], dict[int, tuple[int, float]]]:
    """Pair the tasks of two editions by their words; also name each task's nearest in the other edition."""
    was, now = [_plain(text) for text in old["text"]], [_plain(text) for text in new["text"]]
    pairs: list[tuple[int, int]] = []
    waiting: dict[str, list[int]] = {}
    for i, text in enumerate(was):
        waiting.setdefault(text, []).append(i)
    for j, text in enumerate(now):
        if waiting.get(text):
            pairs.append((waiting[text].pop(0), j))
    taken_old, taken_new = {i for i, _ in pairs}, {j for _, j in pairs}
    scores = _scores(was, now, set(range(len(was))) - taken_old, set(range(len(now))) - taken_new)
    for score, i, j in sorted(scores, key=lambda found: (-found[0], found[1], found[2])):
        if score >= SAME_TASK and i not in taken_old and j not in taken_new:
            pairs.append((i, j))
            taken_old.add(i)
            taken_new.add(j)
    # What is left may be a part of a task that was paired: a task split in two, or two made one.
    nearest_old, nearest_new = {}, {}
    left_old, left_new = set(range(len(was))) - taken_old, set(range(len(now))) - taken_new
    for score, i, j in sorted(_scores(was, now, left_old, set(range(len(now))))):
        nearest_old[i] = (j, score)
    for score, j, i in sorted(_scores(now, was, left_new, set(range(len(was))))):
        nearest_new[j] = (i, score)
    return pairs, nearest_old, nearest_new


def _scores(
    was: list[str], now: list[str], old_left: set[int], new_left: set[int]
) -> list[tuple[float, int, int]]:
    """Score the pairs that could be one task. Pairs of characters choose them, because comparing all would be slow."""
    grams = {j: Counter(now[j][k : k + 2] for k in range(len(now[j]) - 1)) for j in new_left}
    holders: dict[str, list[int]] = {}
    for j, counted in grams.items():
        for gram in counted:
            holders.setdefault(gram, []).append(j)
    scores = []
    for i in sorted(old_left):
        mine = Counter(was[i][k : k + 2] for k in range(len(was[i]) - 1))
        shared: dict[int, float] = {}
        for gram, count in mine.items():
            for j in holders.get(gram, ()):
                # What half the tasks contain (加快推进) says little about which task this is.
                shared[j] = shared.get(j, 0.0) + min(count, grams[j][gram]) / len(holders[gram])
        scores += [(_ratio(was[i], now[j]), i, j) for j in sorted(shared, key=lambda j: (-shared[j], j))[:8]]
    return scores


def _ratio(one: str, other: str) -> float:
    """Return how alike two texts are: twice the characters in common runs, over all characters."""
    return SequenceMatcher(None, _plain(one), _plain(other), autojunk=False).ratio()


def _plain(text: str) -> str:
    return _DROP.sub("", text)


def _bodies(old: pd.DataFrame, new: pd.DataFrame, pairs: list[tuple[str, str]]) -> pd.DataFrame:
    before, after = _roles(old), _roles(new)
    rows = []
    for old_id, new_id in pairs:
        was, now = before.get(old_id, {}), after.get(new_id, {})
        for body in sorted({*was, *now}):
            if was.get(body) == now.get(body):
                continue
            change = "role" if body in was and body in now else "added" if body in now else "removed"
            rows.append((old_id, new_id, body, change, was.get(body, ""), now.get(body, "")))
    return pd.DataFrame(
        rows, columns=["old_id", "new_id", "body", "change", "old_role", "new_role"], dtype="str"
    )


def _roles(assignments: pd.DataFrame) -> dict[str, dict[str, str]]:
    roles: dict[str, dict[str, str]] = {}
    columns = assignments[["task_id", "body", "role"]].astype("str")
    for task_id, body, role in columns.itertuples(index=False, name=None):
        mine = roles.setdefault(task_id, {})
        mine[body] = f"{mine[body]}, {role}" if body in mine else role
    return roles


def _targets(old: pd.DataFrame, new: pd.DataFrame, pairs: list[tuple[str, str]]) -> pd.DataFrame:
    before, after = _by_task(old), _by_task(new)
    rows = []
    for old_id, new_id in pairs:
        was, now = before.get(old_id, []), after.get(new_id, [])
        for name in dict.fromkeys(str(row["metric"]) for row in (*was, *now)):
            left = [row for row in was if row["metric"] == name]
            right = [row for row in now if row["metric"] == name]
            for row in [row for row in left if _state(row) in map(_state, right)]:
                twin = next((other for other in right if _state(other) == _state(row)), None)
                if twin is not None:
                    left.remove(row)
                    right.remove(twin)
            for k in range(max(len(left), len(right))):
                a, b = (side[k] if k < len(side) else None for side in (left, right))
                change = "changed" if a and b else "removed" if a else "added"
                rows.append((
                    old_id, new_id, name, change, _told(a), _told(b),
                    str(a["quote"]) if a else "", str(b["quote"]) if b else "",
                ))  # fmt: skip
    columns = [
        "old_id",
        "new_id",
        "metric",
        "change",
        "old_target",
        "new_target",
        "old_quote",
        "new_quote",
    ]
    return pd.DataFrame(rows, columns=columns, dtype="str")


def _by_task(targets: pd.DataFrame) -> dict[str, list[dict[Any, Any]]]:
    found: dict[str, list[dict[Any, Any]]] = {}
    for row in targets.to_dict("records"):
        found.setdefault(str(row["task_id"]), []).append(row)
    return found


def _state(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return what makes two targets of one metric the same."""
    return tuple("" if pd.isna(row.get(name, "")) else str(row.get(name, "")) for name in _TARGET_COLUMNS)


def _told(row: Mapping[Any, Any] | None) -> str:
    """Put a target into one line, for a person."""
    if row is None:
        return ""
    high = row.get("value_high", float("nan"))
    number = f"{row['value']:g}" + ("" if pd.isna(high) else f"–{high:g}")
    parts = [
        str(row["comparator"]),
        number,
        str(row["unit"]),
        str(row.get("scope", "")),
        str(row.get("deadline", "")),
    ]
    return " ".join(part for part in parts if part)
