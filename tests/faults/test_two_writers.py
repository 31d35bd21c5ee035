"""Two processes that write to one record at once leave a chain that verifies, on both databases."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import anyio
import pytest

from heedful.audit import Head
from heedful.errors import StoreError
from heedful.store import outside
from heedful.store.database import Database
from heedful.store.migrate import migrate
from tests.kept import HEAD, kept
from tests.unit.test_store_conversations import AT, opened, send

pytestmark = pytest.mark.anyio

WRITER = """
import asyncio, json, sys
from pathlib import Path
from heedful.store.database import Database
from heedful.store.migrate import migrate
from heedful.values import Event
from tests.kept import kept

async def main(url, schema, folder, conversations, count, at_once):
    database = Database(url, schema=schema or None)
    await migrate(database)
    async with kept(database, Path(folder)) as ours:
        async def write(mine):
            for number in range(count // at_once):
                event = Event("text", {"unit": number, "text": "배송이 시작되었습니다. Your parcel is on its way."})
                await ours.log.record(conversations[mine % len(conversations)], [event])
                print(number, flush=True)
        await asyncio.gather(*(write(mine) for mine in range(at_once)))
    await database.close()

asyncio.run(main(*json.loads(sys.argv[1])))
"""


def writer(database: Database, folder: Path, conversations: list[str], count: int, at_once: int) -> list[str]:
    """Return the command of a process that appends `count` entries, `at_once` callers at a time."""
    schema = "" if database.is_sqlite else database.schema
    url = database.url.render_as_string(hide_password=False)
    return [sys.executable, "-c", WRITER, json.dumps([url, schema, str(folder), conversations, count, at_once])]


async def run_both(database: Database, tmp_path: Path, count: int, at_once: int) -> None:
    """Let two processes append at once to the same conversations, and verify what they leave."""
    async with kept(database, tmp_path) as ours:
        conversations = [await opened(ours.log) for _ in range(3)]
        command = writer(database, tmp_path, conversations, count, at_once)
        async with anyio.create_task_group() as both:
            both.start_soon(anyio.run_process, command)
            both.start_soon(anyio.run_process, command)
        verified = await ours.verify()
        ids = [[event.id for event in await ours.log.events(name)] for name in conversations]

    assert verified.entries == 2 * count
    assert outside.read(tmp_path / HEAD) == Head(verified.entries, bytes.fromhex(verified.head))
    assert [numbers == list(range(1, len(numbers) + 1)) for numbers in ids] == [True] * 3
    assert sum(map(len, ids)) == 2 * count


async def test_two_processes_at_once_leave_one_whole_chain(database: Database, tmp_path: Path) -> None:
    """200 entries each, ten callers at a time: each entry has its place, ids count up, the head outside is the last."""
    await run_both(database, tmp_path, 200, 10)


@pytest.mark.soak
async def test_two_processes_with_two_thousand_entries_each(database: Database, tmp_path: Path) -> None:
    """The same with 2,000 entries each, one caller at a time: as many transactions."""
    await run_both(database, tmp_path, 2000, 1)


async def test_a_process_killed_while_writing_leaves_a_whole_chain(database: Database, tmp_path: Path) -> None:
    """Killed at any moment: what was answered is recorded, the record verifies, the next process goes on."""
    answered = 0
    async with kept(database, tmp_path, now=lambda: AT) as ours:
        one = await opened(ours.log)
        async with await anyio.open_process(writer(database, tmp_path, [one], 100_000, 1), stderr=None) as process:
            assert process.stdout is not None
            with anyio.fail_after(120):
                while answered < 40:
                    answered += (await process.stdout.receive()).count(b"\n")
            process.send_signal(signal.SIGKILL)
            while True:
                try:
                    answered += (await process.stdout.receive()).count(b"\n")
                except anyio.EndOfStream:
                    break
        between = await ours.verify()
        await send(ours.log, one, "계속할게요")
        after = await ours.verify()

    assert between.entries >= answered
    assert after.entries == between.entries + 1


async def test_a_database_that_goes_away_in_the_middle_fails_all_who_wait(tmp_path: Path) -> None:
    """A table gone while heedful runs: an error for each caller, nothing of it written, and nothing hangs."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'heedful.db'}")
    await migrate(database)
    async with kept(database, tmp_path) as ours:
        one = await opened(ours.log)
        async with database.write() as connection:
            await connection.exec_driver_sql("DROP TABLE chain")

        calls = [send(ours.log, one, "안녕하세요", str(number)) for number in range(5)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        async with database.read() as connection:
            left = (await connection.exec_driver_sql("SELECT count(*) FROM events")).scalar()
    await database.close()

    assert [type(answer) for answer in answers] == [StoreError] * 5
    assert left == 0
