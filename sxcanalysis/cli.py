"""The `sxc` command: every step from a document to figures. It holds no logic of its own."""

from __future__ import annotations

import argparse
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sxcanalysis import __version__
from sxcanalysis.core.errors import SxcError
from sxcanalysis.reference.dictionary import is_edition_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from sxcanalysis.tables.ingestion import Ingested

T = TypeVar("T")

OK, FINDINGS, USAGE = 0, 1, 2
LANGS = ("zh", "en")

_REPORT = "Please report this with the command and the message above; the data on disk are as they were."


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command.

    Parameters
    ----------
    arguments
        Those of the command line, if None.

    Returns
    -------
    code
        0 if all is well, 1 if there is something for a person to look at, 2 if the command was not understood.
    """
    for stream in (sys.stdout, sys.stderr):
        # A console that is not UTF-8 must not end the command with an error about one character.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else USAGE
    try:
        code: int = options.run(options)
    except SxcError as error:
        _say(f"sxc {options.command}: {error}")
        return FINDINGS
    except KeyboardInterrupt:
        _say("Stopped. What is on disk is complete: files are written whole or not at all.")
        return FINDINGS
    except BrokenPipeError:
        sys.stderr.close()
        return OK
    except ModuleNotFoundError as error:
        _say(f"sxc {options.command}: {_missing(error)}")
        return FINDINGS
    except OSError as error:
        hint = "Check that the disk is not full, that you may write there, and that no other program holds the file open."
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        _say(f"sxc {options.command}: {what}. {hint}")
        return FINDINGS
    except Exception as error:  # noqa: BLE001  # a person gets a sentence, not a traceback
        _say(f"sxc {options.command}: {_unexpected(error)}")
        return FINDINGS
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sxc",
        description="Turn a Chinese government task list into checked tables, maps and figures.",
        epilog="Exit code: 0 all is well, 1 findings for a person to look at, 2 the command was not understood.",
    )
    parser.add_argument("--version", action="version", version=f"sxcanalysis {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[[argparse.Namespace], int], does: str, example: str
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=does, description=does[0].upper() + does[1:] + ".", epilog=f"Example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        made.set_defaults(run=run)
        return made

    example = "sxc ingest list-2025.pdf --edition 2025 --issuer 江苏省发展和改革委员会 --date 2025-04-01"
    _ingest_options(command("ingest", _ingest, "make the tables of an edition from its document", example))
    does = "check every table, and that an edition's tables are what its document gives today"
    check = command("check", _check, does, "sxc check")
    check.add_argument("--edition", type=_edition, help="only this edition (default: all)")
    diff = command(
        "diff", _diff, "show what changed between two editions", "sxc diff 2024 2025 --out changes.csv"
    )
    diff.add_argument("old", type=_edition, help="the earlier edition")
    diff.add_argument("new", type=_edition, help="the later edition")
    diff.add_argument("--out", type=Path, help="also write one row a task to this CSV file")
    figures = command(
        "figures", _figures, "write the figures with captions, data and provenance", "sxc figures --lang en"
    )
    _shared_options(figures, "figures/")
    figures.add_argument(
        "--name", action="append", help="only this figure; may be given more than once (see --list)"
    )
    figures.add_argument("--list", action="store_true", help="list the figures and end")
    notebooks = command(
        "notebooks", _notebooks, "run every notebook, two at a time", "sxc notebooks --edition 2024 --lang zh"
    )
    _shared_options(notebooks, "build/notebooks/")
    notebooks.add_argument(
        "--name", action="append", help="only notebooks whose file name begins so, for example 02"
    )
    atlas = command(
        "atlas", _atlas, "write the interactive map as one page that needs no network", "sxc atlas --lang en"
    )
    _shared_options(atlas, "build/atlas/")
    report = command("report", _report, "write the report of an edition", "sxc report --lang zh")
    _shared_options(report, "build/report/")
    command(
        "doctor", _doctor, "look at fonts, data and versions: what is wrong, and how to mend it", "sxc doctor"
    )
    return parser


def _ingest_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="the document: PDF, Word (.docx), web page, Markdown or text (default: the edition's own, read again)",
    )
    parser.add_argument("--edition", type=_edition, required=True, help="its edition, usually the year")
    parser.add_argument(
        "--force", action="store_true", help="replace an edition that was made from another document"
    )
    stated = parser.add_argument_group(
        "what is known about the document (kept in source.toml; unknown if not given)"
    )
    stated.add_argument("--title", help="its title, if not the one it begins with")
    stated.add_argument("--title-en", help="its title in English")
    stated.add_argument("--issuer", help="who issued it")
    stated.add_argument("--issuer-en", help="who issued it, in English")
    stated.add_argument("--date", help="when, as year-month-day")
    stated.add_argument("--obtained", help="how and where it was obtained")
    stated.add_argument(
        "--circle", help="the circle that it is about (proposed from title and attributions if not given)"
    )
    stated.add_argument("--url", help="the address of the page it comes from")


def _shared_options(parser: argparse.ArgumentParser, where: str) -> None:
    parser.add_argument("--edition", type=_edition, default="2024", help="the edition (default: 2024)")
    parser.add_argument("--lang", choices=LANGS, help="the language (default: both)")
    parser.add_argument("--out", type=Path, help=f"folder for the result (default: {where} in the project)")


def _edition(text: str) -> str:
    if not is_edition_name(text):
        msg = (
            f"{text!r} cannot name an edition; give a year such as 2025, or letters, digits, '_', '.' and '+'"
        )
        raise argparse.ArgumentTypeError(msg)
    return text


def _ingest(options: argparse.Namespace) -> int:
    from sxcanalysis.core.paths import document_path  # noqa: PLC0415
    from sxcanalysis.tables.ingestion import STATED, ingest  # noqa: PLC0415

    file = options.file or document_path(options.edition)
    stated = {key: getattr(options, key) for key in STATED if getattr(options, key, None) is not None}
    made = ingest(file, edition=options.edition, force=options.force, stated=stated)
    _tell_ingested(made)
    return FINDINGS if made.findings else OK


def _tell_ingested(made: Ingested) -> None:
    tasks, issues = made.frames["tasks"], made.frames["issues"]
    _out(f"{made.source.get('title') or 'A document without a title'}")
    _out(f"Edition {made.edition}: {len(tasks)} tasks, {len(made.frames['assignments'])} assignments, "
          f"{len(made.frames['targets'])} targets, {len(made.frames['mentions'])} mentions")  # fmt: skip
    for category, count in tasks.groupby("category", sort=False).size().items():
        _out(f"  {count:3d}  {category or '(no heading)'}")
    counts = made.coverage.counts
    _out(f"Characters: {sum(counts.values())} not blank, {counts['unparsed']} of them not understood")
    for row in made.coverage.unparsed.head(20).itertuples():
        _out(f"  line {row.line}: {_short(str(row.words))} ({row.hint})")
    if len(made.coverage.unparsed) > 20:
        _out(f"  … and {len(made.coverage.unparsed) - 20} more stretches, in issues.csv")
    for note in made.notes:
        _out(f"Reader: {note}")
    _tell_issues(issues)
    for finding in made.findings:
        _out(f"Finding: {finding}")
    _out(f"{'Written to' if made.changed else 'Unchanged:'} {made.folder}")


def _tell_issues(issues: pd.DataFrame) -> None:
    for severity, code in sorted(set(zip(issues["severity"], issues["code"], strict=True))):
        rows = issues[(issues["severity"] == severity) & (issues["code"] == code)]
        if code == "unparsed":
            continue
        _out(f"{severity.capitalize()} {code}: {len(rows)}")
        for row in rows.head(3).itertuples():
            _out(
                f"  line {row.line}{f', {row.task_id}' if row.task_id else ''}: {_short(str(row.words))} ({row.hint})"
            )
        if len(rows) > 3:
            _out(f"  … and {len(rows) - 3} more, in issues.csv")


def _check(options: argparse.Namespace) -> int:
    from sxcanalysis.tables.checking import check_project  # noqa: PLC0415

    findings = check_project(options.edition)
    for finding in findings:
        _out(finding)
    _out("Nothing is wrong." if not findings else f"{len(findings)} findings.")
    return FINDINGS if findings else OK


def _diff(options: argparse.Namespace) -> int:
    from sxcanalysis.analysis.changed_text import diff_lines  # noqa: PLC0415
    from sxcanalysis.analysis.edition_diff import compare_editions  # noqa: PLC0415

    diff = compare_editions(options.old, options.new)
    _out("\n".join(diff_lines(diff)))
    if options.out:
        from sxcanalysis.core.files import write_file  # noqa: PLC0415

        text = str(diff.tasks.to_csv(index=False, lineterminator="\n"))
        write_file(options.out, text.encode("utf-8-sig"))
        _out(f"Written to {options.out}")
    return OK


def _figures(options: argparse.Namespace) -> int:
    from sxcanalysis.figures.catalogue import figure_names, write_figures  # noqa: PLC0415

    if options.list:
        _out("\n".join(figure_names()))
        return OK
    root = options.out or _project() / "figures"
    langs = _langs(options)
    names = options.name or figure_names()
    written, failed = [], []
    for lang, name in _counted([(lang, name) for lang in langs for name in names], "figure"):
        try:
            written += write_figures(root, edition=options.edition, langs=[lang], names=[name])
        except SxcError as error:
            # The others can still be made: a new edition has no located projects at first.
            failed.append(f"{name} ({lang}): {error}")
        except Exception as error:  # noqa: BLE001  # nor does a fault in one keep the others
            failed.append(f"{name} ({lang}): {_unexpected(error)}")
    for message in failed:
        _say(f"sxc figures: not written: {message}")
    _out(f"{len(written)} files in {root / options.edition}, {len(failed)} figures not written")
    return FINDINGS if failed or not written else OK


def _notebooks(options: argparse.Namespace) -> int:
    from sxcanalysis.outputs.notebook_running import find_notebooks, run_notebooks  # noqa: PLC0415

    notebooks = find_notebooks(_project() / "notebooks", options.name)
    out = options.out or _project() / "build" / "notebooks"
    failed = run_notebooks(notebooks, out, edition=options.edition, langs=_langs(options), tell=_say)
    for message in failed:
        _say(message)
    _out(
        f"{len(notebooks) * len(_langs(options)) - len(failed)} notebooks ran, {len(failed)} failed; results in {out}"
    )
    return FINDINGS if failed else OK


def _atlas(options: argparse.Namespace) -> int:
    write_atlas = import_module("sxcanalysis.outputs.atlas.atlas").write_atlas

    folder = options.out or _project() / "build" / "atlas"
    for lang in _counted(_langs(options), "page"):
        path = folder / f"atlas-{options.edition}-{lang}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atlas(path, edition=options.edition, lang=lang)
        _out(str(path))
    return OK


def _report(options: argparse.Namespace) -> int:
    write_report = import_module("sxcanalysis.outputs.report").write_report

    folder = options.out or _project() / "build" / "report"
    for lang in _counted(_langs(options), "report"):
        path = folder / f"report-{options.edition}-{lang}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_report(path, edition=options.edition, lang=lang)
        _out(str(path))
    return OK


def _doctor(_: argparse.Namespace) -> int:
    from sxcanalysis.doctor import examine  # noqa: PLC0415

    wrong = 0
    for found in examine():
        _out(f"{'ok   ' if found.good else 'WRONG' if found.needed else 'note '}  {found.what}")
        if found.mend:
            _out(f"       {found.mend}")
        wrong += found.needed and not found.good
    _out("All is well." if not wrong else f"{wrong} things to mend.")
    return FINDINGS if wrong else OK


def _project() -> Path:
    """Return the folder that holds the data folder: where notebooks lie and results go, from wherever sxc is run."""
    from sxcanalysis.core.paths import data_dir  # noqa: PLC0415

    return data_dir().resolve().parent


def _langs(options: argparse.Namespace) -> tuple[str, ...]:
    return (options.lang,) if options.lang else LANGS


def _counted(items: Sequence[T], what: str) -> Iterator[T]:
    """Hand out the items, and count them on a terminal for the person who waits."""
    shown = sys.stderr.isatty()
    for done, item in enumerate(items, start=1):
        if shown:
            _show(f"\r{what} {done} of {len(items)} ")
        yield item
    if shown:
        _show("\r" + " " * (len(what) + 20) + "\r")


def _show(words: str) -> None:
    print(words, end="", file=sys.stderr, flush=True)  # noqa: T201


def _missing(error: ModuleNotFoundError) -> str:
    """Say which package is not installed, or which part of the project is not there."""
    name = error.name or str(error)
    if name.startswith("sxcanalysis"):
        return f"this copy of the project has no {name.rpartition('.')[2]}. Install the project again, as README.md says."
    return f"the package that provides {name!r} is not installed. Install the project again with its extras, as README.md says."


def _unexpected(error: Exception) -> str:
    """Tell of an error that is the project's own, with the line of the project that it comes from."""
    steps = traceback.extract_tb(error.__traceback__)
    own = [step for step in steps if Path(__file__).parent in Path(step.filename).parents]
    place = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
    return f"{type(error).__name__}: {error}{place}\n{_REPORT}"


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= 40 else words[:39] + "…"


def _out(line: str) -> None:
    print(line)  # noqa: T201  # a command speaks on standard output


def _say(message: str) -> None:
    print(message, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
