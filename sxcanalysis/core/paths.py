"""Where the project's data and the documents of its editions lie.

The package carries a complete set of data: ``data/`` of a checkout, or the same files inside an installed package. A person
may name a folder of their own (``SXC_DATA``): editions, their documents and corrections come from there alone, everything
else from there where it has the file and from the package where it has not.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path
from typing import Any

from sxcanalysis.core.errors import DataError, MissingDataError, MissingEditionError
from sxcanalysis.core.files import live_folder

_PACKAGE = Path(__file__).resolve().parents[1]


def is_checkout() -> bool:
    """Whether the package is run from a copy of the project, whose own ``data/`` may be written."""
    return (_PACKAGE.parent / "data" / "dictionary.toml").is_file()


def shipped_dir() -> Path:
    """Return the data that came with the package."""
    return _PACKAGE.parent / "data" if is_checkout() else _PACKAGE / "data"


def data_dir() -> Path:
    """Return the data folder that editions are read from and written to: ``SXC_DATA`` if set, else the package's own."""
    folder = _named() or shipped_dir()
    if not folder.is_dir():
        msg = (
            f"no data folder at {folder}. Expected a folder of editions; set the environment variable SXC_DATA (or --data) "
            "to one that is there, or make one with `sxc init FOLDER`."
        )
        raise MissingDataError(msg)
    return folder


def _named() -> Path | None:
    """Return the folder that a person names; one made by `sxc init` by its own path or by that of the data in it."""
    named = os.environ.get("SXC_DATA")
    if not named:
        return None
    inside = Path(named) / "data"
    return inside if (inside / "dictionary.toml").is_file() else Path(named)


def writable_dir() -> Path:
    """Return the data folder, unless it is the inside of an installed package."""
    folder = data_dir()
    if folder == shipped_dir() and not is_checkout():
        msg = (
            f"{folder}: the data inside the installed package are read only. Make a folder of your own with `sxc init FOLDER`, "
            "and name it with --data FOLDER or the environment variable SXC_DATA."
        )
        raise MissingDataError(msg)
    return folder


def notebooks_dir() -> Path:
    """Return where notebooks lie: beside a person's data, else those that came with the package."""
    own = data_dir().resolve().parent / "notebooks"
    return own if own.is_dir() else shipped_dir().parent / "notebooks"


def init_folder(folder: Path) -> Path:
    """Make a folder of one's own, a writable copy of the package's data and notebooks; return the data folder in it."""
    taken = [name for name in ("data", "notebooks") if (folder / name).exists()]
    if taken:
        msg = f"{folder}: it holds {' and '.join(taken)} already, which stay as they are. Name another folder, or move them away."
        raise DataError(msg)
    skipped = shutil.ignore_patterns("replaced", "__pycache__", "*.pyc", ".*")
    for source in (shipped_dir(), shipped_dir().parent / "notebooks"):
        if source.is_dir():
            shutil.copytree(source, folder / source.name, ignore=skipped)
    return folder / "data"


def edition_folder(kind: str, edition: str | int, root: Path | None = None) -> Path:
    """Return where the files of an edition are to be read: ``kind`` is ``tables`` or ``sources``.

    ``2024~`` is what edition 2024 was before its document was replaced. The folder need not exist.
    """
    root, name = data_dir() if root is None else root, str(edition)
    if name.endswith("~"):
        return root / "replaced" / name[:-1] / kind
    return live_folder(root, name, f"{kind}/{name}")


def data_file(name: str, root: Path | None = None) -> Path:
    """Return where a file that no edition owns lies: in the person's folder, else in the package (it need not exist)."""
    own = (_named() or shipped_dir() if root is None else root) / name
    return own if own.exists() or not (shipped_dir() / name).exists() else shipped_dir() / name


def data_files(folder: str, pattern: str, root: Path | None = None) -> dict[str, Path]:
    """Return the files of a folder that no edition owns, by name; a person's own go before the package's."""
    own = _named() or shipped_dir() if root is None else root
    found = {path.name: path for at in (shipped_dir(), own) for path in (at / folder).glob(pattern)}
    return dict(sorted(found.items()))


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; a message about one that is none names the line."""
    if not path.is_file():
        msg = f"{path}: there is no such file."
        raise MissingDataError(msg)
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path}: this is no TOML in UTF-8 ({error}). Mend the line it names, or restore the file."
        raise DataError(msg) from error


def source_record(folder: Path) -> dict[str, str | int]:
    """Read the ``source.toml`` of an edition, texts and the number of bytes; empty if there is none."""
    path = folder / "source.toml"
    record = read_toml(path) if path.is_file() else {}
    for key, value in record.items():
        if type(value) is not (int if key == "bytes" else str):
            msg = f"{path}, key {key!r}: expected {'a whole number' if key == 'bytes' else 'a text in quotes'}, found {value!r}. Mend the line."
            raise DataError(msg)
    name = str(record.get("file", ""))
    if name and (Path(name).name != name or name in {".", ".."} or "\\" in name):
        msg = f"{path}, key 'file': expected the name of a file in this folder, found {name!r}. Mend the line, or ingest the document again."
        raise DataError(msg)
    return record


def document_path(edition: str | int) -> Path:
    """Name the document that an edition was made from; MissingEditionError if it has none."""
    folder = edition_folder("sources", edition)
    name = source_record(folder).get("file")
    if not name:
        msg = f"{folder}: the edition {edition} has no document yet. Give the document's path: sxc ingest FILE --edition {edition}"
        raise MissingEditionError(msg)
    return folder / str(name)
