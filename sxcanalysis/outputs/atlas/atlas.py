"""The atlas: every project and place of an edition on an interactive map, in one page that needs no network."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.core.files import write_file
from sxcanalysis.figures.catalogue import source_note
from sxcanalysis.figures.style import KIND_MARKS, Mark, marks_for
from sxcanalysis.geography.boundaries import load_boundaries, to_display_crs
from sxcanalysis.geography.projects import load_projects, load_sites
from sxcanalysis.outputs.atlas.items import COARSE_M, SITES, anchor, geometry, item, look_up
from sxcanalysis.outputs.atlas.page import SCRIPT, STYLE, WORDS
from sxcanalysis.outputs.page import other_language, page, safe
from sxcanalysis.reference.words import check_lang, label
from sxcanalysis.tables.loading import load_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["write_atlas"]

_LEAFLET = Path(__file__).parent / "leaflet"
_SITE_MARK = Mark("#444444", "", "p")
_GLYPHS = {
    "s": '<rect x="2" y="2" width="10" height="10"/>',
    "o": '<circle cx="7" cy="7" r="5.3"/>',
    "D": '<path d="M7 .8 13.2 7 7 13.2 .8 7z"/>',
    "*": '<path d="M7 .5 8.7 5l4.8.2-3.8 3 1.3 4.7L7 10.2l-4 2.7 1.3-4.7-3.8-3L5.3 5z"/>',
    "v": '<path d="M1 2h12L7 13z"/>',
    "^": '<path d="M1 12h12L7 1z"/>',
    "P": '<path d="M5 1h4v4h4v4H9v4H5V9H1V5h4z"/>',
    "X": '<path d="M3.5 1 7 4.5 10.5 1 13 3.5 9.5 7l3.5 3.5-2.5 2.5L7 9.5 3.5 13 1 10.5 4.5 7 1 3.5z"/>',
    "p": '<path d="M7 1l6 4.5-2.3 7H3.3L1 5.5z"/>',
}
_INK = 'fill="none" stroke="#444"'
_KEYS = {
    "alignment": '<path d="M0 8h30" stroke="#444" stroke-width="3"/>',
    "area": '<path d="M6 3l14-1 5 8-10 4L4 11z" fill="#444" opacity=".3"/>',
    "exact": '<circle cx="15" cy="8" r="4" fill="#444"/>',
    "approximate": f'<circle cx="15" cy="8" r="2.5" fill="#444"/><circle cx="15" cy="8" r="7" {_INK} stroke-dasharray="3 2"/>',
    "route_schematic": f'<path d="M0 8h30" {_INK} stroke-width="14" opacity=".15"/><path d="M0 8h30" {_INK} stroke-width="3" '
    'stroke-dasharray="6 5"/>',
    "county": f'<path d="M2 15 16 1M10 15 24 1M18 15 28 5M2 9l8-8" {_INK}/><path d="M1 1h28v14H1z" {_INK} stroke-dasharray="2 3"/>',
    "city": f'<path d="M2 15 16 1M10 15 24 1M18 15 28 5M2 9l8-8" {_INK}/><path d="M1 1h28v14H1z" {_INK} stroke-dasharray="2 3"/>',
    "none": f'<path d="M10 3l10 10M20 3 10 13" {_INK}/>',
}


def write_atlas(path: str | Path, *, edition: str | int = 2024, lang: str = "zh") -> Path:
    """
    Write the interactive map as one HTML page that needs no network.

    Parameters
    ----------
    path
        The page; its folder is made if need be. Where its name ends in ``-zh.html`` or ``-en.html``, the page links the
        other language's page beside it.
    edition
        Whose projects are shown.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    path
        The page, whole or not written at all; the same data give the same bytes.

    Raises
    ------
    MissingDataError
        If the edition has no tables, or none of its projects has been located.
    FigureError
        If the language is unknown.

    Notes
    -----
    Coordinates are WGS-84. Borders and water are simplified by some 150 m; neighbouring units keep their shared borders.
    A project known only to a county or city is shown as the hatched outline of that unit. ``#`` and a project, site or
    county code behind the page's address open that entry.
    """
    path, lang = Path(path), check_lang(lang)
    write_file(path, _page(path, str(edition), lang).encode("utf-8"))
    return path


def _page(path: Path, edition: str, lang: str) -> str:
    words = {key: text.replace("{year}", edition) for key, text in WORDS[lang].items()}
    known = look_up(load_tasks(edition), lang, words)
    projects, sites = load_projects(edition), _sites(edition)
    rows = [*projects.to_dict("records"), *sites.to_dict("records")]
    items = [item(row, number, known) for number, row in enumerate(rows, 1)]
    kinds = _kinds(projects, sites, lang)
    window = load_boundaries("water").total_bounds
    said = ("zoom_in", "zoom_out", "attribution", "in_county", "known_to", "county_sites", "nothing")
    data = {
        **_ground(lang, window), "words": {key: words[key] for key in said}, "kinds": kinds, "items": items,
        "bounds": _corners(load_boundaries("city").total_bounds), "window": _corners(window),
    }  # fmt: skip
    counts = {
        "total": len(projects), "drawn": int(projects.geometry.notna().sum()),
        "sites": len(sites), "points": int(sites.geometry.notna().sum()),
    }  # fmt: skip
    body = "\n".join(
        [
            f"<header><h1>{safe(words['title'])}</h1>{other_language(path, lang)}<p>{safe(words['lead'].format(**counts))}</p></header>",
            _filters(kinds, items, words),
            f'<main><div id="map" role="region" aria-label="{safe(words["map"])}"></div>',
            f'<aside><section id="list" aria-label="{safe(words["list"])}"><noscript><p>{safe(words["noscript"])}</p></noscript>',
            _county_choice(lang, words),
            _key(items, words),
            _lists(
                items, kinds, words, lang, dict(zip(projects["project_id"], projects["stage"], strict=True))
            ),
            '</section><section id="detail" aria-labelledby="detail-title" hidden>',
            f'<button type="button" id="close" class="back">← {safe(words["back"])}</button>',
            '<h2 id="detail-title" tabindex="-1"></h2><div id="detail-body"></div></section></aside></main>',
            f"<footer>{safe(source_note(edition)[lang])} {safe(words['foot'])}</footer>{_hatches(kinds)}",
            f'<script type="application/json" id="data">{_json(data)}</script>',
        ]
    )
    return page(
        words["title"], lang, style=_leaflet_style() + STYLE, body=body, script=_leaflet_script() + SCRIPT
    )


def _sites(edition: str) -> gpd.GeoDataFrame:
    try:
        return load_sites(edition)
    except MissingDataError:
        return load_sites().iloc[:0]


def _corners(bounds: Iterable[float]) -> list[list[float]]:
    west, south, east, north = (round(float(value), 3) for value in bounds)
    return [[south, west], [north, east]]


def _kinds(projects: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, lang: str) -> list[dict[str, str]]:
    marks = marks_for(projects["kind"], KIND_MARKS)
    words = {kind: label(f"kind.{kind}", lang, default=kind) for kind in marks}
    if len(sites):
        marks[SITES] = _SITE_MARK
        words[SITES] = WORDS[lang]["sites_layer"]
    return [
        {"key": kind, "label": words[kind], "color": mark.color, "glyph": _glyph(mark)}
        for kind, mark in marks.items()
    ]


def _glyph(mark: Mark) -> str:
    shape = _GLYPHS.get(mark.marker, _GLYPHS["o"])
    return (
        '<svg class="glyph" aria-hidden="true" width="14" height="14" viewBox="0 0 14 14" '
        f'fill="{mark.color}" stroke="#fff" stroke-width="1">{shape}</svg>'
    )


def _hatches(kinds: list[dict[str, str]]) -> str:
    patterns = "".join(
        f'<pattern id="hatch-{kind["key"]}" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path d="M0 0V8" stroke="{kind["color"]}" stroke-width="2"/></pattern>'
        for kind in kinds
    )
    return f'<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>{patterns}</defs></svg>'


def _filters(kinds: list[dict[str, str]], items: list[dict[str, Any]], words: dict[str, str]) -> str:
    boxes = []
    for kind in kinds:
        count = sum(one["kind"] == kind["key"] for one in items)
        boxes.append(
            f'<label><input type="checkbox" checked data-kind="{safe(kind["key"])}">{kind["glyph"]}'
            f"{safe(kind['label'])} <small>{count}</small></label>"
        )
    return f'<fieldset class="filter"><legend>{safe(words["filter"])}</legend>{"".join(boxes)}</fieldset>'


def _county_choice(lang: str, words: dict[str, str]) -> str:
    name = "name_en" if lang == "en" else "name"
    counties = load_boundaries("county")
    groups = []
    for city in load_boundaries("city").to_dict("records"):
        mine = counties[counties["city_adcode"] == city["adcode"]]
        options = "".join(
            f'<option value="{code}">{safe(text)}</option>'
            for code, text in zip(mine["adcode"], mine[name], strict=True)
        )
        groups.append(f'<optgroup label="{safe(city[name])}">{options}</optgroup>')
    return (
        f'<p><label>{safe(words["county"])} <select id="county"><option value="">{safe(words["choose"])}</option>'
        f"{''.join(groups)}</select></label></p>"
    )


def _key(items: list[dict[str, Any]], words: dict[str, str]) -> str:
    """Explain how each precision is drawn, and count it."""
    rows = []
    for precision, drawing in _KEYS.items():
        mine = [one["kind"] == SITES for one in items if one["precision"] == precision]
        counts = words["counts"].format(projects=len(mine) - sum(mine), sites=sum(mine))
        rows.append(
            f'<li><svg aria-hidden="true" viewBox="0 0 30 16">{drawing}</svg><span>{safe(words[f"key_{precision}"] + counts)}</span></li>'
        )
    return (
        f'<details class="key" open><summary>{safe(words["key"])}</summary><ul>{"".join(rows)}</ul></details>'
    )


def _lists(
    items: list[dict[str, Any]],
    kinds: list[dict[str, str]],
    words: dict[str, str],
    lang: str,
    stages: dict[str, str],
) -> str:
    """List everything, so that nothing is found by the map alone."""
    glyphs = {kind["key"]: kind["glyph"] for kind in kinds}
    told = {one: label(f"stage.{stage}", lang, default=stage) for one, stage in stages.items() if stage}
    parts = [f'<nav aria-label="{safe(words["list"])}"><h2>{safe(words["list"])}</h2>']
    for kind in kinds:
        mine = [one for one in items if one["kind"] == kind["key"] and kind["key"] != SITES]
        if mine:
            parts.append(f"<h3>{safe(kind['label'])}</h3>{_entries(mine, glyphs, told)}")
    sites = [one for one in items if one["kind"] == SITES]
    sections = {
        "unplaced": [one for one in items if one["kind"] != SITES and one["why"]],
        "sites": [one for one in sites if not one["why"]],
        "sites_unplaced": [one for one in sites if one["why"]],
    }
    for key, mine in sections.items():
        if mine:
            parts.append(
                f'<h2>{safe(words[key])}</h2><div id="{key}">{_entries(mine, glyphs, {}, why=True)}</div>'
            )
    return "".join([*parts, "</nav>"])


def _entries(
    items: Iterable[dict[str, Any]], glyphs: dict[str, str], stages: dict[str, str], *, why: bool = False
) -> str:
    rows = []
    for one in items:
        number = f"<b>{one['number']}</b>" if one["number"] else ""
        reason = f'<p class="why">{safe(one["why"])}</p>' if why and one["why"] else ""
        stage = f"<small>{safe(stages[one['id']])}</small>" if one["id"] in stages else ""
        rows.append(
            f'<li><button type="button" class="entry" data-id="{safe(one["id"])}">{number}{glyphs[one["kind"]]}'
            f"<span>{safe(one['title'])}</span>{stage}</button>{reason}</li>"
        )
    return f"<ul>{''.join(rows)}</ul>"


def _ground(lang: str, window: Iterable[float]) -> dict[str, Any]:
    counties, neighbours = load_boundaries("county"), load_boundaries("neighbour")
    water, cities = load_boundaries("water"), load_boundaries("city")
    seen = shapely.box(*window)
    # All units at once, so that those that share a border still share it.
    units = to_display_crs(gpd.GeoDataFrame(pd.concat([counties, neighbours], ignore_index=True), crs=4326))
    units["geometry"] = shapely.coverage_simplify(units.geometry.to_numpy(), COARSE_M)
    units = units.to_crs(4326)
    inner, outer = units.iloc[: len(counties)], units.iloc[len(counties) :].clip(seen).sort_index()
    whole = inner.dissolve("city_adcode")
    merged = cities.assign(geometry=[whole.geometry[code] for code in cities["adcode"]])
    seas = to_display_crs(water)
    seas["geometry"] = seas.simplify(COARSE_M)
    seas = seas.to_crs(4326).clip(seen).sort_index()
    name = "name_en" if lang == "en" else "name"
    lakes = seas[seas["kind"].eq("lake") & seas["area_km2"].gt(150)]
    told = [(inner, "unit county"), (merged, "unit"), (outer, "unit"), (lakes, "unit water")]
    places = [
        [*anchor(shape), safe(text), kind]
        for frame, kind in told
        for shape, text in zip(frame.geometry, frame[name], strict=True)
    ]
    shown = _features(inner, "adcode", name)
    names = dict(zip(cities["adcode"], cities[name], strict=True))
    for feature, city in zip(shown["features"], inner["city_adcode"], strict=True):
        feature["properties"] |= {"city": city, "city_name": names[city]}
    return {
        "neighbours": _features(outer, "adcode", name),
        "counties": shown,
        "cities": _features(merged, "adcode", name),
        "water": _features(seas, "water_id", name),
        "names": places,
    }


def _features(frame: gpd.GeoDataFrame, key: str, name: str) -> dict[str, Any]:
    features = [
        {"type": "Feature", "id": code, "properties": {"name": text}, "geometry": geometry(shape, 3)}
        for code, text, shape in zip(frame[key], frame[name], frame.geometry, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def _leaflet_script() -> str:
    text = f"/*! {(_LEAFLET / 'LICENSE').read_text('utf-8').strip()} */\n{(_LEAFLET / 'leaflet.js').read_text('utf-8')}"
    return re.sub(r"\n?//# sourceMappingURL=.*", "", text).replace("</script", "<\\/script")


def _leaflet_style() -> str:
    # Its pictures are of controls and markers that the page does not use.
    return re.sub(r"url\([^)]*\)", "none", (_LEAFLET / "leaflet.css").read_text("utf-8"))


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace(
        "<", "\\u003c"
    )
