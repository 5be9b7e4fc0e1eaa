"""Put paragraphs together again that page breaks and hard line ends have cut.

A line is joined to the one before it only on evidence: a bracket left open that the next lines
close, a comma at the end, a closing mark at the start, a line that fills the measure of a
hard-wrapped document, or a list whose items all end in a full stop or bracket except this one.
Without evidence nothing is joined. Every join and every line left out is recorded.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from sxcanalysis.documents.text_tables import find_tables
from sxcanalysis.text.lines import (
    BRACKETS,
    CLAUSE,
    CLOSE,
    GAP,
    INDENT,
    LONG,
    MARK_ONLY,
    OPEN,
    PAIR,
    SAME,
    Para,
    complete,
    ends_in_passing,
    like_heading,
    like_roles,
    like_title,
    page_number,
    running_heads,
    starts,
    style_of,
    width_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

# Numbered lines shorter than this may be headings whatever their neighbours are.
_ITEM = 15
_ALIKE = 0.6
_LOOK_AHEAD = 8
_REACH = 600
_PASSES = 12


@dataclass(frozen=True, slots=True)
class Mend:
    """One change that reading made to the characters or lines of a document.

    ``kind`` is ``page-break`` or ``line-break`` (two lines joined), ``page-number`` or
    ``running-head`` (a line left out), ``table-head`` (a repeated one), ``control`` (invisible
    characters), ``revision`` (deleted text), ``radical`` (characters put for others of their shape). ``line`` counts source lines (paragraphs, rows) from 1;
    ``offset`` is where it happened in the text that was returned; ``removed`` is what is gone.
    """

    kind: str
    line: int
    offset: int
    removed: str = ""


def mend_text(text: str) -> tuple[str, list[Mend]]:
    r"""Join the lines of paragraphs that page breaks or hard line ends have cut.

    Headings, numbered items, role lines (牵头单位：…), bracket-only lines, table rows and titles
    keep their own lines. Lines are joined without a space between Chinese characters. Page-number
    lines are left out where a paragraph runs across them or where at least two of them count
    upwards. Applying the function twice changes nothing more.

    Parameters
    ----------
    text
        Lines separated by ``\n``; ``\f`` may mark page breaks.

    Returns
    -------
    text, mends
        The mended text, and one record for each join and each line left out. Blanks aside, the
        text holds the same characters as before, less those lines.

    Examples
    --------
    >>> text, mends = mend_text("1. 建设集成电路平台。（甲市、\n\n— 6 —\n\n乙市具体落实）\n2. 推进丙")
    >>> text
    '1. 建设集成电路平台。（甲市、乙市具体落实）\n2. 推进丙'
    >>> [(m.kind, m.line, m.removed) for m in mends]
    [('page-number', 3, '— 6 —'), ('page-break', 5, '')]
    """
    lines = text.replace("\f", "\n\f\n").split("\n") if "\f" in text else text.split("\n")
    paras, mends = mend_lines(lines)
    return "\n".join(p for p, _ in paras), mends


def mend_lines(
    lines: Sequence[str], glued: Mapping[int, str] | None = None, rows: Collection[int] = ()
) -> tuple[list[tuple[str, list[tuple[int, str]]]], list[Mend]]:
    """Mend a list of lines; return each paragraph with its pieces (source index, text).

    ``glued`` names the lines that a reader knows to go on from the line before, and what kind of
    mend that is (an empty string: none, as the format prints no paragraphs but lines). ``rows`` are rows of
    tables, which nothing is joined to.
    """
    paras: list[Para] = []
    glued = glued or {}
    events: dict[int, tuple[str, str]] = {}
    for i, line in enumerate(lines):
        clean = "" if line == "\f" else line
        style, number = ("table", None) if i in rows else style_of(clean)
        clause = CLAUSE.search(clean) is not None
        stop = clause and "。" in clean
        para = Para([(i, clean)], style, number, False, len(clean), clause, stop)  # noqa: FBT003
        if i in glued and paras and paras[-1].style != "blank":
            paras[-1].add(para)
            if glued[i]:
                events[i] = (glued[i], "")
        else:
            paras.append(para)
    pages = [k for k, p in enumerate(paras) if p.style == "page"]
    paras = _without(paras, _counting(paras, pages), events)
    _mark_tables(paras)
    heads = _repeated(paras, {*pages, *(k for k, p in enumerate(paras) if lines[p.pieces[0][0]] == "\f")})
    if heads:
        paras = _without(paras, heads, events)
        _mark_tables(paras)
    for _ in range(_PASSES):
        before = len(events)
        paras = _pass(paras, events)
        if len(events) == before:
            break
    paras = _without(paras, _bare_numbers(paras, events), events)
    return [(p.text, p.pieces) for p in paras], _records(paras, events)


def _mark_tables(paras: list[Para]) -> None:
    """Mark the lines of tables that blanks set: a line that is full there is a cell, not the measure of the text."""
    # Cells that tabs part are known, and end a table of blanks.
    shown = ["|" if para.style == "table" and "\t" in para.head else para.text for para in paras]
    ends = list(accumulate(len(words) + 1 for words in shown))
    for table in find_tables("\n".join(shown)):
        if table.made_from == "blanks":
            for para in paras[bisect_right(ends, table.start) : bisect_left(ends, table.end) + 1]:
                para.style = para.style if para.style in GAP else "table"


def _records(paras: list[Para], events: dict[int, tuple[str, str]]) -> list[Mend]:
    """Give each event its offset in the mended text: where the next line that is left begins."""
    indices: list[int] = []
    offsets: list[int] = []
    offset = 0
    for para in paras if events else ():
        for i, begin in placed(para.text, para.pieces):
            indices.append(i)
            offsets.append(offset + begin)
        offset += len(para.text) + 1
    offsets.append(max(offset - 1, 0))
    return [
        Mend(kind, i + 1, offsets[bisect_left(indices, i)], gone)
        for i, (kind, gone) in sorted(events.items())
    ]


def placed(text: str, pieces: Sequence[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    """Yield the source index of each piece of a paragraph, and where in it the piece begins."""
    begin = 0
    for i, piece in pieces:
        # At most the space that parts two Latin words stands between two pieces.
        begin += not text.startswith(piece, begin)
        yield i, begin
        begin += len(piece)


def _without(paras: list[Para], drop: Mapping[int, str], events: dict[int, tuple[str, str]]) -> list[Para]:
    """Leave out lines, each for a reason; a blank line stays in its place: it still parts two paragraphs."""
    for k, kind in drop.items():
        i = paras[k].pieces[0][0]
        events[i] = (kind, paras[k].text.strip())
        paras[k] = Para([(i, "")], "blank")
    return paras


def _counting(paras: list[Para], pages: list[int]) -> dict[int, str]:
    """Find page-number lines that count upwards."""
    numbers = [page_number(paras[k].head) for k in pages]
    counting = len(numbers) >= 2 and all(a < b for a, b in pairwise(numbers))
    return dict.fromkeys(pages, "page-number") if counting else {}


def _repeated(paras: list[Para], edges: set[int]) -> dict[int, str]:
    """Find heads repeated beside at least three page breaks; a line with a comma or a stop is none."""
    near = {_beside(paras, k, step) for k in edges for step in (-1, 1)} - edges
    plain = [(p.text.strip(), j) for j in near if (p := paras[j]).style == "plain" and not p.clause]
    return dict.fromkeys(running_heads([(words, words, j) for words, j in plain], 3), "running-head")


def _beside(paras: list[Para], k: int, step: int) -> int:
    """Find the line with words next to a page break, if not far away; else the break itself."""
    for j in range(k + step, k + 5 * step, step):
        if 0 <= j < len(paras) and paras[j].style not in GAP:
            return j
    return k


def _bare_numbers(paras: list[Para], events: dict[int, tuple[str, str]]) -> dict[int, str]:
    """Find the other bare page numbers where mending has shown that they are such.

    A number alone on its line may be that of a task. It is a page number if one of its series
    stood inside a paragraph, and all the bare numbers of the document count one by one.
    """
    found = {i: int(t) for i, (kind, t) in events.items() if kind == "page-number" and t.isdecimal()}
    left = {k: p.pieces[0][0] for k, p in enumerate(paras) if p.style == "bare"}
    series = sorted([*found.items(), *((i, int(paras[k].head)) for k, i in left.items())])
    if not found or any(b != a + 1 for (_, a), (_, b) in pairwise(series)):
        return {}
    return dict.fromkeys(left, "page-number")


def _pass(paras: list[Para], events: dict[int, tuple[str, str]]) -> list[Para]:
    """Go over the document once, first for hard line ends, then for page breaks."""
    measure = _measure(paras)
    if measure:
        for p in paras:
            p.full = p.body and width_of(p.tail) >= measure.width - 6
        behind = [a.full for a, b in pairwise(paras) if a.body and b.style == "bracket"]
        if behind and sum(behind) >= 0.9 * len(behind):
            # Brackets that only ever follow a full line stand there by chance: they go on from it.
            for p in paras:
                p.style = "plain" if p.style == "bracket" else p.style
        paras = _join(paras, events, lambda a, b, gap, _rest: _wraps(a, b, measure, gap=gap))
    shares = _shares(paras)
    return _join(
        paras,
        events,
        lambda a, b, _gap, rest: _broken(a, b, rest, shares, wrapped=measure is not None),
    )


def _join(
    paras: list[Para],
    events: dict[int, tuple[str, str]],
    decide: Callable[[Para, Para, bool, Sequence[Para]], bool],
) -> list[Para]:
    """Join neighbours, across blank and page-number lines, where ``decide`` says so."""
    out: list[Para] = []
    k, last = 0, None
    while k < len(paras):
        current = paras[k]
        k += 1
        if current.number is not None:
            last = current.number
        if not current.body:
            out.append(current)
            continue
        while (j := _next(paras, k)) is not None:
            nxt, gap = paras[j], paras[k:j]
            if starts(nxt, last) or not decide(current, nxt, bool(gap), paras[j : j + _LOOK_AHEAD]):
                break
            for p in gap:
                if p.style != "blank":
                    events[p.pieces[0][0]] = ("page-number", p.text.strip())
            events[nxt.pieces[0][0]] = ("page-break" if gap else "line-break", "")
            current.add(nxt)
            k = j + 1
        out.append(current)
    return out


def _next(paras: list[Para], k: int) -> int | None:
    """Find the next line with text, if at most some blanks and one page number come before it."""
    numbers = 0
    for j in range(k, min(k + 7, len(paras))):
        if paras[j].style not in GAP:
            return j
        # One bare number between two halves is a page number; several are something else.
        numbers += paras[j].style != "blank"
        if numbers > 1:
            return None
    return None


def _closes(want: str, rest: Sequence[Para], number: int | None) -> bool:
    """Tell whether the lines that follow close a bracket before anything new begins."""
    size = 0
    for k, p in enumerate(rest):
        if p.style in GAP:
            continue
        if (k and starts(p, number)) or not p.body or size > _REACH:
            return False
        size += p.length
        inner = 0
        for m in BRACKETS.finditer(p.head, 0, _REACH):
            mark = m.group().translate(SAME)
            if mark in OPEN:
                inner += 1
            elif inner:
                inner -= 1
            else:
                return PAIR.get(mark) == want
    return False


def _sure(a: Para, b: Para, rest: Sequence[Para]) -> bool:
    """Weigh evidence that holds whatever the document looks like."""
    if b.head.lstrip()[0] in "，。、；：！？,;" + CLOSE[:5]:
        return True
    stack = a.left_open() if a.tail.rstrip()[-1] not in "。！？" else []
    if stack and _closes(stack[-1], rest, a.number):
        return True
    return a.tail.rstrip()[-1] in "，、," and a.style != "bracket" and not like_roles(b)


def _broken(a: Para, b: Para, rest: Sequence[Para], shares: dict[str, float], *, wrapped: bool) -> bool:
    """Decide whether a page break (or a stray line end) stands between two halves."""
    if len(a.pieces) == 1 and a.length < 12 and MARK_ONLY.match(a.head.strip()):
        return False
    if a.style in {"plain", "label"} and like_title(a):
        return False
    if _sure(a, b, rest):
        return True
    # From here on only what the other lines of the document look like can tell.
    unfinished = not (wrapped or complete(a)) and a.style not in {"label", "bracket"}
    running = a.length >= _ITEM and (a.style != "plain" or (a.length >= LONG and a.clause))
    alike = shares.get(a.style, 0.0) >= _ALIKE
    return unfinished and running and alike and not (like_heading(b) or like_roles(b))


def _shares(paras: list[Para]) -> dict[str, float]:
    """For each style of line, the share that ends as a sentence ends."""
    seen: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for p in paras:
        if not p.body or (p.style == "plain" and p.length < LONG):
            continue
        seen[p.style] += 1
        done[p.style] += complete(p)
    return {style: done[style] / count for style, count in seen.items()}


class _Measure(NamedTuple):
    """How a hard-wrapped document is set."""

    width: int
    hanging: bool  # the lines inside a paragraph are indented as well
    indented: bool  # the first lines of paragraphs are


def _measure(paras: list[Para]) -> _Measure | None:
    """Find the width to which a document is wrapped, if it is."""
    widths: list[int] = []
    flowing = hanging = firsts = indented = lines = 0
    for a, b in pairwise(paras):
        if b.body and b.style != "label" and (not a.body or complete(a)):
            firsts += 1
            indented += bool(INDENT.match(b.head))
        if not a.body:
            continue
        lines += 1
        if b.style != "plain" or complete(a) or len(a.pieces) > 1:
            continue
        widths.append(width_of(a.head))
        flowing += a.clause or "、" in a.head
        hanging += bool(INDENT.match(b.head))
    if len(widths) < 4 or flowing < 0.3 * len(widths):
        return None
    counts = Counter(widths)
    # The measure is where most unfinished lines end, give or take one character.
    width = max(counts, key=lambda w: (counts[w] + counts[w - 1] + counts[w - 2], w))
    if width < 24:
        return None
    long_enough = [w for w in widths if w >= 0.6 * width]
    near = sum(width - 2 <= w <= width + 2 for w in long_enough)
    longer = sum(p.length > width / 2 and width_of(p.text) > width + 4 for p in paras if p.body)
    if near < 4 or near < 0.6 * len(long_enough) or longer > max(1, 0.05 * lines):
        return None
    return _Measure(width, hanging > 0.2 * len(widths), firsts > 3 and indented > 0.6 * firsts)


def _wraps(a: Para, b: Para, m: _Measure, *, gap: bool) -> bool:
    """Decide whether, in a hard-wrapped document, a line goes on in the next one."""
    if not a.full or (a.style == "plain" and like_title(a)):
        return False
    indent = INDENT.match(b.head)
    if indent and not m.hanging:
        return False
    if not complete(a):
        return True
    # A sentence may end with a page; then only an indent tells where a paragraph begins.
    if (gap and (indent or not m.indented)) or a.style == "bracket":
        return False
    if like_heading(b) and not b.full:
        return False
    return ends_in_passing(a.tail) and not a.left_open()
