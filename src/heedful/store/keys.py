"""API keys: made once, shown once, kept as digests only."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from heedful.errors import InputError, NotFoundError
from heedful.keys import SCOPES, ApiKey, origin
from heedful.store.database import Database
from heedful.store.tables import api_keys

SECRET_PREFIX, PUBLISHABLE_PREFIX = "hk_live_", "hk_pub_"
PUBLISHABLE_SCOPES = ("chat",)  # it stands in a web page for anyone to read


class ApiKeys:
    """The keys there are; `now` gives the time of a change."""

    def __init__(self, database: Database, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    async def create(
        self, scopes: Collection[str], *, publishable: bool = False, origins: Sequence[str] = ()
    ) -> tuple[str, str]:
        """Return (id, key) of a new key; the key is shown here and never again.

        A publishable key needs the `origins` of the pages it stands in, and opens chats only.

        Raises:
            InputError: A scope or an origin can't be used.
            StoreError: It was not written.
        """
        _check(scopes, publishable=publishable, origins=origins)
        # 256 random bits can't be guessed, so a plain fast hash is enough; words a person chose would need a slow one.
        clear = (PUBLISHABLE_PREFIX if publishable else SECRET_PREFIX) + secrets.token_urlsafe(32)
        key_id = f"key_{secrets.token_hex(8)}"
        row = {
            "id": key_id,
            "digest": _digest(clear),
            "scopes": " ".join(scope for scope in SCOPES if scope in scopes),
            "publishable": publishable,
            "origins": " ".join(dict.fromkeys(origin(text) for text in origins)),
            "created_at": self._now(),
        }
        async with self._database.write() as connection:
            await connection.execute(sa.insert(api_keys), [row])
        return key_id, clear

    async def find(self, clear: str) -> ApiKey | None:
        """Return the key that a caller shows; `None` when there is none such or it was revoked.

        Raises:
            StoreError: The database did not answer.
        """
        if not clear.startswith((SECRET_PREFIX, PUBLISHABLE_PREFIX)):
            return None
        query = sa.select(api_keys).where(api_keys.c.digest == _digest(clear), api_keys.c.revoked_at.is_(None))
        row = await self._database.ask(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _key(row)

    async def list(self) -> tuple[ApiKey, ...]:
        """Return every key, also those revoked, oldest first."""
        query = sa.select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
        async with self._database.read() as connection:
            return tuple(_key(row) for row in await connection.execute(query))

    async def revoke(self, key_id: str) -> None:
        """Make a key useless from now on; one that is revoked already stays so.

        Raises:
            NotFoundError: There is no such key.
            StoreError: It was not written.
        """
        mine = api_keys.c.id == key_id
        async with self._database.write() as connection:
            if (await connection.execute(sa.select(api_keys.c.id).where(mine))).one_or_none() is None:
                raise NotFoundError(f"there is no key {key_id!r}; `heedful keys list` shows those there are")
            ended = sa.update(api_keys).where(mine, api_keys.c.revoked_at.is_(None)).values(revoked_at=self._now())
            await connection.execute(ended)


def _check(scopes: Collection[str], *, publishable: bool, origins: Sequence[str]) -> None:
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise InputError(f"there is no scope {unknown[0]!r}; there are {', '.join(SCOPES)}")
    if not scopes:
        raise InputError(f"a key needs at least one scope of {', '.join(SCOPES)}")
    if publishable and set(scopes) - set(PUBLISHABLE_SCOPES):
        raise InputError("a publishable key stands in a web page for anyone to read: its only scope is 'chat'")
    if publishable and not origins:
        raise InputError("a publishable key needs the origin of each page it stands in, as https://shop.example")
    if origins and not publishable:
        raise InputError("origins belong to publishable keys; a secret key must not stand in a web page at all")


def _digest(clear: str) -> str:
    return hashlib.sha256(clear.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: Any) -> ApiKey:
    return ApiKey(
        id=row.id,
        scopes=frozenset(row.scopes.split()),
        publishable=row.publishable,
        origins=tuple(row.origins.split()),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
