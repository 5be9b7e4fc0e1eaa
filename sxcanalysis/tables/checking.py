"""Check the data: every file by its schema, what the tables say of each other, and editions against their documents."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.core.errors import SxcError
from sxcanalysis.core.files import leftovers
from sxcanalysis.core.paths import data_dir, data_file, data_files, edition_folder, shipped_dir, source_record
from sxcanalysis.reference.circle import load_circle
from sxcanalysis.reference.gazetteer import gazetteer
from sxcanalysis.reference.lexicon import entries
from sxcanalysis.reference.units import units
from sxcanalysis.tables.corrections import read_corrections, squeezed
from sxcanalysis.tables.loading import table_files
from sxcanalysis.tables.package import datapackage, editions
from sxcanalysis.tables.schema import EDITION_TABLES, FIXED_TABLES, TABLES, Finding, check_text, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from sxcanalysis.reference.dictionary import Table

# Columns whose words stand in the document at start:end, blanks aside.
_EVIDENCE = {
    "tasks": "text",
    "assignments": "body_as_written",
    "targets": "quote",
    "mentions": "name",
    "issues": "words",
}
_KNOWN_KEYS = {"title", "title_en", "issuer", "issuer_en", "date", "obtained", "url", "note", "circle",
               "file", "format", "encoding", "bytes", "sha256"}  # fmt: skip
_PRINTED = {
    "人": 1.0,
    "万人": 1e4,
    "亿元": 1e8,
    "万元": 1e4,
    "万亿元": 1e12,
    "元": 1.0,
    "平方公里": 1.0,
    "km²": 1.0,
    "km2": 1.0,
}


def check_project(edition: str | None = None) -> list[str]:
    """
    Check every table and every edition.

    Parameters
    ----------
    edition
        Only this edition's tables and document; everything if None.

    Returns
    -------
    findings
        One line each; empty if nothing is wrong. What cannot be read is a finding, and the rest is checked all the same.
    """
    root = data_dir()
    findings = [
        str(finding) for finding in check_data(root) if edition is None or _concerns(finding.file, edition)
    ]
    if (
        edition is None and not findings
    ):  # what is read wrongly needs no second finding for what is made of it
        findings += guarded("data", lambda: plausible(root))
    names = sorted({*editions(root), *_with_source(root)}) if edition is None else [edition]
    for name in names:
        findings += guarded(f"edition {name}", partial(_edition_findings, root, name))
    for folder in (root, root / "tables", root / "sources"):
        findings += [
            f"{left}: left by a run that was ended. Ingest that edition again, which clears up."
            for left in leftovers(folder)
        ]
    return findings


def guarded(what: str, look: Callable[[], Iterable[str]]) -> list[str]:
    """Return what a check finds, or as a finding why it could not be made."""
    try:
        return list(look())
    except SxcError as error:
        return [str(error) if str(error).startswith(what) else f"{what}: {error}"]
    except (
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        OSError,
        ArithmeticError,
        re.error,
    ) as error:
        return [
            f"{what}: cannot be built ({type(error).__name__}: {error}). A file named in other findings, or one it is made of, is damaged."
        ]


def check_data(root: Path | None = None) -> list[Finding]:
    """
    Check every file of the data by its schema, and that every CSV file there is declared and described.

    Parameters
    ----------
    root
        The data folder; that of the project if None. What it lacks is taken from the package.

    Returns
    -------
    findings
        Empty if all is well.
    """
    root = data_dir() if root is None else root
    findings: list[Finding] = []
    files: dict[str, tuple[Table, str]] = {}
    for table in FIXED_TABLES:
        found = (
            [f"{table.file().rpartition('/')[0]}/{name}" for name in data_files(*table.file().rsplit("/", 1))]
            if "*" in table.path
            else [table.file()]
        )
        files |= dict.fromkeys(found, (table, ""))
    for edition in editions(root):
        files |= {table.file(edition): (table, edition) for table in EDITION_TABLES}
    for path in sorted(root.rglob("*.csv")):
        inside = path.relative_to(root)
        if inside.as_posix() not in files and not any(
            part.startswith(".") or part == "replaced" for part in inside.parts
        ):
            remedy = "Describe the table in data/dictionary.toml, or move the file out of data/."
            findings.append(
                Finding(
                    inside.as_posix(), 0, "", "a declared table", "a file that no schema describes", remedy
                )
            )
    for name, (table, edition) in files.items():
        findings += file_findings(root, name, table, edition)
    package = root / "datapackage.json"
    described = package.is_file() or root == shipped_dir()
    if described and (not package.is_file() or package.read_bytes() != datapackage(root).encode()):
        remedy = "`python -m sxcanalysis.tables.schema` writes it."
        findings.append(
            Finding(
                "datapackage.json",
                0,
                "",
                "the description of the tables that are there",
                "another or none",
                remedy,
            )
        )
    return findings


def file_findings(root: Path, name: str, table: Table, edition: str = "") -> list[Finding]:
    """Check one file of a table by its schema and by the tables that it refers to."""
    path = root / name if edition else data_file(name, root)
    if not path.is_file():
        remedy = (
            f"`sxc ingest --edition {edition}` writes it." if edition else "Restore it from the repository."
        )
        return (
            []
            if table.optional
            else [Finding(name, 0, "", f"the table {table.name!r}", "no such file", remedy)]
        )
    text, findings = decode(path.read_bytes(), name)
    return findings or check_text(text, table, name) or _reference_findings(root, name, table, edition)


def _reference_findings(root: Path, name: str, table: Table, edition: str) -> list[Finding]:
    """Find the values that should name a row of another table, and do not."""
    findings = []
    wanted = [(*reference, False) for reference in table.references]
    wanted += [(*reference, True) for reference in table.cites]
    for column, other, key, several in wanted:
        target = TABLES[other]
        # A curated table may name rows of any edition.
        names = [edition] if edition else editions(root)
        paths = (
            [root / target.file(one) for one in names]
            if target.per_edition
            else [data_file(target.file(), root)]
        )
        known = {value for path in paths if path.is_file() for value in _column(path, key)}
        if target.per_edition and not known:
            continue
        findings += [
            Finding(
                name,
                row,
                column,
                f"a {key} of the table {other}",
                repr(part),
                "Correct it, or add that row first.",
            )
            for row, value in enumerate(
                _column(root / name if edition else data_file(name, root), column), start=2
            )
            for part in (value.split(";") if several else [value])
            if part and part not in known
        ]
    return findings


def _column(path: Path, name: str) -> list[str]:
    try:
        cells = pd.read_csv(path, dtype="str", keep_default_na=False)
    except (ValueError, pd.errors.ParserError):
        return []  # what is wrong with that file is a finding of its own
    return list(cells[name]) if name in cells.columns else []


def plausible(root: Path) -> Iterator[str]:
    """Find what every schema allows and a careful reader would not believe; build what the loaders build of these files."""
    for name in data_files("circles", "*.toml"):
        yield from guarded(f"circles/{name}", partial(_built, load_circle, name.removesuffix(".toml")))
    for name in data_files("lexicon", "*.csv"):
        yield from guarded(f"lexicon/{name}", partial(_lexicon, name.removesuffix(".csv")))
    for path in sorted((root / "corrections").glob("*.yml")):
        if not path.name.startswith(("pairs-", "readings-")):
            yield from guarded(path.name, partial(_built, read_corrections, path))
    rules: dict[str, Callable[[], Iterable[str]]] = {
        "units": _units,
        "labels": _labels,
        "places": _places,
        "cities": _cities,
    }
    for what, look in rules.items():
        yield from guarded(what, look)


def _built(load: Callable[[Any], object], what: object) -> list[str]:
    load(what)
    return []


def _lexicon(name: str) -> Iterator[str]:
    seen: dict[tuple[str, str], int] = {}
    for row, entry in enumerate(entries(name), start=2):
        try:
            re.compile(entry.expression)
        except re.error as error:
            yield f"lexicon/{name}.csv, row {row}, column pattern: expected a regular expression, found {entry.pattern!r} ({error}). Mend it."
        key = (entry.group, entry.word or entry.pattern)
        if key in seen:
            yield f"lexicon/{name}.csv, row {row}: expected a row that occurs once, found {key[1]!r} again, as in row {seen[key]}. Keep one."
        seen.setdefault(key, row)


def _units() -> Iterator[str]:
    for unit in dict.fromkeys(units().values()):
        if unit.factor <= 0:
            yield f"reference/units.csv, unit {unit.name!r}, column factor: expected a positive number, found {unit.factor}."


def _labels() -> Iterator[str]:
    """Find sentences that could not be filled."""
    cells = pd.read_csv(
        data_file("reference/labels.csv"), dtype="str", keep_default_na=False, encoding="utf-8-sig"
    )
    for row, (key, zh, en) in enumerate(cells[["key", "zh", "en"]].itertuples(index=False), start=2):
        if zh.count("{") != zh.count("}") or en.count("{") != en.count("}"):
            yield f"reference/labels.csv, row {row}, key {key}: expected braces in pairs. Mend the sentence."


def _places() -> Iterator[str]:
    """Find units whose code does not lie under a unit that is there, and codes given to two units."""
    cells = pd.read_csv(
        data_file("reference/places.csv"), dtype="str", keep_default_na=False, encoding="utf-8-sig"
    )
    now = cells[~cells["note"].str.startswith("former")]
    codes = set(now.loc[now["kind"].isin(["province", "city", "county"]), "adcode"])
    seen: dict[str, str] = {}
    for row, name, code, kind in zip(now.index + 2, now["name"], now["adcode"], now["kind"], strict=True):
        where = f"reference/places.csv, row {row}, column adcode"
        if kind in {"city", "county"} and f"{code[:2]}0000" not in codes:
            yield f"{where}: expected a code in a province that is there, found {code} of {name}. Correct it."
        if kind in {"province", "city", "county"}:
            if code in seen and seen[code] != name:
                yield f"{where}: expected a code of one unit, found {code} of {name} and of {seen[code]}. Correct one."
            seen.setdefault(code, name)
        wrong = (
            [part for part in code.split(";") if code and part not in codes]
            if kind in {"composite", "development_zone"}
            else []
        )
        if wrong:
            yield f"{where}: expected codes of units that are there, found {wrong[0]} of {name}. Correct it."


def _cities() -> Iterator[str]:
    """Hold each figure to what its source prints, each city to its code, and each year to its neighbours."""
    cells = pd.read_csv(
        data_file("context/cities.csv"), dtype="str", keep_default_na=False, encoding="utf-8-sig"
    )
    names = gazetteer().names
    for row, one in enumerate(cells.to_dict("records"), start=2):
        where = f"context/cities.csv, row {row}"
        if names.get(one["adcode"]) != one["city"]:
            yield f"{where}, column adcode: expected the code of {one['city']}, found {one['adcode']}, which is {names.get(one['adcode'], 'no unit')}. Correct it."
        printed, unit = one["value_printed"].replace(",", ""), one["unit_printed"].replace(" ", "")
        factor = _PRINTED.get(unit)
        if one["value"] and re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", printed) and factor:
            wanted = float(printed) * factor
            if abs(float(one["value"]) - wanted) > 1e-6 * wanted:
                yield f"{where}, column value: expected {wanted:.0f}, which is {printed} {unit} as printed, found {one['value']}. Correct one of them."
        accessed, published = one.get("accessed", ""), one.get("date", one.get("published", ""))
        if accessed and published and published > accessed:
            yield f"{where}, column accessed: expected a day after {published}, on which it was published, found {accessed}. Correct one of them."
        if (
            one["indicator"] != "area"
            and published[:4].isdigit()
            and int(published[:4]) < int(one["year"]) - 1
        ):
            yield f"{where}, column year: expected a year before the publication of {published}, found {one['year']}. Correct one of them."
    known = cells[cells["value"] != ""].astype({"value": "float64", "year": "int64"})
    for (city, indicator), part in known.sort_values("year").groupby(["city", "indicator"], sort=False):
        before = None
        for row, value in zip(part.index + 2, part["value"], strict=True):
            if before and not 0.5 <= value / before <= 2:
                yield f"context/cities.csv, row {row}, column value: expected {indicator} of {city} near {before:g} of the year before, found {value:g}. Correct it."
            before = value


def evidence_findings(frames: dict[str, pd.DataFrame], text: str) -> list[str]:
    """Find the rows whose span in the text does not hold the words that they quote."""
    findings = []
    for name, column in _EVIDENCE.items():
        frame = frames[name]
        for row, (words, start, end) in enumerate(
            zip(frame[column], frame["start"], frame["end"], strict=True), start=2
        ):
            quoted = squeezed(text[start:end])
            inside = name in {
                "tasks",
                "issues",
            }  # a line of web page furniture inside a task is left out of its words
            if squeezed(words) != quoted and not (inside and _in_order(squeezed(words), quoted)):
                findings.append(
                    f"{name}.csv, row {row}, column {column}: expected the words at {start}:{end} of the document, "
                    f"{text[start:end][:30]!r}, found {str(words)[:30]!r}. Ingest the document again."
                )
    return findings


def _edition_findings(root: Path, edition: str) -> Iterator[str]:
    from sxcanalysis.documents.reading import read_source  # noqa: PLC0415
    from sxcanalysis.tables.ingestion import read_edition  # noqa: PLC0415

    folder = edition_folder("sources", edition, root)
    yield from record_findings(folder)
    record = source_record(folder)
    if not record:
        return
    read = read_source(folder / str(record.get("file", "")))
    if read.sha256 != record.get("sha256"):
        yield (
            f"{folder / str(record['file'])}: expected the document with sha256 {record.get('sha256')}, found {read.sha256}. "
            "Restore the document as received, or ingest the new one with --force."
        )
    made = read_edition(edition, root=root)
    yield from (f"{edition}: {finding}" for finding in made.findings)
    yield from evidence_findings(made.frames, read.text)
    for name, data in table_files(made.frames).items():
        path = edition_folder("tables", edition, root) / name
        if not path.is_file() or path.read_bytes() != data:
            yield (
                f"{path}: not what the document and the reference tables give today. "
                f"Run `sxc ingest` again; never edit it by hand, but put a reviewed correction into data/corrections/{edition}.yml."
            )


def record_findings(folder: Path) -> Iterator[str]:
    """Check what is said of an edition's document, in the folder that it lies in."""
    path = folder / "source.toml"
    record = source_record(folder)
    if not record:
        yield f"{path}: missing. Expected where the document comes from; `sxc ingest` writes it."
        return
    for key in sorted(set(record) - _KNOWN_KEYS):
        yield f"{path}, key {key!r}: nothing of this name is stated about a document. Known are {', '.join(sorted(_KNOWN_KEYS))}."
    for key in sorted({"title", "file", "format", "encoding", "bytes", "sha256", "circle"} - set(record)):
        yield f"{path}: expected the key {key!r}. Ingest the document again, which writes it."
    document = folder / str(record.get("file", ""))
    if document.is_file() and record.get("bytes") != document.stat().st_size:
        yield f"{path}, key 'bytes': expected {document.stat().st_size}, found {record.get('bytes')}. Ingest the document again."
    if not re.fullmatch(r"(?:[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?)?", str(record.get("date", ""))):
        yield f"{path}, key 'date': expected year-month-day, found {record['date']!r}. Mend the line."
    if record.get("circle"):
        load_circle(str(record["circle"]))


def _with_source(root: Path) -> list[str]:
    folder = root / "sources"
    return (
        [entry.name for entry in folder.iterdir() if (entry / "source.toml").is_file()]
        if folder.is_dir()
        else []
    )


def _concerns(file: str, edition: str) -> bool:
    return file.startswith(f"tables/{edition}/") or file == "datapackage.json"


def _in_order(words: str, text: str) -> bool:
    """Whether the characters of the words stand in the text in their order, with others between them."""
    rest = iter(text)
    return all(char in rest for char in words)
