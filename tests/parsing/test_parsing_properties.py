"""Lists built from random trees are given back exactly; arbitrary text never breaks a contract.

The lists vary in numbering, headings, forms of attribution, brackets and scars. Every run tries the same
lists; ``SXC_FUZZ=1`` tries new ones.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_parsing import check_contracts, dense, plain

from sxcanalysis import parse_document

CHECKS = settings(
    derandomize=not os.environ.get("SXC_FUZZ"),
    database=None,
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
DOCUMENT = next((Path(__file__).parents[2] / "data" / "sources" / "2024").glob("*.txt"))

# -- the words of a list: bodies are written as the tables write them, so that what goes in comes out -----

BUREAUS = (
    "省科技厅", "省财政厅", "省发展改革委", "省教育厅", "省交通运输厅", "省水利厅", "省工业和信息化厅",
    "省文化和旅游厅", "省住房城乡建设厅", "省林业局", "省能源局", "省委宣传部", "省铁路办", "省总工会",
    "省市场监管局（省知识产权局）",
)  # fmt: skip
CITIES = ("无锡市", "常州市", "苏州市", "南通市", "泰州市", "各县（市、区）", "各市、县（市、区）政府")
HEADINGS = ("产业创新类", "基础设施类", "生态环保类", "城乡宜居类", "体制机制类")
SENTENCES = (
    "加快建设环湖科创走廊，培育科技型企业300家",
    "2026年底前完成航道整治28公里",
    "推动高速公路（江苏段）扩建工程开工",
    "实施消防站（二期）改造，惠及居民12万户",
    "支持龙头企业牵头组建创新联合体，由链主企业负责运营",
    "服务企业（超过100人的企业达到15%）500家",
    "深化“一网通办”改革，实现45个事项跨市办理",
    "开展国土空间规划衔接，编制详细规划和村庄规划",
    "12个重点断面水质优良比例保持在95%以上",
    "落实首席专家负责制，建设实验室3个",
    "打造江南水乡古镇、长江国家文化公园等文化地标",
    "有序推进户籍准入年限同城化累积互认",
)
CHINESE = (
    "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五", "十六", "十七",
    "十八", "十九", "二十", "二十一", "二十二", "二十三", "二十四", "二十五", "二十六", "二十七", "二十八", "二十九",
    "三十", "三十一", "三十二",
)  # fmt: skip
ARABIC = ("{}.", "{}. ", "{}、", "{}．", "{}﹒", "（{}）", "({})")


@dataclass
class Text:
    """A document in the making, and what must be found in it."""

    words: str = ""
    tasks: list[dict] = field(default_factory=list)

    def add(self, words):
        start = len(self.words)
        self.words += words
        return start, len(self.words)


# -- attributions: each form writes its words and says what they mean ------------------------------------


@st.composite
def groups(draw):
    """Return bodies in roles, no body twice: leads, sharers, cities, supporters."""
    names = draw(st.lists(st.sampled_from(BUREAUS), min_size=2, max_size=5, unique=True))
    cut = draw(st.integers(1, len(names) - 1))
    cities = draw(st.lists(st.sampled_from(CITIES), min_size=1, max_size=3, unique=True))
    return names[:cut], names[cut:], cities


FORMS = {
    "clauses": lambda a, b, c: [(a, "牵头，", "lead"), (b, "按职责分工负责，", "responsible"), (c, "具体落实", "implementing")],
    "no_lead": lambda a, b, c: [(a + b, "按职责分工负责，", "responsible"), (c, "具体落实", "implementing")],
    "separately": lambda a, b, c: [(a + b, "分别牵头，", "lead"), (c, "结合实际落实", "implementing")],
    "lead_support": lambda a, b, _: [(a, "牵头负责，", "lead"), (b, "配合", "supporting")],
    "coordinates": lambda a, _, c: [(a, "指导协调，", "coordinating"), (c, "具体落实", "implementing")],
    "responsible": lambda a, b, _: [(a + b, "负责", "responsible")],
    "together": lambda a, b, _: [(a, "会同", "responsible"), (b, "负责", "supporting")],
}  # fmt: skip
LABELLED = {
    "label": lambda a, b, c: [("责任单位：", a + b, "，", "responsible"), ("", c, "", "responsible")],
    "lead_label": lambda a, b, _: [("牵头单位：", a, "，", "lead"), ("配合单位：", b, "", "supporting")],
    "semicolon": lambda a, b, _: [("牵头单位：", a, "；", "lead"), ("配合单位：", b, "", "supporting")],
    "host": lambda a, b, _: [("主办：", a, "；", "lead"), ("协办：", b, "", "supporting")],
    "long_label": lambda a, b, _: [("牵头责任单位：", a, "；", "lead"), ("协同部门：", b, "", "supporting")],
}  # fmt: skip


@st.composite
def attributions(draw):
    """Return the parts of an attribution: words, or (body, role, others_implied)."""
    a, b, c = draw(groups())
    parts: list = []
    if draw(st.booleans()):
        clauses = FORMS[draw(st.sampled_from(sorted(FORMS)))](a, b, c)
        for names, after, role in clauses:
            others = role == "implementing" and draw(st.integers(0, 3)) == 0
            parts += listed(names, role, others=others)
            parts += ["等" * others, after]
        return parts
    for before, names, after, role in LABELLED[draw(st.sampled_from(sorted(LABELLED)))](a, b, c):
        parts += [before, *listed(names, role, others=False), after]
    return parts


def listed(names, role, *, others):
    parts = []
    for i, name in enumerate(names):
        parts += ["、"] * bool(i) + [(name, role, others)]
    return parts


def write(text, parts, *, own_line, brackets):
    """Write an attribution, in brackets or on a line of its own; return its pairs with their spans."""
    text.add("\n" if own_line else "")
    text.add("" if own_line else brackets[0])
    pairs = []
    start = len(text.words)
    for part in parts:
        if isinstance(part, str):
            text.add(part)
        else:
            name, role, others = part
            pairs.append((name, role, others, text.add(name)))
    span = (start, len(text.words))
    text.add("" if own_line else brackets[1])
    return span, pairs


# -- documents --------------------------------------------------------------------------------------------


@st.composite
def printed_numbers(draw, count, *, first):
    """Return numbers that run on, now and then with one printed twice or left out."""
    numbers, value = [], first
    for _ in range(count):
        numbers.append(value)
        value += draw(st.sampled_from((1, 1, 1, 1, 1, 1, 1, 1, 0, 2)))
    return numbers


@st.composite
def documents(draw, *, plain_numbers=False, bracketed=False, markdown=True):
    """Return a list: headings and tasks, the tasks closed by attributions."""
    text = Text()
    text.add(
        draw(st.sampled_from(("", "2026年度重点事项清单\n\n", *["# 2026年度重点事项清单\n\n"] * markdown)))
    )
    text.add(draw(st.sampled_from(("", "为推动都市圈高质量发展，现提出重点事项清单。\n\n"))))
    level = draw(st.sampled_from(("arabic", "bracketed", "chinese", "article")))
    blank = draw(st.sampled_from(("\n", "\n\n")))
    own_line = draw(st.booleans()) and not bracketed
    brackets = draw(st.sampled_from(("（）", "()", "〔〕", "【】")))
    signs = draw(st.sampled_from(ARABIC))
    heading_sign = draw(st.sampled_from(("{}、", "第{}章 ", "第{}部分 ", *["# {}、"] * markdown)))
    if level in {"chinese", "article"}:
        heading_sign = "第{}章 "
    sections = draw(st.integers(0, 3))
    restart = draw(st.booleans())
    value = 1
    for section in range(max(sections, 1)):
        heading = ""
        if sections:
            heading = HEADINGS[section]
            text.add(heading_sign.format(CHINESE[section]) + heading + blank)
        if restart:
            value = 1
        count = draw(st.integers(2, 5))
        numbers = list(range(value, value + count))
        if level == "arabic" and not plain_numbers:
            numbers = draw(printed_numbers(count, first=value))
        value = numbers[-1] + 1
        for number in numbers:
            printed = str(number) if level == "arabic" else CHINESE[number - 1]
            sign = {"arabic": signs, "bracketed": "（{}）", "chinese": "{}、", "article": "第{}条 "}[level]
            text.add(sign.format(printed))
            sentences = draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=3, unique=True))
            span = text.add("。".join(sentences) + "。")
            closing, pairs = write(text, draw(attributions()), own_line=own_line, brackets=brackets)
            text.add(blank)
            text.tasks.append({
                "number": printed, "heading": heading, "span": span, "closing": closing, "pairs": pairs,
            })  # fmt: skip
    return text


def scarred(words, marks):
    """Put scars before characters; return the new text and a map of old spans to new ones."""
    pieces = [marks.get(i, "") + char for i, char in enumerate(words)]
    ends = list(accumulate(map(len, pieces)))

    def moved(span):
        return ends[span[0]] - 1, ends[span[1] - 1]

    return "".join(pieces), moved


def check(text, words, moved):
    found = parse_document(words)
    records = list(found.tasks.itertuples())
    assert [plain(r.number) for r in records] == [t["number"] for t in text.tasks]
    for record, task in zip(records, text.tasks, strict=True):
        assert record.headings == task["heading"]
        assert (record.start, record.end) == moved(task["span"])
        assert (record.attribution_start, record.attribution_end) == moved(task["closing"])
        rows = found.assignments[found.assignments["task_id"] == record.task_id]
        assert [
            (row.body, row.role, row.others_implied, (row.start, row.end)) for row in rows.itertuples()
        ] == [(name, role, others, moved(span)) for name, role, others, span in task["pairs"]]
    assert found.coverage.counts["unparsed"] == 0
    check_contracts(words, found)


@CHECKS
@given(documents())
def test_random_lists_come_back(text):
    check(text, *scarred(text.words, {}))


def breakable(words):
    """Return the places inside a sentence or a name where a page can end."""
    return [m.end() for m in re.finditer(r"[\u4e00-\u9fff、，](?=[\u4e00-\u9fff](?![、）]))", words)]


@st.composite
def broken(draw):
    """Return a list and the places where pages end: inside the words of tasks and of brackets."""
    text = draw(documents(bracketed=True))
    numerals = re.compile("[一二三四五六七八九十第]")
    places = [
        first + place
        for task in text.tasks
        for first, last in (task["span"], task["closing"])
        for place in breakable(text.words[first:last])
        if not numerals.match(text.words, first + place)
    ]
    return text, draw(st.lists(st.sampled_from(places), max_size=5, unique=True))


@CHECKS
@given(broken(), st.sampled_from(("\n", "\n\n", "\n\n\n", "\n\x0c", "\r\n\r\n")))
def test_page_breaks_change_nothing(broken, scar):
    text, places = broken
    check(text, *scarred(text.words, dict.fromkeys(places, scar)))


@CHECKS
@given(documents(plain_numbers=True, bracketed=True), st.integers(24, 45))
def test_hard_line_ends_change_nothing(text, width):
    marks, start = {}, 0
    for i, char in enumerate(text.words):
        if char == "\n":
            start = i + 1
        elif i - start == width:
            marks[i], start = "\n", i
    check(text, *scarred(text.words, marks))


@CHECKS
@given(documents(plain_numbers=True, bracketed=True, markdown=False))
def test_one_line_changes_nothing(text):
    line = re.sub("\n", " ", text.words)
    check(text, line, lambda span: span)


@CHECKS
@given(documents())
def test_half_width_signs_change_nothing(text):
    half = text.words.translate(str.maketrans("，；：！？", ",;:!?"))
    check(text, half, lambda span: span)


@st.composite
def two_levels(draw):
    """Return a list whose items and sub-items both carry attributions."""
    text = Text()
    for section in range(draw(st.integers(1, 3))):
        text.add(f"{CHINESE[section]}、{HEADINGS[section]}\n")
        for item in range(draw(st.integers(2, 3))):
            text.add(f"（{CHINESE[item]}）")
            children = draw(st.integers(0, 3))
            parent = ""
            for child in range(children + 1):
                if child:
                    text.add(f"{child}. ")
                title = draw(st.sampled_from(SENTENCES))
                span = text.add(title + "。" + draw(st.sampled_from(SENTENCES)) + "。")
                closing, pairs = write(text, draw(attributions()), own_line=False, brackets="（）")
                text.add("\n")
                parent = title if not child else parent
                heading = HEADINGS[section] + (f" / {parent}" if child else "")
                text.tasks.append({
                    "number": str(child) if child else CHINESE[item],
                    "heading": heading, "span": span, "closing": closing, "pairs": pairs,
                })  # fmt: skip
    return text


@CHECKS
@given(two_levels())
def test_two_levels_come_back(text):
    check(text, *scarred(text.words, {}))


@st.composite
def tables(draw):
    """Return a table with columns of bodies, its section rows and the tasks in it."""
    sep = draw(st.sampled_from(("\t", "|")))
    header = draw(
        st.sampled_from((("牵头单位", "配合单位"), ("责任单位", "落实单位"), ("主办单位", "协办单位")))
    )
    roles = {"牵头": "lead", "配合": "supporting", "责任": "responsible", "落实": "implementing", "主办": "lead", "协办": "supporting"}  # fmt: skip

    def row(*cells):
        return "\t".join(cells) + "\n" if sep == "\t" else "| " + " | ".join(cells) + " |\n"

    head = row("序号", "重点任务", *header)
    if sep == "|":
        head += row(*["---"] * 4)
    lines, tasks, number = [head], [], 0
    for section in range(draw(st.integers(0, 3))):
        lines.append(row(HEADINGS[section], "", "", ""))
        if draw(st.booleans()):
            lines.append(head)
        for _ in range(draw(st.integers(1, 4))):
            number += 1
            task = draw(st.sampled_from(SENTENCES))
            a, b, _ = draw(groups())
            b = draw(st.sampled_from((b, [])))
            lines.append(row(str(number), task, "、".join(a), "、".join(b)))
            pairs = [(x, roles[header[0][:2]]) for x in a] + [(x, roles[header[1][:2]]) for x in b]
            tasks.append((str(number), HEADINGS[section], task, pairs))
    return "".join(lines), tasks


@CHECKS
@given(tables())
def test_random_tables_come_back(case):
    words, tasks = case
    found = parse_document(words)
    by_task = dict(list(found.assignments.groupby("task_id")))
    got = [
        (t.number, t.headings, t.text, list(zip(rows["body"], rows["role"], strict=True)))
        for t in found.tasks.itertuples()
        for rows in [by_task[t.task_id]]
    ]
    assert got == tasks
    check_contracts(words, found)


# -- any text at all --------------------------------------------------------------------------------------

SIGNS = "（）()【】〔〕[]、，。；：:;.．﹒|\t\n\r \u3000\u200b\ufeff\x00\x0c*#—-①⑴㈠0123456789０１一二三十百第条章"
WORDS = (
    "牵头", "负责", "配合", "具体落实", "按职责分工", "责任单位：", "牵头单位：", "会同", "等", "和", "省", "市", "县", "厅", "局",
    "政府", "各市、县（市、区）", "列第一位的为牵头单位，下同", "以下均需各市落实，不再列出", "基本原则", "\n1.", "\n一、", "\n（一）",
    "\n— 6 —\n", "（此件公开发布）", "|---|---|", "序号\t任务\t责任单位\n", "経濟責任牽頭單位", "经(jīng)济", "\ud800", "𠀀",
)  # fmt: skip
anything = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=SIGNS, max_size=200),
    st.lists(st.sampled_from((*WORDS, *SIGNS, *BUREAUS)), max_size=80).map("".join),
)


@settings(CHECKS, max_examples=200)
@given(anything)
def test_any_text_keeps_the_contracts(words):
    check_contracts(words, parse_document(words))


@st.composite
def mutations(draw):
    """Return a cut-out of the 2024 document with words taken out, put in or doubled."""
    document = DOCUMENT.read_text(encoding="utf-8")
    start = draw(st.integers(0, len(document)))
    text = document[start : start + draw(st.integers(0, 1500))]
    for _ in range(draw(st.integers(0, 12))):
        at = draw(st.integers(0, len(text)))
        to = at + draw(st.integers(0, 6))
        text = text[:at] + draw(st.sampled_from((*WORDS, *SIGNS, text[at:to] * 2, ""))) + text[to:]
    return text


@settings(CHECKS, max_examples=100)
@given(mutations())
def test_mutations_keep_the_contracts(words):
    check_contracts(words, parse_document(words))


@pytest.mark.parametrize(
    "unit",
    [
        "（", "）", "（）", "（（", "1.", "1.\n", "一、", "一、\n", "（一）\n", "省、", "省科技厅、", "牵头", "负责，", "责任单位：", "|", "| ",
        "\t", "\n", " ", "等", "和", "第一位", "下同。", "以下均需各市落实，不再", "各市、县（市、区）", "1.甲。（省科技厅负责）",
        "1.甲。（省科技厅负责）\n", "序号\t任务\t责任单位\n1\t甲\t省科技厅\n", "牵头单位：省科技厅\n", "市市市市", "a", "—", "— 6 —\n",
        "按照按照", "ā", "(jīng)", "\x00", "省科技厅牵头，\n",
    ],
)  # fmt: skip
def test_time_is_bounded(unit):
    """No repetition makes the parser quadratic: 60 000 characters take seconds at the very most."""
    words = unit * (60_000 // len(unit))
    begin = time.process_time()
    found = parse_document(words)
    assert time.process_time() - begin < 10
    assert sum(found.coverage.counts.values()) == len(dense(words))
