"""The wheel alone, in an environment of its own and outside the checkout, reads, loads, ingests and checks."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"
USE = """
import sxcanalysis as sxc, sys
from sxcanalysis.core import paths
assert "site-packages" in sxc.__file__ and not paths.is_checkout()
made = sxc.parse_document("一、创新\\n1. 建设实验室。（省科技厅牵头，苏州市具体落实）", edition="2031")
assert made.assignments["body"].tolist() == ["省科技厅", "苏州市"]
tasks = sxc.load_tasks()
assert len(tasks) == 53 and tasks.attrs["edition"] == "2024"
assert len(sxc.load_boundaries("city")) and len(sxc.load_cities()) and sxc.load_circle("chengdu").full
print("used")
"""


def _run(*command: object, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "SXC_DATA"}}
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, cwd=cwd, env=kept | env, check=False
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel and an sdist, built from a copy of what git knows."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    listed = _run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    if listed.returncode:
        pytest.skip("not a checkout of git, or no git here")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("figures/"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    for what in ("build_wheel", "build_sdist"):
        made = _run(sys.executable, "-c", BUILD, what, out, cwd=source)
        assert made.returncode == 0, made.stderr
    return out


@pytest.fixture(scope="module")
def python(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has the wheel, and the other packages of this environment."""
    folder = tmp_path_factory.mktemp("environment")
    assert _run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder).returncode == 0
    (site,) = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(site)  # noqa: S202  # built above
    (site / "others.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return folder / "bin" / "python"


def test_what_the_archives_hold(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        inside = set(wheel.namelist())
    wanted = ["data/dictionary.toml", "data/reference/bodies.csv", "data/circles/sxc.toml", "data/tables/2024/tasks.csv",
              "data/context/cities.csv", "data/projects/projects.csv", "notebooks/01_task_table.ipynb", "py.typed"]  # fmt: skip
    assert {f"sxcanalysis/{name}" for name in wanted} <= inside
    of_data = {path.relative_to(ROOT).as_posix() for path in (ROOT / "data").rglob("*") if path.is_file()}
    hidden = {name for name in of_data if "/." in name or "__pycache__" in name or "/replaced/" in name}
    assert {f"sxcanalysis/{name}" for name in of_data - hidden} <= inside
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "sxcanalysis").rglob("*") if path.is_file()}
    assert {name for name in code if "__pycache__" not in name} <= inside, "templates and scripts too"
    assert not [name for name in inside if name.startswith(("tests/", "data/"))]
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {
        "data/dictionary.toml",
        "setup.py",
        "tests/test_wheel.py",
        "notebooks/01_task_table.ipynb",
    } <= names


def test_the_wheel_alone_reads_loads_ingests_and_checks(python: Path, tmp_path: Path) -> None:
    used = _run(python, "-c", USE, cwd=tmp_path)
    assert used.returncode == 0, used.stderr
    sxc = (python, "-m", "sxcanalysis.cli", "--lang", "en")
    refused = _run(*sxc, "ingest", "--edition", "2024", cwd=tmp_path)
    assert (refused.returncode, "sxc init FOLDER" in refused.stderr) == (1, True), refused.stderr
    assert _run(*sxc, "init", "mine", cwd=tmp_path).returncode == 0
    assert "2024" in _run(*sxc, "ingest", "--edition", "2024", "--data", "mine", cwd=tmp_path).stdout
    checked = _run(*sxc, "check", cwd=tmp_path, SXC_DATA=str(tmp_path / "mine"))
    assert (checked.returncode, checked.stdout) == (0, "Nothing is wrong.\n"), checked.stdout + checked.stderr
    assert _run(*sxc, "init", "mine", cwd=tmp_path).returncode == 1, "nothing is overwritten"
    empty = tmp_path / "empty"
    empty.mkdir()
    own = _run(python, "-c", "import sxcanalysis as s; s.load_tasks()", cwd=tmp_path, SXC_DATA=str(empty))
    assert "MissingEditionError" in own.stderr, "editions come from the folder, not from the package"
    reference = _run(
        python, "-c", "import sxcanalysis as s; s.load_circle('sxc')", cwd=tmp_path, SXC_DATA=str(empty)
    )
    assert reference.returncode == 0, reference.stderr
