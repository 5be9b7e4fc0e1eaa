"""What the charts share: words for data values, the frame of a figure, and the plain forms that several of them use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.patches import Rectangle

from sxcanalysis._errors import MissingDataError
from sxcanalysis.bodies import body_english
from sxcanalysis.figures import FigureBundle, source_note
from sxcanalysis.style import (
    FONT_SIZES,
    INK,
    MUTED,
    add_source_note,
    label,
    new_figure,
    text_width,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: One colour, light to dark: the more, the darker, also in a grey print. It never reaches black, so that white figures stand out.
_RAMP = LinearSegmentedColormap.from_list("ramp", ["#eef3f8", "#9dbfdd", "#3f78ad", "#123a66"])


def opened(
    edition: str,
    lang: str,
    title: str,
    size: tuple[str | float, float],
    *,
    also: Iterable[Mapping[str, str]] = (),
) -> tuple[Figure, dict[str, str]]:
    """Open a figure of a width and a height (mm) with its source note and its title; give the note in both languages."""
    note = source_note(edition, also=also)
    fig = new_figure(*size)
    add_source_note(fig, note[lang])
    fig.suptitle(label(f"chart.{title}", lang), x=0.01, ha="left", size=FONT_SIZES["title"])
    return fig, note


def closed(
    name: str,
    fig: Figure,
    data: pd.DataFrame,
    words: Mapping[str, tuple[str, str]],
    note: Mapping[str, str],
    *,
    edition: str,
    lang: str,
    inputs: tuple[str, ...] = (),
) -> FigureBundle:
    """Make the bundle; `words` holds caption and alt text of each language."""
    return FigureBundle(
        name=name,
        figure=fig,
        caption={key: caption for key, (caption, _) in words.items()},
        alt={key: alt for key, (_, alt) in words.items()},
        data=data.reset_index(drop=True),
        source_note=note,
        edition=edition,
        lang=lang,
        inputs=inputs,
    )


def needed(table: pd.DataFrame, name: str, what: str, edition: str) -> pd.DataFrame:
    """Return the table, or say that the figure cannot be drawn because it is empty."""
    if table.empty:
        msg = (
            f"The figure {name} cannot be drawn for {edition}: the edition has no {what}. Expected rows in "
            f"data/tables/{edition}/; leave the figure out for this edition, or see `sxc check --edition {edition}`."
        )
        raise MissingDataError(msg)
    return table


def category(value: object, lang: str) -> str:
    """Name a category; one that no label knows keeps the document's words."""
    return label(f"category.{value}", lang, default=str(value))


def body(name: str, lang: str) -> str:
    """Name a body, in English without what all provincial bodies have in common."""
    if lang == "zh":
        return name
    english = body_english(name) or name
    for head in ("Provincial Department of ", "Provincial "):
        english = english.removeprefix(head)
    return english.replace(" of the Provincial Party Committee", " (Party)")


def unit(name: str, lang: str) -> str:
    """Name a unit; one that no label knows keeps the document's words."""
    return label(f"unit.{name}", lang, default=name)


def city(row: Mapping[Hashable, object], lang: str) -> str:
    """Name a city in a figure."""
    name = str(row["city"])
    return name.removesuffix("市") if lang == "zh" else str(row["city_en"] or name)


def task_name(task: Mapping[Hashable, object], lang: str, width: float, size: float) -> str:
    """Give a short name of a task: from the labels, or the beginning of its text, cut to a width in points."""
    text = str(task["text"])
    default = text.replace("；", "，").replace("。", "，").split("，", 1)[0]
    return shortened(label(f"task.{task['task_id']}", lang, default=default), width, size)


def shortened(text: str, width: float, size: float) -> str:
    """Cut a text to a width in points, with an ellipsis where something is left out."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def number(value: float, *, digits: int = 1) -> str:
    """Write a number as a figure shows it: no needless decimals, a comma between thousands."""
    text = f"{value:,.{digits}f}" if digits else f"{value:,.0f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


def listed(parts: Sequence[str], lang: str) -> str:
    """Join the parts of an enumeration."""
    if lang == "zh":
        return "、".join(parts)
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1] if parts else ""


def shade(value: float, top: float) -> tuple[str, str]:
    """Give the fill of a cell for a count between 0 and `top`, and a text colour that stands out on it."""
    at = 0.0 if top <= 0 else min(value / top, 1.0)
    return to_hex(_RAMP(at)), ("white" if at > 0.55 else INK)


def cell(ax: Axes, x: float, y: float, value: float, top: float, text: str, *, size: float = 6.5) -> None:
    """Draw one cell of a matrix: a filled square with its number, or a faint dot where there is nothing."""
    if not value:
        ax.plot(x, y, marker=".", markersize=1.5, color="#c8c8c8", zorder=1)
        return
    fill, ink = shade(value, top)
    ax.add_patch(_square(x, y, fill))
    ax.text(x, y, text, ha="center", va="center_baseline", size=size, color=ink)


def _square(x: float, y: float, fill: str) -> Rectangle:
    return Rectangle((x - 0.46, y - 0.44), 0.92, 0.88, facecolor=fill, edgecolor="none", zorder=2)


def bare(ax: Axes, *, keep: Sequence[str] = ()) -> None:
    """Take away the frame and the tick marks of axes whose cells speak for themselves."""
    for side, spine in ax.spines.items():
        spine.set_visible(side in keep)
    ax.tick_params(length=0)


def remark(ax: Axes, text: str, *, x: float = 0.0, y: float = 1.0) -> None:
    """Write a line of explanation above axes."""
    ax.annotate(
        text,
        (x, y),
        (0, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        size=FONT_SIZES["note"],
        color=MUTED,
        va="bottom",
        ha="left",
    )
