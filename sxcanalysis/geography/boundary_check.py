"""The check of a boundary file of one's own: codes, CRS, validity, overlaps, gaps, shifts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from sxcanalysis.core.errors import DataError
from sxcanalysis.geography.measures import area_km2
from sxcanalysis.geography.shift import estimate_shift

if TYPE_CHECKING:
    from collections.abc import Iterator

# Codes that many files still carry, and what became of the unit (the years: from memory).
_OLD_CODES = {
    "320602": "崇川区 merged with 港闸区 in 2020 and is 320613",
    "320611": "港闸区 merged into 崇川区 in 2020, which is 320613",
    "320684": "海门市 became 海门区 in 2020, which is 320614",
    "320621": "海安县 became 海安市 in 2018, which is 320685",
    "320571": "苏州工业园区 is a development zone, not an administrative unit; "
    "its land belongs to 320505 and 320506",
    "320482": "金坛市 became 金坛区 in 2015, which is 320413",
    "320405": "戚墅堰区 merged into 武进区 in 2015, which is 320412",
    "320502": "沧浪区 became part of 姑苏区 in 2012, which is 320508",
    "320503": "平江区 became part of 姑苏区 in 2012, which is 320508",
    "320504": "金阊区 became part of 姑苏区 in 2012, which is 320508",
    "320683": "通州市 became 通州区 in 2009, which is 320612",
    "320202": "崇安区 became part of 梁溪区 in 2015, which is 320213",
    "320203": "南长区 became part of 梁溪区 in 2015, which is 320213",
    "320204": "北塘区 became part of 梁溪区 in 2015, which is 320213",
    "320584": "吴江市 became 吴江区 in 2012, which is 320509",
    "321284": "姜堰市 became 姜堰区 in 2012, which is 321204",
}
_LEAST_KM2 = 0.01  # overlaps and gaps below this are rounding
_AREA_TOLERANCE = 0.015
_TOLD = 5  # overlaps and gaps that are listed one by one
_COLUMNS = ("check", "severity", "adcode", "value", "unit", "message", "hint")


class _Finding(NamedTuple):
    check: str
    severity: str
    adcode: str | None
    value: float | None
    unit: str | None
    message: str
    hint: str


def list_findings(
    frame: gpd.GeoDataFrame, codes: pd.Series[str], reference: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Do every check, and list what was found, the gravest first."""
    found: list[_Finding] = []
    found += _check_codes(codes, reference)
    found += _check_crs(frame)
    shapes = frame.set_crs(4326) if frame.crs is None else frame
    if _is_degrees(frame):
        shapes = shapes.to_crs(4326)
        usable = shapes.geometry.notna() & ~shapes.geometry.is_empty
        polygonal = usable & shapes.geom_type.isin(["Polygon", "MultiPolygon"])
        found += _check_geometries(shapes.geometry, codes, usable, polygonal)
        known = polygonal & codes.isin(reference["adcode"])
        mended = gpd.GeoDataFrame(
            {"adcode": codes[known]}, geometry=shapes.geometry[known].make_valid(), crs=4326
        )
        if len(mended):
            found += _check_coverage(mended)
            found += _check_against(mended, reference)
    rank = {"error": 0, "warning": 1, "info": 2}
    found.sort(key=lambda finding: rank[finding.severity])
    return pd.DataFrame(found, columns=list(_COLUMNS))


def check_form(frame: gpd.GeoDataFrame, code_column: str) -> None:
    """Raise where there is nothing to check."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        msg = (
            f"expected a GeoDataFrame with geometry, found {type(frame).__name__}; "
            "read the file with geopandas.read_file"
        )
        raise DataError(msg)
    if frame.empty:
        msg = "the boundary file has no rows"
        raise DataError(msg)
    if code_column not in frame.columns:
        values = {c: frame[c].astype(str).str.fullmatch(r"3[0-9]{5}(\.0)?").mean() for c in frame}
        likely = [str(column) for column, share in values.items() if share > 0.5]
        hint = (
            f"Column {likely[0]!r} looks like codes: pass code_column={likely[0]!r}."
            if likely
            else f"The columns are: {', '.join(map(str, frame.columns))}."
        )
        msg = f"no column {code_column!r} with six-digit codes. {hint}"
        raise DataError(msg)


def level_of(codes: pd.Series[str]) -> str:
    """Tell cities from counties by their codes."""
    whole = codes.str.endswith("00", na=False)
    return "city" if whole.mean() > 0.5 else "county"


def _check_codes(codes: pd.Series[str], reference: gpd.GeoDataFrame) -> Iterator[_Finding]:
    names = dict(zip(reference["adcode"], reference["name"], strict=True))
    for row, code in enumerate(codes):
        if pd.isna(code) or not str(code).isdigit() or len(str(code)) != 6:
            yield _Finding(
                "code", "error", None, row, "row", f"row {row} (counted from 0): {code!r} is not a six-digit code",
                "Use the codes of 2024; the shipped boundaries list them.",
            )  # fmt: skip
        elif code in _OLD_CODES:
            yield _Finding(
                "code", "error", code, row, "row", f"row {row} (counted from 0): {code} is no code of 2024",
                f"{_OLD_CODES[code]}.",
            )  # fmt: skip
        elif code not in names:
            yield _Finding(
                "code", "info", code, row, "row",
                f"row {row} (counted from 0): {code} is none of the {len(names)} units of the five cities",
                "It is left out of the comparison; drop it if it is not wanted.",
            )  # fmt: skip
    for code in sorted(set(codes[codes.duplicated()].dropna())):
        yield _Finding(
            "code", "error", code, float((codes == code).sum()), "rows",
            f"{code} {names.get(code, '')} stands in more than one row",
            "Dissolve the rows by code: one row a unit.",
        )  # fmt: skip
    for code in sorted(set(names) - set(codes.dropna())):
        yield _Finding(
            "missing", "error", code, None, None, f"{code} {names[code]} is missing",
            "Every unit of the five cities is needed, or shares and totals come out too small.",
        )  # fmt: skip


def _check_crs(frame: gpd.GeoDataFrame) -> Iterator[_Finding]:
    if frame.crs is None:
        yield _Finding(
            "crs", "error", None, None, None, "the file names no coordinate reference system",
            "Set it, for example frame.set_crs(4326); it was checked as if it were EPSG:4326.",
        )  # fmt: skip
    elif frame.crs.to_epsg() not in {4326, 4490}:
        yield _Finding(
            "crs", "info", None, None, None, f"the file is in {frame.crs.name}, not in WGS-84",
            "It is converted for the check; convert it with .to_crs(4326) before use.",
        )  # fmt: skip
    if not _is_degrees(frame):
        west, south, east, north = frame.total_bounds
        yield _Finding(
            "crs", "error", None, None, None,
            f"coordinates reach from {west:.0f}, {south:.0f} to {east:.0f}, {north:.0f}: "
            "these are not degrees, though the file says so",
            "Find out the true CRS (EPSG:4549 has eastings near 500000) and set it. "
            "Nothing else about the geometry could be checked.",
        )  # fmt: skip


def _is_degrees(frame: gpd.GeoDataFrame) -> bool:
    if frame.crs is not None and not frame.crs.is_geographic:
        return True  # a projected CRS that is named can be converted
    west, south, east, north = frame.total_bounds
    return not (west < -180 or east > 180 or south < -90 or north > 90)


def _check_geometries(
    shapes: gpd.GeoSeries,
    codes: pd.Series[str],
    usable: pd.Series[bool],
    polygonal: pd.Series[bool],
) -> Iterator[_Finding]:
    rows = zip(shapes, codes, usable, polygonal, shapes.is_valid_reason(), strict=True)
    for shape, code, is_usable, is_polygonal, reason in rows:
        if not is_usable:
            yield _Finding(
                "geometry", "error", code, None, None, f"{code} has no geometry",
                "Find its polygon, or take the row out.",
            )  # fmt: skip
        elif not is_polygonal:
            yield _Finding(
                "geometry", "error", code, None, None,
                f"{code} is a {shape.geom_type}, not a polygon",
                "Units are areas: close the lines into polygons.",
            )  # fmt: skip
        elif reason != "Valid Geometry":
            yield _Finding(
                "validity", "error", code, None, None,
                f"{code} is no valid polygon: {reason}",
                "Mend it with .make_valid(); it was mended for the rest of the check.",
            )  # fmt: skip


def _check_coverage(units: gpd.GeoDataFrame) -> Iterator[_Finding]:
    shapes, codes = units.geometry.to_numpy(), units["adcode"].to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    overlaps: list[tuple[float, str | None, str]] = []
    for i, j in zip(first, second, strict=True):
        if i < j and codes[i] != codes[j]:
            area = area_km2(shapely.intersection(shapes[i], shapes[j]))
            overlaps.append((area, codes[i], f"{codes[i]} and {codes[j]} overlap"))
    gaps: list[tuple[float, str | None, str]] = []
    for part in shapely.get_parts(shapely.union_all(shapes)):
        for ring in shapely.get_rings(part)[1:]:
            place = f"{ring.centroid.x:.3f} E, {ring.centroid.y:.3f} N"
            area = area_km2(shapely.Polygon(ring))
            gaps.append((area, None, f"a gap near {place} belongs to no unit"))
    hint = (
        "Neighbours must share one border: simplify them together (shapely.coverage_simplify), "
        "never one by one. A missing unit leaves a gap too."
    )
    yield from _largest("overlap", overlaps, hint)
    yield from _largest("gap", gaps, hint)


def _largest(check: str, places: list[tuple[float, str | None, str]], hint: str) -> Iterator[_Finding]:
    """Tell the largest one by one and the rest as a sum: carelessly simplified files have hundreds."""
    told = sorted((p for p in places if p[0] > _LEAST_KM2), key=lambda p: p[0], reverse=True)
    for area, code, words in told[:_TOLD]:
        yield _Finding(check, "warning", code, round(area, 3), "km²", f"{words}: {area:.2f} km²", hint)
    if rest := told[_TOLD:]:
        area = sum(p[0] for p in rest)
        yield _Finding(
            check, "warning", None, round(area, 3), "km²",
            f"{len(rest)} smaller {check}s besides, {area:.2f} km² together", hint,
        )  # fmt: skip


def _check_against(units: gpd.GeoDataFrame, reference: gpd.GeoDataFrame) -> Iterator[_Finding]:
    expected = dict(zip(reference["adcode"], reference["area_km2"], strict=True))
    for code, rows in units.groupby("adcode"):
        area = area_km2(shapely.union_all(rows.geometry.to_numpy()))
        off = area / expected[str(code)] - 1
        if abs(off) > _AREA_TOLERANCE:
            yield _Finding(
                "area", "warning", str(code), round(100 * off, 2), "%",
                f"{code} has {area:.1f} km², {100 * off:+.1f} % of the shipped "
                f"{expected[str(code)]:.1f} km²",
                "Another date, sea or lake counted otherwise, or another unit's code.",
            )  # fmt: skip
    shift = estimate_shift(units, reference)
    if shift.kind == "not comparable":
        yield _Finding(
            "shift", "warning", None, round(shift.misfit_m), "m",
            "the borders do not match the shipped ones under any shift: half of them lie more than "
            f"{shift.misfit_m:.0f} m away",
            "Much simplified, of another date, or not these units; a shift cannot be told.",
        )  # fmt: skip
    elif shift.kind != "none":
        yield _Finding(
            "shift", "error", None, round(shift.distance_m), "m",
            f"the borders lie {shift.distance_m:.0f} m to the {shift.direction} of the shipped "
            f"ones ({shift.east_m:+.0f} m east, {shift.north_m:+.0f} m north): {_CAUSES[shift.kind]}",
            _CURES[shift.kind],
        )  # fmt: skip


_CAUSES = {
    "GCJ-02": "suspected GCJ-02, labelled WGS-84",
    "BD-09": "suspected BD-09, labelled WGS-84",
    "reversed GCJ-02": "as if a GCJ-02 correction had been applied to right coordinates",
    "unknown": "by none of the known formulas",
}
_CURES = {
    "GCJ-02": "Convert every point with sxcanalysis.geography.boundaries.gcj02_to_wgs84; "
    "a constant shift is not enough.",
    "BD-09": "Convert with sxcanalysis.geography.boundaries.bd09_to_gcj02, then gcj02_to_wgs84.",
    "reversed GCJ-02": "Take the file as it was before that correction.",
    "unknown": "Look for a wrong datum or zone in the file's history.",
}
