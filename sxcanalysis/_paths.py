"""Where the project's data lie."""

from __future__ import annotations

import os
from pathlib import Path

from sxcanalysis._errors import MissingDataError


def data_dir() -> Path:
    """Return the data folder: ``SXC_DATA`` if set, else ``data`` beside the package.

    Raises
    ------
    MissingDataError
        If the folder does not exist.
    """
    named = os.environ.get("SXC_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parent.parent / "data"
    if not folder.is_dir():
        msg = (
            f"no data folder at {folder}. Expected the project's data/ folder; "
            "set the environment variable SXC_DATA to its path, or run from a checkout of the project."
        )
        raise MissingDataError(msg)
    return folder
