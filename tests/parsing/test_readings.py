"""Kinds of lists as they are found in the wild, each in a few lines: which bodies a task names in which role, and until when."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sxcanalysis.documents.tables import Cell, Table
from sxcanalysis.parsing.tasklist import parse_document

ROLES = {"L": "lead", "R": "responsible", "I": "implementing", "S": "supporting"}

# What a reader would misread | the document, ⇥ for a tab and ⏎ for a line end | a line a task: its bodies | its deadlines.
KINDS = {
    "a head of two rows": (
        "序号⇥任务⇥责任分工⇥责任分工⇥目标⇥目标⏎序号⇥任务⇥牵头单位⇥配合单位⇥2025年⇥2026年⏎1⇥新建充电桩⇥市发展改革委⇥市城管局⇥800个⇥1500个",
        ["L 市发展改革委 S 市城管局"], [""],
    ),
    "a cell of time that a page cuts": (
        "序号⇥任务⇥责任单位⇥完成时限⏎1⇥完善机制⇥市水利局⇥2026年5⏎⏎序号⇥任务⇥责任单位⇥完成时限⏎⇥防范滥用。⇥⇥月⏎2⇥整修渠道⇥市财政局⇥2026年6月",
        ["R 市水利局", "R 市财政局"], ["2026年5月", "2026年6月"],
    ),
    "a running head inside a bracket": (
        ("1.加快快速路建设，完成投资⏎— 3 —⏎云江市人民政府公报 2026年第4期⏎20亿元。（市水利局牵头，市发展改革委、⏎— 4 —⏎"
        "云江市人民政府公报 2026年第4期⏎市财政局配合）⏎2.开通专线。（市教育局负责）"),
        ["L 市水利局 S 市发展改革委 S 市财政局", "R 市教育局"], ["", ""],
    ),
    "line ends inside a bracket": (
        "1.建成甲工程。（省科技厅牵头，省直各相关部门和⏎各市政府落实）⏎2.建设大桥。（各地级以上市⏎人民政府负责）",
        ["L 省科技厅 I 省直各相关部门 I 各市政府", "R 各地级以上市人民政府"], ["", ""],
    ),
    "brackets of any sort": (
        "1.建设水厂。{市财政局牵头，市林业局配合}⏎2.建设水塔。（市财政局牵头,市林业局配合〕⏎3.修渠。〖责任单位：市财政局〗",
        ["L 市财政局 S 市林业局", "L 市财政局 S 市林业局", "R 市财政局"], ["", "", ""],
    ),
    "items that begin with a dash": (
        "1. 抓好回收⏎- 发挥机制，由商务部按职责分工负责。⏎- 加强引导，由发展改革委牵头，财政部配合。⏎2. 提高水平⏎- 升级技术，由商务部牵头。",
        ["R 商务部", "L 国家发展改革委 S 财政部", "L 商务部"], ["", "", ""],
    ),
    "bodies in the first column, once a group": (
        "责任部门⇥序号⇥任务⏎市水利局⇥1⇥建设水厂甲⏎⇥2⇥建设水塔乙⏎市财政局⇥3⇥建设大桥丙",
        ["R 市水利局", "R 市水利局", "R 市财政局"], ["", "", ""],
    ),
    "a time without a date": (
        "1.建设水厂。（省工业和信息化厅牵头，持续推进）⏎2.建设水塔。（省科技厅负责，年底前完成）",
        ["L 省工业和信息化厅", "R 省科技厅"], ["持续推进", "年底前"],
    ),
    "heads in plain words": (
        "序号⇥做什么⇥谁牵头⇥谁参与⇥什么时候完成⏎1⇥建设水厂⇥市水利局⇥市财政局⇥6月底",
        ["L 市水利局 S 市财政局"], ["6月底"],
    ),
    "a column of cities by their short names": (
        "序号⇥改革举措⇥责任单位⇥承接地市⏎1⇥推行电子执照⇥省数据局⇥合肥、芜湖⏎2⇥建立证照库⇥省公安厅⇥全省各市",
        ["R 省数据局 I 合肥市 I 芜湖市", "R 省公安厅 I 全省各市"], ["", ""],
    ),
    "a list of projects below the tasks, in one table": (
        "序号⇥工作任务⇥牵头单位⏎1⇥建设水厂⇥市水利局⏎序号⇥项目名称⇥建设地点⇥总投资（亿元）⏎1⇥甲大厦⇥滨江区⇥18.6",
        ["L 市水利局"], [""],
    ),
    "bodies that open a sentence": (
        "一、关于大道改造。由市住建局牵头，市财政局配合，6月底前完成方案。⏎二、关于学校用地。由市教育局会同市财政局负责，8月底前完成征收。",
        ["L 市住房城乡建设局 S 市财政局", "R 市教育局 S 市财政局"], ["6月底前", "8月底前"],
    ),
    "a line that closes all items above it": (
        "一、交通⏎1.建成高速公路2条。⏎2.开工国道3条。⏎以上任务由省交通运输厅牵头，省财政厅配合。⏎二、能源⏎3.新建水厂。⏎4.新增风电。⏎（上述工作由省能源局负责）",
        [*["L 省交通运输厅 S 省财政厅"] * 2, *["R 省能源局"] * 2], [""] * 4,
    ),
    "blocks of labels": (
        ("任务1：建设园区⏎主要内容：建设校舍，引进院校。⏎牵头单位：市教育局⏎责任单位：市财政局⏎完成时限：2027年8月⏎⏎"
        "任务2：治理水体⏎主要内容：治理黑臭水体。⏎牵头单位：市水务局⏎完成时限：2026年12月"),
        ["L 市教育局 R 市财政局", "L 市水务局"], ["2027年8月", "2026年12月"],
    ),
    "persons beside bodies in a cell": (
        "序号⇥任务⇥责任单位及责任人⏎1⇥开展体检⇥市水利局 李强 市财政局 王伟⏎2⇥建设水厂⇥市水利局（李强）",
        ["R 市水利局 R 市财政局", "R 市水利局"], ["", ""],
    ),
    "a rule below a table": (
        "序号⇥任务⇥责任单位⏎1⇥开展体检⇥市水利局、市财政局⏎2⇥建设水厂⇥市水利局⏎注：列首位的为牵头单位，其他为配合单位。",
        ["L 市水利局 S 市财政局", "L 市水利局"], ["", ""],
    ),
    "an explanation of a list": (
        "现将主要内容解读如下：⏎一、出台背景⏎会议明确了要求。⏎二、主要内容⏎任务分解采用表格形式，共149项。", [], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_kind(kind):
    text, bodies, deadlines = KINDS[kind]
    found = parse_document(text.replace("⇥", "\t").replace("⏎", "\n"))
    expected = []
    for line in bodies:
        words = line.split()
        expected.append([(ROLES[role], body) for role, body in zip(words[::2], words[1::2], strict=True)])
    read = [
        list(part[["role", "body"]].itertuples(index=False, name=None))
        for task_id in found.tasks["task_id"]
        for part in [found.assignments[found.assignments["task_id"] == task_id]]
    ]
    assert read == expected
    assert found.tasks["deadline"].tolist() == deadlines


def test_a_rule_is_understood_and_numbers_inside_an_item_are_not_missed():
    below = "1.修渠。（市水利局、市财政局）\n注：列首位的为牵头单位。\n"
    inside = "1.深化改革。(1)推行甲。(市水利局牵头)(2)推行乙。(市财政局牵头)\n2.完善体系。(市水利局负责)\n"
    nested = "1.完善体系\n(1)编制预案。\n(2)开展演练。\n(责任单位:市水利局)\n2.健全机制\n(1)建立队伍。\n(责任单位:市财政局)\n"
    for text in (below, inside, nested):
        found = parse_document(text)
        assert not found.coverage.counts["unparsed"], text
        assert not set(found.issues["code"]) & {"number_missing", "item_swallowed"}, text
    assert "path" in parse_document("files/list.docx").issues["hint"][0]


def test_a_second_head_in_one_table_opens_another_one():
    """A sheet may hold a list of tasks and, below, one of projects without bodies."""
    rows = ["序号 工作任务 牵头单位", "1 建设水厂 市水利局", "序号 项目名称 建设地点", "1 甲大厦 滨江区"]
    cells, at = [], 0
    for r, row in enumerate(rows):
        for c, words in enumerate(row.split()):
            cells.append(Cell(at, at + len(words), r, c))
            at += len(words) + 1
    text = "\n".join(row.replace(" ", "\n") for row in rows)
    found = parse_document(
        SimpleNamespace(text=text, tables=(Table(tuple(cells), 0, len(text), None, "tabs"),))
    )
    assert found.assignments[["body", "role"]].values.tolist() == [["市水利局", "lead"]]
    assert found.fields[["column", "value"]].values.tolist()[1:] == [
        ["项目名称", "甲大厦"],
        ["建设地点", "滨江区"],
    ]


def test_one_body_in_two_forms_is_one_row():
    found = parse_document("1.建设水厂。（苏州市政府、苏州市人民政府负责）")
    assert found.assignments["body"].tolist() == ["苏州市政府"]
