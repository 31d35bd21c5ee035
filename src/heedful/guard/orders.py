"""Which sentences of a text from outside give an assistant orders against its owner."""

from __future__ import annotations

from heedful.canonical import normalise
from heedful.guard.lexicon import lexicon
from heedful.guard.sentences import Sentence, sentences
from heedful.guard.tasks import tasks

TYPED = ("override", "roleplay", "extraction", "data_grab", "to_assistant")
FROM_OUTSIDE = ("override", "extraction", "data_grab", "to_assistant")


def orders(text: str, *, typed: bool = False) -> tuple[Sentence, ...]:
    """Return the sentences of `text` that give orders; `typed`: by whoever writes, who may ask for a role as well.

    Whoever writes may set the assistant any task; a text from outside may set it none.
    """
    return open_orders(text, typed=typed) or (() if typed else tasks(text))


def open_orders(text: str, *, typed: bool = False) -> tuple[Sentence, ...]:
    """Return the sentences that say themselves that they go against the owner; the text around them is suspect too."""
    words = lexicon("injection_driven")
    sections = TYPED if typed else FROM_OUTSIDE
    return tuple(one for one in sentences(normalise(text)) if words.has(one.text, *sections))
