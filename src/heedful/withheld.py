"""The seal on what may not be used: it says where a text repeats such a value, and gives none away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Never

from heedful import canonical
from heedful.canonical.hints import hinted
from heedful.values import Fact, FactInView, Match, View, WithheldName, WithheldWhy

CODE = re.compile(r"(?=.*[A-Za-z])(?=(?:.*\d){3})[A-Za-z0-9_/#.-]{6,80}")  # letters and at least three digits
ROW = 8  # letters and digits, those of Hangul counted twice: a shorter row is met by chance


class Withheld:
    """The values that may not be used, sealed: it says where a text repeats one, and the names; never a value.

    Its text, pickle, JSON and copies hold nothing; pickling raises `TypeError` rather than making an empty seal.
    """

    __slots__ = ("_find", "_keeps", "_spell", "names")

    names: tuple[WithheldName, ...]

    def __init__(
        self,
        names: tuple[WithheldName, ...],
        find: Callable[[str], tuple[Match, ...]],
        keeps: Callable[[Sequence[object]], bool] = lambda _kept: False,
        spell: Callable[[str], tuple[Match, ...]] = lambda _letters: (),
    ) -> None:
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "_spell", spell)
        object.__setattr__(self, "_find", find)
        object.__setattr__(self, "_keeps", keeps)

    @classmethod
    def empty(cls) -> Withheld:
        """Return a seal with nothing behind it."""
        return cls((), lambda _text: ())

    def matches(self, text: str) -> tuple[Match, ...]:
        """Return where the text repeats a withheld value in any usual spelling, in the order of the text."""
        find: Callable[[str], tuple[Match, ...]] = self._find  # type: ignore[attr-defined]
        return find(text)

    def spelt(self, letters: str) -> tuple[Match, ...]:
        """Return where a row of letters and digits (lower case, nothing between them) holds all those of a value.

        Only values long enough to be met by nothing else; a few microseconds, so that any row may be tried.
        """
        spell: Callable[[str], tuple[Match, ...]] = self._spell  # type: ignore[attr-defined]
        return spell(letters)

    def warm(self) -> None:
        """Build what matching needs (about 0.6 ms a value), so that the first unit need not wait for it."""
        self.matches(" ")

    def __repr__(self) -> str:
        return f"Withheld({len(self.names)} names)"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Withheld is sealed: nothing in it can be set")

    def __copy__(self) -> Withheld:
        return self

    def __deepcopy__(self, _memo: object) -> Withheld:
        return self

    def __reduce_ex__(self, _protocol: object) -> Never:
        raise TypeError("a Withheld is sealed and is not pickled; ask for the view again where it is needed")

    def __getstate__(self) -> Never:
        raise TypeError("a Withheld is sealed and has no state to give")


@dataclass(frozen=True, slots=True)
class Kept:
    """A fact that stays behind the seal; `shown` is the hint of it that the view holds."""

    fact: Fact
    why: WithheldWhy
    shown: str = ""

    def __repr__(self) -> str:
        return "Kept(…)"


def sealed(facts: Sequence[FactInView], kept: Sequence[Kept], before: Withheld | None = None) -> tuple[View, Withheld]:
    """Return the view of these facts, and the rest behind a seal: `before` itself where that holds the very same."""
    names = tuple(WithheldName(item.fact.name, item.fact.category, item.why) for item in kept)
    seen = View(facts=tuple(facts), withheld=names)
    if before is not None and before._keeps(kept):  # type: ignore[attr-defined]  # noqa: SLF001 - this room's own seal
        return seen, before
    behind = tuple(kept)
    return seen, Withheld(names, _finder(behind), lambda other: tuple(other) == behind, _speller(behind))


def _finder(kept: tuple[Kept, ...]) -> Callable[[str], tuple[Match, ...]]:
    """The values live in this closure and nowhere else; matchers are built when the first text is looked at."""
    matchers: list[canonical.Matcher] = []
    hints: list[_Hint] = []

    def find(text: str) -> tuple[Match, ...]:
        if not kept or not text:
            return ()
        nonlocal matchers, hints
        if len(matchers) != len(kept):
            matchers = [canonical.matcher(item.fact.name, item.fact.category, item.fact.value) for item in kept]
            hints = [_Hint(item, hinted(_told(item.fact))) for item in kept if item.fact.category == "special"]
        normalised = canonical.normalise(text)
        found = {
            Match(item.fact.name, item.fact.category, item.why, start, end)
            for item, matcher in zip(kept, matchers, strict=True)
            for start, end in matcher.find(normalised) or _letter_for_letter(item.fact.value, normalised)
            if not (item.shown and text[start:end].strip() in item.shown)
        }
        found.update(match for hint in hints for match in hint.find(normalised))
        return tuple(sorted(found, key=lambda match: (match.start, match.end, match.name)))

    return find


def _speller(kept: tuple[Kept, ...]) -> Callable[[str], tuple[Match, ...]]:
    """The letters of the values live in this closure and nowhere else."""
    keys: list[tuple[str, Kept]] = []

    def spell(letters: str) -> tuple[Match, ...]:
        if not keys:
            keys.extend((key, item) for item in kept for key in _rows(item.fact.value))
        return tuple(
            Match(item.fact.name, item.fact.category, item.why, at, at + len(key))
            for key, item in keys
            if (at := letters.find(key)) >= 0
        )

    return spell


def _rows(value: str) -> Iterator[str]:
    """Yield the letters and digits of a value where they are many, those of a phone number without its first zero."""
    key = canonical.squash(canonical.normalise(value.strip()).text)
    hangul = sum("가" <= c <= "힣" for c in key)
    if len(key) + hangul >= ROW:
        yield key.removeprefix("0") if key.isdigit() and len(key) > ROW else key


@dataclass(frozen=True)
class _Hint:
    """What finds other words that give away a fact of those the law protects most."""

    item: Kept
    spans: Callable[[canonical.Normalised], Iterator[tuple[int, int]]]

    def find(self, text: canonical.Normalised) -> Iterator[Match]:
        for start, end in self.spans(text):
            yield Match(self.item.fact.name, "special", self.item.why, *text.original(start, end), hinted=True)


def _told(fact: Fact) -> str:
    return f"{fact.name.replace('_', ' ')}: {fact.value}"


def _letter_for_letter(value: str, text: canonical.Normalised) -> list[tuple[int, int]]:
    """A code repeated as it stands is found whatever its fact is called, and whatever a matcher makes of that."""
    code = value.strip()
    if not CODE.fullmatch(code):
        return []
    return [text.original(*found.span()) for found in re.finditer(re.escape(code), text.text, re.IGNORECASE)]
