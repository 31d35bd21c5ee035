"""Patterns kept as data: by section, each tried only where its cue stands, so that most texts cost next to nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import regex

from heedful.canonical.text import PATIENCE_S

FOLDER = Path(__file__).with_name("lexicons")
START = 3  # letters: only a cue that begins with three of the text is looked for


class Hit(NamedTuple):
    """Where a pattern of a section matched."""

    section: str
    start: int
    end: int


@dataclass(frozen=True)
class _Entry:
    section: str
    source: str

    @cached_property
    def pattern(self) -> regex.Pattern[str]:
        """Compiled when one of its cues is first met: all of them together take most of a second."""
        return regex.compile(self.source, regex.VERBOSE)


class _Cues(NamedTuple):
    """The cues with the place of their entry: by their first letters, and those that are shorter."""

    by_start: Mapping[str, tuple[tuple[str, int], ...]]
    short: tuple[tuple[str, int], ...]


class Lexicon:
    """Sections of patterns over text in lower case. A cue is plain words, one of which has to be there."""

    def __init__(self, sections: Mapping[str, Mapping[str, str]]) -> None:
        entries: list[_Entry] = []
        found: list[tuple[str, int]] = []
        for section, patterns in sections.items():
            for cues, pattern in patterns.items():
                found.extend((cue, len(entries)) for cue in cues.split("|"))
                entries.append(_Entry(section, pattern))
        self._entries = tuple(entries)
        self.sections = tuple(sections)
        self._cues = _cues(found)
        self._last: tuple[str, Sequence[int]] | None = None  # swapped whole: several threads may ask

    def find(self, text: str, sections: Collection[str]) -> Iterator[Hit]:
        """Yield what matches in `text`, given in lower case, of `sections`, in the order of the file."""
        for place in self._places(text):
            entry = self._entries[place]
            if entry.section in sections:
                for m in entry.pattern.finditer(text, timeout=PATIENCE_S):
                    yield Hit(entry.section, m.start(), m.end())

    def has(self, text: str, *sections: str) -> bool:
        """Whether one of `sections` matches in `text`, given in lower case."""
        return next(self.find(text, sections), None) is not None

    def compile(self) -> None:
        """Compile what has not been met yet.

        Raises:
            regex.error: A pattern is none.
        """
        for entry in self._entries:
            entry.pattern  # noqa: B018 - worked out and kept

    def _places(self, text: str) -> Sequence[int]:
        """Return the entries a cue of which stands in `text`, in the order of the file; a rule asks several times."""
        known = self._last
        if known is None or known[0] != text:
            places = {place for cue, place in self._cues.short if cue in text}
            for start in _starts(text) & self._cues.by_start.keys():
                places.update([place for cue, place in self._cues.by_start[start] if cue in text])
            self._last = known = (text, sorted(places))
        return known[1]


def _cues(found: Sequence[tuple[str, int]]) -> _Cues:
    by_start: dict[str, list[tuple[str, int]]] = {}
    for cue, place in found:
        if len(cue) >= START:
            by_start.setdefault(cue[:START], []).append((cue, place))
    short = tuple((cue, place) for cue, place in found if len(cue) < START)
    return _Cues({start: tuple(cues) for start, cues in by_start.items()}, short)


@lru_cache(maxsize=64)  # one sentence is looked up by every rule, and nothing older is of use
def _starts(text: str) -> frozenset[str]:
    """Return every few letters in a row that stand in `text`."""
    return frozenset(text[at : at + START] for at in range(len(text) - START + 1))


@lru_cache(maxsize=16)
def lexicon(name: str) -> Lexicon:
    """Return the lexicon of a rule, read from beside this file the first time it is asked for."""
    return Lexicon(tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


def warm() -> None:
    """Read every lexicon, so that one that can't be read is known at the start."""
    for file in sorted(FOLDER.glob("*.toml")):
        lexicon(file.stem)
