"""What the brief of an edition says: findings, four or five chapters with their figures, method and limits, sources, a short annex.

Every sentence is a row of ``data/reference/labels.csv`` that the numbers of `sxcanalysis.outputs.brief.facts` are filled into.
"""

from __future__ import annotations

import string
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis import figures
from sxcanalysis.core.errors import SxcError
from sxcanalysis.figures.files import guarded_cells, png_bytes
from sxcanalysis.figures.style import use_style
from sxcanalysis.outputs import naming
from sxcanalysis.outputs.brief.blocks import Block, Picture, Table, Words
from sxcanalysis.outputs.brief.facts import Facts, Material, compute_facts, load_material
from sxcanalysis.reference.words import label, say, worded

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The chapters in order: the sentences of each paragraph, and the figures, the first of which belongs to the first paragraph.
CHAPTERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "promised": (("count sizes numbers verifiable", "elements milestone"), ("task-completeness",)),
    "answers": (("bodies leader open", "cities alone partial size"), ("who-leads", "city-duties")),
    "where": (("kinds drawn uncertainty names", "counties pairs exposure"), ("project-overview", "city-exposure")),
    "outcome": (("stages reports stale limits",), ("promise-outcome",)),
    "changed": (("tasks targets projects pairs",), ("edition-changes",)),
}  # fmt: skip
#: What may open the brief, the weightiest first, and the figure that shows it.
FINDINGS = {
    "changed": "edition-changes", "numbers": "task-completeness", "lead": "who-leads", "cities": "city-duties",
    "where": "project-overview", "outcome": "promise-outcome", "verifiable": "task-completeness", "open": "who-leads",
}  # fmt: skip
_FINDINGS = 5
_METHOD = ("numbers", "roles", "places", "plans", "tables")
_DPI = 200  # enough for a printed page, a third of the bytes of 300
_LONG = 60  # characters of the document's words that a row of the annex shows
_ISSUES = 10  # in the annex; the review page has them all


def compose(edition: str, lang: str, *, byline: tuple[str, ...], width_mm: float) -> list[Block]:
    """
    Write the brief of an edition as blocks.

    Parameters
    ----------
    edition, lang
        Whose tables are told of, in which language.
    byline
        What stands under the title.
    width_mm
        Of the text; the figures are laid out for it.

    Returns
    -------
    blocks
        In their order. A figure that cannot be drawn, such as a map while no project is located, leaves the reason in its place.
    """
    material = load_material(edition, lang)
    facts = compute_facts(material)
    chapters = [chapter for chapter in CHAPTERS if _paragraphs(chapter, facts, lang)]
    drawn = _pictures(
        [name for chapter in chapters for name in CHAPTERS[chapter][1]], edition, lang, width_mm
    )
    blocks: list[Block] = [
        Words("title", naming.edition_title(edition, lang)),
        Words("subtitle", label("brief.subtitle", lang)),
        *(Words("byline", line) for line in byline),
        _heading("findings", lang),
        *_findings(facts, drawn, lang),
    ]
    for number, chapter in enumerate(chapters, 1):
        title = label(f"brief.{chapter}", lang)
        roman = label(f"numeral.{number}", lang)
        blocks.append(
            Words("heading", say("brief.chapter", lang, n=number, roman=roman, title=title), chapter)
        )
        blocks += _chapter(chapter, facts, drawn, lang)
    method = [key for key in _METHOD if key != "places" or "projects" in facts]
    blocks.append(Words("box-title", label("brief.method", lang)))
    blocks += [Words("box", say(f"brief.method_{key}", lang, **facts)) for key in method]
    blocks += [_heading("sources", lang), *(Words("small", text) for text in _sources(edition, facts, lang))]
    pictures = [picture for picture in drawn.values() if isinstance(picture, Picture)]
    if pictures:
        blocks.append(_heading("list_of_figures", lang))
    for picture in pictures:
        line = say("brief.figure_line", lang, n=picture.number, title=picture.title)
        blocks.append(Words("entry", line, f"figure-{picture.number}"))
    return [*blocks, _heading("annex", lang), *_annex(material)]


def _heading(key: str, lang: str) -> Words:
    return Words("heading", label(f"brief.{key}", lang), key)


# --- prose ---------------------------------------------------------------------------------------------------------------


def _told(key: str, facts: Facts, lang: str) -> str:
    """Fill a sentence; it is empty where the edition does not tell a value that it names."""
    pattern = label(f"brief.{key}", lang)
    named = {(name or "").partition("|")[0] for _, name, _, _ in string.Formatter().parse(pattern)} - {""}
    return say(f"brief.{key}", lang, **facts) if named <= facts.keys() else ""


def _paragraphs(chapter: str, facts: Facts, lang: str) -> list[str]:
    """Set the sentences of a chapter; without its first sentence there is no chapter."""
    made = [[_told(f"{chapter}_{key}", facts, lang) for key in keys.split()] for keys in CHAPTERS[chapter][0]]
    return [naming.run_on(sentences, lang) for sentences in made] if made[0][0] else []


def _findings(facts: Facts, drawn: dict[str, Picture | str], lang: str) -> list[Words]:
    """Tell the weightiest findings that there are, in the order of the figures that show them."""
    told = {key: sentence for key in FINDINGS if (sentence := _told(f"finding_{key}", facts, lang))}
    order = list(drawn)
    chosen = sorted(list(told)[:_FINDINGS], key=lambda key: [*order, FINDINGS[key]].index(FINDINGS[key]))
    return [
        Words("finding", say("brief.numbered", lang, n=n, text=_referring(told[key], drawn.get(FINDINGS[key]), lang)))
        for n, key in enumerate(chosen, 1)
    ]  # fmt: skip


def _chapter(chapter: str, facts: Facts, drawn: dict[str, Picture | str], lang: str) -> Iterator[Block]:
    """Set a chapter: its prose first, which fills the page that a tall figure leaves, each paragraph referring to a figure."""
    shown = [drawn[name] for name in CHAPTERS[chapter][1]]
    for paragraph, picture in zip_longest(_paragraphs(chapter, facts, lang), shown[:2]):
        if paragraph:
            yield Words("body", _referring(paragraph, picture, lang))
    for picture in shown:
        yield Words("small", picture) if isinstance(picture, str) else picture


def _referring(text: str, picture: Picture | str | None, lang: str) -> str:
    """Put the reference to a figure before the stop of the first sentence."""
    if not isinstance(picture, Picture):
        return text
    stop = label("page.stop", lang)
    first, found, rest = (text + " ").partition(stop if lang == "zh" else f"{stop} ")
    return f"{first}{say('brief.see', lang, n=picture.number)}{found}{rest}".strip()


def _sources(edition: str, facts: Facts, lang: str) -> Iterator[str]:
    sha = naming.edition_source(edition).get("sha256") or "?"
    yield say("brief.source_document", lang, note=naming.edition_note(edition, lang), sha=sha)
    if "sources" in facts:
        yield say("brief.source_places", lang, **facts)
    yield label("brief.source_ground", lang)


# --- figures -------------------------------------------------------------------------------------------------------------


def _pictures(names: list[str], edition: str, lang: str, width_mm: float) -> dict[str, Picture | str]:
    """Draw the figures and number them; one that cannot be drawn is the sentence that says why."""
    drawn: dict[str, Picture | str] = {}
    number = 1
    for name in names:
        try:
            drawn[name] = draw_picture(name, number, edition, lang, width_mm)
            number += 1
        except SxcError as error:
            drawn[name] = say("brief.failed", lang, name=name, reason=error)
    return drawn


def draw_picture(name: str, number: int, edition: str, lang: str, width_mm: float) -> Picture:
    """Draw a figure for the brief, which sets title and measure in its own type."""
    bundle = figures.build(name, edition=edition, lang=lang, width=width_mm, title=False)
    with use_style(lang):
        png = png_bytes(bundle, _DPI)
    data = guarded_cells(bundle.data).to_csv(index=False, lineterminator="\n").encode("utf-8-sig")
    return Picture(
        name, number, bundle.title, bundle.subtitle, bundle.alt, png, width_mm, data, len(bundle.data)
    )


# --- annex ---------------------------------------------------------------------------------------------------------------


def _annex(m: Material) -> Iterator[Table]:
    """Make the tables at the end, each row from the edition's tables; one without rows is left out."""
    made = (
        ("categories", _category_rows(m), {"shares": (3, 1, 1, 1, 1, 1), "numeric": True}),
        ("targets", _target_rows(m), {"shares": (1.4, 2.6, 1.7, 1.8, 1.3, 3.4), "quoted": 5}),
        ("issues", _issue_rows(m), {"shares": (1, 1.4, 0.8, 3.4, 4), "quoted": 3}),
    )
    for number, (name, rows, form) in enumerate((one for one in made if one[1]), 1):
        heads = tuple(label(f"annex.{name}_heads", m.lang).split("|"))
        more = len(m.issues) - _ISSUES if name == "issues" else 0
        note = say("annex.issues_more", m.lang, n=more) if more > 0 else ""
        shown: dict[str, Any] = {"note": note, **form}
        yield Table(number, label(f"annex.{name}", m.lang), heads, tuple(map(tuple, rows)), **shown)


def _category_rows(m: Material) -> list[list[str]]:
    """Count tasks, lead bodies and targets by category."""
    ids = m.tasks["task_id"]
    led = m.assignments.loc[m.assignments["role"].eq("lead"), "task_id"]
    more = m.assignments.loc[m.assignments["others_implied"], "task_id"]
    own = m.targets.groupby("task_id").size().reindex(ids, fill_value=0).to_numpy()
    counts = pd.DataFrame(
        {"tasks": 1, "led": ids.isin(led), "more": ids.isin(more), "measured": own > 0, "targets": own}
    )
    grouped = counts.groupby(m.tasks["category"], sort=False).sum()
    named = [naming.name_category(name, m.lang) for name in grouped.index]
    totals = [[*row] for row in grouped.to_numpy()] + [[*counts.sum()]]
    return [
        [name, *map(str, row)]
        for name, row in zip([*named, label("page.total", m.lang)], totals, strict=True)
    ]


def _target_rows(m: Material) -> list[list[str]]:
    rows = []
    for row in m.targets.to_dict("records"):
        metric, scope, deadline = (
            naming.tell_term(key, row, m.lang) for key in ("metric", "scope", "deadline")
        )
        value = naming.tell_value(row, m.lang)
        if not naming.is_missing(row["assumed"]) and row["assumed"]:
            value = say("annex.assumed", m.lang, value=value)
        rows.append([row["task_id"], metric, value, scope or "—", deadline or "—", row["quote"]])
    return rows


def _issue_rows(m: Material) -> list[list[str]]:
    """List what a person should look at; the reader's own hint is English."""
    rows = []
    for row in m.issues.head(_ISSUES).fillna("").to_dict("records"):
        words = " ".join(str(row["words"]).split())
        other = label("issue.other", m.lang) if m.lang == "zh" else str(row["hint"])
        rows.append([
            worded("severity", str(row["severity"]), m.lang), str(row["task_id"]), str(row["line"]),
            words if len(words) <= _LONG else words[: _LONG - 1] + "…", label(f"issue.{row['code']}", m.lang, default=other),
        ])  # fmt: skip
    return rows
