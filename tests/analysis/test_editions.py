"""What changed between two editions: a 2025 list made of the 2024 one, with known changes."""

from __future__ import annotations

import re
import time

import pandas as pd
import pytest

import sxcanalysis
from sxcanalysis import compare_editions
from sxcanalysis.analysis.edition_diff_text import diff_lines
from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import data_dir

DOCUMENT = data_dir() / "sources" / "2024" / "sxc-task-list-2024.txt"


def _next_year(text: str) -> str:
    """Change the list as a next year's edition would."""
    text = text.replace("2024 年度", "2025 年度")
    lines = text.splitlines()
    dropped = next(line for line in lines if line.startswith("18. "))
    moved = next(line for line in lines if line.startswith("12."))
    lines = [line for line in lines if line not in (dropped, moved)]
    at = next(i for i, line in enumerate(lines) if line.startswith("52. "))
    lines.insert(at + 1, "53. 开展低空飞行试验，新建起降点20个。（省交通运输厅牵头，常州市具体落实）")
    lines.insert(at + 2, moved.replace("12.", "54. "))
    text = "\n".join(lines)
    for old, new in (
        ("按期完成 635 万方清淤任务", "按期完成 700 万方清淤任务"),  # a target
        (
            "修复湿地1000亩以上。（省林业局牵头，无锡市",
            "修复湿地1000亩以上。（省水利厅牵头，省林业局按职责分工负责，无锡市",
        ),  # bodies
        (
            "支持柬埔寨西港特区打造境外合作样板园区",
            "支持柬埔寨西港特区提质升级，打造境外合作示范样板园区",
        ),  # words
    ):
        assert old in text
        text = text.replace(old, new)
    # 19 and what follows move up by one, where 18 is gone.
    return re.sub(r"(?m)^(19|20)(?=\. )", lambda match: str(int(match[1]) - 1), text)


@pytest.fixture(scope="module")
def diff():
    text = sxcanalysis.read_document(DOCUMENT)
    new = sxcanalysis.parse_document(_next_year(text), edition="2025")
    return compare_editions(2024, new)


def test_nothing_changed_between_an_edition_and_itself():
    same = compare_editions(2024, "2024")
    assert same.counts() == {
        "kept": 53, "reworded": 0, "new": 0, "dropped": 0, "renumbered": 0, "moved": 0, "bodies_changed": 0,
        "targets_changed": 0,
    }  # fmt: skip
    assert (same.tasks["old_id"] == same.tasks["new_id"]).all()
    assert same.bodies.empty
    assert same.targets.empty


def test_each_task_has_its_status(diff):
    status = diff.tasks.groupby("status")
    assert set(status.get_group("dropped")["old_id"]) == {"2024-18"}
    assert set(status.get_group("new")["new_id"]) == {"2025-53"}
    assert set(status.get_group("reworded")["old_id"]) == {"2024-14", "2024-28"}
    assert len(status.get_group("kept")) == 50
    assert (diff.old, diff.new) == ("2024", "2025")


def test_every_task_of_both_is_there_once(diff):
    old = [task for task in diff.tasks["old_id"] if task]
    new = [task for task in diff.tasks["new_id"] if task]
    assert sorted(old) == sorted(sxcanalysis.load_tasks(2024)["task_id"])
    assert len(new) == len(set(new)) == 53


def test_renumbered_and_moved(diff):
    tasks = diff.tasks
    assert dict(tasks.loc[tasks["renumbered"], ["old_number", "new_number"]].to_numpy().tolist()) == {
        "19": "18", "20": "19", "12": "54",
    }  # fmt: skip
    moved = tasks[tasks["moved"]]
    assert moved[["old_id", "old_category", "new_category"]].to_numpy().tolist() == [
        ["2024-12", "产业创新类", "体制机制类"]
    ]


def test_bodies(diff):
    assert diff.bodies.to_numpy().tolist() == [
        ["2024-31", "2025-31", "省林业局", "role", "lead", "responsible"],
        ["2024-31", "2025-31", "省水利厅", "added", "", "lead"],
    ]


def test_targets(diff):
    changes = diff.targets.set_index("change")
    assert changes.loc["changed", ["old_id", "old_target", "new_target"]].tolist()[0] == "2024-28"
    assert "635" in changes.loc["changed", "old_target"]
    assert "700" in changes.loc["changed", "new_target"]
    assert changes.loc["added", "new_id"] == "2025-53"
    assert "20" in changes.loc["added", "new_target"]
    assert len(changes) == 2


def test_only_what_is_similar_is_named_as_nearest(diff):
    row = diff.tasks[diff.tasks["status"] == "dropped"].iloc[0]
    assert row["nearest_id"] == ""
    assert pd.isna(row["similarity"])
    reworded = diff.tasks[diff.tasks["status"] == "reworded"]
    assert reworded["similarity"].between(0.5, 0.999).all()


def test_a_task_split_in_two_names_where_it_comes_from():
    one = "一、甲\n1. 推进免费诊断全覆盖；新培育一批智能制造示范车间、示范工厂和标杆工厂。（省科技厅牵头）\n"
    two = "一、甲\n1. 推进免费诊断全覆盖。（省科技厅牵头）\n2. 新培育一批智能制造示范车间、示范工厂和标杆工厂。（省科技厅牵头）\n"
    old, new = (
        sxcanalysis.parse_document(text, edition=name) for text, name in ((one, "2024"), (two, "2025"))
    )
    tasks = compare_editions(old, new).tasks.set_index("new_id")
    assert tasks["status"].to_dict() == {"2025-01": "new", "2025-02": "reworded"}
    assert tasks.loc["2025-01", "nearest_id"] == "2024-01"
    assert tasks.loc["2025-01", "nearest_similarity"] > 0.4


def test_the_comparison_can_be_turned_round(diff):
    new = {"tasks": diff.tasks}  # only to be sure that tables are asked for
    with pytest.raises(DataError, match="assignments, targets are missing"):
        compare_editions(new, 2024)
    text = sxcanalysis.read_document(DOCUMENT)
    later = sxcanalysis.parse_document(_next_year(text), edition="2025")
    back = compare_editions(later, 2024).counts()
    assert (back["new"], back["dropped"]) == (diff.counts()["dropped"], diff.counts()["new"])
    assert back["reworded"] == diff.counts()["reworded"]


def test_lines_for_a_person(diff):
    lines = diff_lines(diff)
    assert lines[0] == "2024 → 2025: 50 kept, 2 reworded, 1 new, 1 dropped"
    told = "\n".join(lines)
    for words in (
        "2024-18",
        "开展低空飞行试验",
        "省水利厅 + lead",
        "lead → responsible",
        "产业创新类 → 体制机制类",
        "635",
        "700",
    ):
        assert words in told


def test_an_edition_that_is_not_there():
    with pytest.raises(MissingDataError, match="1999"):
        compare_editions(2024, 1999)


def test_an_empty_edition():
    empty = sxcanalysis.parse_document("", edition="2025")
    assert compare_editions(2024, empty).counts()["dropped"] == 53
    assert compare_editions(empty, 2024).counts()["new"] == 53
    assert len(compare_editions(empty, empty).tasks) == 0


def test_long_lists_take_seconds_not_minutes():
    words = sxcanalysis.load_tasks(2024)["text"]
    size = 400
    texts = [f"{words.iloc[i % 53][i // 53 :]}其{i}" for i in range(size)]
    old = pd.DataFrame(
        {
            "task_id": [f"1-{i}" for i in range(size)],
            "number": "1",
            "category": "",
            "edition": "1",
            "text": texts,
        }
    )
    new = old.assign(
        task_id=[f"2-{i}" for i in range(size)], edition="2", text=[f"再{text}" for text in texts]
    )
    nothing = {
        "assignments": sxcanalysis.load_assignments().head(0),
        "targets": sxcanalysis.load_targets().head(0),
    }
    began = time.process_time()
    found = compare_editions({"tasks": old, **nothing}, {"tasks": new, **nothing})
    assert time.process_time() - began < 30
    assert found.counts()["reworded"] == size
