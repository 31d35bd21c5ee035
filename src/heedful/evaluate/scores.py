"""What one question of a retrieval set was given → figures over many, with how sure they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heedful.answerable import THRESHOLD

DEEP = 10  # articles looked at; the 10 of mrr@10 and ndcg@10
FEW = 5
TURNS = 2_000  # resamples of a bootstrap; the ends of a 95 % interval then stand to about a hundredth of its width
BINS = 10  # of the calibration error

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scored:
    """One question with the articles found, best first, and how likely they were said to answer it."""

    id: str
    lang: str
    relevant: frozenset[str]
    answerable: bool
    found: tuple[str, ...]
    likely: float
    text: str = ""

    @property
    def is_ranked(self) -> bool:
        """Whether its ranking counts: something answers it."""
        return self.answerable and bool(self.relevant)

    @property
    def hit(self) -> float:
        """1 when an article that answers it is among the first five."""
        return float(bool(self.relevant & set(self.found[:FEW])))

    @property
    def recall(self) -> float:
        """Share of the articles that answer it among the first five."""
        return len(self.relevant & set(self.found[:FEW])) / (len(self.relevant) or 1)

    @property
    def reciprocal(self) -> float:
        """1 over the place of the first right article."""
        places = enumerate(self.found[:DEEP], start=1)
        return next((1 / rank for rank, id_ in places if id_ in self.relevant), 0.0)

    @property
    def ndcg(self) -> float:
        """Discounted gain over that of the best order, of the first ten."""
        gains = [1 / np.log2(rank + 1) for rank in range(1, DEEP + 1)]
        got = sum(gain for gain, id_ in zip(gains, self.found, strict=False) if id_ in self.relevant)
        return float(got / (sum(gains[: len(self.relevant)]) or 1.0))


RANKING: Mapping[str, Callable[[Scored], float]] = {
    "recall@5": lambda one: one.recall,
    "hit@5": lambda one: one.hit,
    "mrr@10": lambda one: one.reciprocal,
    "ndcg@10": lambda one: one.ndcg,
}


def figures(scored: Sequence[Scored]) -> dict[str, Any]:
    """Return the figures, those of each language where there is more than one, and 95 % intervals of the main ones."""
    found = _figures(scored) | {"intervals": dict(intervals(scored))}
    by_lang = sorted({one.lang for one in scored})
    if len(by_lang) > 1:
        found["by_lang"] = {lang: _figures([one for one in scored if one.lang == lang]) for lang in by_lang}
    return found


def _figures(scored: Sequence[Scored]) -> dict[str, Any]:
    asked = [one for one in scored if one.is_ranked]
    found: dict[str, Any] = {"n": len(asked)}
    found |= {name: _mean([of(one) for one in asked]) for name, of in RANKING.items()}
    likely, truth = likelihoods(scored)
    if 0 < truth.sum() < len(truth):
        found |= _answering(likely, truth)
    return found


def _answering(likely: Numbers, truth: NDArray[np.bool_]) -> dict[str, float]:
    answered = likely >= THRESHOLD
    right = float((answered & truth).sum())
    return {
        "answerable_auroc": round(auroc(likely, truth), 4),
        "threshold": THRESHOLD,
        "answered_of_answerable": _mean(answered[truth]),
        "answered_of_unanswerable": _mean(answered[~truth]),
        "answering_precision": round(right / (answered.sum() or 1), 4),
        "calibration_error": round(calibration_error(likely, truth), 4),
    }


def likelihoods(scored: Sequence[Scored]) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return how likely each question was said to have an answer, and whether it has one."""
    return np.array([one.likely for one in scored]), np.array([one.answerable for one in scored], bool)


def auroc(likely: Numbers, truth: NDArray[np.bool_]) -> float:
    """The chance that an answerable question is rated above one that is not; a tie counts half."""
    yes, no = int(truth.sum()), int((~truth).sum())
    if not yes or not no:
        return 0.5
    _, places, many = np.unique(likely, return_inverse=True, return_counts=True)
    ranks = np.cumsum(many) - (many - 1) / 2  # from 1, the mean of those that are equal
    return float((ranks[places][truth].sum() - yes * (yes + 1) / 2) / (yes * no))


def calibration_error(likely: Numbers, truth: NDArray[np.bool_]) -> float:
    """How far the chances are from the shares that came true, over ten bins of chance; 0 is perfect.

    Where a set holds fewer answerable questions than customers ask, or more, that counts as an error too.
    """
    bins = np.minimum((likely * BINS).astype(int), BINS - 1)
    return float(sum(abs((likely - truth)[bins == n].sum()) for n in range(BINS)) / (len(likely) or 1))


def intervals(scored: Sequence[Scored], seed: int = 0) -> Iterator[tuple[str, list[float]]]:
    """Yield the 95 % bootstrap interval of nDCG, MRR and, where there is one, of the AUROC."""
    asked = [one for one in scored if one.is_ranked]
    for name in ("mrr@10", "ndcg@10"):
        if asked:
            values = np.array([RANKING[name](one) for one in asked])
            yield name, _ends([values[picked].mean() for picked in _resampled(len(values), seed)])
    likely, truth = likelihoods(scored)
    if 0 < truth.sum() < len(truth):
        turns = [auroc(likely[picked], truth[picked]) for picked in _resampled(len(truth), seed)]
        yield "answerable_auroc", _ends(turns)


def compared(scored: Sequence[Scored], before: Sequence[Scored], seed: int = 0) -> dict[str, Any]:
    """Return by figure how much it changed on the questions of both runs, with a 95 % interval (paired bootstrap).

    `sure` says that the interval leaves out 0; `better` is the share of resamples in which it grew.
    """
    earlier = {one.id: one for one in before}
    pairs = [(one, earlier[one.id]) for one in scored if one.id in earlier]
    found: dict[str, Any] = {"questions": len(pairs)}
    ranked = [(now, then) for now, then in pairs if now.is_ranked and then.is_ranked]
    for name, of in RANKING.items():
        if ranked:
            change = np.array([of(now) - of(then) for now, then in ranked])
            found[name] = _change(change.mean(), [change[picked].mean() for picked in _resampled(len(change), seed)])
    now, truth = likelihoods([one for one, _ in pairs])
    then, _ = likelihoods([other for _, other in pairs])
    if 0 < truth.sum() < len(truth):
        turns = [auroc(now[n], truth[n]) - auroc(then[n], truth[n]) for n in _resampled(len(truth), seed)]
        found["answerable_auroc"] = _change(auroc(now, truth) - auroc(then, truth), turns)
    return found


def _resampled(many: int, seed: int) -> Iterator[NDArray[np.int64]]:
    chance = np.random.default_rng(seed)
    return (chance.integers(0, many, many) for _ in range(TURNS))


def _ends(turns: Sequence[float]) -> list[float]:
    return [round(float(end), 4) for end in np.quantile(turns, [0.025, 0.975])]


def _change(change: float, turns: Sequence[float]) -> dict[str, Any]:
    low, high = _ends(turns)
    better = round(float(np.mean(np.array(turns) > 0)), 3)
    return {"change": round(float(change), 4), "interval": [low, high], "sure": low > 0 or high < 0, "better": better}


def _mean(values: Sequence[float] | NDArray[Any]) -> float:
    return round(float(np.mean(values)), 4) if len(values) else 0.0
