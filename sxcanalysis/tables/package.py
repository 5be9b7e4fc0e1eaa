"""The description of the data as a Frictionless package, made from the declared tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sxcanalysis.core.files import write_file
from sxcanalysis.core.paths import data_dir
from sxcanalysis.reference.dictionary import package_about
from sxcanalysis.tables.schema import EDITION_TABLES, FIXED_TABLES, TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from sxcanalysis.reference.dictionary import Field, Table


def datapackage(root: Path) -> str:
    """
    Describe every declared table that has a file, as the text of ``datapackage.json``.

    Parameters
    ----------
    root
        The data folder.

    Returns
    -------
    text
        The same for the same files.
    """
    # Several files of one table are vocabulary, which belongs to the parser and not to the data.
    resources = [
        _resource(table, table.file(), "") for table in FIXED_TABLES if (root / table.file()).is_file()
    ]
    for edition in editions(root):
        resources += [
            _resource(table, table.file(edition), edition)
            for table in EDITION_TABLES
            if (root / table.file(edition)).is_file()
        ]
    names = {resource["name"] for resource in resources}
    for resource in resources:
        # A reference to a table that has no file cannot be followed.
        keys = [
            key for key in resource["schema"].get("foreignKeys", []) if key["reference"]["resource"] in names
        ]
        resource["schema"].pop("foreignKeys", None)
        if keys:
            resource["schema"]["foreignKeys"] = keys
    package = {
        "profile": "data-package",
        "name": package_about("name"),
        "title": package_about("title"),
        "licenses": [{"name": package_about("licence")}],
        "description": (
            "Made from data/dictionary.toml by `python -m sxcanalysis.tables.schema`; do not edit. 'emptyMeans' says what an "
            "empty cell of a column means; a column without it has no empty cell."
        ),
        "resources": resources,
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def editions(root: Path) -> list[str]:
    """Name the editions that have a folder of tables, in order."""
    folder = root / "tables"
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(entry.name for entry in found if entry.is_dir() and not entry.name.startswith("."))


def write_datapackage(root: Path | None = None) -> bool:
    """Write ``datapackage.json`` from the dictionary; say whether that changed it."""
    root = data_dir() if root is None else root
    return write_file(root / "datapackage.json", datapackage(root).encode())


def _resource(table: Table, path: str, edition: str) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(field) for field in table.fields],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    if table.references:
        schema["foreignKeys"] = [
            {"fields": [column], "reference": {"resource": _name(TABLES[other], edition), "fields": [key]}}
            for column, other, key in table.references
        ]
    return {
        "name": _name(table, edition),
        "path": path,
        "title": table.about,
        "title_zh": table.about_zh,
        "profile": "tabular-data-resource",
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "generated": table.generated,
        "schema": schema,
    }


def _name(table: Table, edition: str) -> str:
    name = table.name.replace("_", "-")
    return f"{name}-{edition}".lower() if table.per_edition and edition else name


def _field(field: Field) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": field.name,
        "type": field.type,
        "title": field.en,
        "title_zh": field.zh,
    }
    described |= {"description": field.about, "description_zh": field.about_zh}
    if field.unit:
        described["unit"] = field.unit
    if field.empty:
        described |= {"emptyMeans": field.empty, "emptyMeans_zh": field.empty_zh}
    constraints: dict[str, Any] = {} if field.empty else {"required": True}
    if field.unique:
        constraints["unique"] = True
    if field.allowed:
        constraints["enum"] = list(field.allowed)
    if field.pattern:
        constraints["pattern"] = field.pattern
    for name, limit in (("minimum", field.minimum), ("maximum", field.maximum)):
        if limit is not None:
            constraints[name] = int(limit) if float(limit).is_integer() else limit
    if field.type == "boolean":
        described |= {"trueValues": ["true"], "falseValues": ["false"]}
    return described | ({"constraints": constraints} if constraints else {})
