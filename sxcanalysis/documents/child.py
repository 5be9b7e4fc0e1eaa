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
import tempfile
from itertools import count
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import DocumentError
from sxcanalysis.documents.lines import Grid, Lines, Spot, refusal, told
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SECONDS = 180.0
MAX_MEMORY = 2_000_000_000
LARGE = 1_000_000
PATIENCE = 2.0  # seconds after which a person is told that reading goes on

READERS = {"docx": "word", "html": "webpage", "pdf": "pdf.reading", "xlsx": "sheets", "csv": "sheets"}
_ALWAYS = frozenset({"pdf", "xlsx"})


def read_bounded(kind: str, data: bytes, name: str, *, size: int) -> Lines:
    """
    Read a file, of *size* bytes when unpacked, with the reader of its kind; its name is for messages.

    Raises
    ------
    DocumentError
        If the file cannot be read, or takes more time or memory than any list does.
    """
    if (kind not in _ALWAYS and size < LARGE) or not sys.executable:
        return _reader(kind)(data, name)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8"}
    limits = [str(MAX_MEMORY), str(int(MAX_SECONDS) + 1)]
    # Through a pipe, `communicate` would not go on writing after its first timeout.
    with tempfile.TemporaryFile() as given:
        given.write(data)
        given.seek(0)
        with subprocess.Popen(  # noqa: S603  # our own module, in our own interpreter
            [sys.executable, "-m", "sxcanalysis.documents.child", kind, name, *limits],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
        ) as process:
            output, errors = _awaited(process, name)
    try:
        answer = json.loads(output)
    except ValueError:
        last = (errors.decode("utf-8", "replace").strip().splitlines() or [""])[-1][:200]
        key = "too_much_memory" if "MemoryError" in last or "bad_alloc" in last else "ended"
        raise refusal(name, key, code=process.returncode, last=last, memory=MAX_MEMORY / 1e9) from None
    if "error" in answer:
        raise DocumentError(answer["error"])
    answer["glued"] = {int(k): how for k, how in answer["glued"].items()}
    answer["tables"] = [Grid(made, head, [Spot(*s) for s in spots]) for made, head, spots in answer["tables"]]
    return Lines(**answer)


def _awaited(process: subprocess.Popen[bytes], name: str) -> tuple[bytes, bytes]:
    """Wait for the child's output, telling a person who watches, and end it after its time."""
    for n in count(1):
        try:
            return process.communicate(timeout=min(PATIENCE, MAX_SECONDS))
        except subprocess.TimeoutExpired:
            if n * PATIENCE >= MAX_SECONDS:
                process.kill()
                raise refusal(name, "too_slow", seconds=MAX_SECONDS) from None
            if sys.stderr.isatty():
                line = say("read.still", spoken(), name=name, seconds=n * PATIENCE, limit=MAX_SECONDS)
                sys.stderr.write(f"{line}\n")
    raise AssertionError


def main(argv: list[str]) -> int:
    """Read the file that comes in and write what it gave to standard output, as JSON."""
    kind, name, memory, seconds = argv[0], argv[1], int(argv[2]), int(argv[3])
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such limits
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    try:
        found = _reader(kind)(sys.stdin.buffer.read(), name)
        text = json.dumps({part: getattr(found, part) for part in Lines.__slots__})
    except DocumentError as error:
        text = json.dumps({"error": str(error)})
    except MemoryError:
        raise  # too little is left to say so in words: the one who waits does
    # The child must answer whatever a damaged file makes the libraries raise.
    except Exception as error:  # noqa: BLE001
        text = json.dumps({"error": str(refusal(name, "damaged", error=told(error)))})
    sys.stdout.write(text)
    return 0


def _reader(kind: str) -> Callable[[bytes, str], Lines]:
    module = importlib.import_module(f"sxcanalysis.documents.{READERS[kind]}")
    reader: Callable[[bytes, str], Lines] = module.read
    return reader


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
