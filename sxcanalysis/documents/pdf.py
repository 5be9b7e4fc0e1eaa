"""PDF to lines: characters, lines of print, tables.

Two libraries read each page, PDFium and pdfminer (through pdfplumber), for each loses characters
that the other finds; ``pdf_layout`` makes lines, paragraphs and tables of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import io
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from sxcanalysis.documents.lines import Lines, refusal
from sxcanalysis.documents.pdf_layout import compose
from sxcanalysis.documents.pdf_print import Character, Page, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PAGES = 1000
MAX_CHARACTERS = 5_000_000
_MAX_EDGES = 20_000
_MAX_GROUNDS = 500
_UNKNOWN = re.compile(r"\(cid:\d+\)")
_CHUNK = 24
_WORDS = re.compile(r"[0-9A-Za-z\u0370-\u1fff\u2460-\u24ff\u2e80-\uffef、。，；：（）“”《》％%,.]")
_HIGH = re.compile(
    r"[\u0080-\u00b6\u00b8-\u024f\u2020-\u2022\u2030\u2039\u203a\u20ac\u2122\u02c6-\u02dd\ufb00-\ufb06]"
)

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
            page, images = _page(document, other, n, name, out)
            total += len(page.characters)
            if total > MAX_CHARACTERS:
                raise refusal(name, "many_characters", n=MAX_CHARACTERS)
            if images and not page.characters:
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
) -> tuple[Page, int]:
    """Read a page's characters and tables; count its images.

    Of two readers the one that finds more characters is taken: PDFium passes over single
    characters of fonts that are not embedded, pdfminer over fonts it has no table for.
    """
    import pypdfium2 as pdfium  # noqa: PLC0415

    try:
        page = document[n]
        width, height = page.get_size()
        first = Page(n + 1, width, height, _characters(page, pdfium.raw))
        shapes, images = _objects(page, pdfium.raw)
        page.close()
    except pdfium.PdfiumError as error:
        raise refusal(name, "page_damaged", page=n + 1, error=error) from None
    try:
        # Two rules are the least that a table drawn in part has.
        second = None if other is None else _plumbed(other, n, tables=shapes >= 2)
    # The text is there, so that a page pdfminer fails on is not lost.
    except Exception as error:  # noqa: BLE001
        out.note("page_no_tables", page=n + 1, error=f"{type(error).__name__}: {error}"[:200])
        second = None
    if second is None:
        return first, images
    here, there = _known(first), _known(second)
    here -= Counter(second.slanted + second.white)
    if here.total() > there.total():
        first.tables, first.rules = second.tables, second.rules
        first, second, here, there = second, first, there, here
    missed = here - there
    if missed:
        sample = "".join(missed.elements())[:20]
        out.note("one_reader", page=n + 1, n=missed.total(), sample=sample)
    return second, images


def _plumbed(document: Any, n: int, *, tables: bool) -> Page:  # noqa: ANN401
    """Read a page with pdfplumber: its characters (each once, however bold it is printed), tables and rules."""
    page = document.pages[n]
    width, height = float(page.width), float(page.height)
    left, top = float(page.bbox[0]), float(page.bbox[1])
    ways = [_way(c["matrix"]) for c in page.chars]
    # If most of a page stands on its side or its head, turn it.
    side = Counter(w for w in ways if w >= 0).most_common(1)
    turn = side[0][0] if side else 0

    def upright(x0: float, y0: float, x1: float, y1: float) -> _Box:
        x0, y0, x1, y1 = x0 - left, y0 - top, x1 - left, y1 - top
        if turn == 1:
            return height - y1, x0, height - y0, x1
        if turn == 2:
            return width - x1, height - y1, width - x0, height - y0
        if turn == 3:
            return y0, width - x1, y1, width - x0
        return x0, y0, x1, y1

    out = Page(n + 1, *((height, width) if turn % 2 else (width, height)))
    seen: dict[tuple[str, int, int], None] = {}
    grounds = [
        r for r in (*page.rects, *page.curves, *page.images) if not _white(r.get("non_stroking_color"))
    ]
    for c, way in zip(page.chars, ways, strict=True):
        if way < 0:
            out.slanted += c["text"]
            continue
        if _white(c.get("non_stroking_color")) and not any(
            _covers(ground, c) for ground in grounds[:_MAX_GROUNDS]
        ):
            out.white += c["text"]
            continue
        x0, y0, x1, y1 = upright(c["x0"], c["top"], c["x1"], c["bottom"])
        text = "\ufffd" if _UNKNOWN.fullmatch(c["text"]) else c["text"]
        if not text or _printed_before(seen, text, x0, y0, max(y1 - y0, 1.0)):
            continue
        out.characters.append(Character(text, x0, x1, y0, y1))
    if tables and len(page.edges) <= _MAX_EDGES:
        boxes = [upright(e["x0"], e["top"], e["x1"], e["bottom"]) for e in page.edges]
        out.rules = _rules(boxes)
        found = page.find_tables()
        sides = [] if turn else _open_sides([table.bbox for table in found], out.rules, left, top)
        if sides:
            found = page.find_tables({"explicit_vertical_lines": sides})
        for table in found:
            out.tables.append([upright(*map(float, cell)) for cell in table.cells])
    page.close()
    return out


def _white(color: Any) -> bool:  # noqa: ANN401
    """Tell whether a colour of a PDF is white: in grey, in RGB or in CMYK."""
    parts = color if isinstance(color, (tuple, list)) else (color,)
    if not parts or not all(isinstance(part, (int, float)) for part in parts):
        return False
    return all(part <= 0.01 for part in parts) if len(parts) == 4 else all(part >= 0.99 for part in parts)


def _covers(ground: dict[str, Any], c: dict[str, Any]) -> bool:
    """Tell whether something coloured lies behind a character."""
    x, y = (c["x0"] + c["x1"]) / 2, (c["top"] + c["bottom"]) / 2
    return bool(
        ground.get("fill", True)
        and ground["x0"] <= x <= ground["x1"]
        and ground["top"] <= y <= ground["bottom"]
    )


def _rules(edges: list[_Box]) -> list[Rule]:
    """Join the horizontal strokes that make one line (word processors draw one for each cell)."""
    found: list[Rule] = []
    for x0, y0, x1, y1 in sorted(edges, key=lambda e: (round(e[1] / 2), e[0])):
        if y1 - y0 > 2 or x1 - x0 < 5:
            continue
        last = found[-1] if found else None
        if last is not None and abs(last.y - y0) < 3 and x0 < last.x1 + 3:
            found[-1] = Rule(last.x0, max(last.x1, x1), last.y)
        else:
            found.append(Rule(x0, x1, y0))
    return [rule for rule in found if rule.x1 - rule.x0 > 50]


def _open_sides(tables: list[_Box], rules: list[Rule], left: float, top: float) -> list[float]:
    """List where the sides of tables would be whose rules reach beyond their outermost upright lines."""
    sides = set()
    for x0, y0, x1, y1 in tables:
        across = [r for r in rules if y0 - 3 <= r.y + top <= y1 + 3]
        if across:
            ends = (min(r.x0 for r in across) + left, max(r.x1 for r in across) + left)
            sides |= {end for end, own in zip(ends, (x0, x1), strict=True) if abs(end - own) > 10}
    return sorted(sides)


def _way(matrix: tuple[float, ...]) -> int:
    """Say which way a character stands: quarter turns against the clock, or -1 for aslant."""
    a, b = matrix[0], matrix[1]
    if abs(b) <= 0.2 * abs(a):
        return 0 if a >= 0 else 2
    if abs(a) <= 0.2 * abs(b):
        return 1 if b > 0 else 3
    return -1


def _printed_before(
    seen: dict[tuple[str, int, int], None], text: str, x: float, y: float, size: float
) -> bool:
    """Tell whether the same character was printed at the same place, as imitated bold type is."""
    step = 0.15 * size
    at = (text, round(x / step), round(y / step))
    if any((text, at[1] + i, at[2] + j) in seen for i in (-1, 0, 1) for j in (-1, 0, 1)):
        return not text.isspace()
    seen[at] = None
    return False


def _known(page: Page) -> Counter[str]:
    """Count the characters of a page that can be told."""
    known: Counter[str] = Counter()
    for c in page.characters:
        known.update(k for k in c.text if not k.isspace() and k not in "\ufffd\ufffe\0")
    return known


def _check(pages: list[Page], pictures: list[int], name: str) -> list[int]:
    """Refuse a scan, and a text layer whose characters nobody can know; return the pages that hold some of these."""
    characters = [c.text for page in pages for c in page.characters if not c.text.isspace()]
    if not characters:
        raise refusal(name, "scan" if pictures else "no_text")
    unknown = {page.number: _count_unknown(page) for page in pages}
    total = sum(unknown.values())
    if total > 0.1 * len(characters):
        raise refusal(name, "no_code_table", n=total, total=len(characters))
    return [n for n, count in unknown.items() if count > 5]


def _count_unknown(page: Page) -> int:
    """Count the characters that nobody can know: without a code, or with codes that make no words (ÄÅÇÉ)."""
    characters = [c.text for c in page.characters if not c.text.isspace()]
    unknown = sum(c in "\ufffd\ufffe\x00" or 0xE000 <= ord(c[0]) <= 0xF8FF for c in characters)
    known = [c for c in characters if c not in "\ufffd\ufffe\x00._-—…·" and not 0xE000 <= ord(c[0]) <= 0xF8FF]
    for k in range(0, len(known) - _CHUNK // 2, _CHUNK):
        chunk = "".join(known[k : k + _CHUNK])
        words = len(_WORDS.findall(chunk))
        # Even text in French or Vietnamese is mostly plain letters.
        if len(_HIGH.findall(chunk)) > 0.25 * len(chunk) or words < 0.4 * len(chunk):
            unknown += len(chunk)
    return unknown


def _characters(page: Any, raw: Any) -> list[Character]:  # noqa: ANN401
    """List a page's characters with their places, as the page is turned for reading."""
    text = page.get_textpage()
    count = text.count_chars()
    turn = page.get_rotation()
    wide, high = page.get_size()
    left, bottom, _, _ = page.get_cropbox() or page.get_mediabox()
    box = raw.FS_RECTF()
    out: list[Character] = []
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
        out.append(Character(chr(code), x0, x1, y0, y1))
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
