"""The `sxc` command: every step from a document to figures. It holds no logic of its own; its words stand in ``labels.csv``."""

from __future__ import annotations

import argparse
import locale
import os
import sys
import traceback
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sxcanalysis import __version__
from sxcanalysis.core.errors import MissingDataError, MissingEditionError, SxcError
from sxcanalysis.reference.words import LANGS, Lang, label, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from sxcanalysis.tables.ingestion import Ingested

T = TypeVar("T")

OK, FINDINGS, USAGE = 0, 1, 2


@dataclass(frozen=True)
class Person:
    """The one who gave the command: the language that they read."""

    lang: Lang

    def tell(self, key: str, **values: object) -> None:
        """Say a sentence of ``labels.csv`` on standard output."""
        _print(say(f"cli.{key}", self.lang, **values))

    def warn(self, key: str, **values: object) -> None:
        """Say a sentence on the error channel."""
        _print(say(f"cli.{key}", self.lang, **values), error=True)


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
        0 if all is well, 1 if there is something for a person to look at, 2 if the command was not understood or names an
        edition that is not there.
    """
    for stream in (sys.stdout, sys.stderr):
        # A console that is not UTF-8 must not end the command with an error about one character.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    before = os.environ.get("SXC_DATA")
    try:
        lang = _language(sys.argv[1:] if arguments is None else arguments)
        options = _parser(lang).parse_args(arguments)
        if options.data:
            os.environ["SXC_DATA"] = str(options.data)
        return _run(options, Person(lang))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else USAGE
    except SxcError as error:  # the words themselves are not to be had
        _print(f"sxc: {error}", error=True)
        return FINDINGS
    finally:
        if before is None:
            os.environ.pop("SXC_DATA", None)
        else:
            os.environ["SXC_DATA"] = before


def _run(options: argparse.Namespace, person: Person) -> int:
    """Do what was asked, and tell of what went wrong in a sentence."""
    try:
        code: int = options.run(options, person)
    except MissingEditionError as error:
        person.warn("error", command=options.command, what=error)
        return USAGE
    except SxcError as error:
        person.warn("error", command=options.command, what=error)
    except KeyboardInterrupt:
        person.warn("stopped")
    except BrokenPipeError:
        sys.stderr.close()
        return OK
    except ModuleNotFoundError as error:
        name = error.name or str(error)
        own = name.startswith("sxcanalysis")
        what = say(f"cli.{'no_module' if own else 'no_package'}", person.lang, name=name)
        person.warn("error", command=options.command, what=what)
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        person.warn("disk", command=options.command, what=what)
    except Exception as error:  # noqa: BLE001  # a person gets a sentence, not a traceback
        person.warn("error", command=options.command, what=_unexpected(error, person.lang))
    else:
        return code
    return FINDINGS


def _language(arguments: Sequence[str]) -> Lang:
    """Return the language to speak: that of --lang, else that of the locale."""
    for at, word in enumerate(arguments):
        asked = (
            word.partition("=")[2]
            if word.startswith("--lang=")
            else arguments[at + 1]
            if word == "--lang" and at + 1 < len(arguments)
            else ""
        )
        if asked in LANGS:
            return "zh" if asked == "zh" else "en"
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if (named or locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


def _shared(lang: Lang) -> argparse.ArgumentParser:
    """Return the options that may stand before the command or behind it."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("--lang", choices=LANGS, help=label("cli_arg.lang", lang))
    shared.add_argument("--data", type=Path, help=label("cli_arg.data", lang))
    return shared


def _parser(lang: Lang) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sxc",
        description=label("cli.about", lang),
        epilog=label("cli.codes", lang),
        parents=[_shared(lang)],
    )
    parser.set_defaults(lang=None, data=None)
    shared = _shared(
        lang
    )  # not the ones above: the defaults just set would undo what stands before the command
    parser.add_argument("--version", action="version", version=f"sxcanalysis {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(
        name: str,
        run: Callable[[argparse.Namespace, Person], int],
        example: str,
        *flags: str,
        **special: dict[str, Any],
    ) -> None:
        does = label(f"cli_do.{name.replace(' ', '_')}", lang)
        group = commands
        for word in name.split()[:-1]:  # `sxc circle add`: a command within a command
            outer = commands.add_parser(word, help=does)
            group = outer.add_subparsers(dest="action", metavar="ACTION", required=True)
        made = group.add_parser(
            name.rsplit(maxsplit=1)[-1], help=does, description=does[0].upper() + does[1:], epilog=f"{label('cli.example', lang)}:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter, parents=[shared],
        )  # fmt: skip
        made.set_defaults(run=run)
        for flag in flags:
            given = dict(_KINDS.get(flag, {}))
            given |= special.get(flag.strip("-").replace("-", "_"), {})
            made.add_argument(flag, help=label(f"cli_arg.{flag.strip('-')}", lang), **given)

    stated = ("--title", "--title-en", "--issuer", "--issuer-en", "--date", "--obtained", "--url", "--circle")
    written = ("--edition", "--out")
    command(
        "update",
        _update,
        "sxc update list-2025.pdf --edition 2025",
        "FILE",
        "--edition",
        "--force",
        "--open",
        *stated,
        edition=_NEEDED,
    )
    command("ingest", _ingest, "sxc ingest list-2025.pdf --edition 2025 --issuer 某省发展和改革委员会 --date 2025-04-01",
            "FILE", "--edition", "--force", *stated, FILE={"nargs": "?"}, edition=_NEEDED)  # fmt: skip
    command("check", _check, "sxc check", "--edition")
    command("diff", _diff, "sxc diff 2024 2025 --out changes.csv", "OLD", "NEW", "--out")
    command("correct", _correct, "sxc correct 2024-28-t1 comparator=ge --why 'the plan says at least' --by 某某",
            "ID", "CHANGE", "--why", "--by", "--table", "--quote")  # fmt: skip
    command(
        "accept",
        _accept,
        "sxc accept 2024-23b number_duplicate --why 'printed twice' --by 某某",
        "ID",
        "CODE",
        "--why",
        "--by",
    )
    command(
        "circle add",
        _circle_add,
        "sxc circle add hefei --members 合肥市,六安市,淮南市",
        "NAME",
        "--members",
        "--partial",
        "--zh",
        "--en",
    )
    command("geometry import", _geometry_import, "sxc geometry import jiangsu.osm.pbf --date 2026-11-01",
            "LINES", "--project", "--source", "--licence", "--date", LINES={"type": Path})  # fmt: skip
    command(
        "figures",
        _figures,
        "sxc figures --lang en --width 120",
        *written,
        "--name",
        "--list",
        "--width",
        "--where",
        "--boundaries",
        "--no-title",
    )
    command("notebooks", _notebooks, "sxc notebooks --edition 2024 --lang zh", *written, "--name")
    command("atlas", _atlas, "sxc atlas --lang en", *written)
    command(
        "report",
        _report,
        "sxc report --to docx --lang zh",
        *written,
        "--to",
        "--authors",
        "--office",
        "--date",
    )
    command(
        "export", _export, "sxc export --xlsx --gpkg --parquet", *written, "--xlsx", "--gpkg", "--parquet"
    )
    command("corpus", _corpus, "sxc corpus lists --out lists-parquet", "FOLDER", "--out", "--workers")
    command("class-pack", _class_pack, "sxc class-pack class --lang zh", "FOLDER")
    command("init", _init, "sxc init my-lists", "FOLDER")
    command("doctor", _doctor, "sxc doctor")
    return parser


_NEEDED: dict[str, Any] = {"required": True}
_SWITCH: dict[str, Any] = {"action": "store_true"}


def _edition(text: str) -> str:
    from sxcanalysis.reference.dictionary import is_edition_name  # noqa: PLC0415

    if not is_edition_name(text.removesuffix("~")):
        raise argparse.ArgumentTypeError(say("cli.no_edition_name", _language(sys.argv[1:]), name=repr(text)))
    return text


_SWITCHES = ("--force", "--open", "--list", "--no-title", "--xlsx", "--gpkg", "--parquet")
_KINDS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(_SWITCHES, _SWITCH),
    "--edition": {"type": _edition}, "OLD": {"type": _edition}, "NEW": {"type": _edition}, "--out": {"type": Path}, "FOLDER": {"type": Path},
    "CHANGE": {"nargs": "+"}, "--why": _NEEDED, "--by": _NEEDED, "--members": _NEEDED, "--name": {"action": "append"},
    "--to": {"action": "append", "choices": ("html", "docx", "pdf")}, "--width": {"type": float}, "--boundaries": {"type": Path},
    "--workers": {"type": int},
}  # fmt: skip


def _update(options: argparse.Namespace, person: Person) -> int:
    from sxcanalysis.outputs.review import write_review  # noqa: PLC0415
    from sxcanalysis.tables.checking import check_project  # noqa: PLC0415

    made = _make(options)
    _tell_ingested(made, person)
    findings = check_project(made.edition)
    path = (options.out if "out" in options else _project()) / "build" / "review" / f"{made.edition}.html"
    left = write_review(path, made, findings, lang=person.lang)
    person.tell("review", path=path, n=left)
    if options.open:
        import webbrowser  # noqa: PLC0415

        webbrowser.open(path.resolve().as_uri())
    return FINDINGS if left else OK


def _ingest(options: argparse.Namespace, person: Person) -> int:
    made = _make(options)
    _tell_ingested(made, person)
    return FINDINGS if made.findings or len(made.open_issues) else OK


def _make(options: argparse.Namespace) -> Ingested:
    from sxcanalysis.core.paths import document_path  # noqa: PLC0415
    from sxcanalysis.tables.ingestion import STATED, ingest  # noqa: PLC0415

    file = options.FILE or document_path(options.edition)
    stated = {key: getattr(options, key) for key in STATED if getattr(options, key, None) is not None}
    return ingest(file, edition=options.edition, force=options.force, stated=stated)


def _tell_ingested(made: Ingested, person: Person) -> None:
    tasks = made.frames["tasks"]
    _print(str(made.source.get("title") or say("cli.no_title", person.lang)))
    counts = {name: len(frame) for name, frame in made.frames.items()}
    person.tell("read", edition=made.edition, **counts)
    for category, count in tasks.groupby("category", sort=False).size().items():
        _print(f"  {count:3d}  {category or say('cli.no_heading', person.lang)}")
    characters = made.coverage.counts
    person.tell("characters", n=sum(characters.values()), unread=characters["unparsed"])
    rows = made.coverage.unparsed
    for row in rows.head(20).itertuples():
        person.tell("issue", line=row.line, task="", words=_short(str(row.words)), hint=row.hint)
    if len(rows) > 20:
        person.tell("more", n=len(rows) - 20)
    for note in made.notes:
        person.tell("reader", note=note)
    _tell_issues(made.frames["issues"], person)
    for finding in made.findings:
        person.tell("finding", what=finding)
    person.tell("written" if made.changed else "unchanged", path=made.folder)


def _tell_issues(issues: pd.DataFrame, person: Person) -> None:
    for severity, code in sorted(set(zip(issues["severity"], issues["code"], strict=True))):
        rows = issues[(issues["severity"] == severity) & (issues["code"] == code)]
        if code == "unparsed":
            continue
        accepted = int((rows["accepted"] != "").sum())
        person.tell(
            "issues",
            severity=label(f"severity.{severity}", person.lang),
            code=code,
            n=len(rows),
            accepted=accepted,
        )
        for row in rows.head(3).itertuples():
            task = f", {row.task_id}" if row.task_id else ""
            person.tell("issue", line=row.line, task=task, words=_short(str(row.words)), hint=row.hint)
        if len(rows) > 3:
            person.tell("more", n=len(rows) - 3)


def _check(options: argparse.Namespace, person: Person) -> int:
    from sxcanalysis.doctor import check_everything  # noqa: PLC0415

    findings = check_everything(options.edition)
    for finding in findings:
        _print(finding)
    person.tell("findings" if findings else "all_right", n=len(findings))
    return FINDINGS if findings else OK


def _diff(options: argparse.Namespace, person: Person) -> int:
    from sxcanalysis.analysis.changed_text import diff_lines  # noqa: PLC0415
    from sxcanalysis.analysis.edition_diff import compare_editions  # noqa: PLC0415

    diff = compare_editions(options.OLD, options.NEW)
    _print("\n".join(diff_lines(diff, person.lang)))
    if options.out:
        from sxcanalysis.core.files import write_file  # noqa: PLC0415
        from sxcanalysis.outputs.excel import neutralise  # noqa: PLC0415

        told = diff.tasks.map(lambda value: neutralise(value) if isinstance(value, str) else value)
        write_file(options.out, str(told.to_csv(index=False, lineterminator="\n")).encode("utf-8-sig"))
        person.tell("written", path=options.out)
    return OK


def _correct(options: argparse.Namespace, person: Person) -> int:
    from sxcanalysis.tables.corrections import write_correction  # noqa: PLC0415

    path, entry = write_correction(
        options.ID, options.CHANGE, why=options.why, by=options.by, table=options.table, quote=options.quote
    )
    _print(entry)
    person.tell("corrected", path=path)
    return OK


def _accept(options: argparse.Namespace, person: Person) -> int:
    from sxcanalysis.tables.corrections import write_acceptance  # noqa: PLC0415

    path, entry = write_acceptance(options.ID, options.CODE, why=options.why, by=options.by)
    _print(entry)
    person.tell("corrected", path=path)
    return OK


def _circle_add(options: argparse.Namespace, person: Person) -> int:
    from sxcanalysis.core.paths import writable_dir  # noqa: PLC0415
    from sxcanalysis.geography.boundary_building import write_boundaries  # noqa: PLC0415
    from sxcanalysis.reference.circle import add_circle, load_circle  # noqa: PLC0415

    names = {key: [name.strip() for name in (getattr(options, key) or "").replace("、", ",").split(",") if name.strip()]
             for key in ("members", "partial")}  # fmt: skip
    path = add_circle(
        options.NAME, names["members"], partial=names["partial"], zh=options.zh or "", en=options.en or ""
    )
    person.tell("written", path=path)
    try:
        for made in write_boundaries(circle := load_circle(path.stem), writable_dir() / circle.boundaries):
            person.tell("written", path=made)
    except MissingDataError:
        person.tell("boundaries", name=path.stem)
    return OK


def _geometry_import(options: argparse.Namespace, person: Person) -> int:
    from sxcanalysis.geography.geometry_import import import_geometry  # noqa: PLC0415

    given = {
        key: getattr(options, key)
        for key in ("project", "source", "licence", "date")
        if getattr(options, key)
    }
    checked = import_geometry(options.LINES, lang=person.lang, **given)
    for row in checked.to_dict("records"):
        told = say("import.accepted" if row["accepted"] else "import.refused", person.lang, **row)  # type: ignore[arg-type]
        _print(f"{row['project_id']} {row['name']}: {told}")
    return OK if checked["accepted"].all() else FINDINGS


def _figures(options: argparse.Namespace, person: Person) -> int:
    figures = import_module("sxcanalysis.figures")
    if options.list:
        listed = (
            figures.catalogue(person.lang)
            if hasattr(figures, "catalogue")
            else dict.fromkeys(figures.figure_names(), "")
        )
        _print("\n".join(f"{name:20} {question}".rstrip() for name, question in listed.items()))
        return OK
    edition = _chosen(options)
    root = options.out or _project() / "figures"
    bent: dict[str, object] = {
        key: getattr(options, key)
        for key in ("width", "where", "boundaries")
        if getattr(options, key) is not None
    }
    bent |= {"title": False} if options.no_title else {}
    written: list[Path] = []
    failed = []
    wanted = [(lang, name) for lang in _langs(options) for name in options.name or figures.figure_names()]
    for lang, name in _counted(wanted, "figure", person):
        try:
            written += figures.write_figures(root, edition=edition, langs=[lang], names=[name], **bent)
        except SxcError as error:
            # The others can still be made: a new edition has no located projects at first.
            failed.append(f"{name} ({lang}): {error}")
        except Exception as error:  # noqa: BLE001  # nor does a fault in one keep the others
            failed.append(f"{name} ({lang}): {_unexpected(error, person.lang)}")
    for message in failed:
        person.warn("figure_failed", what=message)
    person.tell("figures", n=len(written), path=root / edition, failed=len(failed))
    return FINDINGS if failed or not written else OK


def _notebooks(options: argparse.Namespace, person: Person) -> int:
    from sxcanalysis.core.paths import notebooks_dir  # noqa: PLC0415
    from sxcanalysis.outputs.notebook_running import find_notebooks, run_notebooks  # noqa: PLC0415

    notebooks = find_notebooks(notebooks_dir(), options.name)
    out, langs = options.out or _project() / "build" / "notebooks", _langs(options)
    failed = run_notebooks(
        notebooks,
        out,
        edition=options.edition or _chosen(options),
        langs=langs,
        tell=lambda line: _print(line, error=True),
    )
    for message in failed:
        _print(message, error=True)
    person.tell("notebooks", n=len(notebooks) * len(langs) - len(failed), failed=len(failed), path=out)
    return FINDINGS if failed else OK


def _atlas(options: argparse.Namespace, person: Person) -> int:
    write_atlas = import_module("sxcanalysis.outputs.atlas").write_atlas
    edition, folder = _chosen(options), options.out or _project() / "build" / "atlas"
    for lang in _counted(_langs(options), "page", person):
        path = folder / f"atlas-{edition}-{lang}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atlas(path, edition=edition, lang=lang)
        _print(str(path))
    return OK


def _report(options: argparse.Namespace, person: Person) -> int:
    from sxcanalysis.outputs.report import write_forms  # noqa: PLC0415

    edition, folder = _chosen(options), options.out or _project() / "build" / "report"
    byline = (options.office or "", options.authors or "", options.date or "")
    for lang in _counted(_langs(options), "report", person):
        paths = [folder / f"report-{edition}-{lang}.{form}" for form in options.to or ["html"]]
        for path in write_forms(paths, edition=edition, lang=lang, byline=byline):
            _print(str(path))
    return OK


def _export(options: argparse.Namespace, person: Person) -> int:
    from sxcanalysis.outputs.exports import export_edition  # noqa: PLC0415

    edition, folder = _chosen(options), options.out or _project() / "build" / "export"
    forms = [form for form in ("xlsx", "gpkg", "parquet") if getattr(options, form)] or ["xlsx"]
    for form in _counted(forms, "export", person):
        for path in export_edition(folder, edition, form, lang=person.lang):
            _print(str(path))
    return OK


def _corpus(options: argparse.Namespace, person: Person) -> int:
    from sxcanalysis.outputs.corpus import write_corpus  # noqa: PLC0415

    def told(progress: Any) -> None:  # noqa: ANN401  # the corpus's own
        if sys.stderr.isatty():
            _show(
                "\r"
                + say(
                    "cli.corpus_so_far",
                    person.lang,
                    n=progress.read + progress.failed + progress.kept,
                    total=progress.total,
                )
            )

    out = options.out or options.FOLDER.with_name(options.FOLDER.name + "-corpus")
    done = write_corpus(options.FOLDER, out, workers=options.workers, told=told)
    person.tell("corpus", read=done.read, kept=done.kept, failed=done.failed, path=out)
    return FINDINGS if done.failed else OK


def _class_pack(options: argparse.Namespace, person: Person) -> int:
    from sxcanalysis.outputs.teaching.class_pack import write_class_pack  # noqa: PLC0415

    write_class_pack(options.FOLDER, _project(), lang=person.lang, told=lambda line: _print(line, error=True))
    person.tell("written", path=options.FOLDER)
    return OK


def _init(options: argparse.Namespace, person: Person) -> int:
    from sxcanalysis.core.paths import init_folder  # noqa: PLC0415

    person.tell("made_folder", path=init_folder(options.FOLDER).resolve())
    return OK


def _doctor(_: argparse.Namespace, person: Person) -> int:
    from sxcanalysis.doctor import examine  # noqa: PLC0415

    wrong = 0
    for found in examine():
        sign = "good" if found.good else "wrong" if found.needed else "note"
        _print(f"{label(f'cli.{sign}', person.lang):5}  {found.what}")
        if found.mend:
            _print(f"       {found.mend}")
        wrong += found.needed and not found.good
    person.tell("to_mend" if wrong else "all_well", n=wrong)
    return FINDINGS if wrong else OK


def _project() -> Path:
    """Return the folder that holds the data folder, where results go; of an installed package the folder one is in."""
    from sxcanalysis.core.paths import data_dir, is_checkout, shipped_dir  # noqa: PLC0415

    folder = data_dir()
    return Path.cwd() if folder == shipped_dir() and not is_checkout() else folder.resolve().parent


def _chosen(options: argparse.Namespace) -> str:
    from sxcanalysis.tables.loading import chosen_edition  # noqa: PLC0415

    return chosen_edition(options.edition)


def _langs(options: argparse.Namespace) -> tuple[str, ...]:
    return (options.lang,) if options.lang else LANGS


def _counted(items: Sequence[T], what: str, person: Person) -> Iterator[T]:
    """Hand out the items, and count them on a terminal for the person who waits."""
    shown = sys.stderr.isatty()
    for done, item in enumerate(items, start=1):
        if shown:
            _show(f"\r{say(f'cli_count.{what}', person.lang, done=done, total=len(items))} ")
        yield item
    if shown:
        _show("\r" + " " * 50 + "\r")


def _unexpected(error: Exception, lang: str) -> str:
    """Tell of an error that is the project's own, with the line of the project that it comes from."""
    steps = traceback.extract_tb(error.__traceback__)
    own = [step for step in steps if Path(__file__).parent in Path(step.filename).parents]
    place = f" ({Path(own[-1].filename).name}, {own[-1].lineno})" if own else ""
    return f"{type(error).__name__}: {error}{place}\n{label('cli.please_report', lang)}"


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= 40 else words[:39] + "…"


def _show(words: str) -> None:
    print(words, end="", file=sys.stderr, flush=True)  # noqa: T201


def _print(line: str, *, error: bool = False) -> None:
    print(line, file=sys.stderr if error else sys.stdout)  # a command speaks


if __name__ == "__main__":
    sys.exit(main())
