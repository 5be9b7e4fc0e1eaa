"""Tables: task lists whose attributions stand in columns of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from sxcanalysis.parsing.attribution import role_of_label
from sxcanalysis.text.normal_form import PARAGRAPH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sxcanalysis.text.normal_form import Shadow

_PRINTED = re.compile(
    r"第[一二三四五六七八九十\d]{1,3}[章节条部分]+|（?[一二三四五六七八九十]{1,3}[）、.]+|\d{1,3}[.、]"
)
_ITEM = re.compile(r"(\d{1,3})[.、](?!\d)")
_NUMBER = re.compile(r"序号|编号|序$|^号$")
_TEXT = re.compile(
    r"任务|事项|实事|内容|措施|项目|工作|目标|举措|要求|清单|重点|指标|名称|标题|主题|做法|成果|问题"
)
_HEADING = re.compile(r"类别|领域|分类|方面|板块|一级|类型|章节|专题|大类")
_SUM = re.compile("合计|总计|小计|共计")
_NUMERAL = re.compile("（?[一二三四五六七八九十]{1,3}[）、]?")
_LONGEST_ROW = 1500
_RULING = re.compile(r"[|\u2500-\u257f+=\-—]+")  # ├────┼────┤
_CONTENT = re.compile(r"内容|任务|事项|举措|措施|项目名称")
_DEADLINE = re.compile(
    r"时限|时间|期限|进度|节点|年度|备注|依据|责任人|领导|联系|说明|形式|投资|资金|年限|起止|地点|地址|性质|规模|业主|面积|单价|数量"
)


@dataclass
class Row:
    """One row of a table; positions in the shadow."""

    line: int
    end: int
    number: str = ""
    text: tuple[int, int] | None = None
    cells: list[tuple[int, int]] = field(default_factory=list)
    number_cells: list[tuple[int, int]] = field(default_factory=list)
    bodies: list[tuple[int, int, str]] = field(default_factory=list)
    headings: list[tuple[int, int]] = field(default_factory=list)
    other: list[tuple[int, int]] = field(default_factory=list)
    unread: bool = False


def find_rows(shadow: Shadow, lines: Sequence[tuple[int, int]]) -> list[Row]:
    """Read the rows of every table that has a header with a column of bodies.

    A table without such a header is left to the rest of the grammar, line by line.
    """
    if not shadow.tab.any() and "|" not in shadow.chars:
        return []
    rows: list[Row] = []
    header: list[tuple[str, str]] | None = None
    header_line = -1
    lines = _whole(shadow, lines)
    for i, (start, end) in enumerate(lines):
        if _RULING.fullmatch(shadow.chars, start, end) and shadow.chars[start] != "|":
            rows.append(Row(start, end, other=[(start, end)]))
            continue
        cells = _cells(shadow, start, end)
        if len(cells) < 2:
            goes_on = i + 1 < len(lines) and len(_cells(shadow, *lines[i + 1])) == len(header or ())
            if header and (goes_on or shadow.gap[start] < PARAGRAPH) and _is_title(shadow, start, end):
                rows.append(Row(start, end, other=[(start, end)], headings=[_title(shadow, start, end)]))
            else:
                header = None
            continue
        if all(re.fullmatch(r"[-—:：]*", shadow.chars[s:e].replace("|", "")) for s, e in cells):
            if header:
                rows.append(Row(start, end, other=[(start, end)]))
            continue
        named = _header(shadow, cells)
        if named:
            header, header_line = named, start
            rows.append(Row(start, end, other=[(start, end)]))
        elif header and rows[-1].text and _goes_on(shadow, cells, header, ruled=rows[0].line):
            rows.append(Row(start, end, unread=True))
        elif header and rows[-1].line == header_line and _is_second_header(shadow, cells, header):
            rows.append(Row(start, end, other=[(start, end)]))
        elif header:
            rows.append(_row(shadow, start, end, cells, header, rows))
    return rows


def _whole(shadow: Shadow, lines: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join the lines of a row that the margin cut, in a table whose rows end with a bar."""
    chars = shadow.chars
    if sum(chars[end - 1] == "|" for _, end in lines) < 2:
        return list(lines)
    joined: list[tuple[int, int]] = []
    i = 0
    while i < len(lines):
        start, end = lines[i]
        i += 1
        if "|" in chars[start:end] and chars[end - 1] != "|":
            last = next((j for j in range(i, min(len(lines), i + 8)) if chars[lines[j][1] - 1] == "|"), None)
            if last is not None and lines[last][1] - start <= _LONGEST_ROW:
                end, i = lines[last][1], last + 1
        joined.append((start, end))
    return joined


def _goes_on(
    shadow: Shadow, cells: list[tuple[int, int]], header: list[tuple[str, str]], *, ruled: int
) -> bool:
    """Whether a row of a table drawn with rules has no number: no rule parts it from the row above."""
    drawn = "\u2500" <= shadow.chars[ruled] <= "\u257f"
    numbers = [cell for cell, (kind, _) in zip(cells, header, strict=False) if kind == "number"]
    return drawn and bool(numbers) and all(start == end for start, end in numbers)


def _is_second_header(shadow: Shadow, cells: list[tuple[int, int]], header: list[tuple[str, str]]) -> bool:
    """Whether a row under the header has short words only, and none where the number belongs."""
    filled = [shadow.chars[start:end] for start, end in cells if end > start]
    numbered = any(kind == "number" for kind, _ in header) and not any(map(str.isdecimal, filled))
    return numbered and len(filled) > 1 and max(map(len, filled)) <= 6


def outside(rows: Sequence[Row], lines: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the lines that belong to no row."""
    ends = iter([(row.line, row.end) for row in rows])
    start, end = next(ends, (0, 0))
    plain = []
    for line in lines:
        while end <= line[0] and (following := next(ends, None)):
            start, end = following
        if not start <= line[0] < end:
            plain.append(line)
    return plain


def _is_title(shadow: Shadow, start: int, end: int) -> bool:
    """Whether a line with one cell can be a section title inside a table."""
    return end - start <= 40 and not re.search("[。；，：]", shadow.chars[start:end])


def _title(shadow: Shadow, start: int, end: int) -> tuple[int, int]:
    """Return a section title without its number."""
    number = _PRINTED.match(shadow.chars, start, end)
    return (number.end() if number and number.end() < end else start), end


def _cells(shadow: Shadow, start: int, end: int) -> list[tuple[int, int]]:
    chars = shadow.chars
    if "|" in chars[start:end]:
        edges = [i for i in range(start, end) if chars[i] == "|"]
        if len(edges) < 2:
            return []
        bounds = edges if chars[start] == "|" else [start - 1, *edges]
        if chars[end - 1] != "|":
            bounds = [*bounds, end]
        return [(a + 1, b) for a, b in pairwise(bounds)]
    tabs = [i for i in range(start + 1, end) if shadow.tab[i]]
    if not tabs:
        return [(start, end)]
    # An empty cell leaves two tabs in one gap: count them in the text.
    cells: list[tuple[int, int]] = []
    first = start
    for edge in tabs:
        cells.append((first, edge))
        between = shadow.text[int(shadow.at[edge - 1]) + 1 : int(shadow.at[edge])]
        cells.extend([(edge, edge)] * (between.count("\t") - 1))
        first = edge
    cells.append((first, end))
    after = int(shadow.at[end - 1]) + 1
    stop = shadow.text.find("\n", after)
    cells.extend([(end, end)] * shadow.text.count("\t", after, stop if stop >= 0 else None))
    line_head = shadow.text[shadow.text.rfind("\n", 0, int(shadow.at[start])) + 1 : int(shadow.at[start])]
    return [(start, start)] * line_head.count("\t") + cells


def _header(shadow: Shadow, cells: list[tuple[int, int]]) -> list[tuple[str, str]] | None:
    columns: list[tuple[str, str]] = []
    unknown = 0
    for start, end in cells:
        column = column_of(re.sub(r"[*\s]", "", shadow.chars[start:end]))
        columns.append(column or ("other", ""))
        unknown += column is None
    first = next((i for i, (kind, name) in enumerate(columns) if kind == "other" and not name), None)
    kinds = {kind for kind, _ in columns}
    if first is not None and unknown == 1 and "role" in kinds and not kinds & {"text", "number", "heading"}:
        columns[first] = ("text", "")  # 行业 | 责任单位
        return columns
    if unknown > 2 or (unknown and len(kinds) < 3):
        return None
    return columns if "role" in kinds and kinds & {"text", "number", "heading"} else None


def column_of(name: str) -> tuple[str, str] | None:
    """Return what kind of column a header names, with its name; None where it names none."""
    if role_of_label(name):
        return "role", re.sub("（.*?）", "", name)
    if _NUMBER.search(name) and len(name) <= 4:
        return "number", name
    if _CONTENT.search(name) and len(name) <= 14:
        return "text", name
    if (_DEADLINE.search(name) and len(name) <= 10) or not name:
        return "other", name
    if _HEADING.search(name) and len(name) <= 8:
        return "heading", name
    if _TEXT.search(name) and len(name) <= 14:
        return "text", name
    return None


def _row(
    shadow: Shadow,
    start: int,
    end: int,
    cells: list[tuple[int, int]],
    header: list[tuple[str, str]],
    before: list[Row],
) -> Row:
    row = Row(start, end)
    filled = [cell for cell in cells if cell[1] > cell[0]]
    words = {shadow.chars[s:e] for s, e in filled}
    if _SUM.fullmatch(shadow.chars, *filled[0]):
        row.other = [(start, end)]
        return row
    numeral = len(filled) == 2 and _NUMERAL.fullmatch(shadow.chars, *filled[0])
    if len(filled) == 1 or len(words) == 1 or numeral:  # a section title across the table
        row.other = [(start, end)]
        row.headings = [_title(shadow, *filled[-1])]
        return row
    # A row cut short keeps its first cells; one below merged cells lacks them.
    numbered = header[0][0] == "number" and shadow.chars[slice(*cells[0])].isdecimal()
    columns = header[-len(cells) :] if len(cells) < len(header) and not numbered else header
    if header[0][0] == "heading" and _ITEM.match(shadow.chars, *cells[0]):
        columns = header[1:]  # a cell merged over several rows stands in the first of them only
    texts: list[tuple[int, int]] = []
    row.cells = [(start, end)]
    for (first, last), (kind, name) in zip(cells, columns, strict=False):
        if last <= first:
            continue
        if kind == "number":
            row.number = re.sub(r"[.、*]", "", shadow.chars[first:last])
            row.number_cells.append((first, last))
        elif kind == "role":
            row.bodies.append((first, last, name))
        elif kind == "heading":
            row.headings.append((first, last))
        elif kind == "text":
            texts.append((first, last))
    if not texts and row.headings:
        texts = [row.headings.pop()]
    if texts:
        start, end = texts[0][0], texts[-1][1]
        printed = None if row.number else _ITEM.match(shadow.chars, start, end)
        if printed:
            row.number = printed[1]
            row.number_cells.append((start, printed.end()))
            start = printed.end()
        row.text = (start, end)
    if not row.headings:
        section = next((r for r in reversed(before) if r.headings), None)
        row.headings = section.headings if section else []
    return row
