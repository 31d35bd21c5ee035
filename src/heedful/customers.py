"""Customers' own data, put together for the surfaces: the customer's doors, the company's, receipts, the export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from heedful.company import Company
from heedful.control import Control
from heedful.control_stores import Erasing, Kept, Replying, Spoken
from heedful.exports import export
from heedful.phrases import Phrases
from heedful.policy import Policy
from heedful.ports import ProfileStore
from heedful.receipts import Receipts
from heedful.values import ModelName

WORDS = "your_data"  # the folder of the prompts that holds what customers read about their own data


@dataclass(frozen=True, slots=True)
class Stores:
    """Where customers' data is kept. `held` is where a reply looks a customer up; `drop` makes it forget somebody."""

    held: ProfileStore
    kept: Kept
    log: Spoken
    erasures: Erasing
    drop: Callable[[str], None] = lambda _customer_id: None


@dataclass(frozen=True, slots=True)
class Customers:
    """What customers may do, what the company may do, and what both may read."""

    control: Control
    company: Company
    receipts: Receipts
    words: Phrases
    policy: Policy
    log: Spoken
    now: Callable[[], datetime]

    async def export(self, customer_id: str, language: str) -> dict[str, Any]:
        """Return everything that is held about a customer."""
        return await export(
            customer_id,
            language,
            control=self.control,
            log=self.log,
            receipts=self.receipts,
            policy=self.policy,
            at=self.now(),
        )


def customers_of(
    stores: Stores,
    *,
    policy: Policy,
    words: Phrases,
    model: ModelName,
    now: Callable[[], datetime],
    replying: Replying | None = None,
) -> Customers:
    """Return the doors over these stores; `replying` ends the replies under way before an erasure."""
    control = Control(
        held=stores.held,
        kept=stores.kept,
        log=stores.log,
        erasures=stores.erasures,
        policy=policy,
        words=words,
        model=model,
        now=now,
        replying=replying,
        drop=stores.drop,
    )
    return Customers(
        control=control,
        company=Company(kept=stores.kept, erasures=stores.erasures, policy=policy, model=model, now=now),
        receipts=Receipts(stores.log, policy=policy, words=words),
        words=words,
        policy=policy,
        log=stores.log,
        now=now,
    )
