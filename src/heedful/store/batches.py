"""Many callers, few transactions: what waits while one is being written goes into the next, together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from heedful.errors import HeedfulError, StoreError

Asked = TypeVar("Asked")
Given = TypeVar("Given")

AT_ONCE = 200  # in one transaction; more makes the first caller wait for the last


class Batches(Generic[Asked, Given]):
    """Folds what many callers ask for at the same time into one call of `write`, each getting their own answer.

    `write` gives an answer or an error for each, in order; when it raises, all of that batch fail, nothing written.
    """

    def __init__(self, write: Callable[[Sequence[Asked]], Awaitable[Sequence[Given | HeedfulError]]]) -> None:
        self._write = write
        self._waiting: list[tuple[Asked, asyncio.Future[Given]]] = []
        self._task: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Given:
        """Return the answer once it has been committed.

        A caller who is cancelled does not take it back: it may be written or not.
        """
        answer: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain(), name="write to the database")
        return await answer

    async def close(self) -> None:
        """Wait until all that was asked for has been answered."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            try:
                answers = await self._write([asked for asked, _ in batch])
            except BaseException as error:
                for _, answer in batch:
                    _settle(answer, _same(error))
                if not isinstance(error, Exception):  # this task is being ended: nobody may wait for it forever
                    for _, answer in self._waiting:
                        _settle(answer, _same(error))
                    self._waiting.clear()
                    raise
            else:
                for (_, answer), given in zip(batch, answers, strict=True):
                    _settle(answer, given)


def _settle(answer: asyncio.Future[Given], given: Given | BaseException) -> None:
    if answer.done():
        return
    if isinstance(given, BaseException):
        answer.set_exception(given)
    else:
        answer.set_result(given)


def _same(error: BaseException) -> HeedfulError:
    """Each caller gets an error of their own: one object raised in many tasks grows everybody's traceback."""
    if isinstance(error, StoreError):
        mine: HeedfulError = StoreError(str(error), code=error.code)
    else:
        mine = StoreError(f"the record was not written ({type(error).__name__}); nothing may leave")
    mine.__cause__ = error
    return mine
