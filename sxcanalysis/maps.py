"""Maps of the located projects and places, as figure bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely
from matplotlib.patches import Rectangle

from sxcanalysis._basemap import (
    MM,
    axes_mm,
    draw_county_names,
    draw_graticule,
    draw_ground,
    draw_north,
    draw_scale_bar,
    load_ground,
)
from sxcanalysis._keys import draw_key, draw_legend, draw_legend_rows, paper
from sxcanalysis._marking import draw_numbers, draw_projects, marked
from sxcanalysis._pages import (
    ALSO,
    INPUTS,
    MARGIN_MM,
    PAGE_MM,
    add_map_note,
    add_title,
    box_of,
    boxes_of,
    corner_boxes,
    foot_mm,
    numbered,
    plotted,
    sheet_to_measure,
)
from sxcanalysis.figures import FigureBundle, source_note
from sxcanalysis.style import (
    FONT_SIZES,
    INK,
    MAX_HEIGHT_MM,
    add_source_note,
    label,
    new_figure,
)

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NAMED_WITHIN_M = 170_000.0  # maps of more than this have no room for county names


def project_overview(edition: str, lang: str) -> FigureBundle:
    """Map every project by kind and stage, with its precision, and name each by a numbered key."""
    projects, numbers = numbered(edition)
    ground = load_ground()
    marks = marked(projects)
    note = source_note(edition, also=ALSO)
    frame = ground.frame()
    # The key is measured on a sheet of its own first: the page is as high as it must be, and the map as large as it can be.
    high = draw_key(sheet_to_measure(PAGE_MM - 2), projects, numbers, marks, lang)
    rest = 7 + 5 + high + 1 + foot_mm(note[lang], lang)
    shape = (frame[3] - frame[1]) / (frame[2] - frame[0])
    across = min(PAGE_MM - MARGIN_MM - 1.0, (MAX_HEIGHT_MM - rest) / shape)
    down = across * shape
    fig = new_figure(PAGE_MM, rest + down, layout=None)
    add_source_note(fig, note[lang])
    add_title(fig, _overview_title(projects, edition, lang))
    ax = axes_mm(fig, (PAGE_MM + MARGIN_MM - 1 - across) / 2, 6.5, across, down)
    names = draw_ground(ax, ground, frame, lang)
    draw_graticule(ax, frame)
    draw_projects(ax, projects, marks)
    draw_scale_bar(ax, lang)
    draw_north(ax, lang)
    legend = _corner(fig, ax, marks, projects, edition, lang)
    draw_numbers(
        ax, projects, numbers, marks, avoid=[*boxes_of(ax, names), box_of(ax, legend), *corner_boxes(ax)]
    )
    key = paper(axes_mm(fig, 1.0, 6.5 + down + 5, PAGE_MM - 2, high), PAGE_MM - 2, high)
    draw_key(key, projects, numbers, marks, lang)
    add_map_note(fig, lang)
    return FigureBundle(
        name="project-overview",
        figure=fig,
        caption=_overview_caption(projects, edition),
        alt=_overview_alt(projects, edition),
        data=plotted(projects, numbers),
        source_note=note,
        edition=edition,
        lang=lang,
        inputs=INPUTS,
    )


def project_kinds(edition: str, lang: str) -> FigureBundle:
    """Map the projects of each kind in a map of their own, at its own scale, with county names."""
    projects, numbers = numbered(edition)
    ground = load_ground(300.0)  # eight maps in one page: finer outlines are not seen, and weigh
    marks = marked(projects)
    note = source_note(edition, also=ALSO)
    kinds = list(dict.fromkeys(projects["kind"]))
    rows = -(-len(kinds) // 2)
    foot = foot_mm(note[lang], lang)
    present = sorted(set(projects["precision"]))
    legend = draw_legend_rows(sheet_to_measure(PAGE_MM - 2), marks, lang, year=edition, present=present)
    side = min(52.0, (MAX_HEIGHT_MM - 7 - foot - legend) / rows - 7)
    fig = new_figure(PAGE_MM, 7 + rows * (side + 7) + legend + foot, layout=None)
    add_source_note(fig, note[lang])
    add_title(fig, label("map.kinds_title", lang).format(year=edition))
    half = (PAGE_MM - 2) / 2
    for at, kind in enumerate(kinds):
        mine = projects[projects["kind"] == kind]
        own = [n for n, each in zip(numbers, projects["kind"], strict=True) if each == kind]
        left, top = 1.0 + (at % 2) * half, 6.5 + (at // 2) * (side + 7)
        _heading(fig, left, top, label(f"kind.{kind}", lang, default=kind), marks.kinds[kind].color)
        ax = axes_mm(fig, left, top + 4.5, side, side)
        frame = _square(mine)
        draw_ground(ax, ground, frame, lang, names=False)
        drawn = mine[mine.geometry.notna() & (mine["geometry_type"] != "area")]
        per_point = (frame[2] - frame[0]) / (side * MM)
        off = shapely.union_all(drawn.geometry.buffer(4 * per_point).to_numpy())
        close = frame[2] - frame[0] < _NAMED_WITHIN_M
        names = draw_county_names(ax, ground, frame, lang, keep_off=off) if close else []
        draw_projects(ax, mine, marks)
        draw_scale_bar(ax, lang)
        draw_numbers(ax, mine, own, marks, avoid=[*boxes_of(ax, names), *corner_boxes(ax)[:1]])
        width = half - side - 2
        sheet = paper(axes_mm(fig, left + side + 1.5, top + 4.5, width, side), width, side)
        draw_key(sheet, mine, own, marks, lang, columns=1, full=False)
    top = 6.5 + rows * (side + 7)
    sheet = paper(axes_mm(fig, 1.0, top, PAGE_MM - 2, legend), PAGE_MM - 2, legend)
    draw_legend_rows(sheet, marks, lang, year=edition, present=present)
    add_map_note(fig, lang)
    return FigureBundle(
        name="project-kinds",
        figure=fig,
        caption=_kinds_caption(projects, edition),
        alt=_kinds_alt(projects, edition),
        data=plotted(projects, numbers),
        source_note=note,
        edition=edition,
        lang=lang,
        inputs=INPUTS,
    )


def _heading(fig: Figure, left: float, top: float, words: str, color: str) -> None:
    across, down = (float(side) * 25.4 for side in fig.get_size_inches())
    y = 1 - (top + 2.2) / down
    fig.add_artist(
        Rectangle((left / across, y - 1.0 / down), 2.4 / across, 2.4 / down, facecolor=color, linewidth=0)
    )
    fig.text(
        (left + 3.6) / across, y, words, size=FONT_SIZES["label"], va="center_baseline", ha="left", color=INK
    )


def _square(projects: gpd.GeoDataFrame, least_m: float = 60_000.0) -> tuple[float, float, float, float]:
    """Frame the projects with a margin, square, at least `least_m` wide."""
    located = projects[projects.geometry.notna()]
    west, south, east, north = located.total_bounds
    half = max(east - west, north - south, least_m) / 2 * 1.12
    x, y = (west + east) / 2, (south + north) / 2
    return x - half, y - half, x + half, y + half


def _kinds_caption(projects: gpd.GeoDataFrame, edition: str) -> dict[str, str]:
    kinds = projects["kind"].nunique()
    return {
        "zh": f"{edition}年清单点名的基础设施项目，按{kinds}种类型分图，各图比例尺不同；编号与总图一致，线型为当年进展阶段。",
        "en": f"Infrastructure projects named in the {edition} list in {kinds} maps by kind, each at its own scale; numbers as in the "
        "overview, line styles for the stage that year.",
    }


def _kinds_alt(projects: gpd.GeoDataFrame, edition: str) -> dict[str, str]:
    parts: dict[str, list[str]] = {"zh": [], "en": []}
    for kind, mine in projects.groupby("kind", sort=False):
        counties = len({c for cell in mine["counties"] for c in cell.split(";") if c})
        length = float(mine["length_km_published"].sum())
        for lang, said in parts.items():
            word = label(f"kind.{kind}", lang, default=str(kind))
            if lang == "zh":
                tail = f"、公布里程合计{length:.0f}千米" if length else ""
                said.append(f"{word}{len(mine)}个，涉及{counties}个县级单位{tail}")
            else:
                tail = f", published lengths {length:.0f} km in all" if length else ""
                said.append(f"{word}: {len(mine)} projects in {counties} county-level units{tail}")
    return {
        "zh": f"{edition}年清单：" + "；".join(parts["zh"]) + "。",
        "en": f"{edition} list: " + "; ".join(parts["en"]) + ".",
    }


def _corner(
    fig: Figure, ax: Axes, marks: object, projects: gpd.GeoDataFrame, edition: str, lang: str
) -> Axes:
    """Place the legend in the upper right corner of the map, where the sea is."""
    width = 41.0 if lang == "zh" else 50.0
    place = ax.get_position()
    sheet = fig.add_axes((0.9, 0.9, 0.05, 0.05), zorder=8)
    across, down = (float(side) * 25.4 for side in fig.get_size_inches())
    paper(sheet, width, 80)
    high = draw_legend(sheet, marks, lang, year=edition, present=sorted(set(projects["precision"])))  # type: ignore[arg-type]
    sheet.set_position(
        (place.x1 - (width + 1) / across, place.y1 - (high + 1) / down, width / across, high / down)
    )
    sheet.set_ylim(high, 0)
    sheet.axis("on")
    sheet.set_xticks([])
    sheet.set_yticks([])
    sheet.set_facecolor("#ffffffee")
    for spine in sheet.spines.values():
        spine.set_visible(True)
        spine.set_linewidth(0.4)
    return sheet


def _overview_title(projects: gpd.GeoDataFrame, edition: str, lang: str) -> str:
    drawn = int(projects.geometry.notna().sum())
    return label("map.overview_title", lang).format(year=edition, total=len(projects), drawn=drawn)


def _overview_caption(projects: gpd.GeoDataFrame, edition: str) -> dict[str, str]:
    total, drawn = len(projects), int(projects.geometry.notna().sum())
    return {
        "zh": f"{edition}年清单点名的{total}个基础设施项目，颜色为类型，线型为当年进展阶段；{drawn}个可上图，"
        "色带和虚线圈为位置的不确定范围，斜线填充的单位表示只知项目在其中某处。",
        "en": f"The {total} infrastructure projects that the {edition} list names, coloured by kind, with line styles for their "
        f"stage that year; {drawn} can be drawn. Bands and dotted circles show how far off a location may be; a hatched unit "
        "means that the project lies somewhere in it.",
    }


def _overview_alt(projects: gpd.GeoDataFrame, edition: str) -> dict[str, str]:
    said = {}
    for lang, join in (("zh", "、"), ("en", ", ")):
        kinds = projects["kind"].value_counts()
        stages = projects["stage"].value_counts()
        by_kind = join.join(
            f"{label(f'kind.{k}', lang, default=k)}{n}个"
            if lang == "zh"
            else f"{n} {label(f'kind.{k}', lang, default=k).lower()}"
            for k, n in kinds.items()
        )
        by_stage = join.join(
            f"{label(f'stage.{k}', lang, default=k)}{n}个"
            if lang == "zh"
            else f"{n} {label(f'stage.{k}', lang, default=k).lower()}"
            for k, n in stages.items()
        )
        wide = int(projects["precision"].isin(("county", "city")).sum())
        lost = int(projects.geometry.isna().sum())
        said[lang] = (
            f"{edition}年清单共{len(projects)}个项目：{by_kind}。按阶段：{by_stage}。{wide}个只知所在县或市，{lost}个无法上图。"
            if lang == "zh"
            else f"{len(projects)} projects in the {edition} list: {by_kind}. By stage: {by_stage}. {wide} are known to a county or "
            f"city only, {lost} cannot be drawn."
        )
    return said
