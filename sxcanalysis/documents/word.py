"""Word document to lines: automatic numbers rebuilt, tables row by row, deleted text left out."""

from __future__ import annotations

import posixpath
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sxcanalysis.documents.formats import open_archive, parse_part
from sxcanalysis.documents.lines import MAX_COLUMNS, Box, Lines, Place, cell_text, refusal, write_table
from sxcanalysis.documents.word_numbering import Numbering, attribute, child, local, read_numbering

if TYPE_CHECKING:
    import zipfile

_HOLDERS = frozenset({"sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "hyperlink", "fldSimple",
                      "dir", "bdo", "rubyBase", "ruby", "oMath", "oMathPara", "body", "hdr", "txbxContent"})  # fmt: skip
_GONE = frozenset({"del", "moveFrom"})
_NOT_READ = frozenset({"pPr", "rPr", "rt", "rubyPr", "sdtPr", "sdtEndPr", "tblPr", "tblGrid", "trPr", "tcPr", "delText",
                       "instrText", "delInstrText", "fldData", "commentReference", "annotationRef", "sectPr"})  # fmt: skip
# A tab parts the cells of a table row in the text; inside a paragraph it is a blank.
_SIGNS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_OFF = frozenset({"0", "false", "off"})
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
        root = parse_part(archive, main, name)
        styles = _optional(archive, links.get("styles"), name)
        numbering = _optional(archive, links.get("numbering"), name)
        extra = [_optional(archive, links.get(part), name) for part in ("footnotes", "endnotes")]
    story = _Story(read_numbering(numbering, styles), _hidden_styles(styles))
    out, seen = story.out, story.seen
    _blocks(next((el for el in root if local(el) == "body"), root), story)
    for part in extra:
        for note in part if part is not None else ():
            # The first two notes of Word are the rules above the notes, not text.
            if attribute(note, "type") in {None, "normal"}:
                _blocks(note, story, label=f"{local(note)} {attribute(note, 'id')}")
    if not any(line.strip() for line in out.lines):
        raise refusal(name, "picture_of_text" if seen["pictures"] else "no_words", n=seen["pictures"])
    if seen["numbers"]:
        out.note("word_numbers", n=seen["numbers"])
    if others := sorted(k for k in links if k in {"header", "footer", "comments"}):
        out.note("parts", parts=", ".join(others))
    return out


def _hidden_styles(styles: Any) -> frozenset[str]:  # noqa: ANN401
    """Name the styles whose text is hidden."""
    found = styles if styles is not None else ()
    return frozenset(
        attribute(el, "styleId") or "" for el in found if _is_on(child(child(el, "rPr"), "vanish"))
    )


def _is_on(el: Any) -> bool:  # noqa: ANN401
    return el is not None and attribute(el, "val") not in _OFF


def _optional(archive: zipfile.ZipFile, part: str | None, name: str) -> Any:  # noqa: ANN401
    return parse_part(archive, part, name) if part and part in archive.namelist() else None


def _main_part(archive: zipfile.ZipFile, name: str) -> str:
    """Find the main document, which some programs do not call word/document.xml."""
    names = set(archive.namelist())
    if "_rels/.rels" in names:
        for link in parse_part(archive, "_rels/.rels", name):
            if (link.get("Type") or "").endswith("/officeDocument"):
                target = (link.get("Target") or "").lstrip("/")
                if target in names:
                    return target
    if "word/document.xml" in names:
        return "word/document.xml"
    raise refusal(name, "no_main_part")


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
            story.seen["paragraphs"] += 1
            place: Place = label or story.seen["paragraphs"]
            for n, line in enumerate(_paragraph(el, story)):
                if story.open_end and not n and story.out.lines:
                    story.out.glued[len(story.out.lines)] = "revision"
                story.out.lines.append(line)
                story.out.places.append(place)
            story.open_end = child(child(child(el, "pPr"), "rPr"), "del") is not None
            if story.open_end:
                story.out.find("deleted_end")
            _boxes(story, place)
        elif tag == "tbl":
            _table(el, story)
        elif tag == "altChunk":
            story.out.find("embedded")
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
    style = child(child(p, "pPr"), "pStyle")
    hidden = style is not None and attribute(style, "val") in story.hidden_styles
    _inline(p, parts, story, hidden=hidden)
    text = "".join(parts)
    lines = [line.rstrip(" ") for line in text.split("\n")]
    if not text.strip():
        # Word counts empty numbered paragraphs too, but nobody reads a number without text.
        return [""]
    number = story.numbering.number(p)
    if number:
        story.seen["numbers"] += 1
        first = next(k for k, line in enumerate(lines) if line.strip())
        lines[first] = number + lines[first].lstrip()
    return lines


def _inline(el: Any, parts: list[str], story: _Story, *, hidden: bool) -> None:  # noqa: ANN401
    """Collect the text inside a paragraph. libxml2 bounds the depth, so recursion is safe."""
    for part in el:
        tag = local(part)
        if tag == "t":
            parts.append((part.text or "").replace("\n", " ").replace("\t", " "))
        elif tag == "r":
            _run(part, parts, story, hidden=hidden)
        elif tag in _SIGNS:
            parts.append(_SIGNS[tag])
        elif tag == "sym":
            parts.append(_symbol(attribute(part, "char")))
        elif tag in _GONE:
            _gone(part, story)
        elif tag == "AlternateContent":
            for choice in _choice(part):
                _inline(choice, parts, story, hidden=hidden)
        elif tag == "txbxContent":
            story.boxes.append(part)
        elif tag == "extent":
            if all(
                _whole(part.get(side)) >= least for side, least in zip(("cx", "cy"), _PICTURE, strict=True)
            ):
                story.seen["large"] += 1
        elif tag in {"blip", "imagedata"}:
            story.seen["pictures"] += 1
            if story.seen["large"]:
                story.seen["large"] = 0
                story.out.find("picture")
        elif tag not in _NOT_READ:
            _inline(part, parts, story, hidden=hidden)


def _run(run: Any, parts: list[str], story: _Story, *, hidden: bool) -> None:  # noqa: ANN401
    """Read a run of characters, unless it is hidden; white ones are read and told."""
    properties = child(run, "rPr")
    own = child(properties, "vanish")
    style = child(properties, "rStyle")
    if own is not None or style is not None:
        hidden = _is_on(own) or (own is None and (hidden or attribute(style, "val") in story.hidden_styles))
    if hidden:
        if words := "".join(t.text or "" for t in run.iter() if local(t) == "t"):
            story.out.find("hidden", words)
        return
    before = len(parts)
    _inline(run, parts, story, hidden=False)
    color = child(properties, "color")
    white = color is not None and (attribute(color, "val") or "").upper() == "FFFFFF"
    if white and (words := "".join(parts[before:]).strip()) and not _shaded(run):
        story.out.find("white", words)


def _shaded(run: Any) -> bool:  # noqa: ANN401
    """Tell whether a run, its paragraph or its cell has a ground on which white letters show."""
    for el in (run, *run.iterancestors()):
        holder = child(el, {"r": "rPr", "p": "pPr", "tc": "tcPr", "tbl": "tblPr"}.get(local(el), ""))
        ground = child(holder, "shd")
        fill = "" if ground is None else attribute(ground, "fill") or ""
        if fill.upper() not in {"", "AUTO", "FFFFFF"} or child(holder, "tblStyle") is not None:
            return True
    return False


def _picture(el: Any, tag: str, story: _Story) -> None:  # noqa: ANN401
    """Count a picture; a large one is told. Its size comes before it."""
    if tag == "extent":
        sizes = [_whole(el.get(side)) for side in ("cx", "cy")]
        story.seen["large"] = all(size >= least for size, least in zip(sizes, _PICTURE, strict=True))
    else:
        story.seen["pictures"] += 1
        if story.seen.pop("large", 0):
            story.out.find("picture")


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 12 else 0


def _symbol(code: str | None) -> str:
    try:
        value = int(code or "", 16)
    except ValueError:
        return ""
    if value in _PUA or not 0x20 <= value < 0xD800:
        return "•"
    return chr(value)


def _gone(el: Any, story: _Story) -> None:  # noqa: ANN401
    text = "".join(t.text or "" for t in el.iter() if local(t) in {"t", "delText"})
    if text.strip():
        story.out.removed.append((len(story.out.lines), "revision", text))
        story.out.find("deleted", text)


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
    for part in el:
        name = local(part)
        if name == tag:
            found.append(part)
        elif name in {"sdt", "sdtContent", "customXml", "ins", "moveTo"}:
            found += _children(part, tag)
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
    story.seen["tables"] += 1
    table = story.seen["tables"]
    story.open_end = False
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
    if max((sum(n for _, n, _ in r) for r in rows), default=0) < 2:
        for row in rows:
            for tc, _, _ in row:
                if tc is not None:
                    _blocks(tc, story)
        return
    places = [f"table {table}, row {n}" for n in range(1, len(rows) + 1)]
    write_table(_cells(rows, story), places, story.out, "word")


def _cells(rows: list[list[tuple[Any, int, str | None]]], story: _Story) -> list[list[Box]]:
    """Turn Word's vertical merges (a start, then continuations) into row spans."""
    grid: list[list[_Merging]] = []
    open_at: dict[int, _Merging] = {}
    for row in rows:
        column = 0
        out: list[_Merging] = []
        for tc, span, state in row:
            above = open_at.get(column)
            texts = _cell(tc, story) if tc is not None else []
            if state == "continue" and above is not None and above.columns == span:
                # Text may hide in the continuation of a merged cell.
                above.texts += texts
                above.rows += 1
            else:
                cell = _Merging(texts, span)
                out.append(cell)
                open_at.pop(column, None)
                if state is not None:
                    open_at[column] = cell
            column += span
        grid.append(out)
    return [[Box(cell_text(cell.texts), cell.rows, cell.columns) for cell in row] for row in grid]


@dataclass(slots=True)
class _Merging:
    """A cell, growing downwards."""

    texts: list[str]
    columns: int
    rows: int = 1


def _span(el: Any) -> int:  # noqa: ANN401
    try:
        return max(1, min(int(attribute(el, "val") or 1), MAX_COLUMNS)) if el is not None else 1
    except ValueError:
        return 1


def _cell(tc: Any, story: _Story) -> list[str]:  # noqa: ANN401
    """Read what a cell holds, tables inside it included, line by line."""
    paragraphs = story.seen["paragraphs"]
    part = replace(story, out=Lines(), boxes=[], open_end=False)
    _blocks(tc, part)
    story.seen["paragraphs"] = paragraphs
    here = len(story.out.lines)
    story.out.removed += [(here, kind, text) for _, kind, text in part.out.removed]
    story.out.findings += [(here, code, words) for _, code, words in part.out.findings]
    return part.out.lines
