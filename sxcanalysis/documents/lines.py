"""What every reader hands over: the lines of a document before they are mended."""

from __future__ import annotations

from dataclasses import dataclass, field

Place = int | str


@dataclass(slots=True)
class Lines:
    """Lines and their places in the source.

    ``glued`` names lines that go on from the line before (and how: a kind of mend, or an empty
    string where a line end is only how the format prints). ``repeated`` are lines that repeat a
    table's head. ``removed`` holds what the reader left out: before which line, kind, text.
    """

    lines: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    glued: dict[int, str] = field(default_factory=dict)
    repeated: list[int] = field(default_factory=list)
    removed: list[tuple[int, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
