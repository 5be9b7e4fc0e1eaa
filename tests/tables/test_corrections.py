"""Reviewed corrections: found by their words, refused if unclear, marked where applied."""

from __future__ import annotations

import shutil

import pytest

import sxcanalysis
from sxcanalysis.core.errors import CorrectionError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.tables.correcting import apply_corrections
from sxcanalysis.tables.corrections import read_corrections
from sxcanalysis.tables.ingestion import ingest, read_edition
from sxcanalysis.tables.loading import frames_of

TEXT = """一、生态环保类
1. 综合利用率均达到95%，完成清淤635万方。（省生态环境厅牵头，无锡市、苏州市具体落实）
2. 每个设区市修复湿地1000亩以上。（省林业局牵头，无锡市具体落实）
"""
HEAD = "- id: one\n  table: targets\n  quote: 清淤635万方\n"
FOOT = "  why: a reason\n  reviewed_by: A. Reviewer\n  date: 2024-06-01\n"


@pytest.fixture
def frames():
    parsed = sxcanalysis.parse_document(TEXT, edition="2024")
    return frames_of(parsed)


@pytest.fixture
def correct(tmp_path, frames):
    def _correct(entries):
        path = tmp_path / "2024.yml"
        path.write_text(entries, encoding="utf-8")
        return apply_corrections(frames, read_corrections(path), TEXT)

    return _correct


def test_the_file_of_2024_is_understood():
    (one,) = read_corrections(data_dir() / "corrections" / "2024.yml")
    assert (one.action, one.listed) == ("accept", ("number_duplicate",))


def test_no_file_is_no_correction(tmp_path):
    assert read_corrections(tmp_path / "none.yml") == []


def test_a_value_is_set(correct, frames):
    before = frames["targets"].copy()
    made = correct(HEAD + "  set: {comparator: ge, value: 640, value_si: 6400000}\n" + FOOT)
    targets = made["targets"]
    row = targets[targets["corrected"] == "one"]
    assert row[["comparator", "value", "value_si"]].to_numpy().tolist() == [["ge", 640.0, 6.4e6]]
    rest = [name for name in before.columns if name not in {"comparator", "value", "value_si"}]
    assert targets[rest].equals(before[rest])
    assert (targets["corrected"] == "").sum() == len(before) - 1
    assert frames["targets"].equals(before), "what was given is not changed"
    told = made["issues"][made["issues"]["code"] == "correction_set"].iloc[0]
    assert told["words"] == "清淤635万方" or "清淤" in told["words"]
    assert "comparator 'eq' → 'ge'" in told["hint"]
    assert "a reason" in told["hint"]
    assert "A. Reviewer, 2024-06-01" in told["hint"]


def test_a_row_is_rejected_and_told(correct, frames):
    made = correct(HEAD + "  reject: true\n" + FOOT)
    assert len(made["targets"]) == len(frames["targets"]) - 1
    assert not made["targets"]["quote"].str.contains("清淤").any()
    assert "correction_reject" in set(made["issues"]["code"])


def test_a_rejected_task_takes_its_rows_along(correct):
    made = correct(
        HEAD.replace("targets", "tasks").replace("清淤635万方", "修复湿地") + "  reject: true\n" + FOOT
    )
    assert made["tasks"]["task_id"].tolist() == ["2024-01"]
    for name in ("assignments", "targets"):
        assert set(made[name]["task_id"]) == {"2024-01"}


def test_a_row_is_added_with_its_evidence(correct):
    entry = (
        HEAD.replace("清淤635万方", "综合利用率均达到95%")
        + "  add: {task_id: 2024-01, metric: 秸秆综合利用率, comparator: ge, value: 95, unit: '%', value_si: 0.95,"
        + " unit_si: '1', kind: rate}\n"
        + FOOT
    )
    targets = correct(entry)["targets"]
    row = targets[targets["corrected"] == "one"].iloc[0]
    assert row["target_id"] == "2024-01-one"
    assert TEXT[row["start"] : row["end"]] == row["quote"] == "综合利用率均达到95%"
    assert targets["start"].is_monotonic_increasing


def test_an_assignment_is_added(correct):
    entry = (
        HEAD.replace("targets", "assignments").replace("清淤635万方", "省林业局")
        + "  add: {task_id: 2024-02, body: 省林业局, body_as_written: 省林业局, body_kind: province, role: responsible,"
        + " others_implied: false, role_basis: stated, known: true}\n"
        + FOOT
    )
    made = correct(entry)["assignments"]
    assert made[made["corrected"] == "one"][["task_id", "role", "known"]].to_numpy().tolist() == [
        ["2024-02", "responsible", True]
    ]
    assert made["known"].dtype == bool


def test_the_quote_may_be_moved(correct):
    made = correct(HEAD + "  set: {quote: 635万方}\n" + FOOT)
    row = made["targets"].set_index("corrected").loc["one"]
    assert TEXT[row["start"] : row["end"]] == "635万方"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  set: {comparator: ge}\n", "  sett: {comparator: ge}\n", r"line 4: 'sett' is no key"),
        (
            "  set: {comparator: ge}\n",
            "",
            r"line 1: expected exactly one of set, reject, add, split, merge, accept, found none",
        ),
        ("  set: {comparator: ge}\n", "  set: {comparator: ge}\n  reject: true\n", "found set and reject"),
        (
            "{comparator: ge}",
            "{comparator: greater}",
            r"line 4: column 'comparator' of 'targets': expected one of eq.*'greater'",
        ),
        ("{comparator: ge}", "{valeu: 3}", r"line 4: the table 'targets' has no column 'valeu'"),
        (
            "{comparator: ge}",
            "{value: many, value_si: 3}",
            r"column 'value' of 'targets': expected a number, found 'many'",
        ),
        ("{comparator: ge}", "{value: 3}", r"line 4: 'value' is set without 'value_si'"),
        ("{comparator: ge}", "{target_id: x}", r"line 4: 'target_id' cannot be given"),
        ("{comparator: ge}", "ge", r"expected 'set' as 'key: value' pairs"),
        ("{comparator: ge}", "{comparator: ge, comparator: le}", "given twice"),
        ("{comparator: ge}", "{comparator: [ge]}", "takes one value, not a list"),
        ("  set: {comparator: ge}\n", "  reject: yes please\n", "expected 'reject: true'"),
        ("table: targets", "table: projects", r"line 2: there is no table 'projects' to correct"),
        ("  quote: 清淤635万方\n", "", "the entry has no quote"),
        ("  why: a reason\n", "", "the entry has no why"),
        ("  reviewed_by: A. Reviewer\n", "", "the entry has no reviewed_by"),
        ("date: 2024-06-01", "date: June", r"line 7: 'June' is no date"),
        ("quote: 清淤635万方", "quote: 清淤999万方", r"\(one\): finds 0 rows of the table 'targets'"),
        (
            "quote: 清淤635万方",
            "quote: 清淤635万方\n  match: {task_id: 2024-02}",
            r"finds 0 rows.*Rows of this task:\n  2024-02",
        ),
        ("- id: one\n", "- words\n- id: one\n", "expected an entry as 'key: value' pairs"),
        ("- id: one", "id: one\nx:", "this is no YAML|expected a list of entries"),
        ("- id: one", "- {id: one", "this is no YAML"),
    ],
)
def test_what_is_unclear_is_refused(correct, old, new, message):
    entry = HEAD + "  set: {comparator: ge}\n" + FOOT
    assert correct(entry)
    assert old in entry
    with pytest.raises(CorrectionError, match=f"(?s){message}"):
        correct(entry.replace(old, new))


def test_more_than_one_row_is_refused(correct):
    entry = (
        "- id: two\n  table: assignments\n  quote: 无锡市\n  match: {role: implementing}\n  reject: true\n"
        + FOOT
    )
    with pytest.raises(
        CorrectionError,
        match=r"(?s)finds 2 rows of the table 'assignments'.*Add columns under 'match'.*2024-01.*2024-02",
    ):
        correct(entry)


def test_an_id_is_used_once(correct):
    entry = HEAD + "  set: {comparator: ge}\n" + FOOT
    with pytest.raises(CorrectionError, match=r"line 8 \(one\): the id 'one' is used twice"):
        correct(entry + entry)


@pytest.mark.parametrize(
    ("add", "message"),
    [
        ("{task_id: 2024-77, metric: x}", "there is no task '2024-77'"),
        ("{task_id: 2024-01, metric: x}", "the added row needs 'comparator': expected one of"),
        ("{task_id: 2024-02, metric: x}", "stand 0 times in the task"),
    ],
)
def test_an_added_row_is_complete(correct, add, message):
    with pytest.raises(CorrectionError, match=message):
        correct(HEAD + f"  add: {add}\n" + FOOT)


MORE = """- id: more
  table: tasks
"""


def test_a_task_that_was_not_seen_is_added_and_then_given_its_bodies(tmp_path):
    text = TEXT + "3. 加快建设科学城。（由省科技厅牵头）\n"
    made = frames_of(sxcanalysis.parse_document(text, edition="2024"))
    for name in ("tasks", "assignments"):
        made[name] = made[name][made[name]["task_id"] != "2024-03"].reset_index(drop=True)
    path = tmp_path / "2024.yml"
    path.write_text(
        MORE + "  quote: 加快建设科学城\n  add: {task_id: 2024-03, attribution: 由省科技厅牵头}\n" + FOOT
        + "- id: body\n  table: assignments\n  quote: 省科技厅\n  add: {task_id: 2024-03, body: 省科技厅, body_as_written: 省科技厅, "
        "body_kind: province, role: lead, others_implied: 'false', role_basis: stated, known: 'true'}\n" + FOOT,
        encoding="utf-8",
    )  # fmt: skip
    now = apply_corrections(made, read_corrections(path), text)
    row = now["tasks"].iloc[-1]
    assert (row["task_id"], row["text"], row["category"], row["seq"]) == (
        "2024-03",
        "加快建设科学城",
        "生态环保类",
        3,
    )
    assert text[row["attribution_start"] : row["attribution_end"]] == "由省科技厅牵头"
    added = now["assignments"].iloc[-1]
    assert (added["task_id"], text[added["start"] : added["end"]]) == ("2024-03", "省科技厅")


def test_a_task_is_not_added_twice(correct):
    with pytest.raises(CorrectionError, match="split it"):
        correct(MORE + "  quote: 完成清淤635万方\n  add: {task_id: 2024-03}\n" + FOOT)


def test_a_task_is_split_and_its_closing_bracket_counts_for_each_part(correct, frames):
    made = correct(MORE + "  quote: 综合利用率均达到95%\n  split: [综合利用率, 完成清淤]\n" + FOOT)
    tasks = made["tasks"]
    assert tasks["task_id"].tolist() == ["2024-01.1", "2024-01.2", "2024-02"]
    assert tasks["seq"].tolist() == [1, 2, 3]
    assert tasks["text"].tolist()[:2] == ["综合利用率均达到95%，", "完成清淤635万方。"]
    for row in tasks.itertuples():
        assert TEXT[row.start : row.end] == row.text
    bodies = made["assignments"].groupby("task_id")["body"].apply(list)
    assert bodies["2024-01.1"] == bodies["2024-01.2"] == ["省生态环境厅", "无锡市", "苏州市"]
    targets = dict(zip(made["targets"]["quote"], made["targets"]["target_id"], strict=True))
    assert {key[-6:]: value[:9] for key, value in targets.items()}[
        next(key[-6:] for key in targets if "清淤" in key)
    ] == "2024-01.2"
    assert len(made["targets"]) == len(frames["targets"])
    with pytest.raises(CorrectionError, match="not in the order"):
        correct(MORE + "  quote: 综合利用率均达到95%\n  split: [完成清淤, 综合利用率]\n" + FOOT)


def test_neighbouring_tasks_are_merged_under_the_id_of_the_first(correct, frames):
    made = correct(MORE + "  quote: 完成清淤\n  merge: [2024-01, 2024-02]\n" + FOOT)
    (task,) = made["tasks"].to_dict("records")
    assert (task["task_id"], task["corrected"]) == ("2024-01", "more")
    assert task["text"] == "".join(frames["tasks"]["text"])
    assert (task["start"], task["end"]) == (frames["tasks"]["start"].min(), frames["tasks"]["end"].max())
    assert set(made["assignments"]["task_id"]) == {"2024-01"}
    assert not made["assignments"].duplicated(["body", "role"]).any()
    assert made["targets"]["target_id"].is_unique
    assert len(made["targets"]) == len(frames["targets"])
    with pytest.raises(CorrectionError, match="follow one another"):
        correct(MORE + "  quote: 完成清淤\n  merge: [2024-02, 2024-01]\n" + FOOT)


def test_a_value_at_odds_with_its_si_value_is_refused(correct):
    with pytest.raises(CorrectionError, match=r"640 万方 is 6\.4e\+06 m³, not 640000"):
        correct(HEAD + "  set: {value: 640, unit: 万方, unit_si: m³, value_si: 640000}\n" + FOOT)
    assert correct(HEAD + "  set: {value: 640, unit: 万方, unit_si: m³, value_si: 6400000}\n" + FOOT)


def test_corrections_survive_a_new_ingest(tmp_path):
    root = tmp_path / "data"
    shutil.copytree(data_dir() / "reference", root / "reference")
    (root / "corrections").mkdir()
    entry = HEAD.replace("清淤635万方", "635 万方清淤任务") + "  set: {comparator: ge}\n" + FOOT
    (root / "corrections" / "2024.yml").write_text(entry, encoding="utf-8")
    document = data_dir() / "sources" / "2024" / "sxc-task-list-2024.txt"
    first = ingest(document, edition=2024, root=root)
    path = root / "tables" / "2024" / "targets.csv"
    written = path.read_bytes()
    assert first.frames["targets"].set_index("corrected").loc["one", "comparator"] == "ge"
    assert not ingest(document, edition=2024, root=root).changed
    assert path.read_bytes() == written
    assert read_edition(2024, root=root).frames["targets"]["corrected"].tolist().count("one") == 1


def test_a_correction_that_no_longer_fits_stops_the_ingest(tmp_path):
    root = tmp_path / "data"
    shutil.copytree(data_dir() / "reference", root / "reference")
    (root / "corrections").mkdir()
    (root / "corrections" / "2024.yml").write_text(HEAD + "  reject: true\n" + FOOT, encoding="utf-8")
    (tmp_path / "list.txt").write_text(TEXT.replace("635", "700"), encoding="utf-8")
    with pytest.raises(CorrectionError, match="finds 0 rows"):
        ingest(tmp_path / "list.txt", edition=2024, root=root)
    assert not (root / "tables").exists()
