"""The description of the data as a Frictionless package, and what a person has accepted as its content."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

from sxcanalysis.core.files import write_file
from sxcanalysis.core.paths import data_dir
from sxcanalysis.reference.dictionary import package_about
from sxcanalysis.tables.messages import told
from sxcanalysis.tables.schema import EDITION_TABLES, FIXED_TABLES, TABLES, Finding

if TYPE_CHECKING:
    from pathlib import Path

    from sxcanalysis.reference.dictionary import Field, Table


def datapackage(root: Path, *, accept: bool = False) -> str:
    """
    Return the text of ``datapackage.json``, the same for the same files: every declared table that has a file.

    Under ``accepted`` it keeps rows and digest of each curated file, so that a row that is lost is noticed. They stay what they
    were, whatever lies there now, unless a person says ``accept``.
    """
    # Several files of one table are vocabulary, which belongs to the parser and not to the data.
    found = [(table, "") for table in FIXED_TABLES]
    found += [(table, edition) for edition in editions(root) for table in EDITION_TABLES]
    resources = [
        _resource(table, edition) for table, edition in found if (root / table.file(edition)).is_file()
    ]
    names = {resource["name"] for resource in resources}
    for resource in resources:  # a reference to a table that has no file cannot be followed
        keys = [one for one in resource["schema"].pop("foreignKeys") if one["reference"]["resource"] in names]
        resource["schema"] |= {"foreignKeys": keys} if keys else {}
    package = {
        "profile": "data-package",
        "name": package_about("name"),
        "title": package_about("title"),
        "licenses": [{"name": package_about("licence")}],
        "description": package_about("description"),
        "accepted": dict(sorted((contents(root) | ({} if accept else accepted(root))).items())),
        "resources": resources,
    }
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def write_datapackage(root: Path | None = None, *, accept: bool = True) -> bool:
    """Write ``datapackage.json``, with what lies there now as accepted; say whether that changed it."""
    root = data_dir() if root is None else root
    return write_file(root / "datapackage.json", datapackage(root, accept=accept).encode())


def editions(root: Path) -> list[str]:
    """Name the editions that have a folder of tables, in order."""
    folder = root / "tables"
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(entry.name for entry in found if entry.is_dir() and not entry.name.startswith("."))


def contents(root: Path) -> dict[str, dict[str, Any]]:
    """Return rows and digest of every curated file, of the program's words the rows alone."""
    found = {}
    for kept in ("accepted", "words"):
        for path in (path for pattern in package_about(kept) for path in root.glob(pattern)):
            if path.is_file() and not path.name.startswith("."):
                content = _content(path)
                name = path.relative_to(root).as_posix()
                found[name] = content if kept == "accepted" else {"rows": content["rows"]}
    return dict(sorted(found.items()))


def _content(path: Path) -> dict[str, Any]:
    """Return rows and digest; what a spreadsheet may change in saving (byte-order mark, line ends) does not count."""
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if path.suffix != ".csv":
        return {"sha256": hashlib.sha256(data).hexdigest()}
    rows = [
        row for row in csv.reader(io.StringIO(data.decode("utf-8", "surrogateescape"), newline="")) if row
    ]
    told_by = json.dumps(rows).encode()
    return {"rows": max(len(rows) - 1, 0), "sha256": hashlib.sha256(told_by).hexdigest()}


def accepted(root: Path) -> dict[str, dict[str, Any]]:
    """Return what a person has accepted; nothing where the description is missing or no JSON."""
    try:
        package = json.loads((root / "datapackage.json").read_bytes())
        return {str(file): dict(content) for file, content in package["accepted"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def content_findings(root: Path) -> list[Finding]:
    """Find curated files that are not what was accepted: rows lost or added, cells changed, files gone."""
    now = contents(root)
    findings = []
    for file, was in accepted(root).items():
        rows, before = now.get(file, {}).get("rows", 0), was.get("rows", 0)
        if file not in now:
            findings.append(Finding(file, 0, "", told("content_gone")))
        elif rows < before or (rows > before and "sha256" in was):
            key = "content_fewer" if rows < before else "content_more"
            findings.append(Finding(file, 0, "", told(key, rows=rows, before=before, n=abs(rows - before))))
        elif now[file].get("sha256") != was.get("sha256"):
            findings.append(Finding(file, 0, "", told("content_changed")))
    return findings


def _resource(table: Table, edition: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(field) for field in table.fields], "missingValues": [""]}
    if table.key:
        schema["primaryKey"] = list(table.key)
    schema["foreignKeys"] = [
        {"fields": [column], "reference": {"resource": _name(TABLES[other], edition), "fields": [key]}}
        for column, other, key in table.references
    ]
    return {
        "name": _name(table, edition),
        "path": table.file(edition),
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
    limits = {"minimum": field.minimum, "maximum": field.maximum}
    constraints = {
        "required": not field.empty,
        "unique": field.unique,
        "enum": list(field.allowed),
        "pattern": field.pattern,
    }
    constraints = {name: value for name, value in constraints.items() if value} | {
        name: int(limit) if float(limit).is_integer() else limit
        for name, limit in limits.items()
        if limit is not None
    }
    truth = field.type == "boolean"
    described = {
        "name": field.name, "type": field.type, "title": field.en, "title_zh": field.zh, "description": field.about,
        "description_zh": field.about_zh, "unit": field.unit, "emptyMeans": field.empty,
        "emptyMeans_zh": field.empty and field.empty_zh, "trueValues": ["true"] * truth, "falseValues": ["false"] * truth,
        "constraints": constraints,
    }  # fmt: skip
    kept = {"name", "type", "title", "title_zh", "description", "description_zh"}
    if field.empty:
        kept |= {"emptyMeans", "emptyMeans_zh"}
    return {name: value for name, value in described.items() if value or name in kept}
