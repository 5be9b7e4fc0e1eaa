"""The curated tables, declared: reference, context and located projects, kept by hand."""

from __future__ import annotations

from sxcanalysis.tables.declarations import BODY_KINDS
from sxcanalysis.tables.fields import Field, Table

PROJECT_KINDS = (
    "expressway", "railway", "river_crossing", "airport", "waterway", "water_works", "energy", "safety",
)  # fmt: skip
STAGES = ("completed", "started", "under_construction", "continued", "preparatory")
LATER = ("opened", "under_construction", "started", "preparatory", "cancelled", "unknown")
PRECISIONS = ("exact", "approximate", "route_schematic", "county", "city", "none")
STATUSES = ("official", "secondary", "from memory", "not found")

_SOURCES = r"[\w.\-]+(?:;[\w.\-]+)*"
_ADCODES = r"\d{6}(?:;\d{6})*"
_DATE = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"

BODIES = Table(
    "bodies",
    "reference/bodies.csv",
    "One row a public body, or a stem that names departments at every level (发展改革 in 省发展改革委).",
    (
        Field("name", "string", "Canonical name, or canonical stem."),
        Field(
            "aliases",
            "string",
            "Other written forms, separated by semicolons.",
            empty="no other form is known",
        ),
        Field("english", "string", "English name.", empty="no English name is known"),
        Field(
            "kind",
            "string",
            "Kind of body; 'stem' for a stem.",
            allowed=("stem", *BODY_KINDS),
        ),
    ),
    key=("name", "kind"),
)

UNITS = Table(
    "units",
    "reference/units.csv",
    "One row a unit or measure word.",
    (
        Field("unit", "string", "Unit, as it is usually written.", unique=True),
        Field(
            "aliases",
            "string",
            "Other written forms, separated by semicolons.",
            empty="no other form is known",
        ),
        Field("unit_en", "string", "English name.", empty="no English name is known"),
        Field("dimension", "string", "What it measures; 'count' for a measure word."),
        Field(
            "expression",
            "string",
            "The unit in terms of pint.",
            empty="a measure word: it has no unit",
        ),
        Field("unit_si", "string", "Unit of value_si.", empty="the measure word itself"),
        Field("note", "string", "What a reader should know.", empty="nothing to add"),
    ),
    key=("unit",),
)

LABELS = Table(
    "labels",
    "reference/labels.csv",
    "One row a label of figures and tables, in both languages.",
    (
        Field(
            "key",
            "string",
            "Group and value, for example role.lead.",
            pattern=r"[a-z_]+\.\S+",
            unique=True,
        ),
        Field("zh", "string", "Chinese label."),
        Field("en", "string", "English label."),
    ),
    key=("key",),
)

MARKS = Table(
    "marks",
    "reference/marks.csv",
    "One row a way of drawing a city that has none of its own, in the order in which they are given out.",
    (
        Field("color", "string", "Colour.", pattern=r"#[0-9a-f]{6}", unique=True),
        Field("hatch", "string", "Hatch of areas.", empty="plain"),
        Field("marker", "string", "Marker of points."),
        Field(
            "line", "string", "Lengths of dashes and gaps; a hyphen is a solid line.", pattern=r"-|[\d. ]+"
        ),
    ),
    key=("color",),
)

METRICS = Table(
    "metrics",
    "reference/metrics.csv",
    "One row a metric of a target, with its English name.",
    (
        Field("metric", "string", "Metric, in the document's words.", unique=True),
        Field("metric_en", "string", "English name."),
    ),
    key=("metric",),
)

PLACES = Table(
    "places",
    "reference/places.csv",
    "One row a name of a place that a list may use: administrative units, zones, waters, regions, countries.",
    (
        Field("name", "string", "Full name."),
        Field(
            "adcode",
            "string",
            "Code of the unit, or of the unit that it lies in (GB/T 2260, 2024); several are separated by semicolons.",
            pattern=_ADCODES,
            empty="it is no unit and lies in no single one",
        ),
        Field(
            "kind",
            "string",
            "Kind of place; 'none' for words that look like a name and are none.",
            allowed=(
                "province",
                "city",
                "county",
                "composite",
                "water",
                "region",
                "development_zone",
                "country",
                "none",
            ),
        ),
        Field(
            "short", "string", "Name without its rank, as texts use it.", empty="the name has no shorter form"
        ),
        Field(
            "bare",
            "string",
            "Whether the short form is read alone: always, only near the cities of the document, or never.",
            allowed=("yes", "near", "no"),
            empty="there is no short form to read",
        ),
        Field("note", "string", "What a reader should know.", empty="nothing to add"),
    ),
)

PROJECTS = Table(
    "projects",
    "projects/projects.csv",
    "One row a project named in the list.",
    (
        Field("project_id", "string", "Identifier; never changes once published.", unique=True),
        Field("task_id", "string", "Task that names it."),
        Field("name", "string", "The words of the document that name it."),
        Field("name_en", "string", "English name."),
        Field("kind", "string", "Kind of project.", allowed=PROJECT_KINDS),
        Field(
            "stage",
            "string",
            "Stage that the verb of the text states for the edition's year.",
            allowed=STAGES,
        ),
        Field("stage_verb", "string", "That verb, as written."),
        Field(
            "geometry_type",
            "string",
            "Shape of its geometry.",
            allowed=("point", "line", "area", "none"),
        ),
        Field("precision", "string", "How well it is located.", allowed=PRECISIONS),
        Field(
            "uncertainty_m",
            "number",
            "How far away the true site or line may lie.",
            unit="m",
            minimum=0,
            empty="not located",
        ),
        Field(
            "geometry_source",
            "string",
            "Sources of the geometry, separated by semicolons.",
            pattern=_SOURCES,
            empty="not located",
        ),
        Field(
            "claimed_counties",
            "string",
            "Codes of the counties that public sources say it lies in or crosses, separated by semicolons.",
            pattern=_ADCODES,
            empty="no source names a county",
        ),
        Field(
            "length_km_published",
            "number",
            "Published length of the section meant.",
            unit="km",
            minimum=0,
            empty="none is published, or it has no length",
        ),
        Field("length_scope", "string", "What that length covers.", empty="no length"),
        Field("length_source", "string", "Source of the length.", pattern=_SOURCES, empty="no length"),
        Field(
            "note",
            "string",
            "Which section, bank or works is meant, and why.",
            empty="nothing to add",
        ),
        Field("note_zh", "string", "The note in Chinese.", empty="nothing to add"),
        Field("reason_none", "string", "Why it has no geometry of its own.", empty="it has one"),
        Field(
            "reason_none_zh",
            "string",
            "The reason in Chinese.",
            empty="it has a geometry of its own",
        ),
        Field(
            "later_status",
            "string",
            "What became of it after the edition's year.",
            allowed=LATER,
            empty="not looked up",
        ),
        Field("later_status_date", "string", "Day or month of that.", pattern=_DATE, empty="not known"),
        Field("later_status_source", "string", "Source of that.", pattern=_SOURCES, empty="no source"),
    ),
    key=("project_id",),
    references=(("task_id", "tasks", "task_id"),),
    cites=(
        ("geometry_source", "sources", "source_id"),
        ("length_source", "sources", "source_id"),
        ("later_status_source", "sources", "source_id"),
    ),
)

WAYPOINTS = Table(
    "waypoints",
    "projects/waypoints.csv",
    "One row a point that a project's geometry is built of.",
    (
        Field("project_id", "string", "Project."),
        Field("part", "integer", "Part of the geometry, counted from 1.", minimum=1),
        Field("seq", "integer", "Place in the part.", minimum=0),
        Field("name", "string", "Chinese name of the place.", empty="the point has no name"),
        Field("name_en", "string", "English name of the place.", empty="the point has no English name"),
        Field("lon", "number", "Longitude, WGS-84.", unit="°", minimum=115, maximum=125),
        Field("lat", "number", "Latitude, WGS-84.", unit="°", minimum=29, maximum=36),
        Field("role", "string", "What the point is."),
        Field("uncertainty_m", "number", "How far away the true place may lie.", unit="m", minimum=0),
        Field("source_id", "string", "Source.", pattern=_SOURCES),
        Field("note", "string", "What a reader should know.", empty="nothing to add"),
    ),
    key=("project_id", "part", "seq"),
    references=(("project_id", "projects", "project_id"),),
    cites=(("source_id", "sources", "source_id"),),
)

_SOURCE_FIELDS = (
    Field("source_id", "string", "Identifier.", pattern=r"[\w.\-]+", unique=True),
    Field("title", "string", "Title."),
    Field("publisher", "string", "Who published it.", empty="not known"),
    Field("url", "string", "Address.", empty="it has no address"),
    Field("published", "string", "Day, month or year of publication.", empty="not known"),
    Field("accessed", "date", "Day on which it was read.", empty="it was not read on a page"),
    Field(
        "kind",
        "string",
        "Kind of source.",
        allowed=("web page", "encyclopedia", "open data", "document", "from memory"),
    ),
    Field("supports", "string", "The fact that it supports.", empty="not stated"),
)

SOURCES = Table(
    "sources",
    "projects/sources.csv",
    "One row a public source of a project's location or status.",
    _SOURCE_FIELDS,
    key=("source_id",),
)

SITE_SOURCES = Table(
    "site_sources",
    "projects/site_sources.csv",
    "One row a public source of a site's location.",
    _SOURCE_FIELDS,
    key=("source_id",),
)

CITIES = Table(
    "cities",
    "context/cities.csv",
    "One row a city, year and indicator, each value with its own source.",
    (
        Field("city", "string", "Name of the city."),
        Field("city_en", "string", "English name."),
        Field("adcode", "string", "Its code (GB/T 2260).", pattern=r"\d{6}"),
        Field(
            "year",
            "year",
            "Year of the value; of an area, which has none of its own, the year it was entered for.",
            minimum=1949,
            maximum=2100,
        ),
        Field(
            "indicator",
            "string",
            "What is measured: population (residents at year end), gdp, budget_revenue (general public), area, or another figure that the note explains.",
            pattern=r"[a-z_]+",
        ),
        Field(
            "value",
            "number",
            "Value in base units.",
            minimum=0,
            empty="no source was found; status says so",
        ),
        Field("unit", "string", "Base unit of the value.", allowed=("person", "CNY", "km2")),
        Field(
            "value_printed",
            "string",
            "Number as the source prints it.",
            empty="no source was found",
        ),
        Field("unit_printed", "string", "Unit as the source prints it.", empty="no source was found"),
        Field("status", "string", "How well the value is sourced.", allowed=STATUSES),
        Field("source_title", "string", "Title of the source.", empty="from memory, or not found"),
        Field(
            "source_publisher",
            "string",
            "Publisher of the source.",
            empty="from memory, or not found",
        ),
        Field(
            "source_url",
            "string",
            "Address of the page that was read.",
            empty="it has no address worth giving",
        ),
        Field("published", "date", "Day of publication.", empty="not known"),
        Field("accessed", "date", "Day on which the page was read.", empty="no page was read"),
        Field("note", "string", "What a reader should know.", empty="nothing to add"),
    ),
    key=("adcode", "year", "indicator", "value"),
)

CURATED_TABLES = (
    BODIES,
    PLACES,
    UNITS,
    LABELS,
    MARKS,
    METRICS,
    CITIES,
    PROJECTS,
    WAYPOINTS,
    SOURCES,
    SITE_SOURCES,
)
