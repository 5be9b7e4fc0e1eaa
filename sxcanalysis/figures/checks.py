"""What text a figure really draws: found by drawing it, so that tick labels, legends and tables are all there."""

from __future__ import annotations

import logging
import re
import warnings
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import shapely
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.text import Text

from sxcanalysis.core.errors import FigureError
from sxcanalysis.figures.fonts import charmap, font_files, text_font
from sxcanalysis.figures.style import LEAST_PT, MAX_HEIGHT_MM, MM
from sxcanalysis.reference.words import say, spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.backend_bases import GraphicsContextBase
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from numpy.typing import NDArray

_DPI = 300.0  # the print resolution: hinting aside, text is measured as it will be printed
_TOLERANCE_PT = 0.3  # ink that comes closer than this is not seen as touching at print size


@dataclass(frozen=True)
class DrawnText:
    """One line of text as drawn: its words, font, and the corners of its ink in points from the lower left."""

    text: str
    font: FontProperties
    is_math: bool
    corners: NDArray[np.float64]
    visible: bool


@cache
def _ruler() -> RendererAgg:
    return RendererAgg(1, 1, _DPI)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=32768)
def _extent(text: str, font: FontProperties, is_math: bool) -> tuple[float, float, float]:  # noqa: FBT001
    """Measure width, height and descent: kept, because the figures of an edition share most of their words."""
    measured = _ruler().get_text_width_height_descent(text, font, is_math)  # type: ignore[no-untyped-call]
    return cast("tuple[float, float, float]", measured)


class _Recorder(RendererAgg):
    """Notes each line of text of a figure, and draws nothing else."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__(width, height, _DPI)  # type: ignore[no-untyped-call]
        self.drawn: list[DrawnText] = []

    def get_text_width_height_descent(
        self,
        s: str,
        prop: FontProperties,
        ismath: Any,  # noqa: ANN401 — the signature is matplotlib's
    ) -> tuple[float, float, float]:
        return _extent(s, prop, bool(ismath))

    def draw_text(self, gc: GraphicsContextBase, x: float, y: float, s: str, *more: Any, **_: Any) -> None:  # noqa: ANN401
        prop, angle, ismath = (*more, False)[:3]
        if not s.strip():
            return
        width, height, descent = _extent(s, prop, bool(ismath))
        turn = np.deg2rad(angle)
        rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        low, high = -descent, height - descent
        box = np.array([[0.0, low], [width, low], [width, high], [0.0, high]])
        corners = (box @ rotation + [x, self.height - y]) * 72 / _DPI
        visible = gc.get_alpha() != 0
        clip = gc.get_clip_rectangle()
        if clip is not None:
            first, last = np.array(clip.extents).reshape(2, 2) * 72 / _DPI
            visible &= bool((corners.max(0) > first).all() and (corners.min(0) < last).all())
        self.drawn.append(DrawnText(s, prop, bool(ismath), corners, visible))

    def _nothing(self, *_args: object, **_settings: object) -> None:
        """Leave out whatever is no text."""

    draw_path = draw_markers = draw_path_collection = draw_quad_mesh = draw_image = _nothing


def drawn_texts(fig: Figure) -> list[DrawnText]:
    """List each line of text that a figure shows, in the order of drawing; call this inside `use_style`."""
    before, log = fig.dpi, logging.getLogger("matplotlib.font_manager")
    fig.set_dpi(_DPI)
    # matplotlib would report missing fonts and glyphs label by label: they are reported once, as errors.
    quiet, log.disabled = log.disabled, True
    try:
        width, height = fig.get_size_inches() * _DPI
        recorder = _Recorder(float(width), float(height))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            fig.draw(recorder)
    finally:
        log.disabled = quiet
        fig.set_dpi(before)
    return recorder.drawn


def _missing_glyphs(texts: list[DrawnText]) -> list[str]:
    missing: dict[str, list[str]] = {}
    for drawn in texts:
        text = re.sub(r"\\[A-Za-z]+|[\\${}^_]", "", drawn.text) if drawn.is_math else drawn.text
        known = [charmap(path) for path in font_files(drawn.font)]
        for char in dict.fromkeys(text):
            if char not in "\n\r\t" and not any(ord(char) in one for one in known):
                missing.setdefault(char, []).append(drawn.text)
    return [
        f"{char!r} (U+{ord(char):04X}) in {', '.join(map(repr, where[:5]))}"
        for char, where in missing.items()
    ]


def _collisions(texts: list[DrawnText]) -> list[str]:
    """Find labels whose ink collides: rotated texts by their true rectangles, texts of several lines by line."""
    boxes = shapely.polygons(np.reshape([one.corners for one in texts], (-1, 4, 2)))
    ink = shapely.buffer(boxes, -_TOLERANCE_PT / 2, join_style="mitre")
    pairs = shapely.STRtree(ink).query(ink, predicate="intersects").T
    return [
        f"{texts[i].text!r} and {texts[j].text!r}" for i, j in sorted(map(tuple, pairs.tolist())) if i < j
    ]


def figure_findings(fig: Figure) -> list[str]:
    """
    Find why a figure may not be published.

    Found are: characters without a glyph, texts in another font, colliding labels, texts that run over the edge, texts below the
    smallest legible size, mathematics, path effects on text (they turn it into outlines), more than a page.

    Parameters
    ----------
    fig
        Any figure, inside `sxcanalysis.figures.style.use_style`.

    Returns
    -------
    findings
        Each with what to do; empty where all is well.
    """
    drawn, page, font = drawn_texts(fig), fig.get_size_inches() * 72, text_font()
    shown, own = [one for one in drawn if one.visible], str(font.drawn or font.path)
    pairs, height = _collisions(shown), page[1] / MM

    def quoted(wrong: Callable[[DrawnText], Any]) -> list[str]:
        return sorted({repr(one.text) for one in drawn if wrong(one)})

    def over_edge(one: DrawnText) -> bool:
        low, high = one.corners.min(0) < -_TOLERANCE_PT, one.corners.max(0) > page + _TOLERANCE_PT
        return one.visible and bool((low | high).any())

    effects = [text for text in fig.findobj(Text) if text.get_path_effects() and text.get_text()]
    found = {
        "glyphs": _missing_glyphs(drawn),
        "collide": pairs,
        "edge": quoted(over_edge),
        "font": quoted(lambda one: font_files(one.font)[0] != own),
        "small": quoted(lambda one: one.font.get_size_in_points() < LEAST_PT),
        "mathematics": quoted(lambda one: one.is_math),
        "effects": [repr(one.get_text()) for one in effects],
        "high": [f"{height:.0f}"] if height > MAX_HEIGHT_MM + 0.1 else [],
    }
    values = {"font": font.family, "least": LEAST_PT, "most": MAX_HEIGHT_MM}
    return [
        say(f"error.drawn_{key}", spoken(), texts=", ".join(texts[:8]), n=len(texts), **values)
        for key, texts in found.items()
        if texts
    ]


def check_figure(fig: Figure, name: str = "figure") -> None:
    """
    Refuse a figure that may not be published: see `figure_findings`.

    Parameters
    ----------
    fig
        Any figure, inside `sxcanalysis.figures.style.use_style`. Its ``stale`` is False afterwards, until something of it changes.
    name
        For the message.

    Raises
    ------
    FigureError
        With every finding, not only the first.
    """
    if findings := figure_findings(fig):
        raise FigureError(say("data.finding", spoken(), where=name, words=" ".join(findings)))
    fig.stale = False
