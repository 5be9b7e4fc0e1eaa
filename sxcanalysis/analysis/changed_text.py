"""What changed, as words for a person: two texts with the changed words marked, and a comparison of editions as lines."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple

from sxcanalysis.analysis.edition_diff import FLAGS, STATUSES
from sxcanalysis.reference.words import enumerated, label, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sxcanalysis.analysis.edition_diff import EditionDiff

_AROUND = 12  # characters shown on either side of a change
_ISLAND = 1  # so few characters in common between two changes are chance, and part of them


class Piece(NamedTuple):
    """A stretch of two texts: ``kind`` is ``same``, ``changed``, ``added`` or ``removed``; the words before and after."""

    kind: str
    old: str
    new: str


def changed_words(old: str, new: str) -> list[Piece]:
    """
    Mark what differs between two texts: pieces in order, whose ``old`` parts joined are the old text, the ``new`` parts the new one.

    Examples
    --------
    >>> changed_words("完成635万方清淤", "完成700万方清淤")
    [Piece(kind='same', old='完成', new='完成'), Piece(kind='changed', old='635', new='700'), Piece(kind='same', old='万方清淤', new='万方清淤')]
    """
    pieces: list[tuple[bool, str, str]] = []
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for at, (tag, a, b, c, d) in enumerate(codes):
        same = tag == "equal" and (b - a > _ISLAND or at in {0, len(codes) - 1})
        if pieces and pieces[-1][0] == same:
            _, before, after = pieces.pop()
            pieces.append((same, before + old[a:b], after + new[c:d]))
        else:
            pieces.append((same, old[a:b], new[c:d]))
    return [
        Piece("same" if same else "changed" if was and now else "added" if now else "removed", was, now)
        for same, was, now in pieces
    ]


def diff_lines(diff: EditionDiff, lang: str = "en") -> list[str]:
    """
    Tell what `compare_editions` found, in ``zh`` or ``en``: the counts, then each change.

    The lines are without line ends; changed words stand between ``[-…-]`` and ``[+…+]``.
    """
    counts = diff.counts()
    lines = [
        say("diff.tasks", lang, old=diff.old, new=diff.new, parts=_joined(counts, STATUSES, lang)),
        say("diff.flags", lang, parts=_joined(counts, FLAGS, lang)),
        *(label("diff.no_projects", lang) for _ in diff.notes),
    ]
    tasks, categories = diff.tasks, diff.categories
    sections = [
        *(
            (status, tasks[tasks["status"] == status], _task)
            for status in ("new", "dropped", "split", "merged", "reworded")
        ),
        ("categories", categories[categories["change"] != "kept"], _category),
        ("moved", tasks[tasks["moved"]], _category),
        ("bodies", diff.bodies, _body),
        ("targets", diff.targets, _target),
        ("projects", diff.projects, _project),
    ]
    for name, rows, told in sections:
        if len(rows):
            lines += ["", f"{label('diff.' + name, lang)} ({len(rows)})"]
            lines += [f"  {line}" for row in rows.to_dict("records") for line in told(row, lang)]
    return lines


def _task(row: dict[Any, Any], lang: str) -> Iterator[str]:
    if row["status"] in {"reworded", "split", "merged"}:
        yield f"{_ids(row)} {say('diff.similarity', lang, value=row['similarity'])}"
        yield from (f"  {line}" for line in _marked(row["old_text"], row["new_text"]))
        return
    near = (
        say("diff.nearest", lang, task=row["nearest_id"], value=row["nearest_similarity"])
        if row["nearest_id"]
        else ""
    )
    yield f"{_ids(row)}: {row['new_text'] or row['old_text']} {near}".rstrip()


def _category(row: dict[Any, Any], lang: str) -> Iterator[str]:
    told = _arrow(row["old_category"], row["new_category"])
    yield f"{told} {_how(row, lang)}" if "change" in row else f"{_ids(row)}: {told}"


def _body(row: dict[Any, Any], lang: str) -> Iterator[str]:
    old, new = (
        enumerated([label(f"role.{one}", lang, default=one) for one in row[side].split(", ") if one], lang)
        for side in ("old_role", "new_role")
    )
    yield f"{_ids(row)}: {row['body']} {_change(old, new)}"


def _target(row: dict[Any, Any], lang: str) -> Iterator[str]:
    yield f"{_ids(row)}: {row['metric']} {_change(row['old_target'], row['new_target'])} {_how(row, lang)}"


def _project(row: dict[Any, Any], lang: str) -> Iterator[str]:
    old, new = (
        label(f"stage.{row[side]}", lang, default=row[side]) if row[side] else ""
        for side in ("old_stage", "new_stage")
    )
    yield f"{_ids(row)}: {row['new_name'] or row['old_name']} {_change(old, new)} {_how(row, lang)}"


def _how(row: dict[Any, Any], lang: str) -> str:
    return f"({label('change.' + row['change'], lang)})"


def _marked(old: str, new: str) -> Iterator[str]:
    """Give the changes with a few words around them; what is the same for long is left out."""
    line = ""
    pieces = changed_words(old, new)
    for at, piece in enumerate(pieces):
        if piece.kind != "same":
            line += f"[-{piece.old}-]" * bool(piece.old) + f"[+{piece.new}+]" * bool(piece.new)
        elif len(piece.new) <= 2 * _AROUND:
            line += piece.new
        else:
            line += f"{piece.new[:_AROUND] if at else ''}…"
            if line != "…":
                yield line
            line = f"…{piece.new[-_AROUND:]}" if at < len(pieces) - 1 else ""
    if line:
        yield line


def _ids(row: dict[Any, Any]) -> str:
    return _arrow(row["old_id"], row["new_id"])


def _arrow(old: str, new: str) -> str:
    return f"{old} → {new}" if old and new else new or old


def _change(old: str, new: str) -> str:
    return f"{old} → {new}" if old and new else f"+ {new}" if new else f"- {old}"


def _joined(counts: dict[str, int], names: tuple[str, ...], lang: str) -> str:
    return enumerated(
        [say("diff.count", lang, n=counts[name], what=label(f"change.{name}", lang)) for name in names], lang
    )
