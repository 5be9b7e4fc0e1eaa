"""Rules given once in a document and valid for its attributions (``data/lexicon/rules.csv``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sxcanalysis.parsing.attributions.attribution import Pair, read_attribution
from sxcanalysis.reference.lexicon import compiled

if TYPE_CHECKING:
    from sxcanalysis.parsing.draft import Draft


@dataclass
class Rules:
    """What a document states once. Positions are in the shadow."""

    first_leads_from: int | None = None
    others_support: bool = False  # the units behind the first one
    implementers: list[tuple[int, Pair, int]] = field(default_factory=list)  # offset, pair, valid from


def find_rules(draft: Draft) -> Rules:
    """Find the rules, and blot their words out of what the grammar of attributions reads."""
    rules = Rules()
    sentences = _sentences(draft)
    if not sentences:
        return rules
    legible = list(draft.chars)
    for match in (m for s in sentences for m in compiled("«rules:first leads»").finditer(draft.chars, *s)):
        if rules.first_leads_from is None:
            rules.first_leads_from = _valid_from(draft, match.start())
            rules.others_support = bool(compiled("«rules:others support»").match(draft.chars, match.end()))
        draft.note("rule.first", *match.span())
        _blot(legible, *match.span())
    for match in (m for s in sentences for m in compiled("«rules:all implement»").finditer(draft.chars, *s)):
        start, end = match.span(match.lastgroup or 0)
        reading = read_attribution(draft.chars[start:end])
        valid_from = _valid_from(draft, match.start())
        rules.implementers += [(start, pair, valid_from) for pair in (reading.pairs if reading else ())]
        draft.note("rule.all", *match.span())
        _blot(legible, *match.span())
    draft.legible = "".join(legible)
    return rules


def _sentences(draft: Draft) -> list[tuple[int, int]]:
    """Return the sentences that may state a rule, joined where they overlap."""
    chars = draft.chars
    found: list[tuple[int, int]] = []
    for word in compiled("«rules:trigger»").finditer(chars):
        start = max(chars.rfind("。", 0, word.start()) + 1, word.start() - 120)
        end = chars.find("。", word.end(), word.end() + 80)
        end = min(word.end() + 80, len(chars)) if end < 0 else end
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _valid_from(draft: Draft, position: int) -> int:
    """Return where a rule begins to hold: at its own line where it says 下同, else everywhere."""
    onward = (
        "下同" in draft.chars[position : position + 60]
        or "以下" in draft.chars[max(0, position - 20) : position + 40]
    )
    return draft.line_start(position) if onward else 0


def _blot(legible: list[str], start: int, end: int) -> None:
    if start and end < len(legible) and legible[start - 1] == "（" and legible[end] == "）":
        start, end = start - 1, end + 1
    legible[start:end] = "；" * (end - start)
