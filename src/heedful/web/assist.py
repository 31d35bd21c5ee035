"""Suggestions for a contact centre's people: a conversation in, checked words with sources, receipt and verdict out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from heedful.answerable import UNSURE
from heedful.keys import ApiKey
from heedful.values import Turn
from heedful.web import examples
from heedful.web.callers import Ours, known_purpose, needs
from heedful.web.chat import whole
from heedful.web.problems import REFUSALS
from heedful.web.waiting import while_connected

router = APIRouter(prefix="/v1/assist", tags=["assist"], responses=REFUSALS)


class Said(BaseModel):
    """One turn; `agent` and `person` are the company's people, `assistant` is heedful."""

    speaker: Literal["customer", "agent", "person", "assistant"]
    text: str


class Talk(BaseModel):
    """The conversation as the agent sees it, oldest turn first."""

    channel: Literal["chat", "email", "assist"] = "chat"
    turns: list[Said] = Field(min_length=1, max_length=500)


class Ask(BaseModel):
    """What a suggestion is asked with. `customer_id` is sent only when the agent has verified the customer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [examples.SUGGEST]})

    conversation: Talk
    customer_id: str | None = Field(default=None, min_length=1, max_length=200)
    language: str | None = Field(default=None, pattern=r"^[a-z]{2}$")
    purpose: str | None = Field(default=None, max_length=60)
    without_my_data: bool = False


@router.post("/suggestions", responses={200: examples.answers(examples.SUGGESTED)})
async def suggest(
    ask: Ask, request: Request, ours: Ours, _key: Annotated[ApiKey, Depends(needs("assist"))]
) -> dict[str, Any]:
    """Suggest what the agent may answer.

    The list is empty when nothing in the help content answers, or nothing passed its checks: `verdict` says which.
    """
    turns = [
        Turn("person" if said.speaker == "agent" else said.speaker, said.text)
        for said in ask.conversation.turns
        if said.text.strip()
    ]
    answering = ours.conversations.answer(
        "assist",
        turns,
        customer_id=ask.customer_id,
        language=ask.language,
        purpose=known_purpose(ours, ask.purpose),
        without_my_data=ask.without_my_data,
    )
    reply = whole(await while_connected(request, answering))
    suggestion = {name: reply[name] for name in ("text", "language", "citations", "receipt", "verdict", "confidence")}
    rests_on_nothing = not reply["citations"] and not reply["receipt"]["facts"] and reply["confidence"] < UNSURE
    return {
        "suggestions": [] if reply["handed_off"] or rests_on_nothing else [suggestion],
        "confidence": reply["confidence"],
        "handed_off": reply["handed_off"],
        "verdict": reply["verdict"],
        "receipt": reply["receipt"],
    }
