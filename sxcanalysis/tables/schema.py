"""One reader of the files under ``data/``: what it cannot read is a finding, whoever reads; and one writer.

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
from sxcanalysis.reference.words import spoken
from sxcanalysis.tables.messages import about, told

if TYPE_CHECKING:
    from pathlib import Path

TABLES = tables()
EDITION_TABLES = tuple(table for table in TABLES.values() if table.per_edition)
FIXED_TABLES = tuple(table for table in TABLES.values() if not table.per_edition)
"""The tables that are the same whatever the edition."""

_MOST = 10  # findings shown in one message; the rest is counted
_TRUTH = {"true": True, "false": False}
# Blanks at either end, signs without width, and control characters.
_UNSEEN = re.compile(r"^\s|\s$|[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SHAPES = {
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "integer": re.compile(r"-?[0-9]{1,15}"),
    "year": re.compile(r"-?[0-9]{1,15}"),
    "number": re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?"),
}


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a file, in terms of a person who has it open in a spreadsheet.

    ``row`` counts as a spreadsheet does: the header is row 1; 0 where no row is concerned. ``words`` say what was expected, what
    was found, and what to do.
    """

    file: str
    row: int
    column: str
    words: str

    def __str__(self) -> str:
        where = [self.file]
        where += [told("row", n=self.row)] if self.row else []
        where += [told("column", name=self.column)] if self.column else []
        return told("finding", where=("，" if spoken() == "zh" else ", ").join(where), words=self.words)


def read_table(path: Path, table: Table) -> pd.DataFrame:
    """
    Read a table and check it against its schema.

    Text columns hold text (an empty cell is ``""``), numbers are float64 (empty: NaN), integers int64 or, where a cell may be
    empty, Int64; truth values bool or boolean. MissingDataError if there is no such file, DataError if it breaks its schema: the
    message names rows and columns.
    """
    if not path.is_file():
        raise MissingDataError(told("no_table", file=path, table=table.name, about=about(table)))
    return typed(refused_or(*read_cells(path.read_bytes(), table, str(path))), table)


def refused_or(cells: pd.DataFrame | None, findings: list[Finding]) -> pd.DataFrame:
    """Return what `read_cells` read, or raise what it found as one error."""
    if findings or cells is None:
        lines = [str(finding) for finding in findings[:_MOST]]
        lines += [told("more", n=len(findings) - _MOST)] if len(findings) > _MOST else []
        raise DataError("\n".join(lines))
    return cells


def read_cells(
    data: bytes, table: Table, name: str, *, written: bool | None = None
) -> tuple[pd.DataFrame | None, list[Finding]]:
    """
    Read the file of a table, as text, and hold every cell against its declaration.

    ``name`` is how findings call the file. ``written``: whether the program wrote it (from the table if None); then signs that
    nobody sees are the document's own. The cells are None where the file cannot be split into those of the table.
    """
    text, findings = _decoded(data, name)
    cells, wrong = (None, []) if findings else _split(text, table, name)
    findings += wrong
    if cells is not None:
        findings += _cell_findings(
            cells, table, name, written=table.generated if written is None else written
        )
    return cells, findings


def to_csv(frame: pd.DataFrame, table: Table) -> str:
    """
    Write a frame as the text of a CSV file, the same for the same rows; a column that is not there is left empty.

    Comma, LF, quotes where needed, ``true`` and ``false``, numbers without needless zeros. DataError if the frame has a column
    that is not declared, or its values break the schema.
    """
    extra = [str(column) for column in frame.columns if column not in {f.name for f in table.fields}]
    if extra:
        raise DataError(told("undeclared", table=table.name, columns=", ".join(extra)))
    none = [""] * len(frame)
    cells = {
        field.name: [cell_text(value, field) for value in frame[field.name]] if field.name in frame else none
        for field in table.fields
    }
    text = str(pd.DataFrame(cells).to_csv(index=False, lineterminator="\n"))
    refused_or(*read_cells(text.encode(), table, f"{table.frame}.csv", written=True))
    return text


def typed(cells: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Give the columns that are there, checked and all text, the types that their table declares."""
    present = [field for field in table.fields if field.name in cells.columns]
    return pd.DataFrame({field.name: _typed(cells[field.name], field) for field in present})


def cell_text(value: object, field: Field) -> str:
    """Return a value as the text that its cell holds."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    if field.type == "boolean" and value in {True, False}:
        return "true" if value else "false"
    if isinstance(value, float) or (hasattr(value, "is_integer") and not isinstance(value, int)):
        number = float(value)  # type: ignore[arg-type]
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return str(value)


def value_finding(text: str, field: Field) -> str:
    """Say what a field expects if it does not allow this text in a cell, else nothing."""
    if _fits(text, field) if text else field.empty:
        return ""
    if field.allowed:
        return told("rule_allowed", allowed=", ".join(field.allowed))
    if field.type == "string":
        return told("rule_pattern", pattern=field.pattern) if field.pattern else told("rule_string")
    limits = told("rule_least", n=f"{field.minimum:g}") if field.minimum is not None else ""
    limits += told("rule_most", n=f"{field.maximum:g}") if field.maximum is not None else ""
    return told(f"rule_{field.type}", limits=limits)


def _fits(text: str, field: Field) -> bool:
    if field.allowed:
        return text in field.allowed
    if field.type == "boolean":
        return text in _TRUTH
    if field.type == "string":
        return not field.pattern or bool(re.fullmatch(field.pattern, text, re.ASCII))
    if not _SHAPES[field.type].fullmatch(text):
        return False
    if field.type == "date":
        try:
            date.fromisoformat(text)
        except ValueError:
            return False
        return True
    low, high = (-math.inf if field.minimum is None else field.minimum), field.maximum
    return math.isfinite(float(text)) and low <= float(text) <= (math.inf if high is None else high)


def _typed(column: pd.Series[str], field: Field) -> pd.Series[Any]:
    if field.type == "number":
        return pd.to_numeric(column.replace("", None)).astype("float64")
    if field.type in {"integer", "year"}:
        return pd.to_numeric(column.replace("", None)).astype("Int64" if field.empty else "int64")
    if field.type == "boolean":
        truth = column.map({**_TRUTH, "True": True, "False": False})
        return truth.astype("boolean" if field.empty else "bool")
    if field.ordered:
        return column.where(column != "").astype(pd.CategoricalDtype(list(field.allowed), ordered=True))
    return column.astype("str")


def _decoded(data: bytes, name: str) -> tuple[str, list[Finding]]:
    """Return the text of a file, or what is wrong with its encoding. A byte-order mark is accepted."""
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
    for encoding in ("utf-16", "gb18030"):
        if encoding == "utf-16" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return "", [Finding(name, row, "", told("encoding", found=told(f"encoding_{encoding}")))]
    return "", [Finding(name, row, "", told("encoding", found=told("encoding_none")))]


def _split(text: str, table: Table, name: str) -> tuple[pd.DataFrame | None, list[Finding]]:
    """Split the text of a file into cells, and compare its header with the declaration."""
    declared = [field.name for field in table.fields]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        return None, [Finding(name, reader.line_num, "", told("no_csv", error=error))]
    if not any(rows):
        return None, [Finding(name, 0, "", told("nothing", columns=", ".join(declared)))]
    header, *body = rows
    count = Counter(header)
    findings = [
        Finding(
            name, 1, column, told("column_missing", hint=_near(column, header) or about(table.field(column)))
        )
        for column in declared
        if column not in count
    ]
    findings += [
        Finding(name, 1, column, told("column_unknown")) for column in count if column not in declared
    ]
    findings += [
        Finding(name, 1, column, told("column_twice"))
        for column, n in count.items()
        if n > 1 and column in declared
    ]
    findings += [
        Finding(name, at, "", told("cells", n=len(header), found=len(row), words=", ".join(row)[:40]))
        for at, row in enumerate(body, start=2)
        if len(row) != len(header)
    ]
    return (None if findings else pd.DataFrame(body, columns=header, dtype="str")), findings


def _near(word: str, words: list[str] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, words, n=1)
    return told("near", name=near[0]) if near else ""


def _cell_findings(cells: pd.DataFrame, table: Table, name: str, *, written: bool) -> list[Finding]:
    findings: list[Finding] = []
    for field in table.fields:
        column = cells[field.name]
        wrong = {
            value: words for value in column.unique() if (words := _wrong_cell(value, field, written=written))
        }
        if wrong:
            findings += [
                Finding(name, row, field.name, wrong[value])
                for row, value in enumerate(column, start=2)
                if value in wrong
            ]
    unique = [(field.name,) for field in table.fields if field.unique]
    for key in dict.fromkeys([*unique, *([table.key] if table.key else [])]):
        seen: dict[tuple[str, ...], int] = {}
        for row, values in enumerate(cells[list(key)].itertuples(index=False, name=None), start=2):
            if any(values) and values in seen:
                words = told("again", found=" / ".join(values), row=seen[values])
                findings.append(Finding(name, row, ", ".join(key), words))
            seen.setdefault(values, row)
    return sorted(findings, key=lambda finding: finding.row)


def _wrong_cell(value: str, field: Field, *, written: bool) -> str:
    """Say what is wrong with the text of a cell, nothing if all is well."""
    if expected := value_finding(value, field):
        if not value:
            return told("cell_empty", expected=expected, about=about(field))
        return told(
            "cell_wrong", expected=expected, found=value, remedy=_near(value, field.allowed) or about(field)
        )
    if not written and (unseen := _UNSEEN.search(value.strip(" ") if field.pattern else value)):
        return told("cell_unseen", sign=repr(unseen[0]), found=value[:40])
    return ""


if __name__ == "__main__":
    from sxcanalysis.tables.package import write_datapackage

    print("written" if write_datapackage() else "unchanged")  # noqa: T201
