"""Workbooks and CSV as documents; what a document hides is told; names, surrogates and large files; tables as objects."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Cm
from PIL import Image

from sxcanalysis.core.errors import DocumentError, MissingDataError
from sxcanalysis.documents import child
from sxcanalysis.documents.reading import read_document, read_source

W = nsdecls("w")


def cells(source):
    return [
        [(source.text[c.start : c.end], c.row, c.column, c.rows, c.columns) for c in table.cells]
        for table in source.tables
    ]


# Workbooks and CSV


def workbook(tmp_path, rows, change=lambda _book: None):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book)
    file = tmp_path / "a.xlsx"
    book.save(file)
    return read_source(file)


ROWS = [
    ["清单", None, None],
    ["序号", "任务", "时限"],
    [1, "建设甲\n平台", dt.date(2024, 12, 31)],
    [2, "推进乙", 0.95],
]


def test_a_sheet_is_a_table_under_its_title(tmp_path):
    def change(book):
        book.active["C4"].number_format = "0%"
        book.active["C3"].number_format = "yyyy年m月"

    source = workbook(tmp_path, ROWS, change)
    assert source.text.split("\n") == [
        "清单",
        "序号\t任务\t时限",
        "1\t建设甲 平台\t2024年12月",
        "2\t推进乙\t95%",
    ]
    assert [text for text, *_ in cells(source)[0]][:3] == ["序号", "任务", "时限"]
    assert source.tables[0].made_from == "sheet"
    assert source.locate(source.text.index("推进乙")) == "sheet Sheet, row 4"


def test_merged_cells_hidden_rows_and_formulas_without_result(tmp_path):
    def change(book):
        sheet = book.active
        sheet.merge_cells("A3:A4")
        sheet.row_dimensions[4].hidden = True
        sheet["B4"] = "=1+1"

    source = workbook(tmp_path, ROWS, change)
    assert ("1", 1, 0, 2, 1) in cells(source)[0]
    assert {(f.code, f.words) for f in source.findings} == {
        ("no_value", "Sheet!B4"),
        ("hidden_sheet", "Sheet"),
    }


def test_sheets_carry_their_names_and_an_empty_book_is_refused(tmp_path):
    def change(book):
        book.create_sheet("项目").append(["一", "二"])
        book.create_sheet("空")

    source = workbook(tmp_path, ROWS[1:], change)
    assert [line for line in source.text.split("\n") if "\t" not in line] == ["Sheet", "项目"]
    with pytest.raises(DocumentError, match="holds no text"):
        workbook(tmp_path, [])


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv(tmp_path, mark, encoding):
    file = tmp_path / "a.csv"
    quoted = '"甲,乙;\r\n丙"'
    file.write_bytes(f"序号{mark}任务{mark}单位\r\n1{mark}{quoted}{mark}省科技厅\r\n".encode(encoding))
    source = read_source(file)
    assert source.text == "序号\t任务\t单位\n1\t甲,乙; 丙\t省科技厅"
    assert source.locate(source.text.index("省科技厅")) == "row 2"


# What is hidden


def word(tmp_path, change):
    document = docx.Document()
    document.add_paragraph("1. 建设甲平台。")
    change(document)
    file = tmp_path / "a.docx"
    document.save(file)
    return read_source(file)


def run(properties: str, text: str = "密"):
    return parse_xml(f"<w:r {W}><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>")


def codes(source):
    return [(f.code, f.words) for f in source.findings]


def test_hidden_text_is_left_out_and_white_text_told(tmp_path):
    def change(document):
        p = document.paragraphs[0]._p
        p.append(run("<w:vanish/>"))
        p.append(run('<w:vanish w:val="0"/>', "明"))
        p.append(run('<w:color w:val="FFFFFF"/>', "白"))
        p.append(run('<w:shd w:val="clear" w:fill="1F4E79"/><w:color w:val="FFFFFF"/>', "头"))

    source = word(tmp_path, change)
    assert source.text == "1. 建设甲平台。明白头"
    assert codes(source) == [("hidden", "密"), ("white", "白")]


def test_text_hidden_by_its_style(tmp_path):
    def change(document):
        style = document.styles.add_style("Hidden", 2)
        style.element.get_or_add_rPr().append(parse_xml(f"<w:vanish {W}/>"))
        document.paragraphs[0].add_run("密").style = style

    source = word(tmp_path, change)
    assert source.text == "1. 建设甲平台。"
    assert codes(source) == [("hidden", "密")]


def test_a_deleted_paragraph_mark_joins_two_paragraphs(tmp_path):
    def change(document):
        p = document.paragraphs[0]._p
        p.get_or_add_pPr().append(parse_xml(f"<w:rPr {W}><w:del w:id='1'/></w:rPr>"))
        document.add_paragraph("（省科技厅牵头）")
        document.add_paragraph("尾")

    source = word(tmp_path, change)
    assert source.text == "1. 建设甲平台。（省科技厅牵头）\n尾"
    assert [code for code, _ in codes(source)] == ["deleted_end"]


def picture(width, height):
    out = io.BytesIO()
    Image.new("L", (40, 40), 128).save(out, "png")
    out.seek(0)
    return {"image_path_or_stream": out, "width": Cm(width), "height": Cm(height)}


def test_a_large_picture_is_told_and_a_logo_is_not(tmp_path):
    def change(document):
        document.add_picture(**picture(2, 2))
        document.add_picture(**picture(15, 12))

    assert codes(word(tmp_path, change)) == [("picture", "")]
    document = docx.Document()
    document.add_picture(**picture(15, 12))
    document.save(tmp_path / "b.docx")
    with pytest.raises(DocumentError, match=r"only 1 picture\..*OCR"):
        read_document(tmp_path / "b.docx")


def test_entities_of_its_own_refuse_a_word_file(tmp_path):
    file = tmp_path / "a.docx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        text = f'<!DOCTYPE d [<!ENTITY a "密">]><w:document {W}><w:body><w:p><w:r><w:t>甲&a;</w:t></w:r></w:p></w:body></w:document>'
        archive.writestr("word/document.xml", text)
    with pytest.raises(DocumentError, match="entities"):
        read_document(file)


# Tables as objects


def test_cells_lead_to_their_words_past_invisible_signs_and_repeated_heads(tmp_path):
    def change(document):
        table = document.add_table(4, 2)
        words = [("任务", "单位"), ("建\u200b设甲", "省科技厅"), ("任务", "单位"), ("建设乙", "")]
        for row, texts in zip(table.rows, words, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        table.cell(3, 1).paragraphs[0].text = "省水利厅"
        table.cell(3, 1).add_paragraph("省财政厅")

    source = word(tmp_path, change)
    assert cells(source) == [
        [("任务", 0, 0, 1, 1), ("单位", 0, 1, 1, 1), ("建设甲", 1, 0, 1, 1), ("省科技厅", 1, 1, 1, 1),
         ("建设乙", 2, 0, 1, 1), ("省水利厅 省财政厅", 2, 1, 1, 1)]
    ]  # fmt: skip
    assert source.locate(source.tables[0].cells[-1].start) == "table 1, row 4"


def test_a_line_end_of_any_kind_in_a_cell_is_a_blank(tmp_path):
    file = tmp_path / "a.html"
    file.write_text("<table><tr><td>甲&#13;乙&#8232;丙&#8233;丁<td>戊<br>己<p>庚</table>", encoding="utf-8")
    assert [text for text, *_ in cells(read_source(file))[0]] == ["甲 乙 丙 丁", "戊 己 庚"]


def test_rows_of_a_table_are_never_joined(tmp_path):
    # Rows of one long cell each look like lines that a margin has cut.
    file = tmp_path / "a.html"
    rows = "".join(
        f"<tr><td>{n}<td>加快建设重大平台，完善服务保障体系，推动资源共享，</tr>" for n in range(30)
    )
    file.write_text(f"<table>{rows}</table>", encoding="utf-8")
    assert read_document(file).count("\n") == 29


def test_another_head_below_titles_begins_another_table(tmp_path):
    rows = [
        ["序号", "任务", "责任单位"],
        [1, "甲", "省科技厅"],
        ["附件2"],
        ["重大项目清单"],
        ["序号", "项目名称", "建设单位"],
        [1, "乙", "丙公司"],
    ]
    source = workbook(tmp_path, rows)
    assert [[text for text, *_ in table][-1] for table in cells(source)] == ["省科技厅", "丙公司"]
    assert source.text.split("\n")[2:4] == ["附件2", "重大项目清单"]


# Names, and files that are too much


def test_a_name_in_any_bytes_is_told_in_readable_letters(tmp_path):
    name = "清单.pdf".encode("gbk").decode("utf-8", "surrogateescape")
    try:
        file = tmp_path / name
        file.write_bytes(b"%PDF-1.7 nothing")
    except OSError:
        pytest.skip("this file system holds names in UTF-8 only")
    with pytest.raises(DocumentError, match=r"^清单\.pdf: "):
        read_document(file)
    with pytest.raises(MissingDataError) as caught:
        read_document(tmp_path / ("x" + name))
    assert str(caught.value).encode("utf-8")


@pytest.mark.usefixtures("in_child")
def test_large_files_are_read_in_a_child_as_small_ones_are(tmp_path, monkeypatch):
    file = tmp_path / "a.html"
    file.write_text(
        "<p>甲</p><table><tr><td>1<td>乙\ud7ff</tr></table><p hidden>密", encoding="utf-8", newline=""
    )
    here = read_source(file)
    monkeypatch.setattr(child, "LARGE", 0)
    assert read_source(file) == here
    monkeypatch.setattr(child, "MAX_SECONDS", 0.01)
    with pytest.raises(DocumentError, match="stopped"):
        read_source(file)


@pytest.mark.usefixtures("in_child")
@pytest.mark.parametrize("memory", [200, 300])
def test_what_needs_too_much_memory_ends_in_a_sentence(tmp_path, monkeypatch, memory):
    # The page would take more, in the parser of lxml or in ours; a child may have two gigabytes.
    file = tmp_path / "a.html"
    file.write_text("<html>" + "<p>甲<b>乙</b></p>" * 400_000, encoding="utf-8")
    monkeypatch.setattr(child, "MAX_MEMORY", memory * 1_000_000)
    with pytest.raises(
        DocumentError, match=rf"^a\.html: reading needs more than 0\.{memory // 100} GB of memory"
    ):
        read_source(file)


def test_a_file_beyond_the_pipe_is_read_by_a_process_that_starts_late(tmp_path, monkeypatch):
    file = tmp_path / "list.csv"
    file.write_text("序号,任务,责任单位\n" + "1,新建水库并完善配套设施,市水利局\n" * 2000, encoding="utf-8")
    assert file.stat().st_size > 65_536, "what a pipe takes before anybody reads"
    monkeypatch.setattr(child, "LARGE", 0)
    monkeypatch.setattr(child, "PATIENCE", 0.02)
    monkeypatch.setattr(child, "MAX_SECONDS", 30.0)
    assert len(read_source(file).tables) == 1
