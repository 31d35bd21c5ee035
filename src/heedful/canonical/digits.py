"""Runs of digits however they are spaced, dotted or spelled out: what phone, card and account numbers are made of."""

from __future__ import annotations

from typing import NamedTuple

from heedful.canonical.glance import GAP, glance
from heedful.canonical.spoken import spoken
from heedful.canonical.text import Normalised

_SEPARATORS = frozenset(" -.()·・‧∙/~_\t|,\nㅡーᅳ")  # the last three: vowels and marks typed for a dash


class Run(NamedTuple):
    """A run of digits: the digits alone, and where each stands (a spelled-out digit by its word)."""

    digits: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    plus: bool  # a `+` stands before it
    words: int = 0  # how many of the digits are spelled out
    is_code: bool = False  # spelled out digit by digit: nothing but a number read out

    def find(self, wanted: str, text: str) -> tuple[int, int] | None:
        """Return where `wanted` stands in this run, not as a part of a longer unbroken number; `None` if it doesn't."""
        at = self.digits.find(wanted)
        while at >= 0:
            start, end = self.starts[at], self.ends[at + len(wanted) - 1]
            if not (start and text[start - 1].isdigit()) and not (end < len(text) and text[end].isdigit()):
                return start - (start > 0 and text[start - 1] == "+"), end
            at = self.digits.find(wanted, at + 1)
        return None


def runs(text: Normalised) -> tuple[Run, ...]:
    """Return the runs of at least four digits in `text`, spelled-out ones included."""
    return text.once(_runs)


def _runs(normalised: Normalised) -> tuple[Run, ...]:
    text = normalised.text
    found = [run for run in _written(text) if len(run.digits) >= 4]
    found.extend(run for run in spelled(normalised) if run.words >= 3)
    return tuple(found)


def spelled(text: Normalised) -> tuple[Run, ...]:
    """Return the runs of at least four digits in which some are spelled out, or which words and signs part."""
    return text.once(_spelled)


def _spelled(normalised: Normalised) -> tuple[Run, ...]:
    return tuple(Run(s.digits, s.starts, s.ends, False, s.words, s.is_code) for s in spoken(normalised.text))


def _written(text: str) -> list[Run]:
    """Return the runs written in digits."""
    found: list[Run] = []
    places: list[int] = []
    for start, end in glance(text).numbers:
        if places and not _joined(text[places[-1] + 1 : start]):
            found.append(_run(text, places))
            places = []
        places.extend(range(start, end))
    if places:
        found.append(_run(text, places))
    return found


def _joined(between: str) -> bool:
    return len(between) <= GAP and all(c in _SEPARATORS for c in between)


def _run(text: str, places: list[int]) -> Run:
    plus = places[0] > 0 and text[places[0] - 1] == "+"
    return Run("".join(text[i] for i in places), tuple(places), tuple(i + 1 for i in places), plus)
