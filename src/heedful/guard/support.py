"""How much of a sentence published text says as well: a sentence nothing speaks of is read more strictly."""

from __future__ import annotations

from functools import lru_cache

from heedful.canonical import normalise
from heedful.canonical.wording import content
from heedful.guard.case import Case
from heedful.guard.sentences import Sentence

MOSTLY = 0.7  # of a sentence's words stand in one source, or were said by the customer
SOME = 0.4  # … in the source itself
# Said in every second Korean sentence: it shows nothing.
_PLAIN = frozenset(
    "하시 하세 하는 하면 합니 주십 주세 주시 있습 있으 있는 됩니 되며 되는 해야 하라 고객 안내 답하 드립 드리 "
    "customer please tell say answer reply note assistant".split()
)


def words(text: str) -> frozenset[str]:
    """Return the words of a text that carry meaning; of Korean ones two syllables, which no ending changes."""
    stems = (stem[:2] if "가" <= stem[0] <= "힣" else stem for stem in content(normalise(text)))
    return frozenset(stem for stem in stems if len(stem) >= 2 and stem not in _PLAIN)


def is_supported(case: Case, sentence: Sentence) -> bool:
    """Whether one published passage, or the promises, say most of the sentence."""
    said = words(sentence.text)
    own = case.once(_own_words)
    return any(
        len(said & source) >= SOME * len(said) and len(said & (source | own)) >= MOSTLY * len(said)
        for source in case.once(_sources)
    )


def words_said(case: Case) -> frozenset[str]:
    """Return the words of all that the customer has said."""
    return words("\n".join((*case.said, case.question)))


def _own_words(case: Case) -> frozenset[str]:
    values = (f"{fact.name.replace('_', ' ')} {fact.value}" for fact in case.view.facts)
    return words("\n".join((*case.said, case.question, *values)))


def _sources(case: Case) -> tuple[frozenset[str], ...]:
    published = (_words_of_source(f"{passage.title}\n{passage.text}") for passage in case.published())
    return (*published, *(_words_of_source(promise) for promise in case.policy.promises))


@lru_cache(maxsize=4096)  # passages and promises are few, and the company's own words
def _words_of_source(text: str) -> frozenset[str]:
    return words(text)
