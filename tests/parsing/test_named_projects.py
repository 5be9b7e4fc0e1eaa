"""Named projects: found by verbs and endings, in this list and in lists of other circles; no row of the lexicon is idle."""

import csv

import pandas as pd
import pytest

from sxcanalysis import parse_document, read_document
from sxcanalysis.core.paths import data_dir, document_path
from sxcanalysis.parsing import named_projects
from sxcanalysis.reference.lexicon import entries

VERBS, ENDINGS = entries("project_verbs"), entries("project_endings")


def read(words):
    tasks = pd.DataFrame({"task_id": ["2030-01"], "start": [0], "end": [len(words)]})
    return named_projects.read_projects(tasks, words)


def said(words):
    found = read(words)
    return set(
        zip(found["name"], found["kind"], found["stage"], found["stage_verb"], found["generic"], strict=True)
    )


@pytest.fixture(scope="module")
def projects_2024():
    return parse_document(read_document(document_path(2024)), edition="2024").projects


def test_the_list_of_2024_yields_the_registers_projects(projects_2024):
    """The reader does not look names up, so that what it finds can be held against what people entered."""
    with (data_dir() / "projects" / "projects.csv").open(encoding="utf-8") as stream:
        known = {"".join(row["name"].split()) for row in csv.DictReader(stream)}
    found = {"".join(name.split()) for name in projects_2024["name"]}
    assert len(found & known) / len(known) >= 0.95
    assert len(found & known) / len(found) >= 0.95


def test_stages_of_2024_are_those_of_its_verbs(projects_2024):
    by_stage = projects_2024.groupby("stage")["name"].agg(list).to_dict()
    assert by_stage["completed"] == ["沪苏湖铁路", "魏村枢纽", "长湖申线苏浙省界至京杭运河段"]
    assert by_stage["started"] == ["无锡至太仓高速公路无锡至苏州段工程", "盐泰锡常宜铁路", "德胜河航道"]
    assert by_stage["continued"] == [
        "苏申外港线",
        "长湖申线京杭运河至苏沪省界段",
        "申张线青阳港",
        "芜申线溧阳城区段",
    ]
    assert by_stage["programme"] == ["城市外围防洪排涝工程"]
    assert len(by_stage["preparatory"]) == 6
    assert projects_2024.loc[projects_2024["generic"], "name"].tolist() == ["城市外围防洪排涝工程"]
    shared = projects_2024.set_index("name")["section"]
    assert shared[shared != ""].to_dict() == {"沪渝蓉高铁": "江苏段", "通苏嘉甬铁路": "江苏段"}


def test_spans_quote_the_names():
    words = "加快张家港海进江 LNG 接\n\n收站（苏州 LNG 储备中心）等项目建设。"
    row = read(words).iloc[0]
    assert words[row.start : row.end] == "张家港海进江 LNG 接\n\n收站（苏州 LNG 储备中心）"
    assert row["name"] == "张家港海进江 LNG 接收站（苏州 LNG 储备中心）"


with (data_dir().parent / "tests" / "parsing" / "corpus_projects.csv").open(encoding="utf-8") as stream:
    CORPUS = list(csv.DictReader(stream))


def test_other_circles_prose_is_read():
    """Wordings of Nanjing, Chengdu, Hefei, Wuhan: what is named and what is only spoken of."""
    right = wrong = lost = 0
    for row in CORPUS:
        wanted = {tuple(one.split("=")) for one in row["projects"].split(";") if one}
        found = read(row["text"])
        got = set(zip(found["name"], found["stage"], strict=True))
        right, wrong, lost = right + len(got & wanted), wrong + len(got - wanted), lost + len(wanted - got)
    assert right / (right + lost) >= 0.95
    assert right / (right + wrong) >= 0.95


@pytest.mark.parametrize(
    "row", [*VERBS, *ENDINGS], ids=lambda row: f"{row.group} {row.word or row.pattern}"[:40]
)
def test_no_row_of_the_lexicon_is_idle(row, monkeypatch):
    """Without the row its example is read otherwise, and its counterexample is not."""
    before, other = said(row.example), said(row.counterexample)

    def without(name, group=None):
        rows = {"project_verbs": VERBS, "project_endings": ENDINGS}[name]
        return tuple(one for one in rows if one is not row and group in {None, one.group})

    monkeypatch.setattr(named_projects, "entries", without)
    assert said(row.example) != before
    assert said(row.counterexample) == other


def test_a_name_that_the_register_knows_carries_its_id():
    found = read("加快建设张家港海进江LNG接收站（苏州LNG储备中心），建成宁马城际铁路。")
    assert found["project_id"].tolist() == ["2024-26-3", ""]
    assert found["name_en"].tolist()[0].startswith("Zhangjiagang")
