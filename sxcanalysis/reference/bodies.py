"""Names of public bodies: one name for one body, and what kind of body it is.

The authority file is ``data/reference/bodies.csv``. It has two sorts of rows: whole names
(省铁路办, with aliases) and *stems* (发展改革, also written 发改 or 发展和改革), which hold at every
level of government, so that 市发改委 and 省发展和改革委员会 need no rows of their own.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache

from sxcanalysis.core.paths import data_file

_LEVEL = r"(?:国家|中央|全国|国务院|(?:[\u4e00-\u9fff]{2,5}?)?(?:省|自治区|自治州|新区|开发区|市|地区|州|盟|县|区|旗))"
_PARTY = r"(?:委)?"
_SUFFIX = r"(?:委员会办公室|委员会|办公室|总局|总署|总队|支队|厅|局|委|办|部|署|处)"
_SHORT_SUFFIX = {"委员会": "委", "办公室": "办", "委员会办公室": "办"}

# What the name of an organisation may end with. Places are kept apart: a list of places alone is
# no evidence that a bracket names bodies.
_ORGANISATION = re.compile(
    r"(?:厅局?|局|委|委员会|办|办公室|部|署|院|会|联|总队|支队|大队|中心|公司|集团|政府|海关|关|部门|单位|机构|"
    r"大学|学院|学校|高校|院校|银行|分行|处|所|组|专班|团|党组|总站|指挥部|党委|工委|管委会|企业|供销社|"
    r"通讯社|报社|电视台|总台|台|法院|检察院|公会|联社|室|股|科|司|办事处|委办局|团省委|团市委|电网|电力|"
    r"移动|联通|电信|铁塔|行|站|中队|公会|联盟|运营商|港务|基金会|省军区|军分区|武警|者|各方|分局|支局|管理区|博物馆|图书馆|地方|地区|区域)$"
)
_PLACE = re.compile(r"(?:市|县|区|州|省|盟|旗|镇|乡|街道|都市圈|城市|新城|市区|园区|开发区|高新区|兵团)$")
_COLLECTIVE = re.compile(
    r"^(?:全省|全市|省级?|市级?|区级?|县级?|国家|中央和国家机关|中央|其他|省内|所辖)?(?:沿[江海湖河线])?(?:各|有关|相关|其他|所有|涉及)"
    r"[\u4e00-\u9fff（）、\0]{0,24}(?:部门|单位|地区|地方|地|级|方|企业|机构|方面|市|县|区|州|省|盟|旗|镇|乡|街道|村|政府|会|"
    r"委|办|局|厅|集团|公司|院|校|行|成员|城市|平台|主体|者|组|专班|）)$"
    r"|(?:有关|相关|各|成员|直属)(?:[\u4e00-\u9fff]{0,4})(?:部门|单位|地区|地方|企业|机构|方面)$"
    r"|^(?:省|市|区|县)(?:级|直)(?:各)?(?:有关|相关)?(?:部门|单位)"
)
# The first that fits says what kind of body a name is.
_KINDS = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (_COLLECTIVE.pattern, "collective"),
        (r"^[\u4e00-\u9fff]{0,4}(?:省|市|县|区|州)委(?!.*(?:厅|局)$)", "party"),
        (r"(?:公司|集团|银行|分行|企业|电网|电力|移动|联通|电信|铁塔)$", "enterprise"),
        (
            r"(?:总工会|妇联|残联|工商联|科协|协会|学会|商会|联合会|团省委|团市委|供销社|文联|作协|社科联)$",
            "organisation",
        ),
        (r"(?:大学|学院|研究院|高校|学校|医院|中心|博物馆|图书馆|研究所)$", "institution"),
        (r"^(?:[\u4e00-\u9fff]{2,3})?(?:省|自治区)[\u4e00-\u9fff]", "province"),
        (r"^(?:国家|国务院|中央|中国|全国|最高)|^[\u4e00-\u9fff]{2,9}部$|总局$|总署$", "national"),
        (r"^[\u4e00-\u9fff]{2,6}(?:市|自治州|州|盟|地区)(?:人民政府|政府)?$", "city"),
        (r"^[\u4e00-\u9fff]{2,6}(?:县|区|旗)(?:人民政府|政府)?$", "county"),
        (r"^(?:[\u4e00-\u9fff]{2,5})?(?:市|州)[\u4e00-\u9fff]", "city_department"),
        (r"^(?:[\u4e00-\u9fff]{2,5})?(?:县|区|旗)[\u4e00-\u9fff]", "county_department"),
    )
)


@dataclass(frozen=True)
class _Authority:
    names: dict[str, tuple[str, str, str]]  # written form → (canonical, English, kind)
    stems: dict[str, tuple[str, str]]  # written stem → (canonical stem, English)
    department: re.Pattern[str]  # optional level, stem, suffix


@lru_cache(maxsize=1)
def _authority() -> _Authority:
    names: dict[str, tuple[str, str, str]] = {}
    stems: dict[str, tuple[str, str]] = {}
    path = data_file("reference/bodies.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            written = [row["name"], *filter(None, row["aliases"].split(";"))]
            for form in written:
                if row["kind"] == "stem":
                    stems[form] = (row["name"], row["english"])
                else:
                    names[form] = (row["name"], row["english"], row["kind"])
    alternatives = "|".join(sorted(map(re.escape, stems), key=len, reverse=True))
    department = re.compile(rf"^({_LEVEL}{_PARTY})?({alternatives})({_SUFFIX})$")
    return _Authority(names, stems, department)


@lru_cache(maxsize=65536)
def canonical_body(name: str) -> tuple[str, bool]:
    """Return the one name of a body and whether the authority file knows it.

    Parameters
    ----------
    name
        The name as written, in simplified characters, without the closing 等.

    Returns
    -------
        ``(canonical, known)``; an unknown name comes back unchanged with ``known=False``.

    Examples
    --------
    >>> canonical_body("省工信厅")
    ('省工业和信息化厅', True)
    >>> canonical_body("市人力资源和社会保障局")
    ('市人力资源社会保障局', True)
    >>> canonical_body("滨海新区某专班")
    ('滨海新区某专班', False)
    """
    authority = _authority()
    if name in authority.names:
        return authority.names[name][0], True
    if name.endswith("）") and "（" in name[2:] and not _COLLECTIVE.search(name):
        first, rest = name.split("（", 1)  # 省市场监管局（省知识产权局）
        canonical, known = canonical_body(first)
        return f"{canonical}（{rest}", known
    match = authority.department.match(name)
    if match is None:
        return name, bool(_COLLECTIVE.search(name))
    level, stem, suffix = match.groups(default="")
    short = _SHORT_SUFFIX.get(suffix, suffix)
    joined = f"{level}{authority.stems[stem][0]}{short}"
    if joined in authority.names:
        joined = authority.names[joined][0]
    return joined, True


def is_bare_department(name: str) -> bool:
    """Whether a name is a department without its level (财政厅, 教育局): a prefix was left out."""
    match = _authority().department.match(name)
    return match is not None and not match.group(1) and match.group(3) not in {"部", "总局", "总署", "署"}


def is_listed(name: str) -> bool:
    """Whether a name is in the authority file, whole or by its stem (collectives are not)."""
    authority = _authority()
    return name in authority.names or authority.department.match(name) is not None


def is_known_stem(stem: str, suffix: str) -> bool:
    """Whether *stem* + *suffix* is a department of the authority file (财政 + 局)."""
    return _authority().department.match(stem + suffix) is not None


@lru_cache(maxsize=65536)
def is_organisation(name: str) -> bool:
    """Whether a name reads as an organisation (not merely a place)."""
    return bool(_ORGANISATION.search(name) or _COLLECTIVE.search(name)) or name in _authority().names


@lru_cache(maxsize=65536)
def is_place(name: str) -> bool:
    """Whether a name reads as an administrative unit (苏州市, 各设区市, 昆山)."""
    return bool(_PLACE.search(name))


@lru_cache(maxsize=65536)
def body_kind(name: str) -> str:
    """Classify a canonical name.

    Returns
    -------
        One of ``national province party city city_department county county_department
        collective enterprise institution organisation other``.
    """
    if name in _authority().names and _authority().names[name][0] == name:
        return _authority().names[name][2]
    return next((kind for pattern, kind in _KINDS if pattern.search(name)), "other")


def known_bodies() -> list[str]:
    """Return the canonical names of the authority file."""
    return sorted({canonical for canonical, _, _ in _authority().names.values()})


def body_english(name: str) -> str:
    """Return the English name of a canonical body, or an empty string where none is recorded."""
    authority = _authority()
    if name in authority.names:
        return authority.names[name][1]
    match = authority.department.match(name)
    if match is None:
        return ""
    level, stem, suffix = match.groups(default="")
    place = {
        "省": "Provincial ",
        "市": "Municipal ",
        "区": "District ",
        "县": "County ",
        "国家": "National ",
    }
    if level not in place:
        return ""
    english = authority.stems[stem][1]
    form = {
        "厅": "Department of {}",
        "局": "Bureau of {}",
        "委": "{} Commission",
        "办": "{} Office",
    }
    return place[level] + form.get(suffix, "{}").format(english)
