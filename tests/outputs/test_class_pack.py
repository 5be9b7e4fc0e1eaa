"""The pack for a room without internet: what a machine needs is in it, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sxcanalysis.core.errors import DataError
from sxcanalysis.outputs.teaching import class_pack

ROOT = Path(__file__).resolve().parents[2]
LOCK = """both==1.0 \\
    --hash=sha256:aa
only-windows==2.0 ; sys_platform == 'win32' \\
    --hash=sha256:bb \\
    --hash=sha256:cc
not-windows==3.0 ; sys_platform != 'win32' \\
    --hash=sha256:dd
old==4.0 ; python_full_version < '3.12' \\
    --hash=sha256:ee
"""


def names(platform: str, python: str) -> set[str]:
    lines = class_pack.for_machine(LOCK, platform, python).splitlines()
    return {line.split("==")[0] for line in lines if "==" in line}


def test_conditions_are_judged_by_the_machine_of_the_class() -> None:
    assert names("windows", "3.12") == {"both", "only-windows"}
    assert names("linux", "3.11") == {"both", "not-windows", "old"}
    assert names("macos", "3.13") == {"both", "not-windows"}
    assert class_pack.for_machine(LOCK, "windows", "3.12").count("--hash") == 3


def test_the_lock_of_the_project_can_be_read_for_every_machine() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for platform in class_pack.PLATFORMS:
        wanted = class_pack.for_machine(lock, platform, "3.12")
        assert "pandas==" in wanted
        assert ";" not in wanted
    assert "pywinpty==" in class_pack.for_machine(lock, "windows", "3.12")
    assert "pywinpty==" not in class_pack.for_machine(lock, "linux", "3.12")


def test_a_pack_is_whole_and_its_start_scripts_name_its_wheels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def pip(arguments: list[str]) -> None:
        asked.append(arguments)
        at = arguments.index("--wheel-dir" if arguments[0] == "wheel" else "--dest") + 1
        name = "sxcanalysis-1-py3-none-any.whl" if arguments[0] == "wheel" else "pandas-9-any.whl"
        (Path(arguments[at]) / name).write_bytes(b"wheel")

    monkeypatch.setattr(class_pack, "_pip", pip)
    pack = class_pack.write_class_pack(tmp_path / "pack", ROOT, lang="en", platforms=["windows", "linux"])
    there = {path.relative_to(pack.folder).as_posix() for path in pack.folder.rglob("*") if path.is_file()}
    assert {f"wheels/{name}/sxcanalysis-1-py3-none-any.whl" for name in ("windows", "linux")} <= there
    assert "lessons/teaching/01_read.ipynb" in there
    assert "wheels\\windows" in (pack.folder / "start-windows.bat").read_text()
    assert "wheels/linux" in (pack.folder / "start-linux.sh").read_text()
    sums = (pack.folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert {line.split("  ")[1] for line in sums} == there - {"SHA256SUMS"}
    assert not [name for name in there if "solution" in name]
    assert any("--platform=win_amd64" in arguments for arguments in asked)


@pytest.mark.slow
def test_a_pack_installs_and_reads_with_the_network_cut(tmp_path: Path) -> None:
    """On a machine like this one: an empty environment, the pack's wheels, and nothing else."""
    system = {"linux": "linux", "darwin": "macos", "win32": "windows"}[sys.platform]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    pack = class_pack.write_class_pack(tmp_path / "pack", ROOT, platforms=[system], python=python)
    cut = ["unshare", "--map-root-user", "--net"] if shutil.which("unshare") else []
    own = tmp_path / "venv" / ("Scripts" if system == "windows" else "bin") / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    wheels = ["--no-index", "--find-links", pack.folder / "wheels" / system]
    subprocess.run(
        [*cut, own, "-m", "pip", "install", "--quiet", *wheels, "sxcanalysis[notebooks]"], check=True
    )
    bare = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "SXC_DATA"}}
    code = "import jupyterlab, sxcanalysis as sxc; print(len(sxc.load_tasks(2024)))"
    ran = subprocess.run(
        [*cut, own, "-c", code], cwd=tmp_path, env=bare, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "53"
    assert sum(pack.megabytes.values()) < 350


def test_an_old_folder_and_an_unknown_machine_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(DataError, match="not empty"):
        class_pack.write_class_pack(tmp_path, ROOT)
    with pytest.raises(DataError, match="beos: unknown"):
        class_pack.write_class_pack(tmp_path / "new", ROOT, platforms=["beos"])
