"""What a text says once a disguise is taken off, with the way back to where the disguise stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple


class Reading(NamedTuple):
    """Other words that a stretch of text can be read as; `places` says where each of its characters comes from.

    `is_code` tells that nothing ordinary is written so, and that what it says are words or an identifier: a reader
    of the plain text can't know what it carries.
    """

    how: str
    text: str
    start: int
    end: int
    is_code: bool = False
    places: tuple[int, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where `text[start:end]` stands in the text that was read; all of the stretch where that is unknown."""
        if not self.places or start >= end:
            return self.start, self.end
        return self.places[start], self.places[end - 1] + 1


class Disguise(NamedTuple):
    """One family of disguises: a cheap look that most texts do not pass, and what reads those that do."""

    name: str
    is_hinted: Callable[[str, list[str], list[str]], bool]  # the text, its words, and those bare and in lower case
    read: Callable[[str], Iterator[Reading]]


EDGE = ".,;:!?()[]{}\"'*_•·>|/\\#~`“”‘’"  # signs around a word
LEAST = 5  # letters and digits: what says less gives nothing away
_PUNCTUATION = frozenset(" .,:;@_-+/()'\"!?#&\n\r\t₩€£$%")


def says_something(text: str, least: int = LEAST) -> bool:
    """Whether decoded text is words or a value: letters that people write, digits, and the usual signs."""
    known = sum((c.isascii() and c.isalnum()) or "가" <= c <= "힣" for c in text)
    others = sum(c not in _PUNCTUATION for c in text) - known
    return known >= least and others * 12 <= known and known * 3 >= len(text) * 2


def joined(readings: Iterable[Reading]) -> Iterator[Reading]:
    """Yield the readings, and behind them what they say one after the other: a value may be cut in two."""
    found = list(readings)
    yield from found
    if len(found) > 1:
        text = "".join(one.text for one in found)
        yield Reading("joined", text, found[0].start, found[-1].end)
