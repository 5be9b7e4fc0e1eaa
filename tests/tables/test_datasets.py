"""Editions on disk: loaded as declared, written whole or not at all, traced to the words that they came from."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import sxcanalysis
from sxcanalysis.core.errors import DataError, DocumentError, MissingDataError
from sxcanalysis.core.paths import data_dir, source_record
from sxcanalysis.tables import loading as datasets
from sxcanalysis.tables.checking import evidence_findings
from sxcanalysis.tables.ingestion import ingest, read_edition

if TYPE_CHECKING:
    from pathlib import Path

DATA = data_dir()
DOCUMENT = DATA / "sources" / "2024" / "sxc-task-list-2024.txt"
TABLES = ("tasks", "assignments", "targets", "mentions", "issues")


@pytest.fixture
def root(tmp_path):
    """A data folder with the reference tables and no edition."""
    for folder in ("reference", "corrections"):
        shutil.copytree(DATA / folder, tmp_path / "data" / folder)
    return tmp_path / "data"


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_committed_tables_are_what_the_document_gives_today():
    made = datasets.table_files(read_edition(2024).frames)
    assert made == {path.name: path.read_bytes() for path in (DATA / "tables" / "2024").iterdir()}


def test_ingesting_elsewhere_gives_the_same_bytes(root):
    stated = {
        key: str(value)
        for key, value in source_record(DATA / "sources" / "2024").items()
        if key in ("title_en", "obtained", "circle")
    }
    made = ingest(DOCUMENT, edition=2024, root=root, stated=stated)
    assert made.changed
    assert _files(root / "tables" / "2024") == _files(DATA / "tables" / "2024")
    assert _files(root / "sources" / "2024") == _files(DATA / "sources" / "2024")
    before = _files(root)
    again = ingest(DOCUMENT, edition=2024, root=root)
    assert not again.changed
    assert _files(root) == before


def test_what_2024_holds():
    tasks = sxcanalysis.load_tasks(2024)
    assert tasks.groupby("category", sort=False).size().tolist() == [12, 8, 8, 6, 13, 6]
    assert tasks["number"].tolist().count("23") == 2
    assert {"2024-23a", "2024-23b", "2024-01", "2024-52"} <= set(tasks["task_id"])
    assert (tasks["category_en"] != "").all()
    assignments = sxcanalysis.load_assignments("2024")
    assert "省工信厅" not in set(assignments["body"])
    assert assignments.loc[assignments["body_as_written"] == "省工信厅", "body"].tolist() == [
        "省工业和信息化厅"
    ]


def test_every_row_quotes_its_source():
    frames = {name: getattr(datasets, f"load_{name}")(2024) for name in TABLES}
    text = sxcanalysis.read_document(DOCUMENT)
    assert evidence_findings(frames, text) == []
    frames["targets"] = frames["targets"].assign(start=frames["targets"]["start"] + 1)
    assert len(evidence_findings(frames, text)) == len(frames["targets"])


def test_loading_gives_what_parsing_gave():
    parsed = sxcanalysis.parse_document(sxcanalysis.read_document(DOCUMENT), edition="2024")
    loaded = sxcanalysis.load_assignments(2024).drop(columns="corrected").astype({"role": "str"})
    loaded.attrs = {}
    pd.testing.assert_frame_equal(loaded, parsed.assignments)
    tasks = sxcanalysis.load_tasks(2024).drop(columns=["corrected", "category_en"])
    tasks.attrs = {}
    pd.testing.assert_frame_equal(tasks, parsed.tasks.drop(columns="category_en"))


def test_an_edition_that_is_not_there():
    with pytest.raises(MissingDataError, match=r"Editions with tables: 2024.*sxc ingest FILE --edition 1999"):
        sxcanalysis.load_tasks(1999)
    for name in ("", "../2024", "2024/..", "a b", "20-24"):
        with pytest.raises(DataError, match="cannot name an edition"):
            sxcanalysis.load_tasks(name)
    assert "2024" in datasets.available_editions()


def test_cities():
    cities = sxcanalysis.load_cities(2023).set_index("adcode")
    assert cities["city_en"].to_dict() == {
        "320200": "Wuxi", "320400": "Changzhou", "320500": "Suzhou", "320600": "Nantong", "321200": "Taizhou",
    }  # fmt: skip
    assert cities.loc["320500", "area"] == pytest.approx(8657, abs=1)
    full = cities.loc[["320200", "320400", "320500"], ["population", "gdp", "budget_revenue", "area"]]
    assert full.notna().all().all()
    for name in ("population", "gdp", "budget_revenue", "area"):
        known = cities[name].notna()
        assert (cities.loc[known, f"{name}_source"] != "").all()
        assert (cities.loc[~known, f"{name}_status"] == "not found").all()
    with pytest.raises(MissingDataError, match="no figures of 1850"):
        sxcanalysis.load_cities(1850)


def test_another_document_is_refused_unless_forced(root, tmp_path):
    ingest(DOCUMENT, edition="2024", root=root, stated={"issuer": "某机关"})
    before = _files(root)
    other = tmp_path / "other.txt"
    other.write_text(
        DOCUMENT.read_text(encoding="utf-8").replace("柬埔寨西港特区", "柬埔寨西港经济特区"), encoding="utf-8"
    )
    with pytest.raises(DataError, match=r"made from another document.*--force"):
        ingest(other, edition="2024", root=root)
    assert _files(root) == before
    made = ingest(other, edition="2024", root=root, force=True)
    assert [finding.partition(" ")[0] for finding in made.findings] == ["2024-14"]
    assert "became '经济特区打造" in made.findings[0]
    record = source_record(root / "sources" / "2024")
    assert (record["file"], record["issuer"]) == ("other.txt", "")
    assert not (root / "sources" / "2024" / DOCUMENT.name).exists()
    kept = {name.partition("/")[2]: data for name, data in _files(root / "replaced").items()}
    assert {name: data for name, data in kept.items() if name.startswith("tables")} == {
        f"tables/{name.rpartition('/')[2]}": data
        for name, data in before.items()
        if name.startswith("tables")
    }, "what was replaced can be compared"


def test_published_ids_stay_with_their_words(root, tmp_path):
    ingest(DOCUMENT, edition="2024", root=root)
    text = DOCUMENT.read_text(encoding="utf-8")
    # Item 17 leaves, the items after it move up by one.
    lines = [line for line in text.splitlines() if not line.startswith("17. ")]
    moved = [
        re.sub(r"^(\d+)", lambda m: str(int(m[1]) - 1) if int(m[1]) in {18, 19, 20} else m[1], line)
        for line in lines
    ]
    other = tmp_path / "other.txt"
    other.write_text("\n".join(moved), encoding="utf-8")
    made = ingest(other, edition="2024", root=root, force=True)
    old, new = sxcanalysis.load_tasks(2024), made.frames["tasks"]
    words = dict(zip(old["task_id"], old["text"], strict=True))
    assert {task_id: text for task_id, text in words.items() if task_id != "2024-17"} == dict(
        zip(new["task_id"], new["text"], strict=True)
    )
    assert [finding[:7] for finding in made.findings] == ["2024-17"]
    assert set(made.frames["assignments"]["task_id"]) == set(new["task_id"])


def test_a_new_edition_gets_its_own_tables(root, tmp_path):
    other = tmp_path / "list.txt"
    other.write_text("# 2025年度清单\n\n一、产业创新类\n\n1. 建设实验室，新建中心3个。（省科技厅牵头，苏州市具体落实）\n\n"
                     "二、数字经济类\n\n2. 推进算力建设。（省数据局牵头，无锡市具体落实）\n", encoding="utf-8")  # fmt: skip
    made = ingest(other, edition="2025", root=root, stated={"date": "2025-04-01"})
    assert made.frames["tasks"][["task_id", "category_en"]].to_numpy().tolist() == [
        ["2025-1", "Industry and innovation"], ["2025-2", ""],
    ] or made.frames["tasks"]["task_id"].tolist() == ["2025-01", "2025-02"]  # fmt: skip
    assert "category_unknown" in set(made.frames["issues"]["code"])
    record = source_record(root / "sources" / "2025")
    assert (record["title"], record["date"], record["issuer"]) == ("2025年度清单", "2025-04-01", "")
    assert {f"{name}.csv" for name in TABLES} <= {path.name for path in (root / "tables" / "2025").iterdir()}


def test_what_was_stated_is_kept(root):
    ingest(DOCUMENT, edition="2024", root=root, stated={"issuer": "某机关", "title": '甲\t"乙"\\'})
    ingest(DOCUMENT, edition="2024", root=root, stated={"date": "2024-04"})
    record = source_record(root / "sources" / "2024")
    assert (record["issuer"], record["title"], record["date"]) == ("某机关", '甲\t"乙"\\', "2024-04")
    with pytest.raises(DataError, match="publisher"):
        ingest(DOCUMENT, edition="2024", root=root, stated={"publisher": "x"})


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01\x02" * 999, "没有任务的一段话。".encode(), b"%PDF-1.4 broken"]
)
def test_a_bad_file_leaves_nothing(root, tmp_path, data):
    bad = tmp_path / "bad.txt"
    bad.write_bytes(data)
    with pytest.raises((DataError, DocumentError)):
        ingest(bad, edition="2025", root=root)
    assert not (root / "tables").exists()
    assert not (root / "sources").exists()


def test_a_table_that_breaks_its_schema_is_not_written(tmp_path):
    parsed = sxcanalysis.parse_document("一、甲\n1. 建设。（省科技厅牵头）", edition="2025")
    parsed.tasks.loc[0, "edition"] = ""
    with pytest.raises(DataError, match=r"tasks.csv, row 2, column edition"):
        datasets.write_edition(parsed, tmp_path / "2025")
    assert list(tmp_path.iterdir()) == []


def test_write_edition(tmp_path):
    parsed = sxcanalysis.parse_document("一、甲\n1. 建设。（省科技厅牵头）", edition="2025")
    paths = datasets.write_edition(parsed, tmp_path / "2025")
    assert [path.name for path in paths] == [f"{name}.csv" for name in (*TABLES, "projects", "fields")]
    assert b"\r" not in b"".join(path.read_bytes() for path in paths)


def test_what_a_person_keeps_beside_the_document_stays(root):
    ingest(DOCUMENT, edition="2024", root=root)
    beside = root / "sources" / "2024"
    (beside / "letter.txt").write_text("how it was obtained", encoding="utf-8")
    (beside / "scans").mkdir()
    (beside / "scans" / "1.png").write_bytes(b"png")
    assert ingest(DOCUMENT, edition="2024", root=root, stated={"note": "with scans"}).changed
    assert (beside / "letter.txt").read_text(encoding="utf-8") == "how it was obtained"
    assert (beside / "scans" / "1.png").read_bytes() == b"png"


@pytest.mark.parametrize("table", ["", "task_id,words\n1,2\n"])
def test_a_damaged_table_is_made_again(root, table):
    ingest(DOCUMENT, edition="2024", root=root)
    path = root / "tables" / "2024" / "tasks.csv"
    whole = path.read_bytes()
    path.write_text(table, encoding="utf-8")
    made = ingest(DOCUMENT, edition="2024", root=root)
    assert "could not be held against those published" in made.findings[0]
    assert path.read_bytes() == whole


def test_a_corrected_task_is_not_told_as_reworded(root):
    entry = ("- {id: x, table: tasks, quote: 打造境外合作样板园区, set: {category: 甲}, why: w, reviewed_by: r, date: 2024-06-01}\n"
             "- {id: y, table: tasks, quote: 建设桑田科学岛, set: {text: 乙}, why: w, reviewed_by: r, date: 2024-06-01}\n")  # fmt: skip
    (root / "corrections" / "2024.yml").write_text(entry, encoding="utf-8")
    for _ in range(2):
        made = ingest(DOCUMENT, edition="2024", root=root)
        assert made.findings == ()
        assert made.frames["tasks"].set_index("task_id").loc[
            ["2024-14", "2024-16"], "corrected"
        ].tolist() == ["x", "y"]
