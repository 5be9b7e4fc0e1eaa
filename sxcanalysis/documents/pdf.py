"""PDF to lines: characters, lines of print, tables.

Two libraries read each page, PDFium and pdfminer (through pdfplumber), for each loses characters
that the other finds; ``pdf_layout`` makes lines, paragraphs and tables of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import io
from collections import Counter
from typing import TYPE_CHECKING, Any

from sxcanalysis.documents import pdf_layout as layout
from sxcanalysis.documents import pdf_plumbed as plumbed
from sxcanalysis.documents.lines import Lines, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PAGES = 1000
MAX_CHARACTERS = 5_000_000


def read(data: bytes, name: str) -> Lines:
    """
    Read a PDF in this process.

    Raises
    ------
    DocumentError
        If the file is encrypted, damaged, without a text layer, or too long.
    """
    for module in ("pypdfium2", "pdfplumber"):
        if importlib.util.find_spec(module) is None:
            raise refusal(name, "library", module=module, extra="pdf")
    document = _opened(data, name)
    out = Lines()
    pages: list[layout.Page] = []
    pictures: list[int] = []
    total = 0
    with _second(data, out) as other:
        for n in range(len(document)):
            page, images = _page(document, other, n, name, out)
            total += len(page.characters)
            if total > MAX_CHARACTERS:
                raise refusal(name, "many_characters", n=MAX_CHARACTERS)
            if not page.characters:
                pictures += [n + 1] * (images > 0)
            pages.append(page)
    document.close()
    _check(pages, pictures, name)
    layout.compose(pages, out)
    if pictures:
        out.find("picture_pages", ", ".join(map(str, pictures)))
    return out


@contextlib.contextmanager
def _second(data: bytes, out: Lines) -> Iterator[Any]:
    """Open the file with pdfplumber as well; None if it cannot."""
    import logging  # noqa: PLC0415

    import pdfplumber  # noqa: PLC0415

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        document = pdfplumber.open(io.BytesIO(data))
    # pdfminer raises errors of every kind on damaged files, some of which PDFium reads.
    except Exception as error:  # noqa: BLE001
        out.note("no_tables", error=f"{type(error).__name__}: {error}"[:200])
        yield None
        return
    try:
        yield document
    finally:
        # Closing visits all the pages again, and fails on those that are damaged.
        with contextlib.suppress(Exception):
            document.close()


def _opened(data: bytes, name: str) -> Any:  # noqa: ANN401
    """Open a PDF, or say why that cannot be."""
    import pypdfium2 as pdfium  # noqa: PLC0415

    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise refusal(
            name, "pdf_password" if "assword" in str(error) else "pdf_damaged", error=error
        ) from None
    if b"%%EOF" not in data[-8192:]:
        raise refusal(name, "pdf_cut")
    if len(document) > MAX_PAGES:
        raise refusal(name, "many_pages", n=len(document), limit=MAX_PAGES)
    return document


def _page(
    document: Any,  # noqa: ANN401
    other: Any,  # noqa: ANN401
    n: int,
    name: str,
    out: Lines,
) -> tuple[layout.Page, int]:
    """Read a page's characters and tables; count its images.

    Of two readers the one that finds more characters is taken: PDFium passes over single
    characters of fonts that are not embedded, pdfminer over fonts it has no table for.
    """
    import pypdfium2 as pdfium  # noqa: PLC0415

    try:
        page = document[n]
        width, height = page.get_size()
        first = layout.Page(n + 1, width, height, _characters(page, pdfium.raw))
        shapes, images = _objects(page, pdfium.raw)
        page.close()
    except pdfium.PdfiumError as error:
        raise refusal(name, "page_damaged", page=n + 1, error=error) from None
    try:
        # Four strokes are the least that a table has.
        second = None if other is None else plumbed.read(other, n, tables=shapes >= 4)
    # The text is there, so that a page pdfminer fails on is not lost.
    except Exception as error:  # noqa: BLE001
        out.note("page_no_tables", page=n + 1, error=f"{type(error).__name__}: {error}"[:200])
        second = None
    if second is None:
        return first, images
    here, there = _known(first), _known(second)
    here -= Counter(second.slanted)
    if here.total() > there.total():
        first.tables = second.tables
        first, second, here, there = second, first, there, here
    missed = here - there
    if missed:
        sample = "".join(missed.elements())[:20]
        out.note("one_reader", page=n + 1, n=missed.total(), sample=sample)
    return second, images


def _known(page: layout.Page) -> Counter[str]:
    """Count the characters of a page that can be told."""
    known: Counter[str] = Counter()
    for c in page.characters:
        known.update(k for k in c.text if not k.isspace() and k not in "\ufffd\ufffe\0")
    return known


def _check(pages: list[layout.Page], pictures: list[int], name: str) -> None:
    """Refuse a scan, and a text layer whose characters nobody can know."""
    characters = [c.text for page in pages for c in page.characters if not c.text.isspace()]
    if not characters:
        raise refusal(name, "scan" if pictures else "no_text")
    unknown = sum(c in "\ufffd\ufffe\x00" or 0xE000 <= ord(c[0]) <= 0xF8FF for c in characters)
    if unknown > 0.1 * len(characters):
        raise refusal(name, "no_code_table", n=unknown, total=len(characters))


def _characters(page: Any, raw: Any) -> list[layout.Character]:  # noqa: ANN401
    """List a page's characters with their places, as the page is turned for reading."""
    text = page.get_textpage()
    count = text.count_chars()
    turn = page.get_rotation()
    wide, high = page.get_size()
    left, bottom, _, _ = page.get_cropbox() or page.get_mediabox()
    box = raw.FS_RECTF()
    out: list[layout.Character] = []
    pending = 0
    for i in range(count):
        code = raw.FPDFText_GetUnicode(text.raw, i)
        if raw.FPDFText_IsGenerated(text.raw, i) == 1 or code in {10, 13, 2}:
            continue
        if 0xD800 <= code < 0xDC00:
            pending = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((pending - 0xD800) << 10) + (code - 0xDC00) if pending else 0xFFFD
            pending = 0
        if not raw.FPDFText_GetLooseCharBox(text.raw, i, ctypes.byref(box)):
            continue
        x0, x1 = box.left - left, box.right - left
        y0, y1 = box.bottom - bottom, box.top - bottom
        if turn == 90:
            x0, x1, y0, y1 = y0, y1, x0, x1
        elif turn == 180:
            x0, x1 = wide - x1, wide - x0
        elif turn == 270:
            x0, x1, y0, y1 = wide - y1, wide - y0, high - x1, high - x0
        else:
            y0, y1 = high - y1, high - y0
        out.append(layout.Character(chr(code), x0, x1, y0, y1))
    text.close()
    return out


def _objects(page: Any, raw: Any) -> tuple[int, int]:  # noqa: ANN401
    """Count a page's drawn shapes and its images."""
    shapes = images = 0
    for k, item in enumerate(page.get_objects(max_depth=3)):
        shapes += item.type == raw.FPDF_PAGEOBJ_PATH
        images += item.type == raw.FPDF_PAGEOBJ_IMAGE
        if k > 20_000:
            break
    return shapes, images
