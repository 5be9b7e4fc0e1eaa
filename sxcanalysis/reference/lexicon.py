"""The genre's vocabulary, from ``data/lexicon/*.csv``: a row a word or a pattern, with an example that needs it."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import data_file

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("group", "word", "pattern", "meaning", "example", "counterexample")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: a ``word`` (as it is printed) or a ``pattern`` (a regular expression), its group and its meaning.

    ``example`` is a text that is misread without the row; ``counterexample`` one that the row must not touch.
    """

    group: str
    word: str
    pattern: str
    meaning: str
    example: str
    counterexample: str

    @property
    def expression(self) -> str:
        """The row as a regular expression."""
        return self.pattern or re.escape(self.word)


def entries(name: str, group: str | None = None) -> tuple[Entry, ...]:
    """
    Return the rows of ``data/lexicon/<name>.csv``, all or those of a group, in the order of the file.

    Raises
    ------
    MissingDataError
        If there is no such file.
    DataError
        If a column is missing, or a row has neither or both of word and pattern.
    """
    found = _read(data_file(f"lexicon/{name}.csv"))
    return found if group is None else tuple(entry for entry in found if entry.group == group)


def alternatives(name: str, group: str | None = None) -> str:
    """Return the rows as one regular expression, longer words before shorter ones: ``(?:…|…)``."""
    chosen = sorted(entries(name, group), key=lambda entry: -len(entry.word or entry.pattern))
    return "(?:" + "|".join(entry.expression for entry in chosen) + ")"


@cache
def _read(path: Path) -> tuple[Entry, ...]:
    if not path.is_file():
        msg = f"{path}: missing. The parser's vocabulary stands there; take the file from a copy of the project."
        raise MissingDataError(msg)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            msg = f"{path}, row 1: expected the columns {', '.join(COLUMNS)}; found {', '.join(reader.fieldnames or ())}."
            raise DataError(msg)
        found = tuple(Entry(**row) for row in reader)
    for line, entry in enumerate(found, start=2):
        if bool(entry.word) == bool(entry.pattern):
            msg = f"{path}, row {line}: expected either a word or a pattern, found {'both' if entry.word else 'neither'}."
            raise DataError(msg)
    return found
