"""Word's automatic numbers, rebuilt from numbering.xml and styles.xml."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sxcanalysis.text.numerals import ordinal

_LEVEL = re.compile(r"%([1-9])")
_MAX_CHAIN = 30


def local(el: Any) -> str:  # noqa: ANN401
    """Return an element's name without its namespace (Word has two: transitional and strict)."""
    tag = el.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def attribute(el: Any, name: str) -> str | None:  # noqa: ANN401
    """Return an attribute by its name without namespace."""
    for key, value in el.attrib.items():
        if key.rsplit("}", 1)[-1] == name:
            return str(value)
    return None


def child(el: Any, name: str) -> Any:  # noqa: ANN401
    """Return the first child of a name, or None; of None as well."""
    return None if el is None else next((c for c in el if local(c) == name), None)


def _value(el: Any, name: str) -> str | None:  # noqa: ANN401
    found = child(el, name)
    return None if found is None else attribute(found, "val")


def _number(text: str | None, default: int) -> int:
    try:
        return max(-1, min(int(text), 99_999)) if text is not None else default
    except ValueError:
        return default


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
        text = _LEVEL.sub(lambda m: self._part(int(m.group(1)) - 1, counts, levels, level), level.text)
        if not text.strip():
            return ""
        return text + (" " if text[-1].isascii() and text[-1] != " " and level.suffix != "nothing" else "")

    @staticmethod
    def _part(k: int, counts: list[int | None], levels: dict[int, _Level], level: _Level) -> str:
        shown = levels.get(k, _Level())
        n = counts[k]
        return ordinal(shown.start if n is None else n, "decimal" if level.legal else shown.style)

    def _count(
        self, instance: _Instance, num_id: str, at: int, levels: dict[int, _Level]
    ) -> list[int | None]:
        """Advance the counter of a level; lower levels begin again."""
        counts = self.counts.setdefault(instance.abstract, [None] * 9)
        for k in range(at + 1):
            if k in instance.starts and (num_id, k) not in self.begun:
                self.begun.add((num_id, k))
                counts[k] = None if k == at else instance.starts[k]
                if k == at:
                    counts[at] = instance.starts[k] - 1
        start = levels[at].start
        now = counts[at]
        counts[at] = start if now is None else now + 1
        for k in range(at + 1, 9):
            rule = levels[k].restart if k in levels else -1
            if rule == 0 or (rule > 0 and at >= rule):
                continue
            counts[k] = None if k not in instance.starts else instance.starts[k] - 1
        for k in range(at):
            if counts[k] is None:
                counts[k] = levels[k].start if k in levels else 1
        return counts

    def _assigned(self, p: Any) -> tuple[str | None, int]:  # noqa: ANN401
        """Find a paragraph's list and level: its own, else those of its style and its ancestors."""
        properties = child(p, "pPr")
        own = child(properties, "numPr")
        num_id = _value(own, "numId")
        level = _value(own, "ilvl")
        at = None if level is None else _number(level, 0)
        style = _value(properties, "pStyle") or self.default
        first = style
        for _ in range(_MAX_CHAIN):
            if style is None or style not in self.styles or (num_id is not None and at is not None):
                break
            base, style_num, style_level = self.styles[style]
            if num_id is None and style_num is not None:
                num_id = style_num
                at = style_level if at is None else at
                if at is None:
                    at = self._level_of(num_id, first)
                break
            style = base
        return num_id, min(max(at or 0, 0), 8)

    def _level_of(self, num_id: str, style: str | None) -> int | None:
        """Find the level that a list ties to a paragraph style."""
        instance = self.instances.get(num_id)
        for at, level in self.levels.get(instance.abstract if instance else "", {}).items():
            if style is not None and level.paragraph_style == style:
                return at
        return None


def read_numbering(numbering: Any, styles: Any) -> Numbering:  # noqa: ANN401
    """Read the lists of a document and the styles that use them; either part may be missing."""
    made = Numbering()
    for el in styles if styles is not None else ():
        if local(el) != "style":
            continue
        key = attribute(el, "styleId") or ""
        properties = child(child(el, "pPr"), "numPr")
        level = _value(properties, "ilvl")
        made.styles[key] = (
            _value(el, "basedOn"),
            _value(properties, "numId"),
            None if level is None else _number(level, 0),
        )
        if attribute(el, "type") == "paragraph" and attribute(el, "default") in {"1", "true"}:
            made.default = key
    linked: dict[str, str] = {}
    links: dict[str, str] = {}
    for el in numbering if numbering is not None else ():
        if local(el) == "abstractNum":
            key = attribute(el, "abstractNumId") or ""
            made.levels[key] = dict(_level(c) for c in el if local(c) == "lvl")
            if style := _value(el, "styleLink"):
                linked[style] = key
            if style := _value(el, "numStyleLink"):
                links[key] = style
        elif local(el) == "num":
            made.instances[attribute(el, "numId") or ""] = _instance(el)
    for key, style in links.items():
        if style in linked:
            made.levels[key] = made.levels[linked[style]]
    return made


def _instance(el: Any) -> _Instance:  # noqa: ANN401
    """Read a list: its abstract list, and what it changes of that."""
    instance = _Instance(_value(el, "abstractNumId") or "")
    for override in el:
        if local(override) == "lvlOverride":
            at = _number(attribute(override, "ilvl"), 0)
            start = _value(override, "startOverride")
            if start is not None:
                instance.starts[at] = _number(start, 1)
            own = child(override, "lvl")
            if own is not None:
                instance.levels[at] = _level(own)[1]
    return instance


def _level(el: Any) -> tuple[int, _Level]:  # noqa: ANN401
    legal = child(el, "isLgl")
    return _number(attribute(el, "ilvl"), 0), _Level(
        start=_number(_value(el, "start"), 0 if child(el, "start") is None else 1),
        style=_value(el, "numFmt") or "decimal",
        text=_value(el, "lvlText") or "",
        restart=_number(_value(el, "lvlRestart"), -1),
        legal=legal is not None and attribute(legal, "val") not in {"0", "false", "off"},
        suffix=_value(el, "suff") or "tab",
        paragraph_style=_value(el, "pStyle"),
    )
