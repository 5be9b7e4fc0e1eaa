"""Word's automatic numbers, rebuilt from numbering.xml and styles.xml."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sxcanalysis.text.numerals import ordinal

_REFERENCE = re.compile(r"%([1-9])")
_MAX_CHAIN = 30


def whole(text: str | None, default: int) -> int:
    """Return the number that an attribute holds, within what a document can have."""
    return max(-1, min(int(text), 9_999_999)) if text and re.fullmatch(r"-?\d{1,12}", text) else default


def _value(el: Any, path: str) -> str | None:  # noqa: ANN401
    found = None if el is None else el.find(path)
    return None if found is None else found.get("val")


@dataclass(slots=True)
class _Level:
    start: int = 1
    style: str = "decimal"
    text: str = ""
    restart: int = -1  # the level after whose number this one begins again; -1: any higher one
    legal: bool = False
    suffix: str = "tab"
    paragraph_style: str | None = None


@dataclass(slots=True)
class _Instance:
    abstract: str
    starts: dict[int, int] = field(default_factory=dict)
    levels: dict[int, _Level] = field(default_factory=dict)


@dataclass(slots=True)
class Numbering:
    """The numbers that Word would print, asked for paragraph by paragraph in document order."""

    levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    instances: dict[str, _Instance] = field(default_factory=dict)
    styles: dict[str, tuple[str | None, str | None, int | None]] = field(default_factory=dict)
    default: str | None = None
    counts: dict[str, list[int | None]] = field(default_factory=dict)
    begun: set[tuple[str, int]] = field(default_factory=set)

    def number(self, p: Any) -> str:  # noqa: ANN401
        """Return the number printed before a paragraph (with its blank), and count it."""
        num_id, at = self._assigned(p)
        instance = self.instances.get(num_id or "")
        if instance is None or num_id == "0":
            return ""
        levels = {**self.levels.get(instance.abstract, {}), **instance.levels}
        level = levels.get(at)
        if level is None:
            return ""
        counts = self._count(instance, num_id or "", at, levels)
        if level.style == "bullet":
            mark = level.text.strip()
            return "• " if len(mark) != 1 or 0xE000 <= ord(mark) <= 0xF8FF else f"{mark} "

        def printed(match: re.Match[str]) -> str:
            k = int(match[1]) - 1
            shown, n = levels.get(k, _Level()), counts[k]
            return ordinal(shown.start if n is None else n, "decimal" if level.legal else shown.style)

        text = _REFERENCE.sub(printed, level.text)
        if not text.strip():
            return ""
        return text + (" " if text[-1].isascii() and text[-1] != " " and level.suffix != "nothing" else "")

    def _count(
        self, instance: _Instance, num_id: str, at: int, levels: dict[int, _Level]
    ) -> list[int | None]:
        """Advance the counter of a level; lower levels begin again."""
        counts = self.counts.setdefault(instance.abstract, [None] * 9)
        for k in range(at + 1):
            if k in instance.starts and (num_id, k) not in self.begun:
                self.begun.add((num_id, k))
                counts[k] = instance.starts[k] - (k == at)
        now = counts[at]
        counts[at] = levels[at].start if now is None else now + 1
        for k in range(at + 1, 9):
            rule = levels[k].restart if k in levels else -1
            if rule < 0 or at < rule:
                counts[k] = None if k not in instance.starts else instance.starts[k] - 1
        for k in range(at):
            if counts[k] is None:
                counts[k] = levels[k].start if k in levels else 1
        return counts

    def _assigned(self, p: Any) -> tuple[str | None, int]:  # noqa: ANN401
        """Find a paragraph's list and level: its own, else those of its style and its ancestors."""
        num_id, level = _value(p, "pPr/numPr/numId"), _value(p, "pPr/numPr/ilvl")
        at = None if level is None else whole(level, 0)
        first = style = _value(p, "pPr/pStyle") or self.default
        for _ in range(_MAX_CHAIN):
            if style is None or style not in self.styles or num_id is not None:
                break
            style, num_id, own = self.styles[style]
            if num_id is not None and at is None:
                at = self._level_of(num_id, first) if own is None else own
        return num_id, min(max(at or 0, 0), 8)

    def _level_of(self, num_id: str, style: str | None) -> int | None:
        """Find the level that a list ties to a paragraph style."""
        instance = self.instances.get(num_id)
        levels = self.levels.get(instance.abstract if instance else "", {})
        return next((at for at, level in levels.items() if style and level.paragraph_style == style), None)


def read_numbering(numbering: Any, styles: Any) -> Numbering:  # noqa: ANN401
    """Read the lists of a document and the styles that use them."""
    made = Numbering()
    for el in styles.iterchildren("style"):
        key, level = el.get("styleId") or "", _value(el, "pPr/numPr/ilvl")
        at = None if level is None else whole(level, 0)
        made.styles[key] = (_value(el, "basedOn"), _value(el, "pPr/numPr/numId"), at)
        if el.get("type") == "paragraph" and el.get("default") in {"1", "true"}:
            made.default = key
    linked: dict[str | None, str] = {}
    for el in numbering.iterchildren("abstractNum"):
        key = el.get("abstractNumId") or ""
        made.levels[key] = dict(_level(lvl) for lvl in el.iterchildren("lvl"))
        linked[_value(el, "styleLink")] = key
    for el in numbering.iterchildren("abstractNum"):
        if (style := _value(el, "numStyleLink")) and style in linked:
            made.levels[el.get("abstractNumId") or ""] = made.levels[linked[style]]
    for el in numbering.iterchildren("num"):
        instance = made.instances[el.get("numId") or ""] = _Instance(_value(el, "abstractNumId") or "")
        for override in el.iterchildren("lvlOverride"):
            at = whole(override.get("ilvl"), 0)
            if (start := _value(override, "startOverride")) is not None:
                instance.starts[at] = whole(start, 1)
            if (own := override.find("lvl")) is not None:
                instance.levels[at] = _level(own)[1]
    return made


def _level(el: Any) -> tuple[int, _Level]:  # noqa: ANN401
    legal = el.find("isLgl")
    return whole(el.get("ilvl"), 0), _Level(
        start=whole(_value(el, "start"), 0 if el.find("start") is None else 1),
        style=_value(el, "numFmt") or "decimal",
        text=_value(el, "lvlText") or "",
        restart=whole(_value(el, "lvlRestart"), -1),
        legal=legal is not None and legal.get("val") not in {"0", "false", "off"},
        suffix=_value(el, "suff") or "tab",
        paragraph_style=_value(el, "pStyle"),
    )
