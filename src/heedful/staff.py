"""Which passages for staff a draft may be repeating: those it shares runs of words with, found without a search."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from heedful.canonical import normalise, squash
from heedful.canonical.wording import tokens
from heedful.values import Passage

IN_COMMON = 3  # neighbouring words (letters in Korean) in common; what the guard calls a repetition has five or more
_FIGURES = re.compile(r"\d{4,}")  # of a code that was cut otherwise: QX-77120, QX 77120
CODE = 5  # characters of a word with a digit in it: a code that gives a passage away by itself


class StaffWords:
    """The neighbouring words of many passages, and which passage each pair stands in."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        """Read the passages: about a millisecond each."""
        self._ids: list[str] = []
        holders: defaultdict[str, list[int]] = defaultdict(list)
        for place, passage in enumerate(passages):
            self._ids.append(passage.id)
            for sign in set(_signs(passage.text)):
                holders[sign].append(place)
        self._holders = dict(holders)

    def nearest(self, text: str, limit: int) -> tuple[str, ...]:
        """Return the ids of at most `limit` passages that have most in common with `text`; often none."""
        common: Counter[int] = Counter()
        for sign in set(_signs(text)):
            weight = 1 if " " in sign or len(sign) == 2 else IN_COMMON
            for place in self._holders.get(sign, ()):
                common[place] += weight
        return tuple(self._ids[place] for place, count in common.most_common(limit) if count >= IN_COMMON)


def _signs(text: str) -> Iterator[str]:
    """Yield pairs of neighbouring words, pairs of neighbouring Hangul letters, and codes."""
    plain = normalise(text)
    words = [token.stem for token in tokens(plain)]
    yield from map(" ".join, pairwise(words))
    hangul = "".join(c for c in plain.text if "가" <= c <= "힣")
    yield from map("".join, pairwise(hangul))
    for word in plain.text.split():
        code = squash(word)
        if len(code) >= CODE and any(c.isdigit() for c in code):
            yield code
    yield from _FIGURES.findall(plain.text)
