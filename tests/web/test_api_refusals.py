"""What the API does not take: each a clear 4xx as a problem (RFC 9457), with nothing in it of what was sent."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.web.conftest import Service, services


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service; the extractive writer answers what is taken after all."""
    with services(tmp_path_factory.mktemp("refusals")) as serve:
        yield serve()


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that takes three messages a minute of a conversation, and eight requests of a key."""
    with services(tmp_path_factory.mktemp("strict")) as serve:
        yield serve(HEEDFUL_MESSAGES_PER_MINUTE="3", HEEDFUL_REQUESTS_PER_MINUTE="8")


def assert_problem(answer: httpx.Response, status: int, code: str) -> str:
    """Look at a refusal's form; return its detail."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "code", "detail"} <= set(problem)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"]
    assert "Traceback" not in answer.text
    return str(problem["detail"])


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("word " * 40_000, 413, "message_too_long"),  # 200 kB
        ("가" * 8001, 413, "message_too_long"),
        ("How do I\x00 return it?", 422, "control_characters"),
        ("\x1b[2J\x07\x08", 422, "control_characters"),
        ("\x85 next line", 422, "control_characters"),
        ("\x7f", 422, "control_characters"),
        ("", 422, "empty_message"),
        (" \n\t ", 422, "empty_message"),
        ("\u200b\u2060\ufeff", 422, "empty_message"),
    ],
    ids=["200 kB", "8,001 letters", "NUL", "escapes", "C1", "DEL", "nothing", "white space", "zero width"],
)
def test_a_message_that_can_not_be_taken(service: Service, text: str, status: int, code: str) -> None:
    """Too long, full of control characters, empty: refused before anything is written down."""
    conversation_id, client = service.open()
    answer = client.post(f"/v1/conversations/{conversation_id}/messages", json={"text": text})

    assert text not in assert_problem(answer, status, code) or not text.strip()
    kept = client.get(f"/v1/conversations/{conversation_id}/transcript").json()["events"]
    assert [event["type"] for event in kept] == ["notice"]


def test_the_longest_message_is_taken(service: Service) -> None:
    """8,000 characters, line breaks and tabs are nothing to refuse; the conversation goes on."""
    conversation_id, client = service.open()
    text = "How long does standard delivery take?\n\t" + "배송 " * 2600
    answer = client.post(f"/v1/conversations/{conversation_id}/messages", json={"text": text})

    assert answer.status_code == 200
    assert answer.json()["text"]


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        (b'{"text": "Where is my parcel", }', "body"),
        (b'{"text"', "body"),
        (b"", "body"),
        (b"[]", "body"),
        (b'"text"', "body"),
        (b"\xff\xfe\x00", "body"),
        (b"[" * 100_000, "body"),
        (b'{"text": "\\ud800"}', "text"),
        (b'{"text": 5}', "text"),
        (b'{"text": null}', "text"),
        (b"{}", "text"),
        (b'{"text": "x", "client_message_id": ""}', "client_message_id"),
        (b'{"text": "x", "client_message_id": "\\u0000"}', "client_message_id"),
        (b'{"text": "x", "without_my_data": 7}', "without_my_data"),
        (b'{"text": "x", "customer_id": "c-mina"}', "customer_id"),
        (b'{"text": "x", "speaker": "assistant"}', "speaker"),
    ],
)
def test_a_body_that_is_not_of_the_form(service: Service, raw: bytes, where: str) -> None:
    """Broken JSON, other types, unknown fields: the answer names the place and never repeats the words."""
    conversation_id, client = service.open()
    path = f"/v1/conversations/{conversation_id}/messages"
    answer = client.post(path, content=raw, headers={"Content-Type": "application/json"})

    assert answer.status_code in (400, 422)
    detail = assert_problem(answer, answer.status_code, answer.json()["code"])
    assert where in detail
    assert "Where is my parcel" not in answer.text
    kept = client.get(f"/v1/conversations/{conversation_id}/transcript").json()["events"]
    assert [event["type"] for event in kept] == ["notice"]


def test_a_body_of_another_type(service: Service) -> None:
    """What is not said to be JSON is not guessed at: 415."""
    conversation_id, client = service.open()
    path = f"/v1/conversations/{conversation_id}/messages"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", ""):
        headers = {"Content-Type": kind} if kind else {}
        assert_problem(client.post(path, content=b'{"text": "x"}', headers=headers), 415, "unsupported_media")
    assert_problem(
        service.client(service.key("email")).post("/v1/email/drafts", content=b"x", headers={"Content-Type": "a/b"}),
        415,
        "unsupported_media",
    )


def test_a_body_over_the_limit(service: Service) -> None:
    """More than 256 kB are refused by the length stated, before it is read; the limit of mails is another one."""
    conversation_id, client = service.open()
    big = json.dumps({"text": "a" * 300_000}).encode()
    path = f"/v1/conversations/{conversation_id}/messages"
    answer = client.post(path, content=big, headers={"Content-Type": "application/json"})

    assert "256 kB" in assert_problem(answer, 413, "too_large")


def test_a_body_over_the_limit_that_does_not_say_so(service: Service) -> None:
    """Chunked encoding states no length: what is over the limit is refused as soon as it has come."""
    conversation_id, client = service.open()
    token = client.headers["Authorization"]
    place = urlsplit(service.url)
    assert place.hostname
    with socket.create_connection((place.hostname, place.port or 80), timeout=10) as wire:
        wire.sendall(
            f"POST /v1/conversations/{conversation_id}/messages HTTP/1.1\r\nHost: {place.netloc}\r\n"
            f"Authorization: {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        wire.sendall(b'A\r\n{"text": "\r\n')
        piece = b"1000\r\n" + b"a" * 4096 + b"\r\n"
        for _ in range(70):
            wire.sendall(piece)
        answer = wire.recv(65536)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer
    chunked = client.post(
        f"/v1/conversations/{conversation_id}/messages",
        content=iter([b'{"text": ', b'"Hello"}']),
        headers={"Content-Type": "application/json"},
    )
    assert chunked.status_code == 200


def test_what_is_not_there(service: Service) -> None:
    """Unknown paths and wrong methods are problems, too; a wrong method says which are right."""
    client = service.client()
    conversation_id, mine = service.open()

    assert_problem(client.get("/v1/nothing"), 404, "not_found")
    assert_problem(client.get("/static/../app.py"), 404, "not_found")
    assert_problem(client.get("/static/%2e%2e/app.py"), 404, "not_found")
    assert_problem(client.get("/static/nothing.js"), 404, "not_found")
    assert_problem(client.get("/static/" + "a" * 5000 + ".js"), 404, "not_found")
    assert_problem(client.get("/static/a%00.js"), 404, "not_found")
    assert_problem(client.get("/demo/session"), 404, "not_found")
    assert_problem(client.post("/demo/identity", json={"customer": "demo-mina"}), 404, "not_found")
    wrong = client.delete("/v1/conversations")
    assert_problem(wrong, 405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"
    assert_problem(mine.put(f"/v1/conversations/{conversation_id}/messages", json={}), 405, "method_not_allowed")


def test_every_answer_has_an_id(service: Service) -> None:
    """`X-Request-ID` is on good answers and refusals, a new one each time."""
    client = service.client()
    ids = [client.get(path).headers["x-request-id"] for path in ("/livez", "/livez", "/nothing")]

    assert len(set(ids)) == 3


def test_too_many_messages_of_one_conversation(strict: Service) -> None:
    """The fourth within a minute is refused with the time to wait; another conversation goes on."""
    strict.keys["chat"] = strict.key("chat")
    conversation_id, client = strict.open()
    path = f"/v1/conversations/{conversation_id}/messages"
    found = [client.post(path, json={"text": "How long does delivery take?"}) for _ in range(4)]
    other_id, other = strict.open()

    assert [answer.status_code for answer in found] == [200, 200, 200, 429]
    assert_problem(found[-1], 429, "rate_limited")
    assert 1 <= int(found[-1].headers["retry-after"]) <= 60
    assert other.post(f"/v1/conversations/{other_id}/messages", json={"text": "Hello"}).status_code == 200


def test_too_many_requests_of_one_customer(strict: Service) -> None:
    """A customer's ninth look at their data within a minute is refused, from whatever chat; another one goes on."""
    strict.keys["chat"] = strict.key("chat")
    (_, one), (_, two), (_, other) = (strict.open(customer_id=name) for name in ("c-1", "c-1", "c-2"))
    found = [client.get("/v1/me") for client in (one, two) * 4]
    refused = two.get("/v1/me")

    assert {answer.status_code for answer in found} == {200}
    assert_problem(refused, 429, "rate_limited")
    assert "c-1" not in refused.text
    assert other.get("/v1/me").status_code == 200


def test_too_many_requests_of_one_key(strict: Service) -> None:
    """The ninth within a minute is refused; another key goes on, and tokens already given do."""
    key = strict.key("chat")
    client = strict.client(key)
    found = [client.post("/v1/conversations", json={}) for _ in range(9)]
    token: dict[str, Any] = found[0].json()

    assert [answer.status_code for answer in found] == [201] * 8 + [429]
    assert 1 <= int(found[-1].headers["retry-after"]) <= 60
    assert strict.client(strict.key("chat")).post("/v1/conversations", json={}).status_code == 201
    assert strict.client(token["token"]).get(f"/v1/conversations/{token['id']}/transcript").status_code == 200
