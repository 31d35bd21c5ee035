"""What sort of question is this? Read from the words by rules, in English and Korean; several kinds in one message."""

from __future__ import annotations

import re
from dataclasses import dataclass

from heedful.kind_rules import ENGLISH, ENGLISH_DECOYS, KOREAN, KOREAN_DECOYS, ORDER

LOOK_AT = 8_000  # characters; whoever asks says what about before that


@dataclass(frozen=True, slots=True)
class Reading:
    """One kind found, the words that show it, and where they begin."""

    kind: str
    words: str
    start: int


def kinds_of(text: str, language: str) -> tuple[str, ...]:
    """Return the kinds of question the text holds, in the order they come up; `()` when none is recognised."""
    return tuple(reading.kind for reading in readings(text, language))


def readings(text: str, language: str) -> tuple[Reading, ...]:
    """Return, for each kind found, the first words that show it, in the order of the text.

    Rules exist for English and Korean, and both are read in either: Korean messages are full of English words.
    """
    if language not in ("en", "ko"):
        return ()
    words = _without_decoys(text[:LOOK_AT])
    first: dict[str, Reading] = {}
    for kind, pattern in _PATTERNS:
        if found := pattern.search(words):
            reading = Reading(kind, text[found.start() : found.end()], found.start())
            if kind not in first or reading.start < first[kind].start:
                first[kind] = reading
    if not first and (order := ORDER.search(words)):
        return (Reading("delivery", text[order.start() : order.end()], order.start()),)
    return tuple(sorted(first.values(), key=lambda reading: reading.start))


def _without_decoys(text: str) -> str:
    """Blank out what only looks like a kind, so that offsets hold."""
    for decoy in _DECOYS:
        text = decoy.sub(lambda found: " " * len(found[0]), text)
    return text


_PATTERNS = tuple(
    (kind, re.compile(pattern, re.VERBOSE | re.IGNORECASE))
    for rules in (ENGLISH, KOREAN)
    for kind, pattern in rules.items()
)
_DECOYS = tuple(re.compile(pattern, re.VERBOSE | re.IGNORECASE) for pattern in (ENGLISH_DECOYS, KOREAN_DECOYS))
