"""Retention: what was to be kept until today goes, a while after the start and then every hour."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from heedful.agreements import Erased
from heedful.errors import HeedfulError

EVERY_S = 3600.0


class Expiring(Protocol):
    """Erases what ran out; `store.erasure` is the one that does."""

    async def expire(self, retention: Mapping[str, int], now: datetime) -> Sequence[Erased]:
        """Erase what is older than the days of its kind; 0 keeps it."""
        ...


async def tend(
    erasures: Expiring,
    retention: Mapping[str, int],
    *,
    now: Callable[[], datetime],
    report: Callable[[BaseException], None],
    every_s: float = EVERY_S,
) -> None:
    """Erase what ran out, again and again, until the caller stops it; what goes wrong is reported and tried again."""
    while any(retention.values()):
        try:
            await erasures.expire(retention, now())
        except HeedfulError as error:
            report(error)
        await asyncio.sleep(every_s)
