"""What is wrong with data, said from ``labels.csv``: one sentence a key, with where, expected, found and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from sxcanalysis.reference.dictionary import Field, Table


def told(key: str, **values: object) -> str:
    """Return the sentence ``data.<key>`` with its values; plain key and values where the file of sentences itself is damaged."""
    try:
        return say(f"data.{key}", spoken(), **values)
    except Exception:  # noqa: BLE001  # whatever a damaged file makes of itself; what is being told must not be lost
        return f"{key.replace('_', ' ')}: {', '.join(f'{name} {value}' for name, value in values.items())}"


def about(described: Field | Table) -> str:
    """Return what a column or table holds, in the language that the person reads."""
    return described.about_zh if spoken() == "zh" else described.about
