"""The whole service over PostgreSQL: asked, answered with a customer's facts, followed, read back, verified."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from heedful.assemble import open_records
from tests.loopback import Loopback, spoken
from tests.postgres import own_database
from tests.web.conftest import Service, services
from tests.web.reading import QUESTION, following, stream_of, until, words
from tests.web.test_on_the_wire import MINA

pytestmark = pytest.mark.postgres

ANSWER = "Standard delivery takes 2 to 3 business days. [1] Your parcel is expected on 27 November."


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Service, Loopback]]:
    """A service over a database of its own, and its model."""
    with own_database() as address, Loopback(spoken(ANSWER)) as model, services(tmp_path) as serve:
        plain = address.replace("+asyncpg", "")  # as a company's settings have it
        service = serve(HEEDFUL_DATABASE_URL=plain, HEEDFUL_MODEL="openai:scripted", HEEDFUL_MODEL_BASE_URL=model.url)
        yield service, model


def test_end_to_end_over_postgresql(served: tuple[Service, Loopback]) -> None:
    """The same as over SQLite: facts in the prompt, ids, resuming, the same message once, the chain whole."""
    service, model = served
    service.profile(MINA)
    conversation_id, client = service.open(customer_id="c-mina", language="en")
    with stream_of(client, conversation_id, QUESTION, client_message_id="m-1") as events:
        sent = list(events)
    with following(client, conversation_id, after=2) as events:
        again = until(events, "done")
    same = client.post(
        f"/v1/conversations/{conversation_id}/messages", json={"text": QUESTION, "client_message_id": "m-1"}
    )
    other = client.post(
        f"/v1/conversations/{conversation_id}/messages", json={"text": "And?", "client_message_id": "m-1"}
    )
    kept = client.get(f"/v1/conversations/{conversation_id}/transcript").json()["events"]
    ready = service.client().get("/readyz").json()

    assert words(sent) == ANSWER
    assert "2026-11-27" in model.chats[0].prompt
    assert "9876" not in model.chats[0].prompt
    assert again == [event for event in sent if event.id]
    assert same.json() == {name: value for name, value in sent[-2].content.items() if name != "reply_id"}
    assert other.status_code == 409
    assert [event["id"] for event in kept] == list(range(1, len(kept) + 1))
    assert ready["status"] == "ok"
    assert len(model.chats) == 1
    asyncio.run(_verify(service))


async def _verify(service: Service) -> None:
    async with open_records(service.settings) as records:
        await records.verify()
