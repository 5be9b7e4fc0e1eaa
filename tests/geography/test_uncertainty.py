"""How sure locations are: held against places that are known, coded twice, and told by computation."""

import importlib.util

import numpy as np
import pandas as pd
import pytest

from sxcanalysis.core.paths import data_dir
from sxcanalysis.geography import uncertainty
from sxcanalysis.geography.projects import load_projects, load_register, load_waypoints


@pytest.fixture(scope="module")
def calibration():
    return uncertainty.calibrate_locations()


def test_uncertainties_hold_nine_in_ten_of_the_places_that_are_known(calibration):
    assert (calibration["points"] + calibration["lines"]).sum() >= 40
    assert uncertainty.coverage(calibration) >= 0.85
    assert uncertainty.coverage(calibration, "covered_stated") < 0.8  # what was stated at first did not


def test_no_waypoint_is_stated_to_be_surer_than_its_class_proved(calibration):
    radius = calibration.set_index("location_class")["radius_m"]
    points = load_waypoints()
    memory = points[
        points["location_class"].str.endswith("/memory") & points["location_class"].isin(radius.index)
    ]
    # Points whose course is known to lie on a line that is: their note says so.
    known = memory["source_id"].str.contains("rail-osm|road-osm")
    assert len(memory) > 100
    assert (memory.loc[~known, "uncertainty_m"] >= memory.loc[~known, "location_class"].map(radius)).all()


def test_the_class_of_a_waypoint_tells_what_rests_on_memory():
    points = load_waypoints()
    told = points["location_class"].str.endswith("/memory")
    assert (told == points["source_id"].str.contains(r"(?:^|;)mem-")).all()
    n, m = uncertainty.count_from_memory()
    assert (n, m) == (told.sum(), len(points))
    assert uncertainty.count_from_memory([]) == (0, 0)


def test_a_line_is_not_stated_to_be_surer_than_half_of_its_points():
    points = load_waypoints().groupby("project_id")["uncertainty_m"].median()
    register = load_register().set_index("project_id")
    lines = register[(register["geometry_type"] == "line") & (register["precision"] == "route_schematic")]
    stated = lines["uncertainty_m"].drop("2024-22-1")  # drawn from its published line
    assert (stated >= points[stated.index] - 600).all()


def test_the_radius_of_a_class_holds_nine_in_ten():
    """With many points of a round normal of spread 1000 m it is the 90 % radius, 2.15 spreads; a line says half as much."""
    spread = np.hypot(*np.random.default_rng(7).normal(0, 1000, (2, 20_000)))
    weight = np.full(20_000, 2)
    assert uncertainty._radius_m(spread, weight) == pytest.approx(2146, rel=0.02)
    assert np.isnan(uncertainty._radius_m(np.array([]), np.array([])))
    few = uncertainty._radius_m(spread[:3], weight[:3])
    assert few > 2.146 * np.sqrt((spread[:3] ** 2).mean() / 2)


def test_a_worse_waypoint_shows_in_the_coverage():
    truth = uncertainty.load_locations_truth()
    spoilt = truth.assign(lon_judged=truth["lon_judged"] + np.where(truth.index % 4 == 0, 0.3, 0))
    assert uncertainty.coverage(uncertainty.calibrate_locations(spoilt), "covered_stated") < 0.6


def test_shortfall_is_that_of_schematic_lines_only():
    projects = pd.DataFrame({
        "precision": ["route_schematic", "route_schematic", "alignment", "route_schematic"],
        "length_km_published": [100.0, 50.0, 10.0, np.nan],
        "length_km_drawn": [90.0, 51.0, 5.0, 7.0],
    })  # fmt: skip
    assert uncertainty.length_shortfall(projects) == pytest.approx((-2.0, 10.0))
    assert uncertainty.length_shortfall(projects.iloc[:0]) == (0.0, 0.0)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sentences_are_computed(lang, monkeypatch):
    projects = load_projects(2024)
    before = uncertainty.describe_locations(lang, projects)
    assert "162" in before[0]
    monkeypatch.setattr(uncertainty, "load_waypoints", lambda: load_waypoints().assign(source_id="mem-x"))
    after = uncertainty.describe_locations(
        lang, projects.assign(length_km_drawn=projects["length_km_drawn"] * 0.5)
    )
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_the_readme_says_what_is_computed(tmp_path):
    page = data_dir() / "projects" / "README.md"
    copy = tmp_path / "README.md"
    copy.write_text(page.read_text("utf-8"), "utf-8")
    uncertainty.write_readme(copy)
    assert copy.read_text("utf-8") == page.read_text("utf-8"), (
        "run: python -m sxcanalysis.geography.uncertainty"
    )


def test_agreement_is_what_the_codings_give():
    pytest.importorskip("krippendorff")
    script = data_dir() / "reliability" / "compute_agreement.py"
    spec = importlib.util.spec_from_file_location("compute_agreement", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    committed = pd.read_csv(data_dir() / "reliability" / "agreement.csv")
    pd.testing.assert_frame_equal(module.compute(), committed)
    alphas = committed[committed["measure"] == "krippendorff_alpha"].set_index("subject")["value"]
    assert set(alphas.index) == {"deliverable", "number", "deadline", "owner", "stage"}
    assert alphas.min() > 0.8
    # Alpha notices disagreement: a coding against its own reverse.
    coding = pd.Series(["stated", "missing"] * 10)
    assert module.alpha(coding, coding[::-1].reset_index(drop=True)) < 0
