"""The audit chain in the database: locked, and appended to within the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from heedful import audit
from heedful.audit import Entry, Head, Record
from heedful.errors import StoreError
from heedful.store.database import Database
from heedful.store.outside import Outside
from heedful.store.tables import chain, chain_head


class Chain:
    """Where entries are appended. `key` is derived for this purpose; `head_file` lies outside the database."""

    def __init__(self, database: Database, key: bytes, head_file: Path) -> None:
        self._database = database
        self._key = key
        self._outside = Outside(head_file, self._link_at)
        self._begun = False

    async def begin(self) -> None:
        """Make the file outside the database, where there is none; before the first transaction of this process.

        Raises:
            StoreError: It can't be made, or the database did not answer.
        """
        if not self._begun:
            row = await self._database.ask(lambda connection: connection.execute(_HEAD).one_or_none())
            await self._outside.begin(_head(row))
            self._begun = True

    def lock(self, connection: sa.Connection) -> Head:
        """Return the head, and let nobody else append until this transaction ends. To be done before reading."""
        return _head(connection.execute(_HEAD.with_for_update()).one_or_none())

    def follow(self, head: Head, record: Record) -> Entry:
        """Return the entry that a record becomes behind `head`; `append` writes it."""
        return audit.chained(self._key, head, (record,))[0]

    def append(self, connection: sa.Connection, entries: Sequence[Entry]) -> None:
        """Write entries behind a locked head, within the caller's transaction; tell `committed` when it is through."""
        if not entries:
            return
        rows = [
            {
                "position": entry.position,
                "at": entry.record.at,
                "subject": entry.record.subject,
                "kind": entry.record.kind,
                "digest": entry.record.digest,
                "link": entry.link,
            }
            for entry in entries
        ]
        connection.execute(_APPEND, rows)
        connection.execute(_MOVE, {"to_position": entries[-1].position, "to_link": entries[-1].link})

    def committed(self, entries: Sequence[Entry]) -> None:
        """Have the new head written outside the database, a moment later."""
        if entries:
            self._outside.note(Head(entries[-1].position, entries[-1].link))

    async def close(self) -> None:
        """Write the head outside the database, if it is not there yet."""
        await self._outside.close()

    async def _link_at(self, position: int) -> bytes | None:
        query = sa.select(chain.c.link).where(chain.c.position == position)
        return await self._database.ask(lambda connection: connection.execute(query).scalar())


def _head(row: Any) -> Head:
    if row is None:
        raise StoreError("the head of the audit chain is missing; run `heedful audit verify`")
    return Head(row.position, bytes(row.link))


_HEAD = sa.select(chain_head.c.position, chain_head.c.link).where(chain_head.c.id == 1)
_MOVE = (
    sa.update(chain_head)
    .where(chain_head.c.id == 1)
    .values(position=sa.bindparam("to_position"), link=sa.bindparam("to_link"))
)
# `at` comes as the very text that was chained, so the column's own reading of times is left out.
_APPEND = sa.insert(
    sa.table("chain", *(sa.column(name) for name in ("position", "at", "subject", "kind", "digest", "link")))
)
