"""The grammar of attributions, as a table: what a bracket says, and which bodies it names in which role."""

from __future__ import annotations

import pytest

from sxcanalysis.parsing.attributions.attribution import lead_by_rule, read_attribution

ROLES = {
    "L": "lead",
    "R": "responsible",
    "I": "implementing",
    "C": "coordinating",
    "S": "supporting",
}

# The words of a bracket | what they say: a letter a role, + where others are implied by 等.
TABLE = """
# a role phrase gives its role to the bodies before it
省科技厅牵头 | L 省科技厅
省科技厅、省财政厅牵头 | L 省科技厅 省财政厅
省科技厅负责 | R 省科技厅
省科技厅、省财政厅按职责分工负责 | R 省科技厅 省财政厅
省科技厅、省财政厅按照职责负责 | R 省科技厅 省财政厅
省科技厅、省财政厅依职责分别负责 | R 省科技厅 省财政厅
省科技厅牵头，省财政厅、省教育厅按职责分工负责，苏州市、无锡市具体落实 | L 省科技厅; R 省财政厅 省教育厅; I 苏州市 无锡市
省科技厅、省财政厅分别牵头，各市落实 | L 省科技厅 省财政厅; I 各市
省科技厅牵头负责 | L 省科技厅
省科技厅负责牵头，省财政厅负责配合 | L 省科技厅; S 省财政厅
省科技厅牵头组织实施 | L 省科技厅
省科技厅牵头，省财政厅协办 | L 省科技厅; S 省财政厅
省科技厅主办，省财政厅协办 | L 省科技厅; S 省财政厅
省科技厅牵头，省财政厅参与 | L 省科技厅; S 省财政厅
省科技厅牵头，省财政厅协同推进 | L 省科技厅; S 省财政厅
省科技厅牵头；省财政厅配合。 | L 省科技厅; S 省财政厅
省科技厅指导协调，苏州市具体落实 | C 省科技厅; I 苏州市
省科技厅统筹，各市组织实施 | C 省科技厅; I 各市
省科技厅督促落实 | C 省科技厅
苏州市结合实际落实 | I 苏州市
苏州市、无锡市认真落实 | I 苏州市 无锡市
由省科技厅负责 | R 省科技厅
省科技厅、省财政厅牵头，并由各市落实 | L 省科技厅 省财政厅; I 各市
省科技厅牵头，由省财政厅配合 | L 省科技厅; S 省财政厅
省科技厅 牵头 省财政厅 配合 | L 省科技厅; S 省财政厅
# 会同
省科技厅会同有关部门负责 | R 省科技厅; S 有关部门
省科技厅会同省财政厅、省教育厅负责 | R 省科技厅; S 省财政厅 省教育厅
省科技厅牵头，会同省财政厅落实 | L 省科技厅; S 省财政厅
省科技厅会同省财政厅等有关部门按职责分工负责 | R 省科技厅; S 省财政厅+
# a label gives its role to the bodies after it
责任单位：省科技厅、省财政厅，苏州市政府 | R 省科技厅 省财政厅 苏州市政府
责任单位:省科技厅 | R 省科技厅
牵头单位：省科技厅，配合单位：省财政厅、省教育厅 | L 省科技厅; S 省财政厅 省教育厅
牵头单位：省科技厅；配合单位：省财政厅、省教育厅 | L 省科技厅; S 省财政厅 省教育厅
牵头单位：省科技厅 配合单位：省财政厅 省教育厅 | L 省科技厅; S 省财政厅 省教育厅
牵头单位省科技厅，配合单位省财政厅 | L 省科技厅; S 省财政厅
主办：市科技局，协办：市财政局 | L 市科技局; S 市财政局
主办单位：市科技局；协办单位：市财政局 | L 市科技局; S 市财政局
牵头责任单位：市科技局；协同部门：市财政局 | L 市科技局; S 市财政局
牵头（责任）单位：市科技局；参与单位：市财政局 | L 市科技局; S 市财政局
总牵头单位：市科技局 | L 市科技局
落实单位：苏州市、无锡市 | I 苏州市 无锡市
责任单位：市科技局；完成时限：2026年底 | R 市科技局
牵头单位：市科技局，完成时间：长期坚持 | L 市科技局
牵头领导：王某；牵头单位：市科技局 | L 市科技局
牵头单位为市科技局，配合单位为市财政局 | L 市科技局; S 市财政局
市科技局为牵头单位，市财政局为配合单位 | L 市科技局; S 市财政局
包抓领导：常务副市长，主责单位：市水利局 | L 市水利局
# a role in a bracket behind its body
市自然资源局（牵头）、市林业局 | L 市自然资源局; R 市林业局
# a person behind a body
市教育局（李强）、市机关事务局王伟、市科技局 | R 市教育局 市机关事务局 市科技局
# collectives that hold a 、 or a bracket
省科技厅，各市（地）、县（市、区）政府（行署）负责 | R 省科技厅 各市（地）、县（市、区）政府（行署）
各市党委和政府负责 | R 各市党委和政府
各市党委、政府负责 | R 各市党委、政府
# no role word at all
省科技厅、省财政厅 | R 省科技厅 省财政厅
省科技厅，苏州市 | R 省科技厅 苏州市
# 等
省科技厅牵头，苏州市、无锡市等具体落实 | L 省科技厅; I 苏州市+ 无锡市+
省科技厅、省财政厅等部门和各设区市政府按职责分工负责 | R 省科技厅+ 省财政厅+ 各设区市政府
省科技厅、省财政厅等部门和各市、县人民政府分别负责 | R 省科技厅+ 省财政厅+ 各市、县人民政府
省科技厅等15个部门按职责分工负责 | R 省科技厅+
# 和 between names and inside one
省工业和信息化厅和省财政厅负责 | R 省工业和信息化厅 省财政厅
省住房和城乡建设厅、省文化和旅游厅负责 | R 省住房城乡建设厅 省文化和旅游厅
市自然资源和规划局负责 | R 市自然资源和规划局
省财政厅及各设区市政府负责 | R 省财政厅 各设区市政府
# an omitted level, a shared suffix
省住房和城乡建设厅、文化和旅游厅负责 | R 省住房城乡建设厅 省文化和旅游厅
省科技厅、财政厅、教育厅负责 | R 省科技厅 省财政厅 省教育厅
市发改、工信、科技局负责 | R 市发展改革局 市工业和信息化局 市科技局
市委组织部、宣传部、统战部负责 | R 市委组织部 市委宣传部 市委统战部
杭州市、宁波市、湖州市人民政府落实 | I 杭州市人民政府 宁波市人民政府 湖州市人民政府
无锡市、常州市、苏州市人民政府落实 | I 无锡市人民政府 常州市人民政府 苏州市人民政府
无锡、常州、苏州市人民政府落实 | I 无锡市人民政府 常州市人民政府 苏州市人民政府
无锡、常州、苏州市落实 | I 无锡市 常州市 苏州市
江南区、江北区政府落实 | I 江南区政府 江北区政府
# collectives
各地区、各部门负责 | R 各地区、各部门
各有关地区、各有关部门按职责分工负责 | R 各有关地区、各有关部门
省级有关部门，各市、县（市、区）政府负责 | R 省级有关部门 各市、县（市、区）政府
各市、州人民政府负责 | R 各市、州人民政府
沿海各市、县（市、区）政府负责 | R 沿海各市、县（市、区）政府
各沿江市、县（市、区）人民政府负责 | R 各沿江市、县（市、区）人民政府
各县（市、区）、各管委会负责 | R 各县（市、区） 各管委会
# nested brackets, joint bodies, unknown bodies
省市场监管局（省知识产权局）牵头，省药监局配合 | L 省市场监管局（省知识产权局）; S 省药监局
省发改委（省能源局）、省工信厅负责 | R 省发展改革委（省能源局） 省工业和信息化厅
省科技厅牵头，空管站配合 | L 省科技厅; S 空管站
县金融办牵头，人行石门县支行、石门农商银行配合 | L 县金融办; S 人行石门县支行 石门农商银行
省科技厅牵头，国网江苏省电力有限公司、南京大学配合 | L 省科技厅; S 国网江苏省电力有限公司 南京大学
"""


def cases():
    for line in TABLE.strip().splitlines():
        if line.startswith("#"):
            continue
        words, says = line.split(" | ")
        pairs = []
        for clause in says.split("; "):
            letter, *names = clause.split()
            pairs += [(name.rstrip("+"), ROLES[letter], name.endswith("+")) for name in names]
        yield pytest.param(words, pairs, id=words)


@pytest.mark.parametrize(("words", "pairs"), list(cases()))
def test_attribution(words, pairs):
    found = read_attribution(words)
    assert [(p.body, p.role, p.others_implied) for p in found.pairs] == pairs


@pytest.mark.parametrize(("words", "pairs"), list(cases()))
def test_offsets_quote_the_words(words, pairs):
    found = read_attribution(words)
    assert [words[p.start : p.end] for p in found.pairs] == [p.as_written for p in found.pairs]
    starts = [p.start for p in found.pairs]
    assert starts == sorted(starts)
    assert all(0 <= start < end <= len(words) for start, end in found.leftovers)
    assert len(pairs) == len(found.pairs)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "，",
        "、",
        "超过100人的企业达到15%",
        "以下简称“都市圈”",
        "含市级180条",
        "按照国家规定负责",
        "2026年底前完成",
        "具体名单见附件",
    ],
)
def test_words_that_name_no_body(words):
    assert read_attribution(words) is None


def test_basis_of_a_role():
    assert [p.basis for p in read_attribution("省科技厅、省财政厅").pairs] == ["assumed"] * 2
    assert [p.basis for p in read_attribution("省科技厅负责").pairs] == ["stated"]


def test_deadline_is_left_over_not_lost():
    words = "责任单位：市科技局；完成时限：2026年底"
    found = read_attribution(words)
    assert [words[s:e] for s, e in found.leftovers] == ["2026年底"]


def test_first_named_leads():
    shared = read_attribution("省科技厅、省财政厅按职责分工负责")
    led = lead_by_rule(shared)
    assert [(p.role, p.basis) for p in led.pairs] == [("lead", "rule"), ("responsible", "stated")]
    led = lead_by_rule(shared, others_support=True)
    assert [(p.role, p.basis) for p in led.pairs] == [("lead", "rule"), ("supporting", "rule")]
    stated = read_attribution("省科技厅配合，省财政厅牵头")
    assert lead_by_rule(stated) == stated
    coordinated = read_attribution("省科技厅指导协调，苏州市具体落实")
    assert lead_by_rule(coordinated) == coordinated
