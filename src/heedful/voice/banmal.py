"""Plain speech to a customer (반말): an ending without 요 and without 니다."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from heedful.voice.korean import Parsed, endings, parsed
from heedful.voice.spoken import Advice, Spoken

_HEADING = regex.compile(r"[:：]\s*$|^\s*#|^\s*[-*•·]\s*[^.!?]{0,30}(?:다|함|음|기)\s*$")
_ALONE = regex.compile(
    r"(?<![가-힣])(?:그래|응|아니야|맞아|고마워|미안해?|괜찮아|알았어|잠깐만|안녕|몰라|좋아|됐어|반가워|어서\s?와|걱정\s?마|힘내)(?=[\s,.!?~]|$)"
)
_YOU = regex.compile(r"(?<![가-힣])(?:너|네가|니가|너는|넌|너의|너도|너를|당신|자네)(?=[\s가는도를의,]|$)")


def rule(spoken: Spoken) -> Iterator[Advice]:
    """Yield each ending in plain speech."""
    for one in parsed(spoken):
        if _HEADING.search(one.sentence.text):
            continue
        place = _place(one)
        if place is not None:
            yield Advice("banmal", *place, "plain speech to a customer", "use 합쇼체: “-습니다”, “-십시오”")


def _place(one: Parsed) -> tuple[int, int] | None:
    """Return where plain speech stands in a sentence."""
    found = list(endings(one))
    for word, level in found:
        if level == "plain" and _ends(one, word.end):
            return one.place(word, word)
    alone = _ALONE.search(one.sentence.text) if not any(level in ("formal", "polite") for _, level in found) else None
    alone = alone or _YOU.search(one.sentence.text)
    return (one.sentence.start + alone.start(), one.sentence.start + alone.end()) if alone else None


def _ends(one: Parsed, end: int) -> bool:
    """Whether a clause ends here: what follows is a mark or nothing, and no quoting particle."""
    return regex.match(
        r"\s*(?:[.!?~,…;)\]ㅋㅎ^♡♥]|$|\n|\s[A-Z가-힣0-9])", one.sentence.text[end:]
    ) is not None and not regex.match(
        r"\s*(?:고|라고|라는|는|며|면서|니|면|던|더라|거나|지만|든지)\b", one.sentence.text[end:]
    )
