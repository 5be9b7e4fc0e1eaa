"""Bundles on disk: the files of a figure, all or none, and all figures of an edition."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sxcanalysis.core.errors import FigureError
from sxcanalysis.figures.building import build, figure_names
from sxcanalysis.figures.checks import check_figure
from sxcanalysis.figures.files import guarded_cells, pdf_bytes, png_bytes, svg_text, words_page
from sxcanalysis.figures.style import use_style
from sxcanalysis.reference.words import LANGS, say, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sxcanalysis.figures.building import FigureBundle

_SUFFIXES = (".png", ".svg", ".pdf", ".csv", ".md", ".json")
MAX_PNG_BYTES = 1_000_000
MAX_ALT = 250  # characters
MAX_CAPTION = {"zh": 130, "en": 60}  # characters without blanks; words


def bundle_files(bundle: FigureBundle) -> tuple[str, ...]:
    """Name the files of a bundle; a map has its geometry beside them."""
    suffixes = _SUFFIXES if bundle.geometry is None else (*_SUFFIXES, ".geojson")
    return tuple(bundle.name + suffix for suffix in suffixes)


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
        raise FigureError(
            say(
                "error.figure_words",
                spoken(),
                name=bundle.name,
                language=bundle.lang,
                findings=say("error.semicolon", spoken()).join(findings),
            )
        )
    with use_style(bundle.lang):
        if bundle.figure.stale:  # changed since it was checked
            check_figure(bundle.figure, f"{bundle.name} ({bundle.lang})")
        parts = _parts(bundle, outlines=outlines)
    folder.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the final rename stays on one disk and is atomic.
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as scratch:
        for name, content in parts.items():
            (Path(scratch) / name).write_bytes(content)
        for name in parts:
            (Path(scratch) / name).replace(folder / name)
    return [folder / name for name in bundle_files(bundle)]


def _parts(bundle: FigureBundle, *, outlines: bool) -> dict[str, bytes]:
    """Give the contents of each file of a bundle by its name."""
    png = png_bytes(bundle)
    if len(png) > MAX_PNG_BYTES:
        raise FigureError(
            say("error.figure_large", spoken(), name=bundle.name, n=len(png), most=MAX_PNG_BYTES)
        )
    table = guarded_cells(bundle.data).to_csv(index=False, lineterminator="\n")
    parts = {
        ".csv": table.encode("utf-8-sig"),
        ".md": words_page(bundle).encode(),
        ".pdf": pdf_bytes(bundle),
        ".png": png,
        ".svg": svg_text(bundle, outlines=outlines).encode(),
    }
    if bundle.geometry is not None:
        shapes = _rounded(json.loads(bundle.geometry.to_json(drop_id=True, na="null")))
        parts[".geojson"] = json.dumps(shapes, ensure_ascii=False).encode()
    named = {bundle.name + suffix: parts[suffix] for suffix in sorted(parts)}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in named.items()}
    record = json.dumps(bundle.provenance | {"files": hashes}, ensure_ascii=False, indent=2)
    return named | {f"{bundle.name}.json": f"{record}\n".encode()}


def _rounded(part: Any) -> Any:  # noqa: ANN401  # any part of a JSON document
    """Round coordinates to a metre: a schematic line holds no more."""
    if isinstance(part, float):
        return round(part, 5)
    if isinstance(part, list):
        return [_rounded(one) for one in part]
    return {key: _rounded(one) for key, one in part.items()} if isinstance(part, dict) else part


def word_findings(bundle: FigureBundle) -> list[str]:
    """Find words that are missing or in another language, a title without a number, a caption or an alt text that is too long."""
    keys: list[tuple[str, dict[str, object]]] = [] if len(bundle.data) else [("no_data", {})]
    script = r"[\u4e00-\u9fff]" if bundle.lang == "zh" else r"[A-Za-z]{3}"
    for kind in ("title", "subtitle", "caption", "alt", "source_note"):
        words = getattr(bundle, kind)
        if not re.search(script, words):
            keys.append(("language", {"kind": kind, "words": words}))
        if kind in {"title", "alt"} and not re.search(r"\d", words):
            keys.append(("number", {"kind": kind, "words": words}))
    if len(bundle.alt) > MAX_ALT:
        keys.append(("alt", {"n": len(bundle.alt), "most": MAX_ALT}))
    caption, most = bundle.caption, MAX_CAPTION[bundle.lang]
    length = len(caption.split()) if bundle.lang == "en" else len(re.sub(r"\s", "", caption))
    if length > most:
        keys.append((f"caption_{bundle.lang}", {"n": length, "most": most}))
    return [say(f"error.words_{key}", spoken(), **values) for key, values in keys]


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
