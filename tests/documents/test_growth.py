"""Readers take time and memory in proportion to the file, whatever it holds."""

from __future__ import annotations

import contextlib
import gc
import io
import time
import tracemalloc
import zipfile
from itertools import combinations
from pathlib import Path

import pytest

from sxcanalysis.core.errors import DocumentError
from sxcanalysis.documents import reading
from sxcanalysis.documents.reading import read_source

SOURCE = Path(__file__).parents[2] / "data/sources/2024/sxc-task-list-2024.txt"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
P = "<w:p><w:r><w:t>甲</w:t></w:r></w:p>"
# A quarter of the first size is read in about a millisecond, the cap stops what grows faster than it may.
CAP = 20.0
LEAST = 0.04


def cell(properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{P}</w:tc>"


WIDE = '<w:gridSpan w:val="200"/>'
RESTART, CONTINUE = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
UNITS = {
    "txt": {
        "line ends": "\n", "short lines": "甲\n", "open brackets": "（\n", "items left open": "1. 建设（甲\n",
        "closed brackets": "）\n", "commas and pages": "甲乙丙丁戊己庚辛壬癸，\n— 3 —\n", "pages": "甲，\f", "form feeds": "甲\f",
        "one long line": "甲（", "blanks": " ", "tabs": "\t", "numbered tabs": "1.\t甲\n", "bars": "| a | b |\n",
        "bare numbers": "7\n", "labels": "牵头单位：\n", "dots": "1.1.1.1", "headings": "# 一、\n", "returns": "\r",
    },
    "html": {
        "comments": "<!-- a -->", "comments left open": "<!--", "divisions": "<div>", "closing tags": "</div>",
        "nested tables": "<table><tr><td>", "nested tables of two": "<table><tr><td>甲<td>", "tables": "<table><tr><td>甲<td>乙</table>",
        "rows": "<tr><td>甲<td>乙", "wide rows": "<td>甲", "spans": "<tr><td rowspan=65534 colspan=1000>甲<td rowspan=99>乙</tr>",
        "hidden": "<div hidden>", "scripts": "<script>", "lists": "<ol><li>甲", "reversed lists": "<ol reversed><li>甲</ol>",
        "breaks": "<br>", "entities": "&amp;", "source breaks": "甲 \n ", "captions": "<table><caption>甲", "menus": "<nav>甲</nav>",
    },
    "docx": {
        "paragraphs": P, "runs": "<w:p><w:r><w:t>甲</w:t></w:r><w:r><w:br/></w:r></w:p>", "deletions": f"<w:p><w:del>{P}</w:del></w:p>",
        "tables": f"<w:tbl><w:tr>{cell() * 2}</w:tr></w:tbl>", "insertions": "<w:ins/>", "sections": f"<w:sdt><w:sdtContent>{P}</w:sdtContent></w:sdt>",
    },
}  # fmt: skip
SIZES = {"txt": 6_000, "html": 1_500, "docx": 800}


def word(body: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
    return out.getvalue()


def content(kind: str, body: str) -> bytes:
    if kind == "docx":
        return word(P + body)
    return (f"<html><p>甲</p>{body}" if kind == "html" else "甲" + body).encode()


def seconds(file: Path, data: bytes) -> float:
    file.write_bytes(data)
    # What else lives in this process would be searched for garbage on our time.
    gc.collect()
    gc.disable()
    begin = time.process_time()
    with contextlib.suppress(DocumentError):
        read_source(file)
    took = time.process_time() - begin
    gc.enable()
    return took


def holds(file: Path, make, size: int) -> None:
    """Four times the file takes at most six times as long; what is over in a blink says nothing.

    A busy machine makes single runs slow, never fast: the best of several counts.
    """
    small = large = CAP
    for _ in range(6):
        small = min(small, max(seconds(file, make(size)), LEAST))
        large = min(large, seconds(file, make(4 * size)))
        if large <= 6 * small:
            return
    pytest.fail(f"{large:.2f} s after {small:.2f} s for a quarter of the file")


@pytest.mark.parametrize(("kind", "unit"), [(k, u) for k, units in UNITS.items() for u in units])
def test_time_grows_with_the_file(tmp_path, kind, unit):
    # In this process, where it can be measured; a child process would only stop what takes too long.
    text = UNITS[kind][unit]
    holds(tmp_path / f"a.{kind}", lambda n: content(kind, text * n), SIZES[kind])


@pytest.mark.parametrize("kind", ["txt", "html"])
def test_time_grows_with_pairs(tmp_path, kind):
    for a, b in list(combinations(UNITS[kind].values(), 2))[:: 23 if kind == "txt" else 17]:
        holds(tmp_path / f"a.{kind}", lambda n, a=a, b=b: content(kind, a * n + b * n), SIZES[kind] // 4)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "<p " + " ".join(f"a{k}=1" for k in range(n)) + ">甲</p>",
        lambda n: f"<ol style='{'list-style:' * n}'><li>甲</ol>",
        lambda n: "<table><tr>" + "<td rowspan=9999>甲" * 199 + "</tr>" + "<tr><td>乙</tr>" * (n // 10),
        lambda n: "<html>" + "<table><tr><td>" * (n // 100),
        lambda n: "<table>" + "".join(f"<tr><td>任务<td>单位{k % 7}</tr><tr><td>附件</tr>" for k in range(n)),
    ],
    ids=["attributes", "styles", "columns held open", "empty tables in tables", "heads under titles"],
)
def test_one_tag_or_table_of_any_size(tmp_path, make):
    holds(tmp_path / "a.html", lambda n: content("html", make(n)), 1_000)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: f"<w:tr>{cell(RESTART)}{cell()}</w:tr>" + f"<w:tr>{cell(CONTINUE)}{cell()}</w:tr>" * n,
        lambda n: f"<w:tr>{cell(RESTART) * n}</w:tr>" + f"<w:tr>{cell(CONTINUE) * n}</w:tr>" * 3,
        lambda n: f"<w:tr>{cell(WIDE + RESTART) * 3}</w:tr>" * n,
        lambda n: f"<w:tr>{cell() * n}</w:tr>",
    ],
    ids=["one cell merged down", "many cells merged down", "wide cells", "one row"],
)
def test_merged_cells_of_word(tmp_path, make):
    holds(tmp_path / "a.docx", lambda n: content("docx", f"<w:tbl>{make(n)}</w:tbl>"), 300)


def peak(file: Path, data: bytes) -> int:
    file.write_bytes(data)
    del data
    tracemalloc.start()
    try:
        read_source(file)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", "甲".encode() + b"\n" * 300_000),
        ("a.txt", b"\r\n" * 150_000 + "甲".encode()),
        ("a.txt", SOURCE.read_bytes() * (500_000 // SOURCE.stat().st_size)),
        ("a.txt", "甲".encode() * 300_000),
        ("a.html", b"<html>" + b"<!-- a -->" * 90_000 + "甲".encode()),
    ],
    ids=["line ends", "line ends of Windows", "a list, many times", "one line", "comments"],
)
def test_memory_is_at_most_ten_times_the_file(tmp_path, data, name):
    # Beside what the reader loads once, such as the words of its messages.
    assert peak(tmp_path / name, data) < 10 * len(data) + 2_000_000


def test_too_many_lines_are_refused_and_blank_ones_do_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_LINES", 100)
    file = tmp_path / "a.txt"
    file.write_text("甲\n" * 101, encoding="utf-8")
    with pytest.raises(DocumentError, match="over 100 lines"):
        read_source(file)
    file.write_text("甲" + "\n" * 1000 + "乙", encoding="utf-8")
    source = read_source(file)
    assert source.text.split() == ["甲", "乙"]
    assert source.locate(source.text.index("乙")) == "line 1001"
