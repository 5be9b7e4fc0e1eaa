"""Documents in, tables out: the corpus of lists in different forms, and the contracts of the parser.

Each list in ``tests/corpus`` was written for these tests; the table beside it was made by eye before any
program had read the list.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from sxcanalysis import parse_document

CORPUS = Path(__file__).parent / "corpus"
LISTS = sorted(path.stem for path in CORPUS.glob("*.json"))
PAGE = re.compile(r"—\d+—")


def dense(text):
    return re.sub(r"\s", "", text)


def plain(number):
    """Return a printed number without its signs, in ASCII digits: 第三条 is 三, （１） is 1."""
    return re.sub(r"[第条章（）().、．﹒]", "", unicodedata.normalize("NFKC", str(number)))


@cache
def read(name):
    text = (CORPUS / f"{name}.txt").read_bytes().decode("utf-8")
    expected = json.loads((CORPUS / f"{name}.json").read_text(encoding="utf-8"))
    return text, expected, parse_document(text, edition="2025")


def found_tasks(found, expected):
    """Return one plain record a task found, in the shape of the expected ones."""
    optional = set(expected.get("optional", []))
    by_task = dict(list(found.assignments.groupby("task_id")))
    nothing = found.assignments.iloc[:0]
    records = []
    for task in found.tasks.itertuples():
        if plain(task.number) in optional:
            continue
        rows = by_task.get(task.task_id, nothing)
        records.append({
            "number": plain(task.number),
            "heading": task.headings,
            "text": PAGE.sub("", dense(task.text)),
            "pairs": Counter(zip(rows["body"], rows["role"], strict=True)),
            "others_implied": sorted(rows.loc[rows["others_implied"], "body"]),
            "by_rule": sorted(rows.loc[rows["role_basis"] == "rule", "body"]),
        })  # fmt: skip
    return records


def test_corpus_is_wide():
    assert len(LISTS) >= 14
    assert {path.stem for path in CORPUS.glob("*.txt")} == set(LISTS)
    forms = [read(name)[1]["form"] for name in LISTS]
    assert len(set(forms)) == len(forms)


@pytest.mark.parametrize("name", LISTS)
def test_tasks_of_the_corpus(name):
    _, expected, found = read(name)
    records = found_tasks(found, expected)
    assert [(r["number"], r["text"][:4]) for r in records] == [
        (t["number"], dense(t["starts"])[:4]) for t in expected["tasks"]
    ]
    for record, task in zip(records, expected["tasks"], strict=True):
        assert record["text"].startswith(dense(task["starts"]))
        assert record["text"].endswith(dense(task["ends"]))
        assert record["heading"] == task["heading"]


@pytest.mark.parametrize("name", LISTS)
def test_attributions_of_the_corpus(name):
    _, expected, found = read(name)
    records = found_tasks(found, expected)
    got = [(r["number"], r["pairs"], r["others_implied"], r["by_rule"]) for r in records]
    assert got == [
        (
            task["number"],
            Counter(map(tuple, task["pairs"])),
            sorted(task.get("others_implied", [])),
            sorted(task.get("by_rule", [])),
        )
        for task in expected["tasks"]
    ]


@pytest.mark.parametrize("name", LISTS)
def test_rest_of_the_corpus(name):
    """What is no task, what stays unparsed, what a person is warned of, and the identifiers."""
    _, expected, found = read(name)
    tasks = dense("\n".join(found.tasks["text"]))
    assert [words for words in expected.get("not_tasks", []) if words in tasks] == []
    allowed = set(expected.get("unparsed", []))
    assert [w for w in map(dense, found.coverage.unparsed["words"]) if w not in allowed] == []
    warned = set(found.issues.loc[found.issues["severity"] == "warning", "code"]) - {"unparsed"}
    assert warned == set(expected.get("warnings", []))
    if "task_ids" in expected:
        assert list(found.tasks["task_id"]) == expected["task_ids"]
    assert found.tasks["task_id"].is_unique


@pytest.mark.parametrize("name", LISTS)
def test_nothing_is_lost_in_the_corpus(name):
    text, _, found = read(name)
    check_contracts(text, found)


def check_contracts(text, found):
    """Check what holds of every parse of every text."""
    assert found.text == re.sub("[\ud800-\udfff]", "\ufffd", text)  # halves of characters are lost
    text = found.text
    assert dense(found.to_text()) == dense(text)
    spans = found.coverage.spans
    assert list(spans["start"]) == sorted(spans["start"])
    assert (spans["end"] > spans["start"]).all()
    assert (spans["start"].to_numpy()[1:] >= spans["end"].to_numpy()[:-1]).all()
    covered = [len(dense(text[s:e])) for s, e in zip(spans["start"], spans["end"], strict=True)]
    assert covered == list(spans["chars"])
    assert sum(covered) == len(dense(text)) == sum(found.coverage.counts.values())
    for task in found.tasks.itertuples():
        quote = dense(text[task.start : task.end])
        assert quote == dense(task.text) or len(dense(task.text)) < len(quote)
    for row in found.assignments.itertuples():
        quote, written = (
            PAGE.sub("", dense(words)) for words in (text[row.start : row.end], row.body_as_written)
        )
        # A page may cut the cell of a table: then other cells stand between the two halves of a name.
        cut = "\n" in text[row.start : row.end] and len(written) < len(quote)
        assert quote == written or (cut and quote[0] + quote[-1] == written[0] + written[-1])
    for issue in found.issues.itertuples():
        assert text[issue.start : issue.end] == issue.words
        assert issue.hint
        assert issue.line == text.count("\n", 0, issue.start) + 1
    assert set(found.assignments["task_id"]) <= set(found.tasks["task_id"])
    roles = {"lead", "responsible", "implementing", "coordinating", "supporting"}
    assert set(found.assignments["role"]) <= roles


# -- damage: what a scanner, a portal or a text editor does to a list must not change its tables ---------


def wrapped(text, width):
    return re.sub(rf"(?m)(.{{{width}}})(?=.)", r"\1\n", text)


DAMAGE = {
    "windows_line_ends": lambda text: text.replace("\n", "\r\n"),
    "half_width": lambda text: text.translate(str.maketrans("（），；：！？", "(),;:!?")),
    "full_width_digits": lambda text: text.translate(str.maketrans("0123456789%", "０１２３４５６７８９％")),
    "no_blank_lines": lambda text: re.sub("\n+", "\n", text),
    "indents": lambda text: re.sub("(?m)^(?=.)", "　　", text),
    "trailing_blanks": lambda text: re.sub("(?m)$", "  ", text),
    "spaces_around_digits": lambda text: re.sub(
        r"(?<=[\u4e00-\u9fff])(?=[0-9])|(?<=[0-9])(?=[\u4e00-\u9fff])", " ", text
    ),
    "byte_order_mark": lambda text: "\ufeff" + text,
}  # fmt: skip


def essence(found):
    """Return what damage must not change: number, heading, pairs of each task."""
    by_task = dict(list(found.assignments.groupby("task_id")))
    nothing = found.assignments.iloc[:0]
    return [
        (
            plain(task.number),
            unicodedata.normalize("NFKC", dense(task.headings)),
            sorted(zip(rows["body"], rows["role"], strict=True)),
        )
        for task in found.tasks.itertuples()
        for rows in [by_task.get(task.task_id, nothing)]
    ]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", LISTS)
def test_damage_changes_nothing(name, damage):
    text, _, found = read(name)
    damaged = DAMAGE[damage](text)
    again = parse_document(damaged, edition="2025")
    assert essence(again) == essence(found)
    assert dense(again.to_text()) == dense(damaged)


@pytest.mark.parametrize("name", ["01-circle-annual", "03-national-two-levels", "18-mixed-numbers"])
def test_traditional_characters_change_nothing(name):
    from opencc import OpenCC  # noqa: PLC0415

    text, _, found = read(name)
    again = parse_document(OpenCC("s2t").convert(text), edition="2025")
    back = OpenCC("t2s").convert
    assert [(n, back(h), pairs) for n, h, pairs in essence(again)] == essence(found)


@pytest.mark.parametrize("width", [26, 38])
@pytest.mark.parametrize("name", ["02-restarting-responsible", "03-national-two-levels", "09-chinese-items"])
def test_hard_line_ends_change_nothing(name, width):
    text, _, found = read(name)
    assert essence(parse_document(wrapped(text, width), edition="2025")) == essence(found)


@pytest.mark.parametrize("joint", [" ", ""])
@pytest.mark.parametrize("name", ["02-restarting-responsible", "03-national-two-levels", "09-chinese-items"])
def test_one_line_changes_nothing(name, joint):
    text, _, found = read(name)
    line = re.sub(r"\s*\n\s*", joint, text.strip())
    assert essence(parse_document(line, edition="2025")) == essence(found)


# -- single forms --------------------------------------------------------------------------------------

ONE = "（省科技厅负责）"


def numbers(text):
    return [plain(n) for n in parse_document(text).tasks["number"]]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("1.", "2.", ["1", "2"]),
        ("1. ", "2. ", ["1", "2"]),
        ("1、", "2、", ["1", "2"]),
        ("1．", "2．", ["1", "2"]),
        ("1﹒", "2﹒", ["1", "2"]),
        ("１．", "２．", ["1", "2"]),
        ("⒈", "⒉", ["1", "2"]),
        ("1 ", "2 ", ["1", "2"]),
        ("1\n", "2\n", ["1", "2"]),
        ("(1)", "(2)", ["1", "2"]),
        ("（1）", "（2）", ["1", "2"]),
        ("⑴", "⑵", ["1", "2"]),
        ("①", "②", ["1", "2"]),
        ("（一）", "（二）", ["一", "二"]),
        ("㈠", "㈡", ["1", "2"]),
        ("一、", "二、", ["一", "二"]),
        ("第一条 ", "第二条 ", ["一", "二"]),
        ("第1条 ", "第2条 ", ["1", "2"]),
        ("二十一、", "二十二、", ["二十一", "二十二"]),
        ("★1.", "★2.", ["1", "2"]),
    ],
)
def test_styles_of_numbers(first, second, expected):
    assert numbers(f"{first}建设甲项目。{ONE}\n{second}建设乙项目。{ONE}\n") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"1.2026年建成甲。{ONE}\n2.3个城市建成乙。{ONE}\n3.5G基站建设。{ONE}", ["1", "2", "3"]),
        (f"1.甲。{ONE}\n2.121人才计划。{ONE}\n3.3.5亿元资金。{ONE}", ["1", "2", "3"]),
        (f"6.建设甲。{ONE}\n8.12月底前完成乙。{ONE}", ["6", "8"]),
    ],
)
def test_number_followed_by_digits(text, expected):
    assert numbers(text) == expected


def codes(text, severity="warning"):
    issues = parse_document(text).issues
    return list(issues.loc[issues["severity"] == severity, "code"])


def test_duplicate_and_missing_numbers_are_reported():
    text = f"1.甲。{ONE}\n2.乙。{ONE}\n2.丙。{ONE}\n4.丁。{ONE}\n"
    found = parse_document(text, edition="2024")
    assert list(found.tasks["task_id"]) == ["2024-01", "2024-02a", "2024-02b", "2024-04"]
    assert codes(text) == ["number_duplicate", "number_missing"]


def test_task_without_attribution_is_reported():
    text = f"1.甲。{ONE}\n2.建设乙工程。\n3.丙。{ONE}\n"
    found = parse_document(text)
    assert list(found.tasks["text"]) == ["甲。", "建设乙工程。", "丙。"]
    assert codes(text) == ["attribution_missing"]
    assert found.issues.loc[found.issues["code"] == "attribution_missing", "line"].tolist() == [2]


@pytest.mark.parametrize(
    "words",
    [
        "建设吴淞江（江苏段）工程。",
        "建设消防站（二期）项目。",
        "建成铁路（苏州市至无锡市）。",
        "服务企业（超过100人的企业达到15%）500家。",
        "出台《办法》（省政府办公厅印发）。",
        "推动丙（由企业牵头）推进。",
        "依托高校（南京大学、东南大学）建设实验室。",
        "打造示范片区（姑苏区、吴中区、相城区）。",
        "重点支持5个市（苏州市、无锡市）。",
        "企业是创新主体，政府部门要主动服务、抓好落实。",
        "建立由省政府办公厅牵头，各部门参与的专班，各市具体落实。",
        "完善省发展改革委牵头、省财政厅配合的工作机制。",
        "落实首席专家负责制。",
        "督促企业落实安全生产主体责任，各监管部门切实负责。",
        "支持龙头企业牵头组建创新联合体，由链主企业负责运营。",
    ],
)
def test_words_that_are_no_attribution(words):
    found = parse_document(f"1.甲。{ONE}\n2.{words}\n3.乙。{ONE}\n")
    assert list(found.tasks["text"]) == ["甲。", words, "乙。"]
    assert list(found.assignments["body"]) == ["省科技厅", "省科技厅"]


@pytest.mark.parametrize(
    "rule",
    [
        "（列第一位的为牵头单位，下同）",
        "注：排名第一的单位为牵头单位。",
        "责任单位中排在首位的为牵头单位，下同。",
    ],
)
def test_first_named_leads_by_rule(rule):
    text = f"{rule}\n一、甲类\n1. 建设甲。（省科技厅、省财政厅）\n2. 建设乙。（省教育厅牵头，省财政厅配合）\n"
    found = parse_document(text).assignments
    assert found[["body", "role", "role_basis"]].to_numpy().tolist() == [
        ["省科技厅", "lead", "rule"],
        ["省财政厅", "responsible", "assumed"],
        ["省教育厅", "lead", "stated"],
        ["省财政厅", "supporting", "stated"],
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "以下任务均需各设区市政府落实，不再逐一列出。",
        "各项任务均由各设区市政府负责落实，以下不再重复。",
        "（以下各项均需各设区市政府落实，不再列出。）",
    ],
)
def test_cities_implement_by_rule(rule):
    text = f"{rule}\n1. 建设甲。（省科技厅牵头）\n2. 建设乙。（省教育厅负责，各设区市政府配合）\n"
    found = parse_document(text)
    by_rule = found.assignments[found.assignments["role_basis"] == "rule"]
    assert by_rule[["task_id", "body", "role"]].to_numpy().tolist() == [
        ["unknown-01", "各设区市政府", "implementing"]
    ]
    assert [text[s:e] for s, e in zip(by_rule["start"], by_rule["end"], strict=True)] == ["各设区市政府"]


def test_principles_are_no_tasks():
    text = f"（一）基本原则\n1.坚持统筹。各部门负责落实。\n2.坚持创新。\n（二）重点任务\n1.建设甲。{ONE}\n"
    assert list(parse_document(text).tasks["text"]) == ["建设甲。"]


@pytest.mark.parametrize("sign", ["（）", "()", "〔〕", "【】", "［］"])
def test_signs_of_brackets(sign):
    text = f"1.建设甲。{sign[0]}省市场监管局（省知识产权局）牵头，省药监局配合{sign[1]}"
    found = parse_document(text)
    assert found.assignments[["body", "role"]].to_numpy().tolist() == [
        ["省市场监管局（省知识产权局）", "lead"],
        ["省药监局", "supporting"],
    ]
    assert found.tasks["text"].tolist() == ["建设甲。"]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "序号\t任务\t牵头单位\t配合单位\n1\t建设甲\t省科技厅\t省财政厅\n2\t建设乙\t省教育厅\t\n",
            [("1", "", ["省科技厅 lead", "省财政厅 supporting"]), ("2", "", ["省教育厅 lead"])],
        ),
        (
            "序号\t任务\t责任单位\n一、甲类\t\t\n1\t建设甲\t省科技厅\n二、乙类\n2\t建设乙\t省教育厅\n",
            [("1", "甲类", ["省科技厅 responsible"]), ("2", "乙类", ["省教育厅 responsible"])],
        ),
        (
            ("| 序号 | 类别 | 任务 | 主办 | 协办 |\n|:--|:-:|---|---|---|\n| 1 | 甲类 | 建设甲 | 省科技厅 | 省财政厅 |\n"
            "| 2 |  | 建设乙 | 省教育厅 |  |\n"),
            [("1", "甲类", ["省科技厅 lead", "省财政厅 supporting"]), ("2", "甲类", ["省教育厅 lead"])],
        ),
    ],
)  # fmt: skip
def test_tables(table, expected):
    found = parse_document(table)
    got = [
        (
            task.number,
            task.headings,
            [
                f"{row.body} {row.role}"
                for row in found.assignments.itertuples()
                if row.task_id == task.task_id
            ],
        )
        for task in found.tasks.itertuples()
    ]
    assert got == expected
    check_contracts(table, found)


SINGLE = {
    "unnumbered, own lines": (
        "一、科技\n建设甲平台。\n责任单位：市科技局\n建设乙中心。\n责任单位：市财政局\n二、教育\n建设丙学校。\n责任单位：市教育局\n",
        [
            ("", "科技", "建设甲平台。", ["市科技局 responsible"]),
            ("", "科技", "建设乙中心。", ["市财政局 responsible"]),
            ("", "教育", "建设丙学校。", ["市教育局 responsible"]),
        ],
    ),
    "labels without 单位 inside a line": (
        "1. 建设甲。牵头：市科技局；配合：市财政局。\n2. 建设乙。主办：市财政局；协办：市教育局。\n",
        [
            ("1", "", "建设甲。", ["市科技局 lead", "市财政局 supporting"]),
            ("2", "", "建设乙。", ["市财政局 lead", "市教育局 supporting"]),
        ],
    ),
    "a nested bracket of another shape": (
        "1. 建设甲。（市级各部门、各区县政府〔管委会〕负责）\n",
        [("1", "", "建设甲。", ["市级各部门 responsible", "各区县政府〔管委会〕 responsible"])],
    ),
    "a bracket over several lines": (
        "1.建设甲。\n（牵头单位：市科技局\n  责任单位：市财政局、市国资委\n  完成时限：2026年6月底）\n",
        [("1", "", "建设甲。", ["市科技局 lead", "市财政局 responsible", "市国资委 responsible"])],
    ),
    "labels inside one line of items": (
        "1.推进甲。责任单位：市科技局、市财政局。2.推进乙。责任单位：市教育局。3.推进丙。责任单位：市民政局。",
        [
            ("1", "", "推进甲。", ["市科技局 responsible", "市财政局 responsible"]),
            ("2", "", "推进乙。", ["市教育局 responsible"]),
            ("3", "", "推进丙。", ["市民政局 responsible"]),
        ],
    ),
    "a deadline before the bodies": (
        "1.推进甲。（2026年10月底前完成，市民政局牵头，市财政局配合）\n2.推进乙。（完成时限：2026年；责任单位：市民政局）\n",
        [
            ("1", "", "推进甲。", ["市民政局 lead", "市财政局 supporting"]),
            ("2", "", "推进乙。", ["市民政局 responsible"]),
        ],
    ),
    "brackets not closed, not opened": (
        "1.建设甲。（省财政厅负责\n\n2.建设乙。省民政厅负责）\n3.建设丙。（省教育厅负责）\n",
        [
            ("1", "", "建设甲。", ["省财政厅 responsible"]),
            ("2", "", "建设乙。", ["省民政厅 responsible"]),
            ("3", "", "建设丙。", ["省教育厅 responsible"]),
        ],
    ),
    "a table of contents": (
        "目录\n一、产业类......1\n二、民生类......3\n\n一、产业类\n1.建设甲。（省科技厅负责）\n二、民生类\n2.建设乙。（省民政厅负责）\n",
        [
            ("1", "产业类", "建设甲。", ["省科技厅 responsible"]),
            ("2", "民生类", "建设乙。", ["省民政厅 responsible"]),
        ],
    ),
    "page numbers of several shapes": (
        "1.建设甲。（省科技厅负责）\n- 2 -\n2.建设乙，推动创新发\n－3－\n展。（省财政厅负责）\n第 4 页 共 10 页\n",
        [
            ("1", "", "建设甲。", ["省科技厅 responsible"]),
            ("2", "", "建设乙，推动创新发展。", ["省财政厅 responsible"]),
        ],
    ),
}


def briefly(found):
    return [
        (
            task.number,
            task.headings,
            task.text,
            [f"{r.body} {r.role}" for r in found.assignments.itertuples() if r.task_id == task.task_id],
        )
        for task in found.tasks.itertuples()
    ]


@pytest.mark.parametrize("name", SINGLE)
def test_single_lists(name):
    text, expected = SINGLE[name]
    found = parse_document(text)
    assert briefly(found) == expected
    check_contracts(text, found)


def test_sub_items_of_a_closed_item_belong_to_it():
    text = (
        "一、建设甲（市科技局牵头）\n1.完成立项；\n2.完成招标。\n二、建设乙（市财政局牵头）\n1.完成立项。\n"
    )
    found = parse_document(text)
    assert list(found.tasks["number"]) == ["一", "二"]
    assert found.assignments["body"].tolist() == ["市科技局", "市财政局"]
    assert found.coverage.counts["unparsed"] == 0


@pytest.mark.parametrize("text", ["序号,任务,牵头单位\n1,建设甲,市科技局\n", "天气很好，适合散步。", "a b c"])
def test_no_task_is_no_silence(text):
    found = parse_document(text)
    assert not found.tasks.empty or (found.issues["severity"] == "warning").any()


def test_empty_and_blank_texts():
    for text in ("", " \n\t\u3000", "\ufeff", "\u200b"):
        found = parse_document(text)
        assert len(found.tasks) == len(found.assignments) == 0
        assert dense(found.to_text()) == dense(text)


def test_2024_document():
    path = next((Path(__file__).parents[2] / "data" / "sources" / "2024").glob("*.txt"))
    text = path.read_text(encoding="utf-8")
    found = parse_document(text, edition="2024")
    check_contracts(text, found)
    assert len(found.tasks) == 53
    assert found.coverage.counts["unparsed"] == 0
    ids = list(found.tasks["task_id"])
    assert ids[0] == "2024-01"
    assert ids[-1] == "2024-52"
    assert [i for i in ids if not i[-1].isdecimal()] == ["2024-23a", "2024-23b"]
    assert found.tasks["category"].nunique() == 6
    assert set(found.assignments["role"]) == {"lead", "responsible", "implementing", "coordinating"}
