"""What a brief is made of: blocks without a format, which a web page and a Word file write alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

Style = Literal[
    "title", "subtitle", "byline", "heading", "body", "finding", "small", "box-title", "box", "entry"
]


@dataclass(frozen=True)
class Words:
    """A paragraph; `anchor` is its own name or, of an ``entry`` in the list of figures, that of the figure."""

    kind: ClassVar[str] = "words"
    style: Style
    text: str
    anchor: str = ""


@dataclass(frozen=True)
class Picture:
    """
    A figure with its words.

    Attributes
    ----------
    name, number
        Of the figure: its file name, and its number in the brief.
    title, note
        Its caption, and what stands small under it.
    alt
        For those who cannot see it; it is printed nowhere.
    png, width_mm
        The image, without a title of its own, and how wide it is in print.
    csv, rows
        The plotted data.
    """

    kind: ClassVar[str] = "picture"
    name: str
    number: int
    title: str
    note: str
    alt: str
    png: bytes = field(repr=False)
    width_mm: float
    csv: bytes = field(repr=False)
    rows: int


@dataclass(frozen=True)
class Table:
    """
    A table; in a numeric one every column but the first is flush right.

    `shares` are the columns' parts of the width; the column `quoted`, if any, holds words of the document.
    """

    kind: ClassVar[str] = "table"
    number: int
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...]
    numeric: bool = False
    quoted: int = -1
    note: str = ""


Block = Words | Picture | Table
