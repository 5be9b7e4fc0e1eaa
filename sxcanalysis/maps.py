"""Maps of the located projects and places, as figure bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
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
from sxcanalysis._keys import KeyLine, draw_key, draw_key_lines, draw_legend, draw_legend_rows, paper
from sxcanalysis._marking import Marked, draw_numbers, draw_projects, draw_unit, marked
from sxcanalysis._pages import (
    ALSO,
    INPUTS,
    MARGIN_MM,
    PAGE_MM,
    SITES_ALSO,
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
from sxcanalysis.boundaries import load_boundaries, to_display_crs
from sxcanalysis.datasets import load_tasks
from sxcanalysis.figures import FigureBundle, source_note
from sxcanalysis.places import load_sites
from sxcanalysis.style import (
    CATEGORY_MARKS,
    FONT_SIZES,
    FULL_MEMBERS,
    INK,
    MAX_HEIGHT_MM,
    MUTED,
    add_source_note,
    label,
    marks_for,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SITES_NORTH_M = 3_580_000.0  # about 32.3° N: no named place lies north of it
_DEGREES_MM = 3.2  # left of a small map, for the degrees of its parallels
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
    across = min(PAGE_MM - MARGIN_MM - 1.0, (MAX_HEIGHT_MM - 0.1 - rest) / shape)
    down = across * shape
    fig = new_figure(PAGE_MM, rest + down, layout=None)
    add_source_note(fig, note[lang])
    add_title(fig, _overview_title(projects, edition, lang))
    ax = axes_mm(fig, (PAGE_MM + MARGIN_MM - 1 - across) / 2, 6.5, across, down)
    names = draw_ground(ax, ground, frame, lang)
    draw_graticule(ax, frame, 0.5)
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
    side = min(52.0, (MAX_HEIGHT_MM - 7.1 - foot - legend) / rows - 8)
    fig = new_figure(PAGE_MM, 7 + rows * (side + 8) + legend + foot, layout=None)
    add_source_note(fig, note[lang])
    add_title(fig, label("map.kinds_title", lang).format(year=edition))
    half = (PAGE_MM - 2) / 2
    for at, kind in enumerate(kinds):
        mine = projects[projects["kind"] == kind]
        own = [n for n, each in zip(numbers, projects["kind"], strict=True) if each == kind]
        left, top = 1.0 + (at % 2) * half, 6.5 + (at // 2) * (side + 8)
        _heading(fig, left, top, label(f"kind.{kind}", lang, default=kind), marks.kinds[kind].color)
        ax = axes_mm(fig, left + _DEGREES_MM, top + 4.5, side, side)
        frame = _square(mine)
        draw_ground(ax, ground, frame, lang, names=False)
        drawn = mine[mine.geometry.notna() & (mine["geometry_type"] != "area")]
        per_point = (frame[2] - frame[0]) / (side * MM)
        off = shapely.union_all(drawn.geometry.buffer(4 * per_point).to_numpy())
        close = frame[2] - frame[0] < _NAMED_WITHIN_M
        draw_graticule(ax, frame)
        draw_projects(ax, mine, marks)
        draw_scale_bar(ax, lang)
        draw_north(ax, lang, corner=(0.05, 0.93))
        corner = corner_boxes(ax)
        boxes = draw_numbers(ax, mine, own, marks, avoid=corner)
        if close:
            keep = shapely.union_all([off, *(shapely.box(*box) for box in [*boxes, *corner])])
            draw_county_names(ax, ground, frame, lang, keep_off=keep)
        width = half - side - _DEGREES_MM - 1.5
        at_mm = left + _DEGREES_MM + side + 1.2
        sheet = paper(axes_mm(fig, at_mm, top + 4.5, width, side), width, side)
        draw_key(sheet, mine, own, marks, lang, columns=1, full=False)
    top = 6.5 + rows * (side + 8)
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


def named_sites(edition: str, lang: str) -> FigureBundle:
    """Map the places that the tasks outside infrastructure name: sites as points, places known to a county as that county."""
    sites, others = _numbered_sites(edition)
    ground = load_ground()
    note = source_note(edition, also=[SITES_ALSO, *ALSO[1:]])
    marks = Marked(marks_for(sites["kind"], CATEGORY_MARKS), marks_for(sites["stage"], {}))
    west, _, east, _ = ground.cities[ground.cities["adcode"].isin(FULL_MEMBERS)].total_bounds
    south, north = ground.cities.total_bounds[1], _SITES_NORTH_M
    frame = (west - 3000, south - 3000, east + 3000, north)
    size = FONT_SIZES["min"] + 0.1
    lines = _site_lines(sites, others, lang)
    high = draw_key_lines(sheet_to_measure(PAGE_MM - 2), lines, size=size)
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
    draw_ground(ax, ground, frame, lang, names=False)
    draw_graticule(ax, frame, 0.5)
    units = sites[sites["geometry_type"] == "area"].drop_duplicates("county")
    for shape_ in units.geometry:
        draw_unit(ax, shape_)
    points = sites[sites["geometry_type"] == "point"]
    off = shapely.union_all(points.geometry.buffer(points["uncertainty_m"]).to_numpy())
    draw_projects(ax, points, marks)
    draw_scale_bar(ax, lang)
    draw_north(ax, lang)
    corner = corner_boxes(ax)
    boxes = draw_numbers(ax, sites, list(sites["number"]), marks, avoid=corner, size=FONT_SIZES["min"])
    keep = shapely.union_all([off, *(shapely.box(*box) for box in [*boxes, *corner])])
    draw_county_names(ax, ground, frame, lang, keep_off=keep)
    top = 6.5 + down + 5
    sheet = paper(axes_mm(fig, 1.0, top, PAGE_MM - 2, legend), PAGE_MM - 2, legend)
    draw_legend_rows(sheet, marks, lang, present=present)
    sheet = paper(axes_mm(fig, 1.0, top + legend, PAGE_MM - 2, high), PAGE_MM - 2, high)
    draw_key_lines(sheet, lines, size=size)
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
        inputs=("projects/sites.csv", "projects/site_sources.csv", *INPUTS[2:]),
    )


def _numbered_sites(edition: str) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Give every place a number in the order of the list, and tell those that the map shows from the others."""
    sites = load_sites(edition)
    sites["number"] = range(1, len(sites) + 1)
    sites["kind"] = sites["task_id"].map(load_tasks(edition).set_index("task_id")["category"])
    sites["stage"] = "named"
    counties = load_boundaries("county").set_index("adcode").geometry
    shapes, types = [], []
    for geometry, county, precision in zip(sites.geometry, sites["county"], sites["precision"], strict=True):
        point = geometry is not None and counties.union_all().distance(geometry) < 1
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
            blocks.append(KeyLine(words, mark.color, marker=mark.marker))
        words = f"{row.name if lang == 'zh' else row.name_en} [{row.task_id.split('-', 1)[1]}]"
        if row.geometry_type == "none":
            why = label(f"map.site_{_why_not(row)}", lang)
            words += f"（{why}）" if lang == "zh" else f" ({why})"
        blocks.append(KeyLine(words, mark.color if row.geometry_type != "none" else MUTED, number=row.number))
    return blocks


def _why_not(row: Any) -> str:  # noqa: ANN401  # a row of itertuples
    """Say why a place is in the key only: wider than a county, without bounds, or abroad."""
    precision, city = row.precision, row.city
    if precision == "none":
        return "unbounded"
    if not city:
        return "abroad"
    return "wide"


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
