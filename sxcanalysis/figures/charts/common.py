"""What the charts share: words for data values, the frame of a figure, and the plain forms that several of them use."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from sxcanalysis.core.errors import MissingDataError
from sxcanalysis.figures.catalogue import FigureBundle, source_note
from sxcanalysis.figures.style import (
    INK,
    MAX_HEIGHT_MM,
    MUTED,
    add_source_note,
    lightness,
    new_figure,
    text_width,
)
from sxcanalysis.reference.bodies import body_english
from sxcanalysis.reference.units import SCALES, units
from sxcanalysis.reference.words import label

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend

    from sxcanalysis.figures.style import Mark

PALE_RIM = "#c6c6c6"
#: One colour, light to dark: the more, the darker, also in a grey print. It never reaches black, so that white figures stand out.
_RAMP = LinearSegmentedColormap.from_list("ramp", ["#eef3f8", "#9dbfdd", "#3f78ad", "#123a66"])


def opened(
    edition: str, lang: str, height: float, *, also: Iterable[Mapping[str, str]] = ()
) -> tuple[Figure, dict[str, str]]:
    """
    Open a figure of the full text width and a height in mm with its source note; give the note in both languages.

    A chart has no title: its caption opens with one, and a report sets both in its own type.
    """
    note = source_note(edition, also=also)
    fig = new_figure("double", min(height, MAX_HEIGHT_MM))
    add_source_note(fig, note[lang])
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


def body_in_text(name: str, lang: str) -> str:
    """Name a body in a sentence: in English in full, with an article."""
    return name if lang == "zh" else f"the {body_english(name) or name}"


def measured(unit: str, lang: str, top: float) -> tuple[float, str]:
    """
    Say in which unit a figure writes amounts up to `top`, and by how much to multiply them.

    Chinese keeps the document's unit (万方). English has no 10,000: thousands or millions of the base unit, and no word for counts,
    whose name stands beside them.
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
        if top * factor >= size:
            return factor / (1e6 if word == "million" else 1e3), f"{word} {name}".strip()
    return factor, name


def amount(value: float, unit: str, lang: str, *, high: float = float("nan")) -> str:
    """Write an amount, or a range, with its unit as `measured` names it."""
    factor, name = measured(unit, lang, value)
    text = number(value * factor, digits=2)
    if not math.isnan(high):
        text += f"–{number(high * factor, digits=2)}"
    return text + (name if lang == "zh" or name == "%" else f" {name}".rstrip())


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


def counted(n: int, one: str, many: str = "") -> str:
    """Write a number with an English noun or verb that agrees with it."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def cities_note() -> dict[str, str]:
    """Name the source of the cities' figures, for the source note."""
    return {
        "zh": "城市数据：data/context/cities.csv，逐项注明出处，2023年",
        "en": "figures of the cities: data/context/cities.csv, each value with its source, 2023",
    }


def listed(parts: Sequence[str], lang: str) -> str:
    """Join the parts of an enumeration."""
    if lang == "zh":
        return "、".join(parts)
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1] if parts else ""


def on(fill: str) -> str:
    """Give the text colour that stands out on a fill."""
    return "white" if lightness(fill) < 55 else INK


def shade(value: float, top: float) -> str:
    """Give the fill of a cell for a count between 0 and `top`."""
    return to_hex(_RAMP(min(value / top, 1.0) if top > 0 else 0.0))


def tile(
    ax: Axes,
    at: tuple[float, float],
    mark: Mark,
    text: str = "",
    *,
    size: tuple[float, float] = (0.94, 0.88),
    font: float = 6.5,
) -> None:
    """Draw one cell of a matrix around a place, with a text that stands out on it."""
    x, y = at
    width, height = size
    shape = Rectangle((x - width / 2, y - height / 2), width, height, zorder=2, **_filled(mark))
    # What lies inside the axes anyway is not measured for the layout: that took a third of the time.
    ax.add_patch(shape).set_in_layout(False)
    if text:
        # On hatching, the text stands on a patch of the tile's own colour.
        box = {"facecolor": mark.color, "edgecolor": "none", "pad": 0.6} if mark.hatch else None
        inside = ax.text(
            x, y, text, ha="center", va="center_baseline", size=font, color=on(mark.color), bbox=box
        )
        inside.set_in_layout(False)


def segment(
    ax: Axes, y: float, left: float, length: float, mark: Mark, *, height: float = 0.7, size: float = 6.5
) -> None:
    """Draw one part of a stacked bar with its number inside; a part of nothing is not drawn."""
    if length:
        tile(ax, (left + length / 2, y), mark, f"{length:g}", size=(length, height), font=size)


def _filled(mark: Mark) -> dict[str, Any]:
    """Give the settings of a fill with a thin rim: white between neighbours, grey around what is almost white itself."""
    if mark.hatch:
        return mark.patch()
    return {
        "facecolor": mark.color,
        "edgecolor": PALE_RIM if lightness(mark.color) > 92 else "white",
        "linewidth": 0.5,
    }


def legend(place: Figure | Axes, marks: Iterable[tuple[str, Mark]], **settings: Any) -> Legend:  # noqa: ANN401
    """Name fills: of a figure in one line above its axes, of axes where the settings say."""
    handles = [Patch(label=name, **_filled(mark)) for name, mark in marks]
    own: dict[str, Any] = {
        "ncols": len(handles),
        "columnspacing": 1.4,
        "borderpad": 0.2,
        "borderaxespad": 0.0,
    }
    if isinstance(place, Figure):
        own["loc"] = "outside upper left"
    return place.legend(handles=handles, **own | settings)


def apart(ax: Axes, members: pd.Series[str]) -> None:
    """Draw a dashed line between the full members and those that take part in some tasks only."""
    full = int((members == "full").sum())
    if 0 < full < len(members):
        ax.axhline(full - 0.5, color=MUTED, linewidth=0.6, linestyle=(0, (3, 2)))


def whole_ticks(ax: Axes, *, most: int = 5) -> None:
    """Put few ticks on the horizontal axis, on round numbers, whole ones where things are counted."""
    ax.xaxis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10], integer=True))


def bare(ax: Axes, *, keep: Sequence[str] = ()) -> None:
    """Take away the frame and the tick marks of axes whose cells speak for themselves."""
    for side, spine in ax.spines.items():
        spine.set_visible(side in keep)
    ax.tick_params(length=0)
