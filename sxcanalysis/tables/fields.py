"""What a declared table is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Type = Literal["string", "integer", "number", "boolean", "date", "year"]


@dataclass(frozen=True)
class Field:
    """
    One column of a table.

    Attributes
    ----------
    name
        The column's name.
    type
        A Table Schema type. Text stays text: ``number`` "23" and ``adcode`` "320500" are strings.
    description
        What it holds, in one sentence.
    empty
        What an empty cell means; if this is empty itself, no cell may be.
    unit
        Unit of the values, ``""`` if they have none.
    allowed
        The values allowed; any, if empty.
    pattern
        Regular expression that the whole value matches.
    minimum, maximum
        Limits, included.
    unique
        Whether no value occurs twice.
    """

    name: str
    type: Type
    description: str
    empty: str = ""
    unit: str = ""
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None
    unique: bool = False


@dataclass(frozen=True)
class Table:
    """
    One table: a CSV file, or one such file an edition.

    Attributes
    ----------
    name
        The table's name, for example ``tasks``.
    path
        Its file under ``data/``; ``{edition}`` stands for an edition's name.
    title
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
    """

    name: str
    path: str
    title: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    references: tuple[tuple[str, str, str], ...] = ()
    cites: tuple[tuple[str, str, str], ...] = ()
    generated: bool = False

    def file(self, edition: str | int = "") -> str:
        """Return the table's file under ``data/`` for one edition."""
        return self.path.format(edition=edition)


def is_edition_name(name: str) -> bool:
    """Whether a text can name an edition: it names a folder, and is what comes before the hyphen in a task's id."""
    return bool(re.fullmatch(r"\w[\w.+]{0,39}", name))
