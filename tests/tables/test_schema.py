"""The declared schemas, the files under data/, and their description: none says what another does not."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest
from frictionless import Package, system
from hypothesis import given
from hypothesis import strategies as st

from sxcanalysis.core.errors import DataError, MissingDataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.tables.checking import check_data
from sxcanalysis.tables.package import datapackage, write_datapackage
from sxcanalysis.tables.schema import (
    TABLES,
    read_cells,
    read_table,
    to_csv,
)

DATA = data_dir()
FILES = sorted(
    path.relative_to(DATA).as_posix()
    for path in DATA.rglob("*.csv")
    if path.parent.name != "lexicon" and not path.name.startswith("second-")  # a reader's own form
)


@pytest.fixture
def copy(tmp_path):
    root = tmp_path / "data"
    shutil.copytree(DATA, root, ignore=shutil.ignore_patterns("*.geojson", "*.gpkg", "__pycache__", ".*"))
    write_datapackage(root)
    return root


def test_the_data_are_valid():
    assert check_data() == []


def test_every_file_is_described_and_every_description_has_a_file():
    package = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    assert sorted(resource["path"] for resource in package["resources"]) == FILES
    for resource in package["resources"]:
        header = (DATA / resource["path"]).read_text(encoding="utf-8").partition("\n")[0]
        assert header.split(",") == [field["name"] for field in resource["schema"]["fields"]]
        for field in resource["schema"]["fields"]:
            assert field["description"].endswith(".")
            assert ("emptyMeans" in field) != field.get("constraints", {}).get("required", False)


def test_the_description_is_generated():
    assert (DATA / "datapackage.json").read_text(encoding="utf-8") == datapackage(DATA)


def test_an_empty_cell_is_found_only_where_its_meaning_is_told():
    package = json.loads(datapackage(DATA))
    for resource in package["resources"]:
        cells = pd.read_csv(DATA / resource["path"], dtype="str", keep_default_na=False)
        for field in resource["schema"]["fields"]:
            if "emptyMeans" not in field:
                assert (cells[field["name"]] != "").all(), (resource["path"], field["name"])


@pytest.mark.filterwarnings("default::DeprecationWarning", "default::ResourceWarning")
def test_frictionless_finds_the_package_valid():
    with system.use_context(trusted=True):
        report = Package(str(DATA / "datapackage.json")).validate()
    assert report.flatten(["name", "rowNumber", "fieldName", "message"]) == []
    assert len(report.tasks) == len(FILES)


@pytest.mark.filterwarnings("default::DeprecationWarning", "default::ResourceWarning")
def test_frictionless_and_the_own_check_find_the_same_damage(copy):
    _change(copy / "tables/2024/assignments.csv", 3, "role", "leader")
    own = [(finding.row, finding.column) for finding in check_data(copy)]
    with system.use_context(trusted=True):
        report = Package(str(copy / "datapackage.json")).validate()
    assert own == [(3, "role")]
    assert [tuple(found) for found in report.flatten(["rowNumber", "fieldName"])] == own


def _change(path, row, column, value):
    cells = pd.read_csv(path, dtype="str", keep_default_na=False)
    cells.loc[row - 2, column] = value
    cells.to_csv(path, index=False, lineterminator="\n")


@pytest.mark.parametrize(
    ("file", "row", "column", "value", "expected"),
    [
        ("tables/2024/tasks.csv", 5, "seq", "four", "a whole number of at least 1"),
        ("tables/2024/tasks.csv", 5, "seq", "4.5", "a whole number of at least 1"),
        ("tables/2024/tasks.csv", 5, "task_id", "2024-03", "a value that occurs once"),
        ("tables/2024/tasks.csv", 9, "edition", "", "text"),
        ("tables/2024/assignments.csv", 2, "role", "boss", "one of lead, responsible"),
        ("tables/2024/assignments.csv", 2, "others_implied", "maybe", "true or false"),
        ("tables/2024/assignments.csv", 2, "task_id", "2024-99", "a task_id of the table tasks"),
        ("tables/2024/targets.csv", 2, "value", "1,000", "a number"),
        ("tables/2024/targets.csv", 2, "comparator", ">=", "one of eq, ge"),
        ("context/cities.csv", 3, "adcode", "32050", r"text of the form \d{6}"),
        ("context/cities.csv", 3, "accessed", "23.11.2026", "a date"),
        ("reference/bodies.csv", 4, "kind", "ministry", "one of stem"),
        ("projects/projects.csv", 3, "geometry_source", "cnmaps;no-such", "a source_id of the table sources"),
        ("projects/waypoints.csv", 3, "project_id", "2024-21-99", "a project_id of the table projects"),
    ],
)
def test_a_wrong_cell_is_named(copy, file, row, column, value, expected):
    _change(copy / file, row, column, value)
    # A changed id is also missed by the rows of other tables that name it.
    found = [finding for finding in check_data(copy) if finding.file == file and finding.row]
    assert [(finding.row, column in finding.column.split(", ")) for finding in found] == [(row, True)] * len(
        found
    )
    assert any(f"expected {expected}" in str(finding) for finding in found)
    assert value.split(";")[-1] in str(found[0]) or "an empty cell" in str(found[0])


def test_missing_and_surplus_columns_are_named(copy):
    path = copy / "tables/2024/mentions.csv"
    frame = pd.read_csv(path, dtype="str", keep_default_na=False)
    frame.rename(columns={"adcode": "code"}).to_csv(path, index=False, lineterminator="\n")
    messages = [str(finding) for finding in check_data(copy)]
    assert len(messages) == 2
    assert "column adcode: expected this column, found no such column" in messages[0]
    assert "column code: expected no such column" in messages[1]


def test_a_file_that_no_schema_knows_is_named(copy):
    (copy / "context" / "more.csv").write_text("a\n1\n", encoding="utf-8")
    assert "context/more.csv: expected a declared table" in str(check_data(copy)[0])


def test_a_lost_row_is_told_until_a_person_accepts_it(copy):
    path = copy / "projects" / "status.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:5] + lines[6:]), encoding="utf-8")
    (finding,) = check_data(copy)
    rows = len(lines) - 1
    assert (
        finding.file,
        f"the {rows} rows that were accepted, found {rows - 1}: 1 is missing" in str(finding),
    ) == ("projects/status.csv", True)
    assert not write_datapackage(copy, accept=False), "what writes an edition accepts nothing"
    assert check_data(copy) == [finding]
    path.write_text("".join(lines[:5] + lines[6:7] + lines[6:]), encoding="utf-8")
    assert "content that was accepted, found it changed" in str(check_data(copy)[-1])
    path.write_bytes(b"\xef\xbb\xbf" + "".join(lines).replace("\n", "\r\n").encode())
    assert check_data(copy) == [], "a spreadsheet's own mark and line ends change nothing"
    path.write_text("".join(lines[:5] + lines[6:]), encoding="utf-8")
    assert write_datapackage(copy)
    assert check_data(copy) == []
    (copy / "circles" / "nanjing.toml").unlink()
    assert ["was accepted, and is gone" in str(finding) for finding in check_data(copy)] == [True]


def test_a_stale_description_is_told_and_mended(copy):
    (copy / "datapackage.json").write_text("{}", encoding="utf-8")
    assert [f.file for f in check_data(copy)] == ["datapackage.json"]
    assert write_datapackage(copy)
    assert check_data(copy) == []
    assert not write_datapackage(copy)


def test_reading_tells_what_is_wrong(tmp_path):
    with pytest.raises(MissingDataError, match="no such file"):
        read_table(tmp_path / "tasks.csv", TABLES["tasks"])
    (tmp_path / "labels.csv").write_bytes("key,zh,en\nrole.x,标,y\n".encode("gb18030"))
    with pytest.raises(DataError, match="expected UTF-8"):
        read_table(tmp_path / "labels.csv", TABLES["labels"])
    (tmp_path / "labels.csv").write_bytes(b"")
    with pytest.raises(DataError, match="found nothing"):
        read_table(tmp_path / "labels.csv", TABLES["labels"])


def test_many_findings_are_counted_not_listed(tmp_path):
    lines = ["key,zh,en", *(f"role.k{i},," for i in range(30))]
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="and 50 more findings"):
        read_table(tmp_path / "labels.csv", TABLES["labels"])


def test_types_are_declared():
    tasks = read_table(DATA / "tables/2024/tasks.csv", TABLES["tasks"])
    assert tasks["number"].tolist()[:2] == ["1", "2"]
    assert tasks["start"].dtype == "int64"
    assert (tasks["corrected"] == "").all()
    targets = read_table(DATA / "tables/2024/targets.csv", TABLES["targets"])
    assert targets[["value", "value_si", "value_high"]].dtypes.tolist() == ["float64"] * 3
    assignments = read_table(DATA / "tables/2024/assignments.csv", TABLES["assignments"])
    assert assignments["known"].dtype == bool


def test_an_undeclared_column_is_refused():
    with pytest.raises(DataError, match="undeclared columns surplus"):
        to_csv(pd.DataFrame({"key": ["a.b"], "surplus": [1]}), TABLES["labels"])


words = st.text(st.characters(blacklist_categories=("Cs", "Cc")) | st.sampled_from('\n,"'), min_size=1)


@given(st.lists(st.tuples(words, words), max_size=5, unique_by=lambda pair: pair[0]))
def test_text_survives_writing_and_reading(rows):
    frame = pd.DataFrame(rows, columns=["metric", "metric_en"], dtype="str")
    text = to_csv(frame, TABLES["metrics"])
    assert read_cells(text.encode(), TABLES["metrics"], "metrics.csv", written=True)[1] == []
    assert to_csv(frame, TABLES["metrics"]) == text


@pytest.mark.parametrize(
    ("value", "written"), [(95.0, "95"), (0.1, "0.1"), (1e-7, "1e-07"), (25333.33333, "25333.33333")]
)
def test_numbers_are_written_shortest(value, written):
    row = {
        "project_id": ["p"],
        "part": [1],
        "seq": [1],
        "lon": [120],
        "lat": [31],
        "role": ["site"],
        "location_class": ["site/memory"],
        "source_id": ["s"],
    }
    text = to_csv(pd.DataFrame({**row, "uncertainty_m": [value]}), TABLES["waypoints"])
    assert text.splitlines()[1].split(",")[8] == written
