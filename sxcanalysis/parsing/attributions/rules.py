"""Rules given once in a document and valid for its attributions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sxcanalysis.parsing.attributions.attribution import Pair, read_attribution

if TYPE_CHECKING:
    from sxcanalysis.parsing.draft import Draft

# A rule is looked for in the sentence around its rarest words.
_RULE_WORDS = re.compile(r"下同|不再|不重复|第一位|首位|第一个|第一家|首个|第一的|第一单位|第一部门|第一名")
# 列第一位的为牵头单位，下同 · 排名第一的单位牵头
_FIRST_LEADS = re.compile(
    r"[^。；，（）：]{0,12}(?:第一|首)(?:位|个|名|家|列)?(?:的)?(?:责任)?(?:单位|部门|者)?(?:的)?(?:即?为|是|系)?"
    r"[^。；，（）]{0,6}牵头[^。；，（）]{0,10}(?:，(?:下同|以下同|不再[^。；，）]{0,8}))*"
)
# 以下任务均需各设区市政府落实，不再逐一列出 · 各县（市、区）政府均需落实，以下不再重复
_ALL_IMPLEMENT = re.compile(
    r"[^。；（）：，]{0,24}?(?:均?(?:需|须|由|要|应|涉及)由?|均由|均)(?P<body>(?:各|相关|有关|市|县)[^。；，]{1,30}?)"
    r"(?:(?:按职责(?:分工)?|结合实际|认真|贯彻|负责|具体|组织|抓好)*(?:落实|负责|实施)(?:，[^。；（）]{4,40}?)?)?"
    r"(?:，?(?:以下|下同|不再[^。；）]{1,10}|不重复[^。；）]{0,6}|以上))+"
    r"|(?P<unit>(?:各|相关|有关)[^。；，]{1,24}?)(?:均?为|是)(?:以下|下列|各项|所有|上述|本)?[^。；，]{0,8}的?(?:责任|实施|落实)(?:单位|主体)"
    r"(?:，?(?:以下|下同|不再[^。；）]{1,10}|不重复[^。；）]{0,6}))+"
)


@dataclass
class Rules:
    """What a document states once. Positions are in the shadow."""

    first_leads_from: int | None = None
    implementers: list[tuple[int, Pair, int]] = field(default_factory=list)  # offset, pair, valid from


def find_rules(draft: Draft) -> Rules:
    """Find the rules, and blot their words out of what the grammar of attributions reads."""
    rules = Rules()
    sentences = _sentences(draft)
    if not sentences:
        return rules
    legible = list(draft.chars)
    for match in (m for s in sentences for m in _FIRST_LEADS.finditer(draft.chars, *s)):
        if rules.first_leads_from is None:
            rules.first_leads_from = _valid_from(draft, match.start())
        draft.note("rule.first", *match.span())
        _blot(legible, *match.span())
    for match in (m for s in sentences for m in _ALL_IMPLEMENT.finditer(draft.chars, *s)):
        start, end = match.span("body" if match["body"] else "unit")
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
    for word in _RULE_WORDS.finditer(chars):
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
