"""A PostgreSQL database of a test's own, made before it and dropped after it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg  # type: ignore[import-untyped]

from tests.conftest import POSTGRES, missing


@contextmanager
def own_database() -> Iterator[str]:
    """Give the address of an empty database; skip where there is no server."""
    name = f"heedful_{uuid.uuid4().hex[:12]}"
    try:
        run(f'CREATE DATABASE "{name}"')
    except (OSError, asyncpg.PostgresError) as error:
        missing(f"PostgreSQL at {POSTGRES} ({type(error).__name__})")
    try:
        yield f"{POSTGRES.rpartition('/')[0]}/{name}"
    finally:
        drop(name)


def drop(address: str) -> None:
    """Drop a database, whoever is using it."""
    run(f'DROP DATABASE IF EXISTS "{address.rpartition("/")[2]}" WITH (FORCE)')


def run(statement: str) -> None:
    """Carry out one statement on the server."""

    async def work() -> None:
        connection = await asyncpg.connect(POSTGRES.replace("+asyncpg", ""))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(work())
