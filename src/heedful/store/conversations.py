"""Conversations and the log of what was said in them; an event is written together with its place in the chain."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from heedful import audit
from heedful.audit import Entry
from heedful.errors import InputError, NotFoundError
from heedful.sealing import ContentKey
from heedful.store.batches import Batches
from heedful.store.chain import Chain
from heedful.store.customers import Customer
from heedful.store.database import Database
from heedful.store.receipts import Receipts, State, StoredConversation, place_of, stored
from heedful.store.recording import Draft, Message, Then, Wish, Writing, draft, message_digest, opened
from heedful.store.tables import chain, conversations, events, open_replies
from heedful.store.vault import Recent, Vault
from heedful.values import Channel, Event, Mail

__all__ = ["ConversationStore", "Message", "State", "StoredConversation"]

LONGEST_ID = 200  # characters; of what callers send as ids
REMEMBERED = 10_000  # conversations whose key is known without asking


class ConversationStore(Receipts):
    """The log. Appends of many conversations at once share transactions; each returns when its own is committed.

    What is said is sealed under the customer's key, or, of those who have not proved who they are, under one of the
    conversation's own. `now` gives the time of events that say none.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        ends: Chain,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(database, vault)
        self._chain = ends
        self._now = now
        self._names = vault.secret("names of messages")
        self._keys: Recent[str, ContentKey] = Recent(REMEMBERED)
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
        opted_out: bool = False,
    ) -> str:
        """Begin a conversation and return its id, which cannot be guessed.

        Raises:
            InputError: A text holds what no database can keep.
            StoreError: It was not written.
        """
        conversation_id = f"c_{secrets.token_urlsafe(16)}"
        content = {
            "customer_id": _storable(customer_id, "customer_id"),
            "mail": None if mail is None else dataclasses.asdict(mail),
        }
        row = {
            "id": conversation_id,
            "channel": channel,
            "language": _storable(language, "language"),
            "purpose": _storable(purpose, "purpose"),
            "without_my_data": without_my_data,
            "opted_out": opted_out,
            "state": "open",
            "notice_given": False,
            "opened_at": at,
        }

        def of_customer(connection: sa.Connection, locked: Mapping[str, Customer]) -> ContentKey:
            (mine,) = locked.values()
            return _insert(connection, row, content, mine.key, mine.owner)

        if customer_id is None:
            own = await self._vault.new()
            key = await self._database.transact(lambda connection: _insert(connection, row, content, own))
        else:
            key = await self._customers.change([customer_id], at, of_customer)
        self._keys.keep(conversation_id, key)
        return conversation_id

    async def get(self, conversation_id: str) -> StoredConversation:
        """Return what is kept of a conversation.

        Raises:
            NotFoundError: There is none under that id, or it is being erased.
            StoreError: The database or the key store did not answer.
            SealError: It was changed behind heedful's back.
        """
        if not _is_storable(conversation_id):
            raise NotFoundError("there is no such conversation")
        query = sa.select(conversations).where(conversations.c.id == conversation_id, conversations.c.erasing.is_(None))
        row = await self._database.ask(lambda connection: connection.execute(query).one_or_none())
        key = None if row is None else await self._vault.key(row.key_id)
        if row is None or key is None:
            raise NotFoundError("there is no such conversation")
        self._keys.keep(conversation_id, key)
        return stored(row, key)

    async def add_message(
        self,
        conversation_id: str,
        *,
        text: str,
        client_message_id: str,
        without_my_data: bool,
        at: datetime,
        opted_out: bool = False,
    ) -> Message:
        """Record a customer's message and the reply it will get; the same `client_message_id` gives the same reply.

        Raises:
            NotFoundError: There is no such conversation.
            ConflictError: That `client_message_id` was another message.
            StoreError: Nothing was written.
        """
        _storable(client_message_id, "client_message_id")
        content: dict[str, Any] = {
            "text": text,
            "client_message_id": client_message_id,
            "without_my_data": without_my_data,
        }
        if opted_out:
            content["opted_out"] = True
        reply_id = f"r_{secrets.token_urlsafe(16)}"
        asked = draft(Event("customer", content, reply_id=reply_id, at=at), at)
        name = message_digest(self._names, conversation_id, client_message_id)
        (event,) = await self._batches.ask(Wish(conversation_id, (asked,), message=name))
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
            .join(conversations, conversations.c.id == events.c.conversation_id)
            .outerjoin(chain, chain.c.position == events.c.position)
            .where(events.c.conversation_id == conversation_id, events.c.id > after, conversations.c.erasing.is_(None))
            .order_by(events.c.id)
        )
        if reply_id is not None:
            query = query.where(events.c.reply_id == reply_id)
        key = (await self._keys_of([conversation_id])).get(conversation_id)
        if key is None:
            return ()
        return await self._database.ask(lambda connection: tuple(opened(row, key) for row in connection.execute(query)))

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
            writing = Writing.begin(connection, self._chain, wishes, keys)
            return [writing.take(wish) for wish in wishes], writing.finish()

        await self._chain.begin()
        keys = await self._keys_of({wish.conversation_id for wish in wishes})
        answers, entries = await self._database.transact(work)
        self._chain.committed(entries)
        return answers

    async def _keys_of(self, conversation_ids: Collection[str]) -> dict[str, ContentKey]:
        """Return the key of each conversation there is; one that was used lately is known without asking."""
        found = {name: key for name in conversation_ids if (key := self._keys.get(name)) is not None}
        asked = sorted(name for name in conversation_ids if name not in found and _is_storable(name))
        if asked:
            query = sa.select(conversations.c.id, conversations.c.key_id).where(conversations.c.id.in_(asked))
            rows = await self._database.ask(lambda connection: connection.execute(query).all())
            keys = await self._vault.keys({row.key_id for row in rows})
            for name, key_id in rows:
                if key_id in keys:
                    found[name] = keys[key_id]
                    self._keys.keep(name, keys[key_id])
        return found


def _insert(
    connection: sa.Connection,
    row: Mapping[str, Any],
    content: Mapping[str, Any],
    key: ContentKey,
    owner: str | None = None,
) -> ContentKey:
    """Write a conversation, what says who it is with sealed; return the key."""
    sealed = key.seal(audit.canonical(content).encode(), *place_of(row["id"], owner))
    connection.execute(sa.insert(conversations), [{**row, "owner": owner, "key_id": key.id, "content": sealed}])
    return key


def _following(then: Then, now: datetime) -> Callable[[tuple[Event, ...]], tuple[Draft, ...]]:
    return lambda written: tuple(draft(event, now) for event in then(written))


def _is_storable(text: str) -> bool:
    return len(text) <= LONGEST_ID and text.isprintable()


def _storable(text: str | None, name: str) -> str | None:
    if text is not None and not _is_storable(text):
        raise InputError(f"{name} is longer than {LONGEST_ID} characters or holds control characters")
    return text
