"""Fuzzers of the readers: whatever a file holds, its text or a message for a person; whatever is seen in it, in the text.

Seconds in every run; ``SXC_FUZZ=100`` tries a hundred times as many.
"""

from __future__ import annotations

import io
import os
import random
import re
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from sxcanalysis.core.errors import DocumentError
from sxcanalysis.documents.reading import SourceText, read_source

TIMES = int(os.environ.get("SXC_FUZZ", "1"))
SOURCE = Path(__file__).parents[2] / "data/sources/2024/sxc-task-list-2024.txt"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))
SIGNS = "甲乙1一、。；：，（）()|\t\n\r\f\v\0\u200b\u2028\ufeff\ud800①⼀—-#* 　…》🚄é%"


def check(source: SourceText) -> None:
    """What holds for every text that was read."""
    text = source.text
    assert not set(text) & set("\r\0\ufeff\f\v\u2028")
    assert not re.search("[\ud800-\udfff]", text)
    assert source.locate(len(text))
    assert list(source.origin.starts) == sorted(source.origin.starts)
    assert all(0 <= mend.offset <= len(text) for mend in source.mends)
    for finding in source.findings:
        assert 0 <= finding.offset <= len(text)
        assert finding.hint
    for table in source.tables:
        assert table.cells
        for cell in table.cells:
            assert table.start <= cell.start <= cell.end <= table.end <= len(text)
            assert not set(text[cell.start : cell.end]) & set("\t\n")
            assert min(cell.row, cell.column) >= 0
            assert min(cell.rows, cell.columns) >= 1
        places = [(cell.row, cell.column) for cell in table.cells]
        assert len(set(places)) == len(places)


def tried(file: Path, data: bytes, seed: object) -> SourceText | None:
    file.write_bytes(data)
    try:
        source = read_source(file)
    except DocumentError as error:
        told = str(error)
    except Exception as error:  # the seed makes the file again
        error.add_note(f"seed {seed}")
        raise
    else:
        check(source)
        return source
    assert file.name in told
    return None


def damaged(rng: random.Random, data: bytes) -> bytes:
    """Damage bytes as disks, mails and people do."""
    bad = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 60))):
        at = rng.randrange(len(bad) + 1)
        other = rng.randrange(len(bad) + 1)
        kind = rng.randrange(6)
        if kind == 0 and bad:
            bad[at % len(bad)] = rng.randrange(256)
        elif kind == 1:
            del bad[at : at + rng.choice((1, 3, 50))]
        elif kind == 2:
            bad[at:at] = bad[other : other + rng.choice((1, 20, 400))]
        elif kind == 3:
            bad[at:at] = rng.choice(SIGNS).encode("utf-8", "surrogatepass")
        elif kind == 4:
            bad[at:at] = rng.choice(
                (b"\xff\xfe", b"%%EOF", b"<![CDATA[", b"<!--", b"-->", b"&#xD800;", b"&#13;", b"\x00" * 9)
            )
        elif rng.random() < 0.2:
            del bad[at:]
    return bytes(bad)


@pytest.mark.parametrize("part", range(8))
def test_fuzz_text(tmp_path, part):
    data = SOURCE.read_bytes()
    for n in range(15 * TIMES):
        rng = random.Random(f"text {part} {n}")  # noqa: S311
        text = damaged(rng, data[: rng.randrange(200, 9000)]).decode("utf-8", "replace")
        made = "".join(rng.choice(SIGNS) for _ in range(rng.randrange(200)))
        raw = (text + made).encode(rng.choice(("utf-8", "gb18030", "utf-16")), "replace")
        tried(tmp_path / rng.choice(("a.txt", "a.md", "a.csv", "a")), raw, (part, n))


TAGS = ["p", "div", "table", "tr", "td", "th", "tbody", "ol", "li", "ul", "pre", "br", "nav", "b", "h1", "caption", "script", "style",
        "select", "textarea", "iframe", "svg", "form", "a", "span", "font", "center", "dl", "dt", "dd", "head", "body", "html"]  # fmt: skip
ATTRIBUTES = ["", "", "", " rowspan=3", " colspan=2", " rowspan=0", " colspan=-1", " hidden", " style='display:none'", " start=99999999999",
              " type=i", " reversed", " role=presentation", " value=x", " style='list-style:none'", " a='<'", ' b=">"']  # fmt: skip


@pytest.mark.parametrize("part", range(8))
def test_fuzz_web_page(tmp_path, part):
    for n in range(25 * TIMES):
        rng = random.Random(f"page {part} {n}")  # noqa: S311
        body = []
        for _ in range(rng.randrange(120)):
            tag = rng.choice(TAGS)
            body.append(
                rng.choice(
                    (
                        f"<{tag}{rng.choice(ATTRIBUTES)}>",
                        f"</{tag}>",
                        "甲乙",
                        rng.choice(SIGNS),
                        "&#13;&#x0;&amp",
                    )
                )
            )
        page = "<html><body>" + "".join(body)
        data = page.encode("utf-8", "surrogatepass")
        tried(tmp_path / "a.html", damaged(rng, data) if n % 3 == 0 else data, (part, n))


def spread(rng: random.Random, rows: int, columns: int) -> list[list[tuple[int, int, str] | None]]:
    """Make a table with merged cells: for each place its rows, columns and words, or None where another cell covers it."""
    grid: list[list[tuple[int, int, str] | None]] = [[None] * columns for _ in range(rows)]
    taken: set[tuple[int, int]] = set()
    for r in range(rows):
        for c in range(columns):
            if (r, c) in taken:
                continue
            down = rng.choice((1, 1, 1, 2, 3))
            across = rng.choice((1, 1, 1, 1, 2))
            area = {(i, j) for i in range(r, min(rows, r + down)) for j in range(c, min(columns, c + across))}
            if area & taken:
                area, down, across = {(r, c)}, 1, 1
            taken |= area
            down, across = min(down, rows - r), min(across, columns - c)
            grid[r][c] = (down, across, rng.choice((f"格{r}之{c}", f"格{r}之{c}", "")))
    return grid


def word_table(grid) -> str:
    xml = ""
    covered: dict[tuple[int, int], tuple[int, bool]] = {}
    for r, row in enumerate(grid):
        xml += "<w:tr>"
        for c, cell in enumerate(row):
            if cell is not None:
                down, across, words = cell
                merge = '<w:vMerge w:val="restart"/>' if down > 1 else ""
                xml += f'<w:tc><w:tcPr><w:gridSpan w:val="{across}"/>{merge}</w:tcPr><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:tc>'
                covered |= {(i, c): (across, True) for i in range(r + 1, r + down)}
            elif (r, c) in covered:
                xml += (
                    f'<w:tc><w:tcPr><w:gridSpan w:val="{covered[r, c][0]}"/><w:vMerge/></w:tcPr><w:p/></w:tc>'
                )
        xml += "</w:tr>"
    return f"<w:tbl>{xml}</w:tbl>"


def page_table(grid) -> str:
    rows = (
        "".join(f"<td rowspan={cell[0]} colspan={cell[1]}>{cell[2]}</td>" for cell in row if cell is not None)
        for row in grid
    )
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


def word_file(body: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
    return out.getvalue()


@pytest.mark.parametrize("kind", ["docx", "html"])
def test_fuzz_merged_cells_keep_their_words_and_places(tmp_path, kind):
    for n in range(60 * TIMES):
        rng = random.Random(f"merged {kind} {n}")  # noqa: S311
        grid = spread(rng, rng.randint(2, 8), rng.randint(2, 6))
        words = {
            cell[2]: (r, c, *cell[:2])
            for r, row in enumerate(grid)
            for c, cell in enumerate(row)
            if cell and cell[2]
        }
        if len(words) < 2:
            continue
        data = word_file(word_table(grid)) if kind == "docx" else page_table(grid).encode()
        source = tried(tmp_path / f"a.{kind}", data, n)
        assert source is not None
        [table] = source.tables
        found: dict[str, list[tuple[int, ...]]] = {}
        for cell in table.cells:
            if text := source.text[cell.start : cell.end]:
                found.setdefault(text, []).append((cell.row, cell.column, cell.rows, cell.columns))
        assert set(found) == set(words), n
        above = min(row for row, *_ in words.values())  # rows without words above the first are no rows
        for text, (row, column, rows, columns) in words.items():
            first = min(found[text])
            # Alone in its row, a cell may fill all of it.
            assert first[:2] == (row - above, column) or first[3] >= len(grid[0]), (n, text)
            assert first[2:] == (rows, columns) or first[3] >= len(grid[0]), (n, text)


@pytest.mark.parametrize("part", range(4))
def test_fuzz_word(tmp_path, part):
    document = docx.Document()
    for k in range(6):
        document.add_paragraph(f"{k}. 建设平台，完善服务。（省科技厅牵头）", style="List Number")
    table = document.add_table(3, 3)
    table.cell(0, 0).merge(table.cell(1, 1)).text = "甲"
    out = io.BytesIO()
    document.save(out)
    with zipfile.ZipFile(out) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for n in range(25 * TIMES):
        rng = random.Random(f"word {part} {n}")  # noqa: S311
        name = rng.choice(
            ["word/document.xml"] * 3
            + ["word/numbering.xml", "word/styles.xml", "_rels/.rels", "word/_rels/document.xml.rels"]
        )
        words = re.split(rb"(?<=>)|(?=<)|(?<=\")", parts[name])
        for _ in range(rng.choice((1, 2, 8))):
            i, j = rng.randrange(len(words)), rng.randrange(len(words))
            words[i] = rng.choice(
                [b"", words[j], b'"-999999999999"', b"x", b'"1e999"', b"<w:p/>", b"<w:del>", b"&#13;"]
            )
        other = io.BytesIO()
        with zipfile.ZipFile(other, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
            for key, value in parts.items():
                archive.writestr(key, b"".join(words) if key == name else value)
        data = other.getvalue()
        tried(tmp_path / "a.docx", damaged(rng, data) if n % 4 == 0 else data, (part, n))


def test_fuzz_workbook(tmp_path):
    book = openpyxl.Workbook()
    for k in range(4):
        book.active.append([k, f"建设平台{k}", "省科技厅", 1.5 * k])
    book.active.merge_cells("A1:B2")
    out = io.BytesIO()
    book.save(out)
    for n in range(5 * TIMES):
        rng = random.Random(f"workbook {n}")  # noqa: S311
        tried(tmp_path / "a.xlsx", damaged(rng, out.getvalue()) if n else out.getvalue(), n)


def test_fuzz_pdf(tmp_path):
    for n in range(6 * TIMES):
        rng = random.Random(f"pdf {n}")  # noqa: S311
        out = io.BytesIO()
        page = canvas.Canvas(out)
        for _ in range(rng.randint(1, 3)):
            page.setFont(FONT, rng.choice((6, 10, 16)))
            for _ in range(rng.randrange(80)):
                x, y = rng.randrange(-50, 600), rng.randrange(-50, 850)
                kind = rng.randrange(8)
                if kind == 0:
                    page.line(x, y, rng.randrange(600), y if rng.random() < 0.5 else rng.randrange(800))
                elif kind == 1:
                    page.rect(x, y, rng.randrange(300), rng.randrange(60))
                elif kind == 2:
                    page.rotate(rng.choice((90, 180, 270, 45)))
                else:
                    page.drawString(
                        x,
                        y,
                        rng.choice(
                            ("1", "甲", "建设平台，完善服务。", "序号 重点任务 牵头单位", "— 3 —", "")
                        ),
                    )
            page.showPage()
        page.save()
        data = out.getvalue()
        tried(tmp_path / "a.pdf", damaged(rng, data) if n % 3 == 2 else data, n)
