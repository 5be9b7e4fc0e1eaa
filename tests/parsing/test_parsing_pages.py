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
    assert found.coverage.unparsed.empty
    spans = found.coverage.spans
    furniture = spans[spans["kind"] == "furniture"]
    words = [found.text[start:end] for start, end in zip(furniture["start"], furniture["end"], strict=True)]
    assert words[:2] == ["— 1 —", "江苏省人民政府公报"]


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
    assert found.tasks["text"].tolist() == ["建设铁路网", "建设公路网，完善干线网络"]
    assert found.tasks["category"].tolist() == ["", ""]
    assert found.assignments["role"].tolist() == ["lead", "supporting", "supporting", "lead", "supporting"]
    assert found.coverage.unparsed.empty


def test_a_table_that_lost_its_columns() -> None:
    found = parse_document(
        "序号\n任务\n责任单位\n完成时限\n1\n新建2座人行天桥。\n县住建局\n9月投入使用\n"
        "2\n启动图书馆新馆建设。\n县文体广新局\n县代建中心\n12月底前\n"
    )
    assert found.tasks[["number", "text", "category"]].to_numpy().tolist() == [
        ["1", "新建2座人行天桥。", ""],
        ["2", "启动图书馆新馆建设。", ""],
    ]
    assert found.assignments["body_as_written"].tolist() == ["县住建局", "县文体广新局", "县代建中心"]
    assert found.coverage.unparsed.empty


def test_the_rows_of_a_table_without_columns_keep_their_roles() -> None:
    found = parse_document(
        "序号 |\n目标与任务 |\n牵头责任单位 |\n责任单位 |\n80 |\n新增托位400个以上。 |\n县教育局 |\n县各有关单位 |\n"
        "81 |\n支持学校发展。 |\n县教育局 |\n县财政局 |\n"
    )
    assert found.tasks["number"].tolist() == ["80", "81"]
    assert found.assignments["role"].tolist() == ["lead", "responsible"] * 2


def test_a_cell_that_names_no_body_is_a_finding() -> None:
    found = parse_document(
        "专项 | 序号 | 任务内容 | 进度安排 | 牵头单位 |\n一季度 | 二季度 | 三季度 |\n道路 | 1 | 贯通环线。 | 完成95%。 | 具备通车能力。 |\n"
    )
    assert found.tasks["number"].tolist() == ["1"]
    assert found.assignments.empty
    assert "attribution_words" in found.issues.query("severity == 'warning'")["code"].tolist()


def test_lines_of_bodies_alone_close_their_items() -> None:
    found = parse_document(
        "一、甲\n1*\n推进大走廊建设。\n市科技局、市发改委\n2\n坚持创新。\n市科技局\n省牵头单位：省科技厅\n"
    )
    assert found.tasks["number"].tolist() == ["1", "2"]
    assert found.assignments[["body", "role"]].to_numpy().tolist() == [
        ["市科技局", "responsible"],
        ["市发展改革委", "responsible"],
        ["市科技局", "responsible"],
        ["省科技厅", "lead"],
    ]


def test_lines_of_bodies_over_their_items_are_headings() -> None:
    found = parse_document(
        "省科技厅\n1. 建设实验室。\n2. 建设平台。\n省财政厅\n3. 安排资金。\n4. 检查资金。\n"
    )
    assert found.tasks["category"].tolist() == ["省科技厅", "省科技厅", "省财政厅", "省财政厅"]
    assert found.assignments.empty


def test_sentences_below_a_closed_title_are_the_tasks() -> None:
    found = parse_document(
        "1.制定清单。（牵头单位：市编办）\n一是完成20项。\n二是划分事权。\n2.完善机制。（牵头单位：市财政局）\n一是改革。\n"
        "各地各部门要加强组织领导。\n"
    )
    assert found.tasks["text"].tolist() == [
        "制定清单。（牵头单位：市编办）一是完成20项。二是划分事权。",
        "完善机制。（牵头单位：市财政局）一是改革。",
    ]
    assert found.coverage.unparsed["words"].tolist() == ["各地各部门要加强组织领导。"]


def test_the_person_in_charge_is_no_part_of_the_task() -> None:
    found = parse_document(
        "1.增长6%以上。\n分管省领导：张三\n部门分工：省发展改革委牵头，各地、各部门配合。\n"
    )
    assert found.tasks["text"].tolist() == ["增长6%以上。"]
    assert found.assignments["body"].tolist() == ["省发展改革委", "各地、各部门"]


def test_an_attribution_without_a_task_is_said() -> None:
    found = parse_document("责任单位：省市场监管局\n3.加强监管。\n责任单位：省科技厅\n")
    assert found.coverage.unparsed["hint"].tolist() == ["an attribution with no task before it"]


def test_a_text_without_line_ends_keeps_its_headings() -> None:
    lines = [
        f"第{part}部分 {name}（1）建设实验室，新增{i}个。（省科技厅牵头，省财政厅配合）（2）建设平台。（省科技厅负责）"
        for i, (part, name) in enumerate(zip("一二三四", ("创新", "产业", "交通", "生态"), strict=True))
    ]
    whole = "某省分工表" + "".join(lines)
    margin = "\n".join(whole[i : i + 30] for i in range(0, len(whole), 30))
    for text in (whole, margin, " ".join(whole)):
        tasks = parse_document(text).tasks
        assert tasks["number"].tolist() == ["1", "2"] * 4
        assert [category.replace(" ", "") for category in tasks["category"][::2]] == [
            "创新",
            "产业",
            "交通",
            "生态",
        ]


def test_a_table_that_lost_its_columns_and_its_numbers() -> None:
    found = parse_document(
        "序号\n\n目标与任务\n\n牵头责任单位\n\n责任单位\n\n推进规划编制。\n\n市自然资源和规划局\n\n各县政府、开发区管委会\n\n"
        "打好污染防治攻坚战。\n\n市生态环境局\n\n各县政府、开发区管委会\n"
    )
    assert found.tasks["text"].tolist() == ["推进规划编制。", "打好污染防治攻坚战。"]
    assert found.assignments["role"].tolist() == ["lead", "responsible", "responsible"] * 2


def test_a_header_cell_on_two_lines() -> None:
    found = parse_document(
        "序号\n目标名称\n区政府\n分管领导\n牵头单位\n配合单位\n1\n四大功能区建设\n张三\n住建局\n新闸街道、五星街道\n"
        "2\n老城厢\n李四\n文体旅局\n各街道\n"
    )
    assert found.tasks["text"].tolist() == ["四大功能区建设", "老城厢"]
    assert found.assignments["role"].tolist() == ["lead", "supporting", "supporting", "lead", "supporting"]
