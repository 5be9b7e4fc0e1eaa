"""Four times the text takes at most six times the processor's time, whatever the text repeats."""

from __future__ import annotations

import re
from pathlib import Path
from time import process_time

import pytest

from sxcanalysis.parsing.tasklist import parse_document
from sxcanalysis.reference import lexicon

# What a damaged or hostile text may repeat, and how often in the larger of two texts.
REPEATED = {
    "）": 16000, "（": 16000, "五万亿": 3000, "（省财政厅\n": 1200, "（（省财政厅））\n": 800, "新建水厂3座，": 800, "按职责分工": 3000,
    "省财政厅、": 2400, "省财政厅牵头，": 1600, "年底前": 3000, "分别达到5%、": 1200, "《规划》": 3000, "从3座提高到5座、": 800,
    "牵头": 5000, "牵头单位：": 2000, "完成时限：": 2000, "苏州市、": 3000, "鼓楼区": 3000, "万": 8000, "3": 8000, "其中": 4000, "全覆盖": 3000,
    "到2024年": 3000, "逐步全面": 3000, "责任单位：省财政厅\n": 800, "及": 8000, "总": 8000, "各": 8000,
}  # fmt: skip
LEAST = 0.4  # seconds of the processor: below it nothing is told apart from chance
CAP = 8.0


def _cost(text: str) -> float:
    start = process_time()
    found = parse_document("1." + text)
    len(found.tasks), len(found.mentions), len(found.issues)
    return process_time() - start


@pytest.mark.parametrize("unit", REPEATED)
def test_time_grows_with_the_text(unit: str) -> None:
    small, large = (_cost(unit * (REPEATED[unit] // k)) for k in (16, 4))
    assert large <= max(6 * small, LEAST)
    assert large <= CAP


def test_no_row_of_the_lexicon_repeats_a_repetition() -> None:
    """(a+)+ needs a time that doubles with each further character."""
    nested = re.compile(r"\((?:\?:)?[^()]*[+*][^()]*\)[+*]")
    for path in (Path(__file__).parents[2] / "data" / "lexicon").glob("*.csv"):
        for entry in lexicon.entries(path.stem):
            assert not nested.search(entry.pattern), f"{path.name}: {entry.pattern}"
