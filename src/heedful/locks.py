"""A lock on a file: one holder among all processes of a machine, let go of when the holder ends, however it ends."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

LOOK_S = 0.05  # how often one who waits looks


@asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """Wait until nobody else holds the lock on this file, made when it is not there, and hold it.

    Raises:
        OSError: The file can't be made.
    """
    with path.open("a", encoding="ascii") as file:
        while not _taken(file.fileno()):  # noqa: ASYNC110 - another process tells nobody that it is done
            await asyncio.sleep(LOOK_S)
        yield


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
