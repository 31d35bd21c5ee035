"""What the two legs found → the signs by which to judge whether it answers the question."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from heedful.ports import Hit
from heedful.rerank import Weighed
from heedful.topics import topics_of
from heedful.values import Passage

MOST_TOLD = 20.0  # nats; about four rare words
# Where the scale of a cosine begins: what a passage about something else has. It stands in for the articles that a
# small help centre does not have, so that the only article of one is not far ahead of nothing.
STRANGE = 0.15
BACKGROUND = 0.12  # mean cosine of a question to all passages of our own help centre
AS_MANY = 10  # passages of that background count with the candidates
NEAR, TENTH = 10, 8  # passages before the background; the tenth article among those behind the best


@dataclass(frozen=True, slots=True)
class Signs:
    """What retrieval saw, each from 0 to 1. Without a vector leg all cosines are `None`.

    Most compare the best article with those behind it: in a help centre about one thing everything is near. How rare
    a word is gets estimated with a prior, so that a small help centre is not taken for a sure one.
    """

    language: str
    found: bool = False
    is_crossed: bool = False  # found by the words of another language than the question's
    lead: float = 0.0  # of the best article's score over the next
    words: float = 0.0  # share of the question's weight that BM25 finds in the best article
    words_lead: float = 0.0  # how far that is ahead of any other article, as a square root
    coverage: float = 0.0  # share of the question's weight that stands in the best article at all
    told: float = 0.0  # how much those words tell, from nothing to several rare ones
    title: float = 0.0  # share of the question's words that stand in the best title
    known: float = 0.0  # share of the question's words that stand anywhere in the help centre
    agreement: float = 0.0  # 1 when both legs rank that article first
    is_same_kind: bool = False  # the best article's title and headings are about the kind of thing that was asked
    cosine: float | None = None  # of the best article to the question
    cosine_lead: float | None = None  # over the next article
    cosine_tenth: float | None = None  # over the tenth article
    cosine_above: float | None = None  # over the mean of the candidates behind the first ten


def told(nats: float) -> float:
    """Return the sign for words that tell `nats` together: each further one adds less."""
    return min(1.0, math.log1p(nats) / math.log1p(MOST_TOLD))


def read(
    passages: Sequence[Passage],
    words: Sequence[Hit],
    vectors: Sequence[Hit] | None,
    weighed: Mapping[str, Weighed],
    language: str,
    *,
    topics: Collection[str] = (),
    is_understood: bool = True,
) -> Signs:
    """Return what was seen; `passages` are the candidates, best first, and the rest is what each leg said of them.

    `topics` are those of the question. `is_understood` tells whether the vectors are of the question itself, not of its
    words put into another language.
    """
    if not passages:
        return Signs(language=language)
    best = passages[0]
    articles = {passage.id: passage.article_id for passage in passages}
    by_words = _by_article(articles, words)
    next_best = next((passage.score for passage in passages if passage.article_id != best.article_id), 0.0)
    own = by_words.get(best.article_id, 0.0)
    here = weighed.get(best.id, Weighed())
    seen = Signs(
        language=language,
        found=True,
        is_crossed=best.lang != language and not (is_understood and vectors is not None),
        lead=max(0.0, best.score - next_best),
        words=own,
        words_lead=math.sqrt(max(0.0, own - _nth_other(by_words, best.article_id, 0))),
        coverage=here.coverage,
        told=told(here.nats),
        title=here.title,
        known=here.known,
        agreement=_nearness(by_words, best.article_id),
        is_same_kind=bool(topics) and not set(topics).isdisjoint(_topics(best)),
    )
    return seen if vectors is None else _with_cosines(seen, best.article_id, articles, vectors)


def _with_cosines(seen: Signs, best: str, articles: Mapping[str, str], vectors: Sequence[Hit]) -> Signs:
    by_vectors = _by_article(articles, vectors)
    own = by_vectors.get(best, 0.0)
    behind = [hit.score for hit in vectors[NEAR:]]
    background = (sum(behind) + AS_MANY * BACKGROUND) / (len(behind) + AS_MANY)
    return replace(
        seen,
        agreement=(seen.agreement + _nearness(by_vectors, best)) / 2,
        cosine=own,
        cosine_lead=max(0.0, own - max(STRANGE, _nth_other(by_vectors, best, 0))),
        cosine_tenth=max(0.0, own - max(STRANGE, _nth_other(by_vectors, best, TENTH))),
        cosine_above=max(0.0, own - background),
    )


def _topics(passage: Passage) -> tuple[str, ...]:
    return topics_of(" ".join((passage.title, *passage.headings)), passage.lang)


def _by_article(articles: Mapping[str, str], hits: Sequence[Hit]) -> dict[str, float]:
    """The score of each article's best passage, best first."""
    found: dict[str, float] = {}
    for hit in hits:
        if hit.id in articles:
            found.setdefault(articles[hit.id], hit.score)
    return found


def _nth_other(scores: Mapping[str, float], best: str, n: int) -> float:
    others = [score for article, score in scores.items() if article != best]
    return others[n] if n < len(others) else 0.0


def _nearness(scores: Mapping[str, float], best: str) -> float:
    """1 for the first article of a leg, a half for the second, a third …; 0 for one that it did not find."""
    return next((1 / rank for rank, article in enumerate(scores, start=1) if article == best), 0.0)
