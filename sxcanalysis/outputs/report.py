"""The brief of an edition as a web page, a Word file or a PDF: one content, three forms."""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from pathlib import Path

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.files import write_file
from sxcanalysis.outputs.blocks import Picture, TitleBlock
from sxcanalysis.outputs.brief import compose
from sxcanalysis.outputs.page import other_page, render_page
from sxcanalysis.reference.words import check_lang
from sxcanalysis.tables.loading import chosen_edition, load_tasks

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
    Write the brief of an edition: findings, chapters with figures, method, sources and annex.

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
    path, lang, edition = Path(path), check_lang(lang), chosen_edition(edition)
    form = path.suffix.removeprefix(".").lower()
    if form not in FORMATS:
        msg = f"{path.name}: a report is written as {', '.join(FORMATS)}; expected a file name that ends so."
        raise DataError(msg)
    load_tasks(edition)  # an edition that is not there is said to be so before anything else is looked for
    printer = _printer() if form == "pdf" else None
    blocks = compose(edition, lang, authors=authors, office=office, date=date, width_mm=TEXT_WIDTH_MM[lang])
    title = next(block.title for block in blocks if isinstance(block, TitleBlock))
    if form == "docx" or (printer and printer[0] == "office"):
        from sxcanalysis.outputs.word_file import word_bytes  # noqa: PLC0415  # python-docx is an extra

        data = word_bytes(blocks, lang, title=title, authors=authors or office)
    else:
        pictures = [block for block in blocks if isinstance(block, Picture)]
        encode = {
            one.name: [base64.b64encode(part).decode("ascii") for part in (one.png, one.csv)]
            for one in pictures
        }
        other = other_page(path, lang) if form == "html" else ""
        data = render_page(
            "report.html.j2", lang, title=title, blocks=blocks, encoded=encode, other=other
        ).encode("utf-8")
    write_file(path, _printed(data, printer) if printer else data)
    return path


def _printer() -> tuple[str, str]:
    """Find what can make a PDF: a browser, else an office program."""
    for kind, names in (("browser", _BROWSERS), ("office", _OFFICES)):
        if found := next(filter(None, map(shutil.which, names)), None):
            return kind, found
    msg = (
        "a PDF is made by a browser (Chromium, Chrome, Edge) or by LibreOffice, and none of them was found on this machine. "
        "Install one, or write --to docx or --to html and print that."
    )
    raise MissingDataError(msg)


def _printed(data: bytes, printer: tuple[str, str]) -> bytes:
    kind, program = printer
    with tempfile.TemporaryDirectory(prefix="sxc-report-") as scratch:
        folder = Path(scratch)
        source = folder / ("report.html" if kind == "browser" else "report.docx")
        source.write_bytes(data)
        if kind == "browser":
            command = [
                program,
                *_FLAGS,
                f"--user-data-dir={folder / 'profile'}",
                f"--print-to-pdf={folder / 'report.pdf'}",
                source.as_uri(),
            ]
        else:
            command = [program, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--convert-to", "pdf",
                       "--outdir", str(folder), str(source)]  # fmt: skip
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603  # a program of this machine
        except subprocess.TimeoutExpired:
            ran = None
        made = folder / "report.pdf"
        if not made.is_file():
            why = (
                "it took too long"
                if ran is None
                else (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
            )
            msg = f"{program} made no PDF: {why}. Write --to docx or --to html and print that."
            raise MissingDataError(msg)
        return made.read_bytes()
