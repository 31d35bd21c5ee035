"""Two sides that answered the same questions: how much they differ, and how likely chance alone would do that."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Any

import numpy as np

TURNS = 2_000  # resamples of a bootstrap; the ends of a 95 % interval then stand to about a hundredth of its width
SURE = 0.05  # p below it is called sure: one such figure in twenty is so by chance alone


def sign_test(first: int, second: int) -> float:
    """Return the exact two-sided p of a split at least as uneven as this one, when either side is as likely."""
    many, fewer = first + second, min(first, second)
    as_uneven: int = sum(comb(many, k) for k in range(fewer + 1))
    return min(1.0, 2 * as_uneven / float(2**many))


def rates(a: Sequence[bool], b: Sequence[bool]) -> dict[str, Any]:
    """Return the share of yes on each side, and the exact test on the questions in which they differ (McNemar's)."""
    only_a = sum(one and not other for one, other in zip(a, b, strict=True))
    only_b = sum(other and not one for one, other in zip(a, b, strict=True))
    p = sign_test(only_a, only_b)
    return {**_sides(a, b), "n": len(a), "only_a": only_a, "only_b": only_b, "p": round(p, 4), "sure": p < SURE}


def means(a: Sequence[float], b: Sequence[float], seed: int = 0) -> dict[str, Any]:
    """Return the mean of each side, and the 95 % interval of their difference (paired bootstrap)."""
    found = {**_sides(a, b), "n": len(a)}
    if not len(a):
        return {**found, "interval": [0.0, 0.0], "sure": False}
    change = np.array(b, float) - np.array(a, float)
    chance = np.random.default_rng(seed)
    turns = [change[chance.integers(0, len(change), len(change))].mean() for _ in range(TURNS)]
    low, high = (round(float(end), 4) for end in np.quantile(turns, [0.025, 0.975]))
    return {**found, "interval": [low, high], "sure": low > 0 or high < 0}


def _sides(a: Sequence[float], b: Sequence[float]) -> dict[str, float]:
    first, second = (float(np.mean(np.array(side, float))) if len(side) else 0.0 for side in (a, b))
    return {"a": round(first, 4), "b": round(second, 4), "change": round(second - first, 4)}
