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
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.core.errors import MissingDataError, SxcError
from sxcanalysis.core.paths import data_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: The tables of a data set beside ``documents``, as `TaskList` names them.
TABLES = ("tasks", "assignments", "targets", "mentions", "projects", "fields", "issues")
DOCUMENT_COLUMNS = ("doc_id", "edition", "sha256", "bytes", "parser", "status", "reason", "tasks")
SUFFIXES = frozenset({".txt", ".md", ".html", ".htm", ".mht", ".docx", ".pdf", ".csv", ".xlsx"})
CHUNK = 200  # documents a part: a few megabytes of tables, and what a kill costs at most
SECONDS = 120  # for one document
MEMORY = 4_000_000_000  # bytes of address space for one process
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_PART = re.compile(r"part-(?P<name>[0-9a-f]+)\.(?P<n>\d+)")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: documents read, failed, left as they were, and all."""

    read: int
    failed: int
    kept: int
    total: int


@dataclass(frozen=True, slots=True)
class Corpus:
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
            msg = f"a data set has no table {table!r}. There are: documents, {', '.join(TABLES)}."
            raise MissingDataError(msg)
        parts = [
            part
            for part in live_parts(self.folder)
            if edition is None or part.parent.name == f"edition={edition}"
        ]
        if edition is not None and not parts:
            msg = f"{self.folder}: no document of the edition {edition}. There are: {', '.join(self.editions()) or 'none'}."
            raise MissingDataError(msg)
        frames = [
            pd.read_parquet(part / f"{table}.parquet")
            for part in parts
            if (part / f"{table}.parquet").is_file()
        ]
        whole = (
            pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"doc_id": [], "edition": []})
        )
        words = [
            name
            for name in whole
            if name in {"edition", "body", "role", "body_kind", "category", "metric", "unit", "kind"}
        ]
        return whole.astype(dict.fromkeys(words, "category"))

    def editions(self) -> list[str]:
        """Name the editions of which there are documents."""
        return sorted({part.parent.name.removeprefix("edition=") for part in live_parts(self.folder)})


def open_corpus(folder: str | Path) -> Corpus:
    """
    Open a data set that `write_corpus` (``sxc corpus``) has written.

    Raises
    ------
    MissingDataError
        If there is none.
    """
    path = Path(folder)
    if not live_parts(path):
        msg = f"{path}: no data set of lists is here. `sxc corpus FOLDER --out {path}` writes one."
        raise MissingDataError(msg)
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
    _needs("pyarrow", "parquet")
    root, target = Path(folder).resolve(), Path(out).resolve()
    paths = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix.lower() in SUFFIXES)
    paths = [path for path in paths if target not in path.parents]
    if not paths:
        msg = f"{root}: no document is here. Expected files ending in {', '.join(sorted(SUFFIXES))}."
        raise MissingDataError(msg)
    target.mkdir(parents=True, exist_ok=True)
    _tidy(target)
    jobs, kept = _plan(root, target, paths, chunk)
    read = failed = 0
    told(Progress(0, 0, kept, len(paths)))
    run = _on_cluster(scheduler, jobs) if scheduler else _on_this_machine(workers, jobs)
    for good, bad in run:
        read, failed = read + good, failed + bad
        told(Progress(read, failed, kept, len(paths)))
    return Progress(read, failed, kept, len(paths))


def live_parts(folder: Path) -> list[Path]:
    """Return the parts that count: of each the newest that is whole."""
    newest: dict[tuple[str, str], tuple[int, Path]] = {}
    for path in folder.glob("edition=*/part-*"):
        found = _PART.fullmatch(path.name)
        if found and (path / "documents.parquet").is_file():
            key = (path.parent.name, found["name"])
            newest[key] = max(newest.get(key, (-1, path)), (int(found["n"]), path))
    return [path for _, path in sorted(newest.values(), key=lambda one: one[1].as_posix())]


@dataclass(frozen=True, slots=True)
class _Job:
    """One part to be written: its documents, and the part that it follows."""

    root: Path
    folder: Path
    name: str
    doc_ids: tuple[str, ...]
    before: Path | None


def _plan(root: Path, target: Path, paths: list[Path], chunk: int) -> tuple[list[_Job], int]:
    """Say which parts must be written, and how many documents stay as they are."""
    wanted = {path.relative_to(root).as_posix(): path for path in paths}
    jobs, kept, placed = [], 0, set()
    for part in live_parts(target):
        known = pd.read_parquet(part / "documents.parquet", columns=["doc_id", "sha256", "parser", "status"])
        here = [str(name) for name in known["doc_id"] if name in wanted]
        placed.update(here)
        same = [
            row.doc_id for row in known.itertuples()
            if row.doc_id in wanted and row.status == "read" and row.parser == parser_version()
            and row.sha256 == _digest(wanted[str(row.doc_id)])
        ]  # fmt: skip
        if len(same) == len(known):
            kept += len(same)
            continue
        name = part.name.split("-")[1].split(".")[0]
        jobs.append(_Job(root, part.parent, name, tuple(here), part))
        kept += len(same)
    fresh: dict[str, list[str]] = {}
    for doc_id, path in wanted.items():
        if doc_id not in placed:
            fresh.setdefault(_edition(doc_id, path), []).append(doc_id)
    for edition, doc_ids in sorted(fresh.items()):
        for at in range(0, len(doc_ids), chunk):
            mine = tuple(doc_ids[at : at + chunk])
            name = hashlib.sha256("\n".join(mine).encode("utf-8", "surrogateescape")).hexdigest()[:12]
            jobs.append(_Job(root, target / f"edition={edition}", name, mine, None))
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
    for path in sorted((data_dir() / "lexicon").glob("*.csv")) + sorted(
        (data_dir() / "reference").glob("*.csv")
    ):
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
    distributed = _needs("distributed", "cluster")
    with distributed.Client(address) as client:
        futures = client.map(_write_part, jobs, retries=3, pure=False)
        for future in distributed.as_completed(futures):
            yield future.result()


def _write_part(job: _Job, *, alone: bool = False) -> tuple[int, int]:
    """Read the documents of a part and put it into its place; say how many were read and how many failed."""
    n = 0 if job.before is None else int(job.before.name.rpartition(".")[2]) + 1
    final = job.folder / f"part-{job.name}.{n}"
    job.folder.mkdir(parents=True, exist_ok=True)
    records: list[dict[str, object]] = []
    if job.doc_ids:
        edition = job.folder.name.removeprefix("edition=")
        frames: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
        for doc_id in job.doc_ids:
            record, tables = (_read_alone if alone else _read)(job.root / doc_id, doc_id, edition)
            records.append(record)
            for name, table in tables.items():
                frames[name].append(table)
        scratch = Path(tempfile.mkdtemp(prefix=".writing-", dir=job.folder))
        try:
            for name, found in frames.items():
                if found:
                    pd.concat(found, ignore_index=True).to_parquet(scratch / f"{name}.parquet", index=False)
            documents = pd.DataFrame(records, columns=list(DOCUMENT_COLUMNS))
            documents.to_parquet(scratch / "documents.parquet", index=False)
            if not final.exists():  # another worker may have been given the same part
                scratch.rename(final)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    if job.before is not None:
        shutil.rmtree(job.before, ignore_errors=True)
    failed = sum(record["status"] != "read" for record in records)
    return len(job.doc_ids) - failed, failed


def _read(path: Path, doc_id: str, edition: str) -> tuple[dict[str, object], dict[str, pd.DataFrame]]:
    """Read one document; a failure is a record with its reason."""
    from sxcanalysis.documents.reading import read_source  # noqa: PLC0415  # the pool starts faster without
    from sxcanalysis.parsing.tasklist import parse_document  # noqa: PLC0415

    record: dict[str, object] = dict.fromkeys(DOCUMENT_COLUMNS, "")
    record |= {
        "doc_id": doc_id,
        "edition": edition,
        "bytes": 0,
        "tasks": 0,
        "parser": parser_version(),
        "status": "read",
    }
    tables: dict[str, pd.DataFrame] = {}
    try:
        data = path.read_bytes()
        record |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        with _limits():
            found = parse_document(read_source(path), edition=edition)
            for name in TABLES:
                table = getattr(found, name, None)
                if table is not None and len(table):
                    tables[name] = _typed(table.drop(columns="edition", errors="ignore"), doc_id, edition)
        record["tasks"] = len(found.tasks)
    except SxcError as error:
        record |= {"status": "failed", "reason": str(error)}
    except (MemoryError, TimeoutError, RecursionError) as error:
        record |= {
            "status": "failed",
            "reason": f"{type(error).__name__}: more than {SECONDS} s or {MEMORY / 1e9:.0f} GB",
        }
    except Exception as error:  # noqa: BLE001  # one document must not end the run; the reason stands in its row
        record |= {"status": "failed", "reason": f"{type(error).__name__}: {error}"[:500]}
    return record, tables if record["status"] == "read" else {}


def _read_alone(path: Path, doc_id: str, edition: str) -> tuple[dict[str, object], dict[str, pd.DataFrame]]:
    try:
        with ProcessPoolExecutor(1) as pool:
            return pool.submit(_read, path, doc_id, edition).result()
    except BrokenProcessPool:
        record: dict[str, object] = dict.fromkeys(DOCUMENT_COLUMNS, "")
        record |= {
            "doc_id": doc_id,
            "edition": edition,
            "sha256": _digest(path),
            "bytes": path.stat().st_size,
            "tasks": 0,
        }
        return record | {
            "parser": parser_version(),
            "status": "failed",
            "reason": "the process that read it ended abnormally",
        }, {}


def _typed(table: pd.DataFrame, doc_id: str, edition: str) -> pd.DataFrame:
    """Give every column one type in all parts: a list becomes text, an empty column is text."""
    made = pd.DataFrame({"doc_id": doc_id, "edition": edition}, index=table.index)
    for name, column in table.items():
        plain = column.map(lambda cell: " / ".join(cell) if isinstance(cell, (list, tuple)) else cell)
        numeric = pd.api.types.is_numeric_dtype(plain.dtype)
        made[str(name)] = plain if numeric else plain.astype("string").fillna("")
    return made


@contextmanager
def _limits() -> Iterator[None]:
    """Hold one document to its time; where the system knows alarms and limits."""
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
    resource.setrlimit(
        resource.RLIMIT_AS, (MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard), hard)
    )
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


def _needs(package: str, extra: str) -> Any:  # noqa: ANN401  # a module
    try:
        return import_module(package)
    except ImportError as error:
        msg = f'this needs {package}, which is not installed. Install it with: pip install "sxcanalysis[{extra}]"'
        raise MissingDataError(msg) from error
