"""Damaged data: whatever lies in a file, the check says so, or the table is read as if nothing had happened; never a traceback."""

from __future__ import annotations

import csv
import io

import pytest

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import shipped_dir
from sxcanalysis.reference.circle import load_circle
from sxcanalysis.tables import checking
from sxcanalysis.tables.schema import FIXED_TABLES, TABLES, read_table

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
# These change which rows there are, or their order, which a schema does not know; an edition's tables are held against its document
# byte for byte, which the tests of the command see to.
ROWS = {"header alone", "rows in another order", "a row twice", "cut after a comma"}


@pytest.mark.parametrize("name", FILES)
def test_no_damage_of_a_file_is_silent(name, tmp_path):
    table, data = FILES[name], (DATA / name).read_bytes()
    edition = "2024" if table.per_edition else ""
    sound = read_table(DATA / name, table)
    silent = []
    for number, (what, damage) in enumerate(DAMAGES.items()):
        damaged = damage(data, table)
        if damaged == data or (what in ROWS and not table.key):
            continue
        path = tmp_path / str(number) / name
        path.parent.mkdir(parents=True)
        path.write_bytes(damaged)
        findings = checking.file_findings(tmp_path / str(number), name, table, edition)
        assert all(
            finding.file and finding.expected and finding.found and finding.remedy for finding in findings
        )
        try:
            read = read_table(path, table)
        except DataError:
            silent += [] if findings else [f"{what}: refused by the loader, allowed by the check"]
            continue
        same = list(read.columns) == list(sound.columns) and read.equals(sound)
        if not (findings or same or table.generated or what in ROWS - {"a row twice"}):
            silent.append(what)
    assert silent == []


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


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("reference/places.csv", "昆山市,320583", "昆山市,320585", "320585"),
        ("reference/places.csv", "苏锡常,320500;", "苏锡常,320599;", "320599"),
        ("reference/labels.csv", "{n}", "{n", "braces"),
        (
            "context/cities.csv",
            "常州市,Changzhou,320400,2020",
            "常州市,Changzhou,320500,2020",
            "code of 常州市",
        ),
        ("context/cities.csv", "780530000000,CNY,7805.3", "78053000000,CNY,7805.3", "as printed"),
        ("context/cities.csv", "780530000000,CNY,7805.3", "7805300000000,CNY,78053.0", "near"),
    ],
)
def test_a_cell_that_nobody_would_believe_is_found(name, old, new, told, tmp_path, monkeypatch):
    _change(tmp_path, name, old, new)
    monkeypatch.setenv("SXC_DATA", str(tmp_path))
    assert [finding for finding in checking.plausible(tmp_path) if told in finding]


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
