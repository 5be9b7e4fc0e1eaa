"""File to text and tables: encodings, PDF, Word, workbooks, web pages, Markdown; scars mended, with a map back.

What a file is, its content decides first and its name second. All offsets in the tables of an
edition refer to the text that :func:`read_document` returns.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.documents import encodings
from sxcanalysis.documents.child import READERS, read_bounded
from sxcanalysis.documents.formats import recognise, unpacked_size
from sxcanalysis.documents.lines import Lines, Place, refusal
from sxcanalysis.documents.mending import Mend, mend_lines, mend_text, placed
from sxcanalysis.documents.tables import Cell, Table
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = ["Finding", "Mend", "Origin", "SourceText", "mend_text", "read_document", "read_source"]

# The longest list known has under a megabyte and ten thousand lines; a file beyond these limits is something else.
# A line costs up to half a kilobyte of memory while it is mended, whatever is on it.
MAX_FILE = 100_000_000
MAX_TEXT = 40_000_000
MAX_LINES = 200_000
# Blank lines beyond these part paragraphs no better, and would be most of a file made of line ends.
_BLANKS = 20

_UNITS = {"docx": "paragraph", "pdf": "page", "xlsx": "row", "csv": "row"}
_BREAKS = re.compile(r"\r\n|[\r\x0b\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufff9-\ufffb\ud800-\udfff]+"
)
# Fonts in PDF often map characters to radicals of the same shape: ⼀ is no 一 to a program.
_RADICALS = re.compile(r"[\u2e80-\u2fd5\uf900-\ufad9]")
_SHAPES = dict(
    zip(
        "⺁⺒⺓⺟⺠⻁⻄⻅⻆⻉⻋⻑⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
        "厂巳幺母民虎西见角贝车长长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟",
        strict=True,
    )
)
_PAGE = re.compile(r"page (\d+)")
_CHARSET = re.compile(
    rb"""(?:<meta[^>]{0,200}?charset\s*=|\A\s*<\?xml[^>]{0,200}?encoding\s*=)\s*["']?\s*([A-Za-z0-9_\-:]+)""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in the source each stretch of the text comes from."""

    starts: tuple[int, ...]
    places: tuple[Place, ...]
    unit: str

    def locate(self, offset: int) -> str:
        """Name the place that a character comes from, such as ``line 12`` or ``page 3``.

        Raises
        ------
        ValueError
            If the offset is negative.
        """
        if offset < 0:
            raise ValueError(say("error.document_offset", spoken(), found=offset))
        place = self.places[max(bisect_right(self.starts, offset) - 1, 0)] if self.places else 1
        return place if isinstance(place, str) else f"{self.unit} {place}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a document that a person must look at, for it is not, or not surely, in the text.

    ``code`` names the kind; ``offset`` is where in the text it would stand; ``words`` are what was found,
    ``hint`` what it means and what to do, in English as in every table of findings.
    """

    code: str
    offset: int
    words: str

    @property
    def hint(self) -> str:
        """What the finding means and what to do."""
        return say(f"finding.{self.code}", "en", words=self.words)


@dataclass(frozen=True, slots=True)
class SourceText:
    """A document as text, its tables, and what is needed to trace each character back.

    ``format`` is one of ``text markdown html docx pdf xlsx csv``; ``encoding`` is None for Word, PDF and
    workbooks; ``sha256`` is of the file. ``tables`` are those that the file holds as tables, ``mends`` lists
    each change that reading made, ``findings`` what may be missing, ``notes`` what else a person should know.
    """

    text: str
    format: str
    encoding: str | None
    sha256: str
    origin: Origin
    mends: tuple[Mend, ...]
    notes: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    findings: tuple[Finding, ...] = ()

    def locate(self, offset: int) -> str:
        """Name the place in the source that the character at ``offset`` comes from."""
        return self.origin.locate(offset)


def read_document(path: str | os.PathLike[str]) -> str:
    """Read a document as text, one paragraph a line, page-break scars mended.

    Reads plain text, Markdown, HTML, Word (``.docx``), PDF with a text layer, Excel (``.xlsx``) and CSV.
    Table rows are lines whose cells are separated by tabs.

    Raises
    ------
    MissingDataError
        If there is no such file.
    DocumentError
        If the file cannot be read as a document; the message says why and what to do.
    """
    return read_source(path).text


def read_source(path: str | os.PathLike[str]) -> SourceText:
    """Read a document as :func:`read_document` does, with its tables and the map back to the source.

    Raises
    ------
    MissingDataError, DocumentError
        As for :func:`read_document`.
    """
    file = _checked(path)
    name = readable(file.name)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise refusal(readable(file), "unreadable", error=error.strerror or error) from error
    if not data.strip(b"\0 \t\r\n\x0b\x0c"):
        raise refusal(name, "empty")
    sha256 = hashlib.sha256(data).hexdigest()
    kind, data = recognise(data, name)
    encoding: str | None = None
    notes: list[str] = []
    if kind in {"pdf", "docx", "xlsx"}:
        size = len(data) if kind == "pdf" else unpacked_size(data, name)
        found = read_bounded(kind, data, name, size=size)
    else:
        text, encoding, notes = _decoded(data, name, html=kind == "html")
        del data
        if kind in READERS:
            found = read_bounded(kind, text.encode("utf-8", "replace"), name, size=len(text))
        else:
            found = _lines_of(text)
    if len(found.lines) > MAX_LINES:
        raise refusal(name, "many_lines", n=len(found.lines), limit=MAX_LINES)
    found.notes[:0] = notes
    return _assemble(found, kind, encoding, sha256)


def readable(path: str | os.PathLike[str]) -> str:
    """Return a file's name as text; names may hold any bytes, in China often those of GBK."""
    name = str(path)
    if name.isprintable():
        return name
    try:
        return name.encode("utf-8", "surrogateescape").decode("gb18030")
    except UnicodeError:
        return "".join(char if char.isprintable() else "\ufffd" for char in name)


def _checked(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file that exists and is not too large to be a document."""
    try:
        file = Path(path)
        size = file.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        raise MissingDataError(
            say("refused.missing", spoken(), name=readable(path), folder=Path.cwd())
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise refusal(repr(path), "no_path", error=error) from error
    if not file.is_file():
        raise refusal(readable(file), "folder" if file.is_dir() else "special")
    if size > MAX_FILE:
        raise refusal(readable(file.name), "large", size=size / 1e6, limit=MAX_FILE / 1e6)
    return file


def _decoded(data: bytes, name: str, *, html: bool) -> tuple[str, str, list[str]]:
    """Decode a text or web page, and refuse what is too long or no text."""
    if len(data) > MAX_TEXT:
        raise refusal(name, "long", size=len(data) / 1e6, limit=MAX_TEXT / 1e6)
    said = _CHARSET.search(data, 0, 8192) if html else None
    text, encoding, notes = encodings.decode(data, name, declared=said[1].decode("ascii") if said else None)
    if not text.strip("\ufeff\0 \t\r\n"):
        raise refusal(name, "empty")
    if encodings.is_binary(text):
        raise refusal(name, "binary")
    text, note = encodings.undo_mojibake(text, name)
    if note:
        notes.append(note)
    if lost := text.count("\ufffd"):
        notes.append(say("read.lost", spoken(), n=lost, at=text.index("\ufffd")))
    return text, encoding, notes


def _lines_of(text: str) -> Lines:
    """Take a text apart into lines, without the blank ones that only repeat others."""
    found = Lines()
    blanks = 0
    for number, line in enumerate(_split(_BREAKS.sub("\n", text)), start=1):
        blanks = 0 if line.strip() else blanks + 1
        if blanks <= _BLANKS:
            found.add(line, number)
        if len(found.lines) > MAX_LINES:
            break
    return found


def _split(text: str) -> Iterator[str]:
    """Yield the lines of a text one at a time, so that a file of line ends does not fill the memory."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


@dataclass(slots=True)
class _Cleaned(Lines):
    """The lines that go on to be mended; ``at`` says where those of the reader have gone, ``rows`` which are of tables."""

    at: list[int] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)


def _cleaned(found: Lines) -> _Cleaned:
    """Set page breaks on their own lines; drop what cannot be seen."""
    kept = _Cleaned()
    for k, (source, place) in enumerate(zip(found.lines, found.places, strict=True)):
        kept.at.append(len(kept.lines))
        line = _BREAKS.sub(" ", source)
        if unseen := "".join(_INVISIBLE.findall(line)):
            kept.remove("control", unseen)
            line = _INVISIBLE.sub("", line)
        if radicals := "".join(_RADICALS.findall(line)):
            kept.remove("radical", radicals)
            line = _RADICALS.sub(_ideograph, line)
        if k in found.glued:
            kept.glued[len(kept.lines)] = found.glued[k]
        for n, part in enumerate(line.split("\f")):
            if n:
                kept.add("\f", place)
            kept.add(part, place)
    kept.at.append(len(kept.lines))
    kept.removed.extend((kept.at[k], kind, text) for k, kind, text in found.removed)
    kept.findings.extend((kept.at[k], code, words) for k, code, words in found.findings)
    kept.rows.update(kept.at[spot.line] for grid in found.tables for spot in grid.spots)
    return kept


def _ideograph(match: re.Match[str]) -> str:
    """Return the character that a radical or a compatibility character shows."""
    char = match.group()
    plain = _SHAPES.get(char) or unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 else char


def _assemble(found: Lines, kind: str, encoding: str | None, sha256: str) -> SourceText:
    """Mend the lines and record where each piece of the result comes from."""
    kept = _cleaned(found)
    paras, mends = mend_lines(kept.lines, kept.glued, kept.rows)
    begin: dict[int, int] = {}
    offset = 0
    for text, pieces in paras:
        begin |= {i: offset + inner for i, inner in placed(text, pieces)}
        offset += len(text) + 1
    end = max(offset - 1, 0)
    # Counted over what was read, so that a record can be found again in the source.
    more = [Mend(what, i + 1, begin.get(i, end), gone) for i, what, gone in kept.removed]
    return SourceText(
        text="\n".join(text for text, _ in paras),
        format=kind,
        encoding=encoding,
        sha256=sha256,
        origin=Origin(tuple(begin.values()), tuple(kept.places[i] for i in begin), _UNITS.get(kind, "line")),
        mends=tuple(sorted([*more, *mends], key=lambda m: (m.offset, m.line))),
        notes=tuple(found.notes),
        tables=tuple(_tables(found, kept, begin)),
        findings=tuple(Finding(code, begin.get(i, end), words) for i, code, words in kept.findings),
    )


def _tables(found: Lines, kept: _Cleaned, begin: dict[int, int]) -> Iterator[Table]:
    """Give the cells of the tables their places in the text."""
    for grid in found.tables:
        cells = []
        for line, start, end, *place in grid.spots:
            offset, source = begin[kept.at[line]], found.lines[line]
            if _INVISIBLE.search(source):
                start, end = (len(_INVISIBLE.sub("", source[:n])) for n in (start, end))  # noqa: PLW2901
            cells.append(Cell(offset + start, offset + end, *place))
        if cells:
            page = _PAGE.match(str(found.places[grid.spots[0].line]))
            first, last = min(cell.start for cell in cells), max(cell.end for cell in cells)
            yield Table(tuple(cells), first, last, int(page[1]) if page else None, grid.made_from)
