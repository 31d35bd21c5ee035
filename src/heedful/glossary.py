"""A question's words in the other language of the help content: by a glossary, and by what they sound like."""

from __future__ import annotations

import re
import threading
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from heedful import concepts, terms

FILE = Path(__file__).resolve().parent / "knowledge" / "glossary.toml"
PAIR = frozenset({"en", "ko"})
LESS_USUAL = 0.5  # each further word of a line counts as 1, 1/1.5, 1/2 … of the first
BY_SOUND = 0.9  # of a word in the glossary, beside how alike they sound
IN_A_RUN = 3  # syllables from which a word is seen within a run of Hangul that is written without spaces
SHORTEST = 2  # syllables of a word that is looked for by its sound
ENDINGS = 2  # syllables that may stand behind a noun: particles

_HANGUL = re.compile(r"[가-힣]+")

# What a phrase means: words of the other language, each with how usual it is, from 1 down.
Meanings = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Word:
    """One word or phrase of a question. Without meanings, `spelt` says how it may stand in a text that has it."""

    place: int
    meanings: Meanings = ()
    spelt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Crossing:
    """A question on its way into another language; `words` in the order they were said."""

    into: str
    words: tuple[Word, ...]

    @property
    def unknown(self) -> frozenset[str]:
        """The words that only their sound can tell."""
        return frozenset(spelt for word in self.words for spelt in word.spelt)

    def terms(self, sounding: Mapping[str, Meanings]) -> dict[str, float]:
        """Return the search terms in the other language with their weights; `sounding` tells the unknown words."""
        found: dict[str, float] = {}
        for word in self.words:
            for term, weight in self._weighed(word, sounding):
                found[term] = max(found.get(term, 0.0), weight)
        return found

    def text(self, sounding: Mapping[str, Meanings]) -> str:
        """Return the question word by word in the other language: no sentence, but enough for an embedder."""
        told = (word.meanings or _heard(word, sounding) for word in self.words)
        return " ".join(max(meanings, key=lambda pair: pair[1])[0] for meanings in told if meanings)

    def rows(self, sounding: Mapping[str, Meanings]) -> list[tuple[str, ...]]:
        """Return for each word, in order, the search terms any of which says it; none for a word nobody knows."""
        rows = (tuple(dict.fromkeys(term for term, _ in self._weighed(word, sounding))) for word in self.words)
        return [row for row in rows if row]

    def _weighed(self, word: Word, sounding: Mapping[str, Meanings]) -> Iterator[tuple[str, float]]:
        meanings = word.meanings
        if not meanings:
            for heard, alike in _heard(word, sounding):
                yield from ((term, alike * BY_SOUND) for term in heard.split())
            return
        said = {tuple(_said(phrase, self.into)): usual for phrase, usual in reversed(meanings)}
        share = 1 / len(said) ** 0.5  # a word with many meanings does not outweigh one that means one thing
        for phrase, usual in said.items():
            yield from ((term, usual / meanings[0][1] * share) for term in phrase)


def crossing(text: str, language: str, into: str) -> Crossing | None:
    """Return the question's words for a search in help content in `into`; `None` where there is no glossary."""
    if language == into or {language, into} != PAIR:
        return None
    folded = terms.fold(text)
    known = list(_known(folded, language))
    covered = [range(start, end) for start, end, _ in known]
    words = [Word(start, meanings) for start, _, meanings in known]
    words.extend(_unknown(folded, language, covered))
    return Crossing(into, tuple(sorted(words, key=lambda word: word.place)))


def _said(phrase: str, language: str) -> Iterator[str]:
    """The search terms of a phrase; a Korean word also uncut, as the analysis leaves it in some sentences."""
    said = dict.fromkeys(term for _, _, term in terms.words_in_place(phrase, language))
    if _HANGUL.fullmatch(phrase) and not phrase.endswith("다"):
        said[phrase] = None
    yield from said


def _heard(word: Word, sounding: Mapping[str, Meanings]) -> Meanings:
    """The words that it may stand for, in the spelling that sounds most like one."""
    heard = [sounding[spelt] for spelt in word.spelt if sounding.get(spelt)]
    return max(heard, key=lambda meanings: meanings[0][1], default=())


def _known(text: str, language: str) -> Iterator[tuple[int, int, Meanings]]:
    """Yield the phrases of the text that the glossary has; within a run of Hangul also what the analysis cuts."""
    table = _table(language)
    found = terms.words_in_place(text, language)
    taken: list[range] = []
    if language == "ko":
        for start, end, meanings in _within_runs(text, table):
            taken.append(range(start, end))
            yield start, end, meanings
    said = [term for _, _, term in found]
    place = 0
    while place < len(said):
        length, meanings = _longest(said, place, table)
        start, end = found[place][0], found[place + length - 1][1]
        if meanings and not any(start < one.stop and one.start < end for one in taken):
            yield start, end, meanings
        elif not meanings and said[place].isascii():
            yield start, end, ((text[start:end], 1.0),) if language == "ko" else ()
        place += length


def _longest(said: Sequence[str], place: int, table: Mapping[tuple[str, ...], Meanings]) -> tuple[int, Meanings]:
    for length in range(min(concepts.LONGEST_PHRASE, len(said) - place), 0, -1):
        if meanings := table.get(tuple(said[place : place + length])):
            return length, meanings
    return 1, ()


def _within_runs(text: str, table: Mapping[tuple[str, ...], Meanings]) -> Iterator[tuple[int, int, Meanings]]:
    """Yield the longer nouns of the glossary as they stand in the text, the longest first at each place."""
    for run in _HANGUL.finditer(text):
        place = run.start()
        while place < run.end():
            for length in range(min(_LONGEST_WORD, run.end() - place), IN_A_RUN - 1, -1):
                if meanings := table.get((text[place : place + length],)):
                    yield place, place + length, meanings
                    place += length
                    break
            else:
                place += 1


_LONGEST_WORD = 9  # syllables


def _unknown(text: str, language: str, covered: Sequence[range]) -> Iterator[Word]:
    """Yield what is left: each rest of a run of Hangul, with and without what may be particles; an English word."""
    if language != "ko":
        for start, end, term in terms.words_in_place(text, language):
            if not any(start < one.stop and one.start < end for one in covered if len(one)):
                yield Word(start, (), (term,))
        return
    for start, noun, end in terms.nouns_in_place(text):
        for first, last in _rests(start, end, covered):
            known = list(_compound(text, first, max(first, min(noun, last))))
            if known:
                yield from known
            elif first < noun and (spelt := tuple(_spellings(text, first, min(noun, last), last, SHORTEST))):
                yield Word(first, (), spelt)


def _compound(text: str, start: int, end: int) -> Iterator[Word]:
    """Yield the words of a noun that is made of nothing but words of the glossary, as 서보모터 is."""
    if end - start < 2 * SHORTEST:
        return
    table = _table("ko")
    for place in range(start + SHORTEST, end - SHORTEST + 1):
        first, second = table.get((text[start:place],)), table.get((text[place:end],))
        if first and second:
            yield Word(start, first)
            yield Word(place, second)
            return


def spellings(text: str) -> Iterator[tuple[str, ...]]:
    """Yield each longer noun in Hangul as it may stand in a text, with and without what may be particles."""
    for start, noun, end in terms.nouns_in_place(text):
        if spelt := tuple(_spellings(text, start, noun, end, IN_A_RUN)):
            yield spelt


def _spellings(text: str, start: int, noun: int, end: int, shortest: int) -> Iterator[str]:
    for last in range(min(end, noun + ENDINGS), noun - 1, -1):
        if last - start >= shortest:
            yield text[start:last]


def _rests(start: int, end: int, covered: Sequence[range]) -> Iterator[tuple[int, int]]:
    for one in sorted((one for one in covered if start < one.stop and one.start < end), key=lambda one: one.start):
        if one.start > start:
            yield start, one.start
        start = max(start, one.stop)
    if start < end:
        yield start, end


@lru_cache(maxsize=2)
def _made(language: str) -> Mapping[tuple[str, ...], Meanings]:
    table: dict[tuple[str, ...], dict[str, float]] = {}
    for english, korean in _lines():
        for place, phrase in enumerate(korean):
            usual = 1 / (1 + LESS_USUAL * place)
            one, other = (phrase, english) if language == "ko" else (english, phrase)
            for key in concepts.keys(one, lambda words: [term for _, _, term in terms.words_in_place(words, language)]):
                meanings = table.setdefault(key, {})
                meanings[other] = max(meanings.get(other, 0.0), usual)
    return {
        key: tuple(sorted(meanings.items(), key=lambda pair: (-pair[1], pair[0]))) for key, meanings in table.items()
    }


_making = threading.Lock()


def _table(language: str) -> Mapping[tuple[str, ...], Meanings]:
    with _making:  # once, also when two questions come at the same time
        return _made(language)


def _lines() -> Iterator[tuple[str, list[str]]]:
    """Yield each English word or phrase with its Korean words."""
    for words in tomllib.loads(FILE.read_text(encoding="utf-8")).values():
        for english, korean in words.items():
            yield english, [word.strip() for word in korean.split(",")]
