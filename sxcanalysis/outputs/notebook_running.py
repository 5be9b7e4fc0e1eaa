"""Run notebooks: two at a time, with parameters, from any working directory."""

from __future__ import annotations

import asyncio
import atexit
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.core.files import write_file
from sxcanalysis.core.paths import data_dir
from sxcanalysis.outputs.page import render_page
from sxcanalysis.reference.words import label, say, spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_AT_ONCE = 2
_SECONDS = 600  # for one cell; a whole notebook takes a few
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def find_notebooks(folder: Path, names: Sequence[str] | None = None) -> list[Path]:
    """
    Return the notebooks of a folder, in order.

    Parameters
    ----------
    folder
        For example ``notebooks``.
    names
        Beginnings of file names; all notebooks if None.

    Returns
    -------
    notebooks
        Paths.

    Raises
    ------
    MissingDataError
        If there is none.
    """
    found = [
        path for path in sorted(folder.glob("*.ipynb")) if not names or path.name.startswith(tuple(names))
    ]
    if not found:
        wanted = ", ".join(names or [])
        msg = say("output.no_notebook", spoken(), folder=folder, names=wanted or "*")
        raise MissingDataError(msg)
    return found


def run_notebooks(
    notebooks: Sequence[Path],
    out: Path,
    *,
    edition: str,
    langs: Sequence[str],
    tell: Callable[[str], None],
) -> list[str]:
    """
    Run notebooks and keep the results.

    Parameters
    ----------
    notebooks
        Paths.
    out
        ``<out>/<edition>/<lang>/`` receives each notebook as run, also if it failed, and as a page.
    edition, lang
        What ``EDITION`` and ``LANG`` are set to.
    langs
        Languages.
    tell
        Called with a line for each notebook that is done.

    Returns
    -------
    failures
        A message for each notebook that failed.
    """
    return asyncio.run(_run_all(notebooks, out, edition, langs, tell))


async def _run_all(
    notebooks: Sequence[Path], out: Path, edition: str, langs: Sequence[str], tell: Callable[[str], None]
) -> list[str]:
    # nbclient answers Ctrl-C by ending one kernel and going on; asyncio ends them all.
    loop: Any = asyncio.get_running_loop()
    loop.add_signal_handler = loop.remove_signal_handler = lambda *_: None
    gate = asyncio.Semaphore(_AT_ONCE)
    jobs = [(path, lang) for lang in langs for path in notebooks]
    failures: dict[int, str] = {}
    done = 0

    async def one(number: int, path: Path, lang: str) -> None:
        nonlocal done
        async with gate:
            failure = await _run(path, out / edition / lang, edition, lang)
        done += 1
        told = "failed" if failure else "ran"
        tell(say(f"output.notebook_{told}", spoken(), n=done, total=len(jobs), name=f"{path.name} ({lang})"))
        if failure:
            failures[number] = failure

    await asyncio.gather(*(one(number, path, lang) for number, (path, lang) in enumerate(jobs)))
    return [failures[number] for number in sorted(failures)]


async def _run(path: Path, folder: Path, edition: str, lang: str) -> str:
    import nbformat  # noqa: PLC0415
    from nbclient import NotebookClient  # noqa: PLC0415
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError  # noqa: PLC0415

    book: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    failure = with_parameters(book, {"EDITION": edition, "LANG": lang})
    if failure:
        return f"{path.name} ({lang}): {failure}"
    client = NotebookClient(
        book, timeout=_SECONDS, kernel_name="python3", record_timing=False, shutdown_kernel="immediate",
        resources={"metadata": {"path": str(path.parent)}}, extra_arguments=["--log-level=ERROR"],
    )  # fmt: skip
    try:
        await client.async_execute(env=_environment())
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        what = f"{error.ename}: {error.evalue}" if isinstance(error, CellExecutionError) else str(error)
        told = {"name": f"{path.name} ({lang})", "cell": _cell(book), "what": _COLOURS.sub("", what)}
        failure = say("output.in_cell", spoken(), **told)
    finally:
        atexit.unregister(client._cleanup_kernel)  # noqa: SLF001  # after Ctrl-C there is none to clean up
    text = str(nbformat.writes(book))  # type: ignore[no-untyped-call]
    write_file(folder / path.name, (text + "\n").encode())
    write_file(folder / f"{path.stem}.html", _page(book, path.stem, lang).encode())
    return failure


def _environment() -> dict[str, str]:
    """Return the environment of a kernel: this very package and its data, although the kernel starts elsewhere."""
    package = str(Path(__file__).resolve().parents[2])
    paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "SXC_DATA": str(data_dir().resolve())}


def with_parameters(book: Any, parameters: dict[str, str]) -> str:  # noqa: ANN401  # nbformat has no types
    """Set parameters as papermill does: in a cell of their own after the one tagged so. Say what is wrong, if it is."""
    import nbformat  # noqa: PLC0415

    at = next((i for i, cell in enumerate(book.cells) if "parameters" in cell.metadata.get("tags", [])), None)
    if at is None:
        return label("output.no_parameters", spoken())
    lines = [f"{name} = {value if value.isdecimal() else repr(value)}" for name, value in parameters.items()]
    if "begin(EDITION, LANG)" in book.cells[at].source:
        lines.append("begin(EDITION, LANG)")  # what was set is checked again
    cell: Any = nbformat.v4.new_code_cell("\n".join(lines), id="injected-parameters")  # type: ignore[no-untyped-call]
    cell.metadata["tags"] = ["injected-parameters"]
    book.cells = [cell for cell in book.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    book.cells.insert(at + 1, cell)
    return ""


def _cell(book: Any) -> str:  # noqa: ANN401
    """Name the cell that failed, or else the last one that ran: its place in the notebook as kept, from 1, and how it begins."""
    kept = [cell for cell in book.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    cells = [(at, cell) for at, cell in enumerate(kept, start=1) if cell.cell_type == "code"]
    failed = [pair for pair in cells if any(o.output_type == "error" for o in pair[1].get("outputs", []))]
    ran = [pair for pair in cells if pair[1].get("execution_count")]
    if not failed + ran:
        return "1"
    at, cell = (failed or ran)[-1]
    return f"{at} (`{(cell.source.strip().splitlines() or [''])[0]}`)"


def _page(book: Any, title: str, lang: str) -> str:  # noqa: ANN401
    """Put a notebook's text and results on one page that needs nothing else: for readers who have no Jupyter."""
    cells: list[dict[str, Any]] = []
    for cell in book.cells:
        tags = cell.metadata.get("tags", [])
        if any(tag.startswith("lang-") and tag != f"lang-{lang}" for tag in tags):
            continue  # the page shows one language; the notebook keeps both
        if cell.cell_type == "markdown":
            cells.append({"html": _markdown(cell.source), "code": "", "outputs": []})
        elif cell.cell_type == "code":
            cells.append(
                {"html": "", "code": cell.source, "outputs": [_output(output) for output in cell.outputs]}
            )
    scripted = any("sxc-atlas" in output.get("html", "") for cell in cells for output in cell["outputs"])
    return render_page("notebook.html.j2", lang, title=title, cells=cells, scripted=scripted)


def _output(output: Any) -> dict[str, str]:  # noqa: ANN401
    if output.output_type == "stream":
        return {"text": _COLOURS.sub("", output.text)}
    if output.output_type == "error":
        return {"text": _COLOURS.sub("", "\n".join(output.traceback))}
    data = output.get("data", {})
    if "text/html" in data:
        return {"html": str(data["text/html"])}
    if "image/png" in data:
        return {"png": str(data["image/png"]).strip()}
    if "text/markdown" in data:
        return {"html": _markdown(str(data["text/markdown"]))}
    return {"text": str(data.get("text/plain", ""))}


def _markdown(source: str) -> str:
    import mistune  # noqa: PLC0415  # comes with nbconvert

    return str(mistune.create_markdown(escape=False, plugins=["table"])(source))
