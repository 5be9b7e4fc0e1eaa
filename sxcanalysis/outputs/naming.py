"""How the rows of an edition are named to a reader: in the page's language, with the document's own words where there are no others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sxcanalysis import figures
from sxcanalysis.core.paths import data_dir, source_record
from sxcanalysis.geography.boundaries import load_boundaries
from sxcanalysis.reference.bodies import body_english
from sxcanalysis.reference.words import label, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd


def name_body(body: str, lang: str) -> str:
    """
    Name a body or city.

    Examples
    --------
    >>> name_body("苏州市", "zh"), name_body("苏州市", "en")
    ('苏州市', 'Suzhou')
    """
    return body if lang == "zh" else body_english(body) or body


def name_category(category: object, lang: str) -> str:
    """Name a category of tasks; one without a heading is a dash."""
    return label(f"category.{category}", lang, default=str(category) or "—")


def name_task(row: Mapping[Any, Any], lang: str, *, longest: int = 24) -> str:
    """Name a task: its title where it has one, else how its text begins."""
    own = str(row.get("title_en" if lang == "en" else "title") or "")
    text = str(row["text"])
    return own or (text if len(text) <= longest else text[: longest - 1] + "…")


def name_project(row: Mapping[Any, Any], lang: str) -> str:
    """Name a project or site; in English the Chinese name stands in where there is none."""
    return str((row.get("name_en") if lang == "en" else "") or row["name"])


def name_units(lang: str) -> dict[str, str]:
    """Name counties, cities and the cities around by their codes."""
    column = "name_en" if lang == "en" else "name"
    frames: Iterable[pd.DataFrame] = (load_boundaries(level) for level in ("county", "city", "neighbour"))
    return {code: name for frame in frames for code, name in zip(frame["adcode"], frame[column], strict=True)}


def split_codes(listed: object) -> list[str]:
    """
    Take a cell apart that lists codes.

    Examples
    --------
    >>> split_codes("320585; 320581"), split_codes(float("nan"))
    (['320585', '320581'], [])
    """
    return [part.strip() for part in str(listed or "").split(";") if part.strip() not in {"", "nan", "None"}]


def tell_value(row: Mapping[Any, Any], lang: str) -> str:
    """Write a target's value with its comparator and unit."""
    top = row.get("value_high")
    value = f"{row['value']:,.6g}" + ("" if is_missing(top) else f"–{top:,.6g}")
    unit = label(f"unit.{row['unit']}", lang, default=str(row["unit"] or ""))
    gap = "" if unit in {"%", ""} or lang == "zh" else " "
    sign = (
        ""
        if row["comparator"] == "eq"
        else label(f"comparator.{row['comparator']}", lang) + ("" if lang == "zh" else " ")
    )
    return f"{sign}{value}{gap}{unit}"


def tell_term(column: str, row: Mapping[Any, Any], lang: str) -> str:
    """Say a target's scope, deadline or metric in the reader's language."""
    value = row.get(column)
    if is_missing(value) or not value:
        return ""
    if column == "metric":
        return str((row.get("metric_en") if lang == "en" else "") or value)
    return label(f"{column}.{value}", lang, default=str(value))


def tell_precision(row: Mapping[Any, Any], lang: str) -> str:
    """Say how well a place is known, and within what radius."""
    text = label(f"precision.{row['precision']}", lang, default=str(row["precision"]))
    if is_missing(row["uncertainty_m"]):
        return text
    return say("page.with_radius", lang, precision=text, km=f"{float(row['uncertainty_m']) / 1000:g}")


def tell_stage(row: Mapping[Any, Any], lang: str) -> str:
    """Say a project's stage with the verb of the document that it comes from."""
    stage = row.get("stage")
    if is_missing(stage) or not stage:
        return ""
    text = label(f"stage.{stage}", lang, default=str(stage))
    verb = row.get("stage_verb")
    return say("page.with_verb", lang, stage=text, verb=verb) if verb and not is_missing(verb) else text


def tell_later(row: Mapping[Any, Any], lang: str) -> str:
    """Say what became of a project after the list, with the date of that report."""
    status, date = row.get("later_status"), row.get("later_status_date")
    if is_missing(status) or not status:
        return ""
    told = label(f"later.{status}", lang, default=str(status))
    return say("atlas.as_of", lang, status=told, date=date) if date and not is_missing(date) else told


def is_missing(value: object) -> bool:
    """Tell whether a cell is empty."""
    return (
        value is None
        or type(value).__name__ in {"NAType", "NaTType"}
        or (isinstance(value, float) and math.isnan(value))
    )


def edition_source(edition: str) -> dict[str, str | int]:
    """Read what is known of where an edition's document comes from."""
    return source_record(data_dir() / "sources" / edition)


def edition_title(edition: str, lang: str) -> str:
    """Name an edition's document in a language."""
    source = edition_source(edition)
    return str((source.get("title_en") if lang == "en" else "") or source.get("title") or edition)


def edition_note(edition: str, lang: str) -> str:
    """Cite an edition's document."""
    return figures.source_note(edition, lang)


def run_on(sentences: Iterable[str], lang: str) -> str:
    """Set sentences one after another, with a blank between them where the language has one."""
    return ("" if lang == "zh" else " ").join(sentence for sentence in sentences if sentence)
