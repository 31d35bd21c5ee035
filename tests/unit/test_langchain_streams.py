"""Who hears what of a guarded LangChain agent: what passed, in every way it can be run, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest
from langchain.agents.middleware import AgentMiddleware, ModelFallbackMiddleware
from langchain.tools import tool
from langchain_core.callbacks import BaseCallbackHandler, get_usage_metadata_callback
from langchain_core.messages import AIMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.tracers.context import register_configure_hook
from langgraph.checkpoint.memory import InMemorySaver

from heedful.errors import SettingsError
from tests.agents import (
    CLEAN,
    HANDED_OFF,
    LEAK,
    MODES,
    STREET,
    Ears,
    Scripted,
    agent,
    asked,
    last,
    scripted,
)


def _stream(model: Scripted, ears: Ears) -> list[Any]:
    run = agent(model, checkpointer=InMemorySaver())
    config = {"callbacks": [ears], "configurable": {"thread_id": "1"}}
    return list(run.stream(asked(), config, stream_mode=MODES, subgraphs=True))


def _astream(model: Scripted, ears: Ears) -> list[Any]:
    async def read() -> list[Any]:
        run = agent(model, checkpointer=InMemorySaver())
        config = {"callbacks": [ears], "configurable": {"thread_id": "1"}}
        return [event async for event in run.astream(asked(), config, stream_mode=MODES, subgraphs=True)]

    return asyncio.run(read())


def _astream_events(model: Scripted, ears: Ears) -> list[Any]:
    async def read() -> list[Any]:
        return [event async for event in agent(model).astream_events(asked(), {"callbacks": [ears]}, version="v2")]

    return asyncio.run(read())


def _stream_events_v3(model: Scripted, ears: Ears) -> list[Any]:
    stream = agent(model).stream_events(asked(), {"callbacks": [ears]}, version="v3")
    return [*stream, stream.output]


def _astream_log(model: Scripted, ears: Ears) -> list[Any]:
    async def read() -> list[Any]:
        return [part async for part in agent(model).astream_log(asked(), {"callbacks": [ears]})]

    return asyncio.run(read())


WAYS = [_stream, _astream, _astream_events, _stream_events_v3, _astream_log]


@pytest.mark.filterwarnings("ignore")  # LangChain calls some of its ways experimental, or old
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
def test_no_way_of_streaming_shows_a_word_that_nobody_has_checked(way: Callable[[Scripted, Ears], list[Any]]) -> None:
    """Every stream mode, event stream and callback hears the answer that passed, and nothing of the one before."""
    ears = Ears()

    events = way(scripted(LEAK, CLEAN), ears)

    shown = repr(events) + repr(ears.heard)
    assert STREET not in shown
    assert "Brighton" not in shown
    assert "Thank you for waiting" not in shown
    assert "on its way" in shown


def test_tokens_are_checked_units_and_come_once() -> None:
    """`stream_mode="messages"` gives the checked answer unit by unit, under the id that the state has."""
    run = agent(scripted(LEAK, CLEAN), checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}

    chunks = [chunk for chunk, _ in run.stream(asked(), config, stream_mode="messages")]

    assert [chunk.content for chunk in chunks if chunk.content] == ["Your parcel is on its way. ", CLEAN[27:]]
    assert {chunk.id for chunk in chunks} == {run.get_state(config).values["messages"][-1].id}


hooked: ContextVar[BaseCallbackHandler | None] = ContextVar("hooked", default=None)
register_configure_hook(hooked, inheritable=True)


def test_listeners_set_by_a_context_hear_only_what_passed() -> None:
    """A callback that LangChain adds from a context variable hears no draft either; what both cost is counted."""
    ears = Ears()
    usage = UsageMetadata(input_tokens=7, output_tokens=5, total_tokens=12)
    leak, answer = (
        AIMessage(text, usage_metadata=usage, response_metadata={"model_name": "m"}) for text in (LEAK, CLEAN)
    )
    token = hooked.set(ears)

    try:
        with get_usage_metadata_callback() as counted:
            agent(scripted(leak, answer)).invoke(asked())
    finally:
        hooked.reset(token)

    assert STREET not in repr(ears.heard)
    assert ears.heard
    assert counted.usage_metadata["m"]["total_tokens"] == 24


def test_a_model_with_callbacks_of_its_own_is_refused() -> None:
    """Nothing can keep words from callbacks that sit in the model: the run fails loudly before it is called."""
    model = scripted(LEAK)
    model.callbacks = [Ears()]

    with pytest.raises(SettingsError, match="callbacks of its own"):
        agent(model).invoke(asked())
    assert model.read == []


def test_a_model_that_another_middleware_brings_is_not_heard_either() -> None:
    """A fallback model inside the guard is as silent as the first one, and as checked."""

    class Broken(Scripted):
        def _stream(self, *args: Any, **settings: Any) -> Iterator[ChatGenerationChunk]:
            raise ConnectionError("down")

        _generate = _stream  # type: ignore[assignment]

    run = agent(Broken(answers=[]), others=[ModelFallbackMiddleware(scripted(LEAK, CLEAN))])

    events = list(run.stream(asked(), stream_mode=["messages", "values", "updates"]))

    assert STREET not in repr(events)


def test_what_another_middleware_writes_last_is_checked_too() -> None:
    """An answer that a middleware changed after the check does not stay in the state."""

    class Adds(AgentMiddleware[Any, Any, Any]):
        def after_model(self, state: Any, runtime: Any) -> dict[str, Any]:
            return {"messages": [state["messages"][-1].model_copy(update={"content": LEAK})]}

    state = agent(scripted(CLEAN), others=[Adds()]).invoke(asked())

    assert last(state) == HANDED_OFF
    assert STREET not in repr(state)


def test_models_inside_a_tool_are_not_heard() -> None:
    """Tokens of a model that a tool calls are no answer: listeners hear the tool begin and end, and not those."""

    @tool
    def look_up(question: str) -> str:
        """Look something up."""
        return "found" if scripted(LEAK).invoke(question) else ""

    call = AIMessage("", tool_calls=[{"name": "look_up", "args": {"question": "parcel"}, "id": "t1"}])
    ears = Ears()

    async def read() -> list[Any]:
        run = agent(scripted(call, CLEAN), tools=[look_up])
        return [event async for event in run.astream_events(asked(), {"callbacks": [ears]}, version="v2")]

    events = asyncio.run(read())
    streamed = agent(scripted(call, CLEAN), tools=[look_up]).stream(asked(), stream_mode=["messages", "updates"])

    assert STREET not in repr(events) + repr(ears.heard) + repr(list(streamed))
    assert {"on_tool_start", "on_tool_end"} <= {event["event"] for event in events}
