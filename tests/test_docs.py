"""The examples of the README and of the pages under docs, run as they stand there."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import sxcanalysis
from sxcanalysis import cli, compare_editions, load_projects, load_sites, parse_document, read_document
from sxcanalysis.parsing.attributions.attribution import ROLES
from sxcanalysis.reference.lexicon import entries

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "grammar.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```list\n(.*?)```\n```tasks\n(.*?)```", PAGE, flags=re.DOTALL)
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ")
]
SAYS = [row for row in ROWS if len(row) == 2 and re.search(r"\b(?:lead|responsible|implementing)\b", row[1])]
CODES = [row for row in ROWS if len(row) == 4 and row[1] in {"warning", "info"}]


def told(rows):
    """Write pairs as the page does."""
    return " · ".join(
        f"{row.body}{'+' * row.others_implied}{'*' * (row.role_basis == 'rule')} {row.role}"
        for row in rows.itertuples()
    )


def test_page_has_examples():
    assert len(EXAMPLES) >= 5
    assert len(SAYS) >= 15
    assert len(CODES) >= 12
    assert PAGE.count("```list") == len(EXAMPLES)


@pytest.mark.parametrize(("words", "tasks"), EXAMPLES)
def test_lists_of_the_page(words, tasks):
    found = parse_document(words)
    lines = [
        f"{task.number} | {task.headings} | {task.text} | "
        + told(found.assignments[found.assignments["task_id"] == task.task_id])
        for task in found.tasks.itertuples()
    ]
    assert [line.rstrip() for line in lines] == tasks.splitlines()
    assert found.coverage.counts["unparsed"] == 0


@pytest.mark.parametrize(("words", "says"), SAYS)
def test_attributions_of_the_page(words, says):
    found = parse_document(f"1.建设甲项目。（{words}）")
    assert told(found.assignments) == says
    assert found.tasks["text"].tolist() == ["建设甲项目。"]


def test_roles_of_the_page():
    rows = [row for row in ROWS if len(row) == 2 and re.fullmatch("`[a-z]+`", row[0])]
    assert [row[0].strip("`") for row in rows] == list(ROLES)
    for role, listed in rows:
        words = [entry.word for entry in entries("roles") if entry.meaning == role.strip("`") and entry.word]
        assert set(listed.split()) == set(words), role


@pytest.mark.parametrize(("code", "severity", "words", "_"), CODES)
def test_issues_of_the_page(code, severity, words, _):
    issues = parse_document(words.replace("⏎", "\n").replace("\\t", "\t")).issues
    assert (code.strip("`"), severity) in set(zip(issues["code"], issues["severity"], strict=True))


def test_every_code_is_on_the_page():
    """The codes that the parser's modules can give are those that the page explains."""
    room = ROOT / "sxcanalysis" / "parsing"
    paths = [path for path in room.rglob("*.py") if path.parent.name not in {"targets", "places"}]
    source = "".join(path.read_text(encoding="utf-8") for path in paths)
    given = set(re.findall(r'note\(\s*f?"([a-z_]+)(?=[".])', source))
    given |= {f"number_{note}" for note in re.findall(r'note = "([a-z]+)"', source)}
    given |= {f"number_{note}" for note in re.findall(r'"(missing|disorder)"', source)} | {"unparsed"}
    assert {row[0].strip("`") for row in CODES} == given


def python_of(page):
    (code,) = re.findall(
        r"^ *```python\n(.*?)^ *```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return dedent(code)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of the data in a folder of its own, as a person has it who follows the README."""
    ignored = shutil.ignore_patterns(".*", "__pycache__")
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=ignored)
    monkeypatch.setenv("SXC_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_example_of_the_readme(project):
    text = read_document(ROOT / "data" / "sources" / "2024" / "sxc-task-list-2024.txt")
    docx = pytest.importorskip("docx").Document()
    for line in text.splitlines():
        docx.add_paragraph(line)
    docx.save(project / "list.docx")
    names = {}
    exec(python_of("README.md"), names)  # noqa: S102  # the page's own words
    assert len(names["found"].tasks) == len(names["tasks"]) == 53
    assert names["found"].coverage.counts["unparsed"] == 0
    assert names["projects"].crs == "EPSG:4326"


def test_projects_are_known_again_in_the_next_list(project):
    """A list that names the same projects under other numbers, one at another stage, one new, and one task less."""
    lines = (
        (ROOT / "data" / "sources" / "2024" / "sxc-task-list-2024.txt")
        .read_text(encoding="utf-8")
        .replace("加快推进沪渝蓉高铁", "建成沪渝蓉高铁")
        .replace("盐泰锡常宜铁路，", "盐泰锡常宜铁路、昆山至嘉善铁路，")
        .splitlines()
    )
    kept = [line for line in lines if not line.startswith("7. ")]
    assert len(kept) == len(lines) - 1
    renumbered = [re.sub(r"^(\d+)\.", lambda found: f"{int(found[1]) + 100}.", line) for line in kept]
    (project / "list.txt").write_text("\n".join(renumbered), encoding="utf-8")
    cli.main(["ingest", "list.txt", "--edition", "2025", "--circle", "sxc"])
    old, new = (load_projects(edition).set_index("name") for edition in (2024, 2025))
    assert set(new.index) - set(old.index) == {"昆山至嘉善铁路"}
    added = new.loc["昆山至嘉善铁路"]
    assert (added["precision"], added["counties"], added["stage"]) == ("county", "320583", "started")
    assert not added["registered"]
    assert new.loc["沪渝蓉高铁", "stage"] == "completed"
    assert new["task_id"].iloc[0] == "2025-121"
    known = new[new["registered"]]
    assert (known["project_id"] == old.loc[known.index, "project_id"]).all()
    # What any city has (防洪排涝, 消防特勤站) is not taken for the same without a word that says so.
    assert set(old.index) - set(known.index) == {"城市外围防洪排涝工程", "消防特勤站新建改建（二期）项目"}
    assert known.geometry.geom_equals(old.loc[known.index].geometry).all()
    assert len(load_sites(2025)) > 20


def test_next_years_list_goes_the_way_of_the_page(project, capsys):
    """A list made up for this, with tasks and projects that go on, move on, and are new."""
    shutil.copy(ROOT / "tests" / "editions" / "2025.txt", project / "list.txt")
    assert (
        cli.main(["update", "list.txt", "--edition", "2025", "--lang", "en"]) == 1
    )  # there are decisions left
    assert "45 tasks" in capsys.readouterr().out
    page = next(project.rglob("review/2025.html")).read_text(encoding="utf-8")
    old, new = (load_projects(edition).set_index("project_id") for edition in (2024, 2025))
    assert len(new.index.intersection(old.index)) >= 18
    assert new.loc["2024-21-2", "stage"] == "completed"
    assert new.loc["2024-23a-4", "stage"] == "under_construction"
    unknown = new[~new.index.isin(old.index)]
    assert len(unknown) >= 10
    assert set(unknown["precision"]) <= {"county", "city", "none"}
    assert all(name in page for name in unknown["name"])
    assert compare_editions(2024, 2025).counts()["new"] > 15


# --- pages that are made, and pages that must stay true ---------------------------------------------------------------

RECIPES = re.findall(
    r"### ([^\n]+)\n(.*?)(?=\n### |\Z)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.mark.parametrize("name", ["architecture.md", "codebook.md"])
def test_what_a_page_takes_from_the_project_is_up_to_date(name):
    """`python tests/tools/write_docs.py` writes it."""
    spec = importlib.util.spec_from_file_location("write_docs", ROOT / "tests" / "tools" / "write_docs.py")
    write_docs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(write_docs)
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == write_docs.page(name)


def test_what_assistants_are_told_is_public():
    told = (ROOT / "llms.txt").read_text(encoding="utf-8")
    names = set(re.findall(r"`(?:sxc\.)?((?:load|read|parse)_\w+)", told))
    assert len(names) > 8
    assert names <= set(sxcanalysis.__all__)


def test_every_path_that_a_page_names_is_there():
    for page in [
        *(ROOT / "docs").glob("*.md"),
        ROOT / "CONTRIBUTING.md",
        ROOT / "README.md",
        ROOT / "README.zh.md",
        ROOT / "llms.txt",
    ]:
        words = page.read_text(encoding="utf-8")
        linked = re.findall(r"\]\((?!made/|http)([\w./-]+\.\w+)\)", words)
        assert all((page.parent / path).exists() for path in linked), (page.name, linked)
        for path in re.findall(r"`((?:data|sxcanalysis|tests|docs|notebooks)/[\w./-]+)`", words):
            known = "example" in path or "2025" in path or "YYYY" in path or (ROOT / path).exists()
            assert known, f"{page.name}: {path}"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copy")
    for part in ("sxcanalysis", "data"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize(("title", "body"), RECIPES, ids=[title for title, _ in RECIPES])
def test_a_recipe_of_contributing_works(title, body, copy):
    """The row goes into the one file that the recipe names, and the reading is as it says."""
    changed = {}
    for kind, path, rows in re.findall(r"```(csv|toml) (\S+)\n(.*?)```", body, re.DOTALL):
        file = copy / path
        changed[file] = file.read_bytes() if file.exists() else None
        before = (changed[file] or b"").rstrip(b"\n")
        file.write_bytes(before + b"\n" + rows.encode() if kind == "csv" else rows.encode())
    assert len(changed) <= 1, title
    (code,) = re.findall(r"```python\n(.*?)```", body, re.DOTALL)
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONUTF8": "1"}
    environment.pop("SXC_DATA", None)
    program = f"import pandas as pd\nimport sxcanalysis as sxc\n{code}"
    try:
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=copy,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        for file, content in changed.items():
            file.unlink() if content is None else file.write_bytes(content)
    assert done.returncode == 0, done.stderr[-2000:]
