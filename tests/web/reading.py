"""Reads a stream of server-sent events while it is being written, and models that answer as a test needs it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx

from tests.loopback import Script, spoken

SENTENCES = (
    "Standard delivery takes 2 to 3 business days. [1]",
    " You can follow your parcel under My page > Orders. [1]",
    " Delivery is free from ₩50,000, unless the parcel goes to an island. [1]",
)
WHOLE = "".join(SENTENCES)
KOREAN = "일반 배송은 2~3영업일이 걸립니다. [1]"
QUESTION = "When will my parcel come?"
SLOWLY = "When will my parcel come? Take your time."  # the model pauses between its words
PATIENCE_S = 45.0  # with a stream that only sends its heartbeat, where a test waits for an event
SILENTLY = "When will my parcel come? Then say no more."  # the model says two sentences, and goes silent


class Told(NamedTuple):
    """One event as it came."""

    type: str
    content: dict[str, Any]
    id: int | None


def told(answer: httpx.Response) -> Iterator[Told]:
    """Yield the events of a response while they come."""
    fields: dict[str, str] = {}
    until_s = time.monotonic() + PATIENCE_S
    for line in answer.iter_lines():
        assert time.monotonic() < until_s, "the stream goes on and on"
        name, colon, value = line.partition(": ")
        if not line:
            if "event" in fields:
                number = fields.get("id")
                yield Told(fields["event"], json.loads(fields["data"]), int(number) if number else None)
            fields = {}
        elif colon and name:
            fields[name] = value


@contextmanager
def stream_of(client: httpx.Client, conversation_id: str, text: str, **more: Any) -> Iterator[Iterator[Told]]:
    """Send a message; give the events of its reply as they come."""
    path = f"/v1/conversations/{conversation_id}/messages"
    accept = {"Accept": "text/event-stream"}
    with client.stream("POST", path, json={"text": text, **more}, headers=accept) as answer:
        if answer.status_code != 200:
            raise AssertionError(answer.read())
        yield told(answer)


@contextmanager
def following(client: httpx.Client, conversation_id: str, after: int | None = None) -> Iterator[Iterator[Told]]:
    """Follow a conversation; give its events as they come, without an end."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    with client.stream("GET", f"/v1/conversations/{conversation_id}/events", headers=headers) as answer:
        if answer.status_code != 200:
            raise AssertionError(answer.read())
        yield told(answer)


def until(events: Iterator[Told], kind: str, count: int = 1) -> list[Told]:
    """Return the events up to the `count`th of this type, that one last."""
    found: list[Told] = []
    for event in events:
        found.append(event)
        if sum(one.type == kind for one in found) == count:
            break
    return found


def words(events: list[Told]) -> str:
    """Return what was released."""
    return "".join(event.content["text"] for event in events if event.type == "text")


def answering(request: Mapping[str, Any]) -> Script:
    """Answer by the customer's last words: at once, slowly, or two sentences and then nothing."""
    asked = str(request["messages"][-1]["content"])
    if SILENTLY in asked:
        pieces = spoken("".join(SENTENCES[:2]) + " Delivery").pieces
        return Script(pieces, fault="stall", after=len(pieces))
    if SLOWLY in asked:
        return spoken(WHOLE, pace_s=0.02)
    return spoken(KOREAN if "배송" in asked else WHOLE)


Answering = Callable[[Mapping[str, Any]], Script]
