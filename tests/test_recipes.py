"""The examples of docs/recipes.md, run in a folder laid out like the archive of a release, with the results that stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sxcanalysis import read_document
from sxcanalysis.outputs.exports.edition import export_edition

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
RUN = re.findall(r"```(sql|python)\n(.*?)```\n```result\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    (folder / "data").symlink_to(ROOT / "data")
    (folder / "text").mkdir()
    document = next((ROOT / "data" / "sources" / "2024").glob("*.txt"))
    (folder / "text" / "2024.txt").write_text(read_document(document), encoding="utf-8")
    for form in ("parquet", "gpkg", "xlsx"):
        export_edition(folder / form, 2024, form)
    return folder


def listed(kind):
    """Return the names in a block of names."""
    return set(re.search(rf"```{kind}\n(.*?)\n```", PAGE)[1].split(" · "))


def test_every_example_but_r_is_run():
    assert len(RUN) == len(re.findall(r"```(?:sql|python)\n", PAGE)) == 5


@pytest.mark.parametrize(("language", "code", "result"), RUN)
def test_example(language, code, result, archive, monkeypatch):
    monkeypatch.chdir(archive)
    if language == "sql":
        rows = pytest.importorskip("duckdb").sql(code).fetchall()
    else:
        found = {}
        pytest.importorskip("polars")
        exec(code, found)  # noqa: S102  # the page's own words
        answer = found["answer"]
        rows = answer.rows() if hasattr(answer, "rows") else answer
    wanted = result.splitlines()
    assert [" | ".join(map(str, row)) for row in rows[: len(wanted)]] == wanted


def test_sheets_and_layers_that_are_named(archive):
    openpyxl, pyogrio = pytest.importorskip("openpyxl"), pytest.importorskip("pyogrio")
    assert listed("sheets") <= set(
        openpyxl.load_workbook(archive / "xlsx" / "tables-2024-zh.xlsx").sheetnames
    )
    layers = pyogrio.list_layers(archive / "gpkg" / "sxc-projects-2024.gpkg")[:, 0]
    assert listed("layers") == set(layers) - {"layer_styles"}
