"""Load the tables of an edition, and write them, all or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.files import replace_folders
from sxcanalysis.core.paths import data_dir
from sxcanalysis.reference.dictionary import is_edition_name
from sxcanalysis.tables.schema import EDITION_TABLES, TABLES, read_table, to_csv

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd

    from sxcanalysis.parsing.tasklist import TaskList

_SIZES = ("population", "gdp", "budget_revenue", "area")


def available_editions() -> list[str]:
    """Name the editions that have tables, in order."""
    folder = data_dir() / "tables"
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(
        entry.name for entry in found if (entry / "tasks.csv").is_file() and is_edition_name(entry.name)
    )


def load_tasks(edition: str | int = 2024) -> pd.DataFrame:
    """
    Load the tasks of an edition.

    Parameters
    ----------
    edition
        For example 2024.

    Returns
    -------
    tasks
        One row a task, in the order of the document: ``task_id edition number seq category category_en text
        attribution start end attribution_start attribution_end headings corrected``. Offsets count characters of
        the text that :func:`sxcanalysis.read_document` returns for the edition's document.

    Raises
    ------
    MissingDataError
        If there is no such edition.
    DataError
        If the file breaks its schema.

    Examples
    --------
    >>> tasks = load_tasks(2024)
    >>> len(tasks)
    53
    """
    return _load("tasks", edition)


def load_assignments(edition: str | int = 2024) -> pd.DataFrame:
    """
    Load who does what in an edition.

    Parameters
    ----------
    edition
        For example 2024.

    Returns
    -------
    assignments
        One row a body and role in a task: ``task_id body body_as_written body_kind role others_implied start end
        role_basis known corrected``.

    Raises
    ------
    MissingDataError, DataError
        As for `load_tasks`.
    """
    return _load("assignments", edition)


def load_targets(edition: str | int = 2024) -> pd.DataFrame:
    """
    Load the quantitative targets of an edition.

    Parameters
    ----------
    edition
        For example 2024.

    Returns
    -------
    targets
        One row a target: ``target_id task_id metric metric_en comparator value unit value_si unit_si scope deadline
        kind quote start end`` and more, described in ``data/datapackage.json``.

    Raises
    ------
    MissingDataError, DataError
        As for `load_tasks`.
    """
    return _load("targets", edition)


def load_mentions(edition: str | int = 2024) -> pd.DataFrame:
    """
    Load the places that the tasks of an edition name.

    Parameters
    ----------
    edition
        For example 2024.

    Returns
    -------
    mentions
        One row a place in a task: ``task_id name adcode kind start end`` and more, described in
        ``data/datapackage.json``.

    Raises
    ------
    MissingDataError, DataError
        As for `load_tasks`.
    """
    return _load("mentions", edition)


def load_issues(edition: str | int = 2024) -> pd.DataFrame:
    """
    Load what a person should look at in an edition.

    Parameters
    ----------
    edition
        For example 2024.

    Returns
    -------
    issues
        One row a finding: ``severity code task_id line start end words hint``.

    Raises
    ------
    MissingDataError, DataError
        As for `load_tasks`.
    """
    return _load("issues", edition)


def load_cities(year: int = 2023) -> pd.DataFrame:
    """
    Load the size of the cities.

    Parameters
    ----------
    year
        Year of the figures. An area has no year of its own and is given whatever the year.

    Returns
    -------
    cities
        One row a city, by code: ``adcode city city_en year population gdp budget_revenue area`` (residents at year
        end, yuan, yuan, km²), and for each of the four ``…_status`` (``official``, ``secondary``, ``from memory``,
        ``not found``) and ``…_source``. A value without a source is missing (NaN), never filled in.

    Raises
    ------
    MissingDataError
        If there are no figures of that year.
    DataError
        If ``data/context/cities.csv`` breaks its schema.

    Examples
    --------
    >>> load_cities(2023)[["adcode", "city_en"]].values.tolist()[0]
    ['320200', 'Wuxi']
    """
    table = TABLES["cities"]
    rows = read_table(data_dir() / table.file(), table)
    years = sorted(set(rows.loc[rows["indicator"].isin(("population", "gdp")), "year"]))
    if year not in years:
        msg = (
            f"{data_dir() / table.file()}: no figures of {year}. Years there are: {', '.join(map(str, years))}. "
            "Add rows with their sources, or ask for one of these years."
        )
        raise MissingDataError(msg)
    cities = (
        rows[["adcode", "city", "city_en"]].drop_duplicates("adcode").sort_values("adcode", ignore_index=True)
    )
    cities["year"] = year
    said = rows.assign(source=[_cited(row) for row in rows.to_dict("records")])
    for indicator in _SIZES:
        wanted = said[said["indicator"] == indicator]
        if indicator == "area":
            wanted = wanted.assign(away=(wanted["year"] - year).abs()).sort_values("away", kind="stable")
        else:
            wanted = wanted[wanted["year"] == year]
        by_code = wanted.drop_duplicates("adcode").set_index("adcode")
        cities[indicator] = cities["adcode"].map(by_code["value"]).astype("float64")
        cities[f"{indicator}_status"] = (
            cities["adcode"].map(by_code["status"]).astype("object").fillna("not found").astype("str")
        )
        cities[f"{indicator}_source"] = (
            cities["adcode"].map(by_code["source"]).astype("object").fillna("").astype("str")
        )
    values = [*_SIZES, *(f"{name}_{what}" for name in _SIZES for what in ("status", "source"))]
    return cities[["adcode", "city", "city_en", "year", *values]]


def _cited(row: dict[Hashable, Any]) -> str:
    parts = [row["source_publisher"], row["source_title"], row["published"], row["source_url"]]
    return ", ".join(str(part) for part in parts if part) or str(row["status"])


def check_edition_name(edition: str | int) -> str:
    """
    Return the name of an edition as text.

    Raises
    ------
    DataError
        If it cannot name a folder and begin a task's id.
    """
    name = str(edition)
    if not is_edition_name(name):
        msg = f"{name!r} cannot name an edition. Expected a year such as 2025, or letters, digits, '_', '.' and '+' without a blank."
        raise DataError(msg)
    return name


def write_edition(task_list: TaskList, folder: str | Path) -> list[Path]:
    """
    Write the tables of an edition, all or none.

    Parameters
    ----------
    task_list
        From :func:`sxcanalysis.parse_document`, or with the same frames.
    folder
        For example ``data/tables/2025``. What was there is replaced as a whole, and only if something changed.

    Returns
    -------
    paths
        The files of the edition, in the order of the declarations.

    Raises
    ------
    DataError
        If a table breaks its schema; nothing is written then.
    """
    frames = frames_of(task_list)
    folder = Path(folder)
    files = table_files(frames)
    replace_folders({folder: files})
    return [folder / name for name in files]


def table_files(frames: dict[str, pd.DataFrame]) -> dict[str, bytes]:
    """Return the files of an edition's tables, by name, each checked against its schema."""
    return {
        f"{table.frame}.csv": to_csv(frames[table.frame], table).encode()
        for table in EDITION_TABLES
        if table.frame in frames or not table.optional
    }


def frames_of(task_list: TaskList) -> dict[str, pd.DataFrame]:
    """Return the frames of a task list that an edition's tables are written from, by name."""
    found = {table.frame: getattr(task_list, table.frame, None) for table in EDITION_TABLES}
    return {name: frame for name, frame in found.items() if frame is not None}


def _load(name: str, edition: str | int) -> pd.DataFrame:
    edition = check_edition_name(edition)
    table = TABLES[name]
    path = data_dir() / table.file(edition)
    if not path.is_file():
        there = ", ".join(available_editions()) or "none"
        msg = (
            f"{path}: there is no such table. Editions with tables: {there}. "
            f"`sxc ingest FILE --edition {edition}` makes the tables of an edition from its document."
        )
        raise MissingDataError(msg)
    return read_table(path, table)
