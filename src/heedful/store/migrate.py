"""Brings a database to the newest tables: makes them, upgrades them, or sees at a glance that nothing is to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from heedful.errors import StoreError
from heedful.store.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST = "0001"  # the last file of migrations/versions; a test holds it there
LOCK = 0x6865656466756C  # "heedful", for PostgreSQL's advisory lock
FOLDER = Path(__file__).resolve().parent / "migrations"


async def migrate(database: Database) -> None:
    """Create or upgrade the tables; safe when several processes start at once. Nothing to do costs one query.

    Raises:
        StoreError: The database did not take it, or was written by a newer heedful.
    """
    if await version(database) == NEWEST:
        return
    async with database.write() as connection:  # on SQLite this is the lock: one process at a time
        if not database.is_sqlite:
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        await connection.run_sync(_upgrade)


async def version(database: Database) -> str | None:
    """Return the version of the tables; `None` when there are none.

    Raises:
        StoreError: The database did not answer.
    """
    async with database.read() as connection:
        try:
            found = await connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        except DBAPIError as error:
            if "alembic_version" in str(error.orig):  # no such table
                return None
            raise
        return found.scalar()


def config() -> Config:
    """Return Alembic's settings; a database is named by `attributes["connection"]`."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return settings


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.util import CommandError

    settings = config()
    settings.attributes["connection"] = connection
    try:
        command.upgrade(settings, NEWEST)
    except CommandError as error:
        raise StoreError(
            "the database was written by a newer heedful than this one; install that version or a newer one"
        ) from error
