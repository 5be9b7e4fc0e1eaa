"""PDF without drawn cells: tables that only positions make, pages in two columns, text that cannot be read or seen."""

from __future__ import annotations

import random

import pytest
from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas
from reportlab.platypus import BaseDocTemplate, Paragraph, SimpleDocTemplate, Table
from reportlab.platypus.doctemplate import PageTemplate
from reportlab.platypus.frames import Frame

from sxcanalysis.core.errors import DocumentError
from sxcanalysis.documents.pdf import reading as pdf

FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))
CELL = ParagraphStyle("cell", fontName=FONT, fontSize=10, leading=15, wordWrap="CJK")
BODY = ParagraphStyle("body", fontName=FONT, fontSize=12, leading=20, wordWrap="CJK", firstLineIndent=24)
PROSE = "为深入贯彻落实发展战略，加快推进都市圈建设，形成更多制度创新成果，现就有关事项提出如下分工，请各单位认真落实。"
NOTE = "注：以上按职责分工落实。"
THREE_LINES = [
    ("LINEABOVE", (0, 0), (-1, 0), 1.2, colors.black),
    ("LINEBELOW", (0, 0), (-1, 0), 0.6, colors.black),
    ("LINEBELOW", (0, -1), (-1, -1), 1.2, colors.black),
]
OPEN_SIDES = [
    ("LINEABOVE", (0, 0), (-1, -1), 0.5, colors.black),
    ("LINEBELOW", (0, -1), (-1, -1), 0.5, colors.black),
    ("LINEAFTER", (0, 0), (-2, -1), 0.5, colors.black),
]


def read(file):
    return pdf.read(file.read_bytes(), file.name)


def cells(count: int, *, long: bool = True) -> list[list[str]]:
    rows = [["序号", "重点任务", "牵头单位", "完成时限"]]
    for k in range(1, count + 1):
        task = (
            f"加快推进第{k}类重大平台建设，完善服务保障体系，推动资源合理流动。"
            if long and k % 3
            else f"建设第{k}类平台"
        )
        rows.append(
            [str(k), task, "省发展改革委、省工业和信息化厅" if k % 2 else "省科技厅", f"{2024 + k % 3}年"]
        )
    return rows


def write(file, rows, style, *, repeat=0, around=True):
    made = [[row[0], *(Paragraph(text, CELL) for text in row[1:3]), *row[3:]] for row in rows[1:]]
    table = Table(
        [rows[0], *made],
        colWidths=[40, 200, 120, 60],
        repeatRows=repeat,
        style=[("FONT", (0, 0), (-1, -1), FONT), *style],
    )
    story = [Paragraph(PROSE, BODY), table, Paragraph(NOTE, BODY), Paragraph(PROSE, BODY)]
    SimpleDocTemplate(str(file)).build(story if around else [table])


def grid_of(out) -> list[list[str]]:
    """Spell the one table out from the places of its cells."""
    [table] = out.tables
    height = max(spot.row for spot in table.spots) + 1
    width = max(spot.column + spot.columns for spot in table.spots)
    grid = [[""] * width for _ in range(height)]
    for spot in table.spots:
        grid[spot.row][spot.column] = out.lines[spot.line][spot.start : spot.end]
    return grid


@pytest.mark.parametrize("lines", [THREE_LINES, OPEN_SIDES, []], ids=["three lines", "open sides", "no line"])
@pytest.mark.parametrize("valign", ["TOP", "MIDDLE"])
@pytest.mark.parametrize("align", ["LEFT", "CENTER"])
def test_a_table_without_drawn_cells_is_a_table(tmp_path, lines, valign, align):
    file = tmp_path / "a.pdf"
    rows = cells(7)
    write(file, rows, [*lines, ("VALIGN", (0, 0), (-1, -1), valign), ("ALIGN", (0, 0), (-1, -1), align)])
    out = read(file)
    assert grid_of(out) == rows
    around = [line for line in out.lines if "\t" not in line]
    assert "".join(around) == PROSE + NOTE + PROSE


@pytest.mark.parametrize("lines", [THREE_LINES, []], ids=["three lines", "no line"])
def test_another_head_begins_another_table(tmp_path, lines):
    file = tmp_path / "a.pdf"
    font = ("FONT", (0, 0), (-1, -1), FONT)
    other = [["序号", "项目名称", "建设单位", "所属领域"], ["1", "西川水厂", "西川公司", "供水"]]
    first = [
        ["序号", "重点任务", "牵头单位", "时限"],
        ["1", "建设平台", "省科技厅", "6月"],
        ["2", "修渠", "省水利厅", "9月"],
    ]
    tables = [Table(rows, colWidths=[40, 150, 150, 60], style=[font, *lines]) for rows in (first, other)]
    SimpleDocTemplate(str(file)).build(
        [tables[0], Paragraph("附件2", CELL), Paragraph("重大项目清单", CELL), tables[1]]
    )
    out = read(file)
    assert [line for line in out.lines if "\t" not in line] == ["附件2", "重大项目清单"]
    assert len(out.tables) == 2
    assert out.lines[-1] == "1\t西川水厂\t西川公司\t供水"


def test_a_head_on_two_lines_between_rules_is_one_row(tmp_path):
    file = tmp_path / "a.pdf"
    rows = [
        ["序号", "任务", "建议责任单位\n（省级部门）"],
        ["1", "设站", "省水利厅"],
        ["2", "建闸", "省交通运输厅"],
    ]
    for valign in ("TOP", "MIDDLE", "BOTTOM"):
        style = [("FONT", (0, 0), (-1, -1), FONT), ("VALIGN", (0, 0), (-1, -1), valign), *THREE_LINES]
        SimpleDocTemplate(str(file)).build([Table(rows, colWidths=[40, 150, 100], style=style)])
        assert grid_of(read(file)) == [[*rows[0][:2], "建议责任单位 （省级部门）"], *rows[1:]], valign


@pytest.mark.parametrize("repeat", [0, 1])
@pytest.mark.parametrize("lines", [THREE_LINES, []], ids=["three lines", "no line"])
def test_it_goes_on_over_pages(tmp_path, lines, repeat):
    file = tmp_path / "a.pdf"
    rows = cells(60, long=bool(repeat))
    write(file, rows, [*lines, ("VALIGN", (0, 0), (-1, -1), "MIDDLE")], repeat=repeat)
    assert grid_of(read(file)) == rows


def test_rows_of_many_lines_that_pages_cut(tmp_path):
    # A line of a cell may read as a head does (编号), and a page may begin in the middle of a row.
    file = tmp_path / "a.pdf"
    rows = [["序号", "工作任务", "牵头单位", "完成时限"]]
    for k in range(1, 16):
        task = f"改造第{k}片公园{k}处编号{k}，" + "完善配套设施，提升服务水平。" * (k % 4 + 1)
        rows.append(
            [str(k), task, "市水务局、市统计局、市教育局" if k % 2 else "市商务局", f"2026年{k % 12 + 1}月"]
        )
    made = [[row[0], *(Paragraph(text, CELL) for text in row[1:3]), row[3]] for row in rows[1:]]
    style = [("FONT", (0, 0), (-1, -1), FONT), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    table = Table([rows[0], *made], colWidths=[60, 80, 80, 80], style=style, splitInRow=1)
    SimpleDocTemplate(str(file), pagesize=(600, 400)).build([Paragraph("重点任务分工表", CELL), table])
    assert grid_of(read(file)) == rows


@pytest.mark.parametrize("lines", [THREE_LINES, []], ids=["three lines", "no line"])
def test_a_head_of_two_rows_is_kept_whole(tmp_path, lines):
    file = tmp_path / "a.pdf"
    head = [["序号", "重点任务", "责任分工", "", "完成时限"], ["", "", "牵头单位", "配合单位", ""]]
    body = [[str(k), f"建设第{k}类平台", "省科技厅", "省财政厅", f"{k}月底"] for k in range(1, 8)]
    spans = [("SPAN", (c, 0), (c, 1)) for c in (0, 1, 4)] + [("SPAN", (2, 0), (3, 0))]
    centred = [("ALIGN", (0, 0), (-1, -1), "CENTER"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
    lines = [
        (
            name,
            (0, 1) if name == "LINEBELOW" and end[1] == 0 else start,
            (-1, 1) if name == "LINEBELOW" and end[1] == 0 else end,
            *rest,
        )
        for name, start, end, *rest in lines
    ]
    style = [("FONT", (0, 0), (-1, -1), FONT), *spans, *centred, *lines]
    SimpleDocTemplate(str(file)).build([Table(head + body, colWidths=[40, 150, 80, 80, 60], style=style)])
    grid = grid_of(read(file))
    assert grid[-7:] == body
    assert grid[:2] == [
        ["序号", "重点任务", "责任分工", "", "完成时限"],
        ["序号", "重点任务", "牵头单位", "配合单位", "完成时限"],
    ]


def test_what_another_font_paints_first_stands_in_its_place(tmp_path):
    file = tmp_path / "a.pdf"
    page = canvas.Canvas(str(file))
    places = list(enumerate("加快国家“芯火”平台建设，聚力推动“GPU”产业链协同。"))
    others = [(k, char) for k, char in places if char in "“”GPU"]
    for k, char in [*others, *(place for place in places if place not in others)]:
        page.setFont(FONT, 12)
        page.drawString(72 + 12 * k, 700, char)
    page.save()
    assert "".join(read(file).lines[0].split()) == "".join(char for _, char in places)


def test_heads_that_nobody_knows_and_many_shapes(tmp_path):
    rng = random.Random(7)  # noqa: S311
    file = tmp_path / "a.pdf"
    for columns in (3, 4, 6):
        rows = [["甲乙丙丁戊己"[k] + "栏" for k in range(columns)]]
        rows += [
            [str(n), *(f"内容{rng.randint(1, 9999)}" for _ in range(columns - 1))]
            for n in range(1, rng.randint(4, 20))
        ]
        table = Table(rows, colWidths=[400 / columns] * columns, style=[("FONT", (0, 0), (-1, -1), FONT)])
        SimpleDocTemplate(str(file)).build([Paragraph(PROSE, BODY), table, Paragraph(PROSE, BODY)])
        assert grid_of(read(file)) == rows


def test_prose_with_aligned_signatures_is_no_table(tmp_path):
    file = tmp_path / "a.pdf"
    page = canvas.Canvas(str(file))
    page.setFont(FONT, 12)
    for k in range(20):
        page.drawString(72, 760 - 20 * k, f"{k + 1}. 建设平台，完善服务保障体系。（省科技厅牵头）")
    page.drawString(72, 300, "甲省人民政府")
    page.drawString(300, 300, "乙省人民政府")
    page.save()
    assert not read(file).tables


def test_two_names_on_two_lines_of_a_cell_stay_apart_and_one_name_stays_whole(tmp_path):
    file = tmp_path / "a.pdf"
    grid = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("FONT", (0, 0), (-1, -1), FONT)]
    rows = [["序号", "单位"], ["1", "省科技厅\n省财政厅"], ["2", "省住房城\n乡建设厅"]]
    SimpleDocTemplate(str(file)).build([Table(rows, colWidths=[40, 52], style=grid)])
    assert [row[1] for row in grid_of(read(file))[1:]] == ["省科技厅 省财政厅", "省住房城乡建设厅"]


def test_names_that_a_narrow_cell_breaks_over_many_lines_are_told_apart_too(tmp_path):
    file = tmp_path / "a.pdf"
    grid = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("FONT", (0, 0), (-1, -1), FONT)]
    rows = [
        ["序号", "单位"],
        ["1", "省生态\n环境厅\n省工业\n和信息\n化厅"],
        ["2", "国家税\n务总局\n江苏省\n税务局"],
    ]
    SimpleDocTemplate(str(file)).build([Table(rows, colWidths=[40, 42], style=grid)])
    assert [row[1] for row in grid_of(read(file))[1:]] == [
        "省生态环境厅 省工业和信息化厅",
        "国家税务总局江苏省税务局",
    ]


@pytest.mark.parametrize("across", [False, True], ids=["written down the columns", "written across them"])
def test_two_columns_are_read_one_after_the_other(tmp_path, across):
    file = tmp_path / "a.pdf"
    page = canvas.Canvas(str(file))
    page.setFont(FONT, 14)
    page.drawCentredString(297, 790, "甲乙都市圈重大推进事项清单")
    page.setFont(FONT, 10)
    spots = [(c, k) for c in (0, 1) for k in range(30)]
    text = {spot: f"{'左右'[spot[0]]}{spot[1]:02}加快建设平台完善服务保障体系推动资源" for spot in spots}
    for c, k in sorted(spots, key=lambda spot: spot[1]) if across else spots:
        page.drawString(72 + 240 * c, 750 - 16 * k, text[c, k])
    page.save()
    assert read(file).lines == ["甲乙都市圈重大推进事项清单", *(text[spot] for spot in spots)]


def test_sentences_go_on_in_the_next_column(tmp_path):
    file = tmp_path / "a.pdf"
    document = BaseDocTemplate(str(file))
    w, h = document.width, document.height
    frames = [Frame(document.leftMargin + x, document.bottomMargin, w / 2 - 8, h) for x in (0, w / 2 + 8)]
    document.addPageTemplates([PageTemplate(frames=frames)])
    items = [
        f"{k}. 加快推进第{k}类重大平台建设，完善服务保障体系，推动第{k}批资源合理流动，形成第{k}项成果。（省科技厅牵头，苏州市落实）"
        for k in range(1, 45)
    ]
    style = ParagraphStyle("c", fontName=FONT, fontSize=10, leading=16, wordWrap="CJK", firstLineIndent=20)
    document.build([Paragraph(item, style) for item in items])
    out = read(file)
    joined = "".join(("" if k in out.glued else "\n") + line for k, line in enumerate(out.lines))
    assert ["".join(line.split()) for line in joined.strip().split("\n")] == [
        "".join(i.split()) for i in items
    ]


@pytest.mark.parametrize("text", ["ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñó", "!%&()*+-/:;<=>?@[]^_{|}~$"])
def test_a_font_without_a_code_table_is_refused_with_advice(tmp_path, text):
    file = tmp_path / "a.pdf"
    page = canvas.Canvas(str(file))
    page.setFont("Helvetica", 12)
    for k in range(20):
        page.drawString(72, 700 - 20 * k, text)
    page.save()
    with pytest.raises(DocumentError, match=r"code table.*OCR"):
        read(file)


def test_a_few_such_characters_are_found(tmp_path):
    file = tmp_path / "a.pdf"
    page = canvas.Canvas(str(file))
    for k in range(30):
        page.setFont(FONT, 12)
        page.drawString(72, 700 - 20 * k, f"{k}. 建设平台，完善服务保障体系，推动资源合理流动。")
    page.setFont("Helvetica", 12)
    page.drawString(72, 60, "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü")
    page.save()
    assert [(code, words) for _, code, words in read(file).findings] == [("no_code_table", "1")]


def test_plain_letters_of_other_languages_are_text(tmp_path):
    file = tmp_path / "a.pdf"
    page = canvas.Canvas(str(file))
    page.setFont("Helvetica", 12)
    for k in range(20):
        page.drawString(72, 700 - 20 * k, "Größe, Länge und Höhe der Brücke über die schöne Donau: 1.234,5 m")
    page.save()
    assert not read(file).findings


def test_white_letters_are_left_out_and_told_unless_their_ground_is_dark(tmp_path):
    file = tmp_path / "a.pdf"
    page = canvas.Canvas(str(file))
    page.setFont(FONT, 12)
    page.drawString(72, 700, "一、产业创新类")
    page.setFillColorRGB(1, 1, 1)
    page.drawString(72, 680, "密文")
    page.setFillColorRGB(0, 0, 0.5)
    page.rect(60, 600, 300, 30, fill=1)
    page.setFillColorRGB(1, 1, 1)
    page.drawString(72, 610, "白字表头")
    page.save()
    out = read(file)
    assert out.lines == ["一、产业创新类", "白字表头"]
    assert [(code, words) for _, code, words in out.findings] == [("white_page", "1: 密文")]
