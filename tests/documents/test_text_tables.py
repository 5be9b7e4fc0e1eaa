"""Tables in plain text that nothing draws: cells that blanks or commas part, whatever program set them."""

from __future__ import annotations

import pytest

from sxcanalysis import parse_document
from sxcanalysis.documents.mending import mend_text
from sxcanalysis.documents.text_tables import find_tables
from sxcanalysis.reference.bodies import two_bodies

ROWS = [
    ("序号", "工作任务", "牵头单位", "完成时限"),
    ("1", "改造东塘片公园9处，完善配套设施，提升服务水平", "市商务局", "2026年12月"),
    ("2", "推广北山片展馆", "市住房城乡建设局", "2026年3月"),
    ("3", "整治南山片社区63处，完善配套设施", "市司法局", "2026年8月"),
]


def width(words: str, wide: int) -> int:
    return sum(wide if ord(char) > 0x2E80 else 1 for char in words)


def laid_out(rows, wide: int, *, drift: int = 0, cell: int = 8) -> str:
    """Set rows as ``pdftotext -layout`` does: cells of at most so many characters a line, columns that drift."""
    starts, lines = [0, 6, 6 + cell * wide + 4, 6 + 2 * (cell * wide + 4)], []
    for n, row in enumerate(rows):
        parts = [[words[i : i + cell] for i in range(0, len(words), cell)] for words in row]
        for k in range(max(map(len, parts))):
            line = ""
            for start, part in zip(starts, parts, strict=True):
                place = start + (drift if n > 1 and start else 0)
                if k < len(part):
                    line += " " * (place - width(line, wide)) + part[k]
            lines.append(line)
    return "\n".join(lines)


def read(text: str) -> list[dict[int, str]]:
    """Give the rows of the one table as the parser takes them: a line without a number goes on with the row above."""
    [table] = find_tables(text)
    rows: list[dict[int, str]] = []
    for row in range(max(cell.row for cell in table.cells) + 1):
        cells = {c.column: text[c.start : c.end] for c in table.cells if c.row == row}
        if 0 in cells or not rows:
            rows.append(dict.fromkeys(range(table.width), ""))
        for column, words in cells.items():
            rows[-1][column] += words
    return rows


@pytest.mark.parametrize("wide", [1, 2], ids=["a character is one place", "a character is two places"])
@pytest.mark.parametrize("drift", [0, 2, -2])
def test_rows_of_many_lines_in_columns_that_move(wide, drift):
    text = "分工表\n" + laid_out(ROWS, wide, drift=drift)
    assert [tuple(row[c] for c in range(4)) for row in read(text)] == ROWS


@pytest.mark.parametrize(
    "head", [ROWS[0][1:], ("甲乙", "丙丁", "戊己")], ids=["known heads", "unknown heads"]
)
def test_lines_that_stand_below_each_other_need_no_number(head):
    rows = [head, *(row[1:] for row in ROWS[1:])]
    text = "\n".join("".join(f"{words}{' ' * (60 - width(words, 2))}" for words in row) for row in rows)
    [table] = find_tables(text)
    assert [text[c.start : c.end] for c in table.cells] == [words for row in rows for words in row]


def test_prose_with_blanks_is_no_table():
    assert not find_tables(
        "关于印发清单的通知\n各市人民政府：\n  甲厅    乙厅\n  2024年3月5日\n1. 建设 A B C 平台。"
    )


def test_single_blanks_part_cells_where_bodies_and_times_close_the_row():
    text = "序号 工作任务 牵头单位 配合单位 完成时限\n1 建设平台 省科技厅 省财政厅、省水利厅 2026年底\n2 开通 专线 省商务厅 省财政厅 6月底"
    assert read(text)[2] == {0: "2", 1: "开通 专线", 2: "省商务厅", 3: "省财政厅", 4: "6月底"}


def test_commas_part_cells_below_a_head_that_is_parted_so():
    text = '清单如下\n序号,任务,牵头单位\n1,"建设甲,乙平台",省科技厅\n2,推进丙,省水利厅\n以上,请落实。'
    assert read(text) == [
        {0: "序号", 1: "任务", 2: "牵头单位"},
        {0: "1", 1: "建设甲,乙平台", 2: "省科技厅"},
        {0: "2", 1: "推进丙", 2: "省水利厅"},
    ]


def test_a_title_among_rows_with_bars_stays_in_the_first_column():
    text = "序号|任务|牵头单位|时限\n第一章 建设体系|||\n1|建设甲|省科技厅|6月\n2|推进乙|省水利厅|9月"
    [table] = find_tables(text)
    assert ("第一章 建设体系", 0) in [(text[c.start : c.end], c.column) for c in table.cells if c.row == 1]


def test_mending_leaves_the_lines_of_a_table_over_pages_as_they_are():
    rows = [
        (str(n), "改造东塘片公园，完善配套设施，提升服务水平", "市商务局", f"{n}月") for n in range(1, 13)
    ]
    pages = [
        laid_out([ROWS[0], *rows[:4]], 2),
        laid_out([ROWS[0], *rows[4:8]], 2, drift=-1),
        laid_out([ROWS[0], *rows[8:]], 2, drift=1),
    ]
    text = "".join(f"{page}\n\n— {n} —\n\f" for n, page in enumerate(pages, start=1))
    mended, mends = mend_text(text)
    assert [mend.removed for mend in mends] == ["— 1 —", "— 2 —", "— 3 —"]
    tasks = parse_document(mended).tasks
    assert list(zip(tasks.number, tasks.deadline, strict=True)) == [(row[0], row[3]) for row in rows]


def test_a_line_break_of_html_parts_the_names_of_a_cell_and_no_name():
    text = "|序号|任务|牵头单位|\n|---|---|---|\n|1|建设甲工程|省科技厅<br>省财政厅|\n|2|推进乙工程|省住房城<br />乡建设厅|"
    assert list(parse_document(text).assignments.body) == ["省科技厅", "省财政厅", "省住房城乡建设厅"]


def test_names_on_lines_of_one_cell_set_with_blanks_stay_apart_and_a_wrapped_one_whole():
    rows = [
        ROWS[0],
        ("1", "建设甲工程", "省生态环境厅", "6月"),
        ("", "", "省工业和信息", ""),
        ("", "", "化厅", ""),
    ]
    assert list(parse_document(laid_out(rows, 2)).assignments.body) == ["省生态环境厅", "省工业和信息化厅"]


@pytest.mark.parametrize(
    ("left", "right", "two"),
    [
        ("省科技厅、市财政局", "市水利局、市司法局", True),
        ("市财政局", "市云岭事务局", True),
        ("市住房城乡", "建设局", False),
        ("国家税务总局", "江苏省税务局", False),
        ("省委", "省直机关工委", False),
        ("昆山市", "太仓市", True),
        ("市财政局", "", False),
    ],
)
def test_a_line_ends_between_two_bodies_where_both_are_whole(left, right, two):
    assert two_bodies(left, right) is two


def test_a_name_that_html_breaks_between_two_others_is_whole():
    cell = "省商务厅<br>省住房城乡<br>建设厅<br>省水利厅"
    bodies = parse_document(f"|序号|任务|牵头单位|\n|1|建设甲|{cell}|\n|2|推进乙|省林业局|").assignments.body
    assert list(bodies) == ["省商务厅", "省住房城乡建设厅", "省水利厅", "省林业局"]


def test_a_row_of_labels_below_a_table_is_no_row_of_it():
    text = "类别|任务|责任单位|时限\n一、教育|14.建设甲|教育局|6月\n15.建设乙|教育局|9月\n索引号:|1137/2022-04772|成文日期:|2022-10-08"
    assert list(parse_document(text).tasks.number) == ["14", "15"]


def set_with_blanks(rows) -> str:
    return "\n".join("".join(f"{words}{' ' * (40 - width(words, 2))}" for words in row) for row in rows)


def test_a_line_that_says_all_that_a_row_does_is_a_row_without_a_number_too():
    rows = [
        ("序号", "主要任务", "具体举措", "牵头单位", "完成时限"),
        ("1", "优化审批", "推行甲", "省科技厅", "6月"),
        ("", "", "压减乙", "省财政厅", "9月"),
        ("2", "强化要素", "供应丙", "省水利厅", "12月"),
    ]
    tasks = parse_document(set_with_blanks(rows)).tasks
    assert list(zip(tasks.number, tasks.deadline, strict=True)) == [("1", "6月"), ("1", "9月"), ("2", "12月")]


def test_the_second_line_of_a_head_takes_no_number():
    rows = [
        ("序号", "任务", "责任分工", "责任分工"),
        ("", "", "牵头单位", "配合单位"),
        ("1", "建设甲", "省科技厅", "省财政厅"),
        ("2", "推进乙", "省水利厅", "省商务厅"),
    ]
    found = parse_document(set_with_blanks(rows)).assignments
    assert list(zip(found.body, found.role, strict=True)) == [
        ("省科技厅", "lead"), ("省财政厅", "supporting"), ("省水利厅", "lead"), ("省商务厅", "supporting"),
    ]  # fmt: skip


def test_two_columns_below_known_heads_are_a_table():
    rows = [("工作任务", "责任单位"), ("（一）推进甲", "省科技厅、省财政厅"), ("（二）建设乙", "省水利厅")]
    assert len(parse_document(set_with_blanks(rows)).assignments) == 3


def test_empty_last_cells_of_titles_do_not_close_the_rows_of_a_table():
    text = "序号|任务|牵头\n第一章 甲|||\n1|建设甲|省科技厅\n第二章 乙|||\n2|推进乙|省水利厅"
    assert list(parse_document(text).assignments.body) == ["省科技厅", "省水利厅"]
