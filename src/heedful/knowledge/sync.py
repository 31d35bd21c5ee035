"""Keeps what can be searched the same as what the files say: database first, then vectors, then words, then proof."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from heedful.errors import UpstreamError
from heedful.knowledge import collection, proof, reading, reconcile, repair
from heedful.knowledge.books import Books, Touched, open_books
from heedful.knowledge.changes import Change, Deleted, Source
from heedful.knowledge.folders import Folders
from heedful.knowledge.reconcile import Progress, Tell
from heedful.knowledge.repair import Repaired
from heedful.ports import Embedder, VectorIndex
from heedful.values import Article, Trust

__all__ = ["Knowledge", "Progress", "Repaired", "Summary", "Touched"]

FOLLOW_S = 2.0  # the longest a question waits for this process's word index to follow another process's sync


@dataclass(frozen=True, slots=True)
class Summary:
    """What a sync did, or with `dry_run` would do. All but `passages` and `skipped` (source, why) count articles.

    `articles` and `passages` are all there are now. `proved` deletions are found by no search for their own words;
    among them may be some of an earlier run that did not come to its end. `touched` names each article of a dry run.
    """

    articles: int
    passages: int
    added: int
    changed: int
    removed: int
    unchanged: int
    proved: int
    skipped: tuple[tuple[str, str], ...]
    seconds: float
    dry_run: bool = False
    touched: tuple[Touched, ...] = ()


class Store(reconcile.Shelf, reading.Shelf, Protocol):
    """What a sync asks of the database; `store.knowledge.KnowledgeStore` is the one there is."""

    async def articles(self) -> tuple[Article, ...]: ...
    async def counts(self) -> Mapping[tuple[str, Trust], int]: ...
    async def sources(self) -> Mapping[str, Source]: ...
    async def deleted(self) -> tuple[Deleted, ...]: ...
    async def proved(self, passage_ids: Collection[str]) -> None: ...
    async def index_version(self) -> int: ...
    async def is_settled(self) -> bool: ...
    async def settle(self) -> int: ...
    def alone(self) -> AbstractAsyncContextManager[None]: ...


class Knowledge:
    """The help content of one company. One sync at a time, in all processes; questions go on meanwhile."""

    def __init__(
        self,
        store: Store,
        words: reconcile.Words,
        vectors: VectorIndex | None,
        embedder: Embedder | None,
        *,
        folders: Folders | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._words = words
        self._vectors = vectors
        self._embedder = embedder
        self._folders = folders or Folders()
        self._clock = clock
        self._busy = asyncio.Lock()
        self._following: asyncio.Task[None] | None = None
        self._seen = -1  # the index version that our word index is known to hold

    async def start(self, *, embed: bool = True) -> None:
        """Bring both indexes to what the database says, after a crash or with files missing; nothing to do is fast.

        With `embed=False` only the word index is awaited; call `start` again, in the background, for the vectors.
        Vectors that can't be had now are left out: words answer alone.

        Raises:
            StoreError: The database did not answer.
        """
        version = await self._store.index_version()
        await reconcile.words_alone(self._store, self._words, reconcile.quiet)
        self._seen = version
        if embed and self._vectors is not None:
            async with self._busy, self._store.alone():
                with contextlib.suppress(UpstreamError):
                    await self._vectors_too(reconcile.quiet)

    async def follow(self) -> None:
        """Bring the word index to what another process's sync has changed; one look at the database when nothing has.

        Takes `FOLLOW_S` at most: it goes on in the background, and what was deleted is found by nobody anyway.

        Raises:
            StoreError: The database did not answer.
        """
        if self._following is None:
            if await self._store.index_version() == self._seen:
                return
            self._following = self._following or asyncio.create_task(self._catch_up())
        await asyncio.wait({self._following}, timeout=FOLLOW_S)

    async def sync(
        self,
        paths: Sequence[Path],
        *,
        progress: Tell | None = None,
        prune: bool = True,
        dry_run: bool = False,
    ) -> Summary:
        """Follow the files under `paths`: new, changed, moved and (with `prune`) deleted ones.

        An article is in the database whole or not at all; what a crash leaves undone, the next run or start does.
        With `dry_run` nothing is changed, and what would be is named.

        Raises:
            InputError: A path does not exist; nothing was changed.
            UpstreamError: The vectors could not be made; the articles are in and words find them.
            IndexUnavailableError: Something that was deleted is still in an index.
            StoreError: The database did not take it.
        """
        tell = progress or reconcile.quiet
        began = self._clock()
        async with self._busy, contextlib.nullcontext() if dry_run else self._store.alone():
            files, books = await asyncio.to_thread(open_books, paths, await self._store.sources())
            following = reading.Reading(self._store, books, self._folders, tell, dry=dry_run)
            await following.read(files)
            await following.finish(paths, prune=prune)
            proved = 0 if dry_run else await self._settle(tell)
            return await self._summary(books, proved, began, dry_run=dry_run)

    async def forget(self, roots: Sequence[Path]) -> int:
        """Take out the articles whose files lie under `roots`, whether or not they are still there; return how many.

        Raises:
            StoreError: The database did not take it.
        """
        async with self._busy, self._store.alone():
            under = [root.absolute() for root in roots]
            gone = {
                source: one.ids
                for source, one in (await self._store.sources()).items()
                if any(Path(source).is_relative_to(root) for root in under)
            }
            if gone:
                await self._store.write([Change(source, None, removed=ids) for source, ids in gone.items()])
                with contextlib.suppress(UpstreamError):  # what is not in the database is found by nobody
                    await self._settle(reconcile.quiet)
            return sum(map(len, gone.values()))

    async def repair(self, *, progress: Tell | None = None) -> Repaired:
        """Look closely at both indexes and mend what is not as the database has it; say what that was.

        Raises:
            UpstreamError: An index or the embedder did not answer; what was mended stays so.
            StoreError: The database did not answer.
        """
        began = self._clock()
        async with self._busy, self._store.alone():
            if index := reconcile.marked(self._vectors):
                index.mark("")
            flaws = await repair.find(self._store, self._words, self._vectors, self._embedder)
            proved = await self._settle(progress or reconcile.quiet)
            wanted = await self._store.passage_ids()
            return Repaired(tuple(flaws), sum(map(len, wanted.values())), proved, self._clock() - began)

    async def articles(self) -> tuple[Article, ...]:
        """Return every article, ordered by where it was read from."""
        return await self._store.articles()

    async def counts(self) -> Mapping[tuple[str, Trust], int]:
        """Return how many articles there are by (language, trust)."""
        return await self._store.counts()

    async def _settle(self, tell: Tell) -> int:
        """Bring the indexes to what the database has now; return how many deletions are proved."""
        try:
            if not await self._vectors_agreed():
                await self._vectors_too(tell)
        finally:  # words find the articles even when vectors can't be made
            await reconcile.words_alone(self._store, self._words, tell)
            self._seen = await self._store.settle()
        self._mark()
        deleted = await self._store.deleted()
        proved = await proof.prove(deleted, self._words, self._vectors, self._embedder, tell) if deleted else 0
        await self._store.proved([one.passage_id for one in deleted])
        return proved

    async def _vectors_too(self, tell: Tell) -> None:
        if self._vectors is not None and self._embedder is not None:
            wanted = await self._store.passage_ids()
            await reconcile.vectors(self._store, self._vectors, self._embedder, wanted, tell)

    async def _vectors_agreed(self) -> bool:
        """Whether the vectors were found to agree with what the database still has: then nobody need open them."""
        index = reconcile.marked(self._vectors)
        if index is None or not await self._store.is_settled():
            return False
        return index.marked() == self._agreement(await self._store.index_version())

    def _mark(self) -> None:
        if index := reconcile.marked(self._vectors):
            index.mark(self._agreement(self._seen))

    def _agreement(self, version: int) -> str:
        return f"{version} {collection.TEXT_REVISION} {self._embedder.name if self._embedder else ''}"

    async def _catch_up(self) -> None:
        try:
            version = await self._store.index_version()
            with contextlib.suppress(UpstreamError):  # the index that is there goes on answering
                await reconcile.words_alone(self._store, self._words, reconcile.quiet)
            self._seen = version
        finally:
            self._following = None

    async def _summary(self, books: Books, proved: int, began: float, *, dry_run: bool) -> Summary:
        counts = await self._store.counts()
        wanted = await self._store.passage_ids()
        added, changed, removed = (books.count(what) for what in ("added", "changed", "removed"))
        return Summary(
            articles=sum(counts.values()) + (added - removed if dry_run else 0),
            passages=sum(map(len, wanted.values())),
            added=added,
            changed=changed,
            removed=removed,
            unchanged=books.unchanged,
            proved=proved,
            skipped=tuple(books.skipped),
            seconds=self._clock() - began,
            dry_run=dry_run,
            touched=tuple(books.touched) if dry_run else (),
        )
