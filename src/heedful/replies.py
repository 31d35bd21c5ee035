"""The replies being written in this process: their events as they come, who listens, and what happens when nobody does.

Who follows a conversation listens to each of its replies; whoever sent a message, or sent it again, to that one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

from heedful.values import Event

ARRIVE_S = 5.0  # between a message that was taken and the first look at its reply lies the way of an answer


@dataclass(slots=True, eq=False)
class Running:
    """One reply being written: what it has come to, and whether it was asked to stop."""

    conversation_id: str
    reply_id: str
    events: list[Event] = field(default_factory=list)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False  # there will be no more events
    listeners: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: asyncio.TimerHandle | None = None  # stops it, when nobody has come by then

    @property
    def is_settled(self) -> bool:
        """Whether the end of this reply is in the record."""
        return any(event.type == "done" and event.id is not None for event in self.events)


class Following:
    """What one follower of a conversation has not yet been given."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event] = asyncio.Queue()

    def put(self, event: Event) -> None:
        """Give an event."""
        self._queue.put_nowait(event)

    async def next(self, wait_s: float) -> Event | None:
        """Return the next event; `None` when there has been none for `wait_s` seconds."""
        try:
            async with asyncio.timeout(wait_s):
                return await self._queue.get()
        except TimeoutError:
            return None

    def forget_until(self, event_id: int) -> None:
        """Pass over what came before this event, which the follower has from the record."""
        waiting = []
        with suppress(asyncio.QueueEmpty):
            while True:
                waiting.append(self._queue.get_nowait())
        known = [place for place, event in enumerate(waiting) if event.id is not None and event.id <= event_id]
        for event in waiting[known[-1] + 1 if known else 0 :]:
            self._queue.put_nowait(event)


class Replies:
    """The replies being written.

    One whose last listener has gone is stopped after `abandon_after_s` seconds, one to whom nobody came after at
    least `arrive_s`.
    """

    def __init__(self, abandon_after_s: float, *, arrive_s: float = ARRIVE_S) -> None:
        self._abandon_after_s = abandon_after_s
        self._arrive_s = max(arrive_s, abandon_after_s)
        self._running: dict[str, Running] = {}  # by reply id, in the order they were begun
        self._followers: dict[str, set[Following]] = {}  # by conversation id
        self._turns: dict[str, asyncio.Lock] = {}  # one reply at a time, by conversation
        self._waiting: dict[str, int] = {}

    def begin(self, conversation_id: str, reply_id: str) -> Running:
        """Return a new one; somebody has to come and listen."""
        running = self._running[reply_id] = Running(conversation_id, reply_id)
        self._wait_for_somebody(running, self._arrive_s)
        return running

    def get(self, reply_id: str) -> Running | None:
        """Return a reply that is being written here."""
        return self._running.get(reply_id)

    def of(self, conversation_id: str) -> list[Running]:
        """Return the replies of a conversation, the one being written first, then those that wait for it."""
        return [running for running in self._running.values() if running.conversation_id == conversation_id]

    def stop(self) -> None:
        """Ask every reply to stop."""
        for running in self._running.values():
            running.stopped.set()

    def tell(self, running: Running, event: Event) -> None:
        """Give an event to everyone who listens."""
        running.events.append(event)
        _wake(running)
        self.tell_followers(running.conversation_id, event)

    def tell_followers(self, conversation_id: str, event: Event) -> None:
        """Give an event that is no part of a reply to those who follow the conversation."""
        for following in self._followers.get(conversation_id, ()):
            following.put(event)

    def end(self, running: Running) -> None:
        """Say that there will be no more events."""
        self._running.pop(running.reply_id, None)
        running.is_over = True
        _came(running)
        _wake(running)

    async def listen(self, running: Running) -> AsyncGenerator[Event]:
        """Yield the events of a reply from the first, as they come."""
        running.listeners += 1
        _came(running)
        seen = 0
        try:
            while True:
                moved = running.moved
                while seen < len(running.events):
                    seen += 1
                    yield running.events[seen - 1]
                if running.is_over:
                    return
                await moved.wait()
        finally:
            running.listeners -= 1
            self._left(running)

    @contextmanager
    def follow(self, conversation_id: str) -> Iterator[Following]:
        """Give what is told of a conversation from now on."""
        mine = Following()
        self._followers.setdefault(conversation_id, set()).add(mine)
        for running in self.of(conversation_id):
            _came(running)
        try:
            yield mine
        finally:
            self._followers[conversation_id].discard(mine)
            if not self._followers[conversation_id]:
                del self._followers[conversation_id]
            for running in self.of(conversation_id):
                self._left(running)

    @asynccontextmanager
    async def turn(self, conversation_id: str) -> AsyncIterator[None]:
        """Wait until the replies that this conversation began before are written; the next one waits for this."""
        lock = self._turns.setdefault(conversation_id, asyncio.Lock())
        self._waiting[conversation_id] = self._waiting.get(conversation_id, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._waiting[conversation_id] -= 1
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id], self._turns[conversation_id]

    def _left(self, running: Running) -> None:
        """Note that a listener has gone."""
        self._wait_for_somebody(running, self._abandon_after_s)

    def _wait_for_somebody(self, running: Running, wait_s: float) -> None:
        if running.listeners or running.is_over or self._followers.get(running.conversation_id):
            return
        running.leaving = asyncio.get_running_loop().call_later(wait_s, running.stopped.set)


def _came(running: Running) -> None:
    if running.leaving is not None:
        running.leaving.cancel()
        running.leaving = None


def _wake(running: Running) -> None:
    moved, running.moved = running.moved, asyncio.Event()
    moved.set()
