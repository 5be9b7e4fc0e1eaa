"""Read a file in a process of its own: bounded in time and memory, whatever the file does.

PDF and workbooks are always read so, by libraries whose ways with damaged files are not ours. Word, web pages and
CSV are read so above `LARGE`: our readers take time in proportion to the file, so that a small one is read sooner
than a process starts (a fifth of a second), which counts where ten thousand lists are read.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import DocumentError
from sxcanalysis.documents.lines import Lines, refusal
from sxcanalysis.documents.rows import Grid, Spot

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SECONDS = 180
MAX_MEMORY = 2_000_000_000
LARGE = 1_000_000

READERS = {"docx": "word", "html": "webpage", "pdf": "pdf", "xlsx": "sheets", "csv": "sheets"}
_ALWAYS = frozenset({"pdf", "xlsx"})


def read_bounded(kind: str, data: bytes, name: str, *, size: int) -> Lines:
    """
    Read a file with the reader of its kind, in a child process where it is large or a PDF.

    Parameters
    ----------
    kind
        One of `READERS`.
    data
        The file's content.
    name
        Its name, for messages.
    size
        How many bytes there are to read, unpacked.

    Returns
    -------
    lines
        What the reader found.

    Raises
    ------
    DocumentError
        If the file cannot be read, or takes more time or memory than any list does.
    """
    if (kind not in _ALWAYS and size < LARGE) or not sys.executable:
        return _reader(kind)(data, name)
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "PYTHONIOENCODING": "utf-8",
    }
    try:
        done = subprocess.run(  # noqa: S603  # our own module, in our own interpreter
            [sys.executable, "-m", "sxcanalysis.documents.child", kind, name],
            input=data,
            capture_output=True,
            timeout=MAX_SECONDS,
            env=env,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise refusal(name, "too_slow", seconds=MAX_SECONDS) from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
        raise refusal(
            name, "ended", code=done.returncode, last=last[0][:200], memory=MAX_MEMORY / 1e9
        ) from None
    if "error" in answer:
        raise DocumentError(answer["error"])
    return Lines(
        lines=answer["lines"],
        places=answer["places"],
        glued={int(k): how for k, how in answer["glued"].items()},
        removed=[(k, kind, text) for k, kind, text in answer["removed"]],
        findings=[(k, code, words) for k, code, words in answer["findings"]],
        notes=answer["notes"],
        tables=[Grid(made, head, [Spot(*s) for s in spots]) for made, head, spots in answer["tables"]],
    )


def main(argv: list[str]) -> int:
    """Read the file that comes in and write what it gave to standard output, as JSON."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limits
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS + 5))
    kind, name = argv
    try:
        found = _reader(kind)(sys.stdin.buffer.read(), name)
        answer = {part: getattr(found, part) for part in Lines.__slots__}
    except DocumentError as error:
        answer = {"error": str(error)}
    except MemoryError:
        answer = {"error": str(refusal(name, "too_much_memory", memory=MAX_MEMORY / 1e9))}
    # The child must answer whatever a damaged file makes the libraries raise.
    except Exception as error:  # noqa: BLE001
        answer = {"error": str(refusal(name, "damaged", error=f"{type(error).__name__}: {error}"[:200]))}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=True).encode("ascii"))
    sys.stdout.flush()
    return 0


def _reader(kind: str) -> Callable[[bytes, str], Lines]:
    module = importlib.import_module(f"sxcanalysis.documents.{READERS[kind]}")
    reader: Callable[[bytes, str], Lines] = module.read
    return reader


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
