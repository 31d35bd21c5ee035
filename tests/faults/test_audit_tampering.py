"""Whoever changes the record behind heedful's back is found out, and the first bad place is named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from heedful import audit
from heedful.audit import Head, Record
from heedful.errors import ChainError
from heedful.store import outside
from heedful.store.chain import Chain, verify
from heedful.store.conversations import ConversationStore
from heedful.store.database import Database
from heedful.store.tables import chain, chain_head, events
from heedful.values import Event

pytestmark = pytest.mark.anyio

KEY = bytes(range(32))
AT = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
ENTRIES = 12


@pytest.fixture
def head_file(tmp_path: Path) -> Path:
    """Where the head is kept outside the database."""
    return tmp_path / "outside" / "head.json"


@pytest.fixture
async def record(database: Database, head_file: Path) -> Database:
    """A database with twelve recorded events of two conversations: a message, units, a receipt, done."""
    store = ConversationStore(database, KEY, head_file, now=lambda: AT)
    for language, words in (("ko", "택배가 언제 오나요?"), ("en", "When will my parcel come?")):
        one = await store.open(
            channel="chat", language=language, customer_id=None, purpose=None, without_my_data=False, mail=None, at=AT
        )
        message = await store.add_message(one, text=words, client_message_id="m", without_my_data=False, at=AT)
        units = [Event("text", {"unit": n, "text": f"{words} {n}"}, reply_id=message.reply_id) for n in (1, 2, 3)]
        await store.record(one, units)
        closing = [Event("receipt", {"id": "rc"}, reply_id=message.reply_id), Event("done", {}, message.event_id)]
        await store.record(one, closing)
    await store.close()
    return database


async def change(database: Database, *statements: sa.Executable) -> None:
    """Write behind heedful's back."""
    async with database.write() as connection:
        for statement in statements:
            await connection.execute(statement)


@asynccontextmanager
async def changed(database: Database, *statements: sa.Executable) -> AsyncIterator[None]:
    """Write behind heedful's back, and put everything back at the end."""
    plain = [
        sa.table(table.name, *(sa.column(column.name) for column in table.columns))
        for table in (events, chain, chain_head)
    ]
    async with database.read() as connection:
        rows = [[dict(row) for row in (await connection.execute(sa.select(table))).mappings()] for table in plain]
    await change(database, *statements)
    yield
    async with database.write() as connection:
        for table, before in zip(plain, rows, strict=True):
            await connection.execute(sa.delete(table))
            await connection.execute(sa.insert(table), before)


def place_of(what: bytes, path: Path) -> int:
    """Return where something stands in a file."""
    return path.read_bytes().index(what)


def put(path: Path, *, at: int, wrong: bytes) -> None:
    """Write wrong bytes into a file."""
    whole = path.read_bytes()
    path.write_bytes(whole[:at] + wrong + whole[at + len(wrong) :])


def replace(path: Path, text: str | None) -> None:
    """Write another text into a file, or take it away."""
    path.unlink()
    if text is not None:
        path.write_text(text)


async def found(database: Database, head_file: Path) -> ChainError:
    """Return what verifying finds."""
    with pytest.raises(ChainError) as error:
        await verify(database, KEY, head_file)
    assert str(error.value.position) in str(error.value)
    return error.value


async def test_what_was_recorded_verifies(record: Database, head_file: Path) -> None:
    """Untouched, the record is whole, and the head outside is the one in the database."""
    verified = await verify(record, KEY, head_file)

    assert verified.entries == ENTRIES
    assert outside.read(head_file) == Head(ENTRIES, bytes.fromhex(verified.head))


def _flipped(value: Any) -> Any:
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, int):
        return value + 100
    text = value or "x"
    return text[:-1] + ("y" if text[-1] != "y" else "z")


async def test_a_change_in_any_column_is_found(record: Database, head_file: Path) -> None:
    """One value changed, in whatever column of the event or its entry, is found at its position."""
    columns = [f"{table.name}.{column.name}" for table in (events, chain) for column in table.columns]
    named = {}
    async with record.read() as connection:
        conversations = list((await connection.execute(sa.text("SELECT id FROM conversations"))).scalars())
    for name in columns:
        table, column = name.split(".")
        async with record.read() as connection:
            old = (await connection.execute(sa.text(f"SELECT {column} FROM {table} WHERE position = 6"))).scalar()
        new = 3 if column == "erased_by" else _flipped(old)
        if column == "conversation_id":  # the database holds that there is one: say that it was said in the other
            new = next(other for other in conversations if other != old)
        apart = sa.text("UPDATE events SET id = id + 1000 WHERE position = 6")  # ids of both begin at 1
        forged = sa.text(f"UPDATE {table} SET {column} = :new WHERE position = 6").bindparams(new=new)
        async with changed(record, *([apart] if column == "conversation_id" else []), forged):
            named[name] = (await found(record, head_file)).position

    assert named == dict.fromkeys(columns, 6)
    assert len(columns) == 16
    assert (await verify(record, KEY, head_file)).entries == ENTRIES


async def test_a_byte_flipped_in_the_file_is_found(record: Database, head_file: Path) -> None:
    """A byte of a word changed in the database file itself, even to what is no text any more, is found."""
    if not record.is_sqlite:
        pytest.skip("PostgreSQL's files are the server's; its columns are changed above")
    async with record.read() as connection:
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    await record.close()
    path = Path(str(record.url.database))
    last = place_of("택배가 언제 오나요? 2".encode(), path) + len("택배가 언제 오나요? ".encode())
    for wrong in (b"\xff", b"x"):
        put(path, at=last, wrong=wrong)
        damaged = Database(str(record.url))

        assert (await found(damaged, head_file)).position == 3
        await damaged.close()


async def test_a_damaged_page_is_found_and_named(record: Database, head_file: Path) -> None:
    """When the database can't read a record at all, that record is named."""
    if not record.is_sqlite:
        pytest.skip("PostgreSQL's files are the server's")
    async with record.read() as connection:
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        root = (await connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'chain'")).scalar()
        size = (await connection.exec_driver_sql("PRAGMA page_size")).scalar()
    await record.close()
    put(Path(str(record.url.database)), at=(int(root or 0) - 1) * int(size or 0), wrong=b"\xff" * 64)
    damaged = Database(str(record.url))

    assert (await found(damaged, head_file)).position == 1
    await damaged.close()


async def test_a_deleted_record_is_found(record: Database, head_file: Path) -> None:
    """The first, a middle or the last record gone, from either table or from both: its position is named."""
    for position in (1, 6, ENTRIES):
        for tables in ((events,), (chain,), (events, chain)):
            gone = [sa.delete(table).where(table.c.position == position) for table in tables]
            async with changed(record, *gone):
                assert (await found(record, head_file)).position == position


async def test_a_cut_off_tail_is_found(record: Database, head_file: Path) -> None:
    """The last records gone from both tables, and the head row set back to match: the head outside tells."""
    await set_back(record, 9)
    error = await found(record, head_file)

    assert error.position == 10
    assert "cut off" in str(error)
    assert "outside" in str(error)


async def set_back(database: Database, last: int) -> None:
    """Cut the record off behind `last`, so that within the database all agrees."""
    async with database.read() as connection:
        link = (await connection.execute(sa.select(chain.c.link).where(chain.c.position == last))).scalar()
    await change(
        database,
        sa.delete(events).where(events.c.position > last),
        sa.delete(chain).where(chain.c.position > last),
        sa.update(chain_head).values(position=last, link=link),
    )


async def test_everything_deleted_is_found(record: Database, head_file: Path) -> None:
    """An emptied record is no fresh one: the head outside says how far it had come."""
    await change(record, sa.delete(events), sa.delete(chain), sa.update(chain_head).values(position=0, link=bytes(32)))
    error = await found(record, head_file)

    assert error.position == 1
    assert str(ENTRIES) in str(error)


async def test_a_tail_that_was_cut_and_grew_again_is_found(record: Database, head_file: Path) -> None:
    """heedful goes on after a cut: the head outside stays as evidence, however far the record grows past it."""
    await set_back(record, 9)
    store = ConversationStore(record, KEY, head_file, now=lambda: AT)
    one = await store.open(
        channel="chat", language="en", customer_id=None, purpose=None, without_my_data=False, mail=None, at=AT
    )
    for number in range(6):
        await store.record(one, [Event("text", {"text": str(number)})])
    await store.close()

    assert (await found(record, head_file)).position == ENTRIES


async def test_swapped_records_are_found(record: Database, head_file: Path) -> None:
    """Two events, or two entries with theirs, that changed places are found at the first of them."""

    def swap(table: str) -> list[sa.Executable]:
        moves = ((4, 1004), (7, 4), (1004, 7))
        return [sa.text(f"UPDATE {table} SET position = {new} WHERE position = {old}") for old, new in moves]

    await change(record, *swap("events"))
    assert (await found(record, head_file)).position == 4
    await change(record, *swap("chain"))
    assert (await found(record, head_file)).position == 4
    await change(record, *swap("chain"), *swap("events"))
    assert (await verify(record, KEY, head_file)).entries == ENTRIES


async def test_records_recomputed_without_the_key_are_found(record: Database, head_file: Path) -> None:
    """Content changed, and digest, links and head row computed anew without the key: found at the first of them."""
    words = audit.canonical({"text": "환불은 불가능합니다.", "unit": 2})
    async with record.read() as connection:
        rows = (await connection.execute(sa.select(chain).order_by(chain.c.position))).all()
        salts = dict((await connection.execute(sa.select(events.c.position, events.c.salt))).tuples().all())
        ats = [row[0] for row in await connection.execute(sa.text("SELECT at FROM chain ORDER BY position"))]
    records = [
        Record(
            at, row.subject, row.kind, audit.content_digest(salts[3], words) if row.position == 3 else bytes(row.digest)
        )
        for row, at in zip(rows, ats, strict=True)
    ]
    forged = audit.chained(b"?" * 32, Head(2, bytes(rows[1].link)), records[2:])
    await change(
        record,
        sa.update(events).where(events.c.position == 3).values(content=words),
        *(
            sa.update(chain)
            .where(chain.c.position == entry.position)
            .values(link=entry.link, digest=entry.record.digest)
            for entry in forged
        ),
        sa.update(chain_head).values(link=forged[-1].link),
    )
    error = await found(record, head_file)

    assert error.position == 3
    assert "without the key" in str(error)


async def test_content_changed_together_with_its_digest_is_found(record: Database, head_file: Path) -> None:
    """A digest that fits the changed content does not help without the key for its link."""
    words = audit.canonical({"text": "환불은 불가능합니다.", "unit": 2})
    digest = audit.content_digest(bytes(32), words)
    await change(
        record,
        sa.update(events).where(events.c.position == 5).values(content=words, salt=bytes(32)),
        sa.update(chain).where(chain.c.position == 5).values(digest=digest),
    )

    assert (await found(record, head_file)).position == 5


async def test_an_event_slipped_in_is_found(record: Database, head_file: Path) -> None:
    """An event that was never chained is found, behind the end as well as in a place of its own."""
    async with record.read() as connection:
        row = (await connection.execute(sa.select(events).where(events.c.position == 3))).mappings().one()
    await change(record, sa.insert(events).values({**row, "position": 500, "id": 77}))
    error = await found(record, head_file)

    assert error.position == 500
    assert "without an entry" in str(error)


async def test_an_entry_added_behind_the_head_is_found(record: Database, head_file: Path) -> None:
    """An entry that the head row does not know of was not written by heedful."""
    async with record.read() as connection:
        row = (await connection.execute(sa.select(chain).where(chain.c.position == ENTRIES))).mappings().one()
    await change(record, sa.insert(chain).values({**row, "position": ENTRIES + 1}))

    assert (await found(record, head_file)).position == ENTRIES + 1


async def test_a_changed_head_row_is_found(record: Database, head_file: Path) -> None:
    """The head row is part of the record: set back, set forward, another link, or gone."""
    row = sa.update(chain_head)
    statements = {
        ENTRIES: (row.values(position=ENTRIES - 1), row.values(link=bytes(32)), sa.delete(chain_head)),
        ENTRIES + 1: (row.values(position=ENTRIES + 1),),
    }

    for position, wrongs in statements.items():
        for wrong in wrongs:
            async with changed(record, wrong):
                assert (await found(record, head_file)).position == position


async def test_a_missing_or_damaged_head_outside_is_found(record: Database, head_file: Path) -> None:
    """Without the head outside a cut-off tail could not be found, so the record is not called whole."""
    longer = f'{{"position": 12, "link": "{"00" * 33}"}}'
    for text in ("", "{}", '{"position": "x", "link": ""}', longer, None):
        replace(head_file, text)

        with pytest.raises(ChainError, match="head of the chain"):
            await verify(record, KEY, head_file)


async def test_a_head_outside_of_another_chain_is_found(record: Database, head_file: Path) -> None:
    """A head with the right position and another link names a record that is not this one."""
    replace(head_file, f'{{"position": 5, "link": "{"ab" * 32}"}}')

    assert (await found(record, head_file)).position == 5


async def test_a_head_outside_that_is_behind_is_no_fault(record: Database, head_file: Path) -> None:
    """A process that was killed may not have written the last head: the record is whole all the same."""
    async with record.read() as connection:
        link = (await connection.execute(sa.select(chain.c.link).where(chain.c.position == 8))).scalar_one()
    replace(head_file, f'{{"position": 8, "link": "{bytes(link).hex()}"}}')

    assert (await verify(record, KEY, head_file)).entries == ENTRIES


async def test_another_master_key_is_named_as_the_likely_cause(record: Database, head_file: Path) -> None:
    """Verifying with a key that is not the record's says so at the first record."""
    with pytest.raises(ChainError, match="master key"):
        await verify(record, bytes(32), head_file)


async def test_an_erasure_leaves_a_record_that_verifies(record: Database, head_file: Path) -> None:
    """Content that was erased with an entry saying so leaves a whole record; the same mark without one does not."""
    async with record.read() as connection:
        one = (await connection.execute(sa.select(events.c.conversation_id).limit(1))).scalar_one()
    ends = Chain(record, KEY, head_file)
    marked = sa.update(chain).where(chain.c.subject.startswith(f"{one}/"))
    await change(record, sa.delete(events).where(events.c.conversation_id == one), marked.values(erased_by=13))
    before = await found(record, head_file)

    def erase(connection: sa.Connection) -> Any:
        erasure = Record("2026-03-17T10:00:00.000000Z", one, audit.ERASURE, bytes(32))
        entry = ends.follow(ends.lock(connection), erasure)
        ends.append(connection, [entry])
        return [entry]

    ends.committed(await record.transact(erase))
    await ends.close()

    assert "marked as erased" in str(before)
    assert (await verify(record, KEY, head_file)).entries == ENTRIES + 1


async def test_verifying_reads_one_moment_while_others_write(record: Database, head_file: Path) -> None:
    """Entries that are added while the record is verified are no fault of it."""
    store = ConversationStore(record, KEY, head_file, now=lambda: AT)
    async with record.read() as connection:
        one = (await connection.execute(sa.select(events.c.conversation_id).limit(1))).scalar_one()

    async def write() -> None:
        for number in range(40):
            await store.record(one, [Event("text", {"text": str(number)})])

    writing = asyncio.create_task(write())
    counts = [(await verify(record, KEY, head_file)).entries for _ in range(5)]
    await writing
    await store.close()

    assert counts == sorted(counts)
    assert (await verify(record, KEY, head_file)).entries == ENTRIES + 40
