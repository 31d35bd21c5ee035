"""What customers asked to have corrected, sealed, until the company has settled it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from heedful import audit
from heedful.agreements import Correction
from heedful.errors import InputError, NotFoundError
from heedful.sealing import ContentKey
from heedful.store.customers import Customer, Customers, name_of
from heedful.store.database import Database
from heedful.store.profile_lines import is_storable
from heedful.store.tables import corrections, profiles
from heedful.store.vault import Vault

WORDS = ("fact", "value", "note")


class Corrections:
    """The requests for corrections there are."""

    def __init__(self, database: Database, vault: Vault, customers: Customers, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._vault = vault
        self._customers = customers
        self._now = now

    async def ask_correction(self, customer_id: str, correction: Correction) -> None:
        """Keep a customer's request to have a fact corrected.

        Raises:
            InputError: Nobody is named, or the id can't be stored.
            StoreError: It was not written.
        """
        if not customer_id or not is_storable(customer_id) or not is_storable(correction.id):
            raise InputError("a correction needs a customer and an id that can be stored")

        def work(connection: sa.Connection, locked: Mapping[str, Customer]) -> None:
            mine = locked[customer_id]
            row = {
                "id": correction.id,
                "owner": mine.owner,
                "at": correction.at,
                "state": correction.state,
                "content": _sealed(correction, mine.owner, mine.key),
            }
            connection.execute(sa.insert(corrections), [row])

        await self._customers.change([customer_id], self._now(), work)

    async def corrections(self, customer_id: str | None = None) -> tuple[tuple[str, Correction], ...]:
        """Return (customer id, request), oldest first: those of one customer, or the open ones of all.

        Raises:
            StoreError: The database or the key store did not answer.
            SealError: A request was changed behind heedful's back.
        """
        query = _ALL.order_by(corrections.c.at, corrections.c.id)
        if customer_id is None:
            query = query.where(corrections.c.state == "open")
        else:
            query = query.where(corrections.c.owner == self._customers.owner(customer_id))
        rows = await self._database.ask(lambda connection: connection.execute(query).all())
        keys = await self._vault.keys({row.key_id for row in rows})
        return tuple(_opened(row, keys[row.key_id]) for row in rows if row.key_id in keys)

    async def settle_correction(
        self, correction_id: str, state: Literal["done", "declined"], *, note: str = ""
    ) -> tuple[str, Correction]:
        """Close a request; return whose it is, and the request as it is now.

        Raises:
            NotFoundError: There is no such request.
            StoreError: It was not written.
        """
        query = _ALL.where(corrections.c.id == correction_id)
        if not is_storable(correction_id):
            raise NotFoundError("there is no such request for a correction")
        row = await self._database.ask(lambda connection: connection.execute(query).one_or_none())
        key = None if row is None else await self._vault.key(row.key_id)
        if row is None or key is None:
            raise NotFoundError("there is no such request for a correction")
        customer_id, asked = _opened(row, key)
        settled = Correction(asked.id, asked.fact, asked.value, asked.at, state, note)
        change = sa.update(corrections).where(corrections.c.id == correction_id)
        async with self._database.write() as connection:
            await connection.execute(change.values(state=state, content=_sealed(settled, row.owner, key)))
        return customer_id, settled


_ALL = (
    sa.select(corrections, profiles.c.key_id, profiles.c.name)
    .join(profiles, profiles.c.owner == corrections.c.owner)
    .where(profiles.c.erasing.is_(None))
)


def _sealed(correction: Correction, owner: str, key: ContentKey) -> bytes:
    text = audit.canonical({name: getattr(correction, name) for name in WORDS})
    return key.seal(text.encode(), "corrections", correction.id, owner)


def _opened(row: Any, key: ContentKey) -> tuple[str, Correction]:
    words = json.loads(key.open(row.content, "corrections", row.id, row.owner))
    correction = Correction(row.id, words["fact"], words["value"], row.at, row.state, words["note"])
    return name_of(row.owner, row.name, key), correction
