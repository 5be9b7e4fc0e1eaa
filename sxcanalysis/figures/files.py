"""The parts of a figure bundle, each made so that the same figure gives the same bytes."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
from importlib import metadata
from typing import TYPE_CHECKING, Any, cast

from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.core.paths import data_dir, source_record
from sxcanalysis.figures.checks import drawn_texts
from sxcanalysis.figures.fonts import text_font
from sxcanalysis.figures.style import MM_PER_INCH
from sxcanalysis.reference.words import LANGS, label

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from sxcanalysis.figures.catalogue import FigureBundle

PNG_DPI = 300
_PALETTE_ABOVE = 400_000  # bytes
# What draws or measures: a change of one of these may change a figure.
_VERSIONED = ("matplotlib", "numpy", "pandas", "geopandas", "shapely", "pyproj", "pint", "zhplot")
# Families that a reader's machine may have, in the order in which an SVG editor that ignores embedded fonts should try them.
_SVG_FALLBACKS = "'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"


def read_edition_source(edition: str | int) -> dict[str, str | int]:
    """
    Read the record of where an edition's document comes from.

    Returns
    -------
    source
        The contents of ``data/sources/<edition>/source.toml``.

    Raises
    ------
    MissingDataError
        If there is none.
    """
    folder = data_dir() / "sources" / str(edition)
    source = source_record(folder)
    if not source:
        msg = (
            f"{folder / 'source.toml'}: missing. Every figure names its source: expected a TOML file with title, issuer, date and sha256 of "
            f"the document of {edition}. `sxc ingest` writes it."
        )
        raise MissingDataError(msg)
    return source


def write_parts(bundle: FigureBundle, folder: Path) -> None:
    """Write every file of a bundle into a folder."""
    lang, name = bundle.lang, bundle.name
    title, alt = bundle.caption[lang], bundle.alt[lang]
    (folder / f"{name}.png").write_bytes(png_bytes(bundle, PNG_DPI))
    (folder / f"{name}.svg").write_text(_svg(bundle), encoding="utf-8", newline="\n")
    bundle.figure.savefig(
        folder / f"{name}.pdf",
        format="pdf",
        metadata={
            "Title": title,
            "Subject": alt,
            "Creator": None,
            "Producer": None,
            "CreationDate": None,
        },
    )
    guarded_cells(bundle.data).to_csv(
        folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n"
    )
    (folder / f"{name}.md").write_text(_words(bundle), encoding="utf-8", newline="\n")
    record = _provenance(bundle)
    record["files"] = {file.name: _sha256(file) for file in sorted(folder.iterdir())}
    text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    (folder / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


def png_bytes(bundle: FigureBundle, dpi: int) -> bytes:
    """Draw the figure as a PNG that carries title and alt text."""
    buffer = io.BytesIO()
    lang = bundle.lang
    words = {
        "Title": bundle.caption[lang],
        "Description": bundle.alt[lang],
        "Source": bundle.source_note[lang],
    }
    bundle.figure.savefig(
        buffer,
        format="png",
        dpi=dpi,
        metadata={"Software": None, **words},
        pil_kwargs={"compress_level": 6},  # the highest level takes three times as long for one per cent
    )
    raw = buffer.getvalue()
    return raw if len(raw) <= _PALETTE_ABOVE else _with_palette(raw)


def _with_palette(png: bytes) -> bytes:
    """Reduce a large image to 256 colours: on a map with translucent bands not seen in print, and a third of the size."""
    from PIL import Image  # noqa: PLC0415
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415

    with Image.open(io.BytesIO(png)) as image:
        words = PngInfo()
        for key, value in image.info.items():
            if isinstance(key, str) and isinstance(value, str):
                words.add_itxt(key, value)
        dpi = image.info["dpi"]
        reduced = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    reduced.save(buffer, "PNG", optimize=True, dpi=dpi, pnginfo=words)
    return buffer.getvalue()


def _svg(bundle: FigureBundle) -> str:
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    bundle.figure.savefig(buffer, format="svg", metadata=nothing)
    svg = buffer.getvalue()
    font = text_font()
    family = f"'{font.family}'"
    # A hundredth of a point is 4 µm; the four further decimals would double the size of a map.
    svg = re.sub(r' d="[^"]*"', lambda m: re.sub(r"\d+\.\d{3,}", _two_decimals, m[0]), svg)
    svg = _plain_ids(svg, bundle.name)
    svg = svg.replace(f"font-family: {family}", f"font-family: {family}, {_SVG_FALLBACKS}")
    chars = {char for drawn in drawn_texts(bundle.figure) for char in drawn.text}
    face = base64.b64encode(font_subset(font.path, chars)).decode("ascii")
    head = (
        f"\n <title>{html.escape(bundle.caption[bundle.lang])}</title>"
        f"\n <desc>{html.escape(bundle.alt[bundle.lang])}</desc>"
        '\n <defs>\n  <style type="text/css">@font-face{'
        f"font-family:{family};src:url(data:font/woff;base64,{face}) format('woff')}}</style>\n </defs>"
    )
    return re.sub(
        r"<svg ([^>]*)>",
        lambda m: f'<svg {m[1]} role="img" xml:lang="{bundle.lang}">{head}',
        svg,
        count=1,
    )


def _plain_ids(svg: str, name: str) -> str:
    """Replace the ids by numbers; matplotlib hashes coordinates for them, the last digit of which may differ from run to run."""
    found = dict.fromkeys(re.findall(r'\bid="([A-Za-z][0-9a-f]{10})"', svg))
    names = {old: f"{name}-{old[0]}{i}" for i, old in enumerate(found, start=1)}
    return re.sub(r"\b[A-Za-z][0-9a-f]{10}\b", lambda m: names.get(m[0], m[0]), svg)


def _two_decimals(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def font_subset(path: Path, chars: set[str]) -> bytes:
    """Cut the font down to some characters: what an SVG needs to look right where no Chinese font is installed."""
    from fontTools import subset  # noqa: PLC0415 — only writing needs it, and it is slow to import

    options = subset.Options(
        flavor="woff",
        layout_features=[],
        hinting=False,
        notdef_outline=True,
        recalc_timestamp=False,
        with_zopfli=False,
    )
    # An SVG viewer shapes plain text; the tables for alternates and vertical setting only cost time.
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "vhea", "vmtx"]
    font = subset.load_font(str(path), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=sorted(map(ord, chars)))
    cutter.subset(font)
    buffer = io.BytesIO()
    subset.save_font(font, buffer, options)
    font.close()
    return buffer.getvalue()


def guarded_cells(data: pd.DataFrame) -> pd.DataFrame:
    """Keep a spreadsheet from running a text as a formula."""

    def guard(value: object) -> object:
        if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
            return "'" + value
        return value

    guarded = data.apply(lambda column: column.map(guard) if column.dtype.kind not in "biufcmM" else column)
    return cast("pd.DataFrame", guarded)


def _words(bundle: FigureBundle) -> str:
    parts = [f"# {bundle.name}"]
    for lang in sorted(LANGS, key=lambda one: one != bundle.lang):
        parts += [
            f"## {label('text.caption', lang)} ({lang})",
            bundle.caption[lang].strip(),
            f"## {label('text.alt', lang)} ({lang})",
            bundle.alt[lang].strip(),
            f"## {label('text.note', lang)} ({lang})",
            bundle.source_note[lang].strip(),
        ]
    return "\n\n".join(parts) + "\n"


def _provenance(bundle: FigureBundle) -> dict[str, Any]:
    root = data_dir()
    source = read_edition_source(bundle.edition)
    tables = sorted((root / "tables" / bundle.edition).glob("*.csv"))
    missing = [file for file in bundle.inputs if not (root / file).is_file()]
    if missing:
        msg = f"{bundle.name}: its inputs {', '.join(missing)} are not under {root}."
        raise MissingDataError(msg)
    inputs = {file.relative_to(root).as_posix(): _sha256(file) for file in tables}
    inputs |= {file: _sha256(root / file) for file in sorted(bundle.inputs)}
    font = text_font()
    width, height = bundle.figure.get_size_inches() * MM_PER_INCH
    return {
        "figure": bundle.name,
        "edition": bundle.edition,
        "lang": bundle.lang,
        "source": {key: str(source[key]) for key in ("title", "issuer", "date", "sha256") if key in source},
        "inputs": inputs,
        "size_mm": [round(float(width), 1), round(float(height), 1)],
        "png_dpi": PNG_DPI,
        "font": {
            "family": font.family,
            "file": font.path.name,
            "origin": font.origin,
            "sha256": _sha256(font.path),
        },
        "versions": {
            "sxcanalysis": _version("sxcanalysis"),
            **{name: _version(name) for name in _VERSIONED},
        },
        "rows": len(bundle.data),
        "csv": "UTF-8 with byte order mark, comma, LF; a leading apostrophe guards a text that a spreadsheet would run",
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
