"""Word document to lines: automatic numbers rebuilt, tables row by row, deleted text left out."""

from __future__ import annotations

import posixpath
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree

from sxcanalysis.documents.formats import open_archive, parse_part
from sxcanalysis.documents.lines import MAX_COLUMNS, Box, Lines, Place, cell_text, refusal, write_table
from sxcanalysis.documents.word_numbering import Numbering, read_numbering, whole

if TYPE_CHECKING:
    import zipfile

_GONE = frozenset({"del", "moveFrom"})
_PROPERTIES = frozenset({"pPr", "rPr", "tblPr", "trPr", "tcPr"})
# A tab parts the cells of a table row in the text; inside a paragraph it is a blank.
_SIGNS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_PUA = range(0xF000, 0xF100)
# A picture of at least 8 by 3 cm can hold a list; logos and signatures are smaller. In English Metric Units.
_PICTURE = (2_880_000, 1_080_000)


@dataclass(slots=True)
class _Story:
    """What has been read so far: the lines of this part, and what all parts share."""

    numbering: Numbering
    hidden_styles: frozenset[str]
    out: Lines = field(default_factory=Lines)
    seen: Counter[str] = field(default_factory=Counter)
    boxes: list[Any] = field(default_factory=list)
    # Whether the end of the paragraph before was deleted, so that the next one goes on in it.
    open_end: bool = False


def read(data: bytes, name: str) -> Lines:
    """Read a Word document: paragraphs and table rows in their order, and their places."""
    with open_archive(data, name) as archive:
        main = _main_part(archive, name)
        links = _links(archive, main, name)
        parts = {kind: _part(archive, path, name) for kind, path in {**links, "main": main}.items()}
    styles = parts["styles"]
    vanished = (el.get("styleId") or "" for el in styles if _is_on(el.find("rPr/vanish")))
    story = _Story(read_numbering(parts["numbering"], styles), frozenset(vanished))
    out, seen = story.out, story.seen
    body = parts["main"].find("body")
    _blocks(parts["main"] if body is None else body, story)
    for kind in ("footnotes", "endnotes"):
        for note in parts[kind]:
            # The first two notes of Word are the rules above the notes, not text.
            if note.get("type") in {None, "normal"}:
                _blocks(note, story, label=f"{note.tag} {note.get('id')}")
    if not any(line.strip() for line in out.lines):
        raise refusal(name, "picture_of_text" if seen["pictures"] else "no_words", n=seen["pictures"])
    if seen["numbers"]:
        out.note("word_numbers", n=seen["numbers"])
    if others := sorted(links.keys() & {"header", "footer", "comments"}):
        out.note("parts", parts=", ".join(others))
    return out


@cache
def _made_plain() -> etree.XSLT:
    return etree.XSLT(etree.parse(Path(__file__).with_suffix(".xsl")))


def _part(archive: zipfile.ZipFile, path: str, name: str) -> Any:  # noqa: ANN401
    """Parse a part and make its markup plain; one that is missing is empty."""
    if path not in archive.namelist():
        return etree.Element("none")
    return _made_plain()(parse_part(archive, path, name)).getroot()


def _main_part(archive: zipfile.ZipFile, name: str) -> str:
    """Find the main document, which some programs do not call word/document.xml."""
    links = _part(archive, "_rels/.rels", name)
    kind = "/officeDocument"
    targets = [(el.get("Target") or "").lstrip("/") for el in links if (el.get("Type") or "").endswith(kind)]
    for path in [*targets, "word/document.xml"]:
        if path in archive.namelist():
            return path
    raise refusal(name, "no_main_part")


def _links(archive: zipfile.ZipFile, main: str, name: str) -> dict[str, str]:
    """Return the paths of the other parts by their kinds."""
    folder, file = posixpath.split(main)
    kinds = ("styles", "numbering", "footnotes", "endnotes")
    found = {kind: posixpath.join(folder, kind + ".xml") for kind in kinds}
    for link in _part(archive, posixpath.join(folder, "_rels", file + ".rels"), name):
        kind, target = (link.get("Type") or "").rsplit("/", 1)[-1], link.get("Target") or ""
        if kind in {*kinds, "header", "footer", "comments"}:
            found[kind] = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
    return found


def _is_on(el: Any) -> bool:  # noqa: ANN401
    return el is not None and el.get("val") not in {"0", "false", "off"}


def _blocks(parent: Any, story: _Story, *, label: str | None = None) -> None:  # noqa: ANN401
    """Read paragraphs and tables in document order."""
    out = story.out
    for el in parent:
        if el.tag == "p":
            story.seen["paragraphs"] += 1
            place: Place = label or story.seen["paragraphs"]
            for n, line in enumerate(_paragraph(el, story)):
                if story.open_end and not n and out.lines:
                    out.glued[len(out.lines)] = "revision"
                out.add(line, place)
            story.open_end = el.find("pPr/rPr/del") is not None
            if story.open_end:
                out.find("deleted_end")
            boxes, story.boxes = story.boxes, []
            for box in boxes:  # those anchored in a paragraph follow it
                where = place if isinstance(place, str) else f"paragraph {place}"
                _blocks(box, story, label=f"text box at {where}")
        elif el.tag == "tbl":
            _table(el, story)
        elif el.tag == "altChunk":
            out.find("embedded")
        elif el.tag in _GONE:
            _gone(el, story)


def _paragraph(p: Any, story: _Story) -> list[str]:  # noqa: ANN401
    """Read a paragraph: its automatic number and its text, one line a soft break."""
    parts: list[str] = []
    style = p.find("pPr/pStyle")
    hidden = style is not None and style.get("val") in story.hidden_styles
    _inline(p, parts, story, hidden=hidden)
    text = "".join(parts)
    if not text.strip():
        # Word counts empty numbered paragraphs too, but nobody reads a number without text.
        return [""]
    lines = [line.rstrip(" ") for line in text.split("\n")]
    if number := story.numbering.number(p):
        story.seen["numbers"] += 1
        first = next(k for k, line in enumerate(lines) if line.strip())
        lines[first] = number + lines[first].lstrip()
    return lines


def _inline(el: Any, parts: list[str], story: _Story, *, hidden: bool) -> None:  # noqa: ANN401
    """Collect the text inside a paragraph. libxml2 bounds the depth, so recursion is safe."""
    for part in el:
        tag = part.tag
        if tag == "t":
            parts.append((part.text or "").replace("\n", " ").replace("\t", " "))
        elif tag == "r":
            _run(part, parts, story, hidden=hidden)
        elif tag in _SIGNS:
            parts.append(_SIGNS[tag])
        elif tag == "sym":
            parts.append(_symbol(part.get("char")))
        elif tag in _GONE:
            _gone(part, story)
        elif tag == "txbxContent":
            story.boxes.append(part)
        elif tag == "extent":  # it comes before its picture
            sizes = zip((whole(part.get(side), 0) for side in ("cx", "cy")), _PICTURE, strict=True)
            story.seen["large"] = all(size >= least for size, least in sizes)
        elif tag in {"blip", "imagedata"}:
            story.seen["pictures"] += 1
            if story.seen.pop("large", 0):
                story.out.find("picture")
        elif tag not in _PROPERTIES:
            _inline(part, parts, story, hidden=hidden)


def _run(run: Any, parts: list[str], story: _Story, *, hidden: bool) -> None:  # noqa: ANN401
    """Read a run of characters, unless it is hidden; white ones are read and told."""
    if not hidden and run.find("rPr") is None:
        _inline(run, parts, story, hidden=False)
        return
    own, style = run.find("rPr/vanish"), run.find("rPr/rStyle")
    if own is not None:
        hidden = _is_on(own)
    elif style is not None:
        hidden = hidden or style.get("val") in story.hidden_styles
    if hidden:
        if words := "".join(t.text or "" for t in run.iter("t")):
            story.out.find("hidden", words)
        return
    before = len(parts)
    _inline(run, parts, story, hidden=False)
    color = run.find("rPr/color")
    white = color is not None and (color.get("val") or "").upper() == "FFFFFF"
    if white and (words := "".join(parts[before:]).strip()) and not _is_shaded(run):
        story.out.find("white", words)


def _is_shaded(run: Any) -> bool:  # noqa: ANN401
    """Tell whether a run, its paragraph or its cell has a ground on which white letters show."""
    for el in (run, *run.iterancestors("p", "tc", "tbl")):
        ground = el.find(f"{el.tag}Pr/shd")
        fill = "" if ground is None else ground.get("fill") or ""
        if fill.upper() not in {"", "AUTO", "FFFFFF"} or el.find("tblPr/tblStyle") is not None:
            return True
    return False


def _symbol(code: str | None) -> str:
    try:
        value = int(code or "", 16)
    except ValueError:
        return ""
    return "•" if value in _PUA or not 0x20 <= value < 0xD800 else chr(value)


def _gone(el: Any, story: _Story) -> None:  # noqa: ANN401
    text = "".join(t.text or "" for t in el.iter("t", "delText"))
    if text.strip():
        story.out.remove("revision", text)
        story.out.find("deleted", text)


@dataclass(slots=True)
class _Cell:
    """A cell, growing downwards."""

    texts: list[str]
    columns: int
    rows: int = 1


def _table(tbl: Any, story: _Story) -> None:  # noqa: ANN401
    """Read a table; one of a single column is only a frame around paragraphs."""
    story.seen["tables"] += 1
    table = story.seen["tables"]
    story.open_end = False
    rows: list[Any] = []
    for tr in tbl.iterchildren("tr"):
        if tr.find("trPr/del") is None:
            rows.append(tr)
        else:
            _gone(tr, story)
    if all(sum(_span(tc.find("tcPr/gridSpan")) for tc in tr.iterchildren("tc")) < 2 for tr in rows):
        for tc in (tc for tr in rows for tc in tr.iterchildren("tc")):
            _blocks(tc, story)
        return
    grid: list[list[_Cell]] = []
    open_at: dict[int, _Cell] = {}
    for tr in rows:
        before = tr.find("trPr/gridBefore")
        grid.append([_Cell([], _span(before))] if before is not None and before.get("val") != "0" else [])
        column = sum(cell.columns for cell in grid[-1])
        for tc in tr.iterchildren("tc"):
            span, merge, texts = _span(tc.find("tcPr/gridSpan")), tc.find("tcPr/vMerge"), _texts(tc, story)
            above = open_at.get(column)
            goes_on = merge is not None and merge.get("val", "continue") == "continue"
            if goes_on and above is not None and above.columns == span:
                # Text may hide in the continuation of a merged cell.
                above.texts += texts
                above.rows += 1
            else:
                grid[-1].append(_Cell(texts, span))
                open_at.pop(column, None)
                if merge is not None:
                    open_at[column] = grid[-1][-1]
            column += span
    places = [f"table {table}, row {n}" for n in range(1, len(rows) + 1)]
    boxes = [[Box(cell_text(cell.texts), cell.rows, cell.columns) for cell in row] for row in grid]
    write_table(boxes, places, story.out, "word")


def _span(el: Any) -> int:  # noqa: ANN401
    return 1 if el is None else max(1, min(whole(el.get("val"), 1), MAX_COLUMNS))


def _texts(tc: Any, story: _Story) -> list[str]:  # noqa: ANN401
    """Read what a cell holds, tables inside it included, line by line."""
    paragraphs = story.seen["paragraphs"]
    part = replace(story, out=Lines(), boxes=[], open_end=False)
    _blocks(tc, part)
    story.seen["paragraphs"] = paragraphs
    here = len(story.out.lines)
    story.out.removed += [(here, kind, text) for _, kind, text in part.out.removed]
    story.out.findings += [(here, code, words) for _, code, words in part.out.findings]
    return part.out.lines
