"""What the atlas says of each project and place: where it lies, how sure that is, and the words and sources behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sxcanalysis.geography.boundaries import DISPLAY_CRS, load_boundaries
from sxcanalysis.geography.projects import load_project_sources
from sxcanalysis.outputs.page import TONGUES, safe
from sxcanalysis.reference.words import label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapely.geometry.base import BaseGeometry

SITES = "site"
COARSE_M = 150.0  # a pixel at the zoom in which all five cities are seen
_UNITS = ("county", "city")


@dataclass(frozen=True)
class Known:
    """What the items of one page are looked up in."""

    lang: str
    words: dict[str, str]
    tasks: pd.DataFrame
    sources: dict[str, dict[str, Any]]
    units: dict[str, str]  # names by code: counties, cities, and the cities around
    cities: dict[str, str]  # the city's name by the code of a county

    @property
    def comma(self) -> str:
        """The comma of a list in the language of the page."""
        return "、" if self.lang == "zh" else ", "


def look_up(edition_tasks: pd.DataFrame, lang: str, words: dict[str, str]) -> Known:
    """Look up once what every entry of the page needs."""
    column = "name_en" if lang == "en" else "name"
    frames = [load_boundaries(level) for level in ("county", "city", "neighbour")]
    units = {
        code: text for frame in frames for code, text in zip(frame["adcode"], frame[column], strict=True)
    }
    counties = frames[0]
    cities = {
        code: units[city] for code, city in zip(counties["adcode"], counties["city_adcode"], strict=True)
    }
    return Known(lang, words, edition_tasks.set_index("task_id"), _sources(), units, cities)


def item(row: dict[Any, Any], number: int, known: Known) -> dict[str, Any]:
    """Say of a project or site what the page's script and lists need."""
    site = "site_id" in row
    shape: BaseGeometry | None = row["geometry"]
    drawn = shape is not None and not shape.is_empty
    unit = row["precision"] in _UNITS
    codes = _codes(row)
    name, other = (row["name_en"], row["name"]) if known.lang == "en" else (row["name"], row["name_en"])
    made: dict[str, Any] = {
        "id": row["site_id"] if site else row["project_id"],
        "number": "" if site else str(number),
        "kind": SITES if site else row["kind"],
        "title": name,
        "precision": row["precision"],
        "drawn": drawn,
        "unit": unit,
        "codes": codes,
        "html": _details(row, other, codes, known),
        "why": _reason(row, codes, known) if unit or not drawn else "",
    }
    if drawn and shape is not None:
        made |= {"at": anchor(shape), "bounds": _bounds(shape)}
        if not unit:
            made |= _drawing(shape, row)
    elif codes:
        made["bounds"] = _bounds(_outline(codes))
    return made


def _codes(row: dict[Any, Any]) -> list[str]:
    listed = (row["county"] or row["city"]) if "site_id" in row else row["counties"]
    return _split(listed)


def _split(listed: object) -> list[str]:
    return [part.strip() for part in str(listed or "").split(";") if part.strip() not in {"", "nan"}]


def _outline(codes: list[str]) -> BaseGeometry:
    units = pd.concat([load_boundaries("county"), load_boundaries("city")])
    return shapely.union_all(units[units["adcode"].isin(codes)].geometry)


def _drawing(shape: BaseGeometry, row: dict[Any, Any]) -> dict[str, Any]:
    metres = 0.0 if pd.isna(row["uncertainty_m"]) else float(row["uncertainty_m"])
    if shape.geom_type == "Point":
        return {"radius": 0.0 if row["precision"] == "exact" else metres}
    band = gpd.GeoSeries([shape], crs=4326).to_crs(DISPLAY_CRS).buffer(metres).simplify(COARSE_M / 2)
    return {
        "line": geometry(shape, 4),
        "band": geometry(band.to_crs(4326).iloc[0], 3) if metres else None,
    }


def anchor(shape: BaseGeometry) -> list[float]:
    """Choose the point (latitude, longitude) at which a shape is marked."""
    if shape.geom_type == "MultiLineString":
        shape = max(shapely.get_parts(shape), key=lambda part: part.length)
    if shape.geom_type == "LineString":
        point = shapely.line_interpolate_point(shape, 0.5, normalized=True)
    else:
        point = shape if shape.geom_type == "Point" else shape.representative_point()
    return [round(point.y, 4), round(point.x, 4)]


def geometry(shape: BaseGeometry, decimals: int) -> dict[str, Any]:
    """Return a shape as GeoJSON, rounded."""
    rounded = shapely.transform(shape, lambda xy: np.round(xy, decimals))
    made: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return made


def _bounds(shape: BaseGeometry) -> list[list[float]]:
    west, south, east, north = (round(float(value), 3) for value in shape.bounds)
    return [[south, west], [north, east]]


def _details(row: dict[Any, Any], other: str, codes: list[str], known: Known) -> str:
    words, lang = known.words, known.lang
    task = str(row["task_id"])
    parts = [
        ("quote", _quote(row, known)),
        ("task", safe(f"{task} {label(f'task.{task}', lang, default='')}".strip())),
        ("duty", _duty(str(known.tasks.loc[task, "attribution"] or ""), words)),
        ("stage", safe(_stage(row, lang))),
        ("precision", safe(_precision(row, known))),
        ("why", safe(_of_language(row, "reason_none", lang)[0])),
        ("units", safe(_places(codes, known))),
        ("also", safe(_places(_also(row, codes), known))),
        ("outside", safe(known.comma.join(known.units.get(c, c) for c in _split(row.get("neighbours"))))),
        ("note", _note(row, lang)),
        ("sources", _cited(row.get("geometry_source", row.get("source_id")), known)),
    ]
    later = str(row.get("later_status") or "")
    apart = ""
    if later:
        date = str(row["later_status_date"] or "")
        told = label(f"later.{later}", lang, default=later) + (
            words["later_at"].format(date=date) if date else ""
        )
        cited = _cited(row["later_status_source"], known)
        apart = f'<section class="later"><h3>{safe(words["later"])}</h3><p>{safe(told)}</p>{cited}</section>'
    rows = "".join(f"<dt>{safe(words[key])}</dt><dd>{text}</dd>" for key, text in parts if text)
    tongue = TONGUES["en" if lang == "zh" else "zh"]
    return f'<p class="other" lang="{tongue}">{safe(other)}</p><dl>{rows}</dl>{apart}'


def _quote(row: dict[Any, Any], known: Known) -> str:
    """Quote the task with the words marked that name the project, and say where in the document they stand."""
    text, name = str(known.tasks.loc[row["task_id"], "text"]), str(row["name"])
    before, found, after = text.partition(name)
    marked = f"{safe(before)}<mark>{safe(found)}</mark>{safe(after)}" if found else safe(text)
    where = known.words["span"].format(start=row["start"], end=row["end"])
    return f'<blockquote lang="zh-CN">{marked}</blockquote><small>{safe(where)}</small>'


def _duty(attribution: str, words: dict[str, str]) -> str:
    if not attribution:
        return ""
    return (
        f'<blockquote lang="zh-CN">{safe(attribution)}</blockquote><small>{safe(words["collective"])}</small>'
    )


def _stage(row: dict[Any, Any], lang: str) -> str:
    if not row.get("stage"):
        return ""
    verb = row["stage_verb"]
    quoted = f"（原文：{verb}）" if verb and lang == "zh" else f" (text: {verb})" if verb else ""
    return label(f"stage.{row['stage']}", lang, default=str(row["stage"])) + quoted


def _precision(row: dict[Any, Any], known: Known) -> str:
    text = label(f"precision.{row['precision']}", known.lang, default=str(row["precision"]))
    if pd.isna(row["uncertainty_m"]):
        return text
    radius = known.words["radius"].format(km=f"{float(row['uncertainty_m']) / 1000:g}")
    return f"{text}{'；' if known.lang == 'zh' else '; '}{radius}"


def _also(row: dict[Any, Any], codes: list[str]) -> list[str]:
    """Name the units that the drawing enters, but no further than its uncertainty explains."""
    if row["precision"] in _UNITS:
        return []
    return [code for code in _split(row.get("touched")) if code not in codes]


def _places(codes: Iterable[str], known: Known) -> str:
    """Name counties city by city."""
    groups: dict[str, list[str]] = {}
    for code in codes:
        groups.setdefault(known.cities.get(code, ""), []).append(known.units.get(code, code))
    zh = known.lang == "zh"
    told = []
    for city, names in groups.items():
        listed = known.comma.join(names)
        told.append(listed if not city else f"{city}{'：' if zh else ': '}{listed}")
    return ("；" if zh else "; ").join(told)


def _of_language(row: dict[Any, Any], key: str, lang: str) -> tuple[str, str]:
    """Give a curated text in the page's language, else in English, and the language that it is in."""
    own = str(row.get(f"{key}_zh") or "") if lang == "zh" else ""
    return (own, "zh") if own else (str(row.get(key) or ""), "en")


def _note(row: dict[Any, Any], lang: str) -> str:
    text, tongue = _of_language(row, "note", lang)
    return f'<span lang="{TONGUES[tongue]}">{safe(text)}</span>' if text else ""


def _reason(row: dict[Any, Any], codes: list[str], known: Known) -> str:
    where = label(f"precision.{row['precision']}", known.lang, default=str(row["precision"]))
    place = _places(codes, known)
    reason = _of_language(row, "reason_none", known.lang)[0] or known.words["only_unit"]
    zh = known.lang == "zh"
    return f"{where}{('：' if zh else ': ') + place if place else ''}{'。' if zh else '. '}{reason}"


def _sources() -> dict[str, dict[str, Any]]:
    rows = load_project_sources().to_dict("records")
    return {str(row["source_id"]): {str(k): v for k, v in row.items()} for row in rows}


def _cited(listed: object, known: Known) -> str:
    """List sources by what is cited: title, publisher, date; where a copy was read is nobody's citation."""
    entries = []
    for name in _split(listed):
        source = known.sources.get(name)
        if source is None:
            continue
        told = [source["title"], source["publisher"], source["date"]]
        if source["kind"] == "from memory":
            told.append(known.words["memory"])
        elif source["accessed"]:
            told.append(known.words["accessed"].format(date=source["accessed"]))
        entries.append(f"<li>{safe('; '.join(str(part) for part in told if part))}</li>")
    return f"<ul>{''.join(entries)}</ul>" if entries else ""
