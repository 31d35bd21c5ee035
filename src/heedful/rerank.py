"""Fused candidates → the same in a better order: what their whole article holds of the question, and its word pairs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise

from heedful import learned
from heedful.terms import is_concept, is_part, terms
from heedful.values import Passage

WEIGHED = 40  # passages; below these nothing came first on any question set
STALE = 0.02  # what an article loses that is OLD_YEARS older than the newest candidate; one without a date nothing
OLD_YEARS = 3.0
MOST_PAIRS = 200  # of a question; a longer one says it often enough

Rows = Mapping[tuple[str, ...], float]  # words to look for, each with what says the same, and how much it counts
Pair = tuple[str, str]  # two terms that stand side by side


@dataclass(frozen=True, slots=True)
class Looked:
    """What the word index saw of a question in some passages of one collection.

    `tells` says of each row how much it tells, in nats, and `known` whether any passage of the collection has it;
    `held` says for each of those looked at which rows stand in it, and the share of the question's pairs that stand
    in it side by side.
    """

    tells: tuple[float, ...]
    known: tuple[bool, ...]
    held: Mapping[str, tuple[tuple[bool, ...], float]]


Look = Callable[[Sequence[Passage]], Awaitable[Looked]]  # at passages of one language and trust


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a passage and its whole article hold of the question."""

    coverage: float = 0.0  # share of the question's weight that stands in the article's candidates
    nats: float = 0.0  # how much those words tell
    pairs: float = 0.0
    title: float = 0.0  # share of the question's weight that stands in the title
    known: float = 0.0  # share of the question's words that the help centre has at all


def pairs(text: str, language: str) -> tuple[Pair, ...]:
    """Return the words of a question that stand side by side in it, each pair once."""
    words = [term for term in terms(text, language) if not (is_part(term) or is_concept(term))]
    return tuple(dict.fromkeys(pairwise(words)))[:MOST_PAIRS]


async def weigh(passages: Sequence[Passage], rows: Mapping[str, Rows], look: Look) -> dict[str, Weighed]:
    """Return by id what the best `WEIGHED` passages hold; `rows` says by language what is looked for."""
    groups: dict[tuple[str, str], list[Passage]] = {}
    for passage in passages[:WEIGHED]:
        groups.setdefault((passage.lang, passage.trust), []).append(passage)
    found: dict[str, Weighed] = {}
    for (language, _), some in groups.items():
        found |= _weighed(some, rows[language], await look(some))
    return found


def _weighed(passages: Sequence[Passage], rows: Rows, looked: Looked) -> dict[str, Weighed]:
    nothing = (False,) * len(rows)
    whole: dict[str, tuple[bool, ...]] = {}
    for passage in passages:
        held = looked.held.get(passage.id, (nothing, 0.0))[0]
        before = whole.get(passage.article_id, nothing)
        whole[passage.article_id] = tuple(one or other for one, other in zip(before, held, strict=True))
    counts = [tell * weight for tell, weight in zip(looked.tells, rows.values(), strict=True)]
    total = sum(counts) or 1.0
    known = sum(looked.known) / (len(rows) or 1)
    found: dict[str, Weighed] = {}
    for passage in passages:
        there = [n for n, is_held in enumerate(whole[passage.article_id]) if is_held]
        title = _title(passage.title, passage.lang)
        found[passage.id] = Weighed(
            coverage=sum(counts[n] for n in there) / total,
            nats=sum(looked.tells[n] for n in there),
            pairs=looked.held.get(passage.id, (nothing, 0.0))[1],
            title=sum(count for count, row in zip(counts, rows, strict=True) if not title.isdisjoint(row)) / total,
            known=known,
        )
    return found


@lru_cache(maxsize=20_000)
def _title(title: str, language: str) -> frozenset[str]:
    return frozenset(terms(title, language))


def rerank(passages: Sequence[Passage], weighed: Mapping[str, Weighed]) -> tuple[Passage, ...]:
    """Return the passages, best first, `score` from 0 to 1: most of it as it was, a little for what was weighed.

    A reranker that learned all its weights from our own questions lost on the help centres of others; this one may
    only lean a little away from the order it is given.
    """
    order = learned.order()
    most = 1.0 + order.coverage + order.pairs
    behind = _behind([passage.updated for passage in passages[:WEIGHED]])
    scored = []
    for passage in passages:
        one = weighed.get(passage.id)
        more = order.coverage * one.coverage + order.pairs * one.pairs if one else 0.0
        less = STALE * behind.get(passage.updated, 0.0)
        scored.append(replace(passage, score=max(0.0, passage.score + more - less) / most))
    return tuple(sorted(scored, key=lambda passage: (-passage.score, passage.id)))


def _behind(dates: Collection[str]) -> dict[str, float]:
    """How old each date is beside the newest, from 0 to 1."""
    days = {text: day for text in dates if (day := _day(text)) is not None}
    newest = max(days.values(), default=0)
    return {text: min(1.0, (newest - day) / (OLD_YEARS * 365)) for text, day in days.items()}


@lru_cache(maxsize=10_000)
def _day(text: str) -> int | None:
    try:
        return date.fromisoformat(text[:10]).toordinal()
    except ValueError:
        return None
