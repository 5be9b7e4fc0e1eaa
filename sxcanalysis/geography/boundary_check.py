"""The check of a boundary file of one's own: codes, CRS, validity, overlaps, gaps, shifts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sxcanalysis.core.errors import DataError
from sxcanalysis.geography.boundaries import load_boundaries
from sxcanalysis.geography.measures import area_km2
from sxcanalysis.geography.shift import estimate_shift
from sxcanalysis.reference.words import label, say, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEAST_KM2 = 0.01  # overlaps and gaps below this are rounding
_AREA_TOLERANCE = 0.015
_TOLD = 5  # overlaps and gaps that are listed one by one
_COLUMNS = ["check", "severity", "adcode", "value", "unit", "message", "hint"]
#: What is found: the check that finds it, how grave it is, and in what its value is counted. Worded in labels.csv, with a hint.
_KINDS = {
    "code_form": ("code", "error", "row"),
    "code_old": ("code", "error", "row"),
    "code_foreign": ("code", "info", "row"),
    "code_twice": ("code", "error", "rows"),
    "missing": ("missing", "error", None),
    "crs_none": ("crs", "error", None),
    "crs_other": ("crs", "info", None),
    "crs_wrong": ("crs", "error", None),
    "no_geometry": ("geometry", "error", None),
    "no_polygon": ("geometry", "error", None),
    "invalid": ("validity", "error", None),
    "overlap": ("overlap", "warning", "km²"),
    "overlap_rest": ("overlap", "warning", "km²"),
    "gap": ("gap", "warning", "km²"),
    "gap_rest": ("gap", "warning", "km²"),
    "area": ("area", "warning", "%"),
    "not_comparable": ("shift", "warning", "m"),
    "shift": ("shift", "error", "m"),
}
_Found = tuple[str, str | None, float | None, dict[str, Any]]


def check_boundaries(
    frame: gpd.GeoDataFrame, *, code_column: str = "adcode", level: str | None = None, lang: str = "en"
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
    lang
        Language of messages and hints.

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

    Examples
    --------
    >>> from sxcanalysis import load_boundaries
    >>> len(check_boundaries(load_boundaries("city")))
    0
    """
    _check_form(frame, code_column)
    codes = frame[code_column].astype("string").str.strip()
    # A code read as a number comes back as 320505.0; that is no fault of the boundaries.
    codes = codes.str.replace(r"\.0$", "", regex=True)
    level = level or ("city" if codes.str.endswith("00", na=False).mean() > 0.5 else "county")
    if level not in {"county", "city"}:
        raise DataError(say("error.boundary_level", spoken(), level=level, known="county, city"))
    reference = load_boundaries("city" if level == "city" else "county")
    rows = []
    for kind, code, value, values in _findings(frame, codes, reference, lang):
        check, severity, unit = _KINDS[kind]
        told = {"code": code, "value": value, "name": "", **values}
        hint = values.get("hint") or say(f"boundary_hint.{kind}", lang, **told)
        rows.append((check, severity, code, value, unit, say(f"boundary.{kind}", lang, **told), hint))
    found = pd.DataFrame(rows, columns=_COLUMNS)
    order = found["severity"].map({"error": 0, "warning": 1, "info": 2})
    return found.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def _check_form(frame: gpd.GeoDataFrame, code_column: str) -> None:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        raise DataError(say("error.no_geodataframe", spoken(), found=type(frame).__name__))
    if frame.empty:
        raise DataError(say("error.boundary_empty", spoken()))
    if code_column not in frame.columns:
        likely = [str(c) for c in frame if frame[c].astype(str).str.fullmatch(r"\d{6}(\.0)?").mean() > 0.5]
        hint = (
            say("error.code_column_likely", spoken(), column=likely[0])
            if likely
            else say("error.columns_there", spoken(), columns=", ".join(map(str, frame.columns)))
        )
        raise DataError(say("error.no_code_column", spoken(), column=code_column, hint=hint))


def _findings(
    frame: gpd.GeoDataFrame, codes: pd.Series[str], reference: gpd.GeoDataFrame, lang: str
) -> Iterator[_Found]:
    yield from _check_codes(codes, dict(zip(reference["adcode"], reference["name"], strict=True)), lang)
    west, south, east, north = (f"{bound:.0f}" for bound in frame.total_bounds)
    if frame.crs is None:
        yield "crs_none", None, None, {}
    elif frame.crs.to_epsg() not in {4326, 4490}:
        yield "crs_other", None, None, {"crs": frame.crs.name}
    if (frame.crs is None or frame.crs.is_geographic) and (
        max(map(abs, frame.total_bounds[[0, 2]])) > 180 or max(map(abs, frame.total_bounds[[1, 3]])) > 90
    ):
        yield "crs_wrong", None, None, {"west": west, "south": south, "east": east, "north": north}
        return
    shapes = (frame.set_crs(4326) if frame.crs is None else frame.to_crs(4326)).geometry
    usable = shapes.notna() & ~shapes.is_empty
    polygonal = usable & shapes.geom_type.isin(["Polygon", "MultiPolygon"])
    for code in codes[~usable]:
        yield "no_geometry", code, None, {}
    for code, kind in zip(codes[usable & ~polygonal], shapes[usable & ~polygonal].geom_type, strict=True):
        yield "no_polygon", code, None, {"kind": kind}
    invalid = polygonal & ~shapes.is_valid
    for code, reason in zip(codes[invalid], shapes[invalid].is_valid_reason(), strict=True):
        yield "invalid", code, None, {"reason": reason}
    known = polygonal & codes.isin(reference["adcode"])
    mended = gpd.GeoDataFrame(
        {"adcode": codes[known]}, geometry=shapes[known].make_valid(), crs=4326
    ).reset_index(drop=True)
    if len(mended):
        yield from _check_coverage(mended)
        yield from _check_against(mended, reference, lang)


def _check_codes(codes: pd.Series[str], names: dict[str, str], lang: str) -> Iterator[_Found]:
    for row, code in enumerate(codes):
        if pd.isna(code) or not str(code).isdigit() or len(str(code)) != 6:
            yield "code_form", None, row, {"code": repr(code)}
        elif became := label(f"former_unit.{code}", lang, default=""):
            yield "code_old", code, row, {"hint": became}
        elif code not in names:
            yield "code_foreign", code, row, {"units": len(names)}
    for code in sorted(set(codes[codes.duplicated()].dropna())):
        yield "code_twice", code, float((codes == code).sum()), {"name": names.get(code, "")}
    for code in sorted(set(names) - set(codes.dropna())):
        yield "missing", code, None, {"name": names[code]}


def _check_coverage(units: gpd.GeoDataFrame) -> Iterator[_Found]:
    shapes, codes = units.geometry.to_numpy(), units["adcode"].to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = (first < second) & (codes[first] != codes[second])
    overlaps = [
        (area_km2(shapely.intersection(shapes[i], shapes[j])), codes[i], {"other": codes[j]})
        for i, j in zip(first[pairs], second[pairs], strict=True)
    ]
    rings = [
        ring for part in shapely.get_parts(shapely.union_all(shapes)) for ring in shapely.get_rings(part)[1:]
    ]
    gaps = [
        (area_km2(shapely.Polygon(ring)), None, {"lon": ring.centroid.x, "lat": ring.centroid.y})
        for ring in rings
    ]
    # The largest one by one and the rest as a sum: carelessly simplified files have hundreds.
    for kind, places in (("overlap", overlaps), ("gap", gaps)):
        told = sorted((place for place in places if place[0] > _LEAST_KM2), key=lambda place: -place[0])
        for area, code, values in told[:_TOLD]:
            yield kind, code, round(area, 3), values
        if rest := told[_TOLD:]:
            yield f"{kind}_rest", None, round(sum(area for area, *_ in rest), 3), {"n": len(rest)}


def _check_against(units: gpd.GeoDataFrame, reference: gpd.GeoDataFrame, lang: str) -> Iterator[_Found]:
    expected = reference.set_index("adcode")["area_km2"]
    for code, rows in units.groupby("adcode"):
        area, own = area_km2(shapely.union_all(rows.geometry.to_numpy())), float(expected[code])
        if abs(area / own - 1) > _AREA_TOLERANCE:
            yield "area", str(code), round(100 * (area / own - 1), 2), {"area": area, "own": own}
    shift = estimate_shift(units, reference)
    if shift.kind == "not comparable":
        yield "not_comparable", None, float(np.round(shift.misfit_m)), {}
    elif shift.kind != "none":
        cause = shift.kind.replace(" ", "_")
        told = {
            "direction": label(f"wind.{shift.direction}", lang), "east": shift.east_m, "north": shift.north_m,
            "cause": label(f"boundary_cause.{cause}", lang), "hint": label(f"boundary_cure.{cause}", lang),
        }  # fmt: skip
        yield "shift", None, float(np.round(shift.distance_m)), told
