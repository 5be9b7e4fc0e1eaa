"""Bundles on disk: the files of a figure, all or none, and all figures of an edition."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sxcanalysis.core.errors import FigureError
from sxcanalysis.figures.building import build, figure_names
from sxcanalysis.figures.checks import check_figure
from sxcanalysis.figures.files import guarded_cells, pdf_bytes, png_bytes, svg_text, words_page
from sxcanalysis.figures.style import use_style
from sxcanalysis.reference.words import LANGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sxcanalysis.figures.building import FigureBundle

_SUFFIXES = (".png", ".svg", ".pdf", ".csv", ".md", ".json")
MAX_PNG_BYTES = 1_000_000
MAX_ALT = 250  # characters
MAX_CAPTION = {"zh": 130, "en": 60}  # characters without blanks; words


def bundle_files(bundle: FigureBundle) -> tuple[str, ...]:
    """Name the files of a bundle; a map has its geometry beside them."""
    return tuple(
        bundle.name + suffix
        for suffix in (*_SUFFIXES, *([".geojson"] if bundle.geometry is not None else []))
    )


def write_bundle(bundle: FigureBundle, folder: str | Path, *, outlines: bool = False) -> list[Path]:
    """
    Write a bundle's files, all or none.

    ``.png`` (300 dpi), ``.svg`` (real text, with the glyphs it needs embedded), ``.pdf`` (embedded fonts), ``.csv`` (the
    plotted data: UTF-8 with a byte order mark, because Excel needs it for Chinese and pandas, R and QGIS skip it; a text
    that a spreadsheet would run as a formula gets a leading apostrophe), ``.md`` (the words), ``.json`` (provenance) and, for
    a map, ``.geojson``. The same bundle gives the same bytes: no date, no path of this machine.

    Parameters
    ----------
    bundle
        From `build`.
    folder
        Made if need be, for example ``figures/2024/zh``.
    outlines
        Text in the SVG as paths, for programs that do not know the font.

    Returns
    -------
    paths
        The files.

    Raises
    ------
    FigureError
        If the figure may not be published: see `check_figure` and `word_findings`.
    """
    folder = Path(folder)
    if findings := word_findings(bundle):
        msg = f"The figure {bundle.name!r} ({bundle.lang}) cannot be written: {'; '.join(findings)}."
        raise FigureError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / file for file in bundle_files(bundle)]
    with use_style(bundle.lang):
        # Beside the target, so that the final rename stays on one disk and is atomic.
        scratch = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
        try:
            if bundle.figure.stale:  # changed since it was checked
                check_figure(bundle.figure, f"{bundle.name} ({bundle.lang})")
            _write_parts(bundle, scratch, outlines=outlines)
            for file in files:
                (scratch / file.name).replace(file)
        finally:
            shutil.rmtree(scratch)
    return files


def _write_parts(bundle: FigureBundle, folder: Path, *, outlines: bool) -> None:
    name = bundle.name
    png = png_bytes(bundle)
    if len(png) > MAX_PNG_BYTES:
        msg = (
            f"{name}.png has {len(png):,} bytes; at most {MAX_PNG_BYTES:,} are allowed, so that the project stays light. "
            "Draw fewer details (simplify outlines) or a smaller figure."
        )
        raise FigureError(msg)
    (folder / f"{name}.png").write_bytes(png)
    (folder / f"{name}.svg").write_text(svg_text(bundle, outlines=outlines), encoding="utf-8", newline="\n")
    (folder / f"{name}.pdf").write_bytes(pdf_bytes(bundle))
    guarded_cells(bundle.data).to_csv(
        folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n"
    )
    (folder / f"{name}.md").write_text(words_page(bundle), encoding="utf-8", newline="\n")
    if bundle.geometry is not None:
        shapes = json.loads(bundle.geometry.to_json(drop_id=True, na="null"))
        (folder / f"{name}.geojson").write_text(
            json.dumps(_rounded(shapes), ensure_ascii=False), encoding="utf-8", newline="\n"
        )
    record = dict(bundle.provenance)
    record["files"] = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())
    }
    text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    (folder / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


def _rounded(part: Any) -> Any:  # noqa: ANN401  # any part of a JSON document
    """Round coordinates to a metre: a schematic line holds no more."""
    if isinstance(part, float):
        return round(part, 5)
    if isinstance(part, list):
        return [_rounded(one) for one in part]
    return {key: _rounded(one) for key, one in part.items()} if isinstance(part, dict) else part


def word_findings(bundle: FigureBundle) -> list[str]:
    """
    Find what is wrong with a bundle's words.

    Returns
    -------
    findings
        A text that is missing or in another language, a title without a number of the data, a caption or alt text that is too
        long; empty where all is well.
    """
    findings = [] if len(bundle.data) else ["it has no plotted data"]
    script = r"[\u4e00-\u9fff]" if bundle.lang == "zh" else r"[A-Za-z]{3}"
    for kind in ("title", "subtitle", "caption", "alt", "source_note"):
        words = getattr(bundle, kind)
        if not re.search(script, words):
            findings.append(f"its {kind} is missing or in another language: {words!r}")
    findings += [
        f"its {kind} must state the finding with its number: {getattr(bundle, kind)!r}"
        for kind in ("title", "alt")
        if not re.search(r"\d", getattr(bundle, kind))
    ]
    if len(bundle.alt) > MAX_ALT:
        findings.append(f"its alt text has {len(bundle.alt)} characters; {MAX_ALT} are read out")
    length = len(bundle.caption.split()) if bundle.lang == "en" else len(re.sub(r"\s", "", bundle.caption))
    if length > MAX_CAPTION[bundle.lang]:
        findings.append(
            f"its caption has {length} {'words' if bundle.lang == 'en' else 'characters'}; at most {MAX_CAPTION[bundle.lang]}"
        )
    return findings


def write_figures(
    root: str | Path,
    *,
    edition: str | int | None = None,
    langs: Iterable[str] = LANGS,
    names: Iterable[str] | None = None,
    **options: Any,  # noqa: ANN401  # of `build`
) -> list[Path]:
    """
    Build and write figures.

    Parameters
    ----------
    root
        Bundles go to ``root/<edition>/<lang>``.
    edition
        Whose tables are drawn; the latest if None.
    langs
        Languages.
    names
        Figures; all of them if None.
    **options
        ``width where boundaries title`` of `build`.

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
            bundle = build(name, edition=edition, lang=lang, **options)
            written += write_bundle(bundle, Path(root) / bundle.edition / lang)
    return written
