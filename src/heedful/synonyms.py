"""A company's own words that mean the same: a file of lines, looked at when a question is searched."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from heedful import concepts
from heedful.errors import SettingsError
from heedful.language import is_hangul_heavy
from heedful.terms import words_in_place

MOST = 5_000  # lines

Phrase = tuple[str, ...]  # its search terms


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Lines of phrases; each phrase of a line says what the others say, whatever language it is in."""

    lines: tuple[tuple[str, ...], ...] = ()
    table: tuple[tuple[Phrase, tuple[Phrase, ...]], ...] = ()  # a phrase → the others of its lines
    written: tuple[tuple[str, tuple[Phrase, ...]], ...] = ()  # words such as AS, by a pattern: as terms they are lost

    def said(self, terms: Sequence[str], text: str) -> Iterator[tuple[Phrase, tuple[Phrase, ...]]]:
        """Yield each phrase that stands in `terms`, or as it is written in `text`, with what says the same."""
        if not self.table:
            return
        for pattern, others in self.written:
            if re.search(pattern, text):
                yield (), others
        table = dict(self.table)
        longest = max(len(phrase) for phrase in table)
        for place in range(len(terms)):
            for length in range(min(longest, len(terms) - place), 0, -1):
                phrase = tuple(terms[place : place + length])
                if phrase in table:
                    yield phrase, table[phrase]
                    break


NONE = Synonyms()


def load(path: Path) -> Synonyms:
    """Return the synonyms of a TOML file: `same = [["A/S", "수리"], ["club card", "membership card"]]`.

    Raises:
        SettingsError: It can't be read, or is not of that form; names the line that is not.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"HEEDFUL_SYNONYMS names {str(path)!r}, which can't be read; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"HEEDFUL_SYNONYMS names {str(path)!r}, which is no TOML: {error}") from error
    lines = given.get("same")
    if set(given) != {"same"} or not isinstance(lines, list):
        raise SettingsError(f'{str(path)!r} has to hold `same = [["word", "word"], …]` and nothing else')
    if len(lines) > MOST:
        raise SettingsError(f"{str(path)!r} holds {len(lines):,} lines; {MOST:,} are the most")
    for number, line in enumerate(lines, 1):
        if not isinstance(line, list) or len(line) < 2 or not all(isinstance(word, str) and word for word in line):
            raise SettingsError(f"line {number} of `same` in {str(path)!r} has to be two words or more, each in quotes")
    return of(lines)


def of(lines: Sequence[Sequence[str]]) -> Synonyms:
    """Return the synonyms of these lines."""
    table: dict[Phrase, dict[Phrase, None]] = {}
    written: list[tuple[str, tuple[Phrase, ...]]] = []
    for line in lines:
        phrases = [list(dict.fromkeys(_phrases(word))) for word in line]
        for place, own in enumerate(phrases):
            others = [phrase for other, some in enumerate(phrases) if other != place for phrase in some[:1]]
            if not any(len(term) > 1 for phrase in own for term in phrase):
                written.append((rf"(?<![A-Za-z0-9]){re.escape(line[place])}(?![A-Za-z0-9])", tuple(others)))
                continue
            for phrase in own:
                table.setdefault(phrase, {}).update(dict.fromkeys(others))
    return Synonyms(
        tuple(tuple(line) for line in lines),
        tuple((phrase, tuple(others)) for phrase, others in table.items()),
        tuple(written),
    )


def _phrases(word: str) -> Iterator[Phrase]:
    """Yield the terms a phrase may be analysed as; what the analysis leaves nothing of says nothing here."""
    language = "ko" if is_hangul_heavy(word) else "en"

    def analyse(text: str) -> list[str]:
        return [term for _, _, term in words_in_place(text, language)]

    yield from (phrase for phrase in (tuple(analyse(word)), *concepts.keys(word, analyse)) if phrase)
