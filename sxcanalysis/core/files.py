"""Write whole folders, all or none, whatever ends the run; and let readers see the old or the new, never a mixture.

The new folders are completed beside the old ones (``.2024.next``). Then a journal is put in place by one rename: that is the
moment at which the new edition is there. From it on readers take ``.2024.next``, and whoever comes next, this run or a later
one, moves the folders into their places. If that fails, the journal is turned around in the same way, and the old folders
come back. (Libraries write one file so; none switches several folders as one, and one that locks weighs 2 MB.)
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

from sxcanalysis.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import IO

    Files = Mapping[str, bytes | None]
    """File → content, or None for a file that is to go. What else lies in a folder stays."""

SCRATCH = ("next", "previous")


def replace_folders(root: Path, name: str, wanted: Mapping[str, Files]) -> bool:
    """
    Make folders under a root hold these files, all folders or none; say whether anything was written.

    ``name`` says what is replaced, for example an edition: one journal and one lock bear it. An OSError leaves everything as it
    was, or, if not even that can be done, as it was to become.
    """
    finish(root, name)
    for folder in wanted:
        _drop_scratch(_real(root, folder))
    changed = {folder: files for folder, files in wanted.items() if not _holds(_real(root, folder), files)}
    if not changed:
        return False
    lacking = [
        one
        for folder in changed
        for one in (_real(root, folder).parent, *_real(root, folder).parent.parents)
        if not one.exists()
    ]
    journal = {
        "folders": list(changed), "fresh": [one for one in changed if not _real(root, one).exists()], "way": "on"
    }  # fmt: skip
    try:
        for folder, files in changed.items():
            _real(root, folder).parent.mkdir(parents=True, exist_ok=True)
            _stage(_real(root, folder), files)
        _write_journal(root, name, journal)
    except OSError:
        for folder in changed:
            _drop(_beside(_real(root, folder), "next"))
        for parent in lacking:
            with contextlib.suppress(OSError):
                parent.rmdir()
        raise
    try:
        finish(root, name)
    except OSError:
        with contextlib.suppress(OSError):
            _write_journal(root, name, {**journal, "way": "back"})
            finish(root, name)
        raise
    return True


def finish(root: Path, name: str) -> None:
    """Complete what an earlier run had begun to switch when it was ended."""
    journal = _read_journal(root, name)
    if journal is None:
        return
    for folder in journal["folders"]:
        real = _real(root, folder)
        coming, gone = (_beside(real, what) for what in SCRATCH)
        if journal["way"] == "on" and coming.exists():
            if real.exists():
                real.rename(gone)
            coming.rename(real)
        elif journal["way"] == "back" and (gone.exists() or folder in journal["fresh"]):
            if real.exists():
                real.rename(coming)
            if gone.exists():
                gone.rename(real)
        _sync_folder(real.parent)
    _journal_path(root, name).unlink()
    _sync_folder(root)
    for folder in journal["folders"]:
        _drop_scratch(_real(root, folder))


def live_folder(root: Path, name: str, folder: str) -> Path:
    """Return where the files of a folder are to be read, also while another run replaces it."""
    real = _real(root, folder)
    journal = _read_journal(root, name)
    if journal is None or folder not in journal["folders"]:
        return real
    other = _beside(real, "next" if journal["way"] == "on" else "previous")
    return other if other.exists() else real


def read_live(find: Callable[[], Path]) -> bytes:
    """Read a file whose folder may be replaced meanwhile; ``find`` says where it lies now."""
    for _ in range(100):
        path = find()
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return path.read_bytes()
        if find() == path and not path.exists() and not _beside(path.parent, "previous").exists():
            break
        time.sleep(0.002)
    raise FileNotFoundError(2, "there is no such file", str(path))


@contextlib.contextmanager
def locked(root: Path, name: str, *, patience: int = 100) -> Iterator[None]:
    """Let one run at a time write what bears a name; wait so many tenths of a second for another, then raise DataError."""
    path = root / f".{name}.lock"
    for wait in range(patience + 1):
        stream = path.open("ab")
        # The file may have been removed by the run that held it, between our opening and our locking it.
        if _lock(stream) and path.exists() and os.fstat(stream.fileno()).st_ino == path.stat().st_ino:
            break
        stream.close()
        time.sleep(0.1 if wait < patience else 0)
    else:
        msg = f"{root}: another run is writing {name}. Nothing was written; wait until it is done, and run the command again."
        raise DataError(msg)
    try:
        yield
    finally:
        _drop(path)
        stream.close()


def leftovers(parent: Path) -> list[Path]:
    """Name what ended runs have left in a folder."""
    patterns = (".*.previous", ".*.next", ".*.writing-*", ".*.switch")
    return sorted(path for pattern in patterns for path in parent.glob(pattern))


def write_file(path: Path, data: bytes) -> bool:
    """Write one file by renaming a complete one into its place; say whether that changed it."""
    path = path.resolve() if path.is_symlink() else path
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob(f".{path.name}.writing-*"):
        number = old.name.rpartition("-")[2]
        if not number.isdigit() or not _alive(int(number)):
            _drop(old)
    scratch = path.with_name(f".{path.name}.writing-{os.getpid()}")
    try:
        _write(scratch, data)
        scratch.replace(path)
    except OSError:
        _drop(scratch)
        raise
    _sync_folder(path.parent)
    return True


def _stage(real: Path, files: Files) -> None:
    """Complete the new folder beside the old one: the files given, and whatever else a person keeps there."""
    scratch = _beside(real, "next")
    if real.is_dir():
        shutil.copytree(real, scratch, symlinks=True, ignore=lambda at, _: files if at == str(real) else ())
    else:
        scratch.mkdir()
    for name, data in files.items():
        if data is not None:
            _write(scratch / name, data)
    _sync_folder(scratch)


def _holds(real: Path, files: Files) -> bool:
    return real.is_dir() and all(
        not (real / name).exists()
        if data is None
        else (real / name).is_file() and (real / name).read_bytes() == data
        for name, data in files.items()
    )


def _real(root: Path, folder: str) -> Path:
    path = root / folder
    return path.resolve() if path.is_symlink() else path


def _beside(folder: Path, what: str) -> Path:
    return folder.parent / f".{folder.name}.{what}"


def _journal_path(root: Path, name: str) -> Path:
    return root / f".{name}.switch"


def _read_journal(root: Path, name: str) -> dict[str, Any] | None:
    """Return what is being switched: the folders, those of them that are new, and which way, ``on`` or ``back``."""
    try:
        found: dict[str, Any] = json.loads(_journal_path(root, name).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found


def _write_journal(root: Path, name: str, journal: dict[str, Any]) -> None:
    write_file(_journal_path(root, name), json.dumps(journal).encode())


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    if sys.platform != "win32":  # where a folder cannot be opened
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _drop_scratch(real: Path) -> None:
    for what in SCRATCH:
        _drop(_beside(real, what))


def _drop(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _alive(process: int) -> bool:
    if sys.platform == "win32":  # where asking would end the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _lock(stream: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
