"""What every `ChatModel` does, whoever writes: OpenAI's protocol, LangChain, and the built-in extractive writer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from heedful.adapters.extractive import ExtractiveWriter
from heedful.adapters.langchain_chat import LangChainChat
from heedful.adapters.openai_chat import OpenAIChat
from heedful.phrases import Phrases
from heedful.ports import ChatModel
from heedful.values import Material, Message, Passage, Prompt
from tests.loopback import SAMPLE, Loopback, spoken

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
PASSAGE = Passage(
    id="p1",
    article_id="returns",
    title="Returning an opened item",
    text="You can return an opened item within 30 days of delivery. Pack it in its box.",
    url="https://help.dalbit.example/en/returns",
    lang="en",
)
PROMPT = Prompt(
    job="chat",
    messages=(Message("system", "You answer."), Message("user", "May I return an opened lamp? 열어 본 조명도 되나요?")),
    material=Material("May I return an opened lamp?", "en", "chat", (PASSAGE,)),
    max_tokens=200,
)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One event loop for the module: vendors' clients are kept from one call to the next."""
    return "asyncio"


@pytest.fixture(scope="module", autouse=True)
async def one_loop(anyio_backend: str) -> AsyncIterator[None]:
    yield  # noqa: PT022 - with `return` the loop would be closed after this line


def openai_chat(url: str) -> ChatModel:
    return OpenAIChat(model="gpt-test", base_url=url, api_key="sk-test-0123456789")


def langchain_chat(url: str) -> ChatModel:
    return LangChainChat("openai:gpt-test", base_url=url, api_key="sk-test-0123456789")


def extractive(url: str) -> ChatModel:
    return ExtractiveWriter(Phrases.load(ROOT / "prompts" / "phrases"), terms=lambda text, _: text.lower().split())


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback(spoken(SAMPLE)) as loopback:
        yield loopback


@pytest.fixture(params=[openai_chat, langchain_chat, extractive])
def model(request: pytest.FixtureRequest, server: Loopback) -> ChatModel:
    make = cast("Callable[[str], ChatModel]", request.param)
    return make(server.url)


async def test_it_is_a_chat_model_with_a_name_and_a_place(model: ChatModel) -> None:
    """A model says which it is and where it runs, for the receipt."""
    assert isinstance(model, ChatModel)
    assert model.model.name
    assert model.model.where


async def test_the_pieces_joined_are_the_draft(model: ChatModel) -> None:
    """The draft comes in more than one piece, none of them empty, and holds the answer and its marker."""
    pieces = [piece async for piece in model.stream(PROMPT)]

    assert len(pieces) > 3
    assert all(pieces)
    assert "within 30 days" in "".join(pieces)
    assert "[1]" in "".join(pieces)


async def test_the_same_model_answers_again_and_many_at_once(model: ChatModel) -> None:
    """One model serves many conversations at once, each with its whole answer."""

    async def draft() -> str:
        return "".join([piece async for piece in model.stream(PROMPT)])

    first = await draft()
    others = await asyncio.gather(*[draft() for _ in range(8)])

    assert set(others) == {first}


async def test_closing_early_ends_it(model: ChatModel) -> None:
    """An iterator closed after its first piece gives nothing more, and the model still answers afterwards."""
    stream = cast("AsyncGenerator[str, None]", model.stream(PROMPT))
    async with contextlib.aclosing(stream):
        first = await anext(stream)

    assert first
    assert [piece async for piece in stream] == []
    assert "30 days" in "".join([piece async for piece in model.stream(PROMPT)])


async def test_the_messages_and_the_token_limit_reach_the_server(server: Loopback) -> None:
    """What goes over the wire is the prompt's messages in order, streamed, bounded, with no sampling parameter."""
    for make in (openai_chat, langchain_chat):
        async for _ in make(server.url).stream(PROMPT):
            pass

    for request in server.chats:
        assert [(m["role"], m["content"]) for m in request.json["messages"]] == [
            (m.role, m.content) for m in PROMPT.messages
        ]
        assert request.json["stream"] is True
        assert 200 in (request.json.get("max_tokens"), request.json.get("max_completion_tokens"))
        assert "temperature" not in request.json
    assert server.chats[0].json["max_tokens"] == 200


async def test_each_model_names_where_it_runs(server: Loopback) -> None:
    """A server on this machine is named so, another by its host, a LangChain model by its provider."""
    assert openai_chat(server.url).model.where == "this machine"
    assert openai_chat("https://models.example/v1").model.where == "models.example"
    assert OpenAIChat(model="m", api_key="k").model.where == "api.openai.com"
    assert OpenAIChat(model="m", base_url=server.url, where="Frankfurt").model.where == "Frankfurt"
    assert langchain_chat(server.url).model.where == "openai"
    assert extractive("").model.where == "this machine"
