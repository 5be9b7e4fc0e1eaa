"""PDF to lines, in a process of its own: bounded in time and memory, whatever the file does.

The text and the place of each character come from PDFium, the cells of ruled tables from
pdfplumber; ``_pdf_layout`` makes lines and paragraphs of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from sxcanalysis import _pdf_layout as layout
from sxcanalysis._errors import DocumentError
from sxcanalysis._source import Lines

if TYPE_CHECKING:
    from pathlib import Path

MAX_SECONDS = 180
MAX_MEMORY = 3_000_000_000
MAX_PAGES = 2000
MAX_CHARACTERS = 5_000_000


def read_pdf(file: Path) -> Lines:
    """Read a PDF in a child process, so that no file can hang or crash the caller.

    Raises
    ------
    DocumentError
        If the file is encrypted, damaged, without a text layer, or takes too long.
    """
    for module in ("pypdfium2", "pdfplumber"):
        if importlib.util.find_spec(module) is None:
            msg = (
                f"{file.name}: reading PDF needs {module}, which is not installed. "
                'Install it with: pip install "sxcanalysis[pdf]"'
            )
            raise DocumentError(msg)
    if not sys.executable:
        return extract(file)
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "PYTHONIOENCODING": "utf-8",
    }
    try:
        done = subprocess.run(  # noqa: S603  # our own module, in our own interpreter
            [sys.executable, "-m", "sxcanalysis._pdf", str(file.resolve())],
            capture_output=True,
            timeout=MAX_SECONDS,
            env=env,
            check=False,
        )
    except subprocess.TimeoutExpired:
        msg = (
            f"{file.name}: reading took over {MAX_SECONDS} s and was stopped. "
            "Print the pages that hold the list to a new PDF and read that."
        )
        raise DocumentError(msg) from None
    try:
        answer = json.loads(done.stdout.decode("utf-8"))
    except ValueError:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        msg = (
            f"{file.name}: reading the PDF ended abnormally (exit code {done.returncode}"
            f"{': ' + last[0][:200] if last else ''}). The file is probably damaged: get it again, "
            "or print it to a new PDF."
        )
        raise DocumentError(msg) from None
    if "error" in answer:
        raise DocumentError(answer["error"])
    answer["glued"] = {int(k): v for k, v in answer["glued"].items()}
    answer["removed"] = [(i, kind, text) for i, kind, text in answer["removed"]]
    return Lines(**answer)


def main(argv: list[str]) -> int:
    """Read the PDF that is named and write what it gave to standard output, as JSON."""
    from pathlib import Path  # noqa: PLC0415

    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    file = Path(argv[0])
    try:
        found = extract(file)
        answer = {name: getattr(found, name) for name in Lines.__slots__}
    except DocumentError as error:
        answer = {"error": str(error)}
    except MemoryError:
        answer = {
            "error": f"{file.name}: reading the PDF needs more than {MAX_MEMORY / 1e9:.0f} GB of memory."
        }
    # The child must answer whatever a damaged file makes the libraries raise.
    except Exception as error:  # noqa: BLE001
        what = f"{type(error).__name__}: {error}"[:200]
        answer = {
            "error": f"{file.name}: the PDF cannot be read ({what}). It is probably damaged: get it again, "
            "or print it to a new PDF."
        }
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=True).encode("ascii"))
    sys.stdout.flush()
    return 0


def extract(file: Path) -> Lines:
    """Read a PDF in this process."""
    name = file.name
    document = _opened(file)
    pages: list[layout.Page] = []
    pictures: list[int] = []
    ruled: list[layout.Page] = []
    total = 0
    for n in range(len(document)):
        read, shapes, images = _page(document, n, name)
        total += len(read.characters)
        if total > MAX_CHARACTERS:
            msg = (
                f"{name}: over {MAX_CHARACTERS} characters; this is more than a list. "
                "Print the pages that hold it to a new PDF."
            )
            raise DocumentError(msg)
        # Four strokes are the least that a table has.
        if shapes >= 4:
            ruled.append(read)
        if images and not read.characters:
            pictures.append(n + 1)
        pages.append(read)
    document.close()
    _check(pages, pictures, name)
    notes = []
    if pictures:
        numbers = ", ".join(map(str, pictures))
        notes.append(f"pages without a text layer (pictures) were not read: {numbers}")
    if ruled:
        _find_tables(file, ruled, notes)
    found = Lines(notes=notes)
    layout.compose(pages, found)
    return found


def _opened(file: Path) -> Any:  # noqa: ANN401
    """Open a PDF, or say why that cannot be."""
    import pypdfium2 as pdfium  # noqa: PLC0415

    with file.open("rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(stream.tell() - 8192, 0))
        whole = b"%%EOF" in stream.read()
    try:
        document = pdfium.PdfDocument(str(file))
    except pdfium.PdfiumError as error:
        if "assword" in str(error):
            msg = (
                f"{file.name}: the PDF is encrypted and needs a password. Open it with the password, "
                "print it to a new PDF, and read that."
            )
        else:
            msg = f"{file.name}: the PDF is damaged or cut off ({error}). Get it again."
        raise DocumentError(msg) from None
    if not whole:
        msg = (
            f"{file.name}: the PDF is cut off (its end is missing). Get it again; "
            "what is left is not read, as text may be lost."
        )
        raise DocumentError(msg)
    if len(document) > MAX_PAGES:
        msg = (
            f"{file.name}: {len(document)} pages; a list may have {MAX_PAGES}. "
            "Print the pages that hold it to a new PDF."
        )
        raise DocumentError(msg)
    return document


def _page(document: Any, n: int, name: str) -> tuple[layout.Page, int, int]:  # noqa: ANN401
    """Read a page's characters; count its drawn shapes and its images."""
    import pypdfium2 as pdfium  # noqa: PLC0415

    try:
        page = document[n]
        read = layout.Page(n + 1, *page.get_size())
        read.characters = _characters(page, pdfium.raw)
        shapes, images = _objects(page, pdfium.raw)
        page.close()
    except pdfium.PdfiumError as error:
        msg = f"{name}: page {n + 1} is damaged ({error}). Get the file again."
        raise DocumentError(msg) from None
    return read, shapes, images


def _check(pages: list[layout.Page], pictures: list[int], name: str) -> None:
    """Refuse a scan, and a text layer whose characters nobody can know."""
    characters = [c.text for page in pages for c in page.characters]
    if not characters:
        why = "only pictures of pages (a scan)" if pictures else "no text"
        msg = f"{name}: the PDF holds {why}, no text layer. Recognise its text (OCR), then read the result."
        raise DocumentError(msg)
    unknown = sum(c in "\ufffd\ufffe\x00" or 0xE000 <= ord(c[0]) <= 0xF8FF for c in characters)
    if unknown > 0.1 * len(characters):
        msg = (
            f"{name}: {unknown} of {len(characters)} characters of the text layer cannot be told (its fonts "
            "carry no code table). Recognise the text (OCR), or get the document in another form."
        )
        raise DocumentError(msg)


def _characters(page: Any, raw: Any) -> list[layout.Character]:  # noqa: ANN401
    """List a page's characters with their places, as the page is turned for reading."""
    text = page.get_textpage()
    count = text.count_chars()
    turn = page.get_rotation()
    wide, high = page.get_size()
    left, bottom, _, _ = page.get_cropbox() or page.get_mediabox()
    box = raw.FS_RECTF()
    out: list[layout.Character] = []
    pending = 0
    for i in range(count):
        code = raw.FPDFText_GetUnicode(text.raw, i)
        if raw.FPDFText_IsGenerated(text.raw, i) == 1 or code in {10, 13, 2}:
            continue
        if 0xD800 <= code < 0xDC00:
            pending = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((pending - 0xD800) << 10) + (code - 0xDC00) if pending else 0xFFFD
            pending = 0
        if not raw.FPDFText_GetLooseCharBox(text.raw, i, ctypes.byref(box)):
            continue
        x0, x1 = box.left - left, box.right - left
        y0, y1 = box.bottom - bottom, box.top - bottom
        if turn == 90:
            x0, x1, y0, y1 = y0, y1, x0, x1
        elif turn == 180:
            x0, x1 = wide - x1, wide - x0
        elif turn == 270:
            x0, x1, y0, y1 = wide - y1, wide - y0, high - x1, high - x0
        else:
            y0, y1 = high - y1, high - y0
        out.append(layout.Character(chr(code), x0, x1, y0, y1))
    text.close()
    return out


def _objects(page: Any, raw: Any) -> tuple[int, int]:  # noqa: ANN401
    """Count a page's drawn shapes and its images."""
    shapes = images = 0
    for k, item in enumerate(page.get_objects(max_depth=3)):
        shapes += item.type == raw.FPDF_PAGEOBJ_PATH
        images += item.type == raw.FPDF_PAGEOBJ_IMAGE
        if k > 20_000:
            break
    return shapes, images


def _find_tables(file: Path, pages: list[layout.Page], notes: list[str]) -> None:
    """Ask pdfplumber for the cells of ruled tables."""
    import logging  # noqa: PLC0415

    import pdfplumber  # noqa: PLC0415

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        with pdfplumber.open(file) as document:
            for page in pages:
                plumbed = document.pages[page.number - 1]
                if len(plumbed.edges) > 20_000:
                    notes.append(f"page {page.number}: too many lines are drawn to look for tables")
                    continue
                for table in plumbed.find_tables():
                    cells = [(float(a), float(b), float(c), float(d)) for a, b, c, d in table.cells]
                    page.tables.append(layout.Table(page.number, cells))
                plumbed.close()
    # pdfminer raises errors of every kind on files that PDFium reads well; the text is there.
    except Exception as error:  # noqa: BLE001
        notes.append(
            f"tables were not recognised, their text is read line by line ({type(error).__name__}: {error})"[
                :300
            ]
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
