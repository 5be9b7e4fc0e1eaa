"""What a task says of itself: one clock for tasks and targets, milestones, short titles."""

from __future__ import annotations

from pathlib import Path

import pytest

from sxcanalysis.parsing.targets.reading import extract_targets
from sxcanalysis.parsing.task_facts import (
    deadline_of_text,
    deadlines,
    labelled_deadline,
    milestone,
    short_title,
)
from sxcanalysis.parsing.tasklist import parse_document

SOURCE = Path(__file__).parents[2] / "data" / "sources" / "2024" / "sxc-task-list-2024.txt"


@pytest.fixture(scope="module")
def tasks():
    return parse_document(SOURCE.read_text(encoding="utf-8"), edition="2024").tasks.set_index("task_id")


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("年底前建成水厂12座", "年底前"),
        ("到2026年建成水厂12座", "到2026年"),
        ("三季度末完成水厂12座", "三季度末"),
        ("国庆节前开放公园12座", "国庆节前"),
        ("十一月底前完成水厂12座", "十一月底前"),
        ("3个月内完成水厂12座", "3个月内"),
        ("明年6月底前建成水厂12座", "明年6月底前"),
        ("按期完成水厂12座", "按期"),
        ("新建水厂12座，年底前投用", "年底前"),
        ("产量比2020年增长12%", ""),
        ("自2020年以来新建水厂12座", ""),
        ("落实《规划（2022—2025年）》，新建水厂12座", ""),
    ],
)
def test_task_and_target_have_one_clock(words, until):
    targets, _ = extract_targets(words + "。")
    span = deadline_of_text(words)
    assert (words[slice(*span)] if span else "") == until
    assert {target.deadline for target in targets} <= {until}


def test_a_date_that_names_a_time_holds_before_one_that_does_not():
    assert deadline_of_text("按期完成清淤，年底前投用") == (7, 10)


@pytest.mark.parametrize(
    ("words", "until"),
    [("完成时限：长期坚持", "长期坚持"), ("时限：2026年12月", "2026年12月"), ("工作目标：新增10家", None)],
)
def test_behind_a_label(words, until):
    span = labelled_deadline(words)
    assert (words[slice(*span)] if span else None) == until


def test_a_bracket_or_label_dates_its_task():
    text = "1. 新增学位2万个。\n市教育局牵头\n完成时限：６月底前\n2. 建设实验室。（市科技局负责，年内完成）\n3. 建馆。（市文化局负责；完成时限：2026年底）"
    found = parse_document(text)
    assert found.tasks["deadline"].tolist() == ["６月底前", "年内", "2026年底"]
    for task in found.tasks.itertuples():
        if task.deadline:
            assert "".join(text[task.deadline_start : task.deadline_end].split()) == task.deadline


def test_milestones_and_numbers_of_the_2024_list(tasks):
    reached = {task for task, words in tasks["milestone"].items() if words}
    milestones = {f"2024-{n:02d}" for n in (3, 21, 22, 24, 38, 43, 45, 46, 47, 48)}
    numbers = {f"2024-{n}" for n in (11, 28, 29, 31, 32, 33, 35)}
    assert milestones <= reached <= milestones | numbers
    assert set(tasks.index[tasks["verifiable"]]) == milestones | numbers


@pytest.mark.parametrize(
    "words",
    [
        "加快建设甲中心，推进乙工程前期工作。", "持续开展丙行动，完善机制。", "建立健全丁机制。", "实施一批技术改造项目。",
        "支持甲市举办艺术节。", "推动建成更多示范园。", "形成更多制度创新成果。",
    ],
)  # fmt: skip
def test_going_on_is_no_milestone(words):
    assert milestone(words) is None


def test_titles(tasks):
    assert tasks.loc["2024-03", "title"] == "加快推进环太湖科创圈建设"
    assert tasks.loc["2024-03", "title_en"] == "Innovation circle around Lake Tai"
    assert short_title("【科创圈】推进建设，完善机制。") == "科创圈"


def test_dates_come_in_their_order():
    assert [found[0] for found in deadlines("6月底前开工，2027年建成。")] == ["6月底前", "2027年"]
