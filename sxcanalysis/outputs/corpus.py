"""Many documents to one Parquet data set: in parts written whole or not at all, resumable, on one machine or on a cluster.

A data set is a folder ``edition=<year>/part-<name>.<n>/`` with one Parquet file a table. ``documents.parquet`` says of
every document of a part what it was (hash, size), which parser read it, and how that ended; it is the manifest, and a part
is only there with it. A part that is written anew gets the next ``n``; the one before goes when the new one is whole.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from sxcanalysis.core.errors import MissingDataError, SxcError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.documents.reading import read_source
from sxcanalysis.parsing import tasklist
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: The tables of a data set beside ``documents``, as `TaskList` names them.
TABLES = ("tasks", "assignments", "targets", "mentions", "projects", "fields", "issues")
DOCUMENT_COLUMNS = ("doc_id", "edition", "sha256", "bytes", "parser", "status", "reason", "tasks")
SUFFIXES = frozenset({".txt", ".md", ".html", ".htm", ".mht", ".docx", ".pdf", ".csv", ".xlsx"})
CHUNK = 200  # documents a part: a few megabytes of tables, and what a kill costs at most
SECONDS = 120  # for one document
MEMORY = 4_000_000_000  # bytes of address space for one process
_CODED = {"edition", "body", "role", "body_kind", "category", "metric", "unit", "kind"}
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_PART = re.compile(r"part-(?P<name>[0-9a-f]+)\.(?P<n>\d+)")

Record = dict[str, object]
Tables = dict[str, pd.DataFrame]


class Progress(NamedTuple):
    """How far a run is: documents read, failed, left as they were, and all."""

    read: int
    failed: int
    kept: int
    total: int


class Corpus(NamedTuple):
    """A data set of many lists; a table is read when it is asked for."""

    folder: Path

    def load(self, table: str, *, edition: str | int | None = None) -> pd.DataFrame:
        """
        Return a table of all documents, or of those of an edition.

        Parameters
        ----------
        table
            ``documents tasks assignments targets mentions projects fields issues``.
        edition
            For example 2024; all if None.

        Returns
        -------
        table
            The columns of `load_tasks` and its like, with ``doc_id`` and ``edition`` first; repeated words are categories.

        Raises
        ------
        MissingDataError
            If there is no such table, or no such edition.
        """
        if table not in {"documents", *TABLES}:
            raise MissingDataError(_words("no_table", table=table, tables=", ".join(TABLES)))
        parts = live_parts(self.folder)
        if edition is not None:
            parts = [part for part in parts if part.parent.name == f"edition={edition}"]
            if not parts:
                there = ", ".join(self.editions()) or "–"
                raise MissingDataError(_words("no_edition", folder=self.folder, edition=edition, there=there))
        files = [file for part in parts if (file := part / f"{table}.parquet").is_file()]
        none = pd.DataFrame({"doc_id": [], "edition": []})
        whole = pd.concat(map(pd.read_parquet, files), ignore_index=True) if files else none
        return whole.astype(dict.fromkeys([name for name in whole if name in _CODED], "category"))

    def editions(self) -> list[str]:
        """Name the editions of which there are documents."""
        return sorted({part.parent.name.removeprefix("edition=") for part in live_parts(self.folder)})


def open_corpus(folder: str | Path) -> Corpus:
    """Open a data set that `write_corpus` (``sxc corpus``) has written; MissingDataError if there is none."""
    path = Path(folder)
    if not live_parts(path):
        raise MissingDataError(_words("none", folder=path))
    return Corpus(path)


def write_corpus(
    folder: str | Path,
    out: str | Path,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    chunk: int = CHUNK,
    told: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """
    Read every document of a folder into a data set; what is there already and has not changed is left as it is.

    Parameters
    ----------
    folder
        Documents of any form that `read_document` reads, in subfolders too. ``doc_id`` is the path inside it; the edition
        is the first year in that path, else in the document's first lines, else ``unknown``.
    out
        The data set; made if need be.
    workers
        Processes; as many as there are cores if None.
    scheduler
        Address of a Dask scheduler (``tcp://…``) that takes the parts instead of processes of this machine. Its workers
        must see both folders under the same paths.
    chunk
        Documents a part.
    told
        Called after each part.

    Returns
    -------
    progress
        What was read, what failed (rows of ``documents`` with the reason; tried again on the next call), what was kept.

    Raises
    ------
    MissingDataError
        If the folder holds no document, or a package that is needed is not installed.
    """
    _needed("pyarrow", "parquet")
    root, target = Path(folder).resolve(), Path(out).resolve()
    paths = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix.lower() in SUFFIXES)
    paths = [path for path in paths if target not in path.parents]
    if not paths:
        raise MissingDataError(_words("no_document", folder=root, suffixes=", ".join(sorted(SUFFIXES))))
    target.mkdir(parents=True, exist_ok=True)
    _tidy(target)
    jobs, kept = _plan(root, target, paths, chunk)
    done = Progress(0, 0, kept, len(paths))
    told(done)
    for read, failed in _on_cluster(scheduler, jobs) if scheduler else _on_this_machine(workers, jobs):
        done = done._replace(read=done.read + read, failed=done.failed + failed)
        told(done)
    return done


def _words(key: str, **values: object) -> str:
    return say(f"corpus.{key}", spoken(), **values)


def live_parts(folder: Path) -> list[Path]:
    """Return the parts that count: of each the newest that is whole."""
    newest: dict[tuple[str, str], tuple[int, Path]] = {}
    for path in folder.glob("edition=*/part-*"):
        found = _PART.fullmatch(path.name)
        if found and (path / "documents.parquet").is_file():
            key = (path.parent.name, found["name"])
            newest[key] = max(newest.get(key, (-1, path)), (int(found["n"]), path))
    return sorted(path for _, path in newest.values())


class _Job(NamedTuple):
    """One part to be written: its documents, and the part that it follows."""

    root: Path
    folder: Path
    name: str
    doc_ids: tuple[str, ...]
    before: Path | None = None


def _plan(root: Path, target: Path, paths: list[Path], chunk: int) -> tuple[list[_Job], int]:
    """Say which parts must be written, and how many documents stay as they are."""
    wanted = {path.relative_to(root).as_posix(): path for path in paths}
    jobs, kept = [], 0
    placed: set[str] = set()
    for part in live_parts(target):
        known = pd.read_parquet(part / "documents.parquet", columns=["doc_id", "sha256", "parser", "status"])
        here = known[known["doc_id"].isin(list(wanted))]
        placed.update(here["doc_id"])
        now = [_digest(wanted[str(doc_id)]) for doc_id in here["doc_id"]]
        same = (here["status"] == "read") & (here["parser"] == parser_version()) & (here["sha256"] == now)
        kept += int(same.sum())
        if same.sum() < len(known):
            name = part.name.split("-")[1].split(".")[0]
            jobs.append(_Job(root, part.parent, name, tuple(map(str, here["doc_id"])), part))
    fresh: dict[str, list[str]] = {}
    for doc_id, path in wanted.items():
        if doc_id not in placed:
            fresh.setdefault(_edition(doc_id, path), []).append(doc_id)
    for edition, doc_ids in sorted(fresh.items()):
        for at in range(0, len(doc_ids), chunk):
            mine = tuple(doc_ids[at : at + chunk])
            name = hashlib.sha256("\n".join(mine).encode("utf-8", "surrogateescape")).hexdigest()[:12]
            jobs.append(_Job(root, target / f"edition={edition}", name, mine))
    return jobs, kept


def _edition(doc_id: str, path: Path) -> str:
    found = _YEAR.search(doc_id)
    if not found and path.suffix.lower() in {".txt", ".md", ".html", ".htm", ".csv"}:
        with path.open("rb") as stream:
            found = _YEAR.search(stream.read(2000).decode("utf-8", "replace"))
    return found[1] if found else "unknown"


@cache
def parser_version() -> str:
    """Name the parser: the version of the package, and a digest of the vocabulary that it reads with."""
    digest = hashlib.sha256()
    for folder in ("lexicon", "reference"):
        for path in sorted((data_dir() / folder).glob("*.csv")):
            digest.update(path.read_bytes())
    return f"{metadata.version('sxcanalysis')}+{digest.hexdigest()[:10]}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _on_this_machine(workers: int | None, jobs: list[_Job]) -> Iterator[tuple[int, int]]:
    """Write the parts in a pool of processes; a process that dies costs the document that killed it, not the run."""
    if workers == 1 or len(jobs) == 1:
        yield from map(_write_part, jobs)
        return
    left = list(jobs)
    try:
        with ProcessPoolExecutor(workers) as pool:
            waiting = {pool.submit(_write_part, job): job for job in jobs}
            for done in as_completed(waiting):
                result = done.result()
                left.remove(waiting[done])
                yield result
    except BrokenProcessPool:
        # Some document ends its process. Those parts are read a document at a time, each in a process of its own.
        for job in left:
            yield _write_part(job, alone=True)


def _on_cluster(address: str, jobs: list[_Job]) -> Iterator[tuple[int, int]]:
    distributed = _needed("distributed", "cluster")
    with distributed.Client(address) as client:
        futures = client.map(_write_part, jobs, retries=3, pure=False)
        for future in distributed.as_completed(futures):
            yield future.result()


def _write_part(job: _Job, *, alone: bool = False) -> tuple[int, int]:
    """Read the documents of a part and put it into its place; say how many were read and how many failed."""
    n = 0 if job.before is None else int(job.before.name.rpartition(".")[2]) + 1
    final = job.folder / f"part-{job.name}.{n}"
    edition = job.folder.name.removeprefix("edition=")
    found = [(_read_alone if alone else _read)(job.root / one, one, edition) for one in job.doc_ids]
    if found:
        job.folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".writing-", dir=job.folder))
        try:
            for name in TABLES:
                if frames := [tables[name] for _, tables in found if name in tables]:
                    pd.concat(frames, ignore_index=True).to_parquet(scratch / f"{name}.parquet", index=False)
            documents = pd.DataFrame([record for record, _ in found], columns=list(DOCUMENT_COLUMNS))
            documents.to_parquet(scratch / "documents.parquet", index=False)
            if not final.exists():  # another worker may have been given the same part
                scratch.rename(final)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    if job.before is not None:
        shutil.rmtree(job.before, ignore_errors=True)
    failed = sum(record["status"] != "read" for record, _ in found)
    return len(found) - failed, failed


def _record(path: Path, doc_id: str, edition: str) -> Record:
    """Begin what is told of a document."""
    record: Record = {"doc_id": doc_id, "edition": edition, "sha256": "", "bytes": 0, "tasks": 0}
    record |= {"parser": parser_version(), "status": "failed", "reason": ""}
    with suppress(OSError):
        record |= {"sha256": _digest(path), "bytes": path.stat().st_size}
    return record


def _read(path: Path, doc_id: str, edition: str) -> tuple[Record, Tables]:
    """Read one document; a failure is a record with its reason."""
    try:
        record = _record(path, doc_id, edition)
        with _limits():
            found = tasklist.parse_document(read_source(path), edition=edition)
            frames = {name: frame for name in TABLES if len(frame := getattr(found, name))}
            tables = {name: _typed(frame, doc_id, edition) for name, frame in frames.items()}
    except SxcError as error:
        reason = str(error)
    except (MemoryError, TimeoutError, RecursionError) as error:
        reason = f"{type(error).__name__}: more than {SECONDS} s or {MEMORY / 1e9:.0f} GB"
    except Exception as error:  # noqa: BLE001  # one document must not end the run; the reason stands in its row
        reason = f"{type(error).__name__}: {error}"[:500]
    else:
        return record | {"status": "read", "tasks": len(found.tasks)}, tables
    return _record(path, doc_id, edition) | {"reason": reason}, {}


def _read_alone(path: Path, doc_id: str, edition: str) -> tuple[Record, Tables]:
    try:
        with ProcessPoolExecutor(1) as pool:
            return pool.submit(_read, path, doc_id, edition).result()
    except BrokenProcessPool:
        return _record(path, doc_id, edition) | {"reason": "the process that read it ended abnormally"}, {}


def _typed(table: pd.DataFrame, doc_id: str, edition: str) -> pd.DataFrame:
    """Give every column one type in all parts: a list becomes text, an empty column is text."""
    made: dict[str, Any] = {"doc_id": doc_id, "edition": edition}
    for name, column in table.drop(columns="edition", errors="ignore").items():
        plain = column.map(lambda cell: " / ".join(cell) if isinstance(cell, (list, tuple)) else cell)
        numeric = pd.api.types.is_numeric_dtype(plain.dtype)
        made[str(name)] = plain if numeric else plain.astype("string").fillna("")
    return pd.DataFrame(made, index=table.index)


@contextmanager
def _limits() -> Iterator[None]:
    """Hold one document to its time and memory, where the system knows alarms and limits."""
    try:
        import resource  # noqa: PLC0415
        import signal  # noqa: PLC0415
        import threading  # noqa: PLC0415
    except ImportError:  # Windows
        yield
        return
    if threading.current_thread() is not threading.main_thread():  # a worker of a cluster: no alarm there
        yield
        return

    def ring(*_: object) -> None:
        raise TimeoutError

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard), hard))  # fmt: skip
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _tidy(target: Path) -> None:
    """Remove what a run that was ended has left: half-written parts, and parts that a newer one replaces."""
    live = set(live_parts(target))
    for path in [*target.glob("edition=*/.writing-*"), *target.glob("edition=*/part-*")]:
        if path not in live:
            shutil.rmtree(path, ignore_errors=True)


def _needed(package: str, extra: str) -> Any:  # noqa: ANN401  # a module
    try:
        return import_module(package)
    except ImportError as error:
        raise MissingDataError(_words("no_package", package=package, extra=extra)) from error
