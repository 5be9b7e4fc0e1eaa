"""What counts are divided by: the size of the cities, or any figure of one's own; and how much of a result that alone explains."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sxcanalysis.analysis.counting_rules import circle_of_list, digits, edition_of, require
from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.reference.words import say, spoken
from sxcanalysis.tables.loading import load_cities

if TYPE_CHECKING:
    import numpy.typing as npt

    from sxcanalysis.analysis.counting_rules import AnyCircle

#: Denominator: column of the cities' table, its amount that counts as one unit, and the unit's name.
PERS: dict[str, tuple[str, float, str]] = {
    "none": ("", 1.0, ""),
    "population": ("population", 1e6, "million residents"),
    "gdp": ("gdp", 1e11, "100 billion CNY of GDP"),
    "budget_revenue": ("budget_revenue", 1e10, "10 billion CNY of budget revenue"),
    "area": ("area", 1e3, "1000 km²"),
}
#: A denominator by name, a column of the cities' table, or figures of one's own by city.
Per = str | pd.Series
#: Share of the variance that denominators explain, above which a result ranks sizes.
RANKS_SIZES = 0.5


def per_name(per: Per) -> str:
    """Return the name of a denominator."""
    return per if isinstance(per, str) else str(per.name or "own")


def unit_of(per: Per, unit: str | None = None) -> str:
    """Return the unit of a denominator: as given, as declared, from the ``attrs`` of a Series, or its name."""
    if unit is not None:
        return unit
    if isinstance(per, str):
        return PERS[per][2] if per in PERS else per
    return str(per.attrs.get("unit", per_name(per)))


def city_statistics(assignments: pd.DataFrame, circle: AnyCircle = None) -> list[pd.DataFrame]:
    """
    Load the cities' figures that fit a list, as `load_cities` returns them.

    They are those of the year that the authors of the list knew, then of the list's own year, as far as there are figures; if there
    are none of either, the latest of the five years before.
    """
    edition, found = edition_of(assignments), circle_of_list(assignments, circle)
    tables: list[pd.DataFrame] = []
    if edition.isdigit():
        known = int(edition) - (found.statistics_lag if found else 1)
        earlier = range(known - 1, known - 6, -1)
        for year in dict.fromkeys((known, int(edition), *earlier)):
            if not tables or year not in earlier:
                with contextlib.suppress(MissingDataError):
                    tables.append(load_cities(year, circle=found))
    return tables or [load_cities(circle=found)]


def divisors(known: pd.DataFrame, per: Per, cities: pd.DataFrame | None) -> pd.DataFrame:
    """
    Add to the cities (from `roster`) what to divide by.

    Adds ``divisor`` (missing where there is none), ``status`` and ``note``: ``no_denominator``, ``from_memory``, ``preliminary`` or
    empty. A denominator that is unknown, or a value that is no number above 0, is a `DataError`.
    """
    status, amount = pd.Series("", index=known.index), 1.0
    if isinstance(per, pd.Series):
        size = known["city"].map(_own_sizes(known, per))
    else:
        column, amount, _ = PERS.get(per, (per, 1.0, ""))
        if not column:
            return known.assign(divisor=1.0, status="", note="")
        rows = _by_code(require(cities, "cities", ("adcode",)), column)
        size = known["adcode"].map(rows[column])
        if f"{column}_status" in rows:
            status = known["adcode"].map(rows[f"{column}_status"]).fillna("").astype(str)
    numbers = pd.to_numeric(size, errors="coerce")
    wrong = size.notna() & ~(numbers > 0)
    if wrong.any():
        value, city = str(size[wrong].iloc[0]), known.loc[wrong, "city"].iloc[0]
        raise DataError(say("error.per_positive", spoken(), per=per_name(per), found=value, city=city))
    note = status.map(
        lambda said: "from_memory" if "memory" in said else said if said == "preliminary" else ""
    )
    note = note.where(numbers.notna(), "no_denominator")
    return known.assign(divisor=numbers.astype(float) / amount, status=status, note=note)


def _by_code(cities: pd.DataFrame, column: str) -> pd.DataFrame:
    if column not in cities.columns:
        numeric = [str(name) for name in cities.select_dtypes("number") if name != "year"]
        raise DataError(
            say(
                "error.per_unknown", spoken(), found=column, known=", ".join(dict.fromkeys([*PERS, *numeric]))
            )
        )
    rows = cities.set_index(cities["adcode"].map(digits))
    if (twice := rows.index.duplicated()).any():
        raise DataError(say("error.per_city_twice", spoken(), found=rows.index[twice][0]))
    return rows


def _own_sizes(known: pd.DataFrame, per: pd.Series[float]) -> pd.Series[float]:
    """Return figures of one's own by city, whichever of its names or its code they are given by."""
    names = {
        str(key): city
        for column in ("city_en", "adcode", "city")
        for key, city in zip(known[column], known["city"], strict=True)
        if key
    }
    given = pd.Series(per.to_numpy(), index=[names.get(digits(key), "") for key in per.index])
    lost = [str(key) for key, name in zip(per.index, given.index, strict=True) if not name]
    if lost or given.index.duplicated().any():
        key = "error.per_no_city" if lost else "error.per_twice"
        there = ", ".join(known["city"])
        raise DataError(say(key, spoken(), per=per_name(per), lost=", ".join(lost), known=there))
    return given


def size_share(weights: npt.ArrayLike, sizes: npt.ArrayLike) -> float:
    r"""
    Tell how much of the differences between cities comes from the denominators alone, 0 to 1; missing where all values are equal.

    With :math:`v=w/s` (what each bears, and what that is divided by), :math:`\ln v = \ln w - \ln s`, so that :math:`\mathrm{Var}(\ln v)`
    is the sum of :math:`\mathrm{Cov}(\ln v, \ln w)` and :math:`\mathrm{Cov}(\ln v, -\ln s)`; the share is that of the second, held to
    0 … 1: above 1 the weights only work against the sizes, below 0 the sizes against the result. Where a city bears nothing, whose
    logarithm is not defined, :math:`\bar w/s` takes the place of :math:`-\ln s`, and *v* that of :math:`\ln v`.
    """
    w, s = np.asarray(weights, dtype=float), np.asarray(sizes, dtype=float)
    if len(w) < 2 or not np.isfinite(w / s).all():
        return float("nan")
    value, own = (np.log(w / s), -np.log(s)) if (w > 0).all() else (w / s, w.mean() / s)
    spread = float(np.var(value))
    if spread < 1e-18:
        return float("nan")
    return float(np.clip(np.mean((value - value.mean()) * (own - own.mean())) / spread, 0, 1))
