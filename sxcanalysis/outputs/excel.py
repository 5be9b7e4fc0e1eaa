"""Tables as an Excel workbook: readable headers, notes and sources, and no cell that can be read as a formula."""

from __future__ import annotations

import io
import math
import os
import re
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.reference.words import header, label, say, worded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: First characters with which a spreadsheet may take text for a formula, half and full width.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
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
    sources: Sequence[str] | pd.DataFrame,
    lang: str = "zh",
    headers: Mapping[str, str] | None = None,
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
        Source lines, or a table of sources.
    lang
        ``zh`` or ``en``, for headers and the names of the last sheets.
    headers
        Headers by column name, over the built-in ones.

    Returns
    -------
    path
        The file. The same tables give the same bytes.

    Raises
    ------
    DataError
        If there is nothing to write, a cell or a table is too large for the format, or two sheets would have one name.
    MissingDataError
        If the package that writes workbooks is not installed.

    Notes
    -----
    Every text is written as text. A text that begins with a character with which spreadsheets begin formulas, or that is about to
    (tab, line end), gets an apostrophe before it, because a workbook is often saved on as CSV, where the type of a cell is lost; the
    notes sheet counts them. Numbers stay numbers, missing values stay empty. A sheet ``Columns`` gives each header's column name.
    """
    if lang not in {"zh", "en"}:
        msg = f"there are no headers in the language {lang!r}. Choose zh or en."
        raise DataError(msg)
    if not tables:
        msg = "there is no table to write. Pass at least one, by the name of its sheet."
        raise DataError(msg)
    words = {
        key: label(f"excel.{key}", lang)
        for key in ("notes", "sources", "columns", "sheet", "header", "column")
    }
    tally = {"marked": 0, "control": 0}
    remarks = list(notes)
    sheets: dict[str, tuple[list[str], list[list[Any]]]] = {}
    legend: list[list[Any]] = []
    for name, table in tables.items():
        sheet = _sheet_name(name, [*sheets, words["notes"], words["sources"], words["columns"]])
        frame, dropped = _flat(table)
        if dropped:
            remarks.append(say("excel.no_geometry", lang, sheet=sheet, column=dropped))
        head = [header(str(column), lang, headers) for column in frame.columns]
        body = [
            [_word(str(column), value, lang) for column, value in zip(frame.columns, row, strict=True)]
            for row in frame.itertuples(index=False, name=None)
        ]
        sheets[sheet] = (head, body)
        legend += [[sheet, h, str(c)] for h, c in zip(head, frame.columns, strict=True)]
    tail: dict[str, tuple[list[str], list[list[Any]]]] = {}
    if isinstance(sources, pd.DataFrame):
        table = sources.astype(object)
        tail[words["sources"]] = (
            [header(str(c), lang, headers) for c in table.columns],
            [list(row) for row in table.itertuples(index=False, name=None)],
        )
    else:
        tail[words["sources"]] = ([words["sources"]], [[line] for line in sources])
    tail[words["columns"]] = ([words["sheet"], words["header"], words["column"]], legend)
    ready = {
        sheet: ([_cell(h, lang, tally) for h in head], [[_cell(v, lang, tally) for v in r] for r in body])
        for sheet, (head, body) in {**sheets, **tail}.items()
    }
    lines = [_cell(line, lang, tally) for line in remarks]
    lines += [say(f"excel.{key}", lang, n=n) for key, n in tally.items() if n]
    ready[words["notes"]] = ([words["notes"]], [[line] for line in lines])
    order = [*sheets, words["notes"], words["sources"], words["columns"]]
    return _write(Path(path), {sheet: ready[sheet] for sheet in order})


def neutralise(text: str) -> str:
    """
    Return a text that no spreadsheet takes for a formula: with an apostrophe before it where that is needed.

    Examples
    --------
    >>> neutralise("=1+1"), neutralise("苏州市")
    ("'=1+1", '苏州市')
    """
    bare = text.lstrip(" \u3000\xa0")
    return "'" + text if bare.startswith(FORMULA_STARTS) else text


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
        msg = f"a cell has {len(text)} characters ({text[:20]}…); a workbook holds {_LONGEST - 1} at most. Split the text."
        raise DataError(msg)
    clean = _CONTROL.sub("\ufffd", text)
    tally["control"] += clean != text
    safe = neutralise(clean)
    tally["marked"] += safe != clean
    return safe


def _sheet_name(name: str, taken: Sequence[str]) -> str:
    sheet = _SHEET_BAD.sub(" ", name).strip("' ")[:31]
    if not sheet or sheet.lower() in {other.lower() for other in taken} or sheet.lower() == "history":
        msg = f"a sheet cannot be named {name!r}: the name is empty, reserved or, cut to 31 characters, taken. Choose another."
        raise DataError(msg)
    return sheet


def _write(path: Path, sheets: dict[str, tuple[list[Any], list[list[Any]]]]) -> Path:
    try:
        from openpyxl import Workbook  # noqa: PLC0415  # only where a workbook is written
        from openpyxl.styles import Alignment, Font  # noqa: PLC0415
        from openpyxl.utils import get_column_letter  # noqa: PLC0415
    except ImportError as error:
        msg = "writing Excel files needs the package openpyxl: install sxcanalysis with its extra `xlsx`."
        raise MissingDataError(msg) from error
    book = Workbook()
    book.remove(book.worksheets[0])
    top, bold = Alignment(wrap_text=True, vertical="top"), Font(bold=True)
    for name, (head, body) in sheets.items():
        if len(body) >= _MOST_ROWS:
            msg = f"the table {name!r} has {len(body)} rows; a sheet holds {_MOST_ROWS - 1}. Write it as CSV."
            raise DataError(msg)
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        sheet.print_title_rows = "1:1"
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
        sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight = (
            True,
            0,
        )  # as wide as a page
        for column, title in enumerate(head, start=1):
            values = [title, *(row[column - 1] for row in body)]
            for at, value in enumerate(values, start=1):
                cell = sheet.cell(at, column, value)
                cell.alignment = top
                if isinstance(value, float) and not value.is_integer():
                    cell.number_format = (
                        "#,##0.000" if abs(value) < 100 else "#,##0.0"
                    )  # shown so; the value is whole
                if isinstance(value, str):
                    cell.data_type = "s"  # else "#N/A" would be an error, and "=" a formula
            sheet.cell(1, column).font = bold
            widest = max(map(_width, values))
            sheet.column_dimensions[get_column_letter(column)].width = min(max(widest + 2, 8), 60)
        if body and len(head) > 1:
            sheet.auto_filter.ref = sheet.dimensions
    memory = io.BytesIO()
    book.save(memory)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(without_times(memory))
        Path(scratch).chmod(0o644)
        Path(scratch).replace(path)
    finally:
        Path(scratch).unlink(missing_ok=True)
    return path


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
