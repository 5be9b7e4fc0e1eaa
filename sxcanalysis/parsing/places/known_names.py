"""The sites and projects of ``data/projects``, found in a text by their exact words."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import DataError
from sxcanalysis.core.paths import data_file
from sxcanalysis.reference.gazetteer import BETWEEN, UNITS, gazetteer, scan
from sxcanalysis.reference.words import say, spoken
from sxcanalysis.text.normal_form import cast_shadow

if TYPE_CHECKING:
    from pathlib import Path

# Kinds of sites that keep their name from one list to the next.
_LASTING = frozenset(
    {
        "laboratory",
        "computing_centre",
        "innovation_centre",
        "park",
        "cooperation_zone",
        "development_zone",
        "campus",
    }
)


@dataclass(frozen=True)
class Listed:
    """A site or project of ``data/projects``."""

    name: str  # as a shadow
    task_id: str
    kind: str
    code: str
    ids: tuple[str, str]
    lasting: bool
    longer: bool


def listed_names(chars: str) -> list[tuple[int, int, Listed]]:
    """Find the names of the known sites and projects in a shadow."""
    found = []
    for row in _known(*(data_file(f"projects/{kind}s.csv") for kind in ("site", "project"))):
        at = chars.find(row.name)
        while at >= 0:
            found.append((at, at + len(row.name), row))
            at = chars.find(row.name, at + len(row.name))
    found.sort(key=lambda item: (item[0], -item[1], item[2].ids))
    kept: list[tuple[int, int, Listed]] = []
    reach = -1  # where the longest name of a project so far ends: another of its names may stand inside it
    for start, end, row in found:
        if row.kind == "project":
            if end <= reach:
                continue
            reach = end
        kept.append((start, end, row))
    return sorted(kept, key=lambda item: (item[0], item[1], item[2].ids))


@lru_cache(maxsize=4)
def _known(*paths: Path) -> tuple[Listed, ...]:
    known = []
    for kind, path in zip(("site", "project"), paths, strict=True):
        if not path.is_file():
            continue
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            needed = {f"{kind}_id", "name", "kind"}
            if missing := needed - set(rows.fieldnames or ()):
                raise DataError(
                    say(
                        "error.names_columns",
                        spoken(),
                        file=path,
                        needed=", ".join(sorted(needed)),
                        missing=", ".join(sorted(missing)),
                    )
                )
            for row in rows:
                counties, cities = (row.get(level, "").split(";") for level in ("county", "city"))
                codes = [code for code in (counties, cities) if len(code) == 1 and code[0]]
                ids = (row["site_id"], "") if kind == "site" else ("", row["project_id"])
                code = codes[0][0] if codes and kind == "site" else ""
                for written in (row["name"], *row.get("aliases", "").split(";")):
                    name = cast_shadow(written).chars
                    # 城市外围防洪排涝工程 is any city's; a name with a place in it is one thing.
                    own = bool(scan(name, gazetteer())) if kind == "project" else row["kind"] in _LASTING
                    if name:
                        known.append(
                            Listed(
                                name,
                                row.get("task_id", ""),
                                kind,
                                code,
                                ids,
                                own and len(name) > 4,
                                is_longer(name),
                            )
                        )
    return tuple(known)


def is_longer(name: str) -> bool:
    """Tell whether a name is more than names of units: not 昆山, 江阴-靖江, 苏州市区."""
    rest = list(name)
    for hit in scan(name, gazetteer()):
        if hit.places[0].kind in UNITS:
            rest[hit.start : hit.end] = " " * (hit.end - hit.start)
    return not set(rest) <= {" ", "区", *BETWEEN}
