"""Sentences that say nothing yet: thanks for writing, the question told back, a promise to help, praise, a preamble."""

from __future__ import annotations

import regex

from heedful.voice.spoken import PATIENCE_S, Patterns

SEEK = Patterns("fillers")

LEAST_REST = 4  # words that must be left beside such a phrase for a sentence to say something

_EDGE = regex.compile(r"[\s.!?~,:;—–\-^♡]+$")
_WORD = regex.compile(r"\w[\w'’]*")


def is_filler(text: str) -> bool:
    """Whether a sentence says nothing beyond such a phrase."""
    plain = _EDGE.sub("", text.strip())
    match = SEEK["fillers"].search(plain, timeout=PATIENCE_S)
    if match is None:
        return not plain
    rest = _WORD.findall(plain[: match.start()] + plain[match.end() :])
    return len(rest) < LEAST_REST
