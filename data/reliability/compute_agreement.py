"""
Compute how far the codings in this folder agree with the project's own, and write ``agreement.csv``.

    python data/reliability/compute_agreement.py

Needs the package ``krippendorff`` (an extra of developers). Nominal alpha for the reading; for the locations the overlap of the
sets of counties, and how often the second coder's place lies within both radii of the first.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import krippendorff
import numpy as np
import pandas as pd
import shapely

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from sxcanalysis import load_assignments, load_projects, load_targets, load_tasks  # noqa: E402
from sxcanalysis.analysis.elements import ELEMENTS, task_elements  # noqa: E402
from sxcanalysis.geography.measures import plane  # noqa: E402
from sxcanalysis.tables.schema import TABLES, read_table, to_csv  # noqa: E402

SAME_MODEL = (
    "the second coder is a language model, as the first was: an upper bound for people who work apart"
)
GOES_ON = {"under_construction": "continued"}  # the second coder has one class for what goes on


def alpha(first: pd.Series, second: pd.Series) -> float:
    """Krippendorff's alpha of two nominal codings, 1 where both give one and the same value throughout."""
    values = sorted({*first, *second})
    if len(values) < 2:
        return 1.0
    data = [[values.index(one) for one in coding] for coding in (first, second)]
    return float(
        krippendorff.alpha(
            reliability_data=data, level_of_measurement="nominal", value_domain=list(range(len(values)))
        )
    )


def reading(edition: str, path: Path) -> list[tuple[str, str, float, int, str]]:
    """Compare a second reading of the tasks with the tables."""
    own = task_elements(load_tasks(edition), load_assignments(edition), load_targets(edition))
    own = own.pivot_table(index="task_id", columns="element", values="status", aggfunc="first", observed=True)
    other = read_table(path, TABLES["second_reading"]).set_index("task_id").reindex(own.index)
    rows = []
    for element in ELEMENTS:
        pair = own[element].astype(str), other[element].astype(str)
        rows += [
            (element, "krippendorff_alpha", alpha(*pair), len(own), SAME_MODEL),
            (element, "share_equal", float((pair[0] == pair[1]).mean()), len(own), SAME_MODEL),
        ]
    return rows


def locations(edition: str, path: Path) -> list[tuple[str, str, float, int, str]]:
    """Compare a second coding of the locations with the register."""
    own = load_projects(edition).set_index("project_id")
    other = read_table(path, TABLES["second_locations"]).set_index("project_id").reindex(own.index)
    stages = own["stage"].astype(str).replace(GOES_ON), other["stage"].astype(str)
    sets = [
        [set(filter(None, cell.split(";"))) for cell in frame["counties"].fillna("")]
        for frame in (own, other)
    ]
    # A city known only is no set of counties.
    both = [
        (a, b) for a, b in zip(*sets, strict=True) if a and b and not any(code.endswith("00") for code in a)
    ]
    overlap = [len(a & b) / len(a | b) for a, b in both]
    placed = own[own["precision"].isin(("alignment", "route_schematic", "approximate", "exact", "area"))]
    places = other.loc[placed.index].dropna(subset=["lon", "lat", "radius_m"])
    points = gpd.points_from_xy(places["lon"], places["lat"])
    apart = [
        float(shapely.distance(plane(point, shape), plane(shape)))
        for point, shape in zip(points, placed.loc[places.index].geometry, strict=True)
    ]
    joint = np.hypot(placed.loc[places.index, "uncertainty_m"], places["radius_m"])
    limits = "both coders know the places largely from the same pages and from memory; " + SAME_MODEL
    return [
        ("stage", "krippendorff_alpha", alpha(*stages), len(own), SAME_MODEL),
        ("stage", "share_equal", float((stages[0] == stages[1]).mean()), len(own), SAME_MODEL),
        ("counties", "jaccard_mean", float(np.mean(overlap)), len(overlap), limits),
        ("counties", "share_equal", float(np.mean([one == 1 for one in overlap])), len(overlap), limits),
        (
            "place",
            "share_within_radii",
            float((np.array(apart) <= joint.to_numpy()).mean()),
            len(apart),
            limits,
        ),
    ]


def compute() -> pd.DataFrame:
    """Compare every coding in this folder."""
    rows = []
    for kind, compare in (("reading", reading), ("locations", locations)):
        for path in sorted(HERE.glob(f"second-{kind}-*.csv")):
            rows += compare(path.stem.rsplit("-", 1)[1], path)
    frame = pd.DataFrame(rows, columns=["subject", "measure", "value", "cases", "limits"])
    return frame.assign(value=frame["value"].round(3))


if __name__ == "__main__":
    table = compute()
    (HERE / "agreement.csv").write_text(to_csv(table, TABLES["agreement"]), encoding="utf-8", newline="\n")
    print(table.drop(columns="limits").to_string(index=False))
