"""A brief as a Word file that an office edits on: real headings, captions and tables, alt texts, its own fonts and margins."""

from __future__ import annotations

import datetime as dt
import io
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.outputs.exports.excel import without_times
from sxcanalysis.reference.words import label, say, spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sxcanalysis.outputs.brief.blocks import Block, Picture, Style, Table, Words

#: The style of Word that each kind of paragraph has.
STYLES: dict[Style, str] = {
    "title": "Title", "subtitle": "Subtitle", "byline": "Normal", "heading": "Heading 1", "body": "Normal",
    "finding": "Normal", "small": "Small", "box-title": "Box", "box": "Box", "entry": "Small",
}  # fmt: skip
_CENTRED = ("title", "subtitle", "byline")
_INDENTED = ("body", "finding", "box")  # by two characters, in Chinese
_LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
#: The order in which Word wants the properties of a paragraph; it repairs a file that has another.
_ORDER = ("pStyle", "keepNext", "keepLines", "pageBreakBefore", "pBdr", "shd", "spacing", "ind", "jc", "rPr")
Docx = Any  # python-docx has no types


def word_bytes(blocks: Iterable[Block], lang: str, *, title: str, authors: str = "") -> bytes:
    """
    Write blocks as a Word file.

    Parameters
    ----------
    blocks
        From `sxcanalysis.outputs.brief.contents.compose`.
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
        msg = say("output.package", spoken(), what="Word", package="python-docx", extra="report")
        raise MissingDataError(msg) from error
    document = Document()
    look = word_look()
    _set_page(document, look[lang])
    _set_styles(document, look[lang], lang)
    _name_substitutes(document, look["substitutes"])
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = title, authors, authors
    properties.language, properties.comments = "zh-CN" if lang == "zh" else "en-GB", ""
    properties.subject = label("brief.subtitle", lang)
    properties.created = properties.modified = _LONG_AGO
    writers: dict[str, Callable[..., None]] = {
        "words": _write_words,
        "picture": _write_picture,
        "table": _write_table,
    }
    for block in blocks:
        writers[block.kind](document, block, lang)
    memory = io.BytesIO()
    document.save(memory)
    return without_times(memory)


def word_look() -> dict[str, Any]:
    """Read the margins, fonts and sizes of either language."""
    return tomllib.loads((files("sxcanalysis.outputs") / "templates" / "word_styles.toml").read_text("utf-8"))


# --- page and styles -----------------------------------------------------------------------------------------------------


def _set_page(document: Docx, look: dict[str, Any]) -> None:
    from docx.shared import Mm  # noqa: PLC0415

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, margin in zip(("top", "bottom", "left", "right"), look["margins"], strict=True):
        setattr(section, f"{side}_margin", Mm(margin))
    section.footer_distance = Mm(look["margins"][1] - 8)
    footer = section.footer.paragraphs[0]
    footer.alignment = _centre()
    footer.add_run("— ")
    _add_field(footer, "PAGE", "1")
    footer.add_run(" —")


def _set_styles(document: Docx, look: dict[str, Any], lang: str) -> None:
    from docx.enum.style import WD_STYLE_TYPE  # noqa: PLC0415
    from docx.shared import Pt, RGBColor  # noqa: PLC0415

    known = {style.name for style in document.styles}
    normal = look["styles"]["Normal"][2]
    for name, (latin, chinese, size) in look["styles"].items():
        if name not in known:
            document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = document.styles["Normal"]
        style = document.styles[name]
        style.font.size, style.font.bold, style.font.italic = Pt(size), name in look["bold"], False
        style.font.color.rgb = RGBColor(0, 0, 0)
        _set_fonts(style.element.get_or_add_rPr(), latin, chinese, lang)
        shape = style.paragraph_format
        shape.space_before, shape.space_after = Pt(0), Pt(look["after"])
        if name in {"Normal", "Box"} and look["line"]:
            shape.line_spacing = Pt(look["line"] * size / normal)
        elif name in {"Small", "Cell", "Caption"}:
            shape.line_spacing, shape.space_after = 1.1, Pt(0 if name == "Cell" else 4)
        if name == "Heading 1":
            shape.space_before, shape.space_after, shape.keep_with_next = Pt(10), Pt(3), True
    for border in document.styles["Title"].element.findall(".//" + _w("pBdr")):
        border.getparent().remove(border)


def _set_fonts(properties: Docx, latin: str, chinese: str, lang: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(_w(theme), None)
    for key, name in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", chinese)):
        fonts.set(_w(key), name)
    for old in properties.findall(_w("lang")):
        properties.remove(old)
    # Figures and Latin words of a Chinese text are not Chinese: else a line may end within a number.
    properties.append(_element("lang", val="en-GB" if lang == "en" else "en-US", eastAsia="zh-CN"))


def _name_substitutes(document: Docx, substitutes: dict[str, str]) -> None:
    """Name for each Chinese font what may stand in for it, in the place where Word looks."""
    from lxml import etree  # noqa: PLC0415

    part = next(rel.target_part for rel in document.part.rels.values() if rel.reltype.endswith("/fontTable"))
    table = etree.fromstring(part.blob)
    for name, others in substitutes.items():
        font = etree.SubElement(table, _w("font"), {_w("name"): name})
        etree.SubElement(font, _w("altName"), {_w("val"): others})
        etree.SubElement(font, _w("charset"), {_w("val"): "86"})
    part._blob = etree.tostring(table, xml_declaration=True, encoding="UTF-8", standalone=True)  # noqa: SLF001  # the one way to it


# --- blocks --------------------------------------------------------------------------------------------------------------


def _write_words(document: Docx, block: Words, lang: str) -> None:
    paragraph = document.add_paragraph(style=STYLES[block.style])
    run = paragraph.add_run(block.text)
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
    if block.style in _CENTRED:
        paragraph.alignment = _centre()
    if lang == "zh" and block.style in _INDENTED:
        properties.append(_element("ind", firstLineChars="200"))
    if block.style.startswith("box"):
        run.bold = block.style == "box-title" or None
        paragraph.paragraph_format.keep_with_next = block.style == "box-title"
        border = _element("pBdr")
        for side in ("top", "left", "bottom", "right"):
            border.append(_element(side, val="single", sz="6", space="6", color="8A9BB0"))
        properties.extend([border, _element("shd", val="clear", color="auto", fill="F4F6F9")])
    elif block.style == "entry":
        link = _element("hyperlink", anchor=block.anchor)
        link.append(run._r)  # noqa: SLF001
        paragraph._p.append(link)  # noqa: SLF001
        paragraph.add_run("　")
        _add_field(paragraph, f"PAGEREF {block.anchor} \\h", "…")
    order = {_w(tag): at for at, tag in enumerate(_ORDER)}
    properties[:] = sorted(properties, key=lambda child: order.get(child.tag, len(order)))


def _write_picture(document: Docx, block: Picture, lang: str) -> None:
    from docx.shared import Mm  # noqa: PLC0415

    holder = document.add_paragraph(style="Small")
    holder.alignment, holder.paragraph_format.keep_with_next = _centre(), True
    shape = holder.add_run().add_picture(io.BytesIO(block.png), width=Mm(block.width_mm))
    properties = shape._inline.docPr  # noqa: SLF001
    properties.set("descr", block.alt)
    properties.set("name", block.name)
    caption = _add_caption(document, "figure", block.number, block.title, lang)
    if block.note:
        caption.paragraph_format.keep_with_next = True
        document.add_paragraph(block.note, style="Small")


def _write_table(document: Docx, block: Table, lang: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
    from docx.shared import Mm  # noqa: PLC0415

    _add_caption(document, "table", block.number, block.title, lang).paragraph_format.keep_with_next = True
    table = document.add_table(rows=1 + len(block.rows), cols=len(block.heads))
    table.autofit = False
    wide = 210 - sum(word_look()[lang]["margins"][2:])
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
    _rule(table)
    document.add_paragraph(block.note, style="Small")


def _rule(table: Docx) -> None:
    """Rule a table as journals do: lines above, below and thin ones between the rows."""
    border = _element("tblBorders")
    for side, size, color in (
        ("top", "12", "444444"),
        ("bottom", "12", "444444"),
        ("insideH", "4", "CCCCCC"),
    ):
        border.append(_element(side, val="single", sz=size, space="0", color=color))
    table._tbl.tblPr.find(_w("tblLayout")).addprevious(border)  # noqa: SLF001


def _add_caption(document: Docx, kind: str, number: int, title: str, lang: str) -> Docx:
    """Write a caption whose number is a field, so that a figure or table put in between renumbers the others."""
    before, after = say(f"brief.{kind}_line", lang, n="\0", title=title).split("\0", 1)
    paragraph = document.add_paragraph(style="Caption")
    paragraph.add_run(before)
    _add_field(paragraph, f"SEQ {label(f'brief.{kind}_sequence', lang)} \\* ARABIC", str(number))
    paragraph.add_run(after)
    mark = str(number + (100 if kind == "table" else 0))
    paragraph._p.insert(1, _element("bookmarkStart", id=mark, name=f"{kind}-{number}"))  # noqa: SLF001
    paragraph._p.append(_element("bookmarkEnd", id=mark))  # noqa: SLF001
    return paragraph


def _add_field(paragraph: Docx, code: str, shown: str) -> None:
    """Add a field with the result that it has now, so that it reads well before anything is updated."""
    for kind in ("begin", "code", "separate", "shown", "end"):
        run = paragraph.add_run(shown if kind == "shown" else "")
        if kind == "code":
            instruction = _element("instrText")
            instruction.text = f" {code} "
            run._r.append(instruction)  # noqa: SLF001
        elif kind != "shown":
            run._r.append(_element("fldChar", fldCharType=kind))  # noqa: SLF001


# --- Word's own elements -------------------------------------------------------------------------------------------------


def _centre() -> Docx:
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415

    return WD_ALIGN_PARAGRAPH.CENTER


def _w(tag: str) -> str:
    from docx.oxml.ns import qn  # noqa: PLC0415

    return str(qn(f"w:{tag}"))


def _element(tag: str, **attributes: str) -> Docx:
    from docx.oxml import OxmlElement  # noqa: PLC0415

    made = OxmlElement(f"w:{tag}")
    for key, value in attributes.items():
        made.set(_w(key), value)
    return made
