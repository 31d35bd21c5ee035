"""What is kept, opened: enough for keys, profiles, erasures and the audit, without any index or model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from heedful.audit import Verified
from heedful.errors import SettingsError
from heedful.settings import Settings
from heedful.store import verifying
from heedful.store.chain import Chain
from heedful.store.conversations import ConversationStore
from heedful.store.database import Database
from heedful.store.erasure import Erasures
from heedful.store.key_store import KeyStore
from heedful.store.keys import ApiKeys
from heedful.store.migrate import migrate
from heedful.store.opening import Master, open_vault
from heedful.store.profiles import Profiles
from heedful.store.said import replies
from heedful.store.unanswered import UnansweredStore
from heedful.store.vault import Vault
from heedful.values import Channel, Event

HEAD_FILE = "audit.head"  # the chain's head outside the database
MASTER_FILE = "master.key"

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Records:
    """All that is kept, each part behind its own face."""

    settings: Settings
    master: Master
    vault: Vault
    database: Database
    keys: ApiKeys
    profiles: Profiles
    log: ConversationStore
    unanswered: UnansweredStore
    erasures: Erasures

    async def verify(self) -> Verified:
        """Go through the whole audit chain.

        Raises:
            ChainError: A record was changed, removed, cut off, put in or reordered; names the first place.
        """
        return await verifying.verify(self.database, self.vault, self.settings.data_dir / HEAD_FILE)

    async def verify_receipt(self, receipt: Mapping[str, Any]) -> int:
        """Hold one receipt, of a reply or of an erasure, against the audit chain; return its position.

        Raises:
            ChainError: It is not what was recorded, or the record at its place was changed.
        """
        return await verifying.verify_alone(self.database, self.vault, receipt)

    def replies(self, since: datetime) -> AsyncIterator[tuple[Channel, Event]]:
        """Yield the replies given since a time, with their channel, oldest first."""
        return replies(self.database, self.vault, since)

    async def rotate(self, new: str | None = None) -> int:
        """Bring in a new master key; return how many customers' keys were wrapped under it. Nobody else may run.

        Raises:
            SettingsError: The new key can't be read, or has to be given.
            StoreError: Nothing was changed.
        """
        return await self.master.rotate(self.vault, new)


def _utc() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_records(settings: Settings, *, now: Now = _utc) -> AsyncIterator[Records]:
    """Open what is kept, made and migrated when it is not there; erasures that were interrupted are finished first.

    Raises:
        SettingsError: The data folder, the master key or the key store can't be used.
        StoreError: A database did not answer.
    """
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"the data folder {str(settings.data_dir)!r} can't be made ({error.strerror}); set HEEDFUL_DATA_DIR"
        ) from error
    database = Database(settings.database_url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await migrate(database)
        store = KeyStore(settings.key_store)
        stack.push_async_callback(store.close)
        master = Master(settings.master_key, settings.data_dir / MASTER_FILE)
        vault = await open_vault(store, database, master)
        for kept in (database, store.database):
            kept.keep_private()
        stack.push_async_callback(vault.close)
        ends = Chain(database, vault.secret("audit chain"), settings.data_dir / HEAD_FILE)
        log = ConversationStore(database, vault, ends, now=now)
        stack.push_async_callback(log.close)
        erasures = Erasures(database, vault, ends, now=now)
        await erasures.resume()
        yield Records(
            settings=settings,
            master=master,
            vault=vault,
            database=database,
            keys=ApiKeys(database, now=now),
            profiles=Profiles(database, vault, ends, now=now),
            log=log,
            unanswered=UnansweredStore(database, vault, days=settings.unanswered_days, now=now),
            erasures=erasures,
        )
