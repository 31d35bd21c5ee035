"""Every fault of a model, through the whole service: a checked reply or a hand-off, and a record that is whole."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import get_args

import pytest

from heedful.assemble import open_records
from heedful.settings import Settings
from tests.loopback import Fault, Loopback, Script, nobody, spoken
from tests.web.conftest import Service, services
from tests.web.reading import QUESTION, SENTENCES, WHOLE, Told, stream_of, words

PIECES = spoken(WHOLE).pieces
MIDWAY = len(spoken(SENTENCES[0] + " You can").pieces)  # one sentence is sure to be whole
HARMLESS = {"empty_chunks"}
IN_THE_MIDDLE = ("stall", "cut", "ended", "malformed", "error_chunk", "content_filter", "length")
KNOWN = ("Standard delivery takes 2 to 3 business days", "My page > Orders", "₩50,000")


@pytest.fixture(scope="module")
def model() -> Iterator[Loopback]:
    """A model that does what each test scripts."""
    with Loopback(Script()) as server:
        yield server


@pytest.fixture(scope="module")
def service(model: Loopback, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service with little patience; the record of all tests here is looked at when they are done."""
    with services(tmp_path_factory.mktemp("model_faults")) as serve:
        service = serve(
            HEEDFUL_MODEL="openai:scripted",
            HEEDFUL_MODEL_BASE_URL=model.url,
            HEEDFUL_MODEL_RETRIES="1",
            HEEDFUL_MODEL_TIMEOUT_S="1.2",
            HEEDFUL_REQUESTS_PER_MINUTE="6000",
        )
        yield service
        unfinished = asyncio.run(whole(service.settings))
        assert unfinished == ()


async def whole(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Verify the record; return the replies in it that have no end."""
    async with open_records(settings) as records:
        await records.verify()
        return await records.log.unfinished()


def asked(service: Service) -> list[Told]:
    """Return the events of a reply."""
    conversation_id, client = service.open()
    with stream_of(client, conversation_id, QUESTION) as events:
        return list(events)


def reply_of(found: list[Told]) -> Told:
    """Look at how a reply ended: checked or handed off, and recorded; return it."""
    assert [event.type for event in found if event.id][-3:] == ["receipt", "reply", "done"]
    reply = next(event for event in found if event.type == "reply")
    assert reply.content["text"]
    assert reply.content["receipt"]["chain"]["position"] > 0
    assert reply.content["handed_off"] == any(event.type == "hand_off" for event in found)
    return reply


@pytest.mark.parametrize("fault", get_args(Fault))
def test_a_fault_ends_in_a_checked_reply_or_a_person(service: Service, model: Loopback, fault: Fault) -> None:
    """At the first word or after a sentence, again and again: what is shown is grounded, and there is an end."""
    model.script(Script(PIECES, fault=fault, after=MIDWAY, retry_after="60"))
    found = asked(service)
    reply = reply_of(found)

    shown = words(found)
    assert reply.content["text"].startswith(shown.rstrip())
    assert reply.content["handed_off"] or any(fact in reply.content["text"] for fact in KNOWN)
    assert "scripted" not in shown
    if fault in HARMLESS:
        assert shown == WHOLE


@pytest.mark.parametrize("fault", ["no_first_piece", "server_error", "refusal", "empty", "reset"])
def test_before_the_first_word_the_help_content_answers(service: Service, model: Loopback, fault: Fault) -> None:
    """Nothing is out yet, so the built-in writer steps in; the receipt names it."""
    model.script(Script(fault=fault))
    reply = reply_of(asked(service))

    assert reply.content["receipt"]["model"]["name"] == "extractive"
    assert "2 to 3 business days" in reply.content["text"]


@pytest.mark.parametrize("fault", IN_THE_MIDDLE)
def test_a_model_that_recovers_goes_on_after_what_was_shown(service: Service, model: Loopback, fault: Fault) -> None:
    """One sentence, then the fault, then a whole answer: the customer reads each sentence once."""
    pieces = PIECES[:MIDWAY] if fault == "length" else PIECES
    model.script(Script(pieces, fault=fault, after=MIDWAY), spoken(WHOLE))
    found = asked(service)

    assert words(found) == WHOLE
    assert reply_of(found).content["handed_off"] is False


def test_a_model_that_fails_twice_midway_leaves_the_rest_to_a_person(service: Service, model: Loopback) -> None:
    """What was shown stays, and the hand-off says that it is not complete."""
    model.script(Script(PIECES, fault="cut", after=MIDWAY))
    found = asked(service)
    reply = reply_of(found)

    assert words(found).strip() == SENTENCES[0]
    assert reply.content["handed_off"] is True
    assert "not complete" in next(event for event in found if event.type == "hand_off").content["text"]


def test_the_same_in_one_piece(service: Service, model: Loopback) -> None:
    """Who waits for the whole reply gets it, with the same words, after a fault too."""
    model.script(Script(PIECES, fault="cut", after=MIDWAY), spoken(WHOLE), Script(fault="server_error"))
    conversation_id, client = service.open()
    path = f"/v1/conversations/{conversation_id}/messages"
    first = client.post(path, json={"text": QUESTION})
    second = client.post(path, json={"text": QUESTION})

    assert (first.status_code, first.json()["text"]) == (200, WHOLE)
    assert second.json()["receipt"]["model"]["name"] == "extractive"


def test_a_model_that_is_not_there_at_all(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The connection is refused: readiness does not depend on it, and the help content answers."""
    with services(tmp_path_factory.mktemp("nobody")) as serve:
        service = serve(HEEDFUL_MODEL="openai:scripted", HEEDFUL_MODEL_BASE_URL=nobody(), HEEDFUL_MODEL_RETRIES="0")
        ready = service.client().get("/readyz")
        reply = reply_of(asked(service))

    assert ready.status_code == 200
    assert reply.content["receipt"]["model"]["name"] == "extractive"
