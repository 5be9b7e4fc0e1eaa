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
from sxcanalysis.core.files import finish, locked, replace_folders
from sxcanalysis.core.paths import data_dir, edition_folder, source_record, writable_dir
from sxcanalysis.core.progress import at_work
from sxcanalysis.documents.reading import read_source, readable
from sxcanalysis.parsing.findings import DOUBTFUL
from sxcanalysis.parsing.tasklist import parse_document
from sxcanalysis.reference.circle import propose_circle
from sxcanalysis.reference.words import say
from sxcanalysis.tables.correcting import apply_corrections, issue, renamed, with_issues
from sxcanalysis.tables.corrections import read_corrections, squeezed
from sxcanalysis.tables.loading import check_edition_name, frames_of, table_files, without_others
from sxcanalysis.tables.messages import told
from sxcanalysis.tables.package import write_datapackage

if TYPE_CHECKING:
    from sxcanalysis.documents.reading import SourceText
    from sxcanalysis.parsing.frames import Coverage

# What a person may state about a document; everything else in source.toml is measured.
STATED = ("title", "title_en", "issuer", "issuer_en", "date", "obtained", "url", "note", "circle")
MEASURED = ("file", "format", "encoding", "bytes", "sha256")
SHAPES = {
    "date": r"(?:[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?)?",
    "url": r"(?:https?://\S+)?",
}

Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Ingested:
    """
    An edition as read from its document, and what a person should know of it.

    ``frames`` are its tables, corrections applied; ``coverage`` says where each character of the document went, ``source`` what
    ``source.toml`` does, ``notes`` what the reader noticed. ``findings`` make this edition doubtful: unparsed characters, ids
    whose words changed. ``changed`` is whether files were written, in ``folder``.
    """

    edition: str
    frames: Frames
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

    Raises
    ------
    MissingDataError, DocumentError
        If the document cannot be read.
    CorrectionError
        If a correction does not find its row.
    DataError
        If no task is found, a table breaks its schema, or the edition was made from another document.
    """
    name = check_edition_name(edition)
    if name.endswith("~"):
        raise DataError(told("edition_aside", name=repr(name)))
    folder = writable_dir() if root is None else Path(root)
    path = Path(file)
    at_work("reading", file=readable(path.name))
    read = read_source(path)
    with locked(folder, name):
        finish(folder, name)
        old = source_record(folder / "sources" / name)
        source = _source_record(old, name, path, read, stated or {}, force=force)
        made = _read_tables(read, name, folder, source)
        _refuse(made, path, read)
        at_work("writing", edition=name)
        # A name may hold any bytes; the copy has one that can be written down.
        kept_as = str(source["file"])
        documents = {str(old.get("file") or kept_as): None, "source.toml": _toml(made.source)}
        documents |= {kept_as: path.read_bytes()}
        wanted: dict[str, dict[str, bytes | None]] = {
            f"sources/{name}": documents, f"tables/{name}": without_others(table_files(made.frames))
        }  # fmt: skip
        if old.get("sha256") and old["sha256"] != read.sha256:
            wanted |= _set_aside(folder, name)
        changed = replace_folders(folder, name, wanted)
    changed |= write_datapackage(folder, accept=False)
    return replace(made, changed=changed, folder=folder / "tables" / name)


def read_edition(edition: str | int, *, root: str | Path | None = None) -> Ingested:
    """Read an edition again from the document under ``sources/``: return what `ingest` would write, and write nothing."""
    name = check_edition_name(edition)
    folder = data_dir() if root is None else Path(root)
    sources = edition_folder("sources", name, folder)
    source = source_record(sources)
    return _read_tables(read_source(sources / str(source.get("file", ""))), name, folder, source)


def _read_tables(read: SourceText, edition: str, root: Path, source: dict[str, str | int]) -> Ingested:
    at_work("parsing", n=len(read.text))
    parsed = parse_document(read, edition=edition)
    at_work("correcting")
    frames, findings = _keep_ids(frames_of(parsed), edition_folder("tables", edition, root) / "tasks.csv")
    summary = parsed.summary
    doubtful = summary[summary["code"].isin(DOUBTFUL) & (summary["severity"] == "warning")]
    findings += [
        told("doubtful", code=code, n=count, line=line, hint=hint)
        for code, count, line, hint in doubtful[["code", "count", "line", "hint"]].itertuples(index=False)
    ]
    findings += sorted({f"{found.code}: {found.hint}" for found in read.findings})
    unparsed = parsed.coverage.counts["unparsed"]
    findings += [told("unparsed", n=unparsed)] if unparsed else []
    issues = with_issues(
        frames["issues"], [*_unknown_categories(frames["tasks"], read.text, parsed.coverage), *_unknown_projects(frames, read.text)]
    )  # fmt: skip
    if read.findings:
        of_reader = [
            issue(found.code, (found.offset, found.offset), read.text, found.hint, severity="warning", words=found.words)
            for found in read.findings
        ]  # fmt: skip
        issues = with_issues(issues, of_reader).sort_values(
            ["start", "end", "code"], kind="stable", ignore_index=True
        )
    corrections = read_corrections(root / "corrections" / f"{edition}.yml")
    frames = apply_corrections({**frames, "issues": issues}, corrections, read.text)
    notes = read.notes
    if not source.get("title"):
        source = {**source, "title": _title(read.text, parsed.coverage)}
    if not source.get("circle") and len(frames["tasks"]):
        circle, note = _circle(str(source["title"]), frames["assignments"])
        source, notes = {**source, "circle": circle}, (*notes, note)
    ordered = {key: source[key] for key in dict.fromkeys([*STATED, *source]) if key in source}
    return Ingested(edition, frames, parsed.coverage, ordered, notes, tuple(findings))


def _circle(title: str, assignments: pd.DataFrame) -> tuple[str, str]:
    """Propose whose list this is; return the circle's name and what to tell a person."""
    try:
        circle = propose_circle(title, assignments)
    except DataError as error:
        return "", str(error)
    cities = "、".join(city.zh for city in circle.full)
    return circle.name, told("circle_known" if circle.name else "circle_new", circle=circle.zh, cities=cities)


def _keep_ids(frames: Frames, published: Path) -> tuple[Frames, list[str]]:
    """Give each task the id under which its words were published, and tell where an id now stands for other words."""
    new = dict(zip(frames["tasks"]["task_id"], frames["tasks"]["text"].map(squeezed), strict=True))
    if not published.is_file():
        return frames, []
    try:
        words = _published_words(published, new)
    except (ValueError, KeyError) as error:
        return frames, [told("ids_unheld", file=published, error=error)]
    often = Counter(words.values())
    by_words = {text: task_id for task_id, text in words.items() if often[text] == 1}
    ids = {task_id: by_words[text] for task_id, text in new.items() if by_words.get(text, task_id) != task_id}
    taken = {task_id for task_id in new if task_id not in ids} | set(ids.values())
    for task_id in list(new):
        if task_id not in ids and task_id in ids.values():
            # Its id belongs to other words already; what is new gets a new id.
            ids[task_id] = next(f"{task_id}.{i}" for i in range(1, len(new) + 2) if f"{task_id}.{i}" not in taken)  # fmt: skip
            taken.add(ids[task_id])
    now = {ids.get(task_id, task_id): text for task_id, text in new.items()}
    findings = []
    for task_id, text in words.items():
        if task_id not in now:
            findings.append(told("id_gone", id=task_id, words=text[:20]))
        elif (other := now[task_id]) != text:
            pairs = enumerate(zip(text, other, strict=False))
            at = next((i for i, (a, b) in pairs if a != b), min(len(text), len(other)))
            before, after = text[at : at + 20], other[at : at + 20]
            findings.append(told("id_reworded", id=task_id, at=at, before=before, after=after))
    return {name: renamed(frame, ids) for name, frame in frames.items()} if ids else frames, findings


def _published_words(path: Path, new: dict[str, str]) -> dict[str, str]:
    """Read the words of each published id; of a task that was corrected by hand, the parsed words count."""
    cells = pd.read_csv(path, dtype="str", keep_default_na=False)
    corrected = cells["corrected"] if "corrected" in cells.columns else [""] * len(cells)
    return {
        task_id: new[task_id] if by_hand and task_id in new else squeezed(text)
        for task_id, text, by_hand in zip(cells["task_id"], cells["text"], corrected, strict=True)
    }


def _unknown_categories(tasks: pd.DataFrame, text: str, coverage: Coverage) -> list[dict[str, object]]:
    """Report the categories that have no English name, where their heading stands."""
    unknown = tasks[(tasks["category_en"] == "") & (tasks["category"] != "")].drop_duplicates("category")
    headings = coverage.spans[coverage.spans["kind"] == "heading"]
    rows = []
    for task_id, category, at in unknown[["task_id", "category", "start"]].itertuples(index=False):
        spans = [(start, end) for start, end in headings[["start", "end"]].itertuples(index=False)
                 if start <= at and squeezed(category) in squeezed(text[start:end])]  # fmt: skip
        hint = say("finding.category_unknown", "en", category=category)
        rows.append(issue("category_unknown", (spans or [(at, at)])[-1], text, hint, task_id=task_id))
    return rows


def _unknown_projects(frames: Frames, text: str) -> list[dict[str, object]]:
    """Report the projects that the text names and the register lacks; generic works have no entry in it."""
    named = frames.get("projects", pd.DataFrame({"project_id": [], "generic": [], "name": []}))
    unknown = named[(named["project_id"] == "") & ~named["generic"].astype(bool)].drop_duplicates("name")
    hint = say("finding.project_unknown", "en")
    return [
        issue(
            "project_unknown", (int(row["start"]), int(row["end"])), text, hint, task_id=str(row["task_id"])
        )
        for row in unknown.to_dict("records")
    ]


def _source_record(
    old: dict[str, str | int], edition: str, path: Path, read: SourceText, stated: dict[str, str], *, force: bool
) -> dict[str, str | int]:  # fmt: skip
    if unknown := sorted(set(stated) - set(STATED)):
        raise DataError(told("not_stated", names=", ".join(unknown), known=", ".join(STATED)))
    for key, shape in SHAPES.items():
        if not re.fullmatch(shape, stated.get(key, "")):
            raise DataError(told("shape_refused", name=key, expected=told(f"shape_{key}"), found=stated[key]))
    same = old.get("sha256") == read.sha256
    if old.get("sha256") and not same and not force:
        digests = {"old_sha": str(old["sha256"])[:12], "new_sha": read.sha256[:12]}
        raise DataError(told("edition_taken", file=path.name, edition=edition, old=old.get("file"), **digests))  # fmt: skip
    kept = {key: str(old.get(key, "")) if same else "" for key in STATED}
    return {
        **kept, **stated, "file": readable(path.name), "format": read.format, "encoding": read.encoding or "",
        "bytes": path.stat().st_size, "sha256": read.sha256,
    }  # fmt: skip


def _refuse(made: Ingested, path: Path, read: SourceText) -> None:
    """Refuse what is no list, or cannot be kept."""
    if made.frames["tasks"].empty:
        raise DataError(told("no_tasks", file=made.source["file"], n=len(read.text)))
    if hashlib.sha256(path.read_bytes()).hexdigest() != read.sha256:
        raise DataError(told("file_changed", file=path))
    if made.source["file"] == "source.toml":
        raise DataError(told("file_reserved", file=path))


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
    spans = coverage.spans[coverage.spans["kind"] == "title"]
    lines = [text[start:end] for start, end in spans[["start", "end"]].itertuples(index=False)]
    title = re.sub(r"\s+", " ", " ".join(lines)).strip("# ")
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", title)


def _toml(source: dict[str, str | int]) -> bytes:
    head = "# Where this edition's document comes from. An empty text means that it is not known.\n"
    # A JSON string is a TOML string too, once the one character that TOML forbids is escaped.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in source.items()]
    return (head + "".join(lines).replace("\x7f", "\\u007f")).encode()
