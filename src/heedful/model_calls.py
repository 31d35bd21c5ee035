"""What every model adapter shares: how long it waits, when it calls again, and which error a failed call is."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from heedful.errors import ModelError

Block = TypeVar("Block")

RETRY_AFTER_MOST_S = 10.0  # a customer is waiting: told to come back later than this, another way is found
BACKOFF_FIRST_S = 0.25
BACKOFF_MOST_S = 4.0
CHARACTERS_PER_TOKEN = 12  # far above any language's average (English 4): only an answer out of hand exceeds it
CHARACTERS_AT_LEAST = 2000

_CHANCE = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a model is waited for, in seconds: to connect, for the first piece, between pieces, and in all.

    `whole_s` holds for the call with all its retries.
    """

    connect_s: float = 5.0
    first_s: float = 20.0
    between_s: float = 15.0
    whole_s: float = 60.0

    @classmethod
    def within(cls, whole_s: float) -> Timeouts:
        """Return time-outs in which an answer, with a retry, takes at most `whole_s` seconds."""
        return cls(min(5.0, whole_s / 4), min(20.0, whole_s / 2), min(15.0, whole_s / 3), whole_s)


def most_characters(max_tokens: int) -> int:
    """Return how long an answer of `max_tokens` tokens may be before it counts as one that never ends."""
    return max(CHARACTERS_AT_LEAST, max_tokens * CHARACTERS_PER_TOKEN)


async def patiently(
    call: Callable[[float], AsyncGenerator[str, None]], *, whole_s: float, max_retries: int
) -> AsyncIterator[str]:
    """Yield the pieces of `call(deadline)`; call again, with full jitter, while nothing has been said and it may help.

    `deadline` is on the event loop's clock. Closing this iterator closes the call.

    Raises:
        ModelError: The last call's.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + whole_s
    attempt = 0
    while True:
        said = False
        try:
            async with contextlib.aclosing(call(deadline)) as pieces:
                async for piece in pieces:
                    said = True
                    yield piece
        except ModelError as error:
            pause_s = _pause(error, attempt)
            if said or attempt >= max_retries or pause_s is None or clock() + pause_s >= deadline:
                raise
        else:
            return
        attempt += 1
        await asyncio.sleep(pause_s)


def _pause(error: ModelError, attempt: int) -> float | None:
    """Return how long to wait before calling again, in seconds; `None` when it would not help."""
    if not error.retryable:
        return None
    if error.retry_after_s is not None:
        return error.retry_after_s if error.retry_after_s <= RETRY_AFTER_MOST_S else None
    # Full jitter ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015): clients don't come back at once.
    return _CHANCE.uniform(0, min(BACKOFF_MOST_S, BACKOFF_FIRST_S * 2**attempt))


async def next_block(blocks: AsyncIterator[Block], by: float, deadline: float) -> Block | None:
    """Return what comes next, or `None` at the end.

    Raises:
        ModelError: Nothing had come at `by`, or at `deadline` (both on the event loop's clock).
    """
    try:
        async with asyncio.timeout_at(min(by, deadline)):
            return await anext(blocks, None)
    except TimeoutError:
        raise timed_out(whole=deadline <= by) from None


def timed_out(*, whole: bool = False) -> ModelError:
    """Return the error for a model that did not speak in time; `whole` when the answer as a whole took too long."""
    if whole:
        return ModelError(
            "the model did not finish in the time a reply may take; raise HEEDFUL_MODEL_TIMEOUT_S or use a faster "
            "model",
            code="model_timeout",
        )
    return ModelError("the model went silent; the same call may succeed", code="model_timeout", retryable=True)


def unreachable(where: str) -> ModelError:
    """Return the error for a server that can't be reached, or that closed the connection."""
    return ModelError(
        f"the connection to the model at {where!r} failed or was lost; is it running, and is "
        "HEEDFUL_MODEL_BASE_URL (a judge's: HEEDFUL_JUDGE_BASE_URL) right?",
        code="model_unreachable",
        retryable=True,
    )


def failed(
    status: int, *, model: str, where: str, retry_after_s: float | None = None, quota: bool = False
) -> ModelError:
    """Return the error for an HTTP status.

    What the server said is left out on purpose: it may repeat the key or the customer's words.
    """
    name = f"{model!r} at {where!r}"
    if status in (401, 403):
        return ModelError(
            f"{name} did not accept the key (HTTP {status}); set OPENAI_API_KEY (or your provider's key) to one that "
            "may use this model, or use HEEDFUL_MODEL=extractive to go without",
            code="model_unauthorised",
        )
    if status == 404:
        return ModelError(
            f"{name} is not there (HTTP 404); check the name in HEEDFUL_MODEL, and HEEDFUL_MODEL_BASE_URL, which "
            "usually ends in /v1",
            code="model_unknown",
        )
    if status == 402 or quota:
        return ModelError(f"the account of {name} has nothing left to spend; top it up", code="model_quota")
    if status == 429:
        return ModelError(
            f"{name} is asked too often (HTTP 429)",
            code="model_rate_limited",
            retryable=True,
            retry_after_s=retry_after_s,
        )
    if status in (408, 409) or status >= 500:
        return ModelError(
            f"{name} could not answer (HTTP {status})",
            code="model_unavailable",
            retryable=True,
            retry_after_s=retry_after_s,
        )
    return ModelError(f"{name} refused the request as malformed (HTTP {status})", code="model_rejected")


def refused() -> ModelError:
    """Return the error for a model that declined to answer."""
    return ModelError("the model declined to answer", code="model_refused")


def empty() -> ModelError:
    """Return the error for an answer without a word."""
    return ModelError("the model answered without a word", code="model_empty", retryable=True)


def cut_off(*, by_length: bool) -> ModelError:
    """Return the error for an answer that stopped before its end, by the token limit or by the connection."""
    if by_length:
        return ModelError("the answer was longer than the tokens it was given", code="model_cut_off")
    return ModelError("the answer stopped before its end", code="model_cut_off", retryable=True)


def endless() -> ModelError:
    """Return the error for an answer that went on past any length it was asked for."""
    return ModelError("the model did not stop writing", code="model_endless")


def malformed(what: str) -> ModelError:
    """Return the error for an answer that does not follow the protocol."""
    return ModelError(
        f"the model's server sent {what}; check that HEEDFUL_MODEL_BASE_URL speaks OpenAI's chat completions",
        code="model_malformed",
        retryable=True,
    )


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return how long a server asked to be left alone, in seconds from 0; `None` when it did not say.

    `Retry-After` is a number of seconds or an HTTP date (RFC 9110, section 10.2.3); `retry-after-ms` is OpenAI's own.
    """
    with contextlib.suppress(ValueError):
        return max(0.0, float(headers.get("retry-after-ms", "")) / 1000)
    asked = headers.get("retry-after", "")
    with contextlib.suppress(ValueError):
        return max(0.0, float(asked))
    with contextlib.suppress(ValueError, TypeError):
        at = email.utils.parsedate_to_datetime(asked)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(0.0, (at - (now or datetime.now(UTC))).total_seconds())
    return None
