"""The brief: computed findings and chapters, figures with words and data, one content in three forms."""

import copy
import io
import re
import shutil
from dataclasses import replace

import pandas as pd
import pytest
from docx import Document
from lxml import html
from PIL import Image

import sxcanalysis as sxc
from sxcanalysis.cli import main
from sxcanalysis.core.errors import DataError, FigureError, MissingDataError
from sxcanalysis.outputs import naming, report
from sxcanalysis.outputs.brief import contents
from sxcanalysis.outputs.brief.blocks import Picture
from sxcanalysis.outputs.brief.word_file import word_look

LANGS = ("zh", "en")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STATED = {"authors": "张三", "office": "某某研究院", "date": "2026-11"}


def drawn(name, number, _edition, lang, width_mm):
    """Stand in for a figure: the figures have tests of their own and take long to draw."""
    image = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(image, "png")
    title = f"图题{number}：<53项>" if lang == "zh" else f"Title {number}: <53> tasks"
    return Picture(
        name,
        number,
        title,
        "说明。" if lang == "zh" else "Note.",
        f"alt {number}",
        image.getvalue(),
        width_mm,
        "\ufeffa\n1\n".encode(),
        1,
    )


def without_drawing(patch):
    patch.setattr(contents, "draw_picture", drawn)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        without_drawing(patch)
        for lang in LANGS:
            paths = [folder / f"report-2024-{lang}.{form}" for form in ("html", "docx")]
            list(report.write_forms(paths, edition=2024, lang=lang, byline=("某某研究院", "张三", "2026-11")))
    return folder


@pytest.fixture(scope="module", params=LANGS)
def lang(request):
    return request.param


@pytest.fixture(scope="module")
def page(folder, lang):
    return html.fromstring(
        (folder / f"report-2024-{lang}.html").read_bytes(), parser=html.HTMLParser(encoding="utf-8")
    )


@pytest.fixture(scope="module")
def word(folder, lang):
    return Document(str(folder / f"report-2024-{lang}.docx"))


def rows(page, number):
    return [[cell.text_content() for cell in row] for row in page.xpath(f"(//table)[{number}]/tbody/tr")]


def test_the_head_says_whose_brief_it_is(page):
    lines = page.xpath("//p[@class='byline']/text()")
    assert lines == ["某某研究院", "张三", "2026-11"]


def test_there_are_five_findings_each_with_its_figure(page):
    found = page.xpath("//p[@class='finding']/text()")
    assert len(found) == 5
    numbers = [int(re.search(r"(?:图|Figure )(\d)[)）]", sentence)[1]) for sentence in found]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) >= 4
    assert all(page.xpath(f"//figure[@id='figure-{number}']") for number in numbers)


def test_every_figure_stands_after_a_paragraph_that_refers_to_it(page):
    for figure in page.xpath("//figure"):
        number = figure.get("id").removeprefix("figure-")
        before = " ".join(one.text_content() for one in figure.itersiblings(preceding=True) if one.tag == "p")
        assert re.search(rf"(?:图|Figure ){number}[)）]", before), number


def test_chapters_say_in_prose_what_the_tables_hold(page, lang):
    """Between the headings of the chapters stand 120 to about 300 words, and their numbers are those of the tables."""
    tasks, targets, assignments = sxc.load_tasks(2024), sxc.load_targets(2024), sxc.load_assignments(2024)
    chapters = {}
    for heading in page.xpath("//h2[@id]"):
        text = ""
        for one in heading.itersiblings():
            if one.tag == "h2":
                break
            text += one.text_content() if one.tag == "p" else ""
        chapters[heading.get("id")] = text
    for name in ("promised", "answers", "where", "outcome"):
        size = (
            len(re.findall(r"[\u4e00-\u9fff]", chapters[name]))
            if lang == "zh"
            else len(chapters[name].split())
        )
        assert 80 <= size <= 400, (name, size)
    for number in (len(tasks), len(targets), targets["task_id"].nunique()):
        assert re.search(rf"(?<!\d){number}(?!\d)", chapters["promised"]), number
    leads = assignments[assignments["role"] == "lead"]
    for number in (assignments["body"].nunique(), leads["body"].nunique(), leads["task_id"].nunique()):
        assert re.search(rf"(?<!\d){number}(?!\d)", chapters["answers"]), number
    for city, count in sxc.burden(assignments)[["city", "tasks"]].itertuples(index=False):
        name = naming.name_body(city, lang)
        assert (f"{name}{count}项" if lang == "zh" else f"{count} ({name})") in chapters["answers"]
    assert re.search(rf"(?<!\d){len(sxc.load_projects(2024))}(?!\d)", chapters["where"])
    assert "23" in chapters["where"]


def test_every_sentence_of_the_brief_is_told_of_an_edition_that_has_it_all(lang):
    """A value that nothing computes would silently take its sentence away."""
    facts = contents.compute_facts(contents.load_material("2024", lang))
    for chapter, (paragraphs, _) in contents.CHAPTERS.items():
        for key in " ".join(paragraphs).split():
            told = contents._told(f"{chapter}_{key}", facts, lang)
            assert told or chapter == "changed", (chapter, key)
    for key in contents.FINDINGS:
        assert bool(contents._told(f"finding_{key}", facts, lang)) is (key != "changed"), key


def test_the_annex_is_short_and_holds_every_target(page):
    tasks, targets = sxc.load_tasks(2024), sxc.load_targets(2024)
    *listed, total = rows(page, 1)
    assert total[1:] == [str(sum(int(row[column]) for row in listed)) for column in range(1, 6)]
    assert (int(total[1]), int(total[5])) == (len(tasks), len(targets))
    assert [(row[0], row[5]) for row in rows(page, 2)] == list(
        zip(targets["task_id"], targets["quote"], strict=True)
    )
    assert len(page.xpath("//table")) == 3
    assert "sxc export" in page.xpath("string(//main)")  # where the other tables are


def test_alt_text_is_only_alt_text(page, word):
    assert page.xpath("//figure/img/@alt") == [
        f"alt {number}" for number in range(1, 1 + len(page.xpath("//figure")))
    ]
    assert "alt 1" not in page.text_content()
    pictures = [shape._inline.docPr for shape in word.inline_shapes]
    assert [one.get("descr") for one in pictures] == page.xpath("//figure/img/@alt")
    assert not any("alt 1" in paragraph.text for paragraph in word.paragraphs)


def test_word_has_real_headings_captions_tables_and_page_numbers(word, page, lang):
    by_style = {}
    for paragraph in word.paragraphs:
        by_style.setdefault(paragraph.style.name, []).append(paragraph)
    assert [one.text for one in by_style["Heading 1"]] == page.xpath("//h2[@id]/text()")
    captions = [one.text for one in by_style["Caption"]]
    assert captions[0] == page.xpath("string(//figcaption/b)")
    assert len(captions) == len(page.xpath("//figure")) + len(page.xpath("//table"))
    sequences = [field.text for one in by_style["Caption"] for field in one._p.iter(f"{W}instrText")]
    assert all(field.strip().startswith("SEQ ") for field in sequences)
    assert len(sequences) == len(captions)
    assert [len(table.rows) - 1 for table in word.tables] == [
        len(rows(page, n)) for n in range(1, 1 + len(word.tables))
    ]
    assert word.tables[1].cell(1, 0).text == rows(page, 2)[0][0]
    assert " PAGE " in [field.text for field in word.sections[0].footer._element.iter(f"{W}instrText")]
    section = word.sections[0]
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert tuple(round(one.mm) for one in margins) == tuple(word_look()[lang]["margins"])
    fonts = word.styles["Normal"].element.rPr.rFonts
    assert fonts.get(f"{W}eastAsia") == word_look()[lang]["styles"]["Normal"][1]


def test_word_keeps_the_order_that_its_schema_asks_for(word):
    """Word repairs a paragraph whose properties stand in another order."""
    order = [
        "pStyle",
        "keepNext",
        "keepLines",
        "pageBreakBefore",
        "widowControl",
        "pBdr",
        "shd",
        "tabs",
        "spacing",
        "ind",
        "jc",
        "rPr",
        "sectPr",
    ]
    for properties in word.element.body.iter(f"{W}pPr"):
        tags = [child.tag.removeprefix(W) for child in properties]
        assert tags == sorted(tags, key=order.index), tags
    for properties in word.element.body.iter(f"{W}tblPr"):
        tags = [child.tag.removeprefix(W) for child in properties]
        table = ["tblStyle", "tblW", "jc", "tblBorders", "tblLayout", "tblLook"]
        assert tags == sorted(tags, key=table.index), tags


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_an_office_program_opens_it(folder):
    printed = report.print_pdf((folder / "report-2024-zh.docx").read_bytes(), shutil.which("soffice"))
    assert printed.startswith(b"%PDF")


def test_the_brief_speaks_one_language(page, lang):
    page = copy.deepcopy(page)  # what is taken out here, the other tests look for
    for element in page.xpath(
        "//*[@lang='zh-CN' and not(self::html)]|//a[@class='language']|//style|//figure|//p[@class='entry' or @class='byline']"
    ):
        element.drop_tree()
    shown = re.sub(r"《[^》]*》|年度苏锡常都市圈重大推进事项清单", "", page.xpath("string(//main)"))
    if lang == "zh":
        assert re.findall(r"[A-Za-z]{3,} [a-z]{3,} [a-z]{2,}", shown) == []
    else:
        assert re.findall(r"[\u4e00-\u9fff]{5,}", shown) == []


def composed(lang="en"):
    return contents.compose("2024", lang, byline=(), width_mm=160)


def test_a_figure_that_cannot_be_drawn_leaves_the_reason(monkeypatch):
    def failing(name, *_):
        msg = f"<{name}> has nothing to draw"
        raise FigureError(msg)

    monkeypatch.setattr(contents, "draw_picture", failing)
    told = [block for block in composed() if block.kind == "words"]
    reasons = [block.text for block in told if "has nothing to draw" in block.text]
    assert len(reasons) == sum(
        len(names) for key, (_, names) in contents.CHAPTERS.items() if key != "changed"
    )
    assert not any(block.style == "entry" or "(Figure" in block.text for block in told)


def test_an_edition_without_located_projects_has_a_brief(monkeypatch):
    def nothing(edition):
        msg = f"no project of the edition {edition}"
        raise MissingDataError(msg)

    without_drawing(monkeypatch)
    monkeypatch.setattr("sxcanalysis.outputs.brief.facts.load_projects", nothing)
    blocks = composed("zh")
    chapters = [block.anchor for block in blocks if getattr(block, "style", "") == "heading"]
    assert chapters == ["findings", "promised", "answers", "sources", "list_of_figures", "annex"]
    assert sum(getattr(block, "style", "") == "finding" for block in blocks) == 5


def test_a_long_list_of_issues_is_cut_and_says_so():
    material = contents.load_material("2024", "en")
    issues = pd.concat([material.issues] * 10, ignore_index=True)
    *_, table = contents._annex(replace(material, issues=issues))
    assert len(table.rows) == 10
    assert "10 more stand in issues.csv" in table.note


def test_nothing_is_fetched_and_links_lead_somewhere(page):
    policy = page.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
    assert policy.startswith("default-src 'none';")
    assert "script-src" not in policy
    assert all(address.startswith("data:") for address in page.xpath("//@src"))
    for address in page.xpath("//a/@href"):
        assert address.startswith(("#", "data:text/csv;", "report-2024-"))
        assert not address.startswith("#") or page.xpath(f"//*[@id='{address.removeprefix('#')}']")


def test_the_same_tables_give_the_same_bytes(folder, tmp_path, monkeypatch):
    without_drawing(monkeypatch)
    for name in ("report-2024-en.html", "report-2024-en.docx"):
        again = report.write_report(tmp_path / name, lang="en", **STATED)
        assert again.read_bytes() == (folder / name).read_bytes()
        assert again.stat().st_mode & 0o044 == 0o044  # others may read it


def test_a_figure_of_the_library_comes_with_its_data():
    picture = contents.draw_picture("city-duties", 1, "2024", "en", 160.0)
    with Image.open(io.BytesIO(picture.png)) as image:
        assert image.width > 900
    assert len(pd.read_csv(io.BytesIO(picture.csv))) == picture.rows
    assert picture.alt
    assert picture.title


def test_what_cannot_be_made_is_said(tmp_path, capsys, monkeypatch):
    with pytest.raises(DataError, match="html, docx, pdf"):
        report.write_report(tmp_path / "report.odt")
    with pytest.raises(FigureError, match="fr"):
        report.write_report(tmp_path / "report.html", lang="fr")
    monkeypatch.setattr(report.shutil, "which", lambda _: None)
    with pytest.raises(MissingDataError, match=r"browser .* or by LibreOffice"):
        report.write_report(tmp_path / "report.pdf", lang="en")
    assert main(["report", "--edition", "2031", "--lang", "en", "--out", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "2031" in told
    assert "sxc ingest" in told
    assert list(tmp_path.iterdir()) == []
