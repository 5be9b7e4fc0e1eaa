"""A circle is a file; what is not in one is proposed, and said to be."""

from __future__ import annotations

import re

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from sxcanalysis.core.errors import DataError, MissingDataError, SxcError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.geography.boundaries import load_boundaries, to_display_crs
from sxcanalysis.geography.geometry_import import import_geometry
from sxcanalysis.geography.touching import touched_units
from sxcanalysis.reference import circle as circles
from sxcanalysis.reference.words import check_lang


def _rows(**counts: int) -> pd.DataFrame:
    rows = [(name, "city", "implementing") for name, count in counts.items() for _ in range(count)]
    return pd.DataFrame(rows, columns=["body", "body_kind", "role"])


def test_the_edition_names_its_circle():
    circle = circles.circle_of(2024)
    assert (circle.name, circle.proposed) == ("sxc", False)
    assert [city.zh for city in circle.full] == ["苏州市", "无锡市", "常州市"]
    assert [city.en for city in circle.partial] == ["Nantong", "Taizhou"]
    assert (circle.province, circle.cities_in_province, circle.crs) == ("320000", 13, "EPSG:4549")
    found = circle.city("320200")
    assert found is circle.city("无锡市")
    assert found is not None
    assert (found.named("en"), found.short("zh"), found.line) == ("Wuxi", "锡", (0, (5.0, 1.5)))


@pytest.mark.parametrize("name", circles.circle_names())
def test_every_shipped_circle_agrees_with_the_gazetteer_and_comes_back_from_its_text(
    name, tmp_path, monkeypatch
):
    circle = circles.load_circle(name)
    by_rule = circles.new_circle(name, [c.zh for c in circle.full], partial=[c.zh for c in circle.partial])
    assert (by_rule.province, by_rule.cities_in_province) == (circle.province, circle.cities_in_province)
    assert len({(city.color, city.marker) for city in circle.cities}) == len(circle.cities)
    (tmp_path / "circles").mkdir()
    (tmp_path / "circles" / f"{name}.toml").write_text(circles.circle_toml(circle), encoding="utf-8")
    monkeypatch.setenv("SXC_DATA", str(tmp_path))
    assert circles.load_circle(name) == circle


def test_a_list_is_proposed_to_be_of_its_own_cities_never_of_others():
    assert circles.propose_circle("2024年度苏锡常都市圈重大推进事项清单", _rows()).name == "sxc"
    assert (
        circles.propose_circle("", _rows(成都市=9, 德阳市=8, 眉山市=8, 资阳市=7, 雅安市=1)).name == "chengdu"
    )
    hefei = circles.propose_circle("重点任务", _rows(合肥市=10, 六安市=6, 常州市=1))
    assert (hefei.name, hefei.proposed, hefei.province) == ("", True, "340000")
    assert [(city.zh, city.full) for city in hefei.cities] == [
        ("合肥市", True),
        ("六安市", True),
        ("常州市", False),
    ]
    with pytest.raises(DataError, match="sxc circle add"):
        circles.propose_circle("重点任务", _rows(某某局=3))


def test_a_circle_that_is_not_there_names_those_that_are():
    with pytest.raises(MissingDataError, match=r"chengdu, nanjing, sxc\. .*Did you mean 'sxc'\?"):
        circles.load_circle("sxcc")
    with pytest.raises(DataError, match="Did you mean '合肥市'"):
        circles.new_circle("x", ["合肥"])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('adcode = "320500"', 'adcode = "320501"', "苏州市"),
        ('crs = "EPSG:4549"', 'crs = "WGS84"', "crs"),
        ("cities = 13", 'cities = "13"', "province.cities"),
        ('membership = "partial"', 'membership = "guest"', "full or partial"),
        ("#174679", "blue", "colour"),
        ('zh = "苏锡常都市圈"', 'zz = "苏锡常都市圈"', "zh"),
        ('["苏锡常"]', '["("]', "regular expression"),
        ("[[members]]", "[[member]]", "members"),
        ('short_zh = "锡"', 'shrt_zh = "锡"', "shrt_zh"),
    ],
)
def test_a_damaged_circle_is_told_with_its_file_and_key(old, new, told, tmp_path, monkeypatch):
    text = (data_dir() / "circles" / "sxc.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "circles").mkdir()
    (tmp_path / "circles" / "sxc.toml").write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.setenv("SXC_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"sxc\.toml") as raised:
        circles.load_circle("sxc")
    assert told in str(raised.value)


@pytest.mark.parametrize(
    "go_wrong",
    [
        lambda: circles.load_circle("sxcc"),
        lambda: circles.new_circle("x", ["合肥"]),
        lambda: circles.new_circle("x", []),
        lambda: check_lang("fr"),
        lambda: load_boundaries("village"),  # type: ignore[arg-type]
        lambda: load_boundaries("city", path="nowhere.geojson"),
        lambda: to_display_crs(gpd.GeoDataFrame(geometry=[])),
        lambda: touched_units(shapely.Point(500000, 3500000)),
        lambda: import_geometry("nowhere.geojson", source="x"),
    ],
)
def test_what_goes_wrong_is_told_in_the_language_of_the_person(go_wrong, monkeypatch):
    monkeypatch.setenv("SXC_LANG", "zh")
    with pytest.raises(SxcError) as raised:
        go_wrong()
    told = str(raised.value)
    assert re.search("[一-龥]{3}", told)
    # Names of files, keys and commands stay; three words of English in a row are a sentence.
    assert not re.search(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", told.replace("sxc circle add", "")), told
