"""Keys apart from what they seal: sealing, the key store, the master key and its change."""

from __future__ import annotations

import copy
import pickle
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from heedful.errors import SealError, SettingsError, StoreError
from heedful.keys import SECRETS, MasterKey
from heedful.sealing import ContentKey
from heedful.store.database import Database
from heedful.store.key_store import KeyStore, content_keys
from heedful.store.migrate import migrate
from heedful.store.opening import Master, open_vault
from heedful.store.tables import sealed_by
from heedful.store.vault import AHEAD, Recent, Vault
from tests.conftest import POSTGRES
from tests.kept import kept
from tests.unit.test_store_conversations import opened

pytestmark = pytest.mark.anyio

KEY = ContentKey("k", bytes(range(32)))
ONE, OTHER = "11" * 32, "22" * 32


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[KeyStore]:
    """A key store in a file that is not there yet."""
    store = KeyStore(f"sqlite+aiosqlite:///{tmp_path / 'keys.db'}")
    yield store
    await store.close()


def names_in(folder: Path) -> list[str]:
    """Return what lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


@given(content=st.binary(max_size=200), place=st.lists(st.text(max_size=8) | st.integers(), max_size=4))
def test_what_is_sealed_opens_in_its_place_only(content: bytes, place: list[str | int]) -> None:
    """Sealed twice it looks different both times; any other place, key or byte does not open it."""
    sealed = KEY.seal(content, *place)

    assert KEY.open(sealed, *place) == content
    assert sealed != KEY.seal(content, *place)
    assert len(content) < 4 or content not in sealed
    changed = bytes([sealed[-1] ^ 1])
    for wrong, there in ((sealed, [*place, ""]), (sealed[:-1] + changed, place), (sealed[:-1], place), (b"", place)):
        with pytest.raises(SealError):
            KEY.open(wrong, *there)
    with pytest.raises(SealError):
        ContentKey("k", bytes(32)).open(sealed, *place)


def test_places_do_not_run_into_each_other() -> None:
    """The same letters cut in another way are another place."""
    with pytest.raises(SealError):
        KEY.open(KEY.seal(b"x", "ab", "c"), "a", "bc")


def test_a_key_shows_itself_to_nobody() -> None:
    """Neither in its repr, nor in a copy or a pickle."""
    assert bytes(range(32)).hex() not in repr(KEY) + str(vars(type(KEY)))
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            way(KEY)


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    """A memory with room for two keeps the two used last."""
    memory: Recent[str, int] = Recent(2)
    memory.keep("a", 1)
    memory.keep("b", 2)
    assert memory.get("a") == 1
    memory.keep("c", 3)

    assert [memory.get(name) for name in ("a", "b", "c")] == [1, None, 3]
    memory.forget(["a", "z"])
    assert memory.get("a") is None


async def test_keys_come_back_until_they_are_destroyed(store: KeyStore) -> None:
    """A key is on disk before it is given out; destroyed, it is nowhere, also for one who had it."""
    vault = await Vault.open(store, MasterKey.from_text(ONE))
    keys = [await vault.new() for _ in range(AHEAD + 1)]
    again = await Vault.open(store, MasterKey.from_text(ONE))
    found = await again.keys([key.id for key in keys])
    gone = await again.destroy([keys[0].id, "nobody's"])

    assert len({key.id for key in keys}) == len(found) == AHEAD + 1
    assert found[keys[0].id].open(keys[0].seal(b"x", "p"), "p") == b"x"
    assert gone == 1
    assert await again.key(keys[0].id) is None
    assert await again.key(keys[1].id) is not None


@pytest.mark.postgres
async def test_the_key_store_may_be_a_postgresql_database(database: Database, tmp_path: Path) -> None:
    """The same over PostgreSQL: begun once, keys found and destroyed, the master key exchanged."""
    if database.is_sqlite:
        pytest.skip("the other tests are over SQLite")
    store = KeyStore(POSTGRES, schema=database.schema)
    assert await store.generation() is None
    master = Master(ONE, tmp_path / "master.key")
    vault = await open_vault(store, database, master)
    first, second = await vault.new(), await vault.new()
    await vault.destroy([first.id])
    await master.rotate(vault, OTHER)
    again = await open_vault(store, database, Master(OTHER, tmp_path / "master.key"))
    found = await again.keys([first.id, second.id])
    with pytest.raises(SettingsError, match="is not the one"):
        await open_vault(store, database, master)
    await store.close()

    assert set(found) == {second.id}
    assert again.store_id == vault.store_id
    assert again.secret("tokens") == vault.secret("tokens")


async def test_keys_made_ahead_and_not_needed_are_destroyed(store: KeyStore) -> None:
    """An end leaves the keys that seal something, and no other."""
    vault = await Vault.open(store, MasterKey.from_text(ONE))
    used, unused = await vault.new(), await vault.new()
    vault.give_back([unused])
    await vault.close()
    query = sa.select(content_keys.c.id)

    assert await store.database.ask(lambda connection: connection.execute(query).scalars().all()) == [used.id]


async def test_a_destroyed_key_leaves_no_bytes_in_the_file(store: KeyStore, tmp_path: Path) -> None:
    """The wrapped key is overwritten on disk, and no journal is left beside it."""
    vault = await Vault.open(store, MasterKey.from_text(ONE))
    key = await vault.new()
    wrapped = (await store.wrapped([key.id]))[key.id]
    assert wrapped in (tmp_path / "keys.db").read_bytes()
    await vault.destroy([key.id])

    assert names_in(tmp_path) == ["keys.db"]
    content = (tmp_path / "keys.db").read_bytes()
    assert wrapped not in content
    assert key.id.encode() not in content


async def test_wrapped_keys_cannot_be_exchanged(store: KeyStore) -> None:
    """A wrapped key put under another's name is refused, not used."""
    vault = await Vault.open(store, MasterKey.from_text(ONE))
    first, second = await vault.new(), await vault.new()
    wrapped = await store.wrapped([first.id])
    async with store.database.write() as connection:
        swap = sa.update(content_keys).where(content_keys.c.id == second.id).values(wrapped=wrapped[first.id])
        await connection.execute(swap)

    with pytest.raises(SealError):
        await (await Vault.open(store, MasterKey.from_text(ONE))).key(second.id)


async def test_a_new_master_key_changes_neither_keys_nor_secrets(store: KeyStore) -> None:
    """After a rotation the new key opens everything, the old one nothing; every secret is what it was."""
    vault = await Vault.open(store, MasterKey.from_text(ONE))
    key, secrets = await vault.new(), {name: vault.secret(name) for name in SECRETS}
    count = await vault.rotate(MasterKey.from_text(OTHER))
    later = await vault.new()
    fresh = await Vault.open(store, MasterKey.from_text(OTHER))
    found = await fresh.keys([key.id, later.id])

    assert count == AHEAD
    assert {name: fresh.secret(name) for name in SECRETS} == secrets
    assert len(set(secrets.values())) == len(SECRETS)
    assert found[key.id].open(key.seal(b"x", "p"), "p") == b"x"
    assert set(found) == {key.id, later.id}
    with pytest.raises(SettingsError, match="master key is not the one"):
        await Vault.open(store, MasterKey.from_text(ONE))


async def test_who_did_not_hear_of_a_rotation_makes_no_keys(store: KeyStore) -> None:
    """A process that runs on with the old master key is told so before it seals under what nobody could open."""
    stale, vault = (
        await Vault.open(store, MasterKey.from_text(ONE)),
        await Vault.open(store, MasterKey.from_text(ONE)),
    )
    await vault.rotate(MasterKey.from_text(OTHER))

    with pytest.raises(StoreError, match="start it again"):
        await stale.new()
    with pytest.raises(StoreError, match="another process"):
        await stale.rotate(MasterKey.from_text("33" * 32))


async def test_a_rotation_that_fails_changes_nothing(store: KeyStore) -> None:
    """A value that was not wrapped under the old key stops the rotation; the old master key goes on to work."""
    vault = await Vault.open(store, MasterKey.from_text(ONE))
    key = await vault.new()
    async with store.database.write() as connection:
        await connection.execute(sa.insert(content_keys).values(id="forged", wrapped=b"\x01" * 61, made_at=""))

    with pytest.raises(SealError):
        await vault.rotate(MasterKey.from_text(OTHER))
    assert await (await Vault.open(store, MasterKey.from_text(ONE))).key(key.id) is not None


@pytest.mark.parametrize("cut", ["before", "after", "done"])
async def test_a_rotation_cut_off_is_finished_by_the_next_start(
    cut: str, store: KeyStore, database: Database, tmp_path: Path
) -> None:
    """With the old and the next key on disk, the one that fits the key store is found and is `master.key` then."""
    master = Master(None, tmp_path / "master.key")
    vault = await open_vault(store, database, master)
    key = await vault.new()
    old = master.file.read_text()
    (tmp_path / "master.key.next").write_text(OTHER)
    if cut != "before":
        await vault.rotate(MasterKey.from_text(OTHER))
    if cut == "done":
        (tmp_path / "master.key.next").replace(master.file)
    fresh = await open_vault(store, database, master)

    assert await fresh.key(key.id) is not None
    assert master.file.read_text() == (old if cut == "before" else OTHER)
    assert await (await open_vault(store, database, master)).key(key.id) is not None


async def test_rotating_exchanges_the_file(store: KeyStore, database: Database, tmp_path: Path) -> None:
    """The new key stands in the file, for its owner's eyes only, and nothing is left of the old one."""
    master = Master(None, tmp_path / "master.key")
    vault = await open_vault(store, database, master)
    old = master.file.read_text()
    await master.rotate(vault, None)
    await master.rotate(vault, OTHER)

    assert master.file.read_text().strip() == OTHER != old.strip()
    assert master.file.stat().st_mode & 0o077 == 0
    assert not (tmp_path / "master.key.next").exists()
    await open_vault(store, database, master)


async def test_a_master_key_of_the_environment_has_to_be_given(
    store: KeyStore, database: Database, tmp_path: Path
) -> None:
    """Where a setting gives the key, the new one is given too; no file is made."""
    master = Master(ONE, tmp_path / "master.key")
    vault = await open_vault(store, database, master)
    with pytest.raises(SettingsError, match="give the new one"):
        await master.rotate(vault, None)
    await master.rotate(vault, OTHER)

    assert not master.file.exists()
    await open_vault(store, database, Master(OTHER, master.file))


async def test_a_wrong_or_missing_master_key_is_one_clear_error(
    store: KeyStore, database: Database, tmp_path: Path
) -> None:
    """Neither garbage nor a new key in its place: what is wrong, and what to restore."""
    await open_vault(store, database, Master(ONE, tmp_path / "master.key"))
    (tmp_path / "wrong.key").write_text(OTHER)

    for master, what in (
        (Master(OTHER, tmp_path / "x"), "is not the one"),
        (Master(None, tmp_path / "wrong.key"), "is not the one"),
        (Master(None, tmp_path / "missing.key"), "is not there"),
    ):
        with pytest.raises(SettingsError, match=what):
            await open_vault(store, database, master)
    assert not (tmp_path / "missing.key").exists()


async def test_a_key_store_that_is_gone_is_not_made_again(database: Database, tmp_path: Path) -> None:
    """With sealed content in the database, an empty or foreign key store is an error; without, it is taken."""
    folder = tmp_path / "data"
    folder.mkdir()
    async with kept(database, folder, master=bytes.fromhex(ONE)) as ours:
        first = await open_vault(ours.vault._store, database, Master(ONE, folder / "m"))
        await opened(ours.log)
    gone = KeyStore(f"sqlite+aiosqlite:///{tmp_path / 'gone' / 'keys.db'}")
    other = KeyStore(f"sqlite+aiosqlite:///{tmp_path / 'other' / 'keys.db'}")
    await Vault.open(other, MasterKey.from_text(ONE))

    with pytest.raises(SettingsError, match="empty or gone"):
        await open_vault(gone, database, Master(ONE, folder / "m"))
    with pytest.raises(SettingsError, match="is not the one that sealed"):
        await open_vault(other, database, Master(ONE, folder / "m"))
    async with database.read() as connection:
        assert (await connection.execute(sa.select(sealed_by.c.store_id))).scalar() == first.store_id
    assert not (tmp_path / "gone" / "keys.db").exists()
    await gone.close()
    await other.close()


async def test_an_empty_database_takes_another_key_store(store: KeyStore, tmp_path: Path) -> None:
    """As long as nothing is sealed, keys may be begun anew."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'heedful.db'}")
    await migrate(database)
    other = KeyStore(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
    await open_vault(other, database, Master(ONE, tmp_path / "m"))
    vault = await open_vault(store, database, Master(ONE, tmp_path / "m"))
    async with database.read() as connection:
        assert (await connection.execute(sa.select(sealed_by.c.store_id))).scalar() == vault.store_id
    await other.close()
    await database.close()
