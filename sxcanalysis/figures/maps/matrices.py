"""What a map cannot show: the projects without a place, and the cities assigned against the cities touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely
from matplotlib.patches import Rectangle

from sxcanalysis.figures.catalogue import FigureBundle, source_note
from sxcanalysis.figures.maps.ground import MM, axes_mm, load_ground
from sxcanalysis.figures.maps.keys import draw_legend_rows, paper, write_lines
from sxcanalysis.figures.maps.marks import draw_projects, marked
from sxcanalysis.figures.maps.pages import (
    INPUTS,
    PAGE_MM,
    add_map_note,
    add_title,
    also,
    draw_base,
    draw_labels,
    foot_mm,
    numbered,
    plotted,
    sheet_to_measure,
    square_around,
)
from sxcanalysis.figures.style import (
    CITY_MARKS,
    FONT_SIZES,
    INK,
    MAX_HEIGHT_MM,
    MUTED,
    add_source_note,
    new_figure,
    text_width,
    wrap_text,
)
from sxcanalysis.geography.boundaries import load_boundaries, to_display_crs
from sxcanalysis.geography.projects import assigned_vs_touched
from sxcanalysis.reference.words import label

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from matplotlib.axes import Axes
    from shapely.geometry.base import BaseGeometry

_VAGUE = ("county", "city", "none")
_BOTH, _ASSIGNED, _TOUCHED = "#3a5f7d", "#ffffff", "#d9883b"
_ROW_MM = 4.9
_OUTSIDE_MM = 34.0  # what is left for the cities outside
_LEAST_KM = 1.0  # a line that ends at a border is not in the city beyond it


def project_unlocated(edition: str, lang: str) -> FigureBundle:
    """List the projects that have no place of their own, with the unit that is known and the reason, beside a map of those units."""
    projects = numbered(edition)
    lost = projects["precision"].isin(_VAGUE)
    mine = projects[lost]
    note = source_note(edition, also=also())
    marks = marked(projects)
    side = 62.0
    widths = (8.0, 43.0, 19.0, PAGE_MM - side - 7 - 70.0)
    rows = [_unlocated_row(row, lang, widths) for row in mine.itertuples()]
    size = FONT_SIZES["tick"]
    heights = [(max(cell.count("\n") for cell in row) + 1) * size * 1.3 / MM + 2.4 for row in rows]
    present = [name for name in _VAGUE if name in set(mine["precision"])]
    legend = draw_legend_rows(sheet_to_measure(sum(widths) - 2), marks, lang, present=present)
    table = 6.0 + sum(heights)
    high = max(table + 2 + legend, side)
    fig = new_figure(PAGE_MM, 7 + high + 3 + foot_mm(note[lang], lang), layout=None)
    add_source_note(fig, note[lang])
    add_title(fig, label("map.unlocated_title", lang).format(year=edition))
    sheet = paper(axes_mm(fig, 1.0, 6.5, sum(widths), high), sum(widths), high)
    heads = [label(key, lang) for key in ("map.no", "map.project", "map.known_unit", "map.reason")]
    _table_row(sheet, 0.5, heads, widths, size, MUTED)
    y = 6.0
    for cells, down in zip(rows, heights, strict=True):
        sheet.plot([0, sum(widths) - 1], [y - 1, y - 1], color=MUTED, linewidth=0.3)
        _table_row(sheet, y, cells, widths, size, INK)
        y += down
    below = paper(axes_mm(fig, 1.0, 6.5 + high - legend, sum(widths) - 2, legend), sum(widths) - 2, legend)
    draw_legend_rows(below, marks, lang, present=present)
    placed = mine[mine.geometry.notna()]
    if not placed.empty:
        ax = axes_mm(fig, PAGE_MM - side - 1, 6.5, side, side)
        ground = load_ground(300.0)
        draw_base(ax, ground, square_around(placed), lang)
        draw_projects(ax, placed, marks)
        draw_labels(ax, ground, placed, marks, lang)
    add_map_note(fig, lang)
    return FigureBundle(
        name="project-unlocated",
        figure=fig,
        caption=_unlocated_caption(mine, len(projects), edition),
        alt=_unlocated_alt(mine, len(projects), edition),
        data=plotted(mine),
        source_note=note,
        edition=edition,
        lang=lang,
        inputs=INPUTS,
    )


def _unlocated_row(row: Any, lang: str, widths: tuple[float, ...]) -> list[str]:  # noqa: ANN401  # of itertuples
    size = FONT_SIZES["tick"]
    name = row.name if lang == "zh" else row.name_en
    reason = row.reason_none_zh if lang == "zh" else row.reason_none
    unit = _unit_name(row.claimed_counties, lang)
    cells = (str(row.number), name, unit or label("map.whole_text", lang), reason)
    return [wrap_text(cell, (width - 2) * MM, size) for cell, width in zip(cells, widths, strict=True)]


def _unit_name(claimed: str, lang: str) -> str:
    units = pd.concat([load_boundaries("county"), load_boundaries("city")]).set_index("adcode")
    column = "name" if lang == "zh" else "name_en"
    return ("、" if lang == "zh" else ", ").join(
        str(units.loc[code, column]) for code in claimed.split(";") if code
    )


def _table_row(
    ax: Axes, y: float, cells: list[str], widths: tuple[float, ...], size: float, color: str
) -> None:
    x = 0.0
    for cell, width in zip(cells, widths, strict=True):
        write_lines(ax, x + 0.3, y, cell, size, color)
        x += width


def _unlocated_caption(mine: gpd.GeoDataFrame, total: int, edition: str) -> dict[str, str]:
    return {
        "zh": f"{edition}年清单{total}个基础设施项目中没有自身位置的{len(mine)}个：已知所在单位与未能定位的原因；"
        "右图斜线为已知所在的县或市。",
        "en": f"The {len(mine)} of the {total} infrastructure projects of the {edition} list that have no place of their own: the "
        "unit that is known, and why no more is. Hatched on the map: the county or city known.",
    }


def _unlocated_alt(mine: gpd.GeoDataFrame, total: int, edition: str) -> dict[str, str]:
    count = mine["precision"].value_counts()
    county, city, none = (int(count.get(name, 0)) for name in _VAGUE)
    zh, en = "、".join(mine["name"]), "; ".join(mine["name_en"])
    return {
        "zh": f"{edition}年清单的{total}个项目中，{county}个只知所在县级单位，{city}个只知所在设区市，{none}个完全无法定位：{zh}。",
        "en": f"Of {total} projects in the {edition} list {county} are known to the county only, {city} to the city only, and {none} "
        f"cannot be located at all: {en}.",
    }


def assigned_versus_touched(edition: str, lang: str) -> FigureBundle:
    """Compare, project by project, the cities that the task is assigned to with the cities that the project lies in."""
    projects = numbered(edition)
    table = assigned_vs_touched(projects.to_crs(4326))
    note = source_note(edition, also=also(water=False))
    cities = list(dict.fromkeys(table["adcode"]))
    # Full members first, as everywhere; their order is that of the marks.
    cities.sort(key=lambda code: list(CITY_MARKS).index(code) if code in CITY_MARKS else 99)
    size = FONT_SIZES["note"]
    told = wrap_text(label("map.matrix_note", lang), (PAGE_MM - 4) * MM, size)
    below = (told.count("\n") + 1) * size * 1.3 / MM + 2
    strip = (wrap_text(note[lang], PAGE_MM * MM - 8, size).count("\n") + 1) * size * 1.5 / MM + 5
    head, sums, legend = 7.0, 3 * 4.6 + 3, 6.0
    row_mm = min(_ROW_MM, (MAX_HEIGHT_MM - 7 - head - sums - legend - below - strip) / len(projects))
    high = head + row_mm * len(projects) + sums + legend + below
    fig = new_figure(PAGE_MM, 7 + high + strip, layout=None)
    add_source_note(fig, note[lang])
    pairs, both = _agreement(table)
    add_title(fig, label("map.assigned_title", lang).format(year=edition, pairs=pairs, both=both))
    ax = paper(axes_mm(fig, 1.0, 6.5, PAGE_MM - 2, high), PAGE_MM - 2, high)
    names = projects["name" if lang == "zh" else "name_en"]
    left = min(88.0, 18.0 + max(text_width(name, size) for name in names) / MM)
    cell = min(16.0, (PAGE_MM - _OUTSIDE_MM - left) / len(cities))
    outside = left + cell * len(cities) + 2
    heads = table.drop_duplicates("adcode").set_index("adcode")["city" if lang == "zh" else "city_en"]
    for column, code in enumerate(cities):
        middle = left + (column + 0.5) * cell
        ax.text(middle, 4.0, heads[code], size=size, ha="center", va="center_baseline")
    ax.text(outside, 4.0, label("map.outside", lang), size=size, color=MUTED, va="center_baseline")
    neighbours = to_display_crs(load_boundaries("neighbour"))
    previous, shown = "", table.set_index(["project_id", "adcode"])
    for at, row in enumerate(projects.itertuples()):
        y = head + (at + 0.5) * row_mm
        vague = bool(shown.loc[row.project_id]["others_implied"].any())
        if row.task_id != previous:
            ax.plot([0, PAGE_MM - 2], [y - row_mm / 2] * 2, color=MUTED, linewidth=0.3)
            mark = row.task_id.split("-", 1)[1] + ("*" if vague else "")
            ax.text(0.5, y, mark, size=size, color=MUTED, va="center_baseline")
            previous = row.task_id
        name = row.name if lang == "zh" else row.name_en
        ax.text(12.5, y, str(row.number), size=size, ha="right", va="center_baseline", color=MUTED)
        short = _short(name, (left - 15) * MM, size)
        ax.text(14.0, y, short, size=size, va="center_baseline", color=INK)
        for column, code in enumerate(cities):
            place = shapely.box(left + column * cell + 0.7, y - row_mm / 2 + 0.45, left + (column + 1) * cell - 0.7, y + row_mm / 2 - 0.45)  # fmt: skip
            _cell(ax, place, shown.loc[(row.project_id, code)], row.precision, lang)
        beyond = _beyond(row.geometry, neighbours, lang)
        ax.text(outside, y, beyond, size=size, va="center_baseline", color=INK)
    y = head + row_mm * len(projects)
    ax.plot([0, PAGE_MM - 2], [y, y], color=INK, linewidth=0.6)
    for line, (key, counted) in enumerate(_SUMS.items()):
        middle = y + 2.8 + line * 4.6
        ax.text(left - 2, middle, label(key, lang), size=size, ha="right", va="center_baseline", color=MUTED)
        for column, code in enumerate(cities):
            count = int(counted(table[table["adcode"] == code]).sum())
            ax.text(
                left + (column + 0.5) * cell,
                middle,
                str(count),
                size=size + 0.5,
                ha="center",
                va="center_baseline",
            )
    _cell_legend(ax, y + sums + 1.5, table, lang)
    ax.text(0.5, y + sums + legend - 0.5, told, size=size, color=MUTED, va="top", linespacing=1.3)
    return FigureBundle(
        name="assigned-versus-touched",
        figure=fig,
        caption={
            "zh": f"{edition}年清单的{len(projects)}个基础设施项目：任务指定落实的城市与项目实际所在的城市；格内数字为示意线路在市内的里程（千米）。",
            "en": f"The {len(projects)} infrastructure projects of the {edition} list: cities that the task is assigned to, and cities "
            "that the project lies in; numbers are km of the schematic line within the city.",
        },
        alt=_assigned_alt(table, cities, edition),
        data=table.assign(number=table["project_id"].map(projects.set_index("project_id")["number"])),
        source_note=note,
        edition=edition,
        lang=lang,
        inputs=INPUTS,
    )


_SUMS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "map.count_assigned": lambda table: table["assigned"],
    "map.count_touched": lambda table: table["touched"],
    "map.count_both": lambda table: table["assigned"] & table["touched"],
}


def _cell(ax: Axes, box: shapely.Polygon, hit: pd.Series, precision: str, lang: str) -> None:
    relation, size = hit["relation"], FONT_SIZES["note"]
    west, low, east, high = box.bounds
    place: dict[str, Any] = {"xy": (west, low), "width": east - west, "height": high - low}
    middle, y = box.centroid.x, box.centroid.y
    if relation == "neither":
        ax.plot([middle], [y], marker=".", markersize=1.5, color="#b5b5b5")
        return
    if relation == "unknown":
        if hit["assigned"]:
            ax.add_patch(
                Rectangle(
                    **place, facecolor="none", edgecolor=MUTED, linewidth=0.5, linestyle=(0, (1.5, 1.2))
                )
            )
            ax.text(middle, y, "?", size=size, ha="center", va="center_baseline", color=MUTED)
        return
    face = {"both": _BOTH, "assigned_only": _ASSIGNED, "touched_only": _TOUCHED}[relation]
    ax.add_patch(
        Rectangle(
            **place,
            facecolor=face,
            edgecolor="#8d8d8d" if relation == "assigned_only" else face,
            linewidth=0.5,
        )
    )
    if relation == "assigned_only":
        return
    if precision in _VAGUE:
        words = label("map.inside", lang)
    elif hit["length_km"] >= 0.5:
        words = f"{hit['length_km']:.0f}"
    else:
        words = (
            label("map.point", lang) if precision in {"exact", "approximate"} else f"{hit['length_km']:.1f}"
        )
    ax.text(
        middle,
        y,
        words,
        size=size,
        ha="center",
        va="center_baseline",
        color="white" if relation == "both" else INK,
    )


def _cell_legend(ax: Axes, y: float, table: pd.DataFrame, lang: str) -> None:
    x, size = 0.5, FONT_SIZES["note"]
    styles: dict[str, dict[str, Any]] = {
        "both": {"facecolor": _BOTH, "edgecolor": _BOTH},
        "assigned_only": {"facecolor": _ASSIGNED, "edgecolor": "#8d8d8d"},
        "touched_only": {"facecolor": _TOUCHED, "edgecolor": _TOUCHED},
        "unknown": {"facecolor": "none", "edgecolor": MUTED, "linestyle": (0, (1.5, 1.2))},
    }
    keys = {
        "both": "map.cell_both",
        "assigned_only": "map.cell_assigned",
        "touched_only": "map.cell_touched",
        "unknown": "map.cell_unknown",
    }
    for relation, style in styles.items():
        if relation not in set(table["relation"]):
            continue
        ax.add_patch(Rectangle((x, y - 1.4), 6, 2.8, linewidth=0.5, **style))
        words = label(keys[relation], lang)
        ax.text(x + 7.2, y, words, size=size, va="center_baseline", color=INK)
        x += 7.2 + text_width(words, size) / MM + 4


def _short(words: str, room: float, size: float) -> str:
    lines = wrap_text(words, room, size).split("\n")
    return (
        lines[0]
        if len(lines) == 1
        else wrap_text(words, room - size, size).split("\n")[0].rstrip(" ,、–") + "…"
    )


def _beyond(line: BaseGeometry | None, neighbours: gpd.GeoDataFrame, lang: str) -> str:
    """Name the cities outside in which a line runs, with its length (km) there."""
    if line is None or shapely.get_dimensions(line) != 1:
        return ""
    lengths = neighbours.geometry.intersection(line).length / 1000
    name = neighbours["name" if lang == "zh" else "name_en"]
    told = [f"{name[at]} {lengths[at]:.0f}" for at in lengths.index[lengths >= _LEAST_KM]]
    return ("、" if lang == "zh" else ", ").join(told)


def _agreement(table: pd.DataFrame) -> tuple[int, int]:
    """Count the assignments of a located project to a city, and those in which the project lies in the city."""
    both = int((table["relation"] == "both").sum())
    return both + int((table["relation"] == "assigned_only").sum()), both


def _assigned_alt(table: pd.DataFrame, cities: list[str], edition: str) -> dict[str, str]:
    pairs, both = _agreement(table)
    beyond = int((table["relation"] == "touched_only").sum())
    names = table.drop_duplicates("adcode").set_index("adcode")
    zh, en = [], []
    for code in cities:
        mine = table[table["adcode"] == code]
        assigned = int(mine["assigned"].sum())
        touched = int(mine["touched"].sum())
        zh.append(f"{names.loc[code, 'city']!s}指定{assigned}个、实际{touched}个")
        en.append(f"{names.loc[code, 'city_en']!s} assigned {assigned}, touched {touched}")
    return {
        "zh": f"{edition}年清单中位置已知的项目共有{pairs}个“项目—城市”指定关系，其中{both}个项目确在该市，{pairs - both}个不在；"
        f"另有{beyond}个实际所在而未指定。{'；'.join(zh)}。",
        "en": f"For projects with a known place the {edition} list makes {pairs} assignments of a project to a city; in {both} the project "
        f"lies in that city, in {pairs - both} it does not, and {beyond} projects touch a city that is not assigned. {'; '.join(en)}.",
    }
