"""Every way a model can fail, over the wire: what is raised, how often it was called, and that it ends in time."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import itertools
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful import model_calls
from heedful.adapters.langchain_chat import LangChainChat
from heedful.adapters.openai_chat import Answer, OpenAIChat
from heedful.errors import ModelError, SettingsError
from heedful.model_calls import Timeouts
from heedful.ports import ChatModel
from heedful.values import Material, Message, Prompt
from tests.loopback import SAMPLE, Fault, Loopback, Script, nobody, spoken

pytestmark = pytest.mark.anyio

KEY = "sk-test-never-printed-0123456789"
QUICK = Timeouts(connect_s=1.0, first_s=0.4, between_s=0.4, whole_s=5.0)
PROMPT = Prompt(
    job="chat",
    messages=(Message("user", "My phone is 010-1234-5678. 환불은 언제 되나요?"),),
    material=Material("환불은 언제 되나요?", "ko", "chat"),
    max_tokens=50,
)
HELLO = ("안녕", "하세요", ".", " Hello", ".")


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One event loop for the module: vendors' clients are kept from one call to the next."""
    return "asyncio"


@pytest.fixture(scope="module", autouse=True)
async def one_loop(anyio_backend: str) -> AsyncIterator[None]:
    yield  # noqa: PT022 - with `return` the loop would be closed after this line


def openai_chat(url: str) -> ChatModel:
    return OpenAIChat(model="gpt-test", base_url=url, api_key=KEY, timeouts=QUICK)


def langchain_chat(url: str) -> ChatModel:
    return LangChainChat("openai:gpt-test", base_url=url, api_key=KEY, timeouts=QUICK)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as loopback:
        yield loopback


@pytest.fixture(params=[openai_chat, langchain_chat])
def make(request: pytest.FixtureRequest) -> Callable[[str], ChatModel]:
    return cast("Callable[[str], ChatModel]", request.param)


async def outcome(model: ChatModel) -> tuple[str, ModelError | None]:
    """Return what was said until the end, and how it ended."""
    said = ""
    try:
        async for piece in model.stream(PROMPT):
            said += piece
    except ModelError as error:
        return said, error
    return said, None


async def left(server: Loopback) -> bool:
    """Return whether the server saw its first client go before the end."""
    return await asyncio.to_thread(server.chats[0].client_left.wait, 5)


# fault, code, retryable, calls made (three when it may help and nothing was said), what was said before
BEFORE: list[tuple[Fault, str, bool, int]] = [
    ("unauthorised", "model_unauthorised", False, 1),
    ("forbidden", "model_unauthorised", False, 1),
    ("bad_request", "model_rejected", False, 1),
    ("rate_limited", "model_rate_limited", True, 3),
    ("server_error", "model_unavailable", True, 3),
    ("unavailable", "model_unavailable", True, 3),
    ("reset", "model_unreachable", True, 3),
    ("no_first_byte", "model_timeout", True, 3),
    ("no_first_piece", "model_timeout", True, 3),
    ("empty", "model_empty", True, 3),
    ("refusal", "model_refused", False, 1),
]


@pytest.mark.parametrize(("fault", "code", "retryable", "calls"), BEFORE)
async def test_a_fault_before_the_first_piece(
    fault: Fault, code: str, retryable: bool, calls: int, make: Callable[[str], ChatModel], server: Loopback
) -> None:
    """Nothing is said; what may help is tried three times in all, the rest once; key and customer stay out of it."""
    if fault == "refusal" and make is langchain_chat:
        code, retryable, calls = "model_empty", True, 3  # langchain-openai drops `delta.refusal` from a stream
    server.script(Script(HELLO, fault=fault, retry_after="0" if fault in ("rate_limited", "unavailable") else None))

    said, error = await outcome(make(server.url))

    assert said == ""
    assert error is not None
    assert (error.code, error.retryable) == (code, retryable)
    assert len(server.chats) == calls
    assert error.__cause__ is None
    assert KEY not in str(error)
    assert "010-1234" not in str(error)


@pytest.mark.parametrize("fault", [row[0] for row in BEFORE if row[2]])
async def test_a_passing_fault_is_got_over(fault: Fault, make: Callable[[str], ChatModel], server: Loopback) -> None:
    """When the next call is well, the customer gets the whole answer and notices nothing."""
    server.script(Script(fault=fault), Script(HELLO))

    said, error = await outcome(make(server.url))

    assert (said, error) == ("안녕하세요. Hello.", None)
    assert len(server.chats) == 2


MIDDLE: list[tuple[Fault, str, str]] = [
    ("stall", "model_timeout", "안녕하세요"),
    ("cut", "model_unreachable", "안녕하세요"),
    ("ended", "model_cut_off", "안녕하세요"),
    ("malformed", "model_malformed", "안녕하세요"),
    ("error_chunk", "model_malformed", "안녕하세요"),
    ("content_filter", "model_refused", "안녕하세요"),
    ("length", "model_cut_off", "안녕하세요. Hello."),
]


@pytest.mark.parametrize(("fault", "code", "before"), MIDDLE)
async def test_a_fault_in_the_middle(
    fault: Fault, code: str, before: str, make: Callable[[str], ChatModel], server: Loopback
) -> None:
    """What came before it is given as it came, then the error; after a first piece no call is made again."""
    server.script(Script(HELLO, fault=fault))

    said, error = await outcome(make(server.url))

    assert said == before
    assert error is not None
    if make is openai_chat or fault not in ("malformed", "error_chunk"):  # LangChain's own words for these two
        assert error.code == code
    assert len(server.chats) == 1


async def test_a_refused_connection(make: Callable[[str], ChatModel]) -> None:
    """A server that is not there is named as unreachable, with the setting to look at."""
    said, error = await outcome(make(nobody()))

    assert said == ""
    assert error is not None
    assert error.code == "model_unreachable"
    assert "HEEDFUL_MODEL_BASE_URL" in str(error)


async def test_a_wrong_key_says_which_setting(server: Loopback) -> None:
    """A 401 names OPENAI_API_KEY, and never shows it."""
    server.script(Script(fault="unauthorised"))

    _, error = await outcome(openai_chat(server.url))

    assert "OPENAI_API_KEY" in str(error)
    assert KEY not in repr(error)


async def test_an_answer_that_never_ends_is_cut(make: Callable[[str], ChatModel], server: Loopback) -> None:
    """After far more characters than it was given tokens for, the call ends, and the server sees the client go."""
    server.script(Script(HELLO, fault="endless"))

    said, error = await outcome(make(server.url))

    assert error is not None
    assert error.code == "model_endless"
    assert len(said) <= model_calls.most_characters(PROMPT.max_tokens)
    assert await left(server)


async def test_a_slow_answer_ends_with_its_time(server: Loopback) -> None:
    """A model that speaks steadily but without end is stopped when the whole answer has had its time."""
    server.script(Script(HELLO, pace_s=0.05, fault="endless"))
    timeouts = Timeouts(connect_s=1.0, first_s=1.0, between_s=1.0, whole_s=0.4)

    _, error = await outcome(OpenAIChat(model="m", base_url=server.url, timeouts=timeouts))

    assert error is not None
    assert (error.code, error.retryable) == ("model_timeout", False)
    assert await left(server)


async def test_empty_chunks_are_passed_over(make: Callable[[str], ChatModel], server: Loopback) -> None:
    """Chunks with no choice, no delta or null words between the others change nothing."""
    server.script(Script(HELLO, fault="empty_chunks"))

    assert await outcome(make(server.url)) == ("안녕하세요. Hello.", None)


async def test_a_page_instead_of_an_answer(server: Loopback) -> None:
    """HTML where a completion belongs is no answer, and the message points to the base URL."""
    server.script(Script(fault="wrong_type"))

    said, error = await outcome(openai_chat(server.url))

    assert said == ""
    assert error is not None
    assert error.code == "model_malformed"
    assert "HEEDFUL_MODEL_BASE_URL" in str(error)


async def test_closing_the_iterator_cancels_the_call(make: Callable[[str], ChatModel], server: Loopback) -> None:
    """When the reply is stopped after its first piece, the server sees the client go long before the end."""
    server.script(Script(HELLO * 100, pace_s=0.02))
    stream = cast("AsyncGenerator[str, None]", make(server.url).stream(PROMPT))

    async with contextlib.aclosing(stream):
        await anext(stream)

    assert await left(server)
    assert server.chats[0].sent < 400


async def test_retry_after_is_obeyed(server: Loopback) -> None:
    """The second call comes no sooner than the server asked for, in seconds or as an HTTP date."""
    for asked in ("1", "date"):
        soon = email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
        server.requests.clear()
        server.script(Script(fault="rate_limited", retry_after=soon if asked == "date" else asked), Script(HELLO))
        began = time.monotonic()

        said, error = await outcome(openai_chat(server.url))

        assert (said, error) == ("안녕하세요. Hello.", None)
        assert server.chats[1].at - began >= 0.9


async def test_a_long_retry_after_is_not_waited_for(make: Callable[[str], ChatModel], server: Loopback) -> None:
    """Told to come back in two minutes, the call ends at once and says so: somebody is waiting."""
    server.script(Script(fault="rate_limited", retry_after="120"))

    _, error = await outcome(make(server.url))

    assert error is not None
    assert error.retryable
    assert error.retry_after_s == 120
    assert len(server.chats) == 1


async def test_the_other_name_of_the_token_limit_is_found_out(server: Loopback) -> None:
    """A server that refuses `max_tokens` is asked with `max_completion_tokens`, and from then on always."""
    refusal = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."

    def picky(request: object) -> Script:
        assert isinstance(request, dict)
        return Script((refusal,), fault="bad_request") if "max_tokens" in request else Script(HELLO)

    server.script(picky)
    model = openai_chat(server.url)

    assert (await outcome(model))[1] is None
    assert (await outcome(model))[1] is None
    assert ["max_tokens" in request.json for request in server.chats] == [True, False, False]


async def test_a_server_that_answers_in_one_go(server: Loopback) -> None:
    """A server that ignores `stream` and sends one JSON object is understood all the same."""

    class Whole(Loopback):
        async def _chat(self, request, script, writer):  # type: ignore[no-untyped-def]
            request.body = request.body.replace(b'"stream":true', b'"stream":false')
            return await super()._chat(request, script, writer)

    with Whole(Script(HELLO)) as whole:
        assert await outcome(openai_chat(whole.url)) == ("안녕하세요. Hello.", None)


async def test_one_connection_serves_one_call_after_another(server: Loopback) -> None:
    """The client is kept: five calls in a row, and the server is left by none of them."""
    server.script(spoken(SAMPLE))
    model = openai_chat(server.url)

    answers = {(await outcome(model))[0] for _ in range(5)}

    assert answers == {SAMPLE}
    assert not any(request.client_left.is_set() for request in server.chats)


def test_openai_without_a_key_says_what_to_do() -> None:
    """No key for OpenAI's own servers is a matter of settings, told before anything is sent."""
    with pytest.raises(SettingsError, match="OPENAI_API_KEY is missing; set it, or use HEEDFUL_MODEL=extractive"):
        OpenAIChat(model="gpt-test")


def test_a_missing_provider_package_is_named() -> None:
    """A LangChain provider whose package is not installed: the message says which package to install."""
    with pytest.raises(SettingsError, match="pip install langchain-mistralai"):
        LangChainChat("mistralai:mistral-small", api_key="k")


def test_an_unknown_provider_is_a_matter_of_settings() -> None:
    """A name nobody knows names the setting."""
    with pytest.raises(SettingsError, match="the model 'nobody:x'"):
        LangChainChat("nobody:x")


WIRE = (
    'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n'
    ': keep-alive\r\ndata: {"choices":[{"delta":{"content":"안녕하세요. \\u2028"}}]}\r\n\r\n'
    'data:{"choices":[{"delta":{"content":"Line one.\\nLine two 🙂"},"finish_reason":null}]}\n\n'
    'data: {"choices":[],"usage":{"total_tokens":3}}\n\n'
    'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
).encode()


@given(st.lists(st.integers(0, len(WIRE)), max_size=12))
def test_the_bytes_may_be_cut_anywhere(cuts: list[int]) -> None:
    """However the network cuts the stream, in the middle of a letter too, the same words come out."""
    edges = [0, *sorted(cuts), len(WIRE)]
    answer = Answer(1000)

    said = "".join(piece for a, b in itertools.pairwise(edges) for piece in answer.take(WIRE[a:b]))

    assert said == "안녕하세요. \u2028Line one.\nLine two 🙂"
    assert answer.done
    answer.settle()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:10 GMT"}, 10.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:27:00 GMT"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds and dates are read; what has passed is now; what can't be read is as if not said."""
    assert model_calls.retry_after_s(headers, datetime(2026, 10, 21, 7, 28, tzinfo=UTC)) == seconds
