"""Web page to lines: blocks, line breaks, tables and list numbers as a browser shows them."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from lxml import etree

from sxcanalysis.documents.formats import parse_markup
from sxcanalysis.documents.lines import Box, Lines, Place, cell_text, refusal, write_table
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
    "td", "tfoot", "th", "thead", "tr", "ul", "nav"
})  # fmt: skip
_LISTS = frozenset({"ol", "ul", "menu", "dir"})
_PARTS = frozenset({"tbody", "thead", "tfoot"})
_AS_TYPED = frozenset({"pre", "textarea"})
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
    left: Counter[str] = field(
        default_factory=Counter
    )  # characters hidden, and of navigation; numbers written out
    # Characters in each table, and in the tables inside it; and each table that has been read (None: layout).
    sizes: dict[Any, tuple[int, int]] = field(default_factory=dict)
    done: dict[Any, _Read | None] = field(default_factory=dict)


def read(data: bytes, name: str) -> Lines:
    """Read a web page (in UTF-8): the lines that a browser would show, and their places."""
    text = data.decode("utf-8", "replace").replace("\0", "")
    # libxml2 stops at the end of the document element, browsers read on behind it.
    text = _LONG_TAG.sub(_shorter, _ENDS.sub("", text))
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = parse_markup(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise refusal(name, "no_page", error=error) from error
    page = _Page()
    out = page.out
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        for line in _without_tags(text):
            out.add(line, "page")
        out.note("nested")
    elif root is not None:
        _leave_out(root, page)
        _Flow(root, page).read()
    if not any(line.strip() for line in out.lines):
        raise refusal(name, "script")
    for key, count in sorted(page.left.items()):
        if count:
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
        folded = text.lower() if len(text.lower()) == len(text) else text
        kept = []
        start = 0
        while (cut := folded.find(opening, start)) >= 0 and (end := folded.find(closing, cut)) >= 0:
            kept.append(text[start:cut])
            start = end + len(closing)
        text = "\n".join([*kept, text[start:]])
    lines = (_SPACE.sub(" ", line).strip() for line in html.unescape(_TAG.sub("\n", text)).split("\n"))
    return [line for line in lines if line]


def _leave_out(root: Any, page: _Page) -> None:  # noqa: ANN401
    """Take from a page what is no text by nature, what is hidden, and menus; count the characters of its tables."""
    gone: list[Any] = []
    tables: list[
        tuple[Any, int, int]
    ] = []  # those that are open: where they begin, and what the inner ones hold
    count = 0
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, el in walker:
        if event == "start":
            kind = _kind_left_out(el) if el is not root else ""
            if kind:
                if kind != "tag":
                    page.left[kind] += len("".join("".join(el.itertext()).split()))
                gone.append(el)
                walker.skip_subtree()
                continue
            if el.tag == "table":
                tables.append((el, count, 0))
            count += len(el.text or "")
            continue
        if tables and el is tables[-1][0]:
            _, begin, inner = tables.pop()
            page.sizes[el] = (count - begin, inner)
            tables[-1:] = [(t, b, i + count - begin) for t, b, i in tables[-1:]]
        count += len(el.tail or "")
    for el in gone:
        if el.tag == "nav":
            el.clear(keep_tail=True)  # it parts two lines
        else:
            el.tag = "gone"
    etree.strip_elements(root, "gone", with_tail=False)


def _kind_left_out(el: Any) -> str:  # noqa: ANN401
    """Say why an element is not read (its kind of note), or return an empty string."""
    if el.tag in _DROPPED or not isinstance(el.tag, str):
        return "tag"
    if el.tag == "nav":
        return "navigation"
    hidden = (el.tag == "input" and el.get("type") == "hidden") or el.get("hidden") is not None
    return "hidden" if hidden or _HIDDEN.search(el.get("style") or "") else ""


@dataclass(slots=True)
class _Flow:
    """Walks through an element and adds its lines; one pass, without recursion but for tables."""

    root: Any
    page: _Page
    depth: int = 0
    parts: list[str] = field(default_factory=list)
    place: Place = 1
    lists: list[_List] = field(default_factory=list)
    mark: str = ""
    pre: int = 0

    def read(self) -> None:
        """Add the lines of the element to those of the page."""
        walker = etree.iterwalk(self.root, events=("start", "end"))
        for event, el in walker:
            inside = el is not self.root
            if event == "end":
                self.end(el.tag)
                self.add(el.tail if inside else None)
            elif inside and el.tag == "table" and (table := _table(el, self.page, self.depth)):
                self.flush()
                _write_table(table, self.page)
                walker.skip_subtree()
            else:
                self.start(el)
                self.add(el.text)
        self.flush()

    def start(self, el: Any) -> None:  # noqa: ANN401
        """Take notice that an element begins."""
        if el.tag in _BLOCK:
            self.flush()
            self.place = el.sourceline or self.place
        if el.tag in _LISTS:
            self.lists.append(_list(el))
        elif el.tag == "li" and self.lists:
            self.mark = _mark(el, self.lists[-1])
        elif el.tag == "br":
            self.parts.append("\v")
        elif el.tag in _AS_TYPED:
            self.pre += 1

    def end(self, tag: str) -> None:
        """Take notice that an element ends."""
        if tag in _BLOCK:
            self.flush()
        if tag in _LISTS:
            self.lists.pop()
        elif tag in _AS_TYPED:
            self.pre -= 1

    def add(self, text: str | None) -> None:
        """Add words to the line."""
        if not text:
            return
        text = text.replace("\v", " ").replace("\xa0", " ")
        if self.pre:
            self.parts.append(text.replace("\r\n", "\n").replace("\n", "\v"))
            return
        text = _SPACE.sub(" ", _SOURCE_BREAK.sub("", text))
        if text[0] == " " and self.parts and self.parts[-1][-1:] in {" ", "\v"}:
            text = text[1:]
        if text:
            self.parts.append(text)

    def flush(self) -> None:
        """End the line."""
        raw = "".join(self.parts)
        self.parts.clear()
        for line in raw.split("\v") if raw else ():
            kept = line.rstrip() if self.pre else line.strip(" \t\n\r")
            if kept and self.mark:
                if not _OWN_MARK.match(kept):
                    kept = self.mark + kept
                    self.page.left["numbers"] += 1
                self.mark = ""
            if kept:
                self.page.out.add(kept, self.place)


@dataclass(slots=True)
class _List:
    number: int
    step: int
    style: str | None


def _list(el: Any) -> _List:  # noqa: ANN401
    """Start a list: its first number, its step, and how its numbers are written (None: not)."""
    style = el.get("style") or ""
    if el.tag != "ol" or _NO_MARK.search(style):
        return _List(1, 1, None)
    named = _LIST_STYLE.search(style)
    kind = _TYPES.get((named and named[1].lower()) or el.get("type") or "1", "decimal")
    if el.get("reversed") is not None:
        return _List(_integer(el.get("start"), len(el.findall("li"))), -1, kind)
    return _List(_integer(el.get("start"), 1), 1, kind)


def _mark(el: Any, current: _List) -> str:  # noqa: ANN401
    """Return the number of a list's next item, as it is shown."""
    if current.style is None:
        return ""
    current.number = _integer(el.get("value"), current.number)
    number = ordinal(current.number, current.style)
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
    if el not in page.done:
        size, inner = page.sizes.get(el, (0, 0))
        layout = depth >= _NESTED or el.get("role") == "presentation" or inner > 0.5 * size or _stray(el)
        page.done[el] = None if layout else _read_table(el, page, depth)
    return page.done[el]


def _read_table(el: Any, page: _Page, depth: int) -> _Read | None:  # noqa: ANN401
    parts = [
        row for part in el for row in ([part] if part.tag == "tr" else part if part.tag in _PARTS else ())
    ]
    found = [[td for td in tr if td.tag in {"td", "th"}] for tr in parts if tr.tag == "tr"]
    if max((sum(_integer(td.get("colspan"), 1) for td in cells) for cells in found), default=0) < 2:
        return None
    rows: list[list[Box]] = []
    largest = 0
    for cells in found:
        rows.append([])
        for td in cells:
            lines = _inner(td, page, depth)
            largest = max(largest, len(lines))
            # A row span of 0 reaches to the end of the table.
            span = _integer(td.get("rowspan"), 1) or 99_999
            rows[-1].append(Box(cell_text(lines), span, _integer(td.get("colspan"), 1)))
    if (largest > 8 and len(rows) <= 3) or not any(box.text for row in rows for box in row):
        return None
    captions = [cell_text(_inner(c, page, depth)) for c in el.findall("caption")]
    return _Read([c for c in captions if c], rows)


def _inner(el: Any, page: _Page, depth: int) -> list[str]:  # noqa: ANN401
    """Read what a cell or a caption holds."""
    part = _Page(left=page.left, sizes=page.sizes, done=page.done)
    _Flow(el, part, depth + 1).read()
    return part.out.lines


def _write_table(table: _Read, page: _Page) -> None:
    """Write a table of the page, its caption above it."""
    page.tables += 1
    for caption in table.captions:
        page.out.add(caption, f"table {page.tables}")
    places = [f"table {page.tables}, row {n}" for n in range(1, len(table.rows) + 1)]
    write_table(table.rows, places, page.out, "webpage")


def _stray(table: Any) -> bool:  # noqa: ANN401
    """Tell whether a table holds text outside its cells: read it as a flow, and lose none."""
    frame = [table, *(part for part in table if part.tag in _PARTS)]
    frame += [tr for part in frame for tr in part if tr.tag == "tr"]
    inner = {"tr", "td", "th", "caption", "colgroup", "col", *_PARTS}
    return any(
        (el.text or "").strip() or any((child.tail or "").strip() or child.tag not in inner for child in el)
        for el in frame
    )
