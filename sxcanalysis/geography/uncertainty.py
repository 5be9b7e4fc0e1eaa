"""How sure locations are, computed from the data: what rests on memory, how often radii held the truth, how short lines are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from pyproj import Geod

from sxcanalysis.core.paths import data_file
from sxcanalysis.geography.projects import load_projects, load_waypoints
from sxcanalysis.reference.words import label, say
from sxcanalysis.tables.schema import TABLES, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

_MEMORY = re.compile(r"(?:^|;)mem-")
_SHARE = 0.9  # of true places that an uncertainty is to hold
_PLACES = ("lon", "lat", "lon_judged", "lat_judged")
_WEIGHT = {"point": 2, "line": 1}  # a line shows the error across it only: one of the two directions


class Count(NamedTuple):
    """``n`` of ``m``."""

    n: int
    m: int


def count_from_memory(projects: Iterable[str] | None = None) -> Count:
    """
    Count the waypoints (of some projects, or of all) that rest on memory, wholly or in part.

    Examples
    --------
    >>> count_from_memory(["2024-24-4"])
    Count(n=0, m=11)
    """
    points = load_waypoints()
    if projects is not None:
        points = points[points["project_id"].isin(set(projects))]
    return Count(int(points["source_id"].str.contains(_MEMORY).sum()), len(points))


def length_shortfall(projects: pd.DataFrame) -> tuple[float, float]:
    """Tell by how many percent of their published length schematic lines are drawn too short: least and most; below 0 is too long."""
    lines = projects[(projects["precision"] == "route_schematic") & projects["length_km_published"].notna()]
    short = 100 * (1 - lines["length_km_drawn"] / lines["length_km_published"])
    return (float(short.min()), float(short.max())) if len(lines) else (0.0, 0.0)


def load_locations_truth() -> pd.DataFrame:
    """
    Load the places whose position is known independently, one row a place and the waypoint that it judges.

    ``place project_id waypoint location_class measure lon lat truth_uncertainty_m lon_judged lat_judged stated_m source crs_note
    read_in``, WGS-84. ``lon_judged`` and ``lat_judged`` are the waypoint as it stood before the truth was seen, ``stated_m`` the
    uncertainty that was stated for it then.
    """
    table = TABLES["locations_truth"]
    return read_table(data_file(table.file()), table)


def calibrate_locations(truth: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Hold waypoints against places whose position is known (`load_locations_truth`).

    Errors of a class are taken as a round normal of one unknown spread. The radius holds the *next* place of the class in nine cases
    of ten, the spread being known from so few places: ``s·sqrt(n·(0.1^(-2/n) − 1))``, where a point counts twice in ``n`` and a
    line once. What the truth itself is unsure of is left in the error, so that radii err on the safe side.

    One row a class: ``location_class points lines error_median_m error_most_m stated_median_m covered_stated radius_m covered``.
    ``covered_stated`` is how often the radius that was stated at first held the truth, ``covered`` how often the present one does, each
    place judged by a radius that was computed without it.
    """
    table = load_locations_truth() if truth is None else truth
    lon, lat, lon_judged, lat_judged = (table[name].to_numpy() for name in _PLACES)
    *_, metres = Geod(ellps="WGS84").inv(lon, lat, lon_judged, lat_judged)
    table = table.assign(error=np.asarray(metres, dtype=float), weight=table["measure"].map(_WEIGHT))
    rows = []
    for name, part in table.groupby("location_class"):
        error, weight, stated = (part[column].to_numpy() for column in ("error", "weight", "stated_m"))
        without = np.array([_radius_m(np.delete(error, k), np.delete(weight, k)) for k in range(len(part))])
        rows.append({
            "location_class": name,
            "points": int((weight == _WEIGHT["point"]).sum()),
            "lines": int((weight == _WEIGHT["line"]).sum()),
            "error_median_m": float(np.median(error)),
            "error_most_m": float(error.max()),
            "stated_median_m": float(np.median(stated)),
            "covered_stated": float((error <= stated).mean()),
            "radius_m": float(np.ceil(_radius_m(error, weight) / 100) * 100),
            # A radius is only ever widened by its class.
            "covered": float((error <= np.fmax(without, stated)).mean()),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _radius_m(errors: NDArray[np.float64], weights: NDArray[np.integer[Any]]) -> float:
    """Return the radius that holds the next place of a class, NaN if there is none to learn from."""
    n = weights.sum()
    if not n:
        return float("nan")
    return float(np.sqrt((errors**2).sum() / n) * np.sqrt(n * ((1 - _SHARE) ** (-2 / n) - 1)))


def coverage(calibration: pd.DataFrame | None = None, column: str = "covered") -> float:
    """Return the share of known places that the uncertainty holds: the present one, or what was stated at first (``covered_stated``)."""
    table = calibrate_locations() if calibration is None else calibration
    return float(np.average(table[column], weights=table["points"] + table["lines"]))


def describe_locations(lang: str = "en", projects: pd.DataFrame | None = None) -> list[str]:
    """Say how sure the locations of projects are: points from memory, how short schematic lines are, how often uncertainties held."""
    frame = load_projects() if projects is None else projects
    memory, (least, most) = count_from_memory(frame["project_id"]), length_shortfall(frame)
    calibration = calibrate_locations()
    known = int((calibration["points"] + calibration["lines"]).sum())
    share = 100 * coverage(calibration)
    return [
        say("locations.memory", lang, n=memory.n, m=memory.m),
        say("locations.short", lang, least=f"{max(-least, 0):.0f}", most=f"{max(most, 0):.0f}"),
        say("locations.coverage", lang, share=f"{share:.0f}", known=known),
    ]


def write_readme(path: Path) -> None:
    """Write what is computed here between the marks of a README."""
    table = calibrate_locations()
    columns = list(table.columns)
    cells = [
        [
            f"{cell:.2f}" if name.startswith("covered") else f"{cell:.0f}"
            for name, cell in zip(columns[1:], row, strict=True)
        ]
        for row in table[columns[1:]].itertuples(index=False, name=None)
    ]
    rows = [
        " | ".join(label(f"locations.{column}", "en") for column in columns),
        "|".join(["---"] * len(columns)),
        *(" | ".join([name, *row]) for name, row in zip(table["location_class"], cells, strict=True)),
    ]
    page = [*(f"- {sentence}" for sentence in describe_locations()), "", *(f"| {row} |" for row in rows)]
    text = path.read_text(encoding="utf-8")
    head, tail = text.partition(_MARK)[0], text.rpartition(_MARK)[2]
    path.write_text("\n".join([head + _MARK, *page, _MARK + tail]), encoding="utf-8", newline="\n")


_MARK = "<!-- computed: python -m sxcanalysis.geography.uncertainty -->"

if __name__ == "__main__":
    write_readme(data_file("projects/README.md"))
