"""Conversations when things go wrong around them: senders that vanish, other workers, crashes, a process that ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from heedful.assemble import Heedful, assemble, open_records
from heedful.conversations import Conversations
from heedful.errors import NotFoundError, StoreError
from heedful.settings import Settings, read
from heedful.values import Event
from tests.loopback import Loopback
from tests.web.conftest import ARTICLES, free_port
from tests.web.reading import QUESTION, SENTENCES, SILENTLY, SLOWLY, WHOLE, answering, stream_of, until, words

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def model() -> Iterator[Loopback]:
    """A model that answers by the customer's last words."""
    with Loopback(answering) as server:
        yield server


@pytest.fixture
def settings(model: Loopback, tmp_path: Path) -> Settings:
    """Settings over an empty folder."""
    return read(_environ(model, tmp_path))


def _environ(model: Loopback, folder: Path) -> dict[str, str]:
    for name, text in ARTICLES.items():
        path = folder / "help" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return {
        "HEEDFUL_DATA_DIR": str(folder / "data"),
        "HEEDFUL_EMBEDDER": "none",
        "HEEDFUL_MODEL": "openai:scripted",
        "HEEDFUL_MODEL_BASE_URL": model.url,
        "HEEDFUL_MODEL_RETRIES": "0",
    }


@asynccontextmanager
async def assembled(settings: Settings) -> AsyncIterator[Heedful]:
    """Give the whole, over the small help centre of the tests."""
    async with assemble(settings) as ours:
        await ours.knowledge.sync([settings.data_dir.parent / "help"])
        yield ours


def beside(ours: Heedful, *, lost_after_s: float = 300.0) -> Conversations:
    """Return the conversations of another worker: the same record, a memory of its own."""
    now = lambda: datetime.now(UTC)  # noqa: E731 - a clock is a value here
    return Conversations(ours.assistant, ours.records.log, now=now, lost_after_s=lost_after_s)


def text(events: list[Event]) -> str:
    """Return the words released."""
    return "".join(str(event.content["text"]) for event in events if event.type == "text")


async def some(events: AsyncIterator[Event], kind: str) -> list[Event]:
    """Return the events up to the first of this type."""
    found = []
    async for event in events:
        found.append(event)
        if event.type == kind:
            break
    return found


async def test_a_sender_who_vanishes_while_the_message_is_taken_leaves_no_hole(settings: Settings) -> None:
    """Cancelled at any step of being taken: the message gets its one reply, or was never there."""
    async with assembled(settings) as ours:
        for steps in (0, 1, 2, 4, 6, 9):
            opened = await ours.conversations.open("chat")
            sending = asyncio.create_task(ours.conversations.send(opened.id, QUESTION, client_message_id="m-1"))
            for _ in range(steps):
                await asyncio.sleep(0)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            async with asyncio.timeout(90):
                events = await ours.conversations.send(opened.id, QUESTION, client_message_id="m-1")
                assert text([event async for event in events]) == WHOLE
        verified = await ours.records.verify()

    assert verified


async def test_another_worker_gives_the_same_events_under_the_same_ids(settings: Settings) -> None:
    """Who follows, or sends the message again, where the reply is not written reads it from the record as it grows."""
    async with assembled(settings) as ours:
        other = beside(ours)
        opened = await ours.conversations.open("chat")
        sent = await ours.conversations.send(opened.id, SLOWLY, client_message_id="m-1")
        async with asyncio.timeout(90), aclosing(other.follow(opened.id, after=1)) as live:
            again = asyncio.create_task(_all(await other.send(opened.id, SLOWLY, client_message_id="m-1")))
            followed = await some(live, "done")
            mine = [event async for event in sent if event.id]
            repeated = await again

    assert text(mine) == WHOLE
    # Times are the record's own, to the microsecond; everything else is the same value.
    assert [(event.id, event.type, event.content) for event in followed[1:]] == _plain(mine)
    assert _plain(repeated) == _plain(mine)


async def test_a_reply_that_another_worker_lost_is_not_waited_for_forever(settings: Settings) -> None:
    """It was being written by a process that is gone: whoever asks again is told that it was interrupted."""
    async with assembled(settings) as ours:
        opened = await ours.conversations.open("chat")
        taken = await ours.records.log.add_message(
            opened.id, text=QUESTION, client_message_id="m-1", without_my_data=False, at=datetime.now(UTC)
        )
        await ours.records.log.record(opened.id, [Event("text", {"text": SENTENCES[0]}, reply_id=taken.reply_id)])
        events = await beside(ours, lost_after_s=0.1).send(opened.id, QUESTION, client_message_id="m-1")
        found = [event async for event in events]

    assert [event.type for event in found] == ["text", "error", "done"]
    assert found[1].content["code"] == "interrupted"
    assert found[2].id is None


async def test_a_worker_that_starts_leaves_the_others_replies_alone(settings: Settings) -> None:
    """One of several workers is started again while another writes: that reply comes to its own end."""
    async with assembled(settings) as ours:
        opened = await ours.conversations.open("chat")
        events = await ours.conversations.send(opened.id, SLOWLY)
        first = await some(events, "text")
        async with assemble(settings, settle=False):
            pass
        async with asyncio.timeout(90), aclosing(ours.conversations.follow(opened.id, after=1)) as live:
            rest = await some(live, "done")

    assert first[-1].type == "text"
    assert text(rest) == WHOLE
    assert "error" not in {event.type for event in rest}


async def test_a_service_that_ends_settles_the_replies_it_was_writing(settings: Settings, model: Loopback) -> None:
    """Both the one being written and the one that waits for it end; the model is let go of, the record is whole."""
    async with assembled(settings) as ours:
        opened = await ours.conversations.open("chat")
        first = await ours.conversations.send(opened.id, SILENTLY)
        await some(first, "text")
        second = await ours.conversations.send(opened.id, QUESTION)
    rest, waited = await _all(first), await _all(second)

    assert (rest[-1].type, rest[-1].content) == ("done", {"stopped": True})
    assert waited[-1].type == "done"
    assert model.chats[-1].client_left.wait(60)
    async with open_records(settings) as records:
        assert await records.log.unfinished() == ()
        assert await records.verify()


async def test_what_is_not_there_is_not_followed(settings: Settings) -> None:
    """No conversation, no events, no transcript, no hand-off."""
    async with assembled(settings) as ours:
        for wish in (
            ours.conversations.send("c_none", QUESTION),
            ours.conversations.transcript("c_none"),
            ours.conversations.hand_off("c_none"),
            anext(ours.conversations.follow("c_none")),
        ):
            with pytest.raises(NotFoundError):
                await wish


async def test_a_crash_in_mid_reply_is_settled_at_the_next_start(
    settings: Settings, model: Loopback, tmp_path: Path
) -> None:
    """Killed while it writes: started again, what was shown is there, the reply has an end, the chain verifies."""
    with _process({**os.environ, **_environ(model, tmp_path)}, settings) as (process, client):
        conversation_id = client.post("/v1/conversations", json={}).json()["id"]
        with stream_of(client, conversation_id, SILENTLY, client_message_id="m-1") as events:
            shown = until(events, "text", 2)
            process.kill()
            process.wait(60)
    async with open_records(settings) as records:
        unfinished = await records.log.unfinished()
    async with assembled(settings) as ours:
        kept = await ours.conversations.transcript(conversation_id)
        again = await _all(await ours.conversations.send(conversation_id, SILENTLY, client_message_id="m-1"))
        further = await _all(await ours.conversations.send(conversation_id, QUESTION))
        await ours.records.verify()

    assert [place for place, _ in unfinished] == [conversation_id]
    assert words(shown).strip() == "".join(SENTENCES[:2])
    assert [event.type for event in kept][-4:] == ["text", "text", "error", "done"]
    assert kept[-2].content["code"] == "interrupted"
    assert kept[-1].content == {"interrupted": True}
    assert _plain(again) == _plain(list(kept[-4:]))
    assert text(again) == words(shown)
    assert text(further) == WHOLE


async def test_a_reply_whose_end_was_not_recorded_is_settled_when_the_record_takes_it(settings: Settings) -> None:
    """The record refuses in mid-reply and takes again later: whoever asks again gets an end with an id."""
    async with assembled(settings) as ours:
        opened = await ours.conversations.open("chat")
        events = await ours.conversations.send(opened.id, SLOWLY, client_message_id="m-1")
        shown = await some(events, "text")
        async with ours.records.database.write() as connection:
            await connection.exec_driver_sql("ALTER TABLE chain RENAME TO chain_away")
        async with asyncio.timeout(90):
            rest = await _all(await ours.conversations.send(opened.id, SLOWLY, client_message_id="m-1"))
        with pytest.raises(StoreError):
            await ours.conversations.send(opened.id, QUESTION)
        async with ours.records.database.write() as connection:
            await connection.exec_driver_sql("ALTER TABLE chain_away RENAME TO chain")
        async with asyncio.timeout(90):
            later = await _all(await ours.conversations.send(opened.id, SLOWLY, client_message_id="m-1"))
        await ours.records.verify()

    assert text(rest) in (SENTENCES[0] + " ", text(shown), WHOLE[: len(text(rest))])
    assert [event.type for event in rest][-2:] == ["error", "done"]
    assert (rest[-2].content["code"], rest[-1].id) == ("store", None)
    assert text(later) == text(rest)
    assert [(event.type, event.id is None) for event in later][-2:] == [("error", False), ("done", False)]


async def _all(events: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in events]


def _plain(events: list[Event]) -> list[tuple[int | None, str, object]]:
    return [(event.id, event.type, event.content) for event in events]


@contextmanager
def _process(environ: dict[str, str], settings: Settings) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """Give a service in a process of its own, and a client that may do all."""
    code = "import sys, uvicorn, heedful.web.app as web; uvicorn.run(web.create_app(), port=int(sys.argv[1]))"
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", code, str(port)], env=environ, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=90) as client:
            _wait(process, client)
            with ThreadPoolExecutor(1) as elsewhere:  # a loop runs here already
                key = elsewhere.submit(asyncio.run, _key(settings)).result()
            client.headers["Authorization"] = f"Bearer {key}"
            ask = {"paths": [str(settings.data_dir.parent / "help")]}
            client.post("/v1/knowledge/sync", json=ask).raise_for_status()
            yield process, client
    finally:
        process.kill()
        process.wait(60)


def _wait(process: subprocess.Popen[bytes], client: httpx.Client) -> None:
    until_s = time.monotonic() + 120
    while time.monotonic() < until_s:
        assert process.poll() is None, "the service did not start"
        try:
            if client.get("/livez").is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError("the service did not answer")


async def _key(settings: Settings) -> str:
    async with open_records(settings) as records:
        return (await records.keys.create({"admin"}))[1]
