"""Check what lies where: boundaries in themselves, sites in their city and county, lines without jumps, days in their order."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from shapely import LineString

from sxcanalysis.core.paths import data_file
from sxcanalysis.geography.boundaries import load_boundaries
from sxcanalysis.geography.boundary_check import check_boundaries
from sxcanalysis.geography.measures import area_km2, length_km, plane
from sxcanalysis.geography.projects import load_projects, load_sites, load_status, load_waypoints
from sxcanalysis.geography.touching import check_projects
from sxcanalysis.reference.circle import circle_names, load_circle
from sxcanalysis.reference.words import say, spoken
from sxcanalysis.tables.checking import guarded
from sxcanalysis.tables.loading import available_editions

if TYPE_CHECKING:
    from collections.abc import Iterator

# Waypoints follow one another along a line: the longest leg of the register is 26 km, the largest detour over one point 10 km.
_LONGEST_LEG_KM, _LARGEST_DETOUR_KM = 60.0, 25.0
_AREA_TOLERANCE = 0.03  # the shipped cities are within 2 % of their official areas


def place_findings() -> list[str]:
    """
    Build everything that has a place, and find what a careful reader would not believe.

    Returns
    -------
    findings
        One line each; empty if nothing is wrong.
    """
    findings = []
    for name in circle_names():
        if data_file(load_circle(name).boundaries).is_dir():
            findings += guarded(say("error.boundaries_of", spoken(), circle=name), partial(_boundaries, name))
    findings += guarded("projects/waypoints.csv", _jumps)
    findings += guarded("projects/status.csv", _days)
    for edition in available_editions():
        findings += guarded(say("error.projects_of", spoken(), edition=edition), partial(_projects, edition))
        findings += guarded(say("error.sites_of", spoken(), edition=edition), partial(_sites, edition))
    return findings


def _boundaries(circle: str) -> Iterator[str]:
    for level in ("city", "county"):
        frame = load_boundaries(level, circle=circle)
        for row in (
            check_boundaries(frame, level=level, lang=spoken())
            .query("severity in ['error', 'warning'] and check != 'missing'")
            .itertuples()
        ):
            found = {"code": row.adcode, "finding": row.message, "hint": row.hint}
            yield say("error.boundary_finding", spoken(), circle=circle, **found)
        for unit in frame.itertuples():
            drawn = area_km2(unit.geometry)
            told = float(unit.area_km2)
            if abs(drawn - told) > _AREA_TOLERANCE * told:
                areas = {"drawn": drawn, "found": told}
                yield say("error.boundary_area", spoken(), circle=circle, unit=unit.name, **areas)
    members = {city.adcode for city in load_circle(circle).cities}
    for code in sorted(members - set(load_boundaries("city", circle=circle)["adcode"])):
        yield say("error.boundary_city", spoken(), circle=circle, code=code)
    load_boundaries("water", circle=circle)


def _jumps() -> Iterator[str]:
    for (project, part), points in load_waypoints().groupby(["project_id", "part"]):
        places = list(points.sort_values("seq")[["lon", "lat"]].itertuples(index=False, name=None))
        names = list(points.sort_values("seq")["name"])
        legs = [length_km(LineString(pair)) for pair in pairwise(places)]
        for at, leg in enumerate(legs):
            where = {"project": project, "part": part, "point": names[at + 1] or at + 2}
            if leg > _LONGEST_LEG_KM:
                yield say("error.waypoint_leg", spoken(), **where, found=leg, most=_LONGEST_LEG_KM)
            elif at + 1 < len(legs):
                detour = leg + legs[at + 1] - length_km(LineString([places[at], places[at + 2]]))
                if detour > _LARGEST_DETOUR_KM:
                    where["most"] = _LARGEST_DETOUR_KM
                    yield say("error.waypoint_detour", spoken(), **where, found=detour)


def _days() -> Iterator[str]:
    today = datetime.now().astimezone().date().isoformat()
    for row in load_status().itertuples():
        if str(row.date) > today:
            yield say("error.status_date", spoken(), project=row.project_id, found=row.date)


def _projects(edition: str) -> Iterator[str]:
    for row in check_projects(load_projects(edition)).itertuples():
        if missing := str(row.missing):
            project = row.project_id
            yield say("error.project_far", spoken(), edition=edition, project=project, counties=missing)


def _sites(edition: str) -> Iterator[str]:
    sites = load_sites(edition)
    units = {level: load_boundaries(level).set_index("adcode") for level in ("city", "county")}
    for site in sites[sites.geometry.notna()].itertuples():
        for level, known in units.items():
            for code in filter(None, str(getattr(site, level)).split(";")):
                if code not in known.index:
                    continue
                unit = known.geometry[code]
                away = float(plane(unit, site.geometry).distance(plane(site.geometry)))
                if away > (site.uncertainty_m or 0):
                    where = {"site": site.site_id, "column": level, "code": code}
                    yield say("error.site_far", spoken(), **where, found=away / 1000)
