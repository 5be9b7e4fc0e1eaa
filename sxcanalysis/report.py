"""The report of an edition: one page with the findings, every figure, and what was not understood."""

from __future__ import annotations

import base64
import html
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sxcanalysis import datasets
from sxcanalysis._parts import png_bytes
from sxcanalysis.burden import burden_sensitivity, statements
from sxcanalysis.figures import build, check_figure, figure_names, read_source, source_note
from sxcanalysis.style import check_lang, use_style

if TYPE_CHECKING:
    from collections.abc import Iterator

_DPI = 200  # enough for a printed page, a third of the bytes of 300
_WORDS = {
    "zh": {
        "lang": "zh-CN",
        "counts": "{tasks} 项任务，{bodies} 个牵头、负责或落实单位，{targets} 个量化目标。",
        "burden": "哪些结论经得起换算",
        "figures": "图",
        "issues": "须由人核对的问题",
        "none": "无。",
        "columns": ("任务", "行", "原文", "说明"),
    },
    "en": {
        "lang": "en",
        "counts": "{tasks} tasks, {bodies} bodies that lead, answer for or implement them, {targets} quantitative targets.",
        "burden": "Which conclusions survive the way of counting",
        "figures": "Figures",
        "issues": "For a person to look at",
        "none": "Nothing.",
        "columns": ("Task", "Line", "Words", "What it is"),
    },
}
_STYLE = (
    "body{font:16px/1.6 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif;max-width:60rem;"
    "margin:2rem auto;padding:0 1rem;color:#222}figure{margin:2.5rem 0}img{max-width:100%;height:auto}"
    "figcaption{margin-top:.5rem}small{color:#555}table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top}"
    "@media print{figure{break-inside:avoid}}"
)


def write_report(path: str | Path, *, edition: str | int = 2024, lang: str = "zh") -> Path:
    """
    Write the report as one HTML page that needs no network.

    Parameters
    ----------
    path
        The page; its folder is made if need be.
    edition
        Whose tables are read.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    path
        The page, whole or not written at all; the same tables give the same bytes.

    Raises
    ------
    MissingDataError
        If the edition or one of its tables is not there.
    FigureError
        If one of the figures cannot be published.
    """
    path, lang = Path(path), check_lang(lang)
    page = "\n".join(_page(str(edition), lang))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent, suffix=".html")
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(page)
    Path(scratch).replace(path)
    return path


def _page(edition: str, lang: str) -> Iterator[str]:
    words = _WORDS[lang]
    source = read_source(edition)
    title = str(source.get("title_en" if lang == "en" else "title") or source.get("title") or edition)
    tasks, assignments = datasets.load_tasks(edition), datasets.load_assignments(edition)
    counts = str(words["counts"]).format(
        tasks=len(tasks), bodies=assignments["body"].nunique(), targets=len(datasets.load_targets(edition))
    )
    yield f'<!doctype html><html lang="{words["lang"]}"><head><meta charset="utf-8">'
    yield f'<meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
    yield f"<style>{_STYLE}</style></head><body><h1>{html.escape(title)}</h1>"
    yield f"<p>{html.escape(counts)}</p><p><small>{html.escape(source_note(edition)[lang])}</small></p>"
    yield f"<h2>{words['burden']}</h2><ul>"
    for sentence in statements(burden_sensitivity(assignments), lang):
        yield f"<li>{html.escape(sentence)}</li>"
    yield f"</ul><h2>{words['figures']}</h2>"
    for name in figure_names():
        yield _figure(name, edition, lang)
    yield f"<h2>{words['issues']}</h2>"
    yield from _issues(edition, lang)
    yield "</body></html>\n"


def _figure(name: str, edition: str, lang: str) -> str:
    bundle = build(name, edition=edition, lang=lang)
    with use_style(lang):
        check_figure(bundle.figure, f"{name} ({lang})")
        image = base64.b64encode(png_bytes(bundle, _DPI)).decode("ascii")
    alt, caption, note = (
        html.escape(part[lang], quote=True) for part in (bundle.alt, bundle.caption, bundle.source_note)
    )
    return (
        f'<figure id="{name}"><img alt="{alt}" src="data:image/png;base64,{image}">'
        f"<figcaption>{caption}<br><small>{note}</small></figcaption></figure>"
    )


def _issues(edition: str, lang: str) -> Iterator[str]:
    issues = datasets.load_issues(edition)
    if issues.empty:
        yield f"<p>{_WORDS[lang]['none']}</p>"
        return
    heads = "".join(f"<th>{name}</th>" for name in _WORDS[lang]["columns"])
    yield f"<table><tr>{heads}</tr>"
    for row in issues.fillna("").itertuples():
        cells = (row.task_id, row.line, row.words, row.hint)
        yield "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells) + "</tr>"
    yield "</table>"
