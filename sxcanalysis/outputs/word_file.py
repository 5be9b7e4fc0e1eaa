"""A report as a Word file that an office edits on: real headings, captions and tables, alt texts, its own fonts and margins."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.outputs.excel import without_times
from sxcanalysis.reference.words import label, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sxcanalysis.outputs.blocks import Block, Box, Picture, Table, TitleBlock

#: Margins in millimetres: top, bottom, left, right. For Chinese those of GB/T 9704 (official documents).
MARGINS = {"zh": (37, 35, 28, 26), "en": (25, 25, 25, 25)}
#: Latin and Chinese font, size in points, by style. The Chinese ones are those that GB/T 9704 asks for.
FONTS = {
    "zh": {"Normal": ("Times New Roman", "仿宋_GB2312", 14), "Title": ("Times New Roman", "方正小标宋简体", 22),
           "Subtitle": ("Times New Roman", "楷体_GB2312", 16), "Heading 1": ("Times New Roman", "黑体", 16),
           "Heading 2": ("Times New Roman", "楷体_GB2312", 14), "Caption": ("Times New Roman", "黑体", 10.5), "Small": ("Times New Roman", "仿宋_GB2312", 9),
           "Cell": ("Times New Roman", "仿宋_GB2312", 9), "Box": ("Times New Roman", "楷体_GB2312", 12)},
    "en": {"Normal": ("Cambria", "仿宋", 11), "Title": ("Calibri", "黑体", 20), "Subtitle": ("Calibri", "黑体", 14),
           "Heading 1": ("Calibri", "黑体", 15), "Heading 2": ("Calibri", "黑体", 12), "Caption": ("Calibri", "黑体", 10), "Small": ("Cambria", "仿宋", 8.5),
           "Cell": ("Cambria", "仿宋", 8.5), "Box": ("Calibri", "黑体", 10)},
}  # fmt: skip
#: What stands in for a font that a machine does not have, the first that it has.
INSTEAD = {"仿宋_GB2312": "仿宋,FangSong,STFangsong", "楷体_GB2312": "楷体,KaiTi,STKaiti",
           "方正小标宋简体": "FZXiaoBiaoSong-B05S,小标宋,华文中宋,STZhongsong,宋体,SimSun", "黑体": "SimHei,STHeiti"}  # fmt: skip
_LINE = {"zh": 26.0, "en": None}  # points from line to line; None: as the font asks
_LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def word_bytes(blocks: Iterable[Block], lang: str, *, title: str, authors: str = "") -> bytes:
    """
    Write blocks as a Word file.

    Parameters
    ----------
    blocks
        From `sxcanalysis.outputs.brief.compose`.
    lang
        ``zh`` or ``en``: page, fonts and the language that the words are checked in.
    title, authors
        Of the file's properties.

    Returns
    -------
    data
        The ``.docx``; the same blocks give the same bytes.

    Raises
    ------
    MissingDataError
        If python-docx is not installed.
    """
    try:
        from docx import Document  # noqa: PLC0415  # an extra
    except ImportError as error:
        msg = "writing Word files needs the package python-docx: install sxcanalysis with its extra `report`."
        raise MissingDataError(msg) from error
    document = Document()
    _set_up(document, lang, title, authors)
    writers = {"title": _title, "heading": _heading, "paragraph": _paragraph, "findings": _findings, "box": _box,
               "picture": _picture, "listing": _listing, "table": _table}  # fmt: skip
    for block in blocks:
        writers[block.kind](document, block, lang)
    memory = io.BytesIO()
    document.save(memory)
    return without_times(memory)


def _set_up(document: Any, lang: str, title: str, authors: str) -> None:  # noqa: ANN401  # python-docx has no types
    from docx.enum.style import WD_STYLE_TYPE  # noqa: PLC0415
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
    from docx.shared import Mm, Pt, RGBColor  # noqa: PLC0415

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = map(
        Mm, MARGINS[lang]
    )
    section.footer_distance = Mm(MARGINS[lang][1] - 8)
    for name, (latin, chinese, size) in FONTS[lang].items():
        known = name in [style.name for style in document.styles]
        style = document.styles[name] if known else document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        if not known:
            style.base_style = document.styles["Normal"]
        style.font.size, style.font.bold, style.font.italic = Pt(size), False, False
        style.font.color.rgb = RGBColor(0, 0, 0)
        _fonts(style.element.get_or_add_rPr(), latin, chinese, lang)
        shape = style.paragraph_format
        shape.space_before, shape.space_after = Pt(0), Pt(0 if lang == "zh" else 4)
        if name in {"Normal", "Box"} and _LINE[lang]:
            shape.line_spacing = Pt(float(_LINE[lang] or 0) * size / FONTS[lang]["Normal"][2])
        elif name in {"Small", "Cell", "Caption"}:
            shape.line_spacing, shape.space_after = (
                1.0 if name == "Cell" else 1.15,
                Pt(0 if name == "Cell" else 3),
            )
        if name.startswith("Heading"):
            shape.space_before, shape.space_after, shape.keep_with_next = Pt(12), Pt(4), True
        if name in {"Title", "Subtitle"}:
            shape.alignment = WD_ALIGN_PARAGRAPH.CENTER
            for border in style.element.findall(".//" + _w("pBdr")):
                border.getparent().remove(border)
        if name == "Caption":
            shape.space_before, shape.space_after = Pt(4), Pt(8)
    if lang == "en":
        for name in ("Title", "Heading 1", "Heading 2", "Caption"):
            document.styles[name].font.bold = True
    _name_substitutes(document)
    _page_number(section.footer.paragraphs[0], lang)
    properties = document.core_properties
    properties.title, properties.author, properties.language = (
        title,
        authors,
        "zh-CN" if lang == "zh" else "en-GB",
    )
    properties.comments, properties.last_modified_by = "", authors
    properties.created = properties.modified = _LONG_AGO


def _w(tag: str) -> str:
    from docx.oxml.ns import qn  # noqa: PLC0415

    return str(qn(f"w:{tag}"))


def _element(tag: str, **attributes: str) -> Any:  # noqa: ANN401
    from docx.oxml import OxmlElement  # noqa: PLC0415

    made = OxmlElement(f"w:{tag}")
    for key, value in attributes.items():
        made.set(_w(key), value)
    return made


def _fonts(properties: Any, latin: str, chinese: str, lang: str) -> None:  # noqa: ANN401
    fonts = properties.get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(_w(theme), None)
    for key, name in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", chinese)):
        fonts.set(_w(key), name)
    for old in properties.findall(_w("lang")):
        properties.remove(old)
    properties.append(
        _element("lang", val="en-GB", eastAsia="zh-CN")
        if lang == "en"
        else _element("lang", val="zh-CN", eastAsia="zh-CN")
    )


def _name_substitutes(document: Any) -> None:  # noqa: ANN401
    """Name for each Chinese font what may stand in for it, in the place where Word looks."""
    from lxml import etree  # noqa: PLC0415

    part = next(rel.target_part for rel in document.part.rels.values() if rel.reltype.endswith("/fontTable"))
    table = etree.fromstring(part.blob)
    for name, others in INSTEAD.items():
        font = etree.SubElement(table, _w("font"), {_w("name"): name})
        etree.SubElement(font, _w("altName"), {_w("val"): others})
        etree.SubElement(font, _w("charset"), {_w("val"): "86"})
    part._blob = etree.tostring(table, xml_declaration=True, encoding="UTF-8", standalone=True)  # noqa: SLF001  # the one way to it


def _field(paragraph: Any, code: str, shown: str) -> None:  # noqa: ANN401
    """Add a field with the result that it has now, so that it reads well before anything is updated."""
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("shown", shown), ("end", "")):
        run = paragraph.add_run(shown if kind == "shown" else "")
        if kind in {"begin", "separate", "end"}:
            run._r.append(_element("fldChar", fldCharType=kind))  # noqa: SLF001
        elif not kind:
            instruction = _element("instrText")
            instruction.text = f" {text} "
            run._r.append(instruction)  # noqa: SLF001


def _page_number(paragraph: Any, lang: str) -> None:  # noqa: ANN401
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    before, after = ("— ", " —") if lang == "zh" else ("", "")
    paragraph.add_run(before)
    _field(paragraph, "PAGE", "1")
    paragraph.add_run(after)


def _bookmarked(paragraph: Any, name: str, number: int) -> None:  # noqa: ANN401
    paragraph._p.insert(1, _element("bookmarkStart", id=str(number), name=name))  # noqa: SLF001
    paragraph._p.append(_element("bookmarkEnd", id=str(number)))  # noqa: SLF001


def _title(document: Any, block: TitleBlock, lang: str) -> None:  # noqa: ANN401, ARG001
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415

    document.add_paragraph(block.title, style="Title")
    document.add_paragraph(block.subtitle, style="Subtitle")
    for line in block.lines:
        document.add_paragraph(line, style="Normal").alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.core_properties.subject = block.subtitle


def _heading(document: Any, block: Any, lang: str) -> None:  # noqa: ANN401, ARG001
    document.add_heading(block.text, level=block.level)


def _paragraph(document: Any, block: Any, lang: str) -> None:  # noqa: ANN401
    paragraph = document.add_paragraph(block.text, style="Small" if block.small else "Normal")
    if not block.small:
        _indent(paragraph, lang)


def _indent(paragraph: Any, lang: str) -> None:  # noqa: ANN401
    """Begin a Chinese paragraph two characters in, whatever its size."""
    if lang == "zh":
        paragraph._p.get_or_add_pPr().append(_element("ind", firstLineChars="200"))  # noqa: SLF001


def _findings(document: Any, block: Any, lang: str) -> None:  # noqa: ANN401
    for number, sentence in enumerate(block.sentences, 1):
        _indent(
            document.add_paragraph(say("brief.numbered", lang, n=number, text=sentence), style="Normal"), lang
        )


def _box(document: Any, block: Box, lang: str) -> None:  # noqa: ANN401
    for at, text in enumerate((block.title, *block.paragraphs)):
        paragraph = document.add_paragraph(style="Box")
        paragraph.add_run(text).bold = at == 0 or None
        paragraph.paragraph_format.keep_with_next = at < len(block.paragraphs)
        properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
        border = _element("pBdr")
        for side in ("top", "left", "bottom", "right"):
            border.append(_element(side, val="single", sz="6", space="6", color="8A9BB0"))
        properties.append(border)
        properties.append(_element("shd", val="clear", color="auto", fill="F4F6F9"))
        if at:
            _indent(paragraph, lang)
        _in_order(properties)


def _picture(document: Any, block: Picture, lang: str) -> None:  # noqa: ANN401
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
    from docx.shared import Mm  # noqa: PLC0415

    holder = document.add_paragraph(style="Small")
    holder.alignment, holder.paragraph_format.keep_with_next = WD_ALIGN_PARAGRAPH.CENTER, True
    shape = holder.add_run().add_picture(io.BytesIO(block.png), width=Mm(block.width_mm))
    properties = shape._inline.docPr  # noqa: SLF001
    properties.set("descr", block.alt)
    properties.set("name", block.name)
    _caption(document, "figure", block.number, block.title, lang)
    if block.note:
        document.add_paragraph(block.note, style="Small")


def _caption(document: Any, kind: str, number: int, title: str, lang: str) -> None:  # noqa: ANN401
    """Write a caption whose number is a field, so that a figure or table put in between renumbers the others."""
    before, after = say(f"brief.{kind}_line", lang, n="\0", title=title).split("\0", 1)
    paragraph = document.add_paragraph(style="Caption")
    paragraph.paragraph_format.keep_with_next = kind == "table"
    paragraph.add_run(before)
    _field(paragraph, f"SEQ {label(f'brief.{kind}_sequence', lang)} \\* ARABIC", str(number))
    paragraph.add_run(after)
    _bookmarked(paragraph, f"{kind}-{number}", number + (100 if kind == "table" else 0))


def _listing(document: Any, block: Any, lang: str) -> None:  # noqa: ANN401, ARG001
    for anchor, line in block.entries:
        paragraph = document.add_paragraph(style="Small")
        link = _element("hyperlink", anchor=anchor)
        run = paragraph.add_run(line)
        link.append(run._r)  # noqa: SLF001
        paragraph._p.append(link)  # noqa: SLF001
        paragraph.add_run("　")
        _field(paragraph, f"PAGEREF {anchor} \\h", "…")


def _table(document: Any, block: Table, lang: str) -> None:  # noqa: ANN401
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
    from docx.shared import Mm  # noqa: PLC0415

    _caption(document, "table", block.number, block.title, lang)
    table = document.add_table(rows=1 + len(block.rows), cols=len(block.heads))
    table.autofit = False
    wide = 210 - MARGINS[lang][2] - MARGINS[lang][3]
    widths = [Mm(wide * share / sum(block.shares)) for share in block.shares]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for at, (row, texts) in enumerate(zip(table.rows, (block.heads, *block.rows), strict=True)):
        properties = row._tr.get_or_add_trPr()  # noqa: SLF001
        properties.append(_element("cantSplit"))
        if at == 0:
            properties.append(_element("tblHeader"))
        for column, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            cell.width = widths[column]
            paragraph = cell.paragraphs[0]
            paragraph.style = document.styles["Cell"]
            paragraph.add_run(text).bold = at == 0 or None
            if block.numeric and column:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _rules(table)
    document.add_paragraph(block.note, style="Small")


def _rules(table: Any) -> None:  # noqa: ANN401
    """Rule a table as journals do: lines above, below and under the head, thin ones between the rows."""
    border = _element("tblBorders")
    for side, size, color in (
        ("top", "12", "444444"),
        ("bottom", "12", "444444"),
        ("insideH", "4", "CCCCCC"),
    ):
        border.append(_element(side, val="single", sz=size, space="0", color=color))
    properties = table._tbl.tblPr  # noqa: SLF001
    properties.insert(next(at for at, child in enumerate(properties) if child.tag == _w("tblLayout")), border)


#: The order in which Word wants the properties of a paragraph.
_ORDER = ("pStyle", "keepNext", "keepLines", "pageBreakBefore", "pBdr", "shd", "spacing", "ind", "jc", "rPr")


def _in_order(properties: Any) -> None:  # noqa: ANN401
    order = {_w(tag): at for at, tag in enumerate(_ORDER)}
    properties[:] = sorted(properties, key=lambda child: order.get(child.tag, len(order)))
