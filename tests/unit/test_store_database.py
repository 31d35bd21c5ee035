"""Transactions and migrations on both databases."""

from __future__ import annotations

import asyncio
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
import sqlalchemy as sa

from heedful.errors import InputError, SettingsError, StoreError
from heedful.store import knowledge, tables
from heedful.store.database import Database, metadata
from heedful.store.migrate import NEWEST, config, migrate, version
from heedful.store.tables import chain_head
from tests.conftest import POSTGRES, missing

pytestmark = pytest.mark.anyio


async def count(database: Database) -> int:
    """Return how many keys there are."""
    async with database.read() as connection:
        found = await connection.execute(sa.select(sa.func.count()).select_from(tables.api_keys))
        return int(found.scalar_one())


def key(name: str) -> sa.Insert:
    """Return a row to write."""
    values = {"id": name, "digest": name, "scopes": "", "publishable": False, "origins": ""}
    return sa.insert(tables.api_keys).values(**values, created_at=datetime(2026, 1, 1, tzinfo=UTC))


async def test_an_error_leaves_nothing_behind(database: Database) -> None:
    """An error within a transaction comes through as it is, and nothing of it is written, on either way to write."""

    async def write() -> None:
        async with database.write() as connection:
            await connection.execute(key("a"))
            raise InputError("mine")

    def work(connection: sa.Connection) -> None:
        connection.execute(key("b"))
        raise InputError("mine")

    with pytest.raises(InputError, match="mine"):
        await write()
    with pytest.raises(InputError, match="mine"):
        await database.transact(work)
    assert await count(database) == 0


async def test_what_the_database_refuses_is_a_store_error(database: Database) -> None:
    """A broken rule of the database is a StoreError that repeats no value, and nothing of it is written."""

    async def write() -> None:
        async with database.write() as connection:
            await connection.execute(key("mina@example.com"))
            await connection.execute(key("mina@example.com"))

    async def ask() -> None:
        async with database.read() as connection:
            await connection.exec_driver_sql("SELECT * FROM nothing_of_that_name")

    with pytest.raises(StoreError, match="nothing was written") as refused:
        await write()
    with pytest.raises(StoreError, match="nothing was written"):
        await database.transact(lambda connection: [connection.execute(key("a")), connection.execute(key("a"))])
    with pytest.raises(StoreError):
        await ask()

    assert "mina" not in str(refused.value)
    assert await count(database) == 0


async def test_a_caller_who_is_cancelled_leaves_no_transaction_open(database: Database) -> None:
    """Cancelled in the middle of a transaction: rolled back, and the next writer goes ahead at once."""
    for delay in (0.0, 0.001, 0.01):
        with anyio.move_on_after(delay):
            async with database.write() as connection:
                await connection.execute(key(f"a{delay}"))
                await anyio.sleep_forever()
    with anyio.fail_after(60):
        async with database.write() as connection:
            await connection.execute(key("b"))

    assert await count(database) == 1


async def test_writers_wait_for_each_other(database: Database) -> None:
    """Twenty writers at once, on both ways to write, all get through, one after the other."""

    async def write(number: int) -> None:
        if number % 2:
            await database.transact(lambda connection: connection.execute(key(str(number))))
            return
        async with database.write() as connection:
            await connection.execute(key(str(number)))

    await asyncio.gather(*(write(number) for number in range(20)))

    assert await count(database) == 20


async def test_a_snapshot_sees_one_moment(database: Database) -> None:
    """What is committed while a snapshot is read is not in it."""
    async with database.snapshot() as connection:
        query = sa.select(sa.func.count()).select_from(tables.api_keys)
        before = (await connection.execute(query)).scalar()
        async with database.write() as other:
            await other.execute(key("a"))
        after = (await connection.execute(query)).scalar()

    assert (before, after) == (0, 0)
    assert await count(database) == 1


@pytest.mark.postgres
async def test_a_server_that_drops_its_connections_is_used_again(database: Database) -> None:
    """Connections that the server ended are a StoreError at most once; the next call gets a new one."""
    if database.is_sqlite:
        pytest.skip("SQLite has no server")
    killer = Database(POSTGRES)

    async def write() -> None:
        async with database.write() as connection, killer.write() as other:
            await connection.execute(key("a"))
            pid = (await connection.exec_driver_sql("SELECT pg_backend_pid()")).scalar()
            await other.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
            await connection.execute(key("b"))

    with pytest.raises(StoreError):
        await write()
    await killer.close()

    assert await count(database) == 0


async def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    """A damaged or foreign file is said to be one; it is not overwritten."""
    path = tmp_path / "heedful.db"
    path.write_text("이것은 데이터베이스가 아닙니다. " * 100)
    database = Database(f"sqlite+aiosqlite:///{path}")

    with pytest.raises(StoreError):
        await migrate(database)
    assert path.read_text().startswith("이것은")
    await database.close()


def test_a_database_needs_a_place() -> None:
    """A database in memory, or a folder that can't be made, is a setting to mend."""
    with pytest.raises(SettingsError, match="HEEDFUL_DATABASE_URL"):
        Database("sqlite+aiosqlite:///:memory:")
    with pytest.raises(SettingsError, match="HEEDFUL_DATA_DIR"):
        Database("sqlite+aiosqlite:////proc/nowhere/heedful.db")


async def test_migrating_makes_exactly_the_tables_of_the_code(database: Database) -> None:
    """Alembic sees no difference between the migrated database and the tables, the knowledge's included."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def differences(connection: sa.Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))

    async with database.read() as connection:
        found = await connection.run_sync(differences)

    assert found == []
    assert knowledge.articles.name in metadata.tables
    assert await version(database) == NEWEST


def test_the_newest_version_is_the_last_file() -> None:
    """The version that `migrate` compares with, so that a start is fast, is the head of the files."""
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(config()).get_heads() == [NEWEST]


async def test_migrating_again_changes_nothing(database: Database) -> None:
    """A start on a migrated database leaves the head of the chain where it was, once."""
    async with database.write() as connection:
        await connection.execute(sa.update(chain_head).values(position=7))
    await migrate(database)

    async with database.read() as connection:
        assert [row.position for row in await connection.execute(sa.select(chain_head))] == [7]


async def test_a_newer_database_is_left_alone(database: Database) -> None:
    """Tables written by a newer heedful are not touched; the message says what to install."""
    async with database.write() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreError, match="newer heedful"):
        await migrate(database)
    assert await version(database) == "9999"


START = """
import asyncio, sys
from heedful.store.database import Database
from heedful.store.migrate import migrate
async def main():
    database = Database(sys.argv[1], schema=sys.argv[2] or None)
    await migrate(database)
    await database.close()
asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def test_processes_that_start_at_once_migrate_once(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Three processes on an empty database: all succeed, and there is one head row."""
    url, schema = f"sqlite+aiosqlite:///{tmp_path / 'heedful.db'}", ""
    owner = Database(url if kind == "sqlite" else POSTGRES)
    if kind == "postgresql":
        url, schema = POSTGRES, f"t_{uuid.uuid4().hex[:12]}"
        try:
            async with owner.write() as connection:
                await connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        except StoreError:
            missing("PostgreSQL")
    command = [sys.executable, "-c", START, url, schema]
    started = await asyncio.gather(*(anyio.run_process(command, check=False) for _ in range(3)))
    database = Database(url, schema=schema or None)
    async with database.read() as connection:
        heads = (await connection.execute(sa.select(chain_head))).all()
    await database.close()
    if schema:
        async with owner.write() as connection:
            await connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    await owner.close()

    assert [process.returncode for process in started] == [0] * 3, started
    assert len(heads) == 1
