"""The genre's vocabulary, from ``data/lexicon/*.csv``: a row a word or a pattern, with an example that needs it.

The grammar's patterns are templates: ``«roles:role»`` stands for the rows of group *role* in ``roles.csv``,
``«roles:role=lead»`` for those of them that mean *lead*. They are compiled when they are first needed.
"""

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
_SLOT = re.compile(r"«(\w+):([\w ]+)(?:=([\w ]+))?»")


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


def entries(name: str, group: str | None = None, meaning: str | None = None) -> tuple[Entry, ...]:
    """
    Return the rows of ``data/lexicon/<name>.csv``, all or those of a group and a meaning, in the order of the file.

    Raises
    ------
    MissingDataError
        If there is no such file.
    DataError
        If a column is missing, or a row has neither or both of word and pattern.
    """
    found = read_entries(data_file(f"lexicon/{name}.csv"))
    return tuple(e for e in found if group in {None, e.group} and meaning in {None, e.meaning})


@cache
def alternatives(name: str, group: str | None = None, meaning: str | None = None) -> str:
    """Return the rows as one regular expression, longer words before shorter ones: ``(?:…|…)``."""
    chosen = sorted(entries(name, group, meaning), key=lambda entry: -len(entry.word or entry.pattern))
    # Without any row nothing matches: an empty alternative would match everywhere.
    return "(?:" + ("|".join(entry.expression for entry in chosen) or "(?!)") + ")"


@cache
def words(name: str, group: str | None = None, meaning: str | None = None) -> frozenset[str]:
    """Return the words of a group as they are printed."""
    return frozenset(entry.word for entry in entries(name, group, meaning) if entry.word)


@cache
def meanings(name: str, group: str | None = None) -> dict[str, str]:
    """Return what each word of a group means."""
    return {entry.word: entry.meaning for entry in entries(name, group) if entry.word}


def fill(template: str) -> str:
    """Put the vocabulary into a template."""
    return _SLOT.sub(lambda slot: alternatives(*slot.groups()), template)


@cache
def compiled(template: str) -> re.Pattern[str]:
    """
    Compile a verbose regular expression in which ``«file:group»`` stands for words of the lexicon.

    Examples
    --------
    >>> compiled("«roles:role=lead»").search("省科技厅牵头")[0]
    '牵头'
    """
    return re.compile(fill(template), re.VERBOSE)


@cache
def read_entries(path: Path) -> tuple[Entry, ...]:
    """Read one file of the lexicon."""
    if not path.is_file():
        msg = f"{path}: missing. The parser's vocabulary stands there; take the file from a copy of the project."
        raise MissingDataError(msg)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            msg = f"{path}, row 1: expected the columns {', '.join(COLUMNS)}; found {', '.join(reader.fieldnames or ())}."
            raise DataError(msg)
        found = []
        for row in reader:
            if None in row or None in row.values():
                msg = f"{path}, row {reader.line_num}: expected {len(COLUMNS)} cells. Put cells that hold commas in quotation marks."
                raise DataError(msg)
            found.append(Entry(**row))
    for line, entry in enumerate(found, start=2):
        if bool(entry.word) == bool(entry.pattern):
            msg = f"{path}, row {line}: expected either a word or a pattern, found {'both' if entry.word else 'neither'}."
            raise DataError(msg)
        try:
            re.compile(entry.pattern)
        except re.error as error:
            msg = f"{path}, row {line}: {entry.pattern!r} is no regular expression ({error})."
            raise DataError(msg) from None
    return tuple(found)
