"""The tables of an edition for other programs: Excel, GeoPackage, Parquet."""

from __future__ import annotations

import io
from pathlib import Path

from sxcanalysis.core.errors import DataError
from sxcanalysis.core.files import write_file
from sxcanalysis.outputs.excel import export_excel
from sxcanalysis.outputs.geopackage import export_projects
from sxcanalysis.reference.words import say
from sxcanalysis.tables.loading import chosen_edition, load_table
from sxcanalysis.tables.schema import EDITION_TABLES

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
        msg = f"unknown form {form!r}; expected one of {', '.join(FORMS)}."
        raise DataError(msg)
    folder, name = Path(folder), chosen_edition(edition)
    if form == "gpkg":
        return export_projects(folder, edition=name, formats=["gpkg"])
    frames = {table.frame: load_table(table.name, name) for table in EDITION_TABLES}
    if form == "parquet":
        paths = []
        for key, frame in frames.items():
            data = io.BytesIO()
            frame.to_parquet(data, index=False)
            paths.append(folder / f"{key}-{name}.parquet")
            write_file(paths[-1], data.getvalue())
        return paths
    folder.mkdir(parents=True, exist_ok=True)
    about = frames["tasks"].attrs
    sheets = {key: frame for key, frame in frames.items() if len(frame)}
    notes = [say("export.note", lang, edition=name, licence=about["licence"])]
    return [
        export_excel(
            sheets,
            folder / f"tables-{name}-{lang}.xlsx",
            notes=notes,
            sources=[about["source"] or name],
            lang=lang,
        )
    ]
