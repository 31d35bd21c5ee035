"""The fixed sentences a customer may read, by language and key; kept in TOML so that a company can word them itself."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from heedful.errors import PromptError
from heedful.particles import PARTICLE, agree

FALLBACK = "en"
_SLOT = re.compile(r"\{([a-z_]+)\}")


class Phrases:
    """Sentences by language and dotted key (`care.delivery.upset`); every language has the same ones."""

    def __init__(self, sentences: Mapping[str, Mapping[str, str]]) -> None:
        """Take the sentences by language and key.

        Raises:
            PromptError: English is missing, or the languages differ in keys or in the values a sentence takes.
        """
        if FALLBACK not in sentences:
            raise PromptError(f"the phrases have no {FALLBACK!r}; every other language falls back to it")
        self._sentences = {language: dict(keyed) for language, keyed in sentences.items()}
        english = self._sentences[FALLBACK]
        for language, keyed in self._sentences.items():
            if odd := sorted(keyed.keys() ^ english.keys()):
                raise PromptError(
                    f"the phrases of {language!r} and {FALLBACK!r} differ in {odd}; give both languages each"
                )
            for key, sentence in keyed.items():
                if _slots(sentence) != _slots(english[key]):
                    raise PromptError(
                        f"the phrase {key!r} takes {sorted(_slots(sentence))} in {language!r} but "
                        f"{sorted(_slots(english[key]))} in {FALLBACK!r}; make them the same"
                    )

    @classmethod
    def load(cls, folder: Path) -> Phrases:
        """Read every `LANGUAGE.toml` of the folder.

        Raises:
            PromptError: A file can't be read, or the languages don't fit together.
        """
        sentences: dict[str, Mapping[str, str]] = {}
        for path in sorted(folder.glob("*.toml")):
            try:
                sentences[path.stem] = dict(_flat(tomllib.loads(path.read_text(encoding="utf-8"))))
            except (OSError, ValueError) as error:
                raise PromptError(f"the phrases in {str(path)!r} can't be read: {error}") from error
        return cls(sentences)

    @property
    def languages(self) -> frozenset[str]:
        """The languages there are phrases in."""
        return frozenset(self._sentences)

    @property
    def keys(self) -> frozenset[str]:
        """The keys that every language has."""
        return frozenset(self._sentences[FALLBACK])

    def has(self, key: str) -> bool:
        """Return whether there is a sentence under this key."""
        return key in self._sentences[FALLBACK]

    def get(self, language: str, key: str, /, **values: str) -> str:
        """Return the sentence, in English where the language has no phrases, its values filled in.

        In Korean the particle after a value agrees with it: write `{status}은(는)`, `{item}을(를)`.

        Raises:
            PromptError: There is no such key, or the values are not those the sentence takes.
        """
        sentence = self._sentences.get(language, self._sentences[FALLBACK]).get(key)
        if sentence is None:
            raise PromptError(f"there is no phrase {key!r}; add it to every file in prompts/phrases")
        if _slots(sentence) != values.keys():
            raise PromptError(f"the phrase {key!r} takes {sorted(_slots(sentence))}, not {sorted(values)}")
        return _filled(sentence, values)


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        elif isinstance(value, str) and value.strip():
            yield path + name, value.strip()
        else:
            raise ValueError(f"{path + name!r} is not a sentence")


def _slots(sentence: str) -> frozenset[str]:
    return frozenset(_SLOT.findall(sentence))


def _filled(sentence: str, values: Mapping[str, str]) -> str:
    text, end = "", 0
    for slot in _SLOT.finditer(sentence):
        text += _after(text, sentence[end : slot.start()]) + values[slot[1]]
        end = slot.end()
    return text + _after(text, sentence[end:])


def _after(before: str, following: str) -> str:
    """Return what follows a value, its particle agreeing; a placeholder's is chosen when the value is put back."""
    if before.endswith("›") or not (particle := PARTICLE.match(following)) or particle[0][-1:] != ")":
        return following
    return agree(before, following)
