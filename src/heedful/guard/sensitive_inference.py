"""Health, faith, love, politics, money, family: never said or guessed of a customer who did not speak of it."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.canonical import normalise
from heedful.guard.case import Case
from heedful.guard.lexicon import lexicon
from heedful.guard.running import Scope
from heedful.guard.sentences import sentences
from heedful.values import Action, Finding

CODE = "sensitive_inference"
SCOPE: Scope = "unit"
ACTION = Action.REVISE

SORTS = ("health", "pregnancy", "faith", "love", "politics", "money", "family", "origin")
_NAMES = {
    "health": "their health", "pregnancy": "a pregnancy or a child", "faith": "what they believe",
    "love": "whom they love", "politics": "their politics", "money": "money trouble", "family": "their family life",
    "origin": "where they come from, or a conviction",
}  # fmt: skip


def rule(case: Case) -> Iterator[Finding]:
    """Yield each sentence that says or guesses such a thing of the customer, unless the customer said it first."""
    words = lexicon(CODE)
    for sentence in sentences(case.unit):
        hits = {hit.section: hit for hit in words.find(sentence.text, SORTS)}
        if not hits or not words.has(sentence.text, "of_you", "of_you_ko") or words.has(sentence.text, "general"):
            continue
        raised = _raised(case)
        for sort, hit in hits.items():
            if sort not in raised:
                span = case.place_in_unit(sentence.start + hit.start, sentence.start + hit.end)
                why = f"says or guesses something of the customer that they did not raise: {_NAMES[sort]}"
                yield case.finding(CODE, ACTION, span, why, mend="answer what was asked, and nothing about them")
                break


def _raised(case: Case) -> frozenset[str]:
    """Return the sorts of thing that the customer has spoken of themselves in this conversation."""
    return case.once(_spoken_of)


def _spoken_of(case: Case) -> frozenset[str]:
    spoken = normalise("\n".join((*case.said, case.question))).text.lower()
    return frozenset(hit.section for hit in lexicon(CODE).find(spoken, SORTS))
