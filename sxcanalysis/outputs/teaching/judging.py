"""What a wrong answer of an exercise got wrong: every judge computes the right answer from the edition and names the kind of answer given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pyproj import Geod

from sxcanalysis.analysis.city_burden import burden
from sxcanalysis.core.errors import DataError
from sxcanalysis.geography.projects import load_projects
from sxcanalysis.tables.loading import (
    available_editions,
    load_assignments,
    load_mentions,
    load_targets,
    load_tasks,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_GEOD = Geod(ellps="WGS84")
_NUMBER = re.compile(r"[-+−]?\d+(?:\.\d+)?")
_YES = {"yes", "y", "true", "1", "是", "有", "能", "可", "对", "√"}
_NO = {"no", "n", "false", "0", "否", "无", "不", "不能", "不可", "没有", "×"}
_NOBODY = {"", "none", "nobody", "无", "没有", "未写明", "-", "—"}
_HUGE = 1e15  # no count, length or angle of these lessons comes near it
VAGUE_KM = 50  # a radius beyond this says no more than "somewhere in the circle"


_Judged = tuple[str, dict[str, object]]


def sample_tasks(edition: str | int | None = None) -> pd.DataFrame:
    """Return the first task of every category: ``task_id category text attribution``, for reading by hand."""
    tasks = load_tasks(edition if edition is not None else latest())
    first = tasks.drop_duplicates("category").reset_index(drop=True)
    return first[["task_id", "category", "text", "attribution"]]


def sample_projects(edition: str | int | None = None) -> pd.DataFrame:
    """Return three projects whose place is known best, and where they are drawn: ``project_id name name_en lon lat uncertainty_m``."""
    projects = load_projects(edition if edition is not None else latest())
    located = projects[projects.geometry.notna() & ~projects["precision"].isin(["county", "city", "none"])]
    chosen = located.sort_values(["uncertainty_m", "project_id"], kind="stable").head(3)
    points = chosen.geometry.representative_point()
    table = pd.DataFrame(chosen[["project_id", "name", "name_en", "uncertainty_m"]]).assign(
        lon=points.x, lat=points.y
    )
    return table.reset_index(drop=True)


def number_of(answer: object) -> float | None:
    """
    Return the number in an answer, or None: full-width digits, blanks, thousands separators, units and per cent are understood.

    Examples
    --------
    >>> number_of("２３ 项"), number_of("1,195.4 亿元"), number_of("50%"), number_of("many")
    (23.0, 1195.4, 0.5, None)
    """
    if isinstance(answer, bool) or answer is None:
        return None
    if isinstance(answer, (int, float, np.integer, np.floating)):
        return float(answer) if -_HUGE < answer < _HUGE else None
    text = unicodedata.normalize("NFKC", str(answer)).replace(",", "").replace(" ", "").replace("−", "-")
    found = _NUMBER.search(text)
    if not found:
        return None
    return float(found[0]) / (100 if text[found.end() : found.end() + 1] == "%" else 1)


def truth_of(answer: object) -> bool | None:
    """Return yes or no, in either language, or None."""
    if isinstance(answer, (bool, np.bool_)):
        return bool(answer)
    text = unicodedata.normalize("NFKC", str(answer)).strip().lower()
    return True if text in _YES else False if text in _NO else None


def latest() -> str:
    """Name the latest edition."""
    return str(available_editions()[-1])


def _by_task(answer: object, tasks: pd.Series[Any]) -> dict[str, object] | None:
    """Put an answer by task, whether it names them 2024-01, 01, 1 or １; None where it is no dictionary."""
    if not isinstance(answer, Mapping):
        return None
    numbers = {task.split("-", 1)[1].lstrip("0"): task for task in tasks}
    given = {}
    for key, value in answer.items():
        name = unicodedata.normalize("NFKC", str(key)).strip()
        given[name if name in set(tasks) else numbers.get(name.split("-")[-1].lstrip("0"), name)] = value
    return given


def _leaders(answer: object, edition: str) -> _Judged:
    tasks = sample_tasks(edition)["task_id"]
    given = _by_task(answer, tasks)
    if given is None:
        return "not_by_task", {}
    assignments = load_assignments(edition)
    for task in tasks:
        if task not in given:
            return "task_missing", {"task": task}
        mine = assignments[assignments["task_id"] == task]
        names = {
            word: (row.body, row.role) for row in mine.itertuples() for word in (row.body, row.body_as_written)
        }  # fmt: skip
        leads = {row.body for row in mine.itertuples() if row.role == "lead"}
        value = given[task]
        words = value if isinstance(value, (list, tuple, set)) else re.split(r"[、,，;；]", str(value or ""))
        said = [unicodedata.normalize("NFKC", str(word)).strip() for word in words]
        said = [word for word in said if word.lower() not in _NOBODY]
        told: dict[str, object] = {"task": task, "said": "、".join(said)}
        if not said:
            if leads:
                return "there_is_a_lead", told
            continue
        if unknown := [word for word in said if word not in names]:
            return "not_in_the_bracket", told | {"said": "、".join(unknown)}
        roles = {names[word][1] for word in said}
        if not leads:
            return "no_lead_is_named", told
        if roles - {"lead"}:
            return ("a_city_carries_out" if "implementing" in roles else "responsible_is_not_lead"), told
        if {names[word][0] for word in said} != leads:
            return "one_of_several", told
    return "right", {}


def _verifiable(answer: object, edition: str) -> _Judged:
    tasks = load_tasks(edition).set_index("task_id")
    chosen = sample_tasks(edition)["task_id"]
    given = _by_task(answer, chosen)
    if given is None:
        return "not_by_task", {}
    numbered = set(load_targets(edition)["task_id"])
    said = {task: truth_of(given.get(task)) for task in chosen}
    for task in chosen:
        if task not in given:
            return "task_missing", {"task": task}
        if said[task] is None:
            return "not_yes_or_no", {"task": task, "said": str(given[task])}
    if len(set(said.values())) == 1 and len(set(tasks.loc[list(chosen), "verifiable"])) > 1:
        return ("all_yes" if next(iter(said.values())) else "all_no"), {}
    for task in chosen:
        truth = bool(tasks.loc[task, "verifiable"])
        if said[task] and not truth:
            return "a_wish", {"task": task}
        if truth and not said[task]:
            return ("a_number_is_there" if task in numbered else "a_milestone_is_there"), {"task": task}
    return "right", {}


def _as_named(value: float, named: dict[str, float], tolerance: float) -> str:
    """Name the kind of answer that a number is; empty where it is none of those that are known."""
    return next((key for key, known in named.items() if abs(value - known) < tolerance), "")


def _chance(answer: object, _: str) -> _Judged:
    value = number_of(answer)
    if value is None:
        return "no_number", {}
    named = {"right": 0.5, "only_both_yes": 0.25, "always": 1.0, "never": 0.0, "at_least_one": 0.75}
    return _as_named(value / 100 if value > 1 else value, named, 0.005) or "count_the_cases", {}


def _places(answer: object, edition: str) -> _Judged:
    projects = sample_projects(edition)
    if not isinstance(answer, Mapping):
        return "not_by_project", {}
    far = vague = sure = 0
    for row in projects.to_dict("records"):
        name = str(row["name"])
        value = next(
            (answer[key] for key in (row["project_id"], name, row["name_en"]) if key in answer), None
        )
        if value is None:
            return "project_missing", {"name": name}
        numbers = _numbers(value)
        if wrong := _no_place(numbers):
            return wrong, {"name": name}
        lon, lat, radius = numbers
        distance = abs(_GEOD.inv(lon, lat, float(row["lon"]), float(row["lat"]))[2]) / 1000
        vague += radius > VAGUE_KM
        sure += distance > radius + float(row["uncertainty_m"]) / 1000
        far = max(far, round(distance))
    if sure:
        return "too_sure", {"n": int(sure), "far": far}
    return ("too_vague", {"km": VAGUE_KM}) if vague else ("right", {"far": far})


def _no_place(numbers: list[float]) -> str:
    """Say why three numbers are no longitude, latitude and radius; empty if they are."""
    if len(numbers) != 3:
        return "three_numbers"
    lon, lat, radius = numbers
    if 15 < lon < 55 and 70 < lat < 140:
        return "swapped"
    if not (70 < lon < 140 and 15 < lat < 55):
        return "not_in_china"
    return "" if radius > 0 else "no_radius"


def _numbers(value: object) -> list[float]:
    if isinstance(value, (list, tuple)):
        return [found for one in value if (found := number_of(one)) is not None]
    text = unicodedata.normalize("NFKC", str(value))
    return [float(found) for found in _NUMBER.findall(text)]


def _shift(answer: object, edition: str) -> _Judged:
    from sxcanalysis.geography.shift import wgs84_to_gcj02  # noqa: PLC0415

    row = sample_projects(edition).iloc[0]
    moved = wgs84_to_gcj02(np.array([row["lon"]]), np.array([row["lat"]]))
    metres = abs(_GEOD.inv(row["lon"], row["lat"], float(moved[0][0]), float(moved[1][0]))[2])
    value = number_of(answer)
    if value is None:
        return "no_number", {}
    if value == 0:
        return "no_shift", {}
    for factor, key in ((1, "right"), (1e-3, "in_kilometres"), (1e-5, "in_degrees")):
        if 0.7 * metres * factor < value < 1.4 * metres * factor:
            return key, {}
    return ("too_far" if value > metres else "too_near"), {}


def _whole(answer: object, edition: str) -> _Judged:
    city = busiest(edition)
    value = number_of(answer)
    if value is None:
        return "no_number", {"city": city}
    tasks, assignments, mentions = load_tasks(edition), load_assignments(edition), load_mentions(edition)
    mine = assignments[assignments["body"] == city]
    right = mine.loc[mine["role"] == "implementing", "task_id"].nunique()
    named = mentions.loc[mentions["name"] == city, "task_id"].nunique()
    known = {"right": right, "all_tasks": len(tasks), "all_rows": len(assignments), "named_in_text": named,
             "a_share": right / len(tasks)}  # fmt: skip
    return _as_named(value, known, 0.005) or ("too_many" if value > right else "too_few"), {"city": city}


def _even_split(answer: object, edition: str) -> _Judged:
    city = busiest(edition)
    value = number_of(answer)
    if value is None:
        return "no_number", {"city": city}
    assignments = load_assignments(edition)
    split = burden(assignments, rule="even_split").set_index("city")["value"]
    whole = burden(assignments, rule="whole").set_index("city")["value"]
    right = float(split[city])
    known = {"right": right, "not_divided": float(whole[city]), "by_all_cities": float(whole[city]) / len(split),
             "an_average": float(split.sum()) / len(split)}  # fmt: skip
    return _as_named(value, known, 0.05) or ("too_many" if value > right else "too_few"), {"city": city}


#: A list of four tasks, invented, in which every way of counting gives another order.
INVENTED = pd.DataFrame(
    [
        ("0-1", "甲市"), ("0-1", "乙市"), ("0-1", "丙市"), ("0-2", "甲市"), ("0-2", "乙市"), ("0-3", "丙市"), ("0-4", "甲市"), ("0-4", "丙市"),
    ],
    columns=["task_id", "body"],
).assign(role="implementing", body_kind="city", others_implied=False)  # fmt: skip


def _own_rule(answer: object, _: str) -> _Judged:
    if not callable(answer):
        return "not_a_function", {}
    try:
        result = answer(INVENTED.copy())
    except Exception as error:  # noqa: BLE001  # whatever a beginner's function raises is told to the beginner
        return "it_fails", {"error": f"{type(error).__name__}: {error}"}
    if result is None:
        return "returns_nothing", {}
    try:
        values = pd.Series(result).astype(float)
    except (TypeError, ValueError):
        return "not_a_series", {"found": type(result).__name__}
    return _judge_rule(values)


def _judge_rule(values: pd.Series[float]) -> _Judged:
    cities = set(INVENTED["body"])
    if set(values.index) - cities:
        return ("by_task_not_by_city" if set(values.index) & set(INVENTED["task_id"]) else "not_by_city"), {}
    if cities - set(values.index):
        return "a_city_is_missing", {"city": "、".join(sorted(cities - set(values.index)))}
    if not np.isfinite(values).all():
        return "not_finite", {}
    if (values < 0).any():
        return "negative", {}
    if len(set(values)) == 1:
        return "all_alike", {}
    whole = INVENTED["body"].value_counts()
    if (values.reindex(whole.index) == whole).all():
        return "that_is_whole", {}
    return "right", {"order": " > ".join(map(str, values.sort_values(ascending=False, kind="stable").index))}


def _each_first(answer: object, edition: str) -> _Judged:
    assignments = load_assignments(edition)
    plain = burden(assignments)
    members = list(plain.loc[plain["member"] == "full", "city"])
    if not isinstance(answer, Mapping):
        return "not_by_member", {"cities": "、".join(members)}
    short = {city.removesuffix("市"): city for city in members} | dict(
        zip(plain["city_en"], plain["city"], strict=True)
    )
    given = {short.get(str(key).strip(), str(key).strip()): value for key, value in answer.items()}
    for city in members:
        if city not in given:
            return "city_missing", {"city": city}
        pair = given[city]
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            return "rule_and_denominator", {"city": city}
        try:
            table = burden(assignments, rule=str(pair[0]), per=str(pair[1]))
        except DataError as error:
            return "unknown_rule", {"error": str(error)}
        first = table.loc[table["rank"] == 1, "city"]
        if city not in set(first):
            return "not_first", {"city": city, "first": "、".join(first), "rule": pair[0], "per": pair[1]}
    if len({tuple(map(str, given[city])) for city in members}) < len(members):
        return "a_tie", {}
    return "right", {}


_SOURCES = re.compile(
    r"公报|年鉴|官网|网站|通知|公告|公示|报道|新闻|验收|批复|年报|website|communiqu|yearbook|notice|report|news|approval",
    re.IGNORECASE,
)
_WHEN = re.compile(r"\d{4}|年底|年末|月底|季度|12月|December|by the end|quarter", re.IGNORECASE)


def _how_to_check(answer: object, edition: str) -> _Judged:
    tasks = load_tasks(edition).set_index("task_id")["text"]
    given = _by_task(answer, pd.Series(tasks.index))
    if given is None:
        return "not_by_task", {}
    if len(given) < 3:
        return "three_tasks", {"n": len(given)}
    for task, words in given.items():
        text = str(words or "").strip()
        if task not in tasks.index:
            return "no_such_task", {"task": task}
        if len(text) < 12:
            return "too_short", {"task": task}
        if text in tasks[task]:
            return "copied", {"task": task}
        if not _SOURCES.search(text):
            return "where_to_look", {"task": task}
        if not _WHEN.search(text):
            return "by_when", {"task": task}
    return "right", {}


def _looked_up(answer: object, edition: str) -> _Judged:
    if not isinstance(answer, Mapping):
        return "not_a_record", {}
    given = {str(key).strip().lower(): str(value or "").strip() for key, value in answer.items()}
    if empty := [key for key in ("project_id", "date", "status", "source") if not given.get(key)]:
        return "not_filled", {"field": empty[0]}
    if given["project_id"] not in set(load_projects(edition)["project_id"]):
        return "no_such_project", {"said": given["project_id"]}
    date = unicodedata.normalize("NFKC", given["date"])
    if not re.fullmatch(r"\d{4}(?:-\d\d(?:-\d\d)?)?", date) or pd.isna(pd.to_datetime(date, errors="coerce")):
        return "no_date", {"said": given["date"]}
    if pd.to_datetime(date) > pd.Timestamp.now():
        return "in_the_future", {"said": given["date"]}
    if re.fullmatch(r"(?:https?://)?[\w.:/?=&%-]+", given["source"], re.ASCII):
        return "bare_address", {}
    if re.search(r"百度|baidu|知乎|zhihu|wechat group|群里|听说|heard", given["source"], re.IGNORECASE):
        return "no_publisher", {}
    return "right", {}


def _paragraph(answer: object, _: str) -> _Judged:
    text = unicodedata.normalize("NFKC", str(answer)).strip()
    length = len(re.findall(r"[\u4e00-\u9fff]", text)) + 2 * len(re.findall(r"[A-Za-z]+", text))
    if length < 80:
        return "too_short", {"n": length}
    if length > 400:
        return "too_long", {"n": length}
    if not re.search(r"图\s*\d|[Ff]ig(?:ure|\.)\s*\d", text):
        return "no_figure", {}
    if not _NUMBER.search(re.sub(r"图\s*\d+|[Ff]ig(?:ure|\.)\s*\d+|(?:19|20)\d\d", "", text)):
        return "no_number_in_it", {}
    if re.search(r"落后|失职|不作为|拖延|失败|lazy|failed to|to blame", text):
        return "blame", {}
    if not re.search(r"但|然而|尚|不能|未必|仅|只|限于|but|however|only|cannot|not yet|does not", text):
        return "no_limit", {}
    return "right", {}


JUDGES: dict[str, Callable[[object, str], _Judged]] = {
    "1a": _leaders,
    "1b": _verifiable,
    "1c": _chance,
    "2a": _places,
    "2b": _shift,
    "3a": _whole,
    "3b": _even_split,
    "3c": _own_rule,
    "3d": _each_first,
    "4a": _how_to_check,
    "4b": _looked_up,
    "4c": _paragraph,
}


def busiest(edition: str) -> str:
    """Name the city that most tasks name to implement: the one that the questions are about."""
    table = load_assignments(edition)
    mine = table[(table["role"] == "implementing") & (table["body_kind"] == "city")].drop_duplicates(
        ["task_id", "body"]
    )
    counts = mine["body"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return str(counts.index[0])
