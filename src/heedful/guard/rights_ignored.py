"""What a customer has a right to and asked for, their data, its deletion, a withdrawal, a person, is acted on."""

from __future__ import annotations

from collections.abc import Iterator

from heedful import wishes
from heedful.canonical import normalise
from heedful.guard.case import Case
from heedful.guard.lexicon import lexicon
from heedful.guard.likeness import reads_like
from heedful.guard.running import Scope
from heedful.guard.sentences import sentences
from heedful.values import Action, Finding

CODE = "rights_ignored"
SCOPE: Scope = "whole"
ACTION = Action.HAND_OFF

REQUESTS = ("deletion", "withdrawal", "access")
_ASKING = (*REQUESTS, *(f"{request}_wide" for request in REQUESTS))
_NAMES = {"access": "their data", "deletion": "deletion", "withdrawal": "a withdrawal of consent"}


def rule(case: Case) -> Iterator[Finding]:
    """Yield a finding when the customer's latest words ask for a right and the whole draft does nothing about it."""
    said = sentences(normalise(case.draft)) if case.question else ()
    for request in requested(case.question):
        if not _is_acted_on(request, [sentence.text for sentence in said]):
            yield _found(case, _NAMES[request])
            return
    if (
        case.channel != "assist"
        and _asks_for_person(case.question)
        and not any(_goes_to_person(sentence.text) for sentence in said)
    ):
        yield _found(case, "a person")
        return
    if not requested(case.question) and _is_alike(case.question) and not _is_taken_up([one.text for one in said]):
        yield _found(case, "what reads like a right of theirs, or a person")


def _is_alike(text: str) -> bool:
    """Whether a sentence of the customer's reads like such a request, in words that no lexicon knows."""
    words = lexicon(CODE)
    return any(
        reads_like("rights", one.text) and not words.has(one.text, "how") and not wishes.asks_who_writes(one.text)
        for one in sentences(normalise(text))
    )


def _is_taken_up(said: list[str]) -> bool:
    """Whether the draft does something about any such request."""
    return any(_is_acted_on(request, said) for request in REQUESTS)


def _asks_for_person(text: str) -> bool:
    words = lexicon(CODE)
    asked = sentences(normalise(text)) if len(text) <= wishes.LONGEST else ()
    return wishes.asks_for_person(text) or any(words.has(one.text, "person_wide") for one in asked)


def requested(text: str) -> tuple[str, ...]:
    """Return which rights the customer's words ask for, one a sentence: a question how it is done is none."""
    words = lexicon(CODE)
    found: set[str] = set()
    for sentence in sentences(normalise(text)):
        asked = {hit.section.removesuffix("_wide") for hit in words.find(sentence.text, _ASKING)}
        if asked and not words.has(sentence.text, "how"):
            found.add(next(request for request in REQUESTS if request in asked))
    return tuple(request for request in REQUESTS if request in found)


def _is_acted_on(request: str, said: list[str]) -> bool:
    """Whether a sentence of the draft says that it is done, on its way, or where the customer does it themselves."""
    words = lexicon(CODE)
    for sentence in said:
        if words.has(sentence, "refused"):
            continue
        if words.has(sentence, f"about_{request}") and words.has(sentence, "act"):
            return True
        if _goes_to_person(sentence):
            return True
    return False


def _goes_to_person(sentence: str) -> bool:
    words = lexicon(CODE)
    return words.has(sentence, "person") and not words.has(sentence, "offered") and not words.has(sentence, "refused")


def _found(case: Case, what: str) -> Finding:
    why = f"the customer asks for {what}, and the draft does nothing about it"
    return case.finding(CODE, ACTION, (case.start, case.end), why, mend="pass the request on to a person")
