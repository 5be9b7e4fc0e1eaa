"""Check the data: every file by its schema, what the tables say of each other, and editions against their documents."""

from __future__ import annotations

import csv
import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import yaml

from sxcanalysis.core.errors import SxcError
from sxcanalysis.core.files import leftovers
from sxcanalysis.core.paths import (
    data_dir,
    data_file,
    data_files,
    edition_folder,
    read_toml,
    shipped_dir,
    source_record,
)
from sxcanalysis.core.progress import at_work
from sxcanalysis.documents.reading import read_source
from sxcanalysis.reference.circle import load_circle
from sxcanalysis.reference.lexicon import entries
from sxcanalysis.tables.corrections import EVIDENCE, read_corrections, squeezed
from sxcanalysis.tables.ingestion import MEASURED, SHAPES, STATED, read_edition
from sxcanalysis.tables.loading import table_files
from sxcanalysis.tables.messages import about, told
from sxcanalysis.tables.package import content_findings, datapackage, editions
from sxcanalysis.tables.plausibility import implausible
from sxcanalysis.tables.schema import (
    EDITION_TABLES,
    FIXED_TABLES,
    TABLES,
    Finding,
    read_cells,
    typed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import pandas as pd

    from sxcanalysis.reference.dictionary import Table

# What damaged data make loaders raise that were written for sound ones.
_DAMAGE = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, ArithmeticError, re.error, csv.Error, yaml.YAMLError,
)  # fmt: skip


def check_project(edition: str | None = None) -> list[str]:
    """
    Check every table and every edition, or only one edition's tables and document.

    Returns
    -------
    findings
        One line each; empty if nothing is wrong. What cannot be read is a finding, and the rest is checked all the same.
    """
    root = data_dir()
    at_work("files")
    own = [f"tables/{edition}/", "datapackage.json"]
    findings = [str(one) for one in check_data(root) if edition is None or one.file.startswith(tuple(own))]
    if edition is None:
        at_work("rules")
        findings += [line for line in plausible(root) if line not in findings]
    with_source = {path.parent.name for path in (root / "sources").glob("*/source.toml")}
    for name in sorted({*editions(root), *with_source}) if edition is None else [edition]:
        at_work("edition", edition=name)
        findings += guarded(told("edition", edition=name), partial(_edition_findings, root, name))
    for folder in (root, root / "tables", root / "sources"):
        findings += [told("left_over", file=left) for left in leftovers(folder)]
    return findings


def guarded(what: str, look: Callable[[], Iterable[object]]) -> list[str]:
    """Return what a check finds, or as a finding why it could not be made."""
    try:
        return [str(finding) for finding in look()]
    except SxcError as error:
        return [str(error) if str(error).startswith(what) else told("finding", where=what, words=error)]
    except _DAMAGE as error:
        return [told("not_built", what=what, error=f"{type(error).__name__}: {error}")]


def check_data(root: Path | None = None) -> list[Finding]:
    """
    Check every file of a data folder by its schema, and that every CSV file there is declared, described and as accepted.

    What the folder (that of the project if None) lacks is taken from the package.
    """
    root = data_dir() if root is None else root
    files = declared_files(root)
    findings = [
        Finding(path.relative_to(root).as_posix(), 0, "", told("unknown_file"))
        for path in sorted(root.rglob("*.csv"))
        if path.relative_to(root).as_posix() not in files
        and not any(part.startswith(".") or part == "replaced" for part in path.relative_to(root).parts)
    ]
    for name, (table, edition) in files.items():
        findings += file_findings(root, name, table, edition)
    package = root / "datapackage.json"
    if package.is_file() or root == shipped_dir():
        if not package.is_file() or package.read_bytes() != datapackage(root).encode():
            findings.append(Finding("datapackage.json", 0, "", told("package_stale")))
        findings += content_findings(root)
    return findings


def declared_files(root: Path) -> dict[str, tuple[Table, str]]:
    """Return every file that the tables have or should have, with its table and edition."""
    files: dict[str, tuple[Table, str]] = {}
    for table in FIXED_TABLES:
        folder, _, pattern = table.file().rpartition("/")
        names = data_files(folder, pattern, root) if "*" in pattern else [pattern]
        files |= {f"{folder}/{name}": (table, "") for name in names}
    return files | {table.file(name): (table, name) for name in editions(root) for table in EDITION_TABLES}


def file_findings(root: Path, name: str, table: Table, edition: str = "") -> list[Finding]:
    """Check one file of a table by its schema and by the tables that it refers to."""
    cells, findings = _read(root, name, table, edition)
    if cells is None or findings:
        return findings
    links = [(*one, False) for one in table.references] + [(*one, True) for one in table.cites]
    for column, other, key, several in links:
        target = TABLES[other]
        # A curated table may name rows of any edition.
        of = ([edition] if edition else editions(root)) if target.per_edition else [""]
        rows = [_read(root, target.file(one), target, one)[0] for one in of]
        known = {value for frame in rows if frame is not None and key in frame for value in frame[key]}
        if not known and target.per_edition:
            continue
        for row, value in enumerate(cells[column], start=2):
            parts = value.split(";") if several else [value]
            findings += [
                Finding(name, row, column, told("no_such_row", key_=key, table=other, found=part))
                for part in parts
                if part and part not in known
            ]
    return findings


def _read(root: Path, name: str, table: Table, edition: str) -> tuple[pd.DataFrame | None, list[Finding]]:
    path = root / name if edition else data_file(name, root)
    if path.is_file():
        stat = path.stat()
        cells, findings = _read_once(path, name, table.name, (stat.st_mtime_ns, stat.st_size))
        return cells, list(findings)
    words = told("table_to_ingest" if edition else "table_gone", about=about(table), edition=edition)
    return None, [] if table.optional else [Finding(name, 0, "", words)]


@lru_cache(maxsize=128)
def _read_once(
    path: Path, name: str, table: str, _stamp: tuple[int, int]
) -> tuple[pd.DataFrame | None, list[Finding]]:
    """Read a file that many others refer to once, until it is changed."""
    return read_cells(path.read_bytes(), TABLES[table], name)


def plausible(root: Path) -> Iterator[str]:
    """Find what every schema allows and a careful reader would not believe; build what the loaders build of these files."""
    for name in data_files("circles", "*.toml", root):
        yield from guarded(f"circles/{name}", partial(_built, load_circle, name.removesuffix(".toml")))
    for name, path in data_files("reference", "*.toml", root).items():
        yield from guarded(f"reference/{name}", partial(_built, read_toml, path))
    for name in data_files("lexicon", "*.csv", root):
        yield from guarded(f"lexicon/{name}", partial(_lexicon, name.removesuffix(".csv")))
    for path in sorted((root / "corrections").glob("*.yml")):
        other = path.name.startswith(("pairs-", "readings-"))
        look = partial(_entries, path) if other else partial(_built, read_corrections, path)
        yield from guarded(f"corrections/{path.name}", look)
    yield from guarded("data", lambda: implausible(curated(root)))


def curated(root: Path) -> dict[str, pd.DataFrame]:
    """Return every table that is the same whatever the edition and can be read, typed, by its name."""
    single = [table for table in FIXED_TABLES if "*" not in table.path]
    read = {table.name: _read(root, table.file(), table, "") for table in single}
    return {
        name: typed(cells, TABLES[name])
        for name, (cells, wrong) in read.items()
        if cells is not None and not wrong
    }


def _built(load: Callable[[Any], object], what: object) -> tuple[()]:
    load(what)
    return ()


def _entries(path: Path) -> Iterator[str]:
    """Find a list of reviewed entries that is none; who uses it says what is wrong with an entry."""
    found = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    if found is not None and not (isinstance(found, list) and all(isinstance(one, dict) for one in found)):
        yield told("finding", where=path, words=told("correction_no_list"))


def _lexicon(name: str) -> Iterator[Finding]:
    seen: dict[tuple[str, str], int] = {}
    file = f"lexicon/{name}.csv"
    for row, entry in enumerate(entries(name), start=2):
        try:
            re.compile(entry.expression)
        except re.error as error:
            yield Finding(file, row, "pattern", told("no_expression", found=entry.pattern, error=error))
        key = (entry.group, entry.word or entry.pattern)
        if key in seen:
            yield Finding(file, row, "", told("again", found=key[1], row=seen[key]))
        seen.setdefault(key, row)


def evidence_findings(frames: dict[str, pd.DataFrame], text: str) -> list[str]:
    """Find the rows whose span in the text does not hold the words that they quote."""
    findings = []
    for name, column in EVIDENCE.items():
        for row, (words, start, end) in enumerate(
            frames[name][[column, "start", "end"]].itertuples(index=False), start=2
        ):
            there, said = squeezed(text[start:end]), squeezed(words)
            # A line of web page furniture inside a task is left out of its words.
            rest = iter(there)
            if said != there and not (name in {"tasks", "issues"} and all(char in rest for char in said)):
                place = {
                    "start": start,
                    "end": end,
                    "expected": text[start:end][:30],
                    "found": str(words)[:30],
                }
                findings.append(str(Finding(f"{name}.csv", row, column, told("no_evidence", **place))))
    return findings


def _edition_findings(root: Path, edition: str) -> Iterator[object]:
    folder = edition_folder("sources", edition, root)
    yield from record_findings(folder)
    record = source_record(folder)
    if not record:
        return
    document = folder / str(record.get("file", ""))
    read = read_source(document)
    if read.sha256 != record.get("sha256"):
        yield told("other_document", file=document, expected=record.get("sha256"), found=read.sha256)
    made = read_edition(edition, root=root)
    yield from (told("finding", where=edition, words=finding) for finding in made.findings)
    yield from evidence_findings(made.frames, read.text)
    for name, data in table_files(made.frames).items():
        path = edition_folder("tables", edition, root) / name
        if not path.is_file() or path.read_bytes() != data:
            yield told("table_differs", file=path, edition=edition)


def record_findings(folder: Path) -> Iterator[str]:
    """Check what is said of an edition's document, in the folder that it lies in."""
    path = folder / "source.toml"
    record = source_record(folder)
    if not record:
        yield told("no_record", file=path)
        return
    known = (*STATED, *MEASURED)
    for key in sorted(set(record) - set(known)):
        yield told("record_unknown", file=path, name=key, known=", ".join(known))
    for key in sorted({"title", "circle", *MEASURED} - set(record)):
        yield told("record_lacks", file=path, name=key)
    document = folder / str(record.get("file", ""))
    if document.is_file() and record.get("bytes") != document.stat().st_size:
        yield told("record_bytes", file=path, expected=document.stat().st_size, found=record.get("bytes"))
    for key, shape in SHAPES.items():
        if not re.fullmatch(shape, str(record.get(key, ""))):
            yield told("record_shape", file=path, name=key, expected=told(f"shape_{key}"), found=record[key])
    if record.get("circle"):
        load_circle(str(record["circle"]))
