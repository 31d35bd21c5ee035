"""Every other provider, by the names LangChain's `init_chat_model` knows: `anthropic:NAME`, `google_genai:NAME`, …"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from heedful import model_calls
from heedful.errors import ModelError, SettingsError
from heedful.model_calls import Timeouts
from heedful.values import ModelName, Prompt

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# How providers name the bound on an answer's tokens, where it is not `max_tokens`.
LIMIT_NAMES: Mapping[str, str] = {"google_genai": "max_output_tokens", "ollama": "num_predict"}
# Some providers retry inside their client and give no way to say no by call; these take it when they are made.
RETRIES_OFF = frozenset({"openai", "azure_openai", "anthropic", "mistralai", "groq", "xai", "deepseek"})
TOO_LONG = frozenset({"length", "max_tokens", "MAX_TOKENS", "model_length"})
DECLINED = frozenset({"content_filter", "refusal", "safety", "SAFETY", "PROHIBITED_CONTENT", "guardrail_intervened"})


class LangChainChat:
    """A `ChatModel` over any LangChain chat model."""

    def __init__(
        self,
        name: str,
        *,
        timeout_s: float = 60.0,
        max_retries: int = 2,
        where: str | None = None,
        timeouts: Timeouts | None = None,
        **settings: Any,
    ) -> None:
        """Make the chat model `name` (`provider:model`); `settings` go to its constructor (`base_url`, `api_key`, …).

        `where` names the place in receipts (default: the provider).

        Raises:
            SettingsError: The provider is unknown, its package is not installed, or it can't be set up this way.
        """
        provider, _, model = name.partition(":")
        self._provider = provider if model else ""
        self._name = ModelName(model or name, where or self._provider or "a LangChain provider")
        self._timeouts = timeouts or Timeouts.within(timeout_s)
        self._max_retries = max_retries
        if self._provider in RETRIES_OFF:
            settings.setdefault("max_retries", 0)
        self._chat = _made(name, settings)

    @property
    def model(self) -> ModelName:
        """Which model this is, and its provider."""
        return self._name

    def stream(self, prompt: Prompt) -> AsyncIterator[str]:
        """Yield the draft piece by piece; closing the iterator cancels the call.

        Raises:
            ModelError: With the codes of `heedful.model_calls`, as far as the provider lets them be told apart.
        """
        return model_calls.patiently(
            lambda deadline: self._once(prompt, deadline),
            whole_s=self._timeouts.whole_s,
            max_retries=self._max_retries,
        )

    async def _once(self, prompt: Prompt, deadline: float) -> AsyncGenerator[str, None]:
        """Yield the pieces of one call."""
        clock = asyncio.get_running_loop().time
        by = clock() + self._timeouts.first_s
        most, length, finish = model_calls.most_characters(prompt.max_tokens), 0, ""
        async with contextlib.aclosing(self._chunks(prompt)) as chunks:
            while (chunk := await model_calls.next_block(chunks, by, deadline)) is not None:
                finish = _finish(chunk) or finish
                if finish in DECLINED or chunk.additional_kwargs.get("refusal"):
                    raise model_calls.refused()
                piece = str(chunk.text)
                length += len(piece)
                if length > most:
                    raise model_calls.endless()
                if piece:
                    yield piece
                    by = clock() + self._timeouts.between_s
        if finish in TOO_LONG:
            raise model_calls.cut_off(by_length=True)
        if not length:
            raise model_calls.empty()
        # Some providers never say why they stopped; with OpenAI's protocol a missing reason is a lost end.
        if not finish and self._provider == "openai":
            raise model_calls.cut_off(by_length=False)

    async def _chunks(self, prompt: Prompt) -> AsyncGenerator[Any, None]:
        messages = [(message.role, message.content) for message in prompt.messages]
        limit: dict[str, Any] = {LIMIT_NAMES.get(self._provider, "max_tokens"): prompt.max_tokens}
        try:
            async for chunk in self._chat.astream(messages, **limit):
                yield chunk
        except Exception as error:  # noqa: BLE001 - each provider has errors of its own; all of them end as ours
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> ModelError:
        """Return our error for a provider's, told by its HTTP status or, without one, by its kind."""
        response = getattr(error, "response", None)
        status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
        if isinstance(status, int) and status >= 400:
            after_s = model_calls.retry_after_s(getattr(response, "headers", None) or {})
            return model_calls.failed(status, model=self._name.name, where=self._name.where, retry_after_s=after_s)
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if any("Timeout" in kind for kind in kinds):
            return model_calls.timed_out()
        if any(word in kind for kind in kinds for word in ("Connect", "Transport", "Protocol", "ReadError")):
            return model_calls.unreachable(self._name.where)
        return model_calls.malformed(f"what its LangChain package could not read ({type(error).__name__})")


def _made(name: str, settings: Mapping[str, Any]) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    try:
        chat: BaseChatModel = init_chat_model(name, **settings)
    except ImportError as error:
        package = f"langchain-{name.partition(':')[0].replace('_', '-')}"
        raise SettingsError(
            f"the model {name!r} was asked for but its provider's package is missing; install it "
            f"(pip install {package}), or use HEEDFUL_MODEL=extractive to try without a model"
        ) from error
    except Exception as error:  # noqa: BLE001 - what a provider's constructor raises is pydantic's or its client's own
        raise SettingsError(
            f"the model {name!r} can't be set up ({type(error).__name__}); check the name, and that the "
            "provider's key is set"
        ) from None
    return chat


def _finish(chunk: Any) -> str:
    """Return why the model stopped, in the provider's word; empty when it goes on."""
    said = chunk.response_metadata
    return str(said.get("finish_reason") or said.get("stop_reason") or said.get("done_reason") or "")
