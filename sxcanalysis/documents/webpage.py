"""Web page to lines: blocks, line breaks, tables and list numbers as a browser shows them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from lxml import etree

from sxcanalysis.documents.lines import Lines, Place, refusal
from sxcanalysis.documents.rows import Box, cell_text, write_table
from sxcanalysis.text.numerals import ordinal

_DROPPED = frozenset({
    "head", "script", "style", "noscript", "template", "iframe", "object", "embed", "svg",
    "canvas", "audio", "video", "select", "datalist", "map", "rp"
})  # fmt: skip
_BLOCK = frozenset({
    "address", "article", "aside", "blockquote", "body", "button", "caption", "center", "dd",
    "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html",
    "legend", "li", "main", "menu", "ol", "p", "pre", "section", "summary", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "ul"
})  # fmt: skip
_ENDS = re.compile(r"^\s*<\?xml[^>]*>|</(?:body|html)\s*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<![^<>]*>")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_WIDE = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—"
# A line end in the page's source between two Chinese characters is no space to anyone.
_SOURCE_BREAK = re.compile(rf"(?<=[{_WIDE}])[ \t\r\f]*\n[ \t\n\r\f]*(?=[{_WIDE}])")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# The parser compares each attribute of a tag with all those before it: a long tag keeps those that count.
_LONG_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9]*)\s([^<>]{2000,})>")
_KEPT = re.compile(
    r"\b(?:hidden|style|colspan|rowspan|type|start|value|reversed|role)\b(?:\s?=\s?(?:\"[^\"]*\"|'[^']*'|[^\s\"']+))?",
    re.IGNORECASE,
)
_NO_MARK = re.compile(r"list-style(?:-type)?\s*:[^;:]*\bnone\b", re.IGNORECASE)
_LIST_STYLE = re.compile(r"list-style(?:-type)?\s*:[^;]*?\b([a-z-]+)", re.IGNORECASE)
_OWN_MARK = re.compile(
    r"\s*(?:[（(]?\s*[\d一二三四五六七八九十]{1,4}\s*[、．.）)﹒]|[①-⒛]|第[\d一二三四五六七八九十]+)"
)
_TYPES = {
    "1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman",
    "lower-alpha": "lowerLetter", "lower-latin": "lowerLetter", "upper-alpha": "upperLetter",
    "upper-latin": "upperLetter", "lower-roman": "lowerRoman", "upper-roman": "upperRoman",
    "cjk-ideographic": "chineseCountingThousand", "trad-chinese-informal": "chineseCountingThousand",
    "simp-chinese-informal": "chineseCountingThousand", "cjk-decimal": "ideographDigital",
    "simp-chinese-formal": "chineseLegalSimplified", "decimal-leading-zero": "decimalZero",
    "cjk-earthly-branch": "ideographZodiac", "cjk-heavenly-stem": "ideographTraditional",
}  # fmt: skip
_NESTED = 5


class _Read(NamedTuple):
    """A table as it is read: its captions and its rows."""

    captions: list[str]
    rows: list[list[Box]]


@dataclass(slots=True)
class _Page:
    """What has been read of a page so far."""

    out: Lines = field(default_factory=Lines)
    tables: int = 0
    hidden: int = 0
    navigation: int = 0
    numbers: int = 0
    # Characters in each table, and in the tables inside it; and each table that has been read (None: layout).
    sizes: dict[Any, tuple[int, int]] = field(default_factory=dict)
    read: dict[Any, _Read | None] = field(default_factory=dict)

    def measure(self, root: Any) -> None:  # noqa: ANN401
        """Count the characters of every table in one pass over the page."""
        open_tables: list[list[int]] = []
        for event, el in etree.iterwalk(root, events=("start", "end")):
            if event == "start":
                if el.tag == "table":
                    open_tables.append([0, 0])
                if open_tables:
                    open_tables[-1][0] += len(el.text or "")
            else:
                if el.tag == "table":
                    size, inner = open_tables.pop()
                    self.sizes[el] = (size, inner)
                    if open_tables:
                        open_tables[-1][0] += size
                        open_tables[-1][1] += size
                if open_tables:
                    open_tables[-1][0] += len(el.tail or "")


@dataclass(slots=True)
class _List:
    number: int
    step: int
    style: str | None


def read(data: bytes, name: str) -> Lines:
    """Read a web page (in UTF-8): the lines that a browser would show, and their places."""
    text = data.decode("utf-8", "replace").replace("\0", "")
    # libxml2 stops at the end of the document element, browsers read on behind it.
    text = _LONG_TAG.sub(_shorter, _ENDS.sub("", text))
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, recover=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise refusal(name, "no_page", error=error) from error
    page = _Page()
    out = page.out
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        out.lines = _without_tags(text)
        out.places = ["page"] * len(out.lines)
        out.note("nested")
    elif root is not None:
        page.measure(root)
        _flow(root, page, depth=0)
    if not any(line.strip() for line in out.lines):
        raise refusal(name, "script")
    for key in ("hidden", "navigation", "numbers"):
        if count := getattr(page, key):
            out.note(key, n=count)
    return out


def _shorter(tag: re.Match[str]) -> str:
    return f"<{tag[1]} {' '.join(m[0] for m in islice(_KEPT.finditer(tag[2]), 20))}>"


def _without_tags(text: str) -> list[str]:
    """Take the tags from a page that cannot be parsed, and keep all of its text."""
    for opening, closing in (
        ("<!--", "-->"),
        ("<script", "</script"),
        ("<style", "</style"),
        ("<head>", "</head"),
    ):
        text = _without(text, opening, closing)
    lines = (_SPACE.sub(" ", line).strip() for line in html.unescape(_TAG.sub("\n", text)).split("\n"))
    return [line for line in lines if line]


def _without(text: str, opening: str, closing: str) -> str:
    """Cut out what stands between two marks, in one pass."""
    folded = text.lower() if len(text.lower()) == len(text) else text
    kept = []
    start = 0
    while (cut := folded.find(opening, start)) >= 0 and (end := folded.find(closing, cut)) >= 0:
        kept.append(text[start:cut])
        start = end + len(closing)
    return "\n".join([*kept, text[start:]])


def _flow(root: Any, page: _Page, *, depth: int) -> None:  # noqa: ANN401, C901, PLR0912, PLR0915
    """Walk through an element and add its lines; one pass, without recursion but for tables."""
    parts: list[str] = []
    place: Place = root.sourceline or 1
    lists: list[_List] = []
    mark = ""
    pre = 0

    def flush() -> None:
        nonlocal parts, mark
        raw = "".join(parts)
        parts = []
        for line in raw.split("\v"):
            kept = line.strip(" \t\n\r") if not pre else line.rstrip()
            if kept and mark:
                if not _OWN_MARK.match(kept):
                    kept = mark + kept
                    page.numbers += 1
                mark = ""
            if kept:
                page.out.lines.append(kept)
                page.out.places.append(place)

    def add(text: str | None) -> None:
        if not text:
            return
        text = text.replace("\v", " ").replace("\xa0", " ")
        if pre:
            parts.append(text.replace("\r\n", "\n").replace("\n", "\v"))
            return
        text = _SPACE.sub(" ", _SOURCE_BREAK.sub("", text))
        if text[0] == " " and parts and parts[-1][-1:] in {" ", "\v"}:
            text = text[1:]
        if text:
            parts.append(text)

    walker = etree.iterwalk(root, events=("start", "end"))
    for event, el in walker:
        tag = el.tag if isinstance(el.tag, str) else ""
        inside = el is not root
        if event == "start":
            if inside and (left_out := _left_out(el, tag)):
                size = len("".join("".join(el.itertext()).split()))
                if left_out == "nav":
                    page.navigation += size
                elif left_out == "hidden":
                    page.hidden += size
                if tag in _BLOCK or tag == "nav":
                    flush()
                walker.skip_subtree()
                # The element's end follows at once; only its tail counts.
                continue
            if tag == "table" and inside and (table := _table(el, page, depth)) is not None:
                flush()
                _write_table(table, page)
                walker.skip_subtree()
                continue
            if tag in _BLOCK:
                flush()
                place = el.sourceline or place
            if tag in {"ol", "ul", "menu", "dir"}:
                lists.append(_list(el, tag))
            elif tag == "li":
                mark = _mark(el, lists)
            elif tag == "br":
                parts.append("\v")
            elif tag in {"pre", "textarea"}:
                pre += 1
            add(el.text)
        else:
            if inside and _left_out(el, tag):
                add(el.tail)
                continue
            if tag in _BLOCK:
                flush()
            if tag in {"ol", "ul", "menu", "dir"} and lists:
                lists.pop()
            elif tag in {"pre", "textarea"} and pre:
                pre -= 1
            if inside:
                add(el.tail)
    flush()


def _left_out(el: Any, tag: str) -> str:  # noqa: ANN401
    """Say why an element is not read: no text by nature, hidden, or a menu; or an empty string."""
    if tag in _DROPPED or not tag:
        return "tag"
    if tag == "nav":
        return "nav"
    if tag == "input" and el.get("type") == "hidden":
        return "hidden"
    if el.get("hidden") is not None or _HIDDEN.search(el.get("style") or ""):
        return "hidden"
    return ""


def _list(el: Any, tag: str) -> _List:  # noqa: ANN401
    """Start a list: its first number, its step, and how its numbers are written (None: not)."""
    style = el.get("style") or ""
    if tag != "ol" or _NO_MARK.search(style):
        return _List(1, 1, None)
    named = _LIST_STYLE.search(style)
    kind = (named and named.group(1).lower()) or el.get("type") or "1"
    start = _integer(el.get("start"), 1)
    if el.get("reversed") is not None:
        return _List(_integer(el.get("start"), len(el.findall("li"))), -1, _TYPES.get(kind, "decimal"))
    return _List(start, 1, _TYPES.get(kind, "decimal"))


def _mark(el: Any, lists: list[_List]) -> str:  # noqa: ANN401
    if not lists or lists[-1].style is None:
        return ""
    current = lists[-1]
    current.number = _integer(el.get("value"), current.number)
    number = ordinal(current.number, current.style or "decimal")
    current.number += current.step
    if _NO_MARK.search(el.get("style") or ""):
        return ""
    return f"{number}、" if not number.isascii() else f"{number}. "


def _integer(text: str | None, default: int) -> int:
    try:
        return max(-99_999, min(int(text or default), 99_999))
    except ValueError:
        return default


def _table(el: Any, page: _Page, depth: int) -> _Read | None:  # noqa: ANN401
    """Read a table as rows, or return None where it serves the page's layout only; each table once."""
    if el not in page.read:
        page.read[el] = _read_table(el, page, depth)
    return page.read[el]


def _read_table(el: Any, page: _Page, depth: int) -> _Read | None:  # noqa: ANN401
    if depth >= _NESTED or el.get("role") == "presentation":
        return None
    size, inner = page.sizes.get(el, (0, 0))
    if (inner and inner > 0.5 * size) or _stray(el):
        return None
    found = [
        (tr, [td for td in tr if td.tag in {"td", "th"} and not _left_out(td, "td")])
        for part in el
        for tr in ([part] if part.tag == "tr" else part if part.tag in {"tbody", "thead", "tfoot"} else ())
        if tr.tag == "tr" and not _left_out(tr, "tr") and not _left_out(part, part.tag)
    ]
    if max((sum(_integer(td.get("colspan"), 1) for td in cells) for _, cells in found), default=0) < 2:
        return None
    rows: list[list[Box]] = []
    largest = 0
    for _, cells in found:
        row = []
        for td in cells:
            lines = _inner(td, page, depth)
            largest = max(largest, len(lines))
            # A row span of 0 reaches to the end of the table.
            span = _integer(td.get("rowspan"), 1) or 99_999
            row.append(Box(cell_text(lines), span, _integer(td.get("colspan"), 1)))
        rows.append(row)
    if (largest > 8 and len(rows) <= 3) or not any(box.text for row in rows for box in row):
        return None
    captions = [cell_text(_inner(c, page, depth)) for c in el.findall("caption")]
    return _Read([c for c in captions if c], rows)


def _inner(el: Any, page: _Page, depth: int) -> list[str]:  # noqa: ANN401
    """Read what a cell or a caption holds."""
    part = _Page(sizes=page.sizes, read=page.read)
    _flow(el, part, depth=depth + 1)
    for key in ("hidden", "navigation", "numbers"):
        setattr(page, key, getattr(page, key) + getattr(part, key))
    return part.out.lines


def _write_table(read: _Read, page: _Page) -> None:
    """Write a table of the page, its caption above it."""
    page.tables += 1
    for caption in read.captions:
        page.out.lines.append(caption)
        page.out.places.append(f"table {page.tables}")
    places = [f"table {page.tables}, row {n}" for n in range(1, len(read.rows) + 1)]
    write_table(read.rows, places, page.out, "webpage")


def _stray(table: Any) -> bool:  # noqa: ANN401
    """Tell whether a table holds text outside its cells: read it as a flow, and lose none."""
    stack = [table]
    while stack:
        el = stack.pop()
        if (el.text or "").strip() or any((child.tail or "").strip() for child in el):
            return True
        for child in el:
            if child.tag in {"tbody", "thead", "tfoot", "tr"}:
                stack.append(child)
            elif child.tag not in {"td", "th", "caption", "colgroup", "col", *_DROPPED}:
                return True
    return False
