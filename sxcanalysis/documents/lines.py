"""What every reader hands over: the lines of a document before they are mended, and what to tell of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sxcanalysis.core.errors import DocumentError
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from sxcanalysis.documents.rows import Grid

Place = int | str


@dataclass(slots=True)
class Lines:
    """Lines and their places in the source.

    ``glued`` names lines that go on from the line before (and how: a kind of mend, or an empty
    string where a line end is only how the format prints). ``removed`` holds what the reader left
    out, ``findings`` what a person must look at: before which line, kind, text. ``tables`` says
    where the cells of each table stand in the lines.
    """

    lines: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    glued: dict[int, str] = field(default_factory=dict)
    removed: list[tuple[int, str, str]] = field(default_factory=list)
    findings: list[tuple[int, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tables: list[Grid] = field(default_factory=list)

    def note(self, key: str, **values: object) -> None:
        """Tell a person something that changes nothing."""
        self.notes.append(say(f"read.{key}", spoken(), **values))

    def find(self, code: str, words: str = "") -> None:
        """Record what a person must look at, where the reader has come to."""
        self.findings.append((len(self.lines), code, words))


def refusal(name: str, key: str, **values: object) -> DocumentError:
    """Word why a document is not read, and what to do: a key ``refused.…`` of the labels."""
    return DocumentError(say(f"refused.{key}", spoken(), name=name, **values))
