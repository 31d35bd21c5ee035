"""The replies that were given, opened one after the other: for those who look at what the checks do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from heedful.store.database import Database
from heedful.store.recording import opened
from heedful.store.tables import conversations, events
from heedful.store.vault import Vault
from heedful.values import Channel, Event

PAGE = 200  # replies opened at once

_REPLIES = (
    sa.select(events, conversations.c.channel, conversations.c.key_id)
    .join(conversations, conversations.c.id == events.c.conversation_id)
    .where(events.c.type == "reply", conversations.c.erasing.is_(None))
    .order_by(events.c.position)
    .limit(PAGE)
)


async def replies(database: Database, vault: Vault, since: datetime) -> AsyncIterator[tuple[Channel, Event]]:
    """Yield the replies since a time with their channel, oldest first; what is erased is not there.

    Raises:
        StoreError: The database or the key store did not answer.
        SealError: A reply was changed behind heedful's back.
    """
    query = _REPLIES.where(events.c.at >= since)
    last = 0
    while True:
        rows = await _page(database, query.where(events.c.position > last))
        keys = await vault.keys({row.key_id for row in rows})
        for row in rows:
            if row.key_id in keys:
                yield row.channel, opened(row, keys[row.key_id])
        if len(rows) < PAGE:
            return
        last = rows[-1].position


async def _page(database: Database, query: sa.Select[Any]) -> Sequence[Any]:
    return await database.ask(lambda connection: connection.execute(query).all())
