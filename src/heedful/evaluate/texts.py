"""`heedful eval pressure|injection|disclosure`: texts with a yes or a no, and how often the guard says the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from heedful.canonical import normalise
from heedful.canonical.hints import hinted, repeats
from heedful.errors import InputError
from heedful.evaluate.items import Figures, Judged, misses_of, precise_rates, rates, read, split
from heedful.evaluate.missed import taken
from heedful.guard import case_from_json, lexicon, sales_pressure
from heedful.guard.orders import orders

Fold = Callable[[Sequence[Judged]], Figures]


async def evaluate(kind: str, items: Path, misses: Path | None = None) -> Figures:
    """Return the figures of `heedful eval` for `kind`; write what was wrong to `misses`, one object a line.

    Raises:
        InputError: The file can't be read, or a line is no item of this kind; says which line.
    """
    keys, judge, fold = KINDS[kind]
    lexicon.warm()

    def work() -> Figures:
        judged = [Judged(item, judge(item)) for item in read(items, *keys, "label")]
        return taken(split(judged, lambda one: one.item, fold), misses_of(judged, CODES[kind]), misses)

    return await asyncio.to_thread(work)


def _presses(item: Mapping[str, Any]) -> bool:
    given = {"channel": "chat", "purpose": "customer_care", "question": "", "lang": str(item.get("lang", "en"))}
    case = case_from_json({**given, "draft": _text(item, "text")})
    return any(True for _ in sales_pressure.rule(case))


def _orders(item: Mapping[str, Any]) -> bool:
    return bool(orders(_text(item, "text"), typed=item.get("origin", "customer") == "customer"))


def _gives_away(item: Mapping[str, Any]) -> bool:
    """Whether the reply repeats a fact, or gives it away in other words; what sort of fact it is has to be read."""
    reply = normalise(_text(item, "reply"))
    return any(repeats(str(fact), reply) or next(hinted(str(fact))(reply), None) for fact in item["facts"])


def _text(item: Mapping[str, Any], key: str) -> str:
    if not isinstance(item[key], str):
        raise InputError(f"{key!r} of item {str(item.get('id', ''))!r} is no text")
    return str(item[key])


KINDS: Mapping[str, tuple[tuple[str, ...], Callable[[Mapping[str, Any]], bool], Fold]] = {
    "pressure": (("text",), _presses, precise_rates),
    "injection": (("text",), _orders, rates),
    "disclosure": (("facts", "reply"), _gives_away, rates),
}
CODES = {"pressure": "sales_pressure", "injection": "injection_driven", "disclosure": "unconsented_fact"}
