"""The sxc command: what a person sees, exit codes, and no traceback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from sxcanalysis import cli
from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.outputs.notebook_running import with_parameters

DOCUMENT = data_dir() / "sources" / "2024" / "sxc-task-list-2024.txt"
COMMANDS = list(cli._commands())


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of the project's data to write into."""
    root = tmp_path / "project" / "data"
    shutil.copytree(data_dir(), root, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    monkeypatch.setenv("SXC_DATA", str(root))
    monkeypatch.chdir(tmp_path)
    return root.parent


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(command, capsys):
    assert cli.main([*command.split(), "--help"]) == 0
    told = capsys.readouterr().out
    assert f"Example:\n  sxc {command}" in told
    assert cli.main([*command.split(), "--help", "--lang", "zh"]) == 0
    told = capsys.readouterr().out
    assert f"示例:\n  sxc {command}" in told
    # In Chinese help not one English sentence is left, argparse's own included.
    assert not re.findall(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", told.split("\n\n", 1)[1].split("示例")[0])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["ingest"],
        ["ingest", "x.txt"],
        ["diff", "2024"],
        ["figures", "--lang", "fr"],
        ["ingest", "x", "--edition", "../x"],
    ],
)
def test_a_command_that_is_not_understood(arguments, capsys):
    assert cli.main(arguments) == 2
    assert "usage: sxc" in capsys.readouterr().err


def test_what_is_wrong_with_a_command_is_told_in_chinese_too(capsys):
    for arguments in (
        ["nonsense"],
        ["ingest"],
        ["check", "--no-such"],
        ["report", "--to", "odt"],
        ["figures", "--width", "wide"],
    ):
        assert cli.main(["--lang", "zh", *arguments]) == 2
        told = capsys.readouterr().err
        assert told.startswith("用法")
        assert not re.findall(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", told.splitlines()[-1])


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("sxcanalysis 0.")


def test_ingest_tells_what_it_read(project, capsys):
    shutil.rmtree(project / "data" / "tables" / "2024")
    assert cli.main(["ingest", str(DOCUMENT), "--edition", "2024"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("2024年度苏锡常都市圈重大推进事项清单\nEdition 2024: 53 tasks")
    for words in (
        "   13  城乡宜居类",
        "0 of them not understood",
        "warning number_duplicate: 1, of which accepted: 1",
        "2024-23b",
        "省工信厅",
        "Written to",
    ):
        assert words in told
    assert cli.main(["ingest", str(DOCUMENT), "--edition", "2024"]) == 0
    assert "Unchanged:" in capsys.readouterr().out
    assert cli.main(["ingest", "--edition", "2024"]) == 0, "the edition's own document, read again"
    assert "Unchanged:" in capsys.readouterr().out
    assert cli.main(["ingest", "--edition", "2031"]) == 2
    assert "sxc ingest FILE --edition 2031" in capsys.readouterr().err
    made = (project / "data" / "tables" / "2024" / "tasks.csv").read_bytes()
    assert made == (DOCUMENT.parents[2] / "tables" / "2024" / "tasks.csv").read_bytes()


def test_ingest_ends_with_1_if_something_was_not_understood(project, capsys):
    document = project / "list.txt"
    document.write_text(
        "2025年度清单\n\n一、产业\n1. 建设实验室。（省科技厅牵头，苏州市具体落实）\n2. 推进算力。（省数据局牵头，无锡市具体落实）\n\n"
        "※※没有编号也没有责任单位的文字※※\n",
        encoding="utf-8",
    )
    assert cli.main(["ingest", str(document), "--edition", "2025"]) == 1
    told = capsys.readouterr().out
    assert "Finding: " in told
    assert "characters were not understood" in told
    assert "line 7: " in told
    assert (project / "data" / "tables" / "2025" / "tasks.csv").is_file()


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n\x00\x00", "一段没有任务的话。".encode(), None])
def test_a_bad_file_is_told_and_leaves_nothing(project, capsys, data):
    document = project / "bad.pdf"
    if data is not None:
        document.write_bytes(data)
    assert cli.main(["ingest", str(document), "--edition", "2026"]) == 1
    told = capsys.readouterr()
    assert told.err.splitlines()[-1].startswith("sxc ingest: ")  # what takes long says so before
    assert "bad.pdf" in told.err
    assert "Traceback" not in told.err
    assert list((project / "data").rglob("*2026*")) == []


def test_check(project, capsys):
    assert cli.main(["check"]) == 0
    assert capsys.readouterr().out == "Nothing is wrong.\n"
    path = project / "data" / "tables" / "2024" / "tasks.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("桑田科学岛", "桑田科技岛"), encoding="utf-8")
    assert cli.main(["check", "--edition", "2024"]) == 1
    told = capsys.readouterr().out
    assert "tasks.csv: not what the document and the reference tables give today" in told
    assert "2024-16 was published with other words" in told


def test_check_notices_another_document(project, capsys):
    path = project / "data" / "sources" / "2024" / DOCUMENT.name
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert cli.main(["check"]) == 1
    assert "expected the document with sha256 2e3843e7" in capsys.readouterr().out


def test_check_tells_of_a_correction_that_does_not_fit(project, capsys):
    entry = (
        "- {id: x, table: targets, quote: 没有的话, reject: true, why: w, reviewed_by: r, date: 2024-06-01}\n"
    )
    (project / "data" / "corrections" / "2024.yml").write_text(entry, encoding="utf-8")
    assert cli.main(["check"]) == 1
    assert "finds 0 rows" in capsys.readouterr().out


def test_diff(project, capsys):
    text = DOCUMENT.read_text(encoding="utf-8").replace("按期完成 635 万方", "按期完成 700 万方")
    (project / "new.txt").write_text(text, encoding="utf-8")
    assert cli.main(["ingest", str(project / "new.txt"), "--edition", "2025"]) == 1, (
        "a number is printed twice"
    )
    capsys.readouterr()
    out = project / "build" / "changes.csv"
    assert cli.main(["diff", "2024", "2025", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert re.match(r"Tasks, 2024 to 2025: 52 [a-z ]+, 1 reworded", told)
    assert "eq 635 万方" in told
    assert any("700 万方" in line and len(line) < 80 for line in told.splitlines()), (
        "what changed, not the whole task"
    )
    assert out.read_text(encoding="utf-8-sig").count("\n") == 54
    assert cli.main(["diff", "2024", "2031"]) == 2
    assert "Editions with tables: 2024, 2025" in capsys.readouterr().err


def test_doctor_tells_what_is_wrong_and_how_to_mend_it(project, capsys):
    cli.main(["doctor"])
    assert "data: every file is valid" in capsys.readouterr().out
    (project / "data" / "reference" / "units.csv").write_text("unit\n", encoding="utf-8")
    assert cli.main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "WRONG  data" in told
    assert "reference/units.csv, row 1, column aliases: expected this column, found no such column" in told


def test_doctor_without_a_data_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SXC_DATA", str(tmp_path / "nowhere"))
    assert cli.main(["doctor"]) == 1
    assert "set the environment variable SXC_DATA" in capsys.readouterr().out


@pytest.mark.usefixtures("project")
def test_an_unexpected_error_is_a_sentence(capsys, monkeypatch):
    def broken(*_, **__):
        msg = "boom"
        raise RuntimeError(msg)

    monkeypatch.setattr("sxcanalysis.analysis.edition_diff.compare_editions", broken)
    assert cli.main(["diff", "2024", "2024"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("sxc diff: RuntimeError: boom (cli.py, ")
    assert "Please report this" in told
    assert "Traceback" not in told


@pytest.mark.usefixtures("project")
def test_a_place_that_cannot_be_written_is_told(tmp_path, capsys):
    (tmp_path / "file").write_text("", encoding="utf-8")
    out = tmp_path / "file" / "changes.csv"
    assert cli.main(["diff", "2024", "2024", "--out", str(out)]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"sxc diff: {tmp_path / 'file'}")
    assert "Check that the disk is not full" in told


def test_figures_are_counted_and_written(project, capsys, monkeypatch):
    calls = []

    def fake(root, *, edition, langs, names):
        calls.append((root, edition, *langs, *names))
        return [root / edition]

    monkeypatch.setattr("sxcanalysis.figures.write_figures", fake)
    monkeypatch.setattr("sxcanalysis.figures.figure_names", lambda: ("a", "b"))
    assert cli.main(["figures", "--lang", "en"]) == 0
    assert calls == [(project / "figures", "2024", "en", name) for name in ("a", "b")]
    calls.clear()
    assert cli.main(["figures", "--name", "b", "--out", str(project / "x")]) == 0
    assert [call[2:] for call in calls] == [("zh", "b"), ("en", "b")]
    assert cli.main(["figures", "--name", "c", "--edition", "2099"]) == 2
    monkeypatch.undo()
    assert cli.main(["figures", "--name", "no-such-figure"]) == 1
    assert "No figure is called 'no-such-figure'" in capsys.readouterr().err


def _notebook(path, *sources, tag=True):
    book = nbformat.v4.new_notebook()
    for i, source in enumerate(sources):
        cell = nbformat.v4.new_code_cell(source, id=f"cell-{i}")
        if tag and i == 0:
            cell.metadata["tags"] = ["parameters"]
        book.cells.append(cell)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, path)


@pytest.fixture
def books(project):
    folder = project / "notebooks"
    _notebook(
        folder / "01-good.ipynb",
        'EDITION = 2024\nLANG = "zh"',
        "import os\nprint(EDITION, LANG, os.path.basename(os.getcwd()))",
    )
    _notebook(folder / "02-bad.ipynb", 'EDITION = 2024\nLANG = "zh"', "1 / 0", "print('not reached')")
    _notebook(folder / "03-untagged.ipynb", "EDITION = 2024", tag=False)
    return folder


# The kernel's own libraries leave sockets to be collected; that is not this project's code.
@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("books")
def test_notebooks(project, capsys):
    assert cli.main(["notebooks", "--name", "01", "--edition", "2031", "--lang", "en"]) == 0
    assert "1 notebook ran, 0 failed" in capsys.readouterr().out
    path = project / "build" / "notebooks" / "2031" / "en" / "01-good.ipynb"
    first = path.read_bytes()
    made = json.loads(first)
    assert made["cells"][1]["source"] == ["EDITION = 2031\n", "LANG = 'en'"]
    assert made["cells"][2]["outputs"][0]["text"] == ["2031 en notebooks\n"]
    assert "2031 en notebooks" in path.with_suffix(".html").read_text(encoding="utf-8")
    assert cli.main(["notebooks", "--name", "01", "--edition", "2031", "--lang", "en"]) == 0
    assert path.read_bytes() == first, "two runs give the same bytes"
    capsys.readouterr()
    assert cli.main(["notebooks", "--lang", "zh"]) == 1
    told = capsys.readouterr()
    assert "1个笔记本运行完成，2个失败" in told.out
    assert "02-bad.ipynb (zh)，单元格2 (`1 / 0`)：ZeroDivisionError: division by zero" in told.err
    assert "03-untagged.ipynb (zh): 没有单元格带有 'parameters' 标签" in told.err
    failed = project / "build" / "notebooks" / "2024" / "zh" / "02-bad.html"
    assert "ZeroDivisionError" in failed.read_text(encoding="utf-8"), (
        "a failed notebook is kept, to be looked at"
    )


@pytest.mark.usefixtures("project")
def test_no_notebook(capsys):
    assert cli.main(["notebooks", "--name", "99"]) == 1
    assert "there is no notebook" in capsys.readouterr().err


def test_parameters_are_set_once():
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("EDITION = 1", metadata={"tags": ["parameters"]})]
    )
    for edition in ("2024", "next"):
        assert with_parameters(book, {"EDITION": edition}) == ""
    assert [cell.source for cell in book.cells] == ["EDITION = 1", "EDITION = 'next'"]


def test_the_command_starts_fast_and_speaks_any_console(tmp_path):
    code = "import sys; import sxcanalysis.cli; print([m for m in ('pandas', 'matplotlib', 'geopandas', 'pint') if m in sys.modules])"
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(data_dir().parent), os.environ.get("PYTHONPATH")])),
    }
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=env, check=True
    )
    assert run.stdout == "[]\n"
    command = [sys.executable, "-m", "sxcanalysis.cli", "ingest", "没有.txt", "--edition", "2025"]
    run = subprocess.run(
        command, capture_output=True, cwd=tmp_path, env={**env, "PYTHONIOENCODING": "ascii"}, check=False
    )
    assert run.returncode == 1
    assert b"there is no such file" in run.stderr
    assert b"Traceback" not in run.stderr


def test_a_figure_that_cannot_be_made_does_not_stop_the_others(project, capsys, monkeypatch):
    def fake(root, *, edition, langs, names):
        if names == ["map"]:
            msg = "no project of the edition"
            raise MissingDataError(msg)
        if names == ["broken"]:
            raise KeyError(names[0])
        return [root / edition / langs[0] / names[0]]

    monkeypatch.setattr("sxcanalysis.figures.write_figures", fake)
    names = [word for name in ("map", "broken", "tasks") for word in ("--name", name)]
    assert cli.main(["figures", "--edition", "2024", "--lang", "en", *names]) == 1
    told = capsys.readouterr()
    assert told.out == f"1 file in {project / 'figures' / '2024'}, 2 figures not written\n"
    first, second, *_ = told.err.splitlines()
    assert first == "sxc figures: not written: map (en): no project of the edition"
    assert second.startswith("sxc figures: not written: broken (en): KeyError: 'broken'")


def test_it_speaks_the_language_of_the_person(project, capsys, monkeypatch):
    monkeypatch.delenv("SXC_LANG")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert cli.main(["check", "--edition", "2024"]) == 0
    assert capsys.readouterr().out == "没有发现问题。\n"
    assert cli.main(["--lang", "en", "check", "--edition", "2024"]) == 0
    assert capsys.readouterr().out == "Nothing is wrong.\n"
    assert cli.main(["check", "--edition", "2024", "--lang=en", "--data", str(project)]) == 0
    assert capsys.readouterr().out == "Nothing is wrong.\n"


def test_a_new_list_in_one_command_and_one_page(project, capsys):
    text = (
        DOCUMENT.read_text(encoding="utf-8")
        .replace("省工信厅", "省未来产业局")
        .replace("按期完成 635 万方", "按期完成 700 万方")
    )
    (project / "new.txt").write_text(text, encoding="utf-8")
    assert cli.main(["update", str(project / "new.txt"), "--edition", "2025"]) == 1
    told = capsys.readouterr().out
    page = (project / "build" / "review" / "2025.html").read_text(encoding="utf-8")
    left = int(re.search(r"; (\d+) decisions are left", told)[1])
    assert left == page.count("<li>") - page.split('id="settled"')[1].count("<li>")
    for words in (
        "省未来产业局",
        "sxc accept 2025-23b number_duplicate --why",
        "--issuer",
        "635",
        "2025-28-t1",
        "data/reference/bodies.csv",
    ):
        assert words in page, words
    assert "://" not in page, "it asks for nothing"
    assert (
        cli.main(["accept", "2025-23b", "number_duplicate", "--why", "printed twice", "--by", "A. Reader"])
        == 0
    )
    assert (
        cli.main(
            ["correct", "2025-28-t1", "comparator=ge", "--why", "the plan says at least", "--by", "A. Reader"]
        )
        == 0
    )
    capsys.readouterr()
    assert cli.main(["update", str(project / "new.txt"), "--edition", "2025"]) == 1
    assert int(re.search(r"; (\d+) decisions? (?:is|are) left", capsys.readouterr().out)[1]) == left - 1
    assert "printed twice (A. Reader" in (project / "build" / "review" / "2025.html").read_text(
        encoding="utf-8"
    )
    assert cli.main(["correct", "2025-28-t1", "value=3", "--why", "w", "--by", "r"]) == 1
    assert "'value' is set without 'value_si'" in capsys.readouterr().err
    assert cli.main(["accept", "2025-01", "number_duplicate", "--why", "w", "--by", "r"]) == 1
    assert "there is no finding" in capsys.readouterr().err


def test_a_replaced_edition_can_be_compared(project, capsys):
    text = DOCUMENT.read_text(encoding="utf-8").replace("按期完成 635 万方", "按期完成 700 万方")
    (project / "new.txt").write_text(text, encoding="utf-8")
    assert cli.main(["ingest", str(project / "new.txt"), "--edition", "2024"]) == 1
    assert cli.main(["ingest", str(project / "new.txt"), "--edition", "2024", "--force"]) == 1, (
        "its words changed"
    )
    capsys.readouterr()
    assert cli.main(["diff", "2024~", "2024"]) == 0
    assert "700" in capsys.readouterr().out


def test_a_circle_is_added(project, capsys):
    assert (
        cli.main(["circle", "add", "hefei", "--members", "合肥市、六安市,淮南市", "--partial", "滁州市"]) == 0
    )
    assert "hefei.toml" in capsys.readouterr().out
    made = (project / "data" / "circles" / "hefei.toml").read_text(encoding="utf-8")
    assert 'en = "Hefei"' in made
    assert cli.main(["circle", "add", "hefei", "--members", "合肥市"]) == 1
    assert cli.main(["circle", "add", "other", "--members", "合肥"]) == 1
    assert "Did you mean '合肥市'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("form", "files"),
    [("xlsx", ["tables-2024-en.xlsx"]), ("parquet", ["tasks-2024.parquet", "assignments-2024.parquet"])],
)
def test_export(project, form, files):
    if form == "parquet":
        pytest.importorskip("pyarrow")
    assert cli.main(["export", f"--{form}", "--lang", "en"]) == 0
    made = {path.name for path in (project / "build" / "export").iterdir()}
    assert set(files) <= made


def test_what_is_stated_is_checked(project, capsys):
    assert cli.main(["ingest", "--edition", "2024", "--date", "1.4.2024"]) == 1
    assert "--date: expected year-month-day" in capsys.readouterr().err
    assert cli.main(["ingest", "--edition", "2024", "--url", "not an address"]) == 1
    assert "--url" in capsys.readouterr().err
    assert not list((project / "data").glob(".*.lock"))


@pytest.mark.parametrize("at", [0, 1])
def test_a_folder_named_before_the_command_is_used_as_one_named_behind_it(at, tmp_path, capsys):
    """What stands before the command must not be undone by the command's own defaults."""
    named = ["--data", str(tmp_path / "nowhere")]
    words = ["check"]
    words[at:at] = named
    assert cli.main([*words, "--lang", "en"]) != 0
    assert "nowhere" in capsys.readouterr().err
