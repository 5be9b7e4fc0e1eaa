"""Tables, evidence and sentences as a notebook shows them: readable headers, every row, no index, nothing cut off."""

from __future__ import annotations

import math
import numbers
import os
from typing import TYPE_CHECKING, Any

import pandas as pd

from sxcanalysis.core.errors import DataError, SxcError
from sxcanalysis.core.paths import document_path
from sxcanalysis.outputs.page import fill_part
from sxcanalysis.reference.bodies import body_english
from sxcanalysis.reference.words import LANGS, check_lang, header, label, say, spoken, worded
from sxcanalysis.tables.loading import available_editions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TRUTH = {"bool", "bool_"}
_LONG = 24  # characters from which a column is text that may break


def begin(edition: object, lang: object) -> None:
    """
    Check the parameters of a notebook in the cell where they are set, and let later errors of this package be one sentence.

    Parameters
    ----------
    edition, lang
        ``EDITION`` and ``LANG`` as somebody typed them.

    Raises
    ------
    DataError
        If `lang` is no language, or there is no such edition; the message says what there is.
    """
    if lang in LANGS:
        os.environ["SXC_LANG"] = str(lang)  # what goes wrong later is told in the notebook's language
    shell = _shell()
    if shell is not None:
        shell.set_custom_exc((SxcError,), _one_sentence)
    if lang not in LANGS:
        msg = f"{say('notebook.wrong_lang', 'zh', given=lang)} {say('notebook.wrong_lang', 'en', given=lang)}"
        raise DataError(msg)
    there = available_editions()
    if str(edition) not in there:
        raise DataError(
            say(
                "notebook.wrong_edition",
                str(lang),
                edition=edition,
                there=label("page.comma", str(lang)).join(there) or "—",
            )
        )


def _one_sentence(
    shell: Any,  # noqa: ANN401  # IPython has no types
    kind: type[BaseException],
    error: BaseException,
    *_: object,
    **__: object,
) -> list[str]:
    """Show what is wrong and what to do, without the way through the program that led there."""
    told = [str(error)]
    shell._showtraceback(kind, error, told)  # noqa: SLF001  # how IPython itself shows what a handler made
    return told


def _shell() -> Any:  # noqa: ANN401  # IPython has no types
    from IPython import get_ipython  # noqa: PLC0415  # notebooks only

    return get_ipython()


def show_table(
    table: pd.DataFrame | pd.Series[Any], columns: Sequence[str] | None = None, *, lang: str = "zh"
) -> None:
    """
    Show a table for reading: under each readable header the column's name in the data, numbers without noise, — for missing.

    Parameters
    ----------
    table
        Any table of this package; a Series is shown as one row a value.
    columns
        The columns to show, in order; all by default. Of a pair such as ``name`` and ``name_en`` only the one in the reader's
        language is shown. Geometry is left out.
    lang
        ``zh`` or ``en``.

    Raises
    ------
    DataError
        If the language is unknown or the table lacks a column.
    """
    lang = check_lang(lang)
    frame = pd.DataFrame(table)
    if isinstance(table, pd.Series):
        rows = [(worded("index", str(key), lang), str(key), value) for key, value in table.items()]
        words = [label(f"notebook.{key}", lang) for key in ("measure", "name", "value")]
        _display(_page(words, ["", "", ""], [[_cell("", v, lang) for v in row] for row in rows]))
        return
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    if missing := [column for column in columns or () if column not in frame.columns]:
        msg = say(
            "output.no_column", spoken(), missing=", ".join(missing), there=", ".join(map(str, frame.columns))
        )
        raise DataError(msg)
    chosen = [str(column) for column in (frame.columns if columns is None else columns)]
    chosen = [c for c in chosen if str(frame[c].dtype) != "geometry" and not _other_language(c, chosen, lang)]
    head = [header(_plain(column), lang) for column in chosen]
    cells = []
    for column in chosen:
        values = list(frame[column])
        decimals = _decimals(values)
        cells.append([_cell(column, value, lang, decimals) for value in values])
    body = [list(row) for row in zip(*cells, strict=True)]
    _display(_page(head, chosen, body))


def show_sentences(sentences: Iterable[str], *, lang: str = "zh") -> None:
    """
    Show computed sentences as a list.

    Parameters
    ----------
    sentences
        For example from `sxcanalysis.analysis.statements.burden_statements`, or the alt texts of figures.
    lang
        Language of the sentences.
    """
    lines = list(sentences)
    _display((_part("sentences", lines=lines, lang=lang), "\n".join(lines)))


def show_atlas(edition: str | int, *, lang: str = "zh") -> None:
    """
    Show the atlas in its cell, opened at the map; without a browser, what it would show.

    Parameters
    ----------
    edition
        For example 2024.
    lang
        ``zh`` or ``en``.
    """
    from sxcanalysis.outputs.atlas.page import atlas_page  # noqa: PLC0415

    page = atlas_page(str(edition), check_lang(lang), view="map")
    title = say("notebook.atlas", lang, edition=edition)
    _display((_part("atlas", page=page, title=title), title))


def show_changes(edition: str | int, *, lang: str = "zh") -> None:
    """
    Show what changed since the edition before, as a list; if there is none, how to read another.

    Parameters
    ----------
    edition
        For example 2025.
    lang
        ``zh`` or ``en``.
    """
    from sxcanalysis.analysis.changed_text import diff_lines  # noqa: PLC0415
    from sxcanalysis.analysis.edition_diff import compare_editions  # noqa: PLC0415

    before = max((one for one in available_editions() if one < str(edition)), default="")
    if not before:
        show_sentences([say("notebook.no_edition_before", lang, edition=edition)], lang=lang)
        return
    show_sentences(diff_lines(compare_editions(before, str(edition)), check_lang(lang)), lang=lang)


def show_evidence(edition: str | int, start: int, end: int, *, around: int = 40) -> None:
    """
    Show the words of an edition's document at a row's offsets, and what stands around them.

    Parameters
    ----------
    edition
        For example 2024.
    start, end
        Of a row of any table.
    around
        Characters before and after.

    Raises
    ------
    DataError
        If the offsets lie outside the document.
    """
    from sxcanalysis.documents.reading import read_document  # noqa: PLC0415

    text = read_document(document_path(edition))
    start, end = int(start), int(end)
    if not 0 <= start < end <= len(text):
        msg = say("output.no_span", spoken(), edition=edition, n=len(text), start=start, end=end)
        raise DataError(msg)
    before, words, after = text[max(0, start - around) : start], text[start:end], text[end : end + around]
    _display((_part("evidence", before=before, words=words, after=after), f"…{before}【{words}】{after}…"))


def _plain(column: str) -> str:
    return column.removesuffix("_en").removesuffix("_zh")


def _other_language(column: str, among: list[str], lang: str) -> bool:
    """Tell whether the column stands in the other language and its twin is shown instead."""
    if column.endswith(("_en", "_zh")):
        return column[-2:] != lang and _plain(column) in among
    return f"{column}_{lang}" in among


def _cell(column: str, value: Any, lang: str, decimals: int | None = None) -> tuple[str, str]:  # noqa: ANN401
    """Return a value as text, and what kind of cell it makes."""
    if _is_number(value):
        return _number(float(value), decimals), "number"
    if value is None or value is pd.NA or value is pd.NaT or isinstance(value, float):
        return "—", ""
    if type(value).__name__ in _TRUTH:
        return label("page.yes" if value else "page.no", lang), ""
    text = worded(column, str(value), lang)
    if lang == "en" and column in {"body", "other", "city"}:
        text = body_english(text) or text
    return text, "text" if len(text) > _LONG else "word"


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and type(value).__name__ not in _TRUTH and not math.isnan(value)


def _decimals(values: list[Any]) -> int | None:
    """Return the decimals of a column most of whose numbers are no whole numbers; None where each is written as it is."""
    real = [float(value) for value in values if _is_number(value)]
    if 2 * sum(value != round(value) for value in real) <= len(real):
        return None
    top = max(map(abs, real))
    return 1 if top >= 100 else 2 if top >= 1 else 3


def _number(value: float, decimals: int | None) -> str:
    if decimals is not None:
        return f"{value:,.{decimals}f}"
    if value == round(value):
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) >= 1 else f"{value:.3g}"


def _page(head: list[str], names: list[str], body: list[list[tuple[str, str]]]) -> tuple[str, str]:
    # A column has one alignment: that of its longest text, or of its numbers.
    kinds = [
        max((row[at][1] for row in body), key=("", "number", "word", "text").index, default="")
        for at in range(len(head))
    ]
    rows = [[text for text, _ in row] for row in body]
    plain = "\n".join("\t".join(line) for line in (head, *rows))
    return _part("table", heads=list(zip(head, names, kinds, strict=True)), rows=rows, kinds=kinds), plain


def _part(name: str, **values: object) -> str:
    """Fill the part of a page that a notebook shows."""
    return fill_part("notebook_parts.html.j2", name, **values)


def _display(page: tuple[str, str]) -> None:
    from IPython.display import display  # noqa: PLC0415  # notebooks only

    display({"text/html": page[0], "text/plain": page[1]}, raw=True)  # type: ignore[no-untyped-call]
