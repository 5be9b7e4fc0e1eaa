"""Load the tables of an edition, and write them, all or none."""

from __future__ import annotations

import difflib
import numbers
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sxcanalysis.core.errors import DataError, MissingDataError, MissingEditionError
from sxcanalysis.core.files import locked, read_live, replace_folders
from sxcanalysis.core.paths import data_dir, data_file, edition_folder, source_record
from sxcanalysis.reference.circle import Circle, circle_of
from sxcanalysis.reference.dictionary import is_edition_name, package_about
from sxcanalysis.tables.messages import told
from sxcanalysis.tables.schema import (
    EDITION_TABLES,
    TABLES,
    read_cells,
    read_table,
    refused_or,
    to_csv,
    typed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sxcanalysis.parsing.tasklist import TaskList

_SIZES = ("population", "gdp", "budget_revenue", "area")


def available_editions() -> list[str]:
    """Name the editions that have tables, the latest last."""
    folder = data_dir() / "tables"
    found = folder.iterdir() if folder.is_dir() else ()
    names = [entry.name for entry in found if is_edition_name(entry.name) and (entry / "tasks.csv").is_file()]
    return sorted(names, key=lambda name: (name[:4].isdigit(), name))


def chosen_edition(edition: str | int | None = None) -> str:
    """Return the name of an edition that has tables, the latest if None; MissingEditionError names those there are."""
    there = available_editions()
    if edition is None and there:
        return there[-1]
    name = "" if edition is None else check_edition_name(edition)
    if name and (edition_folder("tables", name) / "tasks.csv").is_file():
        return name
    close = difflib.get_close_matches(name, there, n=1)
    near = told("near", name=close[0]) + " " if close else ""
    said = {
        "name": repr(name) if name else "",
        "there": ", ".join(there) or told("none"),
        "wanted": name or "YYYY",
    }
    raise MissingEditionError(told("no_edition", folder=data_dir() / "tables", near=near, **said))


def check_edition_name(edition: object) -> str:
    """Return the name of an edition as text; DataError if it cannot name a folder and begin a task's id."""
    whole = isinstance(edition, numbers.Integral) and not isinstance(edition, bool)
    name = str(edition)
    if not (whole or isinstance(edition, str)) or not is_edition_name(name.removesuffix("~")):
        raise DataError(told("no_edition_name", name=repr(edition)))
    return name


def load_tasks(edition: str | int | None = None) -> pd.DataFrame:
    """
    Load the tasks of an edition.

    Parameters
    ----------
    edition
        For example 2024; the latest if None.

    Returns
    -------
    tasks
        One row a task, in the order of the document: ``task_id edition number seq category category_en text
        attribution start end attribution_start attribution_end headings corrected``. Offsets count characters of
        the text that :func:`sxcanalysis.read_document` returns for the edition's document. ``tasks.attrs`` says which edition
        it is, from which source, and under which licence.

    Raises
    ------
    MissingEditionError
        If there is no such edition.
    DataError
        If the file breaks its schema.

    Examples
    --------
    >>> tasks = load_tasks(2024)
    >>> len(tasks), tasks.attrs["edition"]
    (53, '2024')
    """
    return load_table("tasks", edition)


def load_assignments(edition: str | int | None = None) -> pd.DataFrame:
    """
    Load who does what in an edition.

    Parameters
    ----------
    edition
        For example 2024; the latest if None.

    Returns
    -------
    assignments
        One row a body and role in a task: ``task_id body body_as_written body_kind role others_implied start end
        role_basis known corrected``; ``role`` is an ordered category, the lead first.

    Raises
    ------
    MissingEditionError, DataError
        As for `load_tasks`.

    Examples
    --------
    >>> load_assignments(2024)["role"].min()
    'lead'
    """
    return load_table("assignments", edition)


def load_targets(edition: str | int | None = None) -> pd.DataFrame:
    """
    Load the quantitative targets of an edition.

    Parameters
    ----------
    edition
        For example 2024; the latest if None.

    Returns
    -------
    targets
        One row a target: ``target_id task_id metric metric_en comparator value unit value_si unit_si scope deadline
        kind quote start end`` and more, described in ``data/datapackage.json``.

    Raises
    ------
    MissingEditionError, DataError
        As for `load_tasks`.
    """
    return load_table("targets", edition)


def load_mentions(edition: str | int | None = None) -> pd.DataFrame:
    """
    Load the places that the tasks of an edition name.

    Parameters
    ----------
    edition
        For example 2024; the latest if None.

    Returns
    -------
    mentions
        One row a place in a task: ``task_id name adcode kind start end`` and more, described in
        ``data/datapackage.json``.

    Raises
    ------
    MissingEditionError, DataError
        As for `load_tasks`.
    """
    return load_table("mentions", edition)


def load_fields(edition: str | int | None = None) -> pd.DataFrame:
    """
    Load what the tables of a document say in columns that have no place of their own.

    One row a cell: ``task_id column value start end``; no row if the document has no such table. Edition and errors as for
    `load_tasks`.

    Examples
    --------
    >>> load_fields(2024).columns.tolist()
    ['task_id', 'column', 'value', 'start', 'end']
    """
    return load_table("fields", edition)


def load_named_projects(edition: str | int | None = None) -> pd.DataFrame:
    """
    Load the projects that the tasks of an edition name, as its words do: see `load_projects` for where they lie.

    One row a project: ``project_id task_id name name_en kind stage stage_verb section generic start end``; ``project_id`` is
    empty where the register does not have it. Edition and errors as for `load_tasks`.

    Examples
    --------
    >>> load_named_projects(2024)["name"].iloc[0]
    '沪武高速公路太仓至常州段扩建工程'
    """
    return load_table("named_projects", edition)


def load_issues(edition: str | int | None = None) -> pd.DataFrame:
    """
    Load what a person should look at in an edition.

    Parameters
    ----------
    edition
        For example 2024; the latest if None.

    Returns
    -------
    issues
        One row a finding: ``severity code task_id line start end words hint``.

    Raises
    ------
    MissingEditionError, DataError
        As for `load_tasks`.
    """
    return load_table("issues", edition)


def load_cities(year: int | None = None, *, circle: Circle | None = None) -> pd.DataFrame:
    """
    Load the size of the cities.

    Parameters
    ----------
    year
        Year of the figures; that of `statistics_year` for the latest edition if None. An area has no year of its own and is
        given whatever the year.
    circle
        Whose cities; that of the latest edition if None.

    Returns
    -------
    cities
        One row a city, by code: ``adcode city city_en year population gdp budget_revenue area`` (residents at year
        end, yuan, yuan, km²), and for each of the four ``…_status`` (``final``, ``preliminary``, ``from memory``,
        ``not found``) and ``…_source``. A value without a source is missing (NaN), never filled in.

    Raises
    ------
    MissingDataError
        If there are no figures of that year.
    DataError
        If ``data/context/cities.csv`` breaks its schema.

    Examples
    --------
    >>> load_cities(2023).columns.tolist()[:4]
    ['adcode', 'city', 'city_en', 'year']
    """
    rows = _city_rows()
    year = statistics_year() if year is None else year
    years = _years(rows)
    if isinstance(year, bool) or not isinstance(year, numbers.Integral):
        raise DataError(told("no_year", example=max(years, default=""), found=repr(year)))
    if year not in years:
        there = ", ".join(map(str, years)) or told("none")
        file = data_file(TABLES["cities"].file())
        raise MissingDataError(told("no_figures", file=file, year=year, there=there))
    members = {city.adcode for city in (circle or circle_of(chosen_edition())).cities}
    rows = rows[rows["adcode"].isin(members)]
    told_by = rows[["publisher", "title", "date"]].itertuples(index=False)
    # A circle without statistics has no rows: the column is one of text all the same.
    cited = pd.Series([", ".join(filter(None, one)) for one in told_by], index=rows.index, dtype="str")
    rows = rows.assign(source=cited.where(cited != "", rows["status"]), away=(rows["year"] - year).abs())
    cities = rows[["adcode", "city", "city_en"]].drop_duplicates("adcode")
    cities = cities.sort_values("adcode", ignore_index=True)
    cities["year"] = int(year)
    for size in _SIZES:
        wanted = rows[(rows["indicator"] == size) & ((rows["away"] == 0) | (size == "area"))]
        found = wanted.sort_values("away", kind="stable").drop_duplicates("adcode").set_index("adcode")
        cities[size] = cities["adcode"].map(found["value"]).astype("float64")
        for what, none in (("status", "not found"), ("source", "")):
            told_of = cities["adcode"].map(found[what]).astype("object").fillna(none)
            cities[f"{size}_{what}"] = told_of.astype("str")
    values = [*_SIZES, *(f"{name}_{what}" for name in _SIZES for what in ("status", "source"))]
    cities = cities[["adcode", "city", "city_en", "year", *values]]
    cities.attrs = {"table": "cities", "year": str(year), "licence": str(package_about("licence"))}
    return cities


def load_counties(indicator: str | None = None) -> pd.DataFrame:
    """
    Load what is known of the size of counties: residents of the census, product, area, each with its source.

    Parameters
    ----------
    indicator
        ``population_census``, ``population``, ``gdp`` or ``area``; all of them if None.

    Returns
    -------
    counties
        One row a county, indicator and year, as ``data/context/counties.csv`` has them: ``adcode name city indicator year value unit
        status publisher title date read_in note`` (residents, yuan, km²). Not every county has every figure.

    Raises
    ------
    DataError
        If there is no such indicator, or the file breaks its schema.

    Examples
    --------
    >>> census = load_counties("population_census")
    >>> int(census.loc[census["name"] == "昆山市", "value"].iloc[0])
    2092496
    """
    rows = read_table(data_file(TABLES["counties"].file()), TABLES["counties"])
    known = sorted(set(rows["indicator"]))
    if indicator is not None and indicator not in known:
        raise DataError(told("no_indicator", found=indicator, known=", ".join(known)))
    return rows if indicator is None else rows[rows["indicator"] == indicator].reset_index(drop=True)


def statistics_year(edition: str | int | None = None, circle: Circle | None = None) -> int:
    """
    Return the year whose figures an edition (the latest if None) is divided by, for the cities of a circle (its own if None).

    The year before the list, which its authors knew; if population and product of a full member are missing for it, the
    list's own year; else the latest year that has them for all; else the latest year of any figures.

    Examples
    --------
    >>> statistics_year(2024)
    2023
    """
    name = chosen_edition(edition)
    circle = circle_of(name) if circle is None else circle
    rows = _city_rows()
    years = _years(rows)
    if not years:
        raise MissingDataError(told("no_figures_at_all", file=data_file(TABLES["cities"].file())))
    full = {city.adcode for city in circle.full}
    known = rows[rows["indicator"].isin(["population", "gdp"]) & rows["adcode"].isin(full)].dropna(
        subset="value"
    )
    counts = known.drop_duplicates(["year", "adcode", "indicator"])["year"].value_counts()
    complete = {int(year) for year in counts.index[counts == 2 * len(full)]}
    own = int(name[:4]) if name[:4].isdigit() else years[-1]
    wanted = (own - circle.statistics_lag, own)
    return next((year for year in wanted if year in complete), max(complete, default=years[-1]))


def _city_rows() -> pd.DataFrame:
    return read_table(data_file(TABLES["cities"].file()), TABLES["cities"])


def _years(rows: pd.DataFrame) -> list[int]:
    return sorted({int(year) for year in rows.loc[rows["indicator"].isin(("population", "gdp")), "year"]})


def load_table(name: str, edition: str | int | None = None) -> pd.DataFrame:
    """Load a table of an edition by its name in the dictionary; one that the edition need not have is then without rows."""
    chosen, table = chosen_edition(edition), TABLES[name]
    try:
        data = read_live(lambda: edition_folder("tables", chosen) / f"{table.frame}.csv")
    except FileNotFoundError as error:
        if not table.optional:
            raise MissingDataError(told("file_gone", file=error.filename, edition=chosen)) from error
        cells = pd.DataFrame({field.name: pd.Series(dtype="str") for field in table.fields})
    else:
        file = str(edition_folder("tables", chosen) / f"{table.frame}.csv")
        cells = refused_or(*read_cells(data, table, file))
    frame = typed(cells, table)
    record = source_record(edition_folder("sources", chosen))
    source = ", ".join(str(record[key]) for key in ("issuer", "title", "date", "url") if record.get(key))
    licence = str(package_about("licence"))
    frame.attrs = {"table": name, "edition": chosen, "source": source, "licence": licence}
    return frame


def write_edition(task_list: TaskList, folder: str | Path) -> list[Path]:
    """
    Write the tables of a task list into a folder such as ``data/tables/2025``, all or none; return their paths.

    The tables that were there are replaced together, and only if something changed; other files stay. DataError if a table breaks
    its schema; nothing is written then.
    """
    folder = Path(folder)
    files = table_files(frames_of(task_list))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.parent, folder.name):
        replace_folders(folder.parent, folder.name, {folder.name: without_others(files)})
    return [folder / name for name in files]


def table_files(frames: Mapping[str, pd.DataFrame]) -> dict[str, bytes]:
    """Return the files of an edition's tables, by name, each checked against its schema."""
    return {
        f"{table.frame}.csv": to_csv(frames[table.frame], table).encode()
        for table in EDITION_TABLES
        if table.frame in frames or not table.optional
    }


def without_others(files: Mapping[str, bytes]) -> dict[str, bytes | None]:
    """Return the files of an edition's tables, with None for those that this edition does not have."""
    return {f"{table.frame}.csv": None for table in EDITION_TABLES} | dict(files)


def frames_of(task_list: TaskList) -> dict[str, pd.DataFrame]:
    """Return the frames of a task list that an edition's tables are written from, by name."""
    found = {table.frame: getattr(task_list, table.frame, None) for table in EDITION_TABLES}
    return {name: frame for name, frame in found.items() if frame is not None}
