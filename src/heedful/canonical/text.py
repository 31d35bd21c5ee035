"""Text as a reader sees it: one spelling for every way of encoding it, with the way back to the original offsets."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, TypeVar, cast

import regex

from heedful.canonical.lookalikes import folded

T = TypeVar("T")

PATIENCE_S = 2.0  # wall time, other threads included: a pattern that needs longer on one text is broken or under attack
# Format characters, variation selectors, Hangul fillers, the grapheme joiner: they have no width and no meaning here.
INVISIBLE = regex.compile(r"[\p{Cf}\uFE00-\uFE0F\U000E0100-\U000E01EF\u115F\u1160\u3164\uFFA0\u034F]")
# One for one, so that offsets hold: quotes, dashes, spaces, ellipsis.
_PLAIN = str.maketrans(
    dict.fromkeys("‘’‚‛ʼ＇′", "'")
    | dict.fromkeys("“”„‟＂″", '"')
    | dict.fromkeys("‐‑‒–−﹣－", "-")
    | dict.fromkeys("～〜", "~")
    | dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " ")
    | {"…": "."}
)
_ODD = regex.compile(
    rf"{INVISIBLE.pattern}|[\p{{Nd}}--0-9]|[\u1100-\u11FF\u3131-\u318E\uD7B0-\uD7FF\uFFA1-\uFFDC]", regex.V1
)
_LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAILS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"


class Normalised:
    """A text in its one spelling; `original` leads back to the text it was read from.

    What is worked out from it once (`once`) is kept with it, so that every rule shares it.
    """

    __slots__ = ("_ends", "_known", "_starts", "text")

    def __init__(self, text: str, starts: list[int] | None = None, ends: list[int] | None = None) -> None:
        self.text = text
        self._starts = starts  # None: offsets are the same
        self._ends = ends
        self._known: dict[Callable[[Normalised], Any], Any] = {}

    def __repr__(self) -> str:
        return f"Normalised({len(self.text)} characters)"

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the original text of `text[start:end]`, invisible characters inside included."""
        if self._starts is None or self._ends is None:
            return start, end
        if start >= end:
            at = self._starts[start] if start < len(self._starts) else (self._ends[-1] if self._ends else 0)
            return at, at
        return self._starts[start], self._ends[end - 1]

    def position(self, offset: int) -> int:
        """Return the first offset of `text` that was read from the original at or after `offset`."""
        return offset if self._starts is None else bisect_left(self._starts, offset)

    def once(self, work: Callable[[Normalised], T]) -> T:
        """Return what `work` makes of this text, worked out the first time it is asked for."""
        known = self._known
        if work not in known:
            known[work] = work(self)
        return cast("T", known[work])


_SIGNS = {code: None for code in range(128) if not chr(code).isalnum()}


@lru_cache(maxsize=64)  # one unit is read by every rule, and by the consent door; nothing older is of use
def normalise(text: str) -> Normalised:
    """Return `text` in one spelling: NFKC, nothing invisible, jamo joined, ASCII digits, plain quotes."""
    plain = text.translate(_PLAIN)
    if plain.isascii() or (unicodedata.is_normalized("NFKC", plain) and not _ODD.search(plain)):
        return Normalised(folded(plain))
    letters = [(_wide(plain[i]), i) for i in range(len(plain)) if not INVISIBLE.match(plain[i])]
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece, first, last in _pieces(letters):
        out.append(piece)
        starts.extend([first] * len(piece))
        ends.extend([last + 1] * len(piece))
    return Normalised(folded("".join(out)), starts, ends)


def squash(text: str) -> str:
    """Return only the letters and digits of `text`, case folded: what two spellings of one value share."""
    if text.isascii():
        return text.translate(_SIGNS).lower()
    return "".join(filter(str.isalnum, text)).casefold()


def _wide(letter: str) -> str:
    """Return half-width jamo as compatibility jamo, and any decimal digit as ASCII."""
    if "\uffa1" <= letter <= "\uffdc":
        return chr(int(unicodedata.decomposition(letter).split()[-1], 16))
    digit = unicodedata.decimal(letter, None)
    return letter if digit is None else str(digit)


def _pieces(letters: list[tuple[str, int]]) -> Iterator[tuple[str, int, int]]:
    """Yield each smallest piece that normalises by itself, with the first and last original offset."""
    i = 0
    while i < len(letters):
        letter, first = letters[i]
        if "ㄱ" <= letter <= "ㆎ":
            syllable, taken = _syllable([c for c, _ in letters[i : i + 4]])
            yield syllable, first, letters[i + taken - 1][1]
            i += taken
            continue
        j = i + 1
        while j < len(letters) and _joins(letters[j][0]):
            j += 1
        cluster = "".join(c for c, _ in letters[i:j])
        piece = INVISIBLE.sub("", unicodedata.normalize("NFKC", cluster).translate(_PLAIN))
        yield piece, first, letters[j - 1][1]
        i = j


def _joins(letter: str) -> bool:
    """Whether `letter` combines with the one before it: an accent, or a conjoining vowel or final consonant."""
    return unicodedata.combining(letter) != 0 or "\u1160" <= letter <= "\u11ff" or "\ud7b0" <= letter <= "\ud7fb"


def _syllable(jamo: list[str]) -> tuple[str, int]:
    """Return the syllable that a run of compatibility jamo spells, and how many it took; `ㅋㅋ` stays as it is."""
    if len(jamo) < 2 or jamo[0] not in _LEADS or jamo[1] not in _VOWELS:
        return jamo[0], 1
    code = 0xAC00 + (_LEADS.index(jamo[0]) * 21 + _VOWELS.index(jamo[1])) * 28
    closes = len(jamo) > 2 and jamo[2] in _TAILS[1:] and not (len(jamo) > 3 and jamo[3] in _VOWELS)
    return (chr(code + _TAILS.index(jamo[2])), 3) if closes else (chr(code), 2)
