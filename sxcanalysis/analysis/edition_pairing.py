"""Which task of one edition continues which task of another: by their words, never by their numbers.

One to one first, so that the similarities add up to the most; then what is left is held against the pairs, because a task may have been
split in several, or several made one. A person's judgement goes before both.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from math import log
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import yaml
from rapidfuzz import fuzz

from sxcanalysis.core.errors import DataError
from sxcanalysis.core.paths import data_file
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

SAME_TASK = 0.5
"""Likeness (0 nothing shared, 1 the same) from which two texts count as one task, reworded.

Different tasks of the 2024 list reach at most 0.41.
"""
NEAR = 0.3
"""Likeness below which the nearest task of the other edition is not worth naming."""
PART = 0.55
"""Share of a text's words that another must hold for the one to be a part of the other; different tasks of 2024 reach 0.33."""

_DROP = re.compile(r"[\s，。、；：:;,.“”‘’\"'（）()《》—\-]+")
_LAYOUT = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])|(?<=\d)\s+(?=\d)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?|[〇一二三四五六七八九十百千]+(?=[万亿个条项亩家次公])")
_SHINGLE = 2  # characters: most words of Chinese have two
_COMMON = 400  # a shingle that more tasks hold, and a third of them, says little about which task this is and makes long lists slow
_RAREST = 4  # shingles of a text that are looked for however many tasks hold them
_CANDIDATES = 12
_REORDERED = 1.4  # different tasks of 2024 share 0.21 of their rare words at most: 0.36 makes a pair
_BID = 2e-4  # by so much a pairing may miss the best sum for each pair


@dataclass(frozen=True)
class Pairing:
    """
    What continues what.

    ``links``: old row, new row, and how: ``one`` (to one), ``split`` (the old one has several successors) or ``merged``. ``nearest_old``,
    ``nearest_new``: for each row without a successor or predecessor, the most similar row of the other edition and its likeness.
    ``reviewed``: the links that a person has judged.
    """

    links: list[tuple[int, int, str]]
    nearest_old: dict[int, tuple[int, float]]
    nearest_new: dict[int, tuple[int, float]]
    reviewed: frozenset[tuple[int, int]] = frozenset()


def plain(text: str) -> str:
    """Return a text without blanks and punctuation."""
    return _DROP.sub("", text)


def one_line(text: str) -> str:
    """Return a text without the line breaks and blanks beside Chinese characters that a document's layout put there."""
    return _LAYOUT.sub("", text).strip()


def likeness(one: str, other: str) -> float:
    """Return how alike two texts are, from 0 to 1: twice the characters in the longest common sequence, over all characters."""
    return float(fuzz.ratio(plain(one), plain(other))) / 100


def pair_tasks(old: pd.DataFrame, new: pd.DataFrame, reviewed: Iterable[Mapping[str, Any]] = ()) -> Pairing:
    """
    Pair the tasks of two editions by their ``text`` (and ``attribution``, where there is one), after what `reviewed_pairs` says.

    A reviewed pair that names a task that is not there is a `DataError`.
    """
    was, now = ([plain(str(text)) for text in table["text"]] for table in (old, new))
    judged = _judged(old, new, reviewed)
    free_old = [i for i in range(len(was)) if i not in judged.old]
    free_new = [j for j in range(len(now)) if j not in judged.new]
    words = _Words(was + now)
    pairs = _same_words(
        old.assign(words=was, place=range(len(was))).iloc[free_old],
        new.assign(words=now, place=range(len(now))).iloc[free_new],
    )
    taken = set(pairs.values())
    left = [i for i in free_old if i not in pairs], [j for j in free_new if j not in taken]
    pairs |= best_pairs(words.scores(was, now, *left))
    pairing = _with_parts(words, was, now, pairs, (free_old, free_new))
    links = sorted([*judged.links, *pairing.links], key=lambda link: (link[1], link[0]))
    return replace(pairing, links=links, reviewed=frozenset((i, j) for i, j, _ in judged.links))


def reviewed_pairs(old: str, new: str) -> list[dict[str, Any]]:
    """
    Load what a person has judged about two editions, from ``data/corrections/pairs-OLD-NEW.yml``; nothing where there is no file.

    Each entry has ``old`` and ``new``: a task id, a list of them (split, merged), or null where nothing continues the other; and
    ``why``. One that lacks something is a `DataError`.
    """
    path = data_file(f"corrections/pairs-{old}-{new}.yml")
    found = (yaml.safe_load(path.read_text(encoding="utf-8")) or []) if path.is_file() else []
    for at, entry in enumerate(found, start=1):
        whole = isinstance(entry, dict) and {"old", "new", "why"} <= set(entry)
        if not whole or not (entry["old"] or entry["new"]):
            raise DataError(say("error.pairing_entry", spoken(), file=path, n=at, found=entry))
    return list(found)


class _Judged(NamedTuple):
    """The links that a person has judged, and the rows for which nothing else is to be looked for."""

    links: list[tuple[int, int, str]]
    old: set[int]
    new: set[int]


def _judged(old: pd.DataFrame, new: pd.DataFrame, reviewed: Iterable[Mapping[str, Any]]) -> _Judged:
    rows = [{str(task): at for at, task in enumerate(table["task_id"])} for table in (old, new)]
    judged = _Judged([], set(), set())
    for entry in reviewed:
        sides = []
        for side, known in zip(("old", "new"), rows, strict=True):
            ids = entry[side] if isinstance(entry[side], list) else [entry[side]] if entry[side] else []
            if lost := [str(one) for one in ids if str(one) not in known]:
                raise DataError(
                    say(
                        f"error.pairing_lost_{side}",
                        spoken(),
                        old=entry["old"],
                        new=entry["new"],
                        lost=", ".join(lost),
                    )
                )
            sides.append([known[str(one)] for one in ids])
        kind = "split" if len(sides[1]) > 1 else "merged" if len(sides[0]) > 1 else "one"
        judged.links.extend((i, j, kind) for i in sides[0] for j in sides[1])
        judged.old.update(sides[0])
        judged.new.update(sides[1])
    return judged


def _same_words(old: pd.DataFrame, new: pd.DataFrame) -> dict[int, int]:
    """Pair the tasks with the same words; of several with the same, those with the same bracket first."""
    pairs: dict[int, int] = {}
    for column in ("attribution", "words"):
        keys = ["words", column if column in old and column in new else "words"]
        waiting: dict[tuple[Any, ...], list[int]] = {}
        for i, key in zip(old["place"], old[keys].itertuples(index=False, name=None), strict=True):
            if i not in pairs:
                waiting.setdefault(key, []).append(i)
        taken = set(pairs.values())
        for j, key in zip(new["place"], new[keys].itertuples(index=False, name=None), strict=True):
            if j not in taken and waiting.get(key):
                pairs[waiting[key].pop(0)] = j
    return pairs


class _Words:
    """The shingles of texts, weighed by how few texts hold them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._of = {
            text: Counter(text[k : k + _SHINGLE] for k in range(len(text) - _SHINGLE + 1)) for text in texts
        }
        held = Counter(shingle for text in texts for shingle in self._of[text])
        self._weight = {shingle: log(len(texts) / n) + 0.1 for shingle, n in held.items()}

    def scores(
        self, was: list[str], now: list[str], old: Iterable[int], new: Iterable[int]
    ) -> dict[int, dict[int, float]]:
        """Score the pairs that could be one task; what they share chooses them, because comparing all would be slow."""
        holders: dict[str, list[int]] = {}
        for j in new:
            for shingle in self._of[now[j]]:
                holders.setdefault(shingle, []).append(j)
        most = min(max(_COMMON // 10, len(now) // 3), _COMMON)
        found: dict[int, dict[int, float]] = {}
        for i in old:
            known = sorted((s for s in self._of[was[i]] if s in holders), key=lambda s: len(holders[s]))
            mine = [s for k, s in enumerate(known) if k < _RAREST or len(holders[s]) <= most]
            weights = np.repeat([self._weight[s] for s in mine], [len(holders[s]) for s in mine])
            rows = np.concatenate([holders[s] for s in mine]).astype(int) if mine else np.zeros(0, dtype=int)
            shared = np.bincount(rows, weights, minlength=1)
            best = np.argsort(-shared, kind="stable")[:_CANDIDATES]
            found[i] = {int(j): self.score(was[i], now[j]) for j in best if shared[j] > 0}
        return found

    def score(self, one: str, other: str) -> float:
        """Return the likeness of two texts; where clauses changed places, what they share of rare words counts in its stead."""
        ratio = float(fuzz.ratio(one, other)) / 100
        if ratio >= SAME_TASK:
            return ratio
        both = self._whole(one) + self._whole(other)
        common = 2 * self._shared(one, other) / (both or 1.0)
        return max(ratio, min(_REORDERED * common, SAME_TASK + 0.1 * common))

    def part(self, one: str, other: str, without: str = "") -> float:
        """Return the share of one text that another holds, leaving out what a third holds too."""
        return self._shared(one, other, without) / (self._whole(one) or 1.0)

    def _whole(self, text: str) -> float:
        return sum(n * self._weight[shingle] for shingle, n in self._of[text].items())

    def _shared(self, one: str, other: str, without: str = "") -> float:
        theirs, third = self._of[other], self._of.get(without, Counter())
        return sum(
            min(n, theirs[s]) * self._weight[s]
            for s, n in self._of[one].items()
            if s in theirs and s not in third
        )


def best_pairs(scores: Mapping[int, Mapping[int, float]], least: float = SAME_TASK) -> dict[int, int]:
    """
    Pair rows of one side to rows of the other so that the scores add up to the most; a row may stay alone.

    By auction: each row bids for the one that is worth most to it, by as much as that is better than its second choice; staying
    alone is always a choice, worth ``least`` (D. P. Bertsekas, Auction Algorithms for Network Flow Problems, Computational
    Optimization and Applications 1 (1992) 7–66). Only the candidates are looked at, so that long lists stay quick.

    Examples
    --------
    >>> best_pairs({0: {0: 0.9, 1: 0.8}, 1: {0: 0.8}})
    {0: 1, 1: 0}
    """
    price: dict[int, float] = {}
    owner: dict[int, int] = {}
    bidders = [i for i in scores if scores[i]][::-1]
    while bidders:
        i = bidders.pop()
        worth = sorted(
            ((score - price.get(j, 0.0), j) for j, score in scores[i].items() if score >= least), reverse=True
        )
        if not worth or worth[0][0] < least:
            continue  # it stays alone
        second = max(worth[1][0] if len(worth) > 1 else least, least)
        j = worth[0][1]
        price[j] = price.get(j, 0.0) + worth[0][0] - second + _BID
        if j in owner:
            bidders.append(owner[j])
        owner[j] = i
    return dict(sorted((i, j) for j, i in owner.items()))


def _with_parts(
    words: _Words, was: list[str], now: list[str], pairs: dict[int, int], free: tuple[list[int], list[int]]
) -> Pairing:
    """Find what is a part of a task that was paired or of one that is left; name the nearest of the rest."""
    # What a text holds of another does not depend on its numbers: they change every year.
    bare_was, bare_now = ([_NUMBER.sub("0", text) for text in texts] for texts in (was, now))
    parts = _Words(bare_was + bare_now)
    by_new = {j: i for i, j in pairs.items()}
    left_old, left_new = [i for i in free[0] if i not in pairs], [j for j in free[1] if j not in by_new]
    near_old = words.scores(was, now, left_old, free[1])
    near_new = words.scores(now, was, left_new, free[0])

    def whole_of(
        text: str, near: Iterable[int], others: list[str], partners: Mapping[int, str]
    ) -> int | None:
        """Name the text that holds most of this one; of one that has a partner, what that lacks."""
        held = {at: parts.part(text, others[at], partners.get(at, "")) for at in near}
        best = max(held, key=lambda at: (held[at], -at), default=None)
        return best if best is not None and held[best] >= PART else None

    successors = {i: [j] for i, j in pairs.items()}
    forebears = {j: [i] for i, j in pairs.items()}
    partners_old = {i: bare_now[j] for i, j in pairs.items()}
    partners_new = {j: bare_was[i] for i, j in pairs.items()}
    for j in left_new:
        out_of = whole_of(bare_now[j], near_new[j], bare_was, partners_old)
        if out_of is not None:
            successors.setdefault(out_of, []).append(j)
    taken = {j for several in successors.values() for j in several}
    for i in left_old:
        into = None if i in successors else whole_of(bare_was[i], near_old[i], bare_now, partners_new)
        if into is not None and (into in by_new or into not in taken):
            forebears.setdefault(into, []).append(i)
    links = {
        (i, j): "split" if len(several) > 1 else "one" for i, several in successors.items() for j in several
    }
    for j, several in forebears.items():
        if len(several) > 1:
            links |= {(i, j): "merged" for i in several}
        else:
            links.setdefault((several[0], j), "one")
    told_old, told_new = ({link[side] for link in links} for side in (0, 1))
    return Pairing(
        [(i, j, kind) for (i, j), kind in links.items()],
        {i: _nearest(near_old[i]) for i in left_old if i not in told_old and near_old[i]},
        {j: _nearest(near_new[j]) for j in left_new if j not in told_new and near_new[j]},
    )


def _nearest(scores: Mapping[int, float]) -> tuple[int, float]:
    best = max(scores, key=lambda at: (scores[at], -at))
    return best, scores[best]
