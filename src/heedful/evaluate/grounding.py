"""`heedful eval grounding`: how well the support of a reply by its passages tells true replies from others."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heedful.canonical import normalise
from heedful.evaluate.items import Figures, Judged, read, share, split, write_misses
from heedful.guard import case_from_json, ungrounded
from heedful.guard.sentences import sentences
from heedful.guard.support import words

THRESHOLD = 0.6  # of support; the guard itself stops a reply for its figures alone
FIGURES = 0.25  # what a figure that nothing supports takes away
TELLING = 3  # words in a sentence for its support to mean something


@dataclass(frozen=True, slots=True)
class _Scored:
    item: Mapping[str, Any]
    score: float


async def evaluate(items: Path, misses: Path | None = None) -> Figures:
    """Return the figures that FORMATS names for `grounding`; write what was wrong to `misses`, one object a line.

    Raises:
        InputError: The file can't be read, or a line is no item; says which line.
    """

    def work() -> Figures:
        scored = [_Scored(item, support(item)) for item in read(items, "question", "reply", "passages", "label")]
        if misses is not None:
            write_misses((Judged(one.item, one.score >= THRESHOLD) for one in scored), misses)
        return split(scored, lambda one: one.item, _figures)

    return await asyncio.to_thread(work)


def support(item: Mapping[str, Any]) -> float:
    """Return from 0 to 1 how far the passages support the reply: the mean of its sentences and the weakest of them."""
    passages = [str(text) for text in item["passages"]]
    source = frozenset().union(*map(words, passages))
    said = [words(sentence.text) for sentence in sentences(normalise(str(item["reply"])))]
    shares = [len(one & source) / len(one) for one in said if len(one) >= TELLING] or [1.0]
    case = case_from_json(
        {
            "draft": str(item["reply"]), "question": str(item["question"]), "channel": "chat",
            "purpose": "customer_care", "lang": str(item.get("lang", "en")),
            "passages": [{"id": str(number), "text": text} for number, text in enumerate(passages)],
        }
    )  # fmt: skip
    unsupported = FIGURES if any(True for _ in ungrounded.rule(case)) else 0.0
    return max(0.0, 0.5 * min(shares) + 0.5 * sum(shares) / len(shares) - unsupported)


def _figures(scored: Sequence[_Scored]) -> Figures:
    true = sorted(one.score for one in scored if one.item["label"])
    false = sorted(one.score for one in scored if not one.item["label"])
    above = sum((bisect_left(false, score) + bisect_right(false, score)) / 2 for score in true)
    kept = share(sum(score >= THRESHOLD for score in true), len(true))
    stopped = share(sum(score < THRESHOLD for score in false), len(false))
    return {
        "n": len(scored),
        "auc": share(above, len(true) * len(false)),
        "balanced_accuracy": round((kept + stopped) / 2, 4),
        "threshold": THRESHOLD,
    }
