"""What was made under which `Idempotency-Key`: the same request again, at once or later, makes nothing new."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from heedful.errors import ConflictError

LIMIT = 1000  # the last ones of this process
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class _Opening:
    wish: str
    task: asyncio.Task[Any]


class Openings:
    """What was made with a key by which a caller may ask again."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Opening] = {}

    async def once(self, key_id: str, idempotency_key: str, wish: str, work: Coroutine[Any, Any, Made]) -> Made:
        """Return what `work` gives, or gave when the same was wished under the same key; a failure is not kept.

        `key_id` is who asks: nobody gets what another one made.

        Raises:
            ConflictError: The same key was used for another wish.
        """
        name = (key_id, idempotency_key)
        kept = self._kept.get(name)
        if kept is None:
            kept = self._kept[name] = _Opening(wish, asyncio.create_task(work))
            kept.task.add_done_callback(lambda task: self._done(name, task))
        else:
            work.close()
            if kept.wish != wish:
                raise ConflictError("this Idempotency-Key was used for another request", code="idempotency_key_reused")
        return await asyncio.shield(kept.task)

    def _done(self, name: tuple[str, str], task: asyncio.Task[Any]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._kept.pop(name, None)
        while len(self._kept) > LIMIT:
            self._kept.pop(next(iter(self._kept)))
