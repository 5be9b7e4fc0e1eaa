"""Reading Word and PDF: the same text as the text version, numbers, tables, and damaged files."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from PIL import Image
from pypdf import PdfReader, PdfWriter
from reportlab.lib import colors
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table

from sxcanalysis.core.errors import DocumentError
from sxcanalysis.documents import child
from sxcanalysis.documents import word as _ooxml
from sxcanalysis.documents.lines import Box, Lines, write_table
from sxcanalysis.documents.pdf import reading as _pdf
from sxcanalysis.documents.reading import read_document, read_source
from sxcanalysis.parsing.tasklist import parse_document
from sxcanalysis.text.numerals import ordinal

SOURCE = Path(__file__).parents[2] / "data/sources/2024/sxc-task-list-2024.txt"
FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def flat(text: str) -> str:
    return "".join(text.split())


def refused(file, *words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_document(file)
    assert all(word in str(caught.value) for word in words), str(caught.value)


# Word


def numbering(
    document, levels: list[tuple[str, str]], *, num_id: int = 77, start: int | None = None, extra: str = ""
) -> None:
    """Add a list whose levels have the given formats and texts."""
    root = document.part.numbering_part.element
    rows = "".join(
        f'<w:lvl w:ilvl="{k}"><w:start w:val="1"/><w:numFmt w:val="{style}"/>{extra}<w:lvlText w:val="{text}"/></w:lvl>'
        for k, (style, text) in enumerate(levels)
    )
    if not root.xpath('w:abstractNum[@w:abstractNumId="77"]'):
        root.insert(
            0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{rows}</w:abstractNum>')
        )
    override = (
        ""
        if start is None
        else f'<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{start}"/></w:lvlOverride>'
    )
    root.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="{num_id}"><w:abstractNumId w:val="77"/>{override}</w:num>')
    )


def numbered(document, text: str, level: int = 0, num_id: int = 77):
    p = document.add_paragraph(text)
    p._p.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{num_id}"/></w:numPr>')
    )
    return p


def read_word(document, tmp_path):
    file = tmp_path / "list.docx"
    document.save(file)
    return read_source(file)


def test_the_word_version_gives_the_text_of_the_text_version(tmp_path):
    document = docx.Document()
    for line in lines(SOURCE.read_text(encoding="utf-8")):
        document.add_paragraph(line)
    source = read_word(document, tmp_path)
    assert source.format == "docx"
    assert lines(source.text) == lines(read_document(SOURCE))
    assert source.locate(source.text.index("国家集成")) == "paragraph 12"
    assert source.locate(source.text.index("电路特色")) == "paragraph 13"


@pytest.mark.parametrize(
    ("style", "text", "want"),
    [
        ("decimal", "%1.", ["1. ", "2. ", "10. ", "21. "]),
        ("decimal", "%1、", ["1、", "2、", "10、", "21、"]),
        ("chineseCounting", "%1、", ["一、", "二、", "十、", "二十一、"]),
        ("chineseCountingThousand", "（%1）", ["（一）", "（二）", "（十）", "（二十一）"]),
        ("chineseCountingThousand", "第%1条", ["第一条", "第二条", "第十条", "第二十一条"]),
        ("ideographDigital", "%1、", ["一、", "二、", "一〇、", "二一、"]),
        ("japaneseCounting", "%1、", ["一、", "二、", "十、", "二十一、"]),
        ("decimalFullWidth", "%1．", ["１．", "２．", "１０．", "２１．"]),
        ("decimalEnclosedCircle", "%1", ["①", "②", "⑩", "㉑"]),
        ("decimalEnclosedFullstop", "%1", ["⒈", "⒉", "⒑", "21 "]),
        ("chineseLegalSimplified", "%1、", ["壹、", "贰、", "壹拾、", "贰拾壹、"]),
        ("upperRoman", "%1.", ["I. ", "II. ", "X. ", "XXI. "]),
        ("lowerLetter", "(%1)", ["(a) ", "(b) ", "(j) ", "(u) "]),
        ("ideographTraditional", "%1、", ["甲、", "乙、", "癸、", "甲、"]),
        ("none", "附件", ["附件", "附件", "附件", "附件"]),
    ],
)
def test_automatic_numbers(tmp_path, style, text, want):
    document = docx.Document()
    numbering(document, [(style, text)])
    for _ in range(21):
        numbered(document, "建设平台。")
    got = lines(read_word(document, tmp_path).text)
    assert [got[k] for k in (0, 1, 9, 20)] == [f"{mark}建设平台。" for mark in want]


def test_levels_restart_and_refer_to_each_other(tmp_path):
    document = docx.Document()
    numbering(document, [("chineseCounting", "%1、"), ("decimal", "%2."), ("decimal", "%2.%3")])
    numbering(document, [], num_id=78, start=5)
    for text, level, num in [
        ("甲", 0, 77),
        ("乙", 1, 77),
        ("丙", 1, 77),
        ("丁", 2, 77),
        ("戊", 0, 77),
        ("己", 1, 77),
        ("庚", 0, 78),
        ("辛", 0, 78),
    ]:
        numbered(document, text, level, num)
    got = lines(read_word(document, tmp_path).text)
    assert got == ["一、甲", "1. 乙", "2. 丙", "2.1 丁", "二、戊", "1. 己", "五、庚", "六、辛"]


def test_numbers_from_styles_and_legal_numbering(tmp_path):
    document = docx.Document()
    numbering(document, [("chineseCounting", "第%1章"), ("decimal", "%1.%2")], extra="<w:isLgl/>")
    style = document.styles["Heading 1"].element
    style.get_or_add_pPr().append(parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="77"/></w:numPr>'))
    document.add_heading("总则", 1)
    numbered(document, "内容", 1)
    off = document.add_heading("不编号", 1)
    off._p.get_or_add_pPr().append(parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="0"/></w:numPr>'))
    assert lines(read_word(document, tmp_path).text) == ["第1章总则", "1.1 内容", "不编号"]


def test_bullets_and_empty_numbered_paragraphs(tmp_path):
    document = docx.Document()
    numbering(document, [("bullet", "\uf0b7"), ("decimal", "%2.")])
    numbered(document, "甲")
    numbered(document, "")
    numbered(document, "乙", 1)
    source = read_word(document, tmp_path)
    assert lines(source.text) == ["• 甲", "1. 乙"]


@pytest.mark.parametrize(
    ("n", "style", "want"),
    [
        (10, "chineseCounting", "十"), (11, "chineseCounting", "十一"), (20, "chineseCounting", "二十"),
        (101, "chineseCountingThousand", "一百零一"), (110, "chineseCountingThousand", "一百一十"),
        (1001, "chineseCountingThousand", "一千零一"), (2024, "chineseCountingThousand", "二千零二十四"),
        (10_010, "chineseCountingThousand", "一万零一十"), (2024, "ideographDigital", "二〇二四"), (4, "lowerRoman", "iv"),
        (28, "upperLetter", "BB"), (36, "decimalEnclosedCircle", "㊱"), (99, "decimalEnclosedCircle", "99"),
        (3, "decimalZero", "03"), (0, "decimal", "0"), (5, "somethingNew", "5"),
    ],
)  # fmt: skip
def test_numerals(n, style, want):
    assert ordinal(n, style) == want


def test_tables_with_merged_and_nested_cells(tmp_path):
    document = docx.Document()
    document.add_paragraph("附件")
    table = document.add_table(5, 4)
    for cell, text in zip(table.rows[0].cells, ["类别", "序号", "任务", "牵头单位"], strict=True):
        cell.text = text
    for r, row in enumerate(table.rows[1:], 1):
        row.cells[1].text = str(r)
        row.cells[2].text = f"任务{'甲乙丙丁'[r - 1]}"
        row.cells[3].text = "省科技厅"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "产业"
    table.cell(3, 0).text = "开放"
    table.cell(4, 0).merge(table.cell(4, 3)).text = "注：全省"
    inner = table.cell(3, 2).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "子一", "子二"
    document.add_paragraph("完")
    source = read_word(document, tmp_path)
    assert [" ".join(line.split(" ")) for line in lines(source.text)] == [
        "附件", "类别\t序号\t任务\t牵头单位", "产业\t1\t任务甲\t省科技厅", "产业\t2\t任务乙\t省科技厅",
        "开放\t3\t任务丙 子一 子二\t省科技厅", "注：全省", "完",
    ]  # fmt: skip
    assert source.locate(source.text.index("任务乙")) == "table 1, row 3"
    assert source.locate(source.text.index("完")) == "paragraph 2"


def test_a_head_of_two_rows_and_rows_that_are_alike():
    head = [[Box("任务", rows=2), Box("责任单位", columns=2)], [Box("牵头"), Box("配合")]]
    row = [Box("建设甲"), Box("甲厅"), Box("乙厅")]
    out = Lines()
    write_table([*head, row, row, *head, [Box("")]], [f"row {n}" for n in range(1, 8)], out, "word")
    assert list(zip(out.lines, out.places, strict=True)) == [
        ("任务\t责任单位\t", "row 1"),
        ("任务\t牵头\t配合", "row 2"),
        ("建设甲\t甲厅\t乙厅", "row 3"),
        ("建设甲\t甲厅\t乙厅", "row 4"),
    ]
    assert [(kind, text) for _, kind, text in out.removed] == [
        ("table-head", "任务\t责任单位\t"),
        ("table-head", "任务\t牵头\t配合"),
    ]


def test_bold_printed_twice_counts_once_and_a_watermark_is_said(tmp_path):
    file = tmp_path / "a.pdf"
    page = canvas.Canvas(str(file))
    page.setFont(FONT, 12)
    for shift in (0, 0.3, 0.6):
        page.drawString(72 + shift, 700, "一、产业创新类，人人参与")
    page.rotate(45)
    page.drawString(400, 100, "内部资料")
    page.save()
    source = read_source(file)
    assert source.text == "一、产业创新类，人人参与"
    assert any("aslant" in n and "内部资料" in n for n in source.notes)


def test_a_page_printed_on_its_side_is_turned(tmp_path):
    file = tmp_path / "a.pdf"
    for angle, move in ((90, (0, -595)), (-90, (-842, 0))):
        page = canvas.Canvas(str(file), pagesize=(595, 842))
        page.rotate(angle)
        page.translate(*move)
        page.setFont(FONT, 12)
        page.drawString(72, 500, "一、产业创新类")
        page.drawString(72, 470, "1. 建设甲平台，完善服务。（省科技厅牵头）")
        page.save()
        assert lines(read_document(file)) == ["一、产业创新类", "1. 建设甲平台，完善服务。（省科技厅牵头）"]


def test_radicals_are_read_as_the_characters_they_show(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("⼀、产业创新类\n1. ⽀持⻓三⻆建设。（省科技厅牵头）\n", encoding="utf-8")
    source = read_source(file)
    assert source.text == "一、产业创新类\n1. 支持长三角建设。（省科技厅牵头）\n"
    assert [(m.kind, m.removed) for m in source.mends] == [("radical", "⼀"), ("radical", "⽀⻓⻆")]


def test_tables_continued_under_a_repeated_head(tmp_path):
    document = docx.Document()
    table = document.add_table(4, 2)
    for row, texts in zip(
        table.rows,
        [("任务", "单位"), ("建设甲", "省科技厅"), ("任务", "单位"), ("建设乙", "省水利厅")],
        strict=True,
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    source = read_word(document, tmp_path)
    assert lines(source.text) == ["任务\t单位", "建设甲\t省科技厅", "建设乙\t省水利厅"]
    assert [(m.kind, m.removed) for m in source.mends] == [("table-head", "任务\t单位")]


def test_revisions_notes_boxes_breaks_and_hidden_text(tmp_path):
    document = docx.Document()
    w = nsdecls("w")
    p = document.add_paragraph("1. 建设")._p
    p.append(parse_xml(f"<w:del {w}><w:r><w:delText>旧</w:delText></w:r></w:del>"))
    p.append(parse_xml(f"<w:ins {w}><w:r><w:t>新</w:t></w:r></w:ins>"))
    p.append(parse_xml(f"<w:hyperlink {w}><w:r><w:t>链</w:t></w:r></w:hyperlink>"))
    p.append(parse_xml(f"<w:r {w}><w:rPr><w:vanish/></w:rPr><w:t>密</w:t></w:r>"))
    p.append(parse_xml(f"<w:r {w}><w:tab/><w:t>甲</w:t><w:noBreakHyphen/><w:br/><w:t>乙</w:t></w:r>"))
    p.append(parse_xml(f"<w:sdt {w}><w:sdtPr/><w:sdtContent><w:r><w:t>框</w:t></w:r></w:sdtContent></w:sdt>"))
    p.append(parse_xml(f"<w:r {w}><w:instrText>PAGE</w:instrText></w:r>"))
    box = (
        f'<w:r {w} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml">'
        "<mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><w:txbxContent><w:p><w:r><w:t>箱</w:t></w:r></w:p></w:txbxContent></w:drawing></mc:Choice>"
        "<mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>箱</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    p.append(parse_xml(box))
    document.add_paragraph("尾")
    source = read_word(document, tmp_path)
    assert lines(source.text) == ["1. 建设新链 甲-", "乙框", "箱", "尾"]
    assert [(m.kind, m.removed) for m in source.mends if m.kind == "revision"] == [("revision", "旧")]
    assert [(f.code, f.words) for f in source.findings] == [("deleted", "旧"), ("hidden", "密")]
    assert source.locate(source.text.index("箱")) == "text box at paragraph 1"


def test_footnotes_follow_the_text(tmp_path):
    document = docx.Document()
    document.add_paragraph("正文")
    file = tmp_path / "a.docx"
    document.save(file)
    notes = f'<w:footnotes {nsdecls("w")}><w:footnote w:type="separator" w:id="-1"><w:p/></w:footnote><w:footnote w:id="2"><w:p><w:r><w:t>注文</w:t></w:r></w:p></w:footnote></w:footnotes>'
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("word/footnotes.xml", notes)
    source = read_source(file)
    assert lines(source.text) == ["正文", "注文"]
    assert source.locate(source.text.index("注文")) == "footnote 2"


def test_a_zip_bomb_is_refused_unopened(tmp_path):
    document = docx.Document()
    file = tmp_path / "a.docx"
    document.save(file)
    bomb = tmp_path / "bomb.docx"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != "word/document.xml":
                new.writestr(name, old.read(name))
        with new.open("word/document.xml", "w", force_zip64=True) as part:
            for _ in range(200):
                part.write(b" " * 1_000_000)
    refused(bomb, "would unpack to 200 MB", "not opened")


def test_an_entity_bomb_is_harmless(tmp_path):
    document = docx.Document()
    document.add_paragraph("甲")
    file = tmp_path / "a.docx"
    document.save(file)
    xml = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + k)} "{f"&{chr(97 + k)};" * 10}">' for k in range(9)
    ) + f'] ><w:document {nsdecls("w")}><w:body><w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body></w:document>'  # fmt: skip
    other = tmp_path / "b.docx"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            new.writestr(name, xml if name == "word/document.xml" else old.read(name))
    refused(other)


def word_bytes() -> bytes:
    document = docx.Document()
    numbering(document, [("chineseCounting", "%1、")])
    for k in range(30):
        numbered(document, f"建设平台{k}，完善服务。（省科技厅牵头）")
    table = document.add_table(3, 3)
    table.cell(0, 0).merge(table.cell(1, 1)).text = "甲"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_unused_parts_of_a_word_file_do_not_matter(tmp_path):
    file, other = tmp_path / "a.docx", tmp_path / "b.docx"
    file.write_bytes(word_bytes())
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            if name in {"word/document.xml", "[Content_Types].xml", "_rels/.rels"}:
                new.writestr(name, old.read(name))
    assert "建设平台29" in read_document(other)


# PDF


def tables_of(text: str) -> list[list[tuple]]:
    """Parse a text; return its tables without the offsets, which blanks move."""
    found = parse_document(text, edition="2024")
    frames = (found.tasks, found.assignments, found.targets, found.mentions)
    return [
        list(
            f[[c for c in f.columns if not c.endswith(("start", "end"))]]
            .fillna("")
            .astype(str)
            .itertuples(index=False, name=None)
        )
        for f in frames
    ]


def test_all_versions_give_the_same_tables(tmp_path):
    rows = lines(SOURCE.read_text(encoding="utf-8"))
    want = tables_of(read_document(SOURCE))
    assert [len(t) > 0 for t in want] == [True] * 4
    document = docx.Document()
    for row in rows:
        document.add_paragraph(row)
    word, page, pdf = (tmp_path / f"a.{ext}" for ext in ("docx", "html", "pdf"))
    document.save(word)
    page.write_text("".join(f"<p>{row}</p>" for row in rows), encoding="utf-8")
    write_pdf(pdf, rows, indent=24, foot="— {} —")
    for file in (word, page, pdf):
        got = tables_of(read_document(file))
        # Blanks at line ends of the PDF are not printed, so that they are compared without.
        assert [[tuple(map(flat, r)) for r in t] for t in got] == [
            [tuple(map(flat, r)) for r in t] for t in want
        ], file


def write_pdf(
    file: Path, paragraphs: list[str], *, indent: int = 0, foot: str = "", head: str = "", size: int = 12
) -> None:
    style = ParagraphStyle(
        "a", fontName=FONT, fontSize=size, leading=size * 1.7, wordWrap="CJK", firstLineIndent=indent
    )

    def furniture(page, document):
        page.setFont(FONT, 9)
        if foot:
            page.drawCentredString(297, 30, foot.format(document.page))
        if head:
            page.drawCentredString(297, 815, head)

    story = [Paragraph(p.replace("&", "&amp;"), style) for p in paragraphs]
    SimpleDocTemplate(str(file)).build(story, onFirstPage=furniture, onLaterPages=furniture)


@pytest.mark.parametrize(
    ("indent", "size", "foot"),
    [(0, 12, ""), (0, 12, "{}"), (24, 12, "— {} —"), (24, 12, ""), (32, 16, "第 {} 页"), (32, 16, "{}")],
)
def test_the_pdf_version_gives_the_text_of_the_text_version(tmp_path, indent, size, foot):
    want = lines(read_document(SOURCE))
    file = tmp_path / "list.pdf"
    write_pdf(file, want, indent=indent, foot=foot, size=size, head="甲省人民政府公报" if foot else "")
    source = read_source(file)
    assert source.format == "pdf"
    assert [flat(line) for line in lines(source.text)] == [flat(line) for line in want]
    pages = len(PdfReader(file).pages)
    assert source.locate(0) == "page 1"
    assert source.locate(len(source.text) - 1) == f"page {pages}"
    kinds = [m.kind for m in source.mends]
    assert kinds.count("page-number") == (pages if foot else 0)
    assert kinds.count("running-head") == (pages if foot else 0)


def test_turned_pages_read_the_same(tmp_path):
    file, turned = tmp_path / "a.pdf", tmp_path / "b.pdf"
    table = Table(
        [["序号", "任务"], ["1", "建设甲平台"], ["2", "推进乙工程"]],
        style=[("GRID", (0, 0), (-1, -1), 1, colors.black), ("FONT", (0, 0), (-1, -1), FONT)],
    )
    style = ParagraphStyle("a", fontName=FONT, wordWrap="CJK", leading=20)
    story = [
        Paragraph("一、产业创新类", style),
        Paragraph("加快建设平台，完善服务保障体系。" * 8, style),
        table,
    ]
    SimpleDocTemplate(str(file)).build(story)
    want = read_document(file)
    assert "1\t建设甲平台" in want
    for angle in (90, 180, 270):
        writer = PdfWriter(clone_from=file)
        page = writer.pages[0]
        page.rotate(angle)
        # Turn the content as well, so that a reader sees the page upright.
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        matrix = {
            90: (0, 1, -1, 0, height, 0),
            180: (-1, 0, 0, -1, width, height),
            270: (0, -1, 1, 0, 0, width),
        }[angle]
        page.add_transformation(matrix)
        if angle != 180:
            page.mediabox.upper_right = (height, width)
            page.cropbox.upper_right = (height, width)
        writer.write(turned)
        assert read_document(turned) == want, angle


def test_tables_that_run_over_pages(tmp_path):
    style = ParagraphStyle("a", fontName=FONT, fontSize=10, leading=15, wordWrap="CJK")
    rows = [["序号", "重点任务", "牵头单位"]]
    tasks = {}
    for n in range(1, 41):
        tasks[n] = (
            f"加快推进第{n}类重大平台建设，完善服务保障体系，推动资源合理流动与开放共享，形成更多制度创新成果"
        )
        rows.append(
            [
                str(n),
                Paragraph(tasks[n], style),
                Paragraph("省发展改革委、省工业和信息化厅" if n % 2 else "省科技厅", style),
            ]
        )
    grid = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("FONT", (0, 0), (-1, -1), FONT)]
    table = Table(rows, colWidths=[40, 250, 120], repeatRows=1, style=grid)
    file = tmp_path / "a.pdf"
    SimpleDocTemplate(str(file)).build(
        [Paragraph("重点任务分工表", style), table, Paragraph("注：以上按职责分工落实。", style)]
    )
    source = read_source(file)
    got = lines(source.text)
    assert got[0] == "重点任务分工表"
    assert got[1] == "序号\t重点任务\t牵头单位"
    assert got[2:-1] == [
        f"{n}\t{t}\t{'省发展改革委、省工业和信息化厅' if n % 2 else '省科技厅'}" for n, t in tasks.items()
    ]
    assert got[-1] == "注：以上按职责分工落实。"
    pages = len(PdfReader(file).pages)
    assert [m.kind for m in source.mends] == ["table-head"] * (pages - 1)
    assert source.locate(source.text.index("第40类")) == f"page {pages}, table 1, row 41"


def test_a_row_cut_by_a_page_is_put_together(tmp_path):
    file = tmp_path / "a.pdf"
    grid = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("FONT", (0, 0), (-1, -1), FONT)]
    one = Table(
        [["序号", "任务", "单位"], ["1", "建设甲平台", "省科技厅"], ["2", "推进乙工程前期", "省水利"]],
        colWidths=[40, 200, 100],
        style=grid,
    )
    two = Table(
        [["序号", "任务", "单位"], ["", "工作", "厅"], ["3", "支持丙园区", "省商务厅"]],
        colWidths=[40, 200, 100],
        style=grid,
    )
    SimpleDocTemplate(str(file)).build([one, PageBreak(), two])
    source = read_source(file)
    assert lines(source.text) == [
        "序号\t任务\t单位",
        "1\t建设甲平台\t省科技厅",
        "2\t推进乙工程前期工作\t省水利厅",
        "3\t支持丙园区\t省商务厅",
    ]
    assert any("put together" in n for n in source.notes)


def test_merged_cells_in_a_pdf(tmp_path):
    file = tmp_path / "a.pdf"
    rows = [
        ["类别", "任务", "单位"],
        ["产业", "甲", "省科技厅"],
        ["", "乙", "省水利厅"],
        ["注：全省", "", ""],
    ]
    style = [
        ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
        ("FONT", (0, 0), (-1, -1), FONT),
        ("SPAN", (0, 1), (0, 2)),
        ("SPAN", (0, 3), (2, 3)),
    ]
    SimpleDocTemplate(str(file)).build([Table(rows, colWidths=[60, 100, 100], style=style)])
    assert lines(read_document(file)) == [
        "类别\t任务\t单位",
        "产业\t甲\t省科技厅",
        "产业\t乙\t省水利厅",
        "注：全省",
    ]


def test_a_scan_is_refused_and_a_scanned_page_is_said(tmp_path):
    picture = tmp_path / "a.png"
    Image.new("L", (200, 200), 128).save(picture)
    scan = tmp_path / "scan.pdf"
    page = canvas.Canvas(str(scan))
    for _ in range(2):
        page.drawImage(str(picture), 0, 0, 595, 842)
        page.showPage()
    page.save()
    refused(scan, "scan", "OCR")
    mixed = tmp_path / "mixed.pdf"
    page = canvas.Canvas(str(mixed))
    page.setFont(FONT, 12)
    page.drawString(72, 700, "一、产业创新类")
    page.showPage()
    page.drawImage(str(picture), 0, 0, 595, 842)
    page.showPage()
    page.save()
    source = read_source(mixed)
    assert source.text == "一、产业创新类"
    assert [(f.code, f.words) for f in source.findings] == [("picture_pages", "2")]


def test_an_encrypted_pdf(tmp_path):
    file, locked, free = (tmp_path / name for name in ("a.pdf", "b.pdf", "c.pdf"))
    write_pdf(file, ["一、产业创新类"])
    writer = PdfWriter(clone_from=file)
    writer.encrypt("secret", algorithm="AES-128")
    writer.write(locked)
    refused(locked, "encrypted", "password")
    writer = PdfWriter(clone_from=file)
    writer.encrypt("", "owner", algorithm="AES-128")
    writer.write(free)
    assert read_document(free) == "一、产业创新类"


def test_a_truncated_pdf(tmp_path):
    file = tmp_path / "a.pdf"
    write_pdf(file, lines(read_document(SOURCE)))
    data = file.read_bytes()
    for share in (0.2, 0.5, 0.9, 0.99):
        file.write_bytes(data[: int(share * len(data))])
        refused(file, "cut off")


@pytest.mark.usefixtures("in_child")
def test_a_pdf_that_takes_too_long_or_too_much_is_stopped(tmp_path, monkeypatch):
    file = tmp_path / "a.pdf"
    write_pdf(file, ["一、产业创新类"])
    with monkeypatch.context() as patch:
        patch.setattr(child, "MAX_SECONDS", 0.01)
        refused(file, "stopped")
    with monkeypatch.context() as patch:
        patch.setattr(_pdf, "MAX_PAGES", 0)
        with pytest.raises(DocumentError, match="1 pages"):
            _pdf.read(file.read_bytes(), "a.pdf")
    with monkeypatch.context() as patch:
        patch.setattr(_pdf, "MAX_CHARACTERS", 3)
        with pytest.raises(DocumentError, match="over 3 characters"):
            _pdf.read(file.read_bytes(), "a.pdf")


def test_a_missing_library_is_named_with_how_to_install_it(tmp_path, monkeypatch):
    file = tmp_path / "a.pdf"
    write_pdf(file, ["一、产业创新类"])
    monkeypatch.setattr(_pdf.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(DocumentError, match=r"pypdfium2.*pip install -e .\.\[pdf\]"):
        _pdf.read(file.read_bytes(), "a.pdf")


@pytest.mark.usefixtures("in_child")
def test_a_child_that_dies_is_reported(tmp_path, monkeypatch):
    file = tmp_path / "a.pdf"
    write_pdf(file, ["一、产业创新类"])
    monkeypatch.setattr(child.sys, "executable", shutil.which("false"))
    refused(file, "ended abnormally")


def test_a_page_that_one_library_cannot_read_is_read_by_the_other(tmp_path, monkeypatch):
    file = tmp_path / "a.pdf"
    write_pdf(file, ["一、产业创新类", "加快建设平台，完善服务保障体系。"])
    want = _pdf.read(file.read_bytes(), "a.pdf")
    assert not want.notes

    def fail(*_args, **_kwargs):
        msg = "damaged"
        raise TypeError(msg)

    monkeypatch.setattr(_pdf, "_page_of_pdfplumber", fail)
    got = _pdf.read(file.read_bytes(), "a.pdf")
    assert got.lines == want.lines
    assert "TypeError" in got.notes[0]


def test_word_parts_are_named_in_messages(tmp_path):
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/other.xml", "<x/>")
    with pytest.raises(DocumentError, match="no main document"):
        _ooxml.read(empty.getvalue(), "a.docx")
    file = tmp_path / "a.docx"
    docx.Document().save(file)
    refused(file, "holds no text")
