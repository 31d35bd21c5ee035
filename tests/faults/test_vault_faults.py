"""What can befall the keys: a rotation killed at any moment, a key store that takes nothing, or that is gone."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import anyio
import pytest

from heedful.assemble import open_records
from heedful.errors import SettingsError, StoreError
from heedful.settings import Settings, read
from heedful.store.database import Database
from heedful.values import Fact
from tests.unit.test_store_conversations import opened, text

pytestmark = pytest.mark.anyio

DIES = """
import asyncio, json, os, signal, sys
import sqlalchemy as sa
from heedful.assemble import open_records
from heedful.settings import read
from heedful.store.opening import Master
from heedful.store.vault import Vault

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class Written(Vault):
    async def rotate(self, new):
        die()

class Rewrapped(Vault):
    async def rotate(self, new):
        await super().rotate(new)
        die()

def updating(conn, cursor, statement, parameters, context, executemany):
    if statement.startswith("UPDATE content_keys"):
        die()

async def main(environ, point):
    async with open_records(read(environ)) as records:
        records.vault.__class__ = {"written": Written, "rewrapped": Rewrapped}.get(point, Vault)
        if point == "rewrapping":
            sa.event.listen(records.vault._store.database._engine_of_thread, "after_cursor_execute", updating)
        await records.rotate()

asyncio.run(main(*json.loads(sys.argv[1])))
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Settings over a data folder of a test's own."""
    return {"HEEDFUL_DATA_DIR": str(tmp_path / "data"), "HEEDFUL_EMBEDDER": "none"}


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """The same, read."""
    return read(environ)


async def fill(settings: Settings) -> str:
    """Hold a fact of a customer, and say something in a conversation; return its id."""
    async with open_records(settings) as records:
        await records.profiles.put("demo-mina", [Fact("order", "DB-2026-1", "order")])
        one = await opened(records.log, customer_id="demo-mina")
        await records.log.record(one, [text("내일 도착합니다.")])
        return one


async def read_back(settings: Settings, conversation: str) -> tuple[str, str, int]:
    """Return the fact, the words, and how many entries the record has, whole."""
    async with open_records(settings) as records:
        profile = await records.profiles.profile("demo-mina")
        assert profile is not None
        (said,) = await records.log.events(conversation)
        return profile.facts[0].value, said.content["text"], (await records.verify()).entries


def master_files(folder: Path) -> dict[str, str]:
    """Return the master keys that lie in a folder."""
    return {path.name: path.read_text() for path in folder.glob("master.key*")}


@pytest.mark.parametrize("point", ["written", "rewrapping", "rewrapped"])
async def test_a_rotation_killed_at_any_moment_loses_nothing(
    point: str, settings: Settings, environ: dict[str, str]
) -> None:
    """Killed with the next key on disk, half-way through the keys, or before the file is exchanged: all is readable."""
    one = await fill(settings)
    before = master_files(settings.data_dir)
    process = await anyio.run_process([sys.executable, "-c", DIES, json.dumps([environ, point])], check=False)
    between = master_files(settings.data_dir)
    found = await read_back(settings, one)
    after = master_files(settings.data_dir)
    async with open_records(settings) as records:
        await records.rotate()

    assert process.returncode == -signal.SIGKILL, process.stderr.decode()
    assert set(between) == {"master.key", "master.key.next"}
    assert found == ("DB-2026-1", "내일 도착합니다.", 1)
    assert after["master.key"] == (between["master.key.next"] if point == "rewrapped" else before["master.key"])
    assert await read_back(settings, one) == found
    assert set(master_files(settings.data_dir)) == {"master.key"}


async def test_a_key_store_that_takes_nothing_stops_what_needs_a_new_key(settings: Settings) -> None:
    """Read-only, it still opens what was sealed, and a conversation under way goes on; nothing new is sealed."""
    one = await fill(settings)
    keys = Database(settings.key_store, journal="DELETE")
    async with keys.write() as connection:
        refuse = "CREATE TRIGGER closed BEFORE INSERT ON content_keys BEGIN SELECT RAISE(ABORT, 'read-only'); END"
        await connection.exec_driver_sql(refuse)
    async with open_records(settings) as records:
        with pytest.raises(StoreError, match="the key store did not take a change"):
            await opened(records.log)
        with pytest.raises(StoreError, match="the key store did not take a change"):
            await records.profiles.put("demo-jun", [])
        await records.log.record(one, [text("그리고")])
        await records.profiles.put("demo-mina", [Fact("order", "DB-2026-2", "order")])
        profile = await records.profiles.profile("demo-mina")

        assert profile is not None
        assert profile.facts[0].value == "DB-2026-2"
        assert len(await records.log.events(one)) == 2
        assert await records.profiles.customers() == ("demo-mina",)
    await keys.close()


async def test_a_key_store_that_is_gone_is_told_and_not_made_again(settings: Settings) -> None:
    """Without its keys heedful does not start, and says what to restore; brought back, all is as it was."""
    one = await fill(settings)
    path = settings.data_dir / "keys.db"
    os.rename(path, path.with_suffix(".away"))  # noqa: PTH104 - a moment on a local disk

    async def start() -> None:
        async with open_records(settings):
            pass

    with pytest.raises(SettingsError, match="key store is empty or gone"):
        await start()
    os.rename(path.with_suffix(".away"), path)  # noqa: PTH104 - the same
    assert await read_back(settings, one) == ("DB-2026-1", "내일 도착합니다.", 1)


async def test_a_damaged_content_is_an_error_and_not_garbage(settings: Settings) -> None:
    """A byte changed in what is sealed is told as such; the profile of another is not harmed."""
    await fill(settings)
    async with open_records(settings) as records:
        await records.profiles.put("demo-jun", [Fact("order", "DB-2026-3", "order")])
        async with records.database.write() as connection:
            owner = records.profiles._customers.owner("demo-mina")
            damage = "UPDATE profiles SET facts = zeroblob(80) WHERE owner = ?"
            await connection.exec_driver_sql(damage, (owner,))
    async with open_records(settings) as records:
        with pytest.raises(StoreError, match="audit verify"):
            await records.profiles.profile("demo-mina")
        jun = await records.profiles.profile("demo-jun")

        assert jun is not None
        assert jun.facts[0].value == "DB-2026-3"


async def test_nothing_of_a_customer_is_in_an_error(settings: Settings) -> None:
    """Whatever goes wrong with what is sealed, its words and whose it is are not in the message."""
    one = await fill(settings)
    async with open_records(settings) as records, records.database.write() as connection:
        await connection.exec_driver_sql("UPDATE events SET content = zeroblob(9)")
    async with open_records(settings) as records:
        with pytest.raises(StoreError) as told:
            await records.log.events(one)
        with pytest.raises(StoreError) as found:
            await records.verify()

    assert "mina" not in str(told.value) + str(found.value)
    assert getattr(found.value, "position", 0) == 1
