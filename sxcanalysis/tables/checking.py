"""Check the whole of the data: schemas, and editions against their documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sxcanalysis.core.errors import SxcError
from sxcanalysis.core.paths import data_dir, source_record
from sxcanalysis.tables.corrections import squeezed
from sxcanalysis.tables.loading import table_files
from sxcanalysis.tables.package import datapackage, editions
from sxcanalysis.tables.schema import EDITION_TABLES, FIXED_TABLES, TABLES, Finding, check_text

if TYPE_CHECKING:
    from pathlib import Path

    from sxcanalysis.reference.dictionary import Table
# Columns whose words stand in the document at start:end, blanks aside.
_EVIDENCE = {
    "tasks": "text",
    "assignments": "body_as_written",
    "targets": "quote",
    "mentions": "name",
    "issues": "words",
}


def check_project(edition: str | None = None) -> list[str]:
    """
    Check every table and every edition.

    Parameters
    ----------
    edition
        Only this edition's tables and document; everything if None.

    Returns
    -------
    findings
        One line each; empty if nothing is wrong.
    """
    root = data_dir()
    findings = [
        str(finding) for finding in check_data(root) if edition is None or _concerns(finding.file, edition)
    ]
    names = sorted({*editions(root), *_with_source(root)}) if edition is None else [edition]
    for name in names:
        findings += _edition_findings(root, name)
    return findings


def evidence_findings(frames: dict[str, pd.DataFrame], text: str) -> list[str]:
    """Find the rows whose span in the text does not hold the words that they quote."""
    findings = []
    for name, column in _EVIDENCE.items():
        frame = frames[name]
        for row, (words, start, end) in enumerate(
            zip(frame[column], frame["start"], frame["end"], strict=True), start=2
        ):
            quoted = squeezed(text[start:end])
            inside = name in {
                "tasks",
                "issues",
            }  # a line of web page furniture inside a task is left out of its words
            if squeezed(words) != quoted and not (inside and _in_order(squeezed(words), quoted)):
                findings.append(
                    f"{name}.csv, row {row}, column {column}: expected the words at {start}:{end} of the document, "
                    f"{text[start:end][:30]!r}, found {str(words)[:30]!r}. Ingest the document again."
                )
    return findings


def _edition_findings(root: Path, edition: str) -> list[str]:
    from sxcanalysis.documents.reading import read_source  # noqa: PLC0415
    from sxcanalysis.tables.ingestion import read_edition  # noqa: PLC0415

    folder = root / "sources" / edition
    try:
        record = source_record(folder)
        if not record:
            return [
                f"{folder / 'source.toml'}: missing. Expected where the document comes from; `sxc ingest` writes it."
            ]
        read = read_source(folder / str(record.get("file", "")))
        findings = []
        if read.sha256 != record.get("sha256"):
            findings.append(
                f"{folder / str(record['file'])}: expected the document with sha256 {record.get('sha256')}, found {read.sha256}. "
                "Restore the document as received, or ingest the new one with --force."
            )
        made = read_edition(edition, root=root)
        findings += [f"{edition}: {finding}" for finding in made.findings]
        findings += evidence_findings(made.frames, read.text)
        for name, data in table_files(made.frames).items():
            path = root / "tables" / edition / name
            if not path.is_file() or path.read_bytes() != data:
                table = name.removesuffix(".csv")
                findings.append(
                    f"{path}: not what the document and the reference tables give today (table {table}). "
                    f"Run `sxc ingest` again; never edit it by hand, but put a reviewed correction into data/corrections/{edition}.yml."
                )
    except SxcError as error:
        return [f"edition {edition}: {error}"]
    return findings


def _with_source(root: Path) -> list[str]:
    folder = root / "sources"
    return (
        [entry.name for entry in folder.iterdir() if (entry / "source.toml").is_file()]
        if folder.is_dir()
        else []
    )


def _concerns(file: str, edition: str) -> bool:
    return file.startswith(f"tables/{edition}/") or file == "datapackage.json"


def _in_order(words: str, text: str) -> bool:
    """Whether the characters of the words stand in the text in their order, with others between them."""
    rest = iter(text)
    return all(char in rest for char in words)


def check_data(root: Path | None = None) -> list[Finding]:
    """
    Check every table under the data folder, and that every CSV file there is declared and described.

    Parameters
    ----------
    root
        The data folder; that of the project if None.

    Returns
    -------
    findings
        Empty if all is well.
    """
    root = data_dir() if root is None else root
    findings: list[Finding] = []
    files: dict[str, tuple[Table, str]] = {}
    for table in FIXED_TABLES:
        found = (
            [path.relative_to(root).as_posix() for path in root.glob(table.file())]
            if "*" in table.path
            else []
        )
        files |= dict.fromkeys(found or ([] if "*" in table.path else [table.file()]), (table, ""))
    for edition in editions(root):
        files |= {table.file(edition): (table, edition) for table in EDITION_TABLES}
    for path in sorted(root.rglob("*.csv")):
        name = path.relative_to(root).as_posix()
        if name not in files and not any(
            part.startswith(".") or part == "replaced" for part in path.relative_to(root).parts
        ):
            remedy = "Declare the table in data/dictionary.toml, or move the file out of data/."
            findings.append(
                Finding(name, 0, "", "a declared table", "a file that no schema describes", remedy)
            )
    for name, (table, edition) in files.items():
        if not (root / name).is_file():
            if table.optional:
                continue
            remedy = (
                f"`sxc ingest FILE --edition {edition}` writes it."
                if edition
                else "Restore it from the repository."
            )
            findings.append(Finding(name, 0, "", f"the table {table.name!r}", "no such file", remedy))
            continue
        wrong = _check_file(root / name, table, name)
        findings += wrong or _reference_findings(root, name, table, edition)
    package = root / "datapackage.json"
    if not package.is_file() or package.read_text(encoding="utf-8") != datapackage(root):
        remedy = "`python -m sxcanalysis.tables.schema` writes it."
        findings.append(
            Finding(
                "datapackage.json",
                0,
                "",
                "the description of the tables that are there",
                "another or none",
                remedy,
            )
        )
    return findings


def _check_file(path: Path, table: Table, name: str) -> list[Finding]:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return [
            Finding(
                name,
                0,
                "",
                "UTF-8",
                f"a byte that is none at position {error.start}",
                "Save the file as UTF-8 CSV.",
            )
        ]
    if text.startswith("\ufeff") or "\r\n" in text:
        remedy = "Save it without a byte order mark and with LF line ends, so that versions can be compared."
        return [Finding(name, 0, "", "plain UTF-8 with LF", "a byte order mark or CRLF", remedy)]
    return check_text(text, table, name)


def _reference_findings(root: Path, name: str, table: Table, edition: str) -> list[Finding]:
    """Find the values that should name a row of another table, and do not."""
    findings = []
    wanted = [(*reference, False) for reference in table.references]
    wanted += [(*reference, True) for reference in table.cites]
    for column, other, key, several in wanted:
        target = TABLES[other]
        paths = [root / target.file(edition)]
        if not edition and target.per_edition:  # a curated table may name rows of any edition
            paths = [root / target.file(name) for name in editions(root)]
        known: set[str] = set()
        for path in paths:
            if path.is_file():
                known |= set(pd.read_csv(path, dtype="str", keep_default_na=False)[key])
        cells = pd.read_csv(root / name, dtype="str", keep_default_na=False)[column]
        findings += [
            Finding(
                name,
                row,
                column,
                f"a {key} of the table {other}",
                repr(part),
                "Correct it, or add that row first.",
            )
            for row, value in enumerate(cells, start=2)
            for part in (value.split(";") if several else [value])
            if part and part not in known
        ]
    return findings
