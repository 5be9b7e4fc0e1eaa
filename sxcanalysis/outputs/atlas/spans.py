"""The document as the atlas shows it: its own text, in which every word that became a row leads to that row."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sxcanalysis.outputs import naming
from sxcanalysis.reference.words import label, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

_Span = tuple[int, int, str, str]  # start, end, kind, reference
# Where spans lie on one another, the first of these colours the words; pointing at them shows all.
_ORDER = ("project", "target", "body", "place")


def document_blocks(  # one for each table whose rows have words
    text: str,
    tasks: pd.DataFrame,
    assignments: pd.DataFrame,
    mentions: pd.DataFrame,
    targets: pd.DataFrame,
    projects: pd.DataFrame,
    *,
    lang: str,
    units: dict[str, str],
) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """
    Cut the document into blocks, and each block into words that lead to the same rows.

    Returns
    -------
    blocks
        ``task`` (its code, or empty), ``level`` (of a heading, or 0) and ``pieces``: ``text``, ``kind``, ``refs``, ``at``.
    references
        By reference: ``kind``, ``title``, ``rows`` (pairs of label and text), ``go`` (the project, site or unit on the map).
    """
    references: dict[str, dict[str, Any]] = {}
    spans: list[_Span] = []
    tables = (("project", projects), ("target", targets), ("body", assignments), ("place", mentions))
    for kind, table in tables:
        for row in table.to_dict("records"):
            if naming.is_missing(row["start"]):
                continue
            key, told = _refer(kind, row, lang, units)
            references.setdefault(key, told)
            spans.append((int(row["start"]), int(row["end"]), kind, key))
    ends = [(int(row["start"]), int(max(row["end"], row["attribution_end"] if not naming.is_missing(row["attribution_end"]) else 0)),
             row["task_id"]) for row in tasks.to_dict("records")]  # fmt: skip
    headings = (
        {str(part) for row in tasks["headings"].fillna("") for part in str(row).split(";") if part}
        if "headings" in tasks
        else set()
    )
    return list(_blocks(text, sorted(spans), ends, headings)), references


def _blocks(
    text: str, spans: list[_Span], tasks: list[tuple[int, int, str]], headings: set[str]
) -> Iterator[dict[str, Any]]:
    """Go line by line; the lines of one task make one block."""
    block: dict[str, Any] = {"task": "", "level": 0, "pieces": []}
    at = 0
    for line in text.splitlines(keepends=True):
        end = at + len(line)
        words = line.strip()
        task = next((name for start, stop, name in tasks if start < end and stop > at), "")
        if words:
            bare = words.lstrip("# ")
            level = (
                2 if words.startswith("# ") else 3 if words.startswith("#") or _heads(bare, headings) else 0
            )
            level = 0 if task else level
            if not (task and task == block["task"]):
                if block["pieces"]:
                    yield block
                block = {"task": task, "level": level, "pieces": []}
            begin = at + (line.index(bare) if bare else 0) if level else at
            block["pieces"] += _pieces(text, begin, end, spans)
        at = end
    if block["pieces"]:
        yield block


def _heads(words: str, headings: set[str]) -> bool:
    return len(words) <= 24 and any(heading and words.endswith(heading) for heading in headings)


def _pieces(text: str, start: int, end: int, spans: list[_Span]) -> Iterator[dict[str, Any]]:
    here = [span for span in spans if span[0] < end and span[1] > start]
    cuts = sorted({start, end, *(cut for span in here for cut in span[:2] if start < cut < end)})
    for one, other in pairwise(cuts):
        over = [span for span in here if span[0] <= one and span[1] >= other]
        over.sort(key=lambda span: (_ORDER.index(span[2]), span[1] - span[0]))
        yield {
            "text": text[one:other], "kind": over[0][2] if over else "", "at": f"{over[0][0]}–{over[0][1]}" if over else "",
            "refs": " ".join(dict.fromkeys(span[3] for span in over)),
        }  # fmt: skip


def _refer(kind: str, row: dict[Any, Any], lang: str, units: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """Say what a row holds; rows that say the same share one reference, which stands in an attribute among others."""
    told: dict[str, str] = {}
    go = ""
    if kind == "project":
        key = go = row["project_id"]
        title = naming.name_project(row, lang)
    elif kind == "target":
        key, value, metric = (
            row["target_id"],
            naming.tell_value(row, lang),
            naming.tell_term("metric", row, lang),
        )
        title = say("page.pair", lang, name=metric, value=value)
        told = {"metric": metric, "value": value}
        told |= {name: naming.tell_term(name, row, lang) for name in ("scope", "deadline")}
        told["target_kind"] = label(f"target_kind.{row['kind']}", lang, default=str(row["kind"]))
    elif kind == "body":
        key = f"{row['body']}|{row['role']}|{row['body_as_written']}|{row['others_implied']}"
        title = naming.name_body(row["body"], lang)
        told = {
            name: label(f"{name}.{row[name]}", lang, default=str(row[name])) for name in ("role", "body_kind")
        }
        told["as_written"] = (
            row["body_as_written"] if row["body_as_written"] != row["body"] or lang == "en" else ""
        )
        told["others"] = label("page.yes", lang) if row["others_implied"] is True else ""
    else:
        row = {name: "" if naming.is_missing(value) else value for name, value in row.items()}
        code = str(row["adcode"])
        named = str(row.get("project_id") or row.get("site_id") or "")
        key, go, unit = f"{row['name']}|{code}|{named}", named or code, units.get(code, code)
        title = str(row["name"]) if lang == "zh" or row["kind"] == "site" else unit or str(row["name"])
        told = {
            "unit": unit,
            "place_kind": label(f"place_kind.{row['kind']}", lang, default=str(row["kind"])),
        }
    rows = [[label(f"atlas.row_{name}", lang), text] for name, text in told.items() if text]
    return key.replace(" ", "_"), {"kind": kind, "title": title, "rows": rows, "go": go}
