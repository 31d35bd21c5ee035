"""What sort of question is this? Read from the words by rules, in English and Korean; several kinds in one message."""

from __future__ import annotations

import re
from dataclasses import dataclass

from heedful.kind_rules import COVERS, ENGLISH, IN_ORDER, KOREAN
from heedful.topics import LOOK_AT, ORDER, without_decoys

KINDS = IN_ORDER


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
    words = without_decoys(text[:LOOK_AT])
    found: dict[str, Reading] = {}
    for kind, pattern in _PATTERNS:
        if first := pattern.search(words):
            found[kind] = Reading(kind, text[first.start() : first.end()], first.start())
            words = pattern.sub(lambda claimed: " " * len(claimed[0]), words)
    for kind in tuple(found):
        for covered in COVERS.get(kind, ()):
            found.pop(covered, None)
    if not found and (order := ORDER.search(words)):
        return (Reading("delivery", text[order.start() : order.end()], order.start()),)
    return tuple(sorted(found.values(), key=lambda reading: reading.start))


_PATTERNS = tuple((kind, re.compile("|".join((*ENGLISH[kind], *KOREAN[kind])), re.IGNORECASE)) for kind in IN_ORDER)
