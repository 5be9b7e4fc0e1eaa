"""The `sxc` command: every step from a document to figures. It holds no logic of its own; its words stand in ``labels.csv``."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sxcanalysis import __version__
from sxcanalysis.core.errors import MissingDataError, MissingEditionError, SxcError
from sxcanalysis.core.progress import at_work, heard
from sxcanalysis.outputs.console import Person, tell_ingested, tell_unexpected, write_line
from sxcanalysis.reference.words import LANGS, Lang, label, say, spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sxcanalysis.tables.ingestion import Ingested

Options = argparse.Namespace
OK, FINDINGS, USAGE = 0, 1, 2


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
    lang = _language(sys.argv[1:] if arguments is None else arguments)
    with _environment(SXC_LANG=lang):  # what goes wrong anywhere is told in this language
        try:
            with _own_words(lang):
                options = _parser(lang).parse_args(arguments)
            with _environment(SXC_DATA=options.data):
                return _run(options, Person(lang))
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else USAGE
        except SxcError as error:  # the words themselves are not to be had
            write_line(f"sxc: {error}", error=True)
            return FINDINGS


def _run(options: Options, person: Person) -> int:
    """Do what was asked, and tell of what went wrong in a sentence."""
    try:
        with heard(person.hear):
            code: int = options.run(options, person)
    except SxcError as error:
        person.warn("error", command=options.command, what=error)
        return USAGE if isinstance(error, MissingEditionError) else FINDINGS
    except KeyboardInterrupt:
        person.warn("stopped")
    except BrokenPipeError:
        sys.stderr.close()
        return OK
    except ModuleNotFoundError as error:
        name = error.name or str(error)
        what = say(
            f"cli.{'no_module' if name.startswith('sxcanalysis') else 'no_package'}", person.lang, name=name
        )
        person.warn("error", command=options.command, what=what)
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        person.warn("disk", command=options.command, what=what)
    except Exception as error:  # noqa: BLE001  # a person gets a sentence, not a traceback
        person.warn("error", command=options.command, what=tell_unexpected(error, person.lang))
    else:
        return code
    return FINDINGS


@contextmanager
def _environment(**values: object) -> Iterator[None]:
    """Set variables of the environment, those that have a value, and put them back."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update({name: str(value) for name, value in values.items() if value})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({name: value} if value is not None else {})


def _language(arguments: Sequence[str]) -> Lang:
    """Return the language to speak: that of --lang, else that of the locale."""
    for word, after in pairwise([*arguments, ""]):
        asked = word.partition("=")[2] if word.startswith("--lang=") else after if word == "--lang" else ""
        if asked in LANGS:
            return "zh" if asked == "zh" else "en"
    return spoken()


# --- what can be asked ---------------------------------------------------------------------------------------------------


class Command(NamedTuple):
    """A command: what runs it, an example, and its arguments; ``!`` marks an option that must be given."""

    run: Callable[[Options, Person], int]
    example: str
    arguments: str = ""


def _commands() -> dict[str, Command]:
    stated = "--title --title-en --issuer --issuer-en --date --obtained --url --circle"
    written = "--edition --out"
    return {
        "update": Command(_update, "list-2025.pdf --edition 2025", f"FILE? --edition! --force --open {stated}"),
        "ingest": Command(_ingest, "list-2025.pdf --edition 2025 --date 2025-04-01", f"FILE? --edition! --force {stated}"),
        "check": Command(_check, "", "--edition --accept"),
        "diff": Command(_diff, "2024 2025 --out changes.csv", "OLD NEW --out"),
        "correct": Command(
            _correct, "2024-28-t1 comparator=ge --why 'the plan says at least' --by 某某",
            "ID CHANGE --why! --by! --table --quote"),
        "accept": Command(_accept, "2024-23b number_duplicate --why 'printed twice' --by 某某", "ID CODE --why! --by!"),
        "circle add": Command(
            _circle_add, "hefei --members 合肥市,六安市,淮南市", "NAME --members! --partial --zh --en"),
        "geometry import": Command(
            _geometry_import, "jiangsu.osm.pbf --date 2026-11-01", "LINES --project --source --licence --date"),
        "figures": Command(
            _figures, "--lang en --width 120",
            f"{written} --name --list --width --where --boundaries --no-title"),
        "notebooks": Command(_notebooks, "--edition 2024 --lang zh", f"{written} --name"),
        "atlas": Command(_atlas, "--lang en", written),
        "report": Command(_report, "--to docx --lang zh", f"{written} --to --authors --office --date"),
        "export": Command(_export, "--xlsx --gpkg --parquet", f"{written} --xlsx --gpkg --parquet"),
        "corpus": Command(_corpus, "lists --out lists-parquet", "FOLDER --out --workers"),
        "class-pack": Command(_class_pack, "class --platform windows --lang zh", "FOLDER --platform --python"),
        "init": Command(_init, "my-lists", "FOLDER"),
        "doctor": Command(_doctor, ""),
    }  # fmt: skip


def _edition(text: str) -> str:
    from sxcanalysis.reference.dictionary import is_edition_name  # noqa: PLC0415

    if not is_edition_name(text.removesuffix("~")):
        raise argparse.ArgumentTypeError(say("cli.no_edition_name", spoken(), name=repr(text)))
    return text


_SWITCH: dict[str, Any] = {"action": "store_true"}
_LISTED: dict[str, Any] = {"action": "append"}
#: How an argument is read, where that is not as one text.
KINDS: dict[str, dict[str, Any]] = {
    "--edition": {"type": _edition}, "OLD": {"type": _edition}, "NEW": {"type": _edition}, "CHANGE": {"nargs": "+"},
    "--out": {"type": Path}, "FOLDER": {"type": Path}, "LINES": {"type": Path}, "--boundaries": {"type": Path},
    "--accept": _SWITCH, "--force": _SWITCH, "--open": _SWITCH, "--list": _SWITCH, "--no-title": _SWITCH, "--xlsx": _SWITCH, "--gpkg": _SWITCH,
    "--parquet": _SWITCH, "--name": _LISTED, "--platform": _LISTED, "--width": {"type": float}, "--workers": {"type": int},
    "--to": {"action": "append", "choices": ("html", "docx", "pdf")},
}  # fmt: skip


def _parser(lang: Lang) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sxc",
        description=label("cli.about", lang),
        epilog=label("cli.codes", lang),
        parents=[_shared(lang)],
    )
    parser.set_defaults(lang=None, data=None)
    parser.add_argument("--version", action="version", version=f"sxcanalysis {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in _commands().items():
        does, group = label(f"cli_do.{name.replace(' ', '_')}", lang), commands
        for word in name.split()[:-1]:  # `sxc circle add`: a command within a command
            group = commands.add_parser(word, help=does).add_subparsers(
                dest="action", metavar="ACTION", required=True
            )
        made = group.add_parser(
            name.rsplit(maxsplit=1)[-1], help=does, description=does[0].upper() + does[1:],
            epilog=f"{label('cli.example', lang)}:\n  sxc {name} {command.example}".rstrip(),
            formatter_class=argparse.RawDescriptionHelpFormatter, parents=[_shared(lang)],
        )  # fmt: skip
        made.set_defaults(run=command.run)
        for word in command.arguments.split():
            argument = word.rstrip("!?")
            given = KINDS.get(argument, {}) | ({"required": True} if word.endswith("!") else {})
            given |= {"nargs": "?"} if word.endswith("?") else {}
            made.add_argument(argument, help=label(f"cli_arg.{argument.strip('-')}", lang), **given)
    return parser


def _shared(lang: Lang) -> argparse.ArgumentParser:
    """Return the options that may stand before the command or behind it, where the one must not undo the other."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("--lang", choices=LANGS, help=label("cli_arg.lang", lang))
    shared.add_argument("--data", type=Path, help=label("cli_arg.data", lang))
    return shared


@contextmanager
def _own_words(lang: Lang) -> Iterator[None]:
    """Let argparse say its own sentences in the person's language; it has them only as its source says them."""

    def said(text: str) -> str:
        bare = text.rstrip()
        return label(f"argparse.{bare}", lang, default=bare) + text[len(bare) :]

    before = argparse._  # type: ignore[attr-defined]  # the one place where it looks them up
    argparse._ = said  # type: ignore[attr-defined]
    try:
        yield
    finally:
        argparse._ = before  # type: ignore[attr-defined]


# --- from a document to tables -------------------------------------------------------------------------------------------


def _update(options: Options, person: Person) -> int:
    from sxcanalysis.outputs.review import write_review  # noqa: PLC0415
    from sxcanalysis.tables.checking import check_project  # noqa: PLC0415

    made = _make(options)
    tell_ingested(made, person)
    findings = check_project(made.edition)
    at_work("reviewing")
    path = _project() / "build" / "review" / f"{made.edition}.html"
    left = write_review(path, made, findings, lang=person.lang)
    person.tell("review", path=path, n=left)
    if options.open:
        import webbrowser  # noqa: PLC0415

        webbrowser.open(path.resolve().as_uri())
    return FINDINGS if left else OK


def _ingest(options: Options, person: Person) -> int:
    made = _make(options)
    tell_ingested(made, person)
    return FINDINGS if made.findings or len(made.open_issues) else OK


def _make(options: Options) -> Ingested:
    from sxcanalysis.core.paths import document_path  # noqa: PLC0415
    from sxcanalysis.tables.ingestion import STATED, ingest  # noqa: PLC0415

    file = options.FILE or document_path(options.edition)
    stated = {key: getattr(options, key) for key in STATED if getattr(options, key, None) is not None}
    return ingest(file, edition=options.edition, force=options.force, stated=stated)


def _check(options: Options, person: Person) -> int:
    from sxcanalysis.doctor import check_everything  # noqa: PLC0415

    if options.accept:
        from sxcanalysis.core.paths import writable_dir  # noqa: PLC0415
        from sxcanalysis.tables.package import write_datapackage  # noqa: PLC0415

        write_datapackage(writable_dir())
        person.tell("accepted")
    findings = check_everything(options.edition)
    for finding in findings:
        write_line(finding)
    person.tell("findings" if findings else "all_right", n=len(findings))
    return FINDINGS if findings else OK


def _diff(options: Options, person: Person) -> int:
    from sxcanalysis.analysis.changed_text import diff_lines  # noqa: PLC0415
    from sxcanalysis.analysis.edition_diff import compare_editions  # noqa: PLC0415

    diff = compare_editions(options.OLD, options.NEW)
    write_line("\n".join(diff_lines(diff, person.lang)))
    if options.out:
        from sxcanalysis.core.files import write_file  # noqa: PLC0415
        from sxcanalysis.figures.files import guarded_cells  # noqa: PLC0415

        told = guarded_cells(diff.tasks).to_csv(index=False, lineterminator="\n")
        write_file(options.out, str(told).encode("utf-8-sig"))
        person.tell("written", path=options.out)
    return OK


def _correct(options: Options, person: Person) -> int:
    from sxcanalysis.tables.corrections import write_correction  # noqa: PLC0415

    given = {"why": options.why, "by": options.by, "table": options.table, "quote": options.quote}
    return _tell_entry(person, *write_correction(options.ID, options.CHANGE, **given))


def _accept(options: Options, person: Person) -> int:
    from sxcanalysis.tables.corrections import write_acceptance  # noqa: PLC0415

    return _tell_entry(person, *write_acceptance(options.ID, options.CODE, why=options.why, by=options.by))


def _tell_entry(person: Person, path: Path, entry: str) -> int:
    write_line(entry)
    person.tell("corrected", path=path)
    return OK


def _circle_add(options: Options, person: Person) -> int:
    from sxcanalysis.core.paths import writable_dir  # noqa: PLC0415
    from sxcanalysis.geography.boundary_building import write_boundaries  # noqa: PLC0415
    from sxcanalysis.reference.circle import add_circle, load_circle  # noqa: PLC0415

    members, partial = (
        [name.strip() for name in (listed or "").replace("、", ",").split(",") if name.strip()]
        for listed in (options.members, options.partial)
    )
    path = add_circle(options.NAME, members, partial=partial, zh=options.zh or "", en=options.en or "")
    person.tell("written", path=path)
    try:
        for made in write_boundaries(circle := load_circle(path.stem), writable_dir() / circle.boundaries):
            person.tell("written", path=made)
    except MissingDataError:
        person.tell("boundaries", name=path.stem)
    return OK


def _geometry_import(options: Options, person: Person) -> int:
    from sxcanalysis.geography.geometry_import import import_geometry  # noqa: PLC0415

    checked = import_geometry(
        options.LINES, lang=person.lang, **_given(options, "project source licence date")
    )
    for row in checked.to_dict("records"):
        told = say("import.accepted" if row["accepted"] else "import.refused", person.lang, **row)  # type: ignore[arg-type]
        write_line(f"{row['project_id']} {row['name']}: {told}")
    return OK if checked["accepted"].all() else FINDINGS


# --- from tables to what leaves the house --------------------------------------------------------------------------------


def _figures(options: Options, person: Person) -> int:
    from sxcanalysis import figures  # noqa: PLC0415

    if options.list:
        write_line(
            "\n".join(f"{name:20} {question}" for name, question in figures.catalogue(person.lang).items())
        )
        return OK
    edition, root = _chosen(options), options.out or _project() / "figures"
    bent = _given(options, "width where boundaries") | ({"title": False} if options.no_title else {})
    written: list[Path] = []
    failed = []
    wanted = [(lang, name) for lang in _langs(options) for name in options.name or figures.figure_names()]
    for lang, name in person.progress(wanted, "figure"):
        try:
            written += figures.write_figures(root, edition=edition, langs=[lang], names=[name], **bent)
        except Exception as error:  # noqa: BLE001  # the others can still be made: a new edition has no located projects at first
            told = error if isinstance(error, SxcError) else tell_unexpected(error, person.lang)
            failed.append(f"{name} ({lang}): {told}")
    for message in failed:
        person.warn("figure_failed", what=message)
    person.tell("figures", n=len(written), path=root / edition, failed=len(failed))
    return FINDINGS if failed or not written else OK


def _notebooks(options: Options, person: Person) -> int:
    from sxcanalysis.core.paths import notebooks_dir  # noqa: PLC0415
    from sxcanalysis.outputs.notebook_running import find_notebooks, run_notebooks  # noqa: PLC0415

    notebooks = find_notebooks(notebooks_dir(), options.name)
    out, langs = options.out or _project() / "build" / "notebooks", _langs(options)
    edition = options.edition or _chosen(options)
    failed = run_notebooks(
        notebooks, out, edition=edition, langs=langs, tell=lambda line: write_line(line, error=True)
    )
    for message in failed:
        write_line(message, error=True)
    person.tell("notebooks", n=len(notebooks) * len(langs) - len(failed), failed=len(failed), path=out)
    return FINDINGS if failed else OK


def _atlas(options: Options, person: Person) -> int:
    from sxcanalysis.outputs.atlas.page import write_atlas  # noqa: PLC0415

    edition, folder = _chosen(options), options.out or _project() / "build" / "atlas"
    for lang in person.progress(_langs(options), "page"):
        write_line(str(write_atlas(folder / f"atlas-{edition}-{lang}.html", edition=edition, lang=lang)))
    return OK


def _report(options: Options, person: Person) -> int:
    from sxcanalysis.outputs.report import write_forms  # noqa: PLC0415

    edition, folder = _chosen(options), options.out or _project() / "build" / "report"
    byline = (options.office or "", options.authors or "", options.date or "")
    for lang in person.progress(_langs(options), "report"):
        paths = [folder / f"report-{edition}-{lang}.{form}" for form in options.to or ["html"]]
        for path in write_forms(paths, edition=edition, lang=lang, byline=byline):
            write_line(str(path))
    return OK


def _export(options: Options, person: Person) -> int:
    from sxcanalysis.outputs.exports.edition import FORMS, export_edition  # noqa: PLC0415

    edition, folder = _chosen(options), options.out or _project() / "build" / "export"
    forms = [form for form in FORMS if getattr(options, form)] or FORMS[:1]
    for form in person.progress(forms, "export"):
        for path in export_edition(folder, edition, form, lang=person.lang):
            write_line(str(path))
    return OK


def _corpus(options: Options, person: Person) -> int:
    from sxcanalysis.outputs.corpus import write_corpus  # noqa: PLC0415

    def told(progress: Any) -> None:  # noqa: ANN401  # the corpus's own
        person.show(
            "cli.corpus_so_far", n=progress.read + progress.failed + progress.kept, total=progress.total
        )

    out = options.out or options.FOLDER.with_name(options.FOLDER.name + "-corpus")
    done = write_corpus(options.FOLDER, out, workers=options.workers, told=told)
    person.tell("corpus", read=done.read, kept=done.kept, failed=done.failed, path=out)
    return FINDINGS if done.failed else OK


def _class_pack(options: Options, person: Person) -> int:
    from sxcanalysis.outputs.teaching.class_pack import write_class_pack  # noqa: PLC0415

    given = {"platforms": options.platform} if options.platform else {}
    given |= _given(options, "python")
    write_class_pack(
        options.FOLDER, _project(), lang=person.lang, told=lambda line: write_line(line, error=True), **given
    )
    person.tell("written", path=options.FOLDER)
    return OK


def _init(options: Options, person: Person) -> int:
    from sxcanalysis.core.paths import init_folder  # noqa: PLC0415

    person.tell("made_folder", path=init_folder(options.FOLDER).resolve())
    return OK


def _doctor(_: Options, person: Person) -> int:
    from sxcanalysis.doctor import examine  # noqa: PLC0415

    wrong = 0
    for found in examine():
        sign = "good" if found.good else "wrong" if found.needed else "note"
        write_line(f"{label(f'cli.{sign}', person.lang):5}  {found.what}")
        if found.mend:
            write_line(f"       {found.mend}")
        wrong += found.needed and not found.good
    person.tell("to_mend" if wrong else "all_well", n=wrong)
    return FINDINGS if wrong else OK


# --- helpers -------------------------------------------------------------------------------------------------------------


def _project() -> Path:
    """Return the folder that holds the data folder, where results go; of an installed package the folder one is in."""
    from sxcanalysis.core.paths import data_dir, is_checkout, shipped_dir  # noqa: PLC0415

    folder = data_dir()
    return Path.cwd() if folder == shipped_dir() and not is_checkout() else folder.resolve().parent


def _chosen(options: Options) -> str:
    from sxcanalysis.tables.loading import chosen_edition  # noqa: PLC0415

    return chosen_edition(options.edition)


def _langs(options: Options) -> tuple[str, ...]:
    return (options.lang,) if options.lang else LANGS


def _given(options: Options, names: str) -> dict[str, Any]:
    """Return those of the options that were given."""
    return {name: getattr(options, name) for name in names.split() if getattr(options, name) is not None}


if __name__ == "__main__":
    sys.exit(main())
