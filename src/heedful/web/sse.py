"""Events as server-sent events, with a heartbeat, so that no proxy closes a stream that is only waiting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from fastapi.sse import format_sse_event
from starlette.responses import StreamingResponse

from heedful import problems
from heedful.errors import HeedfulError
from heedful.values import Event
from heedful.web import logs

HEARTBEAT_S = 15.0
HEARTBEAT = b": still here\n\n"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would keep the stream back
AHEAD = 1000  # events kept for a client that reads slowly

_reading: set[asyncio.Task[None]] = set()  # asyncio itself does not hold on to a task


class EventStream(StreamingResponse):
    """A response of server-sent events."""

    media_type = "text/event-stream"


def named(event: str, content: Any, id_: int | None = None) -> bytes:
    """Return one event as it stands on the wire: Korean as it is, not escaped."""
    data = json.dumps(content, ensure_ascii=False)
    return format_sse_event(event=event, data_str=data, id=None if id_ is None else str(id_))


def stream(events: AsyncGenerator[Event]) -> EventStream:
    """Return a response that sends the events of a conversation as they come; it closes them when the client goes."""
    return sent(_as_bytes(events))


def sent(blocks: AsyncGenerator[bytes]) -> EventStream:
    """Return a response that sends these blocks; an error of theirs is its last event, `error`."""
    return EventStream(_with_heartbeat(blocks), headers=HEADERS)


async def _as_bytes(events: AsyncGenerator[Event]) -> AsyncGenerator[bytes]:
    async with aclosing(events):
        async for event in events:
            yield named(event.type, {**event.content, "reply_id": event.reply_id}, event.id)


async def _with_heartbeat(blocks: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Yield each block, and a comment whenever there has been none for a while.

    The blocks are read in a task of their own: where the client has gone everything here is cancelled at once, and
    nothing could be waited for.
    """
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(AHEAD)
    reading = asyncio.create_task(_read(blocks, queue))
    _reading.add(reading)
    reading.add_done_callback(_reading.discard)
    try:
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    block = await queue.get()
            except TimeoutError:
                yield HEARTBEAT
                continue
            if block is None:
                return
            yield block
    finally:
        reading.cancel()


async def _read(blocks: AsyncGenerator[bytes], queue: asyncio.Queue[bytes | None]) -> None:
    with suppress(asyncio.CancelledError):
        async with aclosing(blocks):
            try:
                async for block in blocks:
                    await queue.put(block)
            except HeedfulError as error:
                await queue.put(named("error", problems.problem_of(error)))
            except Exception as error:  # noqa: BLE001 - headers are out: the client can be told here only
                logs.report(error)
                await queue.put(named("error", problems.problem_of(None)))
            await queue.put(None)
