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
_LATIN = regex.compile("[a-z]{2}")


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
    """The cues with the place of their entry; those a text in English can't hold apart."""

    latin: tuple[tuple[str, int], ...]
    other: tuple[tuple[str, int], ...]


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
            places = {place for cue, place in self._cues.other if cue in text} if not text.isascii() else set()
            if _LATIN.search(text):
                places.update([place for cue, place in self._cues.latin if cue in text])
            self._last = known = (text, sorted(places))
        return known[1]


def _cues(found: Sequence[tuple[str, int]]) -> _Cues:
    latin = tuple(cue for cue in found if _LATIN.search(cue[0]))
    other = tuple(cue for cue in found if not cue[0].isascii())
    rest = tuple(cue for cue in found if cue not in latin and cue not in other)  # signs alone: in any text
    return _Cues(latin + rest, other + rest)


@lru_cache(maxsize=16)
def lexicon(name: str) -> Lexicon:
    """Return the lexicon of a rule, read from beside this file the first time it is asked for."""
    return Lexicon(tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


def warm() -> None:
    """Read every lexicon, so that one that can't be read is known at the start."""
    for file in sorted(FOLDER.glob("*.toml")):
        lexicon(file.stem)
