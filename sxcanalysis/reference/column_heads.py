"""What the head of a table's column says that the column holds (``data/lexicon/columns.csv``)."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from sxcanalysis.reference import lexicon

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 20
_SURE = {"number", "bodies", "whole"}  # no cell of a task reads so
_BLANK = re.compile(r"[\s*#]+")
_DIGITS = str.maketrans("０１２３４５６７８９()", "0123456789（）")


@lru_cache(maxsize=4096)
def column_group(head: str) -> str:
    """
    Return the group of the lexicon that a head belongs to, empty where it belongs to none.

    The row whose words fill most of the head holds, so that a longer word that a person adds to the lexicon wins.

    Examples
    --------
    >>> column_group("牵头单位"), column_group("完成时限"), column_group("云岭")
    ('bodies', 'deadline', '')
    """
    name = _BLANK.sub("", head).translate(_DIGITS)
    if not name or len(name) > _LONGEST:
        return ""
    found = [(len(match[0]), group) for expression, group in _heads() if (match := expression.search(name))]
    return max(found)[1] if found else ""


def is_head(words: Sequence[str]) -> bool:
    """
    Whether the cells of a row name columns: short words, none a number.

    At least two of them and half of all are known, or one says 序号 or names the bodies.
    """
    filled = [word for word in words if word.strip()]
    if len(filled) < 2 or any(
        len(word) > _LONGEST or re.fullmatch(r"[\d.]+|.*[。；]", word) for word in filled
    ):
        return False
    groups = [group for word in filled if (group := column_group(word))]
    return bool(_SURE & set(groups)) or (len(groups) >= 2 and 2 * len(groups) >= len(filled))


@cache
def _heads() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(entry.expression), entry.group) for entry in lexicon.entries("columns"))
