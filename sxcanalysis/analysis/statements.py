"""What the tables of an edition say, as sentences: each is computed, and worded in ``data/reference/labels.csv``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.analysis.city_burden import SURE
from sxcanalysis.analysis.counting_rules import implementing, require, roster
from sxcanalysis.analysis.duties import duty_kinds
from sxcanalysis.analysis.exposure import assigned_and_located
from sxcanalysis.analysis.outcomes import OUTCOMES, latest_as_of, promise_and_outcome
from sxcanalysis.core.errors import DataError
from sxcanalysis.parsing.task_facts import is_loose
from sxcanalysis.reference.bodies import body_english
from sxcanalysis.reference.words import LANGS, enumerated, label, say, spoken

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from geopandas import GeoDataFrame

    from sxcanalysis.analysis.counting_rules import AnyCircle

#: What the findings of an edition are about, in this order.
TOPICS = ("promised", "answers", "where", "outcome", "burden")


def findings(  # noqa: PLR0913  # each topic has its own table
    tasks: pd.DataFrame,
    assignments: pd.DataFrame,
    targets: pd.DataFrame,
    *,
    projects: GeoDataFrame | None = None,
    status: pd.DataFrame | None = None,
    sensitivity: pd.DataFrame | None = None,
    as_of: str | dt.date | None = None,
    circle: AnyCircle = None,
    lang: str = "zh",
) -> pd.DataFrame:
    """
    Say what an edition promises, who answers for it, where its projects lie, and what came of them.

    Tables are as the ``load_…`` functions return them: without projects nothing is said of where, without status nothing of the outcome,
    without `burden_sensitivity` nothing of the cities' burden. ``as_of`` is as for `promise_and_outcome`. One row a sentence: ``topic key
    sentence``; ``topic`` is one of `TOPICS`, ``key`` the row of labels.csv that words it in ``zh`` or ``en``.

    Examples
    --------
    >>> import sxcanalysis as sxc
    >>> said = findings(sxc.load_tasks(2024), sxc.load_assignments(2024), sxc.load_targets(2024), lang="en")
    >>> said["sentence"].iloc[0]
    'The list of 2024 sets 53 tasks in 6 categories.'
    """
    _check(lang)
    kinds = duty_kinds(assignments, tasks, targets)
    said = {"promised": _promised(tasks, kinds), "answers": _answers(assignments, kinds, circle, lang)}
    if projects is not None and len(projects):
        pairs = assigned_and_located(assignments, projects, circle=circle)
        said["where"] = _where(pairs, projects, lang)
        if status is not None:
            said["outcome"] = _outcome(promise_and_outcome(projects, status, as_of), lang)
    if sensitivity is not None:
        said["burden"] = _burden(sensitivity, lang)
    rows = [
        (topic, key, say(key, lang, **values))
        for topic, sentences in said.items()
        for key, values in sentences
    ]
    return pd.DataFrame(rows, columns=["topic", "key", "sentence"])


def burden_statements(sensitivity: pd.DataFrame, lang: str = "zh") -> list[str]:
    """
    Say what can be said of the cities' burden (of `burden_sensitivity`), and what cannot.

    The plain counts; which results only rank sizes; each lead that is beyond what is open and larger than chance, or that there is
    none; what is left out and why; who takes part in some tasks only; what is known from memory only. Where no combination is
    defensible, that is a `DataError`.
    """
    _check(lang)
    if not sensitivity["defensible"].astype(bool).any():
        raise DataError(say("error.statement_no_burden", spoken()))
    return [say(key, lang, **values) for key, values in _burden(sensitivity, lang)]


_Said = tuple[str, dict[str, Any]]


def _check(lang: str) -> None:
    if lang not in LANGS:
        raise DataError(say("error.statement_lang", spoken(), found=lang))


def _city(row: dict[Any, Any], lang: str) -> str:
    return str(row["city"]).removesuffix("市") if lang == "zh" else str(row["city_en"]) or str(row["city"])


def _each(key: str, rows: pd.DataFrame, lang: str, column: str = "tasks") -> str:
    """Name each city with its count, by the words of a key."""
    parts = [say(key, lang, city=_city(row, lang), n=int(row[column])) for row in rows.to_dict("records")]
    return enumerated(parts, lang)


def _promised(tasks: pd.DataFrame, kinds: pd.DataFrame) -> Iterator[_Said]:
    table = require(tasks, "tasks", ("task_id", "edition", "category", "deadline"))
    edition = str(table["edition"].iloc[0]) if len(table) else ""
    yield "finding.tasks", {"edition": edition, "n": len(table), "categories": table["category"].nunique()}
    numbered = int(kinds["measurable"].sum())
    milestones = int((kinds["verifiable"] & ~kinds["measurable"]).sum())
    neither = len(kinds) - numbered - milestones
    yield "finding.checkable", {"numbered": numbered, "milestones": milestones, "neither": neither}
    words = [str(said) for said in table["deadline"] if said]
    loose = sum(map(is_loose, words))
    values = {"n": len(words) - loose, "loose": loose, "total": len(kinds)}
    yield ("finding.dated_loosely" if loose else "finding.dated" if words else "finding.undated"), values


def _answers(assignments: pd.DataFrame, kinds: pd.DataFrame, circle: AnyCircle, lang: str) -> Iterator[_Said]:
    lead = kinds["leadership"].value_counts()
    yield "finding.leads", {how: int(lead.get(how, 0)) for how in ("single", "joint", "none")}
    heads = assignments[(assignments["role"] == "lead") & (assignments["body_kind"] != "city")]
    counts = heads.groupby("body")["task_id"].nunique()
    if len(counts):
        top = sorted(counts[counts == counts.max()].index)
        names = [(body_english(name) if lang == "en" else "") or name for name in top]
        said = {"body": enumerated(names, lang), "bodies": len(names), "n": int(counts.max())}
        yield "finding.top_lead", said
    known = roster(assignments, circle)
    full = set(known.loc[known["member"] == "full", "city"])
    named = implementing(assignments).groupby("task_id")["body"].agg(set)
    if full:
        together = sum(full <= cities for cities in named)
        alone = int((kinds["sharing"] == "sole").sum())
        yield "finding.cities", {"all": together, "members": len(full), "alone": alone}


def _where(pairs: pd.DataFrame, projects: pd.DataFrame, lang: str) -> Iterator[_Said]:
    own = pairs[pairs["assigned"]]
    rest = own[own["located"] != "inside"]
    yield (
        "finding.pairs",
        {"tasks": own["task_id"].nunique(), "pairs": len(own), "inside": len(own) - len(rest)},
    )
    names = []
    for row in rest.to_dict("records"):
        number = str(row["task_id"]).split("-", 1)[-1].lstrip("0")
        where = say("finding.in_brackets", lang, what=label(f"place.{row['located']}", lang))
        names.append(say("finding.pair", lang, city=_city(row, lang), number=number) + where)
    if names:
        yield "finding.other_pairs", {"names": enumerated(names, lang), "n": len(rest)}
    counts = pairs.groupby(["city", "city_en"], sort=False)["inside"].sum().reset_index()
    counts = counts[counts["inside"] > 0]
    if len(counts):
        parts = _each("finding.count_projects", counts, lang, "inside")
        yield "finding.lie", {"n": len(projects), "parts": parts}
    if lost := int((projects["counties"].fillna("") == "").sum()):
        yield "finding.lost", {"n": lost, "total": len(projects)}


def _outcome(outcomes: pd.DataFrame, lang: str) -> Iterator[_Said]:
    counts = outcomes["outcome"].value_counts()
    parts = [say(f"outcome_count.{name}", lang, n=int(counts[name])) for name in OUTCOMES if name in counts]
    latest = latest_as_of(outcomes) or label("text.unknown", lang)
    yield "finding.outcome", {"n": len(outcomes), "parts": enumerated(parts, lang), "latest": latest}
    done = outcomes[outcomes["stage"] == "completed"]
    if len(done):
        yield "finding.completed", {"n": len(done), "kept": int((done["outcome"] == "kept").sum())}
    stale, told = int(outcomes["stale"].astype(bool).sum()), int((outcomes["latest_date"] != "").sum())
    if told:
        yield "finding.stale", {"n": stale, "told": told, "as_of": str(outcomes["as_of"].iloc[0])}


def _burden(sensitivity: pd.DataFrame, lang: str) -> Iterator[_Said]:
    table = sensitivity.assign(defensible=sensitivity["defensible"].astype(bool))
    plain = table[(table["rule"] == "whole") & (table["per"] == "none")]
    full = plain[plain["member"] == "full"]
    if len(full) and full["tasks"].notna().all():
        top, least = int(full["tasks"].max()), int(full["tasks"].min())
        share = (top - least) / top if top else 0.0
        yield (
            "burden.counts",
            {"parts": _each("finding.count", full, lang), "gap": top - least, "share": share},
        )
    used = table[table["defensible"] & (table["member"] == "full")]
    divided = used[used["per"] != "none"].drop_duplicates(["rule", "per"])
    sized = int(divided["ranks_sizes"].sum())
    if len(divided):
        yield "burden.ranks_sizes", {"n": len(divided), "sized": sized, "rest": len(divided) - sized}
    found = used[used["finding"].astype(bool)]
    for row in found.to_dict("records"):
        yield "burden.finding", {
            "city": _city(row, lang), "rule": _named("rule", row["rule"], lang), "per": _named("per", row["per"], lang),
            "value": row["value"], "p": row["p_first"], "chance": row["chance"],
        }  # fmt: skip
    if found.empty:
        yield "burden.no_finding", {}
    yield from _open_orders(used[used["per"] == "none"], lang)
    out = table[~table["defensible"]].drop_duplicates(["rule", "per"])
    if len(out):
        why = [
            say("burden.reason_count", lang, reason=label(f"reason.{reason}", lang), n=int(n))
            for reason, n in out["reason"].value_counts(sort=False).items()
        ]
        yield "burden.left_out", {"n": len(out), "why": label("text.semicolon", lang).join(why)}
    rest = plain[(plain["member"] != "full") & (plain["tasks"].fillna(0) > 0)]
    if len(rest):
        key = "burden.partial_open" if (rest["high"] > rest["value"]).any() else "burden.partial"
        yield key, {"parts": _each("finding.count", rest, lang), "n": len(rest)}
    memory = table[table["note"] == "from_memory"].drop_duplicates(["per", "city"])
    for per, rows in memory.groupby("per", sort=False):
        names = enumerated([_city(row, lang) for row in rows.to_dict("records")], lang)
        yield "burden.from_memory", {"per": _named("per", per, lang), "cities": names}


def _named(group: str, name: object, lang: str) -> str:
    word = label(f"{group}.{name}", lang, default=str(name).replace("_", " "))
    return word[:1].lower() + word[1:] if lang == "en" else word  # it stands inside a sentence


def _open_orders(plain: pd.DataFrame, lang: str) -> Iterator[_Said]:
    """Name the rules whose first place is not settled by what is known; where all bear the same, nobody is first."""
    rules = plain.groupby("rule", sort=False)
    unsettled = (rules["p_first"].max() < SURE) & (rules["value"].max() - rules["value"].min() >= 1e-9)
    names = [_named("rule", rule, lang) for rule in unsettled.index[unsettled]]
    if names:
        yield "burden.unsettled", {"rules": enumerated(names, lang), "n": len(names)}
