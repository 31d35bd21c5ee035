"""`heedful eval pii`: which spans of personal data the recognisers find, and how many clean texts they flag."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heedful.canonical import normalise
from heedful.evaluate.items import Figures, read, share, split
from heedful.evaluate.missed import Miss, Wrong, taken
from heedful.guard.personal import personal
from heedful.guard.secret_leak import keys

COVERED = 0.8  # of a true span's characters have to be found
RIGHT = 0.5  # of a found span's characters have to lie in a true one
IGNORED = "DOMAIN_NAME"  # a plain link is not personal data


@dataclass(frozen=True, slots=True)
class Found:
    """One item and the spans found in it; `kinds` says what each was taken for, where that is known."""

    item: Mapping[str, Any]
    spans: tuple[tuple[int, int], ...]
    kinds: tuple[str, ...] = ()

    @property
    def true(self) -> list[Mapping[str, Any]]:
        """The spans that count."""
        return [span for span in self.item["spans"] if span["type"] != IGNORED]

    def is_covered(self, span: Mapping[str, Any]) -> bool:
        """Whether a true span was found."""
        start, end = int(span["start"]), int(span["end"])
        return self._shared(start, end, self.spans) >= COVERED * (end - start)

    def is_right(self, start: int, end: int) -> bool:
        """Whether a found span lies in true ones."""
        spans = [(span["start"], span["end"]) for span in self.item["spans"]]
        return self._shared(start, end, spans) >= RIGHT * (end - start)

    @staticmethod
    def _shared(start: int, end: int, spans: Sequence[tuple[int, int]]) -> int:
        return sum(max(0, min(end, last) - max(start, first)) for first, last in spans)


async def evaluate(items: Path, misses: Path | None = None) -> Figures:
    """Return the figures of `heedful eval pii`; write what was wrong to `misses`, one object a line.

    Raises:
        InputError: The file can't be read, or a line is no item; says which line.
    """

    def work() -> Figures:
        found = [_personal(item) for item in read(items, "text", "spans")]
        wrong = [one for one in map(_miss, found) if one.wrongs]
        return taken(split(found, lambda one: one.item, figures), wrong, misses)

    return await asyncio.to_thread(work)


def _personal(item: Mapping[str, Any]) -> Found:
    text = normalise(str(item["text"]))
    spans = {(one.start, one.end): one.kind for one in personal(text)}
    for start, end in keys(text.text):
        spans.setdefault(text.original(start, end), "key")
    return Found(item, tuple(spans), tuple(spans.values()))


def figures(found: Iterable[Found]) -> Figures:
    """Return the figures of `heedful eval pii`."""
    found = tuple(found)
    by_type: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    for one in found:
        for span in one.true:
            by_type[span["type"]] += 1
            covered[span["type"]] += one.is_covered(span)
    shown = [one.is_right(*span) for one in found for span in one.spans]
    clean = [bool(one.spans) for one in found if not one.true]
    return {
        "n": len(found),
        "recall": share(covered.total(), by_type.total()),
        "precision": share(sum(shown), len(shown)),
        "clean_false_rate": share(sum(clean), len(clean)),
        "by_type": {name: {"n": n, "recall": share(covered[name], n)} for name, n in sorted(by_type.items())},
    }


def _miss(one: Found) -> Miss:
    missed = [Wrong("missed", str(span["type"])) for span in one.true if not one.is_covered(span)]
    alarms = [Wrong("false_alarm", k) for span, k in zip(one.spans, one.kinds, strict=True) if not one.is_right(*span)]
    return Miss({**one.item, "found": [{"start": start, "end": end} for start, end in one.spans]}, (*missed, *alarms))
