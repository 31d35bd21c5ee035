"""Whoever changes the record behind heedful's back is found out, and the first bad place is named."""

from __future__ import annotations

import asyncio
import dataclasses
import json
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
from heedful.store.database import Database
from heedful.store.tables import chain, chain_head, consents, conversations, erasures, events, moment
from heedful.store.verifying import verify, verify_alone
from heedful.values import Consent, Event, Terms
from tests.kept import HEAD, Kept, kept
from tests.unit.test_store_conversations import opened

pytestmark = pytest.mark.anyio

AT = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
ENTRIES = 12


@pytest.fixture
async def ours(database: Database, tmp_path: Path) -> AsyncIterator[Kept]:
    """A database with twelve recorded events of two conversations: a message, units, a receipt, done."""
    async with kept(database, tmp_path, now=lambda: AT) as ours:
        for language, words in (("ko", "택배가 언제 오나요?"), ("en", "When will my parcel come?")):
            one = await opened(ours.log, language=language)
            message = await ours.log.add_message(one, text=words, client_message_id="m", without_my_data=False, at=AT)
            units = [Event("text", {"unit": n, "text": f"{words} {n}"}, reply_id=message.reply_id) for n in (1, 2, 3)]
            await ours.log.record(one, units)
            closing = [Event("receipt", {"id": "rc"}, reply_id=message.reply_id), Event("done", {}, message.event_id)]
            await ours.log.record(one, closing)
        await ours.log.close()
        yield ours


@pytest.fixture
def record(ours: Kept) -> Database:
    """The database that is tampered with."""
    return ours.database


@pytest.fixture
def head_file(tmp_path: Path) -> Path:
    """Where the head is kept outside the database."""
    return tmp_path / HEAD


async def change(database: Database, *statements: sa.Executable) -> None:
    """Write behind heedful's back."""
    async with database.write() as connection:
        for statement in statements:
            await connection.execute(statement)


@asynccontextmanager
async def changed(
    database: Database, *statements: sa.Executable, also: tuple[sa.Table, ...] = (erasures,)
) -> AsyncIterator[None]:
    """Write behind heedful's back, and put everything back at the end."""
    plain = [
        sa.table(table.name, *(sa.column(column.name) for column in table.columns))
        for table in (events, chain, chain_head, *also)
    ]
    async with database.read() as connection:
        rows = [[dict(row) for row in (await connection.execute(sa.select(table))).mappings()] for table in plain]
    await change(database, *statements)
    yield
    async with database.write() as connection:
        for table, before in zip(plain, rows, strict=True):
            await connection.execute(sa.delete(table))
            if before:
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


async def found(ours: Kept) -> ChainError:
    """Return what verifying finds."""
    with pytest.raises(ChainError) as error:
        await ours.verify()
    assert str(error.value.position) in str(error.value)
    return error.value


async def test_what_was_recorded_verifies(ours: Kept, record: Database, head_file: Path) -> None:
    """Untouched, the record is whole, and the head outside is the one in the database."""
    verified = await ours.verify()

    assert verified.entries == ENTRIES
    assert outside.read(head_file) == Head(ENTRIES, bytes.fromhex(verified.head))


def _flipped(value: Any) -> Any:
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, int):
        return value + 100
    text = value or "x"
    return text[:-1] + ("y" if text[-1] != "y" else "z")


async def test_a_change_in_any_column_is_found(ours: Kept, record: Database, head_file: Path) -> None:
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
            named[name] = (await found(ours)).position

    assert named == dict.fromkeys(columns, 6)
    assert len(columns) == 15
    assert (await ours.verify()).entries == ENTRIES


async def test_a_byte_flipped_in_the_file_is_found(ours: Kept, record: Database) -> None:
    """A byte of a sealed content changed in the database file itself is found."""
    if not record.is_sqlite:
        pytest.skip("PostgreSQL's files are the server's; its columns are changed above")
    async with record.read() as connection:
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        sealed = (await connection.execute(sa.select(events.c.content).where(events.c.position == 3))).scalar_one()
    await record.close()
    path = Path(str(record.url.database))
    for at in (0, 12, len(sealed) - 1):  # version, nonce, tag
        put(path, at=place_of(sealed, path) + at, wrong=bytes([sealed[at] ^ 1]))
        damaged = Database(str(record.url))

        assert (await found(dataclasses.replace(ours, database=damaged))).position == 3
        await damaged.close()
        put(
            path,
            at=place_of(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], path) + at,
            wrong=sealed[at : at + 1],
        )


async def test_a_damaged_page_is_found_and_named(ours: Kept, record: Database, head_file: Path) -> None:
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

    assert (await found(dataclasses.replace(ours, database=damaged))).position == 1
    await damaged.close()


async def test_a_deleted_record_is_found(ours: Kept, record: Database, head_file: Path) -> None:
    """The first, a middle or the last record gone, from either table or from both: its position is named."""
    for position in (1, 6, ENTRIES):
        for tables in ((events,), (chain,), (events, chain)):
            gone = [sa.delete(table).where(table.c.position == position) for table in tables]
            async with changed(record, *gone):
                assert (await found(ours)).position == position


async def test_a_cut_off_tail_is_found(ours: Kept, record: Database, head_file: Path) -> None:
    """The last records gone from both tables, and the head row set back to match: the head outside tells."""
    await set_back(record, 9)
    error = await found(ours)

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


async def test_everything_deleted_is_found(ours: Kept, record: Database, head_file: Path) -> None:
    """An emptied record is no fresh one: the head outside says how far it had come."""
    await change(record, sa.delete(events), sa.delete(chain), sa.update(chain_head).values(position=0, link=bytes(32)))
    error = await found(ours)

    assert error.position == 1
    assert str(ENTRIES) in str(error)


async def test_a_tail_that_was_cut_and_grew_again_is_found(ours: Kept, record: Database, head_file: Path) -> None:
    """heedful goes on after a cut: the head outside stays as evidence, however far the record grows past it."""
    await set_back(record, 9)
    one = await opened(ours.log)
    for number in range(6):
        await ours.log.record(one, [Event("text", {"text": str(number)})])

    assert (await found(ours)).position == ENTRIES


async def test_swapped_records_are_found(ours: Kept, record: Database, head_file: Path) -> None:
    """Two events, or two entries with theirs, that changed places are found at the first of them."""

    def swap(table: str) -> list[sa.Executable]:
        moves = ((4, 1004), (7, 4), (1004, 7))
        return [sa.text(f"UPDATE {table} SET position = {new} WHERE position = {old}") for old, new in moves]

    await change(record, *swap("events"))
    assert (await found(ours)).position == 4
    await change(record, *swap("chain"))
    assert (await found(ours)).position == 4
    await change(record, *swap("chain"), *swap("events"))
    assert (await ours.verify()).entries == ENTRIES


async def sealed_of(ours: Kept, position: int, content: dict[str, Any], salt: bytes) -> bytes:
    """Return a content sealed for the place of another: what somebody could write who has the customer's key."""
    query = sa.select(events.c.conversation_id, events.c.id, conversations.c.key_id).join(conversations)
    async with ours.database.read() as connection:
        row = (await connection.execute(query.where(events.c.position == position))).one()
    key = await ours.vault.key(row.key_id)
    assert key is not None
    return key.seal(salt + audit.canonical(content).encode(), "events", row.conversation_id, row.id)


async def test_records_recomputed_without_the_key_are_found(ours: Kept, record: Database, head_file: Path) -> None:
    """Content changed, and digest, links and head row computed anew without the chain's key: found at the first."""
    words = {"text": "환불은 불가능합니다.", "unit": 2}
    async with record.read() as connection:
        rows = (await connection.execute(sa.select(chain).order_by(chain.c.position))).all()
        ats = [row[0] for row in await connection.execute(sa.text("SELECT at FROM chain ORDER BY position"))]
    forged_digest = audit.content_digest(bytes(32), audit.canonical(words))
    records = [
        Record(at, row.subject, row.kind, forged_digest if row.position == 3 else bytes(row.digest))
        for row, at in zip(rows, ats, strict=True)
    ]
    forged = audit.chained(b"?" * 32, Head(2, bytes(rows[1].link)), records[2:])
    await change(
        record,
        sa.update(events).where(events.c.position == 3).values(content=await sealed_of(ours, 3, words, bytes(32))),
        *(
            sa.update(chain)
            .where(chain.c.position == entry.position)
            .values(link=entry.link, digest=entry.record.digest)
            for entry in forged
        ),
        sa.update(chain_head).values(link=forged[-1].link),
    )
    error = await found(ours)

    assert error.position == 3
    assert "without the key" in str(error)


async def test_content_changed_together_with_its_digest_is_found(ours: Kept, record: Database) -> None:
    """A digest that fits the changed content does not help without the key for its link; nor does the right seal."""
    words = {"text": "환불은 불가능합니다.", "unit": 2}
    sealed = sa.update(events).where(events.c.position == 5)
    sealed = sealed.values(content=await sealed_of(ours, 5, words, bytes(32)))
    digest = audit.content_digest(bytes(32), audit.canonical(words))

    async with changed(record, sealed):
        assert "content or salt was changed" in str(await found(ours))
    async with changed(record, sealed, sa.update(chain).where(chain.c.position == 5).values(digest=digest)):
        assert (await found(ours)).position == 5


async def test_sealed_rows_cannot_be_swapped(ours: Kept, record: Database) -> None:
    """The sealed content of one event does not open in the place of another, also of the same conversation."""
    async with record.read() as connection:
        other = (await connection.execute(sa.select(events.c.content).where(events.c.position == 4))).scalar_one()
    async with changed(record, sa.update(events).where(events.c.position == 3).values(content=other)):
        error = await found(ours)

    assert error.position == 3
    assert "moved" in str(error)


async def test_a_key_that_is_gone_without_an_erasure_is_found(ours: Kept, record: Database, tmp_path: Path) -> None:
    """A sealed record whose key was destroyed, and nothing says why, is a fault at the first such record."""
    async with record.read() as connection:
        of_second = sa.select(conversations.c.key_id).join(events).where(events.c.position == 7)
        key_id = (await connection.execute(of_second)).scalar_one()
    await ours.vault.destroy([key_id])
    async with kept(record, tmp_path) as fresh:
        error = await found(fresh)

    assert error.position == 7
    assert "not in the key store" in str(error)


async def test_an_event_slipped_in_is_found(ours: Kept, record: Database, head_file: Path) -> None:
    """An event that was never chained is found, behind the end as well as in a place of its own."""
    async with record.read() as connection:
        row = (await connection.execute(sa.select(events).where(events.c.position == 3))).mappings().one()
    await change(record, sa.insert(events).values({**row, "position": 500, "id": 77}))
    error = await found(ours)

    assert error.position == 500
    assert "without an entry" in str(error)


async def test_an_entry_added_behind_the_head_is_found(ours: Kept, record: Database, head_file: Path) -> None:
    """An entry that the head row does not know of was not written by heedful."""
    async with record.read() as connection:
        row = (await connection.execute(sa.select(chain).where(chain.c.position == ENTRIES))).mappings().one()
    await change(record, sa.insert(chain).values({**row, "position": ENTRIES + 1}))

    assert (await found(ours)).position == ENTRIES + 1


async def test_a_changed_head_row_is_found(ours: Kept, record: Database, head_file: Path) -> None:
    """The head row is part of the record: set back, set forward, another link, or gone."""
    row = sa.update(chain_head)
    statements = {
        ENTRIES: (row.values(position=ENTRIES - 1), row.values(link=bytes(32)), sa.delete(chain_head)),
        ENTRIES + 1: (row.values(position=ENTRIES + 1),),
    }

    for position, wrongs in statements.items():
        for wrong in wrongs:
            async with changed(record, wrong):
                assert (await found(ours)).position == position


async def test_a_missing_or_damaged_head_outside_is_found(ours: Kept, record: Database, head_file: Path) -> None:
    """Without the head outside a cut-off tail could not be found, so the record is not called whole."""
    longer = f'{{"position": 12, "link": "{"00" * 33}"}}'
    for text in ("", "{}", '{"position": "x", "link": ""}', longer, None):
        replace(head_file, text)

        with pytest.raises(ChainError, match="head of the chain"):
            await ours.verify()


async def test_a_head_outside_of_another_chain_is_found(ours: Kept, record: Database, head_file: Path) -> None:
    """A head with the right position and another link names a record that is not this one."""
    replace(head_file, f'{{"position": 5, "link": "{"ab" * 32}"}}')

    assert (await found(ours)).position == 5


async def test_a_head_outside_that_is_behind_is_no_fault(ours: Kept, record: Database, head_file: Path) -> None:
    """A process that was killed may not have written the last head: the record is whole all the same."""
    async with record.read() as connection:
        link = (await connection.execute(sa.select(chain.c.link).where(chain.c.position == 8))).scalar_one()
    replace(head_file, f'{{"position": 8, "link": "{bytes(link).hex()}"}}')

    assert (await ours.verify()).entries == ENTRIES


async def test_another_master_key_is_named_as_the_likely_cause(ours: Kept, record: Database, tmp_path: Path) -> None:
    """Verifying with keys that are not the record's says so at the first record."""
    async with kept(record, tmp_path / "other", master=bytes(32)) as others:
        with pytest.raises(ChainError, match="master key"):
            await verify(record, others.vault, tmp_path / HEAD)


async def test_an_erasure_leaves_a_record_that_verifies(ours: Kept, record: Database) -> None:
    """Content that was erased with an entry saying so leaves a whole record; the same mark by hand does not."""
    async with record.read() as connection:
        first, second = (await connection.execute(sa.select(events.c.conversation_id).distinct())).scalars()
    erased = await ours.erasures.erase_conversation(first)
    assert (await ours.verify()).entries == ENTRIES + 1
    gone = sa.select(events.c.position).where(events.c.conversation_id == second)
    marked = sa.update(chain).where(chain.c.position.in_(gone)).values(erased_by=ENTRIES + 1)

    async with changed(record, marked, sa.delete(events).where(events.c.conversation_id == second)):
        error = await found(ours)
    assert (error.position, "other records" in str(error)) == (ENTRIES + 1, True)
    assert erased.chain["position"] == ENTRIES + 1
    async with changed(record, sa.delete(erasures)):
        assert (await found(ours)).position == ENTRIES + 1
    async with changed(record, sa.update(erasures).values(content=sa.func.replace(erasures.c.content, "6", "5"))):
        assert (await found(ours)).position == ENTRIES + 1


async def test_a_changed_consent_is_found(ours: Kept, record: Database) -> None:
    """A consent event changed in any column, taken out or put in is found at its place in the chain."""
    terms = Terms("들어 주세요", "1", "ko", "your_data", recipients=(("model", "KR"),))
    given = Consent("k1", "customer_care", "refused", AT, "order", "order", AT, terms)
    await ours.profiles.record_consents("mina", [given, dataclasses.replace(given, id="k2", state="given")])
    columns = [column.name for column in consents.columns if column.name != "owner"]
    assert (await ours.verify()).entries == ENTRIES + 2
    for name in columns:
        async with record.read() as connection:
            place = ENTRIES + 1
            old = (await connection.execute(sa.text(f"SELECT {name} FROM consents WHERE position = {place}"))).scalar()
        forged = sa.text(f"UPDATE consents SET {name} = :new WHERE position = {place}").bindparams(new=_flipped(old))
        async with changed(record, forged, also=(consents,)):
            assert (await found(ours)).position == place, name
    async with changed(record, sa.delete(consents).where(consents.c.position == ENTRIES + 1), also=(consents,)):
        assert (await found(ours)).position == ENTRIES + 1
    assert (await ours.verify()).entries == ENTRIES + 2


async def test_verifying_reads_one_moment_while_others_write(ours: Kept, record: Database) -> None:
    """Entries that are added while the record is verified are no fault of it."""
    async with record.read() as connection:
        one = (await connection.execute(sa.select(events.c.conversation_id).limit(1))).scalar_one()

    async def write() -> None:
        for number in range(40):
            await ours.log.record(one, [Event("text", {"text": str(number)})])

    writing = asyncio.create_task(write())
    counts = [(await verify(record, ours.vault, ours.folder / HEAD)).entries for _ in range(5)]
    await writing

    assert counts == sorted(counts)
    assert (await ours.verify()).entries == ENTRIES + 40


async def test_a_receipt_is_verified_alone(ours: Kept, record: Database) -> None:
    """A receipt as the customer has it is held against its place; a word, salt or place that differs is told."""
    async with record.read() as connection:
        one = (await connection.execute(sa.select(events.c.conversation_id).where(events.c.position == 5))).scalar_one()
    receipt = next(dict(event.content) for event in await ours.log.events(one) if event.type == "receipt")
    erased = await ours.erasures.erase("nobody")
    of_erasure = {**dataclasses.asdict(erased), "at": moment(erased.at)}
    through_json = json.loads(json.dumps(receipt))

    assert await verify_alone(record, ours.vault, through_json) == receipt["chain"]["position"] == 5
    assert await verify_alone(record, ours.vault, of_erasure) == ENTRIES + 1
    for wrong in (
        {**receipt, "id": "another"},
        {**receipt, "salt": "00" * 32},
        {**receipt, "chain": {**receipt["chain"], "position": 4}},
        {**receipt, "chain": {**receipt["chain"], "position": 99}},
        {**receipt, "chain": {**receipt["chain"], "hash": "00" * 32}},
        {**of_erasure, "counts": {"facts": 1}},
        {"id": "rc"},
        {},
    ):
        with pytest.raises(ChainError):
            await verify_alone(record, ours.vault, wrong)
    async with changed(record, sa.update(chain).where(chain.c.position == 4).values(link=bytes(32))):
        with pytest.raises(ChainError, match="changed in the database"):
            await verify_alone(record, ours.vault, receipt)
