"""Text that a spreadsheet must not take for a formula: one guard for every file that one may open."""

from __future__ import annotations

#: First characters with which a spreadsheet may take text for a formula, half and full width.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def neutralise(text: str) -> str:
    """
    Return a text that no spreadsheet takes for a formula: with an apostrophe before it where that is needed.

    Examples
    --------
    >>> neutralise("=1+1"), neutralise("苏州市")
    ("'=1+1", '苏州市')
    """
    bare = text.lstrip(" \u3000\xa0")
    return "'" + text if bare.startswith(FORMULA_STARTS) else text
