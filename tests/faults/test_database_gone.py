"""The database gone, before a reply and in the middle of one: no word leaves that is not in the record."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from heedful.assemble import open_records
from tests.loopback import Loopback
from tests.postgres import drop, own_database
from tests.web.conftest import Service, services
from tests.web.reading import QUESTION, SLOWLY, Told, answering, following, stream_of, until, words


@dataclass
class Breakable:
    """A service whose database can be taken away, and given back where that is possible."""

    service: Service
    take_away: Callable[[], None]
    give_back: Callable[[], None] | None


@pytest.fixture(scope="module")
def model() -> Iterator[Loopback]:
    """A model that answers by the customer's last words."""
    with Loopback(answering) as server:
        yield server


@pytest.fixture(params=["tables", "file", pytest.param("server", marks=pytest.mark.postgres)])
def breakable(request: pytest.FixtureRequest, model: Loopback, tmp_path: Path) -> Iterator[Breakable]:
    """SQLite whose tables go, SQLite whose file goes, PostgreSQL whose whole database goes."""
    environ = {"HEEDFUL_MODEL": "openai:scripted", "HEEDFUL_MODEL_BASE_URL": model.url, "HEEDFUL_MODEL_RETRIES": "0"}
    if request.param == "server":
        with own_database() as address, services(tmp_path) as serve:
            yield Breakable(serve(**environ, HEEDFUL_DATABASE_URL=address), lambda: drop(address), None)
        return
    with services(tmp_path) as serve:
        service = serve(**environ)
        file = service.settings.data_dir / "heedful.db"
        aside = file.with_name("aside.db")
        if request.param == "file":
            yield Breakable(service, lambda: _moved(file, aside), lambda: _moved(aside, file))
        else:
            yield Breakable(
                service,
                lambda: _sqlite(file, "ALTER TABLE chain_head RENAME TO head_aside"),
                lambda: _sqlite(file, "ALTER TABLE head_aside RENAME TO chain_head"),
            )


def _moved(one: Path, other: Path) -> None:
    one.rename(other)


def _sqlite(file: Path, statement: str) -> None:
    connection = sqlite3.connect(file, timeout=90)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_the_database_goes_in_the_middle_of_a_reply(breakable: Breakable) -> None:
    """What was shown is all that was recorded; then an error and the end, the same for those who follow."""
    service = breakable.service
    conversation_id, client = service.open()
    with following(client, conversation_id, after=1) as live:
        with stream_of(client, conversation_id, SLOWLY, client_message_id="m-1") as events:
            shown = until(events, "text")
            breakable.take_away()
            rest = list(events)
        followed = until(live, "done")

    after = [event for event in rest if event.type == "text"]
    assert [event.type for event in rest if event.type != "status"][-2:] == ["error", "done"]
    assert len(after) <= 1  # one may have been recorded just before
    assert (rest[-1].id, rest[-2].id) == (None, None)
    assert rest[-2].content["code"] == "store"
    assert rest[-2].content["status"] == 503
    assert words(followed) == words([*shown, *after])
    assert [event.content["code"] for event in followed if event.type == "error"] == ["store"]
    assert_refused(service, client, conversation_id)
    if breakable.give_back is not None:
        breakable.give_back()
        assert_recovered(service, client, conversation_id, words([*shown, *after]))


def assert_refused(service: Service, client: httpx.Client, conversation_id: str) -> None:
    """Every call answers with a problem that says to come back, and with nothing else."""
    path = f"/v1/conversations/{conversation_id}"
    preflight = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    for answer in (
        client.post(f"{path}/messages", json={"text": QUESTION}),
        client.post(f"{path}/messages", json={"text": QUESTION}, headers={"Accept": "text/event-stream"}),
        client.post(f"{path}/hand-off"),
        service.client(service.keys["chat"], Origin="https://shop.example").post("/v1/conversations", json={}),
    ):
        assert answer.status_code == 503, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json()["code"] == "store"
        assert "Traceback" not in answer.text
    assert service.client(**preflight).options("/v1/conversations").status_code == 403
    assert service.client().get("/livez").status_code == 200


def assert_recovered(service: Service, client: httpx.Client, conversation_id: str, shown: str) -> None:
    """The same message again ends as interrupted, a new one is answered, and the record is whole."""
    with stream_of(client, conversation_id, SLOWLY, client_message_id="m-1") as events:
        again: list[Told] = list(events)
    answer = client.post(f"/v1/conversations/{conversation_id}/messages", json={"text": QUESTION})

    assert words(again) == shown
    assert [event.type for event in again][-2:] == ["error", "done"]
    assert again[-1].id is not None
    assert answer.status_code == 200
    asyncio.run(_verify(service))


async def _verify(service: Service) -> None:
    async with open_records(service.settings) as records:
        await records.verify()
