"""Load the tables of an edition, and write them, all or none."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sxcanalysis._declared import EDITION_TABLES
from sxcanalysis._errors import DataError, MissingDataError
from sxcanalysis._paths import data_dir
from sxcanalysis.schema import TABLES, read_table, to_csv

if TYPE_CHECKING:
    import pandas as pd

    from sxcanalysis.parsing import TaskList

_EDITION = re.compile(r"\w[\w.+]{0,39}")


def available_editions() -> list[str]:
    """Name the editions that have tables, in order."""
    folder = data_dir() / "tables"
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(
        entry.name
        for entry in found
        if (entry / "tasks.csv").is_file() and _EDITION.fullmatch(entry.name)
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


def check_edition_name(edition: str | int) -> str:
    """
    Return the name of an edition as text.

    Raises
    ------
    DataError
        If it cannot name a folder and begin a task's id.
    """
    name = str(edition)
    if not _EDITION.fullmatch(name):
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
        The files of the edition.

    Raises
    ------
    DataError
        If a table breaks its schema; nothing is written then.
    """
    frames = {
        "tasks": task_list.tasks,
        "assignments": task_list.assignments,
        "targets": task_list.targets,
        "mentions": task_list.mentions,
        "issues": task_list.issues,
    }
    return write_tables(frames, Path(folder))


def write_tables(frames: dict[str, pd.DataFrame], folder: Path) -> list[Path]:
    """
    Write checked tables into a folder, all or none.

    Parameters
    ----------
    frames
        A frame for each table of an edition, by name.
    folder
        The edition's folder.

    Returns
    -------
    paths
        The files, in the order of the declarations.

    Raises
    ------
    DataError
        If a table breaks its schema; nothing is written then.
    """
    texts = {f"{table.name}.csv": to_csv(frames[table.name], table) for table in EDITION_TABLES}
    replace_folder(folder, {name: text.encode() for name, text in texts.items()})
    return [folder / name for name in texts]


def replace_folder(folder: Path, files: dict[str, bytes]) -> bool:
    """Make a folder hold exactly these files, by renaming a complete one into its place; say whether that changed it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    previous = folder.parent / f".{folder.name}.previous"
    if previous.exists() and not folder.exists():
        previous.rename(folder)  # an earlier run was ended between the two renames below
    if folder.is_dir() and _same(folder, files):
        return False
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.writing-", dir=folder.parent))
    try:
        for name, data in files.items():
            (scratch / name).write_bytes(data)
        scratch.chmod(0o755)
        if folder.exists():
            shutil.rmtree(previous, ignore_errors=True)
            folder.rename(previous)
        try:
            scratch.rename(folder)
        except OSError:
            if previous.exists():
                previous.rename(folder)
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    shutil.rmtree(previous, ignore_errors=True)
    return True


def _same(folder: Path, files: dict[str, bytes]) -> bool:
    here = {entry.name for entry in folder.iterdir()}
    return here == set(files) and all(
        (folder / name).read_bytes() == data for name, data in files.items()
    )


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
