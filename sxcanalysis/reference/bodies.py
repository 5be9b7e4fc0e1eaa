"""Names of public bodies: one name for one body, and what kind of body it is.

The authority file is ``data/reference/bodies.csv``. It has three sorts of rows: whole names (省铁路办, with aliases);
*stems* (发展改革, also written 发改 or 发展和改革), which hold at every level of government, so that 市发改委 and
省发展和改革委员会 need no rows of their own; and *forms* with a gap for a level or place (``{}总工会``,
``国家税务总局{}税务局``). Administrative units and their governments are known from the gazetteer.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache

from sxcanalysis.core.paths import data_file
from sxcanalysis.reference.gazetteer import UNITS, gazetteer
from sxcanalysis.reference.lexicon import compiled

_RANK = "(?:省|自治区|自治州|新区|开发区|高新区|经开区|市|地区|州|盟|县|区|旗)"
# 省财政局和省 is no level: no office stands inside one, and no 和 before a second level.
_LEVEL = (
    rf"(?:国家|中央|全国|国务院|中国|兵团|"
    rf"(?:(?:(?![厅局委办署、]|[和及与][省市县区各])[\u4e00-\u9fff]){{2,8}}?)?{_RANK}(?:级|本级|直)?)"
)
_BARE_LEVEL = re.compile(r"[省市县区州盟旗]")
_PARTY = r"(?:党委|委)?"
_SUFFIX = r"(?:委员会办公室|委员会|办公室|总局|总署|总队|支队|大队|中心|厅|局|委|办|部|署|处)"
_SHORT_SUFFIX = {"委员会": "委", "办公室": "办", "委员会办公室": "办"}
_BRANCH = re.compile(
    r"(?P<whole>.{2,}?[局厅委])(?P<branch>[\u4e00-\u9fff]{2,8}?(?:分局|总队|支队|大队|中心|处|科|所|站))"
)
_GOVERNMENT = re.compile(r"(?:党委)?(?:人民政府|政府|党委政府|委、市政府|管委会|管理委员会)$")
_PREFIX = {"省": "Provincial", "市": "Municipal", "区": "District", "县": "County", "国家": "National"}
_FORM_OF = {"厅": "Department of {}", "局": "Bureau of {}", "委": "{} Commission", "办": "{} Office"}
#: What kind of body a name is: the first whose words fit (``data/lexicon/names.csv``).
KINDS = (
    "collective", "party", "enterprise", "organisation", "institution", "province", "national", "city", "county",
    "city_department", "county_department",
)  # fmt: skip


@dataclass(frozen=True)
class _Authority:
    names: dict[str, tuple[str, str, str]]  # written form → (canonical, English, kind)
    stems: dict[str, tuple[str, str]]  # written stem → (canonical stem, English)
    department: re.Pattern[str]  # optional level, stem, suffix
    forms: dict[
        tuple[str, str], tuple[str, str, str]
    ]  # before and after the gap → (canonical, English, kind)
    heads: tuple[str, ...]  # what may stand before the gap, longest first
    tails: tuple[str, ...]


@lru_cache(maxsize=1)
def _authority() -> _Authority:
    names: dict[str, tuple[str, str, str]] = {}
    stems: dict[str, tuple[str, str]] = {}
    forms: dict[tuple[str, str], tuple[str, str, str]] = {}
    with data_file("reference/bodies.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            for form in [row["name"], *filter(None, row["aliases"].split(";"))]:
                if row["kind"] == "stem":
                    stems[form] = (row["name"], row["english"])
                elif "{}" in form:
                    head, tail = form.split("{}")
                    forms[head, tail] = (row["name"], row["english"], row["kind"])
                else:
                    names[form] = (row["name"], row["english"], row["kind"])
    alternatives = "|".join(sorted(map(re.escape, stems), key=len, reverse=True))
    department = re.compile(rf"^({_LEVEL}{_PARTY})?({alternatives})({_SUFFIX})$")
    heads, tails = (tuple(sorted({key[i] for key in forms}, key=len, reverse=True)) for i in (0, 1))
    return _Authority(names, stems, department, forms, heads, tails)


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
    >>> canonical_body("国家税务总局江苏省税务局"), canonical_body("市残疾人联合会"), canonical_body("昆山市政府")
    (('江苏省税务局', True), ('市残联', True), ('昆山市政府', True))
    >>> canonical_body("滨海新区某专班")
    ('滨海新区某专班', False)
    """
    authority = _authority()
    if name in authority.names:
        return authority.names[name][0], True
    if name.endswith("）") and "（" in name[2:] and not is_collective(name):
        first, rest = name.split("（", 1)  # 省市场监管局（省知识产权局）
        canonical, known = canonical_body(first)
        return f"{canonical}（{rest}", known
    form = _form(name)
    if form is not None:
        (canonical, *_), gap = form
        # 省邮政公司 would be 中国邮政省分公司.
        odd = _BARE_LEVEL.fullmatch(gap) and not canonical.startswith(("{}", "团"))
        return name if odd else canonical.format(gap), True
    match = authority.department.match(name)
    if match is None:
        branch = _BRANCH.fullmatch(name)
        if branch and canonical_body(branch["whole"])[1]:
            return canonical_body(branch["whole"])[0] + branch["branch"], True
        return _with_rank(name), is_collective(name) or is_unit(name)
    level, stem, suffix = match.groups(default="")
    short = _SHORT_SUFFIX.get(suffix, suffix)
    joined = f"{level}{authority.stems[stem][0]}{short}"
    if joined in authority.names:
        joined = authority.names[joined][0]
    return joined, True


@lru_cache(maxsize=65536)
def _form(name: str) -> tuple[tuple[str, str, str], str] | None:
    """Return the form that a name fills, and with what: 江苏证监局 fills ``{}证监局`` with 江苏."""
    authority = _authority()
    tails = [tail for tail in authority.tails if name.endswith(tail)]
    for head in filter(name.startswith, authority.heads):
        for tail in tails:
            found = authority.forms.get((head, tail))
            gap = name[len(head) : len(name) - len(tail)] if found else ""
            if not found or not gap or gap in {"国家", "中国", "中央", "全国"}:
                continue
            # 国家税务总局…税务局 leaves no doubt, whatever place stands between.
            sure = len(head) > 1 and tail and re.fullmatch(r"[\u4e00-\u9fff]{2,6}", gap)
            if sure or re.fullmatch(_LEVEL, gap) or gap in _places():
                return found, gap
    return None


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    """Return the names of administrative units, short ones too."""
    units = {form for form, (_, places) in gazetteer().forms.items() if places[0].kind in UNITS}
    return frozenset(units)


def _with_rank(name: str) -> str:
    """Return the short name of one unit with its rank: 南京 is 南京市."""
    known = gazetteer().forms.get(name)
    units = [unit for unit in known[1] if unit.kind in UNITS and unit.bare == "yes"] if known else []
    return gazetteer().names.get(units[0].code, name) if len(units) == 1 else name


def is_unit(name: str) -> bool:
    """Whether a name is that of an administrative unit, zone, or its government."""
    place = _GOVERNMENT.sub("", name)
    known = gazetteer().forms.get(place)
    return known is not None and known[1][0].kind in {*UNITS, "development_zone"}


def is_bare_department(name: str) -> bool:
    """Whether a name is a department without its level (财政厅, 总工会): a prefix was left out."""
    authority = _authority()
    match = authority.department.match(name)
    if match is not None:
        return not match.group(1) and match.group(3) not in {"部", "总局", "总署", "署"}
    bare = authority.forms.get(("", name)) or (authority.forms.get(("团", "委")) if name == "团委" else None)
    if bare is None or name.endswith(("管委会", "管理委员会")):  # which zone's?
        return False
    return bare[2] in {"organisation", "party", "other"} and name not in authority.names


def is_listed(name: str) -> bool:
    """Whether a name is in the authority file, whole, by its stem or its form (collectives and places are not)."""
    authority = _authority()
    return name in authority.names or authority.department.match(name) is not None or _form(name) is not None


def is_known_stem(stem: str, suffix: str) -> bool:
    """Whether *stem* + *suffix* is a department of the authority file (财政 + 局)."""
    return _authority().department.match(stem + suffix) is not None


@lru_cache(maxsize=65536)
def is_collective(name: str) -> bool:
    """Whether a name stands for several bodies (有关部门, 各设区市, 省级有关部门)."""
    return compiled("«names:collective»").search(name) is not None


@lru_cache(maxsize=65536)
def is_organisation(name: str) -> bool:
    """Whether a name reads as an organisation (not merely a place)."""
    return (
        compiled("«names:organisation»$").search(name) is not None
        or is_collective(name)
        or name in _authority().names
    )


@lru_cache(maxsize=65536)
def is_place(name: str) -> bool:
    """Whether a name reads as an administrative unit (苏州市, 各设区市, 昆山)."""
    return compiled("«names:place»$").search(name) is not None


@lru_cache(maxsize=65536)
def body_kind(name: str) -> str:
    """Classify a canonical name.

    Returns
    -------
        One of ``national province party city city_department county county_department
        collective enterprise institution organisation other``.
    """
    authority = _authority()
    if name in authority.names and authority.names[name][0] == name:
        return authority.names[name][2]
    if is_collective(name):
        return "collective"
    form = _form(name)
    given = form[0][2] if form is not None else "other"
    # A bureau of the central government is its level's where it bears its name (省税务局).
    own = form is not None and form[0][0].startswith("{}") and re.fullmatch(_LEVEL, form[1])
    if given not in {"other", "national"} or (given == "national" and not own):
        return given
    kinds = KINDS[1:]
    return next((kind for kind in kinds if compiled(f"«names:kind={kind}»").search(name)), given)


def known_bodies() -> list[str]:
    """Return the canonical names of the authority file."""
    return sorted({canonical for canonical, _, _ in _authority().names.values()})


def body_english(name: str) -> str:
    """Return the English name of a canonical body, or an empty string where none is recorded."""
    authority = _authority()
    if name in authority.names:
        return authority.names[name][1]
    form = _form(name)
    if form is not None:
        prefix = _PREFIX.get(form[1])
        return form[0][1].format(prefix) if prefix else ""
    match = authority.department.match(name)
    if match is None:
        return ""
    level, stem, suffix = match.groups(default="")
    if level not in _PREFIX:
        return ""
    return f"{_PREFIX[level]} {_FORM_OF.get(suffix, '{}').format(authority.stems[stem][1])}"


def one_name(names: list[str]) -> list[str]:
    """
    Give each body of a document the form of its name that comes first there.

    Among ministries 发展改革委 is the nation's.

    Examples
    --------
    >>> one_name(["苏州市政府", "苏州市人民政府"])
    ['苏州市政府', '苏州市政府']
    >>> one_name(["发展改革委", "财政部", "水利部"])
    ['国家发展改革委', '财政部', '水利部']
    """
    if 2 * sum(body_kind(name) == "national" for name in names) > len(names):
        listed = _authority().names
        names = [
            f"国家{name}" if is_bare_department(name) and f"国家{name}" in listed else name for name in names
        ]
    first: dict[str, str] = {}
    return [first.setdefault(re.sub(r"人民(?=政府)|(?:股份)?有限(?=公司)", "", name), name) for name in names]


def names_bodies(words: str) -> bool:
    """Whether words read as a list of bodies or places and nothing else (省科技厅、各市牵头)."""
    plain = re.sub(r"[（(].*?[）)]|(?:等|及).{0,6}$|(?:牵头|负责|配合|落实)(?:[，；]|$)", "", words)
    names = [name for name in re.split(r"[、，,；;\s]+", plain) if name]
    return bool(names) and all(
        len(name) <= 20 and not re.search(r"[。\d]", name) and (is_organisation(name) or is_place(name))
        for name in names
    )


def two_bodies(left: str, right: str) -> bool:
    """Whether a line ends between two names (省科技厅 ⏎ 省财政厅), and not inside one because it was full."""
    last, first = re.split(r"[、，,；;\s]+", left)[-1], re.split(r"[、，,；;\s]+", right)[0]
    # A name that nobody lists is another one where it begins at the same level (市财政局 ⏎ 市大数据局).
    level = len(last) > 3 and last[0] == first[:1] and first[0] in "省市县区州" and is_organisation(first)
    known = is_listed(last) and (is_listed(first) or level) and not is_listed(last + first)
    return known or (min(len(last), len(first)) > 2 and is_place(last) and is_place(first))
