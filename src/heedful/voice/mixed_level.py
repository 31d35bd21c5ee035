"""Two levels of politeness in one reply: 합쇼체 beside 해요체. One throughout is right, 합쇼체 by preference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from heedful.terms import Morpheme
from heedful.voice.korean import Parsed, endings, parsed
from heedful.voice.spoken import Advice, Spoken

_SET_PHRASES = ("안녕하세요", "여보세요", "감사합니다", "고맙습니다", "반갑습니다")


def rule(spoken: Spoken) -> Iterator[Advice]:
    """Yield the sentences whose ending is of the level that the reply uses less."""
    ends = [(one, _level(one)) for one in parsed(spoken) if not _is_set_phrase(one)]
    counts = Counter(level for _, level in ends if level in ("formal", "polite"))
    if len(counts) < 2:
        return
    wrong = "polite" if counts["formal"] >= counts["polite"] else "formal"
    for one, level in ends:
        if level == wrong:
            why, mend = "its ending is of another level of politeness than the rest", "use 합쇼체 throughout"
            yield Advice("mixed_level", one.sentence.start, one.sentence.end, why, mend)


def _level(one: Parsed) -> str:
    """Return the level of the last ending; of a sentence that a list item or a fragment ends without one, `open`."""
    found = list(endings(one))
    if not found or _is_request(one, found[-1][0]):
        return "open"
    return found[-1][1]


def _is_request(one: Parsed, ending: Morpheme) -> bool:
    """Whether a sentence asks something of the customer in “-세요”, which goes with either level."""
    before = one.morphemes[one.morphemes.index(ending) - 1]
    asks = "?" in one.sentence.text[-4:]
    return ending.form.endswith("세요") and before.tag in ("VV", "XSV", "VX") and not asks


def _is_set_phrase(one: Parsed) -> bool:
    return "".join(one.sentence.text.split()).startswith(_SET_PHRASES) and len(one.sentence.text) < 14
