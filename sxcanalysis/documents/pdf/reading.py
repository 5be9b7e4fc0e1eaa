"""PDF to pages of characters, rules and cells.

Two libraries read each page, PDFium and pdfminer (through pdfplumber), for each loses characters
that the other finds; `layout` makes lines, paragraphs and tables of them.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import logging
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from sxcanalysis.documents.lines import Lines, refusal, told
from sxcanalysis.documents.pdf.layout import compose
from sxcanalysis.documents.pdf.printing import Character, Page, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_PAGES = 1000
MAX_CHARACTERS = 5_000_000
_MAX_EDGES = 20_000
_MAX_GROUNDS = 500
_CHUNK = 24
_WORDS = re.compile(r"[0-9A-Za-z\u0370-\u1fff\u2460-\u24ff\u2e80-\uffef、。，；：（）“”《》％%,.]")
_HIGH = re.compile(
    r"[\u0080-\u00b6\u00b8-\u024f\u2020-\u2022\u2030\u2039\u203a\u20ac\u2122\u02c6-\u02dd\ufb00-\ufb06]"
)
_NO_CODE = re.compile(r"[\ufffd\ufffe\0\ue000-\uf8ff]")
_BLIND = re.compile(r"[._\-—…·]")  # leaders tell nothing of a font

_Box = tuple[float, float, float, float]


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
    pages: list[Page] = []
    pictures: list[int] = []
    total = 0
    with _second(data, out) as other:
        for n in range(len(document)):
            page = _page(document, other, n, name, out)
            total += len(page.characters)
            if total > MAX_CHARACTERS:
                raise refusal(name, "many_characters", n=MAX_CHARACTERS)
            if not page.characters and _has_picture(document[n]):
                pictures.append(n + 1)
            pages.append(page)
    document.close()
    doubtful = _check(pages, pictures, name)
    compose(pages, out)
    for number in doubtful:
        out.find("no_code_table", str(number))
    if pictures:
        out.find("picture_pages", ", ".join(map(str, pictures)))
    return out


def _opened(data: bytes, name: str) -> Any:  # noqa: ANN401
    """Open a PDF, or say why that cannot be."""
    import pypdfium2 as pdfium  # noqa: PLC0415

    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        key = "pdf_password" if "assword" in str(error) else "pdf_damaged"
        raise refusal(name, key, error=error) from None
    if b"%%EOF" not in data[-8192:]:
        raise refusal(name, "pdf_cut")
    if len(document) > MAX_PAGES:
        raise refusal(name, "many_pages", n=len(document), limit=MAX_PAGES)
    return document


@contextlib.contextmanager
def _second(data: bytes, out: Lines) -> Iterator[Any]:
    """Open the file with pdfplumber as well; None if it cannot."""
    import pdfplumber  # noqa: PLC0415

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        document = pdfplumber.open(io.BytesIO(data))
    # pdfminer raises errors of every kind on damaged files, some of which PDFium reads.
    except Exception as error:  # noqa: BLE001
        out.note("no_tables", error=told(error))
        yield None
        return
    try:
        yield document
    finally:
        # Closing visits all the pages again, and fails on those that are damaged.
        with contextlib.suppress(Exception):
            document.close()


def _page(document: Any, other: Any, n: int, name: str, out: Lines) -> Page:  # noqa: ANN401
    """Read a page with the library that finds more characters on it.

    PDFium passes over single characters of fonts that are not embedded, pdfminer over fonts it has no table for.
    """
    import pypdfium2 as pdfium  # noqa: PLC0415

    try:
        first = _page_of_pdfium(document[n], n + 1)
    except pdfium.PdfiumError as error:
        raise refusal(name, "page_damaged", page=n + 1, error=error) from None
    try:
        second = None if other is None else _page_of_pdfplumber(other.pages[n], n + 1)
    # The text is there, so that a page pdfminer fails on is not lost.
    except Exception as error:  # noqa: BLE001
        out.note("page_no_tables", page=n + 1, error=told(error))
        second = None
    if second is None:
        return first
    here, there = _known(first), _known(second)
    here -= Counter(second.slanted + second.white)
    if here.total() > there.total():
        first.cells, first.rules = second.cells, second.rules
        first, second, here, there = second, first, there, here
    if missed := here - there:
        sample = "".join(missed.elements())[:20]
        out.note("one_reader", page=n + 1, n=missed.total(), sample=sample)
    return second


def _known(page: Page) -> Counter[str]:
    """Count the characters of a page that can be told."""
    text = "".join(c.text for c in page.characters)
    return Counter("".join(re.sub("[\ufffd\ufffe\0]", "", text).split()))


def _page_of_pdfium(page: Any, number: int) -> Page:  # noqa: ANN401
    """Read a page's characters with PDFium."""
    import pypdfium2.raw as raw  # noqa: PLC0415, PLR0402

    width, height = page.get_size()
    turn = page.get_rotation() // 90
    left, _, _, top = page.get_cropbox() or page.get_mediabox()
    across, down = (height, width) if turn % 2 else (width, height)
    out = Page(number, width, height)
    text = page.get_textpage()
    for i in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text.raw, i)
        if raw.FPDFText_IsGenerated(text.raw, i) == 1 or code in {10, 13, 2} or 0xD800 <= code < 0xDC00:
            continue
        if 0xDC00 <= code < 0xE000:  # the second half of a pair
            high = raw.FPDFText_GetUnicode(text.raw, i - 1) if i else 0
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00 if 0xD800 <= high < 0xDC00 else 0xFFFD
        x0, y0, x1, y1 = text.get_charbox(i, loose=True)
        x0, y0, x1, y1 = _turned((x0 - left, top - y1, x1 - left, top - y0), turn, across, down)
        out.characters.append(Character(chr(code), x0, x1, y0, y1))
    return out


def _has_picture(page: Any) -> bool:  # noqa: ANN401
    """Tell whether a page shows a picture."""
    import pypdfium2.raw as raw  # noqa: PLC0415, PLR0402

    return any(item.type == raw.FPDF_PAGEOBJ_IMAGE for item in page.get_objects(max_depth=3))


def _page_of_pdfplumber(page: Any, number: int) -> Page:  # noqa: ANN401
    """Read a page with pdfplumber: its characters (each once, however bold it is printed), cells and rules."""
    width, height = float(page.width), float(page.height)
    left, top = float(page.bbox[0]), float(page.bbox[1])
    ways = [_way(c["matrix"]) for c in page.chars]
    # If most of a page stands on its side or its head, turn it.
    turn = Counter(way for way in ways if way >= 0).most_common(1)
    turned = turn[0][0] if turn else 0

    def upright(box: Sequence[float]) -> _Box:
        return _turned((box[0] - left, box[1] - top, box[2] - left, box[3] - top), turned, width, height)

    out = Page(number, *((height, width) if turned % 2 else (width, height)))
    grounds = [
        g for g in (*page.rects, *page.curves, *page.images) if not _is_white(g) and g.get("fill", True)
    ]
    seen: set[tuple[str, int, int]] = set()
    for c, way in zip(page.chars, ways, strict=True):
        text = "\ufffd" if c["text"].startswith("(cid:") else c["text"]
        if way < 0:
            out.slanted += text
        elif _is_white(c) and not any(_lies_behind(ground, c) for ground in grounds[:_MAX_GROUNDS]):
            out.white += text
        elif text:
            x0, y0, x1, y1 = upright((c["x0"], c["top"], c["x1"], c["bottom"]))
            # Imitated bold type prints the same character again, a little beside.
            step = 0.15 * max(y1 - y0, 1.0)
            x, y = round(x0 / step), round(y0 / step)
            near = {(text, x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1)}
            if text.isspace() or not near & seen:
                seen.add((text, x, y))
                out.characters.append(Character(text, x0, x1, y0, y1))
    # Two rules are the least that a table drawn in part has.
    if 2 <= len(page.edges) <= _MAX_EDGES:
        finder = page.debug_tablefinder()
        across = [e for e in finder.edges if e["orientation"] == "h"]
        sides = [] if turned else _open_sides([table.bbox for table in finder.tables], across)
        if sides:
            finder = page.debug_tablefinder({"explicit_vertical_lines": sides})
        out.cells = [[upright(cell) for cell in table.cells] for table in finder.tables]
        boxes = [upright((e["x0"], e["top"], e["x1"], e["bottom"])) for e in finder.edges]
        rules = [Rule(x0, x1, y0) for x0, y0, x1, y1 in boxes if x1 - x0 > 50 and y1 - y0 < 2]
        out.rules = sorted(rules, key=lambda rule: (rule.y, rule.x0))
    page.close()
    return out


def _turned(box: _Box, turn: int, width: float, height: float) -> _Box:
    """Turn a box, given from the top left corner of its page, by quarters of a circle."""
    x0, y0, x1, y1 = box
    if turn == 1:
        return height - y1, x0, height - y0, x1
    if turn == 2:
        return width - x1, height - y1, width - x0, height - y0
    return (y0, width - x1, y1, width - x0) if turn == 3 else box


def _way(matrix: Sequence[float]) -> int:
    """Say which way a character stands: quarter turns against the clock, or -1 for aslant."""
    quarters = math.atan2(matrix[1], matrix[0]) / (math.pi / 2)
    return round(quarters) % 4 if abs(quarters - round(quarters)) < 0.125 else -1


def _is_white(item: dict[str, Any]) -> bool:
    """Tell whether what is drawn is white: in grey, in RGB or in CMYK."""
    color = item.get("non_stroking_color")
    parts = color if isinstance(color, (tuple, list)) else (color,)
    if not parts or not all(isinstance(part, (int, float)) for part in parts):
        return False
    return bool(max(parts) <= 0.01 if len(parts) == 4 else min(parts) >= 0.99)


def _lies_behind(ground: dict[str, Any], c: dict[str, Any]) -> bool:
    """Tell whether something drawn lies behind a character."""
    x, y = (c["x0"] + c["x1"]) / 2, (c["top"] + c["bottom"]) / 2
    return bool(ground["x0"] <= x <= ground["x1"] and ground["top"] <= y <= ground["bottom"])


def _open_sides(tables: list[_Box], rules: list[dict[str, Any]]) -> list[float]:
    """List where the sides of tables would be whose rules reach beyond their outermost upright lines."""
    sides: set[float] = set()
    for x0, y0, x1, y1 in tables:
        across = [r for r in rules if y0 - 3 <= r["top"] <= y1 + 3 and r["x1"] - r["x0"] > 50]
        if across:
            ends = (min(r["x0"] for r in across), max(r["x1"] for r in across))
            sides |= {end for end, own in zip(ends, (x0, x1), strict=True) if abs(end - own) > 10}
    return sorted(sides)


def _check(pages: list[Page], pictures: list[int], name: str) -> list[int]:
    """Refuse a scan, and a text layer whose characters nobody can know; return the pages that hold some of these."""
    total = sum(not c.text.isspace() for page in pages for c in page.characters)
    if not total:
        raise refusal(name, "scan" if pictures else "no_text")
    unknown = {page.number: _count_unknown(page) for page in pages}
    if sum(unknown.values()) > 0.1 * total:
        raise refusal(name, "no_code_table", n=sum(unknown.values()), total=total)
    return [number for number, count in unknown.items() if count > 5]


def _count_unknown(page: Page) -> int:
    """Count the characters that nobody can know: without a code, or with codes that make no words (ÄÅÇÉ)."""
    text = "".join("".join(c.text for c in page.characters).split())
    unknown = len(_NO_CODE.findall(text))
    known = _BLIND.sub("", _NO_CODE.sub("", text))
    for k in range(0, len(known) - _CHUNK // 2, _CHUNK):
        chunk = known[k : k + _CHUNK]
        # Even text in French or Vietnamese is mostly plain letters.
        if len(_HIGH.findall(chunk)) > 0.25 * len(chunk) or len(_WORDS.findall(chunk)) < 0.3 * len(chunk):
            unknown += len(chunk)
    return unknown
