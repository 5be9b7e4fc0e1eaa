"""The report of an edition: one page with findings, tables, every figure with its words and data, and what needs a look."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sxcanalysis.analysis.city_burden import RULES, burden_sensitivity
from sxcanalysis.analysis.counting_rules import PROJECT_RULES
from sxcanalysis.analysis.statements import burden_statements
from sxcanalysis.core.errors import SxcError
from sxcanalysis.core.files import write_file
from sxcanalysis.core.paths import data_dir
from sxcanalysis.figures.catalogue import build, check_figure, figure_names, read_edition_source, source_note
from sxcanalysis.figures.files import guarded_cells, png_bytes
from sxcanalysis.figures.style import use_style
from sxcanalysis.outputs import report_tables as tables
from sxcanalysis.outputs.page import other_language, page, safe
from sxcanalysis.reference.words import check_lang, label
from sxcanalysis.tables import loading as datasets

if TYPE_CHECKING:
    from collections.abc import Iterator

_DPI = 200  # enough for a printed page, a third of the bytes of 300
_WORDS = {
    "zh": {
        "title": "{name}：数据报告",
        "counts": "{tasks}项任务，分属{categories}类；{bodies}个牵头、负责、落实或配合单位；{targets}个量化目标。",
        "checked": "清单文本中未能识别之处：{unparsed}处；列出{issues}条须由人核对的问题。",
        "contents": "目录",
        "overview": "概貌",
        "burden": "哪些结论经得起换算",
        "burden_note": "各计数规则下的数值，未作归一化；括号内为完整成员的位次；第二行为“等”字、未定位项目和共同目标留下的上下限。",
        "unlocated": "本年度的项目尚未定位，据位置计数的规则从缺。",
        "targets": "量化目标",
        "projects": "点名的基础设施项目",
        "projects_note": "阶段据原文动词；定位精度逐项给出；后续情况另有来源，不出自清单。序号与地图一致。",
        "figures": "图",
        "figure": "图{number}",
        "data": "数据（CSV，{rows}行）",
        "files": "印刷用的300 dpi PNG及SVG、PDF由 sxc figures 写入 figures/{edition}/{lang}/。",
        "failed": "图{number}（{name}）未能绘制：",
        "issues": "须由人核对的问题",
        "none": "无。",
        "tasks": "全部任务",
        "foot": "全部数字由 sxcanalysis 按清单文本计算。文件 SHA-256：{sha}。字体：Noto Sans SC（OFL 1.1）。"
        "地图在中国大陆公开出版须经地图审核并标注审图号；本报告的地图没有审图号。",
    },
    "en": {
        "title": "{name}: data report",
        "counts": "{tasks} tasks in {categories} categories; {bodies} bodies that lead, answer for, implement or support them; "
        "{targets} quantitative targets.",
        "checked": "Stretches of the text that were not understood: {unparsed}. Issues for a person to look at: "
        "{issues}.",
        "contents": "Contents",
        "overview": "Overview",
        "burden": "Which conclusions survive the way of counting",
        "burden_note": "Values under each counting rule, without a denominator; in brackets the rank among full members; second line: "
        "bounds left open by 等 (“and others”), unlocated projects and joint targets.",
        "unlocated": "No project of this edition has been located yet: the rules that count by location are left out.",
        "targets": "Quantitative targets",
        "projects": "Infrastructure projects named",
        "projects_note": "Stages are those of the text's verbs; each location has its own precision; the later status has its own source "
        "and is not from the list. Numbers are those of the maps.",
        "figures": "Figures",
        "figure": "Figure {number}",
        "data": "Data (CSV, {rows} rows)",
        "files": "PNG of 300 dpi for print, SVG and PDF: sxc figures writes them to figures/{edition}/{lang}/.",
        "failed": "Figure {number} ({name}) could not be drawn: ",
        "issues": "For a person to look at",
        "none": "Nothing.",
        "tasks": "All tasks",
        "foot": "All numbers are computed by sxcanalysis from the text of the list. SHA-256 of the document: {sha}. Font: Noto Sans SC "
        "(OFL 1.1). Publication of maps in mainland China requires map review and a map-approval number (审图号); those of this "
        "report have none.",
    },
}
_STYLE = """
body{font-size:16px;line-height:1.6;max-width:62rem;margin:1.5rem auto;padding:0 1rem;color:#222}
h1{line-height:1.3;margin:.2rem 0 .8rem}h2{margin-top:2.5rem;border-bottom:1px solid #ccc}.language{float:right}
figure{margin:2.5rem 0}figure img{max-width:100%;height:auto;display:block}figcaption p{margin:.3rem 0}small{color:#555}
nav ul{columns:2 22rem}.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}
td,th{border-bottom:1px solid #ccc;padding:.25rem .5rem;text-align:left;vertical-align:top}tbody th{font-weight:400;white-space:nowrap}
.numbers td,.numbers th+th{text-align:right}.projects td:nth-child(2){white-space:nowrap}.failed{border-left:4px solid #b00;padding-left:.7rem}
footer{margin-top:3rem;border-top:1px solid #ccc;font-size:.85rem;color:#444;overflow-wrap:anywhere}
@media print{@page{size:A4;margin:15mm}body{font-size:10pt;margin:0;padding:0;max-width:none}table{font-size:8.5pt}.language,.data{display:none}
figure,tr{break-inside:avoid}h2{break-after:avoid}figure{margin:0 0 8mm}figure img{max-height:210mm;margin:auto}thead{display:table-header-group}}
"""


def write_report(path: str | Path, *, edition: str | int = 2024, lang: str = "zh") -> Path:
    """
    Write the report as one HTML page that needs no network.

    Parameters
    ----------
    path
        The page; its folder is made if need be. Where its name ends in ``-zh.html`` or ``-en.html``, the page links the
        other language's page beside it.
    edition
        Whose tables are read.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    path
        The page, whole or not written at all; the same tables give the same bytes. A figure that cannot be drawn, for
        example a map while the edition has no located projects, leaves the reason in its place.

    Raises
    ------
    MissingDataError
        If the edition or one of its tables is not there.
    FigureError
        If the language is unknown.
    """
    path, lang = Path(path), check_lang(lang)
    edition = str(edition)
    datasets.load_tasks(
        edition
    )  # an edition that is not there is said to be so before anything else is looked for
    title = _WORDS[lang]["title"].format(name=_name(edition, lang))
    body = "\n".join(_body(path, title, edition, lang))
    write_file(path, page(title, lang, style=_STYLE, body=body).encode("utf-8"))
    return path


def _name(edition: str, lang: str) -> str:
    source = read_edition_source(edition)
    return str((source.get("title_en") if lang == "en" else "") or source.get("title") or edition)


def _body(path: Path, title: str, edition: str, lang: str) -> Iterator[str]:
    words = _WORDS[lang]
    figures = [_figure(name, number, edition, lang) for number, name in enumerate(figure_names(), 1)]
    projects = tables.projects(edition, lang)
    sections = {
        "overview": tables.categories(edition, lang),
        "burden": _burden(edition, lang, located=bool(projects)),
        "targets": tables.targets(edition, lang),
        "projects": projects and f"{projects}<p><small>{safe(words['projects_note'])}</small></p>",
        "figures": "".join(figure for figure, _ in figures)
        + f"<p><small>{safe(words['files'].format(edition=edition, lang=lang))}</small></p>",
        "issues": tables.issues(edition, lang),
        "tasks": tables.tasks(edition, lang),
    }
    yield f"{other_language(path, lang)}<h1>{safe(title)}</h1>"
    yield f"<p>{safe(_counts(edition, lang))}</p><p><small>{safe(source_note(edition)[lang])}</small></p>"
    yield f'<nav aria-label="{words["contents"]}"><ul>'
    for key in sections:
        yield f'<li><a href="#{key}">{words[key]}</a></li>'
        if key == "figures":
            yield from (entry for _, entry in figures)
    yield "</ul></nav>"
    for key, content in sections.items():
        shown = content or f"<p>{words['none']}</p>"
        yield f'<section id="{key}"><h2>{words[key]}</h2>{shown}</section>'
    sha = str(read_edition_source(edition).get("sha256") or "?")
    yield f"<footer><p>{safe(words['foot'].format(sha=sha))}</p></footer>"


def _counts(edition: str, lang: str) -> str:
    tasks, issues = datasets.load_tasks(edition), datasets.load_issues(edition)
    words = _WORDS[lang]
    numbers = {
        "tasks": len(tasks),
        "categories": tasks["category"].nunique(),
        "bodies": datasets.load_assignments(edition)["body"].nunique(),
        "targets": len(datasets.load_targets(edition)),
        "issues": len(issues),
        "unparsed": int(issues["code"].eq("unparsed").sum()),
    }
    gap = "" if lang == "zh" else " "
    return gap.join(words[key].format(**numbers) for key in ("counts", "checked"))


def _burden(edition: str, lang: str, *, located: bool) -> str:
    """Say what the counting rules agree on; an edition without located projects has no rules of location."""
    words = _WORDS[lang]
    rules = RULES if located else [rule for rule in RULES if rule not in PROJECT_RULES]
    try:
        sensitivity = burden_sensitivity(datasets.load_assignments(edition), rules=rules)
        found = "".join(f"<li>{safe(sentence)}</li>" for sentence in burden_statements(sensitivity, lang))
    except SxcError as error:
        return _failed(error)
    notes = words["burden_note"] if located else f"{words['burden_note']} {words['unlocated']}"
    return f"<ul>{found}</ul>{tables.burdens(sensitivity, lang)}<p><small>{safe(notes)}</small></p>"


def _failed(error: SxcError) -> str:
    reason = str(error).replace(f"{data_dir().resolve().parent}/", "")
    return f'<p class="failed" lang="en">{safe(reason)}</p>'


def _figure(name: str, number: int, edition: str, lang: str) -> tuple[str, str]:
    """Give a figure with its words and data, and its line in the contents."""
    words = _WORDS[lang]
    try:
        bundle = build(name, edition=edition, lang=lang)
        with use_style(lang):
            check_figure(bundle.figure, f"{name} ({lang})")
            image = base64.b64encode(png_bytes(bundle, _DPI)).decode("ascii")
    except SxcError as error:
        # A new edition has no located projects at first; the rest can be read all the same.
        told = words["failed"].format(number=number, name=name)
        shown = f'<div id="{name}"><p>{safe(told)}</p>{_failed(error)}</div>'
        return shown, f'<li><a href="#{name}">{safe(words["figure"].format(number=number))}</a></li>'
    alt, caption, note = (safe(part[lang]) for part in (bundle.alt, bundle.caption, bundle.source_note))
    text = guarded_cells(bundle.data).to_csv(index=False, lineterminator="\n")
    data = base64.b64encode(text.encode("utf-8-sig")).decode("ascii")
    numbered = words["figure"].format(number=number)
    shown = (
        f'<figure id="{name}"><img alt="{alt}" src="data:image/png;base64,{image}"><figcaption>'
        f"<p><b>{numbered}</b> {caption}</p><p><small>{label('text.alt', lang)}{'：' if lang == 'zh' else ': '}{alt}</small></p>"
        f'<p><small>{note}</small></p><p class="data"><a download="{name}.csv" href="data:text/csv;base64,{data}">'
        f"{words['data'].format(rows=len(bundle.data))}</a></p></figcaption></figure>"
    )
    short = re.split(r"[。；]|[.;:] ", bundle.caption[lang], maxsplit=1)[0]
    return shown, f'<li><a href="#{name}">{numbered} {safe(short)}</a></li>'
