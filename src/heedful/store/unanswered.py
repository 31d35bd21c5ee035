"""Unanswered questions in the database: counted, without who asked, and forgotten in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from heedful.store.database import Database
from heedful.store.tables import unanswered
from heedful.unanswered import Asked, Gap

MOST = 2_000  # questions; beyond it those asked longest ago go


class UnansweredStore:
    """The questions that had no answer, for `days` after each was last asked; 0 keeps none."""

    def __init__(
        self,
        database: Database,
        *,
        days: int,
        most: int = MOST,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._days = days
        self._most = most
        self._now = now

    async def keep(self, asked: Sequence[Asked]) -> None:
        """Count each question once more, and forget those nobody has asked for too long.

        Raises:
            StoreError: Nothing was written.
        """
        if not self._days or not asked:
            return
        at = self._now()

        def work(connection: sa.Connection) -> None:
            for one in asked:
                _count(connection, one, at)
            _forget(connection, at - timedelta(days=self._days), self._most)

        await self._database.transact(work)

    async def list(self, limit: int = 100) -> tuple[Gap, ...]:
        """Return at most `limit` questions, those asked most often first.

        Raises:
            StoreError: The database did not answer.
        """
        columns = [unanswered.c[name] for name in Gap.__dataclass_fields__]
        query = (
            sa.select(*columns)
            .where(unanswered.c.last_at >= self._now() - timedelta(days=self._days))
            .order_by(unanswered.c.count.desc(), unanswered.c.last_at.desc(), unanswered.c.key)
            .limit(limit)
        )
        async with self._database.read() as connection:
            return tuple(Gap(**row) for row in (await connection.execute(query)).mappings())

    async def clear(self) -> int:
        """Forget them all; return how many there were.

        Raises:
            StoreError: Nothing was removed.
        """
        async with self._database.write() as connection:
            return int((await connection.execute(sa.delete(unanswered))).rowcount)


def _count(connection: sa.Connection, one: Asked, at: datetime) -> None:
    newer = {"nearest_id": one.nearest_id, "nearest_title": one.nearest_title, "last_at": at}
    row = {"key": one.key, "text": one.text, "language": one.language, "count": 1, "first_at": at, **newer}
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    counted = {"count": unanswered.c.count + 1, **newer}
    connection.execute(insert(unanswered).values(**row).on_conflict_do_update(index_elements=["key"], set_=counted))


def _forget(connection: sa.Connection, before: datetime, most: int) -> None:
    connection.execute(sa.delete(unanswered).where(unanswered.c.last_at < before))
    newest = sa.select(unanswered.c.key).order_by(unanswered.c.last_at.desc(), unanswered.c.key)
    surplus = connection.execute(newest.offset(most)).scalars().all()
    if surplus:
        connection.execute(sa.delete(unanswered).where(unanswered.c.key.in_(surplus)))
