"""The examples of the page on the grammar, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sxcanalysis import parse_document
from sxcanalysis.attribution import ROLE_WORDS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "grammar.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```list\n(.*?)```\n```tasks\n(.*?)```", PAGE, flags=re.DOTALL)
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ")
]
SAYS = [row for row in ROWS if len(row) == 2 and re.search(r"\b(?:lead|responsible|implementing)\b", row[1])]
CODES = [row for row in ROWS if len(row) == 4 and row[1] in {"warning", "info"}]


def told(rows):
    """Write pairs as the page does."""
    return " · ".join(
        f"{row.body}{'+' * row.others_implied}{'*' * (row.role_basis == 'rule')} {row.role}"
        for row in rows.itertuples()
    )


def test_page_has_examples():
    assert len(EXAMPLES) >= 5
    assert len(SAYS) >= 15
    assert len(CODES) >= 12
    assert PAGE.count("```list") == len(EXAMPLES)


@pytest.mark.parametrize(("words", "tasks"), EXAMPLES)
def test_lists_of_the_page(words, tasks):
    found = parse_document(words)
    lines = [
        f"{task.number} | {task.headings} | {task.text} | "
        + told(found.assignments[found.assignments["task_id"] == task.task_id])
        for task in found.tasks.itertuples()
    ]
    assert [line.rstrip() for line in lines] == tasks.splitlines()
    assert found.coverage.counts["unparsed"] == 0


@pytest.mark.parametrize(("words", "says"), SAYS)
def test_attributions_of_the_page(words, says):
    found = parse_document(f"1.建设甲项目。（{words}）")
    assert told(found.assignments) == says
    assert found.tasks["text"].tolist() == ["建设甲项目。"]


def test_roles_of_the_page():
    rows = [row for row in ROWS if len(row) == 2 and re.fullmatch("`[a-z]+`", row[0])]
    assert [(row[0].strip("`"), tuple(row[1].split())) for row in rows] == list(ROLE_WORDS.items())


@pytest.mark.parametrize(("code", "severity", "words", "_"), CODES)
def test_issues_of_the_page(code, severity, words, _):
    issues = parse_document(words.replace("⏎", "\n")).issues
    assert (code.strip("`"), severity) in set(zip(issues["code"], issues["severity"], strict=True))


def test_every_code_is_on_the_page():
    """The codes that the parser's modules can give are those that the page explains."""
    source = "".join(
        (ROOT / "sxcanalysis" / f"{name}.py").read_text(encoding="utf-8")
        for name in ("_frames", "_rules", "_outline", "_items", "_closings", "_draft")
    )
    given = set(re.findall(r'note\(\s*"([a-z_]+)"', source))
    given |= {f"number_{note}" for note in re.findall(r'note = "([a-z]+)"', source)}
    given |= {f"number_{note}" for note in re.findall(r'"(missing|disorder)"', source)} | {"unparsed"}
    assert {row[0].strip("`") for row in CODES} == given
