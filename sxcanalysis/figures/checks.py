"""What text a figure really draws: found by drawing it, so that tick labels, legends and tables are all there."""

from __future__ import annotations

import logging
import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.text import Text

from sxcanalysis.core.errors import FigureError
from sxcanalysis.figures.fonts import charmap, font_files, text_font
from sxcanalysis.figures.style import FONT_SIZES, MAX_HEIGHT_MM, MM_PER_INCH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.backend_bases import GraphicsContextBase
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from numpy.typing import NDArray

_DPI = 300.0  # the print resolution: hinting aside, text is measured as it will be printed
_TOLERANCE_PT = 0.3  # ink that comes closer than this is not seen as touching at print size
_CONTROL = {"\n", "\r", "\t"}


@dataclass(frozen=True)
class DrawnText:
    """One line of text as drawn: its words, font, and the corners of its ink in points from the lower left."""

    text: str
    font: FontProperties
    is_math: bool
    corners: NDArray[np.float64]
    visible: bool


class _Recorder(RendererAgg):
    """Notes each line of text of a figure, and draws nothing else."""

    records_text = True  # see `lettering.Lettering`

    def __init__(self, width: float, height: float) -> None:
        super().__init__(width, height, _DPI)  # type: ignore[no-untyped-call]
        self.drawn: list[DrawnText] = []

    def draw_text(  # noqa: PLR0917
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,  # noqa: ANN401, FBT002 — the signature is matplotlib's
        mtext: Text | None = None,  # noqa: ARG002
    ) -> None:
        if not s.strip():
            return
        width, height, descent = self.get_text_width_height_descent(s, prop, ismath)  # type: ignore[no-untyped-call]
        turn = np.deg2rad(angle)
        rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        box = np.array(
            [[0.0, -descent], [width, -descent], [width, height - descent], [0.0, height - descent]]
        )
        corners = (box @ rotation + [x, self.height - y]) * 72 / _DPI
        clip = gc.get_clip_rectangle()
        visible = gc.get_alpha() != 0
        if clip is not None:
            low, high = np.array(clip.extents).reshape(2, 2) * 72 / _DPI
            visible &= bool((corners.max(0) > low).all() and (corners.min(0) < high).all())
        self.drawn.append(DrawnText(s, prop, bool(ismath), corners, visible))

    def _nothing(self, *_args: object, **_settings: object) -> None:
        """Leave out whatever is no text."""

    draw_path = draw_markers = draw_path_collection = draw_quad_mesh = draw_image = _nothing


@contextmanager
def quiet_fonts() -> Iterator[None]:
    """Keep matplotlib from reporting missing fonts and glyphs label by label: the checks report them once, as errors."""
    log = logging.getLogger("matplotlib.font_manager")
    before, log.disabled = log.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            yield
    finally:
        log.disabled = before


def drawn_texts(fig: Figure) -> list[DrawnText]:
    """
    Draw a figure, and list each line of text that it shows.

    Parameters
    ----------
    fig
        Any figure; call this inside `sxcanalysis.figures.style.use_style`.

    Returns
    -------
    texts
        In the order of drawing. Lines of one text are separate; blank ones are left out.
    """
    before = fig.dpi
    fig.set_dpi(_DPI)
    try:
        width, height = fig.get_size_inches() * _DPI
        recorder = _Recorder(float(width), float(height))
        with quiet_fonts():
            fig.draw(recorder)
    finally:
        fig.set_dpi(before)
    return recorder.drawn


def missing_glyphs(fig: Figure) -> dict[str, list[str]]:
    """
    Find every character that a figure would show as an empty box.

    Parameters
    ----------
    fig
        Any figure.

    Returns
    -------
    missing
        From each character to the lines of text that hold it; empty where all is well.
    """
    return _missing(drawn_texts(fig))


def _missing(texts: list[DrawnText]) -> dict[str, list[str]]:
    missing: dict[str, list[str]] = {}
    for drawn in texts:
        text = re.sub(r"\\[A-Za-z]+|[\\${}^_]", "", drawn.text) if drawn.is_math else drawn.text
        known: set[int] = set()
        for path in font_files(drawn.font):
            known.update(charmap(path))
        for char in dict.fromkeys(text):
            if ord(char) not in known and char not in _CONTROL:
                missing.setdefault(char, []).append(drawn.text)
    return missing


def check_glyphs(fig: Figure) -> None:
    """
    Refuse a figure that shows a character without a glyph.

    Raises
    ------
    FigureError
        Naming each character, its code point and the texts that hold it.
    """
    if finding := _glyph_finding(drawn_texts(fig)):
        raise FigureError(finding)


def _glyph_finding(texts: list[DrawnText]) -> str | None:
    found = "; ".join(
        f"{char!r} (U+{ord(char):04X}) in {', '.join(map(repr, where[:5]))}"
        for char, where in _missing(texts).items()
    )
    if not found:
        return None
    return (
        f"The figure's font has no glyph for: {found}. Use the text font "
        f"({text_font().family}) for every text, or another character."
    )


def overlapping_texts(fig: Figure) -> list[tuple[str, str]]:
    """
    Find labels whose ink collides.

    Rotated texts are compared by their true rectangles, texts of several lines by line.

    Parameters
    ----------
    fig
        Any figure.

    Returns
    -------
    pairs
        The two texts of each collision.
    """
    return _overlaps(drawn_texts(fig))


def _overlaps(drawn: list[DrawnText]) -> list[tuple[str, str]]:
    texts = [one for one in drawn if one.visible]
    lows = np.array([t.corners.min(0) for t in texts]).reshape(-1, 2)
    highs = np.array([t.corners.max(0) for t in texts]).reshape(-1, 2)
    pairs = []
    for i, one in enumerate(texts):
        near = (lows[i + 1 :] < highs[i]).all(1) & (highs[i + 1 :] > lows[i]).all(1)
        pairs += [
            (one.text, texts[i + 1 + j].text)
            for j in np.flatnonzero(near)
            if _rectangles_meet(one.corners, texts[i + 1 + j].corners)
        ]
    return pairs


def _rectangles_meet(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Separating axes: two rectangles are apart if they are apart along the direction of any side."""
    for axis in _axes(one, other):
        a, b = one @ axis, other @ axis
        if min(a.max(), b.max()) - max(a.min(), b.min()) <= _TOLERANCE_PT:
            return False
    return True


def _axes(*rectangles: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    for corners in rectangles:
        for side in (corners[1] - corners[0], corners[3] - corners[0]):
            length = float(np.hypot(*side))
            if length > 0:
                yield side / length


def cut_texts(fig: Figure) -> list[str]:
    """List the texts that run over the edge of the figure, so that part of them is not printed."""
    return _cut(fig, drawn_texts(fig))


def _cut(fig: Figure, texts: list[DrawnText]) -> list[str]:
    width, height = fig.get_size_inches() * 72
    return [
        drawn.text
        for drawn in texts
        if drawn.visible
        and (
            (drawn.corners.min(0) < -_TOLERANCE_PT).any()
            or (drawn.corners.max(0) > np.array([width, height]) + _TOLERANCE_PT).any()
        )
    ]


def check_figure(fig: Figure, name: str = "figure") -> None:
    """
    Refuse a figure that may not be published.

    Refused are: characters without a glyph, texts in another font, colliding labels, texts that run over the edge, texts below the
    smallest legible size, mathematics, path effects on text (they turn it into outlines), more than a page.

    Parameters
    ----------
    fig
        Any figure, inside `sxcanalysis.figures.style.use_style`.
    name
        For the message.

    Raises
    ------
    FigureError
        With every finding, not only the first.
    """
    drawn = drawn_texts(fig)
    findings = [finding] if (finding := _glyph_finding(drawn)) else []
    if pairs := _overlaps(drawn):
        shown = "; ".join(f"{a!r} and {b!r}" for a, b in pairs[:8])
        findings.append(f"{len(pairs)} pairs of labels collide: {shown}. Move, shorten or wrap them.")
    if cut := _cut(fig, drawn):
        findings.append(f"Texts run over the edge of the figure: {', '.join(map(repr, cut[:8]))}.")
    own = str(text_font().path)
    if foreign := sorted({d.text for d in drawn if font_files(d.font)[0] != own}):
        findings.append(
            f"These texts are not in the text font: {', '.join(map(repr, foreign[:8]))}. "
            "Make every text inside use_style."
        )
    if small := sorted({d.text for d in drawn if d.font.get_size_in_points() < FONT_SIZES["min"]}):
        findings.append(
            f"Texts below {FONT_SIZES['min']} pt are not legible in print: {', '.join(map(repr, small[:8]))}."
        )
    if math := sorted({d.text for d in drawn if d.is_math}):
        findings.append(
            f"These texts would be set as mathematics: {', '.join(map(repr, math[:8]))}. Make them inside use_style."
        )
    outlined = [t.get_text() for t in fig.findobj(Text) if t.get_path_effects() and t.get_text()]
    if outlined:
        findings.append(
            f"Path effects turn these texts into outlines: {', '.join(map(repr, outlined[:8]))}. Use lettering.Lettering."
        )
    height = float(fig.get_size_inches()[1]) * MM_PER_INCH
    if height > MAX_HEIGHT_MM + 0.1:
        findings.append(f"It is {height:.0f} mm high; a page holds {MAX_HEIGHT_MM:g}.")
    if findings:
        msg = f"{name}: " + " ".join(findings)
        raise FigureError(msg)
