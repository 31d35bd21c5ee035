"""Mail drafts over HTTP: the mail as JSON or as it came, the draft as JSON or as a message."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.responses import Response

from heedful import mail
from heedful.drafts import Draft, Wanted
from heedful.errors import InputError
from heedful.keys import ApiKey
from heedful.web import examples
from heedful.web.callers import Ours, known_purpose, needs
from heedful.web.problems import REFUSALS, invalid
from heedful.web.waiting import while_connected

router = APIRouter(prefix="/v1/email", tags=["email"], responses=REFUSALS)

MESSAGE = "message/rfc822"
HeaderText = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")]  # a line break in it could add a header
HANDED_OFF = "X-Heedful-Handed-Off"  # a draft without an answer: a person has to write it


class Wish(BaseModel):
    """What a draft is asked with besides the mail. `customer_id` only when the company has verified the sender."""

    model_config = ConfigDict(extra="forbid")

    customer_id: str | None = Field(default=None, min_length=1, max_length=200)
    verified_addresses: list[str] = Field(default_factory=list, max_length=20)
    language: str | None = Field(default=None, pattern=r"^[a-z]{2}$")
    purpose: str | None = Field(default=None, max_length=60)
    without_my_data: bool = False


class Incoming(Wish):
    """A mail whose parts are known already. `message_id` and `references` thread the answer."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    sender: HeaderText = Field(alias="from", max_length=320)
    text: str = Field(max_length=200_000)
    subject: str = Field(default="", max_length=2000)
    reply_to: HeaderText | None = Field(default=None, max_length=320)
    to: list[HeaderText] = Field(default_factory=list, max_length=100)
    cc: list[HeaderText] = Field(default_factory=list, max_length=100)
    message_id: HeaderText = Field(default="", max_length=1000)
    references: list[HeaderText] = Field(default_factory=list, max_length=100)


BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": Incoming.model_json_schema(), "example": examples.MAIL},
        MESSAGE: {"schema": {"type": "string"}, "example": examples.MESSAGE},
    },
}
DRAFTED = examples.answers(examples.DRAFT, says="The draft; as a message to those who accept message/rfc822.")
DRAFTED["content"][MESSAGE] = {"schema": {"type": "string"}, "example": examples.DRAFT["message"]}


@router.post("/drafts", response_model=None, openapi_extra={"requestBody": BODY}, responses={200: DRAFTED})
async def draft(
    request: Request,
    ours: Ours,
    _key: Annotated[ApiKey, Depends(needs("email"))],
    wish: Annotated[Wish, Query()],
) -> Response | dict[str, Any]:
    """Draft an answer to a mail. It is a draft: heedful sends nothing.

    With message/rfc822 what it is asked with stands in the query, with JSON in the body.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind == MESSAGE:
        drafting = ours.drafts.draft(body, _wanted(ours, wish))
    elif kind == "application/json":
        try:
            incoming = Incoming.model_validate(_json(body))
        except ValidationError as error:
            return invalid(error.errors())
        drafting = ours.drafts.answer(_as_mail(incoming), _wanted(ours, incoming))
    else:
        raise InputError(f"send the mail as application/json or {MESSAGE}", code="unsupported_media")
    made = await while_connected(request, drafting)
    if MESSAGE in request.headers.get("accept", ""):
        headers = {"Content-Disposition": 'attachment; filename="draft.eml"'}
        if made.reply["handed_off"]:
            headers[HANDED_OFF] = "true"
        return Response(made.message, media_type=MESSAGE, headers=headers)
    return _as_json(made)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError("the body is not JSON") from error


def _wanted(ours: Ours, wish: Wish) -> Wanted:
    return Wanted(
        customer_id=wish.customer_id,
        verified_addresses=tuple(wish.verified_addresses),
        language=wish.language,
        purpose=known_purpose(ours, wish.purpose),
        without_my_data=wish.without_my_data,
    )


def _as_mail(incoming: Incoming) -> mail.ParsedMail:
    """Return the parts as the mail they are of, read as any other: quotes and signature are cut."""
    return mail.from_parts(
        sender=incoming.sender,
        text=incoming.text,
        subject=incoming.subject,
        reply_to=incoming.reply_to,
        to=incoming.to,
        cc=incoming.cc,
        message_id=incoming.message_id,
        references=incoming.references,
    )


def _as_json(made: Draft) -> dict[str, Any]:
    return {**made.reply, "to": made.to, "subject": made.subject, "message": made.message.decode("ascii", "replace")}
