"""The project's own files agree with each other."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
DECLARED = [*PROJECT["dependencies"], *(name for extra in EXTRAS.values() for name in extra)]


def _name(requirement: str) -> str:
    return re.split(r"[<>=!~\[; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


#: What `make` installs for a user; `make test` adds the rest.
USER = ("pdf", "xlsx", "notebooks", "report", "build")
LOCKS = {
    "requirements.lock": [*PROJECT["dependencies"], *(name for extra in USER for name in EXTRAS[extra])],
    "requirements-dev.lock": DECLARED,
}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_every_dependency_with_hashes_within_its_bounds(name: str) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    for requirement in LOCKS[name]:
        bound = requirement.split(">=")[1]
        versions = re.findall(rf"^{re.escape(_name(requirement))}==([\w.]+)", lock, re.MULTILINE)
        assert versions, requirement
        for version in versions:
            assert _numbers(version) >= _numbers(bound), requirement


def test_the_locks_agree_and_a_user_gets_no_tools_of_developers() -> None:
    pinned = [
        set(re.findall(r"^\S+==[^ ;\\]+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in LOCKS
    ]
    assert pinned[0] <= pinned[1]
    assert not {entry.split("==")[0] for entry in pinned[0]} & {
        "mypy",
        "ruff",
        "playwright",
        "sphinx",
        "pyarrow",
        "distributed",
    }


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def test_environment_agrees_with_pyproject() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    plain = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    (pip,) = (entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert f"python{PROJECT['requires-python']}" in plain
    assert set(plain) - {f"python{PROJECT['requires-python']}", "pip"} <= set(DECLARED)
    (editable,) = pip
    assert set(re.findall(r"\w+", editable.split("[")[1])) == set(USER) - {"build"}


@pytest.mark.parametrize("name", [*LOCKS, "environment.yml", "pyproject.toml", "Makefile", ".ci/run"])
def test_no_address_of_a_registry(name: str) -> None:
    assert "://" not in (ROOT / name).read_text(encoding="utf-8")


def test_import_does_not_load_the_heavy_libraries() -> None:
    heavy = ["geopandas", "matplotlib", "docx", "pdfplumber", "shapely", "pandas"]
    code = f"import sys, sxcanalysis; print([m for m in {heavy!r} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_every_public_name_is_there() -> None:
    import sxcanalysis  # noqa: PLC0415

    for name in sxcanalysis.__all__:
        assert getattr(sxcanalysis, name).__doc__, name


def test_notebooks_are_stripped() -> None:
    import json  # noqa: PLC0415

    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert notebooks
    for path in notebooks:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert not any(cell["outputs"] or cell["execution_count"] for cell in code), path.name
        assert any("parameters" in cell["metadata"].get("tags", []) for cell in code), path.name


def test_citation_has_what_its_format_asks_for() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert all(set(author) == {"name"} for author in citation["authors"]), "no invented persons"


def test_notice_names_everything_that_is_shipped() -> None:
    notice = (ROOT / "NOTICE.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w./-]+)`", notice.replace("`, `", "` `"))
    folder = ""
    covered = []
    for name in named:  # a bare name lies in the folder named last
        folder = name.rpartition("/")[0] if "/" in name else folder
        covered.append(name if "/" in name else f"{folder}/{name}")
    shipped = [
        path
        for part in ("data", "sxcanalysis/outputs/templates/leaflet")
        for path in (ROOT / part).rglob("*")
        if path.is_file()
    ]
    for path in shipped:
        inside = path.relative_to(ROOT).as_posix()
        described = path.suffix in {".py", ".md", ".pyc"} or inside.startswith(tuple(covered))
        assert described, inside


def test_no_line_end_is_converted() -> None:
    """A document is known by its bytes, also on a machine where git would change its line ends."""
    asked = ["git", "check-attr", "text", "data/sources/2024/sxc-task-list-2024.txt"]
    told = subprocess.run(asked, capture_output=True, text=True, cwd=ROOT, check=False)
    if told.returncode:
        pytest.skip("not a checkout of git, or no git here")
    assert told.stdout.strip().endswith("text: unset")


# Circles are files. What is left here is told by others than the circle: words of lists, units that were renamed.
NAMED_IN_PYTHON = {
    "geography/boundary_check.py",  # codes of units that were merged or renamed
    "geography/boundaries.py",  # the plane of maps whose circle nobody named
    "parsing/targets/lexicon.py",  # words of lists, as they print them
}


def test_no_city_province_or_year_of_a_circle_stands_in_python() -> None:
    from sxcanalysis.reference.circle import circle_names, load_circle  # noqa: PLC0415

    words: set[str] = set()
    for circle in map(load_circle, circle_names()):
        cities = [
            part
            for city in circle.cities
            for part in (city.zh, city.zh.removesuffix("市"), city.en, city.adcode)
        ]
        words |= {
            circle.zh,
            circle.en,
            circle.crs,
            circle.province,
            circle.province_zh,
            circle.province_en,
            *cities,
        }
    pattern = re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "sxcanalysis").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in docs:
                city = (
                    isinstance(node.value, str)
                    and pattern.search(node.value)
                    and "a code such as" not in node.value
                )
                if city or (type(node.value) is int and 2020 <= node.value <= 2030):
                    found.setdefault(path.relative_to(ROOT / "sxcanalysis").as_posix(), []).append(
                        f"{node.lineno}: {str(node.value)[:40]}"
                    )
    assert {name: lines for name, lines in found.items() if name not in NAMED_IN_PYTHON} == {}


#: Where each sentence of an error comes from the table of words, and so speaks the reader's language.
SPOKEN = ("analysis", "documents", "figures", "outputs", "parsing", "tables")


def _literal(node: ast.expr | None) -> str:
    """Give the words that stand in an expression itself, not those of the calls in it."""
    match node:
        case ast.Constant(value=str() as words):
            return words
        case ast.JoinedStr(values=parts):
            return " ".join(_literal(part) for part in parts)
        case ast.BinOp(left=left, right=right):
            return f"{_literal(left)} {_literal(right)}"
    return ""


def _inline_errors(source: str) -> list[tuple[int, str]]:
    """Find the English sentences that are raised, or named as what will be, in the code itself."""
    messages: list[ast.expr] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            messages += node.exc.args[:1]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {"msg", "message", "hint"}:
            messages.append(node.value)
    found = [(message.lineno, _literal(message)) for message in messages]
    return [(line, words) for line, words in found if len(re.findall(r"[A-Za-z]{2,}", words)) > 2]


@pytest.mark.parametrize("room", SPOKEN)
def test_errors_speak_the_readers_language(room: str) -> None:
    files = sorted((ROOT / "sxcanalysis" / room).rglob("*.py"))
    assert files
    inline = {
        str(file): found for file in files if (found := _inline_errors(file.read_text(encoding="utf-8")))
    }
    assert not inline, "say these from data/reference/labels.csv"
    planted = 'msg = f"{name}: it is no city"\nraise DataError("there is " + "no city")'
    assert [line for line, _ in _inline_errors(planted)] == [1, 2]
