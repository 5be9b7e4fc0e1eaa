"""Print how long a parse takes, and its ratio to one plain regular-expression pass over the same text.

The text is the 2024 document, repeated until it has the size asked for, each time with other numbers and other
bodies (else every bracket after the first copy would be read from memory). Run with
``python benchmarks/bench_parsing.py``; the ratio and the speed should be the same at every size.
"""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

from sxcanalysis import parse_document
from sxcanalysis.parsing.attributions.attribution import read_attribution

SIZES = (100_000, 400_000, 1_600_000)  # bytes of UTF-8
# What a quick script would do: numbers at line starts, and brackets with a role word.
PLAIN = re.compile(r"^\s*\d+[.、．]|（[^（）]*(?:牵头|负责|落实)[^（）]*）", re.MULTILINE)


BRACKET = re.compile(r"（[^（）]*(?:牵头|负责|落实)[^（）]*）")
BODY = re.compile(
    r"省[\u4e00-\u9fff]{2,8}?(?:厅|委|局|办)(?=[、，牵按指])|[\u4e00-\u9fff]{2}市(?=[、，等具])"
)


def document(size: int) -> str:
    """Repeat the 2024 document, each time with other numbers and bodies, up to a size."""
    path = next((Path(__file__).parents[1] / "data" / "sources" / "2024").glob("*.txt"))
    text = path.read_text(encoding="utf-8")
    bodies = sorted({body for bracket in BRACKET.findall(text) for body in BODY.findall(bracket)})
    chance = random.Random(0)  # noqa: S311  # no secret

    def other(bracket: re.Match[str]) -> str:
        return BODY.sub(lambda _: chance.choice(bodies), bracket[0])

    copies: list[str] = []
    while sum(map(len, copies)) * 3 < size:
        n = len(copies)
        copy = re.sub(r"(?m)^\d+(?=\.)", lambda m, n=n: str(int(m[0]) + 60 * n), text)
        copies.append(BRACKET.sub(other, copy) if n else copy)
    return "\n".join(copies)


def seconds(run, *, times: int) -> float:  # noqa: ANN001
    """Return the least time of a few runs."""
    spans = []
    for _ in range(times):
        read_attribution.cache_clear()  # else the second run would find every bracket read already
        begin = time.process_time()
        run()
        spans.append(time.process_time() - begin)
    return min(spans)


def main() -> None:
    """Print one line a size."""
    parse_document("1. 甲。（省科技厅负责）")  # load what is loaded once
    print(f"{'bytes':>10} {'tasks':>6} {'parse s':>8} {'MB/s':>6} {'plain s':>8} {'ratio':>6}")
    for size in SIZES:
        text = document(size)
        count = len(text.encode())
        tasks = len(parse_document(text).tasks)
        parse = seconds(lambda text=text: parse_document(text), times=3)
        plain = seconds(lambda text=text: PLAIN.findall(text), times=5)
        print(
            f"{count:>10} {tasks:>6} {parse:>8.3f} {count / parse / 1e6:>6.2f} {plain:>8.4f} {parse / plain:>6.0f}"
        )


if __name__ == "__main__":
    main()
