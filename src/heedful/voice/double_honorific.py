"""Honour heaped on honour: 시 twice on one predicate, a humble verb with 시, 님 upon 님."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.voice.korean import PREDICATE, Parsed, is_honorific, parsed
from heedful.voice.spoken import Advice, Patterns, Spoken

SEEK = Patterns("double_honorific")

_HUMBLE = frozenset("드리 여쭈 여쭙 뵙 뵈 모시 아뢰 받들 말씀드리 여쭤보".split())
_HONORIFIC = frozenset("계시 주무시 잡수시 드시 돌아가시 편찮으시 자시".split())
_LINKS = frozenset("어 아 고 지 게".split())


def rule(spoken: Spoken) -> Iterator[Advice]:
    """Yield each honorific that is one too many."""
    for one in parsed(spoken):
        places = [*_twice(one), *_humble(one), *_of_oneself(one)] or [
            (one.sentence.start + match.start(), one.sentence.start + match.end())
            for match in SEEK["spelt"].finditer(one.sentence.text, timeout=1.0)
        ]
        for start, end in places:
            mend = "honour once, on the last verb; use no humble verb for what the customer does"
            yield Advice("double_honorific", start, end, "one honorific too many", mend)


def _twice(one: Parsed) -> Iterator[tuple[int, int]]:
    """Yield where two honorific endings stand on one chain of verbs, or one on a verb that honours by itself."""
    words, first = one.morphemes, None
    for at, word in enumerate(words):
        if is_honorific(word) or (word.tag in PREDICATE and word.form in _HONORIFIC):
            if first is not None:
                yield one.place(words[first], word)
            first = at
        elif first is not None and not _goes_on(words, at, first):
            first = None


def _goes_on(words: tuple, at: int, first: int) -> bool:  # type: ignore[type-arg]
    """Whether the chain that bears an honorific still goes on at this morpheme."""
    word = words[at]
    if word.tag in ("VX", "EP"):
        return True
    return (
        word.tag == "EC"
        and word.form in ("어", "아", "고")
        and at + 1 < len(words)
        and words[at + 1].tag == "VX"
        and at - first <= 2
    )


def _of_oneself(one: Parsed) -> Iterator[tuple[int, int]]:
    """Yield where whoever writes honours themselves: 제가 말씀하신."""
    words, own = one.morphemes, False
    for at, word in enumerate(words):
        if word.tag == "NP" and word.form in ("제", "저", "저희") and at + 1 < len(words):
            own = words[at + 1].tag == "JKS" or (words[at + 1].tag == "JX" and words[at + 1].form in ("는", "ᆫ"))
        elif word.tag in ("JKS", "JX", "EC", "EF", "SP") and at and words[at - 1].form not in ("제", "저", "저희"):
            own = False
        elif own and is_honorific(word):
            yield one.place(words[at - 1], word)
            own = False


def _humble(one: Parsed) -> Iterator[tuple[int, int]]:
    """Yield where a humble verb, which lowers its subject, bears the ending that honours it."""
    words = one.morphemes
    for at in range(1, len(words)):
        if is_honorific(words[at]) and words[at - 1].form in _HUMBLE and words[at - 1].tag in ("VV", "VX"):
            yield one.place(words[at - 1], words[at])
        elif (
            at >= 3
            and is_honorific(words[at])
            and words[at - 1].tag == "VX"
            and words[at - 1].form in ("보", "주", "놓", "두")
            and words[at - 2].form in ("어", "아")
            and words[at - 3].form in ("여쭈", "여쭙", "아뢰")
        ):
            yield one.place(words[at - 3], words[at])
