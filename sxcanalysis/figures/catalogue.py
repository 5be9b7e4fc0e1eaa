"""Figures as bundles: image, vector files, caption, alt text, source note, plotted data and provenance, from one code path.

A builder in `charts` or `maps` draws a figure for one edition and one language, and returns a
`FigureBundle`. Notebooks show it, the command line writes it; neither draws.
"""

from __future__ import annotations

import base64
import html
import importlib
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import FigureError
from sxcanalysis.figures.checks import (
    check_figure,
    check_glyphs,
    cut_texts,
    drawn_texts,
    missing_glyphs,
    overlapping_texts,
    quiet_fonts,
)
from sxcanalysis.figures.files import PNG_DPI, png_bytes, read_edition_source, write_parts
from sxcanalysis.figures.style import MM_PER_INCH, use_style
from sxcanalysis.reference.words import LANGS, check_lang, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from matplotlib.figure import Figure

__all__ = [
    "FIGURES",
    "PNG_DPI",
    "FigureBundle",
    "build",
    "bundle_files",
    "check_figure",
    "check_glyphs",
    "cut_texts",
    "drawn_texts",
    "figure_names",
    "missing_glyphs",
    "overlapping_texts",
    "read_edition_source",
    "settle",
    "show",
    "source_note",
    "write_bundle",
    "write_figures",
]

# From the name of a figure (also its file name) to "module:function" inside this package. A builder is called as
# function(edition=..., lang=...) inside `use_style`, and its module is imported only when its figure is asked for.
FIGURES: dict[str, str] = {
    "task-overview": "charts.tasks:task_overview",
    "task-completeness": "charts.tasks:task_completeness",
    "lead-matrix": "charts.bodies:lead_matrix",
    "lead-city": "charts.bodies:lead_city",
    "body-sharing": "charts.bodies:body_sharing",
    "burden-rules": "charts.burden:burden_rules",
    "burden-specification": "charts.burden:burden_specification",
    "burden-by-category": "charts.duties:burden_by_category",
    "duties": "charts.duties:duties",
    "targets-by-unit": "charts.targets:targets_by_unit",
    "targets-rates": "charts.targets:targets_rates",
    "targets-per-city": "charts.targets:targets_per_city",
    "project-overview": "maps.projects:project_overview",
    "project-kinds": "maps.projects:project_kinds",
    "project-unlocated": "maps.matrices:project_unlocated",
    "named-sites": "maps.projects:named_sites",
    "assigned-versus-touched": "maps.matrices:assigned_versus_touched",
}

MAX_PNG_BYTES = 1_000_000
_SUFFIXES = (".png", ".svg", ".pdf", ".csv", ".md", ".json")


@dataclass(frozen=True)
class FigureBundle:
    """
    A figure, and all that a person needs to publish it.

    Attributes
    ----------
    name
        File name without suffix: lower-case letters, digits and hyphens.
    figure
        The drawn figure, in the language `lang`.
    caption
        ``{"zh": ..., "en": ...}``: what is shown, over which rows, in which units.
    alt
        ``{"zh": ..., "en": ...}``: the finding in words, with its numbers, computed from `data`.
    data
        The plotted data, one row a mark; for marks that come from the document with task, span and quote.
    source_note
        ``{"zh": ..., "en": ...}`` from `source_note`.
    edition
        For example ``2024``.
    lang
        ``zh`` or ``en``.
    inputs
        Files under ``data/`` that went into the figure besides the edition's document and tables, for example
        ``boundaries/sxc/cities.geojson``; their hashes are recorded.
    """

    name: str
    figure: Figure
    caption: Mapping[str, str]
    alt: Mapping[str, str]
    data: pd.DataFrame
    source_note: Mapping[str, str]
    edition: str
    lang: str
    inputs: tuple[str, ...] = ()


def figure_names() -> tuple[str, ...]:
    """Name every figure, in the order in which they are made."""
    return tuple(FIGURES)


def build(name: str, *, edition: str | int = 2024, lang: str = "zh") -> FigureBundle:
    """
    Draw one figure.

    Parameters
    ----------
    name
        One of `figure_names`.
    edition
        Whose tables are drawn.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    bundle
        Its layout is final: showing it first does not change what is written later.

    Raises
    ------
    FigureError
        If there is no such figure, or its builder returns something else than was asked for.

    Examples
    --------
    >>> build("no-such-figure")
    Traceback (most recent call last):
    ...
    sxcanalysis.core.errors.FigureError: No figure is called 'no-such-figure'...
    """
    lang = check_lang(lang)
    if name not in FIGURES:
        msg = f"No figure is called {name!r}. There are: {', '.join(FIGURES) or 'none'}."
        raise FigureError(msg)
    module, function = FIGURES[name].split(":")
    with use_style(lang):
        builder = getattr(importlib.import_module(f"sxcanalysis.figures.{module}"), function)
        bundle: FigureBundle = builder(edition=str(edition), lang=lang)
        settle(bundle.figure)
    if (bundle.name, bundle.edition, bundle.lang) != (name, str(edition), lang):
        msg = (
            f"{FIGURES[name]} returned the figure {bundle.name!r}, edition {bundle.edition}, language {bundle.lang}; "
            f"expected {name!r}, {edition}, {lang}."
        )
        raise FigureError(msg)
    return bundle


def settle(fig: Figure) -> None:
    """Run the layout engine for the last time, so that every later drawing of the figure is the same."""
    if fig.get_layout_engine() is not None:
        # The constrained engine needs a second pass to come to rest when tick labels change with the size of the axes.
        with quiet_fonts():
            fig.draw_without_rendering()
            fig.draw_without_rendering()
        fig.set_layout_engine("none")


def source_note(edition: str | int, *, also: Iterable[Mapping[str, str]] = ()) -> dict[str, str]:
    """
    Compose the line at the foot of a figure: which document, whose, of when, and what else went in.

    Parameters
    ----------
    edition
        Whose ``source.toml`` is read.
    also
        Further sources, each ``{"zh": ..., "en": ...}`` with its licence, for example boundaries or water.

    Returns
    -------
    note
        ``{"zh": ..., "en": ...}``.
    """
    source = read_edition_source(edition)
    title, issuer, date = (str(source.get(key) or "") for key in ("title", "issuer", "date"))
    extra = list(also)
    zh = f"《{title}》（{'，'.join(part for part in (issuer or '发布机关不详', date) if part)}）"
    title_en = str(source.get("title_en") or "")
    issuer_en = str(source.get("issuer_en") or issuer or "issuer not stated")
    en = f"{title_en + ' ' if title_en else ''}《{title}》 ({', '.join(p for p in (issuer_en, date) if p)})"
    return {
        "zh": f"{label('text.source', 'zh')}：{'；'.join([zh, *(a['zh'] for a in extra)])}。",
        "en": f"{label('text.source', 'en')}: {'; '.join([en, *(a['en'] for a in extra)])}.",
    }


def bundle_files(name: str) -> tuple[str, ...]:
    """Name the files of a bundle."""
    return tuple(name + suffix for suffix in _SUFFIXES)


def write_bundle(bundle: FigureBundle, folder: str | Path) -> list[Path]:
    """
    Write a bundle's six files, all or none.

    ``.png`` (300 dpi), ``.svg`` (real text, with the glyphs it needs embedded), ``.pdf`` (embedded fonts), ``.csv`` (the
    plotted data: UTF-8 with a byte order mark, because Excel needs it for Chinese and pandas, R and QGIS skip it; a text
    that a spreadsheet would run as a formula gets a leading apostrophe), ``.md`` (caption, alt text and source note in both
    languages) and ``.json`` (provenance). The same bundle gives the same bytes: no date, no path of this machine.

    Parameters
    ----------
    bundle
        From `build`.
    folder
        Made if need be, for example ``figures/2024/zh``.

    Returns
    -------
    paths
        The six files.

    Raises
    ------
    FigureError
        If the figure may not be published (see `check_figure`), a text is missing, or a file is missing or too large.
    """
    folder = Path(folder)
    _check_words(bundle)
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / file for file in bundle_files(bundle.name)]
    with use_style(bundle.lang):
        settle(bundle.figure)
        check_figure(bundle.figure, f"{bundle.name} ({bundle.lang})")
        # Beside the target, so that the final rename stays on one disk and is atomic.
        scratch = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
        try:
            write_parts(bundle, scratch)
            _check_written(bundle.name, scratch)
            for file in files:
                (scratch / file.name).replace(file)
        finally:
            shutil.rmtree(scratch)
    return files


def write_figures(
    root: str | Path,
    *,
    edition: str | int = 2024,
    langs: Iterable[str] = LANGS,
    names: Iterable[str] | None = None,
) -> list[Path]:
    """
    Build and write figures.

    Parameters
    ----------
    root
        Bundles go to ``root/<edition>/<lang>``.
    edition
        Whose tables are drawn.
    langs
        Languages.
    names
        Figures; all of them if None.

    Returns
    -------
    paths
        Every file written.

    Raises
    ------
    FigureError
        If an expected figure cannot be written.
    """
    written: list[Path] = []
    for lang in langs:
        for name in figure_names() if names is None else names:
            bundle = build(name, edition=edition, lang=lang)
            written += write_bundle(bundle, Path(root) / str(edition) / lang)
    return written


def _check_words(bundle: FigureBundle) -> None:
    findings = []
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", bundle.name):
        findings.append("its name must be lower-case letters, digits and single hyphens")
    if bundle.data.empty:
        findings.append("it has no plotted data")
    for lang in LANGS:
        findings += _word_findings(bundle, lang)
    notes = [text.get_text() for text in bundle.figure.texts if text.get_gid() == "source-note"]
    if [_unspaced(note) for note in notes] != [_unspaced(bundle.source_note.get(bundle.lang, ""))]:
        findings.append(
            "its source note is not at its foot (call add_source_note with the bundle's own note, once)"
        )
    if findings:
        msg = f"The figure {bundle.name!r} cannot be written: {'; '.join(findings)}."
        raise FigureError(msg)


def _word_findings(bundle: FigureBundle, lang: str) -> list[str]:
    findings = []
    script = r"[\u4e00-\u9fff]" if lang == "zh" else r"[A-Za-z]{3}"
    texts = {kind: getattr(bundle, kind).get(lang, "").strip() for kind in ("caption", "alt", "source_note")}
    for kind, words in texts.items():
        if not re.search(script, words):
            findings.append(f"its {kind} in {lang!r} is missing or in another language: {words!r}")
    if not re.search(r"\d", texts["alt"]) or texts["alt"] == texts["caption"]:
        findings.append(
            f"its alt text in {lang!r} must state the finding with its numbers, and differ from the caption"
        )
    return findings


def _unspaced(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _check_written(name: str, folder: Path) -> None:
    for file in bundle_files(name):
        path = folder / file
        if not path.is_file() or path.stat().st_size == 0:
            msg = f"{file} was not written."
            raise FigureError(msg)
    size = (folder / f"{name}.png").stat().st_size
    if size > MAX_PNG_BYTES:
        msg = (
            f"{name}.png has {size:,} bytes; at most {MAX_PNG_BYTES:,} are allowed, so that the project stays light. "
            "Draw fewer details (simplify outlines, fewer hatches) or a smaller figure."
        )
        raise FigureError(msg)


def show(bundle: FigureBundle, *, dpi: int = 150) -> None:
    """
    Show a bundle in a notebook: the figure with its alt text, its caption and its source note.

    Parameters
    ----------
    bundle
        From `build`.
    dpi
        Of the image on the screen.
    """
    from IPython.display import display  # noqa: PLC0415 — notebooks only

    with use_style(bundle.lang):
        settle(bundle.figure)
        check_figure(bundle.figure, f"{bundle.name} ({bundle.lang})")
        png = png_bytes(bundle, dpi)
    lang = bundle.lang
    width = float(bundle.figure.get_size_inches()[0]) * MM_PER_INCH
    caption, alt, note = (
        html.escape(words[lang]) for words in (bundle.caption, bundle.alt, bundle.source_note)
    )
    image = base64.b64encode(png).decode("ascii")
    page = (
        f'<figure lang="{lang}" style="margin:0">'
        f'<img alt="{alt}" src="data:image/png;base64,{image}" style="width:{width:.0f}mm;max-width:100%">'
        f"<figcaption>{caption}<br><small>{note}</small></figcaption></figure>"
    )
    plain = "\n".join((bundle.caption[lang], bundle.alt[lang], bundle.source_note[lang]))
    display({"text/html": page, "text/plain": plain}, raw=True)  # type: ignore[no-untyped-call]
