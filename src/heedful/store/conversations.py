"""Conversations and the log of what was said in them; an event is written together with its place in the chain."""

from __future__ import annotations

import dataclasses
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from heedful import audit
from heedful.audit import Entry
from heedful.errors import InputError, NotFoundError, StoreError
from heedful.store.batches import Batches
from heedful.store.chain import Chain
from heedful.store.database import Database
from heedful.store.recording import Draft, Message, Then, Wish, Writing, draft
from heedful.store.tables import chain, conversations, events, open_replies
from heedful.values import Channel, Event, Mail, Recipient

State = Literal["open", "handed_off", "closed"]
LONGEST_ID = 200  # characters; of what callers send as ids


@dataclasses.dataclass(frozen=True, slots=True)
class StoredConversation:
    """What is kept of a conversation besides its events."""

    id: str
    channel: Channel
    language: str | None
    customer_id: str | None
    purpose: str | None
    without_my_data: bool
    state: State
    notice_given: bool
    opened_at: datetime
    mail: Mail | None


class ConversationStore:
    """The log. Appends of many conversations at once share transactions; each returns when its own is committed.

    `key` is the audit chain's (`MasterKey.derive("audit chain")`), `head_file` lies outside the database,
    `now` gives the time of events that say none.
    """

    def __init__(
        self,
        database: Database,
        key: bytes,
        head_file: Path,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._chain = Chain(database, key, head_file)
        self._now = now
        self._batches = Batches[Wish, tuple[Event, ...]](self._write)

    async def close(self) -> None:
        """Wait for what is being written, and write the chain's head outside the database."""
        await self._batches.close()
        await self._chain.close()

    async def open(
        self,
        *,
        channel: Channel,
        language: str | None,
        customer_id: str | None,
        purpose: str | None,
        without_my_data: bool,
        mail: Mail | None,
        at: datetime,
    ) -> str:
        """Begin a conversation and return its id, which cannot be guessed.

        Raises:
            InputError: A text holds what no database can keep.
            StoreError: It was not written.
        """
        conversation_id = f"c_{secrets.token_urlsafe(16)}"
        row = {
            "id": conversation_id,
            "channel": channel,
            "language": _storable(language, "language"),
            "customer_id": _storable(customer_id, "customer_id"),
            "purpose": _storable(purpose, "purpose"),
            "without_my_data": without_my_data,
            "mail": None if mail is None else audit.canonical(dataclasses.asdict(mail)),
            "state": "open",
            "notice_given": False,
            "opened_at": at,
        }
        async with self._database.write() as connection:
            await connection.execute(sa.insert(conversations), [row])
        return conversation_id

    async def get(self, conversation_id: str) -> StoredConversation:
        """Return what is kept of a conversation.

        Raises:
            NotFoundError: There is none under that id.
            StoreError: The database did not answer.
        """
        if not _is_storable(conversation_id):
            raise NotFoundError("there is no such conversation")
        query = sa.select(conversations).where(conversations.c.id == conversation_id)
        row = await self._database.ask(lambda connection: connection.execute(query).mappings().one_or_none())
        if row is None:
            raise NotFoundError("there is no such conversation")
        return StoredConversation(**{**row, "mail": _mail(row["mail"])})

    async def add_message(
        self, conversation_id: str, *, text: str, client_message_id: str, without_my_data: bool, at: datetime
    ) -> Message:
        """Record a customer's message and the reply it will get; the same `client_message_id` gives the same reply.

        Raises:
            NotFoundError: There is no such conversation.
            ConflictError: That `client_message_id` was another message.
            StoreError: Nothing was written.
        """
        _storable(client_message_id, "client_message_id")
        content = {"text": text, "client_message_id": client_message_id, "without_my_data": without_my_data}
        reply_id = f"r_{secrets.token_urlsafe(16)}"
        asked = draft(Event("customer", content, reply_id=reply_id, at=at), at)
        (event,) = await self._batches.ask(Wish(conversation_id, (asked,), client_message_id=client_message_id))
        return Message(event.reply_id, event.reply_id == reply_id, event)

    async def record(
        self, conversation_id: str, events: Sequence[Event], then: Then | None = None
    ) -> tuple[Event, ...]:
        """Write events with their places in the audit chain, in one transaction; return them as `events` gives them.

        `then` is given them so, and what it returns is written behind them in the same transaction.

        A `receipt` comes back with its `salt` and its `chain` position and hash; those it came with are left out.
        `status` events are seen live only: they come back as they are, unwritten.

        Raises:
            InputError: A content is not JSON, or it is a message with a `client_message_id` (see `add_message`).
            NotFoundError: There is no such conversation.
            StoreError: Nothing was written; nothing may leave.
        """
        if any(event.type == "customer" and "client_message_id" in event.content for event in events):
            raise InputError("a message with a client_message_id is recorded by add_message, which looks for the same")
        now = self._now()
        drafts = tuple(draft(event, now) for event in events if event.type != "status")
        if not drafts:
            return tuple(events)
        following = None if then is None else _following(then, now)
        written = iter(await self._batches.ask(Wish(conversation_id, drafts, then=following)))
        return (*(event if event.type == "status" else next(written) for event in events), *written)

    async def events(self, conversation_id: str, *, after: int = 0, reply_id: str | None = None) -> tuple[Event, ...]:
        """Return the recorded events with an id above `after`, oldest first; those of one reply when it is named.

        A reply's events begin with the customer's message. A conversation that does not exist has none.

        Raises:
            StoreError: The database did not answer.
        """
        if not _is_storable(conversation_id):
            return ()
        query = (
            sa.select(events, chain.c.link)
            .select_from(events)
            .outerjoin(chain, chain.c.position == events.c.position)
            .where(events.c.conversation_id == conversation_id, events.c.id > after)
            .order_by(events.c.id)
        )
        if reply_id is not None:
            query = query.where(events.c.reply_id == reply_id)
        return await self._database.ask(
            lambda connection: tuple(_event(row) for row in connection.execute(query).mappings())
        )

    async def set_state(self, conversation_id: str, state: State, *, at: datetime) -> None:
        """Move a conversation to another state and record that as a `state` event; nothing when it is there already.

        Raises:
            NotFoundError: There is no such conversation.
            StoreError: Nothing was written.
        """
        change = draft(Event("state", {"state": state}, at=at), at)
        await self._batches.ask(Wish(conversation_id, (change,), state=state))

    async def mark_notice_given(self, conversation_id: str) -> None:
        """Note that the customer has been told that an AI answers.

        Raises:
            StoreError: It was not written.
        """
        given = sa.update(conversations).where(conversations.c.id == conversation_id).values(notice_given=True)
        async with self._database.write() as connection:
            await connection.execute(given)

    async def unfinished(self) -> tuple[tuple[str, str], ...]:
        """Return (conversation id, reply id) of each message whose reply has no `done`: what a crash cut off.

        Raises:
            StoreError: The database did not answer.
        """
        query = sa.select(open_replies.c.conversation_id, open_replies.c.reply_id).order_by(*open_replies.c)
        rows = await self._database.ask(lambda connection: connection.execute(query).all())
        return tuple((conversation_id, reply_id) for conversation_id, reply_id in rows)

    async def _write(self, wishes: Sequence[Wish]) -> Sequence[tuple[Event, ...] | InputError]:
        """Write what many callers wish in one transaction."""

        def work(connection: sa.Connection) -> tuple[list[tuple[Event, ...] | InputError], tuple[Entry, ...]]:
            writing = Writing.begin(connection, self._chain, wishes)
            return [writing.take(wish) for wish in wishes], writing.finish()

        await self._chain.begin()
        answers, entries = await self._database.transact(work)
        self._chain.committed(entries)
        return answers


def _following(then: Then, now: datetime) -> Callable[[tuple[Event, ...]], tuple[Draft, ...]]:
    return lambda written: tuple(draft(event, now) for event in then(written))


def _event(row: Mapping[Any, Any]) -> Event:
    try:
        content = json.loads(row["content"])
    except ValueError as error:
        raise StoreError("an event in the database can't be read; run `heedful audit verify`") from error
    if row["type"] == "receipt":
        place = {"position": row["position"], "hash": bytes(row["link"] or b"").hex()}
        content |= {"salt": bytes(row["salt"]).hex(), "chain": place}
    return Event(row["type"], content, id=row["id"], reply_id=row["reply_id"], at=row["at"])


def _mail(text: str | None) -> Mail | None:
    if text is None:
        return None
    content = json.loads(text)
    recipients = tuple(Recipient(**recipient) for recipient in content.pop("recipients"))
    verified = tuple(content.pop("verified_addresses"))
    return Mail(**content, recipients=recipients, verified_addresses=verified)


def _is_storable(text: str) -> bool:
    return len(text) <= LONGEST_ID and text.isprintable()


def _storable(text: str | None, name: str) -> str | None:
    if text is not None and not _is_storable(text):
        raise InputError(f"{name} is longer than {LONGEST_ID} characters or holds control characters")
    return text
