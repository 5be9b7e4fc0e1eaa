"""The projects that a task names, and the stage that its verbs plan for each.

A clause says what is planned before its names (建成A、B), after them (推动D前期工作), or on both sides (完成E工程建设). Which
words say so, and which endings make a name that of a project, stands in ``data/lexicon/project_verbs.csv`` and
``project_endings.csv``.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from sxcanalysis.core.paths import data_dir
from sxcanalysis.reference.gazetteer import gazetteer, scan
from sxcanalysis.reference.lexicon import Entry, entries
from sxcanalysis.text.normal_form import Shadow, cast_shadow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

COLUMNS = (
    "project_id", "task_id", "name", "name_en", "kind", "stage", "stage_verb", "section", "generic", "start", "end",
)  # fmt: skip
# What words on both sides of a name say together: preparation comes before all else, a bare verb (加快, 推进) last.
STAGES = ("preparatory", "completed", "started", "continued", "under_construction", "programme")
_LENT = 12  # names of a list that may wait for an ending that the last of them bears
_LONGEST_NAME = 45
_LONGEST_LEAD = 15  # characters that may stand before the verb: 协同上海市加快推进…
_BRACKETS = re.compile(r"（[^）]*）")
_OPENING = re.compile(r"^(?:[了以在]|包括|在建的?|拟建的?|以及)+")
_GROUP = re.compile(
    r"(?<!高)等(?!级)(?P<group>[^等]{0,12})$|(?:为重点|为代表|在内)(?:的(?P<of>[^等]{0,12}))?$"
)
_SPLIT = re.compile(r"以及|[和与及暨]")


@dataclass(frozen=True)
class Grammar:
    """The lexicon's rows as the expressions that a clause is read with."""

    before: re.Pattern[str]  # what stands before names
    after: re.Pattern[str]  # what stands after a name, to the end of its part
    stages: tuple[tuple[str, re.Pattern[str], str], ...]  # side, words, stage
    kinds: tuple[tuple[str, re.Pattern[str]], ...]  # the first whose words stand in a name is its kind
    ends: re.Pattern[str]  # endings that make a name by themselves
    section: re.Pattern[str]  # a part of something that a kind names
    works: re.Pattern[str]
    place: re.Pattern[str]
    phase: re.Pattern[str]
    common: re.Pattern[str]
    count: re.Pattern[str]
    other: re.Pattern[str]  # what is named after a work and is none: 长江国家文化公园江苏段


class Part(NamedTuple):
    """A piece of a list: a name with what follows it; positions in the clause."""

    start: int
    end: int
    name: str
    tail: str  # what is said after the name
    group: str | None  # what the list is called: 等[重点水利工程]; None where nothing closes it


def read_projects(tasks: pd.DataFrame, text: str) -> pd.DataFrame:
    """
    Find the projects that tasks (``task_id start end``, the span of each in *text*) name.

    One row a project and place in the text, in its order. ``stage`` is what is planned: ``completed``, ``started``,
    ``continued``, ``under_construction`` (to be advanced), ``preparatory`` or ``programme`` (to be carried out), by the
    words in ``stage_verb``, which ``…`` parts where they stand on both sides. ``section`` is what a list says of all its
    names together (等[江苏段]建设). ``generic``: the words name a kind of works, not one of them. ``project_id`` and
    ``name_en`` are those of the register, ``""`` where it knows the project by none of its names.

    Examples
    --------
    >>> text = "建成沪苏湖铁路，推动常泰城际铁路前期工作。"
    >>> tasks = pd.DataFrame({"task_id": ["2030-01"], "start": [0], "end": [len(text)]})
    >>> read_projects(tasks, text)[["name", "stage"]].values.tolist()
    [['沪苏湖铁路', 'completed'], ['常泰城际铁路', 'preparatory']]
    """
    shadow, grammar, known = cast_shadow(text), grammar_of_projects(), registered_names()
    rows = []
    for task_id, start, end in zip(tasks["task_id"], tasks["start"], tasks["end"], strict=True):
        first, last = (int(n) for n in shadow.at.searchsorted([start, end]))
        found = list(_in_task(shadow.chars[first:last], grammar))
        for n, (part, kind, stage, verb) in enumerate(found):
            near = sorted(range(len(found)), key=lambda k, n=n: abs(k - n))  # type: ignore[misc]
            kind = kind or next((found[k][1] for k in near if found[k][1]), "other")  # noqa: PLW2901
            span = shadow.span(first + part.start, first + part.end)
            project, name_en = known.get(part.name, ("", ""))
            if not _is_distinctive(part.name, grammar) and not project.startswith(f"{task_id}-"):
                project, name_en = "", ""  # any city has such works: its name tells no one thing
            rows.append((
                project, task_id, _as_printed(shadow, *span), name_en, kind, stage, verb, _section(part.group),
                is_generic(part.name, grammar), *span,
            ))  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"generic": bool, "start": "int64", "end": "int64"})


def _section(group: str | None) -> str:
    return group if group and group.endswith("段") else ""


def _as_printed(shadow: Shadow, start: int, end: int) -> str:
    """Quote a name without the blanks that only a line end or the setting put into it."""
    words = re.sub(r"\s*\n\s*", "", shadow.text[start:end])
    return re.sub(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])", "", words)


def registered_names() -> dict[str, tuple[str, str]]:
    """Return id and English name of each project of the register by each of its names, in the one spelling."""
    path = data_dir() / "projects" / "projects.csv"
    return _registered(path, path.stat().st_mtime_ns) if path.is_file() else {}


@lru_cache(maxsize=4)
def _registered(path: Path, stamp: int) -> dict[str, tuple[str, str]]:  # noqa: ARG001  # an edited file is read anew
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return {
            cast_shadow(name).chars: (row["project_id"], row["name_en"])
            for row in csv.DictReader(stream)
            for name in (row["name"], *row.get("aliases", "").split(";"))
            if name
        }


def grammar_of_projects() -> Grammar:
    """Make the grammar of what the lexicon holds now."""
    return _grammar(entries("project_verbs"), entries("project_endings"))


@lru_cache(maxsize=4)
def _grammar(verbs: tuple[Entry, ...], endings: tuple[Entry, ...]) -> Grammar:
    def either(rows: Iterable[Entry]) -> str:
        words = sorted((row.expression for row in rows), key=len, reverse=True)
        return "(?:" + ("|".join(words) or r"(?!)") + ")"

    def of(rows: tuple[Entry, ...], *groups: str) -> str:
        return either(row for row in rows if row.group.split()[0] in groups)

    adverb, word, after = of(verbs, "adverb"), of(verbs, "before"), of(verbs, "after")
    return Grammar(
        before=re.compile(rf"{adverb}{{0,4}}+{word}(?:{word}|{adverb}){{0,6}}+"),
        after=re.compile(rf"(?:{word}|{adverb}){{0,5}}{after}{{1,3}}(?:等|工作)?$"),
        stages=tuple(
            (side, re.compile(row.expression), stage)
            for row in verbs
            for side, _, stage in [row.group.partition(" ")]
            if stage not in {"", "neutral"}
        ),
        kinds=tuple(
            (row.group.split()[1].replace("any", ""), re.compile(row.expression))
            for row in endings
            if row.group.startswith(("in ", "end "))
        ),
        ends=re.compile(of(endings, "end") + "$"),
        section=re.compile(of(endings, "section") + "$"),
        works=re.compile(of(endings, "works") + "$"),
        place=re.compile(of(endings, "place")),
        phase=re.compile(of(endings, "phase")),
        common=re.compile(of(endings, "common")),
        count=re.compile(of(endings, "count")),
        other=re.compile(of(endings, "not")),
    )


def _in_task(chars: str, grammar: Grammar) -> Iterator[tuple[Part, str, str, str]]:
    """Yield each project of a task with its kind, its stage and the words for it."""
    for sentence in re.finditer(r"[^。；;！!？?]+", chars):
        head = ""
        for at, clause in _parted(sentence[0], "，:："):
            offset = sentence.start() + at
            opening = _opening_verb(clause, grammar)
            begin = opening.end() if opening else 0
            head = opening[0] if opening else head
            parts = list(_parts(clause, begin, grammar))
            for k, part in enumerate(parts):
                kind = _kind(part, parts[k + 1 :], grammar)
                stage, verb = _stage(
                    head if opening or not part.tail else "", _tail(parts, k, grammar), grammar
                )
                if kind is not None and stage:
                    moved = part._replace(start=part.start + offset, end=part.end + offset)
                    yield moved, kind, stage, verb


def _parted(text: str, signs: str) -> Iterator[tuple[int, str]]:
    """Part a text at signs that stand outside brackets."""
    depth = begin = 0
    for at, char in enumerate(text):
        depth = max(0, depth + (char == "（") - (char == "）"))
        if char in signs and not depth:
            yield begin, text[begin:at]
            begin = at + 1
    yield begin, text[begin:]


def _opening_verb(clause: str, grammar: Grammar) -> re.Match[str] | None:
    """Find the words that say what is planned for the names after them."""
    for found in grammar.before.finditer(clause[: _LONGEST_LEAD + 10]):
        lead = clause[: found.start()]
        names = grammar.ends.search(lead) or grammar.works.search(lead) or grammar.section.search(lead)
        if found.start() == 0 or (found.start() <= _LONGEST_LEAD and not names and "、" not in lead):
            return found
        if names:
            return None
    return None


def _parts(clause: str, begin: int, grammar: Grammar) -> Iterator[Part]:
    """Take a list of names apart; each part with what closes the list that it stands in."""
    pieces: list[tuple[int, str]] = []
    for at, piece in _parted(clause[begin:], "、"):
        alone = grammar.works.sub("", _without_tail(piece, grammar).name)
        if pieces and len(alone) < 4 and grammar.phase.match(alone):  # 一期、二期工程
            before, _ = pieces.pop()
            pieces.append((before, clause[begin + before : begin + at + len(piece)]))
            continue
        pieces += [(at + more, words) for more, words in _joined(piece, grammar)]
    parts = []
    for at, piece in pieces:
        cut = opening.end() if (opening := _OPENING.match(piece)) else 0
        parts.append(_without_tail(piece[cut:], grammar)._replace(start=begin + at + cut))
    works = [grammar.works.search(part.name) for part in parts]
    for k, (part, of_all) in enumerate(zip(parts, works, strict=True)):
        name = part.name
        # 甲枢纽、乙段[工程]建设: what only the last name has belongs to the list.
        if (
            of_all
            and k == len(parts) - 1 > 0
            and part.group is None
            and not any(works[:-1])
            and _names(name[: of_all.start()], grammar)
        ):
            name = name[: of_all.start()]
        group = next((one.group for one in parts[k:] if one.group is not None), None)
        yield part._replace(name=name, end=part.start + len(name), group=group)


def _joined(piece: str, grammar: Grammar) -> Iterator[tuple[int, str]]:
    """Part a piece at 和 and its like where what stands before is a whole name."""
    begin = 0
    for sign in _SPLIT.finditer(piece):
        left = piece[begin : sign.start()]
        inside = left.count("（") > left.count("）")
        if not inside and left and _names(_without_tail(left, grammar).name, grammar):
            yield begin, left + ("" if _without_tail(left, grammar).tail else "等")  # 甲和乙续建: both
            begin = sign.end()
    yield begin, piece[begin:]


def _without_tail(piece: str, grammar: Grammar) -> Part:
    """Take what is said after a name, and what its list is called, from the name."""
    name, tail, group = piece.removesuffix("等"), "", None if not piece.endswith("等") else ""
    if said := grammar.after.search(name, max(0, len(name) - _LONGEST_NAME)):
        name, tail = name[: said.start()], said[0].removesuffix("等")
    if called := _GROUP.search(_BRACKETS.sub(lambda b: "□" * len(b[0]), name)):
        name, group = name[: called.start()], called["group"] or called["of"] or ""
    return Part(0, 0, name, tail, group)


def _tail(parts: list[Part], k: int, grammar: Grammar) -> str:
    """Return what is said after a name, or after the list that it belongs to.

    What follows the last name of a list holds for all of it if 等 closes the list, or if the names need it: 甲、乙前期工作;
    but not for a name that is itself a piece of work: 甲整治、乙开工建设.
    """
    if parts[k].tail:
        return parts[k].tail
    for later in range(k + 1, len(parts)):
        if parts[later].tail:
            between = parts[k:later]
            whole = parts[k].group is not None or not any(_is_work(part.name, grammar) for part in between)
            return parts[later].tail if whole else ""
    return ""


def _is_work(name: str, grammar: Grammar) -> bool:
    return any(
        kind in {"", "water_works"} and re.search(pattern.pattern + "$", name) for kind, pattern in grammar.kinds
    ) or bool(grammar.works.search(name))  # fmt: skip


def _stage(head: str, tail: str, grammar: Grammar) -> tuple[str, str]:
    """Say what words before and after a name plan for it, and which words say so."""
    said = {
        stage
        for side, pattern, stage in grammar.stages
        for words in (head, tail)
        if words and ((side == "before") == (words is head)) and pattern.search(words)
    }
    stage = next((stage for stage in STAGES if stage in said), "")
    return stage, "…".join(filter(None, (head, tail)))


def _names(name: str, grammar: Grammar) -> bool:
    """Whether words can be the name of a project by their own ending."""
    core = _BRACKETS.sub("", name)
    if not 2 < len(core) <= _LONGEST_NAME or grammar.count.match(core):
        return False
    if grammar.ends.search(core):
        return True
    told = any(pattern.search(core) for _, pattern in grammar.kinds)
    if grammar.section.search(core):
        return told and not grammar.other.search(core)
    return bool(grammar.works.search(core)) and (
        told or bool(grammar.phase.search(name)) or _is_placed(name, grammar)
    )


def _kind(part: Part, later: list[Part], grammar: Grammar) -> str | None:
    """Return the kind of project that words name, ``""`` if they leave it open, None if they name none."""
    name = part.name
    core = _BRACKETS.sub("", name)
    own = _names(name, grammar)
    # 沪宁、宁杭高铁: a short name may leave its ending to the next one of the list.
    lent = (
        next((one for one in later[:_LENT] if _names(one.name, grammar)), None)
        if not own and 1 < len(core) < 8
        else None
    )
    if lent is not None and (grammar.count.match(core) or not _is_abbreviation(core)):
        lent = None
    if not own and lent is None:
        return None
    if is_generic(name, grammar) and not grammar.works.search(core):
        return None  # 生态清淤, 高速公路: kinds of works, not a project
    words = core if own or lent is None else core + lent.name
    found = [kind for kind, pattern in grammar.kinds if pattern.search(words)]
    return next(filter(None, found), "")


def _is_abbreviation(core: str) -> bool:
    """Whether each character stands for a place: 通苏嘉甬."""
    return len(core) <= 6 and all(char in _first_characters() for char in core)


@lru_cache(maxsize=1)
def _first_characters() -> frozenset[str]:
    units = [
        form
        for form, (_, places) in gazetteer().forms.items()
        if places[0].kind in {"province", "city", "county"}
    ]
    return frozenset(form[0] for form in units) | frozenset("沪渝蓉甬皖粤浙苏鲁赣鄂湘闽黔滇晋冀豫陕甘青津京")


def is_generic(name: str, grammar: Grammar) -> bool:
    """Whether a name tells no one thing, and no phase of one: 城市外围防洪排涝工程."""
    return not grammar.phase.search(name) and not _is_distinctive(name, grammar)


def _is_distinctive(name: str, grammar: Grammar) -> bool:
    """Whether a name is more than common words: it holds a place, or a word that is not common."""
    core = _BRACKETS.sub("", name)
    if _is_placed(name, grammar):
        return True
    rest = grammar.common.sub("", grammar.phase.sub("", grammar.works.sub("", core)))
    return bool(rest.strip("等的"))


def _is_placed(name: str, grammar: Grammar) -> bool:
    """Whether a name holds a place."""
    core = _BRACKETS.sub("", name)
    return bool(grammar.place.search(core) or _holds_unit(core))


@lru_cache(maxsize=4096)
def _holds_unit(name: str) -> bool:
    return bool(scan(name, gazetteer()))
