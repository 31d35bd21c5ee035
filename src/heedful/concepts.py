"""Words that mean nearly the same, in both languages: which concepts do these terms speak of?"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).resolve().parent / "knowledge" / "concepts.toml"
LONGEST_PHRASE = 3  # terms

Table = Mapping[tuple[str, ...], tuple[str, ...]]  # the terms of a phrase → the concepts it speaks of


def read(language: str, analyse: Callable[[str], Sequence[str]]) -> Table:
    """Return the phrases of one language as their terms; `analyse` is what texts are analysed with too.

    A phrase that loses a word in the analysis (a stop word: "turn on") would mean too much, and is left out.
    """
    table: dict[tuple[str, ...], tuple[str, ...]] = {}
    for name, words in _concepts().items():
        for phrase in words.get(language, "").split(","):
            for key in keys(phrase.strip(), analyse):
                if name not in table.get(key, ()):
                    table[key] = (*table.get(key, ()), name)
    return table


def find(terms: Sequence[str], table: Table) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield (place, how many terms, the concepts they speak of), a phrase before its words, in the order they come."""
    place = 0
    while place < len(terms):
        length, names = _longest(terms, place, table)
        if names:
            yield place, length, names
        place += length


def _longest(terms: Sequence[str], place: int, table: Table) -> tuple[int, tuple[str, ...]]:
    for length in range(min(LONGEST_PHRASE, len(terms) - place), 0, -1):
        if names := table.get(tuple(terms[place : place + length])):
            return length, names
    return 1, ()


def keys(phrase: str, analyse: Callable[[str], Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield the terms a phrase may be analysed as.

    Whether a long Korean word is cut depends on what stands around it: 비밀번호 is when alone, not before 재설정.
    """
    if phrase and all("가" <= syllable <= "힣" for syllable in phrase):
        yield (phrase,)
    for form in _forms(phrase):
        key = tuple(analyse(form))
        if len(form.split()) <= len(key) <= LONGEST_PHRASE:
            yield key


def _forms(phrase: str) -> tuple[str, ...]:
    """A Korean word also as it stands in a sentence: the analysis may cut it otherwise there."""
    if not "가" <= phrase[-1:] <= "힣":
        return (phrase,)
    if phrase.endswith("다"):
        return (phrase, f"{phrase[:-1]}고", f"{phrase[:-1]}는데")
    has_final_consonant = (ord(phrase[-1]) - ord("가")) % 28 > 0
    particles = ("을", "이") if has_final_consonant else ("를", "가")
    return (phrase, *(phrase + particle for particle in particles))


@lru_cache(maxsize=1)
def _concepts() -> Mapping[str, Mapping[str, str]]:
    concepts: Mapping[str, Mapping[str, str]] = tomllib.loads(FILE.read_text(encoding="utf-8"))["concepts"]
    return concepts
