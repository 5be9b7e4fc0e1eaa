"""Where the project's data and the documents of its editions lie."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from sxcanalysis.core.errors import DataError, MissingDataError


def data_dir() -> Path:
    """Return the data folder: ``SXC_DATA`` if set, else ``data`` beside the package.

    Raises
    ------
    MissingDataError
        If the folder does not exist.
    """
    named = os.environ.get("SXC_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "data"
    if not folder.is_dir():
        msg = (
            f"no data folder at {folder}. Expected the project's data/ folder; "
            "set the environment variable SXC_DATA to its path, or run from a checkout of the project."
        )
        raise MissingDataError(msg)
    return folder


def source_record(folder: Path) -> dict[str, str | int]:
    """Read the ``source.toml`` of an edition; empty if there is none."""
    path = folder / "source.toml"
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: this is no TOML ({error}). Mend the line, or remove the file and ingest the document again."
        raise DataError(msg) from error


def document_path(edition: str | int) -> Path:
    """Name the document that an edition was made from.

    Raises
    ------
    MissingDataError
        If the edition has none.
    """
    folder = data_dir() / "sources" / str(edition)
    name = source_record(folder).get("file")
    if not name:
        msg = f"{folder}: the edition {edition} has no document yet. Give the document's path: sxc ingest FILE --edition {edition}"
        raise MissingDataError(msg)
    return folder / str(name)
