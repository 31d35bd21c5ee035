"""Which sentences of a text from outside give an assistant orders against its owner."""

from __future__ import annotations

import regex

from heedful.canonical import normalise
from heedful.guard.lexicon import lexicon
from heedful.guard.likeness import reads_like
from heedful.guard.sentences import Sentence, sentences
from heedful.guard.tasks import tasks

_PARAGRAPH = regex.compile(r"\n[^\S\n]*\n")
TYPED = ("override", "roleplay", "extraction", "data_grab", "to_assistant")
FROM_OUTSIDE = ("override", "extraction", "data_grab", "to_assistant")


def orders(text: str, *, typed: bool = False) -> tuple[Sentence, ...]:
    """Return the sentences of `text` that give orders; `typed`: by whoever writes, who may ask for a role as well.

    Whoever writes may set the assistant any task; a text from outside may set it none.
    """
    return open_orders(text, typed=typed) or (() if typed else tasks(text)) or alike(text)


def alike(text: str) -> tuple[Sentence, ...]:
    """Return the sentences of the paragraphs that read like orders, in words that no lexicon knows."""
    return tuple(
        one
        for part in _PARAGRAPH.split(text)
        if reads_like("injection", normalise(part).text)
        for one in sentences(normalise(part))
    )


def open_orders(text: str, *, typed: bool = False) -> tuple[Sentence, ...]:
    """Return the sentences that say themselves that they go against the owner; the text around them is suspect too."""
    words = lexicon("injection_driven")
    sections = TYPED if typed else FROM_OUTSIDE
    return tuple(one for one in sentences(normalise(text)) if words.has(one.text, *sections))
