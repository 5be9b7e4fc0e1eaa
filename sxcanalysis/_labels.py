"""The English names of what documents name in Chinese, from ``data/reference/labels.csv``."""

from __future__ import annotations

import csv

from sxcanalysis._paths import data_dir


def english_categories() -> dict[str, str]:
    """Return the English name of every category that has one."""
    with (data_dir() / "reference" / "labels.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["key"].startswith("category.")]
    return {row["key"].removeprefix("category."): row["en"] for row in rows}
