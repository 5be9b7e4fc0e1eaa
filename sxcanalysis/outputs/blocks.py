"""What a report is made of: blocks without a format, which are written as a page and as a Word file alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True)
class TitleBlock:
    """The head of a report; what is empty is left out."""

    kind: ClassVar[str] = "title"
    title: str
    subtitle: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 or 2."""

    kind: ClassVar[str] = "heading"
    text: str
    level: int = 1
    anchor: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of prose, or a small one under what it explains."""

    kind: ClassVar[str] = "paragraph"
    text: str
    small: bool = False


@dataclass(frozen=True)
class Findings:
    """Numbered sentences."""

    kind: ClassVar[str] = "findings"
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Box:
    """Paragraphs apart from the rest, with a heading of their own."""

    kind: ClassVar[str] = "box"
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """
    A figure with its words.

    Attributes
    ----------
    name, number
        Of the figure: its file name, and its number in the report.
    title, note
        Its caption, and what stands small under it.
    alt
        For those who cannot see it; it is printed nowhere.
    png
        The image, without a title of its own.
    width_mm
        In print.
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
class Listing:
    """A list of the figures: pairs of an anchor and a line."""

    kind: ClassVar[str] = "listing"
    entries: tuple[tuple[str, str], ...]


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


Block = TitleBlock | Heading | Paragraph | Findings | Box | Picture | Listing | Table
