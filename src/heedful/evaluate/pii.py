"""`heedful eval pii`: which spans of personal data the recognisers find, and how many clean texts they flag."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heedful.canonical import normalise
from heedful.evaluate.items import Figures, read, share, split
from heedful.guard.personal import personal

COVERED = 0.8  # of a true span's characters have to be found
RIGHT = 0.5  # of a found span's characters have to lie in a true one
IGNORED = "DOMAIN_NAME"  # a plain link is not personal data


@dataclass(frozen=True, slots=True)
class _Read:
    """One item and the spans found in it."""

    item: Mapping[str, Any]
    found: tuple[tuple[int, int], ...]

    @property
    def true(self) -> list[Mapping[str, Any]]:
        return [span for span in self.item["spans"] if span["type"] != IGNORED]

    def is_covered(self, span: Mapping[str, Any]) -> bool:
        start, end = int(span["start"]), int(span["end"])
        return self._shared(start, end, self.found) >= COVERED * (end - start)

    def is_right(self, start: int, end: int) -> bool:
        spans = [(span["start"], span["end"]) for span in self.item["spans"]]
        return self._shared(start, end, spans) >= RIGHT * (end - start)

    @staticmethod
    def _shared(start: int, end: int, spans: Sequence[tuple[int, int]]) -> int:
        return sum(max(0, min(end, last) - max(start, first)) for first, last in spans)


async def evaluate(items: Path, misses: Path | None = None) -> Figures:
    """Return the figures that FORMATS names for `pii`; write what was wrong to `misses`, one object a line.

    Raises:
        InputError: The file can't be read, or a line is no item; says which line.
    """

    def work() -> Figures:
        found = [_Read(item, _personal(str(item["text"]))) for item in read(items, "text", "spans")]
        if misses is not None:
            misses.write_text("".join(_miss(one) for one in found if not _is_right(one)), encoding="utf-8")
        return split(found, lambda one: one.item, _figures)

    return await asyncio.to_thread(work)


def _personal(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((one.start, one.end) for one in personal(normalise(text)))


def _figures(found: Sequence[_Read]) -> Figures:
    by_type: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    for one in found:
        for span in one.true:
            by_type[span["type"]] += 1
            covered[span["type"]] += one.is_covered(span)
    shown = [one.is_right(*span) for one in found for span in one.found]
    clean = [bool(one.found) for one in found if not one.true]
    return {
        "n": len(found),
        "recall": share(covered.total(), by_type.total()),
        "precision": share(sum(shown), len(shown)),
        "clean_false_rate": share(sum(clean), len(clean)),
        "by_type": {name: {"n": n, "recall": share(covered[name], n)} for name, n in sorted(by_type.items())},
    }


def _is_right(one: _Read) -> bool:
    return all(map(one.is_covered, one.true)) and all(one.is_right(*span) for span in one.found)


def _miss(one: _Read) -> str:
    found = [{"start": start, "end": end} for start, end in one.found]
    return json.dumps({**one.item, "found": found}, ensure_ascii=False) + "\n"
