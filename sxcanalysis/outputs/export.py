"""The tables of an edition for other programs: an Excel workbook, a GeoPackage that QGIS opens styled, Parquet files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.geography.projects import load_projects, load_sites
from sxcanalysis.outputs import naming
from sxcanalysis.outputs.excel import export_excel
from sxcanalysis.outputs.geopackage import export_projects
from sxcanalysis.reference.words import check_lang, label
from sxcanalysis.tables import loading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

FORMATS = ("xlsx", "gpkg", "parquet")
_TABLES: dict[str, Callable[[str], pd.DataFrame]] = {
    "tasks": loading.load_tasks, "assignments": loading.load_assignments, "targets": loading.load_targets,
    "mentions": loading.load_mentions, "projects": load_projects, "sites": load_sites, "issues": loading.load_issues,
}  # fmt: skip


def export_edition(
    folder: str | Path, *, edition: str | int = 2024, lang: str = "zh", formats: Iterable[str] = ("xlsx",)
) -> list[Path]:  # fmt: skip
    """
    Write an edition's tables for other programs.

    Parameters
    ----------
    folder
        Made if need be.
    edition
        Whose tables.
    lang
        Of sheet names, headers and coded words in Excel, ``zh`` or ``en``; the other forms keep the data's own names.
    formats
        Some of ``xlsx`` (one workbook with notes and sources), ``gpkg`` (projects and sites with borders, styled) and ``parquet`` (a file
        a table, geometry as GeoParquet).

    Returns
    -------
    paths
        What was written, each file whole or not at all.

    Raises
    ------
    DataError
        If a form is unknown.
    MissingDataError
        If the edition is not there, or the package that writes a form is not installed.
    """
    lang, edition, folder = check_lang(lang), str(edition), Path(folder)
    wanted = list(dict.fromkeys(formats))
    if unknown := [form for form in wanted if form not in FORMATS]:
        msg = f"unknown form {', '.join(unknown)}; tables are exported as {', '.join(FORMATS)}."
        raise DataError(msg)
    tables = edition_tables(edition)
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    if "xlsx" in wanted:
        notes = [label(f"export.note_{key}", lang) for key in ("rows", "roles", "places")]
        sheets = {label(f"export.{name}", lang): table for name, table in tables.items()}
        sources = [naming.edition_note(edition, lang), label("brief.source_ground", lang)]
        written.append(
            export_excel(
                sheets, folder / f"sxc-{edition}-{lang}.xlsx", notes=notes, sources=sources, lang=lang
            )
        )
    if "gpkg" in wanted:
        written += export_projects(folder, edition=edition, formats=("gpkg",))
    if "parquet" in wanted:
        written += _write_parquet(tables, folder / f"sxc-{edition}-parquet")
    return written


def edition_tables(edition: str) -> dict[str, pd.DataFrame]:
    """Load an edition's tables by name; projects and sites only where it has some."""
    tables = {}
    for name, load in _TABLES.items():
        try:
            tables[name] = load(edition)
        except MissingDataError:
            if name not in {"projects", "sites"}:
                raise
    return tables


def _write_parquet(tables: dict[str, pd.DataFrame], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as scratch:
        for name, table in tables.items():
            draft = Path(scratch) / f"{name}.parquet"
            try:
                table.to_parquet(draft, index=False)
            except ImportError as error:
                msg = "writing Parquet files needs the package pyarrow: install sxcanalysis with its extra `parquet`."
                raise MissingDataError(msg) from error
            written.append(draft.replace(folder / draft.name))
    return written
