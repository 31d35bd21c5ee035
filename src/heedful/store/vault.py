"""The vault: customers' keys, made, found and destroyed; and the secrets that outlive a change of the master key."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from secrets import token_hex
from typing import Generic, TypeVar

from heedful.errors import SealError, SettingsError, StoreError
from heedful.keys import SECRETS, MasterKey
from heedful.sealing import ContentKey, fresh_secret
from heedful.store.key_store import Generation, KeyStore

AHEAD = 32  # keys made at once: a sync to disk for each conversation would be one of the two that opening it costs
REMEMBERED = 10_000  # keys in memory, those used last
WRONG_KEY = (
    "the master key is not the one that this key store was made with; restore the one you had (HEEDFUL_MASTER_KEY, or "
    "master.key in the data folder), or name the key store that belongs to it with HEEDFUL_KEY_STORE"
)
Name = TypeVar("Name")
Thing = TypeVar("Thing")


class Recent(Generic[Name, Thing]):
    """Things by name, of which those not asked for longest are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Name, Thing] = OrderedDict()

    def get(self, name: Name) -> Thing | None:
        """Return a thing, if it is still known."""
        if name not in self._things:
            return None
        self._things.move_to_end(name)
        return self._things[name]

    def keep(self, name: Name, thing: Thing) -> None:
        """Know this from now on."""
        self._things[name] = thing
        self._things.move_to_end(name)
        while len(self._things) > self._most:
            self._things.popitem(last=False)

    def forget(self, names: Iterable[Name]) -> None:
        """Know these no more."""
        for name in names:
            self._things.pop(name, None)


class Vault:
    """The keys of a key store that a master key opens."""

    def __init__(
        self, store: KeyStore, master: MasterKey, generation: Generation, secrets: Mapping[str, bytes]
    ) -> None:
        self._store = store
        self._wrapping = _wrapping(master)
        self._generation = generation
        self._secrets = dict(secrets)
        self._spare: list[ContentKey] = []
        self._known: Recent[str, ContentKey] = Recent(REMEMBERED)

    @classmethod
    async def open(cls, store: KeyStore, master: MasterKey) -> Vault:
        """Open a key store with its master key; begin one where there is none.

        Raises:
            SettingsError: It was made with another master key.
            StoreError: It did not answer.
        """
        wrapping = _wrapping(master)
        generation = await store.begin(lambda store_id: wrapping.seal(b"", "generation", store_id))
        if not fits(master, generation):
            raise SettingsError(WRONG_KEY)
        missing = set(SECRETS) - set(await store.secrets())
        if missing:
            await store.add_secrets({name: wrapping.seal(fresh_secret(), "secrets", name) for name in missing})
        kept = (await store.secrets()).items()
        return cls(store, master, generation, {name: wrapping.open(value, "secrets", name) for name, value in kept})

    @property
    def store_id(self) -> str:
        """Which key store this is."""
        return self._generation.store_id

    def secret(self, name: str) -> bytes:
        """Return the key for one purpose (see `keys.SECRETS`); it stays when the master key is changed."""
        return self._secrets[name]

    async def new(self) -> ContentKey:
        """Return a key that seals nothing yet, and is on disk.

        Raises:
            StoreError: The key store did not take it; nothing may be sealed with it.
        """
        if not self._spare:
            made = {token_hex(12): fresh_secret() for _ in range(AHEAD)}
            wrapped = {name: self._wrapping.seal(secret, "content_keys", name) for name, secret in made.items()}
            await self._store.add(wrapped, self._generation.number)
            self._spare += [ContentKey(name, secret) for name, secret in made.items()]
        key = self._spare.pop()
        self._known.keep(key.id, key)
        return key

    def give_back(self, keys: Iterable[ContentKey]) -> None:
        """Take keys back that have certainly sealed nothing that was written."""
        self._spare += keys

    async def keys(self, names: Collection[str]) -> dict[str, ContentKey]:
        """Return the keys of these names; those that were destroyed are not there.

        Raises:
            StoreError: The key store did not answer.
            SealError: A key was changed behind heedful's back.
        """
        found = {name: key for name in set(names) if (key := self._known.get(name)) is not None}
        wrapped = await self._store.wrapped(set(names) - set(found))
        for name, value in wrapped.items():
            found[name] = ContentKey(name, self._wrapping.open(value, "content_keys", name))
            self._known.keep(name, found[name])
        return found

    async def key(self, name: str) -> ContentKey | None:
        """Return one key; `None` when it was destroyed. Raises as `keys`."""
        return self._known.get(name) or (await self.keys([name])).get(name)

    async def destroy(self, names: Collection[str]) -> int:
        """Destroy keys, and with them all they have sealed; return how many there were.

        Raises:
            StoreError: The key store did not take it.
        """
        self._known.forget(names)
        return await self._store.destroy(names)

    async def rotate(self, new: MasterKey) -> int:
        """Have every value wrapped under a new master key, all or none; return how many customers' keys there are.

        Raises:
            StoreError, SealError: All stays as it was.
        """
        old, anew = self._wrapping, _wrapping(new)
        proof = anew.seal(b"", "generation", self.store_id)
        count = await self._store.rewrap(
            self._generation, lambda value, table, name: anew.seal(old.open(value, table, name), table, name), proof
        )
        self._wrapping = anew
        self._generation = Generation(self.store_id, self._generation.number + 1, proof)
        return count

    async def close(self) -> None:
        """Destroy the keys that were made ahead and not needed."""
        spare, self._spare = [key.id for key in self._spare], []
        with contextlib.suppress(StoreError):  # a key that seals nothing does no harm
            await self._store.destroy(spare)


def fits(master: MasterKey, generation: Generation) -> bool:
    """Whether this master key is the one that a key store's values are wrapped under."""
    try:
        _wrapping(master).open(generation.proof, "generation", generation.store_id)
    except SealError:
        return False
    return True


def _wrapping(master: MasterKey) -> ContentKey:
    return ContentKey("wrapping", master.derive("wrapping of keys"))
