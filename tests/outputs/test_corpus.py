"""Many lists to one data set: whole, resumable, the same on a pool and on a cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.outputs import corpus
from sxcanalysis.parsing import tasklist

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("pyarrow")

LIST = """{city}都市圈{year}年重大推进事项清单
一、产业创新类
1. 建设实验室（第{n}期），支持企业{n}家。（省科技厅牵头，省财政厅按职责分工负责，{city}市具体落实）
2. 培育集群。（省工业和信息化厅负责）
"""


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    folder = tmp_path / "lists"
    for n in range(1, 31):
        year = 2023 + n % 2
        path = folder / str(year) / f"list-{n}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(LIST.format(city=("南京", "成都")[n % 2], year=year, n=n), encoding="utf-8")
    (folder / "2024" / "broken.docx").write_bytes(b"PK\x03\x04 no archive")
    return folder


def contents(out: Path) -> dict[str, list[tuple[str, ...]]]:
    """Return every row of a data set, but not in which part it lies."""
    opened = corpus.open_corpus(out)
    tables = {name: opened.load(name).astype("string").fillna("") for name in ("documents", *corpus.TABLES)}
    return {name: sorted(map(tuple, table.to_numpy())) for name, table in tables.items()}


def test_every_document_is_a_row_and_every_task_is_there(lists: Path, tmp_path: Path) -> None:
    done = corpus.write_corpus(lists, tmp_path / "out", workers=1, chunk=7)
    assert (done.read, done.failed, done.kept, done.total) == (30, 1, 0, 31)
    opened = corpus.open_corpus(tmp_path / "out")
    assert opened.editions() == ["2023", "2024"]
    documents = opened.load("documents")
    assert documents["doc_id"].is_unique
    assert len(documents) == 31
    (failed,) = documents[documents["status"] == "failed"].to_dict("records")
    assert failed["doc_id"] == "2024/broken.docx"
    assert "broken.docx" in failed["reason"]
    assert len(opened.load("tasks")) == 60
    assert set(opened.load("tasks", edition=2023)["doc_id"]) == {
        f"2023/list-{n}.txt" for n in range(2, 31, 2)
    }
    values = opened.load("targets").set_index("doc_id")["value"].astype(float)
    assert values["2024/list-7.txt"] == 7


def test_a_second_call_reads_only_what_is_new_changed_or_failed(lists: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    corpus.write_corpus(lists, out, workers=1, chunk=7)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("tasks.parquet")}
    assert corpus.write_corpus(lists, out, workers=1, chunk=7).kept == 30
    (lists / "2023" / "list-2.txt").write_text(LIST.format(city="合肥", year=2023, n=99), encoding="utf-8")
    (lists / "2023" / "list-4.txt").unlink()
    (lists / "2024" / "list-31.txt").write_text(LIST.format(city="成都", year=2024, n=31), encoding="utf-8")
    done = corpus.write_corpus(lists, out, workers=1, chunk=7)
    assert done.total == 31
    after = corpus.open_corpus(out)
    assert "2023/list-4.txt" not in set(after.load("tasks")["doc_id"])
    targets = after.load("targets").set_index("doc_id")["value"].astype(float)
    assert targets["2023/list-2.txt"] == 99
    assert len(after.load("tasks")) == 60
    untouched = [path for path, at in before.items() if path.is_file() and path.stat().st_mtime_ns == at]
    assert untouched, "parts in which nothing changed are left alone"


def test_a_pool_gives_what_one_process_gives(lists: Path, tmp_path: Path) -> None:
    corpus.write_corpus(lists, tmp_path / "one", workers=1, chunk=7)
    corpus.write_corpus(lists, tmp_path / "two", workers=2, chunk=7)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_document_that_ends_its_process_costs_only_itself(
    lists: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tasklist.parse_document

    def deadly(text: str, **given: str) -> object:
        if "支持企业5家" in getattr(text, "text", text):
            os._exit(9)
        return whole(text, **given)

    monkeypatch.setattr(
        tasklist, "parse_document", deadly
    )  # the processes of the pool are copies of this one
    done = corpus.write_corpus(lists, tmp_path / "out", workers=2, chunk=7)
    assert (done.read, done.failed) == (29, 2)
    documents = corpus.open_corpus(tmp_path / "out").load("documents").set_index("doc_id")
    assert "abnormally" in documents.loc["2024/list-5.txt", "reason"]


def test_killed_in_the_middle_and_called_again(lists: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = f"from sxcanalysis.outputs.corpus import write_corpus; write_corpus({str(lists)!r}, {str(out)!r}, workers=1, chunk=3)"
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    while process.poll() is None and len(list(out.glob("edition=*/part-*"))) < 3:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    there = len(corpus.open_corpus(out).load("documents"))
    assert 0 < there < 31
    done = corpus.write_corpus(lists, out, workers=1, chunk=3)
    assert done.kept >= there - 1  # the broken one is tried again
    corpus.write_corpus(lists, tmp_path / "fresh", workers=1, chunk=3)
    assert contents(out) == contents(tmp_path / "fresh")
    assert not list(out.glob("edition=*/.writing-*"))


def test_a_half_written_part_does_not_count(lists: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    corpus.write_corpus(lists, out, workers=1, chunk=50)
    part = corpus.live_parts(out)[0]
    newer = part.with_name(part.name.rpartition(".")[0] + ".1")
    newer.mkdir()
    pd.DataFrame({"doc_id": ["x"]}).to_parquet(newer / "tasks.parquet")
    assert corpus.live_parts(out)[0] == part
    corpus.write_corpus(lists, out, workers=1, chunk=50)
    assert not newer.exists() or (newer / "documents.parquet").is_file()


def test_a_cluster_loses_and_doubles_nothing_when_a_worker_dies(lists: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    settings = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "host": "127.0.0.1"}
    with distributed.LocalCluster(processes=True, silence_logs=50, **settings) as cluster:
        victim = next(iter(cluster.workers.values()))
        killed = []

        def told(progress: corpus.Progress) -> None:
            if progress.read and not killed:
                killed.append(victim.pid)
                os.kill(victim.pid, signal.SIGKILL)

        done = corpus.write_corpus(
            lists, tmp_path / "out", scheduler=cluster.scheduler_address, chunk=2, told=told
        )
    assert killed
    assert (done.read, done.failed) == (30, 1)
    corpus.write_corpus(lists, tmp_path / "one", workers=1, chunk=2)
    assert contents(tmp_path / "out") == contents(tmp_path / "one")


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="no document is here"):
        corpus.write_corpus(tmp_path, tmp_path / "out")
    with pytest.raises(MissingDataError, match="no data set"):
        corpus.open_corpus(tmp_path)
