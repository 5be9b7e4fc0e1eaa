"""Characters and ruled tables of a PDF page, as pdfplumber finds them."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from sxcanalysis.documents import pdf_layout as layout

_MAX_EDGES = 20_000
_UNKNOWN = re.compile(r"\(cid:\d+\)")

_Box = tuple[float, float, float, float]


def read(document: Any, n: int, *, tables: bool) -> layout.Page:  # noqa: ANN401
    """Read a page: its characters (each once, however bold it is printed) and its tables."""
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

    out = layout.Page(n + 1, *((height, width) if turn % 2 else (width, height)))
    seen: dict[tuple[str, int, int], None] = {}
    for c, way in zip(page.chars, ways, strict=True):
        if way < 0:
            out.slanted += c["text"]
            continue
        x0, y0, x1, y1 = upright(c["x0"], c["top"], c["x1"], c["bottom"])
        text = "\ufffd" if _UNKNOWN.fullmatch(c["text"]) else c["text"]
        if not text or _printed_before(seen, text, x0, y0, max(y1 - y0, 1.0)):
            continue
        out.characters.append(layout.Character(text, x0, x1, y0, y1))
    if tables and len(page.edges) <= _MAX_EDGES:
        for table in page.find_tables():
            cells = [upright(*map(float, cell)) for cell in table.cells]
            out.tables.append(layout.Table(n + 1, cells))
    page.close()
    return out


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
