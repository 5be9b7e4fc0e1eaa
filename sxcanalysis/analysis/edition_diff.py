"""What changed between two editions of a list: tasks, categories, bodies, targets and named projects."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from rapidfuzz import fuzz

from sxcanalysis.analysis.counting_rules import require
from sxcanalysis.analysis.edition_pairing import NEAR, likeness, one_line, pair_tasks, plain, reviewed_pairs
from sxcanalysis.analysis.outcomes import STAGE_ASKS
from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.geography.projects import load_projects
from sxcanalysis.reference.words import say, spoken
from sxcanalysis.tables.loading import load_assignments, load_targets, load_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sxcanalysis.analysis.edition_pairing import Pairing
    from sxcanalysis.parsing.tasklist import TaskList

STATUSES = ("kept", "reworded", "split", "merged", "new", "dropped")
FLAGS = ("renumbered", "moved", "bodies_changed", "targets_changed", "projects_changed")
_NEEDED = ("tasks", "assignments", "targets")
_TASK_COLUMNS = (
    "status", "old_id", "new_id", "old_number", "new_number", "renumbered", "old_category", "new_category", "moved", "similarity",
    "reviewed", "bodies_changed", "targets_changed", "projects_changed", "old_text", "new_text", "nearest_id", "nearest_similarity",
)  # fmt: skip
_TARGET_STATE = ("comparator", "value", "unit", "value_high", "scope", "deadline", "kind")
_ALIKE = 80  # of 100: metrics or names that differ in a word only
_Row = dict[Any, Any]


@dataclass(frozen=True)
class EditionDiff:
    """
    What changed from one edition to another.

    Attributes
    ----------
    old, new
        The editions' names.
    tasks
        One row a task and its successor, in the order of the new edition, the dropped at the end: ``status old_id new_id old_number
        new_number renumbered old_category new_category moved similarity reviewed bodies_changed targets_changed projects_changed
        old_text new_text nearest_id nearest_similarity``. ``status`` is ``kept`` (the same words, punctuation aside), ``reworded``,
        ``split`` (one row a successor), ``merged`` (one row a predecessor), ``new`` or ``dropped``. ``moved``: to another category,
        one that was only renamed aside. ``similarity`` (0 to 1) is that of the two texts. ``reviewed``: a person has judged the pair.
        Texts are without the line breaks and blanks of their documents. Of a new or a dropped task, ``nearest_id`` names the most similar task of the other edition, if one is similar at all: a
        person decides whether the one continues the other.
    categories
        One row a category of either edition: ``old_category new_category tasks change``; ``change`` is ``kept``, ``renamed``
        (most of its tasks stand under the other name, which is new), ``merged`` (into one that takes in several), ``new``, ``dropped``.
    bodies
        One row a change in who does what, of tasks in both editions: ``old_id new_id body body_kind change old_role new_role``;
        ``change`` is ``added``, ``removed`` or ``role``.
    targets
        One row a change of a target: ``old_id new_id metric change old_target new_target old_quote new_quote``; ``change`` is ``added``,
        ``removed``, ``raised``, ``lowered`` or ``changed``. A target that moved to another part of a split task is no change.
        Targets of new and dropped tasks are included.
    projects
        One row a change of a named project: ``old_id new_id project_id old_name new_name change old_stage new_stage``; ``change`` is
        ``new``, ``dropped``, ``advanced`` or ``back``.
    notes
        What could not be compared, in English.
    """

    old: str
    new: str
    tasks: pd.DataFrame
    categories: pd.DataFrame
    bodies: pd.DataFrame
    targets: pd.DataFrame
    projects: pd.DataFrame
    notes: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """Count tasks by status (a split one and a merged one once), and pairs renumbered, moved, with other bodies, targets, projects."""
        tasks = self.tasks
        ids = {"split": "old_id", "dropped": "old_id"}
        by_status = {
            status: int(tasks.loc[tasks["status"] == status, ids.get(status, "new_id")].nunique())
            for status in STATUSES
        }
        return by_status | {flag: int(tasks[flag].sum()) for flag in FLAGS}


def compare_editions(
    old: str | int | TaskList | Mapping[str, pd.DataFrame],
    new: str | int | TaskList | Mapping[str, pd.DataFrame],
    *,
    reviewed: list[dict[str, Any]] | None = None,
) -> EditionDiff:
    """
    Compare two editions of a list.

    Tasks are paired by their words, never by their numbers: see `pair_tasks`.

    Parameters
    ----------
    old, new
        Each the name of an edition on disk, a task list from :func:`sxcanalysis.parse_document`, or the tables ``tasks``,
        ``assignments``, ``targets`` (and ``projects``) by name.
    reviewed
        What a person has judged, as `reviewed_pairs` returns it; loaded from ``data/corrections/pairs-OLD-NEW.yml`` if not given.

    Returns
    -------
    diff
        What changed.

    Raises
    ------
    MissingDataError
        If an edition is not there.
    DataError
        If tables are missing, or a reviewed pair names a task that is not there.

    Examples
    --------
    >>> diff = compare_editions(2024, 2024)
    >>> diff.counts()["kept"], diff.counts()["reworded"], len(diff.bodies)
    (53, 0, 0)
    """
    old_name, was = _tables(old)
    new_name, now = _tables(new)
    judged = reviewed_pairs(old_name, new_name) if reviewed is None else reviewed
    pairing = pair_tasks(was["tasks"], now["tasks"], judged)
    before, after = was["tasks"].to_dict("records"), now["tasks"].to_dict("records")
    renamed, categories = _categories(before, after, pairing)
    ids = [(str(before[i]["task_id"]), str(after[j]["task_id"])) for i, j, _ in pairing.links]
    groups = _groups(before, after, pairing)
    bodies = _bodies(was["assignments"], now["assignments"], ids)
    targets = _targets(was["targets"], now["targets"], groups)
    projects, notes = _projects(was.get("projects"), now.get("projects"), (old_name, new_name))
    changed = {
        "bodies_changed": set(zip(bodies["old_id"], bodies["new_id"], strict=True)),
        "targets_changed": set(zip(targets["old_id"], targets["new_id"], strict=True)),
        "projects_changed": {*projects["old_id"], *projects["new_id"]} - {""},
    }
    rows = [_task_row(row, renamed, changed) for row in _task_rows(before, after, pairing)]
    tasks = pd.DataFrame(rows, columns=list(_TASK_COLUMNS))
    return EditionDiff(old_name, new_name, tasks, categories, bodies, targets, projects, notes)


def _tables(
    edition: str | int | TaskList | Mapping[str, pd.DataFrame],
) -> tuple[str, dict[str, pd.DataFrame]]:
    if isinstance(edition, (str, int)):
        found = {
            "tasks": load_tasks(edition),
            "assignments": load_assignments(edition),
            "targets": load_targets(edition),
        }
        with contextlib.suppress(MissingDataError):  # told among the notes
            found["projects"] = load_projects(edition)
        return str(edition), found
    if not isinstance(edition, Mapping):
        found = {name: getattr(edition, name) for name in _NEEDED}
        if hasattr(edition, "projects"):
            found["projects"] = edition.projects
        return edition.edition, found
    if missing := [name for name in _NEEDED if name not in edition]:
        raise DataError(say("error.diff_no_tables", spoken(), missing=", ".join(missing)))
    names = edition["tasks"]["edition"] if "edition" in edition["tasks"].columns else pd.Series(dtype="str")
    return (str(names.iloc[0]) if len(names) else "unknown"), dict(edition)


def _task_rows(before: list[_Row], after: list[_Row], pairing: Pairing) -> Iterator[dict[str, Any]]:
    """Give each pair, each new task in its place, and the dropped at the end."""
    forebears: dict[int, list[tuple[int, str]]] = {}
    for i, j, how in pairing.links:
        forebears.setdefault(j, []).append((i, how))
    for j, row in enumerate(after):
        for i, how in forebears.get(j, []):
            yield {"old": before[i], "new": row, "how": how, "reviewed": (i, j) in pairing.reviewed}
        if j not in forebears:
            at, score = pairing.nearest_new.get(j, (-1, 0.0))
            yield {"new": row, "how": "new", "near": (before[at], score) if score >= NEAR else None}
    linked = {i for i, _, _ in pairing.links}
    for i, row in enumerate(before):
        if i not in linked:
            at, score = pairing.nearest_old.get(i, (-1, 0.0))
            yield {"old": row, "how": "dropped", "near": (after[at], score) if score >= NEAR else None}


def _task_row(
    row: dict[str, Any], renamed: dict[str, str], changed: dict[str, set[Any]]
) -> dict[str, object]:
    was, now = row.get("old") or {}, row.get("new") or {}
    both = bool(was) and bool(now)
    old_id, new_id = str(was.get("task_id", "")), str(now.get("task_id", ""))
    similarity = likeness(str(was["text"]), str(now["text"])) if both else float("nan")
    same = both and plain(str(was["text"])) == plain(str(now["text"]))
    category = str(was.get("category", ""))
    near = row.get("near")
    return {
        "status": ("kept" if same else "reworded") if row["how"] == "one" else row["how"],
        "old_id": old_id, "new_id": new_id,
        "old_number": str(was.get("number", "")), "new_number": str(now.get("number", "")),
        "renumbered": both and str(was["number"]) != str(now["number"]),
        "old_category": category, "new_category": str(now.get("category", "")),
        "moved": both and renamed.get(category, category) != str(now["category"]),
        "similarity": round(similarity, 3), "reviewed": bool(row.get("reviewed")),
        "bodies_changed": both and (old_id, new_id) in changed["bodies_changed"],
        "targets_changed": both and (old_id, new_id) in changed["targets_changed"],
        "projects_changed": both and bool({old_id, new_id} & changed["projects_changed"]),
        "old_text": one_line(str(was.get("text", ""))), "new_text": one_line(str(now.get("text", ""))),
        "nearest_id": str(near[0]["task_id"]) if near else "", "nearest_similarity": round(near[1], 3) if near else float("nan"),
    }  # fmt: skip


def _categories(
    before: list[_Row], after: list[_Row], pairing: Pairing
) -> tuple[dict[str, str], pd.DataFrame]:
    """Tell under which name most tasks of each category that is gone stand now."""
    old = list(dict.fromkeys(str(row["category"]) for row in before))
    new = list(dict.fromkeys(str(row["category"]) for row in after))
    flows = Counter((str(before[i]["category"]), str(after[j]["category"])) for i, j, _ in pairing.links)
    renamed: dict[str, str] = {}
    for name in old:
        targets = {other: flows[name, other] for other in new if flows[name, other]}
        best = max(targets, key=lambda other: targets[other], default="")
        if name not in new and best and 2 * targets[best] > sum(targets.values()):
            renamed[name] = best
    rows = []
    for name in old:
        other = name if name in new else renamed.get(name, "")
        several = other in old or list(renamed.values()).count(other) > 1
        change = "kept" if name in new else "dropped" if not other else "merged" if several else "renamed"
        rows.append((name, other, flows[name, other], change))
    rows += [
        ("", name, sum(flows[one, name] for one in old), "new")
        for name in new
        if name not in old and name not in renamed.values()
    ]
    return renamed, pd.DataFrame(rows, columns=["old_category", "new_category", "tasks", "change"])


def _groups(before: list[_Row], after: list[_Row], pairing: Pairing) -> list[tuple[list[str], list[str]]]:
    """Bring together what hangs together by splits and merges; what is new or dropped stands alone."""
    sides = {("old", i): {("old", i)} for i in range(len(before))} | {
        ("new", j): {("new", j)} for j in range(len(after))
    }
    for i, j, _ in pairing.links:
        whole = sides["old", i] | sides["new", j]
        sides |= dict.fromkeys(whole, whole)

    def named(group: set[tuple[str, int]], side: str, rows: list[_Row]) -> list[str]:
        return [str(rows[at]["task_id"]) for which, at in sorted(group) if which == side]

    groups = {id(group): group for group in sides.values()}.values()
    return [(named(group, "old", before), named(group, "new", after)) for group in groups]


def _bodies(old: pd.DataFrame, new: pd.DataFrame, pairs: list[tuple[str, str]]) -> pd.DataFrame:
    before, after = _roles(old), _roles(new)
    kinds: dict[str, str] = {}
    for table in (old, new):
        kinds |= dict(zip(table["body"], table.get("body_kind", table["body"]), strict=True))
    rows = []
    for old_id, new_id in sorted(pairs):
        was, now = before.get(old_id, {}), after.get(new_id, {})
        for body in sorted({*was, *now}):
            if was.get(body) != now.get(body):
                change = "role" if body in was and body in now else "added" if body in now else "removed"
                rows.append((old_id, new_id, body, kinds[body], change, was.get(body, ""), now.get(body, "")))
    columns = ["old_id", "new_id", "body", "body_kind", "change", "old_role", "new_role"]
    return pd.DataFrame(rows, columns=columns, dtype="str")


def _roles(assignments: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return of each task its bodies and their roles, joined where one has several."""
    roles: dict[str, dict[str, str]] = {}
    for task_id, body, role in assignments[["task_id", "body", "role"]].itertuples(index=False, name=None):
        mine = roles.setdefault(str(task_id), {})
        mine[body] = f"{mine[body]}, {role}" if body in mine else role
    return roles


def _targets(old: pd.DataFrame, new: pd.DataFrame, groups: list[tuple[list[str], list[str]]]) -> pd.DataFrame:
    before, after = _by_task(old), _by_task(new)
    rows: list[tuple[str, ...]] = []
    for old_ids, new_ids in groups:
        was = [row for task in old_ids for row in before.get(task, [])]
        now = [row for task in new_ids for row in after.get(task, [])]
        alone = (old_ids[0] if old_ids else "", new_ids[0] if new_ids else "")
        # The same first, then those of one metric, then those whose metric and unit are alike.
        keys = (lambda row: (str(row["metric"]), _state(row)), lambda row: str(row["metric"]))
        for a, b in _paired(was, now, keys, _like_metric):
            if change := _target_change(a, b):
                ids = [
                    str(side["task_id"]) if side else other for side, other in zip((a, b), alone, strict=True)
                ]
                quotes = [str(side["quote"]) if side else "" for side in (a, b)]
                metric = str((a or b or {})["metric"])
                rows.append((*ids, metric, change, _told(a), _told(b), *quotes))
    columns = ["old_id", "new_id", "metric", "change", "old_target", "new_target", "old_quote", "new_quote"]
    return pd.DataFrame(rows, columns=columns, dtype="str")


def _paired(
    old: list[_Row],
    new: list[_Row],
    keys: Iterable[Callable[[_Row], object]],
    alike: Callable[[_Row, _Row], bool],
) -> Iterator[tuple[_Row | None, _Row | None]]:
    """Pair rows that agree in the first key, then in the next, then those that are alike; the rest stays alone."""
    left, right = list(old), list(new)
    for key in keys:
        waiting: dict[object, list[_Row]] = {}
        for b in right:
            waiting.setdefault(key(b), []).append(b)
        taken: list[int] = []
        rest = []
        for a in left:
            if key(a) and waiting.get(key(a)):
                b = waiting[key(a)].pop(0)
                taken.append(id(b))
                yield a, b
            else:
                rest.append(a)
        known = set(taken)
        left, right = rest, [b for b in right if id(b) not in known]
    for a in left:
        twin = next((b for b in right if alike(a, b)), None)
        right = [b for b in right if b is not twin]
        yield a, twin
    yield from ((None, b) for b in right)


def _like_metric(a: _Row, b: _Row) -> bool:
    return str(a["unit"]) == str(b["unit"]) and fuzz.ratio(str(a["metric"]), str(b["metric"])) >= _ALIKE


def _target_change(a: _Row | None, b: _Row | None) -> str:
    if a is None or b is None:
        return "added" if a is None else "removed"
    if _state(a) == _state(b):
        return ""
    same_unit = str(a["unit"]) == str(b["unit"])
    if not same_unit and str(a.get("unit_si", "")) != str(b.get("unit_si", "-")):
        return "changed"
    column = "value" if same_unit else "value_si"
    gap = float(b[column]) - float(a[column])
    return "raised" if gap > 0 else "lowered" if gap < 0 else "changed"


def _by_task(table: pd.DataFrame) -> dict[str, list[_Row]]:
    return {str(task): part.to_dict("records") for task, part in table.groupby("task_id", sort=False)}


def _state(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return what makes two targets of one metric the same."""
    return tuple("" if pd.isna(row.get(name, "")) else str(row.get(name, "")) for name in _TARGET_STATE)


def _told(row: Mapping[Any, Any] | None) -> str:
    """Put a target into one line, for a person."""
    if row is None:
        return ""
    high = row.get("value_high", float("nan"))
    number = f"{row['value']:g}" + ("" if pd.isna(high) else f"–{high:g}")
    parts = [row["comparator"], number, row["unit"], row.get("scope", ""), row.get("deadline", "")]
    return " ".join(str(part) for part in parts if part and str(part) != "nan")


def _projects(
    old: pd.DataFrame | None, new: pd.DataFrame | None, names: tuple[str, str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    columns = ["old_id", "new_id", "project_id", "old_name", "new_name", "change", "old_stage", "new_stage"]
    if old is None or new is None:
        lacking = " and ".join(name for name, table in zip(names, (old, new), strict=True) if table is None)
        note = f"named projects were not compared: there is no table of those of {lacking}"
        return pd.DataFrame(columns=columns, dtype="str"), (note,)
    needed = ("task_id", "name", "stage")
    left, right = (
        [
            row | {"plain": plain(str(row["name"]))}
            for row in require(table, "projects", needed).to_dict("records")
        ]
        for table in (old, new)
    )
    rows = []
    # By the register's id, by name, by a name that holds the other or differs in a word.
    keys = (lambda row: row.get("project_id"), lambda row: row["plain"])
    for a, b in _paired(left, right, keys, _like_name):
        was, now = (
            {name: str(side.get(name) or "") for name in ("task_id", "project_id", "name", "stage")}
            for side in (a or {}, b or {})
        )
        change = "new" if a is None else "dropped" if b is None else _moved_on(was["stage"], now["stage"])
        if change:
            rows.append((
                was["task_id"], now["task_id"], now["project_id"] or was["project_id"], was["name"], now["name"], change,
                was["stage"], now["stage"],
            ))  # fmt: skip
    return pd.DataFrame(rows, columns=columns, dtype="str"), ()


def _like_name(a: _Row, b: _Row) -> bool:
    short, long = sorted((a["plain"], b["plain"]), key=len)
    return len(short) > 3 and (short in long or fuzz.ratio(short, long) >= _ALIKE)


def _moved_on(was: str, now: str) -> str:
    if was == now or not {was, now} <= set(STAGE_ASKS) or "programme" in {was, now}:
        return ""
    order = {"preparatory": 0, "started": 1, "under_construction": 2, "continued": 2, "completed": 3}
    gap = order[now] - order[was]
    return "advanced" if gap > 0 else "back" if gap < 0 else ""
