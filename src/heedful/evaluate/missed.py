"""What an evaluation got wrong, by kind: written out item by item, and counted by code or type, set and language."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that was wrong: something `missed`, a `false_alarm`, or a `wrong_action` where the reasons were right.

    `of` is what it is about: a reason code, a type of personal data, or both actions.
    """

    kind: Literal["missed", "false_alarm", "wrong_action"]
    of: str


@dataclass(frozen=True, slots=True)
class Miss:
    """One item that was judged wrongly: the item with what was found, as it is written, and all that was wrong."""

    line: Mapping[str, Any]
    wrongs: Sequence[Wrong]


def write(misses: Iterable[Miss], path: Path) -> None:
    """Write the items that were judged wrongly, one object a line, `wrong` saying what each is."""
    lines = ({**one.line, "wrong": [{"kind": w.kind, "of": w.of} for w in one.wrongs]} for one in misses)
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def counted(misses: Iterable[Miss]) -> list[dict[str, Any]]:
    """Return how often each was wrong by kind, what it is about, set (empty without one) and language; most first."""
    counts = Counter(
        (wrong.kind, wrong.of, str(one.line.get("set", "")), str(one.line.get("lang", "")))
        for one in misses
        for wrong in one.wrongs
    )
    ranked = sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))
    return [{"kind": kind, "of": of, "set": set_, "lang": lang, "n": n} for (kind, of, set_, lang), n in ranked]


def taken(figures: dict[str, Any], misses: Sequence[Miss], path: Path | None) -> dict[str, Any]:
    """Return the figures with `misses` counted, where there are any; write the items to `path`."""
    if path is not None:
        write(misses, path)
    return {**figures, "misses": counted(misses)} if misses else figures


def table(counts: Sequence[Mapping[str, Any]], most: int = 20) -> str:
    """Return the counts as lines to read, the commonest first; the last line says how many more there are."""
    heads = ("kind", "of", "set", "lang", "n")
    rows = [heads, *(tuple(str(one[head]) for head in heads) for one in counts[:most])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    rest = counts[most:]
    return "\n".join([*lines, f"and {sum(one['n'] for one in rest)} more in {len(rest)} kinds"] if rest else lines)
