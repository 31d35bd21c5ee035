"""Messages over HTTP: streamed and whole, followed by several, stopped, sent twice, left and come back to."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.loopback import Loopback
from tests.web.conftest import Service, services, text_of
from tests.web.reading import (
    KOREAN,
    QUESTION,
    SENTENCES,
    SILENTLY,
    SLOWLY,
    WHOLE,
    Told,
    answering,
    following,
    stream_of,
    told,
    until,
    words,
)


@pytest.fixture(scope="module")
def model() -> Iterator[Loopback]:
    """A model that answers by the customer's last words."""
    with Loopback(answering) as server:
        yield server


@pytest.fixture(scope="module")
def service(model: Loopback, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all tests here: each opens conversations of its own."""
    with services(tmp_path_factory.mktemp("messages")) as serve:
        yield serve(
            HEEDFUL_MODEL="openai:scripted",
            HEEDFUL_MODEL_BASE_URL=model.url,
            HEEDFUL_MODEL_RETRIES="0",
            HEEDFUL_ABANDON_AFTER_S="0.3",
        )


def say(client: httpx.Client, conversation_id: str, text: str, **more: Any) -> httpx.Response:
    """Send a message; return the whole reply."""
    return client.post(f"/v1/conversations/{conversation_id}/messages", json={"text": text, **more})


def recorded(client: httpx.Client, conversation_id: str) -> list[dict[str, Any]]:
    """Return what the transcript holds."""
    found: list[dict[str, Any]] = client.get(f"/v1/conversations/{conversation_id}/transcript").json()["events"]
    return found


def eventually(client: httpx.Client, conversation_id: str, kind: str) -> list[dict[str, Any]]:
    """Return what is recorded, once there is an event of this type."""
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s:
        found = recorded(client, conversation_id)
        if any(event["type"] == kind for event in found):
            return found
        time.sleep(0.05)
    raise AssertionError(f"no {kind} was recorded")


def released(kept: list[dict[str, Any]]) -> str:
    """Return the words in a transcript that an AI wrote."""
    return "".join(event["text"] for event in kept if event["type"] == "text").strip()


@pytest.mark.parametrize(("question", "answer"), [(QUESTION, WHOLE), ("일반 배송은 며칠이 걸리나요?", KOREAN)])
def test_a_reply_comes_as_events(service: Service, question: str, answer: str) -> None:
    """Status first, then sentences, sources, receipt, reply and the end; Korean stands on the wire as it is."""
    conversation_id, client = service.open()
    path, accept = f"/v1/conversations/{conversation_id}/messages", {"Accept": "text/event-stream"}
    with client.stream("POST", path, json={"text": question}, headers=accept) as response:
        raw = b"".join(response.iter_raw())
        found = list(told(httpx.Response(200, content=raw)))

    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-accel-buffering"] == "no"
    assert "no-store" in response.headers["cache-control"]
    assert [event.content["stage"] for event in found if event.type == "status"][:2] == ["searching", "writing"]
    assert [event.type for event in found][-4:] == ["citations", "receipt", "reply", "done"]
    assert words(found) == answer == found[-2].content["text"]
    assert answer.encode()[:20] in raw
    assert all((event.id is None) == (event.type == "status") for event in found)
    assert len({event.content["reply_id"] for event in found}) == 1


def test_a_reply_comes_whole(service: Service) -> None:
    """Without asking for events one JSON holds text, sources, receipt and verdict, as the reply event has them."""
    conversation_id, client = service.open()
    answer = say(client, conversation_id, QUESTION)
    reply = answer.json()

    assert answer.status_code == 200
    assert reply["text"] == WHOLE
    assert reply["handed_off"] is False
    assert reply["language"] == "en"
    assert reply["citations"][0] == {
        "n": 1,
        "id": reply["receipt"]["passages"][0]["id"],
        "title": "When your parcel comes",
        "url": "https://help.dalbit.example/en/when-it-comes",
        "snippet": reply["citations"][0]["snippet"],
        "lang": "en",
    }
    assert reply["verdict"] == {"action": "send", "findings": [], "observed": []}
    assert reply["receipt"]["model"]["name"] == "scripted"
    assert reply["receipt"]["chain"]["position"] > 0
    assert len(reply["receipt"]["salt"]) == 64
    content = next(event for event in recorded(client, conversation_id) if event["type"] == "reply")["content"]
    assert content == reply


def test_whoever_follows_sees_the_same_under_the_same_ids(service: Service) -> None:
    """Two followers and the sender: one numbering, nothing missing; status events come live and have no id."""
    conversation_id, client = service.open()
    with (
        following(client, conversation_id) as one,
        following(service.client(client.headers["Authorization"].split()[1]), conversation_id) as other,
    ):
        notice = [next(one), next(other)]
        with stream_of(client, conversation_id, SLOWLY) as events:
            sent = list(events)
        seen = [until(one, "done"), until(other, "done")]

    assert [event.type for event in notice] == ["notice", "notice"]
    assert seen[0] == seen[1]
    assert [event.id for event in seen[0] if event.id] == list(range(2, 2 + sum(bool(e.id) for e in seen[0])))
    assert seen[0][0].type == "customer"
    assert [event for event in seen[0] if event.id and event.type != "customer"] == [e for e in sent if e.id]
    assert {event.content["stage"] for event in seen[0] if event.type == "status"} >= {"searching", "writing"}
    assert all(event.id is None for event in seen[0] if event.type == "status")


def test_who_comes_back_in_mid_reply_gets_the_rest(service: Service, model: Loopback) -> None:
    """A connection lost after one sentence: `Last-Event-ID` brings what comes after it, nothing twice or missing."""
    conversation_id, client = service.open()
    with stream_of(client, conversation_id, SLOWLY) as events:
        first = until(events, "text")
    time.sleep(0.1)
    with following(client, conversation_id, after=first[-1].id) as events:
        rest = until(events, "done")

    assert words(first).strip() == SENTENCES[0]
    assert words(first) + words(rest) == WHOLE
    ids = [event.id for event in (*first, *rest) if event.id]
    assert ids == list(range(ids[0], ids[-1] + 1))
    assert not model.chats[-1].client_left.is_set()


def test_who_sends_the_same_again_in_mid_reply_gets_it_from_the_first_word(service: Service, model: Loopback) -> None:
    """The same `client_message_id` after a lost connection is the same reply, and the model is not asked again."""
    conversation_id, client = service.open()
    asked = len(model.chats)
    with stream_of(client, conversation_id, SLOWLY, client_message_id="m-1") as events:
        first = until(events, "text")
    with stream_of(client, conversation_id, SLOWLY, client_message_id="m-1") as events:
        again = list(events)
    with stream_of(client, conversation_id, SLOWLY, client_message_id="m-1") as events:
        later = list(events)

    assert words(again) == words(later) == WHOLE
    assert [event for event in again if event.id] == [event for event in later if event.id]
    assert [event for event in first if event.id] == [event for event in again if event.id][:1]
    assert len(model.chats) == asked + 1
    assert [event["type"] for event in recorded(client, conversation_id)].count("customer") == 1


def test_the_same_message_at_the_same_moment_is_one_message(service: Service, model: Loopback) -> None:
    """Four of them, streamed and whole, started together: one reply, the same ids."""
    conversation_id, client = service.open()
    asked = len(model.chats)
    start = threading.Barrier(4)

    def send(kind: int) -> list[Told] | str:
        start.wait()
        if kind % 2:
            return str(say(client, conversation_id, QUESTION, client_message_id="m-1").json()["text"])
        with stream_of(client, conversation_id, QUESTION, client_message_id="m-1") as events:
            return list(events)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(send, range(4)))

    assert [event for event in found[0] if event.id] == [event for event in found[2] if event.id]  # type: ignore[union-attr]
    assert found[1] == found[3] == WHOLE
    assert len(model.chats) == asked + 1


def test_the_same_id_with_other_words_is_a_conflict(service: Service) -> None:
    """A `client_message_id` belongs to its words."""
    conversation_id, client = service.open()
    say(client, conversation_id, QUESTION, client_message_id="m-1")
    other = say(client, conversation_id, "And to an island?", client_message_id="m-1")

    assert other.status_code == 409
    assert other.json()["code"] == "conflict"


def test_two_messages_at_once_are_answered_in_order(service: Service, model: Loopback) -> None:
    """The second reply begins when the first has ended, and its model reads the first one."""
    conversation_id, client = service.open()
    with following(client, conversation_id, after=1) as live:
        with ThreadPoolExecutor(1) as pool, stream_of(client, conversation_id, SLOWLY) as events:
            until(events, "text")
            second = pool.submit(say, client, conversation_id, QUESTION)
            first = list(events)
        reply = second.result()
        seen = until(live, "done", 2)

    order = [event.content["reply_id"] for event in seen if event.type not in ("customer", "status")]
    assert first[-1].type == "done"
    assert reply.json()["text"] == WHOLE
    assert len(set(order)) == 2
    assert order == sorted(order, key=order.index)
    read = [message["content"] for message in model.chats[-1].json["messages"] if message["role"] == "assistant"]
    assert [text[:31] for text in read] == [WHOLE[:31]]


def test_stop_ends_the_reply_and_keeps_what_was_shown(service: Service, model: Loopback) -> None:
    """The model is let go of, the stream ends with `done`, the sentences shown are in the record."""
    conversation_id, client = service.open()
    with stream_of(client, conversation_id, SILENTLY) as events:
        shown = until(events, "text", 2)
        stopped = client.post(f"/v1/conversations/{conversation_id}/stop")
        rest = list(events)

    assert stopped.status_code == 202
    assert stopped.json() == {"stopped": True}
    assert rest[-1].type == "done"
    assert rest[-1].content["stopped"] is True
    assert words([*shown, *rest]).strip() == "".join(SENTENCES[:2])
    assert model.chats[-1].client_left.wait(60)
    kept = recorded(client, conversation_id)
    assert released(kept) == "".join(SENTENCES[:2])
    assert kept[-1]["content"] == {"stopped": True}
    assert client.post(f"/v1/conversations/{conversation_id}/stop").json() == {"stopped": False}


def test_a_stopped_reply_in_one_piece_is_a_conflict(service: Service) -> None:
    """Who waits for the whole reply is told that there is none."""
    conversation_id, client = service.open()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(say, client, conversation_id, SILENTLY)
        eventually(client, conversation_id, "text")
        client.post(f"/v1/conversations/{conversation_id}/stop")

    assert waiting.result().status_code == 409
    assert waiting.result().json()["code"] == "stopped"


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_when_nobody_comes_back_the_model_is_let_go(service: Service, model: Loopback, accept: str) -> None:
    """After HEEDFUL_ABANDON_AFTER_S the call is cancelled; what was released stays, and the end is recorded."""
    conversation_id, client = service.open()
    path = f"/v1/conversations/{conversation_id}/messages"
    hasty = service.client(client.headers["Authorization"].split()[1])
    with pytest.raises(httpx.ReadTimeout):
        hasty.post(path, json={"text": SILENTLY}, headers={"Accept": accept}, timeout=0.5)
    hasty.close()

    assert model.chats[-1].client_left.wait(60)
    kept = eventually(client, conversation_id, "done")
    assert released(kept) == "".join(SENTENCES[:2])
    assert kept[-1]["content"] == {"stopped": True}


def test_who_only_follows_is_a_listener_too(service: Service, model: Loopback) -> None:
    """The sender goes; the reply goes on for the one who watches, far beyond the time nobody would be waited for."""
    conversation_id, client = service.open()
    with following(client, conversation_id, after=1) as live:
        with stream_of(client, conversation_id, SLOWLY) as events:
            next(events)
        seen = until(live, "done")

    assert words(seen) == WHOLE
    assert not model.chats[-1].client_left.is_set()


def test_a_person_can_be_asked_for_in_words(service: Service, model: Loopback) -> None:
    """The reply is a hand-off without any model, and the conversation's state says so as soon as it is done."""
    conversation_id, client = service.open(language="ko")
    asked = len(model.chats)
    with stream_of(client, conversation_id, "상담원 연결해 주세요") as events:
        found = list(events)
    state = client.get(f"/v1/conversations/{conversation_id}/transcript").json()["state"]

    assert [event.type for event in found if event.id] == ["hand_off", "receipt", "reply", "done"]
    assert found[-2].content["handed_off"] is True
    assert state == "handed_off"
    assert len(model.chats) == asked


@pytest.mark.parametrize(
    ("text", "reason", "first"),
    [
        ("The lamp caught fire!", "danger", "Move away from it"),
        ("피싱 문자 링크를 눌렀어요", "fraud", "먼저 카드사나 은행에 전화"),
    ],
)
def test_what_cannot_wait_goes_to_a_person_at_once(
    service: Service, model: Loopback, text: str, reason: str, first: str
) -> None:
    """No model is asked and nobody is sorry first: what to do, and a person."""
    conversation_id, client = service.open()
    asked = len(model.chats)
    with stream_of(client, conversation_id, text) as events:
        found = list(events)
    handed = next(event.content for event in found if event.type == "hand_off")

    assert [event.type for event in found if event.id] == ["hand_off", "receipt", "reply", "done"]
    assert handed["reason"] == reason
    assert found[-2].content["text"].startswith(first)
    assert not re.search("do not have to do anything|하실 일은 없습니다", handed["next"])
    assert len(model.chats) == asked


def test_a_person_can_be_asked_for_by_a_button(service: Service, model: Loopback) -> None:
    """POST …/hand-off ends the reply being written and is seen by those who follow."""
    conversation_id, client = service.open()
    with stream_of(client, conversation_id, SILENTLY) as events:
        until(events, "text")
        with following(client, conversation_id, after=1) as live:
            answer = client.post(f"/v1/conversations/{conversation_id}/hand-off")
            seen = until(live, "state")
        rest = list(events)

    assert answer.status_code == 202
    assert answer.json() == {"state": "handed_off"}
    assert seen[-1].content["state"] == "handed_off"
    assert rest[-1].type == "done"
    assert model.chats[-1].client_left.wait(60)


def test_the_transcript_says_who_wrote_what(service: Service) -> None:
    """Every event, oldest first, with its author; ids are those of the stream, receipts keep theirs inside."""
    conversation_id, client = service.open(language="en")
    with stream_of(client, conversation_id, QUESTION, client_message_id="m-1") as events:
        sent = list(events)
    answer = client.get(f"/v1/conversations/{conversation_id}/transcript").json()
    kept = answer["events"]

    assert (answer["id"], answer["channel"], answer["state"]) == (conversation_id, "chat", "open")
    assert [event["id"] for event in kept] == list(range(1, len(kept) + 1))
    authors = {event["type"]: event["author"] for event in kept}
    assert authors == {
        "notice": "company",
        "customer": "customer",
        "text": "ai",
        "citations": None,
        "receipt": None,
        "reply": "ai",
        "done": None,
    }
    assert kept[1]["text"] == QUESTION
    assert [(e["id"], e["type"]) for e in kept[2:]] == [(e.id, e.type) for e in sent if e.id]
    assert next(event for event in kept if event["type"] == "receipt")["content"]["id"].startswith("receipt_")


def test_an_event_id_that_is_none_is_refused(service: Service) -> None:
    """`Last-Event-ID` is a number that the service gave."""
    conversation_id, client = service.open()
    for wrong in ("x", "-1", "1.5", "9" * 30, "99999999999", "٣"):
        headers = {"Last-Event-ID": wrong.encode()}
        answer = client.get(f"/v1/conversations/{conversation_id}/events", headers=headers)  # type: ignore[arg-type]
        assert answer.status_code == 422, wrong
        assert "Last-Event-ID" in answer.json()["detail"]


@pytest.mark.parametrize("question", ["Are you a real person?", "지금 로봇이랑 얘기하는 건가요?"])
def test_who_writes_is_told(service: Service, question: str) -> None:
    """Whoever asks if a person writes reads that it is an AI, and how to reach a person."""
    told = text_of(service.ask(question))

    assert "AI" in told
    assert "a person, please" in told or "상담원 연결" in told
