"""Forms of the genre, a few lines each: numbers, bodies and roles that must come out."""

from __future__ import annotations

import csv

import pytest

from sxcanalysis import parse_document
from sxcanalysis.core.paths import data_dir

FORMS = {
    "a label with a level and a person before it": (
        "1.增长7%以上。\n牵头负责领导：张三。\n省牵头责任单位：省发展改革委。\n协同责任单位：省财政厅。\n",
        [("1", "省发展改革委", "lead"), ("1", "省财政厅", "supporting")],
    ),
    "persons after the bodies, then a schedule": (
        "1.新增学位2万个。\n责任单位：市教育局\n主要责任人：张三\n进度安排：6月底前完成。\n2.新建小学。\n责任单位：市教育局\n",
        [("1", "市教育局", "responsible"), ("2", "市教育局", "responsible")],
    ),
    "a sentence that closes with 由": (
        "（一）关于耕地的问题，由国土资源部会同农业部等部门负责落实。\n（二）关于税费的问题，由财政部负责。\n",
        [
            ("一", "国土资源部", "implementing"),
            ("一", "农业部", "supporting"),
            ("二", "财政部", "responsible"),
        ],
    ),
    "an unfamiliar name among familiar ones": (
        "1.抓好落实。（市发改委、市农委、中储粮某某直属库）\n2.明确责任。（市农委、市财政局）\n",
        [
            ("1", "市发展改革委", "responsible"),
            ("1", "市农委", "responsible"),
            ("1", "中储粮某某直属库", "responsible"),
            ("2", "市农委", "responsible"),
            ("2", "市财政局", "responsible"),
        ],
    ),
    "an unfamiliar name under a label, or alone before its role": (
        "1.建设。（责任单位：市交投）\n2.推进。（昆山负责）\n",
        [("1", "市交投", "responsible"), ("2", "昆山市", "responsible")],
    ),
    "persons in a bracket are no bodies": (
        "1.增长7%。（分管副省长负责，省发展改革委牵头）\n",
        [("1", "省发展改革委", "lead")],
    ),
    "a bracket with a count names no body": (
        "1.建设一批项目（某市2项配合工作）。\n2.推进工程。（市财政局负责）\n",
        [("2", "市财政局", "responsible")],
    ),
    "a label inside a sentence, over a line end": (
        "1.国际合作。年底前建成。责任单位：省\n农业厅、省财政厅（省国资办\n）。\n2.改革。（省农业厅负责）\n",
        [
            ("1", "省农业厅", "responsible"),
            ("1", "省财政厅（省国资办）", "responsible"),
            ("2", "省农业厅", "responsible"),
        ],
    ),
    "sentences that end with a half-width stop": (
        "1.总值增长7%以上.\n责任单位:省财政厅.\n2.投资增长10%.\n责任单位:省税务局、省林业局等.\n",
        [
            ("1", "省财政厅", "responsible"),
            ("2", "省税务局", "responsible"),
            ("2", "省林业局", "responsible"),
        ],
    ),
    "a list of annexes is no list of tasks": (
        "各单位：\n附件：1. 重点工作责任分解\n　　　2. 民生实事责任分解\n\n重点工作责任分解\n1.支持企业。（市财政局负责）\n",
        [("1", "市财政局", "responsible")],
    ),
    "deadlines on a line of their own": (
        "1.建设。\n责任单位：市财政局\n完成时限：2026年底\n2.推进。\n责任单位：市教育局\n完成时限：2027年底\n",
        [("1", "市财政局", "responsible"), ("2", "市教育局", "responsible")],
    ),
    "one sentence with 由 among sentences is no attribution": (
        "（一）扩大投资。实施项目510个。\n（二）推进改革，由各级政府共同负责。\n（三）保障民生。新增就业3万人。\n",
        [],
    ),
    "placeholders and slogans are no bodies": (
        (
            "1.建设。（市财政局负责）\n2.推进。（责任单位：待定）\n3.推进。（责任单位：无）\n4.建平台。（政府引导、社会参与）\n"
            "5.改造（市区、县城）。\n6.起草规则。（财政部、税务总局起草）\n"
        ),
        [("1", "市财政局", "responsible")],
    ),
    "what bodies do together": (
        "1.建设。（市财政局、市教育局共同推进）\n2.治理。（苏州市、无锡市，重点推进太湖治理）\n",
        [
            ("1", "市财政局", "responsible"),
            ("1", "市教育局", "responsible"),
            ("2", "苏州市", "responsible"),
            ("2", "无锡市", "responsible"),
        ],
    ),
    "cities as headings": (
        "苏州市\n1．推进。\n责任单位：市发展改革委\n无锡市\n2．推进。\n责任单位：市科技局\n",
        [("1", "市发展改革委", "responsible"), ("2", "市科技局", "responsible")],
    ),
    "words below the last task are no task's": (
        "1.建设。（市财政局负责）\n2.推进。（市教育局负责）\n本方案由市财政局负责解释，自发布之日起施行。\n",
        [("1", "市财政局", "responsible"), ("2", "市教育局", "responsible")],
    ),
    "departments as headings": (
        "市教育局\n1．新建。\n责任单位：各区\n市财政局\n2．筹资。\n责任单位：各区\n",
        [("1", "各区", "responsible"), ("2", "各区", "responsible")],
    ),
    "bodies one on each line": (
        "一、甲\n1.建设。\n责任单位：苏州市\n无锡市\n2.改革。\n责任单位：苏州市\n",
        [("1", "苏州市", "responsible"), ("1", "无锡市", "responsible"), ("2", "苏州市", "responsible")],
    ),
    "names without what a name ends in": (
        "1.建设。（市教育局、住建、交通等部门负责）\n2.推进。（昆山、太仓负责）\n",
        [
            ("1", "市教育局", "responsible"),
            ("1", "住建", "responsible"),
            ("1", "交通", "responsible"),
            ("2", "昆山市", "responsible"),
            ("2", "太仓市", "responsible"),
        ],
    ),
    "columns of a list of projects": (
        (
            "|序号|项目名称|建设内容及规模|总投资|责任单位|\n|---|---|---|---|---|\n|一|道路项目|\n"
            "|1|甲路|新建道路5公里|5亿元|市财政局|\n|2|乙路|改造道路3公里|3亿元|市教育局|\n|合计||||\n"
        ),
        [("1", "市财政局", "responsible"), ("2", "市教育局", "responsible")],
    ),
    "names that begin like a verb": (
        "1.甲。（应急管理部牵头，公安部配合）\n2.乙。（应城市、县政协办负责）\n",
        [
            ("1", "应急管理部", "lead"),
            ("1", "公安部", "supporting"),
            ("2", "应城市", "responsible"),
            ("2", "县政协办", "responsible"),
        ],
    ),
    "分工负责 and 各负其责": (
        "1.甲。（省科技厅、省财政厅分工负责）\n2.乙。（省教育厅、省水利厅各负其责）\n",
        [
            ("1", "省科技厅", "responsible"),
            ("1", "省财政厅", "responsible"),
            ("2", "省教育厅", "responsible"),
            ("2", "省水利厅", "responsible"),
        ],
    ),
    "a rule with an exception": (
        (
            "1.甲。（市水务局牵头。以下均需各县政府落实，县政府无相关职能的，由市直部门负责，不再列出）\n"
            "2.乙。（市财政局负责）\n"
        ),
        [
            ("1", "市水务局", "lead"),
            ("1", "各县政府", "implementing"),
            ("2", "市财政局", "responsible"),
            ("2", "各县政府", "implementing"),
        ],
    ),
    "an item that follows one without a stop": (
        "（四）甲乙。（科技部负责）\n（五）建立台账，完善共用协同机制\n（八）推进改革。（财政部负责）\n（九）增强覆盖。（教育部负责）\n",
        [("四", "科技部", "responsible"), ("八", "财政部", "responsible"), ("九", "教育部", "responsible")],
    ),
    "a cell merged over rows": (
        (
            "类别 | 事项名称 | 责任单位 | 分管领导 |\n四、教育 | 14.改扩建学校 | 教育局 | 张三 |\n"
            "15.建设运动场地 | 教育局 | 张三 | |\n"
        ),
        [("14", "教育局", "responsible"), ("15", "教育局", "responsible")],
    ),
    "cells and bars on lines of their own": (
        "序号\n|\n重点工作\n|\n责任单位\n|\n1\n|\n产值增长5%。\n|\n区发改委、区统计局\n|\n2\n|\n投资增长6%。\n|\n区财政局\n|\n",
        [
            ("1", "区发展改革委", "responsible"),
            ("1", "区统计局", "responsible"),
            ("2", "区财政局", "responsible"),
        ],
    ),
    "names parted by a blank": (
        "1.甲。（教育局 财政局负责）\n2.乙。\n责任单位：安监站 卫生院\n3.丙。（市财 政局负责）\n",
        [
            ("1", "教育局", "responsible"),
            ("1", "财政局", "responsible"),
            ("2", "安监站", "responsible"),
            ("2", "卫生院", "responsible"),
            ("3", "市财政局", "responsible"),
        ],
    ),
    "a sub-item whose bracket is not understood": (
        "一、作用\n（一）投资。\n1.工程。（省财政厅牵头卖力）\n2.项目。（省财政厅具体抓落实）\n",
        [("2", "省财政厅", "implementing")],
    ),
    "a table with blanks alone": (
        "序号 工 作 任 务 牵头单位 参与单位\n1 控制用水。 市水利局 市财政局、市农业局等\n2 节水。 市教育局、市水利局 市财政局\n",
        [
            ("1", "市水利局", "lead"),
            ("1", "市财政局", "supporting"),
            ("1", "市农业局", "supporting"),
            ("2", "市教育局", "lead"),
            ("2", "市水利局", "lead"),
            ("2", "市财政局", "supporting"),
        ],
    ),
    "brackets in angles": (
        "1.甲。（市教育局，各县<市、区>人民政府负责）\n",
        [("1", "市教育局", "responsible"), ("1", "各县（市、区）人民政府", "responsible")],
    ),
    "a header that does not say what the tasks are": (
        "路段 | 责任单位 |\n道路改造 | 市教育局 |\n机构建设 | 市民政局 |\n",
        [("", "市教育局", "responsible"), ("", "市民政局", "responsible")],
    ),
    "a row cut short keeps its number": (
        "序号 | 项目 | 举措 | 责任单位 |\n1 | 新建学校 | 4月完工 | 市教育局 |\n2 | 大修公路 | 7月开工 |\n",
        [("1", "市教育局", "responsible")],
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_form(form: str) -> None:
    text, expected = FORMS[form]
    found = parse_document(text)
    numbers = found.tasks.set_index("task_id")["number"]
    rows = found.assignments
    assert list(zip(numbers[rows["task_id"]], rows["body"], rows["role"], strict=True)) == expected
    assert sum(found.coverage.counts.values()) == sum(map(len, text.split()))


@pytest.mark.parametrize("form", FORMS)
def test_spans_and_tables_agree(form: str) -> None:
    """What a table calls a task or a body, the coverage calls so too."""
    found = parse_document(FORMS[form][0])
    by_offset = {}
    for kind, start, end in found.coverage.spans[["kind", "start", "end"]].itertuples(index=False):
        by_offset |= dict.fromkeys(range(start, end), kind)
    for table, allowed in (
        (found.tasks, {"task", "attribution", "number", "furniture", "unparsed"}),
        (found.assignments, {"attribution"}),
    ):
        for start, end in table[["start", "end"]].itertuples(index=False):
            inside = {by_offset[i] for i in range(start, end) if not found.text[i].isspace()}
            assert inside <= allowed


def test_a_page_that_stands_twice_is_said() -> None:
    page = "2.推进平台建设。（省财政厅负责）\n3.推进学校建设。（省教育厅负责）\n"
    issues = parse_document(f"1.建设实验室。（省科技厅负责）\n{page}{page}4.治水。（省水利厅负责）\n").issues
    assert issues["code"].tolist().count("task_repeated") == 2


def test_a_deadline_beside_the_bodies_holds_for_the_targets() -> None:
    found = parse_document(
        "1.新建学校20所。\n责任单位：市教育局\n完成时限：2026年底前\n2.建公园3个。（市园林局负责；完成时限：6月底前）"
    )
    assert found.targets["deadline"].tolist() == ["2026年底前", "6月底前"]
    assert found.tasks["text"].tolist() == ["新建学校20所。", "建公园3个。"]


def test_the_places_of_an_attribution_inside_a_task_are_no_mentions() -> None:
    found = parse_document(
        "1.治理。（责任单位：苏州市、无锡市）\n一是新建常州市河道3条。\n2.改革。（市教育局负责）\n"
    )
    assert found.mentions["name"].tolist() == ["常州市"]


def test_cities_over_their_items_are_the_categories() -> None:
    tasks = parse_document(FORMS["cities as headings"][0]).tasks
    assert tasks["category"].tolist() == ["苏州市", "无锡市"]


def test_short_cells_between_blanks_are_still_apart() -> None:
    for sign in "\t ":
        rows = "\n".join(sign.join((str(i), name, "120")) for i, name in enumerate("甲乙丙丁", start=1))
        assert parse_document(rows).tasks["number"].tolist() == ["1", "2", "3", "4"]


def test_every_known_body_can_be_named() -> None:
    """No name of the authority file is taken for a verb, a placeholder or a person."""
    with (data_dir() / "reference" / "bodies.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["kind"] != "stem"]
    for row in rows:
        name = row["name"].format("苏州")
        found = parse_document(f"1.甲。（{name}、省财政厅负责）").assignments
        assert name in found["body"].tolist(), name
