"""Any server that speaks OpenAI's chat completions, streamed; the one room that knows the `openai` package for chat."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from heedful import model_calls
from heedful.errors import ModelError, SettingsError
from heedful.model_calls import Timeouts
from heedful.values import ModelName, Prompt

if TYPE_CHECKING:
    from openai import AsyncOpenAI

OPENAI = "https://api.openai.com/v1"
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
AFTER_DONE_S = 0.02  # for the last bytes after [DONE], so that the connection can be used again
SCHEMA_NAME = "answer"
REFUSED = (400, 422)
MOST_REFUSALS = 2  # of one call: the name of the token limit, and the schema
LINE_MOST = 2**20  # bytes of one event; more is no chat completion


class OpenAIChat:
    """A `ChatModel` behind OpenAI's protocol; one client, and so one pool of connections, for all calls."""

    def __init__(
        self,
        *,
        model: str,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout_s: float = 60.0,
        max_retries: int = 2,
        where: str | None = None,
        temperature: float | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        """Get ready to call `model`; nothing is sent yet.

        `where` names the place in receipts (default: the host). `temperature` is sent only when set: several models
        refuse it. `timeouts` overrides what follows from `timeout_s`.

        Raises:
            SettingsError: OpenAI's own servers are meant, and there is no key.
        """
        import openai  # half a second that only those who use it pay

        if not api_key and not base_url:
            raise SettingsError(
                f"HEEDFUL_MODEL is {'openai:' + model!r} but OPENAI_API_KEY is missing; set it, or use "
                "HEEDFUL_MODEL=extractive to try without one"
            )
        address = base_url or OPENAI
        self._name = ModelName(model, where or place(address))
        self._timeouts = timeouts or Timeouts.within(timeout_s)
        self._max_retries = max_retries
        self._temperature = temperature
        # OpenAI's newer models refuse `max_tokens`; most other servers know nothing else.
        self._limit_name = "max_completion_tokens" if address.startswith(OPENAI) else "max_tokens"
        self._takes_schema = True  # until the server has refused one
        self._client: AsyncOpenAI = openai.AsyncOpenAI(
            base_url=address,
            api_key=api_key or "none",
            max_retries=0,
            timeout=openai.Timeout(None, connect=self._timeouts.connect_s, pool=self._timeouts.connect_s),
        )

    @property
    def model(self) -> ModelName:
        """Which model this is, and the host it is called at."""
        return self._name

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    def stream(self, prompt: Prompt) -> AsyncIterator[str]:
        """Yield the draft piece by piece; closing the iterator closes the HTTP call, and the server sees it.

        Raises:
            ModelError: See `heedful.model_calls` for the codes.
        """
        return model_calls.patiently(
            lambda deadline: self._once(prompt, deadline),
            whole_s=self._timeouts.whole_s,
            max_retries=self._max_retries,
        )

    async def _once(self, prompt: Prompt, deadline: float) -> AsyncGenerator[str, None]:
        """Yield the pieces of one call."""
        clock = asyncio.get_running_loop().time
        first_by = clock() + self._timeouts.first_s
        answer = Answer(model_calls.most_characters(prompt.max_tokens))
        async with contextlib.AsyncExitStack() as open_call:
            response = await self._open(prompt, open_call, min(first_by, deadline))
            plain = _is_json(response.headers)
            blocks = await open_call.enter_async_context(
                contextlib.aclosing(_received(response.iter_bytes(), self._name.where))
            )
            by = first_by
            while not answer.done:
                block = await model_calls.next_block(blocks, by, deadline)
                if block is None:
                    break
                if plain:
                    answer.keep(block)
                    continue
                for piece in answer.take(block):
                    yield piece
                    by = clock() + self._timeouts.between_s
            for piece in answer.kept() if plain else ():
                yield piece
            if answer.done:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(AFTER_DONE_S):
                        await anext(blocks, None)
        answer.settle()

    async def _open(self, prompt: Prompt, open_call: contextlib.AsyncExitStack, by: float) -> Any:
        """Return the response, its body not yet read; `open_call` closes it."""
        import openai

        try:
            async with asyncio.timeout_at(by):
                for _ in range(MOST_REFUSALS):
                    try:
                        return await open_call.enter_async_context(self._request(prompt))
                    except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                        if not self._other_limit_name(error) and not self._without_schema(prompt):
                            raise
                return await open_call.enter_async_context(self._request(prompt))
        except TimeoutError:
            raise model_calls.timed_out() from None
        except openai.APIStatusError as error:
            self._takes_schema = self._takes_schema or error.status_code in REFUSED  # it was not the schema
            raise self._failed(error) from None
        except openai.APITimeoutError:
            raise model_calls.timed_out() from None
        except openai.APIConnectionError:
            raise model_calls.unreachable(self._name.where) from None

    def _request(self, prompt: Prompt) -> Any:
        more: dict[str, Any] = {} if self._temperature is None else {"temperature": self._temperature}
        if prompt.schema is not None and self._takes_schema:
            held_to = {"name": SCHEMA_NAME, "strict": True, "schema": prompt.schema}
            more["response_format"] = {"type": "json_schema", "json_schema": held_to}
        # The typed stream builds a pydantic object per chunk (0.1 ms, measured); read as bytes it is a tenth of that.
        return self._client.chat.completions.with_streaming_response.create(
            model=self._name.name,
            messages=[{"role": message.role, "content": message.content} for message in prompt.messages],  # type: ignore[misc]
            stream=True,
            extra_body={self._limit_name: prompt.max_tokens, **more},
        )

    def _other_limit_name(self, error: Any) -> bool:
        """Whether the server refused our name for the token limit; the other name is used from then on."""
        other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}[self._limit_name]
        if self._limit_name not in str(error):
            return False
        self._limit_name = other
        return True

    def _without_schema(self, prompt: Prompt) -> bool:
        """Whether a schema was sent that a server may have refused; from then on the prompt's words have to do."""
        if prompt.schema is None or not self._takes_schema:
            return False
        self._takes_schema = False
        return True

    def _failed(self, error: Any) -> ModelError:
        return model_calls.failed(
            error.status_code,
            model=self._name.name,
            where=self._name.where,
            retry_after_s=model_calls.retry_after_s(error.response.headers),
            quota=error.code == "insufficient_quota",
        )


class Answer:
    """Reads the bytes of one streamed chat completion, however they were cut on the way."""

    def __init__(self, most: int) -> None:
        self.done = False  # [DONE] has come
        self._most = most
        self._rest = b""
        self._length = 0
        self._finish: str | None = None

    def take(self, block: bytes) -> Iterator[str]:
        """Yield the pieces that these bytes complete.

        Raises:
            ModelError: They hold a refusal, an error, no JSON, or more than an answer may have.
        """
        *lines, self._rest = (self._rest + block).split(b"\n")
        if len(self._rest) > LINE_MOST:
            raise model_calls.endless()
        for line in lines:
            if not line.startswith(b"data:"):
                continue
            event = line[5:].strip()
            if event == b"[DONE]":
                self.done = True
                return
            if piece := self._piece(_json(event)):
                yield piece

    def keep(self, block: bytes) -> None:
        """Keep the bytes of an answer that a server sends in one go, although it was asked to stream."""
        self._rest += block
        if len(self._rest) > LINE_MOST:
            raise model_calls.endless()

    def kept(self) -> Iterator[str]:
        """Yield the one piece of such an answer."""
        if piece := self._piece(_json(self._rest)):
            yield piece

    def settle(self) -> None:
        """Say whether the answer was whole.

        Raises:
            ModelError: It was empty or cut off.
        """
        if self._finish is None:
            raise model_calls.cut_off(by_length=False)
        if self._finish == "length":
            raise model_calls.cut_off(by_length=True)
        if not self._length:
            raise model_calls.empty()

    def _piece(self, chunk: Mapping[str, Any]) -> str:
        if chunk.get("error"):
            raise model_calls.malformed("an error in the middle of its answer")
        for choice in chunk.get("choices") or ():
            said = choice.get("delta") or choice.get("message") or {}
            self._finish = choice.get("finish_reason") or self._finish
            if said.get("refusal") or self._finish == "content_filter":
                raise model_calls.refused()
            if said.get("tool_calls"):
                raise model_calls.malformed("a call of a tool that it was not given")
            piece = said.get("content") or ""
            self._length += len(piece)
            if self._length > self._most:
                raise model_calls.endless()
            return str(piece)
        return ""


def place(address: str) -> str:
    """Return where an address is called at: `this machine`, or its host."""
    host = urlsplit(address).hostname or address
    return "this machine" if host in LOCAL_HOSTS else host


def _is_json(headers: Mapping[str, str]) -> bool:
    """Return whether the answer comes in one go.

    Raises:
        ModelError: It is neither a stream nor JSON.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("text/event-stream", "application/json"):
        raise model_calls.malformed(f"{kind or 'an untyped body'!r} where a chat completion belongs")
    return kind == "application/json"


async def _received(blocks: AsyncGenerator[bytes, None], where: str) -> AsyncGenerator[bytes, None]:
    try:
        async with contextlib.aclosing(blocks):
            async for block in blocks:
                yield block
    except Exception:  # noqa: BLE001 - openai 2 reads with httpx, openai 3 with httpx2: either way the connection is lost
        raise model_calls.unreachable(where) from None


def _json(text: bytes) -> Mapping[str, Any]:
    try:
        chunk = json.loads(text)
    except ValueError:
        raise model_calls.malformed("a chunk that is not JSON") from None
    if not isinstance(chunk, dict):
        raise model_calls.malformed("a chunk that is not an object")
    return chunk
