"""How a reply ends that did not come to its own end: recorded, now or as soon as the record takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from heedful.conversation_log import Log
from heedful.errors import NotFoundError, StoreError
from heedful.problems import problem
from heedful.values import Event, EventType

INTERRUPTED = problem(
    503,
    "interrupted",
    "This reply was interrupted while it was being written. What is above was checked and stays; please ask again.",
)


def ending(reply_id: str, found: Mapping[str, Any], at: datetime | None = None) -> tuple[Event, ...]:
    """Return the events that end a reply with a problem."""
    kinds: tuple[tuple[EventType, Mapping[str, Any]], ...] = (("error", found), ("done", {"interrupted": True}))
    return tuple(Event(kind, content, reply_id=reply_id, at=at) for kind, content in kinds)


class Ends:
    """Records ends, and keeps those that the record did not take, to try again."""

    def __init__(self, log: Log, now: Callable[[], datetime]) -> None:
        self._log = log
        self._now = now
        self._unsettled: dict[str, str] = {}  # reply → conversation

    async def record(self, conversation_id: str, reply_id: str, found: Mapping[str, Any]) -> tuple[Event, ...]:
        """Record an end; return its events as recorded.

        Raises:
            StoreError: They were not.
            NotFoundError: The conversation is gone.
        """
        return await self._log.record(conversation_id, ending(reply_id, found, self._now()))

    def keep(self, conversation_id: str, reply_id: str) -> None:
        """Note that the end of this reply is still to be recorded."""
        self._unsettled[reply_id] = conversation_id

    async def settle(self, conversation_id: str) -> None:
        """Record the ends that the record did not take when they came, if it takes them now."""
        lost = [reply_id for reply_id, place in self._unsettled.items() if place == conversation_id]
        with suppress(StoreError, NotFoundError):
            for reply_id in lost:
                if self._unsettled.pop(reply_id, None) is None:
                    continue
                try:
                    await self.record(conversation_id, reply_id, INTERRUPTED)
                except StoreError:
                    self._unsettled[reply_id] = conversation_id
                    raise

    async def settle_all(self) -> None:
        """Do that for every conversation."""
        for conversation_id in set(self._unsettled.values()):
            await self.settle(conversation_id)
