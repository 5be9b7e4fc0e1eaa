"""What every schema allows and a careful reader would not believe: the rules of ``data/dictionary.toml``, row by row."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.parsing.named_projects import grammar_of_projects
from sxcanalysis.reference.dictionary import rules
from sxcanalysis.reference.gazetteer import gazetteer
from sxcanalysis.reference.words import spoken
from sxcanalysis.tables.corrections import unit_factor
from sxcanalysis.tables.messages import told
from sxcanalysis.tables.schema import TABLES, Finding, cell_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    Column = pd.Series[Any]


def implausible(frames: Mapping[str, pd.DataFrame], touching: str = "") -> Iterator[Finding]:
    """
    Apply the rules to tables by name, typed as `read_table` does it; if a table is named, only those that touch it.

    A rule that needs a table which is not there, or a column that is not, is left out: that is a finding of its own.
    """
    today = datetime.now().astimezone().date().isoformat()
    offered = {name: frame for name, frame in frames.items() if name not in _OFFERED} | _OFFERED | {
        "today": today, "year_now": int(today[:4]), "names": pd.Series(gazetteer().names),
        "found": lambda table, column, keys, *cells: _found(frames[table], column, keys, cells),
    }  # fmt: skip
    for rule in rules():
        named = rule["table"] in {touching, "*"} or touching in rule["wrong"]
        for name in frames if named else ():
            if rule["table"] not in {"*", name} or (rule["table"] == "*" and touching not in {"", name}):
                continue
            try:
                rows = frames[name].query(rule["wrong"], engine="python", local_dict=offered)
            except (pd.errors.UndefinedVariableError, KeyError):
                if rule["table"] == "*" or any(other not in frames for other in TABLES):
                    continue
                raise
            if rule["column"] not in rows.columns:
                continue
            field = TABLES[name].field(rule["column"])
            for at, cell in rows[rule["column"]].items():
                words = told("implausible", expected=rule[spoken()], found=cell_text(cell, field))
                yield Finding(TABLES[name].file(), int(str(at)) + 2, rule["column"], words)


def _usual(value: Column, *by: Column) -> Column:
    """Return what most rows of a group say."""
    return value.groupby(list(by)).transform(lambda part: Counter(part).most_common(1)[0][0])


def _middle(value: Column, *by: Column) -> Column:
    return value.groupby(list(by)).transform("median")


def _odds(value: Column, *by: Column) -> Column:
    """Return how many times the median of its group a value is; 1 where there is none."""
    return (value / _middle(value, *by)).astype("float64").fillna(1.0)


def _first(value: Column, chosen: Column, by: Column) -> Column:
    """Return the first value of a group among the chosen rows, after all others where none is chosen."""
    return by.map(value[chosen].groupby(by[chosen]).min()).fillna("~")


def _in_units(printed: Column, unit_printed: Column, unit: Column) -> Column:
    numbers = pd.to_numeric(printed.str.replace(",", ""), errors="coerce")
    return numbers * unit_printed.map(_factor) / unit.map(_factor)


def _factor(unit: str) -> float:
    return 1.0 if unit in {"CNY", "person"} else unit_factor(unit) or float("nan")


def _year_in(day: Column) -> Column:
    return pd.to_numeric(day.str.extract(r"^([0-9]{4})(?![0-9])", expand=False), errors="coerce")


def _all_in(cells: Column, known: Collection[str]) -> Column:
    """Whether every part of a cell, between semicolons, is known."""
    there = set(known)
    return cells.map(lambda cell: all(part in there for part in str(cell).split(";") if part))


def _shared(cells: Column, name: Column) -> Column:
    """Whether a cell holds a name that another row has, too."""
    rows = [{one, *filter(None, cell.split(";"))} for one, cell in zip(name, cells, strict=True)]
    often = Counter(word for row in rows for word in row)
    same = Counter(name)  # one name of two kinds is one name
    return pd.Series(
        [any(often[word] > same.get(word, 1) for word in row) for row in rows], index=cells.index
    )


def _begins(name: Column, short: Column) -> Column:
    return pd.Series([a.startswith(b) for a, b in zip(name, short, strict=True)], index=name.index)


def _host(address: Column) -> Column:
    return address.str.extract(r"(?:https?://)?(?:www\.)?([\w.-]+\.[a-z]{2,})", expand=False).fillna("")


def _kind_of(name: Column) -> Column:
    kinds = grammar_of_projects().kinds
    return name.map(lambda words: next((kind for kind, ends in kinds if ends.search(words)), ""))


def _found(other: pd.DataFrame, column: str, keys: list[str], cells: tuple[Column, ...]) -> Column:
    """Return what another table says in a column, in the row that has these cells as its keys."""
    there = other.drop_duplicates(keys).set_index(keys)[column]
    wanted = pd.MultiIndex.from_arrays(cells) if len(cells) > 1 else pd.Index(cells[0])
    return pd.Series(there.reindex(wanted).to_numpy(), index=cells[0].index)


_OFFERED: dict[str, Any] = {
    "usual": _usual, "middle": _middle, "odds": _odds, "first": _first, "in_units": _in_units, "year_in": _year_in,
    "all_in": _all_in, "shared": _shared, "begins": _begins, "host": _host, "kind_of": _kind_of,
}  # fmt: skip
