"""The brief of an edition as a web page, a Word file or a PDF: one content, three forms."""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.files import write_file
from sxcanalysis.outputs import naming
from sxcanalysis.outputs.brief.blocks import Block, Picture
from sxcanalysis.outputs.brief.contents import compose
from sxcanalysis.outputs.page import other_page, render_page
from sxcanalysis.reference.words import check_lang, say, spoken
from sxcanalysis.tables.loading import chosen_edition, load_tasks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FORMATS = ("html", "docx", "pdf")
#: Between the margins of an A4 page: those of GB/T 9704 for Chinese (28 and 26 mm at the sides), 25 mm for English.
TEXT_WIDTH_MM = {"zh": 156.0, "en": 160.0}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge", "chrome")
_OFFICES = ("soffice", "libreoffice")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-pdf-header-footer",
)  # fmt: skip
_SECONDS = 120


def write_report(
    path: str | Path,
    *,
    edition: str | int | None = None,
    lang: str = "zh",
    authors: str = "",
    office: str = "",
    date: str = "",
) -> Path:
    """
    Write the brief of an edition: findings, chapters with figures, method, sources and a short annex.

    Parameters
    ----------
    path
        ``.html`` (one page that needs no network; where its name ends in ``-zh.html`` or ``-en.html`` it links the other
        language's page beside it), ``.docx`` or ``.pdf``. Its folder is made if need be.
    edition
        Whose tables are read; the latest if None.
    lang
        ``zh`` or ``en``.
    authors, office, date
        What stands under the title; empty ones are left out.

    Returns
    -------
    path
        The file, whole or not written at all; the same tables give the same bytes (but for a PDF). A figure that cannot be
        drawn leaves the reason in its place.

    Raises
    ------
    DataError
        If the form is unknown.
    MissingDataError
        If the edition or one of its tables is not there, or what makes the form is not installed.
    FigureError
        If the language is unknown.
    """
    (written,) = write_forms([path], edition=edition, lang=lang, byline=(office, authors, date))
    return written


def write_forms(
    paths: Sequence[str | Path], *, edition: str | int | None, lang: str, byline: tuple[str, str, str]
) -> Iterator[Path]:
    """Write one brief in several forms: its figures are drawn once; `byline` is office, authors and date."""
    lang, edition, blocks = check_lang(lang), chosen_edition(edition), list[Block]()
    for path in map(Path, paths):
        form = path.suffix.removeprefix(".").lower()
        if form not in FORMATS:
            msg = say("output.report_form", spoken(), name=path.name, forms=", ".join(FORMATS))
            raise DataError(msg)
        load_tasks(
            edition
        )  # an edition that is not there is said to be so before anything else is looked for
        printer = _find_printer() if form == "pdf" else ""
        shown = tuple(filter(None, byline))
        blocks = blocks or compose(edition, lang, byline=shown, width_mm=TEXT_WIDTH_MM[lang])
        title = naming.edition_title(edition, lang)
        if form == "docx" or _is_office(printer):
            from sxcanalysis.outputs.brief.word_file import word_bytes  # noqa: PLC0415  # python-docx is an extra

            data = word_bytes(blocks, lang, title=title, authors=byline[1] or byline[0])
        else:
            other = other_page(path, lang) if form == "html" else ""
            data = _page_bytes(blocks, lang, title, other)
        write_file(path, print_pdf(data, printer) if printer else data)
        yield path


def _page_bytes(blocks: list[Block], lang: str, title: str, other: str) -> bytes:
    encoded = {
        block.name: [base64.b64encode(part).decode("ascii") for part in (block.png, block.csv)]
        for block in blocks
        if isinstance(block, Picture)
    }
    page = render_page("report.html.j2", lang, title=title, blocks=blocks, encoded=encoded, other=other)
    return page.encode("utf-8")


def _find_printer() -> str:
    """Find what can make a PDF: a browser, else an office program."""
    if found := next(filter(None, map(shutil.which, (*_BROWSERS, *_OFFICES))), None):
        return found
    msg = say("output.no_printer", spoken())
    raise MissingDataError(msg)


def _is_office(program: str) -> bool:
    return Path(program).stem in _OFFICES


def print_pdf(data: bytes, program: str) -> bytes:
    """Let a browser print a page, or an office program a Word file."""
    with tempfile.TemporaryDirectory(prefix="sxc-report-") as scratch:
        folder = Path(scratch)
        source, made = (
            folder / ("report.docx" if _is_office(program) else "report.html"),
            folder / "report.pdf",
        )
        source.write_bytes(data)
        command = [
            program,
            *_FLAGS,
            f"--user-data-dir={folder / 'profile'}",
            f"--print-to-pdf={made}",
            source.as_uri(),
        ]
        if _is_office(program):
            profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
            command = [
                program,
                "--headless",
                profile,
                "--convert-to",
                "pdf",
                "--outdir",
                str(folder),
                str(source),
            ]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603  # a program of this machine
            why = (ran.stderr.strip().splitlines() or [""])[-1]
        except subprocess.TimeoutExpired:
            why = f"> {_SECONDS} s"
        if not made.is_file():
            msg = say("output.no_pdf", spoken(), program=program, why=why or "…")
            raise MissingDataError(msg)
        return made.read_bytes()
