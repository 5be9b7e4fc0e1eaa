"""What stays open, drawn a thousand times; and whether a lead is larger than a list without any plan behind it would show.

Drawn are: which cities 等 ("and others") implies, where a project lies within its uncertainty, ends that sources dispute, the year and
the error of denominators, and readings that a reader could have chosen instead (``data/corrections/readings-EDITION.yml``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
import yaml

from sxcanalysis.analysis.counting_rules import (
    PROJECT_RULES,
    RULES,
    cities_in,
    implementing,
    open_tasks,
    prefecture_cells,
)
from sxcanalysis.core.errors import DataError
from sxcanalysis.core.paths import data_file
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    import numpy.typing as npt
    from geopandas import GeoDataFrame

    from sxcanalysis.reference.circle import Circle

    Floats = npt.NDArray[np.float64]
    #: For each open task, draw × city, and how many cities are implied in each draw.
    Others = dict[str, tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]]

#: Relative standard error of a statistic by its status. A judgement, made from memory and not from a source: final figures are revised
#: little, preliminary ones by about one per cent, and what somebody remembers may be off by three times that.
SIZE_ERRORS = {
    "official": 0.002,
    "final": 0.002,
    "secondary": 0.01,
    "preliminary": 0.01,
    "memory": 0.03,
    "from memory": 0.03,
}
#: ``uncertainty_m`` holds nine places in ten; that radius of a two-dimensional normal distribution, in standard deviations.
_NINE_IN_TEN = float(np.sqrt(2 * np.log(10)))
#: Precisions that name a unit or an area, which does not move.
_FIXED = ("county", "city", "area", "none")
_PLACES = 64  # displaced drawings of one project, from which the draws choose


@dataclass(frozen=True)
class OpenPlaces:
    """Draws of where projects lie: arrays of draw × project × city, and what part of each project's units is not drawn."""

    ids: list[str]
    inside: npt.NDArray[np.bool_]
    share: Floats
    elsewhere: npt.NDArray[np.int64]


def draw_others(
    assignments: pd.DataFrame,
    cities: pd.DataFrame,
    circle: Circle | None,
    draws: int,
    rng: np.random.Generator,
) -> Others:
    """
    Draw the cities that 等 implies, for each open task that names a city.

    In half of the draws 等 only closes the enumerations, as its other use is: a habit of the list, not of one task. In the rest any
    number from none to all of the province's other cities is as likely as any other, and so is each city; cities outside the roster
    count among how many.
    """
    named = implementing(assignments).groupby("task_id", sort=False)["body"].agg(set)
    names = list(cities["city"])
    own = [not circle or str(code)[:2] == circle.province[:2] for code in cities["adcode"]]
    found, closes = {}, rng.random(draws) < 0.5
    for task in sorted(open_tasks(assignments) & set(named.index)):
        free = [at for at, name in enumerate(names) if name not in named[task] and own[at]]
        many = max((circle.cities_in_province if circle else len(names)) - len(named[task]), len(free))
        count = np.where(closes, 0, rng.integers(0, many + 1, draws))
        order = rng.random((draws, many)).argsort(axis=1)
        implied = np.zeros((draws, len(names)), dtype=bool)
        implied[:, free] = order[:, : len(free)] < count[:, None]
        found[str(task)] = (implied, count)
    return found


def draw_places(  # what is known of a project stands in several tables
    projects: GeoDataFrame,
    shares: pd.DataFrame,
    assignments: pd.DataFrame,
    cities: pd.DataFrame,
    boundaries: GeoDataFrame,
    *,
    draws: int,
    rng: np.random.Generator,
) -> OpenPlaces:
    """
    Draw where projects (of `load_projects`, with their `city_shares`) lie, within the outlines of the cities of a roster.

    A city in which sources name a county stays. A drawing is displaced as a whole by its own uncertainty, and lies where it then
    lies. Where sources name counties, they name all of them in half of the draws; in the rest a city beyond them counts where the
    displaced drawing reaches it, and one of ``touched_doubtful`` that it does not reach in every second draw. A project that nobody
    has located lies in one of the cities that implement its task.
    """
    names = list(cities["city"])
    table = projects.reset_index(drop=True)
    inside = np.zeros((draws, len(table), len(names)), dtype=bool)
    share = np.zeros(inside.shape)
    units = prefecture_cells(table, "counties")
    here, n = cities_in(units, cities), np.array([len(cell) for cell in units], dtype=int)
    claimed = here & cities_in(prefecture_cells(table, "claimed_counties"), cities)
    open_end = cities_in(prefecture_cells(table, "touched_doubtful"), cities) & ~claimed
    parts = shares.pivot_table(index="project_id", columns="city", values="share", aggfunc="sum")
    measured = parts.reindex(index=table["project_id"], columns=names).fillna(0.0).to_numpy(dtype=float)
    acting = implementing(assignments).groupby("task_id")["body"].agg(list).to_dict()
    # Sources that name counties may name all of them: a question of how they are written, one for all projects.
    complete = rng.random(draws) < 0.5
    moved = _displaced(table, cities, boundaries, rng)
    for p, task in enumerate(table["task_id"]):
        if not n[p]:
            chosen = [names.index(city) for city in acting.get(task, names) if city in names]
            if chosen:
                pick = rng.choice(chosen, draws)
                inside[np.arange(draws), p, pick] = share[np.arange(draws), p, pick] = True
            continue
        inside[:, p] = here[p]
        share[:, p] = measured[p] if measured[p].any() else here[p] * (n[p] == 1)
        if p in moved:
            drawn = moved[p][rng.integers(0, _PLACES, draws)]
            open_too = ~here[p] & (~complete | (not claimed[p].any()))[:, None]
            inside[:, p] = claimed[p] | ((drawn > 0) & (here[p] | open_too))
            share[:, p] = drawn * inside[:, p]
        inside[:, p] |= open_end[p] & (~complete & (rng.random(draws) < 0.5))[:, None]
    return OpenPlaces([str(name) for name in table["project_id"]], inside, share, n - here.sum(axis=1))


def _displaced(
    projects: GeoDataFrame, cities: pd.DataFrame, boundaries: GeoDataFrame, rng: np.random.Generator
) -> dict[int, Floats]:
    """Measure the shares of each city in drawings displaced by their uncertainty, where a border is near enough to matter."""
    frame = boundaries[boundaries["adcode"].isin(cities["adcode"])]
    if frame.empty or "geometry" not in projects:
        return {}
    plane = frame.estimate_utm_crs()
    # What matters are kilometres: a border drawn to 200 m makes this twenty times as fast.
    units = shapely.simplify(frame.to_crs(plane).geometry.to_numpy(), 200)
    order = [list(cities["adcode"]).index(code) for code in frame["adcode"]]
    radii = projects["uncertainty_m"].fillna(0.0)
    found = {}
    for p, (shape, precision, radius) in enumerate(
        zip(projects.to_crs(plane).geometry, projects["precision"], radii, strict=True)
    ):
        offsets = rng.normal(0, 1, (_PLACES, 2)) * radius / _NINE_IN_TEN
        if shape is None or shape.is_empty or precision in _FIXED:
            continue
        if not (shapely.distance(shapely.boundary(units), shape) < 3 * radius).any():
            continue
        placed = np.array([shapely.transform(shape, lambda xy, by=by: xy + by) for by in offsets])
        shares = np.zeros((_PLACES, len(cities)))
        for unit, column in zip(units, order, strict=True):
            near = shapely.intersects(unit, placed)
            shares[near, column] = _size(shapely.intersection(unit, placed[near])) / _size(np.array([shape]))
        found[p] = shares
    return found


def _size(shapes: npt.NDArray[Any]) -> Floats:
    """Return the area of what has one, else the length, else how many points it has."""
    area, length = shapely.area(shapes), shapely.length(shapes)
    points = shapely.get_num_coordinates(shapes)
    return np.asarray(np.where(area > 0, area, np.where(length > 0, length, points)), dtype=float)


def draw_items(
    rule: str,
    weights: pd.DataFrame,
    cities: pd.DataFrame,
    others: Others,
    places: OpenPlaces | None,
    *,
    draws: int,
    rng: np.random.Generator,
) -> tuple[list[str], Floats]:
    """Draw what falls on each city under one rule: the items' names, and an array of draw × item × city."""
    names = list(cities["city"])
    if rule in PROJECT_RULES and places is not None:
        parts = np.maximum(places.inside.sum(axis=2) + places.elsewhere, 1)[:, :, None]
        drawn = {"length_share": places.share, "count_share": places.inside / parts}
        return places.ids, drawn.get(rule, places.inside.astype(float))
    items = list(dict.fromkeys(weights["item"]))
    base = weights[weights["city"] != ""]
    weight, low, high = (
        base.pivot_table(index="item", columns="city", values=column, aggfunc="sum")
        .reindex(index=items, columns=names)
        .fillna(0.0)
        .to_numpy(dtype=float)
        for column in ("weight", "low", "high")
    )
    drawn_items: Floats = np.repeat(weight[None], draws, axis=0)
    if rule not in RULES:
        # A rule of one's own says how far it is open.
        drawn_items = low + rng.random((draws, 1, 1)) * (high - low)
    task_of = dict(zip(weights["item"], weights["task_id"], strict=True))
    joint = set(weights.loc[(weights["city"] == "") & (weights["weight"] > 0), "item"])
    for k, item in enumerate(items):
        if task_of[item] not in others or item in joint:
            continue
        implied, count = others[task_of[item]]
        named = weight[k] > 0
        if rule in {"whole", "targets"}:
            drawn_items[:, k] = named | (implied & (high[k] > 0))
        elif rule == "even_split":
            drawn_items[:, k] = (named | implied) / (named.sum() + count)[:, None]
        elif rule == "sole":
            drawn_items[:, k] = (high[k] > 0) & (count == 0)[:, None]
    return items, drawn_items


def apply_readings(
    rule: str,
    items: list[str],
    drawn: Floats,
    cities: pd.DataFrame,
    readings: list[dict[str, Any]],
    rng: np.random.Generator,
) -> Floats:
    """Take each alternative reading in every second draw: its item falls on further cities, or on none."""
    names, drawn = list(cities["city"]), drawn.copy()
    for reading in readings:
        if rule not in reading["rules"]:
            continue
        chosen = rng.random(len(drawn)) < 0.5
        columns = np.isin(names, reading.get("adds", []))
        if reading["item"] not in items:
            drawn = np.concatenate([drawn, np.zeros((len(drawn), 1, len(names)))], axis=1)
            items = [*items, reading["item"]]
        k = items.index(reading["item"])
        if reading.get("drops"):
            drawn[chosen, k] = 0.0
        drawn[:, k] = np.where(chosen[:, None] & columns, 1.0, drawn[:, k])
    return drawn


def alternative_readings(edition: str) -> list[dict[str, Any]]:
    """
    Load the readings that a reader could have chosen instead; none where there is no file.

    Each has ``item`` (a task, project or target), ``rules`` for which it matters, ``adds`` (cities on which it then falls) or
    ``drops: true`` (it then counts for none), and ``why``. An entry that lacks one of these is a `DataError`.
    """
    path = data_file(f"corrections/readings-{edition}.yml")
    found = (yaml.safe_load(path.read_text(encoding="utf-8")) or []) if path.is_file() else []
    for at, entry in enumerate(found, start=1):
        keys = set(entry) if isinstance(entry, dict) else set()
        if not {"item", "rules", "why"} <= keys or not {"adds", "drops"} & keys:
            raise DataError(say("error.simulation_entry", spoken(), file=path, n=at, found=entry))
    return list(found)


def draw_sizes(years: list[tuple[Floats, list[str]]], draws: int, rng: np.random.Generator) -> Floats:
    """
    Draw what counts are divided by (draw × city): of one of the years, each value off by the error that its status allows.

    Each year has the divisors of the cities and the status of each; a year that lacks one which another has is left out.
    """
    most = max(int(np.isfinite(sizes).sum()) for sizes, _ in years)
    years = [(sizes, status) for sizes, status in years if np.isfinite(sizes).sum() == most]
    values = np.array([sizes for sizes, _ in years])
    errors = np.array([[SIZE_ERRORS.get(word, 0.0) for word in status] for _, status in years])
    year = rng.integers(0, len(years), draws)
    drawn: Floats = values[year] * (1 + errors[year] * rng.normal(0, 1, (draws, values.shape[1])))
    return drawn


def first_places(values: Floats) -> Floats:
    """Return for each city (column) how often it has the greatest value; cities that tie share a draw."""
    rounded = np.round(values, 9)
    top = rounded == np.nanmax(rounded, axis=1, keepdims=True)
    shares: Floats = (top / top.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares


def chance_of_leads(
    weights: dict[str, pd.DataFrame], members: list[str], rng: np.random.Generator, *, draws: int = 1000
) -> pd.DataFrame:
    """
    Tell how often a list without any plan behind it gives a city a lead as large.

    In a random list every item (of `attribute`, by rule) keeps its weights and gives them to the full members in a random order, the same
    under all rules; a lead is measured in standard deviations. One row a rule, one column a city: the share of random lists in which,
    under any of the rules, any city leads by as much as this city does here. Looking at all rules and cities at once keeps a finding from
    arising only because many were looked for (P. H. Westfall and S. S. Young, Resampling-Based Multiple Testing, 1993). Missing where a
    rule has one item only.
    """
    tables = {
        rule: table[table["city"].isin(members)]
        .pivot_table(index="item", columns="city", values="weight", aggfunc="sum")
        .reindex(columns=members)
        .fillna(0.0)
        for rule, table in weights.items()
    }
    items = pd.Index(sorted({str(item) for table in tables.values() for item in table.index}))
    orders = rng.random((draws, len(items), len(members))).argsort(axis=2)
    chance = pd.DataFrame(np.nan, index=list(tables), columns=members)
    largest = np.full(draws, -np.inf)
    for rule, table in tables.items():
        values = table.to_numpy(dtype=float)
        spread = float(np.sqrt(values.var(axis=1).sum()))
        if len(table) < 2 or spread < 1e-12:
            continue
        at = items.get_indexer(table.index.astype(str))
        shuffled = np.take_along_axis(np.repeat(values[None], draws, axis=0), orders[:, at], axis=2)
        mean = float(values.sum()) / len(members)
        largest = np.maximum(largest, (shuffled.sum(axis=1).max(axis=1) - mean) / spread)
        chance.loc[rule] = (values.sum(axis=0) - mean) / spread
    return chance.map(
        lambda lead: (1 + int((largest >= lead - 1e-9).sum())) / (draws + 1) if np.isfinite(lead) else lead
    )
