"""Places: the 2024 list against a reading by eye, and sentences about the rest of the country."""

from __future__ import annotations

import csv
import re
import time
from itertools import pairwise

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from sxcanalysis import load_boundaries, load_sites, parse_document, read_document
from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.geography.locating import enclosing_radius_m
from sxcanalysis.parsing.places.known_names import _known
from sxcanalysis.parsing.places.mentions import city_of, read_mentions
from sxcanalysis.reference.gazetteer import KINDS, UNITS, _read, gazetteer, scan

# Read by eye from the document before the module was written: the provinces, cities and counties that each task
# names, in the order of the text. The members of a composite stand in brackets. 宁、苏、浙 and the like are units
# where they stand for one (苏沪省界). Tasks that are not here name none.
BY_EYE = {
    "01": "苏州",
    "02": "无锡 昆山 苏州",
    "05": "无锡 苏州 苏州 常州 [泰州 连云港 无锡] [苏州 无锡 南通]",
    "06": "苏州 常州 苏州 无锡 常州",
    "08": "常州",
    "09": "苏州 无锡",
    "10": "无锡 苏州",
    "12": "苏州 无锡 常州",
    "13": "江苏 苏州",
    "15": "常州 苏州 太仓 常州 无锡",
    "16": "苏州",
    "17": "昆山",
    "18": "苏州",
    "19": "[苏州 无锡 常州]",
    "20": "无锡 无锡",
    "21": "[上海 武汉] 太仓 常州 无锡 太仓 无锡 苏州 南京 常州 金坛 武进",
    "22": "[上海 苏州 湖州] [上海 重庆 成都] [南通 苏州 嘉兴 宁波] 江苏 [苏州 无锡 常州] 太仓 [盐城 泰州 无锡 常州 宜兴] "
    "[常州 泰州] [如东 南通 苏州 湖州] 苏州 吴江",
    "23a": "[常州 泰州] [张家港 靖江 如皋] 江阴 靖江 [海门 太仓] [苏州 南通]",
    "23b": "无锡 常州",
    "24": "[江苏 上海] 溧阳 [江苏 浙江]",
    "25": "江苏 无锡",
    "26": "苏州 苏州 太仓 张家港 苏州 金坛",
    "27": "江阴",
    "34": "苏州 无锡",
    "35": "[苏州 无锡 常州] 无锡 常州",
    "36": "无锡 昆山",
    "37": "金坛 溧阳 宜兴",
    "38": "无锡",
    "40": "[苏州 无锡 常州]",
    "41": "[苏州 无锡 常州] 苏州",
    "42": "[苏州 无锡 常州]",
    "43": "昆山 武汉 昆山",
    "44": "江苏",
    "46": "昆山",
    "47": "[苏州 无锡 常州] [苏州 无锡 常州]",
    "48": "苏州",
    "49": "常州 溧阳 武进",
    "50": "江阴 宜兴 新北 溧阳 吴中 张家港",
    "51": "[无锡 常州 泰州] 江苏 江阴 靖江 常州 新北 泰兴 [苏州 无锡] [无锡 常州]",
    "52": "上海 [苏州 无锡 常州]",
}  # fmt: skip
# Waters, regions and countries, read in the same way.
OTHERS_BY_EYE = {
    "01": "太湖", "02": "长三角", "03": "太湖", "10": "长三角", "14": "柬埔寨", "16": "太湖",
    "23a": "长江 长江 长江 长江", "24": "苏南运河 德胜河 苏申外港线 长湖申线 京杭运河 申张线 青阳港 芜申线 长湖申线 京杭运河",
    "25": "吴淞江 京杭大运河 太浦河 望虞河", "28": "太湖", "29": "太湖", "30": "滆湖 长荡湖 太湖", "44": "大运河 大运河 长江 江南",
    "51": "长江口",
}  # fmt: skip


@pytest.fixture(scope="module")
def parsed():
    text = read_document(next((data_dir() / "sources" / "2024").glob("*.txt")))
    return parse_document(text, edition="2024")


@pytest.fixture(scope="module")
def mentions(parsed):
    return parsed.mentions


def mention(text, *, attribution=""):
    """Read one task that is the text; the attribution follows it."""
    whole = text + attribution
    spans = {
        "task_id": ["2030-01"], "start": [0], "end": [len(text)],
        "attribution_start": [len(text)], "attribution_end": [len(whole)],
    }  # fmt: skip
    return read_mentions(pd.DataFrame(spans), whole)[0]


def units(text):
    rows = mention(text)
    rows = rows[rows["kind"].isin(UNITS)]
    return list(zip(rows["name"], rows["adcode"], strict=True))


@pytest.mark.parametrize(
    "number", [*map("{:02}".format, range(1, 23)), "23a", "23b", *map(str, range(24, 53))]
)
def test_units_of_each_task_are_those_read_by_eye(mentions, number):
    mine = mentions[(mentions["task_id"] == f"2024-{number}") & mentions["kind"].isin(UNITS)]
    groups = [
        [re.sub("[省市区县]$", "", unit) for unit in part["unit"]]
        for _, part in mine.groupby(["start", "end"], sort=True)
    ]
    read = [f"[{' '.join(sorted(group))}]" if len(group) > 1 else group[0] for group in groups]
    expected = [
        f"[{' '.join(sorted(part[1:-1].split()))}]" if part.startswith("[") else part
        for part in re.findall(r"\[.*?\]|\S+", BY_EYE.get(number, ""))
    ]
    assert read == expected


def test_waters_regions_and_countries_are_those_read_by_eye(mentions):
    rest = mentions[mentions["kind"].isin(["water", "region", "country"])]
    read = rest.groupby("task_id")["name"].agg(" ".join)
    assert read.to_dict() == {f"2024-{number}": names for number, names in OTHERS_BY_EYE.items()}


def test_spans_quote_the_document_and_codes_are_of_their_units(parsed, mentions):
    for row in mentions.itertuples():
        quoted = "".join(parsed.text[row.start : row.end].split())
        assert quoted == mentions.loc[row.Index, "name"]
    known = gazetteer().names
    coded = mentions[mentions["adcode"] != ""]
    assert len(coded) > 200
    assert (coded["unit"] == coded["adcode"].map(known)).all()
    assert (coded["city_adcode"] == coded["adcode"].map(city_of)).all()
    inside = mentions.merge(parsed.tasks[["task_id", "start", "end"]], on="task_id", suffixes=("", "_task"))
    assert ((inside["start"] >= inside["start_task"]) & (inside["end"] <= inside["end_task"])).all()


def test_codes_of_the_five_cities_are_those_of_the_boundaries():
    county = load_boundaries("county").set_index("adcode")["name"]
    named = gazetteer().names
    assert {code: named[code] for code in county.index} == county.to_dict()
    assert named["320613"] == "崇川区"
    assert named["320614"] == "海门区"


def test_every_site_and_project_of_the_edition_is_named_in_its_task(mentions):
    for kind in ("site", "project"):
        with (data_dir() / "projects" / f"{kind}s.csv").open(encoding="utf-8", newline="") as stream:
            # The id of a project begins with the task that first named it.
            listed = {
                (row[f"{kind}_id"], row[f"{kind}_id"].rpartition("-")[0]) for row in csv.DictReader(stream)
            }
        read = mentions[mentions["kind"] == kind]
        assert len(listed) > 30
        assert set(zip(read[f"{kind}_id"], read["task_id"], strict=True)) == listed
    assert (mentions.loc[mentions["kind"] == "project", "adcode"] == "").all()


def test_the_industrial_park_lies_in_the_city_and_in_no_county(mentions):
    park = mentions[mentions["name"] == "苏州工业园区"]
    assert set(park["kind"]) == {"site", "development_zone"}
    assert set(park["adcode"]) == {"320500"}
    alone = mention("支持苏州工业园区建设。")
    assert "320505" not in set(alone["adcode"])


def test_part_of_a_longer_name(mentions):
    def inside(number, name):
        rows = mentions[
            (mentions["task_id"] == f"2024-{number}")
            & (mentions["name"] == name)
            & mentions["kind"].isin(UNITS)
        ]
        assert len(rows)
        return set(rows["in_name"])

    for number, name in (
        ("01", "苏州"),
        ("15", "太仓"),
        ("21", "无锡"),
        ("22", "盐泰锡常宜"),
        ("43", "武汉"),
        ("19", "苏锡常"),
    ):
        assert inside(number, name) == {True}, name
    for number, name in (
        ("12", "苏州"),
        ("36", "昆山"),
        ("40", "苏锡常"),
        ("50", "新北区"),
        ("51", "江阴"),
        ("38", "无锡"),
    ):
        assert inside(number, name) == {False}, name


def test_outside_is_what_no_attribution_names(mentions):
    outside = mentions[mentions["outside"]]
    assert set(outside["unit"]) == {
        "上海市", "武汉市", "南京市", "连云港市", "湖州市", "重庆市", "成都市", "嘉兴市", "宁波市", "盐城市", "浙江省", "",
    }  # fmt: skip
    assert set(outside.loc[outside["unit"] == "", "name"]) == {"柬埔寨"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("支持昆山、太仓市、武进区和常州新北。", "昆山=320583 太仓市=320585 武进区=320412 常州=320400 新北=320411"),
        ("昆\n山市与太仓\n\n市", "昆山市=320583 太仓市=320585"),
        ("支持蘇州、無錫產業發展。", "蘇州=320500 無錫=320200"),
        ("苏锡常三市、锡常泰、苏锡两地", "苏锡常=320500 苏锡常=320200 苏锡常=320400 锡常泰=320200 锡常泰=320400 锡常泰=321200 苏锡=320500 苏锡=320200"),
        ("推进长株潭、广佛同城化", "长株潭=430100 长株潭=430200 长株潭=430300 广佛=440100 广佛=440600"),
        ("南京市鼓楼区、秦淮区；徐州市鼓楼区", "南京市=320100 鼓楼区=320106 秦淮区=320104 徐州市=320300 鼓楼区=320302"),
        ("广州市天河区、南沙区，支持海珠、番禺", "广州市=440100 天河区=440106 南沙区=440115 海珠=440105 番禺=440113"),
        ("推动北京市海淀、朝阳发展", "北京市=110000 海淀=110108 朝阳=110105"),
        ("辽宁省沈阳、朝阳", "辽宁省=210000 沈阳=210100 朝阳=211300"),
        ("浙江省杭州、义乌", "浙江省=330000 杭州=330100 义乌=330782"),
        ("山东济南、日照、东营", "山东=370000 济南=370100 日照=371100 东营=370500"),
        ("恩施州利川市", "恩施州=422800 利川市=422802"),
        ("海门市与港闸区", "海门市=320614 港闸区=320613"),  # names of before 2020
        ("内蒙古呼和浩特、广西壮族自治区", "内蒙古=150000 呼和浩特=150100 广西壮族自治区=450000"),
        ("河南省范县、濮阳市建成示范县", "河南省=410000 范县=410926 濮阳市=410900"),
        ("湖北仙桃市", "湖北=420000 仙桃市=429004"),
        ("苏州市场监管，苏州市政府", "苏州=320500 苏州市=320500"),
        ("南昌市新建区", "南昌市=360100 新建区=360112"),
        ("常州市，创新吴江模式", "常州市=320400 吴江=320509"),
    ],
)  # fmt: skip
def test_names_and_their_codes(text, expected):
    assert " ".join(f"{name}={code}" for name, code in units(text)) == expected


@pytest.mark.parametrize(
    "words",
    [
        "扩大同城化", "弘扬中华文化", "提高港口能力", "沿江都市圈", "推广安全生产", "西南通道", "东南通道", "互相城乡", "因地制宜兴办",
        "复兴化工", "其中卫生", "沿海安全", "创新北上", "出海口", "日照时间", "来宾接待", "长治久安", "新建区域", "港口区域", "在新城区建设",
        "公安机关", "合作区", "山区库区", "高新区", "各设区市", "县级市", "市区县", "城镇江河", "开启东西部", "诸如东部", "新区", "建成都市圈",
        "沿海太阳能", "日常泰然", "宪法国家", "大理石", "现在今日本身", "平常熟悉", "大同世界",
    ],
)  # fmt: skip
def test_words_that_only_look_like_places(words):
    home = "江苏省苏州市、无锡市、常州市、南通市、泰州市。"
    rows = mention(f"{words}。{home}推动{words}。")
    assert rows["name"].tolist() == ["江苏省", "苏州市", "无锡市", "常州市", "南通市", "泰州市"]


def test_an_ambiguous_county_keeps_its_row_without_a_code():
    rows = mention("支持鼓楼区建设。")
    assert rows[["name", "adcode", "kind", "city_adcode"]].to_numpy().tolist() == [
        ["鼓楼区", "", "county", ""]
    ]
    rows = mention("支持鼓楼区建设。", attribution="南京市、徐州市具体落实")
    assert rows["adcode"].tolist() == [""]
    rows = mention("支持鼓楼区建设。", attribution="徐州市具体落实")
    assert rows["adcode"].tolist() == ["320302"]


def test_zones_regions_waters_and_countries():
    rows = mention("无锡高新区、昆山开发区、长江、滆湖、长三角、德国，太湖流域")
    kinds = dict(zip(rows["name"], rows["kind"], strict=True))
    assert kinds == {
        "无锡高新区": "development_zone", "无锡": "city", "昆山开发区": "development_zone", "昆山": "county",
        "长江": "water", "滆湖": "water", "长三角": "region", "德国": "country", "太湖": "water",
    }  # fmt: skip
    codes = dict(zip(rows["name"], rows["adcode"], strict=True))
    assert codes["无锡高新区"] == "320214"
    assert codes["昆山开发区"] == "320583"
    assert {codes[name] for name in ("长江", "滆湖", "长三角", "德国", "太湖")} == {""}


def test_a_site_is_known_again_in_another_list():
    rows = mention("继续建设苏州实验室、苏州工业园区和国家服务贸易创新发展示范区。")
    assert rows.loc[rows["site_id"] != "", "site_id"].tolist() == ["2024-01-s1", "2024-16-s1"]
    rows = mention("开展城市外围防洪排涝工程，建设海太长江隧道。")
    assert rows.loc[rows["project_id"] != "", "name"].tolist() == ["海太长江隧道"]


def test_empty_and_textless_tasks():
    assert mention("").empty
    assert mention("苏").empty
    none = pd.DataFrame({"task_id": [], "start": [], "end": []}).astype({"start": int, "end": int})
    rows, _ = read_mentions(none, "苏州市")
    assert rows.empty
    assert rows["in_name"].dtype == bool
    assert rows["start"].dtype == "int64"


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        alphabet=st.one_of(
            st.sampled_from("苏锡常通泰州市区县海安门南无新北、，（）\n\t -至"), st.characters()
        )
    )
)
def test_any_text_is_read_and_quoted(text):
    rows = mention(text)
    for name, start, end in zip(rows["name"], rows["start"], rows["end"], strict=True):
        assert "".join(text[start:end].split()) == name
        assert name


def test_time_is_linear(parsed):
    def seconds(times):
        text = parsed.text * times
        tasks = pd.DataFrame({"task_id": ["x-1"], "start": [0], "end": [len(text)]})
        began = time.process_time()
        read_mentions(tasks, text)
        return time.process_time() - began

    seconds(1)
    small, large = min(seconds(10) for _ in range(3)), min(seconds(80) for _ in range(2))
    assert large < 8 * small * 2.5


def test_scan_takes_the_leftmost_longest_and_never_overlaps():
    hits = scan("江苏省苏州市苏州工业园区太湖长江口", gazetteer())
    assert [hit.end - hit.start for hit in hits] == [3, 3, 6, 2, 3]
    assert all(one.end <= two.start for one, two in pairwise(hits))


def test_city_of():
    assert [city_of(code) for code in ("320583", "320500", "320000", "310115", "419001", "")] == [
        "320500", "320500", "", "310000", "419001", "",
    ]  # fmt: skip


def test_gazetteer_is_whole():
    path = data_dir() / "reference" / "places.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert path.stat().st_size < 200_000
    names = gazetteer().names
    assert sum(code.endswith("0000") for code in names) == 34
    assert all(code[:2] + "0000" in names for code in names)
    for row in rows:
        for code in filter(None, row["adcode"].split(";")):
            assert code in names, row
        assert row["kind"] in KINDS
        assert (row["kind"] == "composite") == (";" in row["adcode"])
    assert len({(row["name"], row["adcode"]) for row in rows}) == len(rows)


def test_a_damaged_gazetteer_is_told(tmp_path):
    with pytest.raises(MissingDataError, match=r"places\.csv: there is no such file"):
        _read(tmp_path / "places.csv")
    path = tmp_path / "bad.csv"
    path.write_text("name,adcode,kind,short,bare,note\n某市,12,city,,yes,\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"bad\.csv, row 2: .*'某市'"):
        _read(path)


def test_a_list_of_sites_without_its_columns_is_told(tmp_path):
    (tmp_path / "sites.csv").write_text("site_id,name\na,b\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"sites\.csv: expected the columns .*kind is not there"):
        _known(tmp_path / "sites.csv", tmp_path / "projects.csv")


def test_sites_lie_where_they_say(parsed):
    sites = load_sites(2024)
    assert sites.crs.to_epsg() == 4326
    for row in sites.itertuples():
        assert "".join(parsed.text[row.start : row.end].split()) == "".join(
            sites.loc[row.Index, "name"].split()
        )
    located = sites.geometry.notna()
    assert set(sites.loc[located, "precision"]) == {"area", "approximate"}
    assert set(sites.loc[~located, "precision"]) == {"county", "city", "none"}
    assert ((sites["reason_none"] != "") == (sites["precision"] == "none")).all()
    assert sites.loc[sites["precision"] == "approximate", "uncertainty_m"].le(5000).all()
    counties, cities = (load_boundaries(level).set_index("adcode").geometry for level in ("county", "city"))
    abroad = []
    for row in sites[located].itertuples():
        codes = row.county or row.city
        if not codes:
            abroad.append(row.site_id)
            continue
        units = shapely.union_all([(counties if row.county else cities)[code] for code in codes.split(";")])
        assert units.buffer(0.05 if row.precision == "area" else 0).contains(row.geometry), row.site_id
    assert abroad == ["2024-14-s1"]
    for row in sites[sites["precision"].isin(["county", "city"])].itertuples():
        codes, shapes = (row.county, counties) if row.precision == "county" else (row.city, cities)
        radius = enclosing_radius_m(shapely.union_all([shapes[code] for code in codes.split(";")]))
        assert radius <= row.uncertainty_m <= radius + 1000, row.site_id


def test_an_edition_without_sites_is_told():
    with pytest.raises(MissingDataError, match="1999"):
        load_sites(1999)


@pytest.mark.parametrize(
    "words",
    ["无锡市中山路改造", "苏州市广东路整治", "整治惠山泉周边", "改造南京东路、延安中路", "建设福州大道"],
)
def test_a_street_a_garden_a_spring_are_no_unit(words):
    names = {hit.places[0].name for hit in scan(words, gazetteer())}
    assert not names & {"中山市", "广东省", "惠山区", "南京市", "延安市", "福州市"}


@pytest.mark.parametrize(
    ("words", "name"),
    [("完善常州路网", "常州市"), ("改造苏州街区", "苏州市"), ("提升泰州泉水质量", "泰州市")],
)
def test_what_belongs_to_a_place_is_none_of_its_streets(words, name):
    assert name in {hit.places[0].name for hit in scan(words, gazetteer())}


def test_outside_is_of_the_province_where_no_city_is_given_most_tasks():
    text = "1. 支持绍兴、衢州、上海建设。（浙江省科技厅负责）\n2. 推进丽水发展。（省财政厅负责）\n3. 建设港口。（省交通运输厅牵头，杭州市配合）"
    found = parse_document(text).mentions
    assert dict(zip(found["name"], found["outside"], strict=True)) == {
        "绍兴": False, "衢州": False, "上海": True, "丽水": False,
    }  # fmt: skip


def test_former_counties_and_new_areas_are_known_by_name():
    rows = mention("改造闸北区、下城区，支持两江新区、南京江北新区和天府新区建设。")
    assert list(zip(rows["name"], rows["unit"], rows["kind"], strict=True)) == [
        ("闸北区", "静安区", "county"),
        ("下城区", "拱墅区", "county"),
        ("两江新区", "重庆市", "development_zone"),
        ("南京", "南京市", "city"),
        ("江北新区", "南京市", "development_zone"),
        ("天府新区", "成都市", "development_zone"),
    ]


def test_a_county_that_the_gazetteer_lacks_is_a_finding():
    text = "1. 支持苏州市云岭区、姑苏区、白鹭县建设苏州市工业园区、苏州市城区。（省科技厅负责）"
    issues = parse_document(text).issues
    found = issues[issues["code"] == "place_unknown"]
    assert found["words"].tolist() == ["云岭区", "白鹭县"]
