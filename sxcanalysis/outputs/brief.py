"""What the brief of an edition says: findings, four or five chapters with their figures, method and limits, sources, annex.

Every number is computed here from the edition's tables; every sentence is a row of ``data/reference/labels.csv``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis import figures
from sxcanalysis.analysis.city_burden import burden
from sxcanalysis.analysis.edition_diff import STATUSES, compare_editions
from sxcanalysis.analysis.elements import task_elements
from sxcanalysis.analysis.exposure import assigned_and_located
from sxcanalysis.analysis.outcomes import promise_and_outcome
from sxcanalysis.core.errors import MissingDataError, SxcError
from sxcanalysis.figures.files import guarded_cells, png_bytes
from sxcanalysis.figures.style import use_style
from sxcanalysis.geography.projects import load_project_sources, load_projects, load_status
from sxcanalysis.outputs import naming
from sxcanalysis.outputs.annex import annex_tables
from sxcanalysis.outputs.blocks import Block, Box, Findings, Heading, Listing, Paragraph, Picture, TitleBlock
from sxcanalysis.reference.words import label, say
from sxcanalysis.tables import loading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import geopandas as gpd

#: The chapters in order, each with the figures that stand in it, and the figure whose title is its finding.
CHAPTERS: dict[str, tuple[str, ...]] = {
    "promised": ("task-completeness", "whole-list"),
    "answers": ("who-leads", "burden-index"),
    "where": ("project-overview", "city-exposure"),
    "outcome": ("promise-outcome",),
    "changed": ("edition-changes",),
}
_DPI = 200  # enough for a printed page, a third of the bytes of 300
_SENTENCES = 5


def compose(edition: str, lang: str, *, authors: str, office: str, date: str, width_mm: float) -> list[Block]:
    """
    Write the brief of an edition as blocks.

    Parameters
    ----------
    edition, lang
        Whose tables are told of, in which language.
    authors, office, date
        As they stand under the title; what is empty is left out.
    width_mm
        Of the text; the figures are laid out for it.

    Returns
    -------
    blocks
        In their order. A figure that cannot be drawn, such as a map while no project is located, leaves the reason in its place.
    """
    tables = _load(edition, lang)
    pictures, failures, number = {}, {}, 0
    for chapter in _chapters(tables):
        for name in CHAPTERS[chapter]:
            if name not in figures.figure_names():
                continue
            try:
                number += 1
                pictures[name] = _picture(name, number, edition, lang, width_mm)
            except SxcError as error:
                number -= 1
                failures[name] = str(error)
    head = TitleBlock(
        tables["title"], label("brief.subtitle", lang), tuple(filter(None, (office, authors, date)))
    )
    blocks: list[Block] = [head, Heading(label("brief.findings", lang), anchor="findings")]
    blocks.append(Findings(tuple(_findings(tables, pictures, lang))))
    for at, chapter in enumerate(_chapters(tables), 1):
        blocks += _chapter(chapter, at, tables, pictures, failures, lang)
    blocks.append(Box(label("brief.method", lang), tuple(_method(tables, lang))))
    blocks.append(Heading(label("brief.sources", lang), anchor="sources"))
    blocks += [Paragraph(text, small=True) for text in _sources(tables, lang)]
    if pictures:
        entries = tuple(
            (f"figure-{p.number}", say("brief.figure_line", lang, n=p.number, title=p.title))
            for p in pictures.values()
        )
        blocks += [Heading(label("brief.list_of_figures", lang), anchor="figures"), Listing(entries)]
    blocks.append(Heading(label("brief.annex", lang), anchor="annex"))
    blocks += annex_tables(edition, lang)
    return blocks


Tables = dict[str, Any]


def _load(edition: str, lang: str) -> Tables:
    source = naming.edition_source(edition)
    title = str((source.get("title_en") if lang == "en" else "") or source.get("title") or edition)
    tables: Tables = {
        "edition": edition, "source": source, "title": title, "tasks": loading.load_tasks(edition),
        "assignments": loading.load_assignments(edition), "targets": loading.load_targets(edition),
        "issues": loading.load_issues(edition), "projects": None,
        "before": max((one for one in loading.available_editions() if one < edition), default=""),
    }  # fmt: skip
    try:
        tables["projects"] = load_projects(edition)
    except MissingDataError:
        tables["projects"] = None
    return tables


def _chapters(tables: Tables) -> list[str]:
    located = tables["projects"] is not None
    without = {"changed"} - ({"changed"} if tables["before"] else set()) | (
        set() if located else {"where", "outcome"}
    )
    return [chapter for chapter in CHAPTERS if chapter not in without]


def _picture(name: str, number: int, edition: str, lang: str, width_mm: float) -> Picture:
    # The page sets title and measure in its own type.
    bundle = figures.build(name, edition=edition, lang=lang, width=width_mm, title=False)
    with use_style(lang):
        png = png_bytes(bundle, _DPI)
    data = guarded_cells(bundle.data).to_csv(index=False, lineterminator="\n").encode("utf-8-sig")
    return Picture(
        name, number, bundle.title, bundle.subtitle, bundle.alt, png, width_mm, data, len(bundle.data)
    )


def _chapter(
    chapter: str, at: int, tables: Tables, pictures: dict[str, Picture], failures: dict[str, str], lang: str
) -> Iterator[Block]:  # fmt: skip
    """Set the prose of a chapter, each figure after the paragraph that refers to it."""
    yield Heading(
        say(
            "brief.chapter",
            lang,
            n=at,
            roman=label(f"numeral.{at}", lang),
            title=label(f"brief.{chapter}", lang),
        ),
        anchor=chapter,
    )
    paragraphs = [naming.run_on(part, lang) for part in _PROSE[chapter](tables, lang)]
    mine = [name for name in CHAPTERS[chapter] if name in pictures or name in failures]
    for place in range(max(len(paragraphs), len(mine))):
        name = mine[place] if place < len(mine) else ""
        if place < len(paragraphs):
            see = say("brief.see", lang, n=pictures[name].number) if name in pictures else ""
            yield Paragraph(_referring(paragraphs[place], see, lang))
        if name in pictures:
            yield pictures[name]
        elif name:
            yield Paragraph(say("brief.failed", lang, name=name, reason=failures[name]), small=True)


def _referring(text: str, see: str, lang: str) -> str:
    """Put the reference to a figure before the last stop of a paragraph's first sentence."""
    stop = "。" if lang == "zh" else ". "
    first, found, rest = text.partition(stop)
    if not found:
        return text.rstrip("。.") + see + stop.strip()
    return f"{first}{see}{found}{rest}"


# --- what the chapters say -----------------------------------------------------------------------------------------------


def _findings(tables: Tables, pictures: dict[str, Picture], lang: str) -> Iterator[str]:
    """Take the finding of each figure, those that open a chapter first, until there are five."""
    opening = [names[0] for names in CHAPTERS.values()]
    order = [
        *(name for name in opening if name in pictures),
        *(name for name in pictures if name not in opening),
    ]
    chosen = sorted(order[:_SENTENCES], key=lambda name: pictures[name].number)
    for name in chosen:
        yield _referring(
            pictures[name].title.rstrip("。.") + label("page.stop", lang),
            say("brief.see", lang, n=pictures[name].number),
            lang,
        )
    if len(chosen) < _SENTENCES:
        yield from (
            naming.run_on(part, lang) for part in list(_promised(tables, lang))[: _SENTENCES - len(chosen)]
        )


def _promised(tables: Tables, lang: str) -> Iterator[list[str]]:
    tasks, targets = tables["tasks"], tables["targets"]
    sizes = tasks.groupby("category", sort=False).size().sort_values(ascending=False, kind="stable")
    yield [
        say("brief.promised_1", lang, tasks=len(tasks), categories=len(sizes), largest=naming.name_category(sizes.index[0], lang),
            n=int(sizes.iloc[0]), smallest=naming.name_category(sizes.index[-1], lang), m=int(sizes.iloc[-1])),
        say("brief.promised_2", lang, tasks=int(targets["task_id"].nunique()), targets=len(targets), share=_share(targets["task_id"].nunique(), len(tasks))),
    ]  # fmt: skip
    stated = task_elements(tasks, tables["assignments"], targets)
    counts = stated[stated["status"] == "stated"].groupby("element").size()
    partly = stated[stated["status"] == "partly"].groupby("element").size()
    sentences = [
        say("brief.promised_3", lang, deliverable=int(counts.get("deliverable", 0)), aimed=int(partly.get("deliverable", 0)),
            deadline=int(counts.get("deadline", 0)), owner=int(counts.get("owner", 0))),
    ]  # fmt: skip
    if "verifiable" in tasks:
        n = int(tasks["verifiable"].map(lambda cell: str(cell).lower() in {"true", "yes", "1"}).sum())
        sentences.append(say("brief.promised_4", lang, n=n, share=_share(n, len(tasks))))
    sentences.append(label("brief.promised_5", lang))
    yield sentences


def _answers(tables: Tables, lang: str) -> Iterator[list[str]]:
    assignments = tables["assignments"]
    lead = assignments[(assignments["role"] == "lead")]
    by_body = lead.groupby("body")["task_id"].nunique().sort_values(ascending=False, kind="stable")
    led, joint = lead["task_id"].nunique(), int(lead.groupby("task_id")["body"].nunique().gt(1).sum())
    sentences = [
        say(
            "brief.answers_1",
            lang,
            bodies=int(assignments["body"].nunique()),
            leads=len(by_body),
            tasks=int(led),
            joint=joint,
        )
    ]
    if len(by_body):
        top = by_body.head(3)
        sentences.append(
            say("brief.answers_2", lang, body=naming.name_body(str(top.index[0]), lang), n=int(top.iloc[0]),
                share=_share(lead[lead["body"].isin(top.index)]["task_id"].nunique(), led))
        )  # fmt: skip
    sentences.append(
        say(
            "brief.answers_3",
            lang,
            n=int(assignments.loc[assignments["others_implied"], "task_id"].nunique()),
        )
    )
    yield sentences
    whole, sole = burden(assignments, rule="whole"), burden(assignments, rule="sole")
    full, partial = (
        whole[whole["member"] == "full"],
        whole[(whole["member"] != "full") & (whole["tasks"] > 0)],
    )
    if full.empty:
        return
    gap = int(full["tasks"].max() - full["tasks"].min())
    told = [
        say("brief.answers_4", lang, counts=_counts(full, lang), gap=gap),
        say("brief.answers_5", lang, counts=_counts(sole[sole["member"] == "full"], lang)),
    ]
    if len(partial):
        told.append(say("brief.answers_6", lang, counts=_counts(partial, lang)))
    yield [*told, label("brief.answers_7", lang)]


def _where(tables: Tables, lang: str) -> Iterator[list[str]]:
    projects: gpd.GeoDataFrame = tables["projects"]
    kinds = projects.groupby("kind").size().sort_values(ascending=False, kind="stable")
    listed = label("page.comma", lang).join(
        say("brief.kind_count", lang, kind=label(f"kind.{kind}", lang, default=str(kind)), n=n)
        for kind, n in kinds.items()
    )
    coarse = projects["precision"].isin(["county", "city"])
    drawn = projects.geometry.notna() & ~coarse
    yield [
        say("brief.where_1", lang, n=len(projects), tasks=int(projects["task_id"].nunique()), kinds=listed),
        say("brief.where_2", lang, drawn=int(drawn.sum()), coarse=int(coarse.sum()), none=int(projects.geometry.isna().sum()),
            km=f"{float(projects.loc[drawn, 'uncertainty_m'].median()) / 1000:.1f}" if drawn.any() else "—"),
        label("brief.where_3", lang),
    ]  # fmt: skip
    counties = pd.Series(
        [
            code
            for cell in projects["counties"]
            for code in naming.split_codes(cell)
            if not code.endswith("00")
        ]
    )
    pairs = assigned_and_located(tables["assignments"], projects)
    assigned = pairs[pairs["assigned"]]
    sentences = [
        say("brief.where_5", lang, inside=int((assigned["located"] == "inside").sum()), pairs=len(assigned)),
        label("brief.where_6", lang),
    ]
    if len(counties):
        top = counties.value_counts().sort_index().sort_values(ascending=False, kind="stable")
        units = naming.name_units(lang)
        sentences.insert(
            0,
            say(
                "brief.where_4",
                lang,
                n=len(top),
                county=units.get(str(top.index[0]), str(top.index[0])),
                m=int(top.iloc[0]),
            ),
        )
    yield sentences


def _outcome(tables: Tables, lang: str) -> Iterator[list[str]]:
    projects = tables["projects"]
    stages = projects.groupby("stage").size()
    listed = label("page.comma", lang).join(
        say("brief.stage_count", lang, stage=label(f"stage.{stage}", lang, default=str(stage)), n=int(stages[stage]))
        for stage in ("completed", "continued", "under_construction", "started", "preparatory") if stage in stages
    )  # fmt: skip
    found = promise_and_outcome(projects, load_status())
    counts = found.groupby("outcome").size()
    told = label("page.comma", lang).join(
        say("brief.outcome_count", lang, outcome=label(f"outcome.{outcome}", lang), n=int(counts[outcome]))
        for outcome in ("kept", "later", "reached", "not_yet", "cancelled", "unknown") if outcome in counts
    )  # fmt: skip
    yield [
        say("brief.outcome_1", lang, stages=listed), say("brief.outcome_2", lang, outcomes=told, as_of=found["as_of"].max()),
        say("brief.outcome_3", lang, n=int(found["stale"].map(bool).sum()), total=len(found)), label("brief.outcome_4", lang),
    ]  # fmt: skip


def _changed(tables: Tables, lang: str) -> Iterator[list[str]]:
    diff = compare_editions(tables["before"], tables["edition"])
    tasks = _listed_changes({status: n for status, n in diff.counts().items() if status in STATUSES}, lang)
    targets = _listed_changes(diff.targets["change"].value_counts().to_dict(), lang)
    projects = _listed_changes(diff.projects["change"].value_counts().to_dict(), lang)
    yield [
        say("brief.changed_1", lang, old=diff.old, new=diff.new, changes=tasks),
        say("brief.changed_3", lang, targets=targets, projects=projects),
        label("brief.changed_2", lang),
    ]


def _listed_changes(counts: Mapping[Any, int], lang: str) -> str:
    told = [
        say("brief.change_count", lang, change=label(f"change.{key}", lang), n=n)
        for key, n in counts.items()
        if n
    ]
    return label("page.comma", lang).join(told) or label("page.none", lang).rstrip("。.").lower()


_PROSE: dict[str, Callable[[Tables, str], Iterator[list[str]]]] = {
    "promised": _promised, "answers": _answers, "where": _where, "outcome": _outcome, "changed": _changed,
}  # fmt: skip


def _method(tables: Tables, lang: str) -> Iterator[str]:
    issues = tables["issues"]
    yield say("brief.method_1", lang, unparsed=int(issues["code"].eq("unparsed").sum()), issues=len(issues))
    yield label("brief.method_2", lang)
    if tables["projects"] is not None:
        yield label("brief.method_3", lang)
    yield label("brief.method_4", lang)


def _sources(tables: Tables, lang: str) -> Iterator[str]:
    source = tables["source"]
    yield say(
        "brief.source_document",
        lang,
        note=naming.edition_note(tables["edition"], lang),
        sha=source.get("sha256") or "?",
    )
    if tables["projects"] is not None:
        used = {name for cell in tables["projects"]["geometry_source"] for name in naming.split_codes(cell)}
        known = load_project_sources()
        mine = known[known["source_id"].isin(used)]
        yield say(
            "brief.source_places",
            lang,
            n=len(mine),
            memory=int(mine["kind"].isin(["memory", "from memory"]).sum()),
        )
    yield label("brief.source_ground", lang)


def _counts(frame: pd.DataFrame, lang: str) -> str:
    return label("page.comma", lang).join(
        say("brief.city_count", lang, city=naming.name_body(city, lang), n=int(n))
        for city, n in zip(frame["city"], frame["tasks"], strict=True)
    )


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole else "—"
