"""Who leads, who shares, what kind of duty: against the document and against lists made by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from sxcanalysis.analysis.duties import duty_kinds

SOURCE = Path(__file__).parents[2] / "data/sources/2024/sxc-task-list-2024.txt"


def brackets() -> list[str]:
    text = re.sub(r"\s+", "", SOURCE.read_text(encoding="utf-8"))
    return [b.replace("省工信厅", "省工业和信息化厅") for b in re.findall(r"（([^（）]*具体落实)）", text)]


def leads(bracket: str) -> list[str]:
    head = re.match(r"(.+?)牵头", bracket)
    return head[1].split("、") if head else []


def test_kinds_of_duty(assignments, tasks):
    targets = pd.DataFrame({"task_id": ["2024-28", "2024-32", "2024-32"], "deadline": ["按期", "年内", None]})
    duties = duty_kinds(assignments, tasks, targets).set_index("task_id")
    assert len(duties) == 53
    read = brackets()
    cities = [set(re.findall("苏州市|无锡市|常州市|南通市|泰州市", b)) for b in read]
    vague = ["等具体落实" in b for b in read]
    expected = {
        "sole": sum(len(c) == 1 and not v for c, v in zip(cities, vague, strict=True)),
        "open": sum(len(c) == 1 and v for c, v in zip(cities, vague, strict=True)),
        "shared": sum(len(c) > 1 for c in cities),
    }
    assert duties["sharing"].value_counts().to_dict() == expected
    assert duties["leadership"].value_counts().to_dict() == {
        "single": sum(len(leads(b)) == 1 for b in read),
        "joint": sum(len(leads(b)) > 1 for b in read),
        "none": sum(not leads(b) for b in read),
    }
    assert set(duties.index[duties["measurable"]]) == {"2024-28", "2024-32"}
    assert duties.loc["2024-32", "targets"] == 2
    assert list(duties.index[duties["dated"]]) == list(tasks.loc[tasks["deadline"] != "", "task_id"])
    assert list(duties.index[duties["verifiable"]]) == list(tasks.loc[tasks["verifiable"], "task_id"])
    assert {"2024-28", "2024-32", "2024-33"} == set(duties.index[duties["dated"]])
    assert duties["verifiable"].sum() == 17
