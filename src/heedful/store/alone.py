"""One process at a time: a lock on the database that ends with the process, however that ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import sqlalchemy as sa

from heedful.errors import StoreError
from heedful.locks import locked
from heedful.store.database import Database

LOCK = 0x6B6E6F77  # "know", for PostgreSQL's advisory lock; the migrations have another one
LOOK_S = 0.05


@asynccontextmanager
async def alone(database: Database) -> AsyncIterator[None]:
    """Wait until nobody else holds it, and hold it; several databases, or schemas, don't wait for each other.

    Raises:
        StoreError: The database did not answer, or the file beside it can't be made.
    """
    if database.is_sqlite:
        async with AsyncExitStack() as stack:
            beside = Path(f"{database.url.database}.sync")
            try:
                await stack.enter_async_context(locked(beside))
            except OSError as error:
                raise StoreError(f"{beside.name!r} can't be made beside the database ({error.strerror})") from error
            yield
        return
    # A lock of the connection, in no transaction: it may be held for minutes.
    async with database.read() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        name = sa.func.hashtext(sa.func.current_database() + "/" + sa.func.coalesce(sa.func.current_schema(), ""))
        taken = sa.select(sa.func.pg_try_advisory_lock(LOCK, name))
        while not (await connection.execute(taken)).scalar():  # noqa: ASYNC110 - a statement that waits has an end
            await asyncio.sleep(LOOK_S)
        try:
            yield
        finally:
            await connection.execute(sa.select(sa.func.pg_advisory_unlock(LOCK, name)))
