"""Look at the installation: what is wrong, and how to mend it."""

from __future__ import annotations

import platform
import sys
from importlib import import_module, metadata
from typing import TYPE_CHECKING, NamedTuple

from sxcanalysis.core.errors import SxcError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.core.progress import at_work
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Examined(NamedTuple):
    """One thing looked at: what was found, whether it is good, whether it must be, and how to mend it."""

    what: str
    good: bool = True
    needed: bool = True
    mend: str = ""


def _say(key: str, **values: object) -> str:
    return say(f"doctor.{key}", spoken(), **values)


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
    if edition is None:
        from sxcanalysis.geography.place_check import place_findings  # noqa: PLC0415

        at_work("places")
        findings += [finding for finding in place_findings() if finding not in findings]
    return findings


def examine() -> Iterator[Examined]:
    """Look at everything that has to be right before figures can be trusted."""
    right = sys.version_info >= (3, 11)
    python = f"Python {platform.python_version()} on {platform.system()}"
    yield Examined(python, right, mend="" if right else _say("python"))
    yield from _packages()
    for look in (_font, _data):
        try:
            yield from look()
        except SxcError as error:
            yield Examined(_say(look.__name__.strip("_")), good=False, mend=str(error))
        except ModuleNotFoundError as error:
            yield Examined(
                _say("not_looked", what=look.__name__.strip("_"), error=error),
                good=False,
                mend=_say("install"),
            )


def _packages() -> Iterator[Examined]:
    """Compare what is installed with what the project declares: the declaration is the one source of truth."""
    try:
        from packaging.requirements import Requirement  # noqa: PLC0415

        declared = [Requirement(line) for line in metadata.requires("sxcanalysis") or []]
    except (metadata.PackageNotFoundError, ModuleNotFoundError) as error:
        yield Examined(_say("not_installed", name=error.name), good=False, mend=_say("install"))
        return
    for wanted in declared:
        extra = str(wanted.marker or "").partition("extra == ")[2].strip("\"' )")
        if wanted.marker is not None and not extra and not wanted.marker.evaluate():
            continue
        try:
            version = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            mend = _say("extra", extra=extra) if extra else _say("install")
            yield Examined(_say("not_installed", name=wanted.name), good=False, needed=not extra, mend=mend)
            continue
        fits = wanted.specifier.contains(version, prereleases=True)
        mend = "" if fits else _say("version", wanted=f"{wanted.name}{wanted.specifier}")
        yield Examined(f"{wanted.name} {version}", fits, needed=not extra, mend=mend)


def _font() -> Iterator[Examined]:
    font = import_module("sxcanalysis.figures.style").text_font()
    what = _say("font_found", family=font.family, file=font.path.name, origin=font.origin)
    yield Examined(what, good=font.finding is None, needed=False, mend=font.finding or "")


def _data() -> Iterator[Examined]:
    yield Examined(_say("folder", path=data_dir()))
    names = import_module("sxcanalysis.tables.loading").available_editions()
    yield Examined(
        _say("editions", names=", ".join(names) or "–"), bool(names), mend="" if names else _say("ingest")
    )
    findings = check_everything()
    for finding in findings:
        yield Examined(_say("data"), good=False, mend=finding)
    if not findings:
        yield Examined(_say("data_valid"))
    load: Callable[[str], object] = import_module("sxcanalysis.geography.boundaries").load_boundaries
    for level in ("city", "county", "water"):
        try:
            count = len(load(level))  # type: ignore[arg-type]
        except SxcError as error:
            yield Examined(_say("no_boundaries", level=level), good=False, mend=str(error))
        else:
            yield Examined(_say("boundaries", n=count, level=level))
