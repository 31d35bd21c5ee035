"""Which blocks of the passages answer the question: scored, chosen within a length, kept in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from heedful.adapters.extractive_customer import ANSWERS, Customer
from heedful.adapters.extractive_pointing import is_step, only_points, says_nothing
from heedful.adapters.extractive_reading import Block, clean
from heedful.adapters.extractive_scoring import Chosen, Terms, is_literal, scored
from heedful.sections import NUMBERED
from heedful.values import Passage

LEADING = 0.7  # of the best article's score: below it no block of an article is the best one
NEAR_BEST = 0.8  # of the best score: below it a block of the same passage is beside the point
NEAR_BEST_OF_ARTICLE = 0.88  # one of another passage of the article
NEAR_BEST_ELSEWHERE = 0.93  # and one of another article,
LAST_ELSEWHERE = 3  # which has to be of this rank at least,
ADDS = 0.15  # and to hold this share of the question's weight that nothing better has
OVERVIEW_COVERS = (
    0.7  # of what the best block covers: below it the article's first sentence, or its steps, are of another matter
)
BESIDE_OVERVIEW = 0.8  # and below this the sentence that follows it is
OVERVIEW_OF_THE_KIND = 0.2  # and in an article that is called after what is asked for
UNASKED_COVER = 0.5  # of what the best block covers: below it steps are of another matter,
STEPS_COVER = 0.25  # the same for steps that were asked for
STEPS_LONGER = 2.0  # how far steps may run over the length of an answer
SAME = 0.7  # share of common words from which two blocks say the same
DOUBTFUL = 0.15  # the share of the question's words below which the passages are only the nearest there are

ROWS = 1_000  # places; a table's rows stand behind the sentences of their section
FEWEST_STEPS = 2  # numbered sections from which they are a procedure

FIGURES = frozenset({"when", "cost", "where", "contact"})

_ALLOWS = re.compile(r"\b(?:can|may|free)\b|수 있|무료|가능", re.IGNORECASE)
_LIMITS = re.compile(
    r"\b(?:cannot|can't|can not|not possible|except|unless|only|must not|no longer)\b|없습니다|않습니다"
    r"|제외|만 (?:가능|받|반품)|불가",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What to quote, in order, and whether it is at all certain that it answers."""

    blocks: tuple[Chosen, ...]
    certain: bool
    unanswered: bool = False  # whether one of several questions is left without an answer


def choose(customer: Customer, passages: Sequence[Passage], *, language: str, terms: Terms, most_words: int) -> Choice:
    """Return the blocks that answer, those of the best article first; none when the passages say nothing.

    `most_words` is kept to, except that a list of steps is never cut.
    """
    candidates, share = scored(customer, passages, language, terms)
    # A row says too little for a word of the question to be said in another word.
    candidates = [one for one in candidates if not one.block.is_row or is_literal(one)]
    candidates = [one for one in candidates if not only_points(one.block)] or candidates
    if not candidates:
        return Choice((), certain=False)
    best = max(_of_leading_articles(candidates), key=lambda one: (one.score, -one.rank, -one.place))
    kept = [one for one in candidates if _belongs(one, best) and (one is best or not _is_aside(one, best, customer))]
    kept.extend(_overview(candidates, best, customer))
    kept.extend(_rest(candidates, best, customer))
    kept.extend(_limits(candidates, kept))
    kept.extend(_procedure(candidates, kept, best, customer))
    outline = list(_outline(passages, best, customer))
    kept = _fitting(_without_repeats(kept, best), best, most_words)
    kept.extend(_elsewhere(candidates, kept, best, most_words))
    kept.sort(key=lambda one: _place_in_answer(one, best, steps_first="steps" in customer.wishes))
    kept = [*outline, *kept]
    return Choice(
        tuple(kept),
        certain=share >= DOUBTFUL or (best.of_the_kind and best.covered > 0) or best.passage.lang != language,
    )


def _of_leading_articles(candidates: Sequence[Chosen]) -> Sequence[Chosen]:
    """Leave out the blocks of articles that retrieval holds for much less likely: common words are weaker evidence."""
    worth: dict[str, float] = {}
    for one in candidates:
        worth[one.passage.article_id] = max(worth.get(one.passage.article_id, 0.0), one.passage.score)
    top = max(worth.values())
    return [one for one in candidates if worth[one.passage.article_id] >= LEADING * top]


def _place_in_answer(one: Chosen, best: Chosen, *, steps_first: bool) -> tuple[int, int, int]:
    """Return where a block stands: the article's overview, the best passage, the rest of the article, others."""
    if one.passage.article_id != best.passage.article_id:
        return (4, one.rank, one.place)
    if one.passage.position == 0:
        return (0, 0, one.place)
    if steps_first and one.block.ordered:
        return (1, 0, one.place)
    rows_last = ROWS if one.block.is_row else 0
    return (2 if one.rank == best.rank else 3, one.passage.position, rows_last + one.place)


def _belongs(candidate: Chosen, best: Chosen) -> bool:
    """Tell whether a block is nearly as good an answer as the best one."""
    if candidate is best:
        return True
    if candidate.block.first > 1 or not candidate.covered:
        return False
    if candidate.rank == best.rank:
        return candidate.score >= NEAR_BEST * best.score
    if candidate.block.items or best.block.ordered:
        return False
    return _same_article(candidate, best) and candidate.score >= NEAR_BEST_OF_ARTICLE * best.score


def _is_aside(candidate: Chosen, best: Chosen, customer: Customer) -> bool:
    """Tell whether a "can I?" is answered by how its article begins, so that further sections only go into detail."""
    answered = best.passage.position == 0 and set(customer.wishes) <= {"whether"} and customer.asks_whether
    return answered and candidate.rank != best.rank and not _LIMITS.search(candidate.block.text)


def _same_article(one: Chosen, other: Chosen) -> bool:
    return one.passage.article_id == other.passage.article_id


def _elsewhere(candidates: Sequence[Chosen], kept: Sequence[Chosen], best: Chosen, most_words: int) -> Iterator[Chosen]:
    """Yield the one block of another article that answers as well, and a part of the question nothing else touches."""
    touched = {term for one in kept for term in one.said}
    room = most_words - sum(one.length for one in kept)
    others = [
        one
        for one in candidates
        if not _same_article(one, best)
        and one.rank <= LAST_ELSEWHERE
        and not one.block.items
        and one.length <= room
        and one.score >= NEAR_BEST_ELSEWHERE * best.score
        and sum(share for term, share in one.said.items() if term not in touched) >= ADDS
        and not any(_alike(one, other) >= SAME for other in kept)
    ]
    if others:
        yield max(others, key=lambda one: (one.score, -one.rank, -one.place))


def _overview(candidates: Sequence[Chosen], best: Chosen, customer: Customer) -> Iterator[Chosen]:
    """Yield the first sentence of the best block's article, where that leans on it or the question asks for it too."""
    figure = bool(FIGURES & set(customer.wishes))
    listed_best = best.block.is_row or (bool(best.block.items) and not best.block.sentences)
    for candidate in candidates:
        listed = bool(candidate.block.items) or candidate.block.is_row
        first = candidate.passage.position == 0 and candidate.block.paragraph == 0 and not listed
        if candidate is best or not first or not _same_article(candidate, best) or says_nothing(candidate.block):
            continue
        leads_to_best = candidate.rank == best.rank and candidate.block.paragraph == best.block.paragraph
        if figure and not listed_best and not _has_figure(candidate, customer):
            continue
        if candidate.place and candidate.covered < BESIDE_OVERVIEW * best.covered:
            continue
        enough = OVERVIEW_OF_THE_KIND if candidate.of_the_kind and not figure else OVERVIEW_COVERS
        opens = listed_best and (candidate.of_the_kind or candidate.covered > 0)  # no row or list opens an answer
        if opens or (leads_to_best and not figure) or candidate.covered >= enough * best.covered:
            yield candidate


def _has_figure(candidate: Chosen, customer: Customer) -> bool:
    return any(ANSWERS[wish].search(candidate.block.text) for wish in customer.wishes if wish in FIGURES)


def _rest(candidates: Sequence[Chosen], best: Chosen, customer: Customer) -> Iterator[Chosen]:
    """Yield what the paragraph goes on to say; where figures or places were asked for, only with one still missing."""
    if best.block.items or best.block.is_row:
        return
    figures = [wish for wish in customer.wishes if wish in FIGURES]
    missing = [ANSWERS[wish] for wish in figures if not ANSWERS[wish].search(best.block.text)]
    there = {one.place: one for one in candidates if one.rank == best.rank}
    for place in (best.place + 1, best.place + 2):
        following = there.get(place)
        if following is None or following.block.items or following.block.paragraph != best.block.paragraph:
            return
        if says_nothing(following.block):
            continue
        if not figures or any(answer.search(following.block.text) for answer in missing):
            yield following


def _outline(passages: Sequence[Passage], best: Chosen, customer: Customer) -> Iterator[Chosen]:
    """Yield the headings of the numbered sections around the best block, as the steps that they are."""
    if not customer.wants_steps or not is_step(best.passage.headings):
        return
    above = best.passage.headings[:-1]
    steps = {
        is_step(passage.headings): (rank, passage)
        for rank, passage in enumerate(passages, 1)
        if passage.article_id == best.passage.article_id and passage.headings[:-1] == above
    }
    in_order = list(takewhile(lambda number: number in steps, range(1, 100)))
    if len(in_order) < FEWEST_STEPS or is_step(best.passage.headings) not in in_order:
        return
    for number in in_order:
        rank, passage = steps[number]
        heading = clean(NUMBERED.sub("", passage.headings[-1], count=1))
        block = Block((), (heading,), number, outline=clean(above[-1] if above else passage.title))
        yield replace(best, block=block, passage=passage, rank=rank, place=0)


def _limits(candidates: Sequence[Chosen], kept: Sequence[Chosen]) -> Iterator[Chosen]:
    """Yield the sentence that says where what was just allowed ends: "You can." never goes without its "cannot"."""
    there = {(one.rank, one.place): one for one in candidates}
    for one in kept:
        following = there.get((one.rank, one.place + 1))
        if following is None or following.block.items or following.block.paragraph != one.block.paragraph:
            continue
        if not one.block.items and _ALLOWS.search(one.block.text) and _LIMITS.search(following.block.text):
            yield following


def _procedure(
    candidates: Sequence[Chosen], kept: Sequence[Chosen], best: Chosen, customer: Customer
) -> Iterator[Chosen]:
    """Yield the steps that go with the best block, when it is asked how, or nothing is asked and something is wrong."""
    asked_where = customer.asks and "steps" not in customer.wishes
    if not customer.wants_steps or any(one.block.ordered for one in kept):
        return
    enough = (STEPS_COVER if "steps" in customer.wishes else UNASKED_COVER) * best.covered
    steps = [
        one
        for one in candidates
        if one.block.first == 1
        and one.block.items
        and (one.rank == best.rank or not asked_where)
        and (one.rank == best.rank or one.covered >= (enough if _same_article(one, best) else best.covered))
    ]
    if steps:
        yield max(steps, key=lambda one: (_same_article(one, best), one.score))


def _without_repeats(kept: Sequence[Chosen], best: Chosen) -> list[Chosen]:
    """Leave out what an already kept, better block says in nearly the same words."""
    distinct: list[Chosen] = []
    for candidate in sorted(kept, key=lambda one: (one is not best, -one.score)):
        if candidate.block.ordered and any(other.block.ordered for other in distinct):
            continue  # two procedures are one too many: which is it?
        if not any(_repeats(candidate, other) for other in distinct):
            distinct.append(candidate)
    return distinct


def _repeats(candidate: Chosen, kept: Chosen) -> bool:
    if candidate.block.items and not kept.block.items:  # a list says more than the sentence that it has all words of
        return len(candidate.words & kept.words) / max(1, len(candidate.words)) >= SAME
    return _alike(candidate, kept) >= SAME


def _alike(one: Chosen, other: Chosen) -> float:
    if one is other:
        return 1.0
    if one.block.is_row and other.block.is_row:
        return 0.0  # rows of one table have their column names in common
    return len(one.words & other.words) / max(1, min(len(one.words), len(other.words)))


def _fitting(kept: Sequence[Chosen], best: Chosen, most_words: int) -> list[Chosen]:
    """Return what fits, the best block always, then by score; steps that go with it may run over."""
    fitting, length = [best], best.length
    for candidate in sorted(kept, key=lambda one: -one.score):
        if candidate is best:
            continue
        room = most_words * (STEPS_LONGER if candidate.block.ordered or best.block.ordered else 1.0)
        if length + candidate.length <= room:
            fitting.append(candidate)
            length += candidate.length
    return fitting
