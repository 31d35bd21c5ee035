"""Opening the key store that seals the content of a database: with the right master key, or with a clear error."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from heedful.errors import SettingsError
from heedful.keys import MasterKey, fresh_master
from heedful.store.database import Database
from heedful.store.key_store import Generation, KeyStore
from heedful.store.tables import chain_head, conversations, profiles, sealed_by
from heedful.store.vault import WRONG_KEY, Vault, fits

NEXT = ".next"  # behind the name of the master key's file: the one that a rotation is bringing in


@dataclass(frozen=True, slots=True)
class Master:
    """Where the master key comes from: given as text, or a file, which is made where nothing is sealed yet."""

    given: str | None
    file: Path

    async def first(self) -> MasterKey:
        """Return the key that a new key store is begun with."""
        if self.given:
            return MasterKey.from_text(self.given)
        return await asyncio.to_thread(MasterKey.load_or_create, self.file)

    async def fitting(self, generation: Generation) -> MasterKey:
        """Return the key that a key store was made with, and finish a rotation that was cut off.

        Raises:
            SettingsError: It is not there.
        """
        if self.given:
            return MasterKey.from_text(self.given)
        return await asyncio.to_thread(self._fitting, generation)

    async def rotate(self, vault: Vault, new: str | None) -> int:
        """Bring in a new master key, that of the text `new` or a random one; return how many keys were wrapped anew.

        Killed at any moment, the next start finds the key that fits.

        Raises:
            SettingsError: The key is given by a setting, so the new one has to be given too, or it can't be read.
            StoreError: Nothing was changed.
        """
        if self.given:
            if not new:
                raise SettingsError("the master key is given by HEEDFUL_MASTER_KEY: give the new one, too")
            return await vault.rotate(MasterKey.from_text(new))
        text = new or fresh_master()
        coming = MasterKey.from_text(text)
        await asyncio.to_thread(_write, self._next, text)
        count = await vault.rotate(coming)
        await asyncio.to_thread(self._bring_in)
        return count

    @property
    def _next(self) -> Path:
        return self.file.with_name(self.file.name + NEXT)

    def _fitting(self, generation: Generation) -> MasterKey:
        if not self.file.exists() and not self._next.exists():
            raise SettingsError(
                f"the master key {str(self.file)!r} is not there, but the key store was made with one; restore it from "
                "your backup, or set HEEDFUL_MASTER_KEY"
            )
        for path in (self.file, self._next):
            if path.exists() and fits(key := MasterKey.load_or_create(path), generation):
                if path == self._next:
                    self._bring_in()
                return key
        raise SettingsError(WRONG_KEY)

    def _bring_in(self) -> None:
        if self._next.exists():  # another process may have been first
            self._next.replace(self.file)
            _sync(self.file.parent)


async def open_vault(store: KeyStore, database: Database, master: Master) -> Vault:
    """Open the key store that seals what stands in `database`; begin one where nothing is sealed yet.

    Raises:
        SettingsError: The master key or the key store is another one than it was, or is gone.
        StoreError: A database did not answer.
    """
    generation = await store.generation()
    if generation is None:
        if await _is_sealed(database):
            raise SettingsError(
                "the key store is empty or gone, but the database holds what was sealed with it; restore the key store "
                "(HEEDFUL_KEY_STORE, or keys.db in the data folder) from its own backup"
            )
        vault = await Vault.open(store, await master.first())
    else:
        vault = await Vault.open(store, await master.fitting(generation))
    await _belong(database, vault.store_id)
    return vault


async def _is_sealed(database: Database) -> bool:
    """Whether anything was ever recorded here."""
    there = [sa.exists(sa.select(table)) for table in (profiles, conversations)]
    query = sa.select(sa.or_(*there, sa.exists().where(chain_head.c.position > 0)))
    return bool(await database.ask(lambda connection: connection.execute(query).scalar()))


async def _belong(database: Database, store_id: str) -> None:
    """Hold that this database's content is sealed by this key store, now and at the next start."""
    query = sa.select(sealed_by.c.store_id)
    known = await database.ask(lambda connection: connection.execute(query).scalar())
    if known == store_id:
        return
    if known is not None and await _is_sealed(database):
        raise SettingsError(
            "the key store is not the one that sealed what is in the database; name that one with HEEDFUL_KEY_STORE"
        )

    def work(connection: sa.Connection) -> None:
        insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(sealed_by)
        row = insert.values(id=1, store_id=store_id)
        connection.execute(row.on_conflict_do_update(index_elements=["id"], set_={"store_id": store_id}))

    await database.transact(work)


def _write(path: Path, text: str) -> None:
    """Write a key for its owner's eyes only, whole and on disk before this returns."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
