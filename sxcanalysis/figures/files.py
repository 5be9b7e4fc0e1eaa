"""The parts of a figure bundle, each made so that the same figure gives the same bytes."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import re
import shlex
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.core.paths import data_dir, source_record
from sxcanalysis.core.spreadsheets import neutralise
from sxcanalysis.figures.fonts import charted, font_subset, text_font
from sxcanalysis.figures.style import MM_PER_INCH
from sxcanalysis.reference.words import label, say, spoken

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from sxcanalysis.figures.building import FigureBundle

PNG_DPI = 300
_COMMON = 64  # of the 256 colours of a PNG
# What draws or measures: a change of one of these may change a figure.
_VERSIONED = ("matplotlib", "numpy", "pandas", "geopandas", "shapely", "pyproj", "zhplot")
# Families that a reader's machine may have, in the order in which an SVG editor that ignores embedded fonts should try them.
_SVG_FALLBACKS = "'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"


def png_bytes(bundle: FigureBundle, dpi: int = PNG_DPI) -> bytes:
    """Draw the figure as a PNG of 256 colours (a third of the size, no difference in print) that carries title, alt text and source."""
    figure = bundle.figure
    before = figure.dpi
    figure.set_dpi(dpi)
    try:
        canvas = FigureCanvasAgg(figure)
        canvas.draw()  # type: ignore[no-untyped-call]
        drawn = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
        image = _few_colours(drawn[..., :3])
    finally:
        figure.set_dpi(before)
    words = PngInfo()
    for key, value in (("Title", bundle.title), ("Description", bundle.alt), ("Source", bundle.source_note)):
        words.add_itxt(key, value)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", dpi=(dpi, dpi), pnginfo=words, compress_level=7)
    return buffer.getvalue()


def _few_colours(drawn: NDArray[np.uint8]) -> Image.Image:
    """Reduce a picture to 256 colours: the commonest as they are, so that paper stays white, and others that lie near to all the rest."""
    packed = drawn.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    found, counts = np.unique(packed[::3, ::3], return_counts=True)
    common = found[np.argsort(-counts, kind="stable")[:_COMMON]]
    present = np.zeros(1 << 24, dtype=bool)
    present[packed] = True
    every = np.flatnonzero(present)
    colours = np.stack([every >> 16, every >> 8 & 255, every & 255], axis=1).astype(np.uint8)
    rest = Image.fromarray(colours[None]).quantize(256 - _COMMON, method=Image.Quantize.MAXCOVERAGE)
    chosen = colours[np.searchsorted(every, common)].ravel().tolist() + (rest.getpalette() or [])
    palette = np.reshape(chosen[:768], (-1, 3)).astype(np.float32)
    # The nearest by |c - p|², of which |c|² is the same for every p.
    nearest = ((palette**2).sum(1) - 2 * colours.astype(np.float32) @ palette.T).argmin(1)
    index = np.zeros(1 << 24, dtype=np.uint8)
    index[every] = nearest
    image = Image.fromarray(index[packed])
    image.putpalette(palette.astype(np.uint8).tobytes())
    return image


def pdf_bytes(bundle: FigureBundle) -> bytes:
    """Draw the figure as a PDF with embedded fonts."""
    buffer = io.BytesIO()
    nothing = {"Creator": None, "Producer": None, "CreationDate": None}
    bundle.figure.savefig(
        buffer, format="pdf", metadata={"Title": bundle.title, "Subject": bundle.alt, **nothing}
    )
    return buffer.getvalue()


def svg_text(bundle: FigureBundle, *, outlines: bool = False) -> str:
    """Draw the figure as an SVG: with text and the glyphs that it needs, or with `outlines` for programs that do not know the font."""
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with mpl.rc_context({"svg.fonttype": "path" if outlines else "none"}):
        bundle.figure.savefig(buffer, format="svg", metadata=nothing)
    svg = buffer.getvalue()
    # A hundredth of a point is 4 µm; the four further decimals would double the size of a map.
    svg = re.sub(r' d="[^"]*"', lambda m: re.sub(r"\d+\.\d{3,}", _two_decimals, m[0]), svg)
    stroke = "" if outlines else r' stroke="#\2" stroke-width="\1" stroke-linejoin="round"'
    svg = re.sub(r' id="bold-([\d.]+)-(\w+)-\d+"', stroke, svg)
    svg = _plain_ids(svg, bundle.name)
    style = "" if outlines else _font_face(svg)
    family = f"'{text_font().family}'"
    svg = re.sub(rf"(font: [^;\"]*?|font-family: ){family}[^;\"]*", rf"\1{family}, {_SVG_FALLBACKS}", svg)
    head = f"\n <title>{html.escape(bundle.title)}</title>\n <desc>{html.escape(bundle.alt)}</desc>{style}"
    opened = f'role="img" xml:lang="{bundle.lang}">{head}'
    return re.sub(r"<svg ([^>]*)>", lambda m: f"<svg {m[1]} {opened}", svg, count=1)


def _font_face(svg: str) -> str:
    """Embed the glyphs of the words that stand in the file."""
    written = html.unescape("".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg)))
    chars = {char for char in written if charted(char)}
    face = base64.b64encode(font_subset(text_font().path, chars)).decode("ascii")
    return (
        f"\n <defs>\n  <style type=\"text/css\">@font-face{{font-family:'{text_font().family}';"
        f"src:url(data:font/woff;base64,{face}) format('woff')}}</style>\n </defs>"
    )


def _plain_ids(svg: str, name: str) -> str:
    """Replace the ids by numbers; matplotlib hashes coordinates for them, the last digit of which may differ from run to run."""
    found = dict.fromkeys(re.findall(r'\bid="([A-Za-z][0-9a-f]{10})"', svg))
    names = {old: f"{name}-{old[0]}{i}" for i, old in enumerate(found, start=1)}
    return re.sub(r"\b[A-Za-z][0-9a-f]{10}\b", lambda m: names.get(m[0], m[0]), svg)


def _two_decimals(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def guarded_cells(data: pd.DataFrame) -> pd.DataFrame:
    """Keep a spreadsheet from running a text as a formula."""
    return data.map(lambda value: neutralise(value) if isinstance(value, str) else value)


def words_page(bundle: FigureBundle) -> str:
    """Give title, subtitle, caption, alt text, notes and source as Markdown."""
    lang = bundle.lang
    parts = {
        "text.caption": bundle.caption,
        "text.alt": bundle.alt,
        "text.note": (" " if lang == "en" else "").join(bundle.notes),
        "text.source": bundle.source_note,
    }
    told = [f"## {label(key, lang)}\n\n{words}" for key, words in parts.items() if words]
    return "\n\n".join([f"# {bundle.title}", bundle.subtitle, *told]) + "\n"


def provenance(bundle: FigureBundle) -> dict[str, Any]:
    """Record what went into a figure: document, input files with hashes, size, font, versions, licence, and the command that makes it again."""
    root, request = data_dir(), bundle.request
    source = source_record(root / "sources" / bundle.edition)
    patterns = [f"tables/{bundle.edition}/*.csv", "reference/labels.csv", f"corrections/{bundle.edition}.yml"]
    used = [file for pattern in patterns for file in sorted(root.glob(pattern))]
    named = [root / file for file in sorted(set(bundle.inputs))]
    if missing := [str(file.relative_to(root)) for file in named if not file.is_file()]:
        raise MissingDataError(
            say("error.figure_no_inputs", spoken(), name=bundle.name, missing=", ".join(missing), folder=root)
        )
    inputs = {
        file.relative_to(root).as_posix(): _hash(file, file.stat().st_mtime_ns) for file in used + named
    }
    font = text_font()
    width, height = bundle.figure.get_size_inches() * MM_PER_INCH
    return {
        "figure": bundle.name,
        "title": bundle.title,
        "edition": bundle.edition,
        "lang": bundle.lang,
        "where": {key: list(values) for key, values in request.where.items()},
        "boundaries": request.boundaries.name if request.boundaries else None,
        "command": _command(bundle),
        "source": {key: str(source[key]) for key in ("title", "issuer", "date", "sha256") if key in source},
        "cited": bundle.source_note,
        "inputs": inputs,
        "licence": "CC BY 4.0 (figure and data); MIT (code); boundaries and water under the terms in NOTICE.md",
        "size_mm": [round(float(width), 1), round(float(height), 1)],
        "png_dpi": PNG_DPI,
        "font": {"family": font.family, "file": font.path.name, "origin": font.origin, "licence": "OFL-1.1"},
        "versions": {name: _version(name) for name in ("sxcanalysis", *_VERSIONED)},
        "rows": len(bundle.data),
        "csv": "UTF-8 with byte order mark, comma, LF; a leading apostrophe guards a text that a spreadsheet would run",
    }


def _command(bundle: FigureBundle) -> str:
    request = bundle.request
    told = {
        "name": bundle.name,
        "edition": bundle.edition,
        "lang": bundle.lang,
        "width": f"{request.width:g}",
    }
    words = ["sxc", "figures", *(part for name, value in told.items() for part in (f"--{name}", value))]
    if request.where:
        words += ["--where", ";".join(f"{key}={','.join(values)}" for key, values in request.where.items())]
    if request.boundaries:
        words += ["--boundaries", request.boundaries.name]
    return shlex.join(words if request.title else [*words, "--no-title"])


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


@cache
def _hash(path: Path, _modified: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
