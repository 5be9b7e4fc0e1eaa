"""Put results into lines of text for a terminal."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sxcanalysis.analysis.edition_diff import EditionDiff

_AROUND = 12  # characters shown on either side of a change


def diff_lines(diff: EditionDiff) -> list[str]:
    """Tell what changed between two editions: the counts, then each change."""
    counts = diff.counts()
    lines = [
        f"{diff.old} → {diff.new}: " + _joined(counts, ("kept", "reworded", "new", "dropped")),
        "Tasks in both: " + _joined(counts, ("renumbered", "moved", "bodies_changed", "targets_changed")),
    ]
    rows: list[dict[Any, Any]] = diff.tasks.to_dict("records")
    for status, head in (("new", "New"), ("dropped", "Dropped"), ("reworded", "Reworded")):
        chosen = [row for row in rows if row["status"] == status]
        lines += ["", f"{head} ({len(chosen)})"] if chosen else []
        for row in chosen:
            lines += _task(row)
    moved = [row for row in rows if row["moved"]]
    lines += ["", f"Moved to another category ({len(moved)})"] if moved else []
    lines += [
        f"  {row['old_id']} → {row['new_id']}: {row['old_category']} → {row['new_category']}" for row in moved
    ]
    bodies: list[dict[Any, Any]] = diff.bodies.to_dict("records")
    lines += ["", f"Bodies ({len(bodies)})"] if bodies else []
    for row in bodies:
        told = {"added": f"+ {row['new_role']}", "removed": f"- {row['old_role']}"}
        lines.append(
            f"  {row['new_id']}: {row['body']} {told.get(row['change'], row['old_role'] + ' → ' + row['new_role'])}"
        )
    targets: list[dict[Any, Any]] = diff.targets.to_dict("records")
    lines += ["", f"Targets ({len(targets)})"] if targets else []
    for row in targets:
        told = {"added": f"+ {row['new_target']}", "removed": f"- {row['old_target']}"}
        change = told.get(row["change"], f"{row['old_target']} → {row['new_target']}")
        lines.append(f"  {row['new_id'] or row['old_id']}: {row['metric']} {change}")
    return lines


def _task(row: dict[Any, Any]) -> list[str]:
    if row["status"] == "reworded":
        return [
            f"  {row['old_id']} → {row['new_id']} (similarity {row['similarity']:.2f})",
            *(f"    {sign} {words}" for sign, words in _differing(row["old_text"], row["new_text"])),
        ]
    near = f" [nearest: {row['nearest_id']}, {row['nearest_similarity']:.2f}]" if row["nearest_id"] else ""
    return [f"  {row['new_id'] or row['old_id']}: {row['new_text'] or row['old_text']}{near}"]


def _differing(old: str, new: str) -> Iterator[tuple[str, str]]:
    """Give each place where two texts differ, as it was and as it is, with the words around it; the CSV file has it all."""
    groups = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_AROUND)
    for group in groups:
        yield "-", _excerpt(old, group[0][1], group[-1][2])
        yield "+", _excerpt(new, group[0][3], group[-1][4])


def _excerpt(text: str, start: int, end: int) -> str:
    return f"{'…' * (start > 0)}{text[start:end]}{'…' * (end < len(text))}"


def _joined(counts: dict[str, int], names: tuple[str, ...]) -> str:
    return ", ".join(f"{counts[name]} {name.replace('_', ' ')}" for name in names)
