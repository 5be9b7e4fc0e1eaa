"""Plant one-line faults in the code and in the lexicon, and count how many the tests notice.

``python tests/tools/mutants.py [--count 60] [--seed 0] [--only parsing]`` copies the checkout, changes one place at a time
(a comparison turned, a constant moved by one, ``and`` for ``or``, a ``not`` dropped, a branch never or always taken, a
lexicon row removed or misspelt), and runs the tests of the room that it belongs to. Survivors are listed with file and
line. Exit code 1 where fewer than 85 % are noticed.
"""

from __future__ import annotations

import argparse
import ast
import csv
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Where faults are planted, and the tests that must notice them.
ROOMS = {
    "text": ("sxcanalysis/text/*.py", "tests/parsing"),
    "parsing": ("sxcanalysis/parsing/**/*.py", "tests/parsing"),
    "targets": ("sxcanalysis/parsing/targets/*.py", "tests/parsing"),
    "places": ("sxcanalysis/parsing/places/*.py", "tests/parsing"),
    "mending": ("sxcanalysis/documents/mending.py", "tests/documents"),
    "burden": ("sxcanalysis/analysis/*.py", "tests/analysis"),
    "schema": ("sxcanalysis/tables/*.py", "tests/tables"),
    "lexicon": ("data/lexicon/*.csv", "tests/parsing tests/reference"),
}
WANTED = 0.85
_TURNED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_LESS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv}


@dataclass(frozen=True)
class Fault:
    """One change of one file."""

    file: str
    line: int
    told: str
    text: str


def faults_of_code(path: Path) -> list[Fault]:
    """Return every fault that can be planted in a module."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    found = []
    skipped = _lines_of_types_and_words(ast.parse(source))
    for node in ast.walk(ast.parse(source)):
        if getattr(node, "lineno", 0) in skipped or getattr(node, "end_lineno", 0) != getattr(
            node, "lineno", -1
        ):
            continue
        for told, made in _changed(node):
            line = lines[node.lineno - 1]
            # Columns of the syntax tree count bytes.
            raw = line.encode()
            new = raw[: node.col_offset].decode() + made + raw[node.end_col_offset :].decode()
            text = "".join([*lines[: node.lineno - 1], new, *lines[node.lineno :]])
            if text != source:
                found.append(Fault(path.relative_to(ROOT).as_posix(), node.lineno, told, text))
    return found


def _lines_of_types_and_words(tree: ast.Module) -> set[int]:
    """Return the lines whose change no program can see: annotations, messages, docstrings."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) or (
            isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "msg"
        ):
            skipped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            skipped.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        if isinstance(node, ast.FunctionDef):
            skipped.update(range(node.lineno, node.body[0].lineno))
    return skipped


def _changed(node: ast.AST) -> list[tuple[str, str]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _TURNED:
        turned = ast.Compare(node.left, [_TURNED[type(node.ops[0])](), *node.ops[1:]], node.comparators)
        return [(f"{ast.unparse(node)} → {ast.unparse(turned)}", f"({ast.unparse(turned)})")]
    if isinstance(node, ast.BoolOp):
        other = ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        return [(f"{ast.unparse(node)[:60]} → and/or", f"({ast.unparse(other)})")]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return [("not dropped", f"({ast.unparse(node.operand)})")]
    if isinstance(node, ast.BinOp) and type(node.op) in _LESS:
        other = ast.BinOp(node.left, _LESS[type(node.op)](), node.right)
        return [(f"{ast.unparse(node)[:60]} → {ast.unparse(other)[:60]}", f"({ast.unparse(other)})")]
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return [(f"{node.value} → {node.value + 1}", str(node.value + 1))]
    if isinstance(node, ast.IfExp):
        return [(f"always {ast.unparse(node.body)[:40]}", f"({ast.unparse(node.body)})")]
    return []


def faults_of_lexicon(path: Path) -> list[Fault]:
    """Return every fault of a vocabulary file: a row gone, a word misspelt."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    found = []
    for at in range(1, len(rows)):
        kept = rows[:at] + rows[at + 1 :]
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(kept)
        found.append(
            Fault(path.relative_to(ROOT).as_posix(), at + 1, f"row {rows[at][:3]} gone", out.getvalue())
        )
    return found


def noticed(copy: Path, fault: Fault, tests: str, limit: float) -> bool:
    """Plant a fault in the copy, run the tests, take it back; true if a test is red (or never ends)."""
    path = copy / fault.file
    whole = path.read_bytes()
    path.write_bytes(fault.text.encode())
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    quiet = ["-p", "no:randomly", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-x", "-q", *quiet, *tests.split()]
    try:
        told = subprocess.run(
            command, cwd=copy, capture_output=True, timeout=limit, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_bytes(whole)
    return told.returncode != 0


def main() -> int:
    """Plant, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=60, help="how many faults (default: 60)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=ROOMS, help="one room")
    parser.add_argument(
        "--limit", type=float, default=240, help="seconds for one run of tests (default: 240)"
    )
    given = parser.parse_args()
    chance = random.Random(given.seed)  # noqa: S311  # no secret
    rooms = [given.only] if given.only else list(ROOMS)
    killed = total = 0
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        left_out = shutil.ignore_patterns(".git", ".venv*", "build", "figures", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, copy, ignore=left_out, symlinks=True)
        (copy / "figures").mkdir(exist_ok=True)
        shutil.copytree(
            ROOT / "sxcanalysis" / "figures", copy / "sxcanalysis" / "figures", dirs_exist_ok=True
        )
        for room in rooms:
            pattern, tests = ROOMS[room]
            kind = faults_of_lexicon if pattern.endswith(".csv") else faults_of_code
            possible = [fault for path in sorted(ROOT.glob(pattern)) for fault in kind(path)]
            for fault in chance.sample(possible, min(len(possible), -(-given.count // len(rooms)))):
                seen = noticed(copy, fault, tests, given.limit)
                killed, total = killed + seen, total + 1
                if not seen:
                    print(f"survives  {fault.file}:{fault.line}  {fault.told}", flush=True)
            print(f"{room}: {killed} of {total} noticed so far", flush=True)
    share = killed / total if total else 0.0
    print(f"{killed} of {total} faults noticed ({share:.0%}); at least {WANTED:.0%} wanted.")
    return int(share < WANTED)


if __name__ == "__main__":
    sys.exit(main())
