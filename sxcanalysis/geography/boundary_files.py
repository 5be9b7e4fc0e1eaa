"""Boundary files: the shipped ones as they are, and those of one's own, of which a code and a geometry suffice."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import geopandas as gpd

from sxcanalysis.core.errors import DataError
from sxcanalysis.core.paths import data_files
from sxcanalysis.geography.measures import area_km2
from sxcanalysis.parsing.places.mentions import city_of
from sxcanalysis.reference.circle import circle_names, load_circle
from sxcanalysis.reference.gazetteer import gazetteer
from sxcanalysis.reference.words import label, say, spoken

if TYPE_CHECKING:
    import pandas as pd

UNIT_COLUMNS = ("adcode", "name", "name_en", "city_adcode", "level", "area_km2")
WATER_COLUMNS = ("water_id", "name", "name_en", "kind", "area_km2", "source", "licence")
#: What a column of names is called, perhaps cut short by the format.
_NAMES = ("name", "xzqmc", "名", "县名", "市名", "区划名", "行政区名")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_CODE = re.compile(
    r"^(\d{6})(?:0{6})?(?:\.0)?$"
)  # also as a number, or with the digits of towns and villages


def empty_water() -> gpd.GeoDataFrame:
    """Return a frame of no waters, for a circle that ships none."""
    return gpd.GeoDataFrame({name: [] for name in WATER_COLUMNS}, geometry=[], crs=4326)


def read_file(name: str, level: str) -> gpd.GeoDataFrame:
    """Read a file that has the columns of its level."""
    frame = _read(name)
    wanted = WATER_COLUMNS if level == "water" else UNIT_COLUMNS
    if lacking := [column for column in wanted if column not in frame.columns]:
        raise DataError(_lacking(name, level, ", ".join(lacking), frame))
    for column in {"adcode", "city_adcode"} & set(frame.columns):
        frame[column] = frame[column].astype(str)
    return frame.to_crs(4326)


@lru_cache(maxsize=8)
def read_own(level: str, name: str, stamp: int, code_column: str | None) -> gpd.GeoDataFrame:  # noqa: ARG001
    """
    Read units from any file with codes and polygons; derive what else there is to know of them.

    ``stamp`` is the file's time of change, so that an edited file is read anew. Codes are found by their values if no column is named.
    Water needs the columns of the shipped file.
    """
    if level == "water":
        return read_file(name, level)
    frame = _read(name).to_crs(4326)
    codes = _codes(frame, level, name, code_column)
    book, english = gazetteer().names, english_names()
    named = (c for c in frame.columns if str(c).lower().startswith(_NAMES) and _is_chinese(frame[c]))
    own = next(named, None)
    names = [
        book.get(code, spare)
        for code, spare in zip(codes, codes if own is None else frame[own].astype("str"), strict=True)
    ]
    units = gpd.GeoDataFrame(
        {
            "adcode": codes,
            "name": names,
            "name_en": [english.get(code, name) for code, name in zip(codes, names, strict=True)],
            "city_adcode": [code if level == "neighbour" else city_of(code) or code for code in codes],
            "level": level,
            "area_km2": [0.0 if shape is None else round(area_km2(shape), 2) for shape in frame.geometry],
        },
        geometry=frame.geometry.to_numpy(),
        crs=4326,
    )
    return units.sort_values("adcode", ignore_index=True)


def _is_chinese(cells: pd.Series[str]) -> bool:
    return bool(cells.astype("str").str.contains(_CJK).any())


def _read(name: str) -> gpd.GeoDataFrame:
    try:
        frame = gpd.read_file(name)
        texts = _texts(frame)
        if any(not cell.isascii() for cell in texts) and not any(_CJK.search(cell) for cell in texts):
            # A shapefile without its .cpg file: names are Chinese, but were read as if they were Western European.
            frame = gpd.read_file(name, encoding="GBK")
    except (RuntimeError, UnicodeDecodeError) as error:
        raise DataError(say("error.no_geodata", spoken(), file=name, error=error)) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise DataError(say("error.no_geometry", spoken(), file=name, columns=_columns(frame)))
    if frame.crs is None:
        raise DataError(say("error.no_crs", spoken(), file=name))
    return frame


def _texts(frame: pd.DataFrame) -> list[str]:
    plain = frame.drop(columns="geometry", errors="ignore").select_dtypes(include=["object", "string"])
    return [*map(str, plain.columns), *(str(cell) for column in plain for cell in plain[column].dropna())]


def _codes(frame: gpd.GeoDataFrame, level: str, name: str, code_column: str | None) -> list[str]:
    """Return the code of each row, from the column named or from the one whose values are codes of that level."""
    if code_column and code_column not in frame.columns:
        there = _columns(frame)
        raise DataError(say("error.no_column", spoken(), file=name, column=code_column, columns=there))
    known = {code for code in gazetteer().names if (level == "county") != code.endswith("00")}
    columns = [code_column] if code_column else list(frame.columns.drop("geometry", errors="ignore"))
    found = {
        column: frame[column].astype(str).str.strip().str.extract(_CODE, expand=False).fillna("")
        for column in columns
    }
    fit = {column: len(set(codes) & known) / max(len(frame), 1) for column, codes in found.items()}
    best = max(fit, key=lambda column: fit[column], default=None)
    if best is None or (fit[best] <= 0.5 and not code_column):
        what = label("error.boundary_code_column", spoken())
        raise DataError(_lacking(name, level, what, frame))
    chosen = list(found[best])
    if "" in chosen:
        at = chosen.index("")
        found_there = frame[best].iloc[at]
        raise DataError(
            say("error.boundary_code", spoken(), file=name, column=best, row=at, found=found_there)
        )
    return chosen


def _lacking(name: str, level: str, what: str, frame: pd.DataFrame) -> str:
    return say("error.boundary_lacks", spoken(), file=name, level=level, what=what, columns=_columns(frame))


def _columns(frame: pd.DataFrame) -> str:
    return ", ".join(map(str, frame.columns))


@lru_cache(maxsize=1)
def english_names() -> dict[str, str]:
    """Return the English names of the units that any circle ships, by code."""
    found: dict[str, str] = {}
    for circle in circle_names():
        for path in data_files(load_circle(circle).boundaries, "*.geojson").values():
            frame = gpd.read_file(path, ignore_geometry=True)
            if {"adcode", "name_en"} <= set(frame.columns):
                found |= dict(zip(frame["adcode"].astype(str), frame["name_en"], strict=True))
    return found
