"""A verified customer's conversations and the receipts of the replies in them."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from heedful.audit import Entry, Record
from heedful.errors import NotFoundError
from heedful.sealing import ContentKey
from heedful.store.customers import Customers
from heedful.store.database import Database
from heedful.store.recording import opened
from heedful.store.tables import chain, conversations, events, moment, profiles
from heedful.store.vault import Vault
from heedful.values import Channel, Event, Mail, Recipient

State = Literal["open", "handed_off", "closed"]
PAGE = 200  # receipts looked through at once


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
    opted_out: bool = False  # the browser sent `Sec-GPC: 1`


class Receipts:
    """What a customer may read of their own."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._customers = Customers(database, vault)

    async def of_customer(self, customer_id: str) -> tuple[StoredConversation, ...]:
        """Return a verified customer's conversations, oldest first.

        Raises:
            StoreError: The database or the key store did not answer.
            SealError: A conversation was changed behind heedful's back.
        """
        owner = self._customers.owner(customer_id)
        query = sa.select(conversations, profiles.c.key_id.label("of_customer"))
        query = query.join(profiles, profiles.c.owner == conversations.c.owner)
        query = query.where(conversations.c.owner == owner, *_STAYS).order_by(
            conversations.c.opened_at, conversations.c.id
        )
        rows = await self._database.ask(lambda connection: connection.execute(query).all())
        key = await self._vault.key(rows[0].of_customer) if rows else None
        return () if key is None else tuple(stored(row, key) for row in rows)

    async def receipts(
        self, customer_id: str, *, before: tuple[datetime, int] | None = None, limit: int = 50
    ) -> tuple[Event, ...]:
        """Return at most `limit` receipts of a verified customer's replies, newest first.

        `before` is (time, chain position) of the last one seen: `(event.at, event.content["chain"]["position"])`.

        Raises:
            StoreError: The database or the key store did not answer.
            SealError: A receipt was changed behind heedful's back.
        """
        query = _RECEIPTS.where(conversations.c.owner == self._customers.owner(customer_id))
        if before is not None:
            at, position = before
            earlier = sa.and_(events.c.at == at, events.c.position < position)
            query = query.where(sa.or_(events.c.at < at, earlier))
        query = query.order_by(events.c.at.desc(), events.c.position.desc()).limit(limit)
        rows = await self._database.ask(lambda connection: connection.execute(query).all())
        key = await self._vault.key(rows[0].of_customer) if rows else None
        return () if key is None else tuple(opened(row, key) for row in rows)

    async def receipt(self, customer_id: str, receipt_id: str) -> Event:
        """Return one receipt of a verified customer's replies.

        Raises:
            NotFoundError: They have none under that id.
            StoreError: The database or the key store did not answer.
        """
        last: tuple[datetime, int] | None = None
        while page := await self.receipts(customer_id, before=last, limit=PAGE):
            for event in page:
                if event.content.get("id") == receipt_id:
                    return event
            last = (page[-1].at or datetime.now(UTC), page[-1].content["chain"]["position"])
        raise NotFoundError("there is no such receipt")

    async def entry(self, position: int) -> Entry | None:
        """Return the entry of the audit chain at a position; `None` when there is none.

        Raises:
            StoreError: The database did not answer.
        """
        query = sa.select(chain).where(chain.c.position == position)
        row = await self._database.ask(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            return None
        return Entry(row.position, Record(moment(row.at), row.subject, row.kind, bytes(row.digest)), bytes(row.link))


def stored(row: Any, key: ContentKey) -> StoredConversation:
    """Return a conversation from its row.

    Raises:
        SealError: It was changed, or given to another customer, behind heedful's back.
    """
    content = json.loads(key.open(row.content, *place_of(row.id, row.owner)))
    named = ("id", "channel", "language", "purpose", "without_my_data", "state", "notice_given", "opened_at")
    plain = {name: getattr(row, name) for name in (*named, "opted_out")}
    return StoredConversation(**plain, customer_id=content["customer_id"], mail=_mail(content["mail"]))


def place_of(conversation_id: str, owner: str | None) -> tuple[str, str, str]:
    """Return the place that what is sealed of a conversation is sealed for."""
    return ("conversations", conversation_id, owner or "")


def _mail(content: dict[str, Any] | None) -> Mail | None:
    if content is None:
        return None
    recipients = tuple(Recipient(**recipient) for recipient in content.pop("recipients"))
    verified = tuple(content.pop("verified_addresses"))
    return Mail(**content, recipients=recipients, verified_addresses=verified)


_STAYS = (conversations.c.erasing.is_(None), profiles.c.erasing.is_(None))
_RECEIPTS = (
    sa.select(events, chain.c.link, profiles.c.key_id.label("of_customer"))
    .join(conversations, conversations.c.id == events.c.conversation_id)
    .join(profiles, profiles.c.owner == conversations.c.owner)
    .outerjoin(chain, chain.c.position == events.c.position)
    .where(events.c.type == "receipt", *_STAYS)
)
