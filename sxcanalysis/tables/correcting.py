"""Reviewed corrections applied to the tables of an edition: each finds its row by its words, and is told among the issues."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.core.errors import CorrectionError
from sxcanalysis.tables.corrections import CORRECTABLE, Correction, squeezed
from sxcanalysis.tables.schema import TABLES, cell_text, typed, value_finding

if TYPE_CHECKING:
    from collections.abc import Callable

Frames = dict[str, pd.DataFrame]
Told = tuple[tuple[int, int], str]  # where in the text, and what was done


def apply_corrections(frames: Frames, corrections: list[Correction], text: str) -> Frames:
    """
    Apply corrections to the tables of an edition.

    Parameters
    ----------
    frames
        ``tasks``, ``assignments``, ``targets``, ``mentions`` and ``issues``; they are not changed.
    corrections
        From `read_corrections`.
    text
        The text that the tables quote.

    Returns
    -------
    frames
        New frames. A changed or added row carries the correction's id in ``corrected``; every correction, and with it
        each rejected row, is told in ``issues``.

    Raises
    ------
    CorrectionError
        If an entry does not find exactly one row, or gives a value that the schema does not allow.
    """
    frames = dict(frames)
    for name in CORRECTABLE:
        frame, mark = frames[name].copy(), "accepted" if name == "issues" else "corrected"
        if mark not in frame.columns:
            frame[mark] = pd.Series([""] * len(frame), dtype="str", index=frame.index)
        frames[name] = frame
    notes = []
    for correction in corrections:
        span, told = _ACTIONS[correction.action](frames, correction, text)
        if correction.action == "accept":  # told in the finding's own row
            continue
        hint = f"{told}: {correction.why} ({correction.id}, reviewed by {correction.reviewed_by}, {correction.date})"
        task_id = correction.match.get("task_id", correction.given.get("task_id", ""))
        notes.append({
            "severity": "info", "code": f"correction_{correction.action}", "task_id": task_id,
            "line": text.count("\n", 0, span[0]) + 1, "start": span[0], "end": span[1],
            "words": text[slice(*span)], "hint": hint, "accepted": "",
        })  # fmt: skip
    if notes:
        issues = frames["issues"]
        frames["issues"] = pd.concat([issues, pd.DataFrame(notes)], ignore_index=True)[list(issues.columns)]
    return frames


def _found(frames: Frames, correction: Correction, text: str, match: dict[str, str]) -> int:
    """Return the place of the one row that a correction means."""
    frame = frames[correction.table]
    fields = {field.name: field for field in TABLES[correction.table].fields}
    quote = squeezed(correction.quote)
    fits = [
        quote in squeezed(text[start:end]) or squeezed(text[start:end]) in quote
        for start, end in zip(frame["start"], frame["end"], strict=True)
    ]
    for name, value in match.items():
        same = [cell_text(cell, fields[name]) == value for cell in frame[name]]
        fits = [one and other for one, other in zip(fits, same, strict=True)]
    if sum(fits) != 1:
        raise CorrectionError(_not_one(correction, frame, fits, text))
    return fits.index(True)


def _change(frames: Frames, correction: Correction, text: str) -> Told:
    frame = frames[correction.table]
    table = TABLES[correction.table]
    fields = {field.name: field for field in table.fields}
    at = _found(frames, correction, text, correction.match)
    row = frame.iloc[at]
    span = (int(row["start"]), int(row["end"]))
    if correction.action == "reject":
        frames[correction.table] = frame.drop(index=frame.index[at]).reset_index(drop=True)
        told = f"row of {correction.table} rejected"
        if correction.table == "tasks":
            for name in ("assignments", "targets", "mentions"):
                other = frames[name]
                frames[name] = other[other["task_id"] != row["task_id"]].reset_index(drop=True)
        return span, told
    before = {name: cell_text(row[name], fields[name]) for name in correction.given}
    values = {**correction.given, "corrected": correction.id}
    new = typed(pd.DataFrame({name: [value] for name, value in values.items()}), table)
    for name in new.columns:
        frame[name] = _with(frame[name], at, new[name].iloc[0])
    if "quote" in correction.given:
        inside = _task_span(frames, str(row["task_id"]), correction)
        span = _place(correction.given["quote"], inside, text, correction)
        frame["start"] = _with(frame["start"], at, span[0])
        frame["end"] = _with(frame["end"], at, span[1])
    changed = ", ".join(f"{name} {before[name]!r} → {value!r}" for name, value in correction.given.items())
    return span, f"row of {correction.table} corrected, {changed}"


def _with(column: pd.Series[Any], at: int, value: object) -> pd.Series[Any]:
    cells = column.tolist()
    cells[at] = value
    return pd.Series(cells, index=column.index, dtype=column.dtype)


def _add(frames: Frames, correction: Correction, text: str) -> Told:
    if correction.table == "tasks":
        return _add_task(frames, correction, text)
    table = TABLES[correction.table]
    task_id = correction.given.get("task_id", "")
    span = _place(correction.quote, _task_span(frames, task_id, correction), text, correction)
    row = {field.name: "" for field in table.fields}
    row |= {
        **correction.given,
        "start": str(span[0]),
        "end": str(span[1]),
        "corrected": correction.id,
    }
    if "target_id" in row:
        row |= {"target_id": f"{task_id}-{correction.id}", "quote": text[slice(*span)]}
    for field in table.fields:
        wrong = value_finding(row[field.name], field)
        if wrong:
            msg = f"{correction.where}: the added row needs {field.name!r}: expected {wrong}. {field.about}"
            raise CorrectionError(msg)
    frame = frames[correction.table]
    added = typed(pd.DataFrame([row]), table)[list(frame.columns)]
    both = pd.concat([frame, added], ignore_index=True) if len(frame) else added
    frames[correction.table] = both.sort_values("start", kind="stable", ignore_index=True)
    return span, f"row of {correction.table} added"


def _task_span(frames: Frames, task_id: str, correction: Correction) -> tuple[int, int]:
    """Return where a task and its attribution stand."""
    tasks = frames["tasks"]
    found = tasks[tasks["task_id"] == task_id]
    if len(found) != 1:
        msg = (
            f"{correction.where}: there is no task {task_id!r}. Give the 'task_id' of a task of this edition."
        )
        raise CorrectionError(msg)
    row = found.iloc[0]
    return int(row["start"]), max(int(row["end"]), int(row["attribution_end"]))


def _place(quote: str, inside: tuple[int, int], text: str, correction: Correction) -> tuple[int, int]:
    """Find words in a stretch of the text, whatever the blanks between their characters."""
    pattern = r"\s*".join(map(re.escape, squeezed(quote)))
    places = [match.span() for match in re.compile(pattern).finditer(text, *inside)]
    if len(places) != 1:
        msg = (
            f"{correction.where}: the words {quote!r} stand {len(places)} times in the task; expected once. "
            "Quote words of the document, and enough of them to be found once."
        )
        raise CorrectionError(msg)
    return places[0]


def _not_one(correction: Correction, frame: pd.DataFrame, fits: list[bool], text: str) -> str:
    count = sum(fits)
    near = frame[pd.Series(fits, index=frame.index)] if count else frame
    task_id = correction.match.get("task_id")
    if not count and task_id:
        near = frame[frame["task_id"] == task_id]
    shown = [
        f"  {row['task_id']}: {text[int(row['start']) : int(row['end'])][:60]}"
        for _, row in near.head(4).iterrows()
    ]
    rows = "\n".join(shown) if count or task_id else ""
    return (
        f"{correction.where}: finds {count} rows of the table {correction.table!r}; expected exactly one. "
        + (
            "Add columns under 'match' until one is left:\n"
            if count
            else "Did the parse change, or the words under 'quote'? "
        )
        + (f"Rows of this task:\n{rows}" if rows and not count else rows)
    ).rstrip()


def _add_task(frames: Frames, correction: Correction, text: str) -> Told:
    """Add a task that the document prints and the parser did not see: the words quoted, and those given as attribution."""
    table, tasks, given = TABLES["tasks"], frames["tasks"], correction.given
    span = _place(correction.quote, (0, len(text)), text, correction)
    inside = tasks[(tasks["start"] < span[1]) & (tasks["end"] > span[0])]
    if len(inside) or given.get("task_id", "") in {"", *tasks["task_id"]}:
        taken = (
            f"the words lie inside the task {inside['task_id'].iloc[0]}; split it"
            if len(inside)
            else "it needs a 'task_id' that no task has"
        )
        msg = f"{correction.where}: {taken}. A task that is added has words and an id of its own."
        raise CorrectionError(msg)
    said = given.get("attribution", "")
    at = _place(said, (span[1], len(text)), text, correction) if said else (-1, -1)
    before = tasks[tasks["start"] < span[0]].tail(1)
    row = {field.name: str(before[field.name].iloc[0]) if len(before) and field.name in {"category", "category_en", "headings"} else ""
           for field in table.fields}  # fmt: skip
    row |= {
        "edition": str(tasks["edition"].iloc[0]),
        "number": given["task_id"].rpartition("-")[2].lstrip("0"),
    } | given
    row |= {"seq": str(len(tasks) + 1), "text": re.sub(r"\s*\n\s*", "", text[slice(*span)]), "start": str(span[0]), "end": str(span[1]),
            "attribution_start": str(at[0]), "attribution_end": str(at[1]), "corrected": correction.id}  # fmt: skip
    for field in table.fields:
        if not row[field.name] and not field.empty:
            row[field.name] = (
                "false" if field.type == "boolean" else "-1" if field.minimum == -1 else row[field.name]
            )
        if wrong := value_finding(row[field.name], field):
            msg = f"{correction.where}: the added task needs {field.name!r}: expected {wrong}. {field.about}"
            raise CorrectionError(msg)
    added = typed(pd.DataFrame([row]), table)[list(tasks.columns)]
    frames["tasks"] = _numbered(pd.concat([tasks, added], ignore_index=True))
    return span, "task added; add its assignments and targets too"


def _split(frames: Frames, correction: Correction, text: str) -> Told:
    """Make one task into several, each beginning with the words listed; a closing bracket that all share counts for each."""
    tasks = frames["tasks"]
    at = _found(frames, correction, text, correction.match)
    row = tasks.iloc[at]
    span, whole = (int(row["start"]), int(row["end"])), _task_span(frames, str(row["task_id"]), correction)
    begins = [_place(words, span, text, correction)[0] for words in correction.listed]
    if begins != sorted(set(begins)) or text[span[0] : begins[0]].strip():
        msg = f"{correction.where}: the words under 'split' are not in the order of the task, or do not begin with its first. Give the words that each part begins with."
        raise CorrectionError(msg)
    ends = [*begins[1:], span[1]]
    ids = [f"{row['task_id']}.{n}" for n in range(1, len(begins) + 1)]
    parts = pd.concat([tasks.iloc[[at]]] * len(ids), ignore_index=True)
    parts["task_id"], parts["start"], parts["corrected"] = ids, begins, correction.id
    parts["end"] = [begin + len(text[begin:end].rstrip()) for begin, end in zip(begins, ends, strict=True)]
    parts["text"] = [
        re.sub(r"\s*\n\s*", "", text[begin:end]).strip()
        for begin, end in zip(begins, parts["end"], strict=True)
    ]
    frames["tasks"] = _numbered(pd.concat([tasks.drop(index=tasks.index[at]), parts], ignore_index=True))
    for name in ("assignments", "targets", "mentions"):
        frame = frames[name]
        mine = frame["task_id"] == row["task_id"]
        pieces = []
        for part, begin, end in zip(ids, begins, [*begins[1:], whole[1]], strict=True):
            own = mine & (frame["start"] >= begin) & (frame["start"] < end)
            shared = mine & (frame["start"] >= span[1]) if name == "assignments" and not own.any() else own
            pieces.append(_of_task(frame[own | shared], part))
        frames[name] = pd.concat([frame[~mine], *pieces], ignore_index=True).sort_values(
            "start", kind="stable", ignore_index=True
        )
    return span, f"task {row['task_id']} split into {', '.join(ids)}"


def _merge(frames: Frames, correction: Correction, text: str) -> Told:
    """Make neighbouring tasks one, which keeps the id of the first."""
    tasks = frames["tasks"]
    rows = tasks[tasks["task_id"].isin(correction.listed)]
    first = correction.listed[0]
    if (
        list(rows["task_id"]) != list(correction.listed)
        or rows["seq"].iloc[-1] - rows["seq"].iloc[0] != len(rows) - 1
    ):
        msg = f"{correction.where}: expected tasks that follow one another, in their order, found {', '.join(correction.listed)}."
        raise CorrectionError(msg)
    span = (int(rows["start"].iloc[0]), int(rows["end"].iloc[-1]))
    if squeezed(correction.quote) not in squeezed(text[slice(*span)]):
        msg = f"{correction.where}: the words {correction.quote!r} do not stand in these tasks. Quote words of one of them."
        raise CorrectionError(msg)
    said = rows[rows["attribution"] != ""]
    one = rows.iloc[[0]].assign(
        text="".join(rows["text"]),
        attribution="；".join(said["attribution"]),
        end=span[1],
        corrected=correction.id,
    )
    for edge, chosen in (("attribution_start", 0), ("attribution_end", -1)):
        one[edge] = int(said[edge].iloc[chosen]) if len(said) else -1
    frames["tasks"] = _numbered(pd.concat([tasks.drop(index=rows.index), one], ignore_index=True))
    for name in ("assignments", "targets", "mentions"):
        frame = frames[name]
        parts = [
            _of_task(part, first) if task in correction.listed else part
            for task, part in frame.groupby("task_id", sort=False)
        ]
        both = (
            pd.concat(parts, ignore_index=True).sort_values("start", kind="stable", ignore_index=True)
            if parts
            else frame
        )
        if name == "assignments":
            both = both.drop_duplicates(["task_id", "body", "role"], ignore_index=True)
        if name == "targets":
            mine = both["task_id"] == first
            both.loc[mine, "target_id"] = [f"{first}-t{n}" for n in range(1, int(mine.sum()) + 1)]
        frames[name] = both
    return span, f"tasks {', '.join(correction.listed)} merged into {first}"


def _accept(frames: Frames, correction: Correction, text: str) -> Told:
    """Mark a finding as looked at: it stays listed, and asks for nothing any more."""
    at = _found(frames, correction, text, correction.match | {"code": correction.listed[0]})
    issues = frames["issues"]
    row = issues.iloc[at]
    issues["accepted"] = _with(issues["accepted"], at, correction.id)
    return (int(row["start"]), int(row["end"])), f"finding {correction.listed[0]} accepted"


def _of_task(frame: pd.DataFrame, task_id: str) -> pd.DataFrame:
    """Give rows to a task, and their own ids with it."""
    frame = frame.copy()
    for column in ("target_id", "subset_of"):
        if column in frame.columns:
            frame[column] = [
                task_id + value[len(old) :] if value.startswith(old) else value
                for old, value in zip(frame["task_id"], frame[column], strict=True)
            ]
    return frame.assign(task_id=task_id)


def _numbered(tasks: pd.DataFrame) -> pd.DataFrame:
    tasks = tasks.sort_values("start", kind="stable", ignore_index=True)
    tasks["seq"] = pd.Series(range(1, len(tasks) + 1), dtype=tasks["seq"].dtype)
    return tasks


_ACTIONS: dict[str, Callable[[Frames, Correction, str], Told]] = {
    "set": _change, "reject": _change, "add": _add, "split": _split, "merge": _merge, "accept": _accept,
}  # fmt: skip
