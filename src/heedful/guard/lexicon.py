"""Patterns kept as data: by section, each tried only where its cue stands, so that most texts cost next to nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import regex

from heedful.canonical.text import PATIENCE_S

FOLDER = Path(__file__).with_name("lexicons")
LATIN = "\u024f"  # the last Latin letter; what comes after it tells more with fewer letters
RECENT = 64  # sentences; each is looked up by every rule, and nothing older is of use


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


class _Cue(NamedTuple):
    """Plain words, the lexicon they are of, and the place of their entry in it."""

    words: str
    lexicon: int
    place: int


class _Cues:
    """The cues of lexicons by their first letters: one look at a sentence tells for each lexicon what may match."""

    def __init__(self) -> None:
        self._lexicons = 0
        # By their first letters, and what was found for a sentence: swapped together, since several threads may ask.
        self._now: tuple[dict[str, list[_Cue]], dict[str, Mapping[int, Sequence[int]]]] = ({}, {})

    def add(self, cues: Iterable[tuple[str, int]]) -> int:
        """Take the cues of one more lexicon, each with the place of its entry; return what to ask for it by."""
        self._lexicons += 1
        by_start = {start: list(known) for start, known in self._now[0].items()}
        for words, place in cues:
            by_start.setdefault(_start(words), []).append(_Cue(words, self._lexicons, place))
        self._now = by_start, {}
        return self._lexicons

    def standing(self, text: str) -> Mapping[int, Sequence[int]]:
        """Return by lexicon the entries a cue of which stands in `text`, in the order of the file."""
        by_start, known = self._now
        found = known.get(text)
        if found is None:
            places: dict[int, set[int]] = {}
            for start in by_start.keys() & _starts(text):
                for words, one, place in by_start[start]:
                    if words in text:
                        places.setdefault(one, set()).add(place)
            found = {one: sorted(several) for one, several in places.items()}
            if len(known) >= RECENT:
                known.clear()
            known[text] = found
        return found


def _start(words: str) -> str:
    """Return the first letters of a cue, by which it is looked for: five of a Latin one where it has them."""
    if words[:1] > LATIN:
        return words[:2]
    return words[:5] if len(words) >= 5 else words[:3]


def _starts(text: str) -> set[str]:
    """Return whatever may be the first letters of a cue that stands in `text`."""
    starts = {"", *text}
    for length in (2, 3, 5):
        starts.update([text[at : at + length] for at in range(len(text) - length + 1)])
    return starts


class Lexicon:
    """Sections of patterns over text in lower case. A cue is plain words, one of which has to be there."""

    def __init__(self, sections: Mapping[str, Mapping[str, str]], cues: _Cues | None = None) -> None:
        entries: list[_Entry] = []
        found: list[tuple[str, int]] = []
        for section, patterns in sections.items():
            for words, pattern in patterns.items():
                found.extend((cue, len(entries)) for cue in words.split("|"))
                entries.append(_Entry(section, pattern))
        self._entries = tuple(entries)
        self.sections = tuple(sections)
        self._cues = _Cues() if cues is None else cues
        self._name = self._cues.add(found)

    def find(self, text: str, sections: Collection[str]) -> Iterator[Hit]:
        """Yield what matches in `text`, given in lower case, of `sections`, in the order of the file."""
        for place in self._cues.standing(text).get(self._name, ()):
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


_SHARED = _Cues()  # of the lexicons beside this file


@cache
def lexicon(name: str) -> Lexicon:
    """Return the lexicon of a rule, read from beside this file the first time it is asked for."""
    return Lexicon(tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")), _SHARED)


def warm() -> None:
    """Read every lexicon, so that one that can't be read is known at the start."""
    for file in sorted(FOLDER.glob("*.toml")):
        lexicon(file.stem)
