"""Empathy that says nothing: a stock phrase, care where nobody is in distress, or a second helping of it."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.voice.care import care
from heedful.voice.spoken import CARE_DUE, Advice, Patterns, Spoken, found, spans

SEEK = Patterns("empty_empathy")


def is_stock(text: str) -> bool:
    """Whether a sentence holds a phrase that fits any matter, and therefore none."""
    return found(SEEK["stock"], text) is not None


def rule(spoken: Spoken) -> Iterator[Advice]:
    """Yield each stock phrase; care that is not due; and what is said beside one sentence of care."""
    mend = "one honest sentence about this very matter, or none"
    stock = [span for sentence in spoken.sentences for span in spans(SEEK["stock"], sentence)]
    for start, end in stock:
        yield Advice("empty_empathy", start, end, "a phrase that would fit any matter", mend)
    feeling = [one.sentence for one in care(spoken) if one.sort == "sympathy" and not is_stock(one.sentence.text)]
    if spoken.state is not None and spoken.state not in CARE_DUE:
        for one in feeling:
            yield Advice("empty_empathy", one.start, one.end, "care where nobody shows distress or joy", "leave it out")
    else:
        for one in feeling[1:]:
            yield Advice("empty_empathy", one.start, one.end, "more than one sentence of care", mend)
