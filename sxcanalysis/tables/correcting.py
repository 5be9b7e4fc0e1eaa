"""Reviewed corrections applied to the tables of an edition: each finds its row by its words, and is told among the issues."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.tables.corrections import EVIDENCE, Correction, refused, squeezed
from sxcanalysis.tables.messages import about
from sxcanalysis.tables.schema import TABLES, cell_text, typed, value_finding

if TYPE_CHECKING:
    from collections.abc import Callable

Frames = dict[str, pd.DataFrame]
Span = tuple[int, int]
Told = tuple[Span, str]  # where in the text, and what was done
PARTS = ("assignments", "targets", "mentions")  # the tables whose rows belong to a task


def apply_corrections(frames: Frames, corrections: list[Correction], text: str) -> Frames:
    """
    Apply corrections to the tables of an edition, and return new ones; ``text`` is what the tables quote.

    A changed or added row carries the correction's id in ``corrected``; every correction, and with it each rejected row, is told
    in ``issues``. CorrectionError if an entry does not find exactly one row, or gives a value that the schema does not allow.
    """
    frames = dict(frames)
    for name in EVIDENCE:
        frames[name] = frames[name].copy()
        mark = "accepted" if name == "issues" else "corrected"
        if mark not in frames[name].columns:
            frames[name][mark] = pd.Series("", dtype="str", index=frames[name].index)
    notes = []
    for correction in corrections:
        span, done = _ACTIONS[correction.action](frames, correction, text)
        if correction.action == "accept":  # told in the finding's own row
            continue
        reviewed = f"({correction.id}, reviewed by {correction.reviewed_by}, {correction.date})"
        notes.append(
            issue(f"correction_{correction.action}", span, text, f"{done}: {correction.why} {reviewed}",
                  task_id=correction.match.get("task_id", correction.given.get("task_id", "")))
        )  # fmt: skip
    frames["issues"] = with_issues(frames["issues"], notes)
    return frames


def issue(
    code: str, span: Span, text: str, hint: str, *, task_id: str = "", severity: str = "info", words: str | None = None
) -> dict[str, object]:  # fmt: skip
    """Return a row of the table of issues."""
    return {
        "severity": severity, "code": code, "task_id": task_id, "line": text.count("\n", 0, span[0]) + 1, "start": span[0],
        "end": span[1], "words": text[slice(*span)] if words is None else words, "hint": hint, "accepted": "",
    }  # fmt: skip


def with_issues(issues: pd.DataFrame, rows: list[dict[str, object]]) -> pd.DataFrame:
    """Add rows to the table of issues."""
    if not rows:
        return issues
    return pd.concat([issues, pd.DataFrame(rows)[list(issues.columns)]], ignore_index=True)


def _find(frames: Frames, correction: Correction, text: str, **match: str) -> int:
    """Return the place of the one row that a correction means."""
    frame = frames[correction.table]
    quote = squeezed(correction.quote)
    spans = [squeezed(text[start:end]) for start, end in zip(frame["start"], frame["end"], strict=True)]
    fits = pd.Series([quote in words or words in quote for words in spans], index=frame.index, dtype=bool)
    for name, value in {**correction.match, **match}.items():
        field = TABLES[correction.table].field(name)
        fits &= frame[name].map(lambda cell, field=field: cell_text(cell, field)) == value
    count = int(fits.sum())
    if count != 1:
        near = frame[fits] if count else frame[frame["task_id"] == correction.match.get("task_id")]
        rows = "".join(f"\n  {task}: {text[start:end][:60]}" for task, start, end in
                       near[["task_id", "start", "end"]].head(4).itertuples(index=False))  # fmt: skip
        key = "found_many" if count else "found_none_of_task" if rows else "found_none"
        raise refused(correction.where, key, n=count, table=correction.table, rows=rows)
    return int(fits.to_numpy().argmax())


def _change(frames: Frames, correction: Correction, text: str) -> Told:
    frame, table = frames[correction.table], TABLES[correction.table]
    at = _find(frames, correction, text)
    row = frame.iloc[at]
    span = (int(row["start"]), int(row["end"]))
    before = {name: cell_text(row[name], table.field(name)) for name in correction.given}
    values = {**correction.given, "corrected": correction.id}
    new: dict[str, Any] = {
        str(name): cells.iloc[0] for name, cells in typed(pd.DataFrame([values]), table).items()
    }
    if "quote" in correction.given:
        inside = _task_span(frames, str(row["task_id"]), correction)
        span = _place(correction.given["quote"], inside, text, correction)
        new |= dict(zip(("start", "end"), span, strict=True))
    for name, value in new.items():
        frame[name] = _with(frame[name], at, value)
    changed = ", ".join(f"{name} {before[name]!r} → {value!r}" for name, value in correction.given.items())
    return span, f"row of {correction.table} corrected, {changed}"


def _reject(frames: Frames, correction: Correction, text: str) -> Told:
    frame = frames[correction.table]
    at = _find(frames, correction, text)
    row = frame.iloc[at]
    frames[correction.table] = frame.drop(index=frame.index[at]).reset_index(drop=True)
    for name in PARTS if correction.table == "tasks" else ():
        frames[name] = frames[name][frames[name]["task_id"] != row["task_id"]].reset_index(drop=True)
    return (int(row["start"]), int(row["end"])), f"row of {correction.table} rejected"


def _with(column: pd.Series[Any], at: int, value: object) -> pd.Series[Any]:
    cells = column.tolist()
    cells[at] = value
    return pd.Series(cells, index=column.index, dtype=column.dtype)


def _add(frames: Frames, correction: Correction, text: str) -> Told:
    """Add a row: of a task its evidence in that task, or a task that the document prints and the parser did not see."""
    name, given = correction.table, correction.given
    task_id = given.get("task_id", "")
    if name == "tasks":
        row, span = _task_row(frames["tasks"], correction, text)
    else:
        span = _place(correction.quote, _task_span(frames, task_id, correction), text, correction)
        row = {"target_id": f"{task_id}-{correction.id}", "quote": text[slice(*span)], **given}
    table = TABLES[name]
    row = dict.fromkeys((field.name for field in table.fields), "") | row
    row |= {"start": str(span[0]), "end": str(span[1]), "corrected": correction.id}
    for field in table.fields:
        if expected := value_finding(row[field.name], field):
            raise refused(correction.where, "added", name=field.name, expected=expected, about=about(field))
    frame = frames[name]
    added = typed(pd.DataFrame([row]), table)[list(frame.columns)]
    frames[name] = _sorted(pd.concat([frame, added], ignore_index=True) if len(frame) else added)
    return span, f"row of {name} added" if name != "tasks" else "task added; add its assignments and targets too"  # fmt: skip


def _task_row(tasks: pd.DataFrame, correction: Correction, text: str) -> tuple[dict[str, str], Span]:
    """Return the row of a task that is added: the words quoted, and those given as attribution."""
    given, fields = correction.given, TABLES["tasks"].fields
    span = _place(correction.quote, (0, len(text)), text, correction)
    inside = tasks.loc[(tasks["start"] < span[1]) & (tasks["end"] > span[0]), "task_id"]
    if len(inside):
        raise refused(correction.where, "inside", task=inside.iloc[0])
    if given.get("task_id", "") in {"", *tasks["task_id"]}:
        raise refused(correction.where, "needs_id")
    said = given.get("attribution", "")
    closes = _place(said, (span[1], len(text)), text, correction) if said else (-1, -1)
    row = {field.name: "-1" if field.minimum == -1 else "false" for field in fields
           if not field.empty and (field.minimum == -1 or field.type == "boolean")}  # fmt: skip
    for _, before in tasks[tasks["start"] < span[0]].tail(1).iterrows():
        row |= {name: str(before[name]) for name in ("category", "category_en", "headings")}
    number = given["task_id"].rpartition("-")[2].lstrip("0")
    row |= {"edition": str(tasks["edition"].iloc[0]), "number": number, **given}
    row |= {"seq": str(len(tasks) + 1), "text": _joined(text[slice(*span)])}
    return row | {"attribution_start": str(closes[0]), "attribution_end": str(closes[1])}, span


def _task_span(frames: Frames, task_id: str, correction: Correction) -> Span:
    """Return where a task and its attribution stand."""
    tasks = frames["tasks"]
    found = tasks[tasks["task_id"] == task_id]
    if len(found) != 1:
        raise refused(correction.where, "no_task", task=task_id)
    row = found.iloc[0]
    return int(row["start"]), max(int(row["end"]), int(row["attribution_end"]))


def _place(quote: str, inside: Span, text: str, correction: Correction) -> Span:
    """Find words in a stretch of the text, whatever the blanks between their characters."""
    pattern = re.compile(r"\s*".join(map(re.escape, squeezed(quote))))
    places = [match.span() for match in pattern.finditer(text, *inside)]
    if len(places) != 1:
        raise refused(correction.where, "quote", quote=quote, n=len(places))
    return places[0]


def _joined(words: str) -> str:
    return re.sub(r"\s*\n\s*", "", words)


def _split(frames: Frames, correction: Correction, text: str) -> Told:
    """Make one task into several, each beginning with the words listed; a closing bracket that all share counts for each."""
    tasks = frames["tasks"]
    at = _find(frames, correction, text)
    row = tasks.iloc[at]
    span, whole = (int(row["start"]), int(row["end"])), _task_span(frames, str(row["task_id"]), correction)
    begins = [_place(words, span, text, correction)[0] for words in correction.listed]
    if begins != sorted(set(begins)) or text[span[0] : begins[0]].strip():
        raise refused(correction.where, "split_order")
    ids = [f"{row['task_id']}.{n}" for n in range(1, len(begins) + 1)]
    said = [text[a:b].rstrip() for a, b in zip(begins, [*begins[1:], span[1]], strict=True)]
    parts = pd.concat([tasks.iloc[[at]]] * len(ids), ignore_index=True).assign(
        task_id=ids, start=begins, end=[begin + len(words) for begin, words in zip(begins, said, strict=True)],
        text=[_joined(words).strip() for words in said], corrected=correction.id,
    )  # fmt: skip
    frames["tasks"] = _sorted(pd.concat([tasks.drop(index=tasks.index[at]), parts], ignore_index=True))
    for name in PARTS:
        frame = frames[name]
        mine = frame["task_id"] == row["task_id"]
        pieces = []
        for part, begin, end in zip(ids, begins, [*begins[1:], whole[1]], strict=True):
            own = mine & (frame["start"] >= begin) & (frame["start"] < end)
            shared = mine & (frame["start"] >= span[1]) if name == "assignments" and not own.any() else own
            pieces.append(_of_task(frame[own | shared], part))
        frames[name] = _sorted(pd.concat([frame[~mine], *pieces], ignore_index=True))
    return span, f"task {row['task_id']} split into {', '.join(ids)}"


def _merge(frames: Frames, correction: Correction, text: str) -> Told:
    """Make neighbouring tasks one, which keeps the id of the first."""
    tasks, listed, first = frames["tasks"], correction.listed, correction.listed[0]
    rows = tasks[tasks["task_id"].isin(listed)]
    if list(rows["task_id"]) != list(listed) or rows["seq"].iloc[-1] - rows["seq"].iloc[0] != len(rows) - 1:
        raise refused(correction.where, "no_neighbours", tasks=", ".join(listed))
    span = (int(rows["start"].iloc[0]), int(rows["end"].iloc[-1]))
    if squeezed(correction.quote) not in squeezed(text[slice(*span)]):
        raise refused(correction.where, "not_in_tasks", quote=correction.quote)
    said = rows[rows["attribution"] != ""]
    one = rows.iloc[[0]].assign(
        text="".join(rows["text"]), attribution="；".join(said["attribution"]), end=span[1], corrected=correction.id,
        attribution_start=int(said["attribution_start"].iloc[0]) if len(said) else -1,
        attribution_end=int(said["attribution_end"].iloc[-1]) if len(said) else -1,
    )  # fmt: skip
    frames["tasks"] = _sorted(pd.concat([tasks.drop(index=rows.index), one], ignore_index=True))
    for name in PARTS:
        frame = frames[name]
        mine = frame["task_id"].isin(listed)
        both = _sorted(pd.concat([frame[~mine], _of_task(frame[mine], first)], ignore_index=True))
        if name == "assignments":
            both = both.drop_duplicates(["task_id", "body", "role"], ignore_index=True)
        if name == "targets":
            mine = both["task_id"] == first
            both.loc[mine, "target_id"] = [f"{first}-t{n}" for n in range(1, int(mine.sum()) + 1)]
        frames[name] = both
    return span, f"tasks {', '.join(listed)} merged into {first}"


def _accept(frames: Frames, correction: Correction, text: str) -> Told:
    """Mark a finding as looked at: it stays listed, and asks for nothing any more."""
    issues = frames["issues"]
    at = _find(frames, correction, text, code=correction.listed[0])
    issues["accepted"] = _with(issues["accepted"], at, correction.id)
    return (int(issues["start"].iloc[at]), int(issues["end"].iloc[at])), ""


def _of_task(frame: pd.DataFrame, task_id: str) -> pd.DataFrame:
    """Give rows to a task, and their own ids with it."""
    return renamed(frame, dict.fromkeys(frame["task_id"], task_id))


def renamed(frame: pd.DataFrame, ids: dict[str, str]) -> pd.DataFrame:
    """Give the rows of tasks the tasks' new ids, and their own ids with them."""
    frame, new = frame.copy(), frame["task_id"].map(lambda old: ids.get(old, old))
    for column in ("target_id", "subset_of"):
        if column in frame.columns:
            frame[column] = [
                now + value[len(old) :] if value.startswith(old) else value
                for old, now, value in zip(frame["task_id"], new, frame[column].astype(str), strict=True)
            ]
    return frame.assign(task_id=new)


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in the order of the document; tasks are numbered anew."""
    frame = frame.sort_values("start", kind="stable", ignore_index=True)
    if "seq" in frame.columns:
        frame["seq"] = pd.Series(range(1, len(frame) + 1), dtype=frame["seq"].dtype)
    return frame


_ACTIONS: dict[str, Callable[[Frames, Correction, str], Told]] = {
    "set": _change, "reject": _reject, "add": _add, "split": _split, "merge": _merge, "accept": _accept,
}  # fmt: skip
