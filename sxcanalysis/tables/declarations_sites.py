"""The table of named sites outside the infrastructure items, declared."""

from __future__ import annotations

from sxcanalysis.tables.declarations_curated import PRECISIONS
from sxcanalysis.tables.fields import Field, Table

_SOURCES = r"[\w.\-]+(?:;[\w.\-]+)*"
_ADCODES = r"\d{6}(?:;\d{6})*"

SITES = Table(
    "sites",
    "projects/sites.csv",
    "One row a place that a task outside the infrastructure items names.",
    (
        Field("site_id", "string", "Identifier; never changes once published.", unique=True),
        Field("task_id", "string", "Task that names it."),
        Field("name", "string", "The words of the document that name it."),
        Field("name_en", "string", "English name."),
        Field("kind", "string", "Kind of place, for example laboratory, park, lake, heritage."),
        Field(
            "county",
            "string",
            "Codes of the counties that it lies in, separated by semicolons.",
            pattern=_ADCODES,
            empty="no county is known, or it is wider than a county",
        ),
        Field(
            "city",
            "string",
            "Codes of the cities that it lies in, separated by semicolons.",
            pattern=_ADCODES,
            empty="it lies in no single city, or outside the five",
        ),
        Field("lon", "number", "Longitude, WGS-84.", unit="°", empty="no public location"),
        Field("lat", "number", "Latitude, WGS-84.", unit="°", empty="no public location"),
        Field("precision", "string", "How well it is located.", allowed=PRECISIONS),
        Field(
            "uncertainty_m",
            "number",
            "How far away the true site may lie.",
            unit="m",
            minimum=0,
            empty="not located",
        ),
        Field(
            "source_id",
            "string",
            "Sources, separated by semicolons, as in projects/site_sources.csv.",
            pattern=_SOURCES,
            empty="none",
        ),
        Field("note", "string", "What a reader should know.", empty="nothing to add"),
        Field("reason_none", "string", "Why it has no location.", empty="it has one"),
    ),
    key=("site_id",),
    references=(("task_id", "tasks", "task_id"),),
    cites=(("source_id", "site_sources", "source_id"),),
)
