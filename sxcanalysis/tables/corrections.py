"""Reviewed corrections, applied on top of the parse: what, why, and who reviewed it.

A file ``data/corrections/<edition>.yml`` is a list of entries::

    - id: coverage-of-algae
      table: targets
      quote: 园林废弃物、秸秆、蓝藻综合利用率均达到95%
      match: {task_id: 2024-29, metric: 蓝藻综合利用率}
      set: {comparator: ge}
      why: The plan that this sentence cites says "at least".
      reviewed_by: name of a person
      date: 2024-06-01

Each entry does one thing: ``set`` changes columns of one row, ``reject: true`` takes one row out, ``add`` adds one.
The row is found by the words it quotes and the columns under ``match``, not by its place, so an entry survives a new
ingest; if it no longer finds exactly one row, a person is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.core.errors import CorrectionError
from sxcanalysis.tables.schema import TABLES, cell_text, typed, value_finding

if TYPE_CHECKING:
    from pathlib import Path

    import yaml

__all__ = ["Correction", "apply_corrections", "read_corrections"]

_KEYS = ("id", "table", "quote", "match", "set", "reject", "add", "why", "reviewed_by", "date")
_NEEDED = ("id", "table", "quote", "why", "reviewed_by", "date")
_CORRECTABLE = ("tasks", "assignments", "targets", "mentions")
_FIXED = {"task_id", "target_id", "edition", "seq", "start", "end", "corrected"}


@dataclass(frozen=True)
class Correction:
    """
    One reviewed correction.

    Attributes
    ----------
    id
        Its name, once in its file; the corrected row carries it.
    table
        ``tasks``, ``assignments``, ``targets`` or ``mentions``.
    quote
        Words of the document that the row's evidence holds. Of an added row, its evidence.
    match
        Further columns of the row, as text.
    action
        ``set``, ``reject`` or ``add``.
    given
        The columns that ``set`` or ``add`` gives, as text.
    why, reviewed_by, date
        The reason, the person, and the day (year-month-day).
    where
        File and line of the entry, for messages.
    """

    id: str
    table: str
    quote: str
    match: dict[str, str]
    action: str
    given: dict[str, str]
    why: str
    reviewed_by: str
    date: str
    where: str


def read_corrections(path: Path) -> list[Correction]:
    """
    Read and check a file of corrections.

    Parameters
    ----------
    path
        A YAML file; one that holds only comments is an empty list, and so is one that is not there.

    Returns
    -------
    corrections
        In the order of the file.

    Raises
    ------
    CorrectionError
        If an entry is not understood; the message names file, line and what was expected.
    """
    import yaml  # noqa: PLC0415  # only needed where corrections are

    if not path.is_file():
        return []
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        msg = f"{path}: this is no YAML ({' '.join(str(error).split())}). Mend the line it names."
        raise CorrectionError(msg) from error
    if root is None:
        return []
    if not isinstance(root, yaml.SequenceNode):
        msg = f"{path}, line {root.start_mark.line + 1}: expected a list of entries, each beginning with '- id:'."
        raise CorrectionError(msg)
    found: list[Correction] = []
    for node in root.value:
        entry = _entry(node, path)
        if any(entry.id == other.id for other in found):
            msg = f"{entry.where}: the id {entry.id!r} is used twice. Give each entry its own."
            raise CorrectionError(msg)
        found.append(entry)
    return found


def apply_corrections(
    frames: dict[str, pd.DataFrame], corrections: list[Correction], text: str
) -> dict[str, pd.DataFrame]:
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
    for name in _CORRECTABLE:
        frame = frames[name].copy()
        if "corrected" not in frame.columns:
            frame["corrected"] = pd.Series([""] * len(frame), dtype="str", index=frame.index)
        frames[name] = frame
    notes = []
    for correction in corrections:
        if correction.action == "add":
            span, told = _add(frames, correction, text)
        else:
            span, told = _change(frames, correction, text)
        hint = f"{told}: {correction.why} ({correction.id}, reviewed by {correction.reviewed_by}, {correction.date})"
        task_id = correction.match.get("task_id", correction.given.get("task_id", ""))
        notes.append({
            "severity": "info", "code": f"correction_{correction.action}", "task_id": task_id,
            "line": text.count("\n", 0, span[0]) + 1, "start": span[0], "end": span[1],
            "words": text[slice(*span)], "hint": hint,
        })  # fmt: skip
    if notes:
        issues = frames["issues"]
        frames["issues"] = pd.concat([issues, pd.DataFrame(notes)], ignore_index=True)[list(issues.columns)]
    return frames


def _entry(node: yaml.Node, path: Path) -> Correction:
    where = f"{path}, line {node.start_mark.line + 1}"
    fields = _mapping(node, where, "an entry")
    lines = {key: line for key, (_, line) in fields.items()}
    unknown = [key for key in fields if key not in _KEYS]
    if unknown:
        msg = f"{path}, line {lines[unknown[0]]}: {unknown[0]!r} is no key of an entry. Known are {', '.join(_KEYS)}."
        raise CorrectionError(msg)
    plain = {key: _scalar(fields[key], path, key) for key in _NEEDED if key in fields}
    missing = [key for key in _NEEDED if not plain.get(key)]
    if missing:
        msg = f"{where}: the entry has no {', '.join(missing)}. Every correction says what, why, and who reviewed it when."
        raise CorrectionError(msg)
    actions = [key for key in ("set", "reject", "add") if key in fields]
    if len(actions) != 1:
        msg = (
            f"{where}: expected exactly one of set, reject and add, found {' and '.join(actions) or 'none'}."
        )
        raise CorrectionError(msg)
    action, table = actions[0], plain["table"]
    if table not in _CORRECTABLE:
        msg = f"{path}, line {lines['table']}: there is no table {table!r} to correct. Expected one of {', '.join(_CORRECTABLE)}."
        raise CorrectionError(msg)
    if action == "add" and (table == "tasks" or "match" in fields):
        msg = f"{where}: 'add' takes no 'match', and adds to assignments, targets or mentions; a task is what the document prints."
        raise CorrectionError(msg)
    try:
        date.fromisoformat(plain["date"])
    except ValueError:
        msg = f"{path}, line {lines['date']}: {plain['date']!r} is no date. Expected year-month-day, such as 2024-06-01."
        raise CorrectionError(msg) from None
    if action == "reject" and _scalar(fields["reject"], path, "reject") != "true":
        msg = f"{path}, line {lines['reject']}: expected 'reject: true'. Take the entry out if the row is right."
        raise CorrectionError(msg)
    values = {} if action == "reject" else _columns(fields[action][0], path, table, action)
    match = _columns(fields["match"][0], path, table, "match") if "match" in fields else {}
    return Correction(
        id=plain["id"], table=table, quote=plain["quote"], match=match, action=action, given=values,
        why=plain["why"], reviewed_by=plain["reviewed_by"], date=plain["date"], where=f"{where} ({plain['id']})",
    )  # fmt: skip


def _columns(node: yaml.Node, path: Path, table: str, key: str) -> dict[str, str]:
    """Read columns and their values, and hold them against the schema."""
    declared = {field.name: field for field in TABLES[table].fields}
    values = {}
    for name, (value, line) in _mapping(node, f"{path}, line {node.start_mark.line + 1}", f"{key!r}").items():
        where = f"{path}, line {line}"
        if name not in declared:
            msg = f"{where}: the table {table!r} has no column {name!r}. It has {', '.join(declared)}."
            raise CorrectionError(msg)
        fixed = {"set": _FIXED, "add": _FIXED - {"task_id"}}.get(key, set())
        if name in fixed:
            msg = f"{where}: {name!r} cannot be given: it follows from the document and from 'quote'."
            raise CorrectionError(msg)
        written = cell_text(_scalar((value, line), path, name), declared[name])
        wrong = value_finding(written, declared[name])
        if wrong and key != "match":
            msg = f"{where}: column {name!r} of {table!r}: expected {wrong}, found {written!r}. {declared[name].about}"
            raise CorrectionError(msg)
        values[name] = written
    if key == "set":
        _check_pairs(values, f"{path}, line {node.start_mark.line + 1}")
    return values


def _check_pairs(values: dict[str, str], where: str) -> None:
    """Hold the person to giving a number in both units, because the one follows from the other."""
    for given, needed in (
        ("value", "value_si"),
        ("unit", "unit_si"),
        ("unit", "value_si"),
        ("value_high", "value_high_si"),
    ):
        if given in values and needed not in values:
            msg = f"{where}: {given!r} is set without {needed!r}. Give both, so that the normalised number stays true."
            raise CorrectionError(msg)


def _mapping(node: yaml.Node, where: str, what: str) -> dict[str, tuple[yaml.Node, int]]:
    import yaml  # noqa: PLC0415

    if not isinstance(node, yaml.MappingNode):
        msg = f"{where}: expected {what} as 'key: value' pairs."
        raise CorrectionError(msg)
    found: dict[str, tuple[yaml.Node, int]] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if str(key.value) in found:
            msg = f"{where}: {key.value!r} is given twice (again in line {line}). Keep one."
            raise CorrectionError(msg)
        found[str(key.value)] = (value, line)
    return found


def _scalar(found: tuple[yaml.Node, int], path: Path, key: str) -> str:
    """Return a value as it is written: 2024-01 stays text, whatever YAML would take it for."""
    import yaml  # noqa: PLC0415

    node, line = found
    if not isinstance(node, yaml.ScalarNode):
        msg = f"{path}, line {line}: {key!r} takes one value, not a list."
        raise CorrectionError(msg)
    null = node.tag == "tag:yaml.org,2002:null"
    return "" if null else str(node.value).strip()


def _change(
    frames: dict[str, pd.DataFrame], correction: Correction, text: str
) -> tuple[tuple[int, int], str]:
    frame = frames[correction.table]
    table = TABLES[correction.table]
    fields = {field.name: field for field in table.fields}
    quote = squeezed(correction.quote)
    fits = [
        quote in squeezed(text[start:end]) or squeezed(text[start:end]) in quote
        for start, end in zip(frame["start"], frame["end"], strict=True)
    ]
    for name, value in correction.match.items():
        same = [cell_text(cell, fields[name]) == value for cell in frame[name]]
        fits = [one and other for one, other in zip(fits, same, strict=True)]
    if sum(fits) != 1:
        raise CorrectionError(_not_one(correction, frame, fits, text))
    at = fits.index(True)
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


def _add(frames: dict[str, pd.DataFrame], correction: Correction, text: str) -> tuple[tuple[int, int], str]:
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


def _task_span(frames: dict[str, pd.DataFrame], task_id: str, correction: Correction) -> tuple[int, int]:
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


def squeezed(words: str) -> str:
    """Return words without their blanks and line ends, which mean nothing in Chinese."""
    return re.sub(r"\s+", "", words)
