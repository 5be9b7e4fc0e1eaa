"""Names of bodies: one name for one body, and what kind of body it is."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from sxcanalysis.parsing.attributions.attribution import read_attribution
from sxcanalysis.reference.bodies import (
    body_english,
    body_kind,
    canonical_body,
    is_bare_department,
    is_listed,
    is_organisation,
    is_place,
)

FILE = Path(__file__).parents[2] / "data" / "reference" / "bodies.csv"


def rows():
    with FILE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("省发改委", "省发展改革委"),
        ("省发展和改革委员会", "省发展改革委"),
        ("省发展改革委", "省发展改革委"),
        ("省经信厅", "省经济和信息化厅"),
        ("省工信厅", "省工业和信息化厅"),
        ("市工信局", "市工业和信息化局"),
        ("市人社局", "市人力资源社会保障局"),
        ("省人力社保厅", "省人力资源社会保障厅"),
        ("市人力资源和社会保障局", "市人力资源社会保障局"),
        ("省住建厅", "省住房城乡建设厅"),
        ("省住房和城乡建设厅", "省住房城乡建设厅"),
        ("省卫健委", "省卫生健康委"),
        ("省卫生健康委员会", "省卫生健康委"),
        ("市市场监督管理局", "市市场监管局"),
        ("省文旅厅", "省文化和旅游厅"),
        ("浙江省科学技术厅", "浙江省科技厅"),
        ("苏州市发改委", "苏州市发展改革委"),
        ("上海市科学技术委员会", "上海市科委"),
        ("上海市科委", "上海市科委"),
        ("工信部", "工业和信息化部"),
        ("国家发改委", "国家发展改革委"),
        ("国家卫健委", "国家卫生健康委"),
        ("人民银行", "中国人民银行"),
        ("国家金融监督管理总局", "金融监管总局"),
        ("省委机构编制委员会办公室", "省委编办"),
        ("市规划和自然资源局", "市规划和自然资源局"),
    ],
)
def test_canonical_names(written, canonical):
    assert canonical_body(written) == (canonical, True)
    assert canonical_body(canonical)[0] == canonical  # a canonical name stays as it is


@pytest.mark.parametrize("written", ["滨海新区某专班", "某某集团", "星河某园"])
def test_unknown_names_come_back_unchanged(written):
    assert canonical_body(written) == (written, False)


@pytest.mark.parametrize(
    ("written", "canonical", "kind"),
    [
        ("市妇女联合会", "市妇联", "organisation"),
        ("共青团市委", "团市委", "organisation"),
        ("县残疾人联合会", "县残联", "organisation"),
        ("省红十字会", "省红十字会", "organisation"),
        ("市中院", "市中级人民法院", "city_department"),
        ("省人民检察院", "省检察院", "province"),
        ("中国证监会江苏监管局", "江苏证监局", "national"),
        ("南京海关", "南京海关", "national"),
        ("国家税务总局苏州市税务局", "苏州市税务局", "city_department"),
        ("中国人民银行苏州市中心支行", "人民银行苏州市分行", "national"),
        ("国家金融监督管理总局江苏监管局", "江苏金融监管局", "national"),
        ("国家金融监管总局沿江监管分局", "沿江金融监管局", "national"),
        ("广西壮族自治区财政厅", "广西壮族自治区财政厅", "province"),
        ("新疆维吾尔自治区发改委", "新疆维吾尔自治区发展改革委", "province"),
        ("兵团发改委", "兵团发展改革委", "province"),
        ("上海市规划资源局", "上海市规划资源局", "city_department"),
        ("恩施州财政局", "恩施州财政局", "city_department"),
        ("市委政法委", "市委政法委", "party"),
        ("市纪委", "市纪委监委", "party"),
        ("昆山市人民政府", "昆山市人民政府", "city"),
        ("苏州工业园区管委会", "苏州工业园区管委会", "county_department"),
        ("市自然资源和规划局吴江分局", "市自然资源和规划局吴江分局", "city_department"),
        ("中国移动江苏公司", "中国移动江苏分公司", "enterprise"),
        ("省邮政公司", "省邮政公司", "enterprise"),
        ("长江流域各省级人民政府", "长江流域各省级人民政府", "collective"),
        ("国务院相关部门", "国务院相关部门", "collective"),
        ("县（市、区）政府", "县（市、区）政府", "collective"),
    ],
)
def test_bodies_known_by_their_form(written, canonical, kind):
    assert canonical_body(written) == (canonical, True)
    assert body_kind(canonical) == kind


@pytest.mark.parametrize("name", ["省财政局和省供销社", "西川市", "国家总工会", "国王海关"])
def test_no_form_swallows_what_it_does_not_name(name):
    assert canonical_body(name) == (name, False)


def test_departments_are_not_mixed_up():
    """Different bodies keep different names."""
    for pair in [
        ("省发展改革委", "市发展改革委"),
        ("省经信厅", "省工信厅"),
        ("省自然资源厅", "市自然资源和规划局"),
        ("市规划局", "市规划和自然资源局"),
        ("省数据局", "省大数据局"),
        ("省农业厅", "省农业农村厅"),
        ("省文化厅", "省文化和旅游厅"),
        ("市综合行政执法局", "市城管局"),
        ("市文化体育和旅游局", "市文化广电和旅游局"),
        ("国家税务总局", "省税务局"),
    ]:
        assert canonical_body(pair[0])[0] != canonical_body(pair[1])[0], pair


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("省科技厅", "province"),
        ("浙江省科技厅", "province"),
        ("省委宣传部", "party"),
        ("国家发展改革委", "national"),
        ("财政部", "national"),
        ("税务总局", "national"),
        ("苏州市", "city"),
        ("杭州市人民政府", "city"),
        ("吴江区", "county"),
        ("嘉善县", "county"),
        ("市科技局", "city_department"),
        ("县财政局", "county_department"),
        ("各设区市", "collective"),
        ("有关部门", "collective"),
        ("各地区、各部门", "collective"),
        ("各市、县（市、区）政府", "collective"),
        ("国网江苏省电力有限公司", "enterprise"),
        ("省总工会", "organisation"),
        ("南京大学", "institution"),
    ],
)
def test_kinds(name, kind):
    assert body_kind(name) == kind


def test_every_row_of_the_authority_file():
    seen = {}
    for row in rows():
        assert row["english"], row["name"]
        for written in [row["name"], *filter(None, row["aliases"].split(";"))]:
            assert written not in seen, f"{written}: {row['name']} and {seen.get(written)}"
            seen[written] = row["name"]
            if row["kind"] == "stem":
                assert canonical_body(f"省{written}厅")[1], written
            elif "{}" in written:
                name, known = canonical_body(written.format("昆山市"))
                assert known, written
                assert name == row["name"].format("昆山市"), written
            else:
                assert canonical_body(written) == (row["name"], True)
                assert body_kind(row["name"]) == row["kind"]


def test_places_and_organisations():
    for place in ("苏州市", "吴江区", "嘉善县", "都市圈"):
        assert is_place(place)
    for organisation in ("省科技厅", "市财政局", "省发展改革委", "财政部", "管委会", "有关部门"):
        assert is_organisation(organisation)
        assert not is_place(organisation)
    assert not is_organisation("建设若干项目")


def test_omitted_level():
    assert is_bare_department("财政厅")
    assert not is_bare_department("省财政厅")
    assert not is_bare_department("财政部")  # a ministry
    assert is_listed("省工信厅")
    assert not is_listed("有关部门")


def test_english_names():
    assert body_english("省科技厅") == "Provincial Department of Science and Technology"
    assert body_english("苏州市") == "Suzhou"
    assert body_english("某某集团") == ""


def test_a_court_and_a_bureau_take_the_level_of_their_list():
    found = read_attribution("省法院、检察院、保密局、密码管理局和省直管县（市）负责")
    assert [pair.body for pair in found.pairs] == [
        "省法院", "省检察院", "省保密局", "省密码管理局", "省直管县（市）",
    ]  # fmt: skip
    assert all(pair.known for pair in found.pairs)
    assert not is_bare_department("管委会")
