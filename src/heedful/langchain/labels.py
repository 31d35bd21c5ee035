"""Names and ids that a model or its provider makes up: kept where they look like one, else replaced."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import regex
from langchain.agents.middleware import ModelResponse
from langchain_core.messages import AIMessage, ToolMessage

_LABEL = regex.compile(r"[\w.:-]{1,128}")
_MODEL = regex.compile(r"[\w.:/-]{1,128}")  # makers write `house/model`
UNKNOWN_TOOL = "unknown_tool"  # the agent tells the model that there is no such tool
# What a provider says of a call and no word of the draft; log probabilities, raw calls and the like stay behind.
KEPT_METADATA = ("model_name", "model_provider", "finish_reason", "stop_reason", "system_fingerprint", "service_tier")


def plainly_labelled(response: ModelResponse[Any]) -> ModelResponse[Any]:
    """Return the response with no name or id in it that could be a sentence; calls and their results still agree.

    Raises:
        TypeError: It does not begin with a model's message.
    """
    message, *rest = response.result
    if not isinstance(message, AIMessage):
        raise TypeError(f"the model node gave a {type(message).__name__} first, where an AIMessage was expected")
    ids: dict[str | None, str | None] = {}
    for call in (*message.tool_calls, *message.invalid_tool_calls):
        ids.setdefault(call["id"], _id(call["id"]))
    plain = message.model_copy(
        update={
            "id": _label(message.id),
            "name": _label(message.name),
            "tool_calls": [{**one, "name": _tool(one["name"]), "id": ids[one["id"]]} for one in message.tool_calls],
            "invalid_tool_calls": [
                {**one, "name": _tool(one["name"]), "id": ids[one["id"]]} for one in message.invalid_tool_calls
            ],
            "response_metadata": {key: one for key, one in message.response_metadata.items() if _may_stay(key, one)},
        }
    )
    return replace(
        response, result=[plain, *(_result(one, ids) if isinstance(one, ToolMessage) else one for one in rest)]
    )


def _result(message: ToolMessage, ids: dict[str | None, str | None]) -> ToolMessage:
    given = message.tool_call_id
    name = None if message.name is None else _tool(message.name)
    return message.model_copy(update={"tool_call_id": ids.get(given) or _id(given), "name": name})


def _label(given: str | None) -> str | None:
    return given if given is not None and _LABEL.fullmatch(given) else None


def _id(given: str | None) -> str | None:
    return None if given is None else _label(given) or f"call_{uuid.uuid4().hex}"


def _tool(name: str | None) -> str:
    return _label(name) or UNKNOWN_TOOL


def _may_stay(key: str, value: Any) -> bool:
    fits = _MODEL if key == "model_name" else _LABEL
    return key in KEPT_METADATA and isinstance(value, str) and fits.fullmatch(value) is not None
