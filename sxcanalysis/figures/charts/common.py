"""Words for data values that several charts write: bodies, tasks, categories, amounts."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from sxcanalysis.figures.style import CATEGORY_MARKS, marks_for
from sxcanalysis.reference.bodies import body_english
from sxcanalysis.reference.units import SCALES, units
from sxcanalysis.reference.words import label_of_words

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

    from sxcanalysis.figures.request import Request
    from sxcanalysis.figures.style import Mark


def body_name(name: str, lang: str) -> str:
    """Name a body in a figure, in English without what all provincial bodies have in common."""
    if lang == "zh":
        return name
    english = body_english(name) or name
    for head in ("Provincial Department of ", "Provincial "):
        english = english.removeprefix(head)
    return english.replace(" of the Provincial Party Committee", " (Party)")


def body_in_text(name: str, lang: str) -> str:
    """Name a body in a sentence: in English in full, with an article."""
    return name if lang == "zh" else f"the {body_english(name) or name}"


def task_number(task_id: object) -> str:
    """Give the number of a task as the list prints it."""
    return str(task_id).split("-", 1)[-1]


def task_name(request: Request, task: Mapping[Hashable, object]) -> str:
    """Give the short title of a task, or the beginning of its text where it has none."""
    own = task.get("title" if request.lang == "zh" else "title_en")
    return (
        label_of_words("task", str(task.get("title", "")), request.lang)
        or str(own or "")
        or re.split(r"[，。；]", str(task["text"]), maxsplit=1)[0]
    )


def category_name(request: Request, category: object) -> str:
    """Name a category."""
    return request.label(f"category.{category}", default=str(category))


def category_head(request: Request, category: object) -> str:
    """Name a category above a narrow column."""
    return request.label(f"category_short.{category}", category_name(request, category))


def category_marks(tasks: pd.DataFrame) -> dict[str, Mark]:
    """Give each category of the tasks its mark, in the order of the list."""
    return marks_for(tasks["category"], CATEGORY_MARKS)


def city_name(row: Mapping[Hashable, Any], lang: str) -> str:
    """Name the city of a row without what all cities have in common."""
    return str(row["city"]).removesuffix("市") if lang == "zh" else str(row["city_en"] or row["city"])


def number(value: float) -> str:
    """Write a number without false digits and trailing zeros."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def measured(unit: str, lang: str, value: float) -> tuple[float, str]:
    """
    Say in which unit a figure writes an amount, and by how much to multiply it.

    Chinese keeps the document's unit (万方). English has no 10,000: thousands or millions of the base unit, and no word for
    counts, whose name stands beside them.
    """
    if lang == "zh":
        return 1.0, unit
    scale = next((one for one in ("万", "亿") if unit.startswith(one) and unit[1:] in units()), "")
    base = units().get(unit[len(scale) :])
    if base is not None and base.dimension == "ratio":
        return 1.0, unit
    name = unit[len(scale) :] if base is None else "" if base.dimension == "count" else base.name_en
    factor = float(SCALES[scale]) if scale else 1.0
    for size, word in ((1e6, "million"), (1e5, "thousand")):
        if value * factor >= size:
            return factor / (1e6 if word == "million" else 1e3), f"{word} {name}".strip()
    return factor, name


def amount(row: Mapping[Hashable, object], lang: str) -> tuple[str, str]:
    """Write the amount of a target, with a sign where it is no plain equality, and its unit."""
    value, high = float(str(row["value"])), float(str(row.get("value_high") or "nan"))
    factor, unit = measured(str(row["unit"]), lang, value)
    text = number(value * factor)
    if not math.isnan(high):
        text += f"–{number(high * factor)}"
    sign = {"ge": "≥ ", "gt": "> ", "le": "≤ ", "lt": "< ", "about": "≈ "}.get(str(row["comparator"]), "")
    return sign + text, unit
