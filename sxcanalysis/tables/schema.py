"""One declared schema a table: reading, checking and writing the files under ``data/``.

Everything comes from ``data/dictionary.toml``, so that descriptions, checks and the types of a loaded table cannot disagree.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.reference.dictionary import Field, Table, tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "TABLES",
    "Field",
    "Finding",
    "Table",
    "cell_text",
    "check_text",
    "read_table",
    "to_csv",
    "typed",
    "value_finding",
]

TABLES = tables()
EDITION_TABLES = tuple(table for table in TABLES.values() if table.per_edition)
FIXED_TABLES = tuple(table for table in TABLES.values() if not table.per_edition)
"""The tables that are the same whatever the edition."""

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
        msg = f"{path}: there is no such file. Expected the table {table.name!r}: {table.about}"
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
            "Describe them in data/dictionary.toml, so that the data dictionary holds them."
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
            f"It holds: {table.field(column).about}",
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


def _cell_findings(cells: pd.DataFrame, table: Table, name: str) -> list[Finding]:
    findings: list[Finding] = []
    for field in table.fields:
        column = cells[field.name].tolist()
        right, expected = _rule(field)
        for row, value in enumerate(column, start=2):
            if value == "":
                if not field.empty:
                    remedy = f"Fill it in: {field.about}"
                    findings.append(Finding(name, row, field.name, expected, "an empty cell", remedy))
            elif not right(value):
                findings.append(Finding(name, row, field.name, expected, repr(value), field.about))
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


if __name__ == "__main__":
    from sxcanalysis.tables.package import write_datapackage

    print("written" if write_datapackage() else "unchanged")  # noqa: T201
