"""The dictionary of the data: every field and every table, described once in ``data/dictionary.toml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Literal, get_args

from sxcanalysis.core.errors import DataError
from sxcanalysis.core.paths import read_toml, shipped_dir

Type = Literal["string", "integer", "number", "boolean", "date", "year"]


@dataclass(frozen=True, slots=True)
class Field:
    """
    One column of a table.

    Attributes
    ----------
    name
        The column's name.
    type
        A Table Schema type. Text stays text: ``number`` "23" and ``adcode`` "320500" are strings.
    zh, en
        Its header where a table is shown.
    about, about_zh
        What it holds, in one sentence.
    empty, empty_zh
        What an empty cell means; if ``empty`` is empty itself, no cell may be.
    unit
        Unit of the values, ``""`` if they have none.
    allowed
        The values allowed; any, if empty.
    ordered
        Whether these have an order, that of ``allowed``.
    pattern
        Regular expression that the whole value matches.
    minimum, maximum
        Limits, included.
    unique
        Whether no value occurs twice.
    """

    name: str
    type: Type
    about: str
    zh: str = ""
    en: str = ""
    about_zh: str = ""
    empty: str = ""
    empty_zh: str = ""
    unit: str = ""
    allowed: tuple[str, ...] = ()
    ordered: bool = False
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """
    One table: a CSV file, one such file an edition, or several files of the same columns.

    Attributes
    ----------
    name
        The table's name, for example ``tasks``.
    path
        Its file under ``data/``; ``{edition}`` stands for an edition's name, ``*`` for any.
    about, about_zh
        What a row is.
    fields
        Its columns, in order.
    key
        The columns that together name a row; none if empty.
    references
        ``(column, table, column of that table)``: each value is found there.
    cites
        The same for columns that hold several values, separated by semicolons.
    generated
        Whether `sxc ingest` writes it. Such a table is never edited by hand.
    optional
        Whether its file may be missing.
    """

    name: str
    path: str
    about: str
    fields: tuple[Field, ...]
    about_zh: str = ""
    key: tuple[str, ...] = ()
    references: tuple[tuple[str, str, str], ...] = ()
    cites: tuple[tuple[str, str, str], ...] = ()
    generated: bool = False
    optional: bool = False

    def file(self, edition: str | int = "") -> str:
        """Return the table's file under ``data/`` for one edition."""
        return self.path.format(edition=edition)

    def field(self, name: str) -> Field:
        """Return a column by its name."""
        return next(field for field in self.fields if field.name == name)

    @property
    def per_edition(self) -> bool:
        """Whether each edition has its own."""
        return "{edition}" in self.path

    @property
    def frame(self) -> str:
        """The name of the frame that it is written from, which is that of its file."""
        return PurePosixPath(self.path).stem


def is_edition_name(name: str) -> bool:
    """Whether a text can name an edition: it names a folder, and is what comes before the hyphen in a task's id."""
    return bool(re.fullmatch(r"\w[\w.+]{0,39}", name))


@cache
def tables() -> dict[str, Table]:
    """
    Return the declared tables, by name.

    Raises
    ------
    DataError
        If ``dictionary.toml`` is not understood; the message names the table or field.

    Examples
    --------
    >>> tables()["tasks"].field("task_id").zh
    '任务编号'
    """
    data = _dictionary()
    found: dict[str, Table] = {}
    for name, entry in data["tables"].items():
        try:
            values = dict(entry)
            values["fields"] = tuple(_field(data, name, column) for column in entry["fields"])
            values["key"] = tuple(entry.get("key", ()))
            for links in ("references", "cites"):
                values[links] = tuple((column, *to.split(".")) for column, to in entry.get(links, ()))
            found[name] = Table(name=name, **values)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(_not_understood(f"tables.{name}", error)) from error
    return found


@cache
def headers() -> dict[str, tuple[str, str]]:
    """Return the header of every column, stored or computed, in Chinese and English."""
    data = _dictionary()
    stored = {name: (entry["zh"], entry["en"]) for name, entry in data["fields"].items() if "zh" in entry}
    return stored | {name: (zh, en) for name, (zh, en) in data["headers"].items()}


def word_groups(column: str) -> list[str]:
    """Return the groups of ``labels.csv`` that hold the words for a column's values."""
    return list(_dictionary()["words"].get(column, [column]))


def package_about(key: str) -> Any:  # noqa: ANN401  # a text, or for ``accepted`` a list
    """Return what is said of the data as a whole: ``name``, ``title``, ``licence``, ``accepted``."""
    return _dictionary()["package"][key]


def rules() -> list[dict[str, str]]:
    """Return what a careful reader would not believe though every schema allows it: ``table column wrong zh en``."""
    return list(_dictionary()["rules"])


@cache
def _dictionary() -> dict[str, Any]:
    data = read_toml(shipped_dir() / "dictionary.toml")
    for section in ("package", "values", "fields", "words", "headers", "tables", "rules"):
        if not isinstance(data.get(section), list if section == "rules" else dict):
            raise DataError(_not_understood(section, "the section is missing"))
    return data


def _field(data: dict[str, Any], table: str, name: str) -> Field:
    """Read a field: what is said of its name, and over that what is said of it in this table."""
    entry = data["fields"].get(name, {}) | data["fields"].get(f"{table}.{name}", {})
    try:
        allowed = entry.pop("allowed", ())
        if isinstance(allowed, str):
            entry["ordered"] = allowed in data["values"]["ordered"]
            allowed = data["values"][allowed]
        field = Field(name=name, allowed=tuple(allowed), **entry)
        re.compile(field.pattern)
    except (KeyError, TypeError, re.error) as error:
        raise DataError(_not_understood(f"fields.{table}.{name}", error)) from error
    if field.type not in get_args(Type) or not field.about or not (field.zh and field.en):
        raise DataError(_not_understood(f"fields.{table}.{name}", "it needs a known type, about, zh and en"))
    return field


def _not_understood(entry: str, why: object) -> str:
    return f"{shipped_dir() / 'dictionary.toml'}, [{entry}]: {why}. Describe it as the head of the file says."
