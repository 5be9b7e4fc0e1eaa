"""Look at the installation: what is wrong, and how to mend it."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from importlib import import_module, metadata
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import SxcError

if TYPE_CHECKING:
    from collections.abc import Iterator

_INSTALL = "Install the project again, as README.md says."


@dataclass(frozen=True)
class Examined:
    """One thing looked at: what was found, whether it is good, whether it must be, and how to mend it."""

    what: str
    good: bool = True
    needed: bool = True
    mend: str = ""


def check_everything(edition: str | None = None) -> list[str]:
    """
    Check all data: files, what they say of each other, editions against their documents, and what lies where.

    Parameters
    ----------
    edition
        Only this edition's tables and document; everything if None.

    Returns
    -------
    findings
        One line each; empty if nothing is wrong.
    """
    from sxcanalysis.tables.checking import check_project  # noqa: PLC0415

    findings = check_project(edition)
    if (
        edition is None and not findings
    ):  # what is read wrongly needs no second finding for where it would lie
        from sxcanalysis.geography.place_check import place_findings  # noqa: PLC0415

        findings = place_findings()
    return findings


def examine() -> Iterator[Examined]:
    """Look at everything that has to be right before figures can be trusted."""
    version = platform.python_version()
    right = sys.version_info >= (3, 11)
    yield Examined(
        f"Python {version} on {platform.system()}",
        right,
        mend="" if right else "Python 3.11 or later is needed.",
    )
    yield from _packages()
    yield from _font()
    yield from _data()


def _packages() -> Iterator[Examined]:
    """Compare what is installed with what the project declares: the declaration is the one source of truth."""
    try:
        declared = metadata.requires("sxcanalysis") or []
    except metadata.PackageNotFoundError:
        yield Examined("sxcanalysis is not installed in this environment", good=False, mend=_INSTALL)
        return
    try:
        from packaging.requirements import Requirement  # noqa: PLC0415
    except ModuleNotFoundError:
        yield Examined("the package 'packaging' is not installed", good=False, mend=_INSTALL)
        return
    for line in declared:
        wanted = Requirement(line)
        extra = "" if wanted.marker is None or "extra" not in str(wanted.marker) else str(wanted.marker)
        if wanted.marker is not None and not extra and not wanted.marker.evaluate():
            continue
        try:
            version = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            mend = f"Only needed for {extra.replace('extra == ', 'the extra ')}." if extra else _INSTALL
            yield Examined(f"{wanted.name} is not installed", good=False, needed=not extra, mend=mend)
            continue
        fits = wanted.specifier.contains(version, prereleases=True)
        mend = "" if fits else f"Expected {wanted.name}{wanted.specifier}. {_INSTALL}"
        yield Examined(f"{wanted.name} {version}", fits, needed=not extra, mend=mend)


def _font() -> Iterator[Examined]:
    try:
        font = import_module("sxcanalysis.figures.style").text_font()
    except SxcError as error:
        yield Examined("no font with Chinese characters", good=False, mend=str(error))
        return
    except ModuleNotFoundError as error:
        yield Examined(f"the font could not be looked for: {error}", good=False, mend=_INSTALL)
        return
    yield Examined(
        f"font {font.family} ({font.path.name}, from {font.origin})",
        good=font.finding is None,
        needed=False,
        mend=font.finding or "",
    )


def _data() -> Iterator[Examined]:
    from sxcanalysis.core.paths import data_dir  # noqa: PLC0415

    try:
        root = data_dir()
    except SxcError as error:
        yield Examined("no data folder", good=False, mend=str(error))
        return
    yield Examined(f"data folder {root}")
    try:
        from sxcanalysis.tables.loading import available_editions  # noqa: PLC0415

        names = available_editions()
        mend = "" if names else "`sxc ingest FILE --edition YYYY` makes one."
        yield Examined(f"editions: {', '.join(names) or 'none'}", bool(names), mend=mend)
        findings = check_everything()
    except ModuleNotFoundError as error:
        yield Examined(f"the data could not be checked: {error}", good=False, mend=_INSTALL)
        return
    for finding in findings:
        yield Examined("data", good=False, mend=finding)
    if not findings:
        yield Examined("data: every file is valid, and is what its document gives")
    for level in ("city", "county", "water"):
        yield _boundaries(level)


def _boundaries(level: str) -> Examined:
    try:
        count = len(import_module("sxcanalysis.geography.boundaries").load_boundaries(level))
    except SxcError as error:
        return Examined(f"boundaries: {level}", good=False, mend=str(error))
    except ModuleNotFoundError as error:
        return Examined(f"boundaries: {level} could not be loaded: {error}", good=False, mend=_INSTALL)
    return Examined(f"boundaries: {count} of level {level}")
