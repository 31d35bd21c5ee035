"""How easily a text reads: Flesch's reading ease for English, eojeol in a sentence for Korean."""

from __future__ import annotations

import re

from heedful.markers import without_markers
from heedful.units import sentences

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
_VOWELS = re.compile(r"[aeiouy]+")
_EOJEOL = re.compile(r"[^\s]*[^\W_][^\s]*")


def flesch(text: str) -> float:
    """Return Flesch's reading ease: 206.835 − 1.015 words a sentence − 84.6 syllables a word; 60 and more is plain.

    R. Flesch, A New Readability Yardstick, Journal of Applied Psychology 32 (1948). Syllables are counted by groups of
    vowels, a silent `e` at the end left out. 0 of a text without English words.
    """
    words = _WORD.findall(without_markers(text))
    if not words:
        return 0.0
    syllables = sum(_syllables(word.lower()) for word in words)
    return 206.835 - 1.015 * len(words) / count(text) - 84.6 * syllables / len(words)


def eojeol_a_sentence(text: str) -> float:
    """Return the mean number of eojeol, the words that spaces divide, in a sentence: below 12 reads easily.

    Korean has no settled formula; the length of its sentences is what differs most between easy and hard texts.
    """
    return words(text) / count(text)


def words(text: str) -> int:
    """Return how many words, or eojeol, a text has."""
    return len(_EOJEOL.findall(without_markers(text)))


def count(text: str) -> int:
    """Return how many sentences and list items a text has; at least 1."""
    return max(1, sum(any(letter.isalnum() for letter in without_markers(unit)) for unit in sentences(text)))


def _syllables(word: str) -> int:
    groups = len(_VOWELS.findall(word))
    silent = word.endswith("e") and not word.endswith(("le", "ee", "ye")) and groups > 1
    return max(1, groups - silent)
