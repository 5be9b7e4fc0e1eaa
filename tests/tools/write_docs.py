"""Write what pages of ``docs/`` take from the project itself: the rooms from the import contract, the columns from the dictionary."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

from sxcanalysis.tables.schema import TABLES

ROOT = Path(__file__).resolve().parents[2]


def rooms() -> str:
    """Return the rooms, from the last step of the data to the first, as a drawing and as a table."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (one for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    width = max(map(len, contract["layers"])) + 2
    drawn = f"\n{'│':>{width}}\n".join(f"{room:>{width}}" for room in contract["layers"])
    lines = [
        "```text",
        drawn,
        "```",
        "",
        "A line down is an import; there is none upwards.",
        "",
        "| room | holds |",
        "| --- | --- |",
    ]
    for room in contract["layers"]:
        path = ROOT / "sxcanalysis" / room
        source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        told = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
        name = room if path.is_dir() else f"{room}.py"
        lines.append(f"| `sxcanalysis/{name}` | {' '.join(told.split(chr(10) * 2)[0].split())} |")
    return "\n".join(lines)


def columns() -> str:
    """Return every column of every table."""
    lines = []
    for table in TABLES.values():
        if table.name in {"lexicon", "labels", "marks"}:
            continue
        lines += [
            f"### {table.name}",
            "",
            f"`data/{table.path}`. {table.about}",
            "",
            "| column | 中文 | type | holds |",
            "| --- | --- | --- | --- |",
        ]
        for field in table.fields:
            holds = field.about + (f" Empty: {field.empty}." if field.empty else "")
            lines.append(
                f"| `{field.name}` | {field.zh} | {field.type} | {holds.replace('|', chr(92) + '|')} |"
            )
        lines.append("")
    return "\n".join(lines).rstrip()


PARTS = {"architecture.md": ("rooms", rooms), "codebook.md": ("columns", columns)}


def page(name: str) -> str:
    """Return a page with its part made anew."""
    mark, made = PARTS[name]
    part = re.compile(rf"(<!-- {mark}:[^\n]*-->\n).*?(<!-- /{mark} -->)", re.DOTALL)
    return part.sub(
        lambda found: f"{found[1]}{made()}\n{found[2]}", (ROOT / "docs" / name).read_text(encoding="utf-8")
    )


if __name__ == "__main__":
    for name in PARTS:
        (ROOT / "docs" / name).write_text(page(name), encoding="utf-8", newline="\n")
