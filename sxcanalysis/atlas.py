"""The atlas: every project and place of an edition on an interactive map, in one page that needs no network."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sxcanalysis._atlas_page import SCRIPT, STYLE, WORDS
from sxcanalysis._errors import MissingDataError
from sxcanalysis._paths import data_dir
from sxcanalysis._writing import write_file
from sxcanalysis.boundaries import DISPLAY_CRS, load_boundaries, to_display_crs
from sxcanalysis.datasets import load_tasks
from sxcanalysis.projects import load_project_sources, load_projects, load_sites
from sxcanalysis.style import KIND_MARKS, Mark, check_lang, label, marks_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapely.geometry.base import BaseGeometry

__all__ = ["write_atlas"]

_LEAFLET = Path(__file__).parent / "_vendor" / "leaflet"
_SITES = "site"
_SITE_MARK = Mark("#444444", "", "p")
_COARSE_M = 150.0  # a pixel at the zoom in which all five cities are seen
_MARGIN = 0.9  # degrees of the surroundings that are shown
_DASH = {"exact": "", "approximate": "9 4", "route_schematic": "6 5"}
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


def write_atlas(path: str | Path, *, edition: str | int = 2024, lang: str = "zh") -> Path:
    """
    Write the interactive map as one HTML page that needs no network.

    Parameters
    ----------
    path
        The page; its folder is made if need be.
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
    A project known only to a county or city is shown as the hatched outline of that unit.
    """
    path, lang = Path(path), check_lang(lang)
    write_file(path, _page(str(edition), lang).encode("utf-8"))
    return path


def _page(edition: str, lang: str) -> str:
    words = {key: text.replace("{year}", edition) for key, text in WORDS[lang].items()}
    projects, sites = load_projects(edition), _sites(edition)
    texts = load_tasks(edition).set_index("task_id")
    known = _sources()
    ground = _ground(lang)
    names = {
        unit["id"]: unit["properties"]["name"]
        for level in ("cities", "counties")
        for unit in ground[level]["features"]
    }
    kinds = _kinds(projects, sites, lang)
    items = [
        _item(row, number, lang=lang, words=words, texts=texts, known=known, names=names)
        for number, row in enumerate([*projects.to_dict("records"), *sites.to_dict("records")], 1)
    ]
    shown = {key: words[key] for key in ("zoom_in", "zoom_out", "attribution", "close")}
    west, south, east, north = load_boundaries("city").total_bounds.round(3).tolist()
    data = {
        **ground, "words": shown, "kinds": kinds, "items": items, "bounds": [[south, west], [north, east]],
    }  # fmt: skip
    counts = {
        "total": len(projects), "drawn": int(projects.geometry.notna().sum()),
        "sites": len(sites), "points": int(sites.geometry.notna().sum()),
    }  # fmt: skip
    return "\n".join(
        [
            f'<!doctype html><html lang="{words["lang"]}"><head><meta charset="utf-8">',
            # The page may load nothing at all, whatever a later version of the script would ask for.
            (
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
                "style-src 'unsafe-inline'; img-src data:\">"
            ),
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{_safe(words["title"])}</title>',
            f"<style>{_leaflet_style()}{STYLE}</style></head><body>",
            f"<header><h1>{_safe(words['title'])}</h1><p>{_safe(words['lead'].format(**counts))} {_safe(words['uncertain'])}</p></header>",
            f'<main><div id="map" role="region" aria-label="{_safe(words["map"])}"></div><aside>{_lists(items, kinds, words)}</aside></main>',
            f"<footer>{_safe(words['foot'])}</footer>{_hatches(kinds)}",
            f'<script type="application/json" id="data">{_json(data)}</script>',
            f"<script>{_leaflet_script()}</script><script>{SCRIPT}</script></body></html>\n",
        ]
    )


def _sites(edition: str) -> gpd.GeoDataFrame:
    try:
        return load_sites(edition)
    except MissingDataError:
        return load_sites().iloc[:0]


def _sources() -> dict[str, dict[str, Any]]:
    rows = [load_project_sources()]
    path = data_dir() / "projects" / "site_sources.csv"
    if path.is_file():
        rows.append(pd.read_csv(path, dtype=str, encoding="utf-8-sig"))
    merged = pd.concat(rows, ignore_index=True).fillna("").drop_duplicates("source_id")
    return {str(row["source_id"]): {str(k): v for k, v in row.items()} for row in merged.to_dict("records")}


def _kinds(projects: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, lang: str) -> list[dict[str, str]]:
    marks = marks_for(projects["kind"], KIND_MARKS)
    words = {kind: label(f"kind.{kind}", lang, default=kind) for kind in marks}
    if len(sites):
        marks[_SITES] = _SITE_MARK
        words[_SITES] = WORDS[lang]["sites_layer"]
    return [
        {
            "key": re.sub(r"\W", "-", kind),
            "label": _safe(words[kind]),
            "color": mark.color,
            "glyph": _glyph(mark),
        }
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


def _item(
    row: dict[Any, Any],
    number: int,
    *,
    lang: str,
    words: dict[str, str],
    texts: pd.DataFrame,
    known: dict[str, dict[str, Any]],
    names: dict[str, str],
) -> dict[str, Any]:
    """Say of a project or site what the script needs: where it lies, and its popup."""
    site = "site_id" in row
    shape: BaseGeometry | None = row["geometry"]
    drawn = shape is not None and not shape.is_empty
    unit = row["precision"] in {"county", "city"}
    codes = [code for code in _codes(row, unit=unit) if code in names]
    name, other = (row["name_en"], row["name"]) if lang == "en" else (row["name"], row["name_en"])
    item: dict[str, Any] = {
        "id": row["site_id"] if site else row["project_id"],
        "number": "" if site else str(number),
        "kind": _SITES if site else re.sub(r"\W", "-", row["kind"]),
        "title": name,
        "drawn": drawn,
        "unit": unit,
        "codes": codes if unit else [],
        "popup": _popup(
            row,
            (name, other),
            lang=lang,
            words=words,
            texts=texts,
            known=known,
            units=[names[c] for c in codes],
        ),
        "why": _reason(row, lang, words, [names[code] for code in codes]) if unit or not drawn else "",
    }
    if drawn and shape is not None:
        item["at"] = _anchor(shape)
        item["bounds"] = _bounds(shape)
        if not unit:
            item |= _drawing(shape, row)
    else:
        item |= _hidden(codes)
    return item


def _drawing(shape: BaseGeometry, row: dict[Any, Any]) -> dict[str, Any]:
    metres = 0.0 if pd.isna(row["uncertainty_m"]) else float(row["uncertainty_m"])
    if shape.geom_type == "Point":
        return {"radius": metres}
    band = (
        gpd.GeoSeries([shape], crs=4326)
        .to_crs(DISPLAY_CRS)
        .buffer(metres)
        .simplify(_COARSE_M / 2)
        .to_crs(4326)
        .iloc[0]
    )
    return {
        "line": _geometry(shape, 4),
        "band": _geometry(band, 3) if metres else None,
        "dash": _DASH.get(str(row["precision"]), "6 5"),
    }


def _hidden(codes: list[str]) -> dict[str, Any]:
    """Say where the popup of something that is not drawn opens: at its units, else at the middle of the five cities."""
    counties, cities = load_boundaries("county"), load_boundaries("city")
    units = pd.concat([counties, cities])
    mine = units[units["adcode"].isin(codes)]
    shape = shapely.union_all((mine if len(mine) else cities).geometry)
    return {"at": _anchor(shape), **({"bounds": _bounds(shape)} if len(mine) else {})}


def _codes(row: dict[Any, Any], *, unit: bool) -> list[str]:
    listed = str(row["county"] or row["city"] or "") if "site_id" in row else str(row["counties"] or "")
    codes = [code for code in listed.split(";") if code and code != "nan"]
    return codes if unit or "site_id" not in row else codes[:12]


def _anchor(shape: BaseGeometry) -> list[float]:
    if shape.geom_type == "MultiLineString":
        shape = max(shapely.get_parts(shape), key=lambda part: part.length)
    if shape.geom_type == "LineString":
        point = shapely.line_interpolate_point(shape, 0.5, normalized=True)
    else:
        point = shape if shape.geom_type == "Point" else shape.representative_point()
    return [round(point.y, 4), round(point.x, 4)]


def _bounds(shape: BaseGeometry) -> list[list[float]]:
    west, south, east, north = (round(float(value), 3) for value in shape.bounds)
    return [[south, west], [north, east]]


def _popup(
    row: dict[Any, Any],
    title: tuple[str, str],
    *,
    lang: str,
    words: dict[str, str],
    texts: pd.DataFrame,
    known: dict[str, dict[str, Any]],
    units: list[str],
) -> str:
    task = str(row["task_id"])
    parts = [("quote", _quote(row, str(texts.loc[task, "text"])))]
    parts.append(("task", _safe(_task(task, lang))))
    if row.get("stage"):
        verb = row["stage_verb"]
        quoted = f"（{verb}）" if verb and lang == "zh" else f" ({verb})" if verb else ""
        parts.append(("stage", _safe(label(f"stage.{row['stage']}", lang, default=row["stage"]) + quoted)))
    parts.append(("precision", _safe(_precision(row, lang, words))))
    if units:
        parts.append(("units", _safe(("、" if lang == "zh" else ", ").join(units))))
    later = str(row.get("later_status") or "")
    if later:
        date = str(row["later_status_date"] or "")
        when = words["later_at"].format(date=date) if date else ""
        text = _safe(label(f"later.{later}", lang, default=later) + when)
        parts.append(("later", text + _cited(row["later_status_source"], known, words)))
    note = str((row.get("note_zh") if lang == "zh" else "") or row.get("note") or "")
    if note:
        tongue = "zh-CN" if lang == "zh" and row.get("note_zh") else "en"
        parts.append(("note", f'<span lang="{tongue}">{_safe(note)}</span>'))
    parts.append(("sources", _cited(row.get("geometry_source", row.get("source_id")), known, words)))
    body = "".join(f"<dt>{_safe(words[key])}</dt><dd>{text}</dd>" for key, text in parts if text)
    return f'<h3>{_safe(title[0])}</h3><p class="other" lang="{"en" if lang == "zh" else "zh-CN"}">{_safe(title[1])}</p><dl>{body}</dl>'


def _quote(row: dict[Any, Any], text: str) -> str:
    """Quote the task with the words marked that name the project."""
    name = str(row["name"])
    before, found, after = text.partition(name)
    marked = f"{_safe(before)}<mark>{_safe(found)}</mark>{_safe(after)}" if found else _safe(text)
    return f'<blockquote lang="zh-CN">{marked}</blockquote>'


def _task(task: str, lang: str) -> str:
    name = label(f"task.{task}", lang, default="")
    return f"{task} {name}".strip()


def _precision(row: dict[Any, Any], lang: str, words: dict[str, str]) -> str:
    text = label(f"precision.{row['precision']}", lang, default=str(row["precision"]))
    if pd.isna(row["uncertainty_m"]):
        return text
    radius = words["radius"].format(km=f"{float(row['uncertainty_m']) / 1000:g}")
    return f"{text}{'；' if lang == 'zh' else '; '}{radius}"


def _reason(row: dict[Any, Any], lang: str, words: dict[str, str], units: list[str]) -> str:
    reason = str((row.get("reason_none_zh") if lang == "zh" else "") or row.get("reason_none") or "")
    place = ("、" if lang == "zh" else ", ").join(units)
    where = label(f"precision.{row['precision']}", lang, default=str(row["precision"]))
    return (
        where
        + (f"{words['colon']}{place}" if place else "")
        + f"{'。' if lang == 'zh' else '. '}{reason or words['only_unit']}"
    )


def _cited(listed: object, known: dict[str, dict[str, Any]], words: dict[str, str]) -> str:
    """List sources in full; addresses as text, because some are copies on sites that nobody here vouches for."""
    entries = []
    for name in str(listed or "").split(";"):
        source = known.get(name.strip())
        if source is None:
            continue
        memory = source["kind"] == "from memory"
        told = [source["title"], source["publisher"], source["published"]]
        told += (
            [words["memory"]]
            if memory
            else [words["accessed"].format(date=source["accessed"])]
            if source["accessed"]
            else []
        )
        address = f' <span class="url">{_safe(source["url"])}</span>' if source["url"] else ""
        entries.append(f"<li>{_safe('; '.join(str(part) for part in told if part))}{address}</li>")
    return f"<ul>{''.join(entries)}</ul>" if entries else ""


def _lists(items: list[dict[str, Any]], kinds: list[dict[str, str]], words: dict[str, str]) -> str:
    """List everything, so that nothing is found by the map alone."""
    glyphs = {kind["key"]: kind["glyph"] for kind in kinds}
    parts = [f'<nav aria-label="{_safe(words["list"])}"><h2>{_safe(words["list"])}</h2>']
    for kind in kinds:
        mine = [item for item in items if item["kind"] == kind["key"] and kind["key"] != _SITES]
        if mine:
            parts.append(f"<h3>{kind['label']}</h3>{_entries(mine, glyphs)}")
    sites = [item for item in items if item["kind"] == _SITES]
    sections = {
        "unplaced": [item for item in items if item["kind"] != _SITES and item["why"]],
        "sites": [item for item in sites if not item["why"]],
        "sites_unplaced": [item for item in sites if item["why"]],
    }
    for key, mine in sections.items():
        if mine:
            parts.append(
                f'<h2>{_safe(words[key])}</h2><div id="{key}">{_entries(mine, glyphs, why=True)}</div>'
            )
    return "".join([*parts, "</nav>"])


def _entries(items: Iterable[dict[str, Any]], glyphs: dict[str, str], *, why: bool = False) -> str:
    rows = []
    for item in items:
        number = f"<b>{item['number']}</b>" if item["number"] else ""
        reason = f'<p class="why">{_safe(item["why"])}</p>' if why and item["why"] else ""
        rows.append(
            f'<li><button type="button" data-id="{_safe(item["id"])}">{number}{glyphs[item["kind"]]}'
            f"<span>{_safe(item['title'])}</span></button>{reason}</li>"
        )
    return f"<ul>{''.join(rows)}</ul>"


def _ground(lang: str) -> dict[str, Any]:
    counties, neighbours = load_boundaries("county"), load_boundaries("neighbour")
    water, cities = load_boundaries("water"), load_boundaries("city")
    west, south, east, north = cities.total_bounds
    window = shapely.box(west - _MARGIN, south - _MARGIN / 2, east + _MARGIN, north + _MARGIN / 2)
    # All units at once, so that those that share a border still share it.
    units = to_display_crs(gpd.GeoDataFrame(pd.concat([counties, neighbours], ignore_index=True), crs=4326))
    units["geometry"] = shapely.coverage_simplify(units.geometry.to_numpy(), _COARSE_M)
    units = units.to_crs(4326)
    inner, outer = units.iloc[: len(counties)], units.iloc[len(counties) :].clip(window).sort_index()
    whole = inner.dissolve("city_adcode")
    merged = cities.assign(geometry=[whole.geometry[code] for code in cities["adcode"]])
    seas = to_display_crs(water)
    seas["geometry"] = seas.simplify(_COARSE_M)
    seas = seas.to_crs(4326).clip(window).sort_index()
    name = "name_en" if lang == "en" else "name"
    told = [(frame, "unit") for frame in (merged, outer)] + [
        (seas[seas["kind"].eq("lake") & seas["area_km2"].gt(150)], "unit water")
    ]
    places = [
        [*_anchor(shape), _safe(text), kind]
        for frame, kind in told
        for shape, text in zip(frame.geometry, frame[name], strict=True)
    ]
    return {
        "neighbours": _features(outer, "adcode", name),
        "counties": _features(inner, "adcode", name),
        "cities": _features(merged, "adcode", name),
        "water": _features(seas, "water_id", name),
        "names": places,
    }


def _features(frame: gpd.GeoDataFrame, key: str, name: str) -> dict[str, Any]:
    features = [
        {"type": "Feature", "id": code, "properties": {"name": text}, "geometry": _geometry(shape, 3)}
        for code, text, shape in zip(frame[key], frame[name], frame.geometry, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def _geometry(shape: BaseGeometry, decimals: int) -> dict[str, Any]:
    rounded = shapely.transform(shape, lambda xy: np.round(xy, decimals))
    geometry: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return geometry


def _leaflet_script() -> str:
    text = (_LEAFLET / "leaflet.js").read_text("utf-8")
    return re.sub(r"\n?//# sourceMappingURL=.*", "", text).replace("</script", "<\\/script")


def _leaflet_style() -> str:
    # Its pictures are of controls and markers that the page does not use.
    return re.sub(r"url\([^)]*\)", "none", (_LEAFLET / "leaflet.css").read_text("utf-8"))


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace(
        "<", "\\u003c"
    )


def _safe(text: object) -> str:
    return html.escape(str(text), quote=True)
