"""Workbooks: read back as a spreadsheet would, with nothing that can be taken for a formula."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from xml.etree import ElementTree as ET

import geopandas
import openpyxl
import pandas as pd
import pytest

from sxcanalysis import DataError, load_projects, load_tasks
from sxcanalysis.cli import main
from sxcanalysis.core.errors import FigureError
from sxcanalysis.core.spreadsheets import FORMULA_STARTS, neutralise
from sxcanalysis.outputs.exports.edition import export_edition
from sxcanalysis.outputs.exports.excel import export_excel
from sxcanalysis.outputs.exports.geopackage import LAYERS, write_geopackage

DANGEROUS = [
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u3000=1",
    "＝1",
    '=HYPERLINK("x","y")',
    "-",
]
HARMLESS = ["苏州市", "#N/A", "TRUE", "1e5", "5%", "'quoted", "a=b", "http://example.org/"]


def back(path):
    return openpyxl.load_workbook(path)


def test_no_cell_is_a_formula(tmp_path):
    words = DANGEROUS + HARMLESS
    table = pd.DataFrame({"=header": words, "value": range(len(words))})
    book = back(
        export_excel(
            {"=表": table}, tmp_path / "t.xlsx", notes=["=3", "plain"], sources=["=2+2", "ok"], lang="en"
        )
    )
    seen = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in {"s", "n"}
                if isinstance(cell.value, str):
                    assert not cell.value.lstrip(" \u3000").startswith(FORMULA_STARTS)
                    seen += 1
    assert seen > len(words)
    column = [cell.value for cell in book.worksheets[0]["A"]][1:]
    assert column[len(DANGEROUS) :] == HARMLESS
    for written, word in zip(column, DANGEROUS, strict=False):
        assert written.startswith("'")
        assert written[1:].strip() == word.strip().replace("\r", "\n").strip() or written[1:] == word
    notes = [cell.value for cell in book["Notes"]["A"]]
    assert any("begin with =" in note for note in notes)


def test_values_survive(tmp_path):
    table = pd.DataFrame(
        {
            "city": ["苏州市", "无锡市", None],
            "value": [-1.5, float("nan"), 3],
            "rank": pd.array([1, pd.NA, 2], dtype="Int64"),
            "complete": [True, False, True],
            "task_ids": [["2024-01", "2024-02"], [], ["2024-03"]],
            "text": ["\x07bell", "two\nlines", ""],
        }
    )
    book = back(export_excel({"表": table}, tmp_path / "t.xlsx", notes=["说明"], sources=["来源"]))
    rows = list(book["表"].iter_rows(values_only=True))
    assert rows[0] == ("城市", "取值", "位次", "是否完整", "任务编号", "任务内容")
    assert rows[1] == ("苏州市", -1.5, 1, "是", "2024-01; 2024-02", "\ufffdbell")
    assert rows[2][1:4] == (None, None, "否")
    assert rows[2][5] == "two\nlines"
    assert rows[3][5] is None
    assert {cell.data_type for row in book["表"].iter_rows() for cell in row} == {"s", "n"}
    assert book.sheetnames == ["表", "说明", "资料来源", "列名对照"]
    legend = list(book["列名对照"].iter_rows(values_only=True))
    assert ("表", "城市", "city") in legend
    assert any("控制字符" in str(cell.value) for cell in book["说明"]["A"])


def test_english_headers_index_and_codes(tmp_path):
    table = pd.DataFrame({"total": [3]}, index=pd.Index(["省水利厅"], name="body"))
    member = pd.DataFrame({"member": ["full", "partial"], "strange_column": ["1", "012"]})
    book = back(
        export_excel({"A": table, "B": member}, tmp_path / "t.xlsx", notes=[], sources=["s"], lang="en")
    )
    assert list(book["A"].iter_rows(values_only=True)) == [("Body", "Total"), ("省水利厅", 3)]
    assert list(book["B"].iter_rows(values_only=True))[1:] == [
        ("Full member", "1"),
        ("Takes part in some tasks only", "012"),
    ]
    assert book["B"]["B1"].value == "strange column"


def test_geometry_is_left_out_and_said(tmp_path):
    import geopandas as gpd  # noqa: PLC0415
    from shapely.geometry import Point  # noqa: PLC0415

    works = gpd.GeoDataFrame({"name": ["x"]}, geometry=[Point(120, 31)], crs=4326)
    book = back(export_excel({"P": works}, tmp_path / "t.xlsx", notes=[], sources=["s"], lang="en"))
    assert list(book["P"].iter_rows(values_only=True)) == [("Name",), ("x",)]
    assert "geometry column geometry is left out" in book["Notes"]["A2"].value


def test_same_tables_same_bytes(tmp_path):
    table = pd.DataFrame({"city": ["苏州市"], "value": [1.0]})
    one, other = (
        export_excel({"A": table}, tmp_path / name, notes=["n"], sources=["s"]).read_bytes()
        for name in ("a.xlsx", "b.xlsx")
    )
    assert one == other
    assert not [p for p in tmp_path.iterdir() if p.suffix != ".xlsx"]  # no scratch file stays


def test_a_failure_leaves_the_old_file(tmp_path):
    path = tmp_path / "t.xlsx"
    table = pd.DataFrame({"a": [1]})
    export_excel({"A": table}, path, notes=[], sources=["s"])
    before = path.read_bytes()
    with pytest.raises(DataError, match="32766"):
        export_excel({"A": pd.DataFrame({"a": ["x" * 40_000]})}, path, notes=[], sources=["s"])
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", ["", "[]", "说明", "History", "资料来源"])
def test_names_of_sheets(name, tmp_path):
    with pytest.raises(DataError, match="sheet cannot be named"):
        export_excel({name: pd.DataFrame({"a": [1]})}, tmp_path / "t.xlsx", notes=[], sources=["s"])


def test_two_names_that_are_one_when_cut(tmp_path):
    table = pd.DataFrame({"a": [1]})
    with pytest.raises(DataError, match="taken"):
        export_excel(
            {"x" * 31 + "1": table, "x" * 31 + "2": table}, tmp_path / "t.xlsx", notes=[], sources=["s"]
        )
    with pytest.raises(DataError, match="no table"):
        export_excel({}, tmp_path / "t.xlsx", notes=[], sources=["s"])
    with pytest.raises(FigureError, match="fr"):
        export_excel({"A": table}, tmp_path / "t.xlsx", notes=[], sources=["s"], lang="fr")


def test_neutralise_leaves_plain_text():
    assert [neutralise(word) for word in HARMLESS] == HARMLESS
    assert all(neutralise(word) == "'" + word for word in DANGEROUS)


def test_codes_are_words_unless_the_word_looks_like_a_formula(tmp_path):
    table = pd.DataFrame({"rule": ["even_split"], "per": ["gdp"], "comparator": ["eq"], "value": [1 / 3]})
    zh, en = (
        back(export_excel({"A": table}, tmp_path / f"{lang}.xlsx", notes=[], sources=["s"], lang=lang))["A"]
        for lang in ("zh", "en")
    )
    assert [cell.value for cell in zh[2]][:3] == ["平均分摊", "按地区生产总值", "等于"]
    assert [cell.value for cell in en[2]][:3] == ["Even split", "Per unit of GDP", "eq"]
    assert en["D2"].value == 1 / 3  # only shown with three decimals
    assert en["D2"].number_format == "#,##0.000"


def test_an_index_of_words_is_kept(tmp_path):
    measures = pd.Series({"gini": 0.25, "n": 4.0}).to_frame("value")
    table = pd.DataFrame({"whole/none": [1.0]}, index=pd.Index(["sole/gdp"], name="combination"))
    tables = {"A": measures, "B": table}
    book = back(export_excel(tables, tmp_path / "t.xlsx", notes=[], sources=["s"], lang="en"))
    assert list(book["A"].iter_rows(values_only=True))[:2] == [("Item", "Value"), ("Gini coefficient", 0.25)]
    assert [cell.value for cell in book["B"]["A"]] == ["Combination", "Sole implementer / Per unit of GDP"]
    assert book["B"]["B1"].value == "Whole count / No denominator"


def test_a_geopackage_opens_with_styles_and_loses_nothing(tmp_path):
    package = write_geopackage(tmp_path / "a.gpkg", edition=2024, lang="en")
    assert package.read_bytes() == write_geopackage(tmp_path / "b" / "a.gpkg", lang="en").read_bytes()
    layers = set(geopandas.list_layers(package)["name"])
    frames = [geopandas.read_file(package, layer=layer) for layer in LAYERS.values()]
    assert {frame.crs.to_epsg() for frame in frames} == {4326}
    with closing(sqlite3.connect(package)) as base:
        styles = base.execute("SELECT f_table_name, styleQML, useAsDefault FROM layer_styles").fetchall()
        unlocated = base.execute("SELECT project_id, reason_none FROM projects_unlocated").fetchall()
    assert sum(map(len, frames)) + len(unlocated) == len(load_projects(2024))
    assert unlocated[0][0] == "2024-25-5"
    assert unlocated[0][1]
    assert (
        {*LAYERS.values(), "sites", "counties", "cities", "water"}
        == {name for name, _, _ in styles}
        <= layers
    )
    for _, qml, default in styles:
        root = ET.fromstring(qml.split(">", 1)[1])  # noqa: S314  # our own file
        assert len(root.findall(".//rule")) == len(root.findall(".//symbols/symbol")) > 0
        assert root.findall(".//symbol/layer")
        assert default


def test_an_edition_goes_to_excel_qgis_and_parquet(tmp_path):
    asked = [
        "export",
        "--xlsx",
        "--gpkg",
        "--parquet",
        "--edition",
        "2024",
        "--lang",
        "en",
        "--out",
        str(tmp_path),
    ]
    assert main(asked) == 0
    book = back(tmp_path / "tables-2024-en.xlsx")
    tasks = load_tasks(2024)
    assert book["Tasks"].max_row == len(tasks) + 1
    assert book.sheetnames[-3:] == ["Notes", "Sources", "Columns"]
    assert book["Tasks"].page_setup.orientation == "landscape"
    assert book["Tasks"].print_title_rows == "$1:$1"
    kept = pd.read_parquet(tmp_path / "tasks-2024.parquet")
    assert kept["text"].tolist() == tasks["text"].tolist()
    assert geopandas.read_parquet(tmp_path / "projects-2024.parquet").crs == "EPSG:4326"
    assert (tmp_path / "sxc-projects-2024.gpkg").is_file()


def test_an_unknown_form_is_refused(tmp_path):
    with pytest.raises(DataError, match="xlsx, gpkg, parquet"):
        export_edition(tmp_path, 2024, "ods")
