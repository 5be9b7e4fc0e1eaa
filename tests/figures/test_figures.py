"""Every figure of the catalogue: its words, its sizes, its data, its files."""

import json
import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lxml import etree
from matplotlib.figure import Figure
from PIL import Image

from sxcanalysis import figures, load_assignments, load_boundaries, load_targets, load_tasks
from sxcanalysis.analysis.city_burden import RULES, burden_sensitivity
from sxcanalysis.analysis.edition_diff import compare_editions
from sxcanalysis.analysis.exposure import assigned_and_located
from sxcanalysis.core.errors import FigureError
from sxcanalysis.figures import charts, request, writing
from sxcanalysis.figures.charts import changes
from sxcanalysis.figures.checks import drawn_texts
from sxcanalysis.figures.files import pdf_bytes, png_bytes, svg_text
from sxcanalysis.figures.style import LEAST_PT, MAX_HEIGHT_MM, MM_PER_INCH, WIDTHS_MM, use_style
from sxcanalysis.geography.projects import load_projects
from sxcanalysis.reference.circle import load_circle

NAMES = tuple(figures.FIGURES)
MAPS = {"project-overview", "city-exposure"}


#: At the widths between, English alone: its words are the longer ones.
SHEETS = [
    (lang, width) for width in WIDTHS_MM for lang in ("zh", "en") if lang == "en" or width not in {120, 183}
]


@pytest.mark.parametrize(("lang", "width"), SHEETS)
@pytest.mark.parametrize("name", NAMES)
def test_a_figure_fits_its_page_and_says_what_it_found(bundle, name, lang, width):
    """Building refuses glyphs that are missing, labels that collide, texts that are cut or small."""
    made = bundle(name, lang, width)
    across, down = made.figure.get_size_inches() * MM_PER_INCH
    assert across == pytest.approx(width)
    assert down <= MAX_HEIGHT_MM + 0.1
    assert writing.word_findings(made) == []
    numbers = {str(len(load_tasks(2024))), str(len(made.data)), *map(str, made.data.nunique())}
    counts = {str(n) for column in made.data for n in made.data[column].astype(str).value_counts()}
    assert set(re.findall(r"\d+", made.title)) & (numbers | counts)


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_shows_title_subtitle_and_a_source_without_a_path(bundle, name, lang):
    made = bundle(name, lang, 160.0)
    with use_style(lang):
        shown = [text.text for text in drawn_texts(made.figure)]
    page = re.sub(r"\s", "", "".join(shown))
    for words in (made.title, made.subtitle, made.source_note, *made.notes):
        assert re.sub(r"[\s“”\"’']", "", words) in re.sub(r"[“”\"’']", "", page)
    assert not re.search(r"data/(?!base)|\.csv|https?:", made.source_note + "".join(made.notes))
    assert "sxcanalysis" in made.source_note


def test_a_title_can_be_left_out(bundle):
    made = figures.build("edition-changes", edition=2024, lang="en", title=False)
    assert made.title == bundle("edition-changes", "en", 160.0).title
    with use_style("en"):
        assert not any(made.title.startswith(text.text) for text in drawn_texts(made.figure))


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"burden-index"}))
def test_each_mark_leads_back_to_the_words(bundle, name):
    rows = bundle(name, "zh", 160.0).evidence
    words = load_tasks(2024).set_index("task_id")
    assert len(rows)
    for row in rows.head(60).to_dict("records"):
        task = words.loc[row["task_id"]]
        assert task["start"] <= row["start"] <= row["end"] <= max(task["end"], task["attribution_end"])
        whole = re.sub(r"\s", "", task["text"] + task["attribution"])
        assert re.sub(r"\s", "", row["quote"]) in whole


def test_evidence_gives_the_tasks_behind_a_dot(bundle):
    made = bundle("burden-index", "en", 160.0)
    rows = figures.evidence(made, city="Changzhou", rule="sole")
    alone = load_assignments(2024).query("role == 'implementing' and body_kind == 'city'")
    alone = alone[~alone["task_id"].duplicated(keep=False) & ~alone["others_implied"]]
    assert set(rows["task_id"]) == set(alone.loc[alone["body"] == "常州市", "task_id"])
    assert (rows["quote"] == "常州市").all()
    assert len(figures.evidence(made, city="320400", rule="sole")) == len(rows)
    with pytest.raises(FigureError, match=r"There are: .*苏州市"):
        figures.evidence(made, city="Nanjing")
    with pytest.raises(FigureError, match="nothing is known by 'colour'"):
        figures.evidence(made, colour="red")


# --- numbers, counted by other means ----------------------------------------------------------------------------------


def test_the_wall_counts_tasks_with_a_number(bundle):
    made = bundle("whole-list", "en", 160.0)
    assert made.title.startswith(f"Of 53 tasks, {load_targets(2024)['task_id'].nunique()} contain a number")
    tasks = load_tasks(2024)
    letters = sum(len(row.text) + len(row.attribution) for row in tasks.itertuples())
    assert f"{letters} characters" in made.alt


def test_exposure_says_the_pairs_of_task_and_city_first(bundle):
    pairs = assigned_and_located(load_assignments(2024), load_projects(2024)).query("assigned")
    inside = int((pairs["located"] == "inside").sum())
    assert bundle("city-exposure", "en", 160.0).title.startswith(
        f"{inside} of {len(pairs)} infrastructure task"
    )


def test_the_index_has_mean_100_and_marks_what_ranks_sizes(bundle):
    data = bundle("burden-index", "en", 160.0).data
    assert data.groupby(["rule", "per"])["index"].mean().to_numpy() == pytest.approx(100)
    assert (data.loc[data["ranks_sizes"], "size_share"] > 0.5).all()
    assert not data.loc[data["ranks_sizes"], "finding"].any()
    assert set(data["member"]) == {"full"}


def test_notes_follow_the_data(bundle):
    note = " ".join(bundle("project-overview", "en", 160.0).notes)
    points = pd.read_csv(
        request.__file__.rsplit("/sxcanalysis/", 1)[0] + "/data/projects/waypoints.csv", dtype=str
    )
    drawn = load_projects(2024).query("precision == 'route_schematic'")["project_id"]
    mine = points[points["project_id"].isin(drawn)]
    memory = mine["source_id"].str.split(";").map(lambda ids: any(one.startswith("mem-") for one in ids))
    assert f"{memory.sum()} of {len(mine)} points" in note


# --- bending ----------------------------------------------------------------------------------------------------------


def test_a_selection_narrows_every_part(lang):
    made = figures.build("project-overview", edition=2024, lang=lang, width=85, where="kind=railway")
    assert set(made.data["kind"]) == {"railway"}
    assert made.provenance["where"] == {"kind": ["railway"]}
    assert "--where kind=railway" in made.provenance["command"]
    table = figures.build("target-table", edition=2024, lang=lang, where={"task": ["32", "2024-33"]})
    assert set(table.data["task_id"]) == {"2024-32", "2024-33"}


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({"colour": "red"}, "cannot be narrowed by 'colour'"),
        ("kind", "expected key=value"),
        ({"kind": "canal"}, "There are: airport"),
        ({"city": "Nanjing"}, "Unknown city 'Nanjing'. There are: 苏州市 Suzhou"),
        ({"task": "99"}, "No task of the edition 2024 meets task=99"),
    ],
)
def test_a_selection_that_meets_nothing_says_what_there_is(where, told):
    with pytest.raises(FigureError, match=re.escape(told)):
        figures.build("project-overview", edition=2024, where=where)


def test_railways_in_english_at_85_mm_on_other_boundaries(tmp_path):
    """Another source has its own column names and no English."""
    units = load_boundaries("city")[["adcode", "name", "geometry"]].rename(columns={"adcode": "code"})
    units.to_file(tmp_path / "own.gpkg")
    made = figures.build(
        "project-overview", lang="en", width=85, where={"kind": "railway"}, boundaries=tmp_path / "own.gpkg"
    )
    assert made.provenance["boundaries"] == "own.gpkg"
    assert len(made.data) == 7


def test_nine_rules_and_a_denominator_of_ones_own(lang):
    def twice(assignments):
        acting = assignments[(assignments["role"] == "implementing") & (assignments["body_kind"] == "city")]
        return 2.0 * acting.groupby(["task_id", "body"]).size()

    firms = pd.Series({"Suzhou": 14.6, "Wuxi": 8.7, "Changzhou": 6.1}, name="firms")
    table = burden_sensitivity(load_assignments(2024), rules=[*RULES, twice], pers=["none", firms], draws=40)
    made = figures.build("burden-index", edition=2024, lang=lang, width=85, using=table)
    assert {"twice", "whole"} <= set(made.data["rule"])
    assert set(made.data["per"]) == {"none", "firms"}


def other_circle(count):
    circle = load_circle("sxc")
    names = [f"{a}{b}市" for a in "甲乙丙丁戊" for b in "东西"][:count]
    marks = list(circle.cities) * 2
    cities = tuple(
        replace(
            marks[at],
            adcode=f"99{at:02}00",
            zh=name,
            en=f"City {at}",
            short_zh=name[0],
            short_en=str(at),
            membership="full",
        )
        for at, name in enumerate(names)
    )
    return replace(circle, name="made-up", cities=cities)


@pytest.mark.parametrize(("count", "width"), [(2, 85), (10, 85), (10, 160)])
@pytest.mark.parametrize(
    "name", ["whole-list", "who-leads", "task-completeness", "target-table", "city-duties", "burden-index"]
)
def test_charts_hold_for_two_and_for_ten_cities(name, count, width, monkeypatch):
    circle = other_circle(count)
    real = load_assignments(2024)
    others = real[real["body_kind"] != "city"]
    rng = np.random.default_rng(count)
    rows = []
    for task, part in real[real["body_kind"] == "city"].groupby("task_id", sort=False):
        chosen = sorted(rng.choice(count, size=int(rng.integers(1, count + 1)), replace=False))
        first = part.iloc[0].to_dict() | {"task_id": task, "others_implied": False}
        rows += [first | {"body": circle.cities[at].zh} for at in chosen]
    made_up = pd.concat([others, pd.DataFrame(rows)], ignore_index=True)
    monkeypatch.setattr(request, "load_assignments", lambda _edition: made_up)
    monkeypatch.setattr(request, "circle_of", lambda _edition: circle)
    using = None
    if name == "burden-index":
        using = burden_sensitivity(
            made_up, rules=["whole", "even_split", "sole"], pers=["none"], circle=circle, draws=40
        )
    made = figures.build(name, edition=2024, lang="en", width=width, using=using)
    assert writing.word_findings(made) == []


def test_a_figure_of_ones_own_is_checked_and_written_as_the_others_are(tmp_path, monkeypatch):
    def mine(asked):
        words = figures.Words("3 things: $5 and $6", "Things, 2024", "Three things.", "Bars: 3 things.")
        page = figures.open_page(asked, words)
        ax = page.axes(40, page.top)
        ax.bar(["a", "b", "c"], [1, 2, 3])
        figure = figures.close_page(
            page, page.top + 48, asked, words, figures.source_note(asked.edition, asked.lang)
        )
        return figures.Drawing(figure, words, pd.DataFrame({"n": [1, 2, 3]}))

    monkeypatch.setattr("sxcanalysis.figures.building._OWN", {})
    figures.register("my-figure", mine, "How many things?")
    assert figures.catalogue()["my-figure"] == "How many things?"
    made = figures.build("my-figure", edition=2024, lang="en", width=85)
    assert {path.suffix for path in figures.write_bundle(made, tmp_path)} == {
        ".png",
        ".svg",
        ".pdf",
        ".csv",
        ".md",
        ".json",
    }
    assert "$5 and $6" in (tmp_path / "my-figure.svg").read_text(encoding="utf-8")
    with pytest.raises(FigureError, match="it is a figure of the project"):
        figures.register("whole-list", mine)
    with pytest.raises(FigureError, match="lower-case letters"):
        figures.register("My Figure", mine)


def test_what_cannot_be_drawn_is_refused_with_what_there_is():
    with pytest.raises(FigureError, match="There are: whole-list"):
        figures.build("no-such-figure")
    with pytest.raises(FigureError, match="85, 120, 160, 183"):
        figures.build("whole-list", width=300)


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["city-duties", "city-exposure"])
def test_a_bundle_is_written_whole_and_twice_the_same(bundle, name, tmp_path):
    made = bundle(name, "en", 160.0)
    one, two = (figures.write_bundle(made, tmp_path / folder) for folder in "ab")
    assert [path.name for path in one] == list(writing.bundle_files(made))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert [path.name for path in (tmp_path / "a").iterdir() if path.name.startswith(".")] == []
    record = json.loads((tmp_path / "a" / f"{name}.json").read_text(encoding="utf-8"))
    assert record["command"].startswith(f"sxc figures --name {name}")
    assert {"licence", "inputs", "source", "versions", "cited"} <= set(record)
    assert "reference/labels.csv" in record["inputs"]
    table = pd.read_csv(tmp_path / "a" / f"{name}.csv")
    assert len(table) == len(made.data)
    with Image.open(tmp_path / "a" / f"{name}.png") as image:
        assert image.text["Title"] == made.title
        assert round(image.width / 300 * 25.4) == 160
    if name in MAPS:
        shapes = json.loads((tmp_path / "a" / f"{name}.geojson").read_text(encoding="utf-8"))
        assert {feature["properties"]["project_id"] for feature in shapes["features"]} == set(
            load_projects(2024)["project_id"]
        )


def test_an_svg_has_its_text_as_text_and_its_hatches_as_lines(bundle):
    made = bundle("city-duties", "zh", 160.0)
    with use_style("zh"):
        svg = svg_text(made)
        outlines = svg_text(made, outlines=True)
    texts = "".join(
        "".join(node.itertext())
        for node in etree.fromstring(svg.encode()).iter("{http://www.w3.org/2000/svg}text")
    )
    assert "苏州" in texts
    assert "<pattern" not in svg  # office programs fill a pattern black
    assert f"<title>{made.title}</title>" in svg
    assert "<text" not in outlines
    assert "font-face" not in outlines


def test_blocks_of_the_wall_link_to_their_rows(bundle):
    made = bundle("whole-list", "en", 160.0)
    with use_style("en"):
        svg = svg_text(made)
    rows = {int(row) for row in re.findall(r"whole-list\.csv#row=(\d+)", svg)}
    assert rows
    assert max(rows) <= len(made.data) + 1


def test_no_text_of_the_pdf_is_smaller_than_6_pt(bundle):
    pdfplumber = pytest.importorskip("pdfplumber")
    for name in ("project-overview", "burden-index"):
        with use_style("en"):
            content = pdf_bytes(bundle(name, "en", 85.0))
        with pdfplumber.open(BytesIO(content)) as pdf:
            (page,) = pdf.pages
            sizes = {round(char["size"], 1) for char in page.chars if char["upright"]}
            assert min(sizes) >= LEAST_PT
            assert page.width == pytest.approx(85 / 25.4 * 72, abs=1)


def test_the_picture_in_a_notebook_is_the_bundle(bundle):
    made = bundle("edition-changes", "en", 160.0)
    page = made._repr_html_()
    assert made.caption in page
    assert 'lang="en"' in page
    with use_style("en"):
        assert len(png_bytes(made, 72)) < len(png_bytes(made, 150))


def test_words_that_break_their_rules_are_found(bundle):
    made = bundle("edition-changes", "en", 160.0)
    assert "its title must state" in writing.word_findings(replace(made, title="Nothing"))[0]
    assert "read out" in writing.word_findings(replace(made, alt="1 word " * 60))[0]
    assert "at most 60" in writing.word_findings(replace(made, caption="word " * 70))[0]
    with pytest.raises(FigureError, match="cannot be written"):
        writing.write_bundle(replace(made, title="没有"), "/nowhere")


def test_a_figure_made_without_the_style_is_refused(monkeypatch):
    def mine(_asked):
        words = figures.Words("3 things", "Things", "Three things.", "Bars: 3 things.")
        figure = Figure(figsize=(3, 2))
        figure.text(0.1, 0.5, "tiny", size=4)
        return figures.Drawing(figure, words, pd.DataFrame({"n": [1]}))

    monkeypatch.setattr("sxcanalysis.figures.building._OWN", {})
    figures.register("tiny", mine)
    with pytest.raises(FigureError, match=r"tiny.*not legible"):
        figures.build("tiny", edition=2024, lang="en")


def test_no_chart_module_is_left_without_a_figure():
    used = {target.split(":")[0].split(".")[1] for target in figures.FIGURES.values()}
    there = {path.stem for path in Path(charts.__file__).parent.glob("*.py")} - {"__init__", "common"}
    assert there <= used


def test_what_changed_between_two_editions(monkeypatch):
    """One task dropped, one new, one reworded: counted from made-up tables of the year before."""
    tables = {"tasks": load_tasks(2024), "assignments": load_assignments(2024), "targets": load_targets(2024)}
    before = tables["tasks"].copy()
    before["task_id"] = before["task_id"].str.replace("2024", "2023")
    before = before[before["task_id"] != "2023-52"].reset_index(drop=True)
    before.loc[0, "text"] += "另建一处全新的材料研究所。"
    before.loc[1, "text"] = "在甲地举办一次从未办过的龙舟比赛并公布名次。"
    old = {"tasks": before} | {name: tables[name].iloc[:0] for name in ("assignments", "targets")}
    compared = compare_editions(old, tables)
    monkeypatch.setattr(changes, "available_editions", lambda: ["2023", "2024"])
    monkeypatch.setattr(changes, "load_tasks", lambda _edition: before)
    monkeypatch.setattr(changes, "compare_editions", lambda _old, _new: compared)
    made = figures.build("edition-changes", edition=2024, lang="en", width=85)
    assert made.title == "From 2023 to 2024: 2 new, 1 reworded, 50 unchanged, 1 dropped"
    assert "2023" in made.source_note
    assert writing.word_findings(made) == []
