"""Tells when files under some paths have changed, by looking at them again and again: that works on any disk."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from heedful.knowledge import load

EVERY_S = 1.0

Seen = dict[str, tuple[int, int, int]]


async def changes(paths: Sequence[Path], stop: asyncio.Event, *, every_s: float = EVERY_S) -> AsyncIterator[None]:
    """Yield once at the beginning, then after each change that has come to rest, until `stop` is set."""
    seen = await asyncio.to_thread(_look, paths)
    yield
    while not await _stopped(stop, every_s):
        now = await asyncio.to_thread(_look, paths)
        if now == seen:
            continue
        while not await _stopped(stop, every_s) and (later := await asyncio.to_thread(_look, paths)) != now:
            now = later  # somebody is still writing
        if stop.is_set():
            return
        seen = now
        yield


async def _stopped(stop: asyncio.Event, within_s: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), within_s)
    return stop.is_set()


def _look(paths: Sequence[Path]) -> Seen:
    seen: Seen = {}
    for path in paths:
        for file in load.files([path]) if path.exists() else ():
            with contextlib.suppress(OSError):
                found = file.stat()
                seen[str(file)] = (found.st_mtime_ns, found.st_size, found.st_ino)
    return seen
