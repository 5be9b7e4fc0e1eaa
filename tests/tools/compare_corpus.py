"""Show what a change does to the reading of many lists: rows added and removed against another commit.

``python tests/tools/compare_corpus.py [--against main] [FOLDER …]`` reads every list of ``tests/parsing/corpus`` and of
the folders given with the parser of this checkout and with that of the other commit, and prints the rows of tasks,
assignments, targets and fields that only one of them finds. Exit code 1 where anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = """
import json, sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
from sxcanalysis import parse_document, read_source
WANTED = {
    "tasks": ["number", "category", "text"],
    "assignments": ["task_id", "body", "role"],
    "targets": ["task_id", "comparator", "value", "unit", "quote"],
    "fields": ["task_id", "column", "value"],
}
for path in map(Path, sys.stdin.read().splitlines()):
    rows = []
    try:
        source = read_source(path)
        found = parse_document(source.text if not hasattr(source, "tables") else source, edition="0")
        for name, columns in WANTED.items():
            table = getattr(found, name, None)
            if table is not None:
                kept = [column for column in columns if column in table]
                rows += [[name, *map(str, row)] for row in table[kept].itertuples(index=False)]
    except Exception as error:
        rows = [["error", type(error).__name__, str(error)[:200]]]
    print(json.dumps([path.name, rows], ensure_ascii=False), flush=True)
"""
SUFFIXES = {".txt", ".md", ".html", ".htm", ".docx", ".pdf"}


def tables(checkout: Path, paths: list[Path]) -> dict[str, Counter[tuple[str, ...]]]:
    """Return the rows that the parser of a checkout finds, by file."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(checkout),
        "SXC_DATA": str(checkout / "data"),
        "PYTHONUTF8": "1",
    }
    told = subprocess.run(
        [sys.executable, "-c", READ], input="\n".join(map(str, paths)), capture_output=True, text=True, env=environment,
        check=True, cwd=checkout,
    )  # fmt: skip
    records = (json.loads(line) for line in told.stdout.splitlines())
    return {name: Counter(map(tuple, rows)) for name, rows in records}


def main() -> int:
    """Compare, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--against", default="main", help="the commit to compare with (default: main)")
    given = parser.parse_args()
    folders = [ROOT / "tests" / "parsing" / "corpus", *(folder.resolve() for folder in given.folders)]
    paths = sorted(
        path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES
    )
    with tempfile.TemporaryDirectory() as scratch:
        other = Path(scratch) / "other"
        subprocess.run(
            ["git", "worktree", "add", "--quiet", "--detach", other, given.against], cwd=ROOT, check=True
        )
        try:
            before, after = tables(other, paths), tables(ROOT, paths)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", other], cwd=ROOT, check=True)
    totals: Counter[tuple[str, str]] = Counter()
    for name in after:
        for sign, rows in (("-", before[name] - after[name]), ("+", after[name] - before[name])):
            for row in rows.elements():
                totals[row[0], sign] += 1
                print(f"{sign} {name}  {row[0]:<11} {' | '.join(row[1:])[:160]}")
    print(
        f"{len(paths)} lists.",
        ", ".join(f"{table} {sign}{n}" for (table, sign), n in sorted(totals.items())) or "No row differs.",
    )
    return int(bool(totals))


if __name__ == "__main__":
    sys.exit(main())
