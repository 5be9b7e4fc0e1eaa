"""The tables of an edition for other programs: Excel, GeoPackage, Parquet."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.files import write_file
from sxcanalysis.geography.projects import load_projects, load_sites
from sxcanalysis.outputs import naming
from sxcanalysis.outputs.exports.excel import export_excel
from sxcanalysis.outputs.exports.geopackage import write_geopackage
from sxcanalysis.reference.words import check_lang, label, say, spoken
from sxcanalysis.tables.loading import chosen_edition, load_table
from sxcanalysis.tables.schema import EDITION_TABLES

if TYPE_CHECKING:
    import pandas as pd

FORMS = ("xlsx", "gpkg", "parquet")


def export_edition(
    folder: str | Path, edition: str | int | None = None, form: str = "xlsx", *, lang: str = "zh"
) -> list[Path]:
    """
    Write the tables of an edition in a form that other programs open.

    Parameters
    ----------
    folder
        Where the files go.
    edition
        For example 2024; the latest if None.
    form
        ``xlsx`` (one workbook, a sheet a table), ``gpkg`` (the located projects and sites) or ``parquet`` (a file a table).
    lang
        Of headers and notes in the workbook.

    Returns
    -------
    paths
        The files written, each whole or not at all.

    Raises
    ------
    DataError
        If the form is unknown.
    MissingEditionError
        If there is no such edition.
    """
    if form not in FORMS:
        msg = say("output.export_form", spoken(), form=repr(form), forms=", ".join(FORMS))
        raise DataError(msg)
    lang, folder, name = check_lang(lang), Path(folder), chosen_edition(edition)
    if form == "gpkg":
        return [write_geopackage(folder / f"sxc-projects-{name}.gpkg", edition=name, lang=lang)]
    frames = {table.frame: load_table(table.name, name) for table in EDITION_TABLES} | _located(name)
    if form == "parquet":
        return [_write_parquet(frame, folder / f"{key}-{name}.parquet") for key, frame in frames.items()]
    folder.mkdir(parents=True, exist_ok=True)
    notes = [label(f"export.note_{key}", lang) for key in ("rows", "roles", "places")]
    notes.append(say("export.note", lang, edition=name, licence=frames["tasks"].attrs["licence"]))
    sheets = {label(f"export.{key}", lang, default=key): frame for key, frame in frames.items() if len(frame)}
    sources = [naming.edition_note(name, lang), label("brief.source_ground", lang)]
    return [
        export_excel(sheets, folder / f"tables-{name}-{lang}.xlsx", notes=notes, sources=sources, lang=lang)
    ]


def _located(edition: str) -> dict[str, pd.DataFrame]:
    """Give projects and sites with where they lie, of an edition that has some."""
    frames: dict[str, pd.DataFrame] = {}
    for name, load in (("projects", load_projects), ("sites", load_sites)):
        with suppress(MissingDataError):
            frames[name] = load(edition)
    return frames


def _write_parquet(frame: pd.DataFrame, path: Path) -> Path:
    data = io.BytesIO()
    try:
        frame.to_parquet(data, index=False)
    except ImportError as error:
        msg = say("output.package", spoken(), what="Parquet", package="pyarrow", extra="parquet")
        raise MissingDataError(msg) from error
    write_file(path, data.getvalue())
    return path
