"""One transaction of the record: the wishes of many callers become events, and entries of the chain behind its head."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from heedful import audit
from heedful.audit import Entry, Head, Record
from heedful.errors import ConflictError, InputError, NotFoundError
from heedful.keys import keyed_digest
from heedful.sealing import ContentKey
from heedful.store.chain import Chain
from heedful.store.tables import conversations, events, moment, open_replies
from heedful.values import Event

Then = Callable[[tuple[Event, ...]], Sequence[Event]]  # events as recorded → what follows them


@dataclass(frozen=True, slots=True)
class Draft:
    """An event as it will be written: its content as canonical JSON."""

    event: Event
    content: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What one caller asks to have written. `message` is the digest of a `client_message_id`; a change has `state`."""

    conversation_id: str
    drafts: tuple[Draft, ...]
    message: str | None = None
    state: str | None = None
    then: Callable[[tuple[Event, ...]], tuple[Draft, ...]] | None = None  # follows in the same transaction


@dataclass(frozen=True, slots=True)
class Message:
    """A customer's message as recorded; `is_new` is false when it had been recorded before."""

    reply_id: str
    is_new: bool
    event: Event

    @property
    def event_id(self) -> int:
        """The message's own event."""
        return self.event.id or 0


def draft(event: Event, now: datetime) -> Draft:
    """Return an event ready to be written; `now` is the time of one that says none.

    Raises:
        InputError: Its content is not JSON, or its time says no zone.
    """
    content = event.content
    if event.type == "receipt":  # both are known only once it is recorded
        content = {name: value for name, value in content.items() if name not in ("salt", "chain")}
    text = audit.canonical(content)
    at = datetime.fromisoformat(moment(event.at or now))
    return Draft(replace(event, content=json.loads(text), at=at), text)


def place_of(conversation_id: str, event_id: int | str) -> tuple[str, str, int | str]:
    """Return the place that an event's content is sealed for."""
    return ("events", conversation_id, event_id)


def message_digest(secret: bytes, conversation_id: str, client_message_id: str) -> str:
    """Return what a `client_message_id` is called in its row: the same name elsewhere is called otherwise."""
    return keyed_digest(secret, f"{conversation_id}\n{client_message_id}")


def opened(row: Any, key: ContentKey) -> Event:
    """Return an event from its row; a receipt knows its place where the row has the chain's link.

    Raises:
        SealError: It was changed behind heedful's back.
    """
    whole = key.open(row.content, *place_of(row.conversation_id, row.id))
    content = json.loads(whole[audit.SALT_BYTES :])
    if row.type == "receipt":
        place = {"position": row.position, "hash": bytes(row.link or b"").hex()}
        content |= {"salt": whole[: audit.SALT_BYTES].hex(), "chain": place}
    return Event(row.type, content, id=row.id, reply_id=row.reply_id, at=row.at)


@dataclass(slots=True)
class _Place:
    """How far a conversation has come within this transaction."""

    state: str
    last_id: int


@dataclass(slots=True)
class Writing:
    """The transaction being put together: what there was before, and the rows that will be added."""

    connection: sa.Connection
    chain: Chain
    head: Head
    places: dict[str, _Place]
    messages: dict[str, Event]  # by the digest of its client_message_id
    keys: Mapping[str, ContentKey]  # of each conversation
    rows: list[dict[str, Any]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    begun: list[dict[str, str]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begin(
        cls, connection: sa.Connection, chain: Chain, wishes: Sequence[Wish], keys: Mapping[str, ContentKey]
    ) -> Writing:
        """Lock the chain, then read how far each conversation has come: nobody else can move it from here on."""
        head = chain.lock(connection)
        ids = sorted({wish.conversation_id for wish in wishes})
        places = {
            row.id: _Place(row.state, row.last_id) for row in connection.execute(_PLACES, {"conversation_ids": ids})
        }
        named = sorted({wish.message for wish in wishes if wish.message is not None})
        found = connection.execute(_MESSAGES, {"conversation_ids": ids, "named": named}) if named else ()
        messages = {row.message: opened(row, keys[row.conversation_id]) for row in found}
        return cls(connection, chain, head, places, messages, keys)

    def take(self, wish: Wish) -> tuple[Event, ...] | InputError:
        """Add one wish to the transaction, or say why it can't be: that one fails, the others go on."""
        place = self.places.get(wish.conversation_id)
        if place is None or wish.conversation_id not in self.keys:
            return NotFoundError("there is no such conversation")
        if wish.state is not None:
            if wish.state == place.state:
                return ()
            place.state = self.states[wish.conversation_id] = wish.state
        if wish.message is None:
            return self._add(wish, place)
        before, now = self.messages.get(wish.message), wish.drafts[0].event
        if before is None:
            self.begun.append({"reply_id": now.reply_id, "conversation_id": wish.conversation_id})
            self.messages[wish.message] = replace(now, id=place.last_id + 1)
            return self._add(wish, place)
        if before.content != now.content:
            return ConflictError(
                "this client_message_id was already used for another message; send a new one with each message"
            )
        return (before,)

    def finish(self) -> tuple[Entry, ...]:
        """Write all rows and return the entries; the transaction is the caller's to commit."""
        if not self.rows:
            return ()
        self.chain.append(self.connection, self.entries)
        self.connection.execute(sa.insert(events), self.rows)
        if self.begun:
            self.connection.execute(sa.insert(open_replies), self.begun)
        if self.done:
            self.connection.execute(_CLOSE, {"reply_ids": self.done})
        if self.states:
            states = [{"of_id": name, "to_state": state} for name, state in sorted(self.states.items())]
            self.connection.execute(_MOVE, states)
        return tuple(self.entries)

    def _add(self, wish: Wish, place: _Place) -> tuple[Event, ...] | InputError:
        """Add the events of one wish; none of them, where what follows them can't be recorded."""
        head, last_id, counts = self.head, place.last_id, (len(self.rows), len(self.entries), len(self.done))
        written = tuple(self._row(wish, item, place) for item in wish.drafts)
        try:
            following = () if wish.then is None else wish.then(written)
        except InputError as error:
            self.head, place.last_id = head, last_id
            for added, count in zip((self.rows, self.entries, self.done), counts, strict=True):
                del added[count:]  # type: ignore[attr-defined]  # three lists of different things
            return error
        return written + tuple(self._row(wish, item, place) for item in following)

    def _row(self, wish: Wish, item: Draft, place: _Place) -> Event:
        """Add one event behind the last, and return it as it will be read."""
        place.last_id += 1
        event = replace(item.event, id=place.last_id)
        assert event.at is not None  # noqa: S101 - `draft` has set it
        subject = f"{wish.conversation_id}/{event.id}/{event.reply_id}"
        salt = secrets.token_bytes(audit.SALT_BYTES)
        digest = audit.content_digest(salt, item.content)
        entry = self.chain.follow(self.head, Record(moment(event.at), subject, event.type, digest))
        self.head = entry.head
        self.entries.append(entry)
        self.rows.append(
            {
                "conversation_id": wish.conversation_id,
                "id": event.id,
                "position": entry.position,
                "reply_id": event.reply_id,
                "type": event.type,
                "message": wish.message,
                "content": self.keys[wish.conversation_id].seal(
                    salt + item.content.encode(), *place_of(wish.conversation_id, event.id or 0)
                ),
                "at": event.at,
            }
        )
        if event.type == "done" and event.reply_id:
            self.done.append(event.reply_id)
        return _with_place(event, salt, entry)


def _with_place(event: Event, salt: bytes, entry: Entry) -> Event:
    if event.type != "receipt":
        return event
    place: Mapping[str, Any] = {"position": entry.position, "hash": entry.link.hex()}
    return replace(event, content={**event.content, "salt": salt.hex(), "chain": place})


_PLACES = sa.select(
    conversations.c.id,
    conversations.c.state,
    sa.func.coalesce(
        sa.select(sa.func.max(events.c.id)).where(events.c.conversation_id == conversations.c.id).scalar_subquery(), 0
    ).label("last_id"),
).where(conversations.c.id.in_(sa.bindparam("conversation_ids", expanding=True)), conversations.c.erasing.is_(None))
_MESSAGES = sa.select(events).where(
    events.c.conversation_id.in_(sa.bindparam("conversation_ids", expanding=True)),
    events.c.message.in_(sa.bindparam("named", expanding=True)),
)
_CLOSE = sa.delete(open_replies).where(open_replies.c.reply_id.in_(sa.bindparam("reply_ids", expanding=True)))
_MOVE = (
    sa.update(conversations).where(conversations.c.id == sa.bindparam("of_id")).values(state=sa.bindparam("to_state"))
)
