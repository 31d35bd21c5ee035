"""What a question asks for (a time, an amount, yes or no, a way, a place, a reason), and which sentence gives it."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import regex

from heedful.markers import without_markers
from heedful.terms import is_concept, is_part, terms
from heedful.units import sentences
from heedful.voice.spoken import PATIENCE_S, Patterns, Sentence, Spoken, found

SEEK = Patterns("answering")

Sort = Literal["time", "amount", "yes_no", "way", "place", "reason", "which", "help"]
SORTS: tuple[Sort, ...] = ("time", "amount", "way", "place", "reason", "which", "yes_no")  # that a question shows


@lru_cache(maxsize=256)
def wanted(question: str) -> frozenset[Sort]:
    """Return what a message asks for; one that asks nothing tells of trouble, and wants help."""
    asks = {sort for sort in SORTS if found(SEEK[f"asks_{sort}"], question.strip())}
    if not asks:
        return frozenset({"help"})
    if len(asks) > 1:
        asks -= {"which"}
        if asks & {"time", "amount", "way", "place", "reason"} and not _opens_with_verb(question):
            asks -= {"yes_no"}
    return frozenset(asks)


def strength(text: str, sorts: frozenset[Sort], spoken: Spoken) -> int:
    """Return how surely a sentence gives what is asked for: 0 not at all, more the plainer and the more to the point.

    A time or an amount is plain by itself; a yes or no, a way, a place and a reason have to be about the matter.
    """
    if found(SEEK["unknown"], text):
        return SURE
    given = {sort for sort in sorts if found(SEEK[f"gives_{sort}"], text)}
    if given & {"time", "amount"} or (given and found(SEEK["plain_yes"], text)):
        return SURE
    shared = _shared(text, spoken)
    if not given or (not shared and "help" not in given):
        return 0
    plainly = SEEK["points"] if given == {"place"} else SEEK["strong"]
    return 1 + shared + (STRONGLY if found(plainly, text) or given & {"way", "help"} else 0)


_FIGURE = regex.compile(r"\d[\d,]*")
SURE = 100
STRONGLY = 10


def news(sentence: Sentence, spoken: Spoken) -> int:
    """Return how many words and figures of the help content, that were not in the question, a sentence brings."""
    language = "ko" if spoken.in_korean else "en"
    words = spoken.reply[sentence.start : sentence.end]
    told = _said("\n".join(spoken.passages), language) - _said(spoken.question, language)
    return len(told & _said(words, language))


@lru_cache(maxsize=256)
def _said(text: str, language: str) -> frozenset[str]:
    """Return the words and figures of a text."""
    plain = without_markers(text)
    words = (term for term in terms(plain, language) if not is_part(term) and not is_concept(term))
    return frozenset(words) | frozenset(figure.replace(",", "") for figure in _FIGURE.findall(plain))


def _shared(text: str, spoken: Spoken) -> int:
    """Return how many words of what is asked a sentence speaks of too."""
    language = "ko" if spoken.in_korean else "en"
    return len(_matter(text, language) & _matter(_asked(spoken.question), language))


def _asked(question: str) -> str:
    """Return the sentences of a message that ask; all of it where none has a question mark."""
    asking = [unit for unit in sentences(question) if "?" in unit or "？" in unit]
    return " ".join(asking) or question


@lru_cache(maxsize=256)
def _matter(text: str, language: str) -> frozenset[str]:
    """Return the words, and the concepts, that a text is about."""
    return frozenset(term for term in terms(text, language) if not is_part(term) and not term.isdigit())


def _opens_with_verb(question: str) -> bool:
    return (
        regex.match(
            r"\s*(?:can|could|do|does|is|are|will|may|should)\b", question, regex.IGNORECASE, timeout=PATIENCE_S
        )
        is not None
    )


__all__ = ["Sort", "news", "strength", "wanted"]
