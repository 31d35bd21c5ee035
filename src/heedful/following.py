"""A retriever for one of several workers: before it searches, it follows what another worker has changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from heedful.retrieve import Retriever
from heedful.values import Passage, Retrieved


class FollowingRetriever(Retriever):
    """Searches what is in force now, also where another process, or another machine, has read the help content."""

    def __init__(self, *parts: Any, follow: Callable[[], Awaitable[None]], **options: Any) -> None:
        super().__init__(*parts, **options)
        self._follow = follow

    async def retrieve(self, question: str, **options: Any) -> Retrieved:
        """Return what `Retriever.retrieve` does."""
        await self._follow()
        return await super().retrieve(question, **options)

    async def staff_passages(self, text: str, language: str, limit: int = 3) -> tuple[Passage, ...]:
        """Return what `Retriever.staff_passages` does."""
        await self._follow()
        return await super().staff_passages(text, language, limit)
