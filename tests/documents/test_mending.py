"""Mending: what is joined, what is not, and that no character is lost either way."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sxcanalysis.documents import mending as _mending
from sxcanalysis.documents.reading import mend_text, read_document
from sxcanalysis.text import numerals as _numerals

SOURCE = Path(__file__).parents[2] / "data/sources/2024/sxc-task-list-2024.txt"
ITEMS = (
    "1. 建设甲中心，完善服务保障。（省科技厅牵头，甲市具体落实）\n"
    "2. 推进乙工程，做好前期工作。（省水利厅牵头，乙市具体落实）\n"
    "3. 支持丙园区，形成更多成果。（省商务厅牵头，丙市具体落实）\n"
)


def flat(text: str) -> str:
    return "".join(text.split())


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def without_removed(text: str, mends) -> str:
    """Take the lines that mending reports as left out from the text by hand."""
    rows = text.replace("\f", "\n\f\n").split("\n")
    for mend in mends:
        if mend.removed:
            assert rows[mend.line - 1].strip() == mend.removed
            rows[mend.line - 1] = ""
    return flat("".join(rows))


# What a page break leaves between two halves, and the halves.
BREAKS = [
    "\n\n",
    "\n\n\n",
    "\n",
    "\n— 6 —\n",
    "\n\n- 6 -\n\n",
    "\n第 3 页\n",
    "\n\n3\n\n",
    "\n\f",
    "\n第3页 共10页\n",
]
HALVES = [
    (
        "4. 持续建设国家先进功能纤维创新中心、国家集成",
        "电路特色工艺创新中心，引领产业向高端攀升。（省工信厅牵头，甲市具体落实）",
    ),
    (
        "4. 印发实施有机废弃物处理利用示范区",
        "建设指导规划，综合利用率均达到95%。（省生态环境厅牵头，甲市具体落实）",
    ),
    ("4. 全面推进二级航道整治。（省交通运输厅牵头，甲市、苏州市", "具体落实）"),
    ("4. 深入开展更新试点工作。（省住房", "城乡建设厅牵头，甲市具体落实）"),
    ("4. 落实《甲乙都市圈发展", "行动方案》各项任务。（省发展改革委牵头，甲市具体落实）"),
    ("4. 推进铁路、公路、", "机场建设，完善网络。（省交通运输厅牵头，甲市具体落实）"),
    (
        "4. 年内甲乙丙三市计划完成成片造林",
        "3.8万亩，新建绿美村庄32个。（省林业局牵头，甲市具体落实）",
    ),
    ("4. 建成工程", "，完善网络。（省交通运输厅牵头，甲市具体落实）"),
]


@pytest.mark.parametrize("gap", BREAKS)
@pytest.mark.parametrize(("left", "right"), HALVES)
def test_a_paragraph_cut_by_a_page_is_joined(left, right, gap):
    text = ITEMS + left + gap + right + "\n5. 完成戊工程，按期投用。（省水利厅牵头，甲市具体落实）"
    mended, mends = mend_text(text)
    assert left + right in lines(mended)
    assert len(lines(mended)) == 5
    assert {m.kind for m in mends} <= {"page-break", "line-break", "page-number"}
    joint = next(m for m in mends if m.kind in {"page-break", "line-break"})
    assert mended[: joint.offset].endswith(left)
    assert mended[joint.offset :].startswith(right)
    assert without_removed(text, mends) == flat(mended)


NEIGHBOURS = [
    ("a heading", "一、产业创新类", "1. 建设甲中心，完善服务。（省科技厅牵头）"),
    ("a heading in words", "产业创新类", "加快建设甲中心，完善服务保障体系。（省科技厅牵头）"),
    ("a Markdown heading", "## 一、产业", "加快建设甲中心，完善服务。"),
    ("a title", "2024年度甲乙都市圈重大推进事项清单", "为深入贯彻落实发展战略，现提出如下事项。"),
    ("a title over two lines", "甲省人民政府办公厅关于印发", "甲乙都市圈发展行动方案的通知"),
    ("a numbered item", "4. 持续建设国家创新中心和有关平台", "5. 建设乙中心。（省科技厅牵头）"),
    ("a Chinese number", "4. 持续建设国家创新中心和有关平台", "（二）推进产业协作"),
    (
        "an item after eleven",
        "11. 建成园区，引进企业和高层次",
        "12.121人才工程深入实施。（省科技厅牵头）",
    ),
    ("a role line", "4. 持续建设国家创新中心和有关平台", "牵头单位：省科技厅"),
    ("role lines", "牵头单位：省科技厅", "配合单位：省财政厅"),
    ("text after a role line", "责任单位：省科技厅、省财政厅", "加强组织领导，压实各方责任。"),
    (
        "a bracket on its own line",
        "4. 持续建设国家创新中心和有关平台",
        "（省科技厅牵头，甲市具体落实）",
    ),
    ("roles without brackets", "4. 持续建设国家创新中心和有关平台", "省科技厅牵头，甲市具体落实"),
    ("a table row", "4. 持续建设国家创新中心和有关平台", "5\t建设\t省科技厅"),
    ("a Markdown table row", "4. 持续建设国家创新中心和有关平台", "| 5 | 建设 |"),
    (
        "a whole sentence",
        "加快建设甲中心，完善服务保障体系，推进创新，引领产业高端发展。",
        "建设乙中心，完善服务。",
    ),
    (
        "quotes turned the wrong way",
        "深化“揭榜挂帅“等科技攻关机制，推进研发。",
        "落实”双碳”目标，完善服务保障。",
    ),
    (
        "a bracket never closed",
        "4. 建设甲平台，完善服务（省科技厅牵头。",
        "加强组织领导（含督查），压实责任。",
    ),
    ("a salutation", "关于做好有关工作的通知", "各市、县人民政府，省各委办厅局："),
    ("a signature", "现印发给你们，请认真贯彻执行。", "甲省人民政府办公厅"),
    ("a document number", "甲省人民政府办公厅文件", "甲政办发〔2024〕5号"),
    ("a date", "4. 持续建设国家创新中心和有关平台", "2024年3月5日"),
    ("a number on its own line", "4.", "建设甲中心，完善服务。（省科技厅牵头）"),
    ("a bullet", "4. 持续建设国家创新中心和有关平台", "• 建设甲中心，完善服务。"),
]


@pytest.mark.parametrize("gap", ["\n\n", "\n"])
@pytest.mark.parametrize(("left", "right"), [n[1:] for n in NEIGHBOURS], ids=[n[0] for n in NEIGHBOURS])
def test_what_is_whole_stays_apart(left, right, gap):
    text = ITEMS + left + gap + right
    mended, _ = mend_text(text)
    assert lines(mended)[-2:] == [left, right]


def test_page_numbers_that_count_are_left_out_and_a_single_one_stays():
    text = ITEMS.replace("\n2", "\n— 1 —\n2").replace("\n3", "\n— 2 —\n3")
    mended, mends = mend_text(text)
    assert [(m.kind, m.removed) for m in mends] == [
        ("page-number", "— 1 —"),
        ("page-number", "— 2 —"),
    ]
    assert lines(mended) == lines(ITEMS)
    one = ITEMS.replace("\n2", "\n— 1 —\n2")
    assert mend_text(one) == (one, [])


def test_a_number_alone_on_its_line_is_a_task_unless_a_paragraph_runs_across_it():
    text = "1\n\n建设甲中心，完善服务。（甲厅牵头）\n\n2\n\n建设乙中心，完善服务。（甲厅牵头）"
    assert mend_text(text) == (text, [])


def test_running_heads_beside_page_breaks_are_left_out():
    page = "甲省人民政府公报\n" + ITEMS
    mended, mends = mend_text("\f".join([page] * 4))
    assert [m.removed for m in mends if m.kind == "running-head"] == ["甲省人民政府公报"] * 3
    # The first one may be the title, so it stays.
    assert lines(mended) == ["甲省人民政府公报", *lines(ITEMS) * 4]


def test_latin_words_keep_their_space():
    assert mend_text("1. 甲（乙 open\nsource 丙）")[0] == "1. 甲（乙 open source 丙）"
    assert mend_text("1. 甲（乙 LNG\n接收站 丙）")[0] == "1. 甲（乙 LNG接收站 丙）"


def test_the_list_of_2024_has_one_paragraph_a_line():
    raw = SOURCE.read_text(encoding="utf-8")
    mended, mends = mend_text(raw)
    tasks = [line for line in lines(mended) if re.match(r"\d+\.", line)]
    assert len(tasks) == 53
    assert all(line.endswith("）") for line in tasks)
    assert len(lines(mended)) == 53 + 6 + 2
    assert [m.kind for m in mends] == ["page-break"] * 5
    assert flat(mended) == flat(raw)
    for words in (
        "国家集成电路特色",
        "苏州市具体落实）",
        "示范区建设指导规划",
        "省住房城乡建设厅牵头，无锡市、苏州市",
        "锡常协同发展先行区",
    ):
        assert words in mended
    # Spaces inside lines and the marks of headings are characters of the document.
    assert "（2022-2025 年）" in mended
    assert "### 三、基础设施类" in lines(mended)


def wrapped(paragraphs: list[str], width: int, *, indent: str) -> list[list[str]]:
    """Break paragraphs as a typesetter does: two columns a character, no mark at a line's start."""
    out = []
    for paragraph in paragraphs:
        rows, row, used = [], "", 0
        for char in indent + paragraph.strip():
            wide = 2 if ord(char) > 0x2000 else 1
            if used + wide > width and not (char in "，。、；）" and used + wide <= width + 2):
                rows.append(row)
                row, used = "", 0
            row += char
            used += wide
        out.append([*rows, row])
    return out


@pytest.mark.parametrize("page", [None, "— {} —", "{}", "第 {} 页"])
@pytest.mark.parametrize("blank", [False, True])
@pytest.mark.parametrize("indent", ["", "　　"])
@pytest.mark.parametrize("width", [44, 56, 60, 76])
def test_hard_wrapped_lines_become_paragraphs_again(width, indent, blank, page):
    want = lines(read_document(SOURCE))
    rows = [r for p in wrapped(want, width, indent=indent) for r in ([*p, ""] if blank else p)]
    if page:
        parts = [rows[i : i + 37] for i in range(0, len(rows), 37)]
        rows = [r for n, part in enumerate(parts, 1) for r in (*part, "", page.format(n), "")]
    text = "\n".join(rows)
    mended, mends = mend_text(text)
    assert [flat(line) for line in lines(mended)] == [flat(line) for line in want]
    assert mend_text(mended)[0] == mended
    assert without_removed(text, mends) == flat(mended)


def test_lists_of_short_lines_are_not_taken_for_wrapped_text():
    text = "\n".join(f"推进{c}流域水环境综合治理工程项目建设" for c in "甲乙丙丁戊己庚辛")
    assert mend_text(text) == (text, [])


PIECES = st.sampled_from(
    ["甲", "国家集成电路", "（", "）", "(", ")", "《", "》", "，", "。", "；", "、", "：", "1.", "2．", "（一）", "一、", "# ",
     "牵头单位：", "省科技厅牵头", "具体落实", "\n", "\n\n", "\n— 6 —\n", "\n3\n", "\f", "\t", " ", "　　", "3.8万亩", "abc",
     "第 3 页", "2024年3月5日", "推进太湖流域水环境综合治理，完善服务保障体系，引领产业高端发展", "•", "|", "11.121人才"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join))
def test_nothing_is_lost_and_twice_is_once(text):
    mended, mends = mend_text(text)
    assert flat(mended) == without_removed(text, mends)
    assert mend_text(mended)[0] == mended
    assert all(0 <= m.offset <= len(mended) for m in mends)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_passes(text):
    mended, mends = mend_text(text)
    assert flat(mended) == without_removed(text, mends)


@pytest.mark.parametrize("module", [_mending, _numerals])
def test_examples_in_the_documentation(module):
    failed, tried = doctest.testmod(module)
    assert tried
    assert not failed
