"""What changed between two editions: a next year's list made of the 2024 one, by edits whose truth is known."""

from __future__ import annotations

import random
import re
import time

import numpy as np
import pandas as pd
import pytest

import sxcanalysis
from sxcanalysis import compare_editions
from sxcanalysis.analysis import edition_pairing
from sxcanalysis.analysis.changed_text import changed_words, diff_lines
from sxcanalysis.analysis.edition_pairing import best_pairs, likeness, reviewed_pairs
from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.reference.words import label, say

DOCUMENT = data_dir() / "sources" / "2024" / "sxc-task-list-2024.txt"

#: Task of 2024, and what stands for it in the next edition: one text or several; none where it is gone.
EDITS: dict[str, list[str]] = {
    "2024-18": [],
    "2024-01": [
        "全面落实苏州实验室服务保障措施，建成预研材料科学综合研究设施。",
        "支持太湖实验室争创国家实验室，在智能制造、深海装备等领域培育省实验室。",
    ],
    "2024-48": [
        "苏州市区进一步优化积分落户政策，所辖县级市全面取消落户限制。",
        "都市圈内其余城市全面推行经常居住地登记户口制度，有序推进户籍准入年限同城化累积互认。",
    ],
    "2024-14": ["支持柬埔寨西港特区提质升级，聚焦产业集聚，打造境外合作示范样板园区。"],
    "2024-28": [
        "深入开展新一轮太湖流域水环境综合治理，实施生态清淤、城乡生活污水治理等重大工程，完成700万方清淤任务。"
    ],
    "2024-32": ["推进森林城市和绿美村庄建设，三市完成造林3万亩，新建绿美村庄40个、改造提升绿美村庄21个。"],
    "2024-22": [
        "建成沪渝蓉高铁江苏段，加快推进通苏嘉甬铁路等江苏段建设，加快苏锡常城际铁路太仓先导段建设，开工建设常泰城际铁路，推动扬镇宁马铁路前期工作。"
    ],
    "2024-05": [
        "做强无锡物联网、苏州纳米新材料、苏州生物医药及高端医疗器械、常州新型碳材料等国家先进制造业集群，建设具有国际竞争力的先进制造业基地。"
    ],
    "2024-46": ["举办第十届中国昆剧艺术节、戏曲百戏（昆山）盛典等活动。"],
}
#: Tasks of 2024 that became one.
MERGED = {
    (
        "2024-35",
        "2024-36",
    ): "实现苏锡常地区生态园林城市全覆盖，支持无锡、常州加快国家生态园林城市建设；推进无锡、昆山国家海绵城市示范城市建设，总结推广试点经验。"
}
NEW = ["开展低空飞行试验，新建起降点20个。", "组建都市圈医疗联合体，推动检查检验结果互认。"]
RENAMED = {"生态环保类": "生态绿色类"}


def made() -> tuple[str, set[tuple[str, str]]]:
    """Write the next edition, and tell which of its tasks (by their place) continue which of 2024."""
    tasks = sxcanalysis.load_tasks(2024)
    merged_into = {one: ids for ids in MERGED for one in ids}
    parts: list[tuple[str, str, str, list[str]]] = []  # category, text, bracket, of which tasks
    for row in tasks.to_dict("records"):
        name = str(row["task_id"])
        texts = EDITS.get(name, [str(row["text"])])
        sources = [name]
        if name in merged_into:
            if name != merged_into[name][0]:
                continue
            texts, sources = [MERGED[merged_into[name]]], list(merged_into[name])
        category = (
            "体制机制类" if name == "2024-12" else RENAMED.get(str(row["category"]), str(row["category"]))
        )
        parts += [(category, text, str(row["attribution"]), sources) for text in texts]
    parts += [("体制机制类", text, "省交通运输厅牵头，常州市具体落实", []) for text in NEW]
    order = list(dict.fromkeys(category for category, *_ in parts))
    rng = random.Random(3)  # noqa: S311  # not for secrets
    lines, truth, number = ["2025年度苏锡常都市圈重大推进事项清单"], set(), 0
    for at, heading in enumerate(order):
        lines += ["", f"{'一二三四五六七八'[at]}、{heading}"]
        mine = [part for part in parts if part[0] == heading]
        rng.shuffle(mine)
        for _, text, bracket, sources in mine:
            number += 1
            words = re.sub(r"\s", "", text)
            lines.append(f"{number}. {words}（{re.sub(chr(10), '', bracket).strip('（）')}）")
            truth |= {(source, f"2025-{number:02d}") for source in sources}
    return "\n".join(lines) + "\n", truth


@pytest.fixture(scope="module")
def truth() -> set[tuple[str, str]]:
    return made()[1]


@pytest.fixture(scope="module")
def later():
    return sxcanalysis.parse_document(made()[0], edition="2025")


@pytest.fixture(scope="module")
def diff(later):
    return compare_editions(2024, later)


def links(found: sxcanalysis.analysis.edition_diff.EditionDiff) -> set[tuple[str, str]]:
    both = found.tasks[(found.tasks["old_id"] != "") & (found.tasks["new_id"] != "")]
    return set(zip(both["old_id"], both["new_id"], strict=True))


# --- pairs -------------------------------------------------------------------------------------------------------------


def test_nothing_changed_between_an_edition_and_itself():
    same = compare_editions(2024, "2024")
    counts = same.counts()
    assert counts.pop("kept") == 53
    assert not any(counts.values())
    assert (same.tasks["old_id"] == same.tasks["new_id"]).all()
    assert same.bodies.empty
    assert same.targets.empty
    assert same.projects.empty
    assert set(same.categories["change"]) == {"kept"}


def test_pairs_are_those_that_are_known(diff, truth):
    found = links(diff)
    assert len(found & truth) >= 0.95 * len(truth)
    assert len(found & truth) >= 0.95 * len(found)
    assert (diff.old, diff.new) == ("2024", "2025")


def test_splits_and_merges_are_told(diff, truth):
    split = diff.tasks[diff.tasks["status"] == "split"]
    assert set(split["old_id"]) == {"2024-01", "2024-48"}
    assert set(zip(split["old_id"], split["new_id"], strict=True)) == {
        pair for pair in truth if pair[0] in {"2024-01", "2024-48"}
    }
    merged = diff.tasks[diff.tasks["status"] == "merged"]
    assert set(merged["old_id"]) == {"2024-35", "2024-36"}
    assert len(set(merged["new_id"])) == 1
    assert (diff.counts()["split"], diff.counts()["merged"]) == (2, 1)


def test_each_task_of_both_is_told(diff, later):
    assert {task for task in diff.tasks["old_id"] if task} == set(sxcanalysis.load_tasks(2024)["task_id"])
    assert {task for task in diff.tasks["new_id"] if task} == set(later.tasks["task_id"])
    status = diff.tasks.set_index("old_id")["status"]
    assert status["2024-18"] == "dropped"
    assert status["2024-14"] == "reworded"
    assert (diff.tasks["status"] == "new").sum() == len(NEW)
    assert diff.tasks.loc[diff.tasks["status"] == "reworded", "similarity"].between(0.3, 0.999).all()


def test_a_renamed_category_is_one_line_and_moves_nothing(diff):
    changed = diff.categories[diff.categories["change"] != "kept"]
    assert changed[["old_category", "new_category", "change"]].to_numpy().tolist() == [
        ["生态环保类", "生态绿色类", "renamed"]
    ]
    moved = diff.tasks[diff.tasks["moved"]]
    assert moved[["old_id", "old_category", "new_category"]].to_numpy().tolist() == [
        ["2024-12", "产业创新类", "体制机制类"]
    ]


def test_the_comparison_can_be_turned_round(diff, later):
    back = compare_editions(later, 2024)
    assert {(new, old) for old, new in links(back)} == links(diff)
    assert (back.counts()["split"], back.counts()["merged"]) == (1, 2)


def test_the_best_sum_goes_before_the_best_pair():
    # Greedy would take 0-0 (0.9) and leave 1 without a partner.
    assert best_pairs({0: {0: 0.9, 1: 0.85}, 1: {0: 0.88, 1: 0.2}}) == {0: 1, 1: 0}
    rng = np.random.default_rng(7)
    for _ in range(20):
        table = rng.random((6, 6))
        scores = {i: {j: float(table[i, j]) for j in range(6)} for i in range(6)}
        found = sum(table[i, j] - 0.3 for i, j in best_pairs(scores, 0.3).items())
        assert found >= best_sum(table - 0.3) - 6 * 2e-4


def best_sum(table: np.ndarray) -> float:
    """Find the best sum of a partial one-to-one pairing, by trying all."""
    if not len(table):
        return 0.0
    options = [best_sum(table[1:])]
    options += [
        float(table[0, j]) + best_sum(np.delete(table[1:], j, axis=1))
        for j in range(table.shape[1])
        if table[0, j] > 0
    ]
    return max(options)


def test_what_a_person_has_judged_goes_first(later, diff):
    row = diff.tasks[diff.tasks["old_id"] == "2024-14"].iloc[0]
    new = diff.tasks.loc[diff.tasks["status"] == "new", "new_id"].iloc[0]
    judged = [
        {"old": "2024-18", "new": new, "why": "renamed"},
        {"old": "2024-14", "new": None, "why": "another matter"},
    ]
    found = compare_editions(2024, later, reviewed=judged).tasks
    pair = found[found["old_id"] == "2024-18"].iloc[0]
    assert (pair["new_id"], pair["status"], pair["reviewed"]) == (new, "reworded", True)
    assert found.set_index("old_id")["status"]["2024-14"] == "dropped"
    assert found.set_index("new_id")["status"][row["new_id"]] == "new"
    several = compare_editions(
        2024, later, reviewed=[{"old": "2024-18", "new": [new, row["new_id"]], "why": ""}]
    ).tasks
    assert set(several.loc[several["old_id"] == "2024-18", "status"]) == {"split"}
    with pytest.raises(DataError, match="newer edition has no task 2025-99"):
        compare_editions(2024, later, reviewed=[{"old": "2024-18", "new": "2025-99", "why": ""}])


def test_reviewed_pairs_are_read_from_a_file(monkeypatch, tmp_path):
    path = tmp_path / "pairs-2024-2025.yml"
    monkeypatch.setattr(edition_pairing, "data_file", lambda name: tmp_path / name.split("/")[-1])
    assert reviewed_pairs("2024", "2025") == []
    path.write_text("- {old: 2024-18, new: 2025-03, why: the same matter}\n", encoding="utf-8")
    assert reviewed_pairs("2024", "2025")[0]["new"] == "2025-03"
    path.write_text("- {old: 2024-18}\n", encoding="utf-8")
    with pytest.raises(DataError, match="entry 1: expected old and new"):
        reviewed_pairs("2024", "2025")


def test_only_what_is_similar_is_named_as_nearest(diff):
    row = diff.tasks[diff.tasks["status"] == "dropped"].iloc[0]
    assert row["nearest_id"] == "" or row["nearest_similarity"] >= 0.3
    assert pd.isna(row["similarity"])
    assert likeness("推进，甲乙！丙", "推进甲乙丙") > 0.9


# --- what else changed ---------------------------------------------------------------------------------------------------


def parsed(text: str, edition: str):
    return sxcanalysis.parse_document(text, edition=edition)


OLD = "一、甲\n1. 完成造林3万亩，新建村庄30个。（省林业局牵头，苏州市、无锡市具体落实）\n2. 举办展览2次。（省商务厅牵头，苏州市具体落实）\n"
AFTER = (
    "一、甲\n1. 完成造林2.5万亩。（省水利厅牵头，省林业局按职责分工负责，苏州市具体落实）\n2. 新建村庄40个。（省林业局牵头，苏州市、无锡市具体落实）\n"
    "3. 举办展览2次。（省商务厅牵头，苏州市、无锡市具体落实）\n"
)


def test_targets_are_followed_into_the_parts_of_a_task():
    found = compare_editions(parsed(OLD, "2024"), parsed(AFTER, "2025"))
    assert set(found.tasks.loc[found.tasks["old_id"] == "2024-01", "status"]) == {"split"}
    changes = found.targets.set_index("change")
    assert list(changes.index) == ["lowered", "raised"]
    assert "2.5" in changes.loc["lowered", "new_target"]
    assert changes.loc["raised", ["old_id", "new_id"]].tolist() == ["2024-01", "2025-02"]


def test_bodies_and_cities():
    found = compare_editions(parsed(OLD, "2024"), parsed(AFTER, "2025")).bodies
    third = found[found["new_id"] == "2025-03"]
    assert third[["body", "body_kind", "change", "new_role"]].to_numpy().tolist() == [
        ["无锡市", "city", "added", "implementing"]
    ]
    first = found[found["new_id"] == "2025-01"].set_index("body")
    assert first.loc["省林业局", ["change", "old_role", "new_role"]].tolist() == [
        "role",
        "lead",
        "responsible",
    ]
    assert first.loc["省水利厅", "change"] == "added"
    assert first.loc["无锡市", "change"] == "removed"


def test_projects_that_are_new_gone_or_moved_on():
    columns = ["task_id", "project_id", "name", "stage"]
    old = pd.DataFrame(
        [("2024-22", "p1", "沪苏湖铁路", "under_construction"), ("2024-22", "", "常泰城际铁路", "preparatory"), ("2024-22", "", "盐泰锡常宜铁路", "started"),
         ("2024-24", "", "魏村枢纽", "completed"), ("2024-25", "", "防洪工程", "programme")], columns=columns,
    )  # fmt: skip
    new = pd.DataFrame(
        [("2025-20", "p1", "沪苏湖高铁", "completed"), ("2025-20", "", "常泰城际铁路江苏段", "started"), ("2025-20", "", "盐泰锡常宜铁路", "preparatory"),
         ("2025-21", "", "扬镇宁马铁路", "preparatory"), ("2025-25", "", "防洪工程", "completed")], columns=columns,
    )  # fmt: skip
    tables = {
        "tasks": sxcanalysis.load_tasks(2024).head(2),
        "assignments": sxcanalysis.load_assignments(2024).head(0),
        "targets": sxcanalysis.load_targets(2024).head(0),
    }
    found = compare_editions({**tables, "projects": old}, {**tables, "projects": new})
    assert found.projects.set_index("change")[["old_name", "new_name"]].to_numpy().tolist() == [
        ["沪苏湖铁路", "沪苏湖高铁"], ["盐泰锡常宜铁路", "盐泰锡常宜铁路"], ["常泰城际铁路", "常泰城际铁路江苏段"], ["魏村枢纽", ""], ["", "扬镇宁马铁路"],
    ]  # fmt: skip
    assert list(found.projects["change"]) == ["advanced", "back", "advanced", "dropped", "new"]
    assert found.notes == ()
    alone = compare_editions(tables, {**tables, "projects": new})
    assert "2024" in alone.notes[0]


# --- words for a person --------------------------------------------------------------------------------------------------


def test_marked_words_give_both_texts_back(diff):
    for old, new in zip(diff.tasks["old_text"], diff.tasks["new_text"], strict=True):
        pieces = changed_words(old, new)
        assert "".join(piece.old for piece in pieces) == old
        assert "".join(piece.new for piece in pieces) == new
        assert all((piece.old == piece.new) == (piece.kind == "same") for piece in pieces)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_lines_for_a_person(diff, lang):
    small = compare_editions(parsed(OLD, "2024"), parsed(AFTER, "2025"))
    text = "\n".join([*diff_lines(diff, lang), *diff_lines(small, lang)])
    for change, n in {"new": 2, "dropped": 1, "split": 2, "merged": 1}.items():
        assert say("diff.count", lang, n=n, what=label(f"change.{change}", lang)) in text
    assert f"{label('diff.categories', lang)} (1)" in text
    for word in ("change.renamed", "change.raised", "change.lowered", "role.lead", "diff.targets"):
        assert label(word, lang) in text
    assert "[-635-][+700+]" in text
    assert not re.search(r"\{|nan", text)


# --- edges -----------------------------------------------------------------------------------------------------------------


def test_an_edition_that_is_not_there():
    with pytest.raises(MissingDataError, match="1999"):
        compare_editions(2024, 1999)
    with pytest.raises(DataError, match="assignments, targets are missing"):
        compare_editions({"tasks": sxcanalysis.load_tasks(2024)}, 2024)


def test_an_empty_edition():
    empty = parsed("", "2025")
    assert compare_editions(2024, empty).counts()["dropped"] == 53
    assert compare_editions(empty, 2024).counts()["new"] == 53
    assert len(compare_editions(empty, empty).tasks) == 0


def compared(size: int) -> tuple[pd.DataFrame, float]:
    """Compare a list of so many alike tasks with itself, a little changed and in another order; in CPU time."""
    words = sxcanalysis.load_tasks(2024)["text"]
    texts = [f"{words.iloc[i % 53][i // 53 % 60 :]}其{i}号" for i in range(size)]
    old = pd.DataFrame({"task_id": [f"1-{i}" for i in range(size)], "edition": "1", "text": texts})
    old = old.assign(number="1", category="", project_id="", name=old["text"].str[-12:], stage="started")
    new = old.assign(
        task_id=old["task_id"].str.replace("1-", "2-", n=1), edition="2", text="再" + old["text"]
    )
    empty = {name: getattr(sxcanalysis, f"load_{name}")(2024).head(0) for name in ("assignments", "targets")}
    sides = [{"tasks": side, "projects": side, **empty} for side in (old, new.sample(frac=1, random_state=1))]
    began = time.process_time()
    found = compare_editions(*sides)
    return found.tasks, time.process_time() - began


def test_long_lists_of_alike_tasks_are_paired_each_with_its_own_in_time_that_grows_with_them():
    tasks, long = compared(1200)
    assert set(tasks["status"]) == {"reworded"}
    assert (tasks["old_id"].str[2:] == tasks["new_id"].str[2:]).mean() > 0.99
    short = min(compared(300)[1] for _ in range(2))
    assert long < 6 * max(short, 0.2)
