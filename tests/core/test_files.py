"""Folders are replaced together: whatever ends the run, a reader sees the old edition or the new one."""

from __future__ import annotations

import os
import pathlib
import shutil

import pytest

from sxcanalysis.core import files
from sxcanalysis.core.errors import DataError

OLD = {
    "sources/1": {"list.txt": b"old", "source.toml": b"1"},
    "tables/1": {"tasks.csv": b"old", "gone.csv": b"old"},
}
NEW = {
    "sources/1": {"list.txt": b"new", "source.toml": b"2"},
    "tables/1": {"tasks.csv": b"new", "gone.csv": None},
}


class EndedError(BaseException):
    """The process is no more: nothing that it would still do is done."""


class Machine:
    """Counts what is done to the disk; ends the process, or reports a full disk, at one of these steps."""

    def __init__(self, monkeypatch, at, error=None):
        self.at, self.error, self.done, self.dead = at, error, 0, False
        for name in ("rename", "replace", "mkdir", "unlink", "rmdir", "fsync"):
            monkeypatch.setattr(os, name, self._watch(getattr(os, name)))
        monkeypatch.setattr(files, "_write", self._watch(files._write, half=True))

    def _watch(self, real, *, half=False):
        def step(*args, **kwargs):
            if self.dead:
                raise EndedError
            self.done += 1
            if self.done == self.at:
                if half:
                    pathlib.Path(args[0]).write_bytes(args[1][:1])
                if self.error:
                    raise self.error
                self.dead = True
                raise EndedError
            return real(*args, **kwargs)

        return step


def _live(root):
    """Read both folders as a reader does."""
    return {
        folder: {
            path.name: path.read_bytes()
            for path in sorted(files.live_folder(root, "1", folder).iterdir())
            if path.is_file()
        }
        for folder in OLD
    }


def _held(wanted):
    return {
        folder: {name: data for name, data in held.items() if data is not None}
        for folder, held in wanted.items()
    }


def _begin(root):
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    files.replace_folders(root, "1", OLD)


def _everything(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


CLEAN = [
    "sources",
    "sources/1",
    "sources/1/list.txt",
    "sources/1/source.toml",
    "tables",
    "tables/1",
    "tables/1/tasks.csv",
]


def test_a_run_ended_at_any_step_leaves_the_old_or_the_new_and_the_next_run_clears_up(tmp_path):
    root = tmp_path / "data"
    seen, at = set(), 0
    while True:
        at += 1
        _begin(root)
        with pytest.MonkeyPatch.context() as patch:
            machine = Machine(patch, at)
            try:
                files.replace_folders(root, "1", NEW)
            except EndedError:
                pass
            else:
                break
        state = _live(root)
        assert state in (_held(OLD), _held(NEW)), f"a mixture after step {at}"
        seen.add(state == _held(NEW))
        files.replace_folders(root, "1", NEW)
        assert _live(root) == _held(NEW)
        left = set(_everything(root)) - set(CLEAN)
        assert left == set(), f"left over after step {at}"
        with pytest.MonkeyPatch.context() as patch:  # and ended again while the next run clears up
            _begin(root)
            Machine(patch, at)
            with pytest.raises(EndedError):
                files.replace_folders(root, "1", NEW)
        with pytest.MonkeyPatch.context() as patch:
            Machine(patch, 2)
            try:
                files.finish(root, "1")
            except EndedError:
                assert _live(root) in (_held(OLD), _held(NEW))
    assert machine.done > 25
    assert seen == {False, True}


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), PermissionError(13, "Permission denied")]
)
def test_an_error_at_any_step_is_told_and_leaves_the_old_or_the_new(tmp_path, error):
    root = tmp_path / "data"
    at, failed = 0, 0
    while True:
        at += 1
        _begin(root)
        with pytest.MonkeyPatch.context() as patch:
            machine = Machine(patch, at, error)
            try:
                files.replace_folders(root, "1", NEW)
            except OSError as raised:
                assert raised is error  # noqa: PT017
                failed += 1
            if machine.done < at:
                break
        assert _live(root) in (_held(OLD), _held(NEW)), f"a mixture after step {at}"
        files.replace_folders(root, "1", NEW)
        assert _everything(root) == CLEAN
    assert failed > 10


def test_a_reader_finds_the_file_at_any_step(tmp_path):
    root = tmp_path / "data"
    _begin(root)
    seen = []

    def look(real):
        def step(*args, **kwargs):
            seen.append(files.read_live(lambda: files.live_folder(root, "1", "tables/1") / "tasks.csv"))
            return real(*args, **kwargs)

        return step

    with pytest.MonkeyPatch.context() as patch:
        for name in ("rename", "replace", "unlink", "rmdir", "fsync"):
            patch.setattr(os, name, look(getattr(os, name)))
        files.replace_folders(root, "1", NEW)
    assert set(seen) == {b"old", b"new"}
    assert seen == sorted(seen, reverse=True), "once new, never old again"


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.read_live(lambda: tmp_path / "none" / "tasks.csv")


def test_what_a_person_keeps_in_a_folder_stays_and_links_stay_links(tmp_path):
    root = tmp_path / "data"
    _begin(root)
    folder = root / "tables" / "1"
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    (folder / "link").symlink_to("notes.txt")
    elsewhere = tmp_path / "elsewhere"
    shutil.move(folder, elsewhere)
    folder.symlink_to(elsewhere)
    assert files.replace_folders(root, "1", NEW)
    assert folder.is_symlink()
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert (folder / "link").is_symlink()
    assert (folder / "tasks.csv").read_bytes() == b"new"
    assert not files.replace_folders(root, "1", NEW)


def test_one_run_at_a_time(tmp_path):
    with files.locked(tmp_path, "1"):
        with (
            pytest.raises(DataError, match="another run is writing 1"),
            files.locked(tmp_path, "1", patience=0),
        ):
            pytest.fail("two runs hold one lock")
        with files.locked(tmp_path, "2", patience=0):
            pass
    with files.locked(tmp_path, "1", patience=0):
        pass
    assert list(tmp_path.iterdir()) == []


def test_scratch_files_of_dead_processes_are_removed(tmp_path):
    path = tmp_path / "a.txt"
    dead = tmp_path / ".a.txt.writing-999999999"
    dead.write_bytes(b"half")
    (tmp_path / ".a.txt.writing-x1y2").mkdir()
    assert files.leftovers(tmp_path)
    assert files.write_file(path, b"whole")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]
    assert not files.write_file(path, b"whole")
