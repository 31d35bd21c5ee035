"""A word in Hangul and a word in Latin letters: do they sound alike, as 블루투스 and bluetooth do?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

SHORTEST = 2  # syllables, and consonants and vowels of what they sound like
ALIKE = 0.78  # of 1; below it two words sound alike by chance
ALIKE_THREE = 0.8  # for words of three syllables,
ALIKE_SHORT = 0.95  # and of two,
ALIKE_AS_PART = 0.88  # unless two of them have to fit
LONGEST = 30  # letters
REMEMBERED = 10_000  # words
TOO_LONG = 3  # sounds that one may have more than the other
IN_LETTERS = 3  # syllables from which letters are read: 이유 is a reason, not the EU
TWO_WORDS = 4  # syllables from which a word may be two written as one
MOST = 2  # words of the other script that one may stand for

_FIRST_SYLLABLE, _LAST_SYLLABLE = 0xAC00, 0xD7A3
_INITIALS = ("K", "K", "N", "T", "T", "L", "M", "P", "P", "S", "S", "", "J", "J", "J", "K", "T", "P", "H")
_MEDIALS = tuple("a e a e @ e @ e o ua ue ue o u u@ ue ui u _ i i".split())
_FINALS = (
    *("", "K", "K", "K", "N", "N", "N", "T", "L", "L", "L", "L", "L", "L", "L", "L", "M", "P", "P"),
    *("T", "T", "N", "T", "T", "K", "T", "P", ""),
)
# English spelling to the same few sounds, as Korean hears it; longer spellings before shorter ones.
_SPELLINGS = (
    *(("tion", "S@N"), ("sion", "J@N"), ("ture", "J@"), ("tch", "J"), ("dge", "J"), ("igh", "ai"), ("sch", "SK")),
    *(("ch", "J"), ("sh", "S"), ("th", "S"), ("ph", "P"), ("gh", ""), ("ck", "K"), ("qu", "Ku"), ("kn", "N")),
    *(("wh", "u"), ("wr", "L"), ("ps", "PS"), ("oo", "u"), ("ee", "i"), ("ea", "i"), ("ai", "ei"), ("ay", "ei")),
    *(("ou", "au"), ("ow", "au"), ("oa", "o"), ("au", "o"), ("aw", "o"), ("ew", "u"), ("ie", "i"), ("oi", "oi")),
    *(("ce", "Se"), ("ci", "Si"), ("cy", "Si"), ("ge", "Je"), ("gi", "Ji"), ("x", "KS"), ("b", "P"), ("c", "K")),
    *(("d", "T"), ("f", "P"), ("g", "K"), ("h", "H"), ("j", "J"), ("k", "K"), ("l", "L"), ("m", "M"), ("n", "N")),
    *(("p", "P"), ("q", "K"), ("s", "S"), ("t", "T"), ("v", "P"), ("w", "u"), ("y", "i"), ("z", "J"), ("a", "a")),
    *(("e", "e"), ("i", "i"), ("o", "o"), ("u", "u")),
)
_BY_SPELLING = dict(_SPELLINGS)
_SPELLING = re.compile("|".join(spelling for spelling, _ in _SPELLINGS))
_LETTERS = dict(
    pair.split(":")
    for pair in (
        "에이치:h 에이취:h 더블유:w 더블류:w 에이:a 에프:f 아이:i 제이:j 케이:k 아르:r 에스:s 브이:v 엑스:x 와이:y "
        "제트:z 비:b 씨:c 시:c 디:d 이:e 지:g 엘:l 엠:m 엔:n 오:o 피:p 큐:q 알:r 티:t 유:u"
    ).split()
)
_LETTER_NAMES = re.compile("|".join(_LETTERS))
_SILENT = (
    (re.compile(r"(.)\1+"), r"\1"),  # letters written twice; "ee" and "oo" are vowels all the same
    (re.compile(r"(?<=[b-df-hj-np-tv-xz])e$"), ""),
    (re.compile(r"r(?![aeiouy])"), ""),
    (re.compile(r"r"), "l"),
)
_DOUBLED_VOWELS = (("ee", "i"), ("oo", "u"))
_VOWELS = frozenset("aeiou@")
_LOOSE = re.compile("[aeiou@LH]")
_DOUBLED = re.compile(r"(.)\1+")
_ALIKE_CONSONANTS = str.maketrans("SJ", "TT")
_NEAR = frozenset(map(frozenset, ("ST", "SJ", "TJ", "KJ", "PH")))  # th, s and ch are heard either way
_NEAR_COST, _VOWEL_COST, _EXTRA_VOWEL, _EXTRA_LIQUID = 0.4, 0.25, 0.3, 0.4


def is_hangul(word: str) -> bool:
    """Whether every character is a whole Korean syllable."""
    return bool(word) and all(_FIRST_SYLLABLE <= ord(one) <= _LAST_SYLLABLE for one in word)


@lru_cache(maxsize=200_000)
def sound(word: str) -> str:
    """Return how a word sounds, in a few classes: consonants as capitals, vowels as small letters; "" for a mixture."""
    if is_hangul(word):
        return "".join(_heard(word))
    if not (word.isascii() and word.isalpha()):
        return ""
    word = word.lower()
    for doubled, one in _DOUBLED_VOWELS:
        word = word.replace(doubled, one)
    for pattern, instead in _SILENT:
        word = pattern.sub(instead, word)
    return _SPELLING.sub(lambda found: _BY_SPELLING[found[0]], word)


def letters(word: str) -> str:
    """Return the Latin letters that a word in Hangul names one by one (유에스비: usb); "" for any other word."""
    if len(word) < IN_LETTERS or not is_hangul(word):
        return ""
    spelt = _LETTER_NAMES.sub(lambda found: _LETTERS[found[0]], word)
    return spelt if spelt.isascii() else ""


class Sounds:
    """The words of one index by how they sound: which of them may a word of the other script stand for?"""

    def __init__(self, words: Collection[str]) -> None:
        self._words = frozenset(words)
        self._known: dict[str, tuple[tuple[str, float], ...]] = {}  # what was asked before
        self._hangul: Mapping[str, list[tuple[str, str]]] = _by_frame(word for word in words if is_hangul(word))
        self._latin: Mapping[str, list[tuple[str, str]]] = _by_frame(
            word for word in words if word.isascii() and word.isalpha()
        )

    def alike(self, word: str) -> tuple[tuple[str, float], ...]:
        """Return the words of the other script that sound like it, most alike first, each with how alike: up to 1.

        For two words written as one it is both, with a space between them.
        """
        if word not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[word] = self._alike(word) or self._as_two(word)
        return self._known[word]

    def knows(self, words: Collection[str]) -> bool:
        """Whether all of them were asked before, so that the answer takes no time."""
        return all(word in self._known for word in words)

    def _as_two(self, word: str) -> tuple[tuple[str, float], ...]:
        if len(word) < TWO_WORDS or not is_hangul(word):
            return ()
        for place in range(SHORTEST, len(word) - SHORTEST + 1):
            first, second = self._alike(word[:place], ALIKE_AS_PART), self._alike(word[place:], ALIKE_AS_PART)
            if first and second:
                return ((f"{first[0][0]} {second[0][0]}", min(first[0][1], second[0][1])),)
        return ()

    def _alike(self, word: str, short: float = ALIKE_SHORT) -> tuple[tuple[str, float], ...]:
        if (initials := letters(word)) in self._words:
            return ((initials, 1.0),)
        heard = sound(word)
        if len(heard) < 2 * SHORTEST - 1 or len(word) < SHORTEST:
            return ()
        others = self._latin if is_hangul(word) else self._hangul
        frame = _frame(heard)
        near = [*others.get(frame, ()), *others.get(frame[:-1], ())]  # a stem may have lost its last consonant
        liquids, length = heard.count("L"), len(heard)
        rated = {
            other: likeness(heard, its)
            for other, its in near
            if abs(len(its) - length) <= min(TOO_LONG, length // 2) and abs(its.count("L") - liquids) <= 1
        }
        found = sorted(
            ((other, rate) for other, rate in rated.items() if rate >= _least(word, other, short)),
            key=lambda pair: (-pair[1], pair[0]),
        )
        return tuple(pair for pair in found if pair[1] >= found[0][1] - 0.05)[:MOST]


def _least(word: str, other: str, short: float) -> float:
    syllables = len(word if is_hangul(word) else other)
    return short if syllables <= SHORTEST else ALIKE_THREE if syllables == SHORTEST + 1 else ALIKE


def likeness(one: str, other: str) -> float:
    """Return how alike two sounds are, from 0 to 1: one minus the cost of the changes for each sound of the longer."""
    if not one or not other:
        return 0.0
    above = [0.0]
    for heard in other:
        above.append(above[-1] + _extra(heard))
    for heard in one:
        row = [above[0] + _extra(heard)]
        for place, its in enumerate(other):
            row.append(
                min(above[place] + _instead(heard, its), above[place + 1] + _extra(heard), row[place] + _extra(its))
            )
        above = row
    return max(0.0, 1 - above[-1] / (max(len(one), len(other)) * 0.8))


def _heard(word: str) -> Iterator[str]:
    for syllable in word:
        initial, rest = divmod(ord(syllable) - _FIRST_SYLLABLE, 588)
        medial, final = divmod(rest, 28)
        yield _INITIALS[initial]
        yield _MEDIALS[medial].replace("_", "")  # 으 only carries a consonant: 드라이버
        yield _FINALS[final]


def _by_frame(words: Iterator[str]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for word in words:
        if SHORTEST <= len(word) <= LONGEST and (heard := sound(word)):
            found[_frame(heard)].append((word, heard))
    return dict(found)


def _frame(heard: str) -> str:
    """The consonants that both spellings agree on, so that few words have to be compared; r and h come and go."""
    begins_with_vowel = "" if heard[0] in _VOWELS else heard[0]
    return begins_with_vowel + "." + _DOUBLED.sub(r"\1", _LOOSE.sub("", heard).translate(_ALIKE_CONSONANTS))


def _extra(heard: str) -> float:
    return _EXTRA_VOWEL if heard in _VOWELS else _EXTRA_LIQUID if heard == "L" else 1.0


def _instead(heard: str, its: str) -> float:
    if heard == its:
        return 0.0
    vowels = (heard in _VOWELS) + (its in _VOWELS)
    if vowels == 1:
        return 1.2
    return _VOWEL_COST if vowels else _NEAR_COST if frozenset((heard, its)) in _NEAR else 1.0
