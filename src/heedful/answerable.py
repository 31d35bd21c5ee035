"""How likely it is that the passages found answer the question: one logistic curve per kind of evidence."""

from __future__ import annotations

import math

from heedful import learned
from heedful.signs import Signs

__all__ = ["THRESHOLD", "UNSURE", "Signs", "answerable"]

THRESHOLD = 0.5
# Customers ask short: "When does my parcel come?" shares one word with its answer. That both are about delivery is
# worth this much on the curve, judged on thirty questions of our own: 0.3 becomes 0.57. No kind takes nothing away.
SAME_KIND = 1.1
# From here up to the threshold the passages are given, and the writer says that it is not sure.
UNSURE = 0.45


def answerable(signs: Signs) -> float:
    """Return from 0 to 1 how likely the best passages answer the question; 0 when nothing was found."""
    if not signs.found:
        return 0.0
    alone = "crossed" if signs.is_crossed else signs.language
    curve = learned.curve(alone if signs.is_crossed or signs.cosine is None else "vectors")
    height = curve.start + sum(weight * (getattr(signs, name) or 0.0) for name, weight in curve.weights.items())
    height += SAME_KIND * signs.is_same_kind
    return 1 / (1 + math.exp(-height))
