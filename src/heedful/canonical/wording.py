"""Words of a value found again in a text, in any order; and whether a text says something of the customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import regex

from heedful.canonical.text import PATIENCE_S, Normalised, squash

Span = tuple[int, int]

_OF_CUSTOMER = regex.compile(
    r"\b(?:you|your|yours|you're|you've|you'd|yourself|customer's|dear)\b"
    r"|고객님|회원님|본인|댁|자녀분|[가-힣]님(?=[께의은는이가을를도, ])"
    r"|이시[니고며라지므어]|이신|이셔|이십니다|으시[니므]|하시[니던]"
    r"|계신|계시[니던고는]|사시[는니던]|쓰시[는니던]|이용 중|사용 중|다니시|앓"
    r"|(?:등록|가입|주문|구매|결제|신청|설정|입력|선호|보유|예약|접수)하[신시셨]|보유하",
    regex.IGNORECASE,
)
_SENTENCE_END = regex.compile(r"(?<=[.!?。])\s|\n")
_LONGEST = 1_000  # characters: a longer sentence is cut off there, or each of its figures would read all of it again
_TOKEN = regex.compile(r"[A-Za-z0-9]+(?:[.,:]\d+)*|[가-힣]+|[\p{L}\p{N}]+")
_STOP = frozenset(
    "a an the and or of in on at to for with by from is are was were be been has have had it its this that as not no "
    "do does did will you your we our us i my me they their them he she his her if so then than but per via "
    "및 등 또는 그리고 수 것 때 더 그 이 저".split()
)
_JOSA = regex.compile(
    r"(?<=[가-힣]{2})(?:에서는|에서|으로는|으로|에게|까지|부터|이라|라고|처럼|하고|이며|입니다|이고|을|를|이|가|은|는|의|에|로|와|과|도|만)$"
)
_ENGLISH_TAIL = regex.compile(r"(?<=[a-z]{3})(?:'s|ies|es|s|ed|ing|ly)$")
SHORT = 5  # characters; a shorter value is a coincidence more often than a disclosure
MOST = 0.75  # of a longer value's words have to be there
_WORD_NUMBERS = {
    "once": "1", "twice": "2", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "한": "1", "두": "2", "세": "3", "네": "4",
}  # fmt: skip


_NUMBERS = frozenset(_WORD_NUMBERS.values())  # stems that no letter of their word is in


class Token(NamedTuple):
    """One word of a text: its stem and where it stands."""

    stem: str
    start: int
    end: int


def said_of_customer(text: str, start: int, end: int) -> bool:
    """Whether the sentence around `text[start:end]` speaks of the customer (your …, 고객님 …)."""
    first, last = sentence(text, start, end)
    return _OF_CUSTOMER.search(text, first, last, timeout=PATIENCE_S) is not None


def sentence(text: str, start: int, end: int) -> Span:
    """Return where the sentence, or sentences, around `text[start:end]` begin and end."""
    first = floor = max(0, start - _LONGEST)
    for m in _SENTENCE_END.finditer(text, floor, start):
        first = m.end()
    ceiling = min(len(text), end + _LONGEST)
    after = _SENTENCE_END.search(text, end, ceiling)
    return first, after.start() if after else ceiling


def tokens(text: Normalised) -> tuple[Token, ...]:
    """Return the words of `text` with light stems; particles and English endings off."""
    return text.once(_tokens)


def _tokens(normalised: Normalised) -> tuple[Token, ...]:
    return tuple(Token(_stem(m[0].lower()), m.start(), m.end()) for m in _TOKEN.finditer(normalised.text))


@lru_cache(maxsize=8192)  # a few thousand words make up most of what is said
def _stem(word: str) -> str:
    if word in _WORD_NUMBERS:
        return _WORD_NUMBERS[word]
    if word.isascii():
        return str(_ENGLISH_TAIL.sub("", word))
    return str(_JOSA.sub("", word))


def content(text: Normalised) -> tuple[str, ...]:
    """Return the distinct stems of `text` that carry meaning, in order."""
    return tuple(dict.fromkeys(token.stem for token in tokens(text) if token.stem not in _STOP))


def repeated(wanted: tuple[str, ...], text: Normalised) -> Iterator[Span]:
    """Yield where most of `wanted` (stems) stand together in `text`: all of up to three, three quarters of more."""
    needed = len(wanted) if len(wanted) <= 3 else -(-len(wanted) * 3 // 4)
    if len(may_hold(wanted, text)) < needed:
        return
    reach = 3 * len(wanted) + 4
    places = text.once(_places)
    hits = sorted((index, stem) for stem in wanted for index in places.get(stem, ()))
    if len({stem for _, stem in hits}) < needed:
        return
    words = tokens(text)
    first = 0
    for last in range(len(hits)):
        while hits[last][0] - hits[first][0] > reach:
            first += 1
        if len({stem for _, stem in hits[first : last + 1]}) >= needed:
            while len({stem for _, stem in hits[first + 1 : last + 1]}) >= needed:
                first += 1
            yield words[hits[first][0]].start, words[hits[last][0]].end


def may_hold(stems: Iterable[str], text: Normalised) -> set[str]:
    """Return those of `stems` that a word of `text` may have: a cheap look before its words are."""
    lower = text.once(_lower)
    return {stem for stem in stems if stem in lower or stem in _NUMBERS}


def _lower(text: Normalised) -> str:
    return text.text.lower()


def _places(text: Normalised) -> dict[str, list[int]]:
    """Return which words of `text` are, or begin with, each stem: a word may have an ending, a compound a tail."""
    places: dict[str, list[int]] = {}
    for index, token in enumerate(tokens(text)):
        shortest = 2 if "가" <= token.stem[:1] <= "힣" else 5
        for length in (*range(shortest, len(token.stem)), len(token.stem)):
            places.setdefault(token.stem[:length], []).append(index)
    return places


class Letters:
    """The letters and digits of a text, in lower case, and where each stands."""

    __slots__ = ("_lower", "_places", "squashed")

    def __init__(self, text: Normalised) -> None:
        lower = text.once(_lower)
        if len(lower) != len(text.text):  # a few capitals are longer in lower case; then case is left as it is
            lower = text.text
        self._lower = lower
        self.squashed = "".join(filter(str.isalnum, lower))
        self._places: tuple[int, ...] | None = None

    @property
    def places(self) -> tuple[int, ...]:
        """Where each of `squashed` stands in the text; most texts are never asked."""
        if self._places is None:
            self._places = tuple([i for i, c in enumerate(self._lower) if c.isalnum()])
        return self._places


def letters(text: Normalised) -> Letters:
    """Return the letters and digits of `text` without what separates them."""
    return text.once(Letters)


def phrase(key: str, text: Normalised, *, gap: int = 2, before: str = "", after: str = "") -> Iterator[Span]:
    """Yield where the letters and digits of `key` (squashed) stand, separators aside, as words of their own.

    At most `gap` characters may stand between two of them. A Korean particle may follow, a Latin letter or a digit may
    not; nor may the characters of `before` and `after` stand right there.
    """
    found = letters(text)
    at = found.squashed.find(key) if key else -1
    while at >= 0:
        place = found.places[at : at + len(key)]
        start, end = place[0], place[-1] + 1
        if all(b - a <= gap + 1 for a, b in pairwise(place)) and _is_whole(text.text, start, end, before, after):
            yield start, end
        at = found.squashed.find(key, at + 1)


def _is_whole(text: str, start: int, end: int, before: str, after: str) -> bool:
    left, right = text[start - 1 : start], text[end : end + 1]
    if left and (left.isalnum() or left in before):
        return False
    if not right or not (right.isalnum() or right in after):
        return True
    if right in after and not right.isalnum():
        return not (end + 1 < len(text) and text[end + 1].isascii() and text[end + 1].isalnum())
    return "가" <= right <= "힣"


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return `spans` in order, overlapping ones made one."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start < out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)


def is_short(value: str) -> bool:
    """Whether a value is too short, or too plain a word, to be recognised without being said of the customer."""
    plain = value.replace(" ", "")
    return len(squash(value)) < SHORT or (plain.isalpha() and " " not in value.strip())
