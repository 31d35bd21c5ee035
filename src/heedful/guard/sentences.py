"""A text cut into the sentences that rules about wording read, one after the other."""

from __future__ import annotations

from typing import NamedTuple

import regex

from heedful.canonical.text import Normalised

_END = regex.compile(r"[.!?。…]+['\"’”)\]」』]*(?:\s*\[\d{1,3}\])*(?=\s|$)\s*|\n\s*")


class Sentence(NamedTuple):
    """One sentence: where it stands in the normalised text, closing markers included, and its words in lower case."""

    start: int
    end: int
    text: str


def sentences(text: Normalised) -> tuple[Sentence, ...]:
    """Return the sentences of `text`, cut once for all rules."""
    return text.once(_cut)


def _cut(normalised: Normalised) -> tuple[Sentence, ...]:
    text = normalised.text
    lower = text.lower()
    if len(lower) != len(text):  # a few capitals are longer in lower case; then case is left as it is
        lower = text
    out: list[Sentence] = []
    first = 0
    for m in _END.finditer(text):
        _add(out, lower, first, m.end())
        first = m.end()
    _add(out, lower, first, len(text))
    return tuple(out)


def _add(out: list[Sentence], lower: str, start: int, end: int) -> None:
    words = lower[start:end]
    shown = words.strip()
    if shown:
        at = start + len(words) - len(words.lstrip())
        out.append(Sentence(at, at + len(shown), shown))
