"""The guard behind a LangChain agent: what leaves, and in which form."""

from __future__ import annotations

import asyncio
import runpy
import threading
from pathlib import Path
from typing import Any

import pytest
from langchain.tools import tool
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.outputs import ChatResult
from langgraph.checkpoint.memory import InMemorySaver

from heedful.errors import SettingsError
from heedful.langchain import DataMisuseGuard
from tests.agents import (
    ASK,
    ASK_KO,
    CARD,
    CLEAN,
    HANDED_OFF,
    HANDED_OFF_KO,
    LEAK,
    STREET,
    Scripted,
    agent,
    asked,
    last,
    scripted,
)


def test_a_leak_is_written_again_and_the_new_answer_leaves() -> None:
    """A draft with a withheld value never leaves; the model's second answer does."""
    state = agent(scripted(LEAK, CLEAN)).invoke(asked())

    assert last(state) == CLEAN
    assert STREET not in repr(state)


def test_the_model_is_told_the_reason_and_never_the_value() -> None:
    """The note for the revision names the code; it stays between guard and model."""
    model = scripted(LEAK, CLEAN)

    state = agent(model).invoke(asked())

    assert "unconsented_fact" in str(model.read[1][-1].text)
    assert STREET not in repr(model.read[1])
    assert [one.type for one in state["messages"]] == ["human", "ai"]


@pytest.mark.parametrize(("question", "said"), [(ASK, HANDED_OFF), (ASK_KO, HANDED_OFF_KO)], ids=["en", "ko"])
def test_a_second_leak_is_for_a_person(question: str, said: str) -> None:
    """After one revision that leaks as well the customer reads, in their language, that a person takes over."""
    state = agent(scripted(LEAK, LEAK)).invoke(asked(question))

    assert last(state) == said
    assert state["heedful_verdicts"][-1]["handed_off"]


def test_a_card_is_masked_and_the_rest_stays() -> None:
    """What can be mended in place is masked readably; the model is not asked again."""
    model = scripted(f"You paid with the card {CARD}. The parcel is on its way.")

    said = last(agent(model).invoke(asked("My card is the usual one. Is it paid?")))

    assert CARD not in said
    assert said.endswith("The parcel is on its way.")
    assert len(model.read) == 1


def test_what_blocks_is_not_asked_for_again() -> None:
    """A leaked key is an incident: no revision, a person."""
    model = scripted("Our key is sk-proj-abcdEFGH1234ijklMNOP5678qrstUVWX.", CLEAN)

    state = agent(model).invoke(asked())

    assert last(state) == HANDED_OFF
    assert state["heedful_verdicts"][-1]["action"] == "block"
    assert len(model.read) == 1


def test_the_system_prompt_is_not_repeated() -> None:
    """A draft that says the system prompt is stopped; with `hide_system_prompt=False` it may."""
    prompt = "Always greet the honoured guest by the secret motto of the seven lanterns before anything else."
    open_, closed = (
        agent(scripted(prompt, CLEAN), system_prompt=prompt, hide_system_prompt=hidden) for hidden in (False, True)
    )
    within = {"messages": [("system", prompt), ("user", ASK)]}

    assert last(open_.invoke(asked())) == prompt
    assert last(closed.invoke(asked())) == HANDED_OFF
    assert last(agent(scripted(prompt)).invoke(within)) == HANDED_OFF


def test_many_agents_share_the_guard_s_threads() -> None:
    """An agent made for each request brings no thread of its own that stays."""
    agent(scripted(CLEAN)).invoke(asked())
    before = sum(one.name == "heedful-guard" for one in threading.enumerate())

    for _ in range(3):
        agent(scripted(CLEAN)).invoke(asked())

    assert sum(one.name == "heedful-guard" for one in threading.enumerate()) == before


def test_the_first_answer_says_that_an_ai_wrote_it() -> None:
    """With `notice_given=False` the notice is added once, and not to what follows in the same thread."""
    run = agent(scripted(CLEAN, CLEAN), notice_given=False, checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}

    first, second = (last(run.invoke(asked(text), config)) for text in (ASK, "And now?"))

    assert first != CLEAN
    assert first.endswith(CLEAN)
    assert second == CLEAN


def test_verdicts_are_there_for_the_caller_without_a_value() -> None:
    """`heedful_verdicts` names reason codes for each message of the thread, and nobody's data."""
    run = agent(scripted(LEAK, CLEAN, CLEAN), checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}

    run.invoke(asked(), config)
    state = run.invoke(asked("Thank you"), config)

    first, second = state["heedful_verdicts"]
    assert (first["action"], first["revised"], first["handed_off"]) == ("revise", True, False)
    assert first["findings"][0]["code"] == "unconsented_fact"
    assert second == {**second, "action": "send", "findings": [], "revised": False}
    assert STREET not in repr(state["heedful_verdicts"])


def test_nothing_unchecked_travels_beside_the_text() -> None:
    """Reasoning, log probabilities and raw fields of a draft stay behind; what the call cost goes on."""
    blocks: list[str | dict[str, Any]] = [{"type": "reasoning", "reasoning": LEAK}, {"type": "text", "text": CLEAN}]
    answer = AIMessage(
        blocks,
        additional_kwargs={"reasoning_content": LEAK},
        response_metadata={"model_name": "m", "logprobs": {"content": LEAK}},
    )

    state = agent(scripted(answer)).invoke(asked())

    assert STREET not in repr(state)
    assert state["messages"][-1].content == CLEAN
    assert state["messages"][-1].response_metadata == {"model_name": "m"}


def test_a_synchronous_run_works_inside_an_event_loop() -> None:
    """`invoke` in a notebook, where a loop is running already, is checked all the same."""

    async def run() -> str:
        return last(agent(scripted(LEAK, CLEAN)).invoke(asked()))

    assert asyncio.run(run()) == CLEAN


def test_a_failing_model_is_the_caller_s_to_handle() -> None:
    """An error of the model goes to the caller as it is; no words have left."""

    class Broken(Scripted):
        def _generate(self, *args: Any, **settings: Any) -> ChatResult:
            raise ConnectionError("down")

    with pytest.raises(ConnectionError):
        agent(Broken(answers=[])).invoke(asked())


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"channel": "fax"}, "channel is 'fax'"), ({"trust": {"search": "total"}}, "tool 'search' is 'total'")],
    ids=["channel", "trust"],
)
def test_an_option_that_can_not_be_is_named(settings: Any, said: str) -> None:
    """A mistake in an option is an error that says what to write instead."""
    with pytest.raises(SettingsError, match=said):
        DataMisuseGuard(**settings)


def test_a_tool_message_stays_the_last_word_of_nobody() -> None:
    """The last look changes answers only: a thread that ends with a tool's result stays as it is."""

    @tool(return_direct=True)
    def stock() -> str:
        """Say what is in stock."""
        return "3 in stock"

    call = AIMessage("", tool_calls=[{"name": "stock", "args": {}, "id": "t1"}])

    state = agent(scripted(call), tools=[stock]).invoke(asked("Is it in stock?"))

    assert isinstance(state["messages"][-1], ToolMessage)


def test_the_example_shows_before_and_after_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    """`examples/langchain_agent.py` runs without a key, and what it shows is so: leaks without, none with the guard."""
    example = Path(__file__).resolve().parents[2] / "examples" / "langchain_agent.py"

    runpy.run_path(str(example), run_name="__main__")
    printed = capsys.readouterr().out.splitlines()

    without, guarded = ([line for line in printed if line.startswith(f"  {way} ")] for way in ("without", "guarded"))
    assert len(without) == len(guarded) == 2
    assert all(leak in line for leak, line in zip(("Willow Court", "월드컵북로"), without, strict=True))
    assert not any(leak in repr(guarded) for leak in ("Willow", "월드컵북로", "desk", "책상"))
    assert "late" in guarded[0]
    assert "늦어져" in guarded[1]
