"""Word document to lines: automatic numbers rebuilt, tables row by row, deleted text left out."""

from __future__ import annotations

import io
import posixpath
import zipfile
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from sxcanalysis.core.errors import DocumentError
from sxcanalysis.documents.lines import Lines, Place
from sxcanalysis.documents.table_lines import Cell, LastTable, cell_text, table_rows
from sxcanalysis.documents.word_numbering import Numbering, attribute, local

MAX_PART = 60_000_000
MAX_RATIO = 400
_RATIO_FROM = 5_000_000
_MAX_MEMBERS = 20_000

_HOLDERS = frozenset({"sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "hyperlink", "fldSimple",
                      "dir", "bdo", "rubyBase", "ruby", "oMath", "oMathPara", "body", "hdr", "txbxContent"})  # fmt: skip
_GONE = frozenset({"del", "moveFrom"})
_NOT_READ = frozenset({"pPr", "rPr", "rt", "rubyPr", "sdtPr", "sdtEndPr", "tblPr", "tblGrid", "trPr", "tcPr",
                       "instrText", "delInstrText", "fldData", "commentReference", "annotationRef", "sectPr"})  # fmt: skip
_PUA = range(0xF000, 0xF100)


@dataclass(slots=True)
class _Story:
    """The lines of a document so far, and what a person should know."""

    numbering: Numbering
    lines: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    paragraphs: int = 0
    tables: int = 0
    deleted: list[tuple[int, str]] = field(default_factory=list)
    hidden: int = 0
    numbers: int = 0
    foreign: int = 0
    boxes: list[Any] = field(default_factory=list)
    last: LastTable = field(default_factory=LastTable)


def zip_format(data: bytes, name: str) -> str:
    """Say what a zip archive holds: ``docx``, or raise with what to do about it."""
    with _opened(data, name) as archive:
        names = set(archive.namelist())
    if "OFD.xml" in names:
        hint = "an OFD document. Open it in its viewer and save it as PDF"
    elif any(n.startswith("xl/") for n in names):
        hint = "an Excel workbook. Copy its table into a .docx, or save the sheet as a web page (.html)"
    elif any(n.startswith("ppt/") for n in names):
        hint = "a presentation. Save it as PDF"
    elif "mimetype" in names and "content.xml" in names:
        hint = "an OpenDocument file. Open it in LibreOffice and save it as .docx"
    elif "[Content_Types].xml" in names and any(n.startswith("word/") for n in names):
        return "docx"
    else:
        hint = "a zip archive and no Word document. Unpack it and name the document inside"
    msg = f"{name}: this is {hint}, then read that file."
    raise DocumentError(msg)


def read_docx(data: bytes, name: str) -> Lines:
    """Read a Word document: paragraphs and table rows in their order, and their places."""
    with _opened(data, name) as archive:
        main = _main_part(archive, name)
        links = _links(archive, main, name)
        root = _xml(archive, main, name)
        styles = _optional(archive, links.get("styles"), name)
        numbering = _optional(archive, links.get("numbering"), name)
        extra = [_optional(archive, links.get(part), name) for part in ("footnotes", "endnotes")]
        others = sorted(k for k in links if k in {"header", "footer", "comments"})
    story = _Story(Numbering(numbering, styles))
    body = next((el for el in root if local(el) == "body"), root)
    _blocks(body, story)
    for part in extra:
        for note in part if part is not None else ():
            # The first two notes of Word are the rules above the notes, not text.
            if attribute(note, "type") in {None, "normal"}:
                _blocks(note, story, label=f"{local(note)} {attribute(note, 'id')}")
    if not any(line.strip() for line in story.lines):
        msg = f"{name}: the document holds no text (perhaps pictures of text). Recognise the text (OCR) and save it."
        raise DocumentError(msg)
    removed = [(k, "revision", text) for k, text in story.deleted]
    return Lines(
        story.lines,
        story.places,
        repeated=story.repeated,
        removed=removed,
        notes=_notes(story, others),
    )


def _notes(story: _Story, others: list[str]) -> list[str]:
    notes = []
    if story.numbers:
        notes.append(f"{story.numbers} automatic numbers of Word were written out")
    if story.deleted:
        size = sum(len(t) for _, t in story.deleted)
        notes.append(f"{size} characters of deleted revisions were left out")
    if story.hidden:
        notes.append(f"{story.hidden} characters of hidden text were left out")
    if story.foreign:
        notes.append(f"{story.foreign} embedded documents were not read")
    if others:
        notes.append(f"not read: {', '.join(others)}")
    return notes


def _opened(data: bytes, name: str) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        size = len(archive.infolist())
    # A damaged archive fails in many ways, down to struct.error and EOFError.
    except Exception as error:
        msg = (
            f"{name}: the file is damaged or cut off ({error}). "
            "Get it again, or save it anew from Word or WPS."
        )
        raise DocumentError(msg) from error
    if size > _MAX_MEMBERS:
        msg = f"{name}: an archive of {size} files is no Word document."
        raise DocumentError(msg)
    return archive


def _part(archive: zipfile.ZipFile, part: str, name: str) -> bytes:
    """Read one part, unless it would unpack to something no document needs."""
    try:
        info = archive.getinfo(part)
        ratio = info.file_size / max(info.compress_size, 1)
        locked = info.flag_bits & 1
        bomb = info.file_size > MAX_PART or (info.file_size > _RATIO_FROM and ratio > MAX_RATIO)
        if not locked and not bomb:
            with archive.open(info) as stream:
                return stream.read(MAX_PART + 1)
    except Exception as error:
        msg = f"{name}: {part} cannot be unpacked ({error}). The file is damaged or cut off: get it again."
        raise DocumentError(msg) from error
    if locked:
        msg = f"{name}: the archive is encrypted. Save the document without a password and read that file."
        raise DocumentError(msg)
    msg = (
        f"{name}: {part} would unpack to {info.file_size / 1e6:.0f} MB ({ratio:.0f} times its size); "
        f"the limit is {MAX_PART / 1e6:.0f} MB. This is no ordinary document and was not opened."
    )
    raise DocumentError(msg)


def _xml(archive: zipfile.ZipFile, part: str, name: str) -> Any:  # noqa: ANN401
    data = _part(archive, part, name)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        msg = (
            f"{name}: {part} is not well-formed ({error}). "
            "The file is damaged: open it in Word or WPS and save it anew."
        )
        raise DocumentError(msg) from error


def _optional(archive: zipfile.ZipFile, part: str | None, name: str) -> Any:  # noqa: ANN401
    return _xml(archive, part, name) if part and part in archive.namelist() else None


def _main_part(archive: zipfile.ZipFile, name: str) -> str:
    """Find the main document, which some programs do not call word/document.xml."""
    names = set(archive.namelist())
    if "_rels/.rels" in names:
        for link in _xml(archive, "_rels/.rels", name):
            if (link.get("Type") or "").endswith("/officeDocument"):
                target = (link.get("Target") or "").lstrip("/")
                if target in names:
                    return target
    if "word/document.xml" in names:
        return "word/document.xml"
    msg = f"{name}: the archive has no main document. The file is damaged: get it again."
    raise DocumentError(msg)


def _links(archive: zipfile.ZipFile, main: str, name: str) -> dict[str, str]:
    folder, file = posixpath.split(main)
    rels = posixpath.join(folder, "_rels", file + ".rels")
    root = _optional(archive, rels, name)
    found: dict[str, str] = {}
    for link in root if root is not None else ():
        kind = (link.get("Type") or "").rsplit("/", 1)[-1]
        target = link.get("Target") or ""
        path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
        found[kind] = posixpath.normpath(path)
    for kind in ("styles", "numbering", "footnotes", "endnotes"):
        found.setdefault(kind, posixpath.join(folder, kind + ".xml"))
    return found


def _blocks(parent: Any, story: _Story, *, label: str | None = None) -> None:  # noqa: ANN401
    """Read paragraphs and tables in document order."""
    for el in parent:
        tag = local(el)
        if tag == "p":
            story.paragraphs += 1
            place: Place = label or story.paragraphs
            for line in _paragraph(el, story):
                story.lines.append(line)
                story.places.append(place)
            _boxes(story, place)
        elif tag == "tbl":
            _table(el, story)
        elif tag == "altChunk":
            story.foreign += 1
        elif tag in _GONE:
            _gone(el, story)
        elif tag == "AlternateContent":
            for choice in _choice(el):
                _blocks(choice, story, label=label)
        elif tag in _HOLDERS:
            _blocks(el, story, label=label)


def _boxes(story: _Story, place: Place) -> None:
    """Put the text boxes anchored in a paragraph behind it."""
    boxes, story.boxes = story.boxes, []
    for box in boxes:
        _blocks(
            box,
            story,
            label=f"text box at {place if isinstance(place, str) else f'paragraph {place}'}",
        )


def _paragraph(p: Any, story: _Story) -> list[str]:  # noqa: ANN401
    """Read a paragraph: its automatic number and its text, one line a soft break."""
    parts: list[str] = []
    _inline(p, parts, story)
    text = "".join(parts)
    lines = [line.rstrip(" ") for line in text.split("\n")]
    if not text.strip():
        # Word counts empty numbered paragraphs too, but nobody reads a number without text.
        return [""]
    number = story.numbering.number(p)
    if number:
        story.numbers += 1
        first = next(k for k, line in enumerate(lines) if line.strip())
        lines[first] = number + lines[first].lstrip()
    return lines


def _inline(el: Any, parts: list[str], story: _Story) -> None:  # noqa: ANN401
    """Collect the text inside a paragraph. libxml2 bounds the depth, so recursion is safe."""
    for child in el:
        tag = local(child)
        if tag == "t":
            parts.append((child.text or "").replace("\n", " ").replace("\t", " "))
        elif tag == "r":
            if _vanished(child):
                story.hidden += len("".join(child.itertext()))
            else:
                _inline(child, parts, story)
        elif tag in {"tab", "ptab"}:
            # A tab parts the cells of a table row in the text; inside a paragraph it is a blank.
            parts.append(" ")
        elif tag in {"br", "cr"}:
            parts.append("\n")
        elif tag == "noBreakHyphen":
            parts.append("-")
        elif tag == "sym":
            parts.append(_symbol(attribute(child, "char")))
        elif tag in _GONE:
            _gone(child, story)
        elif tag == "AlternateContent":
            for choice in _choice(child):
                _inline(choice, parts, story)
        elif tag == "txbxContent":
            story.boxes.append(child)
        elif tag not in _NOT_READ and tag != "delText":
            _inline(child, parts, story)


def _symbol(code: str | None) -> str:
    try:
        value = int(code or "", 16)
    except ValueError:
        return ""
    if value in _PUA or not 0x20 <= value < 0xD800:
        return "•"
    return chr(value)


def _vanished(run: Any) -> bool:  # noqa: ANN401
    for properties in run:
        if local(properties) == "rPr":
            return any(
                local(p) == "vanish" and attribute(p, "val") not in {"0", "false", "off"} for p in properties
            )
    return False


def _gone(el: Any, story: _Story) -> None:  # noqa: ANN401
    text = "".join(t.text or "" for t in el.iter() if local(t) in {"t", "delText"})
    if text.strip():
        story.deleted.append((len(story.lines), text))


def _choice(el: Any) -> list[Any]:  # noqa: ANN401
    """Of the alternatives Word stores for older programs, take the first that has text."""
    options = [c for c in el if local(c) in {"Choice", "Fallback"}]
    for option in options:
        if any(local(t) in {"t", "tbl"} for t in option.iter()):
            return [option]
    return options[:1]


def _children(el: Any, tag: str) -> list[Any]:  # noqa: ANN401
    """List children of a name, looking through the wrappers that Word puts around them."""
    found = []
    for child in el:
        name = local(child)
        if name == tag:
            found.append(child)
        elif name in {"sdt", "sdtContent", "customXml", "ins", "moveTo"}:
            found += _children(child, tag)
    return found


def _property(el: Any, holder: str, name: str) -> Any:  # noqa: ANN401
    for properties in el:
        if local(properties) == holder:
            for p in properties:
                if local(p) == name:
                    return p
    return None


def _table(tbl: Any, story: _Story) -> None:  # noqa: ANN401
    """Read a table; one of a single column is only a frame around paragraphs."""
    story.tables += 1
    table = story.tables
    rows: list[list[tuple[Any, int, str | None]]] = []
    for tr in _children(tbl, "tr"):
        if _property(tr, "trPr", "del") is not None:
            _gone(tr, story)
            continue
        cells: list[tuple[Any, int, str | None]] = []
        before = _property(tr, "trPr", "gridBefore")
        if before is not None and (n := _span(before)):
            cells.append((None, n, None))
        for tc in _children(tr, "tc"):
            merge = _property(tc, "tcPr", "vMerge")
            state = None if merge is None else attribute(merge, "val") or "continue"
            cells.append((tc, _span(_property(tc, "tcPr", "gridSpan")), state))
        rows.append(cells)
    width = max((sum(n for _, n, _ in r) for r in rows), default=0)
    if width < 2:
        for row in rows:
            for tc, _, _ in row:
                _blocks(tc, story)
        return
    found = table_rows(_cells(rows, story))
    again = story.last.repeats(story.lines, found)
    for k, line in enumerate(found):
        if line.repeated or (again and k == 0):
            story.repeated.append(len(story.lines))
        story.lines.append(line.text)
        story.places.append(f"table {table}, row {line.number}")


def _cells(rows: list[list[tuple[Any, int, str | None]]], story: _Story) -> list[list[Cell]]:
    """Turn Word's vertical merges (a start, then continuations) into row spans."""
    grid: list[list[list[Any]]] = []
    open_at: dict[int, list[Any]] = {}
    for row in rows:
        column = 0
        out: list[list[Any]] = []
        for tc, span, state in row:
            above = open_at.get(column)
            if state == "continue" and above is not None and above[2] == span:
                above[1] += 1
                _continued(tc, above, story)
            else:
                text = _cell(tc, story) if tc is not None else ""
                cell = [text, 1, span]
                out.append(cell)
                open_at.pop(column, None)
                if state is not None:
                    open_at[column] = cell
            column += span
        grid.append(out)
    return [[Cell(text, down, across) for text, down, across in row] for row in grid]


def _continued(tc: Any, above: list[Any], story: _Story) -> None:  # noqa: ANN401
    """Keep text that hides in the continuation of a merged cell."""
    text = _cell(tc, story)
    if text:
        above[0] = cell_text([above[0], text])


def _span(el: Any) -> int:  # noqa: ANN401
    try:
        return max(1, min(int(attribute(el, "val") or 1), 200)) if el is not None else 1
    except ValueError:
        return 1


def _cell(tc: Any, story: _Story) -> str:  # noqa: ANN401
    """Read what a cell holds, tables inside it included, as one line."""
    part = _Story(story.numbering, paragraphs=story.paragraphs, tables=story.tables)
    _blocks(tc, part)
    story.tables = part.tables
    story.hidden += part.hidden
    story.numbers += part.numbers
    story.foreign += part.foreign
    story.deleted += [(len(story.lines), t) for _, t in part.deleted]
    return cell_text(part.lines)
