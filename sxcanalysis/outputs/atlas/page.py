"""The atlas: the document, the map, the cities and the targets of an edition in one page that needs no network."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd

from sxcanalysis.analysis.city_burden import burden
from sxcanalysis.core.errors import MissingDataError, SxcError
from sxcanalysis.core.files import write_file
from sxcanalysis.core.paths import document_path
from sxcanalysis.documents.reading import read_document
from sxcanalysis.figures.style import KIND_MARKS, STAGE_MARKS, Mark, marks_for
from sxcanalysis.geography.projects import PROJECT_COLUMNS, load_project_sources, load_projects, load_sites
from sxcanalysis.outputs import naming
from sxcanalysis.outputs.atlas.ground import draw_ground, draw_item, window_of
from sxcanalysis.outputs.atlas.spans import document_blocks
from sxcanalysis.outputs.page import TONGUES, other_page, render_page, script_json
from sxcanalysis.reference.words import check_lang, english_names, label, say
from sxcanalysis.tables import loading

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

Row = dict[str, Any]
_SITE = "site"
_SITE_MARK = Mark("#444444", "", "p")
_RULES = ("whole", "even_split", "sole", "named", "touched", "targets")


def write_atlas(path: str | Path, *, edition: str | int | None = None, lang: str = "zh") -> Path:
    """
    Write the atlas as one HTML page that needs no network.

    Parameters
    ----------
    path
        The page; its folder is made if need be. Where its name ends in ``-zh.html`` or ``-en.html``, the page links the
        other language's page beside it.
    edition
        Whose tables are shown; the latest if None. While none of its projects has been located, the map shows the ground alone.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    path
        The page, whole or not written at all; the same data give the same bytes.

    Raises
    ------
    MissingDataError
        If the edition has no tables.
    FigureError
        If the language is unknown.

    Notes
    -----
    Coordinates are WGS-84. Borders and water are simplified by some 150 m; neighbouring units keep their shared borders.
    Behind ``#`` the page's address keeps what is looked at: view, search, facets and the entry that is open. A task's,
    project's, site's or county's code alone behind ``#`` opens that entry.
    """
    path, lang = Path(path), check_lang(lang)
    page = atlas_page(loading.chosen_edition(edition), lang, other=other_page(path, lang))
    write_file(path, page.encode("utf-8"))
    return path


def atlas_page(edition: str, lang: str, *, other: str = "", view: str = "document") -> str:
    """Make the page; `other` is the other language's page beside it, `view` what it opens with."""
    tasks = loading.load_tasks(edition)
    source = naming.edition_source(edition)
    projects, sites = _drawn(load_projects, edition), _drawn(load_sites, edition)
    rows = [*_records(projects), *_records(sites)]
    units, known = naming.name_units(lang), _sources()
    kinds, stages = _kinds(projects, sites, lang), _stages(projects, lang)
    items = [_item(row, number, lang, units, known) for number, row in enumerate(rows, 1)]
    assignments, targets = loading.load_assignments(edition), loading.load_targets(edition)
    mentions = loading.load_mentions(edition)
    told = _tasks(tasks, assignments, targets, lang, items)
    blocks, references = document_blocks(
        read_document(document_path(edition)), tasks, assignments, mentions, targets, projects, lang=lang, units=units
    )  # fmt: skip
    title = naming.edition_title(edition, lang)
    data = {
        **draw_ground(lang), "kinds": kinds, "stages": stages, "items": items, "refs": references,
        "tasks": [{key: task[key] for key in ("id", "title", "hay", "sounds", "initials", "facets", "rows", "category")} for task in told],
        "words": {key[3:]: say(f"atlas.{key}", lang) for key in english_names("atlas") if key.startswith("js_")},
        "citation": say("atlas.citation", lang, source=naming.edition_note(edition, lang), sha=source.get("sha256") or "?", title=title),
        "name": f"{edition}-{lang}",
    }  # fmt: skip
    return render_page(
        "atlas.html.j2", lang, title=say("atlas.title", lang, title=title), scripted=True, other=other, view=view,
        note=naming.edition_note(edition, lang), tasks=told, items=items, kinds=kinds, stages=stages, blocks=blocks,
        facets=_facets(told, items, stages, lang), counties=_counties(lang), data=script_json(data),
        cities=_cities(assignments, lang), targets=_targets(targets, lang), categories={task["category"]: task["category_named"] for task in told},
        counts={"tasks": len(tasks), "projects": len(projects), "drawn": int(projects.geometry.notna().sum()),
                "sites": len(sites), "targets": len(targets), "edition": edition},
        precisions=_precisions(items),
    )  # fmt: skip


def _drawn(load: Callable[[str], gpd.GeoDataFrame], edition: str) -> gpd.GeoDataFrame:
    """Load projects or sites; a new edition has none at first, and its document can be read all the same."""
    try:
        return load(edition)
    except MissingDataError:
        return gpd.GeoDataFrame(columns=list(PROJECT_COLUMNS), geometry="geometry", crs=4326)


def _records(frame: pd.DataFrame) -> list[Row]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


# --- what is drawn -------------------------------------------------------------------------------------------------------


def _kinds(projects: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, lang: str) -> dict[str, Row]:
    marks = marks_for(projects["kind"], KIND_MARKS)
    words = {kind: label(f"kind.{kind}", lang, default=kind) for kind in marks}
    if len(sites):
        marks[_SITE], words[_SITE] = _SITE_MARK, label("atlas.sites", lang)
    return {
        kind: {"label": words[kind], "color": mark.color, "marker": mark.marker}
        for kind, mark in marks.items()
    }


def _stages(projects: gpd.GeoDataFrame, lang: str) -> dict[str, Row]:
    """Give each stage the pattern that it has in print: dashes for lines, a hollow mark for what is furthest from being finished."""
    found = set(projects["stage"].dropna()) - {""}
    marks = marks_for(
        [*(stage for stage in STAGE_MARKS if stage in found), *sorted(found - set(STAGE_MARKS))], STAGE_MARKS
    )
    return {
        stage: {"label": label(f"stage.{stage}", lang, default=stage), "dash": _dash(mark), "filled": mark.filled}
        for stage, mark in marks.items()
    }  # fmt: skip


def _dash(mark: Mark) -> str:
    return "" if isinstance(mark.linestyle, str) else " ".join(f"{3 * part:g}" for part in mark.linestyle[1])


def _item(row: Row, number: int, lang: str, units: dict[str, str], known: dict[str, Row]) -> Row:
    """Say of a project or site what map, list and details need."""
    site = "site_id" in row
    codes = naming.split_codes((row["county"] or row["city"]) if site else row["counties"])
    name = naming.name_project(row, lang)
    other = str(row["name"] if lang == "en" else row.get("name_en") or "")
    coarse = row["precision"] in {"county", "city"}
    places = _places(codes, units, lang)
    later = naming.tell_later(row, lang)
    reason = _own_words(row, "reason_none", lang)
    if not reason and (coarse or row["precision"] == "none"):
        reason = label("atlas.only_unit" if coarse else "atlas.no_place", lang)
    details = [
        ("stage", naming.tell_stage(row, lang)),
        ("precision", naming.tell_precision(row, lang)),
        ("why", reason),
        ("units", places),
        ("also", "" if coarse else _places([c for c in naming.split_codes(row.get("touched")) if c not in codes], units, lang)),
        ("outside", _places(naming.split_codes(row.get("neighbours")), units, lang)),
        ("note", _own_words(row, "note", lang)),
    ]  # fmt: skip
    return {
        "id": row["site_id"] if site else row["project_id"],
        "number": "" if site else str(number),
        "task": row["task_id"],
        "kind": _SITE if site else row["kind"],
        "stage": str(row.get("stage") or ""),
        "title": name,
        "other": "" if other == name else other,
        "where": places,
        "precision": row["precision"],
        "coarse": coarse,
        "codes": codes,
        "cities": sorted({f"{code[:4]}00" for code in codes}),
        "why": reason,
        "words": str(row["name"]),
        "rows": [[label(f"atlas.{key}", lang), text] for key, text in details if text],
        "sources": _cited(row.get("geometry_source", row.get("source_id")), known, lang),
        "later": {"text": later, "sources": _cited(row.get("later_status_source"), known, lang)}
        if later
        else None,
        **draw_item(row, codes),
    }


def _own_words(row: Row, key: str, lang: str) -> str:
    """Give a curated text in the page's language; in Chinese nothing rather than English."""
    text = row.get(f"{key}_zh") if lang == "zh" else row.get(key)
    return "" if naming.is_missing(text) else str(text or "")


def _places(codes: list[str], units: dict[str, str], lang: str) -> str:
    """Name counties city by city."""
    groups: dict[str, list[str]] = {}
    for code in codes:
        city = units.get(f"{code[:4]}00", "") if not code.endswith("00") else ""
        groups.setdefault(city, []).append(units.get(code, code))
    joined = [(city, label("page.comma", lang).join(names)) for city, names in groups.items()]
    return label("page.semicolon", lang).join(
        say("page.pair", lang, name=city, value=names) if city else names for city, names in joined
    )


def _sources() -> dict[str, Row]:
    return {str(row["source_id"]): row for row in _records(load_project_sources().fillna(""))}


def _cited(listed: object, known: dict[str, Row], lang: str) -> list[str]:
    """Name sources in full: publisher, title, date; where a copy was read is nobody's citation."""
    told = []
    for source in (known[name] for name in naming.split_codes(listed) if name in known):
        memory = label("atlas.memory", lang) if source["kind"] in {"memory", "from memory"} else ""
        parts = [source["publisher"], source["title"], source["date"], memory]
        told.append(label("page.semicolon", lang).join(str(part) for part in parts if part))
    return told


# --- what is searched ----------------------------------------------------------------------------------------------------


def _tasks(
    tasks: pd.DataFrame,
    assignments: pd.DataFrame,
    targets: pd.DataFrame,
    lang: str,
    items: list[Row],
) -> list[Row]:
    found = []
    for row in _records(tasks):
        mine = assignments[assignments["task_id"] == row["task_id"]]
        roles = mine.groupby("role", sort=False)["body"].agg(list).to_dict()
        cities = list(mine.loc[mine["role"].eq("implementing") & mine["body_kind"].eq("city"), "body"])
        here = [item for item in items if item["task"] == row["task_id"]]
        names = [*mine["body"], *(item["words"] for item in here), naming.name_task(row, "zh")]
        english = [naming.name_task(row, "en"), *(naming.name_body(body, "en") for body in mine["body"]),
                   *(item[key] for item in here for key in ("title", "other"))]  # fmt: skip
        own = targets[targets["task_id"] == row["task_id"]]
        facets = {
            "category": [row["category"]], "city": cities, "lead": roles.get("lead", []),
            "stage": sorted({item["stage"] for item in here} - {""}),
            "number": ["yes" if len(own) else "no"],
        }  # fmt: skip
        facets["verifiable"] = ["yes" if row["verifiable"] else "no"]
        sounds, initials = _pinyin([row["text"], *names])
        found.append({
            "id": row["task_id"], "title": naming.name_task(row, lang), "cities_named": _bodies(cities, lang),
            "category_named": naming.name_category(row["category"], lang), "text": row["text"], "category": row["category"],
            "attribution": row["attribution"], "cities": cities, "facets": facets, "items": here,
            "rows": [[label(f"role.{role}", lang), _bodies(bodies, lang)] for role, bodies in roles.items()],
            "hay": "\n".join(map(str, [row["task_id"], row["text"], row["attribution"], *names, *english])).lower(),
            "sounds": sounds, "initials": initials,
        })  # fmt: skip
    return found


def _bodies(bodies: list[str], lang: str) -> str:
    return label("page.comma", lang).join(dict.fromkeys(naming.name_body(body, lang) for body in bodies))


def _pinyin(texts: list[str]) -> tuple[str, str]:
    """Write texts as syllables, and each but the first (which is long) as initials."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415  # only a page that is written needs it

    read = [lazy_pinyin(text, errors="ignore") for text in dict.fromkeys(texts)]
    return " ".join(" ".join(one) for one in read), " ".join(
        "".join(s[0] for s in one) for one in read[1:] if one
    )


def _facets(told: list[Row], items: list[Row], stages: dict[str, Row], lang: str) -> list[Row]:
    """List what tasks can be chosen by, with how many each choice keeps."""
    made = []
    for key in told[0]["facets"] if told else []:
        counted = Counter(value for task in told for value in dict.fromkeys(task["facets"][key]))
        if key == "stage":
            counted = Counter({stage: sum(item["stage"] == stage for item in items) for stage in stages})
        options = [
            {"value": value, "label": _choice(key, value, stages, lang), "n": n}
            for value, n in counted.items()
        ]
        made.append({"key": key, "label": label(f"atlas.facet_{key}", lang), "options": options})
    return made


def _choice(facet: str, value: str, stages: dict[str, Row], lang: str) -> str:
    if facet == "stage":
        return str(stages[value]["label"])
    if facet == "category":
        return naming.name_category(value, lang)
    return naming.name_body(value, lang) if facet in {"city", "lead"} else label(f"page.{value}", lang)


def _counties(lang: str) -> list[Row]:
    units = naming.name_units(lang)
    codes = window_of("county")
    return [
        {"city": units[city], "options": [(code, units[code]) for code, own in codes if own == city]}
        for city in dict.fromkeys(city for _, city in codes)
    ]


def _precisions(items: list[Row]) -> dict[str, tuple[int, int]]:
    """Count projects and sites by how well each is located, for the key."""
    counted = {}
    for precision in (
        "alignment",
        "exact",
        "approximate",
        "route_schematic",
        "area",
        "county",
        "city",
        "none",
    ):
        sites = [item["kind"] == _SITE for item in items if item["precision"] == precision]
        if sites:
            counted[precision] = (len(sites) - sum(sites), sum(sites))
    return counted


# --- cities and targets --------------------------------------------------------------------------------------------------


def _cities(assignments: pd.DataFrame, lang: str) -> Row:
    """Count by city under each rule, with the bounds that the document leaves open."""
    cities: dict[str, str] = {}
    rows = []
    for rule in _RULES:
        try:
            counted = burden(assignments, rule=rule)
        except SxcError:  # a rule of location, while nothing is located
            continue
        cities |= {row["city"]: row["member"] for row in _records(counted)}
        cells = {row["city"]: _counted(row, lang) for row in _records(counted)}
        rows.append({"rule": label(f"rule.{rule}", lang), "cells": cells})
    heads = [
        {"key": city, "name": naming.name_body(city, lang), "partial": member != "full"}
        for city, member in cities.items()
    ]
    return {"heads": heads, "rows": rows}


def _counted(row: Row, lang: str) -> Row:
    value, low, high = (_short(row[key]) for key in ("value", "low", "high"))
    return {"value": value, "bounds": "" if low == high else say("page.range", lang, low=low, high=high)}


def _short(value: object) -> str:
    return "—" if naming.is_missing(value) else f"{float(str(value)):.1f}".removesuffix(".0")


def _targets(targets: pd.DataFrame, lang: str) -> list[Row]:
    return [
        {"id": row["target_id"], "task": row["task_id"], "metric": naming.tell_term("metric", row, lang),
         "value": naming.tell_value(row, lang), "scope": naming.tell_term("scope", row, lang),
         "deadline": naming.tell_term("deadline", row, lang), "quote": row["quote"],
         "kind": label(f"target_kind.{row['kind']}", lang, default=str(row["kind"])), "tongue": TONGUES["zh"]}
        for row in _records(targets)
    ]  # fmt: skip
