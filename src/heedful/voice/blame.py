"""The customer told off: their mistake, what they should have done, what they were told before."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.voice.spoken import Advice, Patterns, Spoken, found, spans

SEEK = Patterns("blame")


def rule(spoken: Spoken) -> Iterator[Advice]:
    """Yield what lays blame; a condition (“if you entered …”) and “not your fault” are none."""
    blames = SEEK["blames_ko"] if spoken.in_korean else SEEK["blames_en"]
    for sentence in spoken.sentences:
        if found(SEEK["no_blame"], sentence.text) or found(SEEK["if"], sentence.text):
            continue
        for start, end in spans(blames, sentence)[:1]:
            yield Advice("blame", start, end, "lays blame on the customer", "say what is so, and what can be done now")
