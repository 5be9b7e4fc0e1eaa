"""The notebooks as they are kept and as they run, and what they show tables and sentences with."""

from __future__ import annotations

import ast
import base64
import html
import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from sxcanalysis import DataError, load_assignments, load_cities
from sxcanalysis.analysis.city_burden import burden, burden_sensitivity
from sxcanalysis.analysis.statements import burden_statements
from sxcanalysis.core.errors import FigureError
from sxcanalysis.figures.building import build, figure_names, show
from sxcanalysis.figures.files import PNG_DPI, png_bytes
from sxcanalysis.figures.style import use_style
from sxcanalysis.figures.writing import write_bundle
from sxcanalysis.outputs import notebook_running as running
from sxcanalysis.outputs.notebook import show_evidence, show_sentences, show_table
from sxcanalysis.outputs.notebook_running import find_notebooks, run_notebooks

NOTEBOOKS = find_notebooks(Path(__file__).parents[2] / "notebooks")
LANGS = ("zh", "en")
BUILT = re.compile(r"figures\.build\(\"([a-z-]+)\"")


def code(book) -> list[str]:
    return [cell.source for cell in book.cells if cell.cell_type == "code"]


def read(path: Path):
    return nbformat.read(path, as_version=4)


def outputs(book) -> list[dict]:
    return [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]


# --- as they are kept ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_results_and_holds_no_logic(path):
    book = read(path)
    nbformat.validate(book)
    for cell in book.cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None
    tagged = [cell for cell in book.cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    named = {node.targets[0].id for node in ast.parse(tagged[0].source).body if isinstance(node, ast.Assign)}
    assert named == {"EDITION", "LANG"}
    assert tagged[0].source.endswith("begin(EDITION, LANG)")  # checked in the cell where they are set
    lines = [line for source in code(book) for line in source.splitlines() if line.strip()]
    assert len(lines) <= 60
    logic = (
        ast.FunctionDef,
        ast.ClassDef,
        ast.Lambda,
        ast.For,
        ast.While,
        ast.If,
        ast.IfExp,
        ast.Try,
        ast.With,
    )
    found = [node for source in code(book) for node in ast.walk(ast.parse(source)) if isinstance(node, logic)]
    assert not found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_opens_with_a_question_and_keeps_both_languages_apart(path):
    """Each text stands twice, in a cell tagged with its language, so that a page can show one."""
    texts = [cell for cell in read(path).cells if cell.cell_type == "markdown"]
    tags = [cell.metadata["tags"] for cell in texts]
    assert tags == [["lang-zh"], ["lang-en"]] * (len(texts) // 2)
    zh, en = texts[::2], texts[1::2]
    assert "？" in zh[0].source.splitlines()[0]
    assert "?" in en[0].source.splitlines()[0]
    assert "本节内容" in zh[0].source
    assert "You will learn" in en[0].source
    assert zh[-1].source.startswith("**下一步**")
    assert en[-1].source.startswith("**Next**")
    for cell in zh:
        assert not re.search(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}", cell.source), cell.source
    for cell in en:
        assert not re.search(r"[\u4e00-\u9fff]{5,}", cell.source), cell.source
    typed = " ".join(cell.source for cell in texts)
    assert not re.search(
        r"\b(?:46|45|42|53)\b", typed.replace("45 分钟", "").replace("45 min", "")
    )  # counts are computed, not typed


def test_every_figure_stands_in_one_notebook():
    shown = [name for path in NOTEBOOKS for source in code(read(path)) for name in BUILT.findall(source)]
    assert sorted(shown) == sorted(figure_names())


# --- as they run -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Run every notebook in both languages from another working directory."""
    out = tmp_path_factory.mktemp("ran")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("elsewhere"))
        failures = run_notebooks(NOTEBOOKS, out, edition="2024", langs=LANGS, tell=lambda _: None)
    assert not failures, "\n".join(failures)
    return {(path.stem, lang): read(out / "2024" / lang / path.name) for path in NOTEBOOKS for lang in LANGS}


def test_notebooks_run_in_both_languages_without_errors_or_warnings(ran):
    for (name, lang), book in ran.items():
        kinds = {output.output_type for output in outputs(book)}
        assert kinds == {"display_data"}, (name, lang)  # no stream, no error, no bare repr
        injected = [c.source for c in book.cells if "injected-parameters" in c.metadata.get("tags", [])]
        assert injected == [f"EDITION = 2024\nLANG = '{lang}'\nbegin(EDITION, LANG)"]


@pytest.mark.parametrize("lang", LANGS)
def test_a_figure_in_a_notebook_is_that_of_the_command_line(lang, ran, tmp_path):
    """Of every figure the words; of a chart and a map every byte of the image, here and in the file."""
    bytewise = {"city-duties", "city-exposure"}
    for path in NOTEBOOKS:
        book = ran[path.stem, lang]
        pages = [o.data["text/html"] for o in outputs(book) if "<figure" in o.data.get("text/html", "")]
        names = [name for source in code(book) for name in BUILT.findall(source)]
        assert len(pages) == len(names)
        assert sum("image/png" in o.data for o in outputs(book)) == len(names)
        for name, page in zip(names, pages, strict=True):
            assert f'<figure lang="{lang}"' in page
            if name not in bytewise:
                continue
            bundle = build(name, edition=2024, lang=lang)
            assert html.escape(bundle.caption) in page
            assert html.escape(bundle.alt) in page
            shown = base64.b64decode(re.search(r"base64,([^\"]+)", page)[1])
            with use_style(lang):
                assert shown == png_bytes(bundle, show.__kwdefaults__["dpi"])
                files = {file.suffix: file for file in write_bundle(bundle, tmp_path)}
                assert files[".png"].read_bytes() == png_bytes(bundle, PNG_DPI)


@pytest.mark.parametrize("lang", LANGS)
def test_the_burden_notebook_says_what_the_tables_say(lang, ran):
    assignments = load_assignments(2024)
    shown = [o.data["text/plain"] for o in outputs(ran["03_city_burden", lang])]
    assert shown[-1].splitlines() == burden_statements(burden_sensitivity(assignments), lang)
    counts = burden(assignments)
    name = "city" if lang == "zh" else "city_en"
    rows = [line.split("\t") for line in shown[0].splitlines()[1:]]
    assert [(row[0], int(row[2])) for row in rows] == list(zip(counts[name], counts["tasks"], strict=True))


def test_a_failing_notebook_is_named_with_its_cell_and_kept(tmp_path):
    book = nbformat.v4.new_notebook()
    book.cells = [
        nbformat.v4.new_markdown_cell("# x"),
        nbformat.v4.new_code_cell("EDITION = 2024\nLANG = 'zh'", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("import sxcanalysis\nsxcanalysis.load_tasks(EDITION)"),
    ]
    path = tmp_path / "09_wrong.ipynb"
    nbformat.write(book, path)
    (failure,) = run_notebooks([path], tmp_path / "out", edition="1890", langs=["zh"], tell=lambda _: None)
    # The cell's place is that in the notebook as kept on disk.
    assert failure.startswith("09_wrong.ipynb (zh), cell 3 (`import sxcanalysis`): MissingEditionError: ")
    assert "1890" in failure
    assert (tmp_path / "out/1890/zh/09_wrong.ipynb").is_file()
    assert "MissingEditionError" in (tmp_path / "out/1890/zh/09_wrong.html").read_text(encoding="utf-8")
    book.cells[1].metadata = {}
    nbformat.write(book, path)
    (failure,) = run_notebooks([path], tmp_path / "out", edition="2024", langs=["en"], tell=lambda _: None)
    assert "no cell is tagged 'parameters'" in failure


def test_a_wrong_parameter_is_one_sentence_in_its_own_cell(tmp_path):
    """No stack, and what to choose: in both languages where the language itself is wrong."""
    book = nbformat.v4.new_notebook()
    setting = (
        "from sxcanalysis.outputs.notebook import begin\nEDITION = 2024\nLANG = 'zh'\nbegin(EDITION, LANG)"
    )
    told = {}
    for edition, after in (
        ("1890", ""),
        ("2024", "begin(EDITION, '中文')"),
        ("2024", "import sxcanalysis as sxc\nsxc.load_tasks(1891)"),
    ):
        book.cells = [
            nbformat.v4.new_code_cell(setting, metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell(after),
        ]
        path = tmp_path / "08_wrong.ipynb"
        nbformat.write(book, path)
        (failure,) = run_notebooks(
            [path], tmp_path / "out", edition=edition, langs=["en"], tell=lambda _: None
        )
        assert "Error: " in failure
        (error,) = [
            o
            for o in outputs(read(tmp_path / "out" / edition / "en" / path.name))
            if o.output_type == "error"
        ]
        (told[edition, after[:5]],) = error.traceback
    assert not any("Traceback" in one for one in told.values())
    assert "1890" in told["1890", ""]
    assert "2024" in told["1890", ""]
    assert 'choose "zh" or "en"' in told["2024", "begin"]
    assert "请改为" in told["2024", "begin"]
    assert "1891" in told["2024", "impor"]


def test_parameters_replace_those_of_an_earlier_run():
    book = read(NOTEBOOKS[0])
    before = len(book.cells)
    for edition in ("2024", "2025-draft"):
        assert running.with_parameters(book, {"EDITION": edition, "LANG": "en"}) == ""
    assert len(book.cells) == before + 1
    at = next(i for i, cell in enumerate(book.cells) if "parameters" in cell.metadata.get("tags", []))
    assert book.cells[at + 1].source == "EDITION = '2025-draft'\nLANG = 'en'\nbegin(EDITION, LANG)"


# --- what they show with ------------------------------------------------------------------------------------------------


@pytest.fixture
def shown(monkeypatch):
    """Catch what would be displayed."""
    caught: list[dict[str, str]] = []
    monkeypatch.setattr("IPython.display.display", lambda data, *, raw: caught.append(data) if raw else None)
    return caught


def test_a_table_is_shown_for_reading(shown):
    table = pd.DataFrame(
        {
            "city": ["苏州市", "无锡市"],
            "city_en": ["Suzhou", "Wuxi"],
            "member": ["full", "partial"],
            "value": [0.1 + 0.2, float("nan")],
            "rank": pd.array([1, None], dtype="Int64"),
            "tasks": [12345, 7],
            "complete": [True, False],
            "body": ["省水利厅", "<b>"],
        },
        index=[7, 9],
    )
    show_table(table, lang="zh")
    show_table(table, [*table.columns[:3], "value", "body"], lang="en")
    zh, en = (data["text/plain"].splitlines() for data in shown)
    assert zh == [
        "城市\t参与方式\t取值\t位次\t件数\t是否完整\t单位",
        "苏州市\t都市圈成员城市\t0.300\t1\t12,345\t是\t省水利厅",
        "无锡市\t部分参与城市\t—\t—\t7\t否\t<b>",
    ]
    assert en[1].startswith("Suzhou\tFull member\t0.300\t")
    assert "Water Resources" in en[1]
    page = shown[0]["text/html"]
    assert "<code>city</code>" in page
    assert "&lt;b&gt;" in page
    assert "<td>7</td>" not in page  # no index


def test_a_series_and_a_named_index_are_shown(shown):
    show_table(pd.Series({"gini": 1 / 3, "n": 4.0}), lang="en")
    show_table(pd.DataFrame({"total": [3]}, index=pd.Index(["省水利厅"], name="body")), lang="zh")
    assert shown[0]["text/plain"] == "Measure\tName\tValue\nGini coefficient\tgini\t0.333\nUnits\tn\t4"
    assert shown[1]["text/plain"] == "单位\t合计\n省水利厅\t3"


def test_denominators_are_shown_whole(shown):
    show_table(load_cities(2023), ["city", "gdp", "budget_revenue", "budget_revenue_status"], lang="zh")
    text = shown[0]["text/plain"]
    assert "e+" not in text
    assert "泰州市\t673,166,000,000\t43,970,000,000\t" in text


def test_evidence_is_the_words_at_the_offsets(shown):
    row = load_assignments(2024).iloc[0]
    show_evidence(2024, row["start"], row["end"])
    assert f"【{row['body_as_written']}】牵头" in shown[0]["text/plain"]
    with pytest.raises(DataError, match="is no span of it"):
        show_evidence(2024, 5, 10**6)


def test_sentences_are_escaped_and_errors_speak(shown):
    show_sentences(["a < b", "二"], lang="zh")
    assert shown[0]["text/html"] == '<ul lang="zh"><li>a &lt; b</li><li>二</li></ul>'
    with pytest.raises(DataError, match="no column nowhere"):
        show_table(pd.DataFrame({"a": [1]}), ["nowhere"])
    with pytest.raises(FigureError, match="'zh' or 'en'"):
        show_table(pd.DataFrame({"a": [1]}), lang="fr")
