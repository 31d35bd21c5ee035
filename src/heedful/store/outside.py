"""The head of the audit chain, kept in a file outside the database, so that a tail that was cut off is found."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from heedful.audit import Head
from heedful.errors import ChainError, StoreError

EVERY_S = 0.1  # at most so often: writing costs a sync to disk, and a file that is a moment behind still tells


class Outside:
    """Writes the head a moment after each commit, never back, and only onto a head that the chain still has.

    `link_at` gives the link of the entry at a position, `None` when there is none: a file that names an entry
    which is gone is evidence, and stays as it is.
    """

    def __init__(self, path: Path, link_at: Callable[[int], Awaitable[bytes | None]]) -> None:
        self._path = path
        self._link_at = link_at
        self._wanted = Head()
        self._written = Head()
        self._task: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    async def begin(self, head: Head) -> None:
        """Make the file, where there is none.

        Raises:
            StoreError: It can't be made; without it nothing is to be recorded.
        """
        try:
            await asyncio.to_thread(_begin, self._path, head)
        except OSError as error:
            raise StoreError(
                f"the head of the audit chain can't be written to {str(self._path)!r} ({type(error).__name__})"
            ) from error

    def note(self, head: Head) -> None:
        """Have a committed head written soon."""
        self._wanted = head
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep(), name="keep the chain's head outside")

    async def close(self) -> None:
        """Write what has not been written yet."""
        self._hurry.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _keep(self) -> None:
        while self._written.position < self._wanted.position:
            head = self._wanted
            with contextlib.suppress(OSError, StoreError):  # the file stays behind, which verifying allows for
                await self._advance(head)
            self._written = head
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), EVERY_S)

    async def _advance(self, head: Head) -> None:
        while True:
            found = await asyncio.to_thread(read, self._path)
            if found is not None and found.position >= head.position:
                return
            if found is not None and found.position > 0 and await self._link_at(found.position) != found.link:
                return
            if await asyncio.to_thread(_replace, self._path, found, head):
                return


def read(path: Path) -> Head | None:
    """Return the head that a file names; `None` when there is no such file.

    Raises:
        ChainError: There is one, but what stands in it is no head.
    """
    try:
        content = json.loads(path.read_text(encoding="ascii"))
        head = Head(content["position"], bytes.fromhex(content["link"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise ChainError(f"the head of the chain in {str(path)!r} can't be read: it was damaged", position=0) from error
    if not isinstance(head.position, int) or head.position < 0 or len(head.link) != len(Head().link):
        raise ChainError(f"the head of the chain in {str(path)!r} is no head: it was damaged", position=0)
    return head


def _begin(path: Path, head: Head) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path):
        if not path.exists():
            _write(path, head)


def _replace(path: Path, found: Head | None, head: Head) -> bool:
    """Put `head` in the place of `found`; `False` when another process has written in between."""
    with _locked(path):
        if read(path) != found:
            return False
        _write(path, head)
        return True


def _write(path: Path, head: Head) -> None:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with beside.open("w", encoding="ascii") as file:
        json.dump({"position": head.position, "link": head.link.hex()}, file)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process at a time read and replace the file; the lock is another file, as this one is exchanged."""
    with path.with_name(f"{path.name}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
