"""Figures as bundles: what there is, building it, showing it, and what stands behind a mark.

A builder in `charts` or `maps` draws a figure for a `Request` and returns a `Drawing`; notebooks show the bundle, the
command line writes it. One code path serves both.
"""

from __future__ import annotations

import base64
import html
import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sxcanalysis.core.errors import FigureError, MissingDataError
from sxcanalysis.core.paths import data_dir
from sxcanalysis.figures.checks import check_figure
from sxcanalysis.figures.files import png_bytes, provenance
from sxcanalysis.figures.request import Drawing, Request, Where, read_where
from sxcanalysis.figures.sources import source_note
from sxcanalysis.figures.style import DEFAULT_WIDTH_MM, WIDTHS_MM, use_style
from sxcanalysis.reference.words import check_lang, label, say, spoken
from sxcanalysis.tables.loading import available_editions

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from matplotlib.figure import Figure

Builder = Callable[[Request], Drawing]

# From the name of a figure (also its file name) to "module:function" inside this package; a module is imported only
# when its figure is asked for. Its question stands in labels.csv under figure.<name>.
FIGURES: dict[str, str] = {
    "whole-list": "charts.wall:whole_list",
    "promise-outcome": "charts.outcome:promise_outcome",
    "city-exposure": "maps.exposure:city_exposure",
    "project-overview": "maps.overview:project_overview",
    "burden-index": "charts.burden:burden_index",
    "task-completeness": "charts.completeness:task_completeness",
    "who-leads": "charts.leads:who_leads",
    "target-table": "charts.targets:target_table",
    "city-duties": "charts.duties:city_duties",
    "edition-changes": "charts.changes:edition_changes",
}
_OWN: dict[str, tuple[Builder, Mapping[str, str]]] = {}
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class FigureBundle:
    """
    A figure, and all that a person needs to publish it, in one language.

    Attributes
    ----------
    name, request
        File name without suffix; what was asked for.
    figure
        The drawn figure, at its final size.
    title, subtitle
        One computed sentence with its number; what is shown, in which unit, of when.
    caption, alt, notes, source_note
        What a report prints under it; form and finding for who cannot see it; what a reader must know; what is cited.
    data, evidence
        One row a mark, names beside codes; what lies behind the marks, one row a sentence (see `evidence`).
    geometry
        What a map draws, EPSG:4326; None for a chart.
    provenance
        Everything that went in, with hashes, versions, licence and the command that makes it again.
    """

    name: str
    figure: Figure
    title: str
    subtitle: str
    caption: str
    alt: str
    notes: tuple[str, ...]
    source_note: str
    data: pd.DataFrame
    evidence: pd.DataFrame
    request: Request
    inputs: tuple[str, ...] = ()
    geometry: gpd.GeoDataFrame | None = None
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def edition(self) -> str:
        """Whose tables are drawn."""
        return self.request.edition

    @property
    def lang(self) -> str:
        """``zh`` or ``en``."""
        return self.request.lang

    def __repr__(self) -> str:
        return f"<figure {self.name}, {self.edition}, {self.lang}, {self.request.width:g} mm: {self.title}>"

    def _repr_html_(self) -> str:
        return as_html(self)


def catalogue(lang: str = "en") -> dict[str, str]:
    """
    List the figures.

    Parameters
    ----------
    lang
        Of the questions.

    Returns
    -------
    catalogue
        From the name of each figure to the question that it answers.

    Examples
    --------
    >>> catalogue()["project-overview"]
    'Where do the infrastructure projects that the list names lie, and how far are they to get?'
    """
    lang = check_lang(lang)
    shipped = {name: label(f"figure.{name}", lang) for name in FIGURES}
    return shipped | {name: question.get(lang, name) for name, (_, question) in _OWN.items()}


def figure_names() -> tuple[str, ...]:
    """Name every figure, in the order in which they are made."""
    return (*FIGURES, *_OWN)


def register(name: str, builder: Builder, question: Mapping[str, str] | str = "") -> None:
    """
    Add a figure of one's own: it is built, checked, shown and written as the others are.

    Parameters
    ----------
    name
        Lower-case letters, digits and hyphens; not that of a shipped figure.
    builder
        Called with a `Request` inside `use_style`; returns a `Drawing`: from `draw_page`, or of any matplotlib figure.
    question
        What the figure answers, as text or ``{"zh": ..., "en": ...}``.
    """
    if name in FIGURES:
        raise FigureError(say("error.figure_name_taken", spoken(), name=name))
    if not _NAME.fullmatch(name):
        raise FigureError(say("error.figure_name_shape", spoken(), name=name))
    told = {"zh": question, "en": question} if isinstance(question, str) else question
    _OWN[name] = (builder, {lang: words or name for lang, words in told.items()})


def build(  # each bends the figure in one way
    name: str,
    *,
    edition: str | int | None = None,
    lang: str = "zh",
    width: float = DEFAULT_WIDTH_MM,
    where: Where = None,
    boundaries: str | Path | None = None,
    title: bool = True,
    using: pd.DataFrame | None = None,
) -> FigureBundle:
    """
    Draw one figure.

    Parameters
    ----------
    name
        One of `catalogue`.
    edition
        Whose tables are drawn; the latest if None.
    lang
        ``zh`` or ``en``.
    width
        In millimetres: 85, 120, 160 or 183. The figure is laid out anew for each.
    where
        Draw only a part: ``{"kind": "railway", "city": ["苏州市"]}`` or ``"kind=railway;city=Suzhou"``; keys are kind, stage, city,
        task and category.
    boundaries
        A boundary file of one's own for the maps (see `check_boundaries`).
    title
        False leaves title and subtitle out of the picture; the bundle has them all the same.
    using
        A table of one's own in place of the one that the figure would compute: for ``burden-index`` what `burden_sensitivity`
        returns, with rules and denominators of one's own.

    Returns
    -------
    bundle
        The figure with its words, data and provenance.

    Raises
    ------
    FigureError
        If there is no such figure or width, or nothing meets `where`.
    MissingDataError
        If the edition is not there.

    Examples
    --------
    >>> build("no-such-figure")
    Traceback (most recent call last):
    ...
    sxcanalysis.core.errors.FigureError: No figure is called 'no-such-figure'...
    """
    lang = check_lang(lang)
    if name not in figure_names():
        raise FigureError(say("error.figure_unknown", spoken(), name=name, there=", ".join(figure_names())))
    if not min(WIDTHS_MM) <= float(width) <= max(WIDTHS_MM):
        raise FigureError(
            say(
                "error.figure_width", spoken(), widths=", ".join(f"{one:g}" for one in WIDTHS_MM), found=width
            )
        )
    request = Request(
        edition=_edition(edition), lang=lang, width=float(width), where=read_where(where),
        boundaries=Path(boundaries) if boundaries is not None else None, title=title, using=using,
    )  # fmt: skip
    with use_style(lang):
        drawing = _builder(name)(request)
        check_figure(drawing.figure, f"{name} ({lang}, {width:g} mm)")
    words, data = drawing.words, drawing.data
    bundle = FigureBundle(
        name=name, figure=drawing.figure, title=words.title, subtitle=words.subtitle, caption=words.caption, alt=words.alt,
        notes=words.notes, source_note=drawing.source or source_note(request.edition, lang), data=data, request=request,
        evidence=data if drawing.evidence is None else drawing.evidence, inputs=drawing.inputs, geometry=drawing.geometry,
    )  # fmt: skip
    bundle.provenance.update(provenance(bundle))
    return bundle


def _builder(name: str) -> Builder:
    if name in _OWN:
        return _OWN[name][0]
    module, function = FIGURES[name].split(":")
    found: Builder = getattr(importlib.import_module(f"sxcanalysis.figures.{module}"), function)
    return found


def _edition(edition: str | int | None) -> str:
    if edition is not None:
        return str(edition)
    there = available_editions()
    if not there:
        raise MissingDataError(say("error.figure_no_edition", spoken(), folder=data_dir() / "tables"))
    return max(there)


def evidence(bundle: FigureBundle, **cell: object) -> pd.DataFrame:
    """
    Give the sentences behind a mark.

    Parameters
    ----------
    bundle
        From `build`.
    **cell
        Which mark: columns of the evidence with their values, for example ``city="苏州市", rule="whole"``. A city is found by its
        name, English name or code, whichever the column holds.

    Returns
    -------
    rows
        With ``task_id start end quote`` where the document says it.

    Raises
    ------
    FigureError
        If the evidence has no such column or value; the message lists those that it has.

    Examples
    --------
    >>> targets = build("target-table", edition=2024, lang="en")
    >>> evidence(targets, task_id="2024-32")["quote"].tolist()[0]
    '三市计划完成造林3.8万亩'
    """
    rows = bundle.evidence
    for column, value in cell.items():
        alike = [
            one
            for one in (column, f"{column}_en", "adcode" if column == "city" else column)
            if one in rows.columns
        ]
        if not alike:
            raise FigureError(
                say(
                    "error.figure_no_evidence",
                    spoken(),
                    name=bundle.name,
                    column=column,
                    there=", ".join(map(str, rows.columns)),
                )
            )
        found = (rows[alike].astype(str) == str(value)).any(axis=1)
        if not found.any():
            there = ", ".join(dict.fromkeys(rows[alike[0]].astype(str)))
            raise FigureError(
                say(
                    "error.figure_no_mark",
                    spoken(),
                    name=bundle.name,
                    column=column,
                    found=value,
                    there=there[:400],
                )
            )
        rows = rows[found]
    return rows.reset_index(drop=True)


def as_html(bundle: FigureBundle, *, dpi: int = 150) -> str:
    """Give the figure as one piece of a page: the image with its alt text, caption and source note."""
    with use_style(bundle.lang):
        image = base64.b64encode(png_bytes(bundle, dpi)).decode("ascii")
    caption, alt = html.escape(bundle.caption), html.escape(bundle.alt)
    wide = f"width:100%;max-width:{1.5 * bundle.request.width:.0f}mm"
    return (
        f'<style>{_ENLARGED}</style><figure lang="{bundle.lang}" class="sxc-figure" style="margin:0"><label><input type="checkbox">'
        f'<img alt="{alt}" src="data:image/png;base64,{image}" style="{wide}"></label><figcaption>{caption}</figcaption></figure>'
    )


#: A click enlarges the image and another brings it back, by style alone: no script runs in a page made of a notebook.
_ENLARGED = (
    ".sxc-figure input{position:absolute;opacity:0}.sxc-figure img{cursor:zoom-in}.sxc-figure input:focus-visible+img{outline:3px solid #1a5fb4}"
    ".sxc-figure input:checked+img{position:fixed;inset:0;z-index:9999;width:100vw!important;max-width:none!important;height:100vh;"
    "object-fit:contain;background:#fff;cursor:zoom-out}"
)


def show(bundle: FigureBundle, *, dpi: int = 150) -> None:
    """Show a bundle in a notebook: the figure with its alt text and its caption, `dpi` sharp."""
    from IPython.display import display  # noqa: PLC0415 — notebooks only

    plain = f"{bundle.title}\n{bundle.caption}\n{bundle.alt}\n{bundle.source_note}"
    page = as_html(bundle, dpi=dpi)
    # The image stands by itself too: Markdown, LaTeX and PDF made of the notebook have no use for a piece of a web page.
    image = page.partition("base64,")[2].partition('"')[0]
    display({"text/html": page, "image/png": image, "text/plain": plain}, raw=True)  # type: ignore[no-untyped-call]
