"""Reads a model's pieces in a task of their own and gives them as groups of units; leaving it cancels the call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

from heedful.errors import InputError, ModelError, UpstreamError
from heedful.holding import Holder, Together
from heedful.values import Release

MAX_CHARACTERS = 20_000  # of one draft; an answer that never ends is a model's failure

CLOSING_S = 5.0  # how long a cancelled call may take to let go

_Item = str | UpstreamError | InputError | None  # a piece, why there are no more, or the end


class StoppedError(Exception):
    """The surface asked for the end of this reply."""


@asynccontextmanager
async def reading(
    pieces: AsyncIterator[str], mode: Release, stopped: asyncio.Event | None
) -> AsyncIterator[AsyncGenerator[tuple[Together, bool]]]:
    """Give an iterator over what leaves together, each with whether it is the last: exactly one is.

    In mode `whole` there is one group, the whole draft. The pieces are read in one task from first to last, as
    vendors' streams need it, also while a unit is being checked.

    Raises:
        UpstreamError, InputError: From the iterator, when the pieces fail; what came before has been given then.
        StoppedError: From the iterator, as soon as `stopped` is set.
    """
    queue: asyncio.Queue[_Item] = asyncio.Queue()
    reader = asyncio.create_task(_read(pieces, queue))
    watcher = asyncio.create_task(_watch(stopped, queue)) if stopped is not None else None
    try:
        async with aclosing(_grouped(queue, mode, stopped)) as groups:
            yield groups
    finally:
        for task in (reader, watcher):
            if task is not None:
                task.cancel()
                await asyncio.wait([task], timeout=CLOSING_S)


async def _read(pieces: AsyncIterator[str], queue: asyncio.Queue[_Item]) -> None:
    length = 0
    try:
        async for piece in pieces:
            length += len(piece)
            if length > MAX_CHARACTERS:
                why = f"the model's answer passed {MAX_CHARACTERS} characters; see to its token limit"
                queue.put_nowait(ModelError(why, code="model_endless"))
                return
            queue.put_nowait(piece)
    except (UpstreamError, InputError) as error:
        queue.put_nowait(error)
    except Exception as error:  # noqa: BLE001 - whatever an adapter raises, a reply must come to its end
        failure = ModelError(f"the model's adapter failed ({type(error).__name__})", code="model_failed")
        failure.__cause__ = error
        queue.put_nowait(failure)
    else:
        queue.put_nowait(None)
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            with suppress(Exception):  # it is over either way; its error would hide the first one
                await close()


async def _watch(stopped: asyncio.Event, queue: asyncio.Queue[_Item]) -> None:
    """Wake the reader of the queue, which then looks at `stopped`."""
    await stopped.wait()
    queue.put_nowait(None)


async def _grouped(
    queue: asyncio.Queue[_Item], mode: Release, stopped: asyncio.Event | None
) -> AsyncGenerator[tuple[Together, bool]]:
    holder = Holder()
    whole: list[str] = []
    while True:
        item = await queue.get()
        _go_on_unless(stopped)
        if isinstance(item, Exception):
            raise item
        if item is None:
            break
        if mode == "whole":
            whole.append(item)
            continue
        for group in holder.feed(item):
            yield group, False
            _go_on_unless(stopped)
    groups = [("".join(whole),)] if mode == "whole" else holder.close()
    for group in groups[:-1]:
        yield group, False
        _go_on_unless(stopped)
    yield groups[-1] if groups else (), True


def _go_on_unless(stopped: asyncio.Event | None) -> None:
    if stopped is not None and stopped.is_set():
        raise StoppedError
