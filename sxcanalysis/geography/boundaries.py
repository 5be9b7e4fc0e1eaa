"""
Administrative units and water of a circle, and the coordinate system of its maps.

Everything is WGS-84 (EPSG:4326) in longitude, latitude order unless a name says otherwise.
What ships in ``data/boundaries`` and how it was made is told there, in README.md.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import pandas as pd

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import data_file
from sxcanalysis.geography.boundary_files import empty_water, read_file, read_own
from sxcanalysis.reference.circle import Circle, circle_names, circle_of, load_circle
from sxcanalysis.reference.words import say, spoken
from sxcanalysis.tables.loading import available_editions

if TYPE_CHECKING:
    import geopandas as gpd

Level = Literal["city", "county", "neighbour", "water"]

_FILES: dict[str, tuple[str, ...]] = {
    "city": ("cities.geojson",),
    "county": ("counties.geojson",),
    "neighbour": ("neighbours.geojson",),
    # Two files because their licences differ: OpenStreetMap's asks that what is made from it be
    # shared under the same terms, GSHHG's does not.
    "water": ("water.geojson", "lakes.geojson"),
}


def circle_for(named: Circle | str | int | None = None) -> Circle:
    """Return a circle by itself, by its name, or by the edition that it belongs to; that of the latest edition if None."""
    if isinstance(named, Circle):
        return named
    editions = available_editions()
    if named is None:
        return circle_of(editions[-1]) if editions else load_circle(circle_names()[-1])
    of_edition = named not in circle_names() and str(named) in editions
    return circle_of(named) if of_edition else load_circle(str(named))


def load_boundaries(
    level: Level = "city",
    *,
    circle: Circle | str | None = None,
    path: str | Path | None = None,
    code_column: str | None = None,
) -> gpd.GeoDataFrame:
    """
    Load administrative units or water.

    Parameters
    ----------
    level
        ``city``: the cities of the circle; ``county``: their county-level units, codes of 2024; ``neighbour``: the
        prefecture-level cities around them, for context; ``water``: sea, rivers and lakes, where the circle has them.
    circle
        Whose; that of the latest edition if None.
    path
        Another file to read instead: GeoJSON, GeoPackage or a shapefile. For units a code and a geometry suffice: names,
        the city above and areas are derived, and a shapefile's names may be in GBK. Look at it with `check_boundaries` first.
    code_column
        The column of ``path`` that holds the six-digit codes, if it is not found by its values.

    Returns
    -------
    boundaries
        EPSG:4326. Units: `adcode`, `name`, `name_en`, `city_adcode`, `level`, `area_km2`
        (geodesic, of the shipped polygon), and for shipped cities perhaps `official_area_km2` with
        `official_area_source`. Water: `water_id`, `name`, `name_en`, `kind` (sea, river, lake),
        `area_km2`, `source`, `licence`. Units are ordered by code.

    Raises
    ------
    DataError
        If the level is unknown, or the file is no boundary file of that level.
    MissingDataError
        If the file is not there.

    Examples
    --------
    >>> load_boundaries("city", circle="sxc")["name_en"].tolist()
    ['Wuxi', 'Changzhou', 'Suzhou', 'Nantong', 'Taizhou']
    """
    if level not in get_args(Level):
        raise DataError(say("error.boundary_level", spoken(), level=level, known=", ".join(get_args(Level))))
    if path is not None:
        return read_own(level, str(path), _modified(Path(path)), code_column).copy()
    whose = circle_for(circle)
    files = [data_file(f"{whose.boundaries}/{name}") for name in _FILES[level]]
    if level == "water":
        files = [file for file in files if file.is_file()]
        if not files:
            return empty_water()
    return _read_shipped(level, tuple((str(file), _modified(file)) for file in files)).copy()


def _modified(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        raise MissingDataError(say("error.boundary_missing", spoken(), file=file)) from None


@lru_cache(maxsize=16)
def _read_shipped(level: str, stamps: tuple[tuple[str, int], ...]) -> gpd.GeoDataFrame:
    # The time of change is part of the key, so that an edited file is read anew.
    joined = pd.concat([read_file(name, level) for name, _ in stamps], ignore_index=True)
    return joined if level == "water" else joined.sort_values("adcode", ignore_index=True)


def to_display_crs(frame: gpd.GeoDataFrame, circle: Circle | str | None = None) -> gpd.GeoDataFrame:
    """Project a frame to the CRS (metres) in which the maps of a circle are drawn; of the latest edition's if None."""
    if frame.crs is None:
        raise DataError(say("error.frame_no_crs", spoken()))
    return frame.to_crs(circle_for(circle).crs)
