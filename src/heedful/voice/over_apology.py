"""Sorry said more than once, or louder than the matter: one apology, for what is ours, is enough."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.voice.care import apologies
from heedful.voice.spoken import Advice, Patterns, Spoken, found, spans

SEEK = Patterns("over_apology")


def rule(spoken: Spoken) -> Iterator[Advice]:
    """Yield each apology after the first, and one that is out of proportion."""
    places = [place for sentence in spoken.sentences for place in apologies(sentence)]
    heard = [place for sentence in spoken.sentences for place in spans(SEEK["soft"], sentence)]
    why = "says sorry more than once"
    for start, end in places[1:] or (heard[1:] if places or len(heard) > 1 else []):
        yield Advice("over_apology", start, end, why, "apologise once, for what was the company's doing, and go on")
    if len(places) == 1 and _is_not_due(spoken, *places[0]):
        yield Advice("over_apology", *places[0], "nothing here is the company's doing", "leave the apology out")
    elif len(places) == 1:
        for sentence in spoken.sentences:
            if apologies(sentence):
                for start, end in spans(SEEK["loud"], sentence)[:1]:
                    yield Advice("over_apology", start, end, "says sorry louder than the matter", "say sorry plainly")


def _is_not_due(spoken: Spoken, start: int, _end: int) -> bool:
    """Whether an apology is for what nobody has complained of, or for what is not the company's doing."""
    said = next(sentence.text for sentence in spoken.sentences if sentence.start <= start < sentence.end)
    if found(SEEK["outside"], said):
        return True
    is_calm = spoken.state in ("neutral", "pleased", "hurried")
    return is_calm and not found(SEEK["ours"], spoken.question) and not found(SEEK["ours"], said)
