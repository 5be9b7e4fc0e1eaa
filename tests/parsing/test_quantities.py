from __future__ import annotations

import csv
import time
from pathlib import Path

import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from sxcanalysis.core.paths import data_dir
from sxcanalysis.parsing.targets.amounts import han_value, numbers
from sxcanalysis.parsing.targets.reading import extract_targets, glossary
from sxcanalysis.reference.units import SCALES, match_unit, units
from sxcanalysis.text.normal_form import cast_shadow

CORPUS = Path(__file__).with_name("corpus_targets.csv")
SOURCE = Path(__file__).parents[2] / "data" / "sources" / "2024" / "sxc-task-list-2024.txt"


def _base(unit: str) -> tuple[float, str]:
    scale = next(s for s in ("万亿", "万", "亿", "") if unit.startswith(s))
    parts = [units()[p].name if p in units() else p for p in unit.removeprefix(scale).split("/")]
    name = unit.removeprefix(scale)
    return SCALES[scale], units()[name].name if name in units() else "/".join(parts)


def _read(text: str) -> list[tuple[str, float, float | None, str]]:
    targets, _ = extract_targets(text)
    out = []
    for t in targets:
        factor, name = _base(t.unit)
        high = None if t.value_high is None else t.value_high * factor
        out.append((t.comparator, t.value * factor, high, name))
    return out


def _rows() -> list[tuple[str, str]]:
    with CORPUS.open(encoding="utf-8", newline="") as file:
        return [(row["sentence"], row["readings"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("sentence", "readings"), _rows(), ids=lambda v: v[:24])
def test_corpus(sentence: str, readings: str) -> None:
    expected = []
    for reading in filter(None, readings.split(";")):
        comparator, value, unit = reading.split(" ")
        low, _, high = value.partition("~")
        factor, name = _base("" if unit == "-" else unit)
        expected.append((comparator, float(low) * factor, float(high) * factor if high else None, name))
    assert _read(sentence) == expected


def test_the_2024_list() -> None:
    text = SOURCE.read_text(encoding="utf-8")
    targets, findings = extract_targets(text)
    assert [(t.metric, t.comparator, t.value, t.unit, t.scope, t.deadline, t.kind) for t in targets] == [
        ("免费诊断覆盖率", "eq", 100, "%", "规上工业企业", "", "coverage"),
        ("清淤", "eq", 635, "万方", "", "按期", "level"),
        ("园林废弃物综合利用率", "eq", 95, "%", "", "", "rate"),
        ("秸秆综合利用率", "eq", 95, "%", "", "", "rate"),
        ("蓝藻综合利用率", "eq", 95, "%", "", "", "rate"),
        ("修复湿地", "ge", 1000, "亩", "每个设区市", "", "level"),
        ("造林", "eq", 3.8, "万亩", "三市", "年内", "level"),
        ("新建绿美村庄", "eq", 32, "个", "三市", "年内", "count"),
        ("改造提升绿美村庄", "eq", 21, "个", "三市", "年内", "count"),
        ("水土保持重点工程", "eq", 5, "个", "", "年内", "count"),
        ("创建省级生态清洁小流域", "eq", 10, "条", "", "年内", "count"),
        ("生态园林城市覆盖率", "eq", 100, "%", "苏锡常地区", "", "coverage"),
    ]
    assert findings == []
    assert all(t.metric_en for t in targets)
    assert all(text[t.start : t.end] == t.quote for t in targets)
    assert targets[1].value_si == 6.35e6
    assert targets[1].unit_si == "m³"
    assert targets[6].value_si == pytest.approx(38000 / 15 * 1e4)


def test_normalised_values() -> None:
    (target,) = extract_targets("新修复湖滨湿地3万亩。")[0]
    assert (target.value, target.unit, target.unit_si) == (3, "万亩", "m²")
    assert target.value_si == pytest.approx(2000 * 1e4)  # 3万亩 are 2000 ha
    (target,) = extract_targets("单位耗电降至0.6千瓦时/吨。")[0]
    assert (target.value_si, target.unit_si) == (3600 * 0.6, "J/kg")
    (target,) = extract_targets("细颗粒物浓度降至30微克/立方米。")[0]
    assert target.value_si == pytest.approx(3e-8)


def test_counts_never_share_a_unit() -> None:
    targets, _ = extract_targets("新建村史馆12个，培育合作社40家，举办集市6场。")
    assert [t.unit_si for t in targets] == ["个", "家", "场"]
    assert {t.dimension for t in targets} == {"count"}


def test_a_difference_of_percentages_is_not_a_percentage() -> None:
    targets, _ = extract_targets("入学率提高2个百分点，达到97%。")
    assert [(t.metric, t.value, t.unit_si, t.kind) for t in targets] == [
        ("入学率提高", 2, "pp", "increment"),
        ("入学率", 97, "1", "rate"),
    ]


def test_deadlines_and_scopes() -> None:
    text = (
        "到2026年底，全市累计建成驿站80座、步道12公里；到2030年，全省步道达到400公里。6月底前完成清淤3公里。"
    )
    targets, _ = extract_targets(text)
    assert [(t.deadline, t.scope) for t in targets] == [
        ("到2026年底", "全市"),
        ("到2026年底", "全市"),
        ("到2030年", "全省"),
        ("6月底前", ""),
    ]


def test_a_year_of_comparison_is_no_deadline() -> None:
    (target,) = extract_targets("单位产值能耗比2020年下降14%。")[0]
    assert (target.deadline, target.direction, target.metric) == ("", "down", "单位产值能耗下降")


def test_a_starting_value_is_kept_as_baseline() -> None:
    (target,) = extract_targets("审批事项由38项压减至16项。")[0]
    assert (target.metric, target.value, target.baseline) == ("审批事项", 16, "38项")


def test_parts_point_at_their_whole() -> None:
    targets, _ = extract_targets("新增床位500张，其中护理型床位300张。新建幼儿园4所。")
    assert [t.subset_of for t in targets] == [None, 0, None]


def test_metrics_of_lists_and_repeats() -> None:
    targets, _ = extract_targets("水产总产值30亿元，增长6%；蔬菜、水果产量分别达到50万吨、8万吨以上。")
    assert [(t.metric, t.comparator) for t in targets] == [
        ("水产总产值", "eq"),
        ("水产总产值增长", "eq"),
        ("蔬菜产量", "ge"),
        ("水果产量", "ge"),
    ]


def test_incomes_of_town_and_country_are_two_targets() -> None:
    targets, _ = extract_targets("城乡居民人均可支配收入分别增长5%、6.5%左右。")
    assert [t.metric for t in targets] == ["城镇居民人均可支配收入增长", "农村居民人均可支配收入增长"]


def test_a_scope_at_the_head_of_a_sentence_holds_for_it() -> None:
    targets, _ = extract_targets("到2027年，全省加快成网，新建码头8个。规上工业企业突破900家。")
    assert [t.scope for t in targets] == ["全省", ""]
    targets, _ = extract_targets("云岭市今年要提速，建成书屋50座。")
    assert [t.scope for t in targets] == ["云岭市"]


def test_metrics_of_starting_values_in_a_list() -> None:
    targets, _ = extract_targets("龋齿率、近视率分别从目前的30%和50%，下降至2029年的20%和45%。")
    assert [(t.metric, t.value, t.kind, t.baseline) for t in targets] == [
        ("龋齿率", 20, "rate", "30%和50%"),
        ("近视率", 45, "rate", "30%和50%"),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("城镇新增就业20万人。", "increment"),
        ("居民消费价格涨幅2%。", "increment"),
        ("提升60所学校。", "count"),
        ("新增职工平均受教育年限达到13年。", "level"),
        ("锻炼人数达3亿。", "count"),
        ("景气指数达到55。", "level"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    (target,) = extract_targets(text)[0]
    assert target.kind == kind


def test_an_unknown_unit_is_kept_and_reported() -> None:
    text = "采购抢险帐篷700顶。"
    (target,), (finding,) = extract_targets(text, offset=100)
    assert (target.unit, target.unit_si, target.value_si) == ("顶", "顶", 700)
    assert finding.code == "unknown_unit"
    assert "'顶'" in finding.hint
    assert "units.csv" in finding.hint
    assert text[finding.start - 100 : finding.end - 100] == "700顶"


def test_a_number_without_a_unit_is_reported() -> None:
    (target,), (finding,) = extract_targets("渠系水利用系数提高到0.62。")
    assert (target.value, target.unit) == (0.62, "")
    assert finding.code == "no_unit"
    assert "no unit" in target.assumed


def test_line_ends_inside_words_do_not_matter() -> None:
    whole = "示范区道路绿化率、河道绿化率均达到88%。"
    broken = "示范区道路绿\n\n化率、河道绿化率均\n达到 88 %。"
    targets, _ = extract_targets(broken, offset=7)
    assert [t.metric for t in targets] == [t.metric for t in extract_targets(whole)[0]]
    assert all(broken[t.start - 7 : t.end - 7] == t.quote for t in targets)
    assert targets[0].quote.endswith("88 %")


@pytest.mark.parametrize("width", [5, 7, 11])
def test_a_number_that_a_line_end_cuts_is_one_number(width: int) -> None:
    text = "".join(SOURCE.read_text(encoding="utf-8").split())
    wrapped = "\n".join(text[i : i + width] for i in range(0, len(text), width))
    cut = [(t.metric, t.comparator, t.value, t.unit, t.deadline) for t in extract_targets(wrapped)[0]]
    assert cut == [(t.metric, t.comparator, t.value, t.unit, t.deadline) for t in extract_targets(text)[0]]
    assert extract_targets("完成造林120 30万亩。")[0][0].value == 30, "a blank on a line parts"


def test_traditional_characters_and_full_width() -> None:
    assert _read("新增學位１．５萬個，綠化率不低於４０％。") == [
        ("eq", 15000, None, "个"),
        ("ge", 40, None, "%"),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三十", 30), ("一百二十", 120), ("两千零五", 2005), ("十", 10), ("二十一", 21), ("一百零八", 108), ("一万二千", 12000),
        ("万亿", None), ("一二", None), ("千百", None),
    ],
)  # fmt: skip
def test_numbers_in_characters(text: str, value: float | None) -> None:
    assert han_value(text) == value


def test_every_unit_converts_and_is_found() -> None:
    for name, unit in units().items():
        assert unit.factor > 0, name
        matched = match_unit(name, 0)
        assert matched is not None, name
        assert matched[0] == unit, name


def test_percent_is_a_hundredth_and_a_mu_is_a_fifteenth_of_a_hectare() -> None:
    assert units()["%"].factor == 0.01
    assert units()["亩"].factor * 15 == pytest.approx(10_000)


def test_glossary_has_no_empty_names() -> None:
    assert glossary()
    assert all(zh and en for zh, en in glossary().items())


# What another library makes of the units that it knows.
IN_PINT = {
    "亩": "hectare/15", "公顷": "hectare", "平方公里": "km**2", "立方米": "m**3", "升": "liter", "公里": "km", "海里": "nautical_mile", "厘米": "cm",
    "毫米": "mm", "纳米": "nm", "吨": "tonne", "克": "gram", "毫克": "mg", "微克": "ug", "斤": "kg/2", "千瓦": "kW", "兆瓦": "MW", "吉瓦": "GW",
    "马力": "metric_horsepower", "千瓦时": "kW*hour", "兆瓦时": "MW*hour", "吉瓦时": "GW*hour", "千伏": "kV", "千伏安": "kV*A", "毫秒": "ms", "分钟": "minute",
    "小时": "hour", "天": "day", "周": "week", "%": "percent", "EB": "exabyte", "TB": "terabyte", "GB": "gigabyte", "PB": "petabyte", "Mbps": "megabit/second",
    "Gbps": "gigabit/second", "微克/立方米": "ug/m**3", "吨/天": "tonne/day",
}  # fmt: skip


def test_factors_are_those_of_another_library() -> None:
    known = pint.UnitRegistry()
    for name, expression in IN_PINT.items():
        unit = match_unit(name, 0)
        assert unit is not None
        si = unit[0].unit_si.replace("²", "**2").replace("³", "**3").replace("1", "dimensionless")
        factor = known.Quantity(known.parse_expression(expression)).to(si).magnitude
        assert unit[0].factor == pytest.approx(factor, rel=1e-12), name


BEFORE = {
    "ge": ["不低于", "不少于", "至少"],
    "le": ["不超过", "不高于", "至多"],
    "gt": ["超过", "突破"],
    "lt": ["低于", "不足"],
    "about": ["约"],
    "eq": ["达到", ""],
}
AFTER = {"ge": "以上", "le": "以内", "about": "左右"}
NOUNS = {
    "个": "驿站",
    "家": "合作社",
    "万亩": "良田",
    "公里": "步道",
    "亿元": "技改投资",
    "万吨": "粮食产能",
    "%": "绿化率",
    "座": "水闸",
}


@st.composite
def _sentences(draw: st.DrawFn) -> tuple[str, list[tuple[str, float, str]]]:
    parts, expected = [], []
    for _ in range(draw(st.integers(1, 4))):
        unit = draw(st.sampled_from(sorted(NOUNS)))
        comparator = draw(st.sampled_from(sorted(BEFORE)))
        decimals = draw(st.integers(0, 2)) if unit in {"万亩", "公里", "亿元", "万吨", "%"} else 0
        whole = draw(st.integers(1, 999))
        number = (
            f"{whole}.{draw(st.integers(10 ** (decimals - 1), 10**decimals - 1))}" if decimals else str(whole)
        )
        verb = "" if unit == "%" else draw(st.sampled_from(["新建", "建成", "完成", "培育"]))
        if comparator in AFTER and draw(st.booleans()):
            words = ("", AFTER[comparator])
        else:
            words = (draw(st.sampled_from(BEFORE[comparator])), "")
        shown = (
            number.translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
            if draw(st.booleans())
            else number
        )
        parts.append(f"{verb}{NOUNS[unit]}{words[0]}{shown}{unit}{words[1]}")
        expected.append((comparator, float(number), unit))
    return "，".join(parts) + "。", expected


@settings(max_examples=300, deadline=None)
@given(_sentences(), st.integers(0, 10_000))
def test_sentences_are_read_back(made: tuple[str, list[tuple[str, float, str]]], offset: int) -> None:
    text, expected = made
    targets, findings = extract_targets(text, offset=offset)
    assert [(t.comparator, t.value, t.unit) for t in targets] == expected
    assert findings == []
    for t in targets:
        assert text[t.start - offset : t.end - offset] == t.quote
        assert t.metric


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *"（）()，。；、\n “”《》%万亿一二十百千个家0123456789.,-—~第年月每由至到达翻番全覆盖均分别其中以上新建增长",
                "不低于",
                "百分之",
                "2025年",
                "亩",
            ]
        ),
        max_size=60,
    ).map("".join)
)
def test_any_text_is_survived(text: str) -> None:
    targets, findings = extract_targets(text)
    for t in targets:
        assert text[t.start : t.end] == t.quote
        assert t.comparator in {"eq", "ge", "gt", "le", "lt", "about", "between"}
        assert t.kind in {"level", "increment", "rate", "count", "coverage"}
        assert (t.value_high is not None) == (t.comparator == "between")
    for f in findings:
        assert 0 <= f.start < f.end <= len(text)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_arbitrary_unicode_is_survived(text: str) -> None:
    targets, _ = extract_targets(text)
    assert all(text[t.start : t.end] == t.quote for t in targets)


def test_the_shadow_of_amounts_leads_back() -> None:
    text = " 完成 ６３５\n万方,2024 30\t1,200個 ■伍仟萬元"
    doc = cast_shadow(text, amounts=True)
    assert doc.chars == "完成635万方，2024 30|1,200个|五千万元"
    assert text[doc.offset(next(numbers(doc.chars)).start)] == "６"
    assert doc.as_written("五千万元个", 0, len(doc.chars)) == "伍仟萬元個"


def test_traditional_characters_are_those_of_another_library() -> None:
    convert = OpenCC("t2s").convert
    with (data_dir() / "reference" / "traditional.csv").open(encoding="utf-8", newline="") as file:
        listed = {row["traditional"]: row["simplified"] for row in csv.DictReader(file)}
    # One call, and a line end after each character: so no phrase is converted as a whole.
    chars = [chr(code) for code in range(0x4E00, 0xA000)]
    plain = convert("\n".join(chars)).split("\n")
    assert listed == {a: b for a, b in zip(chars, plain, strict=True) if a != b and len(b) == 1}


@pytest.mark.parametrize(
    "unit",
    [
        "新建驿站32个、步道3.5公里，其中环湖步道不低于2公里。",
        "新建驿站32个、",
        "（",
        "1",
        "一",
        "分别达到5%、",
        "第",
    ],
)
def test_time_grows_with_length_only(unit: str) -> None:
    extract_targets(unit)

    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        begin = time.process_time()
        extract_targets(text)
        return time.process_time() - begin

    small = min(seconds(4_000) for _ in range(3))
    large = min(seconds(32_000) for _ in range(2))
    assert large < max(small, 0.005) * 8 * 3


def test_an_amount_without_a_number_is_a_finding() -> None:
    targets, findings = extract_targets("培育数百家科技型企业。", offset=10)
    assert targets == []
    assert [(f.code, f.start, f.end) for f in findings] == [("vague_quantity", 12, 15)]


def test_a_quantity_of_which_no_rule_tells_is_a_finding() -> None:
    targets, findings = extract_targets("中心小学63处编号。")
    assert targets == []
    assert [(f.code, f.start, f.end) for f in findings] == [("quantity_unread", 4, 7)]


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        # a verb of movement at the head, 至 before the number
        ("提高有线电视用户占比至75%。", [("有线电视用户占比", "eq", 75, "up")]),
        ("压减采购审批时限至3个工作日。", [("采购审批时限", "eq", 3, "down")]),
        # an amount behind a clause, the first of a list, a part of the one before
        ("强化协同，全年赋能作坊900家。", [("赋能作坊", "eq", 900, "up")]),
        ("轮训园长70人、保育员210人。", [("轮训园长", "eq", 70, "up"), ("保育员", "eq", 210, "up")]),
        ("新增茶园30万亩（其中改造20万亩）。", [("新增茶园", "eq", 30, "up"), ("改造茶园", "eq", 20, "up")]),
        ("培育合作社20家以上（累计达80家）。", [("培育合作社", "ge", 20, "up"), ("培育合作社", "eq", 80, "up")]),
        # a measure word in brackets, comparators of their own behind 分别
        ("配备抢险车80台（套）、哨所12处（个）。", [("配备抢险车", "eq", 80, "up"), ("哨所", "eq", 12, "up")]),
        ("出苗率、成活率分别达到30%以上和不低于60%。", [("出苗率", "ge", 30, "up"), ("成活率", "ge", 60, "up")]),
        ("绿化投入增速不低于财政收入增速的1.6倍。", [("绿化投入增速", "ge", 1.6, "up")]),
        # a starting value before a bracket, an altitude, a note in a heading
        ("驿站数量从120家（2029年）提高到200家。", [("驿站数量", "eq", 200, "up")]),
        ("海拔900米以上地区栽植云杉200亩。", [("栽植云杉", "eq", 200, "up")]),
        ("典型做法（5个以内）。", []),
        # a time within which something is done
        ("来信7个工作日内答复。", [("来信", "le", 7, "down")]),
        # a sum is no share of what was measured before it
        ("发电量13万2千千瓦时，投入伍仟万元。", [("发电量", "eq", 13.2, "up"), ("投入", "eq", 5000, "up")]),
        ("产值突破千亿元，帮扶上百家作坊，能耗降低一半。", [("产值", "gt", 1000, "up"), ("帮扶作坊", "ge", 100, "up"), ("能耗降低", "eq", 50, "down")]),
    ],
)  # fmt: skip
def test_kinds_of_targets(text: str, readings: list[tuple[str, str, float, str]]) -> None:
    targets, findings = extract_targets(text)
    assert [(t.metric, t.comparator, t.value, t.direction) for t in targets] == readings
    assert findings == []


def test_where_a_target_is_fulfilled() -> None:
    directions = {
        "绿化率达到95%。": "up", "新建水厂3座。": "up", "能耗下降3%。": "down", "时限压缩至3天。": "down", "浓度控制在30微克/立方米以内。": "down",
        "建设周期3至5个月左右的水厂10座。": "up",
    }  # fmt: skip
    for text, direction in directions.items():
        assert extract_targets(text)[0][-1].direction == direction, text


@pytest.mark.parametrize(
    "text", ["五万亿" * 3000, "新建水厂" + "9" * 400 + "座。", "百分之" * 2000, "万" * 5000]
)
def test_no_run_of_numerals_is_an_error(text: str) -> None:
    extract_targets(text)
