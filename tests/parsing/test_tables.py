"""Lists set as tables: every row a task, every body in its role, no cell lost, whatever the form and the heads."""

from __future__ import annotations

import re
import time
from unicodedata import east_asian_width

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_parsing import check_contracts
from test_parsing_properties import CHECKS, anything

from sxcanalysis import parse_document
from sxcanalysis.documents.tables import Cell, Table, join_pages
from sxcanalysis.documents.text_tables import find_tables

HEAD = ("序号", "重点任务", "牵头单位", "配合单位")
BODIES = ("市水利局", "市教育局", "市交通运输局", "市财政局")


def rows(count, *, even):
    for i in range(1, count + 1):
        words = "建设项目" if even else "建设项目" + "并完善配套设施" * (i % 4)
        yield str(i), f"{words}{i:04d}号", BODIES[i % 4], "市发展改革委"


def shown(word, width):
    return word + " " * max(2, width - sum(1 + (east_asian_width(char) in "WF") for char in word))


FORMS = {
    "tabs": lambda table: "\n".join("\t".join(row) for row in table),
    "bars": lambda table: "\n".join("| " + " | ".join(row) + " |" for row in [table[0], ("---",) * 4, *table[1:]]),
    "bars behind cells": lambda table: "\n".join("|".join(row) + "|" for row in table),
    "one bar between": lambda table: "\n".join("|".join(row) for row in table),
    "drawn": lambda table: "┌──┬──┐\n" + "\n├──┼──┤\n".join("│" + "│".join(row) + "│" for row in table) + "\n└──┴──┘",
    "a cell a line": lambda table: "\n".join("\n".join(row) for row in table),
    "a cell a paragraph": lambda table: "\n\n".join("\n\n".join(row) for row in table),
    "bars on lines of their own": lambda table: "\n|\n".join("\n|\n".join(row) for row in table),
    "blanks": lambda table: "\n".join(" ".join(row) for row in table),
    "aligned blanks": lambda table: "\n".join(
        "".join(map(shown, row[:3], (8, 90, 20))) + row[3] for row in table
    ),
    **{
        f"items {sign}": lambda table, sign=sign: "\n".join(
            f"{sign.format(number)}{task}。（{lead}牵头，{help_}配合）" for number, task, lead, help_ in table[1:]
        )
        for sign in ("{}.", "{}、", "（{}）", "{} ", "第{}条 ", "{}．")
    },
}  # fmt: skip


@pytest.mark.parametrize(("count", "even"), [(5, True), (6, True), (6, False), (30, False), (200, True)])
@pytest.mark.parametrize("form", FORMS)
def test_as_many_tasks_as_rows(form, count, even):
    found = parse_document(FORMS[form]([HEAD, *rows(count, even=even)]))
    assert found.tasks["number"].tolist() == [str(i) for i in range(1, count + 1)]
    assert found.assignments["role"].tolist() == ["lead", "supporting"] * count
    assert found.coverage.counts["unparsed"] == 0


@pytest.mark.parametrize("form", ["tabs", "a cell a line", "items {}.", "items （{}）"])
def test_numbers_count_on_past_999(form):
    found = parse_document(FORMS[form]([HEAD, *rows(1012, even=False)]))
    assert found.tasks["number"].tolist() == [str(i) for i in range(1, 1013)]


def test_a_year_at_the_start_of_a_line_is_no_number():
    found = parse_document("1.建设甲，\n2026.5月底前完成。（市水利局牵头）\n2.建设乙。（市教育局牵头）\n")
    assert found.tasks["number"].tolist() == ["1", "2"]


# -- heads, orders, merged cells, pages: (number, words, category, bodies with their roles, deadline) ---------------------

LISTS = {
    "provincial bodies, cities, time, remark": (
        ("年度重点任务\n序号\t重点任务\t省级责任单位\t责任城市\t完成时限\t备注\n"
        "1\t建设跨市快速通道\t省交通运输厅、省发展改革委\t云岭市、昌平市\t2026年12月\t续建\n"
        "2\t共建产业创新平台\t省科技厅\t西川市\t2026年6月\t\n"),
        [
            ("1", "建设跨市快速通道", "", "省交通运输厅 responsible 省发展改革委 responsible 云岭市 implementing 昌平市 implementing", "2026年12月"),
            ("2", "共建产业创新平台", "", "省科技厅 responsible 西川市 implementing", "2026年6月"),
        ],
    ),
    "whole attributions in one column": (
        ("编号|工作内容|责任分工|时间要求\n1|推进管网改造|市水利局牵头，市财政局配合，各县（市、区）政府具体落实|9月底前\n"
        "2|开展河道治理|市水利局会同市生态环境局负责|年底前\n"),
        [
            ("1", "推进管网改造", "", "市水利局 lead 市财政局 supporting 各县（市、区）政府 implementing", "9月底前"),
            ("2", "开展河道治理", "", "市水利局 responsible 市生态环境局 supporting", "年底前"),
        ],
    ),
    "cities that take part, and cells that say what is above": (
        ("序号\t任务\t牵头城市\t参与城市\t时限\n1\t共建快速通道\t云岭市\t昌平市、西川市\t6月\n2\t联合执法检查\t同上\t西川市\t〃\n"
        "3\t互认公积金\t昌平市\t西川市\t年底\n"),
        [
            ("1", "共建快速通道", "", "云岭市 lead 昌平市 supporting 西川市 supporting", "6月"),
            ("2", "联合执法检查", "", "云岭市 lead 西川市 supporting", "6月"),
            ("3", "互认公积金", "", "昌平市 lead 西川市 supporting", "年底"),
        ],
    ),
    "the columns in another order": (
        "责任单位\t配合单位\t完成时限\t任务\t序号\n市水利局\t市财政局\t10月\t修渠40公里\t1\n市教育局\t/\t12月\t新建学校2所\t2\n",
        [
            ("1", "修渠40公里", "", "市水利局 responsible 市财政局 supporting", "10月"),
            ("2", "新建学校2所", "", "市教育局 responsible", "12月"),
        ],
    ),
    "heads that no list knows": (
        ("序\t做什么\t谁来做\t什么时候做完\n1\t新建水厂2座，改造管网30公里\t市水利局\t10月底前\n"
        "2\t新增学位5000个\t市教育局\t8月底前\n3\t建设口袋公园10个\t市林业局、市财政局\t12月底前\n"),
        [
            ("1", "新建水厂2座，改造管网30公里", "", "市水利局 responsible", "10月底前"),
            ("2", "新增学位5000个", "", "市教育局 responsible", "8月底前"),
            ("3", "建设口袋公园10个", "", "市林业局 responsible 市财政局 responsible", "12月底前"),
        ],
    ),
    "bodies concerned, and a longer column with an unknown head": (
        ("序号\t改革事项\t实施路径\t涉及部门\n1\t一件事一次办\t梳理高频事项30项，压减材料50%。\t市公安局、市教育局\n"
        "2\t信用修复\t建立协同机制。\t市发展改革委\n"),
        [
            ("1", "一件事一次办 梳理高频事项30项，压减材料50%。", "", "市公安局 responsible 市教育局 responsible", ""),
            ("2", "信用修复 建立协同机制。", "", "市发展改革委 responsible", ""),
        ],
    ),
    "groups repeated in a column": (
        ("序号\t重点举措\t实施路径\t完成时限\t责任单位\t配合单位\n1\t夯实水源\t新建小型水库3座，新增蓄水能力。\t10月\t市水利局\t/\n"
        "2\t夯实水源\t整修渠道40公里。\t12月\t市林业局\t各县（市、区）政府\n"),
        [
            ("1", "新建小型水库3座，新增蓄水能力。", "夯实水源", "市水利局 responsible", "10月"),
            ("2", "整修渠道40公里。", "夯实水源", "市林业局 responsible 各县（市、区）政府 supporting", "12月"),
        ],
    ),
    "a page cuts a row cell by cell": (
        ("序号\t任务\t内容\t责任单位\t配合单位\n1\t水库\t新建水库3座，新增蓄\t市水利局\t市财政局，相关县（市、区）\n\n"
        "序号\t任务\t内容\t责任单位\t配合单位\n\t\t水能力500万立方米。\t\t政府\n2\t渠道\t整修渠道40公里。\t市林业局\t/\n"),
        [
            ("1", "水库 新建水库3座，新增蓄水能力500万立方米。", "", "市水利局 responsible 市财政局 supporting 相关县（市、区）政府 supporting", ""),
            ("2", "渠道 整修渠道40公里。", "", "市林业局 responsible", ""),
        ],
    ),
    "a category goes on over the page": (
        ("| 序号 | 类别 | 工作任务 | 牵头单位 | 完成时限 |\n|---|---|---|---|---|\n| 1 | 水利 | 新建水闸3座 | 市水利局 | 6月 |\n\n— 3 —\n\n"
        "| 序号 | 类别 | 工作任务 | 牵头单位 | 完成时限 |\n|---|---|---|---|---|\n| 2 |  | 清淤河道8条 | 市水利局 | 12月 |\n"
        "| 3 | 教育 | 新建学校2所 | 市教育局 | 8月 |\n"),
        [
            ("1", "新建水闸3座", "水利", "市水利局 lead", "6月"),
            ("2", "清淤河道8条", "水利", "市水利局 lead", "12月"),
            ("3", "新建学校2所", "教育", "市教育局 lead", "8月"),
        ],
    ),
    "titles across the table, and a sum": (
        "序号\t项目名称\t年度建设内容\t责任单位\n一、交通\n1\t甲路\t完成路基\t市交通运输局\n二、水利\n2\t丙闸\t完成主体\t市水利局\n合计\t2项\t\t\n",
        [
            ("1", "甲路 完成路基", "交通", "市交通运输局 responsible", ""),
            ("2", "丙闸 完成主体", "水利", "市水利局 responsible", ""),
        ],
    ),
    "an item, and tables in two annexes": (
        ("一、建设\n1. 修建水库。（省水利厅牵头）\n附件1\n水利任务表\n序号\t任务内容\t责任单位\n1\t修渠\t市水利局\n2\t建闸\t市水利局\n"
        "附件2\n重大项目清单\n序号\t项目名称\t进展情况\t建设单位\t建设规模及内容\n1\t西川水厂\t在建\t西川水务公司\t占地30亩，日供水5万吨\n"),
        [
            ("1", "修建水库。", "建设", "省水利厅 lead", ""),
            ("1", "修渠", "水利任务表", "市水利局 responsible", ""),
            ("2", "建闸", "水利任务表", "市水利局 responsible", ""),
        ],
    ),
    "as pdftotext -layout sets it": (
        (" 序号        重点任务                           牵头单位            配合单位\n\n"
        "  1     建设跨市快速通道，完善互联互通         市交通运输局      市财政局、市自然资\n"
        "        路网，打通断头路3条。                                    源和规划局\n\n"
        "  2     共建产业创新平台2个。                  市科技局          市发展改革委\n"),
        [
            ("1", "建设跨市快速通道，完善互联互通路网，打通断头路3条。", "", "市交通运输局 lead 市财政局 supporting 市自然资源和规划局 supporting", ""),
            ("2", "共建产业创新平台2个。", "", "市科技局 lead 市发展改革委 supporting", ""),
        ],
    ),
    "a number beside the middle of its row": (
        (" 序号        重点任务                           牵头单位\n"
        "        建设跨市快速通道，完善互联互通\n  1                                            市交通运输局\n        路网，打通断头路3条。\n"
        "        共建产业创新平台，开放仪器\n  2                                            市科技局\n        设备。\n"),
        [
            ("1", "建设跨市快速通道，完善互联互通路网，打通断头路3条。", "", "市交通运输局 lead", ""),
            ("2", "共建产业创新平台，开放仪器设备。", "", "市科技局 lead", ""),
        ],
    ),
    "two bodies and a time on lines of their own": (
        "序号\n实事内容\n责任单位\n完成时限\n1\n新建水厂2座\n市水利局\n市财政局\n10月底\n2\n新增学位5000个\n市教育局\n8月底\n",
        [
            ("1", "新建水厂2座", "", "市水利局 responsible 市财政局 responsible", "10月底"),
            ("2", "新增学位5000个", "", "市教育局 responsible", "8月底"),
        ],
    ),
    "a line end inside a cell": (
        "序号\t任务\t责任单位\t时限\n1\t新建水厂2座，\n改造管网30公里\t市水利局\t10月\n2\t新增学位\t市教育局\t8月\n",
        [
            ("1", "新建水厂2座，改造管网30公里", "", "市水利局 responsible", "10月"),
            ("2", "新增学位", "", "市教育局 responsible", "8月"),
        ],
    ),
    "brackets inside the cells": (
        "序号|工作任务\n1|新建水厂2座。（市水利局牵头）\n2|新增学位5000个。（市教育局负责）\n",
        [
            ("1", "新建水厂2座。", "", "市水利局 lead", ""),
            ("2", "新增学位5000个。", "", "市教育局 responsible", ""),
        ],
    ),
    "no numbers": (
        "工作任务\t主要举措\t责任部门\n夯实水源\t新建小型水库3座\t市水利局\n改善供水\t改造水厂20座\t市水利局、市财政局\n",
        [
            ("", "夯实水源 新建小型水库3座", "", "市水利局 responsible", ""),
            ("", "改善供水 改造水厂20座", "", "市水利局 responsible 市财政局 responsible", ""),
        ],
    ),
    "groups closed by one line of bodies": (
        "行动方案\n  夯实水源\n    新建小型水库3座\n    整修渠道40公里\n    水利部、财政部按职责分工负责\n  改善供水\n    改造水厂20座\n    住房城乡建设部牵头，水利部负责\n",
        [
            ("", "新建小型水库3座整修渠道40公里", "夯实水源", "水利部 responsible 财政部 responsible", ""),
            ("", "改造水厂20座", "改善供水", "住房城乡建设部 lead 水利部 responsible", ""),
        ],
    ),
    "signs of a scanner behind the brackets": (
        "一、水利\n新建水厂2座(水务局牵头)' k3 Q9\n整治河道3条(北岭街道牵头) |\n",
        [("", "新建水厂2座", "水利", "水务局 lead", ""), ("", "整治河道3条", "水利", "北岭街道 lead", "")],
    ),
    "the foot of a web page": (
        "一、水利\n1. 修渠。（市水利局牵头）\n2. 建闸。\n水利信息网  主办单位：云岭市水利局  地址：人民路1号\n",
        [("1", "修渠。", "水利", "市水利局 lead", ""), ("2", "建闸。", "水利", "", "")],
    ),
}  # fmt: skip


def told(found):
    by_task = dict(list(found.assignments.groupby("task_id")))
    nothing = found.assignments.iloc[:0]
    return [
        (t.number, t.text, t.category, " ".join(f"{a.body} {a.role}" for a in by_task.get(t.task_id, nothing).itertuples()), t.deadline)
        for t in found.tasks.itertuples()
    ]  # fmt: skip


def check_law(found):
    """Every character called task lies in the text of some task, and every cell is used or told."""
    spans = found.coverage.spans
    inside = [range(t.start, t.end) for t in found.tasks.itertuples()]
    for start, end in spans.loc[spans["kind"] == "task", ["start", "end"]].itertuples(index=False):
        assert any(start in task and end - 1 in task for task in inside), found.text[start:end]
    told = {i for row in found.fields.itertuples() for i in range(row.start, row.end)}
    told |= {i for task in found.tasks.itertuples() for i in range(task.deadline_start, task.deadline_end)}
    for start, end in spans.loc[spans["kind"] == "field", ["start", "end"]].itertuples(index=False):
        assert all(i in told for i in range(start, end) if not found.text[i].isspace())
    for row in found.fields.itertuples():
        assert re.sub(r"\s", "", found.text[row.start : row.end]) == re.sub(r"\s", "", row.value)


@pytest.mark.parametrize("name", LISTS)
def test_lists_set_as_tables(name):
    text, expected = LISTS[name]
    found = parse_document(text)
    assert told(found) == expected
    check_contracts(text, found)
    check_law(found)


# -- columns that have no place of their own ------------------------------------------------------------------------------


def test_what_has_no_place_is_a_field():
    found = parse_document(LISTS["provincial bodies, cities, time, remark"][0])
    assert found.fields[["task_id", "column", "value"]].to_numpy().tolist() == [
        ["unknown-01", "备注", "续建"]
    ]


def test_a_project_list_is_rows_with_fields_and_one_finding():
    found = parse_document(
        "序号\t项目名称\t建设地点\t起止年限\t总投资（亿元）\t项目业主\n1\t西川水厂\t西川市\t2024-2026\t91.77\t西川水务公司\n"
        "2\t东岭电站\t东岭市\t2025-2028\t68.0\t东岭电力公司\n"
    )
    assert found.tasks["text"].tolist() == ["西川水厂", "东岭电站"]
    assert found.assignments.empty
    assert found.fields["value"].tolist()[:3] == ["西川市", "91.77", "西川水务公司"]
    assert found.issues["code"].tolist().count("table_without_bodies") == 1
    assert "attribution_missing" not in set(found.issues["code"])


def test_a_table_without_bodies_beside_tasks_holds_none():
    found = parse_document(LISTS["an item, and tables in two annexes"][0])
    assert "西川水务公司" in found.fields.loc[found.fields["task_id"] == "", "value"].tolist()
    assert found.coverage.tables["tasks"].tolist() == [2, 0]
    assert found.coverage.tables["cells_unused"].tolist() == [0, 0]


def test_owners_answer_where_they_are_offices_and_no_other_column_names_bodies():
    found = parse_document(
        "序号\t项目名称\t建设内容\t项目业主\n1\t甲路\t新建道路5公里\t市交通运输局\n2\t乙校\t新建教学楼\t市教育局\n"
    )
    assert found.assignments["body"].tolist() == ["市交通运输局", "市教育局"]


def test_a_column_of_bodies_that_is_not_read_is_a_warning():
    found = parse_document(
        "序号\t任务\t责任单位\t会商对象\n1\t修渠\t市水利局\t市财政局、市教育局\n2\t建闸\t市水利局\t市交通运输局\n"
    )
    assert ("column_unused", "warning") in set(
        zip(found.issues["code"], found.issues["severity"], strict=True)
    )
    assert found.fields["value"].tolist() == ["市财政局、市教育局", "市交通运输局"]


def test_a_missing_row_is_a_warning():
    found = parse_document("序号\t任务\t责任单位\n1\t修渠\t市水利局\n2\t建闸\t市水利局\n5\t清淤\t市水利局\n")
    assert found.issues["code"].tolist() == ["number_missing"]


def test_the_year_of_a_column_holds_for_its_targets():
    found = parse_document(
        "序号\t指标\t2026年目标\t2027年目标\t牵头单位\n1\t建设充电站\t超18个\t超30个\t市发展改革委\n2\t新增绿地\t20万平方米\t35万平方米\t市林业局\n"
    )
    targets = found.targets
    assert list(zip(targets["quote"], targets["deadline"], strict=True)) == [
        ("超18个", "2026年"), ("超30个", "2027年"), ("20万平方米", "2026年"), ("35万平方米", "2027年"),
    ]  # fmt: skip
    assert targets["metric"].tolist() == ["建设充电站", "建设充电站", "新增绿地", "新增绿地"]
    assert targets["target_id"].is_unique


def test_numbers_of_two_cells_are_two_numbers():
    found = parse_document("序号\t问题\t情况说明\n1\t管网老化\t漏损率高\n2\t110千伏线路滞后\t尚未征地\n")
    assert found.tasks["text"].tolist() == ["管网老化", "110千伏线路滞后"]


@pytest.mark.parametrize(
    "text",
    [
        "关于做好防汛工作的通知\n各县（市、区）人民政府：\n一、高度重视防汛工作。各级各部门要提高认识。\n二、加强值班值守。落实值班制度。\n2026年5月8日\n",
        "《供水行动方案》政策解读\n一、出台背景\n近年来，供水能力不断提升。\n二、主要内容\n（一）夯实水源。新建水库3座。\n（二）改善供水。改造水厂20座。\n",
        "各单位：\n现将有关事项通知如下：\n一、提高认识。各单位要高度重视。\n二、抓好落实。各单位要细化举措。\n",
    ],
)
def test_a_notice_and_an_explanation_hold_no_task(text):
    found = parse_document(text)
    assert found.tasks.empty
    assert found.issues["code"].tolist() == ["no_tasks"]


def test_many_missing_attributions_are_one_warning_more():
    items = "".join(f"{i}.建设{i}号工程。{'（市水利局牵头）' if i % 2 else ''}\n" for i in range(1, 11))
    assert parse_document(items).issues["code"].tolist().count("attributions_missing") == 1


def test_a_list_read_well_says_little():
    found = parse_document(FORMS["tabs"]([HEAD, *rows(30, even=False)]))
    assert found.issues.empty
    assert repr(found).startswith("TaskList(unknown: 30 tasks, 60 assignments, 1 tables, 0 of ")


# -- tables that a reader hands over --------------------------------------------------------------------------------------


class Read:
    """A document as a reader returns it."""

    def __init__(self, grid, merged=(), *, made="word"):
        self.text, cells = "", []
        for r, row in enumerate(grid):
            for c, words in enumerate(row):
                if words is None:  # covered by a merged cell
                    continue
                start = len(self.text)
                self.text += words
                rows_, columns = dict(merged).get((r, c), (1, 1))
                cells.append(Cell(start, len(self.text), r, c, rows_, columns))
                self.text += "\n"
        self.tables = (Table(tuple(cells), 0, len(self.text), 1, made),)


def test_merged_cells_stand_in_each_of_their_rows():
    read = Read(
        [
            ["序号", "类别", "任务", "责任单位"],
            ["1", "水利", "修渠40公里", "市水利局"],
            ["2", None, "建闸3座", None],
            ["3", "教育", "新建学校2所", "市教育局"],
        ],
        {(1, 1): (2, 1), (1, 3): (2, 1)}.items(),
    )
    assert told(parse_document(read)) == [
        ("1", "修渠40公里", "水利", "市水利局 responsible", ""),
        ("2", "建闸3座", "水利", "市水利局 responsible", ""),
        ("3", "新建学校2所", "教育", "市教育局 responsible", ""),
    ]


def test_several_rows_under_one_number_and_one_body_are_one_task():
    read = Read(
        [
            ["序号", "任务", "责任单位"],
            ["1", "修渠40公里；", "市水利局"],
            [None, "建闸3座。", None],
            ["2", "新建学校2所。", "市教育局"],
        ],
        {(1, 0): (2, 1), (1, 2): (2, 1)}.items(),
    )
    assert [row[:2] for row in told(parse_document(read))] == [
        ("1", "修渠40公里；建闸3座。"),
        ("2", "新建学校2所。"),
    ]


def test_a_head_of_two_rows_names_its_parts():
    read = Read(
        [
            ["序号", "任务", "年度目标", None, "责任单位"],
            [None, None, "2026年", "2027年", None],
            ["1", "新建充电站", "18个", "30个", "市水利局"],
        ],
        {(0, 0): (2, 1), (0, 1): (2, 1), (0, 2): (1, 2), (0, 4): (2, 1)}.items(),
    )
    found = parse_document(read)
    assert found.fields["column"].tolist() == ["年度目标2026年", "年度目标2027年"]
    assert found.targets["deadline"].tolist() == ["2026年", "2027年"]


def test_pages_are_joined_where_the_same_columns_go_on():
    text = "序号\t任务\t责任单位\n1\t修渠\t市水利局\n— 3 —\n序号\t任务\t责任单位\n2\t建闸\t市水利局\n"
    assert [table.made_from for table in join_pages(text, find_tables(text))] == ["tabs"]
    other = text.replace("— 3 —\n序号\t任务\t责任单位", "附件2\n序号\t项目\t业主")
    assert len(join_pages(other, find_tables(other))) == 2


# -- any text at all ------------------------------------------------------------------------------------------------------


@CHECKS
@given(anything)
def test_the_law_holds_for_any_text(words):
    check_law(parse_document(words))


@CHECKS
@given(st.lists(st.sampled_from(["序号", "任务", "责任单位", "1", "2", "修渠", "市水利局", "\t", "\t\t", "|", "\n", "\n\n", "附件2", "— 3 —", "  "]), max_size=60).map("".join))  # fmt: skip
def test_the_law_holds_for_pieces_of_tables(words):
    found = parse_document(words)
    check_contracts(words, found)
    check_law(found)


@pytest.mark.parametrize("unit", ["—", "- ", "| ", "甲  ", "\t"])
def test_work_grows_with_the_line(unit):
    """A line that nearly is a rule or a row costs time in proportion to its length."""

    def cost(count):
        begin = time.process_time()
        find_tables(unit * count + "甲")
        return time.process_time() - begin

    assert cost(8000) <= 6 * max(cost(2000), 0.02)


def test_page_numbers_inside_words_double_nothing():
    text = "人\n—３—\n\f局开展人\n—３—\n局开展人"
    check_contracts(text, parse_document(text))


@pytest.mark.parametrize(
    "unit",
    ["1\t甲\t市水利局\n", "|甲|乙|\n", "|甲|乙", "序号 任务 责任单位\n1 甲 市水利局\n", "序号\n任务\n责任单位\n", "序号\t任务\t责任单位\n", "附件1\n表\n", "建设甲\n市水利局负责\n", "  甲\n", "— 3 —\n甲\n"],
)  # fmt: skip
def test_work_grows_with_the_text(unit):
    """Four times the text costs at most about four times the processor time."""

    def cost(count):
        begin = time.process_time()
        parse_document(unit * count)
        return time.process_time() - begin

    small = max(min(cost(400) for _ in range(2)), 0.02)
    assert min(cost(1600) for _ in range(2)) <= 8 * small  # sixteen times would be the square


def test_a_rule_of_one_dash_a_column_is_no_row() -> None:
    found = parse_document(
        "|序号|任务|牵头厅局|参与委办局|\n|:-:|:-|:-|-:|\n|1|建设平台|省财政厅|省公安厅|\n|2|建设公园|省水利厅|省科技厅|\n"
    )
    assert list(found.tasks["text"]) == ["建设平台", "建设公园"]
    assert list(found.assignments["role"]) == ["lead", "supporting"] * 2


def test_a_column_of_progress_says_until_when() -> None:
    found = parse_document(
        "序号\t任务\t责任单位\t进度安排\n1\t编制规划\t市财政局\t6月底前完成\n2\t建设公园\t市水利局\t年底前完成\n"
    )
    assert list(found.tasks["deadline"]) == ["6月底前完成", "年底前完成"]
