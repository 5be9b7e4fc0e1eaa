"""Workbook (.xlsx) and CSV to lines: each sheet a table, merged cells spelt out, hidden rows told."""

from __future__ import annotations

import csv
import datetime as dt
import importlib.util
import io
from itertools import islice
from typing import Any

from sxcanalysis.documents.lines import MAX_COLUMNS, Box, Lines, cell_text, refusal, told, write_table

MAX_CELLS = 2_000_000


def read(data: bytes, name: str) -> Lines:
    """
    Read a workbook, or the text (in UTF-8) of a CSV file.

    Raises
    ------
    DocumentError
        If the workbook is damaged, empty, or larger than a list.
    """
    out = Lines()
    if data.startswith(b"PK"):
        _read_workbook(data, name, out)
    else:
        _read_csv(data.decode("utf-8", "replace").removeprefix("\ufeff"), out)
    if not any(line.strip() for line in out.lines):
        raise refusal(name, "no_words")
    return out


def _read_csv(text: str, out: Lines) -> None:
    """Read the rows of a CSV file, parted by the mark that its first lines hold most often."""
    first = [line for line in text[:4000].split("\n")[:5] if line.strip()]
    mark = max("\t,;，", key=lambda sign: min((line.count(sign) for line in first), default=0))
    csv.field_size_limit(10_000_000)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    _write([[Box(cell_text([value])) for value in row[:MAX_COLUMNS]] for row in rows], "", out)


def _read_workbook(data: bytes, name: str, out: Lines) -> None:
    if importlib.util.find_spec("openpyxl") is None:
        raise refusal(name, "library", module="openpyxl", extra="xlsx")
    import openpyxl  # noqa: PLC0415

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        formulas = openpyxl.load_workbook(io.BytesIO(data), data_only=False)
    # What openpyxl raises on damaged parts has no common ancestor.
    except Exception as error:
        raise refusal(name, "damaged", error=told(error)) from error
    for sheet in book.worksheets:
        if sheet.max_row * sheet.max_column > MAX_CELLS:
            raise refusal(name, "many_cells", n=sheet.max_row * sheet.max_column, limit=MAX_CELLS)
        hidden = sheet.sheet_state != "visible" or any(
            d.hidden for d in (*sheet.row_dimensions.values(), *sheet.column_dimensions.values())
        )
        rows = _sheet(sheet, formulas[sheet.title], out)
        if any(box.text for row in rows for box in row):
            if len(book.worksheets) > 1:
                out.add(sheet.title, f"sheet {sheet.title}")
            if hidden:
                out.find("hidden_sheet", sheet.title)
            _write(rows, f"sheet {sheet.title}, ", out)


def _sheet(sheet: Any, formulas: Any, out: Lines) -> list[list[Box]]:  # noqa: ANN401
    """List the cells of a sheet; those that a merged cell covers are left out."""
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    covered: set[tuple[int, int]] = set()
    for area in islice(sheet.merged_cells.ranges, 100_000):
        left, top, right, bottom = area.bounds
        right, bottom = min(right, sheet.max_column), min(bottom, sheet.max_row)
        spans[top, left] = (bottom - top + 1, right - left + 1)
        covered |= {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)} - {(top, left)}
    rows = []
    for r, cells in enumerate(sheet.iter_rows(max_col=min(sheet.max_column, MAX_COLUMNS)), start=1):
        row = []
        for c, cell in enumerate(cells, start=1):
            if (r, c) in covered:
                continue
            if cell.value is None and formulas.cell(r, c).data_type == "f":
                out.find("no_value", f"{sheet.title}!{cell.coordinate}")
            row.append(Box(cell_text([_shown(cell.value, cell.number_format)]), *spans.get((r, c), (1, 1))))
        rows.append(row)
    return rows


def _shown(value: object, style: str) -> str:
    """Write a value as the sheet shows it, as far as that changes its meaning."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime) and (value.hour or value.minute or value.second):
        return value.isoformat(" ")
    if isinstance(value, dt.date):
        return _date(value, style)
    if isinstance(value, float):
        if "%" in style:
            return f"{value * 100:.10g}%"
        return f"{value:.15g}"
    return str(value)


def _date(value: dt.date, style: str) -> str:
    """Write a date as Chinese documents do; a style without days shows the month."""
    month = f"{value.year}年{value.month}月"
    return f"{month}{value.day}日" if "d" in style.lower() or "m" not in style.lower() else month


def _write(rows: list[list[Box]], where: str, out: Lines) -> None:
    """Write a sheet: what stands alone above the table as lines, then the table."""
    while rows and not any(box.text for box in rows[-1]):
        rows.pop()
    places = [f"{where}row {n}" for n in range(1, len(rows) + 1)]
    first = next((n for n, row in enumerate(rows) if sum(bool(box.text) for box in row) > 1), len(rows))
    for row, place in zip(rows[:first], places, strict=False):
        out.add(next((box.text for box in row if box.text), ""), place)
    write_table(rows[first:], places[first:], out, "sheet")
