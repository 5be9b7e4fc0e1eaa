"""What a file is, told by its content first and its name second; archives opened with care; advice for the rest."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePath
from typing import Any

from lxml import etree

from sxcanalysis.core.errors import DocumentError
from sxcanalysis.documents.lines import refusal

MAX_PART = 60_000_000
_MAX_RATIO = 400
_RATIO_FROM = 5_000_000
_MAX_MEMBERS = 20_000

_BINARY = frozenset({".pdf", ".docx", ".docm", ".wps", ".doc", ".xls", ".xlsx", ".ofd"})
_BY_NAME = {
    ".html": "html", ".htm": "html", ".xhtml": "html", ".md": "markdown", ".markdown": "markdown",
    ".csv": "csv", ".tsv": "csv",
}  # fmt: skip
# How a file begins, and the key of what to say of it.
_MAGIC = {
    "rtf": (rb"{\\rtf",),
    # BM alone could begin a text; a bitmap's head holds zeros.
    "image": (rb"\x89PNG", rb"\xff\xd8\xff", rb"GIF8", rb"II\*\0", rb"MM\0\*", rb"BM.*\0", rb"\0\0\0\x1cftyp", rb"RIFF....WEBP"),
    "archive": (rb"Rar!", rb"7z\xbc\xaf", rb"\x1f\x8b"),
    "caj": (rb"CAJ",),
    "word_xml": (rb".*mso-application.*Word\.Document",),
}  # fmt: skip
# What an archive holds, and the key of what to say of it.
_MEMBERS = (
    (r"OFD\.xml", "ofd"),
    (r"ppt/.*", "presentation"),
    (r"content\.xml", "open_document"),
    (r".*", "zip"),
)
_MESSAGE = re.compile(rb"[A-Za-z-]+:[^\n]*\n")
_RELATED = re.compile(rb"^content-type:\s*multipart/related", re.IGNORECASE | re.MULTILINE)
_PAGE_TAG = re.compile(
    rb"<(?:!doctype\s+html|(?:html|head|body|meta|title|table|div|p|h[1-6]|ul|ol|section|article)\b)",
    re.IGNORECASE,
)
_DECLARATION = re.compile(rb"\A\s*<\?xml[^>]*>", re.IGNORECASE)


def recognise(data: bytes, name: str) -> tuple[str, bytes]:
    """
    Say what a file is: ``pdf docx xlsx html csv markdown text``; and give the content to read.

    Raises
    ------
    DocumentError
        If the file is of a kind that is not read; the message says what to do.
    """
    ext = PurePath(name).suffix.lower()
    head = data[:1024]
    if b"%PDF-" in head:
        return "pdf", data
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_archive(data, name), data
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise refusal(name, "encrypted")
        sheet = ext in {".xls", ".et"} or "Workbook".encode("utf-16-le") in data[:200_000]
        raise refusal(name, "old_excel" if sheet else "old_word", ext=ext or "—")
    for what, beginnings in _MAGIC.items():
        if any(re.match(beginning, head, re.DOTALL) for beginning in beginnings):
            raise refusal(name, what)
    if ext in _BINARY and b"\0" in head:
        raise refusal(name, "not_as_named", ext=ext)
    if _MESSAGE.match(head) and _RELATED.search(head):
        return "html", _page_of_message(data, name)
    if _begins_as_page(data[:8192].lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"")):
        return "html", data
    return _BY_NAME.get(ext, "text"), data


def _begins_as_page(start: bytes) -> bool:
    """Tell whether a tag of a web page comes first, comments and declarations aside."""
    start = _DECLARATION.sub(b"", start, count=1).lstrip()
    while start.startswith(b"<!--"):
        _, end, start = start.partition(b"-->")
        if not end:
            return False
        start = start.lstrip()
    return _PAGE_TAG.match(start) is not None


def _page_of_message(data: bytes, name: str) -> bytes:
    """Take the page from a web page saved whole in one file (.mht)."""
    import email  # noqa: PLC0415

    try:
        parts = [p for p in email.message_from_bytes(data).walk() if p.get_content_type() == "text/html"]
        page = parts[0].get_payload(decode=True)
    # What the parts of a damaged archive raise has no common ancestor.
    except Exception as error:
        raise refusal(name, "no_page", error=error) from error
    return page if isinstance(page, bytes) else b""


def open_archive(data: bytes, name: str) -> zipfile.ZipFile:
    """Open a zip archive of an ordinary number of files."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        size = len(archive.infolist())
    # A damaged archive fails in many ways, down to struct.error and EOFError.
    except Exception as error:
        raise refusal(name, "cut_archive", error=error) from error
    if size > _MAX_MEMBERS:
        raise refusal(name, "many_members", n=size)
    return archive


def unpacked_size(data: bytes, name: str) -> int:
    """Return how many bytes of markup an archive unpacks to; raise where one part is no ordinary one."""
    with open_archive(data, name) as archive:
        parts = [info for info in archive.infolist() if info.filename.endswith((".xml", ".rels"))]
        for info in parts:
            _check_part(info, name)
        return sum(info.file_size for info in parts)


def _kind_of_archive(data: bytes, name: str) -> str:
    with open_archive(data, name) as archive:
        names = archive.namelist()
    if "[Content_Types].xml" in names and any(n.startswith("word/") for n in names):
        return "docx"
    if any(n.startswith("xl/") for n in names):
        return "xlsx"
    raise refusal(
        name, next(key for kind, key in _MEMBERS if any(re.fullmatch(kind, n) for n in ("", *names)))
    )


def _check_part(info: zipfile.ZipInfo, name: str) -> None:
    """Refuse a part that would unpack to something no document needs, or that is locked."""
    if info.flag_bits & 1:
        raise refusal(name, "encrypted")
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size > MAX_PART or (info.file_size > _RATIO_FROM and ratio > _MAX_RATIO):
        size, limit = info.file_size / 1e6, MAX_PART / 1e6
        raise refusal(name, "bomb", part=info.filename, size=size, ratio=ratio, limit=limit)


def parse_part(archive: zipfile.ZipFile, part: str, name: str) -> Any:  # noqa: ANN401
    """Unpack and parse one part of an archive, resolving nothing from outside."""
    try:
        info = archive.getinfo(part)
        _check_part(info, name)
        with archive.open(info) as stream:
            content = stream.read(MAX_PART + 1)
    # As for the whole archive.
    except (DocumentError, MemoryError):
        raise
    except Exception as error:
        raise refusal(name, "cut_part", part=part, error=error) from error
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = parse_markup(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refusal(name, "malformed", part=part, error=error) from error
    # No office program declares entities; what they stand for would be lost without a word.
    if root.getroottree().docinfo.internalDTD is not None:
        raise refusal(name, "entities", part=part)
    return root


def parse_markup(content: bytes, parser: Any) -> Any:  # noqa: ANN401
    """Parse with lxml, which calls a lack of memory an unknown error of syntax, or passes over it."""
    try:
        return etree.fromstring(content, parser)
    finally:
        if any(entry.type_name == "ERR_NO_MEMORY" for entry in parser.error_log):
            raise MemoryError
