"""PDF to lines, in a process of its own: bounded in time and memory, whatever the file does.

Two libraries read each page, PDFium and pdfminer (through pdfplumber), for each loses characters
that the other finds; ``_pdf_layout`` makes lines, paragraphs and tables of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import os
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from sxcanalysis.core.errors import DocumentError
from sxcanalysis.documents import pdf_layout as layout
from sxcanalysis.documents import pdf_plumbed as plumbed
from sxcanalysis.documents.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_SECONDS = 180
MAX_MEMORY = 2_000_000_000
MAX_PAGES = 1000
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
                'Install it in the folder of the project with: pip install -e ".[pdf]"'
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
            [sys.executable, "-m", "sxcanalysis.documents.pdf", str(file.resolve())],
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
            f"{': ' + last[0][:200] if last else ''}). The file is damaged or unpacks to more than "
            f"{MAX_MEMORY / 1e9:.0f} GB: get it again, or print it to a new PDF."
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
    notes: list[str] = []
    pages: list[layout.Page] = []
    pictures: list[int] = []
    total = 0
    with _second(file, notes) as other:
        for n in range(len(document)):
            page, images = _page(document, other, n, name, notes)
            total += len(page.characters)
            if total > MAX_CHARACTERS:
                msg = (
                    f"{name}: over {MAX_CHARACTERS} characters; this is more than a list. "
                    "Print the pages that hold it to a new PDF."
                )
                raise DocumentError(msg)
            if images and not page.characters:
                pictures.append(n + 1)
            pages.append(page)
    document.close()
    _check(pages, pictures, name)
    if pictures:
        numbers = ", ".join(map(str, pictures))
        notes.append(f"pages without a text layer (pictures) were not read: {numbers}")
    found = Lines(notes=notes)
    layout.compose(pages, found)
    return found


@contextlib.contextmanager
def _second(file: Path, notes: list[str]) -> Iterator[Any]:
    """Open the file with pdfplumber as well; None if it cannot."""
    import logging  # noqa: PLC0415

    import pdfplumber  # noqa: PLC0415

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        document = pdfplumber.open(file)
    # pdfminer raises errors of every kind on damaged files, some of which PDFium reads.
    except Exception as error:  # noqa: BLE001
        notes.append(f"tables were not recognised ({type(error).__name__}: {error})"[:200])
        yield None
        return
    try:
        yield document
    finally:
        # Closing visits all the pages again, and fails on those that are damaged.
        with contextlib.suppress(Exception):
            document.close()


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


def _page(
    document: Any,  # noqa: ANN401
    other: Any,  # noqa: ANN401
    n: int,
    name: str,
    notes: list[str],
) -> tuple[layout.Page, int]:
    """Read a page's characters and tables; count its images.

    Of two readers the one that finds more characters is taken: PDFium passes over single
    characters of fonts that are not embedded, pdfminer over fonts it has no table for.
    """
    import pypdfium2 as pdfium  # noqa: PLC0415

    try:
        page = document[n]
        width, height = page.get_size()
        first = layout.Page(n + 1, width, height, _characters(page, pdfium.raw))
        shapes, images = _objects(page, pdfium.raw)
        page.close()
    except pdfium.PdfiumError as error:
        msg = f"{name}: page {n + 1} is damaged ({error}). Get the file again."
        raise DocumentError(msg) from None
    try:
        # Four strokes are the least that a table has.
        second = None if other is None else plumbed.read(other, n, tables=shapes >= 4)
    # The text is there, so that a page pdfminer fails on is not lost.
    except Exception as error:  # noqa: BLE001
        notes.append(f"page {n + 1}: no tables recognised ({type(error).__name__}: {error})"[:200])
        second = None
    if second is None:
        return first, images
    here, there = _known(first), _known(second)
    here -= Counter(second.slanted)
    if here.total() > there.total():
        first.tables = second.tables
        first, second, here, there = second, first, there, here
    missed = here - there
    if missed:
        sample = "".join(missed.elements())[:20]
        notes.append(
            f"page {n + 1}: {missed.total()} characters are seen by one reader of PDF only, and are "
            f"not in the text: {sample}"
        )
    return second, images


def _known(page: layout.Page) -> Counter[str]:
    """Count the characters of a page that can be told."""
    known: Counter[str] = Counter()
    for c in page.characters:
        known.update(k for k in c.text if not k.isspace() and k not in "\ufffd\ufffe\0")
    return known


def _check(pages: list[layout.Page], pictures: list[int], name: str) -> None:
    """Refuse a scan, and a text layer whose characters nobody can know."""
    characters = [c.text for page in pages for c in page.characters if not c.text.isspace()]
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
