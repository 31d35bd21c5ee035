"""`heedful eval grounding`: how well the support of a reply by its passages tells true replies from others."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from heedful.canonical import normalise
from heedful.evaluate.items import Figures, read, share, split
from heedful.evaluate.missed import Miss, Wrong, taken
from heedful.guard import case_from_json, ungrounded
from heedful.guard.grounding import SUPPORTED
from heedful.guard.grounding import support as support_of

FIGURES = 0.25  # what a figure that nothing supports takes away: the guard stops a reply for it alone


@dataclass(frozen=True, slots=True)
class _Scored:
    item: Mapping[str, Any]
    score: float

    @property
    def is_right(self) -> bool:
        return bool(self.item["label"]) == (self.score >= SUPPORTED)


async def evaluate(items: Path, misses: Path | None = None) -> Figures:
    """Return the figures of `heedful eval grounding`; write what was wrong to `misses`, one object a line.

    Raises:
        InputError: The file can't be read, or a line is no item; says which line.
    """

    def work() -> Figures:
        scored = [_Scored(item, support(item)) for item in read(items, "question", "reply", "passages", "label")]
        return taken(
            split(scored, lambda one: one.item, _figures), [_miss(one) for one in scored if not one.is_right], misses
        )

    return await asyncio.to_thread(work)


def support(item: Mapping[str, Any]) -> float:
    """Return from 0 to 1 how far the passages support the reply; what the guard finds in it takes some away."""
    passages = [str(text) for text in item["passages"]]
    case = case_from_json(
        {
            "draft": str(item["reply"]), "question": str(item["question"]), "channel": "chat",
            "purpose": "customer_care", "lang": str(item.get("lang", "en")),
            "passages": [{"id": str(number), "text": text} for number, text in enumerate(passages)],
        }
    )  # fmt: skip
    unsupported = FIGURES if any(True for _ in ungrounded.rule(case)) else 0.0
    return max(0.0, support_of(normalise(str(item["reply"])), passages) - unsupported)


def _miss(one: _Scored) -> Miss:
    """A reply that nothing supports and that passed was missed; one that is supported and did not is a false alarm."""
    kind: Literal["missed", "false_alarm"] = "false_alarm" if one.item["label"] else "missed"
    return Miss({**one.item, "score": round(one.score, 4)}, (Wrong(kind, ungrounded.CODE),))


def _figures(scored: Sequence[_Scored]) -> Figures:
    true = sorted(one.score for one in scored if one.item["label"])
    false = sorted(one.score for one in scored if not one.item["label"])
    above = sum((bisect_left(false, score) + bisect_right(false, score)) / 2 for score in true)
    kept = share(sum(score >= SUPPORTED for score in true), len(true))
    stopped = share(sum(score < SUPPORTED for score in false), len(false))
    return {
        "n": len(scored),
        "auc": share(above, len(true) * len(false)),
        "balanced_accuracy": round((kept + stopped) / 2, 4),
        "threshold": SUPPORTED,
    }
