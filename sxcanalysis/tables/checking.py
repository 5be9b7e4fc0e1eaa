"""Check the whole of the data: schemas, and editions against their documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sxcanalysis.core.errors import SxcError
from sxcanalysis.core.paths import data_dir, source_record
from sxcanalysis.tables.corrections import squeezed
from sxcanalysis.tables.loading import table_files
from sxcanalysis.tables.package import editions
from sxcanalysis.tables.schema import TABLES, check_data

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

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
                table = TABLES[name.removesuffix(".csv")].name
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
