"""The numbers and names that the sentences of a brief are filled with; each is computed here from an edition's tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sxcanalysis.analysis.city_burden import burden
from sxcanalysis.analysis.edition_diff import STATUSES, compare_editions
from sxcanalysis.analysis.elements import task_elements
from sxcanalysis.analysis.exposure import assigned_and_located
from sxcanalysis.analysis.outcomes import OUTCOMES, STAGE_ASKS, promise_and_outcome
from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.geography.projects import load_project_sources, load_projects, load_status
from sxcanalysis.outputs import naming
from sxcanalysis.reference.words import enumerated, label, say
from sxcanalysis.tables import loading

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

Facts = dict[str, object]


@dataclass(frozen=True)
class Material:
    """The tables of an edition, and the language in which they are told of; `before` is the edition before, or empty."""

    edition: str
    lang: str
    tasks: pd.DataFrame
    assignments: pd.DataFrame
    targets: pd.DataFrame
    issues: pd.DataFrame
    projects: gpd.GeoDataFrame | None
    before: str


def load_material(edition: str, lang: str) -> Material:
    """Read what a brief is made of; a new edition has no located projects at first."""
    try:
        projects = load_projects(edition)
    except MissingDataError:
        projects = None
    return Material(
        edition, lang, loading.load_tasks(edition), loading.load_assignments(edition),
        loading.load_targets(edition), loading.load_issues(edition), projects,
        max((one for one in loading.available_editions() if one < edition), default=""),
    )  # fmt: skip


def compute_facts(material: Material) -> Facts:
    """Compute every value that a sentence of the brief may name; what an edition does not tell is absent."""
    facts = _of_tasks(material) | _of_bodies(material) | _of_cities(material)
    if material.projects is not None and len(material.projects):
        facts |= _of_places(material, material.projects) | _of_outcomes(material, material.projects)
    return facts | (_of_changes(material) if material.before else {})


def _of_tasks(m: Material) -> Facts:
    sizes = m.tasks.groupby("category", sort=False).size().sort_values(ascending=False, kind="stable")
    measured, verifiable = int(m.targets["task_id"].nunique()), int(m.tasks["verifiable"].sum())
    elements = task_elements(m.tasks, m.assignments, m.targets)
    counts = elements.groupby(["element", "status"]).size()
    return {
        "tasks": len(m.tasks), "categories": len(sizes), "largest": naming.name_category(sizes.index[0], m.lang),
        "most": int(sizes.iloc[0]), "smallest": naming.name_category(sizes.index[-1], m.lang), "fewest": int(sizes.iloc[-1]),
        "measured": measured, "measured_share": _share(measured, len(m.tasks)), "targets": len(m.targets),
        "verifiable": verifiable, "verifiable_share": _share(verifiable, len(m.tasks)),
        "deliverable": int(counts.get(("deliverable", "stated"), 0)), "aimed": int(counts.get(("deliverable", "partly"), 0)),
        "deadline": int(counts.get(("deadline", "stated"), 0)), "owner": int(counts.get(("owner", "stated"), 0)),
        "unparsed": int(m.issues["code"].eq("unparsed").sum()), "issues": len(m.issues),
    }  # fmt: skip


def _of_bodies(m: Material) -> Facts:
    lead = m.assignments[m.assignments["role"] == "lead"]
    by_body = lead.groupby("body")["task_id"].nunique().sort_values(ascending=False, kind="stable")
    led = int(lead["task_id"].nunique())
    facts: Facts = {
        "bodies": int(m.assignments["body"].nunique()), "leads": len(by_body), "led": led,
        "joint": int(lead.groupby("task_id")["body"].nunique().gt(1).sum()), "unled": len(m.tasks) - led,
        "open": int(m.assignments.loc[m.assignments["others_implied"], "task_id"].nunique()),
    }  # fmt: skip
    if led:
        top = lead[lead["body"].isin(by_body.index[:3])]["task_id"].nunique()
        facts |= {"leader": naming.name_body(str(by_body.index[0]), m.lang), "leader_tasks": int(by_body.iloc[0]),
                  "top_share": _share(top, led)}  # fmt: skip
    return facts


def _of_cities(m: Material) -> Facts:
    whole, sole = burden(m.assignments, rule="whole"), burden(m.assignments, rule="sole")
    full, partial = (
        whole[whole["member"] == "full"],
        whole[(whole["member"] != "full") & (whole["tasks"] > 0)],
    )
    alone = sole[(sole["member"] == "full") & (sole["tasks"] > 0)]
    facts: Facts = {}
    if len(full):
        facts |= {"city_counts": _cities(full, m.lang), "gap": int(full["tasks"].max() - full["tasks"].min())}
        facts |= {"alone": int(alone["tasks"].sum())}
    if len(alone):
        facts["alone_counts"] = _cities(alone, m.lang)
    if len(partial):
        facts["partial_counts"] = _cities(partial, m.lang)
    return facts


def _of_places(m: Material, projects: gpd.GeoDataFrame) -> Facts:
    coarse = projects["precision"].isin(["county", "city"])
    drawn = projects.geometry.notna() & ~coarse
    kinds = projects.groupby("kind").size().sort_values(ascending=False, kind="stable").to_dict()
    used = {name for cell in projects["geometry_source"] for name in naming.split_codes(cell)}
    sources = load_project_sources()
    sources = sources[sources["source_id"].isin(used)]
    pairs = assigned_and_located(m.assignments, projects).query("assigned")
    facts: Facts = {
        "projects": len(projects), "project_tasks": int(projects["task_id"].nunique()),
        "kinds": _counted(kinds, "kind", m.lang), "drawn": int(drawn.sum()), "coarse": int(coarse.sum()),
        "nowhere": int(projects.geometry.isna().sum()), "sources": len(sources),
        "memory": int(sources["kind"].isin(["memory", "from memory"]).sum()),
    }  # fmt: skip
    if len(pairs):
        facts |= {"inside": int((pairs["located"] == "inside").sum()), "pairs": len(pairs)}
    if drawn.any():
        facts["km"] = f"{float(projects.loc[drawn, 'uncertainty_m'].median()) / 1000:.1f}"
    counties = projects["counties"].map(naming.split_codes).explode().dropna()
    counties = counties[~counties.str.endswith("00")].value_counts().sort_index()
    if len(counties):
        top = str(counties.idxmax())
        facts |= {"counties": len(counties), "county": naming.name_units(m.lang).get(top, top),
                  "county_projects": int(counties.max())}  # fmt: skip
    return facts


def _of_outcomes(m: Material, projects: gpd.GeoDataFrame) -> Facts:
    found = promise_and_outcome(projects, load_status())
    stages, outcomes = projects["stage"].value_counts(), found["outcome"].value_counts()
    return {
        "stages": _counted({key: stages.get(key, 0) for key in STAGE_ASKS}, "stage", m.lang),
        "outcomes": _counted({key: outcomes.get(key, 0) for key in OUTCOMES}, "outcome", m.lang),
        "as_of": found["as_of"].max(), "stale": int(found["stale"].map(bool).sum()),
        **{f"outcome_{key}": int(outcomes.get(key, 0)) for key in OUTCOMES},
    }  # fmt: skip


def _of_changes(m: Material) -> Facts:
    diff = compare_editions(m.before, m.edition)
    by_status = {status: n for status, n in diff.counts().items() if status in STATUSES}
    counts: dict[str, Mapping[Any, int]] = {"changes": by_status, "target_changes": diff.targets["change"].value_counts().to_dict(),
              "project_changes": diff.projects["change"].value_counts().to_dict()}  # fmt: skip
    return {"old": diff.old, "new": diff.new, "continued": by_status["kept"] + by_status["reworded"],
            "added": by_status["new"], "dropped": by_status["dropped"],
            **{key: _counted(found, "change", m.lang) for key, found in counts.items()}}  # fmt: skip


def _cities(table: pd.DataFrame, lang: str) -> str:
    return enumerated(
        [
            say("brief.counted_city", lang, what=naming.name_body(city, lang), n=int(n))
            for city, n in zip(table["city"], table["tasks"], strict=True)
        ],
        lang,
    )


def _counted(counts: Mapping[Any, Any], group: str, lang: str) -> str:
    """Enumerate values of a vocabulary with how often each occurs."""
    told = [
        say(f"brief.counted_{group}", lang, what=label(f"{group}.{key}", lang, default=str(key)), n=int(n))
        for key, n in counts.items()
        if n
    ]
    return enumerated(told, lang) or label("brief.counted_none", lang)


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole else "—"
