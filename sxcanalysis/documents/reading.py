"""File to text: encodings, PDF, Word, web pages, Markdown; scars mended, with a map back.

What a file is, its content decides first and its name second. All offsets in the tables of an
edition refer to the text that :func:`read_document` returns.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import DocumentError, MissingDataError
from sxcanalysis.documents import encodings as _encodings
from sxcanalysis.documents.lines import Lines, Place
from sxcanalysis.documents.mending import Mend, mend_lines, mend_text, placed

if TYPE_CHECKING:
    import os

__all__ = ["Mend", "Origin", "SourceText", "mend_text", "read_document", "read_source"]

# The longest list known has under a megabyte; a file beyond these limits is something else.
MAX_FILE = 100_000_000
MAX_TEXT = 40_000_000

_UNITS = {"docx": "paragraph", "pdf": "page"}
_BREAKS = re.compile(r"\r\n|[\r\x0b\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufff9-\ufffb\ud800-\udfff]+"
)
# Fonts in PDF often map characters to radicals of the same shape: ⼀ is no 一 to a program.
_RADICALS = re.compile(r"[\u2e80-\u2fd5\uf900-\ufad9]")
_SHAPES = dict(
    zip(
        "⺁⺒⺓⺟⺠⻁⻄⻅⻆⻉⻋⻑⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
        "厂巳幺母民虎西见角贝车長长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟",
        strict=True,
    )
)
_HTML_START = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|meta|title|table|div|p|h[1-6]|ul|ol|section|article)\b",
    re.IGNORECASE | re.DOTALL,
)
_MESSAGE = re.compile(rb"[A-Za-z-]+:[^\n]*\n")
_RELATED = re.compile(rb"^content-type:\s*multipart/related", re.IGNORECASE | re.MULTILINE)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_\-:]+)""", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_\-]+)""")


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
            msg = f"an offset counts from 0, not {offset}"
            raise ValueError(msg)
        k = max(bisect_right(self.starts, offset) - 1, 0)
        if not self.places:
            return f"{self.unit} 1"
        place = self.places[k]
        return place if isinstance(place, str) else f"{self.unit} {place}"


@dataclass(frozen=True, slots=True)
class SourceText:
    """A document as text, and what is needed to trace each character back.

    ``format`` is one of ``text markdown html docx pdf``; ``encoding`` is None for the last two;
    ``sha256`` is of the file. ``mends`` lists each change that reading made, ``notes`` what else a
    person should know.
    """

    text: str
    format: str
    encoding: str | None
    sha256: str
    origin: Origin
    mends: tuple[Mend, ...]
    notes: tuple[str, ...]

    def locate(self, offset: int) -> str:
        """Name the place in the source that the character at ``offset`` comes from."""
        return self.origin.locate(offset)


def read_document(path: str | os.PathLike[str]) -> str:
    """Read a document as text, one paragraph a line, page-break scars mended.

    Reads plain text, Markdown, HTML, Word (``.docx``) and PDF with a text layer. Table rows are
    lines whose cells are separated by tabs.

    Raises
    ------
    MissingDataError
        If there is no such file.
    DocumentError
        If the file cannot be read as a document; the message says why and what to do.
    """
    return read_source(path).text


def read_source(path: str | os.PathLike[str]) -> SourceText:
    """Read a document as :func:`read_document` does, with the map back to the source.

    Raises
    ------
    MissingDataError, DocumentError
        As for :func:`read_document`.
    """
    file = _checked(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        msg = f"{file}: cannot be read ({error.strerror or error}). Check the path and your rights to it."
        raise DocumentError(msg) from error
    if not data.strip(b"\0 \t\r\n\x0b\x0c"):
        msg = f"{file.name}: the file is empty. Get the document again."
        raise DocumentError(msg)
    sha256 = hashlib.sha256(data).hexdigest()
    kind = _format(data, file)
    if kind == "mhtml":
        kind, data = "html", _page_of_archive(data, file.name)
    encoding: str | None = None
    if kind == "docx":
        from sxcanalysis.documents import word as _ooxml  # noqa: PLC0415

        found = _ooxml.read_docx(data, file.name)
    elif kind == "pdf":
        from sxcanalysis.documents import pdf as _pdf  # noqa: PLC0415

        found = _pdf.read_pdf(file)
    else:
        text, encoding, notes = _decoded(data, file.name, html=kind == "html")
        if kind == "html":
            from sxcanalysis.documents import webpage as _html  # noqa: PLC0415

            found = _html.read_html(text, file.name)
        else:
            lines = _BREAKS.sub("\n", text).split("\n")
            found = Lines(lines, list(range(1, len(lines) + 1)))
        found.notes[:0] = notes
    return _assemble(found, kind, encoding, sha256)


def _assemble(found: Lines, kind: str, encoding: str | None, sha256: str) -> SourceText:
    """Mend the lines and record where each piece of the result comes from."""
    lines, where, glued, removed = _cleaned(found)
    paras, mends = mend_lines(lines, glued)
    starts: list[int] = []
    places: list[Place] = []
    begin: dict[int, int] = {}
    offset = 0
    for text, pieces in paras:
        for i, inner, _ in placed(text, pieces):
            begin[i] = offset + inner
            starts.append(offset + inner)
            places.append(where[i])
        offset += len(text) + 1
    end = max(offset - 1, 0)
    # Counted over what was read, so that a record can be found again in the source.
    more = [Mend(what, i + 1, begin.get(i, end), gone) for i, what, gone in removed]
    return SourceText(
        text="\n".join(text for text, _ in paras),
        format=kind,
        encoding=encoding,
        sha256=sha256,
        origin=Origin(tuple(starts), tuple(places), _UNITS.get(kind, "line")),
        mends=tuple(sorted([*more, *mends], key=lambda m: (m.offset, m.line))),
        notes=tuple(found.notes),
    )


def _cleaned(
    found: Lines,
) -> tuple[list[str], list[Place], dict[int, str], list[tuple[int, str, str]]]:
    """Set page breaks on their own lines; drop what cannot be seen and repeated heads of tables."""
    lines: list[str] = []
    where: list[Place] = []
    glued: dict[int, str] = {}
    removed: list[tuple[int, str, str]] = []
    at: dict[int, int] = {}
    repeated = set(found.repeated)
    for k, (source, place) in enumerate(zip(found.lines, found.places, strict=True)):
        at[k] = len(lines)
        line = source
        if k in repeated:
            removed.append((len(lines), "table-head", line))
            continue
        if _INVISIBLE.search(line):
            removed.append((len(lines), "control", "".join(_INVISIBLE.findall(line))))
            line = _INVISIBLE.sub("", line)
        if _RADICALS.search(line):
            removed.append((len(lines), "radical", "".join(_RADICALS.findall(line))))
            line = _RADICALS.sub(_ideograph, line)
        if k in found.glued:
            glued[len(lines)] = found.glued[k]
        for n, part in enumerate(line.split("\f")):
            new = ("\f", part) if n else (part,)
            lines += new
            where += [place] * len(new)
    removed += [(at.get(k, len(lines)), kind, text) for k, kind, text in found.removed]
    return lines, where, glued, removed


def _ideograph(match: re.Match[str]) -> str:
    """Return the character that a radical or a compatibility character shows."""
    char = match.group()
    plain = _SHAPES.get(char) or unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 else char


def _checked(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file that exists and is not too large to be a document."""
    try:
        file = Path(path)
        size = file.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        msg = f"{path}: there is no such file. Check the path; it is taken from {Path.cwd()}."
        raise MissingDataError(msg) from None
    except (OSError, ValueError, TypeError) as error:
        msg = f"{path!r}: not the path of a file that can be read ({error})."
        raise DocumentError(msg) from error
    if not file.is_file():
        what = "a folder" if file.is_dir() else "not an ordinary file"
        msg = f"{file}: this is {what}. Give the path of one document (PDF, docx, HTML, Markdown or text)."
        raise DocumentError(msg)
    if size > MAX_FILE:
        msg = (
            f"{file.name}: the file has {size / 1e6:.0f} MB; a document may have {MAX_FILE / 1e6:.0f} MB. "
            "If it is a scan, extract its text (OCR) and read that."
        )
        raise DocumentError(msg)
    return file


def _decoded(data: bytes, name: str, *, html: bool) -> tuple[str, str, list[str]]:
    """Decode a text or web page, and refuse what is too long or no text."""
    if len(data) > MAX_TEXT:
        msg = (
            f"{name}: {len(data) / 1e6:.0f} MB of text; a list may have {MAX_TEXT / 1e6:.0f} MB. "
            "Split the file."
        )
        raise DocumentError(msg)
    declared = None
    if html:
        m = _CHARSET.search(data, 0, 8192) or _XML_CHARSET.match(data, 0, 512)
        declared = m.group(1).decode("ascii") if m else None
    text, encoding, notes = _encodings.decode(data, name, declared=declared)
    if not text.strip("\ufeff\0 \t\r\n"):
        msg = f"{name}: the file is empty. Get the document again."
        raise DocumentError(msg)
    if _encodings.is_binary(text):
        msg = (
            f"{name}: this is no text but binary data of an unknown kind. "
            "Save the document as PDF, docx, HTML or UTF-8 text."
        )
        raise DocumentError(msg)
    text, note = _encodings.undo_mojibake(text, name)
    if note:
        notes.append(note)
    lost = text.count("\ufffd")
    if lost:
        notes.append(
            f"{lost} characters were already lost before this file was saved (U+FFFD, the first at "
            f"character {text.index(chr(0xFFFD))})"
        )
    return text, encoding, notes


_BINARY = frozenset({".pdf", ".docx", ".docm", ".wps", ".doc", ".xls", ".xlsx", ".ofd"})
_CONVERT = "Open it in Word or WPS and save it as .docx or PDF"
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"{\\rtf", "a rich text file (RTF)", _CONVERT),
    (b"\x89PNG", "an image", "Recognise its text (OCR) and save that as text or docx"),
    (b"\xff\xd8\xff", "an image", "Recognise its text (OCR) and save that as text or docx"),
    (b"GIF8", "an image", "Recognise its text (OCR) and save that as text or docx"),
    (b"II*\0", "an image", "Recognise its text (OCR) and save that as text or docx"),
    (b"MM\0*", "an image", "Recognise its text (OCR) and save that as text or docx"),
    (b"BM", "an image", "Recognise its text (OCR) and save that as text or docx"),
    (b"Rar!", "a RAR archive", "Unpack it and read the document inside"),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it and read the document inside"),
    (b"\x1f\x8b", "a gzip archive", "Unpack it and read the document inside"),
    (b"CAJ", "a CAJ file", "Export it as PDF from its own viewer"),
    (b"\0\0\0\x1cftyp", "an image or video", "Recognise its text (OCR) and save that as text"),
)


def _format(data: bytes, file: Path) -> str:
    """Say what a file is: by its content, then by its name."""
    name, ext = file.name, file.suffix.lower()
    head = data[:1024]
    if b"%PDF-" in head:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        from sxcanalysis.documents import word as _ooxml  # noqa: PLC0415

        return _ooxml.zip_format(data, name)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise DocumentError(_old_office(data, name, ext))
    _refuse_other(head, name, ext)
    if _MESSAGE.match(head) and _RELATED.search(head):
        return "mhtml"
    start = data[:8192]
    for bom in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        start = start.removeprefix(bom)
    if _HTML_START.match(start.replace(b"\0", b"")) or ext in {".html", ".htm", ".xhtml"}:
        return "html"
    return "markdown" if ext in {".md", ".markdown"} else "text"


def _refuse_other(head: bytes, name: str, ext: str) -> None:
    """Say what to do with a file of a kind that is not read."""
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        head = b"\x89PNG"
    for magic, what, hint in _MAGIC:
        # BM alone could begin a text; a bitmap's head holds zeros.
        if head.startswith(magic) and (len(magic) > 2 or b"\0" in head):
            msg = f"{name}: this is {what}, which cannot be read. {hint}, then read that file."
            raise DocumentError(msg)
    if b"mso-application" in head and b"Word.Document" in head:
        msg = f"{name}: this is a Word XML file. {_CONVERT}, then read that file."
        raise DocumentError(msg)
    if ext in _BINARY and b"\0" in head:
        msg = f"{name}: the content does not begin as a {ext} file does. The file is damaged: get it again."
        raise DocumentError(msg)


def _page_of_archive(data: bytes, name: str) -> bytes:
    """Take the page from a web page saved whole in one file (.mht)."""
    import email  # noqa: PLC0415

    try:
        parts = [p for p in email.message_from_bytes(data).walk() if p.get_content_type() == "text/html"]
        page = parts[0].get_payload(decode=True)
    # What the parts of a damaged archive raise has no common ancestor.
    except Exception as error:
        msg = f"{name}: no page can be found in this saved web page ({error}). Save it as HTML only."
        raise DocumentError(msg) from error
    return page if isinstance(page, bytes) else b""


def _old_office(data: bytes, name: str, ext: str) -> str:
    """Word the message for a file of the older Office (or an encrypted newer one)."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return (
            f"{name}: the document is encrypted. Open it with its password, save it without one, "
            "and read that file."
        )
    if ext in {".xls", ".et"} or "Workbook".encode("utf-16-le") in data[:200_000]:
        return (
            f"{name}: this is an old Excel workbook. Save the sheet as a web page (.html) or copy its "
            "table into a .docx, then read that file."
        )
    return f"{name}: this is an old Word or WPS document ({ext or 'no extension'}). {_CONVERT}, then read that file."
