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

Each entry does one thing: ``set`` changes columns of one row, ``reject: true`` takes one row out, ``add`` adds one;
``split: [words, words]`` makes a task into several, each beginning with these words; ``merge: [2024-05, 2024-06]`` makes
neighbouring tasks one; ``accept: number_duplicate`` says that a finding was looked at. A row is found by the words it
quotes and the columns under ``match``, not by its place, so an entry survives a new ingest; if it no longer finds
exactly one row, a person is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import CorrectionError, DataError
from sxcanalysis.core.files import write_file
from sxcanalysis.core.paths import writable_dir
from sxcanalysis.reference.units import SCALES, match_unit
from sxcanalysis.tables.loading import load_table
from sxcanalysis.tables.schema import TABLES, cell_text, value_finding

if TYPE_CHECKING:
    from pathlib import Path

    import yaml

__all__ = ["Correction", "read_corrections", "squeezed", "write_acceptance", "write_correction"]

ACTIONS = ("set", "reject", "add", "split", "merge", "accept")
_KEYS = ("id", "table", "quote", "match", *ACTIONS, "why", "reviewed_by", "date")
_NEEDED = ("id", "table", "quote", "why", "reviewed_by", "date")
CORRECTABLE = ("tasks", "assignments", "targets", "mentions", "issues")
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
        ``tasks``, ``assignments``, ``targets``, ``mentions``, or ``issues`` for what is accepted.
    quote
        Words of the document that the row's evidence holds. Of an added row, its evidence.
    match
        Further columns of the row, as text.
    action
        ``set``, ``reject``, ``add``, ``split``, ``merge`` or ``accept``.
    given
        The columns that ``set`` or ``add`` gives, as text.
    listed
        The words of ``split``, the tasks of ``merge``, the code of ``accept``.
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
    listed: tuple[str, ...]
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
    actions = [key for key in ACTIONS if key in fields]
    if len(actions) != 1:
        msg = (
            f"{where}: expected exactly one of {', '.join(ACTIONS)}, found {' and '.join(actions) or 'none'}."
        )
        raise CorrectionError(msg)
    action, table = actions[0], plain["table"]
    if table not in CORRECTABLE:
        msg = f"{path}, line {lines['table']}: there is no table {table!r} to correct. Expected one of {', '.join(CORRECTABLE)}."
        raise CorrectionError(msg)
    if action == "add" and "match" in fields:
        msg = f"{where}: 'add' takes no 'match': the row is not there yet. Give its columns under 'add'."
        raise CorrectionError(msg)
    if (action in {"split", "merge"} and table != "tasks") or ((action == "accept") != (table == "issues")):
        msg = f"{where}: 'split' and 'merge' are of the table tasks, 'accept' alone is of the table issues; found {action!r} of {table!r}."
        raise CorrectionError(msg)
    try:
        date.fromisoformat(plain["date"])
    except ValueError:
        msg = f"{path}, line {lines['date']}: {plain['date']!r} is no date. Expected year-month-day, such as 2024-06-01."
        raise CorrectionError(msg) from None
    if action == "reject" and _scalar(fields["reject"], path, "reject") != "true":
        msg = f"{path}, line {lines['reject']}: expected 'reject: true'. Take the entry out if the row is right."
        raise CorrectionError(msg)
    values = _columns(fields[action][0], path, table, action) if action in {"set", "add"} else {}
    listed = _listed(fields[action], path, action) if action in {"split", "merge", "accept"} else ()
    match = _columns(fields["match"][0], path, table, "match") if "match" in fields else {}
    return Correction(
        id=plain["id"], table=table, quote=plain["quote"], match=match, action=action, given=values, listed=listed,
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
    if table == "targets" and key in {"set", "add"}:
        _check_pairs(values, f"{path}, line {node.start_mark.line + 1}")
    return values


def _listed(found: tuple[yaml.Node, int], path: Path, key: str) -> tuple[str, ...]:
    import yaml  # noqa: PLC0415

    node, line = found
    if key == "accept":
        return (_scalar(found, path, key),)
    if not isinstance(node, yaml.SequenceNode) or len(node.value) < 2:
        msg = f"{path}, line {line}: {key!r} takes a list of at least two, such as [{'words, words' if key == 'split' else '2024-05, 2024-06'}]."
        raise CorrectionError(msg)
    return tuple(_scalar((item, item.start_mark.line + 1), path, key) for item in node.value)


def _check_pairs(values: dict[str, str], where: str) -> None:
    """Hold the person to giving a number in both units, and the two to each other, because the one follows from the other."""
    for given, needed in (
        ("value", "value_si"),
        ("unit", "unit_si"),
        ("unit", "value_si"),
        ("value_high", "value_high_si"),
    ):
        if given in values and needed not in values:
            msg = f"{where}: {given!r} is set without {needed!r}. Give both, so that the normalised number stays true."
            raise CorrectionError(msg)
    for given, needed in (("value", "value_si"), ("value_high", "value_high_si")):
        if values.get(given) and values.get(needed) and values.get("unit"):
            factor = _factor(values["unit"])
            expected = None if factor is None else float(values[given]) * factor
            if expected is not None and abs(float(values[needed]) - expected) > 1e-6 * max(
                abs(expected), 1e-12
            ):
                msg = f"{where}: {values[given]} {values['unit']} is {expected:g} {values.get('unit_si', '')}, not {values[needed]}. Mend one of them."
                raise CorrectionError(msg)


def _factor(unit: str) -> float | None:
    """Return what one unit, with 万 or 亿 before it, is in SI; None if it is not known."""
    scale = next((one for one in SCALES if one and unit.startswith(one) and unit != one), "")
    found = match_unit(unit, len(scale))
    return SCALES[scale] * found[0].factor if found and found[1] == len(unit) else None


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


def write_correction(
    row_id: str, changes: list[str], *, why: str, by: str, table: str | None = None, quote: str | None = None
) -> tuple[Path, str]:
    """
    Write the entry that changes columns of one row.

    Parameters
    ----------
    row_id
        Of a task or a target.
    changes
        ``column=value``, one or more.
    why, by
        The reason, and who reviewed it.
    table
        Of the row; told from the id if None.
    quote
        Words of the row's evidence, where the task has several rows in the table.

    Returns
    -------
    path, entry
        ``data/corrections/<edition>.yml``, and what was added to it.

    Raises
    ------
    CorrectionError
        If a change is not understood, or no single row is found; nothing is written.
    """
    edition = (
        row_id.rpartition("-t")[0].rpartition("-")[0]
        if re.search(r"-t\d+$", row_id)
        else row_id.rpartition("-")[0]
    )
    table = table or ("targets" if re.search(r"-t\d+$", row_id) else "tasks")
    if table not in CORRECTABLE[:-1] or not edition:
        msg = f"{row_id!r} of {table!r}: expected the id of a task or target, and one of the tables {', '.join(CORRECTABLE[:-1])}."
        raise CorrectionError(msg)
    if wrong := [one for one in changes if "=" not in one]:
        msg = f"{wrong[0]!r}: expected column=value, for example comparator=ge."
        raise CorrectionError(msg)
    given = dict(one.split("=", 1) for one in changes)
    rows = load_table(table, edition)
    rows = rows[rows["target_id" if table == "targets" else "task_id"] == row_id]
    words = {"tasks": "text", "assignments": "body_as_written", "targets": "quote", "mentions": "name"}[table]
    if quote:
        rows = rows[rows[words].map(lambda told: squeezed(quote) in squeezed(told))]
    if len(rows) != 1:
        shown = "".join(f"\n  {told[:60]}" for told in rows[words].head(6))
        msg = f"{row_id}: {len(rows)} rows of the table {table!r}; expected one. {'Give --quote with words of the row:' if shown else 'Is the id right?'}{shown}"
        raise CorrectionError(msg)
    match = {"task_id": str(rows["task_id"].iloc[0])}
    return _append(
        edition,
        row_id,
        {"table": table, "quote": str(rows[words].iloc[0])[:60], "match": match, "set": given},
        why,
        by,
    )


def write_acceptance(task_id: str, code: str, *, why: str, by: str) -> tuple[Path, str]:
    """
    Write the entry that accepts a finding, so that it is quiet from then on and listed with its reason.

    Raises
    ------
    CorrectionError
        If the task has no such finding; nothing is written.
    """
    edition = task_id.rpartition("-")[0]
    issues = load_table("issues", edition)
    rows = issues[(issues["task_id"] == task_id) & (issues["code"] == code)]
    if rows.empty:
        there = ", ".join(sorted(set(issues.loc[issues["task_id"] == task_id, "code"]))) or "none"
        msg = f"{task_id}: there is no finding {code!r}. Findings of this task: {there}."
        raise CorrectionError(msg)
    quote = str(rows["words"].iloc[0])
    return _append(
        edition,
        f"{task_id}-{code}",
        {"table": "issues", "quote": quote, "match": {"task_id": task_id}, "accept": code},
        why,
        by,
    )


def _append(edition: str, name: str, what: dict[str, object], why: str, by: str) -> tuple[Path, str]:
    """Add an entry to the file of an edition, if the file is then still understood."""
    import yaml  # noqa: PLC0415

    path = writable_dir() / "corrections" / f"{edition}.yml"
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    taken = {one.id for one in read_corrections(path)}
    ids = (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3)))
    entry = {
        "id": next(one for one in ids if one not in taken),
        **what,
        "why": why,
        "reviewed_by": by,
        "date": datetime.now().astimezone().date().isoformat(),  # the person's day
    }
    told = yaml.safe_dump([entry], allow_unicode=True, sort_keys=False, width=10_000)
    draft = path.with_name(f".{path.name}.draft")
    write_file(draft, (before.rstrip("\n") + "\n" * bool(before) + told).encode())
    try:
        read_corrections(draft)
    except DataError as error:
        raise CorrectionError(str(error).replace(str(draft), str(path))) from error
    else:
        write_file(path, draft.read_bytes())
    finally:
        draft.unlink()
    return path, told


def squeezed(words: str) -> str:
    """Return words without their blanks and line ends, which mean nothing in Chinese."""
    return re.sub(r"\s+", "", words)
