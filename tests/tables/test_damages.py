"""Damaged data: whatever lies in a file, the check says so, or the table is read as if nothing had happened; never a traceback."""

from __future__ import annotations

import csv
import io
import json

import pytest

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import shipped_dir
from sxcanalysis.reference.circle import load_circle
from sxcanalysis.tables import checking, package, plausibility
from sxcanalysis.tables.schema import FIXED_TABLES, TABLES, read_cells, read_table, typed

DATA = shipped_dir()
FILES = {
    path.relative_to(DATA).as_posix(): table
    for table in FIXED_TABLES
    for path in sorted(DATA.glob(table.file()))
} | {
    TABLES[name].file("2024"): TABLES[name]
    for name in ("tasks", "assignments", "targets", "mentions", "issues")
}


def _cells(change):
    """A damage of the cells: header and rows in, rows out."""

    def damage(data, _=None):
        rows = list(csv.reader(io.StringIO(data.decode())))
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(change(rows))
        return out.getvalue().encode()

    return damage


def _every(change):
    """A damage of every cell whose column says what it holds; free text may hold anything."""

    def damage(data, table):
        told = [
            field.type != "string" or bool(field.allowed or "\\S]" not in (field.pattern or "\\S]"))
            for field in table.fields
        ]
        return _cells(
            lambda rows: [
                rows[0],
                *(
                    [change(cell) if one else cell for cell, one in zip(row, told, strict=True)]
                    for row in rows[1:]
                ),
            ]
        )(data)

    return damage


def _first(change):
    return _cells(lambda rows: [rows[0], [change(rows[1][0]), *rows[1][1:]], *rows[2:]])


def _bytes(change):
    return lambda data, _: change(data)


WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
DAMAGES = {
    "byte-order mark": _bytes(lambda data: b"\xef\xbb\xbf" + data),
    "Windows line ends": _bytes(lambda data: data.replace(b"\n", b"\r\n")),
    "old Mac line ends": _bytes(lambda data: data.replace(b"\n", b"\r")),
    "GBK": _bytes(lambda data: data.decode().encode("gb18030")),
    "UTF-16": _bytes(lambda data: data.decode().encode("utf-16")),
    "Latin-1 twice": _bytes(lambda data: data.decode("latin-1").encode()),
    "no last line end": _bytes(lambda data: data.rstrip(b"\n")),
    "blank lines at the end": _bytes(lambda data: data + b"\n\n\n"),
    "a blank line inside": _bytes(lambda data: data.replace(b"\n", b"\n\n", 1)),
    "empty": _bytes(lambda _: b""),
    "header alone": _bytes(lambda data: data.split(b"\n")[0] + b"\n"),
    "no header": _bytes(lambda data: data.partition(b"\n")[2]),
    "cut after a comma": _bytes(lambda data: data[: data.rindex(b",", 0, len(data) // 2)]),
    "semicolons": _bytes(lambda data: data.replace(b",", b";")),
    "tabs": _bytes(lambda data: data.replace(b",", b"\t")),
    "an open quote": _bytes(lambda data: data.replace(b"\n", b'\n"', 1)),
    "a merge conflict": _bytes(lambda data: data.replace(b"\n", b"\n<<<<<<< HEAD\n", 1)),
    "a web page": _bytes(lambda _: b"<!doctype html><title>404</title>"),
    "NUL": _bytes(lambda data: data.replace(b"\n", b"\n\x00", 2)),
    "bytes of nothing": _bytes(lambda data: data[:50] + b"\xff\xfe\xfd" + data[50:]),
    "a column renamed": _bytes(lambda data: data.replace(b",", b"x,", 1)),
    "a column twice": _cells(lambda rows: [[*row, row[0]] for row in rows]),
    "a column gone": _cells(lambda rows: [row[:-1] for row in rows]),
    "columns in another order": _cells(lambda rows: [row[::-1] for row in rows]),
    "one cell too many": _cells(lambda rows: [*rows[:2], [*rows[2], "x"], *rows[3:]] if len(rows) > 2 else rows),
    "one cell too few": _cells(lambda rows: [*rows[:1], rows[1][:-1], *rows[2:]]),
    "a row twice": _cells(lambda rows: [*rows, rows[1]]),
    "rows in another order": _cells(lambda rows: [rows[0], *rows[:0:-1]]),
    "a key with a blank": _first(lambda cell: cell + " "),
    "a key with a sign nobody sees": _first(lambda cell: cell + "\u200b"),
    "an empty key": _first(lambda _: ""),
    "full-width digits": _every(lambda cell: cell.translate(WIDE) if cell.replace(".", "").isdigit() else cell),
    "numbers with thousands": _every(lambda cell: f"{int(cell):,}" if cell.isdigit() and len(cell) > 3 else cell),
    "codes as Excel numbers": _every(lambda cell: f"{float(cell):.1E}" if cell.isdigit() and len(cell) == 6 else cell),
    "truth in capitals": _every(lambda cell: cell.upper() if cell in {"true", "false"} else cell),
    "days as Excel writes them": _every(lambda cell: cell.replace("-", "/") if cell.count("-") == 2 and cell[:2] == "20" else cell),
    "not a number": _every(lambda cell: "nan" if cell.replace(".", "").isdigit() else cell),
}  # fmt: skip
# The order of rows, and how often one stands there, no schema knows: curated files are held against what was accepted, of the program's words
# only their number; an edition's tables against their document, byte for byte.
ORDER = {"rows in another order", "a row twice"}
ACCEPTED = package.accepted(DATA)


@pytest.mark.parametrize("name", FILES)
def test_no_damage_of_a_file_is_silent(name, tmp_path):
    table, data = FILES[name], (DATA / name).read_bytes()
    edition = "2024" if table.per_edition else ""
    sound = read_table(DATA / name, table)
    silent = []
    for number, (what, damage) in enumerate(DAMAGES.items()):
        damaged, root = damage(data, table), tmp_path / str(number)
        path = root / name
        path.parent.mkdir(parents=True)
        path.write_bytes(damaged)
        (root / "datapackage.json").write_text(
            json.dumps({"accepted": {name: ACCEPTED[name]} if name in ACCEPTED else {}})
        )
        findings = checking.file_findings(root, name, table, edition)
        findings += package.content_findings(root)
        assert all(str(finding).startswith(name) and finding.words for finding in findings)
        try:
            read = read_table(path, table)
        except DataError:
            silent += [] if findings else [f"{what}: refused by the loader, allowed by the check"]
            continue
        same = list(read.columns) == list(sound.columns) and read.equals(sound)
        if same and what in {"byte-order mark", "Windows line ends", "no last line end"}:
            assert findings == [], f"{what} changes nothing"
        if findings or same or table.generated or (what in ORDER and "sha256" not in ACCEPTED[name]):
            continue
        silent.append(what)
    assert silent == []


@pytest.fixture(scope="module")
def curated():
    return checking.curated(DATA)


# Cells that every schema allows: table, a cell that names the row, the column, what somebody wrote into it.
WRONG = [
    ("cities", ("value_printed", "7805.3"), "value", "78053000000"),
    ("cities", ("value_printed", "7805.3"), "value_printed", "7850.3"),
    ("cities", ("value_printed", "7805.3"), "unit_printed", "万元"),
    ("cities", ("value_printed", "7805.3"), "unit", "person"),
    ("cities", ("value_printed", "7805.3"), "adcode", "320500"),
    ("cities", ("value_printed", "7805.3"), "city_en", "Suzhou"),
    ("cities", ("value_printed", "7805.3"), "status", "from memory"),
    ("cities", ("value_printed", "7805.3"), "publisher", ""),
    ("cities", ("value_printed", "7805.3"), "accessed", "2036-11-23"),
    ("cities", ("value_printed", "7805.3"), "indicator", "population"),
    ("cities", ("date", "2022-09-22"), "accessed", "2022-09-21"),
    ("cities", ("date", "2022-09-22"), "year", "2002"),
    ("cities", ("status", "from memory"), "value", ""),
    ("counties", ("adcode", "320206"), "adcode", "320205"),
    ("counties", ("adcode", "320206"), "city", "苏州市"),
    ("counties", ("adcode", "320206"), "year", "2099"),
    ("counties", ("value", "893675"), "value", "89367500"),
    ("projects", ("project_id", "2024-21-1"), "length_source", ""),
    ("projects", ("project_id", "2024-21-1"), "investment", "360.5"),
    ("projects", ("project_id", "2024-21-1"), "investment_year", "2032"),
    ("projects", ("project_id", "2024-21-1"), "kind", "railway"),
    ("projects", ("project_id", "2024-21-1"), "name_en", "沪武高速公路"),
    ("projects", ("project_id", "2024-21-1"), "geometry_type", "point"),
    ("projects", ("project_id", "2024-21-1"), "precision", "county"),
    ("projects", ("project_id", "2024-21-1"), "claimed_counties", "320585;320599"),
    ("projects", ("project_id", "2024-21-1"), "aliases", "无锡至太仓高速公路无锡至苏州段"),
    ("projects", ("project_id", "2024-23b-1"), "uncertainty_m", "12000"),
    ("projects", ("project_id", "2024-24-4"), "investment_covers", "2024-24-4;2024-24-80"),
    ("waypoints", ("name", "苏州北站"), "lon", "120.8385"),
    ("waypoints", ("name", "太仓互通"), "uncertainty_m", "46"),
    ("waypoints", ("name", "上海虹桥站"), "lat", "31.2059"),
    ("waypoints", ("name", "湖州站"), "lon", "31.0"),
    ("status", ("date", "2022-04-24"), "date", "2042-04-24"),
    ("status", ("date", "2022-04-24"), "status", "Opened"),
    ("sources", ("source_id", "airportsdata"), "accessed", "2020-11-23"),
    ("sources", ("source_id", "airportsdata"), "read_in", "https://www.haoji02.cn/a.html"),
    ("sources", ("source_id", "airportsdata"), "title", ""),
    ("sites", ("site_id", "2024-01-s1"), "lon", ""),
    ("sites", ("site_id", "2024-01-s1"), "county", "320206"),
    ("sites", ("site_id", "2024-01-s1"), "uncertainty_m", "25000"),
    ("bodies", ("name", "发展改革"), "aliases", "发改;工信"),
    ("bodies", ("name", "发展改革"), "english", "发展改革"),
    ("places", ("name", "昆山市"), "adcode", "320585"),
    ("places", ("name", "昆山市"), "adcode", "320500"),
    ("places", ("name", "苏锡常"), "adcode", "320500;320599"),
    ("units", ("unit", "亩"), "aliases", "畝;公顷"),
    ("units", ("unit", "亩"), "unit", "亩 "),
    ("metrics", ("metric", "清淤"), "metric_en", "清淤"),
    ("labels", ("key", "count.tasks"), "en", "{n task"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "row", "column", "value"), WRONG, ids=lambda one: str(one)[:40])
def test_a_cell_that_nobody_would_believe_is_found(table, row, column, value, curated):
    name = TABLES[table].file()
    cells, findings = read_cells((DATA / name).read_bytes(), TABLES[table], name)
    assert findings == []
    at = cells.index[cells[row[0]] == row[1]][0]
    cells.loc[at, column] = value
    _, findings = read_cells(cells.to_csv(index=False).encode(), TABLES[table], name)
    if not findings:
        changed = {**curated, table: typed(cells, TABLES[table])}
        findings = list(plausibility.implausible(changed, touching=table))
    assert any(finding.row for finding in findings)
    assert all(value in str(finding) or finding.row for finding in findings)


def test_a_shift_of_all_points_is_found(curated):
    """GCJ-02 coordinates that are taken for WGS-84 lie some 500 m off, here to the east and the south."""
    points = curated["waypoints"]
    shifted = points.assign(lon=points["lon"] + 0.0046, lat=points["lat"] - 0.0021)
    found = list(plausibility.implausible({**curated, "waypoints": shifted}, touching="waypoints"))
    assert {finding.file for finding in found} == {"reliability/locations-truth.csv"}


@pytest.mark.parametrize("damage", [lambda text: text[: len(text) // 2], lambda text: text.replace("=", ":", 1), lambda _: "",
                                    lambda text: text.replace('"', "", 1), lambda text: text + '\nzh = "again"\n'])  # fmt: skip
def test_no_damage_of_a_circle_is_silent(damage, tmp_path, monkeypatch):
    path = tmp_path / "circles" / "sxc.toml"
    path.parent.mkdir()
    path.write_text(damage((DATA / "circles" / "sxc.toml").read_text(encoding="utf-8")), encoding="utf-8")
    monkeypatch.setenv("SXC_DATA", str(tmp_path))
    with pytest.raises((DataError, MissingDataError), match=r"sxc\.toml"):
        load_circle("sxc")
    assert any("sxc.toml" in finding for finding in checking.plausible(tmp_path))


def _change(tmp_path, name, old, new):
    text = (DATA / name).read_text(encoding="utf-8")
    assert old in text, name
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_data_are_plausible():
    assert list(checking.plausible(DATA)) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('file = "sxc-task-list-2024.txt"', 'file = "../2024/sxc-task-list-2024.txt"', "name of a file in this folder"),
        ('circle = "sxc"', 'circle = "sxx"', "there is no circle 'sxx'"),
        ("bytes = 14884", "bytes = 14885", "key 'bytes'"),
        ('date = ""', 'date = "April"', "key 'date'"),
        ('url = ""', 'adress = ""', "nothing of this name"),
        ('note = ""', "note = 3", "expected a text"),
        ('title = "', "title = ", "no TOML"),
    ],
)  # fmt: skip
def test_a_damaged_source_record_is_told(old, new, told, tmp_path):
    _change(tmp_path, "sources/2024/source.toml", old, new)
    document = "sources/2024/sxc-task-list-2024.txt"
    (tmp_path / document).write_bytes((DATA / document).read_bytes())
    findings = checking.guarded("x", lambda: checking.record_findings(tmp_path / "sources" / "2024"))
    assert [finding for finding in findings if told in finding]
