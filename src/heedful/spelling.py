"""A word nobody has written here → how it may have been meant: one slip of the hand, or letters that sound alike."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

SHORTEST = 5  # Latin letters; a shorter word has too many neighbours that mean something else
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_VOWELS = "aeiouy"
_MEDIALS = 28  # finals of each pair of initial and medial; Unicode, section 3.12
_INITIALS = 21 * _MEDIALS
_HANGUL = range(0xAC00, 0xD7A4)
# Medials and finals by their place in Unicode that sound the same today: ㅐ ㅔ, ㅒ ㅖ, ㅙ ㅚ ㅞ; ㄱ ㄲ ㅋ,
# ㅅ ㅆ ㄷ ㅌ, ㅂ ㅍ.
_ALIKE_MEDIALS = ((1, 5), (3, 7), (10, 11, 15))
_ALIKE_FINALS = ((1, 2, 24), (19, 20, 7, 25), (17, 26))


def meant(word: str) -> Iterator[str]:
    """Yield what a misspelt search term may stand for; its first letter is right, and the word is not among them."""
    if word.isascii() and word.isalpha():
        if len(word) >= SHORTEST:
            yield from (other for other in _slips(word) if other != word)
    elif len(word) > 1 and all(ord(syllable) in _HANGUL for syllable in word):
        yield from _sounding_alike(word)


def _slips(word: str) -> Iterator[str]:
    """A letter left out, put in twice or in the wrong order, or a wrong vowel."""
    for place in range(1, len(word) + 1):
        yield from (f"{word[:place]}{letter}{word[place:]}" for letter in _LETTERS)
    for place in range(1, len(word)):
        yield word[:place] + word[place + 1 :]
        if word[place] in _VOWELS:
            yield from (f"{word[:place]}{letter}{word[place + 1 :]}" for letter in _VOWELS)
    for place, (first, second) in enumerate(pairwise(word)):
        if place:
            yield f"{word[:place]}{second}{first}{word[place + 2 :]}"


def _sounding_alike(word: str) -> Iterator[str]:
    for place, syllable in enumerate(word):
        code = ord(syllable) - _HANGUL.start
        medial, final = code % _INITIALS // _MEDIALS, code % _MEDIALS
        changed = [code + (other - medial) * _MEDIALS for alike in _ALIKE_MEDIALS if medial in alike for other in alike]
        changed.extend(code + other - final for alike in _ALIKE_FINALS if final in alike for other in alike)
        for other in changed:
            if other != code:
                yield f"{word[:place]}{chr(_HANGUL.start + other)}{word[place + 1 :]}"
