"""Erasure on both databases: everything of a customer goes, a receipt without a name stays, and the record is whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from heedful import audit
from heedful.agreements import Correction, Hold
from heedful.errors import LegalHoldError, NotFoundError, StoreError
from heedful.store.database import Database, metadata
from heedful.store.tables import chain, events, moment, profiles
from heedful.values import Consent, Event, Fact, Mail, Terms
from tests.kept import Kept, kept
from tests.unit.test_store_conversations import opened, send

pytestmark = pytest.mark.anyio

AT = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
TERMS = Terms("주문 정보를 배송 문의에 쓰도록 동의하시겠습니까?", "2", "ko", "your_data")
GIVEN = Consent("k1", "order_management", "given", AT, "order", terms=TERMS)
FACTS = (Fact("order", "DB-2026-88213", "order"), Fact("email", "mina@example.com", "contact"))
RETENTION = {"conversations": 365, "unverified_conversations": 90}


@pytest.fixture
async def ours(database: Database, tmp_path: Path) -> AsyncIterator[Kept]:
    """The stores over an empty database."""
    async with kept(database, tmp_path, now=lambda: AT) as ours:
        yield ours


async def talk(ours: Kept, customer_id: str | None, at: datetime = AT) -> str:
    """Have a customer ask something and get an answer with a receipt; return the conversation."""
    one = await opened(ours.log, customer_id=customer_id, mail=Mail("반품 문의", sender_name="김미나"), at=at)
    message = await send(ours.log, one, "택배가 언제 오나요?", at=at)
    said = [
        Event(kind, {"text": "내일입니다."}, reply_id=message.reply_id, at=at) for kind in ("text", "receipt", "done")
    ]
    await ours.log.record(one, said)
    return one


async def fill(ours: Kept, customer_id: str = "demo-mina") -> str:
    """Keep of a customer all that can be kept; return their conversation."""
    await ours.profiles.put(customer_id, FACTS)
    await ours.profiles.record_consents(customer_id, [GIVEN])
    await ours.profiles.ask_correction(customer_id, Correction("cor_1", "email", "mina@example.org", AT))
    return await talk(ours, customer_id)


async def rows(database: Database) -> dict[str, int]:
    """Return how many rows there are in each table that has some."""
    found: dict[str, int] = {}
    async with database.read() as connection:
        for table in metadata.sorted_tables:
            count = (await connection.execute(sa.select(sa.func.count()).select_from(table))).scalar_one()
            found |= {table.name: count} if count else {}
    return found


async def test_nothing_of_an_erased_customer_is_left(ours: Kept, database: Database) -> None:
    """Profile, consents, corrections, conversations and their key are gone; only the chain and the receipt stay."""
    one = await fill(ours)
    erased = await ours.erasures.erase("demo-mina")

    assert dict(erased.counts) == {
        "facts": 2,
        "identifiers": 2,
        "profiles": 1,
        "consents": 1,
        "corrections": 1,
        "conversations": 1,
        "events": 4,
        "messages": 1,
        "receipts": 1,
        "keys": 1,
    }
    assert await rows(database) == {"chain": 6, "chain_head": 1, "erasures": 1}
    assert (erased.why, erased.at, erased.chain["position"]) == ("asked", AT, 6)
    assert await ours.profiles.profile("demo-mina") is None
    assert await ours.profiles.consents("demo-mina") == ()
    assert await ours.log.of_customer("demo-mina") == ()
    assert await ours.log.receipts("demo-mina") == ()
    assert await ours.log.events(one) == ()
    with pytest.raises(NotFoundError):
        await ours.log.get(one)
    with pytest.raises(NotFoundError):
        await ours.log.record(one, [Event("text", {"text": "noch etwas"})])
    assert (await ours.verify()).entries == 6


async def test_others_keep_what_is_theirs(ours: Kept) -> None:
    """Another customer, and somebody who never said who they are, are not touched."""
    await fill(ours)
    other, stranger = await talk(ours, "demo-jun"), await talk(ours, None)
    await ours.profiles.put("demo-jun", FACTS[:1])
    await ours.erasures.erase("demo-mina")
    jun = await ours.profiles.profile("demo-jun")

    assert jun is not None
    assert jun.facts == FACTS[:1]
    assert len(await ours.log.events(other)) == len(await ours.log.events(stranger)) == 4
    assert (await ours.log.get(other)).customer_id == "demo-jun"
    assert (await ours.verify()).entries == 14


async def test_the_receipt_of_an_erasure_names_nobody_and_can_be_checked(ours: Kept, database: Database) -> None:
    """Its digest is the one in the chain, and neither it nor any row that stays leads to the customer."""
    await fill(ours)
    erased = await ours.erasures.erase("demo-mina", "company")
    entry = await ours.log.entry(erased.chain["position"])
    async with database.read() as connection:
        left = repr([*await connection.execute(sa.select(chain))])
        left += repr([*await connection.execute(sa.text("SELECT * FROM erasures"))])
    content = {
        "id": erased.id,
        "at": moment(erased.at),
        "why": "company",
        "counts": dict(erased.counts),
        "took": erased.chain["took"],
    }

    assert entry is not None
    assert (entry.record.kind, entry.link.hex()) == (audit.ERASURE, erased.chain["hash"])
    assert audit.content_digest(bytes.fromhex(erased.salt), audit.canonical(content)) == entry.record.digest
    assert "mina" not in left + json.dumps(content)
    assert ours.profiles._customers.owner("demo-mina") not in left


async def test_who_comes_back_begins_anew(ours: Kept) -> None:
    """The same customer after an erasure has a new key, and nothing from before."""
    await fill(ours)
    async with ours.database.read() as connection:
        before = (await connection.execute(sa.select(profiles.c.key_id))).scalar_one()
    await ours.erasures.erase("demo-mina")
    await ours.profiles.put("demo-mina", FACTS[1:])
    await talk(ours, "demo-mina")
    async with ours.database.read() as connection:
        after = (await connection.execute(sa.select(profiles.c.key_id))).scalar_one()
    mina = await ours.profiles.profile("demo-mina")

    assert mina is not None
    assert (mina.facts, mina.consents) == (FACTS[1:], ())
    assert after != before
    assert len(await ours.log.receipts("demo-mina")) == 1
    assert (await ours.verify()).entries == 10


async def test_another_process_sees_an_erasure_at_its_next_look(ours: Kept, tmp_path: Path) -> None:
    """What another process has in memory of a customer is not used once they are erased, nor written under."""
    one = await fill(ours)
    async with kept(ours.database, tmp_path, now=lambda: AT) as other:
        assert await other.profiles.profile("demo-mina") is not None
        assert len(await other.log.events(one)) == 4
        await ours.erasures.erase("demo-mina")

        assert await other.profiles.profile("demo-mina") is None
        assert await other.log.events(one) == ()
        await other.profiles.put("demo-mina", FACTS)
        two = await talk(other, "demo-mina")
    assert len(await ours.log.events(two)) == 4
    mina = await ours.profiles.profile("demo-mina")
    assert mina is not None
    assert mina.facts == FACTS


async def test_erasing_whom_nobody_knows_is_an_answer_too(ours: Kept) -> None:
    """Nothing was kept: the receipt says so, again and again."""
    first, second = await ours.erasures.erase("nobody"), await ours.erasures.erase("nobody")

    assert dict(first.counts) == dict(second.counts) == {}
    assert first.id != second.id
    assert (await ours.verify()).entries == 2


async def test_many_at_once_are_erased_one_after_the_other(ours: Kept) -> None:
    """The same customer twice and another at once, while others write: everything is gone, the record is whole."""
    await fill(ours)
    await talk(ours, "demo-jun")
    stranger = await talk(ours, None)
    writing = [ours.log.record(stranger, [Event("text", {"text": str(number)})]) for number in range(10)]
    erasing = [ours.erasures.erase(name) for name in ("demo-mina", "demo-jun", "demo-mina")]
    done, _ = await asyncio.gather(asyncio.gather(*erasing), asyncio.gather(*writing))

    assert sum(one.counts.get("events", 0) for one in done) == 8
    assert len(await ours.log.events(stranger)) == 14
    assert (await ours.verify()).entries == 5 + 4 + 4 + 10 + 3


async def test_one_conversation_is_erased_alone(ours: Kept) -> None:
    """A customer's other conversation stays; of a customer nothing is left when the last one goes."""
    first, second = await talk(ours, "demo-mina"), await talk(ours, "demo-mina")
    one = await ours.erasures.erase_conversation(first)
    left = await ours.log.of_customer("demo-mina")
    two = await ours.erasures.erase_conversation(second)

    assert [conversation.id for conversation in left] == [second]
    assert (one.counts.get("keys", 0), two.counts["keys"], two.counts["profiles"]) == (0, 1, 1)
    assert await ours.profiles.customers() == ()
    with pytest.raises(NotFoundError):
        await ours.erasures.erase_conversation(first)
    assert (await ours.verify()).entries == 10


async def test_an_unverified_conversation_has_a_key_of_its_own(ours: Kept) -> None:
    """Erasing one conversation of nobody in particular destroys its key and no other."""
    first, second = await talk(ours, None), await talk(ours, None)
    erased = await ours.erasures.erase_conversation(first)

    assert (erased.counts["keys"], erased.counts["conversations"]) == (1, 1)
    assert len(await ours.log.events(second)) == 4


async def test_a_legal_hold_stops_erasure_and_is_told(ours: Kept) -> None:
    """While a hold stands nothing of the customer goes, by whichever way; released, it does."""
    one = await talk(ours, "demo-mina", AT - timedelta(days=1000))
    await ours.erasures.hold("demo-mina", "분쟁 조정 중입니다.", AT)
    await ours.erasures.hold("demo-mina", "소송 중입니다.", AT + timedelta(days=1))

    assert await ours.erasures.held("demo-mina") == Hold("demo-mina", "소송 중입니다.", AT)
    assert await ours.erasures.holds() == (Hold("demo-mina", "소송 중입니다.", AT),)
    assert await ours.erasures.held("demo-jun") is None
    with pytest.raises(LegalHoldError, match="2026-03-17") as told:
        await ours.erasures.erase("demo-mina")
    with pytest.raises(LegalHoldError):
        await ours.erasures.erase_conversation(one)
    assert await ours.erasures.expire(RETENTION, AT) == ()
    assert told.value.code == "legal_hold"
    assert "mina" not in str(told.value)
    assert len(await ours.log.events(one)) == 4
    assert (await ours.erasures.release("demo-mina"), await ours.erasures.release("demo-mina")) == (True, False)
    assert (await ours.erasures.erase("demo-mina")).counts["events"] == 4


async def test_conversations_that_ran_out_go_by_kind(ours: Kept) -> None:
    """Verified ones after 365 days, others after 90, counted from the last event; 0 keeps them all."""
    days = {"old": 400, "fair": 100, "new": 1}
    of_mina = {name: await talk(ours, "demo-mina", AT - timedelta(days=day)) for name, day in days.items()}
    of_nobody = {name: await talk(ours, None, AT - timedelta(days=day)) for name, day in days.items()}
    lively = await talk(ours, None, AT - timedelta(days=400))
    await ours.log.record(lively, [Event("text", {"text": "a"}, at=AT)])
    kept_all = await ours.erasures.expire({"conversations": 0, "unverified_conversations": 0}, AT)
    done = await ours.erasures.expire(RETENTION, AT)
    again = await ours.erasures.expire(RETENTION, AT)

    assert (kept_all, again) == ((), ())
    assert [(one.why, one.counts["conversations"], one.counts.get("keys", 0)) for one in done] == [
        ("retention", 1, 0),
        ("retention", 2, 2),
    ]
    assert {one.id for one in await ours.log.of_customer("demo-mina")} == {of_mina["fair"], of_mina["new"]}
    assert [len(await ours.log.events(of_nobody[name])) for name in days] == [0, 0, 4]
    assert len(await ours.log.events(lively)) == 5
    assert (await ours.verify()).entries == 31


async def test_the_key_goes_with_the_last_of_a_customer(ours: Kept) -> None:
    """When retention takes the only conversation of whom nothing else is kept, the key goes too; consents keep it."""
    await talk(ours, "demo-jun", AT - timedelta(days=400))
    await talk(ours, "demo-mina", AT - timedelta(days=400))
    await ours.profiles.record_consents("demo-mina", [GIVEN])
    (erased,) = await ours.erasures.expire(RETENTION, AT)

    assert (erased.counts["conversations"], erased.counts["keys"], erased.counts["profiles"]) == (2, 1, 1)
    assert await ours.profiles.customers() == ("demo-mina",)
    assert len(await ours.profiles.consents("demo-mina")) == 1


async def test_two_who_run_retention_at_once_erase_once(ours: Kept, tmp_path: Path) -> None:
    """Two processes at the same time: one erasure takes each conversation, none says that it took nothing."""
    for _ in range(3):
        await talk(ours, None, AT - timedelta(days=400))
    async with kept(ours.database, tmp_path, now=lambda: AT) as other:
        both = await asyncio.gather(ours.erasures.expire(RETENTION, AT), other.erasures.expire(RETENTION, AT))

    assert sum(one.counts["conversations"] for done in both for one in done) == 3
    assert all(one.counts.get("conversations") for done in both for one in done)
    assert (await ours.verify()).entries == 12 + sum(map(len, both))


async def test_an_erasure_that_could_not_destroy_the_key_is_finished_later(ours: Kept, tmp_path: Path) -> None:
    """With a key store that takes nothing, the customer is gone for readers already, and `resume` does the rest."""
    one = await fill(ours)
    keys = Database(f"sqlite+aiosqlite:///{tmp_path / 'keys.db'}", journal="DELETE")
    async with keys.write() as connection:
        refuse = "CREATE TRIGGER closed BEFORE DELETE ON content_keys BEGIN SELECT RAISE(ABORT, 'read-only'); END"
        await connection.exec_driver_sql(refuse)
    assert await ours.profiles.profile("demo-mina") is not None  # and so it is in memory
    with pytest.raises(StoreError, match="key store"):
        await ours.erasures.erase("demo-mina")

    assert await ours.profiles.profile("demo-mina") is None
    assert await ours.log.events(one) == ()
    async with keys.write() as connection:
        await connection.exec_driver_sql("DROP TRIGGER closed")
    await keys.close()
    assert (await ours.erasures.resume(), await ours.erasures.resume()) == (1, 0)
    assert await rows(ours.database) == {"chain": 6, "chain_head": 1, "erasures": 1}
    assert (await ours.verify()).entries == 6


async def test_a_row_that_is_put_back_is_found(ours: Kept, database: Database) -> None:
    """Whoever writes an erased event back from a backup can't have it pass, nor read it."""
    one = await talk(ours, None)
    async with database.read() as connection:
        copies = [dict(row) for row in (await connection.execute(sa.select(events))).mappings()]
    await ours.erasures.erase_conversation(one)
    two = await talk(ours, None)
    async with database.write() as connection:
        await connection.execute(sa.insert(events), [{**copies[0], "conversation_id": two, "id": 99}])

    with pytest.raises(StoreError):
        await ours.log.events(two)
    with pytest.raises(StoreError) as found:
        await ours.verify()
    assert getattr(found.value, "position", None) == 1
