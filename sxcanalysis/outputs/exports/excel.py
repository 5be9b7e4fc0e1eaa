"""Tables as an Excel workbook: readable headers, notes and sources, and no cell that can be read as a formula."""

from __future__ import annotations

import io
import math
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.files import write_file
from sxcanalysis.core.spreadsheets import FORMULA_STARTS, neutralise
from sxcanalysis.reference.words import check_lang, header, label, say, spoken, worded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST = 32_767  # characters in one cell, a limit of the file format
_MOST_ROWS = 1_048_576
_WRITTEN = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
_SHEET_BAD = re.compile(r"[\[\]:*?/\\]")


def export_excel(
    tables: Mapping[str, pd.DataFrame],
    path: str | Path,
    *,
    notes: Sequence[str],
    sources: Sequence[str],
    lang: str = "zh",
) -> Path:
    """
    Write tables into one Excel workbook, all or nothing.

    Parameters
    ----------
    tables
        A frame for each sheet, by the sheet's name. An index with a name, or of words, becomes the first column; geometry is left out, and the
        notes say so.
    path
        The ``.xlsx`` file. It is replaced only when the new one is complete.
    notes
        Paragraphs on how to read the tables.
    sources
        Source lines.
    lang
        ``zh`` or ``en``, for headers and the names of the last sheets.

    Returns
    -------
    path
        The file. The same tables give the same bytes.

    Raises
    ------
    DataError
        If there is nothing to write, a cell or a table is too large for the format, or two sheets would have one name.
    FigureError
        If the language is unknown.
    MissingDataError
        If the package that writes workbooks is not installed.

    Notes
    -----
    Every text is written as text. A text that begins with a character with which spreadsheets begin formulas, or that is about to
    (tab, line end), gets an apostrophe before it, because a workbook is often saved on as CSV, where the type of a cell is lost; the
    notes sheet counts them. Numbers stay numbers, missing values stay empty. A sheet ``Columns`` gives each header's column name.
    """
    lang = check_lang(lang)
    if not tables:
        msg = say("output.no_table", spoken())
        raise DataError(msg)
    last = {key: label(f"excel.{key}", lang) for key in ("notes", "sources", "columns")}
    sheets: dict[str, list[Sequence[Any]]] = {}
    legend: list[Sequence[Any]] = [[label(f"excel.{key}", lang) for key in ("sheet", "header", "column")]]
    remarks = list(notes)
    for name, table in tables.items():
        sheet = _sheet_name(name, [*sheets, *last.values()])
        frame, dropped = _flat(table)
        if dropped:
            remarks.append(say("excel.no_geometry", lang, sheet=sheet, column=dropped))
        columns = [str(column) for column in frame.columns]
        heads = [header(column, lang) for column in columns]
        rows = frame.itertuples(index=False, name=None)
        body = [[_word(*cell, lang) for cell in zip(columns, row, strict=True)] for row in rows]
        sheets[sheet] = [heads, *body]
        legend += [[sheet, *pair] for pair in zip(heads, columns, strict=True)]
    tally = {"marked": 0, "control": 0}
    sheets |= {last["sources"]: [[last["sources"]], *([line] for line in sources)], last["columns"]: legend}
    ready = {sheet: [[_cell(v, lang, tally) for v in row] for row in rows] for sheet, rows in sheets.items()}
    told = [_cell(line, lang, tally) for line in remarks]
    told += [say(f"excel.{key}", lang, n=n) for key, n in tally.items() if n]
    ready[last["notes"]] = [[last["notes"]], *([line] for line in told)]
    order = [sheet for sheet in sheets if sheet not in last.values()] + list(last.values())
    write_file(Path(path), _book_bytes({sheet: ready[sheet] for sheet in order}))
    return Path(path)


def _word(column: str, value: Any, lang: str) -> Any:  # noqa: ANN401
    """Return the word for a coded value; a word such as "=" would need an apostrophe, and the code is kept."""
    if not isinstance(value, str):
        return value
    word = worded(column, value, lang)
    return value if word.startswith(FORMULA_STARTS) else word


def _flat(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the table as plain columns, index levels that say something first, and the name of a geometry column left out."""
    named = [name for name in table.index.names if name is not None]
    if not named and table.index.nlevels == 1 and not pd.api.types.is_integer_dtype(table.index.dtype):
        table, named = table.rename_axis("index"), ["index"]
    frame = pd.DataFrame(table.reset_index() if named else table)
    dropped = [str(c) for c in frame.columns if str(frame[c].dtype) == "geometry"]
    return frame.drop(columns=dropped).astype(object), ", ".join(dropped)


def _cell(value: object, lang: str, tally: dict[str, int]) -> str | float | int | None:
    if isinstance(value, (list, tuple, set)):
        value = "; ".join(map(str, sorted(value) if isinstance(value, set) else value))
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, str) and not value):
        return None
    if hasattr(value, "item"):  # a numpy scalar
        value = value.item()
    if isinstance(value, bool):
        return label("page.yes" if value else "page.no", lang)
    if isinstance(value, (int, float)):
        return value if math.isfinite(value) else None if math.isnan(value) else str(value)
    text = str(value)
    if len(text) >= _LONGEST:
        msg = say("output.long_cell", spoken(), n=len(text), text=text[:20], most=_LONGEST - 1)
        raise DataError(msg)
    clean = _CONTROL.sub("\ufffd", text)
    tally["control"] += clean != text
    safe = neutralise(clean)
    tally["marked"] += safe != clean
    return safe


def _sheet_name(name: str, taken: Sequence[str]) -> str:
    sheet = _SHEET_BAD.sub(" ", name).strip("' ")[:31]
    if not sheet or sheet.lower() in {other.lower() for other in taken} or sheet.lower() == "history":
        msg = say("output.sheet_name", spoken(), name=repr(name))
        raise DataError(msg)
    return sheet


def _book_bytes(sheets: dict[str, list[list[Any]]]) -> bytes:
    """Set the sheets for reading and printing: a bold head that stays, columns as wide as their words, as wide as a page."""
    try:
        from openpyxl import Workbook  # noqa: PLC0415  # only where a workbook is written
        from openpyxl.styles import Alignment, Font  # noqa: PLC0415
        from openpyxl.utils import get_column_letter  # noqa: PLC0415
    except ImportError as error:
        msg = say("output.package", spoken(), what="Excel", package="openpyxl", extra="xlsx")
        raise MissingDataError(msg) from error
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        if len(rows) > _MOST_ROWS:
            msg = say("output.long_table", spoken(), name=repr(name), n=len(rows) - 1, most=_MOST_ROWS - 1)
            raise DataError(msg)
        sheet = book.create_sheet(name)
        sheet.freeze_panes, sheet.print_title_rows = "A2", "1:1"
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
        sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight = True, 0
        for at, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                cell = sheet.cell(at, column, value)
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                cell.font = Font(bold=at == 1)
                if isinstance(value, float) and not value.is_integer():  # shown so; the value is whole
                    cell.number_format = "#,##0.000" if abs(value) < 100 else "#,##0.0"
                if isinstance(value, str):
                    cell.data_type = "s"  # else "#N/A" would be an error, and "=" a formula
        for column, values in enumerate(zip(*rows, strict=True), start=1):
            widest = max(map(_width, values))
            sheet.column_dimensions[get_column_letter(column)].width = min(max(widest + 2, 8), 60)
        if len(rows) > 1 and len(rows[0]) > 1:
            sheet.auto_filter.ref = sheet.dimensions
    memory = io.BytesIO()
    book.save(memory)
    return without_times(memory)


def without_times(book: io.BytesIO) -> bytes:
    """Return an office file without the time of writing, so that the same content gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "docProps/core.xml":
                data = _WRITTEN.sub(rb"\g<1>2000-01-01T00:00:00Z\g<2>", data)
            plain = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
            plain.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(plain, data)
    return out.getvalue()


def _width(value: object) -> int:
    """Return how many columns of a fixed-width font the value takes; Chinese characters take two."""
    text = f"{value:.6g}" if isinstance(value, float) else "" if value is None else str(value)
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)
