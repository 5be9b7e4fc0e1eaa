"""What each column of a table holds: its head names the role, its cells prove the kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from sxcanalysis.parsing.attributions.attribution import (
    is_bare_list,
    read_attribution,
    role_of,
    role_of_label,
)
from sxcanalysis.reference.bodies import body_kind, is_place, is_unit
from sxcanalysis.reference.column_heads import column_group

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Kind = Literal["number", "category", "text", "bodies", "whole", "deadline", "goal", "field"]

_NUMBER = re.compile(r"[（(]?(?:\d{1,6}|[一二三四五六七八九十]{1,3})[）)*.、．]*")
_DATE = re.compile(r"(?:20\d\d年|\d{1,2}月|[年月]底|季度|长期|持续|常年|全年|\d{4}[-—.]\d)")
_AMOUNT = re.compile(r"[约超近]?\d[\d.,]*[\u4e00-\u9fff%％²³/]{0,6}")
_ROLES = ("lead", "responsible", "implementing", "coordinating", "supporting")
_BY_HEAD: dict[str, Kind] = {
    "whole": "whole", "category": "category", "deadline": "deadline", "goal": "goal", "task": "text", "content": "text",
}  # fmt: skip
_REPEATED = 0.3  # so many cells blank or as above: the column groups the rows
_MOST = 0.6
_HARDLY = 0.2
_SAMPLE = 60  # cells that prove a column


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head as printed, its kind, and for bodies the role in which they are read."""

    head: str
    kind: Kind
    role: str = ""
    holds_bodies: bool = False  # and is none of the columns that are read as bodies
    guessed: bool = False  # the head is in no list; the cells say what it is


@dataclass(frozen=True, slots=True)
class _Cells:
    """What the cells of a column look like: shares of the filled ones."""

    numbers: float
    lists: float  # bodies and nothing else
    officials: float  # bodies that are no companies
    stated: float  # bodies with their roles
    places: float
    dates: float
    amounts: float
    length: float  # characters, on average
    repeated: float  # blank, or the same as above


def classify_columns(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> list[Column]:
    """
    Say what each column holds, by its head (empty where there is none) and its cells, top to bottom.

    Examples
    --------
    >>> found = classify_columns(["序号", "事项", "涉及部门"], [["1", "2"], ["修渠", "建闸"], ["市水利局", "市财政局"]])
    >>> [(column.kind, column.role) for column in found]
    [('number', ''), ('text', ''), ('bodies', 'responsible')]
    """
    looks = [_look(column) for column in cells]
    groups = [column_group(head) for head in heads]
    columns = [_column(*given, first=not i) for i, given in enumerate(zip(heads, groups, looks, strict=True))]
    columns = _with_bodies(columns, groups, looks)
    return _with_text(columns, looks)


def _look(cells: Sequence[str]) -> _Cells:
    filled = [cell for cell in cells if cell][:_SAMPLE]
    total = max(1, len(filled))

    def share(test: Callable[[str], object]) -> float:
        return sum(bool(test(cell)) for cell in filled) / total

    again = sum(not cell or cell == above for above, cell in pairwise(cells))
    lists = [cell for cell in filled if is_bare_list(cell) or _is_places(cell)]
    return _Cells(
        numbers=share(_NUMBER.fullmatch),
        lists=len(lists) / total,
        officials=sum(map(_is_official, lists)) / total,
        stated=share(_is_stated),
        places=share(_is_places),
        dates=share(lambda cell: len(cell) <= 24 and _DATE.search(cell)),
        amounts=share(_AMOUNT.fullmatch),
        length=sum(map(len, filled)) / total,
        repeated=again / max(1, len(cells) - 1),
    )


def _is_stated(cell: str) -> bool:
    found = read_attribution(cell) if 4 < len(cell) <= 200 else None
    return found is not None and found.stated and not found.leftovers


def _is_places(cell: str) -> bool:
    names = [name for name in re.split(r"[、，,；;\s]|和", re.sub("等$|（.*?）", "", cell)) if name]
    return bool(names) and all(len(name) <= 8 and (is_place(name) or is_unit(name)) for name in names)


def _is_official(cell: str) -> bool:
    return all(
        body_kind(name) not in {"enterprise", "institution", "other"} for name in re.split("[、，；]", cell)
    )


def _column(head: str, group: str, look: _Cells, *, first: bool) -> Column:
    """Read a column by its head, and where the head is unknown by its cells."""
    if group in {*_ROLES, "bodies"} or (group not in {"owner", "field"} and role_of_label(head)):
        return Column(head, "bodies", _role(head, group, look))
    if group == "number" and (look.numbers > _MOST or not look.length):
        return Column(head, "number")
    if group in _BY_HEAD:
        return Column(head, _BY_HEAD[group])
    guessed = not group
    if guessed and look.places > 0.8:
        return Column(head, "bodies", "implementing", guessed=True)
    proofs: tuple[tuple[bool, Kind], ...] = (
        (first and look.numbers > _MOST, "number"),
        (look.stated > _MOST, "whole"),
        (look.dates > _MOST and look.length <= 12, "deadline"),
    )
    for proof, kind in proofs:
        if guessed and proof:
            return Column(head, kind, guessed=True)
    return Column(head, "field", holds_bodies=look.lists - look.places > _MOST, guessed=guessed)


def _role(head: str, group: str, look: _Cells) -> str:
    """Return the role that the head of a column of bodies names."""
    if group == "implementing" and look.places > _MOST:
        return group
    return role_of_label(head) or (group if group in _ROLES else role_of(head))


def _with_bodies(columns: list[Column], groups: list[str], looks: list[_Cells]) -> list[Column]:
    """Where no head names a role, take the column whose cells are bodies: first of an unknown head, then owners."""
    if any(column.kind in {"bodies", "whole"} and column.role != "implementing" for column in columns):
        return columns
    able = [
        i for i, column in enumerate(columns)
        if column.holds_bodies and (column.guessed or (groups[i] == "owner" and looks[i].officials > _MOST))
    ]  # fmt: skip
    if able:
        i = max(able, key=lambda i: (columns[i].guessed, looks[i].lists))
        columns[i] = Column(columns[i].head, "bodies", "responsible", guessed=True)
    return columns


def _with_text(columns: list[Column], looks: list[_Cells]) -> list[Column]:
    """See that one column at least holds the tasks, and that columns which group the rows are categories."""
    texts = [i for i, column in enumerate(columns) if column.kind == "text"]
    unknown = [
        i for i, column in enumerate(columns)
        if column.kind == "field" and column.guessed and not column.holds_bodies and looks[i].amounts < _MOST and looks[i].length
    ]  # fmt: skip
    longest = max((looks[i].length for i in texts), default=0.0)
    # The tasks stand in the column with the most words, whatever its head.
    for i in unknown:
        if (not texts or looks[i].length > max(8.0, longest)) and looks[i].repeated <= _REPEATED:
            columns[i] = Column(columns[i].head, "text", guessed=True)
            texts = [*texts, i]
            longest = max(longest, looks[i].length)
    if not texts:
        rest = [i for kind in ("goal", "category", "deadline", "field") for i, c in enumerate(columns)
                if c.kind == kind and not c.holds_bodies and looks[i].amounts < _MOST and looks[i].length]  # fmt: skip
        texts = rest[:1]
        for i in texts:
            columns[i] = Column(columns[i].head, "text", guessed=columns[i].guessed)
    for i in texts:
        if (
            len(texts) > 1
            and looks[i].repeated > _REPEATED
            and i != max(texts, key=lambda j: looks[j].length)
        ):
            columns[i] = Column(columns[i].head, "category")
    for i in unknown:
        groups_rows = looks[i].repeated > _REPEATED and i < min(texts, default=0) and looks[i].length <= 20
        if columns[i].kind == "field" and groups_rows:
            columns[i] = Column(columns[i].head, "category", guessed=True)
    return columns
