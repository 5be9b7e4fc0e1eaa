"""Write the drawing of the rooms into ``docs/architecture.md``, from the import contract and the rooms' own docstrings."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
_PART = re.compile(r"(<!-- rooms:[^\n]*-->\n).*?(<!-- /rooms -->)", re.DOTALL)


def rooms() -> list[tuple[str, str]]:
    """Return every room, from the last step of the data to the first, and its first sentence."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (one for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    found = []
    for room in contract["layers"]:
        path = ROOT / "sxcanalysis" / room
        source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        told = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
        found.append((room, " ".join(told.split("\n\n")[0].split())))
    return found


def drawing() -> str:
    """Return the rooms as a drawing and as a table."""
    listed = rooms()
    width = max(len(room) for room, _ in listed) + 2
    lines = ["```text"]
    for at, (room, _) in enumerate(listed):
        lines.append(f"{room:>{width}}" + ("   ← a person, a notebook" if at == 0 else ""))
        lines.append(f"{'│':>{width}}" if at + 1 < len(listed) else "")
    lines = [*lines[:-1], "```", "", "An arrow down is an import; there is none upwards.", ""]
    lines += ["| room | holds |", "| --- | --- |"]
    lines += [
        f"| `sxcanalysis/{room}{'' if (ROOT / 'sxcanalysis' / room).is_dir() else '.py'}` | {told} |"
        for room, told in listed
    ]
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return the page with its drawing made anew."""
    return _PART.sub(lambda found: found[1] + drawing() + found[2], PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
