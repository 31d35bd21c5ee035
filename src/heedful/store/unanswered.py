"""Unanswered questions in the database: counted, without who asked, and forgotten in time.

The words stand under the key of each customer who asked: they go with that customer, and the count stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from heedful.errors import SealError
from heedful.keys import keyed_digest
from heedful.sealing import ContentKey
from heedful.store.database import Database
from heedful.store.tables import asked_words, conversations, unanswered
from heedful.store.vault import Vault
from heedful.unanswered import Asked, Gap

WORDS = 20  # of one question, those asked last
MOST = 2_000  # questions; beyond it those asked longest ago go


class UnansweredStore:
    """The questions that had no answer, for `days` after each was last asked; 0 keeps none."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        *,
        days: int,
        most: int = MOST,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._vault = vault
        self._secret = vault.secret("questions")
        self._days = days
        self._most = most
        self._now = now

    async def keep(self, asked: Sequence[Asked], *, conversation_id: str) -> None:
        """Count each question once more, and forget those nobody has asked for too long.

        Raises:
            StoreError: Nothing was written.
        """
        if not self._days or not asked:
            return
        at = self._now()
        query = sa.select(conversations.c.key_id)
        query = query.where(conversations.c.id == conversation_id, conversations.c.erasing.is_(None))
        key_id = await self._database.ask(lambda connection: connection.execute(query).scalar())
        key = None if key_id is None else await self._vault.key(key_id)

        def work(connection: sa.Connection) -> None:
            stays = connection.execute(query.with_for_update(read=True)).scalar() is not None  # or it was erased since
            for one in asked:
                name = keyed_digest(self._secret, one.key)
                _count(connection, name, one, at)
                if key is not None and stays:
                    _keep_words(connection, name, one.text, key, at)
            _forget(connection, at - timedelta(days=self._days), self._most)

        await self._database.transact(work)

    async def list(self, limit: int = 100) -> tuple[Gap, ...]:
        """Return at most `limit` questions, those asked most often first; without words where these were erased.

        Raises:
            StoreError: The database or the key store did not answer.
        """
        query = (
            sa.select(unanswered)
            .where(unanswered.c.last_at >= self._now() - timedelta(days=self._days))
            .order_by(unanswered.c.count.desc(), unanswered.c.last_at.desc(), unanswered.c.key)
            .limit(limit)
        )
        rows = await self._database.ask(lambda connection: connection.execute(query).mappings().all())
        words = await self._words([row["key"] for row in rows])
        return tuple(
            Gap(
                text=words.get(row["key"], ""),
                **{name: value for name, value in row.items() if name != "key"},
            )
            for row in rows
        )

    async def _words(self, names: Sequence[str]) -> dict[str, str]:
        """Return the words in which each question was asked first, of those that are left."""
        query = sa.select(asked_words).where(asked_words.c.question.in_(names))
        query = query.order_by(asked_words.c.at, asked_words.c.key_id)
        rows = await self._database.ask(lambda connection: connection.execute(query).all())
        keys = await self._vault.keys({row.key_id for row in rows})
        found: dict[str, str] = {}
        for row in rows:
            key = keys.get(row.key_id)
            if key is not None and row.question not in found:
                found[row.question] = _opened(row.content, row.question, key)
        return found

    async def clear(self) -> int:
        """Forget them all; return how many there were.

        Raises:
            StoreError: Nothing was removed.
        """
        async with self._database.write() as connection:
            return int((await connection.execute(sa.delete(unanswered))).rowcount)


def _count(connection: sa.Connection, name: str, one: Asked, at: datetime) -> None:
    newer = {"nearest_id": one.nearest_id, "nearest_title": one.nearest_title, "last_at": at}
    row = {"key": name, "language": one.language, "count": 1, "first_at": at, **newer}
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    counted = {"count": unanswered.c.count + 1, **newer}
    connection.execute(insert(unanswered).values(**row).on_conflict_do_update(index_elements=["key"], set_=counted))


def _keep_words(connection: sa.Connection, name: str, text: str, key: ContentKey, at: datetime) -> None:
    sealed = key.seal(text.encode("utf-8", "surrogatepass"), *_place(name, key))
    row = {"question": name, "key_id": key.id, "content": sealed, "at": at}
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(insert(asked_words).values(**row).on_conflict_do_nothing())
    mine = asked_words.c.question == name
    newest = sa.select(asked_words.c.key_id).where(mine).order_by(asked_words.c.at.desc(), asked_words.c.key_id)
    if surplus := connection.execute(newest.offset(WORDS)).scalars().all():
        connection.execute(sa.delete(asked_words).where(mine, asked_words.c.key_id.in_(surplus)))


def _opened(sealed: bytes, name: str, key: ContentKey) -> str:
    try:
        return key.open(sealed, *_place(name, key)).decode("utf-8", "surrogatepass")
    except SealError:  # a question is no record: what was damaged is as good as erased
        return ""


def _place(name: str, key: ContentKey) -> tuple[str, str, str]:
    return ("asked_words", name, key.id)


def _forget(connection: sa.Connection, before: datetime, most: int) -> None:
    connection.execute(sa.delete(unanswered).where(unanswered.c.last_at < before))
    newest = sa.select(unanswered.c.key).order_by(unanswered.c.last_at.desc(), unanswered.c.key)
    surplus = connection.execute(newest.offset(most)).scalars().all()
    if surplus:
        connection.execute(sa.delete(unanswered).where(unanswered.c.key.in_(surplus)))
