"""The page on which a person works through what a new edition leaves to decide; it needs no network."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from sxcanalysis.analysis.changed_text import diff_lines
from sxcanalysis.analysis.edition_diff import compare_editions
from sxcanalysis.core.errors import SxcError
from sxcanalysis.core.files import write_file
from sxcanalysis.core.paths import data_dir, document_path
from sxcanalysis.reference.bodies import known_bodies
from sxcanalysis.reference.circle import circle_of
from sxcanalysis.reference.words import label, say
from sxcanalysis.tables.corrections import read_corrections
from sxcanalysis.tables.ingestion import STATED
from sxcanalysis.tables.loading import available_editions, load_cities, load_tasks, statistics_year

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from sxcanalysis.tables.ingestion import Ingested


@dataclass(frozen=True)
class Item:
    """One thing to decide: where it stands, its words with what is around them, what it means, and what to copy."""

    where: str
    before: str
    words: str
    after: str
    what: str
    copy: str


def write_review(path: Path, made: Ingested, findings: Sequence[str], *, lang: str = "zh") -> int:
    """
    Write the page of an edition.

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
    from sxcanalysis.documents.reading import read_document  # noqa: PLC0415

    text = read_document(document_path(made.edition))
    targets = made.frames["targets"]
    sections: dict[str, list[Item]] = {
        "findings": [_plain(finding) for finding in dict.fromkeys([*made.findings, *findings])],
        "issues": [_issue(row, text) for row in made.open_issues.to_dict("records")],
        "bodies": list(_bodies(made, text)),
        "projects": list(_projects(made, text)),
        "english": list(_english(made)),
        "statistics": list(_statistics(made.edition, lang)),
    }
    left = sum(map(len, sections.values()))
    issues = made.frames["issues"]
    corrections = read_corrections(data_dir() / "corrections" / f"{made.edition}.yml")
    why = {one.id: f"{one.why} ({one.reviewed_by}, {one.date})" for one in corrections}
    before = [name for name in available_editions() if name < made.edition]
    environment = Environment(
        loader=PackageLoader("sxcanalysis.outputs", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    page = environment.get_template("review.html.j2").render(
        lang=lang, say=partial(_say, lang), edition=made.edition, title=made.source.get("title", ""), left=left, sections=sections,
        stated=[(key, made.source.get(key, "")) for key in STATED], counts=_counts(made, before),
        earlier=before[-1] if before else "", changes=_changes(before, made.edition, lang),
        targets=[_item(row, text, f"{row['target_id']}: {row['metric']} {row['comparator']} {row['value']:g} {row['unit']} {row['deadline']}",
                       f"sxc correct {row['target_id']} comparator=ge --why '…' --by '…'") for row in targets.to_dict("records")],
        accepted=[(row, why.get(row["accepted"], "")) for row in issues[issues["accepted"] != ""].to_dict("records")],
    )  # fmt: skip
    write_file(path, page.encode())
    return left


def _say(lang: str, key: str, **values: object) -> str:
    return say(f"review.{key}", lang, **values)


def _plain(finding: str) -> Item:
    return Item("", "", "", "", finding, "")


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


def _bodies(made: Ingested, text: str) -> Iterator[Item]:
    """Bodies that the authority file does not have, each with the nearest known names and the row to add."""
    rows = made.frames["assignments"]
    known = known_bodies()
    for row in rows[~rows["known"]].drop_duplicates("body").to_dict("records"):
        near = "、".join(difflib.get_close_matches(row["body"], known, n=3, cutoff=0.5))
        copy = f"{row['body']},,,{row['body_kind']}"
        yield _item(
            row,
            text,
            f"{row['body']} → {near or '?'}  (data/reference/bodies.csv: name,aliases,english,kind)",
            copy,
        )


def _projects(made: Ingested, text: str) -> Iterator[Item]:
    """Projects that the text names and the register lacks."""
    frame = made.frames.get("projects")
    if frame is None or "project_id" not in frame.columns:
        return
    new = frame[frame["project_id"] == ""]
    if "generic" in new.columns:
        new = new[~new["generic"].astype(bool)]
    for row in new.drop_duplicates("name").to_dict("records"):
        yield _item(
            row,
            text,
            f"{row['name']} ({row['kind']}, {row['stage']})  (data/projects/projects.csv)",
            str(row["name"]),
        )


def _english(made: Ingested) -> Iterator[Item]:
    """List what an English figure would have to show in Chinese, with the row to add."""
    tasks, targets = made.frames["tasks"], made.frames["targets"]
    wanted: list[tuple[pd.DataFrame, str, str, str, str]] = [
        (tasks, "category", "category_en", "data/reference/labels.csv", "category.{0},{0},"),
        (targets, "metric", "metric_en", "data/reference/metrics.csv", "{0},"),
    ]
    if "title_en" in tasks.columns:
        wanted.append((tasks, "title", "title_en", "data/reference/labels.csv", "task.{1},{0},"))
    for frame, chinese, english, file, pattern in wanted:
        for row in (
            frame[(frame[english] == "") & (frame[chinese] != "")].drop_duplicates(chinese).to_dict("records")
        ):
            yield Item(
                str(row["task_id"]),
                "",
                str(row[chinese]),
                "",
                file,
                pattern.format(row[chinese], row["task_id"]),
            )


def _statistics(edition: str, lang: str) -> Iterator[Item]:
    """Figures that the circle's full members lack for the year that the edition is divided by."""
    try:
        circle = circle_of(edition)
        year = statistics_year(edition)
        cities = load_cities(year).set_index("adcode")
    except SxcError as error:
        yield _plain(str(error))
        return
    if circle.proposed:
        yield _plain(
            _say(lang, "circle_proposed", cities="、".join(city.named(lang) for city in circle.full))
        )
    for city in circle.full:
        lacking = [size for size in ("population", "gdp", "budget_revenue", "area")
                   if city.adcode not in cities.index or cities.loc[city.adcode, f"{size}_status"] == "not found"]  # fmt: skip
        if lacking:
            yield Item(
                city.named(lang),
                "",
                "",
                "",
                f"{year}: {', '.join(lacking)}  (data/context/cities.csv)",
                f"{city.zh},{city.en},{city.adcode},{year},",
            )


def _counts(made: Ingested, before: list[str]) -> list[tuple[str, int, int]]:
    now = made.frames["tasks"].groupby("category", sort=False).size()
    was = load_tasks(before[-1]).groupby("category", sort=False).size() if before else now.iloc[:0]
    names = list(dict.fromkeys([*now.index, *was.index]))
    return [(str(name), int(was.get(name, 0)), int(now.get(name, 0))) for name in names]


def _changes(before: list[str], edition: str, lang: str) -> str:
    if not before:
        return label("review.first", lang)
    return "\n".join(diff_lines(compare_editions(before[-1], edition), lang))
