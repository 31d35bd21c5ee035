"""“-하실게요”: what the speaker means to do, said of the customer; it asks of them and sounds like a promise."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from heedful.voice.korean import is_honorific, parsed
from heedful.voice.spoken import Advice, Spoken

_SPELT = regex.compile(
    r"(?:실|으실|하실|오실|가실|보실|주실|되실|계실)\s?(?:게|께|계)요(?![가-힣])|실(?:게|께)(?:용|여)(?![가-힣])"
)


def rule(spoken: Spoken) -> Iterator[Advice]:
    """Yield each “-실게요”."""
    why, mend = "“-실게요” of the customer", "ask plainly: “-해 주십시오”"
    for one in parsed(spoken):
        words = one.morphemes
        places = [
            one.place(words[at - 1], word)
            for at, word in enumerate(words)
            if at
            and word.tag in ("EF", "EC")
            and word.form in ("ᆯ게요", "ᆯ께요", "ᆯ게", "ᆯ께", "을게요")
            and is_honorific(words[at - 1])
        ]
        if not places:
            spelt = _SPELT.search(one.sentence.text)
            places = [(one.sentence.start + spelt.start(), one.sentence.start + spelt.end())] if spelt else []
        for start, end in places:
            yield Advice("halgeyo", start, end, why, mend)
