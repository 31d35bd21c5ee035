"""Who hears what: a model and a tool work unheard; what passed its check is said where LangChain's listeners are."""

from __future__ import annotations

import hmac
import json
import secrets
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextvars import Context, copy_context
from dataclasses import fields
from typing import Any

from langchain.agents.middleware import ModelRequest
from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables.config import RunnableConfig, var_child_runnable_config
from langchain_core.tracers.context import _configure_hooks

from heedful.errors import SettingsError
from heedful.units import sentences


def unheard() -> Context:
    """Return a context in which no callback hears a model: neither those of the run nor those set by `with`.

    LangGraph's streams and `astream_events` are callbacks, too. What else a run is configured with stays.
    """
    context = copy_context()
    context.run(_fall_silent)
    return context


def _fall_silent() -> None:
    config: RunnableConfig = {**(var_child_runnable_config.get() or {}), "callbacks": None}
    var_child_runnable_config.set(config)
    for listener, *_ in _configure_hooks:
        listener.set(None)


def refuse_own_callbacks(model: Any) -> None:
    """Let a model pass that has no callbacks of its own: nothing can keep unchecked words from those.

    Raises:
        SettingsError: It has some.
    """
    if model is None:
        return
    config = getattr(model, "config", None)
    bound_to = config.get("callbacks") if isinstance(config, Mapping) else None
    if getattr(model, "callbacks", None) or bound_to:
        raise SettingsError(
            "the agent's model has callbacks of its own, which would hear words that nobody has checked; "
            "make it without `callbacks=` and give them to the agent's run: config={'callbacks': [...]}"
        )
    for inner in (*(getattr(model, name, None) for name in ("bound", "runnable")), *_fallbacks(model)):
        refuse_own_callbacks(inner)


def _fallbacks(model: Any) -> Sequence[Any]:
    others = getattr(model, "fallbacks", None)
    return others if isinstance(others, list | tuple) else ()


class SilentRequest(ModelRequest[Any]):
    """A request that takes no model with callbacks of its own, whichever middleware brings it on the way."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "model":
            refuse_own_callbacks(value)
        super().__setattr__(name, value)


def silent(request: ModelRequest[Any]) -> SilentRequest:
    """Return the request as one that stays silent.

    Raises:
        SettingsError: Its model has callbacks of its own.
    """
    return SilentRequest(**{one.name: getattr(request, one.name) for one in fields(request)})


class ToolEvents(BaseCallbackHandler):
    """Lets a listener hear that a tool begins and ends, and nothing of the models and chains that work inside it."""

    def __init__(self, listener: BaseCallbackHandler) -> None:
        self.run_inline = listener.run_inline
        self.raise_error = listener.raise_error
        self._listener = listener
        for event in ("on_tool_start", "on_tool_end", "on_tool_error"):
            setattr(self, event, getattr(listener, event))

    @property
    def ignore_llm(self) -> bool:
        """Models are not heard."""
        return True

    @property
    def ignore_chat_model(self) -> bool:
        """Nor are chat models."""
        return True

    @property
    def ignore_chain(self) -> bool:
        """Nor what is made of them."""
        return True

    @property
    def ignore_agent(self) -> bool:
        """Whether the listener hears no tools either."""
        return self._listener.ignore_agent


def only_tools(callbacks: Any) -> Any:
    """Return the callbacks of a run with ears for tools alone."""
    if isinstance(callbacks, BaseCallbackManager):
        deaf: dict[int, BaseCallbackHandler] = {id(one): ToolEvents(one) for one in callbacks.handlers}
        quiet = callbacks.copy()
        quiet.handlers = [deaf[id(one)] for one in callbacks.handlers]
        quiet.inheritable_handlers = [deaf[id(one)] for one in callbacks.inheritable_handlers if id(one) in deaf]
        return quiet
    return [ToolEvents(one) for one in callbacks or ()] or None


class Memory:
    """Knows again what was said, without keeping a word of it: keyed digests of the latest messages."""

    def __init__(self, most: int = 4_096) -> None:
        self._most = most
        self._key = secrets.token_bytes(32)
        self._digests: dict[bytes, None] = {}

    def keep(self, message: BaseMessage) -> None:
        """Remember that this message, with these words, was said."""
        self._digests[self._digest(message)] = None
        while len(self._digests) > self._most:
            self._digests.pop(next(iter(self._digests)), None)

    def knows(self, message: BaseMessage) -> bool:
        """Whether this message was said with these very words; false when that is long ago."""
        return self._digest(message) in self._digests

    def _digest(self, message: BaseMessage) -> bytes:
        id_ = f"call {message.tool_call_id}" if isinstance(message, ToolMessage) else message.id
        return hmac.digest(self._key, f"{id_}\0{message.text}".encode("utf-8", "surrogatepass"), "sha256")


class Said(BaseChatModel):
    """A model that says one message, which has been checked, unit by unit."""

    checked: AIMessage
    cache: bool | None = False  # another conversation must never get this one's words

    @property
    def _llm_type(self) -> str:
        return "heedful-checked"

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        del messages, stop, run_manager, kwargs
        return ChatResult(generations=[ChatGeneration(message=self.checked)])

    async def _agenerate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return self._generate(messages, stop, run_manager, **kwargs)

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        del messages, stop, run_manager, kwargs
        for chunk in _chunks(self.checked):
            yield ChatGenerationChunk(message=chunk)

    async def _astream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream(messages, stop, run_manager, **kwargs):
            yield chunk


def say(message: AIMessage, prompt: Sequence[BaseMessage]) -> AIMessage:
    """Say a checked message where the run's listeners hear it; return it with the id they heard."""
    heard = Said(checked=message).invoke(list(prompt))
    return message.model_copy(update={"id": heard.id})


async def asay(message: AIMessage, prompt: Sequence[BaseMessage]) -> AIMessage:
    """Do the same as `say` in an asynchronous run."""
    heard = await Said(checked=message).ainvoke(list(prompt))
    return message.model_copy(update={"id": heard.id})


def _chunks(message: AIMessage) -> Iterator[AIMessageChunk]:
    """Yield the message in pieces: its units, then what it asks of tools and what it cost."""
    id_ = message.id or str(uuid.uuid4())
    for unit in sentences(str(message.text)):
        yield AIMessageChunk(content=unit, id=id_, name=message.name)
    asked = [
        tool_call_chunk(name=call["name"], args=_as_json(call["args"]), id=call["id"], index=number)
        for number, call in enumerate(message.tool_calls)
    ]
    yield AIMessageChunk(
        content="",
        id=id_,
        name=message.name,
        tool_call_chunks=asked,
        usage_metadata=message.usage_metadata,
        response_metadata=message.response_metadata,
        chunk_position="last",
    )


def _as_json(arguments: Any) -> str:
    return json.dumps(arguments, ensure_ascii=False)
