"""What the Korean rules share: sentences with their morphemes, their endings, and honorific endings in place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from heedful.terms import Morpheme
from heedful.voice.spoken import Sentence, Spoken, morphemes

POLITE = ("요", "죠", "지요", "쇼")  # how endings in 해요체 end
_TRAILS = frozenset(
    "어 아 지 는데 은데 ᆫ데 거든 고 니까 으니까 려고 으려고 라서 이라서 어서 아서 더라고 지만 게".split()
)
PREDICATE = ("VV", "VA", "VX", "VCP", "VCN", "XSV", "XSA")


class Parsed(NamedTuple):
    """A sentence and its morphemes."""

    sentence: Sentence
    morphemes: tuple[Morpheme, ...]

    def place(self, first: Morpheme, last: Morpheme) -> tuple[int, int]:
        """Return where in the reply the text from one morpheme to another stands."""
        return self.sentence.start + first.start, self.sentence.start + max(last.end, first.start + 1)


class Honoured(NamedTuple):
    """An honorific ending: the index of the morpheme that bears it, and of the predicate before it."""

    at: int
    head: int


def parsed(spoken: Spoken) -> Iterator[Parsed]:
    """Yield the sentences of a Korean reply with their morphemes; none of another."""
    if not spoken.in_korean:
        return
    for sentence in spoken.sentences:
        yield Parsed(sentence, morphemes(sentence.text))


def honoured(words: tuple[Morpheme, ...]) -> Iterator[Honoured]:
    """Yield each predicate that bears an honorific ending, `세요` included."""
    for at, one in enumerate(words):
        if is_honorific(one) and not (at > 1 and words[at - 2].form == "계" and words[at - 1].tag == "VCP"):  # 계세요
            head = next((i for i in range(at - 1, -1, -1) if words[i].tag in PREDICATE), None)
            if head is not None and words[head].word >= one.word - 1:
                yield Honoured(at, head)


def is_honorific(one: Morpheme) -> bool:
    """Whether a morpheme is the honorific ending, alone or within `세요`."""
    if one.tag == "EP":
        return one.form in ("시", "으시", "셨", "으셨", "시었")
    return one.tag in ("EF", "EC") and one.form.lstrip("으").startswith(
        ("세요", "셔요", "세", "십니", "시지", "셔서", "시면")
    )


def endings(one: Parsed) -> Iterator[tuple[Morpheme, str]]:
    """Yield the final endings of a sentence with their level: `formal`, `polite` or `plain`."""
    words = one.morphemes
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else None
        if word.tag == "EF" or (word.tag == "EC" and (following is None or following.tag in ("SF", "JX"))):
            is_lengthened = following is not None and following.tag == "JX" and following.form == "요"
            if word.tag == "EC" and not is_lengthened:
                if following is None or following.tag == "SF":
                    yield (
                        word,
                        "plain"
                        if word.form in _TRAILS and following is not None
                        else "plain"
                        if word.form in ("어", "아", "지")
                        else "open",
                    )
                continue
            yield word, "polite" if is_lengthened else level(word.form)


def level(ending: str) -> str:
    """Return the level of a final ending."""
    if ending.endswith(("니다", "니까", "십시오", "시오", "시다", "소서")):
        return "formal"
    if ending.endswith(POLITE):
        return "polite"
    return "open" if ending in ("ᆷ", "음", "기", "함", "됨") else "plain"
