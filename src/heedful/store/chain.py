"""The audit chain in the database: locked, appended to within the caller's transaction, and read whole to verify it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection

from heedful import audit
from heedful.audit import Entry, Head, Kept, Record, Row, Verified
from heedful.errors import ChainError, StoreError
from heedful.store import outside
from heedful.store.database import Database
from heedful.store.outside import Outside
from heedful.store.tables import chain, chain_head, events

PAGE = 1000  # entries read at once while verifying


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


async def verify(database: Database, key: bytes, head_file: Path) -> Verified:
    """Say that the whole record is what was written, entry by entry; see `audit.verify`.

    Raises:
        ChainError: It is not; names the first bad position and what is wrong there.
        StoreError: The database did not answer.
    """
    kept_outside = await asyncio.to_thread(outside.read, head_file)  # first: it may be behind, never ahead
    async with database.snapshot() as connection:
        row = (await connection.execute(sa.select(chain_head))).one_or_none()
        head = None if row is None else Head(row.position, bytes(row.link))
        if kept_outside is None and head is not None and head.position > 0:
            raise ChainError(
                f"the head of the chain is not in {str(head_file)!r}, so a tail that was cut off could not be found; "
                "restore that file, or name the one that is kept",
                position=head.position,
            )
        rows = _rows(connection, raw=_raw_sqlite if database.is_sqlite else _raw_postgresql)
        verified = await audit.verify(rows, key, head=head, outside=kept_outside)
        stray = (await connection.execute(_STRAY)).scalar()
        if stray is not None:
            raise ChainError(f"record {stray} is an event without an entry in the chain", position=stray)
    return verified


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
_STRAY = (
    sa.select(events.c.position)
    .where(~sa.exists().where(chain.c.position == events.c.position))
    .order_by(events.c.position)
    .limit(1)
)


def _raw_sqlite(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(column, sa.LargeBinary)


def _raw_postgresql(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, sa.LargeBinary):
        return column
    return sa.func.convert_to(sa.cast(column, sa.Text), "UTF8", type_=sa.LargeBinary)


async def _rows(connection: AsyncConnection, raw: Any) -> AsyncIterator[Row]:
    """Yield every entry by position, with the event it speaks of, all columns as bytes: nothing has to be readable."""
    eraser = chain.alias("eraser")
    query = (
        sa.select(
            chain.c.position,
            *(raw(chain.c[name]) for name in ("at", "subject", "kind", "digest", "link")),
            chain.c.erased_by,
            raw(eraser.c.kind),
            raw(eraser.c.subject),
            events.c.position,
            events.c.id,
            *(raw(events.c[name]) for name in ("conversation_id", "reply_id", "at", "type", "salt", "content")),
            raw(events.c.client_message_id),
        )
        .select_from(chain)
        .outerjoin(events, events.c.position == chain.c.position)
        .outerjoin(eraser, eraser.c.position == chain.c.erased_by)
        .order_by(chain.c.position)
    )
    last: int | None = None
    size = PAGE
    while True:
        page = query.limit(size) if last is None else query.where(chain.c.position > last).limit(size)
        try:
            rows = (await connection.execute(page)).all()
        except DatabaseError as error:
            if type(error) is not DatabaseError:  # its subclasses: the server is gone, a time-out …
                raise
            if size == 1:
                bad = (last or 0) + 1
                raise ChainError(f"record {bad} can't be read: the database file is damaged", position=bad) from error
            size = 1  # the file is damaged somewhere in this page: find out where
            continue
        for row in rows:
            yield _row(tuple(row))
        if len(rows) < size:
            return
        last = rows[-1][0]


def _row(values: tuple[Any, ...]) -> Row:
    position, at, subject, kind, digest, link, erased_by, eraser_kind, eraser_subject, there, number, *rest = values
    kept = None
    if there is not None:
        conversation_id, reply_id, event_at, event_type, salt, content, client_message_id = rest
        about = (conversation_id or b"?") + b"/" + str(number).encode() + b"/" + (reply_id or b"")
        kept = Kept(event_at, about, event_type, salt, content, client_message_id)
    eraser = None if eraser_kind is None else (eraser_kind, eraser_subject)
    return Row(position, at, subject, kind, digest, link, kept, erased_by, eraser)
