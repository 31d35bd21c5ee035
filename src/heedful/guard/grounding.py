"""How far sources support what a reply claims: its words, and how they stand together, sentence by sentence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from heedful.canonical import Normalised, normalise
from heedful.guard.claims import Claim, claims, roots

# Chosen by hand on our own cases; on replies people had judged every figure here could be a third more or less
# with no more than a hundredth of the balanced accuracy lost.
WORDS = 0.7  # what the words count; the rest is how they stand together
REACH = 3  # words apart, for two of them to stand together in a source
OF_WRITER = 0.4  # what is taken away where the writer speaks of itself
ANSWERED = 1.0  # weight that a question is given: it claims less than it says
WEAKEST = 0.5  # what the weakest sentence counts in the whole reply; the rest is their mean
UNSUPPORTED, SUPPORTED = 0.45, 0.65  # below, and from here on: between them only a judge can say
NOTHING = 0.5  # of a reply that claims nothing


class Source:
    """The words of texts that a claim may rest on, and which of them stand together."""

    __slots__ = ("pairs", "words")

    def __init__(self, texts: Iterable[str]) -> None:
        self.words: set[str] = set()
        self.pairs: set[tuple[str, str]] = set()
        for text in texts:
            words, pairs = _read(text)
            self.words |= words
            self.pairs |= pairs

    def supports(self, claim: Claim) -> float:
        """Return from 0 to 1 how far the words of `claim` stand here, and stand together."""
        given = ANSWERED if claim.asks else 0.0
        found = sum(word.weight for word in claim.words if word.stem in self.words)
        share = (found + given) / (claim.weight + given)
        if claim.asks:
            return share
        beside = list(pairwise(word.stem for word in claim.words))
        together = sum(pair in self.pairs for pair in beside) / len(beside) if beside else share
        return max(0.0, WORDS * share + (1 - WORDS) * together - (OF_WRITER if claim.of_writer else 0.0))


@lru_cache(maxsize=1024)  # passages and promises are few, and the company's own words
def _read(text: str) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    found = roots(normalise(text))
    pairs = {(one, other) for apart in range(1, REACH + 1) for one, other in zip(found, found[apart:], strict=False)}
    return frozenset(found), frozenset(pairs)


def support(reply: Normalised, passages: Collection[str]) -> float:
    """Return from 0 to 1 how far `passages` support what `reply` claims."""
    source = Source(passages)
    return folded([(source.supports(claim), claim.weight) for claim in claims(reply)])


def folded(found: Sequence[tuple[float, float]]) -> float:
    """Return the support of a reply from that of its claims, each with its weight."""
    if not found:
        return NOTHING
    mean = sum(share * weight for share, weight in found) / sum(weight for _, weight in found)
    return WEAKEST * min(share for share, _ in found) + (1 - WEAKEST) * mean
