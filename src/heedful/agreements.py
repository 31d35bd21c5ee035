"""The frozen values of what customers may do with their data: offers, corrections, holds, erasures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

ErasedWhy = Literal["asked", "retention", "company"]


@dataclass(frozen=True, slots=True)
class Offer:
    """The offer to remember something the customer said: stored only on a yes, `sentence` being the notice."""

    id: str
    fact: str
    value: str
    category: str
    purpose: str
    sentence: str  # as it was released to the customer, word for word
    language: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A customer's request to change a fact that the company owns."""

    id: str
    fact: str
    value: str  # as it should be
    at: datetime
    state: Literal["open", "done", "declined"] = "open"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """A company's legal hold on one customer's data: nothing is erased while it stands, and the customer is told."""

    customer_id: str
    reason: str  # in words the customer may read
    since: datetime


@dataclass(frozen=True, slots=True)
class Erased:
    """An erasure receipt: how much went from where, when, and its place in the audit chain. It names nobody."""

    id: str
    at: datetime
    why: ErasedWhy
    counts: Mapping[str, int]  # by store: facts, consents, conversations, events, receipts, offers, corrections, keys …
    salt: str = ""
    chain: Mapping[str, Any] = field(default_factory=dict)  # {position, hash}
