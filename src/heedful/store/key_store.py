"""The key store: every customer's key, wrapped under the master key, in a database of its own.

It never lies in the database of the content nor in its backups: what was destroyed here makes those unreadable. It
names nobody: a key is found by a random name that stands beside what it seals.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from heedful.errors import StoreError
from heedful.store.database import Database

LOCK = 0x6B657973  # "keys", for PostgreSQL's advisory lock
AT_ONCE = 500  # keys asked for, or written, in one statement
tables = sa.MetaData()

generation = sa.Table(
    "generation",
    tables,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # always 1
    sa.Column("store_id", sa.String(64), nullable=False),  # the database of the content names it too
    sa.Column("number", sa.Integer, nullable=False),  # grows with each rotation
    sa.Column("proof", sa.LargeBinary, nullable=False),  # opens with the master key that wraps all the rest
)
wrapped_secrets = sa.Table(
    "secrets",
    tables,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
)
content_keys = sa.Table(
    "content_keys",
    tables,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("made_at", sa.String(32), nullable=False),
)

Item = TypeVar("Item")
Rewrap = Callable[[bytes, str, str], bytes]  # what was wrapped, its table, its name → the same under another key


@dataclass(frozen=True, slots=True)
class Generation:
    """Which key store this is, and under which master key its values are wrapped."""

    store_id: str
    number: int
    proof: bytes


class KeyStore:
    """The queries on the keys; nothing here knows the master key."""

    def __init__(self, url: str, *, schema: str | None = None) -> None:
        self.database = Database(url, schema=schema, journal="DELETE", named="the key store")

    async def close(self) -> None:
        """Let go of every connection."""
        await self.database.close()

    async def generation(self) -> Generation | None:
        """Return which key store this is; `None` for one that was never begun. Nothing is made.

        Raises:
            StoreError: It did not answer.
        """
        path = Path(self.database.url.database or "")
        if self.database.is_sqlite and not await asyncio.to_thread(path.exists):  # to connect would make it
            return None

        def look(connection: sa.Connection) -> Generation | None:
            return _generation(connection) if sa.inspect(connection).has_table("generation") else None

        return await self.database.ask(look)

    async def begin(self, proof: Callable[[str], bytes]) -> Generation:
        """Begin a new key store; `proof` gives what opens with the master key, for this store's id.

        Raises:
            StoreError: It did not take it.
        """

        def work(connection: sa.Connection) -> Generation:
            if connection.dialect.name != "sqlite":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
            tables.create_all(connection)
            if (found := _generation(connection)) is None:
                store_id = secrets.token_hex(16)
                found = Generation(store_id, 1, proof(store_id))
                values = {"id": 1, "store_id": found.store_id, "number": found.number, "proof": found.proof}
                connection.execute(sa.insert(generation), [values])
            return found

        return await self.database.transact(work)

    async def secrets(self) -> Mapping[str, bytes]:
        """Return the wrapped secrets by name."""
        query = sa.select(wrapped_secrets)
        rows = await self.database.ask(lambda connection: connection.execute(query).all())
        return {row.name: bytes(row.wrapped) for row in rows}

    async def add_secrets(self, wrapped: Mapping[str, bytes]) -> None:
        """Keep secrets, unless there are some of these names already.

        Raises:
            StoreError: It did not take them.
        """

        def work(connection: sa.Connection) -> None:
            insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(wrapped_secrets)
            rows = [{"name": name, "wrapped": value} for name, value in wrapped.items()]
            connection.execute(insert.on_conflict_do_nothing(), rows)

        await self.database.transact(work)

    async def add(self, wrapped: Mapping[str, bytes], number: int) -> None:
        """Keep keys that were wrapped in this generation.

        Raises:
            StoreError: It did not take them, or the master key was changed meanwhile.
        """
        at = datetime.now(UTC).isoformat(timespec="seconds")
        rows = [{"id": name, "wrapped": value, "made_at": at} for name, value in wrapped.items()]

        def work(connection: sa.Connection) -> None:
            found = _generation(connection, lock=True)
            if found is None or found.number != number:
                raise StoreError("the master key was changed while this process ran; start it again")
            connection.execute(sa.insert(content_keys), rows)

        await self.database.transact(work)

    async def wrapped(self, names: Collection[str]) -> Mapping[str, bytes]:
        """Return the keys of these names that there are, wrapped.

        Raises:
            StoreError: It did not answer.
        """

        def work(connection: sa.Connection) -> dict[str, bytes]:
            found = {}
            for some in _pages(sorted(names)):
                rows = connection.execute(sa.select(content_keys).where(content_keys.c.id.in_(some)))
                found.update({row.id: bytes(row.wrapped) for row in rows})
            return found

        return await self.database.ask(work) if names else {}

    async def destroy(self, names: Collection[str]) -> int:
        """Destroy keys; return how many there were. On SQLite their bytes are overwritten on disk.

        Raises:
            StoreError: It did not take it.
        """

        def work(connection: sa.Connection) -> int:
            gone = (connection.execute(sa.delete(content_keys).where(content_keys.c.id.in_(p))) for p in pages)
            return sum(int(done.rowcount) for done in gone)

        pages = list(_pages(sorted(names)))
        return await self.database.transact(work) if pages else 0

    async def rewrap(self, expected: Generation, rewrap: Rewrap, proof: bytes) -> int:
        """Wrap every value anew, all or none; return how many keys there were.

        Raises:
            StoreError: It did not take it, or another rotation was first.
            SealError: A value was not wrapped under the old master key; all stays as it was.
        """

        def work(connection: sa.Connection) -> int:
            if _generation(connection, lock=True) != expected:
                raise StoreError("the master key was changed by another process meanwhile; nothing was done")
            for table, key in ((wrapped_secrets, wrapped_secrets.c.name), (content_keys, content_keys.c.id)):
                change = sa.update(table).where(key == sa.bindparam("of")).values(wrapped=sa.bindparam("anew"))
                rows = [(name, bytes(old)) for name, old in connection.execute(sa.select(key, table.c.wrapped))]
                for some in _pages(rows):
                    anew = [{"of": name, "anew": rewrap(old, table.name, name)} for name, old in some]
                    connection.execute(change, anew)
            connection.execute(sa.update(generation).values(number=expected.number + 1, proof=proof))
            return len(rows)

        return await self.database.transact(work)


def _generation(connection: sa.Connection, *, lock: bool = False) -> Generation | None:
    query = sa.select(generation)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Generation(row.store_id, row.number, bytes(row.proof))


def _pages(items: Sequence[Item]) -> Iterable[Sequence[Item]]:
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))
