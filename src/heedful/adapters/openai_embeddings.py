"""Embeddings from any server that speaks OpenAI's protocol: all languages, one HTTP call for a batch of texts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import numpy as np

from heedful.errors import SettingsError, UpstreamError
from heedful.model_calls import retry_after_s
from heedful.ports import Vectors
from heedful.pseudonyms import hide_identifying

OPENAI = "https://api.openai.com/v1"
TEXTS_AT_ONCE = 128  # OpenAI takes 2,048; smaller calls lose less when one fails
CHARACTERS_MOST = 6000  # of one text; models read about 8,000 tokens, and refuse a call with a longer text
MARGIN = 60  # characters; no number that identifies is longer


class OpenAIEmbedder:
    """An `Embedder` behind OpenAI's protocol; one client, and so one pool of connections, for all calls."""

    def __init__(
        self,
        *,
        model: str,
        base_url: str | None = None,
        api_key: str | None = None,
        dimensions: int | None = None,
        timeout_s: float = 20.0,
        max_retries: int = 2,
    ) -> None:
        """Get ready to call `model`; nothing is sent yet.

        `dimensions` asks the server for vectors of that width; without it they are as wide as the model makes them.
        `timeout_s` holds for one call; for a question, with a customer waiting, also for all retries together.

        Raises:
            SettingsError: OpenAI's own servers are meant, and there is no key.
        """
        import openai

        if not api_key and not base_url:
            raise SettingsError(
                f"HEEDFUL_EMBEDDER is {'openai:' + model!r} but OPENAI_API_KEY is missing; set it, or use "
                "HEEDFUL_EMBEDDER=minilm to go without"
            )
        self._model = model
        self._where = urlsplit(base_url or OPENAI).netloc or str(base_url)
        self._asked_width = dimensions
        self._width = dimensions or 0
        self._timeout_s = timeout_s
        # The client obeys Retry-After (up to a minute), and otherwise waits longer each time, with jitter.
        self._client = openai.AsyncOpenAI(
            base_url=base_url or OPENAI, api_key=api_key or "none", timeout=timeout_s, max_retries=max_retries
        )

    @property
    def name(self) -> str:
        """Model, place and asked-for width: the same model name elsewhere may be another model."""
        return f"{self._model}@{self._where}" + (f"/{self._asked_width}" if self._asked_width else "")

    @property
    def dimensions(self) -> int:
        """How wide a vector is; 0 when the width was not asked for and nothing has been embedded yet."""
        return self._width

    @property
    def languages(self) -> frozenset[str] | None:
        """All: such models are trained on many languages."""
        return None

    @property
    def in_process(self) -> bool:
        """No: texts go to a server."""
        return False

    async def embed(self, texts: Sequence[str], *, role: Literal["passage", "question"]) -> Vectors:
        """Return one unit-length row per text, in order; of a text its first 6,000 characters.

        Numbers that identify a person are placeholders in what is sent; in a question addresses and phones, too.

        Raises:
            UpstreamError: The server did not answer, or with something else than vectors.
        """
        rows = [np.zeros((0, self._width), np.float32)] if not texts else []
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            part = await _hidden(texts[start : start + TEXTS_AT_ONCE], role)
            try:
                async with asyncio.timeout(self._timeout_s if role == "question" else None):
                    rows.append(self._checked(await self._call(part), len(part)))
            except TimeoutError as error:
                raise self._silent() from error
        return np.concatenate(rows)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    async def _call(self, texts: list[str]) -> Any:
        """Return the server's answer. What it said of an error is left out: it may repeat the key or the texts."""
        import openai

        width: Any = self._asked_width or openai.omit
        try:
            return await self._client.embeddings.create(model=self._model, input=texts, dimensions=width)
        except openai.APITimeoutError as error:
            raise self._silent() from error
        except openai.APIConnectionError as error:
            message = f"the embeddings at {self._where!r} can't be reached; is the server running?"
            raise UpstreamError(message, retryable=True, code="embedder_unreachable") from error
        except openai.APIStatusError as error:
            raise self._refused(error.status_code, retry_after_s(error.response.headers)) from error
        except (openai.OpenAIError, ValueError, TypeError, AttributeError, KeyError) as error:
            raise self._malformed() from error

    def _checked(self, answer: Any, count: int) -> Vectors:
        """Return the rows of an answer at length 1, having seen that there is one for each text, all of one width."""
        try:
            ordered = sorted(answer.data, key=lambda item: item.index)
            rows = np.array([item.embedding for item in ordered], np.float32)
        except (AttributeError, TypeError, ValueError) as error:
            raise self._malformed() from error
        if rows.ndim != 2 or len(rows) != count or not rows.size or not np.isfinite(rows).all():
            raise self._malformed()
        if self._width and rows.shape[1] != self._width:
            raise UpstreamError(
                f"{self._model!r} at {self._where!r} gave vectors {rows.shape[1]} wide, not {self._width} as before; "
                "was the model exchanged? restart, and the help content is embedded anew",
                code="embedder_changed",
            )
        self._width = rows.shape[1]
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)

    def _silent(self) -> UpstreamError:
        message = f"the embeddings at {self._where!r} did not come within {self._timeout_s:g} s"
        return UpstreamError(message, retryable=True, code="embedder_timeout")

    def _malformed(self) -> UpstreamError:
        message = f"{self._where!r} answered with something else than embeddings; does it speak OpenAI's protocol?"
        return UpstreamError(message, code="embedder_malformed")

    def _refused(self, status: int, wait_s: float | None) -> UpstreamError:
        name = f"{self._model!r} at {self._where!r}"
        if status in (401, 403):
            return UpstreamError(
                f"{name} did not accept the key (HTTP {status}); set OPENAI_API_KEY to one that may use this model",
                code="embedder_unauthorised",
            )
        if status == 404:
            return UpstreamError(
                f"{name} is not there (HTTP 404); check HEEDFUL_EMBEDDER and the base URL", code="embedder_unknown"
            )
        if status in (408, 409, 429) or status >= 500:
            message = f"{name} could not answer (HTTP {status})"
            return UpstreamError(message, retryable=True, retry_after_s=wait_s, code="embedder_unavailable")
        return UpstreamError(f"{name} refused the texts (HTTP {status})", code="embedder_rejected")


async def _hidden(texts: Sequence[str], role: Literal["passage", "question"]) -> list[str]:
    """Return the texts as they are sent; help content, of which there is much, is looked through beside the loop.

    Raises:
        UpstreamError: One of them can't be looked through in time, so that nobody knows what would be sent.
    """

    def hide(*, addresses: bool) -> list[str]:
        # The first cut leaves a number at its end whole; "" is refused by the server.
        seen = (hide_identifying(text[: CHARACTERS_MOST + MARGIN], addresses=addresses) for text in texts)
        return [text[:CHARACTERS_MOST] or " " for text in seen]

    try:
        return hide(addresses=True) if role == "question" else await asyncio.to_thread(hide, addresses=False)
    except TimeoutError as error:
        raise UpstreamError("a text could not be looked through for identifiers", code="embedder_rejected") from error
