"""What pages, margins and drawn tables do to a list."""

from __future__ import annotations

from sxcanalysis import parse_document

_RAIL = "（省交通运输厅牵头，苏州市具体落实）"


def test_a_running_head_beside_the_page_numbers_is_no_part_of_a_task() -> None:
    pages = [
        f"{i}. 推进第{i}号工程，提升服务水平，\n— {i} —\n江苏省人民政府公报\n形成格局。{_RAIL}"
        for i in range(1, 5)
    ]
    found = parse_document("\n".join(pages))
    assert found.tasks["text"].tolist() == [f"推进第{i}号工程，提升服务水平，形成格局。" for i in range(1, 5)]
    assert found.coverage.unparsed["words"].tolist()[:2] == ["— 1 —", "江苏省人民政府公报"]


def test_a_line_that_stands_beside_two_page_numbers_only_stays() -> None:
    pages = [f"{i}. 推进第{i}号工程，提升服务水平，\n— {i} —\n形成格局\n{_RAIL}" for i in range(1, 3)]
    assert all(text.endswith("形成格局") for text in parse_document("\n".join(pages)).tasks["text"])


def test_a_heading_that_a_page_break_cuts_is_one_heading() -> None:
    text = f"一、推动生态环境共\n— 4 —\n\n保联治\n1. 建设铁路网。{_RAIL}\n2. 建设公路网。{_RAIL}"
    assert set(parse_document(text).tasks["category"]) == {"推动生态环境共保联治"}


def test_a_line_under_a_heading_is_not_the_heading() -> None:
    text = f"一、生态环境\n共保联治\n1. 建设铁路网。{_RAIL}\n2. 建设公路网。{_RAIL}"
    assert set(parse_document(text).tasks["category"]) == {"生态环境"}


def test_a_collective_over_a_line_end_is_one_body() -> None:
    found = parse_document("1. 建设铁路网。（省交通运输厅牵头，各区\n县政府具体落实）")
    assert found.assignments["body"].tolist() == ["省交通运输厅", "各区县政府"]


def test_a_body_with_a_lost_character_is_a_warning() -> None:
    issues = parse_document("1. 建设铁路网。（省交通运输厅牵头，苏\ufffd市具体落实）").issues
    row = issues[issues["code"] == "body_unknown"].iloc[0]
    assert (row["severity"], row["words"]) == ("warning", "苏\ufffd市")


def test_a_table_drawn_with_rules() -> None:
    found = parse_document(
        "┌──┬────┬────┬────┐\n│序号│工作任务│牵头单位│配合单位│\n├──┼────┼────┼────┤\n"
        "│1│建设铁路网│省交通运输厅│省发展改革委、苏州市│\n├──┼────┼────┼────┤\n"
        "│2│建设公路网，完善│省交通运输厅│省财政厅│\n│ │干线网络│ │ │\n└──┴────┴────┴────┘"
    )
    assert found.tasks["text"].tolist() == ["建设铁路网", "建设公路网，完善"]
    assert found.tasks["category"].tolist() == ["", ""]
    assert found.assignments["role"].tolist() == ["lead", "supporting", "supporting", "lead", "supporting"]
    assert found.coverage.unparsed["hint"].tolist() == ["goes on with the row above; read it there by hand"]
