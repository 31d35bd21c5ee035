"""What the log of conversations looks like to those who use it; `store.conversations` is the one that keeps it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, Protocol

from heedful.values import Channel, Event, Mail

State = Literal["open", "handed_off", "closed"]


class Stored(Protocol):
    """What the log knows of a conversation besides its events."""

    @property
    def id(self) -> str: ...
    @property
    def channel(self) -> Channel: ...
    @property
    def language(self) -> str | None: ...
    @property
    def customer_id(self) -> str | None: ...
    @property
    def purpose(self) -> str | None: ...
    @property
    def without_my_data(self) -> bool: ...
    @property
    def opted_out(self) -> bool: ...
    @property
    def state(self) -> State: ...
    @property
    def notice_given(self) -> bool: ...
    @property
    def opened_at(self) -> datetime: ...
    @property
    def mail(self) -> Mail | None: ...


class Accepted(Protocol):
    """A message as the log took it."""

    @property
    def reply_id(self) -> str: ...
    @property
    def is_new(self) -> bool: ...
    @property
    def event_id(self) -> int: ...


class Log(Protocol):
    """Keeps conversations and the events in them."""

    async def open(
        self,
        *,
        channel: Channel,
        language: str | None,
        customer_id: str | None,
        purpose: str | None,
        without_my_data: bool,
        opted_out: bool,
        mail: Mail | None,
        at: datetime,
    ) -> str: ...
    async def get(self, conversation_id: str) -> Stored: ...
    async def add_message(
        self,
        conversation_id: str,
        *,
        text: str,
        client_message_id: str,
        without_my_data: bool,
        opted_out: bool,
        at: datetime,
    ) -> Accepted: ...
    async def record(
        self,
        conversation_id: str,
        events: Sequence[Event],
        then: Callable[[tuple[Event, ...]], Sequence[Event]] | None = None,
    ) -> tuple[Event, ...]: ...
    async def events(
        self, conversation_id: str, *, after: int = 0, reply_id: str | None = None
    ) -> tuple[Event, ...]: ...
    async def set_state(self, conversation_id: str, state: State, *, at: datetime) -> None: ...
    async def mark_notice_given(self, conversation_id: str) -> None: ...
    async def unfinished(self) -> Sequence[tuple[str, str]]: ...
