"""Legal holds: customers of whom nothing is erased while they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import sqlalchemy as sa

from heedful.agreements import Hold
from heedful.errors import InputError
from heedful.store.customers import Customer, Customers, name_of
from heedful.store.database import Database
from heedful.store.profile_lines import is_storable
from heedful.store.tables import holds, profiles
from heedful.store.vault import Vault


class Holds:
    """The holds there are; `now` gives the time of a change."""

    def __init__(self, database: Database, vault: Vault, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._vault = vault
        self._customers = Customers(database, vault)
        self._now = now

    async def hold(self, customer_id: str, reason: str, at: datetime) -> None:
        """Have nothing erased of a customer until `release`; one that stands gets the new reason and keeps its time.

        Raises:
            InputError: Nobody is named, or a text can't be stored.
            StoreError: It was not written.
        """
        if not customer_id or not is_storable(customer_id) or not is_storable(reason):
            raise InputError("a hold needs a customer and a reason that can be stored")

        def work(connection: sa.Connection, locked: Mapping[str, Customer]) -> None:
            mine = locked[customer_id]
            content = mine.key.seal(reason.encode(), "holds", mine.owner)
            changed = sa.update(holds).where(holds.c.owner == mine.owner).values(content=content)
            if not connection.execute(changed).rowcount:
                connection.execute(sa.insert(holds), [{"owner": mine.owner, "since": at, "content": content}])

        await self._customers.change([customer_id], self._now(), work)

    async def release(self, customer_id: str) -> bool:
        """End a hold; return whether there was one.

        Raises:
            StoreError: It was not written.
        """
        mine = holds.c.owner == self._customers.owner(customer_id)
        async with self._database.write() as connection:
            return bool((await connection.execute(sa.delete(holds).where(mine))).rowcount)

    async def held(self, customer_id: str) -> Hold | None:
        """Return the hold on a customer's data, if there is one.

        Raises:
            StoreError: The database or the key store did not answer.
        """
        return next(iter(await self._read(holds.c.owner == self._customers.owner(customer_id))), None)

    async def holds(self) -> tuple[Hold, ...]:
        """Return every hold, oldest first.

        Raises:
            StoreError: The database or the key store did not answer.
        """
        return await self._read(sa.true())

    async def _read(self, which: sa.ColumnElement[bool]) -> tuple[Hold, ...]:
        query = sa.select(holds, profiles.c.key_id, profiles.c.name).join(profiles, profiles.c.owner == holds.c.owner)
        query = query.where(which).order_by(holds.c.since, holds.c.owner)
        rows = await self._database.ask(lambda connection: connection.execute(query).all())
        keys = await self._vault.keys({row.key_id for row in rows})
        return tuple(
            Hold(
                customer_id=name_of(row.owner, row.name, keys[row.key_id]),
                reason=keys[row.key_id].open(row.content, "holds", row.owner).decode(),
                since=row.since,
            )
            for row in rows
            if row.key_id in keys
        )
