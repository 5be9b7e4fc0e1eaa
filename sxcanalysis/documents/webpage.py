"""Web page to lines: blocks, line breaks, tables and list numbers as a browser shows them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from sxcanalysis.core.errors import DocumentError
from sxcanalysis.documents.lines import Lines, Place
from sxcanalysis.documents.table_lines import Cell, LastTable, Row, cell_text, table_rows
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
_UNSEEN = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<![^<>]*>")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_WIDE = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—"
# A line end in the page's source between two Chinese characters is no space to anyone.
_SOURCE_BREAK = re.compile(rf"(?<=[{_WIDE}])[ \t\r\f]*\n[ \t\n\r\f]*(?=[{_WIDE}])")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NO_MARK = re.compile(r"list-style(?:-type)?\s*:[^;]*\bnone\b", re.IGNORECASE)
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


@dataclass(slots=True)
class _Page:
    """What has been read of a page so far."""

    lines: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    tables: int = 0
    hidden: int = 0
    navigation: int = 0
    numbers: int = 0
    last: LastTable = field(default_factory=LastTable)


@dataclass(slots=True)
class _List:
    number: int
    step: int
    style: str | None


def read_html(text: str, name: str) -> Lines:
    """Read a web page: the lines that a browser would show, and their places."""
    # libxml2 stops at the end of the document element, browsers read on behind it.
    text = _ENDS.sub("", text).replace("\0", "")
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, recover=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError, AssertionError) as error:
        msg = f"{name}: the web page holds nothing that can be read ({error}). Get the page again."
        raise DocumentError(msg) from error
    page = _Page()
    notes = []
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        page.lines = _without_tags(text)
        page.places = ["page"] * len(page.lines)
        notes.append("the page is nested too deeply to be laid out: its tags were taken away only")
    elif root is not None:
        _flow(root, page, depth=0)
    if not any(line.strip() for line in page.lines):
        msg = (
            f"{name}: the web page holds no text of its own (it may be filled in by a script). "
            "Open it in a browser, copy the text and save that, or print it as PDF."
        )
        raise DocumentError(msg)
    if page.hidden:
        notes.append(f"{page.hidden} characters that the page hides were left out")
    if page.navigation:
        notes.append(f"{page.navigation} characters of navigation menus were left out")
    if page.numbers:
        notes.append(f"{page.numbers} numbers of numbered lists were written out")
    return Lines(page.lines, page.places, repeated=page.repeated, notes=notes)


def _without_tags(text: str) -> list[str]:
    """Take the tags from a page that cannot be parsed, and keep all of its text."""
    bare = _TAG.sub("\n", _UNSEEN.sub("\n", text))
    lines = (_SPACE.sub(" ", line).strip() for line in html.unescape(bare).split("\n"))
    return [line for line in lines if line]


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
                page.lines.append(kept)
                page.places.append(place)

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
            if tag == "table" and inside and (rows := _table(el, page, depth)) is not None:
                flush()
                page.tables += 1
                again = page.last.repeats(page.lines, rows)
                for k, row in enumerate(rows):
                    if row.repeated or (again and k == 0):
                        page.repeated.append(len(page.lines))
                    page.lines.append(row.text)
                    page.places.append(f"table {page.tables}, row {row.number}")
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


def _table(el: Any, page: _Page, depth: int) -> list[Row] | None:  # noqa: ANN401
    """Read a table as rows, or return None where it serves the page's layout only."""
    if depth >= _NESTED or el.get("role") == "presentation":
        return None
    inner = sum(len("".join(t.itertext())) for t in el.iterdescendants("table"))
    if inner and inner > 0.5 * len("".join(el.itertext())):
        return None
    rows: list[list[Cell]] = []
    largest = 0
    for tr in el.iterdescendants("tr"):
        if next(tr.iterancestors("table")) is not el or _left_out(tr, "tr"):
            continue
        cells: list[Cell] = []
        for td in tr:
            if td.tag not in {"td", "th"} or _left_out(td, "td"):
                continue
            part = _Page()
            _flow(td, part, depth=depth + 1)
            page.numbers += part.numbers
            page.hidden += part.hidden
            largest = max(largest, len(part.lines))
            span = _integer(td.get("rowspan"), 1)
            # A row span of 0 reaches to the end of the table.
            cells.append(Cell(cell_text(part.lines), span or 99_999, _integer(td.get("colspan"), 1)))
        rows.append(cells)
    width = max((sum(c.columns for c in r) for r in rows), default=0)
    if width < 2 or (largest > 8 and len(rows) <= 3) or _stray(el):
        return None
    caption = [_caption(c, depth) for c in el.findall("caption")]
    lines = table_rows(rows)
    return [*[Row(c, 0) for c in caption if c], *lines] if lines else None


def _caption(el: Any, depth: int) -> str:  # noqa: ANN401
    part = _Page()
    _flow(el, part, depth=depth + 1)
    return cell_text(part.lines)


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
