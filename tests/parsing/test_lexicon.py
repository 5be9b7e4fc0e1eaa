"""Every row of the lexicon is needed by its example, and leaves its counterexample alone."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pytest

from sxcanalysis.parsing.attributions.attribution import is_credible, read_attribution
from sxcanalysis.parsing.attributions.names import is_plausible
from sxcanalysis.parsing.attributions.rules import find_rules
from sxcanalysis.parsing.draft import begin_draft, has_web_words, is_closing_note, is_web_line, page_furniture
from sxcanalysis.parsing.places.mentions import read_mentions
from sxcanalysis.parsing.targets.reading import extract_targets
from sxcanalysis.parsing.task_facts import deadlines, labelled_deadline, milestone
from sxcanalysis.parsing.tasklist import parse_document
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


def places(words):
    tasks = pd.DataFrame({"task_id": ["1"], "start": [0], "end": [len(words)]})
    mentions, issues = read_mentions(tasks, words)
    return mentions[["name", "kind", "in_name"]].to_numpy().tolist(), issues


def rules_of(words):
    rules = find_rules(begin_draft(words))
    return rules.first_leads_from, rules.others_support, [pair.body for _, pair, _ in rules.implementers]


def tasks_under(heading):
    text = f"1.{heading}。坚持发展。\n2.建设水厂。（省科技厅负责）"
    return parse_document(text).tasks["text"].tolist()


def said_below(cell):
    text = f"序号\t任务\t牵头单位\n1\t修渠\t市水利局\n2\t建闸\t{cell}\n3\t造林\t市林业局\n"
    return parse_document(text).assignments["body"].tolist()


READINGS = {
    "rules": rules_of,
    "sections": tasks_under,
    "targets": extract_targets,
    "places": places,
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
    "names:as above": said_below,
    "names:whoever": credible,
    "names:whoever does": credible,
    **dict.fromkeys(("names:verb", "names:nobody", "names:person"), is_plausible),
    "names:sentence": lambda words: is_plausible(words, listed=True),
}
FILES = sorted({name.split(":")[0] for name in READINGS})
# What the parser remembers and no row of the lexicon changes.
LASTING = {"sxcanalysis.reference.gazetteer", "sxcanalysis.reference.units", "sxcanalysis.core.paths"}


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
    """Take rows of a file away."""
    read = lexicon.read_entries.__wrapped__

    def take(name, lines):
        path = FOLDER / f"{name}.csv"
        kept = tuple(row for line, row in enumerate(read(path)) if line not in lines)
        forget()
        monkeypatch.setattr(lexicon, "read_entries", lru_cache(lambda p: kept if p == path else read(p)))

    yield take
    monkeypatch.undo()
    forget()


def batches(rows):
    """Put rows together of which none matches in the example or counterexample of another: taking one away touches no other."""
    found = [re.compile(row.expression) for row in rows]

    def touches(one, other):
        return any(found[one].search(words) for words in (rows[other].example, rows[other].counterexample))

    together: list[list[int]] = []
    for line in range(len(rows)):
        for batch in together:
            if not any(touches(line, one) or touches(one, line) for one in batch):
                batch.append(line)
                break
        else:
            together.append([line])
    return together


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_needed(name, without):
    rows = lexicon.entries(name)
    readings = [READINGS.get(f"{name}:{row.group}") or READINGS[name] for row in rows]
    whole = [(read(row.example), read(row.counterexample)) for read, row in zip(readings, rows, strict=True)]
    wrong = [
        f"row {line + 2}: no meaning or counterexample"
        for line, row in enumerate(rows)
        if not (row.meaning and row.counterexample)
    ]
    for batch in batches(rows):
        without(name, set(batch))
        for line in batch:
            example, counterexample = rows[line].example, rows[line].counterexample
            if readings[line](example) == whole[line][0]:
                wrong.append(f"row {line + 2}: {example!r} is read alike without {rows[line].expression!r}")
            if readings[line](counterexample) != whole[line][1]:
                wrong.append(
                    f"row {line + 2}: {counterexample!r} is read otherwise without {rows[line].expression!r}"
                )
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", FILES)
def test_no_row_stands_twice(name):
    rows = lexicon.entries(name)
    assert len({(entry.group, entry.expression, entry.meaning) for entry in rows}) == len(rows)
