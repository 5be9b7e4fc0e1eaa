"""How far a ranking of the cities depends on the combination of counting rule and denominator."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from sxcanalysis.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

_DIGITS = 9  # values that agree to so many digits are tied: sums of thirds are not exact


@dataclass(frozen=True)
class RankStability:
    """
    How far a ranking depends on the combination of rule and denominator.

    Attributes
    ----------
    pairs
        One row a pair of full members: ``city other above tied below n share_above share_below certain_above certain_below``.
        ``above`` counts the combinations in which ``city`` has the greater value, ``certain_above`` those in which its lower
        bound is above the other's upper bound.
    firsts
        ``city first share n``: in how many combinations a city ranks first, ties included.
    w
        Kendall's coefficient of concordance over all combinations, see `kendall_w`.
    tau
        Kendall's tau-b between each two combinations, a square table labelled ``rule/per``; missing where one of them ties all.
    combinations
        Number of combinations. They share data and are no sample, so shares of them are not probabilities.
    """

    pairs: pd.DataFrame
    firsts: pd.DataFrame
    w: float
    tau: pd.DataFrame
    combinations: int


def rank_stability(sensitivity: pd.DataFrame) -> RankStability:
    """
    Compare the rankings of all defensible combinations.

    Parameters
    ----------
    sensitivity
        From `burden_sensitivity`.

    Returns
    -------
    stability
        See `RankStability`.

    Raises
    ------
    DataError
        If there is no defensible combination.
    """
    table = sensitivity[sensitivity["defensible"].astype(bool) & (sensitivity["member"] == "full")]
    if table.empty:
        msg = "no combination of rule and denominator is defensible here; see the column reason of burden_sensitivity."
        raise DataError(msg)
    table = table.assign(label=table["rule"] + "/" + table["per"], value=table["value"].round(_DIGITS))
    order = list(dict.fromkeys(table["label"]))
    names = list(dict.fromkeys(table["city"]))
    value, low, high = (
        table.pivot_table(index="label", columns="city", values=column).loc[order, names]
        for column in ("value", "low", "high")
    )
    n = len(order)
    pairs = []
    for one, other in combinations(names, 2):
        above = int((value[one] > value[other]).sum())
        below = int((value[one] < value[other]).sum())
        sure = int((low[one].round(_DIGITS) > high[other].round(_DIGITS)).sum())
        unsure = int((high[one].round(_DIGITS) < low[other].round(_DIGITS)).sum())
        pairs.append((one, other, above, n - above - below, below, n, above / n, below / n, sure, unsure))
    columns = "city other above tied below n share_above share_below certain_above certain_below"
    first = (value.rank(axis=1, ascending=False, method="min") == 1).sum()
    firsts = pd.DataFrame(
        [(name, int(first[name]), float(first[name]) / n, n) for name in names],
        columns=["city", "first", "share", "n"],
    )
    lists = {label: [float(x) for x in value.loc[label]] for label in order}
    tau = pd.DataFrame(
        [[kendall_tau_b(lists[one], lists[other]) for other in order] for one in order],
        index=pd.Index(order, name="combination"),
        columns=order,
    )
    return RankStability(
        pairs=pd.DataFrame(pairs, columns=columns.split()),
        firsts=firsts,
        w=kendall_w(list(lists.values())),
        tau=tau,
        combinations=n,
    )


def kendall_w(rankings: Sequence[Sequence[float]]) -> float:
    r"""
    Return Kendall's coefficient of concordance, corrected for ties.

    Parameters
    ----------
    rankings
        One sequence a rater (here: a combination), the values of the same *n* objects in the same order.

    Returns
    -------
    w
        0 (no agreement) to 1 (all rankings equal); NaN if every ranking ties everything.

    Notes
    -----
    :math:`W = 12 S / (m^2 (n^3-n) - m \sum_j T_j)` with *m* rankings of *n* objects, :math:`S=\sum_i (R_i-\bar R)^2` over the rank
    sums :math:`R_i` (mean ranks for ties) and :math:`T_j=\sum (t^3-t)` over the groups of *t* tied objects in ranking *j*.
    M. G. Kendall and B. Babington Smith, The Problem of m Rankings, Annals of Mathematical Statistics 10 (1939) 275–287;
    S. Siegel and N. J. Castellan, Nonparametric Statistics for the Behavioral Sciences (1988), section 9.7.
    """
    ranks = pd.DataFrame([list(row) for row in rankings]).rank(axis=1, ascending=False)
    m, n = ranks.shape
    sums = ranks.sum()
    s = float(((sums - sums.mean()) ** 2).sum())
    ties = sum(float((c**3 - c).sum()) for c in (row.value_counts() for _, row in ranks.iterrows()))
    below = m**2 * (n**3 - n) - m * ties
    return 12 * s / below if below > 0 else float("nan")


def kendall_tau_b(one: Sequence[float], other: Sequence[float]) -> float:
    r"""
    Return Kendall's rank correlation tau-b, which allows for ties.

    Notes
    -----
    :math:`\tau_b = (P-Q)/\sqrt{(P+Q+X)(P+Q+Y)}` with *P* concordant and *Q* discordant pairs, *X* tied in the first and *Y* in the
    second only; NaN if either ties everything. M. G. Kendall, The Treatment of Ties in Ranking Problems, Biometrika 33 (1945) 239–251.
    """
    p = q = x = y = 0
    for i, j in combinations(range(len(one)), 2):
        a, b = one[i] - one[j], other[i] - other[j]
        p += a * b > 0
        q += a * b < 0
        x += a == 0 and b != 0
        y += b == 0 and a != 0
    below = (p + q + x) * (p + q + y)
    return float((p - q) / below**0.5) if below else float("nan")
