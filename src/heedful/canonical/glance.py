"""A first look at a text, shared by all who read it: which signs, words and numbers are there for a pattern to need."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, lru_cache

import regex

Span = tuple[int, int]

GAP = 3  # characters between two digits of one number at most: `0808) 157`, `+44 (0) 7700`
_NUMBER = regex.compile(r"\d+")


class Glance:
    """What is known of a text without a pattern. It says what can't be there, never what is."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def lower(self) -> str:
        """The text in lower case, letters that patterns take for one plain; its offsets are not those of `text`."""
        lower = self.text.lower()
        return lower if lower.isascii() else lower.replace("i\u0307", "i").replace("ı", "i").replace("ſ", "s")

    @cached_property
    def signs(self) -> frozenset[str]:
        """The characters of the text."""
        return frozenset(self.text)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """What stands between white space, in lower case."""
        return tuple(self.lower.split())

    @cached_property
    def numbers(self) -> tuple[Span, ...]:
        """Where digits stand in an unbroken row."""
        return tuple([m.span() for m in _NUMBER.finditer(self.text)])

    @cached_property
    def most_digits(self) -> int:
        """How many digits stand together at most, signs and a space or two between them left out."""
        most = together = last = 0
        for start, end in self.numbers:
            together = (together if start - last <= GAP else 0) + end - start
            most, last = max(most, together), end
        return most

    def has(self, words: Iterable[str]) -> bool:
        """Whether one of `words`, in lower case, stands in the text, alone or in another word."""
        lower = self.lower
        for word in words:  # noqa: SIM110 - a generator costs twice as much, and this is asked a hundred times a unit
            if word in lower:
                return True
        return False


def stands_behind(text: str, sign: str, ends: frozenset[str]) -> bool:
    """Whether `sign` stands right behind one of the characters `ends`, or with a space between."""
    at = text.find(sign, 1)
    while at > 0:
        if text[max(0, at - 2) : at].rstrip()[-1:] in ends:
            return True
        at = text.find(sign, at + 1)
    return False


@lru_cache(maxsize=64)  # one unit is read by every rule; nothing older is of use
def glance(text: str) -> Glance:
    """Return the first look at `text`, taken once."""
    return Glance(text)
