"""One declared schema a table: reading, checking and writing the files under ``data/``.

Everything comes from ``data/dictionary.toml``, so that descriptions, checks and the types of a loaded table cannot disagree.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
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
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Blanks at either end, signs without width, and control characters.
_UNSEEN = re.compile(r"^\s|\s$|[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]")


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
    return table_from_bytes(path.read_bytes(), table, str(path))


def table_from_bytes(data: bytes, table: Table, name: str) -> pd.DataFrame:
    """
    Read a table from the bytes of its file, as `read_table` does.

    Raises
    ------
    DataError
        If it breaks its schema; ``name`` is how the message calls the file.
    """
    text, findings = decode(data, name)
    cells, wrong = (None, []) if findings else _cells(text, table, name)
    findings += wrong + ([] if cells is None else _cell_findings(cells, table, name, written=table.generated))
    if findings or cells is None:
        raise DataError(_told(findings))
    return typed(cells, table)


def decode(data: bytes, name: str) -> tuple[str, list[Finding]]:
    """Return the text of a file, or what is wrong with its encoding. A byte-order mark is accepted."""
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        found = f"bytes that are none (from position {error.start})"
    for encoding, called in (("utf-16", "UTF-16"), ("gb18030", "GBK, as Excel saves it")):
        if encoding == "utf-16" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        found = called
        break
    return "", [Finding(name, row, "", "UTF-8", found, "Save the file as 'CSV UTF-8'.")]


def check_text(text: str, table: Table, name: str, *, written: bool = False) -> list[Finding]:
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
    written
        Whether the program wrote it: then signs that nobody sees are the document's own.

    Returns
    -------
    findings
        Empty if the file is valid.
    """
    cells, findings = _cells(text, table, name)
    return (
        findings
        if cells is None
        else findings + _cell_findings(cells, table, name, written=written or table.generated)
    )


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
    findings = check_text(text, table, f"{table.frame}.csv", written=True)
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
    if field.ordered:
        return column.where(column != "").astype(pd.CategoricalDtype(list(field.allowed), ordered=True))
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
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        found = f"{error} (near row {text.count(chr(10)) + 1 if 'end of' in str(error) else '?'})"
        return None, [
            Finding(
                name,
                0,
                "",
                "a CSV file with commas and closed quotes",
                found,
                "Mend that row, or restore the file.",
            )
        ]
    if not rows or rows == [[]]:
        expected = f"a CSV file with the columns {', '.join(declared)}"
        return None, [Finding(name, 0, "", expected, "nothing", "Restore the file.")]
    header = rows[0]
    findings = [
        Finding(
            name,
            1,
            column,
            "this column",
            "no such column",
            _near(column, header) or f"It holds: {table.field(column).about}",
        )
        for column in declared
        if column not in header
    ]
    findings += [
        Finding(name, 1, column, "no such column", "it", "Remove it, or describe it in data/dictionary.toml.")
        for column in header
        if column not in declared
    ]
    findings += [
        Finding(name, 1, column, "this column once", "it again", "Remove one of them.")
        for column, count in Counter(header).items()
        if count > 1 and column in declared
    ]
    findings += [
        Finding(
            name,
            at,
            "",
            f"{len(header)} cells",
            f"{len(row)}: {', '.join(row)[:40]!r}",
            "Mend the commas and quotes of the row.",
        )
        for at, row in enumerate(rows[1:], start=2)
        if len(row) != len(header)
    ]
    return (None if findings else pd.DataFrame(rows[1:], columns=header, dtype="str")), findings


def _near(column: str, header: list[str]) -> str:
    near = difflib.get_close_matches(column, header, n=1)
    return f"Is it {near[0]!r}?" if near else ""


def _cell_findings(cells: pd.DataFrame, table: Table, name: str, *, written: bool) -> list[Finding]:
    findings: list[Finding] = []
    for field in table.fields:
        right, expected = _rule(field)
        for row, value in enumerate(cells[field.name].tolist(), start=2):
            if value == "":
                if not field.empty:
                    findings.append(
                        Finding(
                            name, row, field.name, expected, "an empty cell", f"Fill it in: {field.about}"
                        )
                    )
            elif not right(value):
                near = difflib.get_close_matches(value, field.allowed, n=1)
                remedy = f"Did you mean {near[0]!r}?" if near else field.about
                findings.append(Finding(name, row, field.name, expected, repr(value), remedy))
            elif not written and (unseen := _UNSEEN.search(value.strip(" ") if field.pattern else value)):
                found = f"{unseen[0]!r} in {value[:40]!r}"
                findings.append(
                    Finding(
                        name,
                        row,
                        field.name,
                        "text without blanks around it or signs that nobody sees",
                        found,
                        "Remove it.",
                    )
                )
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
        return _is_date, "a date such as 2024-05-31"
    if field.type in {"integer", "year", "number"}:
        whole = field.type != "number"
        limits = f" of at least {field.minimum:g}" if field.minimum is not None else ""
        limits += f" of at most {field.maximum:g}" if field.maximum is not None else ""
        return (
            lambda value: _is_number(value, field, whole=whole)
        ), f"a {'whole ' if whole else ''}number{limits}"
    if field.pattern:
        pattern = re.compile(field.pattern, re.ASCII)
        return (lambda value: bool(pattern.fullmatch(value))), f"text of the form {field.pattern}"
    return (lambda _: True), "text"


def _is_date(value: str) -> bool:
    if not _DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_number(value: str, field: Field, *, whole: bool) -> bool:
    shape = r"-?[0-9]{1,15}" if whole else r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?"
    if not re.fullmatch(shape, value):
        return False
    number = float(value)
    return (
        math.isfinite(number)
        and (field.minimum is None or number >= field.minimum)
        and (field.maximum is None or number <= field.maximum)
    )


def _told(findings: list[Finding]) -> str:
    lines = [str(finding) for finding in findings[:_MOST]]
    if len(findings) > _MOST:
        lines.append(f"… and {len(findings) - _MOST} more findings.")
    return "\n".join(lines)


if __name__ == "__main__":
    from sxcanalysis.tables.package import write_datapackage

    print("written" if write_datapackage() else "unchanged")  # noqa: T201
