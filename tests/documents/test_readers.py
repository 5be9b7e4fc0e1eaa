"""Reading text and web pages: encodings, places, formats that are refused, and any bytes at all."""

from __future__ import annotations

import hashlib
import zipfile
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sxcanalysis
from sxcanalysis.core.errors import DocumentError, MissingDataError
from sxcanalysis.documents import reading as readers
from sxcanalysis.documents.encodings import decode
from sxcanalysis.documents.reading import read_document, read_source

SOURCE = Path(__file__).parents[2] / "data/sources/2024/sxc-task-list-2024.txt"
TEXT = (
    "甲乙都市圈重大推进事项清单\n\n一、产业创新类\n\n"
    "1. 建设甲中心，完善服务保障。（省科技厅牵头，甲市具体落实）\n"
    "2. 推进乙工程，做好前期工作。（省水利厅牵头，乙市具体落实）\n"
)


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def flat(text: str) -> str:
    return "".join(text.split())


@pytest.fixture
def make(tmp_path):
    def write(content: bytes | str, name: str = "list.txt") -> Path:
        file = tmp_path / name
        file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return file

    return write


def refused(file, *words: str) -> str:
    with pytest.raises(DocumentError) as caught:
        read_document(file)
    message = str(caught.value)
    assert all(word in message for word in words), message
    return message


# Encodings


@pytest.mark.parametrize(
    ("encoding", "bom", "named"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("utf-32-le", b"\xff\xfe\x00\x00", "utf-32-le"),
        ("gb18030", b"", "gb18030"),
        ("gbk", b"", "gb18030"),
    ],
)
def test_every_encoding_gives_the_same_text(make, encoding, bom, named):
    file = make(bom + TEXT.encode(encoding))
    source = read_source(file)
    assert source.text == TEXT
    assert source.encoding == named
    assert source.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_gb18030_keeps_characters_that_gbk_has_not(make):
    text = TEXT + "3. 支持㑇、𠮷和é。（甲厅牵头）\n"
    assert read_document(make(text.encode("gb18030"))) == text


def test_big5_is_told_from_gb18030(make):
    text = "一、產業創新類\n1. 建設國家實驗室，完善服務保障體系，推動重大科技設施開放共享。（省科技廳牽頭）\n"
    source = read_source(make(text.encode("big5")))
    assert (source.text, source.encoding) == (text, "cp950")


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\x0b", "\u2028", "\x85"])
def test_line_ends_become_one_kind(make, ends):
    assert read_document(make(TEXT.replace("\n", ends))) == TEXT


def test_a_broken_byte_is_named_with_its_offset(make):
    data = TEXT.encode()
    refused(make(data[:40] + b"\xff" + data[40:]), "offset 40", "0xff", "utf-8")
    refused(make(data[:-3]), "not valid UTF-8")
    refused(make(TEXT.encode("gb18030")[:-4] + b"\xff\xff"), "offset", "gb18030", "utf-8")
    refused(make(b"\xff\xfe" + TEXT.encode("utf-16-le") + b"\x00"), "utf-16-le")


def test_mojibake_is_undone_where_nothing_is_lost_and_reported_where_something_is(make):
    for codec in ("latin-1", "cp1252"):
        try:
            garbled = (TEXT * 3).encode().decode(codec)
        except UnicodeDecodeError:
            continue
        source = read_source(make(garbled))
        assert source.text == TEXT * 3
        assert "had been read as" in source.notes[0]
    source = read_source(make((TEXT * 3).encode("gb18030").decode("latin-1")))
    assert source.text == TEXT * 3
    lossy = (TEXT * 3).encode().decode("gb18030", "replace")
    refused(make(lossy), "mojibake", "get the document again")


def test_ordinary_text_is_never_taken_for_mojibake():
    text = read_document(SOURCE)
    for sample in (text, TEXT, "Größe, Länge und Höhe der Brücke über die Österreichische Donau " * 5):
        assert decode(sample.encode(), "x")[0] == sample
    for character in "锛鐨勫湪涓":
        assert flat(TEXT) + character  # rare characters alone are no mojibake


def test_invisible_characters_go_and_are_recorded(make):
    source = read_source(make(TEXT.replace("甲中心", "甲\u200b中\x00心")))
    assert source.text == TEXT
    (mend,) = source.mends
    assert (mend.kind, mend.removed, mend.line) == ("control", "\u200b\x00", 5)
    assert source.text[mend.offset :].startswith("1. 建设")


# Places


def test_each_character_leads_back_to_its_line(make):
    text = TEXT + "3. 支持国家集成\n\n电路特色园区。（省商务厅牵头，丙市具体落实）\n"
    source = read_source(make(text))
    for words in ("甲乙都市圈", "1. 建设", "2. 推进", "3. 支持", "电路特色"):
        number = text[: text.index(words)].count("\n") + 1
        assert source.locate(source.text.index(words)) == f"line {number}"
    assert source.locate(10**9) == f"line {text.count(chr(10)) + 1}"
    with pytest.raises(ValueError, match="offset"):
        source.locate(-1)


def test_the_list_of_2024():
    source = read_source(SOURCE)
    assert (source.format, source.encoding) == ("text", "utf-8")
    assert len([m for m in source.mends if m.kind == "page-break"]) == 5
    raw = SOURCE.read_text(encoding="utf-8").split("\n")
    for offset in range(0, len(source.text), 7):
        if not source.text[offset].isspace():
            place = source.locate(offset)
            assert source.text[offset] in raw[int(place.removeprefix("line ")) - 1]
    assert sxcanalysis.read_document(SOURCE) == source.text == read_document(str(SOURCE))


def test_markdown_keeps_its_marks(make):
    source = read_source(make("# 清单\n\n| 1 | 建设 |\n|---|---|\n| 2 | 推进 |\n", "list.md"))
    assert source.format == "markdown"
    assert source.text == "# 清单\n\n| 1 | 建设 |\n|---|---|\n| 2 | 推进 |\n"


# Web pages


def page(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head><title>甲</title>{head}</head><body>{body}</body></html>"


def read_page(make, body: str, head: str = "") -> list[str]:
    return read_document(make(page(body, head), "list.html")).split("\n")


@pytest.mark.parametrize("charset", ["gb2312", "gbk", "GB18030", "utf-8"])
def test_pages_are_decoded_as_they_declare(make, charset):
    text = page("<p>1. 建设镕基中心，完善服务保障。（省科技厅牵头）</p>", f'<meta charset="{charset}">')
    encoding = "gb18030" if charset != "utf-8" else "utf-8"
    source = read_source(make(text.encode(encoding), "list.html"))
    assert source.text == "1. 建设镕基中心，完善服务保障。（省科技厅牵头）"
    assert source.encoding == encoding
    assert not source.notes


def test_a_wrong_declaration_is_noted(make):
    source = read_source(make(page("<p>建设中心</p>", '<meta charset="gbk">').encode(), "a.html"))
    assert source.text == "建设中心"
    assert "declares gbk" in source.notes[0]


def test_blocks_breaks_and_inline_elements(make):
    body = """<div>一、<b>产业</b>创新<!-- x -->类</div><p>甲<br>乙<br/>丙</p><p> 加快建设
      国家中心 <span>和
      平台</span></p>text<p>a &lt;b&gt; c &amp; d&nbsp;e</p><pre>己
      庚</pre>"""
    assert read_page(make, body) == [
        "一、产业创新类", "甲", "乙", "丙", "加快建设国家中心 和平台", "text", "a <b> c & d e", "己", "      庚",
    ]  # fmt: skip


def test_scripts_menus_and_hidden_parts_are_left_out_and_said(make):
    body = """<script>x()</script><style>p{}</style><nav>首页</nav><p hidden>密</p><p style="display: none">密</p>
      <p>正文</p><noscript>请开启</noscript>尾<footer>主办单位：甲</footer>"""
    source = read_source(make(page(body), "a.html"))
    assert source.text == "正文\n尾\n主办单位：甲"
    assert any("2 characters that the page hides" in n for n in source.notes)
    assert any("2 characters of navigation" in n for n in source.notes)


def test_tables_become_rows_of_tabs(make):
    body = """<table><tr><th>序号</th><th>任务</th><th>牵头单位</th></tr>
      <tr><td colspan=3>一、产业</td></tr>
      <tr><td>1</td><td>建设<p>甲</p></td><td rowspan=2>省科技厅</td></tr><tr><td>2</td><td>推进乙</td></tr>
      <tr><th>序号</th><th>任务</th><th>牵头单位</th></tr>
      <tr><td>3</td><td colspan=2>丙</td></tr></table><p>注：完</p>"""
    source = read_source(make(page(body), "a.html"))
    assert source.text.split("\n") == [
        "序号\t任务\t牵头单位", "一、产业", "1\t建设 甲\t省科技厅", "2\t推进乙\t省科技厅", "3\t丙\t", "注：完",
    ]  # fmt: skip
    assert source.locate(source.text.index("推进乙")) == "table 1, row 4"
    assert [(m.kind, m.removed) for m in source.mends] == [("table-head", "序号\t任务\t牵头单位")]


def test_a_table_that_goes_on_in_another_one_has_one_head(make):
    def part(*numbers: int) -> str:
        rows = "".join(f"<tr><td>{n}</td><td>任务{n}</td></tr>" for n in numbers)
        return f"<table><tr><td>序号</td><td>任务</td></tr>{rows}</table>"

    assert read_page(make, part(1, 2) + part(3) + "<p>二、开放</p>" + part(4)) == [
        "序号\t任务", "1\t任务1", "2\t任务2", "3\t任务3", "二、开放", "序号\t任务", "4\t任务4",
    ]  # fmt: skip


def test_a_web_page_saved_whole(make):
    message = MIMEMultipart("related")
    message.attach(MIMEText(page("<p>一、产业创新类</p>"), "html", "gb18030"))
    message.attach(MIMEText("p {}", "css"))
    data = b"From: <Saved by Blink>\r\n" + message.as_bytes().replace(b"\n", b"\r\n")
    source = read_source(make(data, "list.mht"))
    assert (source.text, source.format) == ("一、产业创新类", "html")


@pytest.mark.parametrize("name", ["a.doc", "a.txt", "a.pdf", "a"])
def test_content_decides_before_the_name(make, name):
    assert read_source(make(page("<p>一、产业创新类</p>"), name)).format == "html"


def test_tables_for_layout_are_read_as_text(make):
    body = "<table><tr><td>左</td><td><p>1. 甲</p><table><tr><td>序</td><td>事</td></tr><tr><td>1</td><td>建设国家中心平台</td></tr></table></td></tr></table>"
    assert read_page(make, body) == ["左", "1. 甲", "序\t事", "1\t建设国家中心平台"]


def test_list_numbers_are_written_out(make):
    body = """<ol><li>甲<li>乙<ol type=a><li>子</ol></ol><ol start=5 type=I><li>丙</ol><ol style="list-style:none"><li>丁</ol>
      <ol><li>1、自带</ol><ol style="list-style-type: cjk-ideographic"><li>戊<li value=12>己</ol><ul><li>庚</ul>"""
    assert read_page(make, body) == [
        "1. 甲", "2. 乙", "a. 子", "V. 丙", "丁", "1、自带", "一、戊", "十二、己", "庚",
    ]  # fmt: skip


def test_broken_markup_loses_no_text(make):
    body = "<p>甲<b>乙<p>丙</div></b>产值<5亿元，&gt;3<table>丁<tr><td>戊<td>己</table></p>庚</body></html>辛"
    text = "".join(read_page(make, body))
    for character in "甲乙丙丁戊己庚辛":
        assert character in text
    assert "产值<5亿元，>3" in text


def test_deep_and_wide_pages_end(make):
    assert "甲" in read_document(make(page("<div>" * 20_000 + "甲"), "a.html"))
    assert "甲" in read_document(make(page("<table><tr><td>" * 2_000 + "甲"), "a.html"))
    spans = "<table>" + "<tr><td rowspan=65534 colspan=1000>甲<td rowspan=9999>乙</tr>" * 300 + "</table>"
    assert len(read_document(make(page(spans), "a.html"))) < 2_000_000


def test_a_page_without_text_is_refused(make):
    refused(make(page("<script>load()</script>"), "a.html"), "no text of its own")


# Refusals


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.txt", ["empty"]),
        (b"\0" * 1000, "a.pdf", ["empty"]),
        (b" \n\t ", "a.txt", ["empty"]),
        (b"\xef\xbb\xbf", "a.txt", ["empty"]),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.doc", ["old Word or WPS", ".docx"]),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.wps", ["old Word or WPS", ".docx"]),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xls", ["Excel", ".html"]),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.docx", ["encrypted", "password"]),
        (b"{\\rtf1\\ansi }", "a.rtf", ["RTF", ".docx"]),
        (b"{\\rtf1\\ansi }", "a.doc", ["RTF", ".docx"]),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "a.png", ["image", "OCR"]),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "a.jpg", ["image", "OCR"]),
        (b"RIFF\0\0\0\0WEBPVP8 ", "a.webp", ["image", "OCR"]),
        (b"\x1f\x8b\x08" + b"\0" * 50, "a.gz", ["gzip", "Unpack"]),
        (b"PK\x03\x04" + b"\0" * 50, "a.docx", ["damaged or cut off"]),
        (b"%PDF-1.7\n" + b"\0" * 100, "a.pdf", ["damaged or cut off"]),
        (bytes(range(256)) * 20, "a.txt", []),
        (b"\0\1\2\3" * 500, "a.docx", ["damaged"]),
    ],
)  # fmt: skip
def test_other_files_are_refused_with_what_to_do(make, content, name, words):
    message = refused(make(content, name), *words)
    assert name in message


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("xl/workbook.xml", ["damaged"]),
        ("ppt/presentation.xml", ["presentation"]),
        ("OFD.xml", ["OFD", "PDF"]),
        ("readme.txt", ["zip archive"]),
    ],
)
def test_other_archives_are_refused_with_what_to_do(tmp_path, member, words):
    file = tmp_path / "a.docx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, "x")
    refused(file, *words)


def test_folders_and_missing_files(tmp_path):
    refused(tmp_path, "folder")
    with pytest.raises(MissingDataError, match="no such file"):
        read_document(tmp_path / "none.pdf")
    with pytest.raises(MissingDataError, match="no such file"):
        read_document(SOURCE / "inside.txt")
    refused("a\0b", "not the path")


def test_a_file_of_500_megabytes_is_refused_unread(tmp_path):
    file = tmp_path / "large.pdf"
    with file.open("wb") as stream:
        stream.write(b"%PDF-1.7\n")
        stream.truncate(500_000_000)
    refused(file, "500 MB", "100 MB")


def test_too_much_text_is_refused(make, monkeypatch):
    monkeypatch.setattr(readers, "MAX_TEXT", 1000)
    refused(make(TEXT * 100), "Split the file")


# Any bytes


MARKUP = st.sampled_from(
    ["<p>", "</p>", "<table>", "<tr>", "<td rowspan=3>", "<td colspan=2>", "</td>", "</table>", "<ol>", "<li>", "<br>", "<pre>",
     "</div>", "甲", "乙丙", "1.", "&amp;", "<!--", "-->", "<b hidden>", "</b>", "</html>", "<table><tr><td>"]
)  # fmt: skip
STARTS = st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"<html>", b"<!DOCTYPE html><table><tr><td>", b"PK\x03\x04",
                          b"{\\rtf", b"BM", b"<?xml version='1.0'?><html>", "一、".encode("gb18030"), "1. 甲（".encode()])  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STARTS, st.binary(max_size=400), st.sampled_from(["a.txt", "a.html", "a.md", "a.docx", "a", "a.doc"]))
def test_any_bytes_give_text_or_a_message(tmp_path, start, rest, name):
    file = tmp_path / name
    file.write_bytes(start + rest)
    try:
        source = read_source(file)
    except DocumentError:
        return
    assert not set(source.text) & set("\r\0\ufeff\f\x0b")
    assert source.locate(len(source.text))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        MARKUP,
        max_size=40,
    )
)
def test_any_markup_keeps_the_text_that_can_be_seen(tmp_path, parts):
    file = tmp_path / "a.html"
    file.write_text(page("<p>始</p>" + "".join(parts)), encoding="utf-8")
    text = read_document(file)
    assert text.startswith("始")
    if "<!--" not in parts and "<b hidden>" not in parts:
        for word in ("甲", "乙丙"):
            assert text.count(word) >= parts.count(word)
