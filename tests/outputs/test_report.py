"""The report page: findings, tables, figures with their words and data, issues; nothing is fetched."""

import base64
import io
import re

import pandas as pd
import pytest
from lxml import html
from PIL import Image

import sxcanalysis as sxc
from sxcanalysis.analysis.city_burden import PROJECT_RULES, burden_sensitivity
from sxcanalysis.analysis.statements import burden_statements
from sxcanalysis.cli import main
from sxcanalysis.core.errors import FigureError, MissingDataError
from sxcanalysis.figures import catalogue as figures
from sxcanalysis.outputs import report
from sxcanalysis.outputs import report_tables as _report_tables
from sxcanalysis.reference.words import label
from sxcanalysis.tables.loading import load_issues

LANGS = ("zh", "en")
DRAWN = ("targets-rates", "burden-by-category")  # the quickest two


def parsed(path):
    return html.fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "figure_names", lambda: DRAWN)
        for lang in LANGS:
            report.write_report(folder / f"report-2024-{lang}.html", edition=2024, lang=lang)
    return folder


@pytest.fixture(scope="module", params=LANGS)
def lang(request):
    return request.param


@pytest.fixture(scope="module")
def page(folder, lang):
    return parsed(folder / f"report-2024-{lang}.html")


def rows(page, section):
    return [
        [cell.text_content() for cell in row] for row in page.xpath(f"//section[@id='{section}']//tbody/tr")
    ]


def test_the_overview_counts_what_the_tables_hold(page, lang):
    tasks, targets = sxc.load_tasks(2024), sxc.load_targets(2024)
    *listed, total = rows(page, "overview")
    expected = tasks.groupby("category", sort=False).size()
    assert [row[0] for row in listed] == [label(f"category.{name}", lang) for name in expected.index]
    assert [int(row[1]) for row in listed] == expected.tolist()
    assert total[1:] == [str(sum(int(row[column]) for row in listed)) for column in range(1, 6)]
    assert int(total[5]) == len(targets)
    assert int(total[4]) == targets["task_id"].nunique()
    assignments = sxc.load_assignments(2024)
    assert int(total[2]) == assignments.loc[assignments["role"] == "lead", "task_id"].nunique()
    first = page.xpath("string(//p)")
    for number in (len(tasks), assignments["body"].nunique(), len(targets), len(load_issues(2024))):
        assert re.search(rf"(?<!\d){number}(?!\d)", first)


@pytest.fixture(scope="module")
def sensitivity():
    return burden_sensitivity(sxc.load_assignments(2024))


def test_the_findings_are_those_of_the_library(page, lang, sensitivity):
    assert page.xpath("//section[@id='burden']//li/text()") == burden_statements(sensitivity, lang)
    plain = sensitivity[sensitivity["per"] == "none"]
    assert len(rows(page, "burden")) == plain["rule"].nunique()
    whole = plain[plain["rule"] == "whole"]
    shown = page.xpath("//section[@id='burden']//tbody/tr[1]/td/text()[1]")
    assert [cell.strip() for cell in shown if "–" not in cell] == [f"{value:g}" for value in whole["value"]]


def test_every_target_stands_with_its_words(page):
    targets = sxc.load_targets(2024)
    listed = rows(page, "targets")
    assert [(row[0], row[5]) for row in listed] == list(
        zip(targets["task_id"], targets["quote"], strict=True)
    )
    for row, value in zip(listed, targets["value"], strict=True):
        assert f"{value:,.6g}" in row[2]


def test_every_project_stands_with_stage_precision_and_place(page, lang):
    projects = sxc.load_projects(2024)
    listed = rows(page, "projects")
    assert [row[2] for row in listed] == list(projects["name_en" if lang == "en" else "name"])
    for row, project in zip(listed, projects.to_dict("records"), strict=True):
        assert project["stage_verb"] in row[3]
        assert row[4].startswith(label(f"precision.{project['precision']}", lang))
        assert row[5] != ""


def test_every_task_stands_in_the_words_of_the_document(page):
    tasks = sxc.load_tasks(2024)
    listed = rows(page, "tasks")
    assert [tuple(row) for row in listed] == list(
        zip(tasks["task_id"], tasks["text"], tasks["attribution"], strict=True)
    )


def test_every_issue_is_listed(page):
    issues = load_issues(2024)
    assert len(issues) > 0
    assert [row[3:] for row in rows(page, "issues")] == issues[["words", "hint"]].to_numpy().tolist()


def test_a_figure_brings_caption_alt_text_source_and_data(page, lang):
    found = page.xpath("//figure")
    assert [figure.get("id") for figure in found] == list(DRAWN)
    for number, (name, figure) in enumerate(zip(DRAWN, found, strict=True), 1):
        bundle = figures.build(name, edition=2024, lang=lang)
        (image,) = figure.xpath("img")
        assert image.get("alt") == bundle.alt[lang]
        png = base64.b64decode(image.get("src").removeprefix("data:image/png;base64,"))
        with Image.open(io.BytesIO(png)) as opened:
            assert opened.width > 900
        words = figure.text_content()
        assert label("text.alt", lang) in words
        assert bundle.caption[lang] in words
        assert bundle.source_note[lang] in words
        assert figure.xpath("string(.//b)").endswith(str(number))
        (link,) = figure.xpath(".//a[@download]")
        assert link.get("download") == f"{name}.csv"
        data = base64.b64decode(link.get("href").removeprefix("data:text/csv;base64,"))
        assert data.startswith(b"\xef\xbb\xbf")
        assert len(pd.read_csv(io.BytesIO(data))) == len(bundle.data)
        assert page.xpath(f"//nav//a[@href='#{name}']")


def test_every_figure_of_the_library_is_in_the_report(tmp_path, monkeypatch):
    drawn = []

    def failing(name, *, edition, lang):
        drawn.append((name, edition, lang))
        msg = f"{report.data_dir().resolve()}/projects/projects.csv: <nothing> to draw"
        raise MissingDataError(msg)

    monkeypatch.setattr(report, "build", failing)
    page = parsed(report.write_report(tmp_path / "report.html", lang="en"))
    assert drawn == [(name, "2024", "en") for name in figures.figure_names()]
    # The reason stands where the figure would be, without a path of this machine.
    reasons = page.xpath("//section[@id='figures']//p[@class='failed']/text()")
    assert reasons == ["data/projects/projects.csv: <nothing> to draw"] * len(drawn)
    assert page.xpath("//section[@id='figures']/div/@id") == list(figures.figure_names())


def test_an_edition_whose_projects_are_not_located_yet_still_has_a_report(tmp_path, monkeypatch):
    def nothing(edition):
        msg = f"no project of the edition {edition}"
        raise MissingDataError(msg)

    monkeypatch.setattr(_report_tables, "load_projects", nothing)
    monkeypatch.setattr(report, "figure_names", tuple)
    page = parsed(report.write_report(tmp_path / "report.html", lang="en"))
    assert rows(page, "projects") == []
    shown = {row[0] for row in rows(page, "burden")}
    assert label("rule.whole", "en") in shown
    assert not shown & {label(f"rule.{rule}", "en") for rule in PROJECT_RULES}
    assert "left out" in page.xpath("string(//section[@id='burden'])")


def test_nothing_is_fetched(page):
    policy = page.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy
    assert "script-src" not in policy
    assert all(address.startswith("data:") for address in page.xpath("//@src"))
    addresses = page.xpath("//a/@href")
    assert all(address.startswith(("#", "data:text/csv;", "report-2024-")) for address in addresses)
    assert page.xpath("//link|//script|//iframe") == []


def test_every_link_of_the_contents_leads_somewhere(page):
    for address in page.xpath("//nav//a/@href"):
        assert page.xpath(f"//*[@id='{address.removeprefix('#')}']")


def test_the_two_languages_link_each_other(folder, page, lang):
    (link,) = page.xpath("//a[@class='language']/@href")
    assert link == f"report-2024-{ {'zh': 'en', 'en': 'zh'}[lang] }.html"
    assert (folder / link).is_file()
    assert page.get("lang") == {"zh": "zh-CN", "en": "en"}[lang]


def test_the_same_tables_give_the_same_bytes(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "figure_names", lambda: DRAWN)
    again = report.write_report(tmp_path / "report-2024-en.html", lang="en")
    assert again.read_bytes() == (folder / "report-2024-en.html").read_bytes()
    assert again.stat().st_mode & 0o044 == 0o044  # others may read it
    assert [entry.name for entry in tmp_path.iterdir()] == [again.name]


def test_an_edition_without_tables_says_what_to_do(tmp_path, capsys):
    assert main(["report", "--edition", "2031", "--lang", "en", "--out", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "2031" in told
    assert "sxc ingest" in told
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_language_is_refused(tmp_path):
    with pytest.raises(FigureError, match="fr"):
        report.write_report(tmp_path / "report.html", lang="fr")
