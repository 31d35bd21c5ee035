"""Conversations over HTTP: open one, send a message, follow it, stop it, read it back."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from heedful.conversations import Opened, Stored
from heedful.errors import ConflictError, InputError, StoreError, UpstreamError
from heedful.identity import Proof
from heedful.keys import ApiKey
from heedful.problems import error_of
from heedful.values import Event
from heedful.web import examples
from heedful.web.callers import Ours, in_conversation, known_purpose, must_have, needs, origin_of
from heedful.web.problems import REFUSALS
from heedful.web.sse import EventStream, stream
from heedful.web.waiting import while_connected

router = APIRouter(prefix="/v1/conversations", tags=["conversations"], responses=REFUSALS)

NEWEST_ID = 2**31 - 1  # as the database counts events
UNGUESSABLE = 16  # characters of an Idempotency-Key that gives back a conversation to whoever names it
AUTHORS = {"text": "ai", "hand_off": "ai", "reply": "ai", "notice": "company"}
SPEAKERS = {"customer": "customer", "assistant": "ai", "person": "person"}


class Open(BaseModel):
    """What opening a conversation takes.

    `identity` is a customer's token, signed by the company; only a secret key may name the customer, as
    `customer_id`, or a purpose.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [examples.OPEN]})

    channel: Literal["chat", "email", "assist"] = "chat"
    language: str | None = Field(default=None, pattern=r"^[a-z]{2}$")
    identity: str | None = Field(default=None, max_length=8192)
    customer_id: str | None = Field(default=None, min_length=1, max_length=200)
    purpose: str | None = Field(default=None, max_length=60)
    without_my_data: bool = False


class Say(BaseModel):
    """A customer's message. The same `client_message_id` again gives the same reply."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [examples.SAY]})

    text: str
    client_message_id: str | None = Field(default=None, min_length=1, max_length=200)
    without_my_data: bool = False


@router.post("", status_code=201, responses={201: examples.answers(examples.OPENED, says="It is open.")})
async def open_conversation(
    wish: Open,
    request: Request,
    ours: Ours,
    key: Annotated[ApiKey, Depends(needs("chat", publishable=True))],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> dict[str, Any]:
    """Open a conversation; what comes back is its id, a token for it, and the notice to show first.

    The same `Idempotency-Key` again gives the same conversation, with a fresh token.
    """
    if key.publishable and (wish.channel != "chat" or wish.purpose or wish.customer_id):
        raise InputError("a publishable key opens chats only, and a customer is named by `identity`")
    if key.publishable and idempotency_key and len(idempotency_key) < UNGUESSABLE:
        raise InputError(
            f"everyone shares a publishable key: its Idempotency-Key has to be random, {UNGUESSABLE} characters or more"
        )
    must_have(key, wish.channel)
    known_purpose(ours, wish.purpose)
    proof = ours.identity.proof(wish.identity) if wish.identity else None
    proved = proof.customer_id if proof else None
    if proved and wish.customer_id not in (None, proved):
        raise InputError("`identity` and `customer_id` name two customers; send one of them", code="two_customers")
    meant = wish.model_copy(update={"identity": None, "customer_id": proved or wish.customer_id})
    opening = _opened(ours, meant, proof, opted_out=says_no(request))
    if idempotency_key is None:
        opened = await opening
    else:
        opened = await request.app.state.openings.once(key.id, idempotency_key, meant.model_dump_json(), opening)
    ticket = ours.identity.ticket(opened.id, origin=origin_of(request) if key.publishable else None)
    return {
        "id": opened.id,
        "token": ticket.token,
        "expires_in": ticket.expires_in,
        "notice": opened.notice,
        "language": meant.language,
        "verified": meant.customer_id is not None,
    }


async def _opened(ours: Ours, wish: Open, proof: Proof | None, *, opted_out: bool) -> Opened:
    if proof is not None:
        with suppress(StoreError, UpstreamError):  # without them the answer is written from what is known
            await ours.customers.control.take_claims(proof, begin=True)
    return await ours.conversations.open(
        wish.channel,
        language=wish.language,
        customer_id=wish.customer_id,
        purpose=wish.purpose,
        without_my_data=wish.without_my_data,
        opted_out=opted_out,
    )


@router.post(
    "/{conversation_id}/messages",
    response_model=None,
    responses={200: examples.streams(examples.REPLY, says="The reply, whole, or event by event.")},
)
async def send_message(
    conversation_id: str,
    message: Say,
    request: Request,
    ours: Ours,
    stored: Annotated[Stored, Depends(in_conversation)],
) -> Response | dict[str, Any]:
    """Send a message; the reply comes as server-sent events when asked for (`Accept`), else as one JSON."""
    request.app.state.rates.of_conversation(conversation_id)
    events = await ours.conversations.send(
        conversation_id,
        message.text,
        client_message_id=message.client_message_id,
        without_my_data=message.without_my_data,
        opted_out=says_no(request),
        known=stored,
    )
    if "text/event-stream" in request.headers.get("accept", ""):
        return stream(events)
    return whole(await while_connected(request, _all(events)))


@router.get(
    "/{conversation_id}/events",
    response_class=EventStream,
    dependencies=[Depends(in_conversation)],
    responses={
        200: {
            "description": "The events, as they come, until the client goes.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": examples.EVENTS}},
        }
    },
)
async def follow_events(
    conversation_id: str,
    ours: Ours,
    last_event_id: Annotated[str | None, Header()] = None,
) -> EventStream:
    """Follow a conversation from `Last-Event-ID` on, live."""
    after = last_event_id or "0"
    if not (after.isascii() and after.isdigit()) or len(after) > 18 or int(after) > NEWEST_ID:
        raise InputError(f"Last-Event-ID is {after[:20]!r}; send the id of the last event you have, or nothing")
    return stream(ours.conversations.follow(conversation_id, after=int(after)))


@router.post(
    "/{conversation_id}/stop",
    status_code=202,
    dependencies=[Depends(in_conversation)],
    responses={202: examples.answers({"stopped": True}, says="Whether a reply was under way.")},
)
async def stop_reply(conversation_id: str, ours: Ours) -> dict[str, bool]:
    """End the reply being written; what was shown stays."""
    return {"stopped": await ours.conversations.stop(conversation_id)}


@router.post(
    "/{conversation_id}/hand-off",
    status_code=202,
    dependencies=[Depends(in_conversation)],
    responses={202: examples.answers({"state": "handed_off"}, says="A person takes over.")},
)
async def ask_for_a_person(conversation_id: str, ours: Ours) -> dict[str, str]:
    """Ask for a person to take over."""
    await ours.conversations.hand_off(conversation_id)
    return {"state": "handed_off"}


@router.get("/{conversation_id}/transcript", responses={200: examples.answers(examples.TRANSCRIPT)})
async def read_transcript(
    conversation_id: str, ours: Ours, stored: Annotated[Stored, Depends(in_conversation)]
) -> dict[str, Any]:
    """Read everything that was recorded, oldest first; `author` says what was written by an AI."""
    events = await ours.conversations.transcript(conversation_id)
    return {
        "id": conversation_id,
        "channel": stored.channel,
        "state": stored.state,
        "opened_at": stored.opened_at.isoformat(),
        "events": [
            {
                "id": event.id,
                "type": event.type,
                "at": event.at.isoformat() if event.at else None,
                "reply_id": event.reply_id,
                "author": _author(event),
                "text": event.content.get("text"),
                "content": event.content,
            }
            for event in events
        ],
    }


def says_no(request: Request) -> bool:
    """Return whether the browser says no to data about behaviour (Global Privacy Control, `Sec-GPC: 1`)."""
    return request.headers.get("sec-gpc", "").strip() == "1"


def whole(events: Sequence[Event]) -> dict[str, Any]:
    """Return a finished reply as one JSON, with the offer that stands under it, if there is one.

    Raises:
        HeedfulError: There is none: it was stopped, failed, or could not be recorded.
    """
    offer = next((event.content for event in events if event.type == "offer"), None)
    for event in events:
        if event.type == "reply":
            return {**event.content, **({"offer": dict(offer)} if offer else {})}
    failed = next((event for event in events if event.type == "error"), None)
    if failed is not None:
        raise error_of(failed.content)
    raise ConflictError("this reply was stopped before it was finished", code="stopped")


async def _all(events: AsyncGenerator[Event]) -> list[Event]:
    async with aclosing(events):
        return [event async for event in events]


def _author(event: Event) -> str | None:
    """Return who wrote what the customer was shown; `None` for what nobody wrote."""
    if event.type == "customer":
        return SPEAKERS.get(str(event.content.get("speaker", "customer")), "customer")
    return AUTHORS.get(event.type)
