"""The archive of a version: whole, described, with checksums, and the same bytes for the same checkout."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import tomllib
import zipfile
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
pytest.importorskip("pyarrow")
_SPEC = importlib.util.spec_from_file_location("release", ROOT / "tests" / "tools" / "release.py")
release = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(release)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return release.write_release(tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def files(archive):
    with zipfile.ZipFile(archive) as packed:
        return {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}


def test_checksums_cover_every_file(files):
    told = dict(line.split("  ")[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    assert told == {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "SHA256SUMS"
    }


def test_the_package_describes_files_that_are_there(files):
    package = json.loads(files["datapackage.json"])
    assert {resource["path"] for resource in package["resources"]} <= files.keys()
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert package["version"] == json.loads(files[".zenodo.json"])["version"] == version
    assert package["sources"][0]["title"] in files[
        "data/sources/2024/sxc-task-list-2024.txt"
    ].decode().replace(" ", "")


def test_every_form_holds_the_same_tasks(files):
    of_csv = pd.read_csv(io.BytesIO(files["data/tables/2024/tasks.csv"]))["task_id"].tolist()
    assert pd.read_parquet(io.BytesIO(files["parquet/tasks-2024.parquet"]))["task_id"].tolist() == of_csv
    kinds = {name.rpartition(".")[2] for name in files}
    assert {"csv", "parquet", "gpkg", "xlsx", "geojson", "png", "txt"} <= kinds


def test_places_in_the_text_are_the_words_quoted(files):
    text = files["text/2024.txt"].decode()
    for row in pd.read_csv(io.BytesIO(files["data/tables/2024/targets.csv"])).itertuples():
        assert text[row.start : row.end] == row.quote


def test_nothing_in_the_archive_depends_on_the_clock(archive):
    with zipfile.ZipFile(archive) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {release.NO_TIME}
        assert packed.namelist() == sorted(packed.namelist())


def test_changes_of_the_data_are_counted(files, archive):
    assert release.data_changes(files, archive).count("\n|") == 2, "the same data: a head and no row"
    tasks = files["data/tables/2024/tasks.csv"]
    shorter = files | {"data/tables/2024/tasks.csv": tasks[: tasks.rstrip().rindex(b"\n2024-52") + 1]}
    assert "| data/tables/2024/tasks.csv | 52 | 0 | 1 |" in release.data_changes(shorter, archive)
