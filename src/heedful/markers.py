"""Citation markers: `[n]` in a draft is a passage's rank, `[n]` in a reply counts by first appearance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# One marker, or several numbers in one pair of brackets; not more than eight, so that waiting for the end is bounded.
MARKER = r"\[\d{1,3}(?:, ?\d{1,3}){0,7}\]"
BEGUN = re.compile(r"\[(?:\d{1,3}, ?){0,7}\d{0,3}")  # what may still become one
_SPACED = re.compile(rf"(?<![ \t\u00a0])(?P<space>[ \t\u00a0]*)(?P<marker>{MARKER})")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Renumbered:
    """A text whose markers count by first appearance.

    `order[n - 1]` is the rank of the passage that `[n]` stands for; `removed` are the numbers that stood for none.
    """

    text: str
    order: tuple[int, ...]
    removed: tuple[int, ...] = ()


def renumber(text: str, order: tuple[int, ...], ranks: Sequence[int]) -> Renumbered:
    """Return `text` with its markers counted on from `order`, those without a passage removed with their space.

    A marker `[k]` in `text` stands for the passage of rank `ranks[k - 1]`.
    """
    known = list(order)
    removed: list[int] = []

    def counted(found: re.Match[str]) -> str:
        numbers = []
        for k in map(int, _NUMBER.findall(found["marker"])):
            if not 1 <= k <= len(ranks):
                removed.append(k)
                continue
            rank = ranks[k - 1]
            if rank not in known:
                known.append(rank)
            numbers.append(known.index(rank) + 1)
        return found["space"] + "".join(f"[{n}]" for n in dict.fromkeys(numbers)) if numbers else ""

    counted_text = _SPACED.sub(counted, text)
    return Renumbered(counted_text, tuple(known), tuple(removed))


def used(text: str) -> tuple[int, ...]:
    """Return the numbers of the markers in `text`, each once, in order of appearance."""
    numbers = (int(n) for found in _SPACED.finditer(text) for n in _NUMBER.findall(found["marker"]))
    return tuple(dict.fromkeys(numbers))


def without_markers(text: str) -> str:
    """Return `text` without any marker and the spaces before it."""
    return _SPACED.sub("", text)
