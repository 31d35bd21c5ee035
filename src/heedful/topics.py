"""Which of five topics a text is about: what help content is grouped by, and what retrieval and quoting weigh.

Coarser than the kinds of question that decide which facts are needed (`kinds.py`): one topic covers several of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from heedful.topic_rules import ENGLISH, ENGLISH_DECOYS, KOREAN, KOREAN_DECOYS, ORDER

__all__ = ["LOOK_AT", "ORDER", "Reading", "readings", "topics_for", "topics_of", "without_decoys"]

LOOK_AT = 8_000  # characters; whoever asks says what about before that
OF_KIND = {
    **dict.fromkeys(("delivery", "delivery_address"), "delivery"),
    **dict.fromkeys(("return", "refund", "exchange", "cancel", "fault"), "return"),
    **dict.fromkeys(("payment", "invoice"), "payment"),
    **dict.fromkeys(("account", "login", "membership", "privacy"), "account"),
    **dict.fromkeys(("product", "care"), "product"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One topic found, the words that show it, and where they begin."""

    topic: str
    words: str
    start: int


def topics_of(text: str, language: str) -> tuple[str, ...]:
    """Return the topics of the text, in the order they come up; `()` when none is recognised."""
    return tuple(reading.topic for reading in readings(text, language))


def topics_for(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the topics that questions of these kinds are about, each once."""
    return tuple(dict.fromkeys(OF_KIND[kind] for kind in kinds if kind in OF_KIND))


def readings(text: str, language: str) -> tuple[Reading, ...]:
    """Return, for each topic found, the first words that show it, in the order of the text.

    Rules exist for English and Korean, and both are read in either: Korean messages are full of English words.
    """
    if language not in ("en", "ko"):
        return ()
    words = without_decoys(text[:LOOK_AT])
    first: dict[str, Reading] = {}
    for topic, pattern in _PATTERNS:
        if found := pattern.search(words):
            reading = Reading(topic, text[found.start() : found.end()], found.start())
            if topic not in first or reading.start < first[topic].start:
                first[topic] = reading
    if not first and (order := ORDER.search(words)):
        return (Reading("delivery", text[order.start() : order.end()], order.start()),)
    return tuple(sorted(first.values(), key=lambda reading: reading.start))


def without_decoys(text: str) -> str:
    """Return the text with what only looks like a topic blanked out, so that offsets hold."""
    for decoy in _DECOYS:
        text = decoy.sub(lambda found: " " * len(found[0]), text)
    return text


_PATTERNS = tuple(
    (topic, re.compile(pattern, re.VERBOSE | re.IGNORECASE))
    for rules in (ENGLISH, KOREAN)
    for topic, pattern in rules.items()
)
_DECOYS = tuple(re.compile(pattern, re.VERBOSE | re.IGNORECASE) for pattern in (ENGLISH_DECOYS, KOREAN_DECOYS))
