"""The protocols a company may bring its own of, and the faces by which the core knows the store.

Each protocol has one contract suite (`tests/contract/`) that every adapter passes, the built-in ones too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from heedful.values import Consent, Event, Fact, ModelName, Passage, Prompt

Vectors = NDArray[np.float32]  # shape (n, dimensions), each row of length 1


@runtime_checkable
class ChatModel(Protocol):
    """Writes the words of a draft."""

    @property
    def model(self) -> ModelName:
        """Which model this is, and where it runs."""
        ...

    def stream(self, prompt: Prompt) -> AsyncIterator[str]:
        """Yield the draft piece by piece, as the model gives it; closing the iterator cancels the call.

        Raises:
            ModelError: No answer, or an answer cut off; `retryable` when the same call may succeed. Retries
                before the first piece are the adapter's own; after the first piece it never retries.
        """
        ...


@runtime_checkable
class Embedder(Protocol):
    """Turns text into vectors."""

    @property
    def name(self) -> str:
        """Model and revision; vectors of different names are never compared."""
        ...

    @property
    def dimensions(self) -> int:
        """How wide a vector is."""
        ...

    @property
    def languages(self) -> frozenset[str] | None:
        """The languages it knows well enough to rank with, as `en`; `None` for all."""
        ...

    @property
    def in_process(self) -> bool:
        """Whether texts stay in this process; what another reads has placeholders in place of values."""
        ...

    async def embed(self, texts: Sequence[str], *, role: Literal["passage", "question"]) -> Vectors:
        """Return one unit-length row per text, in order.

        Raises:
            UpstreamError: The embedder did not answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage id and how near it is: from 0 (far) to 1 (same)."""

    id: str
    score: float


@runtime_checkable
class VectorIndex(Protocol):
    """Keeps vectors by passage id, in collections that share nothing (one per language and trust)."""

    async def upsert(self, collection: str, ids: Sequence[str], vectors: Vectors) -> None:
        """Add rows, replacing those with the same id."""
        ...

    async def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Remove rows; ids that are not there are passed over."""
        ...

    async def nearest(self, collection: str, vector: Vectors, limit: int) -> tuple[Hit, ...]:
        """Return at most `limit` hits for one row (shape (dimensions,) or (1, dimensions)), nearest first.

        Raises:
            IndexUnavailableError: The index did not answer. A collection that does not exist has no hits.
        """
        ...

    async def ids(self, collection: str) -> frozenset[str]:
        """Return every id in a collection; none when it does not exist."""
        ...

    async def collections(self) -> frozenset[str]:
        """Return the names of the collections there are."""
        ...

    async def drop(self, collection: str) -> None:
        """Remove a collection and all in it; nothing when it is not there."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Profile:
    """All the company holds about one customer, and what they have agreed to. Only the consent door reads it."""

    customer_id: str
    facts: tuple[Fact, ...] = ()
    consents: tuple[Consent, ...] = ()  # in the order they were recorded
    is_whole: bool = True  # False: one of several stores did not answer, and what it holds is not here

    def __repr__(self) -> str:
        return "Profile(…)"


@runtime_checkable
class ProfileStore(Protocol):
    """Where customers' facts and consents are kept; a company may have its own."""

    async def profile(self, customer_id: str) -> Profile | None:
        """Return what is held about this customer; `None` when nothing is.

        Raises:
            StoreError, UpstreamError: It did not answer; the reply is then written without the profile.
        """
        ...

    def digest(self, canonical: str) -> str:
        """Return the keyed digest under which the holders of a value are found, by the value's canonical form."""
        ...

    async def holders(self, digests: Sequence[str]) -> Mapping[str, frozenset[str]] | None:
        """Return, for each keyed digest of a value that somebody holds, the ids of those customers.

        `None` when this store can't look values up; the check is then named as absent.
        """
        ...


class EventLog(Protocol):
    """The record that everything a customer is shown goes through first."""

    async def record(
        self,
        conversation_id: str,
        events: Sequence[Event],
        then: Callable[[tuple[Event, ...]], Sequence[Event]] | None = None,
    ) -> tuple[Event, ...]:
        """Write the events with their places in the audit chain, in one transaction; return them with ids.

        `then` is given the events as they are recorded; what it returns follows them, in the same transaction.

        Raises:
            StoreError: Nothing was written; nothing may leave.
        """
        ...


class PassageSource(Protocol):
    """Where passages are kept; the indexes hold only ids."""

    async def passages(self, ids: Sequence[str]) -> Mapping[str, Passage]:
        """Return the passages that still exist among `ids`; a deleted one is simply not there."""
        ...

    async def index_version(self) -> int:
        """Return a number that grows with each change of the knowledge."""
        ...
