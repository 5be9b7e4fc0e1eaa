"""The page on which a person works through what a new edition leaves to decide, and the same rows as a workbook; no network."""

from __future__ import annotations

import difflib
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from sxcanalysis.analysis.changed_text import diff_lines
from sxcanalysis.analysis.edition_diff import compare_editions
from sxcanalysis.analysis.edition_pairing import reviewed_pairs
from sxcanalysis.core.errors import MissingDataError, SxcError
from sxcanalysis.core.files import write_file
from sxcanalysis.core.paths import data_dir, document_path
from sxcanalysis.documents.reading import read_document
from sxcanalysis.outputs.exports.excel import export_excel
from sxcanalysis.reference.bodies import known_bodies
from sxcanalysis.reference.circle import circle_of
from sxcanalysis.reference.words import say, skeleton_of
from sxcanalysis.tables.corrections import read_corrections
from sxcanalysis.tables.ingestion import STATED
from sxcanalysis.tables.loading import available_editions, load_cities, load_tasks, statistics_year

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sxcanalysis.analysis.edition_diff import EditionDiff
    from sxcanalysis.tables.ingestion import Ingested

SURE = 0.75
"""Likeness from which a pair of reworded tasks needs nobody; different tasks of the 2024 list reach at most 0.41."""


class Item(NamedTuple):
    """One thing to decide: where it stands, its words with what is around them, what it means, and what to copy."""

    where: str = ""
    before: str = ""
    words: str = ""
    after: str = ""
    what: str = ""
    copy: str = ""


def write_review(path: Path, made: Ingested, findings: Sequence[str], *, lang: str = "zh") -> int:
    """
    Write the page of an edition, and beside it a workbook with the same rows.

    Parameters
    ----------
    path
        The HTML file.
    made
        What `ingest` returned.
    findings
        What `check_project` found.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    left
        How many decisions are left: the page lists each, with the command or row that settles it.
    """
    words = partial(_say, lang)
    text = read_document(document_path(made.edition))
    before = [name for name in available_editions() if name < made.edition]
    diff = compare_editions(before[-1], made.edition) if before else None
    issues, targets = made.frames["issues"], made.frames["targets"]
    at_issues = made.open_issues
    sections: dict[str, list[Item]] = {
        "findings": [Item(what=finding) for finding in dict.fromkeys([*made.findings, *findings])],
        "issues": [_issue(row, text) for row in at_issues.to_dict("records")],
        "pairs": list(_pairs(diff, words)) if diff else [],
        "bodies": list(_bodies(made, text)),
        "projects": list(_projects(made, text)),
        "english": list(_english(made)),
        "statistics": list(_statistics(made.edition, lang)),
    }
    corrections = read_corrections(data_dir() / "corrections" / f"{made.edition}.yml")
    why = {one.id: f"{one.why} ({one.reviewed_by}, {one.date})" for one in corrections}
    values: dict[str, Any] = {
        "stated": [(key, made.source.get(key, "")) for key in STATED],
        "counts": _counts(made, before),
        "targets": [_target(row, text) for row in targets.to_dict("records")],
        "accepted": [(row, why.get(row["accepted"], "")) for row in issues[issues["accepted"] != ""].to_dict("records")],
    }  # fmt: skip
    twin = path.with_suffix(".xlsx")
    try:
        _write_twin(twin, sections, values, words, lang)
    except MissingDataError as error:  # the extra is not installed; the page is what counts
        told = str(error)
    else:
        told = words("twin", file=twin.name)
    environment = Environment(
        loader=PackageLoader("sxcanalysis.outputs", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    left = sum(map(len, sections.values()))
    page = environment.get_template("review.html.j2").render(
        lang=lang, say=words, edition=made.edition, title=made.source.get("title", ""), left=left, sections=sections, twin=told,
        earlier=before[-1] if before else "", changes="\n".join(diff_lines(diff, lang)) if diff else words("first"), **values,
    )  # fmt: skip
    write_file(path, page.encode())
    return left


def _say(lang: str, key: str, **values: object) -> str:
    return say(f"review.{key}", lang, **values)


def _write_twin(
    path: Path, sections: dict[str, list[Item]], values: dict[str, Any], words: Callable[..., str], lang: str
) -> None:
    """Write the rows of the page as a workbook: what is to be decided, targets to confirm, findings accepted."""
    items = [(words(f"section_{name}"), item) for name, found in sections.items() for item in found]
    columns = ["section", "line_and_task", "words", "what", "copy"]
    tables = {
        words("sheet_decide"): [(name, one.where, one.before + one.words + one.after, one.what, one.copy) for name, one in items],
        words("targets"): [(words("targets"), one.where, one.words, one.what, one.copy) for one in values["targets"]],
        words("accepted"): [(words("accepted"), row["task_id"], row["words"], f"{row['code']}: {row['hint']}", why)
                            for row, why in values["accepted"]],
    }  # fmt: skip
    frames = {name: pd.DataFrame(rows, columns=columns, dtype="str") for name, rows in tables.items()}
    stated = [f"{key}: {value}" for key, value in values["stated"] if value]
    export_excel(frames, path, notes=[words("left", n=len(items))], sources=stated, lang=lang)


def _item(row: dict[Any, Any], text: str, what: str, copy: str) -> Item:
    """Show the words of a row in their line."""
    start, end = int(row["start"]), int(row["end"])
    first = max(text.rfind("\n", 0, start) + 1, start - 60)
    last = text.find("\n", end)
    last = min(len(text) if last < 0 else last, end + 60)
    where = f"{text.count(chr(10), 0, start) + 1}" + (f" · {row['task_id']}" if row["task_id"] else "")
    return Item(where, text[first:start], text[start : min(end, start + 200)], text[end:last], what, copy)


def _issue(row: dict[Any, Any], text: str) -> Item:
    copy = f"sxc accept {row['task_id']} {row['code']} --why '…' --by '…'" if row["task_id"] else ""
    return _item(row, text, f"{row['code']}: {row['hint']}", copy)


def _target(row: dict[Any, Any], text: str) -> Item:
    what = f"{row['target_id']}: {row['metric']} {row['comparator']} {row['value']:g} {row['unit']} {row['deadline']}"
    return _item(row, text, what, f"sxc correct {row['target_id']} comparator=ge --why '…' --by '…'")


def _pairs(diff: EditionDiff, words: Callable[..., str]) -> Iterator[Item]:
    """List which task continues which where a person must say so: split, merged, much reworded, or new with something like it."""
    judged = {
        str(one)
        for entry in reviewed_pairs(diff.old, diff.new)
        for side in (entry["old"], entry["new"])
        for one in (side if isinstance(side, list) else [side])
    }
    file = f"data/corrections/pairs-{diff.old}-{diff.new}.yml"
    for row in diff.tasks.to_dict("records"):
        status, old, new = row["status"], row["old_id"], row["new_id"]
        if row["reviewed"] is True or {old, new} & judged:
            continue
        if status == "reworded" and row["similarity"] >= SURE:
            continue
        if status == "kept" or (status in {"new", "dropped"} and not row["nearest_id"]):
            continue
        old, new = old or row["nearest_id"], new or row["nearest_id"]
        like = row["similarity"] if status in {"reworded", "split", "merged"} else row["nearest_similarity"]
        said = {"old": old, "new": new, "like": f"{float(like):.0%}", "file": file}
        copy = f"- {{old: {old}, new: {new}, why: '…'}}"
        texts = [str(one)[:120] for one in (row["old_text"], row["new_text"]) if one]
        yield Item(f"{old} → {new}", "", " ⟶ ".join(texts), "", words(f"pair_{status}", **said), copy)


def _bodies(made: Ingested, text: str) -> Iterator[Item]:
    """List the bodies that the authority file does not have, each with the nearest known names and the row to add."""
    rows, known = made.frames["assignments"], known_bodies()
    for row in rows[~rows["known"]].drop_duplicates("body").to_dict("records"):
        near = "、".join(difflib.get_close_matches(row["body"], known, n=3, cutoff=0.5))
        what = f"{row['body']} → {near or '?'}  (data/reference/bodies.csv: name,aliases,english,kind)"
        yield _item(row, text, what, f"{row['body']},,,{row['body_kind']}")


def _projects(made: Ingested, text: str) -> Iterator[Item]:
    """List the projects that the text names and the register lacks."""
    named = made.frames["projects"]
    new = named[(named["project_id"] == "") & ~named["generic"].astype(bool)]
    for row in new.drop_duplicates("name").to_dict("records"):
        what = f"{row['name']} ({row['kind']}, {row['stage']})  (data/projects/projects.csv)"
        yield _item(row, text, what, str(row["name"]))


def _english(made: Ingested) -> Iterator[Item]:
    """List what an English figure would have to show in Chinese, the same words once, with the row to add."""
    tasks, targets = made.frames["tasks"], made.frames["targets"]
    for frame, column, file, row_to_add in (
        (tasks, "category", "data/reference/labels.csv", "category.{0},{0},"),
        (targets, "metric", "data/reference/metrics.csv", "{0},"),
        (tasks, "title", "data/reference/labels.csv", "task.{0},{0},"),
    ):
        lacking = frame[(frame[f"{column}_en"] == "") & (frame[column] != "")]
        once = lacking[~lacking[column].map(skeleton_of).duplicated()]
        for task_id, words in once[["task_id", column]].itertuples(index=False):
            yield Item(task_id, "", words, "", file, row_to_add.format(words))


def _statistics(edition: str, lang: str) -> Iterator[Item]:
    """List the figures that the circle's full members lack for the year that the edition is divided by."""
    try:
        circle = circle_of(edition)
        year = statistics_year(edition)
        cities = load_cities(year).set_index("adcode")
    except SxcError as error:
        yield Item(what=str(error))
        return
    if circle.proposed:
        names = "、".join(city.named(lang) for city in circle.full)
        yield Item(what=_say(lang, "circle_proposed", cities=names))
    for city in circle.full:
        lacking = [size for size in ("population", "gdp", "budget_revenue", "area")
                   if city.adcode not in cities.index or cities.loc[city.adcode, f"{size}_status"] == "not found"]  # fmt: skip
        if lacking:
            what = f"{year}: {', '.join(lacking)}  (data/context/cities.csv)"
            copy = f"{city.zh},{city.en},{city.adcode},{year},"
            yield Item(city.named(lang), what=what, copy=copy)


def _counts(made: Ingested, before: list[str]) -> list[tuple[str, int, int]]:
    now = made.frames["tasks"].groupby("category", sort=False).size()
    was = load_tasks(before[-1]).groupby("category", sort=False).size() if before else now.iloc[:0]
    names = list(dict.fromkeys([*now.index, *was.index]))
    return [(str(name), int(was.get(name, 0)), int(now.get(name, 0))) for name in names]
