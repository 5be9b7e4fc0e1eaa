"""One folder for a room without internet: wheels for the machines asked for, lessons, pages, start scripts, checksums."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TEMPLATES = files("sxcanalysis.outputs") / "templates" / "class_pack"
#: The machines that a class has: what pip calls them, and what a lock's conditions are judged by there.
PLATFORMS: dict[str, dict[str, Any]] = tomllib.loads((_TEMPLATES / "machines.toml").read_text("utf-8"))
PYTHONS = ("3.11", "3.12", "3.13")
INSTALL = '"sxcanalysis[notebooks]"'


@dataclass(frozen=True, slots=True)
class ClassPack:
    """What was packed: the folder, its files, and the megabytes of wheels by platform."""

    folder: Path
    files: int
    megabytes: dict[str, float]


def write_class_pack(
    folder: str | Path,
    project: str | Path,
    *,
    lang: str = "zh",
    platforms: Sequence[str] = ("windows", "macos", "linux"),
    python: str = "3.12",
    told: Callable[[str], None] = lambda _: None,
) -> ClassPack:
    """
    Pack everything that a class without internet needs.

    Parameters
    ----------
    folder
        Made; must not hold anything yet.
    project
        A checkout of the project, or the folder that ``sxc init`` made: its notebooks, lock and pages are taken.
    lang
        ``zh`` or ``en``: language of the page for those who open the folder.
    platforms
        Of ``windows macos macos-intel linux``.
    python
        The version that the class has, ``3.11`` to ``3.13``.
    told
        Called with a line of progress.

    Returns
    -------
    pack
        ``wheels/<platform>/``, ``lessons/`` (unsolved), ``pages/`` (for those without Python), a start script a platform,
        ``README.txt`` and ``SHA256SUMS``; the teacher's page apart, in ``teacher/``.

    Raises
    ------
    DataError
        If the folder is not empty, or a platform or version is unknown.
    MissingDataError
        If a wheel cannot be had; the message names it.
    """
    target, root = Path(folder), Path(project)
    if target.exists() and any(target.iterdir()):
        msg = say("output.not_empty", spoken(), folder=target)
        raise DataError(msg)
    if wrong := [*(set(platforms) - set(PLATFORMS)), *({python} - set(PYTHONS))]:
        msg = say(
            "output.no_platform",
            spoken(),
            wrong=", ".join(wrong),
            platforms=", ".join(PLATFORMS),
            pythons=", ".join(PYTHONS),
        )
        raise DataError(msg)
    target.mkdir(parents=True, exist_ok=True)
    shutil.copytree(root / "notebooks", target / "lessons", ignore=shutil.ignore_patterns(".*"))
    pages = sorted((root / "build" / "notebooks").rglob("*.html"))
    for page in pages:
        (target / "pages").mkdir(exist_ok=True)
        shutil.copy(page, target / "pages" / f"{page.parent.name}-{page.name}")
    for page in sorted((root / "docs").glob("teaching*.md")):
        (target / "teacher").mkdir(exist_ok=True)
        shutil.copy(page, target / "teacher" / page.name)
    own = _own_wheel(root, target)
    megabytes = {}
    for platform in platforms:
        told(say("pack.platform", lang, platform=platform))
        wheels = target / "wheels" / platform
        _download(root, wheels, platform, python)
        shutil.copy(own, wheels / own.name)
        megabytes[platform] = sum(path.stat().st_size for path in wheels.iterdir()) / 1e6
        _write_start(target, platform, python)
    own.unlink()
    words = say(
        "pack.readme", lang, python=python, sizes=", ".join(f"{k} {v:.0f} MB" for k, v in megabytes.items())
    )
    (target / "README.txt").write_text(words.replace("\\n", "\n") + "\n", encoding="utf-8-sig")
    packed = sorted(path for path in target.rglob("*") if path.is_file())
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(target).as_posix()}"
        for path in packed
    ]
    (target / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8", newline="\n")
    return ClassPack(target, len(packed) + 1, megabytes)


def _write_start(target: Path, platform: str, python: str) -> None:
    name = PLATFORMS[platform]["start"]
    text = (_TEMPLATES / name).read_text("utf-8").format(python=python, install=INSTALL, platform=platform)
    path = target / name.replace("start", f"start-{platform}")
    path.write_text(text, encoding="utf-8", newline="\r\n" if name.endswith(".bat") else "\n")
    path.chmod(0o755)


def _own_wheel(root: Path, target: Path) -> Path:
    _pip(["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(target), str(root)])
    (wheel,) = target.glob("sxcanalysis-*.whl")
    return wheel


def _download(root: Path, wheels: Path, platform: str, python: str) -> None:
    """Fetch the wheels of the lock for another machine."""
    wheels.mkdir(parents=True, exist_ok=True)
    wanted = wheels / "wanted.txt"
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    wanted.write_text(for_machine(lock, platform, python), encoding="utf-8")
    options = [
        "--quiet", "--no-deps", "--only-binary=:all:", "--implementation=cp", f"--python-version={python}",
        f"--abi=cp{python.replace('.', '')}", "--abi=abi3", "--abi=none", *(f"--platform={tag}" for tag in PLATFORMS[platform]["tags"]),
    ]  # fmt: skip
    _pip(["download", *options, "--require-hashes", "--dest", str(wheels), "-r", str(wanted)])
    wanted.unlink()


def for_machine(lock: str, platform: str, python: str) -> str:
    """Return the entries of a lock that a machine needs, without their conditions: pip would judge those by this machine."""
    environment = {
        **PLATFORMS[platform]["markers"], "python_version": python, "python_full_version": f"{python}.0",
        "implementation_name": "cpython", "platform_python_implementation": "CPython",
    }  # fmt: skip
    kept = []
    for entry in re.split(r"\n(?=\S)", lock.strip()):
        head, _, hashes = entry.partition(" \\\n")
        requirement = Requirement(head)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            kept.append(f"{requirement.name}{requirement.specifier} \\\n{hashes}")
    return "\n".join(kept) + "\n"


def _pip(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "pip", *arguments, "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own interpreter
    if done.returncode:
        last = [
            line for line in done.stderr.splitlines() if line.startswith("ERROR")
        ] or done.stderr.splitlines()[-1:]
        msg = f"pip {arguments[0]}: {' '.join(last)[:600]}"
        raise MissingDataError(msg)
