"""More than anybody reads: too many sentences for the channel, too many words, or one sentence that never ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import regex

from heedful.values import Channel
from heedful.voice.spoken import Advice, Sentence, Spoken


class Bounds(NamedTuple):
    """What a reader of one channel takes in at once; list items count a third, since steps are read one by one."""

    sentences: int
    words: int  # English; a Korean eojeol says about one and a half of them
    sentence: int  # words in one sentence


BOUNDS: dict[Channel, Bounds] = {
    "chat": Bounds(8, 150, 45),
    "assist": Bounds(8, 150, 45),
    "email": Bounds(14, 260, 45),
}
WORDS_OF_AN_EOJEOL = 1.5
ITEM_WEIGHT = 1 / 3
_ITEM = regex.compile(r"\s*(?:[-*•·▪–]\s|\(?\d{1,2}[.)]\s|[①-⑳])")
_END = regex.compile(r"(?<=[^\d\s][.!?])\s")
_WORD = regex.compile(r"[^\s\-–—/]*\w[^\s]*")


def rule(spoken: Spoken) -> Iterator[Advice]:
    """Yield what makes the whole reply, or one of its sentences, too long."""
    bounds = BOUNDS[spoken.channel]
    weight = WORDS_OF_AN_EOJEOL if spoken.in_korean else 1.0
    for sentence in spoken.body:
        if any(words(part) * weight > bounds.sentence for part in _parts(sentence)):
            yield _advice(sentence.start, sentence.end, "one sentence holds too much", "make it two or three sentences")
    if not spoken.final or not spoken.body:
        return
    count = sum(ITEM_WEIGHT if is_item(one) else 1.0 for one in spoken.body)
    total = weight * sum(words(one.text) * (ITEM_WEIGHT if is_item(one) else 1.0) for one in spoken.body)
    if count > bounds.sentences or total > bounds.words:
        first = spoken.body[min(bounds.sentences, len(spoken.body) - 1)].start
        yield _advice(first, spoken.body[-1].end, "longer than the question needs", "keep what answers it, and stop")


def words(text: str) -> int:
    """Return how many words, or eojeol, a text has."""
    return len(_WORD.findall(text))


def is_item(sentence: Sentence) -> bool:
    """Whether a sentence is an item of a list."""
    return _ITEM.match(sentence.text) is not None


def _parts(sentence: Sentence) -> list[str]:
    """Return the sentences of a list item, which is one unit."""
    return _END.split(sentence.text) if is_item(sentence) else [sentence.text]


def _advice(start: int, end: int, why: str, mend: str) -> Advice:
    return Advice("too_long", start, end, why, mend)
