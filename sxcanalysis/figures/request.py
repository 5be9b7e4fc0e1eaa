"""What a figure is asked for, and what a builder gives back: the words, the drawing, the data behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from sxcanalysis.core.errors import FigureError
from sxcanalysis.geography.projects import load_projects
from sxcanalysis.reference.circle import Circle, City, circle_of
from sxcanalysis.reference.words import label, say, spoken
from sxcanalysis.tables.loading import load_assignments, load_mentions, load_targets, load_tasks

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from matplotlib.figure import Figure

Where = Mapping[str, str | Iterable[str]] | str | None
Frame = TypeVar("Frame", bound=pd.DataFrame)  # plain or with geometry, as it came in
KEYS = ("kind", "stage", "city", "task", "category")


@dataclass(frozen=True)
class Request:
    """
    What a figure is asked for.

    ``edition`` and ``lang`` of the tables and words, the ``width`` in millimetres, a selection (``where``, from `read_where`: a figure
    shows what meets all of it), ``boundaries`` of the person's own, whether title and subtitle stand in the picture (``title``), and a
    table in place of the one that the figure would compute (``using``).
    """

    edition: str
    lang: str
    width: float = 160.0
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    boundaries: Path | None = None
    title: bool = True
    using: pd.DataFrame | None = None

    @property
    def circle(self) -> Circle:
        """The circle that the edition is about."""
        return circle_of(self.edition)

    def say(self, key: str, **values: object) -> str:
        """Return the sentence of a key of labels.csv in the language of the figure."""
        return say(key, self.lang, **values)

    def label(self, key: str, default: str | None = None) -> str:
        """Return the word for a data value in the language of the figure."""
        return label(key, self.lang, default=default)

    def words(
        self, key: str, values: Mapping[str, object], notes: Iterable[str] = (), variant: str = ""
    ) -> Words:
        """
        Fill in the words of a figure: labels ``<key>.title``, ``.subtitle``, ``.caption`` and ``.alt``.

        `values` stand in the braces, `notes` are already in words; ``<key>.<variant>title`` goes before ``<key>.title`` where it is.
        """
        keys = [
            (f"{key}.{variant}{part}", f"{key}.{part}") for part in ("title", "subtitle", "caption", "alt")
        ]
        title, subtitle, caption, alt = (
            self.say(own if self.label(own, "") else usual, **values) for own, usual in keys
        )
        return Words(title, subtitle, caption, alt, tuple(notes))

    def listed(self, items: Iterable[str]) -> str:
        """Join words by the rules of the language: 甲、乙 or A, B and C."""
        words = list(items)
        if self.lang == "zh":
            return "、".join(words)
        return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)


@dataclass(frozen=True)
class Words:
    """The words of a figure: one computed sentence, the measure, what a report prints under it, what a screen reader says."""

    title: str
    subtitle: str
    caption: str
    alt: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """
    What a builder gives back.

    Attributes
    ----------
    figure
        Drawn at its final size.
    words
        Of the figure.
    data
        One row a mark, names beside codes; from the document with ``task_id start end quote``.
    source
        The source note that stands in the figure; that of the document alone if empty.
    inputs
        Files under ``data/`` besides the document and the edition's tables.
    evidence
        What lies behind a mark, where that is more than the row in `data`: one row a sentence.
    geometry
        What a map draws, as it is drawn, in EPSG:4326.
    """

    figure: Figure
    words: Words
    data: pd.DataFrame
    source: str = ""
    inputs: tuple[str, ...] = ()
    evidence: pd.DataFrame | None = None
    geometry: gpd.GeoDataFrame | None = None


def read_where(where: Where) -> dict[str, tuple[str, ...]]:
    """
    Read a selection.

    Parameters
    ----------
    where
        A mapping from ``kind``, ``stage``, ``city``, ``task`` or ``category`` to one value or several, or the same as text.

    Returns
    -------
    where
        From each key to its values.

    Raises
    ------
    FigureError
        If a key is unknown, or the text is no list of ``key=value``.

    Examples
    --------
    >>> read_where("kind=railway,expressway;city=苏州市")
    {'kind': ('railway', 'expressway'), 'city': ('苏州市',)}
    """
    if not where:
        return {}
    pairs: dict[str, Any] = {}
    if isinstance(where, str):
        for part in where.replace("；", ";").split(";"):
            key, sign, values = part.partition("=")
            if not sign or not values.strip():
                raise FigureError(say("error.figure_where_form", spoken(), found=where))
            pairs[key.strip()] = [value.strip() for value in values.replace("，", ",").split(",")]
    else:
        pairs = dict(where)
    if unknown := [key for key in pairs if key not in KEYS]:
        raise FigureError(
            say(
                "error.figure_where_key",
                spoken(),
                found=where,
                unknown=", ".join(map(repr, unknown)),
                keys=", ".join(KEYS),
            )
        )
    return {key: (str(v),) if isinstance(v, str | int) else tuple(map(str, v)) for key, v in pairs.items()}


def selected_tasks(request: Request) -> pd.DataFrame:
    """
    Load the tasks that meet a request.

    A task meets a ``city`` that it names to implement it, a ``kind`` or ``stage`` that one of its projects has. The error of a request
    that nothing meets lists the values that there are.
    """
    tasks, where = load_tasks(request.edition), request.where
    keep = pd.Series(True, index=tasks.index)  # noqa: FBT003
    if "task" in where:
        wanted = {one if "-" in one else f"{request.edition}-{one}" for one in where["task"]}
        keep &= tasks["task_id"].isin(wanted)
    if "category" in where:
        keep &= tasks["category"].isin(where["category"]) | tasks["category_en"].isin(where["category"])
    if "city" in where:
        acting = load_assignments(request.edition).query("role == 'implementing'")
        names = [city.zh for city in selected_cities(request)]
        keep &= tasks["task_id"].isin(acting.loc[acting["body"].isin(names), "task_id"])
    if {"kind", "stage"} & set(where):
        projects = _of_kind(load_projects(request.edition), request)
        keep &= tasks["task_id"].isin(projects["task_id"])
    if not keep.any():
        raise FigureError(_nothing(request, "task"))
    return tasks[keep].reset_index(drop=True)


def selected(request: Request, table: str) -> pd.DataFrame:
    """Load the ``assignments``, ``targets`` or ``mentions`` of the tasks that meet a request."""
    loaders = {"assignments": load_assignments, "targets": load_targets, "mentions": load_mentions}
    return _of_tasks(loaders[table](request.edition), request)


def selected_projects(request: Request) -> gpd.GeoDataFrame:
    """Load the projects that meet a request (a ``city``: lie in it), with the ``number`` that they have in every figure of the edition."""
    projects = load_projects(request.edition)
    projects.insert(0, "number", range(1, len(projects) + 1))
    projects = _of_kind(projects, request)
    if "city" in request.where and len(projects):
        units = projects["counties"].str.split(";").explode().str[:4]
        codes = [city.adcode[:4] for city in selected_cities(request)]
        projects = projects[projects.index.isin(units.index[units.isin(codes)])]
    narrowed = {key: value for key, value in request.where.items() if key in {"task", "category"}}
    projects = _of_tasks(projects, replace(request, where=narrowed))
    if projects.empty:
        raise FigureError(_nothing(request, "project"))
    return projects.reset_index(drop=True)


def selected_cities(request: Request) -> list[City]:
    """Find the cities asked for, by name, English name or code; none where none is asked for."""
    wanted, there = request.where.get("city", ()), request.circle.cities
    names = {city: {city.zh, city.zh.removesuffix("市"), city.en, city.adcode} for city in there}
    if unknown := [one for one in wanted if not any(one in known for known in names.values())]:
        raise FigureError(
            say(
                "error.figure_no_city",
                spoken(),
                unknown=", ".join(map(repr, unknown)),
                there=", ".join(f"{city.zh} {city.en}" for city in there),
            )
        )
    return [city for city in there if names[city] & set(wanted)]


def _of_tasks(table: Frame, request: Request) -> Frame:
    if not request.where:
        return table
    return table[table["task_id"].isin(selected_tasks(request)["task_id"])].reset_index(drop=True)


def _of_kind(projects: gpd.GeoDataFrame, request: Request) -> gpd.GeoDataFrame:
    """Keep the projects of the kinds and stages asked for, by code or by its word in either language."""
    for key in {"kind", "stage"} & set(request.where):
        wanted = set(request.where[key])
        known = {
            value: {value, *(label(f"{key}.{value}", lang, default=value) for lang in ("zh", "en"))}
            for value in set(projects[key])
        }
        if unknown := wanted.difference(*known.values()):
            raise FigureError(
                say(
                    "error.figure_no_such_project",
                    spoken(),
                    edition=request.edition,
                    by=key,
                    unknown=", ".join(map(repr, unknown)),
                    known=", ".join(sorted(known)),
                )
            )
        projects = projects[projects[key].isin([value for value, names in known.items() if names & wanted])]
    return projects


def _nothing(request: Request, what: str) -> str:
    asked = ";".join(f"{key}={','.join(values)}" for key, values in request.where.items())
    asked = asked or say("error.figure_no_selection", spoken())
    return say(f"error.figure_nothing_{what}", spoken(), edition=request.edition, asked=asked)
