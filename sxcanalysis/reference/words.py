"""The words that people read, in Chinese and English, from ``data/reference/labels.csv``."""

from __future__ import annotations

import csv
import difflib
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Literal

from sxcanalysis.core.errors import DataError, FigureError, MissingDataError
from sxcanalysis.core.paths import data_file
from sxcanalysis.reference.dictionary import headers, word_groups
from sxcanalysis.text.normal_form import cast_shadow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PLURAL = re.compile(r"\{(\w+)\|([^|{}]*)\|([^|{}]*)\}")


def header(column: str, lang: str, own: Mapping[str, str] | None = None) -> str:
    """Return a readable header for a column; ``own`` goes before that of the dictionary."""
    if own and column in own:
        return own[column]
    if "/" in column:  # a combination of rule and denominator
        return worded("combination", column, lang)
    found = headers().get(column)
    return found[lang == "en"] if found else column.replace("_", " ")


def worded(column: str, value: str, lang: str) -> str:
    """Return the word for a coded value of a column; other text comes back as it is."""
    if column == "combination" and "/" in value:
        rule, per = value.split("/", 1)
        return f"{worded('rule', rule, lang)} / {worded('per', per, lang)}"
    if column == "index":
        return label(f"index.{value}", lang, default="") or (
            header(value, lang) if value in headers() else value
        )
    for group in word_groups(column):
        found = label(f"{group}.{value}", lang, default="")
        if found:
            return found
    return value


@cache
def _labels(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        msg = f"{path}: missing. Every word of a figure stands there (key,zh,en); take the file from a copy of the project."
        raise MissingDataError(msg)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        table = {row["key"]: row for row in csv.DictReader(stream)}
    for line, row in enumerate(table.values(), start=2):
        if empty := [lang for lang in LANGS if not row[lang]]:
            msg = f"{path}, row {line}, column {empty[0]}: expected text, found an empty cell. Fill it in."
            raise DataError(msg)
    return table


def _labels_path() -> Path:
    return data_file("reference/labels.csv")


def label(key: str, lang: str, *, default: str | None = None) -> str:
    """
    Look up the word that a figure shows for a data value.

    Parameters
    ----------
    key
        ``group.value``, for example ``stage.completed`` or ``category.基础设施类``.
    lang
        ``zh`` or ``en``.
    default
        Returned for an unknown key: for open vocabularies only, such as the categories of next year's list.

    Returns
    -------
    text
        The word from ``data/reference/labels.csv``.

    Raises
    ------
    DataError
        If the key is unknown and no default is given; the message names similar keys.
    """
    lang = check_lang(lang)
    table = _labels(_labels_path())
    if key in table:
        return table[key][lang]
    if default is not None:
        return default
    near = (
        difflib.get_close_matches(key, table, n=3)
        or [k for k in table if k.split(".", 1)[0] == key.split(".", 1)[0]][:8]
    )
    hint = f"Similar keys: {', '.join(near)}. " if near else ""
    msg = f"No label for the key {key!r}. {hint}Add a row to data/reference/labels.csv (key,zh,en)."
    raise DataError(msg)


def say(key: str, lang: str, **values: object) -> str:
    """
    Return the sentence of a key with its values filled in.

    Parameters
    ----------
    key
        Of ``data/reference/labels.csv``, as for `label`.
    lang
        ``zh`` or ``en``.
    values
        What stands in the braces: ``{n}``, ``{share:.0%}``; ``{n|task|tasks}`` is the first word where ``n`` is 1, else the second.

    Returns
    -------
    sentence
        The words, ready to be shown.

    Examples
    --------
    >>> say("count.tasks", "en", n=1), say("count.tasks", "en", n=53), say("count.tasks", "zh", n=53)
    ('1 task', '53 tasks', '53项任务')
    """
    pattern = label(key, lang)
    try:
        chosen = _PLURAL.sub(lambda found: found[2] if values[found[1]] == 1 else found[3], pattern)
        return chosen.format_map(values)
    except (KeyError, ValueError, IndexError) as error:
        msg = f"data/reference/labels.csv, key {key!r}, column {lang}: {pattern!r} cannot be filled with {', '.join(values)} ({error})."
        raise DataError(msg) from error


def spoken() -> Lang:
    """Return the language in which a person is spoken to: ``SXC_LANG`` if it is set, else that of the locale."""
    for name in ("SXC_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if chosen := os.environ.get(name):
            return "zh" if chosen.lower().startswith("zh") else "en"
    return "en"


def enumerated(parts: Sequence[str], lang: str) -> str:
    """
    Join the parts of an enumeration.

    Examples
    --------
    >>> enumerated(["甲", "乙", "丙"], "zh"), enumerated(["a", "b", "c"], "en")
    ('甲、乙、丙', 'a, b and c')
    """
    if lang == "zh":
        return "、".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def check_lang(lang: str) -> Lang:
    """Return `lang` if it is a language of the figures; raise `FigureError` otherwise."""
    if lang == "zh":
        return "zh"
    if lang == "en":
        return "en"
    raise FigureError(say("error.lang", spoken(), found=lang))


def label_of_words(group: str, words: str, lang: str) -> str:
    r"""
    Look up the label of words that a document prints, whatever its blanks, widths and numbers.

    Words that differ from labelled ones in numbers only have their label, with the new number in the place of the old; where the
    label gives other numbers, the words have none.

    Examples
    --------
    >>> label_of_words("task", "充分发挥先进制造业集群 优势", "en"), label_of_words("task", "加快推进环太湖科创圈\n建设", "en")
    ('', 'Innovation circle around Lake Tai')
    """
    form, numbers = skeleton_with_numbers(words)
    candidates = _by_words(_labels_path(), group).get(form, [])
    for known, row in sorted(candidates, key=lambda one: one[0] != numbers):
        found = row[lang]
        changed = [(old, new) for old, new in zip(known, numbers, strict=True) if old != new]
        if not changed or not _NUMBER.search(found):
            return found
        if all(_NUMBER.findall(found).count(old) == 1 for old, _ in changed):
            given = dict(changed)
            return _NUMBER.sub(lambda number: given.get(number[0], number[0]), found)  # noqa: B023  # called at once
    return ""


@cache
def _by_words(path: Path, group: str) -> dict[str, list[tuple[list[str], dict[str, str]]]]:
    """Return the labels of a group by their words without numbers, with these numbers."""
    found: dict[str, list[tuple[list[str], dict[str, str]]]] = {}
    for key, row in _labels(path).items():
        if key.startswith(f"{group}."):
            form, numbers = skeleton_with_numbers(key.partition(".")[2])
            found.setdefault(form, []).append((numbers, row))
    return found


_SPELLED = re.compile("[\u4e00-\u9fff0-9“”、]*")


def skeleton_of(words: str) -> str:
    """Return words in their normal form, numbers left out: those that share it share a label."""
    return skeleton_with_numbers(words)[0]


def skeleton_with_numbers(words: str) -> tuple[str, list[str]]:
    """Return words in their normal form with a sign for each number, and the numbers."""
    # Most titles are spelled as the shadow spells them; to cast it for each would take longer than to read the list.
    plain = _SPELLED.fullmatch(words) and len(words.encode("gb2312", "ignore").decode("gb2312")) == len(words)
    chars = words if plain else cast_shadow(words).chars
    return _NUMBER.sub("#", chars), _NUMBER.findall(chars)


def english_names(group: str) -> dict[str, str]:
    """Return the English name of every value of a group of labels that has one: of categories, of tasks."""
    table = _labels(_labels_path())
    return {
        key.removeprefix(f"{group}."): row["en"] for key, row in table.items() if key.startswith(f"{group}.")
    }
