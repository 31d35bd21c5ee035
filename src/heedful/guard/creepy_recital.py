"""What a customer did on the site is not told back to them, unless they asked: it answers nothing and unsettles."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.canonical import normalise
from heedful.guard.case import Case
from heedful.guard.lexicon import Hit, lexicon
from heedful.guard.likeness import ALIKE, reads_like
from heedful.guard.running import Scope
from heedful.guard.sentences import Sentence, sentences
from heedful.guard.support import is_supported, words, words_said
from heedful.guard.view_values import carried, is_said
from heedful.values import Action, Finding

CODE = "creepy_recital"
SCOPE: Scope = "unit"
ACTION = Action.REVISE
MEND = "answer without what the customer did before"

SHARED = 2  # words of a sentence that the customer used
_WEAK = ("weak_recital", "weak_recital_ko")
_RECITALS = ("watched", "recited", "watched_ko", "recited_ko")


def rule(case: Case) -> Iterator[Finding]:
    """Yield each sentence that tells the customer what they looked at, searched for, opened or left behind."""
    found = [*_recited(case), *_of_behaviour(case)]
    if found and not lexicon(CODE).has(normalise(case.question).text.lower(), "asked"):
        yield from found


def _recited(case: Case) -> Iterator[Finding]:
    words = lexicon(CODE)
    for sentence in sentences(case.unit):
        hit = next(words.find(sentence.text, ("told_back",)), None)
        if hit is not None:
            hit = None if _is_published(case, sentence) else hit
        elif (hit := next(words.find(sentence.text, _RECITALS), None)) is not None:
            hit = None if words.has(sentence.text, "general") or _is_published(case, sentence) else hit
        else:
            hit = next(words.find(sentence.text, _WEAK), None)
            if hit is None and reads_like("recital", sentence.text) and not _is_about_asked(case, sentence):
                hit = Hit(ALIKE, 0, len(sentence.text))
            hit = None if hit is None or is_supported(case, sentence) else hit
        if hit is not None:
            span = case.place_in_unit(sentence.start + hit.start, sentence.start + hit.end)
            why, found_by = "tells the customer what they did on the site", ALIKE if hit.section == ALIKE else ""
            yield case.finding(CODE, ACTION, span, why, mend=MEND, rule=found_by)


def _is_about_asked(case: Case, sentence: Sentence) -> bool:
    """Whether the customer has spoken of what a sentence is about: then it is no news from behind their back."""
    return len(words(sentence.text) & case.once(words_said)) >= SHARED


def _is_published(case: Case, sentence: Sentence) -> bool:
    """Whether a page says this to everyone."""
    key = "".join(c for c in sentence.text if c.isalnum())
    return any(key in index.squashed for index in case.support.published)


def _of_behaviour(case: Case) -> Iterator[Finding]:
    """Yield each value of a behaviour fact that is repeated though it is in the view only for what is asked."""
    if not any(fact.category == "behaviour" for fact in case.view.facts):
        return
    for fact, start, end in carried(case):
        if fact.category == "behaviour" and not is_said(case, start, end):
            why = f"repeats {fact.name!r}, what the customer did on the site"
            yield case.finding(CODE, ACTION, (start, end), why, mend=MEND)
