"""An erasure that is killed at any moment is finished by the next start; until then nobody reads what it was taking."""

from __future__ import annotations

import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
import sqlalchemy as sa

from heedful.store.database import Database
from heedful.store.tables import erasures
from heedful.values import Fact
from tests.kept import Kept, kept
from tests.unit.test_store_erasure import fill, rows, talk

pytestmark = pytest.mark.anyio

AT = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
PATIENCE_S = 300

DIES = """
import asyncio, json, os, signal, sys
from pathlib import Path
import sqlalchemy as sa
from heedful.store.database import Database
from heedful.store.vault import Vault
from tests.kept import kept

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class Before(Vault):
    async def destroy(self, names):
        die()

class After(Vault):
    async def destroy(self, names):
        await super().destroy(names)
        die()

class Folding(Database):
    async def fold(self):
        die()

def deleting(conn, cursor, statement, parameters, context, executemany):
    if statement.startswith("DELETE FROM profiles"):
        die()

async def main(url, schema, folder, point):
    database = (Folding if point == "committed" else Database)(url, schema=schema or None)
    async with kept(database, Path(folder)) as ours:
        ours.vault.__class__ = {"marked": Before, "destroyed": After}.get(point, Vault)
        if point == "deleting":
            sa.event.listen(database._engine_of_thread or database.engine.sync_engine, "after_cursor_execute", deleting)
        await ours.erasures.erase("demo-mina")

asyncio.run(main(*json.loads(sys.argv[1])))
"""

LOOPS = """
import asyncio, json, sys
from pathlib import Path
from heedful.store.database import Database
from tests.kept import kept

async def main(url, schema, folder, names):
    database = Database(url, schema=schema or None)
    async with kept(database, Path(folder)) as ours:
        await ours.erasures.resume()
        for name in names:
            print(name, flush=True)
            await ours.erasures.erase(name)
    await database.close()

asyncio.run(main(*json.loads(sys.argv[1])))
"""


def command(script: str, database: Database, folder: Path, last: object) -> list[str]:
    """Return the command of a process that erases over the same database and key store."""
    schema = "" if database.is_sqlite else database.schema
    url = database.url.render_as_string(hide_password=False)
    return [sys.executable, "-c", script, json.dumps([url, schema, str(folder), last])]


async def pending(database: Database) -> int:
    """Return how many erasures have begun and are not finished."""
    query = sa.select(sa.func.count()).select_from(erasures).where(erasures.c.position.is_(None))
    async with database.read() as connection:
        return int((await connection.execute(query)).scalar_one())


async def must_be_gone(ours: Kept, conversation: str) -> None:
    """Hold that nobody reads anything of the customer."""
    assert await ours.profiles.profile("demo-mina") is None
    assert await ours.profiles.consents("demo-mina") == ()
    assert await ours.profiles.corrections("demo-mina") == ()
    assert await ours.log.events(conversation) == ()
    assert await ours.log.of_customer("demo-mina") == ()
    assert await ours.log.receipts("demo-mina") == ()
    assert await ours.profiles.customers() == ("demo-jun",)


@pytest.mark.parametrize("point", ["marked", "destroyed", "deleting", "committed"])
async def test_killed_half_way_it_is_finished(point: str, database: Database, tmp_path: Path) -> None:
    """Killed before the key goes, after it, while rows are deleted, or right after: gone at once, finished later."""
    async with kept(database, tmp_path, now=lambda: AT) as ours:
        one, other = await fill(ours), await talk(ours, "demo-jun")
        process = await anyio.run_process(command(DIES, database, tmp_path, point), check=False)
        assert process.returncode == -signal.SIGKILL, process.stderr.decode()
        left = await pending(database)
    async with kept(database, tmp_path, now=lambda: AT) as ours:
        await must_be_gone(ours, one)
        between = (await ours.verify()).entries
        finished = await ours.erasures.resume()
        await must_be_gone(ours, one)

        assert (left, finished) == ((0, 0) if point == "committed" else (1, 1))
        assert between == (10 if point == "committed" else 9)
        assert (await ours.verify()).entries == 10
        assert await pending(database) == 0
        assert await rows(database) == {
            "chain": 10,
            "chain_head": 1,
            "conversations": 1,
            "erasures": 1,
            "events": 4,
            "profiles": 1,
        }
        assert len(await ours.log.events(other)) == 4
        await ours.profiles.put("demo-mina", [Fact("order", "1", "order")])
        assert await ours.profiles.profile("demo-mina") is not None


async def killed_rounds(database: Database, tmp_path: Path, customers: int, every: int) -> None:
    """Erase customers one after the other, the process killed again and again in the middle of it."""
    names = [f"c-{number:03}" for number in range(customers)]
    async with kept(database, tmp_path, now=lambda: AT) as ours:
        for name in names:
            await ours.profiles.put(name, [Fact("order", f"DB-{name}", "order")])
            await talk(ours, name)
    begun = 0
    with anyio.fail_after(PATIENCE_S):
        while begun < customers:
            asking = command(LOOPS, database, tmp_path, names[max(begun - 1, 0) :])  # the last one may be unfinished
            async with await anyio.open_process(asking, stderr=None) as process:
                assert process.stdout is not None
                told = b""
                try:
                    while told.count(b"\n") <= every:
                        told += await process.stdout.receive()
                    process.send_signal(signal.SIGKILL)
                    while True:
                        told += await process.stdout.receive()
                except anyio.EndOfStream:
                    pass
            begun = int(told.split()[-1].removeprefix(b"c-")) + 1
    async with kept(database, tmp_path, now=lambda: AT) as ours:
        await ours.erasures.resume()
        await ours.erasures.erase(names[-1])
        verified = await ours.verify()

        assert await ours.profiles.customers() == ()
        assert set(await rows(database)) == {"chain", "chain_head", "erasures"}
        assert verified.entries >= 5 * customers


async def test_killed_at_any_moment_everything_goes_in_the_end(database: Database, tmp_path: Path) -> None:
    """A process killed every few customers leaves, when another has gone on, nothing of any, and a whole record."""
    await killed_rounds(database, tmp_path, customers=9, every=3)


@pytest.mark.soak
async def test_killed_many_times(database: Database, tmp_path: Path) -> None:
    """The same with two hundred customers."""
    await killed_rounds(database, tmp_path, customers=200, every=4)
