"""Every row of the lexicon is needed by its example, and leaves its counterexample alone."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path

import pytest

from sxcanalysis.parsing.attribution import is_credible, read_attribution
from sxcanalysis.parsing.deadlines import deadlines, labelled_deadline
from sxcanalysis.parsing.furniture import has_web_words, is_closing_note, is_web_line, page_furniture
from sxcanalysis.parsing.names import is_plausible
from sxcanalysis.parsing.task_facts import milestone
from sxcanalysis.reference import lexicon
from sxcanalysis.reference.bodies import body_kind, is_organisation, is_place
from sxcanalysis.reference.column_heads import column_group

FOLDER = Path(__file__).parents[2] / "data" / "lexicon"


# How the rows of each file are read; those of a group where it needs another reading than the rest of its file.
def furniture_group(line):
    return has_web_words(line), is_web_line(line), is_closing_note(line)


def parted(words):
    """Read words in which | stands for a blank of the document."""
    return read_attribution(words.replace("|", ""), (words.index("|"),))


def credible(words):
    found = read_attribution(words)
    return found is not None and is_credible(words, found, closing=True)


READINGS = {
    "roles": read_attribution,
    "deadlines": lambda words: [found[0] for found in deadlines(words)],
    "deadlines:label": read_attribution,
    "deadlines:standing": labelled_deadline,
    "milestones": milestone,
    "columns": column_group,
    "furniture": furniture_group,
    "furniture:running head": lambda words: page_furniture(f"甲\n— 1 —\n{words}\n乙\n— 2 —\n{words}\n丙"),
    "names:organisation": is_organisation,
    "names:place": is_place,
    "names:collective": body_kind,
    "names:kind": body_kind,
    "names": read_attribution,
    "names:half": parted,
    "names:whoever": credible,
    "names:whoever does": credible,
    **dict.fromkeys(("names:verb", "names:nobody", "names:person"), is_plausible),
    "names:sentence": lambda words: is_plausible(words, listed=True),
}
FILES = sorted({name.split(":")[0] for name in READINGS})
# What the parser remembers and no row of the lexicon changes.
LASTING = {"sxcanalysis.reference.gazetteer", "sxcanalysis.reference.units", "sxcanalysis.core.paths"}
ROWS = [
    pytest.param(name, line, id=f"{name}-{line + 2}")
    for name in FILES
    for line in range(len(lexicon.entries(name)))
]


@lru_cache
def caches():
    found = []
    for name, module in sys.modules.items():
        if name.startswith("sxcanalysis.") and name not in LASTING:
            found += [value for value in vars(module).values() if hasattr(value, "cache_clear")]
    return set(found)


def forget():
    for cache in caches():
        cache.cache_clear()


@pytest.fixture
def without(monkeypatch):
    """Take one row of a file away."""

    def take(name, line):
        read = lexicon.read_entries.__wrapped__
        path = FOLDER / f"{name}.csv"
        rows = read(path)
        kept = (*rows[:line], *rows[line + 1 :])
        forget()
        monkeypatch.setattr(lexicon, "read_entries", lru_cache(lambda p: kept if p == path else read(p)))
        return rows[line]

    yield take
    monkeypatch.undo()
    forget()


@pytest.mark.parametrize(("name", "line"), ROWS)
def test_every_row_is_needed(name, line, without):
    entry = lexicon.entries(name)[line]
    reading = READINGS.get(f"{name}:{entry.group}") or READINGS[name]
    whole = reading(entry.example), reading(entry.counterexample)
    without(name, line)
    assert reading(entry.example) != whole[0], f"{entry.example!r} is read alike without the row"
    assert reading(entry.counterexample) == whole[1], (
        f"{entry.counterexample!r} is read otherwise without the row"
    )
    assert entry.meaning
    assert entry.counterexample


@pytest.mark.parametrize("name", FILES)
def test_no_row_stands_twice(name):
    rows = lexicon.entries(name)
    assert len({(entry.group, entry.expression, entry.meaning) for entry in rows}) == len(rows)
