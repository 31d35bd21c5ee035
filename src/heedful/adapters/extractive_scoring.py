"""How well each block of the passages answers the question, by its words, its place, and what is wished for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from heedful.adapters.extractive_customer import ANSWERS, Customer
from heedful.adapters.extractive_pointing import answering, says_nothing
from heedful.adapters.extractive_reading import Block, leans_on_steps, read
from heedful.kinds import kinds_of
from heedful.query import ASKING
from heedful.spelling import meant
from heedful.terms import alternatives, is_concept, is_part
from heedful.topics import readings
from heedful.values import Passage

Terms = Callable[[str, str], list[str]]
VAGUE = frozenset({"product", "care"})  # kinds that the name of any thing shows

# Weights, tuned by reading the answers to the sample questions in both languages.
HEADING = 0.45  # a question's word in the title or heading tells of every block below
RETRIEVED = 0.8  # what retrieval thought of the passage, the best one 1
FOUND_WITH = 0.9  # an article's beginning is found with any of its sections, and nearly as much
LEAD = 0.2  # a section's first block is written to be the answer to its heading,
UNRELATED_LEAD = 0.05  # unless the heading asks something else
PAIR = 0.12  # two of the question's words side by side: "return shipping"
ABOUT_THE_KIND = 2.0  # "exchange" tells more of what is wanted than "duvet cover"
PART_OF_A_WORD = 0.3  # a pair of syllables, beside whole words
SAID_OTHERWISE = 0.8  # "delivery" of "shipping"
NOT_TELLING = 0.3  # a number, or a word of how it is asked ("how long does it take")
OVERVIEW = 0.1  # and more so the article's first
WISHED = 0.25  # a figure for "how long", a price for "how much"
STEPS = 0.4  # a whole procedure for "how do I"
CHECKS = 0.3  # and a list with a sentence that leads to it
UNASKED_STEPS = -0.25  # and an answer in a sentence first where nobody asked how
OF_A_LIST = 0.6  # a long list holds some word of any question
OF_THE_KIND = 0.2  # an article that is called after what is asked for: a return of bedding is a return
SAYS_NOTHING = 0.5  # of a sentence that only points to others, or leans on the steps above it
CUT_STEPS = 0.4  # steps whose beginning is in another passage


@dataclass(frozen=True, slots=True)
class Chosen:
    """A block to quote: the rank of its passage (from 1), its place there, and how well it answers."""

    block: Block
    passage: Passage
    rank: int
    place: int
    score: float
    covered: float  # share of the question's weight that it and its heading hold
    said: Mapping[str, float]  # the question's words in it, with their share of the weight
    words: frozenset[str]
    of_the_kind: bool = False  # whether its article is called after what is asked for

    @property
    def length(self) -> int:
        """How long it is, in words."""
        return len(self.block.text.split())


def scored(customer: Customer, passages: Sequence[Passage], language: str, terms: Terms) -> tuple[list[Chosen], float]:
    """Return every block with its score, and the share of the question's words that the passages have."""
    in_order = terms(customer.subject, language)
    asked, pairs = _asked(customer.subject, in_order, language), _pairs(in_order)
    before = _asked(customer.before, terms(customer.before, language), language)
    blocks = [
        (rank, place, block)
        for rank, passage in enumerate(passages, 1)
        for place, whole in enumerate(read(passage.text))
        if (block := answering(whole, passage.title)) is not None
    ]
    sequences = [terms(block.own_words, passages[rank - 1].lang) for rank, _, block in blocks]
    words = [frozenset(sequence) for sequence in sequences]
    above = [frozenset(terms(" ".join((p.title, *p.headings)), p.lang)) for p in passages]
    known = frozenset().union(*words, *above)
    asked, before = _as_meant(asked, known), _as_meant(before, known)
    kind_words = " ".join(reading.words for reading in readings(f"{customer.subject}\n{customer.before}", language))
    weight = _weights(before | asked, [*words, *above], frozenset(terms(kind_words, language)))
    lean = 1 / (1 + sum(_is_telling(term) for term in asked) / 2)
    weight = {term: worth if term in asked else worth * lean for term, worth in weight.items()}
    asked = before | asked
    whole = sum(weight.values()) or 1.0
    top = max((passage.score for passage in passages), default=0.0)
    of_article: dict[str, float] = {}
    for passage in passages:
        of_article[passage.article_id] = max(of_article.get(passage.article_id, 0.0), passage.score)
    kinds = frozenset(kinds_of(customer.subject, language)) - VAGUE
    called = [not kinds.isdisjoint(kinds_of(passage.title, passage.lang)) for passage in passages]
    candidates = []
    for index, (rank, place, block) in enumerate(blocks):
        own = words[index]
        passage = passages[rank - 1]
        said = {term: weight[term] / whole * part for term in weight if (part := _says(own, term, asked))}
        headed = sum(
            weight[term] / whole * part
            for term in weight
            if term not in said and (part := _says(above[rank - 1], term, asked))
        )
        covered = sum(said.values()) * (OF_A_LIST if block.items else 1.0) + HEADING * headed
        found = max(passage.score, of_article[passage.article_id] * FOUND_WITH if passage.position == 0 else 0.0)
        score = covered + RETRIEVED * (found / top if top else 1 / rank) + _wished(block, customer)
        score += PAIR * len(pairs & _pairs(sequences[index]))
        if place == 0 and not block.is_row:
            score += OVERVIEW + LEAD if passage.position == 0 else LEAD if headed else UNRELATED_LEAD
        score += OF_THE_KIND * called[rank - 1]
        if block.first > 1:
            score *= CUT_STEPS
        if says_nothing(block) or leans_on_steps(block):
            score *= SAYS_NOTHING
        candidates.append(Chosen(block, passage, rank, place, score, covered, said, own, called[rank - 1]))
    size = {term: PART_OF_A_WORD if is_part(term) else 1.0 for term in asked}
    return candidates, sum(size[term] for term in weight) / sum(size.values()) if asked else 1.0


def _asked(text: str, in_order: Sequence[str], language: str) -> dict[str, frozenset[str]]:
    """Return each word of the text once, with the concepts that say the same in other words."""
    rows: dict[str, frozenset[str]] = {}
    if any(is_concept(term) for term in in_order):
        rows = {row[0]: frozenset(row) for row in alternatives(text, language)}
    return {term: rows.get(term, frozenset((term,))) for term in in_order if term in rows or not is_concept(term)}


def _as_meant(asked: Mapping[str, frozenset[str]], known: frozenset[str]) -> dict[str, frozenset[str]]:
    """Return the words with what a misspelt one may have meant, when the passages have that and not the word."""
    return {
        term: alike if not alike.isdisjoint(known) else alike | known.intersection(meant(term))
        for term, alike in asked.items()
    }


def _says(own: frozenset[str], term: str, asked: Mapping[str, frozenset[str]]) -> float:
    """Return how far a text says a word of the question: 1 in that word, less in another."""
    return 1.0 if term in own else SAID_OTHERWISE if asked[term] & own else 0.0


def _is_telling(term: str) -> bool:
    """Tell whether a term is a word that says what the question is about, not only how it is asked."""
    return not (is_part(term) or is_concept(term) or term in ASKING)


def _weights(
    asked: Mapping[str, frozenset[str]], texts: Sequence[frozenset[str]], of_kind: frozenset[str]
) -> dict[str, float]:
    """Return how much each word of the question tells: rare ones more; those that no passage says, nothing."""
    counts = {term: sum(not alike.isdisjoint(text) for text in texts) for term, alike in asked.items()}
    return {
        term: math.log(1 + len(texts) / count)
        * (ABOUT_THE_KIND if term in of_kind else 1.0)
        * (PART_OF_A_WORD if is_part(term) else NOT_TELLING if term.isdigit() or term in ASKING else 1.0)
        for term, count in counts.items()
        if count
    }


def _pairs(in_order: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Return the whole words that stand side by side, as `(return, ship)`."""
    whole = [term for term in in_order if not (is_part(term) or is_concept(term))]
    return frozenset(pairwise(whole))


def _wished(block: Block, customer: Customer) -> float:
    """Return what a block gains by being the sort of answer that was wished for."""
    if block.ordered:
        return STEPS if customer.wants_steps else UNASKED_STEPS if customer.asks else 0.0
    if block.items and block.sentences and "steps" in customer.wishes:
        return CHECKS
    gains = (
        WISHED / 3 if wish == "whether" else WISHED
        for wish in customer.wishes
        if wish in ANSWERS and ANSWERS[wish].search(block.text)
    )
    return max(gains, default=0.0)


def is_literal(one: Chosen) -> bool:
    """Tell whether a block says a word of the question itself, not only in other words."""
    return any(term in one.words and not is_part(term) for term in one.said)
