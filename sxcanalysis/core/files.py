"""Write whole folders, all or none."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def replace_folders(wanted: Mapping[Path, Mapping[str, bytes]]) -> bool:
    """Make folders hold exactly these files, all folders or none; say whether that changed anything.

    Complete copies are made beside the folders first and then renamed into their places, so that a reader never meets
    a folder that is half written, and an error on the way leaves everything as it was.
    """
    staged: dict[Path, Path] = {}
    swapped: list[Path] = []
    try:
        for folder, files in wanted.items():
            folder.parent.mkdir(parents=True, exist_ok=True)
            recover(folder)
            if not _same(folder, files):
                staged[folder] = _stage(folder, files)
        for folder, scratch in staged.items():
            if folder.exists():
                folder.rename(_previous(folder))
            swapped.append(folder)
            scratch.rename(folder)
    except BaseException:
        for folder in swapped:
            if _previous(folder).exists():
                shutil.rmtree(folder, ignore_errors=True)
                _previous(folder).rename(folder)
            else:
                shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        for scratch in staged.values():
            shutil.rmtree(scratch, ignore_errors=True)
    for folder in staged:
        shutil.rmtree(_previous(folder), ignore_errors=True)
    return bool(staged)


def recover(folder: Path) -> None:
    """Put back what an earlier run had moved aside when it was ended; drop what it no longer needs."""
    previous = _previous(folder)
    if previous.exists() and not folder.exists():
        previous.rename(folder)
    shutil.rmtree(previous, ignore_errors=True)


def leftovers(parent: Path) -> list[Path]:
    """Name what ended runs have left in a folder."""
    return sorted([*parent.glob(".*.previous"), *parent.glob(".*.writing-*")])


def write_file(path: Path, data: bytes) -> bool:
    """Write one file by renaming a complete one into its place; say whether that changed it."""
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{path.name}.writing-", dir=path.parent))
    try:
        (scratch / path.name).write_bytes(data)
        (scratch / path.name).replace(path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return True


def _stage(folder: Path, files: Mapping[str, bytes]) -> Path:
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.writing-", dir=folder.parent))
    for name, data in files.items():
        (scratch / name).write_bytes(data)
    for kept in folder.iterdir() if folder.is_dir() else ():
        if kept.is_dir():  # a folder that a person keeps here is not this command's to remove
            shutil.copytree(kept, scratch / kept.name)
    scratch.chmod(0o755)  # mkdtemp makes a folder that only its owner may read
    return scratch


def _previous(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.previous"


def _same(folder: Path, files: Mapping[str, bytes]) -> bool:
    if not folder.is_dir() or {entry.name for entry in folder.iterdir() if not entry.is_dir()} != set(files):
        return False
    return all((folder / name).read_bytes() == data for name, data in files.items())
