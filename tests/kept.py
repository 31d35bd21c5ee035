"""All that is kept, over one database: its key store in a folder, the chain's head outside, the stores on top."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from heedful.audit import Verified
from heedful.keys import MasterKey
from heedful.store.chain import Chain
from heedful.store.conversations import ConversationStore
from heedful.store.database import Database
from heedful.store.erasure import Erasures
from heedful.store.key_store import KeyStore
from heedful.store.profiles import Profiles
from heedful.store.vault import Vault
from heedful.store.verifying import verify

MASTER = bytes(range(32))
KEYS, HEAD = "keys.db", "outside/head.json"


@dataclass(frozen=True)
class Kept:
    """One process's view of what is kept."""

    database: Database
    folder: Path
    vault: Vault
    chain: Chain
    log: ConversationStore
    profiles: Profiles
    erasures: Erasures

    async def verify(self) -> Verified:
        """Go through the audit chain, when all that was committed stands outside as well."""
        await self.log.close()
        return await verify(self.database, self.vault, self.folder / HEAD)


@asynccontextmanager
async def kept(
    database: Database,
    folder: Path,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    master: bytes = MASTER,
) -> AsyncIterator[Kept]:
    """Open the stores over a migrated database; twice at once gives two that share nothing in memory."""
    keys = KeyStore(f"sqlite+aiosqlite:///{folder / KEYS}")
    vault = await Vault.open(keys, MasterKey(master))
    chain = Chain(database, vault.secret("audit chain"), folder / HEAD)
    log = ConversationStore(database, vault, chain, now=now)
    try:
        yield Kept(
            database=database,
            folder=folder,
            vault=vault,
            chain=chain,
            log=log,
            profiles=Profiles(database, vault, chain, now=now),
            erasures=Erasures(database, vault, chain, now=now),
        )
    finally:
        await log.close()
        await vault.close()
        await keys.close()
