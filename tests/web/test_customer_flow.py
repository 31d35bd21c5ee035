"""A customer's way through their data, end to end, on both databases; and what happens while a reply is written."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from heedful.assemble import open_records
from tests.loopback import Loopback, Script, spoken
from tests.postgres import own_database
from tests.web.conftest import Service, free_port, services
from tests.web.customers import ORDERS, SECRET, fact_of, in_person, profile, signed
from tests.web.reading import PATIENCE_S, following, stream_of, until, words

QUESTION = "When will my parcel come?"
FIRST = "Standard delivery takes 2 to 3 business days. [1]"
SECOND = " Your parcel is out for delivery."
THIRD = " Your parcel is expected on 27 November."
WAITING = "Take your time."


class Held(Sequence[str]):
    """The pieces of an answer, of which the later ones come when they are let."""

    def __init__(self, first: str, later: str, may_go_on: threading.Event) -> None:
        self._pieces = (*spoken(first).pieces, *spoken(later).pieces)
        self._first = len(spoken(first).pieces)
        self._may_go_on = may_go_on

    def __len__(self) -> int:
        return len(self._pieces)

    def __getitem__(self, at: Any) -> Any:
        return self._pieces[at]

    def __iter__(self) -> Iterator[str]:
        yield from self._pieces[: self._first]
        self._may_go_on.wait(PATIENCE_S)
        yield from self._pieces[self._first :]


class Writer:
    """A model that says three sentences; after the first word of the second it waits, where a test asks for that."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()

    def __call__(self, request: Mapping[str, Any]) -> Script:
        """Return what one request gets."""
        if WAITING in str(request["messages"][-1]["content"]) and not self.may_go_on.is_set():
            return Script(Held(FIRST + SECOND[:6], SECOND[6:] + THIRD, self.may_go_on))
        return spoken(FIRST + SECOND + THIRD)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Service, Loopback]]:
    """A service over a database of its own, and its model."""
    with ExitStack() as stack:
        environ = {"HEEDFUL_IDENTITY_SECRET": SECRET, "HEEDFUL_MODEL": "openai:scripted", "HEEDFUL_MODEL_RETRIES": "0"}
        if request.param == "postgresql":
            environ["HEEDFUL_DATABASE_URL"] = stack.enter_context(own_database()).replace("+asyncpg", "")
        model = stack.enter_context(Loopback(Writer()))
        serve = stack.enter_context(services(tmp_path))
        yield serve(**environ, HEEDFUL_MODEL_BASE_URL=model.url), model


def test_from_the_first_question_to_the_erasure(served: tuple[Service, Loopback]) -> None:
    """Verified, asked, receipt read, switched off, asked again, exported, erased: each step is in force in the next."""
    service, model = served
    service.profile(profile("c-flow"))
    conversation_id, client = service.open(identity=signed("c-flow"), language="en")
    path = f"/v1/conversations/{conversation_id}/messages"
    with_it = client.post(path, json={"text": QUESTION}).json()
    receipt = client.get("/v1/me/receipts").json()["items"][0]
    off = client.put(f"/v1/me/consents/{ORDERS}", json={"state": "withdrawn"}).json()
    asked = len(model.chats)
    without = client.post(path, json={"text": "And my parcel, when does it come?"}).json()
    after = client.get(f"/v1/me/receipts/{without['receipt']['id']}").json()
    exported = client.get("/v1/me/export").json()
    erased = client.delete("/v1/me")
    mine = in_person(service, "c-flow")

    assert with_it["text"] == FIRST + SECOND + THIRD
    assert "2026-11-27" in model.chats[0].prompt
    assert [fact["name"] for fact in receipt["facts"]] == ["order_status", "expected_delivery"]
    assert any("your expected delivery" in sentence for sentence in receipt["words"])
    assert off["state"] == "withdrawn"
    prompts = [chat.json["messages"][-1]["content"] for chat in model.chats[asked:]]
    assert prompts
    assert not [prompt for prompt in prompts if "2026-11-27" in prompt.split("And my parcel")[-1]]
    assert "27 November" not in without["text"]
    assert {"expected_delivery", "order_status"} <= {one["name"] for one in after["withheld"]}
    assert [one["id"] for one in exported["receipts"]] == [without["receipt"]["id"], with_it["receipt"]["id"]]
    assert [one["event"]["event_state"] for one in exported["consents"]][-1] == "withdrawn"
    assert erased.json()["counts"]["receipts"] == 2
    assert client.get(f"/v1/conversations/{conversation_id}/transcript").status_code == 404
    assert mine.get("/v1/me").json()["facts"] == []
    assert mine.get("/v1/me/export").json()["receipts"] == []
    asyncio.run(_verify(service))


async def _verify(service: Service) -> None:
    async with open_records(service.settings) as records:
        await records.verify()


@pytest.fixture
def writing(tmp_path: Path) -> Iterator[tuple[Service, Writer]]:
    """A service, and its model, which waits in the middle."""
    environ = {"HEEDFUL_IDENTITY_SECRET": SECRET, "HEEDFUL_MODEL": "openai:scripted", "HEEDFUL_MODEL_RETRIES": "0"}
    writer = Writer()
    with Loopback(writer) as model, services(tmp_path) as serve:
        try:
            yield serve(**environ, HEEDFUL_MODEL_BASE_URL=model.url), writer
        finally:
            writer.may_go_on.set()


def test_a_withdrawal_stops_what_is_being_written(writing: tuple[Service, Writer]) -> None:
    """The first sentence is out, then consent is taken back: no later one that rests on a fact is shown or recorded."""
    service, writer = writing
    service.profile(profile("c-midway"))
    conversation_id, client = service.open(identity=signed("c-midway"), language="en")
    with stream_of(client, conversation_id, f"{QUESTION} {WAITING}") as events:
        seen = until(events, "text")
        off = in_person(service, "c-midway").put(f"/v1/me/consents/{ORDERS}", json={"state": "withdrawn"})
        writer.may_go_on.set()
        seen += list(events)
    kept = client.get(f"/v1/conversations/{conversation_id}/transcript").json()["events"]
    receipt = client.get("/v1/me/receipts").json()["items"][0]

    assert off.json()["state"] == "withdrawn"
    assert seen[-1].type == "done"
    assert words(seen).startswith(FIRST)
    for text in (words(seen), str(kept)):
        assert "out for delivery" not in text
        assert "27 November" not in text
    assert "expected_delivery" in [one["name"] for one in receipt["withheld"]]


def test_an_erasure_ends_what_is_being_written(writing: tuple[Service, Writer]) -> None:
    """Whoever reads the reply and whoever follows hear of its end; nothing is written behind the erasure."""
    service, writer = writing
    service.profile(profile("c-gone"))
    conversation_id, client = service.open(identity=signed("c-gone"), language="en")
    with (
        following(client, conversation_id) as followed,
        stream_of(client, conversation_id, f"{QUESTION} {WAITING}") as events,
    ):
        heard = [next(followed)]
        seen = until(events, "text")
        erased = in_person(service, "c-gone").delete("/v1/me")
        writer.may_go_on.set()
        seen += list(events)
        heard += list(followed)  # this stream ends by itself

    assert erased.status_code == 200
    assert [event.type for event in seen if event.type != "status"] == ["text", "done"]
    assert seen[-1].content["stopped"] is True
    assert words(seen).strip() == FIRST
    assert (heard[-1].type, heard[-1].content["code"]) == ("error", "not_found")
    assert client.get(f"/v1/conversations/{conversation_id}/transcript").status_code == 404
    assert _held(service, "c-gone") == 404


def _held(service: Service, customer_id: str) -> int:
    service.keys.setdefault("profiles", service.key("profiles"))
    answer: httpx.Response = service.client(service.keys["profiles"]).get(f"/v1/profiles/{customer_id}")
    return answer.status_code


def test_what_can_not_be_read_just_now_is_said(tmp_path: Path) -> None:
    """While the company's own system does not answer, what is shown and exported says that it is not all there is."""
    with services(tmp_path) as serve:
        nobody = f"http://127.0.0.1:{free_port()}/customers"
        service = serve(HEEDFUL_IDENTITY_SECRET=SECRET, HEEDFUL_CRM_URL=nobody)
        service.profile(profile("c-part"))
        mine = in_person(service, "c-part")
        seen, exported = mine.get("/v1/me").json(), mine.get("/v1/me/export").json()
        page = mine.get("/v1/me/export?format=html&language=en").text

    assert seen["complete"] is exported["complete"] is False
    assert fact_of(seen, "order_status")["value"] == "out for delivery"
    assert "could not be read just now" in page
