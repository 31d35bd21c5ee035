"""Health, faith, love, politics, money, family: never said or guessed of a customer who did not speak of it."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.canonical import normalise
from heedful.guard.case import Case
from heedful.guard.lexicon import lexicon
from heedful.guard.likeness import ALIKE, reads_like
from heedful.guard.running import Scope
from heedful.guard.sentences import Sentence, sentences
from heedful.guard.support import is_supported, words, words_said
from heedful.values import Action, Finding

CODE = "sensitive_inference"
SCOPE: Scope = "unit"
ACTION = Action.REVISE

MEND = "answer what was asked, and nothing about them"
SHARED = 2  # words of a sentence that the customer used: then they spoke of it
SORTS = ("health", "pregnancy", "faith", "love", "politics", "money", "family", "origin")
_NAMES = {
    "health": "their health", "pregnancy": "a pregnancy or a child", "faith": "what they believe",
    "love": "whom they love", "politics": "their politics", "money": "money trouble", "family": "their family life",
    "origin": "where they come from, or a conviction",
}  # fmt: skip


def rule(case: Case) -> Iterator[Finding]:
    """Yield each sentence that says or guesses such a thing of the customer, unless the customer said it first."""
    lexicon_ = lexicon(CODE)
    for sentence in sentences(case.unit):
        hits = {hit.section: hit for hit in lexicon_.find(sentence.text, SORTS)}
        if not hits and _is_alike(case, sentence):
            span = case.place_in_unit(sentence.start, sentence.end)
            why = "reads like what lets guess something of the customer that they did not raise"
            yield case.finding(CODE, ACTION, span, why, mend=MEND, rule=ALIKE)
        if not hits or not lexicon_.has(sentence.text, "of_you", "of_you_ko") or lexicon_.has(sentence.text, "general"):
            continue
        raised = _raised(case)
        for sort, hit in hits.items():
            if sort not in raised:
                span = case.place_in_unit(sentence.start + hit.start, sentence.start + hit.end)
                why = f"says or guesses something of the customer that they did not raise: {_NAMES[sort]}"
                yield case.finding(CODE, ACTION, span, why, mend=MEND)
                break


def _is_alike(case: Case, sentence: Sentence) -> bool:
    """Whether a sentence reads like such a guess, no page says it to everyone, and the customer didn't raise it."""
    if not reads_like("sensitive", sentence.text) or lexicon(CODE).has(sentence.text, "general"):
        return False
    said = words(sentence.text) & case.once(words_said)
    return not _raised(case) and len(said) < SHARED and not is_supported(case, sentence)


def _raised(case: Case) -> frozenset[str]:
    """Return the sorts of thing that the customer has spoken of themselves in this conversation."""
    return case.once(_spoken_of)


def _spoken_of(case: Case) -> frozenset[str]:
    spoken = normalise("\n".join((*case.said, case.question))).text.lower()
    return frozenset(hit.section for hit in lexicon(CODE).find(spoken, SORTS))
