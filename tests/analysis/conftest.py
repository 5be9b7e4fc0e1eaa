"""The tables of 2024, read once for the room; a test that changes one works on a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sxcanalysis import (
    load_assignments,
    load_boundaries,
    load_cities,
    load_projects,
    load_targets,
    load_tasks,
)
from sxcanalysis.analysis.city_burden import burden_sensitivity
from sxcanalysis.analysis.counting_rules import city_shares

if TYPE_CHECKING:
    import pandas as pd


@pytest.fixture(scope="session")
def assignments() -> pd.DataFrame:
    return load_assignments(2024)


@pytest.fixture(scope="session")
def tasks() -> pd.DataFrame:
    return load_tasks(2024)


@pytest.fixture(scope="session")
def targets_2024() -> pd.DataFrame:
    return load_targets(2024)


@pytest.fixture(scope="session")
def projects() -> pd.DataFrame:
    return load_projects(2024)


@pytest.fixture(scope="session")
def shares(projects: pd.DataFrame) -> pd.DataFrame:
    return city_shares(projects, load_boundaries("city"))


@pytest.fixture(scope="session")
def cities() -> pd.DataFrame:
    return load_cities(2023)


@pytest.fixture(scope="session")
def sensitivity(assignments: pd.DataFrame, projects: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    return burden_sensitivity(assignments, projects=projects, shares=shares, draws=300)
