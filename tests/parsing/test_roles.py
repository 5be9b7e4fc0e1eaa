"""A role word is read in every place in which lists write one."""

from __future__ import annotations

import pytest

from sxcanalysis.parsing.attributions.attribution import ROLES, role_of_label
from sxcanalysis.parsing.tasklist import parse_document
from sxcanalysis.reference.lexicon import entries

ROWS = [entry for entry in entries("roles") if entry.group in {"role", "label role"}]
#: Words that a name may have before it or behind it, and phrases made of them.
AFTER_NAMES = {entry.word: entry.meaning for entry in ROWS if entry.group == "role"} | {
    "牵头负责": "lead", "按职责分工负责": "responsible", "具体落实": "implementing", "指导协调": "coordinating",
    "组织实施": "implementing", "分别负责": "responsible", "协同配合": "supporting", "共同负责": "responsible",
}  # fmt: skip
#: Words that are roles in a label only: after a name they are ordinary words (省科技厅主要…).
IN_LABELS = AFTER_NAMES | {entry.word: entry.meaning for entry in ROWS if entry.group == "label role"}
#: What a place cannot hold, and why.
EXCEPTIONS = {
    ("after a name", "会同"): "it stands between two names",
    ("end of a sentence", "会同"): "it stands between two names",
}
PLACES = {
    "after a name": (AFTER_NAMES, "1.建设甲实验室。（省科技厅{}）"),
    "label in a bracket": (IN_LABELS, "1.建设甲实验室。（{}单位：省科技厅）"),
    "line of its own": (IN_LABELS, "1.建设甲实验室。\n{}单位：省科技厅"),
    "label inside a line": (
        IN_LABELS,
        "1.建设甲实验室。{}单位：省科技厅。2.建设乙中心。牵头单位：省财政厅。",
    ),
    "end of a sentence": (AFTER_NAMES, "1.关于甲实验室建设和运行管理的有关问题，由省科技厅{}。"),
    "head of a column": (
        IN_LABELS,
        "序号\t任务\t牵头单位\t{}单位\n1\t建设甲实验室\t省财政厅\t省科技厅\n2\t建设乙中心\t省财政厅\t省科技厅",
    ),
}
CELLS = [
    pytest.param(place, word, id=f"{place}-{word}")
    for place, (words, _) in PLACES.items()
    for word in words
    if (place, word) not in EXCEPTIONS
]


@pytest.mark.parametrize(("place", "word"), CELLS)
def test_role_by_place(place, word):
    words, text = PLACES[place]
    text = text.format(word)
    found = parse_document(text).assignments
    of_body = found[found["body"] == "省科技厅"]
    assert set(of_body["role"]) == {words[word]}, text
    assert set(of_body["role_basis"]) == {"stated"}


def test_enough_words_are_tried():
    assert len(IN_LABELS) >= 40
    assert set(IN_LABELS.values()) == set(ROLES)
    assert len(EXCEPTIONS) == 2


@pytest.mark.parametrize(
    "head", ["责任单位及配合单位", "责任单位（科室）", "省级责任单位", "责任县（市、区）", "责任/配合单位"]
)
def test_heads_with_more_than_one_word(head):
    assert role_of_label(head) in {"responsible", "supporting"}


@pytest.mark.parametrize(
    "head",
    [
        "责任人",
        "分管领导",
        "主要任务",
        "主要内容",
        "保障措施",
        "完成时限",
        "支持政策",
        "备注",
        "单位",
        "责任公司",
    ],
)
def test_heads_that_name_no_role(head):
    assert role_of_label(head) is None
