"""Exercises of the teaching notebooks: answers are judged against the data, and a wrong one is told why.

The words stand in ``data/lessons/exercises.csv`` (exercise, key, zh, en): a prompt, a hint, and one feedback a kind of answer. Right
answers are computed from the edition; none is written down, and no feedback reveals one.
"""

from __future__ import annotations

import csv
import html
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sxcanalysis.core.errors import DataError
from sxcanalysis.core.paths import data_file
from sxcanalysis.outputs.teaching.judging import JUDGES, busiest, latest
from sxcanalysis.reference.words import check_lang, say, spoken


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is said to an answer: whether it is right, which kind of answer it was, and why."""

    right: bool
    key: str
    words: str

    def __str__(self) -> str:
        """Return the words."""
        return self.words

    def _repr_html_(self) -> str:
        color = "#1f6f43" if self.right else "#8a4b00"
        return f'<p style="border-left:4px solid {color};padding:.3em .8em">{"✓" if self.right else "…"} {html.escape(self.words)}</p>'


@dataclass(frozen=True, slots=True)
class Lesson:
    """The exercises of one lesson, for an edition and a language."""

    number: int
    lang: str
    edition: str

    def prompt(self, exercise: str) -> Feedback:
        """Return what is asked."""
        return Feedback(right=False, key="prompt", words=self._asked(exercise, "prompt"))

    def hint(self, exercise: str) -> Feedback:
        """Return a hint that does not give the answer away."""
        return Feedback(right=False, key="hint", words=self._asked(exercise, "hint"))

    def check(self, exercise: str, answer: object = None) -> Feedback:
        """
        Judge an answer.

        Parameters
        ----------
        exercise
            For example ``1a``.
        answer
            A number, a text, a dictionary, a function, as the exercise asks; full-width digits, units and blanks do not matter.

        Returns
        -------
        feedback
            Right or not, and why.

        Raises
        ------
        DataError
            If the lesson has no such exercise.
        """
        name = self._known(exercise)
        if (
            answer is None
            or answer is Ellipsis
            or (isinstance(answer, (str, Mapping, list, tuple)) and not answer)
        ):
            return Feedback(right=False, key="missing", words=_words("any", "missing", self.lang))
        key, values = JUDGES[name](answer, self.edition)
        words = _words(name, key, self.lang) or _words("any", key, self.lang)
        return Feedback(right=key == "right", key=key, words=words.format_map(values))

    def exercises(self) -> list[str]:
        """Name the exercises."""
        return [name for name in JUDGES if name.startswith(str(self.number))]

    def _asked(self, exercise: str, key: str) -> str:
        return _words(self._known(exercise), key, self.lang).format_map({"city": busiest(self.edition)})

    def _known(self, exercise: str) -> str:
        name = unicodedata.normalize("NFKC", str(exercise)).strip().lower()
        if name not in self.exercises():
            msg = say(
                "output.no_exercise",
                spoken(),
                given=repr(exercise),
                n=self.number,
                there=", ".join(self.exercises()),
            )
            raise DataError(msg)
        return name


def start_lesson(number: int, *, lang: str = "zh", edition: str | int | None = None) -> Lesson:
    """
    Open a lesson.

    Parameters
    ----------
    number
        1 to 4.
    lang
        ``zh`` or ``en``.
    edition
        Whose list is used; the latest if None.

    Examples
    --------
    >>> lesson = start_lesson(1, lang="en")
    >>> lesson.check("1c", "50 %").right
    True
    """
    lesson = Lesson(int(number), check_lang(lang), str(edition) if edition is not None else latest())
    if not lesson.exercises():
        msg = say("output.no_lesson", spoken(), n=number)
        raise DataError(msg)
    return lesson


@cache
def _all_words() -> dict[tuple[str, str], dict[str, str]]:
    path = data_file("lessons/exercises.csv")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return {(row["exercise"], row["key"]): row for row in csv.DictReader(stream)}


def _words(exercise: str, key: str, lang: str) -> str:
    return _all_words().get((exercise, key), {}).get(lang, "")
