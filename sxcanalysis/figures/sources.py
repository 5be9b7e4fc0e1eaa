"""What figures cite: the document, what else they draw, and the project, as a bibliography would name them."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.core.paths import data_dir, source_record
from sxcanalysis.reference.words import label, say, spoken

if TYPE_CHECKING:
    from sxcanalysis.figures.request import Request


def read_edition_source(edition: str | int) -> dict[str, str | int]:
    """Read the record of where an edition's document comes from: ``data/sources/<edition>/source.toml``."""
    folder = data_dir() / "sources" / str(edition)
    source = source_record(folder)
    if not source:
        raise MissingDataError(
            say("error.figure_no_source", spoken(), file=folder / "source.toml", edition=edition)
        )
    return source


def source_note(edition: str | int, lang: str, *, also: tuple[str, ...] = ()) -> str:
    """Compose the source note of a figure, as it is cited: the document, what else went in (`also`), the project with its version."""
    source = read_edition_source(edition)
    title = str(source.get("title") or edition)
    if lang == "en" and source.get("title_en"):
        title = f"{source['title_en']} ({title})"
    issuer = str(source.get("issuer_en" if lang == "en" else "issuer") or source.get("issuer") or "")
    date = str(source.get("date") or "")
    gap = "，" if lang == "zh" else ", "
    document = gap.join(part for part in (title, issuer or label("source.no_issuer", lang), date) if part)
    parts = [document, *also, say("source.project", lang, version=metadata.version("sxcanalysis"))]
    return say("source.note", lang, sources=("；" if lang == "zh" else "; ").join(parts))


def cite(request: Request, *also: str) -> str:
    """Compose the source note of a figure that draws more than the document: keys ``source.<name>`` of labels.csv, or texts."""
    told = tuple(label(f"source.{one}", request.lang, default=one) for one in also)
    return source_note(request.edition, request.lang, also=told)
