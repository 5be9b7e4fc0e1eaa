"""Figure bundles: complete, checked, the same bytes each time, all or nothing."""

import base64
import csv
import hashlib
import html
import importlib
import io
import json
import re
import shutil
import sys
import types
from dataclasses import replace

import pandas as pd
import pypdf
import pytest
from fontTools.ttLib import TTFont
from lxml import etree
from PIL import Image

from sxcanalysis.core.errors import FigureError, MissingDataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.figures import catalogue as figures
from sxcanalysis.figures import files as _parts
from sxcanalysis.figures import style
from sxcanalysis.reference import words

TASKS = {"产业创新类": 12, "基础设施类": 8, "城乡宜居类": 13}
SOURCE = """title = "2024年度苏锡常都市圈重大推进事项清单"
title_en = "2024 list of major tasks"
issuer = "某厅"
issuer_en = "An office"
date = "2024-05"
sha256 = "abc"
"""


def sample(edition, lang):
    fig = style.new_figure("single", 62)
    note = figures.source_note(edition, also=[{"zh": "水系：OSM（ODbL）", "en": "water: OSM (ODbL)"}])
    style.add_source_note(fig, note[lang])
    ax = fig.subplots()
    for row, (category, count) in enumerate(TASKS.items()):
        ax.barh(row, count, **style.CATEGORY_MARKS[category].patch())
        ax.text(count + 0.2, row, str(count), va="center", size=7)
    ax.set_yticks(range(3), [words.label(f"category.{c}", lang) for c in TASKS])
    ax.set_xlabel(words.label("axis.tasks", lang))
    ax.set_xlim(0, 16)
    style.add_halo(ax.text(8, 0.5, "滆湖", va="center"))
    data = pd.DataFrame(
        {"category": list(TASKS), "tasks": list(TASKS.values()), "quote": ["=1+1", "1,5", "-引文"]}
    )
    top = max(TASKS, key=TASKS.get)
    return figures.FigureBundle(
        name="sample",
        figure=fig,
        caption={"zh": "各类任务数（项）。", "en": "Number of tasks by category."},
        alt={"zh": f"{top}最多，共{TASKS[top]}项。", "en": f"{top} leads with {TASKS[top]} tasks."},
        data=data,
        source_note=note,
        edition=edition,
        lang=lang,
        inputs=("reference/labels.csv",),
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A data folder with one edition, and one registered figure."""
    root = tmp_path_factory.mktemp("project")
    data = root / "data"
    (data / "sources" / "2024").mkdir(parents=True)
    (data / "sources" / "2024" / "source.toml").write_text(SOURCE, encoding="utf-8")
    (data / "tables" / "2024").mkdir(parents=True)
    (data / "tables" / "2024" / "tasks.csv").write_text("task_id\n2024-01\n", encoding="utf-8")
    (data / "reference").mkdir()
    shutil.copy(data_dir() / "reference" / "labels.csv", data / "reference" / "labels.csv")
    module = types.ModuleType("sxcanalysis.figures.sample")
    module.draw = sample
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SXC_DATA", str(data))
        patch.setitem(sys.modules, "sxcanalysis.figures.sample", module)
        patch.setattr(figures, "FIGURES", {"sample": "sample:draw"})
        yield root


@pytest.fixture
def project(root, tmp_path, monkeypatch):
    """The same data, with a folder of its own for what a test writes."""
    shutil.copytree(root / "data", tmp_path / "data")
    monkeypatch.setenv("SXC_DATA", str(tmp_path / "data"))
    return tmp_path


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_registered_figure_has_a_builder():
    for name, place in figures.FIGURES.items():
        module, function = place.split(":")
        assert callable(getattr(importlib.import_module(f"sxcanalysis.figures.{module}"), function)), name


def test_the_same_input_gives_the_same_bytes(project):
    for run in ("a", "b"):
        figures.write_figures(project / run, edition=2024)
    found = digests(project / "a")
    assert set(found) == {f"2024/{lang}/sample{end}" for lang in ("zh", "en") for end in _suffixes()}
    assert found == digests(project / "b")
    languages = [(project / "a" / "2024" / lang / "sample.png").read_bytes() for lang in ("zh", "en")]
    assert languages[0] != languages[1]


def _suffixes():
    return (".png", ".svg", ".pdf", ".csv", ".md", ".json")


def test_showing_a_figure_does_not_change_what_is_written(project, monkeypatch):
    monkeypatch.setattr("IPython.display.display", lambda *_, **__: None)
    bundle = figures.build("sample")
    figures.show(bundle)
    figures.write_bundle(bundle, project / "a")
    figures.write_bundle(figures.build("sample"), project / "b")
    assert digests(project / "a") == digests(project / "b")


@pytest.fixture(scope="module")
def written(root):
    folder = root / "figures"
    paths = figures.write_bundle(figures.build("sample", lang="zh"), folder)
    assert [path.name for path in paths] == list(figures.bundle_files("sample"))
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in paths)
    return folder


def test_png_is_300_dpi_light_and_described(written):
    with Image.open(written / "sample.png") as image:
        assert image.size == (round(89 / 25.4 * 300), round(62 / 25.4 * 300))
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.info["Description"] == "城乡宜居类最多，共13项。"
        assert "水系" in image.info["Source"]
        assert "Software" not in image.info
    assert (written / "sample.png").stat().st_size < figures.MAX_PNG_BYTES


def test_svg_has_real_text_its_glyphs_and_a_description(written):
    svg = (written / "sample.svg").read_text(encoding="utf-8")
    root = etree.fromstring(svg.encode())
    space = "{http://www.w3.org/2000/svg}"
    texts = ["".join(node.itertext()) for node in root.iter(f"{space}text")]
    assert {"产业创新", "任务数（项）", "13", "滆湖"} <= set(texts)
    assert texts.count("滆湖") == 1
    assert root.find(f"{space}desc").text == "城乡宜居类最多，共13项。"
    assert root.find(f"{space}title").text == "各类任务数（项）。"
    assert root.get("role") == "img"
    styles = {node.get("style") for node in root.iter(f"{space}text")}
    assert all("font-family: 'Noto Sans SC', 'Noto Sans CJK SC'" in style for style in styles)
    assert "metadata" not in svg
    assert not re.search(r' d="[^"]*\d\.\d{3}', svg)
    assert len(svg) < 120_000
    # Hashes of coordinates would differ from run to run in the last digit.
    assert not re.search(r'"#?[A-Za-z][0-9a-f]{10}"', svg)
    ids = set(re.findall(r'\bid="([^"]+)"', svg))
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', svg)) <= ids


def test_the_font_in_the_svg_has_every_character_of_its_texts(written):
    svg = (written / "sample.svg").read_text(encoding="utf-8")
    coded = re.search(r"font/woff;base64,([^)]+)\)", svg)[1]
    with TTFont(io.BytesIO(base64.b64decode(coded))) as font:
        known = set(font.getBestCmap())
    root = etree.fromstring(svg.encode())
    texts = "".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text"))
    assert {char for char in texts if ord(char) not in known and not char.isspace()} == set()
    assert len(known) < 120


def test_pdf_has_embedded_fonts_text_and_no_date(written):
    reader = pypdf.PdfReader(written / "sample.pdf")
    assert len(reader.pages) == 1
    page = reader.pages[0]
    text = page.extract_text()
    assert "产业创新" in text
    assert text.count("滆湖") == 1
    assert reader.metadata.title == "各类任务数（项）。"
    assert reader.metadata.subject == "城乡宜居类最多，共13项。"
    assert not {"/CreationDate", "/Producer", "/Creator"} & set(reader.metadata)
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        assert "NotoSansSC" in font["/BaseFont"]
        inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        assert "/FontFile2" in inner["/FontDescriptor"].get_object()
    assert (written / "sample.pdf").stat().st_size < 100_000
    assert float(page.mediabox.width) == pytest.approx(89 / 25.4 * 72, abs=0.5)


def test_csv_opens_in_excel_and_in_pandas_and_runs_no_formula(written):
    raw = (written / "sample.csv").read_bytes()
    assert raw.startswith("\ufeffcategory".encode())
    assert b"\r" not in raw
    table = pd.read_csv(written / "sample.csv")
    assert list(table.columns) == ["category", "tasks", "quote"]
    assert dict(zip(table["category"], table["tasks"], strict=True)) == TASKS
    assert list(table["quote"]) == ["'=1+1", "1,5", "'-引文"]
    with (written / "sample.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell[0] in "=+-@"]


def test_a_negative_number_stays_a_number():
    guarded = _parts.guarded_cells(pd.DataFrame({"x": [-1.5, 2.0], "y": ["@a", None], "z": [-1, "-1"]}))
    assert list(guarded["x"]) == [-1.5, 2.0]
    assert guarded["y"][0] == "'@a"
    assert pd.isna(guarded["y"][1])
    assert list(guarded["z"]) == [-1, "'-1"]


def test_words_are_there_in_both_languages_own_first(written):
    words = (written / "sample.md").read_text(encoding="utf-8")
    for part in (
        "各类任务数（项）。",
        "城乡宜居类最多，共13项。",
        "Number of tasks by category.",
        "water: OSM (ODbL)",
    ):
        assert part in words
    assert words.index("(zh)") < words.index("(en)")


def test_provenance_leads_back_to_the_source_and_names_no_machine(written, root):
    record = json.loads((written / "sample.json").read_text(encoding="utf-8"))
    assert record["source"]["sha256"] == "abc"
    assert (record["edition"], record["lang"], record["size_mm"]) == ("2024", "zh", [89.0, 62.0])
    assert set(record["inputs"]) == {"tables/2024/tasks.csv", "reference/labels.csv"}
    expected = hashlib.sha256((root / "data/tables/2024/tasks.csv").read_bytes()).hexdigest()
    assert record["inputs"]["tables/2024/tasks.csv"] == expected
    assert record["versions"]["matplotlib"]
    assert record["font"]["origin"].startswith("zhplot")
    for file, digest in record["files"].items():
        assert hashlib.sha256((written / file).read_bytes()).hexdigest() == digest
    assert len(record["files"]) == 5
    for path in written.iterdir():
        assert str(root).encode() not in path.read_bytes()
        assert b"site-packages" not in path.read_bytes()


def test_source_note_names_document_issuer_and_date(project):
    note = figures.source_note(2024)
    assert note["zh"] == "资料来源：《2024年度苏锡常都市圈重大推进事项清单》（某厅，2024-05）。"
    assert note["en"].startswith("Source: 2024 list of major tasks 《2024年度")
    assert "(An office, 2024-05)" in note["en"]
    path = project / "data/sources/2024/source.toml"
    path.write_text('title = "清单"\nsha256 = "x"\n', encoding="utf-8")
    assert figures.source_note("2024")["zh"] == "资料来源：《清单》（发布机关不详）。"
    assert "issuer not stated" in figures.source_note("2024")["en"]
    path.unlink()
    with pytest.raises(MissingDataError, match=r"source\.toml"):
        figures.source_note("2024")


# --- what is refused ---------------------------------------------------------------------------------------------------


def refuse(bundle, folder, message, error=FigureError):
    before = digests(folder)
    with pytest.raises(error, match=message):
        figures.write_bundle(bundle, folder)
    assert digests(folder) == before


def test_a_figure_that_may_not_be_published_is_not_written(project):
    bundle = figures.build("sample")
    with style.use_style("zh"):
        extra = bundle.figure.text(0.7, 0.8, "✗")
        other = bundle.figure.text(0.7, 0.8, "")
    refuse(bundle, project / "f", r"U\+2717")
    extra.set_text("任务")
    other.set_text("目标")
    refuse(bundle, project / "f", "labels collide.*'任务' and '目标'")
    other.remove()
    extra.remove()
    assert len(figures.write_bundle(bundle, project / "f")) == 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Bad Name"}, "lower-case"),
        ({"data": pd.DataFrame()}, "no plotted data"),
        ({"caption": {"zh": "题"}}, "caption in 'en' is missing"),
        (
            {"caption": {"zh": "Title", "en": "Title"}},
            "caption in 'zh' is missing or in another language",
        ),
        (
            {"alt": {"zh": "一张图。", "en": "A chart with 3 bars."}},
            "alt text in 'zh' must state the finding",
        ),
        ({"alt": {"zh": "", "en": "A chart with 3 bars."}}, "alt in 'zh' is missing"),
        ({"source_note": {"zh": "另一来源", "en": "Another"}}, "source note is not at its foot"),
    ],
)
def test_incomplete_bundles_are_refused(project, change, message):
    refuse(replace(figures.build("sample"), **change), project / "f", message)


def test_a_missing_input_is_named(project):
    bundle = replace(figures.build("sample"), inputs=("boundaries/none.geojson",))
    refuse(bundle, project / "f", r"boundaries/none\.geojson", MissingDataError)


def test_a_heavy_png_is_refused(project, monkeypatch):
    monkeypatch.setattr(figures, "MAX_PNG_BYTES", 10_000)
    refuse(figures.build("sample"), project / "f", "at most 10,000")


def test_a_part_that_is_not_written_fails_and_the_old_bundle_stays(project, monkeypatch):
    bundle = figures.build("sample")
    figures.write_bundle(bundle, project / "f")
    before = digests(project / "f")
    original = figures.write_parts

    def lose_one(one, folder):
        original(one, folder)
        (folder / "sample.pdf").unlink()

    monkeypatch.setattr(figures, "write_parts", lose_one)
    refuse(bundle, project / "f", r"sample\.pdf was not written")

    def stop(_, folder):
        (folder / "sample.png").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(figures, "write_parts", stop)
    with pytest.raises(KeyboardInterrupt):
        figures.write_bundle(bundle, project / "f")
    assert digests(project / "f") == before


def test_unknown_figures_and_languages_are_refused(project):
    with pytest.raises(FigureError, match=r"No figure is called 'nothing'\. There are: sample"):
        figures.build("nothing")
    with pytest.raises(FigureError, match="'fr'"):
        figures.build("sample", lang="fr")
    with pytest.raises(FigureError, match="No figure is called"):
        figures.write_figures(project / "f", names=["nothing"])


@pytest.mark.usefixtures("project")
def test_a_builder_that_returns_another_figure_is_refused(monkeypatch):
    monkeypatch.setattr(figures, "FIGURES", {"other": "sample:draw"})
    with pytest.raises(FigureError, match=r"returned the figure 'sample'.*expected 'other'"):
        figures.build("other")


@pytest.mark.usefixtures("project")
def test_show_gives_the_image_its_alt_text(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **settings: shown.append((data, settings)))
    bundle = replace(
        figures.build("sample", lang="en"),
        alt={"zh": "最多13项。", "en": 'The "top" has 13 <tasks>.'},
    )
    figures.show(bundle)
    ((data, settings),) = shown
    assert settings == {"raw": True}
    assert f'alt="{html.escape(bundle.alt["en"])}"' in data["text/html"]
    assert "Number of tasks by category." in data["text/html"]
    assert "water: OSM (ODbL)" in data["text/html"]
    assert "width:89mm" in data["text/html"]
    assert 'The "top" has 13 <tasks>.' in data["text/plain"]


@pytest.mark.usefixtures("project")
def test_show_refuses_what_may_not_be_published():
    bundle = figures.build("sample")
    bundle.figure.text(0.99, 0.5, "beyond")
    with pytest.raises(FigureError, match="over the edge"):
        figures.show(bundle)
