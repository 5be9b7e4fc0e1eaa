"""What a command says on the console, in the language of the person who gave it."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sxcanalysis.reference.words import Lang, label, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from sxcanalysis.tables.ingestion import Ingested

T = TypeVar("T")


def write_line(line: object, *, error: bool = False) -> None:
    """Print a line, on the error channel if it is about something that went wrong or is still going on."""
    print(line, file=sys.stderr if error else sys.stdout)  # a command speaks


@dataclass(frozen=True)
class Person:
    """The one who gave the command: the language that they read."""

    lang: Lang

    def tell(self, key: str, **values: object) -> None:
        """Say a sentence of ``labels.csv`` on standard output."""
        write_line(say(f"cli.{key}", self.lang, **values))

    def warn(self, key: str, **values: object) -> None:
        """Say a sentence on the error channel."""
        write_line(say(f"cli.{key}", self.lang, **values), error=True)

    def hear(self, step: str, values: dict[str, object]) -> None:
        """Say on the error channel which step is being done."""
        write_line(say(f"step.{step}", self.lang, **values), error=True)

    def progress(self, items: Sequence[T], what: str) -> Iterator[T]:
        """Hand out the items, and count them on a terminal for the person who waits."""
        for done, item in enumerate(items, start=1):
            self.show(f"cli_count.{what}", done=done, total=len(items))
            yield item
        self.show("")

    def show(self, key: str, **values: object) -> None:
        """Overwrite the line of progress, on a terminal only."""
        if sys.stderr.isatty():
            words = say(key, self.lang, **values) if key else " " * 50 + "\r"
            print(f"\r{words} ", end="", file=sys.stderr, flush=True)  # noqa: T201


def tell_ingested(made: Ingested, person: Person) -> None:
    """Tell what an ingest read: counts, what was not understood, what a person should look at, where it was written."""
    write_line(str(made.source.get("title") or say("cli.no_title", person.lang)))
    person.tell("read", edition=made.edition, **{name: len(frame) for name, frame in made.frames.items()})
    for category, count in made.frames["tasks"].groupby("category", sort=False).size().items():
        write_line(f"  {count:3d}  {category or say('cli.no_heading', person.lang)}")
    characters = made.coverage.counts
    person.tell("characters", n=sum(characters.values()), unread=characters["unparsed"])
    _tell_rows(made.coverage.unparsed, 20, person)
    for note in made.notes:
        person.tell("reader", note=note)
    issues = made.frames["issues"]
    for (severity, code), rows in issues[issues["code"] != "unparsed"].groupby(["severity", "code"]):
        accepted = int((rows["accepted"] != "").sum())
        named = label(f"severity.{severity}", person.lang)
        person.tell("issues", severity=named, code=code, n=len(rows), accepted=accepted)
        _tell_rows(rows, 3, person)
    for finding in made.findings:
        person.tell("finding", what=finding)
    person.tell("written" if made.changed else "unchanged", path=made.folder)


def _tell_rows(rows: pd.DataFrame, most: int, person: Person) -> None:
    """Show the first rows, each with its line, its words and what it is, and how many more there are."""
    for row in rows.head(most).to_dict("records"):
        words = " ".join(str(row["words"]).split())
        words = words if len(words) <= 40 else words[:39] + "…"
        task = f", {row['task_id']}" if row.get("task_id") else ""
        person.tell("issue", line=f"{row['line']:.0f}", task=task, words=words, hint=row["hint"])
    if len(rows) > most:
        person.tell("more", n=len(rows) - most)


def tell_unexpected(error: Exception, lang: str) -> str:
    """Tell of an error that is the project's own, with the line of the project that it comes from."""
    steps = traceback.extract_tb(error.__traceback__)
    own = [step for step in steps if Path(__file__).parents[1] in Path(step.filename).parents]
    place = f" ({Path(own[-1].filename).name}, {own[-1].lineno})" if own else ""
    return f"{type(error).__name__}: {error}{place}\n{label('cli.please_report', lang)}"
