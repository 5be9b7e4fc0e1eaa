"""From a document to an edition: read, parse, correct, check, write; nothing is written unless all of it is right."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sxcanalysis.core.errors import DataError
from sxcanalysis.core.files import finish, locked, replace_folders, write_file
from sxcanalysis.core.paths import data_dir, edition_folder, source_record, writable_dir
from sxcanalysis.reference.circle import propose_circle
from sxcanalysis.tables.correcting import apply_corrections
from sxcanalysis.tables.corrections import read_corrections, squeezed
from sxcanalysis.tables.loading import check_edition_name, frames_of, table_files, without_others
from sxcanalysis.tables.package import datapackage

if TYPE_CHECKING:
    from sxcanalysis.documents.reading import SourceText
    from sxcanalysis.parsing.frames import Coverage

__all__ = ["Ingested", "ingest", "read_edition"]

# What a person may state about a document; everything else in source.toml is measured.
STATED = ("title", "title_en", "issuer", "issuer_en", "date", "obtained", "url", "note", "circle")


_SHAPES = {
    "date": r"(?:[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?)?",
    "url": r"(?:https?://\S+)?",
}


@dataclass(frozen=True)
class Ingested:
    """
    An edition as read from its document, and what a person should know of it.

    Attributes
    ----------
    edition
        Its name.
    frames
        ``tasks assignments targets mentions issues``, corrections applied.
    coverage
        Where each character of the document went.
    source
        What ``source.toml`` says.
    notes
        What the reader of the document noticed.
    findings
        What makes this edition doubtful: unparsed characters, ids whose words changed. Empty if nothing does.
    changed
        Whether files were written.
    """

    edition: str
    frames: dict[str, pd.DataFrame]
    coverage: Coverage
    source: dict[str, str | int]
    notes: tuple[str, ...]
    findings: tuple[str, ...] = ()
    changed: bool = False
    folder: Path = field(default=Path())

    @property
    def open_issues(self) -> pd.DataFrame:
        """The findings that a person has to look at and nobody has accepted: ``issues`` of severity error and warning."""
        issues = self.frames["issues"]
        return issues[issues["severity"].isin(["error", "warning"]) & (issues["accepted"] == "")]


def ingest(
    file: str | Path,
    *,
    edition: str | int,
    root: str | Path | None = None,
    force: bool = False,
    stated: dict[str, str] | None = None,
) -> Ingested:
    """
    Make the tables of an edition from its document.

    Reads, parses, applies ``corrections/<edition>.yml``, checks every table, and only then writes
    ``sources/<edition>/`` (the document as received, and ``source.toml``) and ``tables/<edition>/``: both or neither.
    The same document gives the same bytes.

    Parameters
    ----------
    file
        The document: PDF, Word, Excel, CSV, web page, Markdown or text.
    edition
        Its edition, usually the year.
    root
        The data folder; that of the project if None.
    force
        Replace an edition that was made from another document.
    stated
        What is known about the document: ``title title_en issuer issuer_en date obtained url note``. What was stated
        before is kept unless stated anew; the title is otherwise read from the document. Empty is unknown.

    Returns
    -------
    ingested
        The tables, and what a person should know.

    Raises
    ------
    MissingDataError, DocumentError
        If the document cannot be read.
    CorrectionError
        If a correction does not find its row.
    DataError
        If no task is found, a table breaks its schema, or the edition was made from another document.
    """
    from sxcanalysis.documents.reading import read_source, readable  # noqa: PLC0415  # together with the parser they cost half a second

    name = check_edition_name(edition)
    if name.endswith("~"):
        msg = f"{name!r} is what an edition was before its document was replaced; it cannot be written. Give another name."
        raise DataError(msg)
    folder = writable_dir() if root is None else Path(root)
    path = Path(file)
    read = read_source(path)
    with locked(folder, name):
        finish(folder, name)
        old = source_record(folder / "sources" / name)
        source = _source_record(old, name, path, read, stated or {}, force=force)
        # A name may hold any bytes; the copy gets one that can be written down.
        source["file"] = kept_as = readable(path.name)
        made = _read_tables(read, name, folder, source)
        _refuse(made, path, read)
        record, table_folder = made.source, folder / "tables" / name
        replaced = {
            str(old.get("file") or kept_as): None,
            "source.toml": _toml(record),
            kept_as: path.read_bytes(),
        }
        wanted: dict[str, dict[str, bytes | None]] = {
            f"sources/{name}": replaced, f"tables/{name}": without_others(table_files(made.frames))
        }  # fmt: skip
        if old.get("sha256") and old["sha256"] != read.sha256:
            wanted |= _set_aside(folder, name)
        changed = replace_folders(folder, name, wanted)
    package = datapackage(folder)
    changed |= write_file(folder / "datapackage.json", package.encode())
    return replace(made, changed=changed, folder=table_folder)


def read_edition(edition: str | int, *, root: str | Path | None = None) -> Ingested:
    """
    Read an edition again from the document under ``sources/``, and write nothing.

    Parameters
    ----------
    edition
        For example 2024.
    root
        The data folder; that of the project if None.

    Returns
    -------
    ingested
        What `ingest` would write.

    Raises
    ------
    MissingDataError, DocumentError, CorrectionError, DataError
        As for `ingest`.
    """
    from sxcanalysis.documents.reading import read_source  # noqa: PLC0415

    name = check_edition_name(edition)
    folder = data_dir() if root is None else Path(root)
    sources = edition_folder("sources", name, folder)
    source = source_record(sources)
    return _read_tables(read_source(sources / str(source.get("file", ""))), name, folder, source)


def _read_tables(read: SourceText, edition: str, root: Path, source: dict[str, str | int]) -> Ingested:
    from sxcanalysis.parsing.findings import DOUBTFUL  # noqa: PLC0415
    from sxcanalysis.parsing.tasklist import parse_document  # noqa: PLC0415

    parsed = parse_document(read, edition=edition)
    frames = frames_of(parsed)
    frames, findings = _keep_ids(frames, edition_folder("tables", edition, root) / "tasks.csv")
    frames = _with_unknown_categories(frames, read.text, parsed.coverage)
    doubtful = parsed.summary[
        parsed.summary["code"].isin(DOUBTFUL) & (parsed.summary["severity"] == "warning")
    ]
    findings += [
        f"{code}, {count} times, first in line {line}: {hint}"
        for code, count, line, hint in doubtful[["code", "count", "line", "hint"]].itertuples(index=False)
    ]
    frames = _with_findings(frames, read)
    findings += sorted({f"{found.code}: {found.hint}" for found in read.findings})
    frames = apply_corrections(frames, read_corrections(root / "corrections" / f"{edition}.yml"), read.text)
    unparsed = parsed.coverage.counts["unparsed"]
    if unparsed:
        findings.append(
            f"{unparsed} characters were not understood; they are listed in issues.csv under 'unparsed'"
        )
    if not source.get("title"):
        source = {**source, "title": _title(read.text, parsed.coverage)}
    notes = read.notes
    if not source.get("circle") and len(frames["tasks"]):
        circle, told = _circle(str(source["title"]), frames["assignments"])
        source, notes = {**source, "circle": circle}, (*notes, told)
    ordered = {
        key: source[key] for key in (*STATED, *(key for key in source if key not in STATED)) if key in source
    }
    return Ingested(edition, frames, parsed.coverage, ordered, notes, tuple(findings))


def _with_findings(frames: dict[str, pd.DataFrame], read: SourceText) -> dict[str, pd.DataFrame]:
    """Put what the reader of the document found (pages of pictures, hidden text) among the issues."""
    if not read.findings:
        return frames
    rows = [
        {
            "severity": "warning", "code": found.code, "task_id": "", "line": read.text.count("\n", 0, found.offset) + 1,
            "start": found.offset, "end": found.offset, "words": found.words, "hint": found.hint,
        }
        for found in read.findings
    ]  # fmt: skip
    issues = frames["issues"]
    told = pd.concat([issues, pd.DataFrame(rows, columns=issues.columns)], ignore_index=True)
    return {**frames, "issues": told.sort_values(["start", "end", "code"], kind="stable", ignore_index=True)}


def _circle(title: str, assignments: pd.DataFrame) -> tuple[str, str]:
    """Propose whose list this is; return the circle's name and what to tell a person."""
    try:
        circle = propose_circle(title, assignments)
    except DataError as error:
        return "", str(error)
    cities = "、".join(city.zh for city in circle.full)
    if circle.name:
        return circle.name, f"taken for a list of {circle.zh} ({cities}); --circle names another"
    return (
        "",
        f"taken for a list of {cities}, by who implements most; `sxc circle add NAME --members …` makes that a circle",
    )


def _keep_ids(frames: dict[str, pd.DataFrame], published: Path) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Give each task the id under which its words were published, and tell where an id now stands for other words."""
    new = dict(zip(frames["tasks"]["task_id"], frames["tasks"]["text"].map(squeezed), strict=True))
    if not published.is_file():
        return frames, []
    try:
        words = _published_words(published, new)
    except (ValueError, KeyError) as error:
        finding = f"{published}: cannot be read ({error}), so the task ids could not be held against those published"
        return frames, [finding]
    often = Counter(words.values())
    by_words = {text: task_id for task_id, text in words.items() if often[text] == 1}
    renamed = {
        task_id: by_words[text] for task_id, text in new.items() if by_words.get(text, task_id) != task_id
    }
    taken = {task_id for task_id in new if task_id not in renamed} | set(renamed.values())
    for task_id in list(new):
        if task_id not in renamed and task_id in renamed.values():
            # Its id belongs to other words already; what is new gets a new id.
            free = next(f"{task_id}.{i}" for i in range(1, len(new) + 2) if f"{task_id}.{i}" not in taken)
            renamed[task_id] = free
            taken.add(free)
    findings = []
    now = {renamed.get(task_id, task_id): text for task_id, text in new.items()}
    for task_id, text in words.items():
        if task_id not in now:
            findings.append(f"{task_id} was published and is gone; its words began {text[:20]!r}")
        elif now[task_id] != text:
            at = next(
                (i for i, (a, b) in enumerate(zip(text, now[task_id], strict=False)) if a != b),
                min(len(text), len(now[task_id])),
            )
            findings.append(
                f"{task_id} was published with other words: from character {at} on "
                f"{text[at : at + 20]!r} became {now[task_id][at : at + 20]!r}"
            )
    if renamed:
        frames = {name: _renamed(frame, renamed) for name, frame in frames.items()}
    return frames, findings


def _published_words(path: Path, new: dict[str, str]) -> dict[str, str]:
    """Read the words of each published id; of a task that was corrected by hand, the parsed words count."""
    cells = pd.read_csv(path, dtype="str", keep_default_na=False)
    corrected = cells["corrected"] if "corrected" in cells.columns else pd.Series([""] * len(cells))
    return {
        task_id: new[task_id] if by_hand and task_id in new else squeezed(text)
        for task_id, text, by_hand in zip(cells["task_id"], cells["text"], corrected, strict=True)
    }


def _renamed(frame: pd.DataFrame, renamed: dict[str, str]) -> pd.DataFrame:
    frame = frame.copy()
    if "target_id" in frame.columns:
        for column in ("target_id", "subset_of"):
            frame[column] = [
                renamed.get(task_id, task_id) + str(value)[len(task_id) :]
                if str(value).startswith(task_id)
                else value
                for task_id, value in zip(frame["task_id"], frame[column], strict=True)
            ]
    frame["task_id"] = frame["task_id"].map(lambda task_id: renamed.get(task_id, task_id))
    return frame


def _with_unknown_categories(
    frames: dict[str, pd.DataFrame], text: str, coverage: Coverage
) -> dict[str, pd.DataFrame]:
    """Report the categories that have no English name."""
    tasks, issues = frames["tasks"], frames["issues"]
    unknown = tasks[(tasks["category_en"] == "") & (tasks["category"] != "")].drop_duplicates("category")
    if unknown.empty:
        return frames
    headings = coverage.spans[coverage.spans["kind"] == "heading"]
    rows = []
    for task_id, category, at in zip(unknown["task_id"], unknown["category"], unknown["start"], strict=True):
        spans = [
            (start, end)
            for start, end in zip(headings["start"], headings["end"], strict=True)
            if start <= at and squeezed(category) in squeezed(text[start:end])
        ]
        start, end = spans[-1] if spans else (at, at)
        rows.append({
            "severity": "info", "code": "category_unknown", "task_id": task_id, "line": text.count("\n", 0, start) + 1,
            "start": start, "end": end, "words": text[start:end],
            "hint": f"the category {category!r} has no English name: add a row 'category.<heading>' to data/reference/labels.csv",
        })  # fmt: skip
    told = pd.DataFrame(rows)[list(issues.columns)]
    return {**frames, "issues": pd.concat([issues, told], ignore_index=True)}


def _source_record(
    old: dict[str, str | int],
    edition: str,
    path: Path,
    read: SourceText,
    stated: dict[str, str],
    *,
    force: bool,
) -> dict[str, str | int]:
    unknown = sorted(set(stated) - set(STATED))
    if unknown:
        msg = f"{', '.join(unknown)}: nothing of this name is stated about a document. Expected {', '.join(STATED)}."
        raise DataError(msg)
    if wrong := [key for key, shape in _SHAPES.items() if not re.fullmatch(shape, stated.get(key, ""))]:
        expected = {
            "date": "year-month-day such as 2025-04-01 (or year-month, or a year)",
            "url": "an address that begins with http",
        }
        msg = f"--{wrong[0]}: expected {expected[wrong[0]]}, found {stated[wrong[0]]!r}. Nothing was written."
        raise DataError(msg)
    same = old.get("sha256") == read.sha256
    if old.get("sha256") and not same and not force:
        msg = (
            f"{path.name}: edition {edition} was made from another document, {old.get('file')} (sha256 "
            f"{str(old['sha256'])[:12]}…; this one {read.sha256[:12]}…). Nothing was written. Give another edition, or "
            f"--force to replace it: its task ids are published, so compare the result with `sxc diff {edition}~ {edition}`."
        )
        raise DataError(msg)
    kept = {key: str(old.get(key, "")) for key in STATED} if same else dict.fromkeys(STATED, "")
    return {
        **kept, **stated, "file": path.name, "format": read.format, "encoding": read.encoding or "",
        "bytes": path.stat().st_size, "sha256": read.sha256,
    }  # fmt: skip


def _refuse(made: Ingested, path: Path, read: SourceText) -> None:
    """Refuse what is no list, or cannot be kept."""
    if made.frames["tasks"].empty:
        msg = (
            f"{made.source['file']}: no task was found in {len(read.text)} characters. Expected numbered items under headings, "
            "each closing with the bodies that are responsible. Is this the list, and not its cover page or a scan? "
            "Nothing was written."
        )
        raise DataError(msg)
    if hashlib.sha256(path.read_bytes()).hexdigest() != read.sha256:
        msg = f"{path}: the file changed while it was read. Nothing was written; run the command again."
        raise DataError(msg)
    if made.source["file"] == "source.toml":
        msg = f"{path}: a document cannot be called source.toml, which is the name of its description. Rename it."
        raise DataError(msg)


def _set_aside(root: Path, edition: str) -> dict[str, dict[str, bytes | None]]:
    """Return the folders that keep an edition whose document is replaced, so that the two can be compared."""
    wanted: dict[str, dict[str, bytes | None]] = {}
    for kind in ("sources", "tables"):
        target = root / "replaced" / edition / kind
        before = dict.fromkeys((path.name for path in target.iterdir()) if target.is_dir() else ())
        now = {path.name: path.read_bytes() for path in (root / kind / edition).iterdir() if path.is_file()}
        wanted[f"replaced/{edition}/{kind}"] = before | now
    return wanted


def _title(text: str, coverage: Coverage) -> str:
    spans = coverage.spans
    lines = [
        text[start:end]
        for kind, start, end in spans[["kind", "start", "end"]].itertuples(index=False)
        if kind == "title"
    ]
    title = re.sub(r"\s+", " ", " ".join(lines)).strip("# ")
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", title)


def _toml(source: dict[str, str | int]) -> bytes:
    head = "# Where this edition's document comes from. An empty text means that it is not known.\n"
    # A JSON string is a TOML string too, once the one character that TOML forbids is escaped.
    lines = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f")
        for key, value in source.items()
    ]
    return (head + "\n".join(lines) + "\n").encode()
