"""One declared schema a table: reading, checking and describing the files under ``data/``.

``data/datapackage.json`` is made from the same declarations (``python -m sxcanalysis.tables.schema``), so that the
description, the checks and the types of a loaded table cannot disagree.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.files import write_file
from sxcanalysis.core.paths import data_dir
from sxcanalysis.tables.declarations import EDITION_TABLES
from sxcanalysis.tables.fields import Field, Table
from sxcanalysis.tables.package import FIXED_TABLES, datapackage, editions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "TABLES",
    "Field",
    "Finding",
    "Table",
    "cell_text",
    "check_data",
    "check_text",
    "datapackage",
    "read_table",
    "to_csv",
    "typed",
    "value_finding",
]

TABLES: dict[str, Table] = {table.name: table for table in (*EDITION_TABLES, *FIXED_TABLES)}

_MOST = 10  # findings shown in one message; the rest is counted
_TRUE, _FALSE = "true", "false"
_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a file, in terms of a person who has it open in a spreadsheet.

    ``row`` counts as a spreadsheet does: the header is row 1; 0 where no row is concerned.
    """

    file: str
    row: int
    column: str
    expected: str
    found: str
    remedy: str

    def __str__(self) -> str:
        where = self.file + (f", row {self.row}" if self.row else "")
        where += f", column {self.column}" if self.column else ""
        return f"{where}: expected {self.expected}, found {self.found}. {self.remedy}"


def read_table(path: Path, table: Table) -> pd.DataFrame:
    """
    Read a table and check it against its schema.

    Parameters
    ----------
    path
        A CSV file in UTF-8.
    table
        Its declaration.

    Returns
    -------
    frame
        Text columns hold text (an empty cell is ``""``), numbers are float64 (empty: NaN), integers int64 or, where
        a cell may be empty, Int64; truth values bool or boolean.

    Raises
    ------
    MissingDataError
        If there is no such file.
    DataError
        If it breaks its schema; the message names rows and columns.
    """
    if not path.is_file():
        msg = f"{path}: there is no such file. Expected the table {table.name!r}: {table.title}"
        raise MissingDataError(msg)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{path}: expected UTF-8, found a byte that is none at position {error.start}. Save the file as UTF-8 CSV."
        raise DataError(msg) from error
    cells, findings = _cells(text, table, str(path))
    findings += [] if cells is None else _cell_findings(cells, table, str(path))
    if findings or cells is None:
        raise DataError(_told(findings))
    return typed(cells, table)


def check_text(text: str, table: Table, name: str) -> list[Finding]:
    """
    Check the text of a CSV file against the schema of a table.

    Parameters
    ----------
    text
        The whole file.
    table
        Its declaration.
    name
        How messages call the file.

    Returns
    -------
    findings
        Empty if the file is valid.
    """
    cells, findings = _cells(text, table, name)
    return findings if cells is None else findings + _cell_findings(cells, table, name)


def to_csv(frame: pd.DataFrame, table: Table) -> str:
    """
    Write a frame as the text of a CSV file, the same for the same rows.

    Parameters
    ----------
    frame
        With the columns of the table; a column that is not there is left empty.
    table
        The declaration: order and type of the columns.

    Returns
    -------
    text
        Comma, LF, quotes where needed, ``true`` and ``false``, numbers without needless zeros.

    Raises
    ------
    DataError
        If the frame has a column that is not declared, or its values break the schema.
    """
    extra = [str(column) for column in frame.columns if column not in {f.name for f in table.fields}]
    if extra:
        msg = (
            f"table {table.name!r}: found the undeclared columns {', '.join(extra)}. "
            "Declare them in sxcanalysis/_declared.py, so that the data dictionary describes them."
        )
        raise DataError(msg)
    cells = pd.DataFrame(
        {
            field.name: [_written(value, field) for value in frame[field.name]]
            if field.name in frame.columns
            else [""] * len(frame)
            for field in table.fields
        }
    )
    text = str(cells.to_csv(index=False, lineterminator="\n"))
    findings = check_text(text, table, f"{table.name}.csv")
    if findings:
        raise DataError(_told(findings))
    return text


def typed(cells: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Give the columns that are there, checked and all text, the types that their table declares."""
    present = [field for field in table.fields if field.name in cells.columns]
    return pd.DataFrame({field.name: _typed(cells[field.name], field) for field in present})


def cell_text(value: object, field: Field) -> str:
    """Return a value as the text that its cell holds."""
    return _written(value, field)


def value_finding(text: str, field: Field) -> str:
    """Say what a field expects if it does not allow this text in a cell, else nothing."""
    right, expected = _rule(field)
    if text == "":
        return "" if field.empty else expected
    return "" if right(text) else expected


def _typed(column: pd.Series[str], field: Field) -> pd.Series[Any]:
    if field.type == "number":
        return pd.to_numeric(column.replace("", None)).astype("float64")
    if field.type in {"integer", "year"}:
        numbers = pd.to_numeric(column.replace("", None))
        return numbers.astype("Int64" if field.empty else "int64")
    if field.type == "boolean":
        truth = column.map({_TRUE: True, _FALSE: False, "True": True, "False": False})
        return truth.astype("boolean" if field.empty else "bool")
    return column.astype("str")


def _written(value: object, field: Field) -> str:
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    if field.type == "boolean" and value in {True, False}:
        return _TRUE if value else _FALSE
    if isinstance(value, float) or (hasattr(value, "is_integer") and not isinstance(value, int)):
        number = float(value)  # type: ignore[arg-type]
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return str(value)


def _cells(text: str, table: Table, name: str) -> tuple[pd.DataFrame | None, list[Finding]]:
    """Split the text of a file into cells, and compare its header with the declaration."""
    declared = [field.name for field in table.fields]
    try:
        cells = pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False, index_col=False)
    except (ValueError, pd.errors.ParserError) as error:
        found = "nothing" if not text.strip() else str(error).strip()
        remedy = "Restore the file, or save it again as CSV with commas."
        return None, [
            Finding(name, 0, "", f"a CSV file with the columns {', '.join(declared)}", found, remedy)
        ]
    findings = [
        Finding(
            name,
            1,
            column,
            "this column",
            "no such column",
            f"It holds: {_field(table, column).description}",
        )
        for column in declared
        if column not in cells.columns
    ]
    findings += [
        Finding(
            name,
            1,
            str(column),
            "no such column",
            "it",
            "Remove it, or declare it in the schema of the table.",
        )
        for column in cells.columns
        if column not in declared
    ]
    return (None if findings else cells), findings


def _field(table: Table, name: str) -> Field:
    return next(field for field in table.fields if field.name == name)


def _cell_findings(cells: pd.DataFrame, table: Table, name: str) -> list[Finding]:
    findings: list[Finding] = []
    for field in table.fields:
        column = cells[field.name].tolist()
        right, expected = _rule(field)
        for row, value in enumerate(column, start=2):
            if value == "":
                if not field.empty:
                    remedy = f"Fill it in: {field.description}"
                    findings.append(Finding(name, row, field.name, expected, "an empty cell", remedy))
            elif not right(value):
                findings.append(Finding(name, row, field.name, expected, repr(value), field.description))
    unique = [(field.name,) for field in table.fields if field.unique]
    for key in dict.fromkeys([*unique, *([table.key] if table.key else [])]):
        findings += _repeats(cells, key, name)
    return sorted(findings, key=lambda finding: finding.row)


def _repeats(cells: pd.DataFrame, key: tuple[str, ...], name: str) -> list[Finding]:
    """Find the rows that share what should name one row only."""
    seen: dict[tuple[str, ...], int] = {}
    findings = []
    for row, values in enumerate(cells[list(key)].itertuples(index=False, name=None), start=2):
        if any(values) and values in seen:
            found = f"{' / '.join(values)!r} again, as in row {seen[values]}"
            findings.append(
                Finding(
                    name,
                    row,
                    ", ".join(key),
                    "a value that occurs once",
                    found,
                    "Keep one of the rows.",
                )
            )
        seen.setdefault(values, row)
    return findings


def _rule(field: Field) -> tuple[Callable[[str], bool], str]:
    """Return the test of a field's values, and what it asks for in words."""
    if field.allowed:
        return (lambda value: value in field.allowed), f"one of {', '.join(field.allowed)}"
    if field.type == "boolean":
        return (lambda value: value in {_TRUE, _FALSE}), "true or false"
    if field.type == "date":
        return (lambda value: bool(_DATE.fullmatch(value))), "a date such as 2024-05-31"
    if field.type in {"integer", "year", "number"}:
        whole = field.type != "number"
        limits = f" of at least {field.minimum:g}" if field.minimum is not None else ""
        limits += f" of at most {field.maximum:g}" if field.maximum is not None else ""
        return (
            lambda value: _is_number(value, field, whole=whole)
        ), f"a {'whole ' if whole else ''}number{limits}"
    if field.pattern:
        pattern = re.compile(field.pattern)
        return (lambda value: bool(pattern.fullmatch(value))), f"text of the form {field.pattern}"
    return (lambda _: True), "text"


def _is_number(value: str, field: Field, *, whole: bool) -> bool:
    shape = r"-?\d{1,15}" if whole else r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
    if not re.fullmatch(shape, value):
        return False
    number = float(value)
    return (field.minimum is None or number >= field.minimum) and (
        field.maximum is None or number <= field.maximum
    )


def _told(findings: list[Finding]) -> str:
    lines = [str(finding) for finding in findings[:_MOST]]
    if len(findings) > _MOST:
        lines.append(f"… and {len(findings) - _MOST} more findings.")
    return "\n".join(lines)


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
    files = {table.file(): (table, "") for table in FIXED_TABLES}
    for edition in editions(root):
        files |= {table.file(edition): (table, edition) for table in EDITION_TABLES}
    for path in sorted(root.rglob("*.csv")):
        name = path.relative_to(root).as_posix()
        if name not in files and not any(part.startswith(".") for part in path.relative_to(root).parts):
            remedy = "Declare the table in sxcanalysis/_declared_curated.py, or move the file out of data/."
            findings.append(
                Finding(name, 0, "", "a declared table", "a file that no schema describes", remedy)
            )
    for name, (table, edition) in files.items():
        if not (root / name).is_file():
            remedy = (
                f"`sxc ingest FILE --edition {edition}` writes it."
                if edition
                else "Restore it from the repository."
            )
            findings.append(Finding(name, 0, "", f"the table {table.name!r}", "no such file", remedy))
            continue
        wrong = _check_file(root / name, table, name)
        findings += wrong or _reference_findings(root, table, edition)
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


def _reference_findings(root: Path, table: Table, edition: str) -> list[Finding]:
    """Find the values that should name a row of another table, and do not."""
    findings = []
    wanted = [(*reference, False) for reference in table.references]
    wanted += [(*reference, True) for reference in table.cites]
    for column, other, key, several in wanted:
        target = TABLES[other]
        paths = [root / target.file(edition)]
        if not edition and "{" in target.path:  # a curated table may name rows of any edition
            paths = [root / target.file(name) for name in editions(root)]
        known: set[str] = set()
        for path in paths:
            if path.is_file():
                known |= set(pd.read_csv(path, dtype="str", keep_default_na=False)[key])
        name = table.file(edition)
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


def write_datapackage(root: Path | None = None) -> bool:
    """Write ``datapackage.json`` from the declared tables; say whether that changed it."""
    root = data_dir() if root is None else root
    return write_file(root / "datapackage.json", datapackage(root).encode())


if __name__ == "__main__":
    changed = write_datapackage()
    print(f"{data_dir() / 'datapackage.json'}: {'written' if changed else 'unchanged'}")  # noqa: T201
