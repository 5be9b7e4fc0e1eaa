"""Promise and outcome: what the list's verb asked of each project, against the latest status that was found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sxcanalysis.analysis.outcomes import latest_as_of, promise_and_outcome
from sxcanalysis.figures.lettering import line_width, shorten, wrap_text
from sxcanalysis.figures.page import close_page, open_page
from sxcanalysis.figures.request import Drawing, Request, Words, selected_projects
from sxcanalysis.figures.sources import cite
from sxcanalysis.figures.style import FONT_SIZES, GRID, INK, MM, MUTED
from sxcanalysis.geography.projects import load_status

if TYPE_CHECKING:
    import pandas as pd

    from sxcanalysis.figures.page import Page

# The columns, from the farthest to nothing: which statuses they hold, the colour, and that of what is written on it.
_COLUMNS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "open": (("opened", "part_opened"), "#174679", "white"),
    "building": (("under_construction",), "#4f82b4", "white"),
    "begun": (("started",), "#a9c6e2", INK),
    "paper": (("in_preparation", "approved", "planned"), "#e3c07f", INK),
    "cancelled": (("cancelled",), "#8f3b2c", "white"),
    "unknown": ((), "#e4e2dd", INK),
}
_STAGES = ("completed", "started", "continued", "under_construction", "preparatory", "programme")
_GRID_FROM_MM = 115.0


@dataclass(frozen=True)
class _Look:
    """How a project's box looks: paler, with a rim, where its report is older than a year."""

    face: str
    ink: str
    rim: str


def promise_outcome(request: Request) -> Drawing:
    """Set each project where its verb and its latest status cross; what is not known since the list has a column of its own."""
    projects = selected_projects(request)
    data = promise_and_outcome(projects, load_status())
    year = request.edition[:4]
    known = {status: column for column, (statuses, _, _) in _COLUMNS.items() for status in statuses}
    # A report from before the list's year says nothing of what became of it.
    data["column"] = [
        known.get(str(status), "unknown") if str(date)[:4] >= year else "unknown"
        for status, date in zip(data["latest_status"], data["latest_date"], strict=True)
    ]
    spans = projects.set_index("project_id")[["start", "end"]]
    data["short"] = [
        request.label(f"project.{project}", str(own))
        for project, own in zip(
            data["project_id"], data["name" if request.lang == "zh" else "name_en"], strict=True
        )
    ]
    data = data.assign(
        quote=data["stage_verb"],
        start=data["project_id"].map(spans["start"]),
        end=data["project_id"].map(spans["end"]),
    )
    words = _words(request, data)
    page = open_page(request, words)
    y = (_grid if page.width >= _GRID_FROM_MM else _list)(page, request, data)
    source = cite(request, "status")
    inputs = ("projects/projects.csv", "projects/status.csv")
    evidence = data.assign(quote=data["name"])
    return Drawing(
        close_page(page, y, request, words, source),
        words,
        data.drop(columns="short"),
        source,
        inputs,
        evidence=evidence,
    )


def _look(row: dict[Any, Any]) -> _Look:
    _, color, ink = _COLUMNS[row["column"]]
    if row["stale"] and row["column"] != "unknown":
        return _Look("#f3f2ef", INK, color)
    return _Look(color, ink, color)


def _stages(data: pd.DataFrame) -> list[str]:
    there = list(dict.fromkeys(map(str, data["stage"])))
    return [*(one for one in _STAGES if one in there), *(one for one in there if one not in _STAGES)]


def _asked(
    request: Request, data: pd.DataFrame, stage: str, width: float, size: float
) -> tuple[list[str], list[str]]:
    """Say what the list asks, and in which words."""
    verbs = "、".join(dict.fromkeys(map(str, data.loc[data["stage"] == stage, "stage_verb"])))
    asked = wrap_text(request.label(f"stage.{stage}", stage), width * MM, size).split("\n")
    return asked, wrap_text(verbs, width * MM, FONT_SIZES["min"]).split("\n")


def _grid(page: Page, request: Request, data: pd.DataFrame) -> float:
    size, small = FONT_SIZES["small"], FONT_SIZES["min"]
    columns = [one for one in _COLUMNS if one in set(data["column"])]
    left = 21.0 if page.width < 140 else 25.0
    across = (page.width - left) / len(columns)
    y = page.top
    heads = [
        wrap_text(request.label(f"outcome_column.{one}"), (across - 2) * MM, size).split("\n")
        for one in columns
    ]
    deepest = max(map(len, heads))
    for at, lines in enumerate(heads):
        for number, part in enumerate(lines):
            page.write(
                left + at * across + 0.5,
                y + (deepest - len(lines) + number + 0.5) * 2.7,
                part,
                size=size,
                bold=True,
            )
    y += deepest * 2.7 + 0.8
    for stage in _stages(data):
        mine = data[data["stage"] == stage]
        page.lines([(0, y, page.width, y)], GRID, 0.5)
        asked, verbs = _asked(request, data, stage, left - 2, size)
        low = y + 0.8
        for part in asked:
            page.write(0, low + 1.35, part, size=size)
            low += 2.7
        for part in verbs:
            page.write(0, low + 1.25, part, size=small, color=MUTED)
            low += 2.5
        deep = low
        for at, column in enumerate(columns):
            bottom = y + 0.8
            for row in mine[mine["column"] == column].to_dict("records"):
                bottom = _box(page, row, left + at * across, bottom, across - 1.0)
            deep = max(deep, bottom)
        y = deep + 0.7
    page.lines([(0, y, page.width, y)], GRID, 0.5)
    return _key(page, request, data, y + 0.6)


def _box(page: Page, row: dict[Any, Any], x: float, y: float, width: float) -> float:
    """Draw a project: its name, and the date of the report."""
    size = FONT_SIZES["min"]
    look, date = _look(row), "" if row["column"] == "unknown" else str(row["latest_date"])[:7]
    lines = wrap_text(str(row["short"]), (width - 1.6) * MM, size).split("\n")
    room = (width - 1.8) * MM - line_width(date, size) if date else width * MM
    if date and line_width(lines[-1], size) + 3 > room:
        lines.append("")
    high = 2.5 * len(lines) + 1.0
    page.box(
        x, y, width, high, look.face, edgecolor=look.rim, linewidth=0.6 if look.face != look.rim else 0.0
    )
    for number, part in enumerate(lines):
        page.write(x + 0.8, y + 0.5 + (number + 0.5) * 2.5, part, size=size, color=look.ink)
    if date:
        page.write(x + width - 0.8, y + high - 1.75, date, size=size, color=look.ink, ha="right")
    return y + high + 0.5


def _list(page: Page, request: Request, data: pd.DataFrame) -> float:
    """Write one line a project: what a narrow page has room for."""
    size, small = FONT_SIZES["small"], FONT_SIZES["min"]
    step = 2.95
    chip = (
        max(line_width(request.label(f"outcome_short.{one}"), small) for one in set(data["column"])) / MM
        + 2.0
    )
    dated = line_width("2025-12", small) / MM + 1.5
    y = page.top
    for stage in _stages(data):
        mine = data[data["stage"] == stage]
        page.lines([(0, y + 0.3, page.width, y + 0.3)], MUTED, 0.4)
        asked, verbs = _asked(request, data, stage, page.width, size)
        page.write(0, y + 2.0, asked[0], size=size, bold=True)
        begin = line_width(asked[0], size) / MM + 3.0
        page.write(
            begin, y + 2.0, shorten("".join(verbs), (page.width - begin) * MM, small), size=small, color=MUTED
        )
        y += 3.6
        order = list(_COLUMNS)
        for row in mine.sort_values(
            "column", key=lambda column: column.map(order.index), kind="stable"
        ).to_dict("records"):
            look = _look(row)
            room = page.width - chip - dated - 2.0
            page.write(1.5, y + step / 2, shorten(str(row["short"]), room * MM, size), size=size)
            x = page.width - chip - dated
            page.box(
                x,
                y + 0.25,
                chip - 0.6,
                step - 0.5,
                look.face,
                edgecolor=look.rim,
                linewidth=0.6 if look.face != look.rim else 0.0,
            )
            page.write(
                x + 0.8,
                y + step / 2,
                request.label(f"outcome_short.{row['column']}"),
                size=small,
                color=look.ink,
            )
            if row["column"] != "unknown":
                page.write(
                    page.width - 0.3,
                    y + step / 2,
                    str(row["latest_date"])[:7],
                    size=small,
                    color=MUTED,
                    ha="right",
                )
            y += step
        y += 0.5
    return _key(page, request, data, y)


def _key(page: Page, request: Request, data: pd.DataFrame, y: float) -> float:
    def sample(x: float, middle: float, *, face: str, rim: str) -> None:
        page.box(x, middle - 1.1, 5.0, 2.2, face, edgecolor=rim, linewidth=0.6)

    if not (data["stale"] & (data["column"] != "unknown")).any():
        return y
    entries = [
        (partial(sample, face="#4f82b4", rim="#4f82b4"), request.label("promise_outcome.fresh")),
        (partial(sample, face="#f3f2ef", rim="#4f82b4"), request.label("promise_outcome.stale")),
    ]
    return page.key(y, entries, sample=5.0)


def _words(request: Request, data: pd.DataFrame) -> Words:
    reached = data["outcome"].isin(("kept", "later", "reached"))
    counts: dict[str, Any] = {}
    for stage in ("completed", "started", "preparatory"):
        mine = data["stage"] == stage
        counts |= {f"{stage}_n": int(mine.sum()), f"{stage}_of": int((mine & reached).sum())}
    going = data["stage"].isin(("continued", "under_construction"))
    values = {
        "year": request.edition, "n": len(data), "unknown": int((data["column"] == "unknown").sum()), "going": int(going.sum()),
        "opened": int((going & (data["column"] == "open")).sum()), "stale": int((data["stale"] & (data["column"] != "unknown")).sum()),
        "as_of": latest_as_of(data)[:7], "built": int((data["column"] == "building").sum()), **counts,
    }  # fmt: skip
    plain = "" if counts["completed_n"] and counts["started_n"] else "short_"
    return request.words("promise_outcome", values, (request.say("promise_outcome.as_of", **values),), plain)
