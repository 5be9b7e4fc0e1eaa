"""Maps of the located projects and places, as figure bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from sxcanalysis.figures.catalogue import FigureBundle, source_note
from sxcanalysis.figures.maps.ground import MM, axes_mm, load_ground
from sxcanalysis.figures.maps.keys import (
    NOT_DRAWN,
    KeyLine,
    draw_key_lines,
    draw_kind,
    draw_legend,
    draw_legend_rows,
    key_height,
    key_lines,
    paper,
    write_lines,
)
from sxcanalysis.figures.maps.marks import Marked, draw_projects, draw_unit, marked
from sxcanalysis.figures.maps.pages import (
    INPUTS,
    MARGIN_MM,
    PAGE_MM,
    add_map_note,
    add_title,
    also,
    box_of,
    draw_base,
    draw_labels,
    foot_mm,
    numbered,
    plotted,
    sheet_to_measure,
    square_around,
)
from sxcanalysis.figures.style import (
    CATEGORY_MARKS,
    FONT_SIZES,
    FULL_MEMBERS,
    INK,
    MAX_HEIGHT_MM,
    MUTED,
    add_source_note,
    marks_for,
    new_figure,
    wrap_text,
)
from sxcanalysis.geography.boundaries import load_boundaries, to_display_crs
from sxcanalysis.geography.projects import load_sites
from sxcanalysis.reference.words import label
from sxcanalysis.tables.loading import load_tasks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SITES_NORTH_M = 3_580_000.0  # about 32.3° N: no named place lies north of it
_DEGREES_MM = 3.2  # left of a small map, for the degrees of its parallels
_NAMED_WITHIN_M = 190_000.0  # maps of more than this have no room for county names


def project_overview(edition: str, lang: str) -> FigureBundle:
    """Map every project by kind and stage, with its precision, and name each by a numbered key."""
    projects = numbered(edition)
    ground = load_ground()
    marks = marked(projects)
    note = source_note(edition, also=also())
    frame = ground.frame()
    # The key is measured first: the page is as high as it must be, and the map as large as it can be.
    lines = key_lines(projects, marks, lang)
    high = key_height(lines, PAGE_MM - 2)
    rest = 7 + 5 + high + 1 + foot_mm(note[lang], lang)
    shape = (frame[3] - frame[1]) / (frame[2] - frame[0])
    across = min(PAGE_MM - MARGIN_MM - 1.0, (MAX_HEIGHT_MM - 0.1 - rest) / shape)
    down = across * shape
    fig = new_figure(PAGE_MM, rest + down, layout=None)
    add_source_note(fig, note[lang])
    add_title(fig, _overview_title(projects, edition, lang))
    ax = axes_mm(fig, (PAGE_MM + MARGIN_MM - 1 - across) / 2, 6.5, across, down)
    ax.set(xlim=frame[::2], ylim=frame[1::2])
    legend = _corner(fig, ax, marks, projects, edition, lang)
    draw_base(ax, ground, frame, lang, step=0.5)
    draw_projects(ax, projects, marks)
    draw_labels(ax, ground, projects, marks, lang, avoid=[box_of(ax, legend)])
    key = paper(axes_mm(fig, 1.0, 6.5 + down + 5, PAGE_MM - 2, high), PAGE_MM - 2, high)
    draw_key_lines(key, lines)
    add_map_note(fig, lang)
    return FigureBundle(
        name="project-overview",
        figure=fig,
        caption=_overview_caption(projects, edition),
        alt=_overview_alt(projects, edition),
        data=plotted(projects),
        source_note=note,
        edition=edition,
        lang=lang,
        inputs=INPUTS,
    )


def project_kinds(edition: str, lang: str) -> FigureBundle:
    """Map the projects of each kind in a map of their own, at its own scale, with county names."""
    projects = numbered(edition)
    ground = load_ground(300.0)  # eight maps in one page: finer outlines are not seen, and weigh
    marks = marked(projects)
    note = source_note(edition, also=also())
    kinds = list(dict.fromkeys(projects["kind"]))
    foot = foot_mm(note[lang], lang)
    present = sorted(set(projects["precision"]))
    legend = draw_legend_rows(sheet_to_measure(PAGE_MM - 2), marks, lang, year=edition, present=present)
    half = (PAGE_MM - 2) / 2
    keys = {
        kind: key_lines(projects[projects["kind"] == kind], marks, lang, headings=False) for kind in kinds
    }
    side, rows = _largest(list(keys.values()), half, MAX_HEIGHT_MM - 7.1 - foot - legend)
    fig = new_figure(PAGE_MM, 7 + sum(rows) + legend + foot, layout=None)
    add_source_note(fig, note[lang])
    add_title(fig, label("map.kinds_title", lang).format(year=edition))
    for at, kind in enumerate(kinds):
        mine = projects[projects["kind"] == kind]
        left, top = 1.0 + (at % 2) * half, 6.5 + sum(rows[: at // 2])
        head = paper(axes_mm(fig, left, top, half - 1, 4.4), half - 1, 4.4)
        draw_kind(head, 0, 2.2, marks.kinds[kind])
        words = label(f"kind.{kind}", lang, default=kind)
        head.text(5.4, 2.2, words, size=FONT_SIZES["label"], va="center_baseline", color=INK)
        ax = axes_mm(fig, left + _DEGREES_MM, top + 4.5, side, side)
        frame = square_around(mine)
        close = frame[2] - frame[0] < _NAMED_WITHIN_M
        draw_base(ax, ground, frame, lang)
        draw_projects(ax, mine, marks)
        draw_labels(ax, ground, mine, marks, lang, counties=close)
        width, high = _key_room(half, side), rows[at // 2] - 8
        sheet = axes_mm(fig, left + _DEGREES_MM + side + 1.2, top + 4.5, width, high)
        draw_key_lines(paper(sheet, width, high), keys[kind], columns=1)
    top = 6.5 + sum(rows)
    sheet = paper(axes_mm(fig, 1.0, top, PAGE_MM - 2, legend), PAGE_MM - 2, legend)
    draw_legend_rows(sheet, marks, lang, year=edition, present=present)
    add_map_note(fig, lang)
    return FigureBundle(
        name="project-kinds",
        figure=fig,
        caption=_kinds_caption(projects, edition),
        alt=_kinds_alt(projects, edition),
        data=plotted(projects),
        source_note=note,
        edition=edition,
        lang=lang,
        inputs=INPUTS,
    )


def _key_room(half: float, side: float) -> float:
    return half - side - _DEGREES_MM - 1.5


def _largest(keys: list[list[KeyLine]], half: float, room: float) -> tuple[float, list[float]]:
    """Find the largest square maps (mm) for which two in a row, each with its key, fit the room; give the heights of the rows."""
    side = 56.0
    while True:
        highs = [max(side, key_height(lines, _key_room(half, side), columns=1)) + 8 for lines in keys]
        rows = [max(highs[at : at + 2]) for at in range(0, len(highs), 2)]
        if sum(rows) <= room or side <= 20:
            return side, rows
        side -= 0.5


def _kinds_caption(projects: gpd.GeoDataFrame, edition: str) -> dict[str, str]:
    kinds = projects["kind"].nunique()
    return {
        "zh": f"{edition}年清单点名的基础设施项目，按{kinds}种类型分图，各图比例尺不同；编号与总图一致，线型为当年进展阶段；公布里程为项目全长，可能含五市以外路段。",
        "en": f"Infrastructure projects named in the {edition} list in {kinds} maps by kind, each at its own scale; numbers as in the "
        "overview, line styles for the stage that year. Published lengths are of whole projects, in part outside the five cities.",
    }


def _kinds_alt(projects: gpd.GeoDataFrame, edition: str) -> dict[str, str]:
    parts: dict[str, list[str]] = {"zh": [], "en": []}
    for kind, mine in projects.groupby("kind", sort=False):
        counties = len({c for cell in mine["counties"] for c in cell.split(";") if c})
        lengths = mine["length_km_published"].dropna()
        length, known = float(lengths.sum()), len(lengths)
        for lang, said in parts.items():
            word = label(f"kind.{kind}", lang, default=str(kind))
            if lang == "zh":
                tail = f"、{known}个有公布里程，合计{length:.0f}千米" if length else ""
                said.append(f"{word}{len(mine)}个，涉及{counties}个县级单位{tail}")
            else:
                tail = f", {known} with a published length, {length:.0f} km together" if length else ""
                said.append(f"{word}: {len(mine)} projects in {counties} county-level units{tail}")
    return {
        "zh": f"{edition}年清单：" + "；".join(parts["zh"]) + "。",
        "en": f"{edition} list: " + "; ".join(parts["en"]) + ".",
    }


def _corner(
    fig: Figure, ax: Axes, marks: object, projects: gpd.GeoDataFrame, edition: str, lang: str
) -> Axes:
    """Place the legend in the upper right corner of the map, where the sea is."""
    width = 43.0 if lang == "zh" else 53.0
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
    vague = int(projects["precision"].isin(("county", "city")).sum())
    lost = int(projects.geometry.isna().sum())
    total = len(projects)
    return label("map.overview_title", lang).format(
        year=edition, total=total, placed=total - vague - lost, vague=vague, lost=lost
    )


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
            else f"{label(f'kind.{k}', lang, default=k)} {n}"
            for k, n in kinds.items()
        )
        by_stage = join.join(
            f"{label(f'stage.{k}', lang, default=k)}{n}个"
            if lang == "zh"
            else f"{label(f'stage.{k}', lang, default=k).lower()} {n}"
            for k, n in stages.items()
        )
        wide = int(projects["precision"].isin(("county", "city")).sum())
        lost = int(projects.geometry.isna().sum())
        said[lang] = (
            f"{edition}年清单共{len(projects)}个项目：{by_kind}。按阶段：{by_stage}。{wide}个只知所在县或市，{lost}个无法上图。"
            if lang == "zh"
            else f"{len(projects)} projects in the {edition} list. By kind: {by_kind}. By stage: {by_stage}. {wide} are known to a county or "
            f"city only, {lost} cannot be drawn."
        )
    return said


def named_sites(edition: str, lang: str) -> FigureBundle:
    """Map the places that the tasks outside infrastructure name: sites as points, places known to a county as that county."""
    sites, others = _numbered_sites(edition)
    ground = load_ground()
    note = source_note(edition, also=also())
    marks = Marked(marks_for(sites["kind"], CATEGORY_MARKS), marks_for(sites["stage"], {}))
    west, _, east, _ = ground.cities[ground.cities["adcode"].isin(FULL_MEMBERS)].total_bounds
    south, north = ground.cities.total_bounds[1], _SITES_NORTH_M
    frame = (west - 3000, south - 3000, east + 3000, north)
    size = FONT_SIZES["min"] + 0.1
    lines = _site_lines(sites, others, lang)
    told = wrap_text(label("map.site_marks", lang), (PAGE_MM - 3) * MM, size)
    listed = key_height(lines, PAGE_MM - 2, size=size)
    high = listed + 1.5 + (told.count("\n") + 1) * size * 1.28 / MM
    present = ["exact", "approximate", "county"]
    legend = draw_legend_rows(sheet_to_measure(PAGE_MM - 2), marks, lang, present=present) + 1.5
    shape = (frame[3] - frame[1]) / (frame[2] - frame[0])
    rest = 7 + 5 + legend + high + 1 + foot_mm(note[lang], lang)
    across = min(PAGE_MM - MARGIN_MM - 1.0, (MAX_HEIGHT_MM - 0.1 - rest) / shape)
    down = across * shape
    fig = new_figure(PAGE_MM, rest + down, layout=None)
    add_source_note(fig, note[lang])
    add_title(fig, label("map.sites_title", lang).format(year=edition))
    ax = axes_mm(fig, (PAGE_MM + MARGIN_MM - 1 - across) / 2, 6.5, across, down)
    draw_base(ax, ground, frame, lang, step=0.5)
    # Many places share a unit: it is hatched once.
    for unit in sites[sites["geometry_type"] == "area"].drop_duplicates("county").geometry:
        draw_unit(ax, unit, hatch="/", alpha=0.25)
    draw_projects(ax, sites[sites["geometry_type"] == "point"], marks)
    draw_labels(ax, ground, sites, marks, lang, size=FONT_SIZES["min"])
    top = 6.5 + down + 5
    sheet = paper(axes_mm(fig, 1.0, top, PAGE_MM - 2, legend), PAGE_MM - 2, legend)
    draw_legend_rows(sheet, marks, lang, present=present)
    sheet = paper(axes_mm(fig, 1.0, top + legend, PAGE_MM - 2, high), PAGE_MM - 2, high)
    draw_key_lines(sheet, lines, size=size)
    write_lines(sheet, 0.5, listed + 1.0, told, size, MUTED)
    add_map_note(fig, lang)
    return FigureBundle(
        name="named-sites",
        figure=fig,
        caption=_sites_caption(sites, others, edition),
        alt=_sites_alt(sites, others, edition),
        data=_sites_plotted(sites, others),
        source_note=note,
        edition=edition,
        lang=lang,
        inputs=("projects/sites.csv", "projects/sources.csv", *INPUTS[2:]),
    )


def _numbered_sites(edition: str) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Give every place a number in the order of the list, and tell those that the map shows from the others."""
    sites = load_sites(edition)
    sites["number"] = range(1, len(sites) + 1)
    sites["kind"] = sites["task_id"].map(load_tasks(edition).set_index("task_id")["category"])
    sites["stage"] = "named"
    counties = load_boundaries("county").set_index("adcode").geometry
    region = counties.union_all()
    shapes, types = [], []
    for geometry, county, precision in zip(sites.geometry, sites["county"], sites["precision"], strict=True):
        point = geometry is not None and region.distance(geometry) < 1
        area = precision == "county" and county in counties.index
        shapes.append(geometry if point else counties[county] if area else None)
        types.append("point" if point else "area" if area else "none")
    frame = gpd.GeoDataFrame(
        pd.DataFrame(sites).assign(geometry_type=types), geometry=gpd.GeoSeries(shapes, crs=4326)
    )
    shown = frame["geometry_type"] != "none"
    return to_display_crs(frame[shown]), pd.DataFrame(frame[~shown].drop(columns="geometry"))


def _site_lines(sites: gpd.GeoDataFrame, others: pd.DataFrame, lang: str) -> list[KeyLine]:
    every = _all_sites(sites, others)
    blocks: list[KeyLine] = []
    known = marks_for(every["kind"], CATEGORY_MARKS)
    category = ""
    rows: Any = every.itertuples()
    for row in rows:
        mark = known[row.kind]
        if row.kind != category:
            category = row.kind
            words = label(f"category.{category}", lang, default=category)
            blocks.append(KeyLine(words, mark))
        words = f"{row.name if lang == 'zh' else row.name_en} [{row.task_id.split('-', 1)[1]}]"
        if row.geometry_type == "none":
            words += _why_not(row)
        there = row.geometry_type
        blocks.append(
            KeyLine(words, NOT_DRAWN if there == "none" else mark, row.number, unit_only=there == "area")
        )
    return blocks


def _why_not(row: Any) -> str:  # noqa: ANN401  # a row of itertuples
    """Mark why a place is in the key only: without bounds, abroad, or wider than a county (see the label map.site_marks)."""
    if row.precision == "none":
        return "‡"
    return "†" if row.city else "§"


def _sites_caption(sites: gpd.GeoDataFrame, others: pd.DataFrame, edition: str) -> dict[str, str]:
    total, points = len(sites) + len(others), int((sites["geometry_type"] == "point").sum())
    return {
        "zh": f"{edition}年清单基础设施类以外各任务点名的{total}处地点，颜色为任务类别：{points}处有公开位置（虚线圈为不确定范围），"
        f"{len(sites) - points}处只知所在县级单位（斜线），{len(others)}处范围大于县、无公开边界或在境外，只列入图例。",
        "en": f"The {total} places named by tasks outside infrastructure in the {edition} list, coloured by category: {points} with a "
        f"public location (dotted circle: uncertainty), {len(sites) - points} known to a county (hatched), {len(others)} wider than a "
        "county, without published bounds or abroad, in the key only.",
    }


def _sites_alt(sites: gpd.GeoDataFrame, others: pd.DataFrame, edition: str) -> dict[str, str]:
    every = _all_sites(sites, others)
    named = every["city"].str.split(";").explode()
    said: dict[str, list[str]] = {"zh": [], "en": []}
    for code, name, name_en in load_boundaries("city")[["adcode", "name", "name_en"]].to_numpy():
        count = int((named == code).sum())
        if count:
            said["zh"].append(f"{name}{count}处")
            said["en"].append(f"{name_en} {count}")
    top = sites.loc[sites["county"] != "", "county"].str.split(";").explode().value_counts()
    units = load_boundaries("county").set_index("adcode")
    best = units.loc[top.index[0]]
    return {
        "zh": f"{edition}年清单其他类别共点名{len(every)}处地点：{'、'.join(said['zh'])}（跨市者重复计）；图上县级单位中"
        f"{best['name']}最多，{top.iloc[0]}处。",
        "en": f"{len(every)} places named in the other categories of the {edition} list: {', '.join(said['en'])} (a place in several "
        f"cities counts in each); among the counties on the map {best['name_en']} has most, {top.iloc[0]}.",
    }


def _sites_plotted(sites: gpd.GeoDataFrame, others: pd.DataFrame) -> pd.DataFrame:
    columns = [
        "number", "site_id", "task_id", "name", "name_en", "start", "end", "kind", "geometry_type", "county", "city", "lon",
        "lat", "precision", "uncertainty_m", "source_id", "reason_none",
    ]  # fmt: skip
    every = _all_sites(sites, others)
    return every[columns].rename(columns={"kind": "category"}).reset_index(drop=True)


def _all_sites(sites: gpd.GeoDataFrame, others: pd.DataFrame) -> pd.DataFrame:
    shown = pd.DataFrame(sites.drop(columns="geometry"))
    return pd.concat([shown, others]).sort_values("number", ignore_index=True)
