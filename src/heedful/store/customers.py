"""The rows of customers: found by a keyed digest of the id, each with its key; locked while something is changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from heedful.errors import StoreError
from heedful.keys import keyed_digest
from heedful.sealing import ContentKey
from heedful.store.database import Database
from heedful.store.tables import profiles
from heedful.store.vault import Recent, Vault

TRIES, PAUSE_S = 100, 0.05  # an erasure that is under way, or another process that was first, is over soon
REMEMBERED = 10_000  # of which customer the key's name is known
Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer's row, locked within a transaction."""

    customer_id: str
    owner: str
    key: ContentKey
    facts: bytes | None  # sealed
    facts_held: int
    version: int


class _NotNowError(Exception):
    """The row is being erased, or another process has made it meanwhile: look once more."""


class Customers:
    """Who is behind an owner, and the other way round."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._secret = vault.secret("names of customers")
        self._key_ids: Recent[str, str] = Recent(REMEMBERED)

    def owner(self, customer_id: str) -> str:
        """Return what a customer is called in rows: a digest that only those who hold the key can make."""
        return keyed_digest(self._secret, customer_id)

    async def change(
        self,
        customer_ids: Sequence[str],
        now: datetime,
        work: Callable[[sa.Connection, Mapping[str, Customer]], Given],
        *,
        before: Callable[[sa.Connection], object] = lambda _connection: None,
    ) -> Given:
        """Return what `work` gives, done in one transaction with these customers' rows locked, by their ids.

        Rows that are not there are made, each with a key of its own. `before` is done first, in the same transaction:
        what has to be locked before any customer.

        Raises:
            StoreError: Nothing was written. Errors of `work` itself come through.
        """
        owners = {self.owner(customer_id): customer_id for customer_id in customer_ids}
        for _ in range(TRIES):
            keys = await self._known(owners)
            fresh = {owner: await self._vault.new() for owner in owners if owner not in keys}
            keys |= fresh

            def inside(
                connection: sa.Connection,
                keys: Mapping[str, ContentKey] = keys,
                fresh: Mapping[str, ContentKey] = fresh,
            ) -> Given:
                before(connection)
                _make(connection, {owner: (key, owners[owner]) for owner, key in fresh.items()}, now)
                return work(connection, _lock(connection, owners, keys))

            try:
                return await self._database.transact(inside)
            except _NotNowError:
                self._vault.give_back(fresh.values())  # the transaction was rolled back before anything was committed
                self._key_ids.forget(owners)
                await asyncio.sleep(PAUSE_S)
        raise StoreError("what is held about this customer is being erased; try again, or start heedful again")

    async def names(self, owners: Sequence[str]) -> dict[str, str]:
        """Return the customers' ids; of those who are being erased, or were, none.

        Raises:
            StoreError: The database or the key store did not answer.
        """
        query = sa.select(profiles.c.owner, profiles.c.key_id, profiles.c.name)
        query = query.where(profiles.c.owner.in_(owners), profiles.c.erasing.is_(None))
        rows = await self._database.ask(lambda connection: connection.execute(query).all())
        keys = await self._vault.keys([row.key_id for row in rows])
        return {row.owner: name_of(row.owner, row.name, keys[row.key_id]) for row in rows if row.key_id in keys}

    async def _known(self, owners: Mapping[str, str]) -> dict[str, ContentKey]:
        key_ids = {owner: key_id for owner in owners if (key_id := self._key_ids.get(owner)) is not None}
        asked = sorted(set(owners) - set(key_ids))
        if asked:
            query = sa.select(profiles.c.owner, profiles.c.key_id).where(profiles.c.owner.in_(asked))
            for owner, key_id in await self._database.ask(lambda connection: connection.execute(query).all()):
                key_ids[owner] = key_id
                self._key_ids.keep(owner, key_id)
        keys = await self._vault.keys(list(key_ids.values()))
        return {owner: keys[key_id] for owner, key_id in key_ids.items() if key_id in keys}


def name_of(owner: str, sealed: bytes, key: ContentKey) -> str:
    """Return the id that a customer's row holds.

    Raises:
        SealError: It was changed, or put there from another row.
    """
    return key.open(sealed, "profiles", "name", owner).decode()


def _make(connection: sa.Connection, fresh: Mapping[str, tuple[ContentKey, str]], now: datetime) -> None:
    """Make rows where there are none; in one order, so that nobody waits in a ring."""
    if not fresh:
        return
    rows = [
        {
            "owner": owner,
            "key_id": key.id,
            "name": key.seal(customer_id.encode(), "profiles", "name", owner),
            "facts_held": 0,
            "version": 0,
            "changed_at": now,
        }
        for owner, (key, customer_id) in sorted(fresh.items())
    ]
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(profiles)
    connection.execute(insert.on_conflict_do_nothing(), rows)


def _lock(connection: sa.Connection, owners: Mapping[str, str], keys: Mapping[str, ContentKey]) -> dict[str, Customer]:
    query = sa.select(profiles).where(profiles.c.owner.in_(sorted(owners))).order_by(profiles.c.owner)
    locked = {}
    for row in connection.execute(query.with_for_update()):
        if row.erasing is not None or keys[row.owner].id != row.key_id:
            raise _NotNowError
        customer_id = owners[row.owner]
        locked[customer_id] = Customer(customer_id, row.owner, keys[row.owner], row.facts, row.facts_held, row.version)
    if len(locked) != len(owners):
        raise _NotNowError
    return locked
