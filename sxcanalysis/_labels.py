"""The English names of what documents name in Chinese, from ``data/reference/labels.csv``."""

from __future__ import annotations

import csv
from functools import lru_cache

from sxcanalysis._paths import data_dir


@lru_cache(maxsize=8)
def _read(path: str) -> dict[str, str]:
    with open(path, encoding="utf-8-sig", newline="") as stream:  # noqa: PTH123  # the cache wants a name
        return {row["key"]: row["en"] for row in csv.DictReader(stream)}


def english_category(category: str) -> str:
    """Return the English name of a category, or an empty string where none is recorded."""
    return _read(str(data_dir() / "reference" / "labels.csv")).get(f"category.{category}", "")
