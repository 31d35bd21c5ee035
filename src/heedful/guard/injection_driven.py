"""A reply follows nobody's orders but its owner's: nothing in it comes from an untrusted text alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import regex

from heedful.canonical import Figure, figures, normalise
from heedful.canonical.links import links_of
from heedful.guard.case import Case
from heedful.guard.grounds import Index, says
from heedful.guard.lexicon import lexicon
from heedful.guard.orders import alike, open_orders
from heedful.guard.running import Scope
from heedful.guard.sentences import Sentence, sentences
from heedful.guard.support import words
from heedful.guard.tasks import tasks
from heedful.values import Action, Finding

CODE = "injection_driven"
SCOPE: Scope = "unit"
ACTION = Action.REVISE
MEND = "write it again without that passage"

ENOUGH = 2  # words of a sentence that only the orders have
DIRECTED = 0.6  # the same for what a reader is told to do, where the text gives no order to an assistant
_KINDS = ("link", "email", "code", "money", "percent", "quantity", "date", "time", "number")
_CLAUSE = regex.compile(r",\s|;|\band\b|\bbut\b|(?<=[가-힣](?:고|며|만|서|니))\s")


class _Outside:
    """Texts from outside, and what in them is an order."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = tuple(texts)

    @cached_property
    def indexes(self) -> tuple[Index, ...]:
        return tuple(Index(text) for text in self._texts)

    @cached_property
    def hosts(self) -> frozenset[str]:
        return frozenset(link.host for text in self._texts for link in links_of(normalise(text)))

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset().union(*(words(text) for text in self._texts))

    @cached_property
    def orders(self) -> tuple[_Order, ...]:
        """The clauses of each text that gives orders: one order makes the sentences around it suspect too.

        A task makes nothing suspect but itself.
        """
        ordering = [normalise(text).text.lower() for text in self._texts if open_orders(text)]
        ordering += [task.text for text in self._texts for task in (*tasks(text), *alike(text))]
        clauses = [clause for text in ordering for clause in _CLAUSE.split(text)]
        return tuple(_Order(words(clause), _is_negated(clause)) for clause in clauses if clause.strip())


class _Order(NamedTuple):
    words: frozenset[str]
    is_negated: bool


def rule(case: Case) -> Iterator[Finding]:
    """Yield each figure, address or claim of the unit that comes from an untrusted text and from nowhere else."""
    texts = [passage.text for passage in case.passages if passage.trust == "untrusted"]
    texts += [case.mail.quoted] if case.mail and case.mail.quoted else []
    if not texts:
        return
    outside = _Outside(texts)
    for sentence in sentences(case.unit):
        warned = lexicon(CODE).has(sentence.text, "warned")
        if not warned and any(_is_from(case, figure, outside) for figure in _figures(case, sentence)):
            yield _found(case, sentence, "a figure or an address that only an untrusted text gives")
        elif warned and lexicon(CODE).has(sentence.text, "told_of"):
            continue
        elif any(_obeys(case, clause, outside) for clause in _clauses(sentence.text)):
            yield _found(case, sentence, "says what an untrusted text orders to be said")


def _clauses(text: str) -> list[str]:
    """Return the clauses of a sentence; a sentence that denies nothing is one."""
    return [clause for clause in _CLAUSE.split(text) if clause.strip()] if _is_negated(text) else [text]


def _obeys(case: Case, clause: str, outside: _Outside) -> bool:
    warned = lexicon(CODE).has(clause, "warned")
    denied = _is_negated(clause) and _contradicts(case, clause, outside)
    return denied or (not warned and _follows(case, clause, outside))


def _found(case: Case, sentence: Sentence, why: str) -> Finding:
    return case.finding(CODE, ACTION, case.place_in_unit(sentence.start, sentence.end), why, mend=MEND)


def _figures(case: Case, sentence: Sentence) -> Iterator[Figure]:
    return (
        figure
        for figure in figures(case.unit)
        if sentence.start <= figure.start < sentence.end and figure.kind in _KINDS
    )


def _is_from(case: Case, figure: Figure, outside: _Outside) -> bool:
    if figure.kind == "number" and len(figure.key) < 3:
        return False
    if figure.kind == "link":
        host = figure.key.partition("/")[0]
        known = {host for host, _ in (*case.support.links, *case.support.prefixes)}
        said = any(key.partition("/")[0] == host for index in case.support.personal for key in index.links)
        return host in outside.hosts and host not in known and not said
    return says(outside.indexes, figure) and not says(case.support.all, figure)


def _follows(case: Case, clause: str, outside: _Outside) -> bool:
    """Whether most of what a clause says stands in the orders and nowhere else, said in the same sense.

    A clause that tells the reader to do something follows any untrusted text that way, not only one that gives orders.
    """
    said, negated = words(clause), _is_negated(clause)
    ordered = frozenset().union(*(one.words for one in outside.orders if not negated or one.is_negated))
    only = (said & ordered) - _open(case)
    if len(only) >= ENOUGH and len(only) >= _share(case) * len(said):
        return True
    if negated or not lexicon(CODE).has(clause, "directs"):
        return False
    told = (said & outside.words) - _open(case)
    return len(told) > ENOUGH and len(told) >= DIRECTED * len(said)


def _contradicts(case: Case, clause: str, outside: _Outside) -> bool:
    """Whether a denial is ordered, and a published passage says the same thing without the denial."""
    said = words(clause)
    for order in outside.orders:
        shared = said & order.words
        if order.is_negated and len(shared) >= ENOUGH and len(shared) >= _share(case) * len(said):
            affirmed = (one for one in _open_sentences(case) if not _is_negated(one))
            if any(len(shared & words(one)) >= ENOUGH for one in affirmed):
                return True
    return False


def _share(case: Case) -> float:
    """Return which share of a clause's words has to come from the orders; two texts about one subject share less."""
    return case.policy.guard.threshold(CODE, case.channel)


def _is_negated(text: str) -> bool:
    return lexicon(CODE).has(text, "negated")


def _open(case: Case) -> frozenset[str]:
    """Return the words of what anyone may read, and of what the customer has said."""
    return case.once(_open_words)


def _open_words(case: Case) -> frozenset[str]:
    return frozenset().union(*(words(text) for text in _open_texts(case)))


def _open_sentences(case: Case) -> tuple[str, ...]:
    return tuple(one.text for text in _open_texts(case) for one in sentences(normalise(text)))


def _open_texts(case: Case) -> list[str]:
    published = [part for passage in case.published() for part in (passage.title, passage.text) if part]
    return [*published, *case.policy.promises, *case.said, case.question]
