"""The size of the cities: sources, units, and figures that fit one another."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from sxcanalysis import load_boundaries, load_circle, load_cities

FILE = Path(__file__).parents[2] / "data/context/cities.csv"
FACTOR = {"万人": 10_000, "人": 1, "亿元": 100_000_000, "万元": 10_000, "平方公里": 1}
STATUSES = {"final", "preliminary", "from memory", "not found"}
# The circle of the shipped list.
CODES = {"苏州市": "320500", "无锡市": "320200", "常州市": "320400", "南通市": "320600", "泰州市": "321200"}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def one(rows: list[dict[str, str]], city: str, indicator: str, year: int) -> Decimal:
    (found,) = [
        row["value"]
        for row in rows
        if (row["city"], row["indicator"], row["year"]) == (city, indicator, str(year))
    ]
    return Decimal(found)


def test_every_figure_of_2023_is_there_or_says_that_it_was_not_found(rows):
    for city in CODES:
        for indicator in ("population", "gdp", "budget_revenue", "area"):
            found = [r for r in rows if (r["city"], r["indicator"], r["year"]) == (city, indicator, "2023")]
            assert len(found) == 1, (city, indicator)
            assert (found[0]["value"] == "") == (found[0]["status"] == "not found")


def test_each_row_says_where_it_comes_from(rows):
    for row in rows:
        assert row["status"] in STATUSES
        assert CODES.get(row["city"], row["adcode"]) == row["adcode"]
        read = row["status"] in {"final", "preliminary"}
        assert (row["evidence"] in {"official", "secondary", "derived"}) == read
        assert bool(row["title"]) == bool(row["publisher"]) == read, row
        assert bool(row["accessed"]) or not read
        assert read or row["note"], row  # what is not sourced says why it is there all the same


def test_values_are_the_printed_ones_in_base_units(rows):
    for row in rows:
        if row["value"]:
            printed = Decimal(row["value_printed"]) * FACTOR[row["unit_printed"]]
            assert Decimal(row["value"]) == printed, row


def test_population_adds_up_with_the_other_cities_along_the_yangtze(rows):
    """The provincial bureau gives 5544.15 for eight cities; the other three as the same page gives them."""
    five = sum(one(rows, city, "population", 2023) for city in CODES)
    others = Decimal("954.7") + Decimal("322.6") + Decimal("458.5")  # Nanjing, Zhenjiang, Yangzhou
    assert abs(five / 10_000 + others - Decimal("5544.15")) <= Decimal("0.4")  # eight roundings to 0.1


def test_growth_is_plausible(rows):
    """Registered instead of resident population, a census beside a survey, a year or a city in the wrong row move a figure by more."""
    figures: dict[tuple[str, str], dict[int, Decimal]] = {}
    for row in rows:
        if row["value"] and row["indicator"] in {"population", "gdp", "budget_revenue"}:
            figures.setdefault((row["city"], row["indicator"]), {})[int(row["year"])] = Decimal(row["value"])
    compared = 0
    for (_, indicator), years in figures.items():
        for year in years:
            if year + 1 in years:
                ratio = years[year + 1] / years[year]
                low, high = {
                    "population": ("0.98", "1.01"),
                    "gdp": ("1.01", "1.13"),  # the most is 2021 after the year of the epidemic
                    "budget_revenue": ("0.92", "1.18"),  # the least is the tax refunds of 2022
                }[indicator]
                assert Decimal(low) < ratio < Decimal(high)
                compared += 1
    assert compared >= 90


def test_product_and_revenue_per_head_are_plausible():
    cities = load_cities(2023).set_index("city")
    head = cities["gdp"] / cities["population"]
    assert 206_000 < head["无锡市"] < 206_700  # the communiqué gives 20.63 万元 per head
    assert head.between(145_000, 210_000).all()
    ratio = (cities["budget_revenue"] / cities["gdp"]).dropna()
    assert ratio.between(0.05, 0.11).all()
    assert len(ratio) >= 4


@pytest.mark.parametrize("circle", ["sxc", "nanjing", "chengdu"])
def test_areas_are_those_of_the_boundaries(circle):
    """An area of another city, of urban districts only, or from before a county changed hands is off by far more than this."""
    cities = load_cities(2023, circle=load_circle(circle)).set_index("adcode")
    drawn = load_boundaries("city", circle=circle).set_index("adcode").to_crs(6933).area / 1e6
    ratio = drawn / cities["area"]
    known = {
        "320200": (1.01, 1.015),
        "320600": (1.2, 1.25),
    }  # Lake Tai; land only, where the polygon holds tidal flats
    for adcode, value in ratio.items():
        low, high = known.get(adcode, (0.996, 1.004))
        assert low < value < high, adcode
    assert circle != "sxc" or drawn["320600"] < 10_549


def test_one_row_a_city_with_its_sources():
    cities = load_cities(2023)
    assert set(cities["adcode"]) == set(CODES.values())
    assert cities["adcode"].is_unique
    for indicator in ("population", "gdp", "budget_revenue", "area"):
        assert cities[indicator].isna().equals(cities[f"{indicator}_status"] == "not found")
        assert (cities[f"{indicator}_source"] != "").all()
    assert pd.api.types.is_float_dtype(cities["population"])
