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

import yaml

from sxcanalysis.core.errors import CorrectionError, DataError
from sxcanalysis.core.files import write_file
from sxcanalysis.core.paths import writable_dir
from sxcanalysis.reference.units import SCALES, match_unit
from sxcanalysis.reference.words import enumerated, spoken
from sxcanalysis.tables.loading import load_table
from sxcanalysis.tables.messages import about, told
from sxcanalysis.tables.schema import TABLES, cell_text, value_finding

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ACTIONS = ("set", "reject", "add", "split", "merge", "accept")
NEEDED = ("id", "table", "quote", "why", "reviewed_by", "date")
# Each table that can be corrected, and its column of words that stand in the document.
EVIDENCE = {
    "tasks": "text", "assignments": "body_as_written", "targets": "quote", "mentions": "name", "issues": "words",
}  # fmt: skip
_FIXED = {"task_id", "target_id", "edition", "seq", "start", "end", "corrected"}
# A number is given in both units, because the one follows from the other.
_PAIRS = (
    ("value", "value_si"), ("unit", "unit_si"), ("unit", "value_si"), ("value_high", "value_high_si"),
)  # fmt: skip

Node = tuple[yaml.Node, str]  # what is written, and where


@dataclass(frozen=True)
class Correction:
    """
    One reviewed correction.

    ``match`` and ``given`` (what ``set`` or ``add`` gives) are columns as text; ``listed`` holds the words of ``split``, the
    tasks of ``merge``, the code of ``accept``; ``where`` is file and line of the entry, for messages.
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


def refused(where: str, key: str, **values: object) -> CorrectionError:
    """Return the error about an entry: where it stands, and the sentence ``data.correction_<key>``."""
    return CorrectionError(told("finding", where=where, words=told(f"correction_{key}", **values)))


def read_corrections(path: Path) -> list[Correction]:
    """
    Read and check a file of corrections, in its order; none where there is no file, or it holds only comments.

    CorrectionError if an entry is not understood: the message names file, line and what was expected.
    """
    if not path.is_file():
        return []
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise refused(str(path), "no_yaml", error=" ".join(str(error).split())) from error
    if root is None:
        return []
    if not isinstance(root, yaml.SequenceNode):
        raise refused(_line(path, root), "no_list")
    found: list[Correction] = []
    for node in root.value:
        entry = _entry(node, path)
        if any(entry.id == other.id for other in found):
            raise refused(entry.where, "id_twice", id=entry.id)
        found.append(entry)
    return found


def _line(path: Path, node: yaml.Node) -> str:
    return told("line", file=path, n=node.start_mark.line + 1)


def _entry(node: yaml.Node, path: Path) -> Correction:
    where = _line(path, node)
    fields = _mapping(node, path, told("entry"))
    known = ("match", *NEEDED, *ACTIONS)
    if unknown := [key for key in fields if key not in known]:
        raise refused(fields[unknown[0]][1], "unknown_key", key_=unknown[0], known=", ".join(known))
    plain = {key: _scalar(fields[key], key) for key in NEEDED if key in fields}
    if missing := [key for key in NEEDED if not plain.get(key)]:
        raise refused(where, "incomplete", missing=", ".join(missing))
    actions = [key for key in ACTIONS if key in fields]
    if len(actions) != 1:
        raise refused(
            where,
            "one_action",
            actions=", ".join(ACTIONS),
            found=enumerated(actions, spoken()) or told("none"),
        )
    action, table = actions[0], plain["table"]
    if table not in EVIDENCE:
        raise refused(fields["table"][1], "no_table", table=table, tables=", ".join(EVIDENCE))
    if action == "add" and "match" in fields:
        raise refused(where, "add_match")
    if (action in {"split", "merge"} and table != "tasks") or ((action == "accept") != (table == "issues")):
        raise refused(where, "wrong_table", action=action, table=table)
    try:
        date.fromisoformat(plain["date"])
    except ValueError:
        raise refused(fields["date"][1], "no_date", found=plain["date"]) from None
    if action == "reject" and _scalar(fields["reject"], "reject") != "true":
        raise refused(fields["reject"][1], "reject_true")
    values = _columns(fields[action], path, table, action) if action in {"set", "add"} else {}
    match = _columns(fields["match"], path, table, "match") if "match" in fields else {}
    listed = _listed(fields[action], path, action) if action in {"split", "merge", "accept"} else ()
    where = f"{where} ({plain['id']})"
    return Correction(**plain, match=match, action=action, given=values, listed=listed, where=where)


def _columns(found: Node, path: Path, table: str, key: str) -> dict[str, str]:
    """Read columns and their values, and hold them against the schema."""
    declared = {field.name: field for field in TABLES[table].fields}
    fixed = {"set": _FIXED, "add": _FIXED - {"task_id"}}.get(key, set())
    values = {}
    for name, (node, where) in _mapping(found[0], path, repr(key)).items():
        if name not in declared:
            raise refused(where, "no_column", table=table, name=name, columns=", ".join(declared))
        if name in fixed:
            raise refused(where, "fixed", name=name)
        written = cell_text(_scalar((node, where), name), declared[name])
        if key != "match" and (expected := value_finding(written, declared[name])):
            given = {"name": name, "table": table, "expected": expected, "found": written}
            raise refused(where, "value", **given, about=about(declared[name]))
        values[name] = written
    if table == "targets" and key in {"set", "add"}:
        _check_pairs(values, _line(path, found[0]))
    return values


def _check_pairs(values: dict[str, str], where: str) -> None:
    """Hold the person to giving a number in both units, and the two to each other."""
    for given, needed in _PAIRS:
        if given in values and needed not in values:
            raise refused(where, "half", given=given, needed=needed)
        if given == "unit" or not (values.get(given) and values.get(needed) and values.get("unit")):
            continue
        factor = unit_factor(values["unit"])
        right = None if factor is None else float(values[given]) * factor
        if right is not None and abs(float(values[needed]) - right) > 1e-6 * max(abs(right), 1e-12):
            si, told_as = values.get("unit_si", ""), f"{values[given]} {values['unit']}"
            raise refused(where, "at_odds", given=told_as, right=f"{right:g} {si}", found=values[needed])


def unit_factor(unit: str) -> float | None:
    """Return what one unit, with 万 or 亿 before it, is in SI; None if it is not known."""
    scale = next((one for one in SCALES if one and unit.startswith(one) and unit != one), "")
    found = match_unit(unit, len(scale))
    return SCALES[scale] * found[0].factor if found and found[1] == len(unit) else None


def _listed(found: Node, path: Path, key: str) -> tuple[str, ...]:
    node, where = found
    if key == "accept":
        return (_scalar(found, key),)
    if not isinstance(node, yaml.SequenceNode) or len(node.value) < 2:
        raise refused(where, "two_listed", name=key)
    return tuple(_scalar((item, _line(path, item)), key) for item in node.value)


def _mapping(node: yaml.Node, path: Path, what: str) -> dict[str, Node]:
    if not isinstance(node, yaml.MappingNode):
        raise refused(_line(path, node), "no_pairs", what=what)
    found: dict[str, Node] = {}
    for key, value in node.value:
        if str(key.value) in found:
            raise refused(_line(path, key), "twice", name=key.value)
        found[str(key.value)] = (value, _line(path, key))
    return found


def _scalar(found: Node, key: str) -> str:
    """Return a value as it is written: 2024-01 stays text, whatever YAML would take it for."""
    node, where = found
    if not isinstance(node, yaml.ScalarNode):
        raise refused(where, "one_value", name=key)
    return "" if node.tag == "tag:yaml.org,2002:null" else str(node.value).strip()


def write_correction(
    row_id: str, changes: list[str], *, why: str, by: str, table: str | None = None, quote: str | None = None
) -> tuple[Path, str]:
    """
    Write the entry that changes columns (``column=value``) of one row of a task or target, told by its id.

    ``table`` is told from the id if None; ``quote`` holds words of the row's evidence, where the task has several rows in it.
    Returns ``data/corrections/<edition>.yml`` and what was added to it. CorrectionError if a change is not understood, or no
    single row is found; nothing is written then.
    """
    target = re.search(r"-t\d+$", row_id)
    edition = (row_id[: target.start()] if target else row_id).rpartition("-")[0]
    table = table or ("targets" if target else "tasks")
    if table not in EVIDENCE or table == "issues" or not edition:
        raise refused(row_id, "no_row_id", table=table, tables=", ".join(EVIDENCE))
    if wrong := [one for one in changes if "=" not in one]:
        raise refused(wrong[0], "no_change")
    rows, words = load_table(table, edition), EVIDENCE[table]
    rows = rows[rows["target_id" if table == "targets" else "task_id"] == row_id]
    if quote:
        rows = rows[[squeezed(quote) in squeezed(said) for said in rows[words]]]
    if len(rows) != 1:
        shown = "".join(f"\n  {said[:60]}" for said in rows[words].head(6))
        raise refused(row_id, "rows_some" if shown else "rows_none", n=len(rows), table=table, shown=shown)
    quoted, match = str(rows[words].iloc[0])[:60], {"task_id": str(rows["task_id"].iloc[0])}
    given = dict(one.split("=", 1) for one in changes)
    entry = {"table": table, "quote": quoted, "match": match, "set": given}
    return _append(edition, row_id, entry, why, by)


def write_acceptance(task_id: str, code: str, *, why: str, by: str) -> tuple[Path, str]:
    """Write the entry that accepts a finding of a task, so that it is quiet from then on and listed with its reason."""
    edition = task_id.rpartition("-")[0]
    issues = load_table("issues", edition)
    mine = issues[issues["task_id"] == task_id]
    rows = mine[mine["code"] == code]
    if rows.empty:
        raise refused(
            task_id, "no_finding", code=code, there=", ".join(sorted(set(mine["code"]))) or told("none")
        )
    quote, match = str(rows["words"].iloc[0]), {"task_id": task_id}
    entry = {"table": "issues", "quote": quote, "match": match, "accept": code}
    return _append(edition, f"{task_id}-{code}", entry, why, by)


def _append(edition: str, name: str, what: Mapping[str, object], why: str, by: str) -> tuple[Path, str]:
    """Add an entry to the file of an edition, if the file is then still understood."""
    path = writable_dir() / "corrections" / f"{edition}.yml"
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    taken = {one.id for one in read_corrections(path)}
    free = next(one for one in (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)
    today = datetime.now().astimezone().date().isoformat()  # the person's day
    entry = yaml.safe_dump([{"id": free, **what, "why": why, "reviewed_by": by, "date": today}],
                           allow_unicode=True, sort_keys=False, width=10_000)  # fmt: skip
    draft = path.with_name(f".{path.name}.draft")
    write_file(draft, (before.rstrip("\n") + "\n" * bool(before) + entry).encode())
    try:
        read_corrections(draft)
        write_file(path, draft.read_bytes())
    except DataError as error:
        raise CorrectionError(str(error).replace(str(draft), str(path))) from error
    finally:
        draft.unlink()
    return path, entry


def squeezed(words: str) -> str:
    """Return words without their blanks and line ends, which mean nothing in Chinese."""
    return re.sub(r"\s+", "", words)
