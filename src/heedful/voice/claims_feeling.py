"""A program says that it feels: sad with the customer, delighted, worried. It does not."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.voice.spoken import Advice, Patterns, Spoken, found, spans

SEEK = Patterns("claims_feeling")


def is_claim(text: str) -> bool:
    """Whether a sentence claims a feeling for whoever writes it."""
    return found(SEEK["says"], text) is not None and found(SEEK["of_the_customer"], text) is None


def rule(spoken: Spoken) -> Iterator[Advice]:
    """Yield each feeling that the reply claims for whoever writes it."""
    for sentence in spoken.sentences:
        for start, end in spans(SEEK["says"], sentence)[:1] if is_claim(sentence.text) else ():
            mend = "say what is done about it; a program does not feel"
            yield Advice("claims_feeling", start, end, "claims a feeling for the one who writes", mend)
