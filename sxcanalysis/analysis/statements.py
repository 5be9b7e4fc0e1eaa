"""What the tables of an edition say, as sentences: each is computed, and worded in ``data/reference/labels.csv``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.analysis.counting_rules import implementing, open_tasks, require, roster
from sxcanalysis.analysis.duties import duty_kinds
from sxcanalysis.analysis.exposure import assigned_and_located
from sxcanalysis.analysis.outcomes import OUTCOMES, latest_as_of, promise_and_outcome
from sxcanalysis.core.errors import DataError
from sxcanalysis.parsing.deadlines import is_loose
from sxcanalysis.reference.bodies import body_english
from sxcanalysis.reference.words import LANGS, enumerated, label, say

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

    Parameters
    ----------
    tasks, assignments, targets, projects, status
        As the ``load_…`` functions return them. Without projects nothing is said of where, without status nothing of the outcome.
    sensitivity
        From `burden_sensitivity`; without it nothing is said of the cities' burden.
    as_of
        As for `promise_and_outcome`.
    circle
        As for `burden`.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    findings
        One row a sentence: ``topic key sentence``; ``topic`` is one of `TOPICS`, ``key`` the row of labels.csv that words it.

    Raises
    ------
    DataError
        If a table lacks a column, or there is no such language.

    Examples
    --------
    >>> import sxcanalysis as sxc
    >>> said = findings(sxc.load_tasks(2024), sxc.load_assignments(2024), sxc.load_targets(2024), lang="en")
    >>> said["sentence"].iloc[0]
    'The list of 2024 sets 53 tasks in 6 categories.'
    """
    _check(lang)
    kinds = duty_kinds(assignments, tasks, targets)
    said = [("promised", key, values) for key, values in _promised(tasks, kinds)]
    said += [("answers", key, values) for key, values in _answers(assignments, kinds, circle, lang)]
    if projects is not None and len(projects):
        pairs = assigned_and_located(assignments, projects, circle=circle)
        said += [("where", key, values) for key, values in _where(pairs, projects, lang)]
        if status is not None:
            outcomes = promise_and_outcome(projects, status, as_of)
            said += [("outcome", key, values) for key, values in _outcome(outcomes, lang)]
    rows = [(topic, key, say(key, lang, **values)) for topic, key, values in said]
    if sensitivity is not None:
        rows += [("burden", key, say(key, lang, **values)) for key, values in _burden(sensitivity, lang)]
    return pd.DataFrame(rows, columns=["topic", "key", "sentence"])


def burden_statements(sensitivity: pd.DataFrame, lang: str = "zh") -> list[str]:
    """
    Say what can be said of the cities' burden, and what cannot.

    Parameters
    ----------
    sensitivity
        From `burden_sensitivity`.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    sentences
        The plain counts; which results only rank sizes; each lead that is beyond what is open and larger than chance, or that there is
        none; what is left out and why; who takes part in some tasks only; what is known from memory only.

    Raises
    ------
    DataError
        If the language is unknown or no combination is defensible.
    """
    _check(lang)
    if not sensitivity["defensible"].astype(bool).any():
        msg = "no combination of rule and denominator is defensible here; see the column reason of burden_sensitivity."
        raise DataError(msg)
    return [say(key, lang, **values) for key, values in _burden(sensitivity, lang)]


_Said = tuple[str, dict[str, Any]]


def _check(lang: str) -> None:
    if lang not in LANGS:
        msg = f"there are no words in the language {lang!r}. Choose {' or '.join(LANGS)}."
        raise DataError(msg)


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
        yield (
            "finding.top_lead",
            {"body": enumerated(names, lang), "bodies": len(names), "n": int(counts.max())},
        )
    known = roster(assignments, circle)
    full = set(known.loc[known["member"] == "full", "city"])
    named = implementing(assignments).groupby("task_id")["body"].agg(set)
    together = sum(full <= cities for cities in named)
    alone = sum(
        len(cities) == 1 and str(task) not in open_tasks(assignments) for task, cities in named.items()
    )
    if full:
        yield "finding.cities", {"all": together, "members": len(full), "alone": alone}


def _where(pairs: pd.DataFrame, projects: pd.DataFrame, lang: str) -> Iterator[_Said]:
    own = pairs[pairs["assigned"]]
    inside = int((own["located"] == "inside").sum())
    yield "finding.pairs", {"tasks": own["task_id"].nunique(), "pairs": len(own), "inside": inside}
    rest = own[own["located"] != "inside"]
    if len(rest):
        names = [
            say(
                "finding.pair",
                lang,
                city=_city(row, lang),
                number=str(row["task_id"]).split("-", 1)[-1].lstrip("0"),
            )
            + say("finding.in_brackets", lang, what=label(f"place.{row['located']}", lang))
            for row in rest.to_dict("records")
        ]
        yield "finding.other_pairs", {"names": enumerated(names, lang), "n": len(rest)}
    counts = pairs.groupby("city", sort=False)["inside"].sum()
    rows = pairs.drop_duplicates("city").to_dict("records")
    parts = [
        say("finding.count_projects", lang, city=_city(row, lang), n=int(counts[row["city"]]))
        for row in rows
        if counts[row["city"]]
    ]
    lost = int((projects["counties"].fillna("") == "").sum())
    if parts:
        yield "finding.lie", {"n": len(projects), "parts": enumerated(parts, lang)}
    if lost:
        yield "finding.lost", {"n": lost, "total": len(projects)}


def _outcome(outcomes: pd.DataFrame, lang: str) -> Iterator[_Said]:
    counts = outcomes["outcome"].value_counts()
    parts = [say(f"outcome_count.{name}", lang, n=int(counts[name])) for name in OUTCOMES if name in counts]
    latest = latest_as_of(outcomes)
    yield (
        "finding.outcome",
        {
            "n": len(outcomes),
            "parts": enumerated(parts, lang),
            "latest": latest or label("text.unknown", lang),
        },
    )
    done = outcomes[outcomes["stage"] == "completed"]
    if len(done):
        yield "finding.completed", {"n": len(done), "kept": int((done["outcome"] == "kept").sum())}
    stale, told = int(outcomes["stale"].astype(bool).sum()), int((outcomes["latest_date"] != "").sum())
    if told:
        yield "finding.stale", {"n": stale, "told": told, "as_of": str(outcomes["as_of"].iloc[0])}


def _city(row: dict[Any, Any], lang: str) -> str:
    return str(row["city"]).removesuffix("市") if lang == "zh" else str(row["city_en"]) or str(row["city"])


def _burden(sensitivity: pd.DataFrame, lang: str) -> Iterator[_Said]:
    full = sensitivity[sensitivity["member"] == "full"]
    yield from _plain_counts(full, lang)
    used = full[full["defensible"].astype(bool)]
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
    yield from _open_orders(used, lang)
    out = sensitivity[~sensitivity["defensible"].astype(bool)].drop_duplicates(["rule", "per"])
    if len(out):
        reasons = out["reason"].value_counts(sort=False)
        why = [
            say("burden.reason_count", lang, reason=label(f"reason.{reason}", lang), n=int(n))
            for reason, n in reasons.items()
        ]
        yield "burden.left_out", {"n": len(out), "why": label("text.semicolon", lang).join(why)}
    yield from _partial(sensitivity, lang)
    memory = sensitivity[sensitivity["note"] == "from_memory"].drop_duplicates(["per", "city"])
    for per, rows in memory.groupby("per", sort=False):
        names = enumerated([_city(row, lang) for row in rows.to_dict("records")], lang)
        yield "burden.from_memory", {"per": _named("per", per, lang), "cities": names}


def _named(group: str, name: object, lang: str) -> str:
    word = label(f"{group}.{name}", lang, default=str(name).replace("_", " "))
    return word[:1].lower() + word[1:] if lang == "en" else word  # it stands inside a sentence


def _plain_counts(full: pd.DataFrame, lang: str) -> Iterator[_Said]:
    plain = full[(full["rule"] == "whole") & (full["per"] == "none")]
    if plain.empty or plain["tasks"].isna().any():
        return
    counts = [int(n) for n in plain["tasks"]]
    parts = [
        say("finding.count", lang, city=_city(row, lang), n=int(row["tasks"]))
        for row in plain.to_dict("records")
    ]
    top = max(counts)
    gap = (top - min(counts)) / top if top else 0.0
    yield "burden.counts", {"parts": enumerated(parts, lang), "gap": top - min(counts), "share": gap}


def _open_orders(used: pd.DataFrame, lang: str) -> Iterator[_Said]:
    """Name the rules whose first place is not settled by what is known."""
    plain = used[used["per"] == "none"]
    best = plain.groupby("rule", sort=False)["p_first"].max()
    tied = {rule for rule, part in plain.groupby("rule") if part["value"].max() - part["value"].min() < 1e-9}
    unsettled = [_named("rule", rule, lang) for rule, p in best.items() if p < 0.95 and rule not in tied]
    if unsettled:
        yield "burden.unsettled", {"rules": enumerated(unsettled, lang), "n": len(unsettled)}


def _partial(sensitivity: pd.DataFrame, lang: str) -> Iterator[_Said]:
    plain = sensitivity[(sensitivity["rule"] == "whole") & (sensitivity["per"] == "none")]
    rest = plain[(plain["member"] != "full") & (plain["tasks"].fillna(0) > 0)]
    if len(rest):
        parts = [
            say("finding.count", lang, city=_city(row, lang), n=int(row["tasks"]))
            for row in rest.to_dict("records")
        ]
        key = "burden.partial_open" if (rest["high"] > rest["value"]).any() else "burden.partial"
        yield key, {"parts": enumerated(parts, lang), "n": len(rest)}
