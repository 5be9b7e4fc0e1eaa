"""The page on which a person works through a new edition, and the workbook with the same rows."""

from __future__ import annotations

import html
import re
import shutil
from types import SimpleNamespace

import pytest
from openpyxl import load_workbook

from sxcanalysis.core.paths import data_dir
from sxcanalysis.outputs.review import write_review
from sxcanalysis.tables.ingestion import ingest

DOCUMENT = data_dir() / "sources" / "2024" / "sxc-task-list-2024.txt"
# A title with another number, twice the same new title, a project that no register has.
CHANGES = (
    ("等6个国家先进制造业集群", "等9个国家先进制造业集群"),
    ("聚焦提升产业集聚水平", "推动绿色 转型"),
    ("全面推动苏州工业园区打造世界一流高科技园区", "推动绿色转型"),
    ("建成沪苏湖铁路", "建成沪苏湖铁路，开工建设宜湖铁路"),
)


@pytest.fixture(scope="module")
def review(tmp_path_factory):
    folder = tmp_path_factory.mktemp("review")
    root = folder / "data"
    shutil.copytree(data_dir(), root, ignore=shutil.ignore_patterns(".*", "__pycache__", "*.geojson"))
    text = DOCUMENT.read_text(encoding="utf-8")
    for old, new in CHANGES:
        text = text.replace(old, new)
    lines = text.splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if "加强苏锡常国土空间规划衔接" in line)
    lines[at] = re.sub(
        r"加强苏锡常国土空间规划衔接[，。；].{6,20}", "深化苏锡常三市国土空间总体布局的衔接协同，", lines[at]
    )
    (folder / "list.txt").write_text("".join(lines), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SXC_DATA", str(root))
        patch.setenv("SXC_LANG", "en")
        made = ingest(folder / "list.txt", edition=2025, root=root)
        path = folder / "2025.html"
        left = write_review(path, made, ["reference/x.csv: something"], lang="en")
        before = made.frames["tasks"]
        (root / "corrections" / "pairs-2024-2025.yml").write_text(
            "- {old: 2024-47, new: 2025-47, why: w}\n", encoding="utf-8"
        )
        again = write_review(folder / "again.html", made, [], lang="en")
    page = html.unescape(path.read_text(encoding="utf-8"))
    return SimpleNamespace(path=path, page=page, left=left, made=made, tasks=before, again=again)


def part(page, title):
    return re.split(r"<h2[ >]", page.partition(f"<h2>{title}")[2])[0]


def test_the_workbook_holds_the_rows_of_the_page(review):
    book = load_workbook(review.path.with_suffix(".xlsx"))
    decide, targets, accepted = (book.worksheets[n] for n in range(3))
    assert decide.max_row - 1 == review.left == review.page.split('id="settled"')[0].count("<li>")
    assert targets.max_row - 1 == len(review.made.frames["targets"])
    for section, where, words, what, copy in decide.iter_rows(min_row=2, values_only=True):
        rows = part(review.page, section)
        assert all(str(one).lstrip("'") in rows for one in (where, what, copy) if one), (section, where)
        assert re.sub(r"\s+", "", words or "") in re.sub(r"<[^>]+>|\s+", "", rows)
    assert accepted.max_row >= 1


def test_the_same_words_are_asked_for_once_and_a_number_is_carried(review):
    titles = review.tasks.set_index("task_id")
    assert "等9个国家" in titles.loc["2025-05", "title"]
    assert titles.loc["2025-05", "title_en"] == "Advanced manufacturing clusters"
    assert (titles["title_en"] == "").sum() >= 2
    english = part(review.page, "Missing English")
    assert len(re.findall(r"task\.推动绿色\s?转型", english)) == 2, (
        "one row, as code and as what the button copies"
    )


def test_a_project_that_the_register_lacks_is_an_issue_and_on_the_page(review):
    issues = review.made.frames["issues"]
    assert "宜湖铁路" in set(issues.loc[issues["code"] == "project_unknown", "words"])
    assert "宜湖铁路" in part(review.page, "Projects that the register lacks")


def test_a_pair_is_asked_for_until_it_is_judged(review):
    pairs = part(review.page, "Pairs of tasks to confirm")
    assert pairs.count("<li>") >= 1
    assert "data/corrections/pairs-2024-2025.yml" in pairs
    asked = set(re.findall(r"\{old: (\S+), new: (\S+), why", pairs))
    gone = int(("2024-47", "2025-47") in asked)
    assert review.again == review.left - 1 - gone, (
        "the finding of the check, and the pair if it was asked for"
    )
