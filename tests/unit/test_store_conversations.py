"""The conversation log on both databases: what is recorded, what comes back, what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from heedful import audit
from heedful.errors import ConflictError, InputError, NotFoundError, StoreError
from heedful.store.conversations import ConversationStore
from heedful.store.database import Database
from heedful.store.tables import chain
from heedful.store.verifying import verify
from heedful.values import Event, Mail, Recipient
from tests.kept import HEAD, kept

pytestmark = pytest.mark.anyio

if TYPE_CHECKING:  # the type checker holds that the store has the face by which conversations know it
    from heedful.conversations import Log

    def _as_log(store: ConversationStore) -> Log:
        return store


AT = datetime(2026, 3, 17, 9, 30, 15, 123456, tzinfo=UTC)
MAIL = Mail("반품 문의", (Recipient("a@b.example", "cc"),), "a@b.example", ("mina@example.com",), "> 인용")


@pytest.fixture
async def store(database: Database, tmp_path: Path) -> AsyncIterator[ConversationStore]:
    """A log on an empty database."""
    async with kept(database, tmp_path, now=lambda: AT) as ours:
        yield ours.log


async def opened(store: ConversationStore, **values: Any) -> str:
    """Open a conversation, in chat where nothing else is said."""
    defaults: dict[str, Any] = {
        "channel": "chat",
        "language": "ko",
        "customer_id": None,
        "purpose": None,
        "without_my_data": False,
        "mail": None,
        "at": AT,
    }
    return await store.open(**{**defaults, **values})


def text(words: str, reply_id: str = "r_1", unit: int = 1) -> Event:
    """Return a released unit."""
    return Event("text", {"unit": unit, "text": words, "citations": []}, reply_id=reply_id)


async def send(store: ConversationStore, conversation_id: str, words: str, name: str = "m-1", **more: Any) -> Any:
    """Send a customer's message."""
    values = {"text": words, "client_message_id": name, "without_my_data": False, "at": AT, **more}
    return await store.add_message(conversation_id, **values)


async def test_a_conversation_comes_back_as_it_was_opened(store: ConversationStore) -> None:
    """Everything said at the opening is there, mail and time included; ids are long and different."""
    seoul = AT.astimezone(tz=None) + timedelta(seconds=1)
    first = await opened(store, channel="email", customer_id="demo-mina", purpose="customer_care", mail=MAIL, at=seoul)
    second = await opened(store, language=None, without_my_data=True)
    kept, other = await store.get(first), await store.get(second)

    assert (kept.id, kept.channel, kept.language, kept.customer_id) == (first, "email", "ko", "demo-mina")
    assert (kept.purpose, kept.mail, kept.opened_at, kept.state) == ("customer_care", MAIL, seoul, "open")
    assert (other.language, other.without_my_data, other.mail, other.notice_given) == (None, True, None, False)
    assert first[:2] == second[:2] == "c_"
    assert len(first) == len(second) == 24
    assert first != second


async def test_there_is_no_such_conversation(store: ConversationStore) -> None:
    """An id that is nobody's is not found, whatever stands in it, and has no events."""
    for name in ("c_unknown", "", "c_\x00", "없는 대화", "c" * 5000):
        with pytest.raises(NotFoundError):
            await store.get(name)
        assert await store.events(name) == ()


async def test_events_count_up_and_come_back_as_they_were_returned(store: ConversationStore) -> None:
    """Ids count from 1 in each conversation; what `record` returns is what `events` gives, both languages."""
    one, two = await opened(store), await opened(store)
    recorded = await store.record(one, [text("주문하신 상품은 3일 이내에 도착합니다."), text("3,000 won.", unit=2)])
    recorded += await store.record(one, [Event("done", {}, reply_id="r_1", at=AT + timedelta(hours=1))])
    await store.record(two, [text("Other.")])

    assert [event.id for event in recorded] == [1, 2, 3]
    assert await store.events(one) == recorded
    assert recorded[0].content["text"] == "주문하신 상품은 3일 이내에 도착합니다."
    assert [event.at for event in recorded] == [AT, AT, AT + timedelta(hours=1)]
    assert [event.id for event in await store.events(two)] == [1]


async def test_events_are_read_after_an_id_and_by_reply(store: ConversationStore) -> None:
    """A dropped connection resumes after the last id it saw, in one reply or in all."""
    one = await opened(store)
    await store.record(one, [text("a", "r_1"), text("b", "r_2"), text("c", "r_1")])

    assert [event.content["text"] for event in await store.events(one, after=1)] == ["b", "c"]
    assert [event.content["text"] for event in await store.events(one, reply_id="r_1")] == ["a", "c"]
    assert [event.content["text"] for event in await store.events(one, after=1, reply_id="r_1")] == ["c"]


async def test_status_is_seen_live_only(store: ConversationStore) -> None:
    """A status event comes back without an id, in its place, and is not recorded."""
    one = await opened(store)
    mixed = await store.record(one, [Event("status", {"stage": "checking"}), text("a"), Event("status", {})])

    assert [(event.type, event.id) for event in mixed] == [("status", None), ("text", 1), ("status", None)]
    assert [event.type for event in await store.events(one)] == ["text"]
    assert await store.record(one, []) == ()


async def test_any_words_survive(store: ConversationStore) -> None:
    """NUL, half a surrogate, emoji, quotes and jamo in a content are kept on both databases."""
    one = await opened(store)
    words = "널\x00 반쪽\ud800 🙂 \"'\\ ᄒ\u1161\u11ab \u200b"
    (event,) = await store.record(one, [text(words)])

    assert event.content["text"] == words
    assert (await store.events(one))[0].content["text"] == words


async def test_a_receipt_names_its_place_in_the_chain(store: ConversationStore, database: Database) -> None:
    """A receipt comes back with salt, position and hash; with these alone it can be held against the chain."""
    one = await opened(store)
    content = {"id": "rc_1", "facts": [], "model": {"name": "extractive"}, "score": 0.5, "salt": "", "chain": {}}
    _, receipt = await store.record(one, [text("a"), Event("receipt", content, reply_id="r_1")])

    assert receipt == (await store.events(one))[1]
    printed = json.loads(json.dumps(receipt.content))
    salt, place = bytes.fromhex(printed.pop("salt")), printed.pop("chain")
    async with database.read() as connection:
        entry = (await connection.execute(sa.select(chain).where(chain.c.position == place["position"]))).one()
    assert (place["position"], place["hash"]) == (2, entry.link.hex())
    assert audit.content_digest(salt, audit.canonical(printed)) == entry.digest
    assert len(salt) == 32


async def test_the_same_message_twice_gives_one_reply(store: ConversationStore) -> None:
    """The same client_message_id with the same words is the same reply; in another conversation it is another."""
    one, two = await opened(store), await opened(store)
    first, again = await send(store, one, "환불해 주세요"), await send(store, one, "환불해 주세요")
    other = await send(store, two, "환불해 주세요")

    assert (first.is_new, again.is_new, other.is_new) == (True, False, True)
    assert (first.reply_id, first.event_id) == (again.reply_id, again.event_id)
    assert other.reply_id != first.reply_id
    assert (await store.events(one)) == (first.event,)
    assert again.event == first.event


async def test_the_same_id_for_another_message_is_a_conflict(store: ConversationStore) -> None:
    """Other words, or "without my data" now, under an id that was used: refused, nothing recorded."""
    one = await opened(store)
    await send(store, one, "환불해 주세요")

    for words, without in (("교환해 주세요", False), ("환불해 주세요", True)):
        with pytest.raises(ConflictError, match="client_message_id"):
            await send(store, one, words, without_my_data=without)
    assert len(await store.events(one)) == 1


async def test_the_same_message_many_times_at_once_gives_one_reply(database: Database, tmp_path: Path) -> None:
    """Ten callers in two stores at once, as two processes would: one is new, all get the same reply."""
    async with kept(database, tmp_path) as here, kept(database, tmp_path) as there:
        one = await opened(here.log)
        stores = (here.log, there.log)
        taken = await asyncio.gather(*(send(stores[number % 2], one, "안녕하세요") for number in range(10)))

    assert sum(message.is_new for message in taken) == 1
    assert len({message.reply_id for message in taken}) == 1


async def test_a_client_message_id_that_cannot_be_kept_is_refused(store: ConversationStore) -> None:
    """Too long or with control characters: a clear error before anything is written."""
    one = await opened(store)

    for name in ("x" * 201, "a\x00b", "a\nb"):
        with pytest.raises(InputError, match="client_message_id"):
            await send(store, one, "안녕하세요", name)
    assert await store.events(one) == ()


async def test_many_appends_at_once_share_transactions_and_all_verify(
    database: Database, store: ConversationStore, tmp_path: Path
) -> None:
    """Fifty conversations at once: each gets its ids, one caller's mistake is not the others', the chain is whole."""
    ids = [await opened(store) for _ in range(50)]
    commits: list[int] = []
    count: Callable[..., None] = lambda *_: commits.append(1)  # noqa: E731 - SQLAlchemy takes a function
    engine = database.engine.sync_engine if not database.is_sqlite else database._engine_of_thread
    sa.event.listen(engine, "before_cursor_execute", count)
    wishes = [store.record(name, [text(f"문장 {name}"), text("two", unit=2)]) for name in ids]
    answers = await asyncio.gather(store.record("c_nobody", [text("x")]), *wishes, return_exceptions=True)
    statements = len(commits)
    await store.close()

    assert isinstance(answers[0], NotFoundError)
    for name, answer in zip(ids, answers[1:], strict=True):
        assert not isinstance(answer, BaseException)
        assert [event.id for event in answer] == [1, 2]
        assert await store.events(name) == answer
    assert (await verify(database, store._vault, tmp_path / HEAD)).entries == 100
    assert statements < 50


async def test_what_cannot_follow_takes_nobody_else_with_it(
    database: Database, store: ConversationStore, tmp_path: Path
) -> None:
    """Where what follows can't be recorded nothing of that wish is, and those written together with it are whole."""
    one, two = await opened(store), await opened(store)

    def broken(_written: tuple[Event, ...]) -> list[Event]:
        return [Event("reply", {"text": object()}, reply_id="r_1")]

    answers = await asyncio.gather(
        store.record(two, [text("before")]),
        store.record(one, [text("lost"), Event("done", {}, reply_id="r_1")], broken),
        store.record(two, [text("behind")]),
        return_exceptions=True,
    )
    (kept,) = await store.record(one, [text("kept")])
    of_one, of_two = await store.events(one), await store.events(two)
    await store.close()

    assert isinstance(answers[1], InputError)
    assert [event.content["text"] for event in of_two] == ["before", "behind"]
    assert of_one == (kept,)
    assert (await verify(database, store._vault, tmp_path / HEAD)).entries == 3


async def test_a_content_that_is_not_json_fails_its_caller_only(store: ConversationStore) -> None:
    """What can't be recorded is refused before it joins the others' transaction."""
    one = await opened(store)
    answers = await asyncio.gather(
        store.record(one, [Event("text", {"text": object()})]),
        store.record(one, [text("a")]),
        return_exceptions=True,
    )

    assert isinstance(answers[0], InputError)
    assert [event.id for event in await store.events(one)] == [1]


async def test_states_are_recorded_when_they_change(store: ConversationStore) -> None:
    """A hand-off is a state and an event; saying it twice records it once."""
    one = await opened(store)
    for state in ("handed_off", "handed_off", "closed"):
        await store.set_state(one, state, at=AT)

    assert (await store.get(one)).state == "closed"
    assert [dict(event.content) for event in await store.events(one)] == [{"state": "handed_off"}, {"state": "closed"}]
    with pytest.raises(NotFoundError):
        await store.set_state("c_nobody", "closed", at=AT)


async def test_the_notice_is_remembered(store: ConversationStore) -> None:
    """Once given, the notice that an AI answers has been given."""
    one = await opened(store)
    await store.mark_notice_given(one)

    assert (await store.get(one)).notice_given


async def test_unfinished_replies_are_those_without_done(store: ConversationStore) -> None:
    """After a crash, each message whose reply never said `done` is found, across conversations."""
    one, two = await opened(store), await opened(store)
    finished, cut_off = await send(store, one, "a", "1"), await send(store, one, "b", "2")
    waiting = await send(store, two, "c", "1")
    await store.record(one, [text("…", finished.reply_id), Event("done", {}, reply_id=finished.reply_id)])
    await store.record(one, [text("…", cut_off.reply_id)])

    assert set(await store.unfinished()) == {(one, cut_off.reply_id), (two, waiting.reply_id)}
    await store.record(one, [Event("done", {}, reply_id=cut_off.reply_id)])
    assert await store.unfinished() == ((two, waiting.reply_id),)


async def test_a_time_without_a_zone_is_refused(store: ConversationStore) -> None:
    """A local time would be somebody's guess; it is not recorded."""
    one = await opened(store)

    with pytest.raises(InputError, match="zone"):
        await store.record(one, [Event("text", {"text": "a"}, at=AT.replace(tzinfo=None))])


async def test_a_message_with_an_id_goes_through_add_message(store: ConversationStore) -> None:
    """`record` can't be used to get round the one reply per client_message_id; a person's words need no such id."""
    one = await opened(store)

    with pytest.raises(InputError, match="add_message"):
        await store.record(one, [Event("customer", {"text": "a", "client_message_id": "m"})])
    (said,) = await store.record(one, [Event("customer", {"text": "제가 도와드리겠습니다.", "speaker": "person"})])
    assert said.id == 1


async def test_a_caller_who_leaves_disturbs_nobody(store: ConversationStore) -> None:
    """A cancelled append neither blocks nor fails those that wait behind it."""
    one = await opened(store)
    leaving = [asyncio.create_task(store.record(one, [text(str(number))])) for number in range(20)]
    await asyncio.sleep(0)
    for task in leaving[::2]:
        task.cancel()
    staying = await asyncio.gather(*leaving[1::2])
    after = await store.record(one, [text("last")])

    assert len(staying) == 10
    assert [event.id for event in await store.events(one)] == list(range(1, after[0].id + 1))  # type: ignore[operator]


async def test_a_database_that_is_gone_records_nothing(tmp_path: Path) -> None:
    """No server, no record, no reply: a StoreError for each of those who wait, in a moment."""
    gone = Database("postgresql+asyncpg://root@127.0.0.1:9/none")
    async with kept(gone, tmp_path) as ours:
        store = ours.log
        answers = await asyncio.gather(
            store.record("c_1", [text("a")]),
            store.record("c_2", [text("a")]),
            store.events("c_1"),
            store.get("c_1"),
            store.unfinished(),
            opened(store),
            store.mark_notice_given("c_1"),
            return_exceptions=True,
        )
    await gone.close()

    assert [type(answer) for answer in answers] == [StoreError] * 7


async def test_a_head_that_cannot_be_kept_outside_stops_the_record(database: Database, tmp_path: Path) -> None:
    """Where the file outside the database can't be made, nothing is recorded."""
    (tmp_path / "outside").write_text("")
    async with kept(database, tmp_path) as ours:
        one = await opened(ours.log)

        with pytest.raises(StoreError, match="head of the audit chain"):
            await ours.log.record(one, [text("a")])
        assert await ours.log.events(one) == ()
