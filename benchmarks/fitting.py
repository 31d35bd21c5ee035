"""Logistic curves over few questions: held small, never falling, and calibrated on questions they have not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Table:
    """Signs as numbers: one row a question and help centre."""

    signs: Array
    truth: Array
    counts: Array
    folds: NDArray[np.int64]
    centres: NDArray[np.str_]


def fit(rows: Table, keep: NDArray[np.bool_], ridge: float) -> tuple[Array, float]:
    """Return weights, none below 0, and the start of a logistic curve."""
    signs, truth, counts = rows.signs[keep], rows.truth[keep], rows.counts[keep] / rows.counts[keep].sum()
    middle = np.average(signs, axis=0, weights=counts)
    wide = np.sqrt(np.average((signs - middle) ** 2, axis=0, weights=counts)) + 1e-9
    scaled, weights, start = (signs - middle) / wide, np.zeros(signs.shape[1]), 0.0
    for _ in range(2_000):
        wrong = counts * (1 / (1 + np.exp(-(scaled @ weights + start))) - truth)
        weights = np.maximum(weights - scaled.T @ wrong - ridge * weights, 0.0)
        start -= wrong.sum()
    return weights / wide, float(start - (weights / wide * middle).sum())


def curve(rows: Table, names: Sequence[str], ridge: float) -> tuple[dict[str, float], Array]:
    """Return a curve, and the chances it gives to questions it has not seen; its slope is that of unseen ones."""
    heights = np.zeros(len(rows.truth))
    for n in range(FOLDS):
        weights, start = fit(rows, rows.folds != n, ridge)
        heights[rows.folds == n] = rows.signs[rows.folds == n] @ weights + start
    everyone = np.ones(len(heights), bool)
    slope, shift = fit(Table(heights[:, None], rows.truth, rows.counts, rows.folds, rows.centres), everyone, 0.0)
    weights, start = fit(rows, everyone, ridge)
    found = {"start": start * slope[0] + shift}
    found |= {sign: weight * slope[0] for sign, weight in zip(names, weights, strict=True) if weight > 0}
    return found, 1 / (1 + np.exp(-(heights * slope[0] + shift)))


def report(rows: Table, likely: Array) -> str:
    """Return the area under the ROC curve by kind of help centre, and how far from the truth the chances are."""
    parts = []
    for name, kinds in (("46 articles", ("whole", "out")), ("20 to 30", ("20", "30")), ("1 to 5", ("1", "3", "5"))):
        here = np.isin(rows.centres, kinds)
        if not here.any():
            continue
        yes, no = likely[here & (rows.truth > 0)], likely[here & (rows.truth == 0)]
        parts.append(f"{name} {np.mean((yes[:, None] > no) + 0.5 * (yes[:, None] == no)):.3f}")
        parts.append(f"({np.mean(yes >= 0.5):.2f} of those there answered, {np.mean(no >= 0.5):.2f} of the others)")
    place = np.minimum((likely * 10).astype(int), 9)
    off = 0.0
    for n in range(10):
        here = place == n
        off += abs((rows.counts[here] * (likely[here] - rows.truth[here])).sum())
    return " ".join(parts) + f"; calibration error {off:.3f}"
