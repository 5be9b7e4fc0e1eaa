"""Which task of one edition continues which task of another: by their words, never by their numbers.

One to one first, so that the similarities add up to the most; then what is left is held against the pairs, because a task may have been
split in several, or several made one. A person's judgement goes before both.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml
from rapidfuzz import fuzz

from sxcanalysis.core.errors import DataError
from sxcanalysis.core.paths import data_file

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
_COMMON = 40  # a shingle that more tasks hold, and a third of them, says little about which task this is and makes long lists slow
_CANDIDATES = 12
_REORDERED = 1.4  # different tasks of 2024 share 0.21 of their rare words at most: 0.36 makes a pair
_BID = 2e-4  # by so much a pairing may miss the best sum for each pair


@dataclass(frozen=True)
class Pairing:
    """
    What continues what.

    Attributes
    ----------
    links
        Old row, new row, and how: ``one`` (to one), ``split`` (the old one has several successors) or ``merged``.
    nearest_old, nearest_new
        For each row without a successor or predecessor, the most similar row of the other edition and its likeness.
    reviewed
        The links that a person has judged.
    """

    links: list[tuple[int, int, str]]
    nearest_old: dict[int, tuple[int, float]]
    nearest_new: dict[int, tuple[int, float]]
    reviewed: frozenset[tuple[int, int]]


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
    Pair the tasks of two editions.

    Parameters
    ----------
    old, new
        ``task_id text`` and, where it is there, ``attribution``.
    reviewed
        From `reviewed_pairs`.

    Returns
    -------
    pairing
        See `Pairing`.

    Raises
    ------
    DataError
        If a reviewed pair names a task that is not there.
    """
    was, now = [plain(str(text)) for text in old["text"]], [plain(str(text)) for text in new["text"]]
    judged, settled_old, settled_new = _judged(old, new, reviewed)
    weights, parts = _Words(was + now), _Words([_NUMBER.sub("0", text) for text in was + now])
    free_old = [i for i in range(len(was)) if i not in settled_old]
    free_new = [j for j in range(len(now)) if j not in settled_new]
    pairs = dict(_same_words(old, new, was, now, free_old, free_new))
    left_old = [i for i in free_old if i not in pairs]
    left_new = [j for j in free_new if j not in set(pairs.values())]
    scores = weights.scores(was, now, left_old, left_new)
    pairs |= best_pairs(scores)
    links, nearest_old, nearest_new = _parts((weights, parts), was, now, pairs, settled_old, settled_new)
    told = sorted([*judged, *links], key=lambda link: (link[1], link[0]))
    return Pairing(told, nearest_old, nearest_new, frozenset((i, j) for i, j, _ in judged))


def reviewed_pairs(old: str, new: str) -> list[dict[str, Any]]:
    """
    Load what a person has judged about two editions.

    Parameters
    ----------
    old, new
        Their names; the file is ``data/corrections/pairs-OLD-NEW.yml``.

    Returns
    -------
    pairs
        Each with ``old`` and ``new``: a task id, a list of them (split, merged), or null where nothing continues the other; ``why``.
        None where there is no file.

    Raises
    ------
    DataError
        If an entry lacks one of these, or names nothing.
    """
    path = data_file(f"corrections/pairs-{old}-{new}.yml")
    if not path.is_file():
        return []
    found = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    for at, entry in enumerate(found, start=1):
        if (
            not isinstance(entry, dict)
            or not {"old", "new", "why"} <= set(entry)
            or not (entry["old"] or entry["new"])
        ):
            msg = f"{path}, entry {at}: expected old and new (a task id, a list of them, or null) and why; found {entry!r}. Complete it."
            raise DataError(msg)
    return list(found)


def _judged(
    old: pd.DataFrame, new: pd.DataFrame, reviewed: Iterable[Mapping[str, Any]]
) -> tuple[list[tuple[int, int, str]], set[int], set[int]]:
    """Return the links that a person has judged, and the rows for which nothing else is to be looked for."""
    rows = [{str(task): at for at, task in enumerate(table["task_id"])} for table in (old, new)]
    links: list[tuple[int, int, str]] = []
    settled: tuple[set[int], set[int]] = (set(), set())
    for entry in reviewed:
        sides = []
        for side, known, name in zip(("old", "new"), rows, ("older", "newer"), strict=True):
            ids = entry[side] if isinstance(entry[side], list) else [entry[side]] if entry[side] else []
            if lost := [str(one) for one in ids if str(one) not in known]:
                msg = f"the reviewed pair {entry['old']} – {entry['new']}: the {name} edition has no task {', '.join(lost)}. Mend the entry."
                raise DataError(msg)
            sides.append([known[str(one)] for one in ids])
        kind = "split" if len(sides[1]) > 1 else "merged" if len(sides[0]) > 1 else "one"
        links += [(i, j, kind) for i in sides[0] for j in sides[1]]
        settled[0].update(sides[0])
        settled[1].update(sides[1])
    return links, *settled


def _same_words(  # the two lists, three ways each
    old: pd.DataFrame,
    new: pd.DataFrame,
    was: list[str],
    now: list[str],
    free_old: list[int],
    free_new: list[int],
) -> Iterable[tuple[int, int]]:
    """Pair the tasks with the same words; of several with the same, those with the same bracket first."""
    brackets = [list(table.get("attribution", table["text"]).astype(str)) for table in (old, new)]
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    for strict in (True, False):
        waiting: dict[tuple[str, str], list[int]] = {}
        for i in free_old:
            if i not in taken_old:
                waiting.setdefault((was[i], brackets[0][i] if strict else ""), []).append(i)
        for j in free_new:
            same = waiting.get((now[j], brackets[1][j] if strict else ""))
            if same and j not in taken_new:
                i = same.pop(0)
                taken_old.add(i)
                taken_new.add(j)
                yield i, j


class _Words:
    """The shingles of texts, weighed by how few texts hold them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._of: dict[str, Counter[str]] = {
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
        most = max(_COMMON, len(now) // 3)
        rows = {shingle: np.array(held) for shingle, held in holders.items() if len(held) <= most}
        found: dict[int, dict[int, float]] = {}
        for i in old:
            mine = [shingle for shingle in self._of[was[i]] if shingle in rows]
            found[i] = {}
            if mine:
                weights = np.repeat(
                    [self._weight[shingle] for shingle in mine], [len(rows[shingle]) for shingle in mine]
                )
                shared = np.bincount(np.concatenate([rows[shingle] for shingle in mine]), weights)
                best = np.argsort(-shared, kind="stable")[:_CANDIDATES]
                found[i] = {int(j): self.score(was[i], now[j]) for j in best if shared[j] > 0}
        return found

    def score(self, one: str, other: str) -> float:
        """Return the likeness of two texts; where clauses changed places, what they share of rare words counts in its stead."""
        ratio = float(fuzz.ratio(one, other)) / 100
        if ratio >= SAME_TASK:
            return ratio
        common = self._common(one, other, both=True)
        return max(ratio, min(_REORDERED * common, SAME_TASK + 0.1 * common))

    def part(self, one: str, other: str, without: str = "") -> float:
        """Return the share of one text that another holds, leaving out what a third holds too."""
        return self._common(one, other, without=without)

    def _common(self, one: str, other: str, *, both: bool = False, without: str = "") -> float:
        mine, theirs, third = self._of[one], self._of[other], self._of.get(without, Counter())
        shared = sum(
            min(n, theirs[s]) * self._weight[s] for s, n in mine.items() if s in theirs and s not in third
        )
        whole = sum(n * self._weight[s] for s, n in mine.items())
        if both:
            return 2 * shared / ((whole + sum(n * self._weight[s] for s, n in theirs.items())) or 1.0)
        return shared / (whole or 1.0)


def best_pairs(scores: Mapping[int, Mapping[int, float]], least: float = SAME_TASK) -> dict[int, int]:
    """
    Pair one to one so that the scores add up to the most, by auction.

    Parameters
    ----------
    scores
        For each row of the one side, the scores of rows of the other.
    least
        Score that a pair needs; a row may stay alone instead.

    Returns
    -------
    pairs
        Row of the one side to row of the other.

    Notes
    -----
    Each row bids for the one that is worth most to it, by as much as that is better than its second choice; staying alone is always a
    choice. D. P. Bertsekas, Auction Algorithms for Network Flow Problems, Computational Optimization and Applications 1 (1992) 7–66.

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


def _parts(  # the two lists, and what is settled of each
    both: tuple[_Words, _Words],
    was: list[str],
    now: list[str],
    pairs: dict[int, int],
    settled_old: set[int],
    settled_new: set[int],
) -> tuple[list[tuple[int, int, str]], dict[int, tuple[int, float]], dict[int, tuple[int, float]]]:
    """Find what is a part of a task that was paired or of one that is left; name the nearest of the rest."""
    words, parts = both
    # What a text holds of another does not depend on its numbers: they change every year.
    bare_was, bare_now = ([_NUMBER.sub("0", text) for text in texts] for texts in (was, now))
    by_new = {j: i for i, j in pairs.items()}
    left_old = [i for i in range(len(was)) if i not in pairs and i not in settled_old]
    left_new = [j for j in range(len(now)) if j not in by_new and j not in settled_new]
    successors: dict[int, list[int]] = {i: [j] for i, j in pairs.items()}
    forebears: dict[int, list[int]] = {j: [i] for i, j in pairs.items()}
    near_new = words.scores(now, was, left_new, (i for i in range(len(was)) if i not in settled_old))
    near_old = words.scores(was, now, left_old, (j for j in range(len(now)) if j not in settled_new))
    for (
        j
    ) in left_new:  # a part of an old task: of one that has another successor already, what that one lacks
        held = {
            i: parts.part(bare_now[j], bare_was[i], bare_now[pairs[i]] if i in pairs else "")
            for i in near_new[j]
        }
        best = max(held, key=lambda i: (held[i], -i), default=None)
        if best is not None and held[best] >= PART:
            successors.setdefault(best, []).append(j)
    taken = {j for several in successors.values() for j in several}
    for i in left_old:
        if i in successors:
            continue
        held = {
            j: parts.part(bare_was[i], bare_now[j], bare_was[by_new[j]] if j in by_new else "")
            for j in near_old[i]
        }
        best = max(held, key=lambda j: (held[j], -j), default=None)
        if best is not None and held[best] >= PART and (best in by_new or best not in taken):
            forebears.setdefault(best, []).append(i)
    links = {
        (i, j): "split" if len(several) > 1 else "one" for i, several in successors.items() for j in several
    }
    for j, several in forebears.items():
        if len(several) > 1:
            links |= {(i, j): "merged" for i in several}
        else:
            links.setdefault((several[0], j), "one")
    told_old, told_new = {i for i, _ in links}, {j for _, j in links}
    nearest_old = {i: _nearest(near_old[i]) for i in left_old if i not in told_old and near_old[i]}
    nearest_new = {j: _nearest(near_new[j]) for j in left_new if j not in told_new and near_new[j]}
    return [(i, j, kind) for (i, j), kind in links.items()], nearest_old, nearest_new


def _nearest(scores: Mapping[int, float]) -> tuple[int, float]:
    best = max(scores, key=lambda at: (scores[at], -at))
    return best, scores[best]
