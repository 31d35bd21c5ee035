"""What others than the agent's model say: middleware that adds messages, tools that answer, names a model makes up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain.agents.middleware import AgentMiddleware, ModelRequest
from langchain.agents.structured_output import ToolStrategy
from langchain.tools import tool
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGenerationChunk
from langgraph.types import Command
from pydantic import BaseModel

from heedful.errors import SettingsError
from tests.agents import ASK, CLEAN, HANDED_OFF, LEAK, STREET, Ears, Scripted, agent, asked, last, scripted


class Adds(AgentMiddleware[Any, Any, Any]):
    """Adds messages after the model's."""

    def __init__(self, *messages: Any) -> None:
        super().__init__()
        self._messages = messages

    def after_model(self, state: Any, runtime: Any) -> dict[str, Any]:
        """Add them once."""
        return {"messages": [one for one in self._messages if one.id not in {it.id for it in state["messages"]}]}


def _invoke(run: Any, given: Any) -> Any:
    return run.invoke(given)


def _ainvoke(run: Any, given: Any) -> Any:
    return asyncio.run(run.ainvoke(given))


BOTH = pytest.mark.parametrize("run_", [_invoke, _ainvoke], ids=["invoke", "ainvoke"])


@BOTH
def test_every_answer_that_a_middleware_adds_is_checked(run_: Callable[[Any, Any], Any]) -> None:
    """A leak before the last message does not stay in the state; each message put right has its note."""
    adds = Adds(AIMessage(LEAK, id="x1"), AIMessage(CLEAN, id="x2"))

    state = run_(agent(scripted(CLEAN), others=[adds]), asked())

    assert [one.text for one in state["messages"][1:]] == [CLEAN, HANDED_OFF, CLEAN]
    assert STREET not in repr(state)
    assert [one["message_id"] for one in state["heedful_verdicts"] if one["handed_off"]] == ["x1"]


def test_a_summary_in_between_hides_no_answer_from_the_check() -> None:
    """A message that a middleware wrote as a human's does not end the answer that is looked at."""
    summary = HumanMessage("A summary.", id="s1", additional_kwargs={"lc_source": "summarization"})
    adds = Adds(AIMessage(LEAK, id="x1"), summary, AIMessage(CLEAN, id="x2"))

    state = agent(scripted(CLEAN), others=[adds]).invoke(asked())

    assert STREET not in repr(state)


def test_answers_of_earlier_turns_are_left_as_they_are() -> None:
    """What stands before the customer's latest words was dealt with then."""
    before = [("user", "Where do I live?"), ("assistant", LEAK), ("user", "Where is my parcel?")]

    state = agent(scripted(CLEAN)).invoke({"messages": before})

    assert [one.text for one in state["messages"]] == ["Where do I live?", LEAK, "Where is my parcel?", CLEAN]


def test_an_added_answer_put_right_asks_only_for_what_was_done() -> None:
    """Its tool calls that have results stay with it, or the next model call would refuse the thread."""
    done: Any = {"name": "look", "args": {}, "id": "t1", "type": "tool_call"}
    undone: Any = {**done, "id": "t2"}
    result = ToolMessage("found", id="x2", tool_call_id="t1")
    adds = Adds(AIMessage(LEAK, id="x1", tool_calls=[done, undone]), result, AIMessage(CLEAN, id="x3"))

    messages = agent(scripted(CLEAN), others=[adds]).invoke(asked())["messages"]

    assert [one.text for one in messages[2:]] == [HANDED_OFF, "found", CLEAN]
    assert messages[2].tool_calls == [done]


def _direct(answer: Any) -> Any:
    @tool(return_direct=True)
    def direct(number: str) -> Any:
        """Answer the customer directly."""
        return answer

    return direct


TRUSTS: list[dict[str, Any]] = [{"direct": "published"}, {}]
CALL = AIMessage("", tool_calls=[{"name": "direct", "args": {"number": "1"}, "id": "t1"}])
IN_A_COMMAND: Command[Any] = Command(update={"messages": [ToolMessage(LEAK, tool_call_id="t1", name="direct")]})


@BOTH
@pytest.mark.parametrize("answer", [LEAK, IN_A_COMMAND], ids=["text", "command"])
def test_a_tool_that_answers_directly_is_checked(answer: Any, run_: Callable[[Any, Any], Any]) -> None:
    """Its result is the answer: a leak in it becomes the sentence that a person takes over."""
    state = run_(agent(scripted(CALL), tools=[_direct(answer)]), asked())

    assert isinstance(state["messages"][-1], ToolMessage)
    assert last(state) == HANDED_OFF
    assert STREET not in repr(state)
    assert state["heedful_verdicts"][-1]["handed_off"]


def test_a_direct_answer_that_passes_leaves_as_it_is() -> None:
    """One note says so, and no second check is made at the end of the run."""
    checks: list[object] = []

    state = agent(
        scripted(CALL), tools=[_direct(CLEAN)], facts=lambda runtime: checks.append(runtime)
    ).invoke(asked())  # fmt: skip

    assert last(state) == CLEAN
    assert [one["handed_off"] for one in state["heedful_verdicts"]] == [False, False]
    assert len(checks) == 1


class Hears(BaseCallbackHandler):
    """Writes down what tools say."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def on_tool_end(self, output: Any, **kwargs: Any) -> None:
        """Write it down."""
        self.heard.append(output)


@pytest.mark.parametrize("events", [False, True], ids=["astream", "astream_events"])
def test_no_stream_shows_an_unchecked_direct_answer(events: bool) -> None:
    """Neither stream modes, nor events, nor a listener of tools hears the result before its check."""
    hears, run = Hears(), agent(scripted(CALL), tools=[_direct(LEAK)])
    config: Any = {"callbacks": [hears]}
    modes = ["messages", "values", "updates", "debug", "tasks"]

    async def read() -> list[Any]:
        stream = (
            run.astream_events(asked(), config, version="v2")
            if events
            else run.astream(asked(), config, stream_mode=modes)
        )
        return [event async for event in stream]

    shown = repr(asyncio.run(read()))

    assert STREET not in shown + repr(hears.heard)
    assert HANDED_OFF in shown


class Unreadable(AgentMiddleware[Any, Any, Any]):
    """Makes a tool's result one that can't be read."""

    def wrap_tool_call(self, request: Any, handler: Any) -> Any:
        """Give the result in a form that says nothing of what it holds."""
        return Command(update=[("messages", [handler(request)])])


def test_a_direct_answer_that_can_not_be_read_is_refused() -> None:
    """A command whose update is no mapping is an error that says what to give."""
    run = agent(scripted(CALL), tools=[_direct(LEAK)], others=[Unreadable()])

    with pytest.raises(SettingsError, match="give the update as a dict"):
        run.invoke(asked())


def test_a_direct_answer_supports_itself_as_far_as_its_tool_is_trusted() -> None:
    """A figure in it leaves if the tool is trusted, and not if it isn't: as if the model had repeated it."""
    told = "Your refund of 43 dollars arrives on 3 May."

    said = [last(agent(scripted(CALL), tools=[_direct(told)], trust=one).invoke(asked())) for one in TRUSTS]

    assert said == [told, HANDED_OFF]


def test_a_direct_answer_is_masked_where_that_mends_it() -> None:
    """A span that may not be shown is masked; what stands beside the text does not go on."""

    @tool(return_direct=True, response_format="content_and_artifact")
    def direct(number: str) -> tuple[str, list[Document]]:
        """Answer the customer directly."""
        return "You paid with the card 4111 1111 1111 1111.", [Document("4111 1111 1111 1111")]

    state = agent(scripted(CALL), tools=[direct], trust={"direct": "published"}).invoke(asked())

    assert last(state).startswith("You paid with the card")
    assert "4111 1111 1111 1111" not in repr(state["messages"])


def test_a_summary_is_not_what_the_customer_said() -> None:
    """A number that only a summary gives may not be repeated as the customer's own words may."""
    told = "Your order MO-771204 is on its way."
    summary = "Here is a summary of the conversation to date: it is about the order MO-771204."

    summarised, own = (
        agent(scripted(told, told)).invoke(
            {"messages": [HumanMessage(summary, additional_kwargs=marks), ("user", ASK)]}
        )
        for marks in ({"lc_source": "summarization"}, {})
    )

    assert "MO-771204" not in last(summarised)
    assert last(own) == told


@tool
def look(number: str) -> str:
    """Look something up."""
    return "found"


@pytest.mark.parametrize(
    "made_up",
    [
        AIMessage("", tool_calls=[{"name": LEAK, "args": {}, "id": "t1"}]),
        AIMessage("", tool_calls=[{"name": "look", "args": {"number": "1"}, "id": LEAK}]),
        AIMessage("", invalid_tool_calls=[{"name": LEAK, "args": "{", "id": LEAK, "error": None}]),
        AIMessage(CLEAN, id=LEAK),
        AIMessage(CLEAN, name=LEAK),
        AIMessage(CLEAN, response_metadata={"finish_reason": LEAK, "model_name": LEAK}),
        AIMessage(CLEAN, response_metadata={"stop_reason": {"why": LEAK}}),
    ],
    ids=["tool", "call id", "invalid call", "id", "name", "metadata", "deep metadata"],
)
def test_no_name_or_id_carries_words(made_up: AIMessage) -> None:
    """What a model makes up where no text is read is kept only where it looks like a name or an id."""
    run = agent(scripted(made_up, CLEAN), tools=[look])

    events = list(run.stream(asked(), stream_mode=["messages", "values", "updates"]))

    assert STREET not in repr(events)


def test_usual_names_and_ids_stay_as_they_are() -> None:
    """A call, its result and what the provider says of it are found again under the names they came with."""
    metadata = {"model_name": "house/model-4.1", "finish_reason": "tool_calls"}
    call = {"name": "look", "args": {"number": "1"}, "id": "functions.look:0"}
    asking = AIMessage("", tool_calls=[call], response_metadata=metadata)

    messages = agent(scripted(asking, CLEAN), tools=[look]).invoke(asked())["messages"]

    assert messages[1].response_metadata == metadata
    assert messages[1].tool_calls[0]["id"] == messages[2].tool_call_id == "functions.look:0"
    assert (messages[2].name, messages[2].text) == ("look", "found")


class Place(BaseModel):
    """An answer for a program."""

    place: str


def test_a_structured_answer_s_call_and_result_still_agree() -> None:
    """An id that had to be replaced is the same in the call and in its result."""
    call = AIMessage("", tool_calls=[{"name": "Place", "args": {"place": "on its way"}, "id": LEAK}])

    state = agent(scripted(call), response_format=ToolStrategy(Place)).invoke(asked())

    asking, result = state["messages"][1:]
    assert asking.tool_calls[0]["id"] == result.tool_call_id
    assert STREET not in repr(state)
    assert state["structured_response"] == Place(place="on its way")


class Brings(AgentMiddleware[Any, Any, Any]):
    """Calls another model than the agent's."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self._model = model

    def wrap_model_call(self, request: ModelRequest[Any], handler: Any) -> Any:
        """Call it."""
        return handler(request.override(model=self._model))

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Any) -> Any:
        """Call it."""
        return await handler(request.override(model=self._model))


class Loud(Scripted):
    """Would be heard by its own callbacks, if it were called."""

    def _stream(self, *args: Any, **settings: Any) -> Iterator[ChatGenerationChunk]:
        raise AssertionError("called")


@BOTH
@pytest.mark.parametrize("where", ["in it", "bound", "fallback"])
def test_a_model_that_a_middleware_brings_may_have_no_callbacks_either(
    where: str, run_: Callable[[Any, Any], Any]
) -> None:
    """It is the model that is called which counts: in it, around it, or behind another one."""
    ears = Ears()
    model: Any = scripted(LEAK)
    if where == "bound":
        model = model.with_config(callbacks=[ears])
    else:
        model.callbacks = [ears]
    if where == "fallback":
        model = Loud(answers=[]).with_fallbacks([model])

    with pytest.raises(SettingsError, match="callbacks of its own"):
        run_(agent(scripted(CLEAN), others=[Brings(model)]), asked())
    assert ears.heard == []
